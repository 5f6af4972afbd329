"""People while the keeper runs: accounts that nobody uses, reviews that are due, failed log-ins, what leavers left."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.keeper.attempts import Attempts
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.services.duties.handover import HandoverLists
from appliance.services.people.accounts import Accounts
from appliance.services.people.people import People

__all__ = ["PeopleTasks"]

_HOUR_NS = 3600 * 1_000_000_000


class PeopleTasks:
    """``trial``: whether this is a training office; ``time_trusted``: whether dates may be counted now."""

    def __init__(
        self,
        people: People,
        accounts: Accounts,
        handovers: HandoverLists,
        attempts: Attempts,
        findings: Findings,
        clock: Clock,
        *,
        trial: Callable[[], bool],
        time_trusted: Callable[[], bool],
    ) -> None:
        self._people, self._accounts, self._handovers = people, accounts, handovers
        self._attempts, self._findings, self._clock = attempts, findings, clock
        self._trial, self._time_trusted = trial, time_trusted
        self._count_ns = clock.boot_ns() + _HOUR_NS

    def count_logins(self) -> None:
        """Failures within the minute, the rest once an hour and at the stop."""
        now_ns = self._clock.boot_ns()
        if self._attempts.failed or now_ns >= self._count_ns:
            self._count_ns = now_ns + _HOUR_NS
            self._attempts.enter()

    def look(self) -> None:
        """Accounts that nobody uses are suspended; a yearly review that is due is a finding, and what leavers left."""
        trusted, findings = self._time_trusted(), self._findings
        for _ in self._people.suspend_idle(trusted=trusted):
            say("an account was suspended that nobody had used for 90 days")
        if trusted and not self._trial():
            findings.set("people-review", "storage", self._people.review_due())
        doubted = sum(key.doubted for account in self._accounts if account.enabled for key in account.keys)
        text = f"{doubted} security keys counted backwards and may have copies; whose they are remove them"
        findings.set("people-keys", "storage", text if doubted else "")
        count = self._handovers.as_things_stand().left_open()
        text = f"{count} open things of people who left have nobody yet; sign their hand-over lists" if count else ""
        findings.set("people-handover", "storage", text)
