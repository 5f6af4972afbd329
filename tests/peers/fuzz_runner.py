"""Runs cases of hostile input, each in a forked process with a time limit, several at once.

    python -m tests.peers.fuzz_runner FIRST COUNT [LIMIT_SECONDS]

A case is a number; it decides the kind of input and all that is wrong with it. Cases -1 to -3 crash, hang and raise on
purpose, to show that the runner sees it. Prints one JSON line for each:
``{"case", "what", "end", "detail", "items", "seconds"}``. ``end`` is ``lost`` (the camera was lost, as it should be),
``enough`` (it went on and was left), ``crash`` (the process died), ``hang`` (it took longer than the limit) or
``escaped`` (an error that no source may raise).
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av  # loaded once, before the forks

from appliance.api import CameraLost, UsageError
from appliance.api.registry import checked_settings, load_plugins
from appliance.core.clock import SystemClock
from appliance.testing import watch
from tests.peers.clips import Clip, clip
from tests.peers.fuzz_server import hostile, mutate

LIMIT_SECONDS = 12
ON_PURPOSE = {-1: "crash", -2: "hang", -3: "raise"}
AT_ONCE = 6
ENOUGH_ITEMS = 600
MEMORY_BYTES = 1 << 30
PATIENCE = {"open_seconds": 1.0, "silence_seconds": 0.5}
CLIPS = ("h264_aac", "hevc_aac", "h264_opus")


def main(first: int, count: int, limit_seconds: int = LIMIT_SECONDS) -> None:
    clips = {name: clip(name) for name in CLIPS}
    clock = SystemClock()
    waiting = list(range(first, first + count))
    running: dict[int, tuple[int, int, str]] = {}
    with tempfile.TemporaryDirectory() as directory:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                case = waiting.pop(0)
                answer = os.path.join(directory, str(case))
                process = os.fork()
                if process == 0:
                    _child(case, clips, answer, limit_seconds)
                running[process] = (case, clock.boot_ns(), answer)
            process, status = os.wait()
            case, start_ns, answer = running.pop(process)
            print(json.dumps(_verdict(case, status, answer, (clock.boot_ns() - start_ns) / 1e9)), flush=True)


def _verdict(case: int, status: int, answer: str, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {"what": "?", "items": 0, "detail": ""}
    if os.path.exists(answer):
        found = json.loads(Path(answer).read_text(encoding="utf-8"))
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        found["end"] = "hang" if number == signal.SIGALRM else "crash"
        found["detail"] = signal.Signals(number).name
    elif os.WEXITSTATUS(status):
        found["end"], found["detail"] = "crash", f"exit status {os.WEXITSTATUS(status)}"
    return {"case": case, "seconds": round(seconds, 2), **found}


def _child(case: int, clips: Mapping[str, Clip], answer: str, limit_seconds: int) -> None:
    """Never returns."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limit_seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    random_ = random.Random(case)
    found: dict[str, Any] = {"what": "", "items": 0, "end": "", "detail": ""}

    def note(**more: Any) -> None:
        found.update(more)
        Path(answer).write_text(json.dumps(found), encoding="utf-8")

    try:
        if case in ON_PURPOSE:
            _misbehave(ON_PURPOSE[case], note)
        kind = ("rtsp", "rtsp", "file", "file", "mjpeg")[case % 5]
        if kind == "file":
            _file(random_, clips, answer, note)
        else:
            with hostile(case, clips["h264_aac"], http=kind == "mjpeg") as (port, wrong):
                note(what=f"{kind} {wrong}")
                scheme = "rtsp" if kind == "rtsp" else "http"
                _watch(kind, {"url": f"{scheme}://127.0.0.1:{port}/x"}, note)
    except BaseException:  # whatever it is, the parent reports it
        note(end="escaped", detail=traceback.format_exc())
    os._exit(0)


def _misbehave(how: str, note: Any) -> None:
    note(what=how)
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    while how == "hang":
        signal.pause()
    raise LookupError("on purpose")


def _file(random_: random.Random, clips: Mapping[str, Clip], answer: str, note: Any) -> None:
    made = clips[random_.choice(CLIPS)]
    form = random_.choice(("bare", "bare", "mkv", "noise"))
    if form == "bare":
        data, name = b"".join(made.video), made.recipe.video
    elif form == "mkv":
        data, name = made.file.read_bytes(), ""
    else:
        data, name = random_.randbytes(random_.randrange(100_000)), random_.choice(("h264", "hevc", "mjpeg", "mpegts"))
    spoilt = data if form == "noise" else mutate(random_, data, random_.choice((0.00005, 0.001, 0.02)))
    path = f"{answer}.media"
    Path(path).write_bytes(spoilt)
    note(what=f"file {form} {name}")
    _watch("file", {"path": path, "format": name, "realtime": False}, note)


def _watch(kind_name: str, settings: dict[str, Any], note: Any) -> None:
    kind = load_plugins(["source_av"]).source(kind_name)
    try:
        source = kind.open(checked_settings(kind, {**settings, **PATIENCE}))
    except (CameraLost, UsageError) as error:
        note(end="lost", detail=str(error))
        return
    try:
        seen = watch(source, 5, until=ENOUGH_ITEMS)
    finally:
        source.close()
    note(end="lost" if seen.lost else "enough", detail=str(seen.lost or ""), items=len(seen.items))


if __name__ == "__main__":
    av.logging.set_level(None)
    main(*(int(word) for word in sys.argv[1:]))
