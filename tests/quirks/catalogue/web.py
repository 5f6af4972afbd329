"""Quirks of JPEG pictures over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.quirks.accounts import Guard
from tests.quirks.script import Quirk, Request, Script, Web

G = "web"
_PLAIN = 'Digest realm="Camera", nonce="{nonce}"'
_QOP = f'{_PLAIN}, qop="auth", opaque="5ccc069c"'


def _part(
    head: str = "Content-Type: image/jpeg\r\nContent-Length: {size}\r\n", mark: str = "--frame", behind: str = "\r\n"
) -> Callable[[bytes, int], bytes]:
    def part(picture: bytes, number: int) -> bytes:
        lines = head.format(size=len(picture), number=number, short=len(picture) - 2, long=len(picture) + 2)
        return f"{mark}\r\n{lines}\r\n".encode() + picture + behind.encode()

    return part


def _late_mark(picture: bytes, number: int) -> bytes:
    """Tasmota: the delimiter behind each picture."""
    return _part("Content-Type: image/jpeg\r\nContent-Length: {size}\r\n", "", "")(picture, number)[2:] + (
        b"\r\n--frame\r\n"
    )


def _lf(picture: bytes, number: int) -> bytes:
    return b"--frame\nContent-Type: image/jpeg\nContent-Length: %d\n\n%s\n" % (len(picture), picture)


def _bare(picture: bytes, number: int) -> bytes:
    return picture


def _comment(picture: bytes, number: int) -> bytes:
    """A comment in the JPEG that has the delimiter in it."""
    words = b"made by\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n"
    picture = picture[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + picture[2:]
    return _part()(picture, number)


def _thumbnail(picture: bytes, number: int) -> bytes:
    """A smaller JPEG within APP1, whole with its begin and end."""
    small = b"Exif\x00\x00\xff\xd8\xff\xdb\x00\x04\x00\x00\xff\xda\x00\x02ab\xff\xd9"
    picture = picture[:2] + b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small + picture[2:]
    return _part("Content-Type: image/jpeg\r\n")(picture, number)


def _no_end(picture: bytes, number: int) -> bytes:
    return _part()(picture[:-2], number)


def _zeros(picture: bytes, number: int) -> bytes:
    return _part()(picture + bytes(16), number)


def _text_between(picture: bytes, number: int) -> bytes:
    words = b"motion=1\r\n"
    text = b"--frame\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(words), words)
    return text + _part()(picture, number)


def _empty_between(picture: bytes, number: int) -> bytes:
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 0\r\n\r\n\r\n" + _part()(picture, number)


def _moved(status: str, to: str = "/moved") -> Callable[[Request], bytes | None]:
    def answer(request: Request) -> bytes | None:
        if request.url.endswith("/moved"):
            return None
        return f"HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()

    return answer


def _agent(request: Request) -> bytes | None:
    """Serves browsers alone, by Accept."""
    if request.head.get("accept", ""):
        return None
    return b"HTTP/1.1 406 Not Acceptable\r\nContent-Length: 0\r\n\r\n"


def _of(web: Web, **more: Any) -> Script:
    return Script(web=web, film="mjpeg", **more)


def _parts(part: Callable[[bytes, int], bytes], **more: Any) -> Script:
    return _of(Web(part=part, **more))


def _account(*challenge: str, closes: bool = True, **guard: Any) -> Script:
    guard = {"open_to": frozenset(), **guard}
    return _of(Web(closes=closes), account=lambda: Guard(challenge, **guard))


def rows() -> list[Quirk]:
    mixed = "multipart/x-mixed-replace"
    return [
        Quirk("web-plain", G, "no quirk: multipart with lengths", "", _of(Web())),
        Quirk("web-http-1-0", G, "answers as HTTP/1.0", "", _of(Web(first_line="HTTP/1.0 200 OK"))),
        Quirk("web-no-reason", G, "answers `HTTP/1.1 200`", "", _of(Web(first_line="HTTP/1.1 200"))),
        Quirk("web-chunked", G, "in chunks", "", _of(Web(chunked=True))),
        Quirk("web-head-lf", G, "ends the lines of its head in LF", "", _of(Web(end="\n"))),
        Quirk("web-parts-lf", G, "ends the lines of parts in LF", "", _parts(_lf)),
        Quirk("web-mark-behind", G, "the delimiter behind each picture, none ahead of the first",
              "arendst/Tasmota#12376", _parts(_late_mark)),
        Quirk("web-boundary-dashes", G, "says boundary=--frame, and delimits by --frame", "janakj/py-mjpeg#2",
              _of(Web(says=f"{mixed}; boundary=--frame"))),
        Quirk("web-boundary-no-dashes", G, "delimits by `frame` without dashes", "motioneye-project/motioneye#733",
              _parts(_part(mark="frame"))),
        Quirk("web-boundary-quoted", G, 'boundary="frame"', "", _of(Web(says=f'{mixed}; boundary="frame"'))),
        Quirk("web-boundary-other", G, "delimits by another name than it says", "", _parts(_part(mark="--other"))),
        Quirk("web-boundary-unsaid", G, "says no boundary", "ArduPilot/MissionPlanner#3604", _of(Web(says=mixed))),
        Quirk("web-boundary-tight", G, "no blank ahead of boundary", "arendst/Tasmota#12376", _of(Web(
              says=f"{mixed};boundary=frame"))),
        Quirk("web-boundary-upper", G, "Multipart/X-Mixed-Replace; BOUNDARY=frame", "", _of(Web(
              says="Multipart/X-Mixed-Replace; BOUNDARY=frame"))),
        Quirk("web-boundary-charset", G, "charset ahead of boundary", "", _of(Web(
              says=f"{mixed}; charset=utf-8; boundary=frame"))),
        Quirk("web-mixed", G, "multipart/mixed", "", _of(Web(says="multipart/mixed; boundary=frame"))),
        Quirk("web-type-missing", G, "no Content-Type", "ArduPilot/MissionPlanner#3604", _of(Web(says=""))),
        Quirk("web-type-jpeg", G, "says image/jpeg and sends parts", "", _of(Web(says="image/jpeg"))),
        Quirk("web-type-octets", G, "says application/octet-stream and sends parts", "", _of(Web(
              says="application/octet-stream"))),
        Quirk("web-bare", G, "says image/jpeg, and sends one picture behind the other", "", _parts(_bare,
              says="image/jpeg")),
        Quirk("web-bare-mjpeg", G, "says video/x-motion-jpeg, and sends one picture behind the other", "", _parts(_bare,
              says="video/x-motion-jpeg")),
        Quirk("web-part-jpg", G, "parts of image/jpg", "", _parts(_part(
              "Content-Type: image/jpg\r\nContent-Length: {size}\r\n"))),
        Quirk("web-part-type-missing", G, "parts without Content-Type", "", _parts(_part(
              "Content-Length: {size}\r\n"))),
        Quirk("web-part-no-length", G, "parts without Content-Length", "AlexxIT/go2rtc#1833", _parts(_part(
              "Content-Type: image/jpeg\r\n"))),
        Quirk("web-part-no-head", G, "parts without headers", "", _parts(_part(""))),
        Quirk("web-part-length-short", G, "counts each picture two bytes short", "", _parts(_part(
              "Content-Type: image/jpeg\r\nContent-Length: {short}\r\n"))),
        Quirk("web-part-length-long", G, "counts each picture two bytes long", "", _parts(_part(
              "Content-Type: image/jpeg\r\nContent-Length: {long}\r\n"))),
        Quirk("web-part-length-lower", G, "content-length in lower case, without a blank", "", _parts(_part(
              "content-type:image/jpeg\r\ncontent-length:{size}\r\n"))),
        Quirk("web-part-long-head", G, "4 KB of headers in each part", "", _parts(_part(
              "Content-Type: image/jpeg\r\nX-Data: " + "v" * 4096 + "\r\nContent-Length: {size}\r\n"))),
        Quirk("web-part-line-odd", G, "a line without a colon in the head of each part", "", _parts(_part(
              "picture {number}\r\nContent-Type: image/jpeg\r\nContent-Length: {size}\r\n"))),
        Quirk("web-part-tight", G, "no newline between a picture and the delimiter", "", _parts(_part(behind=""))),
        Quirk("web-part-spread", G, "three empty lines between parts", "", _parts(_part(behind="\r\n\r\n\r\n\r\n"))),
        Quirk("web-mark-blanks", G, "blanks behind the delimiter", "", _parts(_part(mark="--frame  "))),
        Quirk("web-comment", G, "the delimiter stands in a comment of the JPEG", "", _parts(_comment)),
        Quirk("web-thumbnail", G, "a smaller JPEG within each, and no lengths", "", _parts(_thumbnail)),
        Quirk("web-no-end", G, "pictures without their end marker", "", _parts(_no_end)),
        Quirk("web-zeros", G, "16 zero bytes behind each picture, counted", "", _parts(_zeros)),
        Quirk("web-text-between", G, "a part of text ahead of each picture", "", _parts(_text_between)),
        Quirk("web-empty-between", G, "an empty part ahead of each picture", "", _parts(_empty_between)),
        Quirk("web-redirect", G, "answers 302 to another path", "", _of(Web(answer=_moved("302 Found")))),
        Quirk("web-redirect-307", G, "answers 307 to another path", "", _of(Web(answer=_moved(
              "307 Temporary Redirect")))),
        Quirk("web-redirect-relative", G, "answers 302 to a path without a slash", "", _of(Web(answer=_moved(
              "302 Found", "moved")))),
        Quirk("web-accept", G, "serves whoever says Accept", "", _of(Web(answer=_agent))),
        Quirk("web-basic", G, "Basic", "", _account('Basic realm="x"', basic=True, digest=False)),
        Quirk("web-digest", G, "Digest with qop and opaque", "", _account(_QOP, needs=("nc", "cnonce", "opaque"))),
        Quirk("web-digest-plain", G, "Digest without qop", "", _account(_PLAIN)),
        Quirk("web-digest-stays", G, "Digest, and the connection stays", "", _account(_QOP, closes=False)),
        Quirk("web-digest-basic", G, "Digest, then Basic; takes Digest", "", _account(_QOP, 'Basic realm="Camera"')),
        Quirk("web-basic-digest", G, "Basic, then Digest; takes Digest", "", _account('Basic realm="Camera"', _QOP)),
        Quirk("web-digest-sha256", G, "Digest of SHA-256", "", _account(f"{_QOP}, algorithm=SHA-256",
              algorithm="SHA-256")),
        Quirk("web-closes-each-5-s", G, "closes each five seconds", "", _of(Web(), lasts=5, seconds=22)),
        Quirk("web-one-picture-each-5-s", G, "one picture each five seconds", "", _of(Web(), fps=0.2, seconds=44)),
    ]  # fmt: skip
