"""Looks at what the machine left: two pictures of its screen, and a disk or memory image for pieces of footage."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

__all__ = ["brightness", "difference", "pieces_in", "pieces_of"]

PIECE = 32
"""Bytes of footage or of a picture that stand nowhere else."""
_STEP = 64 << 20


def difference(one: Path, other: Path) -> float:
    """The share of the screen that differs, 0 to 1: a blinking caret is some 0.0001; another size is 1."""
    first, second = (cv2.imread(str(each), cv2.IMREAD_GRAYSCALE) for each in (one, other))
    if first is None or second is None or first.shape != second.shape:
        return 1.0
    return float(np.mean(np.abs(first.astype(np.int16) - second.astype(np.int16)) > 24))


def brightness(picture: Path) -> float:
    """0 black, 255 white."""
    return float(np.mean(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)))


def pieces_of(media: bytes, count: int = 6) -> list[bytes]:
    """Pieces out of the body of an answer, from places spread over it; none of one byte's repetition."""
    found: list[bytes] = []
    for number in range(1, 200):
        at = number * len(media) // 200
        piece = media[at : at + PIECE]
        if len(piece) == PIECE and len(set(piece)) > PIECE // 2 and b"\n" not in piece:
            found.append(piece)
    return found[:: max(1, len(found) // count)][:count]


def pieces_in(image: Path, pieces: Iterable[bytes]) -> list[tuple[int, int]]:
    """Each piece's number and where it stands first in the image; what was never written is passed over."""
    found: list[tuple[int, int]] = []
    wanted = list(enumerate(pieces))
    with image.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        for start, end in _written(file.fileno(), len(whole)):
            for at in range(start, end, _STEP):
                block = whole[at : min(at + _STEP + PIECE, end)]
                for number, piece in list(wanted):
                    if (place := block.find(piece)) >= 0:
                        found.append((number, at + place))
                        wanted.remove((number, piece))
    return found


def _written(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    at = 0
    while at < size:
        try:
            at = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError:
            return
        end = os.lseek(descriptor, at, os.SEEK_HOLE)
        yield at, end
        at = end
