"""From page to page as two people would go, over the keeper's double: every page of the route table, in its states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from appliance.rules.cases.rows import Event
from appliance.web.site.routes import ROUTES
from tests.browser.steps import hold, log_in, open_all, receive, show_grant, watch
from tests.papers.case_scenes import PARTLY
from tests.rules.packcases import successor
from tests.scanfiles import png
from tests.services.inspectiondesk import BLURRED, HOUR, found
from tests.web.case_lives import FORM, Life
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.statement_figures import ORDERED, ORDERED_BUCKETS

OVER_A_THIRD = {
    "number": 1, "camera_no": "1-01", "start_ns": START_NS, "end_ns": START_NS + 60 * 10**9, "left": 100, "top": 200,
    "right": 430, "bottom": 800,
}  # fmt: skip

__all__ = ["ALIKE", "BOOKED", "ELSEWHERE", "case_stages", "every_page", "route_of"]


def every_page(page: Page, address: str, keeper: KeeperDouble) -> Iterator[str]:
    """Goes from page to page as two people would; yields the name of each once it stands."""
    page.goto(f"{address}/login")
    yield "login"
    page.fill("#name", "nobody")
    page.fill("#password", "a password that is wrong")
    page.click("main form button.primary")
    page.wait_for_selector("main [role=alert]")
    yield "log-in refused"
    page.goto(f"{address}/map")
    yield "map of nobody"
    page.goto(f"{address}/trust")
    yield "trust"
    page.goto(f"{address}/guide")
    yield "guide"
    log_in(page, address)
    page.wait_for_selector("[data-link-state=live]")
    yield "status"
    page.goto(f"{address}/tour")
    yield "tour"
    page.goto(f"{address}/cases")
    yield "no cases"
    page.goto(f"{address}/duties")
    yield "no duties"
    page.goto(f"{address}/papers")
    yield "papers"
    page.goto(f"{address}/map")
    yield "map"
    page.goto(f"{address}/viewing/{'0' * 32}")
    yield "viewing of somebody alone"
    yield from _live(page, address)
    page.goto(f"{address}/cases/new")
    yield "intake begins"
    for form in ("citizen", "staff", "letter", "call"):
        page.goto(f"{address}/cases/new/{form}")
        yield f"intake: {form}"
    for form, field in (("staff", "#judicial-yes"), ("letter", "#copy-asked"), ("citizen", "#standing-interested")):
        page.goto(f"{address}/cases/new/{form}")
        page.check(field)
        page.fill("#r0-day", "113/13/1")
        page.click(".intake-send button")
        page.wait_for_selector("#problems")
        yield f"intake with mistakes: {form}"
    case = receive(page, address, "1-01", "1-02", "2-01", "B1-01")
    page.goto(address + case)
    yield "case"
    watch(page, address, case)
    yield "viewing"
    keeper.masks = [OVER_A_THIRD]
    show_grant(page, address, case, purpose="masking")
    yield "masking"
    keeper.masks = None
    for kind in ("CIT", "INT", "AGY"):
        Life(keeper, kind).to("checking")
    keeper.now_ns += 12 * 86_400 * 10**9
    page.goto(f"{address}/cases")
    yield "cases of all kinds"
    page.goto(f"{address}/cases?text=nothing&from=soon")
    yield "cases not found"
    page.goto(f"{address}/duties")
    yield "duties"
    page.goto(f"{address}/statements")
    yield "statements"
    page.goto(f"{address}/statements/2024-09-27")
    yield "statement"
    page.goto(f"{address}/destructions/{ORDERED}")
    yield "certificate"
    page.goto(f"{address}/destructions/{ORDERED}/{ORDERED_BUCKETS[0]}")
    yield "destroyed item"
    page.goto(f"{address}/ledger")
    page.click("details summary")
    yield "ledger"
    page.goto(address + "/access")
    yield "access log"
    page.goto(address + "/archive")
    yield "archive"
    page.goto(f"{address}/people")
    yield "people"
    page.goto(f"{address}/people/new")
    page.click("form.form button")
    yield "person form with mistakes"
    page.goto(f"{address}/people/third")
    for summary in page.locator(".part summary").all():
        summary.click()
    yield "person"
    page.goto(f"{address}/people/third/handover")
    yield "hand-over"
    page.goto(f"{address}/stations")
    yield "no stations"
    keeper.station_in_use(1)
    keeper.station_in_use(2, wrong=["swap", "displays"])
    page.reload()
    for summary in page.locator("details.change summary").all():
        summary.click()
    yield "stations"
    page.goto(f"{address}/account")
    for summary in page.locator(".part summary").all():
        summary.click()
    yield "account"
    page.goto(f"{address}/rules")
    for summary in page.locator(".change summary").all():
        summary.click()
    page.wait_for_selector("#reading")
    yield "retention rules"
    page.goto(f"{address}/rules/text")
    yield "the rules"
    yield from _packs(page, address)
    keeper.inspecting.items = [found(BLURRED, keeper.now_ns - HOUR), found("sound-hum-02", keeper.now_ns - HOUR)]
    page.goto(f"{address}/inspection")
    yield "inspection: not tested yet"
    page.click("button[formaction$=propose]")
    page.wait_for_selector(".proposal .box-tag")
    page.click("button[formaction*=look] >> nth=0")
    page.wait_for_selector("fieldset.judge")
    yield "inspection: one opened"
    page.goto(f"{address}/inspection/tickets/new")
    yield "ticket to report"
    page.check("input[name=box][value=picture]")
    page.check(f"input[name=finding][value={BLURRED}]")
    page.fill("#to", "安視科技")
    page.fill("#how", "電話")
    page.fill("form.card [name=password]", PASSWORDS["officer"])
    page.click("form.card button.primary")
    page.wait_for_url(f"{address}/inspection/tickets/M*")
    yield "ticket"
    page.goto(f"{address}/inspection/month")
    yield "inspection: month"
    page.goto(f"{address}/inspection/health")
    yield "health"
    page.goto(f"{address}/holds")
    yield "no holds"
    page.goto(f"{address}/holds/new")
    page.check("#ground-law")
    page.click("form.form button")
    page.wait_for_selector("#problems")
    yield "hold form with mistakes"
    held = hold(page, address, "invest")
    for summary in page.locator("details.part summary").all():
        summary.click()
    yield "hold to confirm"
    yield from _scans(page, address, held)
    page.goto(f"{address}/holds")
    yield "holds"
    yield from _registers(page, address)
    page.goto(f"{address}/nowhere")
    yield "error"


def _live(page: Page, address: str) -> Iterator[str]:
    page.goto(f"{address}/live")
    yield "live pictures: by what"
    page.click("details[open] .primary")
    page.wait_for_selector("#problems")
    yield "live pictures with mistakes"
    page.check("details[open] [name=camera] >> nth=0")
    page.check("details[open] [name=camera] >> nth=1")
    page.click("details[open] .primary")
    page.wait_for_selector("or-live[data-live=yes]", timeout=120_000)  # a busy machine films, opens and decodes first
    yield "live pictures"
    page.goto(f"{address}/register/live")
    yield "record of live looks"


def _scans(page: Page, address: str, held: str) -> Iterator[str]:
    page.goto(f"{address}/scans/hold/{held.removeprefix('/holds/')}")
    page.select_option("#scan-kind", "letter")
    page.set_input_files("#scan-file", [{"name": "letter.png", "mimeType": "image/png", "buffer": png()}])
    yield "scans of a hold"
    page.fill(".scan-form [name=password]", PASSWORDS["officer"])
    page.click(".scan-form button")
    page.wait_for_url("**/holds/*scan=*")
    page.goto(address + str(page.locator("a[href^='/scan/']").first.get_attribute("href")))
    yield "a scan"


def _registers(page: Page, address: str) -> Iterator[str]:
    page.goto(f"{address}/register/incidents/new")
    page.fill('[name="known_at"]', "113/13/1")
    _send_line(page)
    page.wait_for_selector("#problems")
    yield "incident with mistakes"
    page.goto(f"{address}/register/incidents/new")
    page.select_option('[name="kind"]', "filming")
    page.fill('[name="facts"]', "閱覽中以手機拍攝螢幕")
    page.check('[name="cameras"] >> nth=0')
    _send_line(page)
    page.wait_for_url("**/register/incidents/I*")
    open_all(page)
    yield "incident"
    page.goto(f"{address}/register/incidents")
    yield "incidents"
    page.goto(f"{address}/register")
    yield "registers"
    page.goto(f"{address}/statistics")
    yield "statistics"


def _send_line(page: Page) -> None:
    """Two people are logged in: the form takes the password of the one who is chosen in it."""
    seat = page.locator("form.register-form").evaluate("form => new FormData(form).get('seat')")
    page.fill("form.register-form [name=password]", PASSWORDS[("officer", "head")[int(seat) - 1]])
    page.click("form.register-form button.primary")


def _packs(page: Page, address: str) -> Iterator[str]:
    for data, name in ((b"format = 1", "versions with mistakes"), (successor("114-01-01", "2025-01-01"), "versions")):
        page.goto(f"{address}/rules/packs")
        page.set_input_files("#file", {"name": "next.toml", "mimeType": "application/toml", "buffer": data})
        page.fill("#password", PASSWORDS["officer"])
        page.click('form[action="/rules/packs"] button')
        page.wait_for_selector(".wrong" if "mistakes" in name else "#proposals + .card")
        yield name
    page.click("#proposals + .card a")
    page.wait_for_selector("#approve-password-2")
    yield "a version to approve"
    yield from _written_pack(page, address)


def _written_pack(page: Page, address: str) -> Iterator[str]:
    page.goto(f"{address}/rules/edit")
    page.fill("#numbers-floor_days", "20")
    page.click(".edit-send button")
    page.wait_for_selector("#problems")
    open_all(page)
    yield "a version written, with mistakes"
    page.click('.edit-article:has(#rules-articles-36-number) button[value^="add"]')
    page.wait_for_selector("#rules-articles-37-number")
    page.click(".edit-read summary")
    page.set_input_files("#file", {"name": "draft.toml", "mimeType": "application/toml", "buffer": b"format = 2"})
    page.click(".edit-read button")
    page.wait_for_selector(".wrong")
    yield "a draft's file that is not read"
    page.goto(f"{address}/rules/edit")
    head = {"version": "115-01-01", "effective": "115/1/1", "approval-document": "簽", "approval-by": "主任"}
    for field, text in (head | {"approval-on": "114/12/1", "numbers-floor_days": "40"}).items():
        page.fill(f"#{field}", text)
    page.click(".edit-send button")
    page.wait_for_url("**/rules/edit/difference?draft=*")
    yield "a version written, and what it changes"


ELSEWHERE = frozenset(
    {"/cameras", "/cameras/guide", "/cameras/new", "/cameras/review", "/cameras/{camera}", "/cases/{case}/ink"}
)
"""Looked at by axe over the real processes: ``test_cameras_whole_way.py``, ``test_ink.py``."""


ALIKE = {"/inspection/{day}": "/inspection", "/inspection/month/{month}": "/inspection/month"}
"""The very page of a row, of another day or month."""


def route_of(address: str) -> set[str]:
    """The path of the page's route, the plainest that fits."""
    path = address.partition("?")[0].partition("#")[0]
    fits = [route.path for route in ROUTES if re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), path)]
    return set(sorted(fits, key=lambda each: each.count("{"))[:1])


BOOKED = (Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE)
"""From a decision to a viewing that may begin."""


def masked(keeper: KeeperDouble) -> Life:
    return Life(keeper, "CIT").to("decision").do(Event.GRANT_PARTLY, **PARTLY).do(Event.ISSUE, Event.NOTIFY)


RIGHT = {"rectify": {"what": "form/reason_text", "new": "皮夾遭竊"}, "reason": "收件時誤植"}
"""A word of the request put right."""


def case_stages(keeper: KeeperDouble) -> list[tuple[str, str, Life]]:
    """Cases of all kinds on their way: stage, who looks, and the case."""
    return [
        ("received", "officer", Life(keeper, "CIT").do(Event.RECEIVE, form={**FORM, "scanned": False})),
        ("checking", "manager", Life(keeper, "CIT").to("checking")),
        ("returned", "manager", Life(keeper, "CIT").to("unit_review").do(Event.RETURN)),
        ("decision", "director", Life(keeper, "CIT").to("decision")),
        ("partly", "officer", Life(keeper, "CIT").to("decision").do(Event.GRANT_PARTLY, **PARTLY)),
        ("masked", "manager", masked(keeper).do(Event.FINISH_MASKS)),
        ("notified", "officer", Life(keeper, "CIT").to("decision").do(*BOOKED[:3])),
        ("prepared", "manager", Life(keeper, "CIT").to("decision").do(*BOOKED)),
        ("viewing", "manager", Life(keeper, "CIT").to("decision").do(*BOOKED, Event.BEGIN)),
        ("letter", "manager", Life(keeper, "AGY").do(Event.RECEIVE_LETTER)),
        ("preserved", "officer", Life(keeper, "AGY").do(Event.PRESERVE)),
        ("staff", "director", Life(keeper, "INT").to("decision")),
        ("rectifying", "head", Life(keeper, "CIT").to("checking").do(Event.RECTIFY, **RIGHT)),
        ("locked", "head", Life(keeper, "INT").to("decision").do(Event.LOCK, who="clerk")),
    ]
