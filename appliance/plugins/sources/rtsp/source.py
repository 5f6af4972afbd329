"""A network camera over RTSP, its packets inside the RTSP connection ("interleaved", RFC 2326 section 10.12), or in
datagrams that are read as if they were (``datagrams.py``).

Why not libav, which does this too: its demuxer asks the kernel 1,800 times a second for a camera of 3 Mbit/s, a poll
and a read three times for each RTP packet, and that is most of what recording costs. Here the socket is emptied with
few large reads, after which the reader may rest. Measured on two cores with 8 cameras, milliseconds of processor a
stream-second: the whole recorder with libav 5.0, with this 3.0; one ``ffmpeg -c copy`` a camera 4.8. And what a
stranger sends meets no C code on its way to the disk.

What is not read here (multicast, encrypted packets, other forms of payload) raises NotOurs, and ``source_av``
has libav do it. Not a plugin.
"""

from __future__ import annotations

import select
import struct
from collections.abc import Callable, Iterator

from appliance.api import CameraLost, CameraTime, Clock, Packet, Streams, parameter_sets
from appliance.plugins.sources.description import Described
from appliance.plugins.sources.lost import lost
from appliance.plugins.sources.neighbours import card_of
from appliance.plugins.sources.rtsp.messages import begins_message, message_end
from appliance.plugins.sources.rtsp.opening import Connecting, open_session
from appliance.plugins.sources.rtsp.rtp import OutOfOrder
from appliance.plugins.sources.rtsp.rtp_packets import SenderReport, receiver_report, says_goodbye, sender_report
from appliance.plugins.sources.silence import Silence

__all__ = ["RtspSource"]

_BUFFER_BYTES = 256 << 10
_IDLE_SECONDS = 0.4
_REPORT_NS = 5_000_000_000
"""How often the camera is told that its packets arrive (RFC 3550 section 6.2)."""
_BYE_NS = 1_000_000_000
"""A camera that said goodbye (RFC 3550 section 6.6) and sends no picture for so long means it."""
_RIGHT_BEHIND_NS = 2_000_000_000
_MOST_STRAY_BYTES = 1 << 20
_MOST_EARLY_BYTES = 8 << 20
_GOODBYE_SECONDS = 0.5

_UNPLAYABLE_NS = 15_000_000_000
"""Without parameter sets nothing can be played, so nothing is recorded; a camera that has sent none for so long is
lost, and says why. Shorter than the supervisor waits for the first picture."""

_KEYLESS_NS = 60_000_000_000
"""The same of a camera whose session description has the parameter sets: what it sends is handed on meanwhile."""

_LATE_NS = 50_000_000
_NEVER_SO_LATE_NS = 10_000_000_000
_FRAME = struct.Struct(">BBH").unpack_from
_DOLLAR = 0x24


class _Early:
    """What came from a key frame on before the parameter sets did: they are said to be those of the stream."""

    def __init__(self) -> None:
        self._packets: list[Packet] = []
        self._size = 0

    def keep(self, packet: Packet) -> None:
        if self._size > _MOST_EARLY_BYTES:
            self.taken()
        if self._packets or (packet.stream == 0 and packet.is_key):
            self._packets.append(packet)
            self._size += len(packet.data)

    def taken(self) -> list[Packet]:
        packets, self._packets, self._size = self._packets, [], 0
        return packets


class RtspSource:
    """An open camera. The constructor connects and lets it play; it raises CameraLost or NotOurs.

    ``pace_seconds``: with more than 0 the reader rests for so long whenever the socket is empty, instead of waiting for
    the very next packet; what comes meanwhile waits in the socket. ``notes`` says what is not recorded and why.
    """

    def __init__(self, connecting: Connecting, clock: Clock) -> None:
        self._connecting, self._clock = connecting, clock
        self.pace_seconds = 0.0
        session = open_session(connecting, clock, self._lost)
        self._client, self._streams, self.notes = session.client, session.streams, session.notes
        self._by_channel, self._reporters = session.by_channel, session.reporters
        self._report_channels, self._most_rest = session.report_channels, session.most_rest
        self.identity = self._identity()
        self._described = Described(media.stream for media in session.media)
        self._reports: dict[int, tuple[int | None, SenderReport]] = {}
        self._time: CameraTime | None = None
        self._client.sock.setblocking(False)
        unread = self._client.unread()
        self._buffer = unread + bytes(max(0, _BUFFER_BYTES - len(unread)))
        self._at, self._fill = 0, len(unread)
        self._stray = 0
        self._asked_ns, self._bye, self._picture_ns = 0, 0, clock.boot_ns()
        """More than 0 since the camera said goodbye, until pictures came twice: those with it may be from before."""
        self._silence, self._came = Silence(connecting.silence_seconds), 0
        # Without parameter sets in the session description, the first key frame has to bring them.
        self._waiting = not self._described.streams.streams[0].extradata
        self._sets, self._keyless, self._early = b"", True, _Early()

    def __iter__(self) -> Iterator[Packet | Streams | CameraTime | None]:
        if not self._waiting:
            yield self._described.streams
        items: list[Packet] = []
        silence = self._silence
        reported_ns = asked_ns = began_ns = self._picture_ns = self._clock.boot_ns()
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
                    self._came += 1
                    self._keyless = self._keyless and not packet.is_key
                    if (packet.is_key or self._waiting) and (change := self._change(packet)) is not None:
                        yield change
                        yield from self._early.taken()
                if self._waiting:
                    self._early.keep(packet)
                else:
                    yield packet
            items.clear()
            if self._time is not None and not self._waiting:
                yield self._time
            self._time = None
            if ended is not None:
                raise ended
            if self._waiting or self._keyless:
                self._check_key(began_ns)
            if more:
                continue
            now = self._clock.boot_ns()
            if self._came:
                silence.saw(now, self._came)
                self._picture_ns, self._came, self._bye = now, 0, max(0, self._bye - 1)
            if self._bye and now - self._picture_ns > _BYE_NS:
                raise self._lost("camera-stream-ended")
            if now - self._picture_ns > silence.most_ns:
                raise self._lost("camera-silent-stream", silence.most_ns / 1e9)
            if now - asked_ns > self._client.quiet_seconds * 1e9:
                self._asked_ns = asked_ns = now
                self._say(self._client.keep_alive)
            if now - reported_ns > min(_REPORT_NS, self._client.quiet_seconds * 1e9):
                reported_ns = now
                self._say(self._report_receipt)
            if quiet:
                yield None
            self._rest()

    @property
    def hung_up_at(self) -> str:
        """The method of the sign of life right behind which the camera ended it, where it offers another; else ""."""
        return self._client.sign if self._clock.boot_ns() - self._asked_ns < _RIGHT_BEHIND_NS else ""

    def go_on_from(self, other: RtspSource) -> None:
        """Times go on where those of ``other`` ended, the time since then in between."""
        if (last_ns := other._streams[0].reached_ns) is not None:
            for stream in self._streams:
                stream.begins_ns = last_ns + self._clock.boot_ns() - other._picture_ns

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

    def _check_key(self, began_ns: int) -> None:
        """Raises CameraLost, ``camera-no-key``, where none came in time."""
        limit_ns = _UNPLAYABLE_NS if self._waiting else _KEYLESS_NS
        if self._clock.boot_ns() - began_ns > limit_ns:
            raise self._lost("camera-no-key", limit_ns / 1e9)

    def _rest(self) -> None:
        if self.pace_seconds > 0:
            select.select([], [], [], min(self.pace_seconds, self._most_rest))
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
            raise self._lost("camera-stream-ended-why", what=error.strerror or "-") from None
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
                if (stream := streams.get(channel)) is not None:
                    if end > fill:
                        break
                    try:
                        stream.feed(buffer, at + 4, end, items)
                    except OutOfOrder:
                        raise self._lost("camera-out-of-order") from None
                    end = stream.inside(buffer, end, fill, channel)
                    self._stray = 0
                elif channel not in reports and self._is_stray(at, fill):
                    end = self._between(at, fill)
                    if not end:
                        break
                elif end > fill:
                    break
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

    def _is_stray(self, at: int, fill: int) -> bool:
        """Whether what begins like a packet on a channel that was not set up is none: it is not of version 2."""
        return fill - at > 4 and self._buffer[at + 4] >> 6 != 2

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
        if number == 0 and says_goodbye(data, self._streams[0].source):
            self._bye = 2
        report = sender_report(data)
        if report is None or self._streams[number].origin is None:
            return
        self._reports[number] = self._streams[number].source, report
        if number == 0:
            self._time = CameraTime(0, self._streams[0].time_of(report.rtp), report.ntp_ns)
            return
        source, picture = self._reports.get(0, (None, report))
        if source is None or source != self._streams[0].source:
            return
        apart_ns = self._streams[number].time_ns(report.rtp) - self._streams[0].time_ns(picture.rtp)
        late_ns = apart_ns - (report.ntp_ns - picture.ntp_ns)
        if _LATE_NS < abs(late_ns) < _NEVER_SO_LATE_NS:
            self._streams[number].shift(-late_ns)

    def _identity(self) -> dict[str, str]:
        """What tells this device from another and stays the same over connections."""
        client = self._client
        try:
            there = str(client.sock.getpeername()[0])
        except OSError:  # the camera reset the connection behind its answer
            client.sock.close()
            raise self._lost("camera-stream-ended") from None
        told = {"server": client.server, "realm": client.realm, "mac": card_of(there)}
        return {name: text for name, text in told.items() if text}

    def _lost(self, why: str, seconds: float = 0, *, what: str = "") -> CameraLost:
        return lost(self._connecting.name, why, self._connecting.secrets, seconds=seconds, what=what)
