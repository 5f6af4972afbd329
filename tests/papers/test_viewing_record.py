"""閱覽紀錄, the record of a viewing of each kind: what the ledger has, cell by cell, and an empty cell for the rest."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from appliance.core.errors import UsageError
from appliance.papers.from_cases.making import paper_of, papers_for
from appliance.papers.from_cases.viewings import ENDS
from appliance.papers.sheets.odt import odt_of
from appliance.papers.sheets.printer import Printer
from appliance.papers.sheets.sheet import Grid, Sheet, Words
from appliance.papers.sheets.templates import Templates
from appliance.papers.sheets.viewing_record import ViewingPaper, viewing_record
from appliance.rules.cases.viewing_record import ViewingRecord
from tests.papers.case_scenes import SCENES, scene
from tests.papers.reading import odt_cells, page_texts, pdf_cells, squeezed
from tests.papers.samples import ISSUE, signed
from tests.papers.viewing_scenes import VIEWINGS, viewing_desk

_CAUSE = r'"((?:the|a|nobody|ended|filming|something|not|log)[ -][a-z ]+)"'
_OF_COPIES = ("the copy is", "the copy was given")
RULE = {
    "citizen": "第八點第(五)款第1目之(2)",
    "staff": "第八點第(五)款第2目",
    "agency": "第八點第(五)款第3目之(2)",
    "open": "第八點第(五)款第1目之(2)",
    "unopened": "第八點第(五)款第1目之(2)",
}


def made(name: str) -> Sheet:
    desk = viewing_desk(name)
    return paper_of(desk.told, "viewing-record").sheet(desk)


def grids(name: str) -> dict[str, list[list[str]]]:
    """The tables by their first label, each as its rows below their heads."""
    found = {}
    for block in made(name).blocks:
        if isinstance(block, Grid):
            rows = [[squeezed(cell.text) for cell in row.cells] for row in block.rows]
            found[rows[0][1] if rows[0][0] == "監視器" else rows[0][0]] = rows[0 if rows[0][0] == "案號" else 1 :]
    return found


def about(name: str) -> dict[str, str]:
    """What the first table names, by its label."""
    return {row[at]: row[at + 1] for row in grids(name)["案號"] for at in range(0, len(row), 2)}


def test_a_citizen_s_says_who_where_how_much_with_masks_and_a_seat_that_was_left() -> None:
    said = about("citizen")
    assert said["案號"] == "115調-民-0001"
    assert said["案件種類"] == "民眾調閱"
    assert (said["閱覽人"], said["陪同（會同）人員"]) == ("陳𤆬治", "吳志文")
    assert said["起訖時間"] == "115年11月24日09時05分~09時25分"
    assert said["閱覽站"] == "第2號（二樓閱覽室）"
    assert said["遮蔽"] == "依核定遮蔽第三人，共3處"
    assert said["拍攝情形"] == "■未拍攝□發現拍攝"
    assert said["結束情形"] == "閱覽完畢"
    assert grids("citizen")["開啟時段"] == [
        ["1-01（一樓大廳入口）", "113年9月27日14時00分~14時40分", "40分00秒", "10分30秒"],
        ["1-02（一樓大廳）", "113年9月27日14時05分~14時20分", "15分00秒", "45秒"],
    ]
    assert grids("citizen")["缺錄時段"] == [
        ["1-01（一樓大廳入口）", "113年9月27日14時00分00秒~14時01分00秒", "攝影機無回應"]
    ], "of what is missing, what lies in the minutes that were opened"
    day = "115年11月24日"
    assert grids("citizen")["時間"] == [
        [f"{day}09時05分00秒", "開始閱覽", "吳志文", ""],
        [f"{day}09時06分00秒", "開啟影音", "吳志文、林志明", "第2號（二樓閱覽室）"],
        [f"{day}09時11分00秒", "離席", "林志明", "一人離席，停止播放"],
        [f"{day}09時14分00秒", "開啟影音", "吳志文、林志明",
         "第2號（二樓閱覽室）；林志明返回；在場確認1次（09時23分）"],
        [f"{day}09時25分00秒", "閱覽完畢", "吳志文", ""],
        [f"{day}09時25分00秒", "確認無複本並清除暫存", "系統", ""],
        [f"{day}09時25分00秒", "影音關閉", "", "由在場人員結束"],
    ]  # fmt: skip
    (signs,) = grids("citizen")["閱覽人"]
    assert signs == [
        "陳𤆬治紙本簽名",
        "吳志文115年11月24日09時25分電子簽章",
        "陳怡君課員115年11月24日09時25分電子簽章",
        "林志明課員115年11月24日09時25分電子簽章",
    ]


def test_a_colleague_s_that_was_interrupted_says_that_it_has_not_ended_and_nobody_signed() -> None:
    said = about("staff")
    assert (said["案件種類"], said["閱覽人"], said["遮蔽"]) == ("內部調閱", "王小明", "無（核定未附遮蔽）")
    assert said["起訖時間"] == "115年11月24日09時05分~時分"
    assert said["閱覽站"] == "第1號"
    assert said["拍攝情形"] == "□未拍攝□發現拍攝"
    assert said["結束情形"] == "列印時閱覽尚未結束"
    assert grids("staff")["開啟時段"][0][2:] == ["40分00秒", "0秒"]
    assert [row[1:] for row in grids("staff")["時間"]][2:] == [
        ["中斷", "系統", "逾10分鐘無人在場"], ["影音關閉", "", "逾10分鐘無人在場"]
    ]  # fmt: skip
    assert grids("staff")["閱覽人"] == [["", "", "", ""]]


def test_an_agency_s_says_its_letter_its_copy_with_its_end_and_the_incident_with_its_mistake() -> None:
    said = about("agency")
    assert said["來函字號"] == "北市警萬分刑字第1133012345號"
    assert said["申請人（機關）"] == "臺北市政府警察局萬華分局偵查佐郭大偉"
    assert said["閱覽站"] == "訓練環境（無登記之閱覽站）"
    assert said["閱覽用複本"].startswith("編號5f3a9b1c：115年11月24日08時30分製作，115年11月24日09時13分銷毀（")
    assert said["拍攝情形"] == (
        "□未拍攝■發現拍攝，處置：已請其刪除並通報事故I115-0003：115年11月24日09時10分00秒登記；09時10分07秒註記為誤按"
    )
    assert said["結束情形"] == "終止（經制止仍續行拍攝）"
    assert grids("agency")["缺錄時段"] == [
        ["1-02（一樓大廳）", "113年9月27日14時06分00秒~14時06分01秒", "攝影機無回應"]
    ]
    assert [row[1] for row in grids("agency")["時間"]] == [
        "開始閱覽", "開啟影音", "中斷", "影音關閉", "發現拍攝", "誤按", "終止"
    ]  # fmt: skip
    assert grids("agency")["閱覽人"][0][0] == "", "whoever entered the end did not say that they signed"


def test_of_a_viewing_in_which_nothing_was_opened_it_says_so() -> None:
    assert about("unopened")["結束情形"] == "閱覽完畢未播放任何影音（播放設備故障）"
    assert (about("unopened")["閱覽站"], about("unopened")["遮蔽"]) == ("", "")
    assert grids("unopened")["開啟時段"] == [["未開啟任何影音"]]
    assert "缺錄時段" not in grids("unopened")


def test_what_is_missing_is_an_empty_cell_where_it_was_not_looked_for() -> None:
    desk = viewing_desk("citizen")
    unknown = msgspec.structs.replace(
        desk.told, ranges=tuple(msgspec.structs.replace(each, footage="") for each in desk.told.ranges)
    )
    whole = tuple(
        msgspec.structs.replace(each, footage="in_store", holes=type(each.holes)()) for each in desk.told.ranges
    )
    for told, said in ((unknown, ""), (msgspec.structs.replace(desk.told, ranges=whole), "無缺錄")):
        sheet = paper_of(told, "viewing-record").sheet(desk._replace(told=told))
        rows = [row for block in sheet.blocks if isinstance(block, Grid) for row in block.rows]
        at = next(at for at, row in enumerate(rows) if row.cells[1].text == "缺錄時段")
        assert [cell.text for cell in rows[at + 1].cells] == [said]
        notes = "".join(line.text for block in sheet.blocks if isinstance(block, Words) for line in block.lines)
        assert "其餘為核定前最後一次所查" in notes, "and not as it was when it was shown"


@pytest.mark.parametrize("name", VIEWINGS)
def test_no_line_of_it_is_a_label_without_a_word(name: str) -> None:
    for text in made(name).texts():
        assert not text.rstrip().endswith(("：", "（", "、", "；")), text
        assert "：；" not in text
        assert "—" not in text


@pytest.mark.parametrize("name", VIEWINGS)
@pytest.mark.papers
def test_each_state_prints_the_same_cells_as_pdf_and_odt(
    name: str, printer: Printer, templates: Templates, tmp_path: Path
) -> None:
    sheet = made(name)
    printed = printer.print(sheet)
    assert not printed.missing
    cells = pdf_cells(printed.pdf, tmp_path)
    words = [["".join(cell.lines) for cell in row] for row in cells]
    rows = [row for block in sheet.blocks if isinstance(block, Grid) for row in block.rows]
    assert words == [[squeezed(cell.text) for cell in row.cells] for row in rows]
    assert [["".join(cell.lines) for cell in row] for row in odt_cells(odt_of(sheet, templates))] == words
    assert squeezed(f"依據：{ISSUE.pack.rules.basis}{RULE[name]}") in "".join(page_texts(printed.pdf, tmp_path))
    assert made(name) == sheet, "the same case, the same paper"


@pytest.mark.parametrize("name", SCENES)
def test_a_case_without_a_viewing_has_none(name: str) -> None:
    told = scene(name).told
    begun = any(deed.event == "begin" for deed in told.history)
    assert ("viewing-record" in [paper.code for paper in papers_for(told)]) is begun


def test_every_end_that_the_ledger_can_have_has_its_words_on_paper_and_in_the_ledger_s_page() -> None:
    """By the sources, so that a new one is not printed as an empty cell."""
    sources = [path.read_text() for path in Path("appliance/services/viewing").glob("gran*.py")]
    sources.append(Path("appliance/keeper/composition.py").read_text())
    sources.append(Path("appliance/rules/cases/viewing_record.py").read_text())
    causes = {cause for text in sources for cause in re.findall(_CAUSE, text) if not cause.startswith(_OF_COPIES)}
    assert causes <= set(ENDS)
    words = tomllib.loads(Path("appliance/web/locale/ledger.toml").read_text())["word"]
    assert set(ENDS) <= set(words)


def test_one_person_does_not_sign_both_cells_of_the_book() -> None:
    with pytest.raises(UsageError):
        viewing_record(
            ViewingPaper(
                number="", kind="", rule="", asked_as="", asked="", applicant="", viewers=(), attended=(),
                began_ns=None, ended_ns=None, over=False, stations=(), masks="",
                signed_manager=signed("wu", "吳志文"), signed_head=signed("wu", "吳志文"),
            ),
            ISSUE,
        )  # fmt: skip


def test_without_a_word_of_the_ledger_it_makes_none_up() -> None:
    desk = viewing_desk("open")._replace(viewing=ViewingRecord())
    texts = squeezed("".join(paper_of(desk.told, "viewing-record").sheet(desk).texts()))
    assert "閱覽室" not in texts
    assert "未開啟任何影音" in texts
