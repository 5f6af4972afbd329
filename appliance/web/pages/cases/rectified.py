"""更正 on the page of a case: which words may be put right, what was, and the mark beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from appliance.papers.from_cases.sources import masked_id
from appliance.rules.cases.rectify import PERSON, WORDS, RectificationView, is_day, is_id_no
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import CaseView
from appliance.web.i18n.roc_time import date_text, moment_text
from appliance.web.pages.cases.words import CaseWords

__all__ = ["is_marked", "rectified_of", "words_to_choose"]


def words_to_choose(told: CaseView, words: CaseWords) -> list[tuple[str, str]]:
    """Place and label of each word that may be put right: those of the papers, of each person once, and the numbers of
    the letters that went out."""
    seen: dict[tuple[str, str], int] = {}
    for number, each in enumerate(told.parties):
        named_already = not each.id_no and sum(name == each.name for name, _id_no in seen) == 1
        if not each.account and not named_already:
            seen.setdefault((each.name, each.id_no), number)
    people = [
        (f"people/{number}/{field}", f"{told.parties[number].name or '—'}　{words.label(field)}")
        for number in seen.values()
        for field in PERSON
    ]
    papers = [(what, words.label(what)) for what in WORDS[Kind[told.kind]]]
    sent = [f"letters/{each.letter}/doc_no" for each in told.letters if each.doc_no]
    return [*people, *papers, *((what, words.label(what)) for what in sent)]


def rectified_of(told: CaseView, words: CaseWords) -> list[dict[str, Any]]:
    """Every 更正, the latest first: what stood, what stands, why, by whom, and whether the unit head signed it."""
    return [_line(each, words) for each in reversed(told.rectified)]


def _line(each: RectificationView, words: CaseWords) -> dict[str, Any]:
    label = words.label(each.what.rpartition("/")[2] if each.person else each.what)
    return {
        "label": f"{each.person}　{label}" if each.person else label,
        "old": _shown(each.what, each.old, words) or words.text("case-page.rectified-nothing"),
        "new": _shown(each.what, each.new, words),
        "is_id": is_id_no(each.what),
        "old_printed": masked_id(each.old),
        "new_printed": masked_id(each.new),
        "reason": each.reason,
        "name": each.name,
        "at": moment_text(each.at_ns, words.lang) if each.at_ns else "",
        "index": each.index,
        "corrects": each.corrects,
        "state": each.state,
        "head": each.head_name,
        "head_at": moment_text(each.head_ns, words.lang) if each.head_ns else "",
    }


def _shown(what: str, text: str, words: CaseWords) -> str:
    return date_text(text, words.lang) if text and is_day(what) and "*" not in text else text


def is_marked(rectified: Iterable[RectificationView], *places: str) -> bool:
    """Whether one of these words reads otherwise than it was typed at first."""
    return any(each.state == "stands" and each.what in places for each in rectified)
