"""The table of quirks measures what it says: a recording with a fault has less, and a peer that has more is better."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.quirks.camera import Camera
from tests.quirks.catalogue import QUIRKS
from tests.quirks.measure import Measure, measured, verdict
from tests.quirks.media import FPS, Film, kind_of
from tests.quirks.page import Claim, claims, page, verdicts
from tests.quirks.readers import Run
from tests.quirks.recording import Recorded, Segment
from tests.quirks.script import Script
from tests.quirks.table import Row

LAST = 29
CODE = b"\x00\x00\x00\x01"
WHOLE = Measure(1.0, 1.0, 1.0, order=True, sound=1.0, strange=0, starts=1, said="")


@pytest.fixture
def camera() -> Iterator[Camera]:
    with Camera(Script()) as camera:
        camera.sent = [(number, 1) for number in range(LAST + 1)]
        yield camera


def _recorded(whole: Film, number: int, *, sets: bool = True, shown: int | None = None) -> Recorded:
    picture = whole.pictures[number]
    units = tuple(unit for unit in picture.units if sets or kind_of("h264", unit) not in (7, 8))
    return Recorded(units, CODE + CODE.join(units), (picture.shown if shown is None else shown) / FPS, b"")


def _measured(camera: Camera, pictures: list[Recorded]) -> Measure:
    return measured(camera, Run([Segment("h264", pictures)], "", 1), last=LAST)


def test_a_whole_recording_has_everything(camera: Camera) -> None:
    found = _measured(camera, [_recorded(camera.film, number) for number in range(LAST + 1)])
    assert found == Measure(1.0, 1.0, 1.0, order=True, sound=None, strange=0, starts=1, said="")


def test_a_picture_that_is_missing_or_altered_is_not_whole(camera: Camera) -> None:
    pictures = [_recorded(camera.film, number) for number in range(LAST + 1)]
    altered = pictures[7].units[-1][:-1] + bytes((pictures[7].units[-1][-1] ^ 4,))
    pictures[7] = pictures[7].__class__((altered,), CODE + altered, pictures[7].pts, b"")
    del pictures[13]
    found = _measured(camera, pictures)
    assert found.complete == found.share == 28 / 30
    assert found.strange == 1


def test_a_key_frame_without_its_sets_does_not_play(camera: Camera) -> None:
    pictures = [_recorded(camera.film, number, sets=number != 10) for number in range(LAST + 1)]
    found = _measured(camera, pictures)
    assert found.complete == 1.0
    assert found.keys == pytest.approx(2 / 3)


def test_pictures_and_times_in_another_order_are_seen(camera: Camera) -> None:
    pictures = [_recorded(camera.film, number) for number in range(LAST + 1)]
    pictures[4], pictures[5] = pictures[5], pictures[4]
    assert not _measured(camera, pictures).order
    pictures = [_recorded(camera.film, number, shown=3 if number == 9 else None) for number in range(LAST + 1)]
    assert not _measured(camera, pictures).order


def test_what_the_camera_spoils_itself_is_not_asked_for(camera: Camera) -> None:
    camera.damaged = {5}
    pictures = [_recorded(camera.film, number) for number in range(LAST + 1) if number != 5]
    assert _measured(camera, pictures).complete == 1.0


LESS = [
    WHOLE._replace(share=0.9),
    WHOLE._replace(complete=0.97),
    WHOLE._replace(keys=0.9),
    WHOLE._replace(order=False),
    WHOLE._replace(sound=0.5),
]


@pytest.mark.parametrize("less", LESS)
def test_who_has_more_of_anything_is_better(less: Measure) -> None:
    assert verdict(less, WHOLE, less) == "ffmpeg better"
    assert verdict(less, less, WHOLE) == "gst better"
    assert verdict(WHOLE, less, less) == "ours better"
    assert verdict(WHOLE, WHOLE, less) == verdict(WHOLE, WHOLE, WHOLE) == "same"


def test_the_page_says_of_each_row_what_was_measured_and_with_which_reader() -> None:
    less = WHOLE._replace(complete=0.5, order=False, sound=None)
    rows = [
        Row(quirk, {"ours": less if number == 1 else WHOLE, "ffmpeg": WHOLE, "gst": WHOLE}, f"reader{number == 1:d}")
        for number, quirk in enumerate(QUIRKS.values())
    ]
    text = page(rows, {"ffmpeg": "ffmpeg 7", "gst": "gst 1"})
    name = rows[1].quirk.name
    assert claims(text)[name] == Claim(whole=50, keys=100, sound=None, order=False)
    assert claims(text)[rows[0].quirk.name] == Claim(whole=100, keys=100, sound=100, order=True)
    assert verdicts(text)[name] == "ffmpeg better"
    assert f"to `reader1` in these rows: `{name}`" in text


def test_a_peer_that_has_more_of_one_thing_and_less_of_another_is_better() -> None:
    assert verdict(WHOLE._replace(keys=0.5), WHOLE._replace(share=0.5), WHOLE._replace(share=0.1)) == "ffmpeg better"
