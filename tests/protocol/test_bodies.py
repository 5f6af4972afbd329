"""A row lets in the whole of what its maker may send, and of a file that people choose twice as much: of one that is a
little too large the handler says so in words."""

from __future__ import annotations

import pytest

from appliance.formats.live_copy import MAX_WATCHED_BYTES
from appliance.papers.camera_list.posted import MOST_BYTES as PAGE_BYTES
from appliance.protocol.live import WATCHED
from appliance.protocol.pictures import PICTURE_CAME
from appliance.protocol.publication import CHECK_LIST, POST_LIST
from appliance.selftest.samples import MAX_TAKEN_BYTES


@pytest.mark.parametrize(
    ("row", "most_bytes"),
    [
        (WATCHED, MAX_WATCHED_BYTES),
        (PICTURE_CAME, MAX_TAKEN_BYTES),
        (POST_LIST, 2 * PAGE_BYTES),
        (CHECK_LIST, 2 * PAGE_BYTES),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_row_lets_in_what_its_maker_may_send(row: object, most_bytes: int) -> None:
    assert getattr(row, "most_bytes", 0) == most_bytes
