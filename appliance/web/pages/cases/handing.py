"""What the page of an agency's case says of the copy that is taken along: how far it is, and what may be done now."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web

from appliance.core.errors import Unavailable
from appliance.core.messages import CodedMessage
from appliance.protocol.agency_copies import (
    AGENCY_COPY_STATE,
    COPY_STICKS,
    AgencyCopyRequest,
    AgencyCopyState,
    CopyStick,
)
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.login import Seat
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.views import CaseView, PossibleEvent
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.http.seats import officer_here

__all__ = ["Handing", "handing_of", "is_going"]

_GOING = frozenset({"wiping", "writing", "finishing"})
_VERIFIES = frozenset({"manager", "unit_head"})
_SHOWN = frozenset({State.NOTIFIED, State.CLEANED, State.COPY_MADE, State.COPY_VERIFIED})


class Handing(NamedTuple):
    """``sticks``: what is plugged in, told to an officer where a copy may be made; ``no_service``: why nobody can tell.
    ``makes``: a copy may be made now, ``again``: in the place of one that failed; ``destroys``: once the medium of that
    one is destroyed. ``verifiers``: who here may have it read back."""

    copy: AgencyCopyState
    going: bool = False
    sticks: tuple[CopyStick, ...] = ()
    no_service: CodedMessage | None = None
    makes: bool = False
    again: bool = False
    destroys: bool = False
    verifiers: tuple[Seat, ...] = ()

    @property
    def unregistered(self) -> bool:
        return any(not each.medium for each in self.sticks)

    @property
    def failed(self) -> bool:
        """There is a copy, and its medium is of no use."""
        return not self.going and (self.copy.state == "made" or self.copy.read == "differs")


def is_going(copy: AgencyCopyState) -> bool:
    """Whether it is made or read back just now."""
    return copy.state in _GOING or copy.read == "reading"


async def handing_of(request: web.Request, told: CaseView) -> Handing | None:
    """None where nothing of the kind is to be, or was handed over."""
    over = told.kind != Kind.AGY or "delivered" in told.flags or "copy" not in told.allows
    if over or told.state not in _SHOWN or not (told.gives_copies or told.on_medium):
        return None
    site, visit = request.app[SITE], visit_of(request)
    copy = await site.keeper.ask(AGENCY_COPY_STATE, AgencyCopyRequest(session=visit.token, case=told.case))
    going = is_going(copy)
    made, again = _row(told, Event.MAKE_COPY), _row(told, Event.REMAKE_COPY)
    handing = Handing(
        copy,
        going,
        makes=not going and made is not None,
        again=not going and again is not None and "failed_destroyed" not in again.lacks,
        destroys=again is not None and "failed_destroyed" in again.lacks,
        verifiers=tuple(seat for seat in visit.seats if _VERIFIES & set(seat.roles) and seat.person != _maker(told)),
    )
    if not (handing.makes or handing.again) or not officer_here(visit.seats):
        return handing
    try:
        found = await site.keeper.ask(COPY_STICKS, SessionRequest(session=visit.token))
    except Unavailable as error:
        return handing._replace(no_service=error.message)
    return handing._replace(sticks=found.sticks)


def _maker(told: CaseView) -> str:
    """Who made the newest copy, who does not verify it too."""
    made = (deed for deed in reversed(told.history) if deed.event in (Event.MAKE_COPY, Event.REMAKE_COPY))
    return next((deed.person for deed in made), "")


def _row(told: CaseView, event: Event) -> PossibleEvent | None:
    return next((each for each in told.possible if each.event == event), None)
