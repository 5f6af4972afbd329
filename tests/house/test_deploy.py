"""The commands of deploy: what they make of an environment that was broken off, and of paths that a person types."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BACKEND = """
import pathlib, zipfile

def get_requires_for_build_editable(config_settings=None):
    return []

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "thing-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w") as wheel:
        wheel.writestr("thing.py", "")
        wheel.writestr("thing-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: thing\\nVersion: 1\\n")
        wheel.writestr("thing-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("thing-1.dist-info/RECORD", "")
    return name
"""
_PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "thing"
version = "1"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that needs no library, so that real environments are made of it without a network."""
    (tmp_path / "deploy" / "locks").mkdir(parents=True)
    (tmp_path / "deploy" / "locks" / "run.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text(_PROJECT)
    (tmp_path / "backend.py").write_text(_BACKEND)
    return tmp_path


def _make(checkout: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    script = f'set -euo pipefail\n. "$1"\n{before}\nmake_environment .venv "$2" run'
    return subprocess.run(
        ["bash", "-c", script, "bash", ROOT / "deploy" / "common.sh", sys.executable],
        cwd=checkout, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def _holds(checkout: Path, *modules: str) -> bool:
    done = subprocess.run([checkout / ".venv/bin/python", "-c", f"import {', '.join(modules)}"], check=False)
    return done.returncode == 0


def test_an_environment_that_was_broken_off_before_it_had_pip_is_made_anew(checkout: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    done = _make(checkout)
    assert done.returncode == 0, done.stderr
    assert "making .venv" in done.stderr
    assert _holds(checkout, "pip", "thing")


def test_a_renewal_that_was_broken_off_is_made_anew_and_a_whole_one_is_left_alone(checkout: Path) -> None:
    assert _make(checkout).returncode == 0
    done = _make(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    (checkout / "deploy" / "locks" / "run.txt").write_text("# renewed\n")
    broken = _make(checkout, "install_lock() { rm -r .venv/lib/python*/site-packages/pip; exit 130; }")
    assert broken.returncode == 130
    assert "making" not in broken.stderr
    done = _make(checkout)
    assert done.returncode == 0, done.stderr
    assert _holds(checkout, "pip", "thing")
    assert _make(checkout).stderr == ""


def test_paths_on_the_command_line_are_those_of_the_folder_it_was_typed_in(tmp_path: Path) -> None:
    root, here = tmp_path / "check out", tmp_path / "films"
    for folder in (root / "deploy", root / ".venv" / "bin", here):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "run", root / "deploy" / "run")
    (root / "deploy" / "common.sh").write_text(
        "PAPER_PACKAGES=(none)\nneed_packages() { :; }\nsay() { :; }\n"
        'ensure_venv() { ! read -r && [ "$PWD" = "${0%/deploy/run}" ]; }\n'
    )
    command = root / ".venv" / "bin" / "appliance"
    command.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$@"\ncat\n')
    command.chmod(0o755)
    done = subprocess.run(
        [root / "deploy" / "run", "--camera", "a film.mp4", "--camera", "-"],
        cwd=here, input="testcard\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    options = ["--or-trial", str(root / "var" / "trial"), "--camera", "a film.mp4", "--camera", "-"]
    assert done.stdout.splitlines() == [str(here), "run", *options, "testcard"]
