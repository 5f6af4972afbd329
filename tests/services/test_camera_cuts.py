"""A camera is led into force, changed and removed: cut at every step, and an error at every step. What was answered
stands, what was not is whole or was never, and what is recorded is always what the acts that stand say."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from appliance.ledger import records as records_module
from appliance.rules.cameras.rows import Event
from appliance.services.cameras import book as book_module
from tests.faults.lives import CHECKS, BookLife
from tests.faults.memory_fs import MemoryFs
from tests.faults.mutants import caught_by, changed_module
from tests.services.camerastore import CameraStore
from tests.vault.ringcases import new_disk

STEPS: tuple[tuple[Event, str], ...] = (
    (Event.DRAFT, "03"), (Event.SUBMIT, "03"), (Event.STAMP, "03"), (Event.STAMP_SECRETARY, "03"),
    (Event.APPROVE, "03"), (Event.SEND, "03"), (Event.ENTER_ANSWER, "03"), (Event.CONFIRM_APPROVAL, "03"),
    (Event.ACCEPT, "03"), (Event.PUT_IN_FORCE, "03"), (Event.SUSPEND, "02"), (Event.RETIRE, "03"),
)  # fmt: skip
RECORDED = {None: ["01", "02"], 9: ["01", "02", "03"], 10: ["01", "03"], 11: ["01"]}
"""What is recorded from that step on."""


def recorded_after(steps: int) -> list[str]:
    return RECORDED[max((at for at in RECORDED if at is not None and at < steps), default=None)]


class Life(BookLife):
    """The steps, one after the other; each under an act id of its own."""

    more_cuts_than = 100

    def __init__(self, book: types.ModuleType = book_module, acts: types.ModuleType = records_module) -> None:
        self._book, self._acts = book, acts

    def open(self, fs: Any, seed: object) -> CameraStore:
        return CameraStore(fs, seed, book=self._book, acts=self._acts)

    def start(self) -> MemoryFs:
        return new_disk()

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        desk = self.open(fs, "a")
        for at, (event, camera_no) in enumerate(STEPS):
            said.append(("begun", at))
            desk.do(event, camera_no, act=f"step-{at}", version=0 if event is Event.DRAFT else 1)
            said.append(("done", at))

    def check(self, fs: MemoryFs, said: tuple[Any, ...] | list[Any], where: str) -> None:
        desk = self.open(fs, "after")
        book = desk.book
        assert book.damaged == [], f"{where}: an act without its record"
        entered = [entry.fields["act"] for entry in desk.ledger.acts("camera.changed", "registry.changed")]
        steps = [act for act in entered if act.startswith("step-")]
        assert steps == [f"step-{at}" for at in range(len(steps))], f"{where}: {entered}"
        done, begun = sum(what == "done" for what, _ in said), sum(what == "begun" for what, _ in said)
        assert done <= len(steps) <= begun, f"{where}: {done} were answered, {len(steps)} stand"
        assert [each.camera_no for each in book.registry.cameras] == recorded_after(len(steps)), where
        assert {each.camera_no: each.settings for each in book.registry.cameras}["01"] == {"label": "1"}, where
        for at, (event, camera_no) in enumerate(STEPS[: begun + 1]):
            desk.do(event, camera_no, act=f"step-{at}", version=0 if event is Event.DRAFT else 1)
        assert [each.camera_no for each in book.registry.cameras] == recorded_after(min(begun + 1, len(STEPS))), where
        again = [entry.fields["act"] for entry in desk.ledger.acts("camera.changed", "registry.changed")]
        assert len(set(again)) == len(again), f"{where}: something was done twice"


@pytest.mark.parametrize("check", CHECKS)
def test_INV_23_no_acknowledged_act_on_a_camera_is_lost_and_none_is_half(check: Callable[[BookLife], None]) -> None:
    check(Life())


BOOK_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "forgotten at a restart": (("CameraBook.__init__", "swap acts (lambda *_: ledger.acts('registry.changed'))"),),
    "in force before it is entered": (
        ("CameraBook._perform", "swap perform (lambda *_: self._ledger)"),
        (
            "CameraBook._perform",
            "swap _take (lambda *_: setattr(self, '_fleet', performed(self._fleet, sight, row, fit)))",
        ),
    ),
    "what was typed is not kept": (
        ("CameraBook._perform", "swap sealed_part (lambda _, *rest: sealed_part(CameraTyped(), *rest))"),
    ),
    "a repeat does it again": (
        ("CameraBook.act", "swap act (lambda _: None)"),
        (
            "CameraBook.act",
            "swap _perform (lambda act_id, *rest: self._perform(act_id + str(self._ledger.size), *rest))",
        ),
    ),
    "the set-up's cameras are taken in each time": (("CameraBook.__init__", "force _version False"),),
}


@pytest.mark.parametrize("name", BOOK_MUTANTS)
def test_the_checks_find_a_book_with(name: str) -> None:
    assert caught_by(CHECKS, Life(book=changed_module(book_module, *BOOK_MUTANTS[name])))
