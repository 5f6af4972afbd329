"""How well two faults are found that the cross of ``evaluate.py`` cannot show: infrared lamps that die by night, and a
mask that is gone. Both are judged against the office's reference pictures, the first without any as well::

    python -m tests.evaluation.references --footage FOLDER

prints the table of ``docs/evaluation.md``. Strength 1 of a night is a tenth of its light, ½ two fifths, 1½ a
twenty-fifth; of a mask it is the whole of one over a ninth of the picture, ½ a half of it, 1½ one over a quarter.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np

from appliance.api import Picture
from tests.evaluation.camera import Camera, Spoil
from tests.evaluation.evaluate import CHECKS, CODECS, WAITS, WITHIN_SECONDS, Case, cases, upper_bound, within
from tests.evaluation.scenes import Day, Scene

STRENGTHS = (0.5, 1.0, 1.5)
_SIZE = "360"
_NIGHT_BEGINS, _CLEAN_SECONDS = 21.0 * 3600, 1200.0
_LIGHT = {0.5: 0.4, 1.0: 0.1, 1.5: 0.04}
_MASK = {0.5: 1 / 3, 1.0: 1 / 3, 1.5: 1 / 2}
_BLACK = 16


class Found(NamedTuple):
    """``seconds`` as in ``evaluate.Outcome``; ``alarms`` of the clean time before, of so many ``hours``."""

    name: str
    codec: str
    seconds: dict[float, float | None]
    alarms: int
    hours: float


def _dimmed(strength: float, picture: Picture, number: int) -> Picture:
    luma = _BLACK + (picture.luma.astype(np.float32) - _BLACK) * _LIGHT[strength]
    return replace(picture, luma=np.clip(luma, 0, 255).astype(np.uint8))


def _masked(share: float, picture: Picture, number: int, *, from_left: float = 0.0) -> Picture:
    """Black from ``from_left`` of a mask on, which takes ``share`` of the width and of the height, in the middle."""
    planes: list[Any] = []
    for plane, shade in ((picture.luma, _BLACK), (picture.cb, 128), (picture.cr, 128)):
        height, width = plane.shape
        top, left = int(height * (1 - share) / 2), int(width * (1 - share) / 2)
        copy = plane.copy()
        copy[top : height - top, left + int(from_left * (width - 2 * left)) : width - left] = shade
        planes.append(copy)
    return replace(picture, luma=planes[0], cb=planes[1], cr=planes[2])


def _outcome(camera: Camera, code: str, spoil: Spoil | None) -> float | None:
    begin = camera.second
    for raised in camera.run(begin + max(20.0, WAITS[code]) + WITHIN_SECONDS + 20, spoil):
        if raised.fault == code:
            return within(raised.second - begin, WAITS[code])
    return None


def nights(number: int, codec: str, *, referred: bool) -> Found:
    """A made room under infrared lamps; with ``referred`` the office has a picture of it by night."""
    scene = Scene(5100 + number, (640, 360), Day(night="infrared", noise=1.0 + number % 4, headlights=number % 3 == 2))
    references = (scene.picture(_NIGHT_BEGINS - 7200),) if referred else ()
    view, checks = functools.lru_cache(maxsize=160)(scene.picture), {"signal": CHECKS["signal"]}
    camera = Camera(view, CODECS[codec], checks, _NIGHT_BEGINS, references=references)
    camera.following = False
    alarms = sum(1 for _ in camera.run(_NIGHT_BEGINS + _CLEAN_SECONDS))
    found = {
        strength: _outcome(camera.copy(), "picture-night", functools.partial(_dimmed, strength))
        for strength in STRENGTHS
    }
    return Found("lamps out, night picture" if referred else "lamps out", codec, found, alarms, _CLEAN_SECONDS / 3600)


def masks(case: Case, codec: str) -> Found:
    """A camera whose reference has a mask that it draws itself."""
    view, checks, found, alarms = case.view(_SIZE), {"view": CHECKS["view"]}, {}, 0
    for strength in STRENGTHS:
        mask = functools.partial(_masked, _MASK[strength])
        start = case.start if case.film else 36_000.0
        camera = Camera(view, CODECS[codec], checks, start, references=(mask(view(start - 60), 0),))
        camera.following = False
        alarms += sum(raised.fault == "picture-unmasked" for raised in camera.run(start + 200, mask))
        gone = functools.partial(_masked, _MASK[strength], from_left=0.5) if strength < 1 else None
        found[strength] = _outcome(camera, "picture-unmasked", gone)
    return Found("mask gone", codec, found, alarms, len(STRENGTHS) * 200 / 3600)


def report(found: Sequence[Found]) -> Iterator[str]:
    yield "| fault | finding | strength | " + " | ".join(CODECS) + " | median s | false alarms |"
    yield "|---|---|---|" + "---|" * (len(CODECS) + 2)
    for name in dict.fromkeys(each.name for each in found):
        mine = [each for each in found if each.name == name]
        hours, alarms = sum(each.hours for each in mine), sum(each.alarms for each in mine)
        clean = f"{alarms} in {hours:.1f} h, at 95 % at most {upper_bound(alarms, hours):.2f} an hour"
        code = "picture-unmasked" if name.startswith("mask") else "picture-night"
        for strength in STRENGTHS:
            cells, late = [], []
            for codec in CODECS:
                seconds = [each.seconds[strength] for each in mine if each.codec == codec]
                late += [each for each in seconds if each is not None]
                cells.append(f"{sum(each is not None for each in seconds)} of {len(seconds)}")
            middle = f"{np.median(late):.0f}" if late else "-"
            told = clean if strength == 1 else ""
            yield f"| {name} | `{code}` | {strength:g} | {' | '.join(cells)} | {middle} | {told} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--footage", default="", help="a folder with files that footage.py names")
    parser.add_argument("--scenes", type=int, default=6, help="made rooms, by night and by day")
    parser.add_argument("--workers", type=int, default=1)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    with ProcessPoolExecutor(wanted.workers) as pool:
        jobs = [
            pool.submit(nights, number, codec, referred=referred)
            for referred in (False, True)
            for number in range(wanted.scenes)
            for codec in CODECS
        ]
        cameras = cases("table", wanted.scenes, wanted.footage)
        jobs += [pool.submit(masks, case, codec) for case in cameras for codec in CODECS if _SIZE in case.sizes]
        print("\n".join(report([job.result() for job in jobs])))


if __name__ == "__main__":
    main()
