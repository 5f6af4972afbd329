"""The record of live looks as a paper: it says of how many looks it has how many, and nothing is cut in silence."""

from __future__ import annotations

import pytest

from appliance.papers.sheets.sheet import MAX_CHARACTERS
from appliance.protocol.live import LiveRecord, LiveRecords
from appliance.rules.live import MOST_WORDS
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.live.records import record_sheet
from tests.papers.samples import ISSUE, at_ns

MESSAGES = read_messages()
MOST = 200
"""So many the keeper tells at most."""


def look(number: int, purpose: str = "瞭解等候情形", reasons: tuple[str, ...] = ()) -> LiveRecord:
    began_ns = at_ns(11, 24, 9, 5) - number * 3_600_000_000_000
    return LiveRecord(
        entry=1000 - number, began_ns=began_ns, by="director", display="蔡文德", ground="service", basis="",
        cameras=("1-01", "1-02"), purpose=f"{purpose}{number:03d}", reasons=reasons,
        ended_ns=began_ns + 600_000_000_000, cause="person",
    )  # fmt: skip


def words_of(told: LiveRecords) -> str:
    return "\n".join(record_sheet(told, MESSAGES, ISSUE).texts())


@pytest.mark.parametrize(("count", "said"), [
    (0, "內容均出自稽核紀錄簿。"),
    (3, "共 3 次；新者在前，內容均出自稽核紀錄簿。"),
    (5, "共 5 次，本紀錄僅列最近 3 次，更早之 2 次載於稽核紀錄簿；新者在前，內容均出自稽核紀錄簿。"),
])  # fmt: skip
def test_D_28_the_record_says_how_many_looks_there_were_and_how_many_it_has(count: int, said: str) -> None:
    words = words_of(LiveRecords([look(number) for number in range(min(count, 3))], count))
    assert said in words
    assert words.count("瞭解等候情形") == min(count, 3)
    assert ("尚無即時檢視" in words) == (not count)


def test_D_28_what_a_paper_cannot_hold_is_counted_on_it() -> None:
    """The longest purposes that can be typed, of as many looks as the keeper tells of."""
    whole = [look(number, "瞭" * (MOST_WORDS - 3)) for number in range(MOST)]
    words = words_of(LiveRecords(whole, MOST + 50))
    shown = sum(each.purpose in words for each in whole)
    assert 100 < shown < MOST
    assert all(each.purpose in words for each in whole[:shown]), "the newest, none left out between"
    assert f"共 250 次，本紀錄僅列最近 {shown} 次，更早之 {250 - shown} 次載於稽核紀錄簿；" in words
    assert len(words) <= MAX_CHARACTERS


def test_D_28_a_look_that_fills_a_paper_alone_is_on_it() -> None:
    """Of nothing but a look that went on all day the record does not say that nobody looked."""
    reasons = tuple("續" * MOST_WORDS for _ in range(190))
    words = words_of(LiveRecords([look(0, reasons=reasons), look(1)], 2))
    assert "瞭解等候情形000" in words
    assert "共 2 次，本紀錄僅列最近 1 次，更早之 1 次載於稽核紀錄簿；" in words
