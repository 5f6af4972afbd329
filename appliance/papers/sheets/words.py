"""How papers write dates, hours, ranges and boxes: ROC years, 24 hours, one line a local day (``A8``). Pure.

Source: ``rules`` 3 (common to all forms).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from appliance.core.clock import local_time
from appliance.core.model import Record
from appliance.rules.deadlines import day_of, start_ns_of

__all__ = [
    "BLANK_DAY", "BLANK_RANGE", "BLANK_TIME", "MASKED", "Asked", "between", "box", "day", "day_in_text", "in_text",
    "length", "moment", "month", "range_lines", "shown_length", "time_of", "time_to_second", "written_range",
]  # fmt: skip

_ROC_OFFSET = 1911
_SECOND_NS = 1_000_000_000
_MINUTE_NS = 60 * _SECOND_NS
_CELL_BLANK = re.compile(r"(?<=\d) (?=[年月日時分])|(?<=[年月日時]) (?=\d)")

BLANK_DAY = "　　年　　月　　日"
BLANK_TIME = "　　時　　分"
MASKED = "已遮蔽"
"""Stands where a copy of a paper does not show what the paper has, so that nobody takes it for empty."""
BLANK_RANGE = f"{BLANK_DAY}{BLANK_TIME} ~{BLANK_TIME}"


class Asked(Record, frozen=True, kw_only=True):
    """A camera and the time asked of it, [start, end). ``place`` as the published list names it; may be empty."""

    camera_no: str = ""
    place: str = ""
    start_ns: int
    end_ns: int


def day(at: date | int | None) -> str:
    """``113 年 9 月 27 日``, of a date or an instant; the blank to write on for None."""
    if at is None:
        return BLANK_DAY
    when = at if isinstance(at, date) else day_of(at)
    return f"{when.year - _ROC_OFFSET} 年 {when.month} 月 {when.day} 日"


def day_in_text(at: date | int | None) -> str:
    """``113年9月27日``, as a sentence of a letter has it; the blank for None."""
    return in_text(day(at)) if at is not None else BLANK_DAY


def in_text(text: str) -> str:
    """Days, times and ranges without the blanks and the sign that cells have: ``113年9月27日14時05分至15時00分``."""
    return _CELL_BLANK.sub("", text).replace(" ~ ", "至")


def month(at: date) -> str:
    """``113 年 9 月``."""
    return f"{at.year - _ROC_OFFSET} 年 {at.month} 月"


def time_of(at_ns: int | None) -> str:
    """``14 時 05 分``; the blank to write on for None."""
    if at_ns is None:
        return BLANK_TIME
    at = local_time(at_ns)
    return f"{at:%H} 時 {at:%M} 分"


def time_to_second(at_ns: int) -> str:
    """``14 時 05 分 30 秒``: of what may be shorter than a minute."""
    return f"{time_of(at_ns)} {at_ns // _SECOND_NS % 60:02d} 秒"


def length(ns: int) -> str:
    """``1 小時 02 分 30 秒``, ``2 分 30 秒``, ``30 秒``: whole seconds, what was begun of one does not count."""
    minutes, seconds = divmod(ns // _SECOND_NS, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} 小時 {minutes:02d} 分 {seconds:02d} 秒"
    return f"{minutes} 分 {seconds:02d} 秒" if minutes else f"{seconds} 秒"


def shown_length(ns: int) -> str:
    """As :func:`length`; less than a second of pictures is not none."""
    return "未滿 1 秒" if 0 < ns < _SECOND_NS else length(ns)


def moment(at_ns: int | None) -> str:
    """Day and time."""
    return day(at_ns) + time_of(None) if at_ns is None else f"{day(at_ns)} {time_of(at_ns)}"


def box(ticked: bool, text: str) -> str:
    """A box and what it says."""
    return ("■" if ticked else "□") + text


def written_range(start_ns: int, end_ns: int) -> str:
    """``113 年 9 月 27 日 14 時 05 分 ~ 15 時 00 分``: within one local day; midnight at its end is 24 時 00 分. A
    minute that was begun counts."""
    last = -(-end_ns // _MINUTE_NS) * _MINUTE_NS
    end = time_of(last) if day_of(last) == day_of(start_ns) else "24 時 00 分"
    return f"{moment(start_ns)} ~ {end}"


def between(start_ns: int, end_ns: int) -> str:
    """From one noted instant to another, each in the minute in which it was: no paper lets a viewing end after it was
    signed. The second day only where it is another."""
    end = time_of(end_ns) if day_of(end_ns) == day_of(start_ns) else moment(end_ns)
    return f"{moment(start_ns)} ~ {end}"


def range_lines(asked: Iterable[Asked]) -> list[str]:
    """One line per day and range, its cameras after it, in order of time."""
    by_range: dict[tuple[int, int], list[Asked]] = {}
    for each in sorted(asked, key=lambda each: (each.start_ns, each.end_ns, each.camera_no)):
        for piece in _days(each.start_ns, each.end_ns):
            by_range.setdefault(piece, []).append(each)
    return [written_range(*piece) + _cameras(found) for piece, found in sorted(by_range.items())]


def _days(start_ns: int, end_ns: int) -> list[tuple[int, int]]:
    pieces = []
    while start_ns < end_ns:
        midnight = start_ns_of(day_of(start_ns) + timedelta(days=1))
        pieces.append((start_ns, min(end_ns, midnight)))
        start_ns = midnight
    return pieces


def _cameras(found: Sequence[Asked]) -> str:
    named = [f"{each.camera_no}（{each.place}）" if each.place else each.camera_no for each in found if each.camera_no]
    return f"　監視器 {'、'.join(dict.fromkeys(named))}" if named else ""
