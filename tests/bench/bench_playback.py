"""What the keeper and the darkroom take to the first block of a response, anywhere in a granted hour.

    python tests/bench/bench_playback.py [--seconds 3600] [--seeks 200]

A camera of 3 Mbit/s with a key frame each two seconds, recorded into a store on a real disk; a grant over all of it; a
darkroom in a process of its own, as an office has it. The goal is 20 ms to the first block (p95).
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from appliance.api import Packet
from appliance.core.errors import Unavailable
from appliance.sandbox.client import SandboxClient
from appliance.sandbox.service import run_darkroom
from appliance.storage.files import RealFs
from tests.sandbox.films import FPS, TICKS, film
from tests.services.viewing import NOON_NS, Office
from tests.vault.ringcases import DIRECTORIES

SECOND_NS = 1_000_000_000
FILLER = b"\0\0\0\1\x0c" + b"\xff" * (3_000_000 // 8 // FPS) + b"\x80"
"""A filler unit that makes each picture as large as a camera's."""


class Under:
    """A real disk whose root is a directory."""

    def __init__(self, root: str) -> None:
        self._root, self._fs = root, RealFs()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._fs, name)

        def under(path: str, *rest: Any, **more: Any) -> Any:
            moved = [self._root + rest[0], *rest[1:]] if name == "rename" else rest
            return call(self._root + path, *moved, **more)

        return under


def recorded(office: Office, seconds: int) -> None:
    """A film of ten seconds over and over."""
    made = film(10, sound="aac", gop=2 * FPS)
    per_second = {0: 90_000, 1: 16_000}
    packets: list[Packet] = []
    for number in range(seconds // 10):
        for packet in made.packets:
            shift = number * 10 * per_second[packet.stream]
            data = packet.data + FILLER if packet.stream == 0 else packet.data
            packets.append(packet._replace(data=data, pts=packet.pts + shift, dts=packet.dts + shift))
    office.record_items(
        [made.streams, *packets], lambda packet: NOON_NS + packet.pts * SECOND_NS // per_second[packet.stream]
    )


def show(name: str, taken: list[float]) -> None:
    taken.sort()
    middle, high = statistics.median(taken), taken[len(taken) * 95 // 100]
    print(f"{name}: median {middle:.1f} ms, p95 {high:.1f}, max {taken[-1]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--seeks", type=int, default=200)
    given = parser.parse_args()
    assert TICKS * FPS == 90_000
    with tempfile.TemporaryDirectory() as root:
        for directory in DIRECTORIES:
            os.makedirs(root + directory, exist_ok=True)
        path = os.path.join(root, "darkroom.sock")
        process = multiprocessing.get_context("spawn").Process(target=run_darkroom, args=(path,))
        process.start()
        darkroom = SandboxClient(path)
        while process.is_alive():
            with contextlib.suppress(Unavailable):
                darkroom.connect().close()
                break
            time.sleep(0.05)
        try:
            run(Office.founded(Under(root), darkroom=darkroom), given.seconds, given.seeks)
        finally:
            process.terminate()
            process.join()


def run(office: Office, seconds: int, seeks: int) -> None:
    recorded(office, seconds)
    start = time.perf_counter()
    grant = office.view(NOON_NS, NOON_NS + seconds * SECOND_NS)
    opened = (time.perf_counter() - start) * 1000
    print(f"grant opened in {opened:.0f} ms (cheap password hash), {len(grant.keys)} buckets")
    some = random.Random(3)
    for name in ("first seeks", "seeks"):
        first, whole, sizes = [], [], []
        for _ in range(seeks):
            moment = NOON_NS + some.randrange(seconds - 12) * SECOND_NS + some.randrange(SECOND_NS)
            start = time.perf_counter()
            media = office.playback.media(grant, "C1", moment, 10)
            next(media.blocks)
            first.append((time.perf_counter() - start) * 1000)
            sizes.append(sum(len(block) for block in media.blocks))
            whole.append((time.perf_counter() - start) * 1000)
        show(f"{name}, to the first block", first)
        show(f"{name}, to the last block of {statistics.mean(sizes) / 1e6:.1f} MB", whole)
    taken = []
    for _ in range(seeks):
        moment = NOON_NS + some.randrange(seconds - 12) * SECOND_NS
        start = time.perf_counter()
        office.playback.key(grant, "C1", moment)
        taken.append((time.perf_counter() - start) * 1000)
    show("key pictures", taken)


if __name__ == "__main__":
    main()
