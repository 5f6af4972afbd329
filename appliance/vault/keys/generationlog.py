"""Which generation of the key store the ledger knows, so that an older store which is put back is told by it.

Each generation is entered once the change is durable, never before and never in its way: the recorder's keys do not
wait for the ledger. What a cut left unentered is entered at the next start, as a store newer than the ledger knows.
"""

from __future__ import annotations

import threading

from appliance.core.errors import Damaged
from appliance.ledger.log import Ledger
from appliance.vault.keys.keystore import KeyStore

__all__ = ["KEYS_CHANGED", "GenerationLog", "check_generation"]

KEYS_CHANGED = "keys.changed"

_OF_SETUP = 1
"""The generation that set-up makes; nothing can be older."""


def check_generation(ledger: Ledger, generation: int, directory: str) -> None:
    """Raises Damaged when the ledger knows a later generation than the key store in ``directory`` is of: an older key
    store, anchor and box key were put back together, and with them keys that were destroyed or slots that were
    voided."""
    known, entry = _newest(ledger)
    if known > generation:
        raise Damaged(
            f"{directory}: generation {generation}, but ledger entry {entry} names generation {known}; an older key "
            "store was put back with its anchor: put the newest ones back"
        )


class GenerationLog:
    """Enters the generations of ``store``. Thread-safe."""

    def __init__(self, ledger: Ledger, store: KeyStore) -> None:
        self._ledger, self._store = ledger, store
        self._known = max(_newest(ledger)[0], _OF_SETUP)
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Enters the generation in force if the ledger does not know it yet. Raises NotWritable, Unavailable while the
        store is shut; then it is entered later."""
        with self._lock:
            generation = self._store.generation
            if generation > self._known:
                self._ledger.append(KEYS_CHANGED, {"generation": generation})
                self._known = generation


def _newest(ledger: Ledger) -> tuple[int, int]:
    """The highest generation that the ledger names as in force, and the entry that does; (0, -1) if none does."""
    return max(((int(entry.fields["generation"]), entry.index) for entry in ledger.generations()), default=(0, -1))
