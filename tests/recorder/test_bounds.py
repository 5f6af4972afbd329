"""Whatever a camera or its process says, the keeper can read what the supervisor makes of it: one record out of bounds
would have it refuse a bucket, or the states of all cameras."""

from __future__ import annotations

import contextlib
import os
import random
import struct

import msgspec
import pytest

from appliance.core.model import BucketOpening, Camera, CameraState, Gap, Manifest, Registry, from_wire, to_wire
from appliance.recorder.camera import channel
from appliance.recorder.supervisor.recording import MOST_SEGMENTS
from tests.recorder.rig import Actor, Rig

WORDS = "the camera at a very long name of a host refuses; " * 8
LATEST = (1 << 63) - 1


def _keeper_reads(rig: Rig) -> list[Manifest]:
    """Decodes all that was said as the keeper does; what was closed."""
    from_wire(to_wire([rig.state(no) for no in rig.supervisor.desks]), list[CameraState])
    kinds = {"opened": BucketOpening, "closed": Manifest, "gap": Gap}
    for what, kind in kinds.items():
        for said in rig.noted.of(what):
            from_wire(to_wire(said), kind)
    return rig.noted.of("closed")


def _reconnected(rig: Rig) -> Actor:
    before = rig.launches.last("01")
    while rig.launches.last("01") is before:
        rig.turn(1.0)
    return rig.launches.last("01")


def test_a_reason_of_any_length_is_a_cause_that_the_keeper_takes() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    actor.say(channel.LOST, WORDS.encode())
    actor.sock.close()
    rig.turn()
    again = _reconnected(rig)
    again.begin(again.listen().key(), 0)
    again.frame(rig.clock.wall)
    rig.turn()
    rig.supervisor.finish()
    rig.sync()
    (manifest,) = _keeper_reads(rig)
    assert [gap.cause.startswith("lost: the camera at a very long name") for gap in manifest.gaps] == [True]


def test_a_bucket_that_ends_for_a_reason_of_any_length_is_closed() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    rig.supervisor.stop()
    actor.end(WORDS)
    rig.turn()
    rig.sync()
    assert len(_keeper_reads(rig)) == 1


def test_another_device_that_tells_a_lot_is_a_state_that_the_keeper_takes() -> None:
    rig = Rig("01", "02")
    pinned = {f"n{number}": "p" * 200 for number in range(8)}
    camera = Camera(camera_no="01", location="x", source="testcard", identity=pinned)
    other = Camera(camera_no="02", location="x", source="testcard")
    rig.supervisor.put_in_force(Registry(version=2, since_ns=0, cameras=(camera, other)))
    rig.turn()
    told = {f"n{number}": "t" * 200 for number in range(8)}
    rig.launches.last("01").say(channel.IDENTITY, channel.pack_identity(told))
    rig.turn()
    assert rig.state("01").detail.startswith("another device answers")
    _keeper_reads(rig)


@pytest.mark.parametrize("off_ns", [LATEST, -LATEST - 1, (1 << 62) + 1])
def test_a_process_that_tells_a_time_that_no_clock_can_have_is_ended(off_ns: int) -> None:
    rig = Rig("01", "02")
    liar, other = rig.record("01"), rig.record("02")
    liar.say(channel.CAMERA_CLOCK, channel.pack_ns(off_ns))
    other.frame(rig.clock.wall)
    rig.turn()
    assert rig.launches.killed == [liar.token]
    assert rig.state("02").state == "live"
    rig.supervisor.finish()
    rig.sync()
    assert len(_keeper_reads(rig)) == 2


def test_a_process_that_begins_segments_without_end_is_ended() -> None:
    """Each is a file in ``open/``, where all cameras' files are."""
    rig = Rig("01", "02")
    liar, other = rig.record("01"), rig.record("02")
    key = liar.key()
    for number in range(1, 5000):
        if rig.launches.killed:
            break
        liar.begin(key, 0, number)
        rig.turn(0.0)
    assert rig.launches.killed == [liar.token]
    other.frame(rig.clock.wall)
    rig.turn()
    assert rig.state("02").state == "live"
    assert len(rig.files()) <= MOST_SEGMENTS + 3
    rig.supervisor.finish()
    rig.sync()
    assert len(_keeper_reads(rig)) == 2


def _anything(some: random.Random, actor: Actor) -> tuple[int, bytes]:
    """A message of a kind that a camera's process may send, half of them of a shape that it could have."""
    kind = some.choice(sorted(channel.FROM_CAMERA))
    edge = some.choice([0, 1, -1, LATEST, -LATEST - 1, 1 << 62, -(1 << 62), _slot_ns(actor)])
    shaped = {
        channel.CAMERA_CLOCK: struct.pack(">q", edge),
        channel.WANT: struct.pack(">q", edge),
        channel.FRAME: struct.pack(">qqB", edge, some.choice([edge, LATEST, 0]), some.randrange(4)) + os.urandom(60),
        channel.IDENTITY: msgspec.msgpack.encode({some.choice(["serial", "x" * 300]): some.choice(["", WORDS])}),
        channel.TAKEN: struct.pack(">Q", some.randrange(3)) + some.randbytes(20),
    }
    if some.random() < 0.5 and kind in shaped:
        return kind, shaped[kind]
    return kind, some.choice([b"", WORDS.encode(), some.randbytes(some.randrange(200))])[: channel.MAX_PAYLOAD[kind]]


def _slot_ns(actor: Actor) -> int:
    return actor.key().slot_start_ns


@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_process_says_the_keeper_reads_what_is_made_of_it(seed: int) -> None:
    some, rig = random.Random(seed), Rig("01", "02")
    rig.record("02")
    for _ in range(60):
        actor = rig.launches.last("01").listen()
        with contextlib.suppress(OSError):  # it was ended
            if actor.keys:
                actor.begin(actor.key(), rig.clock.wall)
                for _ in range(some.randrange(1, 6)):
                    actor.say(*_anything(some, actor))
                    rig.turn(0.1)
        rig.turn(some.choice([0.5, 5.0]))
        _keeper_reads(rig)
    rig.supervisor.finish()
    rig.sync()
    _keeper_reads(rig)
