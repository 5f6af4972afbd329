"""How well the picture checks find faults, and how often they cry wolf: measured, on footage they were not tuned on.

    python -m tests.evaluation.evaluate [--part tuning|table] [--hours 1.0] [--cameras 24] [--workers 2] \
        [--footage FOLDER] [--log FILE]

*Clean*: each camera is looked at for hours of its own day (lamps on and off, dusk, rain, crowds, slow light), and every
fault that is raised is a false alarm. *Faults*: each camera learns for some minutes, then one fault at one strength is
put into the picture before it is encoded; strength 1 is about what a person calls a fault, 1.5 clearly is one. A fault
counts as found when it is raised within 60 s after the check's own waiting time.

The parts *tuning* and *table* have seeds, photographs and films apart (``footage.py``); thresholds are only ever chosen
on *tuning*.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from appliance.api import Picture
from appliance.plugins.picturefaults import FAULTS, Spoil
from appliance.registry import load_plugins
from tests.evaluation.camera import Camera, Encoding
from tests.evaluation.footage import found_in
from tests.evaluation.scenes import Day, Scene, from_bgr

__all__ = ["Case", "cases", "clean", "faults", "main", "upper_bound", "within"]

CHECKS = load_plugins(["check_picture"]).checks
WAITS = {fault.code: fault.raise_seconds for check in CHECKS.values() for fault in check.faults}
STRENGTHS = (0.5, 1.0, 1.5)
WITHIN_SECONDS = 60
LEARN_SECONDS = 400
FILM_HOURS = 0.3
"""So many looks does a film of a minute or two give without showing a picture twice."""

ENCODINGS = (
    Encoding("h264", 24),
    Encoding("h264", 32),
    Encoding("hevc", 28),
    Encoding("mjpeg", 6),
    Encoding("h264", 27, 8.0),
    Encoding("h264", 38),
)
SIZES = ((640, 360), (704, 480), (480, 272), (960, 540))
DAYS = (
    Day(),
    Day(sun=0.9, drift=0.3),
    Day(people=16),
    Day(rain=True, sun=0.2),
    Day(noise=5.0, lamps=(8.0, 17.2)),
    Day(night="infrared", sun=0.7),
    Day(noon=True, sun=0.9, drift=0.25),
    Day(people=1, noise=1.0),
    Day(trees=True, sun=0.8, drift=0.2),
    Day(people=24, standing=True, pumping=0.15),
    Day(night="infrared", headlights=True, pumping=0.1),
    Day(noise=4.0, pumping=0.25, drift=0.2),
)
_SEEDS = {"tuning": 1, "table": 5000}


def _standing(first: list[Picture]) -> Spoil:
    """A picture that stands still; whatever its strength."""

    def spoil(picture: Picture, number: int, strength: float) -> Picture:
        first.append(picture)
        return replace(first[0], at_ns=picture.at_ns)

    return spoil


def _smaller(picture: Picture, number: int, strength: float) -> Picture:
    """Of three quarters of the size, of five eighths, each side."""
    height, width = picture.luma.shape

    def scaled(plane: Any, shrink: int) -> Any:
        size = [round(side * (1 - strength / 4)) // 4 * 4 // shrink for side in (width, height)]
        return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)

    return replace(picture, luma=scaled(picture.luma, 1), cb=scaled(picture.cb, 2), cr=scaled(picture.cr, 2))


KINDS: dict[str, tuple[str, Spoil | None]] = {
    **FAULTS,
    "frozen": ("picture-frozen", None),
    "smaller": ("picture-small", _smaller),
    "slower": ("picture-slow", lambda picture, number, strength: picture),
}


class Case(NamedTuple):
    """One camera: a seed, how it encodes, and what it looks at."""

    part: str
    number: int
    photograph: str = ""
    film: str = ""
    gray: bool = False

    @property
    def encoding(self) -> Encoding:
        return ENCODINGS[self.number % len(ENCODINGS)]

    @property
    def size(self) -> tuple[int, int]:
        return SIZES[self.number // 2 % len(SIZES)]

    @property
    def name(self) -> str:
        return Path(self.film or self.photograph).name or f"scene {_SEEDS[self.part] + self.number}"

    def camera(self, start: float) -> Camera:
        return Camera(self._view(), self.encoding, CHECKS, start, registered=bool(self.number % 2))

    def _view(self) -> Any:
        if self.film:
            return Film(self.film)
        photograph = cv2.imread(self.photograph) if self.photograph else None
        day = DAYS[self.number % len(DAYS)]
        return Scene(_SEEDS[self.part] + self.number, self.size, day, photograph).picture

    @property
    def start(self) -> float:
        """The second of the day at which it begins: all hours come up."""
        return 3600.0 * (9.5 if self.film else 6 + self.number * 1.7 % 14)


class Film:
    """A film of a fixed camera, stretched: the next picture for every second and a half that is asked for, and what
    followed it then for what follows."""

    def __init__(self, path: str) -> None:
        with av.open(path) as opened:
            self._frames = [_of_film(frame) for frame in opened.decode(video=0)]

    def __call__(self, second: float) -> Picture:
        return self._picture(self._place(second), int(second * 1e9), 0)

    def following(self, second: float, count: int) -> list[Picture]:
        at_ns = int(second * 1e9)
        return [
            self._picture(self._place(second) + place, at_ns + place * 40_000_000, place)
            for place in range(1, count + 1)
        ]

    def _place(self, second: float) -> int:
        count = len(self._frames)
        at = int(second / 1.5) % (2 * count)
        return at if at < count else 2 * count - 1 - at

    def _picture(self, at: int, at_ns: int, place: int) -> Picture:
        """With a little grain of its own, for a film that is seen twice is not frozen."""
        frame = self._frames[min(at, len(self._frames) - 1)].astype(np.int16)
        grain = np.random.default_rng(at_ns // 10_000_000 + place).integers(-1, 2, frame.shape[:2], dtype=np.int16)
        return from_bgr(np.clip(frame + grain[..., None], 0, 255).astype(np.uint8), at_ns)


def _of_film(frame: Any) -> Any:
    """As BGR, at most 640 pixels wide, of a size that halves twice."""
    wide = min(640, frame.width) // 4 * 4
    tall = round(frame.height * wide / frame.width) // 4 * 4
    return frame.reformat(width=wide, height=tall, format="bgr24").to_ndarray()


def clean(case: Case, hours: float) -> list[str]:
    """The false alarms, as the faults' codes."""
    camera = case.camera(case.start)
    return [raised.fault for raised in camera.run(case.start + hours * 3600)]


def _spoiled(spoil: Spoil, strength: float, picture: Picture, number: int) -> Picture:
    return spoil(picture, number, strength)


class Outcome(NamedTuple):
    """Of one fault at one strength on one camera. ``seconds`` from its beginning to its finding, less the check's own
    waiting time; None when it was not found."""

    name: str
    strength: float
    seconds: float | None
    camera: str = ""


def faults(case: Case, strengths: Sequence[float], kinds: Sequence[str] = tuple(KINDS)) -> list[Outcome]:
    """Every fault of ``kinds`` at every strength, by day: what a lit office shows."""
    start = 3600.0 * (9.3 + case.number * 0.9 % 2.5)
    learned = case.camera(start)
    alarms = list(learned.run(start + LEARN_SECONDS))
    out = []
    for name in kinds:
        code, spoil = KINDS[name]
        if any(alarm.fault == code for alarm in alarms) or (name == "colourless" and case.gray):
            continue
        for strength in strengths:
            begin = learned.second - (case.number * 7 + len(name)) % 20  # the fault begins between two looks
            end = begin + max(20.0, WAITS[code]) + WITHIN_SECONDS + 20
            found, made = None, spoil or _standing([])
            pace = 1 - 0.4 * strength if name == "slower" else 1.0
            spoiled = functools.partial(_spoiled, made, strength)
            for raised in learned.copy().run(end, spoiled, pace=pace):
                if raised.fault == code:
                    found = within(raised.second - begin, WAITS[code])
                    break
            out.append(Outcome(name, strength, found, case.name))
    return out


def within(seconds: float, waits: float) -> float | None:
    """From a fault's beginning to its finding, less the check's own waiting time; None where that is too late."""
    late = max(0.0, seconds - waits)
    return late if late <= WITHIN_SECONDS else None


def upper_bound(alarms: int, hours: float) -> float:
    """The 95 % upper bound of the alarms an hour (Poisson, exact by bisection)."""
    low, high = 0.0, alarms + 10 * math.sqrt(alarms + 1) + 10
    for _ in range(80):
        middle = (low + high) / 2
        below = sum(math.exp(-middle + k * math.log(middle) - math.lgamma(k + 1)) for k in range(alarms + 1))
        low, high = (middle, high) if below > 0.05 else (low, middle)
    return high / hours


def cases(part: str, count: int, footage: str) -> list[Case]:
    """``count`` made scenes, and one camera for each photograph and each film of the part."""
    found = [Case(part, number) for number in range(count)]
    for place, (one, path) in enumerate(found_in(footage, part) if footage else []):
        if one.moves:
            continue
        film, photograph = (path, "") if one.film else ("", path)
        found.append(Case(part, count + place, photograph, film, one.gray))
    return found


def _work(job: tuple[str, Case, float, Sequence[float], Sequence[str]]) -> tuple[str, str, float, Any]:
    kind, case, hours, strengths, kinds = job
    cv2.setNumThreads(1)
    return kind, case.name, hours, clean(case, hours) if kind == "clean" else faults(case, strengths, kinds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=sorted(_SEEDS), default="tuning")
    parser.add_argument("--hours", type=float, default=0.5, help="of clean footage of each camera")
    parser.add_argument("--cameras", type=int, default=8, help="made scenes")
    parser.add_argument("--footage", default="", help="a folder with files that footage.py names")
    parser.add_argument("--strengths", type=float, nargs="*", default=STRENGTHS)
    parser.add_argument("--only", choices=["clean", "faults"])
    parser.add_argument("--names", nargs="*", help="only cameras of these names")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), help="which faults")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--log", default="var/evaluation.jsonl", help="each camera's figures are added to it")
    wanted = parser.parse_args()
    found = cases(wanted.part, wanted.cameras, wanted.footage)
    found = [case for case in found if not wanted.names or case.name in wanted.names]
    kinds = [wanted.only] if wanted.only else ["faults", "clean"]
    jobs = [
        (kind, case, min(wanted.hours, FILM_HOURS) if case.film else wanted.hours, wanted.strengths, wanted.kinds)
        for kind in kinds
        for case in found
    ]
    with ProcessPoolExecutor(wanted.workers) as pool, open(wanted.log, "a", encoding="utf-8") as log:
        for done in as_completed([pool.submit(_work, job) for job in jobs]):
            log.write(json.dumps(done.result()) + "\n")
            log.flush()
    print("\n".join(report(*read([wanted.log]))))


def read(paths: Sequence[str]) -> tuple[list[Outcome], Counter[str], float]:
    """The outcomes, the false alarms by fault, and the hours of clean footage in logs of runs."""
    outcomes: list[Outcome] = []
    alarms: Counter[str] = Counter()
    hours = 0.0
    for line in (line for path in paths for line in Path(path).read_text(encoding="utf-8").splitlines()):
        kind, _, lasted, found = json.loads(line)
        if kind == "clean":
            hours += lasted
            alarms.update(found)
        else:
            outcomes += [Outcome(*one) for one in found]
    return outcomes, alarms, hours


def report(outcomes: Sequence[Outcome], alarms: Counter[str], hours: float) -> Iterator[str]:
    """The table of ``docs/evaluation.md``."""
    yield "| fault | finding | cases | found at 0.5 | at 1.0 | at 1.5 | median s | 95th s | alarms |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, (code, _) in KINDS.items():
        mine = [one for one in outcomes if one.name == name]
        if not mine:
            continue
        rates = []
        for strength in STRENGTHS:
            at = [one for one in mine if one.strength == strength]
            rates.append(
                "-" if not at else f"{100 * sum(one.seconds is not None for one in at) / max(1, len(at)):.0f} %"
            )
        times = sorted(one.seconds for one in mine if one.seconds is not None and one.strength >= 1)
        middle = f"{median(times):.0f}" if times else "-"
        late = f"{times[min(len(times) - 1, int(0.95 * len(times)))]:.0f}" if times else "-"
        count = len({one.camera for one in mine})
        yield f"| {name} | `{code}` | {count} | {' | '.join(rates)} | {middle} | {late} | {alarms.get(code, 0)} |"
    if hours:
        total = sum(alarms.values())
        bound = upper_bound(total, hours)
        yield ""
        yield (
            f"Clean: {hours:.1f} camera-hours, {total} false alarms; at 95 % at most {bound:.3f} a camera-hour"
            f" ({bound * 720:.0f} a camera-month)."
        )
        others = {code: count for code, count in alarms.items() if code not in {code for code, _ in KINDS.values()}}
        if others:
            yield f"Of other faults: {others}."


if __name__ == "__main__":
    main()
