"""What the keeper does by itself about holds and pins: ends those whose time is over, and tells people beforehand."""

from __future__ import annotations

from appliance.core.clock import Clock
from appliance.keeper.context import Keeper, Stores
from appliance.keeper.log import say
from appliance.rules.retention import Hold
from appliance.services.cases.book import CaseBook
from appliance.services.cases.ports import CasePorts
from appliance.services.holds.holds import HoldBook

__all__ = ["living_holds", "settle", "warn"]

_WARNINGS = ("hold-due-", "hold-ceiling-", "pin-ceiling-")


def living_holds(stores: Stores, clock: Clock) -> list[Hold]:
    """What cases and holds keep, for a command at the console that has the stores open in the keeper's place."""
    cases = CaseBook(stores.acts, stores.ledger, clock, CasePorts(), pseudonym_key=stores.office.box_keys.records_key)
    holds = HoldBook(stores.acts, stores.ledger, clock, cameras=tuple, trusted=lambda: False)
    return [*cases.holds(), *holds.holds()]


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
