"""Submits that the site takes from those who sit there: what each route's form says when everything in it is right.

``word(name)`` gives what is typed into the text field of that name, so that one table serves honest and hostile words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.core.clock import local_time
from appliance.rules.handover import LINES as HANDOVER_LINES
from appliance.rules.registers.tables import REGISTERS
from appliance.web.pages.cameras.fields import DRAFT_PARTS
from appliance.web.pages.intake.fields import FORMS as INTAKES
from appliance.web.pages.intake.typed import names_of
from tests.attack.office import OTHER, AttackedOffice, act_id
from tests.box import OFFICER, UNIT_HEAD

__all__ = ["SUBMITS", "camera_act", "honest", "intake", "register_line"]

Word = Callable[[str], str]
Submit = Callable[[AttackedOffice, Word], dict[str, Any]]

BOTH = {"password-1": OFFICER.password, "password-2": UNIT_HEAD.password}
_RIGHT: Mapping[str, Mapping[str, str]] = {
    "citizen": {"standing": "interested", "interest": "", "agent": "mandated", "mandate": "1", "id-no": "A123456789",
                "agent-id-no": "A123456789", "agent-name": "", "reason": "crime", "statute": ""},
    "staff": {"reason": "property_lost", "judicial": "no"},
    "letter": {"public": "1", "proof": "1", "copy-asked": "1"},
    "call": {"public": "1"},
}  # fmt: skip
"""What of an intake's choices is right for the tables; ticks are ticked and days are today's besides."""


def honest(name: str) -> str:
    """Plain words for any field."""
    return {"name": "洪大明", "need": "證物"}.get(name, "測試文字")


def intake(form: str) -> Submit:
    """The form of an intake with every field filled."""

    def submit(office: AttackedOffice, word: Word) -> dict[str, Any]:
        looks = {field.name: field for field in INTAKES[form].fields()}
        today = local_time(office.span[0])
        typed: dict[str, Any] = {"act": act_id(), "seat": "1", "seen": "live"}
        typed["password"] = (OTHER if form == "staff" else OFFICER).password
        for name in names_of(INTAKES[form]):
            field = looks.get(name)
            right = _RIGHT.get(form, {}).get(name, "")
            if right:
                typed[name] = right
            elif field is None:
                typed[name] = ""
            elif field.widget == "tick":
                typed[name] = "1"
            elif field.widget == "day":
                typed[name] = "77/2/28" if "born" in name else f"{today.year - 1911}/{today.month}/{today.day}"
            elif field.widget in ("radio", "select"):
                typed[name] = ""
            else:
                typed[name] = word(name)
        end = local_time(office.span[1])
        typed |= {"r0-day": f"{today.year - 1911}/{today.month}/{today.day}", "r0-from": f"{today:%H%M}",
                  "r0-to": f"{end:%H%M}", "r0-cameras": "01"}  # fmt: skip
        if "late-day" in looks:  # received on paper when the span ended
            typed |= {"late-day": f"{end.year - 1911}/{end.month}/{end.day}", "late-time": f"{end:%H:%M}"}
        if INTAKES[form].has("viewers"):
            typed |= {"v0-name": word("v0-name"), "v0-relation": word("v0-relation"), "v0-entitled": "1"}
        return typed

    return submit


def _hold(office: AttackedOffice, word: Word) -> dict[str, Any]:
    start, end = (local_time(at_ns) for at_ns in office.span)
    return {
        "act": act_id(), "ground": "preserve", "cameras": ["01"], "seat": "1", "password": OFFICER.password,
        "from.year": f"{start.year - 1911}/{start.month}/{start.day} {start:%H:%M}",
        "to.year": f"{end.year - 1911}/{end.month}/{end.day} {end:%H:%M}",
        **{name: word(name) for name in ("reason", "need", "agency", "statute", "document")},
    }  # fmt: skip


def _person(name: str) -> Submit:
    return lambda office, word: {
        "act": act_id(), "name": name, "role": "staff", "start": "", "end": "",
        **{part: word(part) for part in ("display", "post", "unit", "document")}, **BOTH,
    }  # fmt: skip


def _medium(office: AttackedOffice, word: Word) -> dict[str, Any]:
    return {
        "act": act_id(), "seat": "1", "password": OFFICER.password, "medium_kind": "disk", "holds": "nothing",
        "encrypted": "no",
        **{name: word(name) for name in ("make", "model", "serial", "capacity", "place")},
    }  # fmt: skip


def register_line(register: str, word: Word) -> dict[str, Any]:
    """A new line of a register with words wherever it takes some."""
    fixed = {
        "incidents": {"kind": "other", "known_at": "113/1/1 10:00", "no_footage": "yes"},
        "vendors": {"contract_from": "113/1/1", "contract_until": "130/1/1", "pledge_on": "113/1/1"},
    }[register]
    typed = {name: word(name) for name in REGISTERS[register].fields() if name in _TYPED[register]}
    return {"act": act_id(), "seat": "1", "password": OFFICER.password, **fixed, **typed}


_TYPED = {
    "incidents": ("facts", "people"),
    "vendors": ("firm", "tax_no", "contact", "phone", "services", "contract_no", "pledge_no"),
}


def _policy(office: AttackedOffice, word: Word) -> dict[str, Any]:
    return {"act": act_id(), "document": word("document"), "floor_days": "31", "target_days": "46", **BOTH}


_FIGURES = {"size": "1920x1080", "rate": "15"}
"""Of a camera, what is refused where it is words."""


def _camera(office: AttackedOffice, word: Word) -> dict[str, Any]:
    """A new camera with words wherever its form takes some; what reaches the recorder itself is left empty."""
    today = local_time(office.span[0])
    typed: dict[str, Any] = {"act": act_id(), "seat": "1", "password": OFFICER.password, "camera": "77",
                             "origin": "new", "source": "testcard"}  # fmt: skip
    for part, fields in DRAFT_PARTS:
        for field in fields if part != "wiring" else ():
            if field.name in _FIGURES:
                typed[field.name] = _FIGURES[field.name]
            elif field.look in ("text", "words"):
                typed[field.name] = word(field.name)
            elif field.look == "day":
                typed[field.name] = f"{today.year - 1911}/{today.month}/{today.day}"
            elif field.look in ("choice", "ticks"):
                typed[field.name] = field.choices[0]
            elif field.look == "tick":
                typed[field.name] = "yes"
    return typed


def camera_act(event: str, seat: int, word: Word, *fields: str) -> dict[str, Any]:
    """A step of that camera's first version."""
    password = (OFFICER if seat == 1 else UNIT_HEAD).password
    told = {"act": act_id(), "seat": str(seat), "password": password, "event": event, "version": "1"}
    return {**told, **{name: word(name) for name in fields}}


SUBMITS: Mapping[str, Submit] = {
    "/login": lambda office, word: {"name": OTHER.name, "password": OTHER.password, "next": "/"},
    "/join": lambda office, word: {"name": OTHER.name, "password": OTHER.password, "next": "/"},
    "/language": lambda office, word: {"lang": "en", "next": "/"},
    "/cases/new/{form}": intake("citizen"),
    "/cases/new/{form}/draft": intake("citizen"),
    "/cases/{case}/act": lambda office, word: {
        "act": act_id(), "form": "formal", "event": "pass_formal", "seat": "1",
        "password": OFFICER.password, "form/reason_text": word("reason"),
        **{f"form/{name}": "1" for name in ("signed", "id_checked", "report_original", "mandate")},
        "form/standing": "party", "form/reason": "crime", "form/report_unit": word("unit"),
        "form/scan_follows": word("scan"), "form/report_no": word("no"), "form/report_day": "113/1/1",
    },
    "/cameras/new": _camera,
    "/cameras/{camera}/act": lambda office, word: camera_act("submit", 1, word),
    "/holds/new": _hold,
    "/holds/new/draft": _hold,
    "/register/{register}/new": _medium,
    "/register/{register}/{item}/act": lambda office, word: {
        "act": act_id(), "seat": "1", "password": OFFICER.password, "event": "move", "place": word("place"),
    },
    "/people/new": _person("newcomer"),
    "/people/{name}/{act}": _person(OTHER.name),
    "/people/{name}/handover": lambda office, word: {
        "act": act_id(), "document": word("document"), "all": OFFICER.name, **dict.fromkeys(HANDOVER_LINES, "yes"),
        **BOTH,
    },
    "/people/review": lambda office, word: {"act": act_id(), "password": UNIT_HEAD.password, "remark": word("remark")},
    "/rules/{rule}": _policy,
    "/scan/{scan}/destroy": lambda office, word: {
        "act": act_id(), "reason": word("reason"), "document": word("document"), **BOTH,
    },
    "/scan/{scan}/strike": lambda office, word: {
        "act": act_id(), "seat": "1", "password": OFFICER.password, "reason": word("reason"),
    },
    "/scan/{scan}/original": lambda office, word: {"seat": "1", "password": OFFICER.password},
    "/rules/packs/{name}/approve": lambda office, word: {"act": act_id(), **BOTH},
}  # fmt: skip
"""By the route's path. The other submits carry their act id alone: what they change needs no more, or a file."""
