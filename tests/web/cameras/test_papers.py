"""The papers of 五: what they say of a version, what they never say, and the line a camera of a review."""

from __future__ import annotations

import io
import zipfile

import pytest
from msgspec.structs import replace

from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.sheet import Grid
from appliance.protocol.cameras import (
    CameraAct,
    CameraDetails,
    Reviewed,
    Reviews,
    Version,
)
from appliance.protocol.publication import PostingView, Publication, PublicationView
from appliance.rules.cameras.publication import ListRow, PublicList
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import Cell, State
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.version import Answer, Matters, Review, Signature
from appliance.rules.people import Role
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cameras.papers import PAPERS, CameraWords, papers_of
from appliance.web.pages.cameras.postings import postings_sheet
from appliance.web.pages.cameras.reviews import review_sheet
from tests.papers.samples import ISSUE, PACK
from tests.rules.cameradesk import DAY, draft
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor

MESSAGES = read_messages()
AT_NS = 1_790_000_000 * 10**9
TYPED = draft(matters={"area": "二樓檔案室", "view": "檔案架走道"})
VERSION = Version(
    camera_no="03", version=1, state="internal", matters=TYPED.matters, device=TYPED.device, reason=TYPED.reason,
    alternative=TYPED.alternative, scans=("sketch",), source="rtsp", settings=("address", "password"),
)  # fmt: skip


def told(*versions: Version, acts: tuple[CameraAct, ...] = ()) -> CameraDetails:
    return CameraDetails(camera="03", versions=versions, acts=acts, names={"wang": "王小明", "chen": "陳課長"})


def text(paper: str, camera: CameraDetails, issue: Issue = ISSUE) -> str:
    sheet = PAPERS[paper].make(CameraWords(MESSAGES, camera, camera.versions[0]), issue)
    return "\n".join(sheet.texts())


def signed(cell: Cell, account: str, role: Role) -> Signature:
    return Signature(cell=cell, account=account, day=DAY, role=role)


def test_the_sheet_for_signing_has_what_is_asked_for_and_who_signed_when_and_no_network_secret() -> None:
    version = replace(VERSION, signatures=(signed(Cell.MAKER, "wang", Role.OFFICER),))
    act = CameraAct(entry=9, at_ns=AT_NS, version=1, row="K2", event="submit", state="internal")
    said = text("memo", told(version, acts=(act,)))
    shown = ("監視器新設簽核表", "二樓檔案室", "檔案架走道", "王小明", "電子簽章", "專責人員", "第五點第(一)款")
    for words in (*shown, VERSION.reason, VERSION.alternative):
        assert words in said, words
    assert "登記之畫面" not in said
    registered = replace(VERSION, device=replace(VERSION.device, size="1920x1080", rate="15", night="dark"))
    assert "登記解析度：1920x1080；登記每秒張數：15；夜間畫面：無光源，全黑" in text("memo", told(registered))
    assert "rtsp" not in said
    assert "address" not in said
    assert said.count("電子簽章") == 1, "the other three boxes are for ink"


def test_who_approved_what_goes_to_the_police_authority_signed_at_the_time_of_that_very_act() -> None:
    for event in (Event.APPROVE, Event.APPROVE_EXEMPT):
        row = next(each for each in CAMERAS if each.event is event)
        version = replace(VERSION, signatures=(signed(Cell.DIRECTOR, "wang", Role.DIRECTOR),))
        act = CameraAct(entry=9, at_ns=AT_NS, version=1, row=row.id, event=event, state="submitted")
        said = text("memo", told(version, acts=(act,)))
        assert f"{DAY.year - 1911} 年" in said, event
        assert "59 年" not in said, event


def test_AT_09_the_sheet_of_a_change_says_each_matter_as_it_was_approved_and_as_it_is_to_be() -> None:
    before = replace(VERSION, state="announced", in_force_on=DAY)
    after = replace(
        VERSION, version=2, origin="change", matters=replace(VERSION.matters, sound=True, view="走道及門口")
    )
    said = text("memo", told(after, before))
    assert "監視器異動簽核表" in said
    assert "原核准：檔案架走道" in said
    assert "擬異動：走道及門口" in said
    assert "原核准：否" in said
    assert "原核准：二樓檔案室" not in said, "what stays is no change"


def test_AT_09_a_change_of_what_a_set_up_brought_claims_no_approval_and_nothing_that_nobody_told_it() -> None:
    told_then = Matters(area="二樓檔案室", place="二樓檔案室")
    before = replace(VERSION, state="announced", in_force_on=DAY, origin="existing", matters=told_then)
    after = replace(VERSION, version=2, origin="change", matters=replace(VERSION.matters, sound=True, ptz=True))
    for paper in ("memo", "letter"):
        said = text(paper, told(after, before)).splitlines()
        assert not any("原核准" in line for line in said), paper
    lines = text("memo", told(after, before))
    assert "位於本所場域\n現行：—\n擬異動：是" in lines
    assert "錄音\n現行：否\n擬異動：是" in lines, "the set-up was told so"
    assert "可遙控轉動\n現行：—\n擬異動：是" in lines


def test_AT_72_the_letter_to_the_police_authority_is_a_draft_until_it_went_out_with_its_number() -> None:
    office = Issue(pack=replace(PACK, cameras=replace(PACK.cameras, police="臺北市政府警察局萬華分局")))
    version = replace(VERSION, state="submitted")
    said = text("letter", told(version), office)
    assert "稿　尚未編列發文字號，不得發出" in said
    assert "受文者：臺北市政府警察局萬華分局" in said
    assert "請惠予核准。" in said
    act = CameraAct(entry=9, at_ns=AT_NS, version=1, row="K3e", event=Event.SEND, state="submitted")
    said = text("letter", told(replace(version, letter_no="北市萬戶字第1號"), acts=(act,)), office)
    assert "稿　尚未編列發文字號" not in said
    assert "發文字號：北市萬戶字第1號" in said
    assert "請惠予備查。" in text("letter", told(replace(version, filing="filing")), office)
    assert papers_of(replace(version, filing="exempt")) == ["memo"], "what is exempt is reported to nobody"


def test_T_68_the_acceptance_ticks_each_line_and_each_condition_by_itself() -> None:
    answer = Answer(
        kind="approved", agency="萬華分局", day=DAY, number="1", conditions=("不得攝入騎樓", "告示須設中英文")
    )
    version = replace(VERSION, state="approved", answer=answer)
    said = text("acceptance", told(version))
    assert said.count("□符合") == 6 + 2
    done = replace(version.acceptance, conditions=2, picture="a" * 64, recorded=True, played=True, sign_on_wall=True,
                   sound_as_approved=True, masks_set=True, time_checked=True, identity={"mac": "00:11"})  # fmt: skip
    version = replace(version, acceptance=done, signatures=(signed(Cell.ACCEPTED, "wang", Role.OFFICER),))
    said = text("acceptance", told(version))
    assert said.count("■符合") == 6 + 2
    assert "啟用前不儲存影音資料" in said
    assert "a" * 64 in said
    assert "網路卡\n00:11" in said, "what the device told of itself, in the office's words"


def test_which_papers_a_version_has() -> None:
    assert papers_of(replace(VERSION, state="draft")) == ["memo"]
    assert papers_of(replace(VERSION, state="submitted")) == ["memo", "letter"]
    assert papers_of(replace(VERSION, state="approved")) == ["memo", "letter", "acceptance"]
    assert papers_of(replace(VERSION, origin="existing", state="in_force")) == ["memo"], "for the papers it owes"


def test_AT_13_the_review_s_paper_has_a_line_per_camera_and_says_who_was_not_looked_at() -> None:
    agrees = Review(exists="yes", place="yes", view="yes", sign="yes", listed="yes", conditions=2)
    looked = Reviewed(camera="01", version=1, area="一樓大廳", state="drift", review=replace(agrees, view="no",
                      conditions=0), conditions=2, reviewer="王小明", looked_on=DAY)  # fmt: skip
    met = replace(looked, camera="03", review=agrees)
    told = Reviews(reviews=(looked, Reviewed(camera="02", version=1, area="二樓"), met))
    sheet = review_sheet(told, MESSAGES, ISSUE)
    (grid,) = (block for block in sheet.blocks if getattr(block, "heads", 0))
    lines = [[each.text for each in row.cells] for row in grid.rows]  # type: ignore[union-attr]
    assert len(lines) == 4
    assert lines[1][:7] == ["01", "一樓大廳", "相符", "相符", "不符", "相符", "相符"]
    assert (lines[1][7], lines[3][7]) == ("", "2／2 項符合"), (
        "a look that found a line otherwise asks for no conditions"
    )
    assert lines[1][8].startswith("王小明")
    assert lines[2] == ["02", "二樓", *["未檢視"] * 5, "", "", ""]
    assert "第五點第(三)款" in "".join(sheet.foot)


def test_AT_11_D_15_the_sheet_of_the_published_list_has_what_is_in_force_and_who_posted_and_confirmed_it() -> None:
    listed = PublicList(unit="行政庶務課", phone="02-2306-1234", rows=(
        ListRow(area="一樓大廳", sound=False, numbers=("01", "02")), ListRow(area="二樓", sound=True, numbers=("03",))
    ))  # fmt: skip
    posting = PostingView(entry=7, digest=listed.digest, cameras=3, page="ab", at_ns=AT_NS, display="黃小姐",
                       url="https://wanhua.gov.taipei/cctv", confirmed_ns=AT_NS, confirmed_by="王小明")  # fmt: skip
    board = PublicationView(state="equal", red=False, due=DAY)
    told = Publication(list=listed, digest=listed.digest, count=3, as_of=DAY, board=board, postings=(posting,))
    sheet = postings_sheet(told, MESSAGES, ISSUE)
    first, second = ([[each.text for each in row.cells] for row in block.rows] for block in sheet.blocks
                     if isinstance(block, Grid))  # fmt: skip
    assert first[1:] == [["一樓大廳", "01、02", "2", "無"], ["二樓", "03", "1", "有"]]
    assert second[1][1] == "https://wanhua.gov.taipei/cctv"
    assert "黃小姐" in second[1][0]
    assert "王小明" in second[1][3]
    said = "\n".join(sheet.texts())
    assert listed.digest in said
    assert "02-2306-1234" in said
    late = replace(told, board=PublicationView(state="differs", red=True, due=DAY), postings=())
    assert "應於" in "\n".join(postings_sheet(late, MESSAGES, ISSUE).texts())


@pytest.mark.papers
def test_the_papers_are_on_the_camera_s_page_as_pdf_and_odt(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    version = keeper.fleet.get("2-01", 1)
    keeper.fleet = keeper.fleet.with_version(replace(version, state=State.APPROVED))
    page = visitor.get("/cameras/2-01").text
    for code in ("memo", "letter", "acceptance"):
        assert f'href="/cameras/2-01/1/{code}.pdf"' in page
        saved = visitor.get(f"/cameras/2-01/1/{code}.odt")
        assert "content.xml" in zipfile.ZipFile(io.BytesIO(saved.body)).namelist()
    assert visitor.get("/cameras/2-01/1/memo.pdf").body.startswith(b"%PDF")
    review = visitor.get("/cameras/review")
    assert 'href="/cameras/1-01"' in review.text
    assert 'href="/cameras/2-01"' not in review.text, "it is not in force"
    assert visitor.get("/cameras/review.pdf").body.startswith(b"%PDF")
    assert visitor.get("/cameras/postings.pdf").body.startswith(b"%PDF")
    for missing in ("/cameras/2-01/1/memo.doc", "/cameras/2-01/9/memo.pdf", "/cameras/2-01/1/other.pdf",
                    "/cameras/1-02/1/acceptance.pdf", "/cameras/review.doc"):  # fmt: skip
        assert visitor.get(missing).status == 404, missing
