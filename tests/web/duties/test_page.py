"""The duty board's page: each of the four duties with its lines, their days in words, and where each leads."""

from __future__ import annotations

import re
from datetime import date

import pytest

from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import State
from appliance.rules.cases.views import DueView
from appliance.rules.duties import OF, DeskDuty
from appliance.rules.inspection.rows import TicketEvent, TicketState
from appliance.rules.registers.duties import LEADS
from appliance.web.i18n.messages import Messages, read_messages
from appliance.web.i18n.roc_time import moment_text
from appliance.web.pages.duties.rows import desk_row
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor

HOUR = 3600 * 10**9
TODAY = date(2024, 9, 27)

EVERY = (
    *(DeskDuty(sort=code, key="X", act=act, state=state) for (code, state), acts in LEADS.items() for act in acts),
    *(
        DeskDuty(sort="incidents", key="X", act=act, why=why)
        for act, why in (("report", "report"), ("notify", "notice"))
    ),
    DeskDuty(sort="incidents", key="camera-device-03", act="declare"),
    *(DeskDuty(sort="vendors", key="X", act=act, state="active") for act in ("renew", "pledge", "supervise", "stamp")),
    DeskDuty(sort="datafile", act="post"),
    *(DeskDuty(sort="camera", key="03", act=act, state=State.DRAFT) for act in Event),
    *(DeskDuty(sort="ticket", key="M1", act=act, state=TicketState.OPEN) for act in TicketEvent if act != "report"),
    DeskDuty(sort="ticket", key="picture-black-03", act="report"),
    *(DeskDuty(sort="publication", act=act, state="differs") for act in ("post", "confirm")),
    *(DeskDuty(sort="row", key="2024-09-27", act=act, state="missed") for act in ("sign", "sign_late", "stamp")),
    *(DeskDuty(sort="scan", key="113-0001", act="file", state=paper) for paper in ("form", "letter")),
    DeskDuty(sort="month", key="2024-08", act="file"),
    *(DeskDuty(sort="person", key="lin", number="林", act="pledge", why=why) for why in ("unpledged", "renewal")),
    *(DeskDuty(sort="hold", key="H1", act=act, state="requested", why="invest") for act in ("confirm", "extend")),
)


@pytest.fixture(scope="module")
def messages() -> Messages:
    return read_messages()


@pytest.mark.parametrize("duty", EVERY, ids=lambda duty: f"{duty.sort}-{duty.act}-{duty.state}")
def test_AT_07_every_duty_has_words_and_a_page(duty: DeskDuty, messages: Messages) -> None:
    assert {each.sort for each in EVERY} == set(OF)
    for lang in ("zh", "en"):
        row = desk_row(duty, messages, lang, TODAY)
        assert row.act
        assert row.what[0]
        assert row.href.startswith("/")
        assert row.state or duty.act == "report" or duty.sort in ("month", "incidents", "datafile", "person")


def test_AT_07_the_board_shows_each_of_the_four_duties_with_what_is_open_and_by_when(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    late = DueView(code="report", day="2024-09-27", mark="over")
    keeper.desk = (
        DeskDuty(sort="incidents", key="I113-0001", number="I113-0001", act="report", state="suspected", why="report",
                 role="officer", due=late, due_ns=keeper.now_ns - HOUR),
        DeskDuty(sort="camera", key="03", number="2", act="stamp", state="internal", role="unit_head"),
        DeskDuty(sort="row", key="2024-09-26", act="sign_late", state="missed", role="officer",
                 due=DueView(code="row", day="2024-09-27", mark="red")),
    )  # fmt: skip
    visitor.log_in()
    page = visitor.get("/duties").text
    mine = page.partition('id="duties-1"')[2].partition("</section>")[0]
    titles = re.findall(r'<h3 class="small-title">([^<]+)</h3>', mine)
    assert titles == ["建置及資訊公告", "巡檢及設備維護", "影音資料保存、處理及利用"]
    assert '<span class="chip">受理申請調閱</span>' in mine
    assert 'href="/register/incidents/I113-0001"><span class="duty-act">資安通報' in mine
    assert '<span class="duty-act">單位主管核章</span> <span class="duty-case">03 第 2 版</span>' in mine
    hour = moment_text(keeper.now_ns - HOUR, "zh")
    assert f"資安通報期限 {hour}" in mine, "its hour, not its day alone"
    assert 'href="/inspection/2024-09-26"><span class="duty-act">補簽</span> <span class="duty-case">113/09/26' in mine
    assert "等候陳怡君辦理" in mine
    assert not re.search(r"[（：]\d", "".join(re.findall(r"<h[23][^>]*>([^<]+)</h[23]>", page))), "counted in the menu"
    assert "待辦 3 件，其中 1 件已逾期" in visitor.get("/").text


def test_a_clock_by_the_hour_says_what_is_left_of_its_last_day(messages: Messages) -> None:
    now_ns = 1_727_416_800 * 10**9
    due = DueView(code="report", day="2024-09-27", mark="red")
    for left_ns, said in ((54 * 60 * 10**9, "54 分"), (HOUR + 60 * 10**9, "1 小時 1 分"), (-1, ""), (25 * HOUR, "")):
        duty = DeskDuty(sort="incidents", key="I1", act="report", why="report", due=due, due_ns=now_ns + left_ns)
        assert desk_row(duty, messages, "zh", TODAY, now_ns).left == said


def test_an_incident_due_within_the_hour_is_not_said_to_be_due_today(visitor: Visitor, keeper: KeeperDouble) -> None:
    due = DueView(code="report", day="2024-09-30", mark="red")
    keeper.desk = (
        DeskDuty(sort="incidents", key="I113-0001", number="I113-0001", act="report", state="suspected", why="report",
                 role="officer", due=due, due_ns=keeper.now_ns + 54 * 60 * 10**9),
    )  # fmt: skip
    visitor.log_in()
    page = visitor.get("/duties").text
    assert '<span class="until-how">剩 54 分</span>' in page
    assert "今日屆期" not in page


def test_a_fault_that_nobody_reported_leads_to_the_ticket_that_is_filled_in_with_it(messages: Messages) -> None:
    duty = DeskDuty(sort="ticket", key="picture-black-1-01", act="report", role="officer")
    row = desk_row(duty, messages, "zh", TODAY)
    assert (row.act, row.number) == ("通報維修", "監視器 1-01 畫面全黑")
    assert row.href == "/inspection/tickets/new?finding=picture-black-1-01"


def test_AT_67_what_the_machine_saw_leads_from_the_board_to_the_form_that_is_filled_in_with_it(
    messages: Messages,
) -> None:
    duty = DeskDuty(sort="incidents", key="camera-device-1-01", act="declare", role="officer")
    zh, en = (desk_row(duty, messages, lang, TODAY) for lang in ("zh", "en"))
    assert (zh.href, zh.act) == ("/register/incidents/new?seen=camera-device-1-01", "判斷是否通報事故")
    assert zh.number == messages.text("finding.camera-device", "zh", name="1-01")
    assert en.number == messages.text("finding.camera-device", "en", name="1-01")
