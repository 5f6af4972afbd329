"""What the keeper does by itself about cases: finishes what a stop cut, and performs what the days bring."""

from __future__ import annotations

from collections.abc import Callable

from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.rules.cases.rows import Row
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.clockwork import Clockwork
from appliance.services.cases.holding import hold_for, hold_for_all
from appliance.services.cases.redetermination import take_up_all
from appliance.services.holds.holds import HoldBook

__all__ = ["CaseTasks"]


class CaseTasks:
    """``time_trusted``: whether dates may be counted now."""

    def __init__(
        self,
        cases: CaseBook,
        holds: HoldBook,
        clockwork: Clockwork,
        findings: Findings,
        time_trusted: Callable[[], bool],
    ) -> None:
        self._cases, self._holds, self._clockwork = cases, holds, clockwork
        self._findings, self._time_trusted = findings, time_trusted

    def settle(self) -> None:
        """At start: holds that an act called for are set, cases that are decided anew are begun, viewings that the stop
        broke off are interrupted, and what does not open is a finding. Raises NotWritable."""

        def after(file: CaseFile, row: Row, act_id: str) -> None:
            self._tell(hold_for(self._holds, file, file.deeds[-1]))

        self._tell(hold_for_all(self._holds, self._cases.living()))
        self._cases.after = after
        for text in take_up_all(self._cases.living(), self._cases.links, self._cases.act):
            self._findings.open(f"case-anew-{text.split(':')[0].removeprefix('case ')}", "storage", text)
        self._clockwork.interrupt_all("the recorder was restarted")
        self._tell_damaged()

    def turn(self) -> None:
        """Performs what is due of cases, and makes a finding of each case that was read since and did not open. Raises
        NotWritable."""
        for done in self._clockwork.turn(trusted=self._time_trusted()):
            say(f"case {done.file.key}: {done.file.deeds[-1].event}, by itself")
        self._tell_damaged()

    def _tell_damaged(self) -> None:
        for key, text in self._cases.damaged.items():
            self._findings.open(f"case-damaged-{key}", "storage", f"case {key}: {text}; its pin stands")

    def _tell(self, not_held: list[str]) -> None:
        for text in not_held:
            self._findings.open(f"case-hold-{text.split(':')[0].removeprefix('case ')}", "storage", text)
