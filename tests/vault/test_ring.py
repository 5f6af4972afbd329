"""The ring: a bucket closes once and for good, is read wherever it lies, and no power cut comes between."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Damaged, NotFound
from appliance.core.model import BucketOpening, Gap, Manifest, Span
from appliance.formats.segment import scan
from appliance.formats.segment_files import segment_name
from appliance.vault.index import shelves as shelves_module
from appliance.vault.index.projection import manifest_hash
from appliance.vault.ring import ring as ring_module
from tests.faults.memory_fs import MemoryFs, every_cut, every_failure
from tests.faults.mutants import changed_module
from tests.vault.ringcases import (
    MONDAY_NS,
    OPEN,
    MovingClock,
    Parts,
    Store,
    entered,
    kept_files,
    kinds,
    manifest_of,
    new_disk,
    segment_bytes,
    write_durably,
)

HOUR = Span(MONDAY_NS, MONDAY_NS + 6 * SLOT_NS)


@pytest.fixture
def store() -> Store:
    return Store(new_disk())


def ledger_hashes(store: Store) -> dict[str, str]:
    return {
        bucket: digest
        for each in entered(store.ledger, "manifests.closed")
        for bucket, digest in each["manifests"].items()
    }


def test_a_closed_bucket_lies_in_the_ring_and_its_hash_in_the_ledger(store: Store) -> None:
    manifest = store.record()
    assert store.fs.list_dir(OPEN) == []
    assert list(store.shelves.in_ring()) == [segment_name(manifest.bucket_id, 0)]
    assert ledger_hashes(store) == {manifest.bucket_id: manifest_hash(manifest).hex()}
    assert entered(store.ledger, "manifests.closed")[0]["slot_start_ns"] == MONDAY_NS


def test_a_report_that_comes_twice_changes_nothing(store: Store) -> None:
    manifest = store.record()
    before = store.fs.files()
    store.ring.take(manifest)
    opening = BucketOpening(
        bucket_id=manifest.bucket_id,
        camera_no="C1",
        slot_start_ns=MONDAY_NS,
        start_ns=MONDAY_NS,
        boot_id="x",
        boot_ns=0,
        trusted=True,
    )
    store.ring.opened(opening)
    assert store.fs.files() == before


def test_the_buckets_of_a_slot_may_close_with_one_entry(store: Store) -> None:
    manifests = [store.record(camera, close=False) for camera in ("C1", "C2", "C3")]
    store.ring.take(*manifests)
    assert kinds(store.ledger) == ["manifests.closed"]
    assert ledger_hashes(store) == {m.bucket_id: manifest_hash(m).hex() for m in manifests}
    assert store.fs.list_dir(OPEN) == []


def test_a_file_that_is_not_as_its_manifest_says_is_not_taken(store: Store) -> None:
    manifest = store.record(close=False)
    path = f"{OPEN}/{segment_name(manifest.bucket_id, 0)}"
    data = store.fs.read(path)
    assert isinstance(store.fs, MemoryFs)
    for harm, says in [
        (lambda fs: fs.put(path, data[:-1]), "bytes"),
        (lambda fs: fs.hard_link(path, f"{OPEN}/other"), "names"),
        (lambda fs: fs.unlink(path), "No such file"),
    ]:
        other = Store(store.fs.image("all"), store.clock)
        harm(other.fs)
        with pytest.raises(Damaged, match=says):
            other.ring.take(manifest)
        assert kinds(other.ledger) == []
        assert other.index.closed(manifest.bucket_id) is None


def test_what_is_being_recorded_is_found_and_read_up_to_what_is_durable(store: Store) -> None:
    manifest = store.record(close=False, seconds=300)
    name = segment_name(manifest.bucket_id, 0)
    data = store.fs.read(f"{OPEN}/{name}")
    assert store.ring.find("C1", HOUR) == []
    assert store.shelves.read_at(manifest.bucket_id, 0, 0, 1000) == b""
    frames = scan(lambda at, n: data[at : at + n], len(data)).frames
    store.ring.durable({name: frames[2].end + 5})
    (found,) = store.ring.find("C1", HOUR)
    assert found.is_open
    assert (found.start_ns, found.end_ns) == (MONDAY_NS, MONDAY_NS + 120_500_000_000)
    assert found.segments[0].frames == 3
    assert store.shelves.size(manifest.bucket_id, 0) == frames[2].end + 5
    assert store.shelves.read_at(manifest.bucket_id, 0, 0, 10_000) == data[: frames[2].end + 5]
    assert store.ring.find("C1", Span(MONDAY_NS + 121 * 10**9, HOUR.end_ns)) == []
    assert store.ring.gaps_in("C1", Span(MONDAY_NS, MONDAY_NS + 120 * 10**9)) == []
    store.ring.take(manifest)
    assert store.shelves.read_at(manifest.bucket_id, 0, 5, 10_000) == data[5:]
    assert not store.ring.find("C1", HOUR)[0].is_open


def test_a_segment_that_ended_early_stays_readable_while_the_next_is_written(store: Store) -> None:
    manifest = store.record(close=False, seconds=120)
    second = segment_bytes(manifest.bucket_id, [300_000, 301_000], number=1)
    write_durably(store.fs, manifest.bucket_id, 1, second)
    store.ring.durable(
        {segment_name(manifest.bucket_id, 0): store.fs.size(f"{OPEN}/{segment_name(manifest.bucket_id, 0)}")}
    )
    store.ring.durable({segment_name(manifest.bucket_id, 1): len(second)})
    (found,) = store.ring.find("C1", HOUR)
    assert [segment.number for segment in found.segments] == [0, 1]
    gap = store.ring.gaps_in("C1", Span(MONDAY_NS, MONDAY_NS + 301 * 10**9))
    assert [(g.start_ns, g.end_ns) for g in gap] == [(MONDAY_NS + 60_500_000_000, MONDAY_NS + 300 * 10**9)]


def test_a_file_is_found_while_it_moves(store: Store) -> None:
    manifest = store.record(close=False)
    store.ring.durable({segment_name(manifest.bucket_id, 0): 10_000})
    whole = store.shelves.read_at(manifest.bucket_id, 0, 0, 10_000)
    looked: list[str] = []
    read_at = store.fs.read_at

    def read(path: str, offset: int, size: int) -> bytes:
        looked.append(path)
        if len(looked) == 1:
            with pytest.raises(FileNotFoundError):
                read_at(path, offset, size)
            store.ring.take(manifest)
            raise FileNotFoundError(path)
        return read_at(path, offset, size)

    store.fs.read_at = read  # type: ignore[method-assign]
    assert store.shelves.read_at(manifest.bucket_id, 0, 0, 10_000) == whole
    with pytest.raises(NotFound):
        store.shelves.read_at("ab" * 16, 0, 0, 1)


class Closing:
    """A recorder's three buckets, closed one by one, and what must hold after a cut anywhere in it."""

    def __init__(self, parts: Parts | None = None) -> None:
        self.parts = parts
        self.manifests: dict[str, Manifest] = {}
        self.files: dict[str, bytes] = {}

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        store = Store(fs, parts=self.parts)
        for number, camera in enumerate(("C1", "C2", "C1")):
            manifest = store.record(camera, MONDAY_NS + number * SLOT_NS, close=False)
            if number == 1:
                second = segment_bytes(manifest.bucket_id, [580_000, 590_000], number=1)
                write_durably(fs, manifest.bucket_id, 1, second)
                first = fs.read(f"{OPEN}/{segment_name(manifest.bucket_id, 0)}")
                opening = store.index.opening(manifest.bucket_id)
                assert opening is not None
                manifest = manifest_of(opening.opening, {0: first, 1: second}, manifest.end_ns)
            for segment in manifest.segments:
                name = segment_name(manifest.bucket_id, segment.number)
                self.files[name] = fs.read(f"{OPEN}/{name}")
            self.manifests[manifest.bucket_id] = manifest
            said.append(("durable", manifest.bucket_id))
            store.ring.take(manifest)
            said.append(("closed", manifest.bucket_id))

    def check(self, fs: MemoryFs, said: tuple[Any, ...], where: str) -> None:
        store = Store(fs, seed="after", parts=self.parts)
        store.recovery.at_start()
        store.recovery.at_hello([], MONDAY_NS + 3 * SLOT_NS)
        hashes = ledger_hashes(store)
        entries = entered(store.ledger, "manifests.closed")
        assert len(hashes) == sum(len(each["manifests"]) for each in entries), f"{where}: entered twice"
        for kind, bucket_id in said:
            closed = store.index.closed(bucket_id)
            assert closed is not None, f"{where}: {kind} and lost"
            assert closed.hash.hex() == hashes[bucket_id], where
            if kind == "closed":
                assert closed.hash == manifest_hash(self.manifests[bucket_id]), where
            for number in closed.numbers:
                name = segment_name(bucket_id, number)
                assert fs.read(store.shelves.ring_path(bucket_id, number)) == self.files[name], f"{where}: {name}"
        assert fs.list_dir(OPEN) == [], where
        assert set(store.shelves.in_ring()) == {
            segment_name(closed.bucket_id, number) for closed in store.index.all_closed() for number in closed.numbers
        }, where
        store.close()
        stable = fs.image("none")
        again = Store(stable, seed="again", parts=self.parts)
        before = kept_files(stable)
        again.recovery.at_start()
        again.recovery.at_hello([], MONDAY_NS + 3 * SLOT_NS)
        assert kept_files(stable) == before == kept_files(fs), f"{where}: not settled, or not durable"


def check_every_cut(parts: Parts | None = None) -> None:
    closing = Closing(parts)
    for cut in every_cut(closing, start=new_disk()):
        closing.check(cut.fs, cut.said, str(cut))


def test_INV_23_a_power_cut_anywhere_leaves_every_closed_bucket_whole_and_entered_once() -> None:
    check_every_cut()


SHELVES_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "the ring's shelf is not synced": (("Shelves.move", "drop call sync_dir 2"),),
    "open is not synced": (("Shelves.move", "drop call sync_dir 3"),),
    "a new shelf is not synced": (("Shelves.move", "drop call sync_dir 1"),),
}
RING_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "renamed before the catalogue knows": (("Ring.take", "before move note"),),
    "not entered in the ledger": (("Ring.take", "drop call _enter"),),
    "files are not moved at start": (("Ring.finish", "drop call move"),),
    "hashes are entered again at start": (("Ring.finish", "force known True"),),
    "hashes are not entered at start": (("Ring.finish", "force known False"),),
}


@pytest.mark.parametrize("name", SHELVES_MUTANTS)
def test_the_cuts_catch_shelves_where(name: str) -> None:
    with pytest.raises((AssertionError, KeyError, FileNotFoundError, Damaged)):
        check_every_cut(Parts(shelves=changed_module(shelves_module, *SHELVES_MUTANTS[name]).Shelves))


@pytest.mark.parametrize("name", RING_MUTANTS)
def test_the_cuts_catch_a_ring_where(name: str) -> None:
    with pytest.raises((AssertionError, KeyError, FileNotFoundError, Damaged)):
        check_every_cut(Parts(ring=changed_module(ring_module, *RING_MUTANTS[name]).Ring))


def test_a_step_that_fails_is_told_and_the_next_start_finishes_it() -> None:
    closing = Closing()
    for call, fs, said, raised in every_failure(closing, start=new_disk()):
        assert raised is not None, call
        closing.check(fs.image("all"), tuple(said), f"{call} failed")


def test_gaps_and_allocations_survive(store: Store) -> None:
    gap = Gap(camera_no="C1", start_ns=1, end_ns=2, cause="network")
    store.ring.gap(gap)
    allocation = store.allocate(("C1", MONDAY_NS))
    again = Store(store.fs, MovingClock(), seed=1)
    assert again.index.noted_gaps("C1", Span(0, 5)) == [gap]
    known = again.index.allocated(allocation.buckets[0].bucket_id)
    assert known is not None
    assert known.camera_no == "C1"
