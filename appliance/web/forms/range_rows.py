"""Rows of a form that name minutes and cameras: read forgivingly, what is wrong named at its input. Pure.

A row is a day, a beginning, an end and one or more camera numbers; each camera of it is a range of its own (``T-23``).
A row that crosses midnight says the day of its end (``113/9/28 0030``): no day is guessed (``T-05``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from appliance.rules.cases.ranges import MAX_SPAN_NS, Scope
from appliance.rules.deadlines import start_ns_of
from appliance.web.i18n.roc_time import Problem, read_clock, read_day, read_end

__all__ = ["ROW_PARTS", "Wrong", "read_cameras", "read_rows", "row_name"]

ROW_PARTS = ("day", "from", "to", "cameras")
_MINUTE_NS = 60 * 1_000_000_000
_APART = re.compile(r"[\s,;、，；]+")


class Wrong(NamedTuple):
    """What is wrong, as a message code with what it speaks of, and the input to mend it in ("": none of them)."""

    field: str
    code: str
    what: str = ""


def row_name(number: int, part: str) -> str:
    """The input's name."""
    return f"r{number}-{part}"


def read_rows(
    values: Mapping[str, str], count: int, cameras: Collection[str], now_ns: int
) -> tuple[tuple[Scope, ...], tuple[Wrong, ...]]:
    """The ranges of the rows that can be read, and what is wrong with the others. Blank rows say nothing."""
    scopes: list[Scope] = []
    wrong: list[Wrong] = []
    for number in range(count):
        texts = {part: values.get(row_name(number, part), "") for part in ROW_PARTS}
        if any(texts.values()):
            found = _read_row(number, texts, cameras, now_ns)
            scopes += [each for each in found if isinstance(each, Scope)]
            wrong += [each for each in found if isinstance(each, Wrong)]
    return tuple(dict.fromkeys(scopes)), tuple(wrong)


def _read_row(number: int, texts: Mapping[str, str], cameras: Collection[str], now_ns: int) -> Sequence[Scope | Wrong]:
    wrong = [Wrong(row_name(number, part), f"intake.{part}-missing") for part in ROW_PARTS if not texts[part]]
    chosen, unknown = read_cameras(texts["cameras"], cameras)
    wrong += [Wrong(row_name(number, "cameras"), "intake.camera-unknown", each) for each in unknown]
    day = read_day(texts["day"]) if texts["day"] else None
    start = read_clock(texts["from"]) if texts["from"] else None
    end = read_end(texts["to"], day if isinstance(day, date) else date.min) if texts["to"] else None
    for part, found in (("day", day), ("from", start), ("to", end)):
        if isinstance(found, Problem):
            code = "date.day-unreadable" if (part, found.code) == ("day", "date.unreadable") else found.code
            wrong.append(Wrong(row_name(number, part), code))
    if not isinstance(day, date) or not isinstance(start, int) or end is None or isinstance(end, Problem):
        return wrong
    start_ns, end_ns = _ns(day, start), _ns(*end)
    if end_ns <= start_ns:
        wrong.append(Wrong(row_name(number, "to"), "intake.order"))
    elif end_ns - start_ns > MAX_SPAN_NS:
        wrong.append(Wrong(row_name(number, "to"), "intake.span-long"))
    elif end_ns > now_ns:
        wrong.append(Wrong(row_name(number, "to"), "case-lack.range-past"))
    return wrong or [Scope(camera, start_ns, end_ns) for camera in chosen]


def _ns(day: date, minutes: int) -> int:
    days, minutes = divmod(minutes, 24 * 60)
    return start_ns_of(day + timedelta(days=days)) + minutes * _MINUTE_NS


def read_cameras(text: str, cameras: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The camera numbers that are meant, and what is none. ``１－０１``, ``101`` and ``1-1`` are ``1-01`` where no
    other camera could be meant."""
    chosen, unknown = [], []
    for word in filter(None, _APART.split(unicodedata.normalize("NFKC", text))):
        meant = [word] if word in cameras else [each for each in cameras if _loose(word) & _loose(each)]
        if len(meant) == 1:
            chosen.append(meant[0])
        else:
            unknown.append(word)
    return tuple(dict.fromkeys(chosen)), tuple(unknown)


def _loose(number: str) -> frozenset[str]:
    """A number without its dashes and case, and also without the zeros before each of its parts."""
    parts = re.findall(r"[a-z]+|\d+", number.casefold())
    plain = "".join(parts)
    bare = "-".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)
    return frozenset({plain, bare})
