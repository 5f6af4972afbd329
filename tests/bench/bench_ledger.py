"""The ledger at full size, beside the least that any such ledger must do with the same bytes.

    python -m tests.bench.bench_ledger [--entries 1000000] [--directory DIR]

Prints how long it takes to open and to verify it, against reading and hashing the file with ``sha256sum``; a durable
append against a bare write and ``fdatasync``; heads and proofs; and how much memory opening takes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from appliance.core.clock import SystemClock
from appliance.ledger.entry import encode_entry
from appliance.ledger.log import FILE_NAME, Ledger
from appliance.storage.files import RealFs
from appliance.storage.journal import pack_entry
from tests.ledger.box import ORIGIN, SIGNING_KEY, VKEY

VERIFIER = Path(__file__).parents[2] / "deploy" / "verify_ledger.py"


def median_and_p95(act: Callable[[int], object], times: int) -> tuple[float, float]:
    """In milliseconds."""
    took = []
    for number in range(times):
        start = time.perf_counter()
        act(number)
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    return took[times // 2], took[int(times * 0.95)]


def once(act: Callable[[], object]) -> float:
    """In seconds."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def fill(path: str, entries: int) -> None:
    """What an office enters most: the hashes of a slot's manifests, here of two cameras."""
    with open(path, "wb") as file:
        for number in range(entries):
            hashes = {f"{number:031x}{camera:x}": f"{number:064x}" for camera in range(2)}
            fields = {"slot_start_ns": number * 600_000_000_000, "manifests": hashes}
            file.write(pack_entry(encode_entry(number, "manifests.closed", fields)))


def resident_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--directory", default=None, help="where to put the files (default: a temporary directory)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        path = os.path.join(directory, FILE_NAME)
        fill(path, given.entries)
        size = os.path.getsize(path)
        print(f"{given.entries} entries, {size / 1e6:.0f} MB, {size / given.entries:.0f} bytes each")
        least = once(lambda: subprocess.run(["sha256sum", path], check=True, capture_output=True))
        print(f"sha256sum of the file    {least:8.2f} s")
        before, start = resident_mib(), time.perf_counter()
        with Ledger(RealFs(), directory, SystemClock(), origin=ORIGIN, signing_key=SIGNING_KEY) as ledger:
            took = time.perf_counter() - start
            print(f"open                     {took:8.2f} s   x {took / least:.1f}   +{resident_mib() - before:.0f} MiB")
            head = Path(directory, "head")
            head.write_text(ledger.checkpoint(), encoding="utf-8")
            for name, act in (
                ("head", lambda number: ledger.checkpoint()),
                ("entry", lambda number: ledger.entry(number * 7919 % given.entries)),
                ("inclusion proof", lambda number: ledger.inclusion(number * 7919 % given.entries)),
                ("consistency proof", lambda number: ledger.consistency(1 + number * 7919 % given.entries)),
            ):
                middle, p95 = median_and_p95(act, 100)
                print(f"{name:<24} {middle:8.2f} ms  p95 {p95:.2f} ms")
            arguments = [sys.executable, str(VERIFIER), path, "--key", VKEY, "--checkpoint", str(head)]
            took = once(lambda: subprocess.run(arguments, check=True, capture_output=True))
            print(f"verified stand-alone     {took:8.2f} s   x {took / least:.1f}")
            bare = os.open(os.path.join(directory, "bare"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

            def write(number: int) -> None:
                os.write(bare, bytes(300))
                os.fdatasync(bare)

            least_ms, least_p95 = median_and_p95(write, 300)
            print(f"bare write and sync      {least_ms:8.2f} ms  p95 {least_p95:.2f} ms")
            middle, p95 = median_and_p95(lambda number: ledger.append("gap.noted", {"number": number}), 300)
            print(f"durable append           {middle:8.2f} ms  p95 {p95:.2f} ms  x {middle / least_ms:.2f}")


if __name__ == "__main__":
    main()
