"""What looking costs: decoding and all checks, of pictures as cameras send them, in processor time.

    python -m tests.bench.bench_checks [--looks 30] [--json]

A look is what the inspector takes: one key frame and two seconds of sound; each third brings the five pictures that
follow as well. The goal is 16 cameras once a minute in 3 % of one core; the inspector looks three times as often.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

import cv2

from appliance.api import Packet, Registered, Stream, Streams
from appliance.darkroom.looking import Looking, warm_checks
from appliance.inspection.reports import LookOrder
from appliance.inspection.taken import Taken, Tap, decode_taken
from appliance.registry import BUILT_IN, load_plugins
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


def cost_ms(clip: CameraClip, looks: int, *, whole: bool) -> float:
    """Milliseconds of a processor for one look, the middle of ``looks``."""
    looking = Looking(load_plugins(BUILT_IN).checks.values(), {})
    order, look = LookOrder(registered=Registered(sound=bool(clip.audio)), local_minutes=720), taken(clip, whole=whole)
    times = []
    for number in range(looks):
        later = [packet._replace(arrival_ns=packet.arrival_ns + number * 20 * S) for packet in look.packets]
        again = Taken(streams=look.streams, packets=tuple(later))
        before = time.process_time()
        looking.look(order, again)
        times.append((time.process_time() - before) * 1000)
    return statistics.median(times[looks // 3 :])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    warm_checks(tuple(load_plugins(BUILT_IN).checks.values()), {})
    rows = [(clip, cost_ms(clip, wanted.looks, whole=False), cost_ms(clip, wanted.looks, whole=True)) for clip in CLIPS]
    hd = [(key, whole) for clip, key, whole in rows if clip.size == "1920x1080"]
    look = statistics.mean((2 * key + whole) / 3 for key, whole in hd)
    minute, often = (CAMERAS * look / 1000 * looks / 60 for looks in (1, 3))
    if wanted.json:
        print(json.dumps({"look_ms": look, "once_a_minute": minute, "as_it_looks": often, "goal": GOAL}))
        return
    print("clip                         key frame ms   with five more ms")
    for clip, key, whole in rows:
        print(f"{clip.size} {clip.kbit} kbit/s {clip.audio or 'silent':<10}{key:>14.1f}{whole:>20.1f}")
    print(f"16 cameras of 1080p, once a minute: {100 * minute:.2f} % of a core (goal {100 * GOAL:.0f} %)")
    print(f"as the inspector looks, every 20 s: {100 * often:.2f} % of a core")


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if os.environ.get(name) != "1":
            os.environ[name] = "1"
            os.execv(sys.executable, [sys.executable, "-m", "tests.bench.bench_checks", *sys.argv[1:]])
    Path("var").mkdir(exist_ok=True)
    main()
