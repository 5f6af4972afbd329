"""A case of the first cut of four states as it is told: it stays visible, and its pin stands as it stood."""

from __future__ import annotations

from typing import Any

from appliance.rules.cases.views import AskedRange, CaseView, PinView
from appliance.rules.deadlines import day_of
from appliance.services.cases.first_cases import FirstCase

__all__ = ["first_map", "tell_first"]


def tell_first(case: FirstCase, *, grant: str = "", locations: dict[str, str] | None = None) -> CaseView:
    """With what that cut knew: who received and decided it, and why."""
    days = {"received_on": case.received_ns, "decided_on": case.decided_ns, "closed_on": case.closed_ns}
    return CaseView(
        case=case.number,
        state=case.state,
        number=case.number,
        result=case.state if case.state in ("granted", "refused") else "",
        received_ns=case.received_ns,
        received_by=case.received_display,
        received_person=case.received_by,
        days={name: day_of(at_ns).isoformat() for name, at_ns in days.items() if at_ns},
        ranges=tuple(
            AskedRange(
                no=no,
                camera_no=asked.camera_no,
                start_ns=asked.start_ns,
                end_ns=asked.end_ns,
                kept_start_ns=kept.start_ns,
                kept_end_ns=kept.end_ns,
                location=(locations or {}).get(asked.camera_no, ""),
            )
            for no, (asked, kept) in enumerate(zip(case.asked, case.rounded, strict=True))
        ),
        words={"reason": case.reason, "decided_by": case.decided_display, "decision_reason": case.decision_reason},
        reason=case.decision_reason,
        pin=PinView(
            pinned=case.pinned,
            last=day_of(case.pin_until_ns - 1).isoformat() if case.pin_until_ns else "",
        ),
        grant=grant,
        first=True,
    )


def first_map(case: FirstCase) -> dict[str, Any]:
    """What the first cut's own pages show besides a row of the list."""
    return {
        "case": case.number,
        "state": case.state,
        "reason": case.reason,
        "cameras": sorted(case.spans()),
        "start_ns": min(each.start_ns for each in case.asked),
        "end_ns": max(each.end_ns for each in case.asked),
        "kept_start_ns": min(each.start_ns for each in case.rounded),
        "kept_end_ns": max(each.end_ns for each in case.rounded),
        "received_ns": case.received_ns,
        "received_by": case.received_display or case.received_by,
        "received_person": case.received_by,
        "decided_ns": case.decided_ns,
        "decided_by": case.decided_display or case.decided_by,
        "decision_reason": case.decision_reason,
        "closed_ns": case.closed_ns,
        "pinned": case.pinned,
        "pin_until_ns": case.pin_until_ns,
    }
