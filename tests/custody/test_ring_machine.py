"""Any sequence of recording, power cuts, wrong clocks, lost indexes, holds and destruction: the invariants hold.

The machine knows the true time, which the store is only told while its clock is right.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from appliance.clock import SLOT_NS
from appliance.custody import destruction, index
from appliance.custody.holds import HoldBook
from appliance.custody.verification import verify_all
from appliance.errors import Refused, Unavailable, UsageError
from appliance.model import Span
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.holds import DIRECTOR, GROUNDS, rounded, term_end_ns
from appliance.rules.retention import Hold, judge
from tests.custody.holdcases import GROUND_WORDS, HoldOffice
from tests.custody.ringcases import MONDAY_NS, MovingClock, entered, new_disk
from tests.faults.memory_fs import MODES, MemoryFs

CAMERAS = st.sampled_from(["C1", "C2"])


@dataclass
class Truth:
    """A bucket as it truly was."""

    camera_no: str
    span: Span
    acknowledged: bool
    doubted: bool

    @property
    def footage(self) -> Span:
        """What there is of it: one that nobody closed ends with its last whole fragment, that of the fifth minute."""
        return (
            self.span if self.acknowledged else Span(self.span.start_ns, self.span.start_ns + SLOT_NS // 2 + 5 * 10**8)
        )


@dataclass
class Promise:
    """A hold as people were told: what it keeps, whether beyond the ceiling, and since when the term runs, truly."""

    ground: str
    asked: Span
    kept: Hold
    event: str
    since_ns: int

    def first_end_ns(self) -> int:
        """Before this it may not lapse, whatever the clock said when it was set."""
        row = GROUNDS[self.ground]
        return term_end_ns(row, self.event, self.since_ns, end_ns=self.asked.end_ns, ceiling_days=364)


class RingMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.true_ns = MONDAY_NS
        self.clock = MovingClock(self.true_ns)
        self.fs: MemoryFs = new_disk()
        self.store = HoldOffice(self.fs, self.clock)
        self.promised: dict[str, Promise] = {}
        self.count = 0
        self.buckets: dict[str, Truth] = {}
        self.gone: set[str] = set()
        self.record("C1", True)

    # --- what happens to a box ---

    @rule(camera=CAMERAS, closes=st.booleans())
    def record(self, camera: str, closes: bool) -> None:
        """Ten minutes are recorded; perhaps nobody closes them."""
        self.count += 1
        manifest = self.store.record(
            camera,
            self.clock.wall_ns(),
            trusted=self.clock.trusted(),
            step_seconds=300,
            close=closes,
            seed=f"machine {self.count}",
        )
        self.buckets[manifest.bucket_id] = Truth(
            camera, Span(self.true_ns, self.true_ns + SLOT_NS), closes, not self.clock.trusted()
        )
        self.pass_ns(SLOT_NS)

    @rule(days=st.sampled_from([1, 13, 20, 31, 46, 320]), works=st.booleans())
    def pass_days(self, days: int, works: bool) -> None:
        self.pass_ns(days * DAY_NS)
        if works:
            self.settle()
            self.routine()

    @rule(camera=CAMERAS, wrong_days=st.sampled_from([-4000, -400, -60, 20]), after_days=st.sampled_from([0, 3, 25]))
    def record_in_doubt(self, camera: str, wrong_days: int, after_days: int) -> None:
        """A box wakes up with a wrong clock, records, and is righted by another start some days later."""
        self.cut_power("none", 0, wrong_days)
        self.record(camera, True)
        self.pass_ns(after_days * DAY_NS)
        self.cut_power("none", 0, 0)

    def pass_ns(self, length_ns: int) -> None:
        self.true_ns += length_ns
        self.clock.go_to(self.clock.wall_ns() + length_ns)

    @rule(
        mode=st.sampled_from(MODES), seed=st.integers(0, 99), wrong_days=st.sampled_from([0, 0, 0, -4000, -30, 50, 900])
    )
    def cut_power(self, mode: str, seed: int, wrong_days: int) -> None:
        """The power goes and comes back; the index is lost each time, the clock may wake up wrong and knows it."""
        self.fs = self.fs.image(mode, random.Random(seed))
        self.pass_ns(60 * 10**9)
        self.clock.reboot()
        self.clock.now_ns = self.true_ns + wrong_days * DAY_NS
        self.clock.is_trusted = not wrong_days
        self.reopen()
        self.store.recovery.at_start()
        self.store.destruction.finish_at_start()
        self.store.recovery.at_hello([], self.clock.wall_ns())

    @precondition(lambda self: not self.clock.trusted())
    @rule()
    def right_the_clock(self) -> None:
        self.clock.now_ns, self.clock.is_trusted = self.true_ns, True

    @rule()
    def reopen(self) -> None:
        holds, policy = self.store.holds, self.store.policy
        self.count += 1
        self.store = HoldOffice(self.fs, self.clock, seed=f"again {self.count}")
        self.store.holds, self.store.policy = holds, policy

    # --- what people do ---

    @precondition(lambda self: set(self.buckets) - self.gone)
    @rule(which=st.integers(0, 1000), law=st.booleans())
    def hold(self, which: int, law: bool) -> None:
        """A few seconds of some bucket are pinned, or held by law."""
        left = sorted(set(self.buckets) - self.gone)
        truth = self.buckets[left[which % len(left)]]
        start_ns = truth.span.start_ns + SLOT_NS // 3
        self.store.holds.append(Hold(truth.camera_no, start_ns, start_ns + 10**9, law))

    @precondition(lambda self: self.store.holds)
    @rule(which=st.integers(0, 100))
    def release(self, which: int) -> None:
        self.store.holds.pop(which % len(self.store.holds))

    @precondition(lambda self: set(self.buckets) - self.gone)
    @rule(which=st.integers(0, 1000), ground=st.sampled_from(sorted(GROUNDS)))
    def set_hold(self, which: int, ground: str) -> None:
        """People hold some bucket, if the keeper takes it."""
        left = sorted(set(self.buckets) - self.gone)
        truth = self.buckets[left[which % len(left)]]
        asked = Span(truth.span.start_ns + SLOT_NS // 3, truth.span.start_ns + SLOT_NS // 2)
        try:
            held = self.store.hold(ground, cameras=[truth.camera_no], start_ns=asked.start_ns, end_ns=asked.end_ns)
        except UsageError:
            return
        kept, row = rounded(asked), GROUNDS[ground]
        beyond = row.beyond_ceiling and row.openers == DIRECTOR
        self.promised[held.number] = Promise(
            ground, asked, Hold(truth.camera_no, kept.start_ns, kept.end_ns, beyond), "set", self.true_ns
        )

    @precondition(lambda self: self.promised)
    @rule(which=st.integers(0, 100), event=st.sampled_from(["confirm", "extend", "release"]))
    def act_on_hold(self, which: int, event: str) -> None:
        """The director confirms, extends or releases one, if the table has it."""
        number = sorted(self.promised)[which % len(self.promised)]
        promise, book = self.promised[number], self.store.book
        act, by = self.store.act(), self.store.seat("tsai")
        try:
            if event == "confirm":
                book.confirm(act, by, number)
            elif event == "extend":
                book.extend(act, by, number, reason="續", documents=GROUND_WORDS[promise.ground])
            else:
                book.release(act, by, number, reason="結束")
                del self.promised[number]
        except Refused:
            return
        promise.event, promise.since_ns = "extend", self.true_ns
        promise.kept = promise.kept._replace(beyond_ceiling=GROUNDS[promise.ground].beyond_ceiling)

    @rule()
    def settle(self) -> None:
        """The keeper's duty: holds lapse, and what they let go past its ceiling goes at once."""
        before = set(self.store.keystore.bucket_ids())
        with contextlib.suppress(Unavailable):
            self.store.settlement.turn()
        for number, promise in list(self.promised.items()):
            if not self.store.book.get(number).living:
                assert self.clock.trusted(), "a hold lapsed in untrusted time"
                assert self.true_ns >= promise.first_end_ns(), "a hold lapsed before its last day was over"
                del self.promised[number]
        if self.store.destruction.time_trusted():
            ends = [held.until_ns for held in self.store.book.all() if held.living]
            assert all(self.true_ns < until_ns for until_ns in ends), "AT-24: a hold went on in silence"
        self.went(before - set(self.store.keystore.bucket_ids()))

    @rule()
    def routine(self) -> None:
        before = set(self.store.keystore.bucket_ids())
        batch = self.store.destruction.routine()
        self.went(before - set(self.store.keystore.bucket_ids()))
        if batch is not None and batch.daily and not batch.verdict.danger:
            for bucket_id, truth in self.buckets.items():
                if bucket_id not in self.gone and self.store.index.closed(bucket_id):
                    past = (day_of(self.true_ns) - day_of(truth.span.start_ns)).days
                    assert past <= 364 or self.held(truth, law=True), (
                        "INV-02: it outlived its ceiling, and nobody was told"
                    )

    @precondition(lambda self: set(self.buckets) - self.gone)
    @rule(which=st.integers(0, 1000))
    def order(self, which: int) -> None:
        """Somebody orders one bucket destroyed."""
        left = sorted(set(self.buckets) - self.gone)
        bucket_id = left[which % len(left)]
        try:
            self.store.destruction.destroy([bucket_id], "ordered")
        except (Refused, Unavailable):
            return
        self.went({bucket_id})

    # --- what must hold ---

    def held(self, truth: Truth, *, law: bool) -> bool:
        return any(
            hold.camera_no == truth.camera_no
            and Span(hold.start_ns, hold.end_ns).overlaps(truth.footage)
            and hold.beyond_ceiling >= law
            for hold in (*self.store.holds, *(promise.kept for promise in self.promised.values()))
        )

    def went(self, bucket_ids: set[str]) -> None:
        for bucket_id in bucket_ids:
            truth = self.buckets[bucket_id]
            assert self.clock.trusted(), "INV-03: destroyed in untrusted time"
            today = day_of(self.true_ns)
            assert (today - day_of(truth.span.end_ns - 1)).days > 31, "INV-01: destroyed inside its floor"
            if (today - day_of(truth.span.start_ns)).days < 364 and not truth.doubted:
                assert not self.held(truth, law=False), "a pinned bucket went before its ceiling"
            assert not self.held(truth, law=True), "a bucket held by law went"
        self.gone |= bucket_ids

    @invariant()
    def every_hold_is_in_force_until_it_ends(self) -> None:
        """INV-09, after every act and restart."""
        assert sorted(self.store.book.holds()) == sorted(promise.kept for promise in self.promised.values())

    @invariant()
    def nothing_is_lost_and_nothing_comes_back(self) -> None:
        here = self.store.keystore.bucket_ids()
        assert not self.gone & here
        assert set(self.buckets) - self.gone <= here
        closed = {bucket.bucket_id for bucket in self.store.index.all_closed()}
        assert {b for b, truth in self.buckets.items() if truth.acknowledged} - self.gone <= closed <= here
        ended = {b for done in entered(self.store.ledger, "destroy.done") for b in done["buckets"]}
        assert ended == self.gone

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert verify_all(self.store.ring, self.store.ledger).bad == ()


def lives(count: int) -> settings:
    """So many lives of thirty events; a failing one is not shortened, which takes longer than reading it."""
    return settings(
        max_examples=count,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )


def test_any_life_of_a_store(long_run: bool) -> None:
    run_state_machine_as_test(RingMachine, settings=lives(1500 if long_run else 60))


Patch = Callable[[pytest.MonkeyPatch], None]


def _with_judge(**changes: Any) -> Patch:
    return lambda patch: patch.setattr(destruction, "judge", lambda *a, **given: judge(*a, **{**given, **changes}))


def _with_holds(change: Callable[[list[Hold]], list[Hold]]) -> Patch:
    return lambda patch: patch.setattr(
        destruction, "judge", lambda buckets, policy, holds, **given: judge(buckets, policy, change(holds), **given)
    )


def _with_kept(**changes: Any) -> Patch:
    kept = index.kept_of
    return lambda patch: patch.setattr(index, "kept_of", lambda row: kept(row)._replace(**changes))


def _lapse_whatever_the_time(patch: pytest.MonkeyPatch) -> None:
    lapse_overdue = HoldBook.lapse_overdue
    patch.setattr(HoldBook, "lapse_overdue", lambda self, trusted: lapse_overdue(self, trusted=True))


def _forget_at_a_restart(kind: str) -> Patch:
    take = HoldBook._take

    def forgetful(self: HoldBook, entry: Any) -> Any:
        if entry.kind == kind and entry.index < self._ledger.size - 1:
            return None
        return take(self, entry)

    return lambda patch: patch.setattr(HoldBook, "_take", forgetful)


MUTANTS = {
    "untrusted time is believed": _with_kept(trusted=True),
    "the order of boots is forgotten": _with_kept(boot_no=0),
    "trust is not asked": _with_judge(trusted=True),
    "holds are ignored": _with_holds(lambda holds: []),
    "a hold lapses in untrusted time": _lapse_whatever_the_time,
    "nothing lapses": lambda patch: patch.setattr(HoldBook, "lapse_overdue", lambda self, trusted: []),
    "a restart forgets what lapsed": _forget_at_a_restart("hold.lapsed"),
    "every hold ends at the ceiling": _with_holds(lambda holds: [h._replace(beyond_ceiling=False) for h in holds]),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_machine_catches_a_store_where(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    always_the_same = settings(lives(1000), database=None, derandomize=True)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(RingMachine, settings=always_the_same)
