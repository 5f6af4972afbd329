"""RTSP messages in a stream of bytes, as cameras write them and not only as RFC 2326 has them. Pure.

Lines may end in LF alone, in CR alone or in several CRs and LF, an empty line may come ahead, a length may be empty or
wrong by what follows, a body may be chunked.
Not a plugin; ``client.py`` and ``source.py`` read with it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["MAX_MESSAGE_BYTES", "Answer", "Request", "begins_message", "has_head", "message_end", "parsed"]

MAX_MESSAGE_BYTES = 192 << 10
_STATUS = re.compile(r"RTSP/\d+\.\d+\s+(\d{3})\b", re.IGNORECASE)
_LENGTH = re.compile(r"\+?0*(\d{1,6})(?!\d)")
"""Some cameras write a sign, zeros or a unit around it."""
_HEAD_END = re.compile(rb"\n\r*\n|\r[^\r\n]+\r\r")
"""An empty line, however many CR lines end in ahead of LF; or one among lines that end in CR alone."""
_FIRST_WORDS = (
    b"RTSP/", b"OPTIONS ", b"DESCRIBE ", b"ANNOUNCE ", b"GET_PARAMETER ", b"SET_PARAMETER ", b"REDIRECT ", b"TEARDOWN ",
    b"PLAY_NOTIFY ", b"PLAY ", b"PAUSE ", b"SETUP ", b"RECORD ",
)  # fmt: skip
_LONGEST_WORD = max(map(len, _FIRST_WORDS))


class Answer(NamedTuple):
    """``head``: values by lower-case name, in order."""

    status: int
    head: dict[str, list[str]]
    body: bytes

    def one(self, name: str) -> str:
        return self.head.get(name, [""])[0]


class Request(NamedTuple):
    """What a camera asks: its method, and the number that the reply repeats."""

    method: str
    sequence: str


def begins_message(data: bytes | bytearray, at: int, fill: int) -> bool:
    """Whether a message begins at ``at``, or may begin there as far as its bytes have come."""
    start = bytes(data[at : min(fill, at + _LONGEST_WORD)])
    start = start.upper() if start[:5].lower() == b"rtsp/" else start
    return any(start.startswith(word) or word.startswith(start) for word in _FIRST_WORDS)


def message_end(data: bytes | bytearray, at: int, fill: int) -> int | None:
    """Where the message or packet that begins at ``at`` ends; 0 when it is not whole yet, None when it is nonsense."""
    while at < fill and data[at] in b"\r\n":
        at += 1
    if at >= fill:
        return 0
    if data[at] == 0x24:  # "$": a packet between messages
        end = at + 4 + (data[at + 2] << 8 | data[at + 3]) if fill - at >= 4 else fill + 1
        return end if end <= fill else 0
    if not begins_message(data, at, fill):
        return None
    head = _head_end(data, at, fill)
    if not head:
        return 0 if fill - at <= MAX_MESSAGE_BYTES else None
    lines = _lines(bytes(data[at:head]))[1]
    if "chunked" in lines.get("transfer-encoding", [""])[0].lower():
        return _chunks_end(data, head, fill)
    said = lines.get("content-length", ["0"])
    length = next(filter(None, map(_LENGTH.match, said)), None)
    if length is None or head + int(length[1]) - at > MAX_MESSAGE_BYTES:
        return None
    return _body_end(data, head, head + int(length[1]), fill)


def has_head(data: bytes | bytearray) -> bool:
    """Whether an answer begins here whose head is whole."""
    start = len(data) - len(data.lstrip(b"\r\n"))
    return data[start : start + 5] == b"RTSP/" and _head_end(data, start, len(data)) > 0


def _head_end(data: bytes | bytearray, at: int, fill: int) -> int:
    """Behind the empty line; 0 when it has not come."""
    found = _HEAD_END.search(data, at, fill)
    return found.end() if found else 0


def _body_end(data: bytes | bytearray, head: int, end: int, fill: int) -> int:
    """A length that reaches into the next answer is too long: the body ends where that begins."""
    early = data.find(b"\nRTSP/1.", head, min(end, fill))
    if early >= 0:
        return early + 1
    return end if end <= fill else 0


def _chunks_end(data: bytes | bytearray, at: int, fill: int) -> int | None:
    """Behind the last chunk (RFC 9112 section 7.1)."""
    start = at
    while True:
        line = data.find(b"\n", at, fill)
        if line < 0:
            return 0 if fill - start <= MAX_MESSAGE_BYTES else None
        size = _size(bytes(data[at:line]))
        if size is None or line + 1 + size - start > MAX_MESSAGE_BYTES:
            return None
        at = line + 1 + size
        if at + 2 > fill:
            return 0
        at += 2 if data[at : at + 2] == b"\r\n" else 1
        if not size:
            return at


def _size(line: bytes) -> int | None:
    text = line.partition(b";")[0].strip()
    try:
        return int(text, 16) if 0 < len(text) <= 6 else None
    except ValueError:
        return None


def parsed(message: bytes) -> Answer | Request | None:
    """A whole message; None for a packet, or what is neither."""
    message = message.lstrip(b"\r\n")
    if not message or message[0] == 0x24:
        return None
    end = _head_end(message, 0, len(message))
    first, lines = _lines(message[:end])
    if status := _STATUS.match(first):
        body = message[end:]
        if "chunked" in lines.get("transfer-encoding", [""])[0].lower():
            body = _joined(body)
        return Answer(int(status[1]), lines, body)
    return Request(first.partition(" ")[0], lines.get("cseq", [""])[0])


def _joined(body: bytes) -> bytes:
    found, at = b"", 0
    while (line := body.find(b"\n", at)) >= 0:
        size = _size(body[at:line]) or 0
        if not size:
            break
        found += body[line + 1 : line + 1 + size]
        at = line + 1 + size
        at += 2 if body[at : at + 2] == b"\r\n" else 1
    return found


def _lines(head: bytes) -> tuple[str, dict[str, list[str]]]:
    first, *rest = head.decode(errors="replace").strip("\r\n").splitlines() or [""]
    lines: dict[str, list[str]] = {}
    values: list[str] = []
    for line in rest:
        if line[:1] in (" ", "\t") and values:  # goes on with the header before it
            values[-1] = f"{values[-1]} {line.strip()}".strip()
            continue
        name, colon, value = line.partition(":")
        if colon:
            values = lines.setdefault(name.strip().lower(), [])
            values.append(value.strip())
    return first, lines
