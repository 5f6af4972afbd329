"""The kind ``v4l2`` with devices: a USB camera that the kernel drives, ``vivid``, and sound through ``snd-aloop``.

Skipped where the kernel has not these modules, as in a container; run as root in a machine that has: ``modprobe -a
vhci_hcd vivid snd-aloop``. Everything else of the kind is in ``test_local_camera.py``.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import math
import os
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, ClassVar

import av
import numpy as np
import pytest

from appliance.api import CameraLost, Packet
from appliance.plugins.sources.video_device import formats_of, is_camera
from appliance.testing import SourceContract, watch
from tests.patience import PATIENCE_SECONDS
from tests.peers.usb_camera import DIFFERENT, UsbCamera, numbered, why_not
from tests.plugins.conftest import Open

usb = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")
VIVID = "/dev/v4l/by-path/platform-vivid.0-video-index0"
vivid = pytest.mark.skipif(not os.path.exists(VIVID), reason="no module vivid: `modprobe vivid`")
aloop = pytest.mark.skipif(
    not os.path.exists("/proc/asound/Loopback") or shutil.which("aplay") is None,
    reason="no module snd-aloop or no aplay: `modprobe snd-aloop; apt install alsa-utils`",
)
PATIENT = {"open_seconds": 60.0, "silence_seconds": 60.0}


def _there(path: str) -> str:
    """``path`` once udev has made it and the device may be opened."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not (os.path.exists(path) and formats_of(path)):
        assert time.monotonic() < ends, f"{path} did not come"
        time.sleep(0.1)
    return path


def _by_id(serial: str) -> str:
    return f"/dev/v4l/by-id/usb-Office_Recorder_Lab_Camera_{serial}-video-index0"


def _bars(packets: list[Packet], codec: str) -> list[int]:
    """Where the light bar is in each picture, in steps of 8 pixels."""
    decoder: Any = av.CodecContext.create(codec, "r")
    found = []
    for packet in [*packets, None]:
        for frame in decoder.decode(av.Packet(packet.data) if packet else None):
            found.append(round(int(np.argmax(frame.to_ndarray(format="gray")[60] > 120)) / 8))
    return found


@usb
class TestV4l2Contract(SourceContract):
    plugin = "source_av"
    kind_name = "v4l2"
    seconds = 3.0
    camera: ClassVar[UsbCamera]

    @pytest.fixture(autouse=True)
    def _camera(self) -> Iterator[None]:
        with UsbCamera(numbered(30, raw=False)) as camera:
            type(self).camera = camera
            type(self).settings = {"device": _there(camera.path), **PATIENT}
            yield

    def end_camera(self) -> None:
        self.camera.unplug()


@usb
def test_a_usb_camera_s_pictures_come_as_it_sent_them(open_source: Open) -> None:
    sent = numbered(DIFFERENT, raw=False)
    with UsbCamera(sent, serial="SN7") as camera:
        source = open_source("v4l2", device=_there(_by_id("SN7")), **PATIENT)
        seen = watch(source, PATIENCE_SECONDS, until=31)
        assert source.identity["serial"] == "SN7"  # type: ignore[attr-defined]
        assert source.identity["bus"].startswith("usb-vhci_hcd.0-1")  # type: ignore[attr-defined]
        nodes = sorted(glob.glob("/dev/v4l/by-path/*vhci_hcd.0-usb-0:1:*"))
        assert [is_camera(path) for path in nodes] == [True, False], "its second device gives no pictures"
        source.close()
        assert camera.sent >= 30
    came = [packet.data for packet in seen.packets(0)]
    turns = [sent.index(data) for data in came]
    assert all((after - before) % DIFFERENT in (1, 2, 3) for before, after in pairwise(turns)), "in order; few left out"
    assert (seen.descriptions[0].streams[0].width, seen.descriptions[0].streams[0].height) == (320, 176)
    seconds = (seen.packets(0)[-1].pts - seen.packets(0)[0].pts) / 1e6
    assert seconds == pytest.approx(((turns[-1] - turns[0]) % DIFFERENT) / 10, abs=1.0)


@usb
def test_raw_pictures_of_a_usb_camera_are_encoded_and_show_what_it_filmed(open_source: Open) -> None:
    with UsbCamera(numbered(DIFFERENT, raw=True), raw=True) as camera:
        source = open_source("v4l2", device=_there(camera.path), **PATIENT)
        seen = watch(source, PATIENCE_SECONDS, until=31)
        source.close()
    bars = _bars(seen.packets(0), "h264")
    assert len(bars) == len(seen.packets(0))
    assert all((after - before) % DIFFERENT in (1, 2, 3) for before, after in pairwise(bars))
    assert sum(packet.is_key for packet in seen.packets(0)) >= 2


@usb
def test_a_camera_that_is_plugged_in_again_is_found_by_its_name_under_another_number(open_source: Open) -> None:
    pictures = numbered(10, raw=False)
    with UsbCamera(pictures, serial="SN1") as camera:
        source = open_source("v4l2", device=_there(_by_id("SN1")), **PATIENT)
        before = (os.path.realpath(_by_id("SN1")), source.identity)  # type: ignore[attr-defined]
        watch(source, PATIENCE_SECONDS, until=5)
        camera.unplug()
        lost = watch(source, PATIENCE_SECONDS).lost
        assert "was unplugged; check its cable" in str(lost)
    with pytest.raises(CameraLost, match=r"SN1-video-index0: is not there"):
        open_source("v4l2", device=_by_id("SN1"))
    with UsbCamera(pictures, serial="SN2", port=1), UsbCamera(pictures, serial="SN1", port=0):
        again = open_source("v4l2", device=_there(_by_id("SN1")), **PATIENT)
        after = (os.path.realpath(_by_id("SN1")), again.identity)  # type: ignore[attr-defined]
        assert len(watch(again, PATIENCE_SECONDS, until=5).packets(0)) >= 3
        again.close()
    source.close()
    assert after[1] == before[1], "it is the same device"


@usb
def test_two_same_cameras_without_a_serial_number_are_told_apart_by_their_sockets_alone(open_source: Open) -> None:
    pictures = numbered(10, raw=False)
    with UsbCamera(pictures, serial="", port=0) as one, UsbCamera(pictures, serial="", port=1) as two:
        told = []
        for camera in (one, two):
            source = open_source("v4l2", device=_there(camera.path), **PATIENT)
            told.append(source.identity)  # type: ignore[attr-defined]
            source.close()
    assert [sorted(each) for each in told] == [["bus", "card"]] * 2
    assert told[0]["card"] == told[1]["card"]
    assert told[0]["bus"] != told[1]["bus"]


@usb
def test_a_camera_that_another_program_streams_is_told_as_such(open_source: Open) -> None:
    with UsbCamera(numbered(10, raw=False)) as camera:
        first = open_source("v4l2", device=_there(camera.path), **PATIENT)
        watch(first, PATIENCE_SECONDS, until=3)
        with pytest.raises(CameraLost, match="another program uses it"):
            open_source("v4l2", device=camera.path, **PATIENT)
        first.close()


@vivid
def test_a_camera_of_raw_pictures_alone_is_encoded(open_source: Open) -> None:
    source = open_source("v4l2", device=VIVID, fps=5, **PATIENT)
    seen = watch(source, PATIENCE_SECONDS, until=21)
    source.close()
    picture = seen.descriptions[0].streams[0]
    assert (picture.codec, picture.width % 2, picture.height % 2) == ("h264", 0, 0)
    decoder: Any = av.CodecContext.create("h264", "r")
    shown = sum(len(decoder.decode(av.Packet(packet.data))) for packet in seen.packets(0)) + len(decoder.decode(None))
    assert shown == len(seen.packets(0)) >= 15


class Speaker:
    """Plays into the loopback card: silence, and a tone of 500 Hz while :attr:`loud`. ``buffer_ms``: how much of it is
    on its way."""

    rate, block, buffer_ms = 16_000, 320, 100

    def __init__(self) -> None:
        command = ["aplay", "-q", "-D", "plughw:Loopback,0,0", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", "16000"]
        buffers = [f"--buffer-time={self.buffer_ms * 1000}", f"--period-time={self.buffer_ms * 250}"]
        self._process = subprocess.Popen([*command, *buffers], stdin=subprocess.PIPE, bufsize=0)
        assert self._process.stdin
        fcntl.fcntl(self._process.stdin, fcntl.F_SETPIPE_SZ, 4096)  # an eighth of a second
        self.loud = self.over = False
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self) -> None:
        wave = [round(12_000 * math.sin(2 * math.pi * 500 * at / self.rate)) for at in range(self.block)]
        loud, quiet = struct.pack(f"<{self.block}h", *wave), bytes(2 * self.block)
        with contextlib.suppress(OSError, ValueError):
            while not self.over and self._process.stdin:
                self._process.stdin.write(loud if self.loud else quiet)

    def close(self) -> None:
        self.over = True
        self._process.terminate()
        self._process.wait(30)
        self._thread.join(30)
        if self._process.stdin:
            self._process.stdin.close()


@usb
@aloop
def test_sound_is_in_step_with_the_picture(open_source: Open, record_property: Any) -> None:
    """A tone and a light that begin at once. What differs is what lies in the player's and the card's buffers."""
    dark, light = numbered(1, raw=False)[0], numbered(10, raw=False)[9]
    filmed = [dark]
    speaker = Speaker()
    try:
        with UsbCamera(filmed) as camera:
            settings = {"device": _there(camera.path), "sound_device": "hw:CARD=Loopback,DEV=1", **PATIENT}
            source = open_source("v4l2", **settings)
            begun = watch(source, 12.0)
            assert begun.packets(1), "no sound came"
            speaker.loud = True
            camera._pictures[0] = light
            shown = watch(source, 8.0)
            source.close()
    finally:
        speaker.close()
    lit = next(packet.pts for packet in shown.packets(0) if packet.data == light)
    heard = _first_loud([*begun.packets(1), *shown.packets(1)], begun.descriptions[0].streams[1].extradata)
    off_ms = (heard - lit) / 1000
    record_property("sound_after_picture_ms", round(off_ms))
    print(f"sound after picture: {off_ms:.0f} ms")
    assert -150 < off_ms < 150 + 4 * Speaker.buffer_ms
    stamps = [packet.pts for packet in [*begun.packets(1), *shown.packets(1)]]
    assert stamps == sorted(set(stamps))


def _first_loud(packets: list[Packet], extradata: bytes) -> int:
    decoder: Any = av.CodecContext.create("aac", "r")
    decoder.extradata = extradata
    for packet in packets:
        for frame in decoder.decode(av.Packet(packet.data)):
            if np.abs(frame.to_ndarray()).max() > 0.1:
                return packet.pts
    raise AssertionError("the tone was not heard")
