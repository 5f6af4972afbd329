"""The way of a case from its receipt to its close, as the head of its page draws it: what was done, where it waits,
what is still to come and what will not. Told from its acts alone, whatever end it takes. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import NEGATIVE, Kind, State
from appliance.rules.cases.views import CaseView
from appliance.web.pages.cases.words import CaseWords

__all__ = ["Stage", "shapes_of", "stages_of"]

_CHAIN = ("checking", "unit_review", "sec_review", "decision")
_TOLD = ("received", *_CHAIN, "notified", "viewing", "closed")
_WAY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"CIT": _TOLD, "INT": tuple(step for step in _TOLD if step != "notified"), "AGY": _TOLD}
)
"""A colleague is told on the page, and no letter goes out."""

_WAITS: Mapping[str, str] = MappingProxyType(
    {
        State.PRESERVED: "received", State.RECEIVED: "received", State.CORRECTION: "received",
        State.CHECKING: "checking", State.UNIT_REVIEW: "unit_review", State.SEC_REVIEW: "sec_review",
        State.DECISION: "decision", State.GRANTED: "notified", State.PARTLY: "notified", State.REFUSED: "notified",
        State.NO_FOOTAGE: "notified", State.DISMISSED: "notified", State.REDIRECTED: "notified",
        State.SCHEDULED: "viewing", State.PREPARED: "viewing", State.VIEWING: "viewing", State.INTERRUPTED: "viewing",
        State.VIEWED: "viewing", State.COPY_MADE: "viewing", State.COPY_VERIFIED: "viewing",
        State.DELIVERED: "viewing",
    }
)  # fmt: skip
"""Where a case stands in each state; where it is not named, what was granted is next, or else the close."""

_DECIDED = frozenset(
    {
        Event.GRANT, Event.GRANT_PARTLY, Event.GRANT_COPY, Event.GRANT_COPY_PARTLY, Event.REFUSE, Event.REDIRECT,
    }
)  # fmt: skip
_CHECKED = frozenset({Event.PROPOSE, Event.PROPOSE_REDIRECT, Event.NONE_FOUND})
_ENDED = frozenset({Event.FINISH, Event.STOP, Event.END_OF_DAY})


class Stage(NamedTuple):
    """A step of the way from receipt to close. ``shape``: done, now, or ahead; skipped: it will not come."""

    label: str
    shape: str


def stages_of(told: CaseView, words: CaseWords) -> list[Stage]:
    return [Stage(words.text(f"case-page.stage-{_name(step, told)}"), shape) for step, shape in shapes_of(told)]


def _name(step: str, told: CaseView) -> str:
    if step == "viewing" and "otherwise" in told.flags:
        return "otherwise"
    if step == "viewing" and told.kind == Kind.AGY:
        return "served"  # how, no letter decides: an agency views from a copy, and none is made here yet
    return step.replace("_", "-")


def shapes_of(told: CaseView) -> list[tuple[str, str]]:
    """Each step of the kind's way and its shape. What lies behind where the case waits and was not done is skipped."""
    way, done = _WAY.get(told.kind, ()), _done(told)
    if "decision" in done and "sec_review" not in done:  # a chain without a secretary
        way = tuple(step for step in way if step != "sec_review")
    waits = _waits_at(told)
    here = way.index(waits) if waits in way else len(way)
    return [(step, _shape(step, at, here, done, told)) for at, step in enumerate(way)]


def _shape(step: str, at: int, here: int, done: frozenset[str], told: CaseView) -> str:
    if at == here:
        return "now"
    if at < here:
        return "done" if step in done else "skipped"
    return "skipped" if step == "viewing" and told.result in NEGATIVE else "ahead"


def _waits_at(told: CaseView) -> str:
    """The step at which somebody is to act next; "" of a closed case."""
    if told.state == State.CLOSED:
        return ""
    waits = _WAITS.get(told.state, "")
    if waits == "notified" and told.kind == "INT":
        waits = ""
    if waits or told.state in (State.WITHDRAWN, State.OTHERWISE, State.LAPSED, State.JUD_LOCK):
        return waits or "closed"
    left = {"viewing": "viewed", "copy": "delivered"}
    return "viewing" if any(left[gives] not in told.flags for gives in told.allows) else "closed"


def _done(told: CaseView) -> frozenset[str]:
    """The steps whose own act was done, and that no return asked for again."""
    done: set[str] = set()
    before = State.DRAFT.value
    for deed in told.history:
        if deed.event == Event.RETURN:
            done -= set(_CHAIN)
        done |= _done_by(deed.event, before)
        before = deed.state
    if told.received_ns:
        done.add("received")
    if told.state == State.CLOSED:
        done.add("closed")
    if "viewing" in done and not told.session.get("shown", True) and "delivered" not in told.flags:
        done.remove("viewing")  # 到所未閱覽
    return frozenset(done)


def _done_by(event: str, before: str) -> set[str]:
    """What an act completes, done in the state ``before``."""
    if event in _CHECKED or (event == Event.DISMISS and before == State.CHECKING):
        return {"checking"}
    if event == Event.STAMP:
        return {before}
    if event in _DECIDED:
        return {"decision", *(("sec_review",) if before == State.SEC_REVIEW else ())}
    if event == Event.NOTIFY:
        return {"notified"}
    return {"viewing"} if event in _ENDED or event in (Event.DELIVER, Event.OTHERWISE) else set()
