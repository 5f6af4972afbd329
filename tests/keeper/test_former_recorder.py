"""Requests for footage of the recorder that this one replaced: received, decided, answered, nothing promised here."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import NotAllowed
from appliance.keeper.context import Keeper
from appliance.rules.cases.ranges import FORMER
from tests.caselife import APPLICANT, FORM
from tests.footage import FilmClock
from tests.keeper.test_cases import case_of, life, span

__all__ = ["life"]


def received(life: Any, keeper: Keeper, **more: Any) -> str:
    start_ns, end_ns = span(keeper)
    facts = {"asked": [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}], "form": FORM}
    told = life.act("receive", kind="CIT", parties=[APPLICANT], **facts, **more)
    return str(told["case"])


def granted(life: Any, keeper: Keeper) -> str:
    key = received(life, keeper, recorder=FORMER)
    life.to_decision(key)
    life.decide(key)
    life.notify(key)
    return key


def test_its_receipt_pins_nothing_and_says_nothing_of_this_ring(life: Any, keeper: Keeper) -> None:
    pins = len(keeper.cases.holds())
    key = received(life, keeper, recorder=FORMER)
    told = case_of(life, key)
    assert told.number, "it has its number and its row all the same"
    assert (told.recorder, told.pin.pinned, told.pin.soon) == (FORMER, False, False)
    assert [(each.footage, each.kept_start_ns, each.kept_end_ns) for each in told.ranges] == [(FORMER, 0, 0)]
    assert len(keeper.cases.holds()) == pins
    here = received(life, keeper)
    assert case_of(life, here).pin.pinned
    assert len(keeper.cases.holds()) == pins + 1, "a request of this recorder's footage pins as ever"


def test_what_is_granted_is_not_booked_here_and_what_was_done_ends_it(life: Any, keeper: Keeper) -> None:
    key = granted(life, keeper)
    with pytest.raises(NotAllowed) as refused:
        life.schedule(key)
    assert "this_recorder" in refused.value.details["missing"]
    done = {"done": "於前一套系統由王小明陪同閱覽", "day": life.today().isoformat(), "copied": "no"}
    life.act("otherwise", key, otherwise=done)
    life.close(key)
    told = case_of(life, key)
    assert (told.state, told.otherwise["done"]) == ("closed", done["done"])


def test_it_does_not_lapse_as_not_viewed_here(life: Any, keeper: Keeper, clock: FilmClock) -> None:
    key = granted(life, keeper)
    clock.at_ns += 40 * 24 * 3600 * 10**9
    keeper.clockwork.turn(trusted=True)
    assert keeper.cases.file(key).case.state == "notified"


def test_another_case_is_not_ended_as_one_of_the_former_recorder(life: Any, keeper: Keeper) -> None:
    key = received(life, keeper)
    life.to_decision(key)
    life.decide(key)
    life.notify(key)
    done = {"done": "於前一套系統閱覽", "day": life.today().isoformat(), "copied": "no"}
    with pytest.raises(NotAllowed) as refused:
        life.act("otherwise", key, otherwise=done)
    assert "former_recorder" in refused.value.details["missing"]
