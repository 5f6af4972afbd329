"""What the office decides itself (retention, calendar, time, the brake): what pages ask of the keeper about it."""

from __future__ import annotations

import msgspec

from appliance.protocol.act_entry import ActEntry
from appliance.protocol.endpoint import Endpoint, PairRequest, SessionRequest
from appliance.rules.office_calendar import MAX_BYTES, Rolls

__all__ = [
    "CHANGE_POLICY",
    "IMPORT_CALENDAR",
    "RELEASE_BRAKE",
    "RULES",
    "SET_CLOCK",
    "BrakeNow",
    "BrakeReleased",
    "CalendarNow",
    "CalendarYear",
    "CalendarYears",
    "ChangePolicy",
    "ClockNow",
    "ClockSet",
    "PolicyNow",
    "PolicySet",
    "ReleaseBrake",
    "Rules",
    "SetClock",
]


class PolicyNow(msgspec.Struct, frozen=True, kw_only=True):
    """``former_floor_days``: a higher floor that some of what is kept was recorded under; 0 where none was."""

    floor_days: int
    target_days: int
    ceiling_days: int
    brake_days: int
    former_floor_days: int = 0
    most_floor_days: int = 0


class CalendarYear(msgspec.Struct, frozen=True, kw_only=True):
    year: int
    days_off: int = 0


class CalendarNow(msgspec.Struct, frozen=True, kw_only=True):
    """``rolls``: what keeps footage past days off at the end of its month."""

    years: tuple[CalendarYear, ...] = ()
    rolls: Rolls = "calendar"


class ClockNow(msgspec.Struct, frozen=True, kw_only=True):
    """``service``: a time service keeps it. ``vouched_ns``: for how much longer two people's reading counts.
    ``leapt_ns``: by how much it is ahead of what ledger and boot time account for, where that is not believed."""

    now_ns: int
    service: bool
    assumed: bool = False
    trusted: bool
    vouched_ns: int = 0
    read_ns: int = 0
    leapt_ns: int = 0


class BrakeNow(msgspec.Struct, frozen=True, kw_only=True):
    """``buckets`` wait for a release, recorded from ``from_ns`` until ``through_ns``."""

    buckets: int = 0
    from_ns: int = 0
    through_ns: int = 0
    released_ns: int = 0


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the office decides itself, as it is now. ``pack``: the newest version of its own, which has the terms."""

    policy: PolicyNow
    calendar: CalendarNow
    clock: ClockNow
    brake: BrakeNow
    acts: tuple[ActEntry, ...] = ()
    pack: str = ""


class ChangePolicy(PairRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``document``: the one that decides it."""

    document: str
    floor_days: int
    target_days: int


class PolicySet(msgspec.Struct, frozen=True):
    floor_days: int
    target_days: int


class CalendarYears(msgspec.Struct, frozen=True):
    """The years that the calendar has now."""

    years: tuple[int, ...]


class ReleaseBrake(PairRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """For what was recorded until ``through_ns``."""

    through_ns: int


class BrakeReleased(msgspec.Struct, frozen=True):
    """``until_ns``: how long the release counts."""

    through_ns: int
    until_ns: int


class SetClock(PairRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``reference``: where the two people read ``wall_ns``."""

    wall_ns: int
    reference: str


class ClockSet(msgspec.Struct, frozen=True):
    wall_ns: int


RULES = Endpoint("rules", SessionRequest, Rules, reads=True)
CHANGE_POLICY = Endpoint("rules.policy", ChangePolicy, PolicySet)
IMPORT_CALENDAR = Endpoint("rules.calendar", PairRequest, CalendarYears, most_bytes=2 * MAX_BYTES)
"""With the published file. Of one that is a little too large the reader says so."""
RELEASE_BRAKE = Endpoint("rules.brake", ReleaseBrake, BrakeReleased)
SET_CLOCK = Endpoint("rules.clock", SetClock, ClockSet)
