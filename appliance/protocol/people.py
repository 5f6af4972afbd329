"""The office's people: what pages ask of the keeper about them. Days are ``YYYY-MM-DD``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.protocol.act_entry import ActEntry
from appliance.protocol.endpoint import ActRequest, Done, Endpoint, PairRequest, SessionRequest

__all__ = [
    "ADD_PERSON",
    "CLOSE_PERSON",
    "END_ROLE",
    "ENROL_KEYHOLDER",
    "GRANT_ROLE",
    "MOVE_PERSON",
    "PEOPLE",
    "PERSON",
    "PERSON_ACTS",
    "PLEDGE",
    "REOPEN_PERSON",
    "RESET_PERSON",
    "REVIEW_PEOPLE",
    "AddPerson",
    "DocumentedAct",
    "DrawnPassword",
    "EndRole",
    "GrantRole",
    "MovePerson",
    "PeopleNow",
    "PersonAct",
    "PersonDetails",
    "PersonNow",
    "PersonRequest",
    "ReviewPeople",
    "RoleGrantView",
]


class RoleGrantView(msgspec.Struct, frozen=True, kw_only=True):
    """A role and its days (no ``end`` until it is ended)."""

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
    """All of the office, and when its accounts were last reviewed."""

    today: str
    people: tuple[PersonNow, ...] = ()
    reviewed_ns: int = 0
    review_days: int = 365
    pledge_days: int = 365


class PersonRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """About the account ``name``."""

    name: str


class PersonDetails(msgspec.Struct, frozen=True, kw_only=True):
    """One person and what was done about the account, newest first."""

    today: str
    person: PersonNow
    history: tuple[ActEntry, ...] = ()


class PersonAct(PairRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An act about the account ``name``."""

    name: str


class DocumentedAct(PersonAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An act that rests on a ``document``."""

    document: str


class GrantRole(DocumentedAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``acting``: for somebody else who has the role."""

    role: str
    start: str
    end: str = ""
    acting: bool = False


class AddPerson(GrantRole, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An account and its first role."""

    display: str
    post: str
    unit: str


class EndRole(DocumentedAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    role: str
    acting: bool = False


class MovePerson(DocumentedAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    display: str
    post: str
    unit: str


class ReviewPeople(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The yearly review of all accounts, signed by whom ``seat`` names."""

    remark: str = ""


class DrawnPassword(msgspec.Struct, frozen=True):
    """The password for the first log-in, shown this once: "" where the act is repeated."""

    drawn: str = ""


PEOPLE = Endpoint("people", SessionRequest, PeopleNow, reads=True)
PERSON = Endpoint("person", PersonRequest, PersonDetails, reads=True)
ADD_PERSON = Endpoint("person.add", AddPerson, DrawnPassword)
GRANT_ROLE = Endpoint("person.grant", GrantRole, Done)
END_ROLE = Endpoint("person.end-grant", EndRole, Done)
MOVE_PERSON = Endpoint("person.move", MovePerson, Done)
CLOSE_PERSON = Endpoint("person.close", DocumentedAct, Done)
REOPEN_PERSON = Endpoint("person.reopen", DocumentedAct, Done)
RESET_PERSON = Endpoint("person.reset", PersonAct, DrawnPassword)
ENROL_KEYHOLDER = Endpoint("person.enrol", PersonAct, Done)
PLEDGE = Endpoint("person.pledge", DocumentedAct, Done)
REVIEW_PEOPLE = Endpoint("people.review", ReviewPeople, Done)

PERSON_ACTS: Mapping[str, Endpoint[Any, Any]] = {
    row.name.removeprefix("person."): row
    for row in (
        ADD_PERSON,
        GRANT_ROLE,
        END_ROLE,
        MOVE_PERSON,
        CLOSE_PERSON,
        REOPEN_PERSON,
        RESET_PERSON,
        ENROL_KEYHOLDER,
        PLEDGE,
    )
}
"""By the act of the page's form."""
