"""What an orderly stop leaves, with the real processes: the last segment whole, every report delivered, status 0."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli.launcher import PROCESSES
from appliance.core.clock import SystemClock
from appliance.core.settings import Settings, read_settings
from appliance.keeper.stores import open_stores
from appliance.storage.files import RealFs
from appliance.vault.index.catalogue import Closed
from tests.box import Box, make_box, testcard, until

_PATIENCE_SECONDS = 120


def _below(pid: int) -> list[int]:
    """The processes below ``pid``, the nearest first."""
    below: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii")
            for child in map(int, text.split()):
                below += [child, *_below(child)]
    return below


def _name(pid: int) -> str:
    """Empty when the process has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _closed(settings: Settings) -> list[tuple[str, list[bool]]]:
    """Why each closed bucket of the stopped office ended, and whether each of its segments has its end; but those that
    ended whole with their ten minutes: that may fall into any test."""
    with open_stores(settings, RealFs(), SystemClock(assume_trusted=True)) as stores:
        notes = [note for _, entry in stores.ring.catalogue.entries() for note in entry]
    manifests = [note.manifest for note in notes if isinstance(note, Closed)]
    closed = [(each.ended_by, [segment.complete for segment in each.segments]) for each in manifests]
    return [each for each in closed if each != ("slot", [True])]


def _order_of_ending(pids: dict[str, int], tell: int) -> list[set[str]]:
    """Sends SIGTERM to ``tell`` and gives the named processes in the order in which they ended; those that were found
    ended at one look together."""
    files = {os.pidfd_open(pid): name for name, pid in pids.items()}
    poll, order = select.poll(), list[set[str]]()
    for file in files:
        poll.register(file, select.POLLIN)
    os.kill(tell, signal.SIGTERM)
    while files:
        ended = poll.poll(_PATIENCE_SECONDS * 1000)
        assert ended, f"still running: {sorted(files.values())}"
        order.append({files.pop(file) for file, _ in ended})
        for file, _ in ended:
            poll.unregister(file)
            os.close(file)
    return order


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with make_box(tmp_path / "office", [testcard("01")]) as made:
        yield made


def test_a_trial_that_is_told_to_stop_ends_each_process_in_order(tmp_path: Path) -> None:
    folder, log = tmp_path / "trial", tmp_path / "log"
    command = [sys.executable, "-m", "appliance", "run", "--or-trial", str(folder)]
    with log.open("wb") as out:
        launcher = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        until(lambda: "camera 01: live" in log.read_text(encoding="utf-8"), what="a live camera")
        until(lambda: set(map(_name, _below(launcher.pid))) >= {*PROCESSES, "cam 01"}, what="its processes")
        found = reversed(_below(launcher.pid))  # the nearest last: a child that has just begun has its parent's name
        pids = {name: pid for pid in found if (name := _name(pid)) in {*PROCESSES, "cam 01"}}
        order = _order_of_ending(pids, launcher.pid)
        assert launcher.wait(_PATIENCE_SECONDS) == 0
    finally:
        launcher.kill()
        launcher.wait()
    said = log.read_text(encoding="utf-8")
    assert "keeper" in order[-1], order
    assert not order[-1] & {"recorder", "cam 01"}, order
    assert "cam 01" in order[0], order
    for wrong in ("ended with", "did not stop", "undelivered", "Traceback"):
        assert wrong not in said, said
    settings = read_settings(str(folder / "appliance.toml"))
    assert os.listdir(settings.layout.open) == []
    assert _closed(settings) == [("stopped", [True])]


def test_a_stop_that_reaches_every_process_of_the_recorder_ends_its_camera_in_order(box: Box) -> None:
    """As from a service manager, a container or a shell that signals all at once."""
    box.start("keeper", "darkroom", "recorder")
    box.recording("01")
    recorder = box.processes["recorder"]
    for pid in [*reversed(_below(recorder.pid)), recorder.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    assert recorder.wait(_PATIENCE_SECONDS) == 0
    assert "its process ended with" not in box.logs()
    assert "fork server" not in box.logs()
    assert os.listdir(box.settings.layout.open) == []
    box.kill("keeper", how=signal.SIGTERM)
    assert _closed(box.settings) == [("stopped", [True])]
