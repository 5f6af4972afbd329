"""Scrubbing: every byte of every closed segment is read again and again and compared with its manifest, which is taken
from the catalogue. No key of footage.

:meth:`Scrub.step` is called by a loop that paces it; the segment whose check is longest ago comes first. What it
finds is named to the camera and the second. :mod:`appliance.installation.verification` does it all at once and asks
the ledger.
"""

from __future__ import annotations

import functools
import hashlib
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound
from appliance.core.model import Span
from appliance.formats.segment import HEADER_BYTES, read_header
from appliance.ledger.log import Ledger
from appliance.rules.deadlines import DAY_NS
from appliance.vault.index.index import Index, SegmentCheck
from appliance.vault.ring.damage import Readable, lost_spans
from appliance.vault.ring.ring import Ring

__all__ = ["Coverage", "Damage", "Pass", "Scrub", "judge_file", "last_pass_ns"]

WINDOW_NS = 30 * DAY_NS
"""What is counted as covered was checked within this time."""

REST_NS = DAY_NS
"""A segment is not checked again within a day, however small the store."""

_BLOCK_BYTES = 1 << 20
_LOOK_BACK = 20_000
"""Entries in which the last pass is looked for at start; one that is longer ago begins anew."""


class Damage(NamedTuple):
    """A segment that is not what was closed.

    ``what``: ``missing``, ``unreadable``, ``size``, ``exchanged`` (another segment lies in its place) or ``changed``.
    ``lost`` are the spans whose frames are not whole; empty: only what is not footage was hit.
    """

    bucket_id: str
    number: int
    camera_no: str
    what: str
    lost: tuple[Span, ...]


class Coverage(NamedTuple):
    """How far the checks have come. ``share`` of the segments, 0 to 1, was checked since ``since_ns``; the longest
    unchecked one was last checked at ``oldest_ns`` (0: never; None: there are no segments)."""

    segments: int
    checked: int
    since_ns: int
    oldest_ns: int | None

    @property
    def share(self) -> float:
        return self.checked / self.segments if self.segments else 1.0


class Pass(NamedTuple):
    """Every closed segment was read between ``since_ns`` and now."""

    since_ns: int
    segments: int
    bytes: int


class Scrub:
    """Blocking; one caller. Keeps its place in a segment between two steps. ``since_ns``: when the last pass ended."""

    def __init__(self, ring: Ring, clock: Clock, since_ns: int = 0) -> None:
        self._ring, self._clock, self._pass_since_ns = ring, clock, since_ns
        self._current: SegmentCheck | None = None
        self._offset = 0
        self._hash = hashlib.sha256()
        self._counted: Coverage | None = None

    def step(self, max_bytes: int) -> list[Damage]:
        """Reads up to ``max_bytes`` on. Returns the damage of every segment whose check ended. Raises Unavailable
        while the index does not answer or is not what the catalogue says, or another disk lies in the ring's place."""
        found: list[Damage] = []
        while max_bytes > 0:
            now_ns = self._clock.wall_ns()
            check = self._current or self._next(now_ns)
            if check is None or (self._current is None and check.checked_ns > now_ns - REST_NS):
                break
            if self._current is None:
                self._current, self._offset, self._hash = check, 0, hashlib.sha256()
            wanted = min(max_bytes, _BLOCK_BYTES, check.segment.bytes - self._offset)
            try:
                block = self._ring.shelves.read_at(check.bucket_id, check.segment.number, self._offset, wanted)
            except (NotFound, OSError):
                block = b""
            self._hash.update(block)
            self._offset += len(block)
            max_bytes -= max(len(block), 1)
            if len(block) < wanted or self._offset == check.segment.bytes:
                found += self._end(check)
        return found

    def finished_pass(self) -> Pass | None:
        """The pass that is finished: every segment there is was checked since the one before ended. Told once; the next
        begins now."""
        index, since_ns = self._ring.index, self._pass_since_ns
        oldest = index.oldest_check(self._clock.wall_ns())
        if oldest is None or oldest.checked_ns <= since_ns:
            return None
        totals, self._pass_since_ns = index.totals(), self._clock.wall_ns()
        return Pass(since_ns, totals.segments, totals.bytes)

    @property
    def pass_ended_ns(self) -> int:
        """When the last pass ended; 0 where none ever did."""
        return self._pass_since_ns

    @property
    def counted(self) -> Coverage:
        """The coverage of :data:`WINDOW_NS` as it was last counted, for those who ask often."""
        return self._counted or self.count()

    def count(self) -> Coverage:
        """Counts it anew: every check of the window. Raises Unavailable while the index does not answer."""
        self._counted = self.coverage(self._clock.wall_ns() - WINDOW_NS)
        return self._counted

    def coverage(self, since_ns: int) -> Coverage:
        """How much was checked since an instant."""
        index, now_ns = self._ring.index, self._clock.wall_ns()
        oldest, checked = index.oldest_check(now_ns), index.checked_since(since_ns, now_ns)
        return Coverage(index.totals().segments, checked, since_ns, oldest.checked_ns if oldest else None)

    def _next(self, now_ns: int) -> SegmentCheck | None:
        """The segment whose check is longest ago, as its manifest has it."""
        with self._ring.lock:  # destroyed in between it would look like a row that leads nowhere
            check = self._ring.index.oldest_check(now_ns)
            return None if check is None else self._ring.proofs.check(check)

    def _end(self, check: SegmentCheck) -> list[Damage]:
        self._current = None
        try:
            size = self._ring.shelves.size(check.bucket_id, check.segment.number)
        except (NotFound, OSError):
            size = -1
        whole = self._offset == size == check.segment.bytes and self._hash.hexdigest() == check.segment.sha256
        damage = None if whole else judge_file(self._ring, check)
        self._ring.index.checked(check.bucket_id, check.segment.number, self._clock.wall_ns())
        still_there = self._ring.index.closed(check.bucket_id) is not None
        return [damage] if damage is not None and still_there else []


def judge_file(ring: Ring, check: SegmentCheck, known: Index | None = None) -> Damage | None:
    """Reads a whole segment again and says what is wrong with it; None if nothing is. ``known``: the index that knows
    the segments another one of which may lie in its place; the ring's by default."""
    segment, shelves = check.segment, ring.shelves
    read_at = functools.partial(shelves.read_at, check.bucket_id, segment.number)
    whole = Span(segment.start_ns, max(segment.end_ns, segment.start_ns + 1))
    damage = Damage(check.bucket_id, segment.number, check.camera_no, "changed", (whole,))
    try:
        size = shelves.size(check.bucket_id, segment.number)
        readable = Readable(read_at)
        digest = hashlib.sha256()
        for offset in range(0, size, _BLOCK_BYTES):
            digest.update(readable(offset, _BLOCK_BYTES))
        if size == segment.bytes and digest.hexdigest() == segment.sha256 and not readable.failed:
            return None
        if _is_another(known or ring.index, check, readable(0, HEADER_BYTES)):
            return damage._replace(what="exchanged")
        lost = tuple(lost_spans(readable, size, check.start_ns, segment)) if segment.frames else ()
    except NotFound:
        return damage._replace(what="missing")
    except OSError:
        return damage._replace(what="unreadable")
    if readable.failed:
        return damage._replace(what="unreadable", lost=lost)
    return damage._replace(what="changed" if size == segment.bytes else "size", lost=lost)


def _is_another(known: Index, check: SegmentCheck, header: bytes) -> bool:
    """Whether the header names another segment that is known: two files were exchanged, or one was copied."""
    try:
        found = read_header(header)
    except Damaged:
        return False
    bucket_id = found.bucket_id.hex()
    if (bucket_id, found.number) == (check.bucket_id, check.segment.number):
        return False
    return any(other.segment.number == found.number for other in known.segments_of(bucket_id))


def last_pass_ns(ledger: Ledger) -> int:
    """When the last full pass was entered; 0 when none was in the newest entries."""
    for number in range(ledger.size - 1, max(-1, ledger.size - 1 - _LOOK_BACK), -1):
        entry = ledger.entry(number)
        if entry.kind == "scrub.done":
            return entry.at_ns
    return 0
