"""How well the picture checks find faults, and how often they cry wolf: measured, on footage they were not tuned on.

    python -m tests.evaluation.evaluate [--part tuning|table] [--hours 1.0] [--cameras 24] [--workers 2] \
        [--footage FOLDER] [--log FILE]
    python -m tests.evaluation.evaluate --report FILE ...

What the log has already is not measured again, so that a long run may be ended and taken up later.

*Clean*: each camera is looked at for hours of its own day (lamps on and off, dusk, rain, crowds, slow light), and every
fault that is raised is a false alarm. *Faults*: each camera learns for some minutes, then one fault at one strength is
put into the picture before it is encoded; strength 1 is about what a person calls a fault, 1.5 clearly is one. A fault
counts as found when it is raised within 60 s after the check's own waiting time.

Faults are crossed: every camera is looked at in every size and through every codec, and in each of them every fault is
put in once, its strength in turn (``strength_of``). The cross has two halves of the same make (``--halves``): in one
every fault meets two codecs of each camera's size, in the other the other two. Cameras come in an order by a seed, so
that what was measured when a run is ended is a fair part of the whole.

The parts *tuning* and *table* have seeds, photographs and films apart (``footage.py``); thresholds are only ever chosen
on *tuning*.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from appliance.api import Check, Picture
from appliance.api.registry import load_plugins
from appliance.plugins.checks.picture.faults import FAULTS, Spoil
from tests.evaluation.camera import Camera, Encoding
from tests.evaluation.footage import found_in
from tests.evaluation.scenes import Day, Scene, from_bgr

__all__ = ["Case", "Film", "cases", "clean", "faults", "main", "upper_bound", "within"]

CHECKS = load_plugins(["check_picture"]).checks
CROSSED = {name: check for name, check in CHECKS.items() if name != "clock"}
"""``clocks.py`` measures the other."""

WAITS = {fault.code: fault.raise_seconds for check in CHECKS.values() for fault in check.faults}
SHOWN_BY_TIME = ("flicker",)
"""What shows in the pictures that follow a key frame alone: they are made for these faults only."""

STRENGTHS = (1.0, 1.5, 1.0, 0.5)
WITHIN_SECONDS = 60
LEARN_SECONDS = 400
FILM_HOURS = 0.3
"""So many looks does a film of a minute or two give without showing a picture twice."""

CODECS = {
    "h264 24": Encoding("h264", 24),
    "h264 32": Encoding("h264", 32),
    "hevc 28": Encoding("hevc", 28),
    "mjpeg 6": Encoding("mjpeg", 6),
}
RATES = (15.0, 8.0, 25.0, 30.0)
SIZES = {"360": (640, 360), "720": (1280, 720), "1080": (1920, 1080)}
MOST_ENLARGED = 3
"""A film is shown at most so many times as large as it is: beyond that it is out of focus, and rightly told."""

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
    """One camera: a seed and what it looks at. ``height``: of its film."""

    part: str
    number: int
    photograph: str = ""
    film: str = ""
    gray: bool = False
    height: int = 1080

    @property
    def name(self) -> str:
        return Path(self.film or self.photograph).name or f"scene {_SEEDS[self.part] + self.number}"

    @property
    def sizes(self) -> list[str]:
        """The names of those that it is looked at in."""
        return [size for size, (_, tall) in SIZES.items() if tall <= MOST_ENLARGED * self.height]

    def encoding(self, size: str, codec: str) -> Encoding:
        """As ``codec`` names it, at a rate that is another for each size and codec."""
        turn = self.number + list(SIZES).index(size) + list(CODECS).index(codec)
        return CODECS[codec]._replace(fps=RATES[turn % len(RATES)])

    def camera(self, view: Any, size: str, codec: str, start: float, checks: Mapping[str, Check]) -> Camera:
        return Camera(view, self.encoding(size, codec), checks, start, registered=bool(self.number % 2))

    def view(self, size: str) -> Any:
        """What it looks at; each picture is made once."""
        if self.film:
            return Film(self.film, SIZES[size][1])
        photograph = cv2.imread(self.photograph) if self.photograph else None
        scene = Scene(_SEEDS[self.part] + self.number, SIZES[size], DAYS[self.number % len(DAYS)], photograph)
        return functools.lru_cache(maxsize=160)(scene.picture)

    @property
    def start(self) -> float:
        """The second of the day at which it begins: all hours come up."""
        return 3600.0 * (9.5 if self.film else 6 + self.number * 1.7 % 14)


class Film:
    """A film of a fixed camera, stretched: the next picture for every second and a half that is asked for, and what
    followed it then for what follows. ``height``: enlarged or made smaller to that."""

    def __init__(self, path: str, height: int = 0) -> None:
        with av.open(path) as opened:
            self._frames = [_of_film(frame) for frame in opened.decode(video=0)]
        tall, wide = self._frames[0].shape[:2]
        self._size = (round(wide * height / tall / 4) * 4, height) if height else (wide, tall)
        self._picture = functools.lru_cache(maxsize=160)(self._shown)

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

    def _shown(self, at: int, at_ns: int, place: int) -> Picture:
        """With a little grain of its own, for a film that is seen twice is not frozen."""
        frame = self._frames[min(at, len(self._frames) - 1)]
        if frame.shape[1::-1] != self._size:
            larger = self._size[0] > frame.shape[1]
            frame = cv2.resize(frame, self._size, interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA)
        grain = np.random.default_rng(at_ns // 10_000_000 + place).integers(-1, 2, frame.shape[:2], dtype=np.int16)
        return from_bgr(np.clip(frame.astype(np.int16) + grain[..., None], 0, 255).astype(np.uint8), at_ns)


def _of_film(frame: Any) -> Any:
    """As BGR, at most 640 pixels wide, of a size that halves twice."""
    wide = min(640, frame.width) // 4 * 4
    tall = round(frame.height * wide / frame.width) // 4 * 4
    return frame.reformat(width=wide, height=tall, format="bgr24").to_ndarray()


def clean(case: Case, hours: float, size: str) -> list[str]:
    """The false alarms, as the faults' codes; its codec is another from camera to camera."""
    camera = case.camera(case.view(size), size, list(CODECS)[case.number % len(CODECS)], case.start, CHECKS)
    return [raised.fault for raised in camera.run(case.start + hours * 3600)]


def _spoiled(spoil: Spoil, strength: float, picture: Picture, number: int) -> Picture:
    return spoil(picture, number, strength)


class Outcome(NamedTuple):
    """Of one fault at one strength on one camera in one size through one codec. ``seconds`` from its beginning to its
    finding, less the check's own waiting time; None when it was not found."""

    name: str
    strength: float
    seconds: float | None
    camera: str
    size: str
    codec: str


def strength_of(case: Case, size: str, codec: str, kind: str) -> tuple[float, int]:
    """The strength of that fault there, and in which half of the cross it lies: as in a Latin square, so that every
    fault has every strength with each size and codec, and every camera with each fault."""
    places = list(SIZES).index(size) + list(CODECS).index(codec) + list(KINDS).index(kind)
    return STRENGTHS[(case.number // 2 + 3 * places // 2) % len(STRENGTHS)], (case.number + places) % 2


def faults(case: Case, size: str, half: int, kinds: Sequence[str] = tuple(KINDS)) -> dict[str, Any]:
    """Every fault of ``kinds`` that is of this half, by day: what a lit office shows. Beside the outcomes what alarmed
    while a camera learned: those checks are not measured on it."""
    start = 3600.0 * (9.3 + case.number * 0.9 % 2.5)
    view, out, alarmed = case.view(size), [], []
    for codec in CODECS:
        learned = case.camera(view, size, codec, start, CROSSED)
        learned.following = False
        alarms = {raised.fault for raised in learned.run(start + LEARN_SECONDS)}
        alarmed += [(codec, fault) for fault in sorted(alarms)]
        for kind in kinds:
            strength, its_half = strength_of(case, size, codec, kind)
            if its_half == half and KINDS[kind][0] not in alarms and not (kind == "colourless" and case.gray):
                seconds = _found_after(learned.copy(), kind, strength, (case.number * 7 + len(kind)) % 20)
                out.append(Outcome(kind, strength, seconds, case.name, size, codec))
    return {"outcomes": out, "alarmed": alarmed}


def _found_after(camera: Camera, kind: str, strength: float, before: int) -> float | None:
    """``before``: so many seconds before the next look does the fault begin."""
    code, spoil = KINDS[kind]
    begin = camera.second - before
    camera.following = kind in SHOWN_BY_TIME
    camera.number += before
    end = begin + max(20.0, WAITS[code]) + WITHIN_SECONDS + 20
    pace = 1 - 0.4 * strength if kind == "slower" else 1.0
    for raised in camera.run(end, functools.partial(_spoiled, spoil or _standing([]), strength), pace=pace):
        if raised.fault == code:
            return within(raised.second - begin, WAITS[code])
    return None


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
        height = _height(path) if one.film else 1080
        found.append(Case(part, count + place, photograph, film, one.gray, height))
    return found


def _height(path: str) -> int:
    with av.open(path) as opened:
        return int(opened.streams.video[0].height)


class _Job(NamedTuple):
    case: Case
    size: str
    half: int | None
    """None: clean."""
    hours: float
    kinds: Sequence[str]

    def done(self) -> dict[str, Any]:
        cv2.setNumThreads(1)
        about = {"camera": self.case.name, "size": self.size}
        if self.half is None:
            return {**about, "hours": self.hours, "alarms": clean(self.case, self.hours, self.size)}
        return {**about, "half": self.half, **faults(self.case, self.size, self.half, self.kinds)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=sorted(_SEEDS), default="tuning")
    parser.add_argument("--hours", type=float, default=0.5, help="of clean footage of each camera")
    parser.add_argument("--cameras", type=int, default=8, help="made scenes")
    parser.add_argument("--footage", default="", help="a folder with files that footage.py names")
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--halves", type=int, nargs="*", default=[0, 1])
    parser.add_argument("--only", choices=["clean", "faults"])
    parser.add_argument("--names", nargs="*", help="only cameras of these names")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), help="which faults")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--log", default="var/evaluation.jsonl", help="each camera's figures are added to it")
    parser.add_argument("--report", nargs="+", help="measure nothing, and show what these logs have")
    wanted = parser.parse_args()
    if not wanted.report:
        found = cases(wanted.part, wanted.cameras, wanted.footage)
        found = [case for case in found if not wanted.names or case.name in wanted.names]
        measured = {_what(one) for one in _lines([wanted.log])} if Path(wanted.log).exists() else set()
        jobs = [job for job in _jobs(found, wanted) if (job.case.name, job.size, job.half) not in measured]
        with ProcessPoolExecutor(wanted.workers) as pool, open(wanted.log, "a", encoding="utf-8") as log:
            for done in as_completed([pool.submit(job.done) for job in jobs]):
                log.write(json.dumps(done.result()) + "\n")
                log.flush()
    print("\n".join(report(wanted.report or [wanted.log])))


def _jobs(found: Sequence[Case], wanted: argparse.Namespace) -> list[_Job]:
    jobs = []
    for half in wanted.halves if wanted.only != "clean" else []:
        crossed = [
            _Job(case, size, half, 0.0, wanted.kinds) for case in found for size in case.sizes if size in wanted.sizes
        ]
        random.Random(half).shuffle(crossed)
        jobs += crossed
    for case in found if wanted.only != "faults" else []:
        sizes = [size for size in case.sizes if size in wanted.sizes]
        hours = min(wanted.hours, FILM_HOURS) if case.film else wanted.hours
        jobs += [_Job(case, sizes[case.number % len(sizes)], None, hours, ())] if sizes else []
    return jobs


def report(paths: Sequence[str]) -> Iterator[str]:
    """The tables of ``docs/evaluation.md``, of logs of runs."""
    lines = _lines(paths)
    crossed, cleans = [one for one in lines if "outcomes" in one], [one for one in lines if "alarms" in one]
    outcomes = [Outcome(*each) for one in crossed for each in one["outcomes"]]
    alarms = Counter(fault for one in cleans for fault in one["alarms"])
    clearly = [one for one in outcomes if one.strength >= 1]
    yield f"Cameras: {', '.join(sorted({one['camera'] for one in crossed}))}."
    yield f"Of {len(clearly)} faults at 1 and above, {_share(clearly)} were found."
    yield ""
    yield "| fault | finding | cases | at 0.5 | at 1.0 | at 1.5 | median s | 95th s | alarms |"
    yield "|---|---|---|---|---|---|---|---|---|"
    kinds = [kind for kind in KINDS if any(one.name == kind for one in outcomes)]
    for kind in kinds:
        mine = [one for one in outcomes if one.name == kind]
        rates = [_share([one for one in mine if one.strength == strength]) for strength in sorted(set(STRENGTHS))]
        times = sorted(one.seconds for one in mine if one.seconds is not None and one.strength >= 1)
        middle, late = (f"{median(times):.0f}", f"{times[int(0.95 * (len(times) - 1))]:.0f}") if times else ("-", "-")
        code = KINDS[kind][0]
        yield f"| {kind} | `{code}` | {len(mine)} | {' | '.join(rates)} | {middle} | {late} | {alarms.get(code, 0)} |"
    yield ""
    yield f"| at 1 and above | {' | '.join(CODECS)} | {' | '.join(SIZES)} |"
    yield "|---|" + "---|" * (len(CODECS) + len(SIZES))
    for kind in [*kinds, "all"]:
        mine = [one for one in clearly if kind in (one.name, "all")]
        cells = [[one for one in mine if one.codec == codec] for codec in CODECS]
        cells += [[one for one in mine if one.size == size] for size in SIZES]
        yield f"| {kind} | {' | '.join(map(_share, cells))} |"
    yield ""
    yield "Missed: " + "; ".join(
        f"{one.name} {one.strength} of {one.camera}, {one.size}, {one.codec}" for one in clearly if one.seconds is None
    )
    learning = Counter((one["camera"], one["size"], *alarm) for one in crossed for alarm in map(tuple, one["alarmed"]))
    yield "Alarmed while learning: " + "; ".join(map(" ".join, sorted(learning)))
    hours = sum(one["hours"] for one in cleans)
    if hours:
        total = alarms.total()
        bound = upper_bound(total, hours)
        yield (
            f"Clean: {hours:.1f} camera-hours, {total} false alarms; at 95 % at most {bound:.3f} a camera-hour"
            f" ({bound * 720:.0f} a camera-month): {dict(alarms)}."
        )


def _lines(paths: Sequence[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in Path(path).read_text(encoding="utf-8").splitlines()]


def _what(line: Mapping[str, Any]) -> tuple[str, str, int | None]:
    """Which job a line of a log is of."""
    return line["camera"], line["size"], line.get("half")


def _share(outcomes: Sequence[Outcome]) -> str:
    """How many of them were found: all, or how many of how many."""
    found = sum(one.seconds is not None for one in outcomes)
    return "-" if not outcomes else f"all {found}" if found == len(outcomes) else f"{found} of {len(outcomes)}"


if __name__ == "__main__":
    main()
