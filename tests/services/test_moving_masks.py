"""A mask that moves, in a viewing and in the copy on a medium: what it follows is in no picture that leaves (T-26)."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from appliance.core.motion import swept
from appliance.rules.cases.masks import Mask
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.maskbook import DrawnMask
from tests.sandbox.films import FPS
from tests.sandbox.moving import GONE, HEIGHT, PICTURES, WIDTH, followed, moving
from tests.services.test_copy_masks import at, greys, packed
from tests.services.viewing import NOON_NS, Office

SECOND_NS = 1_000_000_000
EDGES = ("left", "top", "right", "bottom")
CODECS = [("h264", 0), ("h264", 3), ("hevc", 0), ("hevc", 3)]
Grey = np.ndarray[Any, np.dtype[np.uint8]]


def following(number: int = 1) -> Mask:
    positions = followed(NOON_NS)
    first, last = positions[0].at_ns, positions[-1].at_ns
    left, top, right, bottom = swept(positions, first, last)
    return Mask(
        number=number, camera_no="C1", start_ns=first, end_ns=last, left=left, top=top, right=right, bottom=bottom,
        positions=positions,
    )  # fmt: skip


def by_ffmpeg(mp4: bytes, folder: Path) -> list[Grey]:
    """Every picture as ffmpeg decodes it."""
    (folder / "shown.mp4").write_bytes(mp4)
    command = ["ffmpeg", "-v", "error", "-i", folder / "shown.mp4", "-map", "0:v", "-fps_mode", "passthrough"]
    done = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True)
    assert done.stderr == b""
    return list(np.frombuffer(done.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH))


def shown(office: Office, grant: Grant, seconds: float, folder: Path) -> list[Grey]:
    """All that a player fetches, one response after another."""
    found: list[Grey] = []
    start_ns: int | None = NOON_NS
    while start_ns is not None and start_ns < at(4):
        media = office.playback.media(grant, "C1", start_ns, seconds)
        found += by_ffmpeg(b"".join(media.blocks), folder)
        start_ns = media.next_ns
    return found


def black(grey: Grey) -> int:
    return int((grey < 40).sum())


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
@pytest.mark.parametrize("seconds", [0.8, 10])
def test_T_26_ffmpeg_finds_nothing_of_what_a_mask_follows_in_any_picture_of_a_viewing(
    codec: str, b_frames: int, seconds: float, tmp_path: Path
) -> None:
    office = Office()
    office.record_film(moving(codec, b_frames), NOON_NS)
    bare = office.view(NOON_NS, at(4))
    assert all(int(grey.max()) > 200 for grey in shown(office, bare, 10, tmp_path))
    grant = office.view(NOON_NS, at(4))
    grant.masks = (following(),)
    pictures = shown(office, grant, seconds, tmp_path)
    assert len(pictures) >= PICTURES, "all of them, and some twice: each response begins at a key picture"
    assert [number for number, grey in enumerate(pictures) if int(grey.max()) > GONE] == []
    assert np.median([black(grey) for grey in pictures]) < WIDTH * HEIGHT / 3, "what is not of it is seen"


def test_T_26_a_key_picture_of_a_viewing_is_covered_where_the_mask_is_then() -> None:
    office = Office()
    office.record_film(moving("h264"), NOON_NS)
    grant = office.view(NOON_NS, at(4))
    bare = [_jpeg(office, grant, seconds) for seconds in (0.1, 1.6, 3.1)]
    grant.masks = (following(),)
    for without, seconds in zip(bare, (0.1, 1.6, 3.1), strict=True):
        grey = _jpeg(office, grant, seconds)
        assert int(without.max()) > 200
        assert int(grey.max()) <= GONE, seconds
        assert black(grey) < WIDTH * HEIGHT / 4, seconds


def _jpeg(office: Office, grant: Grant, seconds: float) -> Grey:
    picture = Image.open(io.BytesIO(office.playback.key(grant, "C1", at(seconds)).jpeg))
    return np.asarray(picture.convert("L"))


@pytest.mark.parametrize(("codec", "b_frames"), CODECS)
def test_T_26_ffmpeg_finds_nothing_of_what_a_mask_follows_in_the_masked_copy(
    codec: str, b_frames: int, tmp_path: Path
) -> None:
    drawn = DrawnMask(following(), 71, "ab" * 32)
    _, (file, _) = packed(moving(codec, b_frames), tmp_path, drawn)
    pictures = greys(tmp_path / file.name, [(WIDTH, HEIGHT)] * PICTURES)
    assert [number for number, grey in enumerate(pictures) if int(grey.max()) > GONE] == []
    assert max(map(black, pictures)) < WIDTH * HEIGHT / 3


def test_T_26_the_manifest_says_where_a_mask_was_and_when(tmp_path: Path) -> None:
    drawn = DrawnMask(following(), 71, "ab" * 32)
    packed(moving("h264"), tmp_path, drawn)
    (mask,) = json.loads((tmp_path / "manifest.json").read_bytes())["files"][0]["masked"]["masks"]
    assert mask["pictures"] == PICTURES
    told = [[each["at"]["ns"], *(each[edge] for edge in EDGES)] for each in mask["positions"]]
    assert told == [[each.at_ns, *each.rectangle] for each in drawn.mask.positions]
    assert [mask[edge] for edge in EDGES] == [20, 10, 990, 980], "all that it ever covers"


def test_T_26_behind_a_lost_packet_all_that_it_swept_is_covered_in_the_masked_copy(tmp_path: Path) -> None:
    made = moving("h264")
    lost = next(each for each in made.packets if each.pts == 17 * 90_000 // FPS)
    spoilt = made._replace(packets=tuple(each for each in made.packets if each is not lost))
    _, (file, _) = packed(spoilt, tmp_path, DrawnMask(following(), 71, "ab" * 32))
    with av.open(str(tmp_path / file.name)) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(pictures) == PICTURES - 1
    assert [number for number, grey in enumerate(pictures) if int(grey.max()) > GONE] == []
