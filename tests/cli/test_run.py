"""``appliance run`` on a machine without an office: a trial office, whole, from one command; and again; and away."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SystemClock
from appliance.core.errors import Refused
from appliance.core.model import Gap, to_wire
from appliance.core.settings import Settings, read_settings
from appliance.protocol.transport import Client
from tests.box import make_box, testcard, until
from tests.footage import film_past
from tests.web.visitor import Visitor


@contextmanager
def _running(directory: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Stopped at the end by what Ctrl-C on its terminal does: SIGINT to everything in its foreground group."""
    with (directory / "said.txt").open("a", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "appliance", "run", "--or-trial", str(directory / "trial"), *arguments],
            stdout=said,
            stderr=said,
            text=True,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(120)


def _command(settings: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "appliance", "--settings", settings, *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout) if done.stdout else done.stderr


def _nobody_else_speaks_as_a_process(settings: Settings) -> None:
    """A process of the same user, or of root, is the command line and nothing more."""
    client = Client(settings.layout.socket("keeper"))
    for verb, body in (
        ("recorder.gap", to_wire(Gap(camera_no="01", start_ns=1, end_ns=2, cause="disk"))),
        ("login", b""),
        ("documents.lost", b""),
    ):
        with pytest.raises(Refused, match="does not take this from user"):
            client.call(verb, body, name="officer", password="x")
    client.close()


def _recording(settings: str, count: int) -> Any:
    def seen() -> Any:
        found = _command(settings, "status")
        cameras = found["cameras"] if isinstance(found, dict) else []
        live = [camera for camera in cameras if camera["last_written_age_s"] is not None]
        return found if len(live) == count else None

    return until(seen, what="footage of every camera")


def _children(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def _command_line(pid: str) -> str:
    """Empty when the process has ended, as the process of a look does soon."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_processes_stop_by_themselves_when_their_launcher_is_killed(tmp_path: Path) -> None:
    """And while they run, no list of processes and no log holds the password of an address that was typed."""
    settings = str(tmp_path / "trial" / "appliance.toml")
    with _running(tmp_path, "--camera", "testcard", "--camera", "rtsp://admin:planted@127.0.0.1:9/x") as process:
        _recording(settings, 1)
        children = _children(process.pid)
        assert len(children) == 4
        family = [str(process.pid), *children, *(pid for child in children for pid in _children(child))]
        shown = [_command_line(pid) for pid in family]
        assert "--camera\0-\0" in shown[0]
        assert not [line for line in shown if "planted" in line]
        assert "planted" not in (tmp_path / "said.txt").read_text(encoding="utf-8")
        process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children) or None, what="the end of all")
        process.wait()


def test_a_trial_office_from_one_command_twice(tmp_path: Path) -> None:
    settings = str(tmp_path / "trial" / "appliance.toml")
    with _running(tmp_path, "--camera", "testcard", "--camera", "testcard"):
        found = _recording(settings, 2)
        card = (tmp_path / "said.txt").read_text(encoding="utf-8")
        assert found["cameras"][0]["state"] == "live"
        assert found["ledger"]["size"] >= 2
        address = re.search(r"address +https://localhost:(\d+)/", card)
        assert address
        authority = re.search(r"certificate +(\S+)", card)
        assert authority
        assert Path(authority[1]).exists()
        assert re.search(r"SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}", card)
        people = re.findall(r" ([a-z_]+) +((?:[a-z]{5}-){5}[a-z]{5})$", card, re.MULTILINE)
        assert [account for account, _ in people] == ["officer", "unit_head", "colleague", "section_head"]
        passwords = people[:2]
        for command in (["run", "--or-trial", str(tmp_path / "trial")], ["--settings", settings, "process", "keeper"]):
            second = subprocess.run(
                [sys.executable, "-m", "appliance", *command], capture_output=True, text=True, check=False, timeout=120
            )
            assert second.returncode == 5, "a second one must never open the same office"
            assert "already" in second.stderr
        assert _command(settings, "status")["cameras"][0]["state"] == "live"
        _nobody_else_speaks_as_a_process(read_settings(settings))
        where = types.SimpleNamespace(
            settings=read_settings(settings), address=f"https://localhost:{address[1]}", authority=authority[1]
        )
        until(lambda: _listens(int(address[1])), what="the web")
        visitor = Visitor(where)  # type: ignore[arg-type]
        for door, (account, password) in zip(("/login", "/join"), passwords, strict=True):
            assert visitor.post(door, {"name": account, "password": password}).status == 303
    again = _command(settings, "verify")
    assert again["ok"]
    assert again["ring"]["segments"] >= 2
    with _running(tmp_path):
        found = _recording(settings, 2)
        whole = (tmp_path / "said.txt").read_text(encoding="utf-8")
        assert "that an interruption had left open" not in whole
        assert whole.count(passwords[0][1]) == 1
        assert _command(settings, "verify")["ok"]
    refused = subprocess.run(
        [sys.executable, "-m", "appliance", "run", "--or-trial", str(tmp_path / "trial"), "--camera", "testcard"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "this trial has its cameras already" in refused.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", ["keeper", "web", "darkroom", "recorder"])
def test_a_process_that_hangs_is_started_again(tmp_path: Path, name: str) -> None:
    settings = str(tmp_path / "trial" / "appliance.toml")
    with _running(tmp_path) as process:
        _recording(settings, 1)
        hung = next(pid for pid in _children(process.pid) if f"process\0{name}" in _command_line(pid))
        os.kill(int(hung), signal.SIGSTOP)
        until(lambda: hung not in _children(process.pid) or None, seconds=90, what="the end of what hangs")
        until(lambda: len(_children(process.pid)) == 4 or None, what="its successor")
        assert f"{name}: hangs" in (tmp_path / "said.txt").read_text(encoding="utf-8")
        _recording(settings, 1)


def test_a_store_that_does_not_open_is_a_result_for_programs_too(tmp_path: Path) -> None:
    with make_box(tmp_path / "office", [testcard("01")]) as box:
        box.start("keeper")
        film_past(box, "01", SystemClock().wall_ns() - 60_000_000_000, 5)
        box.stop()
        (journal,) = Path(box.settings.layout.keeper, "catalogue").glob("*.journal")
        data = bytearray(journal.read_bytes())
        data[len(data) // 3] ^= 1
        journal.write_bytes(data)
        found = _command(box.settings_path, "verify")
        assert found["ok"] is False
        assert found["ledger"]["ok"] is False
        assert str(journal) in found["ring"]["bad"][0]["detail"]
