"""The page of the access log and its file: asked in either calendar, and nothing that a spreadsheet reckons with."""

from __future__ import annotations

import csv
import io

import pytest

from appliance.web.ledger.access import asked_from, csv_of
from appliance.web.link.uses import Access
from appliance.web.messages import read_messages
from tests.web.keeper_double import START_NS, KeeperDouble
from tests.web.visitor import Visitor

MESSAGES = read_messages()


def test_days_are_read_in_either_calendar_and_what_is_none_is_named() -> None:
    asked = asked_from({"from": "113/9/27", "to": "2024-10-01", "what": "file", "person": "wang"})
    assert asked.of_keeper() == {"person": "wang", "what": "file", "from": "2024-09-27", "to": "2024-10-01"}
    assert asked_from({"from": "9/31", "what": "x", "page": "-1"}) == asked_from({"from": "9/31"})
    assert asked_from({"from": "9/31"}).unread == ("from",)
    assert asked.address(page=2).endswith("what=file&page=2")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_of_the_file_is_a_formula(start: str) -> None:
    row = Access(index=7, at_ns=START_NS, what="identifiers", names=(f"{start}HYPERLINK(1)",), reason=f'{start}cmd|"x"')
    lines = list(csv.reader(io.StringIO(csv_of([row], MESSAGES, "zh"))))
    assert lines[0] == ["時間", "人員", "事項", "案號", "內容", "紀錄簿筆次"]
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
    assert keeper.asked_accesses[-1] == {"what": "identifiers", "from": "2024-09-27", "page": 1, "per_page": 50}
    assert "顯示完整個人資料" in text
    assert "核對&lt;身分&gt;" in text
    assert "陳怡君、吳志文" in text
    assert 'href="/access/csv?from=113%2F9%2F27&amp;what=identifiers"' in text
    found = visitor.get("/access/csv")
    assert found.headers["content-type"].startswith("text/csv")
    assert found.body.startswith(b"\xef\xbb\xbf")
    assert found.body.decode("utf-8-sig").count("\r\n") == 3
    assert 'aria-current="page">存取紀錄' in text
