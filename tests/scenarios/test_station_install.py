"""``deploy/station`` without a station: what its scripts write, refuse and find. What its browser does is in
``tests/browser/test_station.py``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.core.clock import SystemClock
from appliance.rules.stations import check_report
from appliance.vault.tls import make_authority
from tests.stationpc import POLICIES, STATION, StationPc


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.crt"
    made = make_authority("臺北市萬華區 & 戶政|事務所", ["localhost"], SystemClock().wall_ns(), os.urandom)
    file.write_bytes(made.certificate)
    return file


def install(
    authority: Path, root: Path, recorder: str = "recorder.office.example:8444"
) -> subprocess.CompletedProcess[str]:
    command = [STATION / "install", "--recorder", recorder, "--ca", authority, "--root", root]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def root(authority: Path, tmp_path: Path) -> Path:
    done = install(authority, tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_the_policies_name_the_recorder_and_its_authority_whatever_its_name_is(root: Path) -> None:
    found = json.loads((root / POLICIES).read_text(encoding="utf-8"))
    (chosen,) = map(json.loads, found["AutoSelectCertificateForUrls"])
    assert chosen["pattern"] == "https://recorder.office.example:8444"
    assert chosen["filter"]["ISSUER"]["CN"] == "臺北市萬華區 & 戶政|事務所 recorder CA"
    assert found["URLAllowlist"] == ["https://recorder.office.example:8444"]
    assert "@" not in json.dumps(found)


@pytest.mark.parametrize(
    ("recorder", "says"),
    [("recorder", "write it as"), ("https://recorder:8444", "write it as"), ("a|b:8444", "write it as")],
)
def test_another_address_is_refused_with_the_next_step(
    authority: Path, tmp_path: Path, recorder: str, says: str
) -> None:
    done = install(authority, tmp_path, recorder)
    assert done.returncode == 1
    assert says in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_authority_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_text("hello", encoding="ascii")
    done = install(file, tmp_path / "root")
    assert done.returncode == 1
    assert "is no certificate" in done.stderr


@pytest.mark.skipif(shutil.which("udevadm") is None, reason="needs udevadm")
def test_udev_takes_the_rules(root: Path) -> None:
    rules = root / "etc/udev/rules.d/10-office-recorder-station.rules"
    done = subprocess.run(["udevadm", "verify", "--no-style", rules], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_udev_refuses_the_keeper_takes(root: Path) -> None:
    rules = (root / "etc/udev/rules.d/10-office-recorder-station.rules").read_text(encoding="utf-8")
    classes = rules.partition('ATTR{bInterfaceClass}!="')[2].partition('"')[0].split("|")
    assert classes == ["08", "06", "02"]
    check_report([], [(each, "0951:1666") for each in classes])


def test_T_46_of_a_mouse_the_left_button_stays_alone(root: Path) -> None:
    """Button n of a USB mouse is 9000n in udev's table; to what group it belongs says the line before."""
    table = (root / "etc/udev/hwdb.d/90-office-recorder-station.hwdb").read_text(encoding="utf-8")
    usb = table.partition("evdev:input:b0003*")[2].partition("evdev:atkbd")[0]
    assert [each for each in range(1, 9) if f" KEYBOARD_KEY_9000{each}=reserved\n" in usb] == [*range(2, 9)]


# --- the self-check ---


@pytest.fixture
def machine(authority: Path, tmp_path: Path) -> StationPc:
    found = StationPc(tmp_path, "recorder.office.example:8444", authority)
    found.be_well()
    found.write("etc/office-recorder-station/station.crt", "there\n")
    return found


def test_a_station_as_it_should_be_has_nothing_to_say(machine: StationPc) -> None:
    done = machine.script("check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("proc/swaps", "Filename\n/dev/sda3 partition 1 0 -2\n", "swap: it is on"),
        ("proc/sys/kernel/core_pattern", "core\n", "dumps: "),
        ("proc/sys/kernel/sysrq", "1\n", "console: "),
        ("boot/grub/grub.cfg", "set timeout=5\n", "boot: the boot menu is not locked"),
        ("sys/class/drm/card0-HDMI-A-2/status", "connected\n", "displays: 2 are connected"),
        ("sys/module/usb_storage/version", "1\n", "usb: usb_storage is loaded"),
        (POLICIES, "", "browser: its policies are gone"),
        ("etc/office-recorder-station/station.crt", "", "certificate: there is none"),
        ("etc/chromium/policies/managed/own.json", "{}", "browser: settings were added"),
    ],
)
def test_T_46_T_47_the_check_names_what_is_not_as_it_should_be(
    machine: StationPc, path: str, text: str, says: str
) -> None:
    machine.write(path, text)
    os.utime(machine.root / path, (2**32, 2**32))
    done = machine.script("check")
    assert done.returncode == 1
    assert done.stdout.startswith(says), done.stdout
    assert done.stdout.count("\n") == 1, "and nothing else"
