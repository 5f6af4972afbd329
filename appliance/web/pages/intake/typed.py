"""What was typed into a form of an intake: read forgivingly into what the keeper's verb takes, with everything that is
wrong or missing named at its input. Pure.

Whether it may be received is the keeper's answer. What the tables would miss is found here with their own guards, so
that one answer names it together with what cannot be read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from appliance.rules.cases.facts import Case, CaseFacts, GuardContext
from appliance.rules.cases.identity import id_kind_of, plain_id
from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.papers import Form, Late, Letter, Voice
from appliance.rules.cases.people import SYSTEM, Party, Person
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event, find
from appliance.rules.cases.states import Kind, State
from appliance.rules.deadlines import day_of
from appliance.rules.wording import holds_controls
from appliance.web.forms.range_rows import ROW_PARTS, Wrong, read_rows, row_name
from appliance.web.i18n.roc_time import Problem, read_clock, read_day
from appliance.web.pages.intake.fields import MAX_RANGES, MAX_VIEWERS, Field, IntakeForm

__all__ = [
    "FOLLOWS",
    "VIEWER_PARTS",
    "Filled",
    "Typed",
    "fill",
    "names_of",
    "place_of",
    "typed_from",
    "viewer_name",
]

VIEWER_PARTS = ("name", "relation", "entitled")
FOLLOWS = "follows"
"""The input with the key of the call that a letter follows."""
_MOST = {"line": 200, "text": 2_000}
_PREFILLED = frozenset({"applied-on", FOLLOWS})


class Typed(NamedTuple):
    """The inputs of a form as they were typed, by name; an unticked box is "". ``rows`` of ranges are shown."""

    texts: Mapping[str, str]
    rows: int = 1

    def values(self) -> dict[str, list[str]]:
        """As a draft keeps it."""
        return {name: [text] for name, text in self.texts.items() if text}

    @property
    def is_empty(self) -> bool:
        return not any(text for name, text in self.texts.items() if name not in _PREFILLED)


class Filled(NamedTuple):
    """``facts`` as the verb takes them; ``wrong``: what cannot be read and what the tables miss, in the order of the
    page."""

    facts: dict[str, Any]
    scopes: tuple[Scope, ...]
    wrong: tuple[Wrong, ...]


def viewer_name(number: int, part: str) -> str:
    """The input's name."""
    return f"v{number}-{part}"


def names_of(form: IntakeForm) -> tuple[str, ...]:
    """The inputs of a form, in the order of the page."""
    names: list[str] = []
    for section in form.sections:
        if section.block == "ranges":
            names += [row_name(number, part) for number in range(MAX_RANGES) for part in ROW_PARTS]
        if section.block == "viewers":
            names += [viewer_name(number, part) for number in range(MAX_VIEWERS) for part in VIEWER_PARTS]
        names += [field.name for field in section.fields]
    return (*names, FOLLOWS) if form.event is Event.RECEIVE_LETTER else tuple(names)


def typed_from(form: IntakeForm, values: Mapping[str, list[str]]) -> Typed:
    """The inputs out of a submit or a draft; over-long texts are cut at twice their limit, unknown names dropped."""
    texts = {name: (values.get(name) or [""])[0].strip()[: 2 * _MOST["text"]] for name in names_of(form)}
    used = [at for at in range(MAX_RANGES) if any(texts.get(row_name(at, part)) for part in ROW_PARTS)]
    return Typed(texts, max(used, default=0) + 1)


def fill(form: IntakeForm, typed: Typed, cameras: Collection[str], now_ns: int) -> Filled:
    """What the keeper is asked, and what is wrong with it."""
    facts: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for field in form.fields():
        text = typed.texts[field.name]
        if field.when is None or typed.texts[field.when[0]] in field.when[1]:
            found = _read(field, text, day_of(now_ns))
            if isinstance(found, Wrong):
                wrong.append(found)
            elif found not in ("", None):
                _put(facts, field.to, found)
    scopes, of_rows = read_rows(typed.texts, MAX_RANGES, cameras, now_ns)
    facts["asked"] = [msgspec.to_builtins(each) for each in scopes]
    facts["parties"], of_people = _parties(form, typed, facts)
    if not facts["parties"]:
        del facts["parties"]
    wrong += [*of_rows, *of_people]
    named = {each.field for each in wrong}
    missing = [Wrong(place_of(form, code), _words(code, facts)) for code in _lacking(form, facts, scopes, now_ns)]
    rows_wrong = bool(of_rows)
    wrong += [each for each in missing if each.field not in named and not (each.field == "r0-day" and rows_wrong)]
    order = {name: at for at, name in enumerate(names_of(form))}
    return Filled(facts, scopes, tuple(sorted(wrong, key=lambda each: order.get(each.field, -1))))


def place_of(form: IntakeForm, code: str) -> str:
    """The input in which what the tables miss is mended; "" where the form has none for it."""
    if code in ("range", "range_past"):
        return row_name(0, "day")
    if code == "viewer_named":
        return viewer_name(0, "name")
    return next((field.name for field in form.fields() if code in field.lacks), "")


def _words(code: str, facts: Mapping[str, Any]) -> str:
    """A question that nobody answered is none that was answered with what the rules do not allow."""
    if code == "judicial_no" and not facts.get("form", {}).get("judicial"):
        return "form.judicial-unanswered"
    return f"case-lack.{code.replace('_', '-')}"


def _read(field: Field, text: str, today: date) -> Any:
    """No day of these forms is still to come: papers were written, and people born."""
    if field.widget == "tick":
        return text == "1"
    if field.widget in ("radio", "select"):
        return text if text in (*field.options, *field.barred) else ""
    if holds_controls(text):
        return Wrong(field.name, "intake.controls")
    if len(text) > _MOST["text" if field.widget == "text" else "line"]:
        return Wrong(field.name, "intake.too-long")
    if field.widget == "day" and text:
        day = read_day(text)
        if isinstance(day, Problem):
            code = "date.day-unreadable" if day.code == "date.unreadable" else day.code
            return Wrong(field.name, code)
        return Wrong(field.name, "date.day-ahead") if day > today else day.isoformat()
    if field.to == "late/time":
        minutes = read_clock(text) if text else ""
        return Wrong(field.name, minutes.code) if isinstance(minutes, Problem) else _clock(minutes)
    if field.to.endswith("/id_no"):
        return plain_id(text)
    return text


def _clock(minutes: int | str) -> str:
    return "{:02d}:{:02d}".format(*divmod(minutes, 60)) if isinstance(minutes, int) else minutes


def _put(facts: dict[str, Any], to: str, value: Any) -> None:
    part, _, name = to.partition("/")
    if not name:
        facts[part] = value
    else:
        facts.setdefault(part, {})[name] = value


def _parties(form: IntakeForm, typed: Typed, facts: dict[str, Any]) -> tuple[list[dict[str, Any]], list[Wrong]]:
    """Applicant, agent and viewers out of the fields that name them."""
    parties, wrong = [], []
    for part in ("applicant", "agent"):
        named = facts.pop(part, {})
        if named.get("name"):
            kind = id_kind_of(named.get("id_no", ""))
            parties.append({"part": part, **({"id_kind": kind} if kind else {}), **named})
        elif part == "agent" and (named or facts.get("form", {}).get("agent")):
            wrong.append(Wrong("agent-name", "intake.agent-missing"))
    if not form.has("viewers"):
        return parties, wrong
    for number in range(MAX_VIEWERS):
        name, relation, entitled = (typed.texts[viewer_name(number, part)] for part in VIEWER_PARTS)
        if holds_controls(name + relation):
            wrong.append(Wrong(viewer_name(number, "name"), "intake.controls"))
        elif len(name) > _MOST["line"] or len(relation) > _MOST["line"]:
            wrong.append(Wrong(viewer_name(number, "name"), "intake.too-long"))
        elif name:
            viewer = {"part": "viewer", "name": name, "relation": relation, "entitled": entitled == "1"}
            parties.append({key: value for key, value in viewer.items() if value})
        elif relation:
            wrong.append(Wrong(viewer_name(number, "name"), "intake.viewer-missing"))
    return parties, wrong


def _lacking(form: IntakeForm, facts: Mapping[str, Any], scopes: tuple[Scope, ...], now_ns: int) -> tuple[str, ...]:
    """What the row of the table would miss, whoever acts: its own guards over what was typed."""
    row = find(TABLES[form.kind], State.DRAFT, form.event)
    if row is None:
        return ()
    today: date = day_of(now_ns)
    named = tuple(Party(person=Person(name=each["name"]), part=each["part"]) for each in facts.get("parties", ()))
    if form.event is Event.SUBMIT:
        named = (Party(person=Person(name="?")), *named)  # whoever sits there applies
    if sender := facts.get("letter", {}).get("officer") or facts.get("letter", {}).get("agency"):
        named = (Party(person=Person(name=sender)), *named)
    on_paper = form.kind is Kind.INT and form.event is Event.RECEIVE
    section = facts.get("form", {}).get("section", "") if on_paper else "?"
    seen = CaseFacts(
        number="?",
        policy="?",
        section=section,
        managing_section=section,
        filed_ns=now_ns,
        asked=scopes,
        parties=named,
        form=msgspec.convert(facts.get("form", {}), Form),
        letter=msgspec.convert(facts.get("letter", {}), Letter),
        voice=msgspec.convert(facts.get("voice", {}), Voice),
        statutory=facts.get("statutory", ""),
        recorder=facts.get("recorder", ""),
        late=msgspec.convert(facts.get("late", {}), Late),
    )
    sight = GuardContext(Case(kind=form.kind), seen, SYSTEM, today)
    return tuple(dict.fromkeys(code for guard in row.guards for code in guard(sight)))
