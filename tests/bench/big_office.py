"""An office whose ring has a year of many cameras, made within minutes: its stores as the keeper writes them.

The catalogue has an entry for each opening and each close, the ledger one for each close, the key store every key. Only
nothing is synced while it is made, and the footage files hold zeros, of which the disk stores none.
"""

from __future__ import annotations

import functools
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.core.clock import SLOT_NS
from appliance.core.model import Allocation, BucketOpening, Manifest, SealedBucketKey, SegmentFile
from appliance.core.settings import Settings, read_settings
from appliance.formats.allocation import allocate
from appliance.formats.segment_files import segment_name
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.services.people.login import Seat
from appliance.services.people.pairs import Pair
from appliance.storage.boot_files import read_recorder_boot
from appliance.storage.files import File, RealFs
from appliance.vault.index.catalogue import Allocated, AllocatedBucket, Closed, Opened
from appliance.vault.index.projection import manifest_hash
from tests.box import Box, make_box, testcard
from tests.footage import FilmClock

__all__ = [
    "BATCH_NS",
    "FLOOR_DAYS",
    "SLOTS",
    "TARGET_DAYS",
    "camera_numbers",
    "fill_office",
    "first_ns_of",
    "make_big_office",
]

SLOTS = 144
FLOOR_DAYS, TARGET_DAYS = 333, 364
"""The longest that a policy may keep footage: no office's ring holds more days."""

BATCH_NS = 3 * 3600 * 10**9
"""After midnight, when the bench looks at the daily batch."""

_SLOTS_AHEAD = 6
_FILE_BYTES = 100_000


class _Unsynced(RealFs):
    """Writes what the keeper writes and syncs none of it: a bench may lose its office."""

    def append(self, path: str, *, mode: int = 0o600) -> File:
        file = super().append(path, mode=mode)
        file.sync = lambda: None  # type: ignore[method-assign]
        return file

    def sync_dir(self, path: str) -> None:
        pass


def camera_numbers(count: int) -> list[str]:
    return [f"{number:02d}" for number in range(1, count + 1)]


def first_ns_of(settings: Settings) -> int:
    """00:00 of the first day recorded."""
    return int(Path(settings.layout.state, "first_ns").read_text(encoding="ascii"))


def make_big_office(directory: str, cameras: int, segments: int) -> Settings:
    """Makes it, or finds it made. The ring has at least ``segments`` files of ``cameras`` cameras, the oldest of which
    reach their ceiling on the day after the last."""
    done = Path(directory, "office", "first_ns")
    toml = Path(directory, "office.toml")
    if done.exists():
        return read_settings(str(toml))
    began = time.perf_counter()
    days = TARGET_DAYS
    with make_box(
        Path(directory) / "office",
        [testcard(each) for each in camera_numbers(cameras)],
        kind=functools.partial(Box, more="scrub_bytes_per_second = 65536"),
    ) as box:
        first_ns = start_ns_of(day_of(box.made_ns)) + DAY_NS
        fill_office(box.settings, cameras, segments, first_ns, days)
        settings = box.settings
    done.write_text(str(first_ns), encoding="ascii")
    print(f"{segments} files of {cameras} cameras in {days} days, made in {time.perf_counter() - began:.0f} s")
    return settings


def fill_office(settings: Settings, cameras: int, segments: int, first_ns: int, days: int) -> None:
    """Puts at least ``segments`` files of ``cameras`` cameras into the ring of an office of which nothing runs, over
    ``days`` days from ``first_ns`` on, as long as any policy may keep them."""
    clock = FilmClock(first_ns)
    with open_keeper(settings, _Unsynced(), clock) as keeper:
        two = Pair(
            *(
                Seat(seat=n, person=f"p{n}", display=f"P{n}", roles=("manager",), slot_id="", proved_ns=0)
                for n in (1, 2)
            )
        )
        keeper.rules.change_policy("bench", two, document="bench", floor_days=FLOOR_DAYS, target_days=TARGET_DAYS)
        for shelf in range(256):
            os.makedirs(f"{keeper.settings.layout.ring}/{shelf:02x}", exist_ok=True)
        buckets = days * SLOTS * cameras
        for number, slot_ns in enumerate(range(first_ns, first_ns + days * DAY_NS, _SLOTS_AHEAD * SLOT_NS)):
            clock.at_ns = slot_ns
            _record(keeper, clock, camera_numbers(cameras), slot_ns, segments / buckets)
            if number % 2400 == 2399:
                print(f"  day {number // 24 + 1} of {days}", flush=True)


def _record(keeper: Keeper, clock: FilmClock, cameras: list[str], slot_ns: int, files: float) -> None:
    """As many slots as keys are made for at a time."""
    wanted = [(each, slot_ns + n * SLOT_NS) for n in range(_SLOTS_AHEAD) for each in cameras]
    allocation, _ = allocate(_vault_public(keeper.settings.layout.boot), wanted, os.urandom)
    keeper.stores.office.key_store.add(allocation)
    catalogue, ledger = keeper.ring.catalogue, keeper.ledger
    catalogue.append(Allocated(buckets=tuple(_allocated(allocation))))
    for bucket in allocation.buckets:
        clock.at_ns = bucket.slot_start_ns
        opening = _opening(bucket, clock)
        catalogue.append(Opened(opening=opening))
        count = int(files) + (int(bucket.bucket_id[:4], 16) / 65536 < files % 1)
        manifest = Manifest.of(opening, opening.start_ns + SLOT_NS, [_segment(opening, n, count) for n in range(count)])
        for segment in manifest.segments:
            path = (
                f"{keeper.settings.layout.ring}/{bucket.bucket_id[:2]}/{segment_name(bucket.bucket_id, segment.number)}"
            )
            with open(path, "wb") as file:
                file.truncate(segment.bytes)
        catalogue.append(Closed(manifest=manifest, ledger_size=ledger.size))
        digest = manifest_hash(manifest).hex()
        ledger.append(
            "manifests.closed",
            {"slot_start_ns": bucket.slot_start_ns, "manifests": {bucket.bucket_id: digest}},
        )


@functools.cache
def _vault_public(boot: str) -> bytes:
    return read_recorder_boot(RealFs(), boot).vault_public


def _allocated(allocation: Allocation) -> Iterator[AllocatedBucket]:
    for each in allocation.buckets:
        yield AllocatedBucket(bucket_id=each.bucket_id, camera_no=each.camera_no, slot_start_ns=each.slot_start_ns)


def _opening(bucket: SealedBucketKey, clock: FilmClock) -> BucketOpening:
    return BucketOpening(
        bucket_id=bucket.bucket_id,
        camera_no=bucket.camera_no,
        slot_start_ns=bucket.slot_start_ns,
        start_ns=bucket.slot_start_ns,
        boot_id=clock.boot_id(),
        boot_ns=bucket.slot_start_ns,
        trusted=True,
    )


_ZEROS = hashlib.sha256(bytes(_FILE_BYTES)).hexdigest()


def _segment(opening: BucketOpening, number: int, count: int) -> SegmentFile:
    length_ns = SLOT_NS // count
    start_ns = opening.start_ns + number * length_ns
    return SegmentFile(
        number=number, bytes=_FILE_BYTES, sha256=_ZEROS, frames=0, start_ns=start_ns, end_ns=start_ns + length_ns
    )
