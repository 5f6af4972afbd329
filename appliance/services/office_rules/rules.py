"""The rules that the office decides itself: retention policy, calendar, time, and a release of the brake.

All of it is two people's acts in the ledger and is rebuilt from there at start; the policy's file under ``boot/`` is a
copy, written again where it differs. Sources: ``D-01``, ``D-02``, ``D-20``, ``T-03``, ``T-06``, ``T-16``.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Broken, NotWritable, Refused, UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.office_calendar import OfficeCalendar, read_calendar
from appliance.rules.policy import Policy, governed
from appliance.rules.retention import ClockReading
from appliance.rules.time_trust import reading_lasts_ns
from appliance.rules.wording import checked_words
from appliance.services.office_rules.packs import PackBook
from appliance.services.people.pairs import Pair
from appliance.vault.index.corrections import TimeReading
from appliance.vault.trusted_time import ClockWatch

__all__ = ["RELEASE_NS", "OfficeRules", "Release", "not_settable"]

RELEASE_NS = DAY_NS
"""How long a release of the brake stands."""

SAME_NS = 2_000_000_000
"""A reading typed by people is not more exact than this: closer than that, the clock is left alone."""

_DRIFT_NS = 3600 * 1_000_000_000
"""Two readings less than this apart say nothing of a drift."""

_FIRST_YEAR, _LAST_YEAR = 2020, 2059
"""The years for which every date's arithmetic is tested."""

_MAX_WORDS = 2_000


def not_settable(wall_ns: int) -> None:
    """Where no clock may be set."""
    raise OSError(errno.EPERM, "Operation not permitted")


class Release(NamedTuple):
    """The brake is off for what was recorded until ``through_ns``, as long as it is before ``until_ns``."""

    through_ns: int
    until_ns: int


class OfficeRules:
    """Thread-safe. ``put_in_force`` writes the policy's file; ``set_wall`` sets the machine's clock. From the day on
    which the office has a policy pack of its own, ``packs`` says what the terms of retention are."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        watch: ClockWatch,
        *,
        put_in_force: Callable[[Policy], None],
        set_wall: Callable[[int], None],
        packs: PackBook | None = None,
    ) -> None:
        self._acts, self._ledger, self._clock, self.watch = acts, ledger, clock, watch
        self._put_in_force, self._set_wall, self._packs = put_in_force, set_wall, packs
        self._lock = threading.RLock()
        self._policy, self._calendar = Policy(), OfficeCalendar()
        self._release = Release(0, 0)
        self._readings: list[TimeReading] = []
        self._lasts_ns = 0
        for entry in ledger.entries(0, 1):
            if entry.kind == "installation.created":
                self._policy = _policy_of(entry.fields["policy"])
        for entry in ledger.acts(*_TAKERS):
            _TAKERS[entry.kind](self, entry)
        if self._readings and self._readings[-1].boot_id == clock.boot_id():
            watch.recall(ClockReading(0, self._readings[-1].boot_ns, self._readings[-1].wall_ns), self._lasts_ns)

    # --- asking ---

    @property
    def policy(self) -> Policy:
        with self._lock:
            return governed(self._policy, self._packs.terms() if self._packs else ())

    @property
    def calendar(self) -> OfficeCalendar:
        with self._lock:
            return self._calendar

    def days_off(self) -> frozenset[date]:
        return self.calendar.days_off

    def released_ns(self) -> int:
        """Until which moment of recording the brake is off now; 0 where it is on."""
        with self._lock:
            return self._release.through_ns if self._clock.wall_ns() < self._release.until_ns else 0

    def readings(self) -> list[TimeReading]:
        """Every reading that was ever entered, oldest first: they date what was recorded in untrusted time."""
        with self._lock:
            return list(self._readings)

    def acts(self, count: int) -> list[Entry]:
        """The newest acts, newest first."""
        found = list(self._ledger.acts(*_TAKERS))
        return found[: -count - 1 : -1]

    # --- acting ---

    def change_policy(
        self, act_id: str, pair: Pair, *, document: str, floor_days: int | None = None, target_days: int | None = None
    ) -> Policy:
        """Puts other numbers in force from now on (``T-06``). ``document`` names the memo that decided them (十).

        Raises UsageError outside the rules or without a memo, Refused when nothing would change, NotWritable.
        """
        with self._lock:
            numbers = {"floor_days": floor_days, "target_days": target_days}
            same = {"policy": {name: days for name, days in numbers.items() if days is not None}}
            if not self._acts.repeated(act_id, "policy.changed", same, {"document": document.strip()}):
                if version := self._packs.latest_version() if self._packs else "":
                    raise Refused.of("pack-terms", version=version)
                words = checked_words("policy", "document", document, most=_MAX_WORDS)
                after = self._policy.amended(
                    now_ns=self._clock.wall_ns(), floor_days=floor_days, target_days=target_days
                )
                if after == self._policy:
                    raise Refused.of("rules-same")
                self._enter(act_id, "policy.changed", {"policy": after.fields()}, pair, {"document": words})
            with contextlib.suppress(NotWritable):  # the act is entered and stands; the file is a copy, made anew later
                self._put_in_force(self.policy)
            return self.policy

    def import_calendar(self, act_id: str, pair: Pair, data: bytes) -> OfficeCalendar:
        """Puts the calendar of a published file in force, for the years it has. Raises UsageError, NotWritable."""
        with self._lock:
            digest = hashlib.sha256(data).hexdigest()
            if not self._acts.repeated(act_id, "calendar.imported", {"sha256": digest}):
                read = read_calendar(data)
                clear = {
                    "years": list(read.years),
                    "days_off": [day.isoformat() for day in sorted(read.days_off)],
                    "sha256": digest,
                }
                self._enter(act_id, "calendar.imported", clear, pair)
            return self._calendar

    def release_brake(self, act_id: str, pair: Pair, *, through_ns: int, buckets: int) -> Release:
        """Lets routine destroy, within a day, what two people saw to be due: ``buckets`` of them, recorded until
        ``through_ns``. Floor, pins and holds stand as ever. Raises Refused while time is untrusted, NotWritable."""
        with self._lock:
            if not self._acts.repeated(act_id, "brake.released", {"through_ns": through_ns}):
                if not self.watch.trusted():
                    raise Refused.of("rules-brake-time")
                if buckets <= 0 or through_ns <= 0:
                    raise Refused.of("rules-brake-none")
                clear = {
                    "through_ns": through_ns,
                    "buckets": buckets,
                    "until_ns": self._clock.wall_ns() + RELEASE_NS,
                }
                self._enter(act_id, "brake.released", clear, pair)
            return self._release

    def set_time(self, act_id: str, pair: Pair, *, wall_ns: int, reference: str) -> TimeReading:
        """Two people read ``wall_ns`` off ``reference`` now (117, a phone, another office's clock). The clock is set
        where it differs, and time is trusted in this boot (``T-16``).

        Raises UsageError for a reading that cannot be, Refused when the machine does not let its clock be set (then
        nothing is trusted), NotWritable.
        """
        with self._lock:
            before = self._acts.repeated(act_id, "clock.set", {}, {"reference": reference.strip()})
            if before is None:
                words = checked_words("time", "reference", reference, most=_MAX_WORDS)
                boot_ns, before_ns = self._clock.boot_ns(), self._clock.wall_ns()
                by_ns = wall_ns - before_ns
                if not _FIRST_YEAR <= local_time(wall_ns).year <= _LAST_YEAR:
                    raise UsageError.of("rules-year", first=_FIRST_YEAR, last=_LAST_YEAR)
                if abs(by_ns) > SAME_NS and self._clock.trusted():
                    raise Refused.of("rules-service", seconds=abs(by_ns) // 10**9)
                clear = {
                    "boot_id": self._clock.boot_id(),
                    "boot_ns": boot_ns,
                    "before_ns": before_ns,
                    "wall_ns": wall_ns if abs(by_ns) > SAME_NS else before_ns,
                    "by_ns": by_ns,
                } | self._drift(boot_ns, by_ns)
                moved = abs(by_ns) > SAME_NS
                if moved:
                    self._set_clock(wall_ns)
                try:
                    before = self._enter(act_id, "clock.set", clear, pair, {"reference": words})
                except NotWritable:
                    if moved:  # what is not entered did not happen
                        self._set_clock(self._clock.wall_ns() - by_ns)
                    raise
                reading = _reading_of(before)
                self.watch.read(ClockReading(0, reading.boot_ns, reading.wall_ns), self._lasts_ns)
            return _reading_of(before)

    # --- inside ---

    def _drift(self, boot_ns: int, by_ns: int) -> dict[str, int]:
        """Parts per billion by which this machine ran wrong since the last reading of this boot."""
        since_ns = self._since_last(self._clock.boot_id(), boot_ns)
        return {"drift_ppb": by_ns * 1_000_000_000 // since_ns} if since_ns else {}

    def _since_last(self, boot_id: str, boot_ns: int) -> int:
        """How long before ``boot_ns`` the last reading was; 0 where too short to see a drift, or in another boot."""
        last = self._readings[-1] if self._readings else None
        if last is None or last.boot_id != boot_id or boot_ns - last.boot_ns < _DRIFT_NS:
            return 0
        return boot_ns - last.boot_ns

    def _set_clock(self, wall_ns: int) -> None:
        try:
            self._set_wall(wall_ns)
        except OSError as error:
            raise Refused.of("rules-set", why=error.strerror) from error

    def _enter(
        self, act_id: str, kind: str, clear: Mapping[str, Any], pair: Pair, words: Mapping[str, str] | None = None
    ) -> Entry:
        entry = self._acts.perform(act_id, kind, clear, {**(words or {}), **pair.sealed()}).entry
        _TAKERS[kind](self, entry)
        return entry

    def _take_policy(self, entry: Entry) -> None:
        self._policy = _policy_of(entry.fields["policy"])

    def _take_calendar(self, entry: Entry) -> None:
        days_off = frozenset(date.fromisoformat(day) for day in entry.fields["days_off"])
        self._calendar = self._calendar.with_years_of(
            OfficeCalendar(tuple(entry.fields["years"]), days_off), day_of(entry.at_ns)
        )

    def _take_release(self, entry: Entry) -> None:
        self._release = Release(int(entry.fields["through_ns"]), int(entry.fields["until_ns"]))

    def _take_reading(self, entry: Entry) -> None:
        reading = _reading_of(entry)
        since_ns = self._since_last(reading.boot_id, reading.boot_ns)
        off_ns = max(0, abs(int(entry.fields["by_ns"])) - SAME_NS)
        self._lasts_ns = reading_lasts_ns(off_ns * 1_000_000_000 // since_ns if since_ns else 0)
        self._readings.append(reading)


_TAKERS: dict[str, Callable[[OfficeRules, Entry], None]] = {
    "policy.changed": OfficeRules._take_policy,
    "calendar.imported": OfficeRules._take_calendar,
    "brake.released": OfficeRules._take_release,
    "clock.set": OfficeRules._take_reading,
}


def _reading_of(entry: Entry) -> TimeReading:
    return TimeReading(str(entry.fields["boot_id"]), int(entry.fields["boot_ns"]), int(entry.fields["wall_ns"]))


def _policy_of(fields: Mapping[str, Any]) -> Policy:
    try:
        return msgspec.convert(dict(fields), Policy)
    except msgspec.ValidationError as error:
        raise Broken(f"policy: the ledger holds one that this version does not know ({error})") from error
