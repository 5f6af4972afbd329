"""Daily statements and certificates as pages and papers: lists, figures in words, the signed file."""

from __future__ import annotations

import html
import re

import pytest

from appliance.core.errors import NotFound
from appliance.web.i18n.messages import read_messages
from appliance.web.site.routes import ROUTES
from tests.web.keeper_double import KeeperDouble
from tests.web.statement_figures import DONE, ORDERED, ORDERED_BUCKETS
from tests.web.visitor import Visitor


def words(text: str) -> str:
    """What a reader sees, on one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.fixture
def officer(visitor: Visitor) -> Visitor:
    visitor.log_in()
    return visitor


def in_english(visitor: Visitor) -> None:
    visitor.post("/language", {"lang": "en", "next": "/"})


def test_the_navigation_leads_to_the_list_of_a_month(officer: Visitor, keeper: KeeperDouble) -> None:
    assert 'href="/statements"' in officer.get("/ledger").text
    page = officer.get("/statements")
    assert "民國113年9月" in page.text
    assert [day for day in keeper.statement_days if f'href="/statements/{day}"' in page.text] == keeper.statement_days[
        :3
    ]
    assert "逾期 2 日製表" in words(page.text)
    assert 'aria-current="page"' in page.text
    assert 'href="/statements/2024-08-31"' in officer.get("/statements?month=2024-08").text


@pytest.mark.parametrize("month", ["2024-13", "x", "2024-9", "../..", "%EF%BC%92024-09"])
def test_a_month_that_is_none_is_the_last_one(officer: Visitor, keeper: KeeperDouble, month: str) -> None:
    assert officer.get(f"/statements?month={month}").status == 200
    assert keeper.told("statements")[-1]["month"] == ""


def test_before_the_first_statement_the_page_says_when_it_comes(officer: Visitor, keeper: KeeperDouble) -> None:
    keeper.statement_days = []
    assert "尚無日報" in officer.get("/statements").text


def test_the_paper_says_who_when_what_and_how_to_check_it(officer: Visitor) -> None:
    text = words(officer.get("/statements/2024-09-27").text)
    for said in (
        "臺北市萬華區戶政事務所",
        "影音資料保存日報",
        "民國113年9月27日",
        "第 90 筆",
        "逾期 2 日製表",
        "最短保存期限 31 日，目標 45 日，一年上限 364 日",
        "尚無預估",
        "異動 1 次（稽核紀錄簿第 66 筆）",
        "停電 1 段 4 分",
        "檔案覆寫（不保證完全抹除）",
        "保全解除或逾期失效 113-0002",
        "第 74 筆 等 3 筆",
        "當日期滿覆蓋之銷毀紀錄： 第 70 筆",
        "--extract 20240927.statement",
        "ab" * 32,
        "承辦人",
        "單位主管",
        "不含個人資料",
    ):
        assert said in text, said
    assert "51 日" in words(officer.get("/statements/2024-09-28").text)


def test_the_paper_is_there_in_english_too(officer: Visitor) -> None:
    in_english(officer)
    text = words(officer.get("/statements/2024-09-27").text)
    for said in ("Daily retention statement", "2024-09-27", "no forecast yet", "Section chief", "power cut: 1, 4 min"):
        assert said in text, said


def test_a_statement_leads_to_its_certificates_and_they_to_each_item(officer: Visitor) -> None:
    day = officer.get("/statements/2024-09-27").text
    assert f'href="/destructions/{DONE}"' in day
    assert f'href="/destructions/{ORDERED}"' in day
    whole = officer.get(f"/destructions/{ORDERED}").text
    assert 'href="/statements/2024-09-27"' in whole
    for bucket in ORDERED_BUCKETS:
        assert f'href="/destructions/{ORDERED}/{bucket}"' in whole
    item = words(officer.get(f"/destructions/{ORDERED}/{ORDERED_BUCKETS[1]}").text)
    for said in (
        "影音資料銷毀紀錄",
        ORDERED_BUCKETS[1],
        "1-01",
        "保全解除或逾期失效 113-0002",
        f"稽核紀錄簿第 {ORDERED - 1} 筆",
        f"稽核紀錄簿第 {ORDERED} 筆",
        "12" * 32,
        "金鑰庫第 61 代",
        "已確認金鑰庫無該金鑰",
        "承辦人",
    ):
        assert said in item, said


def test_the_paper_of_a_bucket_whose_key_was_lost_before_claims_no_destruction_of_it(officer: Visitor) -> None:
    lost, other = (words(officer.get(f"/destructions/{DONE}/{bucket}").text) for bucket in ORDERED_BUCKETS)
    assert "該段金鑰先前已喪失" in lost
    assert "金鑰庫第 61 代" not in lost
    assert "該段金鑰先前已喪失" not in other
    assert "金鑰庫第 61 代" in other


def test_the_signed_file_is_the_ledgers_own_words(officer: Visitor) -> None:
    answer = officer.get("/statements/2024-09-27/signed")
    assert answer.text.startswith("office-recorder/extract/v1\n")
    assert 'filename="20240927.statement"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/statements/2024-09-30",
        "/statements/x",
        "/statements/2024-09-27x/signed",
        "/destructions/x",
        "/destructions/1234567890123",
        f"/destructions/{ORDERED}/{'0' * 31}1",
    ],
)
def test_what_is_not_there_is_not_found(officer: Visitor, keeper: KeeperDouble, path: str) -> None:
    assert officer.get(path).status == 404


def test_an_entry_that_is_no_certificate_is_not_found(officer: Visitor, keeper: KeeperDouble) -> None:
    keeper.fail_next["certificate"] = NotFound("ledger entry 3: is no certificate of a destruction")
    assert officer.get("/destructions/3").status == 404


def test_every_state_of_the_floor_has_its_words() -> None:
    messages = read_messages()
    for state in ("kept", "young", "short", "retired"):
        assert f"statement.floor-{state}" in messages
    assert {route.path for route in ROUTES if route.handler.__module__.endswith(".statements")} == {
        "/statements",
        "/statements/{day}",
        "/statements/{day}/signed",
        "/destructions/{done}",
        "/destructions/{done}/{bucket}",
    }
