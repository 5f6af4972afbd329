"""An entry of the ledger in words: what happened to a case is said by the act's own name."""

from __future__ import annotations

import re

from appliance.protocol.ledger import LedgerEntry
from appliance.rules.cases.chains import TABLES
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.ledger.text import entry_view

MESSAGES = read_messages()


def said(kind: str, lang: str = "zh", **fields: object) -> str:
    return str(entry_view(LedgerEntry(index=9, at_ns=0, kind=kind, leaf="", fields=fields), MESSAGES, lang)["sentence"])


def test_a_step_of_a_case_is_called_as_its_page_calls_it() -> None:
    assert said("case.changed", case="115-0003", event="pass_formal") == "案件 115-0003：形式審查完備"
    assert said("case.changed", "en", case="115-0003", event="issue").startswith("Case 115-0003: ")
    entered = said("correction.entered", case="115-0003", event="rectify", corrects=4)
    assert entered == "案件 115-0003：提出更正，更正第 4 筆所載，待單位主管核章"


def test_AT_73_what_was_signed_on_paper_says_so_with_its_scan() -> None:
    ink = {"at_ns": 1_796_000_000 * 10**9, "scan": "S115-0001", "sha256": "ab", "by": "cd"}
    told = said("case.changed", case="115-0003", event="stamp", ink=ink)
    assert told == "案件 115-0003：核章（紙本簽核：115/11/30 08:53，掃描檔 S115-0001）"
    assert "signed on paper" in said("hold.confirmed", "en", hold="H115-0001", ink=ink)


def test_no_entry_of_a_case_is_shown_as_a_code() -> None:
    for row in {row.id: row for table in TABLES.values() for row in table}.values():
        assert not re.search("[a-z]", said(row.kind, case="115-0003", event=str(row.event))), row.id


def test_a_use_of_a_case_and_a_day_are_told_in_the_reader_s_words() -> None:
    assert said("case.used", case="115-0003", what="page") == "案件 115-0003：檢視案件"
    assert said("case.used", "en", case="115-0003", what="page") == "Case 115-0003: Case looked at"
    assert said("inspection.begun", day="2026-12-01") == "檢查日誌 115/12/01 已增列"
    assert said("inspection.begun", "en", day="2026-12-01") == "The inspection log has its row for 2026-12-01"


def test_a_case_is_told_by_its_number_and_only_without_one_by_its_key() -> None:
    for number, told in (("113調-民-0001", "113調-民-0001"), ("", "113-0001")):
        entry = LedgerEntry(index=9, at_ns=0, kind="case.closed", fields={"case": "113-0001"}, number=number)
        shown = entry_view(entry, MESSAGES, "zh")
        assert f"案件 {told}" in shown["sentence"]


def test_a_copy_on_a_medium_is_told_apart_from_one_that_is_viewed() -> None:
    of = {"case": "115-0003", "copy": "c0"}
    assert said("copy.made", **of) == "案件 115-0003 製作閱覽用複本（c0）"
    assert said("copy.made", **of, medium="D115-0001") == "案件 115-0003 製作提供機關之複本（c0）於媒體 D115-0001"
    assert said("copy.read", **of, medium="D115-0001", equal=True, wrong=[]).endswith("與寫入內容相符")
    told = said("copy.read", "en", **of, medium="D115-0001", equal=False, wrong=["copy-115-0003.zip"])
    assert told.endswith("not as written: 1")
    assert "nothing stayed here" in said("copy.destroyed", "en", **of, medium="D115-0001")
