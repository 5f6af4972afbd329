"""The recorder now: what the status page, the forms that name a camera, and the command line ask of the keeper."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from appliance.protocol.endpoint import Endpoint, Request, SessionRequest
from appliance.protocol.ledger_head import LedgerHead

__all__ = [
    "CAMERAS",
    "PLAN",
    "STATUS",
    "AskPlan",
    "CameraPlace",
    "CameraStatus",
    "Cameras",
    "Disk",
    "DiskMarks",
    "Forecast",
    "Gap",
    "Plan",
    "PlannedCamera",
    "Scrub",
    "Space",
    "Status",
    "StatusRequest",
]


class StatusRequest(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``session`` and ``active`` as of a ``SessionRequest``; the command line names none, web always does."""

    session: str | None = None
    active: bool = True


class Gap(msgspec.Struct, frozen=True):
    """``by_ns``: by how much its times were corrected since it was noted."""

    start_ns: int
    end_ns: int
    cause: str = ""
    by_ns: int = 0


class CameraStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One camera now. Times in ns since 1970; 0 = never, unknown. ``in_force_ns``: since when there should be footage
    of it. ``signature``: what its stream carries signatures by (``onvif-media-signing``, ``axis-signed-video``), which
    nobody verified; "" for none."""

    camera_no: str
    location: str = ""
    state: str = "connecting"
    detail: str = ""
    since_ns: int = 0
    last_written_ns: int = 0
    bitrate_bps: int = 0
    camera_off_ns: int | None = None
    signature: str = ""
    earliest_ns: int = 0
    days_held: float = 0.0
    gaps_24h: tuple[Gap, ...] = ()
    reduced_24h: tuple[Gap, ...] = ()
    in_force_ns: int = 0


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """Zeros for what cannot be told now: the disk is away, or the index does not answer."""

    total_bytes: int = 0
    free_bytes: int = 0
    ring_bytes: int = 0
    segments: int = 0


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """How long the disk will hold footage. ``days`` None: nothing is written; ``danger``: a date, as ISO; ``verdict``
    well, warn or short, "" where there is no forecast now; ``assumed``: cameras whose bit rate is an assumption."""

    days: float | None = None
    day_bytes: int = 0
    freeable_bytes: int = 0
    held_bytes: int = 0
    held_share: float = 0.0
    danger: str | None = None
    verdict: str = "well"
    assumed: tuple[str, ...] = ()


class Space(Forecast, frozen=True, kw_only=True):
    """The forecast and the rung of disk pressure."""

    rung: int = 0
    stopped: tuple[str, ...] = ()


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
    """``findings``: all that stand, each with ``key``, ``box``, ``text`` (a sentence or a coded message), ``since_ns``
    and ``ended``."""

    now_ns: int
    trusted: bool = True
    trial: bool = False
    cameras: tuple[CameraStatus, ...] = ()
    disk: Disk = Disk()
    ledger: LedgerHead = LedgerHead()
    floor_days: int = 31
    target_days: int = 45
    space: Space = Space()
    scrub: Scrub = Scrub()
    findings: tuple[dict[str, Any], ...] = ()


class CameraPlace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A camera and since when there is footage of it; 0: there is none, or it cannot be told now.

    ``left``: suspended or retired, of one that is not in force any more, since ``left_on``. The last of its footage, of
    ``last_written_ns``, certainly stays until ``kept_until``; ``gone_by`` is the last day on which any exists where
    nobody asks for it."""

    camera_no: str
    location: str = ""
    earliest_ns: int = 0
    last_written_ns: int = 0
    left: str = ""
    left_on: date | None = None
    kept_until: date | None = None
    gone_by: date | None = None


class Cameras(msgspec.Struct, frozen=True, kw_only=True):
    """Those in force, and behind them those that were: what they recorded may still be asked for (``T-08``)."""

    now_ns: int
    floor_days: int = 31
    cameras: tuple[CameraPlace, ...] = ()


class AskPlan(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What ``cameras`` more of ``add_bps`` bit/s each would make of the forecast; both 0: nothing is added."""

    add_bps: int = 0
    cameras: int = 0


class PlannedCamera(msgspec.Struct, frozen=True, kw_only=True):
    """``basis``: measured, live or expected."""

    camera_no: str
    bits_per_second: int
    basis: str
    day_bytes: int


class DiskMarks(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes, as ``rules.pressure.Marks`` has them."""

    reserve: int
    target: int
    reduce: int
    stop: int


class Plan(Forecast, frozen=True, kw_only=True):
    """The forecast of this moment, by camera; ``with_added``: with what was asked about, None where nothing was."""

    trial: bool
    rung: int
    marks: DiskMarks
    free_bytes: int
    reserve_bytes: int
    cameras: tuple[PlannedCamera, ...]
    with_added: Forecast | None = None


STATUS = Endpoint("status", StatusRequest, Status, reads=True, callers=frozenset({"console", "web"}))
CAMERAS = Endpoint("cameras", SessionRequest, Cameras, reads=True)
PLAN = Endpoint("plan", AskPlan, Plan, reads=True, callers=frozenset({"console"}))
