"""The policy in force: the numbers of retention that the office decides. No text, no form, no calendar.

The bounds are the office's rules and not the office's choice (``D-01``, ``D-20``): no pack, role or full disk gets a
floor under one month or a ceiling over one year.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import UsageError
from appliance.core.model import Record

__all__ = ["CEILING_DAYS", "FLOOR_DAYS", "MARGIN_DAYS", "FormerFloor", "Policy", "Terms", "governed"]

FLOOR_DAYS = 31
"""Full local days after the day of recording: no month that the law can count is longer (``D-01``, ``T-01``)."""

CEILING_DAYS = 364
"""Days after the day of recording: always inside the year that the law counts, leap years too (``T-04``)."""


MARGIN_DAYS = 31
"""Days between the last day of the floor and the ceiling: what may only go on the day on which it must is overdue at
the first holiday, clock fault or full day's batch."""


class FormerFloor(Record, frozen=True, kw_only=True):
    """A higher floor that was in force until ``until_ns``: what was recorded before then keeps it (``T-06``)."""

    until_ns: int
    days: int


class Policy(Record, frozen=True, kw_only=True):
    """Days are local dates, counted after the day of recording.

    ``floor_days``: full days during which nothing may destroy. ``target_days``: what is older goes even where there is
    room. ``ceiling_days``: the last day on which it may exist without a hold of ``D-06``. ``brake_days``: days' worth
    of footage that routine may destroy within 24 hours. Raises UsageError when built or decoded outside the rules.
    """

    floor_days: int = FLOOR_DAYS
    target_days: int = 45
    ceiling_days: int = CEILING_DAYS
    brake_days: int = 2
    time_zone: str = "Asia/Taipei"
    former_floors: tuple[FormerFloor, ...] = ()

    def __post_init__(self) -> None:
        if self.floor_days < FLOOR_DAYS:
            raise UsageError.of("rules-floor", floor=self.floor_days, least=FLOOR_DAYS)
        if self.floor_days > self.ceiling_days - MARGIN_DAYS:
            raise UsageError.of(
                "rules-margin",
                floor=self.floor_days,
                margin=MARGIN_DAYS,
                ceiling=self.ceiling_days,
                most=self.ceiling_days - MARGIN_DAYS,
            )
        if not self.floor_days <= self.target_days <= self.ceiling_days:
            raise UsageError.of(
                "rules-target", target=self.target_days, floor=self.floor_days, ceiling=self.ceiling_days
            )
        if self.ceiling_days > CEILING_DAYS:
            raise UsageError.of("rules-ceiling", days=self.ceiling_days, most=CEILING_DAYS)
        if self.brake_days < 1:
            raise UsageError.of("rules-brake", days=self.brake_days)
        if self.time_zone != "Asia/Taipei":
            raise UsageError.of("rules-zone", zone=repr(self.time_zone))
        if any(former.days < FLOOR_DAYS for former in self.former_floors):
            raise UsageError.of("rules-former-floor", least=FLOOR_DAYS)

    def fields(self) -> dict[str, Any]:
        """Every number written out: what an office decided must not change with the defaults of a later version."""
        former = [{"until_ns": each.until_ns, "days": each.days} for each in self.former_floors]
        return {**msgspec.structs.asdict(self), "former_floors": former}

    def floor_for(self, start_ns: int) -> int:
        """The floor of footage whose first frame is at ``start_ns``: today's, or a higher one it was recorded under."""
        if not self.former_floors:
            return self.floor_days
        return max(self.floor_days, *(f.days for f in self.former_floors if start_ns < f.until_ns), FLOOR_DAYS)

    def amended(
        self,
        *,
        now_ns: int,
        floor_days: int | None = None,
        target_days: int | None = None,
        brake_days: int | None = None,
    ) -> Policy:
        """The policy with other numbers from ``now_ns`` on. A raised floor holds for everything still present, a
        lowered one only for what is recorded after (``T-06``)."""
        floor = self.floor_days if floor_days is None else floor_days
        former = self.former_floors
        if floor < self.floor_days:
            former = (*former, FormerFloor(until_ns=now_ns, days=self.floor_days))
        return Policy(
            floor_days=floor,
            target_days=self.target_days if target_days is None else target_days,
            ceiling_days=self.ceiling_days,
            brake_days=self.brake_days if brake_days is None else brake_days,
            time_zone=self.time_zone,
            former_floors=former,
        )


class Terms(NamedTuple):
    """What a policy pack says of retention, from ``from_ns`` on."""

    from_ns: int
    floor_days: int
    target_days: int
    brake_days: int


def governed(policy: Policy, terms: Iterable[Terms]) -> Policy:
    """The policy under the packs that have begun, in their order."""
    for each in terms:
        policy = policy.amended(
            now_ns=each.from_ns,
            floor_days=each.floor_days,
            target_days=each.target_days,
            brake_days=each.brake_days,
        )
    return policy
