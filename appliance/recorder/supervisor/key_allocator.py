"""Makes bucket keys ahead and has the keeper store them; when it does not answer, makes emergency keys for one slot.

A thread of its own, because the keeper may take its time. What it returns is durable: stored by the keeper, or, for an
emergency key, to be written beside the footage by whoever opens the bucket, before its first frame.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from appliance.core.clock import Clock
from appliance.core.errors import RecorderError, Unavailable, VaultMismatch
from appliance.core.model import Allocation
from appliance.formats.allocation import allocate
from appliance.formats.sealing import wipe

__all__ = ["AllocatedKeys", "KeyAllocator", "Order"]

ANSWER_NS = 5_000_000_000
"""How long the keeper has to answer before an emergency."""

_RETRY_SECONDS = 0.25


class Order(NamedTuple):
    """``wanted``: (camera_no, slot_start_ns) to make keys for. ``urgent``: those of them that cannot wait."""

    wanted: Sequence[tuple[str, int]]
    urgent: Sequence[tuple[str, int]]


class AllocatedKeys(NamedTuple):
    """Allocations with their keys. ``emergency``: the keeper knows nothing of them; ``why`` says what it answered.
    ``planted``: the vault key of this run is not the office's, says the keeper; then there are no keys at all."""

    allocations: list[tuple[Allocation, dict[str, bytearray]]]
    emergency: bool
    why: str = ""
    planted: str = ""


class Store(Protocol):
    def allocate(self, allocation: Allocation) -> None:
        """Durable on return. Raises Unavailable or another RecorderError."""


class KeyAllocator:
    """One order at a time; ``done`` is called from this thread with what came of it."""

    def __init__(
        self,
        store: Store,
        vault_public: bytes,
        clock: Clock,
        random: Callable[[int], bytes],
        done: Callable[[AllocatedKeys], None],
        *,
        answer_ns: int = ANSWER_NS,
    ) -> None:
        self._store, self._vault_public, self._clock, self._random = store, vault_public, clock, random
        self._done, self._answer_ns = done, answer_ns
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keysmith", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def order(self, order: Order) -> None:
        self._orders.put(order)

    def close(self) -> None:
        """Does not wait for a keeper that does not answer."""
        self._ended.set()
        self._orders.put(None)

    def join(self) -> None:
        """Waits until what was ordered before :meth:`close` is done."""
        self._thread.join()

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            self._done(self.forge(order))

    def forge(self, order: Order) -> AllocatedKeys:
        """Fulfils ``order`` in the caller's thread; waits at most ``answer_ns`` (and one call's time-out) for the
        keeper. When it says that the vault key is not the office's, not even emergency keys are made with it."""
        allocation, keys = allocate(self._vault_public, order.wanted, self._random)
        try:
            why = self._stored(allocation)
        except VaultMismatch as error:
            _wipe(keys)
            return AllocatedKeys([], False, planted=str(error))
        if not why:
            return AllocatedKeys([(allocation, keys)], False)
        _wipe(keys)
        urgent = [allocate(self._vault_public, [one], self._random) for one in order.urgent]
        return AllocatedKeys(urgent, True, why)

    def _stored(self, allocation: Allocation) -> str:
        """Why the keeper did not store ``allocation``; "" when it did. Raises VaultMismatch."""
        end = self._clock.boot_ns() + self._answer_ns
        while True:
            try:
                self._store.allocate(allocation)
            except Unavailable as error:
                if self._clock.boot_ns() >= end or self._ended.wait(_RETRY_SECONDS):
                    return str(error)
            except VaultMismatch:
                raise
            except RecorderError as error:
                return str(error)
            else:
                return ""


def _wipe(keys: dict[str, bytearray]) -> None:
    for key in keys.values():
        wipe(key)
