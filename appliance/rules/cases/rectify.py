"""更正 of a word of a case: what may be put right, and how it is told (``T-80``, ``D-25``, domain 3.4). Pure.

A word is named by its place: ``people/<n>/<field>`` of the n-th person that the papers name, ``form/<field>``,
``letter/<field>`` of the agency's letter, ``letters/<name>/doc_no`` of a letter of the office that went out. Ranges
and decisions are no words: more minutes are a case of their own, and a decision is the director's.
Nothing is overwritten: the act is an entry of its own that says what it puts right, and what stood before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import msgspec

from appliance.core.model import Record
from appliance.rules.cases.identity import is_id, plain_id
from appliance.rules.cases.states import Kind
from appliance.rules.document_number import plain_doc_no

__all__ = [
    "IDENTITY",
    "PERSON",
    "WORDS",
    "RectificationView",
    "Rectify",
    "is_day",
    "is_doc_no_of",
    "is_id_no",
    "is_identifier",
    "is_name",
    "plain_word",
    "reads",
]

PERSON = ("name", "id_no", "born", "phone", "address", "relation")
"""Of each person whom the papers name, but for a colleague, whose name is the account's."""

IDENTITY = ("name", "id_no", "born")
"""By which somebody is known: one of them may be a slip of the pen, two are another person."""

WORDS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.CIT: (
            "form/reason_text", "form/interest", "form/report_unit", "form/report_no", "form/report_day",
        ),
        Kind.INT: ("form/reason_text",),
        Kind.AGY: (
            "letter/agency", "letter/number", "letter/day", "letter/officer", "letter/basis", "letter/purpose",
            "letter/scope", "letter/need",
        ),
    }
)  # fmt: skip


class Rectify(Record, frozen=True, kw_only=True):
    """Which word, and how it reads; a day is an ISO date. ``entries``: of a signature on 更正, the ledger places of
    those that its page showed."""

    what: str = ""
    new: str = ""
    entries: tuple[int, ...] = ()


def is_day(what: str) -> bool:
    return what.rpartition("/")[2] in ("born", "day", "report_day")


def is_id_no(what: str) -> bool:
    return what.startswith("people/") and what.endswith("/id_no")


def is_doc_no_of(what: str) -> bool:
    """Whether it is the 發文字號 of a letter of the office."""
    return what.startswith("letters/") and what.endswith("/doc_no")


def is_name(what: str) -> bool:
    """Whether it is what somebody is called."""
    return what == "letter/officer" or (what.startswith("people/") and what.endswith("/name"))


def is_identifier(what: str) -> bool:
    """Whether it is masked for whoever may not see identifiers (``T-87``)."""
    return what.startswith("people/") and what.rpartition("/")[2] in ("id_no", "born", "phone", "address")


def plain_word(rectify: Rectify) -> str:
    """The new word as it goes on file."""
    if is_doc_no_of(rectify.what):
        return plain_doc_no(rectify.new)
    return plain_id(rectify.new) if is_id_no(rectify.what) else rectify.new.strip()


def reads(rectify: Rectify, today: date) -> bool:
    """Whether the new word can stand in its place: not empty, of a day a day that has been, of an ID number one of a
    known kind."""
    if not is_day(rectify.what):
        new = plain_word(rectify)
        return is_id(new) if is_id_no(rectify.what) else bool(new)
    try:
        return date.fromisoformat(rectify.new) <= today
    except ValueError:
        return False


class RectificationView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A 更正. ``index``: its ledger entry; ``corrects``: the entry that had the word. ``person``: of whom the word is.
    ``state``: *waits* for the unit head, *stands*, or *declined*; by ``head`` at ``head_ns`` in the entry ``settled``;
    in ink, at ``head_ink_ns`` on the sheet of ``head_scan``.
    """

    index: int
    what: str
    old: str = ""
    new: str = ""
    person: str = ""
    reason: str = ""
    by: str = ""
    name: str = ""
    at_ns: int = 0
    corrects: int = 0
    state: str = "waits"
    head: str = ""
    head_name: str = ""
    head_post: str = ""
    post: str = ""
    head_ns: int = 0
    head_ink_ns: int = 0
    head_scan: str = ""
    settled: int = 0
