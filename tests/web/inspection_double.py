"""The part of the keeper's double that inspects: the keeper's own handlers over the real book, on a disk in memory."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from appliance.protocol.transport import Reply
from appliance.rules.deadlines import day_of
from appliance.services.inspection.handlers import InspectionHandlers
from appliance.services.people.login import Seat, Session
from appliance.services.people.rights import Rights
from appliance.services.scans.ink_acts import InkActs
from tests.services.inspectiondesk import InspectionDesk
from tests.vault.ringcases import MovingClock

__all__ = ["InspectionsDouble"]

_FIRST_DAY = 739_900


def course(begin: float, end: float, limit: float, days: int = 60, *, reaches: int | None = None) -> dict[str, Any]:
    """A measure that goes from one value to another, with a little wandering."""
    points = []
    for day in range(days):
        mean = begin + (end - begin) * day / max(1, days - 1) + 0.04 * (end - begin + 0.1) * (day % 5 - 2)
        points.append([_FIRST_DAY + day, mean * 0.96, mean, mean * 1.05])
    return {"by": "day", "points": points, "limit": limit, "unit": "", "reaches": reaches}


HEALTH: dict[str, Any] = {
    "cameras": [
        {
            "camera_no": "1-01",
            "state": "live",
            "look": {
                "at_ns": 0,
                "wrong": [{"fault": "picture-blurred", "box": "picture", "text": "camera 1-01: out of focus"}],
                "signs": [
                    ["picture-blurred", True, 0.11, 0.22, "", ""],
                    ["picture-moved", True, 0.81, 0.72, "share", "shifted by 4 % across and 0 % down"],
                    ["picture-noise", False, 2.0, 11.0, "levels", ""],
                ],
            },
            "trends": {
                "picture-blurred": course(0.4, 0.11, 0.22),
                "picture-noise": course(1.6, 2.1, 11.0),
            },
        },
        {"camera_no": "1-02", "state": "lost", "look": None},
    ],
    "box": {
        "at_ns": 0,
        "signs": [["disk-worn", False, 0.31, 0.85, "", ""], ["machine-hot", False, 52.1, 85.0, "°C", ""]],
        "failures": [["probe", "it took far longer than it declares"]],
    },
    "box_trends": {
        "disk-worn": course(0.12, 0.31, 0.85, reaches=41),
        "machine-hot": {"by": "hour", "points": [[9, 40, 44, 51], [10, 42, 52, 60]], "limit": 85.0, "unit": "°C"},
    },
    "figures": {
        "writable.records": 1.0,
        "writable.footage": 1.0,
        "free_share.footage": 0.412,
        "days_held.1-01": 45.2,
        "days_held.1-02": 44.9,
        "temperature_c.thermal_zone0-temp": 52.1,
        "disk_worn_share.nvme0": 0.31,
        "failed_logins": 2.0,
    },
}


class InspectionsDouble:
    """To be mixed in. ``inspecting`` is the desk whose findings a test sets; its clock follows ``now_ns``."""

    now_ns: int
    cameras: Any

    def start_inspections(self) -> None:
        self.inspecting = InspectionDesk(clock=MovingClock(self.now_ns))
        self.inspecting.founded_ns = self.now_ns
        self.inspecting.book = self.inspecting.reopened()

    def begin_row(self) -> None:
        """Today's, where it has not begun."""
        desk = self.inspecting
        desk.clock.now_ns = self.now_ns
        if day_of(self.now_ns) not in {file.row.on for file in desk.book.days(day_of(0), day_of(self.now_ns))}:
            desk.book.turn()

    def inspect(self, verb: str, **arguments: Any) -> Reply:
        self.begin_row()
        desk = self.inspecting
        logins: Any = SimpleNamespace(session=self._sitting, reauthenticate=self._reauthenticated)
        nobody: Any = SimpleNamespace()
        handlers = InspectionHandlers(
            Rights(logins),
            InkActs(nobody, nobody, desk.clock),
            desk.book,
            desk.clock,
            acting_of=lambda person: frozenset(),
            camera_numbers=lambda: [number for number, _ in self.cameras],
        )
        return next(each for each in handlers.served() if each.endpoint.name == verb).reply(arguments, b"")

    def _looks_list(self, session: str) -> Reply:
        return Reply({**HEALTH, "box_ns": self.now_ns, "now_ns": self.now_ns})

    def _inspection_day(self, **asked: Any) -> Reply:
        return self.inspect("inspection.day", **asked)

    def _inspection_month(self, **asked: Any) -> Reply:
        return self.inspect("inspection.month", **asked)

    def _inspection_opened(self, **asked: Any) -> Reply:
        return self.inspect("inspection.opened", **asked)

    def _inspection_propose(self, **asked: Any) -> Reply:
        return self.inspect("inspection.propose", **asked)

    def _inspection_sign(self, **asked: Any) -> Reply:
        return self.inspect("inspection.sign", **asked)

    def _inspection_stamp(self, **asked: Any) -> Reply:
        return self.inspect("inspection.stamp", **asked)

    def _inspection_file(self, **asked: Any) -> Reply:
        return self.inspect("inspection.file", **asked)

    def _ticket_report(self, **asked: Any) -> Reply:
        return self.inspect("ticket.report", **asked)

    def _ticket_advance(self, **asked: Any) -> Reply:
        return self.inspect("ticket.advance", **asked)

    def _seats(self, session: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _proved(self, session: str, seat: int, password: str) -> dict[str, Any]:
        raise NotImplementedError

    def _sitting(self, token: str, *, active: bool = True) -> Session:
        seats = tuple(
            Seat(seat["seat"], seat["person"], seat["display"], tuple(seat["roles"]), "", 0)
            for seat in self._seats(token)
        )
        return Session(token, "double", seats)

    def _reauthenticated(self, token: str, number: int, password: str) -> Seat:
        self._proved(token, number, password)
        seat = next(each for each in self._sitting(token).seats if each.seat == number)
        return seat._replace(proved_ns=self.inspecting.clock.boot_ns())
