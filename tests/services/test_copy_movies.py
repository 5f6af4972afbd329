"""A stretch as a movie file: every packet, at its wall time, as players that are not ours find it (T-50)."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from appliance.api import Packet, Streams
from appliance.formats.fragments import Fragment
from appliance.services.copies.package.movie import Movie, captions, subtitles
from appliance.services.viewing.samples import samples_of
from tests.players import mpv_pictures, vlc_pictures
from tests.sandbox.films import FPS, HEIGHT, WIDTH, Film, film, number_in, numbers, read

SECOND_NS = 1_000_000_000
START_NS = 1_790_568_000 * SECOND_NS + 250_000_000
"""2026-09-28 12:00:00.25 in Taiwan."""


def movie_of(made: Film, *, seconds: float, words: str = "C1 大門", at_a_time: int = 10) -> tuple[bytes, Movie]:
    movie = Movie(made.streams, START_NS, words)
    data = movie.begin()
    for at in range(0, len(made.packets), at_a_time):
        fragment = Fragment(START_NS, 0, made.packets[at : at + at_a_time])
        data += movie.add(samples_of(fragment, made.streams))
    return data + movie.finish(START_NS + round(seconds * SECOND_NS)), movie


def probed(path: Path, *more: str) -> dict[str, Any]:
    """What ffprobe finds; it has nothing to complain of."""
    command = ["ffprobe", "-v", "warning", "-count_frames", "-show_streams", "-show_format", *more, "-of", "json", path]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if "EOI missing" not in line]
    assert not complaints, "the encoder that stands in for an MJPEG camera writes no EOI; nothing else is said"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("sound", ["", "aac", "pcm_alaw", "pcm_s16be", "opus"])
@pytest.mark.parametrize(("codec", "b_frames"), [("h264", 0), ("h264", 2), ("hevc", 0), ("mjpeg", 0)])
def test_T_50_ffprobe_decodes_as_many_pictures_as_were_recorded(
    codec: str, b_frames: int, sound: str, tmp_path: Path
) -> None:
    data, movie = movie_of(film(3, codec=codec, sound=sound, b_frames=b_frames), seconds=3)
    path = tmp_path / f"a.{movie.form}"
    path.write_bytes(data)
    found = probed(path)
    streams = {stream["codec_type"]: stream for stream in found["streams"]}
    assert streams["video"]["codec_name"] == codec
    assert int(streams["video"]["nb_read_frames"]) == movie.facts[0].samples == 3 * FPS
    assert streams.get("audio", {}).get("codec_name", "") == sound
    assert float(found["format"]["duration"]) == pytest.approx(3, abs=0.001)
    assert found["format"]["tags"]["creation_time"] == "2026-09-28T04:00:00.000000Z"
    shown = read(data)
    assert numbers(shown.pictures) == list(range(3 * FPS))
    assert [at for at, _ in shown.pictures] == [pytest.approx(number / FPS, abs=0.001) for number in range(3 * FPS)]
    if sound:
        assert shown.sound[-1] == pytest.approx(2.9, abs=0.2), "to the end, in step with the pictures"


def demuxed(path: Path, kind: str) -> list[bytes]:
    """The samples of a track as libav finds them."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]


@pytest.mark.parametrize(("codec", "sound"), [("h264", "aac"), ("hevc", "pcm_alaw"), ("mjpeg", "pcm_s16be")])
def test_the_packets_are_the_camera_s_own_but_for_the_marks_between_units(
    codec: str, sound: str, tmp_path: Path
) -> None:
    made = film(2, codec=codec, sound=sound)
    data, movie = movie_of(made, seconds=2)
    path = tmp_path / f"a.{movie.form}"
    path.write_bytes(data)
    pictures, heard = ([each.data for each in made.packets if each.stream == number] for number in (0, 1))
    found = demuxed(path, "video")
    if codec == "mjpeg":
        assert found == pictures
    else:
        units = [[unit for unit in re.split(b"\0\0\0?\1", each) if unit] for each in pictures]
        assert [b"".join(len(unit).to_bytes(4, "big") + unit for unit in each) for each in units] == found
    assert b"".join(demuxed(path, "audio")) == b"".join(heard)


def test_T_50_mjpeg_and_g_711_lie_in_quicktime_and_all_else_in_mp4() -> None:
    forms = {sound: movie_of(film(1, sound=sound), seconds=1)[1].form for sound in ("", "aac", "opus", "pcm_alaw")}
    assert forms == {"": "mp4", "aac": "mp4", "opus": "mp4", "pcm_alaw": "mov"}
    assert movie_of(film(1, codec="mjpeg"), seconds=1)[1].form == "mov"


def test_the_wall_time_is_a_subtitle_track_and_the_same_beside_it(tmp_path: Path) -> None:
    data, movie = movie_of(film(3), seconds=3)
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:s:0", "-f", "srt", "-"]
    track = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    beside = b"".join(subtitles(captions(START_NS, movie.end_ns, "C1 大門"))).decode()
    assert re.sub("<[^>]*>", "", track).split() == beside.split()
    lines = [line for line in beside.splitlines() if "UTC" in line]
    assert lines[:2] == ["2026-09-28 12:00:00 (UTC+8)　C1 大門", "2026-09-28 12:00:01 (UTC+8)　C1 大門"]
    assert "00:00:00,750 --> 00:00:01,750" in beside, "a caption changes with the clock's second, not the file's"


def test_the_start_of_recording_stands_in_the_box_of_onvif_s_export_format() -> None:
    data, _ = movie_of(film(1), seconds=1)
    at = data.index(b"cstb") + 4
    entries, track = int.from_bytes(data[at : at + 4], "big"), int.from_bytes(data[at + 4 : at + 8], "big")
    since_1601 = int.from_bytes(data[at + 8 : at + 16], "big")
    assert (entries, track) == (1, 0)
    assert since_1601 * 100 - 11_644_473_600 * SECOND_NS == START_NS


def test_sound_that_pauses_stays_at_its_time() -> None:
    made = film(4, sound="aac")
    kept = tuple(packet for packet in made.packets if packet.stream == 0 or not 1 <= made.seconds(packet) < 2)
    shown = read(movie_of(Film(made.streams, kept), seconds=4)[0])
    assert not [at for at in shown.sound if 1.1 < at < 1.9]
    assert shown.sound[-1] == pytest.approx(3.776, abs=0.1)
    assert numbers(shown.pictures) == list(range(4 * FPS))


def test_a_stretch_is_given_piece_by_piece_and_little_is_kept() -> None:
    made = film(2, width=640)
    movie = Movie(made.streams, START_NS, "C1")
    movie.begin()
    most = given = 0
    for turn in range(200):
        packets: tuple[Packet, ...] = tuple(
            packet._replace(pts=packet.pts + turn * 180_000, dts=packet.dts + turn * 180_000) for packet in made.packets
        )
        given += len(movie.add(samples_of(Fragment(START_NS, 0, packets), made.streams)))
        most = max(most, movie._waiting_bytes)
    size = sum(len(packet.data) for packet in made.packets)
    assert given > 200 * size - (8 << 20)
    assert most <= (4 << 20) + size


@pytest.mark.parametrize("seed", range(12))
def test_stamps_of_any_kind_cost_no_packet(seed: int, tmp_path: Path) -> None:
    """A camera says what it likes: days ahead, backwards, all the same. Every packet is in, and the file is read."""
    drawn = random.Random(seed)
    made = film(2, sound="aac")
    day = 24 * 3600 * SECOND_NS
    samples = samples_of(Fragment(START_NS, 0, made.packets), made.streams)
    moved = []
    for each in samples:
        begun = any(one.stream == 0 for one in moved)
        if begun and drawn.random() < 0.5:
            places = (0, day, drawn.randrange(day), drawn.randrange(2 * SECOND_NS))
            each = each._replace(pts_ns=START_NS + drawn.choice(places))
        moved.append(each._replace(dts_ns=drawn.choice((None, each.pts_ns - drawn.randrange(9 * day)))))
    movie = Movie(made.streams, START_NS, "C1")
    data = movie.begin() + movie.add(moved) + movie.finish(START_NS + day)
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    command = ["ffprobe", "-v", "quiet", "-count_packets", "-show_entries", "stream=codec_type,nb_read_packets"]
    done = subprocess.run([*command, "-of", "csv=p=0", path], capture_output=True, text=True, check=True)
    counts = dict(line.split(",") for line in done.stdout.split())
    assert [int(counts[kind]) for kind in ("video", "audio")] == [facts.samples for facts in movie.facts]
    assert sum(facts.samples for facts in movie.facts) == len(samples)


@pytest.mark.parametrize("sound", ["aac", "pcm_alaw", "opus"])
def test_sound_that_no_file_can_describe_is_left_out_and_said(sound: str, tmp_path: Path) -> None:
    made = film(2, sound=sound)
    odd = made.streams.streams[1]._replace(channels=70_000, extradata=b"\0\0")
    data, movie = movie_of(Film(Streams((made.streams.streams[0], odd)), made.packets), seconds=2)
    (tmp_path / "a").write_bytes(data)
    assert movie.left_out == (sound,)
    assert [facts.codec for facts in movie.facts] == ["h264"]
    assert {stream["codec_type"] for stream in probed(tmp_path / "a")["streams"]} == {"video", "subtitle"}


def test_a_second_stream_of_pictures_is_in_from_its_first_key_frame(tmp_path: Path) -> None:
    one, other = film(3), film(3, first=700, gop=20)
    second = other.streams.streams[0]._replace(number=1)
    pairs = [*one.packets, *(each._replace(stream=1) for each in other.packets[5:])]
    both = Film(Streams((*one.streams.streams, second)), tuple(sorted(pairs, key=lambda each: each.dts)))
    data, movie = movie_of(both, seconds=3)
    (tmp_path / "a.mp4").write_bytes(data)
    counts = [int(each["nb_read_frames"]) for each in probed(tmp_path / "a.mp4")["streams"] if "width" in each]
    assert [facts.samples for facts in movie.facts] == [30, 10]
    assert counts[:2] == [30, 10]


PLAYED = [("h264", "aac", 0), ("h264", "opus", 2), ("hevc", "pcm_alaw", 0), ("mjpeg", "pcm_alaw", 0)]


@pytest.mark.players
@pytest.mark.parametrize(("codec", "sound", "b_frames"), PLAYED)
def test_T_50_mpv_shows_every_picture(codec: str, sound: str, b_frames: int, tmp_path: Path) -> None:
    data, movie = movie_of(film(3, codec=codec, sound=sound, b_frames=b_frames), seconds=3)
    path = tmp_path / f"a.{movie.form}"
    path.write_bytes(data)
    assert mpv_pictures(path) == movie.facts[0].samples


@pytest.mark.players
@pytest.mark.parametrize(("codec", "sound", "b_frames"), PLAYED)
def test_T_50_vlc_decodes_every_picture(codec: str, sound: str, b_frames: int, tmp_path: Path) -> None:
    """Of MJPEG its converter keeps the last picture back, whoever made the file."""
    data, movie = movie_of(film(3, codec=codec, sound=sound, b_frames=b_frames), seconds=3)
    path = tmp_path / f"a.{movie.form}"
    path.write_bytes(data)
    shown = vlc_pictures(path, WIDTH, HEIGHT)
    assert [number_in(np.frombuffer(luma, np.uint8).reshape(HEIGHT, WIDTH)) for luma in shown] == list(
        range(movie.facts[0].samples - (codec == "mjpeg"))
    )
