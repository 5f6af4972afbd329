"""Quirks of addresses: of media, of the description's base, and of the camera itself."""

from __future__ import annotations

from tests.quirks.edits import insert_first, on, replace
from tests.quirks.script import Quirk, Reply, Request, Script, Talk

G = "description"


def _control(named: str, accepted: str, **more: object) -> Script:
    """What the medium is called, and the address that is taken for it."""
    return Script(controls=(named, "x"), accepts=(accepted, "x"), **more)  # type: ignore[arg-type]


def _path(path: str, base: str = "{url}/", accepted: str = "{url}/track1") -> Script:
    return Script(path=path, base=base, accepts=(accepted, "x"))


def _below(base: str) -> Script:
    """Media have relative addresses below the whole's own (RFC 2326 section C.1.1)."""
    whole = "rtsp://127.0.0.1/session7/"
    accepted = (f"{whole}track1", "x")
    return Script(describe=(replace("a=control:*", f"a=control:{whole}"),), accepts=accepted, base=base, play_at=whole)


def _elsewhere(named: str) -> Script:
    """Relative addresses that RFC 3986 joins to one outside the camera's path."""
    return _control(named, "rtsp://127.0.0.1/media/track1", base="rtsp://127.0.0.1/stream/")


def _base_twice(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines.append(f"Content-Base: {talk.url}/")
    return reply


def rows() -> list[Quirk]:
    own = "rtsp://127.0.0.1/stream/track1"
    return [
        Quirk("control-no-port", G, "whole addresses without the camera's port", "AlexxIT/go2rtc#1663", _control(own,
              own)),
        Quirk("control-host-zero", G, "whole addresses at 0.0.0.0", "", _control("rtsp://0.0.0.0/stream/track1",
              "rtsp://0.0.0.0/stream/track1")),
        Quirk("control-rtspt", G, "whole addresses with rtspt://", "", _control("rtspt://127.0.0.1/stream/track1",
              "rtspt://127.0.0.1/stream/track1")),
        Quirk("control-scheme-upper", G, "whole addresses with RTSP://", "", _control("RTSP://127.0.0.1/stream/track1",
              "RTSP://127.0.0.1/stream/track1")),
        Quirk("control-number", G, "control:1", "", _control("1", "{url}/1")),
        Quirk("control-dot", G, "control:./track1, taken as it is", "", _control("./track1", "{url}/./track1")),
        Quirk("control-semicolon", G, "control:streamid=0;x=1", "", _control("streamid=0;x=1",
              "{url}/streamid=0;x=1")),
        Quirk("control-equals", G, "control:trackID=video", "bluenviron/gortsplib#658", _control("trackID=video",
              "{url}/trackID=video")),
        Quirk("control-star", G, "control:* in the medium, which has the address of the whole", "", _control("*",
              "{url}/")),
        Quirk("control-star-no-base", G, "the same without Content-Base", "", _control("*", "{url}", base="")),
        Quirk("control-colon", G, "control:track:1", "", _control("track:1", "{url}/track:1")),
        Quirk("control-blank-inside", G, "control:track 1, taken with %20 or as it is", "", Script(
              controls=("track 1", "x"), accepts=("{url}/track%201", "{url}/track"))),
        Quirk("control-bosch", G, "the picture by &stream=video behind the query (Bosch)", "bluenviron/mediamtx#5116",
              Script(path="/rtsp_tunnel?p=0&inst=2&h26x=5", base="",
              describe=(replace("a=control:*", "a=control:rtsp://127.0.0.1/rtsp_tunnel?p=0&inst=2&h26x=5"),),
              controls=("rtsp://127.0.0.1/rtsp_tunnel?p=0&inst=2&h26x=5&stream=video", "x"),
              accepts=("rtsp://127.0.0.1/rtsp_tunnel?p=0&inst=2&h26x=5&stream=video", "x"))),
        Quirk("control-account", G, "addresses with somebody's account in them", "mpromonet/webrtc-streamer#138",
              _control("rtsp://admin:admin000@127.0.0.1/stream/trackID=1",
              "rtsp://admin:admin000@127.0.0.1/stream/trackID=1")),
        Quirk("base-other-host", G, "Content-Base names another host", "", Script(base="rtsp://10.0.0.5:554/stream/",
              accepts=("rtsp://10.0.0.5:554/stream/track1", "x"))),
        Quirk("base-account", G, "Content-Base has an account in it", "mpromonet/webrtc-streamer#138",
              Script(base="rtsp://u:p@127.0.0.1/stream/", accepts=("rtsp://u:p@127.0.0.1/stream/track1", "x"))),
        Quirk("base-two-lines", G, "Content-Base in two lines", "", Script(answers=(on("DESCRIBE", _base_twice),))),
        Quirk("base-blanks", G, "blanks behind Content-Base", "", Script(base="{url}/   ")),
        Quirk("base-no-port", G, "Content-Base without the port", "Ullaakut/cameradar#213", Script(
              base="rtsp://127.0.0.1/stream/", accepts=("rtsp://127.0.0.1/stream/track1", "x"))),
        Quirk("path-none", G, "the camera's address has no path", "", _path("")),
        Quirk("path-slash", G, "its path is a slash", "", _path("/", "{url}", "{url}track1")),
        Quirk("path-two-slashes", G, "its path begins with two slashes", "", _path("//stream")),
        Quirk("path-slash-behind", G, "its path ends in a slash", "", _path("/stream/", "{url}", "{url}track1")),
        Quirk("path-marks", G, "its path has ( ) ; , = ~ !", "", _path("/cam/real(monitor);ch=1,a~b!c")),
        Quirk("path-escaped", G, "its path has %20 and %2F", "", _path("/live%20view/ch%2F1")),
        Quirk("path-two-question-marks", G, "its address has two question marks", "",
              _path("/cam?channel=1?subtype=0")),
        Quirk("path-plus-colon", G, "its path has + : and @", "", _path("/cam+1/a:b/c@d")),
        Quirk("path-brackets", G, "its path has [1]", "", _path("/cam[1]")),
        Quirk("path-with-account", G, "the account stands in its query (XMEye)", "",
              _path("/user=admin&password=&channel=1&stream=0.sdp?real_stream", "{url}/", "{url}/track1")),
        Quirk("path-long", G, "its path is of 900 letters", "", _path("/" + "p" * 900)),
        Quirk("control-whole-first", G, "control of the whole behind other attributes, with a blank", "",
              Script(describe=(replace("a=control:*\r\n", ""), insert_first("a=tool:x\r\na=control: *")))),
        Quirk("control-below-whole", G, "the whole has an address of its own, and media lie below it", "",
              _below("{url}/")),
        Quirk("control-below-whole-no-base", G, "the same without Content-Base", "", _below("")),
        Quirk("control-root", G, "control:/media/track1, which is below the host", "", _elsewhere("/media/track1")),
        Quirk("control-parent", G, "control:../media/track1, not taken as it is", "", _elsewhere("../media/track1")),
        Quirk("control-dot-joined", G, "control:./track1, not taken as it is", "", _control("./track1",
              "{url}/track1")),
        Quirk("control-no-scheme", G, "control://host/stream/track1", "", _control("//127.0.0.1/stream/track1",
              "rtsp://127.0.0.1/stream/track1")),
    ]  # fmt: skip
