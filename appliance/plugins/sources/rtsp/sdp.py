"""What a camera says of its stream before it begins: the session description (RFC 8866) as far as it matters. Pure.

A stranger wrote it: whatever does not make sense leaves its media out or raises :class:`NotOurs`, never anything else.
Not a plugin; ``source.py`` reads with it.
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from appliance.api import Stream

__all__ = ["Description", "Media", "NoTcp", "NotOurs", "choose"]

_START_CODE = b"\x00\x00\x00\x01"
_STATIC = {0: ("PCMU", 8000, 1), 8: ("PCMA", 8000, 1)}
_CODECS = {
    ("video", "H264"): "h264",
    ("video", "H265"): "hevc",
    ("audio", "MPEG4-GENERIC"): "aac",
    ("audio", "PCMA"): "pcm_alaw",
    ("audio", "PCMU"): "pcm_mulaw",
    ("audio", "OPUS"): "opus",
}
_MOST_RATE = 1_000_000


class NotOurs(Exception):
    """The stream is none that is read here; libav may know it. Says which."""


class NoTcp(NotOurs):
    """The camera sends nothing inside the RTSP connection; libav may have it over UDP."""


class Media(NamedTuple):
    """One medium that is to be recorded. ``stream`` as it is described to the core, ``control`` its address (relative
    or not), ``payload_type`` that of its RTP packets, ``au_header`` the bits of size and index ahead of each AAC
    frame."""

    stream: Stream
    control: str
    payload_type: int
    au_header: tuple[int, int] = (13, 3)


class _Section:
    """An ``m=`` line and the attributes under it."""

    def __init__(self, line: str) -> None:
        words = line.split()
        self.kind = words[0] if words else ""
        self.payload_type = int(words[3]) if len(words) > 3 and words[3].isdecimal() else -1
        self.control = ""
        self.map = ""
        self.is_back_channel = False
        self.parameters: dict[str, str] = {}

    def attribute(self, name: str, value: str) -> None:
        number, _, rest = value.partition(" ")
        if name == "sendonly":  # as whoever asks sees it: sound that the camera plays (ONVIF Streaming, section 5.3)
            self.is_back_channel = True
        elif name == "control":
            self.control = value.strip()
        elif name == "rtpmap" and number == str(self.payload_type):
            self.map = rest.strip()
        elif name == "fmtp" and number == str(self.payload_type):
            for part in rest.split(";"):
                key, _, word = part.strip().partition("=")
                self.parameters[key.lower()] = word.strip()


class Description(NamedTuple):
    """The first picture and the first sound that can be recorded, and notes on what is left out. ``control``: the
    address of the whole, where the camera says one."""

    media: list[Media]
    notes: tuple[str, ...]
    control: str = ""


def choose(description: str, *, sound: bool) -> Description:
    """What of a session description is recorded.

    Raises NotOurs where the picture is in a form that is not read here.
    """
    video: list[Media] = []
    audio: list[Media] = []
    notes: list[str] = []
    session, sections = _sections(description)
    for section in sections:
        if section.is_back_channel:
            notes.append(f"{section.kind} that the camera would play")
            continue
        chosen = video if section.kind == "video" else audio
        if section.kind not in ("video", "audio") or (section.kind == "audio" and not sound):
            continue
        try:
            media = _media(section, number=len(video) if section.kind == "audio" else 0)
        except NotOurs as error:
            if section.kind == "video" and not video:
                raise
            notes.append(f"{section.kind} {error}")
            continue
        if chosen:
            notes.append(f"{section.kind} {media.stream.codec} (one is recorded already)")
        else:
            chosen.append(media)
    if not video:
        raise NotOurs("no picture")
    every = [*video, *(one._replace(stream=one.stream._replace(number=1)) for one in audio)]
    return Description(every, tuple(notes), session.control)


def _sections(description: str) -> tuple[_Section, list[_Section]]:
    """What is said of the whole, and of each medium."""
    session = _Section("")
    sections: list[_Section] = []
    for line in description.splitlines():
        kind, equals, value = line.partition("=")
        if equals and kind == "m":
            sections.append(_Section(value))
        elif equals and kind == "a":
            name, _, rest = value.partition(":")
            (sections[-1] if sections else session).attribute(name.strip().lower(), rest)
    return session, sections


def _media(section: _Section, number: int) -> Media:
    name, rate, channels = _STATIC.get(section.payload_type, ("", 0, 1))
    if section.map:
        words = section.map.split("/")
        name = words[0].upper()
        rate = int(words[1]) if len(words) > 1 and words[1].isdecimal() else rate
        channels = int(words[2]) if len(words) > 2 and words[2].isdecimal() else 1
    codec = _CODECS.get((section.kind, name))
    if codec is None or not 0 < rate <= _MOST_RATE or not 0 < channels <= 8:
        raise NotOurs(name[:20] if name.isprintable() and name else "without a name")
    stream = Stream(number, section.kind, codec, (1, rate))
    if section.kind == "audio":
        stream = stream._replace(sample_rate=rate, channels=channels)
    parameters = section.parameters
    au_header = (13, 3)
    if codec == "h264":
        if parameters.get("packetization-mode", "0") not in ("", "0", "1"):
            raise NotOurs("H264 interleaved")
        stream = stream._replace(extradata=_sets(parameters.get("sprop-parameter-sets", "")))
    elif codec == "hevc":
        if parameters.get("sprop-max-don-diff", "0") != "0":
            raise NotOurs("H265 in another order than it is shown")
        names = ("sprop-vps", "sprop-sps", "sprop-pps")
        stream = stream._replace(extradata=b"".join(_sets(parameters.get(one, "")) for one in names))
    elif codec == "aac":
        au_header = _aac_header(parameters)
        stream = stream._replace(extradata=_hex(parameters.get("config", "")))
        if not stream.extradata:
            raise NotOurs("MPEG4-GENERIC without its configuration")
    return Media(stream, section.control, section.payload_type, au_header)


def _aac_header(parameters: dict[str, str]) -> tuple[int, int]:
    """Bits of size and index (RFC 3640 section 3.2.1)."""
    size, index = parameters.get("sizelength", "0"), parameters.get("indexlength", "0")
    if not size.isdecimal() or not index.isdecimal() or not 0 < int(size) <= 16 or int(index) > 16:
        raise NotOurs("MPEG4-GENERIC in another mode than AAC")
    more = ("ctsdeltalength", "dtsdeltalength", "auxiliarydatasizelength")
    if any(parameters.get(name, "0") not in ("", "0") for name in more):
        raise NotOurs("MPEG4-GENERIC with more than sizes ahead of its frames")
    return int(size), int(index)


def _sets(text: str) -> bytes:
    """Parameter sets in base64, as Annex B."""
    found = b""
    for part in filter(None, (one.strip() for one in text.split(","))):
        try:
            unit = base64.b64decode(part, validate=True)
        except (binascii.Error, ValueError):
            continue
        found += _START_CODE + unit if unit else b""
    return found


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
