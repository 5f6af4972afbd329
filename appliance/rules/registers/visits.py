"""Maintenance under escort (維護作業): who came, from which firm, who stood beside, what was done. Source: ``AT-69``,
``D-29``, domain 2.11.

A visit begins with the password of its escort, who is logged in; nobody else can begin it. The firm has no account.
"""

from __future__ import annotations

from appliance.core.model import Span
from appliance.rules.deadlines import day_of
from appliance.rules.people import Role
from appliance.rules.registers.incidents import cameras_known, ranges_past
from appliance.rules.registers.shape import NEW, Field, GuardContext, Item, Pair, Register, Step, Widget
from appliance.rules.registers.vendors import lacks_of
from appliance.rules.worded import Worded

__all__ = ["VISITS", "VisitEvent", "VisitState", "spans_lost"]


class VisitState(Worded):
    OPEN = "open", "維護中"
    ENDED = "ended", "已離場"
    STAMPED = "stamped", "已核章"


class VisitEvent(Worded):
    BEGIN = "begin", "開始維護（陪同到場）"
    TAKE_OVER = "take_over", "交接陪同"
    NOTE = "note", "記事"
    FINISH = "finish", "結束離場"
    STAMP = "stamp", "單位主管核章"


def vendor_may_come(sight: GuardContext) -> tuple[str, ...]:
    """A firm of the register, its contract and its pledge living (PDPA 細則 8)."""
    vendor = sight.linked("vendor", "vendors")
    if vendor is None:
        return ("vendor_unknown",) if sight.typed.get("vendor") else ()
    return lacks_of(vendor, day_of(sight.facts.at_ns))


def ticket_goes_on(sight: GuardContext) -> tuple[str, ...]:
    ticket = sight.typed.get("ticket")
    return ("ticket_over",) if ticket and ticket not in sight.facts.tickets else ()


def is_escort(sight: GuardContext) -> tuple[str, ...]:
    """Whoever stood beside ends it; another takes over first."""
    return () if sight.item.signed_by("escort") == sight.actor.account else ("not_escort",)


def is_another(sight: GuardContext) -> tuple[str, ...]:
    return ("is_escort",) if sight.item.signed_by("escort") == sight.actor.account else ()


def medium_may_go(sight: GuardContext) -> tuple[str, ...]:
    """Nothing leaves the house with the firm but what the register of media says is away (``T-60``)."""
    took = sight.typed.get("took")
    if took != "taken":
        return ("medium_not_taken",) if sight.typed.get("medium") else ()
    medium = sight.linked("medium", "media")
    if medium is None:
        return ("medium_unknown",)
    return () if medium.state == "away" else ("medium_not_away",)


def what_goes_on_is_reported(sight: GuardContext) -> tuple[str, ...]:
    """What does not work when the firm leaves is under a repair ticket that goes on: the visit's own or another."""
    if sight.typed.get("tested") != "not_well":
        return ()
    tickets = {sight.typed.get("follow_ticket"), sight.item.value("ticket")}
    return () if tickets & set(sight.facts.tickets) else ("no_ticket",)


def what_is_lost_is_said(sight: GuardContext) -> tuple[str, ...]:
    """Which minutes or cameras have no footage because it does not work yet."""
    said = sight.typed.get("ranges") or sight.item.value("cameras")
    return ("lost_unsaid",) if sight.typed.get("tested") == "not_well" and not said else ()


def spans_lost(visit: Item) -> list[tuple[str, Span]]:
    """What a visit that is over cost of which cameras: the minutes that its escort named; where none were and things
    did not work, the whole visit of the cameras that it was about."""
    if "finish" not in visit.times:
        return []
    named = [
        (str(each["camera_no"]), Span(each["start_ns"], each["end_ns"])) for each in visit.value("ranges", ()) or ()
    ]
    if named or visit.value("tested") != "not_well":
        return named
    whole = Span(visit.times["begin"], visit.times["finish"])
    return [(str(number), whole) for number in visit.value("cameras", ()) or () if whole.end_ns > whole.start_ns]


_S, _E = VisitState, VisitEvent
_DESK = (Role.OFFICER, Role.MANAGER)

VISITS = Register(
    code="visits",
    zh="維護作業",
    letter="W",
    kind="visit.changed",
    states=VisitState,
    gist=("vendor", "purpose", "matter"),
    done=frozenset({_S.STAMPED}),
    pairs=(Pair("escort", "stamped"),),
    steps=(
        Step(
            "W1",
            (NEW,),
            _E.BEGIN,
            _S.OPEN,
            _DESK,
            (
                Field("vendor", Widget.LINK, of="vendors"),
                Field("technicians", Widget.LINES),
                Field("id_checked", Widget.TICK),
                Field("pledges", Widget.TEXT),
                Field("purpose", Widget.CHOICE, ("repair", "maintenance", "installation", "inspection", "other")),
                Field("matter", Widget.WORDS),
                Field("ticket", Widget.LINK, needed=False, of="tickets"),
                Field("cameras", Widget.CAMERAS, needed=False),
                Field("pictures", Widget.CHOICE, ("none", "test_pattern", "needed")),
            ),
            (vendor_may_come, ticket_goes_on, cameras_known),
            cell="escort",
            password=True,
        ),
        Step("W2", (_S.OPEN,), _E.TAKE_OVER, None, _DESK, (), (is_another,), cell="escort", password=True),
        Step("W3", (_S.OPEN,), _E.NOTE, None, _DESK, (Field("note", Widget.WORDS),)),
        Step(
            "W4",
            (_S.OPEN,),
            _E.FINISH,
            _S.ENDED,
            _DESK,
            (
                Field("work", Widget.WORDS),
                Field("parts", Widget.TEXT, needed=False),
                Field("ranges", Widget.RANGES, needed=False),
                Field("tested", Widget.CHOICE, ("well", "not_well")),
                Field("follow_ticket", Widget.LINK, needed=False, of="tickets"),
                Field("took", Widget.CHOICE, ("nothing", "taken")),
                Field("medium", Widget.LINK, needed=False, of="media"),
            ),
            (
                is_escort,
                cameras_known,
                ranges_past,
                medium_may_go,
                what_goes_on_is_reported,
                what_is_lost_is_said,
            ),
            cell="finished",
            password=True,
        ),
        Step("W5", (_S.ENDED,), _E.STAMP, _S.STAMPED, (Role.UNIT_HEAD,), cell="stamped"),
    ),
)
