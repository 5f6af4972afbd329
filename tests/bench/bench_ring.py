"""The ring at full size: a catalogue of a million closed buckets and the index over it.

    python tests/bench/bench_ring.py [--buckets 1000000] [--cameras 16]

Prints how long it takes to make the index anew, to open it, to find ten minutes, a day's gaps and days held, to judge
retention, and how large the files are. The footage itself is not made: the listing of the ring is made up.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator

from appliance.clock import SLOT_NS
from appliance.custody.catalogue import Catalogue, Closed, Opened
from appliance.custody.index import Index
from appliance.files import RealFs
from appliance.model import BucketOpening, Manifest, SegmentFile, Span
from appliance.recorder.writer import segment_name
from appliance.rules.deadlines import DAY_NS
from appliance.rules.policy import Policy
from appliance.rules.retention import judge

START_NS = 1_760_000_400_000_000_000
AT_A_TIME = 500
"""Buckets in one entry of the catalogue: writing a million entries one by one is a million syncs."""


class FixedClock:
    """Enough of a clock for a catalogue: all of it in one day's file would not be like a year."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def wall_ns(self) -> int:
        return self.now_ns

    def boot_ns(self) -> int:
        return self.now_ns - START_NS

    def boot_id(self) -> str:
        return "0" * 32

    def trusted(self) -> bool:
        return True


def buckets(count: int, cameras: int) -> Iterator[Manifest]:
    some = random.Random(1)
    for number in range(count):
        slot, camera = divmod(number, cameras)
        start_ns = START_NS + slot * SLOT_NS
        yield Manifest(
            bucket_id=some.randbytes(16).hex(),
            camera_no=f"C{camera:02d}",
            slot_start_ns=start_ns,
            start_ns=start_ns + 300_000_000,
            end_ns=start_ns + SLOT_NS + 300_000_000,
            boot_id="0" * 32,
            boot_ns=start_ns - START_NS,
            trusted=True,
            segments=(
                SegmentFile(
                    number=0,
                    bytes=217_000_000,
                    sha256=some.randbytes(32).hex(),
                    frames=1200,
                    start_ns=start_ns + 300_000_000,
                    end_ns=start_ns + SLOT_NS + 300_000_000,
                ),
            ),
        )


def fill(catalogue: Catalogue, clock: FixedClock, count: int, cameras: int) -> list[str]:
    names: list[str] = []
    pending: list[Opened | Closed] = []
    for manifest in buckets(count, cameras):
        opening = BucketOpening(
            bucket_id=manifest.bucket_id,
            camera_no=manifest.camera_no,
            slot_start_ns=manifest.slot_start_ns,
            start_ns=manifest.start_ns,
            boot_id=manifest.boot_id,
            boot_ns=manifest.boot_ns,
            trusted=True,
        )
        pending += [Opened(opening=opening), Closed(manifest=manifest, ledger_size=0)]
        names.append(segment_name(manifest.bucket_id, 0))
        if len(pending) >= AT_A_TIME:
            clock.now_ns = manifest.end_ns
            catalogue.append(*pending)
            pending = []
    if pending:
        catalogue.append(*pending)
    return names


def timed(what: str, act: Callable[[], object], times: int = 1) -> object:
    """Runs ``act`` and prints the median wall and processor time it took, and of many the 95th percentile."""
    took: list[tuple[float, float]] = []
    result: object = None
    for _ in range(times):
        start, cpu = time.perf_counter(), time.process_time()
        result = act()
        took.append((time.perf_counter() - start, time.process_time() - cpu))
    walls, cpus = sorted(wall for wall, _ in took), sorted(cpu for _, cpu in took)
    line = f"{what:<32} {walls[times // 2] * 1000:10.2f} ms   cpu {cpus[times // 2] * 1000:10.2f} ms"
    print(line + (f"   p95 {walls[int(times * 0.95)] * 1000:8.2f} ms" if times > 1 else ""))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buckets", type=int, default=1_000_000)
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--directory", default=None, help="where to put the files (default: a temporary directory)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        clock = FixedClock()
        catalogue_dir, path = os.path.join(directory, "catalogue"), os.path.join(directory, "index")
        os.mkdir(catalogue_dir)
        catalogue = Catalogue(RealFs(), catalogue_dir, bytes(32), clock, os.urandom)
        names = fill(catalogue, clock, given.buckets, given.cameras)
        size = sum(os.path.getsize(os.path.join(catalogue_dir, name)) for name in os.listdir(catalogue_dir))
        print(f"{given.buckets} buckets of {given.cameras} cameras; catalogue {size / 1e6:.0f} MB")
        index = timed("index made anew", lambda: Index(path, catalogue, lambda: names))
        assert isinstance(index, Index)
        index.close()
        print(f"index {os.path.getsize(path) / 1e6:.0f} MB")
        index = timed("index opened", lambda: Index(path, catalogue, lambda: names))
        assert isinstance(index, Index)
        some = random.Random(2)
        days = given.buckets // given.cameras // 144

        def minutes(length_ns: int) -> tuple[str, Span]:
            start_ns = START_NS + some.randrange(max(1, days * DAY_NS - length_ns))
            return f"C{some.randrange(given.cameras):02d}", Span(start_ns, start_ns + length_ns)

        timed("find ten minutes", lambda: index.find(*minutes(SLOT_NS)), 2000)
        timed("gaps of a day", lambda: index.gaps_in(*minutes(DAY_NS)), 200)
        timed("days held of a camera", lambda: index.days_held("C03"), 20)
        timed("totals", index.totals, 100)
        timed("oldest check", index.oldest_check, 100)
        timed("quick check", index.check)
        now_ns = START_NS + 46 * DAY_NS
        policy = Policy()
        timed(
            "judge a day's batch",
            lambda: judge(index.kept(now_ns - 31 * DAY_NS), policy, [], now_ns=now_ns, trusted=True),
        )
        timed("judge every bucket", lambda: judge(index.kept(), policy, [], now_ns=now_ns, trusted=True))


if __name__ == "__main__":
    main()
