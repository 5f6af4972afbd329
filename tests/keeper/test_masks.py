"""Masks by the keeper's verbs: footage opened for drawing them, and a viewing that is told of them at its opening."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import Broken, NotFound, Refused, UsageError
from appliance.keeper.context import Keeper
from tests.box import OFFICER, UNIT_HEAD
from tests.keeper.test_access import rows
from tests.keeper.test_cases import case_of, life, span
from tests.keeper.test_people import ask

__all__ = ["life"]

PLACE = {"left": 100, "top": 200, "right": 300, "bottom": 400}


def masked(life: Any, keeper: Keeper) -> str:
    """The key of a case that was granted masked and told so."""
    start_ns, end_ns = span(keeper)
    key = str(life.receive(["01"], start_ns, end_ns))
    life.to_decision(key)
    scope = {"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}
    rulings = [{"range_no": 0, "scopes": [scope], "masked": True, "reason": "第三人"}]
    life.decide(key, "grant_partly", rulings=rulings)
    life.notify(key)
    return key


def opened(life: Any, key: str, purpose: str = "masking") -> str:
    answer = life.call("viewing.open", session=life.session, case=key, password=OFFICER.password, purpose=purpose)
    return str(answer["grant"])


def drawn(life: Any, grant: str, act: str, times: tuple[int, int], **changes: Any) -> list[dict[str, Any]]:
    asked = {"camera_no": "01", "start_ns": times[0], "end_ns": times[1], **PLACE, **changes}
    return list(life.call("masks.draw", session=life.session, grant=grant, act=act, **asked)["masks"])


def confirm(life: Any, key: str) -> None:
    life.call("case-act", session=life.session, act=f"confirm {key}", case=key, event="confirm_masks", seat=2,
              password=UNIT_HEAD.password, facts={})  # fmt: skip


def test_T_26_masks_are_drawn_confirmed_by_another_and_told_where_the_viewing_opens(keeper: Keeper, life: Any) -> None:
    key, times = masked(life, keeper), span(keeper)
    with pytest.raises(Refused, match="masks are not drawn"):
        opened(life, key, "viewing")
    grant = opened(life, key)
    timeline = life.call("viewing.timeline", session=life.session, grant=grant)
    assert (timeline["purpose"], timeline["masks"], timeline["viewers"]) == ("masking", [], [])
    drawn(life, grant, "a1", times)
    (mask,) = drawn(life, grant, "a1", times)
    drawn(life, grant, "a2", times, left=0)
    (left,) = life.call("masks.remove", session=life.session, grant=grant, act="a3", mask=2)["masks"]
    assert left == mask == {"number": 1, "camera_no": "01", "start_ns": times[0], "end_ns": times[1], **PLACE}
    life.act("finish_masks", key)
    with pytest.raises(Refused, match="masks of this case are complete"):
        drawn(life, grant, "a4", times)
    told = case_of(life, key)
    assert told.masks is not None
    assert (told.masks.count, told.masks.drawn, told.masks.opens, told.grant) == (1, True, True, grant)
    confirm(life, key)
    with pytest.raises(NotFound):
        life.call("viewing.here", session=life.session, grant=grant)
    life.schedule(key)
    life.act("prepare", key)
    life.act("begin", key, viewing=life.door)
    seen = opened(life, key, "viewing")
    timeline = life.call("viewing.timeline", session=life.session, grant=seen)
    assert (timeline["purpose"], timeline["masks"]) == ("viewing", [mask])
    with pytest.raises(Refused, match="open to be seen here"):
        drawn(life, seen, "a5", times)
    entries = [entry.fields for entry in keeper.ledger.acts("grant.opened")]
    assert [(each.get("purpose", ""), each.get("masks")) for each in entries] == [("masking", None), ("", [1])]
    assert [each[0] for each in rows(keeper, life.session, case=key) if each[0] in ("masking", "viewing")] == [
        "masking", "viewing"
    ]  # fmt: skip
    there = case_of(life, key).session["accompanied"]
    again = {"grant": "g2", "case": key, "spans": [], "buckets": [], "purpose": "masking"}
    keeper.stores.acts.perform("g2", "grant.opened", again, {"people": ["stranger"], "keyholder": "stranger"})
    assert len(there) == 2
    assert case_of(life, key).session["accompanied"] == there, "who draws masks meanwhile accompanies nobody"


def test_T_26_ending_masking_ends_no_viewing_and_it_opens_again(keeper: Keeper, life: Any) -> None:
    key = masked(life, keeper)
    life.call("viewing.end", session=life.session, grant=opened(life, key), reason="done")
    grant = opened(life, key)
    with pytest.raises(UsageError, match="nothing to be masked"):
        drawn(life, grant, "b1", (1, 2))
    life.act("finish_masks", key, reason="該時段無他人入鏡")
    life.call("case-act", session=life.session, act="c1", case=key, event="confirm_masks", seat=2,
              password=UNIT_HEAD.password, facts={"reason": "畫面中只有申請人"})  # fmt: skip
    life.schedule(key)
    life.act("prepare", key)
    life.act("begin", key, viewing=life.door)
    timeline = life.call("viewing.timeline", session=life.session, grant=opened(life, key, "viewing"))
    assert timeline["masks"] == [], "nothing is covered, and a player knows that it was ordered"


def test_footage_is_opened_for_nothing_else_than_to_be_seen_or_masked(keeper: Keeper, life: Any) -> None:
    key = life.viewing(["01"], *span(keeper))
    with pytest.raises(Broken, match="Invalid enum value 'looking'"):
        opened(life, key, "looking")
    with pytest.raises(Refused, match="nothing of it is to be masked"):
        opened(life, key)
    assert ask(keeper, "viewing.timeline", session=life.session, grant=opened(life, key, "viewing"))["masks"] is None


def test_nobody_draws_or_removes_a_mask_in_the_name_of_whoever_sits_beside(keeper: Keeper, life: Any) -> None:
    key, times = masked(life, keeper), span(keeper)
    grant = opened(life, key)
    drawn(life, grant, "a1", times)
    asked = {"camera_no": "01", "start_ns": times[0], "end_ns": times[1], **PLACE}
    for verb, more in (("masks.draw", asked), ("masks.remove", {"mask": 1})):
        size = keeper.ledger.size
        for password, says in (("", "two people are logged in here"), (UNIT_HEAD.password, "it does not fit")):
            with pytest.raises(Refused, match=says):
                life.call(verb, session=life.session, grant=grant, act="b1", password=password, **more)
        assert not {entry.kind for entry in keeper.ledger.entries(size, keeper.ledger.size)} & {
            "mask.drawn",
            "mask.removed",
        }
    assert len(life.call("viewing.timeline", session=life.session, grant=grant)["masks"]) == 1


def test_T_26_a_mask_that_moves_is_drawn_changed_and_burnt_into_what_the_viewing_shows(
    keeper: Keeper, life: Any
) -> None:
    key, (start_ns, end_ns) = masked(life, keeper), span(keeper)
    grant = opened(life, key)
    places = [[start_ns, 0, 0, 300, 300], [(start_ns + end_ns) // 2, 600, 600, 900, 900], [end_ns, 0, 500, 200, 700]]
    (first,) = drawn(life, grant, "a1", (0, 0), positions=places[:2])
    assert (first["start_ns"], first["end_ns"], first["right"]) == (places[0][0], places[1][0], 900)
    (second,) = drawn(life, grant, "a2", (0, 0), positions=places, replaces=1)
    assert (second["number"], second["positions"], second["end_ns"]) == (2, places, end_ns)
    for wrong, says in (
        ({"positions": places[::-1]}, "end must come after"),
        ({"positions": [places[0], [end_ns, 0, 0, 1200, 300]]}, "out of the picture"),
    ):
        with pytest.raises(UsageError, match=says):
            drawn(life, grant, f"b {says}", (0, 0), **wrong)
    with pytest.raises(NotFound, match="mask 1: the case has none"):
        drawn(life, grant, "b3", (0, 0), positions=places, replaces=1)
    life.act("finish_masks", key)
    confirm(life, key)
    life.schedule(key)
    life.act("prepare", key)
    life.act("begin", key, viewing=life.door)
    seen = opened(life, key, "viewing")
    assert life.call("viewing.timeline", session=life.session, grant=seen)["masks"] == [second]
    entries = [entry.fields for entry in keeper.ledger.acts("mask.drawn", "mask.removed")]
    told = [(each["mask"], each.get("replaces"), len(each["positions"])) for each in entries]
    assert told == [(1, None, 2), (2, 1, 3)]
