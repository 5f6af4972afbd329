"""Makes ``segment/*.json``: segment files with the outcome that every reader must come to.

Run it from the root of the checkout: ``python -m tests.vectors.make_segment_vectors``. It shares no code with the
package: the schedule is RFC 5869's HKDF-Expand by ``hmac``, the layout is written out from ``docs/spec/segment.md``.
Everything is derived from fixed words, so the files come out the same each time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

DIRECTORY = Path(__file__).parent / "segment"
CIPHERS = {1: (AESGCM, b"AEAD_AES_256_GCM"), 2: (ChaCha20Poly1305, b"AEAD_CHACHA20_POLY1305")}


def drawn(words: str, size: int) -> bytes:
    return hashlib.shake_256(words.encode()).digest(size)


def hkdf_expand(key: bytes, info: bytes, size: int) -> bytes:
    out, block = b"", b""
    for number in range(1, -(-size // 32) + 1):
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        out += block
    return out[:size]


KEY = drawn("bucket key", 32)
CLEAR = {"suite": 1, "appliance": drawn("appliance", 16), "bucket": drawn("bucket", 16), "number": 7}
FRAMES = ((0, 0, 0, b"streams"), (1, 1, 0, b"a fragment that starts with a key frame"), (1, 0, 512, b"P" * 100))


@dataclass
class Built:
    """A segment in its parts. ``frames`` are whole frames; change a part, then call :meth:`bytes`."""

    header: bytes
    frames: list[bytes]
    footer: bytes
    trailer: bytes
    plaintexts: list[bytes] = field(default_factory=list)

    def bytes(self) -> bytes:
        return self.header + b"".join(self.frames) + self.footer + self.trailer


def clear_header(suite: int, appliance: bytes, bucket: bytes, number: int, salt: bytes) -> bytes:
    return (
        b"ORSEG001" + struct.pack(">HBBI", 128, suite, 0, 8 << 20) + appliance + bucket + struct.pack(">Q", number)
        + salt + bytes(16)
    )  # fmt: skip


def schedule(key: bytes, suite: int, clear: bytes) -> tuple[Any, int, bytes]:
    cipher, name = CIPHERS[suite]
    derived = hkdf_expand(key, b"office-recorder/segment/v1+" + name + b"\0" + clear, 76)
    return cipher(derived[:32]), int.from_bytes(derived[32:44], "big"), derived[44:]


def seal(cipher: Any, base: int, index: int, kind: int, flags: int, ms: int, plaintext: bytes) -> bytes:
    head = struct.pack(">IBBHQI", len(plaintext) + 16, kind, flags, 0, index, ms)
    sealed = cipher.encrypt((base ^ index).to_bytes(12, "big"), plaintext, head)
    return head + struct.pack(">I", zlib.crc32(head + sealed)) + sealed


def build(*, suite: int = 1, salt: str = "salt", frames: Any = FRAMES, key: bytes = KEY, lie: str = "") -> Built:
    clear = clear_header(**{**CLEAR, "suite": suite}, salt=drawn(salt, 24))
    cipher, base, commitment = schedule(key, suite, clear)
    header = clear + commitment
    sealed = [seal(cipher, base, index, *frame) for index, frame in enumerate(frames)]
    tags = hashlib.sha256(header + b"".join(frame[-16:] for frame in sealed)).digest()
    rows = [(len(frame) - 24, ms, kind, flags) for frame, (kind, flags, ms, _) in zip(sealed, frames, strict=True)]
    count = len(rows)
    if lie == "count":
        count -= 1
    if lie == "lengths":
        rows[1] = (rows[1][0] + 1, *rows[1][1:])
    if lie == "tags":
        tags = drawn("other tags", 32)
    table = struct.pack(">I32s", count, tags) + b"".join(struct.pack(">IIBB", *row) for row in rows)
    if lie == "rows":
        table = table[:-10]
    if lie == "ragged":
        table += bytes(5)
    last_ms = frames[-1][2] if frames else 0
    footer = seal(cipher, base, len(rows), 3, 1 if lie == "flag" else 0, last_ms, table)
    trailer = struct.pack(">Q8s", 128 + sum(map(len, sealed)), b"ORSEGEND")
    return Built(header, sealed, footer, trailer, [frame[3] for frame in frames])


def recrc(frame: bytes) -> bytes:
    """The frame with the checksum that fits it: what someone who alters a file would do."""
    return frame[:20] + struct.pack(">I", zlib.crc32(frame[:20] + frame[24:])) + frame[24:]


def flip(data: bytes, at: int, mask: int = 1) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def put(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


class Vectors:
    """Collects vectors. ``frames``: what each listed frame gives, None where it must be refused."""

    def __init__(self) -> None:
        self.all: dict[str, dict[str, Any]] = {}

    def add(
        self,
        name: str,
        why: str,
        data: bytes,
        *,
        frames: list[bytes | None] | None = None,
        complete: bool = False,
        verifies: bool = False,
        scan: tuple[int, int, bool] = (0, 0, False),
        key: bytes = KEY,
    ) -> None:
        self.all[name] = {
            "why": why,
            "bucket_key": key.hex(),
            "opens": frames is not None,
            "complete": complete,
            "verifies": verifies,
            "frames": [None if one is None else one.hex() for one in frames or []],
            "scan": {"frames": scan[0], "good_bytes": scan[1], "complete": scan[2]},
            "segment": data.hex(),
        }

    def write(self) -> None:
        DIRECTORY.mkdir(exist_ok=True)
        for old in DIRECTORY.glob("*.json"):
            old.unlink()
        for name, vector in self.all.items():
            (DIRECTORY / f"{name}.json").write_text(json.dumps(vector, indent=1) + "\n", encoding="ascii")


def _good(vectors: Vectors) -> None:
    for suite, name in ((1, "aes-256-gcm"), (2, "chacha20-poly1305")):
        built = build(suite=suite)
        size = len(built.bytes())
        vectors.add(f"good-{name}", f"a whole segment, suite {suite}", built.bytes(), frames=list(built.plaintexts),
                    complete=True, verifies=True, scan=(3, size, True))  # fmt: skip
    empty = build(frames=())
    vectors.add("good-no-frames", "a footer right after the header", empty.bytes(), frames=[], complete=True,
                verifies=True, scan=(0, len(empty.bytes()), True))  # fmt: skip
    long = (*FRAMES, (2, 0, 600, b"note"), (1, 0, 0xFFFFFFFF, b"x"))
    built = build(frames=long)
    vectors.add("good-largest-ms", "milliseconds use all 32 bits; a note", built.bytes(),
                frames=list(built.plaintexts), complete=True, verifies=True,
                scan=(5, len(built.bytes()), True))  # fmt: skip


def _headers(vectors: Vectors) -> None:
    whole = build().bytes()
    size = len(whole)
    unread = {
        "magic": ("the magic of another version", put(whole, 7, b"2")),
        "length": ("a header length of 129", put(whole, 8, b"\x00\x81")),
        "suite-3": ("a suite that does not exist", put(whole, 10, b"\x03")),
        "flags": ("a header flag", put(whole, 11, b"\x01")),
        "max-frame": ("another frame limit", put(whole, 12, struct.pack(">I", 16 << 20))),
        "zero": ("a reserved byte that is not zero", put(whole, 95, b"\x01")),
        "short": ("shorter than the header", whole[:127]),
        "empty": ("an empty file", b""),
    }
    for name, (why, data) in unread.items():
        vectors.add(f"header-{name}", why, data)
    bound = {
        "suite-swapped": ("the other suite than it was sealed with", put(whole, 10, b"\x02")),
        "appliance": ("another appliance id", flip(whole, 16)),
        "bucket": ("another bucket id", flip(whole, 32)),
        "number": ("another segment number", flip(whole, 55)),
        "salt": ("another salt", flip(whole, 56)),
        "commitment": ("another commitment", flip(whole, 127)),
    }
    for name, (why, data) in bound.items():
        vectors.add(f"header-{name}", f"{why}: only the key's holder can tell", data, scan=(3, size, True))
    vectors.add("key-other", "a key that is not this bucket's", whole, key=drawn("another key", 32),
                scan=(3, size, True))  # fmt: skip
    sister = build(salt="sister")
    vectors.add("header-of-sister", "the header of another segment of the same bucket",
                sister.header + whole[128:], frames=[None, None, None], scan=(3, size, True))  # fmt: skip


def _ends(vectors: Vectors) -> None:
    built = build()
    whole, plain = built.bytes(), list(built.plaintexts)
    ends = [128]
    for frame in built.frames:
        ends.append(ends[-1] + len(frame))
    footed = ends[-1] + len(built.footer)
    cut: dict[str, tuple[str, bytes, int, int]] = {
        "after-header": ("power cut after the header", whole[:128], 0, 128),
        "in-frame-header": ("power cut in a frame's header", whole[: ends[1] + 23], 1, ends[1]),
        "in-frame": ("power cut one byte before a frame's end", whole[: ends[2] - 1], 1, ends[1]),
        "after-frame": ("power cut between frames", whole[: ends[2]], 2, ends[2]),
        "no-footer": ("power cut before the footer", whole[: ends[3]], 3, ends[3]),
        "in-footer": ("power cut in the footer", whole[: footed - 1], 3, ends[3]),
        "no-trailer": ("power cut after the footer", whole[:footed], 3, footed),
        "in-trailer": ("power cut in the trailer", whole[:-1], 3, footed),
        "zero-tail": ("a tail of zeros that a power cut left: length 0 is no frame", whole[: ends[2]] + bytes(512), 2,
                      ends[2]),
        "torn-frame": ("a frame whose second half is zeros", whole[: ends[2] - 60] + bytes(60), 1, ends[1]),
        "appended-byte": ("a byte after the trailer", whole + b"\0", 3, footed),
        "appended-frame": ("a frame after the footer", whole[:footed] + built.frames[0] + built.trailer, 3, footed),
        "trailer-twice": ("a second trailer", whole + built.trailer, 3, footed),
        "trailer-offset": ("a trailer that points elsewhere", flip(whole, len(whole) - 9), 3, footed),
        "trailer-magic": ("a trailer with another magic", flip(whole, len(whole) - 1), 3, footed),
    }  # fmt: skip
    for name, (why, data, count, good) in cut.items():
        vectors.add(f"end-{name}", why, data, frames=list(plain[:count]), scan=(count, good, False))


def _frames(vectors: Vectors) -> None:
    built, sister = build(), build(salt="sister")
    plain = built.plaintexts
    first, second, third = built.frames
    tail = built.footer + built.trailer
    size, after_first = len(built.bytes()), 128 + len(first)

    def altered(name: str, why: str, frame: bytes) -> None:
        """The second frame replaced by one of the same length: the structure holds, the frame is refused."""
        data = built.header + first + frame + third + tail
        vectors.add(f"frame-{name}", why, data, frames=[plain[0], None, plain[2]], complete=True, scan=(3, size, True))

    altered("ciphertext", "a flipped bit, checksum mended", recrc(flip(second, 30)))
    altered("tag", "a flipped bit of the tag, checksum mended", recrc(flip(second, len(second) - 1)))
    altered("ms", "another time, checksum mended", recrc(put(second, 16, struct.pack(">I", 9))))
    altered("flag-cleared", "starts-with-key cleared, checksum mended", recrc(put(second, 5, b"\x00")))
    altered("type-changed", "media made a note, checksum mended", recrc(put(second, 4, b"\x02\x00")))
    altered("of-sister", "the same frame of another segment of the bucket", sister.frames[1])

    def walked(name: str, why: str, frame: bytes, *, complete: bool = True) -> None:
        """As above, but a walk without a key already stops there."""
        data = built.header + first + frame + third + tail
        frames = [plain[0], None, plain[2]] if complete else [plain[0]]
        vectors.add(f"frame-{name}", why, data, frames=frames, complete=complete, scan=(1, after_first, False))

    walked("checksum", "a flipped bit in the checksum alone", flip(second, 20))
    walked("rot", "a flipped bit, checksum not mended", flip(second, 40))
    walked("zero-length", "a length of 0", put(second, 0, bytes(4)))
    walked("no-plaintext", "a length of 16: a tag and nothing else", put(second, 0, struct.pack(">I", 16)))
    walked("too-long", "a length beyond the limit", put(second, 0, struct.pack(">I", (8 << 20) + 1)))
    walked("unknown-type", "a type that does not exist", recrc(put(second, 4, b"\x04")))
    walked("unknown-flag", "a flag that does not exist", recrc(put(second, 5, b"\x03")))
    walked("reserved", "a reserved byte that is not zero", recrc(put(second, 7, b"\x01")))
    walked("index", "the index of another frame", recrc(put(second, 8, struct.pack(">Q", 2))))

    rows = {
        "removed": ("a frame taken out", [first, third]),
        "doubled": ("a frame twice", [first, second, second, third]),
        "swapped": ("two frames in the other order", [first, third, second]),
    }
    for name, (why, order) in rows.items():
        data = built.header + b"".join(order) + tail
        good = 1 if order[1] is third else 2
        ends = 128 + sum(map(len, order[:good]))
        frames: list[bytes | None] = list(plain[:good])
        complete = False
        if name == "swapped":
            frames, complete = [plain[0], None, None], True
        vectors.add(f"frame-{name}", why, data, frames=frames, complete=complete, scan=(good, ends, False))
    renumbered = [first, recrc(put(third, 8, struct.pack(">Q", 1))), recrc(put(second, 8, struct.pack(">Q", 2)))]
    vectors.add("frame-swapped-renumbered", "two frames swapped and numbered anew, checksums mended",
                built.header + b"".join(renumbered) + tail, frames=[plain[0], None, None], complete=True,
                scan=(3, size, True))  # fmt: skip


def _footers(vectors: Vectors) -> None:
    built, sister = build(), build(salt="sister")
    plain, size = list(built.plaintexts), len(built.bytes())
    body = built.header + b"".join(built.frames)
    vectors.add("footer-altered", "a flipped bit in the footer, checksum mended: it counts as none",
                body + recrc(flip(built.footer, 50)) + built.trailer, frames=plain, scan=(3, size, True))  # fmt: skip
    vectors.add("footer-of-sister", "the footer of another segment of the bucket",
                body + sister.footer + sister.trailer, frames=plain, scan=(3, size, True))  # fmt: skip
    short = build(frames=FRAMES[:2])
    data = built.header + b"".join(built.frames[:2]) + short.footer + short.trailer
    vectors.add("footer-of-shorter", "the key's holder ended it earlier: a whole segment of its own", data,
                frames=list(plain[:2]), complete=True, verifies=True, scan=(2, len(data), True))  # fmt: skip
    lies = {
        "count": "a count that is not the table's",
        "lengths": "lengths that do not reach the footer",
        "rows": "a row of the table missing",
        "ragged": "half a row too many",
    }
    for lie, why in lies.items():
        data = build(lie=lie).bytes()
        vectors.add(f"footer-wrong-{lie}", f"sealed with the key, but with {why}", data, frames=plain,
                    scan=(3, len(data), True))  # fmt: skip
    vectors.add("footer-flag", "sealed with the key, but with a flag", build(lie="flag").bytes(), frames=plain,
                scan=(3, 128 + sum(map(len, built.frames)), False))  # fmt: skip
    empty = build(frames=(FRAMES[0], (1, 0, 9, b""), FRAMES[2]))
    vectors.add("frame-empty", "sealed with the key, but a frame without plaintext", empty.bytes(), frames=plain[:1],
                scan=(1, 128 + len(empty.frames[0]), False))  # fmt: skip
    flagged = build(frames=(FRAMES[0], (2, 1, 9, b"note"), FRAMES[2]))
    vectors.add("frame-flag-on-note", "sealed with the key, but starts-with-key on a note", flagged.bytes(),
                frames=plain[:1], scan=(1, 128 + len(flagged.frames[0]), False))  # fmt: skip
    data = build(lie="tags").bytes()
    vectors.add("footer-wrong-tags", "sealed with the key, but with the tags of other frames", data, frames=plain,
                complete=True, scan=(3, len(data), True))  # fmt: skip


def make() -> Vectors:
    vectors = Vectors()
    for part in (_good, _headers, _ends, _frames, _footers):
        part(vectors)
    return vectors


if __name__ == "__main__":
    make().write()
