"""Quirks of session descriptions, and of how media are addressed."""

from __future__ import annotations

import base64

from tests.quirks.edits import after_media, drop, header, insert_first, replace, sub, without_header
from tests.quirks.script import Quirk, Script

G = "description"
_SETS = r"sprop-parameter-sets=[^\r;]*"
_STRAY = base64.b64encode(b"\xe9\x00\x01\x02").decode()


def _latin(text: str) -> str:
    return text.replace("s=Camera", "s=Kamera für Büro")


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")


def _cr(text: str) -> str:
    return text.replace("\r\n", "\r\r\n")


def _blank_lines(text: str) -> str:
    return text.replace("\r\n", "\r\n\r\n")


def _spaces(text: str) -> str:
    return "\r\n".join(f"{line}  " if line else line for line in text.split("\r\n"))


def _no_end(text: str) -> str:
    return text.rstrip("\r\n")


def _zero_end(text: str) -> str:
    return text + "\x00"


def _late_map(text: str) -> str:
    """Attributes in another order: control, fmtp, rtpmap."""
    head, _, media = text.partition("m=video")
    first, *rest = media.rstrip().split("\r\n")
    return "\r\n".join([f"{head}m=video{first}", *reversed(rest), ""])


def _control(*words: str, **more: object) -> Script:
    """What the medium is called, and the address that is taken for it."""
    named, accepted = words
    return Script(controls=(named, "track2"), accepts=(accepted, "{url}/track2"), **more)  # type: ignore[arg-type]


def _edit(*edits, **more) -> Script:  # type: ignore[no-untyped-def]
    return Script(describe=edits, **more)


def rows() -> list[Quirk]:
    return [
        Quirk("sdp-lf", G, "lines end in LF", "", _edit(_lf)),
        Quirk("sdp-cr-cr-lf", G, "lines end in CR CR LF", "", _edit(_cr)),
        Quirk("sdp-blank-lines", G, "empty lines between the lines", "", _edit(_blank_lines)),
        Quirk("sdp-trailing-spaces", G, "blanks at the ends of lines", "AlexxIT/go2rtc#177", _edit(_spaces)),
        Quirk("sdp-no-last-newline", G, "no newline at the end", "themactep/thingino-firmware#1621", _edit(_no_end)),
        Quirk("sdp-zero-byte", G, "a zero byte at the end", "", _edit(_zero_end)),
        Quirk("sdp-latin-1", G, "a name in Latin-1", "", _edit(_latin, charset="latin-1")),
        Quirk("sdp-name-odd", G, "the title is the byte 0x11", "ZoneMinder/zoneminder#841", _edit(replace("s=Camera",
              "s=\x11"))),
        Quirk("sdp-name-missing", G, "no title", "", _edit(drop("s="))),
        Quirk("sdp-origin-odd", G, "o=RTSP Session 0 0 IN IP4 0.0.0.0", "bluenviron/mediamtx#127",
              _edit(sub("o=[^\r]*", "o=RTSP Session 0 0 IN IP4 0.0.0.0"))),
        Quirk("sdp-origin-negative", G, "negative numbers in o=", "bluenviron/mediamtx#2708",
              _edit(sub("o=[^\r]*", "o=- -8959200248001175080 2208991488 IN IP4 0.0.0.0"))),
        Quirk("sdp-origin-fraction", G, "fractions in o=", "bluenviron/mediamtx#2555",
              _edit(sub("o=[^\r]*", "o=- 1698143674.978737 1698143674.978737 IN IP4 127.0.0.1"))),
        Quirk("sdp-origin-short", G, "o=- 1001 1 IN", "AlexxIT/go2rtc#1426", _edit(sub("o=[^\r]*", "o=- 1001 1 IN"))),
        Quirk("sdp-origin-missing", G, "no o=", "", _edit(drop("o="))),
        Quirk("sdp-connection-empty", G, "c= with nothing", "bluenviron/mediamtx#120", _edit(sub("c=[^\r]*", "c="))),
        Quirk("sdp-connection-short", G, "c=IN", "bluenviron/mediamtx#5033", _edit(sub("c=[^\r]*", "c=IN "))),
        Quirk("sdp-connection-multicast", G, "c= names a multicast address though it is asked for TCP", "",
              _edit(sub("c=[^\r]*", "c=IN IP4 239.1.2.3/127"))),
        Quirk("sdp-time-missing", G, "no t=", "", _edit(drop("t="))),
        Quirk("sdp-media-only", G, "begins with m=, no v= before", "AlexxIT/go2rtc#679",
              _edit(lambda text: text[text.index("m=video"):])),
        Quirk("sdp-order-odd", G, "attributes of the medium in another order", "", _edit(_late_map)),
        Quirk("sdp-unknown-lines", G, "lines of letters that mean nothing", "",
              _edit(insert_first("x=1\r\ny=abc\r\nQ"))),
        Quirk("sdp-application-tp-link", G, "a medium m=application/TP-LINK that is none", "AlexxIT/go2rtc#336",
              _edit(after_media(
              "m=application/TP-LINK 0 RTP/AVP smart/1/90000\r\na=rtpmap:95 TP-LINK/90000\r\na=control:track3"))),
        Quirk("sdp-application-mercury", G, "m=application/MERCURY, its number a word", "AlexxIT/go2rtc#708",
              _edit(after_media(
              "m=application/MERCURY 0 RTP/AVP smart/1/90000\r\na=rtpmap:95 MERCURY/90000\r\na=control:track3"))),
        Quirk("sdp-metadata", G, "ONVIF metadata as a third medium", "", _edit(after_media(
              "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:track3"),
              sound="alaw")),
        Quirk("sdp-metadata-first", G, "ONVIF metadata ahead of the picture", "", _edit(insert_first(
              "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:track3"))),
        Quirk("sdp-vana", G, "a medium `m=vana`", "AlexxIT/go2rtc#1278", _edit(after_media(
              "m=vana 0 RTP/AVP 108\r\na=rtpmap:108 vana/90000\r\na=control:track3"))),
        Quirk("sdp-two-pictures", G, "a second, smaller picture in the same description", "", _edit(after_media(
              "m=video 0 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\na=fmtp:99 packetization-mode=1\r\na=control:track9"))),
        Quirk("sdp-h264-lower-case", G, "rtpmap says h264", "", _edit(replace("H264/", "h264/"))),
        Quirk("sdp-hevc-name", G, "rtpmap says HEVC for H265", "", _edit(replace("H265/", "HEVC/"), film="hevc")),
        Quirk("sdp-h265-lower-case", G, "rtpmap says h265", "", _edit(replace("H265/", "h265/"), film="hevc")),
        Quirk("sdp-rtpmap-spaces", G, "two blanks in rtpmap and fmtp", "",
              _edit(replace("a=rtpmap:96 ", "a=rtpmap: 96  "), replace("a=fmtp:96 ", "a=fmtp: 96  "))),
        Quirk("sdp-rtpmap-channels", G, "rtpmap of the picture has /1 behind its clock", "",
              _edit(replace("H264/90000", "H264/90000/1"))),
        Quirk("sdp-fmtp-missing", G, "no fmtp", "", _edit(drop("a=fmtp"))),
        Quirk("sdp-fmtp-another-type", G, "fmtp for another payload type (97 for 96)", "bluenviron/mediamtx#3669",
              _edit(replace("a=fmtp:96", "a=fmtp:97"))),
        Quirk("sdp-fmtp-ends-in-semicolon", G, "a semicolon at the end of fmtp", "scottlamb/retina#103",
              _edit(sub(f"({_SETS})", r"\1;"))),
        Quirk("sdp-fmtp-spaces", G, "blanks behind the semicolons of fmtp", "AlexxIT/go2rtc#708", _edit(replace(";",
              "; "))),
        Quirk("sdp-sets-missing", G, "no parameter sets in the description", "bluenviron/mediamtx#787",
              Script(sdp_sets=False)),
        Quirk("sdp-sets-missing-hevc", G, "the same with H.265", "AlexxIT/go2rtc#99", Script(sdp_sets=False,
              film="hevc")),
        Quirk("sdp-sets-empty", G, "sprop-parameter-sets= with nothing", "deepch/RTSPtoWeb#98", _edit(sub(_SETS,
              "sprop-parameter-sets="))),
        Quirk("sdp-sets-nil", G, "sprop-parameter-sets=nill", "deepch/RTSPtoWeb#98", _edit(sub(_SETS,
              "sprop-parameter-sets=nill"))),
        Quirk("sdp-sets-invalid", G, "parameter sets that are none (type 9 of NRI 7)", "scottlamb/retina#42",
              _edit(sub(_SETS, f"sprop-parameter-sets={_STRAY},{_STRAY}"))),
        Quirk("sdp-sets-old", G, "parameter sets of another size of picture; the stream has the right ones", "",
              _edit(sub(_SETS, "sprop-parameter-sets=J00AH+dAKALdgKUFBQXwAAADABAAAAMCiwEAAtxoAAIlUX//AoA=,KO48gA=="))),
        Quirk("sdp-sets-sps-only", G, "the sequence set alone", "", _edit(sub(r"(sprop-parameter-sets=[^,]*),[^\r;]*",
              r"\1"))),
        Quirk("sdp-sets-annex-b", G, "parameter sets with start codes in base64", "scottlamb/moonfire-nvr#213",
              _edit(_annex_b)),
        Quirk("sdp-sets-no-padding", G, "base64 without = at its end", "", _edit(lambda text: text.replace("==",
              "").replace("=,", ","))),
        Quirk("sdp-level-wrong", G, "a profile-level-id that is not so", "scottlamb/retina#68",
              _edit(sub("profile-level-id=[^;]*", "profile-level-id=TQAf"))),
        Quirk("sdp-level-missing", G, "no profile-level-id", "", _edit(sub("profile-level-id=[^;]*;", ""))),
        Quirk("sdp-mode-missing", G, "no packetization-mode, and fragments all the same", "bluenviron/gortsplib#1092",
              _edit(replace("packetization-mode=1;", ""))),
        Quirk("sdp-mode-0", G, "packetization-mode=0, and fragments all the same", "bluenviron/gortsplib#1092",
              _edit(replace("packetization-mode=1", "packetization-mode=0"))),
        Quirk("sdp-payload-type-35", G, "the picture has payload type 35", "", Script(payload_type=35)),
        Quirk("sdp-payload-type-127", G, "payload type 127", "", Script(payload_type=127)),
        Quirk("sdp-media-port", G, "m=video names a port", "", _edit(replace("m=video 0", "m=video 5004"))),
        Quirk("sdp-media-port-negative", G, "m=video with a negative port, and c= with nonsense", "AlexxIT/go2rtc#2316",
              _edit(replace("m=video 0", "m=video -1353744643"), sub("c=[^\r]*", "c=IN IP4 '&\x01\x02"))),
        Quirk("sdp-rtpmap-space-behind", G, "a blank behind rtpmap", "scottlamb/moonfire-nvr#213",
              _edit(replace("H264/90000", "H264/90000 "))),
        Quirk("sdp-savp-free", G, "m=video 0 RTP/AVP/TCP", "", _edit(replace("RTP/AVP 96", "RTP/AVP/TCP 96"))),
        Quirk("sdp-bandwidth", G, "b=AS:0 and framerate, framesize, x-dimensions", "",
              _edit(after_media(
              "b=AS:0\r\na=framerate:10.000000\r\na=framesize:96 320-180\r\na=x-dimensions:320,180"))),
        Quirk("sdp-range-now", G, "a=range:npt=now-", "Dahua", _edit(replace("a=control:*",
              "a=control:*\r\na=range:npt=now-"))),
        # --- addresses of media ---
        Quirk("control-none", G, "the medium has no control", "scottlamb/retina#9",
              Script(describe=(drop("a=control:track1"),), accepts=("{url}/", "{url}/track2"))),
        Quirk("control-session-none", G, "no control for the whole", "scottlamb/retina#9", _edit(drop("a=control:*"))),
        Quirk("control-session-absolute", G, "the whole has an address of its own, for PLAY", "bluenviron/mediamtx#683",
              _edit(replace("a=control:*", "a=control:rtsp://127.0.0.1/stream/all"),
              play_at="rtsp://127.0.0.1/stream/all")),
        Quirk("control-absolute", G, "media have whole addresses", "AlexxIT/go2rtc#1426",
              _control("rtsp://127.0.0.1/stream/trackID=0", "rtsp://127.0.0.1/stream/trackID=0")),
        Quirk("control-absolute-other-host", G, "whole addresses with the camera's name behind a router", "",
              _control("rtsp://192.168.1.10:554/stream/trackID=0", "rtsp://192.168.1.10:554/stream/trackID=0")),
        Quirk("control-slash", G, "control:/track1, meant below its own path", "", _control("/track1", "{url}/track1")),
        Quirk("control-twice", G, "rtsp:// twice in control", "", _control("rtsp://rtsp://127.0.0.1/stream/t1",
              "rtsp://127.0.0.1/stream/t1")),
        Quirk("control-query", G, "the address of the camera has a query", "bluenviron/gortsplib#122",
              Script(path="/cam/realmonitor?channel=1&subtype=0")),
        Quirk("control-query-slash", G, "a query, and Content-Base with a slash behind it", "bluenviron/gortsplib#121",
              Script(path="/cam/realmonitor?channel=1&subtype=0", base="{url}/", controls=("trackID=0", "trackID=1"),
                     accepts=("{url}/trackID=0", "{url}/trackID=1"))),
        Quirk("control-query-no-slash", G, "a query, and Content-Base without a slash", "bluenviron/gortsplib#121",
              Script(path="/dss/monitor/param/cameraid=1000193%241%26substream=1?token=69154", base="{url}",
                     controls=("trackID=0", "trackID=1"), accepts=("{url}/trackID=0", "{url}/trackID=1"))),
        Quirk("control-axis", G, "media and the whole with ?Axis-Orig-Sw=true", "bluenviron/mediamtx#683", _axis()),
        Quirk("control-with-query", G, "control:track1?id=1", "", _control("track1?id=1", "{url}/track1?id=1")),
        Quirk("control-starts-with-query", G, "control:?ctype=video", "", _control("?ctype=video",
              "{url}/?ctype=video", base="{url}/")),
        Quirk("control-spaces", G, "a blank behind control:", "", Script(describe=(replace("control:track1",
              "control: track1"),))),
        Quirk("control-upper-case", G, "control:TrackID=1", "", _control("TrackID=1", "{url}/TrackID=1")),
        Quirk("base-missing", G, "no Content-Base", "", Script(base="")),
        Quirk("base-no-slash", G, "Content-Base without a slash at its end", "OvenMediaLabs/OvenMediaEngine#1245",
              Script(base="{url}")),
        Quirk("base-root", G, "Content-Base is the root, and media have their whole path", "", _root()),
        Quirk("base-relative", G, "Content-Base: stream/", "", Script(base="stream/")),
        Quirk("base-twice", G, "Content-Base: rtsp://rtsp://…", "AlexxIT/go2rtc#208",
              Script(answers=(header("DESCRIBE", "Content-Base", "rtsp://{url}/"),))),
        Quirk("base-no-scheme", G, "Content-Base without rtsp://", "AlexxIT/go2rtc#1852",
              Script(answers=(header("DESCRIBE", "Content-Base", "127.0.0.1:{port}/stream/"),))),
        Quirk("base-empty", G, "Content-Base with nothing", "bluenviron/mediamtx#825",
              Script(answers=(header("DESCRIBE", "Content-Base", ""),))),
        Quirk("base-location", G, "Content-Location in place of Content-Base", "",
              Script(answers=(without_header("DESCRIBE", "Content-Base"), header("DESCRIBE", "Content-Location",
              "{url}/")))),
        Quirk("base-mapped-address", G, "Content-Base with an address of IPv6 in IPv4's stead, no brackets",
              "ZoneMinder/zoneminder#3194",
              _mapped()),
    ]  # fmt: skip


def _annex_b(text: str) -> str:
    head, _, rest = text.partition("sprop-parameter-sets=")
    coded, _, tail = rest.partition("\r\n")
    units = [base64.b64decode(part) for part in coded.split(",")]
    coded = ",".join(base64.b64encode(b"\x00\x00\x00\x01" + unit).decode() for unit in units)
    return f"{head}sprop-parameter-sets={coded}\r\n{tail}"


def _axis() -> Script:
    whole = "rtsp://127.0.0.1/axis-media/media.amp"
    return Script(
        path="/axis-media/media.amp",
        describe=(replace("a=control:*", f"a=control:{whole}?Axis-Orig-Sw=true"),),
        controls=(f"{whole}/stream=0?Axis-Orig-Sw=true", "x"),
        accepts=(f"{whole}/stream=0?Axis-Orig-Sw=true", "x"),
        play_at=f"{whole}?Axis-Orig-Sw=true",
    )


def _root() -> Script:
    return Script(
        path="/live/main",
        answers=(header("DESCRIBE", "Content-Base", "rtsp://127.0.0.1:{port}/"),),
        controls=("live/main/track1", "live/main/track2"),
    )


def _mapped() -> Script:
    from tests.quirks.edits import everywhere
    from tests.quirks.script import Reply, Request, Talk

    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        if request.method == "DESCRIBE" and reply.status.startswith("200"):
            reply.put("Content-Base", "rtsp://::ffff:127.0.0.1/stream/")
        return reply

    return Script(answers=(everywhere(change),), accepts=("rtsp://::ffff:127.0.0.1/stream/track1", "x"))
