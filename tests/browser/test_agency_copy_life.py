"""The life of an agency's case that is given a copy, in a real browser over the real processes and a stick on a loop
device: from the letter to the receipt and the last signature, and what the recipient makes of the stick without us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from appliance.core.clock import SystemClock
from tests.browser.case_office import PASSWORDS, CaseOffice, filmed_office
from tests.browser.steps import go_on
from tests.browser.test_case_lives import LETTER, Scene, _answer, _roc
from tests.browser.test_scans import choose
from tests.medium.loop_service import medium_service
from tests.medium.loops import loop_device
from tests.players import chromium_pictures, mpv_pictures, vlc_count
from tests.scanfiles import pdf
from tests.services.agency_copies import delivered
from tests.services.test_copy_movies import probed

pytestmark = [pytest.mark.browser, pytest.mark.papers, pytest.mark.players, pytest.mark.root]

MIB = 1 << 20


class Desk(Scene):
    """``images``: what lies on each stick, by its serial number."""

    def __init__(self, office: CaseOffice, border_ns: int, images: dict[str, Path]) -> None:
        super().__init__(office, border_ns)
        self.images = images

    def register(self, serial: str) -> str:
        """A stick that may hold a copy, in the register of media; its number there."""
        typed = {"medium_kind": "stick", "make": "ADATA", "serial": serial, "holds": "copy", "encrypted": "yes"}
        return self._media("", "enter", **typed, place="保險櫃")

    def destroy(self, item: str) -> None:
        """With its certificate, by two people."""
        self._media(item, "propose", aim="scrap", method="shred", why="製作複本失敗")
        self._media(item, "approve", 2)
        now_ns = SystemClock().wall_ns()
        self._media(item, "perform", performed_at=now_ns, performed_where="本所", verified="碎片檢視", label="D-1")
        self._media(item, "witness_destruction", 2)

    def _media(self, item: str, event: str, seat: int = 1, **typed: Any) -> str:
        call, names = self.office.box.call, ("officer", "head")
        session = call("login", name="officer", password=PASSWORDS["officer"], totp="")["session"]
        session = call("login", name="head", password=PASSWORDS["head"], totp="", session=session)["session"]
        done = call(
            "register.act", session=session, act=os.urandom(16).hex(), register="media", item=item, event=event,
            seat=seat, typed=typed, password=PASSWORDS[names[seat - 1]],
        )  # fmt: skip
        call("logout", session=session)  # a person has few log-ins at a time, and needs the one at the desk
        return str(done["item"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("copy-life")
    images = {serial: folder / f"{serial}.img" for serial in ("AA0001", "AA0002", "AA0003")}
    with (
        loop_device(images["AA0001"], size=64 * MIB) as first,
        loop_device(images["AA0002"], size=64 * MIB) as second,
        loop_device(images["AA0003"], size=64 * MIB) as third,
        filmed_office(folder) as (office, border_ns),
        medium_service(Path(office.box.settings.layout.run), {"AA0001": first, "AA0002": second, "AA0003": third}),
    ):
        yield Desk(office, border_ns, images)


def granted(desk: Desk, number: str) -> str:
    """A letter that asks for a copy alone, checked, decided, answered under ``number``; the path of its case."""
    office = desk.office
    office.leave("officer")  # who sat beside another since has no log-in at the own desk
    asks = {"letter-day": _roc(desk.day), "copy-asked": "1", "copy-reason": "移送地檢署之證據"}
    case = office.receive("officer", "letter", LETTER | desk.range | asks)
    page = office.desk("officer")
    page.goto(office.address + case)
    choose(page, "來函.pdf", pdf(1), "letter")
    page.wait_for_url("**scan=*")
    office.act("manager", case, "check", button="check")
    on_copy = {"proposal/give": "copy", "proposal/copy_reasoned": "證據須移送檢察官"}
    office.through_the_chain(case, "AGY", "granted", "八(五)3(3)", on_copy)
    ruled = {
        "ruling.0.outcome": "granted", "give": "copy", "copy_reasoned": "證據須移送檢察官",
        "password": PASSWORDS["director"],
    }  # fmt: skip
    office.act("director", case, "decide", ruled)
    _answer(desk, case, number, means="exchange")
    return case


def shot(page: Page, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("RECORDER_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def make(desk: Desk, page: Page, case: str) -> str:
    """Has it made on the only stick that may hold it, and takes the pass-phrase."""
    page.goto(desk.office.address + case)
    page.fill("#handing-password", PASSWORDS["manager"])
    page.click(".handing button.primary")
    expect(page.locator(".handing")).to_contain_text("尚未取用密碼", timeout=120_000)
    go_on(page, ".handing .notice button.primary")
    phrase = page.locator(".phrase").inner_text().strip()
    page.goto(desk.office.address + case)
    return phrase


def read_back(page: Page) -> None:
    page.fill("#handing-read-password", PASSWORDS["manager"])
    page.click(".handing form[action$='/read'] button")


def test_AT_57_a_copy_goes_from_the_letter_to_the_receipt_and_verifies_elsewhere(desk: Desk, tmp_path: Path) -> None:
    office, case = desk.office, granted(desk, "北市萬戶庶字第1150001300號")
    page = office.sit_beside("manager", "officer")
    page.goto(office.address + case)
    expect(page.locator("#next-title")).to_have_text("製作提供機關之複本")
    expect(page.locator(".sticks")).to_contain_text("未登記")
    assert page.locator(".sticks input:not([disabled])").count() == 0, "the register has neither"
    shot(page, "1-unregistered")
    medium = desk.register("AA0001")
    page.goto(office.address + case)
    expect(page.locator(".sticks")).to_contain_text(medium)
    shot(page, "2-choose")
    page.fill("#handing-password", "not the password")
    page.click(".handing button.primary")
    expect(page.locator(".handing [role=alert]")).to_contain_text("密碼")
    page.fill("#handing-password", PASSWORDS["manager"])
    page.click(".handing button.primary")
    expect(page.locator(".handing")).to_contain_text("尚未取用密碼", timeout=120_000)
    shot(page, "3-written")
    go_on(page, ".handing .notice button.primary")
    phrase = page.locator(".phrase").inner_text().strip()
    shot(page, "4-phrase")
    page.go_back()
    page.goto(office.address + case)
    assert page.locator("form[action$='/passphrase']").count() == 0, "it is shown once"
    expect(page.locator("#next-title")).to_have_text("驗證提供機關之複本")
    shot(page, "5-to-verify")
    read_back(page)
    expect(page.locator(".handing")).to_contain_text("與所寫完全相同", timeout=120_000)
    shot(page, "6-equal")
    office.act("manager", case, "verify-copy", {"copy_work/plays": "1"})
    page.goto(office.address + case)
    expect(page.locator("#next-title")).to_have_text("交付簽收")
    shot(page, "7-deliver")
    receipt = office.paper(case, "delivery-receipt", tmp_path, who="head")
    told = {"copy_work/handed_to_known": "1", "copy_work/receipt_signed": "1", "copy_work/passphrase_apart": "1"}
    office.act("manager", case, "deliver", told)
    page = office.act("manager", case, "clean")
    shot(page, "8-cleaned")
    office.act("manager", case, "sign-ledger")
    office.act("head", case, "stamp-ledger")
    page = office.act("manager", case, "close")
    expect(page.locator(".case-tag")).to_have_text("結案歸卷")
    row = office.paper(case, "annex-4", tmp_path, who="head")
    for said in ("複製影音資料：■是□否", f"媒體編號：{medium}（AA0001）", "本所未留存"):
        assert said in row, said

    folder = delivered(desk.images["AA0001"], phrase, tmp_path / "reader", key=_key(office, case))
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    script = str(tmp_path / "reader/beside/verify_copy.py")
    done = subprocess.run([sys.executable, "-I", script, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    archive = next((tmp_path / "reader/beside").glob("*.zip"))
    sha256 = subprocess.run(["sha256sum", archive], capture_output=True, text=True, check=True).stdout.split()[0]
    assert sha256 in receipt, "the receipt names the archive by its hash"
    played(office, folder)
    note = tmp_path / "reader/beside/說明.pdf"
    text = subprocess.run(["pdftotext", note, "-"], capture_output=True, text=True, check=True).stdout
    assert "提供機關之複本說明" in "".join(text.split())


def played(office: CaseOffice, folder: Path) -> None:
    """ffprobe, mpv, VLC and Chromium decode as many pictures of each file as the manifest says there are (``T-50``)."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    films = {
        file["name"]: next(track["samples"] for track in file["tracks"] if track["kind"] == "video")
        for file in manifest["files"]
        if file["tracks"]
    }
    assert films
    for name, pictures in films.items():
        assert pictures > 1000
        (video,) = (each for each in probed(folder / name)["streams"] if each["codec_type"] == "video")
        found = {
            "ffprobe": int(video["nb_read_frames"]),
            "mpv": mpv_pictures(folder / name),
            "VLC": vlc_count(folder / name, video["width"], video["height"]),
            "Chromium": chromium_pictures(office.browser, folder / name, 16)[0],
        }
        assert found == dict.fromkeys(found, pictures)


def test_T_49_a_medium_that_lost_bits_is_found_destroyed_and_replaced_under_a_new_number(
    desk: Desk, tmp_path: Path
) -> None:
    office, case = desk.office, granted(desk, "北市萬戶庶字第1150001301號")
    first = desk.register("AA0002")
    page = office.sit_beside("manager", "officer")
    make(desk, page, case)
    with desk.images["AA0002"].open("r+b") as image:
        start = _archive_at(image.read())
        image.seek(start + 4096)
        byte = image.read(1)
        image.seek(start + 4096)
        image.write(bytes([byte[0] ^ 1]))
        image.flush()
        os.fsync(image.fileno())
    read_back(page)
    expect(page.locator(".handing")).to_contain_text("此複本不可使用", timeout=120_000)
    expect(page.locator(".handing")).to_contain_text(f"copy-{_key(office, case)}.zip")
    shot(page, "9-differs")
    assert page.locator("form.form-verify-copy").count() == 0, "nobody verifies it"
    assert page.locator("#handing-password").count() == 0, "no other is made before the first is destroyed"
    desk.destroy(first)
    second = desk.register("AA0003")
    page = office.sit_beside("manager", "officer")
    phrase = make(desk, page, case)
    read_back(page)
    expect(page.locator(".handing")).to_contain_text("與所寫完全相同", timeout=120_000)
    office.act("manager", case, "verify-copy", {"copy_work/plays": "1"})
    receipt = office.paper(case, "delivery-receipt", tmp_path, who="head")
    assert second in receipt
    assert first not in receipt
    delivered(desk.images["AA0003"], phrase, tmp_path / "reader", key=_key(office, case))


def _archive_at(image: bytes) -> int:
    """Where a ZIP begins on the medium."""
    return image.index(b"PK\x03\x04")


def _key(office: CaseOffice, case: str) -> str:
    call = office.box.call
    session = call("login", name="officer", password=PASSWORDS["officer"], totp="")["session"]
    key = str(call("case", session=session, case=case.removeprefix("/cases/"))["case"])
    call("logout", session=session)
    return key
