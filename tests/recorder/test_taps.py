"""Who gets what one process gathers, and a camera that is seen and not in force."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import Broken
from appliance.core.model import Camera
from appliance.recorder.camera import channel
from appliance.recorder.supervisor.taps import Came, Taps
from appliance.selftest.reports import PictureWanted
from tests.recorder.rig import Rig

MIDDLE = 0


@pytest.fixture
def sent() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def taps(sent: list[tuple[int, int]]) -> Taps:
    return Taps(lambda how, number: sent.append((how, number)))


def test_what_nobody_asked_for_is_refused(taps: Taps) -> None:
    with pytest.raises(Broken, match="nobody asked"):
        taps.came(1)


def test_one_gathering_serves_the_checks_and_who_asked_meanwhile(taps: Taps, sent: list[tuple[int, int]]) -> None:
    taps.look(whole=True)
    taps.picture("a", brief=True)
    taps.picture("b", brief=False)
    assert sent == [(channel.WHOLE, 1)]
    assert taps.came(1) == Came(True, ("a", "b"))
    with pytest.raises(Broken):
        taps.came(1)


def test_one_frame_is_no_look_and_no_picture_with_sound(taps: Taps, sent: list[tuple[int, int]]) -> None:
    taps.picture("a", brief=True)
    taps.look(whole=True)
    assert sent == [(channel.BRIEF, 1)], "the next look is soon"
    taps.picture("b", brief=False)
    assert sent[1:] == [(MIDDLE, 2)], "it begins anew, with sound"
    assert taps.came(2) == Came(False, ("a", "b"))


def test_T_79_what_was_on_its_way_when_it_was_asked_anew_ends_no_camera(taps: Taps) -> None:
    """The process answered a tap before it saw the next: both answers come, each for those who asked until then."""
    taps.look(whole=True)
    taps.look(whole=False)
    assert taps.came(1) == Came(False, ()), "the look that was asked anew is still to come"
    taps.picture("a", brief=True)
    assert taps.came(2) == Came(True, ("a",))
    taps.picture("b", brief=True)
    taps.picture("c", brief=False)
    assert taps.came(3) == Came(False, ("b",)), "one frame is no picture with sound"
    assert taps.came(4) == Came(False, ("c",))
    for number in (0, 4, 5):
        with pytest.raises(Broken):
            taps.came(number)


def test_what_another_process_of_the_camera_was_asked_is_not_asked_of_the_next(taps: Taps) -> None:
    taps.look(whole=True)
    taps.lost()
    with pytest.raises(Broken):
        taps.came(1)


def test_what_a_process_took_along_is_told_to_who_waits(taps: Taps) -> None:
    taps.picture("a", brief=True)
    assert taps.lost() == Came(False, ("a",))
    assert taps.lost() == Came(False, ())


def test_INV_10_a_version_that_is_not_in_force_is_seen_by_a_process_without_a_key_and_never_stored() -> None:
    rig = Rig("01")
    rig.record("01")
    files, other = rig.files(), Camera(camera_no="66", location="", source="testcard", settings={"label": "66"})
    for _ in range(2):
        rig.supervisor.picture([PictureWanted(order="o1", camera_no="66", see=other)])
    (seer,) = [actor for actor in rig.launches.made if actor.name == "see 66"]
    seer.listen()
    assert [kind for kind, _ in seer.told] == [channel.SEE], "asked once"
    assert (seer.start, seer.keys) == (None, {}), "and handed no key"
    seer.say(channel.CONFINED, b"")
    seer.say(channel.TAKEN, *channel.pack_taken(0, b"one key frame"))
    rig.turn()
    assert rig.pictures == [("o1", b"one key frame", "")]
    assert seer.token in rig.launches.killed
    assert rig.files().keys() == files.keys()
    assert list(rig.supervisor.desks) == ["01"]


def test_INV_25_a_camera_that_is_seen_and_lies_stalls_or_dies_is_a_sentence_and_nothing_more() -> None:
    rig = Rig("01")
    other = Camera(camera_no="66", location="", source="testcard", settings={"label": "66"})

    def see(order: str) -> Any:
        rig.supervisor.picture([PictureWanted(order=order, camera_no="66", see=other)])
        return rig.launches.made[-1]

    see("lies").say(channel.FRAME, b"x" * 100)
    rig.turn()
    see("lost").say(channel.LOST, b"no route to it")
    rig.turn()
    see("dies").sock.close()
    rig.turn()
    see("stalls")
    rig.turn(21)
    rig.supervisor.picture([PictureWanted(order="unknown", camera_no="77")])
    assert [(order, taken) for order, taken, _ in rig.pictures] == [
        (order, b"") for order in ("lies", "lost", "dies", "stalls", "unknown")
    ]
    assert rig.pictures[1][2] == "no route to it"
    assert rig.pictures[3][2] == "no picture came within twenty seconds"


def test_a_version_that_is_reached_like_the_camera_in_force_is_seen_through_its_process() -> None:
    """A device may be opened once, and a camera may take few connections."""
    rig = Rig("01")
    actor = rig.record("01")
    same = Camera(camera_no="01", location="elsewhere", source="testcard", settings={}, sound=True)
    rig.supervisor.picture([PictureWanted(order="o1", camera_no="01", see=same)])
    assert len(rig.launches.made) == 1
    assert (channel.TAP, channel.pack_tap(channel.BRIEF, 1)) in actor.listen().told
    actor.say(channel.TAKEN, *channel.pack_taken(1, b"frame"))
    rig.turn()
    rig.supervisor.picture([PictureWanted(order="o2", camera_no="01", sound=True)])
    actor.sock.close()
    rig.turn()
    assert [(order, taken) for order, taken, _ in rig.pictures] == [("o1", b"frame"), ("o2", b"")]
    rig.supervisor.picture([PictureWanted(order="o3", camera_no="01")])
    assert rig.pictures[2][:2] == ("o3", b""), "it has no process now"
