"""AT-22, the segments' half: what is past its ceiling is gone the next day from everywhere, though a case pins it:
file, key, index, catalogue, whatever was derived from it, and an older disk that comes back.

A viewing copy, its backup and its thumbnails are the other half; there are none yet.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.model import Span
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.rules.deadlines import DAY_NS
from appliance.services.cases.acting import ActingUser
from appliance.storage.files import RealFs
from appliance.vault.index.catalogue import Destroyed
from tests.box import Box, make_box, testcard
from tests.caselife import facts_of_receipt
from tests.faults.intruder import files_in
from tests.footage import FilmClock, film_past

_PIECE_BYTES = 64


class Aged:
    """An office with one bucket at the beginning of a day, pinned by a case."""

    def __init__(self, box: Box) -> None:
        self.box = box
        day_ns = slot_start_ns(box.made_ns) - 20 * DAY_NS
        self.start_ns = day_ns - (day_ns + 8 * 3600 * 10**9) % DAY_NS
        box.start("keeper")
        (self.old,) = film_past(box, "01", self.start_ns, 2).buckets
        box.stop()
        self.layout = box.settings.layout
        self.path = Path(self.layout.ring, self.old[:2], f"{self.old}.0000.seg")
        self.data = self.path.read_bytes()
        self.clock = FilmClock(box.made_ns)
        with self.open() as keeper:
            facts = facts_of_receipt(["01"], self.start_ns, self.start_ns + SLOT_NS)
            keeper.cases.act("a" * 32, ActingUser("officer", "王小明"), "", "receive", facts, kind="CIT")

    def open(self) -> contextlib.AbstractContextManager[Keeper]:
        return open_keeper(self.box.settings, RealFs(), self.clock)

    def turn_at(self, days: int, hours: float) -> None:
        """The keeper does its duties at that time of the day ``days`` after the recording."""
        self.clock.at_ns = self.start_ns + days * DAY_NS + int(hours * 3600e9)
        with self.open() as keeper:
            housekeeping(keeper).turn()

    def pieces(self) -> list[str]:
        """Every file of the office in which a piece of the footage lies, sealed as it is."""
        wanted = [self.data[at : at + _PIECE_BYTES] for at in range(0, len(self.data) - _PIECE_BYTES, 4096)]
        assert len(wanted) > 4
        return [path for path in files_in(self.layout.state) if any(piece in _read(path) for piece in wanted)]


def _read(path: str) -> bytes:
    """b"" of a file that is gone meanwhile, as those beside an index when it is closed."""
    with contextlib.suppress(FileNotFoundError):
        return Path(path).read_bytes()
    return b""


@pytest.fixture
def aged(tmp_path: Path) -> Iterator[Aged]:
    with make_box(tmp_path / "office", [testcard("01")]) as box:
        yield Aged(box)


def _rows(aged: Aged) -> int:
    """How many rows of the index are about the bucket, but for the one that says that it was destroyed."""
    with sqlite3.connect(os.path.join(aged.layout.keeper, "index.sqlite")) as db:
        tables = ("buckets", "segments", "openings", "allocations")
        return sum(db.execute(f"SELECT count(*) FROM {t} WHERE bucket = ?", (bytes.fromhex(aged.old),)).fetchone()[0]
                   for t in tables)  # fmt: skip


def _tombstones(keeper: Keeper, bucket_id: str) -> int:
    return sum(
        isinstance(note, Destroyed) and bucket_id in note.bucket_ids
        for _, notes in keeper.ring.catalogue.entries()
        for note in notes
    )


def test_at_22_the_day_before_its_ceiling_it_is_there_and_the_next_day_it_is_nowhere(aged: Aged) -> None:
    aged.turn_at(363, 23.9)
    assert aged.pieces() == [str(aged.path)]
    assert _rows(aged) > 0
    with aged.open() as keeper:
        assert aged.old in keeper.stores.office.key_store
        assert keeper.ring.find("01", Span(0, 1 << 62))

    aged.turn_at(364, 2.6)
    assert aged.pieces() == []
    assert not [path for path in files_in(aged.layout.state) if aged.old in path]
    assert _rows(aged) == 0
    with aged.open() as keeper:
        assert aged.old not in keeper.stores.office.key_store
        assert keeper.ring.find("01", Span(0, 1 << 62)) == []
        assert keeper.cases.holds(), "a pin is not enough"
        assert _tombstones(keeper, aged.old) == 1
        (done,) = [entry.fields for entry in keeper.ledger.entries() if entry.kind == "destroy.done"]
        assert done["buckets"] == [aged.old]


def test_at_22_a_keeper_that_was_off_destroys_it_at_its_first_turn(aged: Aged) -> None:
    aged.turn_at(400, 12)
    assert aged.pieces() == []
    assert _rows(aged) == 0


def test_at_22_an_index_made_anew_afterwards_does_not_have_it_either(aged: Aged) -> None:
    aged.turn_at(364, 2.6)
    os.unlink(os.path.join(aged.layout.keeper, "index.sqlite"))
    aged.turn_at(364, 3)
    assert _rows(aged) == 0


def test_at_22_an_older_ring_that_is_put_back_loses_it_before_anything_is_served(aged: Aged, tmp_path: Path) -> None:
    shutil.copytree(aged.layout.ring, tmp_path / "ring")
    aged.turn_at(364, 2.6)
    shutil.rmtree(aged.layout.ring)
    shutil.copytree(tmp_path / "ring", aged.layout.ring)
    os.unlink(os.path.join(aged.layout.keeper, "index.sqlite"))
    with aged.open() as keeper:
        assert aged.pieces() == []
        assert "destroyed-back" in [each.key for each in keeper.findings.all()]
