"""What the systemd units must say so that the processes in them can confine their children, and are confined."""

from __future__ import annotations

from pathlib import Path

import pytest

UNITS = Path(__file__).parents[1] / "deploy/systemd"


def _lines(process: str) -> list[str]:
    return (UNITS / f"office-recorder-{process}.service").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("process", ["recorder", "keeper", "darkroom", "web"])
def test_every_process_has_system_v_ipc_of_its_own_and_no_capability(process: str) -> None:
    lines = _lines(process)
    for line in ("PrivateIPC=yes", "CapabilityBoundingSet=", "NoNewPrivileges=yes", "PrivateTmp=yes"):
        assert line in lines, line


@pytest.mark.parametrize("process", ["recorder", "darkroom"])
def test_what_closes_files_without_landlock_is_admitted(process: str) -> None:
    assert "SystemCallFilter=@system-service @sandbox @mount" in _lines(process)
    assert not any(line.startswith("RestrictNamespaces") for line in _lines(process))


@pytest.mark.parametrize("process", ["recorder", "darkroom", "web"])
def test_a_call_that_the_unit_refuses_does_not_kill_who_confines_itself(process: str) -> None:
    assert "SystemCallErrorNumber=EPERM" in _lines(process)
