"""Any life of a store: recording, crashes in the midst of any act, wrong clocks, lost indexes, small disks, cases,
holds, reviews, floors and destruction, in any order. ``INV-01`` to ``INV-03``, ``INV-09`` and ``INV-24`` hold.

The machine itself is in ``ringmachine.py``; here it runs, and stores that are broken in one way each are caught by it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec.structs import replace

from appliance.rules import retention
from appliance.rules.deadlines import DAY_NS
from appliance.rules.policy import Policy
from appliance.rules.retention import Hold, judge
from appliance.services.holds.holds import HoldBook
from appliance.storage.journal import Journal, pack_entry
from appliance.vault.index import index
from appliance.vault.index.index import Index
from appliance.vault.ring import destruction
from tests.faults.mutants import changed_module
from tests.vault.ringmachine import RingMachine

STEPS = 50
"""Of one life."""

EVENTS = (
    *("cuts while recording", "cuts while routine", "cuts while starting", "gone by routine", "batches by need"),
    *("buckets closed by a start", "indexes gone", "indexes older", "holds and pins lapsed"),
)
"""A run without one of these would not have tried it. All of them come by the dozen even in a short run."""

RARE_EVENTS = (
    *(f"cuts while {doing}" for doing in ("deciding a case", "acting on a hold", "settling", "order")),
    *("cuts while receiving a case", "cuts while setting a hold", "intents finished by a start"),
    *("gone by settling", "gone by order", "destroy.abandoned"),
)


def lives(count: int) -> settings:
    """So many lives; a failing one is not shortened, which takes longer than reading it."""
    return settings(
        max_examples=count,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        report_multiple_bugs=False,
    )


def test_any_life_of_a_store(long_run: bool) -> None:
    class Counted(RingMachine):
        happened: ClassVar[Counter[str]] = Counter()

    wanted, started = 100_000 if long_run else 5_000, time.perf_counter()
    run_state_machine_as_test(Counted, settings=lives(wanted // 35))  # not every life lasts that long
    print(f"\n{Counted.steps:,} steps in {time.perf_counter() - started:.0f} s")
    print("\n".join(f"{name}: {count:,}" for name, count in sorted(Counted.happened.items())))
    assert Counted.steps >= wanted
    assert not [name for name in (*EVENTS, *(RARE_EVENTS if long_run else ())) if not Counted.happened[name]]


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


def _need_ignores_the_floor(patch: pytest.MonkeyPatch) -> None:
    """What was judged for need a day too early may go for it, too."""
    needed_at: list[int] = []

    def judged(buckets: Any, policy: Any, holds: Any, **given: Any) -> Any:
        if given.get("need_bytes"):
            needed_at[:] = [given["now_ns"]]
        early_ns = DAY_NS if given["now_ns"] in needed_at else 0
        return judge(buckets, policy, holds, **{**given, "now_ns": given["now_ns"] + early_ns})

    patch.setattr(destruction, "judge", judged)


def _oldest(change: Callable[[Any, int], tuple[Any, int]]) -> Patch:
    return lambda patch: patch.setattr(retention, "_oldest", change)


_right_oldest = retention._oldest


def _one_more(found: Any, need_bytes: int) -> tuple[Any, int]:
    run, short = _right_oldest(found, need_bytes)
    return (list(found[: len(run) + 1]) if run else run), short


def _without_former_floors(patch: pytest.MonkeyPatch) -> None:
    amended = Policy.amended
    patch.setattr(Policy, "amended", lambda self, **given: replace(amended(self, **given), former_floors=()))


def _destroying(method: str, what: str) -> Patch:
    """With a method of destruction's that does otherwise."""
    broken = changed_module(destruction, (f"Destruction.{method}", what)).Destruction
    return lambda patch: patch.setattr(destruction.Destruction, method, getattr(broken, method))


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


MUTANTS: dict[str, Patch] = {
    "untrusted time is believed": _with_kept(trusted=True),
    "the order of boots is forgotten": _with_kept(boot_no=0),
    "trust is not asked": _with_judge(trusted=True),
    "holds are ignored": _with_holds(lambda holds: []),
    "a hold lapses in untrusted time": _lapse_whatever_the_time,
    "nothing lapses": lambda patch: patch.setattr(HoldBook, "lapse_overdue", lambda self, trusted: []),
    "a restart forgets what lapsed": _forget_at_a_restart("hold.lapsed"),
    "every hold ends at the ceiling": _with_holds(lambda holds: [h._replace(beyond_ceiling=False) for h in holds]),
    "pins pin nothing": lambda patch: patch.setattr("tests.services.holdcases.CaseBook.holds", lambda self: []),
    "a lowered floor is lowered for all": _without_former_floors,
    "need ignores the floor": _need_ignores_the_floor,
    "need takes one more": _oldest(_one_more),
    "need takes the newest": _oldest(lambda found, need_bytes: _right_oldest(found[::-1], need_bytes)),
    "need takes nothing": _oldest(lambda found, need_bytes: ([], 0)),
    "an abandoned intent is finished": _destroying("finish_at_start", "force _keystore True 2"),
    "an intent is left open at a start": lambda patch: patch.setattr(
        destruction.Destruction, "finish_at_start", lambda self: ()
    ),
    "the keys go before the intent": _destroying(
        "_destroy",
        "swap append (lambda *given: (self._keystore.destroy(bucket_ids), self._ledger.append(*given))[1])",
    ),
    "an entry is not synced": lambda patch: patch.setattr(Journal, "append", _append_without_sync),
    "the index is believed": lambda patch: patch.setattr(Index, "healthy", property(lambda self: True)),
    "a file that is gone is not missed": lambda patch: patch.setattr(
        destruction.Destruction, "_compare", lambda self, bucket_ids: None
    ),
}


def _append_without_sync(self: Journal, body: bytes) -> int:
    self._file.write(pack_entry(body))
    self._note(self._end, body)
    return len(self) - 1


RARE_MUTANTS = (
    "a file that is gone is not missed",
    "every hold ends at the ceiling",
    "an abandoned intent is finished",
    "an intent is left open at a start",
    "the keys go before the intent",
    "need takes the newest",
    "need takes one more",
    "the index is believed",
)
"""Those that show only after a thousand steps and more, ten seconds of work each and more."""


SLOW_MUTANTS = ("a lowered floor is lowered for all", "a hold lapses in untrusted time", "need ignores the floor")
"""Ten to thirty seconds of work each: one a run."""


def _mutants() -> Iterator[Any]:
    for name in MUTANTS:
        if name in SLOW_MUTANTS:
            yield pytest.param(name, marks=pytest.mark.turn(SLOW_MUTANTS.index(name), len(SLOW_MUTANTS)))
        else:
            yield pytest.param(name, marks=pytest.mark.long if name in RARE_MUTANTS else ())


@pytest.mark.parametrize("name", list(_mutants()))
def test_the_machine_catches_a_store_where(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)

    class Broken(RingMachine):
        happened: ClassVar[Counter[str]] = Counter()

    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(Broken, settings=settings(lives(2000), derandomize=True))
    print(f"\ncaught after {Broken.steps:,} steps")
