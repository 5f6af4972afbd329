"""Bytes read the same on every page, in every paper and in every command."""

from __future__ import annotations

import pytest

from appliance.rules.amounts import bytes_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.50 kB"),
        (123_456_789, "123 MB"),
        (5 << 30, "5.37 GB"),
        (1_820_000_000_000, "1.82 TB"),
        (4e15, "4000 TB"),
    ],
)
def test_sizes_are_said_in_the_units_in_which_disks_are_sold(count: float, text: str) -> None:
    assert bytes_text(count) == text
