"""Destruction: one door, which judges at the instant, kills the key first, and finishes what a power cut interrupts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import NotWritable, RecorderError, Refused, Unavailable
from appliance.core.model import Manifest
from appliance.formats.segment_files import segment_name
from appliance.ledger.entry import Entry
from appliance.rules.deadlines import DAY_NS
from appliance.rules.policy import Policy
from appliance.rules.retention import Hold
from appliance.vault.keys.whereabouts import Whereabouts
from appliance.vault.ring import destruction as destruction_module
from appliance.vault.ring.destruction import Batch
from tests.faults.memory_fs import MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, changed_module
from tests.vault.keycases import Remnants
from tests.vault.ringcases import (
    MONDAY_NS,
    OPEN,
    MovingClock,
    Parts,
    Store,
    days_later,
    entered,
    kept_files,
    kinds,
    made_allocation,
    new_disk,
    segment_bytes,
)


@pytest.fixture
def store() -> Store:
    return Store(new_disk())


def gone(store: Store, manifest: Manifest) -> bool:
    """Whether no trace is left that could be opened or found."""
    files = [name for name in store.shelves.listing() if name.startswith(manifest.bucket_id)]
    return (
        manifest.bucket_id not in store.keystore
        and not files
        and store.index.closed(manifest.bucket_id) is None
        and store.ring.find(manifest.camera_no, manifest.span) == []
    )


def test_what_is_destroyed_is_gone_and_its_certificate_says_how(store: Store) -> None:
    old = store.record()
    young = store.record("C1", MONDAY_NS + 10 * DAY_NS)
    store.clock.go_to(days_later(35))
    assert store.destruction.destroy([old.bucket_id], "ordered") == (old.bucket_id,)
    assert gone(store, old)
    assert not gone(store, young)
    (intent,), (done,) = entered(store.ledger, "destroy.intended"), entered(store.ledger, "destroy.done")
    assert intent["buckets"] == done["buckets"] == [old.bucket_id]
    assert intent["reason"] == "ordered"
    assert intent["judged"] == {"now_ns": days_later(35), "floor_days": 31}
    assert done["strength"] == "file: best effort"
    assert done["generation"] == store.keystore.generation


def test_a_batch_unlinks_each_file_once_and_goes_through_no_key_that_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [store.record("C1", MONDAY_NS + number * SLOT_NS) for number in range(4)]
    stays = store.record("C1", MONDAY_NS + 4 * SLOT_NS)
    store.clock.go_to(days_later(35))
    unlink, asked = store.fs.unlink, list[str]()
    monkeypatch.setattr(store.fs, "unlink", lambda path: (asked.append(path), unlink(path)))
    monkeypatch.delattr(Whereabouts, "drop")
    store.destruction.destroy([manifest.bucket_id for manifest in old], "routine")
    assert all(gone(store, manifest) for manifest in old)
    assert not gone(store, stays)
    assert len([path for path in asked if path.endswith(".seg")]) == 4


@pytest.mark.parametrize(("days", "why"), [(0, "floor"), (20, "floor"), (31, "floor")])
def test_INV_01_nothing_inside_its_floor_goes_whoever_asks(store: Store, days: int, why: str) -> None:
    old = store.record()
    store.clock.go_to(days_later(days))
    with pytest.raises(Refused, match=why):
        store.destruction.destroy([old.bucket_id], "ordered")
    assert not gone(store, old)
    assert kinds(store.ledger) == ["manifests.closed"]


def test_T_88_what_had_outlived_its_ceiling_stands_in_both_entries_and_what_went_beside_it_does_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = store.record()
    young = store.record("C1", MONDAY_NS + 10 * DAY_NS)
    store.clock.go_to(days_later(368))
    with monkeypatch.context() as patch:
        patch.setattr(store.shelves, "unlink", _disk_away)
        with pytest.raises(NotWritable):
            store.destruction.destroy([late.bucket_id, young.bucket_id], "ordered")
    store.destruction.finish_at_start()
    (intent,), (done,) = entered(store.ledger, "destroy.intended"), entered(store.ledger, "destroy.done")
    assert done["buckets"] == [late.bucket_id, young.bucket_id]
    assert intent["late"] == done["late"] == [late.bucket_id]


def _disk_away(files: object) -> None:
    raise NotWritable("the disk is away")


def test_one_that_may_not_go_stops_the_whole_call(store: Store) -> None:
    old = store.record()
    store.clock.go_to(days_later(35))
    with pytest.raises(Refused, match="unknown"):
        store.destruction.destroy([old.bucket_id, "ab" * 16], "ordered")
    assert not gone(store, old)


def test_a_hold_that_comes_between_judging_and_destroying_holds(store: Store) -> None:
    old = store.record()
    store.clock.go_to(days_later(50))
    assert old.bucket_id in store.destruction.judge().due
    store.holds.append(Hold("C1", MONDAY_NS, MONDAY_NS + 1))
    with pytest.raises(Refused, match="held"):
        store.destruction.destroy([old.bucket_id], "routine")
    store.holds.clear()
    assert store.destruction.destroy([old.bucket_id], "routine")


def test_AT_21_INV_03_untrusted_time_stops_destruction(store: Store) -> None:
    old = store.record()
    store.clock.go_to(days_later(60))
    store.clock.is_trusted = False
    with pytest.raises(Unavailable, match="time is not trusted"):
        store.destruction.destroy([old.bucket_id], "ordered")
    batch = _routine(store)
    assert batch.destroyed == ()
    assert {danger.kind for danger in batch.verdict.danger} == {"time"}
    store.clock.is_trusted = True
    assert store.destruction.routine() is None, "it rests a little"
    store.clock.go_to(days_later(60, 4))
    batch = _routine(store)
    assert batch.destroyed == (old.bucket_id,), "the day's batch waits for trust"


def test_INV_24_a_file_that_is_not_where_the_index_says_stops_destruction_until_it_is_made_anew(store: Store) -> None:
    old, other = store.record(), store.record("C2")
    store.clock.go_to(days_later(50))
    store.fs.unlink(store.shelves.ring_path(old.bucket_id, 0))
    with pytest.raises(Unavailable, match="in doubt"):
        store.destruction.destroy([other.bucket_id, old.bucket_id], "routine")
    with pytest.raises(Unavailable, match="index"):
        store.destruction.destroy([other.bucket_id], "routine")
    assert "destroy.intended" not in kinds(store.ledger)
    store.index.rebuild(store.index.doubt)
    assert store.index.missing == {segment_name(old.bucket_id, 0)}
    store.destruction.destroy([other.bucket_id, old.bucket_id], "routine")
    assert gone(store, old)


def test_an_index_in_doubt_is_made_anew_by_routine_and_only_then_is_anything_destroyed(store: Store) -> None:
    old = store.record()
    store.clock.go_to(days_later(50))
    store.index.distrust("a test")
    with pytest.raises(Unavailable, match="index"):
        store.destruction.destroy([old.bucket_id], "ordered")
    assert _routine(store).destroyed == (old.bucket_id,)
    assert store.index.rebuilt == "a test"


def test_files_that_nobody_knows_are_never_touched(store: Store) -> None:
    store.record()
    stranger = "ab" * 16
    assert isinstance(store.fs, MemoryFs)
    store.fs.make_dir("/office/ring/ab")
    store.fs.put(f"/office/ring/ab/{segment_name(stranger, 0)}", b"someone's")
    again = Store(store.fs, store.clock, seed=1)
    again.clock.go_to(days_later(500))
    again.destruction.routine()
    assert list(again.shelves.in_ring()) == [segment_name(stranger, 0)]


# --- routine ---


def _routine(store: Store) -> Batch:
    batch = store.destruction.routine()
    assert batch is not None
    return batch


def test_the_daily_batch_runs_at_half_past_two_once_and_at_start_if_it_was_missed(store: Store) -> None:
    for day in range(3):
        store.record("C1", MONDAY_NS + day * DAY_NS)
    store.clock.go_to(days_later(46, 1))
    first = _routine(store)
    assert len(first.destroyed) == 1
    store.clock.go_to(days_later(47, 2.4))
    assert store.destruction.routine() is None
    store.clock.go_to(days_later(47, 2.5))
    second = _routine(store)
    assert second.daily
    assert len(second.destroyed) == 1
    store.clock.go_to(days_later(48, 2.4))
    assert store.destruction.routine() is None


def test_on_need_only_the_oldest_that_the_next_day_lacks_go(store: Store) -> None:
    assert isinstance(store.fs, MemoryFs)
    old = [store.record("C1", MONDAY_NS + n * SLOT_NS, size=8000) for n in range(6)]
    store.clock.go_to(days_later(35, 4))
    assert _routine(store).destroyed == ()
    store.clock.go_to(days_later(35, 10))
    for n in range(2):
        store.record("C1", days_later(35, 5) + n * SLOT_NS, size=8000)
    store.fs.room = 50_000
    batch = _routine(store)
    assert not batch.daily
    assert batch.destroyed == tuple(m.bucket_id for m in old[:2])
    assert set(batch.verdict.reasons.values()) == {"need"}


def test_need_is_met_once_an_hour_so_that_a_chips_cells_last(store: Store) -> None:
    assert isinstance(store.fs, MemoryFs)
    for n in range(6):
        store.record("C1", MONDAY_NS + n * SLOT_NS, size=8000)
    store.clock.go_to(days_later(35, 4))
    assert _routine(store).daily
    store.clock.go_to(days_later(35, 10))
    for n in range(2):
        store.record("C1", days_later(35, 5) + n * SLOT_NS, size=8000)
    runs = []
    for minute in range(150):
        store.clock.go_to(days_later(35, 10) + minute * 60 * 10**9)
        store.fs.room = 100_000
        if store.destruction.routine() is not None:
            runs.append(minute)
    assert runs == [0, 60, 120]


def test_AT_19_a_full_disk_inside_the_floor_is_a_danger_and_nothing_else(store: Store) -> None:
    assert isinstance(store.fs, MemoryFs)
    old = store.record(size=1000)
    store.clock.go_to(days_later(0, 4))
    store.fs.room = 10
    batch = _routine(store)
    assert batch.destroyed == ()
    assert {danger.kind for danger in batch.verdict.danger} == {"space"}
    assert not gone(store, old)


def test_what_is_eligible_is_what_is_past_its_floor_and_not_held_while_time_is_trusted(store: Store) -> None:
    old, held, young = (store.record("C1", MONDAY_NS + day * DAY_NS) for day in (0, 1, 8))
    store.holds = [Hold("C1", held.start_ns, held.end_ns)]
    store.clock.go_to(days_later(33))
    assert store.destruction.eligible_bytes() == old.bytes
    assert young.bytes
    store.clock.is_trusted = False
    assert store.destruction.eligible_bytes() == 0


def test_while_cameras_are_stopped_a_full_days_writing_is_freed_all_the_same(store: Store) -> None:
    made = [store.record("C1", MONDAY_NS + number * SLOT_NS) for number in range(4)]
    store.clock.go_to(days_later(31, 23))
    assert _routine(store).destroyed == ()
    store.clock.go_to(days_later(32, 1))
    assert isinstance(store.fs, MemoryFs)
    store.fs.room = 50_000
    assert store.destruction.routine() is None, "the last day wrote nothing"
    store.destruction.day_bytes = 50_000 + made[0].bytes + 1
    batch = store.destruction.routine()
    assert batch is not None
    assert batch.destroyed == (made[0].bucket_id, made[1].bucket_id)


def test_D_20_the_brake_counts_what_went_in_the_last_24_hours(store: Store) -> None:
    for hour in range(72):
        store.record("C1", MONDAY_NS + hour * 6 * SLOT_NS, seconds=3600, step_seconds=600)
    store.clock.go_to(days_later(47, 2.5))
    first = _routine(store)
    assert len(first.destroyed) == 48
    store.policy = Policy(target_days=44)
    store.clock.go_to(days_later(48, 2.4))
    store.destruction = type(store.destruction)(
        store.ring,
        store.keystore,
        store.ledger,
        store.clock,
        lambda: store.policy,
        lambda: store.holds,
        reserve_bytes=0,
    )
    assert store.destruction.eligible_bytes() == 0, "what waits for two people is no room that recording may count on"
    second = _routine(store)
    assert second.destroyed == ()
    assert {danger.kind for danger in second.verdict.danger} == {"brake"}
    store.clock.go_to(days_later(49, 2.6))
    third = _routine(store)
    assert len(third.destroyed) == 24


def test_keys_that_were_never_used_go_with_the_next_batch_unless_a_file_needs_them(store: Store) -> None:
    unused, used = (store.allocate(("C1", MONDAY_NS + n * SLOT_NS)).buckets[0].bucket_id for n in (4, 5))
    assert isinstance(store.fs, MemoryFs)
    store.fs.put(f"{OPEN}/{segment_name(used, 0)}", segment_bytes(used, [0, 500]))
    old = store.record()
    late = store.allocate(("C1", days_later(46))).buckets[0].bucket_id
    store.clock.go_to(days_later(46))
    batch = _routine(store)
    assert batch.destroyed == (old.bucket_id,)
    assert store.keystore.bucket_ids() == {used, late}
    assert store.index.allocated(unused) is None
    assert store.index.allocated(used) is not None


def test_an_allocation_told_late_does_not_make_a_bucket_look_unused(store: Store) -> None:
    recorded = store.record("C1", MONDAY_NS + 40 * DAY_NS)
    store.ring.allocated(made_allocation(("C1", MONDAY_NS + 40 * DAY_NS), seed=MONDAY_NS + 40 * DAY_NS))
    old = store.record()
    store.clock.go_to(days_later(46))
    store.destruction.routine()
    assert gone(store, old)
    assert recorded.bucket_id in store.keystore


def test_the_certificate_admits_what_lay_beside_the_footage(store: Store) -> None:
    old = store.record()
    opening = next(n.opening for _, notes in store.catalogue.entries() for n in notes if hasattr(n, "opening"))
    store.ring.opened(opening, emergency=True)
    store.clock.go_to(days_later(46))
    store.destruction.routine()
    assert entered(store.ledger, "destroy.done")[0]["emergency"] == [old.bucket_id]


# --- interruptions ---


def test_T_20_a_pin_that_comes_as_another_ends_stops_what_was_intended(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = store.record()
    store.clock.go_to(days_later(46))
    store.holds = [Hold("C2", old.span.start_ns, old.span.end_ns)]
    append = store.ledger.append

    def pinned_meanwhile(kind: str, fields: Mapping[str, Any]) -> Entry:
        if kind == "destroy.intended":
            store.holds = [Hold("C1", old.span.start_ns, old.span.end_ns)]
        return append(kind, fields)

    monkeypatch.setattr(store.ledger, "append", pinned_meanwhile)
    with pytest.raises(Unavailable, match="set meanwhile"):
        store.destruction.routine()
    assert not gone(store, old)


def test_an_intent_whose_keys_are_still_there_is_abandoned_and_judged_anew(store: Store) -> None:
    old = store.record()
    store.clock.go_to(days_later(50))
    store.ledger.append("destroy.intended", {"buckets": [old.bucket_id], "reason": "routine"})
    again = Store(store.fs, store.clock, seed=1)
    again.holds.append(Hold("C1", MONDAY_NS, MONDAY_NS + 1))
    assert again.destruction.finish_at_start() == ()
    assert entered(again.ledger, "destroy.abandoned") == [{"intent": 1, "buckets": [old.bucket_id]}]
    assert _routine(again).destroyed == ()
    assert not gone(again, old)


def test_an_intent_whose_keys_are_gone_is_finished_whatever_the_clock_says(store: Store) -> None:
    old = store.record()
    store.clock.go_to(days_later(50))
    intended_ns = store.clock.wall_ns()
    store.ledger.append("destroy.intended", {"buckets": [old.bucket_id], "reason": "routine"})
    store.keystore.destroy([old.bucket_id])
    store.clock.go_to(days_later(400))
    store.clock.is_trusted = False
    again = Store(store.fs, store.clock, seed=1)
    assert again.destruction.finish_at_start() == (old.bucket_id,)
    assert gone(again, old)
    assert again.index.routinely_destroyed_ns(intended_ns) == {"C1": SLOT_NS}
    assert again.index.routinely_destroyed_ns(intended_ns + 1) == {}, "dated by its intent"
    assert again.destruction.finish_at_start() == ()


def test_T_61_a_step_that_fails_in_a_running_keeper_is_settled_before_the_next(store: Store) -> None:
    first, second = store.record(), store.record("C2")
    store.clock.go_to(days_later(50))
    unlink = store.fs.unlink

    def fails(path: str) -> None:
        if path.startswith("/office/ring"):
            raise OSError(5, "Input/output error", path)
        unlink(path)

    store.fs.unlink = fails  # type: ignore[method-assign]
    with pytest.raises(NotWritable, match="its key is gone"):
        store.destruction.destroy([first.bucket_id], "ordered")
    assert first.bucket_id not in store.keystore
    store.fs.unlink = unlink  # type: ignore[method-assign]
    store.destruction.destroy([second.bucket_id], "ordered")
    assert gone(store, first)
    assert gone(store, second)
    assert [done["buckets"] for done in entered(store.ledger, "destroy.done")] == [
        [first.bucket_id],
        [second.bucket_id],
    ]


class Year:
    """Buckets of several ages, a hold, and two runs of destruction, cut anywhere."""

    def __init__(self, parts: Parts | None = None) -> None:
        self.parts = parts
        self.remnants = Remnants()
        self.ages: dict[str, Manifest] = {}
        self.held = self.young = ""

    def start(self) -> MemoryFs:
        fs = new_disk()
        store = Store(fs)
        for number, camera in enumerate(("C1", "C2", "C1", "C3")):
            manifest = store.record(camera, MONDAY_NS + number * 2 * SLOT_NS, step_seconds=300)
            self.ages[manifest.bucket_id] = manifest
            self.held = manifest.bucket_id if camera == "C2" else self.held
        young = store.record("C1", days_later(30), step_seconds=300)
        self.ages[young.bucket_id], self.young = young, young.bucket_id
        return fs

    def open(self, fs: Any, seed: object, days: int, *, trusted: bool = True) -> Store:
        """On the day ``days``. It has been on since the first: a clock that leapt would not be believed (``T-14``)."""
        clock = MovingClock()
        store = Store(fs, clock, seed=seed, parts=self.parts)
        clock.go_to(days_later(days))
        clock.is_trusted = trusted
        held = self.ages[self.held]
        store.holds.append(Hold("C2", held.start_ns + 1, held.start_ns + 2))
        return store

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        store = self.open(fs, "a", 40)
        store.destruction.finish_at_start()
        for ids in ([next(iter(self.ages))], [list(self.ages)[2]]):
            said.append(("destroying", ids))
            store.destruction.destroy(ids, "ordered")
            said.append(("destroyed", ids))
        store = self.open(fs, "b", 50)
        store.destruction.finish_at_start()
        said.append(("destroying", [list(self.ages)[3]]))
        batch = store.destruction.routine()
        said.append(("destroyed", batch.destroyed if batch else ()))

    def check(self, fs: MemoryFs, said: tuple[Any, ...], where: str) -> None:
        destroyed = {b for kind, ids in said if kind == "destroyed" for b in ids}
        perhaps = {b for kind, ids in said if kind == "destroying" for b in ids}
        store = self.open(fs, "after", 20, trusted=False)
        store.recovery.at_start()
        store.destruction.finish_at_start()
        here = store.keystore.bucket_ids()
        assert {self.held, self.young} <= here, f"{where}: a held or young bucket lost its key"
        assert not destroyed & here, f"{where}: a destroyed key is back"
        assert set(self.ages) - perhaps <= here, f"{where}: a key is lost"
        for bucket_id, manifest in self.ages.items():
            if bucket_id in here:
                assert store.index.closed(bucket_id) is not None, f"{where}: a key without a bucket"
                assert fs.exists(store.shelves.ring_path(bucket_id, 0)), f"{where}: unlinked with its key alive"
            else:
                assert gone(store, manifest), f"{where}: not finished"
        ended = {b for done in entered(store.ledger, "destroy.done") for b in done["buckets"]}
        assert ended == set(self.ages) - here, f"{where}: certificate and store disagree"
        intents = sum(kind == "destroy.intended" for kind in kinds(store.ledger))
        outcomes = {d["intent"] for k in ("destroy.done", "destroy.abandoned") for d in entered(store.ledger, k)}
        assert len(outcomes) == intents, f"{where}: an intent without an outcome"
        noted = [
            b for _, notes in store.catalogue.entries() for n in notes if hasattr(n, "intent") for b in n.bucket_ids
        ]
        assert set(noted) == ended, where
        store.close()
        stable = fs.image("none")
        again = self.open(stable, "again", 20, trusted=False)
        again.destruction.finish_at_start()
        assert kept_files(stable) == kept_files(fs), f"{where}: not settled, or not durable"
        again.close()
        then = self.open(stable, "then", 60)
        then.destruction.routine()
        assert then.keystore.bucket_ids() == {self.held, self.young}, f"{where}: cannot go on"


def check_every_cut(parts: Parts | None = None) -> None:
    year = Year(parts)
    for cut in every_cut(year, start=year.start()):
        year.check(cut.fs, cut.said, str(cut))


def test_a_power_cut_anywhere_leaves_every_bucket_whole_or_certified_gone() -> None:
    check_every_cut()


def test_T_61_a_step_that_fails_leaves_the_same_for_the_next_start() -> None:
    year = Year()
    for call, fs, said, raised in every_failure(year, start=year.start(), shorts=(0,)):
        assert raised is None or isinstance(raised, RecorderError), call
        year.check(fs.image("all"), tuple(said), f"{call} failed")


def check_live_judgement(parts: Parts | None = None) -> None:
    """A hold and a clock that change between the verdict and the act."""
    store = Store(new_disk(), parts=parts)
    old = store.record()
    store.clock.go_to(days_later(50))
    assert store.destruction.judge().due == (old.bucket_id,)
    store.holds.append(Hold("C1", MONDAY_NS, MONDAY_NS + 1))
    with pytest.raises(Refused):
        store.destruction.destroy([old.bucket_id], "routine")
    store.holds.clear()
    store.clock.is_trusted = False
    with pytest.raises(Unavailable):
        store.destruction.destroy([old.bucket_id], "routine")
    assert not gone(store, old)


def check_order(parts: Parts | None = None) -> None:
    """The intent is durable before any key goes, every key before any file."""
    store = Store(new_disk(), parts=parts)
    old = store.record()
    store.clock.go_to(days_later(50))
    assert isinstance(store.fs, MemoryFs)
    fs = store.fs

    def watch(call: Any) -> None:
        if call.name == "overwrite" and "/anchor" in call.path:
            assert kinds(store.ledger)[-1] == "destroy.intended"
        if call.name == "unlink" and call.path.startswith("/office/ring"):
            assert old.bucket_id not in store.keystore

    fs.before_step = watch
    store.destruction.destroy([old.bucket_id], "routine")
    assert gone(store, old)


CHECKS = (check_live_judgement, check_order, check_every_cut)
MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "a hold is ignored": (("Destruction._judge", "swap _holds tuple"),),
    "eligibility is not judged": (("Destruction.destroy", "force may False"),),
    "eligibility is cached": (
        ("Destruction.destroy", "swap _judge (lambda _: self.__dict__.setdefault('_first', self.judge()))"),
    ),
    "time is not asked": (("Destruction.time_trusted", "return True"),),
    "the key is not destroyed": (("Destruction._carry_out", "swap destroy (lambda _: self._keystore.destroy([]))"),),
    "files go before the key": (("Destruction._carry_out", "before unlink destroy"),),
    "files stay": (("Destruction._carry_out", "drop call unlink"),),
    "the catalogue is not told": (("Destruction._carry_out", "drop call note"),),
    "an intent is not replayed": (("Destruction._open_intent", "return None"),),
    "an intent is finished with its keys alive": (("Destruction.finish_at_start", "force _keystore False 1"),),
    "an abandoned intent is not entered": (("Destruction.finish_at_start", "force there False"),),
    "the outcome is not entered": (("Destruction._carry_out", "drop call append"),),
    "what was intended is not carried out": (("Destruction._destroy", "drop call _carry_out"),),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_checks_catch_a_destruction_where(name: str) -> None:
    parts = Parts(destruction=changed_module(destruction_module, *MUTANTS[name]).Destruction)
    assert any(caught_by(check, parts) for check in CHECKS), "a broken variant passed every check"


def check_judging_the_fewest(parts: Parts | None = None) -> None:
    """Past target, at the ceiling, held until near it, of untrusted time, and as many of the oldest as room needs."""
    store = Store(new_disk(), parts=parts)
    sizes = []
    for day in range(0, 60, 4):
        store.clock.go_to(days_later(day))
        manifest = store.record("C1", days_later(day), trusted=day % 20 != 4)
        store.record("C2", days_later(day) + DAY_NS - SLOT_NS // 2)
        sizes.append(manifest.bytes)
    store.holds += [
        Hold("C1", days_later(8), days_later(9)),
        Hold("C2", days_later(20), days_later(30), beyond_ceiling=True),
    ]
    needs = (0, 1, 3 * sizes[0], 9 * sizes[0], sum(sizes) * 3)
    days = (*range(30, 110, 5), 344, 350, 364, 366, 371, 380, 420)
    for target_days, now_day in itertools.product((45, 364), days):
        store.policy = Policy(target_days=target_days)
        store.clock.go_to(days_later(now_day))
        for need_bytes in needs:
            for daily in (True, False):
                fewest = store.destruction.judge_due(need_bytes=need_bytes, daily=daily)
                everything = store.destruction.judge(need_bytes=need_bytes, daily=daily)
                assert fewest._replace(may=()) == everything._replace(may=()), f"day {now_day}, {need_bytes}, {daily}"
                assert set(fewest.may) <= set(everything.may)
    assert store.destruction.judge_due().due


def test_judging_the_fewest_comes_to_what_judging_all_does() -> None:
    check_judging_the_fewest()


JUDGING_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "what is held is not looked at": (("Destruction._and_held", "drop call update"),),
    "the ceiling is taken for the target": (("Destruction._due_before_ns", "put target_days policy.ceiling_days"),),
    "no more is looked at when room is short": (
        ("Destruction.judge_due", "force lacks_room False"),
        ("Destruction.judge_due", "force due True"),
    ),
    "what is not the oldest goes for room": (("Destruction.judge_due", "force due True"),),
}


@pytest.mark.parametrize("name", JUDGING_MUTANTS)
def test_the_comparison_catches_a_judgement_where(name: str) -> None:
    parts = Parts(destruction=changed_module(destruction_module, *JUDGING_MUTANTS[name]).Destruction)
    assert caught_by(check_judging_the_fewest, parts)
