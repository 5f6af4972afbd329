"""查驗.html from the disk, as a reader opens it: whole or not, whose, and which MiB of which file is wrong."""

from __future__ import annotations

import base64
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page, expect, sync_playwright

from appliance.core.model import Span
from appliance.formats.copy_package.signing import fingerprint, public_pem
from appliance.formats.copy_package.verifiers import PAGE, verifiers
from appliance.rules.cases.masks import Mask
from appliance.services.copies.package.masked import Masking
from appliance.services.viewing.maskbook import DrawnMask
from tests.browser.axe import violations
from tests.browser.chromium import ARGUMENTS
from tests.browser.other_browsers import BROWSERS, open_browser
from tests.patience import PATIENCE_SECONDS
from tests.players import chromium_pictures
from tests.sandbox.films import film
from tests.services.packages import PackageOffice, heavy
from tests.services.viewing import NOON_NS, LocalViewer
from tests.vault.ringcases import SIGNING

pytestmark = pytest.mark.browser

SECOND_NS = 1_000_000_000
MINE = fingerprint(SIGNING.public_key())
PAPERS = {"manifest.json", "manifest.json.sig", "SHA256SUMS", "SHA256SUMS.sig", "recorder-key.pem", "ledger-proof.json"}


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the verifiers, and the package unpacked in ``copy``."""
    office = PackageOffice()
    office.record_film(heavy(film(30, sound="aac")), NOON_NS - 10 * SECOND_NS)
    office.record_film(film(8, first=500), NOON_NS + 40 * SECOND_NS)
    folder = tmp_path_factory.mktemp("stick")
    for name, data in verifiers():
        (folder / name).write_bytes(data)
    office.folder(office.view(NOON_NS - 6 * SECOND_NS, NOON_NS + 50 * SECOND_NS), folder / "copy")
    return folder


@pytest.fixture
def copied(stick: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stick / "copy", tmp_path / "copy"))


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Without any network: a page that asked for something would fail here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chrome: Browser, stick: Path) -> Iterator[Page]:
    context = chrome.new_context(offline=True)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    opened = context.new_page()
    defects: list[str] = []
    opened.on("pageerror", lambda error: defects.append(str(error)))
    opened.on("console", lambda said: defects.append(said.text) if said.type == "error" else None)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto((stick / PAGE).as_uri())
    yield opened
    context.close()
    assert not defects
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]


def verify(page: Page, folder: Path, words: str = MINE) -> list[tuple[str, int]]:
    """(file, MiB) of each problem that the page shows for a folder."""
    page.set_input_files("#folder", folder)
    page.fill("#fingerprint", words)
    page.click("#start")
    expect(page.locator("#verdict")).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    found: list[Any] = page.locator("#problems li").evaluate_all(
        "items => items.map(item => [item.dataset.file, Number(item.dataset.piece)])"
    )
    is_bad = "bad" in (page.get_attribute("#verdict", "class") or "")
    assert is_bad == bool(found)
    return [(str(file), int(piece)) for file, piece in found]


def test_a_whole_copy_says_whose_what_and_when(page: Page, stick: Path) -> None:
    assert verify(page, stick / "copy") == []
    expect(page.locator("#verdict")).to_contain_text("完整，且為簽收單所載錄影主機所製作")
    shown = page.inner_text("#result")
    for words in (
        "臺北市某區戶政事務所", "115-0001", "北市警字第1150000123號", MINE, "大門", "比主機慢 1.500 秒",
        "2026-09-28 11:59:54.000 +08:00", "2026-09-28 12:00:40.000 +08:00", "證明相符", "缺錄",
        "核准提供之時段", "2026-09-28 12:00:50.000 +08:00",
    ):  # fmt: skip
        assert words in shown, words
    assert violations(page) == []


def test_T_26_the_page_says_what_was_masked_and_by_which_hashes(page: Page, tmp_path: Path) -> None:
    office = PackageOffice()
    office.record_film(film(4), NOON_NS)
    mask = Mask(number=3, camera_no="C1", start_ns=NOON_NS + SECOND_NS, end_ns=NOON_NS + 2 * SECOND_NS, left=0, top=0,
                right=500, bottom=500)  # fmt: skip
    span = Span(NOON_NS, NOON_NS + 4 * SECOND_NS)
    office.masking = {"C1": Masking((span,), (DrawnMask(mask, 71, "ab" * 32),))}
    made = office.folder(office.view(span.start_ns, span.end_ns), tmp_path, viewers=lambda: LocalViewer([]))
    (file, _) = made.files
    assert file.masked is not None
    assert verify(page, tmp_path) == []
    shown = page.inner_text("#result")
    for words in (
        file.name, "遮蔽版（已遮蔽並轉檔）", "不含未遮蔽之原始畫面", file.masked.sha256, file.masked.masks[0].sha256,
        "2026-09-28 12:00:01.000 +08:00", "第 71 筆 " + "ab" * 32,
    ):  # fmt: skip
        assert words in shown, words
    assert violations(page) == []


def test_without_the_receipt_s_words_it_asks_to_compare_them(page: Page, stick: Path) -> None:
    assert verify(page, stick / "copy", "") == []
    expect(page.locator("#verdict")).to_contain_text("尚未核對金鑰")
    assert verify(page, stick / "copy", MINE.upper().replace(" ", "-")) == [], "however it was typed"


def test_AT_57_one_flipped_bit_in_any_file_is_found_and_said_where(page: Page, copied: Path) -> None:
    drawn = random.Random(18)
    names = sorted(str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file())
    assert set(names) > PAPERS
    for name in names:
        path = copied / name
        good = path.read_bytes()
        for at in sorted({len(good) - 1, drawn.randrange(len(good))}):
            bad = bytearray(good)
            bad[at] ^= 1 << drawn.randrange(8)
            path.write_bytes(bad)
            assert verify(page, copied) == [(name, 0 if name in PAPERS else (at >> 20) + 1)], f"{name} at byte {at}"
        path.write_bytes(good)
    assert verify(page, copied) == []


_EACH_PAPER = """async ([files, step]) => {
  const bytesOf64 = (data) => Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const good = new Map(Object.entries(files).map(([name, data]) => [name, bytesOf64(data)]));
  const wrong = [];
  for (const name of PAPERS) {
    const bytes = good.get(name);
    for (let at = 0; at < bytes.length; at += bytes.length < 200 ? 1 : step) {
      const bit = (at * 5 + 3) % 8, bad = bytes.slice();
      bad[at] ^= 1 << bit;
      const handed = new Map(Array.from(good, ([each, data]) => [each, new File([each === name ? bad : data], each)]));
      const found = (await verifyCopy(handed, "", () => {})).problems.map((problem) => problem.file);
      if (found.length !== 1 || found[0] !== name) wrong.push([name, at, bit, found]);
    }
  }
  return wrong;
}"""


def test_no_form_of_a_paper_but_the_one_that_was_written_is_taken(page: Page, tmp_path: Path, long_run: bool) -> None:
    office = PackageOffice()
    office.record_film(film(1), NOON_NS)
    office.folder(office.view(NOON_NS, NOON_NS + SECOND_NS), tmp_path)
    files = {
        path.relative_to(tmp_path).as_posix(): base64.b64encode(path.read_bytes()).decode()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert page.evaluate(_EACH_PAPER, [files, 1 if long_run else 5]) == []


def test_every_file_that_is_missing_is_named(page: Page, copied: Path) -> None:
    for name in sorted(str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file()):
        kept = copied.parent / "kept"
        (copied / name).rename(kept)
        assert (name, 0) in verify(page, copied)
        kept.rename(copied / name)


def test_a_foreign_key_is_found(page: Page, copied: Path) -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    for name in ("manifest.json", "SHA256SUMS"):
        (copied / f"{name}.sig").write_bytes(stranger.sign((copied / name).read_bytes()))
    (copied / "recorder-key.pem").write_bytes(public_pem(stranger.public_key()))
    assert {("recorder-key.pem", 0), ("ledger-proof.json", 0)} <= set(verify(page, copied))


def test_it_reads_well_in_both_colours_and_names_a_stranger_s_file(page: Page, copied: Path) -> None:
    (copied / "media" / "notes.txt").write_text("x")
    (copied / "manifest.json.sig").write_bytes(bytes(64))
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        assert verify(page, copied) == [("manifest.json.sig", 0)]
        assert violations(page) == []
    expect(page.locator("#strangers")).to_contain_text("media/notes.txt")


_CHOOSE = """(async () => {
  const chosen = new DataTransfer();
  for (const [name, data] of a) {
    chosen.items.add(new File([Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))], name));
  }
  const single = document.querySelector("#single");
  single.files = chosen.files;
  single.dispatchEvent(new Event("change", { bubbles: true }));
  document.querySelector("#start").click();
})()"""


@pytest.mark.parametrize("name", sorted(BROWSERS))
def test_firefox_and_webkit_say_the_same(name: str, tmp_path: Path) -> None:
    """Handed the files one by one, as by a person who selects them all."""
    office = PackageOffice()
    office.record_film(film(2, sound="aac"), NOON_NS)
    office.folder(office.view(NOON_NS, NOON_NS + 2 * SECOND_NS), tmp_path / "copy")
    (tmp_path / PAGE).write_bytes(dict(verifiers())[PAGE])
    files = {path.name: path.read_bytes() for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    (movie,) = (each for each in files if each.endswith(".mp4"))
    altered = {**files, movie: files[movie][:-1] + b"!"}
    with open_browser(name, tmp_path / "home") as browser:
        for given, expected in ((files, "good"), (altered, "bad"), (files | {"SHA256SUMS.sig": bytes(64)}, "bad")):
            browser.open((tmp_path / PAGE).as_uri())
            argument = [[each, base64.b64encode(data).decode()] for each, data in given.items()]
            browser.ask(f"document.querySelector('#fingerprint').value = '{MINE}'")
            browser.ask(_CHOOSE, argument)
            browser.until("!!document.querySelector('#verdict')")
            assert browser.ask("document.querySelector('#verdict').className") == f"verdict {expected}"
            wrong = browser.ask("[...document.querySelectorAll('#problems li')].map((each) => each.dataset.file)")
            assert wrong == [
                each if each == "SHA256SUMS.sig" else f"media/{each}" for each in given if given[each] != files[each]
            ]


@pytest.mark.parametrize(("codec", "sound", "kind"), [("h264", "aac", "original"), ("hevc", "pcm_alaw", "play")])
def test_T_50_chromium_plays_every_picture(chrome: Browser, tmp_path: Path, codec: str, sound: str, kind: str) -> None:
    """The original where it has the codec, else what was converted for it."""
    office = PackageOffice()
    office.record_film(film(8, codec=codec, sound=sound), NOON_NS)
    grant = office.view(NOON_NS, NOON_NS + 8 * SECOND_NS)
    manifest = office.folder(grant, tmp_path, viewers=lambda: LocalViewer([]))
    (file,) = (each for each in manifest.files if each.kind == kind)
    decoded, seconds = chromium_pictures(chrome, tmp_path / file.name)
    assert seconds == pytest.approx(8, abs=0.05)
    assert decoded == file.tracks[0].samples == 80
