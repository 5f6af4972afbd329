"""An office's own version of the rules over the real processes: written in the browser, compared, proposed, approved by
two; a case keeps the version of its receipt, over a restart too."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from appliance.core.clock import SystemClock, local_time
from appliance.core.errors import Refused, UsageError
from tests.box import make_box, testcard
from tests.browser.axe import violations
from tests.browser.case_office import PASSWORDS, CaseOffice, OfficeBox
from tests.browser.chromium import chromium
from tests.browser.test_case_lives import CITIZEN
from tests.rules.packcases import altered, successor

pytestmark = pytest.mark.browser

NINE = {
    "text": "影音資料之保管，準用檔案法之規定。",
    "source": "113年9月27日修正對照表（市府公報秋字第60期）",
    "dated": "113/9/27",
}


def _roc(day: date) -> str:
    return f"{day.year - 1911}/{day.month}/{day.day}"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseOffice]:
    directory = tmp_path_factory.mktemp("pack-editor")
    with make_box(directory / "office", [testcard("01")], kind=OfficeBox) as box:
        box.start("keeper", "darkroom", "web")
        (directory / "home").mkdir()
        with chromium(directory / "home", Path(box.installed.ca_path)) as browser:
            yield CaseOffice(box, browser)


def _receive(office: CaseOffice, unit: str) -> str:
    day = _roc(local_time(SystemClock().wall_ns()).date() - timedelta(days=1))
    asked = {"r0-day": day, "r0-from": "0900", "r0-to": "0930", "r0-cameras": "01"}
    return office.receive("officer", "citizen", CITIZEN | asked | {"report-unit": unit, "report-day": day})


def _policy(office: CaseOffice, case: str) -> str:
    session = office.box.call("login", name="officer", password=PASSWORDS["officer"], totp="")["session"]
    return str(office.box.call("case", session=session, case=case.removeprefix("/cases/"))["policy"])


def _write(page: Page, day: date, version: str, **more: str) -> None:
    head = {"version": version, "effective": _roc(day), "approval-document": "北市萬戶行字第1150001234號",
            "approval-by": "主任", "approval-on": _roc(day)}  # fmt: skip
    for field, text in {**head, **more}.items():
        page.fill(f"#{field}", text)


def test_AT_62_the_office_writes_its_next_version_and_two_put_it_in_force(office: CaseOffice) -> None:
    page, today = office.desk("officer"), local_time(SystemClock().wall_ns()).date()
    first = _receive(office, "中正第一分局")
    warned = "「中正第一分局」之轄區為臺北市中正區之一部，非本所所在地"
    expect(page.locator(".notice-warn", has_text=warned)).to_be_visible()

    page.goto(f"{office.address}/rules/packs")
    page.click('a[href="/rules/edit"]')
    expect(page.locator(".edit-lost")).to_contain_text("原文缺")
    assert violations(page) == []
    _write(page, today, "115-A", **{"numbers-floor_days": "30", "rules-articles-35-text": NINE["text"]})
    page.uncheck("#rules-articles-35-missing")
    page.click(".edit-send button")
    expect(page.locator("#problems li")).to_have_text(
        ["最短保存期限（日）：30 低於 31（作業規範第七點第(一)款）；請填 31 至 333"]
    )
    page.fill("#numbers-floor_days", "40")
    page.click(".edit-send button")
    expect(page.locator("#problems li")).to_have_count(2)
    page.fill("#rules-articles-35-source", NINE["source"])
    page.fill("#rules-articles-35-dated", NINE["dated"])
    page.click(".edit-send button")

    page.wait_for_url("**/rules/edit/difference?draft=*")
    expect(page.locator("ins", has_text="40")).to_be_visible()
    expect(page.locator("ins", has_text=NINE["text"])).to_be_visible()
    assert violations(page) == []
    page.fill("#password", PASSWORDS["officer"])
    page.click('form[action="/rules/edit/difference"] button')
    expect(page.locator(".notice-good")).to_contain_text("已提出 115-A 版")
    expect(page.locator("tr:has(.tag-active) th")).to_have_text("113-09-27-2")  # proposed, nothing more
    office.sit_beside("officer", "director")
    page.reload()
    page.click("#proposals + .card a")
    page.fill("#approve-password-1", PASSWORDS["officer"])
    page.fill("#approve-password-2", PASSWORDS["director"])
    page.click('form[action$="/approve"] button')
    expect(page.locator(".notice-good")).to_contain_text("已核准 115-A 版")

    second = _receive(office, "萬華分局西園路派出所")
    expect(page.locator("main")).not_to_contain_text("非本所所在地")
    for restart in (False, True):
        if restart:
            office.box.kill("keeper")
            office.box.start("keeper")
        assert (_policy(office, first), _policy(office, second)) == ("113-09-27-2", "115-A")
    page = office.desk("director")
    page.goto(f"{office.address}/rules/text")
    expect(page.locator("#a-9")).to_contain_text(NINE["text"])
    expect(page.locator("#a-9")).to_contain_text(f"出處：{NINE['source']}（113/09/27）")
    page.goto(f"{office.address}/rules")
    expect(page.locator(".terms")).to_contain_text("40")


def test_AT_63_whatever_a_page_lets_pass_the_keeper_takes_no_shorter_floor_and_no_pack_beside_another(
    office: CaseOffice,
) -> None:
    """The files themselves, handed to the real keeper as no page would."""
    box, today = office.box, local_time(SystemClock().wall_ns()).date()
    session = box.call("login", name="officer", password=PASSWORDS["officer"], totp="")["session"]
    size = box.call("ledger.head")["size"]

    def propose(data: bytes, password: str = PASSWORDS["officer"]) -> None:
        with contextlib.closing(box.client()) as client:
            client.call("pack.propose", data, session=session, act=os.urandom(16).hex(), seat=1, password=password)

    longer = altered({"[numbers]": "[numbers]\nceiling_days = 4000"}, successor("next", f"{today:%Y-%m-%d}"))
    nine = 'missing = true\nremark = "原文自八跳至十；九是原文缺漏或編號誤植，無從得知。"\n'
    with pytest.raises(UsageError, match="30 is under 31"):
        propose(successor("next", f"{today:%Y-%m-%d}", floor_days="30"))
    with pytest.raises(UsageError, match="ceiling_days: it is not known here"):
        propose(longer)
    with pytest.raises(UsageError, match="九 lacks the source or the date"):
        propose(altered({nine: 'text = "想像的條文。"\n'}, successor("next", "2099-01-01")))
    with pytest.raises(Refused):
        propose(successor("next", "2099-01-01"), "a password that is wrong")
    since = box.call("ledger.list", session=session, start=size, count=50)["entries"]
    assert not [entry["kind"] for entry in since if entry["kind"].startswith("pack.")]
