"""The life of a segment, whole.

Sealed by a recorder that cannot read it, closed, found, shown, cut off, pinned, kept to its term, destroyed, and out of
reach of a thief with every older copy of the disk. Only the disk and the clock are of the test.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest

from appliance.api import Packet, Stream, Streams
from appliance.core.clock import SLOT_NS
from appliance.core.errors import Damaged, Refused
from appliance.core.model import BucketOpening, Manifest, Span
from appliance.formats.allocation import allocate
from appliance.formats.fragments import Fragment, decode_fragment, encode_fragment, encode_streams
from appliance.formats.sealing import wipe
from appliance.formats.segment import MEDIA, STARTS_WITH_KEY, STREAMS, SegmentOpener, SegmentSealer
from appliance.formats.segment_files import segment_name
from appliance.installation.verification import verify_all
from appliance.recorder.supervisor.writer import OpenBucket, SegmentWriter
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import Hold
from appliance.vault.keys.anchor import FileAnchor
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.vault import VaultPrivate, make_vault
from tests.faults.memory_fs import MemoryFs
from tests.vault.ringcases import (
    ANCHOR,
    BOX_KEY,
    KEYS,
    MONDAY_NS,
    OPEN,
    MovingClock,
    Store,
    days_later,
    drawn,
    entered,
    new_disk,
)

SECOND = 1_000_000_000
PUBLIC, PRIVATE = make_vault(drawn("vault"))
STREAM = Streams((Stream(0, "video", "h264", (1, 90_000), b"sps pps", 640, 360),))


class Recorder:
    """One camera of the recorder: the public key, the keys of buckets that are open, and nothing else."""

    def __init__(self, store: Store) -> None:
        self.store, self.some = store, drawn(store.clock.wall_ns())
        self.bucket: OpenBucket | None = None
        self._key = bytearray()
        self._sealer: SegmentSealer | None = None

    def begin(self, camera_no: str, start_ns: int) -> str:
        store, slot_ns = self.store, start_ns - start_ns % SLOT_NS
        allocation, keys = allocate(PUBLIC, [(camera_no, slot_ns)], self.some)
        store.keystore.add(allocation)
        store.ring.allocated(allocation)
        (bucket_id,) = keys
        self._key = keys[bucket_id]
        opening = BucketOpening(
            bucket_id=bucket_id,
            camera_no=camera_no,
            slot_start_ns=slot_ns,
            start_ns=start_ns,
            boot_id=store.clock.boot_id(),
            boot_ns=store.clock.boot_ns() + start_ns - store.clock.wall_ns(),
            trusted=True,
        )
        store.ring.opened(opening)
        self._sealer = SegmentSealer(bytes.fromhex(bucket_id), self._key, 0, 1, b"a" * 16, self.some(24))
        self.bucket = OpenBucket(opening)
        self.bucket.segment = SegmentWriter(store.fs, OPEN, bucket_id, 0, self._sealer.header)
        self._write(STREAMS, encode_streams(STREAM), start_ns, start_ns)
        return bucket_id

    def second(self, number: int, picture: bytes) -> None:
        """One second of footage: a fragment that begins with a key frame; durable on return."""
        bucket = self._open()
        at_ns = bucket.opening.start_ns + number * SECOND
        fragment = Fragment(
            at_ns, number * SECOND, (Packet(0, picture, number * 90_000, number * 90_000, 90_000, True),)
        )
        self._write(MEDIA, encode_fragment(fragment), at_ns, at_ns + SECOND, STARTS_WITH_KEY)
        self.store.fs.sync_fs(OPEN)
        segment = bucket.segment
        assert segment is not None
        self.store.ring.durable({segment.name: segment.bytes})

    def end(self) -> Manifest:
        bucket = self._open()
        assert bucket.segment is not None
        assert self._sealer is not None
        bucket.segment.footer(memoryview(self._sealer.footer()))
        bucket.close_segment(complete=True)
        self.store.fs.sync_fs(OPEN)
        wipe(self._key)
        manifest = bucket.manifest("slot")
        self.store.ring.take(manifest)
        return manifest

    def _open(self) -> OpenBucket:
        assert self.bucket is not None
        return self.bucket

    def _write(self, kind: int, plaintext: bytes, start_ns: int, end_ns: int, flags: int = 0) -> None:
        bucket = self._open()
        assert bucket.segment is not None
        assert self._sealer is not None
        ms = (start_ns - bucket.opening.start_ns) // 1_000_000
        bucket.segment.frame(memoryview(self._sealer.frame(kind, plaintext, ms=ms, flags=flags)), start_ns, end_ns)
        bucket.end_ns = end_ns


def pictures(store: Store, bucket_id: str) -> list[bytes]:
    """What a keyholder sees of a bucket, wherever it lies."""
    size = store.shelves.size(bucket_id, 0)
    with VaultPrivate(bytearray(PRIVATE)) as vault, vault.open_buckets(store.keystore.sealed_of([bucket_id])) as keys:
        opener = SegmentOpener(functools.partial(store.shelves.read_at, bucket_id, 0), size, keys[bucket_id])
        media = [frame for frame in opener.frames() if frame.type == MEDIA]
        return [decode_fragment(opener.open(frame)).packets[0].data for frame in media]


def test_the_life_of_a_segment() -> None:
    disk = new_disk()
    clock = MovingClock()
    store = Store(disk, clock)

    # It is recorded. No picture is on the disk in the clear, and it can be seen while it grows.
    recorder = Recorder(store)
    first = recorder.begin("C1", MONDAY_NS)
    for number in range(5):
        recorder.second(number, b"the hall, second %d" % number)
        assert len(pictures(store, first)) == number + 1
    assert not any(b"the hall" in data for data in disk.files().values())
    (growing,) = store.ring.find("C1", Span(MONDAY_NS, MONDAY_NS + SLOT_NS))
    assert growing.is_open

    # It closes, and is found where it was recorded and nowhere else.
    closed = recorder.end()
    (found,) = store.ring.find("C1", Span(MONDAY_NS + 2 * SECOND, MONDAY_NS + 3 * SECOND))
    assert (found.bucket_id, found.is_open, found.segments) == (first, False, closed.segments)
    assert pictures(store, first)[2] == b"the hall, second 2"
    assert disk.list_dir(OPEN) == []

    # The next one is cut off by a power cut: what was durable is kept, the rest is a gap with its cause.
    clock.go_to(MONDAY_NS + SLOT_NS)
    recorder = Recorder(store)
    second = recorder.begin("C1", MONDAY_NS + SLOT_NS)
    for number in range(3):
        recorder.second(number, b"the door, second %d" % number)
    recorder._write(MEDIA, b"never synced", MONDAY_NS + SLOT_NS + 3 * SECOND, MONDAY_NS + SLOT_NS + 4 * SECOND)
    disk = disk.image("torn")
    clock.reboot()
    clock.now_ns = MONDAY_NS + SLOT_NS + 60 * SECOND
    store = Store(disk, clock, seed=1)
    store.recovery.at_start()
    assert store.recovery.at_hello([], clock.wall_ns()).closed == (second,)
    assert [picture[:8] for picture in pictures(store, second)] == [b"the door"] * 3
    (gap,) = store.ring.gaps_in("C1", Span(MONDAY_NS + SLOT_NS, MONDAY_NS + SLOT_NS + 60 * SECOND))
    assert gap.cause == "restart"
    assert gap.start_ns <= MONDAY_NS + SLOT_NS + 3 * SECOND

    # It is checked without a key, and pinned by a case. A thief copies the whole disk on the tenth day.
    clock.go_to(days_later(10))
    assert store.scrub.step(1 << 20) == []
    assert store.scrub.coverage(clock.wall_ns() - DAY_NS).share == 1
    store.holds.append(Hold("C1", MONDAY_NS, MONDAY_NS + SLOT_NS))
    thief = disk.image("all")

    # Day after day: nothing inside the floor, nothing pinned, nothing that routine does not owe.
    gone: dict[str, int] = {}
    for day in range(11, 370):
        clock.go_to(days_later(day))
        if day == 100:
            store.ledger.append("head.issued", {"size": store.ledger.size, "way": "file"})  # as each hour
            store = Store(disk, clock, seed="the index was lost")
            store.holds.append(Hold("C1", MONDAY_NS, MONDAY_NS + SLOT_NS))
        batch = store.destruction.routine()
        gone.update((bucket_id, day) for bucket_id in (batch.destroyed if batch else ()))
        if day < 31:
            for bucket_id in (first, second):
                with pytest.raises(Refused):
                    store.destruction.destroy([bucket_id], "ordered")
    assert gone == {second: 46, first: 364}, "the pin kept the first to its ceiling and not a day longer"

    # It is gone: from the store, and for whoever has the keyholder's password, the box key and every older copy.
    assert [done["buckets"] for done in entered(store.ledger, "destroy.done")] == [[second], [first]]
    assert store.ring.find("C1", Span(0, clock.wall_ns())) == []
    assert [name for name in store.shelves.listing() if name.endswith(".seg")] == []
    assert segment_name(first, 0) in {path.rsplit("/", 1)[1] for path in thief.files()}
    assert not opens(thief, disk, first)
    assert verify_all(store.ring, store.ledger).bad == ()


def opens(old: MemoryFs, now: MemoryFs, bucket_id: str) -> bool:
    """Whether the key of a bucket comes back from an older copy of the disk and today's anchor."""
    for slot in (0, 1):
        old.put(f"{ANCHOR}/anchor.{slot}", now.read(f"{ANCHOR}/anchor.{slot}"))
    some: Any = drawn("thief")
    try:
        return bucket_id in KeyStore.open(old, KEYS, FileAnchor(old, ANCHOR, some), BOX_KEY, some)
    except Damaged:
        return False


def test_the_thief_would_have_had_it_before_it_was_destroyed() -> None:
    """The check above can fail: the same copy opens with the anchor of its own day."""
    disk = new_disk()
    store = Store(disk)
    recorder = Recorder(store)
    bucket_id = recorder.begin("C1", MONDAY_NS)
    recorder.second(0, b"the hall")
    recorder.end()
    assert opens(disk.image("all"), disk, bucket_id)
