"""What the keeper answers about viewing copies. The maker makes, the store tells; this carries."""

from __future__ import annotations

from appliance.protocol.copies import CANCEL_COPY, COPY_STATE, MAKE_COPY, CopyRequest, CopyState, MakeCopy
from appliance.protocol.endpoint import Served, serves
from appliance.rules.people import Role
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.cases.visibility import visible_key
from appliance.services.copies.maker import CopyMaker
from appliance.services.people.login import Seat, Session
from appliance.services.people.rights import Rights
from appliance.services.viewing.copies import CopyStore

__all__ = ["CopyHandlers", "acting_officer"]


class CopyHandlers:
    def __init__(self, rights: Rights, cases: CaseBook, store: CopyStore, maker: CopyMaker) -> None:
        self._rights, self._cases, self._store, self._maker = rights, cases, store, maker

    def served(self) -> tuple[Served, ...]:
        return (serves(MAKE_COPY, self._make), serves(COPY_STATE, self._state), serves(CANCEL_COPY, self._cancel))

    def _make(self, request: MakeCopy) -> CopyState:
        session, seat = self._rights.session(request), self._rights.seat(request, "copy")
        key = visible_key(self._cases, session, request.case)
        who = acting_officer(session, seat)
        self._maker.start(request.act, request.session, key, seat.seat, request.password, who)
        return self._state_of(key)

    def _state(self, request: CopyRequest) -> CopyState:
        return self._state_of(visible_key(self._cases, self._rights.session(request), request.case))

    def _cancel(self, request: CopyRequest) -> CopyState:
        """Whoever may see the case may stop it: nothing is lost by it."""
        key = visible_key(self._cases, self._rights.session(request), request.case)
        self._maker.cancel(key)
        return self._state_of(key)

    def _state_of(self, key: str) -> CopyState:
        making, work = self._maker.of(key), self._store.work(key)
        if making and not making.over:
            percent = 100 * making.done_ns // max(1, making.whole_ns)
            return CopyState(state="making", copy=making.copy.copy_id, percent=min(99, percent))
        if work.alive:
            return CopyState(state="whole", copy=work.copy, percent=100, made_ns=work.made_ns)
        if making and making.error and not work.made_ns:
            return CopyState(state="failed", copy=making.copy.copy_id, why=making.error)
        if work.destroyed:
            return CopyState(
                state="ended", copy=work.copy, made_ns=work.made_ns, ended_ns=work.ended_ns, cause=work.cause
            )
        return CopyState()


def acting_officer(session: Session, keyholder: Seat) -> ActingUser:
    """Whose act the making of the copy is: the keyholder's where that is an officer, else that of the officer who is
    logged in as well. No further password is asked for that; the keyholder's is proved before anything is opened."""
    seats = sorted(session.seats, key=lambda each: each.seat != keyholder.seat)
    officer = next((each for each in seats if Role.OFFICER in each.roles), keyholder)
    return ActingUser(
        officer.person,
        officer.display,
        proved=True,
        roles_here=tuple(role for each in session.seats for role in each.roles),
        beside=len(session.seats) > 1,
    )
