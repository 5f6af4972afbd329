"""What is typed about a person, read and checked: a day in the office's own forms, a role, words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from appliance.rules.people import ROLES
from appliance.web.forms.asked_range import FieldProblem
from appliance.web.i18n.roc_time import Problem, read_day

__all__ = ["BLANK", "FIELDS", "Checked", "check_person", "typed_from"]

_GRANT = ("role", "start", "end", "acting", "document")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "add": ("name", "display", "post", "unit", *_GRANT),
    "grant": _GRANT,
    "end-grant": ("role", "acting", "document"),
    "move": ("display", "post", "unit", "document"),
    "close": ("document",),
    "reopen": ("document",),
    "reset": (),
    "enrol": (),
    "pledge": ("document",),
}
"""What each act takes, beside who it is about and the passwords."""

BLANK = dict.fromkeys(("name", "display", "post", "unit", *_GRANT), "")
"""A form that nobody has typed into."""
_MOST = 200


class Checked(NamedTuple):
    """What the keeper is asked for, or what is wrong."""

    values: dict[str, Any]
    problems: list[FieldProblem]


def typed_from(posted: Mapping[str, Any], act: str) -> dict[str, str]:
    """The fields of an act as they were typed; what is no text is left out."""
    found = ((name, posted.get(name, "")) for name in FIELDS[act])
    return {name: value.strip()[: _MOST + 1] for name, value in found if isinstance(value, str)}


def check_person(typed: Mapping[str, str], act: str, today: date) -> Checked:
    """Reads days and roles; a start that is left empty is today, an end that is left empty is none."""
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name in FIELDS[act]:
        text = typed.get(name, "")
        if name == "acting":
            values[name] = text == "yes"
        elif name == "role":
            values[name] = text
            if text not in ROLES:
                problems.append(FieldProblem("role", "people.role-missing"))
        elif name in ("start", "end"):
            day = _day(text, today if name == "start" else None)
            values[name] = day.isoformat() if isinstance(day, date) else ""
            if isinstance(day, Problem):
                problems.append(FieldProblem(name, day.code))
        else:
            values[name] = text
            if not text:
                problems.append(FieldProblem(name, f"people.{name}-missing"))
            elif len(text) > _MOST:
                problems.append(FieldProblem(name, "people.too-long"))
    if not problems and values.get("acting") and not values.get("end", "-"):
        problems.append(FieldProblem("end", "people.acting-end"))
    return Checked(values, problems)


def _day(text: str, otherwise: date | None) -> date | Problem | None:
    return read_day(text) if text else otherwise
