"""The own password, as tests of the keeper's verbs type it: where two people are at one browser, acts ask for it."""

from __future__ import annotations

from typing import Any

from appliance.core.errors import RecorderError
from appliance.keeper.context import Keeper
from tests.box import OFFICER, UNIT_HEAD

__all__ = ["proved"]

_OWN = {OFFICER.name: OFFICER.password, UNIT_HEAD.name: UNIT_HEAD.password}
_SIGNED = frozenset({
    "archive.begin", "case.ledger", "case.show", "masks.draw", "masks.remove", "picture.inspection", "picture.preview",
    "publication.check", "publication.post", "reference.show", "reference.take", "reference.withdraw", "scan.begin",
    "scan.original", "scan.strike", "ticket.advance", "ticket.report",
})  # fmt: skip


def proved(keeper: Keeper, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """``arguments`` with the password of the founder in the seat that acts, seat 1 where none is named; what has one,
    and whoever is alone, needs none."""
    if verb not in _SIGNED or "password" in arguments:
        return arguments
    try:
        seats = keeper.logins.session(str(arguments.get("session", "")), active=False).seats
    except RecorderError:
        return arguments
    at = next((seat.person for seat in seats if seat.seat == arguments.get("seat", 1)), "")
    return arguments | {"password": _OWN[at]} if len(seats) > 1 and at in _OWN else arguments
