"""Sealing frames into a segment file, and opening them with the bucket's key.

The format is ``docs/spec/segment.md``, which has the reasons and the vectors; ``segment_layout.py`` has its bytes. No
I/O here: a sealer gives bytes to append, an opener is handed ``read_at(offset, size)``. A segment is written once from
start to end: there is no way to continue one, so no nonce can be used twice.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from appliance.core.errors import Broken, Damaged
from appliance.formats.sealing import KEY_BYTES, Key, aead, aead_name, wipe
from appliance.formats.segment_layout import (
    CRC,
    END,
    ENTRY,
    FOOTER,
    FRAME,
    FRAME_HEADER_BYTES,
    HEADER,
    HEADER_BYTES,
    MAGIC,
    MAX_FRAME_BYTES,
    MAX_FRAMES,
    MAX_PLAINTEXT_BYTES,
    MEDIA,
    NOTE,
    SALT_BYTES,
    STARTS_WITH_KEY,
    STREAMS,
    TABLE,
    TAG_BYTES,
    TRAILER,
    TRAILER_BYTES,
    FrameInfo,
    Header,
    ReadAt,
    Scan,
    checksum_is_right,
    read_header,
    scan,
)

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

_LABEL = b"office-recorder/segment/v1+"
_MAY_BE_TORN = 64
"""Of a file that was cut off, so many last frames have their checksums checked: half a minute of them, thirty times
what lies between two syncs."""


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
        clear = HEADER.pack(
            MAGIC, HEADER_BYTES, suite, 0, MAX_FRAME_BYTES, appliance_id, bucket_id, number, salt, bytes(16)
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
        if type not in (STREAMS, MEDIA, NOTE) or flags & ~(STARTS_WITH_KEY if type == MEDIA else 0):
            raise Broken(f"segment: frame type {type} with flags {flags} does not exist")
        if not 0 <= ms < 1 << 32:
            raise Broken(f"segment: a frame {ms} ms after its bucket's start; 32 bits are possible")
        if not 0 < len(plaintext) <= MAX_PLAINTEXT_BYTES:
            raise Broken(f"segment: a frame of {len(plaintext)} bytes; 1 to {MAX_PLAINTEXT_BYTES} are possible")
        if len(self._table) == MAX_FRAMES:
            raise Broken(f"segment: more than {MAX_FRAMES} frames; start another segment")
        sealed = self._seal(type, flags, ms, plaintext)
        self._tags.update(sealed[-TAG_BYTES:])
        self._table.append(ENTRY.pack(len(sealed) - FRAME_HEADER_BYTES, ms, type, flags))
        self._at += len(sealed)
        return sealed

    def footer(self) -> bytes:
        """The footer frame and the trailer; nothing can follow. The last frame's ``ms`` is the footer's."""
        table = TABLE.pack(len(self._table), self._tags.digest()) + b"".join(self._table)
        last_ms = ENTRY.unpack(self._table[-1])[1] if self._table else 0
        sealed = self._seal(FOOTER, 0, last_ms, table)
        self._closed = True
        del self._cipher
        return sealed + TRAILER.pack(self._at, END)

    def _seal(self, type: int, flags: int, ms: int, plaintext: bytes) -> bytes:
        if self._closed:
            raise Broken("segment: it has its footer; start another one")
        index = len(self._table)
        head = FRAME.pack(len(plaintext) + TAG_BYTES, type, flags, 0, index, ms)
        sealed = self._cipher.encrypt((self._base ^ index).to_bytes(12, "big"), plaintext, head)
        return b"".join((head, CRC.pack(zlib.crc32(sealed, zlib.crc32(head))), sealed))


class SegmentOpener:
    """Opens the frames of one segment. Raises Damaged on anything that is not what was sealed under this key.

    :attr:`complete` says whether an authenticated footer ends the file; if not, it was cut off (by a power cut, or
    by someone: the manifest's hash decides) and :meth:`frames` goes to the last whole frame. ``size`` may be less than
    the file's: of an open bucket, what is durable.
    """

    def __init__(self, read_at: ReadAt, size: int, bucket_key: Key) -> None:
        data = read_at(0, min(HEADER_BYTES, size))
        self.header = read_header(data)
        key, self._base, commitment = _schedule(bucket_key, self.header.suite, bytes(data[: HEADER.size]))
        if not hmac.compare_digest(commitment, self.header.commitment):
            wipe(key)
            raise Damaged("segment: its header was altered, or this is not its bucket's key")
        self._cipher = aead(self.header.suite, key)
        wipe(key)
        self._read_at, self._size, self._clear = read_at, size, data
        self._tags = b""
        footer = self._footer()
        self.complete = footer is not None
        self._frames = self._walked() if footer is None else footer

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
        head, body = data[: FRAME.size], data[FRAME_HEADER_BYTES:]
        if head != FRAME.pack(frame.length, frame.type, frame.flags, 0, frame.index, frame.ms):
            raise Damaged(f"segment frame {frame.index}: not what the table says; it was altered")
        if data[FRAME.size : FRAME_HEADER_BYTES] != CRC.pack(zlib.crc32(body, zlib.crc32(head))):
            raise Damaged(f"segment frame {frame.index}: its checksum is wrong; it was altered or rotted")
        try:
            nonce = (self._base ^ frame.index).to_bytes(12, "big")
            return self._cipher.decrypt(nonce, body, head), body[-TAG_BYTES:]
        except InvalidTag:
            raise Damaged(f"segment frame {frame.index}: does not verify; it was altered") from None

    def _walked(self) -> list[FrameInfo]:
        """The frames of a segment without a footer. Checksums are checked where a power cut can have torn the file;
        further up every frame proves itself when it is opened."""
        frames = scan(self._read_at, self._size, check_crc=False).frames
        for frame in frames[-_MAY_BE_TORN:]:
            if not checksum_is_right(self._read_at, frame):
                return frames[: frame.index]
        return frames

    def _footer(self) -> list[FrameInfo] | None:
        """The authenticated table, or None when the file does not end in a footer that fits. Nothing in the footer is
        believed before it is authenticated."""
        if self._size < HEADER_BYTES + FRAME_HEADER_BYTES + TRAILER_BYTES:
            return None
        at, end = TRAILER.unpack(self._read_at(self._size - TRAILER_BYTES, TRAILER_BYTES).ljust(TRAILER_BYTES))
        if end != END or not HEADER_BYTES <= at <= self._size - TRAILER_BYTES - FRAME_HEADER_BYTES:
            return None
        length, kind, flags, zero, count, ms = FRAME.unpack_from(
            self._read_at(at, FRAME_HEADER_BYTES).ljust(FRAME_HEADER_BYTES)
        )
        footer = FrameInfo(at, length, kind, flags, count, ms)
        expected = TABLE.size + count * ENTRY.size + TAG_BYTES
        if kind != FOOTER or not footer.is_possible or zero or count > MAX_FRAMES or length != expected:
            return None
        if footer.end + TRAILER_BYTES != self._size:
            return None
        try:
            table = self.open(footer)
        except Damaged:
            return None
        found, tags = TABLE.unpack_from(table)
        frames: list[FrameInfo] = []
        at = HEADER_BYTES
        for length, ms, kind, flags in ENTRY.iter_unpack(table[TABLE.size :]):
            frame = FrameInfo(at, length, kind, flags, len(frames), ms)
            if not frame.is_possible or kind == FOOTER:
                return None
            frames.append(frame)
            at = frame.end
        if found != count or at != footer.offset:
            return None
        self._tags = tags
        return frames
