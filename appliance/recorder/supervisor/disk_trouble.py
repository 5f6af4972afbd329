"""What is wrong with the disk as the recorder sees it, in sentences, until it has been well for a while. Pure.

The supervisor notes, the keeper is told with every report of states and makes findings of it: ``disk-write``,
``disk-sync``, ``disk-slow``, ``disk-away``.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.recorder.supervisor.syncer import SLOW_NS, Synced

__all__ = ["WELL_AFTER_NS", "DiskTrouble"]

WELL_AFTER_NS = 60_000_000_000
"""A fault that was not seen again for this long is over: one that comes and goes is one finding, not a hundred."""


class DiskTrouble:
    """Times are boot time."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, int]] = {}
        self._stopping = False

    def stopping(self) -> None:
        """From now on a slow sync is none's business: all that is left is written at once and waited for."""
        self._stopping = True
        self._said.pop("disk-slow", None)

    def write_failed(self, now_ns: int, why: str) -> None:
        self._note(
            "disk-write",
            f"footage disk: it does not take what is written ({why}); cameras are not recorded, each tries again "
            "every 5 s; look at the disk and at how it is mounted",
            now_ns,
        )

    def away(self, now_ns: int, why: str) -> None:
        """What ``FootageDisk.wrong`` said; over at once when it says nothing."""
        if why:
            self._note("disk-away", why, now_ns)
        else:
            self._said.pop("disk-away", None)

    def synced(self, now_ns: int, synced: Synced) -> None:
        if synced.away:
            return
        if synced.error:
            self._note(
                "disk-sync",
                f"footage disk: a sync failed ({synced.error}); what was written since the one before is lost, its "
                "files are closed as damaged and others are begun; look at the disk",
                now_ns,
            )
        elif synced.took_ns > SLOW_NS and not self._stopping:
            self._note(
                "disk-slow",
                f"footage disk: a sync took {synced.took_ns / 1e9:.2f} s; over 0.3 s a power cut costs more than 2 s "
                "of footage; look at what else uses the disk, and at its health",
                now_ns,
            )

    def faults(self, now_ns: int) -> Mapping[str, str]:
        """What is wrong now, by key."""
        self._said = {key: (text, at) for key, (text, at) in self._said.items() if now_ns - at < WELL_AFTER_NS}
        return {key: text for key, (text, _) in self._said.items()}

    def _note(self, key: str, text: str, now_ns: int) -> None:
        """The first sentence stays while the fault does."""
        before = self._said.get(key)
        self._said[key] = (before[0] if before else text, now_ns)
