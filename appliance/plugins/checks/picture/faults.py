"""Injections: what each fault of a camera does to a picture, as the proofs and the evaluation make it. Pure.

Every function takes a picture and the number of the look since the fault began. ``strength`` 1.0 is about where a
person calls it a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.api import Picture

__all__ = ["FAULTS", "Spoil"]

Spoil = Callable[[Picture, int, float], Picture]
Plane = NDArray[np.uint8]


def _even(picture: Picture, luma: int, cb: int = 128, cr: int = 128) -> Picture:
    """One colour all over."""
    chroma = picture.cb.shape
    return replace(
        picture,
        luma=np.full(picture.luma.shape, luma, np.uint8),
        cb=np.full(chroma, cb, np.uint8),
        cr=np.full(chroma, cr, np.uint8),
    )


def _bytes(plane: Any) -> Plane:
    clipped: Plane = np.clip(plane, 0, 255).astype(np.uint8)
    return clipped


def _planes(picture: Picture, change: Callable[[Plane, int], NDArray[Any]]) -> Picture:
    """``change(plane, scale)`` on each plane; scale 1 for luma, 2 for the others."""
    return replace(
        picture,
        luma=_bytes(change(picture.luma, 1)),
        cb=_bytes(change(picture.cb, 2)),
        cr=_bytes(change(picture.cr, 2)),
    )


def black(picture: Picture, number: int, strength: float) -> Picture:
    return _even(picture, 16)


def white(picture: Picture, number: int, strength: float) -> Picture:
    return _even(picture, 235)


def blue(picture: Picture, number: int, strength: float) -> Picture:
    """What a converter shows without a signal."""
    return _even(picture, 41, 240, 110)


def dark(picture: Picture, number: int, strength: float) -> Picture:
    """What is left of an office when its lamps fail: a seventh of the light, and the camera's noise."""
    luma = 16 + (picture.luma.astype(np.float32) - 16) / (7 * strength)
    return replace(picture, luma=_bytes(np.minimum(luma, 48) + _grain(picture, number, 1.5)))


def blown(picture: Picture, number: int, strength: float) -> Picture:
    return replace(picture, luma=_bytes(picture.luma.astype(np.float32) * (1 + 2.5 * strength) + 60 * strength))


def colourless(picture: Picture, number: int, strength: float) -> Picture:
    return _planes(picture, lambda plane, scale: plane if scale == 1 else np.full_like(plane, 128))


def cast(picture: Picture, number: int, strength: float) -> Picture:
    """The pink of a camera whose infrared filter stayed open."""
    return replace(
        picture,
        cb=_bytes(picture.cb.astype(np.float32) + 10 * strength),
        cr=_bytes(picture.cr.astype(np.float32) + 20 * strength),
    )


def covered(picture: Picture, number: int, strength: float) -> Picture:
    """A cloth before the lens: soft shades, no edge."""
    height, width = picture.luma.shape
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    shade = 90 + 25 * np.sin(across / width * 4 + number * 0.1) + 20 * down / height
    hidden = across < width * min(1.0, 0.8 * strength)
    luma = np.where(hidden, shade + _grain(picture, number, 2.0), picture.luma)
    half = cv2.resize(hidden.astype(np.uint8), picture.cb.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return replace(
        picture, luma=_bytes(luma), cb=np.where(half, 122, picture.cb).astype(np.uint8),
        cr=np.where(half, 134, picture.cr).astype(np.uint8),
    )  # fmt: skip


def sprayed(picture: Picture, number: int, strength: float) -> Picture:
    """Paint: ragged blots of one colour over most of the lens."""
    height, width = picture.luma.shape
    random = np.random.default_rng(5)
    blots = cv2.resize(random.random((9, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    painted = blots < 0.35 + 0.35 * strength
    half = cv2.resize(painted.astype(np.uint8), picture.cb.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    luma = np.where(painted, 70 + _grain(picture, number, 1.0), picture.luma)
    return replace(
        picture, luma=_bytes(luma), cb=np.where(half, 110, picture.cb).astype(np.uint8),
        cr=np.where(half, 175, picture.cr).astype(np.uint8),
    )  # fmt: skip


def dirty(picture: Picture, number: int, strength: float) -> Picture:
    """Drops and dust: patches that are milky and without detail."""
    height, width = picture.luma.shape
    mask = np.zeros((height, width), np.float32)
    random = np.random.default_rng(11)
    for across, down in zip(random.random(9), random.random(9), strict=True):
        at = (int(across * width), int(down * height))
        cv2.circle(mask, at, int(width * 0.085 * strength**0.5), 1.0, -1)
    spread, soft = _softened(mask, width / 120), _softened(picture.luma.astype(np.float32), width / 30)
    return replace(picture, luma=_bytes(picture.luma * (1 - spread) + (soft * 0.6 + 60) * spread))


def _softened(plane: NDArray[Any], spread: float) -> NDArray[Any]:
    """A blur of many pixels, which is as good made at a quarter of the size."""
    small = cv2.resize(plane, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), spread / 4), plane.shape[::-1], interpolation=cv2.INTER_LINEAR)


def blurred(picture: Picture, number: int, strength: float) -> Picture:
    """Nobody sees less than 0.8 pixels of it, however small the picture."""
    spread = max(0.8, picture.luma.shape[1] / 400) * strength
    return _planes(picture, lambda plane, scale: cv2.GaussianBlur(plane, (0, 0), spread / scale))


def moved(picture: Picture, number: int, strength: float) -> Picture:
    height, width = picture.luma.shape
    return _warped(picture, np.array([[1, 0, 0.05 * strength * width], [0, 1, 0.03 * strength * height]]))


def turned(picture: Picture, number: int, strength: float) -> Picture:
    height, width = picture.luma.shape
    return _warped(picture, cv2.getRotationMatrix2D((width / 2, height / 2), 10 * strength, 1.0))


def upside_down(picture: Picture, number: int, strength: float) -> Picture:
    return _planes(picture, lambda plane, scale: plane[::-1, ::-1])


def _warped(picture: Picture, matrix: NDArray[Any]) -> Picture:
    def change(plane: Plane, scale: int) -> NDArray[Any]:
        scaled = matrix.astype(np.float64).copy()
        scaled[:, 2] /= scale
        size = (plane.shape[1], plane.shape[0])
        return cv2.warpAffine(plane, scaled, size, borderMode=cv2.BORDER_REFLECT)

    return _planes(picture, change)


def noise(picture: Picture, number: int, strength: float) -> Picture:
    return replace(picture, luma=_bytes(picture.luma + _grain(picture, number, 25 * strength)))


def snow(picture: Picture, number: int, strength: float) -> Picture:
    random = np.random.default_rng(number)
    luma = random.integers(0, 256, picture.luma.shape, np.uint8)
    return replace(picture, luma=luma, cb=np.full_like(picture.cb, 128), cr=np.full_like(picture.cr, 128))


def _grain(picture: Picture, number: int, levels: float) -> NDArray[Any]:
    random = np.random.default_rng(number * 1000 + picture.at_ns % 1000)
    return random.normal(0, levels, picture.luma.shape).astype(np.float32)


def stripes(picture: Picture, number: int, strength: float) -> Picture:
    """Bars that wander down the picture, as a lamp's beat or a bad earth makes them."""
    height = picture.luma.shape[0]
    rows = np.arange(height) / height
    wave = 14 * strength * np.sin(2 * np.pi * (7 * rows + 0.37 * number))
    return replace(picture, luma=_bytes(picture.luma + wave[:, None]))


def flicker(picture: Picture, number: int, strength: float) -> Picture:
    """Called for the pictures of one look in turn: each other one is darker."""
    factor = 1 - 0.12 * strength * (picture.at_ns // 40_000_000 % 2)
    return replace(picture, luma=_bytes(picture.luma * factor))


def blocks(picture: Picture, number: int, strength: float) -> Picture:
    """Macroblocks that lost their place and others that stayed gray."""
    random = np.random.default_rng(number + 3)
    luma = picture.luma.copy()
    down, across = luma.shape[0] // 16, luma.shape[1] // 16
    for _ in range(int(down * across * 0.25 * strength)):
        row, column, other, further = (int(random.integers(0, most)) for most in (down, across, down, across))
        place = np.s_[row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
        luma[place] = picture.luma[other * 16 : other * 16 + 16, further * 16 : further * 16 + 16]
    return replace(picture, luma=luma)


FAULTS: dict[str, tuple[str, Spoil]] = {
    "black": ("picture-black", black),
    "white": ("picture-white", white),
    "blue": ("picture-flat", blue),
    "dark": ("picture-dark", dark),
    "blown": ("picture-blown", blown),
    "colourless": ("picture-colourless", colourless),
    "cast": ("picture-cast", cast),
    "covered": ("picture-covered", covered),
    "sprayed": ("picture-covered", sprayed),
    "dirty": ("picture-dirty", dirty),
    "blurred": ("picture-blurred", blurred),
    "moved": ("picture-moved", moved),
    "turned": ("picture-rotated", turned),
    "upside_down": ("picture-rotated", upside_down),
    "noise": ("picture-noise", noise),
    "snow": ("picture-noise", snow),
    "stripes": ("picture-stripes", stripes),
    "flicker": ("picture-flicker", flicker),
    "blocks": ("picture-broken", blocks),
}
"""By name: the fault's code and what makes it."""
