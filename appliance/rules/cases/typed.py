"""What web may bring to an act on a case: only what a person typed or ticked in this very act (``CaseTyped``).

Everything else of ``CaseFacts`` the keeper works out itself. A form, a letter or a viewing may come in parts: a field
that is named replaces what lies on file, one that is not named leaves it. ``TAKES`` says which of them an event takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec

from appliance.core.model import Record
from appliance.rules.cases.papers import Dispatch, Late, Otherwise, Proposal, Service, Voucher
from appliance.rules.cases.ranges import Ruling, Scope
from appliance.rules.cases.rectify import Rectify
from appliance.rules.cases.rows import Event

__all__ = ["TAKES", "CaseTyped", "TypedParty"]


class TypedParty(Record, frozen=True, kw_only=True):
    """Somebody whom the case is about, as the form names them. ``part``: applicant, viewer or agent. ``account``: of a
    colleague. ``id_no``: 身分證統一編號, passport or residence permit number, of the kind ``id_kind``. ``entitled``:
    could view alone (``T-29``). ``relation``: to the applicant."""

    part: str = "applicant"
    name: str = ""
    account: str = ""
    id_kind: str = ""
    id_no: str = ""
    born: date | None = None
    phone: str = ""
    address: str = ""
    relation: str = ""
    entitled: bool = False


class CaseTyped(Record, frozen=True, kw_only=True):
    """An act's typed part. ``form``, ``letter``, ``voice``, ``visit``, ``viewing`` and ``copy_work`` have the fields
    of ``rules.cases.papers``, each of them optional; ``viewing`` has ``starts`` and ``ends`` (``HH:MM``) and ``place``
    besides, and not what the keeper finds out. ``words``: what no rule looks at, by the name of its place on the
    paper. ``findings``: by the item
    of 形式審查, what the desk finds wrong with what the papers say there. ``barred``: the purpose, one that no request
    may have, that the desk finds. Neither is a word of the applicant's. ``former``: the key of the case that this one
    goes on from. ``recorder``: ``former`` where it asks for footage of the recorder that this one replaced."""

    parties: tuple[TypedParty, ...] = ()
    asked: tuple[Scope, ...] = ()
    live: bool = False
    findings: dict[str, str] = msgspec.field(default_factory=dict)
    barred: str = ""
    form: dict[str, Any] = msgspec.field(default_factory=dict)
    letter: dict[str, Any] = msgspec.field(default_factory=dict)
    voice: dict[str, Any] = msgspec.field(default_factory=dict)
    visit: dict[str, Any] = msgspec.field(default_factory=dict)
    late: Late = Late()
    statutory: str = ""
    recorder: str = ""
    legal_review: str = ""
    checklist: dict[str, str] = msgspec.field(default_factory=dict)
    proposal: Proposal = Proposal()
    agency_consulted: bool = False
    rulings: tuple[Ruling, ...] = ()
    reason: str = ""
    article: str = ""
    copy_reasoned: str = ""
    viewing_too: bool = False
    viewing_only: bool = False
    source: str = ""
    dispatch: Dispatch = Dispatch()
    service: Service = Service()
    viewing: dict[str, Any] = msgspec.field(default_factory=dict)
    copy_work: dict[str, Any] = msgspec.field(default_factory=dict)
    otherwise: Otherwise = Otherwise()
    voucher: Voucher = Voucher()
    rectify: Rectify = Rectify()
    former: str = ""
    double: bool = False
    words: dict[str, str] = msgspec.field(default_factory=dict)


_RANGES = ("asked", "live")
_RECEIPT = ("parties", *_RANGES, "statutory", "recorder")
_RULED = ("rulings", "checklist", "agency_consulted", "legal_review")
_NOTE = ("reason",)
_REFUSED = ("reason", "article", "legal_review")

TAKES: Mapping[Event, tuple[str, ...]] = MappingProxyType(
    {
        Event.RECEIVE: (*_RECEIPT, "form", "late"),
        Event.SUBMIT: (*_RECEIPT, "form"),
        Event.PRESERVE: ("voice", *_RANGES),
        Event.NO_LETTER: (),
        Event.RECEIVE_LETTER: (*_RECEIPT, "letter", "form", "late"),
        Event.VISIT: ("visit",),
        Event.FIND_DEFECTS: ("form", "letter", "findings"),
        Event.ISSUE_CORRECTION: ("dispatch",),
        Event.SERVE_CORRECTION: ("service",),
        Event.REMIND: (),
        Event.CORRECTED: ("form", "letter", "parties"),
        Event.OVERDUE: ("legal_review",),
        Event.PASS_FORMAL: ("form", "parties"),
        Event.SIGN_SECTION: (),
        Event.CHECK: ("letter",),
        Event.ADD_RANGE: _RANGES,
        Event.EXTEND: _NOTE,
        Event.ISSUE_EXTENSION: ("dispatch",),
        Event.SERVE_EXTENSION: ("service",),
        Event.FLAG_STATUTORY: ("statutory",),
        Event.NONE_FOUND: ("legal_review",),
        Event.PROPOSE_REDIRECT: ("proposal",),
        Event.REDIRECT: (),
        Event.DISMISS: ("barred", *_REFUSED),
        Event.PROPOSE: ("checklist", "proposal", "legal_review", "agency_consulted"),
        Event.STAMP: (),
        Event.RETURN: _NOTE,
        Event.GRANT: (*_RULED, "form", "copy_reasoned", "viewing_only"),
        Event.GRANT_PARTLY: (*_RULED, *_NOTE, "article", "form", "copy_reasoned", "viewing_only"),
        Event.GRANT_COPY: (*_RULED, "copy_reasoned", "viewing_too"),
        Event.GRANT_COPY_PARTLY: (*_RULED, *_NOTE, "article", "copy_reasoned", "viewing_too"),
        Event.REFUSE: (*_RULED, *_NOTE, "article"),
        Event.ISSUE: ("dispatch",),
        Event.NOTIFY: ("service",),
        Event.APPEAL: ("voucher",),
        Event.APPEAL_OVER: ("voucher",),
        Event.APPEAL_UPHELD: ("voucher",),
        Event.RECEIVE_ANEW: ("former",),
        Event.SLIP: (),
        Event.FINISH_MASKS: _NOTE,
        Event.CONFIRM_MASKS: _NOTE,
        Event.REDRAW_MASKS: _NOTE,
        Event.SCHEDULE: ("viewing", "parties"),
        Event.PREPARE: (),
        Event.NO_SHOW: (),
        Event.BEGIN: ("viewing", "form", "visit"),
        Event.INTERRUPT: ("viewing", *_NOTE),
        Event.RESUME: ("viewing", "form"),
        Event.RECOPY: (),
        Event.STOP: ("viewing", *_NOTE),
        Event.FINISH: ("viewing", *_NOTE),
        Event.END_OF_DAY: (),
        Event.CLEAN: ("copy_work",),
        Event.MAKE_COPY: ("copy_work",),
        Event.REMAKE_COPY: ("copy_work",),
        Event.VERIFY_COPY: ("copy_work",),
        Event.DELIVER: ("copy_work",),
        Event.COURT_ORDER: ("voucher",),
        Event.LOCK: ("source",),
        Event.LINK: ("former", *_NOTE),
        Event.WITHDRAW: ("voucher",),
        Event.LAPSE: (),
        Event.OTHERWISE: ("otherwise",),
        Event.EXCUSE_SCAN: _NOTE,
        Event.RECTIFY: ("rectify", *_NOTE),
        Event.RECTIFY_CONFIRM: ("rectify",),
        Event.RECTIFY_DECLINE: ("rectify", *_NOTE),
        Event.SIGN_LEDGER: ("viewing",),
        Event.STAMP_LEDGER: (),
        Event.CLOSE: (),
    }
)
"""What each event takes, besides what all take."""

ALWAYS = ("double", "words")
"""``double`` where the event signs a cell."""
