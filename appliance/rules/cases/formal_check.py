"""形式審查: what must be there before a case goes on from its receipt, as a table for each kind. Codes only.

Whether it is enough is another question (``checklist``). Source: ``rules`` 八(五)1 to 3, ``AT-35`` to ``AT-38``,
``AT-44``, ``AT-49``, ``AT-50``; traps ``T-29``, ``T-30``, ``T-39``. The words that people read are in the message
catalogue, ``case-lack.<code>``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from appliance.core.model import Span
from appliance.rules import holds
from appliance.rules.cases.facts import CaseFacts
from appliance.rules.cases.papers import Form
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.states import Kind

__all__ = [
    "CITIZEN_REASONS",
    "FORBIDDEN_REASONS",
    "FORMAL_ITEMS",
    "STAFF_REASONS",
    "Item",
    "formal_missing",
    "is_wide",
]

FORBIDDEN_REASONS = frozenset({"attendance", "appraisal", "face_recognition", "behaviour_analysis"})
"""差勤考核, 績效考評, 人臉辨識, 行為分析: no purpose of the system (二, ``D-30``)."""

CITIZEN_REASONS = frozenset({"crime", "unlawful_act", "other"})
"""發現犯罪嫌疑, 其他違法行為, 其他 (八(五)1(1))."""

STAFF_REASONS = frozenset({"property_lost", "counter_dispute", "personal_safety", "official_need", "serious_event"})
"""財物遺失, 櫃檯爭議, 人員安全, 公務需要, 其他重大事件 (八(五)2(1))."""


class Item(NamedTuple):
    """A line of the formal check: its code and whether the papers have it. ``places``: where on the papers it stands,
    or is attested; with what stands there something may be found wrong. ``own``: asked for by these rules alone, so
    that a request under another law (``D-23``) goes on without it."""

    code: str
    there: Callable[[CaseFacts], bool]
    source: str
    places: tuple[str, ...] = ()
    own: bool = False


def is_wide(scopes: tuple[Scope, ...]) -> bool:
    """Over 4 cameras, or over 24 hours of any of them together: the need is to be written down (``AT-50``)."""
    hours: dict[str, int] = {}
    for each in scopes:
        hours[each.camera_no] = hours.get(each.camera_no, 0) + each.end_ns - each.start_ns
    return bool(hours) and holds.is_wide(len(hours), Span(0, max(hours.values())))


def _agent(form: Form) -> bool:
    """None, one by law, or one with 委任書 (``T-29``, ``T-30``)."""
    return form.agent in ("", "legal") or (form.agent == "mandated" and form.mandate)


def _read_aloud(form: Form) -> bool:
    """Where the applicant was helped, two people stand for it: one who read the form aloud, another who heard it."""
    reader, witness = ("".join(name.split()) for name in (form.reader, form.witness))
    return not form.helped or bool(reader and witness and reader != witness)


def _reason(facts: CaseFacts, known: frozenset[str]) -> bool:
    return facts.form.reason in known | FORBIDDEN_REASONS and bool(facts.form.reason_text)


_CITIZEN = (
    Item("form_signed", lambda facts: facts.form.signed, "AT-38", ("form/signed",)),
    Item("form_scanned", lambda facts: facts.form.scanned or bool(facts.form.scan_follows.strip()), "AT-38"),
    Item("id_checked", lambda facts: facts.form.id_checked, "八(五)1(1)", ("form/id_checked",)),
    Item("standing", lambda facts: facts.form.standing in ("party", "interested"), "八(五)1(1)", ("form/standing",)),
    Item(
        "interest",
        lambda facts: facts.form.standing != "interested" or bool(facts.form.interest),
        "AT-35",
        ("form/interest",),
    ),
    Item("mandate", lambda facts: _agent(facts.form), "T-29, T-30", ("form/agent", "form/mandate")),
    Item("read_aloud", lambda facts: _read_aloud(facts.form), "T-39", ("form/reader", "form/witness")),
    Item("reason", lambda facts: _reason(facts, CITIZEN_REASONS), "AT-36", ("form/reason", "form/reason_text")),
    Item("report_unit", lambda facts: bool(facts.form.report_unit), "AT-37", ("form/report_unit",), own=True),
    Item("report_no", lambda facts: bool(facts.form.report_no), "AT-37", ("form/report_no",), own=True),
    Item("report_day", lambda facts: facts.form.report_day is not None, "AT-37", ("form/report_day",), own=True),
    Item("report_original", lambda facts: facts.form.report_original, "AT-37", ("form/report_original",), own=True),
)

_STAFF = (
    Item("staff_reason", lambda facts: facts.form.reason in STAFF_REASONS, "AT-44"),
    Item("reason_text", lambda facts: bool(facts.form.reason_text), "附件3"),
    Item("viewer_named", lambda facts: any(each.part == "viewer" for each in facts.parties), "附件3"),
)

_AGENCY = (
    Item(
        "letter_scanned", lambda facts: facts.letter.scanned or bool(facts.letter.scan_follows.strip()), "AT-38, AT-49"
    ),
    Item("letter_day", lambda facts: facts.letter.day is not None, "八(五)3(1)", ("letter/day",)),
    Item("letter_no", lambda facts: bool(facts.letter.number), "AT-49", ("letter/number",)),
    Item("letter_officer", lambda facts: bool(facts.letter.officer), "八(五)3(1)", ("letter/officer",)),
    Item("letter_basis", lambda facts: bool(facts.letter.basis), "八(五)3(1)", ("letter/basis",)),
    Item("letter_purpose", lambda facts: bool(facts.letter.purpose), "八(五)3(1)", ("letter/purpose",)),
    Item("letter_scope", lambda facts: bool(facts.letter.scope), "八(五)3(1)", ("letter/scope",)),
    Item("letter_need", lambda facts: not is_wide(facts.asked) or bool(facts.letter.need), "AT-50", ("letter/need",)),
    Item(
        "copy_reason_in_letter",
        lambda facts: not facts.letter.copy_asked or bool(facts.letter.copy_reason),
        "AT-56",
        ("letter/copy_reason",),
    ),
)

FORMAL_ITEMS: Mapping[Kind, tuple[Item, ...]] = MappingProxyType(
    {Kind.CIT: _CITIZEN, Kind.INT: _STAFF, Kind.AGY: _AGENCY}
)


def formal_missing(kind: Kind, facts: CaseFacts, *, statutory: bool = False) -> tuple[str, ...]:
    """The codes of what is not there, or was found wrong and is not put right, in the order of the form.
    ``facts.asked`` are all ranges of the case; ``statutory``: it is asked for under another law."""
    return tuple(
        item.code
        for item in FORMAL_ITEMS[kind]
        if item.code in facts.findings or not (item.there(facts) or (item.own and statutory))
    )
