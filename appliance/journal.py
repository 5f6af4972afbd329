"""The one append-only file format of the house: ledger, records, catalogue and documents all use it.

An entry is ``u32 length | u32 crc32(body) | body``, big-endian, 1 to 16 MiB of body. Length 0 is invalid: the crc32 of
nothing is 0, so a zero-filled tail would otherwise pass for empty entries. A bad entry at the very end that can be a
torn write was never acknowledged and is cut when the journal opens; anything bad with a good entry after it is
:class:`~appliance.errors.Damaged`.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator

from appliance.errors import Damaged, NotWritable
from appliance.files import File, Fs

__all__ = ["MAX_ENTRY_BYTES", "Journal", "entries_of"]

MAX_ENTRY_BYTES = 16 << 20
_HEAD = struct.Struct(">II")


def _good_at(data: bytes, at: int) -> int:
    """The offset after the good entry at ``at``, or 0."""
    if at + _HEAD.size > len(data):
        return 0
    length, crc = _HEAD.unpack_from(data, at)
    end = at + _HEAD.size + length
    if not 0 < length <= MAX_ENTRY_BYTES or end > len(data) or zlib.crc32(data[at + _HEAD.size : end]) != crc:
        return 0
    return int(end)


def entries_of(data: bytes, name: str = "journal") -> tuple[list[bytes], int]:
    """All entry bodies and the length of the good part.

    Raises Damaged when a good entry follows a bad one, which no torn write explains.
    """
    bodies: list[bytes] = []
    at = 0
    while at < len(data):
        end = _good_at(data, at)
        if not end:
            if any(_good_at(data, later) for later in range(at + 1, len(data) - _HEAD.size)):
                raise Damaged(
                    f"{name}: entry {len(bodies)} at byte {at} is damaged but good entries follow; "
                    "this is no power cut: keep the file as it is and compare with a backup"
                )
            break
        bodies.append(data[at + _HEAD.size : end])
        at = end
    return bodies, at


class Journal:
    """An open journal. One writer; callers lock. ``append`` returns when the entry is durable.

    After a failed append the journal refuses further ones until it is opened again: what lies past the last good
    entry is then unknown (a failed sync may have dropped dirty pages).
    """

    def __init__(self, fs: Fs, path: str) -> None:
        self._fs, self.path = fs, path
        new = not fs.exists(path)
        data = b"" if new else fs.read(path)
        self.entries, good = entries_of(data, path)
        self.cut_bytes = len(data) - good
        self._file: File | None = fs.append(path)
        if self.cut_bytes:
            self._file.truncate(good)
            self._file.sync()
        if new:
            self._file.sync()
            fs.sync_dir(os.path.dirname(path))

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, body: bytes) -> int:
        """Durable on return; the entry's number. Raises NotWritable."""
        if not 0 < len(body) <= MAX_ENTRY_BYTES:
            raise ValueError(f"journal entry of {len(body)} bytes; 1 to {MAX_ENTRY_BYTES} are possible")
        if self._file is None:
            raise NotWritable(f"{self.path}: an earlier write failed; restart the keeper once the disk is well")
        try:
            self._file.write(_HEAD.pack(len(body), zlib.crc32(body)) + body)
            self._file.sync()
        except OSError as error:
            self.close()
            raise NotWritable(f"{self.path}: cannot be written ({error.strerror})") from error
        self.entries.append(body)
        return len(self.entries) - 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
