"""What the tables have and this version has no machinery for, copies and masks: refused plainly. Pure."""

from __future__ import annotations

from appliance.rules.cases.chains import rows_of
from appliance.rules.cases.facts import Sight
from appliance.rules.cases.judging import Next, Refusal, judge
from appliance.rules.cases.rows import Do, Event, Row, find

__all__ = ["NO_MASKS", "judged_here"]

NO_MASKS = "it was granted with masking, and this version draws no masks"
"""Why nothing of such a case is shown."""

_COPIES = frozenset({Do.VIEWING_COPY, Do.AGENCY_COPY})
_SHOWS = frozenset({Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.RESUME})
"""What leads to a picture; a viewing that cannot be is not booked either."""


def judged_here(sight: Sight, event: Event) -> Row | Refusal:
    """As the tables judge, but that nothing makes a copy or draws a mask yet: a row that would says so before it asks
    for anything."""
    row = find(rows_of(sight.case), sight.case.state, event)
    if row and event in _SHOWS and sight.case.is_masked:
        return Refusal(event, "no_masks", (), Next.WAIT)
    if row and _COPIES & {effect.name for effect in row.effects}:
        return Refusal(event, "no_copies", (), Next.WAIT)
    return judge(sight.case, event, sight.actor, sight.facts, sight.today)
