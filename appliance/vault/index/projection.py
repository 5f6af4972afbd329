"""How a note of the catalogue changes the index: the tables, and one rule per kind of note. SQL and nothing else.

Rows are derived; a row going away here is bookkeeping, never the destruction of anything.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from appliance.core.model import BucketOpening, Gap, Manifest, to_json, to_wire
from appliance.vault.index.catalogue import (
    FIRST,
    Allocated,
    Closed,
    Destroyed,
    GapFound,
    Note,
    Opened,
    Place,
    Struck,
    Unread,
)

__all__ = [
    "BUCKETS",
    "GAPS",
    "INDEXES",
    "KEYS",
    "NOT_APPLICABLE",
    "ROUTINE",
    "SEGMENTS",
    "TABLES",
    "VERSION",
    "Projection",
    "bucket_row",
    "gap_row",
    "gap_rows",
    "manifest_hash",
    "segment_rows",
]

ROUTINE = "routine"
"""The reason of a destruction that counts for the brake."""

VERSION = 6
"""Stored as ``PRAGMA user_version``; another value means: rebuild."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE boots (boot_id TEXT PRIMARY KEY, boot_no INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE readings (
    boot_no INTEGER PRIMARY KEY, first_boot_ns INTEGER NOT NULL, first_wall_ns INTEGER NOT NULL,
    last_boot_ns INTEGER NOT NULL, last_wall_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE allocations (
    bucket BLOB PRIMARY KEY, camera_no TEXT NOT NULL, slot_start_ns INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE openings (
    bucket BLOB PRIMARY KEY, camera_no TEXT NOT NULL, opening BLOB NOT NULL, emergency INTEGER NOT NULL,
    doubted INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE buckets (
    id INTEGER PRIMARY KEY, bucket BLOB NOT NULL, camera_no TEXT NOT NULL, slot_start_ns INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, bytes INTEGER NOT NULL, trusted INTEGER NOT NULL,
    boot_no INTEGER NOT NULL, boot_ns INTEGER NOT NULL, ledger_size INTEGER NOT NULL, hash BLOB NOT NULL,
    emergency INTEGER NOT NULL, file INTEGER NOT NULL, entry INTEGER NOT NULL
) STRICT;
CREATE TABLE segments (
    bucket BLOB NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 BLOB NOT NULL,
    frames INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    complete INTEGER NOT NULL, damaged INTEGER NOT NULL, checked_ns INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE gaps (
    camera_no TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, cause TEXT NOT NULL,
    boot_no INTEGER, boot_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE destroyed (
    bucket BLOB NOT NULL, intent INTEGER NOT NULL, at_ns INTEGER NOT NULL, routine INTEGER NOT NULL,
    camera_no TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, bytes INTEGER NOT NULL,
    ledger_size INTEGER NOT NULL
) STRICT;
CREATE TABLE aside (file INTEGER NOT NULL, entry INTEGER NOT NULL, why TEXT NOT NULL) STRICT;
"""

NOT_APPLICABLE = (ValueError, OverflowError, sqlite3.IntegrityError, sqlite3.DataError)
"""What the rules raise for a note that no table can take. Other troubles are the database's own."""

KEYS = (
    "CREATE UNIQUE INDEX buckets_by_bucket ON buckets (bucket)",
    "CREATE UNIQUE INDEX segments_by_bucket ON segments (bucket, number)",
)
"""What the rules need to find a row. Buckets and segments lie in the order in which they were closed, so that a day of
them lies together, however random their ids: closing and destroying it touch few pages."""

INDEXES = (
    "CREATE INDEX buckets_by_camera ON buckets (camera_no, start_ns, end_ns)",
    "CREATE INDEX buckets_by_end ON buckets (trusted, end_ns)",
    "CREATE INDEX segments_by_check ON segments (checked_ns)",
    "CREATE INDEX gaps_by_camera ON gaps (camera_no, start_ns)",
    "CREATE INDEX gaps_in_doubt ON gaps (camera_no) WHERE boot_no IS NOT NULL",
    "CREATE INDEX destroyed_by_time ON destroyed (at_ns)",
    "CREATE INDEX destroyed_by_intent ON destroyed (intent)",
)
"""Made, as the keys are, after the rows when all is made anew: sorting once is cheaper than a million places in a
tree."""

BUCKETS = "INSERT OR IGNORE INTO buckets VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
SEGMENTS = "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
GAPS = "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?)"


def manifest_hash(manifest: Manifest) -> bytes:
    """SHA-256 of the manifest's canonical JSON: what the ledger holds of a bucket."""
    return hashlib.sha256(to_json(manifest)).digest()


def bucket_row(
    bucket: bytes, note: Closed, place: Place, *, trusted: bool, boot_no: int, emergency: bool
) -> tuple[Any, ...]:
    """What :data:`BUCKETS` inserts for a closed bucket. ``place`` is that of the entry after the note's."""
    manifest = note.manifest
    return (
        bucket,
        manifest.camera_no,
        manifest.slot_start_ns,
        manifest.start_ns,
        manifest.end_ns,
        manifest.bytes,
        trusted,
        boot_no,
        manifest.boot_ns,
        note.ledger_size,
        manifest_hash(manifest),
        emergency,
        place.file,
        place.entry - 1,
    )


def segment_rows(bucket: bytes, manifest: Manifest) -> list[tuple[Any, ...]]:
    """What :data:`SEGMENTS` inserts for its files."""
    return [
        (bucket, s.number, s.bytes, bytes.fromhex(s.sha256), s.frames, s.start_ns, s.end_ns, s.complete, s.damaged)
        for s in manifest.segments
    ]


def gap_rows(manifest: Manifest, boot_no: int | None) -> list[tuple[Any, ...]]:
    """What :data:`GAPS` inserts for a manifest's gaps; ``boot_no`` is the boot of one of untrusted time, else None."""
    since_ns = manifest.boot_ns - manifest.start_ns
    return [gap_row(gap, boot_no, since_ns + gap.start_ns) for gap in manifest.gaps]


def gap_row(gap: Gap, boot_no: int | None, boot_ns: int) -> tuple[Any, ...]:
    """``boot_no``: the boot of one that was noted in untrusted time; ``boot_ns``: the boot time of its start."""
    return gap.camera_no, gap.start_ns, gap.end_ns, gap.cause, boot_no, boot_ns


class Projection:
    """Applies notes to the tables in ``db``, all of which this object made or found whole. The caller commits; after an
    error it makes another."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._remember()

    def _remember(self) -> None:
        """What the tables say of boots, in memory."""
        db = self._db
        self._boots: dict[str, int] = dict(db.execute("SELECT boot_id, boot_no FROM boots"))
        self._trusted: dict[int, tuple[int, int]] = {
            boot_no: (first, last)
            for boot_no, first, last in db.execute("SELECT boot_no, first_boot_ns, last_boot_ns FROM readings")
        }
        self._segments = self._bytes = self._longest_ns = self._settled = 0
        self._place = FIRST

    def apply(self, notes: Iterable[Note], place: Place) -> None:
        """The notes of one entry; ``place`` is that of the entry after it. An entry that cannot be applied changes no
        other table: it is set aside, with why."""
        db = self._db
        db.execute("SAVEPOINT entry")
        self._place = place
        try:
            self._apply(notes)
        except NOT_APPLICABLE as error:
            db.execute("ROLLBACK TO entry")
            self._remember()
            db.execute("INSERT INTO aside VALUES (?, ?, ?)", (place.file, place.entry - 1, str(error)[:_MOST_WHY]))
        db.executemany("UPDATE meta SET value = ? WHERE key = ?", [(place.file, "file"), (place.entry, "entry")])
        db.execute("RELEASE entry")

    def _apply(self, notes: Iterable[Note]) -> None:
        self._segments = self._bytes = self._longest_ns = self._settled = 0
        for note in notes:
            _RULES[type(note)](self, note)
        if self._segments or self._bytes:
            self._db.executemany(
                "UPDATE meta SET value = value + ? WHERE key = ?",
                [(self._segments, "segments"), (self._bytes, "bytes")],
            )
        if self._longest_ns or self._settled:
            self._db.executemany(
                "UPDATE meta SET value = max(value, ?) WHERE key = ?",
                [(self._longest_ns, "longest_ns"), (self._settled, "settled")],
            )

    def allocated(self, note: Allocated) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO allocations SELECT ?1, ?2, ?3 "
            "WHERE NOT EXISTS (SELECT 1 FROM openings WHERE bucket = ?1) "
            "AND NOT EXISTS (SELECT 1 FROM buckets WHERE bucket = ?1)",
            [(bytes.fromhex(b.bucket_id), b.camera_no, b.slot_start_ns) for b in note.buckets],
        )

    def opened(self, note: Opened) -> None:
        opening: BucketOpening = note.opening
        bucket = bytes.fromhex(opening.bucket_id)
        boot_no = self._boot_no(opening.boot_id or opening.bucket_id)
        if opening.trusted and not note.doubted:
            self._read_clock(boot_no, opening.boot_ns, opening.start_ns)
        self._db.execute("DELETE FROM allocations WHERE bucket = ?", (bucket,))
        if note.emergency:
            self._db.execute("UPDATE buckets SET emergency = 1 WHERE bucket = ?", (bucket,))
        self._db.execute(
            "INSERT INTO openings SELECT ?1, ?2, ?3, ?4, ?5 "
            "WHERE NOT EXISTS (SELECT 1 FROM buckets WHERE bucket = ?1) "
            "ON CONFLICT (bucket) DO UPDATE SET emergency = max(emergency, excluded.emergency)",
            (bucket, opening.camera_no, to_wire(opening), note.emergency, note.doubted),
        )

    def closed(self, note: Closed) -> None:
        manifest = note.manifest
        bucket = bytes.fromhex(manifest.bucket_id)
        opening = self._db.execute(
            "DELETE FROM openings WHERE bucket = ? RETURNING emergency, doubted", (bucket,)
        ).fetchall()
        emergency, doubted = opening[0] if opening else (0, 0)
        trusted = manifest.trusted and not doubted
        self._db.execute("DELETE FROM allocations WHERE bucket = ?", (bucket,))
        boot_no = self._boot_no(manifest.boot_id or manifest.bucket_id)
        if trusted:
            self._read_clock(boot_no, manifest.boot_ns, manifest.start_ns)
        row = bucket_row(bucket, note, self._place, trusted=trusted, boot_no=boot_no, emergency=bool(emergency))
        if not self._db.execute(BUCKETS, row).rowcount:
            return
        self._db.executemany(SEGMENTS, segment_rows(bucket, manifest))
        self._segments += len(manifest.segments)
        self._bytes += manifest.bytes
        self._longest_ns = max(self._longest_ns, manifest.end_ns - manifest.start_ns)
        self._add_gaps(gap_rows(manifest, None if trusted else boot_no))

    def destroyed(self, note: Destroyed) -> None:
        buckets = [(bytes.fromhex(bucket_id),) for bucket_id in note.bucket_ids]
        what = (note.intent, note.at_ns, note.reason == ROUTINE)
        before = self._destroyed_bytes(note.intent)
        self._db.executemany(
            "INSERT INTO destroyed SELECT bucket, ?, ?, ?, camera_no, start_ns, end_ns, bytes, ledger_size "
            "FROM buckets WHERE bucket = ?",
            [(*what, *bucket) for bucket in buckets],
        )
        self._bytes -= self._destroyed_bytes(note.intent) - before
        self._db.executemany("DELETE FROM buckets WHERE bucket = ?", buckets)
        self._segments -= self._db.executemany("DELETE FROM segments WHERE bucket = ?", buckets).rowcount
        self._db.executemany("DELETE FROM openings WHERE bucket = ?", buckets)
        self._db.executemany("DELETE FROM allocations WHERE bucket = ?", buckets)
        self._settled = max(self._settled, note.intent)

    def struck(self, note: Struck) -> None:
        self._db.executemany("DELETE FROM allocations WHERE bucket = ?", [(bytes.fromhex(b),) for b in note.bucket_ids])

    def gap(self, note: GapFound) -> None:
        gap = note.gap
        self._add_gaps([gap_row(gap, self._boot_no(gap.boot_id) if gap.boot_id else None, gap.boot_ns)])

    def unread(self, note: Unread) -> None:
        raise ValueError(note.why)

    def _read_clock(self, boot_no: int, boot_ns: int, wall_ns: int) -> None:
        """Keeps each boot's first and last trusted moments, which outlive the buckets that told them."""
        first, last = self._trusted.get(boot_no, (boot_ns, boot_ns - 1))
        if first <= boot_ns <= last:
            return
        self._db.execute(
            "INSERT INTO readings VALUES (?1, ?2, ?3, ?2, ?3) ON CONFLICT (boot_no) DO UPDATE SET "
            "first_wall_ns = iif(?2 < first_boot_ns, ?3, first_wall_ns), first_boot_ns = min(?2, first_boot_ns), "
            "last_wall_ns = iif(?2 > last_boot_ns, ?3, last_wall_ns), last_boot_ns = max(?2, last_boot_ns)",
            (boot_no, boot_ns, wall_ns),
        )
        self._trusted[boot_no] = min(first, boot_ns), max(last, boot_ns)

    def _destroyed_bytes(self, intent: int) -> int:
        found: int = self._db.execute(
            "SELECT coalesce(sum(bytes), 0) FROM destroyed WHERE intent = ?", (intent,)
        ).fetchone()[0]
        return found

    def _boot_no(self, boot_id: str) -> int:
        """The boot's number in the order in which boots first opened a bucket or told of a gap. A bucket of which no
        boot is known counts as a boot of its own: it is somewhere before what comes next."""
        if boot_id not in self._boots:
            self._boots[boot_id] = len(self._boots) + 1
            self._db.execute("INSERT INTO boots VALUES (?, ?)", (boot_id, self._boots[boot_id]))
        return self._boots[boot_id]

    def _add_gaps(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._db.executemany(GAPS, rows)


_MOST_WHY = 500
_RULES: dict[type, Callable[[Projection, Any], None]] = {
    Allocated: Projection.allocated,
    Opened: Projection.opened,
    Closed: Projection.closed,
    Destroyed: Projection.destroyed,
    Struck: Projection.struck,
    GapFound: Projection.gap,
    Unread: Projection.unread,
}
