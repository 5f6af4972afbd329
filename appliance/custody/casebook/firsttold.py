"""A case of the first cut of four states as it is told: it stays visible, and its pin stands as it stood."""

from __future__ import annotations

from appliance.custody.cases import Case
from appliance.rules.cases.told import AskedRange, CaseTold, PinTold
from appliance.rules.deadlines import day_of

__all__ = ["tell_first"]


def tell_first(case: Case, *, grant: str = "", locations: dict[str, str] | None = None) -> CaseTold:
    """With what that cut knew: who received and decided it, and why."""
    days = {"received_on": case.received_ns, "decided_on": case.decided_ns, "closed_on": case.closed_ns}
    return CaseTold(
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
        pin=PinTold(
            pinned=case.pinned,
            last=day_of(case.pin_until_ns - 1).isoformat() if case.pin_until_ns else "",
        ),
        grant=grant,
        first=True,
    )
