"""The segment file: sealing frames into one, checking its structure without a key, opening it with the bucket's key.

The format is ``docs/spec/segment.md``, which has the reasons and the vectors. No I/O here: a sealer gives bytes to
append, readers are handed ``read_at(offset, size)``. A segment is written once from start to end: there is no way to
continue one, so no nonce can be used twice.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from appliance.errors import Broken, Damaged
from appliance.recorder.sealing import KEY_BYTES, Key, aead, aead_name, wipe

__all__ = [
    "FOOTER",
    "FRAME_HEADER_BYTES",
    "HEADER_BYTES",
    "MAX_FRAMES",
    "MAX_FRAME_BYTES",
    "MAX_PLAINTEXT_BYTES",
    "MEDIA",
    "NOTE",
    "SALT_BYTES",
    "STARTS_WITH_KEY",
    "STREAMS",
    "TAG_BYTES",
    "TRAILER_BYTES",
    "FrameInfo",
    "Header",
    "ReadAt",
    "Scan",
    "SegmentOpener",
    "SegmentSealer",
    "read_header",
    "scan",
]

STREAMS, MEDIA, NOTE, FOOTER = 0, 1, 2, 3
STARTS_WITH_KEY = 1
"""Frame flag: the first video packet of the fragment is a key frame."""

HEADER_BYTES = 128
FRAME_HEADER_BYTES = 24
TRAILER_BYTES = 16
TAG_BYTES = 16
SALT_BYTES = 24
MAX_FRAME_BYTES = 8 << 20
"""Largest ``length`` of a frame: ciphertext and tag."""
MAX_PLAINTEXT_BYTES = MAX_FRAME_BYTES - TAG_BYTES
MAX_FRAMES = 500_000
"""Frames before the footer, so that the footer's table fits one frame: over two days of half-second fragments."""

_MAGIC = b"ORSEG001"
_END = b"ORSEGEND"
_HEADER = struct.Struct(">8sHBBI16s16sQ24s16s")
_FRAME = struct.Struct(">IBBHQI")
_CRC = struct.Struct(">I")
_TRAILER = struct.Struct(">Q8s")
_TABLE = struct.Struct(">I32s")
_ENTRY = struct.Struct(">IIBB")
_LABEL = b"office-recorder/segment/v1\0"
_ZERO = bytes(16)

ReadAt = Callable[[int, int], bytes]
"""``read_at(offset, size)``: at most ``size`` bytes of the file from ``offset``, fewer only at its end."""


class Header(NamedTuple):
    """The clear header: random identifiers only."""

    suite: int
    appliance_id: bytes
    bucket_id: bytes
    number: int
    salt: bytes
    commitment: bytes


class FrameInfo(NamedTuple):
    """A frame: where its header starts, the bytes after that header, what its header says."""

    offset: int
    length: int
    type: int
    flags: int
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    ms: int

    @property
    def end(self) -> int:
        return self.offset + FRAME_HEADER_BYTES + self.length


class Scan(NamedTuple):
    """What a look at the structure found. ``frames`` has no footer; ``stopped`` says why it ended, "" if complete."""

    frames: list[FrameInfo]
    good_bytes: int
    complete: bool
    stopped: str


def read_header(data: bytes) -> Header:
    """The header from the first 128 bytes of a file. Raises Damaged."""
    if len(data) < HEADER_BYTES:
        raise Damaged(f"segment: {len(data)} bytes, shorter than its header; it ended before its first frame")
    magic, length, suite, flags, limit, appliance_id, bucket_id, number, salt, zero = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise Damaged("segment: does not begin with ORSEG001; this is no segment or its header was altered")
    if length != HEADER_BYTES or flags or zero != _ZERO or limit != MAX_FRAME_BYTES:
        raise Damaged("segment: its header has values that version 1 does not have; it was altered")
    aead_name(suite)
    return Header(suite, appliance_id, bucket_id, number, salt, bytes(data[_HEADER.size : HEADER_BYTES]))


def _schedule(bucket_key: Key, suite: int, clear: bytes) -> tuple[bytearray, int, bytes]:
    """(key, base nonce as a number, commitment) of the segment whose clear header bytes are ``clear``."""
    derived = bytearray(KEY_BYTES + 12 + 32)
    info = _LABEL + aead_name(suite) + b"\0" + clear
    HKDFExpand(hashes.SHA256(), len(derived), info).derive_into(bucket_key, derived)
    key, base, commitment = derived[:KEY_BYTES], int.from_bytes(derived[32:44], "big"), bytes(derived[44:])
    wipe(derived)
    return key, base, commitment


class SegmentSealer:
    """Seals one segment. Append :attr:`header`, each :meth:`frame` and at last :meth:`footer` to an empty file.

    ``salt`` is 24 fresh random bytes, never used before. The bucket key is not kept; the segment's own lives inside
    the cipher object until the footer is made.
    """

    def __init__(
        self, bucket_id: bytes, bucket_key: Key, number: int, suite: int, appliance_id: bytes, salt: bytes
    ) -> None:
        if len(bucket_id) != 16 or len(appliance_id) != 16 or len(salt) != SALT_BYTES or len(bucket_key) != KEY_BYTES:
            raise Broken("segment: bucket id 16, appliance id 16, salt 24 and key 32 bytes are needed")
        clear = _HEADER.pack(
            _MAGIC, HEADER_BYTES, suite, 0, MAX_FRAME_BYTES, appliance_id, bucket_id, number, salt, _ZERO
        )
        key, self._base, commitment = _schedule(bucket_key, suite, clear)
        self._cipher = aead(suite, key)
        wipe(key)
        self.header = clear + commitment
        self._tags = hashlib.sha256(self.header)
        self._table: list[bytes] = []
        self._at = HEADER_BYTES
        self._closed = False

    def frame(self, type: int, plaintext: bytes, *, ms: int, flags: int = 0) -> bytes:
        """The next frame. ``ms`` is milliseconds since the bucket's start (0 to 2**32 - 1).

        Raises Broken for what the format does not have: an empty or too long plaintext, an unknown type or flag, a
        frame too many or after the footer.
        """
        if type not in (STREAMS, MEDIA, NOTE) or flags & ~STARTS_WITH_KEY:
            raise Broken(f"segment: frame type {type} with flags {flags} does not exist")
        if not 0 < len(plaintext) <= MAX_PLAINTEXT_BYTES:
            raise Broken(f"segment: a frame of {len(plaintext)} bytes; 1 to {MAX_PLAINTEXT_BYTES} are possible")
        if len(self._table) == MAX_FRAMES:
            raise Broken(f"segment: more than {MAX_FRAMES} frames; start another segment")
        sealed = self._seal(type, flags, ms, plaintext)
        self._tags.update(sealed[-TAG_BYTES:])
        self._table.append(_ENTRY.pack(len(sealed) - FRAME_HEADER_BYTES, ms, type, flags))
        self._at += len(sealed)
        return sealed

    def footer(self) -> bytes:
        """The footer frame and the trailer; nothing can follow. The last frame's ``ms`` is the footer's."""
        table = _TABLE.pack(len(self._table), self._tags.digest()) + b"".join(self._table)
        last_ms = _ENTRY.unpack(self._table[-1])[1] if self._table else 0
        sealed = self._seal(FOOTER, 0, last_ms, table)
        self._closed = True
        del self._cipher
        return sealed + _TRAILER.pack(self._at, _END)

    def _seal(self, type: int, flags: int, ms: int, plaintext: bytes) -> bytes:
        if self._closed:
            raise Broken("segment: it has its footer; start another one")
        index = len(self._table)
        head = _FRAME.pack(len(plaintext) + TAG_BYTES, type, flags, 0, index, ms)
        sealed = self._cipher.encrypt((self._base ^ index).to_bytes(12, "big"), plaintext, head)
        return b"".join((head, _CRC.pack(zlib.crc32(sealed, zlib.crc32(head))), sealed))


def _frame_at(read_at: ReadAt, offset: int, index: int, *, check_crc: bool) -> FrameInfo | str:
    """The frame whose header starts at ``offset``, or what is wrong there."""
    head = read_at(offset, FRAME_HEADER_BYTES)
    if len(head) < FRAME_HEADER_BYTES:
        return "the file ends in a frame header" if head else "the file ends without a footer"
    length, kind, flags, zero, found, ms = _FRAME.unpack_from(head)
    if not TAG_BYTES < length <= MAX_FRAME_BYTES:
        return f"a frame length of {length}"
    if kind > FOOTER or flags & ~STARTS_WITH_KEY or zero or found != index or index > MAX_FRAMES:
        return "a frame header that version 1 does not have"
    if check_crc:
        body = read_at(offset + FRAME_HEADER_BYTES, length)
        if len(body) < length:
            return "the file ends in a frame"
        if zlib.crc32(body, zlib.crc32(head[: _FRAME.size])) != _CRC.unpack_from(head, _FRAME.size)[0]:
            return "a frame whose checksum is wrong"
    return FrameInfo(offset, length, kind, flags, index, ms)


def scan(read_at: ReadAt, size: int, *, check_crc: bool = True) -> Scan:
    """Walks the frames from the start without any key, to the first that is not whole.

    ``complete`` means: a footer and its trailer end the file exactly. Checksums tell rot from order, not forgery;
    only :class:`SegmentOpener` and the manifest's hash do. Never raises for what the file holds.
    """
    frames: list[FrameInfo] = []
    try:
        read_header(read_at(0, HEADER_BYTES))
    except Damaged as error:
        return Scan(frames, 0, False, str(error))
    at = HEADER_BYTES
    while True:
        found = _frame_at(read_at, at, len(frames), check_crc=check_crc)
        if isinstance(found, FrameInfo) and found.end > size:
            found = "the file ends in a frame"
        if isinstance(found, str):
            return Scan(frames, at, False, f"byte {at}: {found}")
        if found.type == FOOTER:
            if found.end + TRAILER_BYTES == size and read_at(found.end, TRAILER_BYTES) == _TRAILER.pack(at, _END):
                return Scan(frames, size, True, "")
            return Scan(frames, found.end, False, f"byte {found.end}: the trailer after the footer is missing or wrong")
        frames.append(found)
        at = found.end


class SegmentOpener:
    """Opens the frames of one segment. Raises Damaged on anything that is not what was sealed under this key.

    :attr:`complete` says whether an authenticated footer ends the file; if not, it was cut off (by a power cut, or
    by someone: the manifest's hash decides) and :meth:`frames` goes to the last whole frame.
    """

    def __init__(self, read_at: ReadAt, size: int, bucket_key: Key) -> None:
        data = read_at(0, HEADER_BYTES)
        self.header = read_header(data)
        key, self._base, commitment = _schedule(bucket_key, self.header.suite, bytes(data[: _HEADER.size]))
        if not hmac.compare_digest(commitment, self.header.commitment):
            wipe(key)
            raise Damaged("segment: its header was altered, or this is not its bucket's key")
        self._cipher = aead(self.header.suite, key)
        wipe(key)
        self._read_at, self._size, self._clear = read_at, size, data
        self._tags = b""
        footer = self._footer()
        self.complete = footer is not None
        self._frames = scan(read_at, size).frames if footer is None else footer

    def frames(self) -> list[FrameInfo]:
        """The table: authenticated if :attr:`complete`, else the result of a scan (each frame still proves itself)."""
        return self._frames

    def open(self, frame: FrameInfo) -> bytes:
        """The plaintext of one frame of :meth:`frames`. Raises Damaged."""
        return self._open(frame)[0]

    def verify(self) -> None:
        """Opens every frame and holds their tags against the footer. Raises Damaged, also when there is no footer."""
        if not self.complete:
            raise Damaged("segment: it has no footer that verifies; it was cut off")
        tags = hashlib.sha256(self._clear)
        for frame in self._frames:
            tags.update(self._open(frame)[1])
        if tags.digest() != self._tags:
            raise Damaged("segment: its footer does not fit its frames; it was altered")

    def _open(self, frame: FrameInfo) -> tuple[bytes, bytes]:
        data = self._read_at(frame.offset, FRAME_HEADER_BYTES + frame.length)
        head, body = data[: _FRAME.size], data[FRAME_HEADER_BYTES:]
        if head != _FRAME.pack(frame.length, frame.type, frame.flags, 0, frame.index, frame.ms):
            raise Damaged(f"segment frame {frame.index}: not what the table says; it was altered")
        if data[_FRAME.size : FRAME_HEADER_BYTES] != _CRC.pack(zlib.crc32(body, zlib.crc32(head))):
            raise Damaged(f"segment frame {frame.index}: its checksum is wrong; it was altered or rotted")
        try:
            nonce = (self._base ^ frame.index).to_bytes(12, "big")
            return self._cipher.decrypt(nonce, body, head), body[-TAG_BYTES:]
        except InvalidTag:
            raise Damaged(f"segment frame {frame.index}: does not verify; it was altered") from None

    def _footer(self) -> list[FrameInfo] | None:
        """The authenticated table, or None when no footer that fits ends the file. Nothing in it is believed before."""
        if self._size < HEADER_BYTES + FRAME_HEADER_BYTES + TRAILER_BYTES:
            return None
        at, end = _TRAILER.unpack(self._read_at(self._size - TRAILER_BYTES, TRAILER_BYTES).ljust(TRAILER_BYTES))
        if end != _END or not HEADER_BYTES <= at <= self._size - TRAILER_BYTES - FRAME_HEADER_BYTES:
            return None
        length, kind, flags, zero, count, ms = _FRAME.unpack_from(
            self._read_at(at, FRAME_HEADER_BYTES).ljust(FRAME_HEADER_BYTES)
        )
        footer = FrameInfo(at, length, kind, flags, count, ms)
        if kind != FOOTER or flags or zero or count > MAX_FRAMES or length != self._table_bytes(count):
            return None
        if footer.end + TRAILER_BYTES != self._size:
            return None
        try:
            table = self.open(footer)
        except Damaged:
            return None
        found, tags = _TABLE.unpack_from(table)
        frames, at = [], HEADER_BYTES
        for index in range(count):
            length, ms, kind, flags = _ENTRY.unpack_from(table, _TABLE.size + index * _ENTRY.size)
            frames.append(FrameInfo(at, length, kind, flags, index, ms))
            at = frames[-1].end
        if found != count or at != footer.offset:
            return None
        self._tags = tags
        return frames

    @staticmethod
    def _table_bytes(count: int) -> int:
        return _TABLE.size + count * _ENTRY.size + TAG_BYTES
