"""The records' reserve: given up to a write that finds no space, whole again when there is, never the cause itself."""

from __future__ import annotations

import errno

import pytest

from appliance.storage.ballast import Ballast, BallastFs
from appliance.storage.files import write_atomic
from appliance.storage.journal import Journal
from tests.faults.memory_fs import MemoryFs

DIRECTORY = "/office/keeper"
PATH = f"{DIRECTORY}/ballast"
SIZE = 1000


class SmallDisk(MemoryFs):
    """A disk of ``capacity`` bytes: what is unlinked is free again."""

    capacity = 10 * SIZE

    def free_bytes(self, path: str) -> int:
        return self.capacity - sum(len(data) for data in self.files().values())

    def _write(self, path, node, offset, data, name):  # type: ignore[no-untyped-def]
        self.room = max(0, self.free_bytes(path))
        super()._write(path, node, offset, data, name)


def disk(*, made: bool = True) -> tuple[SmallDisk, Ballast, BallastFs, list[str]]:
    fs, said = SmallDisk(DIRECTORY), list[str]()
    ballast = Ballast(fs, PATH, SIZE)
    assert ballast.make() or not made
    return fs, ballast, BallastFs(fs, ballast, said.append), said


def test_t_13_a_journal_goes_on_when_the_disk_is_full() -> None:
    fs, ballast, backed, said = disk()
    with Journal(backed, f"{DIRECTORY}/a.log") as journal:
        journal.append(b"before")
        fs.capacity = SIZE + fs.size(f"{DIRECTORY}/a.log") + 5
        journal.append(b"at the last block")
        journal.append(b"after")
        assert (ballast.whole, len(said)) == (False, 1)
        assert fs.size(f"{DIRECTORY}/a.log") == 3 * 8 + len(b"beforeat the last blockafter"), "no half entry inside"
    with Journal(fs.image("none"), f"{DIRECTORY}/a.log") as again:
        assert list(again) == [b"before", b"at the last block", b"after"]


def test_without_ballast_the_error_is_the_disks() -> None:
    fs, ballast, backed, _ = disk()
    ballast.give_up()
    fs.capacity = 3
    file = backed.create(f"{DIRECTORY}/a")
    with pytest.raises(OSError, match="No space"):
        file.write(b"four")


def test_other_errors_give_nothing_up_and_no_sync_is_tried_again() -> None:
    fs, ballast, backed, _ = disk()
    file = backed.create(f"{DIRECTORY}/a")
    fs.fail(1, errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        file.write(b"x")
    fs.fail(1, errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        file.sync()
    assert ballast.whole


def test_a_write_to_footage_s_own_disk_gives_nothing_up() -> None:
    fs, ballast, _, _ = disk()
    backed = BallastFs(fs, ballast, under="/office")
    fs.make_dir("/office-footage")
    file = backed.create("/office-footage/a")
    fs.capacity = SIZE
    with pytest.raises(OSError, match="No space"):
        file.write(b"four")
    assert ballast.whole
    backed.create(f"{DIRECTORY}/a").write(b"four")
    assert not ballast.whole


def test_it_is_made_only_while_there_is_thrice_its_size() -> None:
    fs, ballast, _, _ = disk(made=False)
    ballast.give_up()
    fs.capacity = 3 * SIZE - 1
    assert not ballast.make()
    assert not fs.exists(PATH)
    fs.capacity = 3 * SIZE
    assert ballast.make()
    assert ballast.make(), "and once is enough"
    assert fs.size(PATH) == SIZE


def test_one_of_another_size_is_made_anew() -> None:
    fs, ballast, _, _ = disk()
    larger = Ballast(fs, PATH, 2 * SIZE)
    assert not larger.whole
    assert larger.make()
    assert not ballast.whole
    assert not ballast.give_up() or not fs.exists(PATH)


def test_a_file_that_is_replaced_finds_room_too() -> None:
    fs, ballast, backed, _ = disk()
    fs.capacity = SIZE + 3
    write_atomic(backed, f"{DIRECTORY}/root", b"a root of some bytes")
    assert fs.read(f"{DIRECTORY}/root") == b"a root of some bytes"
    assert not ballast.whole
