"""The register of those who may look live (即時檢視授權): who, at which public areas, why, from when to when.

Source: ``rules`` 八(三), ``D-28``, ``AT-30``, Q-08. Nobody is authorised before the director signed; the head of the
office needs no line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from appliance.rules.deadlines import day_of
from appliance.rules.people import Role
from appliance.rules.registers.incidents import cameras_known
from appliance.rules.registers.shape import NEW, Field, GuardContext, Item, Pair, Register, Step, Widget
from appliance.rules.worded import Worded

__all__ = ["LIVE", "MOST_DAYS", "LiveEvent", "LiveState", "is_authorised"]

MOST_DAYS = 90
"""八(三), ``AT-30``: from the first day to the last, both counted; renewed by a line of its own."""


class LiveState(Worded):
    PROPOSED = "proposed", "擬授權"
    AUTHORISED = "authorised", "授權中"
    REFUSED = "refused", "未准"
    ENDED = "ended", "已終止"
    OVER = "over", "期滿"


class LiveEvent(Worded):
    PROPOSE = "propose", "擬具授權"
    AUTHORISE = "authorise", "授權"
    REFUSE = "refuse", "不予授權"
    END = "end", "終止授權"
    EXPIRE = "expire", "期滿"


def _days(sight: GuardContext) -> tuple[date, date] | None:
    start, end = sight.said("live_from"), sight.said("live_until")
    return (date.fromisoformat(str(start)), date.fromisoformat(str(end))) if start and end else None


def days_fit(sight: GuardContext) -> tuple[str, ...]:
    """In order, ninety days at most, and not over already."""
    days = _days(sight)
    if days is None:
        return ()
    start, end = days
    if end < start:
        return ("days_turned",)
    lacks = ("days_many",) if (end - start).days + 1 > MOST_DAYS else ()
    return (*lacks, "days_over") if end < day_of(sight.facts.at_ns) else lacks


def public_areas_alone(sight: GuardContext) -> tuple[str, ...]:
    """Cameras in force whose approved area is a public one, as they are on this very day."""
    return tuple(f"not_public:{number}" for number in sight.said("cameras", []) if not sight.facts.cameras.get(number))


def viewer_may_be(sight: GuardContext) -> tuple[str, ...]:
    """Somebody with an account here who is neither an auditor nor the director (domain 4.3)."""
    viewer = sight.said("viewer")
    return ("viewer_unknown",) if viewer and viewer not in sight.facts.viewers else ()


def not_oneself(sight: GuardContext) -> tuple[str, ...]:
    return ("is_viewer",) if sight.said("viewer") == sight.actor.account else ()


def is_over(sight: GuardContext) -> tuple[str, ...]:
    days = _days(sight)
    return () if days and days[1] < day_of(sight.facts.at_ns) else ("goes_on",)


def is_authorised(items: Iterable[Item], account: str, camera_no: str, day: date, cameras: Mapping[str, bool]) -> bool:
    """Whether the account may look at that camera on that day by a line that the director signed. ``cameras`` as in
    :class:`Facts`: what is out of force, or shows no public area any more, is authorised for nobody."""
    return cameras.get(camera_no, False) and any(
        item.state == LiveState.AUTHORISED
        and item.value("viewer") == account
        and camera_no in (item.value("cameras") or ())
        and str(item.value("live_from")) <= day.isoformat() <= str(item.value("live_until"))
        for item in items
    )


_S, _E = LiveState, LiveEvent

LIVE = Register(
    code="live",
    zh="即時檢視授權",
    letter="L",
    kind="live.changed",
    states=LiveState,
    gist=("viewer", "cameras", "live_until"),
    done=frozenset({_S.REFUSED, _S.ENDED, _S.OVER}),
    pairs=(Pair("proposed", "authorised"),),
    steps=(
        Step(
            "A1",
            (NEW,),
            _E.PROPOSE,
            _S.PROPOSED,
            (Role.OFFICER, Role.MANAGER),
            (
                Field("viewer", Widget.LINK, of="people"),
                Field("cameras", Widget.CAMERAS),
                Field("live_purpose", Widget.WORDS),
                Field("live_from", Widget.DAY),
                Field("live_until", Widget.DAY),
            ),
            (viewer_may_be, cameras_known, public_areas_alone, days_fit, not_oneself),
            cell="proposed",
        ),
        Step(
            "A2",
            (_S.PROPOSED,),
            _E.AUTHORISE,
            _S.AUTHORISED,
            (Role.DIRECTOR,),
            (),
            (viewer_may_be, public_areas_alone, days_fit, not_oneself),
            cell="authorised",
            password=True,
        ),
        Step("A3", (_S.PROPOSED,), _E.REFUSE, _S.REFUSED, (Role.DIRECTOR,), (Field("note", Widget.WORDS),)),
        Step("A4", (_S.AUTHORISED,), _E.END, _S.ENDED, (Role.DIRECTOR,), (Field("note", Widget.WORDS),)),
        Step("A5", (_S.AUTHORISED,), _E.EXPIRE, _S.OVER, (Role.SYSTEM,), (), (is_over,)),
    ),
)
