"""What several picture checks measure alike: texture by cells, edges free of light, learned usual values. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import Picture

__all__ = [
    "COLUMNS",
    "LEARNED",
    "ROWS",
    "Usual",
    "by_cells",
    "colour",
    "edges",
    "in_office_hours",
    "is_night",
]

ROWS, COLUMNS = 9, 16
LEARNED = 6
"""Looks after which what is usual counts as learned: two minutes."""

_GRAIN = 1.5
"""Levels a pixel: gradients up to this are taken for noise, which averaging down has left of that strength at night."""

Floats = NDArray[np.float32]


class Usual:
    """The median of the last ``most`` values of something; None until ``LEARNED`` were kept."""

    def __init__(self, most: int = 45) -> None:
        self._values: deque[Any] = deque(maxlen=most)

    def keep(self, value: Any) -> None:
        self._values.append(value)

    @property
    def value(self) -> Any:
        if len(self._values) < LEARNED:
            return None
        return np.median(np.stack(tuple(map(np.asarray, self._values))), axis=0)


def edges(picture: Picture) -> Floats:
    """The gradient of the small picture, relative to the light around it: a lamp that is switched changes it little."""
    luma = cv2.GaussianBlur(picture.small.astype(np.float32), (0, 0), 1.2)
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=0.25)
    steep = np.maximum(cv2.magnitude(across, down) - _GRAIN, 0)
    return steep / (cv2.blur(luma, (15, 15)) + 16)  # type: ignore[no-any-return]


def by_cells(image: Floats, rows: int = ROWS, columns: int = COLUMNS) -> Floats:
    """The mean of each cell of a grid."""
    return cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def colour(picture: Picture) -> float:
    """How far the more colourful tenth of the picture is from gray, in levels."""
    return picture.colour


def is_night(picture: Picture) -> bool:
    """Whether the picture is of a kind that is judged apart: dark, or without colour as under infrared light."""
    return picture.light == "night"


def in_office_hours(minutes: int, settings: Mapping[str, float]) -> bool:
    """Whether the office is lit by its hours; many switch the lamps off at noon."""
    at_noon = settings["noon_from"] * 60 <= minutes < settings["noon_to"] * 60
    return settings["open_hour"] * 60 <= minutes < settings["close_hour"] * 60 and not at_noon
