"""Who speaks on the keeper's socket: by the user that the kernel names, or, where all processes run as one user, by a
token that whoever started them handed to each.

An installed office has a user for each process (:data:`USERS`): then the user decides and no token counts. A trial is
one user: its launcher draws a token for each process, hands the keeper all of them and every other process its own,
through a pipe that is read once. Whoever has no token is then the command line, as root is everywhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
from collections.abc import Callable, Mapping

__all__ = [
    "CONSOLE",
    "GROUP",
    "ROLES",
    "USERS",
    "Callers",
    "Tokens",
    "drop_token",
    "handed",
    "installed_users",
    "own_token",
    "server_uids",
    "take_tokens",
]

ROLES = ("keeper", "recorder", "web", "darkroom")
USERS: Mapping[str, str] = {role: f"or-{role}" for role in ROLES}
"""The users of the units in ``deploy/systemd``; ``deploy/sysusers.d`` makes them."""
GROUP = "or"
"""Of all of them."""
CONSOLE = "console"
"""The command line."""

_VARIABLE = "OFFICE_RECORDER_TOKENS"
_MOST_BYTES = 4096
_ROOT = 0
_NOBODY: frozenset[str] = frozenset()


class Callers:
    """Which roles a caller speaks in."""

    def __init__(self, by_uid: Mapping[int, frozenset[str]], by_token: Mapping[str, frozenset[str]]) -> None:
        """A token counts only for a user that ``by_uid`` has."""
        self._by_uid, self._by_token = dict(by_uid), dict(by_token)

    @classmethod
    def found(cls, uid: int, users: Mapping[str, int], tokens: Mapping[str, frozenset[str]]) -> Callers:
        """For a keeper that runs as ``uid``: by ``users`` (role to user id) where the keeper's is its own and no other
        process has it, else by ``tokens``."""
        console = frozenset({CONSOLE})
        if users.get("keeper") == uid and len(set(users.values())) == len(ROLES):
            return cls({**{user: frozenset({role}) for role, user in users.items()}, _ROOT: console}, {})
        return cls({uid: console, _ROOT: console}, tokens)

    @property
    def uids(self) -> frozenset[int]:
        """Who may connect at all."""
        return frozenset(self._by_uid)

    def roles(self, uid: int, token: str = "") -> frozenset[str]:
        """None for whoever may say nothing."""
        by_uid = self._by_uid.get(uid, _NOBODY)
        return self._by_token.get(token, by_uid) if by_uid and token else by_uid


class Tokens:
    """The launcher's: a token for each process that asks the keeper, as long as the launcher lives. ``more``: those
    that whoever started the launcher handed to it."""

    def __init__(self, random: Callable[[int], bytes], more: Mapping[str, frozenset[str]] | None = None) -> None:
        self._tokens = {role: random(32).hex() for role in ("recorder", "web")}
        self._more = {token: sorted(roles) for token, roles in (more or {}).items()}

    def handed(self, role: str) -> tuple[int, dict[str, str]]:
        """An open pipe that holds what the process of this role is handed, and how it is told of it. Close it when the
        process is there."""
        if role == "keeper":
            return handed({**self._more, **{token: [each] for each, token in self._tokens.items()}})
        return handed({token: [each] for each, token in self._tokens.items() if each == role})


def handed(tokens: Mapping[str, list[str]]) -> tuple[int, dict[str, str]]:
    """An open pipe with these tokens and their roles, and the variable that tells of it."""
    read, write = os.pipe()
    try:
        os.write(write, json.dumps(tokens).encode())
    finally:
        os.close(write)
    return read, {_VARIABLE: str(read)}


def take_tokens() -> dict[str, frozenset[str]]:
    """The tokens that this process was handed, with the roles of each; a second call finds none."""
    fd = _inherited()
    if fd is None:
        return {}
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError), open(fd, "rb") as pipe:
        return {token: frozenset(roles) for token, roles in json.loads(pipe.read(_MOST_BYTES)).items()}
    return {}


def drop_token() -> None:
    """For a process that is forked before the token is read, and must never have it."""
    if (fd := _inherited()) is not None:
        with contextlib.suppress(OSError):
            os.close(fd)


def own_token() -> str:
    """The one token that a process was handed, "" for none."""
    return next(iter(take_tokens()), "")


def installed_users() -> dict[str, int]:
    """The user ids of :data:`USERS`, as far as this machine has them."""
    found = {}
    for role, name in USERS.items():
        with contextlib.suppress(KeyError):
            found[role] = pwd.getpwnam(name).pw_uid
    return found


_SYSTEMD_LISTENS = frozenset({"medium"})
"""Whose socket systemd makes, so that root is who serves there; the process has no part in the others' folder."""


def server_uids(role: str) -> frozenset[int]:
    """As whom the process of this role may serve the one that asks: whoever can put a socket in its place is not it."""
    users, own = installed_users(), os.geteuid()
    if own in users.values() and role in users:
        return frozenset({users[role]})
    if own in users.values() and role in _SYSTEMD_LISTENS:
        return frozenset({_ROOT})
    return frozenset({own})


def _inherited() -> int | None:
    """Where the tokens are; told once."""
    value = os.environ.pop(_VARIABLE, "")
    return int(value) if value.isdigit() else None
