"""What a case keeps from destruction: out of its state, or of what its entries say in clear where that is not read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import msgspec

from appliance.ledger.entry import Entry
from appliance.rules.cases.facts import Case
from appliance.rules.cases.pins import pinned
from appliance.rules.cases.ranges import Scope
from appliance.rules.retention import Hold

__all__ = ["holds_in_clear", "holds_of"]


def holds_of(case: Case) -> list[Hold]:
    """What it asked for, with its margin, out to whole slots."""
    spans = [(each.camera_no, pinned(each.span)) for each in case.asked]
    return [Hold(camera_no, span.start_ns, span.end_ns) for camera_no, span in spans]


def holds_in_clear(entries: Iterable[Entry]) -> list[Hold]:
    """What the entries of a case pinned, told from their ranges alone; nothing once its pin ended."""
    holds: list[Hold] = []
    for entry in entries:
        if entry.kind == "pin.ended":
            return []
        with contextlib.suppress(msgspec.ValidationError):
            spans = msgspec.convert(entry.fields.get("rounded", ()), list[Scope])
            holds += [Hold(each.camera_no, each.start_ns, each.end_ns) for each in spans]
    return holds
