"""The kind ``v4l2`` as far as a machine without a device can show it; ``test_usb_camera.py`` has the devices."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from appliance.api import CameraLost, Packet, Stream, Streams, UsageError, parameter_sets, picture_size
from appliance.api.registry import checked_settings, load_plugins
from appliance.plugins.sources import local_camera, microphone, video_device
from appliance.plugins.sources.arrivals import Arrivals
from appliance.plugins.sources.device_times import PictureTimes, SampleTimes
from appliance.plugins.sources.h264_encoder import H264Encoder
from appliance.plugins.sources.video_device import formats_of, is_camera
from appliance.testing import watch
from tests.peers.fuzz_server import jpeg
from tests.plugins.conftest import Open
from tests.recorder.rig import SECOND, SetClock

MS = 1_000_000
PICTURE = Streams((Stream(0, "video", "mjpeg", (1, 1_000_000)),))
KIND = load_plugins(["source_av"]).source("v4l2")


# Time.


def test_the_kernels_time_of_a_picture_is_taken_as_it_is_and_never_goes_back() -> None:
    times = PictureTimes()
    stamps = [100 * SECOND + at * 40 * MS for at in range(5)]
    assert [times.at(stamp, stamp + 55 * MS + at * MS) for at, stamp in enumerate(stamps)] == stamps
    assert times.at(stamps[-1], stamps[-1] + 90 * MS) == stamps[-1] + 1
    assert times.at(None, stamps[-1] + 200 * MS) == stamps[-1] + 200 * MS, "without a time stamp, when it came"


@pytest.mark.parametrize("other_ns", [0, 7 * SECOND, 1_700_000_000 * SECOND])
def test_a_driver_with_a_clock_of_its_own_is_followed_by_arrival(other_ns: int) -> None:
    times, made = PictureTimes(), []
    late = [60, 20, 90, 5, 70]
    for at, ms in enumerate(late):
        made.append(times.at(other_ns + at * 100 * MS, 500 * SECOND + at * 100 * MS + ms * MS))
    assert made[3:] == [500 * SECOND + 305 * MS, 500 * SECOND + 405 * MS]
    assert times.at(other_ns + 60 * SECOND, 500 * SECOND + SECOND) == 501 * SECOND, "its clock was set"


def test_samples_are_counted_and_follow_the_card_and_what_it_lost() -> None:
    times = SampleTimes(1000)
    for block in range(1, 41):
        times.arrived(block * 100, 50 * SECOND + block * 100 * MS + (block * 7 % 5) * 10 * MS)
    assert times.at(0) == 50 * SECOND
    for block in range(41, 81):  # half a second was not fetched in time
        times.arrived(block * 100, 50 * SECOND + block * 100 * MS + 500 * MS)
    assert times.at(0) == 50 * SECOND + 500 * MS
    fast = SampleTimes(1000)
    for block in range(1, 401):  # a card that runs 0.1 % fast: its samples come early
        fast.arrived(block * 100, 50 * SECOND + block * 99_900_000)
    assert fast.at(40_000) == 50 * SECOND + 400 * 99_900_000


# What waits between the threads.


def test_nothing_is_given_before_the_description_and_the_end_comes_behind_all_that_came() -> None:
    clock = SetClock(SECOND)
    arrivals = Arrivals("cam", clock, 4.0)
    sound, picture = Packet(1, b"s", 0, 0, 0, True), Packet(0, b"p", 0, 0, 0, True)
    arrivals.put(sound)
    arrivals.put(PICTURE, picture)
    arrivals.put(sound)
    arrivals.end(CameraLost("first"))
    arrivals.end(CameraLost("second"))
    given = iter(arrivals)
    assert [next(given) for _ in range(3)] == [PICTURE, picture, sound]
    with pytest.raises(CameraLost, match="first"):
        next(given)


def test_silence_is_a_loss_though_sound_goes_on_and_so_is_what_nobody_fetches() -> None:
    clock = SetClock(SECOND)
    arrivals = Arrivals("cam", clock, 4.0)
    arrivals.put(PICTURE)
    given = iter(arrivals)
    assert next(given) == PICTURE
    for _ in range(3):
        clock.advance(1.5)
        arrivals.put(Packet(1, b"s", 0, 0, 0, True))
    with pytest.raises(CameraLost, match="no picture for 4 s"):
        list(given)
    full = Arrivals("cam", clock, 4.0)
    full.put(PICTURE, *[Packet(0, b"p", at, at, 0, True) for at in range(600)])
    with pytest.raises(CameraLost, match="this machine is too slow"):
        list(full)


# Raw pictures.


def _raw(number: int, width: int = 322, height: int = 180) -> Any:
    picture = np.full((height, width, 2), 128, np.uint8)
    picture[..., 0] = 40
    picture[40:120, number * 5 % 200 : number * 5 % 200 + 40, 0] = 200
    return av.VideoFrame.from_ndarray(picture, format="yuyv422")


def test_raw_pictures_become_h264_at_once_with_a_key_frame_when_it_is_due() -> None:
    encoder = H264Encoder(322, 180, 10, 500_000, 0.5)
    made = [encoder.encode(_raw(at), at * 100_000) for at in range(20)]
    assert [len(each) for each in made] == [1] * 20
    pictures = [each[0] for each in made]
    assert [at for at, each in enumerate(pictures) if each.is_key] == [0, 5, 10, 15]
    assert [each.pts for each in pictures] == [at * 100_000 for at in range(20)]
    for each in pictures[::5]:
        assert picture_size("h264", parameter_sets("h264", each.data)) == (322, 180)
    decoder: Any = av.CodecContext.create("h264", "r")
    shown = [frame for each in pictures for frame in decoder.decode(av.Packet(each.data))] + decoder.decode(None)
    assert len(shown) == 20
    for number in (0, 7, 19):
        light = shown[number].to_ndarray(format="gray")[80]
        assert abs(int(np.argmax(light > 120)) - number * 5) <= 2


def test_a_picture_of_odd_size_is_cut_to_an_even_one() -> None:
    (made,) = H264Encoder(321, 181, 10, 500_000, 1.0).encode(_raw(0), 0)
    assert picture_size("h264", parameter_sets("h264", made.data)) == (320, 180)


# Which device, and what it is asked for.


@pytest.mark.parametrize(
    ("codec", "has", "asked"),
    [
        ("auto", ("YUYV", "MJPG", "H264"), ("h264", "h264")),
        ("auto", ("YUYV", "MJPG"), ("mjpeg", "mjpeg")),
        ("auto", ("JPEG",), ("mjpeg", "mjpeg")),
        ("auto", ("NV12", "YUYV"), ("", "yuyv422")),
        ("raw", ("MJPG", "UYVY"), ("", "uyvy422")),
        ("mjpeg", ("H264", "MJPG"), ("mjpeg", "mjpeg")),
    ],
)
def test_a_camera_that_compresses_is_taken_as_it_is(codec: str, has: tuple[str, ...], asked: tuple[str, str]) -> None:
    assert local_camera._asked(codec, has, "/dev/video0") == asked


@pytest.mark.parametrize(("codec", "has"), [("h264", ("MJPG",)), ("raw", ("MJPG",)), ("auto", ("GREY",)), ("auto", ())])
def test_what_a_device_does_not_give_is_said_with_what_it_gives(codec: str, has: tuple[str, ...]) -> None:
    with pytest.raises(CameraLost, match=f"/dev/video0: does not give {codec}; it has: {', '.join(has) or '-'};"):
        local_camera._asked(codec, has, "/dev/video0")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"codec": "vp8"}, "codec: is 'vp8'; give auto, h264, mjpeg, raw"),
        ({"sound_device": "default"}, "sound_device: is no name of a sound card"),
        ({"sound_device": "hw:0,0,0|x"}, "sound_device: is no name"),
        ({"bitrate": 1}, "bitrate: is 1; give 50000 to 2.5e"),
        ({"gop_seconds": 60.0}, "gop_seconds: is 60"),
        ({"open_seconds": 0.0}, "open_seconds: is 0"),
        ({"silence_seconds": 90.0}, "silence_seconds: is 90"),
    ],
)
def test_settings_that_cannot_be_are_refused(open_source: Open, wrong: Mapping[str, Any], why: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_source("v4l2", device="/dev/null", **wrong)
    assert why in str(refused.value)
    for name in ("hw:0", "hw:1,0", "plughw:CARD=C920,DEV=0"):
        KIND.check(checked_settings(KIND, {"device": "/dev/null", "sound_device": name}))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "is not there"),
        (errno.ENODEV, "was unplugged"),
        (errno.EACCES, "may not be opened"),
        (errno.EBUSY, "another program uses it"),
    ],
)
def test_a_device_that_does_not_open_is_said_in_words_that_help(
    open_source: Open, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuses(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("appliance.plugins.sources.local_camera.os.open", refuses)
    with pytest.raises(CameraLost, match=f"/dev/video0: {words}"):
        open_source("v4l2", device="/dev/video0")


def test_what_is_no_video_device_is_not_taken_for_one(open_source: Open, tmp_path: Path) -> None:
    with pytest.raises(CameraLost, match=r"/dev/null: does not give auto; it has: -"):
        open_source("v4l2", device="/dev/null")
    (tmp_path / "film").write_bytes(b"x")
    with pytest.raises(CameraLost, match="does not give auto"):
        open_source("v4l2", device=str(tmp_path / "film"))


def test_the_device_of_a_usb_camera_that_gives_no_pictures_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(capabilities: int) -> None:
        answer = bytes(88) + capabilities.to_bytes(4, "little") + bytes(12)
        monkeypatch.setattr(video_device.fcntl, "ioctl", lambda *_: answer)

    for capabilities, camera in ((0x84200001, True), (0x04A00000, False), (0x04008001, False), (0x04000002, False)):
        answers(capabilities)
        assert is_camera("/dev/null") is camera, hex(capabilities)
    monkeypatch.undo()
    assert is_camera("/dev/null"), "what cannot be asked may be one"


def test_formats_are_read_until_the_device_has_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(handle: int, request: int, asked: bytes) -> bytes:
        number = int.from_bytes(asked[:4], "little")
        if number == 2:
            raise OSError(errno.EINVAL, "no more")
        return bytes(44) + (b"YUYV", b"Y10 ")[number] + bytes(16)

    monkeypatch.setattr(video_device.fcntl, "ioctl", answer)
    assert formats_of("/dev/null") == ("YUYV", "Y10")
    assert formats_of("/dev/no-such-device") == ()


def test_what_a_camera_may_open_has_sound_only_where_it_is_set_and_approved() -> None:
    with_sound = {"device": "/dev/video0", "sound_device": "hw:0"}
    assert KIND.devices_of(checked_settings(KIND, with_sound)) == ("/dev/video0", "/dev/snd")
    assert KIND.devices_of(checked_settings(KIND, {"device": "/dev/video0"})) == ("/dev/video0",)
    unapproved = checked_settings(KIND, KIND.approved(with_sound, sound=False))
    assert (KIND.devices_of(unapproved), unapproved["sound_device"]) == (("/dev/video0",), "")
    assert KIND.approved(with_sound, sound=True) == with_sound


# The threads, with a stand-in for the device.


class Device:
    """A stand-in for what ``av.open`` gives of a device: pictures at set times, then how it ends."""

    def __init__(self, pictures: int, ends: Exception | None) -> None:
        self._pictures, self._ends = pictures, ends
        context = SimpleNamespace(width=320, height=176)
        self.streams = SimpleNamespace(video=[SimpleNamespace(codec_context=context, average_rate=Fraction(10))])

    def demux(self, stream: object) -> Iterator[Any]:
        for _ in range(self._pictures):
            packet = av.Packet(jpeg())
            packet.is_keyframe = True
            yield packet
        if self._ends is not None:
            raise self._ends

    def close(self) -> None:
        pass


def _devices(monkeypatch: pytest.MonkeyPatch, device: Device | Exception) -> list[str]:
    opened: list[str] = []

    def open_(path: str, *, format: str, options: Mapping[str, str]) -> Device:
        opened.append(f"{format} {path} {dict(options)}")
        if format == "alsa":
            raise OSError(errno.ENOENT, "no such card")
        if isinstance(device, Exception):
            raise device
        return device

    monkeypatch.setattr(av, "open", open_)
    monkeypatch.setattr(local_camera, "formats_of", lambda device: ("MJPG",))
    return opened


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (OSError(errno.ENODEV, "No such device"), "/dev/null: was unplugged; check its cable"),
        (OSError(errno.EIO, "Input/output error"), "/dev/null: cannot be read (Input/output error)"),
        (None, "/dev/null: the stream ended"),
        (RuntimeError("odd"), "RuntimeError"),
    ],
)
def test_a_device_that_is_unplugged_is_lost_behind_all_that_it_gave(
    open_source: Open, monkeypatch: pytest.MonkeyPatch, ends: Exception | None, words: str
) -> None:
    opened = _devices(monkeypatch, Device(5, ends))
    seen = watch(open_source("v4l2", device="/dev/null", width=320, height=176, fps=10), 60)
    assert (len(seen.packets(0)), len(seen.descriptions)) == (5, 1)
    assert {packet.data for packet in seen.packets(0)} == {jpeg()}
    assert all(before.pts <= after.pts for before, after in pairwise(seen.packets(0)))
    assert words in str(seen.lost)
    options = {"input_format": "mjpeg", "video_size": "320x176", "framerate": "10"}
    assert opened == [f"video4linux2,v4l2 /dev/null {options}"]


def test_a_device_whose_name_is_gone_was_unplugged_whatever_its_driver_says(
    open_source: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """uvcvideo says "invalid argument", as seen with a USB camera that was unplugged while it streamed."""
    node, link = tmp_path / "video0", tmp_path / "by-id"
    node.write_bytes(b"")
    link.symlink_to(node)

    class Unplugged(Device):
        def close(self) -> None:
            node.unlink()

    _devices(monkeypatch, Unplugged(2, OSError(errno.EINVAL, "Invalid argument")))
    seen = watch(open_source("v4l2", device=str(link)), 60)
    assert "was unplugged" in str(seen.lost)


def test_a_device_that_another_program_has_is_told_at_once(open_source: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    _devices(monkeypatch, OSError(errno.EBUSY, "Device or resource busy"))
    with pytest.raises(CameraLost, match="/dev/null: another program uses it; end that program"):
        open_source("v4l2", device="/dev/null")


def test_a_microphone_that_is_not_there_never_costs_the_picture(
    open_source: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "_AGAIN_SECONDS", 0.01)
    opened = _devices(monkeypatch, Device(5, OSError(errno.ENODEV, "")))
    source = open_source("v4l2", device="/dev/null", sound_device="hw:CARD=none")
    seen = watch(source, 60)
    assert len(seen.packets(0)) == 5
    (description,) = seen.descriptions
    assert [(stream.kind, stream.codec) for stream in description.streams] == [("video", "mjpeg"), ("audio", "aac")]
    source.close()
    tried = [line for line in opened if line.startswith("alsa hw:CARD=none")]
    assert [line[-16:] for line in tried[:2]] == ["'channels': '1'}", "'channels': '2'}"]
    assert [thread.is_alive() for thread in source._threads] == [False, False]  # type: ignore[attr-defined]


# Sound, with a stand-in for the card.


class Card:
    """A stand-in for what ``av.open`` gives of a sound card: a tone in small packets, at its pace by ``clock``; after
    ``lost`` packets so many milliseconds were not fetched in time."""

    def __init__(
        self, clock: SetClock, rate: int, channels: int, *, packets: int, lost: tuple[int, int] = (0, 0)
    ) -> None:
        self._clock, self._rate, self._channels, self._packets, self._lost = clock, rate, channels, packets, lost
        context = SimpleNamespace(channels=channels, sample_rate=rate)
        self.streams = SimpleNamespace(audio=[SimpleNamespace(codec_context=context)])
        self.closed = False

    def demux(self, stream: object) -> Iterator[Any]:
        for number in range(self._packets):
            if number == self._lost[0]:
                self._clock.advance(self._lost[1] / 1000)
            at = np.arange(number * 128, number * 128 + 128)
            wave = (np.sin(2 * np.pi * 500 / self._rate * at) * 12_000).astype(np.int16)
            self._clock.advance(128 / self._rate)
            yield av.Packet(np.repeat(wave, self._channels).tobytes())
        raise OSError(errno.ENODEV, "No such device")

    def close(self) -> None:
        self.closed = True


def _heard(card: Card, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> tuple[Stream, list[Packet]]:
    """What a microphone gives until its card is unplugged."""
    stopped, got = threading.Event(), list[Packet]()

    def open_(path: str, *, format: str, options: Mapping[str, str]) -> Card:
        if card.closed:
            stopped.set()
            raise OSError(errno.ENOENT, "no such card")
        return card

    monkeypatch.setattr(av, "open", open_)
    monkeypatch.setattr(microphone, "_AGAIN_SECONDS", 0.01)
    made = microphone.Microphone("hw:0", clock, clock.boot_ns(), got.append)
    made.run(stopped)
    return made.stream, got


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 1), (44_100, 2)])
def test_a_card_s_sound_is_what_it_played_at_the_time_it_played_it(
    monkeypatch: pytest.MonkeyPatch, rate: int, channels: int
) -> None:
    clock = SetClock(SECOND)
    packets = rate * 3 // 128
    stream, got = _heard(Card(clock, rate, channels, packets=packets), clock, monkeypatch)
    assert (stream.codec, stream.sample_rate, stream.channels) == ("aac", 16_000, 1)
    assert len(got) == pytest.approx(3 * 16_000 / 1024, abs=3)
    assert {after.pts - before.pts for before, after in pairwise(got)} <= {63_999, 64_000, 64_001}
    assert abs(got[0].pts) <= 1000, "the first sample was taken when the card was opened"
    decoder: Any = av.CodecContext.create("aac", "r")
    decoder.extradata = stream.extradata
    sound = np.concatenate([frame.to_ndarray()[0] for each in got for frame in decoder.decode(av.Packet(each.data))])
    spectrum = np.abs(np.fft.rfft(sound[8000:24_000]))
    assert int(spectrum.argmax()) == 500
    assert 0.3 < float(np.abs(sound[8000:24_000]).max()) < 0.45


def test_what_was_not_fetched_in_time_is_a_hole_and_what_follows_is_in_step_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SetClock(SECOND)
    _, got = _heard(Card(clock, 16_000, 1, packets=750, lost=(375, 700)), clock, monkeypatch)
    ends_us = (750 * 128 * 1_000_000) // 16_000 + 700_000
    assert got[-1].pts + got[-1].duration == pytest.approx(ends_us, abs=3 * 64_000)
    holes = [after.pts - before.pts for before, after in pairwise(got) if after.pts - before.pts > 65_000]
    assert sum(hole - 64_000 for hole in holes) == pytest.approx(700_000, abs=1000)
