"""The one append-only file format of the house: ledger, records, catalogue and documents all use it.

An entry is ``u32 length | u32 crc32(body) | body``, big-endian, 1 to 16 MiB of body. Length 0 is invalid: the crc32 of
nothing is 0, so a zero-filled tail would otherwise pass for empty entries.

Entries are written and synced one by one, so an interrupted write can only be the last one, and what it left out is
absent or reads as zeros up to a border of the disk's sectors. Such an entry was never acknowledged and is cut when the
journal opens. Everything else that is not a good entry is :class:`~appliance.core.errors.Damaged`.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from array import array
from collections.abc import Callable, Iterator

from appliance.core.errors import Damaged, NotWritable
from appliance.storage.files import File, Fs

__all__ = ["MAX_ENTRY_BYTES", "Journal", "entries_of", "pack_entry", "walk"]

MAX_ENTRY_BYTES = 16 << 20
_HEAD = struct.Struct(">II")
_BLOCK_BYTES = 1 << 20
_SECTOR_BYTES = 512

ReadAt = Callable[[int, int], bytes]


def pack_entry(body: bytes) -> bytes:
    """One entry as it lies in the file. Raises ValueError for a body that is empty or too long."""
    if not 0 < len(body) <= MAX_ENTRY_BYTES:
        raise ValueError(f"journal entry of {len(body)} bytes; 1 to {MAX_ENTRY_BYTES} are possible")
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def walk(read_at: ReadAt, size: int, name: str = "journal") -> Iterator[tuple[int, bytes]]:
    """Every entry of a file of ``size`` bytes as (offset, body), read block by block; ends before a torn tail.

    Raises Damaged when what follows the last good entry is no torn write.
    """
    head_bytes, unpack, crc32 = _HEAD.size, _HEAD.unpack_from, zlib.crc32
    at = 0
    block, block_at = b"", 0
    while at < size:
        start = at - block_at + head_bytes
        if start > len(block):
            block, block_at, start = read_at(at, min(_BLOCK_BYTES, size - at)), at, head_bytes
        if start > len(block):
            break
        length, crc = unpack(block, start - head_bytes)
        if not 0 < length <= MAX_ENTRY_BYTES or at + head_bytes + length > size:
            break
        if start + length > len(block):
            wanted = min(max(_BLOCK_BYTES, head_bytes + length), size - at)
            block, block_at, start = read_at(at, wanted), at, head_bytes
        body = block[start : start + length]
        if len(body) != length or crc32(body) != crc:
            break
        yield at, body
        at += head_bytes + length
    if at < size:
        _judge_tail(read_at(at, min(size - at, _HEAD.size + MAX_ENTRY_BYTES + 1)), at, name)


def _judge_tail(tail: bytes, at: int, name: str) -> None:
    """Returns when ``tail``, at the file's offset ``at``, may be what one interrupted write left; else Damaged."""
    if len(tail) > _HEAD.size + MAX_ENTRY_BYTES or _good_entry_in(tail):
        raise Damaged(
            f"{name}: the entry at byte {at} is damaged but good entries follow; "
            "this is no power cut: keep the file as it is and compare with a backup"
        )
    if not _can_be_torn(tail, at):
        raise Damaged(
            f"{name}: the last entry, at byte {at}, is all there but was altered; "
            "this is no power cut: keep the file as it is and compare with a backup"
        )


def _good_entry_in(tail: bytes) -> bool:
    """Whether a good entry starts anywhere after the start of ``tail``.

    A candidate must be followed by the end or by a possible length: that spares the crc of most chance lengths.
    """
    view = memoryview(tail)
    for at in range(1, len(tail) - _HEAD.size):
        length = int.from_bytes(view[at : at + 4], "big")
        end = at + _HEAD.size + length
        if not 0 < length <= MAX_ENTRY_BYTES or end > len(tail):
            continue
        following = view[end : end + 4]
        if len(following) == 4 and not 0 < int.from_bytes(following, "big") <= MAX_ENTRY_BYTES:
            continue
        if zlib.crc32(view[at + _HEAD.size : end]) == _HEAD.unpack_from(tail, at)[1]:
            return True
    return False


def _can_be_torn(tail: bytes, at: int) -> bool:
    if len(tail) < _HEAD.size:
        return True
    length, crc = _HEAD.unpack_from(tail)
    whole = zlib.crc32(memoryview(tail)[_HEAD.size :]) == crc
    start = 0
    while start < len(tail):
        end = min(len(tail), start + _SECTOR_BYTES - (at + start) % _SECTOR_BYTES)
        # The first byte of a length is zero anyway: alone it counts as missing only if all the rest is there.
        if not any(tail[start:end]) and (end > 1 or whole):
            return True
        start = end
    return bool(length <= MAX_ENTRY_BYTES and _HEAD.size + length > len(tail) and not whole)


def entries_of(data: bytes, name: str = "journal") -> tuple[list[bytes], int]:
    """All entry bodies of a whole journal in memory, and the length of the good part.

    Raises Damaged when what follows the good part is no torn write.
    """
    bodies: list[bytes] = []
    good = 0
    for at, body in walk(lambda offset, size: data[offset : offset + size], len(data), name):
        bodies.append(body)
        good = at + _HEAD.size + len(body)
    return bodies, good


class Journal:
    """An open journal. One writer; callers lock. ``append`` returns when the entry is durable.

    Opening makes what is found durable, for the process that wrote it may have died before it did, and cuts a torn
    tail (``cut_bytes``). With ``visit``, opening hands it each body in order and keeps none of them in memory, only
    where they lie.

    After a failed append the journal refuses further ones until it is opened again: what lies past the last good
    entry is then unknown (a failed sync may have dropped dirty pages), so it is cut off as well as the disk allows.

    Opening raises NotWritable, or Damaged.
    """

    def __init__(self, fs: Fs, path: str, *, visit: Callable[[bytes], object] | None = None) -> None:
        self._fs, self.path = fs, path
        self._bodies: list[bytes] | None = None if visit else []
        self._offsets = array("Q")
        self._end = 0
        self._file: File | None = None
        try:
            file = fs.append(path)
            try:
                size = file.size()
                for at, body in walk(lambda offset, count: fs.read_at(path, offset, count), size, path):
                    self._note(at, body)
                    if visit:
                        visit(body)
                self.cut_bytes = size - self._end
                if self.cut_bytes:
                    file.truncate(self._end)
                file.sync()
                fs.sync_dir(os.path.dirname(path))
            except BaseException:
                file.close()
                raise
        except OSError as error:
            raise NotWritable(f"{path}: cannot be opened ({error.strerror}); nothing was changed in it") from error
        self._file = file

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        return self.bodies()

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def entries(self) -> list[bytes]:
        """All bodies, in memory."""
        return list(self.bodies()) if self._bodies is None else self._bodies

    @property
    def writable(self) -> bool:
        """Whether it is open and no append has failed. False also while one is under way: ask under a lock."""
        return self._file is not None

    def bodies(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The entries ``start`` to ``end`` (exclusive; default: all there are now). Raises Damaged."""
        end = len(self) if end is None else min(end, len(self))
        if self._bodies is not None:
            yield from self._bodies[start:end]
        elif start < end:
            first = self._offsets[start]
            last = self._offsets[end] if end < len(self) else self._end
            for _, body in walk(self._reader(first), last - first, self.path):
                start += 1
                yield body
            if start != end:
                raise Damaged(f"{self.path}: entry {start} no longer reads as it was written")

    def _reader(self, first: int) -> ReadAt:
        return lambda offset, size: self._fs.read_at(self.path, first + offset, size)

    def body(self, number: int) -> bytes:
        """One entry; IndexError if there is none with this number. Raises Damaged."""
        if not 0 <= number < len(self):
            raise IndexError(f"{self.path}: no entry {number}; there are {len(self)}")
        return next(self.bodies(number, number + 1))

    def append(self, body: bytes) -> int:
        """Durable on return; the entry's number. Raises NotWritable."""
        packed = pack_entry(body)
        file = self._file
        if file is None:
            raise NotWritable(f"{self.path}: an earlier write failed; restart the keeper once the disk is well")
        self._file = None
        try:
            file.write(packed)
            file.sync()
        except BaseException as error:
            with contextlib.closing(file), contextlib.suppress(OSError):
                file.truncate(self._end)
            if isinstance(error, OSError):
                raise NotWritable(f"{self.path}: cannot be written ({error.strerror})") from error
            raise
        self._file = file
        self._note(self._end, body)
        return len(self) - 1

    def _note(self, at: int, body: bytes) -> None:
        self._offsets.append(at)
        self._end = at + _HEAD.size + len(body)
        if self._bodies is not None:
            self._bodies.append(body)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
