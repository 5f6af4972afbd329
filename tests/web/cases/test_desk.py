"""The list of cases and the duty board, over the rules themselves."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from appliance.rules.cases.notices import NoticeView
from appliance.rules.cases.rows import Event
from appliance.rules.cases.views import DueView
from appliance.rules.duties import DeskDuty
from tests.web.case_lives import Life
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor

DAY = 86_400 * 1_000_000_000


def cases(keeper: KeeperDouble) -> dict[str, Life]:
    """One of each kind, some days apart."""
    citizen = Life(keeper, "CIT").to("checking")
    keeper.now_ns += 4 * DAY
    staff = Life(keeper, "INT").to("received")
    keeper.now_ns += 5 * DAY
    call = Life(keeper, "AGY").do(Event.PRESERVE)
    return {"citizen": citizen, "staff": staff, "call": call}


def listed(visitor: Visitor, address: str = "/cases") -> list[str]:
    return re.findall(r'class="row-link" href="/cases/([^"]+)"', visitor.get(quote(address, safe="/?=&")).text)


def test_a_list_without_cases_says_what_to_do_next(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/cases").text
    assert "尚無案件" in page
    assert page.count('href="/cases/new"') == 2
    assert "清除條件" in visitor.get("/cases?text=nothing").text


def test_all_kinds_stand_in_one_list_with_masked_names_state_and_due_day(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    made = cases(keeper)
    visitor.log_in()
    page = visitor.get("/cases").text
    assert listed(visitor) == [made["call"].called, made["staff"].called, made["citizen"].called]
    assert "陳○治" in page
    assert "陳𤆬治" not in page
    for words in ("113調-民-0001", "113調-內-0001", "管理人審查", "先行保全（待補函）", "民眾調閱", "機關調閱", "3 件"):
        assert words in page, words
    assert "核定期限 113/10/11" in page
    assert "113/09/27 14:00–14:40" in page


def test_a_case_whose_record_cannot_be_read_has_a_row_that_says_so_and_what_to_do(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    Life(keeper, "CIT").to("checking")
    keeper.unreadable = ("113-0099",)
    visitor.log_in()
    page = visitor.get("/cases").text
    row = page.partition('<tr class="row-damaged">')[2].partition("</tr>")[0]
    assert "113-0099" in row
    assert "案卷無法讀取" in row
    assert "appliance verify" in row
    assert "href" not in row, "there is nothing to open"
    assert "2 件" in page


def test_a_list_is_searched_by_words_kind_state_camera_person_and_days_in_either_calendar(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    made = cases(keeper)
    visitor.log_in()
    citizen, staff, call = (made[name].called for name in ("citizen", "staff", "call"))
    assert listed(visitor, "/cases?text=113調-民-0001") == [citizen]
    assert listed(visitor, "/cases?person=王小明") == [staff]
    assert listed(visitor, "/cases?kind=AGY") == listed(visitor, "/cases?state=preserved") == [call]
    assert listed(visitor, "/cases?camera=1-02") == [call, citizen]
    assert listed(visitor, "/cases?from=1131004&to=2024-10-04") == [staff]
    assert listed(visitor, "/cases?order=due") == [staff, citizen, call]
    found = visitor.get("/cases?from=soon")
    assert "無法辨識「soon」，未依此日期篩選" in found.text
    assert '<option value="preserved">先行保全（待補函）（1 件）</option>' in found.text


def test_a_long_list_goes_on_page_by_page_and_keeps_what_was_searched(visitor: Visitor, keeper: KeeperDouble) -> None:
    for _ in range(51):
        Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in()
    first = visitor.get("/cases?kind=CIT").text
    assert "51 件 · 第 1／2 頁" in first
    assert 'rel="next" href="/cases?kind=CIT&amp;page=2"' in first
    assert len(listed(visitor, "/cases?kind=CIT&page=2")) == 1
    assert len(listed(visitor, "/cases?kind=CIT&page=99")) == 1


def test_at_07_the_board_shows_each_person_what_waits_and_what_is_overdue_for_others(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    made = cases(keeper)
    keeper.now_ns += 2 * DAY
    visitor.log_in()
    visitor.join("manager")
    page = visitor.get("/duties").text
    officer, manager, others = re.split(r'id="duties-(?:2|others)"', page)
    assert "等候陳怡君辦理" in officer
    assert f'href="/cases/{made["call"].key}?duty=receive_letter"><span class="duty-act">來函收文' in officer
    assert "等候吳志文辦理" in manager
    assert "擬辦送核" in manager
    assert "以系統管理人身分" in manager
    assert "申請單位主管核章" in others
    assert "等候申請單位主管" in others
    assert '<li class="duty" data-mark="none">' in officer
    assert '<li class="duty" data-mark="red">' in others


def test_the_most_urgent_waits_first_in_colour_and_in_words(visitor: Visitor, keeper: KeeperDouble) -> None:
    old = Life(keeper, "CIT").to("checking")
    keeper.now_ns += 12 * DAY
    new = Life(keeper, "CIT").to("checking")
    keeper.now_ns += 5 * DAY
    visitor.log_in("manager")
    page = visitor.get("/duties").text
    assert page.index(old.called) < page.index(new.called)
    assert "已逾期 2 日" in page
    assert '<li class="duty" data-mark="over">' in page


def test_AT_07_a_duty_is_named_by_its_step_and_by_no_outcome_of_it(visitor: Visitor, keeper: KeeperDouble) -> None:
    decided, received = Life(keeper, "CIT").to("decision"), Life(keeper, "CIT").do(Event.RECEIVE)
    visitor.log_in("director")
    assert f'href="{decided.path}?duty=grant"><span class="duty-act">核定</span>' in visitor.get("/duties").text
    visitor.join("officer")
    page = visitor.get("/duties").text
    assert f'href="{received.path}?duty=pass_formal"><span class="duty-act">形式審查</span>' in page


def test_AT_07_a_viewing_that_nobody_came_to_is_booked_anew_from_the_board(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    way = (Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE)
    life = Life(keeper, "CIT").to("decision").do(*way)
    keeper.now_ns += 2 * DAY
    visitor.log_in()
    assert f'href="{life.path}?duty=schedule"' in visitor.get("/duties").text
    page = visitor.get(life.path).text
    assert '<h2 id="next-title">更改約定時間</h2>' in page


@pytest.mark.parametrize("booked", [(), (Event.SCHEDULE,)])
def test_D_11_what_nobody_came_to_view_in_its_term_lapses_and_is_booked_no_more(
    visitor: Visitor, keeper: KeeperDouble, booked: tuple[Event, ...]
) -> None:
    life = Life(keeper, "CIT").to("decision").do(Event.GRANT, Event.ISSUE, Event.NOTIFY, *booked)
    keeper.now_ns += 31 * DAY
    visitor.log_in()
    page = visitor.get(life.path).text
    assert '<h2 id="next-title">逾期未閱，核准失效</h2>' in page
    assert "form-schedule" not in page, "no day mends it"
    assert "已逾閱覽期限" in page


def test_AT_07_cases_and_scans_stand_in_one_order_the_most_urgent_first(visitor: Visitor, keeper: KeeperDouble) -> None:
    case = Life(keeper, "CIT").do(Event.RECEIVE)
    late = DueView(code="answer", day="2024-10-01", mark="over")
    soon = DueView(code="answer", day="2024-09-30", mark="amber")
    keeper.desk = tuple(
        DeskDuty(sort="scan", key=key, number=key, act="file", state="form", role="officer", due=due)
        for key, due in (("113-9001", None), ("113-9002", soon), ("113-9003", late))
    )
    visitor.log_in()
    page = visitor.get("/duties").text
    assert sorted(("113-9003", "113-9002", case.called, "113-9001"), key=page.index) == [
        "113-9003", "113-9002", case.called, "113-9001",
    ]  # fmt: skip


def test_the_first_page_leads_to_the_board_with_a_count(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("manager")
    assert "目前無待辦事項" in visitor.get("/").text
    Life(keeper, "CIT").to("checking")
    assert "待辦 1 件<" in visitor.get("/").text
    keeper.now_ns += 17 * DAY
    page = visitor.get("/").text
    assert "待辦 1 件，其中 1 件已逾期" in page
    assert 'href="/duties" data-mark="over"' in page


def test_a_colleague_begins_at_the_board_and_may_file_the_own_request(visitor: Visitor) -> None:
    visitor.log_in("clerk")
    assert visitor.get("/").goes_to == "/duties"
    page = visitor.get("/duties").text
    assert "目前無等候王小明辦理之事項" in page
    assert 'href="/cases/new/staff"' in page
    assert 'href="/cases/new"' not in page


def test_T_33_the_board_shows_notices_and_the_holds_that_wait_for_the_director(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "AGY").do(Event.RECEIVE_LETTER)
    keeper.notices = (
        NoticeView(case=life.key, code="director", number="113調-機-0001", day="2024-09-28"),
        NoticeView(case=life.key, code="returned", number="113調-機-0001", day="2024-09-28", words="請補述必要性"),
    )
    keeper.desk = (DeskDuty(sort="hold", key="H113-0001", number="H113-0001", act="confirm", why="invest"),)
    visitor.log_in("director")
    mine = visitor.get("/duties").text.partition('id="duties-1"')[2].partition("</section>")[0]
    assert "影音資料保存、處理及利用</h3>" in mine
    assert '<a class="duty-link" href="/holds/H113-0001"><span class="duty-act">核定保全' in mine
    assert "知會事項（2）" in mine
    assert "法院或檢察官命提出或扣押，請主任知悉" in mine
    assert "退回：請補述必要性" in mine
