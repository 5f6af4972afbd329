"""What the machine does about registers each minute: it says which clocks end or are late, which visit is alone, which
contract or pledge ends, and lets expire what is over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import NotAllowed
from appliance.core.messages import CodedMessage, coded
from appliance.keeper.findings import Findings
from appliance.rules.deadlines import day_of
from appliance.rules.registers.clocks import CLOCKS, clocks_of
from appliance.rules.registers.clocks import Clock as RegisterClock
from appliance.rules.registers.datafile import notice_state
from appliance.rules.registers.duties import owed
from appliance.rules.registers.shape import DataFile
from appliance.services.people.login import Logins
from appliance.services.registers.book import RegisterBook

__all__ = ["RegisterTasks"]

_CLOCK, _DUE, _ESCORT = "register-clock", "register-due", "register-escort"
_NOTICE, _VENDOR, _LIVE = "register-datafile", "register-vendor", "register-live"


class RegisterTasks:
    """``data_file``: the notice of the personal data file as it follows from the rules; ``trial``: whether this is a
    training office; ``trusted``: whether time may be believed now."""

    def __init__(
        self,
        registers: RegisterBook,
        logins: Logins,
        findings: Findings,
        clock: Clock,
        *,
        data_file: Callable[[], DataFile],
        trial: Callable[[], bool],
        trusted: Callable[[], bool],
    ) -> None:
        self._registers, self._logins, self._findings, self._clock = registers, logins, findings, clock
        self._data_file, self._trial, self._trusted = data_file, trial, trusted

    def look(self) -> None:
        """Raises NotWritable."""
        self._registers.begin_owed_incidents()
        now_ns = self._clock.wall_ns()
        self.tell_clocks()
        for number, item in self._registers.items("visits").items():
            alone = item.state == "open" and not self._logins.sittings(item.signed_by("escort"))
            text = "its escort is not logged in; see who is with the firm, and let another take over"
            text = f"maintenance {number}: {text}"
            self._findings.set(f"{_ESCORT}-{number}", "storage", text if alone else "")
        for number, item in self._registers.items("vendors").items():
            ends = {each.why: day_of(each.due_ns) for each in owed(item, now_ns) if each.why}
            for what in ("contract", "pledge", "supervision"):
                text = f"firm {number}: its {what} is good until {ends[what].isoformat()}" if what in ends else ""
                self._findings.set(f"{_VENDOR}-{what}-{number}", "storage", text)
        cameras = self._registers.world.cameras()
        for number, item in self._registers.items("live").items():
            named = [each for each in item.value("cameras", []) or [] if not cameras.get(each)]
            text = f"authorisation {number}: {', '.join(named)} at no public area in force; end it, or propose another"
            self._findings.set(f"{_LIVE}-{number}", "storage", text if named and item.state == "authorised" else "")
        if not self._trial():
            state = notice_state(self._registers.items("datafile").values(), self._data_file())
            text = "the notice of the personal data file is not what is public; post it anew within a month (PDPA 17)"
            self._findings.set(_NOTICE, "storage", "" if state == "stands" else text)
        if self._trusted():
            for number, item in self._registers.items("live").items():
                if item.state == "authorised":
                    with contextlib.suppress(NotAllowed):  # it goes on
                        self._registers.system("live", number, "expire")

    def tell_clocks(self) -> None:
        """Of each incident: what is late, and, each in its own words, what ends before long. Raises NotWritable."""
        now_ns = self._clock.wall_ns()
        for number, item in self._registers.items("incidents").items():
            clocks = {clock.code: clock for clock in clocks_of(item)}
            late = [code for code, clock in clocks.items() if clock.state(now_ns) == "overdue"]
            text = (
                f"incident {number}: {', '.join(late)} overdue; report it now, and say in its register why it is late"
            )
            self._findings.set(f"{_CLOCK}-{number}", "storage", text if late else "")
            for code in CLOCKS:
                soon = code in clocks and clocks[code].is_soon(now_ns)
                said = _due_text(number, clocks[code]) if soon else ""
                self._findings.set(f"{_DUE}-{code}-{number}", "storage", said)


def _due_text(number: str, clock: RegisterClock) -> CodedMessage:
    return coded(f"due-{clock.code}", number=number, due_ns=clock.due_ns)
