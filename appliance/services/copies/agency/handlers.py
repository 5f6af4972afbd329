"""What the keeper answers about copies on media. The maker makes, the reader reads, the store tells; this carries."""

from __future__ import annotations

from typing import NamedTuple

from appliance.core.errors import NotFound, Refused
from appliance.core.messages import CodedMessage
from appliance.medium.client import MediumClient
from appliance.protocol.agency_copies import (
    AGENCY_COPY_STATE,
    CANCEL_AGENCY_COPY,
    COPY_PASSPHRASE,
    COPY_STICKS,
    MAKE_AGENCY_COPY,
    READ_AGENCY_COPY,
    AgencyCopyRequest,
    AgencyCopyState,
    CopyPassphrase,
    CopyStick,
    CopySticks,
    MakeAgencyCopy,
    ReadAgencyCopy,
)
from appliance.protocol.endpoint import Served, SessionRequest, serves
from appliance.protocol.medium import Stick
from appliance.rules.people import OFFICERS, Role
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.cases.visibility import visible_key
from appliance.services.copies.agency.maker import AgencyCopyMaker
from appliance.services.copies.agency.making import CopyOrder
from appliance.services.copies.agency.reader import AgencyCopyReader
from appliance.services.copies.agency.store import AgencyCopyStore
from appliance.services.copies.handlers import acting_officer
from appliance.services.people.login import Session
from appliance.services.people.rights import Rights

__all__ = ["AgencyCopies", "AgencyCopyHandlers"]

_VERIFIERS = frozenset({Role.MANAGER, Role.UNIT_HEAD})


class AgencyCopies(NamedTuple):
    """The parts of a keeper that make copies on media."""

    store: AgencyCopyStore
    maker: AgencyCopyMaker
    reader: AgencyCopyReader
    medium: MediumClient


class AgencyCopyHandlers:
    def __init__(
        self,
        rights: Rights,
        cases: CaseBook,
        copies: AgencyCopies,
    ) -> None:
        self._rights, self._cases = rights, cases
        self._store, self._maker, self._reader, self._medium = copies

    def served(self) -> tuple[Served, ...]:
        return (
            serves(COPY_STICKS, self._sticks),
            serves(MAKE_AGENCY_COPY, self._make),
            serves(AGENCY_COPY_STATE, self._state),
            serves(CANCEL_AGENCY_COPY, self._cancel),
            serves(COPY_PASSPHRASE, self._passphrase),
            serves(READ_AGENCY_COPY, self._read),
        )

    def _sticks(self, request: SessionRequest) -> CopySticks:
        """What is plugged in, and what of it a copy may be written on."""
        self._rights.session(request).seat_of(OFFICERS)
        return CopySticks(sticks=tuple(map(self._told, self._medium.sticks())))

    def _told(self, stick: Stick) -> CopyStick:
        media = self._store.media
        return CopyStick(stick=stick, medium=media.number_of(stick.serial), why=stick.refused or self._why_not(stick))

    def _why_not(self, stick: Stick) -> CodedMessage | None:
        try:
            self._store.media.need(stick.serial, self._store.used())
        except Refused as error:
            return error.message
        return None

    def _make(self, request: MakeAgencyCopy) -> AgencyCopyState:
        session, seat = self._rights.session(request), self._rights.seat(request, "copy")
        key = visible_key(self._cases, session, request.case)
        self._maker.start(
            CopyOrder(
                request.act,
                request.session,
                session.session_id,
                key,
                seat.seat,
                request.password,
                acting_officer(session, seat),
                request.serial,
                request.whole,
            )
        )
        return self._state_of(session, key)

    def _state(self, request: AgencyCopyRequest) -> AgencyCopyState:
        session = self._rights.session(request)
        return self._state_of(session, visible_key(self._cases, session, request.case))

    def _cancel(self, request: AgencyCopyRequest) -> AgencyCopyState:
        """Whoever may see the case may stop it: nothing is lost by it."""
        session = self._rights.session(request)
        key = visible_key(self._cases, session, request.case)
        self._maker.cancel(key)
        self._reader.cancel(key)
        return self._state_of(session, key)

    def _passphrase(self, request: AgencyCopyRequest) -> CopyPassphrase:
        """Once, in the session that made the copy, while its officer sits there."""
        session = self._rights.session(request)
        key = visible_key(self._cases, session, request.case)
        if not any(Role.OFFICER in seat.roles for seat in session.seats):
            raise NotFound.of("agency-no-phrase")
        return CopyPassphrase(passphrase=self._maker.phrases.take(key, session.session_id))

    def _read(self, request: ReadAgencyCopy) -> AgencyCopyState:
        session = self._rights.session(request)
        key = visible_key(self._cases, session, request.case)
        seat = self._rights.acting(request, _VERIFIERS)
        roles = tuple(role for each in session.seats for role in each.roles)
        who = ActingUser(
            seat.person,
            seat.display,
            proved=bool(request.password),
            roles_here=roles,
            beside=len(session.seats) > 1,
        )
        self._reader.start(request.act, key, who)
        return self._state_of(session, key)

    def _state_of(self, session: Session, key: str) -> AgencyCopyState:
        making, reading, copy = self._maker.of(key), self._reader.of(key), self._store.newest(key)
        if making and not making.over:
            return AgencyCopyState(
                state=making.stage,
                copy=making.copy_id,
                medium=making.medium,
                serial=making.stick.stick.serial,
                percent=making.percent,
            )
        failed = making if making and making.error and not making.made else None
        if copy is None or failed:
            return AgencyCopyState(state="failed" if failed else "none", why=failed.error if failed else None)
        found = reading if reading and reading.copy.copy_id == copy.copy_id else None
        goes_on = found is not None and not found.over
        equal = copy.reading is not None and copy.reading.equal and not copy.lied
        read = ("equal" if equal else "differs") if copy.reading else ""
        late = making.error if making and making.copy_id == copy.copy_id else None
        return AgencyCopyState(
            state="written" if copy.written_ns else "made",
            copy=copy.copy_id,
            medium=copy.medium,
            serial=copy.serial,
            percent=found.percent if found and goes_on else 0,
            made_ns=copy.made_ns,
            written_ns=copy.written_ns,
            files=dict(copy.files),
            bytes=copy.bytes,
            phrase=self._maker.phrases.waits(key, session.session_id),
            read="reading" if goes_on else read,
            wrong=copy.reading.wrong if copy.reading and not goes_on else (),
            why=late or (found.error if found else None),
        )
