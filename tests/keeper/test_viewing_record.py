"""What the keeper tells for 閱覽紀錄, over a real keeper: openings, seats that were left, what was shown, copies."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import Damaged, NotFound
from appliance.core.model import Span
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.services.cases.attending import was_shown
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.footage import FilmClock
from tests.keeper.test_cases import _all_there, life, life_of, span
from tests.keeper.test_copies import made
from tests.keeper.test_people import two
from tests.keeper.test_viewing_ends import finish, viewing

__all__ = ["life"]

SECOND_NS = 10**9


def record(life: Any, key: str) -> dict[str, Any]:
    return dict(life.call("case.viewing", session=life.session, case=key))


def shown(keeper: Keeper, life: Any, grant: str, first: int, last: int) -> None:
    """The player reports that these seconds of the granted minutes stood on the screen."""
    living = keeper.grants.get(life.session, grant)
    start_ns = living.spans["01"][0].start_ns
    part = Span(start_ns + first * SECOND_NS, start_ns + last * SECOND_NS)
    keeper.grants.release(living, "01", part, [], "media")
    told = [{"camera_no": "01", "start_ns": part.start_ns, "end_ns": part.end_ns}]
    life.call("viewing.shown", session=life.session, grant=grant, spans=told)


def test_it_has_who_was_there_who_left_and_came_back_and_how_much_was_shown(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    start_ns, end_ns = span(keeper)
    key, grant = viewing(life, keeper)
    shown(keeper, life, grant, 0, 30)
    clock.at_ns += 60 * SECOND_NS
    life.call("viewing.present", session=life.session, grant=grant, seat=1, password=OFFICER.password)
    clock.at_ns += 60 * SECOND_NS
    left = life.call("logout", session=life.session, seat=2)
    life.session = left["session"]
    back = life.call("login", session=life.session, name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="")
    life.session = back["session"]
    again = life.open(key)
    shown(keeper, life, again, 20, 40)
    told = record(life, key)
    first, second = told["sittings"]
    both = [OFFICER.display, UNIT_HEAD.display]
    assert sorted(first["people"]) == sorted(second["people"]) == sorted(both)
    assert (first["cause"], first["left"]) == ("a person left", UNIT_HEAD.display)
    assert first["ended_ns"] - first["present"][0] == 60 * SECOND_NS
    assert first["station"] == 0, "a training office's, which is whatever device is used"
    assert "ended_ns" not in second, "it goes on"
    (camera,) = told["cameras"]
    assert camera["camera_no"] == "01"
    assert camera["opened"] == [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    assert camera["seen_ns"] == 40 * SECOND_NS, "each moment once, over both openings"
    clear = [entry.fields for entry in keeper.ledger.acts("grant.ended")]
    assert UNIT_HEAD.name not in str(clear), "who left is sealed"


def test_an_opening_whose_keys_did_not_open_counts_as_no_minutes_opened_and_nothing_shown(
    keeper: Keeper, life: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = life.viewing(["01"], *span(keeper))

    def spoilt(*given: Any) -> Any:
        raise Damaged("key store: its slot does not open")

    with monkeypatch.context() as broken:
        broken.setattr(keeper.grants._buckets, "keys", spoilt)
        with pytest.raises(Damaged):
            life.open(key)
    told = record(life, key)
    assert [each["cause"] for each in told["sittings"]] == ["not unlocked"], "that it was tried stands in its course"
    assert "cameras" not in told
    assert not was_shown(keeper.cases.file(key), keeper.cases.world)
    life.open(key)
    assert was_shown(keeper.cases.file(key), keeper.cases.world)
    (camera,) = record(life, key)["cameras"]
    assert [(each["start_ns"], each["end_ns"]) for each in camera["opened"]] == [span(keeper)]


def test_filming_and_the_mistaken_press_stand_in_it_by_the_incident_s_number(keeper: Keeper, life: Any) -> None:
    key, grant = viewing(life, keeper)
    life.call("viewing.end", session=life.session, grant=grant, reason="filming")
    (file,) = keeper.registers.all("incidents")
    (alarm,) = record(life, key)["alarms"]
    assert alarm["incident"] == file.item.number
    assert "mistaken_ns" not in alarm
    life.call("viewing.mistaken", session=life.session, grant=grant, why="look")
    (alarm,) = record(life, key)["alarms"]
    assert alarm["mistaken_ns"] >= alarm["at_ns"]
    assert record(life, key)["sittings"][0]["cause"] == "filming seen"


def test_an_agency_s_has_its_copy_with_when_it_was_made_and_destroyed(keeper: Keeper, life: Any) -> None:
    key = life.agency_booked(["01"], *span(keeper))
    made(keeper, key)
    copy = keeper.copies.of(key)
    assert copy is not None
    life.act("prepare", key)
    life.begin_agency(key)
    grant = life.open(key)
    (before,) = record(life, key)["copies"]
    assert (before["copy"], before["made_ns"]) == (copy.copy_id, copy.made_ns)
    assert "ended_ns" not in before
    finish(life, grant)
    (after,) = record(life, key)["copies"]
    assert after["cause"] == "viewed"
    assert after["ended_ns"] >= after["made_ns"]
    assert len(record(life, key)["sittings"]) == 1, "what was opened to make the copy was seen by nobody"


def test_it_is_the_same_out_of_the_ledger_alone(box: Box, clock: FilmClock, monkeypatch: pytest.MonkeyPatch) -> None:
    start_ns = clock.wall_ns() - 7200 * SECOND_NS
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        monkeypatch.setattr(keeper.cases, "world", _all_there(keeper))
        life = life_of(keeper, two(keeper))
        key, grant = viewing(life, keeper)
        shown(keeper, life, grant, 3, 9)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        life = life_of(keeper, two(keeper))
        told = record(life, key)
        assert told["cameras"][0]["seen_ns"] == 6 * SECOND_NS
        assert told["sittings"][0]["cause"] == "the keeper stops"
        late = {"camera_no": "01", "start_ns": start_ns + 8 * SECOND_NS, "end_ns": start_ns + 9 * SECOND_NS}
        life.call("viewing.shown", session="gone", grant=grant, spans=[late])
        assert record(life, key)["cameras"][0]["seen_ns"] == 6 * SECOND_NS, "what came late was shown before"


def test_whoever_may_not_see_the_case_is_told_that_there_is_none(keeper: Keeper, life: Any) -> None:
    key, _ = viewing(life, keeper)
    with pytest.raises(NotFound):
        life.call("case.viewing", session=life.session, case="115-0999")
    uses = len(list(keeper.ledger.acts("case.used")))
    record(life, key)
    record(life, key)
    assert len(list(keeper.ledger.acts("case.used"))) == uses + 1, "and whoever may is entered, once a log-in"
