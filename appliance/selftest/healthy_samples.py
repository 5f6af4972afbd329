"""Healthy vitals that are made here: to warm a process up with, to prove checks in CI, and for authors of checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from appliance.api import BoxVitals, Picture, PictureVitals, Registered, SoundVitals
from appliance.api.check_records import Vitals
from appliance.core.errors import UsageError

__all__ = ["healthy"]

_RATE_HZ = 16000
_SECONDS = 2
_FPS = 15.0
_STEP_NS = 20_000_000_000
_NOON_NS = 12 * 3600 * 10**9
_WELL = {
    "writable.records": 1.0,
    "writable.footage": 1.0,
    "written_age_seconds.01": 1.0,
    "gap_seconds.01": 0.0,
    "days_held.01": 45.0,
    "floor_short_days.01": 0.0,
    "scrub_pass_days": 3.0,
    "probe_bad.0": 0.0,
    "probe_bad.1": 0.0,
    "probe_age_days": 0.4,
    "free_share.footage": 0.5,
    "free_share.records": 0.5,
    "forecast_days": 60.0,
    "disk_failed.sda": 0.0,
    "disk_bad_sectors.sda": 0.0,
    "disk_worn_share.sda": 0.1,
    "disk_temperature_c.sda": 35.0,
    "filesystem_errors.sda1": 0.0,
    "temperature_c": 45.0,
    "memory_free_share": 0.5,
    "usb_unknown": 0.0,
    "clock_error_seconds": 0.02,
    "camera_off_seconds.01": 0.1,
    "failed_logins": 0.0,
}
"""A box of one camera that is well, and tells everything there is to tell."""


def healthy(subject: str, count: int = 3, *, size: tuple[int, int] = (640, 360)) -> Sequence[Vitals]:
    """``count`` looks in their order at a lit room with letters on its walls, at a voice-like sound, or at a box that
    is well. Raises UsageError for a subject that is none."""
    if subject == "picture":
        return [_picture(number, size) for number in range(count)]
    if subject == "sound":
        return [_sound(number) for number in range(count)]
    if subject == "box":
        return [BoxVitals(_WELL, number * _STEP_NS) for number in range(count)]
    raise UsageError(f"vitals of {subject!r}: there are pictures, sound and box")


def _picture(number: int, size: tuple[int, int]) -> PictureVitals:
    at_ns = _NOON_NS + number * _STEP_NS
    following = tuple(_room(number * 8 + place, size, at_ns + place * 40_000_000) for place in range(1, 6))
    return PictureVitals(
        picture=_room(number * 8, size, at_ns),
        following=following,
        registered=Registered(width=size[0], height=size[1], fps=_FPS, sound=True),
        rate_fps=_FPS,
    )


def _room(number: int, size: tuple[int, int], at_ns: int) -> Picture:
    import cv2
    import numpy as np

    width, height = size
    frame = np.full((height, width, 3), (150, 175, 190), np.uint8)
    frame[height * 6 // 10 :] = (90, 110, 120)
    random = np.random.default_rng(7)
    for place in range(14):
        left, top = int(random.integers(0, width)), int(random.integers(height // 10, height))
        right, bottom = left + int(random.integers(20, width // 4)), top + int(random.integers(12, height // 4))
        shade = tuple(int(each) for each in random.integers(30, 220, 3))
        cv2.rectangle(frame, (left, top), (right, bottom), shade, -1)
        cv2.rectangle(frame, (left, top), (right, bottom), (30, 30, 30), max(1, width // 400))
        words = (left, min(height - 2, top + height // 12))
        cv2.putText(frame, f"A{place}BK", words, cv2.FONT_HERSHEY_SIMPLEX, width / 900, (20, 20, 20), 1, cv2.LINE_AA)
    person = width * (20 + number % 60) // 100
    cv2.rectangle(frame, (person, height // 2), (person + width // 18, height * 9 // 10), (60, 40, 90), -1)
    grain = np.random.default_rng(number + 100).normal(0, 2, frame.shape)
    planes: Any = cv2.cvtColor(np.clip(frame + grain, 0, 255).astype(np.uint8), cv2.COLOR_BGR2YUV_I420)
    quarter = height // 4
    half = (height // 2, width // 2)
    cb, cr = planes[height : height + quarter], planes[height + quarter :]
    return Picture(at_ns, planes[:height], cb.reshape(half), cr.reshape(half))


def _sound(number: int) -> SoundVitals:
    import numpy as np

    count = _RATE_HZ * _SECONDS
    time = np.arange(count) / _RATE_HZ
    random = np.random.default_rng(number + 500)
    room = random.normal(0, 0.004, (2, count))
    voice = sum(
        0.05 / step * np.sin(2 * math.pi * (137 + 3 * number) * step * time + step) for step in range(1, 12)
    ) * (0.5 + 0.5 * np.sin(2 * math.pi * 3.1 * time + number))
    seconds = number * _STEP_NS / 1e9
    return SoundVitals(
        samples=(room + voice).astype(np.float32),
        rate_hz=_RATE_HZ,
        has_track=True,
        registered=Registered(sound=True),
        arrived_seconds=float(_SECONDS),
        stamp_seconds=seconds,
        picture_seconds=seconds,
        arrival_seconds=seconds,
        at_ns=_NOON_NS + number * _STEP_NS,
    )
