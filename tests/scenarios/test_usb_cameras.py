"""USB cameras that the kernel drives, recorded by the real processes, unplugged, plugged in again and viewed.

Skipped where the kernel has no ``vhci_hcd``, as in a container: ``modprobe -a vhci_hcd uvcvideo snd-aloop`` in a
machine that has it, as root.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.api import Packet, Streams
from appliance.core.model import Camera
from tests.box import OFFICER, Box, make_box, until
from tests.caselife import life_of
from tests.opened import Held, held
from tests.peers.usb_camera import DIFFERENT, UsbCamera, numbered, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")

SECOND = 1_000_000_000
SLOW_SECONDS = 600.0
"""A machine that is emulated whole starts the processes within minutes."""

SENT = numbered(DIFFERENT, raw=False)
LINK = "/dev/v4l/by-id/usb-Office_Recorder_Lab_Camera_{}-video-index0"
PATIENT = {"open_seconds": 60.0, "silence_seconds": 30.0}
SOUND = "hw:CARD=Loopback,DEV=1" if os.path.exists("/proc/asound/Loopback") else ""


@dataclass
class Recorded:
    box: Box
    findings: list[str]
    verified: dict[str, object]
    nodes: tuple[str, str]
    viewed: dict[str, bytes]
    held: dict[str, Held]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """01 compresses and has approved sound where the machine has a card; 02 sends raw pictures, and its sound is not
    approved. 01 is unplugged and plugged in again behind a third one, which takes its number."""
    one, two = (
        UsbCamera(SENT, serial="SN1", fps=5),
        UsbCamera(numbered(DIFFERENT, raw=True), serial="SN2", port=1, raw=True, fps=2),
    )
    three = UsbCamera(SENT, serial="SN3", port=2, fps=5)
    places = {"01": LINK.format("SN1"), "02": LINK.format("SN2")}
    cameras = [
        Camera(
            camera_no=no,
            location="hall",
            source="v4l2",
            settings={"device": device, "sound_device": SOUND, **PATIENT},
            sound=no == "01" and bool(SOUND),
        )
        for no, device in places.items()
    ]
    with one, two:
        for device in places.values():
            until(lambda path=device: os.path.exists(path) or None, seconds=SLOW_SECONDS, what=device)
        with make_box(tmp_path_factory.mktemp("usb") / "office", cameras) as box:
            box.start("keeper", "darkroom", "recorder")
            for no in places:
                until(lambda no=no: box.camera(no)["state"] == "live" or None, seconds=SLOW_SECONDS, what=no)
            begun, before = time.time_ns(), os.path.realpath(places["01"])
            until(lambda: time.time_ns() > begun + 12 * SECOND or None, what="twelve seconds")
            one.unplug()
            until(lambda: box.camera("01")["state"] == "lost" or None, seconds=SLOW_SECONDS, what="the loss")
            found = until(lambda: _findings(box), seconds=2 * SLOW_SECONDS, what="the finding")
            again = UsbCamera(SENT, serial="SN1", fps=5)
            with three:
                until(lambda: os.path.exists(LINK.format("SN3")) or None, seconds=SLOW_SECONDS, what="the third")
                with again:
                    until(lambda: box.camera("01")["state"] == "live" or None, seconds=SLOW_SECONDS, what="it back")
                    back = time.time_ns()
                    until(lambda: time.time_ns() > back + 8 * SECOND or None, what="eight seconds")
                    nodes = (before, os.path.realpath(places["01"]))
                    viewed = _view(box, tuple(places), begun)
                    box.stop()
            box.start("keeper")
            verified = box.verified()
            box.stop()
            yield Recorded(box, found, verified, nodes, viewed, held(box))


def _findings(box: Box) -> list[str] | None:
    return [str(each["key"]) for each in box.status()["findings"] if "01" in str(each["key"])] or None


def _view(box: Box, cameras: tuple[str, ...], start_ns: int) -> dict[str, bytes]:
    session = box.both_logged_in()
    case = life_of(box, session).viewing(cameras, start_ns, start_ns + 10 * SECOND)
    grant = box.call("viewing.open", session=session, case=case, seat=1, password=OFFICER.password)["grant"]
    client, out = box.client(SLOW_SECONDS), {}
    for no in cameras:
        _, blocks = client.stream(
            "viewing.media",
            session=session,
            grant=grant,
            camera_no=no,
            start_ns=start_ns + 2 * SECOND,
            seconds=5,
            video_codecs=["h264"],
        )
        out[no] = b"".join(blocks)
    client.close()
    return out


def test_what_the_camera_sent_is_in_the_ring_as_it_came(recorded: Recorded) -> None:
    turns = [SENT.index(packet.data) for packet in recorded.held["01"].packets(0)]
    assert len(turns) > 40
    left_out = [(after - before - 1) % DIFFERENT for before, after in pairwise(turns)]
    print(f"01: {len(turns)} pictures, all as sent; breaks in their order: {sum(map(bool, left_out))}")
    assert sum(map(bool, left_out)) < len(turns) // 10, "in order, but where it was unplugged"


def test_a_check_of_everything_finds_nothing_wrong(recorded: Recorded) -> None:
    print(recorded.verified)
    assert recorded.verified["ok"]


def test_raw_pictures_are_in_the_ring_as_h264(recorded: Recorded) -> None:
    found = recorded.held["02"]
    first = next(item for item in found.items if isinstance(item, Streams))
    assert [(stream.kind, stream.codec, stream.width) for stream in first.streams] == [("video", "h264", 320)]
    assert len(found.packets(0)) > 8
    print(f"02: {len(found.packets(0))} pictures, {sum(len(packet.data) for packet in found.packets(0))} bytes")


@pytest.mark.skipif(not SOUND, reason="no module snd-aloop")
def test_D_16_sound_is_there_where_it_is_approved_and_nowhere_else(recorded: Recorded) -> None:
    kinds = {
        no: {stream.kind for item in found.items if isinstance(item, Streams) for stream in item.streams}
        for no, found in recorded.held.items()
    }
    assert kinds == {"01": {"video", "audio"}, "02": {"video"}}
    assert recorded.held["01"].packets(1)
    assert not recorded.held["02"].packets(1)


def test_an_unplugged_camera_is_a_finding_and_a_gap_and_records_again_by_itself(recorded: Recorded) -> None:
    assert recorded.findings
    assert recorded.nodes[0] != recorded.nodes[1], "it came back under another number"
    gaps = [gap for gap in recorded.held["01"].gaps if "unplugged" in gap.cause or "is not there" in gap.cause]
    print(recorded.findings, recorded.nodes, [(gap.cause, (gap.end_ns - gap.start_ns) / SECOND) for gap in gaps])
    assert gaps
    last = [item for item in recorded.held["01"].items if isinstance(item, Packet)][-1]
    assert last.stream in (0, 1)
    assert recorded.held["01"].last_ns > max(gap.end_ns for gap in gaps)


def test_ffprobe_accepts_what_comes_out_for_viewing(recorded: Recorded, tmp_path: Path) -> None:
    for no, data in recorded.viewed.items():
        path = tmp_path / f"{no}.mp4"
        path.write_bytes(data)
        shown = ["-show_entries", "stream=codec_name,nb_read_packets", "-count_packets", "-of", "csv=p=0"]
        done = subprocess.run(
            ["ffprobe", "-v", "warning", *shown, str(path)], capture_output=True, text=True, check=True
        )
        print(no, len(data), "bytes:", done.stdout.split())
        assert done.stderr == ""
        assert done.stdout.startswith("h264,")
