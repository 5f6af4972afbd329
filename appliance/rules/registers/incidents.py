"""The register of incidents (資安事件／個資事故): from suspicion to closing.

Source: domain 2.10, ``AT-67``, ``T-45``, ``T-89``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.rules.people import Role
from appliance.rules.registers.clocks import SERIOUS, Clock, clocks_of
from appliance.rules.registers.shape import NEW, Field, GuardContext, Pair, Register, Step, Widget
from appliance.rules.worded import Worded

__all__ = ["INCIDENTS", "KINDS", "IncidentEvent", "IncidentState"]

KINDS = (
    "filming",
    "copy_alive",
    "access_unmatched",
    "medium_lost",
    "stranger",
    "drive_gone",
    "chain_broken",
    "box_stolen",
    "other",
)
"""What gives cause: somebody filmed, a copy that lives too long, an access that fits no case, a lost medium, an unknown
camera or log-in, a drive that went without a certificate, a broken ledger, the box itself stolen (``T-89``)."""


class IncidentState(Worded):
    SUSPECTED = "suspected", "疑似"
    CONFIRMED = "confirmed", "已確認"
    CONTAINED = "contained", "已控制"
    NOTIFIED = "notified", "已通報／已通知"
    REVIEWED = "reviewed", "已檢討"
    CLOSED = "closed", "已結案"
    DISMISSED = "dismissed", "已判定非事故"


class IncidentEvent(Worded):
    DECLARE = "declare", "通報疑似事故"
    ADD = "add", "補充影響範圍"
    CONFIRM = "confirm", "確認並判定等級"
    REGRADE = "regrade", "改判等級"
    DISMISS = "dismiss", "判定非事故"
    REPORT = "report", "資安通報"
    NOTIFY = "notify", "通報主管機關／通知當事人"
    CONTAIN = "contain", "完成損害控制或復原"
    FINISH = "finish", "完成通報及通知"
    REVIEW = "review", "檢討"
    RETURN = "return", "退回補正"
    CLOSE = "close", "結案"


def known_by_now(sight: GuardContext) -> tuple[str, ...]:
    """Nobody knows of what is still to come."""
    return ("known_ahead",) if int(sight.said("known_at", 0) or 0) > sight.facts.at_ns else ()


def seen_is_offered(sight: GuardContext) -> tuple[str, ...]:
    seen = sight.typed.get("seen")
    return ("seen_over",) if seen and seen not in sight.facts.seen() else ()


def no_clock_stopped_alone(sight: GuardContext) -> tuple[str, ...]:
    """A judgement that stops a clock, or gives it longer, is the unit head's or the director's, and of somebody other
    than whoever declared it (``AT-67``)."""
    stood, said = sight.item.value, sight.typed.get
    stops = any(said(name) == off and stood(name) != off for name, off in (("cyber", "none"), ("personal", "no")))
    if not stops and (stood("cyber") not in SERIOUS or said("cyber") in (*SERIOUS, None)):
        return ()
    heads = (Role.UNIT_HEAD, Role.DIRECTOR)
    lacks = () if set(heads) & set(sight.actor.roles) else ("judged_by_head",)
    return (*lacks, "is_declarer") if sight.item.signed_by("declared") == sight.actor.account else lacks


def another_grade(sight: GuardContext) -> tuple[str, ...]:
    said = {name: sight.typed[name] for name in ("cyber", "personal") if name in sight.typed}
    return ("same_grade",) if said and said.items() <= sight.item.values.items() else ()


def extent_said(sight: GuardContext) -> tuple[str, ...]:
    """Cameras and minutes, or the word that none is known to be concerned (``AT-67``)."""
    if sight.typed.get("no_footage"):
        return ("extent_both",) if sight.typed.get("ranges") or sight.typed.get("cameras") else ()
    return () if sight.typed.get("ranges") or sight.typed.get("cameras") else ("extent",)


def cameras_known(sight: GuardContext) -> tuple[str, ...]:
    named = [*sight.typed.get("cameras", ()), *(each["camera_no"] for each in sight.typed.get("ranges", ()))]
    return tuple(f"camera_unknown:{number}" for number in dict.fromkeys(named) if number not in sight.facts.cameras)


def ranges_past(sight: GuardContext) -> tuple[str, ...]:
    late = any(each["end_ns"] > sight.facts.at_ns for each in sight.typed.get("ranges", ()))
    return ("range_ahead",) if late else ()


def _moment_fits(sight: GuardContext, name: str) -> tuple[str, ...]:
    at_ns = int(sight.typed.get(name, 0) or 0)
    if not at_ns:
        return ()
    if at_ns > sight.facts.at_ns:
        return (f"{name}_ahead",)
    return (f"{name}_before",) if at_ns < int(sight.item.value("known_at", 0) or 0) else ()


def report_time_fits(sight: GuardContext) -> tuple[str, ...]:
    return _moment_fits(sight, "reported_at")


def notice_time_fits(sight: GuardContext) -> tuple[str, ...]:
    return _moment_fits(sight, "notified_at")


def contain_time_fits(sight: GuardContext) -> tuple[str, ...]:
    return _moment_fits(sight, "contained_at")


def final_time_fits(sight: GuardContext) -> tuple[str, ...]:
    return _moment_fits(sight, "final_at")


def _clock(sight: GuardContext, code: str) -> Clock | None:
    return next((each for each in clocks_of(sight.item) if each.code == code), None)


def _late_is_explained(sight: GuardContext, code: str, at: str) -> tuple[str, ...]:
    clock = _clock(sight, code)
    late = clock is not None and clock.open and int(sight.typed.get(at, 0) or 0) > clock.due_ns
    return ("late_why",) if late and not sight.typed.get("late_why") else ()


def late_report_explained(sight: GuardContext) -> tuple[str, ...]:
    """What is late says why."""
    return _late_is_explained(sight, "report", "reported_at")


def late_notice_explained(sight: GuardContext) -> tuple[str, ...]:
    return _late_is_explained(sight, "notice", "notified_at")


def late_contain_explained(sight: GuardContext) -> tuple[str, ...]:
    return _late_is_explained(sight, "contain", "contained_at")


def late_final_explained(sight: GuardContext) -> tuple[str, ...]:
    return _late_is_explained(sight, "final", "final_at")


def clocks_answered(sight: GuardContext) -> tuple[str, ...]:
    """Report and notice are made, or judged not to apply."""
    return tuple(f"clock_{each.code}" for each in clocks_of(sight.item) if each.code != "final" and each.open)


def final_report_sent(sight: GuardContext) -> tuple[str, ...]:
    """An incident with a level ends with its report: number and time (domain 2.10, report 1 month)."""
    clock = _clock(sight, "final")
    if clock is None or clock.off:
        return ()
    return tuple(f"lacks_{name}" for name in ("final_no", "final_at") if not sight.typed.get(name))


def _declared(sight: GuardContext) -> dict[str, Any]:
    return {"hours": msgspec.structs.asdict(sight.facts.hours)}


def _reported(sight: GuardContext) -> dict[str, Any]:
    return {"first_reported_at": sight.item.value("first_reported_at", 0) or sight.typed["reported_at"]}


def _notified(sight: GuardContext) -> dict[str, Any]:
    return {"first_notified_at": sight.item.value("first_notified_at", 0) or sight.typed["notified_at"]}


_S, _E = IncidentState, IncidentEvent
_HANDLERS = (Role.OFFICER, Role.MANAGER, Role.UNIT_HEAD)
_JUDGES = (*_HANDLERS, Role.DIRECTOR)
_DECLARERS = (
    *_HANDLERS, Role.SECRETARY, Role.STAFF, Role.SECTION_HEAD, "live_viewer", "auditor", "archivist", "webmaster",
    Role.SYSTEM,
)  # fmt: skip
_OPEN = (_S.SUSPECTED, _S.CONFIRMED, _S.CONTAINED)
_EXTENT = (
    Field("ranges", Widget.RANGES, needed=False),
    Field("cameras", Widget.CAMERAS, needed=False),
    Field("no_footage", Widget.TICK, needed=False),
    Field("people", Widget.LINES, needed=False),
)
_EXTENT_FITS = (extent_said, cameras_known, ranges_past)
_GRADE = (
    Field("cyber", Widget.CHOICE, ("none", "1", "2", "3", "4")),
    Field("personal", Widget.CHOICE, ("yes", "no")),
    Field("why", Widget.WORDS),
)
_LATE = Field("late_why", Widget.WORDS, needed=False)

INCIDENTS = Register(
    code="incidents",
    zh="資安事件／個資事故",
    letter="I",
    kind="incident.changed",
    states=IncidentState,
    gist=("kind", "facts"),
    done=frozenset({_S.CLOSED, _S.DISMISSED}),
    pairs=(Pair("declared", "dismissed"), Pair("reviewed", "closed")),
    steps=(
        Step(
            "N1",
            (NEW,),
            _E.DECLARE,
            _S.SUSPECTED,
            _DECLARERS,
            (
                Field("kind", Widget.CHOICE, KINDS),
                Field("known_at", Widget.MOMENT),
                Field("facts", Widget.WORDS),
                *_EXTENT,
                Field("seen", Widget.LINK, needed=False, of="findings"),
            ),
            (known_by_now, *_EXTENT_FITS, seen_is_offered),
            cell="declared",
            brings=_declared,
        ),
        Step(
            "N2", _OPEN, _E.ADD, None, (*_HANDLERS, Role.SECRETARY, Role.SYSTEM),
            (Field("more_facts", Widget.WORDS), *_EXTENT), _EXTENT_FITS,
        ),
        Step(
            "N3",
            (_S.SUSPECTED,),
            _E.CONFIRM,
            _S.CONFIRMED,
            _JUDGES,
            _GRADE,
            (no_clock_stopped_alone,),
            cell="confirmed",
        ),
        Step(
            "N3a", (_S.CONFIRMED, _S.CONTAINED), _E.REGRADE, None, _JUDGES, _GRADE,
            (another_grade, no_clock_stopped_alone), cell="confirmed",
        ),
        Step(
            "N3b", (_S.NOTIFIED, _S.REVIEWED), _E.REGRADE, _S.CONTAINED, _JUDGES, _GRADE,
            (another_grade, no_clock_stopped_alone), cell="confirmed", voids=("notified", "reviewed"),
        ),
        Step(
            "N4", (_S.SUSPECTED,), _E.DISMISS, _S.DISMISSED, (Role.UNIT_HEAD, Role.DIRECTOR),
            (Field("why", Widget.WORDS),), cell="dismissed",
        ),
        Step(
            "N5",
            _OPEN,
            _E.REPORT,
            None,
            _HANDLERS,
            (
                Field("reported_to", Widget.TEXT),
                Field("reported_at", Widget.MOMENT),
                Field("report_no", Widget.TEXT),
                _LATE,
            ),
            (report_time_fits, late_report_explained),
            brings=_reported,
        ),
        Step(
            "N6",
            _OPEN,
            _E.NOTIFY,
            None,
            _HANDLERS,
            (
                Field("notified_whom", Widget.CHOICE, ("persons", "authority", "both")),
                Field("notified_at", Widget.MOMENT),
                Field("notice_means", Widget.TEXT),
                Field("notice_facts", Widget.WORDS),
                Field("notice_measures", Widget.WORDS),
                _LATE,
            ),
            (notice_time_fits, late_notice_explained),
            brings=_notified,
        ),
        Step(
            "N7",
            (_S.CONFIRMED,),
            _E.CONTAIN,
            _S.CONTAINED,
            _HANDLERS,
            (Field("contained_at", Widget.MOMENT), Field("measures", Widget.WORDS), _LATE),
            (contain_time_fits, late_contain_explained),
        ),
        Step("N8", (_S.CONTAINED,), _E.FINISH, _S.NOTIFIED, (Role.UNIT_HEAD,), (), (clocks_answered,), cell="notified"),
        Step(
            "N9",
            (_S.NOTIFIED,),
            _E.REVIEW,
            _S.REVIEWED,
            _HANDLERS,
            (
                Field("cause", Widget.WORDS),
                Field("lessons", Widget.WORDS),
                Field("improvement", Widget.WORDS),
                Field("final_no", Widget.TEXT, needed=False),
                Field("final_at", Widget.MOMENT, needed=False),
                _LATE,
            ),
            (final_report_sent, final_time_fits, late_final_explained),
            cell="reviewed",
        ),
        Step("N10", (_S.REVIEWED,), _E.RETURN, _S.NOTIFIED, (Role.DIRECTOR,), (Field("note", Widget.WORDS),),
             voids=("reviewed",)),
        Step("N11", (_S.REVIEWED,), _E.CLOSE, _S.CLOSED, (Role.DIRECTOR,), cell="closed", password=True),
    ),
)  # fmt: skip
