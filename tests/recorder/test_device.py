"""INV-10, T-66: another device on the same cable is not recorded; a process says first what answers."""

from __future__ import annotations

import msgspec

from appliance.core.model import Registry
from appliance.protocol.recorder import OTHER_DEVICE
from appliance.recorder.camera import channel
from appliance.rules.devices import another, cleaned, program_alone
from tests.recorder.rig import Actor, Rig, registry

PINNED = {"realm": "AXIS_ACCC8E012345", "server": "GStreamer 1.2"}


def pinned(*camera_nos: str) -> Registry:
    plain = registry(*camera_nos)
    cameras = tuple(msgspec.structs.replace(camera, identity=PINNED) for camera in plain.cameras)
    return msgspec.structs.replace(plain, cameras=cameras)


def rigged() -> tuple[Rig, Actor]:
    rig = Rig()
    rig.supervisor.put_in_force(pinned("01"))
    rig.turn()
    return rig, rig.launches.last("01").listen()


def tell(rig: Rig, actor: Actor, **told: str) -> None:
    actor.say(channel.IDENTITY, channel.pack_identity(told))
    rig.turn(0)


def test_the_accepted_device_is_recorded_once_it_said_so() -> None:
    rig, actor = rigged()
    tell(rig, actor, **PINNED)
    actor.begin(actor.key(), rig.clock.wall)
    actor.frame(rig.clock.wall)
    rig.turn()
    assert rig.state("01").state == "live"
    assert len(rig.files()) == 1


def test_T_66_INV_10_of_another_device_nothing_is_stored_and_it_is_asked_again_later() -> None:
    rig, actor = rigged()
    tell(rig, actor, realm="AXIS_ACCC8E999999", server="GStreamer 1.2")
    assert rig.files() == {}
    assert rig.state("01").state == "lost"
    assert rig.state("01").detail.startswith(OTHER_DEVICE)
    assert "'AXIS_ACCC8E012345'" in rig.state("01").detail
    assert actor.token in rig.launches.killed
    made = len(rig.launches.made)
    rig.turn(5)
    assert len(rig.launches.made) == made, "not at once"
    for _ in range(40):
        rig.turn(10)
    again = rig.launches.last("01").listen()
    assert again is not actor
    tell(rig, again, **PINNED)
    again.begin(again.key(rig.clock.wall // (600 * 10**9) * (600 * 10**9)), rig.clock.wall)
    again.frame(rig.clock.wall)
    rig.turn()
    assert rig.state("01").state == "live", "the accepted one is back"


def test_INV_10_a_process_that_records_before_it_says_what_answers_is_ended() -> None:
    rig, actor = rigged()
    actor.begin(actor.key(), rig.clock.wall)
    rig.turn()
    assert rig.files() == {}
    assert "before it said what device it is" in "".join(rig.log)


def test_a_camera_of_which_no_device_was_accepted_is_recorded_whatever_it_tells() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    actor.say(channel.IDENTITY, channel.pack_identity({"serial": "any"}))
    rig.turn()
    assert rig.state("01").state == "live"


def test_what_a_device_hides_is_another_device_but_for_a_card_that_may_be_out_of_sight() -> None:
    assert another({}, {"serial": "1"}) == ""
    assert another({"serial": "1"}, {"serial": "1", "server": "new"}) == ""
    assert another({"serial": "1"}, {}) == "serial was '1' and is 'not told'"
    assert another({"mac": "aa", "realm": "r"}, {"realm": "r"}) == ""
    assert another({"mac": "aa", "realm": "r"}, {"mac": "bb", "realm": "r"}) != ""


def test_what_a_device_tells_is_short_and_printable_before_it_goes_anywhere() -> None:
    told = cleaned({f"n{at:02}": "x\0\n" * 500 for at in range(20)} | {"empty": " "})
    assert len(told) <= 8
    assert all(text == "x" * 200 for name, text in told.items())


def test_T_66_a_device_with_its_serial_or_network_card_may_run_another_program() -> None:
    for name in ("serial", "mac"):
        known = {name: "A-1", "realm": "cam", "server": "v1"}
        assert another(known, known | {"server": "v2"}) == ""
        assert "realm" in another(known, known | {"server": "v2", "realm": "other"})
        assert name in another(known, known | {name: "A-2"})
    bare = {"realm": "cam", "server": "v1", "mac": "aa"}
    assert another(bare, {"realm": "cam", "server": "v2"}), "the card does not show beyond a router"


def test_T_66_a_program_alone_is_told_from_another_device() -> None:
    known = {"realm": "cam", "server": "v1"}
    assert program_alone(known, {"realm": "cam", "server": "v2"})
    for told in ({"realm": "cam"}, {"realm": "other", "server": "v2"}, known, {}):
        assert not program_alone(known, told)


def test_T_66_a_camera_whose_device_is_pinned_while_it_is_live_goes_on_without_connecting_anew() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    tell(rig, actor, **PINNED)
    rig.turn()
    assert rig.state("01").identity == PINNED
    made = len(rig.launches.made)
    rig.supervisor.put_in_force(pinned("01"))
    actor.frame(rig.clock.wall)
    rig.turn()
    assert (len(rig.launches.made), rig.launches.killed, rig.state("01").state) == (made, [], "live")
    other = pinned("01")
    swapped = msgspec.structs.replace(other.cameras[0], identity={"serial": "another"})
    rig.supervisor.put_in_force(msgspec.structs.replace(other, cameras=(swapped,)))
    rig.turn()
    assert len(rig.launches.made) == made + 1, "that is not what answers"
