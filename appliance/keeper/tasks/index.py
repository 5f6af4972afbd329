"""The index while the keeper runs: held against the catalogue once a day, made anew when it is in doubt, and told."""

from __future__ import annotations

import contextlib

from appliance.core.errors import Unavailable
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.keeper.tasks.damage import tell_missing
from appliance.vault.ring.ring import Ring

__all__ = ["IndexWatch"]


class IndexWatch:
    """What the start found is told already (``keeper/startup.py``)."""

    def __init__(self, ring: Ring, disk_watch: DiskWatch, findings: Findings) -> None:
        self._ring, self._disk_watch, self._findings = ring, disk_watch, findings
        self._reported = ring.index.made

    def compare(self) -> None:
        """Half a minute for a million files; nobody waits for it. Raises Damaged where the catalogue does not open."""
        with contextlib.suppress(Unavailable), self._ring.index.anew() as truth:
            self._ring.compare_index(truth)

    def look(self) -> None:
        """An index that viewing, the scrub or ``verify`` came to doubt. Raises Unavailable while it cannot be made."""
        index = self._ring.index
        if self._disk_watch.is_there and index.doubt:
            with self._ring.lock:
                if index.doubt:
                    index.rebuild(index.doubt)
        if index.changed:
            text = f"the index was not what the catalogue says: {index.changed}; run `appliance verify`"
            self._findings.open("index-changed", "storage", text)
        if index.made != self._reported and not index.doubt:
            self._reported = index.made
            say(f"made the index anew: {index.rebuilt}")
            tell_missing(self._findings, index)
