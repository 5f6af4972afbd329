"""All notes of a catalogue into empty tables, as one stream: what making the index anew does. SQL and nothing else.

The rules are those of ``projection.py``, which follows note by note and looks up each bucket in tables that are there;
here a bucket waits in memory from its allocation to its close, rows are only appended, in the order of time, and what
finds them again (``INDEXES``) is sorted once at the end. So memory holds what is being recorded and one batch, never
the ring. A row whose place in the order this cannot tell, such as a bucket closed twice, is :class:`Unusual`, and so is
an entry that cannot be applied: then all is followed note by note, slowly. That both come to the same tables is tested.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from appliance.core.model import BucketOpening, to_wire
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
from appliance.vault.index.projection import (
    BUCKETS,
    GAPS,
    INDEXES,
    KEYS,
    NOT_APPLICABLE,
    ROUTINE,
    SEGMENTS,
    bucket_row,
    gap_row,
    gap_rows,
    segment_rows,
)

__all__ = ["Loading", "Unusual"]

_BATCH = 2_000
"""Rows in memory before they are written."""

_GONE = """
CREATE TEMP TABLE gone (
    bucket BLOB PRIMARY KEY, intent INTEGER NOT NULL, at_ns INTEGER NOT NULL, routine INTEGER NOT NULL,
    closed INTEGER NOT NULL
) WITHOUT ROWID
"""


class Unusual(Exception):
    """The catalogue says of a bucket what can only be followed note by note."""


class _Waiting:
    """An opening that no close has followed yet."""

    __slots__ = ("doubted", "emergency", "opening")

    def __init__(self, opening: BucketOpening, emergency: bool, doubted: bool) -> None:
        self.opening, self.emergency, self.doubted = opening, emergency, doubted


class Loading:
    """Fills the tables in ``db``, which are empty and have no indexes. The caller commits; after an error or
    :class:`Unusual` it throws the tables away."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._allocations: dict[bytes, tuple[str, int]] = {}
        self._openings: dict[bytes, _Waiting] = {}
        self._boots: dict[str, int] = {}
        self._readings: dict[int, tuple[int, int, int, int]] = {}
        self._buckets: list[tuple[Any, ...]] = []
        self._segments: list[tuple[Any, ...]] = []
        self._gaps: list[tuple[Any, ...]] = []
        self._gone: list[tuple[Any, ...]] = []
        self._place = FIRST
        self._closed = self._files = self._bytes = self._longest_ns = self._settled = 0
        db.execute(_GONE)

    def add(self, notes: Iterable[Note], place: Place) -> None:
        """The notes of one entry; ``place`` is that of the entry after it. Raises Unusual."""
        self._place = place
        try:
            for note in notes:
                _RULES[type(note)](self, note)
            if len(self._buckets) + len(self._gone) + len(self._gaps) >= _BATCH:
                self._write()
        except NOT_APPLICABLE as error:
            raise Unusual(f"an entry cannot be applied ({error})") from error

    def finish(self) -> None:
        """Makes what finds the rows, takes out what was destroyed and adds what still waits. Raises Unusual."""
        try:
            self._write()
            self._finish()
        except NOT_APPLICABLE as error:
            raise Unusual(f"an entry cannot be applied ({error})") from error

    def _finish(self) -> None:
        db = self._db
        db.executemany("INSERT INTO boots VALUES (?, ?)", self._boots.items())
        db.executemany("INSERT INTO readings VALUES (?, ?, ?, ?, ?)", [(no, *r) for no, r in self._readings.items()])
        try:
            for key in KEYS:
                db.execute(key)
        except sqlite3.IntegrityError as error:
            raise Unusual(f"a bucket was closed twice ({error})") from error
        self._take_out()
        self._add_waiting()
        for index in INDEXES:
            db.execute(index)
        meta = {"segments": self._files, "bytes": self._bytes, "longest_ns": self._longest_ns, "settled": self._settled}
        meta |= {"file": self._place.file, "entry": self._place.entry}
        db.executemany("UPDATE meta SET value = ? WHERE key = ?", [(value, key) for key, value in meta.items()])

    # --- a rule for each kind of note ---

    def allocated(self, note: Allocated) -> None:
        for each in note.buckets:
            bucket = bytes.fromhex(each.bucket_id)
            if bucket not in self._openings:
                self._allocations.setdefault(bucket, (each.camera_no, each.slot_start_ns))

    def opened(self, note: Opened) -> None:
        opening = note.opening
        bucket = bytes.fromhex(opening.bucket_id)
        boot_no = self._boot_no(opening.boot_id or opening.bucket_id)
        if opening.trusted and not note.doubted:
            self._read_clock(boot_no, opening.boot_ns, opening.start_ns)
        self._allocations.pop(bucket, None)
        if (known := self._openings.get(bucket)) is None:
            self._openings[bucket] = _Waiting(opening, note.emergency, note.doubted)
        else:
            known.emergency = known.emergency or note.emergency

    def closed(self, note: Closed) -> None:
        manifest = note.manifest
        bucket = bytes.fromhex(manifest.bucket_id)
        opening = self._openings.pop(bucket, None)
        self._allocations.pop(bucket, None)
        trusted = manifest.trusted and not (opening is not None and opening.doubted)
        boot_no = self._boot_no(manifest.boot_id or manifest.bucket_id)
        if trusted:
            self._read_clock(boot_no, manifest.boot_ns, manifest.start_ns)
        emergency = opening is not None and opening.emergency
        row = bucket_row(bucket, note, self._place, trusted=trusted, boot_no=boot_no, emergency=emergency)
        self._buckets.append(row)
        self._segments += segment_rows(bucket, manifest)
        self._gaps += gap_rows(manifest, None if trusted else boot_no)
        self._closed += 1
        self._files += len(manifest.segments)
        self._bytes += manifest.bytes
        self._longest_ns = max(self._longest_ns, manifest.end_ns - manifest.start_ns)

    def destroyed(self, note: Destroyed) -> None:
        for bucket_id in note.bucket_ids:
            bucket = bytes.fromhex(bucket_id)
            self._gone.append((bucket, note.intent, note.at_ns, note.reason == ROUTINE, self._closed))
            self._openings.pop(bucket, None)
            self._allocations.pop(bucket, None)
        self._settled = max(self._settled, note.intent)

    def struck(self, note: Struck) -> None:
        for bucket_id in note.bucket_ids:
            self._allocations.pop(bytes.fromhex(bucket_id), None)

    def gap(self, note: GapFound) -> None:
        gap = note.gap
        self._gaps.append(gap_row(gap, self._boot_no(gap.boot_id) if gap.boot_id else None, gap.boot_ns))

    def unread(self, note: Unread) -> None:
        raise Unusual(f"an entry cannot be read ({note.why})")

    # --- inside ---

    def _boot_no(self, boot_id: str) -> int:
        return self._boots.setdefault(boot_id, len(self._boots) + 1)

    def _read_clock(self, boot_no: int, boot_ns: int, wall_ns: int) -> None:
        known = self._readings.get(boot_no)
        if known is None:
            self._readings[boot_no] = boot_ns, wall_ns, boot_ns, wall_ns
        elif boot_ns > known[2]:
            self._readings[boot_no] = known[0], known[1], boot_ns, wall_ns
        elif boot_ns < known[0]:
            self._readings[boot_no] = boot_ns, wall_ns, known[2], known[3]

    def _write(self) -> None:
        db = self._db
        db.executemany(BUCKETS, self._buckets)
        db.executemany(SEGMENTS, self._segments)
        db.executemany(GAPS, self._gaps)
        db.executemany("INSERT OR IGNORE INTO gone VALUES (?, ?, ?, ?, ?)", self._gone)
        for rows in (self._buckets, self._segments, self._gaps, self._gone):
            rows.clear()

    def _take_out(self) -> None:
        """Moves the rows of what was destroyed. A bucket that was closed after it was destroyed is unusual."""
        db = self._db
        late = "SELECT 1 FROM gone JOIN buckets USING (bucket) WHERE buckets.id > gone.closed LIMIT 1"
        if db.execute(late).fetchone():
            raise Unusual("a bucket was closed after it was destroyed")
        db.execute(
            "INSERT INTO destroyed SELECT bucket, intent, at_ns, routine, camera_no, start_ns, end_ns, bytes, "
            "ledger_size FROM gone CROSS JOIN buckets USING (bucket)"
        )
        self._files -= db.execute("DELETE FROM segments WHERE bucket IN (SELECT bucket FROM gone)").rowcount
        db.execute("DELETE FROM buckets WHERE bucket IN (SELECT bucket FROM gone)")
        self._bytes -= int(db.execute("SELECT coalesce(sum(bytes), 0) FROM destroyed").fetchone()[0])
        db.execute("DROP TABLE gone")

    def _add_waiting(self) -> None:
        """What was allocated or opened and is not closed; an opening that was told again after its close is none."""
        db, unless_closed = self._db, "WHERE NOT EXISTS (SELECT 1 FROM buckets WHERE bucket = ?1)"
        late = [(bucket,) for bucket, waiting in self._openings.items() if waiting.emergency]
        db.executemany("UPDATE buckets SET emergency = 1 WHERE bucket = ?", late)
        db.executemany(
            f"INSERT INTO openings SELECT ?1, ?2, ?3, ?4, ?5 {unless_closed}",
            [
                (bucket, each.opening.camera_no, to_wire(each.opening), each.emergency, each.doubted)
                for bucket, each in self._openings.items()
            ],
        )
        db.executemany(
            f"INSERT INTO allocations SELECT ?1, ?2, ?3 {unless_closed}",
            [(bucket, *each) for bucket, each in self._allocations.items()],
        )


_RULES: dict[type, Callable[[Loading, Any], None]] = {
    Allocated: Loading.allocated,
    Opened: Loading.opened,
    Closed: Loading.closed,
    Destroyed: Loading.destroyed,
    Struck: Loading.struck,
    GapFound: Loading.gap,
    Unread: Loading.unread,
}
