"""What may become of a request, as a table: the first cut of the case's state machine. Pure.

Source: ``rules`` 八(二), 八(五); ``D-10`` (who received a case does not decide it). A row that is not here cannot
happen; the keeper and the pages judge with the same rows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from appliance.clock import SLOT_NS, slot_start_ns
from appliance.errors import Refused
from appliance.model import Span

__all__ = [
    "CLOSED",
    "DECIDERS",
    "GRANTED",
    "MAX_SPAN_NS",
    "OFFICERS",
    "PIN_MARGIN_NS",
    "RECEIVED",
    "REFUSED",
    "STEPS",
    "Step",
    "pinned",
    "step_of",
]

RECEIVED, GRANTED, REFUSED, CLOSED = "received", "granted", "refused", "closed"

OFFICERS = frozenset({"officer", "manager"})
"""專責人員 and 系統管理人: who receives requests, and one of whom is at every viewing."""

DECIDERS = frozenset({"unit_head", "director"})

PIN_MARGIN_NS = 600 * 1_000_000_000

MAX_SPAN_NS = 31 * 24 * 3600 * 1_000_000_000
"""The longest range that one request may ask for."""


class Step(NamedTuple):
    """In state ``source``, ``event`` by someone of ``roles`` leads to ``target`` and makes a ledger entry of ``kind``.

    ``other_person``: not by whoever received the case. ``password``: typed for this very act.
    """

    source: str
    event: str
    target: str
    roles: frozenset[str]
    kind: str
    other_person: bool = False
    password: bool = False


STEPS = (
    Step("", "receive", RECEIVED, OFFICERS, "case.received"),
    Step(RECEIVED, "grant", GRANTED, DECIDERS, "case.decided", other_person=True, password=True),
    Step(RECEIVED, "refuse", REFUSED, DECIDERS, "case.decided", other_person=True, password=True),
    Step(GRANTED, "close", CLOSED, OFFICERS, "case.closed"),
    Step(REFUSED, "close", CLOSED, OFFICERS, "case.closed"),
)


def step_of(state: str, event: str, roles: Collection[str]) -> Step:
    """The row that allows ``event`` to someone with ``roles``. Raises Refused saying what is missing."""
    step = next((step for step in STEPS if step.source == state and step.event == event), None)
    if step is None:
        raise Refused(f"it is {state}, so to {event} it is not possible")
    if not step.roles & set(roles):
        raise Refused(f"to {event} it takes a log-in as {' or '.join(sorted(step.roles))}")
    return step


def pinned(asked: Span) -> Span:
    """What a receipt pins: ten minutes more on either side, then out to the borders of the slots."""
    end = asked.end_ns + PIN_MARGIN_NS
    return Span(slot_start_ns(asked.start_ns - PIN_MARGIN_NS), end + -end % SLOT_NS)
