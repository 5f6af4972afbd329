"""What whoever asks has asked before (``T-38``): shown to those who handle the case, counted by no rule.

The same hand is the same ID number, account or agency; where the paper has no number, the same name, and that is said.
So is how many more have the name where one of the two has no number: an incomplete paper hides nobody's requests.
Everything comes from the rows of the lists: one agency may have asked a thousand times.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from appliance.rules.cases.list_views import CaseRow
from appliance.rules.cases.views import Earlier, OtherCase
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.listing import Listing, hand_of

__all__ = ["earlier_than", "in_short"]

_MOST = 20


def earlier_than(listing: Listing, file: CaseFile, sees: Callable[[str], bool]) -> Earlier:
    """The requests of the same kind and hand that were received before this one; ``sees``: whether the reader may open
    the case of that key."""
    hand = hand_of(file)
    if not hand.mark:
        return Earlier()
    now = (file.deeds[0].at_ns, file.key)
    before = [each for each in listing.asked(file.case.kind) if (each.began_ns, each.row.case) < now]
    found = [each.row for each in before if each.hand[:2] == hand[:2]]
    named = [each.hand.by for each in before if hand.name and each.hand.name == hand.name]
    seen = [row for row in found if sees(row.case)]
    return Earlier(
        count=len(found),
        by=hand.by,
        cases=tuple(in_short(row) for row in itertools.islice(seen, _MOST)),
        more=max(0, len(seen) - _MOST),
        alike=sum({hand.by, by} == {"id", "name"} for by in named),
    )


def in_short(row: CaseRow) -> OtherCase:
    """A row of a list as another case's page names it."""
    return OtherCase(
        case=row.case,
        kind=row.kind,
        who=row.who,
        number=row.number,
        state=row.state,
        result=row.result,
        matter=row.matter,
        received_ns=row.received_ns,
    )
