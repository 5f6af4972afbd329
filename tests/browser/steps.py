"""Steps in a browser that several tests take, over a site with the keeper's double behind it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

from appliance.protocol.transport import Client
from tests.web.keeper_double import PASSWORDS, START_NS
from tests.web.site import SITES

__all__ = [
    "ask", "end_viewing", "go_on", "hold", "join", "listen", "log_in", "open_all", "open_scan_form", "open_viewing",
    "receive", "said", "seek", "show_grant", "start_player", "until", "watch",
]  # fmt: skip

_REASON = "113 年 9 月 27 日下午，於一樓 3 號櫃檯遺失皮夾，已向萬華分局報案，調閱以查明經過。"


def log_in(page: Page, address: str, name: str = "officer") -> None:
    page.goto(f"{address}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORDS[name])
    page.click("main button")
    page.wait_for_url(f"{address}/")


def go_on(page: Page, button: str | Locator) -> None:
    """Clicks a link, or what sends a form, and waits for the page that answers it: going elsewhere at once would break
    it off. Of several elements that a selector names it is the first."""
    with page.expect_navigation():
        (page.locator(button).first if isinstance(button, str) else button).click()


def open_scan_form(page: Page, kind: str) -> None:
    """The form that takes a scan in, open on the page that stands, for a scan of ``kind``."""
    page.wait_for_load_state()  # half of a page lacks what is looked for next
    if page.locator("details.scans:not([open])").count():
        page.click("details.scans > summary")
    if not page.is_visible("#scan-file"):
        page.locator("#scans details summary").last.click()
    page.select_option("#scan-kind", kind)


def receive(page: Page, address: str, *cameras: str, start_ns: int = START_NS) -> str:
    """The path of a new case of the former kind, until 14:40, which the keeper received without any page."""
    head = _call(page, address, "case.receive", act="1" * 32, reason=_REASON, cameras=list(cameras), start_ns=start_ns,
                 end_ns=START_NS + 2400 * 10**9)  # fmt: skip
    return f"/cases/{head['case']}"


def _call(page: Page, address: str, verb: str, **arguments: Any) -> dict[str, Any]:
    """The double's answer to what no page asks, in the page's session."""
    return _tell(address, verb, session=_session(page), **arguments)


def _tell(address: str, verb: str, **arguments: Any) -> dict[str, Any]:
    client = Client(SITES[address].settings.layout.socket("keeper"))
    try:
        return client.call(verb, **arguments).head
    finally:
        client.close()


def _session(page: Page) -> str | None:
    return next((each["value"] for each in page.context.cookies() if each["name"] == "__Host-sid"), None)


def join(page: Page, address: str, name: str = "head") -> None:
    """Somebody sits down without the pages of the door, alone or beside who is there; the token is another then.

    The status page is left before: it loads itself again when its session ends, across wherever the test goes next.
    """
    if page.locator("or-status").count():
        page.goto("about:blank")
    head = _tell(address, "login", name=name, password=PASSWORDS[name], totp="", session=_session(page))
    page.context.add_cookies(
        [{"name": "__Host-sid", "value": head["session"], "domain": "localhost", "path": "/", "secure": True,
          "httpOnly": True, "sameSite": "Strict"}]
    )  # fmt: skip


def hold(page: Page, address: str, ground: str) -> str:
    """The path of a new hold on camera 1-01."""
    page.goto(f"{address}/holds/new")
    page.check(f"#ground-{ground}")
    page.check('input[value="1-01"]')
    for name in ("agency", "statute", "document"):
        if page.is_visible(f"#{name}"):
            page.fill(
                f"#{name}", {"agency": "臺灣臺北地方檢察署", "statute": "檔案法第 12 條"}.get(name, "北檢字第1130002號")
            )
    page.fill("#from-year", "113/9/27 14:00")
    page.fill("#to-year", "113/9/27 14:40")
    page.fill("#reason", "113 年 9 月 27 日下午櫃檯前推擠，一人受傷送醫；檢察署函請保全。")
    if page.is_visible("#password"):  # two people are logged in; the officer opens it
        page.fill("#password", PASSWORDS["officer"])
    page.click("form.form button")
    page.wait_for_url("**/holds/*set=1")
    return page.url.removeprefix(address).split("?")[0]


def watch(page: Page, address: str, case: str, *, purpose: str = "viewing") -> None:
    """Opens a case of the double for two people, to be seen or to be masked, and the player."""
    number = case.removeprefix("/cases/")
    join(page, address)
    _call(page, address, "case.decide", act="2" * 32, case=number, result="granted", reason="", seat=2,
          password=PASSWORDS["head"])  # fmt: skip
    show_grant(page, address, case, purpose=purpose)


def show_grant(page: Page, address: str, case: str, *, purpose: str) -> None:
    """Opens a case for the two who are logged in, and the player."""
    number = case.removeprefix("/cases/")
    grant = _call(page, address, "viewing.open", case=number, seat=1, password=PASSWORDS["officer"],
                  purpose=purpose)["grant"]  # fmt: skip
    page.goto(f"{address}/viewing/{grant}")
    start_player(page)


def open_viewing(page: Page, address: str, *cameras: str, start_ns: int = START_NS) -> str:
    """Before the player, two people; the viewing's path."""
    join(page, address, "officer")
    watch(page, address, receive(page, address, *cameras, start_ns=start_ns))
    return page.url.removeprefix(address)


def start_player(page: Page) -> None:
    page.wait_for_selector("or-player[data-ready=yes]", timeout=120_000)


def end_viewing(page: Page, password: str) -> None:
    """Ends what is viewed by its sheet: nobody filmed, all signed, in the name of whom ``password`` is of."""
    page.click("[data-end=done] button")
    page.check(".sheet [name=filming][value=none]")
    page.check(".sheet [name=signed]")
    page.fill("#finish-password", password)
    page.click(".sheet button.primary")
    page.wait_for_selector("or-player[data-ended=yes]")


def ask(page: Page, script: str, argument: Any = None) -> Any:
    """``script`` with the player as ``p`` and its playback as ``b``."""
    body = f"(a) => {{ const p = document.querySelector('or-player'), b = p.playback; return {script}; }}"
    return page.evaluate(body, argument)


def seek(page: Page, seconds: float) -> Any:
    """Goes there; what ``seekTo`` answers at the first presented frame."""
    return ask(page, "p.seekTo(a)", str(START_NS + round(seconds * 1e9)))


def said(page: Page, text: str) -> None:
    """Waits until the player has told ``text`` to a reader's ears since :func:`listen`."""
    page.wait_for_function("text => window.told.some((each) => each.includes(text))", arg=text)


def listen(page: Page) -> None:
    """Keeps whatever the player tells to a reader's ears from now on."""
    page.evaluate("""() => {
      const place = document.querySelector("[data-say]");
      window.told = [];
      new MutationObserver(() => window.told.push(place.textContent)).observe(place, { childList: true });
    }""")


def until(page: Page, script: str, timeout: int = 120_000) -> None:
    """Waits until ``script`` is true."""
    body = f"() => {{ const p = document.querySelector('or-player'), b = p.playback; return {script}; }}"
    page.wait_for_function(body, timeout=timeout)


def open_all(page: Page) -> None:
    """Opens whatever folds, once the page is there whole."""
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
