"""The key store over an anchor that is not on its disk: what a cut between a chip's write and a file's leaves.

Every cut is tried with slots in memory that keep what a chip's contract says; a part of them again with a TPM that is
a program, whose cells are set to what they were at the cut.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import Damaged, NotWritable, Unavailable
from appliance.storage.files import Fs, RealFs
from appliance.vault.keys.anchor import SLOTS, Anchor, AnchorValue
from appliance.vault.keys.anchorchoice import TPM, create_anchor
from appliance.vault.keys.keystore import KeyStore
from tests.faults.memory_fs import MODES, Call, Cut, MemoryFs, every_cut
from tests.vault.keycases import BOX_KEY, KEYS, Life, WatchedFs, allocation, drawn, ids, new_disk, slot
from tests.vault.swtpm import SoftwareTpm

ERASED = AnchorValue(0, bytes(32))
Cells = tuple[AnchorValue, AnchorValue]


class Slots:
    """Two slots by the contract of ``test_anchor.py``: durable on return. ``refuse`` counts writes down to failures."""

    strength = "slots of a test"

    def __init__(self) -> None:
        self.cells: list[AnchorValue] = [ERASED, ERASED]
        self.refuse: set[int] = set()
        self.writes = 0

    def read(self, slot: int) -> AnchorValue:
        return self.cells[slot]

    def write(self, slot: int, value: AnchorValue) -> None:
        self.writes += 1
        if self.writes in self.refuse:
            raise NotWritable(f"anchor slot {slot}: cannot be overwritten (a test)")
        self.cells[slot] = value


class _Told:
    """An anchor that says each write: before it, in the middle of it and after it there is a power cut."""

    def __init__(self, anchor: Anchor, disk: MemoryFs, said: list[Any]) -> None:
        self._anchor, self._disk, self._said = anchor, disk, said
        self.strength = anchor.strength

    def read(self, slot: int) -> AnchorValue:
        return self._anchor.read(slot)

    def write(self, slot: int, value: AnchorValue) -> None:
        cells = [self._anchor.read(each) for each in SLOTS]
        for instant in (cells[slot], ERASED):
            cells[slot] = instant
            self._said.append(("cells", tuple(cells)))
            self._disk.before_step(Call(self._disk.steps + 1, f"anchor slot {slot}", "chip"))
        self._anchor.write(slot, value)
        cells[slot] = value
        self._said.append(("cells", tuple(cells)))


class ChipLife(Life):
    """The life of ``keycases.py`` with the anchor in ``anchor``."""

    def __init__(self, anchor: Anchor) -> None:
        super().__init__()
        self.anchor = anchor
        self.first_cells: Cells = (ERASED, ERASED)

    def start(self) -> MemoryFs:
        fs = new_disk()
        KeyStore.create(fs, KEYS, self.anchor, BOX_KEY, [slot("first")], drawn("create"))
        fs.sync_fs("/")
        self.first_cells = self.anchor.read(0), self.anchor.read(1)
        return fs

    def open(self, fs: Fs, said: list[Any], seed: object) -> KeyStore:
        anchor = _Told(self.anchor, fs.fs, said) if isinstance(fs, WatchedFs) else self.anchor
        return KeyStore.open(fs, KEYS, anchor, BOX_KEY, drawn(f"open {seed}"))

    def secrets(self, fs: MemoryFs) -> list[bytes]:
        return [self.anchor.read(each).secret for each in SLOTS]

    def problems_of(self, cut: Cut) -> list[str]:
        """What is wrong once both the disk and the cells are what the cut left."""
        told = [value for kind, value in cut.said if kind == "cells"]
        for each, value in zip(SLOTS, told[-1] if told else self.first_cells, strict=True):
            self.anchor.write(each, value)
        return [f"{cut}: {wrong}" for wrong in self.problems(cut.fs, cut.said)]


def problems(life: ChipLife) -> Iterator[str]:
    for cut in every_cut(life, start=life.start()):
        yield from life.problems_of(cut)


def test_a_power_cut_around_every_write_of_chip_and_disk() -> None:
    life = ChipLife(Slots())
    assert list(problems(life)) == []


def test_an_anchor_written_after_the_root_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: root first, then the chip. A cut in between finds a root that no cell opens."""
    from appliance.vault.keys import generations
    from appliance.vault.keys.generations import Generations, Root

    def change(self: Generations, days: Any, slots: Any) -> None:
        root = Root(self.root.generation + 1, days, slots)
        new, secret = root.generation % 2, self._random(32)
        self._erase(1 - new)
        generations.write_atomic(
            self._fs, self._path(new), generations.seal_root(root, secret, self._box_key, self._random)
        )
        self._anchor.write(new, AnchorValue(root.generation, secret))
        self.root, self._closed = root, ""

    monkeypatch.setattr(Generations, "change", change)
    assert next(problems(ChipLife(Slots())), None)


def test_a_chip_that_refuses_a_write_leaves_a_store_that_goes_on_or_refuses() -> None:
    slots = Slots()
    life = ChipLife(slots)
    life(life.start(), [])
    writes = slots.writes
    for number in range(1, writes):
        slots = Slots()
        life = ChipLife(slots)
        fs = life.start()
        store = life.open(fs, [], "a")
        slots.refuse = {number + slots.writes}
        said: list[Any] = []
        for step in (
            lambda: life.add(store, said, life.first),  # noqa: B023
            lambda: life.destroy(store, said, ids(life.first)[:3]),  # noqa: B023
            lambda: life.add(store, said, life.third),  # noqa: B023
        ):
            try:
                step()
            except NotWritable:
                continue
        slots.refuse.clear()
        assert life.problems(fs.image("none"), said) == [], number


@pytest.mark.tpm
def test_the_same_on_a_tpm(chip: SoftwareTpm, tmp_path: Path, long_run: bool) -> None:
    anchor, _ = create_anchor(TPM, chip.storage, RealFs(), str(tmp_path), BOX_KEY, drawn(1))
    life = ChipLife(anchor)
    cuts = list(every_cut(life, start=life.start(), alike=True))
    around = [cut for cut in cuts if cut.before.path == "chip" and cut.mode in ("none", "all")]
    chosen = cuts if long_run else random.Random(5).sample(around, 8)
    assert {cut.mode for cut in cuts} == set(MODES)
    assert [wrong for cut in chosen for wrong in life.problems_of(cut)] == []


@pytest.mark.tpm
def test_after_a_destruction_nothing_but_the_chip_itself_could_open_the_key(chip: SoftwareTpm, tmp_path: Path) -> None:
    """Every byte string that any key file ever held, and the cells as they are now."""
    anchor, _ = create_anchor(TPM, chip.storage, RealFs(), str(tmp_path), BOX_KEY, drawn(1))
    life = ChipLife(anchor)
    disk = WatchedFs(life.start(), life.remnants)
    store = KeyStore.open(disk, KEYS, anchor, BOX_KEY, drawn(2))
    store.add(life.first)
    store.add(life.over_midnight)
    gone, kept = ids(life.first)[:2], ids(life.first)[2:]
    assert set(gone) <= life.remnants.opened_with(life.secrets(disk.fs)), "it opens before, so the next can fail"
    old = [secret for secret in life.secrets(disk.fs) if secret in chip.remnants()]

    done = store.destroy(gone)

    assert done.strength == "virtual TPM: best effort"
    now = life.remnants.opened_with(life.secrets(disk.fs))
    assert not set(gone) & now
    assert set(kept) <= now
    assert len(old) == 2
    assert not [secret for secret in old if secret in chip.remnants()], "even the program's own state has forgotten it"
    assert set(gone) <= life.remnants.opened_with(old), "only the anchor of its time opens it"


@pytest.mark.tpm
def test_a_chip_that_is_away_stops_the_opening_and_the_destruction_and_nothing_is_lost(
    chip: SoftwareTpm, tmp_path: Path
) -> None:
    anchor, _ = create_anchor(TPM, chip.storage, RealFs(), str(tmp_path), BOX_KEY, drawn(1))
    life = ChipLife(anchor)
    fs = life.start()
    store = KeyStore.open(fs, KEYS, anchor, BOX_KEY, drawn(2))
    store.add(life.first)
    chip.unplug()
    with pytest.raises(NotWritable, match="none is there"):
        store.destroy(ids(life.first)[:1])
    shut = KeyStore.open_or_shut(fs, KEYS, anchor, BOX_KEY, drawn(3))
    assert "none is there" in shut.shut
    for use in (
        lambda: shut.generation,
        lambda: shut.strength,
        shut.bucket_ids,
        lambda: len(shut),
        lambda: ids(life.first)[0] in shut,
        shut.slots,
        lambda: shut.sealed(ids(life.first)[0]),
        lambda: shut.sealed_of(ids(life.first)),
        lambda: shut.add(allocation(9, 5)),
        lambda: shut.destroy(ids(life.first)),
        lambda: shut.replace_slots([slot("b")]),
        shut.check_open,
    ):
        with pytest.raises(Unavailable, match="does not open"):
            use()
    chip.plug_in()
    shut.open_again()
    assert shut.bucket_ids() == set(ids(life.first))
    chip.replace()
    with pytest.raises(Damaged, match="another TPM"):
        KeyStore.open(fs, KEYS, anchor, BOX_KEY, drawn(4))
