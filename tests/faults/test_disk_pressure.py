"""A real disk that fills while a whole office records on it (``AT-19``, ``T-10``, ``T-13``): a small ext4, filled by
other files to where each rung begins, and to its last block."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.api import Packet
from appliance.core.clock import SystemClock
from appliance.core.model import Camera, Span
from appliance.formats.fragments import decode_fragment, decode_streams, packet_wall_ns
from appliance.formats.segment import MEDIA, STREAMS, SegmentOpener
from appliance.keeper.context import Stores
from appliance.rules.deadlines import DAY_NS
from appliance.rules.pressure import KEY_FRAMES_ONLY, LESSER_PROFILE, STOPPED, marks
from tests.box import OFFICER, Box, make_box, testcard, until
from tests.caselife import life_of
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.faults.hasty_process import hasty_command
from tests.faults.takes import ALWAYS, stopped
from tests.footage import film_past

pytestmark = pytest.mark.root

MB = 1_000_000
CAMERAS = [
    Camera(
        camera_no=number,
        location="測試",
        source="testcard",
        settings={**testcard(number).settings, "gop_seconds": 1.0},
        sound=True,
        priority=priority,
    )
    for number, priority in (("01", 10), ("02", 30), ("03", 20))
]
CAMERAS[2].settings["lesser_bitrate"] = 60_000


class _HastyBox(Box):
    def command(self, name: str) -> list[str]:
        return hasty_command(self.settings_path) if name == "keeper" else super().command(name)


class _Filler:
    """Files that are not footage: they take blocks until so many bytes are free, and give them back."""

    def __init__(self, disk: Ext4) -> None:
        self._path = disk.path / "other"
        self._path.mkdir()
        self._count = 0

    @property
    def free(self) -> int:
        found = os.statvfs(self._path)
        return found.f_bavail * found.f_frsize

    def leave(self, size: int) -> None:
        """Takes blocks until at most ``size`` bytes are free, to the last one for 0."""
        chunk = 4 * MB
        while chunk >= 4096:
            if size and self.free - chunk < size:
                chunk //= 2
                continue
            self._count += 1
            with (self._path / str(self._count)).open("wb") as file:
                try:
                    os.posix_fallocate(file.fileno(), 0, chunk)
                except OSError:
                    chunk //= 2

    def give_back(self) -> None:
        for name in self._path.iterdir():
            name.unlink()


@contextlib.contextmanager
def small_office(directory: Path, cameras: Sequence[Camera] = CAMERAS) -> Iterator[tuple[Box, _Filler]]:
    """On a disk without blocks that only root may take: a box's processes are nobody's root."""
    with ext4_on_loop(directory, 400) as disk:
        subprocess.run(["tune2fs", "-m", "0", disk.loop], check=True, capture_output=True)
        disk.power_on()
        with make_box(disk.path / "office", cameras, kind=_HastyBox) as box:
            yield box, _Filler(disk)


def entered(box: Box, kind: str) -> list[dict[str, Any]]:
    session = box.both_logged_in()
    found: list[dict[str, Any]] = []
    size = box.status()["ledger"]["size"]
    for start in range(0, size, 200):
        page = box.call("ledger.list", session=session, start=start, count=min(200, size - start))
        found += [entry["fields"] for entry in page["entries"] if entry["kind"] == kind]
    return found


def rung(box: Box) -> int:
    return int(box.status()["space"]["rung"])


def states(box: Box) -> dict[str, tuple[str, str]]:
    return {camera["camera_no"]: (camera["state"], camera["detail"]) for camera in box.status()["cameras"]}


def keys(box: Box) -> set[str]:
    return {str(finding["key"]) for finding in box.status()["findings"]}


def files(box: Box) -> dict[str, str]:
    """SHA-256 of every closed segment."""
    ring = Path(box.settings.layout.ring)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in ring.rglob("*.seg")}


def receive(box: Box) -> str:
    """An act of the office: a sealed record and a ledger entry, durable; the case's number."""
    now_ns = SystemClock().wall_ns()
    return life_of(box).receive(["01"], now_ns - 60 * 10**9, now_ns - 30 * 10**9)


def packets(stores: Stores, camera_no: str, span: Span) -> Iterator[tuple[Packet, bool]]:
    """What decrypts of a span, and whether it is video."""
    with stores.office.keyholders.unlock(OFFICER.name, OFFICER.password) as vault:
        for stretch in stores.ring.find(camera_no, span):
            stored = stores.office.key_store.sealed(stretch.bucket_id)
            assert stored is not None
            with vault.open_buckets([stored]) as keys:
                for segment in stretch.segments:
                    read_at = functools.partial(stores.ring.shelves.read_at, stretch.bucket_id, segment.number)
                    opener = SegmentOpener(read_at, segment.bytes, keys[stretch.bucket_id])
                    for frame in opener.frames():
                        if frame.type == STREAMS:
                            streams = {each.number: each for each in decode_streams(opener.open(frame)).streams}
                        elif frame.type == MEDIA:
                            fragment = decode_fragment(opener.open(frame))
                            for packet in fragment.packets:
                                stream = streams[packet.stream]
                                if span.holds(packet_wall_ns(fragment, packet, stream.time_base)):
                                    yield packet, stream.kind == "video"


def test_at_19_on_a_real_disk_each_rung_comes_in_its_order_and_goes_again(tmp_path: Path) -> None:
    with small_office(tmp_path) as (box, filler):
        box.start("keeper", "darkroom")
        for camera in CAMERAS:
            film_past(box, camera.camera_no, SystemClock().wall_ns() - 20 * DAY_NS, 3)
        box.start("recorder")
        box.recording("01", "02", "03")
        old = files(box)
        assert len(old) == 3
        total = os.statvfs(box.directory).f_blocks * os.statvfs(box.directory).f_frsize
        found = marks(total, 1 << 40)
        assert rung(box) == 0
        filler.leave(found.target - MB)
        until(lambda: rung(box) == 1, what="rung 1")
        until(lambda: "pressure-target" in keys(box), what="the finding of rung 1")
        filler.leave(found.reduce - MB)
        until(lambda: rung(box) == 2, what="rung 2")
        until(lambda: states(box)["01"] == ("live", KEY_FRAMES_ONLY), what="key frames only")
        until(lambda: states(box)["03"] == ("live", LESSER_PROFILE), what="the camera that has a lesser profile")
        filler.leave(found.stop - MB)
        until(lambda: states(box)["02"] == ("stopped", STOPPED), what="the least important camera's stop")
        assert states(box)["01"][0] == states(box)["03"][0] == "live"
        filler.leave(found.reserve + MB)
        until(lambda: {state for state, _ in states(box).values()} == {"stopped"}, what="every camera's stop")
        assert keys(box) >= {"pressure-stopped"}
        filler.leave(0)
        assert filler.free < 100_000
        assert receive(box), "the ledger and the records take entries on a full disk"
        filler.give_back()
        until(lambda: rung(box) == 0, seconds=60, what="the way back")
        until(lambda: set(states(box).values()) == {("live", "")}, seconds=30, what="all cameras")
        until(lambda: not {key for key in keys(box) if key.startswith(("pressure", "records"))}, what="no finding left")
        changes = [(each["rung"], tuple(each.get("stopped", ()))) for each in entered(box, "pressure.changed")]
        all_three = ("02", "03", "01")
        assert changes == [
            (1, ()), (2, ()), (3, all_three[:1]), (3, all_three[:2]), (3, all_three),
            (3, all_three[:2]), (3, all_three[:1]), (2, ()), (1, ()), (0, ()),
        ]  # fmt: skip
        assert entered(box, "destroy.intended") == []
        assert box.verified()["ok"]
        box.stop()
        now = files(box)
        assert {name: now.get(name) for name in old} == old
        with stopped(box) as stores:
            noted = {no: stores.ring.index.noted_gaps(no, ALWAYS) for no in ("01", "02", "03")}
            for gaps in noted.values():
                assert [gap.cause for gap in gaps if gap.cause == STOPPED], "the time without footage says why"
            reduced = next(gap for gap in noted["01"] if gap.cause == KEY_FRAMES_ONLY)
            span = Span(reduced.start_ns + 10**9, reduced.end_ns)
            kept = [(packet.is_key, is_video) for packet, is_video in packets(stores, "01", span)]
            assert kept.count((True, True)) >= 2, "there are pictures"
            assert (False, True) not in kept, "and they are key frames"
            assert [is_video for _, is_video in kept].count(False) >= 20, "and sound goes on"


def test_filled_to_the_last_block_at_once_nothing_written_is_lost_and_recording_comes_back(tmp_path: Path) -> None:
    with small_office(tmp_path) as (box, filler):
        box.start("keeper", "darkroom")
        film_past(box, "01", SystemClock().wall_ns() - 20 * DAY_NS, 3)
        box.start("recorder")
        box.recording("01", "02", "03")
        old = files(box)
        before = {path: path.read_bytes() for path in Path(box.settings.layout.open).glob("*.seg")}
        assert len(before) == 3
        filler.leave(0)
        until(
            lambda: "No space left" in box.logs() or "stopped to leave room" in box.logs(), what="the recorder's notice"
        )
        until(lambda: rung(box) == 3, what="rung 3")
        assert receive(box), "the ledger and the records take entries on a full disk"
        # For the first entry that finds no room, or by the keeper's own look every two seconds, whichever comes first.
        given_up = ("reserve was given up", "keeper: finding records-reserve")
        until(lambda: any(said in box.logs() for said in given_up), what="the records' reserve given up")
        box.kill("recorder")
        box.start("recorder")
        until(lambda: {state for state, _ in states(box).values()} == {"stopped"}, what="what the new recorder is told")
        filler.give_back()
        until(lambda: rung(box) == 0, seconds=60, what="the way back")
        until(lambda: set(states(box).values()) == {("live", "")}, seconds=40, what="all cameras")
        assert receive(box)
        now = files(box)
        assert {name: now.get(name) for name in old} == old
        for path, data in before.items():
            there = path if path.exists() else next(Path(box.settings.layout.ring).rglob(path.name))
            assert there.read_bytes().startswith(data[: len(data) // 4096 * 4096]), path.name
        assert box.verified()["ok"]
        assert entered(box, "destroy.intended") == []
