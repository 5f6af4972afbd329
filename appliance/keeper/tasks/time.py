"""Time, and rules that go by it: a clock that leapt or is alone, a calendar that ends, a policy that comes in force."""

from __future__ import annotations

from appliance.core.clock import Clock
from appliance.keeper.findings import Findings
from appliance.keeper.tasks.policy import put_policy_in_force
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.services.office_rules.rules import OfficeRules
from appliance.storage.files import Fs

__all__ = ["TimeTasks"]

_SOON_NS = 3 * DAY_NS
_CALENDAR_DAYS = 31


class TimeTasks:
    """``boot``: where the policy's file lies."""

    def __init__(self, fs: Fs, boot: str, rules: OfficeRules, findings: Findings, clock: Clock) -> None:
        self._fs, self._boot, self._rules = fs, boot, rules
        self._findings, self._clock = findings, clock
        self._compared_ns = clock.boot_ns()

    def look(self) -> None:
        """Whether the clock leapt (``T-14``) or heard a time source lately (``T-16``), and whether the office calendar
        reaches far enough."""
        self._look_at_clock()
        self._look_at_calendar()
        put_policy_in_force(self._fs, self._boot, self._rules.policy)

    def _look_at_clock(self) -> None:
        now_ns, watch = self._clock.boot_ns(), self._rules.watch
        if self._clock.trusted():
            self._compared_ns = now_ns
        alone = now_ns - self._compared_ns > DAY_NS and watch.vouched_ns() < _SOON_NS
        text = "no time source was heard for a day; two people must compare the clock with a reference"
        self._findings.set("clock-alone", "storage", text if alone else "")
        leapt_days = watch.leapt_ns() // DAY_NS
        text = (
            f"the clock is {leapt_days} days past the newest entry of the ledger; nothing is destroyed and no hold "
            "lapses until two people have compared it with a reference"
        )
        self._findings.set("clock-leapt", "storage", text if leapt_days else "")

    def _look_at_calendar(self) -> None:
        calendar, today = self._rules.calendar, day_of(self._clock.wall_ns())
        last = calendar.known_until(today)
        if not calendar.years or (last and (last - today).days >= _CALENDAR_DAYS):
            text = ""
        else:
            text = f"the office calendar ends on {last}" if last else f"the office calendar does not know {today.year}"
        self._findings.set("calendar-ends", "storage", text)
