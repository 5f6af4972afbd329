"""A hostile camera: speaks just enough RTSP or HTTP to be listened to, then sends what it should not.

``hostile(seed)`` is a server on 127.0.0.1 for one connection, in a thread. What it does wrong follows from the seed:
noise, changed bytes in the answers, in the session description or in the media, lengths that lie, endless headers,
words in no encoding, silence, and an end in the middle. The media is a real clip, in RTP over the RTSP connection, so
that much of it is taken in before something breaks.
"""

from __future__ import annotations

import base64
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterator
from fractions import Fraction

from appliance.api import split_nals
from tests.peers.clips import Clip

PATIENCE_SECONDS = 8.0
WRONGS = (
    "answer-noise", "answer-changed", "sdp-changed", "sdp-noise", "sdp-latin", "length-lies", "header-endless",
    "media-noise", "media-changed", "media-inserted", "media-cut", "media-flood", "rtp-changed", "silence", "redirect",
)  # fmt: skip
HTTP_WRONGS = ("answer-noise", "answer-changed", "header-endless", "part-changed", "part-noise", "length-lies", "cut")


@contextlib.contextmanager
def hostile(seed: int, clip: Clip, *, http: bool = False) -> Iterator[tuple[int, str]]:
    """Gives the port and what will be wrong."""
    random_ = random.Random(seed)
    wrong = random_.choice(HTTP_WRONGS if http else WRONGS)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_SECONDS)
        speak = _http if http else _rtsp
        thread = threading.Thread(target=_serve, args=(listener, speak, random_, wrong, clip), daemon=True)
        thread.start()
        yield listener.getsockname()[1], wrong


def mutate(random_: random.Random, data: bytes, share: float = 0.01) -> bytes:
    """``data`` with some bytes changed, inserted, removed or repeated."""
    out = bytearray(data)
    for _ in range(max(1, int(len(out) * share))):
        if not out:
            break
        at = random_.randrange(len(out))
        match random_.randrange(5):
            case 0:
                out[at] ^= 1 << random_.randrange(8)
            case 1:
                out[at] = random_.choice((0, 0xFF, 0x7F, 0x80, random_.randrange(256)))
            case 2:
                out[at:at] = random_.randbytes(random_.randrange(1, 9))
            case 3:
                del out[at : at + random_.randrange(1, 9)]
            case _:
                out[at:at] = out[at : at + random_.randrange(1, 64)]
    return bytes(out)


def _serve(listener: socket.socket, speak: object, random_: random.Random, wrong: str, clip: Clip) -> None:
    with contextlib.suppress(OSError):
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE_SECONDS)
            speak(connection, random_, wrong, clip)  # type: ignore[operator]


def _request(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(4096)
        if not more:
            raise OSError("gone")
        data += more
    return data.decode("latin-1")


def _sdp(clip: Clip) -> str:
    sets = [unit for unit in split_nals(clip.video[0]) if unit[0] & 0x1F in (7, 8)]
    sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=hostile\r\nt=0 0\r\na=control:*\r\n"
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop};profile-level-id={sets[0][1:4].hex()}\r\n"
        "a=control:v\r\n"
        "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:a\r\n"
    )


def _rtp(clip: Clip) -> Iterator[tuple[int, bytes]]:
    """(channel, RTP packet): RFC 6184 single units and FU-A, and G.711."""
    sequence = 0
    for number, unit in enumerate(clip.video * 3):
        nals = list(split_nals(unit))
        for at, nal in enumerate(nals):
            pieces = [nal]
            if len(nal) > 1300:
                indicator, kind = nal[0] & 0xE0 | 28, nal[0] & 0x1F
                body = [nal[start : start + 1300] for start in range(1, len(nal), 1300)]
                pieces = [
                    bytes((indicator, kind | (0x80 if not i else 0) | (0x40 if i == len(body) - 1 else 0))) + part
                    for i, part in enumerate(body)
                ]
            for i, piece in enumerate(pieces):
                marker = 0x80 if at == len(nals) - 1 and i == len(pieces) - 1 else 0
                yield 0, struct.pack(">BBHII", 0x80, 96 | marker, sequence & 0xFFFF, number * 6000, 7) + piece
                sequence += 1
        yield 2, struct.pack(">BBHII", 0x80, 8, number & 0xFFFF, number * 533, 9) + b"\xd5" * 533


def _rtsp(connection: socket.socket, random_: random.Random, wrong: str, clip: Clip) -> None:
    spoil_at = random_.randrange(4)
    for step in range(20):
        request = _request(connection)
        method = request.split(" ", 1)[0]
        number = next((line[5:].strip() for line in request.split("\r\n") if line.lower().startswith("cseq:")), "1")
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n"
        body = b""
        if method == "OPTIONS":
            head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "DESCRIBE":
            body = _spoilt_sdp(random_, wrong, clip)
            length = random_.choice((0, 1, 10**6, 2**31 - 1, 2**63, -1)) if wrong == "length-lies" else len(body)
            head += f"Content-Type: application/sdp\r\nContent-Length: {length}\r\n"
        elif method == "SETUP":
            channels = "0-1" if "/v " in request.split("\r\n", 1)[0] else "2-3"
            head += f"Session: 1234;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved={channels}\r\n"
        elif method == "PLAY":
            head += "Session: 1234\r\nRange: npt=0-\r\n"
        answer = head.encode() + b"\r\n" + body
        if step >= spoil_at and wrong == "redirect":
            answer = f"RTSP/1.0 302 Moved\r\nCSeq: {number}\r\nLocation: file:///etc/hostname\r\n\r\n".encode()
        if step >= spoil_at and wrong == "answer-noise":
            answer = random_.randbytes(random_.randrange(1, 5000))
        if step >= spoil_at and wrong == "answer-changed":
            answer = mutate(random_, answer, 0.03)
        if step >= spoil_at and wrong == "header-endless":
            for _ in range(200):
                connection.sendall(b"X-More: " + b"a" * 8000 + b"\r\n")
        connection.sendall(answer)
        if method == "PLAY":
            _media(connection, random_, wrong, clip)
            return


def _spoilt_sdp(random_: random.Random, wrong: str, clip: Clip) -> bytes:
    body = _sdp(clip).encode()
    if wrong == "sdp-changed":
        return mutate(random_, body, 0.03)
    if wrong == "sdp-noise":
        return random_.randbytes(random_.randrange(0, 20_000))
    if wrong == "sdp-latin":
        return body.replace(b"s=hostile", b"s=\xc4\xe3\xba\xc3\xff\xfe").replace(
            b"m=audio", b"i=\xa4\xa4\xa4\xe5\r\nm=audio"
        )
    return body


def _media(connection: socket.socket, random_: random.Random, wrong: str, clip: Clip) -> None:
    if wrong == "silence":
        with contextlib.suppress(OSError):
            connection.recv(4096)
        return
    begin = random_.randrange(200)
    for number, (channel, packet) in enumerate(_rtp(clip)):
        framed = b"$" + bytes((channel,)) + len(packet).to_bytes(2, "big") + packet
        if number >= begin:
            if wrong == "media-noise":
                framed = random_.randbytes(len(framed))
            elif wrong == "media-changed":
                framed = mutate(random_, framed, 0.003)
            elif wrong == "media-inserted" and random_.random() < 0.05:
                framed += random_.randbytes(random_.randrange(1, 3000))
            elif wrong == "media-cut" and random_.random() < 0.05:
                framed = framed[: random_.randrange(len(framed))]
                connection.sendall(framed)
                return
            elif wrong == "media-flood":
                framed *= 30
            elif wrong == "rtp-changed":
                spoilt = mutate(random_, packet, 0.01)[:65535]
                framed = b"$" + bytes((channel,)) + len(spoilt).to_bytes(2, "big") + spoilt
        connection.sendall(framed)


def _http(connection: socket.socket, random_: random.Random, wrong: str, clip: Clip) -> None:
    _request(connection)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
    if wrong == "answer-noise":
        head = random_.randbytes(3000)
    elif wrong == "answer-changed":
        head = mutate(random_, head, 0.05)
    elif wrong == "header-endless":
        head = head[:-2] + b"X-More: " + b"a" * 2_000_000 + b"\r\n\r\n"
    connection.sendall(head)
    picture = jpeg()
    for number in range(40):
        size = len(picture)
        part = picture
        if number > 5:
            if wrong == "part-changed":
                part = mutate(random_, picture, 0.02)
            elif wrong == "part-noise":
                part = random_.randbytes(size)
            elif wrong == "length-lies":
                size = random_.choice((-1, 0, 1, 10**9, 2**63))
            elif wrong == "cut":
                part = picture[: random_.randrange(size)]
        connection.sendall(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % size + part + b"\r\n")
        if wrong == "cut" and number > 5:
            return


def jpeg(width: int = 64, height: int = 48) -> bytes:
    """A small picture."""
    import av
    import numpy as np

    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 120, np.uint8), format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
