"""The command line as people and programs use it: real processes, real output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.rules.packs.shipped import shipped_bytes


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "appliance", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=120,
    )


def test_help_names_every_command() -> None:
    text = run("--help").stdout
    for command in ("run", "setup", "status", "plan", "verify", "settings", "plugins", "plugin"):
        assert command in text
    assert "process" not in text


@pytest.mark.parametrize("command", ["status", "plan", "verify"])
def test_without_an_office_the_error_says_what_to_do(tmp_path: Path, command: str) -> None:
    settings = tmp_path / "a.toml"
    settings.write_text(f'state = "{tmp_path}"\n', encoding="utf-8")
    done = run("--settings", str(settings), command)
    assert done.returncode == 2
    assert done.stderr.strip() == f"appliance: {tmp_path}: no office is set up here; run `appliance setup`"
    assert not done.stdout


def test_footage_is_not_moved_to_wherever_the_shell_happens_to_stand() -> None:
    done = run("move-footage", "")
    assert (done.returncode, done.stderr.startswith("appliance: move-footage: TO is empty")) == (2, True)


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    settings = tmp_path / "a.toml"
    settings.write_text("flor_days = 1\n", encoding="utf-8")
    done = run("--settings", str(settings), "settings")
    assert done.returncode == 2
    assert "flor_days" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_in_force_come_as_json(tmp_path: Path) -> None:
    settings = tmp_path / "a.toml"
    settings.write_text('state = "/srv/x"\n[web]\nport = 9000\n', encoding="utf-8")
    found = json.loads(run("--settings", str(settings), "settings", "--json").stdout)
    assert found["file"] == str(settings)
    assert found["settings"]["web"]["port"] == 9000
    assert found["office"] is False


def test_plugins_say_what_they_are_and_where_they_come_from() -> None:
    found = {one["name"]: one for one in json.loads(run("plugins", "--json").stdout)}
    assert {"testcard", "rtsp", "mjpeg", "file", "v4l2", "picamera"} <= set(found)
    assert any(setting["secret"] for setting in found["rtsp"]["settings"])
    text = run("plugins").stdout
    assert "testcard" in text
    assert found["rtsp"]["summary"] in text


def test_setup_needs_a_person_at_a_console(tmp_path: Path) -> None:
    settings = tmp_path / "a.toml"
    settings.write_text(f'state = "{tmp_path}"\n', encoding="utf-8")
    done = run("--settings", str(settings), "setup")
    assert done.returncode == 2
    assert "console" in done.stderr
    assert not (tmp_path / "office").exists()


def test_D_22_a_pack_is_checked_before_anybody_proposes_it(tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    file.write_bytes(shipped_bytes())
    done = run("pack", "check", str(file))
    assert (done.returncode, done.stdout.strip()) == (
        0,
        f"{file}: in order. Version 113-09-27-2 of 臺北市萬華區戶政事務所, in force from 2024-09-27; "
        "36 articles; said to be missing: 九",
    )
    file.write_bytes(
        shipped_bytes().replace(b"floor_days = 31", b"floor_days = 3").replace(b"brake_days", b"brakedays")
    )
    done = run("pack", "check", str(file))
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        f"{file}: numbers.brakedays: it is not known here; remove it, or look for a misspelt name",
        f"{file}: numbers.floor_days: 3 is under 31 (七(一), D-01); write 31 to 333",
        f"{file}: numbers.brake_days: it is missing; write it",
    ]
    assert json.loads(run("pack", "check", str(file), "--json").stdout)["wrong"][1]["code"] == "under"
    assert "cannot be read" in run("pack", "check", str(tmp_path / "none.toml")).stderr
