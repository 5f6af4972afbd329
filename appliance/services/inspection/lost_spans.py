"""What a camera lost while it was under a repair ticket, noted as a gap of its own (domain 2.6). Pure.

It is noted a minute after the repair was verified, when all that is being recorded is durable; of a repair that takes
long, every 25 days as well: what is younger than the floor was not destroyed, so what is missing of it was never there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.core.model import Span, merge
from appliance.rules.deadlines import DAY_NS
from appliance.services.inspection.daybook import TicketFile
from appliance.vault.index.gaps import HAIRLINE_NS, REPAIR

__all__ = ["due", "noted"]

_DURABLE_NS = 60 * 1_000_000_000
_EACH_NS, _LONGEST_NS = 25 * DAY_NS, 31 * DAY_NS
_MOST_SPANS = 200


def due(files: Sequence[TicketFile], now_ns: int) -> list[tuple[TicketFile, Span]]:
    """The tickets of whose time something is to be noted now, and what."""
    return [(file, span) for file in files if (span := _due(file, now_ns)) is not None]


def _due(file: TicketFile, now_ns: int) -> Span | None:
    mended_ns = file.ticket.mended_ns
    begin = max(file.noted_ns or file.found_ns, now_ns - _LONGEST_NS)
    end = mended_ns or now_ns
    waits = now_ns - mended_ns < _DURABLE_NS if mended_ns else now_ns - begin < _EACH_NS
    return None if not file.camera_no or waits or begin >= end else Span(begin, end)


def noted(file: TicketFile, span: Span, lost: Sequence[Span]) -> dict[str, Any]:
    """The clear part of the entry: of ``span`` there is no footage in ``lost``. Of more parts than an entry holds the
    longest are named; their length is that of all."""
    parts = merge(lost, join_ns=HAIRLINE_NS)
    named = sorted(sorted(parts, key=lambda part: part.start_ns - part.end_ns)[:_MOST_SPANS])
    return {
        "ticket": file.ticket.number,
        "camera_no": file.camera_no,
        "start_ns": span.start_ns,
        "end_ns": span.end_ns,
        "cause": f"{REPAIR}:{file.ticket.number}",
        "spans": [[part.start_ns, part.end_ns] for part in named],
        "lost_ns": sum(part.end_ns - part.start_ns for part in parts),
    }
