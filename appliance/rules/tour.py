"""The guided tour of a trial office (訓練導覽): its steps, which of them are done, and the acts of its sample. Pure.

The three lives are those of the three kinds of request. A step is done when the case book says so, whoever did it and
by whichever page; nothing is kept about the tour itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.core.model import Span, merge
from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State

__all__ = [
    "LEAST_NS",
    "LIVES",
    "SAMPLE_ROLES",
    "LifeNow",
    "SampleAct",
    "StepState",
    "progress",
    "sample_acts",
    "sample_scopes",
    "unfinished",
]

_SECOND = 1_000_000_000
LEAST_NS = 10 * _SECOND
"""A sample shows at least so much; it shows the last three minutes where there are as many."""
_MOST_NS = 180 * _SECOND
_MOST_CAMERAS = 4
_JOIN_NS = _SECOND
"""Stretches of footage that lie no further apart are one to whoever watches."""

SAMPLE_ROLES = (frozenset({"officer", "manager"}), frozenset({"unit_head", "secretary", "director"}))
"""What the two people of a sample hold between them: who receives and proposes, who stamps and decides."""

_RANK: Mapping[State, int] = MappingProxyType(
    {
        State.RECEIVED: 1,
        State.CORRECTION: 1,
        State.CHECKING: 2,
        State.UNIT_REVIEW: 3,
        State.SEC_REVIEW: 4,
        State.DECISION: 5,
        **dict.fromkeys((State.GRANTED, State.PARTLY, State.REFUSED, State.NO_FOOTAGE), 6),
        **dict.fromkeys((State.DISMISSED, State.REDIRECTED, State.WITHDRAWN, State.JUD_LOCK), 6),
        State.NOTIFIED: 7,
        State.LAPSED: 7,
        State.SCHEDULED: 8,
        State.PREPARED: 9,
        State.VIEWING: 10,
        State.INTERRUPTED: 10,
        **dict.fromkeys((State.VIEWED, State.COPY_MADE, State.COPY_VERIFIED, State.DELIVERED, State.CLEANED), 11),
        State.OTHERWISE: 11,
        State.CLOSED: 12,
    }
)
"""How far along a case is, whichever way it goes; what has not begun is 0."""


class LifeNow(NamedTuple):
    """What the steps look at. ``viewed``: its viewing is over; ``opened``: its footage was opened to be seen;
    ``copied``: a viewing copy was made for it; ``paired``: who must sit there for a sample is logged in."""

    state: State = State.DRAFT
    viewed: bool = False
    opened: bool = False
    copied: bool = False
    paired: bool = False

    @property
    def rank(self) -> int:
        return _RANK.get(self.state, 0)


class StepState(NamedTuple):
    """``state``: done, now (the next one to do), later, or skipped (the case was closed without it)."""

    code: str
    state: str


def _from(rank: int) -> Callable[[LifeNow], bool]:
    return lambda now: now.rank >= rank


def _booked(rank: int) -> Callable[[LifeNow], bool]:
    """Of what only a viewing has: a case may be closed without one."""
    return lambda now: now.viewed or (rank <= now.rank < _RANK[State.CLOSED])


LIVES: Mapping[Kind, tuple[tuple[str, Callable[[LifeNow], bool]], ...]] = MappingProxyType(
    {
        Kind.CIT: (
            ("second", lambda now: now.paired or now.opened),
            ("sample", _from(9)),
            ("begin", _booked(10)),
            ("play", lambda now: now.opened),
            ("finish", lambda now: now.viewed),
            ("close", _from(12)),
        ),
        Kind.INT: (
            ("request", _from(1)),
            ("section", _from(2)),
            ("opinion", _from(3)),
            ("decide", _from(6)),
            ("book", _booked(8)),
            ("view", lambda now: now.viewed),
            ("close", _from(12)),
        ),
        Kind.AGY: (
            ("letter", _from(1)),
            ("check", _from(2)),
            ("opinion", _from(3)),
            ("decide", _from(6)),
            ("reply", _from(7)),
            ("book", _booked(8)),
            ("copy", lambda now: now.copied),
            ("view", lambda now: now.viewed),
            ("close", _from(12)),
        ),
    }
)
"""The steps of each life in their order, and when each is done."""


def progress(lives: Mapping[Kind, LifeNow]) -> dict[Kind, tuple[StepState, ...]]:
    """Every step of every life; one of them is the next. A life that has not begun has done nothing."""
    told: dict[Kind, tuple[StepState, ...]] = {}
    found = False
    for kind, steps in LIVES.items():
        now, states = lives.get(kind, LifeNow()), []
        for code, done in steps:
            state = "done" if done(now) else "skipped" if now.state is State.CLOSED else "later"
            if state == "later" and not found:
                state, found = "now", True
            states.append(StepState(code, state))
        told[kind] = tuple(states)
    return told


def unfinished(now: LifeNow) -> bool:
    """Whether a sample that was begun has not come to where people go on by themselves."""
    return now.rank < _RANK[State.PREPARED]


def sample_scopes(footage: Mapping[str, Iterable[Span]], now_ns: int) -> tuple[Scope, ...]:
    """The last minutes of each camera that were recorded without a break, in whole seconds; of four cameras at most.
    Of a camera with less than :data:`LEAST_NS` of them none. ``footage``: what there is, by camera."""
    found = []
    for camera_no, spans in sorted(footage.items()):
        whole = merge(spans, join_ns=_JOIN_NS)
        if not whole:
            continue
        end_ns = min(whole[-1].end_ns, now_ns) // _SECOND * _SECOND
        start_ns = -(-max(whole[-1].start_ns, end_ns - _MOST_NS) // _SECOND) * _SECOND
        if end_ns - start_ns >= LEAST_NS:
            found.append(Scope(camera_no, start_ns, end_ns))
    return tuple(found[:_MOST_CAMERAS])


class SampleAct(NamedTuple):
    """An act of the sample: whose it is (0: who receives, 1: who decides) and what is typed in it."""

    event: Event
    whose: int
    facts: dict[str, Any]


_FOLLOWS = "訓練示範案件，無紙本申請書"
_MINUTES_LONG = 30
_LAST_MINUTE = 24 * 60 - 1


def sample_acts(scopes: Sequence[Scope], today: date, minute: int) -> tuple[SampleAct, ...]:
    """From the receipt to a viewing that is booked from ``minute`` of today on and prepared: what two people of an
    office type for a citizen's request in good order. Everything in it says that it is a sample."""
    day = today.isoformat()
    asked = [{"camera_no": each.camera_no, "start_ns": each.start_ns, "end_ns": each.end_ns} for each in scopes]
    applicant = {
        "part": "applicant", "name": "示範民眾", "id_no": "A123456789", "entitled": True, "phone": "0900-000-000",
        "address": "訓練示範案件，並無此人",
    }  # fmt: skip
    form = {
        "present": True, "in_hand": True, "scan_follows": _FOLLOWS, "signed": True, "id_checked": True,
        "standing": "party", "report_unit": "萬華分局西園路派出所", "report_no": "訓練示範", "report_day": day,
        "report_original": True, "reason": "crime",
        "reason_text": "訓練示範案件：機車於門口遭竊，已報案。由訓練導覽填寫，並無此人此事。",
    }  # fmt: skip
    answers = {line.code: _answer(line.heavy) for line in LINES if Kind.CIT in line.kinds and not line.when}
    starts, ends = (_clock(each) for each in (minute, min(minute + _MINUTES_LONG, _LAST_MINUTE)))
    booked = {"on": day, "starts": starts, "ends": ends, "place": "訓練用閱覽處"}
    return (
        SampleAct(Event.RECEIVE, 0, {"asked": asked, "parties": [applicant], "form": form}),
        SampleAct(Event.PASS_FORMAL, 0, {}),
        SampleAct(Event.PROPOSE, 0, {
            "checklist": answers, "proposal": {"result": "granted", "article": "八(五)1(1)"},
        }),
        SampleAct(Event.STAMP, 1, {}),
        SampleAct(Event.STAMP, 1, {"double": True}),
        SampleAct(Event.GRANT, 1, {"double": True}),
        SampleAct(Event.NOTIFY, 0, {"service": {"means": "handed", "day": day}}),
        SampleAct(Event.SCHEDULE, 0, {"viewing": booked}),
        SampleAct(Event.PREPARE, 0, {}),
    )  # fmt: skip


def _answer(heavy: str) -> str:
    """What speaks for a grant: the other answer than the one that must be minded."""
    return "no" if heavy == "yes" else "yes"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
