"""遮蔽版: of minutes that were granted masked no picture leaves but decoded, painted over and encoded anew (T-26)."""

from __future__ import annotations

import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.core.errors import Broken, Unavailable
from appliance.core.model import Span
from appliance.formats.copy_package import verify_copy
from appliance.formats.copy_package.manifest import MediaFile
from appliance.rules.cases.masks import Mask
from appliance.sandbox.protocol import Block, Opening, Sample
from appliance.services.copies.package.masked import Masking
from appliance.services.copies.package.play import Viewers
from appliance.services.viewing.maskbook import DrawnMask
from tests.sandbox.films import FPS, TICKS, Film, film, numbers, read
from tests.sandbox.test_doubt import COMES, GOES, looked_at, someone
from tests.sandbox.test_service import Running
from tests.sandbox.twins import DARK, Picture, Secret, twin
from tests.services.packages import PackageOffice
from tests.services.test_copy_movies import probed
from tests.services.viewing import NOON_NS, LocalViewer

SECOND_NS = 1_000_000_000
BARS = 0x5A5A
"""Both halves of the picture have bars of both colours."""


def at(seconds: float) -> int:
    return NOON_NS + round(seconds * SECOND_NS)


def mask(
    first: float, last: float, rectangle: tuple[int, int, int, int] = (0, 0, 500, 1000), number: int = 1
) -> DrawnMask:
    left, top, right, bottom = rectangle
    drawn = Mask(
        number=number, camera_no="C1", start_ns=at(first), end_ns=at(last), left=left, top=top, right=right,
        bottom=bottom,
    )  # fmt: skip
    return DrawnMask(drawn, 70 + number, hashlib.sha256(bytes([number])).hexdigest())


def local() -> LocalViewer:
    return LocalViewer([])


def packed(
    made: Film, folder: Path, *masks: DrawnMask, seconds: float = 4, viewers: Viewers | None = local, **more: Any
) -> tuple[PackageOffice, tuple[MediaFile, ...]]:
    """The files of a package of ``made``, all of which was to be masked."""
    office = PackageOffice()
    office.record_film(made, NOON_NS)
    office.masking = {"C1": Masking((Span(NOON_NS, at(seconds)),), masks)}
    return office, office.folder(office.view(NOON_NS, at(seconds)), folder, viewers=viewers, **more).files


def greys(path: Path, sizes: Sequence[tuple[int, int]]) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """What ffmpeg makes of a file: the brightness of every picture, each of its own size."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-noautoscale", "-fps_mode", "passthrough"]
    done = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True)
    assert done.stderr == b""
    ends = list(itertools.accumulate((width * height for width, height in sizes), initial=0))
    assert len(done.stdout) == ends[-1], "as many pictures as were taken, each as large"
    found = np.frombuffer(done.stdout, np.uint8)
    return [
        found[start:end].reshape(height, width)
        for (start, end), (width, height) in zip(itertools.pairwise(ends), sizes, strict=True)
    ]


SMALL, WIDE = (320, 180), (352, 288)
FILMS = {
    "h264": ([SMALL] * 40, Picture()),
    "h264-b": ([SMALL] * 40, Picture(b_frames=3)),
    "hevc": ([SMALL] * 40, Picture("hevc")),
    "hevc-b": ([SMALL] * 40, Picture("hevc", b_frames=3)),
    "mjpeg": ([SMALL] * 40, Picture("mjpeg", "yuvj420p")),
    "odd-h264": ([(321, 181)] * 40, Picture(pixels="yuv444p")),
    "odd-hevc": ([(321, 181)] * 40, Picture("hevc", "yuv444p")),
    "odd-mjpeg": ([(321, 181)] * 40, Picture("mjpeg", "yuvj420p")),
    "10-bit": ([SMALL] * 40, Picture("hevc", "yuv420p10le")),
    "4:2:2": ([SMALL] * 40, Picture(pixels="yuv422p")),
    "cropped": ([(330, 170)] * 40, Picture()),
    "narrow-pixels": ([WIDE] * 40, Picture(shape=Fraction(12, 11))),
    "turned": ([SMALL] * 40, Picture(rotated=True)),
    "interlaced": ([WIDE] * 40, Picture(interlaced=True)),
    "grows-h264": ([SMALL] * 17 + [WIDE] * 23, Picture()),
    "shrinks-hevc": ([WIDE] * 20 + [SMALL] * 20, Picture("hevc")),
    "grows-mjpeg": ([SMALL] * 13 + [WIDE] * 27, Picture("mjpeg", "yuvj420p")),
}
CORNER, MIDDLE = (0, 0, 313, 447), (297, 353, 1000, 803)


@pytest.mark.parametrize("rectangle", [CORNER, MIDDLE], ids=["corner", "middle"])
@pytest.mark.parametrize("name", list(FILMS))
def test_T_26_ffmpeg_finds_every_picture_of_the_masked_time_covered_and_no_other(
    name: str, rectangle: tuple[int, int, int, int], tmp_path: Path
) -> None:
    """By the pixels, to the border, of every picture: over key frames, B-frames and a change of size."""
    sizes, picture = FILMS[name]
    made = twin(sizes, picture, Secret(rectangle, 8, 31, 1))
    _, (file, _) = packed(made, tmp_path, mask(0.8, 3.1, rectangle))
    assert (file.kind, [track.codec for track in file.tracks]) == ("masked", ["h264"])
    even = [(width & ~1, height & ~1) for width, height in sizes]
    for number, grey in enumerate(greys(tmp_path / file.name, even)):
        height, width = grey.shape
        left, top, right, bottom = rectangle
        rows = slice(top * height // 1000, -(-bottom * height // 1000))
        columns = slice(left * width // 1000, -(-right * width // 1000))
        if 8 <= number < 31:
            assert int(grey[rows, columns].max()) <= DARK, f"picture {number}"
        else:
            assert int(grey[rows, columns].min()) > DARK, f"picture {number} is not of the masked time"
        beside = np.ones_like(grey, bool)
        beside[max(0, rows.start - 12) : rows.stop + 12, max(0, columns.start - 12) : columns.stop + 12] = False
        assert int(grey[beside].min()) > DARK, "what is not covered is seen"


def test_T_26_each_picture_of_the_masked_time_is_covered_in_the_copy_and_no_other(tmp_path: Path) -> None:
    """A key picture like any other, from the first to the last."""
    _, (file, _) = packed(film(4, first=BARS, b_frames=2), tmp_path, mask(0.7, 2.9))
    assert numbers(read((tmp_path / file.name).read_bytes()).pictures) == [
        (BARS + number) & (0xFF00 if 7 <= number < 29 else 0xFFFF) for number in range(40)
    ]


@pytest.mark.parametrize("name", list(FILMS))
def test_T_26_nothing_of_what_is_covered_is_in_a_bit_of_the_file(name: str, tmp_path: Path) -> None:
    """Two films that differ under the mask alone: the same file comes out."""
    sizes, picture = FILMS[name]
    found = []
    for seed in (1, 2):
        made = twin(sizes, picture, Secret(MIDDLE, 8, 31, seed))
        _, (file, _) = packed(made, tmp_path / str(seed), mask(0.8, 3.1, MIDDLE))
        assert file.masked is not None
        found.append(((tmp_path / str(seed) / file.name).read_bytes(), file.masked.sha256, file.masked.masks[0].sha256))
    (one, *hashes), (other, *others) = found
    assert one == other
    assert set(hashes).isdisjoint(others), "but what was covered is told apart"


@pytest.mark.parametrize("name", ["interlaced", "h264"])
def test_T_26_both_halves_of_an_interlaced_picture_are_of_the_mask_s_time(name: str, tmp_path: Path) -> None:
    """Picture 8 was taken at 0.8 s; an interlaced one at 0.82 s, too."""
    sizes, picture = FILMS[name]
    _, (file, _) = packed(twin(sizes, picture, Secret(MIDDLE, 0, 0, 1)), tmp_path, mask(0.815, 3.1, MIDDLE))
    grey = greys(tmp_path / file.name, sizes)
    middle = [int(each[each.shape[0] // 2, each.shape[1] * 2 // 3]) for each in grey]
    assert (middle[8] <= DARK) == (name == "interlaced")
    assert middle[7] > DARK >= middle[9]


def test_T_26_the_shape_of_a_pixel_stays_and_nothing_is_turned(tmp_path: Path) -> None:
    sizes, picture = FILMS["narrow-pixels"]
    _, (file, _) = packed(twin(sizes, picture, Secret(MIDDLE, 0, 0, 1)), tmp_path / "1", mask(0, 4, MIDDLE))
    assert probed(tmp_path / "1" / file.name)["streams"][0]["sample_aspect_ratio"] == "12:11"
    sizes, picture = FILMS["turned"]
    _, (file, _) = packed(twin(sizes, picture, Secret(MIDDLE, 0, 0, 1)), tmp_path / "2", mask(0, 4, MIDDLE))
    command = ["ffprobe", "-v", "error", "-show_frames", "-of", "json", tmp_path / "2" / file.name]
    assert b"rotation" not in subprocess.run(command, capture_output=True, check=True).stdout


def test_T_26_the_manifest_has_the_masks_by_their_entries_and_what_was_covered_by_its_hash(tmp_path: Path) -> None:
    """A court that is given the unmasked original finds it by ffmpeg and sha256sum."""
    made = film(4, first=BARS, sound="aac", b_frames=2)
    first, second = mask(1, 2), mask(1.5, 3, (500, 0, 1000, 1000), 2)
    office, (file, captions) = packed(made, tmp_path / "masked", first, second, mask(60, 70, number=3))
    assert (captions.kind, captions.of) == ("captions", file.name)
    assert "遮蔽版" in (tmp_path / "masked" / captions.name).read_text(encoding="utf-8")
    assert file.masked is not None
    assert file.masked.pictures == 40
    assert [(each.number, each.entry, each.entry_sha256, each.pictures) for each in file.masked.masks] == [
        (1, 71, first.entry_sha256, 10), (2, 72, second.entry_sha256, 15)
    ]  # fmt: skip
    assert [(each.minutes.start.ns, each.right) for each in file.masked.masks] == [(at(1), 500), (at(1.5), 1000)]
    assert file.sources, "the sealed segments in which the original lies"
    office.masking = {}
    (original, _) = office.folder(office.view(NOON_NS, at(4)), tmp_path / "bare").files
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "bare" / original.name, "-map", "0:v", "-c", "copy", "-f"]
    said = subprocess.run([*command, "data", "-"], capture_output=True, check=True).stdout
    assert hashlib.sha256(said).hexdigest() == file.masked.sha256
    manifest = json.loads((tmp_path / "masked" / "manifest.json").read_bytes())
    assert manifest["files"][0]["masked"]["masks"][0]["sha256"] == file.masked.masks[0].sha256
    assert manifest["files"][1]["masked"] is None


def test_the_stand_alone_verifier_says_what_was_masked_and_by_which_hashes(tmp_path: Path) -> None:
    _, (file, _) = packed(film(4), tmp_path, mask(1, 2))
    command = [sys.executable, "-I", "-S", verify_copy.__file__, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert file.masked is not None
    assert f"masked       {file.name}: C1, " in said
    assert f"masked and converted: 40 pictures, packets {file.masked.sha256}" in said
    (each,) = file.masked.masks
    assert "mask 1, 2026-09-28 12:00:01.000 +08:00 to 2026-09-28 12:00:02.000 +08:00, entry 71 (" in said
    assert f"({each.entry_sha256}): 10 pictures, packets {each.sha256}" in said
    assert said.endswith("ALL GOOD\n")


def test_T_26_no_packet_of_a_picture_goes_out_as_it_was_recorded_even_where_no_mask_lies(tmp_path: Path) -> None:
    made = film(4, first=BARS, sound="aac")
    _, (file, _) = packed(made, tmp_path)
    data = (tmp_path / file.name).read_bytes()
    for packet in made.packets:
        middle = packet.data[len(packet.data) // 2 :][:24]
        assert (middle in data) == (packet.stream == 1), "sound is not masked"
    assert numbers(read(data).pictures) == list(range(BARS, BARS + 40))
    assert file.masked is not None
    assert (file.masked.pictures, file.masked.masks) == (40, ())


@pytest.mark.parametrize("sound", ["aac", "pcm_alaw", "opus"])
def test_sound_of_masked_minutes_is_kept_as_aac(sound: str, tmp_path: Path) -> None:
    _, (file, _) = packed(film(4, sound=sound), tmp_path, mask(0, 4))
    assert [(track.kind, track.codec) for track in file.tracks] == [("video", "h264"), ("audio", "aac")]
    assert read((tmp_path / file.name).read_bytes()).sound[-1] == pytest.approx(3.9, abs=0.2)
    assert file.left_out == ()


def test_T_26_minutes_apart_that_were_granted_whole_are_there_as_they_were_recorded(tmp_path: Path) -> None:
    """Of the same camera, and of another; minutes that adjoin masked ones are not."""
    office = PackageOffice()
    office.record_film(film(20, first=BARS), NOON_NS)
    office.record_film(film(4, first=BARS), NOON_NS, camera_no="C2")
    grant = office.view(NOON_NS, at(20), "C1", "C2")
    grant.spans["C1"][:] = [Span(NOON_NS, at(4)), Span(at(4), at(6)), Span(at(10), at(14))]
    office.masking = {"C1": Masking((Span(NOON_NS, at(4)),), (mask(1, 2),))}
    files = [each for each in office.folder(grant, tmp_path, viewers=local).files if each.kind != "captions"]
    assert [(each.camera_no, each.kind) for each in files] == [("C1", "masked"), ("C1", "original"), ("C2", "original")]
    assert [each.shows.start.ns for each in files] == [NOON_NS, at(10), NOON_NS]
    assert files[0].masked is not None
    assert files[0].masked.pictures == 60


def test_T_26_without_a_darkroom_nothing_masked_is_packed(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no darkroom"):
        packed(film(4), tmp_path, viewers=None)

    def away() -> LocalViewer:
        raise Unavailable.of("darkroom-silent", name="darkroom.sock", why="x")

    with pytest.raises(Unavailable):
        packed(film(4), tmp_path, viewers=away)


def test_T_26_a_confined_child_covers_what_an_agency_takes_along(tmp_path: Path) -> None:
    """The real one; and where a packet was lost at the end of a mask, the mask stays until the next key picture."""
    made = someone("h264", 0)
    whole = {number: "black" if COMES <= number < GOES else "scene" for number in range(40)}
    expected = whole | dict.fromkeys(range(GOES, 30), "black")
    running = Running(tmp_path)
    try:
        for packets, looks in (
            (made.packets, whole),
            ([each for each in made.packets if each.pts != GOES * TICKS], expected),
        ):
            folder = tmp_path / str(len(packets))
            film_of = Film(made.streams, tuple(packets))
            over = mask(COMES / FPS, GOES / FPS, (300, 300, 1000, 800))
            _, (file, _) = packed(film_of, folder, over, viewers=running.darkroom.connect)
            found = looked_at((folder / file.name).read_bytes())
            assert found == {number: what for number, what in looks.items() if number in found}
            assert len(found) == len(packets)
    finally:
        running.stop()


class Dying(LocalViewer):
    """Dies of each fragment that holds the picture taken at ``of_ns``."""

    def __init__(self, of_ns: int, opened: list[Opening]) -> None:
        super().__init__([])
        self._of_ns, self._opened = of_ns, opened

    def open(self, opening: Opening) -> None:
        self._opened.append(opening)
        super().open(opening)

    def push(self, samples: Sequence[Sample]) -> Block:
        if any(sample.pts_ns == self._of_ns for sample in samples):
            raise Unavailable.of("interrupted")
        return super().push(samples)


def test_a_picture_that_kills_the_decoder_costs_what_needs_it_and_the_next_key_frame_begins_another_file(
    tmp_path: Path,
) -> None:
    opened: list[Opening] = []
    _, files = packed(film(8, first=BARS), tmp_path, mask(0, 8), seconds=8, viewers=lambda: Dying(at(3.5), opened))
    one, other = (file for file in files if file.kind == "masked")
    assert len(opened) == 2
    assert all(each.covered and each.kept for each in opened), "the second is masked, too"
    assert one.masked is not None
    assert other.masked is not None
    assert one.masked.pictures + other.masked.pictures == 80, "each picture is in one hash"
    assert one.tracks[0].samples + other.tracks[0].samples < 80
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    (missing,) = manifest["missing"]
    assert (missing["cause"], missing["minutes"]["end"]["ns"]) == ("not-decoded", at(4))
    assert at(2.9) <= missing["minutes"]["start"]["ns"] <= at(3.5)
    assert "無法遮蔽" in missing["words"]
    assert other.shows.start.ns == at(4)


def test_pictures_that_do_not_decode_are_in_no_file_and_are_said_to_be_missing(tmp_path: Path) -> None:
    made = film(4, codec="mjpeg", first=BARS)
    broken = [
        each._replace(data=b"\xff\xd8" + bytes(200)) if 10 <= number < 15 else each
        for number, each in enumerate(made.packets)
    ]
    _, (file, _) = packed(Film(made.streams, tuple(broken)), tmp_path, mask(0, 4))
    assert file.tracks[0].samples == 35
    (missing,) = json.loads((tmp_path / "manifest.json").read_bytes())["missing"]
    assert (missing["minutes"]["start"]["ns"], missing["minutes"]["end"]["ns"]) == (at(1), at(1.5))
    assert missing["cause"] == "not-decoded"


def test_what_cannot_be_decoded_at_all_is_in_no_file(tmp_path: Path) -> None:
    _, files = packed(film(4), tmp_path, mask(0, 4), viewers=lambda: Dying(NOON_NS, []), seconds=1)
    assert files == ()
    (missing,) = json.loads((tmp_path / "manifest.json").read_bytes())["missing"]
    assert (missing["cause"], missing["minutes"]["start"]["ns"]) == ("not-decoded", NOON_NS)


def test_masked_files_end_so_that_no_child_is_asked_for_too_much(tmp_path: Path) -> None:
    opened: list[Opening] = []
    _, files = packed(
        film(8, first=BARS), tmp_path, mask(1, 7), seconds=8, viewers=lambda: Dying(0, opened), longest_ns=3 * SECOND_NS
    )
    masked = [file for file in files if file.kind == "masked"]
    assert len(masked) == len(opened) == 3
    shown = [number for file in masked for number in numbers(read((tmp_path / file.name).read_bytes()).pictures)]
    assert shown == [(BARS + number) & (0xFF00 if FPS <= number < 7 * FPS else 0xFFFF) for number in range(80)]
