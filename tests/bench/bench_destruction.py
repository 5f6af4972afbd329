"""Destroying a day of cameras: what the daily batch costs, and that it does not matter how many bytes it destroys.

    python -m tests.bench.bench_destruction [--cameras 16] [--days 4] [--bytes 4096]

A whole office on a real disk, its buckets allocated, closed and destroyed as the keeper does it; the files' content is
made up. Prints the time of each daily batch from the judgement to the certificate, and the memory at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import tempfile
import time
from pathlib import Path

from appliance.core.clock import SLOT_NS
from appliance.core.model import BucketOpening, Manifest, SegmentFile
from appliance.formats.allocation import allocate
from appliance.formats.segment_files import segment_name
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.storage.boot_files import read_recorder_boot
from appliance.storage.files import RealFs
from tests.box import make_box, testcard
from tests.footage import FilmClock

SLOTS = 144


def record_slot(keeper: Keeper, clock: FilmClock, cameras: list[str], slot_ns: int, size: int) -> None:
    """One closed bucket of each camera, of ``size`` bytes."""
    boot = read_recorder_boot(RealFs(), keeper.settings.layout.boot)
    allocation, _ = allocate(boot.vault_public, [(camera_no, slot_ns) for camera_no in cameras], os.urandom)
    keeper.stores.office.key_store.add(allocation)
    keeper.ring.allocated(allocation)
    manifests = []
    for bucket in allocation.buckets:
        opening = BucketOpening(
            bucket_id=bucket.bucket_id,
            camera_no=bucket.camera_no,
            slot_start_ns=slot_ns,
            start_ns=slot_ns,
            boot_id=clock.boot_id(),
            boot_ns=slot_ns,
            trusted=True,
        )
        data = os.urandom(min(size, 4096))
        with open(os.path.join(keeper.settings.layout.open, segment_name(bucket.bucket_id, 0)), "wb") as file:
            for _ in range(max(1, size // 4096)):
                file.write(data)
        keeper.ring.opened(opening)
        segment = SegmentFile(
            number=0,
            bytes=max(1, size // 4096) * len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            frames=1,
            start_ns=slot_ns,
            end_ns=slot_ns + SLOT_NS,
        )
        manifests.append(
            Manifest(
                bucket_id=bucket.bucket_id,
                camera_no=bucket.camera_no,
                slot_start_ns=slot_ns,
                start_ns=slot_ns,
                end_ns=slot_ns + SLOT_NS,
                boot_id=clock.boot_id(),
                boot_ns=slot_ns,
                trusted=True,
                segments=(segment,),
            )
        )
    keeper.ring.take(*manifests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--bytes", type=int, default=4096)
    given = parser.parse_args()
    cameras = [f"{number:02d}" for number in range(1, given.cameras + 1)]
    with (
        tempfile.TemporaryDirectory() as directory,
        make_box(Path(directory) / "office", [testcard(camera_no) for camera_no in cameras]) as box,
    ):
        first_ns = start_ns_of(day_of(box.made_ns)) + DAY_NS
        clock = FilmClock(first_ns)
        with open_keeper(box.settings, RealFs(), clock) as keeper:
            began = time.perf_counter()
            for slot in range(given.days * SLOTS):
                clock.at_ns = first_ns + slot * SLOT_NS
                record_slot(keeper, clock, cameras, clock.at_ns, given.bytes)
            print(f"{given.days} days of {given.cameras} cameras closed in {time.perf_counter() - began:.0f} s")
            for day in range(given.days):
                clock.at_ns = first_ns + (day + 46) * DAY_NS + 3 * 3600 * 10**9
                wall, cpu = time.perf_counter(), time.process_time()
                batch = keeper.destruction.routine()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                gone = len(batch.destroyed) if batch else 0
                print(f"day {day + 1}: {gone} buckets of {given.bytes} bytes: {wall:.3f} s, cpu {cpu:.3f} s")
        print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
