"""The key store as its callers see it: adding, finding, destroying, slots, and what it says of damage."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.errors import Broken, Damaged, NotFound, NotWritable
from appliance.core.model import Allocation
from appliance.storage.files import RealFs
from appliance.vault.keys.anchor import AnchorValue, FileAnchor
from appliance.vault.keys.keystore import KeyStore
from tests.faults.memory_fs import MemoryFs
from tests.vault.keycases import (
    ANCHOR,
    BOX_KEY,
    KEYS,
    allocation,
    create_store,
    drawn,
    ids,
    new_disk,
    open_store,
    slot,
    stored,
)


@pytest.fixture
def fs() -> MemoryFs:
    return new_disk()


def shards(fs: MemoryFs) -> list[str]:
    return [path for path in fs.files() if path.endswith(".shard")]


def test_what_was_added_is_found_again_also_by_the_next_process(fs: MemoryFs) -> None:
    store = create_store(fs)
    over_midnight = allocation(1, 143, 144)
    store.add(over_midnight)
    for each in (store, open_store(fs)):
        assert each.bucket_ids() == set(ids(over_midnight))
        assert {one: each.sealed(one) for one in ids(over_midnight)} == stored(over_midnight)
        assert each.sealed_of(ids(over_midnight)[:2]) == list(stored(over_midnight).values())[:2]
        assert each.sealed("00" * 16) is None
    with pytest.raises(NotFound, match="destroyed or never arrived"):
        store.sealed_of(["00" * 16])
    assert len(shards(fs)) == 2, "a shard for each local day"


def test_adding_twice_is_adding_once_and_an_id_is_never_used_twice(fs: MemoryFs) -> None:
    store = create_store(fs)
    first = allocation(1, 3)
    store.add(first)
    steps = fs.steps
    store.add(first)
    assert fs.steps == steps, "nothing was written"
    other = allocation(2, 3)
    forged = Allocation(allocation_id=other.allocation_id, sealed_key=other.sealed_key, buckets=first.buckets)
    with pytest.raises(Broken, match="never used twice"):
        store.add(forged)


class SlowAnchor(FileAnchor):
    """Does ``meanwhile`` at each write."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def write(self, slot: int, value: AnchorValue) -> None:
        self.meanwhile()
        super().write(slot, value)


def test_whoever_asks_while_it_changes_hears_of_no_interruption(fs: MemoryFs) -> None:
    """The daily batch asked while keys were added, and a finding said that destruction had failed."""
    create_store(fs)
    anchor = SlowAnchor(fs, ANCHOR, drawn(5))
    store = KeyStore.open(fs, KEYS, anchor, BOX_KEY, drawn(5))
    asking: list[Future[None]] = []

    def ask() -> None:
        asking.append(others.submit(store.check_open))
        wait(asking, timeout=0.1)  # it stands until the change is over

    with ThreadPoolExecutor(4) as others:
        anchor.meanwhile = ask
        store.add(allocation(1, 3))
    assert asking
    assert [each.exception() for each in asking] == [None] * len(asking)


def test_the_hourly_allocation_appends_and_touches_neither_root_nor_anchor(fs: MemoryFs) -> None:
    store = create_store(fs)
    store.add(allocation(1, 0, 1))
    before = {path: data for path, data in fs.files().items() if "root" in path or "anchor." in path}
    store.add(allocation(2, 6, 7))
    after = fs.files()
    assert {path: after[path] for path in before} == before


def test_destroying_takes_the_named_buckets_and_says_generation_and_strength(fs: MemoryFs) -> None:
    store = create_store(fs)
    first, second = allocation(1, 3, 4), allocation(2, 150)
    store.add(first)
    store.add(second)
    before = store.generation
    done = store.destroy(ids(first)[1:3])
    assert done.generation == before + 1
    assert done.strength == "file: best effort"
    assert open_store(fs).bucket_ids() == {*ids(first), *ids(second)} - set(ids(first)[1:3])
    again = store.destroy(ids(first)[1:3])
    assert again.generation == done.generation, "what is gone already makes no new generation"


def test_destroying_a_whole_day_leaves_no_file_of_it(fs: MemoryFs) -> None:
    store = create_store(fs)
    store.add(allocation(1, 3))
    store.add(allocation(2, 150))
    store.destroy(ids(allocation(1, 3)))
    (left,) = shards(fs)
    assert "2027-01-01" in left
    assert store.bucket_ids() == set(ids(allocation(2, 150)))
    store.add(allocation(3, 4))
    assert open_store(fs).bucket_ids() == {*ids(allocation(2, 150)), *ids(allocation(3, 4))}


def test_unused_records_go_with_the_next_destruction(fs: MemoryFs) -> None:
    store = create_store(fs)
    store.add(allocation(1, 3, 4))
    first, unused, *rest = ids(allocation(1, 3, 4))
    store.strike_unused([unused])
    assert unused in store
    store.destroy([first])
    assert store.bucket_ids() == set(rest)


def test_each_process_begins_a_shard_of_its_own(fs: MemoryFs) -> None:
    create_store(fs).add(allocation(1, 3))
    (first,) = shards(fs)
    before = fs.read(first)
    open_store(fs).add(allocation(2, 4))
    assert fs.read(first) == before
    assert len(shards(fs)) == 2
    assert open_store(fs, 2).bucket_ids() == {*ids(allocation(1, 3)), *ids(allocation(2, 4))}


def test_slots_are_replaced_in_a_new_generation(fs: MemoryFs) -> None:
    store = create_store(fs)
    before = store.generation
    store.replace_slots([slot("a"), slot("b")])
    assert store.generation == before + 1
    assert open_store(fs).slots() == (slot("a"), slot("b"))


def test_a_store_is_never_made_over_another(fs: MemoryFs) -> None:
    create_store(fs)
    with pytest.raises(Broken, match="never made over"):
        KeyStore.create(fs, KEYS, FileAnchor(fs, ANCHOR, drawn(5)), BOX_KEY, [], drawn(5))


# --- what does not open ---


def test_another_box_key_an_older_root_or_a_missing_anchor_is_said(fs: MemoryFs) -> None:
    store = create_store(fs)
    store.add(allocation(1, 3))
    old = {path: data for path, data in fs.files().items() if path.startswith(f"{KEYS}/root.")}
    with pytest.raises(Damaged, match="anchor or box key are another's"):
        KeyStore.open(fs, KEYS, FileAnchor(fs, ANCHOR, drawn(5)), bytes(32), drawn(5))
    for _ in range(2):
        store.destroy(ids(allocation(1, 3))[:1])
        store.replace_slots([slot("a")])
    for path, data in old.items():
        fs.put(path, data)
    with pytest.raises(Damaged, match="older copy was put back"):
        open_store(fs)
    for path in old:
        fs.unlink(path)
    with pytest.raises(Damaged, match="no root file"):
        open_store(fs)
    fs.unlink(f"{ANCHOR}/anchor.0")
    with pytest.raises(Damaged, match="anchor cannot be read"):
        open_store(fs)


@pytest.mark.parametrize("harm", ["missing", "flipped", "of another day"])
def test_a_damaged_shard_is_a_finding_and_nothing_is_destroyed_from_it_unasked(fs: MemoryFs, harm: str) -> None:
    store = create_store(fs)
    store.add(allocation(1, 3))
    store.add(allocation(2, 4))
    store.add(allocation(3, 150))
    path = next(path for path in shards(fs) if "2026-12-31" in path)
    if harm == "missing":
        fs.unlink(path)
    elif harm == "flipped":
        fs.flip(path, 8 * 40)
    else:
        fs.put(path, fs.read(next(other for other in shards(fs) if other != path)))
    store = open_store(fs)
    assert list(store.damaged) == ["2026-12-31"]
    readable = set(ids(allocation(2, 4))) if harm == "flipped" else set()
    assert store.bucket_ids() == {*readable, *ids(allocation(3, 150))}
    assert all(store.sealed(each) for each in readable)
    with pytest.raises(Damaged, match="decide to give up"):
        store.destroy(ids(allocation(1, 3)))
    assert store.bucket_ids() == {*readable, *ids(allocation(3, 150))}

    store.add(allocation(4, 5))
    store.destroy(ids(allocation(3, 150)))
    done = store.destroy(ids(allocation(1, 3)), give_up_damaged=True)
    assert done.given_up == ("2026-12-31",)
    assert open_store(fs, 2).bucket_ids() == {*readable, *ids(allocation(4, 5))}
    assert not open_store(fs, 3).damaged


def test_a_shard_that_rots_later_loses_no_other_key_to_a_destruction(fs: MemoryFs) -> None:
    store = create_store(fs)
    store.add(allocation(1, 3))
    store.add(allocation(2, 4))
    fs.flip(shards(fs)[0], 8 * 40)
    before = fs.files()
    with pytest.raises(Damaged):
        store.destroy(ids(allocation(2, 4))[:1])
    after = fs.files()
    assert {path: after[path] for path in before if "/keys/" in path} == {
        path: before[path] for path in before if "/keys/" in path
    }


def test_a_full_disk_refuses_a_destruction_and_the_store_goes_on(fs: MemoryFs) -> None:
    store = create_store(fs)
    store.add(allocation(1, 3))
    fs.room = 10
    with pytest.raises(NotWritable):
        store.destroy(ids(allocation(1, 3))[:1])
    fs.room = None
    assert store.destroy(ids(allocation(1, 3))[:1]).generation
    assert len(open_store(fs)) == 1


def test_when_the_old_anchor_stays_nothing_counts_as_destroyed_until_the_next_opening(fs: MemoryFs) -> None:
    store = create_store(fs)
    store.add(allocation(1, 3))
    old = f"{ANCHOR}/anchor.{store.generation % 2}"
    fs.before_step = lambda call: fs.fail(1, errno.EIO) if (call.name, call.path) == ("overwrite", old) else None
    with pytest.raises(NotWritable, match="nothing counts as destroyed"):
        store.destroy(ids(allocation(1, 3))[:1])
    with pytest.raises(NotWritable, match="opened anew once"):
        store.add(allocation(2, 4))
    with pytest.raises(NotWritable, match="cannot be overwritten"):
        open_store(fs)
    fs.before_step = lambda call: None
    assert open_store(fs, 2).bucket_ids() == set(ids(allocation(1, 3))[1:])


# --- the anchor ---


def test_an_anchor_slot_reads_back_and_a_torn_one_opens_nothing(fs: MemoryFs) -> None:
    anchor = FileAnchor.create(fs, ANCHOR, drawn(1))
    anchor.write(0, AnchorValue(7, b"s" * 32))
    assert anchor.read(0) == AnchorValue(7, b"s" * 32)
    assert fs.size(anchor.path(0)) == 4096
    fs.flip(anchor.path(0), 8 * 20)
    assert anchor.read(0) == AnchorValue(0, bytes(32))


def test_the_secret_of_an_overwritten_anchor_is_nowhere_in_the_file(fs: MemoryFs) -> None:
    anchor = FileAnchor.create(fs, ANCHOR, drawn(1))
    anchor.write(1, AnchorValue(7, b"s" * 32))
    anchor.write(1, AnchorValue(0, b"t" * 32))
    assert all(b"s" * 8 not in data for data in fs.files().values())


# --- against a model, and at the size of an office ---


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "destroy", "reopen"]), st.integers(0, 300)), max_size=12))
def test_it_does_what_a_dictionary_would(steps: list[tuple[str, int]]) -> None:
    fs = new_disk()
    store, model = create_store(fs), dict[str, object]()
    for number, (kind, value) in enumerate(steps):
        if kind == "add":
            given = allocation(number, value, value + 1)
            store.add(given)
            model |= stored(given)
        elif kind == "destroy":
            gone = sorted(model)[value % 7 :: 3]
            store.destroy(gone)
            model = {key: kept for key, kept in model.items() if key not in gone}
        else:
            store = open_store(fs, number)
        assert {each: store.sealed(each) for each in store.bucket_ids()} == model


def test_a_day_of_sixteen_cameras_is_destroyed_with_little_writing() -> None:
    """2304 keys. What is counted is work, not time: syncs and bytes; the benchmark measures."""
    fs = new_disk()
    store = create_store(fs)
    days = [
        [
            allocation(day * 100 + hour, *range(day * 144 + hour * 6, day * 144 + hour * 6 + 6), cameras=16)
            for hour in range(24)
        ]
        for day in range(3)
    ]
    for each in itertools.chain.from_iterable(days):
        store.add(each)
    gone = ids(*days[0])
    assert len(gone) == 2304
    seen = len(fs.calls)
    store.destroy(gone)
    calls = fs.calls[seen:]
    assert sum(call.bytes for call in calls if call.name in ("write", "overwrite")) < 20_000
    assert sum(1 for call in calls if "sync" in call.name) < 8
    seen = len(fs.calls)
    store.destroy(ids(*days[1])[:-1])
    calls = fs.calls[seen:]
    assert sum(call.bytes for call in calls if call.name in ("write", "overwrite")) < 20_000
    assert len(store) == 2304 + 1


def test_on_a_real_disk(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = str(tmp_path_factory.mktemp("keys"))
    fs, some = RealFs(), drawn(1)
    store = KeyStore.create(fs, directory, FileAnchor.create(fs, directory, some), BOX_KEY, [slot("a")], some)
    store.add(allocation(1, 3, 4))
    store.destroy(ids(allocation(1, 3, 4))[:1])
    again = KeyStore.open(fs, directory, FileAnchor(fs, directory, drawn(2)), BOX_KEY, drawn(2))
    assert again.bucket_ids() == set(ids(allocation(1, 3, 4))[1:])
    assert again.leftover == ""


def test_who_is_told_of_a_change_of_slots_finds_it_durable() -> None:
    """So that what is entered of it is never ahead of the disk; adding keys tells nobody."""
    fs, seen = new_disk(), list[int]()
    store = create_store(fs)
    store.on_slots = lambda: seen.append(open_store(fs.image("none")).generation)
    store.replace_slots([slot("second")])
    assert seen == [store.generation]
    store.add(allocation(1, 3))
    assert seen == [store.generation - 1]
