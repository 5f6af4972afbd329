"""The kind ``file``: recorded footage and pipes, played as if they were cameras."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from appliance.api import CameraLost, UsageError, length_size, split_nals
from appliance.testing import watch
from tests.peers.clips import clip
from tests.plugins.conftest import Open

pytestmark = pytest.mark.rtsp  # the clips are made by ffmpeg


@pytest.mark.parametrize("name", ["h264_aac", "hevc_aac", "h264_opus", "h264_alaw"])
def test_a_file_comes_whole_and_ends_as_a_loss(open_source: Open, name: str) -> None:
    wanted = clip(name)
    seen = watch(open_source("file", path=str(wanted.file), realtime=False), 20)
    assert seen.lost
    assert str(seen.lost).endswith("the stream ended")
    video = seen.descriptions[0].streams[0]
    size = length_size(video.codec, video.extradata)
    frames = [list(split_nals(packet.data, size)) for packet in seen.packets(0)]
    delimiter = 9 if video.codec == "h264" else 35
    kind = (lambda unit: unit[0] & 31) if video.codec == "h264" else (lambda unit: unit[0] >> 1 & 63)
    assert [[unit for unit in frame if kind(unit) != delimiter] for frame in frames] == [
        list(split_nals(unit)) for unit in wanted.video
    ]
    assert b"".join(packet.data for packet in seen.packets(1)) == b"".join(wanted.audio) or name == "h264_alaw"
    assert len(seen.descriptions) == 1


def test_real_time_is_kept(open_source: Open) -> None:
    seen = watch(open_source("file", path=str(clip("h264_aac").file)), 1.0)
    assert seen.lost is None
    assert 12 <= len(seen.packets(0)) <= 18
    assert seen.longest_wait < 0.5


def test_a_loop_goes_on_in_time(open_source: Open) -> None:
    wanted = clip("h264_aac")
    source = open_source("file", path=str(wanted.file), realtime=False, loop=True)
    seen = watch(source, 10, until=3 * (len(wanted.video) + len(wanted.audio)))
    assert seen.lost is None
    for stream in (0, 1):
        stamps = [packet.dts for packet in seen.packets(stream)]
        assert stamps == sorted(set(stamps))
    first, second = seen.packets(0)[0], seen.packets(0)[len(wanted.video)]
    assert first.data == second.data
    num, den = seen.descriptions[0].streams[0].time_base
    assert 3.9 < (second.pts - first.pts) * num / den < 4.2


def test_a_change_inside_a_bare_stream_is_described(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "joined.h264"
    small, large = clip("h264"), clip("h264_large")
    path.write_bytes(b"".join((*small.video, *large.video, *small.video)))
    seen = watch(open_source("file", path=str(path), format="h264", realtime=False), 20)
    sizes = [(each.streams[0].width, each.streams[0].height) for each in seen.descriptions]
    assert sizes == [(320, 180), (480, 270), (320, 180)]
    assert len(seen.packets(0)) == 3 * len(small.video)


def test_a_pipe_is_stamped_by_arrival_and_ends_with_its_writer(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    units = clip("h264").video
    pause = threading.Event()

    def write() -> None:
        with path.open("wb") as pipe:
            for unit in units[:30]:
                pipe.write(unit)
                pipe.flush()
                pause.wait(0.03)

    threading.Thread(target=write, daemon=True).start()
    settings = {"path": str(path), "format": "h264", "realtime": False, "arrival": True}
    seen = watch(open_source("file", **settings), 10)
    assert seen.lost
    assert len(seen.packets(0)) == 30
    stamps = [packet.pts for packet in seen.packets(0)]
    assert stamps == sorted(stamps)


def test_a_pipe_without_a_writer_does_not_hang(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(CameraLost, match=r"did not open within 0\.2 s"):
        open_source("file", path=str(path), format="h264", open_seconds=0.2)
    with path.open("wb"):  # lets the reader that still waits for a writer go
        pass


def test_what_is_no_footage_is_said(open_source: Open, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"no footage at all" * 50)
    with pytest.raises(CameraLost, match="no stream of this kind"):
        open_source("file", path=str(text))
    with pytest.raises(CameraLost, match="is not there"):
        open_source("file", path=str(tmp_path / "none.mkv"))
    sound = clip("h264_aac").directory / "audio.mka"
    with pytest.raises(CameraLost, match="no picture"):
        open_source("file", path=str(sound))
    with pytest.raises(UsageError, match="no path"):
        open_source("file", path="http://127.0.0.1/x")
