"""What is said to be the longest is there, and everything is handed out in the order that was meant."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.scheduling import LONGEST, order

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", LONGEST)
def test_each_of_the_longest_is_there(name: str) -> None:
    file, _, test = name.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert not test or test.partition("[")[0] in functions


def test_the_longest_begin_and_files_with_tests_alone_end() -> None:
    def item(nodeid: str, alone: bool = False) -> Any:
        return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda name: alone or None)

    last, first = item("tests/a.py::test_2", alone=True), item(LONGEST[1])
    beside, plain = item("tests/a.py::test_1"), item(LONGEST[1].partition("::")[0] + "::test_short")
    second = item(LONGEST[3] + "::test_any")
    items = [last, beside, plain, second, first]
    order(items)
    assert items == [first, second, plain, last, beside]
