"""The keeper's answers about people, as pages read them."""

from __future__ import annotations

import msgspec

from appliance.protocol.act_entry import ActEntry

__all__ = [
    "Account",
    "Accounts",
    "Enrolment",
    "Handover",
    "HandoverItem",
    "OwnSessionView",
    "PeopleNow",
    "PersonDetails",
    "PersonNow",
    "RoleGrantView",
    "SecurityKeyView",
    "SignedHandover",
]


class RoleGrantView(msgspec.Struct, frozen=True, kw_only=True):
    """A role and its days (``YYYY-MM-DD``; no ``end`` until it is ended)."""

    role: str
    start: str
    end: str = ""
    acting: bool = False
    now: bool = False
    over: bool = False


class PersonNow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account. ``waits``: for the first log-in. ``keyholder``: has a key, be it one that opens nothing
    while the account is suspended. Times are 0 and days empty until they are."""

    name: str
    display: str
    post: str = ""
    unit: str = ""
    roles: tuple[str, ...] = ()
    grants: tuple[RoleGrantView, ...] = ()
    added_ns: int = 0
    closed_ns: int = 0
    closed_why: str = ""
    suspended_ns: int = 0
    pledged: str = ""
    waits: bool = False
    factor: bool = False
    used_ns: int = 0
    keyholder: bool = False


class PeopleNow(msgspec.Struct, frozen=True, kw_only=True):
    today: str
    people: tuple[PersonNow, ...] = ()
    reviewed_ns: int = 0
    review_days: int = 365
    pledge_days: int = 365


class PersonDetails(msgspec.Struct, frozen=True, kw_only=True):
    today: str
    person: PersonNow
    history: tuple[ActEntry, ...] = ()


class HandoverItem(msgspec.Struct, frozen=True, kw_only=True):
    """A thing on a hand-over list. ``takers``: accounts that may take it; ``taker``: on a signed list, who did."""

    sort: str
    key: str
    id: str = ""
    number: str = ""
    what: str = ""
    due: str = ""
    roles: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()
    taker: str = ""


class SignedHandover(msgspec.Struct, frozen=True, kw_only=True):
    index: int
    at_ns: int
    document: str = ""
    by: str = ""
    by_person: str = ""
    approved_by: str = ""
    approved_person: str = ""
    items: tuple[HandoverItem, ...] = ()


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who leaves hands over. ``keyholders``: how many others open the vault. ``names``: of takers."""

    name: str
    display: str
    post: str = ""
    unit: str = ""
    closed_ns: int = 0
    keyholder: bool = False
    keyholders: int = 0
    lines: tuple[str, ...] = ()
    items: tuple[HandoverItem, ...] = ()
    names: dict[str, str] = {}
    signed: tuple[SignedHandover, ...] = ()


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
