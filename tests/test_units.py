"""What the systemd units must say so that the processes in them can confine their children, and are confined."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[1] / "deploy/systemd"


def _lines(process: str) -> list[str]:
    return (UNITS / f"office-recorder-{process}.service").read_text(encoding="utf-8").splitlines()


def _admitted(process: str) -> list[str]:
    (line,) = (line for line in _lines(process) if line.startswith("SystemCallFilter="))
    return line.partition("=")[2].split()


@pytest.mark.parametrize("process", ["recorder", "keeper", "darkroom", "web", "medium"])
def test_every_process_has_system_v_ipc_of_its_own_and_no_capability_to_spare(process: str) -> None:
    lines = _lines(process)
    kept = "CAP_SYS_TIME" if process == "keeper" else ""  # it sets the clock when two people say so
    for line in ("PrivateIPC=yes", f"CapabilityBoundingSet={kept}", "NoNewPrivileges=yes", "PrivateTmp=yes"):
        assert line in lines, line


@pytest.mark.parametrize("process", ["recorder", "darkroom", "medium"])
def test_what_closes_files_without_landlock_is_admitted(process: str) -> None:
    assert {"@system-service", "@sandbox", "@mount"} <= set(_admitted(process))
    assert not any(line.startswith("RestrictNamespaces") for line in _lines(process))


@pytest.mark.parametrize("process", ["recorder", "darkroom", "web", "medium"])
def test_a_call_that_the_unit_refuses_does_not_kill_who_confines_itself(process: str) -> None:
    assert "SystemCallErrorNumber=EPERM" in _lines(process)


CONFINES = {
    *("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp", "prctl", "capset", "capget"),
    *("unshare", "mount", "umount2", "pivot_root", "open_tree", "move_mount", "mount_setattr"),
}
"""The calls by which a child of the recorder or the darkroom confines itself."""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("process", ["recorder", "darkroom", "medium"])
def test_systemds_own_lists_admit_what_confines(process: str) -> None:
    admitted = {name for name in _admitted(process) if not name.startswith("@")}
    groups = [name for name in _admitted(process) if name.startswith("@")]
    while groups:
        answer = subprocess.run(
            ["systemd-analyze", "--no-pager", "syscall-filter", groups.pop()],
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout  # fmt: skip
        named = {words[0] for words in map(str.split, answer.splitlines()[1:]) if words and words[0] != "#"}
        admitted |= named
        groups += [name for name in named if name.startswith("@")]
    assert CONFINES - admitted == set()


@pytest.mark.parametrize("process", ["recorder", "darkroom", "web", "medium"])
def test_a_systemd_that_does_not_know_sandbox_admits_landlock_all_the_same(process: str) -> None:
    """Debian 12's leaves an unknown group out, and says so only in the log."""
    assert {name for name in CONFINES if name.startswith("landlock")} | {"seccomp"} <= set(_admitted(process))


def _values(process: str, key: str) -> set[str]:
    lines = [line.partition("=")[2] for line in _lines(process) if line.startswith(f"{key}=")]
    return {value for line in lines for value in line.split()}


@pytest.mark.parametrize("process", ["recorder", "web", "darkroom"])
def test_the_keeper_stops_last_and_nobody_waits_until_it_serves(process: str) -> None:
    """systemd stops in the reverse of the order of starting, and an ordered start waits until the other has started."""
    assert "office-recorder-keeper.service" in _values(process, "After")
    assert _values("keeper", "Type") == {"exec"}


@pytest.mark.parametrize("process", ["recorder", "web", "darkroom", "keeper", "medium"])
def test_a_stop_tells_the_process_alone_and_not_its_children(process: str) -> None:
    assert _values(process, "KillMode") == {"mixed"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """With its programs in place, which lie under /opt on an installed box."""
    for unit in UNITS.glob("office-recorder*.*"):
        if unit.is_file():
            text = re.sub(r"^(Exec\w+=\+?)/\S+", r"\1/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
            (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = sorted(str(path) for path in tmp_path.iterdir())
    assert len(units) == 9
    answer = subprocess.run(
        ["systemd-analyze", "--no-pager", "--man=no", "verify", *units],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    told = [line for line in answer.stderr.splitlines() if "office-recorder" in line]
    assert (answer.returncode, told) == (0, [])


DEPLOY = UNITS.parent


def test_the_mediums_service_reaches_usb_sticks_and_nothing_of_the_recorders() -> None:
    """No capability, no network, no group of the others; of devices those that udev gives its own group."""
    lines = _lines("medium")
    for line in (
        "User=or-medium",
        "Group=or-medium",
        "PrivateNetwork=yes",
        "RestrictAddressFamilies=AF_UNIX",
        "DevicePolicy=closed",
        "ProtectSystem=strict",
        "LimitCORE=0",
        "MemorySwapMax=0",
    ):
        assert line in lines, line
    assert _values("medium", "DeviceAllow") == {"block-sd", "rw"}
    assert _values("medium", "SupplementaryGroups") == _values("medium", "ReadWritePaths") == set()
    socket = (UNITS / "office-recorder-medium.socket").read_text(encoding="utf-8").splitlines()
    assert {"SocketUser=or-keeper", "SocketMode=0600", "ListenStream=/run/office-recorder/medium.sock"} <= set(socket)
    made = (DEPLOY / "sysusers.d/office-recorder-medium.conf").read_text(encoding="utf-8")
    assert re.findall(r"^([gum]) (\S+)", made, re.MULTILINE) == [("u", "or-medium")]


@pytest.mark.skipif(shutil.which("udevadm") is None, reason="udev is not installed")
def test_udev_finds_nothing_wrong_with_the_rules() -> None:
    rules = DEPLOY / "udev/70-office-recorder-medium.rules"
    if "verify" not in subprocess.run(["udevadm", "--help"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("this udevadm cannot verify rules")
    done = subprocess.run(
        ["udevadm", "verify", "--resolve-names=late", rules], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd is not installed")
def test_systemd_makes_the_users_as_they_are_written() -> None:
    """With a line that it cannot read it makes some of them without their name and the others not at all."""
    files = sorted((DEPLOY / "sysusers.d").iterdir())
    done = subprocess.run(["systemd-sysusers", "--dry-run", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "not a valid" not in done.stderr
