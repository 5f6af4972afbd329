"""Hostile cameras and files: whatever they send, the camera is lost, and nothing crashes, hangs or escapes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from appliance.plugins.sources.rtsp.addresses import base_of, control_of

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


PARSED, LONG_PARSED = 2_000, 1_000_000


def test_whatever_a_camera_says_the_parsers_lose_it_or_record_it(long_run: bool) -> None:
    """Messages, description, packets, accounts and answers to the search: no error escapes, memory is bounded."""
    count = LONG_PARSED if long_run else PARSED
    blocks = _parsed(0, count)
    assert sum(block["count"] for block in blocks) == count
    assert [bad for block in blocks for bad in block["bad"]] == []
    assert sum(block["taken"] for block in blocks) > count // 3, "most must get as far as packets, or little was tried"
    assert max(block["peak_kib"] for block in blocks) < 256 << 10


@pytest.mark.parametrize("base", ["rtsp://[127.0.0.1/x/", "//[x", "rtsp://[/"])
def test_a_base_that_is_no_address_is_passed_over(base: str) -> None:
    assert base_of("rtsp://192.0.2.7/live", base) == "rtsp://192.0.2.7/live"
    assert control_of("rtsp://192.0.2.7/live", base) is not None


def _parsed(*words: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.peers.fuzz_parsers", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=7200)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_parsers_runner_sees_a_crash_a_hang_and_an_escape() -> None:
    (found,) = _parsed(-3, 4, 1, 1)
    assert found["count"] == 4
    ends = dict(found["bad"])
    assert (ends[-1], ends[-3]) == ("SIGSEGV", "SIGALRM")
    assert "LookupError" in ends[-2]


def test_the_runner_sees_a_crash_a_hang_and_an_escape() -> None:
    ends = {result["case"]: (result["end"], result["detail"]) for result in _run(-3, 3, 1)}
    assert ends[-1] == ("crash", "SIGSEGV")
    assert ends[-2] == ("hang", "SIGALRM")
    assert ends[-3][0] == "escaped"
    assert "LookupError" in ends[-3][1]
