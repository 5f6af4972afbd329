"""Made scenes of an office, as a fixed camera sees them, by a seed: no two alike, each whole at any second of its day.

A scene has walls, a counter, shelves, signs with letters, windows with daylight that wanders, people who come and go,
lamps, the camera's own noise, and a burnt-in clock. What it shows depends on the seed and the second alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import Picture, local_time

__all__ = ["Day", "Scene", "from_bgr"]


class Day(NamedTuple):
    """What the day brings. ``lamps``: (from, to) hours; ``noon``: off from twelve to one; ``sun``: how strong the
    daylight is, 0 to 1; ``people``: how many at the busiest; ``noise``: levels by full light; ``rain`` before the
    window; ``night``: "dark" (an emergency lamp) or "infrared"; ``drift``: how far the light wanders within minutes;
    ``pumping``: how far the camera's exposure jumps when people come and go; ``trees``: leaves in the wind fill a part;
    ``headlights`` sweep over the picture by night; ``standing``: people wait on one spot for minutes."""

    lamps: tuple[float, float] = (7.5, 18.0)
    noon: bool = False
    sun: float = 0.5
    people: int = 5
    noise: float = 2.0
    rain: bool = False
    night: str = "dark"
    drift: float = 0.1
    pumping: float = 0.0
    trees: bool = False
    headlights: bool = False
    standing: bool = False


class Scene:
    """Pictures of ``size`` (width, height). ``photograph`` (BGR), if given, takes the place of the painted room."""

    def __init__(
        self, seed: int, size: tuple[int, int] = (640, 360), day: Day | None = None, photograph: Any = None
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._seed, self.size, self.day = seed, size, day or Day()
        room = self._room() if photograph is None else cv2.resize(photograph, size, interpolation=cv2.INTER_AREA)
        self._room_light = room.astype(np.float32)
        self._window = self._daylight()
        self._walkers = [self._random.random(8) for _ in range(self.day.people)]

    def picture(self, second: float) -> Picture:
        """At ``second`` of the day (0 = midnight; beyond a day it goes on)."""
        hour = second / 3600 % 24
        random = np.random.default_rng((self._seed, round(second * 100)))
        on = self.day.lamps[0] <= hour < self.day.lamps[1] and not (self.day.noon and 12 <= hour < 13)
        light = self._light(hour, second, on=on)
        frame = self._room_light.copy()
        if self.day.trees:
            self._sway(frame, second)
        if on:
            for walker in self._walkers:
                self._walk(frame, walker, second)
        frame *= light * (1 + self.day.pumping * np.sign(np.sin(second / 53.0)) * np.sin(second / 811.0))
        if self.day.headlights and not on:
            self._sweep(frame, second)
        infrared = not on and self.day.night == "infrared"
        if infrared:
            frame[:] = frame.mean(axis=2, keepdims=True) * 1.1
        if self.day.rain:
            self._drizzle(frame, random)
        dim = max(1.0, 2.2 - float(light.mean()) * 1.5)
        grain = random.normal(0, self.day.noise * dim, (*frame.shape[:2], 1)) + random.normal(
            0, self.day.noise * (0.0 if infrared else 0.4), frame.shape
        )
        frame = np.clip(frame + grain, 0, 255).astype(np.uint8)
        self._stamp(frame, second)
        return from_bgr(frame, int(second * 1e9))

    def _light(self, hour: float, second: float, *, on: bool) -> NDArray[Any]:
        height, width = self.size[1], self.size[0]
        day = max(0.0, np.sin((hour - 6) / 12 * np.pi)) * self.day.sun
        wander = 1 + self.day.drift * np.sin(second / 171.0 + self._seed) * np.sin(second / 67.0)
        lamp = 0.85 if on else 0.9 if self.day.night == "infrared" else 0.10
        light = lamp + day * wander * self._window
        return np.broadcast_to(light[..., None], (height, width, 1)).astype(np.float32)

    def _room(self) -> NDArray[Any]:
        width, height = self.size
        random = self._random
        room = np.zeros((height, width, 3), np.uint8)
        horizon = int(height * random.uniform(0.45, 0.6))
        wall, floor = random.integers(130, 215, 3), random.integers(70, 150, 3)
        room[:horizon], room[horizon:] = wall, floor
        for column in range(0, width, int(width / random.integers(8, 14))):
            far, near = (width // 2 + (column - width // 2) // 3, horizon), (column * 2 - width // 2, height)
            cv2.line(room, far, near, tuple(int(v) - 25 for v in floor), 1)
        for _ in range(random.integers(5, 9)):
            self._furniture(room, horizon)
        for _ in range(random.integers(3, 7)):
            self._sign(room, horizon)
        grain = cv2.resize(random.normal(0, 6, (height // 3, width // 3, 1)).astype(np.float32), (width, height))
        soft = cv2.GaussianBlur(room, (0, 0), width / 1600).astype(np.float32)
        return np.clip(soft + grain[..., None], 0, 255).astype(np.uint8)

    def _furniture(self, room: NDArray[Any], horizon: int) -> None:
        height, width = room.shape[:2]
        random = self._random
        x, w = int(random.uniform(-0.05, 0.9) * width), int(random.uniform(0.08, 0.3) * width)
        y, h = int(horizon + random.uniform(-0.3, 0.25) * height), int(random.uniform(0.12, 0.35) * height)
        shade = tuple(int(v) for v in random.integers(30, 200, 3))
        cv2.rectangle(room, (x, y), (x + w, y + h), shade, -1)
        for step in range(1, int(random.integers(2, 6))):
            at = y + h * step // 6
            cv2.line(room, (x, at), (x + w, at), tuple(max(0, v - 45) for v in shade), 2)
        cv2.rectangle(room, (x, y), (x + w, y + h), tuple(max(0, v - 60) for v in shade), 2)

    def _sign(self, room: NDArray[Any], horizon: int) -> None:
        height, width = room.shape[:2]
        random = self._random
        x, y = int(random.uniform(0.02, 0.85) * width), int(random.uniform(0.05, 0.35) * height)
        w, h = int(random.uniform(0.08, 0.18) * width), int(random.uniform(0.08, 0.15) * height)
        cv2.rectangle(room, (x, y), (x + w, y + h), tuple(int(v) for v in random.integers(150, 250, 3)), -1)
        for line in range(3):
            word = "".join(chr(int(c)) for c in random.integers(65, 91, 6))
            at = (x + 4, y + (line + 1) * h // 4)
            cv2.putText(room, word, at, cv2.FONT_HERSHEY_SIMPLEX, width / 1800, (20, 20, 40), 1, cv2.LINE_AA)

    def _daylight(self) -> NDArray[Any]:
        width, height = self.size
        across = self._random.uniform(0, 1) * width
        place = np.abs(np.arange(width) - across) / width
        down = np.linspace(1.0, 0.55, height)
        return (np.exp(-place * 3)[None, :] * down[:, None] * 0.45).astype(np.float32)

    def _walk(self, frame: NDArray[Any], walker: NDArray[Any], second: float) -> None:
        """One person: here for some minutes, then away, on a path of his own."""
        height, width = frame.shape[:2]
        period = 120 + 900 * walker[0]
        phase = (second + walker[1] * period) % period / period
        if phase > 0.35 + 0.4 * walker[2]:
            return
        depth = 0.35 + 0.65 * walker[3]
        stride = 0.02 if self.day.standing else 0.3
        x = int(width * (0.1 + 0.8 * (walker[4] + stride * np.sin(phase * 9 + walker[5] * 6)) % 1.0))
        tall = int(height * 0.55 * depth)
        foot = int(height * (0.6 + 0.38 * walker[3]))
        coat = tuple(float(v) for v in 40 + 160 * walker[5:8])
        cv2.rectangle(frame, (x - tall // 7, foot - tall * 3 // 4), (x + tall // 7, foot - tall // 3), coat, -1)
        cv2.rectangle(frame, (x - tall // 9, foot - tall // 3), (x + tall // 9, foot), tuple(v * 0.5 for v in coat), -1)
        cv2.circle(frame, (x + int(3 * np.sin(second)), foot - tall * 5 // 6), max(2, tall // 10), (120, 150, 190), -1)
        cv2.line(frame, (x, foot - tall * 3 // 4), (x, foot - tall // 3), tuple(v * 0.7 for v in coat), 1)

    def _sway(self, frame: NDArray[Any], second: float) -> None:
        """Leaves: the upper third moves to and fro, each row by its own."""
        height = frame.shape[0] // 3
        rows = np.arange(height)
        by = (4 * np.sin(rows / 7 + second * 1.3) + 3 * np.sin(rows / 3 - second * 2.1)).astype(np.int64)
        columns = (np.arange(frame.shape[1])[None, :] + by[:, None]) % frame.shape[1]
        frame[:height] = frame[rows[:, None], columns]

    @staticmethod
    def _sweep(frame: NDArray[Any], second: float) -> None:
        """A car turns before the window, for eight seconds of each ninety."""
        height, width = frame.shape[:2]
        along = second % 90 / 8
        if along < 1:
            beam = np.zeros((height, width), np.float32)
            cv2.circle(beam, (int(width * (1.4 * along - 0.2)), height // 2), height // 3, 160.0, -1)
            frame += cv2.GaussianBlur(beam, (0, 0), width / 25)[..., None]

    @staticmethod
    def _drizzle(frame: NDArray[Any], random: np.random.Generator) -> None:
        height, width = frame.shape[:2]
        for x, y in zip(random.integers(0, width, 80), random.integers(0, height, 80), strict=True):
            cv2.line(frame, (int(x), int(y)), (int(x) + 2, int(y) + height // 25), (170, 170, 170), 1)

    def _stamp(self, frame: NDArray[Any], second: float) -> None:
        words = f"2026-11-26 {local_time(int(second * 1e9)):%H:%M:%S}"
        scale = self.size[0] / 1400
        at = (int(self.size[0] * 0.02), int(self.size[1] * 0.06))
        frame[: int(self.size[1] * 0.08), : int(self.size[0] * 0.28)] //= 3
        cv2.putText(frame, words, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def from_bgr(frame: NDArray[np.uint8], at_ns: int) -> Picture:
    """A picture of even size out of BGR; limited range, as cameras send."""
    planes = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420)
    height, width = frame.shape[:2]
    quarter = height // 4
    luma, cb, cr = planes[:height], planes[height : height + quarter], planes[height + quarter :]
    return Picture(at_ns, luma, cb.reshape(height // 2, width // 2), cr.reshape(height // 2, width // 2))
