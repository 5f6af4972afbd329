"""The daily retention statement (保存日報): what each camera holds, lacks and lost on one local day. Pure.

七(一) asks that the keeping of a month be shown and what was overwritten be told: 最早可調閱日 per camera, each day,
and a daily summary of routine overwriting. It holds figures and no person. Every number is whole, so that it can stand
in a ledger entry (``docs/spec/ledger.md``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from appliance.core.model import Gap, to_json
from appliance.rules.deadlines import ceiling_date, day_of
from appliance.rules.policy import Policy

__all__ = [
    "MAX_STATEMENT_BYTES",
    "CameraDay",
    "CameraFigures",
    "CauseSum",
    "Certificate",
    "CertificateSum",
    "ClockStep",
    "DayFigures",
    "Destroyed",
    "Hole",
    "Lost",
    "Statement",
    "state_statement",
]

MAX_STATEMENT_BYTES = 48_000
"""As canonical JSON: one signed note (64 KiB) holds it. Gaps are told one by one only as far as there is room."""

_MOST_HOLES = (24, 8, 3, 0)
_MOST_CAUSES = 6
_WINDOW_DAYS = 14


class Lost(NamedTuple):
    """A bucket that was destroyed."""

    camera_no: str
    start_ns: int
    end_ns: int
    bytes: int


class Certificate(NamedTuple):
    """A destruction of the day: ledger entries of its outcome (``done``) and its intent, and what it took."""

    done: int
    intent: int
    reason: str
    strength: str
    lost: Sequence[Lost]


class CameraFigures(NamedTuple):
    """One camera: the local ``dates`` of which there is footage, the gaps of the day, how many buckets of the day were
    recorded in untrusted time, and since when it is in force as far as known; None: it no longer is (``T-08``)."""

    camera_no: str
    dates: Sequence[date]
    gaps: Sequence[Gap]
    untrusted: int
    since: date | None


class DayFigures(NamedTuple):
    """All that a statement is made of. ``at_ns``: when these figures were taken. ``steps``: ledger entries that tell of
    a step of the clock on that day, with the step. ``forecast_days``: days that the store will hold, None: unknown."""

    day: date
    at_ns: int
    policy: Policy
    cameras: Sequence[CameraFigures]
    certificates: Sequence[Certificate]
    steps: Sequence[tuple[int, int]]
    forecast_days: float | None


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is left out where it is written: a reader sees every field."""


class CauseSum(_Part, frozen=True, kw_only=True):
    cause: str
    count: int
    seconds: int


class Hole(_Part, frozen=True, kw_only=True):
    """``by_ns``: by how much its times were corrected; the clock said so much less when it was noted (``T-19``)."""

    start_ns: int
    end_ns: int
    cause: str
    by_ns: int = 0


class Destroyed(_Part, frozen=True, kw_only=True):
    """What went of one camera for one reason, under how many certificates, the last of which is ``done``.
    ``at_ceiling``: how many of the buckets had reached their ceiling."""

    reason: str
    certificates: int
    done: int
    buckets: int
    bytes: int
    first_ns: int
    last_ns: int
    at_ceiling: int


class CameraDay(_Part, frozen=True, kw_only=True):
    """One line. Dates as 2026-09-28, "" for none.

    ``earliest``: the first date that can be played (最早可調閱日), of a pinned minute too; ``days``: on how many dates
    there is footage; ``unbroken_from``: since when there is some on every date. ``floor``: ``kept`` if footage is there
    from before the floor, ``young`` if the camera is not in force that long (``T-07``), ``retired`` if it no longer is
    (``T-08``), else ``short``. ``holes`` are the longest gaps, in order of time; ``gaps`` and ``gap_seconds`` count
    them all.
    """

    camera_no: str
    earliest: str
    days: int
    unbroken_from: str
    floor: str
    gaps: int
    gap_seconds: int
    causes: tuple[CauseSum, ...]
    holes: tuple[Hole, ...]
    untrusted: int
    destroyed: tuple[Destroyed, ...]


class CertificateSum(_Part, frozen=True, kw_only=True):
    """A destruction of the day: the number of its certificate's entry, of its intent's, and how sure it is."""

    done: int
    intent: int
    reason: str
    strength: str
    buckets: int
    bytes: int


class ClockStep(_Part, frozen=True, kw_only=True):
    entry: int
    by_ns: int


class Statement(_Part, frozen=True, kw_only=True):
    """A day's statement, as the ledger's entry holds it. ``late_days``: how many days after its due day it was made;
    what it says to be held is then as of ``as_of_ns`` and not of the day's end."""

    day: str
    as_of_ns: int
    late_days: int
    floor_days: int
    target_days: int
    ceiling_days: int
    forecast_days: int | None
    clock_steps: tuple[ClockStep, ...]
    certificates: tuple[CertificateSum, ...]
    cameras: tuple[CameraDay, ...]


def state_statement(figures: DayFigures) -> Statement:
    """The statement of a day that is over, made in trusted time."""
    for most in _MOST_HOLES:
        found = _statement(figures, most)
        if len(to_json(found)) <= MAX_STATEMENT_BYTES:
            break
    return found


def _statement(figures: DayFigures, most_holes: int) -> Statement:
    policy = figures.policy
    certificates = sorted(figures.certificates, key=lambda certificate: certificate.done)
    forecast = figures.forecast_days
    return Statement(
        day=figures.day.isoformat(),
        as_of_ns=figures.at_ns,
        late_days=max(0, (day_of(figures.at_ns) - figures.day).days - 1),
        floor_days=policy.floor_days,
        target_days=policy.target_days,
        ceiling_days=policy.ceiling_days,
        forecast_days=None if forecast is None else max(0, int(forecast)),
        clock_steps=tuple(ClockStep(entry=entry, by_ns=by_ns) for entry, by_ns in figures.steps),
        certificates=tuple(
            CertificateSum(
                done=each.done,
                intent=each.intent,
                reason=each.reason,
                strength=each.strength,
                buckets=len(each.lost),
                bytes=sum(lost.bytes for lost in each.lost),
            )
            for each in certificates
        ),
        cameras=tuple(
            _camera(camera, figures, certificates, most_holes)
            for camera in sorted(figures.cameras, key=lambda camera: camera.camera_no)
        ),
    )


def _camera(
    camera: CameraFigures, figures: DayFigures, certificates: Sequence[Certificate], most_holes: int
) -> CameraDay:
    dates = sorted(day for day in set(camera.dates) if day <= figures.day)
    causes = _causes(camera.gaps)
    longest = sorted(camera.gaps, key=lambda gap: gap.start_ns - gap.end_ns)[:most_holes]
    return CameraDay(
        camera_no=camera.camera_no,
        earliest=dates[0].isoformat() if dates else "",
        days=len(dates),
        unbroken_from=_unbroken_from(dates).isoformat() if dates else "",
        floor=_floor(camera, dates, figures),
        gaps=len(camera.gaps),
        gap_seconds=sum(cause.seconds for cause in causes),
        causes=causes,
        holes=tuple(
            Hole(start_ns=gap.start_ns, end_ns=gap.end_ns, cause=_code(gap.cause), by_ns=gap.by_ns)
            for gap in sorted(longest, key=lambda gap: gap.start_ns)
        ),
        untrusted=camera.untrusted,
        destroyed=_destroyed(camera.camera_no, figures, certificates),
    )


def _unbroken_from(dates: Sequence[date]) -> date:
    """The first date of the run of dates that ends with the last one."""
    first = dates[-1]
    for day in reversed(dates[:-1]):
        if first - day > timedelta(days=1):
            break
        first = day
    return first


def _floor(camera: CameraFigures, dates: Sequence[date], figures: DayFigures) -> str:
    """Whether the floor is seen to be kept: by footage of about the day that is leaving it, not of an old pin."""
    last = figures.day - timedelta(days=figures.policy.floor_days)
    if any(last - timedelta(days=_WINDOW_DAYS) <= day <= last for day in dates):
        return "kept"
    if camera.since is None:
        return "retired"
    return "young" if camera.since > last else "short"


def _code(cause: str) -> str:
    """The cause without what stands behind its colon: that is for the log, and may name an address."""
    return cause.split(":")[0].strip() or "unknown"


def _causes(gaps: Iterable[Gap]) -> tuple[CauseSum, ...]:
    """By cause, the longest in all first; what is beyond the first few as ``other``."""
    sums: dict[str, tuple[int, int]] = {}
    for gap in gaps:
        count, length_ns = sums.get(_code(gap.cause), (0, 0))
        sums[_code(gap.cause)] = count + 1, length_ns + gap.end_ns - gap.start_ns
    ordered = [
        CauseSum(cause=cause, count=count, seconds=round(length_ns / 1e9))
        for cause, (count, length_ns) in sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    ]
    few, rest = ordered[:_MOST_CAUSES], ordered[_MOST_CAUSES:]
    if rest:
        count, seconds = sum(each.count for each in rest), sum(each.seconds for each in rest)
        few.append(CauseSum(cause="other", count=count, seconds=seconds))
    return tuple(few)


def _destroyed(camera_no: str, figures: DayFigures, certificates: Sequence[Certificate]) -> tuple[Destroyed, ...]:
    """By reason, in the order of their first certificates."""
    done: dict[str, list[int]] = {}
    lost: dict[str, list[Lost]] = {}
    for certificate in certificates:
        if mine := [each for each in certificate.lost if each.camera_no == camera_no]:
            done.setdefault(certificate.reason, []).append(certificate.done)
            lost.setdefault(certificate.reason, []).extend(mine)
    return tuple(
        Destroyed(
            reason=reason,
            certificates=len(done[reason]),
            done=done[reason][-1],
            buckets=len(mine),
            bytes=sum(each.bytes for each in mine),
            first_ns=min(each.start_ns for each in mine),
            last_ns=max(each.end_ns for each in mine),
            at_ceiling=sum(
                ceiling_date(day_of(each.start_ns), figures.policy.ceiling_days) <= figures.day for each in mine
            ),
        )
        for reason, mine in lost.items()
    )
