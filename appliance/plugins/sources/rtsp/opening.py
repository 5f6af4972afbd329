"""Opening a camera's session over RTSP: asking what there is, setting up what is wanted, letting it play."""

from __future__ import annotations

import contextlib
import errno
import math
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.api import CameraLost, Clock, CodedMessage, coded
from appliance.plugins.sources.rtsp.addresses import base_of, control_of, controls_of
from appliance.plugins.sources.rtsp.client import Lost, Patience, RtspClient
from appliance.plugins.sources.rtsp.datagrams import Datagrams
from appliance.plugins.sources.rtsp.messages import Answer
from appliance.plugins.sources.rtsp.rtp import Depacketizer, SharedChannel, depacketizer
from appliance.plugins.sources.rtsp.sdp import Media, NotOurs, choose
from appliance.plugins.sources.rtsp.tls import UNCHECKED, Trust

__all__ = ["Connecting", "Session", "open_session"]

_ORIGIN = re.compile(r"rtptime=(\d{1,10})")
_SOURCE = re.compile(r"ssrc\s*=\s*([0-9A-Fa-f]{1,8})\b")
_CHANNELS = re.compile(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?")

_DATAGRAMS_REST_SECONDS = 0.005
"""A key frame comes as fast as the wire has it: 63 kB meanwhile of 100 Mbit/s. Linux keeps some 200 kB for a port."""

_ELSEWHERE = frozenset({400, 404, 405, 451, 454, 455, 500})
"""What cameras answer to the SETUP of an address that they do not have."""


class Connecting(NamedTuple):
    """Where to and how patiently. ``address`` may hold an account; ``name`` is what errors call it; ``trust``: by what
    the certificate of one that speaks TLS is known; ``not_asked``: the method that is no sign of life; ``datagrams``:
    whether packets come over UDP."""

    address: str
    name: str
    secrets: tuple[str, ...] = ()
    sound: bool = True
    open_seconds: float = 6.0
    silence_seconds: float = 4.0
    trust: Trust = UNCHECKED
    not_asked: str = ""
    datagrams: bool = False


@dataclass
class Session:
    """A camera that plays. ``media``: what is recorded, ``streams``: how each is read, in the same order;
    ``by_channel``: which of them a packet's channel is for, ``reporters``: of which one the reports on a channel are,
    ``report_channels``: where each is told what arrived. ``notes``: what is not recorded, and why. ``most_rest``: for
    so many seconds at most the reader may rest, as nobody waits for who does not read datagrams."""

    client: RtspClient
    media: list[Media] = field(default_factory=list)
    streams: list[Depacketizer] = field(default_factory=list)
    by_channel: dict[int, Depacketizer | SharedChannel] = field(default_factory=dict)
    reporters: dict[int, int] = field(default_factory=dict)
    report_channels: list[int] = field(default_factory=list)
    notes: tuple[CodedMessage, ...] = ()
    most_rest: float = math.inf

    def add(self, media: Media, transport: str) -> None:
        """One that was set up; ``transport``: as the camera answered."""
        number, stream = len(self.media), depacketizer(media)
        found = _CHANNELS.search(transport)
        channel = int(found[1]) if found else 2 * number
        before = self.by_channel.get(channel)
        self.by_channel[channel] = stream if before is None else SharedChannel((before, stream))
        report = int(found[2]) if found and found[2] else channel + 1
        self.reporters[report] = number
        self.report_channels.append(report & 0xFF)
        source = _SOURCE.search(transport)
        stream.announced = int(source[1], 16) if source else None
        self.streams.append(stream)
        self.media.append(media)


class _SoundEnds(Exception):
    """The camera ended the connection when its sound was to be set up."""


def open_session(connecting: Connecting, clock: Clock, lost: Lost) -> Session:
    """Connects and lets the camera play; without its sound where it ends the connection over that. ``lost`` makes the
    error that says why there is none. Raises CameraLost or NotOurs."""
    try:
        return _Opening(connecting, clock, lost).session()
    except _SoundEnds:
        session = _Opening(connecting._replace(sound=False), clock, lost).session()
    session.notes = (*session.notes, coded("camera-note-sound-refused"))
    return session


class _Inside:
    """Packets come inside the connection."""

    most_rest = math.inf

    def asked(self, number: int) -> str:
        return f"RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"

    def agreed(self, session: Session, said: str) -> None:
        """Whatever the camera answers, it is what comes in the connection."""

    def begun(self, client: RtspClient) -> None:
        """What came behind the last answer is the first packets."""


class _Apart:
    """Packets come in datagrams; the connection's socket gives both from here on."""

    most_rest = _DATAGRAMS_REST_SECONDS

    def __init__(self, client: RtspClient, clock: Clock, lost: Lost) -> None:
        self._lost = lost
        try:
            client.sock = self._datagrams = Datagrams(client.connection, clock)
        except OSError as error:  # the camera reset the connection behind its answer
            raise lost("camera-stream-ended" if error.errno == errno.ENOTCONN else error.strerror or "-") from None

    def asked(self, number: int) -> str:
        try:
            return f"RTP/AVP;unicast;client_port={self._datagrams.offered()}"
        except OSError as error:
            raise self._lost(error.strerror or "camera-nowhere") from None

    def agreed(self, session: Session, said: str) -> None:
        """Raises NotOurs where the camera means to send otherwise."""
        if "multicast" in said.lower() or _CHANNELS.search(said):
            raise NotOurs("another transport than was asked for")
        self._datagrams.take(session.report_channels[-1], said)

    def begun(self, client: RtspClient) -> None:
        """What came behind the last answer may go on before any packet does."""
        self._datagrams.begun(bytes(client.unread()))


class _Opening:
    """``client``: the connection in use; it is closed where no session comes of it."""

    def __init__(self, connecting: Connecting, clock: Clock, lost: Lost) -> None:
        self._connecting, self._clock, self._lost = connecting, clock, lost
        self._client = self._connected()

    def session(self) -> Session:
        try:
            return self._play()
        except (CameraLost, NotOurs, _SoundEnds):
            self._client.sock.close()
            raise

    def _play(self) -> Session:
        described = self._describe()
        session, client = Session(self._client), self._client
        description = choose(described.body.decode(errors="replace"), sound=self._connecting.sound)
        base = base_of(client.url, described.one("content-base") or described.one("content-location"))
        notes = [*description.notes]
        ways = _Inside() if not self._connecting.datagrams else _Apart(client, self._clock, self._lost)
        session.most_rest = ways.most_rest
        for number, media in enumerate(description.media):
            try:
                places = controls_of(base, description.control, media.control)
                answer = self._set_up(places, f"Transport: {ways.asked(number)}")
            except (CameraLost, NotOurs):
                if media.stream.kind == "video":
                    raise
                if client.hung_up:
                    raise _SoundEnds from None
                notes.append(coded("camera-note-sound-refused"))
                continue
            session.add(media, answer.one("transport"))
            ways.agreed(session, answer.one("transport"))
        whole = control_of(base, description.control) if description.control else base
        answer = client.call("PLAY", whole, "Range: npt=0.000-")
        origins = _ORIGIN.findall(answer.one("rtp-info"))
        if len(origins) == len(session.streams):
            for stream, origin in zip(session.streams, origins, strict=True):
                stream.origin = int(origin) & 0xFFFFFFFF
        session.notes = tuple(notes)
        ways.begun(client)
        return session

    def _set_up(self, places: list[str], transport: str) -> Answer:
        """The medium at the first of these places where the camera has it; what it says of the first one else."""
        first, *others = places
        try:
            return self._client.call("SETUP", first, transport)
        except (CameraLost, NotOurs) as refused:
            for place in others:
                if self._client.status not in _ELSEWHERE:
                    break
                with contextlib.suppress(CameraLost, NotOurs):
                    return self._client.call("SETUP", place, transport)
            raise refused

    def _describe(self) -> Answer:
        """What there is; asked again without OPTIONS where the camera hangs up at that, or was not ready yet."""
        accept = "Accept: application/sdp"
        try:
            self._client.options(self._connecting.not_asked)
            return self._client.call("DESCRIBE", self._client.url, accept)
        except CameraLost:
            if not self._client.hung_up:
                raise
        self._client.sock.close()
        self._client = self._connected()
        return self._client.call("DESCRIBE", self._client.url, accept)

    def _connected(self) -> RtspClient:
        asked = self._connecting
        return RtspClient(asked.address, self._lost, Patience(asked.open_seconds, self._clock), asked.trust)
