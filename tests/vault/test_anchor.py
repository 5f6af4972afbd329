"""The anchor's contract, for every kind: two slots that are overwritten for good, one never harming the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from appliance.core.errors import Damaged, NotWritable, Unavailable
from appliance.core.settings import StorageSettings
from appliance.storage.files import RealFs
from appliance.vault.keys.anchor import SECRET_BYTES, SLOTS, VALUE_BYTES, Anchor, AnchorValue, FileAnchor, pack_value
from appliance.vault.keys.anchorchoice import FILE, TPM, AnchorChoice, choose, create_anchor, open_anchor
from tests.vault.keycases import BOX_KEY, drawn
from tests.vault.swtpm import SoftwareTpm, running_tpm

SECRET = b"s" * SECRET_BYTES


class Bench(Protocol):
    """One kind of anchor, made, and what may befall it."""

    strength: str

    def anchor(self) -> Anchor:
        """As the next process opens it."""

    def power_cut(self) -> None: ...

    def tear(self, slot: int) -> None:
        """A write that came half-way."""

    def lose(self, slot: int) -> None: ...

    def remnants(self) -> bytes:
        """All that lies where the slots lie."""


class FileBench:
    strength = "file: best effort"

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made = FileAnchor.create(RealFs(), str(directory), drawn("create"))

    def anchor(self) -> Anchor:
        return FileAnchor(RealFs(), str(self.directory), drawn("open"))

    def power_cut(self) -> None:
        """What is synced stays; ``test_keystore_ext4.py`` cuts a real disk."""

    def tear(self, slot: int) -> None:
        path = self.made.path(slot)
        with open(path, "r+b") as file:
            file.seek(20)
            file.write(b"torn")

    def lose(self, slot: int) -> None:
        os.unlink(self.made.path(slot))

    def remnants(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.directory.iterdir()))


class TpmBench:
    strength = "virtual TPM: best effort"

    def __init__(self, chip: SoftwareTpm, directory: Path) -> None:
        self.chip, self.directory = chip, directory
        _, self.choice = create_anchor(TPM, chip.storage, RealFs(), str(directory), BOX_KEY, drawn("create"))

    def anchor(self) -> Anchor:
        return open_anchor(self.choice, self.chip.storage, RealFs(), str(self.directory), BOX_KEY, drawn("open"))

    def power_cut(self) -> None:
        self.chip.unplug()
        self.chip.plug_in()

    def tear(self, slot: int) -> None:
        anchor = self.anchor()
        whole = pack_value(AnchorValue(7, SECRET))
        self.chip.tpm.write(self.choice.indices[slot], whole[:20] + b"torn" + whole[24:], anchor._auth)  # type: ignore[attr-defined]

    def lose(self, slot: int) -> None:
        self.chip.tpm.undefine(self.choice.indices[slot])

    def remnants(self) -> bytes:
        return self.chip.remnants()


@pytest.fixture(params=[FILE, pytest.param(TPM, marks=pytest.mark.tpm)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == FILE:
        yield FileBench(tmp_path)
        return
    with running_tpm() as chip:
        yield TpmBench(chip, tmp_path)


def test_both_slots_are_made_erased_and_open_nothing(bench: Bench) -> None:
    values = [bench.anchor().read(slot) for slot in SLOTS]
    assert [value.generation for value in values] == [0, 0]
    assert len({value.secret for value in values}) == 2


def test_what_was_written_is_read_by_the_next_process_also_after_a_power_cut(bench: Bench) -> None:
    before = bench.anchor().read(1)
    bench.anchor().write(0, AnchorValue(7, SECRET))
    bench.power_cut()
    assert bench.anchor().read(0) == AnchorValue(7, SECRET)
    assert bench.anchor().read(1) == before, "the other slot is as it was"


def test_an_overwritten_secret_is_nowhere_left(bench: Bench) -> None:
    anchor = bench.anchor()
    anchor.write(1, AnchorValue(7, SECRET))
    assert SECRET in bench.remnants(), "it is there to be found, so the next line can fail"
    anchor.write(1, AnchorValue(0, b"t" * SECRET_BYTES))
    assert SECRET[:8] not in bench.remnants()


def test_a_torn_write_opens_nothing_and_leaves_the_other_slot_whole(bench: Bench) -> None:
    bench.anchor().write(0, AnchorValue(6, b"u" * SECRET_BYTES))
    bench.anchor().write(1, AnchorValue(7, SECRET))
    bench.tear(1)
    assert bench.anchor().read(1).generation == 0
    assert bench.anchor().read(1).secret != SECRET
    assert bench.anchor().read(0) == AnchorValue(6, b"u" * SECRET_BYTES)
    bench.anchor().write(1, AnchorValue(8, SECRET))
    assert bench.anchor().read(1).generation == 8, "and is written over"


def test_a_lost_slot_is_damage_to_read_and_not_writable(bench: Bench) -> None:
    bench.lose(0)
    with pytest.raises(Damaged, match="without it no footage opens"):
        bench.anchor().read(0)
    with pytest.raises(NotWritable, match="cannot be overwritten"):
        bench.anchor().write(0, AnchorValue(1, SECRET))
    assert bench.anchor().read(1).generation == 0


def test_its_strength_is_what_certificates_print(bench: Bench) -> None:
    assert bench.anchor().strength == bench.strength


def test_nothing_shows_a_secret(bench: Bench) -> None:
    anchor = bench.anchor()
    anchor.write(0, AnchorValue(7, SECRET))
    for shown in (repr(anchor), repr(anchor.read(0)), str(anchor.read(0))):
        assert "ssss" not in shown
        assert SECRET.hex() not in shown


# --- the choice ---


def test_without_a_tpm_auto_is_a_file_and_tpm_is_refused() -> None:
    nowhere = "swtpm:path=/nowhere/sock"
    assert choose(StorageSettings(tpm=nowhere)) == FILE
    assert choose(StorageSettings(anchor="file", tpm=nowhere)) == FILE
    with pytest.raises(
        Unavailable, match=r"nothing was set up, because the settings ask for a TPM \(storage\.anchor\)"
    ):
        choose(StorageSettings(anchor="tpm", tpm=nowhere))


@pytest.mark.tpm
def test_with_a_tpm_auto_takes_it_and_file_does_not(chip: SoftwareTpm) -> None:
    assert choose(StorageSettings(tpm=chip.tcti)) == TPM
    assert choose(StorageSettings(anchor="file", tpm=chip.tcti)) == FILE


@pytest.mark.tpm
def test_an_anchor_is_opened_as_it_was_chosen_whatever_the_settings_say_now(chip: SoftwareTpm, tmp_path: Path) -> None:
    made, choice = create_anchor(TPM, chip.storage, RealFs(), str(tmp_path), BOX_KEY, drawn(1))
    made.write(0, AnchorValue(7, SECRET))
    now = StorageSettings(anchor="file", tpm=chip.tcti)
    assert open_anchor(choice, now, RealFs(), str(tmp_path), BOX_KEY, drawn(2)).read(0).generation == 7
    assert choice == AnchorChoice(kind=TPM, indices=choice.indices, strength="virtual TPM: best effort")
    other_box = open_anchor(choice, now, RealFs(), str(tmp_path), bytes(32), drawn(2))
    with pytest.raises(Damaged, match="does not open with this office's secret"):
        other_box.read(0)


@pytest.mark.tpm
def test_two_offices_on_one_tpm_take_indices_of_their_own(chip: SoftwareTpm, tmp_path: Path) -> None:
    made: list[Callable[[], AnchorValue]] = []
    for number in (1, 2):
        anchor, _ = create_anchor(TPM, chip.storage, RealFs(), str(tmp_path), BOX_KEY, drawn(number))
        anchor.write(0, AnchorValue(number, SECRET))
        made.append(lambda anchor=anchor: anchor.read(0))  # type: ignore[misc]
    assert [read().generation for read in made] == [1, 2]
    assert len(chip.tpm.indices()) == 4
    assert {(area.ours, area.size) for index in chip.tpm.indices() if (area := chip.tpm.area(index))} == {
        (True, VALUE_BYTES)
    }
