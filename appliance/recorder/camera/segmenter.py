"""Cuts a camera's packets into fragments, segments and buckets. Pure: no clock, no disk, no key.

Fed with what a source yields and when it arrived, it answers with events in the order in which they are to be carried
out. No packet is lost, doubled or moved; only sound that is not approved (``D-16``) is left out, and then its streams
are not described either.

Rules: a fragment holds less than half a second of arrivals; a key frame is the first video packet of its fragment
(one that follows only key frames may stand inside: of intra-only video every picture is one). A bucket ends before the
first key frame at or after its slot's end, after ten seconds without one before any packet, and never before another
bucket was offered: footage goes on under the old key rather than nowhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from appliance.api import NO_PTS, CameraTime, Packet, Streams
from appliance.core.errors import Broken, CameraLost
from appliance.formats.fragments import MAX_PACKET_BYTES, PACKET_HEADER_BYTES, check_streams
from appliance.recorder.camera.clock_map import ClockMap
from appliance.recorder.camera.cuts import Bucket, EndBucket, Event, FragmentReady, StartBucket, StartSegment
from appliance.recorder.camera.gathering import Gathering, Reference

__all__ = [
    "FRAGMENT_NS",
    "KEY_WAIT_NS",
    "NO_KEY_FRAME",
    "Bucket",
    "EndBucket",
    "Event",
    "FragmentReady",
    "Segmenter",
    "StartBucket",
    "StartSegment",
]

FRAGMENT_NS = 500_000_000
KEY_WAIT_NS = 10_000_000_000
FULL_BYTES = 4 << 20
"""A fragment is also cut before it grows beyond this; a longer one has a single packet."""
NO_KEY_FRAME = "no-key-frame"

_MAX_MS = (1 << 32) - 1
_QUIET_JUMP_NS = 10_000_000_000


_NOTHING: tuple[Event, ...] = ()


class _Request(NamedTuple):
    reason: str
    since_ns: int
    at_key: bool


class Segmenter:
    """One camera's. All times are the wall clock's, in ns, as the caller read them.

    ``buckets`` and :meth:`offer` hand in where footage may go: a bucket that has begun first, then those to come.
    """

    def __init__(self, *, sound: bool, buckets: Iterable[Bucket] = ()) -> None:
        self._sound = sound
        self._clock = ClockMap()
        self._last_jump_ns = 0
        self._streams: Streams | None = None
        self._reference: Reference | None = None
        self._reference_number = -1
        self._described: frozenset[int] = frozenset()
        self._wanted: frozenset[int] = frozenset()
        self._gathering: Gathering | None = None
        self._next: deque[Bucket] = deque(buckets)
        self._bucket: Bucket | None = None
        self._begun = False
        self._due_ns = -1
        self._request: _Request | None = None
        self._end_ns = 0
        self._segment_why = "start"
        self._last_ms = 0
        if self._next and self._next[0].start_ns:
            self._take(self._next.popleft())

    def offer(self, *buckets: Bucket) -> None:
        """The buckets after the present one, in order; they replace those offered before.

        A bucket that was chosen but has no fragment yet may be taken back by leaving it out.
        """
        present = self._bucket
        self._next = deque(one for one in buckets if present is None or one.bucket_id != present.bucket_id)
        if present is not None and not self._begun and len(self._next) == len(buckets):
            self._bucket, self._due_ns = None, -1

    @property
    def goes_on_in(self) -> bytes:
        """The bucket that has begun, here or in an earlier process, and is not over; empty when there is none."""
        return self._bucket.bucket_id if self._bucket is not None and self._begun else b""

    def feed(self, item: Packet | Streams, arrival_ns: int) -> Sequence[Event]:
        """Takes in one item of the source. Mostly answers nothing.

        Raises CameraLost for what no fragment can carry (then nothing of ``item`` was taken in), Broken when there is
        no bucket at all.
        """
        if isinstance(item, Streams):
            return self._describe(item)
        stream = item.stream
        if stream not in self._wanted:
            return self._unwanted(stream)
        size = len(item.data) + PACKET_HEADER_BYTES
        if size > FULL_BYTES and len(item.data) > MAX_PACKET_BYTES:
            raise CameraLost(
                f"camera: a packet of {len(item.data)} bytes; {MAX_PACKET_BYTES} are possible; reconnecting"
            )
        events: Sequence[Event] = _NOTHING
        is_key, media = False, None
        reference = self._reference if stream == self._reference_number else None
        if reference is not None:
            is_key = item.is_key
            stamp = item.pts if item.pts != NO_PTS else item.dts
            if stamp != NO_PTS:
                base = reference.time_base
                media = stamp * base[0] * 1_000_000_000 // base[1]
                if self._clock.observe(media, arrival_ns):
                    events = self._jumped(media, arrival_ns)
        gathering = self._gathering
        if gathering is not None and (
            not 0 <= arrival_ns - gathering.opened_ns < FRAGMENT_NS
            or gathering.bytes + size > FULL_BYTES
            or (is_key and gathering.has_inter)
        ):
            events = [*events, *self._cut()]
        if arrival_ns >= self._due_ns:
            events = [*events, *self._border(arrival_ns, is_key)]
        gathering = self._gathering
        if gathering is None:
            gathering = self._gathering = Gathering(arrival_ns)
        gathering.add(item, size, arrival_ns)
        if reference is not None:
            gathering.note(item, reference, media)
        return events

    def camera_off_ns(self, told: CameraTime) -> int | None:
        """By how much the camera's own clock is ahead of the recorder's; None while there is nothing to compare it to.

        The recorder's time is that at which a picture came: a clock that is right seems behind by what the way took.
        """
        reference, offset_ns = self._reference, self._clock.offset_ns
        if reference is None or told.stream != reference.number or offset_ns is None:
            return None
        base = reference.time_base
        return told.at_ns - (told.pts * base[0] * 1_000_000_000 // base[1] + offset_ns)

    def flush_due(self, now_ns: int) -> Sequence[Event]:
        """What is due without a packet: call it when nothing comes, at least every half second."""
        events: Sequence[Event] = _NOTHING
        gathering = self._gathering
        if gathering is not None and not 0 <= now_ns - gathering.opened_ns < FRAGMENT_NS:
            events = self._cut()
        if self._begun and self._next and now_ns >= self._due_ns:
            reason, since_ns, at_key = self._ending()
            if not at_key or now_ns - since_ns >= KEY_WAIT_NS:
                events = [*events, *self._end(reason, at_key=self._streams is not None and not self._has_video)]
        return events

    def end_bucket(self, reason: str, now_ns: int) -> None:
        """The bucket ends at the next key frame, after ten seconds at most (trust or the registry changed)."""
        self._request = self._request or _Request(reason, now_ns, at_key=True)
        self._due_ns = -1

    def clock_stepped(self, now_ns: int) -> Sequence[Event]:
        """The wall clock was stepped: the bucket ends here, as soon as there is another, and time is anchored anew.

        Until then footage goes on under the old key, with the new anchors.
        """
        events = self._cut()
        self._clock.reset()
        self._request = _Request("clock-step", now_ns, at_key=False)
        self._due_ns = -1
        return [*events, *self.flush_due(now_ns)]

    def new_segment(self) -> Sequence[Event]:
        """What follows goes into another segment of the bucket (this one could not be written or synced)."""
        events = self._cut()
        self._segment_why = self._segment_why or "again"
        return events

    def reconnecting(self) -> Sequence[Event]:
        """The source ended. The next item is the stream description of a new one."""
        events = self._cut()
        self._streams = self._reference = None
        self._reference_number = -1
        self._wanted = self._described = frozenset()
        self._segment_why = "reconnect"
        return events

    def finish(self, reason: str) -> Sequence[Event]:
        """The end: everything comes out, and the bucket is over."""
        return [*self._cut(), *(self._end(reason, at_key=False) if self._begun else ())]

    @property
    def _has_video(self) -> bool:
        return self._reference is not None and self._reference.is_video

    def _describe(self, streams: Streams) -> Sequence[Event]:
        wrong = check_streams(streams)
        if wrong:
            raise CameraLost(f"camera: {wrong}")
        kept = Streams(tuple(one for one in streams.streams if self._sound or one.kind != "audio"))
        if not kept.streams:
            raise CameraLost("camera: sends sound only, and sound is not approved for it; nothing is recorded")
        self._described = frozenset(one.number for one in streams.streams)
        if kept == self._streams:
            return _NOTHING
        events = self._cut()
        reference = Reference(kept)
        if not reference.keeps_time_like(self._reference):
            self._clock.reset()
        self._streams, self._wanted = kept, frozenset(one.number for one in kept.streams)
        self._reference, self._reference_number = reference, reference.number
        self._segment_why = self._segment_why or "streams"
        return events

    def _unwanted(self, stream: int) -> Sequence[Event]:
        if stream in self._described:
            return _NOTHING
        raise CameraLost(f"camera: a packet of stream {stream}, which its source did not describe before")

    def _jumped(self, media: int, arrival_ns: int) -> Sequence[Event]:
        """Time jumped at this packet: a new anchor, and a new segment unless the last jump was a moment ago."""
        events = self._cut()
        self._clock.reset()
        self._clock.observe(media, arrival_ns)
        if not 0 <= arrival_ns - self._last_jump_ns < _QUIET_JUMP_NS:
            self._segment_why = self._segment_why or "jump"
            self._last_jump_ns = arrival_ns
        return events

    def _cut(self) -> list[Event]:
        """Ends the open fragment; no events when there is none."""
        gathering, streams = self._gathering, self._streams
        if gathering is None or streams is None:
            return []
        if self._bucket is None and self._next:
            self._choose(gathering.opened_ns)
        bucket = self._bucket
        if bucket is None:
            return []  # every bucket was taken back; the packets wait for the next offer
        self._gathering = None
        fragment, start_ns, end_ns, has_video, starts_with_key = gathering.cut(self._clock.settle(), streams)
        events: list[Event] = []
        if not self._begun:
            self._bucket = bucket = bucket._replace(start_ns=start_ns)
            self._begun, self._end_ns = True, start_ns
            events.append(StartBucket(bucket, start_ns))
        if self._segment_why:
            events.append(StartSegment(streams, self._segment_why))
            self._segment_why, self._last_ms = "", 0
        self._last_ms = min(_MAX_MS, max(self._last_ms, (start_ns - bucket.start_ns) // 1_000_000))
        self._end_ns = max(self._end_ns, end_ns)
        events.append(FragmentReady(fragment, starts_with_key, self._last_ms, start_ns, end_ns, has_video))
        return events

    def _ending(self) -> _Request:
        """Why the bucket is to end, since when, and whether a key frame is waited for."""
        if self._request is not None:
            return self._request
        return _Request("slot", self._bucket.slot_end_ns if self._bucket is not None else 0, at_key=True)

    def _border(self, arrival_ns: int, is_key: bool) -> list[Event]:
        """The bucket is due, or there is none yet. Called before the packet joins a fragment."""
        events: list[Event] = []
        if self._bucket is not None and self._next:
            reason, since_ns, at_key = self._ending()
            at_border = is_key or not self._has_video
            if at_border or not at_key or not 0 <= arrival_ns - since_ns < KEY_WAIT_NS:
                events = self._cut()
                if self._begun:
                    events += self._end(reason, at_key=at_border)
                else:
                    self._bucket = None
        if self._bucket is None:
            self._choose(arrival_ns)
        return events

    def _choose(self, arrival_ns: int) -> None:
        """Takes the first offered bucket whose slot is not over, else the last of them."""
        while len(self._next) > 1 and self._next[0].slot_end_ns <= arrival_ns:
            self._next.popleft()
        if not self._next:
            raise Broken("segmenter: packets came and no bucket is offered")
        self._take(self._next.popleft())

    def _take(self, bucket: Bucket) -> None:
        self._bucket, self._due_ns, self._request = bucket, bucket.slot_end_ns, None
        self._begun, self._end_ns = bool(bucket.start_ns), bucket.start_ns

    def _end(self, reason: str, *, at_key: bool) -> list[Event]:
        events = self._cut()
        if self._bucket is not None:
            events.append(
                EndBucket(
                    self._bucket, self._end_ns, NO_KEY_FRAME if reason == "slot" and not at_key else reason, at_key
                )
            )
        self._bucket, self._begun, self._due_ns, self._request = None, False, -1, None
        self._segment_why = "bucket"
        return events
