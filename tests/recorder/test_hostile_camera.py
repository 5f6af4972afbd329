"""INV-25 and the wall between a camera's process and the store: what a process that was taken over can do to others.

First through the protocol, played by the test against the real supervisor; then from inside a real, confined process,
whose "camera" tries what an intruder would.
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import CameraLost, Packet, Setting, SourceKind, Stream, Streams
from appliance.api.registry import Plugins
from appliance.core.clock import SystemClock
from appliance.core.model import Camera
from appliance.formats.segment import MEDIA, SegmentSealer
from appliance.process import confinement
from appliance.process.capabilities import held_capabilities
from appliance.process.confinement import landlock_version
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import Inbox, Start, pack_start
from appliance.recorder.camera.child import run_camera
from appliance.recorder.supervisor.forkserver import start_fork_server
from tests.process.test_confinement import NEW_MOUNTS, machine_gives
from tests.recorder.rig import BOOT, SECOND, SLOT, START_NS, Actor, Rig

Lie = Callable[[Rig, Actor, Actor], None]


def _another_cameras_bucket(rig: Rig, bad: Actor, good: Actor) -> None:
    key = good.key()
    sealer = SegmentSealer(key.bucket_id, key.key, 7, BOOT.suite, BOOT.appliance_id, bytes(24))
    bad.say(channel.SEGMENT, channel.pack_ns(rig.clock.wall), sealer.header)


def _a_bucket_that_never_was(rig: Rig, bad: Actor, good: Actor) -> None:
    sealer = SegmentSealer(b"\x07" * 16, bytes(32), 0, BOOT.suite, BOOT.appliance_id, bytes(24))
    bad.say(channel.SEGMENT, channel.pack_ns(rig.clock.wall), sealer.header)


def _the_same_segment_again(rig: Rig, bad: Actor, good: Actor) -> None:
    bad.begin(bad.key(), rig.clock.wall, number=0)


def _another_box(rig: Rig, bad: Actor, good: Actor) -> None:
    key = bad.key()
    sealer = SegmentSealer(key.bucket_id, key.key, 1, BOOT.suite, bytes(16), bytes(24))
    bad.say(channel.SEGMENT, channel.pack_ns(rig.clock.wall), sealer.header)


def _a_frame_again(rig: Rig, bad: Actor, good: Actor) -> None:
    sent = bad.frame(rig.clock.wall)
    bad.say(channel.FRAME, channel.pack_frame_times(rig.clock.wall, rig.clock.wall, True, True), sent)


def _a_frame_left_out(rig: Rig, bad: Actor, good: Actor) -> None:
    assert bad.sealer is not None
    bad.sealer.frame(MEDIA, b"left out", ms=0)
    bad.frame(rig.clock.wall)


def _a_frame_that_is_longer_than_it_says(rig: Rig, bad: Actor, good: Actor) -> None:
    assert bad.sealer is not None
    sent = bad.sealer.frame(MEDIA, b"short", ms=0)
    bad.say(channel.FRAME, channel.pack_frame_times(1, 2, True, True), sent, bytes(1000))


def _a_frame_of_nothing(rig: Rig, bad: Actor, good: Actor) -> None:
    bad.say(channel.FRAME, channel.pack_frame_times(1, 2, True, True), bytes(24))


def _an_oversized_message(rig: Rig, bad: Actor, good: Actor) -> None:
    bad.sock.send(struct.pack(">IB", (8 << 20) + 1000, channel.FRAME))


def _an_endless_message(rig: Rig, bad: Actor, good: Actor) -> None:
    bad.sock.send(struct.pack(">IB", 0xFFFFFFFF, channel.LOST))


def _an_unknown_message(rig: Rig, bad: Actor, good: Actor) -> None:
    bad.say(channel.KEY, bytes(72))


def _the_end_of_a_bucket_that_has_just_begun(rig: Rig, bad: Actor, good: Actor) -> None:
    bad.end("slot")


def _a_footer_that_is_none(rig: Rig, bad: Actor, good: Actor) -> None:
    bad.say(channel.FOOTER, bytes(40))


def _a_second_footer(rig: Rig, bad: Actor, good: Actor) -> None:
    assert bad.sealer is not None
    footer = bad.sealer.footer()
    bad.say(channel.FOOTER, footer[:-1])


LIES = (
    _another_cameras_bucket,
    _a_bucket_that_never_was,
    _the_same_segment_again,
    _another_box,
    _a_frame_again,
    _a_frame_left_out,
    _a_frame_that_is_longer_than_it_says,
    _a_frame_of_nothing,
    _an_oversized_message,
    _an_endless_message,
    _an_unknown_message,
    _the_end_of_a_bucket_that_has_just_begun,
    _a_footer_that_is_none,
    _a_second_footer,
)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__.strip("_"))
def test_a_lie_ends_that_process_and_changes_nothing_that_is_written(lie: Lie) -> None:
    rig = Rig("01", "02")
    good, bad = rig.record("01"), rig.record("02")
    before = rig.files()
    lie(rig, bad, good)
    rig.turn()
    sent = good.frame(rig.clock.wall)
    rig.turn()
    after = rig.files()
    assert rig.launches.killed == [bad.token]
    for name, data in before.items():
        assert after[name].startswith(data)
    assert after[f"{good.key().bucket_id.hex()}.0000.seg"].endswith(sent)
    assert rig.state("01").state == "live"
    assert rig.state("02").detail == "died: it broke the protocol"


def test_times_that_a_process_makes_up_stay_within_what_can_be() -> None:
    rig = Rig("01")
    actor = rig.launches.last("01").listen()
    actor.begin(actor.key(), rig.clock.wall + 3600 * SECOND)
    actor.frame(rig.clock.wall + 7200 * SECOND)
    actor.frame(1)
    rig.turn()
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert START_NS <= manifest.start_ns <= manifest.end_ns <= rig.clock.wall + SECOND


def test_a_process_cannot_date_its_footage_back_behind_its_floor() -> None:
    rig = Rig("01")
    actor = rig.launches.last("01").listen()
    past = rig.clock.wall - 40 * 86_400 * SECOND
    actor.begin(actor.key(), past)
    actor.frame(past)
    rig.turn()
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = rig.noted.of("closed")
    assert manifest.start_ns >= START_NS - 10 * SECOND
    assert START_NS <= manifest.end_ns <= rig.clock.wall
    assert manifest.segments[0].start_ns >= manifest.start_ns


def test_a_process_that_goes_on_past_its_slot_is_ended() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    while rig.clock.wall < START_NS + SLOT + 12 * SECOND:
        actor.frame(rig.clock.wall, 2.0)
        rig.turn(2.0)
    assert rig.launches.killed == []
    actor.frame(rig.clock.wall, 2.0)
    rig.turn(2.0)
    assert rig.launches.killed == [actor.token]
    rig.sync()
    assert rig.noted.of("closed")[0].bucket_id == actor.key().bucket_id.hex()


def test_what_a_process_calls_its_reason_is_short_and_printable() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    actor.say(channel.LOST, b"\x1b[2J\n\x00<script>" + b"a" * 400)
    actor.sock.close()
    rig.turn()
    detail = rig.state("01").detail
    assert detail.isprintable()
    assert len(detail) <= 210


@given(st.lists(st.tuples(st.integers(0, 22), st.binary(max_size=200)), max_size=8), st.binary(max_size=40))
def test_no_sequence_of_messages_brings_down_the_supervisor_or_another_camera(
    messages: list[tuple[int, bytes]], tail: bytes
) -> None:
    rig = Rig("01", "02")
    good, bad = rig.record("01"), rig.record("02")
    for kind, payload in messages:
        bad.say(kind, payload)
    bad.sock.send(tail) if tail else None
    sent = good.frame(rig.clock.wall)
    rig.turn()
    assert rig.files()[f"{good.key().bucket_id.hex()}.0000.seg"].endswith(sent)
    rig.supervisor.finish()
    rig.sync()
    rig.supervisor.close()


# From inside a real process.


class _Intruder:
    """A camera whose stream took over its process: it tries things and tells how they went, as packets."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        state, sock = self._settings["state"], self._settings["sock"]
        attempts: dict[str, Callable[[], object]] = {
            "read the boot key": lambda: open(f"{state}/office/boot/boot.key", "rb").read(),  # noqa: SIM115
            "read a segment": lambda: open(f"{state}/office/open/x.seg", "rb").read(),  # noqa: SIM115
            "change a segment": lambda: os.open(f"{state}/office/open/x.seg", os.O_WRONLY),
            "truncate a segment": lambda: os.truncate(f"{state}/office/open/x.seg", 0),
            "remove a segment": lambda: os.unlink(f"{state}/office/open/x.seg"),
            "list the store": lambda: os.listdir(f"{state}/office/open"),
            "write a file": lambda: os.open(f"{state}/intruder", os.O_WRONLY | os.O_CREAT),
            "call the keeper": lambda: socket.socket(socket.AF_UNIX).connect(sock),
            "reach the network": lambda: socket.create_connection(("127.0.0.1", 9), 1),
            "send a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
            "read its parent's memory": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
            "read its own environment": lambda: open("/proc/self/environ", "rb").read(),  # noqa: SIM115
            "kill its parent": lambda: os.kill(os.getppid(), 9),
            "limit its parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (64, 64)),
            "slow its parent": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
            "slow all of its user": lambda: os.setpriority(os.PRIO_USER, 0, 19),
            "pin its parent": lambda: os.sched_setaffinity(os.getppid(), {0}),
            "idle its parent": lambda: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)),
            "share memory": lambda: _system_v("shmget"),
            "share a queue": lambda: _system_v("msgget"),
            "share a semaphore": lambda: _system_v("semget"),
            "send from a pair": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", sock),
            "have a capability": lambda: _capability(),
            "start a program": lambda: os.execv("/bin/true", ["true"]),
            "fork": os.fork,
            "find another open file": lambda: _first_open_file(),
        }
        yield Streams((Stream(0, "video", "h264", (1, 1000)),))
        done = []
        for name, attempt in attempts.items():
            try:
                attempt()
                done.append(name)
            except OSError:
                continue
        raise CameraLost(f"managed to: {', '.join(done) or 'nothing'}")

    def close(self) -> None:
        return


def _system_v(make: str) -> None:
    """A segment, queue or semaphore of the user's; OSError where there is none to be had."""
    call = getattr(ctypes.CDLL(None, use_errno=True), make)
    arguments = {"shmget": (0, 4096, 0o1600), "msgget": (0, 0o1600), "semget": (0, 1, 0o1600)}[make]
    if call(*arguments) < 0:
        raise OSError(ctypes.get_errno(), make)


def _capability() -> int:
    if not held_capabilities():
        raise OSError("none")
    return held_capabilities()


def _first_open_file() -> int:
    """A descriptor beside the three standard ones and the socket, or OSError."""
    for fd in range(4, 64):
        try:
            os.fstat(fd)
        except OSError:
            continue
        return fd
    raise OSError("none")


def _intruder_kind(network: bool) -> SourceKind:
    return SourceKind(
        name="intruder",
        summary="tries what it may not",
        settings=(Setting("state", "s"), Setting("sock", "s")),
        open=_Intruder,
        describe=lambda settings: "intruder",
        network=network,
    )


def _ask_intruder(tmp_path: Path, *, network: bool) -> str:
    return channel.unpack_reason(memoryview(_said_by_intruder(tmp_path, network=network)[channel.LOST])).text


def _said_by_intruder(tmp_path: Path, *, network: bool) -> dict[int, bytes]:
    """The last word of each kind that its process said to the supervisor."""
    kinds = MappingProxyType({"intruder": _intruder_kind(network)})
    plugins = Plugins(kinds, MappingProxyType({"intruder": "this test"}))
    for directory in ("boot", "open"):
        (tmp_path / "office" / directory).mkdir(parents=True)
    (tmp_path / "office/boot/boot.key").write_bytes(bytes(32))
    (tmp_path / "office/open/x.seg").write_bytes(b"footage")
    with socket.socket(socket.AF_UNIX) as keeper:
        keeper.bind(str(tmp_path / "keeper.sock"))
        keeper.listen()
        forks = start_fork_server(lambda: partial(run_camera, plugins, SystemClock()))
        try:
            settings = {"state": str(tmp_path), "sock": str(tmp_path / "keeper.sock")}
            camera = Camera(camera_no="01", location="x", source="intruder", settings=settings)
            sock = forks.spawn(1, "cam 01")
            sock.settimeout(120)
            channel.send(sock, channel.START, pack_start(Start(camera=camera, suite=1, appliance_id=bytes(16))))
            inbox = Inbox(sock, channel.FROM_CAMERA)
            said = dict[int, bytes]()
            while not said.keys() & {channel.LOST, channel.UNCONFINED}:
                message = inbox.next()
                assert message is not None
                said[message[0]] = bytes(message[1])
            exit_of = forks.exits()
            assert exit_of is not None
            assert exit_of.how == "status 0"
            sock.close()
        finally:
            forks.close()
    assert (tmp_path / "office/open/x.seg").read_bytes() == b"footage"
    assert not (tmp_path / "intruder").exists()
    return said


confined = pytest.mark.skipif(landlock_version() < 6, reason="this kernel's Landlock is older than version 6")


@confined
def test_a_process_that_was_taken_over_reaches_nothing(tmp_path: Path) -> None:
    assert _ask_intruder(tmp_path, network=False) == "managed to: nothing"


@confined
def test_a_network_cameras_process_has_the_network_and_nothing_else(tmp_path: Path) -> None:
    assert _ask_intruder(tmp_path, network=True) == "managed to: send a datagram"


@pytest.mark.skipif(not machine_gives(NEW_MOUNTS), reason="this machine gives no mount namespace")
def test_without_landlock_it_reaches_as_little_and_what_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    said = _said_by_intruder(tmp_path, network=True)
    assert channel.unpack_reason(memoryview(said[channel.LOST])).text == "managed to: send a datagram"
    assert "landlock: not in this kernel; a mount namespace closes files instead" in said[channel.CONFINED].decode()


@confined
def test_on_debian_12_it_reaches_as_little_and_what_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: 2)
    said = _said_by_intruder(tmp_path, network=True)
    assert channel.unpack_reason(memoryview(said[channel.LOST])).text == "managed to: send a datagram"
    assert said[channel.CONFINED].decode().startswith("landlock 2: the filter alone refuses signals")


def test_below_the_floor_the_source_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    monkeypatch.setattr(confinement, "_leave", lambda allowed, mounts: 0)
    said = _said_by_intruder(tmp_path, network=True)
    assert channel.LOST not in said
    assert channel.OPENED not in said
    assert "files cannot be closed" in said[channel.UNCONFINED].decode()
