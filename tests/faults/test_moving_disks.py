"""An office whose footage is moved to another disk by the real command, on two real ext4 disks: it records before and
after, all of it verifies and opens, and the power may go in between."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.settings import read_settings
from appliance.storage.footage_disk import NAME
from tests.box import Box, make_box, testcard, until
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.footage import film_past
from tests.opened import held

pytestmark = pytest.mark.root

_DAY_NS = 86_400 * 10**9


class _Office(Box):
    def console(self, *words: str) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-m", "appliance", "--settings", self.settings_path, *words]
        return subprocess.run(whole, capture_output=True, text=True, check=False, timeout=120)

    def move(self, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return self.console("move-footage", str(target), *options)

    def write_line(self, line: str) -> None:
        """As somebody does who reads what the command says."""
        path = Path(self.settings_path)
        lines = [line if each.startswith("footage = ") else each for each in path.read_text("utf-8").splitlines()]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        self.settings = read_settings(self.settings_path)


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Ext4]:
    with ext4_on_loop(tmp_path / "new", 64) as disk:
        yield disk


@pytest.fixture
def office(tmp_path: Path) -> Iterator[_Office]:
    """Running, with footage of yesterday and of now on a disk of its own."""
    with ext4_on_loop(tmp_path / "old", 64) as disk:
        kind = functools.partial(_Office, more=f'footage = "{disk.path}"')
        with make_box(tmp_path / "office", [testcard("01")], kind=kind) as box:
            assert isinstance(box, _Office)
            box.start("keeper")
            film_past(box, "01", box.made_ns - _DAY_NS, 20)
            box.start("darkroom", "recorder")
            box.recording("01")
            yield box


def _segments(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.rglob("*.seg")}


def test_an_office_records_is_moved_records_on_and_all_of_it_opens(office: _Office, new: Ext4) -> None:
    refused = office.move(new.path)
    assert refused.returncode == 5
    assert "stop that one first" in refused.stderr
    office.stop()
    old = Path(office.settings.layout.footage)
    before, files = held(office)["01"], _segments(old)

    told = office.move(new.path, "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["files"] == len(files) == found["cleared"]["removed"]
    assert _segments(new.path) == files
    assert _segments(old) == {}
    office.write_line(found["settings_line"])

    office.start("keeper", "darkroom", "recorder")
    office.recording("01")
    until(
        lambda: not [each for each in office.status()["findings"] if each["key"].startswith("disk-")], what="no finding"
    )
    assert office.verified()["ok"], office.verified()
    office.stop()
    after = held(office)["01"]
    assert after.packets(0)[: len(before.packets(0))] == before.packets(0)
    assert len(after.packets(0)) > len(before.packets(0))
    assert _segments(old) == {}


def test_forgotten_settings_write_nothing_to_the_old_disk_and_say_which_line(office: _Office, new: Ext4) -> None:
    office.stop()
    old = Path(office.settings.layout.footage)
    assert f'footage = "{new.path}"' in office.move(new.path).stdout
    office.start("keeper")
    (text,) = [each["text"] for each in office.status()["findings"] if each["key"] == "disk-moved"]
    assert f'write footage = "{new.path}" in the settings' in text
    told = office.console("verify")
    assert f'write footage = "{new.path}" in the settings' in told.stdout
    assert "call for help" not in told.stdout
    assert _segments(old) == {}


def test_after_a_power_cut_of_the_new_disk_the_old_one_is_in_force_and_the_command_goes_on(
    office: _Office, new: Ext4
) -> None:
    office.stop()
    old = Path(office.settings.layout.footage)
    files = _segments(old)
    os.sync()
    with subprocess.Popen(
        [sys.executable, "-m", "appliance", "--settings", office.settings_path, "move-footage", str(new.path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as moving:  # fmt: skip
        until(lambda: any(new.path.rglob("*.seg*")) or moving.poll() is not None, what="a copy")
        new.power_off()
        moving.wait(120)
    new.power_on()
    assert moving.returncode == 5 or new.path.joinpath(NAME).exists()
    if moving.returncode:
        assert _segments(old) == files
    assert office.move(new.path).returncode == 0
    assert _segments(new.path) == files
