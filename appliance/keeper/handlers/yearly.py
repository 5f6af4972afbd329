"""The yearly statistics, for pages: counts alone (``T-88``)."""

from __future__ import annotations

from typing import Any

from appliance.core.errors import NotFound
from appliance.keeper.context import Keeper
from appliance.keeper.rights import require
from appliance.protocol.transport import Message, Reply
from appliance.rules.deadlines import day_of

__all__ = ["VERBS"]


def _statistics(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The figures of a year, the present one where none is named, with the day up to which that one has come; and the
    years that there are."""
    require(keeper, arguments, "see-statements")
    last = day_of(keeper.clock.wall_ns()).year
    first = min(last, day_of(keeper.stores.office.office.created_ns).year)
    text = str(arguments.get("year") or last)
    if not text.isdecimal() or not first <= int(text) <= last:
        raise NotFound(f"statistics: {text[:8]} is no year of this office; it has {first} to {last}")
    sections = keeper.year_figures.of(int(text))
    told = [{"code": each.code, "figures": [list(figure) for figure in each.figures]} for each in sections]
    as_of = day_of(keeper.clock.wall_ns()).isoformat() if int(text) == last else ""
    return Reply({"year": int(text), "years": list(range(last, first - 1, -1)), "as_of": as_of, "sections": told})


VERBS = {"statistics": _statistics}
