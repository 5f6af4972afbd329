"""The list of blank forms, and each of them as a file."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from appliance.papers.sheets.forms import FORMS
from appliance.web.i18n.messages import read_messages
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
