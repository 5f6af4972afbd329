"""Whether an index holds what the catalogue says: row by row against one that was made from the catalogue alone.

SQL and nothing else. Both are read in order and neither is ever as a whole in memory.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from typing import Any

__all__ = ["difference"]

_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
_OWN = {"id", "checked_ns"}
"""Columns that the catalogue says nothing of: where a row lies, and when the scrub last read its file."""


def difference(index: sqlite3.Connection, truth: sqlite3.Connection) -> str:
    """The first thing in which ``index`` is not as ``truth``, in words; "" where there is none. Raises sqlite3.Error.

    What lies beside the tables counts as well: a trigger, a view, or a tree that leads past rows that are there.
    """
    found = str(index.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        return f"integrity_check says: {found}"
    if index.execute(_SCHEMA).fetchall() != truth.execute(_SCHEMA).fetchall():
        return "its tables are not those that are made from the catalogue"
    for (table,) in truth.execute(_TABLES).fetchall():
        for here, there in itertools.zip_longest(_rows(index, table), _rows(truth, table)):
            if here != there:
                return f"a row of {table}{_whose(here or there)} is not as the catalogue has it"
    return ""


def _rows(db: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] not in _OWN]
    numbers = ", ".join(str(number) for number in range(1, len(columns) + 1))
    return db.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {numbers}")  # noqa: S608 -- our own names


def _whose(row: tuple[Any, ...]) -> str:
    """The bucket that a row is about, where it is about one."""
    return f", bucket {row[0].hex()}," if isinstance(row[0], bytes) else ""
