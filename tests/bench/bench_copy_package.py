"""How fast an agency's copy is made, and what it keeps in memory meanwhile.

    python tests/bench/bench_copy_package.py [--seconds 600]

A camera of 3 Mbit/s with sound, recorded into a store on a real disk; a grant over all of it, made into an encrypted
archive that goes nowhere. The goal is 100 times real time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time

from appliance.services.copies.package.inputs import Packing
from appliance.services.copies.package.maker import make_package
from tests.bench.bench_playback import SECOND_NS, Under, recorded
from tests.services.packages import PackageOffice
from tests.services.viewing import NOON_NS
from tests.vault.ringcases import DIRECTORIES, SIGNING


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=600)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as root:
        for directory in DIRECTORIES:
            os.makedirs(root + directory, exist_ok=True)
        office = PackageOffice.founded(Under(root))  # type: ignore[arg-type]
        recorded(office, seconds)
        cameras = office.footage_of(office.view(NOON_NS, NOON_NS + seconds * SECOND_NS))
        before, began, most = _held_mib(), time.monotonic(), [0.0]

        def sink(piece: bytes) -> None:
            most[0] = max(most[0], _held_mib())

        packed = make_package(office.facts(), cameras, SIGNING, office.enter, sink, Packing(), os.urandom)
        took = time.monotonic() - began
    print(f"{seconds} s of footage, {packed.archive_bytes / 2**20:.0f} MiB, in {took:.1f} s")
    print(f"{seconds / took:.0f} times real time, {packed.archive_bytes / 2**20 / took:.0f} MiB/s")
    print(f"at most {most[0] - before:.0f} MiB more in memory meanwhile")


def _held_mib() -> float:
    """What this process has in memory now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
