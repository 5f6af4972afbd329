"""The index: where a camera's minutes lie, and what ring, retention and scrub need to know of every bucket.

Queries only; how it comes to be is in ``derived.py``, what its tables are in ``projection.py``. Every query raises
Unavailable when the database does not answer. A row is never the only place of anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from appliance.core.model import BucketOpening, Gap, Span, from_wire, merge
from appliance.rules.deadlines import DAY_NS
from appliance.rules.forecast import Measured
from appliance.rules.retention import ClockReading, RetainedBucket
from appliance.vault.index.catalogue import AllocatedBucket, Place
from appliance.vault.index.derived import DerivedDatabase
from appliance.vault.index.gaps import gaps_of
from appliance.vault.index.indexrows import (
    ClosedBucket,
    DestroyedBucket,
    Found,
    OpenBucket,
    SegmentCheck,
    Totals,
    check_of,
    closed_of,
    destroyed_of,
    kept_of,
    segment_of_row,
)

__all__ = ["ClosedBucket", "DestroyedBucket", "Found", "Index", "OpenBucket", "SegmentCheck", "Totals"]


class Index(DerivedDatabase):
    """An open index; :class:`DerivedDatabase` says how it is opened, followed and made anew."""

    # --- for viewing ---

    def find(self, camera_no: str, span: Span) -> list[Found]:
        """The closed buckets of a camera that overlap ``span``, in order of their start."""
        rows = self._rows(
            "SELECT b.bucket, b.slot_start_ns, b.start_ns, b.end_ns, s.number, s.bytes, s.sha256, s.frames, "
            "s.start_ns, s.end_ns, s.complete, s.damaged FROM buckets b LEFT JOIN segments s ON s.bucket = b.bucket "
            "WHERE b.camera_no = ? AND b.start_ns < ? AND b.start_ns > ? AND b.end_ns > ? "
            "ORDER BY b.start_ns, b.bucket, s.number",
            camera_no,
            span.end_ns,
            span.start_ns - self.longest_ns - 1,
            span.start_ns,
        )
        found: dict[bytes, Found] = {}
        for bucket, slot_start_ns, start_ns, end_ns, *segment in rows:
            before = found.get(bucket) or Found(bucket.hex(), camera_no, slot_start_ns, start_ns, end_ns, ())
            more = (segment_of_row(segment),) if segment[0] is not None else ()
            found[bucket] = before._replace(segments=before.segments + more)
        return list(found.values())

    def footage_in(self, camera_no: str, span: Span) -> list[Span]:
        """The parts of ``span`` that closed buckets have footage of, in order and disjoint."""
        spans = [
            Span(segment.start_ns, segment.end_ns)
            for found in self.find(camera_no, span)
            for segment in found.segments
            if segment.end_ns > segment.start_ns
        ]
        return [part for whole in merge(spans) if (part := whole.intersect(span))]

    def noted_gaps(self, camera_no: str, span: Span, *, in_doubt: bool = True) -> list[Gap]:
        """The gaps noted for ``span``, with their causes, as they were noted; ``in_doubt``: in untrusted time, too.

        What was noted before, and after which no footage came back until ``span``, is noted for its beginning as well,
        but for what holds for its own minutes alone (a colon in it).
        """
        rows = self._rows(
            "SELECT start_ns, end_ns, cause FROM gaps WHERE camera_no = ? AND start_ns < ? AND end_ns > ? "
            "AND (? OR boot_no IS NULL) ORDER BY start_ns, end_ns",
            *(camera_no, span.end_ns, span.start_ns, in_doubt),
        )
        held = self._rows(
            "SELECT start_ns, ?, cause FROM gaps WHERE camera_no = ? AND start_ns < ? AND end_ns <= ? "
            "AND (? OR boot_no IS NULL) AND instr(cause, ':') = 0 AND end_ns >= coalesce("
            "(SELECT end_ns FROM buckets WHERE camera_no = ? AND start_ns < ? ORDER BY start_ns DESC LIMIT 1), 0) "
            "ORDER BY start_ns DESC, end_ns DESC LIMIT 1",
            *(span.start_ns + 1, camera_no, span.start_ns, span.start_ns, in_doubt, camera_no, span.start_ns),
        )
        return [Gap(camera_no=camera_no, start_ns=start, end_ns=end, cause=cause) for start, end, cause in held + rows]

    def gaps_in_doubt(self, camera_no: str) -> list[tuple[RetainedBucket, str]]:
        """Every gap that was noted in untrusted time, as retention sees a bucket, and its cause."""
        sql = (
            "SELECT cause, start_ns, end_ns, 0, 0, boot_no, boot_ns FROM gaps WHERE boot_no NOT NULL AND camera_no = ?"
        )
        rows = self._rows(f"{sql} ORDER BY start_ns", camera_no)
        return [(RetainedBucket(str(number), camera_no, *row), cause) for number, (cause, *row) in enumerate(rows)]

    def gaps_in(self, camera_no: str, span: Span) -> list[Gap]:
        """All of ``span`` that no closed bucket has footage of, with the causes that were noted."""
        return gaps_of(camera_no, span, self.footage_in(camera_no, span), self.noted_gaps(camera_no, span))

    def earliest(self, camera_no: str, *, trusted: bool = True) -> int | None:
        """The first instant of a camera's footage of trusted (or of untrusted) time, None without any."""
        found: int | None = self._rows(
            "SELECT min(start_ns) FROM buckets WHERE camera_no = ? AND trusted = ?", camera_no, int(trusted)
        )[0][0]
        return found

    def latest(self, camera_no: str) -> int | None:
        """The last instant of a camera's closed footage of trusted time, None without any."""
        sql = "SELECT end_ns FROM buckets WHERE camera_no = ? AND trusted = 1 ORDER BY start_ns DESC LIMIT 1"
        rows = self._rows(sql, camera_no)
        return int(rows[0][0]) if rows else None

    def untrusted(self, camera_no: str) -> list[RetainedBucket]:
        """The closed buckets of a camera that were recorded in untrusted time."""
        rows = self._rows(_KEPT + " WHERE trusted = 0 AND camera_no = ?", camera_no)
        return [kept_of(row) for row in rows]

    def get(self, bucket_id: str) -> Found | None:
        """A closed bucket as :meth:`find` gives it."""
        closed = self.closed(bucket_id)
        if closed is None:
            return None
        segments = tuple(check.segment for check in self.segments_of(bucket_id))
        return Found(bucket_id, closed.camera_no, closed.slot_start_ns, closed.start_ns, closed.end_ns, segments)

    def days_held(self, camera_no: str) -> int:
        """On how many local dates there is any footage of a camera."""
        return len(self.dates(camera_no))

    def dates(self, camera_no: str) -> list[date]:
        """The local dates on which there is any footage of a camera, in order."""
        rows = self._rows(
            "SELECT DISTINCT (start_ns + ?) / ? FROM buckets WHERE camera_no = ? AND end_ns > start_ns "
            "UNION SELECT DISTINCT (end_ns - 1 + ?) / ? FROM buckets WHERE camera_no = ? AND end_ns > start_ns "
            "ORDER BY 1",
            *(_OFFSET_NS, DAY_NS, camera_no) * 2,
        )
        return [date.fromordinal(_EPOCH + row[0]) for row in rows]

    def cameras(self) -> list[str]:
        """Every camera of which there is a closed bucket, retired ones too (``T-08``)."""
        return [row[0] for row in self._rows("SELECT DISTINCT camera_no FROM buckets ORDER BY camera_no")]

    def totals(self) -> Totals:
        return Totals(self._meta("segments"), self._meta("bytes"))

    # --- for the ring ---

    def opening(self, bucket_id: str) -> OpenBucket | None:
        """A bucket that was opened and not closed yet."""
        rows = self._rows("SELECT opening, emergency FROM openings WHERE bucket = ?", bytes.fromhex(bucket_id))
        return OpenBucket(from_wire(rows[0][0], BucketOpening), bool(rows[0][1])) if rows else None

    def openings(self, camera_no: str) -> list[BucketOpening]:
        """The camera's buckets that are not closed yet, in order."""
        rows = self._rows("SELECT opening FROM openings WHERE camera_no = ?", camera_no)
        return sorted((from_wire(row[0], BucketOpening) for row in rows), key=lambda opening: opening.start_ns)

    def allocated(self, bucket_id: str) -> AllocatedBucket | None:
        """A bucket whose key was stored and that was not opened."""
        rows = self._rows("SELECT camera_no, slot_start_ns FROM allocations WHERE bucket = ?", bytes.fromhex(bucket_id))
        return AllocatedBucket(bucket_id=bucket_id, camera_no=rows[0][0], slot_start_ns=rows[0][1]) if rows else None

    def unused_before(self, slot_start_ns: int) -> list[str]:
        """Buckets allocated for slots before ``slot_start_ns`` that were never opened."""
        rows = self._rows("SELECT bucket FROM allocations WHERE slot_start_ns < ?", slot_start_ns)
        return [row[0].hex() for row in rows]

    def closed(self, bucket_id: str) -> ClosedBucket | None:
        rows = self._rows(_CLOSED + " WHERE b.bucket = ?", bytes.fromhex(bucket_id))
        return closed_of(rows[0]) if rows else None

    def place_of(self, bucket_id: str) -> Place | None:
        """The entry of the catalogue that closed a bucket; None where it is not closed."""
        rows = self._rows("SELECT file, entry FROM buckets WHERE bucket = ?", bytes.fromhex(bucket_id))
        return Place(*rows[0]) if rows else None

    def closed_among(self, bucket_ids: Collection[str]) -> list[ClosedBucket]:
        """Those of these buckets that are closed, in no order."""
        return [closed_of(row) for row in self._among(f"{_CLOSED} WHERE b.bucket", bucket_ids)]

    def all_closed(self) -> list[ClosedBucket]:
        return [closed_of(row) for row in self._rows(_CLOSED)]

    def next_start_ns(self, camera_no: str, after_ns: int) -> int | None:
        """When the camera's next closed bucket after an instant began."""
        found: int | None = self._rows(
            "SELECT min(start_ns) FROM buckets WHERE camera_no = ? AND start_ns >= ?", camera_no, after_ns
        )[0][0]
        return found

    # --- for retention ---

    def kept(self, ended_before_ns: int | None = None) -> list[RetainedBucket]:
        """Closed buckets as retention sees them: all of them, or all of untrusted time and those that ended before
        ``ended_before_ns``."""
        rows = self._rows(
            _KEPT + " WHERE trusted = 0 OR (trusted = 1 AND end_ns < ?)",
            _NEVER_NS if ended_before_ns is None else ended_before_ns,
        )
        return [kept_of(row) for row in rows]

    def kept_among(self, bucket_ids: Collection[str]) -> list[RetainedBucket]:
        """Those of these buckets that are closed, in no order."""
        return [kept_of(row) for row in self._among(f"{_KEPT} WHERE bucket", bucket_ids)]

    def kept_touched(self, spans: Iterable[tuple[str, Span]]) -> list[RetainedBucket]:
        """All closed buckets of untrusted time, and of trusted time those that any of these (camera, span) touches."""
        rows = {row[0]: row for row in self._rows(_KEPT + " WHERE trusted = 0")}
        for camera_no, span in spans:
            found = self._rows(
                _KEPT + " WHERE trusted = 1 AND camera_no = ? AND start_ns < ? AND start_ns > ? "
                "AND max(end_ns, start_ns + 1) > ?",
                camera_no,
                span.end_ns,
                span.start_ns - self.longest_ns - 2,
                span.start_ns,
            )
            rows.update((row[0], row) for row in found)
        return [kept_of(row) for row in rows.values()]

    @property
    def longest_ns(self) -> int:
        """No bucket that was ever closed is longer."""
        return self._meta("longest_ns")

    def readings(self) -> list[ClockReading]:
        """The first and the last trusted moment of each boot that had one, also of buckets that are gone."""
        rows = self._rows("SELECT boot_no, first_boot_ns, first_wall_ns, last_boot_ns, last_wall_ns FROM readings")
        return [reading for no, *r in rows for reading in (ClockReading(no, r[0], r[1]), ClockReading(no, r[2], r[3]))]

    def boot_no(self, boot_id: str) -> int:
        """The boot's place in the order of boots; one that has opened no bucket yet comes after all others."""
        known = self.known_boot(boot_id)
        return int(self._rows("SELECT coalesce(max(boot_no), 0) + 1 FROM boots")[0][0]) if known is None else known

    def clock_anchor_ns(self, boot_id: str) -> int | None:
        """Wall time minus boot time at this boot's last trusted moment; None where it had none."""
        rows = self._rows(
            "SELECT last_wall_ns - last_boot_ns FROM readings WHERE boot_no = "
            "(SELECT boot_no FROM boots WHERE boot_id = ?)",
            boot_id,
        )
        return int(rows[0][0]) if rows else None

    def known_boot(self, boot_id: str) -> int | None:
        """The boot's place in the order of boots; None where it has opened no bucket."""
        rows = self._rows("SELECT boot_no FROM boots WHERE boot_id = ?", boot_id)
        return int(rows[0][0]) if rows else None

    def routinely_destroyed_ns(self, since_ns: int) -> dict[str, int]:
        """How much footage of each camera routine has destroyed since an instant, in nanoseconds."""
        return dict(
            self._rows(
                "SELECT camera_no, sum(end_ns - start_ns) FROM destroyed WHERE at_ns >= ? AND routine "
                "GROUP BY camera_no",
                since_ns,
            )
        )

    def destroyed_by(self, intent: int) -> list[DestroyedBucket]:
        """What the destruction announced by ledger entry ``intent`` destroyed, in order of camera and time."""
        return [destroyed_of(row) for row in self._rows(_DESTROYED + " WHERE intent = ? " + _IN_ORDER, intent)]

    def destroyed_of(self, span: Span) -> list[DestroyedBucket]:
        """Destroyed buckets that were recorded in ``span``. Reads all that were ever destroyed: a second a million."""
        sql = _DESTROYED + " WHERE start_ns < ? AND end_ns > ? " + _IN_ORDER
        return [destroyed_of(row) for row in self._rows(sql, span.end_ns, span.start_ns)]

    def destroyed_among(self, bucket_ids: Collection[str]) -> set[str]:
        """Those of ``bucket_ids`` that were destroyed and are not there (any more). Of more than a few it reads all
        that were ever destroyed: half a second a million."""
        if not bucket_ids:
            return set()
        wanted = {each for each in bucket_ids if _is_id(each)}
        if len(wanted) <= _FEW:
            rows = [r for b in wanted for r in self._rows(f"{_GONE} WHERE bucket = ?", bytes.fromhex(b))]
        else:
            rows = self._rows(_GONE)
        return {each for row in rows if (each := row[0].hex()) in wanted and self.closed(each) is None}

    def untrusted_in(self, span: Span) -> dict[str, int]:
        """How many buckets of each camera that begin in ``span`` were recorded in untrusted time."""
        sql = "SELECT camera_no, count(*) FROM buckets WHERE trusted = 0 AND start_ns >= ? AND start_ns < ?"
        return dict(self._rows(f"{sql} GROUP BY camera_no", span.start_ns, span.end_ns))

    def bytes_recorded(self, span: Span) -> int:
        """The bytes of all closed buckets that ended in ``span``."""
        sql = "SELECT coalesce(sum(bytes), 0) FROM buckets WHERE trusted IN (0, 1) AND end_ns >= ? AND end_ns < ?"
        return int(self._rows(sql, span.start_ns, span.end_ns)[0][0])

    # --- for the forecast ---

    def last_measured(self, camera_no: str, length_ns: int) -> Measured | None:
        """What a camera's closed buckets of the ``length_ns`` before its newest one hold; None where it has none."""
        newest = self._rows("SELECT max(start_ns) FROM buckets WHERE camera_no = ?", camera_no)[0][0]
        if newest is None:
            return None
        rows = self._rows(
            "SELECT sum(bytes), sum(max(0, end_ns - start_ns)) FROM buckets WHERE camera_no = ? AND start_ns > ?",
            camera_no,
            newest - length_ns,
        )
        return Measured(*rows[0])

    def bytes_by_day(self) -> dict[date, int]:
        """The bytes of all closed buckets by the local date of their last frame. Reads every row."""
        rows = self._rows("SELECT (end_ns - 1 + ?) / ?, sum(bytes) FROM buckets GROUP BY 1", _OFFSET_NS, DAY_NS)
        return {_date(day): size for day, size in rows}

    def held_by_day(self, spans: Iterable[tuple[str, Span]]) -> dict[date, int]:
        """The same of the buckets that any of these (camera, span) touches; each counts once."""
        found: dict[bytes, tuple[int, int]] = {}
        for camera_no, span in spans:
            rows = self._rows(
                "SELECT bucket, (end_ns - 1 + ?) / ?, bytes FROM buckets "
                "WHERE camera_no = ? AND start_ns < ? AND start_ns > ? AND end_ns > ?",
                _OFFSET_NS,
                DAY_NS,
                camera_no,
                span.end_ns,
                span.start_ns - self.longest_ns - 1,
                span.start_ns,
            )
            found.update((bucket, (day, size)) for bucket, day, size in rows)
        days: dict[date, int] = {}
        for day, size in found.values():
            days[_date(day)] = days.get(_date(day), 0) + size
        return days

    @property
    def settled(self) -> int:
        """Ledger entries before this one hold no intent to destroy that is unfinished; that of this one may be."""
        return self._meta("settled")

    # --- for the checks ---

    def oldest_check(self, now_ns: int) -> SegmentCheck | None:
        """The segment whose last check is longest ago, never checked ones first. A check that says it was after
        ``now_ns`` is none: the clock went back since, or somebody wrote it."""
        if rows := self._rows(_CHECK + " WHERE s.checked_ns > ? LIMIT 1", now_ns):
            return check_of(rows[0])._replace(checked_ns=0)
        rows = self._rows(_CHECK + " ORDER BY s.checked_ns LIMIT 1")
        return check_of(rows[0]) if rows else None

    def segments_of(self, bucket_id: str) -> list[SegmentCheck]:
        rows = self._rows(_CHECK + " WHERE s.bucket = ? ORDER BY s.number", bytes.fromhex(bucket_id))
        return [check_of(row) for row in rows]

    def checked(self, bucket_id: str, number: int, at_ns: int) -> None:
        """A segment's check ended at ``at_ns``, whatever it found."""
        self._write(
            "UPDATE segments SET checked_ns = ? WHERE bucket = ? AND number = ?",
            at_ns,
            bytes.fromhex(bucket_id),
            number,
        )

    def checked_since(self, since_ns: int, now_ns: int) -> int:
        """How many segments were checked between two instants."""
        sql = "SELECT count(*) FROM segments WHERE checked_ns BETWEEN ? AND ?"
        return int(self._rows(sql, since_ns, now_ns)[0][0])


def _date(day_number: int) -> date:
    return date.fromordinal(_EPOCH + day_number)


_FEW = 4
_GONE = "SELECT bucket FROM destroyed"
_NEVER_NS = (1 << 63) - 1
_EPOCH = date(1970, 1, 1).toordinal()
_DESTROYED = "SELECT bucket, camera_no, start_ns, end_ns, bytes, ledger_size FROM destroyed"
_IN_ORDER = "ORDER BY camera_no, start_ns, bucket"
_OFFSET_NS = 8 * 3600 * 1_000_000_000
_CLOSED = (
    "SELECT b.bucket, b.camera_no, b.slot_start_ns, b.start_ns, b.end_ns, b.hash, b.ledger_size, b.emergency, "
    "(SELECT group_concat(number) FROM segments s WHERE s.bucket = b.bucket) FROM buckets b"
)
_CHECK = (
    "SELECT s.bucket, b.camera_no, b.start_ns, s.checked_ns, s.number, s.bytes, s.sha256, s.frames, s.start_ns, "
    "s.end_ns, s.complete, s.damaged FROM segments s JOIN buckets b ON b.bucket = s.bucket"
)


_KEPT = "SELECT bucket, camera_no, start_ns, max(start_ns, end_ns), bytes, trusted, boot_no, boot_ns FROM buckets"


def _is_id(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == 16
    except ValueError:
        return False
