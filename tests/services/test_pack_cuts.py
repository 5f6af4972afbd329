"""A pack is proposed and approved: cut at every step, and an error at every step. What was answered stands, whole; what
was not is whole or was never; footage that its floor keeps is kept."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from appliance.ledger import records as records_module
from appliance.rules.packs.reading import read_pack
from appliance.rules.policy import Policy
from appliance.services.office_rules import packs as packbook_module
from tests.faults.lives import CHECKS, BookLife
from tests.faults.memory_fs import MemoryFs
from tests.faults.mutants import caught_by, changed_module
from tests.rules.packcases import second_bytes, successor
from tests.services.packdesk import BOTH, LIN, PackDesk
from tests.vault.ringcases import new_disk

PACKS = {"115-07-01": second_bytes(), "next": successor("next", "2026-07-02", second_bytes(), floor_days="50")}
FLOORS = {"": 31, "115-07-01": 40, "next": 50}


class Approvals(BookLife):
    """Two packs, one after the other; both are past their day, so each counts at once."""

    more_cuts_than = 30

    def __init__(self, book: types.ModuleType = packbook_module, acts: types.ModuleType = records_module) -> None:
        self._book, self._acts = book, acts

    def open(self, fs: Any, seed: object) -> PackDesk:
        return PackDesk(fs, seed, book=self._book, acts=self._acts)

    def start(self) -> MemoryFs:
        return new_disk()

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        desk = self.open(fs, "a")
        for version, data in PACKS.items():
            said.append(("proposing", version))
            proposed = desk.packs.propose(f"p {version}", LIN, data)
            said.append(("proposed", version))
            said.append(("approving", version))
            desk.packs.approve(f"a {version}", BOTH, proposed.sha256)
            said.append(("approved", version))

    def check(self, fs: MemoryFs, said: tuple[Any, ...] | list[Any], where: str) -> None:
        desk = self.open(fs, "after")
        packs = desk.packs
        assert packs.damaged == {}, f"{where}: an entry without its pack"
        standing = [each.pack.version for each in packs.all() if each.entry >= 0]
        waiting = [each.pack.version for each in packs.proposals()]
        for version, data in PACKS.items():
            if ("approved", version) in said:
                assert version in standing, f"{where}: {version} was approved and is not"
            if version in standing:
                assert ("approving", version) in said, f"{where}: nobody approved {version}"
                assert packs.file_of(version) == data, f"{where}: {version} is another file"
            elif ("proposed", version) in said:
                assert version in waiting, f"{where}: {version} was proposed and is not"
            assert version not in waiting or version not in standing, where
        newest = standing[-1] if standing else ""
        assert packs.in_force().pack.version == (newest or "113-09-27-2"), where
        assert desk.rules.policy.floor_days == FLOORS[newest], f"{where}: the floor is not the pack's"
        assert newest or desk.rules.policy == Policy(), where
        self._asked_again(desk, where)

    def _asked_again(self, desk: PackDesk, where: str) -> None:
        """Whoever got no answer sends the same forms again."""
        for version, data in PACKS.items():
            proposed = desk.packs.propose(f"p {version}", LIN, data)
            desk.packs.approve(f"a {version}", BOTH, proposed.sha256)
        assert [each.pack for each in desk.packs.all() if each.entry >= 0] == [
            read_pack(data) for data in PACKS.values()
        ], where
        kinds = [entry.kind for entry in desk.ledger.acts() if entry.kind.startswith("pack.")]
        assert sorted(kinds) == ["pack.approved"] * 2 + ["pack.proposed"] * 2, f"{where}: something was done twice"


@pytest.mark.parametrize("check", CHECKS)
def test_inv_23_d_22_no_acknowledged_pack_is_lost_and_none_is_half(check: Callable[[BookLife], None]) -> None:
    check(Approvals())


BOOK_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "forgotten at a restart": (("PackBook.__init__", "swap acts (lambda *_: ledger.acts('pack.proposed'))"),),
    "approved before it is entered": (
        (
            "PackBook.approve",
            "swap _enter (lambda *_: (setattr(self, '_approved', (*self._approved, ApprovedPack(pack, "
            "begins, proposed.entry))), self._ledger.entry(proposed.entry))[1])",
        ),
    ),
    "the file is not kept": (("PackBook.propose", "swap decode (lambda _: '')"),),
    "a repeat does it again": (
        ("PackBook.propose", "swap repeated (lambda *_: None)"),
        ("PackBook.propose", "swap _enter (lambda act_id, *rest: self._enter(act_id + str(self._ledger.size), *rest))"),
    ),
    "the terms are not the pack's": (("PackBook.terms", "force begins False"),),
}
RECORDS_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "the entry comes before the record": (("Acts._enter", "before append add"),),
    "a record without an entry stays": (("Acts._recover", "swap _cut (lambda _: self._month_of.clear())"),),
}


@pytest.mark.parametrize("name", BOOK_MUTANTS)
def test_the_checks_find_a_book_with(name: str) -> None:
    assert caught_by(CHECKS, Approvals(book=changed_module(packbook_module, *BOOK_MUTANTS[name])))


@pytest.mark.parametrize("name", RECORDS_MUTANTS)
def test_the_checks_find_records_where(name: str) -> None:
    assert caught_by(CHECKS, Approvals(acts=changed_module(records_module, *RECORDS_MUTANTS[name])))
