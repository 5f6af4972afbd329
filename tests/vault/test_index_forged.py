"""An index that somebody wrote into: whatever it says, it is held against the catalogue and made anew."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Unavailable
from appliance.core.model import Gap, Manifest
from appliance.installation.verification import Bad, verify_all
from appliance.rules.deadlines import DAY_NS
from appliance.vault.index.catalogue import GapFound, Place
from tests.faults.memory_fs import MemoryFs
from tests.vault.ringcases import MONDAY_NS, Store, days_later, new_disk


class Forged:
    """A store whose index lies on a disk, with two closed buckets, one that is open, and a gap. ``write`` is what
    anybody with an editor can do to it."""

    def __init__(self, directory: Path) -> None:
        self.path = str(directory / "index.sqlite")
        self.store = Store(new_disk(), path=self.path)
        self.first = self.store.record("C1", MONDAY_NS)
        self.second = self.store.record("C2", MONDAY_NS + SLOT_NS)
        self.store.record("C3", MONDAY_NS + SLOT_NS, close=False)
        gap = Gap(camera_no="C1", start_ns=MONDAY_NS + SLOT_NS, end_ns=MONDAY_NS + 2 * SLOT_NS, cause="disk")
        self.store.ring.note(GapFound(gap=gap))

    def write(self, sql: str, *values: object) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as db, db:
            db.execute(sql, values)

    def cut(self, manifest: Manifest) -> bytes:
        path = self.store.shelves.ring_path(manifest.bucket_id, 0)
        data = self.store.fs.read(path)[: manifest.bytes // 2]
        assert isinstance(self.store.fs, MemoryFs)
        self.store.fs.put(path, data)
        return data

    def whats(self) -> list[tuple[str, str]]:
        return sorted((bad.camera_no, bad.what) for bad in verify_all(self.store.ring, self.store.ledger).bad)

    def again(self) -> Store:
        """After a restart."""
        self.store.close()
        self.store = Store(self.store.fs, self.store.clock, path=self.path)
        return self.store


@pytest.fixture
def forged(tmp_path: Path) -> Forged:
    return Forged(tmp_path)


def test_a_sound_index_is_as_the_catalogue_says_also_after_a_destruction_and_a_restart(forged: Forged) -> None:
    assert forged.whats() == []
    forged.store.clock.go_to(days_later(60))
    forged.store.destruction.routine()
    forged.store.record("C4", days_later(60))
    assert forged.whats() == []
    assert forged.again().index.rebuilt == ""
    assert forged.whats() == []
    names = {each.name for each in Path(forged.path).parent.iterdir()}
    assert names <= {"index.sqlite", "index.sqlite-wal", "index.sqlite-shm"}, "nothing else is left"


def test_INV_26_a_bucket_cut_short_is_found_though_its_row_says_so_too(forged: Forged) -> None:
    data = forged.cut(forged.first)
    forged.write(
        "UPDATE segments SET bytes = ?, sha256 = ? WHERE bucket = ?",
        len(data),
        hashlib.sha256(data).digest(),
        bytes.fromhex(forged.first.bucket_id),
    )
    assert forged.whats() == [("", "index changed"), ("C1", "size")]
    assert forged.whats() == [("C1", "size")], "the index was made anew"


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("tables", [("segments",), ("buckets",), ("segments", "buckets")])
def test_INV_26_a_file_taken_away_is_found_though_its_rows_are_gone_too(
    forged: Forged, tables: tuple[str, ...], restart: bool
) -> None:
    forged.store.fs.unlink(forged.store.shelves.ring_path(forged.first.bucket_id, 0))
    for table in tables:
        forged.write(f"DELETE FROM {table} WHERE bucket = ?", bytes.fromhex(forged.first.bucket_id))
    if restart:
        forged.again()
    assert forged.whats() == [("", "index changed"), ("C1", "missing")]
    assert forged.store.index.rebuilt
    assert forged.store.index.healthy
    assert len(forged.store.index.all_closed()) == 2


WRITTEN = {
    "another camera": "UPDATE buckets SET camera_no = 'C9' WHERE camera_no = 'C1'",
    "an older end": f"UPDATE buckets SET end_ns = end_ns - {40 * DAY_NS} WHERE camera_no = 'C1'",
    "time that counts as trusted no more": "UPDATE buckets SET trusted = 0 WHERE camera_no = 'C1'",
    "another place in the catalogue": "UPDATE buckets SET entry = entry + 1 WHERE camera_no = 'C1'",
    "a frame more": "UPDATE segments SET frames = frames + 1",
    "a sum less": "DELETE FROM meta WHERE key = 'longest_ns'",
    "another cause of a gap": "UPDATE gaps SET cause = 'camera'",
    "a gap less": "DELETE FROM gaps",
    "a gap twice": "INSERT INTO gaps SELECT * FROM gaps",
    "another reading of the clock": "UPDATE readings SET last_wall_ns = last_wall_ns + 1",
    "another order of boots": "UPDATE boots SET boot_no = boot_no + 1",
    "an opening less": "DELETE FROM openings",
    "a destruction that never was": (
        "INSERT INTO destroyed SELECT bucket, 0, 0, 1, camera_no, start_ns, end_ns, bytes, ledger_size FROM buckets"
    ),
    "a sum": "UPDATE meta SET value = value + 1 WHERE key = 'bytes'",
    "an end of destructions": "UPDATE meta SET value = 99 WHERE key = 'settled'",
    "a trigger": "CREATE TRIGGER t AFTER UPDATE ON segments BEGIN DELETE FROM gaps; END",
    "an index less": "DROP INDEX segments_by_check",
}


@pytest.mark.parametrize("what", WRITTEN)
def test_INV_26_what_was_written_into_the_index_is_found_and_mended(what: str, forged: Forged) -> None:
    forged.write(WRITTEN[what])
    (bad,) = verify_all(forged.store.ring, forged.store.ledger).bad
    assert (bad.what, bad.bucket_id) == ("index changed", "")
    assert forged.whats() == []
    assert forged.again().index.rebuilt == ""
    assert forged.whats() == []


def test_a_sum_that_is_gone_is_no_defect_but_a_doubt(forged: Forged) -> None:
    forged.write("DELETE FROM meta WHERE key = 'longest_ns'")
    with pytest.raises(Unavailable, match="does not know its longest_ns"):
        forged.store.ring.find("C1", forged.first.span)
    assert forged.store.index.changed
    forged.write("DELETE FROM meta")
    assert forged.again().index.rebuilt
    assert len(forged.store.ring.find("C1", forged.first.span)) == 1


def test_a_column_of_numbers_takes_no_words(forged: Forged) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        forged.write("UPDATE segments SET frames = 'ten'")


@pytest.mark.parametrize("running", [True, False])
def test_an_index_whose_pages_are_noise_is_told_and_made_anew(forged: Forged, running: bool) -> None:
    """The comparison comes upon it while it reads, or the next start; neither says that a file of footage is bad."""
    store = forged.store
    if not running:
        store.close()
    data = Path(forged.path).read_bytes()
    Path(forged.path).write_bytes(data[:4096] + bytes(reversed(data[4096:])))
    if running:
        assert forged.whats() == [("", "index changed")]
    else:
        assert forged.again().index.rebuilt
    assert forged.whats() == []


def test_a_schema_that_is_no_text_is_made_anew_at_the_next_start(forged: Forged) -> None:
    """The library fails over the message that quotes it."""
    forged.store.close()
    data = Path(forged.path).read_bytes()
    assert data.count(b"routine INTEGER") == 1
    Path(forged.path).write_bytes(data.replace(b"routine INTEGER", b"routine I\xceTEGER"))
    assert "does not open" in forged.again().index.rebuilt
    assert forged.whats() == []


@pytest.mark.parametrize("file", [0, -1, 9])
def test_a_place_that_is_none_is_no_defect(file: int, forged: Forged) -> None:
    forged.write("UPDATE meta SET value = ? WHERE key = 'file'", file)
    assert not forged.store.index.healthy or forged.whats() == [("", "index changed")]
    forged.write("UPDATE meta SET value = ? WHERE key = 'file'", file)
    forged.again()
    assert forged.whats() in ([], [("", "index changed")])
    assert forged.whats() == []


def test_when_a_file_was_last_checked_is_the_indexs_own(forged: Forged) -> None:
    forged.store.scrub.step(1 << 20)
    assert forged.whats() == []


def test_a_row_is_named_by_its_bucket(forged: Forged) -> None:
    forged.write("UPDATE segments SET frames = 3 WHERE bucket = ?", bytes.fromhex(forged.second.bucket_id))
    (bad,) = verify_all(forged.store.ring, forged.store.ledger).bad
    text = f"a row of segments, bucket {forged.second.bucket_id}, is not as the catalogue has it"
    assert bad == Bad("", -1, "", "index changed", text)


def test_checks_that_lie_ahead_are_none(forged: Forged) -> None:
    """Somebody wrote them, or the clock went back: the file is read again now, and not at the end of days."""
    store = forged.store
    forged.cut(forged.first)
    forged.write("UPDATE segments SET checked_ns = ?", days_later(40_000))
    found = [damage for _ in range(4) for damage in store.scrub.step(1 << 20)]
    assert [(damage.camera_no, damage.what) for damage in found] == [("C1", "size")]
    coverage = store.scrub.coverage(store.clock.wall_ns() - DAY_NS)
    assert (coverage.share, coverage.oldest_ns) == (1, store.clock.wall_ns())


def test_nothing_counts_as_covered_that_is_said_to_be_checked_later(forged: Forged) -> None:
    forged.write("UPDATE segments SET checked_ns = ?", days_later(40_000))
    coverage = forged.store.scrub.coverage(MONDAY_NS - DAY_NS)
    assert (coverage.checked, coverage.oldest_ns) == (0, 0)
    assert forged.store.scrub.finished_pass() is None


# --- what works by it ---


def test_the_scrub_takes_what_a_file_must_be_from_the_catalogue(forged: Forged) -> None:
    store, data = forged.store, forged.cut(forged.first)
    forged.write(
        "UPDATE segments SET bytes = ?, sha256 = ? WHERE bucket = ?",
        len(data),
        hashlib.sha256(data).digest(),
        bytes.fromhex(forged.first.bucket_id),
    )
    with pytest.raises(Unavailable, match=f"bucket {forged.first.bucket_id} is not as the catalogue has it"):
        store.scrub.step(1 << 20)
    assert store.index.changed
    store.index.rebuild(store.index.doubt)
    assert [(each.camera_no, each.what) for each in store.scrub.step(1 << 20)] == [("C1", "size")]


OLDER = {
    "its end": f"UPDATE buckets SET start_ns = start_ns - {50 * DAY_NS}, end_ns = end_ns - {50 * DAY_NS}",
    "its camera": "UPDATE buckets SET camera_no = 'C9'",
    "its size": "UPDATE buckets SET bytes = 1",
    "its clock": "UPDATE buckets SET boot_ns = 1",
}


@pytest.mark.parametrize("what", OLDER)
def test_nothing_is_destroyed_by_a_row_that_the_catalogue_does_not_have(what: str, forged: Forged) -> None:
    """A young bucket with an old date, one under a camera whose footage nobody holds: judged by the row, kept by the
    manifest."""
    store = forged.store
    store.clock.go_to(days_later(10 if what == "its end" else 60))
    forged.write(OLDER[what])
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        store.destruction.routine()
    assert not [entry for entry in store.ledger.entries() if entry.kind.startswith("destroy.")]
    assert {forged.first.bucket_id, forged.second.bucket_id} <= store.keystore.bucket_ids()
    assert not store.index.healthy


def test_time_that_was_not_trusted_is_not_made_so_by_a_row(tmp_path: Path) -> None:
    store = Store(new_disk(), path=str(tmp_path / "index.sqlite"))
    doubtful = store.record("C1", MONDAY_NS, trusted=False)
    store.index._write("UPDATE buckets SET trusted = 1")
    store.clock.go_to(days_later(60))
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        store.destruction.routine()
    assert doubtful.bucket_id in store.keystore.bucket_ids()


def _closed_row(forged: Forged, bucket_id: str) -> None:
    forged.write(
        "INSERT INTO buckets SELECT 99, ?, 'C3', slot_start_ns, start_ns, end_ns, bytes, trusted, boot_no, boot_ns, ?, "
        "zeroblob(32), 0, file, entry FROM buckets LIMIT 1",
        bytes.fromhex(bucket_id),
        forged.store.ledger.size,
    )


def test_a_row_that_says_closed_enters_no_hash_and_moves_no_file(forged: Forged) -> None:
    """What an interruption left of closing is redone as the catalogue has it, never as a row says."""
    store = forged.store
    (bucket_id,) = store.shelves.in_open()
    _closed_row(forged, bucket_id)
    before = store.ledger.size
    with pytest.raises(Unavailable, match=f"bucket {bucket_id} is not as the catalogue has it"):
        store.ring.finish()
    assert store.ledger.size == before
    assert store.shelves.in_open() == {bucket_id: [0]}


def test_a_row_that_says_closed_keeps_no_bucket_from_being_closed(forged: Forged) -> None:
    store = forged.store
    later = store.film("C5", MONDAY_NS + 2 * SLOT_NS)
    _closed_row(forged, later.bucket_id)
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        store.ring.take(later)
    store.index.rebuild(store.index.doubt)
    store.ring.take(later)
    assert store.ring.proofs.manifest(later.bucket_id) == later
    store.ring.take(later)
    assert [bad.what for bad in verify_all(store.ring, store.ledger).bad] == []


# --- one entry of the catalogue ---


def test_the_entry_that_closed_a_bucket_is_read_by_its_place(forged: Forged) -> None:
    def closed_at(place: Place | None) -> list[Any]:
        assert place is not None
        return [note.manifest for note in forged.store.catalogue.notes_at(place) if hasattr(note, "manifest")]

    catalogue, index = forged.store.catalogue, forged.store.index
    assert closed_at(index.place_of(forged.first.bucket_id)) == [forged.first]
    forged.store.clock.go_to(days_later(1))
    later = forged.store.record("C1", days_later(1))
    assert catalogue.end.file == 2, "another day, another file"
    for manifest in (forged.second, later, forged.first):
        assert closed_at(index.place_of(manifest.bucket_id)) == [manifest]
    assert index.place_of("ab" * 16) is None
    for place in (Place(0, 0), Place(3, 0), Place(1, 99), Place(2, 99), Place(1, -1), Place(2, -1)):
        assert catalogue.notes_at(place) == []
