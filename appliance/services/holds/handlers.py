"""What the keeper answers about holds. The book judges by the table of holds; this only carries."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import Refused, Unavailable
from appliance.ledger.log import Ledger
from appliance.protocol.endpoint import ActRequest, Done, Served, SessionRequest, serves
from appliance.protocol.holds import (
    CONFIRM_HOLD,
    EXTEND_HOLD,
    HOLDS,
    RELEASE_HOLD,
    SET_HOLD,
    Holds,
    HoldSet,
    HoldStep,
    SetHold,
)
from appliance.rules.holds import DIRECTOR, GROUNDS, MAX_SHARE_PERCENT
from appliance.rules.ink import Ink, ink_refused
from appliance.services.holds.holds import DOCUMENTS, HoldBook
from appliance.services.people.login import Seat
from appliance.services.people.rights import Rights
from appliance.services.scans.ink_acts import InkActs

__all__ = ["HoldHandlers"]


class HoldHandlers:
    """``case_key``: the key of a case by its key or number, checked; ``kept_bytes``: of what holds and pins keep;
    ``store_bytes``: of the whole store. Both raise Unavailable or OSError while index or disk are away."""

    def __init__(
        self,
        rights: Rights,
        ink: InkActs,
        holds: HoldBook,
        ledger: Ledger,
        clock: Clock,
        *,
        case_key: Callable[[str], str],
        kept_bytes: Callable[[], int],
        store_bytes: Callable[[], int],
    ) -> None:
        self._rights, self._ink, self._holds, self._ledger, self._clock = rights, ink, holds, ledger, clock
        self._case_key, self._kept_bytes, self._store_bytes = case_key, kept_bytes, store_bytes

    def served(self) -> tuple[Served, ...]:
        return (
            serves(HOLDS, self._list),
            serves(SET_HOLD, self._set),
            serves(CONFIRM_HOLD, self._confirm),
            serves(EXTEND_HOLD, self._extend),
            serves(RELEASE_HOLD, self._release),
        )

    def _list(self, request: SessionRequest) -> Holds:
        self._rights.require(request, "see-holds")
        now_ns = self._clock.wall_ns()
        numbers = {case: number for number, case in self._ledger.numbered().items()}
        held = tuple(each.view(now_ns, numbers.get(each.case, "")) for each in self._holds.all())
        kept = store = 0
        with contextlib.suppress(Unavailable, OSError):  # holds are shown, and set, while index or disk are away, too
            kept, store = self._kept_bytes(), self._store_bytes()
        return Holds(now_ns=now_ns, holds=held, kept_bytes=kept, store_bytes=store, most_percent=MAX_SHARE_PERCENT)

    def _set(self, request: SetHold) -> HoldSet:
        seat = self._rights.seat(request, "hold")
        by_director = request.ground in GROUNDS and GROUNDS[request.ground].openers == DIRECTOR
        held = self._holds.set(
            request.act,
            self._director(request, seat) if by_director else self._rights.own(request, seat),
            ground=request.ground,
            cameras=request.cameras,
            start_ns=request.start_ns,
            end_ns=request.end_ns,
            reason=request.reason,
            need=request.need,
            documents=_documents(request),
            case=self._case_key(request.case) if request.case else "",
        )
        return HoldSet(held.number)

    def _director(self, request: ActRequest, seat: Seat) -> Seat:
        """The director, whose password was typed for this very act."""
        if not DIRECTOR & set(seat.roles):
            raise Refused.of("hold-director")
        return self._rights.proved(request, seat)

    def _signed(self, request: HoldStep, event: str) -> tuple[Seat, Ink | None]:
        """The director here, or who signed the sheet that somebody here enters (``AT-73``)."""
        seat = self._rights.seat(request, "hold")
        if not request.ink:
            return self._director(request, seat), None
        seat = self._rights.own(request, seat)
        signed = self._ink.read(request.ink, seat, event, (f"hold/{request.hold}",), proved=bool(request.password))
        if signed is None or not DIRECTOR & set(signed.roles):
            words = "the signer was not the director on that day; check the signer and the day"
            name = signed.signer.display if signed else ""
            raise ink_refused(event, "role", words, who=name, roles=sorted(DIRECTOR))
        return signed.seat(seat), signed.ink

    def _confirm(self, request: HoldStep) -> Done:
        by, ink = self._signed(request, "confirm")
        self._holds.confirm(request.act, by, request.hold, reason=request.reason, police=request.police, ink=ink)
        return Done()

    def _extend(self, request: HoldStep) -> Done:
        by, ink = self._signed(request, "extend")
        papers = _documents(request)
        self._holds.extend(request.act, by, request.hold, reason=request.reason, documents=papers, ink=ink)
        return Done()

    def _release(self, request: HoldStep) -> Done:
        by, ink = self._signed(request, "release")
        self._holds.release(request.act, by, request.hold, reason=request.reason, ink=ink)
        return Done()


def _documents(request: SetHold | HoldStep) -> dict[str, str]:
    return {name: getattr(request, name) for name in DOCUMENTS}
