"""The rows of closed cases over a start: sealed, and worth nothing once they were altered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.keeper.rowfile import RowFile
from appliance.rules.cases.rows import Event
from appliance.services.cases.listing import Listing, ListQuery
from appliance.storage.files import RealFs
from tests.services.bookdesk import BookDesk

KEY = bytes(range(32))


@pytest.fixture
def desk() -> BookDesk:
    desk = BookDesk()
    key = desk.viewed()
    desk.do(Event.CLEAN, "system", key)
    desk.ended(key)
    desk.wait(1)
    desk.book.end_pins(trusted=True)
    return desk


def _file(folder: Path, listing: Listing) -> RowFile:
    return RowFile(RealFs(), str(folder), KEY, os.urandom, listing)


def _rows(desk: BookDesk) -> Listing:
    return Listing(desk.opened())


def test_rows_are_kept_sealed_and_taken_again(desk: BookDesk, tmp_path: Path) -> None:
    listing = _rows(desk)
    assert listing.find(ListQuery(person="洪大明"), 1, 50).total == 1
    _file(tmp_path, listing).keep()
    written = (tmp_path / "case-rows").read_bytes()
    assert "洪大明".encode() not in written
    again = _rows(desk)
    kept = _file(tmp_path, again)
    kept.take()
    assert again.warm(0), "no case is read for its row"
    kept.keep()
    assert (tmp_path / "case-rows").read_bytes() == written, "the same is not written again"


def test_rows_that_were_altered_are_read_from_the_records(
    desk: BookDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _file(tmp_path, _rows(desk)).take()
    listing = _rows(desk)
    listing.warm(10)
    _file(tmp_path, listing).keep()
    place = tmp_path / "case-rows"
    written = place.read_bytes()
    place.write_bytes(written[:-1] + bytes([written[-1] ^ 1]))
    again = _rows(desk)
    _file(tmp_path, again).take()
    assert "read from the records again" in "".join(capsys.readouterr())
    assert not again.warm(0)
    assert again.find(ListQuery(person="洪大明"), 1, 50).total == 1
