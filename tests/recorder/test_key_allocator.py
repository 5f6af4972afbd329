"""Keys made ahead are used only once they are durable; without a keeper only what cannot wait is made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

from appliance.core.errors import Broken, RecorderError, Unavailable, VaultMismatch
from appliance.core.model import Allocation
from appliance.recorder.supervisor.key_allocator import AllocatedKeys, KeyAllocator, Order
from tests.recorder.rig import SECOND, SLOT, START_NS, VAULT_PUBLIC, SetClock

WANTED = [("01", START_NS), ("01", START_NS + SLOT), ("02", START_NS)]
URGENT = [("01", START_NS), ("02", START_NS)]


class _Store:
    def __init__(self, answers: Callable[[int], RecorderError | None]) -> None:
        self.asked: list[Allocation] = []
        self._answers = answers

    def allocate(self, allocation: Allocation) -> None:
        self.asked.append(allocation)
        if (error := self._answers(len(self.asked))) is not None:
            raise error


def _forge(
    answers: Callable[[int], RecorderError | None], clock: SetClock | None = None
) -> tuple[_Store, AllocatedKeys]:
    store = _Store(answers)
    smith = KeyAllocator(
        store, VAULT_PUBLIC, clock or SetClock(), os.urandom, lambda forged: None, answer_ns=5 * SECOND
    )
    return store, smith.forge(Order(WANTED, URGENT))


def test_what_the_keeper_stored_is_what_is_used() -> None:
    store, forged = _forge(lambda count: None)
    ((allocation, keys),) = forged.allocations
    assert store.asked == [allocation]
    assert not forged.emergency
    assert [(one.camera_no, one.slot_start_ns) for one in allocation.buckets] == WANTED
    assert sorted(keys) == sorted(one.bucket_id for one in allocation.buckets)


def test_a_keeper_that_is_busy_is_asked_again_with_the_same_allocation() -> None:
    store, forged = _forge(lambda count: Unavailable("busy") if count < 3 else None)
    assert not forged.emergency
    assert len(store.asked) == 3
    assert len({allocation.allocation_id for allocation in store.asked}) == 1


def test_without_an_answer_each_urgent_bucket_gets_an_allocation_of_its_own_and_the_rest_none() -> None:
    clock = SetClock()

    def answers(count: int) -> RecorderError:
        clock.advance(2.0)
        return Unavailable("keeper: away")

    store, forged = _forge(answers, clock)
    assert (forged.emergency, forged.why) == (True, "keeper: away")
    assert len(store.asked) == 3
    made = [[(one.camera_no, one.slot_start_ns) for one in allocation.buckets] for allocation, _ in forged.allocations]
    assert made == [[one] for one in URGENT]
    refused = {one.bucket_id for one in store.asked[0].buckets}
    assert not refused & {bucket_id for _, keys in forged.allocations for bucket_id in keys}


def test_a_keeper_that_refuses_is_not_asked_again() -> None:
    store, forged = _forge(lambda count: Broken("no"))
    assert forged.emergency
    assert len(store.asked) == 1


def test_with_a_planted_vault_key_not_even_an_emergency_key_is_made() -> None:
    store, forged = _forge(lambda count: VaultMismatch("vault.pub: planted"))
    assert (forged.allocations, forged.emergency, forged.planted) == ([], False, "vault.pub: planted")
    assert [one.vault_key for one in store.asked] == [hashlib.sha256(VAULT_PUBLIC).hexdigest()]


def test_orders_are_worked_off_in_a_thread_of_its_own_until_it_is_closed() -> None:
    done: list[AllocatedKeys] = []
    smith = KeyAllocator(_Store(lambda count: None), VAULT_PUBLIC, SetClock(), os.urandom, done.append)
    smith.start()
    smith.order(Order(WANTED, []))
    smith.order(Order(URGENT, []))
    smith.close()
    smith.join()
    assert [len(forged.allocations[0][1]) for forged in done] == [3, 2]
