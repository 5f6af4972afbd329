"""A search of the network for cameras that nobody registered (``AT-03``): a person begins it, the recorder does it."""

from __future__ import annotations

from appliance.keeper.context import Keeper
from appliance.rules.cameras.wiring import Searched

__all__ = ["begin_search"]

_LONGEST_NS = 30 * 1_000_000_000
"""A search that did not answer by then is over."""


def begin_search(keeper: Keeper) -> int:
    """The number of a new search, or of the one that goes on."""
    with keeper.lock:
        last, now_ns = keeper.search, keeper.clock.wall_ns()
        going = last.number and not last.done_ns
        if not going or now_ns - last.asked_ns > _LONGEST_NS:
            keeper.search = Searched(number=last.number + 1, asked_ns=now_ns)
        return keeper.search.number
