"""Hostile cameras and files: whatever they send, the camera is lost, and nothing crashes, hangs or escapes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

pytestmark = pytest.mark.rtsp  # the clips are made by ffmpeg

CASES, LONG_CASES = 60, 1000


def _run(*words: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.peers.fuzz_runner", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_no_hostile_input_does_more_than_lose_the_camera(long_run: bool) -> None:
    count = LONG_CASES if long_run else CASES
    results = _run(0, count)
    assert len(results) == count
    bad = [result for result in results if result["end"] not in ("lost", "enough")]
    assert not bad, bad
    assert {result["what"].split()[0] for result in results} == {"rtsp", "mjpeg", "file"}
    taken = sum(result["items"] > 20 for result in results)
    assert taken > count // 5, "most inputs must get far enough to be read, or nothing was tried"
    assert max(result["seconds"] for result in results) < 10
    assert Counter(result["end"] for result in results)["lost"] > count // 2


def test_the_runner_sees_a_crash_a_hang_and_an_escape() -> None:
    ends = {result["case"]: (result["end"], result["detail"]) for result in _run(-3, 3, 1)}
    assert ends[-1] == ("crash", "SIGSEGV")
    assert ends[-2] == ("hang", "SIGALRM")
    assert ends[-3][0] == "escaped"
    assert "LookupError" in ends[-3][1]
