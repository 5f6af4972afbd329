"""What of a register's item waits for somebody, and by when: the step that leads on, its clocks, its yearly things.
Pure.

Whose it is the tables say; a state that is in neither table here waits for nothing, like a disk in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from appliance.rules.cases.views import DueView
from appliance.rules.deadlines import day_of, start_ns_of, year_end
from appliance.rules.duties import due_on
from appliance.rules.registers.clocks import clocks_of
from appliance.rules.registers.deletions import answer_due
from appliance.rules.registers.shape import Item

__all__ = ["LEADS", "RESTS", "OwedStep", "due_told", "owed"]

LEADS: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("incidents", "suspected"): ("confirm",),
        ("incidents", "confirmed"): ("contain",),
        ("incidents", "contained"): ("finish",),
        ("incidents", "notified"): ("review",),
        ("incidents", "reviewed"): ("close",),
        ("visits", "open"): ("finish",),
        ("visits", "ended"): ("stamp",),
        ("media", "proposed"): ("approve",),
        ("media", "approved"): ("perform",),
        ("media", "performed"): ("witness_clearing", "witness_destruction"),
        ("live", "proposed"): ("authorise",),
        ("datafile", "posted"): ("confirm",),
        ("deletions", "received"): ("propose",),
        ("deletions", "proposed"): ("decide",),
        ("deletions", "decided"): ("issue",),
        ("deletions", "issued"): ("serve",),
    }
)
"""The events that lead an item on from its state; of several the guards leave one."""

RESTS = frozenset(
    {("media", "stored"), ("media", "in_use"), ("media", "cleared"), ("media", "away"), ("live", "authorised")}
)
"""Where something still goes on and nothing waits."""

_BEFORE = timedelta(days=30)
"""So long before its day a firm's contract, pledge or supervision is a task."""

_CLOCK_OF = MappingProxyType({"contain": "contain", "review": "final"})
"""The clock under which a leading event is due; report and notice are events of their own."""


class OwedStep(NamedTuple):
    """``event`` is due by ``due_ns``, 0 for no term; ``why``: the clock or the thing that runs out, "" for none."""

    event: str
    why: str = ""
    due_ns: int = 0


def due_told(item: Item, now_ns: int) -> DueView | None:
    """The due day of a request that was not answered yet, marked as those of cases are; None where none is due."""
    if item.register != "deletions" or not any(each.due_ns for each in owed(item, now_ns)):
        return None
    return due_on(*_answer_owed(item), day_of(now_ns))


def _answer_owed(item: Item) -> tuple[str, date]:
    """What of the answer to a request is due, and its last day: the decision, and once there is one its letter; as
    ``rules.cases.dues`` calls them."""
    return ("issue" if item.state == "decided" else "statutory"), answer_due(item)


def owed(item: Item, now_ns: int) -> tuple[OwedStep, ...]:
    """What waits of an item, in no order."""
    if item.register == "vendors":
        return _of_vendor(item, day_of(now_ns)) if item.state == "active" else ()
    clocks = {each.code: each for each in clocks_of(item) if each.open} if item.register == "incidents" else {}
    found = [
        OwedStep(event, code, clocks[code].due_ns)
        for event, code in (("report", "report"), ("notify", "notice"))
        if code in clocks and item.state in ("suspected", "confirmed", "contained")
    ]
    for event in LEADS.get((item.register, item.state), ()):
        if item.register == "deletions" and event != "serve":
            code, due = _answer_owed(item)
            found.append(OwedStep(event, code, _end_ns(due)))
            continue
        clock = clocks.get(_CLOCK_OF.get(event, ""))
        found.append(OwedStep(event, clock.code, clock.due_ns) if clock else OwedStep(event))
    return tuple(found)


def _of_vendor(item: Item, today: date) -> tuple[OwedStep, ...]:
    """Contract, pledge and supervision, each from a month before; a supervision without the head's stamp at once."""
    entered = day_of(item.opened_ns)
    supervised = _day(item, "supervised_on") or entered
    terms = (
        OwedStep("renew", "contract", _end_ns(_day(item, "contract_until") or entered)),
        OwedStep("pledge", "pledge", _end_ns(year_end(_day(item, "pledge_on") or entered))),
        OwedStep("supervise", "supervision", _end_ns(year_end(supervised))),
    )
    found = [each for each in terms if day_of(each.due_ns) - _BEFORE <= today]
    waits = item.signed_by("supervised") and not item.signed_by("stamped")
    return (*found, OwedStep("stamp")) if waits else tuple(found)


def _day(item: Item, name: str) -> date | None:
    text = item.value(name)
    return date.fromisoformat(str(text)) if text else None


def _end_ns(day: date) -> int:
    return start_ns_of(day + timedelta(days=1)) - 1
