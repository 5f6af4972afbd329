"""What a person may type or tick for each event; an event takes nothing else. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.rules.cameras.rows import Event

__all__ = ["TAKES"]

_DRAFT = ("matters", "device", "wiring", "keeps", "reason", "alternative")

TAKES: Mapping[Event, tuple[str, ...]] = MappingProxyType(
    {
        Event.DRAFT: ("origin", *_DRAFT),
        Event.REVISE: _DRAFT,
        Event.SUBMIT: ("double",),
        Event.RETURN: ("note",),
        Event.STAMP: ("double",),
        Event.STAMP_SECRETARY: ("double",),
        Event.APPROVE: ("double",),
        Event.APPROVE_EXEMPT: ("double",),
        Event.SEND: ("letter_no",),
        Event.ENTER_ANSWER: ("answer",),
        Event.CONFIRM_APPROVAL: (),
        Event.CONFIRM_FILING: (),
        Event.REJECT: ("answer",),
        Event.DROP: ("note",),
        Event.ACCEPT: ("acceptance",),
        Event.PUT_IN_FORCE: (),
        Event.REVIEW: ("review",),
        Event.STAMP_REVIEW: (),
        Event.MISMATCH: ("review",),
        Event.EXPLAIN: ("note", "acceptance"),
        Event.CONFIRM_FALSE: (),
        Event.PUT_BACK: ("acceptance",),
        Event.FILE_EVIDENCE: ("answer",),
        Event.CONFIRM_EVIDENCE: (),
        Event.SIGN_PLAN: ("plan_due",),
        Event.RECOGNISE: ("note",),
        Event.RECHECK: ("device",),
        Event.SUSPEND: ("note",),
        Event.RESUME: ("note",),
        Event.RETIRE: ("note", "removal_no"),
    }
)
"""Events that are not here are the machine's own."""
