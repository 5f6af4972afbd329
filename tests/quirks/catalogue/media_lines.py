"""Quirks of session descriptions: how their lines are written."""

from __future__ import annotations

import re

from tests.quirks.catalogue.h264 import sets_never
from tests.quirks.edits import after_media, insert_first, replace, sub
from tests.quirks.packing import in_order
from tests.quirks.script import Quirk, Script

G = "description"
_NONE = in_order(sets_never)
"""The description alone has the sets: whoever misreads it shows nothing."""


def _edit(*edits, **more) -> Script:  # type: ignore[no-untyped-def]
    return Script(describe=edits, **more)


def _turned(text: str) -> str:
    return re.sub(r"(a=rtpmap:96[^\r]*\r\n)(a=fmtp:96[^\r]*\r\n)", r"\2\1", text)


def _notes(count: int, size: int = 80) -> str:
    return "\r\n".join(f"a=x-note{number}:{'y' * size}" for number in range(count))


def rows() -> list[Quirk]:
    return [
        Quirk("sdp-tabs", G, "tabs in rtpmap and fmtp", "", _edit(replace("a=rtpmap:96 ", "a=rtpmap:96\t"),
              replace("a=fmtp:96 ", "a=fmtp:96\t"), way=_NONE)),
        Quirk("sdp-lines-indented", G, "blanks ahead of lines", "", _edit(replace("\r\na=", "\r\n a="),
              replace("\r\nm=", "\r\n m="))),
        Quirk("sdp-media-blank", G, "m= video 0 RTP/AVP 96", "", _edit(replace("m=video", "m= video"))),
        Quirk("sdp-media-blanks", G, "two blanks between the words of m=", "", _edit(replace("m=video 0 RTP/AVP 96",
              "m=video  0  RTP/AVP  96 "))),
        Quirk("sdp-media-tabs", G, "tabs between the words of m=", "", _edit(replace("m=video 0 RTP/AVP 96",
              "m=video\t0\tRTP/AVP\t96"))),
        Quirk("sdp-byte-order-mark", G, "a byte order mark ahead", "", _edit(lambda text: "\ufeff" + text)),
        Quirk("sdp-newline-ahead", G, "an empty line ahead of v=", "", _edit(lambda text: "\r\n" + text)),
        Quirk("sdp-long", G, "60 KB of attributes", "", _edit(insert_first(_notes(650)))),
        Quirk("sdp-long-150", G, "150 KB of attributes", "", _edit(insert_first(_notes(1600)))),
        Quirk("sdp-long-line", G, "one attribute of 20 KB", "", _edit(insert_first(_notes(1, 20_000)))),
        Quirk("sdp-long-line-medium", G, "one attribute of 20 KB in the medium, ahead of rtpmap", "",
              _edit(replace("a=rtpmap:96", f"{_notes(1, 20_000)}\r\na=rtpmap:96"))),
        Quirk("sdp-two-types", G, "two payload types of the picture, and sends the first", "",
              _edit(replace("RTP/AVP 96", "RTP/AVP 96 97"), replace("a=rtpmap:96 H264/90000",
              "a=rtpmap:96 H264/90000\r\na=rtpmap:97 H264/90000"))),
        Quirk("sdp-two-types-second", G, "JPEG and H.264 to choose from, and sends the second", "",
              _edit(replace("RTP/AVP 96", "RTP/AVP 97 96"), replace("a=rtpmap:96 H264/90000",
              "a=rtpmap:97 JPEG/90000\r\na=rtpmap:96 H264/90000"))),
        Quirk("sdp-repair", G, "RTX and FEC as further payload types", "", _edit(replace("RTP/AVP 96",
              "RTP/AVP 96 97 98"), replace("a=rtpmap:96 H264/90000",
              "a=rtpmap:96 H264/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 ulpfec/90000"))),
        Quirk("sdp-codec-wrong", G, "says H.265 and sends H.264 (Ezviz C6N)", "AlexxIT/go2rtc#264",
              _edit(replace("H264/90000", "H265/90000"), sub(r"sprop-parameter-sets=[^\r]*", "sprop-parameter-sets="))),
        Quirk("sdp-fmtp-upper-case", G, "SPROP-PARAMETER-SETS", "", _edit(replace("sprop-parameter-sets",
              "SPROP-PARAMETER-SETS"), way=_NONE)),
        Quirk("sdp-sets-quoted", G, "the sets in quotes, and none in the stream", "",
              _edit(sub(r"sprop-parameter-sets=([^\r;]*)", r'sprop-parameter-sets="\1"'), way=_NONE)),
        Quirk("sdp-fmtp-two-lines", G, "the sets in a second fmtp line, and none in the stream", "",
              _edit(sub(r";sprop-parameter-sets=([^\r]*)", r"\r\na=fmtp:96 sprop-parameter-sets=\1"), way=_NONE)),
        Quirk("sdp-fmtp-first", G, "fmtp ahead of rtpmap, and no sets in the stream", "", _edit(_turned, way=_NONE)),
        Quirk("sdp-sets-blank", G, "a blank behind the comma of the sets, and none in the stream", "",
              _edit(sub(r"(sprop-parameter-sets=[^,\r]*),", r"\1, "), way=_NONE)),
        Quirk("sdp-sets-equals-blank", G, "`sprop-parameter-sets = `, and none in the stream", "",
              _edit(replace("sprop-parameter-sets=", "sprop-parameter-sets = "), way=_NONE)),
        Quirk("sdp-sets-comma-behind", G, "a comma behind the sets, and none in the stream", "",
              _edit(sub(r"(sprop-parameter-sets=[^\r;]*)", r"\1,"), way=_NONE)),
        Quirk("sdp-sets-three", G, "a sequence set and the picture set twice, and none in the stream", "",
              _edit(sub(r"(sprop-parameter-sets=[^,]*,)([^\r;]*)", r"\1\2,\2"), way=_NONE)),
        Quirk("sdp-map-no-clock", G, "rtpmap without a clock", "", _edit(replace("H264/90000", "H264"))),
        Quirk("sdp-map-clock-fraction", G, "H264/90000.0", "", _edit(replace("H264/90000", "H264/90000.0"))),
        Quirk("sdp-map-semicolon", G, "H264/90000;", "", _edit(replace("H264/90000", "H264/90000;"))),
        Quirk("sdp-map-clock-wrong", G, "rtpmap says a clock of 1,000", "", _edit(replace("H264/90000",
              "H264/1000"))),
        Quirk("sdp-map-zero-ahead", G, "rtpmap:096", "", _edit(replace("rtpmap:96", "rtpmap:096"))),
        Quirk("sdp-range-clock", G, "range:clock, range:npt and length", "", _edit(insert_first(
              "a=range:clock=20261201T000000Z-\r\na=range:npt=0-0.000000\r\na=length:npt=0"))),
        Quirk("sdp-inactive-first", G, "a picture that is inactive ahead of the one that comes", "",
              _edit(insert_first("m=video 0 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\na=inactive\r\na=control:track9"))),
        Quirk("sdp-port-range", G, "m=video 0/2", "", _edit(replace("m=video 0 ", "m=video 0/2 "))),
        Quirk("sdp-avpf", G, "RTP/AVPF", "", _edit(replace("RTP/AVP ", "RTP/AVPF "))),
        Quirk("sdp-text-and-image", G, "media of text and image", "", _edit(after_media(
              "m=text 0 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\na=control:track3\r\nm=image 0 udptl t38"))),
        Quirk("sdp-media-upper-case", G, "m=VIDEO", "", _edit(replace("m=video", "m=VIDEO"))),
        Quirk("sdp-group", G, "a=group and a=mid", "", _edit(insert_first("a=group:LS 0"), replace("a=rtpmap:96",
              "a=mid:0\r\na=rtpmap:96"))),
        Quirk("sdp-picture-sendonly", G, "the picture says sendonly and comes", "", _edit(replace("a=rtpmap:96",
              "a=sendonly\r\na=rtpmap:96"))),
        Quirk("sdp-sound-sendonly", G, "picture and sound say sendonly and come", "bluenviron/mediamtx#3590",
              _edit(replace("a=rtpmap:96", "a=sendonly\r\na=rtpmap:96"), replace("a=rtpmap:8",
              "a=sendonly\r\na=rtpmap:8"), sound="alaw")),
        Quirk("sdp-session-sendonly", G, "sendonly for the whole, and picture and sound come", "",
              _edit(insert_first("a=sendonly"), sound="alaw")),
        Quirk("sdp-connection-twice", G, "c=IN c=IN IP4 0.0.0.0", "bluenviron/mediamtx#227", _edit(sub("c=[^\r]*",
              "c=IN c=IN IP4 0.0.0.0"))),
        Quirk("sdp-origin-no-address", G, "o=- 1700166548 1700166549 IN IP4", "bluenviron/gortsplib#468",
              _edit(sub("o=[^\r]*", "o=- 1700166548 1700166549 IN IP4"))),
        Quirk("sdp-origin-hexadecimal", G, "a number in o= that is hexadecimal", "bluenviron/mediamtx#5442",
              _edit(sub("o=[^\r]*", "o=-  2EC08200 1 IN IP4 127.0.0.1"))),
        Quirk("sdp-smart-encoder", G, "a=smart_encoder:virtualIFrame=1 and range in the medium",
              "bluenviron/gortsplib#271", _edit(insert_first("a=smart_encoder:virtualIFrame=1"),
              replace("a=rtpmap:96", "b=AS:4096\r\na=range:npt=0-\r\na=rtpmap:96"))),
        Quirk("sdp-media-header", G, "Media_header, appversion, i= and e=", "bluenviron/gortsplib#658",
              _edit(replace("t=0 0", "i=HIK Media Server Session Description\r\ne=NONE\r\nb=AS:2080\r\nt=0 0"),
              after_media("a=Media_header:MEDIAINFO=494D4B48020100000400000101200210;\r\na=appversion:1.0"))),
        Quirk("sdp-dahua", G, "attributes of Dahua: packetization-supported, rtppayload-supported",
              "bluenviron/gortsplib#479", _edit(replace("a=control:*",
              "a=control:*\r\na=packetization-supported:DH\r\na=rtppayload-supported:DH\r\na=range:npt=now-"))),
        Quirk("sdp-axis-transform", G, "a=transform with a matrix, framerate with a fraction", "cisco/openh264#2601",
              _edit(after_media("a=framerate:30.000000\r\na=transform:-1.000000,0.000000,0.000000;0.000000,-1.000000,"
              "0.000000;0.000000,0.000000,1.000000"))),
    ]  # fmt: skip
