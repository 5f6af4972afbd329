"""docs/plugins.md is true: its code runs or stands in the example; hooks, names, settings and claims are checked."""

from __future__ import annotations

import ast
import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from appliance import api
from appliance.api import Setting, SourceKind, hookspecs
from appliance.api.registry import BUILT_IN, load_plugins
from appliance.cli import main
from appliance.testing import SourceContract

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "plugins.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- from (?P<source>\S+) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)```", re.DOTALL)
BLOCKS = [match.groupdict() for match in BLOCK.finditer(TEXT)]
KINDS = load_plugins(BUILT_IN).sources
TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def _blocks(language: str, *, quoted: bool) -> list[dict[str, Any]]:
    return [block for block in BLOCKS if block["language"] == language and bool(block["source"]) == quoted]


def _rows(head: str) -> list[list[str]]:
    """The cells of the table whose head begins with ``head``."""
    lines = TEXT[TEXT.index(f"\n| {head}") + 1 :].split("\n")
    table = [line for at, line in enumerate(lines) if all(each.startswith("|") for each in lines[: at + 1])]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]]


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert {block["language"] for block in BLOCKS} == {"python", "sh", "toml"}
    assert len(_blocks("python", quoted=True)) >= 5


@pytest.mark.parametrize("block", [b for b in BLOCKS if b["source"]], ids=lambda block: block["code"][:40])
def test_quoted_code_stands_in_its_source(block: dict[str, Any]) -> None:
    assert block["code"] in (DOCS / block["source"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("block", _blocks("python", quoted=False), ids=lambda block: block["code"][:40])
def test_other_python_runs(block: dict[str, Any]) -> None:
    exec(compile(block["code"], "docs/plugins.md", "exec"), {})


@pytest.mark.parametrize("block", _blocks("toml", quoted=False), ids=lambda block: block["code"][:40])
def test_other_toml_is_a_settings_file(block: dict[str, Any]) -> None:
    assert set(tomllib.loads(block["code"])) == {"plugins"}


def test_commands_do_what_the_page_says(tmp_path: Path) -> None:
    (block,) = _blocks("sh", quoted=False)
    new, install, test = block["code"].splitlines()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        done = CliRunner().invoke(main, new.split()[1:])
        assert done.exit_code == 0, done.output
        assert Path(install.split()[-1]).is_dir()
    asked = CliRunner().invoke(main, [*test.split()[1:3], "source_picamera"])
    assert asked.exit_code == 0, asked.output
    assert "it imports without heavy libraries" in asked.output


def test_every_hook_and_field_is_documented() -> None:
    hooks = {name for name in hookspecs.__all__ if name.startswith("register_")}
    assert {row[0].strip("`") for row in _rows("hook |")} == hooks
    assert [row[0].strip("`") for row in _rows("field |")] == [field.name for field in dataclasses.fields(SourceKind)]
    for field in Setting._fields:
        assert f"`{field}`" in TEXT


def test_every_name_of_the_api_is_documented_once() -> None:
    names = [name for row in _rows("name |") for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(names) == sorted(api.__all__)


def test_every_check_of_the_contract_is_explained() -> None:
    checks = [name.removeprefix("test_").replace("_", " ") for name in dir(SourceContract) if name.startswith("test_")]
    assert sorted(row[0] for row in _rows("check |")) == sorted(checks)


@pytest.mark.parametrize("name", KINDS)
def test_every_setting_is_documented_as_declared(name: str) -> None:
    section = TEXT[TEXT.index(f"### `{name}`") :]
    section = section[: section.index("\n##", 5)]
    assert KINDS[name].summary in section
    rows = [line for line in section.split("\n") if line.startswith("| `")]
    assert rows == [_row(setting) for setting in KINDS[name].settings]


def _row(setting: Setting) -> str:
    default = "empty" if setting.default == "" else f"`{setting.default!r}`".replace("'", '"')
    words = "required" if setting.required else default
    if setting.secret:
        words += ", secret"
    return f"| `{setting.name}` | {TYPES[setting.type]} | {words} | {setting.summary} |"


def test_the_quality_table_claims_what_tests_show() -> None:
    rows = {row[0].strip("`"): row[1:] for row in _rows("kind | level")}
    assert set(rows) == set(KINDS)
    for kind, (level, *cells) in rows.items():
        shown = [cell for cell in cells if "::" in cell]
        for cell in shown:
            file, _, name = cell.strip("`").partition("::")
            tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}, cell
        for cell in cells:
            assert cell in shown or cell.startswith(("not tried", "not needed")), f"{kind}: {cell}"
        proven = all(cell in shown for cell in cells[:4])
        assert level == ("proven" if proven else "tried" if cells[0] in shown else "untried"), kind


def test_plugins_import_only_what_they_may() -> None:
    files = list((Path(api.__file__).parents[1] / "plugins").rglob("*.py"))
    assert len(files) > 20
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert not name.startswith("appliance") or name.startswith(("appliance.api", "appliance.plugins.")), (
                    file
                )
