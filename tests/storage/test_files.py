"""The real disk where somebody put something else in the place of a file."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.storage.files import RealFs


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """What waits for the other end of a pipe would wait for ever."""

    def end(number: int, frame: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


OPENS: dict[str, Callable[[str], object]] = {
    "read": lambda path: RealFs().read(path),
    "read_at": lambda path: RealFs().read_at(path, 0, 10),
    "append": lambda path: RealFs().append(path),
    "overwrite": lambda path: RealFs().overwrite(path, b"x"),
    "forget": lambda path: RealFs().forget(path),
}


@pytest.mark.parametrize("name", OPENS)
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(name: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.log"
    os.mkfifo(path)
    got = None
    with contextlib.suppress(OSError):
        got = OPENS[name](str(path))
    assert got in (None, b"")
