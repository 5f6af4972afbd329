"""The catalogue: what is noted stays noted, in order, and nobody can change, move or take away a note unseen."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import Damaged, NotWritable
from appliance.core.model import Gap
from appliance.rules.deadlines import DAY_NS
from appliance.vault.index.catalogue import Catalogue, GapFound, Note, Place, Struck
from tests.faults.memory_fs import MemoryFs, every_cut, every_failure
from tests.vault.ringcases import CATALOGUE, CATALOGUE_KEY, MovingClock, drawn


def opened(fs: MemoryFs, clock: MovingClock | None = None, key: bytes = CATALOGUE_KEY) -> Catalogue:
    return Catalogue(fs, CATALOGUE, key, clock or MovingClock(), drawn(fs.steps))


def gap(number: int) -> GapFound:
    return GapFound(gap=Gap(camera_no="C1", start_ns=number, end_ns=number + 1, cause="disk"))


def all_notes(catalogue: Catalogue) -> list[Note]:
    return [note for _, notes in catalogue.entries() for note in notes]


@pytest.fixture
def fs() -> MemoryFs:
    return MemoryFs(CATALOGUE)


def test_notes_come_back_in_order_also_to_the_next_process(fs: MemoryFs) -> None:
    catalogue = opened(fs)
    assert all_notes(catalogue) == []
    catalogue.append(gap(1), gap(2))
    catalogue.append(Struck(bucket_ids=("ab",)))
    for each in (catalogue, opened(fs)):
        assert all_notes(each) == [gap(1), gap(2), Struck(bucket_ids=("ab",))]
        assert [place for place, _ in each.entries()] == [Place(1, 1), Place(1, 2)]
        assert list(each.entries(Place(1, 1))) == [(Place(1, 2), [Struck(bucket_ids=("ab",))])]
        assert list(each.entries(each.end)) == []


def test_a_day_has_a_file_and_a_clock_set_back_shuffles_nothing(fs: MemoryFs) -> None:
    clock = MovingClock()
    catalogue = opened(fs, clock)
    for number, days in enumerate([0, 1, 1, -3000, 5]):
        clock.now_ns += days * DAY_NS
        catalogue.append(gap(number))
    names = fs.list_dir(CATALOGUE)
    assert names[:2] == ["000001-2026-09-28.journal", "000002-2026-09-29.journal"]
    assert len(names) == 5
    for each in (catalogue, opened(fs, clock)):
        assert all_notes(each) == [gap(n) for n in range(5)]


def test_nothing_in_a_file_tells_of_a_camera(fs: MemoryFs) -> None:
    catalogue = opened(fs)
    catalogue.append(GapFound(gap=Gap(camera_no="DOOR-17", start_ns=1, end_ns=2, cause="network")))
    assert not any(b"DOOR" in data or b"network" in data for data in fs.files().values())
    with pytest.raises(Damaged, match="does not open"):
        all_notes(opened(fs, key=bytes(32)))


def _swap(data: bytes) -> bytes:
    half = len(data) // 2
    return data[half:] + data[:half]


@pytest.mark.parametrize(
    "change", [lambda data: _swap(data), lambda data: data[: len(data) // 2] + data], ids=["swapped", "repeated"]
)
def test_an_entry_that_was_moved_does_not_open(fs: MemoryFs, change: Any) -> None:
    catalogue = opened(fs)
    catalogue.append(gap(1))
    catalogue.append(gap(2))
    path = f"{CATALOGUE}/{fs.list_dir(CATALOGUE)[0]}"
    fs.put(path, change(fs.read(path)))
    with pytest.raises(Damaged, match="altered or moved"):
        all_notes(opened(fs))


def test_a_file_put_in_place_of_another_or_taken_away_is_noticed(fs: MemoryFs) -> None:
    clock = MovingClock()
    catalogue = opened(fs, clock)
    for number in range(3):
        catalogue.append(gap(number))
        clock.now_ns += DAY_NS
    first, second, third = (f"{CATALOGUE}/{name}" for name in fs.list_dir(CATALOGUE))
    whole = fs.image("all")
    whole.put(first, fs.read(second))
    with pytest.raises(Damaged, match="altered or moved"):
        all_notes(opened(whole))
    for gone in (first, second):
        missing = fs.image("all")
        missing.unlink(gone)
        with pytest.raises(Damaged, match="hole"):
            opened(missing)
    cut = fs.image("all")
    cut.put(second, fs.read(second)[:-3])
    with pytest.raises(Damaged, match="no entry"):
        all_notes(opened(cut))
    assert len(all_notes(opened(fs))) == 3
    assert third


def scenario(fs: MemoryFs, said: list[Any]) -> None:
    clock = MovingClock()
    catalogue = opened(fs, clock)
    for number in range(3):
        catalogue.append(gap(10 * number), gap(10 * number + 1))
        said.append(number)
        clock.now_ns += DAY_NS // 2 + 1
    catalogue = opened(fs, clock)
    catalogue.append(gap(30), gap(31))
    said.append(3)


def test_a_power_cut_takes_no_acknowledged_note_and_leaves_no_half_entry() -> None:
    for cut in every_cut(scenario, CATALOGUE):
        catalogue = opened(cut.fs)
        notes = all_notes(catalogue)
        assert notes[: 2 * len(cut.said)] == [gap(10 * n + i) for n in cut.said for i in (0, 1)], str(cut)
        assert len(notes) % 2 == 0, str(cut)
        catalogue.append(gap(99))
        assert all_notes(opened(cut.fs)) == [*notes, gap(99)], str(cut)


def test_a_failed_write_is_told_and_loses_nothing_before_it() -> None:
    for call, fs, said, raised in every_failure(scenario, CATALOGUE):
        assert isinstance(raised, NotWritable), call
        notes = all_notes(opened(fs.image("none")))
        assert notes[: 2 * len(said)] == [gap(10 * n + i) for n in said for i in (0, 1)], call
