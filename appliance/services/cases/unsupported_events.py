"""What the tables have and this version has no machinery for, copies: neither made nor promised. Pure.

An agency views a copy made for the viewing (八(五)3(2)), so a copy is needed for each of its viewings too: what this
version allows an agency is done in another way, and entered as what it was (``Event.OTHERWISE``).
"""

from __future__ import annotations

from appliance.rules.cases.chains import rows_of
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.judging import Next, Refusal, judge
from appliance.rules.cases.rows import Effect, Event, Row, find
from appliance.rules.cases.states import Kind

__all__ = ["judged_here"]

_COPIES = frozenset({Effect.VIEWING_COPY, Effect.AGENCY_COPY})


def judged_here(sight: GuardContext, event: Event) -> Row | Refusal:
    """As the tables judge, but that nothing makes a copy yet: what would make or promise one says so before it asks for
    anything."""
    row = find(rows_of(sight.case), sight.case.state, event)
    if row and (_COPIES & {effect.name for effect in row.effects} or _promises(sight, row)):
        return Refusal(event, "no_copies", (), Next.OTHER_MEANS)
    return judge(sight.case, event, sight.actor, sight.facts, sight.today)


def _promises(sight: GuardContext, row: Row) -> bool:
    """Whether the act says that there will be a copy: a decision or a proposal to give one, or an agency's appointment,
    which a copy is made for."""
    if row.event is Event.PROPOSE:
        return sight.facts.proposal.give in ("copy", "both")
    booked = row.event is Event.SCHEDULE and sight.case.kind is Kind.AGY
    return booked or any(effect.detail == "copy_decision" for effect in row.effects)
