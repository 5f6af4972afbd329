"""What is on disk of one camera: its open bucket, its gaps with their causes, the manifests that wait to be durable.

The supervisor's bookkeeping, in one thread. It never blocks but for the disk, and a disk that fails costs the segment,
not the recorder: the segment closes as damaged, the time until the next one is a gap.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from appliance.core.clock import SLOT_NS, Clock, slot_start_ns
from appliance.core.errors import Broken
from appliance.core.messages import Said
from appliance.core.model import MOST_WORD, Allocation, BucketOpening, Camera, Gap
from appliance.formats.allocation import seal_emergency
from appliance.formats.segment_files import segment_name
from appliance.recorder.camera.channel import FrameTimes
from appliance.recorder.camera.limits import Cadence
from appliance.recorder.supervisor.keeper_client import Reports
from appliance.recorder.supervisor.keyring import HeldKey, Keyring
from appliance.recorder.supervisor.syncer import Synced
from appliance.recorder.supervisor.writer import OpenBucket, SegmentWriter, check_segment_header
from appliance.rules.pressure import KEY_FRAMES_ONLY
from appliance.storage.boot_files import RecorderBoot
from appliance.storage.files import Fs

__all__ = ["MOST_SEGMENTS", "Place", "Recording"]

LATE_NS = 10_000_000_000
"""How long after the border a bucket may wait for a key frame."""

MOST_SEGMENTS = 1000
"""Of one bucket: each is a file. A camera that reconnects every second needs 600 in its ten minutes."""

_OVERDUE_NS = LATE_NS + 3_000_000_000
_AHEAD_NS = 1_000_000_000
_HOLE_NS = 1_000_000_000
"""A hole in a live stream from this length on is a gap of its own; of a camera that sends a picture now and then, one
of three times what is usual."""

_THIN_HOLE_NS = 30_000_000_000
"""The same while only key frames are recorded: between them there is nothing to miss."""

_LEAST_GAP_NS = 1_000_000
_DISK_PAUSE_NS = 5_000_000_000


class Place(NamedTuple):
    """Where a recording happens: everything that is handed in. ``directory`` is ``open/``."""

    fs: Fs
    directory: str
    clock: Clock
    boot: RecorderBoot
    keyring: Keyring
    reports: Reports
    log: Callable[[str], None]
    written: dict[str, int]
    """Bytes by file name of every file whose manifest is not on its way yet; the sync thread copies it."""
    wrong: Callable[[], Said] = lambda: ""
    """Why what lies at ``directory`` is not the office's footage disk; asked before every file."""
    on_write_failure: Callable[[str], None] = lambda why: None
    on_taken: Callable[[Camera, bytes], None] = lambda camera, taken: None
    """What a camera's process gave for a look."""
    on_picture: Callable[[str, bytes, Said], None] = lambda order, taken, why: None
    """What it gave for a person's order; nothing, and why, where none came."""
    on_watched: Callable[[str, bytes], None] = lambda camera_no, part: None
    """What it hands on while somebody looks live."""


@dataclass
class _Closing:
    bucket: OpenBucket
    ended_by: str


class Recording:
    """One camera's. Methods that take what a camera's process sent raise Broken when it is not what could be due."""

    def __init__(self, camera_no: str, place: Place, cause: str = "start") -> None:
        self.camera_no, self._place = camera_no, place
        self.bucket: OpenBucket | None = None
        self.last_written_ns = 0
        self._closing: list[_Closing] = []
        self._end_ns = 0
        self._cadence = Cadence()
        self._gap_start_ns: int | None = place.clock.wall_ns()
        self._gap_cause = cause
        self._disk_until_ns = 0
        self._hole_cause = "stalled"
        self.disk_failing = False
        """From a failed write or sync until a good sync covered footage again."""
        self._reduced_cause = ""
        self._reduced_from_ns = 0

    def begin_segment(self, header: bytes, start_ns: int, ended_by: str = "slot") -> None:
        """The process begins a segment, of the open bucket or of another one it has a key for: then the open one is
        over, for the reason ``ended_by``."""
        place = self._place
        bucket_id = header[32:48].hex()
        held = place.keyring.get(bucket_id)
        if held is None or held.camera_no != self.camera_no:
            raise Broken("segment of a bucket that this camera has no key for")
        bucket = self.bucket
        same = bucket is not None and bucket.bucket_id == bucket_id
        if bucket is not None and same and bucket.next_number > MOST_SEGMENTS:
            raise Broken(f"it began {MOST_SEGMENTS} segments in one bucket")
        number = check_segment_header(
            header,
            bucket_id=bucket_id,
            suite=place.boot.suite,
            appliance_id=place.boot.appliance_id,
            next_number=bucket.next_number if bucket is not None and same else 0,
        )
        if bucket is not None and not same:
            self.end_bucket(ended_by)
        if place.clock.boot_ns() < self._disk_until_ns:
            return
        if why := place.wrong():
            self._disk_failed(str(why), away=True)
            return
        try:
            bucket = self.bucket or self._open_bucket(held, start_ns)
            bucket.close_segment(complete=False)
            name = segment_name(bucket_id, number)
            place.reports.file_made(name)
            bucket.next_number = number + 1
            bucket.segment = SegmentWriter(place.fs, place.directory, bucket_id, number, header)
            place.written[name] = bucket.segment.bytes
        except OSError as error:
            self._disk_failed(error.strerror or str(error))

    def frame(self, frame: memoryview, times: FrameTimes) -> bool:
        """One sealed frame; a start of 0 means no packet is in it. False when it was dropped (disk, no segment)."""
        bucket = self.bucket
        if bucket is None or bucket.segment is None:
            return False
        earliest_ns = bucket.opening.start_ns
        end_ns = max(earliest_ns, min(times.end_ns, self._place.clock.wall_ns() + _AHEAD_NS))
        start_ns = max(earliest_ns, min(times.start_ns, end_ns)) if times.start_ns else 0
        try:
            bucket.segment.frame(frame, start_ns, end_ns)
        except OSError as error:
            self._disk_failed(error.strerror or str(error))
            return False
        self._place.written[bucket.segment.name] = bucket.segment.bytes
        if start_ns:
            self._note_span(bucket, start_ns, end_ns)
        return True

    def end_segment(self, footer: memoryview) -> None:
        bucket = self.bucket
        if bucket is None or bucket.segment is None:
            return
        try:
            bucket.segment.footer(footer)
        except OSError as error:
            self._disk_failed(error.strerror or str(error))
            return
        self._place.written[bucket.segment.name] = bucket.segment.bytes
        bucket.close_segment(complete=True)

    def end_bucket(self, ended_by: str) -> None:
        """The open bucket is over: its key is wiped at once, its manifest goes when its files are durable."""
        bucket = self.bucket
        if bucket is None:
            return
        bucket.close_segment(complete=False)
        self._note_reduced(bucket)
        self.bucket = None
        self._place.keyring.wipe(bucket.bucket_id)
        self._closing.append(_Closing(bucket, ended_by[:MOST_WORD]))

    def break_off(self, cause: str) -> None:
        """Nothing comes any more. The bucket stays open until its slot ends; the time from here on is a gap."""
        if self.bucket is not None:
            self.bucket.close_segment(complete=False)
        if self._gap_start_ns is None:
            self._gap_start_ns = self._end_ns or self._place.clock.wall_ns()
            self._gap_cause = cause

    def go_on_missing(self, cause: str) -> None:
        """The time that is missing already is missing for another reason from now on."""
        if self._gap_start_ns is not None:
            now = self._place.clock.wall_ns()
            self._gap(self.bucket, self._gap_start_ns, now)
            self._gap_start_ns = max(now, self._gap_start_ns)
        self._gap_cause = cause

    def reduce(self, cause: str) -> None:
        """What is recorded from now on is less than the camera sends, for the reason ``cause``; empty: all of it again.
        Manifests say so of the time, although there is footage of it."""
        if self._reduced_cause and self.bucket is not None:
            self._note_reduced(self.bucket)
            self._hole_cause = self._reduced_cause
        self._reduced_cause, self._reduced_from_ns = cause, self._place.clock.wall_ns()
        self._cadence.clear()

    def _note_reduced(self, bucket: OpenBucket) -> None:
        if self._reduced_cause and bucket.end_ns > (start := max(self._reduced_from_ns, bucket.opening.start_ns)):
            gap = Gap(camera_no=self.camera_no, start_ns=start, end_ns=bucket.end_ns, cause=self._reduced_cause)
            bucket.gaps.append(gap)

    def clock_stepped(self, by_ns: int) -> None:
        """The wall clock jumped by ``by_ns``: a jump ahead leaves a gap of that cause, one back leaves none."""
        if by_ns > 0:
            self._hole_cause = "clock"
        else:
            self._end_ns = 0
            now = self._place.clock.wall_ns()
            self._gap_start_ns = None if self._gap_start_ns is None else min(self._gap_start_ns, now)

    @property
    def waiting(self) -> bool:
        """Some manifest still waits for its files to be durable."""
        return bool(self._closing)

    @property
    def live(self) -> bool:
        return self._gap_start_ns is None

    @property
    def wants_segment(self) -> bool:
        """The disk failed and has had its pause: the process should begin another segment."""
        if self._disk_until_ns and self._place.clock.boot_ns() >= self._disk_until_ns:
            self._disk_until_ns = 0
            return True
        return False

    @property
    def overdue(self) -> bool:
        """The open bucket's slot is over, and so is the time to wait for a key frame."""
        bucket = self.bucket
        if bucket is None:
            return False
        return self._place.clock.wall_ns() > bucket.opening.slot_start_ns + SLOT_NS + _OVERDUE_NS

    def report_gap(self, *, final: bool = False) -> None:
        """A gap that goes on is reported slot by slot, so that a power cut does not take its cause along."""
        if self._gap_start_ns is None or self.bucket is not None:
            return
        now = self._place.clock.wall_ns()
        until = now if final else slot_start_ns(now)
        if now < self._gap_start_ns:
            self._gap_start_ns = now
        elif until > self._gap_start_ns:
            self._gap(None, self._gap_start_ns, until)
            self._gap_start_ns = until

    def synced(self, synced: Synced) -> bool:
        """Takes note of a sync; True when the process must begin another segment because this one is lost."""
        lost = False
        bucket = self.bucket
        if bucket is not None and bucket.segment is not None:
            segment = bucket.segment
            if not synced.error:
                segment.synced(synced.lengths.get(segment.name, 0))
                self.disk_failing = self.disk_failing and segment.durable_frames == 0
            elif segment.bytes > segment.durable_bytes:
                bucket.close_segment(complete=False, unsynced=True)
                self.disk_failing = True
                self._end_ns = segment.end_ns or self._end_ns
                self.break_off("disk")
                lost = True
        for open_bucket in [*self._closing_buckets(), *([bucket] if bucket is not None else [])]:
            self._settle(open_bucket, synced)
        for closing in list(self._closing):
            names = closing.bucket.names
            if all(name not in self._place.written for name in names):
                self._closing.remove(closing)
                if closing.bucket.closed:
                    self._place.reports.closed(closing.bucket.manifest(closing.ended_by), names)
        return lost

    def _closing_buckets(self) -> list[OpenBucket]:
        return [closing.bucket for closing in self._closing]

    def _settle(self, bucket: OpenBucket, synced: Synced) -> None:
        """Closed segments leave ``written`` once a good sync covered them; a failed one marks them as damaged."""
        for at, segment in enumerate(bucket.closed):
            name = segment_name(bucket.bucket_id, segment.number)
            if name not in self._place.written:
                continue
            if synced.error:
                bucket.closed[at] = msgspec.structs.replace(segment, complete=False, damaged=True)
            elif synced.lengths.get(name, -1) < segment.bytes:
                continue
            del self._place.written[name]

    def _open_bucket(self, held: HeldKey, start_ns: int) -> OpenBucket:
        place = self._place
        if held.opened:
            raise Broken("segment of a bucket that is closed")
        wall_ns, boot_ns = place.clock.wall_ns(), place.clock.boot_ns()
        # Footage of another day than its key's would be kept by that day's floor.
        start_ns = max(held.slot_start_ns - LATE_NS, min(start_ns, wall_ns + _AHEAD_NS))
        opening = BucketOpening(
            bucket_id=held.bucket_id,
            camera_no=held.camera_no,
            slot_start_ns=held.slot_start_ns,
            start_ns=start_ns,
            boot_id=place.clock.boot_id(),
            boot_ns=max(0, boot_ns - (wall_ns - start_ns)),
            trusted=place.clock.trusted(),
        )
        if held.emergency is not None:
            self._write_emergency(held.emergency, opening)
            place.reports.emergency(held.emergency)
            held.emergency = None
        held.opened = True
        place.reports.opened(opening)
        self.bucket = OpenBucket(opening)
        return self.bucket

    def _write_emergency(self, allocation: Allocation, opening: BucketOpening) -> None:
        """The key's record beside the footage, durable before the first frame. Raises OSError."""
        place = self._place
        path = os.path.join(place.directory, f"{opening.bucket_id}.emergency")
        if place.fs.exists(path):
            place.fs.unlink(path)  # a disk that failed in the middle of this an instant ago
        file = place.fs.create(path, mode=0o640)
        try:
            file.write(seal_emergency(place.boot.catalogue_public, allocation, opening))
            file.sync()
        finally:
            file.close()
        place.fs.sync_dir(place.directory)

    def _note_span(self, bucket: OpenBucket, start_ns: int, end_ns: int) -> None:
        hole_ns = _THIN_HOLE_NS if self._reduced_cause == KEY_FRAMES_ONLY else _HOLE_NS
        if self._gap_start_ns is not None:
            self._gap(bucket, self._gap_start_ns, start_ns)
            self._gap_start_ns = None
            self._cadence.clear()
        elif self._end_ns and start_ns > self._end_ns + max(hole_ns, 3 * self._cadence.usual_ns):
            self._gap_cause = self._hole_cause
            self._gap(bucket, self._end_ns, start_ns)
        self._hole_cause = "stalled"
        self._cadence.saw(start_ns)
        self._end_ns = max(self._end_ns, end_ns)
        bucket.end_ns = max(bucket.end_ns, end_ns)
        self.last_written_ns = self._place.clock.wall_ns()

    def _gap(self, bucket: OpenBucket | None, start_ns: int, end_ns: int) -> None:
        if end_ns - start_ns < _LEAST_GAP_NS:
            return
        cause = self._gap_cause[:MOST_WORD]  # it may be what a camera's process said
        gap = Gap(camera_no=self.camera_no, start_ns=start_ns, end_ns=end_ns, cause=cause)
        clock = self._place.clock
        if bucket is not None and start_ns >= bucket.opening.start_ns:
            bucket.gaps.append(gap)
        elif clock.trusted():
            self._place.reports.gap(gap)
        else:
            boot_ns = max(0, clock.boot_ns() - (clock.wall_ns() - start_ns))
            self._place.reports.gap(msgspec.structs.replace(gap, boot_id=clock.boot_id(), boot_ns=boot_ns))

    def _disk_failed(self, why: str, *, away: bool = False) -> None:
        if not self.disk_failing:
            self._place.log(f"camera {self.camera_no}: the disk does not take it ({why}); trying again every 5 s")
        self.disk_failing = True
        if not away:
            self._place.on_write_failure(why)
        if self.bucket is not None:
            self.bucket.close_segment(complete=False, damaged=True)
        self._disk_until_ns = self._place.clock.boot_ns() + _DISK_PAUSE_NS
        self.break_off("disk")
