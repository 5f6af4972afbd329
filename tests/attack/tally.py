"""What was tried in an attack round, counted, and the row of ``docs/security.md`` that tells it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

__all__ = ["PAGE", "Tally", "row_of"]

PAGE = Path(__file__).parents[2] / "docs/security.md"
_ROW = re.compile(r"^\| ([^|]+) \| ([\d,]+) \| (\d+) \| (\d+) \| `(tests/[a-z0-9_/]+\.py)` \|$", re.MULTILINE)


class Tally:
    """``tried`` by the name of the attack; a request counts once it was sent."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()

    def count(self, attack: str, times: int = 1) -> None:
        self.tried[attack] += times

    @property
    def total(self) -> int:
        return sum(self.tried.values())


def row_of(module: str) -> tuple[int, int, int]:
    """(tried at least, failures found, failures left) of the page's rows of one module, added up."""
    rows = [found.groups() for found in _ROW.finditer(PAGE.read_text(encoding="utf-8")) if found[5] == module]
    assert rows, f"{PAGE.name} has no row of {module}"
    tried, found, left = (sum(int(row[at].replace(",", "")) for row in rows) for at in (1, 2, 3))
    return tried, found, left
