"""A viewing station as ``deploy/station`` makes one: its own key, its store and its policies in a real Chromium, which
shows what was granted at the stations' port and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

from tests.box import OFFICER, until
from tests.browser.chromium import ARGUMENTS
from tests.patience import PATIENCE_SECONDS
from tests.rules.test_at_47 import BOTH, Office, office
from tests.stationpc import POLICIES, StationPc

__all__ = ["office"]

pytestmark = [pytest.mark.browser, pytest.mark.root]

_PICTURE = "[...document.querySelectorAll('video')].some((video) => video.readyState >= 2)"

_COUNT = """() => {
  window.stopped = 0;
  for (const kind of ["click", "auxclick", "contextmenu", "dragstart"])
    addEventListener(kind, (event) => { window.stopped += event.defaultPrevented; });
}"""


class Station(StationPc):
    def __init__(self, office: Office, root: Path) -> None:
        super().__init__(root, f"localhost:{office.box.station_port}", office.site.authority)
        asked = self.run("request")
        self.request, self.shown = asked.stdout, asked.stderr

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.script("office-recorder-station", *arguments)

    def make_store(self) -> None:
        done = self.script("store", self.home, "root")
        assert done.returncode == 0, done.stderr

    def browser_command(self) -> Path:
        """Chromium where the station's settings lie in place of this machine's: in a mount namespace of its own."""
        policies = self.root / POLICIES
        found = json.loads(policies.read_text(encoding="utf-8"))
        del found["RemoteDebuggingAllowed"], found["DeveloperToolsAvailability"]  # a test drives it by these
        policies.write_text(json.dumps(found), encoding="utf-8")
        command = self.root / "chromium"
        command.write_text(
            "#!/bin/sh\nexec unshare --mount --propagation private sh -c "
            f'\'mount --bind {self.root}/etc/chromium /etc/chromium && exec /usr/bin/chromium "$@"\' sh "$@"\n',
            encoding="utf-8",
        )
        command.chmod(0o755)
        return command


@pytest.fixture(scope="module")
def station(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Station:
    """Registered, with its certificate."""
    found = Station(office, tmp_path_factory.mktemp("station"))
    key = office.ask("stations.read", request=found.request)["key"]
    assert " ".join(re.findall("....", key)) in found.shown, "the station shows what the page shows"
    asked = {"request": found.request, "key": key, "place": "一樓閱覽室"}
    number = office.ask("stations.enrol", act=os.urandom(16).hex(), passwords=BOTH, **asked)["number"]
    (found.root / "station.crt").write_bytes(office.at().get(f"/stations/{number}/certificate").body)
    done = found.run("accept", str(found.root / "station.crt"))
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture(scope="module")
def page(office: Office, station: Station) -> Iterator[Page]:
    """The one window, in the one profile: the station's policies allow no other. Both people are logged in."""
    station.make_store()
    environment = {**os.environ, "HOME": str(station.home), "XDG_CONFIG_HOME": str(station.home / ".config")}
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            station.home / "profile",
            executable_path=str(station.browser_command()),
            headless=True,
            args=ARGUMENTS,
            env=environment,
            locale="zh-TW",
            viewport={"width": 1366, "height": 768},
        )
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        there = f"https://localhost:{office.box.station_port}"
        context.add_cookies([{"name": "__Host-sid", "value": office.session, "url": there, "secure": True}])
        try:
            yield context.pages[0]
        finally:
            context.close()


def test_AT_47_the_station_s_browser_proves_itself_without_being_asked(office: Office, page: Page) -> None:
    origin = f"https://localhost:{office.box.station_port}"
    page.goto(f"{origin}/stations")
    expect(page.locator(".notice").first).to_contain_text("號閱覽站（一樓閱覽室）")
    case = office.viewing()
    page.goto(f"{origin}/cases/{case}")
    page.locator('form[action$="/view"] input[type=password]').fill(OFFICER.password)
    page.locator('form[action$="/view"] button').click()
    page.wait_for_url(re.compile(r"/viewing/[0-9a-f]{32}$"))
    until(lambda: bool(page.evaluate(_PICTURE)), what="a picture")
    page.goto(f"{origin}/cases/{case}")


@pytest.mark.parametrize(
    "address", ["chrome://settings", "chrome://version", "file:///etc/passwd", "view-source:{origin}/", "{site}/login",
                "https://example.org/", "data:text/html,here", "chrome://print", "chrome-untrusted://print/"]
)  # fmt: skip
def test_T_46_the_station_s_browser_opens_nothing_but_the_recorder(office: Office, page: Page, address: str) -> None:
    window = page.context.new_page()
    origin = f"https://localhost:{office.box.station_port}"
    with pytest.raises(Error, match="ERR_BLOCKED_BY_ADMINISTRATOR"):
        window.goto(address.format(origin=origin, site=office.site.address))
    window.close()


@pytest.mark.parametrize("way", ["shift-click", "shift-enter", "middle", "form", "menu", "drag"])
def test_T_46_no_link_and_no_form_opens_a_second_window(office: Office, page: Page, way: str) -> None:
    page.goto(f"https://localhost:{office.box.station_port}/stations")
    link, before = page.locator("a.brand"), page.url
    windows = list(page.context.pages)  # on a busy machine the browser's own first window stays beside the driver's
    expect(link).to_be_visible()
    page.evaluate(_COUNT)
    if way == "form":
        page.locator('form[action="/language"] button').click(modifiers=["Shift"])
    elif way == "shift-enter":
        link.press("Shift+Enter")
    elif way == "drag":
        link.dispatch_event("dragstart")
    elif way == "shift-click":
        link.click(modifiers=["Shift"])
    else:
        link.click(button="middle" if way == "middle" else "right")
    assert page.evaluate("window.stopped"), "the station's script stops it"
    assert page.context.pages == windows
    assert page.url == before


def test_T_46_nothing_is_downloaded(office: Office, station: Station, page: Page) -> None:
    """The browser's own way of it is looked at, in place of the one that a driver puts there."""
    talk, states = page.context.new_cdp_session(page), list[str]()
    talk.send("Browser.setDownloadBehavior", {"behavior": "default", "eventsEnabled": True})
    talk.on("Browser.downloadProgress", lambda told: states.append(told["state"]))
    page.goto(f"https://localhost:{office.box.station_port}/stations")
    page.evaluate("location.assign('/stations/1/certificate')")
    until(lambda: page.wait_for_timeout(50) or states[-1:] not in ([], ["inProgress"]), what="the download's end")
    assert states[-1] == "canceled"
    assert not list(station.home.rglob("*.crt*"))


def test_the_station_takes_no_other_certificate_than_its_own(office: Office, station: Station, tmp_path: Path) -> None:
    number, (other, _) = office.enrol()
    assert number
    refused = station.run("accept", str(other))
    assert refused.returncode == 1
    assert "over another key than this station's" in refused.stderr
    foreign = tmp_path / "foreign.crt"
    foreign.write_text("hello", encoding="ascii")
    assert "no certificate of this recorder" in station.run("accept", str(foreign)).stderr


def test_the_key_stays_where_it_is_and_is_root_s_alone(station: Station) -> None:
    key = station.etc / "station.key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    station.run("request")
    assert key.read_bytes() == before, "a second request is of the same key"
    assert not list(station.home.rglob("*.p12"))
