"""The page of what the office decides itself: two passwords, what is wrong said at its form, what was done shown."""

from __future__ import annotations

import re
from typing import Any

import pytest

from appliance.core.errors import UsageError
from appliance.rules.office_calendar import read_calendar
from appliance.web.i18n.messages import read_messages
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.visitor import Answer, Visitor

BOTH = {"password-1": PASSWORDS["officer"], "password-2": PASSWORDS["head"]}
POLICY = {"act": "1" * 32, "floor_days": "40", "target_days": "60", "document": "簽呈 113-0927"}


@pytest.fixture
def two(visitor: Visitor) -> Visitor:
    visitor.log_in()
    visitor.join()
    return visitor


def _upload(visitor: Visitor, content: bytes, **fields: str) -> Answer:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="113.csv"\r\nContent-Type: text/csv\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + content + b"\r\n--b--\r\n"
    headers = {
        "Sec-Fetch-Site": "same-origin",
        "Origin": visitor.origin,
        "Content-Type": "multipart/form-data; boundary=b",
    }
    return visitor.ask("POST", "/rules/calendar", headers, body)


def test_one_person_alone_reads_the_rules_and_gets_no_form(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/rules").text
    assert "日，保存未滿者不得銷毀" in page
    assert "變更任何一項，須有會同人員登入" in page
    assert 'action="/rules/' not in page


def test_full_width_digits_are_numbers_and_times_like_any(two: Visitor, keeper: KeeperDouble) -> None:
    wide = POLICY | {"floor_days": "４０", "target_days": " ６０ "}
    assert two.post("/rules/policy", wide | BOTH).status == 303
    told = keeper.told("rules.policy")[0]
    assert (told["floor_days"], told["target_days"]) == (40, 60)
    reading = {"act": "2" * 32, "reading": "１１３／９／２７　１４：０５", "reference": "117"}
    assert two.post("/rules/clock", reading | BOTH).status == 303


def test_two_people_who_cannot_act_together_get_no_form(visitor: Visitor) -> None:
    visitor.log_in()
    visitor.join("third")
    page = visitor.get("/rules").text
    assert "單位主管或主任核准" in page
    assert 'action="/rules/' not in page


@pytest.mark.parametrize(
    ("rolls", "words"),
    [
        ("calendar", ""),
        ("target", "以目標 45 日保存，已足涵蓋順延；惟空間不足而提前銷毀時，僅保存至最短保存期限 31 日，不及順延"),
        ("nothing", "目標 45 日不足以涵蓋順延；末日為休息日者，系統目前無從順延，請即匯入辦公日曆"),
    ],
)
def test_T_03_the_page_says_what_keeps_footage_past_days_off(
    visitor: Visitor, keeper: KeeperDouble, rolls: str, words: str
) -> None:
    keeper.rolls = rolls
    visitor.log_in()
    page = visitor.get("/rules").text
    assert words in page
    assert ("尚未匯入" in page) == bool(words)


def test_two_people_change_the_terms(two: Visitor, keeper: KeeperDouble) -> None:
    done = two.post("/rules/policy", POLICY | BOTH)
    assert (done.status, done.goes_to) == (303, "/rules?done=policy#policy")
    told = keeper.told("rules.policy")[0]
    assert (told["floor_days"], told["target_days"], told["document"]) == (40, 60, "簽呈 113-0927")
    assert told["passwords"] == {"1": PASSWORDS["officer"], "2": PASSWORDS["head"]}
    page = two.get("/rules?done=policy").text
    assert "新期限已生效" in page
    assert "最短保存期限 40 日，目標 60 日，一年上限 364 日" in page


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"password-2": "wrong"}, 403, "之密碼不符，請重新輸入"),
        ({"floor_days": "30"}, 403, "最短保存期限不得少於 31 日"),
        ({"floor_days": "a month"}, 400, "請填寫數字"),
        ({"target_days": "-1"}, 400, "請填寫數字"),
        ({"target_days": "٤٥"}, 400, "請填寫數字"),
    ],
)
def test_what_is_wrong_stands_at_the_form_and_nothing_typed_is_lost(
    two: Visitor, keeper: KeeperDouble, changes: dict[str, str], status: int, words: str
) -> None:
    answer = two.post("/rules/policy", POLICY | BOTH | changes)
    assert answer.status == status
    assert words in answer.text
    assert 'value="簽呈 113-0927"' in answer.text
    assert PASSWORDS["head"] not in answer.text
    assert re.search(r'<details class="change" open>.*?action="/rules/policy"', answer.text, re.DOTALL)
    assert keeper.policy["floor_days"] == 31


def test_a_page_that_answers_a_form_changes_its_language_without_an_error(two: Visitor) -> None:
    answer = two.post("/rules/policy", POLICY | BOTH | {"password-1": ""})
    shown_at = re.search(r'action="/language">\s*<input type="hidden" name="next" value="([^"]+)"', answer.text)
    assert shown_at is not None
    two.post("/language", {"lang": "en", "next": shown_at[1]})
    english = two.get(shown_at[1])
    assert 'lang="en"' in english.text
    assert 'value="簽呈 113-0927"' in english.text


def test_the_time_is_read_to_the_minute_and_sent_with_its_reference(two: Visitor, keeper: KeeperDouble) -> None:
    form: dict[str, Any] = {"act": "1" * 32, "reading": "113/9/27 14:00", "reference": "117", **BOTH}
    assert two.post("/rules/clock", form).goes_to == "/rules?done=clock#clock"
    assert keeper.told("rules.clock")[0]["wall_ns"] == START_NS
    assert two.post("/rules/clock", form | {"reading": "113/9/31 14:00"}).status == 400
    assert two.post("/rules/clock", form | {"reading": ""}).status == 400
    assert len(keeper.told("rules.clock")) == 1


def test_the_calendars_file_reaches_the_keeper_as_it_is(two: Visitor, keeper: KeeperDouble) -> None:
    assert _upload(two, "西元日期".encode("big5"), act="1" * 32, **BOTH).goes_to == "/rules?done=calendar#calendar"
    assert keeper.bodies == ["西元日期".encode("big5")]
    missing = two.post("/rules/calendar", {"act": "2" * 32, **BOTH})
    assert (missing.status, "請選擇檔案" in missing.text) == (400, True)


def test_a_file_that_is_no_calendar_is_told_at_its_form_however_large(two: Visitor, keeper: KeeperDouble) -> None:
    assert _upload(two, b"x" * 200_000, act="1" * 32, **BOTH).status == 303
    answer = _upload(two, b"x" * 400_000, act="2" * 32, **BOTH)
    assert (answer.status, "檔案過大" in answer.text, 'action="/rules/calendar"' in answer.text) == (400, True, True)
    assert len(keeper.bodies) == 1


def test_every_refusal_of_a_calendar_has_its_words_in_chinese() -> None:
    messages = read_messages()
    head = "西元日期,星期,是否放假,備註\n"
    for text, words in (
        (head + "20260101,四\n", "第 2 列缺少欄位"),
        (head + "20260101,四,1,\n", "第 2 列之「是否放假」"),
        (head + "20260101,四,2,\n20260101,四,0,\n", "第 3 列：2026-01-01 出現二次"),
        (head + "20990101,四,2,\n", "第 2 列之年份 2099"),
        (head + "20260231,四,2,\n", "第 2 列之日期無法辨識"),
        (head + "20260101,四,2,\n", "檔案不完整：缺少 2026-01-02"),
        ("date,isHoliday\n2026/6/6,是\n", "2026 年無任何平日放假"),
        ("date,isHoliday\n2026/6/5,是\n", "2026 年放假 105 日"),
        (head, "未含 109 年以後之任何一日"),
        ("x" * 300_000, "檔案過大"),
    ):
        with pytest.raises(UsageError) as refused:
            read_calendar(text.encode())
        assert words in messages.said(refused.value, "zh")


def test_the_brake_asks_only_while_something_waits(two: Visitor, keeper: KeeperDouble) -> None:
    assert 'action="/rules/brake"' not in two.get("/rules").text
    keeper.braked = 6912
    page = two.get("/rules").text
    assert "6,912 段影音資料等待二人確認" in page
    through = re.search(r'name="through_ns" value="(\d+)"', page)
    assert through is not None
    done = two.post("/rules/brake", {"act": "1" * 32, "through_ns": through[1], **BOTH})
    assert done.goes_to == "/rules?done=brake#brake"
    assert keeper.told("rules.brake")[0]["through_ns"] == int(through[1])


def test_a_rule_that_does_not_exist_is_not_found(two: Visitor) -> None:
    assert two.post("/rules/everything", {"act": "1" * 32, **BOTH}).status == 404


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("brake", {"through_ns": "²"}),
        ("brake", {"through_ns": "9" * 1900}),
        ("clock", {"reading": "9999-12-31 23:59", "reference": "117"}),
        ("policy", {"act": ""}),
        ("policy", {"act": "時"}),
        ("policy", {"act": "x" * 65}),
    ],
)
def test_nonsense_is_no_defect_and_reaches_nobody(
    two: Visitor, keeper: KeeperDouble, rule: str, changes: dict[str, str]
) -> None:
    keeper.braked = 3
    answer = two.post(f"/rules/{rule}", POLICY | BOTH | changes)
    assert answer.status in (303, 400, 403)
    assert [call["through_ns"] for call in keeper.told("rules.brake")] in ([], [0])
    assert keeper.told("rules.policy") == keeper.told("rules.clock") == []


def test_each_form_is_an_act_of_its_own(two: Visitor, keeper: KeeperDouble) -> None:
    keeper.braked = 3
    acts = re.findall(r'name="act" value="([0-9a-f]{32})"', two.get("/rules").text)
    assert len(acts) == len(set(acts)) == 4


def test_a_clock_that_leapt_is_said_to_be_in_doubt_although_a_service_confirms_it(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    assert "快" not in visitor.get("/rules").text
    keeper.leapt_ns = 60 * 86_400 * 10**9
    page = visitor.get("/rules").text
    assert "快 60 日" in page
    assert "系統時間未確認" in page
