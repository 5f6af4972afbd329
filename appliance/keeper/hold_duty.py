"""What the keeper does by itself about holds and pins: ends those whose time is over, and tells people beforehand."""

from __future__ import annotations

from appliance.keeper.log import say
from appliance.keeper.opening import Keeper

__all__ = ["settle", "warn"]

_WARNINGS = ("hold-due-", "hold-ceiling-", "pin-ceiling-")


def settle(keeper: Keeper) -> None:
    """Lapses what is overdue, and orders destroyed what of ended holds is past its ceiling. Raises as destruction."""
    for held in keeper.settlement.turn():
        say(f"hold {held.number} lapsed")


def warn(keeper: Keeper) -> None:
    """Opens and clears the findings of holds. Dates count in trusted time alone; until then what is open stays."""
    keeper.findings.set("holds-share", "storage", keeper.hold_watch.crowding())
    if not keeper.destruction.time_trusted():
        return
    warnings = keeper.hold_watch.warnings()
    for finding in keeper.findings.all():
        if finding.key.startswith(_WARNINGS) and finding.key not in warnings:
            keeper.findings.clear(finding.key)
    for key, text in warnings.items():
        keeper.findings.open(key, "storage", text)
