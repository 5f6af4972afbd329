"""The time that a camera writes on its picture: read in any face that comes apart, else not known (domain 2.6)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from appliance.api import PictureVitals, Sign, local_time
from appliance.plugins.checks.picture.clock import look
from appliance.selftest.healthy_samples import healthy

SETTINGS = {"off_seconds": 2.0}
BEGIN_NS = 1_790_000_000 * 10**9
LOOK: PictureVitals = healthy("picture", 1, size=(960, 540))[0]  # type: ignore[assignment]
Luma = NDArray[np.uint8]
Draw = Callable[[Luma, datetime], Luma]


def in_face(face: int, size: float, broad: int, *, form: str = "%Y-%m-%d %H:%M:%S", dark: bool = False) -> Draw:
    def draw(luma: Luma, at: datetime) -> Luma:
        for shade, width in ((235 if dark else 16, broad + 3), (16 if dark else 235, broad)):
            cv2.putText(luma, at.strftime(form), (14, 60), face, size, shade, width, cv2.LINE_AA)
        return luma

    return draw


def in_outlines(luma: Luma, at: datetime) -> Luma:
    """In a face of the PIL's, of letters that differ in breadth, below in the picture."""
    image = Image.fromarray(luma)
    font = ImageFont.load_default(26)
    ImageDraw.Draw(image).text((500, 490), at.strftime("%H:%M:%S"), 235, font, stroke_width=3, stroke_fill=16)
    return np.asarray(image)


def white_on_white(luma: Luma, at: datetime) -> Luma:
    luma[:100] = 235
    return in_face(cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)(luma, at) | np.uint8(235)


def seen(
    draw: Draw | None,
    off: Callable[[int], float],
    looks: int = 44,
    *,
    every: float = 20.3,
    memory: dict[str, Any] | None = None,
) -> list[Sign]:
    """What is said at each look, of a camera whose clock is ``off`` so many seconds at the n-th."""
    luck, memory, said = random.Random(7), {} if memory is None else memory, []
    for number in range(looks):
        at_ns = BEGIN_NS + round((number * every + luck.uniform(-0.2, 0.2)) * 1e9)
        luma = LOOK.picture.luma.copy()
        if draw is not None:
            luma = draw(luma, local_time(at_ns + round(off(number) * 1e9)))
        coded = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
        picture = replace(
            LOOK.picture, at_ns=at_ns, luma=np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
        )
        said += look(replace(LOOK, picture=picture), SETTINGS, memory)
    return said


FACES: dict[str, Draw] = {
    "plain": in_face(cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2),
    "bold": in_face(cv2.FONT_HERSHEY_DUPLEX, 1.0, 2, form="%H:%M:%S %d/%m/%Y"),
    "serifs": in_face(cv2.FONT_HERSHEY_TRIPLEX, 1.0, 2),
    "dark": in_face(cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2, dark=True),
    "outlines": in_outlines,
}


@pytest.mark.parametrize("face", FACES)
def test_a_clock_that_is_right_is_well_and_one_that_is_off_is_found_by_how_much(face: str) -> None:
    well = seen(FACES[face], lambda number: 0.0)
    assert well
    assert not [sign for sign in well if sign.wrong]
    off = seen(FACES[face], lambda number: 90.0)
    assert off
    assert all(sign.wrong and abs(sign.value - 90) < 1.5 and sign.note == "it runs ahead" for sign in off)


def test_a_thin_one_that_compression_broke_is_read_right_or_not_at_all() -> None:
    thin = in_face(cv2.FONT_HERSHEY_SIMPLEX, 0.7, 1)
    assert all(abs(sign.value - 90) < 1.5 for sign in seen(thin, lambda number: 90.0))


def test_a_clock_that_goes_off_later_is_found_with_the_digits_that_were_learnt() -> None:
    said = seen(FACES["plain"], lambda number: 0.0 if number < 34 else -6.0, 50)
    assert not said[0].wrong
    assert (said[-1].wrong, said[-1].note) == (True, "it runs behind")
    assert abs(said[-1].value - 6) < 1.5
    assert [sign.wrong for sign in said] == sorted(sign.wrong for sign in said), "once it is wrong it stays so"


def test_key_frames_that_always_fall_on_the_same_seconds_are_enough() -> None:
    """A key frame every two seconds and a look every twenty, as is usual: the minutes show what the seconds do not."""
    said = seen(FACES["plain"], lambda number: 90.5, 60, every=20.0)
    assert said
    assert all(sign.wrong and abs(sign.value - 90) < 1.5 for sign in said)


def test_one_look_that_says_another_time_is_not_told_and_the_next_that_says_the_same_is() -> None:
    well = seen(FACES["plain"], lambda number: 0.0, 50)
    once = seen(FACES["plain"], lambda number: -40.0 if number == 40 else 0.0, 50)
    assert len(once) == len(well) - 1
    assert not [sign for sign in once if sign.wrong]
    twice = seen(FACES["plain"], lambda number: -40.0 if number in (40, 41) else 0.0, 50)
    assert [sign.wrong for sign in twice].count(True) == 1


def test_a_clock_that_stands_is_found_by_how_far_it_has_fallen_behind() -> None:
    said = seen(FACES["plain"], lambda number: -20.3 * max(0, number - 36), 48)
    assert [sign.wrong for sign in said] == sorted(sign.wrong for sign in said)
    assert abs(said[-1].value - 20.3 * 11) < 1.5


def test_a_clock_that_goes_along_when_the_date_before_it_gets_longer_is_read_on() -> None:
    memory: dict[str, Any] = {}
    short, longer = (in_face(cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2, form=form) for form in ("%H:%M:%S", "9 %H:%M:%S"))
    assert seen(short, lambda number: 0.0, 36, memory=memory)
    assert len(seen(longer, lambda number: 0.0, 6, memory=memory)) == 6


def test_a_clock_that_is_written_elsewhere_from_then_on_is_found_again() -> None:
    memory: dict[str, Any] = {}
    assert seen(FACES["plain"], lambda number: 0.0, 30, memory=memory)
    assert seen(in_outlines, lambda number: 90.0, 130, memory=memory)[-1].wrong


@pytest.mark.parametrize(
    "draw",
    [None, white_on_white, in_face(cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2, form="%H %M %S"),
     in_face(cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2, form="%I:%M:%S PM"), in_face(cv2.FONT_HERSHEY_SIMPLEX, 0.25, 1),
     in_face(cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2, form="12:34:56")],
    ids=["none", "white on white", "without colons", "of twelve hours", "too small", "that stands"],
)  # fmt: skip
def test_what_cannot_be_read_is_not_known_and_no_finding(draw: Draw | None) -> None:
    assert not [sign for sign in seen(draw, lambda number: 0.0, 33) if sign.wrong]


def test_another_picture_size_begins_anew() -> None:
    memory: dict[str, Any] = {}
    assert seen(FACES["plain"], lambda number: 0.0, 30, memory=memory)
    smaller = replace(LOOK.picture, luma=LOOK.picture.luma[::2, ::2])
    assert list(look(replace(LOOK, picture=smaller), SETTINGS, memory)) == []
    assert "digits" not in memory
