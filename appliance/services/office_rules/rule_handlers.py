"""What the keeper answers about what the office decides itself: retention, calendar, time, the brake. Two people act,
the office's rules judge."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.ledger.records import Acts
from appliance.protocol.endpoint import PairRequest, Served, SessionRequest, serves, serves_body
from appliance.protocol.rules import (
    CHANGE_POLICY,
    IMPORT_CALENDAR,
    RELEASE_BRAKE,
    RULES,
    SET_CLOCK,
    BrakeNow,
    BrakeReleased,
    CalendarNow,
    CalendarYear,
    CalendarYears,
    ChangePolicy,
    ClockNow,
    ClockSet,
    PolicyNow,
    PolicySet,
    ReleaseBrake,
    Rules,
    SetClock,
)
from appliance.rules.deadlines import day_of
from appliance.rules.office_calendar import what_rolls
from appliance.rules.policy import MARGIN_DAYS
from appliance.services.act_entries import act_entry
from appliance.services.office_rules.rules import OfficeRules
from appliance.services.people.pairs import Pair
from appliance.services.people.rights import Rights
from appliance.vault.index.index import ClosedBucket
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.ring import Ring

__all__ = ["RuleHandlers"]

_LATELY = 20


class RuleHandlers:
    """``trusted()``: whether time may be believed now; ``clock_assumed``: because the settings say so;
    ``is_braked()``: whether the finding of the brake is open; ``pack_version()``: of the newest pack of the office's
    own, "" where there is none."""

    def __init__(
        self,
        rights: Rights,
        rules: OfficeRules,
        acts: Acts,
        ring: Ring,
        destruction: Destruction,
        clock: Clock,
        *,
        clock_assumed: bool,
        trusted: Callable[[], bool],
        is_braked: Callable[[], bool],
        pack_version: Callable[[], str],
    ) -> None:
        self._rights, self._rules, self._acts = rights, rules, acts
        self._ring, self._destruction, self._clock = ring, destruction, clock
        self._clock_assumed, self._trusted = clock_assumed, trusted
        self._is_braked, self._pack_version = is_braked, pack_version

    def served(self) -> tuple[Served, ...]:
        return (
            serves(RULES, self._show),
            serves(CHANGE_POLICY, self._change_policy),
            serves_body(IMPORT_CALENDAR, self._import_calendar),
            serves(RELEASE_BRAKE, self._release_brake),
            serves(SET_CLOCK, self._set_clock),
        )

    def _show(self, request: SessionRequest) -> Rules:
        self._rights.require(request, "see-rules")
        return Rules(
            policy=self._policy_now(),
            calendar=self._calendar_now(),
            clock=self._clock_now(),
            brake=self._brake_now(),
            acts=tuple(act_entry(self._acts, entry) for entry in self._rules.acts(_LATELY)),
            pack=self._pack_version(),
        )

    def _policy_now(self) -> PolicyNow:
        policy = self._rules.policy
        return PolicyNow(
            floor_days=policy.floor_days,
            target_days=policy.target_days,
            ceiling_days=policy.ceiling_days,
            brake_days=policy.brake_days,
            most_floor_days=policy.ceiling_days - MARGIN_DAYS,
            former_floor_days=max((former.days for former in policy.former_floors), default=0),
        )

    def _calendar_now(self) -> CalendarNow:
        calendar = self._rules.calendar
        years = tuple(CalendarYear(year=year, days_off=calendar.count(year)) for year in calendar.years)
        return CalendarNow(years=years, rolls=what_rolls(self._rules.policy, calendar, day_of(self._clock.wall_ns())))

    def _clock_now(self) -> ClockNow:
        watch, readings = self._rules.watch, self._rules.readings()
        return ClockNow(
            now_ns=self._clock.wall_ns(),
            service=self._clock.trusted(),
            assumed=self._clock_assumed,
            trusted=self._trusted(),
            vouched_ns=watch.vouched_ns(),
            read_ns=readings[-1].wall_ns if readings else 0,
            leapt_ns=watch.leapt_ns(),
        )

    def _brake_now(self) -> BrakeNow:
        braked = self._braked()
        return BrakeNow(
            buckets=len(braked),
            from_ns=min((closed.start_ns for closed in braked), default=0),
            through_ns=max((closed.end_ns for closed in braked), default=0),
            released_ns=self._rules.released_ns(),
        )

    def _braked(self) -> list[ClosedBucket]:
        """What waits for a release; looked up only while the finding is open."""
        if not self._is_braked():
            return []
        dangers = [danger for danger in self._destruction.judge_due().danger if danger.kind == "brake"]
        waiting = (bucket_id for danger in dangers for bucket_id in danger.bucket_ids)
        return [closed for bucket_id in waiting if (closed := self._ring.index.closed(bucket_id))]

    def _pair(self, request: PairRequest) -> Pair:
        return self._rights.pair(request, request.passwords)

    def _change_policy(self, request: ChangePolicy) -> PolicySet:
        policy = self._rules.change_policy(
            request.act,
            self._pair(request),
            document=request.document,
            floor_days=request.floor_days,
            target_days=request.target_days,
        )
        return PolicySet(policy.floor_days, policy.target_days)

    def _import_calendar(self, request: PairRequest, body: bytes) -> CalendarYears:
        return CalendarYears(tuple(self._rules.import_calendar(request.act, self._pair(request), body).years))

    def _release_brake(self, request: ReleaseBrake) -> BrakeReleased:
        pair = self._pair(request)
        seen = [closed for closed in self._braked() if closed.end_ns <= request.through_ns]
        released = self._rules.release_brake(request.act, pair, through_ns=request.through_ns, buckets=len(seen))
        return BrakeReleased(released.through_ns, released.until_ns)

    def _set_clock(self, request: SetClock) -> ClockSet:
        """The reading is as old as it took to look the passwords up."""
        since_ns = self._clock.boot_ns()
        pair = self._pair(request)
        wall_ns = request.wall_ns + self._clock.boot_ns() - since_ns
        return ClockSet(self._rules.set_time(request.act, pair, wall_ns=wall_ns, reference=request.reference).wall_ns)
