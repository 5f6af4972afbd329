"""The documents: links lead somewhere, settings and commands in them are the real ones, nothing stray is committed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import click
import msgspec
import pytest

from appliance.cli import main
from appliance.core.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (document.parent / target).exists(), f"{document}: {target} is not there"


def _committed() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return listed.split("\n")[:-1]


def test_a_module_is_named_by_where_it_lies() -> None:
    """In documents, docstrings and comments; a path may begin anywhere within its own, and ``*`` stands for anything. A
    decision tells of its day and is not rewritten; CONTRIBUTING has modules written (``test_repository.py``)."""
    files = _committed()
    texts = [ROOT / name for name in files if name.startswith("appliance/") and name.endswith(".py")]
    texts += [each for each in DOCS if each.parent.name != "decisions" and each.name != "CONTRIBUTING.md"]
    named = re.compile(r"(?<![\w./-])(?:[\w.*-]+/)+[\w*-]+\.py\b")
    wrong = []
    for text in texts:
        for path in set(named.findall(text.read_text(encoding="utf-8"))):
            lies = re.compile("(?:^|/)" + re.escape(path).replace(r"\*", "[^/]*") + "$")
            if not any(map(lies.search, files)):
                wrong.append(f"{text.relative_to(ROOT)}: {path}")
    assert not wrong


def _keys(value: dict[str, object], before: str = "") -> dict[str, object]:
    out: dict[str, object] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            out.update(_keys(inner, f"{before}{key}."))
        else:
            out[before + key] = inner
    return out


def test_the_settings_reference_has_every_key_with_its_default() -> None:
    reference = tomllib.loads((ROOT / "deploy/appliance.toml").read_text(encoding="utf-8"))
    assert _keys(reference) == _keys(msgspec.json.decode(msgspec.json.encode(Settings())))


def test_commands_in_the_readme_exist_and_every_command_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in re.findall(r"(deploy/[a-z_.]*[a-z])", text):
        assert (ROOT / command).exists(), command
    for name, command in main.commands.items():
        if not command.hidden:
            assert f"appliance {name}" in text, f"README does not name `appliance {name}`"
        if isinstance(command, click.Group):
            for inner in command.commands:
                assert f"appliance {name} {inner}" in text


def test_no_machine_path_and_no_registry_host_is_committed() -> None:
    here = re.escape(f"{ROOT.parent}/") if ROOT.parent not in (Path("/tmp"), Path("/")) else "(?!)"
    wrong = re.compile(rf"{here}|/home/[a-z]+/|--(extra-)?index-url|https?://[^ )]*(pypi|npmjs|debian)")
    found = []
    for name in _committed():
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".toml", ".sh", ".js", ".css", ".html", ""}
            and path.name != Path(__file__).name
        ):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if wrong.search(line):
                    found.append(f"{name}:{number}")
    assert not found
