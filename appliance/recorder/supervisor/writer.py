"""Open buckets on disk: what a camera's process sealed is checked for shape, appended, hashed and counted.

The supervisor's alone. Contents are opaque here. A bucket is files ``open/<bucket id>.<number>.seg``, each created
exclusively, written once from start to end, and never opened again by the recorder. What is recorded of them becomes
the manifest.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from appliance.core.errors import Broken, Damaged
from appliance.core.model import BucketOpening, CameraClock, Gap, Manifest, SegmentFile
from appliance.formats.segment import (
    FOOTER,
    FRAME_HEADER_BYTES,
    HEADER_BYTES,
    MAX_FRAME_BYTES,
    TAG_BYTES,
    TRAILER_BYTES,
    read_header,
)
from appliance.formats.segment_files import segment_name
from appliance.storage.files import File, Fs

__all__ = ["OpenBucket", "SegmentWriter"]

_FRAME = struct.Struct(">IBBHQI")


class _Mark(NamedTuple):
    """The file up to the end of a frame."""

    bytes: int
    frames: int
    start_ns: int
    end_ns: int
    hash: Any


class SegmentWriter:
    """One segment file being written. Every method that writes raises OSError; the segment is then over.

    ``bytes`` counts whole frames; ``durable_bytes`` what the last good sync covered: what a failed one leaves.
    """

    def __init__(self, fs: Fs, directory: str, bucket_id: str, number: int, header: bytes) -> None:
        self.name, self.number = segment_name(bucket_id, number), number
        self.frames = self.bytes = self.start_ns = self.end_ns = 0
        self._hash = hashlib.sha256()
        self._marks = deque([self._mark()])
        self._file: File | None = fs.create(os.path.join(directory, self.name), mode=0o640)
        try:
            self._append(header)
        except OSError:
            self._file.close()
            raise
        self._marks.append(self._mark())

    def frame(self, frame: memoryview, start_ns: int, end_ns: int) -> None:
        """Appends one sealed frame whose packets span [start, end). Raises Broken when it is not the next one."""
        _check_frame(frame, self.frames, footer=False)
        self._append(frame)
        self.frames += 1
        self.start_ns = self.start_ns or start_ns
        self.end_ns = max(self.end_ns, end_ns)
        self._marks.append(self._mark())

    @property
    def durable_bytes(self) -> int:
        return self._marks[0].bytes

    @property
    def durable_frames(self) -> int:
        return self._marks[0].frames

    def synced(self, length: int) -> None:
        """A good sync covered the first ``length`` bytes."""
        while len(self._marks) > 1 and self._marks[1].bytes <= length:
            self._marks.popleft()

    def footer(self, footer: memoryview) -> None:
        """Appends the footer with its trailer. Raises Broken when it is none."""
        if len(footer) < FRAME_HEADER_BYTES + TRAILER_BYTES:
            raise Broken(f"footer of {len(footer)} bytes: too short")
        _check_frame(footer[:-TRAILER_BYTES], self.frames, footer=True)
        self._append(footer)

    def close(self, *, complete: bool, damaged: bool = False, unsynced: bool = False) -> SegmentFile:
        """The file as the manifest names it. After a failed write it is cut back to its last whole frame, after a
        failed sync (``unsynced``) to what the sync before covered: nobody knows what there is of the rest."""
        if unsynced:
            damaged = True
            self.bytes, self.frames, self.start_ns, self.end_ns, self._hash = self._marks[0]
        if self._file is not None:
            file, self._file = self._file, None
            try:
                if damaged:
                    file.truncate(self.bytes)
            except OSError:
                damaged = True
            try:
                file.close()
            except OSError:
                damaged = True
        return SegmentFile(
            number=self.number,
            bytes=self.bytes,
            sha256=self._hash.hexdigest(),
            frames=self.frames,
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            complete=complete,
            damaged=damaged,
        )

    def _mark(self) -> _Mark:
        return _Mark(self.bytes, self.frames, self.start_ns, self.end_ns, self._hash.copy())

    def _append(self, data: bytes | memoryview) -> None:
        if self._file is None:
            raise OSError(f"{self.name}: is closed")
        self._file.write(data)
        self._hash.update(data)
        self.bytes += len(data)


def _check_frame(frame: memoryview, index: int, *, footer: bool) -> None:
    if len(frame) < FRAME_HEADER_BYTES:
        raise Broken(f"frame of {len(frame)} bytes: shorter than a frame's header")
    length, kind, _flags, zero, found, _ms = _FRAME.unpack_from(frame)
    if length != len(frame) - FRAME_HEADER_BYTES or not TAG_BYTES < length <= MAX_FRAME_BYTES:
        raise Broken(f"frame that says {length} bytes and has {len(frame) - FRAME_HEADER_BYTES}")
    if found != index or zero or (kind == FOOTER) != footer or kind > FOOTER:
        raise Broken(f"frame {found} of type {kind} where frame {index} was due")


def check_segment_header(header: bytes, *, bucket_id: str, suite: int, appliance_id: bytes, next_number: int) -> int:
    """The segment number in ``header``. Raises Broken when it is not one that this camera may begin now."""
    if len(header) != HEADER_BYTES:
        raise Broken(f"segment header of {len(header)} bytes; {HEADER_BYTES} expected")
    try:
        found = read_header(header)
    except Damaged as error:
        raise Broken(str(error)) from error
    if found.bucket_id.hex() != bucket_id or found.suite != suite or found.appliance_id != appliance_id:
        raise Broken("segment header of another bucket, cipher or box")
    if not next_number <= found.number < next_number + 1000:
        raise Broken(f"segment number {found.number} where {next_number} was due")
    return found.number


@dataclass
class OpenBucket:
    """A bucket that is being recorded: its opening, the segment being written, those written, its gaps."""

    opening: BucketOpening
    segment: SegmentWriter | None = None
    closed: list[SegmentFile] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    next_number: int = 0
    end_ns: int = 0
    camera_clock: CameraClock | None = None

    @property
    def bucket_id(self) -> str:
        return self.opening.bucket_id

    @property
    def names(self) -> list[str]:
        """The files it has, the open one last."""
        numbers = [segment.number for segment in self.closed]
        if self.segment is not None:
            numbers.append(self.segment.number)
        return [segment_name(self.bucket_id, number) for number in numbers]

    def hear_clock(self, off_ns: int) -> None:
        """The camera told its time: its clock is ahead of the recorder's by ``off_ns``."""
        first = CameraClock(first_off_ns=off_ns, last_off_ns=off_ns, reports=1)
        self.camera_clock = first if self.camera_clock is None else self.camera_clock.heard(off_ns)

    def close_segment(self, *, complete: bool, damaged: bool = False, unsynced: bool = False) -> None:
        if self.segment is not None:
            self.closed.append(self.segment.close(complete=complete, damaged=damaged, unsynced=unsynced))
            self.segment = None

    def manifest(self, ended_by: str) -> Manifest:
        """Of the bucket, all of whose segments are closed. It ends in its slot or later, whatever its frames say."""
        opening = self.opening
        end_ns = max(self.end_ns, opening.start_ns, opening.slot_start_ns)
        return Manifest.of(
            opening, end_ns, self.closed, gaps=self.gaps, ended_by=ended_by, camera_clock=self.camera_clock
        )
