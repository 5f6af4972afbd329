"""The loop device's power cut is a power cut: synced data are there afterwards, unsynced data are not, both shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.storage.files import RealFs, write_atomic
from appliance.storage.journal import Journal
from tests.faults.ext4 import Ext4, ext4_on_loop

pytestmark = pytest.mark.root


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Ext4]:
    with ext4_on_loop(tmp_path) as made:
        yield made


def test_what_was_synced_survives_and_what_was_not_is_gone(disk: Ext4) -> None:
    for name, synced in (("kept", True), ("lost", False)):
        fd = os.open(disk.path / name, os.O_CREAT | os.O_WRONLY)
        os.write(fd, name.encode() * 5000)
        if synced:
            os.fsync(fd)
        os.close(fd)
    disk.cut()
    assert (disk.path / "kept").read_bytes() == b"kept" * 5000
    assert not (disk.path / "lost").exists() or (disk.path / "lost").read_bytes() != b"lost" * 5000
    disk.check()


def test_a_journal_keeps_every_entry_it_acknowledged(disk: Ext4) -> None:
    path = str(disk.path / "j")
    for round_number in range(5):
        journal = Journal(RealFs(), path)
        assert [int(body) for body in journal] == list(range(round_number * 7))
        for number in range(round_number * 7, round_number * 7 + 7):
            journal.append(str(number).encode())
        disk.power_off()
        journal.close()
        disk.power_on()


def test_an_atomic_write_is_whole_or_absent(disk: Ext4) -> None:
    path = str(disk.path / "doc")
    for version in range(5):
        write_atomic(RealFs(), path, f"version {version}".encode() * 1000)
        disk.cut()
        assert Path(path).read_bytes() == f"version {version}".encode() * 1000
