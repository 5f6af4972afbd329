"""What the tables have and this version has no machinery for, copies: refused plainly. Pure."""

from __future__ import annotations

from appliance.rules.cases.chains import rows_of
from appliance.rules.cases.facts import Sight
from appliance.rules.cases.judging import Next, Refusal, judge
from appliance.rules.cases.rows import Do, Event, Row, find

__all__ = ["judged_here"]

_COPIES = frozenset({Do.VIEWING_COPY, Do.AGENCY_COPY})


def judged_here(sight: Sight, event: Event) -> Row | Refusal:
    """As the tables judge, but that nothing makes a copy yet: a row that would says so before it asks for anything."""
    row = find(rows_of(sight.case), sight.case.state, event)
    if row and _COPIES & {effect.name for effect in row.effects}:
        return Refusal(event, "no_copies", (), Next.WAIT)
    return judge(sight.case, event, sight.actor, sight.facts, sight.today)
