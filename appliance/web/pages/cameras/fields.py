"""What each event of a camera asks for, and how what was typed becomes the facts that the keeper takes. Pure.

A field is a name, its look and where its answer goes; template and reading know no field by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.rules.cameras.places import PLACE_KINDS
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.version import ACCEPTANCE_LINES, PURPOSES, REVIEW_LINES
from appliance.web.i18n import roc_time

__all__ = ["DRAFT_PARTS", "EVENT_FIELDS", "Field", "facts_of", "names_of", "unreadable"]


class Field(NamedTuple):
    """``look``: text, words, day, tick, choice, ticks, lines, or met: a tick for each condition of the approval.
    ``goes``: where in the facts, ``record.name`` or a name. ``choices``: of a choice or of ticks."""

    name: str
    look: str
    goes: str
    choices: tuple[str, ...] = ()
    optional: bool = False


_YES_NO = ("yes", "no")
_NOTE = Field("note", "words", "note")
_DOUBLE = Field("double", "tick", "double", optional=True)
_DOCUMENT = (
    Field("agency", "text", "answer.agency"),
    Field("day", "day", "answer.day"),
    Field("number", "text", "answer.number"),
)
_ANSWER = (
    Field("kind", "choice", "answer.kind", ("approved", "filed")),
    *_DOCUMENT,
    Field("conditions", "lines", "answer.conditions", optional=True),
    Field("expires", "day", "answer.expires", optional=True),
)
_PICTURE = Field("picture", "text", "acceptance.picture")

EVENT_FIELDS: Mapping[str, tuple[Field, ...]] = MappingProxyType(
    {
        Event.SUBMIT: (_DOUBLE,),
        Event.RETURN: (_NOTE,),
        Event.STAMP: (_DOUBLE,),
        Event.STAMP_SECRETARY: (_DOUBLE,),
        Event.APPROVE: (_DOUBLE,),
        Event.APPROVE_EXEMPT: (_DOUBLE,),
        Event.SEND: (Field("letter", "text", "letter_no"),),
        Event.ENTER_ANSWER: _ANSWER,
        Event.FILE_EVIDENCE: _ANSWER,
        Event.REJECT: _DOCUMENT,
        Event.DROP: (_NOTE,),
        Event.ACCEPT: (
            *(Field(line, "tick", f"acceptance.{line}") for line in ACCEPTANCE_LINES),
            Field("met", "met", "acceptance.conditions", optional=True),
            _PICTURE,
        ),
        Event.REVIEW: (
            *(Field(line, "choice", f"review.{line}", _YES_NO) for line in REVIEW_LINES),
            Field("met", "met", "review.conditions", optional=True),
        ),
        Event.MISMATCH: tuple(Field(line, "choice", f"review.{line}", _YES_NO) for line in REVIEW_LINES),
        Event.EXPLAIN: (_NOTE, _PICTURE),
        Event.PUT_BACK: (_PICTURE,),
        Event.SIGN_PLAN: (Field("plan", "day", "plan_due"),),
        Event.RECOGNISE: (_NOTE,),
        Event.RECHECK: (
            Field("make", "text", "device.make", optional=True),
            Field("maker-origin", "text", "device.origin", optional=True),
            Field("model", "text", "device.model", optional=True),
            Field("banned", "choice", "device.banned", ("no", "yes")),
            Field("checked", "day", "device.checked_on"),
        ),
        Event.SUSPEND: (_NOTE,),
        Event.RESUME: (_NOTE,),
        Event.RETIRE: (_NOTE, Field("removal", "text", "removal_no", optional=True)),
    }
)
"""Events that are not here ask for nothing but the act itself."""

DRAFT_PARTS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "place",
        (
            Field("area", "text", "matters.area"),
            Field("place", "text", "matters.place"),
            Field("place-kind", "choice", "matters.place_kind", PLACE_KINDS),
            Field("in-premises", "tick", "matters.in_premises"),
            Field("public-area", "tick", "matters.public_area", optional=True),
        ),
    ),
    (
        "view",
        (
            Field("view", "words", "matters.view"),
            Field("lens", "text", "matters.lens", optional=True),
            Field("purposes", "ticks", "matters.purposes", PURPOSES),
            Field("sound", "tick", "matters.sound", optional=True),
            Field("ptz", "tick", "matters.ptz", optional=True),
            Field("mode", "choice", "matters.mode", ("continuous", "motion")),
        ),
    ),
    (
        "device",
        (
            Field("make", "text", "device.make"),
            Field("maker-origin", "text", "device.origin"),
            Field("model", "text", "device.model"),
            Field("serial", "text", "device.serial", optional=True),
            Field("size", "text", "device.size", optional=True),
            Field("rate", "text", "device.rate", optional=True),
            Field("night", "choice", "device.night", ("seen", "dark"), optional=True),
            Field("banned", "choice", "device.banned", ("no", "yes")),
            Field("checked", "day", "device.checked_on"),
        ),
    ),
    (
        "wiring",
        (
            Field("source", "text", "wiring.source", optional=True),
            Field("settings", "lines", "wiring.settings", optional=True),
        ),
    ),
    (
        "why",
        (
            Field("reason", "words", "reason"),
            Field("alternative", "words", "alternative"),
        ),
    ),
)
"""The form of a draft, part by part."""


def names_of() -> tuple[str, ...]:
    """Every field's name, each once."""
    fields = [field for fields in EVENT_FIELDS.values() for field in fields]
    fields += [field for _, part in DRAFT_PARTS for field in part]
    return tuple(dict.fromkeys(field.name for field in fields))


def unreadable(fields: tuple[Field, ...], typed: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The message code of what cannot be read, by the field's name."""
    found = {}
    for field in fields:
        text = " ".join(typed.get(field.name, ()))
        if field.look == "day" and text and isinstance(roc_time.read_day(text), roc_time.Problem):
            found[field.name] = "date.day-unreadable"
        if field.goes == "wiring.settings" and any("=" not in line for line in _lines(text)):
            found[field.name] = "camera.settings-unreadable"
    return found


def facts_of(fields: tuple[Field, ...], typed: Mapping[str, tuple[str, ...]], conditions: int = 0) -> dict[str, Any]:
    """The facts of what was typed; what was left empty is not among them. ``conditions``: of the approval."""
    facts: dict[str, Any] = {}
    for field in fields:
        value = _value(field, typed.get(field.name, ()), conditions)
        if value in ("", None, (), [], {}):
            continue
        record, dot, name = field.goes.partition(".")
        if dot:
            facts.setdefault(record, {})[name] = value
        else:
            facts[record] = value
    return facts


_FRACTION = re.compile(r"\d{1,9}\.\d{1,9}", re.ASCII)
_ALWAYS_TEXT = frozenset({"password", "user"})


def _value(field: Field, given: tuple[str, ...], conditions: int) -> Any:
    text = "\n".join(given).strip()
    if field.look == "met":
        return len({each for each in given if each in map(str, range(conditions))})
    if field.look == "tick":
        return bool(text)
    if field.look == "ticks":
        return [each for each in given if each in field.choices]
    if field.look == "day":
        day = roc_time.read_day(text) if text else None
        return day.isoformat() if isinstance(day, date) else None
    if field.goes == "wiring.settings":
        typed = (line.partition("=") for line in _lines(text))
        return {key.strip(): _plain(key.strip(), value.strip()) for key, _, value in typed}
    return _lines(text) if field.look == "lines" else text


def _plain(name: str, value: str) -> str | int | float | bool:
    """As in a settings file: true, false and numbers; text in quotes, or whatever is none of these. User and password
    are always text: a password may be all digits."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    if name in _ALWAYS_TEXT:
        return value
    if value in ("true", "false"):
        return value == "true"
    number = value.isascii() and value.isdecimal() and len(value) < 19 and (value == "0" or not value.startswith("0"))
    if number:
        return int(value)
    return float(value) if _FRACTION.fullmatch(value) else value


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
