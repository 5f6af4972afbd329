"""The keeper's answers as pages read them: records with everything optional that a page can do without.

Unknown fields are let through on purpose: the keeper may say more than this version of the pages shows.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from appliance.protocol.ledger_head import LedgerHead
from appliance.rules.cases.masks import Mask
from appliance.selftest.wording import NO_WORDS, CheckWords

__all__ = [
    "CameraStatus",
    "CameraTimeline",
    "CaseEntry",
    "CaseLedger",
    "Disk",
    "Gap",
    "Grant",
    "LedgerEntry",
    "LedgerPage",
    "Office",
    "Scrub",
    "Seat",
    "Seats",
    "Space",
    "Status",
    "Stretch",
    "Timeline",
]


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """``words``: what checks of third parties are called."""

    office_name: str = ""
    trial: bool = False
    version: str = ""
    words: CheckWords = NO_WORDS


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One log-in in a session. ``display`` is the name people read."""

    seat: int
    person: str
    display: str
    roles: tuple[str, ...] = ()


class Seats(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in at one browser, and what they may look at. ``session`` is the token; given by ``login`` only."""

    session: str = ""
    seats: tuple[Seat, ...] = ()
    may: tuple[str, ...] = ()


class Stretch(msgspec.Struct, frozen=True):
    start_ns: int
    end_ns: int


class Gap(msgspec.Struct, frozen=True):
    """``by_ns``: by how much its times were corrected since it was noted."""

    start_ns: int
    end_ns: int
    cause: str = ""
    by_ns: int = 0


class CameraStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One camera now. Times in ns since 1970; 0 = never, unknown.

    ``left``: suspended or retired, of one that is not in force any more, since ``left_on``. The last of its footage
    certainly stays until ``kept_until``; ``gone_by`` is the last day on which any exists where nobody asks for it."""

    camera_no: str
    location: str = ""
    state: str = "connecting"
    detail: str = ""
    since_ns: int = 0
    last_written_ns: int = 0
    bitrate_bps: int = 0
    camera_off_ns: int | None = None
    earliest_ns: int = 0
    days_held: float = 0.0
    gaps_24h: tuple[Gap, ...] = ()
    reduced_24h: tuple[Gap, ...] = ()
    in_force_ns: int = 0
    left: str = ""
    left_on: date | None = None
    kept_until: date | None = None
    gone_by: date | None = None


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    total_bytes: int = 0
    free_bytes: int = 0
    ring_bytes: int = 0


class Space(msgspec.Struct, frozen=True, kw_only=True):
    """The forecast and the rung of disk pressure. ``days`` None: nothing is written; ``danger``: a date, as ISO;
    ``verdict`` "": there is no forecast now; ``assumed``: cameras whose bit rate is an assumption."""

    days: float | None = None
    day_bytes: int = 0
    freeable_bytes: int = 0
    held_bytes: int = 0
    danger: str | None = None
    verdict: str = "well"
    rung: int = 0
    stopped: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


class Scrub(msgspec.Struct, frozen=True, kw_only=True):
    """How far the checks of the ring have come. ``share``: checked since ``since_ns``; ``oldest_ns``: when the segment
    whose check is longest ago was checked, 0 never, None without segments; not ``known``: it cannot be told now."""

    known: bool = True
    segments: int = 0
    share: float = 1.0
    since_ns: int = 0
    oldest_ns: int | None = None
    bytes_per_second: int = 0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    now_ns: int
    trusted: bool = True
    cameras: tuple[CameraStatus, ...] = ()
    disk: Disk = Disk()
    ledger: LedgerHead = LedgerHead()
    floor_days: int = 31
    target_days: int = 45
    space: Space = Space()
    scrub: Scrub = Scrub()
    findings: tuple[dict[str, Any], ...] = ()


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    grant: str


class Corrected(msgspec.Struct, frozen=True):
    """A stretch that a wrong clock recorded: its true time, and by how much it was corrected."""

    start_ns: int
    end_ns: int
    by_ns: int


class CameraTimeline(msgspec.Struct, frozen=True, kw_only=True):
    camera_no: str
    location: str = ""
    spans: tuple[Stretch, ...] = ()
    gaps: tuple[Gap, ...] = ()
    corrected: tuple[Corrected, ...] = ()


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as the player needs it: the span that may be seen, and per camera what there is of it. ``viewers``: who
    came to see it, ``attending``: the two who are logged in. ``purpose``: viewing, or masking. ``masks``: what lies
    over the pictures, None where nothing was ordered to; ``drawn``: nothing is drawn any more."""

    case: str
    purpose: str = "viewing"
    masks: tuple[Mask, ...] | None = None
    drawn: bool = False
    number: str = ""
    start_ns: int
    end_ns: int
    cameras: tuple[CameraTimeline, ...]
    viewers: tuple[str, ...] = ()
    attending: tuple[str, ...] = ()


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """``number``: of the case that ``fields`` name by its key, "" without one."""

    index: int
    at_ns: int
    kind: str
    fields: dict[str, Any] = {}
    leaf: str = ""
    number: str = ""


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that names a case; ``extract``: the same as a signed note, "" where it is too long for one."""

    index: int
    at_ns: int
    kind: str
    fields: dict[str, Any] = {}
    leaf: str = ""
    extract: str = ""


class CaseLedger(msgspec.Struct, frozen=True, kw_only=True):
    """All entries that name a case, and the head over them. ``root`` in hexadecimal."""

    entries: tuple[CaseEntry, ...] = ()
    size: int = 0
    root: str = ""
    checkpoint: str = ""


class LedgerPage(msgspec.Struct, frozen=True, kw_only=True):
    size: int
    entries: tuple[LedgerEntry, ...] = ()
