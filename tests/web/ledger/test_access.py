"""The page of the access log and its file: asked in either calendar, and nothing that a spreadsheet reckons with."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest

from appliance.protocol.access import AccessQuery, AccessRow
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.ledger.access import asked_from, csv_of
from tests.web.keeper_double import START_NS, KeeperDouble
from tests.web.visitor import Visitor

MESSAGES = read_messages()


def test_days_are_read_in_either_calendar_and_what_is_none_is_named() -> None:
    asked = asked_from({"from": "113/9/27", "to": "2024-10-01", "what": "file", "person": "wang"})
    assert asked.query("s", 2, 50) == AccessQuery(
        session="s", person="wang", what="file", first="2024-09-27", last="2024-10-01", page=2
    )
    assert asked_from({"from": "9/31", "what": "x", "page": "-1"}) == asked_from({"from": "9/31"})
    assert asked_from({"from": "9/31"}).unread == ("from",)
    assert asked.address(page=2).endswith("what=file&page=2")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_of_the_file_is_a_formula(start: str) -> None:
    row = AccessRow(
        index=7, at_ns=START_NS, what="identifiers", names=(f"{start}HYPERLINK(1)",), reason=f'{start}cmd|"x"'
    )
    lines = list(csv.reader(io.StringIO(csv_of([row], MESSAGES, "zh"))))
    assert lines[0] == ["時間", "人員", "事項", "案號", "內容", "稽核紀錄簿筆號"]
    assert [cell[:2] for cell in (lines[1][1], lines[1][4])] == [f"'{start}"] * 2
    assert lines[1][5] == "7"


def test_the_page_shows_who_looked_at_what_and_offers_the_file(visitor: Visitor, keeper: KeeperDouble) -> None:
    keeper.accesses = [
        {"index": 9, "at_ns": START_NS, "what": "identifiers", "names": ["陳怡君"], "case": "113-0001",
         "number": "113調-民-0001", "reason": "核對<身分>"},
        {"index": 8, "at_ns": START_NS, "what": "viewing", "names": ["陳怡君", "吳志文"], "case": "113-0001",
         "number": "113調-民-0001", "spans": [["1-01", START_NS, START_NS + 60 * 10**9]]},
    ]  # fmt: skip
    visitor.log_in()
    text = visitor.get("/access?from=113/9/27&what=identifiers").text
    asked = AccessQuery(session=keeper.told("access.log")[-1]["session"], what="identifiers", first="2024-09-27")
    assert keeper.told("access.log")[-1] == msgspec.structs.asdict(asked)
    assert "顯示完整個人資料" in text
    assert "核對&lt;身分&gt;" in text
    assert "陳怡君、吳志文" in text
    assert 'href="/access/csv?from=113%2F9%2F27&amp;what=identifiers"' in text
    found = visitor.get("/access/csv")
    assert found.headers["content-type"].startswith("text/csv")
    assert found.body.startswith(b"\xef\xbb\xbf")
    assert found.body.decode("utf-8-sig").count("\r\n") == 3
    assert 'aria-current="page">存取紀錄' in text


def test_two_log_ins_and_two_looks_at_pictures_are_told_apart() -> None:
    """A line that says no more than what sort it is looks like every other of its sort."""
    rows = [
        AccessRow(index=1, at_ns=START_NS, what="login", names=("陳怡君",), seat=1),
        AccessRow(index=2, at_ns=START_NS, what="login", names=("林志明",), seat=2),
        AccessRow(index=3, at_ns=START_NS, what="picture", purpose="preview", cameras=("03",), thing="1"),
        AccessRow(index=4, at_ns=START_NS, what="picture", purpose="reference", cameras=("03",), thing="1"),
        AccessRow(index=5, at_ns=START_NS, what="picture", purpose="reference-look", cameras=("03",), thing="03-R1"),
        AccessRow(
            index=6, at_ns=START_NS, what="picture", purpose="inspection", cameras=("01", "02"), thing="2024-09-27"
        ),
    ]
    lines = list(csv.reader(io.StringIO(csv_of(rows, MESSAGES, "zh"))))[1:]
    assert [line[4] for line in lines] == [
        "單獨登入",
        "會同人員共同登入",
        "設置前預覽；03 第 1 版",
        "擷取參考畫面；03 第 1 版",
        "開啟參考畫面；03 03-R1",
        "每日巡檢；01、02 113/09/27",
    ]
