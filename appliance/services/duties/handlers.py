"""What the keeper answers about the duty board, for its page and the head of every page."""

from __future__ import annotations

from appliance.protocol.duties import DUTIES, DUTIES_COUNT
from appliance.protocol.endpoint import Served, SessionRequest, serves
from appliance.rules.duties import Duties, Waiting
from appliance.services.duties.board import DutyBoard
from appliance.services.people.login import Logins

__all__ = ["DutyHandlers"]


class DutyHandlers:
    """Over the log-ins and the board."""

    def __init__(self, logins: Logins, board: DutyBoard) -> None:
        self._logins, self._board = logins, board

    def served(self) -> tuple[Served, ...]:
        return (serves(DUTIES, self._duties), serves(DUTIES_COUNT, self._count))

    def _duties(self, request: SessionRequest) -> Duties:
        return self._board.of(self._logins.session(request.session, active=request.active).seats)

    def _count(self, request: SessionRequest) -> Waiting:
        return self._board.waiting(self._logins.session(request.session, active=False).seats)
