"""Quirks of answers: redirections, statuses, names of sessions, headers, and what the camera asks itself."""

from __future__ import annotations

from collections.abc import Callable

from tests.quirks.catalogue.session import _keep, _keep_ends
from tests.quirks.catalogue.transport import _every
from tests.quirks.edits import everywhere, header, on, slow
from tests.quirks.script import Answer, Quirk, Reply, Request, Script, Talk

G = "session"
_BODY = b"packets_received\r\njitter\r\n"
_TRAP = b"<xml>$\x00\x10\x00 RTSP/1.0 200 OK\r\n</xml>"


def _moved(status: str, method: str = "DESCRIBE", to: str = "{url}2") -> tuple[Answer, ...]:
    """To another path, once for each connection's address."""

    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        if request.url.rstrip("/").endswith("/stream"):
            port = talk.url.split(":")[2].partition("/")[0]
            return Reply(status, [f"Location: {to.format(url=talk.url, port=port)}"])
        return reply

    return (on(method, change),)


def _text(request: Request, reply: Reply, first: str = "") -> bytes:
    lines = [first or f"RTSP/1.0 {reply.status}", f"CSeq: {request.head.get('cseq')}", *reply.lines]
    lines += [f"Content-Length: {len(reply.body)}"] if reply.body else []
    return "\r\n".join([*lines, "", ""]).encode() + reply.body


def _first_line(first: str) -> Callable[[Talk, Request, Reply], Reply]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        if reply.status.startswith("200"):
            reply.raw = _text(request, reply, first)
        return reply

    return change


def _twice(talk: Talk, request: Request, reply: Reply) -> Reply:
    """As the proxy of a cloud camera that hands on its own answer and the camera's."""
    reply.raw = _text(request, reply) * 2
    return reply


def _continued(talk: Talk, request: Request, reply: Reply) -> Reply:
    number = request.head.get("cseq")
    reply.raw = f"RTSP/1.0 100 Continue\r\nCSeq: {number}\r\n\r\n".encode() + _text(request, reply)
    return reply


def _named(name: str) -> tuple[Answer, ...]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        if reply.status.startswith("200"):
            talk.session = name
            reply.put("Session", f"{name};timeout=60")
        return reply

    return (on("SETUP", change),)


def _length(form: str) -> tuple[Answer, ...]:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        return reply.put("Content-Length", form.format(len(reply.body)))

    return (on("DESCRIBE", change),)


def _first_play(status: str, *, hang_up: bool = False) -> tuple[Answer, ...]:
    """The first PLAY of each connection, or of the first one where it hangs up."""

    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        first = talk.number == 1 if hang_up else talk.count["PLAY"] == 1
        return Reply(status, hang_up=hang_up) if first else reply

    return (on("PLAY", change),)


def _odd_bytes(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines.insert(0, "Server: a\x0bb\x1cc\x85d")
    return reply


def _many_headers(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines[:0] = [f"X-Header-{number}: {'v' * 60}" for number in range(150)]
    return reply


def _hikvision(talk: Talk, request: Request, reply: Reply) -> Reply:
    """Dates that are none of RFC 1123, and headers of HTTP."""
    reply.lines += ["Cache-Control: must-revalidate", "Date:  Tue, Dec 01 2026 09:27:13 GMT", "Expires: 0"]
    return reply


def _other_case(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.raw = _text(request, reply).replace(b"CSeq:", b"CSEQ:").replace(b"Session:", b"SESSION:")
    return reply


def _close(talk: Talk, request: Request, reply: Reply) -> Reply:
    """Says that it closes behind each answer, and does not."""
    reply.lines.append("Connection: close")
    return reply


def _ended(line: str, last: str) -> Callable[[Talk, Request, Reply], Reply]:
    """Lines of the head end in ``line``, the empty one behind them in ``last``."""

    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        head, _, body = _text(request, reply).partition(b"\r\n\r\n")
        reply.raw = head.replace(b"\r\n", line.encode()) + f"{line}{last}".encode() + body
        return reply

    return change


def _empty_length(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.lines.insert(0, "Content-Length:")
    reply.raw = _text(request, reply)
    return reply


def _ask(method: str, body: bytes = b"", kind: str = "text/parameters") -> bytes:
    head = f"{method} rtsp://127.0.0.1/stream RTSP/1.0\r\nCSeq: 77\r\n"
    if body:
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def _gone_body(talk: Talk, request: Request, reply: Reply) -> Reply:
    """A web server's page with the refusal."""
    page = b"<html><body>$ Not here</body></html>"
    return Reply("404 Not Found", ["Content-Type: text/html"], body=page) if talk.count["OPTIONS"] == 1 else reply


def rows() -> list[Quirk]:
    slowly = {"seconds": 24.0}
    return [
        Quirk("redirect-301", G, "answers DESCRIBE with 301", "", Script(answers=_moved("301 Moved Permanently"))),
        Quirk("redirect-303", G, "answers it with 303", "", Script(answers=_moved("303 See Other"))),
        Quirk("redirect-307", G, "answers it with 307", "", Script(answers=_moved("307 Temporary Redirect"))),
        Quirk("redirect-308", G, "answers it with 308", "", Script(answers=_moved("308 Permanent Redirect"))),
        Quirk("redirect-options", G, "answers OPTIONS with 301", "yapingcat/gomedia#89",
              Script(answers=_moved("301 Moved Permanently", "OPTIONS"))),
        Quirk("redirect-whole", G, "answers DESCRIBE with 302 and the port in the address", "AlexxIT/go2rtc#1881",
              Script(answers=_moved("302 Moved Temporarily",
              to="rtsp://127.0.0.1:{port}/stream2"))),
        Quirk("redirect-relative", G, "answers DESCRIBE with 302 and Location: /stream2", "",
              Script(answers=_moved("302 Found", to="/stream2"))),
        Quirk("redirect-setup", G, "answers SETUP with 302 to the same address with a slash", "",
              Script(answers=_moved("302 Found", "SETUP"))),
        Quirk("answers-options-twice", G, "answers OPTIONS twice", "media-kit/media-kit#1177",
              Script(answers=(on("OPTIONS", _twice),))),
        Quirk("answers-all-twice", G, "answers each request twice", "", Script(answers=(everywhere(_twice),))),
        Quirk("continue-100", G, "100 Continue ahead of its answers to DESCRIBE and SETUP", "",
              Script(answers=(on("DESCRIBE", _continued), on("SETUP", _continued)))),
        Quirk("continue-100-play", G, "100 Continue ahead of its answer to PLAY", "", Script(answers=(on("PLAY",
              _continued),))),
        Quirk("describe-slow-8", G, "takes eight seconds for DESCRIBE", "", Script(answers=(slow("DESCRIBE", 8),),
              **slowly)),
        Quirk("setup-slow-7", G, "takes seven seconds for SETUP", "", Script(answers=(slow("SETUP", 7),), **slowly)),
        Quirk("play-slow-7", G, "takes seven seconds for PLAY", "", Script(answers=(slow("PLAY", 7),), **slowly)),
        Quirk("all-slow-2", G, "takes two seconds for each answer", "", Script(answers=tuple(slow(method, 2) for method
              in ("OPTIONS", "DESCRIBE", "SETUP", "PLAY")), **slowly)),
        Quirk("session-id-braces", G, "a session's name in braces", "", Script(answers=_named("{4F-3A}"))),
        Quirk("session-id-base64", G, "a session's name of base64", "", Script(answers=_named("aB3/dE+f=="))),
        Quirk("session-id-colon", G, "a session's name with a colon and a comma", "", Script(answers=_named(
              "17:0x8f,3"))),
        Quirk("session-id-quoted", G, "a session's name in quotes", "", Script(answers=_named('"8812"'))),
        Quirk("session-id-percent", G, "a session's name with # % @", "", Script(answers=_named("a#b%20@c"))),
        Quirk("session-timeout-first", G, "names timeout ahead of the session's name in a line of its own", "",
              Script(answers=(header("SETUP", "Session", "{session};timeout=60;timeout=60"),))),
        Quirk("session-timeout-fraction", G, "timeout=60.000000", "", Script(answers=(header("SETUP", "Session",
              "{session};timeout=60.000000"),))),
        Quirk("session-timeout-zero", G, "timeout=0, and means none", "", Script(answers=(header("SETUP", "Session",
              "{session};timeout=0"),))),
        Quirk("session-timeout-long", G, "timeout=4294967295", "", Script(answers=(header("SETUP", "Session",
              "{session};timeout=4294967295"),))),
        Quirk("length-ten-digits", G, "Content-Length of ten digits with zeros ahead", "", Script(answers=_length(
              "{:010d}"))),
        Quirk("length-bytes", G, "Content-Length: 512 bytes", "", Script(answers=_length("{} bytes"))),
        Quirk("length-semicolon", G, "Content-Length: 512;", "", Script(answers=_length("{};"))),
        Quirk("length-plus", G, "Content-Length: +512", "", Script(answers=_length("+{}"))),
        Quirk("public-lower-case", G, "Public in lower case", "", Script(answers=(header("OPTIONS", "Public",
              "options, describe, setup, play, teardown, get_parameter"),))),
        Quirk("header-names-upper", G, "CSEQ and SESSION in capitals", "", Script(answers=(everywhere(_other_case),))),
        Quirk("connection-close", G, "Connection: close in each answer, and stays", "",
              Script(answers=(everywhere(_close),))),
        Quirk("asks-with-body", G, "asks GET_PARAMETER with a body", "", Script(wire=(_every(8, _ask("GET_PARAMETER",
              _BODY)),))),
        Quirk("announces-trap", G, "announces a text that has $ and RTSP/1.0 in it", "", Script(wire=(_every(8,
              _ask("ANNOUNCE", _TRAP, "application/sdp")),))),
        Quirk("asks-redirect", G, "asks REDIRECT now and then, and means nothing", "", Script(wire=(_every(30,
              _ask("REDIRECT")),))),
        Quirk("asks-unknown", G, "asks a method that nobody knows", "", Script(wire=(_every(20, _ask("PING")),))),
        Quirk("status-lower-case", G, "answers `rtsp/1.0 200 ok`", "", Script(answers=(everywhere(_first_line(
              "rtsp/1.0 200 ok")),))),
        Quirk("status-tab", G, "tabs in the first line of its answers", "", Script(answers=(everywhere(_first_line(
              "RTSP/1.0\t200\tOK")),))),
        Quirk("status-blanks", G, "two blanks in the first line of its answers", "", Script(answers=(everywhere(
              _first_line("RTSP/1.0  200  OK")),))),
        Quirk("status-201", G, "answers SETUP with 201", "", Script(answers=(on("SETUP", _first_line(
              "RTSP/1.0 201 Created")),))),
        Quirk("status-250", G, "answers PLAY with 250 Low on Storage Space", "", Script(answers=(on("PLAY",
              _first_line("RTSP/1.0 250 Low on Storage Space")),))),
        Quirk("header-odd-bytes", G, "a header with the bytes 0x0B, 0x1C and 0x85", "", Script(answers=(everywhere(
              _odd_bytes),))),
        Quirk("headers-many", G, "150 headers in each answer", "", Script(answers=(everywhere(_many_headers),))),
        Quirk("headers-of-http", G, "Cache-Control, Expires and a Date of its own form", "Hikvision",
              Script(answers=(everywhere(_hikvision),))),
        Quirk("play-455-once", G, "answers the first PLAY of each connection with 455", "", Script(
              answers=_first_play("455 Method Not Valid in This State"))),
        Quirk("play-500-first", G, "answers the first connection's PLAY with 500 and hangs up", "", Script(
              answers=_first_play("500 Internal Server Error", hang_up=True), seconds=12)),
        Quirk("refusal-with-page", G, "answers the first OPTIONS with 404 and a web page", "", Script(
              answers=(on("OPTIONS", _gone_body),))),
        Quirk("lines-mixed", G, "ends its lines in LF, the empty one in CR LF", "", Script(answers=(everywhere(
              _ended("\n", "\r\n")),))),
        Quirk("lines-cr-cr-lf", G, "ends its lines in CR CR LF", "", Script(answers=(everywhere(_ended("\r\r\n",
              "\r\r\n")),))),
        Quirk("lines-cr", G, "ends its lines in CR", "", Script(answers=(everywhere(_ended("\r", "\r")),))),
        Quirk("length-empty-first", G, "an empty Content-Length ahead of the right one", "", Script(answers=(on(
              "DESCRIBE", _empty_length),))),
        Quirk("keep-options-454", G, "answers OPTIONS with 454 while it plays; GET_PARAMETER counts; timeout=4", "",
              Script(answers=_keep("454 Session Not Found", "OPTIONS"), alive_by=frozenset({"GET_PARAMETER"}),
              timeout=4, seconds=16)),
        Quirk("keep-get-parameter-offered-ends", G, "offers GET_PARAMETER and hangs up at it; timeout=4", "",
              Script(answers=_keep_ends("GET_PARAMETER"), alive_by=frozenset({"OPTIONS"}), timeout=4, seconds=16)),
        Quirk("timeout-4-reports", G, "timeout=4, and only receiver reports count", "", Script(
              alive_by=frozenset({"RTCP"}), timeout=4, seconds=16)),
    ]  # fmt: skip
