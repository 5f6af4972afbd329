"""The guided tour from the card on the terminal to playing footage and through the three lives, in a real browser over
the processes that ``deploy/run`` starts: acts, fields and seconds are counted."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from appliance.core.clock import SystemClock, local_time
from tests.browser.case_office import CHECKS
from tests.browser.chromium import chromium
from tests.browser.steps import end_viewing, go_on
from tests.browser.trial_office import Trial, running_trial

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("RECORDER_PICTURES", "")
"""A directory for pictures of the steps, to be looked at; none are made without it."""
MOST_ACTS, MOST_FIELDS, MOST_SECONDS = 5, 11, 180.0
"""From the address to playing footage: forms that are sent, what is typed or ticked in them, and the time."""


class Learner:
    """Somebody with the card of a trial. ``send`` fills a form and sends it, and is counted."""

    def __init__(self, trial: Trial, browser: Browser) -> None:
        self.trial, self.acts, self.fields, self.case = trial, 0, 0, ""
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-TW", reduced_motion="reduce")
        self.page: Page = context.new_page()

    def go(self, path: str) -> None:
        self.page.goto(self.trial.address + path)

    def sit(self, *people: str) -> None:
        """Whoever is logged in leaves; these log in, the second by the card of the tour."""
        self.go("/account")
        if self.page.locator(".top-right > form[action='/logout']").count():
            go_on(self.page, ".top-right > form[action='/logout'] button")
        self.go("/login")
        self.send("main form", {"name": people[0], "password": f"@{people[0]}"}, "button.primary")
        if len(people) > 1:
            self.go("/")
            self.send(".tour form[action='/join']", {"name": people[1], "password": f"@{people[1]}"})

    def send(self, within: str, values: Mapping[str, str], button: str = ".actions button") -> None:
        """``values`` by field: a password by whose it is (``@officer``)."""
        form = self.page.locator(within).first
        for name, value in values.items():
            self._put(form, name, self.trial.passwords[value[1:]] if value.startswith("@") else value)
        self.acts, self.fields = self.acts + 1, self.fields + len(values)
        go_on(self.page, form.locator(button).first)

    @staticmethod
    def _put(form: Locator, name: str, value: str) -> None:
        fields = form.locator(f"[name='{name}']")
        kind = fields.first.get_attribute("type")
        if kind == "radio":
            form.locator(f"[name='{name}'][value='{value}']").check(force=True)
        elif kind == "checkbox":
            fields.first.check(force=True)
        elif fields.first.evaluate("each => each.tagName") == "SELECT":
            fields.first.select_option(value)
        else:
            fields.first.fill(value)

    def act(self, form: str, values: Mapping[str, str] | None = None, *, button: str = "") -> None:
        """One form of the case's page; fails unless the act was done."""
        self.go(self.case)
        self.page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        chosen = f"button[value={button}]" if button else ".actions button"
        self.send(f"form.form-{form}", values or {}, chosen)
        assert "done=" in self.page.url, f"{form}: {self.page.locator('main [role=alert]').all_inner_texts()}"

    def stands_at(self, title: str) -> None:
        """What the tour says comes next, on the page where whoever is here begins."""
        self.go("/")
        expect(self.page.locator(".tour h3")).to_have_text(title)

    def view(self, opener: str = "@officer") -> None:
        """Opens the footage of the case, sees it play, and ends the viewing in the name of the officer."""
        self.go(self.case)
        self.send(".opening form", {"password": opener}, "button.primary")
        self.page.wait_for_selector("or-player[data-ready=yes]")
        self.page.evaluate("document.querySelector('or-player').playback.play()")
        self.page.wait_for_function("() => document.querySelector('or-player').playback.position > 1")

    def ended(self) -> None:
        end_viewing(self.page, self.trial.passwords["officer"])
        self.page.click(".curtain-out")
        self.page.wait_for_url("**/cases/*")

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.screenshot(path=os.path.join(PICTURES, f"{name}.png"), full_page=True)


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    folder: Path = tmp_path_factory.mktemp("tour")
    (folder / "home").mkdir()
    with running_trial(folder) as trial, chromium(folder / "home", trial.authority) as browser:
        yield Learner(trial, browser)


def test_from_the_address_to_playing_footage_in_three_minutes(learner: Learner) -> None:
    page = learner.page
    learner.go("/")
    learner.send("main form", {"name": "officer", "password": "@officer"}, "button.primary")
    expect(page.locator(".tour h3")).to_have_text("會同人員登入")
    learner.picture("tour-1-second")
    expect(page.locator("#tour-name")).to_have_value("unit_head")
    learner.send(".tour-form", {"password": "@unit_head"})
    expect(page.locator(".tour h3")).to_have_text("製作示範案件")
    learner.picture("tour-2-sample")
    learner.trial.has_recorded(15)
    learner.send(".tour-form", {"password-1": "@officer", "password-2": "@unit_head"})
    expect(page.locator("#next-title")).to_have_text("開始閱覽")
    learner.picture("tour-3-begin")
    ticks = {f"viewing/{name}": "1" for name in ("id_again", "statement_signed", "devices_away")}
    learner.send("form.form-begin", ticks | {"password": "@officer"})
    learner.picture("tour-4-open")
    learner.case = unquote(page.url.removeprefix(learner.trial.address).split("?")[0])
    learner.view()
    seconds = time.monotonic() - learner.trial.printed
    learner.picture("tour-5-playing")
    print(f"\nfrom the address to playing footage: {learner.acts} acts, {learner.fields} fields, {seconds:.0f} s")
    assert learner.acts <= MOST_ACTS
    assert learner.fields <= MOST_FIELDS
    assert seconds < MOST_SECONDS


def _minutes(learner: Learner) -> dict[str, str]:
    """The minute before this one, once something was recorded in it: as a form asks for it."""
    learner.trial.has_recorded(75)
    now = local_time(SystemClock().wall_ns())
    start = now - timedelta(minutes=1)
    return {"r0-day": _roc(start.date()), "r0-from": f"{start:%H%M}", "r0-to": f"{now:%H%M}", "r0-cameras": "01"}


def _roc(day: date) -> str:
    return f"{day.year - 1911}/{day.month}/{day.day}"


def _today() -> str:
    return _roc(local_time(SystemClock().wall_ns()).date())


def _booking() -> dict[str, str]:
    now = f"{local_time(SystemClock().wall_ns()):%H%M}"
    return {"viewing/on": _today(), "viewing/place": "訓練用閱覽處", "viewing/starts": now, "viewing/ends": "2359"}


def _received(learner: Learner, form: str, values: Mapping[str, str]) -> None:
    learner.go(f"/cases/new/{form}")
    learner.send("main form[action^='/cases/new/']:has(button.primary)", values, "button.primary >> nth=-1")
    learner.page.wait_for_url("**/cases/*received=1")
    learner.case = unquote(learner.page.url.removeprefix(learner.trial.address).split("?")[0])


def _proposed(learner: Learner, kind: str, article: str) -> None:
    checks = {f"check.{code}": "yes" for code in CHECKS[kind]}
    learner.act("propose", checks | {"proposal/result": "granted", "proposal/article": article})


def test_the_sample_ends_and_is_closed(learner: Learner) -> None:
    learner.ended()
    learner.picture("tour-6-viewed")
    learner.act("excuse-scan", {"reason": "訓練示範案件，無紙本申請書", "password": "@unit_head"})
    learner.act("stamp-ledger", {"password": "@unit_head"})
    learner.act("close", {"password": "@officer"})
    learner.go("/tour")
    learner.picture("tour-7-second-life")
    expect(learner.page.locator(".tour-done")).to_have_count(6)


def test_a_colleagues_request_step_by_step(learner: Learner) -> None:
    learner.stands_at("同仁送出申請")
    learner.sit("colleague")
    learner.stands_at("同仁送出申請")
    learner.picture("tour-8-colleague")
    asked = {"v0-name": "同仁", "reason": "counter_dispute", "reason-text": "3 號櫃檯爭議", "judicial": "no"}
    _received(learner, "staff", asked | _minutes(learner))
    learner.sit("section_head")
    learner.stands_at("申請單位主管核章")
    learner.act("sign-section")
    learner.sit("officer")
    learner.stands_at("系統管理人擬辦")
    _proposed(learner, "INT", "八(五)2(1)")
    learner.sit("unit_head")
    learner.stands_at("核章及核定")
    learner.act("stamp")
    learner.act("stamp", {"double": "1"})
    learner.picture("tour-9-decide")
    decided = {"ruling.0.outcome": "granted", "form/judicial": "no", "double": "1"}
    learner.act("decide", decided | {"password": "@unit_head"})
    learner.sit("officer")
    learner.stands_at("約定閱覽時間")
    learner.act("schedule", _booking())
    learner.sit("officer", "unit_head")
    learner.stands_at("閱覽")
    learner.act("begin", {"form/judicial": "no", "viewing/devices_away": "1", "password": "@officer"})
    learner.view()
    learner.ended()
    learner.stands_at("紀錄簿核章及結案")
    learner.act("stamp-ledger", {"password": "@unit_head"})
    learner.act("close", {"password": "@officer"})


def test_an_agencys_letter_step_by_step(learner: Learner) -> None:
    learner.stands_at("機關來函收文")
    learner.sit("officer")
    letter = {
        "agency": "臺北市政府警察局萬華分局", "public": "1", "letter-no": "北市警萬分刑字第1153012345號",
        "letter-officer": "偵查佐 郭大偉", "proof": "1", "basis": "刑事訴訟法第230條", "purpose": "竊盜案偵查",
        "scope": "一樓大廳監視器", "letter-day": _today(),
    }  # fmt: skip
    _received(learner, "letter", letter | _minutes(learner))
    learner.stands_at("形式審查")
    learner.act("check", {"letter/scan_follows": "訓練示範，無紙本來函"}, button="check")
    learner.stands_at("擬辦")
    _proposed(learner, "AGY", "八(五)3(1)")
    learner.sit("unit_head")
    learner.stands_at("核章及核定")
    learner.act("stamp")
    learner.act("stamp", {"double": "1"})
    learner.act("decide", {"ruling.0.outcome": "granted", "double": "1", "password": "@unit_head"})
    learner.sit("officer")
    learner.stands_at("函復")
    learner.act("issue", {"dispatch/doc_no": "北市萬戶庶字第1150001234號", "dispatch/day": _today()})
    arrived = {"service/means": "exchange", "service/day": _today(), "service/proof_no": "電子交換 1234"}
    learner.act("notify", arrived | {"service/proof_day": _today()})
    learner.stands_at("約定閱覽時間")
    learner.act("schedule", _booking() | {"viewing/accompanied_by": "專責人員"})
    learner.stands_at("製作閱覽用複本")
    learner.sit("officer", "unit_head")
    page = learner.page
    learner.go(learner.case)
    learner.send(".copy form", {"password": "@officer"}, "button.primary")
    expect(page.locator(".copy")).to_contain_text("製作完成")
    learner.stands_at("閱覽及銷毀複本")
    door = {"visit/agency": letter["agency"], "visit/id_checked": "1", "visit/letter_seen": "1"}
    learner.act("begin", door | {"viewing/devices_away": "1", "password": "@officer"})
    learner.view()
    learner.ended()
    learner.stands_at("紀錄簿核章及結案")
    learner.act("excuse-scan", {"reason": "訓練示範，無紙本來函", "password": "@unit_head"})
    learner.act("stamp-ledger", {"password": "@unit_head"})
    learner.act("close", {"password": "@officer"})
    learner.go("/tour")
    learner.picture("tour-10-finished")
    expect(page.locator(".tour-done")).to_have_count(22)
    expect(page.locator(".notice-good")).to_contain_text("三種調閱均已辦理完畢")
    print(f"\nthe whole tour: {learner.acts} forms, {learner.fields} fields")
