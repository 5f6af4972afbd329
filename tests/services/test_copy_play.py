"""播放用轉檔: what a plain PC plays of an H.265, MJPEG or G.711 camera, beside the original that is never missing."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.core.errors import Broken, Unavailable
from appliance.formats.copy_package.manifest import MediaFile
from appliance.sandbox.boxes import Run, RunSample, media_segment
from appliance.sandbox.client import SandboxClient
from appliance.sandbox.protocol import Block, Opening, Sample
from appliance.sandbox.service import run_darkroom
from appliance.services.copies.package.play import PlayMovie, Viewers
from tests.patience import PATIENCE_SECONDS
from tests.sandbox.films import FPS, film, numbers, read
from tests.services.packages import PackageOffice
from tests.services.test_copy_movies import probed
from tests.services.viewing import NOON_NS, LocalViewer

SECOND_NS = 1_000_000_000


def folder_of(codec: str, sound: str, viewers: Viewers, folder: Path, **more: int) -> tuple[MediaFile, ...]:
    office = PackageOffice()
    office.record_film(film(8, codec=codec, sound=sound, **more), NOON_NS)
    return office.folder(office.view(NOON_NS, NOON_NS + 8 * SECOND_NS), folder, viewers=viewers).files


def local() -> LocalViewer:
    return LocalViewer([])


@pytest.mark.parametrize(("codec", "sound"), [("hevc", ""), ("mjpeg", "aac"), ("h264", "pcm_alaw"), ("hevc", "opus")])
def test_T_50_what_a_plain_pc_lacks_the_codec_for_is_there_as_h_264_and_aac_too(
    codec: str, sound: str, tmp_path: Path
) -> None:
    files = folder_of(codec, sound, local, tmp_path)
    assert [file.kind for file in files] == ["original", "captions", "play"]
    original, _, play = files
    assert (play.of, play.container) == (original.name, "mp4")
    assert play.name.endswith("-播放用轉檔.mp4")
    assert [track.codec for track in play.tracks] == ["h264", *(["aac"] if sound else [])]
    found = probed(tmp_path / play.name)
    streams = {stream["codec_type"]: stream for stream in found["streams"]}
    assert (streams["video"]["codec_name"], streams.get("audio", {}).get("codec_name", "")) == (
        "h264", "aac" if sound else "",
    )  # fmt: skip
    assert int(streams["video"]["nb_read_frames"]) == play.tracks[0].samples == original.tracks[0].samples
    shown = read((tmp_path / play.name).read_bytes())
    assert numbers(shown.pictures) == list(range(8 * FPS))
    assert [at for at, _ in shown.pictures] == [pytest.approx(number / FPS, abs=0.001) for number in range(8 * FPS)]
    assert play.shows == original.shows
    if sound:
        assert shown.sound[-1] == pytest.approx(7.9, abs=0.2)


def test_what_every_pc_plays_is_not_converted(tmp_path: Path) -> None:
    assert [file.kind for file in folder_of("h264", "aac", local, tmp_path)] == ["original", "captions"]


def test_a_child_of_the_darkroom_converts_it(tmp_path: Path) -> None:
    """The real one: confined, and the keeper's side decodes nothing."""
    socket = str(tmp_path / "darkroom.sock")
    process = multiprocessing.get_context("spawn").Process(target=run_darkroom, args=(socket,))
    process.start()
    try:
        client, until = SandboxClient(socket), time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                client.connect().close()
                break
            except Unavailable:
                assert process.is_alive()
                assert time.monotonic() < until
                time.sleep(0.05)
        *_, play = folder_of("hevc", "pcm_alaw", client.connect, tmp_path / "copy")
    finally:
        process.terminate()
        process.join()
    assert numbers(read((tmp_path / "copy" / play.name).read_bytes()).pictures) == list(range(8 * FPS))


class Dying(LocalViewer):
    """Dies of what it is handed after some fragments; ``given``: it answers bytes of its own instead."""

    def __init__(self, after: int, given: bytes | None = None) -> None:
        super().__init__([])
        self._left, self._given = after, given

    def push(self, samples: Sequence[Sample]) -> Block:
        self._left -= 1
        if self._left < 0:
            if self._given is None:
                raise Unavailable.of("interrupted")
            return Block("", self._given)
        return super().push(samples)


def test_a_stream_that_kills_the_decoder_costs_the_conversion_and_never_the_original(tmp_path: Path) -> None:
    original, _, play = folder_of("hevc", "", lambda: Dying(8), tmp_path)
    assert original.tracks[0].samples == 8 * FPS
    assert 0 < play.tracks[0].samples < 8 * FPS
    assert original.shows.start == play.shows.start
    assert NOON_NS < play.shows.end.ns < original.shows.end.ns, "it says how far it goes"
    assert len(read((tmp_path / play.name).read_bytes()).pictures) == play.tracks[0].samples


def test_where_nothing_can_be_converted_there_is_no_file(tmp_path: Path) -> None:
    def absent() -> LocalViewer:
        raise Unavailable.of("interrupted")

    for number, viewers in enumerate((lambda: Dying(0), absent)):
        files = folder_of("hevc", "", viewers, tmp_path / str(number))
        assert [file.kind for file in files] == ["original", "captions"]


@pytest.mark.parametrize(
    "given",
    [
        b"\0\0\0\x07moof", b"\0\0\1\0moof", b"\0\0\0\x09mdat!", b"!!", b"\0\0\0\x08moov\0\0\0\x08trak",
        b"\0\0\0\x10moov\0\0\0\x08trak",
    ],
)  # fmt: skip
def test_what_no_darkroom_says_ends_the_conversion(given: bytes, tmp_path: Path) -> None:
    original, _, play = folder_of("hevc", "", lambda: Dying(8, given), tmp_path)
    assert original.tracks[0].samples == 8 * FPS
    assert 0 < play.tracks[0].samples < 8 * FPS
    assert len(read((tmp_path / play.name).read_bytes()).pictures) == play.tracks[0].samples
    with pytest.raises(Broken, match="no fragment"):
        told_after(given)


def told_after(given: bytes) -> None:
    """What the reader says of bytes that come behind a true beginning."""
    made, viewer, movie = film(2, codec="hevc"), local(), PlayMovie(NOON_NS, "C1")
    viewer.open(Opening(streams=made.streams, origin_ns=NOON_NS))
    samples = [
        Sample(0, each.data, NOON_NS + each.pts * SECOND_NS // 90_000, None, 0, each.is_key) for each in made.packets
    ]
    movie.add(viewer.push(samples).data)
    movie.add(given)


@pytest.mark.parametrize(("decode", "offset"), [(0, -1), (5, -(1 << 31)), (1 << 31, 0), (1 << 63, 0)])
def test_times_that_no_movie_has_end_the_conversion_and_not_the_making(decode: int, offset: int) -> None:
    """A child that was taken over by what a camera sent says what it likes."""
    made, viewer, movie = film(2, codec="hevc"), local(), PlayMovie(NOON_NS, "C1")
    viewer.open(Opening(streams=made.streams, origin_ns=NOON_NS))
    (first, *_) = made.packets
    block = viewer.push([Sample(0, first.data, NOON_NS, None, 0, True)]).data
    movie.add(block)
    told = media_segment(1, [Run(1, decode, [RunSample(b"\0" * 9, 3000, offset, True)])])
    with pytest.raises(Broken, match="no fragment"):
        movie.add(told)
    assert movie.finish(NOON_NS + SECOND_NS) == b"", "nothing of it was taken"


def test_a_pause_in_what_comes_back_stays_a_pause() -> None:
    made = film(6, codec="mjpeg")
    viewer, movie = local(), PlayMovie(NOON_NS, "C1")
    viewer.open(Opening(streams=made.streams, origin_ns=NOON_NS))
    data = b""
    for packet in made.packets:
        at_ns = NOON_NS + packet.pts * SECOND_NS // 90_000
        at_ns += 2 * SECOND_NS if packet.pts >= 270_000 else 0
        data += movie.add(viewer.push([Sample(0, packet.data, at_ns, at_ns, 0, True)]).data)
    data += movie.add(viewer.finish(NOON_NS + 8 * SECOND_NS).data) + movie.finish(NOON_NS + 8 * SECOND_NS)
    times = [at for at, _ in read(data).pictures]
    assert [later - one for one, later in itertools.pairwise(times) if later - one > 0.2] == [
        pytest.approx(2.1, abs=0.01)
    ]
