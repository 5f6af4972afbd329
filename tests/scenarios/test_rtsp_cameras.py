"""Cameras of a real RTSP server that is not ours, recorded by the real processes and viewed again.

Every packet that arrived is in the ring unchanged, across segments, reconnects and changes of resolution; what comes
out for viewing is accepted by ffprobe without a word.
"""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.api import Packet, Streams, split_nals
from appliance.core.model import Camera
from tests.box import OFFICER, Box, make_box, until
from tests.caselife import life_of
from tests.opened import Held, held
from tests.peers.clips import clip
from tests.peers.rtsp import RtspServer

pytestmark = pytest.mark.rtsp

SECOND = 1_000_000_000
CAMERAS = {"01": "h264_aac", "02": "hevc_aac", "03": "h264_alaw", "04": "h264_ulaw", "05": "h264_opus"}
CHANGES = {"01": "h264_large", "02": "hevc_large"}
"""These cameras change their resolution while they are recorded."""


@dataclass
class Recorded:
    box: Box
    viewed: dict[str, list[tuple[list[str], bytes]]]
    held: dict[str, Held]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Five cameras: some seconds, a change of resolution in two of them, one camera's connection cut, some seconds."""
    with (
        RtspServer({f"cam{no}": name for no, name in CAMERAS.items() if no != "03"}) as server,
        RtspServer({"cam03": CAMERAS["03"]}) as other,
    ):
        urls = {no: (other if no == "03" else server).url(f"cam{no}") for no in CAMERAS}
        cameras = [
            Camera(camera_no=no, location=name, source="rtsp", settings={"url": urls[no]}, sound=True)
            for no, name in CAMERAS.items()
        ]
        with make_box(tmp_path_factory.mktemp("rtsp") / "office", cameras) as box:
            box.start("keeper", "darkroom", "recorder")
            box.recording(*CAMERAS)
            begun = time.time_ns()
            for no, name in CHANGES.items():
                server.command("clip", f"cam{no}", str(clip(name).directory))
            until(lambda: time.time_ns() > begun + 6 * SECOND or None, what="six seconds")
            other.command("drop", "cam03")
            until(lambda: box.camera("03")["state"] != "live" or None, what="the lost camera")
            until(lambda: box.camera("03")["state"] == "live" or None, what="the camera to be back")
            back = time.time_ns()
            until(lambda: time.time_ns() > back + 4 * SECOND or None, what="four seconds")
            viewed = _view(box, begun, begun + 5 * SECOND)
            box.stop()
            yield Recorded(box, viewed, held(box))


def _view(box: Box, start_ns: int, end_ns: int) -> dict[str, list[tuple[list[str], bytes]]]:
    """What comes out for viewing of each camera, for a browser without H.265 and for one with it."""
    session = box.both_logged_in()
    case = life_of(box, session).viewing(CAMERAS, start_ns, end_ns)
    grant = box.call("viewing.open", session=session, case=case, seat=1, password=OFFICER.password)["grant"]
    out: dict[str, list[tuple[list[str], bytes]]] = {}
    client = box.client()
    for no in CAMERAS:
        for codecs in (["h264"], ["h264", "hevc"]):
            at: int | None = start_ns
            while at is not None and at < end_ns:
                head, blocks = client.stream(
                    "viewing.media",
                    session=session,
                    grant=grant,
                    camera_no=no,
                    start_ns=at,
                    seconds=5,
                    video_codecs=codecs,
                )
                data = b"".join(blocks)
                if data:
                    out.setdefault(no, []).append((codecs, data))
                at = head["next_ns"] if head["next_ns"] and head["next_ns"] > at else None
    client.close()
    return out


def _nals(packet: Packet) -> tuple[bytes, ...]:
    return tuple(split_nals(packet.data))


def _runs(found: Held, *, reconnected: bool) -> list[list[Packet]]:
    """The video packets without a break; of a camera that was connected again, each segment by itself."""
    runs: list[list[Packet]] = [[]]
    for item in found.items:
        if reconnected and isinstance(item, Streams):
            runs.append([])
        elif isinstance(item, Packet) and item.stream == 0:
            runs[-1].append(item)
    return [run for run in runs if run]


@pytest.mark.parametrize("no", CAMERAS)
def test_every_packet_is_there_unchanged_and_in_order(recorded: Recorded, no: str) -> None:
    names = [CAMERAS[no], *([CHANGES[no]] if no in CHANGES else [])]
    sent = [tuple(tuple(split_nals(unit)) for unit in clip(name).video) for name in names]
    known = [nals for clip_ in sent for nals in clip_]
    runs = _runs(recorded.held[no], reconnected=no == "03")
    assert len(runs) >= (2 if no == "03" else 1)
    assert max(map(len, runs)) > 30
    for run in runs:  # one of them is short where a slot of ten minutes began meanwhile
        frames = [_nals(packet) for packet in run]
        assert frames[0] in known
        for before, after in itertools.pairwise(frames):
            assert after in _following(sent, before), f"camera {no}: a packet is missing, altered or out of order"
        for name, clip_ in zip(names, sent, strict=True):
            assert any(frame in clip_ for frame in frames), f"nothing of {name} was recorded"


def _following(sent: list[tuple[tuple[bytes, ...], ...]], nals: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
    """What may come after an access unit: the next of its clip, which loops, or the first of the next clip."""
    out = []
    for number, units in enumerate(sent):
        for at, unit in enumerate(units):
            if unit == nals:
                last = at + 1 == len(units)
                out.append(units[0] if last else units[at + 1])
                if last and number + 1 < len(sent):
                    out.append(sent[number + 1][0])
    return out


@pytest.mark.parametrize("no", CAMERAS)
def test_sound_is_there_unchanged_and_in_order(recorded: Recorded, no: str) -> None:
    wanted = clip(CAMERAS[no]).audio
    heard = [packet.data for packet in recorded.held[no].packets(1)]
    assert len(heard) > 50
    for before, after in itertools.pairwise(heard):
        places = [at for at, unit in enumerate(wanted) if unit == before]
        assert places
        assert after in {wanted[(at + 1) % len(wanted)] for at in places} or no == "03"


@pytest.mark.parametrize("no", CHANGES)
def test_a_change_of_resolution_begins_a_segment_that_says_so(recorded: Recorded, no: str) -> None:
    sizes = [
        (item.streams[0].width, item.streams[0].height) for item in recorded.held[no].items if isinstance(item, Streams)
    ]
    first, second = clip(CAMERAS[no]).recipe, clip(CHANGES[no]).recipe
    assert (first.width, first.height) in sizes
    assert sizes[-1] == (second.width, second.height)
    assert recorded.held[no].segments >= 2


def test_the_lost_camera_has_a_gap_with_its_cause(recorded: Recorded) -> None:
    gaps = [gap for gap in recorded.held["03"].gaps if gap.cause not in ("start", "stopped")]
    assert len(gaps) == 1
    assert gaps[0].cause.startswith("lost")
    assert 0.1 * SECOND < gaps[0].end_ns - gaps[0].start_ns < 15 * SECOND


@pytest.mark.parametrize("no", CAMERAS)
def test_ffprobe_accepts_what_comes_out_for_viewing_without_a_word(recorded: Recorded, no: str, tmp_path: Path) -> None:
    assert recorded.viewed[no]
    for number, (codecs, data) in enumerate(recorded.viewed[no]):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(data)
        shown = ["-show_entries", "stream=codec_name", "-count_packets", "-of", "csv=p=0"]
        done = subprocess.run(
            ["ffprobe", "-v", "warning", *shown, str(path)], capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        video = "hevc" if "hevc" in CAMERAS[no] and "hevc" in codecs else "h264"
        assert done.stdout.split()[0] == video
        decoded = subprocess.run(
            ["ffmpeg", "-v", "warning", "-i", str(path), "-f", "null", "-"], capture_output=True, text=True, check=True
        )
        assert decoded.stderr == ""
