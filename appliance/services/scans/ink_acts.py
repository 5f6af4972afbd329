"""Acts that were signed in ink: who enters one, whose signature it is, and the scan that shows it (``AT-73``).

An act whose request has ``ink`` (``signer``, an account; ``at_ns``; ``scan``, a number) was done on its printed
sheet. The person in the seat enters it with their own password and signs nothing by that: the act is the signer's, in
ink, with the roles that the signer had on that day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound, UsageError
from appliance.rules.deadlines import day_of
from appliance.rules.ink import Ink, check_scan, ink_refused
from appliance.rules.people import OFFICERS, Actor, acting_on
from appliance.services.people.login import Seat
from appliance.services.people.peoplebook import PeopleBook, Person
from appliance.services.scans.scans import ScanBook

__all__ = ["InkActs", "InkedAct"]


class InkedAct(NamedTuple):
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


class InkActs:
    """Over the people and the scans."""

    def __init__(self, people: PeopleBook, scans: ScanBook, clock: Clock) -> None:
        self._people, self._scans, self._clock = people, scans, clock

    def read(
        self, said: Mapping[str, Any] | None, seat: Seat, event: str, of: Collection[str], *, proved: bool
    ) -> InkedAct | None:
        """The signature that ``said`` names; None of an act in the system. ``seat``: who enters it; ``proved``: by the
        password; ``of``: whose scans may show it. Raises NotAllowed with what is wrong, UsageError for what no form
        sends."""
        if not said:
            return None
        if not OFFICERS & set(seat.roles):
            words = "the person who enters it must be logged in as officer or manager"
            raise ink_refused(event, "enters", words, who=seat.display)
        if not proved:
            raise ink_refused(event, "password", "it takes the password of the person who enters it", who=seat.display)
        account, at_ns, number = _typed(said)
        signer = self._signer(event, account)
        if at_ns > (now_ns := self._clock.wall_ns()):
            raise ink_refused(event, "future", "that moment is still to come; write it as the sheet has it",
                              at_ns=at_ns, now_ns=now_ns)  # fmt: skip
        ink = self._shown(event, number, of, at_ns, seat)
        day = day_of(at_ns)
        return InkedAct(signer, ink, day, signer.was_on(day), acting_on(signer.grants, day))

    def _signer(self, event: str, account: str) -> Person:
        if not account or not self._people.knows(account):
            words = "nobody of the office is named as who signed; choose the person"
            raise ink_refused(event, "signer", words, who=account)
        return self._people.get(account)

    def _shown(self, event: str, number: str, of: Collection[str], at_ns: int, seat: Seat) -> Ink:
        """The signature as its scan shows it."""
        try:
            scan = self._scans.get(number) if number else None
        except (NotFound, Damaged):
            scan = None
        if scan is None or scan.of not in of:
            words = "there is no such scan here; scan the signed sheet, take it in, and choose it"
            raise ink_refused(event, "no-scan", words, scan=number)
        if scan.struck_ns or scan.destroyed_ns or scan.damaged or self._scans.wrong(scan):
            words = f"scan {number} was struck or does not open; scan the signed sheet again and choose that scan"
            raise ink_refused(event, "bad-scan", words, scan=number)
        ink = Ink(at_ns=at_ns, scan=number, sha256=scan.sealed.sha256, by=seat.person, by_name=seat.display)
        check_scan(event, ink, scan.taken_ns)
        return ink


def _typed(said: Mapping[str, Any]) -> tuple[str, int, str]:
    try:
        return str(said["signer"]), int(said["at_ns"]), str(said["scan"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError.of("ink-unread") from error
