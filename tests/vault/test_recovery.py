"""Recovery: what a power cut, a crash or a keeper that was away left in ``open/`` is closed as it is, without a key."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Unavailable
from appliance.core.model import BucketOpening, Gap, Manifest, Span, to_wire
from appliance.formats.allocation import seal_emergency
from appliance.formats.segment import MEDIA, STREAMS, SegmentOpener, SegmentSealer, scan
from appliance.formats.segment_files import segment_name
from appliance.vault.ring import recovery as recovery_module
from tests.faults.memory_fs import MemoryFs, every_cut
from tests.faults.mutants import changed_module
from tests.vault.ringcases import (
    CATALOGUE_PRIVATE,
    MONDAY_NS,
    OPEN,
    Parts,
    Store,
    entered,
    kept_files,
    key_of,
    made_allocation,
    manifest_of,
    new_disk,
    segment_bytes,
    write_durably,
)

BACK_NS = MONDAY_NS + 3 * SLOT_NS


@pytest.fixture
def store() -> Store:
    return Store(new_disk())


def put(store: Store, bucket_id: str, number: int, data: bytes) -> None:
    assert isinstance(store.fs, MemoryFs)
    store.fs.put(f"{OPEN}/{segment_name(bucket_id, number)}", data)


def left_open(store: Store, camera: str = "C1", start_ns: int = MONDAY_NS) -> Manifest:
    return store.record(camera, start_ns, seconds=300, close=False)


def manifest_in(store: Store, bucket_id: str) -> Manifest:
    return next(
        note.manifest
        for _, notes in store.catalogue.entries()
        for note in notes
        if getattr(note, "manifest", None) is not None and note.manifest.bucket_id == bucket_id
    )


def test_a_bucket_that_was_cut_off_is_closed_with_every_whole_frame_and_its_torn_tail(store: Store) -> None:
    opened = left_open(store)
    whole = segment_bytes(opened.bucket_id, range(0, 300_000, 60_000), footer=False)
    torn = whole[:-7]
    put(store, opened.bucket_id, 0, torn)
    found = store.recovery.at_hello([], BACK_NS)
    assert found.closed == (opened.bucket_id,)
    assert found.troubles == ()
    manifest = manifest_in(store, opened.bucket_id)
    (segment,) = manifest.segments
    assert (segment.frames, segment.complete, segment.bytes) == (4, False, len(torn))
    assert manifest.recovered
    assert manifest.end_ns == MONDAY_NS + 180_500_000_000
    assert manifest.gaps == (Gap(camera_no="C1", start_ns=manifest.end_ns, end_ns=BACK_NS, cause="restart"),)
    assert store.fs.read(store.shelves.ring_path(opened.bucket_id, 0)) == torn, "kept as it is"
    opener = SegmentOpener(lambda at, n: torn[at : at + n], len(torn), key_of(opened.bucket_id))
    assert len([opener.open(frame) for frame in opener.frames()]) == 4
    assert store.ring.gaps_in("C1", Span(MONDAY_NS, BACK_NS)) == list(manifest.gaps)


def test_every_length_that_a_power_cut_may_leave_is_closed_to_its_last_whole_frame() -> None:
    disk = new_disk()
    opened = left_open(Store(disk))
    data = segment_bytes(opened.bucket_id, [0, 500, 1000])
    for length in range(len(data) + 1):
        fs = disk.image("all")
        fs.put(f"{OPEN}/{segment_name(opened.bucket_id, 0)}", data[:length])
        store = Store(fs)
        assert store.recovery.at_hello([], BACK_NS).closed == (opened.bucket_id,)
        (segment,) = manifest_in(store, opened.bucket_id).segments
        expected = scan(lambda at, n, end=length: data[at : min(at + n, end)], length)
        assert (segment.frames, segment.complete) == (len(expected.frames), expected.complete)
        assert segment.complete == (length == len(data))
        store.close()


def test_the_time_between_two_segments_of_a_bucket_that_was_cut_off_is_a_gap(store: Store) -> None:
    """The second begins with a stream description, which has no time of its own."""
    opened = left_open(store)
    sealer = SegmentSealer(bytes.fromhex(opened.bucket_id), key_of(opened.bucket_id), 1, 1, b"a" * 16, b"s" * 24)
    frames = [sealer.frame(STREAMS, b"streams", ms=0), sealer.frame(MEDIA, b"fragment", ms=400_000)]
    put(store, opened.bucket_id, 0, segment_bytes(opened.bucket_id, range(0, 300_500, 500), footer=False))
    put(store, opened.bucket_id, 1, sealer.header + b"".join(frames))
    store.recovery.at_hello([], BACK_NS)
    first, second = manifest_in(store, opened.bucket_id).segments
    hole = Span(first.end_ns, second.start_ns)
    assert hole == Span(MONDAY_NS + 300_500_000_000, MONDAY_NS + 400_000_000_000)
    (gap,) = store.ring.gaps_in("C1", Span(MONDAY_NS, second.end_ns))
    assert Span(gap.start_ns, gap.end_ns) == hole


def test_files_of_the_live_recorder_are_left_alone(store: Store) -> None:
    mine, lost = left_open(store), left_open(store, "C2")
    found = store.recovery.at_hello([segment_name(mine.bucket_id, 0)], BACK_NS)
    assert found.closed == (lost.bucket_id,)
    assert store.fs.list_dir(OPEN) == [segment_name(mine.bucket_id, 0)]
    assert store.recovery.at_start().closed == (), "without a hello nobody knows which are live"


def test_what_the_recorder_began_after_it_spoke_is_left_alone(store: Store) -> None:
    began, lost = left_open(store), left_open(store, "C2")
    found = store.recovery.at_hello([], BACK_NS, [segment_name(lost.bucket_id, 0)])
    assert found.closed == (lost.bucket_id,)
    assert store.fs.list_dir(OPEN) == [segment_name(began.bucket_id, 0)]


def test_a_file_that_nobody_announced_is_kept_and_told(store: Store) -> None:
    stranger = "ab" * 16
    put(store, stranger, 0, segment_bytes(stranger, [0, 500]))
    assert isinstance(store.fs, MemoryFs)
    store.fs.put(f"{OPEN}/notes.txt", b"?")
    for _ in range(2):
        found = store.recovery.at_hello([], BACK_NS)
        assert [(t.what, t.name) for t in found.troubles] == [
            ("unknown", segment_name(stranger, 0)),
            ("unknown", "notes.txt"),
        ]
        assert found.closed == ()
    assert store.fs.list_dir(OPEN) == [segment_name(stranger, 0), "notes.txt"]


def test_a_bucket_of_which_only_the_allocation_is_known_is_dated_by_its_slot_untrusted(store: Store) -> None:
    bucket_id = store.allocate(("C3", MONDAY_NS + SLOT_NS)).buckets[0].bucket_id
    put(store, bucket_id, 0, segment_bytes(bucket_id, [0, 500], footer=False))
    found = store.recovery.at_hello([], BACK_NS)
    assert [t.what for t in found.troubles] == ["undated"]
    manifest = manifest_in(store, bucket_id)
    assert (manifest.camera_no, manifest.start_ns, manifest.trusted) == ("C3", MONDAY_NS + SLOT_NS, False)
    assert not next(kept for kept in store.index.kept() if kept.bucket_id == bucket_id).trusted


@pytest.mark.parametrize(
    "forged", [{"camera_no": "C2"}, {"start_ns": MONDAY_NS - 3600 * 10**9}, {"boot_ns": 1}, {"trusted": False}]
)
def test_how_a_bucket_began_is_never_taken_from_a_row_that_the_catalogue_does_not_have(
    store: Store, forged: dict[str, Any]
) -> None:
    """A manifest is said for good: one by a forged row could never be put right again."""
    manifest = left_open(store)
    bucket = bytes.fromhex(manifest.bucket_id)
    opening = store.index.opening(manifest.bucket_id)
    assert opening is not None
    row = msgspec.structs.replace(opening.opening, **forged)
    store.index._write("UPDATE openings SET camera_no = ?, opening = ? WHERE bucket = ?", row.camera_no, to_wire(row),
                       bucket)  # fmt: skip
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        store.recovery.at_hello([], BACK_NS)
    store.index.rebuild(store.index.doubt)
    assert store.recovery.at_hello([], BACK_NS).closed == (manifest.bucket_id,)
    closed = manifest_in(store, manifest.bucket_id)
    assert (closed.camera_no, closed.start_ns, closed.boot_ns, closed.trusted) == (
        "C1", MONDAY_NS, opening.opening.boot_ns, opening.opening.trusted
    )  # fmt: skip


def test_an_opened_bucket_is_not_closed_as_one_that_was_only_allocated(store: Store) -> None:
    manifest = left_open(store)
    bucket = bytes.fromhex(manifest.bucket_id)
    store.index._write("DELETE FROM openings WHERE bucket = ?", bucket)
    store.index._write("INSERT INTO allocations VALUES (?, 'C1', ?)", bucket, MONDAY_NS)
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        store.recovery.at_hello([], BACK_NS)


def test_an_allocation_is_not_taken_from_a_row_that_the_catalogue_does_not_have(store: Store) -> None:
    bucket_id = store.allocate(("C3", MONDAY_NS + SLOT_NS)).buckets[0].bucket_id
    put(store, bucket_id, 0, segment_bytes(bucket_id, [0, 500], footer=False))
    store.index._write("UPDATE allocations SET camera_no = 'C1' WHERE bucket = ?", bytes.fromhex(bucket_id))
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        store.recovery.at_hello([], BACK_NS)


def test_a_reported_bucket_that_is_closed_as_found_is_held_against_the_catalogue_too(store: Store) -> None:
    manifest = left_open(store)
    bucket = bytes.fromhex(manifest.bucket_id)
    opening = store.index.opening(manifest.bucket_id)
    assert opening is not None
    row = msgspec.structs.replace(opening.opening, camera_no="C2")
    store.index._write("UPDATE openings SET camera_no = 'C2', opening = ? WHERE bucket = ?", to_wire(row), bucket)
    (segment,) = manifest.segments
    wrong = msgspec.structs.replace(manifest, segments=(msgspec.structs.replace(segment, bytes=segment.bytes + 1),))
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        store.recovery.close(wrong, BACK_NS)


def test_a_file_with_several_names_is_not_taken(store: Store) -> None:
    opened = left_open(store)
    assert isinstance(store.fs, MemoryFs)
    store.fs.hard_link(f"{OPEN}/{segment_name(opened.bucket_id, 0)}", f"{OPEN}/{segment_name(opened.bucket_id, 7)}")
    found = store.recovery.at_hello([], BACK_NS)
    assert found.closed == ()
    assert [t.what for t in found.troubles] == ["altered"]
    assert len(store.fs.list_dir(OPEN)) == 2


def test_the_gap_ends_where_the_camera_s_next_footage_begins(store: Store) -> None:
    lost = left_open(store)
    store.record("C1", MONDAY_NS + SLOT_NS)
    store.recovery.at_hello([], BACK_NS)
    assert [gap.end_ns for gap in manifest_in(store, lost.bucket_id).gaps] == [MONDAY_NS + SLOT_NS]


def test_a_clock_that_stands_before_the_footage_makes_no_gap(store: Store) -> None:
    lost = left_open(store)
    store.recovery.at_hello([], MONDAY_NS - 1)
    assert manifest_in(store, lost.bucket_id).gaps == ()


def test_a_manifest_that_does_not_fit_its_file_is_replaced_by_what_is_there(store: Store) -> None:
    told = left_open(store)
    data = segment_bytes(told.bucket_id, [0, 500, 1000], footer=False)
    put(store, told.bucket_id, 0, data)
    found = store.recovery.close(told, BACK_NS)
    assert [t.what for t in found.troubles] == ["altered"]
    assert found.closed == (told.bucket_id,)
    assert manifest_in(store, told.bucket_id).segments[0].bytes == len(data)
    assert store.recovery.close(told, BACK_NS).troubles == (), "closed is closed"


def test_a_file_that_a_failed_disk_left_shorter_is_no_tampering_and_its_gaps_keep_their_cause(store: Store) -> None:
    told = left_open(store)
    gap = Gap(camera_no="C1", start_ns=told.start_ns, end_ns=told.start_ns + 1_000_000_000, cause="disk")
    damaged = msgspec.structs.replace(told.segments[0], damaged=True, complete=False)
    told = msgspec.structs.replace(told, segments=(damaged,), gaps=(gap,))
    put(store, told.bucket_id, 0, segment_bytes(told.bucket_id, [0, 500, 1000], footer=False))
    found = store.recovery.close(told, BACK_NS)
    assert (found.troubles, found.closed) == ((), (told.bucket_id,))
    assert gap in manifest_in(store, told.bucket_id).gaps


# --- emergency records ---


def emergency(store: Store, camera: str = "C1") -> tuple[str, str, bytes]:
    """(bucket id, name, content) of a record that a recorder would leave."""
    allocation = made_allocation((camera, MONDAY_NS), seed="emergency")
    bucket_id = allocation.buckets[0].bucket_id
    opening = BucketOpening(
        bucket_id=bucket_id,
        camera_no=camera,
        slot_start_ns=MONDAY_NS,
        start_ns=MONDAY_NS + 5,
        boot_id=store.clock.boot_id(),
        boot_ns=1,
        trusted=True,
    )
    public = CATALOGUE_PRIVATE.public_key().public_bytes_raw()
    return bucket_id, f"{bucket_id}.emergency", seal_emergency(public, allocation, opening)


def test_an_emergency_record_is_taken_over_and_the_certificate_will_admit_it(store: Store) -> None:
    bucket_id, name, data = emergency(store)
    assert isinstance(store.fs, MemoryFs)
    store.fs.put(f"{OPEN}/{name}", data)
    put(store, bucket_id, 0, segment_bytes(bucket_id, [0, 500], footer=False))
    found = store.recovery.at_start()
    assert found.emergencies == (bucket_id,)
    assert bucket_id in store.keystore
    assert store.fs.list_dir(OPEN) == [segment_name(bucket_id, 0)]
    assert store.recovery.at_hello([], BACK_NS).closed == (bucket_id,)
    assert manifest_in(store, bucket_id).start_ns == MONDAY_NS + 5
    closed = store.index.closed(bucket_id)
    assert closed is not None
    assert closed.emergency
    assert Store(store.fs, seed=5).index.closed(bucket_id) == closed


def test_one_that_is_taken_over_after_the_bucket_closed_is_admitted_too(store: Store) -> None:
    bucket_id, name, data = emergency(store)
    assert isinstance(store.fs, MemoryFs)
    store.keystore.add(made_allocation(("C1", MONDAY_NS), seed="emergency"))
    store.ring.allocated(made_allocation(("C1", MONDAY_NS), seed="emergency"))
    segment = segment_bytes(bucket_id, [0, 500])
    put(store, bucket_id, 0, segment)
    store.recovery.at_hello([], BACK_NS)
    store.fs.put(f"{OPEN}/{name}", data)
    assert store.recovery.at_hello([], BACK_NS).emergencies == (bucket_id,)
    closed = store.index.closed(bucket_id)
    assert closed is not None
    assert closed.emergency


def test_a_record_that_is_not_whole_waits_and_is_told_once_the_recorder_is_another(store: Store) -> None:
    bucket_id, name, data = emergency(store)
    other = "cd" * 16
    assert isinstance(store.fs, MemoryFs)
    for wrong in (data[:-1], b"", data[:-1] + b"?"):
        store.fs.put(f"{OPEN}/{name}", wrong)
        assert store.recovery.at_start().emergencies == ()
        assert store.recovery.at_hello([name], BACK_NS).troubles == ()
        assert store.recovery.at_hello([], BACK_NS, []).troubles == (), "it began after the recorder spoke"
        assert [t.what for t in store.recovery.at_hello([], BACK_NS).troubles] == ["unreadable"]
    store.fs.unlink(f"{OPEN}/{name}")
    store.fs.put(f"{OPEN}/{other}.emergency", data)
    assert [t.what for t in store.recovery.at_hello([], BACK_NS).troubles] == ["unreadable"], "another bucket's record"
    assert bucket_id not in store.keystore


# --- crashes ---


class Night:
    """A recorder that dies in the middle of everything, and a keeper that recovers, cut anywhere."""

    def __init__(self, parts: Parts | None = None) -> None:
        self.parts = parts
        self.durable: dict[str, bytes] = {}

    def start(self) -> MemoryFs:
        fs = new_disk()
        store = Store(fs)
        synced = left_open(store, "C1")
        self.half = left_open(store, "C2").bucket_id
        bucket_id, name, data = emergency(store, "C3")
        fs.put(f"{OPEN}/{name}", data)
        write_durably(fs, bucket_id, 0, segment_bytes(bucket_id, [0, 500, 1000]))
        ready = store.record("C4", close=False)
        store.ring.take(ready)
        for each in (synced.bucket_id, bucket_id):
            self.durable[each] = fs.read(f"{OPEN}/{segment_name(each, 0)}")
        return fs

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        store = Store(fs, parts=self.parts)
        said.append(("taken", store.recovery.at_start().emergencies))
        # The recorder writes on and dies, but the disk keeps its power: these bytes were never synced.
        fs.append(f"{OPEN}/{segment_name(self.half, 0)}").write(bytes(24))
        found = store.recovery.at_hello([], BACK_NS)
        said.append(("closed", found.closed))

    def check(self, fs: MemoryFs, said: tuple[Any, ...], where: str) -> None:
        store = Store(fs, seed="after", parts=self.parts)
        store.recovery.at_start()
        store.recovery.at_hello([], BACK_NS + SLOT_NS)
        assert fs.list_dir(OPEN) == [], where
        cameras = {closed.camera_no for closed in store.index.all_closed()}
        assert cameras == {"C1", "C2", "C3", "C4"}, where
        for closed in store.index.all_closed():
            manifest = manifest_in(store, closed.bucket_id)
            data = fs.read(store.shelves.ring_path(closed.bucket_id, 0))
            assert len(data) == manifest.segments[0].bytes, where
            assert data == self.durable.get(closed.bucket_id, data), where
            assert closed.bucket_id in store.keystore, f"{where}: no key"
            assert closed.emergency == (closed.camera_no == "C3"), f"{where}: not admitted"
        hashes = [h for each in entered(store.ledger, "manifests.closed") for h in each["manifests"].items()]
        assert sorted(hashes) == sorted((c.bucket_id, c.hash.hex()) for c in store.index.all_closed()), where
        for bucket in [bucket for kind, buckets in said if kind == "closed" for bucket in buckets]:
            assert store.index.closed(bucket) is not None, where
        for bad in store.scrub.step(1 << 20):
            raise AssertionError(f"{where}: {bad}")
        store.close()
        stable = fs.image("none")
        assert kept_files(stable) == kept_files(fs), f"{where}: not durable"
        again = Store(stable, seed="again", parts=self.parts)
        again.recovery.at_start()
        assert again.recovery.at_hello([], BACK_NS + 2 * SLOT_NS).closed == (), where
        assert kept_files(stable) == kept_files(fs), f"{where}: not settled"


def check_every_cut(parts: Parts | None = None) -> None:
    night = Night(parts)
    for cut in every_cut(night, start=night.start()):
        night.check(cut.fs, cut.said, str(cut))


def test_recovery_can_itself_be_cut_anywhere() -> None:
    check_every_cut()


MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "nothing is synced before it is hashed": (("Recovery._sync", "drop call sync_fs"),),
    "the record goes before its opening is noted": (("Recovery._take_over", "before _remove opened"),),
    "the record's key is not stored": (("Recovery._take_over", "drop call add"),),
    "what the record was is forgotten": (("Recovery._take_over", "drop keyword emergency"),),
    "a bucket without a footer is left": (("Recovery.at_hello", "force named False"),),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_cuts_catch_a_recovery_where(name: str) -> None:
    with pytest.raises((AssertionError, KeyError, FileNotFoundError)):
        check_every_cut(Parts(recovery=changed_module(recovery_module, *MUTANTS[name]).Recovery))


def test_manifest_helper_agrees_with_the_recorder_s(store: Store) -> None:
    told = left_open(store)
    opening = store.index.opening(told.bucket_id)
    assert opening is not None
    data = store.fs.read(f"{OPEN}/{segment_name(told.bucket_id, 0)}")
    assert manifest_of(opening.opening, {0: data}, told.end_ns) == told
