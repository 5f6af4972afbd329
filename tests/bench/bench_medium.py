"""How fast a stick is written and read back, against ``dd`` on the same device with the same block size and sync.

    python -m tests.bench.bench_medium [--mib 512] [--rounds 5] [--limit 200] [--folder D]

As root: a loop device over a file in the folder, and the service in a process of its own, in turn with dd. dd writes
zeros from ``/dev/zero`` with ``oflag=direct conv=fsync`` and is timed from its start to its end; the session from the
first ``write`` to the end of ``finish``, which flushes twice. ``--limit``: so many MiB a second are let through to the
device, both ways, as by a stick of that speed (blkio, cgroup v1); 0: as fast as it is.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.medium.client import MediumClient, MediumSession
from appliance.protocol.medium import MOST_BLOCK_BYTES
from tests.medium.loop_service import medium_service
from tests.medium.loops import loop_device

__all__ = ["MIB", "limited", "timed", "write_zeros"]
MIB = 1 << 20


def timed(act: Callable[[], object]) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


def _write(session: MediumSession, blocks: list[bytes]) -> None:
    session.write("a.zip", blocks, at_ns=0)
    session.finish()


def _dd(*words: str) -> None:
    subprocess.run(["dd", f"bs={MOST_BLOCK_BYTES}", "status=none", *words], check=True)


def write_zeros(device: str, mib: int) -> None:
    """As dd writes a device through to it."""
    _dd("if=/dev/zero", f"of={device}", f"count={mib}", "oflag=direct", "conv=fsync")


_BLKIO = "/sys/fs/cgroup/blkio/blkio.throttle"


@contextlib.contextmanager
def limited(device: str, mib: int) -> Iterator[None]:
    number = os.stat(device).st_rdev
    files = [Path(f"{_BLKIO}.{way}_bps_device") for way in ("read", "write")] if mib else []
    try:
        for file in files:
            file.write_text(f"{os.major(number)}:{os.minor(number)} {mib * MIB}")
        yield
    finally:
        for file in files:
            file.write_text(f"{os.major(number)}:{os.minor(number)} 0")


def main(size: int, rounds: int, limit: int, where: str) -> None:
    found: dict[str, list[float]] = {"dd writes": [], "we write": [], "dd reads": [], "we read and hash": []}
    block = os.urandom(MOST_BLOCK_BYTES)
    with (
        tempfile.TemporaryDirectory(dir=where) as folder,
        loop_device(Path(folder, "stick"), "--direct-io=on", size=(size + 64) * MIB) as device,
        medium_service(Path(folder), {"S1": device}) as (path, _),
        contextlib.ExitStack() as slowed,
    ):
        client = MediumClient(path)
        write_zeros(device, size + 64)  # it has its blocks
        slowed.enter_context(limited(device, limit))
        for _ in range(rounds):
            found["dd writes"].append(timed(lambda: write_zeros(device, size)))
            with client.open("S1", write=True) as session:
                session.prepare(whole=False, label="BENCH", random=os.urandom)

                found["we write"].append(timed(lambda each=session: _write(each, [block] * size)))
                session.release()
            found["dd reads"].append(
                timed(lambda: _dd(f"if={device}", "of=/dev/null", f"count={size}", "iflag=direct"))
            )
            with client.open("S1", write=False) as session:
                found["we read and hash"].append(timed(session.read))
    for name, seconds in found.items():
        each = ", ".join(f"{size / one:.0f}" for one in seconds)
        print(f"{name}: median {size / statistics.median(seconds):.0f} MiB/s ({each})")
    for ours, theirs in (("we write", "dd writes"), ("we read and hash", "dd reads")):
        ratio = statistics.median(found[theirs]) / statistics.median(found[ours])
        print(f"{ours}: {100 * ratio:.0f} % of dd")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name, default in (("mib", 512), ("rounds", 5), ("limit", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    asked = parser.parse_args()
    main(asked.mib, asked.rounds, asked.limit, asked.folder)
