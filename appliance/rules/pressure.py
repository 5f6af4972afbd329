"""Disk pressure: the ladder of ``T-10`` as a state machine over how much room there is to write. Pure.

Levels, each entered under a mark of its own and left only well above it:

0. normal: footage goes at its target.
1. the target is no longer held: footage goes at its floor, oldest first, as the next day's writing needs it.
2. new recording steps down: a camera's lesser profile where its source has one, else its key frames only.
3. and on: cameras stop, the least important first (the highest ``Camera.priority``), one for each level above 2.

No level takes anything inside its floor: there is no such step (``T-10`` (5), ``AT-19``). One level at a time, so
that each is seen and entered; a further camera stops only when the last stop had time to show, unless the disk would be
full before that. Untrusted time makes nothing eligible, and so the ladder acts on recording alone (``D-20``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from appliance.core.model import Camera, Record

__all__ = [
    "KEY_FRAMES_ONLY",
    "LESSER_PROFILE",
    "NORMAL",
    "REDUCED",
    "STOPPED",
    "STOPPING",
    "TARGET_LOST",
    "DiskSpace",
    "Ladder",
    "Marks",
    "Relief",
    "first_to_stop",
    "marks",
    "records_reserve",
    "relief_of",
    "step",
    "writing_reserve",
]

NORMAL, TARGET_LOST, REDUCED, STOPPING = 0, 1, 2, 3
"""The rungs. A :class:`Ladder` at level 5 stands on rung 3 with three cameras stopped."""

KEY_FRAMES_ONLY = "pressure: key frames only"
LESSER_PROFILE = "pressure: lesser profile"
STOPPED = "pressure: stopped"
"""What gaps and manifests say of the time in which recording was cut down."""

_SETTLE_NS = 30_000_000_000
"""How long one camera's stop may take to show before the next stops."""

_DWELL_NS = 60_000_000_000
"""How long room must have been good before the ladder is climbed down by one level."""

_URGENT_SHARE = 720
"""One part in so many of a day's writing: two minutes of it. With less than that left, nothing waits."""

_GIB = 1 << 30


class DiskSpace(NamedTuple):
    """What the disk has, in bytes. ``eligible_bytes`` may be destroyed now: 0 while time is untrusted.
    ``day_bytes`` is what all cameras in force write in a day at their full quality."""

    free_bytes: int
    total_bytes: int
    eligible_bytes: int
    day_bytes: int


class Marks(NamedTuple):
    """Bytes under which a rung begins: ``target`` of what is free, the others of what is free or eligible. ``reserve``
    is never counted on: destroying needs it, for it writes to ledger, catalogue and key store."""

    reserve: int
    target: int
    reduce: int
    stop: int


class Ladder(Record, frozen=True, kw_only=True):
    """Where the ladder stands. ``since_ns`` and ``well_since_ns`` are boot time; ``day_bytes`` is the full-quality
    writing from before it was stepped down: what is measured afterwards would call the disk large enough."""

    level: int = NORMAL
    since_ns: int = 0
    well_since_ns: int = 0
    day_bytes: int = 0

    @property
    def rung(self) -> int:
        return min(self.level, STOPPING)


class Relief(Record, frozen=True, kw_only=True):
    """What the recorder does about it: ``reduced`` holds for every camera that is not among the ``stopped``."""

    reduced: bool = False
    stopped: tuple[str, ...] = ()


def records_reserve(total_bytes: int, most_bytes: int) -> int:
    """What footage leaves for ledger, records, keys and catalogue (``T-13``): a fiftieth of a small disk at most."""
    return min(most_bytes, total_bytes // 50)


def writing_reserve(total_bytes: int) -> int:
    """What is kept free for the writing that destruction itself does: 1 GiB, a twentieth of a small disk at most."""
    return min(_GIB, total_bytes // 20)


def marks(total_bytes: int, day_bytes: int) -> Marks:
    """A day's writing, six hours' and two hours' above the reserve; of a disk so small that a day does not fit ten
    times, a tenth, a twenty-fifth and a fiftieth of it."""
    reserve = writing_reserve(total_bytes)
    return Marks(
        reserve,
        reserve + min(day_bytes, total_bytes // 10),
        reserve + min(day_bytes // 4, total_bytes // 25),
        reserve + min(day_bytes // 12, total_bytes // 50),
    )


def first_to_stop(cameras: Iterable[Camera]) -> list[str]:
    """Camera numbers, the least important first: by ``priority`` from the highest number, then by camera number from
    the last."""
    return [camera.camera_no for camera in sorted(cameras, key=lambda c: (c.priority, c.camera_no), reverse=True)]


def relief_of(ladder: Ladder, cameras: Sequence[Camera]) -> Relief:
    """What the recorder is told at this level."""
    stopped = first_to_stop(cameras)[: max(0, ladder.level - REDUCED)]
    return Relief(reduced=ladder.level >= REDUCED, stopped=tuple(stopped))


def step(ladder: Ladder, room: DiskSpace, cameras: int, now_ns: int) -> Ladder:
    """The ladder at boot time ``now_ns``, at most one level from where it was. ``cameras`` are in force."""
    day_bytes = ladder.day_bytes if ladder.level >= REDUCED else room.day_bytes
    found, top = marks(room.total_bytes, day_bytes), REDUCED + cameras
    if room.free_bytes < found.reserve:
        room = room._replace(eligible_bytes=0)  # routine would have freed it by now: it does not come about
    level = min(ladder.level, top)
    if level < top and _measure(level + 1, room) < _mark(level + 1, found, cameras):
        return _up(ladder, level, room, found, now_ns, day_bytes)
    if level == NORMAL or _measure(level, room) < _leave(level, found, cameras):
        return Ladder(level=level, since_ns=ladder.since_ns, day_bytes=day_bytes)
    well_since_ns = ladder.well_since_ns or now_ns
    if now_ns - well_since_ns < _DWELL_NS:
        return Ladder(level=level, since_ns=ladder.since_ns, well_since_ns=well_since_ns, day_bytes=day_bytes)
    return Ladder(level=level - 1, since_ns=now_ns, well_since_ns=now_ns, day_bytes=day_bytes)


def _up(ladder: Ladder, level: int, room: DiskSpace, found: Marks, now_ns: int, day_bytes: int) -> Ladder:
    left = _measure(level + 1, room) - found.reserve
    if level >= STOPPING and now_ns - ladder.since_ns < _SETTLE_NS and left > day_bytes // _URGENT_SHARE:
        return Ladder(level=level, since_ns=ladder.since_ns, day_bytes=day_bytes)
    return Ladder(level=level + 1, since_ns=now_ns, day_bytes=day_bytes)


def _measure(level: int, room: DiskSpace) -> int:
    return room.free_bytes if level == TARGET_LOST else room.free_bytes + room.eligible_bytes


def _mark(level: int, found: Marks, cameras: int) -> int:
    """The stops share what lies between their mark and the reserve: the last camera stops when its share is left."""
    if level <= REDUCED:
        return (found.reserve, found.target, found.reduce)[level]
    return found.reserve + (found.stop - found.reserve) * (cameras - (level - STOPPING)) // cameras


def _leave(level: int, found: Marks, cameras: int) -> int:
    """A quarter above its mark; of a stop also half of what all stops share, or the last camera would flicker."""
    mark = _mark(level, found, cameras)
    if level >= STOPPING:
        return mark + (found.stop - found.reserve) // 2
    return mark + (mark - found.reserve) // 4
