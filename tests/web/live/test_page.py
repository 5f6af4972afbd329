"""The pages of a live look over the real looks: what they offer to whom, what stays of a refusal, what goes out."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Answer, Visitor

FORMS = iter(range(10_000))


def begin(visitor: Visitor, ground: str, basis: str, *cameras: str, purpose: str = "") -> Answer:
    told = {"act": f"{next(FORMS):032x}", "ground": ground, "basis": basis, "camera": list(cameras), "purpose": purpose}
    return visitor.post("/live", told)


@pytest.fixture
def director(visitor: Visitor) -> Visitor:
    visitor.log_in("director")
    return visitor


def test_AT_30_the_head_is_offered_public_areas_alone_and_must_say_why(director: Visitor, keeper: KeeperDouble) -> None:
    page = director.get("/live").text
    assert 'value="1-01"' in page
    assert 'value="1-02"' not in page
    assert "即時檢視全程記入稽核紀錄簿" in page
    refused = begin(director, "service", "", "1-02", purpose="瞭解等候情形")
    assert "非屬依據所許可之監視器：1-02" in refused.text
    assert "瞭解等候情形" in refused.text, "what was typed stands in the form"
    assert "請填寫檢視事由" in begin(director, "service", "", "1-01").text
    answer = begin(director, "service", "", "1-01", purpose="瞭解等候情形")
    assert (answer.status, answer.goes_to[:6]) == (303, "/live/")
    look = director.get(answer.goes_to).text
    assert "or-live" in look
    assert "瞭解等候情形" in look


def test_AT_31_the_officer_is_offered_the_row_of_today(visitor: Visitor) -> None:
    visitor.log_in("officer")
    page = visitor.get("/live").text
    assert 'name="ground" value="inspection"' in page
    assert 'name="basis" value="2024-09-30"' in page
    assert begin(visitor, "inspection", "2024-09-30", "1-02").status == 303


def test_INV_16_colleagues_and_two_people_are_offered_nothing(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("clerk")
    assert visitor.get("/live").status == 403
    assert 'href="/live"' not in visitor.get("/duties").text
    visitor.cookies.clear()
    visitor.log_in("officer")
    visitor.join("head")
    page = visitor.get("/live").text
    assert "即時影像限一人單獨登入檢視" in page
    assert 'name="ground"' not in page
    assert "即時影像須由一人單獨登入檢視" in begin(visitor, "inspection", "2024-09-30", "1-01").text


def test_pictures_go_out_with_no_store_each_camera_after_the_other_and_stop_with_the_look(director: Visitor) -> None:
    look = begin(director, "service", "", "1-01", purpose="瞭解等候情形").goes_to
    answer = director.get(f"{look}/pictures?reader=page1&codecs=h264", fetched=True)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    (part,) = json.loads(answer.headers["x-parts"])
    assert (part["camera_no"], part["state"], part["bytes"]) == ("1-01", "live", len(answer.body))
    assert part["mime"].startswith("video/mp4")
    assert 0 < int(answer.headers["x-left-ms"]) <= 900_000
    assert director.get(f"{look}/pictures?reader=p%20", fetched=True).status == 400
    assert director.get(f"{look}/pictures?reader=page1").status == 403
    assert director.post(f"{look}/extend", {"act": "f" * 32, "reason": ""}).status == 400
    assert director.post(f"{look}/extend", {"act": "f" * 32, "reason": "仍在觀察"}).goes_to == look
    assert director.post(f"{look}/end", {}).goes_to == "/live"
    assert director.get(f"{look}/pictures?reader=page1", fetched=True).status == 404
    assert director.get(look).status == 404
    record = director.get("/register/live").text
    assert 'href="/register/live/looks.pdf"' in record
    assert "共 1 次，新者在前。" in record
    odt = director.get("/register/live/looks.odt")
    assert odt.status == 200
    with zipfile.ZipFile(io.BytesIO(odt.body)) as opened:
        paper = opened.read("content.xml").decode()
    for words in ("蔡文德", "瞭解等候情形", "延長：仍在觀察", "檢視人結束", "機關首長"):
        assert words in record, words
        assert words in paper, words
