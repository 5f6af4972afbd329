"""The room for looks is a process of its own, made anew when it ends, and the only one to load checks."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.api import Check
from appliance.core.errors import UsageError
from appliance.sandbox import selftest_forkserver as lookroom_module
from appliance.sandbox.selftest import CameraChecks
from appliance.sandbox.selftest_forkserver import SelfTestForkserver, SelfTestServer
from tests.services.clocks import StillClock


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is warmed here: OpenCV that was used before a fork waits in it for threads that are not there.

    The darkroom itself never uses it.
    """
    monkeypatch.setattr(lookroom_module, "warm_checks", lambda checks, settings: None)


class Room:
    """A lookroom whose serving says its process id and then waits."""

    def __init__(self, failing: bool = False) -> None:
        self.clock, self.failing = StillClock(), failing
        self.told, self._tell = os.pipe()
        self.lookroom = SelfTestForkserver(SelfTestServer("nowhere", self._checks, {}), self._serve, self.clock)

    def _checks(self) -> list[Check]:
        if self.failing:
            raise UsageError("plugin x: cannot be imported; take it out of `plugins`")
        return []

    def _serve(self, _make: Callable[[], CameraChecks], _path: str) -> None:
        os.write(self._tell, os.getpid().to_bytes(4, "big"))
        signal.pause()

    def tend(self) -> None:
        self.lookroom.tend(lambda: None)

    def next_pid(self) -> int:
        return int.from_bytes(os.read(self.told, 4), "big")


def test_a_room_that_ends_is_made_anew_at_most_every_ten_seconds() -> None:
    room = Room()
    room.tend()
    first = room.next_pid()
    assert first != os.getpid()
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    room.tend()
    assert not Path(f"/proc/{first}").exists()
    os.set_blocking(room.told, False)
    with pytest.raises(BlockingIOError):
        room.next_pid()
    os.set_blocking(room.told, True)
    room.clock.pass_seconds(10)
    room.tend()
    second = room.next_pid()
    room.lookroom.close()
    assert not Path(f"/proc/{second}").exists()


def test_checks_that_do_not_load_end_the_room_with_their_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    room = Room(failing=True)
    room.tend()
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    assert "no looks are taken: plugin x: cannot be imported" in capfd.readouterr().err
    room.tend()
    room.lookroom.close()


def test_a_room_that_is_told_to_end_while_it_begins_ends() -> None:
    """Told in the moment after the fork, when it still has the darkroom's handler: it does not go on to serve."""
    room, handled, (at, begun) = Room(), list[int](), os.pipe()
    before = signal.signal(signal.SIGTERM, lambda number, _: handled.append(number))

    def begin() -> None:
        os.write(begun, b"x")
        end = time.monotonic() + 120
        while not handled and signal.SIGTERM not in signal.sigpending() and time.monotonic() < end:
            time.sleep(0.01)

    try:
        room.lookroom.tend(begin)
        pid = room.lookroom._pid
        os.read(at, 1)
        os.kill(pid, signal.SIGTERM)
        ended, ready = os.pidfd_open(pid), [room.told]
        served, _, _ = select.select([*ready, ended], [], [], 120)
        assert served == [ended], "it serves although it was told to end"
        os.close(ended)
    finally:
        os.kill(pid, signal.SIGKILL)
        room.lookroom.close()
        signal.signal(signal.SIGTERM, before)
        os.close(at)
        os.close(begun)
