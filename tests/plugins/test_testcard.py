"""The test card: its clock can be read, its marker found, its stream decodes, and it keeps time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Any, ClassVar

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.api import Packet, Streams, UsageError
from appliance.api.registry import checked_settings, load_plugins
from appliance.plugins.sources.testcard import MARKER, MARKER_UUID, TestCard
from appliance.plugins.sources.testcard_picture import Picture, read_clock, read_label
from appliance.testing import SourceContract, watch
from tests.plugins.conftest import Open

KIND = load_plugins(["source_testcard"]).source("testcard")


class SteppedClock:
    """Time goes on by ``step_ns`` whenever it is asked for, so that the card hardly ever has to wait."""

    def __init__(self, step_ns: int = 50_000_000, wall_ns: int = 1_795_535_808_500_000_000) -> None:
        self._step_ns, self._now_ns, self._wall_ns = step_ns, 0, wall_ns

    def wall_ns(self) -> int:
        return self._wall_ns + self._now_ns

    def boot_ns(self) -> int:
        self._now_ns += self._step_ns
        return self._now_ns

    def boot_id(self) -> str:
        return "0" * 32

    def trusted(self) -> bool:
        return True


def _card(clock: SteppedClock, **values: Any) -> Iterator[Packet | Streams | None]:
    return iter(TestCard(checked_settings(KIND, values), clock))


def _first(items: Iterator[Packet | Streams | None], count: int) -> tuple[Streams, list[Packet]]:
    streams = next(items)
    assert isinstance(streams, Streams)
    packets: list[Packet] = []
    while len(packets) < count:
        item = next(items)
        if isinstance(item, Packet):
            packets.append(item)
    return streams, packets


def _pictures(codec: str, packets: list[Packet]) -> list[Any]:
    decoder = av.CodecContext.create(codec, "r")
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.data))]
    return [frame.to_ndarray(format="gray") for frame in [*frames, *decoder.decode(None)]]


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
@pytest.mark.parametrize("size", [(320, 180), (640, 360), (1920, 1080)])
def test_the_clock_is_read_from_the_pixels(codec: str, size: tuple[int, int]) -> None:
    clock = SteppedClock()
    streams, packets = _first(_card(clock, codec=codec, width=size[0], height=size[1], audio="none"), 6)
    assert (streams.streams[0].width, streams.streams[0].height) == size
    read = [read_clock(picture) for picture in _pictures(codec, packets)]
    assert len(read) == 6
    assert read == sorted(read)
    assert read[0] == pytest.approx(clock.wall_ns() / 1e9, abs=3)
    assert read[-1] - read[0] == pytest.approx((packets[-1].pts - packets[0].pts) / 90_000, abs=0.25)


@given(st.integers(946_684_800_000, 4_102_444_800_000))
@settings(max_examples=60)
def test_any_time_can_be_read_back(wall_ms: int) -> None:
    picture = Picture(320, 180, "no 17")
    picture.update(wall_ms * 1_000_000)
    gray = picture.planes[:180]
    assert read_clock(gray) == pytest.approx(wall_ms // 100 / 10)
    assert read_label(gray) == "no 17"


@pytest.mark.parametrize("width", [426, 640, 960, 1280])
def test_a_scaled_and_noisy_picture_can_be_read(width: int) -> None:
    picture = Picture(1280, 720, "no 03")
    picture.update(1_795_535_808_500_000_000)
    scaled = cv2.resize(picture.planes[:720], (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
    noisy = np.clip(scaled + np.random.default_rng(1).normal(0, 20, scaled.shape), 0, 255).astype(np.uint8)
    assert read_clock(noisy) == 1_795_535_808.5
    assert read_label(noisy) == "no 03"


def test_a_picture_without_a_clock_says_so() -> None:
    with pytest.raises(ValueError, match="no clock"):
        read_clock(np.full((180, 320), 128, np.uint8))


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
def test_every_key_frame_and_only_those_hold_the_marker(codec: str) -> None:
    _, packets = _first(_card(SteppedClock(100_000_000), codec=codec, marker="find-me-7c1f", audio="none", fps=5), 12)
    keys = [packet.is_key for packet in packets]
    assert keys == [b"find-me-7c1f" in packet.data for packet in packets]
    assert keys[0]
    if codec != "mjpeg":
        assert keys == [at % 5 == 0 for at in range(12)]
        assert MARKER_UUID in packets[0].data


def test_the_markers_default_is_what_is_documented() -> None:
    _, packets = _first(_card(SteppedClock(), audio="none"), 1)
    assert MARKER.encode() in packets[0].data


@pytest.mark.parametrize("audio", ["aac", "pcm_alaw", "pcm_mulaw", "opus"])
def test_the_tone_is_440_hz_and_without_a_gap(audio: str) -> None:
    streams, packets = _first(_card(SteppedClock(), audio=audio), 90)
    sound = streams.streams[1]
    heard = [packet for packet in packets if packet.stream == 1]
    assert all(one.pts + one.duration == next_.pts for one, next_ in pairwise(heard))
    decoder = av.CodecContext.create({"opus": "libopus"}.get(audio, audio), "r")
    decoder.sample_rate = sound.sample_rate
    decoder.layout = "mono"
    if sound.extradata:
        decoder.extradata = sound.extradata
    decoded = [frame.to_ndarray() for packet in heard for frame in decoder.decode(av.Packet(packet.data))]
    wave = np.concatenate(decoded, axis=1)[0].astype(float)[sound.sample_rate // 5 :]
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    assert np.argmax(spectrum) * sound.sample_rate / len(wave) == pytest.approx(440, abs=5)


def test_a_late_machine_leaves_pictures_out_and_says_so_in_the_time_stamps() -> None:
    _, packets = _first(_card(SteppedClock(step_ns=400_000_000), fps=10, audio="none"), 5)
    stamps = [packet.pts for packet in packets]
    assert all(after - before >= 18_000 for before, after in pairwise(stamps))


def test_time_is_kept(open_source: Open) -> None:
    seen = watch(open_source("testcard", fps=20), 1.0)
    assert 17 <= len(seen.packets(0)) <= 22
    assert seen.packets(0)[-1].pts / 90_000 == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 321},
        {"height": 100},
        {"fps": 0},
        {"gop_seconds": 0.0},
        {"bitrate": 1},
        {"codec": "vp8"},
        {"audio": "mp3"},
        {"marker": ""},
        {"marker": "ä"},
        {"width": 640, "height": 200},
    ],
)
def test_what_cannot_be_is_refused(open_source: Open, wrong: Mapping[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"testcard: ({'|'.join(wrong)})"):
        open_source("testcard", **wrong)


class TestContract(SourceContract):
    plugin = "source_testcard"
    kind_name = "testcard"
    settings: ClassVar = {"fps": 10}
    seconds = 1.2


def test_closing_ends_it(open_source: Open) -> None:
    source = open_source("testcard")
    iterator = iter(source)
    next(iterator)
    source.close()
    assert len([*islice(iterator, 50)]) < 10
