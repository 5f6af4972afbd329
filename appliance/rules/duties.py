"""The duty board as the keeper tells it (``AT-07``): what waits of the four duties of 四, for whom and by when. Pure.

Cases have rows of their own (:class:`Duty`); everything else is a :class:`DeskDuty`. Codes are those of the tables;
their words are in the catalogue. Days are ISO dates, "" until they come.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from appliance.rules.cases.dues import MARKS
from appliance.rules.cases.notices import NoticeView
from appliance.rules.cases.views import DueView
from appliance.rules.deadlines import DAY_NS, day_of

__all__ = [
    "FOUR", "OF", "SEEN_BY", "DeskDuty", "Duties", "Duty", "PersonsDuties", "Waiting", "due_on", "due_within",
    "urgency",
]  # fmt: skip

FOUR = ("cameras", "inspection", "keeping", "requests")
"""四(一) to (四): 建置與公告, 巡檢與維護, 保管與處理利用, 受理調閱. Of ``requests`` are the cases, and the scans that
they lack."""

OF: Mapping[str, str] = MappingProxyType(
    {
        "camera": "cameras",
        "publication": "cameras",
        "datafile": "cameras",
        "row": "inspection",
        "month": "inspection",
        "ticket": "inspection",
        "visits": "inspection",
        "vendors": "inspection",
        "hold": "keeping",
        "incidents": "keeping",
        "media": "keeping",
        "live": "keeping",
        "deletions": "keeping",
        "person": "keeping",
        "scan": "requests",
    }
)
"""Of which duty each sort of thing is; a register by its code."""

SEEN_BY: Mapping[str, str] = MappingProxyType(
    {
        "cameras": "see-cameras",
        "inspection": "see-inspection",
        "keeping": "see-holds",
        "requests": "see-cases",
    }
)
"""What one must be allowed to see of each duty to be told what of it waits for others."""

_AMBER_DAYS, _RED_DAYS = 3, 1


class _Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class Duty(_Told, frozen=True, kw_only=True):
    """What waits for somebody: the event that leads on, the case, by when, how urgent. ``role``: in which role.
    ``since``: the day from which it waits."""

    case: str
    event: str
    kind: str = ""
    state: str = ""
    number: str = ""
    who: str = ""
    role: str = ""
    stage: str = ""
    since: str = ""
    due: DueView | None = None


class DeskDuty(_Told, frozen=True, kw_only=True):
    """What waits and is no case. ``sort``: one of :data:`OF`. ``key`` names it in addresses, ``number`` in words.
    ``act``: the event that leads on, ``role``: in which role. ``due_ns``: the instant after which it is late, where a
    clock runs by the hour; ``due`` has its day. ``why``: what of the thing is at issue, as a code."""

    sort: str
    act: str
    key: str = ""
    number: str = ""
    state: str = ""
    why: str = ""
    role: str = ""
    since: str = ""
    due: DueView | None = None
    due_ns: int = 0

    @property
    def of(self) -> str:
        return OF[self.sort]

    @property
    def id(self) -> tuple[str, str, str]:
        return (self.sort, self.key, self.act)


class Waiting(_Told, frozen=True, kw_only=True):
    """How many duties wait for those of a session, and how many of them are overdue; ``others``: how many are urgent
    and wait for somebody who is not here."""

    all: int = 0
    overdue: int = 0
    others: int = 0


class PersonsDuties(_Told, frozen=True, kw_only=True):
    """``duties`` are cases, ``desk`` is the rest, the most urgent first. ``notices``: the newest first."""

    seat: int
    person: str
    name: str
    duties: tuple[Duty, ...] = ()
    desk: tuple[DeskDuty, ...] = ()
    notices: tuple[NoticeView, ...] = ()


class Duties(_Told, frozen=True, kw_only=True):
    """The duty board as of ``now_ns``. ``others`` and ``others_desk``: overdue or red, and waiting for nobody who sits
    here. The most urgent first."""

    today: str
    now_ns: int = 0
    people: tuple[PersonsDuties, ...] = ()
    others: tuple[Duty, ...] = ()
    others_desk: tuple[DeskDuty, ...] = ()

    @property
    def waiting(self) -> Waiting:
        """An act that two here could do waits once."""
        cases = {(duty.case, duty.event): duty.due for person in self.people for duty in person.duties}
        desk = {duty.id: duty.due for person in self.people for duty in person.desk}
        dues = [*cases.values(), *desk.values()]
        over = sum(due is not None and due.mark == "over" for due in dues)
        return Waiting(all=len(dues), overdue=over, others=len(self.others) + len(self.others_desk))


def urgency(due: DueView | None, due_ns: int = 0) -> tuple[int, str, int]:
    """Sorts the most urgent first: what is over, then what is red or amber, each by its day and hour, what has all of
    its day behind what ends during it; what is due at no time last."""
    return (-MARKS.index(due.mark), due.day, due_ns or sys.maxsize) if due else (1, "", 0)


def due_on(code: str, day: date, today: date) -> DueView:
    """What is due by the end of a day; marked as the dues of cases are."""
    left = (day - today).days
    mark = "over" if left < 0 else "red" if left <= _RED_DAYS else "amber" if left <= _AMBER_DAYS else "none"
    return DueView(code=code, day=day.isoformat(), mark=mark)


def due_within(code: str, due_ns: int, now_ns: int) -> DueView:
    """What a clock by the hour makes due: red through its last day, over from the instant on."""
    told = due_on(code, day_of(due_ns), day_of(now_ns))
    if now_ns > due_ns:
        return msgspec.structs.replace(told, mark="over")
    return msgspec.structs.replace(told, mark="red") if due_ns - now_ns <= DAY_NS else told
