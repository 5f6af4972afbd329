"""「請刪除我的影像」: what is answered to somebody who asks for footage of them to go (PDPA 11 ③, ``AT-66``, ``T-28``).

Nothing is destroyed by asking. Inside the floor the office must keep it; after that it says by when it will be gone.
Such a request is registered and answered; it is none of the three kinds and pins nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from appliance.rules.cases.ranges import Scope
from appliance.rules.deadlines import ceiling_date, day_of, floor_date
from appliance.rules.policy import Policy

__all__ = ["GROUNDS", "DeletionAnswer", "answer_deletion", "answer_together"]

GROUNDS = ("held", "statutory_retention", "due", "none_there")
"""A pin or hold keeps it; inside the floor; past the floor, it goes on its day; there is none of it (any more). Of what
differs from range to range the first is answered: what a hold keeps goes at no day that can be promised."""


class DeletionAnswer(NamedTuple):
    """``ground``: one of :data:`GROUNDS`. ``gone_by``: the last day on which it exists; None where there is nothing of
    it, and while a hold of law has no end that is known."""

    ground: str
    gone_by: date | None


def answer_deletion(
    scope: Scope,
    policy: Policy,
    today: date,
    *,
    held: bool = False,
    beyond_ceiling: bool = False,
    days_off: Collection[date] = (),
) -> DeletionAnswer:
    """The answer for footage of ``scope``. ``held``: a pin or hold keeps it; ``beyond_ceiling``: past the ceiling too.

    The day is that of the target, or of the ceiling where something keeps it, of the last frame of it either way; the
    floor goes over both.
    """
    if beyond_ceiling:
        return DeletionAnswer("held", None)
    last_frame = day_of(scope.end_ns - 1)
    floor = floor_date(last_frame, policy.floor_for(scope.start_ns), days_off)
    if held:
        return DeletionAnswer("held", ceiling_date(last_frame, policy.ceiling_days))
    gone_by = max(floor, last_frame + timedelta(days=policy.target_days), today)
    return DeletionAnswer("statutory_retention" if today <= floor else "due", gone_by)


def answer_together(answers: Sequence[DeletionAnswer]) -> DeletionAnswer:
    """The one answer for all ranges of a request of which there is something: the ground that comes first, the last of
    their days."""
    if not answers:
        return DeletionAnswer("none_there", None)
    days = [each.gone_by for each in answers if each.gone_by is not None]
    ground = min((each.ground for each in answers), key=GROUNDS.index)
    return DeletionAnswer(ground, max(days) if len(days) == len(answers) else None)
