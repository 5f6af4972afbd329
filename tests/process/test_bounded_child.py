"""A program that is run for one answer says it, or is ended."""

from __future__ import annotations

import sys

from appliance.process.bounded_child import run_bounded


def run(program: str, *, seconds: float = 120.0, most_bytes: int = 1000) -> object:
    return run_bounded((sys.executable, "-c", program), b"question", seconds, most_bytes)


def test_what_it_says_and_how_it_ended_is_told() -> None:
    told = run("import sys; print(sys.stdin.read().upper(), end=''); print('why', file=sys.stderr); sys.exit(3)")
    assert told == (3, b"QUESTION", "why\n")


def test_one_that_writes_without_end_is_ended() -> None:
    assert run("import os\nwhile True: os.write(1, b'x' * 65536)") is None


def test_one_that_complains_without_end_costs_no_memory() -> None:
    told = run("import os\nfor _ in range(200): os.write(2, b'y' * 65536)")
    assert isinstance(told, tuple)
    assert len(told[2]) == 16 << 10


def test_one_that_never_answers_is_ended() -> None:
    assert run("import time; time.sleep(3600)", seconds=0.5) is None


def test_one_that_cannot_be_started_is_no_answer() -> None:
    assert run_bounded(("/there/is/none",), b"", 1, 1) is None
