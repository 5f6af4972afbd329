"""Who signed the record of a viewing, as 附件2 says it of cases of the real book."""

from __future__ import annotations

import pytest

from appliance.papers.from_cases.making import paper_of
from appliance.papers.from_cases.sources import Desk
from appliance.rules.cases.rows import Event
from appliance.services.cases.views import tell
from tests.papers.case_scenes import scene
from tests.papers.reading import squeezed
from tests.services.bookdesk import BookDesk, appointment

pytestmark = pytest.mark.papers


def _viewed_by_a_name(*, stopped: bool, signed: bool) -> tuple[BookDesk, str]:
    """A case of the real book whose appointment names the applicant, seen to its end or broken off."""
    desk = BookDesk()
    key = desk.decided()
    desk.notify(key)
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, viewers=["洪大明"]))
    desk.do(Event.PREPARE, "wang", key)
    desk.do(Event.BEGIN, "lin", key, viewing={"id_again": True, "statement_signed": True, "devices_away": True})
    end = {"filming": "none"} | ({"signed": True} if signed else {})
    if stopped:
        desk.do(Event.INTERRUPT, "lin", key, reason="停電")
        desk.do(Event.STOP, "lin", key, viewing=end, reason="停電未復")
    else:
        desk.do(Event.FINISH, "lin", key, viewing=end)
    return desk, key


def _annex_2_of(desk: BookDesk, key: str) -> str:
    told = tell(desk.book, desk.book.file(key), (), full=True)
    return squeezed("".join(paper_of(told, "annex-2").make(Desk(told, scene("viewed").issue)).texts()))


@pytest.mark.parametrize("stopped", [False, True])
def test_the_signature_of_a_viewing_stays_when_the_signer_s_name_is_put_right(*, stopped: bool) -> None:
    desk, key = _viewed_by_a_name(stopped=stopped, signed=True)
    assert "申請人簽章洪大明紙本簽名" in _annex_2_of(desk, key)
    desk.do(Event.RECTIFY, "wang", key, rectify={"what": "people/0/name", "new": "洪大銘"}, reason="誤植")
    assert "申請人簽章洪大明紙本簽名" in _annex_2_of(desk, key), "it waits for the unit head"
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    text = _annex_2_of(desk, key)
    assert "申請人簽章洪大銘紙本簽名" in text
    assert "在場人：洪大銘、" in text


def test_a_viewing_that_was_broken_off_says_that_no_signature_is_known() -> None:
    desk, key = _viewed_by_a_name(stopped=True, signed=False)
    assert "申請人簽章閱覽提前結束，未登記申請人簽章" in _annex_2_of(desk, key)
