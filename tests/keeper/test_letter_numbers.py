"""發文字號 over a whole keeper: cases, cameras and requests to destroy give each number once."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from appliance.errors import NotAllowed
from appliance.keeper.parts import Keeper
from appliance.keeper.worlds import register
from appliance.rules.cameras.rows import Event
from appliance.rules.deadlines import day_of
from tests.caselife import CaseLife
from tests.keeper.test_cameras import life_of
from tests.keeper.test_duties import NEW
from tests.keeper.test_registers import HOUR, Desk


def test_AT_72_one_number_is_of_one_letter_of_the_office_whichever_room_it_goes_out_from(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "footage_of", lambda ring, scope: "expired")
    start_ns, end_ns = keeper.clock.wall_ns() - 2 * HOUR, keeper.clock.wall_ns() - HOUR
    today = day_of(keeper.clock.wall_ns()).isoformat()
    cameras, desk = life_of(keeper), Desk(keeper)
    cases = CaseLife(lambda verb, **typed: desk.ask(verb, **typed), desk.session, keeper.clock.wall_ns)
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    told = {"requester": "洪大明", "identified": True, "served_at": "臺北市", "asks": "刪除", "asked_ranges": asked}
    gone = str(desk.act("deletions", "", "receive", **told)["item"])
    desk.act("deletions", gone, "propose", article="個人資料保護法第11條")
    desk.act("deletions", gone, "decide", 2, password=True)
    version = cameras.draft(NEW)
    cameras.lead("03", version, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE)
    first, second = (cases.receive([camera_no], start_ns, end_ns) for camera_no in ("01", "02"))
    for key in (first, second):
        cases.act("pass_formal", key)
        cases.act("none_found", key)

    def issue(key: str, number: str) -> None:
        cases.act("issue", key, dispatch={"day": today, "doc_no": number, "signer": cases.signer})

    def answer(number: str) -> None:
        desk.act("deletions", gone, "issue", doc_no=number, issued_on=today)

    def send(number: str) -> None:
        cameras.act(Event.SEND, "03", version, letter_no=number)

    one, two, three = (f"北市萬戶行字第115000900{each}號" for each in (1, 2, 3))
    issue(first, one)
    taken = keeper.cases.file(first).case.number
    assert [lacks(use, one) for use in (answer, send)] == [(f"doc_no_taken:{taken}",)] * 2
    answer(two)
    send(three)
    again = functools.partial(issue, second)
    assert [lacks(again, each) for each in (one, two, three)] == [
        (f"doc_no_taken:{taken}",), (f"doc_no_taken:{gone}",), ("doc_no_taken:03 v1",),
    ]  # fmt: skip
    assert lacks(again, "萬戶行字第5號") == ("doc_no_form:北市萬戶",)


def lacks(use: Callable[[str], None], number: str) -> tuple[str, ...]:
    with pytest.raises(NotAllowed) as refused:
        use(number)
    return tuple(refused.value.details["missing"])
