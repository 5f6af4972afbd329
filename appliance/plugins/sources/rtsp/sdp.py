"""What a camera says of its stream before it begins: the session description (RFC 8866) as far as it matters. Pure.

A stranger wrote it: whatever does not make sense leaves its media out or raises :class:`NotOurs`, never anything else.
Not a plugin; ``source.py`` reads with it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from appliance.api import CodedMessage, Stream, coded

__all__ = ["Description", "Media", "NoTcp", "NotOurs", "choose", "left_out"]

_START_CODE = b"\x00\x00\x00\x01"
_STATIC = {0: ("PCMU", 8000, 1), 8: ("PCMA", 8000, 1), 10: ("L16", 44_100, 2), 11: ("L16", 44_100, 1)}
_CODECS = {
    ("video", "H264"): "h264",
    ("video", "H265"): "hevc",
    ("video", "HEVC"): "hevc",
    ("audio", "MPEG4-GENERIC"): "aac",
    ("audio", "MP4A-LATM"): "aac",
    ("audio", "PCMA"): "pcm_alaw",
    ("audio", "PCMU"): "pcm_mulaw",
    ("audio", "L16"): "pcm_s16be",
    ("audio", "OPUS"): "opus",
    **{("audio", f"G726-{bits * 8}"): "adpcm_g726le" for bits in (2, 3, 4, 5)},
    **{("audio", f"AAL2-G726-{bits * 8}"): "adpcm_g726" for bits in (2, 3, 4, 5)},
}
_PICTURES = ("H264", "H265", "HEVC")
_USUAL_RATES = {**dict.fromkeys(_PICTURES, 90_000), "PCMA": 8000, "PCMU": 8000, "OPUS": 48_000}
_MOST_RATE = 1_000_000
_USUAL_HEADERS = {"": ("13", "3"), "aac-hbr": ("13", "3"), "aac-lbr": ("6", "2")}
"""Bits of size and index by the mode (RFC 3640 sections 3.3.5 and 3.3.6), where a camera leaves them out."""
_SIZES = {
    "x-dimensions": re.compile(r"\s*([1-9]\d{0,4})\s*,\s*([1-9]\d{0,4})\s*"),
    "framesize": re.compile(r"\s*\d{1,3}\s+([1-9]\d{0,4})-([1-9]\d{0,4})\s*"),
}
"""Of JPEG whose packets have none (RFC 2435, 3.1.5): as cameras say it, and as 3GPP TS 26.234 has it (5.3.3.2)."""
_NUMBERED = re.compile(r"\s*(\d{1,3})\s+(.*)", re.DOTALL)
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)


class NotOurs(Exception):
    """The stream is none that is read here; libav may know it. Says which. ``size``: width and height of its pictures
    in pixels, where the description has them."""

    def __init__(self, form: str = "", size: tuple[int, int] | None = None) -> None:
        super().__init__(form)
        self.size = size


class NoTcp(NotOurs):
    """The camera sends nothing inside the RTSP connection; libav may have it over UDP."""


class Media(NamedTuple):
    """One medium that is to be recorded. ``stream`` as it is described to the core, ``control`` its address (relative
    or not), ``payload_type`` that of its RTP packets, ``au_header`` the bits of size and index ahead of each AAC
    frame. ``numbered``: ahead of H.265's units stand the numbers of their order (DONL, RFC 7798 section 4.4).
    ``latm``: AAC is packed as RFC 3016 has it."""

    stream: Stream
    control: str
    payload_type: int
    au_header: tuple[int, int] = (13, 3)
    numbered: bool = False
    latm: bool = False


class _Section:
    """An ``m=`` line and the attributes under it."""

    def __init__(self, line: str) -> None:
        words = line.split()
        self.kind = words[0].lower() if words else ""
        self._types = [int(word) for word in words[3:] if word.isdecimal()]
        self.control = ""
        self.size: tuple[int, int] | None = None
        self.is_sendonly = self.is_inactive = False
        self._maps: dict[int, str] = {}
        self._parameters: dict[int, dict[str, str]] = {}

    def attribute(self, name: str, value: str) -> None:
        if name == "sendonly":
            self.is_sendonly = True
        elif name == "inactive":
            self.is_inactive = True
        elif name == "control":
            self.control = value.strip()
        elif name in _SIZES and (size := _SIZES[name].fullmatch(value)):
            self.size = (int(size[1]), int(size[2]))
        elif name in ("rtpmap", "fmtp") and (found := _NUMBERED.match(value)):
            number, rest = int(found[1]), found[2].strip()
            if name == "rtpmap":
                self._maps[number] = rest
                return
            into = self._parameters.setdefault(number, {})
            for part in rest.split(";"):
                key, _, word = part.strip().partition("=")
                into[key.strip().lower()] = word.strip().strip('"')

    @property
    def payload_type(self) -> int:
        """The first whose form is known, but for repairs (RTX, FEC) and the like; -1 for none."""
        known = (each for each in self._types if (self.kind, self._name(each)) in _CODECS)
        return next(known, self._types[0] if self._types else -1)

    def _name(self, number: int) -> str:
        mapped = self._maps.get(number, "").partition("/")[0].strip().upper()
        return mapped or _STATIC.get(number, ("", 0, 1))[0]

    @property
    def map(self) -> str:
        return self._maps.get(self.payload_type, "")

    @property
    def parameters(self) -> dict[str, str]:
        """Some cameras name another payload type there."""
        own = self._parameters.get(self.payload_type)
        return own or next(iter(self._parameters.values()), {})


class Description(NamedTuple):
    """The first picture and the first sound that can be recorded, and notes on what is left out. ``control``: the
    address of the whole, where the camera says one."""

    media: list[Media]
    notes: tuple[CodedMessage, ...]
    control: str = ""


def choose(description: str, *, sound: bool) -> Description:
    """What of a session description is recorded.

    Raises NotOurs where the picture is in a form that is not read here.
    """
    video: list[Media] = []
    audio: list[Media] = []
    notes: list[CodedMessage] = []
    session, sections = _sections(description)
    # Sendonly is sound that the camera plays, as whoever asks sees it (ONVIF Streaming, section 5.3). Where the picture
    # is sendonly, too, the camera writes it as it sees it, and means what it sends.
    from_camera = any(section.kind == "video" and section.is_sendonly for section in sections)
    for section in sections:
        if section.is_inactive and len(sections) > 1:  # listed, and never comes
            continue
        if section.is_sendonly and not from_camera:
            notes.append(coded("camera-note-back-channel"))
            continue
        chosen = video if section.kind == "video" else audio
        if section.kind not in ("video", "audio") or (section.kind == "audio" and not sound):
            continue
        try:
            media = _media(section, number=len(video) if section.kind == "audio" else 0)
        except NotOurs as error:
            if section.kind == "video" and not video:
                raise
            notes.append(left_out(section.kind, str(error)))
            continue
        if chosen:
            notes.append(coded("camera-note-more", what=media.stream.codec))
        else:
            chosen.append(media)
    if not video:
        raise NotOurs("no picture")
    if sound and not audio and not any(note.code.startswith("camera-note-sound-") for note in notes):
        notes.append(coded("camera-note-sound-none"))
    every = [*video, *(one._replace(stream=one.stream._replace(number=1)) for one in audio)]
    return Description(every, tuple(notes), session.control)


def left_out(kind: str, form: str) -> CodedMessage:
    """That a stream of this form is not recorded."""
    return coded("camera-note-sound-form" if kind == "audio" else "camera-note-more", what=form)


def _sections(description: str) -> tuple[_Section, list[_Section]]:
    """What is said of the whole, and of each medium."""
    session = _Section("")
    sections: list[_Section] = []
    for line in description.splitlines():
        kind, equals, value = line.strip(" \t\ufeff").partition("=")
        if equals and kind == "m":
            sections.append(_Section(value))
        elif equals and kind == "a":
            name, _, rest = value.partition(":")
            (sections[-1] if sections else session).attribute(name.strip().lower(), rest)
    return session, sections


def _media(section: _Section, number: int) -> Media:
    name, rate, channels = _STATIC.get(section.payload_type, ("", 0, 1))
    if section.map:
        words = [*section.map.split("/"), "", ""]
        name = words[0].strip().upper()
        rate = _whole(words[1]) or _USUAL_RATES.get(name, rate)
        channels = _whole(words[2]) or 1
    if name in _PICTURES:
        rate = _USUAL_RATES[name]  # whatever the camera says (RFC 6184 section 8.2.1, RFC 7798 section 7.1)
    codec = _CODECS.get((section.kind, name))
    if codec is None or not 0 < rate <= _MOST_RATE or not 0 < channels <= 8:
        raise NotOurs(name[:20] if name.isprintable() and name else "without a name", section.size)
    stream = Stream(number, section.kind, codec, (1, rate))
    if section.kind == "audio":
        stream = stream._replace(sample_rate=rate, channels=channels)
    parameters = section.parameters
    au_header, numbered = (13, 3), False
    if codec == "h264":
        stream = stream._replace(extradata=_sets(parameters.get("sprop-parameter-sets", "")))
    elif codec == "hevc":
        numbered = any(
            parameters.get(name, "0").strip("0") for name in ("sprop-max-don-diff", "sprop-depack-buf-nalus")
        )
        names = ("sprop-vps", "sprop-sps", "sprop-pps")
        stream = stream._replace(extradata=b"".join(_sets(parameters.get(one, "")) for one in names))
    elif codec == "aac":
        config = _hex(parameters.get("config", ""))
        if name == "MP4A-LATM":
            if parameters.get("cpresent", "1") != "0":
                raise NotOurs("MP4A-LATM with its configuration among the sound")
            config = _latm_config(config)
        else:
            au_header = _aac_header(parameters)
        stream = stream._replace(extradata=config or _usual_config(rate, channels))
        if not stream.extradata:
            raise NotOurs("AAC without its configuration")
    elif codec.startswith("adpcm_"):
        if channels != 1:
            raise NotOurs(f"{name} of {channels} channels")
        stream = stream._replace(extradata=bytes([int(name[-2:]) // 8]))
    latm = name == "MP4A-LATM"
    return Media(stream, section.control, section.payload_type, au_header, numbered, latm)


def _usual_config(rate: int, channels: int) -> bytes:
    """AAC-LC's AudioSpecificConfig (ISO 14496-3 section 1.6.2.1) by its rate, where a camera gives none."""
    if rate not in _AAC_RATES or channels > 7:
        return b""
    return (2 << 11 | _AAC_RATES.index(rate) << 7 | channels << 3).to_bytes(2, "big")


def _latm_config(mux: bytes) -> bytes:
    """The AudioSpecificConfig in a StreamMuxConfig (section 1.7.3) of one program of AAC-LC; empty for another."""
    bits = int.from_bytes(mux[:4], "big")
    if len(mux) < 4 or bits >> 17 != 0x2000 or (bits >> 12) & 31 != 2:
        return b""
    return (bits >> 1 & 0xFFF8).to_bytes(2, "big")


def _aac_header(parameters: dict[str, str]) -> tuple[int, int]:
    """Bits of size and index (RFC 3640 section 3.2.1)."""
    usual = _USUAL_HEADERS.get(parameters.get("mode", "").lower(), ("0", "0"))
    size, index = parameters.get("sizelength", usual[0]), parameters.get("indexlength", usual[1])
    if not size.isdecimal() or not index.isdecimal() or not 0 < int(size) <= 16 or int(index) > 16:
        raise NotOurs("MPEG4-GENERIC in another mode than AAC")
    more = ("ctsdeltalength", "dtsdeltalength", "auxiliarydatasizelength")
    if any(parameters.get(name, "0") not in ("", "0") for name in more):
        raise NotOurs("MPEG4-GENERIC with more than sizes ahead of its frames")
    return int(size), int(index)


def _whole(text: str) -> int:
    """The number that a text begins with; 0 for none."""
    found = re.match(r"\s*(\d{1,7})(?!\d)", text)
    return int(found[1]) if found else 0


def _sets(text: str) -> bytes:
    """Parameter sets in base64, as Annex B."""
    found = b""
    for part in filter(None, (one.strip() for one in text.split(","))):
        try:
            unit = base64.b64decode(part + "=" * (-len(part) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        found += _START_CODE + unit if unit else b""
    return found


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
