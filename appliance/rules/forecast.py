"""How long footage will be held, when the floor is in danger, and what one more camera does to both (``T-09``). Pure.

Free-able is what is free and what the ring holds, less the reserve and less what pins and holds keep: that never counts
(``T-11``). Days are free-able bytes over a day's writing. The date in danger comes from walking day by day: writing
takes a day's bytes, and gives back what has passed its floor by then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from appliance.core.errors import Refused
from appliance.core.messages import coded
from appliance.core.model import Camera
from appliance.rules.deadlines import floor_date
from appliance.rules.policy import Policy

__all__ = [
    "REFUSE_DAYS",
    "WARN_DAYS",
    "CameraRate",
    "Forecast",
    "Measured",
    "Store",
    "declared_bps",
    "forecast",
    "rate_of",
    "refuse_first",
    "refuse_short",
]

REFUSE_DAYS, WARN_DAYS = 40, 45
"""No camera is put in force that leaves less than the first; under the second it is warned of (``T-09``)."""

_DAY_SECONDS = 86_400
_LEAST_MEASURED_NS = 3600 * 1_000_000_000
_LEAST_KNOWN_NS = 60 * 1_000_000_000
"""Of less footage the first key frame weighs too much."""
_FARTHEST_DAYS = 400


class Measured(NamedTuple):
    """What the index has of a camera over the last days: bytes, and the nanoseconds of footage that they hold."""

    bytes: int
    length_ns: int


class CameraRate(NamedTuple):
    """Bits per second of a camera at full quality. ``basis``: ``measured`` from what was written, ``live`` now, or
    ``expected``, an assumption, before anything was."""

    camera_no: str
    bits_per_second: int
    basis: str

    @property
    def day_bytes(self) -> int:
        return self.bits_per_second * _DAY_SECONDS // 8


class Store(NamedTuple):
    """Bytes. ``kept``: closed footage that no pin or hold keeps, by the local date of its last frame; ``open_bytes``:
    what is being recorded; ``held_bytes``: what pins and holds keep."""

    free_bytes: int
    reserve_bytes: int
    kept: Mapping[date, int]
    open_bytes: int = 0
    held_bytes: int = 0

    @property
    def freeable_bytes(self) -> int:
        return max(0, self.free_bytes + sum(self.kept.values()) + self.open_bytes - self.reserve_bytes)


class Forecast(NamedTuple):
    """``days`` that will be held, None when nothing is written. ``danger``: the first local date on which the writing
    finds no room outside the floor, None when there is none. ``verdict``: ``well``, ``warn`` or ``short``.
    ``assumed``: cameras whose bit rate is an assumption."""

    days: float | None
    day_bytes: int
    freeable_bytes: int
    held_bytes: int
    danger: date | None
    verdict: str
    assumed: tuple[str, ...] = ()

    @property
    def held_share(self) -> float:
        """Of all that footage can have, what pins and holds keep."""
        whole = self.freeable_bytes + self.held_bytes
        return self.held_bytes / whole if whole else 0.0


def rate_of(camera_no: str, measured: Measured | None, live_bps: int, expected_bps: int) -> CameraRate:
    """A camera's rate by the best that is known: an hour of written footage, else what comes now, else a minute of
    footage, else what is expected of it."""
    length_ns = measured.length_ns if measured is not None else 0
    if live_bps > 0 and length_ns < _LEAST_MEASURED_NS:
        return CameraRate(camera_no, live_bps, "live")
    if measured is not None and length_ns >= _LEAST_KNOWN_NS:
        return CameraRate(camera_no, measured.bytes * 8 * 1_000_000_000 // length_ns, "measured")
    return CameraRate(camera_no, expected_bps, "expected")


def declared_bps(camera: Camera, camera_mbps: float) -> int:
    """What a camera's own settings say of its bit rate, or what is taken for any."""
    told = camera.settings.get("bitrate")
    return told if isinstance(told, int) and told > 0 else int(camera_mbps * 1_000_000)


def forecast(
    store: Store, rates: Sequence[CameraRate], policy: Policy, today: date, days_off: Collection[date] = ()
) -> Forecast:
    """What becomes of ``store`` when these cameras write on."""
    day_bytes = sum(rate.day_bytes for rate in rates)
    days = store.freeable_bytes / day_bytes if day_bytes else None
    return Forecast(
        days=days,
        day_bytes=day_bytes,
        freeable_bytes=store.freeable_bytes,
        held_bytes=store.held_bytes,
        danger=_danger(store, day_bytes, policy, today, days_off) if day_bytes else None,
        verdict="well" if days is None or days >= WARN_DAYS else "warn" if days >= REFUSE_DAYS else "short",
        assumed=tuple(rate.camera_no for rate in rates if rate.basis == "expected"),
    )


def refuse_short(before: Forecast, after: Forecast, adding: Sequence[CameraRate]) -> None:
    """Raises Refused when these cameras would leave fewer days than :data:`REFUSE_DAYS`: none of them is put in force
    then (``T-09``). A trial office does not ask."""
    if after.days is None or after.days >= REFUSE_DAYS:
        return
    wanted = after.day_bytes * REFUSE_DAYS - after.freeable_bytes
    names = ", ".join(rate.camera_no for rate in adding)
    raise Refused.of(
        "disk-short",
        cameras=names,
        mbps=f"{sum(rate.bits_per_second for rate in adding) / 1e6:.1f}",
        days=f"{after.days:.1f}",
        needed=REFUSE_DAYS,
        now=coded("disk-now-none") if before.days is None else coded("disk-now", days=f"{before.days:.1f}"),
        more=_gb(wanted),
    )


def refuse_first(after: Forecast, cameras: Sequence[CameraRate], place: str) -> None:
    """Raises Refused when a new office's first cameras would leave fewer days than :data:`REFUSE_DAYS` on the disk at
    ``place``, and says what would do: how much more disk, how many of them, or which bit rate."""
    if after.days is None or after.days >= REFUSE_DAYS:
        return
    room = after.freeable_bytes // REFUSE_DAYS
    fit, total = 0, 0
    for rate in cameras:
        total += rate.day_bytes
        fit += total <= room
    mbps = room * 8 // _DAY_SECONDS // len(cameras) // 10_000 / 100
    gross = sum(rate.bits_per_second for rate in cameras) / 1e6
    more = _gb(after.day_bytes * REFUSE_DAYS - after.freeable_bytes)
    raise Refused.of(
        "disk-short-some" if fit else "disk-short-first",
        count=len(cameras),
        gross=f"{gross:.1f}",
        place=place,
        days=f"{after.days:.1f}",
        needed=REFUSE_DAYS,
        more=more,
        fit=fit,
        mbps=f"{mbps:.2f}",
    )


def _gb(count: int) -> str:
    return f"{count / 1e12:.2f} TB" if count >= 10**12 else f"{max(1, -(-count // 10**9))} GB"


def _danger(store: Store, day_bytes: int, policy: Policy, today: date, days_off: Collection[date]) -> date | None:
    """Walks on until the present store has been written over; what holds to there holds for ever."""
    room = store.free_bytes - store.reserve_bytes
    comes: dict[date, int] = {}

    def keep(day: date, size: int) -> None:
        nonlocal room
        frees = floor_date(day, policy.floor_days, days_off) + timedelta(days=1)
        if frees <= today:
            room += size
        else:
            comes[frees] = comes.get(frees, 0) + size

    for day, size in store.kept.items():
        keep(day, size)
    keep(today, store.open_bytes)
    for ahead in range(_FARTHEST_DAYS):
        day = today + timedelta(days=ahead)
        room += comes.pop(day, 0)
        if room < day_bytes:
            return day
        room -= day_bytes
        keep(day, day_bytes)
    return None
