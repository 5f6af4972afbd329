"""What waits of the holds: those that the director is to confirm (``T-33``), those that lapse soon, and those that an
appeal asked for that is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from appliance.rules.deadlines import day_of
from appliance.rules.duties import DeskDuty, due_on
from appliance.rules.holds import DIRECTOR, GROUNDS, REQUESTED, REVIEW_DUE, possible
from appliance.services.duties.waits import WaitingItem, holding
from appliance.services.holds.holds import HoldBook

__all__ = ["of_holds"]


def of_holds(book: HoldBook, now_ns: int, appeal_is_over: Callable[[str], bool]) -> Iterator[WaitingItem]:
    """Whoever asked for a hold does not confirm it. ``appeal_is_over``: whether nothing can follow an appeal of that
    case any more; what was held for it goes by the director's word alone, or by its term."""
    today = day_of(now_ns)
    for held in book.all():
        state = held.state(now_ns)
        over = held.living and held.ground == "remedy" and bool(held.case) and appeal_is_over(held.case)
        if not held.living or (state not in (REQUESTED, REVIEW_DUE) and not over):
            continue
        event = "release" if over else "confirm" if state == REQUESTED else "extend"
        if event not in possible(GROUNDS[held.ground], state, held.extensions):
            continue  # it ends by itself
        due = due_on("hold", day_of(held.until_ns - 1), today) if held.until_ns else None
        duty = DeskDuty(
            sort="hold",
            key=held.number,
            number=held.number,
            act=event,
            state=state,
            why="appeal_over" if over else held.ground,
            since=day_of(held.set_ns).isoformat(),
            due=due,
        )
        yield WaitingItem(duty, "director", holding(DIRECTOR, held.set_by.__eq__))
