"""The darkroom's process: confined children, one a viewing; what harms one harms nobody else."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import random
import signal
import socket
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import av
import pytest

from appliance.api import Stream
from appliance.core.errors import Broken, Unavailable
from appliance.protocol.transport import Connection
from appliance.sandbox.client import SandboxClient, Viewer
from appliance.sandbox.mux import Response
from appliance.sandbox.protocol import CoveredArea, Opening, PictureOrder
from appliance.sandbox.service import Limits, run_darkroom
from tests.box import until
from tests.sandbox.films import Film, film, numbers, probe, read
from tests.sandbox.test_mux import ORIGIN_NS, SECOND_NS, samples_of


class Running:
    """A darkroom in a process of its own."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.path = str(path / "darkroom.sock")
        self.process = multiprocessing.get_context("spawn").Process(
            target=run_darkroom, args=(self.path,), kwargs={"limits": limits}
        )
        self.process.start()
        self.darkroom = SandboxClient(self.path, timeout_seconds=120)
        self._wait()

    def _wait(self) -> None:
        """Until it answers: connecting is refused before it listens."""
        while self.process.is_alive():
            with contextlib.suppress(Unavailable):
                self.darkroom.connect().close()
                return
            self.process.join(0.02)
        raise AssertionError("the darkroom ended at once")

    def children(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> None:
        self.process.terminate()
        self.process.join(120)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = Running(tmp_path_factory.mktemp("darkroom"))
    yield found
    found.stop()
    assert found.process.exitcode == 0
    assert not os.path.exists(found.path)


def through(viewer: Viewer, made: Film, **more: object) -> tuple[str, bytes]:
    viewer.open(Opening(streams=made.streams, origin_ns=ORIGIN_NS, **more))  # type: ignore[arg-type]
    samples = samples_of(made)
    blocks = [viewer.push(samples[at : at + 9]) for at in range(0, len(samples), 9)]
    blocks.append(viewer.finish(ORIGIN_NS + 3 * SECOND_NS))
    return next(block.mime for block in blocks if block.mime), b"".join(block.data for block in blocks)


@pytest.mark.parametrize(
    ("codec", "sound"),
    [("h264", "aac"), ("h264", "pcm_alaw"), ("h264", "adpcm_g726le"), ("hevc", "opus"), ("mjpeg", "")],
)
def test_a_confined_child_does_all_that_the_code_does(running: Running, codec: str, sound: str) -> None:
    """Nothing is imported, opened or started late: what works here in the open works in a child that may do nothing."""
    made = film(3, codec=codec, sound=sound)
    with running.darkroom.connect() as viewer:
        for _ in range(2):
            mime, mp4 = through(viewer, made)
            assert mime.startswith("video/mp4")
            assert probe(mp4) == ""
            assert numbers(read(mp4).pictures) == list(range(30))
        key = next(packet for packet in made.packets if packet.is_key and packet.stream == 0)
        order = PictureOrder(stream=made.streams.streams[0], width=160)
        with av.open(io.BytesIO(viewer.picture(order, key.data))) as jpeg:
            assert next(jpeg.decode(video=0)).width == 160


def test_a_confined_child_covers_what_nobody_may_see(running: Running) -> None:
    made = film(3, first=0x5500)
    half = CoveredArea(
        start_ns=ORIGIN_NS + SECOND_NS, end_ns=ORIGIN_NS + 2 * SECOND_NS, left=0, top=0, right=500, bottom=1000
    )
    with running.darkroom.connect() as viewer:
        _, mp4 = through(viewer, made, covered=(half,))
        assert numbers(read(mp4).pictures) == [0x5500 if 10 <= place < 20 else 0x5500 + place for place in range(30)]
        jpeg = viewer.picture(PictureOrder(stream=made.streams.streams[0], covered=(half,)), made.packets[0].data)
        with av.open(io.BytesIO(jpeg)) as picture:
            grey = next(picture.decode(video=0)).to_ndarray(format="gray")
            assert grey[:, :150].max() < 24 < grey[:, 170:].max()


def test_the_answer_is_that_of_the_same_code_in_the_open(running: Running) -> None:
    made = film(3, sound="aac")
    with running.darkroom.connect() as viewer:
        _, mp4 = through(viewer, made)
    here = Response(Opening(streams=made.streams, origin_ns=ORIGIN_NS))
    samples = samples_of(made)
    data = b"".join(here.push(samples[at : at + 9]).data for at in range(0, len(samples), 9))
    assert mp4 == data + here.finish(ORIGIN_NS + 3 * SECOND_NS).data


def test_a_child_has_no_file_and_no_privilege(running: Running) -> None:
    wait_for_children(running, 0)
    with running.darkroom.connect() as viewer:
        viewer.open(Opening(streams=film(1).streams, origin_ns=0))
        (child,) = running.children()
        status = Path(f"/proc/{child}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status
        if os.geteuid() == 0:  # it hides its memory, so /proc is closed to its own user
            held = [os.readlink(f"/proc/{child}/fd/{fd}") for fd in os.listdir(f"/proc/{child}/fd")]
            sockets = [each for each in held if each.startswith("socket:")]
            assert len(sockets) == 1, "its viewer's connection, not the listening one"
            assert not any("darkroom" in each or each.endswith(".sock") for each in held)


def test_each_viewer_has_a_child_that_ends_with_it(running: Running) -> None:
    wait_for_children(running, 0)
    viewers = [running.darkroom.connect() for _ in range(3)]
    for viewer in viewers:
        viewer.open(Opening(streams=film(1).streams, origin_ns=0))
    assert len(set(running.children())) == 3
    for viewer in viewers:
        viewer.close()
    wait_for_children(running, 0)


def wait_for_children(running: Running, count: int) -> None:
    """Until so many are left; it looks up once a second, or when somebody connects."""
    until(lambda: len(running.children()) == count, what=f"{count} children")


def test_a_child_that_dies_costs_its_own_viewing_only(running: Running) -> None:
    made = film(2)
    wait_for_children(running, 0)
    with running.darkroom.connect() as doomed, running.darkroom.connect() as other:
        doomed.open(Opening(streams=made.streams, origin_ns=ORIGIN_NS))
        child = running.children()[0]
        other.open(Opening(streams=made.streams, origin_ns=ORIGIN_NS))
        os.kill(child, signal.SIGSEGV)
        with pytest.raises(Unavailable):
            doomed.push(samples_of(made))
        assert doomed.lost
        with pytest.raises(Unavailable, match="gone"):
            doomed.push(samples_of(made))
        assert other.push(samples_of(made)).data
    with running.darkroom.connect() as after:
        assert after is not doomed
        through(after, made)


def test_garbage_is_unavailable_for_that_viewing_and_nothing_more(running: Running) -> None:
    rng = random.Random(22)
    made = film(2, codec="hevc", sound="opus")
    for _ in range(30):
        samples = [
            sample._replace(data=rng.randbytes(rng.choice((0, 1, 50, 5000)))) if rng.random() < 0.3 else sample
            for sample in samples_of(made)
        ]
        with running.darkroom.connect() as viewer, contextlib.suppress(Unavailable):
            viewer.open(
                Opening(streams=made.streams, origin_ns=ORIGIN_NS, video_codecs=rng.choice((("h264",), ("hevc",))))
            )
            viewer.push(samples)
            viewer.finish()
    with running.darkroom.connect() as viewer:
        through(viewer, made)


@pytest.mark.parametrize("key", [b"", b"\xff\xd8 no picture", bytes(5000)])
def test_a_key_frame_that_is_none_gives_no_picture(running: Running, key: bytes) -> None:
    for codec in ("h264", "hevc", "mjpeg"):
        with running.darkroom.connect() as viewer:
            with pytest.raises(Unavailable):
                viewer.picture(PictureOrder(stream=Stream(0, "video", codec, (1, 90_000))), key)
            made = film(1)
            assert viewer.picture(PictureOrder(stream=made.streams.streams[0]), made.packets[0].data)[:2] == b"\xff\xd8"


def test_what_is_not_in_the_protocol_is_broken(running: Running) -> None:
    with running.darkroom.connect() as viewer:
        with pytest.raises(Broken, match="open comes first"):
            viewer.push([])
        for head in ({"verb": "sing"}, {"verb": "open"}, {"verb": "picture", "order": 7}, {}):
            with pytest.raises(Broken):
                viewer._ask(head, b"\x01")
        viewer.open(Opening(streams=film(1).streams, origin_ns=0))
        with pytest.raises(Broken, match="cannot be read"):
            viewer._ask({"verb": "fragment"}, b"not samples")


def _show(viewer: Viewer, made: Film) -> None:
    """Two requests; on a busy machine the first may be too long already."""
    viewer.open(Opening(streams=made.streams, origin_ns=ORIGIN_NS))
    viewer.push(samples_of(made))


def test_a_request_that_takes_too_long_ends_the_child(tmp_path: Path) -> None:
    running = Running(tmp_path, Limits(request_seconds=0.01))
    try:
        made = film(30, codec="hevc")
        with running.darkroom.connect() as viewer:
            with pytest.raises(Unavailable):
                _show(viewer, made)
            assert viewer.lost
    finally:
        running.stop()


def test_a_child_that_grows_too_much_is_unavailable(tmp_path: Path) -> None:
    running = Running(tmp_path, Limits(memory_bytes=8 << 20))
    try:
        made = film(30, codec="mjpeg")
        huge = [sample._replace(data=sample.data + bytes(1 << 20)) for sample in samples_of(made)[:40]]
        with running.darkroom.connect() as viewer:
            viewer.open(Opening(streams=made.streams, origin_ns=ORIGIN_NS))
            with pytest.raises(Unavailable):
                viewer.push(huge)
    finally:
        running.stop()


def test_no_more_children_than_allowed_and_no_stranger(tmp_path: Path) -> None:
    running = Running(tmp_path, Limits(children=2))
    try:
        opening = Opening(streams=film(1).streams, origin_ns=0)
        first = running.darkroom.connect()
        first.open(opening)
        wait_for_children(running, 1)
        second, third = running.darkroom.connect(), running.darkroom.connect()
        second.open(opening)
        with pytest.raises(Unavailable):
            third.open(opening)
        first.close()
        second.close()
    finally:
        running.stop()
    with pytest.raises(Unavailable, match="does not answer"):
        running.darkroom.connect()


def test_a_client_waits_no_longer_than_it_says() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0.05)
    with theirs, Viewer(Connection(ours)) as viewer:
        with pytest.raises(Unavailable, match="too long"):
            viewer.push([])
        assert viewer.lost


def _without_landlock(path: str, hidden: tuple[str, ...]) -> None:
    """A darkroom on a kernel that has neither Landlock nor namespaces to give."""
    from appliance.process import confinement

    confinement.landlock_version = lambda: 0  # in this process and its children alone
    confinement._leave = lambda allowed, *, mounts: 0
    run_darkroom(path, hidden=hidden)


def _connected(path: str, process: BaseProcess) -> Viewer:
    """To a darkroom that has just been started: its socket is there a moment before it listens."""
    while True:
        try:
            return SandboxClient(path, timeout_seconds=60).connect()
        except Unavailable:
            if not process.is_alive():
                raise
            process.join(0.02)


def _asked_without_landlock(tmp_path: Path, hidden: tuple[str, ...]) -> str:
    path = str(tmp_path / "darkroom.sock")
    process = multiprocessing.get_context("spawn").Process(target=_without_landlock, args=(path, hidden))
    process.start()
    try:
        with _connected(path, process) as viewer:
            try:
                viewer.open(Opening(streams=film(1).streams, origin_ns=0))
            except Unavailable as error:
                return str(error)
            return "opened"
    finally:
        process.terminate()
        process.join(60)


def test_below_the_floor_a_child_refuses_and_under_a_unit_that_hides_the_office_it_does_not(tmp_path: Path) -> None:
    office = tmp_path / "office"
    office.mkdir()
    assert "files cannot be closed" in _asked_without_landlock(tmp_path, (str(office),))
    hidden = tmp_path / "hidden by the unit"
    assert _asked_without_landlock(tmp_path, (str(hidden),)) == "opened"
