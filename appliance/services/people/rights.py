"""Who may look at what, as every endpoint that only shows asks first; and whose act it is, by what was typed. What
changes anything is judged by the book that it changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from appliance.core.errors import Refused
from appliance.protocol.endpoint import ActRequest, SeatRequest, SessionRequest
from appliance.rules.people import DECIDERS, MAY, may
from appliance.services.people.login import Logins, Seat, Session
from appliance.services.people.pairs import Pair, prove_pair

__all__ = ["Rights", "typed_by_seat"]


class Rights:
    """Over the log-ins."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def session(self, request: SessionRequest) -> Session:
        """Raises NotLoggedIn."""
        return self._logins.session(request.session, active=request.active)

    def left_ns(self, request: SessionRequest) -> int:
        """For how much longer the log-in may last, whoever is there. Raises NotLoggedIn."""
        return self._logins.left_ns(request.session)

    def require(self, request: SessionRequest, what: str) -> Session:
        """The session, if somebody in it may do ``what``, a key of ``rules.people.MAY``. Raises NotLoggedIn,
        Refused."""
        session = self.session(request)
        if not any(may(what, seat.roles) for seat in session.seats):
            raise Refused.of("not-yours-to-see", what=what, roles=", ".join(sorted(MAY[what])))
        return session

    def seat(self, request: ActRequest, thing: str) -> Seat:
        """The seat that the act names; nothing is proved. Raises NotLoggedIn, Refused that names the ``thing``."""
        seat = next((seat for seat in self.session(request).seats if seat.seat == request.seat), None)
        if seat is None:
            raise Refused.of("people-absent", thing=thing)
        return seat

    def proved(self, request: ActRequest | SeatRequest, seat: Seat) -> Seat:
        """The seat, whose password was typed for this very act. Raises Refused, Locked."""
        return self._logins.reauthenticate(request.session, seat.seat, request.password)

    def own(self, request: ActRequest | SeatRequest, seat: Seat) -> Seat:
        """The seat, where it is this person who acts: by the password that was typed or, without one, because nobody
        else is logged in at the same browser. Raises Refused, Locked."""
        if request.password:
            return self.proved(request, seat)
        if len(self._logins.session(request.session).seats) > 1:
            raise Refused.of("password-whose", name=seat.display)
        return seat

    def acting(self, request: ActRequest | SeatRequest, roles: Collection[str]) -> Seat:
        """The person in whose name an act is entered: the one of ``seat`` or, where it is 0, the first here who has one
        of ``roles``; proved as by :meth:`own`. Raises NotLoggedIn, Refused, Locked."""
        session = self._logins.session(request.session)
        first = session.seat_of(roles)
        fits = (seat for seat in session.seats if request.seat in (0, seat.seat) and set(seat.roles) & set(roles))
        seat = next(fits, None)
        if seat is None:
            raise Refused.of("not-yours-to-choose", roles=" or ".join(sorted(roles)), name=first.display)
        return self.own(request, seat)

    def pair(
        self, request: SessionRequest, passwords: Mapping[str, str], approvers: Collection[str] = DECIDERS
    ) -> Pair:
        """The two people of the session, both proved just now by what they typed, by seat number. Raises as
        :func:`prove_pair`."""
        return prove_pair(self._logins, request.session, typed_by_seat(passwords), approvers=approvers)


def typed_by_seat(passwords: Mapping[str, str]) -> dict[int, str]:
    """What the people of a session typed, by the number of the seat."""
    return {int(seat): password for seat, password in passwords.items() if seat in ("1", "2")}
