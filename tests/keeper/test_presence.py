"""Who is there while footage is shown, over a real keeper: two minutes without anybody, ten minutes without a word."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import NotFound, Refused, Unavailable
from appliance.core.model import Span
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.rules.cases.states import State
from tests.box import OFFICER, UNIT_HEAD
from tests.footage import FilmClock
from tests.keeper.test_cases import life, span
from tests.keeper.test_masks import masked, opened
from tests.keeper.test_viewing_ends import viewing

__all__ = ["life"]

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS


def here(life: Any, grant: str, *, active: bool = False) -> dict[str, Any]:
    return dict(life.call("viewing.here", session=life.session, grant=grant, active=active))


def picture(life: Any, keeper: Keeper, grant: str) -> None:
    """Asks for one; of this office's camera there is no footage."""
    at_ns = span(keeper)[0] + MINUTE_NS
    life.call("viewing.key", session=life.session, grant=grant, camera_no="01", at_ns=at_ns)


def is_dark(life: Any, keeper: Keeper, grant: str) -> bool:
    with pytest.raises((NotFound, Unavailable)) as asked:
        picture(life, keeper, grant)
    return asked.value.message is not None and asked.value.message.code.startswith("viewing-dark-")


def present(life: Any, grant: str, **changes: Any) -> dict[str, Any]:
    asked = {"seat": 1, "password": OFFICER.password, **changes}
    return dict(life.call("viewing.present", session=life.session, grant=grant, **asked))


def test_AT_41_after_ten_minutes_nothing_is_shown_until_whoever_attends_says_so_again(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    key, grant = viewing(life, keeper)
    assert here(life, grant)["left_seconds"] == pytest.approx(600, abs=1)
    for _ in range(9):
        clock.at_ns += MINUTE_NS
        assert here(life, grant, active=True)["dark"] == ""
    assert not is_dark(life, keeper, grant)
    clock.at_ns += MINUTE_NS
    assert here(life, grant, active=True) == {"dark": "presence", "left_seconds": 0}
    assert is_dark(life, keeper, grant)
    size = keeper.ledger.size
    for wrong in ({"seat": 2, "password": UNIT_HEAD.password}, {"password": UNIT_HEAD.password}, {"password": ""}):
        with pytest.raises(Refused):
            present(life, grant, **wrong)
    assert is_dark(life, keeper, grant)
    assert here(life, grant)["dark"] == "presence", "by nobody else, and not by a hand on the mouse"
    assert present(life, grant) == {"dark": "", "left_seconds": pytest.approx(600, abs=1)}
    assert not is_dark(life, keeper, grant)
    (entry,) = [each for each in keeper.ledger.entries() if each.index >= size and each.kind == "grant.present"]
    assert entry.fields["case"] == key
    assert keeper.stores.acts.sealed_of(entry)["by"] == OFFICER.name


def test_AT_41_who_says_so_in_time_is_never_interrupted(keeper: Keeper, life: Any, clock: FilmClock) -> None:
    _, grant = viewing(life, keeper)
    for minute in range(25):
        clock.at_ns += MINUTE_NS
        if minute % 9 == 8:
            present(life, grant)
        assert here(life, grant, active=True)["dark"] == ""


def test_T_44_two_minutes_without_anybody_are_dark_and_ten_interrupt_the_case(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    key, grant = viewing(life, keeper)
    house = housekeeping(keeper)
    house.turn()
    clock.at_ns += 2 * MINUTE_NS - SECOND_NS
    assert here(life, grant)["dark"] == ""
    assert not is_dark(life, keeper, grant), "which was a sign of somebody"
    clock.at_ns += 2 * MINUTE_NS
    assert here(life, grant)["dark"] == "idle"
    assert is_dark(life, keeper, grant)
    house.turn()
    assert keeper.cases.file(key).case.state is State.VIEWING
    clock.at_ns += 8 * MINUTE_NS
    house.turn()
    file = keeper.cases.file(key)
    assert (file.case.state, file.deeds[-1].event, file.reason) == (State.INTERRUPTED, "interrupt", "idle")
    with pytest.raises((NotFound, Refused)):
        here(life, grant)
    causes = [entry.fields["cause"] for entry in keeper.ledger.acts("grant.ended")]
    assert causes[-1] in ("nobody was there", "the session is over")


def test_T_44_a_session_that_works_elsewhere_keeps_no_viewing_open(keeper: Keeper, life: Any, clock: FilmClock) -> None:
    key, _ = viewing(life, keeper)
    house = housekeeping(keeper)
    house.turn()
    for _ in range(10):
        clock.at_ns += MINUTE_NS
        life.call("case", session=life.session, case=key)
    house.turn()
    assert keeper.cases.file(key).case.state is State.INTERRUPTED
    assert [entry.fields["cause"] for entry in keeper.ledger.acts("grant.ended")][-1] == "nobody was there"
    life.act("resume", key)
    house.turn()
    assert keeper.cases.file(key).case.state is State.VIEWING, "ten minutes anew"
    again = life.open(key)
    assert here(life, again)["dark"] == ""


def test_two_minutes_without_anybody_are_dark_where_masks_are_drawn_and_no_word_is_asked_for_while_they_work(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    grant = opened(life, masked(life, keeper))
    for _ in range(15):
        clock.at_ns += MINUTE_NS
        assert here(life, grant, active=True) == {"dark": "", "left_seconds": None}
    clock.at_ns += 2 * MINUTE_NS
    assert here(life, grant)["dark"] == "idle"
    present(life, grant, seat=2, password=UNIT_HEAD.password)
    assert here(life, grant)["dark"] == ""


def test_where_it_stood_and_how_much_was_seen_is_told_to_whoever_opens_it_again(keeper: Keeper, life: Any) -> None:
    key, grant = viewing(life, keeper)
    start_ns, _ = span(keeper)
    living = keeper.grants.get(life.session, grant)
    for first, last in ((60, 70), (65, 80), (10, 12)):
        keeper.grants.release(living, "01", _span(start_ns, first, last), [], "media")
        told = [{"camera_no": "01", "start_ns": start_ns + first * SECOND_NS, "end_ns": start_ns + last * SECOND_NS}]
        life.call("viewing.shown", session=life.session, grant=grant, spans=told)
    life.call("viewing.end", session=life.session, grant=grant, reason="filming")
    life.act("resume", key, viewing={"head_allows": True})
    for seen in (keeper.playback.shown_so_far, type(keeper.playback.shown_so_far)(keeper.ledger)):
        keeper.playback.shown_so_far = seen
        timeline = life.call("viewing.timeline", session=life.session, grant=life.open(key))
        assert timeline["resume_ns"] == start_ns + 12 * SECOND_NS
        (camera,) = timeline["cameras"]
        assert camera["seen_ns"] == 22 * SECOND_NS, "what was seen twice counts once"


def _span(start_ns: int, first: int, last: int) -> Span:
    return Span(start_ns + first * SECOND_NS, start_ns + last * SECOND_NS)


# --- how long it lasts ---


def test_the_timeline_says_what_was_granted_and_what_the_viewing_runs_up_to(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    _, grant = viewing(life, keeper)
    start_ns, end_ns = span(keeper)
    told = life.call("viewing.timeline", session=life.session, grant=grant)
    (camera,) = told["cameras"]
    assert [(each["start_ns"], each["end_ns"]) for each in camera["granted"]] == [(start_ns, end_ns)]
    before = {end["by"]: end["left_seconds"] for end in told["ends"]}
    assert {"day", "login"} <= set(before)
    assert 0 < before["login"] <= 8 * 3600
    clock.at_ns += 5 * MINUTE_NS
    window = {"start_ns": start_ns + MINUTE_NS, "end_ns": start_ns + 2 * MINUTE_NS}
    told = life.call("viewing.timeline", session=life.session, grant=grant, active=True, **window)
    after = {end["by"]: end["left_seconds"] for end in told["ends"]}
    assert before["login"] - after["login"] == pytest.approx(300, abs=1)
    (camera,) = told["cameras"]
    assert [(gap["start_ns"], gap["end_ns"]) for gap in camera["gaps"]] == [tuple(window.values())]
