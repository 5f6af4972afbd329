"""The key store on a real ext4: power cuts, and what of an overwritten anchor is left on the device."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.storage.files import File, RealFs
from appliance.vault.keys.anchor import FileAnchor
from appliance.vault.keys.keystore import KeyStore
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.vault.keycases import BOX_KEY, allocation, drawn, ids, slot, stored

pytestmark = pytest.mark.root


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Ext4]:
    with ext4_on_loop(tmp_path) as made:
        yield made


class _PowerFails(BaseException):
    pass


class _CountingFile:
    def __init__(self, file: File, fs: CuttingFs) -> None:
        self._file, self._fs = file, fs

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._fs.step()
        self._file.write(data)

    def sync(self) -> None:
        self._fs.step()
        self._file.sync()

    def truncate(self, size: int) -> None:
        self._fs.step()
        self._file.truncate(size)

    def size(self) -> int:
        return self._file.size()

    def close(self) -> None:
        self._file.close()


class CuttingFs(RealFs):
    """The real disk, whose power goes before call number ``at`` that changes or syncs something."""

    def __init__(self, disk: Ext4, at: int = 0) -> None:
        super().__init__()
        self._disk, self._at, self.steps = disk, at, 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self._at:
            self._disk.power_off()
            raise _PowerFails

    def create(self, path: str, *, mode: int = 0o600) -> Any:
        self.step()
        return _CountingFile(super().create(path, mode=mode), self)

    def append(self, path: str, *, mode: int = 0o600) -> Any:
        self.step()
        return _CountingFile(super().append(path, mode=mode), self)

    def rename(self, old: str, new: str) -> None:
        self.step()
        super().rename(old, new)

    def unlink(self, path: str) -> None:
        self.step()
        super().unlink(path)

    def sync_dir(self, path: str) -> None:
        self.step()
        super().sync_dir(path)

    def sync_fs(self, path: str) -> None:
        self.step()
        super().sync_fs(path)

    def overwrite(self, path: str, data: bytes) -> None:
        self.step()
        super().overwrite(path, data)


def _open(fs: RealFs, directory: str, seed: object) -> KeyStore:
    some = drawn(f"{directory} {seed}")
    return KeyStore.open(fs, directory, FileAnchor(fs, directory, some), BOX_KEY, some)


def _life(fs: CuttingFs, directory: str, said: list[tuple[str, list[str]]]) -> None:
    store = _open(fs, directory, "a")
    for given in (allocation(1, 120, 130), allocation(2, 142, 143, 144, 145)):
        store.add(given)
        said.append(("added", ids(given)))
    gone = ids(allocation(1, 120, 130))[:3]
    said.append(("destroying", gone))
    store.destroy(gone)
    said.append(("destroyed", gone))


def test_a_power_cut_at_sampled_steps_loses_nothing_acknowledged(disk: Ext4, long_run: bool) -> None:
    all_records = stored(allocation(1, 120, 130)) | stored(allocation(2, 142, 143, 144, 145))
    total = 0
    cuts = [0]
    number = 0
    while cuts:
        at = cuts.pop()
        directory = str(disk.path / f"keys{number}")
        some = drawn(number)
        fs = RealFs()
        fs.make_dir(directory)
        fs.sync_dir(str(disk.path))
        KeyStore.create(fs, directory, FileAnchor.create(fs, directory, some), BOX_KEY, [slot("a")], some)
        cutting, said = CuttingFs(disk, at), list[tuple[str, list[str]]]()
        with contextlib.suppress(_PowerFails, OSError):
            _life(cutting, directory, said)
        if at == 0:
            total = cutting.steps
            steps = list(range(1, total + 1))
            cuts = steps if long_run else random.Random(3).sample(steps, 12)
            disk.power_off()
        disk.power_on()
        told = {kind: {each for what, group in said if what == kind for each in group} for kind, _ in said}
        store = _open(RealFs(), directory, "after")
        here = store.bucket_ids()
        assert told.get("added", set()) - told.get("destroying", set()) <= here, at
        assert not told.get("destroyed", set()) & here, at
        assert {each: store.sealed(each) for each in here} == {each: all_records[each] for each in here}, at
        number += 1
    assert total > 20
    disk.check()


def test_an_overwritten_anchor_is_nowhere_on_the_device_and_old_roots_are(disk: Ext4) -> None:
    """In-place overwriting reaches the blocks of ext4 as it is mounted by default (data are not journalled). A drive's
    own remapping is below this and cannot be seen here: the strength says best effort."""
    directory = str(disk.path / "keys")
    fs, some = RealFs(), drawn(1)
    fs.make_dir(directory)
    anchor = FileAnchor.create(fs, directory, some)
    store = KeyStore.create(fs, directory, anchor, BOX_KEY, [slot("a")], some)
    store.add(allocation(1, 3, 4))
    secret = anchor.read(store.generation % 2).secret
    old_root = fs.read(f"{directory}/root.{store.generation % 2}")
    fs.sync_fs(directory)
    assert secret in disk.raw(), "it is on the device before, so the next line can fail"

    store.destroy(ids(allocation(1, 3, 4))[:1])
    store.replace_slots([slot("b")])
    store.replace_slots([slot("c")])

    raw = disk.raw()
    assert secret not in raw
    assert old_root[8:] in raw, "old roots do survive on the device: that is why the anchor is needed"
