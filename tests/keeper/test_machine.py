"""What machines tell of themselves: disks by recorded answers of smartctl, the rest as the kernel writes it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from appliance.core.errors import Damaged
from appliance.keeper.machine.machine import machine_figures, smart_figures
from appliance.keeper.machine.smart import disk_figures

RECORDED = Path(__file__).parents[1] / "vectors/smart"


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        (
            "nvme-intel-p4510",
            {"disk_failed": 0, "disk_bad_sectors": 0, "disk_worn_share": 0.0, "disk_temperature_c": 29},
        ),
        ("hdd-wd-red", {"disk_failed": 0, "disk_bad_sectors": 0, "disk_temperature_c": 34}),
        (
            "ssd-samsung-sm843t",
            {"disk_failed": 0, "disk_bad_sectors": 0, "disk_worn_share": 0.09, "disk_temperature_c": 27},
        ),
        ("hdd-seagate-packed-raw", {"disk_failed": 0, "disk_bad_sectors": 0, "disk_temperature_c": 35}),
        ("hdd-hitachi-failing", {"disk_failed": 1, "disk_bad_sectors": 1983, "disk_temperature_c": 25}),
        (
            "nvme-samsung-media-errors",
            {"disk_failed": 0, "disk_bad_sectors": 7, "disk_worn_share": 0.03, "disk_temperature_c": 35},
        ),
        ("no-such-device", {}),
    ],
)
def test_what_smartctl_said_of_a_real_disk(name: str, figures: dict[str, float]) -> None:
    assert disk_figures((RECORDED / f"{name}.json").read_bytes()) == pytest.approx(figures)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"smartctl 6.6 2017-11-05 r4594"])
def test_what_is_no_answer_of_smartctl_is_refused(text: bytes) -> None:
    with pytest.raises(Damaged, match="smartctl"):
        disk_figures(text)


def test_each_disk_has_its_file_and_an_old_one_says_nothing(tmp_path: Path) -> None:
    for disk, recorded in (("sda", "hdd-wd-red"), ("nvme0", "nvme-intel-p4510"), ("sdb", "hdd-hitachi-failing")):
        (tmp_path / f"{disk}.json").write_bytes((RECORDED / f"{recorded}.json").read_bytes())
    (tmp_path / "sdc.json").write_bytes(b"torn")
    now = (tmp_path / "sda.json").stat().st_mtime + 60
    os.utime(tmp_path / "sdb.json", (now, now - 3 * 86_400))
    told = smart_figures(tmp_path, now)
    assert told["disk_temperature_c.sda"] == 34
    assert told["disk_worn_share.nvme0"] == 0
    assert not [name for name in told if name.endswith((".sdb", ".sdc"))]


def _files(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_what_a_single_board_computer_tells(tmp_path: Path) -> None:
    """Written as the kernel writes them: millidegrees, tenths of a life in hexadecimal, counts."""
    told = machine_figures(
        _files(
            tmp_path,
            {
                "proc/meminfo": "MemTotal:        3884476 kB\nMemFree:  100000 kB\nMemAvailable:    1942238 kB\n",
                "sys/class/thermal/thermal_zone0/temp": "48312\n",
                "sys/class/hwmon/hwmon0/temp1_input": "51000\n",
                "sys/fs/ext4/mmcblk0p2/errors_count": "2\n",
                "sys/block/mmcblk0/device/life_time": "0x02 0x09\n",
                "sys/block/mmcblk1/device/life_time": "0x00 0x00\n",
                "sys/bus/usb/devices/usb1/idVendor": "1d6b\n",
                "sys/bus/usb/devices/usb1/idProduct": "0002\n",
                "sys/bus/usb/devices/usb1/bDeviceClass": "09\n",
                "sys/bus/usb/devices/1-1/idVendor": "046d\n",
                "sys/bus/usb/devices/1-1/idProduct": "c31c\n",
                "sys/bus/usb/devices/1-1/bDeviceClass": "00\n",
                "sys/bus/usb/devices/1-2/idVendor": "0781\n",
                "sys/bus/usb/devices/1-2/idProduct": "5581\n",
                "sys/bus/usb/devices/1-2/bDeviceClass": "00\n",
            },
        ),
        usb_known=("046d:c31c",),
    )
    assert told == pytest.approx(
        {
            "memory_free_share": 0.5,
            "temperature_c.thermal_zone0-temp": 48.312,
            "filesystem_errors.mmcblk0p2": 2,
            "disk_worn_share.mmcblk0": 0.9,
            "usb_unknown.0781:5581": 1,
        }
    )


def test_a_machine_without_thermometer_usb_or_ext4_tells_less_and_nothing_fails(tmp_path: Path) -> None:
    assert machine_figures(tmp_path) == {}
    known = {"sys/bus/usb/devices/1-1/idVendor": "046d", "sys/bus/usb/devices/1-1/idProduct": "c31c"}
    known["sys/bus/usb/devices/1-1/bDeviceClass"] = "00"
    odd = {"sys/class/thermal/thermal_zone0/temp": "none\n", "sys/class/hwmon/hwmon0/temp1_input": "51000\n"}
    told = machine_figures(_files(tmp_path, {**known, **odd}), ("046d:c31c",))
    assert told == {"usb_unknown": 0.0, "temperature_c.hwmon0-temp1_input": 51.0}


SMART = Path(__file__).parents[2] / "deploy/smart"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Stand-ins for ``lsblk`` and ``smartctl``, which ends with a status although it told."""
    recorded = RECORDED / "hdd-hitachi-failing.json"
    made = _files(
        tmp_path / "bin",
        {
            "lsblk": "#!/bin/sh\nprintf 'sda disk\\nsr0 rom\\n'\n",
            "smartctl": f'#!/bin/sh\n[ "$3" = /dev/sda ] || exit 1\ncat "{recorded}"\nexit 216\n',
        },
    )
    for tool in made.iterdir():
        tool.chmod(0o755)
    return made


def _smart(tools: Path, told: Path) -> subprocess.CompletedProcess[str]:
    """One run of the timer's script, as whoever runs the tests: root, in a container or on the box."""
    command = [str(SMART), str(told)]
    env = {"PATH": f"{tools}:/usr/bin:/bin"}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_what_the_timer_writes_is_what_is_read(tools: Path, tmp_path: Path) -> None:
    told = tmp_path / "run" / "smart"
    for _ in range(2):
        assert _smart(tools, told).returncode == 0
    assert [path.name for path in told.iterdir()] == ["sda.json"]
    assert (told / "sda.json").stat().st_mode & 0o777 == 0o644
    assert smart_figures(told, (told / "sda.json").stat().st_mtime)["disk_failed.sda"] == 1


def test_a_link_in_place_of_its_directory_is_not_followed(tools: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "smart").symlink_to(elsewhere)
    done = _smart(tools, tmp_path / "smart")
    assert (done.returncode, list(elsewhere.iterdir())) == (1, [])
    assert "is no directory of its own" in done.stderr


@pytest.mark.parametrize("name", [".sda", "sda.json"])
def test_a_link_in_place_of_its_file_is_not_written_through(name: str, tools: Path, tmp_path: Path) -> None:
    shadow, told = tmp_path / "shadow", tmp_path / "smart"
    shadow.write_text("root:*:")
    shadow.chmod(0o600)
    told.mkdir()
    (told / name).symlink_to(shadow)
    done = _smart(tools, told)
    assert shadow.read_text() == "root:*:"
    assert shadow.stat().st_mode & 0o777 == 0o600
    assert done.returncode == (1 if name == "sda.json" else 0)


@pytest.mark.parametrize("kind", ["fifo", "directory"])
def test_what_is_no_regular_file_is_not_replaced(kind: str, tools: Path, tmp_path: Path) -> None:
    told = tmp_path / "smart"
    told.mkdir()
    os.mkfifo(told / "sda.json") if kind == "fifo" else (told / "sda.json").mkdir()
    done = _smart(tools, told)
    assert done.returncode == 1
    assert "sda.json: is no regular file" in done.stderr
    assert [path.name for path in told.iterdir()] == ["sda.json"]
    assert smart_figures(told, 0) == {}, "nor does the keeper wait for one"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a directory away, which root can")
@pytest.mark.parametrize(("owner", "mode"), [(65534, 0o755), (0, 0o777), (0, 0o775)])
def test_root_writes_into_no_directory_that_a_service_can_write(
    owner: int, mode: int, tools: Path, tmp_path: Path
) -> None:
    told = tmp_path / "smart"
    told.mkdir()
    told.chmod(mode)
    os.chown(told, owner, -1)
    done = _smart(tools, told)
    assert (done.returncode, list(told.iterdir())) == (1, [])
    assert f"belongs to user {owner}" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file away, which root can")
def test_the_keeper_reads_no_other_users_file_and_no_link(tmp_path: Path) -> None:
    text = (RECORDED / "hdd-wd-red.json").read_bytes()
    for name in ("sda", "sdb"):
        (tmp_path / f"{name}.json").write_bytes(text)
    os.chown(tmp_path / "sdb.json", 65534, -1)
    (tmp_path / "sdc.json").symlink_to(tmp_path / "sda.json")
    told = smart_figures(tmp_path, (tmp_path / "sda.json").stat().st_mtime)
    assert {name.rpartition(".")[2] for name in told} == {"sda"}
