"""What of this keeper's work is in somebody's hands: the books that a hand-over goes through."""

from __future__ import annotations

from appliance.keeper.context import Keeper
from appliance.services.duties.handover import HandoverList

__all__ = ["handover_list"]


def handover_list(keeper: Keeper) -> HandoverList:
    return HandoverList(
        keeper.people.book,
        keeper.cases,
        keeper.holds,
        keeper.cameras,
        keeper.inspections,
        keeper.registers,
        keeper.clock.wall_ns(),
    )
