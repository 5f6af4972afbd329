"""Which cells of a case's row in 附件4 must be filled before the case is closed (八(六), ``AT-59``). Codes only.

What was viewed or copied, by whom, whether it was filmed and when a copy was destroyed depends on how far the case
came; a refusal, a withdrawal or nothing found is written into the same row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from appliance.rules.cases.facts import Case, CaseFacts
from appliance.rules.cases.states import Kind

__all__ = ["CELLS", "Cell", "cells_missing"]


class Cell(NamedTuple):
    """A cell of 附件4 and which cases must have it."""

    code: str
    column: int
    required: Callable[[Case, CaseFacts], bool]


def _always(_case: Case, _facts: CaseFacts) -> bool:
    return True


def _viewed(case: Case, _facts: CaseFacts) -> bool:
    return "viewed" in case.flags


def _delivered(case: Case, _facts: CaseFacts) -> bool:
    return "delivered" in case.flags


def _left_the_office(case: Case, facts: CaseFacts) -> bool:
    return _delivered(case, facts) or facts.otherwise.copied == "yes"


def _copied(case: Case, facts: CaseFacts) -> bool:
    return "viewing_copy" in case.flags or _left_the_office(case, facts)


def _otherwise(case: Case, _facts: CaseFacts) -> bool:
    return "otherwise" in case.flags


def _letter(case: Case, _facts: CaseFacts) -> bool:
    return case.kind is Kind.AGY


def _gaps(_case: Case, facts: CaseFacts) -> bool:
    """Where footage is partly missing, the row lists the gaps with their cause (``T-22``)."""
    return facts.existence in ("partly", "gap")


CELLS: tuple[Cell, ...] = (
    Cell("applicant", 2, _always),
    Cell("letter", 2, _letter),
    Cell("matter", 3, _always),
    Cell("cameras", 4, _always),
    Cell("minutes", 4, _always),
    Cell("copied", 4, _always),
    Cell("result", 4, _always),
    Cell("gaps", 4, _gaps),
    Cell("session", 4, _viewed),
    Cell("viewers", 4, _viewed),
    Cell("accompanied", 4, _viewed),
    Cell("filming", 4, _viewed),
    Cell("otherwise", 4, _otherwise),
    Cell("medium", 4, _left_the_office),
    Cell("destroyed", 4, _copied),
)


def cells_missing(case: Case, facts: CaseFacts) -> tuple[str, ...]:
    """The codes of required cells that are empty, as ``cell_<code>``."""
    return tuple(f"cell_{cell.code}" for cell in CELLS if cell.required(case, facts) and cell.code not in facts.cells)
