"""What of a case may be opened now, to be seen or to be masked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.rules.cases.facts import Case
from appliance.rules.cases.masks import Mask, Purpose, why_not_masked
from appliance.rules.cases.ranges import Scope, granted_scopes
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.services.asked_range import PlayableRanges
from appliance.services.cases.attending import MASKERS, SITS
from appliance.services.cases.casefile import CaseFile

__all__ = ["viewable_of"]

_BEGINS = frozenset({Event.BEGIN, Event.RESUME})
_NO_MASKS = coded("masks")


def viewable_of(
    file: CaseFile, purpose: Purpose, today: date, masks: tuple[Mask, ...], last: date | None = None
) -> PlayableRanges:
    """To be seen, the token's minutes, while the viewing is open (``AT-02``); to be masked, the minutes that are to be,
    until their masks are confirmed (``T-26``); to be copied, the token's minutes, on the day of an agency's viewing
    and before it begins (D-07); to be given on a medium, all that was granted, while its copy decision stands
    (``AT-56``). ``masks``: those that stand; ``last``: the last day on which what was granted may be given."""
    case = file.case
    if purpose is Purpose.COPY:
        return _copied(case, today)
    if purpose is Purpose.MEDIUM:
        return _handed(case, today, masks, last)
    if purpose is Purpose.MASKING:
        why = why_not_masked(case)
        return PlayableRanges({} if why else _by_camera(case.masked_scopes), why, sits=MASKERS)
    if case.is_masked and not case.masks_confirmed:
        return PlayableRanges({}, _NO_MASKS)
    spans = _by_camera(case.playable(today))
    why = None if spans else coded("viewing-not-begun", state=case.state)
    begun = max((deed.index for deed in file.deeds if deed.event in _BEGINS), default=0)
    seen = masks if case.is_masked else None
    return PlayableRanges(spans, why, begun, (SITS[case.kind],), seen, from_copy=case.kind is Kind.AGY)


def _copied(case: Case, today: date) -> PlayableRanges:
    token, may = case.token, case.kind is Kind.AGY and case.state is State.SCHEDULED
    if not may or token is None or token.on != today or (case.is_masked and not case.masks_confirmed):
        return PlayableRanges({}, coded("copy-not-now", state=case.state))
    return PlayableRanges(_by_camera(token.scopes), sits=(SITS[case.kind],))


_HANDS = frozenset({State.NOTIFIED, State.CLEANED, State.COPY_MADE, State.COPY_VERIFIED})
"""Where a copy on a medium is made, or made again (A16, A16a)."""


def _handed(case: Case, today: date, masks: tuple[Mask, ...], last: date | None) -> PlayableRanges:
    granted = "copy" in case.allows and "delivered" not in case.flags
    if case.kind is not Kind.AGY or not granted or case.state not in _HANDS:
        return PlayableRanges({}, coded("handing-not-now", state=case.state))
    if last is None or today > last:
        return PlayableRanges({}, coded("handing-lapsed", last_day=last.isoformat() if last else ""))
    if case.is_masked and not case.masks_confirmed:
        return PlayableRanges({}, _NO_MASKS)
    seen = masks if case.is_masked else None
    return PlayableRanges(_by_camera(granted_scopes(case.rulings)), sits=(SITS[case.kind],), masks=seen)


def _by_camera(scopes: Iterable[Scope]) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    for scope in scopes:
        spans.setdefault(scope.camera_no, []).append(scope.span)
    return spans
