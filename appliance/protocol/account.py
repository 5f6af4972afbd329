"""What people do with their own account: the first log-in, another password or second factor, security keys."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.protocol.endpoint import Done, Endpoint, Request, SessionRequest

__all__ = [
    "ACCOUNT",
    "BEGIN_FACTOR",
    "BEGIN_FIRST",
    "BEGIN_KEY",
    "CHANGE_PASSWORD",
    "FINISH_FACTOR",
    "FINISH_FIRST",
    "FINISH_KEY",
    "FIRST_AGAIN",
    "KEY_REQUEST",
    "REMOVE_KEY",
    "Account",
    "Accounts",
    "BeginFirst",
    "ChangePassword",
    "Enrolment",
    "EnrolmentRequest",
    "FinishFactor",
    "FinishFirst",
    "FinishKey",
    "FirstLogIn",
    "KeyOptions",
    "OwnSessionView",
    "ProvedRequest",
    "RemoveKey",
    "SecurityKeyView",
]


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor that waits to be proved. ``uri`` is what the authenticator app scans, ``secret`` the same to be
    typed; ``needed``: the person's roles take a second factor. ``chooses``: an own password is chosen with it, in
    place of the drawn one."""

    token: str
    person: str
    display: str
    secret: str
    uri: str
    needed: bool = True
    chooses: bool = False

    def __repr__(self) -> str:
        return f"<enrolment of {self.person}>"


class BeginFirst(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``source``: the browser's address, by which wrong tries are counted."""

    name: str
    password: str
    source: str = ""


class EnrolmentRequest(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The enrolment that waits under ``token``."""

    token: str


class FinishFirst(EnrolmentRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``password``: the person's own, where one is chosen; ``code``: of the second factor, where there is one."""

    password: str
    code: str = ""


class FirstLogIn(msgspec.Struct, frozen=True):
    """The account whose log-in works now."""

    person: str


class OwnSessionView(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person's sessions. ``here``: the one that asks."""

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
    """What a person who is logged in sees of the own account."""

    seat: int
    factor: bool = False
    keys: tuple[SecurityKeyView, ...] = ()
    keyholder: bool = False
    sittings: tuple[OwnSessionView, ...] = ()


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """``keys_possible``: the box is reached by a name, without which browsers use no security key."""

    keys_possible: bool = False
    accounts: tuple[Account, ...] = ()


class ChangePassword(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    seat: int
    old: str
    new: str


class ProvedRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The person in ``seat`` typed the ``password`` for this."""

    seat: int
    password: str


class FinishFactor(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The enrolment of ``token`` is proved by a ``code``."""

    token: str
    code: str


class KeyOptions(msgspec.Struct, frozen=True):
    """What the browser hands to a security key, as WebAuthn has it."""

    options: dict[str, Any]


class FinishKey(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``credential``: what the browser made, as JSON."""

    seat: int
    credential: str
    label: str


class RemoveKey(ProvedRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    key: str


BEGIN_FIRST = Endpoint("first.begin", BeginFirst, Enrolment)
FIRST_AGAIN = Endpoint("first.again", EnrolmentRequest, Enrolment)
FINISH_FIRST = Endpoint("first.finish", FinishFirst, FirstLogIn)
ACCOUNT = Endpoint("account", SessionRequest, Accounts, reads=True)
CHANGE_PASSWORD = Endpoint("account.password", ChangePassword, Done)
BEGIN_FACTOR = Endpoint("account.factor", ProvedRequest, Enrolment)
FINISH_FACTOR = Endpoint("account.factor-proved", FinishFactor, Done)
KEY_REQUEST = Endpoint("key.request", Request, KeyOptions)
"""What a browser asks a security key of this site; the same for everybody."""
BEGIN_KEY = Endpoint("account.key", ProvedRequest, KeyOptions)
FINISH_KEY = Endpoint("account.key-proved", FinishKey, Done)
REMOVE_KEY = Endpoint("account.key-removed", RemoveKey, Done)
