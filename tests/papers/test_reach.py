"""How the office is reached, as its papers say it, and the sentences of its letters: nothing that is not so."""

from __future__ import annotations

import re

import msgspec
import pytest

from appliance.papers.from_cases.making import papers_for
from appliance.papers.sheets.forms import FORMS
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.sheet import Sheet, Words
from tests.papers.case_scenes import SCENES, scene
from tests.papers.reading import squeezed
from tests.papers.samples import ISSUE, PACK

pytestmark = pytest.mark.papers


def _sheets(name: str, **office: str) -> list[Sheet]:
    desk = scene(name)
    pack = msgspec.structs.replace(PACK, office=msgspec.structs.replace(PACK.office, **office))
    told, issue = desk.told, msgspec.structs.replace(ISSUE, pack=pack)
    return [paper.make(desk._replace(issue=issue)) for paper in papers_for(told)]


def _text(sheet: Sheet) -> str:
    return squeezed("\n".join(sheet.texts()))


@pytest.mark.parametrize("name", SCENES)
def test_papers_name_no_telephone_or_address_that_the_pack_lacks_and_ask_nobody_to_call(name: str) -> None:
    assert PACK.office.phone == PACK.office.address == "", "as the pack comes with the recorder"
    for sheet in _sheets(name):
        office = [line for line in map(squeezed, sheet.texts()) if "聯絡電話" not in line]
        assert not [line for line in office if line.endswith(("電話：", "地址："))], sheet.code
        assert not any(word in _text(sheet) for word in ("來電", "電話聯繫")), sheet.code


def test_papers_name_the_telephone_and_address_that_the_pack_has() -> None:
    slips = list(_sheets("viewed", phone="(02)2306-2706", address="和平西路三段120號"))
    letters = list(_sheets("refused", phone="(02)2306-2706", address="和平西路三段120號"))
    for sheet in (*slips, *letters):
        if sheet.code in ("收件收據", "閱覽約定單"):
            assert "電話：(02)2306-2706和平西路三段120號" in _text(sheet)
        elif "通知" in sheet.code:
            assert "地址：和平西路三段120號" in _text(sheet)
            assert "電話：(02)2306-2706" in _text(sheet)


REASONED = (
    "refused", "partly", "dismissed", "redirected", "letter redirected", "letter refused", "letter refused by range",
    "letter granted in part", "copy withheld", "copy withheld in part", "extended",
)  # fmt: skip


def _reasons(sheet: Sheet) -> list[str]:
    """What a letter says under 理由: the paragraphs of that part."""
    lines = [line.text for block in sheet.blocks if isinstance(block, Words) for line in block.lines]
    found, inside = list[str](), False
    for line in lines:
        line = re.sub(r"^[一二三四五六七八九十]+、", "", line)
        if "理由：" in line[:9]:
            inside = True
            found.append(line)
        elif inside and line.startswith(("法令依據", "救濟", "正本")):
            inside = False
        elif inside or "展延事由" in line:
            found.append(line)
    return [line for line in found if not line.endswith("理由：")]


@pytest.mark.parametrize("name", REASONED)
def test_a_reason_in_a_letter_is_a_sentence_that_ends_once(name: str) -> None:
    letters = [sheet for sheet in _sheets(name) if _reasons(sheet)]
    assert letters
    for sheet in letters:
        for line in _reasons(sheet):
            assert line.endswith("。"), line
            assert "。。" not in line


def test_an_empty_form_names_no_telephone_that_there_is_not() -> None:
    for form in FORMS:
        sheet = form.blank(Issue(pack=PACK))
        assert not [line for line in sheet.texts() if line.strip() in ("電話：", "地址：")], form.code
