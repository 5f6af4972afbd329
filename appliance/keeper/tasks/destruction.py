"""Routine destruction, and what of it is a finding."""

from __future__ import annotations

from appliance.core.errors import RecorderError
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.rules.retention import Danger
from appliance.vault.ring.destruction import Destruction

__all__ = ["DestructionTask"]


class DestructionTask:
    """A destruction that failed stays a finding while it rests, until one comes about (``T-61``)."""

    def __init__(self, destruction: Destruction, disk_watch: DiskWatch, findings: Findings) -> None:
        self._destruction, self._disk_watch, self._findings = destruction, disk_watch, findings

    def turn(self) -> None:
        """Nothing is destroyed on another disk or an older copy: that finding says so, and nothing failed."""
        if self._disk_watch.trouble:
            return
        try:
            batch = self._destruction.routine()
        except (RecorderError, OSError) as error:
            text = f"destruction failed and is tried again: {error}"
            self._findings.open("destruction-failed", "storage", text)
            return
        if batch is None:
            return
        self._findings.clear("destruction-failed")
        if batch.destroyed:
            say(f"destroyed {len(batch.destroyed)} buckets past their term")
        texts = {danger.kind: _danger_text(danger) for danger in batch.verdict.danger}
        for kind in ("time", "index", "brake", "space", "overdue", "ceiling", "undated"):
            self._findings.set(f"retention-{kind}", "storage", texts.get(kind, ""))


def _danger_text(danger: Danger) -> str:
    count = len(danger.bucket_ids)
    return {
        "time": "the clock is not trusted; nothing is destroyed until it is",
        "index": "the index is in doubt; nothing is destroyed until it is rebuilt",
        "brake": f"{count} buckets are due, more than may go in a day; two people must allow it",
        "space": f"{danger.amount} bytes are needed that no eligible footage can give",
        "overdue": f"{count} buckets have outlived their ceiling",
        "ceiling": f"{count} pinned or held buckets reach their ceiling in {danger.amount} days",
        "undated": f"{count} buckets were recorded in untrusted time and have no date to count from",
    }.get(danger.kind, danger.kind)
