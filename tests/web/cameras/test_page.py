"""The pages of cameras over the double: what they offer to whom, what they ask of the keeper, words for everything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from appliance.core.errors import Refused
from appliance.core.messages import coded
from appliance.rules.cameras import guards_force, guards_papers
from appliance.rules.cameras.places import PLACE_KINDS
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import Cell, Origin, State
from appliance.rules.cameras.typed import TAKES
from appliance.rules.cameras.version import ACCEPTANCE_LINES, REVIEW_LINES, Answer, Matters, Signature
from appliance.rules.deadlines import DAY_NS
from appliance.rules.people import Role
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cameras.fields import DRAFT_PARTS, EVENT_FIELDS, facts_of, unreadable
from tests.rules.cameradesk import DAY
from tests.scanfiles import png
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.scans.test_page import send as bring
from tests.web.visitor import Visitor

CODES = re.compile(r'\("([a-z_]+)",\)|append\("([a-z_]+)"\)|"([a-z_]+)"\) if|else \("([a-z_]+)",\)')
DRAFT = [field for _, part in DRAFT_PARTS for field in part]


def codes() -> set[str]:
    found = set()
    for module in (guards_papers, guards_force):
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        found |= {each for groups in CODES.findall(text) for each in groups if each}
    found |= {*ACCEPTANCE_LINES, *(f"line_{line}" for line in REVIEW_LINES)}
    found -= {"number", "successor"}  # a field of a document; what nobody but the machine lacks
    return {each for each in found if not each.startswith("cell_")}


def test_every_code_state_event_and_cell_has_words_in_the_catalogue() -> None:
    table = read_messages().table
    wanted = {f"camera-lack.{code}" for code in codes()}
    wanted |= {f"camera-state.{state}" for state in State} | {f"camera-event.{event}" for event in Event}
    wanted |= {f"camera-cell.{cell}" for cell in Cell} | {f"camera-origin.{origin}" for origin in Origin}
    wanted |= {f"camera-field.{field.name}" for fields in EVENT_FIELDS.values() for field in fields}
    wanted |= {f"camera-field.{field.name}" for field in DRAFT}
    wanted |= {f"camera-field.{name}" for name in Matters.__struct_fields__}
    wanted |= {f"camera-choice.{choice}" for field in DRAFT for choice in field.choices}
    wanted |= {f"camera-choice.{kind}" for kind in PLACE_KINDS}
    assert len(codes()) > 40
    assert {each.replace("_", "-") for each in wanted} <= set(table)


def test_every_event_of_people_is_asked_for_all_that_it_takes() -> None:
    for event, takes in TAKES.items():
        if event in (Event.DRAFT, Event.REVISE):
            continue
        asked = {field.goes.partition(".")[0] for field in EVENT_FIELDS.get(event, ())}
        assert asked == set(takes), event
    drafted = {field.goes.partition(".")[0] for field in DRAFT}
    assert drafted | {"origin", "keeps"} == set(TAKES[Event.DRAFT])


def test_what_was_typed_becomes_the_facts_and_nothing_empty_is_sent() -> None:
    typed = {
        "area": ("一樓",), "purposes": ("archives", "attendance"), "sound": ("yes",), "checked": ("115/11/20",),
        "settings": (
            "address = rtsp://x\npassword=12345678\nwidth=640\ntls=true\npin=0042\nopen_seconds=2.5\ncamera=\"7\"",
        ), "mode": ("continuous",),
    }  # fmt: skip
    facts = facts_of(tuple(DRAFT), typed)
    assert facts["matters"]["purposes"] == ["archives"]
    assert facts["matters"]["sound"] is True
    assert facts["device"] == {"checked_on": "2026-11-20"}
    assert facts["wiring"]["settings"] == {
        "address": "rtsp://x", "password": "12345678", "width": 640, "tls": True, "pin": "0042", "open_seconds": 2.5,
        "camera": "7",
    }  # fmt: skip
    assert "reason" not in facts
    assert unreadable(tuple(DRAFT), {"checked": ("113/13/1",), "settings": ("word",)}) == {
        "checked": "date.day-unreadable", "settings": "camera.settings-unreadable"
    }  # fmt: skip


def test_AT_12_the_list_shows_each_camera_the_board_and_what_is_owed(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/cameras").text
    for words in ("1-01", "1-02", "2-01", "公告與現況不符", "尚未公告", "既設證明", "提出新設"):
        assert words in page or words == "公告與現況不符", words
    assert 'href="/cameras" aria-current="page"' in page


@pytest.mark.parametrize("kind", ["html", "csv", "ods"])
def test_AT_11_the_list_comes_as_a_file_that_is_saved(visitor: Visitor, kind: str) -> None:
    visitor.log_in()
    answer = visitor.get(f"/cameras/list.{kind}")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="cameras.{kind}"'
    assert visitor.get("/cameras/list.exe").status == 404


def test_whoever_may_not_see_cameras_has_no_way_there(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("clerk")
    assert 'href="/cameras"' not in visitor.get("/cases").text
    keeper.fail_next["cameras.book"] = Refused.of("not-yours-to-see", what="see-cameras", roles="officer")
    assert visitor.get("/cameras").status == 403


def test_a_camera_s_page_offers_what_somebody_here_may_do_and_says_who_else_could(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/cameras/2-01").text
    assert 'value="submit"' in page
    assert 'value="drop"' in page
    page = visitor.get("/cameras/1-01").text
    assert 'value="suspend"' not in page, "that is the unit head's"
    assert "單位主管" in page
    assert "補登既設證明" not in page, "it has its approval"
    assert visitor.get("/cameras/9-99").status == 404


def test_the_record_says_who_did_what_with_which_words_and_a_draft_that_came_back_says_why_at_its_head(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    keeper.now_ns += 900 * DAY_NS
    visitor.log_in()
    visitor.join()
    bring(visitor, "/scans/camera/2-01-1", png(), "sketch.png", kind="sketch")
    for seat, event, typed in (("1", "submit", {}), ("2", "return", {"note": "請補視野說明"})):
        form = {"act": seat * 32, "seat": seat, "event": event, "version": "1", **typed}
        form["password"] = PASSWORDS["officer" if seat == "1" else "head"]
        assert visitor.post("/cameras/2-01/act", form).status == 303
    page = visitor.get("/cameras/2-01").text
    assert re.search(r"notice-warn.{0,200}退回.{0,200}請補視野說明", page, re.DOTALL)
    rows = re.findall(r"<tr><th scope=\"row\".*?</tr>", page, re.DOTALL)
    assert "陳怡君" in next(row for row in rows if "K2" in row)
    assert "請補視野說明" in next(row for row in rows if "S2" in row)


def test_a_camera_on_its_way_stands_with_those_in_force_and_only_what_ended_apart(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    before, _, gone = visitor.get("/cameras").text.partition("已終結")
    assert 'href="/cameras/2-01"' in before
    assert not gone
    visitor.post("/cameras/2-01/act", {"act": "d" * 32, "seat": "1", "event": "drop", "version": "1", "note": "x"})
    before, _, gone = visitor.get("/cameras").text.partition("已終結")
    assert 'href="/cameras/2-01"' in gone
    assert 'href="/cameras/2-01"' not in before


def test_a_refused_act_comes_back_as_it_was_typed_with_everything_that_is_missing(visitor: Visitor) -> None:
    visitor.log_in()
    form = {"act": "a" * 32, "seat": "1", "camera": "2-02", "origin": "new", "place": "女廁所門口", "area": "二樓"}
    answer = visitor.post("/cameras/new", form)
    assert answer.status == 403
    assert "高度隱私之處不得設置" in answer.text
    assert "女廁所門口" in answer.text
    answer = visitor.post("/cameras/new", form | {"checked": "13/13/13"})
    assert answer.status == 400
    assert 'id="draft-checked-problem"' in answer.text
    assert visitor.post("/cameras/new", form | {"origin": "other"}).status < 500


def test_a_draft_s_number_may_be_typed_in_full_width_and_its_alternative_is_asked_for(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    form = {"act": "a" * 32, "seat": "1", "camera": "０２-０２", "origin": "new", "area": "二樓"}
    assert visitor.post("/cameras/new", form).goes_to == "/cameras/02-02?done=draft"
    assert keeper.told("camera-act")[-1]["camera"] == "02-02"
    asks = r'<label for="draft-alternative">曾考慮之替代方式( <span class="optional">)?'
    for address, optional in (("/cameras/new", False), ("/cameras/new?camera=1-01&origin=replacement", True)):
        found = re.search(asks, visitor.get(address).text)
        assert found
        assert bool(found[1]) == optional, address


def test_T_68_each_condition_of_the_approval_has_a_tick_of_its_own() -> None:
    (met,) = [field for field in EVENT_FIELDS[Event.ACCEPT] if field.name == "met"]
    for ticks, count in (((), 0), (("0",), 1), (("1", "1"), 1), (("0", "1"), 2), (("0", "1", "7"), 2), (("x",), 0)):
        found = facts_of((met,), {"met": ticks}, conditions=2)
        assert found == {"acceptance": {"conditions": count}}, ticks


def test_T_68_the_acceptance_asks_for_each_condition_and_says_that_nothing_is_stored(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    version = keeper.fleet.get("2-01", 1)
    answer = Answer(kind="approved", agency="萬華分局", number="1", conditions=("不得攝入騎樓", "告示須設中英文"))
    keeper.fleet = keeper.fleet.with_version(replace(version, state=State.APPROVED, answer=answer))
    page = visitor.get("/cameras/2-01").text
    for at, line in enumerate(answer.conditions):
        assert f'name="met" value="{at}"><span class="choice-text">{line}' in page
    assert "啟用前不儲存影音資料" in page
    assert "已試錄" not in page


def test_D_10_whoever_signed_another_cell_is_told_so_and_not_that_it_is_unsigned(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in("head")
    cells = tuple(
        Signature(cell=cell, account=account, day=DAY, role=Role.OFFICER)
        for cell, account in ((Cell.MAKER, "officer"), (Cell.UNIT_HEAD, "head"), (Cell.SECRETARY, "third"))
    )
    version = keeper.fleet.get("2-01", 1)
    keeper.fleet = keeper.fleet.with_version(replace(version, state=State.INTERNAL, signatures=cells))
    form = {"act": "c" * 32, "seat": "1", "event": "approve", "version": "1", "password": PASSWORDS["head"]}
    answer = visitor.post("/cameras/2-01/act", form)
    assert answer.status == 403
    assert "您已簽：單位主管" in answer.text
    assert "尚未簽核" not in answer.text


def test_AT_09_a_change_begins_from_what_stands_and_never_from_its_password(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/cameras/new?camera=1-01&origin=change").text
    assert "一樓大廳東側柱上" in page
    assert 'value="waiting" selected' in page
    assert re.search(r'name="settings"[^>]*></textarea>', page), "what is set is told to nobody"


def test_an_act_is_sent_once_with_the_password_typed_for_it(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    visitor.join()
    form = {"act": "b" * 32, "seat": "2", "event": "suspend", "version": "1", "note": "維修", "password": "x"}
    answer = visitor.post("/cameras/1-01/act", form)
    assert answer.goes_to == "/cameras/1-01?done=suspend"
    (asked,) = keeper.told("camera-act")
    assert asked["facts"] == {"note": "維修"}
    assert (asked["seat"], asked["version"], asked["password"]) == (2, 1, "x")
    for broken in ({"version": "x"}, {"seat": "3"}, {"act": ""}):
        assert visitor.post("/cameras/1-01/act", form | broken).status == 400


def test_AT_12_a_posting_without_its_page_says_so_at_its_form(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    answer = visitor.post("/cameras", {"act": "c" * 32, "seat": "1", "deed": "post", "url": "https://x.tw"})
    assert answer.status == 400
    assert "請選擇另存之網頁檔" in answer.text
    assert not keeper.told("publication.post")
    assert visitor.post("/cameras", {"act": "c" * 32, "seat": "1", "deed": "burn"}).status == 400


def test_T_67_a_page_that_differs_is_said_camera_by_camera(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/cameras/list.html").text.replace("一樓櫃檯", "二樓櫃檯")
    body = (
        '--x\r\nContent-Disposition: form-data; name="act"\r\n\r\n' + "d" * 32
        + '\r\n--x\r\nContent-Disposition: form-data; name="seat"\r\n\r\n1'
        + '\r\n--x\r\nContent-Disposition: form-data; name="deed"\r\n\r\ncheck'
        + '\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="p.html"\r\n'
        + "Content-Type: text/html\r\n\r\n" + page + "\r\n--x--\r\n"
    )  # fmt: skip
    sent = {"Sec-Fetch-Site": "same-origin", "Origin": visitor.origin,
            "Content-Type": "multipart/form-data; boundary=x"}  # fmt: skip
    answer = visitor.ask("POST", "/cameras", sent, body.encode())
    assert answer.status == 200
    assert "1-02：設置區位不同" in answer.text
    assert PASSWORDS["officer"] not in answer.text


def test_T_65_a_reference_picture_is_taken_shown_and_confirmed_by_whom_the_page_offers_it(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in("officer")
    page = visitor.get("/cameras/1-01").text
    assert "擷取參考畫面" in page
    assert 'value="confirm"' not in page
    sent = {"act": "a" * 32, "deed": "take", "version": "1"}
    taken = visitor.post("/cameras/1-01/picture", sent)
    assert taken.goes_to == "/cameras/1-01?done=reference-take#pictures-1"
    assert 'value="confirm"' not in visitor.get("/cameras/1-01").text, "whoever took it is not offered to confirm it"
    visitor.join("head")
    page = visitor.get("/cameras/1-01").text
    assert 'value="confirm"' not in page, "nobody confirms what they did not open"
    assert "檢視後始得確認" in page
    sent = {"act": "b" * 32, "deed": "show", "seat": "2", "reference": "1-01-R1"}
    answer = visitor.post("/cameras/1-01/picture", sent)
    assert 'value="confirm"' in answer.text
    (source,) = re.findall(r'<img src="(/pictures/[0-9a-f]{32})" alt="監視器 1-01 之參考畫面"', answer.text)
    found = visitor.get(source, fetched=True)
    assert visitor.get(source).status == 403, "not in a tab of its own"
    assert (found.status, found.body[:2]) == (200, b"\xff\xd8")
    assert found.headers["content-type"] == "image/jpeg"
    sent = {"act": "c" * 32, "deed": "confirm", "reference": "1-01-R1", "password": PASSWORDS["head"]}
    assert visitor.post("/cameras/1-01/picture", sent).goes_to == "/cameras/1-01?done=reference-confirm#pictures-1"
    assert "參考畫面已確認" in visitor.get("/cameras/1-01?done=reference-confirm").text
    sent |= {"act": "d" * 32, "deed": "refuse", "words": "畫面有人"}
    assert visitor.post("/cameras/1-01/picture", sent).goes_to == "/cameras/1-01?done=reference-refuse#pictures-1"
    page = visitor.get("/cameras/1-01").text
    assert "畫面有人" in page
    assert "參考畫面 1-01-R1：擷取" in page, "the camera's record has it"


def test_what_no_form_of_a_picture_sends_is_a_sentence(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("officer")
    for sent in ({"deed": "peek"}, {"deed": "take", "version": "one"}, {"deed": "take"}):
        answer = visitor.post("/cameras/1-01/picture", {"act": "a" * 32, **sent})
        assert answer.status == 400
    assert visitor.post("/cameras/1-01/picture", {"deed": "take", "version": "1"}).status == 400
    assert visitor.get("/pictures/..%2f..%2fetc", fetched=True).status == 404
    assert visitor.get(f"/pictures/{'0' * 32}", fetched=True).status == 404
    assert not [call for call in keeper.calls if call.verb == "reference.take"]
    keeper.fail_next["reference.take"] = Refused("picture of camera 1-01: no route to it")
    answer = visitor.post("/cameras/1-01/picture", {"act": "d" * 32, "deed": "take", "version": "1"})
    assert answer.status == 403
    assert "no route to it" in answer.text


def test_a_draft_that_is_revised_begins_with_what_it_says_and_keeps_what_nobody_changed(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    """A button that sends an empty form would empty the draft."""
    visitor.log_in("officer")
    page = visitor.get("/cameras/2-01").text
    assert 'href="/cameras/new?camera=2-01&amp;version=1"' in page
    assert 'name="event" value="revise"' not in page
    before = keeper.fleet.get("2-01", 1)
    form = visitor.get("/cameras/new?camera=2-01&version=1").text
    assert "修改 2-01" in form
    assert before.reason in form
    assert f'value="{before.matters.area}"' in form
    typed = re.findall(r'<input [^>]*name="([a-z-]+)" value="([^"]*)"(?: checked| maxlength)', form)
    sent: dict[str, list[str]] = {"act": ["e" * 32], "seat": ["1"], "version": ["1"], "camera": ["2-01"]}
    for name, value in [
        *typed,
        *re.findall(r'<input type="(?:checkbox|radio)"[^>]*name="([a-z-]+)" value="([^"]*)" checked', form),
    ]:
        if value not in sent.setdefault(name, []):
            sent[name].append(value)
    for name, value in re.findall(r'<textarea [^>]*name="([a-z-]+)"[^>]*>([^<]*)<', form):
        sent[name] = [value]
    sent["place-kind"] = [before.matters.place_kind]
    sent["reason"] = ["另有理由"]
    assert visitor.post("/cameras/new", sent).goes_to == "/cameras/2-01?done=revise"
    after = keeper.fleet.get("2-01", 1)
    assert after.reason == "另有理由"
    assert (after.matters, after.device) == (before.matters, before.device)
    assert visitor.get("/cameras/new?camera=2-01&version=9").status == 404


def test_AT_08_a_draft_waits_for_the_scan_of_its_sketch_which_the_page_takes_in(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    page = visitor.get("/cameras/2-01").text
    form = page.partition('name="event" value="submit"')[0].rpartition("<details")[2]
    assert "視野示意圖之掃描檔：請先收存" in form
    assert '<a href="#scans">' in form
    assert 'action="/scans/camera/2-01-1" enctype="multipart/form-data"' in page
    sent = {"act": "c" * 32, "seat": "1", "event": "submit", "version": "1"}
    assert "視野示意圖之掃描檔：請先收存" in visitor.post("/cameras/2-01/act", sent).text
    taken = bring(visitor, "/scans/camera/2-01-1", png(), "sketch.png", kind="sketch")
    assert taken.goes_to == "/cameras/2-01?scan=S113-0001#scans"
    assert "已收存掃描檔 S113-0001" in visitor.get("/cameras/2-01?scan=S113-0001").text
    assert "視野示意圖之掃描檔：請先收存" not in visitor.post("/cameras/2-01/act", sent).text


def test_a_camera_s_page_says_what_of_it_is_not_recorded_in_the_reader_s_language(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    notes = [coded("camera-note-sound-form", what="G726-32"), coded("camera-note-udp")]
    keeper.notes["1-01"] = [note.as_map() for note in notes]
    visitor.log_in()
    page = visitor.get("/cameras/1-01").text
    for note in notes:
        assert note.text("zh") in page
    assert "G726-32" in page
    assert notes[0].text("zh") not in visitor.get("/cameras/1-02").text
