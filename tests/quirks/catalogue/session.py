"""Quirks of the talk: sessions, signs of life, answers that are not as RFC 2326 has them."""

from __future__ import annotations

from tests.quirks.edits import everywhere, header, on, refuse, slow, status, without_header
from tests.quirks.script import Answer, Quirk, Reply, Request, Script, Talk

G = "session"
_ONLY = frozenset
_BARE = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"


def _wrong_number(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.status = "400 Bad Request"
    number = int(request.head.get("cseq", "1")) - 1
    reply.raw = f"RTSP/1.0 400 Bad Request\r\nCSeq: {number}\r\n\r\n".encode()
    return reply


def _no_answer(talk: Talk, request: Request, reply: Reply) -> None:
    return None


def _number(number: str) -> Answer:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        line = f"CSeq: {number}\r\n" if number else ""
        body = f"Content-Length: {len(reply.body)}\r\n" if reply.body else ""
        lines = "".join(f"{each}\r\n" for each in reply.lines)
        reply.raw = f"RTSP/1.0 {reply.status}\r\n{line}{body}{lines}\r\n".encode() + reply.body
        return reply

    return everywhere(change)


def _lf(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.end = "\n"
    return reply


def _ahead(junk: bytes) -> Answer:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        head = [f"RTSP/1.0 {reply.status}", f"CSeq: {request.head.get('cseq')}", *reply.lines]
        head += [f"Content-Length: {len(reply.body)}"] if reply.body else []
        reply.raw = junk + "\r\n".join([*head, "", ""]).encode() + reply.body
        return reply

    return everywhere(change)


def _raw_head(first: str) -> Answer:
    """Another first line."""

    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        if not reply.status.startswith("200"):
            return reply
        head = [first, f"CSeq: {request.head.get('cseq')}", *reply.lines]
        head += [f"Content-Length: {len(reply.body)}"] if reply.body else []
        reply.raw = "\r\n".join([*head, "", ""]).encode() + reply.body
        return reply

    return everywhere(change)


def _length(more: int) -> Answer:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        return reply.put("Content-Length", str(len(reply.body) + more))

    return on("DESCRIBE", change)


def _no_length(talk: Talk, request: Request, reply: Reply) -> Reply:
    head = [f"RTSP/1.0 {reply.status}", f"CSeq: {request.head.get('cseq')}", *reply.lines]
    reply.raw = "\r\n".join([*head, "", ""]).encode() + reply.body
    return reply


def _chunked(talk: Talk, request: Request, reply: Reply) -> Reply:
    half = len(reply.body) // 2
    parts = (reply.body[:half], reply.body[half:], b"")
    reply.body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return reply.put("Transfer-Encoding", "chunked")


def _folded(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines = [line.replace("Transport: ", "Transport:\r\n ") for line in reply.lines]
    return reply


def _lower(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines = [f"{name.lower()}:{value}" for name, _, value in (line.partition(":") for line in reply.lines)]
    return reply


def _tight(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines = [f"{name}:{value.strip()}" for name, _, value in (line.partition(":") for line in reply.lines)]
    return reply


def _spaced(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines = [f"{name} : {value.strip()} " for name, _, value in (line.partition(":") for line in reply.lines)]
    return reply


def _no_colon(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines.insert(0, "a line that is no header")
    return reply


def _empty_value(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines.insert(0, "Server:")
    return reply


def _later_session(talk: Talk, request: Request, reply: Reply) -> Reply:
    return reply.put("Session", "99887766;timeout=60") if talk.count["SETUP"] > 1 else reply


def _needs_options(talk: Talk, request: Request, reply: Reply) -> Reply:
    return reply if talk.count.get("OPTIONS") else Reply("405 Method Not Allowed")


def _needs_no_options(talk: Talk, request: Request, reply: Reply) -> Reply:
    return Reply("551 Option not supported") if request.head.get("require") else reply


def _keep_ends(*methods: str) -> tuple[Answer, ...]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        return Reply("405 Method Not Allowed", hang_up=True) if talk.playing else reply

    return tuple(on(method, change) for method in methods)


def _keep(words: str, *methods: str) -> tuple[Answer, ...]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply | None:
        if not talk.playing:
            return reply
        return Reply(words) if words else None

    return tuple(on(method, change) for method in methods)


def rows() -> list[Quirk]:
    short = {"timeout": 3, "seconds": 14.0}
    return [
        Quirk("timeout-3", G, "session ends after timeout=3 without a request or report", "deepch/vdk#30",
              Script(**short)),
        Quirk("timeout-8", G, "timeout=8, as some Hikvision", "bluenviron/gortsplib#94", Script(timeout=8, seconds=25)),
        Quirk("timeout-10-options", G, "timeout=10, and only OPTIONS counts", "bluenviron/mediamtx#1066",
              Script(timeout=10, alive_by=_ONLY({"OPTIONS"}), seconds=30)),
        Quirk("timeout-15", G, "timeout=15, as Tapo; a report does not count", "scottlamb/retina#136",
              Script(timeout=15, alive_by=_ONLY({"OPTIONS", "GET_PARAMETER"}), seconds=36)),
        Quirk("timeout-unsaid", G, "ends a session after 20 s and says no timeout; requests count",
              "bluenviron/mediamtx#1403",
              Script(timeout=20, says_timeout=False, alive_by=_ONLY({"OPTIONS", "GET_PARAMETER"}), seconds=44)),
        Quirk("timeout-unsaid-60", G, "the default of 60 s, unsaid; only requests count", "AlexxIT/go2rtc#289",
              Script(timeout=60, says_timeout=False, alive_by=_ONLY({"OPTIONS", "GET_PARAMETER"}), seconds=72)),
        Quirk("timeout-reports-count", G, "timeout=6, and only receiver reports count", "bluenviron/mediamtx#1403",
              Script(timeout=6, alive_by=_ONLY({"RTCP"}), seconds=20)),
        Quirk("timeout-spaces", G, "writes `; timeout = 4`", "",
              Script(timeout=4, seconds=14, answers=(header("SETUP", "Session", "{session} ; timeout = 4"),))),
        Quirk("timeout-no-number", G, "writes `timeout=` with no number", "",
              Script(answers=(header("SETUP", "Session", "{session};timeout="),))),
        Quirk("keep-get-parameter-ends", G, "hangs up at GET_PARAMETER, which it does not offer; timeout=3", "",
              Script(public=_BARE, answers=_keep_ends("GET_PARAMETER", "SET_PARAMETER"), **short)),
        Quirk("keep-get-parameter-lies", G, "offers GET_PARAMETER and answers 501 to it; OPTIONS counts; timeout=4", "",
              Script(answers=_keep("501 Not Implemented", "GET_PARAMETER"), alive_by=_ONLY({"OPTIONS"}), timeout=4,
                     seconds=16)),
        Quirk("keep-get-parameter-454", G, "answers GET_PARAMETER with 454; OPTIONS counts; timeout=4", "",
              Script(answers=_keep("454 Session Not Found", "GET_PARAMETER"), alive_by=_ONLY({"OPTIONS"}), timeout=4,
                     seconds=16)),
        Quirk("keep-get-parameter-400", G, "answers it with 400 and the number before", "scottlamb/retina#133",
              Script(answers=(on("SET_PARAMETER", _wrong_number), on("GET_PARAMETER", _in_play(_wrong_number))),
                     alive_by=_ONLY({"OPTIONS"}), timeout=4, seconds=16)),
        Quirk("keep-counts-not", G, "answers GET_PARAMETER with 200, and only OPTIONS counts; timeout=4", "",
              Script(alive_by=_ONLY({"OPTIONS"}), timeout=4, seconds=16)),
        Quirk("keep-only-get-parameter", G, "only GET_PARAMETER counts; timeout=4", "",
              Script(alive_by=_ONLY({"GET_PARAMETER"}), timeout=4, seconds=16)),
        Quirk("keep-options-ends", G, "hangs up at OPTIONS while it plays; GET_PARAMETER counts; timeout=4", "",
              Script(answers=_keep_ends("OPTIONS"), alive_by=_ONLY({"GET_PARAMETER"}), timeout=4, seconds=16)),
        Quirk("keep-unanswered", G, "answers no sign of life, which counts all the same; timeout=4", "",
              Script(answers=_keep("", "OPTIONS", "GET_PARAMETER"), timeout=60, seconds=12)),
        Quirk("session-id-odd", G, "a session's name with $ - _ . +", "",
              Script(answers=_named("a$b-c_d.e+f"))),
        Quirk("session-id-long", G, "a session's name of 200 letters", "", Script(answers=_named("a1" * 100))),
        Quirk("session-id-spaces", G, "a session's name with blanks around it", "AlexxIT/go2rtc#231",
              Script(answers=(header("SETUP", "Session", "   {session}   "),))),
        Quirk("header-tight", G, "no blank behind the colons of its headers", "", Script(answers=(everywhere(_tight),
              ))),
        Quirk("session-wrong-answer", G, "names a session with a blank and its timeout in a form of its own",
              "AlexxIT/go2rtc#382", Script(answers=(header("SETUP", "Session", "{session} timeout=60"),))),
        Quirk("session-unsaid-later", G, "names the session with the first SETUP alone", "",
              Script(sound="alaw", answers=(without_header("SETUP", "Session", count=2), without_header("PLAY",
              "Session")))),
        Quirk("session-another", G, "names another session with the second SETUP and keeps the first", "",
              Script(sound="alaw", answers=(on("SETUP", _later_session),))),
        Quirk("session-none", G, "names no session", "AlexxIT/go2rtc#231", Script(answers=_anonymous())),
        Quirk("options-first", G, "answers DESCRIBE only after OPTIONS", "", Script(answers=(on("DESCRIBE",
              _needs_options),))),
        Quirk("options-501", G, "knows no OPTIONS", "", Script(answers=(status("OPTIONS", "501 Not Implemented"),))),
        Quirk("options-404", G, "answers OPTIONS with 404", "", Script(answers=(status("OPTIONS", "404 Not Found"),))),
        Quirk("options-hangs-up", G, "hangs up at OPTIONS", "", Script(answers=(refuse("OPTIONS", "400 Bad Request"),
              ))),
        Quirk("options-unanswered", G, "never answers OPTIONS", "", Script(answers=(on("OPTIONS", _no_answer),),
              seconds=16)),
        Quirk("options-no-public", G, "answers OPTIONS without Public", "", Script(answers=(without_header("OPTIONS",
              "Public"),))),
        Quirk("public-no-spaces", G, "Public without spaces, in several lines", "",
              Script(answers=(header("OPTIONS", "Public",
              "OPTIONS,DESCRIBE,SETUP\r\nPublic: PLAY,TEARDOWN,GET_PARAMETER"),))),
        Quirk("require-551", G, "answers whatever has Require with 551", "bluenviron/mediamtx#34",
              Script(answers=(on("DESCRIBE", _needs_no_options),))),
        Quirk("lf-only", G, "ends its lines in LF", "", Script(answers=(everywhere(_lf),))),
        Quirk("empty-line-ahead", G, "an empty line ahead of each answer", "", Script(answers=(_ahead(b"\r\n"),))),
        Quirk("two-empty-lines-ahead", G, "two empty lines ahead of each answer", "",
              Script(answers=(_ahead(b"\r\n\r\n"),))),
        Quirk("junk-ahead", G, "bytes that are nothing ahead of each answer", "",
              Script(answers=(_ahead(b"\x00\x00\xff"),))),
        Quirk("cseq-missing", G, "answers without CSeq", "", Script(answers=(_number(""),))),
        Quirk("cseq-zero", G, "answers with CSeq 0", "blakeblackshear/frigate#7199", Script(answers=(_number("0"),))),
        Quirk("cseq-leading-zeros", G, "answers with CSeq 0005", "", Script(answers=(_number("0005"),))),
        Quirk("rtsp-2", G, "answers as RTSP/2.0", "", Script(answers=(_raw_head("RTSP/2.0 200 OK"),))),
        Quirk("reason-missing", G, "answers `RTSP/1.0 200` without OK", "", Script(answers=(_raw_head("RTSP/1.0 200"),
              ))),
        Quirk("reason-long", G, "answers `RTSP/1.0 200 OK, stream is there`", "",
              Script(answers=(_raw_head("RTSP/1.0 200 OK, stream is there"),))),
        Quirk("http-answer", G, "answers as HTTP/1.1 200 OK", "", Script(answers=(_raw_head("HTTP/1.1 200 OK"),))),
        Quirk("length-missing", G, "gives no Content-Length with its description", "", Script(answers=(on("DESCRIBE",
              _no_length),))),
        Quirk("length-too-long", G, "counts its description 30 bytes too long", "", Script(answers=(_length(30),))),
        Quirk("length-too-short", G, "counts its description 2 bytes too short", "", Script(answers=(_length(-2),))),
        Quirk("length-zero-elsewhere", G, "Content-Length: 0 in every other answer", "",
              Script(answers=(header("SETUP", "Content-Length", "0"), header("PLAY", "Content-Length", "0")))),
        Quirk("length-twice", G, "Content-Length twice", "", Script(answers=(on("DESCRIBE", _twice),))),
        Quirk("chunked", G, "sends its description in chunks", "", Script(answers=(on("DESCRIBE", _chunked),))),
        Quirk("header-folded", G, "folds Transport over two lines", "", Script(answers=(on("SETUP", _folded),))),
        Quirk("header-lower", G, "headers in lower case", "", Script(answers=(everywhere(_lower),))),
        Quirk("header-spaced", G, "blanks ahead of the colons", "", Script(answers=(everywhere(_spaced),))),
        Quirk("header-no-colon", G, "a line without a colon in each answer", "",
              Script(answers=(everywhere(_no_colon),))),
        Quirk("header-empty", G, "a header with no value", "bluenviron/mediamtx#368",
              Script(answers=(everywhere(_empty_value),))),
        Quirk("content-type-odd", G, "Content-Type: application/sdp; charset=utf-8", "",
              Script(answers=(header("DESCRIBE", "Content-Type", "application/sdp; charset=utf-8"),))),
        Quirk("content-type-missing", G, "no Content-Type", "", Script(answers=(without_header("DESCRIBE",
              "Content-Type"),))),
        Quirk("content-type-wrong", G, "Content-Type: text/plain", "", Script(answers=(header("DESCRIBE",
              "Content-Type", "text/plain"),))),
        Quirk("describe-slow", G, "takes three seconds for DESCRIBE", "", Script(answers=(slow("DESCRIBE", 3),),
              seconds=12)),
        Quirk("setup-slow", G, "takes three seconds for SETUP", "", Script(answers=(slow("SETUP", 3),), seconds=12)),
        Quirk("play-unanswered", G, "plays and never answers PLAY", "", Script(answers=(on("PLAY", _no_answer),),
              seconds=12)),
        Quirk("play-late-answer", G, "answers PLAY after its first packets", "", Script(answers=(on("PLAY",
              _late_play),))),
        Quirk("play-range-odd", G, "answers PLAY with Range: npt=-", "", Script(answers=(header("PLAY", "Range",
              "npt=-"),))),
        Quirk("play-no-session", G, "answers PLAY without Session", "", Script(answers=(without_header("PLAY",
              "Session"),))),
        Quirk("late-first-packet", G, "sends the first packet three seconds after PLAY", "", Script(late=3.0,
              seconds=13)),
        Quirk("late-first-packet-6", G, "sends it six seconds after PLAY", "", Script(late=6.0, seconds=18)),
        Quirk("redirect", G, "answers DESCRIBE with 302 to another path of its own", "",
              Script(answers=(on("DESCRIBE", _moved),))),
    ]  # fmt: skip


def _in_play(change):  # type: ignore[no-untyped-def]
    return lambda talk, request, reply: change(talk, request, reply) if talk.playing else reply


def _named(name: str) -> tuple[Answer, ...]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        talk.session = name
        return reply.put("Session", f"{name};timeout=60") if reply.status.startswith("200") else reply

    return (on("SETUP", change),)


def _anonymous() -> tuple[Answer, ...]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        talk.session = ""
        return reply.without("Session")

    return (on("SETUP", change), on("PLAY", change))


def _twice(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines += [f"Content-Length: {len(reply.body)}", f"Content-length: {len(reply.body)}"]
    return reply


def _late_play(talk: Talk, request: Request, reply: Reply) -> Reply:
    from tests.quirks.catalogue.transport import _early

    return _early(talk, request, reply)


def _moved(talk: Talk, request: Request, reply: Reply) -> Reply:
    if request.url.endswith("/stream"):
        return Reply("302 Moved Temporarily", [f"Location: {talk.url}2"])
    return reply
