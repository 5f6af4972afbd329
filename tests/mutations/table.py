"""The mutations of each rule, out of ``table.toml``.

``of`` and ``change``: what is done to the product (``changes.py``). ``test``: the rule's own test that must fail.
``neighbour``: a test of another act, which must pass, so that the change is of the rule and did not break everything.
``by = "stranger"``: the change was written from the rules and the product by somebody who had not read the tests.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.mutations.changes import Change

__all__ = ["ROOT", "STRANGER", "Mutation", "mutations"]

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("table.toml")
STRANGER = "stranger"


class Mutation(NamedTuple):
    rule: str
    change: Change
    test: str
    neighbour: str
    by: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.change}"


@cache
def mutations() -> Mapping[str, tuple[Mutation, ...]]:
    """By rule, in the order of the table."""
    told = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {
        rule: tuple(
            Mutation(rule, Change(row["of"], row["change"]), row["test"], row["neighbour"], row.get("by", ""))
            for row in rows
        )
        for rule, rows in told.items()
    }
