"""Signs of life: systemd's words on a datagram socket, at most every 5 s, and the kernel says who spoke."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from appliance.process.heartbeat import EVERY_SECONDS, PATIENCE_NS, Heart, Listener
from tests.services.clocks import StillClock

UNITS = Path(__file__).parents[2] / "deploy/systemd"
_OTHERS = ("office-recorder-smart", "office-recorder-medium")


def test_a_process_that_speaks_is_heard_by_its_id(tmp_path: Path) -> None:
    code = (
        "from appliance.core.clock import SystemClock\nfrom appliance.process.heartbeat import Heart\n"
        "Heart(SystemClock()).beat()\n"
    )
    with Listener(str(tmp_path / "s")) as signs:
        assert signs.heard() == set()
        with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **signs.environment}) as process:
            process.wait(120)
        assert signs.heard() == {process.pid}
        assert signs.heard() == set()
    assert not (tmp_path / "s").exists()


def test_a_listener_in_a_folder_that_is_deeper_than_an_address_holds_hears(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 200)
    deep.mkdir()
    with Listener(str(deep / "s")) as signs:
        Heart(StillClock(), signs.environment["NOTIFY_SOCKET"]).beat()
        assert signs.heard() == {os.getpid()}


def test_signs_are_at_least_five_seconds_apart_however_often_they_are_given(tmp_path: Path) -> None:
    clock = StillClock()
    with Listener(str(tmp_path / "s")) as signs:
        heart = Heart(clock, signs.environment["NOTIFY_SOCKET"])
        heart.beat()
        assert signs.heard() == {os.getpid()}
        clock.pass_seconds(EVERY_SECONDS - 0.1)
        heart.beat()
        assert signs.heard() == set()
        clock.pass_seconds(0.1)
        heart.beat()
        assert signs.heard() == {os.getpid()}


def test_systemds_words_reach_systemds_kinds_of_socket(tmp_path: Path) -> None:
    for address, bound in ((str(tmp_path / "n"), str(tmp_path / "n")), (f"@or-{tmp_path}", f"\0or-{tmp_path}")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(bound)
            Heart(StillClock(), address).beat()
            assert systemd.recv(100, socket.MSG_DONTWAIT) == b"READY=1\nWATCHDOG=1\nWATCHDOG_USEC=60000000"


def test_without_a_listener_nothing_happens(tmp_path: Path) -> None:
    Heart(StillClock(), "").beat()
    Heart(StillClock(), str(tmp_path / "gone")).beat()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as full:
        full.bind(str(tmp_path / "full"))
        clock = StillClock()
        heart = Heart(clock, str(tmp_path / "full"))
        for _ in range(2000):
            heart.beat()
            clock.pass_seconds(EVERY_SECONDS)


def test_the_units_watch_as_long_as_the_launcher_and_wait_for_a_slow_start() -> None:
    units = [unit for unit in sorted(UNITS.glob("*.service")) if unit.stem not in _OTHERS]
    assert len(units) == 4, "the others are none of the launcher's: a timer or a socket starts them, and they end"
    for unit in units:
        lines = unit.read_text(encoding="utf-8").splitlines()
        if unit.stem == "office-recorder-keeper":
            # Whoever is ordered after it must not wait until it serves; its first word sets the watchdog.
            assert {"Type=exec", "NotifyAccess=main"} <= set(lines)
            assert not [line for line in lines if line.startswith("WatchdogSec=")]
        else:
            assert {"Type=notify", f"WatchdogSec={PATIENCE_NS // 10**9}"} <= set(lines)
        assert "TimeoutStartSec=infinity" in lines
        assert "WatchdogSignal=SIGKILL" in lines
