"""The anchor: two small slots of 32 secret bytes that can truly be overwritten, one of them in force.

The key store's root opens only with the anchor in force, so overwriting an anchor makes every older copy of the key
store noise (``docs/spec/keystore.md``). How true that is depends on what the slots are made of: ``strength`` says it,
and it is printed on every certificate of destruction. ``tpmanchor.py`` has the slots of a TPM.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

from appliance.core.errors import Damaged, NotWritable
from appliance.storage.files import Fs

__all__ = [
    "SECRET_BYTES",
    "SLOTS",
    "VALUE_BYTES",
    "Anchor",
    "AnchorValue",
    "FileAnchor",
    "pack_value",
    "unpack_value",
]

SLOTS = (0, 1)
SECRET_BYTES = 32

_MAGIC = b"ORANCH01"
_HEAD = struct.Struct(">8sQ32sI")
VALUE_BYTES = _HEAD.size
_FILE_BYTES = 4096
"""A whole page: smaller files may be kept inside the inode, where an overwrite leaves a copy in the journal."""


class AnchorValue(NamedTuple):
    """What a slot holds. ``generation`` is 0 in an erased slot, whose secret opens nothing."""

    generation: int
    secret: bytes

    def __repr__(self) -> str:
        return f"<anchor of generation {self.generation}>"


def pack_value(value: AnchorValue) -> bytes:
    """The 52 bytes of a value with their checksum, as every kind of slot holds them."""
    head = _HEAD.pack(_MAGIC, value.generation, value.secret, 0)[:-4]
    return head + struct.pack(">I", zlib.crc32(head))


def unpack_value(data: bytes) -> AnchorValue:
    """What 52 bytes of a slot say. Bytes that do not verify are those of an erased slot."""
    if len(data) == VALUE_BYTES:
        magic, generation, secret, crc = _HEAD.unpack(data)
        if magic == _MAGIC and zlib.crc32(data[:-4]) == crc:
            return AnchorValue(generation, secret)
    return AnchorValue(0, bytes(SECRET_BYTES))


class Anchor(Protocol):
    """Two slots. A write is durable on return; a torn one leaves a value that opens nothing, the other slot whole."""

    @property
    def strength(self) -> str:
        """How surely an overwritten value is gone, in the words of the certificate."""

    def read(self, slot: int) -> AnchorValue:
        """Raises Damaged when there is no slot to read, Unavailable when what holds it does not answer now."""

    def write(self, slot: int, value: AnchorValue) -> None:
        """Overwrites the slot. Raises NotWritable."""


class FileAnchor:
    """Two files overwritten in place. Flash translation, snapshots and backups may keep old values: best effort."""

    strength = "file: best effort"

    def __init__(self, fs: Fs, directory: str, random: Callable[[int], bytes]) -> None:
        self._fs, self._directory, self._random = fs, directory, random

    @classmethod
    def create(cls, fs: Fs, directory: str, random: Callable[[int], bytes]) -> FileAnchor:
        """Both slots, erased and durable. The directory must exist."""
        anchor = cls(fs, directory, random)
        for slot in SLOTS:
            file = fs.create(anchor.path(slot), mode=0o600)
            try:
                file.write(anchor._page(AnchorValue(0, random(SECRET_BYTES))))
                file.sync()
            finally:
                file.close()
        fs.sync_dir(directory)
        return anchor

    def path(self, slot: int) -> str:
        return os.path.join(self._directory, f"anchor.{slot}")

    def read(self, slot: int) -> AnchorValue:
        path = self.path(slot)
        try:
            page = self._fs.read_at(path, 0, VALUE_BYTES)
        except OSError as error:
            raise Damaged(
                f"{path}: the anchor cannot be read ({error.strerror}); without it no footage opens: "
                "look for the file before anything is written"
            ) from error
        return unpack_value(page)

    def write(self, slot: int, value: AnchorValue) -> None:
        path = self.path(slot)
        try:
            self._fs.overwrite(path, self._page(value))
        except OSError as error:
            raise NotWritable.of("anchor-unwritten", path=path, why=error.strerror) from error

    def _page(self, value: AnchorValue) -> bytes:
        return pack_value(value) + self._random(_FILE_BYTES - VALUE_BYTES)
