"""The pictures of the README, taken from a running trial office: the status page, the player, 附件4 as printed.

python -m tests.browser.pictures        takes them anew into docs/pictures/; then look at them

Everything on them is made up: people, numbers, and the test cards that stand for cameras.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from appliance.core.clock import SLOT_NS, SystemClock, local_time, slot_start_ns
from appliance.core.model import Camera
from tests.box import Box, make_box
from tests.browser.case_office import PASSWORDS, CaseOffice, OfficeBox
from tests.browser.chromium import chromium
from tests.browser.steps import end_viewing
from tests.footage import film_past

__all__ = ["FOLDER", "MOST_BYTES", "NAMES", "WIDTH", "take"]

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
NAMES = ("status.png", "player.png", "annex-4.png")
WIDTH = 1280
"""Of each picture, in pixels."""
MOST_BYTES = 150_000
"""Of each picture."""
SECOND = 1_000_000_000
_PLACES = {"01": "一樓大廳", "02": "一樓服務檯", "03": "二樓檔案室走廊"}
_COLOURS = 128
_HEIGHT = 860
"""Of the window."""


def _camera(number: str) -> Camera:
    settings = {"label": number, "width": 640, "height": 360, "bitrate": 600_000}
    return Camera(camera_no=number, location=_PLACES[number], source="testcard", settings=settings, sound=False)


def _save(pixels: Image.Image, folder: Path, name: str) -> None:
    """As a PNG of few colours, which the pages and the paper have anyway."""
    few = pixels.convert("RGB").quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(folder / name, optimize=True)


def _shoot(page: Page, folder: Path, name: str) -> None:
    _save(Image.open(io.BytesIO(page.screenshot())), folder, name)


@contextlib.contextmanager
def _office(directory: Path) -> Iterator[tuple[Box, CaseOffice, int]]:
    """Seven people, three cameras that record, and three minutes of two of them from half an hour ago."""
    with make_box(directory / "office", [_camera(number) for number in _PLACES], kind=OfficeBox) as box:
        box.start("keeper", "darkroom", "web")
        filmed_ns = slot_start_ns(SystemClock().wall_ns()) - 3 * SLOT_NS
        for number in ("01", "02"):
            film_past(box, number, filmed_ns, 180, width=640, height=360, bitrate=600_000)
        box.start("recorder")
        box.recording(*_PLACES)
        (directory / "home").mkdir()
        with chromium(directory / "home", Path(box.installed.ca_path)) as browser:
            yield box, CaseOffice(box, browser), filmed_ns


def _granted(office: CaseOffice, filmed_ns: int) -> str:
    """The page of a citizen's case, received, decided and handed its answer; its viewing has begun."""
    start, end = local_time(filmed_ns), local_time(filmed_ns + 180 * SECOND)
    now = local_time(SystemClock().wall_ns())
    then, today = (f"{day.year - 1911}/{day.month}/{day.day}" for day in (start, now))
    case = office.receive("officer", "citizen", {
        "name": "王大同", "born": "77/2/29", "id-no": "A123456789", "phone": "02-0000-0000",
        "address": "臺北市萬華區和平西路三段120號", "standing": "party", "report-unit": "萬華分局西園路派出所",
        "report-day": then, "report-no": "P00000000000000", "reason": "crime",
        "reason-text": "皮夾於一樓大廳遭竊，已報案。", "r0-day": then, "r0-from": f"{start:%H%M}",
        "r0-to": f"{end:%H%M}", "r0-cameras": "01 02", "present": "1", "in-hand": "1", "signed": "1",
        "id-checked": "1", "report-original": "1",
    })  # fmt: skip
    office.act("officer", case, "formal", {"form/scan_follows": "掃描機送修，明日補掃"}, button="pass_formal")
    office.through_the_chain(case, "CIT", "granted", "八(五)1(1)")
    ruled = {f"ruling.{number}.outcome": "granted" for number in range(2)}
    office.act("director", case, "decide", {**ruled, "password": PASSWORDS["director"]})
    office.act("officer", case, "notify", {"service/means": "handed", "service/day": today})
    hours = {"viewing/starts": f"{now:%H%M}", "viewing/ends": "2359"}
    office.act("officer", case, "schedule", {"viewing/on": today, "viewing/place": "一樓閱覽站", **hours})
    office.act("officer", case, "prepare")
    ticked = ("id_again", "statement_signed", "devices_away")
    office.act("manager", case, "begin", {f"viewing/{name}": "1" for name in ticked})
    return case


def _player(office: CaseOffice, case: str, folder: Path) -> None:
    """Two people log in at one browser, open the footage, and the film plays under the watermark."""
    page = office.sit_beside("officer", "manager")
    page.set_viewport_size({"width": WIDTH, "height": _HEIGHT})
    page.goto(office.address + case)
    page.fill("#view-password", PASSWORDS["officer"])
    page.click(".opening button.primary")
    page.wait_for_selector("or-player[data-ready=yes]")
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function("() => document.querySelector('or-player').playback.position > 8")
    page.evaluate("document.querySelector('or-player').playback.pause()")
    page.locator("or-player").scroll_into_view_if_needed()
    _shoot(page, folder, "player.png")
    end_viewing(page, PASSWORDS["manager"])
    page.click(".curtain-out")
    page.wait_for_url("**/cases/*")


def _annex(office: CaseOffice, case: str, folder: Path) -> None:
    """附件4 of that case, as the printer gets it."""
    with tempfile.TemporaryDirectory() as held:
        file = Path(held) / "annex-4.pdf"
        file.write_bytes(office.file(f"{case}/papers/annex-4/pdf"))
        made = Path(held) / "page"
        subprocess.run(
            ["pdftoppm", "-png", "-r", "150", "-f", "1", "-singlefile", str(file), str(made)], check=True, timeout=60
        )
        sheet = Image.open(made.with_suffix(".png")).convert("RGB")
    height = round(sheet.height * WIDTH / sheet.width)
    _save(sheet.resize((WIDTH, height), Image.Resampling.LANCZOS), folder, "annex-4.png")


def _status(office: CaseOffice, folder: Path) -> None:
    """The first page, in English, while three cameras record."""
    page = office.desk("head")
    page.set_viewport_size({"width": WIDTH, "height": _HEIGHT + 180})
    page.goto(office.address)
    page.click("button[name=lang][value=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for state in page.locator(".camera [data-field=state_text]").all():
        expect(state).to_contain_text("Recording")  # on a busy machine a self-test may find the test card at fault
    _shoot(page, folder, "status.png")


def take(folder: Path, work: Path) -> None:
    """Writes :data:`NAMES` into ``folder``; the office lives under ``work``, which is empty. Needs Chromium and
    poppler-utils."""
    with _office(work) as (_, office, filmed_ns):
        case = _granted(office, filmed_ns)
        _status(office, folder)
        _player(office, case, folder)
        office.act("head", case, "stamp-ledger")
        _annex(office, case, folder)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        take(FOLDER, Path(work))
    for name in NAMES:
        print(f"{name}: {(FOLDER / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
