"""What is covered is gone from what leaves the darkroom: the right pixels, in the right pictures, and no others."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image

from appliance.sandbox.covering import covered
from appliance.sandbox.mux import Response
from appliance.sandbox.picture import draw
from appliance.sandbox.protocol import CoveredArea, Opening, PictureOrder
from tests.sandbox.films import FPS, HEIGHT, WIDTH, film, numbers, probe, read
from tests.sandbox.test_mux import ORIGIN_NS, SECOND_NS, samples_of

FIRST = 0x5A5A
"""Both halves of the picture have bars of both colours."""


def area(first: float = 0, last: float = 1e6, **rectangle: int) -> CoveredArea:
    """The left half of the picture, where the lower eight bits of its number stand; times in seconds of the film."""
    whole = {"left": 0, "top": 0, "right": 500, "bottom": 1000} | rectangle
    times = {"start_ns": ORIGIN_NS + round(first * SECOND_NS), "end_ns": ORIGIN_NS + round(last * SECOND_NS)}
    return CoveredArea(**times, **whole)


def made_of(codec: str, *areas: CoveredArea, b_frames: int = 0) -> bytes:
    made = film(4, codec=codec, first=FIRST, sound="aac", b_frames=b_frames)
    opening = Opening(
        streams=made.streams, origin_ns=ORIGIN_NS, video_codecs=("h264", "hevc"), covered=areas
    )  # both play as they are
    response = Response(opening)
    samples = samples_of(made)
    blocks = [response.push(samples[at : at + 9]) for at in range(0, len(samples), 9)]
    mp4 = b"".join(block.data for block in (*blocks, response.finish()))
    assert probe(mp4) == ""
    return mp4


@pytest.mark.parametrize(("codec", "b_frames"), [("h264", 0), ("h264", 2), ("hevc", 0), ("mjpeg", 0)])
def test_every_picture_of_the_time_is_covered_and_no_other(codec: str, b_frames: int) -> None:
    shown = read(made_of(codec, area(1.0, 2.5), b_frames=b_frames))
    expected = [
        number & 0xFF00 if 10 <= place < 25 else number for place, number in enumerate(range(FIRST, FIRST + 4 * FPS))
    ]
    assert numbers(shown.pictures) == expected
    assert [round(later - time, 3) for (time, _), (later, _) in pairwise(shown.pictures)] == [0.1] * 39
    assert shown.sound, "what was said stays"


@pytest.mark.parametrize(("codec", "b_frames"), [("h264", 0), ("h264", 2), ("hevc", 0), ("mjpeg", 0)])
@pytest.mark.parametrize("moment", [0.0, 1.55, 1.7, 3.85, 9.0])
def test_the_first_picture_is_the_one_that_stands_where_it_is_to_begin(
    codec: str, b_frames: int, moment: float
) -> None:
    """What is covered is so from the first on; one that comes after the last is the last."""
    made = film(4, codec=codec, first=FIRST, sound="aac", b_frames=b_frames)
    opening = Opening(
        streams=made.streams, origin_ns=ORIGIN_NS, covered=(area(1, 2.5),),
        from_ns=ORIGIN_NS + round(moment * SECOND_NS) + 1000,
    )  # fmt: skip
    response, samples = Response(opening), samples_of(made)
    blocks = [response.push(samples[at : at + 3]) for at in range(0, len(samples), 3)]
    shown = read(b"".join(block.data for block in (*blocks, response.finish())))
    first = min(int(moment * FPS), 4 * FPS - 1)
    assert numbers(shown.pictures) == [
        number & 0xFF00 if 10 <= place < 25 else number
        for place, number in enumerate(range(FIRST, FIRST + 4 * FPS))
        if place >= first
    ]
    assert shown.pictures[0][0] == pytest.approx(first / FPS, abs=0.002)
    assert all(time > first / FPS - 0.1 for time in shown.sound), "its sound begins with it"


def test_nothing_of_what_lies_under_it_is_left_in_a_single_pixel() -> None:
    mp4 = made_of("h264", area(left=250, top=200, right=750, bottom=600))
    with av.open(io.BytesIO(mp4)) as container:
        for frame in container.decode(video=0):
            grey = frame.to_ndarray(format="gray")
            inside = grey[HEIGHT * 2 // 10 : HEIGHT * 6 // 10, WIDTH // 4 : WIDTH * 3 // 4]
            assert int(inside.max()) <= 24, "black, but for what the encoder rounds"
            assert int(grey[: HEIGHT * 2 // 10 - 8].max()) > 150, "the rest is as it was"


def test_two_areas_at_once_and_one_after_the_other() -> None:
    left, right = area(1, 3), area(2, 4, left=500, right=1000)
    shown = numbers(read(made_of("h264", left, right)).pictures)
    numbered = list(enumerate(range(FIRST, FIRST + 4 * FPS)))
    assert shown == [
        number & (0xFF00 if 10 <= place < 30 else 0xFFFF) & (0x00FF if place >= 20 else 0xFFFF)
        for place, number in numbered
    ]


@pytest.mark.parametrize(
    ("size", "rectangle", "black"),
    [
        ((64, 64), (0, 0, 500, 500), (slice(0, 32), slice(0, 32))),
        ((64, 64), (1, 1, 16, 16), (slice(0, 2), slice(0, 2))),
        ((64, 64), (985, 985, 1000, 1000), (slice(62, 64), slice(62, 64))),
        ((66, 50), (333, 333, 667, 667), (slice(16, 34), slice(20, 46))),
        ((65, 49), (0, 0, 1000, 1000), (slice(0, 48), slice(0, 64))),
    ],
)
def test_an_edge_goes_out_to_whole_pixels_of_colour(
    size: tuple[int, int], rectangle: tuple[int, int, int, int], black: tuple[slice, slice]
) -> None:
    frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 200, np.uint8), format="rgb24")
    left, top, right, bottom = rectangle
    made = covered(frame, [area(left=left, top=top, right=right, bottom=bottom)])
    grey = made.to_ndarray(format="gray")
    assert made.to_ndarray(format="rgb24")[black].max() < 4, "its colour, too"
    assert (grey[black] <= 4).all()
    grey[black] = 255
    assert (grey > 150).all(), "and nothing beside it"


def test_the_picture_from_which_later_ones_are_decoded_is_left_as_it_is() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((96, 64), 120, np.uint8), format="yuv420p")
    before = frame.to_ndarray().copy()
    assert covered(frame, [area()]) is not frame
    assert (frame.to_ndarray() == before).all()
    assert covered(frame, []) is frame


def _filled(form: str, size: tuple[int, int], rectangle: tuple[int, int, int, int], seed: int) -> av.VideoFrame:
    """Noise in every sample; of those that lie within the rectangle alone, by ``seed``."""
    frame = av.VideoFrame(*size, form)
    left, top, right, bottom = rectangle
    for component in frame.format.components:
        plane = frame.planes[component.plane]
        bits, form_of = component.bits, np.uint16 if component.bits > 8 else np.uint8
        samples = np.frombuffer(plane, form_of).reshape(plane.height, -1)[:, : plane.width]
        samples[:] = np.random.default_rng(component.plane).integers(16 << bits - 8, 235 << bits - 8, samples.shape)
        down, across = -(-size[1] // plane.height), -(-size[0] // plane.width)
        edges = (top * size[1] / 1000, bottom * size[1] / 1000), (left * size[0] / 1000, right * size[0] / 1000)
        (rows, columns) = (
            slice(int(first // step), -int(-last // step))
            for (first, last), step in zip(edges, (down, across), strict=True)
        )
        inside = samples[rows, columns]
        inside[:] = np.random.default_rng(seed).integers(16 << bits - 8, 235 << bits - 8, inside.shape)
    return frame


@pytest.mark.parametrize("size", [(64, 64), (65, 49), (322, 182)])
@pytest.mark.parametrize(
    "form",
    [
        "yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuv411p", "yuvj440p", "yuv420p10le", "yuv422p12le",
        "gray", "gray10le", "gbrp", "gbrp10le",
    ],
)  # fmt: skip
def test_T_26_not_a_sample_at_the_edge_is_mixed_into_what_lies_beside_it(form: str, size: tuple[int, int]) -> None:
    """Neither where a format is converted nor where a picture is made even, or smaller."""
    rectangle = (313, 287, 741, 803)
    hidden = area(left=313, top=287, right=741, bottom=803)
    one, other = (covered(_filled(form, size, rectangle, seed), [hidden]) for seed in (1, 2))
    assert (one.to_ndarray() == other.to_ndarray()).all()
    assert not (one.to_ndarray() == covered(_filled(form, size, rectangle, 1), [area(right=1)]).to_ndarray()).all()


@pytest.mark.parametrize("width", [0, 160])
def test_a_key_picture_is_covered_before_it_is_made_smaller(width: int) -> None:
    made = film(1, first=0xFFFF)
    order = PictureOrder(stream=made.streams.streams[0], width=width, covered=(area(),))
    picture = np.asarray(Image.open(io.BytesIO(draw(order, made.packets[0].data))).convert("L"))
    middle = picture.shape[1] // 2
    assert picture[:, : middle - 16].max() < 12
    assert picture[:, middle + 16 :].min() > 180
