"""Which user has which place of an installed office: each process gets what it writes, and reads by the group the rest
that it needs.

===============  =============  =====  ===================================================================
place            owner          mode   others
===============  =============  =====  ===================================================================
``office``       or-keeper      0755   ``footage.id`` in it is the keeper's to replace and anybody's to read
``boot/``        or-keeper      0750   files 0640: the recorder reads them by the group
``keeper/``      or-keeper      0700   nobody
``ring/``        or-keeper      0700   nobody; the files in it are as the recorder made them
``open/``        or-recorder    2770   the keeper takes closed files away
``probe/``       or-keeper      0700   nobody
``heads/``       or-keeper      0755   anybody reads them
``web/``         or-web         2770   the keeper puts new certificates there
===============  =============  =====  ===================================================================

Only root calls this, and in ``open/`` and ``web/`` others write meanwhile: no link is followed, and no mode is changed
of what is no folder or plain file.
"""

from __future__ import annotations

import contextlib
import grp
import os
import stat
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from appliance.core.errors import UsageError
from appliance.core.settings import Layout
from appliance.protocol.callers import GROUP, USERS, installed_users

__all__ = ["give_office", "give_places"]


class _Place(NamedTuple):
    path: str
    uid: int
    mode: int
    files: int = 0
    """The mode of the files directly in it; 0: they stay as they are."""
    whole: bool = False
    """All that is in it has the same owner, down to the last file."""


def give_office(layout: Layout) -> int:
    """As :func:`give_places`, to the users that this box has. Raises UsageError before set-up, for who is not root, and
    where there are no such users."""
    if not os.path.isdir(layout.office):
        raise UsageError(f"{layout.state}: no office is set up here; run `appliance setup`")
    if os.geteuid() != 0:
        raise UsageError("owners: only root can give files to others; run it as root")
    users = installed_users()
    missing = [name for role, name in USERS.items() if role not in users]
    try:
        group = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        missing.append(f"group {GROUP}")
    if missing:
        raise UsageError(f"owners: this box has no {', '.join(missing)}; run `systemd-sysusers` with deploy/sysusers.d")
    return give_places(layout, users, group)


def give_places(layout: Layout, users: Mapping[str, int], group: int) -> int:
    """Gives each place that is there to its user; how many files and folders were changed. Raises OSError."""
    return sum(_give(place, group) for place in _places(layout, users))


def _places(layout: Layout, users: Mapping[str, int]) -> list[_Place]:
    keeper = users["keeper"]
    return [
        _Place(layout.office, keeper, 0o755),
        _Place(layout.boot, keeper, 0o750, files=0o640, whole=True),
        _Place(layout.keeper, keeper, 0o700, whole=True),
        _Place(layout.heads, keeper, 0o755, whole=True),
        _Place(layout.web, users["web"], 0o2770, whole=True),
        _Place(layout.footage, keeper, 0o755),
        _Place(os.path.join(layout.footage, "probe"), keeper, 0o700, whole=True),
        _Place(layout.ring, keeper, 0o700),
        *(_Place(shelf, keeper, 0o700) for shelf in _folders(layout.ring)),
        _Place(layout.copies, keeper, 0o700, whole=True),
        _Place(layout.open, users["recorder"], 0o2770),
        *(_Place(os.path.join(folder, "footage.id"), keeper, 0o644) for folder in {layout.office, layout.footage}),
    ]


def _folders(path: str) -> list[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(path) as entries:
        return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return []


def _give(place: _Place, group: int) -> int:
    changed = _change(place.path, place.uid, group, place.mode)
    if place.whole:
        for path in _under(place.path):
            changed += _change(path, place.uid, group, place.files)
    return changed


def _under(path: str) -> Iterator[str]:
    for folder, folders, files in os.walk(path, followlinks=False):
        for name in (*folders, *files):
            yield os.path.join(folder, name)


def _change(path: str, uid: int, group: int, mode: int) -> int:
    """0 where nothing had to be changed, or nothing is there."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0  # a link, a socket, or gone meanwhile
    try:
        found = os.fstat(fd)
        if not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
            return 0
        if stat.S_ISDIR(found.st_mode) and mode and not mode & 0o111:
            mode |= 0o110  # a folder among files of that mode
        if stat.S_ISREG(found.st_mode) and found.st_nlink != 1:
            return 0  # somebody gave it a second name
        was = found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)
        wanted = uid, group, mode or was[2]
        if was == wanted:
            return 0
        os.fchown(fd, uid, group)
        os.fchmod(fd, wanted[2])  # a change of owner takes the set-group bit away
        return 1
    finally:
        os.close(fd)
