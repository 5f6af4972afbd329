"""The camera's own clock (``T-17``): evidence in the manifest, and no time of the record."""

from __future__ import annotations

import pytest

from appliance.api import CameraTime
from appliance.core.model import CameraClock
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import unpack_frame_times, unpack_ns
from tests.recorder.rig import SECOND, Actor, Rig
from tests.recorder.test_capture import Film

HOUR = 3600 * SECOND


def _film(*told: tuple[float, int]) -> Film:
    """Two seconds of film; after each of ``told`` seconds the camera says that its clock is so many ns ahead."""
    film = Film()
    film.give()
    film.describe()
    begin, rolled = film.clock.wall, 0.0
    for seconds, off_ns in told:
        film.roll(seconds - rolled)
        rolled = seconds
        pts = round(seconds * 1000)
        film.capture.feed(CameraTime(0, pts, begin + pts * 1_000_000 + off_ns), film.clock.wall)
    film.roll(2 - rolled)
    film.capture.finish("stopped")
    return film


def _heard(film: Film) -> list[int]:
    return [unpack_ns(bytearray(payload))[0] for payload in film.of(channel.CAMERA_CLOCK)]


@pytest.mark.parametrize("off_ns", [0, HOUR, -HOUR, -56 * 365 * 24 * HOUR])
def test_T_17_the_camera_s_clock_is_compared_with_the_recorder_s_at_the_picture_it_speaks_of(off_ns: int) -> None:
    assert _heard(_film((0.8, off_ns), (1.6, off_ns + SECOND))) == [off_ns, off_ns + SECOND]


def test_T_17_the_recorder_s_time_is_the_record_whatever_the_camera_says() -> None:
    told, silent = _film((0.8, HOUR), (1.6, -HOUR)), _film()
    times = [
        [unpack_frame_times(memoryview(payload))[0] for payload in film.of(channel.FRAME)] for film in (told, silent)
    ]
    assert times[0] == times[1]
    assert _heard(silent) == []


def test_what_cannot_be_compared_is_not_told() -> None:
    film = Film(audio=True, sound=True)
    film.give()
    film.capture.feed(CameraTime(0, 0, film.clock.wall), film.clock.wall)
    film.describe()
    film.capture.feed(CameraTime(0, 0, film.clock.wall), film.clock.wall)
    film.roll(1)
    film.capture.feed(CameraTime(1, 8000, film.clock.wall), film.clock.wall)
    film.capture.feed(CameraTime(0, 1 << 70, film.clock.wall), film.clock.wall)
    assert _heard(film) == []


def _say(rig: Rig, actor: Actor, off_ns: int) -> None:
    actor.say(channel.CAMERA_CLOCK, channel.pack_ns(off_ns))
    rig.turn()


def test_T_17_the_manifest_has_what_the_camera_s_clock_said_in_that_bucket() -> None:
    rig = Rig("01", "02")
    actor, other = rig.record("01"), rig.record("02")
    for off_ns in (3 * SECOND, 5 * SECOND, -HOUR):
        _say(rig, actor, off_ns)
    assert (rig.state("01").camera_off_ns, rig.state("02").camera_off_ns) == (-HOUR, None)
    rig.clock.is_trusted = False
    rig.turn()
    for each in (actor, other):
        each.end("trust")
        each.begin(each.listen().key(), rig.clock.wall)
        each.frame(rig.clock.wall)
    rig.turn()
    _say(rig, actor, SECOND)
    rig.supervisor.finish()
    rig.sync()
    found = [(manifest.camera_no, manifest.trusted, manifest.camera_clock) for manifest in rig.noted.of("closed")]
    assert sorted(found, key=lambda each: each[:2]) == [
        ("01", False, CameraClock(first_off_ns=SECOND, last_off_ns=SECOND, reports=1)),
        ("01", True, CameraClock(first_off_ns=3 * SECOND, last_off_ns=-HOUR, reports=3)),
        ("02", False, None),
        ("02", True, None),
    ]


def test_another_connection_has_told_nothing_yet_and_nonsense_ends_the_process() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    _say(rig, actor, SECOND)
    actor.sock.close()
    rig.turn(5)
    rig.turn(5)
    assert rig.state("01").camera_off_ns is None
    again = rig.launches.last("01").listen()
    assert again is not actor
    again.say(channel.CAMERA_CLOCK, b"\x00" * 3)
    rig.turn()
    assert rig.launches.killed == [again.token]
