"""The published list: what is on it, its hash, the three files against the registry, and a page edited by hand."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import zipfile
from datetime import date, timedelta
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.errors import UsageError
from appliance.papers.camera_list.files import HEADINGS, csv_of, html_of, ods_of
from appliance.papers.camera_list.posted import MOST_BYTES, read_page
from appliance.rules.cameras.duties import Duty, duties_of
from appliance.rules.cameras.facts import CameraTyped, Filing
from appliance.rules.cameras.judging import Refusal
from appliance.rules.cameras.publication import (
    BoardState,
    ListRow,
    PublicList,
    board_of,
    differences,
    list_of,
    tells_too_much,
)
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import LIVE, State
from appliance.rules.cameras.version import CameraVersion, Device, Matters, Wiring
from appliance.rules.deadlines import month_end
from tests.rules.cameradesk import DAY, Desk, draft, typed_for

UNIT, PHONE, OFFICE = "行政庶務課", "02-2306-1234", "臺北市萬華區戶政事務所"
WORDS = st.text("一樓大廳檔案室<>&\"'、,;門 \t=()A1", min_size=1, max_size=12).filter(lambda text: text.strip() != "")


@st.composite
def fleets(draw: st.DrawFn) -> list[CameraVersion]:
    """Versions in any state, with secrets that must stand in no file."""
    numbers = draw(st.lists(st.from_regex(r"[0-9A-Z]{1,4}", fullmatch=True), unique=True, max_size=12))
    return [
        CameraVersion(
            camera_no=number,
            version=1,
            state=draw(st.sampled_from(list(State))),
            matters=Matters(area=draw(WORDS), place="SECRET-place", sound=draw(st.booleans()), lens="SECRET-lens"),
            device=Device(make="SECRET-make", model="SECRET-model", serial="SECRET-serial"),
            wiring=Wiring(source="av", settings={"address": "rtsp://SECRET@192.168.9.9/1"}),
        )
        for number in numbers
    ]


def table(public: PublicList, as_of: date) -> list[list[str]]:
    """What each file must show, written here anew: number, area, count, sound, unit, phone, date."""
    shown = f"民國{as_of.year - 1911}年{as_of.month}月{as_of.day}日"
    return [
        [row.area, "、".join(row.numbers), str(len(row.numbers)), "有" if row.sound else "無", UNIT, PHONE, shown]
        for row in public.rows
    ]


def cells_of_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def cells_of_ods(data: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.namelist()[0] == "mimetype"
        assert package.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        root = ElementTree.fromstring(package.read("content.xml"))
    name = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    text = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
    return [[cell.findtext(text) or "" for cell in row] for row in root.iter(f"{name}table-row")]


def cells_of_html(data: bytes) -> list[list[str]]:
    """By another way than the reader's: this file's own tags."""
    body = re.search(r"<tbody>(.*?)</tbody>", data.decode(), re.DOTALL)
    assert body
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL)
    entities = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'"}

    def plain(cell: str) -> str:
        for name, sign in entities.items():
            cell = cell.replace(name, sign)
        return cell.replace("&amp;", "&")

    return [[plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


@settings(max_examples=120, deadline=None)
@given(fleet=fleets(), day=st.dates(date(2024, 1, 1), date(2039, 12, 31)))
def test_AT_11_D_15_T_70_all_three_files_have_exactly_what_is_in_force_and_nothing_else(
    fleet: list[CameraVersion], day: date
) -> None:
    public = list_of(fleet, UNIT, PHONE)
    in_force = {version.camera_no: version.matters for version in fleet if version.state in LIVE}
    assert sorted(number for row in public.rows for number in row.numbers) == sorted(in_force)
    for row in public.rows:
        for number in row.numbers:
            area = " ".join(in_force[number].area.split())
            assert (row.area, row.sound) == (area, in_force[number].sound)
    files = {"html": html_of(public, day, OFFICE), "csv": csv_of(public, day), "ods": ods_of(public, day)}
    wanted = table(public, day)
    assert cells_of_html(files["html"]) == wanted
    texts = [[f"'{cell}" if re.match(r"[=+@\t\r＝＋－＠-]", cell) else cell for cell in cells] for cells in wanted]
    assert cells_of_csv(files["csv"]) == [list(HEADINGS), *texts]
    assert cells_of_ods(files["ods"]) == [list(HEADINGS), *wanted]
    assert read_page(files["html"]) == public
    for data in files.values():
        assert b"SECRET" not in data
        assert b"192.168" not in data
    assert files == {"html": html_of(public, day, OFFICE), "csv": csv_of(public, day), "ods": ods_of(public, day)}


def test_T_90_a_training_office_s_list_says_so_in_every_file_and_reads_as_the_same_list() -> None:
    mark = "訓練　本清單由訓練環境產生，不得公告"
    page = html_of(LIST, DAY, OFFICE, trial=True)
    assert page.decode().count(mark) == 1
    assert read_page(page) == LIST
    assert cells_of_csv(csv_of(LIST, DAY, trial=True))[0] == [mark]
    assert cells_of_ods(ods_of(LIST, DAY, trial=True))[0] == [mark]
    files = (html_of(LIST, DAY, OFFICE), csv_of(LIST, DAY), ods_of(LIST, DAY))
    assert not any("訓練".encode() in data for data in files)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "＝", "＋", "－", "＠"])
def test_no_cell_of_the_csv_is_reckoned_with_by_the_program_that_opens_it(sign: str) -> None:
    """An area and a telephone number that begin as a formula does; in the ODS every cell says that it is a text."""
    row = ListRow(area=f"{sign}cmd|'/c calc'!A1", sound=False, numbers=("01",))
    public = PublicList(unit=UNIT, phone=f"{sign}886-2-2306-2706", rows=(row,))
    _, cells = cells_of_csv(csv_of(public, DAY))
    assert cells[0] == f"'{row.area}"
    assert cells[5] == f"'{public.phone}"
    assert not [cell for cell in cells if cell[:1] in "=+-@\t＝＋－＠"]
    with zipfile.ZipFile(io.BytesIO(ods_of(public, DAY))) as package:
        assert b"formula" not in package.read("content.xml")


LIST = PublicList(
    unit=UNIT,
    phone=PHONE,
    rows=(
        ListRow(area="一樓大廳", sound=False, numbers=("01", "02")),
        ListRow(area="檔案室", sound=True, numbers=("03",)),
    ),
)
PAGE = html_of(LIST, DAY, OFFICE).decode()


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (("檔案室", "檔案庫房"), (("area", "03"),)),
        (("<td>有</td>", "<td>無</td>"), (("sound", "03"),)),
        (("<td>01、02</td><td>2</td>", "<td>01</td><td>1</td>"), (("missing", "02"),)),
        (("<td>01、02</td><td>2</td>", "<td>01、02、04</td><td>3</td>"), (("extra", "04"),)),
        ((PHONE + "</td>", "02-0000-0000</td>"), (("phone", "phone"),)),
        ((UNIT + "</td>", "秘書室</td>"), (("unit", "unit"),)),
    ],
)  # fmt: skip
def test_T_67_INV_11_a_page_edited_by_hand_is_another_list_whatever_hash_is_printed_on_it(
    edit: tuple[str, str], found: tuple[tuple[str, str], ...]
) -> None:
    edited = PAGE.replace(*edit)
    assert edited != PAGE
    assert LIST.digest in edited, "the hash that is printed below was left as it was"
    shown = read_page(edited.encode())
    assert shown.digest != LIST.digest
    assert differences(LIST, shown) == found


def test_T_67_a_row_that_does_not_add_up_and_a_row_that_went_are_found() -> None:
    with pytest.raises(UsageError, match="does not add up"):
        read_page(PAGE.replace("<td>2</td>", "<td>5</td>").encode())
    gone = re.sub(r"\n<tr><th scope=\"row\">檔案室.*?</tr>", "", PAGE)
    assert differences(LIST, read_page(gone.encode())) == (("missing", "03"),)


def test_the_list_is_read_inside_the_website_s_own_page_and_with_its_white_space() -> None:
    inner = PAGE[PAGE.index("<table") : PAGE.index("</table>") + 8]
    loose = inner.replace("><", ">\n  <")
    site = (
        f"<html><body><table><tr><td>選單</td></tr></table><div>{loose}</div><table><tr><td>頁尾</table></body></html>"
    )
    assert read_page(site.encode()) == LIST
    assert read_page(inner.replace('class="camera-list"', "class='table camera-list wide'").encode()) == LIST


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html><body>nothing</body></html>", "no list"),
        (PAGE.encode() * 2, "2 lists"),
        (PAGE.encode("utf-16"), "not in UTF-8"),
        (PAGE.replace("錄音</th>", "IP</th>").encode(), "other columns"),
        (b" " * (MOST_BYTES + 1), "4 MB at most"),
        (b'<table class="camera-list">', "other columns"),
    ],
)
def test_what_is_no_page_of_the_list_says_why(data: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_page(data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text('<>/table class="camera-list"trdh&;', max_size=300).map(str.encode))
def test_no_page_breaks_the_reader(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert read_page(data) is not None


def test_the_page_is_accessible_and_brings_nothing_with_it() -> None:
    assert '<html lang="zh-Hant-TW">' in PAGE
    assert PAGE.count("<h1>") == 1
    assert PAGE.count('scope="col"') == len(HEADINGS)
    assert PAGE.count('scope="row"') == len(LIST.rows)
    assert "<caption>" in PAGE
    assert not re.search(r"<script|<img|<iframe|src=|href=|url\(|@import|onclick", PAGE), (
        "no map, picture, script or link"
    )


@pytest.mark.parametrize(
    "area", ["一樓 192.168.1.20", "大廳 rtsp://x", "大廳 00:11:22:33:44:55", "門口高度3公尺", "仰角 30°", "死角",
    "=HYPERLINK(1)"]
)  # fmt: skip
def test_D_15_T_70_an_area_that_tells_too_much_does_not_come_to_the_list(area: str) -> None:
    desk = Desk()
    desk.do(Event.DRAFT, typed=draft(matters={"area": area}))
    found = desk.ask(Event.SUBMIT)
    assert isinstance(found, Refusal)
    assert found.missing == ("area_tells",)


def test_D_15_the_device_s_own_names_do_not_come_to_the_list() -> None:
    assert tells_too_much("大廳 Axle P-1000", "P-1000")
    assert not tells_too_much("一樓大廳", "")


def test_AT_12_T_67_INV_11_the_board_is_red_from_a_change_until_a_publication_of_that_very_list_is_confirmed() -> None:
    desk = Desk()
    desk.in_force("01")
    first = list_of(desk.fleet.in_force(), UNIT, PHONE)
    nothing, posted = board_of(first, "", "", desk.today), board_of(first, first.digest, "", desk.today)
    assert (nothing.state, nothing.red) == (BoardState.NONE, True)
    assert (posted.state, posted.red) == (BoardState.WAITING, True), "posted is not confirmed"
    assert not board_of(first, first.digest, first.digest, desk.today).red
    desk.do(Event.RETIRE, version=desk.fleet.get("01", 1))
    second = list_of(desk.fleet.in_force(), UNIT, PHONE)
    board = board_of(second, first.digest, first.digest, desk.today)
    assert (board.state, board.red) == (BoardState.DIFFERS, True)
    assert board.due == date(2026, 11, 25), "the next working day"
    assert not board.is_late(date(2026, 11, 27))
    assert board.is_late(date(2026, 11, 28)), "T-67: after three working days"


def test_AT_12_days_off_are_no_working_days() -> None:
    board = board_of(LIST, "", "", date(2026, 11, 27), {date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30)})
    assert board.due == date(2026, 12, 1)


def test_what_the_rules_call_otherwise_is_another_list() -> None:
    """T-86: the list follows the unit and the phone of the rules in force."""
    assert msgspec.structs.replace(LIST, phone="1").digest != LIST.digest


def test_T_68_an_approval_that_ends_is_a_task_60_days_before_and_stops_nothing() -> None:

    desk = Desk()
    desk.lead(Event.DRAFT, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND)
    expires = DAY + timedelta(days=100)
    answer = msgspec.structs.replace(typed_for(desk.version(), Event.ENTER_ANSWER).answer, expires=expires)
    desk.do(Event.ENTER_ANSWER, typed=CameraTyped(answer=answer))
    desk.lead(Event.CONFIRM_APPROVAL, Event.ACCEPT, Event.PUT_IN_FORCE)
    versions = desk.fleet.all()
    assert duties_of(versions, DAY + timedelta(days=39)) == ()
    assert duties_of(versions, DAY + timedelta(days=40)) == (Duty("expires", "01", expires, "amber"),)
    assert duties_of(versions, DAY + timedelta(days=101)) == (Duty("expires", "01", expires, "red"),)
    assert desk.fleet.recorded()


def test_T_69_the_papers_of_an_existing_camera_are_amber_till_filed_and_red_after_the_plan_s_day() -> None:

    desk = Desk()
    desk.do(Event.ADOPT)
    assert [(duty.code, duty.mark) for duty in duties_of(desk.fleet.all(), DAY)] == [("papers", "amber")]
    desk.do(Event.SIGN_PLAN)
    later = DAY + timedelta(days=91)
    assert [(duty.code, duty.mark) for duty in duties_of(desk.fleet.all(), later)] == [("papers", "red")]
    desk.lead(Event.FILE_EVIDENCE, Event.CONFIRM_EVIDENCE)
    assert duties_of(desk.fleet.all(), later) == ()


def test_AT_13_a_review_falls_due_after_as_many_months_as_the_office_s_rules_say() -> None:
    desk = Desk(Filing(review_months=1))
    desk.announced()
    desk.wait(28)
    assert isinstance(desk.ask(Event.FALL_DUE), Refusal)
    desk.wait(5)
    desk.do(Event.FALL_DUE)
    (due,) = duties_of(desk.fleet.all(), desk.today, review_months=1)
    assert (due.code, due.due) == ("review", month_end(DAY) + timedelta(days=1))


def test_AT_13_a_review_that_is_due_and_a_drift_are_duties() -> None:

    desk = Desk()
    desk.announced()
    desk.wait(93)
    desk.do(Event.FALL_DUE)
    assert [(duty.code, duty.due) for duty in duties_of(desk.fleet.all(), desk.today)] == [("review", desk.today)]
    desk.do(Event.MISMATCH)
    assert [(duty.code, duty.mark) for duty in duties_of(desk.fleet.all(), desk.today)] == [("drift", "red")]
