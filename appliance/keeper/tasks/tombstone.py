"""Replays the tombstones where something may have come back, before anybody is served, and makes a finding of it."""

from __future__ import annotations

from appliance.core.errors import NotWritable, Unavailable
from appliance.keeper.diskwatch import OLDER, DiskWatch
from appliance.keeper.findings import Findings
from appliance.keeper.stores import Stores
from appliance.vault.ring.tombstones import Tombstones

__all__ = ["BACK", "replay"]

BACK = "destroyed-back"


def replay(stores: Stores, disk_watch: DiskWatch, findings: Findings, *, whole: bool) -> frozenset[str]:
    """Names of files that came back and are gone again. ``whole``: the disk may hold anything, so all of it is listed.
    The finding stands until a replay finds nothing and the newest disk is back. Raises NotWritable; what cannot be seen
    because disk or index is away, which is told, is for when they are back. Nothing is removed on the word of a ledger
    that is not what the keeper left."""
    if stores.last_head.wrong:
        return frozenset()
    tombstones = Tombstones(stores.ring, stores.ledger)
    try:
        buckets = tombstones.replay_ledger()
        names = tombstones.replay_disk() if whole else ()
    except NotWritable:
        raise
    except (Unavailable, OSError):
        return frozenset()
    texts = []
    if buckets:
        texts.append(f"an older catalogue was put back; {len(buckets)} destroyed buckets in it are gone again")
    if names:
        texts.append(
            f"an older copy of the disk was put back; {len(names)} files of destroyed footage on it are gone again, "
            f"the first is {names[0]}; nothing opened them"
        )
    if texts or disk_watch.kind != OLDER:
        findings.set(BACK, "storage", "; ".join(texts))
    return frozenset(names)
