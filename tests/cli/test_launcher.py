"""The launcher restarts what dies, starts the first process first, and stops all in order when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from appliance.cli.launcher import Launcher, process_command
from appliance.core.clock import SystemClock
from appliance.process.heartbeat import Listener
from tests.box import until

_STAY = (
    "import signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}); "
    "open(sys.argv[1], 'a').close(); signal.sigwait({signal.SIGTERM}); sys.exit(0)"
)
_NOTE_STOP = (
    "import signal, sys\n"
    "def stop(*_):\n    open(sys.argv[1], 'a').write(sys.argv[2] + ' '); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, stop); open(sys.argv[3], 'w').close()\nwhile True: signal.pause()"
)


def _run_until(launcher: Launcher, seen: Callable[[], bool]) -> None:
    """Runs the launcher in this, the main, thread; another stops it as a person would once ``seen``."""

    def stop() -> None:
        try:
            until(lambda: seen() or None, what="the processes")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop)
    thread.start()
    launcher.run()
    thread.join()


def test_what_dies_is_started_again_and_said(tmp_path: Path) -> None:
    mark, said = tmp_path / "starts", list[str]()
    dies = [sys.executable, "-c", f"open({str(mark)!r}, 'a').write('x')"]
    launcher = Launcher(lambda name: dies, SystemClock(), said.append, processes=("short",))
    _run_until(launcher, lambda: mark.exists() and len(mark.read_text()) >= 2)
    assert said[0] == "short: ended with status 0; starting it again in 1 s"


def test_they_stop_recorder_first_and_keeper_last(tmp_path: Path) -> None:
    order, names = tmp_path / "order", ("keeper", "darkroom", "recorder", "web")

    def command(name: str) -> list[str]:
        return [sys.executable, "-c", _NOTE_STOP, str(order), name, str(tmp_path / name)]

    launcher = Launcher(command, SystemClock(), lambda line: None)
    _run_until(launcher, lambda: all((tmp_path / name).exists() for name in names))
    assert order.read_text().split() == ["recorder", "web", "darkroom", "keeper"]


def test_the_others_wait_for_the_first(tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    def command(name: str) -> list[str]:
        return [sys.executable, "-c", _STAY, str(tmp_path / name)]

    asked: list[bool] = []

    def first_is_up() -> bool:
        asked.append(gate.exists())
        if len(asked) == 3:
            assert not (tmp_path / "recorder").exists()
            gate.touch()
        return asked[-1]

    launcher = Launcher(command, SystemClock(), lambda line: None, first_is_up=first_is_up)
    _run_until(launcher, lambda: all((tmp_path / name).exists() for name in ("keeper", "recorder", "web", "darkroom")))
    assert asked[:4] == [False, False, False, True]


class _HastyClock(SystemClock):
    """Each second of the test is twenty: what hangs is killed within seconds, what is kept waiting a moment is not."""

    def boot_ns(self) -> int:
        return 20 * super().boot_ns()


_SPEAK_AND_HANG = (
    "import os, signal, sys\nfrom appliance.core.clock import SystemClock\n"
    "from appliance.process.heartbeat import Heart\n"
    "with open(sys.argv[1], 'a') as mark: mark.write('x')\n"
    "if sys.argv[2:]: Heart(SystemClock()).beat()\nos.kill(os.getpid(), signal.SIGSTOP)"
)


def test_what_spoke_once_and_then_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    """A process that never spoke may take as long as it likes: a keeper makes its index anew before it serves."""
    spoke, silent, said = tmp_path / "keeper", tmp_path / "web", list[str]()

    def command(name: str) -> list[str]:
        return [sys.executable, "-c", _SPEAK_AND_HANG, str(tmp_path / name), *(["speak"] if name == "keeper" else [])]

    with Listener(str(tmp_path / "launcher.sock")) as signs:
        launcher = Launcher(command, _HastyClock(), said.append, processes=("keeper", "web"), signs=signs)
        _run_until(launcher, lambda: spoke.exists() and len(spoke.read_text()) >= 2 and silent.exists())
    assert said[:2] == [
        "keeper: hangs, no sign of life for 60 s; killed",
        "keeper: ended with signal 9; starting it again in 0.5 s",
    ]
    assert silent.read_text() == "x"


def test_signs_of_life_keep_a_process_alive(tmp_path: Path) -> None:
    speaks = (
        "import sys, time\nfrom appliance.core.clock import SystemClock\n"
        "from appliance.process.heartbeat import Heart\n"
        "for _ in range(60):\n"
        "    Heart(SystemClock()).beat()\n    open(sys.argv[1], 'a').write('x')\n    time.sleep(0.1)"
    )
    mark, said = tmp_path / "mark", list[str]()
    with Listener(str(tmp_path / "launcher.sock")) as signs:
        launcher = Launcher(
            lambda name: [sys.executable, "-c", speaks, str(mark)],
            _HastyClock(),
            said.append,
            processes=("keeper",),
            signs=signs,
        )
        _run_until(launcher, lambda: mark.exists() and len(mark.read_text()) >= 40)
    assert not [line for line in said if "hangs" in line]


def test_a_process_that_does_not_end_in_order_is_said(tmp_path: Path) -> None:
    fails = _STAY.replace("sys.exit(0)", "sys.exit(int(sys.argv[2]))")

    def command(name: str) -> list[str]:
        return [sys.executable, "-c", fails, str(tmp_path / name), "5" if name == "recorder" else "0"]

    said, names = list[str](), ("keeper", "recorder")
    launcher = Launcher(command, SystemClock(), said.append, processes=names)
    _run_until(launcher, lambda: all((tmp_path / name).exists() for name in names))
    assert said == ["recorder: was told to stop and ended with status 5"]


def test_a_process_imports_nothing_from_the_folder_it_was_started_in(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('a file of the folder was imported')\n")
    command = process_command(str(tmp_path / "none.toml"), "web")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "none.toml" in done.stderr
    assert "was imported" not in done.stderr
