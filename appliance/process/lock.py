"""One process at a time: an advisory lock that the kernel drops with its holder, however that ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import stat
from collections.abc import Iterator

from appliance.core.errors import Unavailable

__all__ = ["only_one"]

_TRIES = 30
"""A tenth of a second apart: a holder that was killed may have children that die a moment later."""


@contextlib.contextmanager
def only_one(path: str, what: str, *, place: str | None = None) -> Iterator[None]:
    """Holds the lock file ``path``, made when it is not there. Raises Unavailable naming the process that holds it.

    ``place``: a folder of the user whose process it is, where the file's own folder is not; root takes the lock in that
    user's name. Others may write in the file's folder (``run/``): no link is followed, the file can be opened by its
    user alone, so that nobody else holds it, and what else lies there is taken away.
    """
    fd = _opened(path, what, _owner(place or os.path.dirname(path)))
    try:
        if not _taken(fd):
            holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise Unavailable(f"{what}: process {holder} has it open already; stop that one first")
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


def _owner(place: str) -> int:
    try:
        return os.stat(place).st_uid
    except FileNotFoundError:
        return os.geteuid()


def _opened(path: str, what: str, owner: int) -> int:
    """A descriptor of the lock file: a plain file of ``owner`` or of this user, of no other name."""
    why = ""
    for _ in range(_TRIES):
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.EACCES, errno.EISDIR, errno.ENXIO) or _is_of(path, owner):
                raise
            why = error.strerror or str(error)
        else:
            found = os.fstat(fd)
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_uid in (owner, os.geteuid()):
                if found.st_uid == os.geteuid() != owner:
                    os.fchown(fd, owner, -1)
                os.fchmod(fd, 0o600)
                return fd
            os.close(fd)
            why = f"it is no plain file of user {owner}'s"
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
        except OSError:
            break
    raise Unavailable(f"{what}: {path} cannot be taken as its lock ({why}); find out who put it there and remove it")


def _is_of(path: str, owner: int) -> bool:
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        return stat.S_ISREG(found.st_mode) and found.st_uid == owner
    return False


def _taken(fd: int) -> bool:
    for _ in range(_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        select.select([], [], [], 0.1)
    return False
