"""What looking costs: decoding and all checks, of pictures as cameras send them, in processor time.

    python -m tests.bench.bench_checks [--looks 60] [--json]

A look is what the inspector takes: one key frame and two seconds of sound; each third brings the five pictures that
follow as well. The goal is 16 cameras once a minute in 3 % of one core; the inspector looks three times as often.

Beside it, look by look, stands the peer: the same packets decoded by libav and nothing more, which nobody who looks can
do without. Processor time, not the clock's; a busy machine still makes both dearer, so compare the two within a run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import cv2

from appliance.api import Packet, Registered, Stream, Streams
from appliance.api.registry import BUILT_IN, load_plugins
from appliance.sandbox.selftest import CameraChecks, warm_checks
from appliance.selftest.reports import SelfTestOrder
from appliance.selftest.samples import Taken, Tap, decode_taken
from tests.bench.camera_clips import CLIPS, CameraClip, make
from tests.peers.clips import unpack

CAMERAS, GOAL = 16, 0.03
S = 1_000_000_000


def taken(clip: CameraClip, *, whole: bool) -> Taken:
    """A look's worth of the clip, as the tap takes it."""
    directory = make(clip)
    streams = [Stream(0, "video", "h264", (1, clip.fps))]
    packets = [
        (number / clip.fps, Packet(0, data, number, number, 1, number % clip.gop == 0))
        for number, data in enumerate(unpack(directory / "video.bin"))
    ]
    if clip.audio:
        streams.append(Stream(1, "audio", clip.audio, (1, 8000), sample_rate=8000, channels=1))
        sounds = unpack(directory / "audio.bin")
        packets += [(at * 0.04, Packet(1, data, at * 320, at * 320, 320, True)) for at, data in enumerate(sounds)]
    tap = Tap(sound=bool(clip.audio))
    tap.describe(Streams(tuple(streams)))
    tap.ask(whole=whole, now_ns=0)
    for second, packet in sorted(packets, key=lambda each: each[0]):
        given = tap.feed(packet, int(second * S))
        if given is not None:
            return decode_taken(given)
    raise AssertionError("the clip is too short")


class Cost(NamedTuple):
    """Milliseconds of a processor: of a look, and of decoding alone."""

    look: float
    decoding: float


def cost_of(clip: CameraClip, looks: int, *, whole: bool) -> Cost:
    """The mean of ``looks``, without the first third, in which the checks learn; what is done at few looks counts."""
    kinds = [CameraChecks(load_plugins(BUILT_IN).checks.values(), {}), CameraChecks((), {})]
    order, look = (
        SelfTestOrder(registered=Registered(sound=bool(clip.audio)), local_minutes=720),
        taken(clip, whole=whole),
    )
    times: list[list[float]] = [[], []]
    for number in range(looks):
        later = [packet._replace(arrival_ns=packet.arrival_ns + number * 20 * S) for packet in look.packets]
        again = Taken(streams=look.streams, packets=tuple(later))
        for looking, spent in zip(kinds, times, strict=True):
            before = time.process_time()
            looking.look(order, again)
            spent.append((time.process_time() - before) * 1000)
    return Cost(*(mean(spent[looks // 3 :]) for spent in times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    warm_checks(tuple(load_plugins(BUILT_IN).checks.values()), {})
    rows = [(clip, cost_of(clip, wanted.looks, whole=False), cost_of(clip, wanted.looks, whole=True)) for clip in CLIPS]
    hd = [(key, whole) for clip, key, whole in rows if clip.size == "1920x1080"]
    look, decoding = (mean((2 * key[at] + whole[at]) / 3 for key, whole in hd) for at in (0, 1))
    minute, often, peer = (CAMERAS * cost / 1000 / 60 for cost in (look, 3 * look, decoding))
    if wanted.json:
        told = {"look_ms": look, "decoding_ms": decoding, "once_a_minute": minute, "as_it_looks": often, "goal": GOAL}
        print(json.dumps(told))
        return
    print("clip                         key frame ms (decoding)   with five more ms (decoding)")
    for clip, key, whole in rows:
        shown = f"{clip.size} {clip.kbit} kbit/s {clip.audio or 'silent':<10}"
        print(f"{shown}{key.look:>14.1f} ({key.decoding:.1f}){whole.look:>20.1f} ({whole.decoding:.1f})")
    print(f"16 cameras of 1080p, once a minute: {100 * minute:.2f} % of a core (goal {100 * GOAL:.0f} %)")
    print(f"of it the peer, decoding alone:     {100 * peer:.2f} %")
    print(f"as the inspector looks, every 20 s: {100 * often:.2f} % of a core")


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if os.environ.get(name) != "1":
            os.environ[name] = "1"
            os.execv(sys.executable, [sys.executable, "-m", "tests.bench.bench_checks", *sys.argv[1:]])
    Path("var").mkdir(exist_ok=True)
    main()
