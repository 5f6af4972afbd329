"""What a form of a case says: the typed values as the keeper takes them, or what is wrong with them. Pure.

Nothing is judged here but whether a day is a day and a text can be read; what is missing, the keeper says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.rules.cases.guards_appeal import ANEW
from appliance.rules.cases.rectify import is_day
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.typed import TAKES
from appliance.rules.cases.views import AskedRange, CaseView, PartyView
from appliance.rules.wording import holds_controls
from appliance.web.i18n.roc_time import Problem, moment_text, read_clock, read_day, read_moment
from appliance.web.pages.cases.fields import OWN_WORDS, Field
from appliance.web.pages.cases.items import items_of
from appliance.web.pages.cases.people import asks_alone, candidates, companions

__all__ = [
    "ADDED_RANGES",
    "NO_FORMER",
    "PROPOSED_ARTICLE",
    "Read",
    "Values",
    "event_of",
    "moment_in",
    "own_words",
    "read_act",
]

ADDED_RANGES = 2
"""So many further ranges one form adds."""

NO_FORMER = "none"
"""Chosen where a case goes on from none, whatever was said before."""

PROPOSED_ARTICLE = "article.proposed"
"""The tick by which a decision cites what its proposal cited."""

Values = Mapping[str, Sequence[str]]
"""A form's fields as they were posted."""

_VOUCHERS = MappingProxyType({Event.APPEAL: "appeal", Event.COURT_ORDER: "court_order", Event.WITHDRAW: "withdrawal"})
_PASSES = frozenset({Event.PASS_FORMAL, Event.CHECK})
"""What says that all is there; not while something is written down as wrong."""
_SECOND_NS = 1_000_000_000
_MOST_DIGITS = 16
_UNREAD = object()


class Read(NamedTuple):
    """``facts`` as ``CaseTyped`` has them. ``problems``: message codes by the field's name; then nothing is sent."""

    facts: dict[str, Any]
    problems: dict[str, str]


def first(values: Values, name: str) -> str:
    return (values.get(name) or [""])[0].strip()


def event_of(events: Sequence[Event], told: CaseView, values: Values) -> Event | None:
    """Which of the form's events it is: a decision by what was ruled, the end of an appeal by how it ended, else the
    button that was pressed. None: a range has no ruling yet, or no such button is there."""
    if Event.APPEAL_OVER in events:
        return Event.APPEAL_UPHELD if first(values, "voucher/kind") in ANEW else Event.APPEAL_OVER
    if Event.GRANT not in events:
        pressed = first(values, "event")
        return next((event for event in events if event == pressed), None)
    outcomes = {first(values, f"ruling.{each.no}.outcome") for each in told.ranges}
    if not outcomes or not outcomes <= {"granted", "partly", "refused"}:
        return None
    copies = first(values, "give") in ("copy", "both")
    if outcomes == {"refused"}:
        return Event.REFUSE
    if outcomes == {"granted"}:
        return Event.GRANT_COPY if copies else Event.GRANT
    return Event.GRANT_COPY_PARTLY if copies else Event.GRANT_PARTLY


def read_act(event: Event, fields: Sequence[Field], told: CaseView, values: Values) -> Read:
    """The facts of ``event``, out of the fields of its form that it takes."""
    facts: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields:
        if event not in field.events or field.fact not in {*TAKES[event], "words"}:
            continue
        found = _READERS.get(field.look, _plain)(field, told, values)
        if isinstance(found, Problem):
            problems[field.name] = found.code
        elif found is not _UNREAD:
            _put(facts, field.name, found)
    if event in _PASSES and any(field.look == "findings" and _findings(field, told, values) for field in fields):
        problems["findings"] = "case-page.findings-there"
    if event in _VOUCHERS and (event is not Event.WITHDRAW or facts.pop("voucher", {}).get("written")):
        facts["voucher"] = {**facts.get("voucher", {}), "kind": _VOUCHERS[event]}
    if facts.get("proposal", {}).get("result") == "refused":  # a refusal of all leaves nothing to say of the copy
        facts["proposal"] |= {"give": "", "copy_reasoned": ""}
    if _turned(event, told, values):
        problems["copy_reasoned"] = "case-page.copy-reason-proposed"
    if event in (Event.GRANT_COPY, Event.GRANT_COPY_PARTLY):
        facts["viewing_too"] = first(values, "give") == "both"
    if event in (Event.GRANT, Event.GRANT_PARTLY) and first(values, "give") == "viewing":
        facts["viewing_only"] = True
    if event is Event.SCHEDULE:
        if named := _named_anew(told, values):
            facts["parties"] = named
        if not _stays_away(told, facts):
            facts.get("words", {}).pop("applicant_absent", "")
        elif not facts.get("words", {}).get("applicant_absent"):
            problems["words/applicant_absent"] = "case-page.absent-missing"
    if event is Event.RECTIFY and is_day(facts["rectify"]["what"]):
        day = read_day(facts["rectify"]["new"])
        if isinstance(day, Problem):
            problems["rectify/new"] = day.code
        else:
            facts["rectify"]["new"] = day.isoformat()
    if first(values, "double"):
        facts["double"] = True
    return Read(facts, problems)


def _turned(event: Event, told: CaseView, values: Values) -> bool:
    """Whether a copy is given, or not, for the very reason for which the opposite was proposed."""
    gives = told.proposal.get("give", ""), first(values, "give")
    opposite = all(gives) and (gives[0] == "viewing") != (gives[1] == "viewing")
    reasons = told.proposal.get("copy_reasoned", ""), first(values, "copy_reasoned")
    return "copy_reasoned" in TAKES[event] and opposite and all(reasons) and reasons[0] == reasons[1]


def own_words(event: Event, fields: Sequence[Field], told: CaseView, values: Values) -> dict[str, str]:
    """What somebody of the office writes for the event in words of their own, by the field that it stands in."""
    parts = {
        "rulings": [f"ruling.{each.no}.reason" for each in told.ranges],
        "findings": [f"finding.{item.code}" for item in items_of(told)],
        "viewing/filming": ["filming.handled"],
    }
    names = [field.name for field in fields if event in field.events and field.name in OWN_WORDS]
    said = {name: "\n".join(first(values, part) for part in parts.get(name, [name])) for name in names}
    return {name: text for name, text in said.items() if text.strip()}


def _put(facts: dict[str, Any], name: str, value: Any) -> None:
    fact, _, part = name.partition("/")
    if not part:
        facts[fact] = value
    elif fact == "words" and not value:
        return
    else:
        facts.setdefault(fact, {})[part] = value


def _plain(field: Field, _told: CaseView, values: Values) -> Any:
    text = first(values, field.name)
    if holds_controls(text):
        return Problem("case-page.controls")
    if len(text) > field.most:
        return Problem("case-page.too-long")
    return text


def _tick(field: Field, _told: CaseView, values: Values) -> Any:
    return bool(first(values, field.name))


def _choice(field: Field, _told: CaseView, values: Values) -> Any:
    chosen = first(values, field.name)
    return chosen if chosen in field.choices else "" if "/" in field.name else _UNREAD


def _day(field: Field, told: CaseView, values: Values) -> Any:
    text = first(values, field.name)
    if not text:
        return None if field.fact in ("form", "letter") else _UNREAD
    day = read_day(text)
    if isinstance(day, Problem):
        return day
    ahead = day.isoformat() > told.today and not field.ahead
    return Problem("date.day-ahead") if ahead else day.isoformat()


def _time(field: Field, _told: CaseView, values: Values) -> Any:
    text = first(values, field.name)
    minutes = read_clock(text) if text else None
    return (
        _UNREAD
        if minutes is None
        else minutes
        if isinstance(minutes, Problem)
        else "{:02d}:{:02d}".format(*divmod(minutes, 60))
    )


def _checklist(_field: Field, told: CaseView, values: Values) -> Any:
    answers = {line.code: first(values, f"check.{line.code}") for line in told.checklist}
    return {code: answer for code, answer in answers.items() if answer}


def _findings(field: Field, told: CaseView, values: Values) -> Any:
    found = {item.code: first(values, f"finding.{item.code}") for item in items_of(told)}
    found = {code: text for code, text in found.items() if text}
    if any(holds_controls(text) for text in found.values()):
        return Problem("case-page.controls")
    return Problem("case-page.too-long") if any(len(text) > field.most for text in found.values()) else found


def moment_in(at_ns: int, lang: str) -> str:
    """A moment of a range as a field shows it, exact to the second where it is not a whole minute."""
    return moment_text(at_ns, lang, seconds=bool(at_ns // _SECOND_NS % 60))


def _rulings(_field: Field, told: CaseView, values: Values) -> Any:
    rulings = []
    for each in told.ranges:
        at = f"ruling.{each.no}"
        outcome, reason = first(values, f"{at}.outcome"), first(values, f"{at}.reason")
        if holds_controls(reason):
            return Problem("case-page.controls")
        scope: Any = {"camera_no": each.camera_no, "start_ns": each.start_ns, "end_ns": each.end_ns}
        if outcome == "partly":
            scope = _narrowed(each, scope, values)
            if isinstance(scope, Problem):
                return scope
            whole = (scope["start_ns"], scope["end_ns"]) == (each.start_ns, each.end_ns)
            if whole and not first(values, f"{at}.masked"):
                return Problem("case-page.nothing-narrowed")
        rulings.append(
            {
                "range_no": each.no,
                "scopes": [] if outcome == "refused" else [scope],
                "masked": outcome == "partly" and bool(first(values, f"{at}.masked")),
                "reason": reason or (first(values, "reason") if outcome != "granted" else ""),
            }
        )
    return rulings


def _narrowed(asked: AskedRange, scope: dict[str, Any], values: Values) -> dict[str, Any] | Problem:
    """The minutes that are granted of a range; one that is masked may stay whole."""
    made = dict(scope)
    for part, at_ns in (("start_ns", asked.start_ns), ("end_ns", asked.end_ns)):
        text = first(values, f"ruling.{asked.no}.{part[:-3]}")
        if text and text not in (moment_in(at_ns, "zh"), moment_in(at_ns, "en")):
            moment = read_moment(text)
            if isinstance(moment, Problem):
                return moment
            made[part] = _ns(moment)
    return made


def _ranges(_field: Field, _told: CaseView, values: Values) -> Any:
    asked = []
    for no in range(ADDED_RANGES):
        camera, start, end = (first(values, f"asked.{no}.{part}") for part in ("camera", "start", "end"))
        if not (camera or start or end):
            continue
        moments = read_moment(start), read_moment(end)
        for moment in moments:
            if isinstance(moment, Problem):
                return moment
        if not camera:
            return Problem("case-page.camera-missing")
        at = [_ns(moment) for moment in moments if isinstance(moment, datetime)]
        if at[0] >= at[1]:
            return Problem("form/order")
        asked.append({"camera_no": camera, "start_ns": at[0], "end_ns": at[1]})
    return asked


def _viewers(_field: Field, told: CaseView, values: Values) -> Any:
    """Names: those of the case who are ticked, and one more who is named here."""
    if holds_controls(first(values, "viewer.name")):
        return Problem("case-page.controls")
    ticked = [each.name for no, each in enumerate(candidates(told)) if first(values, f"viewer.{no}")]
    named = [name for name in (*ticked, first(values, "viewer.name")) if name]
    return named or Problem("case-lack.viewers")


def _entitled(_field: Field, told: CaseView, values: Values) -> Any:
    """Those who come with the applicant and are said to be such as could view alone (``T-29``)."""
    made = [_entitled_party(each) for no, each in enumerate(companions(told)) if first(values, f"joint.{no}")]
    return made or _UNREAD


def _entitled_party(person: PartyView) -> dict[str, Any]:
    return {
        "part": "viewer", "account": person.account, "name": person.name, "relation": person.relation, "entitled": True
    }  # fmt: skip


def _stays_away(told: CaseView, facts: dict[str, Any]) -> bool:
    """Whether a citizen who applied is booked for no viewing that others are."""
    names = facts.get("viewing", {}).get("viewers")
    return (
        told.kind == Kind.CIT
        and names is not None
        and not any(asks_alone(told, PartyView(part="", name=each)) for each in names)
    )


def _named_anew(told: CaseView, values: Values) -> list[dict[str, Any]]:
    """Viewers whom the case does not name as viewers who could view alone, and who are said to be that now."""
    made = [
        _entitled_party(each)
        for no, each in enumerate(candidates(told))
        if first(values, f"viewer.{no}")
        and not each.entitled
        and (asks_alone(told, each) or first(values, f"viewer.{no}.entitled"))
    ]
    if name := first(values, "viewer.name"):
        relation, entitled = first(values, "viewer.relation"), bool(first(values, "viewer.entitled"))
        made.append({"part": "viewer", "name": name, "relation": relation, "entitled": entitled})
    return made


def _filming(field: Field, _told: CaseView, values: Values) -> Any:
    """``none``, or how it was dealt with; nothing while that is not said."""
    seen = first(values, field.name)
    if seen == "none":
        return "none"
    handled = first(values, "filming.handled")
    if holds_controls(handled):
        return Problem("case-page.controls")
    return handled if seen == "seen" else ""


def _article(field: Field, told: CaseView, values: Values) -> Any:
    typed = _plain(field, told, values)
    proposed = told.proposal.get("article", "") if first(values, PROPOSED_ARTICLE) else ""
    return typed if isinstance(typed, Problem) else "；".join(filter(None, (proposed, typed)))


def _former(field: Field, told: CaseView, values: Values) -> Any:
    chosen = first(values, field.name)
    if chosen in [each.case for each in told.links.offered]:
        return chosen
    return "" if chosen == NO_FORMER else Problem("case-lack.locked-case")


def _entries(field: Field, _told: CaseView, values: Values) -> Any:
    return [int(text) for text in values.get(field.name) or () if text.isdecimal() and len(text) < _MOST_DIGITS]


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * _SECOND_NS


_READERS: Mapping[str, Callable[[Field, CaseView, Values], Any]] = MappingProxyType(
    {
        "tick": _tick,
        "choice": _choice,
        "day": _day,
        "time": _time,
        "checklist": _checklist,
        "findings": _findings,
        "rulings": _rulings,
        "ranges": _ranges,
        "viewers": _viewers,
        "entitled": _entitled,
        "filming": _filming,
        "former": _former,
        "entries": _entries,
        "article": _article,
    }
)
