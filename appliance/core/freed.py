"""Memory that was freed and still holds what lay in it. Keys are kept in ``bytearray``, which is wiped in place
(``formats/sealing.py``); this is for text, which Python cannot change."""

from __future__ import annotations

__all__ = ["overwrite_freed"]

_SIZES = range(16, 257, 16)
"""Bytes of the blocks in which CPython's allocator keeps small objects, as far as a line of text needs them."""

_EACH = 6000
"""More than the gaps of one size in a process of ours: they are filled first, then new memory is taken."""

_HEAD_BYTES = 33


def overwrite_freed() -> None:
    """Puts zeros where short text lay that nobody holds any more; takes some milliseconds, and some MiB meanwhile.

    That all of it is reached is not promised: how memory is given out is CPython's own affair.
    """
    held = [bytes(size - _HEAD_BYTES) for size in _SIZES if size > _HEAD_BYTES for _ in range(_EACH)]
    held.clear()
