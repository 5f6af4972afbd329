"""A year and more of a whole store: recording, cases, pins, holds, wrong clocks, small disks, restarts, power cuts,
lost indexes, the daily batch and the daily statement. What went is judged by the truth that the test keeps.

By default a few weeks' worth of buckets spread over 400 days; with ``--long`` also ten minutes of every hour, and every
ten minutes, of 16 cameras.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Unavailable
from appliance.formats.segment import SegmentOpener
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import Hold, judge
from appliance.vault.index.shelves import Shelves
from appliance.vault.ring import destruction
from tests.scenarios.yearbox import Cut, YearBox
from tests.vault.ringcases import MONDAY_NS, key_of

HOUR_NS = 3600 * 1_000_000_000
FLOOR, TARGET, CEILING = 31, 45, 364


class Size(NamedTuple):
    cameras: int
    slots_a_day: int
    days: int


SAMPLE, SHORT = Size(3, 4, 400), Size(2, 2, 400)
SEASON = Size(2, 2, 90)
"""Long enough for what goes at its target."""
HOURLY, WHOLE = Size(16, 24, 400), Size(16, 144, 400)


@dataclass
class Seen:
    """What the judge saw. ``closed`` and ``gone`` are read from the ledger alone."""

    closed: set[str] = field(default_factory=set)
    gone: dict[str, int] = field(default_factory=dict)
    intents: dict[int, tuple[int, bool, str]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    dangers: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    ages: Counter[int] = field(default_factory=Counter)
    next_entry: int = 0
    oldest_pinned: int = 0
    batch_seconds: list[float] = field(default_factory=list)


class Year:
    """Lives through it, day by day, and judges after every step."""

    def __init__(self, box: YearBox, size: Size) -> None:
        self.box, self.size, self.seen, self.random = box, size, Seen(), box.random
        self.fault_ends_ns = 0
        self.pins: list[tuple[int, Hold]] = []
        self.day_bytes = 0

    def live(self) -> None:
        for number in range(self.size.days):
            self.day(number)
        self.right_the_clock()
        for _ in range(3):
            self.box.pass_ns(DAY_NS)
            self.box.statements.make_due()
            self.routine()
        self.box.pass_ns(DAY_NS)
        self.box.statements.make_due()

    # --- a day ---

    def day(self, number: int) -> None:
        if self.day_bytes:
            worth = 26 if 200 <= number < 206 else 38 if 100 <= number < 130 else 62
            self.box.disk.room_bytes = worth * self.day_bytes
        self.people(number)
        down = self.random.sample(self.box.cameras, self.random.random() < 0.1)
        cut_at = self.random.randrange(self.size.slots_a_day) if self.random.random() < 0.1 else -1
        for slot in range(self.size.slots_a_day):
            start_ns = MONDAY_NS + number * DAY_NS + slot * (144 // self.size.slots_a_day) * SLOT_NS
            if start_ns > self.box.true_ns:
                self.box.pass_ns(start_ns - self.box.true_ns)
            self.clocks()
            try:
                if slot == cut_at:
                    self.box.disk.cut_in = self.random.randrange(25 * self.size.cameras)
                self.record(down)
                self.box.statements.make_due()
                self.routine()
                self.box.disk.cut_in = None
            except Cut:
                self.after_a_cut()
        if not self.day_bytes:
            self.day_bytes = self.box.store.index.totals().bytes
        self.restart()

    def record(self, down: list[str]) -> None:
        right = self.box.clock_is_right
        try:
            self.box.record(down)
            self.seen.acknowledged |= self.box.begun
        finally:
            if not right:
                self.seen.doubted |= self.box.begun
            self.look()

    def routine(self) -> None:
        started = time.perf_counter()
        try:
            batch = self.box.store.destruction.routine()
        except Unavailable:
            batch = None
        finally:
            self.look()
        if batch is None:
            return
        if batch.daily:
            self.seen.batch_seconds.append(time.perf_counter() - started)
        kinds = {danger.kind for danger in batch.verdict.danger}
        self.seen.dangers.update(kinds)
        if "brake" in kinds:
            self.box.released_ns = self.box.true_ns
        elif batch.daily and not kinds & {"time", "index", "undated"}:
            self.no_one_outlives_its_ceiling()

    # --- what befalls it ---

    def people(self, number: int) -> None:
        """Cases come and pin some hours of the past seven weeks; holds of law begin; both end. One of each stays from
        the first week on, past every ceiling."""
        self.pins = [(until, hold) for until, hold in self.pins if until > number]
        if number in (5, 6):
            span = self.box.true_ns - DAY_NS, self.box.true_ns - DAY_NS // 2
            self.pins.append((self.size.days, Hold(self.box.cameras[number % 2], *span, number == 5)))
        if self.random.random() < 0.5:
            ago_ns = self.random.randrange(HOUR_NS, 49 * DAY_NS)
            start_ns = self.box.true_ns - ago_ns
            law = self.random.random() < 0.1
            keep_days = self.random.choice([3, 10, 30, 60, 90, 500])
            for camera_no in self.random.sample(self.box.cameras, 2):
                span = start_ns - SLOT_NS, start_ns + self.random.choice([1, 3, 8]) * HOUR_NS
                self.pins.append((number + keep_days, Hold(camera_no, *span, law)))
            self.seen.events["law holds" if law else "pins"] += 2
        self.box.holds[:] = [hold for _, hold in self.pins]

    def clocks(self) -> None:
        """Now and then the clock is wrong for hours or days, and is righted."""
        if self.fault_ends_ns:
            if self.box.true_ns >= self.fault_ends_ns:
                self.right_the_clock()
        elif self.random.random() < 0.05 / self.size.slots_a_day:
            kind, off_days, trusted = self.random.choice(
                [
                    ("no time source", 0, False),
                    ("ahead", 60, False),
                    ("back", -3, False),
                    ("ahead, and the machine says all is well", 60, True),
                    ("dead at boot", -4000, False),
                ]
            )
            self.seen.events[f"clock: {kind}"] += 1
            self.fault_ends_ns = self.box.true_ns + self.random.choice([6, 26, 60]) * HOUR_NS
            self.box.set_clock(off_days * DAY_NS, trusted=trusted)
            if kind == "dead at boot":
                self.box.restart(reboot=True)
                self.look()

    def right_the_clock(self) -> None:
        self.fault_ends_ns = 0
        self.box.set_clock(0, trusted=True)

    def restart(self) -> None:
        if self.random.random() < 0.1:
            lose_index = self.random.random() < 0.2
            self.seen.events["restarts"] += 1
            self.seen.events["lost indexes"] += lose_index
            self.box.restart(lose_index=lose_index, reboot=self.random.random() < 0.5)
            self.look()

    def after_a_cut(self) -> None:
        while True:
            self.seen.events["power cuts"] += 1
            try:
                if self.random.random() < 0.3:
                    self.box.disk.cut_in = self.random.randrange(200)
                self.box.power_returns()
                self.box.disk.cut_in = None
                break
            except Cut:
                continue
        self.look()

    # --- the judge ---

    def look(self) -> None:
        """Every ledger entry since the last look, under the truth of this moment."""
        box, seen, ledger = self.box, self.seen, self.box.store.ledger
        for entry in ledger.entries(seen.next_entry, ledger.size):
            if entry.kind == "manifests.closed":
                assert not seen.closed & set(entry.fields["manifests"]), "a bucket was closed twice"
                seen.closed |= set(entry.fields["manifests"])
            elif entry.kind == "destroy.intended":
                assert box.clock_is_right, "INV-03: a destruction was begun in untrusted time"
                seen.intents[entry.index] = (box.true_ns, True, entry.fields["reason"])
                for bucket_id in entry.fields["buckets"]:
                    self.may_go(bucket_id)
            elif entry.kind == "destroy.done":
                assert entry.fields["intent"] in seen.intents, "a certificate names no intent"
                for bucket_id in entry.fields["buckets"]:
                    assert bucket_id not in seen.gone, "two certificates for one bucket"
                    seen.gone[bucket_id] = entry.index
        seen.next_entry = ledger.size

    def may_go(self, bucket_id: str) -> None:
        box, seen = self.box, self.seen
        assert bucket_id in seen.closed, "something was destroyed that was never closed"
        age = box.days_old(bucket_id, last=True)
        assert age > FLOOR, f"INV-01: {bucket_id} went {age} days after it was recorded"
        assert not box.held(bucket_id, law=True) or bucket_id in seen.doubted, "a bucket held by law went"
        if bucket_id not in seen.doubted:
            seen.ages[age] += 1
            if box.held(bucket_id, law=False):
                assert box.days_old(bucket_id, last=False) >= CEILING, "a pinned bucket went before its ceiling"
                seen.events["pinned to the ceiling"] += 1

    def no_one_outlives_its_ceiling(self) -> None:
        for bucket_id in self.seen.closed - self.seen.gone.keys():
            if self.box.days_old(bucket_id, last=False) > CEILING:
                assert self.box.held(bucket_id, law=True), f"INV-02: {bucket_id} outlived its ceiling, nobody was told"
                self.seen.events["kept by law past the ceiling"] += 1

    def settle(self) -> None:
        """At the end: certificates complete, what is there plays, every day stated."""
        box, seen = self.box, self.seen
        files, present = box.files(), seen.closed - seen.gone.keys()
        assert seen.acknowledged <= seen.closed, "a bucket that was acknowledged is not in the ledger"
        assert files.keys() == present, "a bucket is there and certified as gone, or neither"
        assert present <= box.store.keystore.bucket_ids()
        assert not seen.gone.keys() & box.store.keystore.bucket_ids(), "a destroyed bucket has its key"
        for number, bucket_id in enumerate(sorted(present)):
            data, truth = files[bucket_id], box.buckets[bucket_id]
            whole = hashlib.sha256(data).hexdigest() == truth.sha256
            assert whole or (bucket_id not in seen.acknowledged and data == b""), "footage is not what was recorded"
            if whole and number % 50 == 0:
                opener = SegmentOpener(lambda at, n, data=data: data[at : at + n], len(data), key_of(bucket_id))
                assert [len(opener.open(frame)) for frame in opener.frames()] == [40, 40]
        self.every_day_is_stated()

    def every_day_is_stated(self) -> None:
        named: Counter[int] = Counter()
        days = []
        for entry in self.box.store.ledger.entries():
            if entry.kind == "statement.daily":
                days.append(entry.fields["day"])
                named.update(each["done"] for each in entry.fields["certificates"])
        assert len(days) == len(set(days))
        assert len(days) >= self.size.days - 1
        assert set(named.values()) == {1}, "a certificate stands in two statements"
        assert named.keys() == set(self.seen.gone.values()), "a certificate stands in no statement"

    def figures(self, seconds: float) -> str:
        seen, box = self.seen, self.box
        batches = sorted(seen.batch_seconds)
        lines = [
            f"{self.size.cameras} cameras, {self.size.slots_a_day} buckets a day each, {self.size.days} days, "
            f"{seconds:.0f} s ({seconds / max(1, len(box.buckets)) * 1000:.2f} ms a bucket)",
            f"closed {len(seen.closed):,}, destroyed {len(seen.gone):,} under {len(set(seen.gone.values())):,} "
            f"certificates, present {len(seen.closed) - len(seen.gone):,}",
            f"ages at destruction {min(seen.ages)} to {max(seen.ages)} days; in doubt recorded {len(seen.doubted):,}",
            f"daily batch: median {batches[len(batches) // 2] * 1000:.0f} ms, longest {batches[-1] * 1000:.0f} ms",
            f"ledger {box.store.ledger.size:,} entries; dangers told {dict(seen.dangers)}",
            *(f"{name}: {count:,}" for name, count in sorted(seen.events.items())),
        ]
        return "\n".join(lines)


@pytest.fixture
def base() -> Iterator[str]:
    """A directory in memory where there is one: the store syncs thousands of times a second here."""
    made = tempfile.mkdtemp(prefix="year-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    yield made
    shutil.rmtree(made)


def lived(base: str, size: Size, seed: int) -> Year:
    started = time.perf_counter()
    cameras = [f"{number:02d}" for number in range(1, size.cameras + 1)]
    box = YearBox(base, cameras, seed, slots_ahead=6 if size.slots_a_day == 144 else 1)
    year = Year(box, size)
    try:
        year.live()
        year.settle()
        print(f"\nseed {seed}: {year.figures(time.perf_counter() - started)}")
    finally:
        box.close()
    return year


def test_a_year_in_a_sample_of_its_minutes(base: str) -> None:
    seen = lived(base, SAMPLE, 1).seen
    assert seen.events["power cuts"] >= 5
    assert seen.events["lost indexes"] >= 2
    assert len(seen.doubted) > 20
    assert min(seen.ages) < TARGET, "the small disk never needed anything"
    assert seen.events["pinned to the ceiling"]
    assert seen.events["kept by law past the ceiling"]
    assert seen.dangers["space"], "a disk for less than the floor was no danger"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_other_years_in_a_sample(base: str, seed: int) -> None:
    lived(base, SAMPLE, seed)


@pytest.mark.long
def test_a_year_of_sixteen_cameras_hour_by_hour(base: str) -> None:
    """Nine minutes on two busy cores."""
    seen = lived(base, HOURLY, 3).seen
    assert len(seen.closed) > 145_000


@pytest.mark.long
def test_a_year_of_sixteen_cameras_minute_by_minute(base: str) -> None:
    """The better part of an hour."""
    seen = lived(base, WHOLE, 3).seen
    assert len(seen.closed) > 880_000
    assert seen.dangers["brake"], "days of untrusted time never came under the brake"


Patch = Callable[[pytest.MonkeyPatch], None]


def _judging(**changes: Callable[[Any], Any]) -> Patch:
    """Retention judges with other arguments than it was given."""

    def broken(buckets: Any, policy: Any, holds: Any, **given: Any) -> Any:
        holds = changes.get("holds", lambda same: same)(holds)
        given = {name: changes.get(name, lambda same: same)(value) for name, value in given.items()}
        return judge(buckets, policy, holds, **given)

    return lambda patch: patch.setattr(destruction, "judge", broken)


def _certifying_twice(patch: pytest.MonkeyPatch) -> None:
    carry_out = destruction.Destruction._carry_out

    def twice(self: Any, *arguments: Any) -> None:
        carry_out(self, *arguments)
        carry_out(self, *arguments)

    patch.setattr(destruction.Destruction, "_carry_out", twice)


def _sparing_one_file(patch: pytest.MonkeyPatch) -> None:
    unlink = Shelves.unlink
    patch.setattr(Shelves, "unlink", lambda self, buckets: unlink(self, list(buckets)[1:]))
    patch.setattr(destruction.Destruction, "_verify", lambda *a: None)


BROKEN: dict[str, Patch] = {
    "the floor is two weeks short": _judging(now_ns=lambda now_ns: now_ns + 14 * DAY_NS),
    "holds are ignored": _judging(holds=lambda holds: []),
    "every hold is one of law": _judging(holds=lambda holds: [hold._replace(beyond_ceiling=True) for hold in holds]),
    "trust is not asked": _judging(trusted=lambda trusted: True),
    "each destruction is certified twice": _certifying_twice,
    "a file is spared": _sparing_one_file,
}

SEEN_AT_THE_END = {"a file is spared"}


@pytest.mark.parametrize("name", BROKEN)
def test_the_year_catches_a_store_where(name: str, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN[name](monkeypatch)
    with pytest.raises(AssertionError):
        lived(base, SEASON if name in SEEN_AT_THE_END else SHORT, 1)


def test_a_season_of_a_sound_store_is_no_reason_to_complain(base: str) -> None:
    assert lived(base, SEASON, 1).seen.gone
