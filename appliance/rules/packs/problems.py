"""What can be wrong with a pack's file: a code, the key it is about, and the sentence in English. Pure.

Pages say the same sentences in both languages (``pack-wrong.*`` of the catalogue; a test holds the two together).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["WORDS", "Problem", "problem"]

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "large": "it has {bytes} bytes, and a pack has at most {most}; choose the right file",
        "encoding": "it is no UTF-8 text; save it as UTF-8",
        "syntax": "it is not written as TOML ({detail}); mend that line",
        "format": "its format is {found}, and only {wanted} is known; write format = {wanted}",
        "unknown": "it is not known here; remove it, or look for a misspelt name",
        "missing": "it is missing; write it",
        "table": "it is no table; write one, as the description of the file shows",
        "list": "it is no list; write one in square brackets",
        "text": "it is no text; write it in quotes",
        "number": "it is no whole number; write one without quotes",
        "truth": "it is neither true nor false; write one of them without quotes",
        "date": "it is no date; write one without quotes, such as 2024-09-27",
        "empty": "it is empty; write it",
        "long": "it has {length} characters; at most {most} fit",
        "count": "items: {count}; it takes {least} to {most}",
        "controls": "it holds control characters, which hide or turn text; type it anew",
        "sign": "{value} does not do; only letters, digits and - may stand in it",
        "under": "{value} is under {least} ({law}); write {least} to {most}",
        "over": "{value} is over {most} ({law}); write {least} to {most}",
        "below": "{value} is under {other}, which is {least}; write {least} or more",
        "article-number": "{number} is no number of an article; count as the pack that ships does",
        "article-twice": "{number} stands twice; number each article once",
        "article-order": "{number} stands after {before}; put the articles in their order",
        "article-gap": "{gap} is missing before {number}; write it, or mark it missing = true if its text is not there",
        "article-parent": "{number} has no {parent} above it; write that one first",
        "article-empty": "{number} has no text; write it, or mark it missing = true if its text is not there",
        "article-both": "{number} has a text or a source and is marked missing; keep one of the two",
        "article-unproven": "{number} lacks the source or the date of its text; write where it was found and of when",
        "article-none": "it names {rule}, of which the rules have no text; name an article that has one",
        "approved-late": "it was approved on {on}, after its first day {effective}; mend one of the two dates",
        "chain-sign": "{post} signs nothing; a chain is made of {known}",
        "chain-order": "it is {found}; the order is {wanted}",
        "chain-lacks": "{post} is missing; every chain of this kind has that signature",
        "reason": "{reason} is no reason that cases know; choose from {known}",
        "blank-name": "{name} is nothing that can be filled in; known are {known}",
        "blank-lacks": "it does not say {name}; put it in the text",
        "unit-twice": "{name} stands twice; keep one",
        "unit-none": "none of them has the office in its area; mark the one that has",
        "filing": "{value} is no way to report it; choose from {known}",
        "same-day": "{version} takes effect on {day} as well; choose another day",
        "same-version": "there is a pack {version} already; packs are never edited: give this one another name",
        "earlier": "{version} takes effect later, on {day}; choose a day after it",
    }
)
"""Code to sentence; names in braces are the problem's ``values``."""


class Problem(NamedTuple):
    """``key``: where in the file, such as ``numbers.floor_days``; empty for the file as a whole."""

    key: str
    code: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        sentence = WORDS[self.code].format_map(dict(self.values))
        return f"{self.key}: {sentence}" if self.key else sentence


def problem(key: str, code: str, /, **values: object) -> Problem:
    """One of :data:`WORDS`, about ``key``."""
    return Problem(key, code, MappingProxyType(values))
