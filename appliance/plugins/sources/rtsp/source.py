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

import contextlib
import re
import select
import struct
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin

from appliance.api import CameraLost, CameraTime, Clock, Packet, Streams, parameter_sets
from appliance.plugins.sources.description import Described
from appliance.plugins.sources.lost import lost
from appliance.plugins.sources.neighbours import card_of
from appliance.plugins.sources.rtsp.client import RtspClient, message_end
from appliance.plugins.sources.rtsp.rtp import Depacketizer, depacketizer
from appliance.plugins.sources.rtsp.rtp_packets import SenderReport, sender_report
from appliance.plugins.sources.rtsp.sdp import Media, NotOurs, choose

__all__ = ["Connecting", "NotOurs", "RtspSource"]

_BUFFER_BYTES = 256 << 10
_IDLE_SECONDS = 0.4
_KEEP_ALIVE_NS = 25_000_000_000
"""Cameras end a session that is silent for a minute (RFC 2326 section 12.37)."""

_UNPLAYABLE_NS = 15_000_000_000
"""Without parameter sets nothing can be played, so nothing is recorded; a camera that has sent none for so long is
lost, and says why. Shorter than the supervisor waits for the first picture."""

_LATE_NS = 50_000_000
_NEVER_SO_LATE_NS = 10_000_000_000
_FRAME = struct.Struct(">BBH").unpack_from
_DOLLAR = 0x24
_ORIGIN = re.compile(r"rtptime=(\d{1,10})")


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
        # Without parameter sets in the session description, the first key frame has to bring them.
        self._waiting = not self._described.streams.streams[0].extradata
        self._sets = b""

    def __iter__(self) -> Iterator[Packet | Streams | CameraTime | None]:
        if not self._waiting:
            yield self._described.streams
        items: list[Packet] = []
        picture_ns = asked_ns = began_ns = self._clock.boot_ns()
        silence_ns = int(self._connecting.silence_seconds * 1e9)
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
                    picture_ns = 0
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
            if now - asked_ns > _KEEP_ALIVE_NS:
                asked_ns = now
                self._keep_alive()
            if quiet:
                yield None
            self._rest()

    def close(self) -> None:
        """Says goodbye, if the camera still listens."""
        with contextlib.suppress(OSError):
            self._client.ask("TEARDOWN", self._client.url)
        self._client.sock.close()

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

    def _keep_alive(self) -> None:
        try:
            self._client.ask("GET_PARAMETER", self._client.url)
        except OSError:
            raise self._lost("camera-stream-ended") from None

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
        buffer, at, fill, streams = self._buffer, self._at, self._fill, self._streams
        count = 2 * len(streams)
        while fill - at >= 4:
            dollar, channel, length = _FRAME(buffer, at)
            if dollar != _DOLLAR:
                # The answer to a keep-alive, or a word of the camera's own.
                end = message_end(buffer, at, fill)
                if end is None:
                    raise self._lost("camera-nonsense")
                if not end:
                    break
            else:
                end = at + 4 + length
                if end > fill:
                    break
                if channel < count:
                    if channel & 1:
                        self._report(channel >> 1, buffer[at + 4 : end])
                    else:
                        streams[channel >> 1].feed(buffer, at + 4, end, items)
            at = end
        self._at = at

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
        described = client.call("DESCRIBE", client.url, "Accept: application/sdp")
        chosen, notes = choose(described.body.decode(errors="replace"), sound=self._connecting.sound)
        base = described.one("content-base") or described.one("content-location") or client.url
        for number, media in enumerate(chosen):
            transport = f"Transport: RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
            answer = client.call("SETUP", _control(base, media.control), transport)
            if f"interleaved={2 * number}-" not in answer.one("transport").replace(" ", ""):
                raise NotOurs("channels of the camera's choice")
            client.session = answer.one("session").partition(";")[0].strip()
        self._streams: list[Depacketizer] = [depacketizer(media) for media in chosen]
        answer = client.call("PLAY", base, "Range: npt=0.000-")
        origins = _ORIGIN.findall(answer.one("rtp-info"))
        if len(origins) == len(chosen):
            for stream, origin in zip(self._streams, origins, strict=True):
                stream.origin = int(origin) & 0xFFFFFFFF
        return chosen, notes

    def _lost(self, why: str, seconds: float = 0) -> CameraLost:
        return lost(self._connecting.name, why, self._connecting.secrets, seconds=seconds)


def _control(base: str, control: str) -> str:
    """A medium's own address: relative ones are appended, as cameras mean it, whether the base ends in / or not."""
    if not control or control == "*":
        return base
    if control.lower().startswith("rtsp://"):
        return control
    return f"{base.rstrip('/')}/{control}" if not control.startswith("/") else urljoin(base, control)
