"""A ZIP that is made piece by piece, so that one of any size takes no more memory than a piece. Pure.

Sizes and sums come after each file, so nothing is known or held in advance. The same pieces give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from typing import IO

__all__ = ["FAST", "PLAIN", "Packer"]

FAST, PLAIN = 1, 0
"""How hard it packs: what is packed already hardly or not at all."""


class _Sink(io.RawIOBase):
    """What was written and not taken yet; nothing can go back in it."""

    def __init__(self) -> None:
        self._made = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._made += piece
        return len(piece)

    def take(self) -> bytes:
        made, self._made = bytes(self._made), bytearray()
        return made


class Packer:
    """``begin``, ``add`` as often as there is something, ``end``; in the end ``close``. ``taken`` after each."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        self._file: IO[bytes] = io.BytesIO()

    def begin(self, name: str, level: int = 6, *, large: bool = False) -> None:
        """A file; ``level``: how hard it is packed, 0 to 9; ``large``: it may have 2 GiB and more."""
        self._zip.compresslevel = level
        self._file = self._zip.open(name, "w", force_zip64=large)

    def add(self, piece: bytes) -> None:
        self._file.write(piece)

    def end(self) -> None:
        self._file.close()

    def close(self) -> bytes:
        """The last piece."""
        self._zip.close()
        return self._sink.take()

    def taken(self) -> bytes:
        """What was made since it was asked last."""
        return self._sink.take()
