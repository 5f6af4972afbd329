"""Refused tries at footage: every one is in the ledger, and no flood of them can fill it.

The first tries of someone within a minute are an entry each, at once. Further ones are counted, and entered together
with their number when the minute is over.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.core.clock import Clock
from appliance.core.model import Span
from appliance.ledger.log import Ledger

__all__ = ["AT_ONCE", "MINUTE_NS", "Refusals", "asked_fields"]

AT_ONCE = 5
MINUTE_NS = 60 * 1_000_000_000
_LAST = (1 << 63) - 1
"""No entry holds a number further from 0."""


def asked_fields(camera_no: str, span: Span) -> dict[str, Any]:
    """What was asked for, as an entry has it: whatever a request said, it can be entered."""
    start_ns, end_ns = (max(-_LAST, min(moment, _LAST)) for moment in (span.start_ns, span.end_ns))
    return {"camera_no": camera_no[:40], "start_ns": start_ns, "end_ns": end_ns}


@dataclass
class _Minute:
    began_ns: int
    entered: int = 0
    counted: int = 0
    last: Mapping[str, Any] | None = None


class Refusals:
    """Thread-safe; ``kind``: of their entries. What is only counted lives in memory: a keeper that is killed loses the
    count of that minute."""

    def __init__(self, ledger: Ledger, clock: Clock, kind: str = "grant.refused") -> None:
        self._ledger, self._clock, self._kind = ledger, clock, kind
        self._minutes: dict[str, _Minute] = {}
        self._lock = threading.Lock()

    def enter(self, who: str, fields: Mapping[str, Any]) -> None:
        """``who``: the grant, look or session the try came from. Raises NotWritable."""
        with self._lock:
            self._flush(self._clock.boot_ns() - MINUTE_NS)
            minute = self._minutes.setdefault(who, _Minute(self._clock.boot_ns()))
            if minute.entered < AT_ONCE:
                self._ledger.append(self._kind, {**fields, "tries": 1})
                minute.entered += 1
            else:
                minute.counted += 1
                minute.last = fields

    def flush(self, *, all_of_them: bool = False) -> None:
        """Enters the counts of the minutes that are over, or all. Raises NotWritable."""
        with self._lock:
            self._flush(self._clock.boot_ns() - (0 if all_of_them else MINUTE_NS))

    def _flush(self, began_before_ns: int) -> None:
        for who, minute in list(self._minutes.items()):
            if minute.began_ns > began_before_ns:
                continue
            if minute.counted and minute.last:
                self._ledger.append(self._kind, {**minute.last, "tries": minute.counted})
            del self._minutes[who]
