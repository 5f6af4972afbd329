"""What the keeper does by itself about viewing copies: sweeps what an end left, and ends what is over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import NotWritable, RecorderError
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.rules.cases.copies import CopyEnd
from appliance.services.cases.book import CaseBook
from appliance.services.cases.clockwork import Clockwork
from appliance.services.copies.sweeper import CopySweeper
from appliance.services.viewing.copies import CopyStore

__all__ = ["CopyTasks"]

_FINDING = "copy-files"


class CopyTasks:
    """Over the copies that this keeper made, and what an earlier one left of its own. ``forget``: drops the
    pass-phrases of copies on media that nobody can take any more."""

    def __init__(
        self,
        copies: CopyStore,
        cases: CaseBook,
        clockwork: Clockwork,
        findings: Findings,
        clock: Clock,
        forget: Callable[[], None],
    ) -> None:
        self._copies, self._cases, self._clockwork = copies, cases, clockwork
        self._findings, self._forget = findings, forget
        self._sweeper = CopySweeper(copies, cases, clock)

    def sweep(self) -> None:
        """At start, before anybody is served (``T-43``): no key of a copy outlives its keeper, and no file of it
        stays."""
        try:
            for copy_id in self._copies.sweep():
                say(f"viewing copy {copy_id}: destroyed, the keeper was restarted")
        except NotWritable as error:
            self._findings.open(_FINDING, "storage", str(error))

    def end_all(self) -> None:
        """At an orderly stop. What cannot be verified now is swept at the next start."""
        try:
            self._copies.end_all(CopyEnd.STOPPED)
        except RecorderError as error:
            say(f"viewing copies: {error}")

    def look(self) -> None:
        """Each second. Raises NotWritable while something of a copy that is over may still lie on the disk."""
        self._forget()
        for case, cause in self._sweeper.turn():
            say(f"case {case}: its viewing copy was destroyed ({cause})")
            with contextlib.suppress(RecorderError):
                self._clockwork.cleared(self._cases.file(case))
        if not self._copies.waits:
            self._findings.clear(_FINDING)
