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
    "in_office_hours",
    "is_night",
    "light_of_cells",
    "structure",
]

ROWS, COLUMNS = 9, 16
LEARNED = 6
"""Looks after which what is usual counts as learned: two minutes."""

_BLACK = 16
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


def structure(picture: Picture) -> Floats:
    """What the small picture shows finer than its shades, with its sign, relative to the light around: a lamp that is
    switched or a camera that opens its iris changes it little."""
    luma = cv2.GaussianBlur(picture.small.astype(np.float32), (0, 0), 1.0)
    around = cv2.blur(luma, (15, 15))
    return (luma - around) / (np.maximum(around - _BLACK, 0) + 12)  # type: ignore[no-any-return]


def light_of_cells(picture: Picture) -> Floats:
    """The mean light of each cell."""
    return by_cells(picture.small.astype(np.float32))


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
