"""What of a case may be opened now, to be seen or to be masked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.rules.cases.masks import Mask, Purpose, why_not_masked
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event
from appliance.services.asked_range import PlayableRanges
from appliance.services.cases.attending import MASKERS, SITS
from appliance.services.cases.casefile import CaseFile

__all__ = ["viewable_of"]

_BEGINS = frozenset({Event.BEGIN, Event.RESUME})
_NO_MASKS = coded("masks")


def viewable_of(file: CaseFile, purpose: Purpose, today: date, masks: tuple[Mask, ...]) -> PlayableRanges:
    """To be seen, the token's minutes, while the viewing is open (``AT-02``); to be masked, the minutes that are to be,
    until their masks are confirmed (``T-26``). ``masks``: those that stand."""
    case = file.case
    if purpose is Purpose.MASKING:
        why = why_not_masked(case)
        return PlayableRanges({} if why else _by_camera(case.masked_scopes), why, sits=MASKERS)
    if case.is_masked and not case.masks_confirmed:
        return PlayableRanges({}, _NO_MASKS)
    spans = _by_camera(case.playable(today))
    why = None if spans else coded("viewing-not-begun", state=case.state)
    begun = max((deed.index for deed in file.deeds if deed.event in _BEGINS), default=0)
    return PlayableRanges(spans, why, begun, (SITS[case.kind],), masks if case.is_masked else None)


def _by_camera(scopes: Iterable[Scope]) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    for scope in scopes:
        spans.setdefault(scope.camera_no, []).append(scope.span)
    return spans
