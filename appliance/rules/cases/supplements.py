"""What came to a request after its receipt: what whoever asks supplied (補正), or the desk read from the same papers
(補登). Pure.

The words with which a request was received stay as they were received (八(五)1(1), 八(六)): nothing after the receipt
writes over them. What the formal check finds wrong with them stands by itself (``findings``), what comes in their place
stands beside them, and papers print both. A slip of the pen of the desk's own is 更正 (``rectify``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec

from appliance.rules.cases.formal_check import FORMAL_ITEMS
from appliance.rules.cases.papers import Form, Letter
from appliance.rules.cases.states import Kind

__all__ = ["RECEIVED_WORDS", "SupplementView", "added_by", "is_kept", "left_of", "word_text"]

RECEIVED_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "form": (
            "standing", "interest", "agent", "report_unit", "report_no", "report_day", "reason", "reason_text",
            "helped", "reader", "witness",
        ),
        "letter": (
            "agency", "day", "number", "officer", "basis", "purpose", "scope", "need", "copy_reason", "copy_asked",
            "secret", "keep",
        ),
    }
)  # fmt: skip
"""What is the applicant's, or the letter's, on each paper; the rest of it is what the desk attests."""


class SupplementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A word that came after the receipt. ``what``: its place, such as ``form/report_no``; ``old``: what stood there
    ("": nothing). ``asked``: it was supplied as the office had asked (補正), else the desk entered it from the papers
    that lie there (補登). ``index``: its ledger entry; ``day``: an ISO day; ``name``: who entered it."""

    what: str
    old: str = ""
    new: str = ""
    asked: bool = False
    index: int = 0
    day: str = ""
    name: str = ""


def word_text(value: object) -> str:
    """A word as text; a tick that is not set is none."""
    if isinstance(value, bool):
        return "1" if value else ""
    return value.isoformat() if isinstance(value, date) else str(value or "")


def added_by(papers: Mapping[str, Form | Letter], typed: Mapping[str, Mapping[str, Any]], *, asked: bool
             ) -> tuple[SupplementView, ...]:  # fmt: skip
    """What ``typed`` says otherwise than ``papers`` do, by their parts ``form`` and ``letter``."""
    return tuple(
        SupplementView(what=f"{part}/{name}", old=was, new=now, asked=asked)
        for part, paper in papers.items()
        for name in RECEIVED_WORDS[part]
        if name in typed[part]
        and (was := word_text(getattr(paper, name))) != (now := word_text(typed[part][name]))
    )  # fmt: skip


def is_kept(kind: Kind, each: SupplementView, findings: Collection[str]) -> bool:
    """Whether what was received has to stay: something stands there, and nobody found anything wrong with it."""
    asked_for = {place for item in FORMAL_ITEMS[kind] if item.code in findings for place in item.places}
    return bool(each.old) and not (each.asked and each.what in asked_for)


def left_of(
    kind: Kind, findings: Mapping[str, str], added: Collection[str], ticked: Mapping[str, Any]
) -> dict[str, str]:
    """The findings that are not answered yet, once ``added`` (places) was supplied and ``ticked`` of the form
    attested."""
    met = {*added, *(f"form/{name}" for name, value in ticked.items() if value is True)}
    answered = {item.code for item in FORMAL_ITEMS[kind] if met & set(item.places)}
    return {code: text for code, text in findings.items() if code not in answered}
