"""The list of blank forms, and each of them as a file."""

from __future__ import annotations

import io
import re
import zipfile

import msgspec
import pytest

from appliance.papers.sheets.forms import FORMS
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.receipt import receipt
from appliance.rules.packs.shipped import shipped_pack
from appliance.web.i18n.messages import read_messages
from appliance.web.keeper_client.answers import Case
from appliance.web.pages.papers.page import receipt_for
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor


def test_every_form_is_listed_in_both_languages_with_both_its_files(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    zh = visitor.get("/papers").text
    visitor.post("/language", {"lang": "en", "next": "/papers"})
    en = visitor.get("/papers").text
    messages = read_messages()
    for form in FORMS:
        for lang, page in (("zh", zh), ("en", en)):
            assert messages.text(f"paper.{form.code}", lang).replace("'", "&#39;") in page
            for kind in ("pdf", "odt"):
                assert f'href="/papers/{form.code}/{kind}"' in page
    assert 'href="/papers" aria-current="page"' in zh


def test_forms_are_behind_the_log_in(visitor: Visitor, keeper: KeeperDouble) -> None:
    assert visitor.get("/papers").goes_to == "/login?next=%2Fpapers"
    assert visitor.get("/papers/annex-3/pdf").status == 303


def test_an_odt_is_the_office_s_blank_form_under_its_chinese_name(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    answer = visitor.get("/papers/annex-3/odt")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/vnd.oasis.opendocument.text"
    assert re.search(r"filename\*=UTF-8''%E9%99%84%E4%BB%B63-.*\.odt", answer.headers["content-disposition"])
    assert "錄影監視系統調閱申請書(所內)" in zipfile.ZipFile(io.BytesIO(answer.body)).read("content.xml").decode()


@pytest.mark.papers
def test_a_pdf_is_printed_once_and_then_kept(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    first = visitor.get("/papers/annex-4/pdf")
    assert (first.status, first.headers["content-type"]) == (200, "application/pdf")
    assert first.body.startswith(b"%PDF-")
    assert first.headers["cache-control"] == "no-store"
    assert visitor.get("/papers/annex-4/pdf").body == first.body


@pytest.mark.parametrize("path", ["/papers/annex-9/pdf", "/papers/annex-3/doc"])
def test_what_is_no_form_is_not_found(path: str, visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert visitor.get(path).status == 404


# --- the receipt of a case ---

HOUR_NS = 3600 * 1_000_000_000
CASE = Case(
    case="113-0001",
    state="received",
    cameras=("1-01", "1-02"),
    start_ns=1_727_416_800_000_000_000,
    end_ns=1_727_416_800_000_000_000 + HOUR_NS,
    kept_start_ns=1_727_416_800_000_000_000 - HOUR_NS // 6,
    kept_end_ns=1_727_416_800_000_000_000 + HOUR_NS * 7 // 6,
    received_ns=1_727_676_000_000_000_000,
    received_by="陳怡君",
    received_person="officer",
)


def words_of(case: Case) -> str:
    return str(receipt(receipt_for(case, {"1-01": "一樓大廳"}), Issue(pack=shipped_pack())))


def test_a_receipt_says_number_time_who_received_and_what_is_kept_until_when() -> None:
    words = words_of(CASE)
    for said in (
        "113-0001",
        "113 年 9 月 30 日",
        "陳怡君",
        "電子簽章",
        "13 時 50 分 ~ 15 時 10 分",
        "一樓大廳",
        "1-02",
    ):
        assert said in words, said
    assert "本案結案時" in words


def test_the_receipt_of_a_closed_case_has_the_last_day_of_its_pin() -> None:
    refused = msgspec.structs.replace(CASE, closed_ns=CASE.received_ns, pin_until_ns=CASE.received_ns + 240 * HOUR_NS)
    assert "113 年 10 月 10 日" in words_of(refused)
    assert "本案結案時" not in words_of(refused)


def test_a_record_that_was_erased_leaves_the_sign_box_to_ink() -> None:
    assert "電子簽章" not in words_of(msgspec.structs.replace(CASE, received_by="", received_person=""))


@pytest.mark.papers
def test_the_page_of_a_case_leads_to_its_receipt(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    case = visitor.receive().removeprefix("/cases/")
    path = f"/cases/{case}/receipt"
    assert f'href="{path}.pdf"' in visitor.get(f"/cases/{case}").text
    assert visitor.get(f"{path}.pdf").body.startswith(b"%PDF-")
    content = zipfile.ZipFile(io.BytesIO(visitor.get(f"{path}.odt").body)).read("content.xml").decode()
    assert case in content
    assert visitor.get(f"{path}.doc").status == 404
    assert visitor.get("/cases/113-9999/receipt.pdf").status == 404
