"""A network camera over RTSP, its packets inside the RTSP connection ("interleaved", RFC 2326 section 10.12).

Why not libav, which does this too: its demuxer asks the kernel 1,800 times a second for a camera of 3 Mbit/s, a poll
and a read three times for each RTP packet, and that is most of what recording costs. Here the socket is emptied with
few large reads, after which the reader may rest. Measured on two cores with 8 cameras, milliseconds of processor a
stream-second: the whole recorder with libav 5.0, with this 3.0; one ``ffmpeg -c copy`` a camera 4.8. And what a
stranger sends meets no C code on its way to the disk.

What is not read here (another transport, encryption, other forms of payload) raises NotOurs, and ``source_av`` has
libav do it. Not a plugin.
"""

from __future__ import annotations

import re
import select
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from appliance.api import CameraLost, CameraTime, Clock, Packet, Streams, parameter_sets
from appliance.plugins.sources.description import Described
from appliance.plugins.sources.lost import lost
from appliance.plugins.sources.neighbours import card_of
from appliance.plugins.sources.rtsp.client import RtspClient
from appliance.plugins.sources.rtsp.messages import begins_message, message_end
from appliance.plugins.sources.rtsp.rtp import Depacketizer, depacketizer
from appliance.plugins.sources.rtsp.rtp_packets import SenderReport, receiver_report, sender_report
from appliance.plugins.sources.rtsp.sdp import Media, NotOurs, choose

__all__ = ["Connecting", "NotOurs", "RtspSource"]

_BUFFER_BYTES = 256 << 10
_IDLE_SECONDS = 0.4
_REPORT_NS = 5_000_000_000
"""How often the camera is told that its packets arrive (RFC 3550 section 6.2)."""
_FIRST_PICTURE_NS = 15_000_000_000
"""Some cameras send the first picture seconds after they were told to play."""
_MOST_STRAY_BYTES = 1 << 20
_GOODBYE_SECONDS = 0.5

_UNPLAYABLE_NS = 15_000_000_000
"""Without parameter sets nothing can be played, so nothing is recorded; a camera that has sent none for so long is
lost, and says why. Shorter than the supervisor waits for the first picture."""

_LATE_NS = 50_000_000
_NEVER_SO_LATE_NS = 10_000_000_000
_FRAME = struct.Struct(">BBH").unpack_from
_DOLLAR = 0x24
_ORIGIN = re.compile(r"rtptime=(\d{1,10})")
_CHANNELS = re.compile(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?")


class Connecting(NamedTuple):
    """Where to and how patiently. ``address`` may hold an account; ``name`` is what errors call it."""

    address: str
    name: str
    secrets: tuple[str, ...] = ()
    sound: bool = True
    open_seconds: float = 6.0
    silence_seconds: float = 4.0


class RtspSource:
    """An open camera. The constructor connects and lets it play; it raises CameraLost or NotOurs.

    ``pace_seconds``: with more than 0 the reader rests for so long whenever the socket is empty, instead of waiting for
    the very next packet; what comes meanwhile waits in the socket. ``notes`` says what is not recorded and why.
    """

    def __init__(self, connecting: Connecting, clock: Clock) -> None:
        self._connecting, self._clock = connecting, clock
        self.pace_seconds = 0.0
        deadline_ns = clock.boot_ns() + int(connecting.open_seconds * 1e9)
        self._client = RtspClient(
            connecting.address, self._lost, lambda: max(0.001, (deadline_ns - clock.boot_ns()) / 1e9)
        )
        try:
            chosen, self.notes = self._play()
        except (CameraLost, NotOurs):
            self._client.sock.close()
            raise
        self.identity = self._identity()
        self._described = Described(media.stream for media in chosen)
        self._reports: dict[int, SenderReport] = {}
        self._time: CameraTime | None = None
        self._client.sock.setblocking(False)
        unread = self._client.unread()
        self._buffer = unread + bytes(max(0, _BUFFER_BYTES - len(unread)))
        self._at, self._fill = 0, len(unread)
        self._stray, self._seen = 0, False
        # Without parameter sets in the session description, the first key frame has to bring them.
        self._waiting = not self._described.streams.streams[0].extradata
        self._sets = b""

    def __iter__(self) -> Iterator[Packet | Streams | CameraTime | None]:
        if not self._waiting:
            yield self._described.streams
        items: list[Packet] = []
        silence_ns = int(self._connecting.silence_seconds * 1e9)
        reported_ns = asked_ns = began_ns = self._clock.boot_ns()
        picture_ns = began_ns + (0 if self._seen else max(0, _FIRST_PICTURE_NS - silence_ns))
        self._parse(items)
        ended: CameraLost | None = None
        while True:
            try:
                more = self._receive(items)
            except CameraLost as error:  # what is whole is handed on before that is said
                more, ended = False, error
            if not more:
                for stream in self._streams:
                    stream.settle(items)
            quiet = not items
            for packet in items:
                if packet.stream == 0:
                    picture_ns, self._seen = 0, True
                    if (packet.is_key or self._waiting) and (change := self._change(packet)) is not None:
                        yield change
                if not self._waiting:
                    yield packet
            items.clear()
            if self._time is not None and not self._waiting:
                yield self._time
            self._time = None
            if ended is not None:
                raise ended
            if self._waiting and self._clock.boot_ns() - began_ns > _UNPLAYABLE_NS:
                raise self._lost("camera-no-key", _UNPLAYABLE_NS / 1e9)
            if more:
                continue
            now = self._clock.boot_ns()
            picture_ns = picture_ns or now
            if now - picture_ns > silence_ns:
                raise self._lost("camera-silent-stream", self._connecting.silence_seconds)
            if now - asked_ns > self._client.quiet_seconds * 1e9:
                asked_ns = now
                self._say(self._client.keep_alive)
            if now - reported_ns > _REPORT_NS:
                reported_ns = now
                self._say(self._report_receipt)
            if quiet:
                yield None
            self._rest()

    def close(self) -> None:
        """Says goodbye, if the camera still listens."""
        self._client.goodbye(_GOODBYE_SECONDS)

    def _change(self, packet: Packet) -> Streams | None:
        """The description that must come before this picture, if there is a new one."""
        if not self._waiting:
            return self._described.change(packet)
        self._sets = parameter_sets(self._described.streams.streams[0].codec, packet.data) or self._sets
        if not (packet.is_key and self._sets):
            return None
        self._described.change(packet, self._sets)
        self._waiting = False
        return self._described.streams

    def _rest(self) -> None:
        if self.pace_seconds > 0:
            select.select([], [], [], self.pace_seconds)
        else:
            select.select([self._client.sock], [], [], _IDLE_SECONDS)

    def _say(self, what: Callable[[], None]) -> None:
        """Something that nobody waits for; a camera that takes no word now gets it the next time."""
        try:
            what()
        except BlockingIOError:
            return
        except OSError:
            raise self._lost("camera-stream-ended") from None

    def _report_receipt(self) -> None:
        for stream, channel in zip(self._streams, self._report_channels, strict=True):
            if (report := receiver_report(stream.source, stream.highest)) is not None:
                self._client.sock.sendall(struct.pack(">BBH", _DOLLAR, channel, len(report)) + report)

    def _receive(self, items: list[Packet]) -> bool:
        """Takes in what one read of the socket gives; False when there is nothing now."""
        if self._at:
            rest = self._fill - self._at
            self._buffer[:rest] = self._buffer[self._at : self._fill]
            self._at, self._fill = 0, rest
        try:
            count = self._client.sock.recv_into(memoryview(self._buffer)[self._fill :])
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            raise self._lost(f"the stream ended ({error.strerror})") from None
        if not count:
            raise self._lost("camera-stream-ended")
        self._fill += count
        self._parse(items)
        return True

    def _parse(self, items: list[Packet]) -> None:
        """Every whole packet in the buffer. Called for each read: this loop is the hot path of recording."""
        buffer, at, fill, streams, reports = self._buffer, self._at, self._fill, self._by_channel, self._reporters
        while fill - at >= 4:
            dollar, channel, length = _FRAME(buffer, at)
            if dollar != _DOLLAR or (self._stray and not self._begins_packet(at, fill)):
                end = self._between(at, fill)
                if not end:
                    break
            else:
                end = at + 4 + length
                if end > fill:
                    break
                if channel in streams:
                    streams[channel].feed(buffer, at + 4, end, items)
                    self._stray = 0
                elif channel in reports:
                    self._report(reports[channel], buffer[at + 4 : end])
            at = end
        self._at = at

    def _between(self, at: int, fill: int) -> int:
        """Where what is no packet ends: the answer to a sign of life, a word of the camera's own, or stray bytes, which
        are passed over up to the next packet; 0 when it is not whole yet."""
        start = at
        while start < fill and self._buffer[start] in b"\r\n":
            start += 1
        if start < fill and begins_message(self._buffer, start, fill):
            end = message_end(self._buffer, start, fill)
            if end:
                message = bytes(self._buffer[start:end])
                self._say(lambda: self._client.heard(message))
            if end is not None:
                return end
        end = start if start > at else self._next_packet(at + 1, fill)
        self._stray += end - at
        if self._stray > _MOST_STRAY_BYTES:
            raise self._lost("camera-nonsense")
        return end

    def _next_packet(self, at: int, fill: int) -> int:
        """Where a packet of a known channel or an answer begins behind ``at``; else as far as none can begin."""
        buffer = self._buffer
        while at < fill:
            starts = (buffer.find(start, at, fill) for start in (b"$", b"RTSP/1."))
            found = min((place for place in starts if place >= 0), default=fill)
            if found == fill or buffer[found] != _DOLLAR or self._begins_packet(found, fill):
                return found
            at = found + 1
        return fill

    def _begins_packet(self, at: int, fill: int) -> bool:
        """Whether it looks like it, as far as it has come: RTP or RTCP of version 2 and of the right type, on a channel
        that was set up."""
        buffer = self._buffer
        if fill - at < 6:
            return buffer[at] == _DOLLAR
        stream = self._by_channel.get(buffer[at + 1])
        fits = stream.takes(buffer[at + 5] & 0x7F) if stream else buffer[at + 1] in self._reporters
        return buffer[at] == _DOLLAR and fits and buffer[at + 4] >> 6 == 2

    def _report(self, number: int, data: bytearray) -> None:
        """Sound and picture count from instants of their own; the camera's reports say how these lie to each other, and
        those of the picture what the camera's clock says."""
        report = sender_report(data)
        if report is None or self._streams[number].origin is None:
            return
        self._reports[number] = report
        if number == 0:
            self._time = CameraTime(0, self._streams[0].time_of(report.rtp), report.ntp_ns)
        picture = self._reports.get(0)
        if number == 0 or picture is None:
            return
        apart_ns = self._streams[number].time_ns(report.rtp) - self._streams[0].time_ns(picture.rtp)
        late_ns = apart_ns - (report.ntp_ns - picture.ntp_ns)
        if _LATE_NS < abs(late_ns) < _NEVER_SO_LATE_NS:
            self._streams[number].shift(-late_ns)

    def _identity(self) -> dict[str, str]:
        """What tells this device from another and stays the same over connections."""
        client = self._client
        told = {"server": client.server, "realm": client.realm, "mac": card_of(str(client.sock.getpeername()[0]))}
        return {name: text for name, text in told.items() if text}

    def _play(self) -> tuple[list[Media], tuple[str, ...]]:
        """Asks what there is, sets up what is wanted and lets it play."""
        client = self._client
        client.options()
        described = client.call("DESCRIBE", client.url, "Accept: application/sdp")
        description = choose(described.body.decode(errors="replace"), sound=self._connecting.sound)
        base = _base(client.url, described.one("content-base") or described.one("content-location"))
        chosen: list[Media] = []
        notes = [*description.notes]
        self._streams: list[Depacketizer] = []
        self._by_channel: dict[int, Depacketizer] = {}
        self._reporters: dict[int, int] = {}
        self._report_channels: list[int] = []
        for number, media in enumerate(description.media):
            transport = f"Transport: RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
            try:
                answer = client.call("SETUP", _control(base, media.control), transport)
            except (CameraLost, NotOurs) as error:
                if media.stream.kind == "video":
                    raise
                notes.append(f"{media.stream.kind} that the camera does not set up ({error})")
                continue
            stream = depacketizer(media)
            found = _CHANNELS.search(answer.one("transport"))
            channel = int(found[1]) if found else 2 * number
            self._by_channel[channel] = stream
            report = int(found[2]) if found and found[2] else channel + 1
            self._reporters[report] = len(chosen)
            self._report_channels.append(report & 0xFF)
            self._streams.append(stream)
            chosen.append(media)
        whole = _control(base, description.control) if description.control else base
        answer = client.call("PLAY", whole, "Range: npt=0.000-")
        origins = _ORIGIN.findall(answer.one("rtp-info"))
        if len(origins) == len(chosen):
            for stream, origin in zip(self._streams, origins, strict=True):
                stream.origin = int(origin) & 0xFFFFFFFF
        return chosen, tuple(notes)

    def _lost(self, why: str, seconds: float = 0) -> CameraLost:
        return lost(self._connecting.name, why, self._connecting.secrets, seconds=seconds)


def _base(asked: str, said: str) -> str:
    """The address that media are relative to: what the camera says, which may be relative itself or nonsense."""
    said = _once(said.strip())
    if said.lower().startswith("rtsp://"):
        return said
    return urljoin(asked, said) if said else asked


def _control(base: str, control: str) -> str:
    """A medium's own address: relative ones are appended, as cameras mean it, whether the base ends in / or not; one
    that has the whole path of the base already is a path of the camera's own."""
    control = _once(control)
    if not control or control == "*":
        return base
    if control.lower().startswith("rtsp://"):
        return control
    path = urlsplit(base).path.rstrip("/")
    if control.startswith("/") and path and control.startswith(f"{path}/"):
        return urljoin(base, control)
    return f"{base.rstrip('/')}{'' if control.startswith(('?', '/')) else '/'}{control}"


def _once(address: str) -> str:
    """Without a scheme that stands twice."""
    while address.lower().startswith("rtsp://rtsp://"):
        address = address[7:]
    return address
