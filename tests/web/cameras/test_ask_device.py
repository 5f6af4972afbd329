"""A device that is asked on the guided way: its answer fills the draft, and one click leads to the picture."""

from __future__ import annotations

import re

import pytest

from appliance.core.errors import Unavailable
from appliance.core.messages import coded
from appliance.protocol.cameras import CameraDetails, Version
from appliance.rules.cameras.inquiry import DeviceReport, DeviceStream
from appliance.rules.cameras.version import Device
from appliance.web.pages.cameras.device import compared, keys_far, lesser_of, offset_of, taken
from tests.web.cameras.test_guide import WAY
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor

ASK = {**WAY, "set-url": "192.0.2.7", "then": "ask"}
TAKE = {
    "act": "d" * 32, "seat": "1", "step": "take", "version": "1", "camera": "07", "stream": "0", "lesser": "1",
    "make": "Axle", "model": "P-1", "serial": "S-77", "url-0": "rtsp://192.0.2.7:554/live?c=1", "size-0": "1920x1080",
    "rate-0": "25", "url-1": "rtsp://192.0.2.7:554/live?c=2", "size-1": "640x360", "rate-1": "12.5",
}  # fmt: skip


def test_a_bare_address_is_drafted_with_its_account_and_the_device_is_asked(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    page = visitor.post("/cameras/guide", ASK).text
    (drafted,), (asked,) = keeper.told("camera-act"), keeper.told("cameras.ask-device")
    settings = drafted["facts"]["wiring"]["settings"]
    assert (settings["url"], settings["user"], settings["password"]) == ("rtsp://192.0.2.7/", "viewer", "0123456789")
    assert (asked["camera"], asked["version"]) == ("07", 1)
    for words in (
        "Axle P-1",
        "S-77",
        "9.8",
        "關鍵畫面相隔 20 秒",
        "較本機慢 2 分鐘",
        "1920×1080",
        "每秒 12.5 張",
        "聲音 G711",
    ):
        assert words in page
    assert "0123456789" not in page
    assert "viewer" not in page
    sent = dict(re.findall(r'name="([a-z0-9-]+)" value="([^"]*)"', page))
    assert {name: sent[name] for name in ("url-0", "size-0", "rate-0", "rate-1", "serial")} == {
        name: TAKE[name] for name in ("url-0", "size-0", "rate-0", "rate-1", "serial")
    }


@pytest.mark.parametrize(
    ("gop", "rate", "seconds"), [(50, 25.0, 0), (125, 25.0, 0), (250, 25.0, 10), (250, 0.0, 0), (0, 25.0, 0)]
)
def test_a_stream_whose_key_pictures_are_far_apart_is_told(gop: int, rate: float, seconds: int) -> None:
    assert keys_far(DeviceStream(gop=gop, rate=rate)) == seconds


def test_one_click_takes_the_answer_into_the_draft_and_shows_the_picture(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    visitor.post("/cameras/guide", ASK)
    page = visitor.post("/cameras/guide", TAKE).text
    sent, (look,) = keeper.told("camera-act")[-1], keeper.told("picture.preview")
    assert (sent["event"], sent["facts"]["keeps"]) == ("revise", True), "the account stays, which no page has"
    assert sent["facts"]["wiring"] == {
        "source": "", "priority": 10,
        "settings": {"url": TAKE["url-0"], "lesser_url": TAKE["url-1"]},
    }  # fmt: skip
    device = sent["facts"]["device"]
    assert [device[name] for name in ("make", "model", "serial", "size", "rate")] == [
        "Axle", "P-1", "S-77", "1920x1080", "25",
    ]  # fmt: skip
    assert (look["camera"], look["version"]) == ("07", 1)
    assert look["act"] != sent["act"]
    assert '<img src="/pictures/' in page


def test_a_device_that_refuses_the_account_is_told_and_its_draft_gone_on_with(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    keeper.fail_next["cameras.ask-device"] = Unavailable.of("device-why", why=coded("device-account"))
    page = visitor.post("/cameras/guide", ASK).text
    assert "設備不接受所填帳號或密碼" in page
    assert 'name="version" value="1"' in page
    assert "已設定，留空者沿用" in page
    assert "0123456789" not in page


def test_without_onvif_the_address_comes_from_the_make(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    form = {**WAY, "set-url": "192.0.2.7", "then": "template", "template": "hikvision"}
    assert visitor.post("/cameras/guide", form).goes_to == "/cameras/guide?camera=07&version=1&step=look"
    settings = keeper.told("camera-act")[-1]["facts"]["wiring"]["settings"]
    assert settings["url"] == "rtsp://192.0.2.7/Streaming/Channels/101"
    assert settings["lesser_url"] == "rtsp://192.0.2.7/Streaming/Channels/102"
    assert not keeper.told("cameras.ask-device")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ("", "", 0)), (1.4, ("right", "", 0)), (-90.0, ("behind", "seconds", 90)),
        (600.0, ("ahead", "minutes", 10)), (-28_800.0, ("behind", "hours", 8)),
        (86_400.0 * 400, ("ahead", "days", 400)),
    ],
)  # fmt: skip
def test_how_a_clock_is_off_is_said_in_words(seconds: float | None, said: tuple[str, str, int]) -> None:
    assert offset_of(DeviceReport(offset_seconds=seconds)) == said


def test_the_lesser_stream_is_the_smallest_that_is_smaller() -> None:
    main, sub, dot = (DeviceStream(url="rtsp://h/", width=size, height=size) for size in (100, 50, 10))
    assert lesser_of((main, sub, dot)) == 2
    assert lesser_of((main, main)) == lesser_of((main,)) == lesser_of(()) == -1
    assert lesser_of((main, DeviceStream(width=5, height=5))) == -1, "it has no address"


def test_T_66_another_serial_number_is_told_beside_that_of_the_version_that_stands() -> None:
    standing = Version(camera_no="01", version=1, state="in_force", device=Device(serial="S-1"))
    told = CameraDetails(camera="01", versions=(Version(camera_no="01", version=2, state="draft"), standing))
    assert compared(told, DeviceReport(serial="S-1")) == "same"
    assert compared(told, DeviceReport(serial="S-2")) == "other"
    assert compared(told, DeviceReport()) == ""
    assert compared(CameraDetails(camera="01", versions=(standing,)), DeviceReport(serial="S-2")) == ""


def test_what_was_not_chosen_or_said_changes_nothing() -> None:
    assert taken({}) == ({}, {})
    assert taken({"stream": ("9",), "make": ("Axle",)}) == ({}, {"make": ("Axle",)})
    same = taken({"stream": ("0",), "lesser": ("0",), "url-0": ("rtsp://h/1",)})
    assert same.settings == {"url": "rtsp://h/1", "lesser_url": ""}, "a lesser stream is another one"


def test_T_66_a_camera_that_moved_is_told_on_its_page_and_takes_the_new_address_in_one_step(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    visitor.log_in()
    assert "接用新位址" not in visitor.get("/cameras/1-01").text
    move = {"act": "e" * 32, "seat": "1", "step": "move", "camera": "1-01"}
    assert "請重新搜尋" in visitor.post("/cameras/guide", move).text, "nothing was found"
    keeper.moved["1-01"] = "rtsp://192.0.2.8/"
    page = visitor.get("/cameras/1-01").text
    assert "於新位址回應：rtsp://192.0.2.8/" in page
    assert "系統原文" not in page
    assert "接用新位址" in page
    going = visitor.post("/cameras/guide", move).goes_to
    assert going == "/cameras/guide?camera=1-01&version=2&step=find#way"
    facts = keeper.told("camera-act")[-1]["facts"]
    assert (facts["origin"], facts["keeps"], facts["reason"]) == ("replacement", True, "設備位址變更")
    assert facts["wiring"]["settings"] == {"url": "rtsp://192.0.2.8/"}
    assert facts["matters"]["area"], "what was approved stays"
    assert 'value="move"' not in visitor.get("/cameras/1-01").text, "it is on its way"


def test_T_66_a_device_that_is_another_camera_already_is_told(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    keeper.registered = "1-01"
    page = visitor.post("/cameras/guide", ASK).text
    assert "監視器 1-01 登記者即為此設備" in page
    assert 'href="/cameras/1-01"' in page
