"""A camera's clock on its page: how far it is off in words, the form that sets it, and why it was not set."""

from __future__ import annotations

import re

import msgspec
import pytest

from appliance.core.errors import Refused, Unavailable
from appliance.core.messages import coded
from appliance.protocol.cameras import CameraDetails, ClockStep, Version
from appliance.protocol.ledger import LedgerEntry
from appliance.rules.cameras.fleet import Fleet
from appliance.rules.cameras.version import Wiring
from appliance.web.i18n.clock_words import off_text
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cameras.clock_view import ClockView, clocks_of
from appliance.web.pages.ledger.text import entry_view
from tests.web.cameras.test_ask_device import ASK
from tests.web.keeper_double import KeeperDouble
from tests.web.visitor import Visitor

SECOND = 10**9
FORM = {"act": "e" * 32, "version": "1", "sure": "yes"}
LANGS = ("zh", "en")


def failed(code: str, **values: object) -> Unavailable:
    return Unavailable.of("clock-why", why=coded(code, **values))


@pytest.fixture
def page_of(visitor: Visitor, keeper: KeeperDouble) -> str:
    """A camera on its way, whose device has an address."""
    visitor.log_in()
    visitor.post("/cameras/guide", ASK)
    return "/cameras/07"


def section(text: str) -> str:
    found = re.search(r'<section class="stack" id="clock-1".*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def test_the_page_says_how_to_set_it_and_that_nothing_does_by_itself(visitor: Visitor, page_of: str) -> None:
    here = section(visitor.get(page_of).text)
    assert "系統不自行校正監視器" in here
    assert "校正時先行量測" in here
    assert f'action="{page_of}/clock#clock-1"' in here
    assert 'name="sure" value="yes" required' in here


def test_a_press_sets_it_and_the_page_says_what_it_was_off_by(
    visitor: Visitor, keeper: KeeperDouble, page_of: str
) -> None:
    assert visitor.post(f"{page_of}/clock", FORM).goes_to == f"{page_of}?done=clock-set#clock-1"
    (sent,) = keeper.told("cameras.set-clock")
    assert (sent["camera"], sent["version"], sent["act"]) == ("07", 1, "e" * 32)
    text = visitor.get(f"{page_of}?done=clock-set").text
    for words in ("監視器時鐘已校正", "較本機慢 5 分", "與本機相差 1 秒以內"):
        assert words in section(text)
    acts = text[text.index("<tbody>") :]
    assert "校正前" in acts
    assert "較本機慢 5 分" in acts


def test_what_the_stream_says_beside_it_may_be_of_a_moment_before_and_the_page_says_so(
    visitor: Visitor, keeper: KeeperDouble
) -> None:
    wiring = Wiring(source="rtsp", settings={"url": "rtsp://192.0.2.7/1"})
    others = [each for each in keeper.fleet.all() if each.key != "1-01/1"]
    keeper.fleet = Fleet([*others, msgspec.structs.replace(keeper.fleet.get("1-01", 1), wiring=wiring)])
    keeper.clock_off_ns = -300 * SECOND
    visitor.log_in()
    assert "約於數秒後更新" not in section(visitor.get("/cameras/1-01").text)
    to = visitor.post("/cameras/1-01/clock", FORM).goes_to
    here = section(visitor.get(to.partition("#")[0]).text)
    assert "較本機慢 5 分" in here.partition("影像串流所報</dt>")[2].partition("</div>")[0]
    assert "約於數秒後更新" in here


def test_without_the_tick_nothing_is_asked_of_anybody(visitor: Visitor, keeper: KeeperDouble, page_of: str) -> None:
    answer = visitor.post(f"{page_of}/clock", {**FORM, "sure": ""})
    assert "請先勾選確認" in section(answer.text)
    assert keeper.told("cameras.set-clock") == []


@pytest.mark.parametrize(
    ("error", "said"),
    [(Refused.of("clock-ntp"), ("以 NTP 自行對時", "takes its time by NTP")),
     (Refused.of("clock-untrusted"), ("系統時間未確認，不得據以校正", "from a clock that nobody trusts")),
     (Refused.of("clock-untold"), ("未回報其時間", "does not tell its time")),
     (failed("clock-unchanged", seconds=300), ("仍差 300 秒", "still 300 s off")),
     (failed("clock-refused"), ("不接受以 ONVIF 校時", "refuses to have its clock set")),
     (failed("clock-unknown"), ("無從得知時鐘是否已更改", "whether its clock changed is not known")),
     (failed("clock-no-onvif"), ("無 ONVIF 服務回應", "nothing answers as ONVIF"))],
)  # fmt: skip
@pytest.mark.parametrize("lang", LANGS)
def test_why_it_was_not_set_is_said_beside_the_form_in_both_languages(
    visitor: Visitor, keeper: KeeperDouble, page_of: str, lang: str, error: Exception, said: tuple[str, str]
) -> None:
    if lang == "en":
        visitor.post("/language", {"lang": "en", "next": "/"})
    keeper.fail_next["cameras.set-clock"] = error
    here = section(visitor.post(f"{page_of}/clock", FORM).text)
    assert said[LANGS.index(lang)] in here
    assert '<details class="part" open>' in here


def test_what_the_stream_says_now_is_of_the_version_that_is_recorded_and_each_has_its_own_last_setting() -> None:
    versions = (
        Version(camera_no="03", version=3, state="draft", settings=("url",)),
        Version(camera_no="03", version=2, state="in_force", settings=("password", "url")),
        Version(camera_no="03", version=1, state="superseded", settings=("url",)),
    )
    steps = (
        ClockStep(entry=8, at_ns=2, version=2, event="failed", before_ms=-300_000, why=coded("clock-unknown")),
        ClockStep(entry=7, at_ns=1, version=2, event="ordered", before_ms=-300_000),
    )
    told = CameraDetails(camera="03", versions=versions, clock_off_ns=-300 * SECOND, clock_steps=steps)
    found = clocks_of(read_messages(), "en", told)
    assert set(found) == {2, 3}
    assert (found[2].off, found[2].before, found[2].after) == ("5 min behind ours", "5 min behind ours", "not known")
    assert found[2].last == steps[0]
    assert found[3] == ClockView("", None)


def test_what_has_no_address_has_no_clock_on_its_page(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert 'id="clock-' not in visitor.get("/cameras/1-02").text


def test_the_answer_of_a_device_leads_to_where_its_clock_is_set(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    assert 'href="/cameras/07#clock-1"' in visitor.post("/cameras/guide", ASK).text


@pytest.mark.parametrize(
    ("off_ns", "zh", "en"),
    [(None, "不詳", "not known"), (SECOND // 2, "與本機相差 1 秒以內", "within a second of ours"),
     (-300 * SECOND, "較本機慢 5 分", "5 min behind ours"),
     (7_260 * SECOND, "較本機快 2 小時 1 分", "2 h 1 min ahead of ours")],
)  # fmt: skip
def test_an_offset_in_words(off_ns: int | None, zh: str, en: str) -> None:
    assert (off_text(read_messages(), "zh", off_ns), off_text(read_messages(), "en", off_ns)) == (zh, en)


def test_the_ledger_says_what_it_was_and_is() -> None:
    fields = {"camera": "03", "version": 1, "before_ms": -300_200}

    def said(kind: str, lang: str, **more: object) -> str:
        entry = LedgerEntry(index=9, at_ns=0, kind=kind, fields={**fields, **more}, leaf="")
        return str(entry_view(entry, read_messages(), lang)["sentence"])

    assert said("cameraclock.ordered", "zh") == "校正監視器 03 之時鐘（原較本機慢 5 分）"
    done = said("cameraclock.set", "en", after_ms=456)
    assert done == "Camera 03: its clock was set; it was 5 min behind ours and is within a second of ours"
    failed = said("cameraclock.failed", "zh", why=coded("clock-refused").as_map())
    assert failed.startswith("監視器 03 之時鐘未校正（原較本機慢 5 分）：監視器不接受以 ONVIF 校時")
