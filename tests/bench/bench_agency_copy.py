"""An agency's copy made and written onto a medium, against real time and against ``dd`` on the same medium.

    python -m tests.bench.bench_agency_copy [--seconds 600] [--rounds 3] [--limit 0] [--folder D]

As root: a camera of 3 Mbit/s with sound, recorded into a store on a real disk; a loop device with the medium's service
in a process of its own. Each round: ``dd`` writes as many bytes with ``oflag=direct conv=fsync``; then the package is
made of the footage as the keeper makes it and written as it is made, timed from its first byte to the end of `finish`,
which flushes. Goals: 100 times real time, 90 % of dd. ``--limit``: so many MiB a second are let through to the device.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from pathlib import Path

from appliance.medium.client import MediumClient
from appliance.services.copies.package.inputs import Packing
from appliance.services.copies.package.maker import Package
from appliance.services.viewing.grant import Grant
from tests.bench.bench_medium import MIB, limited, timed, write_zeros
from tests.bench.bench_playback import SECOND_NS, Under, recorded
from tests.medium.loop_service import medium_service
from tests.medium.loops import loop_device
from tests.services.packages import PackageOffice
from tests.services.viewing import NOON_NS
from tests.vault.ringcases import DIRECTORIES, SIGNING

__all__: list[str] = []


def _alone(office: PackageOffice, grant: Grant) -> None:
    """Made of the same footage and given to nobody: what the making alone takes."""
    package = Package(office.facts(), office.footage_of(grant), SIGNING, office.enter, Packing(), os.urandom)
    for _ in package.blocks():
        pass


def _made(office: PackageOffice, grant: Grant, client: MediumClient) -> tuple[float, int]:
    """How many seconds it took, and how many bytes lie on the medium."""
    with client.open("S1", write=True) as session:
        session.prepare(whole=False, label="BENCH", random=os.urandom)
        package = Package(office.facts(), office.footage_of(grant), SIGNING, office.enter, Packing(), os.urandom)
        began = time.monotonic()
        size = session.write("copy.zip", package.blocks(), at_ns=0)
        session.finish()
        took = time.monotonic() - began
        session.release()
    return took, size


def main(seconds: int, rounds: int, limit: int, where: str) -> None:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=where))
        for directory in DIRECTORIES:
            os.makedirs(folder + directory, exist_ok=True)
        office = PackageOffice.founded(Under(folder))  # type: ignore[arg-type]
        recorded(office, seconds)
        grant = office.view(NOON_NS, NOON_NS + seconds * SECOND_NS)
        room = (seconds * 3_000_000 // 8 // MIB + 64) * 5 // 4
        device = stack.enter_context(loop_device(Path(folder, "stick"), "--direct-io=on", size=room * MIB))
        path, _ = stack.enter_context(medium_service(Path(folder), {"S1": device}))
        client = MediumClient(path)
        write_zeros(device, room)  # it has its blocks
        _, size = _made(office, grant, client)  # once before: what is read lies in memory for both
        stack.enter_context(limited(device, limit))
        ours, theirs, alone = [], [], []
        for _ in range(rounds):
            theirs.append(timed(lambda: write_zeros(device, -(-size // MIB))))
            ours.append(_made(office, grant, client)[0])
            alone.append(timed(lambda: _alone(office, grant)))
        print(f"{seconds} s of footage, {size / MIB:.0f} MiB on the medium; load {os.getloadavg()[0]:.1f}")
        for name, took in (("made and written", ours), ("dd writes", theirs), ("made alone", alone)):
            each, middle = ", ".join(f"{one:.2f}" for one in took), statistics.median(took)
            print(f"{name}: median {middle:.2f} s, {size / MIB / middle:.0f} MiB/s ({each})")
        print(f"{seconds / statistics.median(ours):.0f} times real time")
        print(f"{100 * statistics.median(theirs) / statistics.median(ours):.0f} % of dd")
        slower = max(statistics.median(theirs), statistics.median(alone))
        print(f"{100 * slower / statistics.median(ours):.0f} % of the slower of the two, dd and the making alone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, default in (("seconds", 600), ("rounds", 3), ("limit", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    asked = parser.parse_args()
    main(asked.seconds, asked.rounds, asked.limit, asked.folder)
