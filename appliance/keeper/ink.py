"""Acts that were signed in ink: who enters one, whose signature it is, and the scan that shows it (``AT-73``).

An act whose arguments have ``ink`` (``signer``, an account; ``at_ns``; ``scan``, a number) was done on its printed
sheet. The person in the seat enters it with their own password and signs nothing by that: the act is the signer's, in
ink, with the roles that the signer had on that day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from appliance.core.errors import Damaged, NotFound, UsageError
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import day_of
from appliance.rules.ink import Ink, check_scan, ink_refused
from appliance.rules.people import OFFICERS, Actor, acting_on
from appliance.services.people.login import Seat
from appliance.services.people.peoplebook import Person

__all__ = ["Inked", "inked_act"]


class Inked(NamedTuple):
    """Whose signature was entered, and the signature. ``day``: of the sheet; ``roles`` and ``acting``: the signer's on
    that day."""

    signer: Person
    ink: Ink
    day: date
    roles: tuple[str, ...]
    acting: frozenset[str]

    def seat(self, by: Seat) -> Seat:
        """The signer as a seat, for books that take one: proved by the sheet, at the moment at which ``by`` typed the
        password."""
        return by._replace(person=self.signer.name, display=self.signer.display, roles=self.roles)

    def actor(self) -> Actor:
        """The signer, where a book takes an actor."""
        return Actor(self.signer.name, self.roles, self.acting, proved=True, ink=self.ink)


def inked_act(keeper: Keeper, arguments: dict[str, Any], seat: Seat, event: str, of: Collection[str]) -> Inked | None:
    """The signature that the act's ``ink`` says; None of an act in the system. ``seat``: who enters it, whose password
    was proved where the arguments have one; ``of``: whose scans may show it. Raises NotAllowed with what is wrong,
    UsageError for what no form sends."""
    said = arguments.get("ink")
    if not said:
        return None
    if not OFFICERS & set(seat.roles):
        words = "the person who enters it must be logged in as officer or manager"
        raise ink_refused(event, "enters", words, who=seat.display)
    if not arguments.get("password"):
        raise ink_refused(event, "password", "it takes the password of the person who enters it", who=seat.display)
    account, at_ns, number = _typed(said)
    signer = _signer(keeper, event, account)
    if at_ns > (now_ns := keeper.clock.wall_ns()):
        raise ink_refused(event, "future", "that moment is still to come; write it as the sheet has it",
                          at_ns=at_ns, now_ns=now_ns)  # fmt: skip
    ink = _shown(keeper, event, number, of, at_ns, seat)
    day = day_of(at_ns)
    return Inked(signer, ink, day, signer.was_on(day), acting_on(signer.grants, day))


def _typed(said: Any) -> tuple[str, int, str]:
    try:
        return str(said["signer"]), int(said["at_ns"]), str(said["scan"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError.of("ink-unread") from error


def _signer(keeper: Keeper, event: str, account: str) -> Person:
    book = keeper.people.book
    if not account or not book.knows(account):
        words = "nobody of the office is named as who signed; choose the person"
        raise ink_refused(event, "signer", words, who=account)
    return book.get(account)


def _shown(keeper: Keeper, event: str, number: str, of: Collection[str], at_ns: int, seat: Seat) -> Ink:
    """The signature as its scan shows it."""
    try:
        scan = keeper.scans.get(number) if number else None
    except (NotFound, Damaged):
        scan = None
    if scan is None or scan.of not in of:
        words = "there is no such scan here; scan the signed sheet, take it in, and choose it"
        raise ink_refused(event, "no-scan", words, scan=number)
    if scan.struck_ns or scan.destroyed_ns or scan.damaged or keeper.scans.wrong(scan):
        words = f"scan {number} was struck or does not open; scan the signed sheet again and choose that scan"
        raise ink_refused(event, "bad-scan", words, scan=number)
    ink = Ink(at_ns=at_ns, scan=number, sha256=scan.sealed.sha256, by=seat.person, by_name=seat.display)
    check_scan(event, ink, scan.taken_ns)
    return ink
