"""What the tables have and this recorder cannot do: without the medium's service, as in a trial, a copy on a medium is
neither made nor promised. Pure.

An agency views here what it was granted (八(五)3(2)). A copy to take along (八(五)3(3)) is then given in another way,
and entered as what it was (``Event.OTHERWISE``).
"""

from __future__ import annotations

from appliance.rules.cases.chains import rows_of
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.judging import Next, Refusal, judge
from appliance.rules.cases.rows import Effect, Event, Row, find

__all__ = ["judged_here"]

_COPIES = frozenset({Effect.AGENCY_COPY})


def judged_here(sight: GuardContext, event: Event, *, gives_copies: bool) -> Row | Refusal:
    """As the tables judge; but where this recorder does not ``gives_copies``, what would make or promise one says so
    before it asks for anything."""
    row = find(rows_of(sight.case), sight.case.state, event)
    if not gives_copies and row and (_COPIES & {effect.name for effect in row.effects} or _promises(sight, row)):
        return Refusal(event, "no_copies", (), Next.OTHER_MEANS)
    return judge(sight.case, event, sight.actor, sight.facts, sight.today)


def _promises(sight: GuardContext, row: Row) -> bool:
    """Whether the act says that a copy will be given: a decision or a proposal to give one."""
    if row.event is Event.PROPOSE:
        return sight.facts.proposal.give in ("copy", "both")
    return any(effect.detail == "copy_decision" for effect in row.effects)
