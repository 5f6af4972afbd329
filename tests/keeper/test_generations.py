"""The ledger knows each generation of the key store: an older store is refused also where nothing was destroyed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SystemClock, slot_start_ns
from appliance.core.errors import NotWritable, Unavailable
from appliance.core.model import to_wire
from appliance.formats.allocation import allocate
from appliance.installation.office import open_installation
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.storage.boot_files import read_recorder_boot
from appliance.storage.files import RealFs
from appliance.vault.keys.generationlog import KEYS_CHANGED
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.footage import FilmClock
from tests.verbs import VERBS


def entered(keeper: Keeper) -> list[int]:
    return [entry.fields["generation"] for entry in keeper.ledger.entries() if entry.kind == KEYS_CHANGED]


def store_keys(keeper: Keeper, box: Box) -> str:
    """An allocation as the recorder asks for it; the id of its bucket."""
    public = read_recorder_boot(RealFs(), box.settings.layout.boot).vault_public
    allocation, _ = allocate(public, [("01", slot_start_ns(box.made_ns))], os.urandom)
    keeper.recorder.greeted = True
    VERBS["recorder.allocate"](keeper, {}, Message({}, to_wire(allocation)))
    return allocation.buckets[0].bucket_id


def copy(box: Box, to: Path) -> None:
    for name in ("keys", "anchor"):
        shutil.copytree(Path(box.settings.layout.keeper, name), to / name)


def put_back(box: Box, before: Path) -> None:
    for name in ("keys", "anchor"):
        shutil.rmtree(Path(box.settings.layout.keeper, name))
        shutil.copytree(before / name, Path(box.settings.layout.keeper, name))


def refuse(monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> None:
    def full(kind: str, fields: Any) -> None:
        raise NotWritable("ledger.log: No space left on device")

    monkeypatch.setattr(keeper.ledger, "append", full)


def test_a_slot_that_was_voided_does_not_come_back_with_an_older_store(
    box: Box, clock: FilmClock, tmp_path: Path
) -> None:
    """Nothing was destroyed since, so no certificate tells."""
    copy(box, tmp_path)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        keeper.keyholders.disable(UNIT_HEAD.name)
        assert entered(keeper)[-1] == keeper.stores.office.key_store.generation
    put_back(box, tmp_path)
    alone = open_installation(RealFs(), box.settings.layout, SystemClock(), storage=box.settings.storage)
    assert alone.keyholders.has_slot(UNIT_HEAD.name), "the store alone has it again: so this test can fail"
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        (text,) = [each.text for each in keeper.findings.all() if each.key == "keys-shut"]
        assert "an older key store was put back with its anchor" in text
        with pytest.raises(Unavailable):
            keeper.keyholders.unlock(OFFICER.name, OFFICER.password)
        clock.at_ns += 61 * 10**9
        housekeeping(keeper).turn()
        assert keeper.stores.office.key_store.shut, "and stays shut"


def test_a_store_newer_than_the_ledger_knows_is_entered_at_the_next_start(
    box: Box, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a cut between the change and its entry leaves it."""
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        before = entered(keeper)
        with monkeypatch.context() as full:
            refuse(full, keeper)
            keeper.keyholders.disable(UNIT_HEAD.name)
        generation = keeper.stores.office.key_store.generation
        assert entered(keeper) == before
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert not keeper.stores.office.key_store.shut
        assert entered(keeper) == [*before, generation]
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert entered(keeper) == [*before, generation], "once"


def test_an_allocation_does_not_wait_for_the_ledger_and_is_entered_within_seconds(
    box: Box, keeper: Keeper, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = housekeeping(keeper)
    house.turn()
    with monkeypatch.context() as full:
        refuse(full, keeper)
        assert store_keys(keeper, box) in keeper.stores.office.key_store
    generation = keeper.stores.office.key_store.generation
    assert generation not in entered(keeper)
    clock.at_ns += 6 * 10**9
    house.turn()
    assert entered(keeper)[-1] == generation


def test_an_office_that_was_just_set_up_enters_nothing(keeper: Keeper) -> None:
    assert keeper.stores.office.key_store.generation == 1
    assert entered(keeper) == []
