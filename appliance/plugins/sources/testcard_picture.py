"""The test card's picture: drawing it, and reading its clock back from pixels.

::

    +--------------------------------------------+
    |  2026-11-24 15:48:14.3                     |   the clock strip: white seven-segment digits on black
    |  no 07                                     |   the label, same digits, a little smaller
    |::::::::::::::::::::::::::::::::::::::::::::|   still texture: something to be sharp
    |            ####                            |   a bright block that crosses the picture every four seconds
    +--------------------------------------------+

All places are fractions of the picture, so that :func:`read_clock` also reads one that was scaled. Not a plugin;
``source_testcard`` draws with it and tests read with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from appliance.api import local_time

__all__ = ["Picture", "read_clock", "read_label"]

_COLUMNS = 22
_CLOCK_FORM = "%Y-%m-%d %H:%M:%S"
_CLOCK_LENGTH = 21
_LABEL_LENGTH = 12
_LABEL_SIZE = 0.9
_STRIP_ROWS = 5
"""The clock strip is a fifth of the width's column grid high: one cell is 1/22 of the width and 2 cells high."""

# Segments: a top, b upper right, c lower right, d bottom, e lower left, f upper left, g middle; as bits 0 to 6.
_SEGMENTS = {
    "0": 0b0111111,
    "1": 0b0000110,
    "2": 0b1011011,
    "3": 0b1001111,
    "4": 0b1100110,
    "5": 0b1101101,
    "6": 0b1111101,
    "7": 0b0000111,
    "8": 0b1111111,
    "9": 0b1101111,
    "-": 0b1000000,
    " ": 0b0000000,
    "c": 0b1011000,
    "a": 0b1110111,
    "n": 0b1010100,
    "b": 0b1111100,
    "d": 0b1011110,
    "e": 0b1111001,
    "f": 0b1110001,
    "h": 0b1110100,
    "l": 0b0111000,
    "o": 0b1011100,
    "i": 0b0000100,
    "p": 0b1110011,
    "q": 0b1100111,
    "r": 0b1010000,
    "t": 0b1111000,
    "u": 0b0011100,
    "y": 0b1101110,
    "_": 0b0001000,
}
_GLYPHS = {bits: glyph for glyph, bits in _SEGMENTS.items()}

# Where each segment lies in a cell: left, top, right, bottom, in parts of the cell's width and height.
_BARS = (
    (0.12, 0.06, 0.82, 0.18),
    (0.66, 0.06, 0.82, 0.50),
    (0.66, 0.50, 0.82, 0.94),
    (0.12, 0.82, 0.82, 0.94),
    (0.12, 0.50, 0.28, 0.94),
    (0.12, 0.06, 0.28, 0.50),
    (0.12, 0.44, 0.82, 0.56),
)
_DOTS = {":": ((0.38, 0.26, 0.58, 0.38), (0.38, 0.64, 0.58, 0.76)), ".": ((0.38, 0.80, 0.58, 0.94),)}
# Where each segment alone is lit: the middle of the bar, off its ends, which it shares with others.
_PROBES = ((0.47, 0.12), (0.74, 0.30), (0.74, 0.68), (0.47, 0.88), (0.20, 0.68), (0.20, 0.30), (0.47, 0.50))


def _cell(width: int, size: float, row: float, column: int) -> tuple[float, float, float, float]:
    """Left, top, width and height in pixels of a cell; ``row`` in full cells from the top."""
    across = width / _COLUMNS
    return (0.5 + column) * across * size + (1 - size) * 0.5 * across, row * across, across * size, across * size * 1.8


class Picture:
    """A planar YUV 4:2:0 picture that is drawn once and then brought up to date. Width and height are even, width at
    least 320 pixels, height at least 0.4 of it."""

    def __init__(self, width: int, height: int, label: str) -> None:
        import numpy as np

        self._width, self._height = width, height
        self._clock_text = " " * _CLOCK_LENGTH
        self._block: tuple[int, int] | None = None
        self.planes = np.empty((height * 3 // 2, width), np.uint8)
        luma, chroma = self.planes[:height], self.planes[height:]
        rows, columns = np.indices((height, width))
        luma[:] = 60 + (columns * 90 // width) + 40 * ((rows // 4 + columns // 4) % 2)
        bars = np.array([[128, 128], [44, 142], [156, 44], [72, 58], [184, 198], [100, 212], [212, 114]], np.uint8)
        blue_red = chroma.reshape(2, height // 2, width // 2)
        which = np.arange(width // 2) * len(bars) // (width // 2)
        strip = int(width / _COLUMNS * _STRIP_ROWS * 0.8)
        luma[:strip] = 16
        for plane in (0, 1):
            blue_red[plane] = bars[which, plane]
            blue_red[plane, : strip // 2] = 128
        self._lane = slice(strip + (height - strip) // 3, strip + (height - strip) * 2 // 3)
        self._under = luma[self._lane].copy()
        for column, glyph in enumerate(label.lower()[:_LABEL_LENGTH]):
            self._draw(glyph if glyph in _SEGMENTS or glyph in _DOTS else "_", _LABEL_SIZE, 2.3, column)

    def update(self, wall_ns: int) -> None:
        """Burns in ``wall_ns`` as local time, cut to a tenth of a second, and moves the block."""
        moment = local_time(wall_ns)
        text = f"{moment.strftime(_CLOCK_FORM)}.{moment.microsecond // 100_000}"
        for column, (old, new) in enumerate(zip(self._clock_text, text, strict=True)):
            if old != new:
                self._draw(new, 1.0, 0.3, column)
        self._clock_text = text
        lane = self.planes[self._lane]
        if self._block:
            lane[:, self._block[0] : self._block[1]] = self._under[:, self._block[0] : self._block[1]]
        size = self._width // 8
        left = wall_ns // 1_000_000 % 4000 * (self._width - size) // 4000
        lane[:, left : left + size] = 220
        self._block = (left, left + size)

    def _draw(self, glyph: str, size: float, row: float, column: int) -> None:
        left, top, width, height = _cell(self._width, size, row, column)
        luma = self.planes[: self._height]
        luma[int(top) : int(top + height), int(left) : int(left + width)] = 16
        bits = _SEGMENTS.get(glyph, 0)
        bars = [bar for number, bar in enumerate(_BARS) if bits >> number & 1] + list(_DOTS.get(glyph, ()))
        for x0, y0, x1, y1 in bars:
            luma[
                round(top + y0 * height) : round(top + y1 * height), round(left + x0 * width) : round(left + x1 * width)
            ] = 235


def _read(gray: Any, size: float, row: float, count: int) -> str:
    """What stands in ``count`` cells; ``?`` for what is no glyph, dots read as spaces."""
    height, width = gray.shape[:2]
    text = ""
    for column in range(count):
        left, top, cell_width, cell_height = _cell(width, size, row, column)
        bits = 0
        for number, (x, y) in enumerate(_PROBES):
            at_x, at_y = int(left + x * cell_width), int(top + y * cell_height)
            reach = max(1, int(cell_width * 0.04))
            patch = gray[max(0, at_y - reach) : min(height, at_y + reach + 1), at_x - reach : at_x + reach + 1]
            bits |= (float(patch.mean()) > 125) << number
        text += _GLYPHS.get(bits, "?")
    return text


def read_clock(gray: Any) -> float:
    """The burnt-in time, as seconds since 1970 UTC cut to a tenth, read from a gray picture (2-D array, 0 to 255).

    Raises ValueError saying what was read when that is no time.
    """
    text = _read(gray, 1.0, 0.3, _CLOCK_LENGTH)
    form = "dddd-dd-dd dd dd dd d"
    for wanted, glyph in zip(form, text, strict=True):
        if (wanted == "d") != glyph.isdigit() or (wanted == "-" and glyph != "-"):
            raise ValueError(f"test card: no clock in this picture; read {text!r}")
    moment = datetime.strptime(f"{text[:10]} {text[11:19].replace(' ', ':')} +0800", f"{_CLOCK_FORM} %z")
    return moment.timestamp() + int(text[20]) / 10


def read_label(gray: Any) -> str:
    """The label as drawn: small letters, digits and dashes; ``_`` for what has no glyph."""
    return _read(gray, _LABEL_SIZE, 2.3, _LABEL_LENGTH).rstrip()
