"""Which vault keys the ledger names: that of set-up, of a finished new anchor, and both while one is under way."""

from __future__ import annotations

import itertools

from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.vault.keys.vaultkey import vault_keys
from tests.faults.memory_fs import MemoryFs
from tests.ledger.box import open_acts, open_ledger

IDS = itertools.count()


def lose(acts: Acts, key: str, generation: int) -> None:
    acts.perform(f"act-{next(IDS)}", "anchor.lost", {"vault_key": key, "generation": generation})


def begun(fs: MemoryFs) -> tuple[Ledger, Acts]:
    ledger = open_ledger(fs)
    acts = open_acts(ledger, fs)
    acts.perform("setup", "installation.created", {"vault_key": "first"})
    return ledger, acts


def test_a_new_anchor_puts_its_key_in_force_once_it_is_made() -> None:
    ledger, acts = begun(MemoryFs("/k"))
    with ledger, acts:
        assert vault_keys(ledger) == {"first"}
        lose(acts, "second", 5)
        assert vault_keys(ledger) == {"first", "second"}, "which of the two lies there depends on where it was cut"
        lose(acts, "third", 6)
        ledger.append("anchor.made", {"generation": 6})
        assert vault_keys(ledger) == {"third"}


def test_one_that_was_cut_before_its_last_entry_counts_once_its_store_is_entered() -> None:
    ledger, acts = begun(MemoryFs("/k"))
    with ledger, acts:
        lose(acts, "second", 5)
        ledger.append("keys.changed", {"generation": 4})
        assert vault_keys(ledger) == {"first", "second"}, "the old store came back to life"
        ledger.append("keys.changed", {"generation": 5})
        assert vault_keys(ledger) == {"second"}


def test_a_ledger_that_names_none_takes_none() -> None:
    with open_ledger(MemoryFs("/k")) as ledger:
        assert vault_keys(ledger) == frozenset()
