"""The press: confined before it reads, killed when it hangs, gone when it grows; and what it refuses says why."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import msgspec
import pytest

from appliance.core.errors import Broken, Unavailable, UsageError, from_map
from appliance.core.messages import coded
from appliance.papers.sheets import press
from appliance.papers.sheets.press import Answer, Order
from appliance.papers.sheets.printer import Limits, Printer
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.templates import Templates
from appliance.process.confinement import landlock_version
from tests.papers.samples import BLANK

SHEET = staff_request(StaffRequest(), BLANK)

TRIES = """
import os, socket, sys
from appliance.papers.sheets.press import FONT_PLACES, confine_press
confine_press(1 << 28, 30)
def tried(name, act):
    try:
        act()
    except OSError as error:
        print(name, type(error).__name__, flush=True)
    else:
        print(name, "done", flush=True)
tried("read", lambda: open("/etc/hostname").read())
tried("own", lambda: open(sys.argv[1]).read())
tried("write", lambda: open(sys.argv[1], "a").write("x"))
tried("make", lambda: open(sys.argv[1] + ".new", "w"))
tried("inet", lambda: socket.socket(socket.AF_INET))
tried("unix", lambda: socket.socket(socket.AF_UNIX))
tried("fork", os.fork)
tried("program", lambda: os.execv("/bin/true", ["true"]))
tried("font", lambda: os.listdir("/usr/share/fonts"))
"""


@pytest.mark.skipif(landlock_version() < 1, reason="this kernel has no Landlock")
def test_the_press_reaches_fonts_and_nothing_else(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("a case")
    done = subprocess.run([sys.executable, "-c", TRIES, str(mine)], capture_output=True, text=True, check=True)
    answers = dict(line.split() for line in done.stdout.splitlines())
    assert answers.pop("font") == "done"
    assert set(answers) == {"read", "own", "write", "make", "inet", "unix", "fork", "program"}
    assert set(answers.values()) == {"PermissionError"}
    assert mine.read_text() == "a case"


def _pressed(html: str) -> Answer:
    command = [sys.executable, "-m", "appliance.papers.sheets.press", str(512 << 20), "60"]
    done = subprocess.run(command, input=msgspec.msgpack.encode(Order(html)), capture_output=True, check=True)
    return msgspec.msgpack.decode(done.stdout, type=Answer)


@pytest.mark.papers
@pytest.mark.parametrize(
    "body",
    [
        "<img src='file:///etc/hostname'>",
        "<img src='http://192.0.2.1/x.png'>",
        "<img src='data:image/png;base64,AA=='>",
        "<link rel=stylesheet href='file:///etc/passwd'>",
        "<p style='background:url(file:///etc/hostname)'>x</p>",
    ],
)
def test_a_paper_that_names_an_address_is_refused_and_so_are_pictures(body: str) -> None:
    """``D-19``: not by what the templates hold today, but by the press."""
    answer = _pressed(f"<html lang=zh-Hant-TW><title>t</title><body>{body}")
    refused = from_map(answer.refused)
    assert (type(refused), answer.pdf) == (UsageError, b"")
    assert "nothing is loaded from addresses" in str(refused)


@pytest.mark.papers
def test_a_paper_that_takes_too_long_ends_its_press(templates: Templates) -> None:
    slow = staff_request(StaffRequest(reason="字\n" * 15_000), BLANK)
    with Printer(templates, Limits(seconds=1)) as printer, pytest.raises(Unavailable, match="took over 1 s"):
        printer.print(slow)


@pytest.mark.papers
def test_a_paper_that_takes_too_much_memory_ends_its_press(templates: Templates) -> None:
    long = staff_request(StaffRequest(reason="字\n" * 5_000), BLANK)
    with Printer(templates, Limits(memory_bytes=4 << 20)) as printer, pytest.raises(Unavailable, match="in parts"):
        printer.print(long)


class _NoRoom:
    def of(self, *_: object, **__: object) -> NoReturn:
        raise MemoryError


def test_that_memory_ran_out_is_said_with_no_memory_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> NoReturn:
        raise MemoryError

    def confined(*_: object) -> tuple[str, ...]:
        monkeypatch.setattr(press, "Unavailable", _NoRoom())
        return ()

    told = io.BytesIO()
    monkeypatch.setattr(press, "_warm", lambda: (None, None))
    monkeypatch.setattr(press, "confine_press", confined)
    monkeypatch.setattr(press, "_print", full)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(msgspec.msgpack.encode(Order("x")))))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=told))
    press.main(4 << 20, 1)
    refused = from_map(msgspec.msgpack.decode(told.getvalue(), type=Answer).refused)
    assert refused.message == coded("papers-memory", mib=4)


HANGS = "import os, sys, time\nwith open({path!r}, 'w') as file: file.write(str(os.getpid()))\ntime.sleep(3600)"


def _hanging(tmp_path: Path) -> tuple[list[str], str]:
    """A press that never answers, and the pipe through which it says its process id once it runs."""
    path = str(tmp_path / "pid")
    os.mkfifo(path)
    return [sys.executable, "-c", HANGS.format(path=path)], path


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_press_that_hangs_is_killed(templates: Templates, tmp_path: Path) -> None:
    press, path = _hanging(tmp_path)
    pids: list[int] = []
    reader = threading.Thread(target=lambda: pids.append(int(Path(path).read_text())))
    reader.start()
    with (
        Printer(templates, Limits(seconds=1, grace_seconds=0), press=press) as printer,
        pytest.raises(Unavailable, match="took over 1 s"),
    ):
        printer.print(SHEET)
    reader.join()
    assert _is_gone(pids[0])


def test_closing_kills_what_prints_and_nothing_prints_afterwards(templates: Templates, tmp_path: Path) -> None:
    press, path = _hanging(tmp_path)
    printer = Printer(templates, press=press)
    said: list[str] = []

    def work() -> None:
        try:
            printer.print(SHEET)
        except Unavailable as error:
            said.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    pid = int(Path(path).read_text())
    printer.close()
    thread.join()
    assert _is_gone(pid)
    assert len(said) == 1
    with pytest.raises(Unavailable, match="stopped"):
        printer.print(SHEET)


def test_one_press_too_many_waits_and_then_is_told_to_come_back(templates: Templates, tmp_path: Path) -> None:
    press, path = _hanging(tmp_path)
    with Printer(templates, Limits(presses=1, wait_seconds=0), press=press) as printer:

        def work() -> None:
            with pytest.raises(Unavailable):
                printer.print(SHEET)

        thread = threading.Thread(target=work)
        thread.start()
        Path(path).read_text()
        with pytest.raises(Unavailable, match="others are printing"):
            printer.print(SHEET)
        printer.close()
        thread.join()


@pytest.mark.parametrize(
    ("press", "error", "words"),
    [
        (["/nonexistent"], Unavailable, "does not start"),
        ([sys.executable, "-c", "print('x')"], Broken, "without an answer"),
        ([sys.executable, "-c", "import os; os.abort()"], Unavailable, "ended the press"),
    ],
)
def test_a_press_that_fails_is_an_error_that_says_so(
    press: list[str], error: type[Exception], words: str, templates: Templates
) -> None:
    with Printer(templates, press=press) as printer, pytest.raises(error, match=words):
        printer.print(SHEET)


def test_whoever_serves_pages_loads_no_typesetter() -> None:
    code = "import sys, appliance.web.site.app; print([name for name in sys.modules if name.startswith('weasyprint')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_starts_no_program_while_it_loads() -> None:
    code = """
import sys
sys.addaudithook(lambda event, given: print(given[1]) if event == "subprocess.Popen" else None)
from appliance.papers.sheets import press
press._warm()
print("warm")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["warm", ""]
