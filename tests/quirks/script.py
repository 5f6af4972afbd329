"""What a scripted camera does, as a record with a field for each thing that cameras do in ways of their own.

A field left at its default is what RFC 2326, 3550, 6184 and 7798 ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tests.quirks.media import FPS, Picture

if TYPE_CHECKING:
    from tests.quirks.accounts import Guard

__all__ = ["AGAIN_SECONDS", "Flow", "Moment", "Part", "Quirk", "Reply", "Request", "Rtp", "Script", "Talk", "Web"]

AGAIN_SECONDS = 0.5
"""A reader that ends is started again after so long, whichever it is."""


class Request(NamedTuple):
    """A reader's request. ``head``: values by lower-case name."""

    method: str
    url: str
    head: dict[str, str]


@dataclass
class Reply:
    """An answer before it is written. ``raw``: the bytes to send instead; ``hang_up``: closes behind it."""

    status: str = "200 OK"
    lines: list[str] = field(default_factory=list)
    body: bytes = b""
    raw: bytes | None = None
    hang_up: bool = False
    end: str = "\r\n"

    def without(self, name: str) -> Reply:
        self.lines = [line for line in self.lines if not line.lower().startswith(f"{name.lower()}:")]
        return self

    def value(self, name: str) -> str:
        found = [line.partition(":")[2].strip() for line in self.lines if line.lower().startswith(f"{name.lower()}:")]
        return found[0] if found else ""

    def put(self, name: str, value: str) -> Reply:
        self.without(name)
        self.lines.append(f"{name}: {value}")
        return self


@dataclass
class Talk:
    """One connection, as its answers know it. ``count``: how many requests of each method came."""

    url: str
    number: int
    count: dict[str, int] = field(default_factory=dict)
    session: str = "20261201"
    playing: bool = False
    extra: dict[str, object] = field(default_factory=dict)


class Moment(NamedTuple):
    """One picture on its way: ``number`` since the camera began to film, ``ticks`` from one picture to the next."""

    codec: str
    number: int
    picture: Picture
    sets: tuple[bytes, ...]
    ticks: int

    @property
    def units(self) -> list[bytes]:
        return list(self.picture.units)


class Part(NamedTuple):
    """The payload of one RTP packet. ``after``: ticks from the picture's own time stamp."""

    payload: bytes
    marker: bool
    after: int = 0


@dataclass
class Rtp:
    """An RTP packet before it is written."""

    payload: bytes
    marker: bool
    stamp: int
    sequence: int
    source: int
    payload_type: int
    padding: bytes = b""
    extension: bytes | None = None
    contributors: tuple[int, ...] = ()
    version: int = 2
    track: int = 0


@dataclass
class Flow:
    """One track of one connection, for what changes its packets. ``damaged``: pictures that the camera spoils."""

    track: int
    connection: int
    number: int = 0
    elapsed: float = 0.0
    damaged: set[int] = field(default_factory=set)
    extra: dict[str, object] = field(default_factory=dict)


Edit = Callable[[str], str]
Answer = Callable[[Talk, Request, Reply], Reply | None]
Way = Callable[[Moment], Iterator[Part]]
Change = Callable[[list[Rtp], Flow], list[Rtp]]
Wire = Callable[[bytes, Flow], bytes]
SoundWay = Callable[[list[bytes], int, int], Iterator[Part]]


def _part(picture: bytes, number: int) -> bytes:
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(picture), picture)


@dataclass(frozen=True)
class Web:
    """How a camera sends JPEG pictures over HTTP. ``part``: of a picture and its number; ``ahead``: of the first one.
    ``answer``: in place of the stream; ``closes``: behind 401."""

    says: str = "multipart/x-mixed-replace; boundary=frame"
    first_line: str = "HTTP/1.1 200 OK"
    lines: tuple[str, ...] = ("Server: camera", "Cache-Control: no-cache")
    end: str = "\r\n"
    ahead: bytes = b""
    part: Callable[[bytes, int], bytes] = _part
    answer: Callable[[Request], bytes | None] | None = None
    chunked: bool = False
    closes: bool = True


@dataclass(frozen=True)
class Script:
    """``seconds``: how long it is watched. ``describe``: changes of the session description; ``answers``: of answers;
    ``way``: how a picture is packed; ``rtp`` and ``sound_rtp``: changes of packets; ``wire``: of what goes into the
    connection."""

    seconds: float = 9.0
    server: str = ""
    """A foreign server in the place of the scripted camera: ``gst`` or ``vlc``."""
    web: Web | None = None
    """Sends over HTTP in the place of RTSP."""
    film: str = "h264"
    fps: float = FPS
    sound: str = ""
    path: str = "/stream"
    # --- the talk ---
    describe: tuple[Edit, ...] = ()
    charset: str = "utf-8"
    sdp_sets: bool = True
    controls: tuple[str, str] = ("track1", "track2")
    accepts: tuple[str, str] = ("{url}/track1", "{url}/track2")
    play_at: str = ""
    base: str = "{url}/"
    answers: tuple[Answer, ...] = ()
    account: Callable[[], Guard] | None = None
    public: str = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
    timeout: int = 60
    says_timeout: bool = True
    alive_by: frozenset[str] = frozenset(("OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "RTCP"))
    tcp: bool = True
    udp: bool = True
    channels: tuple[int, ...] = ()
    plain: bool = False
    """Whether the other readers get no transport to ask for, as somebody types who knows nothing of the camera."""
    # --- the stream ---
    way: Way | None = None
    sound_way: SoundWay | None = None
    sound_frames: int = 1
    tags: frozenset[str] = frozenset()
    rtp: tuple[Change, ...] = ()
    sound_rtp: tuple[Change, ...] = ()
    wire: tuple[Wire, ...] = ()
    split: int = 0
    rtp_info: bool = True
    reports: bool = True
    late: float = 0.0
    sound_late: float = 0.0
    payload_type: int = 96
    sound_type: int = -1
    first_sequence: int = 100
    first_stamp: int = 1_000_000
    joins: int = 0
    """So many pictures have been filmed when somebody first plays, and it sends from there on: 0 is a key frame."""
    silent_from: float = 0.0
    silent_for: float = 1e9
    # --- how long it lasts ---
    lasts: float = 0.0
    lasts_once: bool = False
    ends_by: str = "fin"
    away: float = 0.0
    viewers: int = 0
    lingers: float = 0.0


class Quirk(NamedTuple):
    """``source``: where it is told of, as repository#number or the name of a make; empty: none is known."""

    name: str
    group: str
    what: str
    source: str
    script: Script
