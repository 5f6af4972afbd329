"""The index while the keeper runs: held against the catalogue once a day, made anew when it is in doubt, and told."""

from __future__ import annotations

import contextlib

from appliance.core.errors import Unavailable
from appliance.keeper.context import Keeper
from appliance.keeper.log import say
from appliance.keeper.tasks.damage import tell_missing

__all__ = ["IndexWatch"]


class IndexWatch:
    """What the start found is told already (``keeper/startup.py``)."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self._told = keeper, keeper.ring.index.made

    def compare(self) -> None:
        """Half a minute for a million files; nobody waits for it. Raises Damaged where the catalogue does not open."""
        with contextlib.suppress(Unavailable), self._keeper.ring.index.anew() as truth:
            self._keeper.ring.compare_index(truth)

    def look(self) -> None:
        """An index that viewing, the scrub or ``verify`` came to doubt. Raises Unavailable while it cannot be made."""
        keeper, index = self._keeper, self._keeper.ring.index
        if keeper.disk_watch.is_there and index.doubt:
            with keeper.ring.lock:
                if index.doubt:
                    index.rebuild(index.doubt)
        if index.changed:
            text = f"the index was not what the catalogue says: {index.changed}; run `appliance verify`"
            keeper.findings.open("index-changed", "storage", text)
        if index.made != self._told and not index.doubt:
            self._told = index.made
            say(f"made the index anew: {index.rebuilt}")
            tell_missing(keeper.findings, index)
