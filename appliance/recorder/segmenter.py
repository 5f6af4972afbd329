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

from appliance.api import NO_PTS, Packet, Stream, Streams
from appliance.errors import Broken, CameraLost
from appliance.recorder.clockmap import ClockMap
from appliance.recorder.fragments import MAX_PACKET_BYTES, PACKET_HEADER_BYTES, Fragment, check_streams, media_ns

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


class Bucket(NamedTuple):
    """A bucket that footage may go into. ``start_ns`` is 0 unless it has begun already (before a reconnect)."""

    bucket_id: bytes
    slot_end_ns: int
    start_ns: int = 0


class StartBucket(NamedTuple):
    """The bucket begins; its first packet was recorded at ``start_ns``."""

    bucket: Bucket
    start_ns: int


class StartSegment(NamedTuple):
    """A new segment file of the bucket; its first frame is ``streams``. An earlier one gets its footer first.

    ``why``: start, bucket, streams, jump, reconnect or again.
    """

    streams: Streams
    why: str


class FragmentReady(NamedTuple):
    """The next frame. ``ms`` counts from the bucket's start and never falls within a segment; its packets span
    [start_ns, end_ns) by the recorder's clock."""

    fragment: Fragment
    starts_with_key: bool
    ms: int
    start_ns: int
    end_ns: int
    has_video: bool


class EndBucket(NamedTuple):
    """The bucket is over and its key to be wiped. ``reason``: slot, no-key-frame, or what the caller said.

    ``at_key``: what comes next begins with a video key frame, or there is no video.
    """

    bucket: Bucket
    end_ns: int
    reason: str
    at_key: bool


Event = StartBucket | StartSegment | FragmentReady | EndBucket

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
        self._described: frozenset[int] = frozenset()
        self._wanted: frozenset[int] = frozenset()
        self._reference = -1
        self._has_video = False
        self._time_base = (1, 1)
        self._bucket: Bucket | None = None
        self._begun = False
        self._next: deque[Bucket] = deque(buckets)
        self._due_ns = -1
        self._request: _Request | None = None
        self._end_ns = 0
        self._segment_why = "start"
        self._last_ms = 0
        self._packets: list[Packet] = []
        self._opened_ns = self._last_ns = self._bytes = self._media_end = 0
        self._has_inter = False
        self._first_is_key: bool | None = None
        self._first_media: int | None = None
        if self._next and self._next[0].start_ns:
            self._take(self._next.popleft())

    def offer(self, *buckets: Bucket) -> None:
        """The buckets after the present one, in order; they replace those offered before."""
        self._next = deque(one for one in buckets if self._bucket is None or one.bucket_id != self._bucket.bucket_id)

    def feed(self, item: Packet | Streams, arrival_ns: int) -> Sequence[Event]:
        """Takes in one item of the source. Mostly answers nothing.

        Raises CameraLost for what no fragment can carry (then nothing of ``item`` was taken in), Broken when there is
        no bucket at all.
        """
        if isinstance(item, Streams):
            return self._describe(item, arrival_ns)
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
        if stream == self._reference:
            is_key = item.is_key and self._has_video
            stamp = item.pts if item.pts != NO_PTS else item.dts
            if stamp != NO_PTS:
                base = self._time_base
                media = stamp * base[0] * 1_000_000_000 // base[1]
                if self._clock.observe(media, arrival_ns):
                    events = self._jumped(media, arrival_ns)
        if self._packets and (
            not 0 <= arrival_ns - self._opened_ns < FRAGMENT_NS
            or self._bytes + size > FULL_BYTES
            or (is_key and self._has_inter)
        ):
            events = [*events, *self._cut()]
        if arrival_ns >= self._due_ns:
            events = [*events, *self._border(arrival_ns, is_key)]
        if not self._packets:
            self._begin_fragment(arrival_ns)
        if stream == self._reference:
            self._note(item, is_key, media)
        self._last_ns = arrival_ns
        self._bytes += size
        self._packets.append(item)
        return events

    def flush_due(self, now_ns: int) -> Sequence[Event]:
        """What is due without a packet: call it when nothing comes, at least every half second."""
        events: Sequence[Event] = _NOTHING
        if self._packets and not 0 <= now_ns - self._opened_ns < FRAGMENT_NS:
            events = self._cut()
        if self._begun and self._next and now_ns >= self._due_ns:
            reason, since, at_key = self._ending()
            if not at_key or now_ns - since >= KEY_WAIT_NS:
                no_video = self._streams is not None and not self._has_video
                events = [*events, *self._end(reason, at_key=no_video)]
        return events

    def end_bucket(self, reason: str, now_ns: int) -> None:
        """The bucket ends at the next key frame, after ten seconds at most (trust or the registry changed)."""
        self._request = self._request or _Request(reason, now_ns, at_key=True)
        self._due_ns = -1

    def clock_stepped(self, now_ns: int) -> Sequence[Event]:
        """The wall clock was stepped: the bucket ends here, as soon as there is another, and time is anchored anew.

        Offer the buckets of the new time first.
        """
        events = list(self._cut())
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
        self._clock.reset()
        self._streams = None
        self._wanted = self._described = frozenset()
        self._segment_why = "reconnect"
        return events

    def finish(self, reason: str) -> Sequence[Event]:
        """The end: everything comes out, and the bucket is over."""
        return [*self._cut(), *(self._end(reason, at_key=False) if self._begun else ())]

    def _describe(self, streams: Streams, arrival_ns: int) -> Sequence[Event]:
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
        before = (self._reference, self._time_base)
        video: Stream | None = next((one for one in kept.streams if one.kind == "video"), None)
        reference = video or kept.streams[0]
        self._has_video = video is not None
        self._reference, self._time_base = reference.number, reference.time_base
        if before != (self._reference, self._time_base):
            self._clock.reset()
        self._streams, self._wanted = kept, frozenset(one.number for one in kept.streams)
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

    def _begin_fragment(self, arrival_ns: int) -> None:
        self._opened_ns = self._last_ns = arrival_ns
        self._bytes = 0
        self._has_inter = False
        self._first_is_key = self._first_media = None
        self._media_end = 0

    def _note(self, packet: Packet, is_key: bool, media: int | None) -> None:
        """A packet of the reference stream joins the fragment."""
        if self._has_video:
            if self._first_is_key is None:
                self._first_is_key = is_key
            if not is_key:
                self._has_inter = True
        if media is not None:
            if self._first_media is None:
                self._first_media = self._media_end = media
            length = packet.duration * self._time_base[0] * 1_000_000_000 // self._time_base[1]
            end = media + (length if 0 < length <= 1_000_000_000 else 0)
            if end > self._media_end:
                self._media_end = end

    def _cut(self) -> list[Event]:
        """Ends the open fragment; no events when there is none."""
        if not self._packets:
            return []
        bucket, streams = self._bucket, self._streams
        if bucket is None or streams is None:
            raise Broken("segmenter: packets without a bucket or a description")
        packets = tuple(self._packets)
        self._packets.clear()
        offset = self._clock.settle()
        start, end = self._opened_ns, max(self._opened_ns, self._last_ns)
        if self._first_media is not None and offset is not None:
            anchor = self._first_media
            start, end = anchor + offset, self._media_end + offset
        else:
            found = self._any_media(packets, streams)
            anchor = found or 0
            if offset is not None and found is not None:
                start = found + offset
                end = max(start, end)
        events: list[Event] = []
        if not self._begun:
            self._bucket = bucket = bucket._replace(start_ns=start)
            self._begun, self._end_ns = True, start
            events.append(StartBucket(bucket, start))
        if self._segment_why:
            events.append(StartSegment(streams, self._segment_why))
            self._segment_why, self._last_ms = "", 0
        self._last_ms = min(_MAX_MS, max(self._last_ms, (start - bucket.start_ns) // 1_000_000))
        self._end_ns = max(self._end_ns, end)
        fragment = Fragment(start, anchor, packets)
        has_video = self._first_is_key is not None
        events.append(FragmentReady(fragment, bool(self._first_is_key), self._last_ms, start, end, has_video))
        return events

    @staticmethod
    def _any_media(packets: tuple[Packet, ...], streams: Streams) -> int | None:
        """The media time of the first packet that has one."""
        bases = {stream.number: stream.time_base for stream in streams.streams}
        return next((at for packet in packets if (at := media_ns(packet, bases[packet.stream])) is not None), None)

    def _ending(self) -> tuple[str, int, bool]:
        """Why the bucket is to end, since when, and whether a key frame is waited for."""
        if self._request is not None:
            return self._request
        return "slot", self._bucket.slot_end_ns if self._bucket is not None else 0, True

    def _border(self, arrival_ns: int, is_key: bool) -> list[Event]:
        """The bucket is due, or there is none yet. Called before the packet joins a fragment."""
        events: list[Event] = []
        if self._bucket is not None and self._next:
            reason, since, at_key = self._ending()
            late = not 0 <= arrival_ns - since < KEY_WAIT_NS
            if is_key or late or not at_key or not self._has_video:
                events = self._cut()
                if self._begun:
                    events += self._end(reason, at_key=is_key or not self._has_video)
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
            raise Broken("segmenter: a packet came and no bucket was offered")
        self._take(self._next.popleft())

    def _take(self, bucket: Bucket) -> None:
        self._bucket, self._due_ns, self._request = bucket, bucket.slot_end_ns, None
        self._begun, self._end_ns = bool(bucket.start_ns), bucket.start_ns

    def _end(self, reason: str, *, at_key: bool) -> list[Event]:
        events: list[Event] = self._cut()
        if reason == "slot" and not at_key:
            reason = NO_KEY_FRAME
        if self._bucket is not None:
            events.append(EndBucket(self._bucket, self._end_ns, reason, at_key))
        self._bucket, self._begun, self._due_ns, self._request = None, False, -1, None
        self._segment_why = "bucket"
        return events
