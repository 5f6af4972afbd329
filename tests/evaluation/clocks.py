"""Clocks drawn over real footage as cameras draw them, and how well the check ``clock`` reads them: measured.

    python -m tests.evaluation.clocks --footage FOLDER [--part tuning|table] [--cases 48] [--workers 2] [--log FILE]

A case is one film of the part, enlarged to a camera's size, with a clock in one face, height, outline, place and form
of the date, encoded by one codec at one quality. *Clean*: the clock is right within half a second. *Faults*: once it
was read for some minutes it is set off, or stands. Faces, like films, are apart for tuning and for the table.
"""

from __future__ import annotations

import argparse
import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from appliance.api import Picture, Sign, local_time
from appliance.api.registry import load_plugins
from tests.evaluation.camera import Camera, Encoding
from tests.evaluation.evaluate import WITHIN_SECONDS, Film, upper_bound, within
from tests.evaluation.footage import FACES, found_in

__all__ = ["FORMS", "OFF", "Clock", "Clocked", "cases", "main"]

CHECK = load_plugins(["check_picture"]).checks["clock"]
BEGIN_SECONDS = 1_790_000_000
"""A Monday in September 2026: what a camera that is right shows at the evaluation's second 0."""
LEARN_SECONDS, CLEAN_SECONDS = 1500, 3000

ENCODINGS = (
    Encoding("h264", 24),
    Encoding("h264", 32),
    Encoding("hevc", 28),
    Encoding("mjpeg", 6),
    Encoding("h264", 36),
)
SIZES = ((1280, 720), (640, 360), (1920, 1080), (704, 480))
KEYS = (2.0, 1.0, 4.0, 50 / 15, 2.0001, 50 / 12.5)
"""Seconds from key frame to key frame: most divide the 20 s from look to look, so that the seconds hardly change."""
HEIGHTS = (0.030, 0.044, 0.060)
"""Of a digit, as a share of the picture's height: what cameras call small, medium and large."""
STYLES = ("outline", "adaptive", "shadow", "bar", "plain")
PLACES = ("left top", "right top", "left bottom", "right bottom")
FORMS: dict[str, Callable[[datetime], str]] = {
    "2026-11-27 14:03:22": lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    "115-11-27 14:03:22": lambda at: f"{at.year - 1911}-{at:%m-%d %H:%M:%S}",
    "27-11-2026 Fri 14:03:22": lambda at: at.strftime("%d-%m-%Y %a %H:%M:%S"),
    "民國115年11月27日 14:03:22": lambda at: f"民國{at.year - 1911}年{at.month}月{at.day}日 {at:%H:%M:%S}",
    "CAM 03  2026/11/27  14:03:22": lambda at: at.strftime("CAM 03  %Y/%m/%d  %H:%M:%S"),
    "2026年11月27日 星期五 14:03:22": lambda at: (
        at.strftime("%Y年%m月%d日 星期") + "一二三四五六日"[at.weekday()] + at.strftime(" %H:%M:%S")
    ),
    "14:03:22 11/27/2026": lambda at: at.strftime("%H:%M:%S %m/%d/%Y"),
    "2026-11-27T14:03:22+08:00": lambda at: at.strftime("%Y-%m-%dT%H:%M:%S+08:00"),
}
OFF: dict[str, float | None] = {"3 s": 3, "10 s": -10, "90 s": 90, "1 h": -3600, "8 h": -28800, "stands": None}
"""By how much the clock is off, in seconds; None: it stands from then on."""


class Clock(NamedTuple):
    """How a camera writes the time."""

    face: str
    share: float
    style: str
    place: str
    form: str


class Clocked:
    """What ``film`` shows, ``size`` large, with the clock on it; ``off`` is what is added to the time, None: it has
    stood since ``since``."""

    def __init__(self, film: Any, size: tuple[int, int], clock: Clock, off: float | None = 0.0, since: float = 0.0):
        self._film, self._size, self._clock, self._off, self._since = film, size, clock, off, since

    def set_off(self, off: float | None, since: float) -> Clocked:
        return Clocked(self._film, self._size, self._clock, off, since)

    def __call__(self, second: float) -> Picture:
        picture = self._film(second)
        width, height = self._size
        shown = self._since if self._off is None else second + self._off
        luma = cv2.resize(picture.luma, (width, height), interpolation=cv2.INTER_CUBIC)
        half = (width // 2, height // 2)
        colours = [cv2.resize(plane, half, interpolation=cv2.INTER_LINEAR) for plane in (picture.cb, picture.cr)]
        at_ns = round((BEGIN_SECONDS + second) * 1e9)
        words = FORMS[self._clock.form](local_time(round((BEGIN_SECONDS + shown) * 1e9)))
        _write(luma, colours, words, self._clock)
        return replace(picture, luma=luma, cb=colours[0], cr=colours[1], at_ns=at_ns)


@functools.cache
def _font(face: str, high: int) -> tuple[Any, int]:
    """The face at the size at which a digit is ``high``; and how far its letters stand below the line's top."""
    size = high
    while True:
        font = ImageFont.truetype(face, size)
        _, top, _, bottom = font.getbbox("0123456789")
        if bottom - top >= high:
            return font, int(top)
        size += 1


def _write(luma: NDArray[np.uint8], colours: Sequence[NDArray[np.uint8]], words: str, clock: Clock) -> None:
    height, width = luma.shape
    high = max(8, round(height * clock.share))
    font, top = _font(clock.face, high)
    edge = max(1, round(high / 12))
    long = int(font.getlength(words))
    left = high if "left" in clock.place else width - long - high
    down = high if "top" in clock.place else height - 2 * high
    layers = [_drawn((width, height), words, (left, down - top), font, 0)]
    if clock.style == "outline":
        layers.insert(0, _drawn((width, height), words, (left, down - top), font, edge))
    elif clock.style == "shadow":
        layers.insert(0, _drawn((width, height), words, (left + edge, down - top + edge), font, 0))
    elif clock.style == "bar":
        luma[
            max(0, down - high // 2) : down + high + high // 2, max(0, left - high // 2) : left + long + high // 2
        ] //= 4
    shades: list[Any] = [16, 235] if len(layers) == 2 else [235]
    if clock.style == "adaptive":
        shades = [_against(luma, words, left, down, high, font)]
    for layer, shade in zip(layers, shades, strict=True):
        luma[:] = (luma + (shade - luma.astype(np.float32)) * layer).astype(np.uint8)
        small = cv2.resize(layer, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        for plane in colours:
            plane[:] = (plane + (128 - plane.astype(np.float32)) * small).astype(np.uint8)


def _drawn(size: tuple[int, int], words: str, at: tuple[int, int], font: Any, edge: int) -> NDArray[np.float32]:
    image = Image.new("L", size)
    ImageDraw.Draw(image).text(at, words, 255, font, stroke_width=edge)
    return np.asarray(image, np.float32) / 255


def _against(luma: NDArray[np.uint8], words: str, left: int, down: int, high: int, font: Any) -> NDArray[np.float32]:
    """Each letter light before what is dark, and dark before what is light."""
    shades = np.full(luma.shape, 235, np.float32)
    for number in range(len(words)):
        begin, end = (left + int(font.getlength(words[:upto])) for upto in (number, number + 1))
        behind = luma[down : down + high, max(0, begin) : end]
        if behind.size and behind.mean() > 127:
            shades[:, max(0, begin) : end] = 16
    return shades


class Case(NamedTuple):
    number: int
    film: str
    size: tuple[int, int]
    clock: Clock
    encoding: Encoding

    @property
    def high(self) -> int:
        return max(8, round(self.size[1] * self.clock.share))

    def camera(self, said: list[tuple[float, Sequence[Sign]]]) -> Camera:
        view = Clocked(Film(self.film), self.size, self.clock)
        start = 60.0 * (self.number * 37 % 240) + self.number * 0.37 % 1
        return Camera(
            view,
            self.encoding,
            {"clock": CHECK},
            start,
            following=False,
            keys=(KEYS[self.number % len(KEYS)], start),
            heard=lambda at, signs: said.append((at, signs)),
        )


def cases(part: str, count: int, footage: str) -> list[Case]:
    """``count`` cameras; the lists are gone through at their own pace, so that all meet all."""
    films = [path for one, path in found_in(footage, part) if one.film and not one.clock]
    faces = [str(Path(footage) / face.name) for face in FACES if face.part == part]
    return [
        Case(
            number,
            films[number % len(films)],
            SIZES[number // 2 % len(SIZES)],
            Clock(
                faces[(number + number // len(films)) % len(faces)],
                HEIGHTS[number // 3 % len(HEIGHTS)],
                STYLES[number // 4 % len(STYLES)],
                PLACES[number // 5 % len(PLACES)],
                list(FORMS)[number // 2 * 3 % len(FORMS)],
            ),
            ENCODINGS[number // 3 % len(ENCODINGS)],
        )
        for number in range(count)
    ]


def measured(case: Case) -> dict[str, Any]:
    """When it was first read, how much of it after that, what was misread, false alarms, and what faults were found."""
    said: list[tuple[float, Sequence[Sign]]] = []
    camera = case.camera(said)
    begin = camera.second
    alarms = [raised.fault for raised in camera.run(begin + LEARN_SECONDS)]
    learned = camera.copy()
    alarms += [raised.fault for raised in camera.run(begin + CLEAN_SECONDS)]
    read = [(at, sign.value) for at, signs in said for sign in signs]
    found: dict[str, float | None] = {}
    if any(at < begin + LEARN_SECONDS for at, _ in read):
        for name, off in OFF.items():
            at = learned.second - case.number * 7 % 20
            wrong = learned.copy()
            wrong.view = camera.view.set_off(off, at)  # type: ignore[attr-defined]
            wait = CHECK.faults[0].raise_seconds
            raised = next(wrong.run(at + wait + WITHIN_SECONDS + 20), None)
            found[name] = within(raised.second - at, wait) if raised else None
    after = [at for at, _ in said if read and at >= read[0][0]]
    return {
        "case": case.number, "film": Path(case.film).name, "face": Path(case.clock.face).name, "high": case.high,
        "style": case.clock.style, "place": case.clock.place, "form": case.clock.form, "size": case.size,
        "codec": f"{case.encoding.codec} {case.encoding.quality}", "alarms": alarms,
        "first": (read[0][0] - begin) if read else None, "looks": len(after), "read": len(read),
        "misread": sum(value > 1.5 for _, value in read), "found": found,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["tuning", "table"], default="tuning")
    parser.add_argument("--cases", type=int, default=48)
    parser.add_argument("--only", type=int, nargs="*")
    parser.add_argument("--footage", required=True, help="a folder with files that footage.py names")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--log", default="var/clocks.jsonl", help="each camera's figures are added to it")
    wanted = parser.parse_args()
    todo = [
        case
        for case in cases(wanted.part, wanted.cases, wanted.footage)
        if wanted.only is None or case.number in wanted.only
    ]
    done = []
    with (
        ProcessPoolExecutor(wanted.workers, initializer=cv2.setNumThreads, initargs=(1,)) as pool,
        open(wanted.log, "a", encoding="utf-8") as log,
    ):
        for each in as_completed([pool.submit(measured, case) for case in todo]):
            done.append(each.result())
            log.write(json.dumps(done[-1], ensure_ascii=False) + "\n")
            log.flush()
    print("\n".join(report(done)))


def report(done: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The tables of ``docs/evaluation.md``."""
    known = [one for one in done if one["first"] is not None]
    yield f"Of {len(done)} clocks {len(known)} were read; the first time after"
    firsts = sorted(one["first"] for one in known)
    yield f"{median(firsts) / 60:.0f} minutes (median), {firsts[int(0.95 * (len(firsts) - 1))] / 60:.0f} (95th)."
    looks, read, bad = (sum(one[key] for one in known) for key in ("looks", "read", "misread"))
    yield f"After that {read} of {looks} looks were read, {bad} of them wrong by over 1.5 s."
    yield ""
    yield "| off by | clocks | found | median s | 95th s |"
    yield "|---|---|---|---|---|"
    for name in OFF:
        mine = [one["found"][name] for one in known if name in one["found"]]
        times = sorted(one for one in mine if one is not None)
        rate = 100 * len(times) / max(1, len(mine))
        late = times[min(len(times) - 1, int(0.95 * len(times)))] if times else 0
        yield f"| {name} | {len(mine)} | {rate:.0f} % | {median(times) if times else 0:.0f} | {late:.0f} |"
    hours = len(done) * CLEAN_SECONDS / 3600
    alarms = sum(len(one["alarms"]) for one in done)
    yield ""
    bound = upper_bound(alarms, hours)
    yield f"Clean: {hours:.1f} camera-hours, {alarms} false alarms; at 95 % at most {bound:.3f} an hour."
    yield ""
    for key in ("style", "form", "high", "codec", "face", "place"):
        total, fine = Counter(one[key] for one in done), Counter(one[key] for one in known)
        yield f"| {key} | " + ", ".join(f"{value}: {fine[value]} of {total[value]}" for value in sorted(total)) + " |"


if __name__ == "__main__":
    main()
