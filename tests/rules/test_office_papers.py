"""The office's papers against the rules' own text (``tests/vectors/papers/annexes.txt``, taken letter by letter)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import pytest

from appliance.core.errors import UsageError
from appliance.papers.sheets.citizen_fields import GLOSS, INSIDE
from appliance.papers.sheets.citizen_request import CitizenRequest, Reading, citizen_request
from appliance.papers.sheets.correction import Correction, correction
from appliance.papers.sheets.forms import FORMS
from appliance.papers.sheets.inspection_log import InspectionLog, inspection_log
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.letter import LetterHead
from appliance.papers.sheets.redirect import Redirect, redirect
from appliance.papers.sheets.refusal import Refusal, refusal
from appliance.papers.sheets.sheet import Cell, Grid, Row, Sheet, Words
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.usage_book import UsageBook, Use, usage_book
from appliance.rules.packs.shipped import shipped_pack
from tests.rules.packcases import FIRST_OFFICE, second_pack

OFFICE = "臺北市萬華區戶政事務所"
ISSUE = Issue(pack=shipped_pack())
RULES = Path(__file__).parents[1].joinpath("vectors/papers/annexes.txt").read_text(encoding="utf-8")


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<input[^>]*>", "□", text))


@dataclass
class Annex:
    """A sheet as the rules print it: ``rows`` of the cells that say something, ``words`` around the table."""

    rows: list[list[str]]
    words: list[str]


def _annex(begin: str, end: str) -> Annex:
    part = RULES[RULES.index(begin) : RULES.index(end) if end else len(RULES)]
    lines = [line for line in part.splitlines() if line.strip()]
    rows = [[_plain(cell) for cell in line.split("\t") if cell.strip()] for line in lines if "\t" in line]
    return Annex(rows, [_plain(line) for line in lines if "\t" not in line])


def _lines(row: Row) -> list[list[str]]:
    """A row of the sheet as the rules' text shows it: a cell's second line stands in a line of its own."""
    cells = [[_plain(line.text) for line in cell.lines] for cell in row.cells]
    if any(cell.label for cell in row.cells):
        return [[text for cell in cells if (text := "".join(cell))]]
    deep = max(map(len, cells))
    return [[cell[at] for cell in cells if at < len(cell) and cell[at]] for at in range(deep)]


def _rows(sheet: Sheet) -> list[list[str]]:
    return [line for block in sheet.blocks if isinstance(block, Grid) for row in block.rows for line in _lines(row)]


def test_AT_45_the_sheet_equals_annex_3_field_for_field() -> None:
    rules = _annex("附件 3", "附件 4")
    sheet = staff_request(StaffRequest(), ISSUE)
    assert _rows(sheet) == rules.rows
    notes = [_plain(line.text) for block in sheet.blocks if isinstance(block, Words) for line in block.lines]
    assert [_plain(sheet.corner), _plain(sheet.title), *notes] == rules.words


def test_annex_4_has_the_rules_cells_and_nine_rows() -> None:
    rules = _annex("附件 4", "")
    sheet = usage_book(UsageBook(), ISSUE)
    rows = _rows(sheet)
    # ``A4``: 日期時間 stands in two columns there and was read across.
    assert rules.rows[0][:2] == ["日時", "期間"]
    assert rows[0] == ["日期時間", *rules.rows[0][2:]]
    assert rows[1] == rules.rows[1]
    assert [["".join(row)] for row in rules.rows[2:]] == rows[2:]
    assert len(rows[2:]) == 2 * 9
    assert [_plain(sheet.corner), _plain(sheet.title)] == rules.words


def test_annex_1_has_the_rules_cells_and_nine_rows() -> None:
    rules = _annex(f"{OFFICE}錄影監視系統檢查日誌", "* 申請人")
    sheet = inspection_log(InspectionLog(), ISSUE)
    (grid,) = sheet.blocks
    assert isinstance(grid, Grid)
    assert _lines(grid.rows[0]) == rules.rows[:1]
    boxes = ["".join(_plain(line.text) for line in row.cells[2].lines) for row in grid.rows[1:]]
    assert boxes == [row[0] for row in rules.rows[1:]]
    assert _plain(sheet.title) == rules.words[0]


def test_annex_2_has_the_rules_title_foot_note_and_double_frame() -> None:
    sheet = citizen_request(CitizenRequest(), ISSUE)
    assert sheet.title == f"{OFFICE}錄影監視系統調閱申請書"
    applicant, note, office = sheet.blocks
    assert isinstance(applicant, Grid)
    assert isinstance(note, Words)
    assert isinstance(office, Grid)
    assert (applicant.frame, office.frame) == ("double", "plain")
    assert note.lines[0].text in RULES, "the one line that is left of 附件2"


def test_AT_43_annex_2_asks_for_no_copy_and_waives_nothing() -> None:
    texts = list(citizen_request(CitizenRequest(), ISSUE).texts())
    boxes = [part for text in texts for part in re.findall(r"□[^□　]*", text)]
    assert len(boxes) > 10
    assert not [each for each in boxes if "複製" in each or "拷貝" in each]
    assert not [text for text in texts if re.search(r"放棄|拋棄|不得請求|不請求|同意不|切結", text)]
    (copy,) = [text for text in texts if text.startswith("二、依規定影音資料之複製")]
    assert "由受（處）理案件之公務機關來函申請" in copy
    assert any("第3條" in text and "製給複製本" in text for text in texts), "its rights of PDPA 3 are named"


def test_T_39_annex_2_has_a_gloss_beside_its_words_and_a_place_for_reader_and_witness() -> None:
    plain = list(citizen_request(CitizenRequest(), ISSUE).texts())
    glossed = list(citizen_request(CitizenRequest(), ISSUE, gloss=True).texts())
    assert set(GLOSS) == set(INSIDE)
    assert all(text in glossed and text not in plain for text in GLOSS.values())
    assert set(plain) <= set(glossed), "nothing of the Chinese form is left out"
    assert any(text.startswith("I have been told") for text in glossed)
    assert any("朗讀人簽章" in text and "見證人簽章" in text for text in plain)
    read = CitizenRequest(reading=Reading(why="cannot_read", reader="王大同", witness="何美"))
    texts = "\n".join(citizen_request(read, ISSUE).texts())
    assert "朗讀人簽章：王大同　見證人簽章：何美" in texts
    assert "■不識字" in texts
    second = "\n".join(citizen_request(CitizenRequest(), SECOND, gloss=True).texts())
    assert "Applicant's name" in second
    assert "I have been told" not in second, "a pack that has no gloss prints none"


def test_AT_64_annex_2_prints_the_six_items_of_the_notice() -> None:
    texts = "\n".join(citizen_request(CitizenRequest(), ISSUE).texts())
    for item in (
        "蒐集機關：" + OFFICE,
        "蒐集目的：",
        "資料類別：",
        "利用期間、地區、對象及方式：",
        "第3條",
        "不提供者",
    ):
        assert item in texts


def test_AT_34_the_slip_shows_the_last_day_of_its_pin_and_promises_nothing() -> None:
    """That printing it extends the pin is the keeper's part."""
    texts = "\n".join(redirect(Redirect(case="115調-民-0012", pin_until=date(2026, 12, 24)), ISSUE).texts())
    assert "115 年 12 月 24 日" in texts
    assert "115調-民-0012" in texts
    assert "本單不表示同意提供複製" in texts
    assert all(word in texts for word in ("法令依據", "調查目的", "所需範圍", "申請複製之理由"))


def test_AT_44_only_the_five_reasons_are_reasons() -> None:
    reasons = tuple(shipped_pack().reasons.staff.values())
    assert reasons == ("財物遺失", "櫃檯爭議", "人員安全", "公務需要", "其他重大事件")
    for reason in reasons:
        assert reason in str(staff_request(StaffRequest(reason_code=reason), ISSUE))
    with pytest.raises(UsageError, match="好奇"):
        staff_request(StaffRequest(reason_code="好奇"), ISSUE)


def test_AT_61_a_row_of_the_book_shows_two_persons() -> None:
    from tests.papers.samples import signed

    row = {"number": 1, "received_ns": 1, "applicant": "陳", "kind": "內部調閱"}
    with pytest.raises(UsageError, match="AT-61"):
        Use(**row, signed_manager=signed("wu", "吳志文"), signed_head=signed("wu", "吳志文", mark="兼簽"))
    Use(**row, signed_manager=signed("wu", "吳志文"), signed_head=signed("huang", "黃麗華"))


GOOD = {"head": LetterHead(to="陳"), "facts": ("甲",), "reasons": ("乙",), "laws": ("丙",)}


@pytest.mark.parametrize("empty", [{"head": LetterHead()}, {"facts": ()}, {"reasons": ()}, {"laws": ()}])
def test_AT_70_a_refusal_with_an_empty_block_is_not_made(empty: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="is empty"):
        Refusal(**{**GOOD, **empty})  # type: ignore[arg-type]


def test_AT_70_a_refusal_that_is_issued_is_signed_and_says_how_to_object() -> None:
    numbered = LetterHead(to="陳", dated=date(2026, 11, 25), number="第1號")
    with pytest.raises(UsageError, match="首長署名"):
        Refusal(**{**GOOD, "head": numbered})  # type: ignore[arg-type]
    texts = "\n".join(refusal(Refusal(**GOOD), ISSUE).texts())  # type: ignore[arg-type]
    assert re.search("達到之次日起30日內，繕具訴願書，經由本所向臺北市政府提起訴願", texts)


def test_AT_72_a_letter_without_a_number_is_a_draft_on_every_page() -> None:
    draft = refusal(Refusal(**GOOD), ISSUE)  # type: ignore[arg-type]
    assert draft.banner.startswith("稿")
    assert LetterHead(dated=date(2026, 9, 29)).draft, "a day alone is no number"
    assert LetterHead(number="北市萬戶行字第1150001234號").draft, "nor a number a day"
    from tests.papers.samples import REFUSAL

    assert refusal(REFUSAL, ISSUE).banner == ""


# --- two packs ---

SECOND = Issue(pack=second_pack())


def test_T_86_every_form_of_another_office_is_its_own_and_nothing_of_the_first_shows() -> None:
    for form in FORMS:
        texts = "\n".join(form.blank(SECOND).texts())
        assert not [word for word in FIRST_OFFICE if word in texts], form.code
        assert "海口市青山戶政所" in texts
        assert "依據：海口市攝影設備自治條例第5條及本要點（115年7月1日生效）" in texts
        assert "規範版本：115-07-01" in texts


def test_T_86_another_office_s_chain_numbers_and_posts_make_its_papers() -> None:
    citizen = "\n".join(citizen_request(CitizenRequest(), SECOND).texts())
    assert "系統承辦：" in citizen
    assert "室長：" in citizen
    assert "所長" in citizen
    assert "副所長" not in citizen, "its chain for citizens has no secretary"
    assert "3." not in citizen, "two viewers at most"
    with pytest.raises(UsageError, match="3 viewers; at most 2"):
        citizen_request(CitizenRequest(viewers=("a", "b", "c")), SECOND)
    staff = [cell.text for cell in _cells(staff_request(StaffRequest(reason_code="窗口爭執"), SECOND))]
    assert staff[-6:-4] == ["副所長", "所長"]
    with pytest.raises(UsageError, match="櫃檯爭議"):
        staff_request(StaffRequest(reason_code="櫃檯爭議"), SECOND)
    wanted = "請於本通知送達之次日起10日內補正；屆期未補齊者，退回申請。"
    assert any(wanted in text for text in correction(Correction(case="x"), SECOND).texts())
    told = "\n".join(refusal(Refusal(blank=True, case="115調-民-0001"), SECOND).texts())
    assert "所請閱覽影像一案（案號：115調-民-0001），未便同意" in told
    assert "30 日內，經由本所向海口市政府提起訴願" in told
    assert "所長" in told


def test_AT_01_AT_05_two_cases_side_by_side_print_each_the_pack_of_its_receipt() -> None:
    renamed = msgspec.structs.replace(shipped_pack().office, unit="行政資訊課")
    later = msgspec.structs.replace(shipped_pack(), version="116-01-01", office=renamed)
    for pack, unit in ((shipped_pack(), "行政庶務課"), (later, "行政資訊課")):
        texts = "\n".join(redirect(Redirect(case="115調-民-0012"), Issue(pack=pack)).texts())
        assert f"規範版本：{pack.version}" in texts
        assert f"（{unit}）" in texts


def _cells(sheet: Sheet) -> list[Cell]:
    return [cell for block in sheet.blocks if isinstance(block, Grid) for row in block.rows for cell in row.cells]
