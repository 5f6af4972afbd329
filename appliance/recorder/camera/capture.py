"""From a source's packets to sealed messages: the inside of a camera's process, without its source and its threads.

Holds at most the keys of the open bucket and the next ones it was handed; each is wiped when its bucket ends or its
slot is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from appliance.api import CameraTime, Packet, Stream, Streams, length_size, parameter_sets
from appliance.api.nal import begins_decoding
from appliance.core.clock import SLOT_NS, Clock, slot_start_ns
from appliance.core.errors import Broken
from appliance.core.messages import CodedMessage, coded
from appliance.formats.fragments import encode_fragment, encode_streams
from appliance.formats.live_copy import watched_lead
from appliance.formats.sealing import wipe
from appliance.formats.segment import MEDIA, SALT_BYTES, STARTS_WITH_KEY, STREAMS, SegmentSealer
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import BucketKey, Start
from appliance.recorder.camera.segmenter import (
    Bucket,
    EndBucket,
    Event,
    FragmentReady,
    Segmenter,
    StartBucket,
    StartSegment,
)
from appliance.recorder.camera.signatures import signature_of
from appliance.rules.devices import cleaned
from appliance.selftest.samples import Tap

__all__ = ["Capture"]

KEY_EVERY_NS = 900_000_000
"""While thinning: about one a second. It is what makes a camera less that sends nothing but key frames."""

FAR_APART_NS = 10_000_000_000
"""Key frames further apart than this delay viewing, live and of a cut, by as much: the camera's page says so."""

MOST_OFF_NS = 1 << 62
"""146 years: what is further off is no time, and would not fit the message."""

Send = Callable[..., None]
"""``send(kind, *parts)``: one message to the supervisor."""


class Capture:
    """One connection of one camera. The caller locks; ``send`` may block."""

    def __init__(self, start: Start, clock: Clock, random: Callable[[int], bytes], send: Send) -> None:
        self._start, self._clock, self._random, self._send = start, clock, random, send
        self._segmenter = Segmenter(sound=start.camera.sound)
        self._tap = Tap(sound=start.camera.sound)
        self._keys: dict[bytes, BucketKey] = {}
        self._bucket: BucketKey | None = None
        self._sealer: SegmentSealer | None = None
        self._number = self._tapped = 0
        self._video: frozenset[int] = frozenset()
        self._described: dict[int, Stream] = {}
        self._coded: dict[int, tuple[str, int]] = {}
        self._signed = False
        self._starved = False
        self._thinning = self._mending = False
        self._kept_ns = 0
        self._over = False
        self._watched = start.watched
        self._noted: list[CodedMessage] = []
        self._of_source: list[CodedMessage] = []
        self._of_keys: list[CodedMessage] = []
        self._key_ns = 0
        self._since_key = False
        self._lead = b""

    def connected(self) -> None:
        """The source is open."""
        self._send(channel.OPENED)

    def identified(self, identity: Mapping[str, str]) -> None:
        """What the device told of itself: it is said before anything of it is fed (``T-66``)."""
        self._tap.identify(cleaned(identity))
        self._send(channel.IDENTITY, channel.pack_identity(identity))

    def noted(self, notes: Iterable[CodedMessage]) -> None:
        """What the source does not record or reads otherwise; of sound only where it is approved."""
        sound = self._start.camera.sound
        self._of_source = [note for note in notes if sound or not note.code.startswith("camera-note-sound-")]
        self._tell_notes()

    def _tell_notes(self) -> None:
        notes = self._of_source + self._of_keys
        if notes != self._noted:
            self._noted = notes
            self._send(channel.NOTES, channel.pack_notes(notes))

    def add_key(self, key: BucketKey) -> None:
        """A bucket's key, ahead of its slot or to go on with; it is this object's to wipe."""
        if self._over or key.bucket_id in self._keys:
            wipe(key.key)
            return
        self._keys[key.bucket_id] = key
        self._offer()

    def feed(self, item: Packet | Streams | CameraTime, wall_ns: int) -> None:
        """Takes in what the source gave. Raises CameraLost for what cannot be recorded."""
        if self._over:
            return
        if isinstance(item, CameraTime):
            off_ns = self._segmenter.camera_off_ns(item)
            if off_ns is not None and abs(off_ns) < MOST_OFF_NS:
                self._send(channel.CAMERA_CLOCK, channel.pack_ns(off_ns))
            return
        if isinstance(item, Packet) and item.stream in self._video and not self._of_keys:
            self._measure_keys(item)
        if isinstance(item, Streams):
            self._tap.describe(item)
            self._coded = {
                stream.number: (stream.codec, length_size(stream.codec, stream.extradata))
                for stream in item.streams
                if stream.kind == "video"
            }
            self._video = frozenset(self._coded)
        elif self._hungry(item, wall_ns) or self._left_out(item, wall_ns):
            return
        events = self._segmenter.feed(item, wall_ns)
        if events:
            self._carry_out(events)
        if isinstance(item, Packet) and (taken := self._tap.feed(item, wall_ns)) is not None:
            self._send(channel.TAKEN, *channel.pack_taken(self._tapped, taken))
        if isinstance(item, Packet) and not self._signed and item.stream in self._coded:
            codec, length_bytes = self._coded[item.stream]
            if scheme := signature_of(codec, item.data, length_bytes):
                self._signed = True
                self._send(channel.SIGNED, scheme.encode())

    def take(self, how: int, number: int) -> None:
        """The supervisor asks for a look's worth of what is recorded from the next key frame on: the bits of a TAP, and
        the number under which it goes back."""
        self._tapped = number
        whole, brief = bool(how & channel.WHOLE), bool(how & channel.BRIEF)
        self._tap.ask(whole=whole, brief=brief, now_ns=self._clock.wall_ns())

    def watch(self, watched: bool) -> None:
        """``watched``: somebody looks live, so each fragment is handed on as it is sealed; until told otherwise."""
        self._watched = watched

    def flush(self, wall_ns: int) -> None:
        """What is due without a packet: the last fragment of a stalled camera, a bucket that is over, old keys."""
        if self._over:
            return
        events = self._segmenter.flush_due(wall_ns)
        if events:
            self._carry_out(events)
        for key in list(self._keys.values()):
            if not self._in_use(key) and key.slot_start_ns + SLOT_NS <= wall_ns:
                self._forget(key)
                self._offer()

    def cut(self, reason: str) -> None:
        """Every key but the open bucket's is void now; the bucket ends once another key is here."""
        for key in list(self._keys.values()):
            if not self._in_use(key):
                self._forget(key)
        self._offer()
        now = self._clock.wall_ns()
        if reason == channel.CLOCK_STEP:
            self._carry_out(self._segmenter.clock_stepped(now))
        else:
            self._segmenter.end_bucket(reason, now)

    def again(self) -> None:
        """The segment could not be stored; what follows goes into another one."""
        self._carry_out(self._segmenter.new_segment())

    def thin(self, thinning: bool) -> None:
        """``thinning``: of video only key frames are recorded, one a second at most; sound goes on. Afterwards video
        begins with a key frame: what came before one refers to pictures that are not there."""
        self._mending = self._thinning and not thinning
        self._thinning = thinning

    def finish(self, reason: str) -> None:
        """Everything comes out and every key is wiped. ``reason`` "lost": the bucket may go on in another process."""
        if self._over:
            return
        self._carry_out(self._segmenter.reconnecting() if reason == "lost" else self._segmenter.finish(reason))
        self._end_segment()
        self._over = True
        for key in list(self._keys.values()):
            self._forget(key)

    def _measure_keys(self, packet: Packet) -> None:
        """Notes that key frames came too far apart, once for a connection. Where each picture is one, nothing waits for
        them, however far apart they are."""
        if not packet.is_key:
            self._since_key = self._key_ns > 0
            return
        now_ns = self._clock.boot_ns()
        if self._since_key and now_ns - self._key_ns > FAR_APART_NS:
            self._of_keys = [coded("camera-note-gop", seconds=f"{(now_ns - self._key_ns) / 1e9:.0f}")]
            self._tell_notes()
        self._key_ns, self._since_key = now_ns, False

    def _in_use(self, key: BucketKey) -> bool:
        """Whether footage goes under this key: what an earlier process began counts from the first packet, which waits
        for its fragment."""
        return key is self._bucket or key.bucket_id == self._segmenter.goes_on_in

    def _hungry(self, packet: Packet, wall_ns: int) -> bool:
        """Whether ``packet`` must be dropped because there is no key; after a hunger footage begins at a key frame."""
        if self._bucket is None and not self._offered(wall_ns):
            if not self._starved:
                self._starved = True
                self._send(channel.WANT, channel.pack_ns(slot_start_ns(wall_ns)))
            return True
        if self._starved:
            if self._video and not (packet.is_key and packet.stream in self._video):
                return True
            self._starved = False
        return False

    def _left_out(self, packet: Packet, wall_ns: int) -> bool:
        if not (self._thinning or self._mending) or packet.stream not in self._video:
            return False
        if not packet.is_key or (self._thinning and 0 <= wall_ns - self._kept_ns < KEY_EVERY_NS):
            return True
        self._kept_ns, self._mending = wall_ns, False
        return False

    def _offered(self, wall_ns: int) -> list[BucketKey]:
        """The keys for what comes after the open bucket: none of a slot that is to come, unless it is the next in
        turn."""
        keys = sorted(
            (key for key in self._keys.values() if key is not self._bucket), key=lambda key: key.slot_start_ns
        )
        if self._bucket is None and keys and keys[0].slot_start_ns > wall_ns:
            return []
        return keys

    def _offer(self) -> None:
        offered = self._offered(self._clock.wall_ns())
        self._segmenter.offer(*(Bucket(key.bucket_id, key.slot_start_ns + SLOT_NS, key.start_ns) for key in offered))

    def _carry_out(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, FragmentReady):
                self._seal_fragment(event)
            elif isinstance(event, StartBucket):
                self._bucket = self._keys[event.bucket.bucket_id]._replace(start_ns=event.start_ns)
                self._keys[event.bucket.bucket_id] = self._bucket
                self._number = self._bucket.number
                self._offer()
            elif isinstance(event, StartSegment):
                self._start_segment(event)
            elif isinstance(event, EndBucket):
                self._end_bucket(event)

    def _start_segment(self, event: StartSegment) -> None:
        self._end_segment()
        bucket = self._bucket or self._resumed()
        salt = self._random(SALT_BYTES)
        start = self._start
        self._sealer = SegmentSealer(bucket.bucket_id, bucket.key, self._number, start.suite, start.appliance_id, salt)
        self._number += 1
        self._send(channel.SEGMENT, channel.pack_ns(bucket.start_ns), self._sealer.header)
        self._described = {stream.number: stream for stream in event.streams.streams}
        streams = encode_streams(event.streams)
        self._lead = watched_lead(streams)
        frame = self._sealer.frame(STREAMS, streams, ms=0)
        self._send(channel.FRAME, channel.pack_frame_times(0, 0, False, False), frame)

    def _resumed(self) -> BucketKey:
        """The bucket that an earlier process of this camera began and this one goes on with."""
        for key in self._keys.values():
            if key.start_ns:
                self._bucket, self._number = key, key.number
                self._offer()
                return key
        raise Broken("capture: a segment without a bucket")

    def _seal_fragment(self, event: FragmentReady) -> None:
        if self._sealer is None:
            raise Broken("capture: a fragment without a segment")
        flags = STARTS_WITH_KEY if event.starts_with_key else 0
        plain = encode_fragment(event.fragment)
        frame = self._sealer.frame(MEDIA, plain, ms=event.ms, flags=flags)
        times = channel.pack_frame_times(event.start_ns, event.end_ns, event.has_video, self._begins_playable(event))
        self._send(channel.FRAME, times, frame)
        if self._watched:
            self._send(channel.WATCHED, self._lead, plain)

    def _begins_playable(self, event: FragmentReady) -> bool:
        """Whether a player can begin here: at a key frame whose parameter sets are with it, or in the description."""
        video = self._described
        first = next((packet for packet in event.fragment.packets if video[packet.stream].kind == "video"), None)
        if first is None or not event.starts_with_key:
            return False
        stream = video[first.stream]
        if stream.codec not in ("h264", "hevc") or length_size(stream.codec, stream.extradata):
            return True
        return begins_decoding(stream.codec, stream.extradata + parameter_sets(stream.codec, first.data))

    def _end_segment(self) -> None:
        if self._sealer is not None:
            self._send(channel.FOOTER, self._sealer.footer())
            self._sealer = None

    def _end_bucket(self, event: EndBucket) -> None:
        self._end_segment()
        key = self._keys.get(event.bucket.bucket_id)
        if key is not None:
            self._forget(key)
        self._bucket = None
        self._offer()
        self._send(channel.BUCKET_END, event.reason.encode())

    def _forget(self, key: BucketKey) -> None:
        wipe(key.key)
        self._keys.pop(key.bucket_id, None)
