"""The part of the keeper's double that keeps registers: the keeper's own handlers over the real book, in memory."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from appliance.core.errors import NotFound
from appliance.protocol.transport import Reply
from appliance.rules.deadlines import DAY_NS
from appliance.rules.people import ROLES
from appliance.rules.yearly import YearCase, YearEntry, yearly
from appliance.services.people.rights import Rights
from appliance.services.registers.handlers import RegisterHandlers
from appliance.services.scans.ink_acts import InkActs
from tests.services.registerstore import RegisterStore
from tests.vault.ringcases import MovingClock, new_disk

__all__ = ["RegistersDouble"]

STATISTICS = (YearEntry("grant.opened", {}), YearEntry("login.counted", {"succeeded": 1234, "failed": 5}))


class RegistersDouble:
    """To be mixed in. ``registering`` is the store; its clock follows ``now_ns``."""

    now_ns: int
    cameras: Any
    inspecting: Any

    def start_registers(self, people: dict[str, tuple[str, list[str]]]) -> None:
        self.registering = RegisterStore(new_disk(), "double", MovingClock(self.now_ns), accounts=tuple(people))
        names = {name: display for name, (display, _) in people.items()}
        self._called = SimpleNamespace(
            acting_of=lambda person: frozenset(), display=lambda name: names.get(name, name), today=lambda: None
        )
        self.registering.book.world = self.registering.book.world._replace(
            cameras=lambda: {number: number == "1-01" for number, _ in self.cameras},
            tickets=lambda: [file.ticket.number for file in self.inspecting.book.tickets()],
            viewers=lambda: [name for name, (_, roles) in people.items() if set(roles) <= set(ROLES)],
        )

    def register(self, verb: str, **arguments: Any) -> Reply:
        self.registering.clock.now_ns = self.now_ns
        logins: Any = SimpleNamespace(session=self._sitting, reauthenticate=self._reauthenticated)
        nobody: Any = SimpleNamespace()
        handlers = RegisterHandlers(
            Rights(logins),
            InkActs(nobody, nobody, self.registering.clock),
            self.registering.book,
            self.registering.clock,
            acting_of=self._called.acting_of,
            name_of=self._called.display,
            locations=lambda: dict(self.cameras),
            advance_ticket=self.inspecting.book.advance,
            tell_clocks=lambda: None,
        )
        return next(each for each in handlers.served() if each.endpoint.name == verb).reply(arguments, b"")

    def _registers(self, **asked: Any) -> Reply:
        return self.register("registers", **asked)

    def _register(self, **asked: Any) -> Reply:
        return self.register("register", **asked)

    def _register_begin(self, **asked: Any) -> Reply:
        return self.register("register.begin", **asked)

    def _register_item(self, **asked: Any) -> Reply:
        return self.register("register.item", **asked)

    def _register_act(self, **asked: Any) -> Reply:
        return self.register("register.act", **asked)

    def _statistics(self, session: str, year: str) -> Reply:
        figures = yearly([YearCase("CIT", "granted", self.now_ns - 9 * DAY_NS, self.now_ns)], STATISTICS)
        told = [{"code": each.code, "figures": [list(figure) for figure in each.figures]} for each in figures]
        years = [2024, 2023]
        if year and int(year) not in years:
            raise NotFound(f"statistics: {year} is no year of this office; it has 2023 to 2024")
        as_of = "2024-09-30" if year in ("", "2024") else ""
        return Reply({"year": int(year or 2024), "years": years, "as_of": as_of, "sections": told})

    def _sitting(self, token: str, *, active: bool = True) -> Any:
        raise NotImplementedError

    def _reauthenticated(self, token: str, number: int, password: str) -> Any:
        raise NotImplementedError
