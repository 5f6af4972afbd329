"""The items of 形式審查 on the page of a case: what the papers say at each, and what was found wrong with it. Pure."""

from __future__ import annotations

from appliance.rules.cases.formal_check import FORMAL_ITEMS, Item
from appliance.rules.cases.rectify import is_day
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import ActView, CaseView
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.cases.words import CaseWords

__all__ = ["asked_for", "items_of", "said_at", "word_at"]

_TICKS = frozenset({"copy_asked", "secret", "keep"})
_CODED = frozenset({"standing", "agent", "reason", "helped"})


def items_of(told: CaseView) -> tuple[Item, ...]:
    """Those with which something may be found wrong: what the papers say or the desk attests, and what is missing."""
    return tuple(
        item
        for item in FORMAL_ITEMS[Kind[told.kind]]
        if item.places and (item.code in (*told.defects, *told.findings) or any(_words(told, item)))
    )


def _words(told: CaseView, item: Item) -> list[object]:
    """What the papers have at each place of the item."""
    papers = {"form": told.form, "letter": told.letter}
    return [papers[part].get(name) for part, _, name in (place.partition("/") for place in item.places)]


def said_at(told: CaseView, item: Item, words: CaseWords) -> str:
    """What the papers say there; "" where they say nothing, or the desk only attests."""
    found = zip(item.places, _words(told, item), strict=True)
    return "　".join(word_at(place, value, words) for place, value in found if value and value is not True)


def word_at(place: str, value: object, words: CaseWords) -> str:
    """A word as it is read: a code in words, a day as a day, a tick as a yes."""
    if place.rpartition("/")[2] in _TICKS:
        return words.text("case-choice.answer-yes") if value else ""
    if place.rpartition("/")[2] in _CODED:
        return words.choice(place, str(value)) if value else ""
    return date_text(str(value or ""), words.lang) if is_day(place) else str(value or "")


def asked_for(deed: ActView | None, words: CaseWords) -> tuple[str, ...]:
    """What an act asked to be put right, line by line, in the words of whoever found it."""
    if deed is None:
        return ()
    findings = deed.words.get("findings") or {}
    return tuple(words.found(code, str(findings.get(code, ""))) for code in deed.lacks)
