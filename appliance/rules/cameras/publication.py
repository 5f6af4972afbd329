"""What is published of the cameras, by which hash it is known, and whether what is posted is what is in force. Pure.

Source: ``rules`` 五(二)(三); ``D-15``: number, area, count, sound, unit, phone, and nothing that a burglar could use.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from appliance.core.model import Record, to_json
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.deadlines import working_days_after

__all__ = ["Board", "BoardState", "ListRow", "PublicList", "board_of", "differences", "list_of", "tells_too_much"]

_LATE_DAYS = 3
"""After so many working days the unit head is told (``T-67``)."""

_TOO_MUCH = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}|://|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}"  # a network address
    r"|\d\s*(?:公尺|公分|米|cm|mm|°|度)|高度|仰角|俯角|死角|盲區|型號|序號|廠牌",
    re.IGNORECASE,
)
_FORMULA = ("=", "+", "-", "@")


class ListRow(Record, frozen=True, kw_only=True):
    """The cameras of one area, with sound or without. ``count`` is how many ``numbers`` there are."""

    area: str
    sound: bool
    numbers: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.numbers)


class PublicList(Record, frozen=True, kw_only=True):
    """The list as it is posted, but for its date. The same cameras give the same rows in the same order."""

    unit: str = ""
    phone: str = ""
    rows: tuple[ListRow, ...] = ()

    @property
    def count(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical JSON: what the hash on the page, in the entry and of the registry is."""
        return hashlib.sha256(to_json(self)).hexdigest()


class BoardState(StrEnum):
    """``none``: nothing was ever posted; ``waiting``: what is posted fits and nobody confirmed it; ``differs``: another
    list is in force, or the page was found to be another; ``equal``: all is well."""

    NONE = "none"
    WAITING = "waiting"
    DIFFERS = "differs"
    EQUAL = "equal"


class Board(NamedTuple):
    """``due``: by when it is to be posted; ``late``: the unit head is told from then on."""

    state: BoardState
    due: date
    late: date

    @property
    def red(self) -> bool:
        """公告與現況不符 (``INV-11``)."""
        return self.state is not BoardState.EQUAL

    def is_late(self, today: date) -> bool:
        return self.red and today > self.late


def list_of(versions: Iterable[CameraVersion], unit: str, phone: str) -> PublicList:
    """The list of what is in force: exactly these cameras (``AT-11``). One without a camera names nobody."""
    areas: dict[tuple[str, bool], list[str]] = {}
    for version in versions:
        if version.live:
            area = " ".join(version.matters.area.split())
            areas.setdefault((area, version.matters.sound), []).append(version.camera_no)
    rows = [ListRow(area=area, sound=sound, numbers=tuple(sorted(found))) for (area, sound), found in areas.items()]
    if not rows:
        return PublicList()
    return PublicList(unit=unit, phone=phone, rows=tuple(sorted(rows, key=lambda row: row.numbers)))


def board_of(
    current: PublicList, posted: str, confirmed: str, changed_on: date, days_off: Collection[date] = ()
) -> Board:
    """``posted`` and ``confirmed``: the digests of the lists that were, "" for none. ``changed_on``: since when the
    registry is as it is."""
    due = working_days_after(changed_on, 1, days_off)
    late = working_days_after(changed_on, _LATE_DAYS, days_off)
    if confirmed == current.digest:
        state = BoardState.EQUAL
    elif posted == current.digest:
        state = BoardState.WAITING
    else:
        state = BoardState.DIFFERS if posted or confirmed else BoardState.NONE
    return Board(state, due, late)


def differences(current: PublicList, other: PublicList) -> tuple[tuple[str, str], ...]:
    """What ``other`` says otherwise: ``(code, camera number or field)``, in the order of numbers. Codes: ``missing``
    from it, ``extra`` in it, ``area``, ``sound``, ``unit``, ``phone``, and ``order`` where only the rows are arranged
    otherwise."""
    mine, others = _cameras(current), _cameras(other)
    found = [("missing", number) for number in mine.keys() - others.keys()]
    found += [("extra", number) for number in others.keys() - mine.keys()]
    for number in mine.keys() & others.keys():
        found += [
            (code, number)
            for code, one, another in zip(("area", "sound"), mine[number], others[number], strict=True)
            if one != another
        ]
    found += [(code, code) for code in ("unit", "phone") if getattr(current, code) != getattr(other, code)]
    if not found and current.digest != other.digest:
        found.append(("order", ""))
    return tuple(sorted(found, key=lambda each: (each[1], each[0])))


def tells_too_much(area: str, *secrets: str) -> bool:
    """Whether the name of an area has more than may be published, or one of these words (``D-15``, ``T-70``)."""
    if _TOO_MUCH.search(area) or area.startswith(_FORMULA):
        return True
    return any(len(word) > 2 and word in area for word in secrets)


def _cameras(public: PublicList) -> dict[str, tuple[str, bool]]:
    return {number: (row.area, row.sound) for row in public.rows for number in row.numbers}
