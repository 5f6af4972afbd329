"""What may become of a request, as a table: the first cut of the case's state machine. Pure.

Source: ``rules`` 八(二), 八(五); ``D-10`` (who received a case does not decide it). A row that is not here cannot
happen; the keeper and the pages judge with the same rows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from appliance.errors import Refused
from appliance.rules.people import DECIDERS, OFFICERS

__all__ = [
    "CLOSED",
    "GRANTED",
    "RECEIVED",
    "REFUSED",
    "STEPS",
    "Step",
    "step_of",
]

RECEIVED, GRANTED, REFUSED, CLOSED = "received", "granted", "refused", "closed"


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
