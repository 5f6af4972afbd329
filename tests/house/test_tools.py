"""Lint, types and import layers, as tests: one command runs everything and one closing line says how it went."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["importlinter.cli"],
    ],
    ids=["lint", "format", "types", "layers"],
)
def test_tool_is_content(command: list[str]) -> None:
    if command == ["importlinter.cli"]:
        code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
        run = [sys.executable, "-c", code]
    else:
        run = [sys.executable, "-m", *command]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
