"""What recording costs: our recorder against one ``ffmpeg -c copy`` a camera, on the same cameras, in turn.

    python -m tests.bench.bench_recording [--cameras 4] [--seconds 15] [--rounds 2]

CPU is the time on a processor of all the recorder's processes (supervisor, fork server, cameras; ``schedstat``, in
nanoseconds), without the camera server and the keeper, over a window that begins when all record. Memory is PSS.
Prints one table for people and, with ``--json``, one JSON document for programs. Repeats of one configuration differ by
up to a tenth on a busy machine: compare ratios within a run, never figures of two runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from appliance.core.model import Camera
from tests.bench.camera_clips import CLIPS, make
from tests.peers.rtsp import SYSTEM_PYTHON
from tests.recorder.box import Box, RunningRecorder, StandInKeeper

ROOT = Path(__file__).parents[2]
WARM_SECONDS = 8.0


class Cost(NamedTuple):
    """Of one window: CPU milliseconds a stream-second, PSS in MiB in all, Mbit/s written a stream."""

    cpu_ms: float
    pss_mib: float
    mbit: float
    processes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each window")
    parser.add_argument("--rounds", type=int, default=2, help="windows of each recorder, alternating")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=["ours", "ffmpeg"])
    wanted = parser.parse_args()
    kinds: dict[str, Callable[[list[str], Path], Any]] = {"ffmpeg": ffmpeg, "ours": ours}
    costs: dict[str, list[Cost]] = {kind: [] for kind in kinds if wanted.only in (None, kind)}
    with cameras(wanted.cameras) as urls:
        for _ in range(wanted.rounds):
            for kind, found in costs.items():
                with tempfile.TemporaryDirectory(dir=ROOT / "var") as directory:
                    found.append(measure(kinds[kind], urls, Path(directory), wanted.seconds))
                    print(f"  {kind}: {found[-1].cpu_ms:.2f} ms", file=sys.stderr)
    report(wanted.cameras, costs, as_json=wanted.json)


@contextmanager
def cameras(count: int) -> Iterator[list[str]]:
    """``count`` RTSP cameras; camera i plays clip i of the four."""
    words = [f"cam{number}={make(CLIPS[number % len(CLIPS)])}" for number in range(count)]
    server = subprocess.Popen(
        [SYSTEM_PYTHON, str(ROOT / "tests/peers/rtsp_server.py"), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = json.loads(server.stdout.readline())["port"]
        yield [f"rtsp://127.0.0.1:{port}/cam{number}" for number in range(count)]
    finally:
        server.kill()
        server.wait()


@contextmanager
def ffmpeg(urls: list[str], directory: Path) -> Iterator[list[int]]:
    """One ffmpeg a camera, packets copied into Matroska segments of a minute."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-rtsp_transport", "tcp", "-i"]
    segment = ["-f", "segment", "-segment_time", "60", "-reset_timestamps", "1", "-segment_format", "matroska"]
    started = [
        subprocess.Popen(
            [*command, url, "-map", "0", "-c", "copy", "-copyinkf:a", *segment, f"{directory}/{number}_%04d.mkv"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number, url in enumerate(urls)
    ]
    try:
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()


@contextmanager
def ours(urls: list[str], directory: Path) -> Iterator[list[int]]:
    """The whole recorder, as ``appliance process recorder`` runs it; a stand-in for the keeper answers it."""
    box = Box(directory / "state", ["source_av"])
    box.put_in_force(
        *(
            Camera(camera_no=f"{number + 1:02}", location="bench", source="rtsp", settings={"url": url}, sound=True)
            for number, url in enumerate(urls)
        )
    )
    with StandInKeeper(box.layout.socket("keeper")) as keeper, RunningRecorder(box) as recorder:
        keeper.wait(lambda: len(keeper.of("recorder.opened")) == len(urls), 30)
        yield [recorder.process.pid]


def measure(recorder: Callable[[list[str], Path], Any], urls: list[str], directory: Path, seconds: float) -> Cost:
    with recorder(urls, directory) as roots:
        time.sleep(WARM_SECONDS)
        before, start, written = cpu_ns(roots), time.monotonic(), size(directory)
        time.sleep(seconds)
        after, end, wrote = cpu_ns(roots), time.monotonic(), size(directory)
        streams = len(urls) * (end - start)
        used = sum(ns - before.get(task, 0) for task, ns in after.items())
        processes = tree(roots)
        return Cost(
            used / 1e6 / streams, sum(map(pss, processes)) / 1024, (wrote - written) * 8 / 1e6 / streams, len(processes)
        )


def tree(roots: list[int]) -> list[int]:
    """``roots`` and all their descendants."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            parents[int(entry)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = list(roots)
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_ns(roots: list[int]) -> dict[str, int]:
    """Nanoseconds on a processor by thread."""
    found = {}
    for pid in tree(roots):
        for task in Path("/proc", str(pid), "task").iterdir():
            try:
                found[str(task)] = int((task / "schedstat").read_text().split()[0])
            except OSError:
                continue
    return found


def pss(pid: int) -> int:
    """KiB."""
    lines = Path("/proc", str(pid), "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def report(count: int, costs: dict[str, list[Cost]], *, as_json: bool) -> None:
    middle = {kind: Cost(*(median(values) for values in zip(*found, strict=True))) for kind, found in costs.items()}
    ratio = middle["ours"].cpu_ms / middle["ffmpeg"].cpu_ms if len(middle) == 2 else None
    if as_json:
        runs = {kind: [cost._asdict() for cost in found] for kind, found in costs.items()}
        print(json.dumps({"cameras": count, "ratio": ratio, "runs": runs}))
        return
    print(f"{count} cameras                     CPU ms a stream-s   PSS MiB a camera   Mbit/s a stream")
    for kind, cost in middle.items():
        print(f"  {kind:<30}{cost.cpu_ms:>17.2f}{cost.pss_mib / count:>19.1f}{cost.mbit:>18.2f}")
    if ratio is not None:
        print(f"  ours / ffmpeg                 {ratio:>17.2f}")


if __name__ == "__main__":
    (ROOT / "var").mkdir(exist_ok=True)
    if not shutil.which("ffmpeg"):
        sys.exit("bench: ffmpeg is not installed; deploy/bench installs it")
    main()
