"""The guided tour from the card on the terminal to playing footage and through the three lives, in a real browser over
the processes that ``deploy/run`` starts: acts, fields and seconds are counted."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

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
        self.trial, self.acts, self.fields = trial, 0, 0
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-TW", reduced_motion="reduce")
        self.page: Page = context.new_page()

    def go(self, path: str) -> None:
        self.page.goto(self.trial.address + path)

    def send(self, within: str, values: Mapping[str, str], button: str = ".actions button") -> None:
        """``values`` by field: a password by whose it is (``@officer``), a tick by ``on``."""
        form = self.page.locator(within).first
        for name, value in values.items():
            field = form.locator(f"[name='{name}']").first
            if value == "on":
                field.check(force=True)
            else:
                field.fill(self.trial.passwords[value[1:]] if value.startswith("@") else value)
        self.acts, self.fields = self.acts + 1, self.fields + len(values)
        go_on(self.page, form.locator(button).first)

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
    ticks = {f"viewing/{name}": "on" for name in ("id_again", "statement_signed", "devices_away")}
    learner.send("form.form-begin", ticks | {"password": "@officer"})
    learner.picture("tour-4-open")
    learner.send(".opening form", {"password": "@officer"}, "button.primary")
    page.wait_for_selector("or-player[data-ready=yes]")
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function("() => document.querySelector('or-player').playback.position > 1")
    seconds = time.monotonic() - learner.trial.printed
    learner.picture("tour-5-playing")
    print(f"\nfrom the address to playing footage: {learner.acts} acts, {learner.fields} fields, {seconds:.0f} s")
    assert learner.acts <= MOST_ACTS
    assert learner.fields <= MOST_FIELDS
    assert seconds < MOST_SECONDS


def test_the_sample_ends_and_is_ticked(learner: Learner) -> None:
    page = learner.page
    end_viewing(page, learner.trial.passwords["officer"])
    page.click(".curtain-out")
    page.wait_for_url("**/cases/*")
    learner.picture("tour-6-viewed")
    learner.go("/tour")
    learner.picture("tour-7-all")
    expect(page.locator(".tour-done")).to_have_count(5)
