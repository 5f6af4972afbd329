"""Dates as the office writes them: ROC years, local time; read forgivingly, written in one way. Pure.

ROC year 1 is 1912 (glossary 民國年). A year of 1912 or more that is typed is taken as Gregorian.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from appliance.core.clock import LOCAL, local_time
from appliance.rules.deadlines import DAY_NS

__all__ = [
    "PART_NAMES",
    "ROC_OFFSET",
    "Problem",
    "date_text",
    "day_text",
    "duration_text",
    "left_text",
    "local_clock",
    "moment_text",
    "parts_of",
    "plain_text",
    "read_clock",
    "read_day",
    "read_end",
    "read_moment",
    "read_parts",
]

PART_NAMES = ("year", "month", "day", "hour", "minute")
ROC_OFFSET = 1911
_DAY_MINUTES = 24 * 60
_MINUTE_NS = 60 * 10**9
_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}

_WRITTEN = re.compile(
    r"(?:民國|ROC)?\s*(?P<year>\d{1,4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"\s*T?\s*(?P<hour>\d{1,2})\s*[::時点點]\s*(?P<minute>\d{1,2})\s*分?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?P<year>\d{2,4}?)(?P<month>\d{2})(?P<day>\d{2})[\sT]+(?P<hour>\d{2}):?(?P<minute>\d{2})")
_CLOCK = re.compile(
    r"(?P<half>上午|下午)?\s*(?:(?P<hour>\d{1,2})\s*(?:[:.時點點]\s*(?P<minute>\d{1,2})?\s*分?\s*整?)?"
    r"|(?P<compact>\d{3,4}))"
)


class Problem(NamedTuple):
    """Why something typed is no moment, as a message code."""

    code: str


def plain_text(text: str) -> str:
    """What was typed, full-width digits and letters as plain ones (１１３／９／２７), without space around it."""
    return unicodedata.normalize("NFKC", text).strip()


def read_moment(text: str) -> datetime | Problem:
    """``113/9/27 14:05``, ``1130927 1405``, ``民國113年9月27日14時5分``, ``2024-09-27 14:05``: an aware local time."""
    plain = plain_text(text)
    found = _WRITTEN.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found is None:
        return Problem("date.unreadable")
    return _moment([int(found[name]) for name in PART_NAMES])


def read_day(text: str) -> date | Problem:
    """``113/9/27``, ``1130927``, ``民國113年9月27日``, ``2024-09-27``: a day."""
    moment = read_moment(f"{plain_text(text)} 00:00")
    return moment if isinstance(moment, Problem) else moment.date()


def read_clock(text: str) -> int | Problem:
    """``0930``, ``9:30``, ``9時30分``, ``下午2時``, ``14``: minutes since midnight; ``2400`` is the end of the day."""
    found = _CLOCK.fullmatch(plain_text(text))
    if found is None:
        return Problem("date.clock-unreadable")
    hour, minute = divmod(int(found["compact"]), 100) if found["compact"] else (int(found["hour"]), 0)
    minute = int(found["minute"]) if found["minute"] else minute
    if found["half"] and hour > 12:
        return Problem("date.no-such-clock")
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "下午" else 0)
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= _DAY_MINUTES else Problem("date.no-such-clock")


def read_end(text: str, day: date) -> tuple[date, int] | Problem:
    """A day and minutes since its midnight: of ``day``, unless the text begins with a day of its own
    (``113/9/28 0030``)."""
    words = plain_text(text).split(maxsplit=1)
    own = read_day(words[0]) if len(words) == 2 else None
    if isinstance(own, date):
        day, text = own, words[1]
    clock = read_clock(text)
    return clock if isinstance(clock, Problem) else (day, clock)


def left_text(due_ns: int, now_ns: int, lang: str) -> str:
    """How long a clock by the hour still runs on its last day, in whole minutes and never too long; "" for one that is
    over, has more than a day, or is none (0)."""
    left_ns = due_ns - now_ns
    if not due_ns or not now_ns or not 0 <= left_ns <= DAY_NS:
        return ""
    if left_ns < _MINUTE_NS:
        return {"zh": "未滿 1 分", "en": "under 1 min"}[lang]
    return duration_text(left_ns // _MINUTE_NS * _MINUTE_NS, lang)


def read_parts(parts: Mapping[str, str]) -> datetime | Problem:
    """A moment from five fields; the year's field may also hold a whole moment, pasted."""
    values = [plain_text(parts.get(name, "")) for name in PART_NAMES]
    if values[0] and not any(values[1:]):
        return read_moment(values[0])
    if not all(values):
        return Problem("date.incomplete" if any(values) else "date.missing")
    if not all(value.isascii() and value.isdigit() for value in values):
        return Problem("date.unreadable")
    return _moment([int(value) for value in values])


def _moment(values: list[int]) -> datetime | Problem:
    year, month, day, hour, minute = values
    try:
        return datetime(year if year > ROC_OFFSET else year + ROC_OFFSET, month, day, hour, minute, tzinfo=LOCAL)
    except ValueError:
        return Problem("date.no-such-moment")


def parts_of(wall_ns: int) -> dict[str, str]:
    """The five fields that show this moment, to the minute."""
    at = local_time(wall_ns)
    values = (at.year - ROC_OFFSET, at.month, at.day, at.hour, at.minute)
    return {
        name: str(value) if name == "year" else f"{value:02d}" for name, value in zip(PART_NAMES, values, strict=True)
    }


def date_text(day: str, lang: str) -> str:
    """``113/09/27`` or ``2024-09-27`` of ``2024-09-27``; nothing of nothing. A masked day (``2024-**-**``) stays so."""
    if not day or lang != "zh":
        return day
    year, _, rest = day.partition("-")
    return f"{int(year) - ROC_OFFSET}/{rest.replace('-', '/')}"


def day_text(wall_ns: int, lang: str) -> str:
    """``113/09/27（五）`` or ``2024-09-27 (Fri)``."""
    at = local_time(wall_ns)
    weekday = _WEEKDAYS[lang][at.weekday()]
    if lang == "zh":
        return f"{at.year - ROC_OFFSET}/{at:%m/%d}（{weekday}）"
    return f"{at:%Y-%m-%d} ({weekday})"


def local_clock(wall_ns: int) -> str:
    """``14:05``, local time."""
    return f"{local_time(wall_ns):%H:%M}"


def moment_text(wall_ns: int, lang: str, *, seconds: bool = False) -> str:
    """``113/09/27 14:05`` or ``2024-09-27 14:05``, local time; with seconds on demand."""
    at = local_time(wall_ns)
    clock = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    return f"{at.year - ROC_OFFSET}/{at:%m/%d} {clock}" if lang == "zh" else f"{at:%Y-%m-%d} {clock}"


_UNITS = {
    "zh": (("日", 86_400), ("小時", 3_600), ("分", 60), ("秒", 1)),
    "en": (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)),
}


def duration_text(nanoseconds: int, lang: str) -> str:
    """The two largest units: ``1 小時 5 分``, ``3 s``; never less than one second."""
    left = max(1, round(nanoseconds / 1e9))
    parts: list[str] = []
    for unit, size in _UNITS[lang]:
        count, rest = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
            left = rest
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)
