"""The state machine over the whole store: anything that happens to a box or that people do, in any order.

Rules are what happens; ``ringtruth`` has what is true, ``cutbox`` the box whose power goes in the midst of an act.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appliance.core.clock import SLOT_NS
from appliance.core.errors import NotAllowed, Refused, Unavailable, UsageError
from appliance.core.model import Span
from appliance.installation.verification import verify_all
from appliance.rules.cases.pins import pinned
from appliance.rules.cases.states import State
from appliance.rules.deadlines import DAY_NS
from appliance.rules.holds import DIRECTOR, GROUNDS, rounded
from appliance.rules.retention import Hold
from tests.faults.memory_fs import KILLED, MODES
from tests.services.casetrack import go_on
from tests.services.holdcases import GROUND_WORDS
from tests.vault.cutbox import Cut, CutBox
from tests.vault.ringcases import RING, made_allocation
from tests.vault.ringtruth import Moment, Pin, Promise, Truth

__all__ = ["RingMachine"]

CAMERAS = st.sampled_from(["C1", "C2"])
ANY = st.one_of(st.just(0), st.integers(0, 1000))
"""Which of some; 0 is the oldest."""

DUTIES = st.sampled_from(["", "settle", "routine", "order"])
_SIZES = st.sampled_from([40, 40, 700])
_BUCKET_BYTES = 500
"""What a bucket takes, about."""


def _database_of(content: bytes) -> sqlite3.Connection:
    """A connection of its own: in one that is used, a statement on a STRICT table that was prepared before would use
    what SQLite has freed."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.deserialize(content)
    return db


class RingMachine(RuleBasedStateMachine):
    """``steps`` counts the rules that were executed, ``happened`` what came of them, over all lives of a run."""

    steps: ClassVar[int] = 0
    happened: ClassVar[Counter[str]] = Counter()

    @initialize()
    def start(self) -> None:
        self.box = CutBox(type(self).happened)
        self.truths = self.box.truths
        self.count = 0
        type(self).steps -= 1  # the invariants are asked once after this, which is no step
        self.record("C1", True, 40)

    # --- what happens to a box ---

    @rule(camera=CAMERAS, closes=st.booleans(), size=_SIZES)
    def record(self, camera: str, closes: bool, size: int) -> None:
        """Ten minutes are recorded; perhaps nobody closes them."""
        box, clock = self.box, self.box.clock
        self.count += 1
        seed, start_ns = f"machine {self.count}", clock.wall_ns()
        bucket_id = made_allocation((camera, start_ns - start_ns % SLOT_NS), seed=seed).buckets[0].bucket_id
        truth = Truth(camera, box.true_ns, start_ns, doubted=not clock.trusted())
        with box.act("recording") as act:
            self.truths.buckets[bucket_id] = truth
            for again in (False, True):
                try:
                    how = {"trusted": clock.trusted(), "step_seconds": 300, "footer": closes, "size": size}
                    manifest = box.store.film(camera, start_ns, seed=seed, **how)
                    break
                except Unavailable:  # it is in doubt from here on, and recording goes on without it
                    assert act.index_lost
                    assert not again
            truth.durable, truth.bytes = True, sum(segment.bytes for segment in manifest.segments)
            if box.index_lost == "older":
                box.index_lost = ""  # it followed the catalogue to its end
            if closes:
                with contextlib.suppress(*[Unavailable] if box.store.index.doubt else []):
                    box.store.ring.take(manifest)
                    truth.acknowledged, truth.closed, truth.length_ns = True, True, SLOT_NS
        box.pass_ns(SLOT_NS)

    @rule(days=st.sampled_from([1, 13, 20, 31, 46, 150, 320]), works=st.booleans())
    def pass_days(self, days: int, works: bool) -> None:
        self.box.run_for(days * DAY_NS)
        if works:
            self.settle()
            self.routine()

    @rule(
        camera=CAMERAS,
        wrong_days=st.sampled_from([-4000, -400, -60, 20, 400]),
        after_days=st.sampled_from([0, 3, 25]),
        duty=DUTIES,
    )
    def record_in_doubt(self, camera: str, wrong_days: int, after_days: int, duty: str) -> None:
        """A box wakes up with a wrong clock, records, goes on, and is righted by another start some days later."""
        self.box.start_again("none", 0, wrong_days)
        self.record(camera, True, 40)
        self.box.run_for(after_days * DAY_NS)
        self._do(duty)
        self.box.start_again("none", 0, 0)

    @rule(
        mode=st.sampled_from([*MODES, KILLED]),
        seed=st.integers(0, 99),
        wrong_days=st.sampled_from([0] * 8 + [-4000, -30, 50, 900]),
        off_days=st.sampled_from([0, 0, 0, 3, 40]),
    )
    def start_again(self, mode: str, seed: int, wrong_days: int, off_days: int) -> None:
        """Between two acts the keeper dies, or the power goes and comes back, perhaps after weeks; then the clock may
        wake up wrong."""
        self.box.start_again(mode, seed, wrong_days, off_days)

    @precondition(lambda self: not self.box.cuts)
    @rule(
        changes=st.lists(st.integers(0, 25), min_size=1, max_size=2),
        mode=st.sampled_from([*MODES, KILLED]),
        seed=st.integers(0, 99),
        days=st.sampled_from([0, 0, 33, 46]),
        duty=DUTIES,
    )
    def cut_what_comes(self, changes: list[int], mode: str, seed: int, days: int, duty: str) -> None:
        """The power will go in the midst of what is done next, and perhaps once more while the box starts."""
        self.box.run_for(days * DAY_NS)
        self.box.arm([Cut(each, mode, seed + number) for number, each in enumerate(changes)])
        self._do(duty)

    def _do(self, duty: str) -> None:
        if duty == "order" and (left := self.truths.left()):
            self._order(left[0])
        elif duty == "settle":
            self.settle()
        elif duty == "routine":
            self.routine()

    @precondition(lambda self: not self.box.clock.trusted())
    @rule()
    def right_the_clock(self) -> None:
        self.box.clock.now_ns, self.box.clock.is_trusted = self.box.true_ns, True

    @rule(duty=DUTIES)
    def two_people_read_the_clock(self, duty: str) -> None:
        self.box.two_people_read_the_clock()
        self._do(duty)

    @rule(how=st.sampled_from(["gone", "older"]), days=st.sampled_from([0, 33]), duty=DUTIES)
    def lose_index(self, how: str, days: int, duty: str) -> None:
        """While the keeper runs its index answers no more, or is that of ten minutes ago; the keeper goes on."""
        box, index = self.box, self.box.store.index
        if box.lost_index():
            return
        if how == "gone":
            index._db.close()
        else:
            ago = index._db.serialize()
            self.record("C1", True, 40)
            if index is not box.store.index:
                return  # the power went meanwhile
            index._db.close()
            index._db, index._projection = _database_of(ago), None
        index.rebuilt, box.index_lost = "", how
        box.happened[f"indexes {how}"] += 1
        box.run_for(days * DAY_NS)
        self._do(duty)

    @precondition(lambda self: self.truths.left() and len(self.truths.stolen) < 2)
    @rule(which=ANY)
    def steal_a_file(self, which: int) -> None:
        """Somebody takes a file out of the ring."""
        bucket_id = self.truths.left()[which % len(self.truths.left())]
        path = self.box.store.shelves.ring_path(bucket_id, 0)
        if self.box.fs.exists(path):
            self.box.fs.unlink(path)
            self.box.fs.sync_dir(path.rpartition("/")[0])
            self.truths.stolen.add(bucket_id)

    @rule(
        camera=CAMERAS,
        size=_SIZES,
        room=st.sampled_from([None, 0, 0, 1, 3]),
        expected=st.sampled_from([0, 2, 4, 6, 50]),
        days=st.sampled_from([0, 31, 33, 40]),
    )
    def change_the_disk(self, camera: str, size: int, room: int | None, expected: int, days: int) -> None:
        """There is plenty of room, or none, or that of so many buckets; so many are expected in the next day."""
        box = self.box
        box.run_for(days * DAY_NS)
        self.record(camera, True, size)
        box.fs.disk_bytes = None if room is None else box.fs.used_bytes(RING) + room * _BUCKET_BYTES
        box.expected_bytes = box.store.destruction.day_bytes = expected * _BUCKET_BYTES
        box.run_for(2 * 3600 * 10**9)
        self.routine()

    # --- what people do ---

    @precondition(lambda self: self.box.clock.trusted())
    @rule(days=st.sampled_from([31, 31, 40, 90]), duty=DUTIES)
    def decide_a_floor(self, days: int, duty: str) -> None:
        """It is raised or lowered, with the target if it must; the next day the keeper goes on."""
        policy, truths = self.box.store.policy, self.truths
        if days < truths.floor_days:
            truths.former.append((self.box.true_ns, truths.floor_days))
        truths.floor_days = days
        now_ns = self.box.clock.wall_ns()
        self.box.store.policy = policy.amended(now_ns=now_ns, floor_days=days, target_days=max(45, days))
        self.box.run_for(DAY_NS)
        self._do(duty)

    def _some_minutes(self, which: int) -> tuple[str, Span]:
        """A part of some bucket that is there, in true time."""
        left = self.truths.left()
        truth = self.truths.buckets[left[which % len(left)]]
        return truth.camera_no, Span(truth.start_ns + SLOT_NS // 3, truth.start_ns + SLOT_NS // 2)

    @precondition(lambda self: self.truths.left())
    @rule(which=ANY)
    def receive_a_case(self, which: int) -> None:
        """Some bucket is asked for, which pins it and what is about it."""
        box, (camera_no, asked) = self.box, self._some_minutes(which)
        before, kept = set(box.store.cases.all_keys()), pinned(asked)
        with box.act("receiving a case"), contextlib.suppress(UsageError, NotAllowed):
            box.store.case(camera_no, asked.start_ns, asked.end_ns - asked.start_ns)
        new = set(box.store.cases.all_keys()) - before
        assert len(new) <= 1
        self.truths.pins.update((number, Pin(Hold(camera_no, kept.start_ns, kept.end_ns))) for number in new)

    @precondition(lambda self: self.truths.pins)
    @rule(which=ANY, result=st.sampled_from(["granted", "refused"]))
    def go_on_with_a_case(self, which: int, result: str) -> None:
        """The next step on its way is done."""
        box, pins = self.box, self.truths.pins
        number = sorted(pins)[which % len(pins)]
        with box.act("deciding a case") as act, contextlib.suppress(NotAllowed):
            go_on(box.store.life, box.store.cases, number, result)
        case = box.store.cases.file(number).case
        if case.served_on and case.result is State.REFUSED:
            pins[number].refused_ns = pins[number].refused_ns or act.at.true_ns
        if case.state is State.CLOSED:
            pins[number].closed_ns = pins[number].closed_ns or act.at.true_ns

    @precondition(lambda self: self.truths.left())
    @rule(which=ANY, ground=st.sampled_from(sorted(GROUNDS)))
    def set_hold(self, which: int, ground: str) -> None:
        """People hold some bucket, if the keeper takes it."""
        box, (camera_no, asked) = self.box, self._some_minutes(which)
        before = {held.number for held in box.store.book.all()}
        with box.act("setting a hold") as act, contextlib.suppress(UsageError):
            box.store.hold(ground, cameras=[camera_no], start_ns=asked.start_ns, end_ns=asked.end_ns)
        new = {held.number for held in box.store.book.all()} - before
        assert len(new) <= 1
        kept, row = rounded(asked), GROUNDS[ground]
        beyond = row.beyond_ceiling and row.openers == DIRECTOR
        hold = Hold(camera_no, kept.start_ns, kept.end_ns, beyond)
        self.truths.promises.update((number, Promise(ground, asked, hold, act.at.true_ns)) for number in new)

    @precondition(lambda self: self.truths.promises)
    @rule(which=ANY, event=st.sampled_from(["confirm", "extend", "extend", "release"]))
    def act_on_hold(self, which: int, event: str) -> None:
        """The director confirms, reviews and extends, or releases one, if the table has it."""
        box, promises = self.box, self.truths.promises
        number = sorted(promises)[which % len(promises)]
        promise, before = promises[number], len(box.store.book.get(number).history)
        with box.act("acting on a hold") as act, contextlib.suppress(Refused):
            book, store, by = box.store.book, box.store, box.store.seat("tsai")
            if event == "confirm":
                book.confirm(store.act(), by, number)
            elif event == "extend":
                book.extend(store.act(), by, number, reason="續", documents=GROUND_WORDS[promise.ground])
            else:
                book.release(store.act(), by, number, reason="結束")
        held = box.store.book.get(number)
        if len(held.history) == before:
            return
        if held.ended:
            assert event == "release"
            del promises[number]
        else:
            promise.event, promise.since_ns = "extend", act.at.true_ns
            promise.kept = promise.kept._replace(beyond_ceiling=GROUNDS[promise.ground].beyond_ceiling)

    @rule()
    def settle(self) -> None:
        """The keeper's duty: holds lapse, and what they let go past its ceiling goes at once."""
        box = self.box
        with box.act("settling", self._what_lapsed) as act, contextlib.suppress(Unavailable):
            box.store.settlement.turn()
        if not act.cut and box.store.destruction.time_trusted():
            ends = [held.until_ns for held in box.store.book.all() if held.living]
            assert all(box.true_ns < until_ns for until_ns in ends), "AT-24: a hold went on in silence"

    @rule()
    def routine(self) -> None:
        box, truths = self.box, self.truths
        now_ns = box.clock.wall_ns()
        day_bytes = max(truths.day_bytes(now_ns), box.expected_bytes)
        need_bytes = max(0, day_bytes - box.fs.free_bytes(RING))
        batch = None
        with box.act("routine") as act:
            try:
                batch = box.store.destruction.routine()
            except Unavailable:
                assert act.index_lost or act.unknown
        if batch is None or {"time", "index"} & {danger.kind for danger in batch.verdict.danger}:
            return
        target_days = box.store.policy.target_days
        needed = truths.took_what_it_needed(batch, need_bytes, act.at, target_days)
        box.happened["batches by need"] += needed
        if batch.daily and not batch.verdict.danger:
            for truth in truths.present():
                over = truth.closed and truth.days_old(act.at.true_ns, last=False) > 364
                assert not over or truths.may_be_held_by_law(truth), (
                    "INV-02: it outlived its ceiling, and nobody was told"
                )

    @precondition(lambda self: self.truths.left())
    @rule(which=ANY)
    def order(self, which: int) -> None:
        """Somebody orders one bucket destroyed."""
        self._order(self.truths.left()[which % len(self.truths.left())])

    def _order(self, bucket_id: str) -> None:
        with self.box.act("order") as act, contextlib.suppress(Refused, Unavailable):
            self.box.store.destruction.destroy([bucket_id], "ordered")
        assert act.went <= {bucket_id}, "more went than was ordered"

    # --- what must hold ---

    def _what_lapsed(self, at: Moment) -> None:
        truths, store = self.truths, self.box.store
        lapsed: dict[str, Promise | Pin] = {n: p for n, p in truths.promises.items() if not store.book.get(n).living}
        lapsed |= {n: pin for n, pin in truths.pins.items() if not store.cases.file(n).pins}
        for number, promise in lapsed.items():
            assert at.trusted, "a hold or pin lapsed in untrusted time"
            assert at.true_ns >= promise.first_end_ns(), "a hold or pin lapsed before its last day was over"
            truths.promises.pop(number, None)
            truths.pins.pop(number, None)
            self.box.happened["holds and pins lapsed"] += 1

    @invariant()
    def all_of_it_holds(self) -> None:
        type(self).steps += 1
        self._every_hold_is_in_force_until_it_ends()
        self._nothing_is_lost_and_nothing_comes_back()
        self._every_destruction_is_certified_or_abandoned()

    def _every_hold_is_in_force_until_it_ends(self) -> None:
        """INV-09, after every act and restart."""
        store, truths = self.box.store, self.truths
        assert sorted(store.book.holds()) == sorted(promise.kept for promise in truths.promises.values())
        assert sorted(store.cases.holds()) == sorted(pin.kept for pin in truths.pins.values())

    def _nothing_is_lost_and_nothing_comes_back(self) -> None:
        box, buckets, gone = self.box, self.truths.buckets, self.truths.gone
        here = box.store.keystore.bucket_ids()
        assert not gone & here, "a key came back"
        assert buckets.keys() - gone <= here, "a key is lost"
        if not box.lost_index():
            closed = {bucket.bucket_id for bucket in box.store.index.all_closed()}
            assert closed == {bucket_id for bucket_id, truth in buckets.items() if truth.closed} - gone

    def _every_destruction_is_certified_or_abandoned(self) -> None:
        box, ledger = self.box, self.box.store.ledger
        intended: dict[int, set[str]] = {}
        for entry in ledger.entries(box.read_to):
            if entry.kind == "destroy.intended":
                intended[entry.index] = set(entry.fields["buckets"])
            elif entry.kind in ("destroy.done", "destroy.abandoned"):
                ended = set(entry.fields["buckets"])
                assert ended <= intended[entry.fields["intent"]], "an outcome of what was not intended"
                intended[entry.fields["intent"]] -= ended
                if entry.kind == "destroy.done":
                    assert not ended & box.certified, "two certificates for one bucket"
                    box.certified |= ended
                box.happened[entry.kind] += 1
        box.read_to = ledger.size
        assert not any(intended.values()), "an intent has no outcome"
        assert box.certified == self.truths.gone

    def teardown(self) -> None:
        if hasattr(self, "box"):
            self.box.start_again(KILLED, 0)
            bad = verify_all(self.box.store.ring, self.box.store.ledger).bad
            assert {(each.bucket_id, each.what) for each in bad} == {
                (bucket_id, "missing") for bucket_id in self.truths.stolen - self.truths.gone
            }
