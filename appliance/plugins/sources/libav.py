"""Reading encoded packets through PyAV: a thread that opens, reads and closes, and the source that hands them out.

libav blocks in a read until something comes and cannot be interrupted from outside; closing a container while another
thread reads it crashes the process (measured with PyAV 18). So one thread, the *reader*, does all of libav, and
whoever iterates waits for it in small steps. The reader reads only while somebody waits for a packet: what is not
asked for stays in the socket, which is what lets the core read in paces.

Packets leave here byte for byte as libav gives them. Not a plugin; ``source_av`` opens with it.
"""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from appliance.api import (
    AUDIO_CODECS,
    NO_PTS,
    VIDEO_CODECS,
    CameraLost,
    Clock,
    CodedMessage,
    Pace,
    Packet,
    Stream,
    Streams,
    described,
)
from appliance.plugins.sources.description import Described
from appliance.plugins.sources.jpeg_stream import with_size
from appliance.plugins.sources.lost import lost
from appliance.plugins.sources.rtsp.sdp import left_out
from appliance.plugins.sources.silence import Silence

__all__ = ["WAITED_NS", "LibavSource", "Opening"]

_IDLE_SECONDS = 0.4
"""How long an iteration waits before it gives None."""

WAITED_NS = 4_000_000
"""A read that took longer than this had to wait for the camera."""

_READ_SECONDS = 15.0
"""How long libav may wait for a packet; that a camera is silent is said before, see ``silence.py``."""

_CLOSE_SECONDS = 2.0

_AHEAD = 64
"""Items the reader may be ahead of whoever iterates."""

_STACK_BYTES = 2 << 20
"""The reader's stack, whatever the process uses for threads of its own: libav's parsers run on it."""

_ARRIVAL_BASE = (1, 90_000)
_STARTING, _READING, _ENDED = range(3)


class Opening(NamedTuple):
    """What is to be opened and how patiently. ``name`` is what errors call it; ``secrets`` never appear in one.

    ``silence_seconds``: no picture for so long ends the camera. ``tries``: how often libav waits for its read limit
    before it gives up; with RTSP twice, for the first time only makes it give out what its parser held. ``arrival``:
    the transport has no time stamps, or none to trust, so packets are stamped as they arrive. ``realtime`` and ``loop``
    are for files. ``size``: width and height in pixels of JPEG pictures that have none of their own.
    """

    address: str
    name: str
    form: str | None
    options: Mapping[str, str]
    secrets: tuple[str, ...] = ()
    open_seconds: float = 6.0
    silence_seconds: float = 4.0
    tries: int = 1
    arrival: bool = False
    realtime: bool = False
    loop: bool = False
    size: tuple[int, int] | None = None


class LibavSource:
    """An open camera. The constructor connects: it raises CameraLost when that fails or takes too long.

    ``notes`` says what of the stream is not recorded and why; ``identity`` is whoever opened it to fill in.
    """

    def __init__(self, opening: Opening, clock: Clock) -> None:
        self._opening = opening
        self._clock = clock
        self._lock = threading.Condition()
        self._items: deque[Packet | Streams] = deque()
        self._silence = Silence(opening.silence_seconds)
        self._wanted = False
        self._stopping = False
        self._state = _STARTING
        self._error = CameraLost()
        self.notes: tuple[CodedMessage, ...] = ()
        self.identity: dict[str, str] = {}
        self._forms = ""
        self._thread = threading.Thread(target=self._read, name="libav-reader", daemon=True)
        before = threading.stack_size(_STACK_BYTES)
        try:
            self._thread.start()
        finally:
            threading.stack_size(before)
        with self._lock:
            # libav's own limit comes first; this one is for what libav cannot limit, such as a pipe without a writer.
            self._lock.wait_for(lambda: self._state != _STARTING, opening.open_seconds + 1)
            if self._state == _STARTING:
                self._stopping = True
                raise CameraLost.of("camera-not-open", url=opening.name, seconds=f"{opening.open_seconds:g}")
            if self._state == _ENDED and not self._items:
                raise self._error

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        silence = self._silence
        picture_ns = self._clock.boot_ns()
        while True:
            items, ended = self._take()
            if pictures := sum(isinstance(item, Packet) and item.stream == 0 for item in items):
                picture_ns = self._clock.boot_ns()
                silence.saw(picture_ns, pictures)
            yield from items
            if ended and not items:
                raise self._error
            if self._clock.boot_ns() - picture_ns > silence.most_ns:
                seconds = f"{silence.most_ns / 1e9:.3g}"
                raise CameraLost.of("camera-silent-stream", url=self._opening.name, seconds=seconds)
            if not items:
                yield None

    def close(self) -> None:
        """Ends the reader and waits until it has closed the container, a moment at most where the camera stalls."""
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
        self._thread.join(_CLOSE_SECONDS)

    def _take(self) -> tuple[list[Packet | Streams], bool]:
        """All that has been read, after a short wait for the first of it, and whether nothing will follow."""
        with self._lock:
            if not self._items and self._state == _READING:
                self._wanted = True
                self._lock.notify_all()
                self._lock.wait_for(lambda: self._items or self._state == _ENDED, _IDLE_SECONDS)
            taken = list(self._items)
            self._items.clear()
            return taken, self._state == _ENDED

    # From here on in the reader's thread.

    def _read(self) -> None:
        try:
            reason = self._open_and_read()
        except Exception as error:  # whatever a stranger's stream makes of libav, the camera is lost and says why
            reason = _reason(error)
        with self._lock:
            self._error = lost(self._opening.name, reason, self._opening.secrets, what=self._forms)
            self._state = _ENDED
            self._lock.notify_all()

    def _open_and_read(self) -> str:
        import av
        import av.logging

        av.logging.set_level(None)  # libav's messages repeat addresses with their passwords
        opening = self._opening
        container = av.open(
            opening.address,
            format=opening.form,
            options=dict(opening.options),
            timeout=(opening.open_seconds, max(opening.silence_seconds, _READ_SECONDS) / opening.tries),
            metadata_errors="replace",
        )
        try:
            return self._read_open(container)
        finally:
            container.close()

    def _read_open(self, container: Any) -> str:
        chosen, self.notes = _choose(container)
        if not chosen or chosen[0].type != "video":
            forms = [stream.codec_context.name for stream in chosen]
            forms += [str(note.values.get("what", "")) for note in self.notes]
            self._forms = ", ".join(filter(None, forms)) or "-"
            return "camera-no-picture"
        described = Described(_stream(n, stream, self._opening) for n, stream in enumerate(chosen))
        self._open_with([described.streams])
        pass_through = _Pass(chosen, described, self._clock, self._opening)
        while True:
            packets = container.demux(*chosen)
            while self._await_demand():
                asked_ns = self._clock.boot_ns()
                libav_packet = next(packets, None)
                if libav_packet is None:
                    break
                items = pass_through.items(libav_packet, self._clock.boot_ns())
                while not pass_through.is_due() and not self._stopping:
                    continue
                self._hand_over(items, waited=self._clock.boot_ns() - asked_ns > WAITED_NS)
            if self._stopping:
                return "was closed"
            if not self._opening.loop or not pass_through.start_over():
                return "camera-stream-ended"
            container.seek(0)

    def _open_with(self, items: list[Packet | Streams]) -> None:
        """The camera is open; ``items`` begin with its description."""
        with self._lock:
            self._items.extend(items)
            self._state = _READING
            self._lock.notify_all()

    def _await_demand(self) -> bool:
        """Waits until a packet is wanted; False when the source is being closed."""
        with self._lock:
            self._lock.wait_for(lambda: self._wanted or self._stopping)
            return not self._stopping

    def _hand_over(self, items: list[Packet | Streams], *, waited: bool) -> None:
        """Adds ``items``, and wakes whoever waits once the socket is empty: one wake-up for all that lay in it. If the
        camera stalls just then, what has been read is fetched when his short wait is over."""
        with self._lock:
            self._items.extend(items)
            if waited or len(self._items) >= _AHEAD:
                self._wanted = False
                self._lock.notify_all()


class _Pass:
    """From libav's packets to ours: numbers, time stamps, changes of description, and the pace of a file."""

    def __init__(self, chosen: list[Any], described: Described, clock: Clock, opening: Opening) -> None:
        self._numbers = {stream.index: number for number, stream in enumerate(chosen)}
        self._described = described
        self._bases = [Fraction(*stream.time_base) for stream in described.streams.streams]
        self._arrival_from = clock.boot_ns() if opening.arrival else None
        self._pace = Pace(clock) if opening.realtime else None
        self._keeps_count = opening.realtime or opening.loop
        self._announces = opening.form is None
        self._size = opening.size if described.streams.streams[0].codec == "mjpeg" else None
        self._last_dts: dict[int, int] = {}
        self._shift = Fraction(0)
        self._first: Fraction | None = None
        self._newest = self._reached = Fraction(0)

    def items(self, libav_packet: Any, read_ns: int) -> list[Packet | Streams]:
        if not libav_packet.size:
            return []
        number = self._numbers[libav_packet.stream_index]
        base = self._bases[number]
        packet = Packet(
            number,
            with_size(bytes(libav_packet), *self._size) if self._size and number == 0 else bytes(libav_packet),
            NO_PTS if libav_packet.pts is None else libav_packet.pts,
            NO_PTS if libav_packet.dts is None else libav_packet.dts,
            libav_packet.duration or 0,
            libav_packet.is_keyframe,
            libav_packet.is_corrupt,
        )
        if self._arrival_from is not None:
            stamp = (read_ns - self._arrival_from) * _ARRIVAL_BASE[1] // 1_000_000_000
            packet = packet._replace(pts=stamp, dts=stamp, duration=0)
        if self._keeps_count:
            packet = self._follow(packet, base)
        packet = self._in_order(packet)
        announced = libav_packet.get_sidedata("new_extradata") if self._announces else None
        change = self._described.change(packet, bytes(announced) if announced else None)
        return [change, packet] if change else [packet]

    def _in_order(self, packet: Packet) -> Packet:
        """No decoding time where the camera's time went back: packets are decoded in the order in which they came."""
        if packet.dts == NO_PTS:
            return packet
        if packet.dts < self._last_dts.get(packet.stream, packet.dts):
            return packet._replace(dts=NO_PTS)
        self._last_dts[packet.stream] = packet.dts
        return packet

    def _follow(self, packet: Packet, base: Fraction) -> Packet:
        """Keeps count of media time for pace and loop, in which a file's second round follows its first."""
        stamp = packet.dts if packet.dts != NO_PTS else packet.pts
        if stamp == NO_PTS:
            return packet
        seconds = stamp * base
        self._first = seconds if self._first is None else self._first
        self._newest = seconds
        self._reached = max(self._reached, seconds + packet.duration * base)
        if not self._shift:
            return packet
        ticks = int(self._shift / base)
        pts = packet.pts + ticks if packet.pts != NO_PTS else NO_PTS
        return packet._replace(pts=pts, dts=packet.dts + ticks if packet.dts != NO_PTS else NO_PTS)

    def is_due(self) -> bool:
        """Sleeps a little while the newest packet is not due; always true where no pace is kept."""
        if self._pace is None or self._first is None:
            return True
        return self._pace.reach(float(self._newest + self._shift - self._first))

    def start_over(self) -> bool:
        """The next round begins where this one ended; False when this one had no length."""
        if self._first is None or self._reached <= self._first:
            return False
        self._shift += self._reached - self._first
        return True


def _choose(container: Any) -> tuple[list[Any], tuple[CodedMessage, ...]]:
    """The first picture and the first sound that can be recorded, and notes on what is left out."""
    video: list[Any] = []
    audio: list[Any] = []
    notes: list[CodedMessage] = []
    for stream in container.streams:
        codec = stream.codec_context.name if stream.codec_context else "unknown"
        if stream.type == "video" and codec in VIDEO_CODECS and not video:
            video.append(stream)
        elif stream.type == "audio" and codec in AUDIO_CODECS and not audio:
            audio.append(stream)
        else:
            known = codec in VIDEO_CODECS + AUDIO_CODECS
            notes.append(left_out("video" if known else stream.type, codec))
    return video + audio, tuple(notes)


def _stream(number: int, stream: Any, opening: Opening) -> Stream:
    context = stream.codec_context
    base = (stream.time_base.numerator, stream.time_base.denominator)
    common = Stream(
        number, stream.type, context.name, _ARRIVAL_BASE if opening.arrival else base, bytes(context.extradata or b"")
    )
    if stream.type == "video":
        width, height = opening.size if opening.size and not context.width else (context.width, context.height)
        return common._replace(width=width or 0, height=height or 0)
    return common._replace(sample_rate=context.sample_rate or 0, channels=context.channels or 0)


_REASONS = {
    "ConnectionRefusedError": "camera-refuses",
    "HTTPUnauthorizedError": "camera-401",
    "HTTPForbiddenError": "camera-403",
    "HTTPNotFoundError": "camera-404",
    "HTTPBadRequestError": "camera-http-refused",
    "HTTPOtherClientError": "camera-http-refused",
    "HTTPTooManyRequestsError": "camera-http-fault",
    "HTTPServerError": "camera-http-fault",
    "ExitError": "camera-silent",
    "TimeoutError": "camera-silent",
    "FileNotFoundError": "camera-file-gone",
    "PermissionError": "camera-file-closed",
    "EOFError": "camera-ended",
    "InvalidDataError": "camera-nonsense",
}


def _reason(error: Exception) -> str:
    """Why libav gave up, without the address that it puts into its own message."""
    kind = type(error).__name__
    if getattr(error, "errno", 0) == errno.EPROTONOSUPPORT:
        return "camera-461"
    if kind in _REASONS:
        return _REASONS[kind]
    words = getattr(error, "strerror", None)
    return f"{words} ({kind})" if words else f"the reader failed: {described(error)}"
