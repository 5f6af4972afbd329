"""What the keeper does by itself about holds and pins: ends those whose time is over, and tells people beforehand."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.keeper.stores import Stores
from appliance.rules.retention import Hold
from appliance.services.cases.book import CaseBook
from appliance.services.cases.ports import CasePorts
from appliance.services.holds.holds import HoldBook
from appliance.services.retention.settlement import Settlement
from appliance.services.retention.warnings import HoldWatch

__all__ = ["HoldTasks", "living_holds"]

_WARNINGS = ("hold-due-", "hold-ceiling-", "pin-ceiling-")


def living_holds(stores: Stores, clock: Clock) -> list[Hold]:
    """What cases and holds keep, for a command at the console that has the stores open in the keeper's place."""
    cases = CaseBook(stores.acts, stores.ledger, clock, CasePorts(), pseudonym_key=stores.office.box_keys.records_key)
    holds = HoldBook(stores.acts, stores.ledger, clock, cameras=tuple, trusted=lambda: False)
    return [*cases.holds(), *holds.holds()]


class HoldTasks:
    """``time_trusted``: whether dates may be counted now."""

    def __init__(
        self, settlement: Settlement, watch: HoldWatch, findings: Findings, time_trusted: Callable[[], bool]
    ) -> None:
        self._settlement, self._watch = settlement, watch
        self._findings, self._time_trusted = findings, time_trusted

    def settle(self) -> None:
        """Lapses what is overdue, and orders destroyed what of ended holds is past its ceiling. Raises as
        destruction."""
        for held in self._settlement.turn():
            say(f"hold {held.number} lapsed")

    def warn(self) -> None:
        """Opens and clears the findings of holds. Dates count in trusted time alone; until then what is open stays."""
        self._findings.set("holds-share", "storage", self._watch.crowding())
        if not self._time_trusted():
            return
        warnings = self._watch.warnings()
        for finding in self._findings.all():
            if finding.key.startswith(_WARNINGS) and finding.key not in warnings:
                self._findings.clear(finding.key)
        for key, text in warnings.items():
            self._findings.open(key, "storage", text)
