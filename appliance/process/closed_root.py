"""A root directory that holds nothing but what a process may read: what closes files on a kernel without Landlock.

The process must be in a mount namespace of its own. Every allowed file or directory is cloned as a mount, read-only
unless it may be written, and set into an empty tmpfs at its own path, with the symbolic links that lead there; that
tmpfs becomes the root and the old root is unmounted.
"""

from __future__ import annotations

import ctypes
import os
import re
import stat
from collections.abc import Iterable

__all__ = ["close_root"]

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 32, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_OPEN_TREE_CLONE, _MOVE_EMPTY_PATH = 1, 4
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_MOST_LINKS = 40

_NETWORK_TABLE = re.compile(r"/proc/\d+/net/\w+")
_PLACE = "/dev"
"""Where the new root is mounted until it is the root: a directory that every Linux has."""


class _Attributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns", ctypes.c_uint64),
    )


def close_root(reads: Iterable[str], devices: Iterable[str], writes: Iterable[str]) -> None:
    """From here on there is nothing but these paths. Paths that do not exist are left out. Raises OSError."""
    wanted = {_mounted(path): _ATTR_RDONLY | _ATTR_NODEV for path in reads}
    wanted |= {_mounted(path): _ATTR_NODEV for path in writes}
    wanted |= {_mounted(path): 0 for path in devices}
    links = dict(link for path in (*reads, *devices, *writes) for link in _links(path))
    libc = ctypes.CDLL(None, use_errno=True)
    _done("the root cannot be made private", libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))
    trees = {path: _clone(libc, path, flags) for path, flags in sorted(wanted.items()) if os.path.exists(path)}
    directories = {path: os.path.isdir(path) for path in trees}
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    options = b"size=256k,nr_inodes=2k,mode=755"
    _done("tmpfs", libc.mount(b"tmpfs", _PLACE.encode(), b"tmpfs", flags, options))
    for path, tree in trees.items():
        target = _PLACE + path
        if not os.path.exists(target):
            os.makedirs(target if directories[path] else os.path.dirname(target), exist_ok=True)
            if not directories[path]:
                os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
        moved = libc.syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, target.encode(), _MOVE_EMPTY_PATH)
        _done(path, moved)
        os.close(tree)
    for path, leads_to in links.items():
        if not os.path.lexists(_PLACE + path):
            os.makedirs(os.path.dirname(_PLACE + path), exist_ok=True)
            os.symlink(leads_to, _PLACE + path)
    os.chdir(_PLACE)
    _done("the old root", libc.pivot_root(b".", b"."))
    _done("the old root", libc.umount2(b".", _MNT_DETACH))
    os.chdir("/")
    _done("the new root", libc.mount(None, b"/", None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | flags, None))


def _mounted(path: str) -> str:
    """What is mounted for ``path``: itself, or its directory where it is a table of the network in ``/proc``, which
    move_mount(2) does not find."""
    real = os.path.realpath(path)
    return os.path.dirname(real) if _NETWORK_TABLE.fullmatch(real) else real


def _links(path: str) -> Iterable[tuple[str, str]]:
    """The symbolic links on the way to ``path``, each with where it leads."""
    for _ in range(_MOST_LINKS):
        reached = ""
        for part in (parts := path.strip("/").split("/")):
            reached += "/" + part
            try:
                if not stat.S_ISLNK(os.lstat(reached).st_mode):
                    continue
            except OSError:
                return
            leads_to = os.readlink(reached)
            yield reached, leads_to
            rest = parts[reached.count("/") :]
            path = os.path.normpath(os.path.join(os.path.dirname(reached), leads_to, *rest))
            break
        else:
            return


def _clone(libc: ctypes.CDLL, path: str, flags: int) -> int:
    """A detached copy of the mount at ``path`` and of all beneath it."""
    tree = libc.syscall(_OPEN_TREE, _AT_FDCWD, path.encode(), _OPEN_TREE_CLONE | os.O_CLOEXEC | _AT_RECURSIVE)
    _done(path, tree)
    attributes = _Attributes(set=flags | _ATTR_NOSUID, propagation=_MS_PRIVATE)
    size = ctypes.sizeof(attributes)
    how = _AT_EMPTY_PATH | _AT_RECURSIVE
    _done(path, libc.syscall(_MOUNT_SETATTR, tree, b"", how, ctypes.byref(attributes), size))
    return int(tree)


def _done(what: str, result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
