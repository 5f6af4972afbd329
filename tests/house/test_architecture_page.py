"""``docs/architecture.md`` is true to the tree: its packages, their levels, the processes and who speaks to whom."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli.launcher import PROCESSES
from appliance.protocol.endpoints import ENDPOINTS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "appliance"
TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def _rows(head: str) -> list[list[str]]:
    table = TEXT[TEXT.index(f"\n| {head} |") + 1 :].split("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.split("\n")[2:]]


def _packages(folder: Path) -> set[str]:
    return {each.parent.name for each in folder.glob("*/__init__.py")}


PACKAGES = [(int(level), name.strip("`"), holds) for level, name, holds in _rows("level | package | holds")]


def test_every_package_has_its_row_and_every_row_its_package() -> None:
    named = [name for _, name, _ in PACKAGES]
    assert sorted(named) == sorted(_packages(PACKAGE))
    assert all(len(holds) > 20 for _, _, holds in PACKAGES), "each with a sentence"


def test_the_levels_are_the_layers_of_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each.get("containers") == ["appliance"]]
    of_contract = [set(layer.split(" | ")) for layer in layers if layer != "__main__"]
    levels = sorted({level for level, _, _ in PACKAGES})
    assert levels == list(range(1, len(levels) + 1))
    assert [{name for level, name, _ in PACKAGES if level == each} for each in levels] == of_contract
    assert [level for level, _, _ in PACKAGES] == sorted(level for level, _, _ in PACKAGES), "from the top"


@pytest.mark.parametrize(("name", "holds"), [(name, holds) for _, name, holds in PACKAGES])
def test_what_a_row_names_lies_in_its_package_and_no_subject_is_left_out(name: str, holds: str) -> None:
    named = set(re.findall(r"`(\w+)`", holds))
    there = {each.stem for each in (PACKAGE / name).iterdir() if each.suffix == ".py"} | _packages(PACKAGE / name)
    assert named - there == set()
    assert not named or _packages(PACKAGE / name) - named == set(), "a row that names some packages names all"


def test_the_processes_are_those_that_run() -> None:
    named = {row[0].strip("*") for row in _rows("process | does | holds | can never")}
    assert named == set(PROCESSES)


def _verbs(said: str) -> Iterator[str]:
    for verb in re.findall(r"`([\w.…-]+)`", said):
        yield from (name for name in ENDPOINTS if name.startswith(verb[:-1])) if verb.endswith("…") else (verb,)


def test_who_may_ask_which_verb_is_what_their_rows_say() -> None:
    words = {"the recorder": "recorder", "the command line": "console", "web": "web", "the keeper itself": "keeper"}
    told: dict[str, set[str]] = {}
    for verbs, who in _rows("verbs | may be asked by"):
        callers = {role for said, role in words.items() if re.search(rf"\b{said}\b", who)}
        told |= dict.fromkeys(_verbs(verbs), callers)
        if verbs == "all others":
            assert callers == {"web"}
    assert told.keys() <= ENDPOINTS.keys()
    for name, row in ENDPOINTS.items():
        assert told.get(name, {"web"}) == row.callers, name
