"""A whole office for lives of cases in a real browser: seven people at their own desks, over the real processes."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from playwright.sync_api import Browser, BrowserContext, Page, expect

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.installation.setup import NewPerson
from tests.box import Box, make_box, testcard
from tests.browser.chromium import chromium
from tests.browser.steps import go_on
from tests.footage import film_past

__all__ = ["PEOPLE", "CaseOffice", "OfficeBox", "filmed_office"]

SECTION = "戶籍登記課"
PEOPLE = (
    NewPerson("officer", "陳怡君", ("officer",), "officer-correct-horse-battery"),
    NewPerson("manager", "吳志文", ("manager",), "manager-correct-horse-battery"),
    NewPerson("head", "林志明", ("unit_head",), "unit-head-correct-horse-battery"),
    NewPerson("secretary", "張文彬", ("secretary",), "secretary-correct-horse-battery"),
    NewPerson("director", "蔡文德", ("director",), "director-correct-horse-battery"),
    NewPerson("chief", "李文華", ("section_head",), "chief-correct-horse-battery"),
    NewPerson("clerk", "王小明", ("staff",), "clerk-correct-horse-battery"),
)
PASSWORDS = {person.name: person.password for person in PEOPLE}
CHECKS = {
    "CIT": ("standing_holds", "purpose_fits", "third_persons", "investigation_secrecy", "partial_possible"),
    "INT": ("purpose_fits", "third_persons", "investigation_secrecy", "partial_possible", "no_colleague_watched",
            "not_judicial"),
    "AGY": ("purpose_fits", "third_persons", "investigation_secrecy", "partial_possible", "evidence_needed",
            "scope_no_wider"),
}  # fmt: skip


class OfficeBox(Box):
    people = PEOPLE


class CaseOffice:
    """``desk`` is somebody's own browser window, logged in; ``act`` sends one form of a case's page."""

    def __init__(self, box: Box, browser: Browser) -> None:
        self.box, self.browser = box, browser
        self.address = f"https://localhost:{box.port}"
        self._desks: dict[str, Page] = {}
        self._beside: dict[str, str] = {}
        self._give_units()

    def _give_units(self) -> None:
        """Set-up knows no sections: the officer proposes them and the unit's head approves."""
        first = self.box.call("login", name="officer", password=PASSWORDS["officer"], totp="")
        both = self.box.call("login", name="head", password=PASSWORDS["head"], totp="", session=first["session"])
        for name, unit, post in (("chief", SECTION, "課長"), ("clerk", SECTION, "課員")):
            person = next(each for each in PEOPLE if each.name == name)
            self.box.call(
                "person.move", session=both["session"], act=os.urandom(16).hex(), name=name, display=person.display,
                unit=unit, post=post, document="115年簽",
                passwords={"1": PASSWORDS["officer"], "2": PASSWORDS["head"]},
            )  # fmt: skip

    def desk(self, name: str) -> Page:
        if name not in self._desks:
            context: BrowserContext = self.browser.new_context(
                viewport={"width": 1280, "height": 900}, locale="zh-TW", reduced_motion="reduce"
            )
            page = context.new_page()
            page.goto(f"{self.address}/login")
            page.fill("#name", name)
            page.fill("#password", PASSWORDS[name])
            page.click("main form button.primary")
            expect(page.locator(".seat-name").first).to_have_text(next(p.display for p in PEOPLE if p.name == name))
            self._desks[name] = page
        return self._desks[name]

    def leave(self, name: str) -> None:
        """The desk of ``name`` is logged in anew the next time."""
        if page := self._desks.pop(name, None):
            page.context.close()

    def sit_beside(self, name: str, other: str) -> Page:
        """The desk of ``name`` with ``other`` logged in there too."""
        page = self.desk(name)
        self._beside[name] = other
        page.evaluate(
            "async ([name, password]) => { await fetch('/join', {method: 'POST',"
            " body: new URLSearchParams({name, password, next: '/'})}); }",
            [other, PASSWORDS[other]],
        )
        return page

    def receive(self, name: str, form: str, values: Mapping[str, Any]) -> str:
        """Takes a request in at the desk of ``name``; the path of its page."""
        page = self.desk(name)
        page.goto(f"{self.address}/cases/new/{form}")
        assert page.locator("main form [name=act]").count(), page.locator("main").inner_text()
        self._fill(page, "main form.intake, main form[action^='/cases/new/']", values)
        self.sign(page, name, "main form[action^='/cases/new/']:has(button.primary)")
        page.locator("main form[action^='/cases/new/'] button.primary").last.click()
        page.wait_for_url("**/cases/*received=1")
        return unquote(page.url.removeprefix(self.address).split("?")[0])

    def act(self, name: str, case: str, form: str, values: Mapping[str, Any] = {}, *, button: str = "") -> Page:
        """Fills one form of the case's page and sends it; fails unless the act was done."""
        page = self.desk(name)
        page.goto(self.address + case)
        within = f"form.form-{form}"
        for kind in ("others", "other"):
            closed = page.locator(f"details.{kind}:not([open]):has({within}) > summary")
            if closed.count():
                closed.click()
        self._fill(page, within, values)
        if "password" not in values:
            self.sign(page, name, within)
        chosen = f"{within} button[value={button}]" if button else f"{within} .actions button"
        go_on(page, chosen)
        assert "done=" in page.url, f"{form}: {page.locator('main [role=alert]').all_inner_texts()}"
        return page

    def sign(self, page: Page, name: str, within: str) -> None:
        """The password of whoever sends the form, where two people are at the desk of ``name`` and it asks whose act
        it is."""
        if page.locator(f"{within} [name=password]").count():
            seat = page.locator(within).last.evaluate("form => new FormData(form).get('seat')")
            mine = seat in (None, "1") or name not in self._beside
            page.fill(f"{within} [name=password]", PASSWORDS[name if mine else self._beside[name]])

    @staticmethod
    def _fill(page: Page, within: str, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            field = page.locator(f"{within.split(',')[-1].strip()} [name='{name}']")
            kind = field.first.get_attribute("type")
            if kind == "radio":
                page.locator(f"{within.split(',')[-1].strip()} [name='{name}'][value='{value}']").check(force=True)
            elif kind == "checkbox":
                field.first.check(force=True)
            elif field.first.evaluate("each => each.tagName") == "SELECT":
                field.select_option(str(value))
            else:
                field.first.fill(str(value))

    def through_the_chain(self, case: str, kind: str, result: str, article: str, more: Mapping[str, str] = {}) -> None:
        """From the opinion to the director's desk; ``more``: of what else it says."""
        checks = {f"check.{code}": "yes" for code in CHECKS[kind]}
        opinion = {"proposal/result": result, "proposal/article": article}
        self.act("manager", case, "propose", {**checks, **opinion, **more})
        self.act("head", case, "stamp")
        self.act("secretary", case, "stamp")

    def close(self, case: str, *, signed: bool = False) -> None:
        """The two signatures of the ledger row, and the close. ``signed``: the first stands there already."""
        if not signed:
            self.act("officer", case, "sign-ledger")
        self.act("head", case, "stamp-ledger")
        self.act("officer", case, "close")
        expect(self.desk("officer").locator(".case-tag")).to_have_text("結案歸卷")

    def paper(self, case: str, code: str, folder: Path, who: str = "officer") -> str:
        """The text of a paper's PDF that ``who`` saves, without white space."""
        file = folder / f"{code}.pdf"
        file.write_bytes(self.file(f"{case}/papers/{code}/pdf", who=who))
        done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True)
        return "".join(done.stdout.decode().split())

    def file(
        self, path: str, method: str = "GET", who: str = "officer", sends: Mapping[str, str] | None = None
    ) -> bytes:
        """A file to save, fetched by the page of ``who``; ``sends``: the fields of a form."""
        text = self.desk(who).evaluate(_FETCH, [path, method, dict(sends or {})])
        return base64.b64decode(text)


_FETCH = """async ([path, method, fields]) => {
  const answer = await fetch(path, {method, body: method === "POST" ? new URLSearchParams(fields) : undefined});
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}"""


@contextlib.contextmanager
def filmed_office(directory: Path) -> Iterator[tuple[CaseOffice, int]]:
    """The office with three minutes of camera 01, open in a browser; and when these begin."""
    with make_box(directory / "office", [testcard("01")], kind=OfficeBox) as box:
        box.start("keeper", "darkroom", "web")
        border_ns = slot_start_ns(SystemClock().wall_ns()) - 3 * SLOT_NS
        film_past(box, "01", border_ns, 180, audio="aac")
        (directory / "home").mkdir()
        with chromium(directory / "home", Path(box.installed.ca_path)) as browser:
            yield CaseOffice(box, browser), border_ns
