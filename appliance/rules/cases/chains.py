"""The tables of requests, and that of a case whose pack has no secretary in the chain (``D-09``, ``D-22``). Pure.

A shorter chain is the same table without the rows of SEC_REVIEW; what led there leads to DECISION. Ids stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.rules.cases.agency import AGENCY
from appliance.rules.cases.citizen import CITIZEN
from appliance.rules.cases.facts import Case
from appliance.rules.cases.internal import INTERNAL
from appliance.rules.cases.rows import Row
from appliance.rules.cases.states import Kind, State

__all__ = ["TABLES", "row_named", "rows_of"]

TABLES: Mapping[Kind, tuple[Row, ...]] = MappingProxyType({Kind.CIT: CITIZEN, Kind.INT: INTERNAL, Kind.AGY: AGENCY})


def _without_secretary(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(
        row._replace(target=State.DECISION) if row.target is State.SEC_REVIEW else row
        for row in rows
        if row.sources != (State.SEC_REVIEW,)
    )


_SHORT = MappingProxyType({kind: _without_secretary(rows) for kind, rows in TABLES.items()})


def rows_of(case: Case) -> tuple[Row, ...]:
    """The table that the case goes by."""
    return TABLES[case.kind] if case.terms.secretary else _SHORT[case.kind]


def row_named(case: Case, row_id: str) -> Row | None:
    """The row that an entry of the case names; None for none."""
    return next((row for row in rows_of(case) if row.id == row_id), None)
