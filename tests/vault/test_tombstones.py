"""What was destroyed stays destroyed when a backup or an older copy of a disk comes back: its files go again, entered
first, and the key record of an emergency is never taken over a second time."""

from __future__ import annotations

import types

import pytest

from appliance.formats.segment_files import segment_name
from appliance.installation.verification import verify_all
from appliance.vault.ring import recovery as recovery_module
from appliance.vault.ring import tombstones
from tests.faults.memory_fs import MemoryFs, every_cut
from tests.faults.mutants import caught_by, changed_module
from tests.vault.ringcases import CATALOGUE, MONDAY_NS, OPEN, Parts, Store, days_later, entered, new_disk, segment_bytes
from tests.vault.test_recovery import BACK_NS, emergency


class Restored:
    """A store of which one bucket was destroyed, with what the disk had of it before put back."""

    def __init__(self, what: str) -> None:
        """``what``: ``footage`` or ``catalogue``, or both in one word."""
        self.fs = new_disk()
        store = Store(self.fs)
        self.old, self.young = store.record("C1", MONDAY_NS), store.record("C1", days_later(20))
        before = self.fs.files()
        store.clock.go_to(days_later(40))
        self.clock = store.clock
        store.destruction.destroy([self.old.bucket_id], "ordered")
        store.close()
        self.opened = 0
        for path in self.fs.files().keys() - before.keys():
            if path.startswith(CATALOGUE) and "catalogue" in what:
                self.fs.unlink(path)
        for path, data in before.items():
            part = "footage" if self.old.bucket_id in path else "catalogue" if path.startswith(CATALOGUE) else ""
            if part and part in what and not path.endswith("/"):
                self.fs.put(path, data)

    def open(self, fs: MemoryFs) -> Store:
        self.opened += 1
        return Store(fs, self.clock, seed=self.opened)


def is_there(store: Store, bucket_id: str) -> bool:
    """Whether its one segment lies on a shelf."""
    return bool(store.shelves.look_for([(bucket_id, (0,))])[0])


def replay(store: Store, module: types.ModuleType = tombstones) -> tuple[tuple[str, ...], tuple[str, ...]]:
    act = module.Tombstones(store.ring, store.ledger)
    return act.replay_ledger(), act.replay_disk()


def check_gone(restored: Restored, store: Store, where: str) -> None:
    old = restored.old
    assert not [name for name in store.shelves.listing() if name.startswith(old.bucket_id)], (
        f"{where}: its file is there"
    )
    assert store.index.closed(old.bucket_id) is None, f"{where}: the index has it"
    assert store.ring.find("C1", old.span) == [], where
    assert old.bucket_id not in store.keystore, where
    assert store.index.closed(restored.young.bucket_id) is not None, f"{where}: more than that is gone"
    assert is_there(store, restored.young.bucket_id), f"{where}: more than that is gone"
    bad = [each.what for each in verify_all(store.ring, store.ledger).bad]
    assert bad == [], where


def test_T_58_an_older_copy_of_the_footage_brings_nothing_back() -> None:
    restored = Restored("footage")
    store = restored.open(restored.fs)
    name = segment_name(restored.old.bucket_id, 0)
    assert is_there(store, restored.old.bucket_id), "it is back before"
    assert replay(store) == ((), (name,))
    check_gone(restored, store, "after")
    assert entered(store.ledger, "destroy.repeated") == [{"buckets": [restored.old.bucket_id], "came_with": "disk"}]
    assert replay(store) == ((), ()), "and there is nothing to do twice"


def test_T_58_an_older_catalogue_brings_nothing_back() -> None:
    restored = Restored("catalogue and footage")
    store = restored.open(restored.fs)
    assert store.index.closed(restored.old.bucket_id) is not None, "it is back before"
    buckets, _ = replay(store)
    assert buckets == (restored.old.bucket_id,)
    check_gone(restored, store, "after")
    assert store.index.destroyed_among([restored.old.bucket_id]) == {restored.old.bucket_id}
    check_gone(restored, restored.open(restored.fs), "at the next start")


def test_what_nobody_destroyed_is_left_where_it_is() -> None:
    restored = Restored("")
    stranger = "ab" * 16
    restored.fs.make_dir("/office/ring/ab")
    restored.fs.put(f"/office/ring/ab/{segment_name(stranger, 0)}", b"someone's")
    restored.fs.put(f"{OPEN}/nonsense.emergency", b"?")
    store = restored.open(restored.fs)
    assert replay(store) == ((), ())
    assert is_there(store, stranger)
    assert is_there(store, restored.young.bucket_id)


def _emergency_back(recovery: types.ModuleType = recovery_module) -> tuple[Store, str, str]:
    """A bucket that was recorded in an emergency and destroyed; its key record lies in ``open/`` again."""
    store = Store(new_disk(), parts=Parts(recovery=recovery.Recovery))
    assert isinstance(store.fs, MemoryFs)
    bucket_id, name, data = emergency(store)
    store.fs.put(f"{OPEN}/{name}", data)
    store.fs.put(f"{OPEN}/{segment_name(bucket_id, 0)}", segment_bytes(bucket_id, [0, 500]))
    assert store.recovery.at_hello([], BACK_NS).emergencies == (bucket_id,)
    store.clock.go_to(days_later(40))
    store.destruction.destroy([bucket_id], "ordered")
    store.fs.put(f"{OPEN}/{name}", data)
    store.fs.put(f"{OPEN}/{segment_name(bucket_id, 0)}", segment_bytes(bucket_id, [0, 500]))
    return store, bucket_id, name


def check_emergency(recovery: types.ModuleType) -> None:
    store, bucket_id, name = _emergency_back(recovery)
    found = store.recovery.at_hello([], BACK_NS)
    assert bucket_id not in store.keystore
    assert (found.emergencies, found.closed) == ((), ())
    assert ("destroyed", name) in [(each.what, each.name) for each in found.troubles]
    assert name not in store.fs.list_dir(OPEN)


def test_T_58_the_key_record_of_an_emergency_is_not_taken_over_again() -> None:
    check_emergency(recovery_module)


def test_a_replay_removes_it_too_with_the_footage_beside_it() -> None:
    store, bucket_id, name = _emergency_back()
    assert set(replay(store)[1]) == {name, segment_name(bucket_id, 0)}
    assert store.fs.list_dir(OPEN) == []


def check_every_cut(module: types.ModuleType) -> None:
    restored = Restored("catalogue and footage")
    for cut in every_cut(lambda fs, said: replay(restored.open(fs), module), start=restored.fs):
        store = restored.open(cut.fs)
        intact = is_there(store, restored.old.bucket_id)
        assert intact or entered(store.ledger, "destroy.repeated"), f"{cut}: gone again and not entered"
        replay(store, module)
        check_gone(restored, restored.open(cut.fs.image("none")), str(cut))


def check_both(module: types.ModuleType) -> None:
    restored = Restored("footage")
    store = restored.open(restored.fs)
    module.Tombstones(store.ring, store.ledger).replay_disk()
    check_gone(restored, store, "footage")
    restored = Restored("catalogue and footage")
    store = restored.open(restored.fs)
    module.Tombstones(store.ring, store.ledger).replay_ledger()
    check_gone(restored, store, "catalogue")


def test_cut_anywhere_the_next_start_ends_it() -> None:
    check_every_cut(tombstones)


MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "it is not entered first": (("Tombstones._enter", "drop call append"),),
    "the ledger is not asked": (("Tombstones.replay_ledger", "force kind True"),),
    "the catalogue is not told": (("Tombstones.replay_ledger", "drop call note"),),
    "files of the catalogue stay": (("Tombstones.replay_ledger", "drop call unlink"),),
    "files of the disk stay": (("Tombstones.replay_disk", "drop call unlink"),),
    "whatever nobody knows goes": (("Tombstones.replay_disk", "unwrap destroyed_among"),),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_checks_catch_a_replay_where(name: str) -> None:
    broken = changed_module(tombstones, *MUTANTS[name])
    assert any(caught_by(check, broken) for check in (check_both, check_every_cut)), "it passed every check"


def test_the_checks_catch_a_recovery_that_takes_any_record() -> None:
    broken = changed_module(recovery_module, ("Recovery._take_over", "force destroyed_among False"))
    assert caught_by(check_emergency, broken)
