"""docs/checks.md is true: its code runs, its tables are those of the records, of the suite and of the settings."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from appliance.api import BoxVitals, Check, CheckSetting, Fault, Injection
from appliance.api.registry import BUILT_IN, load_plugins
from appliance.selftest.healthy_samples import healthy
from appliance.selftest.measures import MEASURES
from appliance.testing.checks import CheckContract
from appliance.testing.skeleton import new_plugin

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "checks.md").read_text(encoding="utf-8")
CHECKS = load_plugins(BUILT_IN).checks


def section(check: Check) -> str:
    """What the page must say of a check that ships."""
    lines = [
        f"### `{check.name}`",
        "",
        check.summary,
        "",
        "| fault | raised after | cleared after | says |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{fault.code}` | {fault.raise_seconds:g} s | {fault.clear_seconds:g} s | {fault.summary} |"
        for fault in check.faults
    ]
    lines += ["", "| setting | default | from | to | meaning |", "|---|---|---|---|---|"]
    lines += [
        f"| `{each.name}` | {each.default:g} | {each.least:g} | {each.most:g} | {each.summary} |"
        for each in check.settings
    ]
    return "\n".join(lines) + "\n"


def _first_cells(head: str) -> list[str]:
    table = TEXT[TEXT.index(f"\n| {head}") + 1 :].split("\n\n")[0]
    return [row.split(" | ")[0].strip("| `") for row in table.split("\n")[2:]]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL), ids=lambda code: code[:30])
def test_its_code_runs(code: str) -> None:
    exec(compile(code, "docs/checks.md", "exec"), {})


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_that_ships_stands_there_as_declared(name: str) -> None:
    assert section(CHECKS[name]) in TEXT


def test_no_other_check_stands_there() -> None:
    assert re.findall(r"^### `(\w+)`", TEXT, re.MULTILINE) == list(CHECKS)


def test_fields_and_the_suite_are_explained() -> None:
    assert sorted(_first_cells("field of a check")) == sorted(field.name for field in dataclasses.fields(Check))
    asked = [name.removeprefix("test_").replace("_", " ") for name in dir(CheckContract) if name.startswith("test_")]
    assert sorted(_first_cells("of a check")) == sorted(asked)
    for record in (CheckSetting, Fault, Injection):
        for field in record._fields:
            assert f"`{field}`" in TEXT


def test_the_evaluation_says_of_every_fault_that_ships_how_well_it_is_found() -> None:
    evaluation = (DOCS / "evaluation.md").read_text(encoding="utf-8")
    assert {
        fault.code for check in CHECKS.values() for fault in check.faults if f"`{fault.code}`" not in evaluation
    } == set()


def test_every_measure_of_the_box_stands_there_and_the_made_box_tells_them_all() -> None:
    for each in MEASURES:
        assert f"| `{each.name}` | {each.unit} | {each.per or 'box'} | {each.summary} |" in TEXT
    (vitals,) = healthy("box", 1)
    assert isinstance(vitals, BoxVitals)
    told = {name.split(".", 1)[0] for name in vitals.values}
    assert told == {each.name for each in MEASURES}


def test_a_new_check_works_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = new_plugin("check", "cobweb", str(tmp_path))
    (module,) = [path for path in written if path.endswith("office_recorder_cobweb.py")]
    spoken: dict[str, object] = {}
    exec(compile(Path(module).read_text(encoding="utf-8"), module, "exec"), spoken)
    (check,) = spoken["register_checks"]()  # type: ignore[operator]

    class Suite(CheckContract):
        plugin, check_name = "cobweb", "cobweb"

    monkeypatch.setattr(Suite, "check", check)
    suite = Suite()
    for name in dir(suite):
        if name.startswith("test_") and "heavy" not in name:
            getattr(suite, name)()
