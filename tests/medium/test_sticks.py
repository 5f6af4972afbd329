"""Which disks are sticks, and which of them may be wiped: each reason against one, alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.core.errors import NotFound, Refused, Unavailable
from appliance.medium import sticks as sticks_module
from appliance.medium.block import BlockDevice, open_exclusively
from appliance.medium.sticks import UsbSticks
from tests.medium.fake_machine import FakeMachine
from tests.medium.loops import loop_device, opened
from tests.medium.test_volume import MIB


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path)


def why(machine: FakeMachine) -> str:
    """The code of the one stick's refusal; "" where it may be used."""
    (stick,) = machine.sticks.listed()
    return stick.refused.code if stick.refused else ""


def test_a_stick_is_listed_with_what_it_says_of_itself(machine: FakeMachine) -> None:
    machine.add_disk(udev="E:ID_FS_TYPE=vfat\n")
    machine.add_part("sdb1", "8:17", udev="E:ID_FS_TYPE=ntfs\n")
    (stick,) = machine.sticks.listed()
    assert (stick.serial, stick.maker, stick.model, stick.bytes) == ("4C530001", "SanDisk", "Ultra  Fit", 64 * MIB)
    assert (stick.seq, stick.protected, stick.refused) == (7, False, None)


@pytest.mark.parametrize("name", ["sda", "sdb"])
def test_a_disk_that_is_not_behind_usb_is_no_stick(machine: FakeMachine, name: str) -> None:
    machine.add_disk(name, usb=False)
    assert machine.sticks.listed() == []
    with pytest.raises(NotFound):
        machine.sticks.open("4C530001", write=True)


@pytest.mark.parametrize("name", ["loop0", "vda", "dm-0", "md0", "zram0", "nvme0n1", "mmcblk0", "sr0"])
def test_what_is_no_such_disk_is_no_stick_whatever_is_told_of_it(machine: FakeMachine, name: str) -> None:
    machine.add_disk(name)
    assert machine.sticks.listed() == []


def test_a_reader_without_a_card_is_not_listed(machine: FakeMachine) -> None:
    machine.add_disk(size=0)
    assert machine.sticks.listed() == []


def test_a_fixed_disk_behind_usb_is_refused(machine: FakeMachine) -> None:
    machine.add_disk(removable="0")
    assert why(machine) == "medium-fixed"


@pytest.mark.parametrize("serial", ["", "   ", "\x00\x01", "序號", "x" * 127])
def test_one_without_a_serial_number_is_refused(machine: FakeMachine, serial: str) -> None:
    machine.add_disk(serial=serial)
    assert why(machine) == "medium-no-serial"
    with pytest.raises(NotFound):
        machine.sticks.open("", write=True)


def test_two_with_one_serial_number_are_both_refused(machine: FakeMachine) -> None:
    machine.add_disk()
    machine.add_disk("sdc", number="8:32")
    assert [stick.refused.code for stick in machine.sticks.listed() if stick.refused] == ["medium-serial-twice"] * 2


@pytest.mark.parametrize("number", ["8:16", "8:17"], ids=["disk", "partition"])
def test_one_that_is_mounted_is_refused_with_where(machine: FakeMachine, number: str) -> None:
    machine.add_disk()
    machine.add_part("sdb1", "8:17")
    machine.write("proc/self/mountinfo", f"40 27 {number} / /srv/footage rw - ext4 /dev/sdb1 rw\n")
    (stick,) = machine.sticks.listed()
    assert stick.refused is not None
    assert (stick.refused.code, stick.refused.values) == ("medium-in-use", {"how": "/srv/footage"})


@pytest.mark.parametrize("below", ["sdb", "sdb/sdb1"], ids=["disk", "partition"])
@pytest.mark.parametrize("holder", ["dm-0", "md127"])
def test_one_that_lvm_raid_or_encryption_holds_is_refused(machine: FakeMachine, below: str, holder: str) -> None:
    machine.add_disk()
    machine.add_part("sdb1", "8:17")
    (machine.folder / "sys/block" / below / "holders" / holder).touch()
    assert why(machine) == "medium-in-use"


@pytest.mark.parametrize("name", ["sdb", "sdb1"])
def test_swap_is_refused(machine: FakeMachine, name: str) -> None:
    machine.add_disk()
    machine.add_part("sdb1", "8:17")
    path = machine.folder / "dev" / name
    machine.write("proc/swaps", f"Filename\tType\n{path} partition\t1\t0\t-2\n")
    assert why(machine) == "medium-in-use"


def test_one_that_udev_has_not_looked_at_is_refused(machine: FakeMachine) -> None:
    machine.add_disk(udev="")
    assert why(machine) == "medium-not-ready"


_PART = """\
E:ID_FS_UUID=11-22
E:ID_FS_LABEL=footage
E:ID_PART_ENTRY_UUID=ab-01
E:ID_PART_ENTRY_NAME=data
S:disk/by-id/u1
"""


@pytest.mark.parametrize(
    "named",
    ["UUID=11-22", 'UUID="11-22"', "LABEL=footage", "PARTUUID=ab-01", "PARTLABEL=data", "disk/by-id/u1", "sdb1"],
)
def test_one_that_this_machine_mounts_at_times_is_refused(machine: FakeMachine, named: str) -> None:
    """Such as the footage disk while it is unmounted."""
    machine.add_disk()
    machine.add_part("sdb1", "8:17", udev=_PART)
    name = named if "=" in named else str(machine.folder / "dev" / named)
    machine.write("fstab", f"UUID=99 / ext4 defaults 0 1\n{name} /srv/footage ext4 noauto 0 2\n")
    assert why(machine) == "medium-of-system"
    machine.write("fstab", f"#{name} /srv/footage ext4 noauto 0 2\nUUID=99 / ext4 defaults 0 1\n")
    assert why(machine) == ""


@pytest.mark.parametrize("where", ["disk", "partition"])
@pytest.mark.parametrize(
    "kind",
    ["ext4", "xfs", "btrfs", "crypto_LUKS", "LVM2_member", "linux_raid_member", "swap", "zfs_member", "BitLocker"],
)
def test_what_computers_keep_on_their_disks_is_not_wiped(machine: FakeMachine, kind: str, where: str) -> None:
    told = f"E:ID_FS_TYPE={kind}\n"
    machine.add_disk(udev=told if where == "disk" else "E:ID_BUS=usb\n")
    machine.add_part("sdb1", "8:17", udev=told if where == "partition" else "E:ID_FS_TYPE=vfat\n")
    (stick,) = machine.sticks.listed()
    assert stick.refused is not None
    assert (stick.refused.code, stick.refused.values) == ("medium-kind", {"kind": kind})


def test_a_refused_stick_is_not_opened_and_a_protected_one_only_to_read(machine: FakeMachine) -> None:
    machine.add_disk(removable="0")
    machine.add_disk("sdc", number="8:32", serial="P1", ro="1")
    with pytest.raises(Refused, match="fixed disk"):
        machine.sticks.open("4C530001", write=False)
    assert [stick.protected for stick in machine.sticks.listed()] == [False, True]
    with pytest.raises(Refused, match="write-protected"):
        machine.sticks.open("P1", write=True)
    with pytest.raises(Unavailable):
        machine.sticks.open("P1", write=False)  # /dev has no such node here


# --- opening, on a real block device ---


def _with_node(machine: FakeMachine, device: str) -> str:
    """A stick in the fake machine whose node in its /dev is this device."""
    number = os.stat(device).st_rdev
    machine.add_disk(number=f"{os.major(number)}:{os.minor(number)}")
    os.mknod(machine.folder / "dev/sdb", stat.S_IFBLK | 0o600, number)
    return str(machine.folder / "dev/sdb")


@pytest.mark.root
def test_the_right_one_is_opened_for_this_process_alone(machine: FakeMachine) -> None:
    with loop_device(machine.folder / "image", size=64 * MIB) as device:
        _with_node(machine, device)
        stick, block = machine.sticks.open("4C530001", write=True)
        with block:
            assert (stick.serial, block.bytes) == ("4C530001", 64 * MIB)
            with pytest.raises(Refused, match="the system uses it"):
                machine.sticks.open("4C530001", write=True)


@pytest.mark.root
@pytest.mark.parametrize(
    "change",
    [
        lambda machine: machine.write("sys/block/sdb/diskseq", "8\n"),
        lambda machine: machine.write("fstab", f"{machine.folder}/dev/sdb /mnt ext4\n"),
        lambda machine: machine.write("sys/devices/pci0000:00/usb1/1-sdb/serial", "OTHER\n"),
    ],
    ids=["another in its place", "refused meanwhile", "another serial number"],
)
def test_what_became_another_while_it_was_opened_is_let_go(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch, change: Callable[[FakeMachine], None]
) -> None:
    def slow(path: str, number: int, *, write: bool) -> BlockDevice:
        found = open_exclusively(path, number, write=write)
        change(machine)
        return found

    monkeypatch.setattr(sticks_module, "open_exclusively", slow)
    with loop_device(machine.folder / "image", size=64 * MIB) as device:
        _with_node(machine, device)
        with pytest.raises((Refused, NotFound)):
            machine.sticks.open("4C530001", write=True)
        opened(device).close()


@pytest.mark.root
def test_a_node_that_is_another_device_than_the_kernel_says_is_refused(machine: FakeMachine) -> None:
    with (
        loop_device(machine.folder / "image", size=64 * MIB) as device,
        loop_device(machine.folder / "other", size=64 * MIB) as other,
    ):
        path = _with_node(machine, device)
        os.unlink(path)
        os.mknod(path, stat.S_IFBLK | 0o600, os.stat(other).st_rdev)
        with pytest.raises(Unavailable, match="another one"):
            machine.sticks.open("4C530001", write=True)
        os.unlink(path)
        os.symlink(device, path)
        with pytest.raises(Unavailable):
            machine.sticks.open("4C530001", write=True)
        os.unlink(path)
        (machine.folder / "dev/sdb").write_bytes(bytes(64))
        with pytest.raises(Unavailable):
            machine.sticks.open("4C530001", write=True)
        opened(device).close()


def test_this_machine_s_own_disks_are_none() -> None:
    """Whatever runs this: the disk that its root lies on is no stick that may be wiped."""
    root = os.stat("/").st_dev
    number = f"{os.major(root)}:{os.minor(root)}"
    for name in os.listdir("/sys/block"):
        parts = [Path("/sys/block", name, each, "dev") for each in ("", *os.listdir(f"/sys/block/{name}"))]
        if any(part.exists() and part.read_text().strip() == number for part in parts):
            size = int(Path("/sys/block", name, "size").read_text()) * 512
            assert not [stick for stick in UsbSticks().listed() if stick.refused is None and stick.bytes == size]
