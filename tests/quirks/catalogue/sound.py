"""Quirks of sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.quirks import sound as packing
from tests.quirks.edits import after_media, insert_first, on, status, sub
from tests.quirks.edits import replace as put
from tests.quirks.script import Flow, Quirk, Reply, Request, Rtp, Script, Talk

G = "sound"
_BACK = "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track9\r\na=sendonly"
_MANY = (
    "m=audio 0 RTP/AVP 116 115 8 0\r\na=control:track9\r\na=rtpmap:116 MPEG4-GENERIC/64000\r\n"
    "a=rtpmap:115 MPEG4-GENERIC/48000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=sendonly"
)


def _refused(words: str) -> Callable[[Talk, Request, Reply], Reply]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        return Reply(words) if request.url.endswith("track2") else reply

    return change


def _shifted(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [
        replace(packet, stamp=packet.stamp + 1_000_000, source=0x888) if flow.number > 100 else packet
        for packet in packets
    ]


def _still(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [replace(packet, stamp=500_000) for packet in packets]


def _each(**words: Any) -> Callable[[list[Rtp], Flow], list[Rtp]]:
    return lambda packets, flow: [replace(packet, **words) for packet in packets]


def _now_and_then(of: int, begin: int) -> Callable[[list[Rtp], Flow], list[Rtp]]:
    """Of ``of`` packets the first ``begin``."""
    return lambda packets, flow: packets if flow.number % of < begin else []


def _events(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Keys of a telephone among the sound."""
    event = replace(packets[0], payload=b"\x01\x0a\x00\xa0", payload_type=101)
    return [*packets, event] if flow.number % 5 == 0 else packets


def _comfort(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """Comfort noise (RFC 3389) in between."""
    return [replace(packets[0], payload=b"\x50", payload_type=13), *packets] if flow.number % 20 == 0 else packets


def _in_90k(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    return [replace(packet, stamp=flow.number * 1800) for packet in packets]


def _stray_heads(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """A packet of its own ahead of each tenth frame, under that frame's time, with AU headers of 64 KB."""
    if flow.number % 10:
        return packets
    first = packets[0]
    return [replace(first, payload=b"\xff\xf0" + first.payload[2:40], sequence=first.sequence - 1), *packets]


def _unanswered(talk: Talk, request: Request, reply: Reply) -> Reply | None:
    return None if request.url.endswith("track2") else reply


def _hung_up(talk: Talk, request: Request, reply: Reply) -> Reply:
    return Reply("400 Bad Request", hang_up=True, raw=b"") if request.url.endswith("track2") else reply


def _latm(**more: Any) -> Script:
    """MP4A-LATM: StreamMuxConfig of one AAC-LC program at 16 kHz, one channel, frames of any length."""
    return Script(
        sound="aac",
        sound_way=packing.latm,
        tags=frozenset(("latm",)),
        describe=(
            sub("MPEG4-GENERIC/16000", "MP4A-LATM/16000/1"),
            sub("streamtype=5[^\r]*", "profile-level-id=15;object=2;cpresent=0;config=400028103fc0"),
            *more.get("describe", ()),
        ),
    )


def rows() -> list[Quirk]:
    refused = {"sound": "alaw"}
    return [
        Quirk("sound-alaw", G, "G.711 A-law", "", Script(sound="alaw")),
        Quirk("sound-ulaw", G, "G.711 µ-law", "", Script(sound="ulaw")),
        Quirk("sound-no-map", G, "G.711 by its static type alone", "", Script(sound="alaw",
              describe=(sub("a=rtpmap:8[^\r]*\r\n", ""),))),
        Quirk("sound-ulaw-dynamic", G, "G.711 under payload type 97", "", Script(sound="ulaw", sound_type=97)),
        Quirk("sound-ulaw-16k", G, "G.711 at 16 kHz", "", Script(sound="ulaw-16k")),
        Quirk("sound-alaw-channels", G, "PCMA/8000/1", "OvenMediaLabs/OvenMediaEngine#1245", Script(sound="alaw",
              describe=(put("PCMA/8000", "PCMA/8000/1"),))),
        Quirk("sound-alaw-lower-case", G, "pcma", "", Script(sound="alaw", sound_type=97, describe=(put("PCMA",
              "pcma"),))),
        Quirk("sound-alaw-fmtp", G, "a=fmtp:0 RTCP=0 with G.711", "AlexxIT/go2rtc#1426", Script(sound="ulaw",
              describe=(after_media("a=fmtp:0 RTCP=0"),))),
        Quirk("sound-g726", G, "G.726 of 32 kbit/s", "", Script(sound="g726")),
        Quirk("sound-l16", G, "L16", "", Script(sound="l16")),
        Quirk("sound-aac", G, "AAC-hbr at 16 kHz", "", Script(sound="aac")),
        Quirk("sound-aac-8k", G, "AAC at 8 kHz", "", Script(sound="aac-8k")),
        Quirk("sound-aac-stereo", G, "AAC at 48 kHz, two channels", "", Script(sound="aac-stereo")),
        Quirk("sound-aac-several", G, "three AAC frames a packet", "", Script(sound="aac", sound_frames=3)),
        Quirk("sound-aac-spread", G, "AAC frames over several packets", "", Script(sound="aac",
              sound_way=packing.aac_spread)),
        Quirk("sound-aac-lower-case", G, "mpeg4-generic, mode=aac-hbr", "", Script(sound="aac",
              describe=(put("MPEG4-GENERIC", "mpeg4-generic"), put("AAC-hbr", "aac-hbr")))),
        Quirk("sound-aac-capitals", G, "SizeLength, IndexLength, IndexDeltaLength; blanks",
              "ZoneMinder/zoneminder#2720",
              Script(sound="aac", describe=(put(";sizelength=13;indexlength=3;indexdeltalength=3",
              "; SizeLength=13; IndexLength=3; IndexDeltaLength=3;"),))),
        Quirk("sound-aac-config-missing", G, "AAC without config", "bluenviron/mediamtx#3669", Script(sound="aac",
              describe=(sub(";config=[^\r]*", ""),))),
        Quirk("sound-aac-fmtp-another-type", G, "AAC of type 104, its fmtp for 97", "bluenviron/mediamtx#3669",
              Script(sound="aac", sound_type=104, describe=(put("a=fmtp:104", "a=fmtp:97"),))),
        Quirk("sound-aac-config-long", G, "config with more behind it", "bluenviron/mediamtx#1881",
              Script(sound="aac", describe=(sub("(config=[^\r]*)", r"\g<1>56E500"),))),
        Quirk("sound-aac-adts", G, "ADTS headers in its frames", "", Script(sound="aac", sound_way=packing.adts)),
        Quirk("sound-latm", G, "AAC as MP4A-LATM", "bluenviron/mediamtx#1694", _latm()),
        Quirk("sound-latm-no-config", G, "LATM with cpresent=0 and config= empty", "bluenviron/mediamtx#3590",
              _latm(describe=(sub("config=400028103fc0", "config="),))),
        Quirk("sound-opus", G, "Opus", "", Script(sound="opus")),
        Quirk("sound-unknown", G, "sound of a kind that nobody knows", "", Script(sound="alaw", sound_type=99,
              describe=(put("PCMA/8000", "X-VENDOR/8000"),))),
        Quirk("sound-no-name", G, "sound of a dynamic type without a map", "", Script(sound="alaw", sound_type=99,
              describe=(sub("a=rtpmap:99[^\r]*\r\n", ""),))),
        Quirk("sound-setup-404", G, "sound is described, and SETUP says 404", "", Script(answers=(on("SETUP",
              _refused("404 Not Found")),), **refused)),
        Quirk("sound-setup-500", G, "SETUP of the sound says 500", "", Script(answers=(on("SETUP",
              _refused("500 Internal Server Error")),), **refused)),
        Quirk("sound-setup-461", G, "SETUP of the sound says 461", "", Script(answers=(on("SETUP",
              _refused("461 Unsupported Transport")),), **refused)),
        Quirk("sound-setup-459", G, "SETUP of the sound says 459 (aggregate operation not allowed)", "",
              Script(answers=(status("SETUP", "459 Aggregate Operation Not Allowed", count=2),), **refused)),
        Quirk("sound-silent", G, "sound is set up and never comes", "", Script(sound="alaw", sound_late=1e6)),
        Quirk("sound-late", G, "sound begins three seconds late", "", Script(sound="alaw", sound_late=3.0)),
        Quirk("sound-first", G, "sound is described ahead of the picture", "bluenviron/gortsplib#72",
              Script(sound="alaw", describe=(_turned,))),
        Quirk("sound-back-channel-first", G, "sound that it would play ahead of what it sends",
              "bluenviron/gortsplib#479", Script(sound="alaw", describe=(insert_first(_BACK),))),
        Quirk("sound-back-channel-last", G, "the same behind it, of four kinds (Dahua)", "bluenviron/gortsplib#479",
              Script(sound="alaw", describe=(after_media(_MANY),))),
        Quirk("sound-back-channel-only", G, "only sound that it would play", "", Script(describe=(after_media(_BACK),
              ))),
        Quirk("sound-two", G, "two kinds of sound to choose from", "", Script(sound="alaw", describe=(after_media(
              "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=control:track9"),))),
        Quirk("sound-ssrc-changes", G, "the sound's sender and time change", "", Script(sound="alaw",
              sound_rtp=(_shifted,))),
        Quirk("sound-time-still", G, "the sound's time stands still", "", Script(sound="alaw", sound_rtp=(_still,))),
        Quirk("sound-long-packets", G, "100 ms of sound a packet", "", Script(sound="alaw", sound_frames=5)),
        Quirk("sound-wrong-type", G, "sound of another payload type than described", "", Script(sound="alaw",
              sound_rtp=(
              lambda packets, flow: [replace(packet, payload_type=99) for packet in packets],))),
        Quirk("sound-events", G, "keys of a telephone among the sound", "", Script(sound="alaw", sound_rtp=(_events,),
              describe=(put("RTP/AVP 8", "RTP/AVP 8 101"), put("a=rtpmap:8 PCMA/8000",
              "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000")))),
        Quirk("sound-comfort-noise", G, "comfort noise among the sound", "", Script(sound="alaw", sound_rtp=(
              _comfort,))),
        Quirk("sound-now-and-then", G, "a second of sound, then two of none", "", Script(sound="alaw", sound_rtp=(
              _now_and_then(150, 50),))),
        Quirk("sound-aac-now-and-then", G, "the same with AAC", "", Script(sound="aac", sound_rtp=(_now_and_then(45,
              15),))),
        Quirk("sound-aac-no-sizes", G, "AAC-hbr without sizelength and indexlength", "", Script(sound="aac",
              describe=(sub("sizelength=13;indexlength=3;indexdeltalength=3;", ""),))),
        Quirk("sound-aac-no-mode", G, "AAC without mode", "", Script(sound="aac", describe=(put("mode=AAC-hbr;",
              ""),))),
        Quirk("sound-aac-config-quoted", G, "config in quotes", "", Script(sound="aac", describe=(sub(
              r"config=([0-9a-f]*)", r'config="\1"'),))),
        Quirk("sound-aac-config-upper", G, "config with 0x ahead", "", Script(sound="aac", describe=(sub(
              r"config=([0-9a-f]*)", r"config=0x\1"),))),
        Quirk("sound-aac-profile-behind", G, "profile=1 behind config, blanks between", "scottlamb/retina#17",
              Script(sound="aac", describe=(sub(r"(config=[0-9a-f]*)", r"\1; profile=1;"),))),
        Quirk("sound-aac-main", G, "config says AAC Main and sends AAC-LC", "kerberos-io/agent#159",
              Script(sound="aac", describe=(sub(r"config=14", "config=0c"),))),
        Quirk("sound-aac-channels-wrong", G, "rtpmap says two channels, config one", "", Script(sound="aac",
              describe=(put("MPEG4-GENERIC/16000", "MPEG4-GENERIC/16000/2"),))),
        Quirk("sound-aac-rate-wrong", G, "rtpmap says 8 kHz, config 16", "", Script(sound="aac",
              describe=(put("MPEG4-GENERIC/16000", "MPEG4-GENERIC/8000"),))),
        Quirk("sound-aac-no-marker", G, "AAC without markers", "", Script(sound="aac", sound_rtp=(_each(
              marker=False),))),
        Quirk("sound-aac-stray-headers", G, "AAC, and now and then a packet whose heads are nonsense",
              "blakeblackshear/frigate#2185", Script(sound="aac", sound_rtp=(_stray_heads,))),
        Quirk("sound-alaw-stereo-said", G, "PCMA/8000/2, and sends one channel", "", Script(sound="alaw",
              describe=(put("PCMA/8000", "PCMA/8000/2"),))),
        Quirk("sound-in-90-khz", G, "the sound's times in 90 kHz", "", Script(sound="alaw", sound_rtp=(_in_90k,))),
        Quirk("sound-no-clock", G, "rtpmap of the sound without a clock", "", Script(sound="alaw", describe=(put(
              "PCMA/8000", "PCMA"),))),
        Quirk("sound-opus-mono", G, "opus/48000, one channel said", "", Script(sound="opus", describe=(put(
              "OPUS/48000/2", "opus/48000"),))),
        Quirk("sound-back-channel-same-type", G, "sound that it would play, of the same type, with a control ahead",
              "bluenviron/gortsplib#1167", Script(sound="alaw", describe=(after_media(
              "m=audio 0 RTP/AVP 8\r\na=control:track9\r\na=rtpmap:8 PCMA/8000\r\na=sendonly"),))),
        Quirk("sound-setup-unanswered", G, "never answers SETUP of the sound", "", Script(sound="alaw", seconds=24,
              answers=(on("SETUP", _unanswered),))),
        Quirk("sound-setup-hangs-up", G, "hangs up at SETUP of the sound", "", Script(sound="alaw",
              answers=(on("SETUP", _hung_up),))),
    ]  # fmt: skip


def _turned(text: str) -> str:
    head, _, rest = text.partition("m=video")
    picture, _, sound = rest.partition("m=audio")
    return f"{head}m=audio{sound}m=video{picture}"
