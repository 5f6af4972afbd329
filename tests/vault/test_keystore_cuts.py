"""The key store through power cuts, kills and failing disks, and the mutants that these tests must catch."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appliance.core.errors import NotWritable, RecorderError
from appliance.storage.files import write_atomic
from appliance.vault.keys import generations
from appliance.vault.keys.anchor import AnchorValue
from appliance.vault.keys.generations import Generations
from appliance.vault.keys.keyfiles import open_root
from appliance.vault.keys.keystore import KeyStore
from tests.faults.memory_fs import Call, MemoryFs, every_cut, every_failure
from tests.vault.keycases import (
    ANCHOR,
    BOX_KEY,
    KEYS,
    Life,
    WatchedFs,
    allocation,
    anchors_of,
    create_store,
    ids,
    new_disk,
    open_store,
    slot,
    stored,
)


class _Killed(BaseException):
    """The process ends here; what it wrote stays in the kernel."""


def cuts(life: Life) -> Iterator[str]:
    """Problems after a power cut before each step of the life, in each mode."""
    for cut in every_cut(life, start=life.start()):
        yield from (f"{cut}: {wrong}" for wrong in life.problems(cut.fs, cut.said))


def kills_then_cuts(life: Life, sample: int | None = None) -> Iterator[str]:
    """Problems after a kill at each step (``sample``: at so many, seeded), an opening by the next process, and a power
    cut during or after that."""
    steps = range(1, _steps_of(life) + 1)
    for step in steps if sample is None else random.Random(2).sample(steps, sample):
        fs, said = life.start(), []
        fs.before_step = _kill_at(fs.steps + step)
        with contextlib.suppress(_Killed):
            life(fs, said)
        fs.before_step = lambda call: None
        then = tuple(said)
        for cut in every_cut(_reopening(life), start=fs):
            yield from (f"killed at {step}, {cut}: {wrong}" for wrong in life.problems(cut.fs, then))


def _steps_of(life: Life) -> int:
    fs = life.start()
    before = fs.steps
    life(fs, [])
    return fs.steps - before


def _kill_at(step: int) -> Callable[[Call], None]:
    def before(call: Call) -> None:
        if call.number == step:
            raise _Killed

    return before


def _reopening(life: Life) -> Callable[[MemoryFs, list[Any]], None]:
    def reopen(fs: MemoryFs, said: list[Any]) -> None:
        open_store(WatchedFs(fs, life.remnants, life.forgets), "next process")

    return reopen


def failures(life: Life) -> Iterator[str]:
    """Problems when one step fails, the same process goes on with another allocation, and then the power is cut."""
    more = allocation(5, 148)
    life.all |= stored(more)

    def scenario(fs: MemoryFs, said: list[Any]) -> None:
        store = open_store(WatchedFs(fs, life.remnants, life.forgets), "a")
        Life.add(store, said, life.first)
        for step in (
            lambda: Life.add(store, said, life.over_midnight),
            lambda: Life.destroy(store, said, ids(life.first)[:3]),
            lambda: Life.add(store, said, life.second),
            lambda: Life.add(store, said, more),
        ):
            with contextlib.suppress(NotWritable):
                step()

    for number, (call, fs, said, raised) in enumerate(every_failure(scenario, start=life.start(), shorts=(0, 9))):
        if raised is not None and not isinstance(raised, RecorderError):
            yield f"{call}: {raised!r}"
        for mode in ("none", "all", "subset"):
            disk = fs.image(mode, random.Random(number))
            yield from (f"{call} failed, {mode} survived: {wrong}" for wrong in life.problems(disk, said))


def lies(life: Life) -> Iterator[str]:
    """Problems when the sync of a shard fails and drops its bytes, they cannot be cut off, and later syncs say that
    all is well."""
    fs, said = life.start(), []
    store = open_store(WatchedFs(fs, life.remnants, life.forgets), "a")
    Life.add(store, said, life.first)
    (shard,) = [path for path in fs.files() if path.endswith(".shard")]

    def fail(call: Call) -> None:
        if (call.name, call.path) == ("write", shard):
            fs.lie_once(shard)
        if (call.name, call.path) == ("truncate", shard):
            fs.fail(1)

    fs.before_step = fail
    with pytest.raises(NotWritable):
        store.add(allocation(6, 121))
    fs.before_step = lambda call: None
    Life.add(store, said, life.third)
    near = allocation(7, 122)
    life.all |= stored(near)
    Life.add(store, said, near)
    yield from life.problems(fs.image("none"), said)


# --- as it is ---


def test_a_power_cut_anywhere_loses_no_key_and_brings_none_back() -> None:
    assert list(cuts(Life())) == []


def test_a_kill_and_then_a_power_cut_anywhere(long_run: bool) -> None:
    assert list(kills_then_cuts(Life(), None if long_run else 30)) == []


def test_a_failing_disk_leaves_a_store_that_goes_on_or_refuses() -> None:
    assert list(failures(Life())) == []


def test_a_sync_that_lied_is_not_built_upon() -> None:
    assert list(lies(Life())) == []


def test_after_a_destruction_no_earlier_copy_of_any_file_opens_the_key() -> None:
    life, fs = Life(), new_disk()
    create_store(fs)
    disk = WatchedFs(fs, life.remnants)
    store = open_store(disk)
    store.add(life.first)
    store.add(life.over_midnight)
    gone, kept = ids(life.first)[:2], ids(life.first)[2:]
    assert set(gone) <= life.remnants.opened_with(anchors_of(fs)), "it opens before, so the next line can fail"

    store.destroy(gone)

    now = life.remnants.opened_with(anchors_of(fs))
    assert not set(gone) & now
    assert set(kept) <= now
    assert set(gone) <= life.remnants.opened_with(life.remnants.anchors), "only the anchors of their time open them"


def test_no_old_copy_opens_a_slot_that_was_voided() -> None:
    life, fs = Life(), new_disk()
    create_store(fs)
    store = open_store(WatchedFs(fs, life.remnants))
    store.replace_slots([slot("leaver"), slot("stays")])
    store.replace_slots([slot("stays")])
    opened = [open_root(data, secret, BOX_KEY) for data in life.remnants.roots for secret in anchors_of(fs)]
    assert {each.slot_id for root in opened if root for each in root.slots} == {"stays"}


# --- mutants: each must be caught by the check named. (Taking the older of two roots that open is no mistake: between
# the new root and the overwriting of the old anchor nothing has been acknowledged.) ---


def _forgetting(call: str, ending: str) -> Callable[[str, str], bool]:
    return lambda name, path: name == call and ending in path


def _forgetful(call: str, ending: str) -> Callable[[pytest.MonkeyPatch], Life]:
    return lambda patch: Life(_forgetting(call, ending))


def _patched(owner: object, name: str, value: object) -> Callable[[pytest.MonkeyPatch], Life]:
    def apply(patch: pytest.MonkeyPatch) -> Life:
        patch.setattr(owner, name, value)
        return Life()

    return apply


def _change_erasing_first(self: Generations, days: Any, slots: Any) -> None:
    root = generations.Root(self.root.generation + 1, days, slots)
    new, secret = root.generation % 2, self._random(32)
    self._anchor.write(new, AnchorValue(root.generation, secret))
    self._erase(1 - new)
    write_atomic(self._fs, self._path(new), generations.seal_root(root, secret, self._box_key, self._random))
    self.root = root


def _change_keeping_the_anchor(self: Generations, days: Any, slots: Any) -> None:
    root = generations.Root(self.root.generation + 1, days, slots)
    new = root.generation % 2
    secret = self._anchor.read(1 - new).secret
    self._anchor.write(new, AnchorValue(root.generation, secret))
    write_atomic(self._fs, self._path(new), generations.seal_root(root, secret, self._box_key, self._random))
    self.root = root
    self._erase(1 - new)


def _change_with_the_root_in_one_slot(self: Generations, days: Any, slots: Any) -> None:
    root = generations.Root(self.root.generation + 1, days, slots)
    new, secret = root.generation % 2, self._random(32)
    write_atomic(self._fs, self._path(1 - new), generations.seal_root(root, secret, self._box_key, self._random))
    self._anchor.write(1 - new, AnchorValue(root.generation, secret))
    self.root = root


_real_write, _real_append = KeyStore._write, KeyStore._append


def _write_under_the_old_key(self: KeyStore, shard: str, generation: int, parts: Any) -> Any:
    old = self._keys.get(shard)
    if old is None:
        return _real_write(self, shard, generation, parts)
    real, self._random = self._random, lambda size: bytes(old.key) if size == 32 else real(size)
    try:
        return _real_write(self, shard, generation, parts)
    finally:
        self._random = real


def _write_over_the_old_shard(self: KeyStore, shard: str, generation: int, parts: Any) -> Any:
    old = self._keys.get(shard)
    if old is not None:
        self._fs.unlink(self._path(shard, old))
        self._fs.sync_dir(KEYS)
    return _real_write(self, shard, generation, parts)


def _append_after_a_failure(self: KeyStore, day: str, part: Any) -> None:
    shard = self._growing[day]
    try:
        _real_append(self, day, part)
    finally:
        self._growing[day] = shard


def _open_without_erasing(patch: pytest.MonkeyPatch) -> Life:
    real = Generations.open.__func__

    def opened(cls: Any, *args: Any) -> Any:
        with patch.context() as inner:
            inner.setattr(Generations, "_erase", lambda self, slot: None)
            return real(cls, *args)

    patch.setattr(Generations, "open", classmethod(opened))
    return Life()


MUTANTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], Life], Callable[[Life], Iterator[str]]]] = {
    "the old anchor is kept": (_patched(Generations, "_erase", lambda self, slot: None), cuts),
    "an opening does not overwrite the old anchor": (_open_without_erasing, cuts),
    "the old anchor is overwritten before the new root": (
        _patched(Generations, "change", _change_erasing_first),
        cuts,
    ),
    "the new generation has the old anchor": (_patched(Generations, "change", _change_keeping_the_anchor), cuts),
    "root and anchor are replaced in place": (
        _patched(Generations, "change", _change_with_the_root_in_one_slot),
        cuts,
    ),
    "a shard made anew keeps its key": (_patched(KeyStore, "_write", _write_under_the_old_key), cuts),
    "the old shard goes before the new root": (_patched(KeyStore, "_write", _write_over_the_old_shard), cuts),
    "a shard is not synced": (_forgetful("sync", ".shard"), cuts),
    "the root is not synced": (_forgetful("sync", "root."), cuts),
    "the directory is not synced": (_forgetful("sync_dir", KEYS), cuts),
    "the anchor is not synced": (_forgetful("overwrite", ANCHOR), cuts),
    "an opening syncs nothing": (_forgetful("sync_fs", KEYS), kills_then_cuts),
    "a failed change is not undone": (
        _patched(Generations, "_undo", lambda self, slot: setattr(self, "_closed", "")),
        failures,
    ),
    "a failed append is built upon": (_patched(KeyStore, "_append", _append_after_a_failure), lies),
}


@pytest.fixture(params=sorted(MUTANTS))
def mutant(request: pytest.FixtureRequest) -> Iterator[tuple[Life, Callable[[Life], Iterator[str]]]]:
    with pytest.MonkeyPatch.context() as patch:
        make, check = MUTANTS[request.param]
        yield make(patch), check


def test_the_mutant_is_caught(mutant: tuple[Life, Callable[[Life], Iterator[str]]]) -> None:
    life, check = mutant
    assert next(check(life), None), "this mutant survives: the tests above would let the same mistake pass"
