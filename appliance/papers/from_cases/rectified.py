"""更正 as a row of 附件4 says it: which word, what it said, how it reads, and why (``T-80``, domain 3.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.papers.from_cases.sources import day_of_text, masked_id
from appliance.papers.sheets.usage_book import Righted
from appliance.papers.sheets.words import day
from appliance.rules.cases.rectify import RectificationView, is_day, is_id_no
from appliance.rules.cases.views import CaseView

__all__ = ["NAMES", "righted"]

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "people/name": "姓名",
        "people/id_no": "證件號碼",
        "people/born": "出生年月日",
        "people/phone": "聯絡電話",
        "people/address": "地址",
        "people/relation": "關係",
        "form/reason_text": "申請事由",
        "form/interest": "利害關係說明",
        "form/report_unit": "受理報案機關",
        "form/report_no": "報案證明單號",
        "form/report_day": "報案日期",
        "letter/agency": "來函機關",
        "letter/number": "來函文號",
        "letter/day": "來函日期",
        "letter/officer": "來函承辦人",
        "letter/basis": "來函法令依據",
        "letter/purpose": "來函目的",
        "letter/scope": "來函調閱範圍",
        "letter/need": "來函必要性說明",
        "letters/answer/doc_no": "答復文書發文字號",
        "letters/correction/doc_no": "補正通知發文字號",
        "letters/extension/doc_no": "展延通知發文字號",
    }
)
"""Of each word that may be put right (``rules.cases.rectify``); people's words without the person's place."""

_SEALED = frozenset({"letter/basis", "letter/purpose", "letter/scope", "letter/need"})
"""What the book does not tell of a letter marked 偵查不公開 (``T-34``)."""


def righted(told: CaseView, each: RectificationView) -> Righted:
    """An ID number is masked as on every print. Where what is masked hides the difference, the row says so."""
    what = _place(each.what)
    old, new = (_shown(each.what, text) for text in (each.old, each.new))
    if what in _SEALED and told.letter.get("secret"):
        old = new = "（偵查案件，內容存卷）"
    elif old == new:
        new = f"{new}（更正之處已遮蔽，內容存卷）"
    person = f"{each.person}之" if each.person and what != "people/name" else ""
    return Righted(what=f"{person}{NAMES[what]}", old=old or "（空白）", new=new, reason=each.reason)


def _place(what: str) -> str:
    part, _, rest = what.partition("/")
    return f"people/{rest.partition('/')[2]}" if part == "people" else what


def _shown(what: str, text: str) -> str:
    if is_id_no(what):
        return masked_id(text)
    return day(day_of_text(text)) if is_day(what) and text and "*" not in text else text
