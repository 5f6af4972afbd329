"""The guided way from a device to the chain over the double: each step writes to the draft and leads to the next."""

from __future__ import annotations

import re

import pytest

from appliance.core.errors import Unavailable
from appliance.core.messages import coded
from appliance.plugins.sources.libav import _REASONS
from appliance.plugins.sources.lost import lost
from appliance.plugins.sources.rtsp.client import REFUSALS
from appliance.rules.cameras.wiring import Declared
from appliance.web.pages.cameras.guide import STEPS, fields_of, settings_of
from tests.scanfiles import png
from tests.web.keeper_double import KeeperDouble
from tests.web.scans.test_page import send as bring
from tests.web.visitor import Visitor

WAY = {
    "act": "a" * 32, "seat": "1", "step": "find", "version": "0", "camera": "０７", "source": "rtsp", "priority": "10",
    "set-url": "rtsp://192.0.2.7/1", "set-user": "viewer", "set-password": "0123456789", "set-open_seconds": "２.5",
    "set-tls": "no",
}  # fmt: skip
PLACE = {
    "act": "c" * 32, "seat": "1", "step": "place", "version": "1", "camera": "07", "area": "二樓檔案室",
    "place": "入口上方", "place-kind": "archive", "in-premises": "yes", "view": "走道", "purposes": "archives",
    "mode": "continuous",
}  # fmt: skip


def begun(visitor: Visitor) -> None:
    visitor.log_in()
    assert visitor.post("/cameras/guide", WAY).goes_to == "/cameras/guide?camera=07&version=1&step=look"


def test_settings_are_typed_in_their_own_fields_and_a_password_of_figures_stays_text() -> None:
    declared = (Declared(name="url", required=True), Declared(name="password"), Declared(name="width", type="int"),
                Declared(name="open_seconds", type="float"), Declared(name="tls", type="bool"))  # fmt: skip
    typed = {
        "set-url": ("rtsp://x",), "set-password": ("0042",), "set-width": ("６４０",), "set-open_seconds": ("2.5",),
        "set-tls": ("no",), "set-other": ("x",),
    }  # fmt: skip
    assert settings_of(declared, typed) == {
        "url": "rtsp://x", "password": "0042", "width": 640, "open_seconds": 2.5, "tls": False
    }  # fmt: skip
    assert settings_of(declared, {"set-width": ("wide",)}) == {"width": "wide"}, "the keeper says that it is none"
    assert settings_of(declared, {}) == {}


def test_AT_03_a_device_that_was_found_and_not_registered_is_listed_so(visitor: Visitor) -> None:
    visitor.log_in()
    page = visitor.get("/cameras/guide").text
    listed = re.findall(r'device=(/dev/video\d).*?(未登記|<a class="chip" href="/cameras/1-01")', page, re.DOTALL)
    assert listed == [("/dev/video0", '<a class="chip" href="/cameras/1-01"'), ("/dev/video2", "未登記")]
    page = visitor.get("/cameras/guide?source=v4l2&device=/dev/video2").text
    assert 'name="set-device" value="/dev/video2"' in page
    assert 'href="/cameras/guide"' in visitor.get("/cameras").text


def test_the_first_step_drafts_the_way_with_its_importance_and_shows_no_password(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    begun(visitor)
    (asked,) = keeper.told("camera-act")
    assert (asked["camera"], asked["version"], asked["event"]) == ("07", 0, "draft")
    assert asked["facts"]["wiring"] == {
        "source": "rtsp", "priority": 10,
        "settings": {"url": "rtsp://192.0.2.7/1", "user": "viewer", "password": "0123456789", "open_seconds": 2.5,
                     "tls": False},
    }  # fmt: skip
    again = visitor.post("/cameras/guide", {**WAY, "act": "b" * 32})
    assert again.status == 403, "a version of it is on its way"
    assert "0123456789" not in again.text
    assert 'type="password" autocomplete="new-password" maxlength' in again.text


def test_the_first_step_of_a_draft_changes_its_way_and_keeps_what_nobody_types(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    begun(visitor)
    page = visitor.get("/cameras/guide?camera=07&version=1&step=find").text
    assert "0123456789" not in page
    assert "192.0.2.7" not in page
    assert page.count("（已設定，留空者沿用）") == 5
    assert not re.search(r'name="set-url"[^>]* required', page)
    changed = {"act": "9" * 32, "seat": "1", "step": "find", "version": "1", "camera": "07", "source": "rtsp",
               "set-password": "new", "priority": "200"}  # fmt: skip
    assert visitor.post("/cameras/guide", changed).goes_to == "/cameras/guide?camera=07&version=1&step=look"
    sent = keeper.told("camera-act")[-1]
    assert (sent["event"], sent["version"], sent["facts"]["keeps"]) == ("revise", 1, True)
    assert sent["facts"]["wiring"] == {"source": "", "settings": {"password": "new"}, "priority": 200}
    other = {**changed, "act": "8" * 32, "source": "v4l2", "set-device": "/dev/video2"}
    visitor.post("/cameras/guide", other)
    sent = keeper.told("camera-act")[-1]["facts"]
    assert (sent["wiring"]["source"], "keeps" in sent) == ("v4l2", False)
    keeper.fail_next["picture.preview"] = Unavailable.of(
        "picture-why", no="07", why=coded("camera-401", url="rtsp://192.0.2.7/1")
    )
    look = {"act": "d" * 32, "seat": "1", "step": "look", "version": "1", "camera": "07"}
    page = visitor.post("/cameras/guide", look).text
    assert "監視器 07：rtsp://192.0.2.7/1 不接受所填帳號或密碼" in page
    assert 'href="/cameras/guide?camera=07&amp;version=1&amp;step=find#way"' in page


def test_a_draft_is_gone_on_with_at_the_step_that_lacks_something_and_its_papers_lead_back_there(
    visitor: Visitor,
) -> None:
    begun(visitor)
    again = visitor.post("/cameras/guide", {**WAY, "act": "b" * 32}).text
    assert '<a href="/cameras/07">' in again
    assert 'href="/cameras/guide?camera=07&amp;version=1"' in visitor.get("/cameras/07").text
    here = re.compile(r'aria-current="step" data-state="here">(.*?)</li>')
    assert here.findall(visitor.get("/cameras/guide?camera=07&version=1").text) == ["位置與攝錄"]
    visitor.post("/cameras/guide", PLACE)
    assert here.findall(visitor.get("/cameras/guide?camera=07&version=1").text) == ["設備與理由"]
    sign = visitor.get("/cameras/guide?camera=07&version=1&step=sign").text
    assert 'action="/scans/camera/07-1?guide=1"' in sign
    taken = bring(visitor, "/scans/camera/07-1?guide=1", png(), "sketch.png", kind="sketch")
    assert taken.goes_to == "/cameras/guide?camera=07&version=1&step=sign&scan=S113-0001#scans"
    assert "已收存掃描檔 S113-0001" in visitor.get(taken.goes_to).text


@pytest.mark.parametrize("reason", [*REFUSALS.values(), *_REASONS.values()])
def test_why_a_look_failed_is_said_in_the_reader_s_language(reason: str) -> None:
    why = lost("rtsp://192.0.2.7/1", reason, ()).message
    said = coded("picture-why", no="03", why=why).text("zh")
    assert said.startswith("監視器 03：")
    assert "rtsp://192.0.2.7/1" in said


def test_the_look_is_the_preview_and_stays_on_its_step(visitor: Visitor, keeper: KeeperDouble) -> None:
    begun(visitor)
    look = {"act": "d" * 32, "seat": "1", "step": "look", "version": "1", "camera": "07"}
    page = visitor.post("/cameras/guide", look).text
    assert '<img src="/pictures/' in page
    assert 'aria-current="step" data-state="here">預覽' in page
    assert keeper.told("picture.preview")[-1]["camera"] == "07"
    assert "關鍵畫面相隔逾" not in page
    keeper.preview_notes = [{"code": "camera-note-gop-long", "values": {"seconds": "5"}}]
    assert "關鍵畫面相隔逾 5 秒" in visitor.post("/cameras/guide", look | {"act": "e" * 32}).text


def test_a_later_step_writes_its_fields_and_keeps_the_others(visitor: Visitor, keeper: KeeperDouble) -> None:
    begun(visitor)
    assert visitor.post("/cameras/guide", PLACE).goes_to.endswith("step=device")
    device = {"act": "e" * 32, "seat": "1", "step": "device", "version": "1", "camera": "07", "make": "Axle",
              "maker-origin": "瑞典", "model": "P-1", "banned": "no", "checked": "113/9/27", "reason": "檔案遺失",
              "alternative": "加派人員"}  # fmt: skip
    answer = visitor.post("/cameras/guide", {**device, "checked": "13/13/13"})
    assert answer.status == 400
    assert 'id="guide-checked-problem"' in answer.text
    assert "下列標示之欄位無法判讀" in answer.text
    assert visitor.post("/cameras/guide", {**device, "act": "f" * 32}).goes_to.endswith("step=days")
    version = keeper.fleet.get("07", 1)
    assert (version.matters.area, version.device.make, version.reason) == ("二樓檔案室", "Axle", "檔案遺失")
    sent = keeper.told("camera-act")[-1]["facts"]
    assert "wiring" not in sent, "the way stays as it is, and nobody types its password again"


def test_the_days_and_the_last_step_say_what_is_left_before_it_is_signed(visitor: Visitor) -> None:
    begun(visitor)
    assert visitor.post("/cameras/guide", PLACE).goes_to.endswith("step=device")
    days = visitor.get("/cameras/guide?camera=07&version=1&step=days").text
    assert "52.0 日" in days
    assert "41.3 日" in days
    sign = visitor.get("/cameras/guide?camera=07&version=1&step=sign").text
    assert "曾考慮之替代方式" in sign
    assert "理由" in sign
    assert 'value="submit"' not in sign


@pytest.mark.parametrize("address", ["/cameras/guide?step=place", "/cameras/guide?camera=1-01&version=1&step=place"])
def test_a_step_of_no_draft_is_no_page(visitor: Visitor, address: str) -> None:
    visitor.log_in()
    assert visitor.get(address).status == 404
    assert visitor.post("/cameras/guide", {**WAY, "step": "days"}).status == 400


def test_every_field_of_a_draft_is_asked_in_one_step() -> None:
    names = [field.name for step in STEPS for field in fields_of(step)]
    assert len(names) == len(set(names))
    assert {"area", "view", "purposes", "sound", "make", "reason"} <= set(names)


def test_whoever_drafts_nothing_finds_nothing(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("head")
    assert "/dev/video" not in visitor.get("/cameras/guide").text
    assert not keeper.told("cameras.ways")


def test_AT_03_a_search_lists_what_is_on_the_network_and_begins_the_way_with_its_address(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    assert "搜尋設備" in visitor.get("/cameras/guide").text
    asked = {"act": "c" * 32, "seat": "1", "step": "search"}
    answer = visitor.post("/cameras/guide", asked)
    assert answer.goes_to == "/cameras/guide#found"
    page = visitor.get("/cameras/guide").text
    assert "2 個設備回應" in page
    assert 'href="/cameras/1-01">1-01</a>' in page.partition("rtsp://192.0.2.7/")[2].partition("</li>")[0]
    stranger = page.partition("rtsp://192.0.2.8/</a>")[2].partition("</li>")[0]
    assert "未登記" in stranger
    way = visitor.get("/cameras/guide?source=rtsp&device=rtsp%3A%2F%2F192.0.2.8%2F").text
    assert 'name="set-url" value="rtsp://192.0.2.8/"' in way
    keeper.search = {"number": 9, "asked_ns": 1, "done_ns": 2, "why": "no network"}
    failed = visitor.get("/cameras/guide").text
    assert "搜尋未完成" in failed
    assert "no network" in failed
