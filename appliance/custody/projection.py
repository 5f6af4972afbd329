"""How a note of the catalogue changes the index: the tables, and one rule per kind of note. SQL and nothing else.

Rows are derived; a row going away here is bookkeeping, never the destruction of anything.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from appliance.custody.catalogue import Allocated, Closed, Destroyed, GapFound, Note, Opened, Place, Struck
from appliance.model import BucketOpening, Gap, Manifest, to_json, to_wire

__all__ = ["SCHEMA", "VERSION", "manifest_hash", "project"]

VERSION = 1
"""Stored as ``PRAGMA user_version``; another value means: rebuild."""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE boots (boot_id TEXT PRIMARY KEY, boot_no INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE allocations (
    bucket BLOB PRIMARY KEY, camera_no TEXT NOT NULL, slot_start_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE openings (
    bucket BLOB PRIMARY KEY, camera_no TEXT NOT NULL, opening BLOB NOT NULL, emergency INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE buckets (
    bucket BLOB PRIMARY KEY, camera_no TEXT NOT NULL, slot_start_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL, bytes INTEGER NOT NULL, trusted INTEGER NOT NULL, boot_no INTEGER NOT NULL,
    boot_ns INTEGER NOT NULL, ledger_size INTEGER NOT NULL, hash BLOB NOT NULL, emergency INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX buckets_by_camera ON buckets (camera_no, start_ns, end_ns);
CREATE INDEX buckets_by_end ON buckets (trusted, end_ns);
CREATE TABLE segments (
    bucket BLOB NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 BLOB NOT NULL,
    frames INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    complete INTEGER NOT NULL, damaged INTEGER NOT NULL, checked_ns INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, number)
) WITHOUT ROWID;
CREATE INDEX segments_by_check ON segments (checked_ns);
CREATE TABLE gaps (camera_no TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, cause TEXT NOT NULL);
CREATE INDEX gaps_by_camera ON gaps (camera_no, start_ns);
CREATE TABLE destroyed (at_ns INTEGER NOT NULL, camera_no TEXT NOT NULL, length_ns INTEGER NOT NULL, routine INTEGER);
CREATE INDEX destroyed_by_time ON destroyed (at_ns);
"""


def manifest_hash(manifest: Manifest) -> bytes:
    """SHA-256 of the manifest's canonical JSON: what the ledger holds of a bucket."""
    return hashlib.sha256(to_json(manifest)).digest()


def project(db: sqlite3.Connection, notes: Iterable[Note], place: Place) -> None:
    """Applies the notes of one entry; ``place`` is that of the entry after it. The caller commits."""
    for note in notes:
        _RULES[type(note)](db, note)
    db.executemany(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [("file", place.file), ("entry", place.entry)],
    )


def _count(db: sqlite3.Connection, segments: int, size: int, longest_ns: int = 0) -> None:
    db.execute("UPDATE meta SET value = value + ? WHERE key = 'segments'", (segments,))
    db.execute("UPDATE meta SET value = value + ? WHERE key = 'bytes'", (size,))
    if longest_ns:
        db.execute("UPDATE meta SET value = max(value, ?) WHERE key = 'longest_ns'", (longest_ns,))


def _allocated(db: sqlite3.Connection, note: Allocated) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO allocations SELECT ?1, ?2, ?3 "
        "WHERE NOT EXISTS (SELECT 1 FROM openings WHERE bucket = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM buckets WHERE bucket = ?1)",
        [(bytes.fromhex(b.bucket_id), b.camera_no, b.slot_start_ns) for b in note.buckets],
    )


def _boot_no(db: sqlite3.Connection, boot_id: str) -> int:
    """The boot's number in the order in which boots first opened a bucket."""
    db.execute("INSERT OR IGNORE INTO boots SELECT ?, coalesce(max(boot_no), 0) + 1 FROM boots", (boot_id,))
    return int(db.execute("SELECT boot_no FROM boots WHERE boot_id = ?", (boot_id,)).fetchone()[0])


def _opened(db: sqlite3.Connection, note: Opened) -> None:
    opening: BucketOpening = note.opening
    bucket = bytes.fromhex(opening.bucket_id)
    _boot_no(db, opening.boot_id)
    db.execute("DELETE FROM allocations WHERE bucket = ?", (bucket,))
    if db.execute("SELECT 1 FROM buckets WHERE bucket = ?", (bucket,)).fetchone() is not None:
        db.execute("UPDATE buckets SET emergency = max(emergency, ?) WHERE bucket = ?", (note.emergency, bucket))
    else:
        db.execute(
            "INSERT INTO openings VALUES (?, ?, ?, ?) ON CONFLICT (bucket) DO UPDATE SET emergency = "
            "max(emergency, excluded.emergency)",
            (bucket, opening.camera_no, to_wire(opening), note.emergency),
        )


def _closed(db: sqlite3.Connection, note: Closed) -> None:
    manifest = note.manifest
    bucket = bytes.fromhex(manifest.bucket_id)
    if db.execute("SELECT 1 FROM buckets WHERE bucket = ?", (bucket,)).fetchone() is not None:
        return
    emergency = db.execute("SELECT emergency FROM openings WHERE bucket = ?", (bucket,)).fetchone()
    db.execute("DELETE FROM openings WHERE bucket = ?", (bucket,))
    db.execute("DELETE FROM allocations WHERE bucket = ?", (bucket,))
    db.execute(
        "INSERT INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            bucket,
            manifest.camera_no,
            manifest.slot_start_ns,
            manifest.start_ns,
            manifest.end_ns,
            manifest.bytes,
            manifest.trusted,
            _boot_no(db, manifest.boot_id),
            manifest.boot_ns,
            note.ledger_size,
            manifest_hash(manifest),
            emergency[0] if emergency else 0,
        ),
    )
    db.executemany(
        "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        [
            (bucket, s.number, s.bytes, bytes.fromhex(s.sha256), s.frames, s.start_ns, s.end_ns, s.complete, s.damaged)
            for s in manifest.segments
        ],
    )
    _count(db, len(manifest.segments), manifest.bytes, manifest.end_ns - manifest.start_ns)
    _add_gaps(db, manifest.gaps)


def _destroyed(db: sqlite3.Connection, note: Destroyed) -> None:
    buckets = [(bytes.fromhex(bucket_id),) for bucket_id in note.bucket_ids]
    for bucket in buckets:
        found = db.execute(
            "SELECT camera_no, end_ns - start_ns, bytes FROM buckets WHERE bucket = ?", bucket
        ).fetchone()
        if found is None:
            continue
        db.execute("INSERT INTO destroyed VALUES (?, ?, ?, ?)", (note.at_ns, *found[:2], note.reason == "routine"))
        gone = db.execute("DELETE FROM segments WHERE bucket = ?", bucket).rowcount
        db.execute("DELETE FROM buckets WHERE bucket = ?", bucket)
        _count(db, -gone, -found[2])
    db.executemany("DELETE FROM openings WHERE bucket = ?", buckets)
    db.executemany("DELETE FROM allocations WHERE bucket = ?", buckets)
    db.execute("UPDATE meta SET value = max(value, ?) WHERE key = 'settled'", (note.intent,))


def _struck(db: sqlite3.Connection, note: Struck) -> None:
    db.executemany("DELETE FROM allocations WHERE bucket = ?", [(bytes.fromhex(b),) for b in note.bucket_ids])


def _gap(db: sqlite3.Connection, note: GapFound) -> None:
    _add_gaps(db, (note.gap,))


def _add_gaps(db: sqlite3.Connection, gaps: Iterable[Gap]) -> None:
    db.executemany("INSERT INTO gaps VALUES (?, ?, ?, ?)", [(g.camera_no, g.start_ns, g.end_ns, g.cause) for g in gaps])


_RULES: dict[type, Callable[[sqlite3.Connection, Any], None]] = {
    Allocated: _allocated,
    Opened: _opened,
    Closed: _closed,
    Destroyed: _destroyed,
    Struck: _struck,
    GapFound: _gap,
}
