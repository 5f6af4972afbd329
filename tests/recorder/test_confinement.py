"""What the supervisor makes of how its cameras' processes are confined: off below the floor, else on and told."""

from __future__ import annotations

from appliance.core.model import Camera
from appliance.recorder.camera import channel
from appliance.selftest.reports import PictureWanted
from tests.recorder.rig import Rig

DEBIAN_12 = b"landlock 2: the filter alone refuses signals"


def test_a_camera_below_the_floor_stays_off_and_another_goes_on() -> None:
    rig = Rig("01", "02")
    good = rig.record("02")
    bad = rig.launches.last("01").listen()
    bad.say(channel.UNCONFINED, b"confinement: files cannot be closed")
    good.frame(rig.clock.wall)
    rig.turn()
    assert (rig.state("01").state, rig.state("01").detail) == (
        "lost", "unconfined: confinement: files cannot be closed",
    )  # fmt: skip
    assert bad.token in rig.launches.killed
    assert rig.state("02").state == "live"
    made = len(rig.launches.made)
    rig.turn(5)
    assert len(rig.launches.made) == made, "not tried again at once"


def test_what_the_kernel_lacks_is_told_until_it_lacks_nothing() -> None:
    rig = Rig("01", "02")
    rig.turn(2)
    assert "confinement" not in rig.faults, "no process said anything yet"
    for camera_no in ("01", "02"):
        rig.launches.last(camera_no).say(channel.CONFINED, DEBIAN_12)
    rig.turn(2)
    said = f"confinement: {DEBIAN_12.decode()}; recording goes on; a newer kernel closes it"
    assert rig.faults["confinement"] == said
    rig.turn(2)
    assert [line for line in rig.log if "landlock" in line] == [f"confinement: {said}"], "once, not for each camera"
    for camera_no in ("01", "02"):
        rig.launches.last(camera_no).say(channel.CONFINED, b"")
    rig.turn(2)
    assert rig.faults["confinement"] == ""
    assert "confinement: over" in rig.log


def test_a_picture_for_a_person_is_not_taken_below_the_floor() -> None:
    rig = Rig("01")
    other = Camera(camera_no="66", location="", source="testcard", settings={"label": "66"})
    rig.supervisor.picture([PictureWanted(order="o1", camera_no="66", see=other)])
    (seer,) = [actor for actor in rig.launches.made if actor.name == "see 66"]
    seer.listen().say(channel.UNCONFINED, b"confinement: files cannot be closed")
    rig.turn()
    assert rig.pictures == [("o1", b"", "confinement: files cannot be closed")]
