"""What the keeper answers about log-ins and sessions. A password passes through once and is kept nowhere."""

from __future__ import annotations

from collections.abc import Callable

from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.endpoint import Request, Served, SessionRequest, serves
from appliance.protocol.login import LOG_IN, LOG_OUT, OFFICE, SESSION, LogIn, LogOut, Office, Seats
from appliance.protocol.login import Seat as SeatView
from appliance.rules.people import MAY, may
from appliance.services.people.login import Logins, Seat, Session
from appliance.services.people.rights import Rights
from appliance.services.people.securitykeys import SecurityKeys

__all__ = ["LoginHandlers"]


class LoginHandlers:
    """``office``: its name now, and what stands beside it. ``sees_live``: whether the person of a seat may look live by
    something. ``close_views``: ends what a session, by its id, has open; with the account of whoever left their seat
    alone, "" where all of it ended."""

    def __init__(
        self,
        rights: Rights,
        logins: Logins,
        security_keys: SecurityKeys,
        acts: Acts,
        ledger: Ledger,
        *,
        office: Callable[[], Office],
        sees_live: Callable[[Seat], bool],
        close_views: Callable[[str, str], None],
    ) -> None:
        self._rights, self._logins, self._security_keys = rights, logins, security_keys
        self._acts, self._ledger = acts, ledger
        self._office, self._sees_live, self._close_views = office, sees_live, close_views

    def served(self) -> tuple[Served, ...]:
        return (
            serves(OFFICE, self._name),
            serves(LOG_IN, self._log_in),
            serves(LOG_OUT, self._log_out),
            serves(SESSION, self._session),
        )

    def _name(self, request: Request) -> Office:
        return self._office()

    def _log_in(self, request: LogIn) -> Seats:
        session = self._logins.log_in(
            request.name,
            request.password,
            request.totp,
            request.session,
            key=self._security_keys.check(request.key) if request.key else None,
            source=request.source,
        )
        by, clear = session.seats[-1], {"session": session.session_id, "seats": len(session.seats)}
        act_id = f"log-in {session.session_id} {len(session.seats)}"
        self._acts.perform(act_id, "session.opened", clear, {"by": by.person, "display": by.display})
        return self._seats(session, session.token)

    def _log_out(self, request: LogOut) -> Seats:
        session = self._logins.session(request.session, active=False)
        session_id, stays, left = session.session_id, None, ""
        if request.seat is None:
            self._logins.log_out(request.session)
        else:
            stays = self._logins.leave(request.session, request.seat)
            left = next(each.person for each in session.seats if each.seat == request.seat) if stays else ""
        self._close_views(session_id, left)
        clear = {"session": session_id, "why": "log-out"}
        if stays is None:
            self._ledger.append("session.ended", clear)
            return Seats()
        self._ledger.append("session.ended", clear | {"stays": stays.session_id})
        return self._seats(stays, stays.token)

    def _session(self, request: SessionRequest) -> Seats:
        return self._seats(self._rights.session(request))

    def _seats(self, session: Session, token: str = "") -> Seats:
        """``token``: where it is a new one."""
        may_here = [what for what in MAY if any(may(what, seat.roles) for seat in session.seats)]
        if any(map(self._sees_live, session.seats)):
            may_here.append("see-live")
        seats = (
            SeatView(seat=seat.seat, person=seat.person, display=seat.display, roles=seat.roles)
            for seat in session.seats
        )
        return Seats(session=token, seats=tuple(seats), may=tuple(may_here))
