"""What is on a sheet is on its PDF and in its ODT, cell by cell; and nothing that was typed is ever markup."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from appliance.core.errors import UsageError
from appliance.papers.sheets.forms import FORMS
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.odt import odt_of
from appliance.papers.sheets.printer import Printer
from appliance.papers.sheets.sheet import Grid, Sheet
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.templates import Templates
from tests.papers.reading import ReadCell, odt_cells, odt_words, page_texts, pdf_cells, pdf_fonts, pdf_words, squeezed
from tests.papers.samples import BLANK, ISSUE, PACK, RARE, filled

pytestmark = pytest.mark.papers

SHEETS = {f"{code}-filled": sheet for code, sheet in filled().items()}
SHEETS |= {f"{form.code}-blank": form.blank(BLANK) for form in FORMS}
PAGES = {name: 2 if name.startswith("annex-2") else 1 for name in SHEETS}
KAI = {"TW-Kai", "TW-Kai-Ext-B"}
INJECTION = "<b>粗</b>{{ 7*7 }}{% raw %}&amp;&#65;<img src=x>]]></p><script>"


def _sheet_cells(sheet: Sheet) -> list[list[ReadCell]]:
    rows = [row for block in sheet.blocks if isinstance(block, Grid) for row in block.rows]
    return [
        [ReadCell(tuple(squeezed(line.text) for line in cell.lines), cell.columns) for cell in row.cells]
        for row in rows
    ]


def _body(sheet: Sheet) -> str:
    texts = list(sheet._replace(banner="", foot=()).texts())
    return squeezed("".join(texts))


@pytest.mark.parametrize("name", SHEETS)
def test_pdf_and_odt_hold_what_the_sheet_holds_cell_by_cell(
    name: str, printer: Printer, templates: Templates, tmp_path: Path
) -> None:
    sheet = SHEETS[name]
    printed, odt = printer.print(sheet), odt_of(sheet, templates)
    assert (printed.pages, printed.missing) == (PAGES[name], ())
    assert pdf_cells(printed.pdf, tmp_path) == _sheet_cells(sheet)
    assert pdf_words(printed.pdf, tmp_path) == _body(sheet)
    # An empty cell is one empty paragraph in an ODT.
    assert odt_cells(odt) == [
        [cell if cell.lines else cell._replace(lines=("",)) for cell in row] for row in _sheet_cells(sheet)
    ]
    assert odt_words(odt) == _body(sheet)
    assert pdf_fonts(printed.pdf, tmp_path) <= KAI
    pages = page_texts(printed.pdf, tmp_path)
    for at, text in enumerate(pages, 1):
        assert all(squeezed(line) in text for line in sheet.foot)
        assert f"第{at}頁／共{len(pages)}頁" in text


def test_a_trial_says_so_on_every_page_of_every_paper(printer: Printer, templates: Templates, tmp_path: Path) -> None:
    sheets = [form.blank(Issue(pack=PACK, trial=True)) for form in FORMS]
    assert all(sheet.banner.startswith("訓練") for sheet in sheets)
    pages = page_texts(printer.print(sheets[1]).pdf, tmp_path)
    assert len(pages) == 2
    assert all(squeezed(sheets[1].banner) in page for page in pages)
    styles = zipfile.ZipFile(io.BytesIO(odt_of(sheets[1], templates))).read("styles.xml").decode()
    assert sheets[1].banner in styles.partition("<style:header>")[2].partition("</style:header>")[0]


def test_what_was_typed_is_printed_as_it_was_typed(printer: Printer, templates: Templates, tmp_path: Path) -> None:
    sheet = staff_request(StaffRequest(applicant=INJECTION, reason=INJECTION, viewers=(INJECTION,)), ISSUE)
    printed = printer.print(sheet)
    assert pdf_cells(printed.pdf, tmp_path) == _sheet_cells(sheet)
    assert pdf_words(printed.pdf, tmp_path).count(squeezed(INJECTION)) == 3
    assert odt_words(odt_of(sheet, templates)).count(squeezed(INJECTION)) == 3


def test_forty_lines_of_reason_and_long_names_go_on_to_further_pages(printer: Printer, tmp_path: Path) -> None:
    reason = "\n".join(f"第{at}點　於櫃檯辦理登記時發生爭議，請求確認經過。" for at in range(1, 41))
    names = (RARE * 12, "Maximiliana-Konstantinopolitanska " * 4)
    sheet = staff_request(StaffRequest(applicant=names[0], viewers=names, reason=reason), ISSUE)
    printed = printer.print(sheet)
    assert printed.pages == 3
    text = "".join(page_texts(printed.pdf, tmp_path))
    assert all(text.count(f"第{at}點於櫃檯") == 1 for at in range(1, 41))
    assert squeezed(names[1]) in pdf_words(printed.pdf, tmp_path)
    assert "申請單位管理單位秘書主任" in page_texts(printed.pdf, tmp_path)[2], "heads stay with the boxes they name"


def test_rare_characters_of_names_print_and_can_be_searched(printer: Printer, tmp_path: Path) -> None:
    name = f"{RARE}\U000f0001"  # and one of the office's own plane 15
    printed = printer.print(staff_request(StaffRequest(applicant=name), BLANK))
    assert not printed.missing
    assert pdf_fonts(printed.pdf, tmp_path) == {"TW-Kai", "TW-Kai-Ext-B", "TW-Kai-Plus"}
    assert name in page_texts(printed.pdf, tmp_path)[0]


def test_a_character_that_no_font_has_is_a_finding_and_no_empty_box(
    printer: Printer, templates: Templates, tmp_path: Path
) -> None:
    sheet = staff_request(StaffRequest(applicant="林\U000323af\u0378"), BLANK)
    printed = printer.print(sheet)
    assert printed.missing == ("\u0378", "\U000323af")
    assert "U+323AF" in printed.finding
    assert "by hand" in printed.finding
    assert "林〔U+323AF〕〔U+0378〕" in pdf_words(printed.pdf, tmp_path)
    assert "林\U000323af\u0378" in odt_words(odt_of(sheet, templates)), "an editor elsewhere may have the font"


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\u202e", "\ud800"])
def test_what_hides_or_turns_text_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="control characters"):
        staff_request(StaffRequest(reason=f"理由{bad}"), BLANK)


def test_a_paper_of_a_hundred_pages_is_refused_before_it_is_printed() -> None:
    with pytest.raises(UsageError, match="print parts"):
        staff_request(StaffRequest(reason="長" * 50_000), BLANK)
