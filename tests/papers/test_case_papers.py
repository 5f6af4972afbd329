"""The office's papers filled in from cases: the rules' own cells with what the case says, and nothing made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.core.errors import NotFound
from appliance.papers.from_cases.making import CASE_PAPERS, offered_for, paper_of, papers_for
from appliance.papers.from_cases.sources import Desk, last_deed
from appliance.papers.sheets.printer import Printer
from appliance.papers.sheets.sheet import Grid, Sheet
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.usage_book import UsageBook, usage_book
from appliance.rules.cases.holes import Hole, Holes
from appliance.rules.cases.outgoing import LetterSigner
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.supplements import SupplementView
from appliance.rules.cases.views import CaseView, CellView, LinksView, OtherCase
from appliance.rules.deadlines import DAY_NS
from tests.papers.case_scenes import NO_COPY, SCENES, keeper_of_papers, scene
from tests.papers.reading import ReadCell, page_texts, pdf_cells, squeezed
from tests.papers.samples import BLANK, ISSUE
from tests.web.case_lives import ASKED, DISPATCH, Life
from tests.web.keeper_double import KeeperDouble

pytestmark = pytest.mark.papers

SECOND_NS = 1_000_000_000
RULES = "臺北市萬華區戶政事務所錄影監視系統管理暨影音資料處理利用作業規範"

PAPERS = {
    "viewed": ("annex-2", "receipt-slip", "grant-notice", "appointment-slip", "viewing-record", "annex-4"),
    "refused": ("annex-2", "receipt-slip", "refusal-with-remedy", "annex-4"),
    "appealed": ("annex-2", "receipt-slip", "refusal-with-remedy", "appeal-record", "annex-4"),
    "appeal rejected": ("annex-2", "receipt-slip", "refusal-with-remedy", "appeal-record", "annex-4"),
    "revoked": ("annex-2", "receipt-slip", "refusal-with-remedy", "appeal-record", "annex-4"),
    "decided anew": ("annex-2", "grant-notice", "annex-4"),
    "partly": ("annex-2", "receipt-slip", "partial-grant", "annex-4"),
    "correction": ("annex-2", "receipt-slip", "correction-notice", "annex-4"),
    "corrected": ("annex-2", "receipt-slip", "correction-notice", "annex-4"),
    "extended": ("annex-2", "receipt-slip", "extension-notice", "annex-4"),
    "dismissed": ("annex-2", "receipt-slip", "dismissal-with-remedy", "annex-4"),
    "unshown": ("annex-2", "receipt-slip", "grant-notice", "appointment-slip", "viewing-record", "annex-4"),
    "redirected": ("annex-2", "receipt-slip", "redirection", "annex-4"),
    "letter redirected": ("receipt-slip", "reply-letter", "annex-4"),
    "slip": ("annex-2", "receipt-slip", "grant-notice", "copy-by-agency-slip", "annex-4"),
    "locked": ("annex-3", "agency-letter-advice", "annex-4"),
    "locked undecided": ("annex-3", "agency-letter-advice", "annex-4"),
    "stopped": ("annex-2", "receipt-slip", "grant-notice", "appointment-slip", "viewing-record", "annex-4"),
    "letter refused": ("receipt-slip", "reply-letter", "annex-4"),
    "masked": ("annex-2", "receipt-slip", "partial-grant", "annex-4"),
    "letter refused by range": ("receipt-slip", "reply-letter", "annex-4"),
    "letter granted in part": ("receipt-slip", "reply-letter", "annex-4"),
    "copy withheld": ("receipt-slip", "reply-letter", "annex-4"),
    "copy withheld in part": ("receipt-slip", "reply-letter", "annex-4"),
    "copy granted": ("receipt-slip", "reply-letter", "annex-4"),
    "copy and viewing": ("receipt-slip", "reply-letter", "annex-4"),
    "granted": ("annex-2", "receipt-slip", "grant-notice", "annex-4"),
    "letter granted": ("receipt-slip", "reply-letter", "annex-4"),
}


def made(name: str, code: str) -> Sheet:
    desk = scene(name)
    return paper_of(desk.told, code).make(desk)


def text_of(name: str, code: str) -> str:
    return squeezed("".join(made(name, code).texts()))


def labels(sheet: Sheet) -> list[str]:
    """The cells that name their neighbours, in their order."""
    rows = [row for block in sheet.blocks if isinstance(block, Grid) for row in block.rows]
    return [cell.text for row in rows for cell in row.cells if cell.label]


@pytest.mark.parametrize("name", SCENES)
def test_a_case_has_the_papers_that_its_acts_called_for(name: str) -> None:
    desk = scene(name)
    assert tuple(paper.code for paper in papers_for(desk.told)) == PAPERS[name]
    for paper in papers_for(desk.told):
        sheet = paper.make(desk)
        assert desk.told.number in squeezed("".join(sheet.texts()))
        assert not any("—" in text for text in sheet.texts()), "a paper has no dash in the place of a word"
        if desk.told.kind != Kind.AGY:
            assert "臺端以" not in "".join(sheet.texts()), "who came to the counter sent no letter"


def test_a_paper_that_the_case_does_not_call_for_is_not_there() -> None:
    for code in {paper.code for paper in CASE_PAPERS} - set(PAPERS["viewed"]):
        with pytest.raises(NotFound):
            paper_of(scene("viewed").told, code)


def test_AT_45_the_filled_annex_3_has_the_rules_cells_with_the_case_in_them(printer: Printer, tmp_path: Path) -> None:
    sheet = made("locked", "annex-3")
    assert labels(sheet) == labels(staff_request(StaffRequest(), BLANK))
    cells = pdf_cells(printer.print(sheet).pdf, tmp_path)
    assert cells[1] == [
        ReadCell((text,), 2) for text in ("申請人", "王小明", "申請課室", "戶籍登記課", "閱覽人", "王小明")
    ]
    assert cells[2][1].lines[0].startswith("櫃檯爭議：3號櫃檯")
    assert cells[4][1].lines == (
        "■准予調閱", "□否准調閱，原因：", "已進入司法程序，不適用內部調閱，改由相關機關來函申請",
    )  # fmt: skip
    signs = [[line for line in cell.lines if "電子簽章" not in line] for cell in cells[6]]
    assert [signs[0][0], signs[0][2]] == ["申請人：王小明", "主管：李文華"]
    assert signs[1][0] == "管理人：吳志文"
    assert "林志明" in "".join(signs[1])
    assert signs[3][0] == "蔡文德"


def test_AT_61_the_row_of_annex_4_is_full_and_signed_by_two(printer: Printer, tmp_path: Path) -> None:
    sheet = made("viewed", "annex-4")
    assert labels(sheet) == labels(usage_book(UsageBook(), BLANK))
    row = pdf_cells(printer.print(sheet).pdf, tmp_path)[2]
    assert row[0].lines == ("115年11月24日", "09時05分", "第3列")
    assert row[2].lines[0] == "民眾調閱發現犯罪嫌疑"
    use = "".join(row[3].lines)
    assert "閱覽：115年11月24日09時05分~09時25分" in use
    assert "閱覽人：陳𤆬治陪同（會同）：吳志文" in use
    assert "拍攝情形：無" in use
    assert "複製影音資料：□是■否" in use
    assert (row[4].lines[0], row[5].lines[0]) == ("陳怡君", "林志明")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("refused", "否准：申請事由非為發現犯罪嫌疑或其他違法行為；法令依據：八(五)1(1)"),
        ("partly", "部分准予：113年9月27日14時10分~14時40分監視器1-01（一樓大廳入口），遮蔽第三人"),
        ("locked", "已進入司法程序，不適用內部調閱，改由相關機關來函申請複製影音資料：□是■否"),
        (
            "locked undecided",
            "已進入司法程序（司法案號：115年度偵字第45號），不適用內部調閱，改由相關機關來函申請複製影音資料：□是■否",
        ),
        ("granted", "辦理中（准予）複製影音資料：□是□否"),
        ("correction", "辦理中（補正中）複製影音資料：□是□否"),
        ("letter refused", "臺北市政府警察局萬華分局偵查佐郭大偉來函北市警萬分刑字第1133012345號"),
    ],
)
def test_AT_58_what_became_of_a_case_without_a_viewing_stands_in_its_row(name: str, said: str) -> None:
    assert said in text_of(name, "annex-4")


def printed_again(told: CaseView, code: str) -> str:
    return squeezed("".join(paper_of(told, code).sheet(Desk(told, ISSUE)).texts()))


def life_of(kind: str, *events: Event, at: str = "") -> tuple[KeeperDouble, Life]:
    """A case received on 115/11/24, and its keeper, whose clock a test moves."""
    keeper = keeper_of_papers()
    life = Life(keeper, kind)
    return keeper, (life.to(at) if at else life).do(*events)


def test_AT_60_a_receipt_printed_after_the_close_says_what_was_handed_out() -> None:
    keeper, life = life_of("CIT", Event.RECEIVE)
    given = printed_again(keeper.told_of(life.key, []), "receipt-slip")
    assert "先行保存至本案結案時" in given
    assert "辦理期限115年12月9日" in given
    life.do(Event.ADD_RANGE, asked=[ASKED[0] | {"camera_no": "1-02"}])
    life.do(Event.PASS_FORMAL, Event.EXTEND)
    life.do(Event.ISSUE_EXTENSION, dispatch=DISPATCH | {"doc_no": "北市萬戶庶字第3號"})
    assert keeper.told_of(life.key, []).clock["due"] == "2026-12-24"
    life.do(Event.PROPOSE, Event.STAMP, Event.STAMP, Event.REFUSE, Event.ISSUE, Event.NOTIFY)
    life.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
    told = keeper.told_of(life.key, [])
    assert told.pin.last, "by now a rule ends the pin"
    assert len(told.ranges) == 3
    assert printed_again(told, "receipt-slip") == given


def test_AT_60_an_appointment_printed_after_the_viewing_says_when_it_would_have_lapsed() -> None:
    keeper, life = life_of("CIT", Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, at="decision")
    given = printed_again(keeper.told_of(life.key, []), "appointment-slip")
    assert "逾期失效115年12月24日" in given
    life.do(Event.PREPARE, Event.BEGIN, Event.FINISH, Event.CLEAN, Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
    assert keeper.told_of(life.key, []).booked is None
    assert printed_again(keeper.told_of(life.key, []), "appointment-slip") == given


@pytest.mark.parametrize(
    ("kind", "acts", "attended"),
    [
        ("CIT", (Event.GRANT, Event.ISSUE, Event.NOTIFY), "本所系統管理人"),
        ("INT", (Event.GRANT,), "本所專責人員"),
    ],
)
def test_an_appointment_that_names_nobody_says_by_whose_office_it_is_attended(
    kind: str, acts: tuple[Event, ...], attended: str
) -> None:
    keeper, life = life_of(kind, *acts, at="decision")
    life.do(Event.SCHEDULE, viewing={"on": "2026-11-25", "starts": "14:00", "ends": "15:00"})
    assert f"陪同（會同）人員{attended}應攜帶" in printed_again(keeper.told_of(life.key, []), "appointment-slip")


def test_T_87_annex_2_says_that_a_day_of_birth_is_kept_back_and_leaves_no_blank() -> None:
    desk = scene("viewed")
    masked = tuple(msgspec.structs.replace(each, born=f"{each.born[:4]}-**-**") for each in desk.told.parties)
    assert "出生年月日77年2月29日" in printed_again(desk.told, "annex-2")
    assert "出生年月日77年（月日已遮蔽）" in printed_again(
        msgspec.structs.replace(desk.told, parties=masked), "annex-2"
    )


@pytest.mark.parametrize(
    ("kind", "ended", "typed", "word"),
    [
        ("INT", Event.LOCK, {}, "進入司法程序"),
        ("CIT", Event.WITHDRAW, {"voucher": {"kind": "withdrawal"}}, "撤回"),
    ],
)
def test_AT_48_an_appointment_that_was_undone_is_offered_no_more_and_the_case_file_says_so(
    kind: str, ended: Event, typed: dict[str, Any], word: str
) -> None:
    told_letters = (Event.ISSUE, Event.NOTIFY) if kind == "CIT" else ()
    keeper, life = life_of(kind, Event.GRANT, *told_letters, Event.SCHEDULE, at="decision")
    assert "appointment-slip" in {paper.code for paper in offered_for(keeper.told_of(life.key, []))}
    life.do(ended, **typed)
    told = keeper.told_of(life.key, [])
    assert "appointment-slip" not in {paper.code for paper in offered_for(told)}
    assert f"註記本約定已於115年11月24日因「{word}」失效" in printed_again(told, "appointment-slip")


def test_T_22_annex_4_lists_what_was_missing_with_times_and_causes(printer: Printer, tmp_path: Path) -> None:
    desk = scene("viewed")
    start_ns = desk.told.ranges[0].start_ns
    lost = Hole(start_ns=start_ns, end_ns=start_ns + 95 * 10**9, cause="power")
    first = msgspec.structs.replace(
        desk.told.ranges[0], footage="partly", holes=Holes(listed=(lost,), more=2, more_seconds=7)
    )
    told = msgspec.structs.replace(desk.told, ranges=(first, *desk.told.ranges[1:]))
    issue = msgspec.structs.replace(desk.issue, causes={"power": "停電"})
    sheet = paper_of(told, "annex-4").sheet(desk._replace(told=told, issue=issue))
    row = squeezed("".join(sheet.texts()))
    assert "部分時段無影音缺113年9月27日14時00分00秒~113年9月27日14時01分35秒（停電）" in row
    assert "另有較短缺錄2段，合計7秒" in row
    assert "（停電）" in "".join(page_texts(printer.print(sheet).pdf, tmp_path))


def test_AT_59_annex_4_names_each_viewing_copy_with_its_end() -> None:
    desk = scene("viewed")
    copies = [["c" * 32, desk.told.received_ns, desk.told.received_ns + 60 * 10**9, "restarted", ""],
              ["d" * 32, desk.told.received_ns, desk.told.received_ns + 120 * 10**9, "viewed", "王小明"]]  # fmt: skip
    cell = CellView(code="destroyed", column=4, required=True, filled=True, values={"copies": copies})
    told = msgspec.structs.replace(
        desk.told, cells=(*(each for each in desk.told.cells if each.code != cell.code), cell)
    )
    row = squeezed("".join(paper_of(told, "annex-4").sheet(desk._replace(told=told)).texts()))
    assert "閱覽用複本cccccccc：" in row
    assert "銷毀（因斷電或重新啟動，自動銷毀）" in row
    assert "銷毀（閱覽完畢，確認銷毀，王小明）" in row
    assert "複製影音資料：□是■否" in row, "nothing was handed over"


def test_AT_59_annex_4_names_the_medium_and_the_end_of_its_traces_where_a_copy_left_in_another_way() -> None:
    desk = scene("letter granted")
    done = {
        "done": "依命令交付",
        "day": "2026-11-24",
        "copied": "yes",
        "medium": "光碟 115-01",
        "destroyed": "當日 15:20",
    }
    history = (*desk.told.history, msgspec.structs.replace(desk.told.history[-1], event="otherwise", state="otherwise"))
    told = msgspec.structs.replace(desk.told, otherwise=done, history=history, state="otherwise")
    row = squeezed("".join(paper_of(told, "annex-4").sheet(desk._replace(told=told)).texts()))
    for said in ("以其他方式辦理（115年11月24日）：依命令交付", "媒體編號：光碟115-01", "複本留存檔案銷毀：當日15:20"):
        assert said in row
    assert "複製影音資料：■是□否" in row


def test_C12_the_notice_of_a_grant_is_handed_over_without_a_number_and_is_no_draft(
    printer: Printer, tmp_path: Path
) -> None:
    keeper, life = life_of("CIT", Event.GRANT, at="decision")
    handing = paper_of(keeper.told_of(life.key, []), "grant-notice").sheet(
        scene("granted")._replace(told=keeper.told_of(life.key, []))
    )
    (page,) = page_texts(printer.print(handing).pdf, tmp_path)
    assert "交付方式：於本所當面交付，不另發文" in page
    assert "交付日期：中華民國115年11月24日" in page
    assert "發文字號" not in page
    assert "草稿" not in page
    life.do(Event.NOTIFY)
    keeper.now_ns += 5 * DAY_NS
    again = printed_again(keeper.told_of(life.key, []), "grant-notice")
    assert "交付日期：中華民國115年11月24日" in again, "as it was handed over"
    life = Life(keeper, "CIT").to("decision").do(Event.GRANT, Event.ISSUE)
    assert "發文字號：北市萬戶庶字第1130001234號" in printed_again(keeper.told_of(life.key, []), "grant-notice")


def test_a_letter_that_never_went_out_is_not_offered_once_it_tells_nobody_anything() -> None:
    keeper, life = life_of("CIT", Event.GRANT, at="decision")
    assert "grant-notice" in {paper.code for paper in papers_for(keeper.told_of(life.key, []))}
    life.do(Event.WITHDRAW, voucher={"kind": "withdrawal"})
    assert "grant-notice" not in {paper.code for paper in papers_for(keeper.told_of(life.key, []))}
    keeper, life = life_of("CIT", Event.RECEIVE)
    life.do(Event.FIND_DEFECTS)
    assert "correction-notice" in {paper.code for paper in papers_for(keeper.told_of(life.key, []))}
    life.do(Event.CORRECTED, form={"report_original": True})
    assert "correction-notice" not in {paper.code for paper in papers_for(keeper.told_of(life.key, []))}


def test_T_80_annex_2_prints_what_was_received_and_behind_it_what_came_later() -> None:
    desk = scene("corrected")
    added = (
        SupplementView(what="form/reason", old="other", new="crime", asked=True, index=4, day="2026-11-25"),
        SupplementView(
            what="form/reason_text", old="想看監視器", new="皮夾遭竊", asked=True, index=4, day="2026-11-25"
        ),
        SupplementView(what="form/report_no", old="", new="P11309ABCD1234", index=3, day="2026-11-24"),
        SupplementView(
            what="form/report_day", old="2026-11-20", new="2024-09-28", asked=True, index=4, day="2026-11-25"
        ),
    )
    form = desk.told.form | {"reason_text": "皮夾遭竊"}
    told = msgspec.structs.replace(desk.told, form=form, added=added)
    text = squeezed("".join(paper_of(told, "annex-2").make(desk._replace(told=told)).texts()))
    assert "其他（115年11月25日補正：發現犯罪嫌疑）想看監視器（115年11月25日補正：皮夾遭竊）" in text
    assert "115年11月20日" in text, "the day that was received"
    assert "第（115年11月24日補登：P11309ABCD1234）（115年11月25日補正：報案日期113年9月28日）號" in text
    slip = paper_of(told, "receipt-slip")
    assert slip.sheet(desk._replace(told=told)) == slip.sheet(desk), "what was handed out says what it said"


def test_AT_04_a_dismissal_gives_the_purpose_that_was_found_beside_the_one_that_was_stated() -> None:
    desk = scene("dismissed")
    text = squeezed("".join(paper_of(desk.told, "dismissal-with-remedy").make(desk).texts()))
    assert "（事由：發現犯罪嫌疑）" in text
    assert "經審查，本件調閱之目的為差勤考核，屬不得調閱之目的。" in text
    assert "查核同仁出勤" in text


def test_the_office_part_of_annex_2_says_what_was_checked_decided_and_viewed() -> None:
    text = text_of("viewed", "annex-2")
    for said in (
        "■當事人", "A12****789", "■相符（證件別／末四碼：國民身分證6789）", "■正本核對相符", "■保存中",
        "擬准予依據：八(五)1(1)", "■准予調閱", "115年11月24日當面交付", "■未拍攝", "14:00～15:00一樓閱覽站",
    ):  # fmt: skip
        assert said in text, said
    assert "A123456789" not in text


def test_annex_2_of_a_closed_case_notes_four_digits_of_the_id_though_its_number_is_masked() -> None:
    desk = scene("viewed")
    masked = tuple(msgspec.structs.replace(each, id_no="A12****789") for each in desk.told.parties)
    told = msgspec.structs.replace(desk.told, parties=masked)
    text = squeezed("".join(paper_of(told, "annex-2").make(desk._replace(told=told)).texts()))
    assert "末四碼：國民身分證6789）" in text


@pytest.mark.parametrize(
    ("footage", "said"),
    [
        ("in_store", "■保存中（至遲銷毀日114年9月26日）"),
        ("gap", "□保存中（至遲銷毀日年月日）□已逾保存期限■無紀錄"),
        ("expired", "□保存中（至遲銷毀日年月日）■已逾保存期限"),
    ],
)
def test_AT_39_annex_2_names_a_last_day_only_of_what_is_kept(footage: str, said: str) -> None:
    desk = scene("viewed")
    ranges = tuple(msgspec.structs.replace(each, footage=footage) for each in desk.told.ranges)
    told = msgspec.structs.replace(desk.told, ranges=ranges)
    assert said in squeezed("".join(paper_of(told, "annex-2").make(desk._replace(told=told)).texts()))


def test_AT_61_annex_2_and_annex_4_give_one_viewing_one_time() -> None:
    """Each instant in the minute in which it was: rounded up, a viewing would end after its signatures."""
    desk = scene("viewed")
    began_ns = int(desk.told.session["began_ns"]) + 30 * SECOND_NS
    session = desk.told.session | {"began_ns": began_ns, "ended_ns": began_ns + 80 * SECOND_NS}
    desk = desk._replace(told=msgspec.structs.replace(desk.told, session=session))
    for code in ("annex-2", "annex-4"):
        text = squeezed("".join(paper_of(desk.told, code).make(desk).texts()))
        assert "115年11月24日09時05分~09時06分" in text, code


def test_AT_70_a_refusal_has_every_block_and_its_remedy() -> None:
    text = text_of("refused", "refusal-with-remedy")
    for said in (
        "受文者：陳𤆬治君", "發文日期：中華民國115年11月24日", "發文字號：北市萬戶庶字第1130001234號", "事實：",
        "理由：申請事由非為", f"法令依據：{RULES}第八點第(五)款第1目之(1)", "提起訴願", "主任",
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("八(五)1(1)", "{rules}第八點第(五)款第1目之(1)"),
        ("二", "{rules}第二點"),
        ("作業規範八(五)1(1)、八(五)1(2)", "{rules}第八點第(五)款第1目之(1)、第八點第(五)款第1目之(2)"),
        ("七(一)及個人資料保護法第16條", "{rules}第七點第(一)款及個人資料保護法第16條"),
        ("個人資料保護法第16條；八(五)1(1)", "個人資料保護法第16條；{rules}第八點第(五)款第1目之(1)"),
        ("行政程序法第46條第1項第5款、第2項", "行政程序法第46條第1項第5款、第2項"),
        ("一般法律原則", "一般法律原則"),
    ],
)
def test_AT_70_a_letter_names_the_rules_in_full_where_the_article_is_their_own(typed: str, printed: str) -> None:
    desk = scene("refused")
    history = tuple(
        msgspec.structs.replace(deed, words=deed.words | {"article": typed}) if deed.event == "refuse" else deed
        for deed in desk.told.history
    )
    told = msgspec.structs.replace(desk.told, history=history)
    text = squeezed("".join(paper_of(told, "refusal-with-remedy").sheet(desk._replace(told=told)).texts()))
    assert f"法令依據：{printed.format(rules=RULES)}。四、救濟方法" in text


def test_a_part_of_a_letter_is_numbered_only_where_it_has_several_paragraphs() -> None:
    text = text_of("refused", "refusal-with-remedy")
    assert "說明：一、事實：(一)復臺端" in text
    assert "(三)申請範圍" in text
    assert "二、理由：申請事由非為" in text


def test_what_is_granted_in_part_says_what_and_why_not_the_rest_with_its_remedy() -> None:
    text = text_of("partly", "partial-grant")
    assert text.startswith("稿尚未編列發文字號"), "without a number it is a draft (AT-72)"
    for said in (
        "准予閱覽：113年9月27日14時10分至14時40分",
        "遮蔽第三人",
        "第1段（監視器1-01）：其餘時段與事由無關",
        "提起訴願",
    ):
        assert said in text, said
    assert "其餘部分歉難同意" in text


def test_AT_70_a_letter_refuses_no_rest_where_every_minute_was_granted_and_only_masked() -> None:
    text = text_of("masked", "partial-grant")
    assert text.count("准予閱覽：") == 2
    assert "閱覽時遮蔽第三人之影像" in text
    assert "歉難同意" not in text


def test_AT_56_the_reply_says_whether_a_copy_is_given_a_viewing_or_both() -> None:
    viewing, copy, both = (
        text_of(name, "reply-letter") for name in ("letter granted", "copy granted", "copy and viewing")
    )
    assert "同意閱覽：" in viewing
    assert "到所點收簽章" not in viewing
    assert "來函申請複製" not in viewing, "nobody asked for one"
    assert "同意提供複製：" in copy
    assert "閱覽" not in copy, "no word of a viewing that was not granted"
    assert "同意閱覽及提供複製：" in both
    for text in (copy, both):
        assert f"到所點收簽章（{RULES}第八點第(五)款第3目之(3)）" in text
    for text in (viewing, both):
        assert f"閱覽時不得複製、拍攝（{RULES}第八點第(五)款第3目之(2)）" in text


def test_AT_56_a_reply_that_allows_the_viewing_alone_says_that_no_copy_is_given_and_why() -> None:
    """It says so in its 主旨, gives the reason with the rule, and names no remedy: 訴願 is a citizen's."""
    reply, row = text_of("copy withheld", "reply-letter"), text_of("copy withheld", "annex-4")
    assert "本所同意閱覽，複製部分歉難同意，復請查照。" in reply
    assert f"未全部同意之理由：來函申請複製部分，本所歉難同意：{NO_COPY}" in reply
    assert f"法令依據：{RULES}第八點第(五)款第3目之(3)" in reply
    assert "訴願" not in reply
    assert f"複製部分否准：{NO_COPY}" in row
    partly = text_of("copy withheld in part", "reply-letter")
    assert "本所部分同意閱覽，複製部分歉難同意，復請查照。" in partly
    assert f"(四)來函申請複製部分，本所歉難同意：{NO_COPY}" in partly, "after why some minutes are not given"
    assert f"法令依據：行政程序法第46條；{RULES}第八點第(五)款第3目之(3)" in partly
    for name in ("letter granted", "copy granted", "copy and viewing"):
        assert "複製部分" not in text_of(name, "reply-letter") + text_of(name, "annex-4")


def test_AT_56_an_answer_of_an_earlier_version_says_that_no_copy_is_given_without_a_reason() -> None:
    desk = scene("copy withheld")
    decided = last_deed(desk.told, "grant")
    assert decided is not None
    bare = msgspec.structs.replace(decided, words=decided.words | {"copy_reasoned": ""})
    history = tuple(bare if deed is decided else deed for deed in desk.told.history)
    told = msgspec.structs.replace(desk.told, history=history)
    assert "來函申請複製部分，本所歉難同意。" in printed_again(told, "reply-letter")


def test_a_signature_is_on_one_page_with_the_name_that_it_stands_under(printer: Printer, tmp_path: Path) -> None:
    *_, last = page_texts(printer.print(made("letter granted in part", "reply-letter")).pdf, tmp_path)
    assert "主任" in last
    assert "電子簽章" in last


def test_AT_70_an_agency_is_told_why_range_by_range() -> None:
    refused = text_of("letter refused by range", "reply-letter")
    for said in (
        "不符申請目的",
        "第1段（監視器1-01）：與案情無關",
        "第2段（監視器1-02）：逾越必要範圍",
        "法令依據：行政程序法第19條",
    ):
        assert said in refused, said
    partly = text_of("letter granted in part", "reply-letter")
    for said in (
        "本所部分同意", "閱覽時遮蔽第三人之影像", "其餘部分歉難同意", "第1段（監視器1-01）：其餘時段與事由無關",
        "第2段（監視器1-02）：該處未發生",
        "法令依據：行政程序法第46條",
    ):  # fmt: skip
        assert said in partly, said


def test_AT_53_a_reply_says_the_result_and_how_to_view_or_why_not(printer: Printer, tmp_path: Path) -> None:
    granted, refused = text_of("letter granted", "reply-letter"), text_of("letter refused", "reply-letter")
    assert "本所同意，復請查照" in granted
    assert "不得複製、拍攝" in granted
    assert "由本所承辦人另行與貴機關承辦人聯繫約定" in granted
    assert "逾期失效" not in granted, "an agency's case does not lapse"
    assert "本所歉難同意" in refused
    assert "訴願" not in refused
    (page,) = page_texts(printer.print(made("letter refused", "reply-letter")).pdf, tmp_path)
    assert "受文者：臺北市政府警察局萬華分局" in page
    assert "發文字號：北市萬戶庶字第1130001234號" in page


def test_AT_34_the_slip_shows_the_last_day_of_the_pin() -> None:
    assert "影音資料先行保存至115年12月24日" in text_of("slip", "copy-by-agency-slip")
    assert "不表示同意提供複製" in text_of("slip", "copy-by-agency-slip")


def test_AT_48_a_locked_request_is_told_to_come_by_letter_and_until_when_it_is_kept() -> None:
    text = text_of("locked", "agency-letter-advice")
    assert "不適用內部調閱" in text
    assert "影音資料先行保存至116年1月23日" in text
    assert "得知來源申請人告知已提告" in text
    assert "司法案號登記時尚不知悉" in text, "nobody knew it, and it is said"
    assert "司法案號115年度偵字第45號" in text_of("locked undecided", "agency-letter-advice")


def test_C22_the_record_of_an_appeal_says_how_it_ended_and_what_becomes_of_the_footage() -> None:
    said = {name: text_of(name, "appeal-record") for name in ("appealed", "appeal rejected", "revoked")}
    for text in said.values():
        for words in (
            "115調-民-0001", "陳𤆬治", "北市萬戶庶字第1130001234號", "府訴字第1130000001號", "臺北市政府",
            "訴願終結不當然解除保全",
        ):  # fmt: skip
            assert words in text, words
    assert "結果尚未終結" in said["appealed"]
    assert "結果訴願駁回（訴願法第79條）" in said["appeal rejected"]
    assert "115年11月24日收受府訴決字第1136100001號" in said["appeal rejected"]
    assert "結果訴願決定撤銷原處分（訴願法第81條）" in said["revoked"]
    desk = scene("revoked")
    anew = OtherCase(case="115-0002", kind="CIT", number="115調-民-0002")
    told = msgspec.structs.replace(desk.told, links=LinksView(followers=(anew,)))
    sheet = paper_of(told, "appeal-record").make(desk._replace(told=told))
    assert "另為處分之案號115調-民-0002" in squeezed("".join(sheet.texts()))


def test_C22_the_letter_of_what_is_decided_anew_says_in_whose_place_it_stands() -> None:
    text = text_of("decided anew", "grant-notice")
    assert (
        "前經本所以北市萬戶庶字第1130001234號函處分（案號：115調-民-0001），業經府訴決字第1136100002號訴願決定撤銷"
        in text
    )
    assert "另為處分" in text


def test_a_correction_names_what_is_missing_and_until_when() -> None:
    text = text_of("correction", "correction-notice")
    assert text.startswith("稿尚未編列發文字號"), "without a number it is a draft (AT-72)"
    assert "(1)報案證明正本未核對" in text
    assert "請於本通知送達之次日起7日內補正" in text


def test_AT_72_what_is_granted_is_told_by_a_letter_with_its_number_before_it_arrives() -> None:
    desk = scene("granted")
    text = text_of("granted", "grant-notice")
    for said in (
        "發文日期：中華民國115年11月24日", "發文字號：北市萬戶庶字第1130001234號", "准予閱覽：",
        "請於115年12月24日以前洽本所約定時間", "不得拍攝", "複製以提供公務機關為限", "電子簽章",
    ):  # fmt: skip
        assert said in text, said
    assert "不得發出" not in text
    assert "115年11月24日發文北市萬戶庶字第1130001234號" in text_of("granted", "annex-2"), "and not yet served"
    sent = desk.told.letters[0]
    signer = LetterSigner(account="third", name="張文彬", post="秘書", deputy=True)
    told = msgspec.structs.replace(desk.told, letters=(msgspec.structs.replace(sent, signer=signer),))
    by_deputy = squeezed("".join(paper_of(told, "grant-notice").make(desk._replace(told=told)).texts()))
    assert "秘書張文彬代行" in by_deputy
    assert "電子簽章" not in by_deputy, "it was signed in ink by somebody who did not decide"


def test_AT_60_AT_72_what_was_asked_for_can_be_printed_for_ever_with_its_number_and_its_day() -> None:
    text = text_of("corrected", "correction-notice")
    for said in (
        "發文日期：中華民國115年11月24日", "發文字號：北市萬戶庶字第2號", "(1)報案證明正本未核對",
        "請於本通知送達之次日起7日內補正",
    ):  # fmt: skip
        assert said in text, said
    assert "不得發出" not in text


def test_C2_a_correction_says_until_when_in_days_and_by_an_example_and_names_its_law() -> None:
    text = text_of("correction", "correction-notice")
    assert "日內補正（如於115年11月24日送達者，至115年12月1日止；末日為星期六、星期日或其他休息日者" in text
    assert "法令依據" in text
    assert "行政程序法第48條" in text


def test_D_11_a_draft_of_an_extension_names_the_day_that_it_would_give_and_one_that_never_went_out_is_gone() -> None:
    desk = scene("extended")
    draft = msgspec.structs.replace(desk.told, letters=(), clock={"due": "2026-12-09", "is_extended": False})
    text = squeezed("".join(paper_of(draft, "extension-notice").make(desk._replace(told=draft)).texts()))
    assert "至115年12月24日止" in text
    decided = msgspec.structs.replace(draft, result="granted")
    with pytest.raises(NotFound):
        paper_of(decided, "extension-notice")


@pytest.mark.parametrize(
    ("name", "code"),
    [("refused", "refusal-with-remedy"), ("partly", "partial-grant"), ("granted", "grant-notice"),
     ("dismissed", "dismissal-with-remedy")],
)  # fmt: skip
def test_T_27_an_answer_names_the_law_it_was_asked_under_and_under_PDPA_10_what_is_kept_and_for_what(
    name: str, code: str
) -> None:
    desk = scene(name)
    for law, told in (("個人資料保護法第10條", True), ("政府資訊公開法", False)):
        case = msgspec.structs.replace(desk.told, statutory=law)
        text = squeezed("".join(paper_of(case, code).make(desk._replace(told=case)).texts()))
        assert f"{law}向本所申請調閱" in text
        rules = f"特定目的為維護辦公環境安全、檔案管理及提升為民服務品質（{RULES}第二點）"
        assert (rules in text and "個人資料之類別為影像" in text) is told
    assert "特定目的" not in text_of(name, code)


def test_D_23_the_form_names_a_law_for_which_its_pack_has_no_box() -> None:
    desk = scene("granted")
    for law in ("檔案法第17條", "政府資訊公開法"):
        case = msgspec.structs.replace(desk.told, statutory=law)
        text = squeezed("".join(paper_of(case, "annex-2").make(desk._replace(told=case)).texts()))
        assert "■另依" in text
        assert text.count(f"■{law}") == 1
        assert text.count(law) == 1
    assert "□另依" in text_of("granted", "annex-2")


def test_T_31_a_redirection_names_body_way_reason_and_remedy() -> None:
    text = text_of("redirected", "redirection")
    for said in (
        "該局設置，非本所保管", "向臺北市政府警察局萬華分局，備妥身分證明及報案證明",
        "作業規範第八點第(五)款第1目之(1)",
        "救濟方法、期間及受理機關", "30日內", "蔡文德",
    ):  # fmt: skip
        assert said in text, said
    agency = text_of("letter redirected", "reply-letter")
    assert "向臺北市政府警察局萬華分局" in agency
    assert "訴願" not in agency
    assert "應循程序：向臺北市政府警察局萬華分局" in text_of("redirected", "annex-2")


def test_AT_48_a_request_that_was_locked_undecided_says_why_neither_box_is_ticked() -> None:
    why = (
        "□准予調閱□否准調閱，原因：已進入司法程序（司法案號：115年度偵字第45號），不適用內部調閱，改由相關機關來函申請"
    )
    assert why in text_of("locked undecided", "annex-3")


def test_AT_42_a_viewing_that_filming_ended_is_printed_as_broken_off_with_what_was_done() -> None:
    two, four = (text_of("stopped", paper) for paper in ("annex-2", "annex-4"))
    assert "115年11月24日09時05分~09時25分　終止（經制止仍續行拍攝）".replace("　", "") in two
    assert "□未拍攝■發現拍攝，處置：已請其刪除並通報" in two
    assert "終止（經制止仍續行拍攝）" in four
    assert "拍攝情形：有（已請其刪除並通報）" in four


def test_a_viewing_in_which_nothing_was_shown_is_printed_as_that() -> None:
    assert "未播放任何影音（播放設備故障）" in text_of("unshown", "annex-2")
    row = text_of("unshown", "annex-4")
    assert "到所者：陳𤆬治" in row
    assert "閱覽人：" not in row
    assert "到所未閱覽：115年11月24日09時05分" in row
    assert "未播放任何影音（播放設備故障）" in row
    assert "到所未閱覽" not in text_of("viewed", "annex-4")


def test_D_11_AT_72_an_extension_goes_out_with_its_number_and_the_new_day() -> None:
    text = text_of("extended", "extension-notice")
    for said in (
        "發文字號：北市萬戶庶字第3號",
        "展延事由：尚待查證。",
        "展延15日（以一次為限），至115年12月24日止",
        "辦理期限展延至115年12月24日止，請查照",
        "行政程序法第51條第3項、第4項",
    ):
        assert said in text, said
    assert "不得發出" not in text


@pytest.mark.parametrize(("found", "said"), [("expired", "已逾保存期限"), ("gap", "無紀錄"), ("in_store", "保存中")])
def test_T_21_the_receipt_says_whether_each_range_was_there_and_promises_nothing(found: str, said: str) -> None:
    keeper = keeper_of_papers()
    keeper.existence = found
    told = keeper.told_of(Life(keeper, "CIT").do(Event.RECEIVE).key, [])
    paper = squeezed("".join(paper_of(told, "receipt-slip").make(Desk(told, ISSUE)).texts()))
    assert f"收件時影音存否第1段（監視器1-01）：{said}第2段（監視器1-02）：{said}" in paper
    assert "先行保存不表示准予調閱" in paper
    assert "可閱覽" not in paper
