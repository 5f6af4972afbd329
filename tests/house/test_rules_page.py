"""``docs/rules.md``: every rule has a row of its own, and every test that a row names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (`[A-Z]+-\d+`|[^|` -]+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")


@cache
def _tests(path: str) -> frozenset[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_test_that_is_named_is_there() -> None:
    rows = ROW.findall(PAGE)[1:]  # the first is the heading
    assert len(rows) > 20
    assert len({rule for rule, _ in rows}) == len(rows), "a rule has two rows"
    for rule, tests in rows:
        named = re.findall(r"`(tests/[a-z_/]+\.py)::(\w+)`", tests)
        assert len(named) == tests.count("::") > 0, f"{rule}: {tests}"
        for path, name in named:
            assert name in _tests(path), f"{rule}: {path} has no {name}"


def test_a_test_that_is_named_after_a_rule_of_keeping_is_in_its_row() -> None:
    """Rules in the page are those of ``T-01`` to ``T-08``, ``T-12`` to ``T-19`` and the invariants of retention."""
    known = set(re.findall(r"^\| `([A-Z]+-\d+)`", PAGE, re.MULTILINE))
    assert {"AT-20", "AT-21", "INV-01", "INV-02", "INV-03", "INV-24", "T-62", "T-63"} <= known
    assert {f"T-{number:02d}" for number in (*range(1, 9), *range(12, 20))} <= known
