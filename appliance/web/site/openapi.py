"""The site described as OpenAPI 3.1, made from the table of routes and the tables of their forms. Pure.

``docs/spec/openapi.json`` is what :func:`described` gives. It says what may be sent and which statuses come back, so
that a program can try all of it (``tests/attack/test_described.py``); pages for people are HTML and promise no more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from inspect import getdoc
from typing import Any

from appliance.rules.handover import LINES as HANDOVER_LINES
from appliance.rules.holds import GROUNDS
from appliance.rules.inspection.rows import BOXES, LATE_REASONS
from appliance.rules.live import Ground
from appliance.rules.people import ROLES
from appliance.web.forms.ink import INK_FIELDS
from appliance.web.http.request_context import SESSION_COOKIE
from appliance.web.i18n.messages import LANGUAGES
from appliance.web.i18n.roc_time import PART_NAMES
from appliance.web.pages.cameras.fields import names_of as camera_names
from appliance.web.pages.cases.fields import FIELDS as CASE_FIELDS
from appliance.web.pages.holds.form import WORDS as HOLD_WORDS
from appliance.web.pages.inspection.tickets import TAKES
from appliance.web.pages.inspection.tickets import WORDS as TICKET_FIELDS
from appliance.web.pages.intake.fields import FORMS as INTAKES
from appliance.web.pages.intake.typed import names_of
from appliance.web.pages.office_rules.pack_fields import FIELDS as PACK_FIELDS
from appliance.web.pages.office_rules.pack_fields import ROWS, names_for
from appliance.web.pages.office_rules.pack_typed import BASE, COUNTS
from appliance.web.pages.people.form import FIELDS as PERSON_FIELDS
from appliance.web.pages.people.handover import FIELDS as HANDOVER_FIELDS
from appliance.web.pages.registers.fields import names_of as register_names
from appliance.web.pages.stations.page import ENROL_FIELDS
from appliance.web.pages.viewing.masks import EDGES
from appliance.web.site.routes import ROUTES, Route

__all__ = ["FORMS", "QUERIES", "described", "described_text"]

_ACT, _SEAT = {"type": "string", "pattern": "^[0-9a-f]{32}$"}, {"type": "string", "enum": ["1", "2"]}
_TEXT: Mapping[str, Any] = {"type": "string"}
_FILE = {"type": "string", "format": "binary"}
_PERMILLE = {"type": "string", "pattern": "^(1000|[0-9]{1,3})$"}
_NS = {"type": "string", "pattern": "^[0-9]{1,19}$"}
_NUMBER = {"type": "string", "pattern": "^[0-9]+$"}
_POSITIONS = {"type": "string", "pattern": "^([0-9]{1,19}( (1000|[0-9]{1,3})){4}(,(?!$)|$))*$"}
_SECRET = {"type": "string", "format": "password"}

QUERIES: Mapping[str, tuple[str, ...]] = {
    "/login": ("next", "first"),
    "/cases": ("text", "person", "camera", "from", "to", "kind", "state", "order", "page"),
    "/cases/new/{form}": ("draft", "follows"),
    "/cases/{case}": ("received", "done", "duty", "scan"),
    "/cases/{case}/ink": ("step", "done", "sent"),
    "/cameras": ("done",),
    "/cameras/guide": ("camera", "version", "step", "source", "device"),
    "/cameras/new": ("camera", "origin", "version"),
    "/cameras/{camera}": ("done", "ink"),
    "/inspection/{day}": ("signed", "scan", "ink"),
    "/inspection/month/{month}": ("stamped", "ink"),
    "/inspection/tickets/new": ("day", "finding"),
    "/statistics": ("year",),
    "/register/{register}/new": ("done", "ticket", "seen"),
    "/register/{register}/{item}": ("done", "alarm", "ink"),
    "/holds/new": ("draft",),
    "/holds/{hold}": ("scan", "ink"),
    "/scans/{subject}/{number}": ("scan",),
    "/scan/{scan}": ("page",),
    "/viewing/{grant}/media": ("camera", "start_ns", "seconds", "codecs", "covered", "short"),
    "/viewing/{grant}/key": ("camera", "at_ns", "covered"),
    "/viewing/{grant}/here": ("there",),
    "/viewing/{grant}/gaps": ("start_ns", "end_ns"),
    "/live/{view}/pictures": ("reader", "codecs"),
    "/statements": ("month",),
    "/ledger": ("page",),
    "/access": ("person", "what", "case", "from", "to", "page"),
    "/access/csv": ("person", "what", "case", "from", "to"),
    "/account": ("done",),
    "/people": ("reviewed",),
    "/people/{name}": ("do", "done", "scan"),
    "/people/{name}/handover": ("done",),
    "/stations": ("done",),
    "/rules": ("done",),
    "/rules/text": ("version",),
    "/rules/edit": ("draft", "check"),
    "/rules/edit/file": ("draft",),
    "/rules/edit/difference": ("draft",),
    "/rules/packs": ("done",),
    "/rules/packs/{name}": ("against", "approved"),
}
"""What pages read from the query, by their path."""

_LIKE_THE_FORM = {"/draft", "/discard"}
_PASSWORDS = ("password-1", "password-2")


def _texts(names: Iterable[str], **special: Any) -> dict[str, Any]:
    return {name: special.get(name, _TEXT) for name in names}


_HOLD = _texts(
    ("reason", *HOLD_WORDS, *(f"{moment}.{part}" for moment in ("from", "to") for part in PART_NAMES)),
) | {"ground": {"type": "string", "enum": list(GROUNDS)}, "cameras": {"type": "array", "items": _TEXT}}
_CAMERA = _texts(camera_names())
_REGISTER = _texts(register_names(), cameras={"type": "array", "items": _TEXT})
_CASE = _texts((*dict.fromkeys(field.name for field in CASE_FIELDS), "form", "event", "double", "worded"))
_INK = _texts(INK_FIELDS)
_PERSON = _texts(
    dict.fromkeys(name for names in PERSON_FIELDS.values() for name in names),
    role={"type": "string", "enum": list(ROLES)},
    acting={"type": "string", "enum": ["", "yes"]},
)
_INTAKE = _texts(
    (*dict.fromkeys(name for form in INTAKES.values() for name in names_of(form)), "more", "known", "take")
)
_PACK = _texts(
    (BASE, "do", *COUNTS.values(), *names_for(dict.fromkeys(ROWS, 1))),
    **{name: {"type": "array", "items": _TEXT} for name, field in PACK_FIELDS.items() if field.widget == "posts"},
)
"""Items of lists are numbered: ``rules.articles[1].text``."""
_BOX = {"type": "string", "enum": list(BOXES)}
_ROW: Mapping[str, Any] = {
    "box": {"type": "array", "items": {"type": "string", "enum": ["normal", *BOXES]}},
    "late": {"type": "string", "enum": ["", *LATE_REASONS]},
    **_texts(("handling", "late_words", "key-1", "reason-1")),
    "judged-1": {"type": "string", "enum": ["fault", "none"]},
}
"""Findings are numbered: the key of each, what is said of it and why."""
_WITH_PASSWORD = {"seat": _SEAT, "password": _SECRET}
_BOTH = dict.fromkeys(_PASSWORDS, _SECRET)
_LOG_IN = {**_texts(("name", "totp", "key", "next")), "password": _SECRET}
_ON_HOLD = {**_texts(("reason", "agency", "statute", "document")), **_WITH_PASSWORD, **_INK}

FORMS: Mapping[str, Mapping[str, Any]] = {
    "/login": _LOG_IN,
    "/login/first": {**_texts(("token", "code")), "new": _SECRET, "again": _SECRET},
    "/login/key": {},
    "/join": _LOG_IN,
    "/logout": {"seat": _SEAT},
    "/language": {"lang": {"type": "string", "enum": list(LANGUAGES)}, "next": _TEXT},
    "/live": {
        "act": _ACT, **_texts(("basis", "purpose")), "camera": {"type": "array", "items": _TEXT},
        "ground": {"type": "string", "enum": [*Ground]},
    },
    "/live/{view}/extend": {"act": _ACT, **_texts(("reason",))},
    "/live/{view}/end": {},
    "/cases/{case}/show": {"act": _ACT, **_WITH_PASSWORD, **_texts(("reason",))},
    "/cases/new/{form}": {"act": _ACT, **_WITH_PASSWORD, "seen": _TEXT, **_INTAKE},
    "/cases/{case}/file": _WITH_PASSWORD,
    "/archive/{month}": {"act": _ACT, **_WITH_PASSWORD},
    "/cases/{case}/act": {"act": _ACT, **_WITH_PASSWORD, **_CASE},
    "/cases/{case}/ink": {"act": _ACT, **_WITH_PASSWORD, **_CASE, **_INK},
    "/cases/{case}/view": _WITH_PASSWORD,
    "/cases/{case}/mask": _WITH_PASSWORD,
    "/cases/{case}/copy": {"act": _ACT, **_WITH_PASSWORD},
    "/cases/{case}/copy/stop": {},
    "/cases/{case}/agency-copy": {
        "act": _ACT, **_WITH_PASSWORD, "serial": _TEXT, "whole": {"type": "string", "enum": ["1"]},
    },
    "/cases/{case}/agency-copy/stop": {},
    "/cases/{case}/agency-copy/passphrase": {},
    "/cases/{case}/agency-copy/read": {"act": _ACT, **_WITH_PASSWORD},
    "/cameras": {
        "act": _ACT, **_WITH_PASSWORD, **_texts(("url", "entry")), "file": _FILE,
        "deed": {"type": "string", "enum": ["post", "confirm", "check"]},
    },
    "/cameras/guide": {
        "act": _ACT, **_WITH_PASSWORD, **_CAMERA,
        **_texts(("step", "camera", "version", "source", "priority", "set-url", "then", "template")),
        **_texts(("stream", "lesser", "make", "model", "serial")),
    },
    "/cameras/new": {"act": _ACT, **_WITH_PASSWORD, **_texts(("camera", "origin", "version")), **_CAMERA},
    "/cameras/{camera}/act": {"act": _ACT, **_WITH_PASSWORD, **_texts(("event", "version")), **_CAMERA, **_INK},
    "/cameras/{camera}/picture": {
        "act": _ACT, "seat": _SEAT, "password": _SECRET, **_texts(("version", "reference", "words")),
        "deed": {"type": "string", "enum": ["take", "show", "confirm", "refuse", "withdraw", "preview"]},
    },
    "/cameras/{camera}/clock": {"act": _ACT, **_WITH_PASSWORD, **_texts(("version", "sure"))},
    "/inspection/month/{month}/stamp": {
        "act": _ACT, **_WITH_PASSWORD, "day": {"type": "array", "items": _TEXT}, **_INK,
    },
    "/inspection/month/{month}/file": {"act": _ACT, **_WITH_PASSWORD, **_INK},
    "/inspection/tickets/new": {
        "act": _ACT, **_WITH_PASSWORD, "box": _BOX, "finding": {"type": "array", "items": _TEXT}, "camera": _TEXT,
        **_texts(("day", *TICKET_FIELDS)),
    },
    "/inspection/tickets/{ticket}/step": {
        "act": _ACT, **_WITH_PASSWORD, "event": {"type": "string", "enum": list(TAKES)}, **_texts(TICKET_FIELDS)
    },
    "/inspection/{day}/look": {"item": _TEXT, **_ROW},
    "/inspection/{day}/pictures": {"act": _ACT, "look-password": _SECRET, **_ROW},
    "/inspection/{day}/propose": {},
    "/inspection/{day}/sign": {"act": _ACT, "password": _SECRET, **_ROW, **_INK},
    "/register/{register}/new": {"act": _ACT, **_WITH_PASSWORD, **_REGISTER},
    "/register/{register}/{item}/act": {"act": _ACT, **_WITH_PASSWORD, "event": _TEXT, **_REGISTER, **_INK},
    "/holds/new": {"act": _ACT, **_WITH_PASSWORD, **_HOLD},
    "/holds/{hold}/confirm": {"act": _ACT, **_ON_HOLD},
    "/holds/{hold}/extend": {"act": _ACT, **_ON_HOLD},
    "/holds/{hold}/release": {"act": _ACT, **_ON_HOLD},
    "/scans/{subject}/{number}": {"act": _ACT, **_WITH_PASSWORD, **_texts(("kind", "note")), "file": _FILE},
    "/scan/{scan}/original": _WITH_PASSWORD,
    "/scan/{scan}/strike": {"act": _ACT, **_WITH_PASSWORD, "reason": _TEXT},
    "/scan/{scan}/destroy": {"act": _ACT, **_texts(("reason", "document")), **_BOTH},
    "/viewing/{grant}/end": {
        "reason": {"type": "string", "enum": ["done", "filming", "event"]},
        **_texts(("case", "at_ns")),
    },
    "/viewing/{grant}/finish": {
        "act": _ACT, **_WITH_PASSWORD, "filming": {"type": "string", "enum": ["none", "seen"]},
        "signed": {"type": "string", "enum": ["yes"]}, **_texts(("handled", "reason")),
    },
    "/viewing/{grant}/present": _WITH_PASSWORD,
    "/viewing/leave": {"seat": {"type": "string", "enum": ["1", "2"]}},
    "/viewing/return": _texts(("name", "password", "totp", "key", "case")),
    "/viewing/{grant}/mistaken": {"why": {"type": "string", "enum": ["button", "look"]}},
    "/viewing/{grant}/masks": {
        "act": _ACT, **_WITH_PASSWORD, "camera_no": _TEXT, "start_ns": _NS, "end_ns": _NS,
        **dict.fromkeys(EDGES, _PERMILLE), "positions": _POSITIONS, "replaces": _NUMBER,
    },
    "/viewing/{grant}/masks/remove": {
        "act": _ACT, **_WITH_PASSWORD, "mask": _NUMBER
    },
    "/viewing/{grant}/search": {
        "camera_no": _TEXT, "start_ns": _NS, "end_ns": _NS, **dict.fromkeys(EDGES, _PERMILLE),
    },
    "/viewing/{grant}/search/cancel": {},
    "/account/password": {"seat": _SEAT, "old": _SECRET, "new": _SECRET, "again": _SECRET},
    "/account/factor": _WITH_PASSWORD,
    "/account/factor/prove": {"seat": _SEAT, **_texts(("token", "code"))},
    "/account/key": _WITH_PASSWORD,
    "/account/key/prove": {"seat": _SEAT, **_texts(("credential", "label"))},
    "/account/key/remove": {**_WITH_PASSWORD, "which": _TEXT},
    "/tour/sample": {"act": _ACT, **_BOTH},
    "/people/review": {"act": _ACT, "remark": _TEXT, "password": _SECRET},
    "/people/new": {"act": _ACT, **_PERSON, **_BOTH},
    "/people/{name}/handover": {"act": _ACT, **_texts((*HANDOVER_FIELDS, *HANDOVER_LINES)), **_BOTH},
    "/people/{name}/{act}": {"act": _ACT, **_PERSON, **_BOTH},
    "/stations": {"act": _ACT, **_texts(ENROL_FIELDS), **_BOTH},
    "/stations/report": {name: {"type": "array", "items": _TEXT} for name in ("wrong", "usb")},
    "/stations/revoke": {"act": _ACT, **_WITH_PASSWORD, **_texts(("number", "reason"))},
    "/rules/edit": {"act": _ACT, **_PACK},
    "/rules/edit/file": {"act": _ACT, "file": _FILE},
    "/rules/edit/difference": {"act": _ACT, "sha256": _TEXT, "password": _SECRET},
    "/rules/packs": {"act": _ACT, "password": _SECRET, "file": _FILE},
    "/rules/packs/{name}/approve": {"act": _ACT, **_BOTH},
    "/rules/{rule}": {
        "act": _ACT, **_texts(("document", "floor_days", "target_days", "reading", "reference", "through_ns")),
        "file": _FILE, **_BOTH,
    },
}  # fmt: skip
"""What submits carry, by their path; drafts carry what the form itself does."""

_SPAN = {"type": "object", "additionalProperties": False, "required": ["camera_no", "start_ns", "end_ns"],
         "properties": {"camera_no": _TEXT, "start_ns": _NS, "end_ns": _NS}}  # fmt: skip
_SHOWN = {"type": "object", "additionalProperties": False, "required": ["spans"],
          "properties": {"spans": {"type": "array", "items": _SPAN}}}  # fmt: skip
_WORDS = {
    200: "what was asked for",
    303: "go there",
    400: "it cannot be read, or something in it is wrong",
    401: "nobody is logged in",
    403: "refused",
    404: "there is none, or not for you",
    408: "it stopped coming",
    409: "the case has gone on meanwhile",
    413: "too large",
    421: "this recorder has another name",
    503: "a part that is needed does not answer now",
}
_KINDS = {
    "page": "text/html",
    "data": "application/json",
    "socket": "application/json",
    "media": "application/json",
    "image": "application/json",
}


def described() -> dict[str, Any]:
    """The whole description, in the order of the table."""
    paths: dict[str, dict[str, Any]] = {}
    answers: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, answers)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "office recorder",
            "version": "1",
            "summary": "The pages of a recorder, for browsers.",
            "description": "A submit that is not done leads to its page, with `again` in the query: it answers for it.",
        },
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE}},
            "responses": dict(sorted(answers.items())),
            "schemas": {_schema_name(path): _schema(path) for path in FORMS},
        },
        "paths": paths,
    }


def described_text() -> str:
    """As the file has it."""
    return json.dumps(described(), ensure_ascii=False, indent=1) + "\n"


def _operation(route: Route, answers: dict[str, Any]) -> dict[str, Any]:
    """Its answers are put into ``answers``."""
    asked = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.method == "GET":
        asked += [{"name": name, "in": "query", "schema": _TEXT} for name in QUERIES.get(route.path, ())]
    responses = {}
    for status in _statuses(route):
        name = f"{route.answers}-{status}"
        answers[name] = _response(route, status)
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    operation: dict[str, Any] = {"operationId": f"{route.method.lower()} {route.path}"}
    said = (getdoc(route.handler) or "").partition("\n")[0]
    if said:
        operation["summary"] = said
    operation |= {"parameters": asked, "responses": responses}
    if route.method == "POST":
        operation["requestBody"] = _body(route)
    if route.needs not in ("nobody", "anybody"):
        operation["security"] = [{"session": []}]
    return operation


def _body(route: Route) -> dict[str, Any]:
    if route.path.endswith("/shown"):
        return {"required": True, "content": {"application/json": {"schema": _SHOWN}}}
    path = next((route.path.removesuffix(end) for end in _LIKE_THE_FORM if route.path.endswith(end)), route.path)
    kind = "multipart/form-data" if "file" in FORMS[path] else "application/x-www-form-urlencoded"
    return {"content": {kind: {"schema": {"$ref": f"#/components/schemas/{_schema_name(path)}"}}}}


def _schema(path: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict(FORMS[path])}


def _schema_name(path: str) -> str:
    return re.sub(r"[^a-z]+", "-", path).strip("-")


def _statuses(route: Route) -> list[int]:
    found = {200, 400, 403, 404, 421, 503} - ({200} if route.answers == "socket" else set())
    found |= {303} if route.answers in ("page", "file") else {401}
    if route.method == "POST":
        found |= {408, 413}
    if route.path.endswith("/act") or route.path == "/cases/{case}":
        found |= {409}
    return sorted(found)


def _response(route: Route, status: int) -> dict[str, Any]:
    if status == 303:
        return {"description": _WORDS[status]}
    kinds = [_KINDS.get(route.answers, "text/html")]
    if status == 200 and route.answers in ("file", "media", "image"):
        kinds = ["*/*"]
    elif status in (400, 403, 421):  # of the frame, which has no page
        kinds.append("text/plain")
    return {"description": _WORDS[status], "content": {kind: {} for kind in kinds}}
