"""Days as people write them in a text, in either calendar: found, to be looked for whatever way they are written. Pure.

ROC year 1 is 1912; a year of 1912 or more is taken as Gregorian (domain 3, 5).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

__all__ = ["Sought", "Time", "days_in", "plain_words", "sought"]

_ROC_OFFSET = 1911
_YEAR, _MONTH = r"(?<!\d)(?:民國\s*)?(\d{2,4})\s*[-/.年]\s*", r"(\d{1,2})\s*"
_DAY = re.compile(_YEAR + _MONTH + r"[-/.月]\s*(\d{1,2})(?!\d)\s*日?")
_TOGETHER = re.compile(r"(?<![\w.])(\d{2,4})(\d{2})(\d{2})(?!\w)")
_MONTH_ALONE = re.compile(
    r"(?<![\d/.-])(?:民國\s*)?(\d{2,3}(?=\s*[/.年])|\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?![\w/.-])"
)


class Time(NamedTuple):
    """A day, or the days of a month, both ends included; ``words``: how it was written."""

    first: date
    last: date
    words: str


class Sought(NamedTuple):
    """What is looked for."""

    words: tuple[str, ...]
    times: tuple[Time, ...]


def plain_words(text: str) -> str:
    """A text as it is compared: full-width characters as plain ones, of one case."""
    return unicodedata.normalize("NFKC", text).casefold()


def days_in(text: str) -> frozenset[date]:
    """The days that a plain text names, as ``115/11/27``, ``115.11.27``, ``115 年 11 月 27 日`` or ``2026-11-27``."""
    return frozenset(each.first for each in _found(_DAY, text))


def sought(text: str) -> Sought:
    """A search apart. Here a day may be written together as well, as ``1151127``, and a month without a day."""
    plain, times = plain_words(text), list[Time]()
    for pattern in (_DAY, _TOGETHER, _MONTH_ALONE):
        for each in _found(pattern, plain):
            times.append(each._replace(words="".join(each.words.split())))
            plain = plain.replace(each.words, " ", 1)
    return Sought(tuple(plain.split()), tuple(times))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[Time]:
    for each in pattern.finditer(text):
        year, month, *days = (int(part) for part in each.groups())
        try:
            first = date(year if year > _ROC_OFFSET else year + _ROC_OFFSET, month, *(days or [1]))
        except ValueError:
            continue
        yield Time(first, first if days else _end_of_month(first), each[0])


def _end_of_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
