"""``docs/rules.md``: a rule has one row in each table, and every test that a row names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (`[A-Z]+-\d+`|[^|` -]+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"(?:(?<=test_)|(?<=_))(AT|INV|T|D)_(\d\d)(?=_)", re.IGNORECASE)
PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")


@cache
def _tests(path: str) -> frozenset[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("table", PAGE.split("\n## ")[1:], ids=lambda table: table.partition("\n")[0])
def test_every_test_that_is_named_is_there(table: str) -> None:
    rows = ROW.findall(table)[1:]  # the first is the heading
    assert len(rows) > 15
    assert len({rule for rule, _ in rows}) == len(rows), "a rule has two rows"
    for rule, tests in rows:
        named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::(\w+)`", tests)
        assert len(named) == tests.count("::") > 0, f"{rule}: {tests}"
        for path, name in named:
            assert name in _tests(path), f"{rule}: {path} has no {name}"


def test_every_rule_of_keeping_has_its_row() -> None:
    """But for those that the end of the page leaves to later parts."""
    known = {rule.strip("`") for rule, _ in ROW.findall(PAGE)}
    assert {f"AT-{number}" for number in range(19, 25)} <= known
    assert {"INV-01", "INV-02", "INV-03", "INV-09", "INV-24", "INV-26"} <= known
    assert {f"T-{number:02d}" for number in range(1, 21)} <= known
    assert {f"T-{number}" for number in range(55, 64) if number != 60} <= known


def test_a_test_that_is_named_after_a_rule_of_the_page_is_in_its_row() -> None:
    rows: dict[str, str] = {}
    for rule, tests in ROW.findall(PAGE):
        rows[rule.strip("`")] = rows.get(rule.strip("`"), "") + tests
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")}
    named = [
        (f"{kind.upper()}-{number}", f"`{path}::{name}`")
        for path in sorted(files)
        for name in sorted(_tests(path))
        for kind, number in NAMED.findall(name)
    ]
    assert len(named) > 100
    missing = [(rule, test) for rule, test in named if rule in rows and test not in rows[rule]]
    assert not missing, "docs/rules.md: these tests are named after a rule and do not stand in its row"
