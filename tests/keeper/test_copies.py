"""Viewing copies over a real keeper: swept before anybody is served, ended by the task, told to pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import NotAllowed, UsageError
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.rules.cases.copies import CopyEnd
from appliance.rules.cases.states import State
from appliance.services.viewing.copies import Made
from appliance.storage.files import RealFs
from tests.box import OFFICER, Box
from tests.footage import FilmClock
from tests.keeper.test_cases import _all_there, case_of, life, life_of, span
from tests.keeper.test_people import ask

__all__ = ["life"]


def left_file(box: Box) -> Path:
    """A file of a copy, as a keeper that lost its power leaves one."""
    folder = Path(box.settings.layout.copies)
    folder.mkdir(exist_ok=True)
    file = folder / f"{'c' * 32}.0000.seg"
    file.write_bytes(b"sealed under a key that nobody has")
    return file


def booked(keeper: Keeper) -> str:
    """An agency's case whose viewing is booked; all its footage is there, as far as the case book can see."""
    keeper.cases.world = _all_there(keeper)
    return life_of(keeper).agency_booked(["01"], *span(keeper))


def begun(keeper: Keeper, key: str) -> None:
    """What the ledger has of a copy whose making began."""
    fields: dict[str, Any] = {"grant": "g1", "case": key, "spans": [], "buckets": [], "purpose": "copy"}
    keeper.stores.acts.perform("g1", "grant.opened", fields | {"copy": "c" * 32}, {"people": ["officer", "head"]})


def made(keeper: Keeper, key: str) -> None:
    """A copy of a case as the store has one, without footage."""
    token = keeper.cases.file(key).case.token
    assert token is not None
    copy = keeper.copies.begin(key, token.scopes, token.on)
    keeper.copies.finish(copy, Made({}, {}, 0, 0, "0" * 64), "by", "officer")


def test_t_43_a_start_sweeps_and_enters_what_is_left_of_a_copy_before_anybody_is_served(
    box: Box, clock: FilmClock
) -> None:
    """``open_keeper`` returns before the socket is made."""
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        key = booked(keeper)
        begun(keeper, key)
    file = left_file(box)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert not file.exists()
        (entry,) = keeper.ledger.acts("copy.destroyed")
        assert (entry.fields["case"], entry.fields["cause"]) == (key, "restarted")
        started = [each.index for each in keeper.ledger.entries() if each.kind == "recorder.started"]
        assert entry.index < started[-1]
        assert not keeper.copies.waits


def test_what_cannot_be_swept_is_a_finding_until_it_is(
    box: Box, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, unlink = left_file(box), RealFs.unlink

    def stuck(self: RealFs, path: str) -> None:
        if path == str(file):
            raise OSError(5, "Input/output error")
        unlink(self, path)

    monkeypatch.setattr(RealFs, "unlink", stuck)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.findings.is_open("copy-files")
        assert keeper.copies.waits
        monkeypatch.setattr(RealFs, "unlink", unlink)
        keeper.tasks.copies.look()
        assert not file.exists()
        assert not keeper.findings.is_open("copy-files")


def test_an_orderly_stop_ends_the_copies_and_enters_it(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        key = booked(keeper)
        made(keeper, key)
        copy = keeper.copies.of(key)
        assert copy is not None
    assert not any(copy.key)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert [entry.fields["cause"] for entry in keeper.ledger.acts("copy.destroyed")] == ["stopped"]


def test_the_page_is_told_how_a_copy_stands_and_what_its_case_lacks(life: Any, keeper: Keeper) -> None:
    key = life.agency_booked(["01"], *span(keeper))

    def state() -> dict[str, Any]:
        return ask(keeper, "copies.state", session=life.session, case=key)

    assert state()["state"] == "none"
    told = case_of(life, key)
    assert told.opens["copy"].why is None, "the two of them may make it"
    (prepare,) = (each for each in told.possible if each.event == "prepare")
    assert set(prepare.lacks) >= {"copy_exists"}
    with pytest.raises(UsageError):
        ask(keeper, "viewing.open", session=life.session, case=key, password=OFFICER.password, purpose="copy")
    made(keeper, key)
    assert state()["state"] == "whole"
    (prepare,) = (each for each in case_of(life, key).possible if each.event == "prepare")
    assert "copy_exists" not in prepare.lacks
    keeper.copies.end(key, CopyEnd.DAY_OVER)
    assert (state()["state"], state()["cause"]) == ("ended", "day_over")


def test_the_officer_is_offered_the_destruction_of_a_copy_that_lives_and_it_is_done_first(
    life: Any, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = life.agency_booked(["01"], *span(keeper))
    with pytest.raises(NotAllowed):
        life.act("prepare", key)
    made(keeper, key)
    life.act("prepare", key)
    life.begin_agency(key)
    life.act("finish", key, viewing={"filming": "none", "signed": True}, reason="僅測試")
    assert keeper.cases.file(key).case.state is State.VIEWED, "no clock cleans while the copy lives"
    (clean,) = (each for each in case_of(life, key).possible if each.event == "clean")
    assert [seat.refused for seat in clean.seats if seat.role == "officer"] == [None]
    life.act("clean", key)
    assert keeper.cases.file(key).case.state is State.CLEANED
    assert keeper.copies.work(key).destroyed
    life.close(key)
    (cell,) = (each for each in case_of(life, key).cells if each.code == "destroyed")
    assert [row[3] for row in cell.values["copies"]] == ["viewed"]
