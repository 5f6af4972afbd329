"""Who of those at this browser may act, so that a page offers what the keeper will take. The keeper judges again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from appliance.protocol.login import Seat
from appliance.rules.people import ARCHIVERS, DECIDERS, MAY, OFFICERS
from appliance.rules.scans import GETTERS

__all__ = [
    "ABLE",
    "EXPORTERS",
    "able",
    "decider_here",
    "keyholder_of",
    "officer_here",
    "officer_seat",
    "pair_here",
    "pair_lacks",
    "passwords_of",
    "who_acts",
]


EXPORTERS = frozenset({"officer", "manager", "auditor", "archivist"})
"""Who takes a case file along (``domain`` 4.3)."""


ABLE: Mapping[str, frozenset[str]] = {
    "archive": ARCHIVERS,
    "case-file": EXPORTERS,
    "identifiers": MAY["see-cases"],
    "masks": frozenset({"officer"}),
    "officer": OFFICERS,
    "scan-file": GETTERS,
    "stations": OFFICERS | DECIDERS,
}
"""For forms that offer no choice of who acts: by the form's name in its template, the roles of whoever may."""


def able(seats: Iterable[Seat], what: str) -> list[Seat]:
    """Those here who may: ``what`` is a key of :data:`ABLE`."""
    return [seat for seat in seats if ABLE[what] & set(seat.roles)]


def who_acts(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Whose act a form is, and the password that proves it where two people are here. ``seat`` is 0 where the form
    names none: the first who may."""
    seat, password = posted.get("seat", ""), posted.get("password", "")
    return {
        "seat": int(seat) if seat in ("1", "2") else 0,
        "password": password if isinstance(password, str) else "",  # a file is taken as nothing typed
    }


def keyholder_of(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Whose password opens footage, and that password: the first person's where the form names none."""
    who = who_acts(posted)
    return who | {"seat": who["seat"] or 1}


def officer_here(seats: Iterable[Seat]) -> bool:
    """Whether a designated officer or system manager sits here."""
    return any(OFFICERS & set(seat.roles) for seat in seats)


def officer_seat(seats: Iterable[Seat]) -> Seat | None:
    """The first designated officer or system manager who sits here."""
    return next((seat for seat in seats if OFFICERS & set(seat.roles)), None)


def decider_here(seats: Iterable[Seat]) -> Seat | None:
    """The first unit head or director who sits here."""
    return next((seat for seat in seats if DECIDERS & set(seat.roles)), None)


def pair_here(seats: tuple[Seat, ...], approvers: Collection[str] = DECIDERS) -> bool:
    """Whether one here may propose and another, of ``approvers``, approve."""
    return any(
        first.person != second.person and OFFICERS & set(first.roles) and set(approvers) & set(second.roles)
        for first in seats
        for second in seats
    )


def pair_lacks(seats: tuple[Seat, ...]) -> str:
    """Who is missing here for a change of people, as a code; "" where nobody is."""
    if pair_here(seats):
        return ""
    if not officer_here(seats):
        return "officer"
    return "decider" if decider_here(seats) is None else "another"


def passwords_of(posted: Mapping[str, Any]) -> dict[str, str]:
    """What both people typed, by seat."""
    typed = {seat: posted.get(f"password-{seat}", "") for seat in ("1", "2")}
    return {seat: text for seat, text in typed.items() if isinstance(text, str)}
