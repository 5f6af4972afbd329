"""What of the store may be destroyed, what must be, what routine destroys now, and what is in danger. Pure.

Footage may go when its floor has passed and no living pin or hold touches it (``D-03``); it must go by the end of its
ceiling day, which only a hold of ``D-06`` outlives. Nothing goes while time is untrusted or the index is in doubt
(``D-20``, ``INV-24``), and nothing that is not provably past its floor. Judge at the instant of destroying: a verdict
is never kept (``AT-21``).
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from appliance.rules.deadlines import DAY_NS, ceiling_date, floor_date, start_ns_of
from appliance.rules.policy import Policy

__all__ = ["ClockReading", "Danger", "Dated", "Hold", "RetainedBucket", "Verdict", "dated", "judge", "touched"]

BRAKE_SLACK_NS = 600 * 1_000_000_000
"""A bucket may end seconds after its slot: a day of buckets can measure a little over a day."""

_WARN_DAYS = 30


class RetainedBucket(NamedTuple):
    """A closed bucket as retention sees it. ``boot_no`` numbers the boots in their order, ``boot_ns`` is the boot time
    of its start; together they give the order in which buckets came, whatever the wall clock said."""

    bucket_id: str
    camera_no: str
    start_ns: int
    end_ns: int
    bytes: int
    trusted: bool
    boot_no: int = 0
    boot_ns: int = 0


class Hold(NamedTuple):
    """A living pin or hold on a span of a camera. ``beyond_ceiling``: one of the two grounds of ``D-06``."""

    camera_no: str
    start_ns: int
    end_ns: int
    beyond_ceiling: bool = False


class ClockReading(NamedTuple):
    """A moment at which wall time was trusted, in boot order."""

    boot_no: int
    boot_ns: int
    wall_ns: int


class Dated(NamedTuple):
    """When a bucket can have been recorded at the earliest and at the latest; None: no trusted reading bounds it."""

    bucket: RetainedBucket
    earliest_ns: int | None
    latest_ns: int | None


class Danger(NamedTuple):
    """What a person must know. ``kind``:

    ``time`` or ``index``: nothing is destroyed until trust is back. ``brake``: more is due than may go in 24 hours
    without two people. ``space``: ``amount`` bytes are needed that no eligible footage can give. ``overdue``: these
    outlived their ceiling. ``ceiling``: pinned or held without a ground of ``D-06``, destroyed in ``amount`` days at
    the earliest. ``undated``: recorded in untrusted time, with no trusted reading after it to count a floor from.
    """

    kind: str
    bucket_ids: tuple[str, ...] = ()
    amount: int = 0


class Verdict(NamedTuple):
    """Bucket ids, oldest first over the whole store.

    ``may``: everything that may be destroyed now. ``must``: those at their ceiling. ``due``: what routine destroys
    now, with the reason of each in ``reasons`` (``ceiling``, ``target``, ``need``). ``released``: those of ``due`` that
    go because two people released the brake.
    """

    may: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    due: tuple[str, ...] = ()
    danger: tuple[Danger, ...] = ()
    reasons: Mapping[str, str] = {}
    released: tuple[str, ...] = ()


def dated(
    buckets: Iterable[RetainedBucket], readings: Iterable[ClockReading] = (), now: ClockReading | None = None
) -> list[Dated]:
    """When each bucket was recorded, oldest first.

    A bucket of trusted time is dated by its own clock. Any other is dated by the nearest trusted readings before and
    after it in boot order: exactly, where one of them is of the same boot, whose time runs on whatever the wall clock
    did; else it lies between the two. ``readings`` are the only ones used where any are given, so that a date does not
    depend on which other buckets are asked about; else the buckets of trusted time are the readings. ``now``, the
    present moment if it is trusted, dates buckets of this boot only: for one of an earlier boot it would be a bound
    that moves along.
    """
    buckets = list(buckets)
    out = [Dated(b, b.start_ns, b.end_ns) for b in buckets if b.trusted]
    if len(out) < len(buckets):
        known = sorted(set(readings) or {each for b in buckets if b.trusted for each in _readings_of(b)})
        out += [_bounded(bucket, known, now) for bucket in buckets if not bucket.trusted]
    return sorted(out, key=_age)


def _age(found: Dated) -> tuple[int, int, str, str]:
    latest = found.bucket.end_ns if found.latest_ns is None else found.latest_ns
    return latest, found.bucket.start_ns, found.bucket.camera_no, found.bucket.bucket_id


def _readings_of(bucket: RetainedBucket) -> tuple[ClockReading, ClockReading]:
    length = bucket.end_ns - bucket.start_ns
    return (
        ClockReading(bucket.boot_no, bucket.boot_ns, bucket.start_ns),
        ClockReading(bucket.boot_no, bucket.boot_ns + length, bucket.end_ns),
    )


def _bounded(bucket: RetainedBucket, known: Sequence[ClockReading], now: ClockReading | None) -> Dated:
    length = max(0, bucket.end_ns - bucket.start_ns)
    at = bisect.bisect(known, (bucket.boot_no, bucket.boot_ns, 0))
    before, after = known[at - 1] if at else None, known[at] if at < len(known) else None
    for reading in (before, after, now):
        if reading is not None and reading.boot_no == bucket.boot_no:
            start_ns = reading.wall_ns + bucket.boot_ns - reading.boot_ns
            return Dated(bucket, start_ns, start_ns + length)
    return Dated(bucket, before.wall_ns if before else None, after.wall_ns if after else None)


def judge(
    buckets: Iterable[RetainedBucket],
    policy: Policy,
    holds: Sequence[Hold],
    *,
    now_ns: int,
    trusted: bool,
    index_healthy: bool = True,
    need_bytes: int = 0,
    readings: Iterable[ClockReading] = (),
    now: ClockReading | None = None,
    lately_ns: Mapping[str, int] | None = None,
    days_off: Collection[date] = (),
    daily: bool = True,
    released_ns: int = 0,
) -> Verdict:
    """The verdict at the instant ``now_ns``.

    ``buckets`` is every closed bucket, or at least every one that can be past its floor and all of untrusted time.
    ``readings`` are trusted moments of every boot, also of buckets that are gone. ``need_bytes`` must be freed for the
    next day's writing. ``lately_ns`` is how much footage of each camera routine destroyed in the last 24 hours.
    ``days_off`` is the office calendar, weekends included. ``daily`` False: this is no daily batch, so being past the
    target is no reason by itself. ``released_ns``: two people released the brake for what was recorded until then.
    """
    found = dated(buckets, readings, now if trusted else None)
    terms, held_by = _Terms(policy, days_off), _HoldsOf(holds)
    overdue = [d for d in found if now_ns >= terms.ceiling_ns(d) + DAY_NS and "law" not in held_by(d)]
    danger = [Danger("overdue", _ids(overdue))] if overdue else []
    if not (trusted and index_healthy):
        stopped = [Danger("time")] if not trusted else []
        stopped += [Danger("index")] if not index_healthy else []
        return Verdict(danger=(*stopped, *danger))
    may: list[Dated] = []
    reasons: dict[str, str] = {}
    ending: list[tuple[int, str]] = []
    for each in found:
        if now_ns < terms.may_from_ns(each):
            continue
        ceiling_ns, holding = terms.ceiling_ns(each), held_by(each)
        if now_ns >= ceiling_ns and "law" not in holding:
            reasons[each.bucket.bucket_id] = "ceiling"
        elif holding:
            if "law" not in holding and ceiling_ns - now_ns <= _WARN_DAYS * DAY_NS:
                ending.append((-((now_ns - ceiling_ns) // DAY_NS), each.bucket.bucket_id))
            continue
        elif daily and now_ns >= terms.target_ns(each):
            reasons[each.bucket.bucket_id] = "target"
        may.append(each)
    if ending:
        danger.append(Danger("ceiling", tuple(bucket_id for _, bucket_id in ending), min(ending)[0]))
    if undated := tuple(d.bucket.bucket_id for d in found if d.latest_ns is None):
        danger.append(Danger("undated", undated))
    needed, short = _needed(may, reasons, need_bytes)
    if short:
        danger.append(Danger("space", amount=short))
    due = [d for d in may if d.bucket.bucket_id in reasons or d.bucket.bucket_id in needed]
    released = [d for d in due if d.latest_ns is not None and d.latest_ns <= released_ns]
    braked = [d for d in due if d.latest_ns is None or d.latest_ns > released_ns]
    if _over_brake(braked, policy, lately_ns or {}):
        danger.append(Danger("brake", _ids(braked)))
        going = set(_ids(released))
        braked = [d for d in _oldest(may, need_bytes)[0] if d.bucket.bucket_id not in going]
        if _over_brake(braked, policy, lately_ns or {}):
            braked = []
        due = sorted([*released, *braked], key=_age)
    return Verdict(
        may=_ids(may),
        must=tuple(bucket_id for bucket_id, reason in reasons.items() if reason == "ceiling"),
        due=_ids(due),
        danger=tuple(danger),
        reasons={d.bucket.bucket_id: reasons.get(d.bucket.bucket_id, "need") for d in due},
        released=_ids(released),
    )


def touched(found: Iterable[Dated], holds: Sequence[Hold]) -> frozenset[str]:
    """The ids of the buckets that any of ``holds`` touches, living or not: by the same rule as :func:`judge`."""
    held_by = _HoldsOf(holds)
    return frozenset(each.bucket.bucket_id for each in found if held_by(each))


class _Terms:
    """Floor, target and ceiling of buckets as instants; what depends on the day alone is worked out once a day."""

    def __init__(self, policy: Policy, days_off: Collection[date]) -> None:
        self._policy, self._days_off = policy, days_off
        self._floors: dict[tuple[int, int], int] = {}
        self._targets: dict[int, int] = {}
        self._ceilings: dict[int, int] = {}

    def may_from_ns(self, found: Dated) -> int:
        """00:00 of the day after the floor; never without a reading that bounds the last frame."""
        if found.latest_ns is None:
            return _NEVER
        key = (_last_day(found.bucket, found.latest_ns), self._policy.floor_for(_earliest(found)))
        if key not in self._floors:
            self._floors[key] = start_ns_of(floor_date(_date(key[0]), key[1], self._days_off)) + DAY_NS
        return self._floors[key]

    def target_ns(self, found: Dated) -> int:
        """00:00 of the day after the target."""
        latest_ns = found.bucket.end_ns if found.latest_ns is None else found.latest_ns
        day = _last_day(found.bucket, latest_ns)
        if day not in self._targets:
            self._targets[day] = start_ns_of(_date(day + self._policy.target_days + 1))
        return self._targets[day]

    def ceiling_ns(self, found: Dated) -> int:
        """00:00 of the ceiling day, by whose end the bucket must be gone. It counts from the earliest moment at
        which the bucket can have been recorded; where that is not known, from the latest, so that no pin keeps it for
        ever."""
        first_ns = found.latest_ns if found.earliest_ns is None else found.earliest_ns
        if first_ns is None:
            return _NEVER
        day = _day_number(first_ns)
        if day not in self._ceilings:
            self._ceilings[day] = start_ns_of(ceiling_date(_date(day), self._policy.ceiling_days))
        return self._ceilings[day]


_NEVER = 1 << 63
_EPOCH = date(1970, 1, 1).toordinal()
_OFFSET_NS = start_ns_of(date(1970, 1, 1))


def _day_number(at_ns: int) -> int:
    """The local date as days since 1970: what :func:`day_of` says, for a million buckets."""
    return (at_ns - _OFFSET_NS) // DAY_NS


def _date(day_number: int) -> date:
    return date.fromordinal(_EPOCH + day_number)


def _last_day(bucket: RetainedBucket, latest_ns: int) -> int:
    """The local day of the last frame: an end at midnight belongs to the day before."""
    return _day_number(latest_ns - (bucket.end_ns > bucket.start_ns))


def _earliest(found: Dated) -> int:
    """When it was recorded at the earliest: 0 without a reading before it, so that the highest floor there ever was
    counts."""
    return 0 if found.earliest_ns is None else found.earliest_ns


class _Union:
    """Spans as ordered disjoint ones, in which a million buckets find their place by halving."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start_ns, end_ns in sorted(spans):
            if self._ends and start_ns <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end_ns)
            else:
                self._starts.append(start_ns)
                self._ends.append(end_ns)

    def touches(self, start_ns: int, end_ns: int) -> bool:
        """Whether any span overlaps [start, end); an empty one counts as the instant of its start."""
        at = bisect.bisect_left(self._starts, max(end_ns, start_ns + 1)) - 1
        return at >= 0 and start_ns < self._ends[at]


class _HoldsOf:
    """Which holds touch a bucket: ``law`` for one of D-06, ``pin`` for any other."""

    def __init__(self, holds: Sequence[Hold]) -> None:
        spans: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for hold in holds:
            kind = "law" if hold.beyond_ceiling else "pin"
            spans.setdefault(hold.camera_no, {}).setdefault(kind, []).append((hold.start_ns, hold.end_ns))
        self._unions = {
            camera_no: {kind: _Union(each) for kind, each in kinds.items()} for camera_no, kinds in spans.items()
        }

    def __call__(self, found: Dated) -> frozenset[str]:
        unions = self._unions.get(found.bucket.camera_no)
        if not unions:
            return _NONE
        start_ns, end_ns = found.bucket.start_ns, found.bucket.end_ns
        held = [kind for kind, union in unions.items() if union.touches(start_ns, end_ns)]
        if not found.bucket.trusted:
            latest_ns = end_ns if found.latest_ns is None else found.latest_ns
            held += [kind for kind, union in unions.items() if union.touches(_earliest(found), latest_ns)]
        return frozenset(held) if held else _NONE


_NONE: frozenset[str] = frozenset()


def _oldest(found: Sequence[Dated], need_bytes: int) -> tuple[list[Dated], int]:
    """The shortest run of the oldest that frees ``need_bytes``, and how many bytes it still lacks."""
    run: list[Dated] = []
    for each in found:
        if need_bytes <= 0:
            break
        run.append(each)
        need_bytes -= each.bucket.bytes
    return run, max(0, need_bytes)


def _needed(may: Sequence[Dated], reasons: Mapping[str, str], need_bytes: int) -> tuple[set[str], int]:
    """The oldest that must go for space beyond what goes anyway, and the bytes that are still short."""
    going = sum(d.bucket.bytes for d in may if d.bucket.bucket_id in reasons)
    staying = [d for d in may if d.bucket.bucket_id not in reasons]
    run, short = _oldest(staying, need_bytes - going)
    return {d.bucket.bucket_id for d in run}, short


def _over_brake(due: Sequence[Dated], policy: Policy, lately_ns: Mapping[str, int]) -> bool:
    sums: dict[str, int] = {}
    for each in due:
        length = max(0, each.bucket.end_ns - each.bucket.start_ns)
        sums[each.bucket.camera_no] = sums.get(each.bucket.camera_no, lately_ns.get(each.bucket.camera_no, 0)) + length
    return any(total > policy.brake_days * DAY_NS + BRAKE_SLACK_NS for total in sums.values())


def _ids(found: Iterable[Dated]) -> tuple[str, ...]:
    return tuple(each.bucket.bucket_id for each in found)
