"""A medium is lost and an incident led to its end: cut at every step, and an error at every step. What was answered
stands, what was not is whole or was never, and a loss never stays without its incident."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from appliance.ledger import records as records_module
from appliance.services.registers import book as book_module
from tests.faults.lives import CHECKS, BookLife
from tests.faults.memory_fs import MemoryFs
from tests.faults.mutants import caught_by, changed_module
from tests.services.registerstore import RegisterStore
from tests.vault.ringcases import new_disk

STEPS: tuple[tuple[str, str, str, str], ...] = (
    ("media", "", "enter", "lin"), ("media", "D115-0001", "move", "lin"), ("media", "D115-0001", "lose", "lin"),
    ("incidents", "I115-0001", "confirm", "lin"), ("incidents", "I115-0001", "report", "lin"),
)  # fmt: skip
KINDS = ("medium.changed", "incident.changed")


class Life(BookLife):
    """The steps, one after the other; each under an act id of its own."""

    def __init__(self, book: types.ModuleType = book_module, acts: types.ModuleType = records_module) -> None:
        self._book, self._acts = book, acts

    def open(self, fs: Any, seed: object) -> RegisterStore:
        return RegisterStore(fs, seed, book=self._book, acts=self._acts)

    def start(self) -> MemoryFs:
        return new_disk()

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        desk = self.open(fs, "a")
        for at, step in enumerate(STEPS):
            said.append(("begun", at))
            desk.do(*step, act=f"step-{at}")
            said.append(("done", at))

    def check(self, fs: MemoryFs, said: tuple[Any, ...] | list[Any], where: str) -> None:
        desk = self.open(fs, "after")
        assert desk.book.damaged == [], f"{where}: an act without its record"
        steps = [act for act in self._entered(desk) if act[-1].isdigit()]
        assert steps == [f"step-{at}" for at in range(len(steps))], f"{where}: {steps}"
        done, begun = sum(what == "done" for what, _ in said), sum(what == "begun" for what, _ in said)
        assert done <= len(steps) <= begun, f"{where}: {done} were answered, {len(steps)} stand"
        desk.book.begin_owed_incidents()
        lost = [file for file in desk.book.all("media") if file.item.state == "lost"]
        assert len(desk.book.all("incidents")) == len(lost), f"{where}: a loss without its incident"
        for at, step in enumerate(STEPS):
            desk.do(*step, act=f"step-{at}")
        assert desk.book.get("media", "D115-0001").item.state == "lost", where
        assert desk.book.get("incidents", "I115-0001").item.value("first_reported_at"), where
        assert len(self._entered(desk)) == len(set(self._entered(desk))) == len(STEPS) + 1, where

    def _entered(self, desk: RegisterStore) -> list[str]:
        return [str(entry.fields["act"]) for entry in desk.ledger.acts(*KINDS)]


@pytest.mark.parametrize("check", CHECKS)
def test_INV_23_no_acknowledged_act_of_a_register_is_lost_and_none_is_half(check: Callable[[BookLife], None]) -> None:
    check(Life())


BOOK_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "forgotten at a restart": (("RegisterBook.__init__", "swap acts (lambda *_: ledger.acts('visit.changed'))"),),
    "answered before it is entered": (
        ("RegisterBook._perform", "swap perform (lambda *_: self._ledger)"),
        (
            "RegisterBook._perform",
            "swap _take (lambda _: self._files[register.code].setdefault(sight.item.number, File(item=sight.item)))",
        ),
    ),
    "what was typed is not kept": (
        (
            "RegisterBook._perform",
            "swap sealed_part (lambda sight, *rest: sealed_part(sight._replace(typed={}), *rest))",
        ),
    ),
    "a repeat does it again": (
        ("RegisterBook.act", "swap act (lambda _: None)"),
        (
            "RegisterBook.act",
            "swap _perform (lambda act_id, *rest: self._perform(act_id + str(self._ledger.size), *rest))",
        ),
    ),
    "an incident is owed for good": (("RegisterBook.begin_owed_incidents", "flip alarms"),),
}


@pytest.mark.parametrize("name", BOOK_MUTANTS)
def test_the_checks_find_a_book_with(name: str) -> None:
    assert caught_by(CHECKS, Life(book=changed_module(book_module, *BOOK_MUTANTS[name])))
