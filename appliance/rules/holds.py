"""Holds (保全) and pins: on which grounds footage is kept from destruction, who may do what, how long, and what then.

Two tables and arithmetic on dates. Source: ``rules`` 七(二), ``D-04`` to ``D-06``, ``AT-23``, ``AT-24``. A hold ends on
a named day or is extended by a person; none goes on in silence. Only two grounds outlive the ceiling, with their
documents and the director's word. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.errors import Refused
from appliance.core.model import Span
from appliance.rules.deadlines import DAY_NS, ceiling_date, day_of, start_ns_of, working_days_after

__all__ = [
    "ACTIVE",
    "CEILING_MARKS",
    "DIRECTOR",
    "GROUNDS",
    "LAPSED",
    "LAPSE_MARKS",
    "LIVING",
    "MAX_SHARE_PERCENT",
    "NOT_NOTIFIED",
    "POLICE",
    "RELEASED",
    "REQUESTED",
    "REVIEW_DUE",
    "STEPS",
    "Ground",
    "Step",
    "ceiling_ns_of",
    "is_wide",
    "mark_reached",
    "missing",
    "outlives_ceiling",
    "possible",
    "rounded",
    "state_of",
    "step_for",
    "term_end_ns",
]

REQUESTED, ACTIVE, REVIEW_DUE, LAPSED, RELEASED = "requested", "active", "review_due", "lapsed", "released"
LIVING = frozenset({REQUESTED, ACTIVE, REVIEW_DUE})

OFFICERS = frozenset({"officer", "manager"})
DIRECTOR = frozenset({"director"})
"""主任: confirms, extends and releases; opens what another law orders."""

NOT_NOTIFIED = "not_notified"
POLICE = ("notified", NOT_NOTIFIED)
"""What the director decides about telling the police of what a viewing showed besides (``T-48``)."""

LAPSE_MARKS = (14, 7, 1)
"""Days before a hold's last day at which people are told (``AT-24``)."""

CEILING_MARKS = (30, 14, 7, 1)
"""Days before its ceiling at which people are told that pinned footage will go (2.7)."""

MAX_SHARE_PERCENT = 15
"""Of the store that pins and holds may take; more is a finding and never shortens a floor (``T-11``)."""

_REVIEW_DAYS = 180
_POLICE_DAYS = 30
"""For the police to ask for what a citizen may not be given; renewed once at most (``D-05``)."""

_OFFICER_ALONE_DAYS = 31
_WIDE_NS = 24 * 3600 * 1_000_000_000
_WIDE_CAMERAS = 4


class Ground(NamedTuple):
    """A row of the table of holds. Terms are counted in days after the day of the act.

    ``needs``: what must be named. ``confirmed``: the director confirms, until the ``first_days`` are over (working days
    where ``first_working``); before that it holds as far as the ceiling. ``extended``: the director may give it another
    ``more_days``, more than once unless ``once``. ``beyond_ceiling``: one of the two grounds of ``D-06``.
    """

    code: str
    openers: frozenset[str]
    needs: tuple[str, ...] = ()
    first_days: int = _REVIEW_DAYS
    first_working: bool = False
    confirmed: bool = True
    extended: bool = True
    once: bool = False
    more_days: int = _REVIEW_DAYS
    beyond_ceiling: bool = False


GROUNDS: Mapping[str, Ground] = MappingProxyType(
    {
        row.code: row
        for row in (
            Ground("preserve", OFFICERS, ("agency",), first_days=14, confirmed=False, extended=False),
            Ground(
                "police",
                OFFICERS,
                ("case",),
                first_days=_POLICE_DAYS,
                confirmed=False,
                once=True,
                more_days=_POLICE_DAYS,
            ),
            Ground("event", OFFICERS | {"unit_head"}, first_days=3, first_working=True),
            Ground("remedy", OFFICERS, ("document",), first_days=_OFFICER_ALONE_DAYS),
            Ground("invest", OFFICERS, ("agency", "document"), first_days=_OFFICER_ALONE_DAYS, beyond_ceiling=True),
            Ground("law", DIRECTOR, ("statute", "document"), confirmed=False, beyond_ceiling=True),
        )
    }
)
"""口頭保全, 待警察機關調閱, 重大事件先行保全, 救濟保全, 調查保全, 法定保存. The rules' sixth row, 收件釘選, has no
opener: receipt of a case sets that pin, the case's own rule ends it (``rules.cases.pins``), and the ceiling goes over
it."""


class Step(NamedTuple):
    """In one of ``sources``, ``event`` by someone of ``roles`` leads to ``target`` and makes an entry of ``kind``.

    ``other_person``: not by whoever opened it, unless only the director can have. ``password``: typed for this act.
    """

    event: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str]
    kind: str
    other_person: bool = True
    password: bool = True


STEPS: tuple[Step, ...] = (
    Step("confirm", frozenset({REQUESTED}), ACTIVE, DIRECTOR, "hold.confirmed"),
    Step("extend", frozenset({ACTIVE, REVIEW_DUE}), ACTIVE, DIRECTOR, "hold.extended"),
    Step("release", LIVING, RELEASED, DIRECTOR, "hold.released"),
)
"""What people do with a hold. It lapses without anybody: with trusted time, when its last day is over."""


def possible(ground: Ground, state: str, extensions: int = 0) -> tuple[str, ...]:
    """The events that the table has for a hold of this ground in this state, extended so often already."""
    more = ground.extended and not (ground.once and extensions)
    return tuple(step.event for step in STEPS if state in step.sources and (step.event != "extend" or more))


def step_for(hold: str, ground: Ground, state: str, event: str, roles: Collection[str], extensions: int = 0) -> Step:
    """The row that allows ``event`` of ``hold`` to someone with ``roles``. Raises Refused saying what is missing."""
    step = next((step for step in STEPS if step.event == event and state in step.sources), None)
    if step is None:
        code = {LAPSED: "hold-lapsed", RELEASED: "hold-released"}.get(state, "hold-not-now")
        raise Refused.of(code, hold=hold, state=state, event=event)
    if event == "extend" and not ground.extended:
        raise Refused.of("hold-oral", hold=hold)
    if event == "extend" and ground.once and extensions:
        raise Refused.of("hold-once", hold=hold)
    if not step.roles & set(roles):
        raise Refused.of("hold-role", hold=hold, event=event, roles=" or ".join(sorted(step.roles)))
    return step._replace(other_person=step.other_person and ground.openers != DIRECTOR)


def missing(ground: Ground, words: Mapping[str, str]) -> list[str]:
    """What the ground demands and ``words`` (agency, statute, document, case) lack."""
    return [name for name in ground.needs if not words.get(name, "").strip()]


def outlives_ceiling(ground: Ground, *, documented: bool, confirmed: bool) -> bool:
    """Whether the ceiling goes over it: not without the documents of its ground, nor before the director's word."""
    return ground.beyond_ceiling and documented and (confirmed or ground.openers == DIRECTOR)


def is_wide(cameras: int, span: Span) -> bool:
    """Over 4 cameras or 24 hours: why so much is needed is to be written down (``AT-50``)."""
    return cameras > _WIDE_CAMERAS or span.end_ns - span.start_ns > _WIDE_NS


def rounded(asked: Span) -> Span:
    """The whole slots that a hold keeps."""
    return Span(slot_start_ns(asked.start_ns), asked.end_ns + -asked.end_ns % SLOT_NS)


def ceiling_ns_of(start_ns: int, ceiling_days: int) -> int:
    """The end of the ceiling day of footage whose first frame is at ``start_ns``."""
    return start_ns_of(ceiling_date(day_of(start_ns), ceiling_days)) + DAY_NS


def term_end_ns(
    ground: Ground, event: str, now_ns: int, *, end_ns: int, ceiling_days: int, days_off: Collection[date] = ()
) -> int:
    """Until when a hold lasts that was ``set``, or confirmed or extended, at ``now_ns``: the end of a local day.

    ``end_ns`` is the end of what it holds: a ground within the ceiling ends when the last of that reaches it.
    """
    day = day_of(now_ns)
    if event != "set":
        last = day + timedelta(days=ground.more_days)
    elif ground.first_working:
        last = working_days_after(day, ground.first_days, days_off)
    else:
        last = day + timedelta(days=ground.first_days)
    until_ns = start_ns_of(last) + DAY_NS
    return until_ns if ground.beyond_ceiling else min(until_ns, ceiling_ns_of(end_ns - 1, ceiling_days))


def state_of(ground: Ground, now_ns: int, *, since_ns: int, until_ns: int, confirmed: bool, ended: str = "") -> str:
    """A hold's state at an instant of the term from ``since_ns`` to ``until_ns`` (0: not counted yet).

    ``ended`` is how it was entered to have ended; being overdue alone ends nothing.
    """
    if ended:
        return ended
    if ground.confirmed and not confirmed:
        return REQUESTED
    return REVIEW_DUE if until_ns and mark_reached(now_ns, until_ns, LAPSE_MARKS, since_ns) else ACTIVE


def mark_reached(now_ns: int, until_ns: int, marks: Sequence[int], since_ns: int = 0) -> int:
    """The latest of ``marks`` that is reached before ``until_ns``; 0 when none is. A mark that lay in the past when the
    term began at ``since_ns`` is none."""
    left, whole = _days_left(now_ns, until_ns), _days_left(since_ns, until_ns)
    return min((mark for mark in marks if left <= mark < whole), default=0)


def _days_left(now_ns: int, until_ns: int) -> int:
    """Whole days from today to the last day of a term that ends at ``until_ns``; negative once it is over."""
    return (day_of(until_ns - 1) - day_of(now_ns)).days
