"""The keeper's answers about accounts, as pages read them."""

from __future__ import annotations

import msgspec

__all__ = [
    "Account",
    "Accounts",
    "Enrolment",
    "OwnSessionView",
    "SecurityKeyView",
]


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor that waits to be proved; ``needed`` where the roles take one. ``chooses``: an own password is
    chosen with it."""

    token: str
    person: str
    display: str
    secret: str
    uri: str
    needed: bool = True
    chooses: bool = False

    def __repr__(self) -> str:
        return f"<enrolment of {self.person}>"


class OwnSessionView(msgspec.Struct, frozen=True, kw_only=True):
    here: bool = False
    began_ago_ns: int = 0
    seen_ago_ns: int = 0


class SecurityKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A security key. ``doubted``: it counted backwards and opens nothing."""

    key: str
    label: str = ""
    added_ns: int = 0
    used_ns: int = 0
    doubted: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who sits here sees of the own account."""

    seat: int
    factor: bool = False
    keys: tuple[SecurityKeyView, ...] = ()
    keyholder: bool = False
    sittings: tuple[OwnSessionView, ...] = ()


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """``keys_possible``: the box is reached by a name, without which browsers use no security key."""

    keys_possible: bool = False
    accounts: tuple[Account, ...] = ()
