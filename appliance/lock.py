"""One process at a time: an advisory lock that the kernel drops with its holder, however that ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
from collections.abc import Iterator

from appliance.errors import Unavailable

__all__ = ["only_one"]

_TRIES = 30
"""A tenth of a second apart: a holder that was killed may have children that die a moment later."""


@contextlib.contextmanager
def only_one(path: str, what: str) -> Iterator[None]:
    """Holds the lock file ``path``, made when it is not there. Raises Unavailable naming the process that holds it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        if not _taken(fd):
            holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise Unavailable(f"{what}: process {holder} has it open already; stop that one first")
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


def _taken(fd: int) -> bool:
    for _ in range(_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        select.select([], [], [], 0.1)
    return False
