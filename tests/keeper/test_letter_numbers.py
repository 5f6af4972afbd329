"""發文字號 over a whole keeper: cases, cameras and requests to destroy give each number once."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from appliance.core.errors import NotAllowed, NotWritable
from appliance.keeper.adapters import register
from appliance.keeper.context import Keeper
from appliance.ledger.records import Acts
from appliance.rules.cameras.rows import Event
from appliance.rules.deadlines import day_of
from tests.caselife import CaseLife
from tests.keeper.test_cameras import life_of
from tests.keeper.test_duties import NEW
from tests.keeper.test_registers import HOUR, Desk


class Rooms:
    """Two cases of which nothing was found, a request to destroy that was decided and a camera that the director
    approved: each has a letter to send."""

    def __init__(self, keeper: Keeper) -> None:
        start_ns, end_ns = keeper.clock.wall_ns() - 2 * HOUR, keeper.clock.wall_ns() - HOUR
        self.today = day_of(keeper.clock.wall_ns()).isoformat()
        self.cameras, self.desk = life_of(keeper), Desk(keeper)
        self.cases = CaseLife(
            lambda verb, **typed: self.desk.ask(verb, **typed), self.desk.session, keeper.clock.wall_ns
        )
        asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
        told = {"requester": "洪大明", "identified": True, "served_at": "臺北市", "asks": "刪除", "asked_ranges": asked}
        self.gone = str(self.desk.act("deletions", "", "receive", **told)["item"])
        self.desk.act("deletions", self.gone, "propose", article="個人資料保護法第11條")
        self.desk.act("deletions", self.gone, "decide", 2, password=True)
        self.version = self.cameras.draft(NEW)
        self.cameras.lead("03", self.version, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE)
        self.first, self.second = (self.cases.receive([camera_no], start_ns, end_ns) for camera_no in ("01", "02"))
        for key in (self.first, self.second):
            self.cases.act("pass_formal", key)
            self.cases.act("none_found", key)

    def issue(self, key: str, number: str) -> None:
        self.cases.act("issue", key, dispatch={"day": self.today, "doc_no": number, "signer": self.cases.signer})

    def answer(self, number: str) -> None:
        self.desk.act("deletions", self.gone, "issue", doc_no=number, issued_on=self.today)

    def send(self, number: str) -> None:
        self.cameras.act(Event.SEND, "03", self.version, letter_no=number)


@pytest.fixture
def rooms(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    monkeypatch.setattr(register, "footage_of", lambda ring, scope: "expired")
    return Rooms(keeper)


ONE, TWO, THREE = (f"北市萬戶行字第115000900{each}號" for each in (1, 2, 3))


def test_AT_72_one_number_is_of_one_letter_of_the_office_whichever_room_it_goes_out_from(
    keeper: Keeper, rooms: Rooms
) -> None:
    rooms.issue(rooms.first, ONE)
    taken = keeper.cases.file(rooms.first).case.number
    assert [lacks(use, ONE) for use in (rooms.answer, rooms.send)] == [(f"doc_no_taken:{taken}",)] * 2
    rooms.answer(TWO)
    rooms.send(THREE)
    again = functools.partial(rooms.issue, rooms.second)
    assert [lacks(again, each) for each in (ONE, TWO, THREE)] == [
        (f"doc_no_taken:{taken}",), (f"doc_no_taken:{rooms.gone}",), ("doc_no_taken:03 v1",),
    ]  # fmt: skip
    assert lacks(again, "萬戶行字第5號") == ("doc_no_form:北市萬戶",)


def test_AT_72_of_two_rooms_that_give_one_number_at_one_instant_the_later_is_refused(
    keeper: Keeper, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The camera's letter was judged and is not written yet as the others' come, and nobody waits for it."""
    perform, found = Acts.perform, dict[str, tuple[str, ...]]()
    others = {"case": functools.partial(rooms.issue, rooms.first), "deletion": rooms.answer}

    def give(room: str) -> None:
        found[room] = lacks(others[room], ONE)

    def slowly(acts: Acts, act_id: str, kind: str, *parts: Any) -> Any:
        if kind == "camera.changed":
            for room in others:
                other = threading.Thread(target=give, args=(room,), daemon=True)
                other.start()
                other.join(timeout=120)
                assert not other.is_alive(), f"the {room} waits"
        return perform(acts, act_id, kind, *parts)

    monkeypatch.setattr(Acts, "perform", slowly)
    rooms.send(ONE)
    assert found == dict.fromkeys(others, ("doc_no_taken:03 v1",))
    rooms.issue(rooms.first, TWO)
    rooms.answer(THREE)


def test_AT_72_a_number_that_an_act_gave_in_vain_is_free_again(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(acts: Acts, act_id: str, kind: str, *parts: Any) -> Any:
        raise NotWritable("ledger: the disk is full")

    with monkeypatch.context() as away:
        away.setattr(Acts, "perform", full)
        with pytest.raises(NotWritable):
            rooms.send(ONE)
    rooms.answer(ONE)


def lacks(use: Callable[[str], None], number: str) -> tuple[str, ...]:
    with pytest.raises(NotAllowed) as refused:
        use(number)
    return tuple(refused.value.details["missing"])
