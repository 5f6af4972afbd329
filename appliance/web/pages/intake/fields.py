"""The forms of an intake as tables: what is asked, in the order of the paper, where each answer goes, and which missing
things are mended in it. Data only.

A field is named as its input; its label is the message ``intake.<name>`` and its hint ``intake.<name>-hint``, where
there is one. Sources: ``rules`` 3.2 (附件2, numbers in remarks), 3.3 (附件3), 八(五)3 (letters), ``D-23``, ``D-24``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from appliance.rules.cases.formal_check import CITIZEN_REASONS, FORBIDDEN_REASONS, STAFF_REASONS
from appliance.rules.cases.ranges import FORMER
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.people import ACTORS

__all__ = ["FORMS", "MAX_RANGES", "MAX_VIEWERS", "OTHER_LAWS", "UNIT_FIELD", "Field", "IntakeForm", "Section"]

MAX_RANGES = 12
MAX_VIEWERS = 3
"""Of a citizen's request, the applicant included (``rules`` 3.2, field 14)."""

UNIT_FIELD = "form/report_unit"
"""Where the police unit of a report goes."""

OTHER_LAWS = ("個人資料保護法第10條", "政府資訊公開法", "行政程序法第46條", "檔案法第17條")
"""The laws that open the lane of statutory requests (``D-23``), as papers print them."""


class Field(NamedTuple):
    """``to``: part and name in ``CaseTyped`` (``form/reason``; ``applicant/name`` and ``agent/name`` of a party), or a
    name alone. ``widget``: line, text, day, tick, radio or select. ``lacks``: what is missing while it is empty, as the
    tables say it. ``options`` of a radio or select; those of ``barred`` besides are no purpose of any request.
    ``when``: asked only beside these answers to another field."""

    name: str
    to: str
    widget: str = "line"
    lacks: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None


class Section(NamedTuple):
    """Fields that stand together on the paper. ``block``: ranges or viewers, which are rows and no single fields."""

    name: str
    fields: tuple[Field, ...] = ()
    block: str = ""


class IntakeForm(NamedTuple):
    """``who``: roles, one of which performs ``event``."""

    name: str
    kind: Kind
    event: Event
    who: frozenset[str]
    sections: tuple[Section, ...]

    def fields(self) -> Iterator[Field]:
        return (field for section in self.sections for field in section.fields)

    def has(self, block: str) -> bool:
        return any(section.block == block for section in self.sections)


_DESK = frozenset({"officer", "manager"})
_AGENT = ("agent", ("legal", "mandated"))
_HELPED = ("helped", ("no_chinese", "cannot_read", "cannot_write"))
_ELSEWHERE = Field("former", "recorder", "select", options=(FORMER,))
"""Its footage is on the recorder that this one replaced: received, decided and answered, and nothing kept here."""
_RANGES = Section("ranges", (), "ranges")
_REQUESTED = Section("ranges", (_ELSEWHERE,), "ranges")
_LATE = Section(
    "late",
    (
        Field("late-day", "late/day", "day", ("late_at",)),
        Field("late-time", "late/time"),
        Field("late-reason", "late/reason", lacks=("late_reason",)),
    ),
)
"""補登 of a paper that was received while the recorder could not be used (``T-78``)."""
_ORDERED_CITIZEN = tuple(code for code in ("crime", "unlawful_act", "other") if code in CITIZEN_REASONS)
_ORDERED_STAFF = tuple(
    code
    for code in ("property_lost", "counter_dispute", "personal_safety", "official_need", "serious_event")
    if code in STAFF_REASONS
)
_BARRED = tuple(sorted(FORBIDDEN_REASONS))

_CITIZEN = IntakeForm(
    "citizen", Kind.CIT, Event.RECEIVE, _DESK,
    (
        Section(
            "applicant",
            (
                Field("applied-on", "words/applied_on", "day"),  # 1
                Field("name", "applicant/name", lacks=("applicant",)),  # 2
                Field("born", "applicant/born", "day"),  # 3
                Field("id-no", "applicant/id_no"),  # 4
                Field("phone", "applicant/phone"),  # 5
                Field("address", "applicant/address"),  # 6
            ),
        ),
        Section(
            "standing",
            (
                Field("standing", "form/standing", "radio", ("standing",), ("party", "interested")),  # 7
                Field("interest", "form/interest", lacks=("interest",), when=("standing", ("interested",))),
                Field("agent", "form/agent", "select", (), ("legal", "mandated")),  # 8
                Field("agent-name", "agent/name", when=_AGENT),
                Field("agent-born", "agent/born", "day", when=_AGENT),
                Field("agent-id-no", "agent/id_no", when=_AGENT),
                Field("agent-phone", "agent/phone", when=_AGENT),
                Field("agent-address", "agent/address", when=_AGENT),
                Field("agent-relation", "agent/relation", when=("agent", ("legal",))),
                Field("mandate", "form/mandate", "tick", ("mandate",), when=("agent", ("mandated",))),
            ),
        ),
        Section(
            "report",
            (
                Field("report-unit", UNIT_FIELD, lacks=("report_unit",)),  # 9
                Field("report-day", "form/report_day", "day", ("report_day",)),  # 10
                Field("report-no", "form/report_no", lacks=("report_no",)),
            ),
        ),
        Section(
            "reason",
            (
                Field("reason", "form/reason", "select", ("reason", "purpose_allowed"), _ORDERED_CITIZEN, _BARRED),
                Field("reason-text", "form/reason_text", "text", ("reason_text",)),  # 11
            ),
        ),
        Section("ranges", (Field("place", "words/place"), _ELSEWHERE), "ranges"),  # 12, 13
        Section("viewers", (), "viewers"),  # 14
        Section("statute", (Field("statute", "statutory", "select", ("statute",), OTHER_LAWS),)),  # 18
        Section(
            "help",
            (
                Field("helped", "form/helped", "select", (), ("no_chinese", "cannot_read", "cannot_write")),  # T-39
                Field("reader", "form/reader", lacks=("read_aloud",), when=_HELPED),
                Field("witness", "form/witness", when=_HELPED),
            ),
        ),
        Section(
            "check",
            (
                Field("present", "form/present", "tick", ("applicant_present",)),
                Field("in-hand", "form/in_hand", "tick", ("form_in_hand",)),
                Field("signed", "form/signed", "tick", ("form_signed",)),  # 19
                Field("id-checked", "form/id_checked", "tick", ("id_checked",)),  # 21
                Field("report-original", "form/report_original", "tick", ("report_original",)),  # 22
            ),
        ),
        _LATE,
    ),
)  # fmt: skip

_STAFF = IntakeForm(
    "staff", Kind.INT, Event.SUBMIT, ACTORS,
    (
        Section("viewers", (), "viewers"),
        Section(
            "reason",
            (
                Field("reason", "form/reason", "select", ("staff_reason", "reason"), _ORDERED_STAFF, _BARRED),
                Field("reason-text", "form/reason_text", "text", ("reason_text",)),
            ),
        ),
        _REQUESTED,
        Section("judicial", (Field("judicial", "form/judicial", "radio", ("judicial_no",), ("no", "yes")),)),
    ),
)  # fmt: skip

_STAFF_PAPER = IntakeForm(
    "staff-paper", Kind.INT, Event.RECEIVE, _DESK,
    (
        Section(
            "applicant-staff",
            (
                Field("applied-on", "words/applied_on", "day"),
                Field("staff-name", "applicant/name", lacks=("applicant",)),
                Field("staff-section", "form/section", lacks=("section", "section_head")),
            ),
        ),
        *_STAFF.sections,
        Section(
            "check",
            (
                Field("in-hand", "form/in_hand", "tick", ("form_in_hand",)),
                Field("staff-signed", "form/signed", "tick", ("form_signed",)),
            ),
        ),
        _LATE,
    ),
)  # fmt: skip
"""附件3 on paper: of a colleague who has no account, or from a day on which the recorder was not to be had."""

_COPY = ("copy-asked", ("1",))
_LETTER = IntakeForm(
    "letter", Kind.AGY, Event.RECEIVE_LETTER, _DESK,
    (
        Section(
            "letter",
            (
                Field("agency", "letter/agency", lacks=("agency",)),
                Field("public", "letter/public", "tick", ("public_agency",)),
                Field("letter-day", "letter/day", "day", ("letter_day",)),
                Field("letter-no", "letter/number", lacks=("letter_no",)),
                Field("letter-officer", "letter/officer", lacks=("letter_officer", "applicant")),
                Field("letter-phone", "words/phone"),
                Field("proof", "letter/proof", "tick", ("letter_proof",)),
            ),
        ),
        Section(
            "letter-why",
            (
                Field("basis", "letter/basis", lacks=("letter_basis",)),
                Field("purpose", "letter/purpose", "text", ("letter_purpose",)),
            ),
        ),
        Section(
            "ranges",
            (
                Field("scope", "letter/scope", lacks=("letter_scope",)),
                Field("need", "letter/need", "text", ("letter_need",)),
                _ELSEWHERE,
            ),
            "ranges",
        ),
        Section(
            "letter-more",
            (
                Field("copy-asked", "letter/copy_asked", "tick"),
                Field("copy-reason", "letter/copy_reason", "text", ("copy_reason_in_letter",), when=_COPY),
                Field("secret", "letter/secret", "tick"),
                Field("keep", "letter/keep", "tick"),
            ),
        ),
        _LATE,
    ),
)  # fmt: skip

_CALL = IntakeForm(
    "call", Kind.AGY, Event.PRESERVE, frozenset({"officer"}),
    (
        Section(
            "call",
            (
                Field("call-agency", "voice/agency", lacks=("agency",)),
                Field("caller", "voice/caller", lacks=("caller",)),
                Field("call-phone", "words/phone"),
                Field("called-back", "voice/called_back", "tick", ("called_back",)),
                Field("matter", "words/matter", "text"),
            ),
        ),
        _RANGES,
    ),
)  # fmt: skip

FORMS: Mapping[str, IntakeForm] = MappingProxyType(
    {form.name: form for form in (_CITIZEN, _STAFF, _LETTER, _CALL, _STAFF_PAPER)}
)
