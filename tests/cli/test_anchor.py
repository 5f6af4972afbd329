"""``appliance anchor new`` as two keyholders meet it at the console."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.clock import SystemClock
from appliance.keeper.stores import open_stores
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.cli.console import Console, at_console

ENV = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with make_box(tmp_path / "office", [testcard("01")]) as made:
        yield made


def _lose(box: Box) -> None:
    for path in (Path(box.settings.layout.keeper) / "anchor").iterdir():
        path.unlink()


def _arguments(box: Box) -> list[str]:
    return ["--settings", box.settings_path, "anchor", "new"]


def type_back(console: Console) -> None:
    """The envelope's three papers."""
    for number in (1, 2, 3):
        words = console.until(rf"share {number}:\n  ([a-z ]+)\n")[1]
        console.until("press a key")
        console.press_until(f"type share {number} back")
        console.type(words)


def test_two_keyholders_begin_anew(box: Box) -> None:
    _lose(box)
    with at_console(_arguments(box), ENV) as console:
        console.until("the anchor cannot be read")
        console.until("give up all footage.*to go on")
        console.type("give up all footage")
        for person in sorted((OFFICER, UNIT_HEAD), key=lambda each: each.name):
            console.until(f"password of {person.name} ")
            console.type(person.password)
        type_back(console)
        console.until("The new anchor is in force: file: best effort, generation")
        console.until("The old one could not be reached")
        assert console.ended() == 0
        assert OFFICER.password not in console.shown
    with open_stores(box.settings, RealFs(), SystemClock(assume_trusted=True)) as stores:
        assert stores.office.key_store.shut == ""
        assert stores.office.keyholders.count() == 2
        assert [entry.kind for entry in stores.ledger.entries()][-2:] == ["anchor.lost", "anchor.made"]


def test_anything_but_the_sentence_calls_it_off(box: Box) -> None:
    _lose(box)
    with at_console(_arguments(box), ENV) as console:
        console.until("to go on")
        console.type("yes")
        assert console.ended() == 2
        assert "called off; nothing was changed" in console.shown


def test_it_is_refused_while_the_keys_open_and_while_the_recorder_runs(box: Box) -> None:
    with at_console(_arguments(box), ENV) as console:
        assert console.ended() == 3
        assert "would lose all footage for nothing" in console.shown
    _lose(box)
    box.start("keeper")
    with at_console(_arguments(box), ENV) as console:
        assert console.ended() == 5
        assert "has it open already; stop that one first" in console.shown
