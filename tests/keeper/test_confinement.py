"""Findings about how cameras' processes are confined: of a camera that is off for it, and of what the kernel lacks."""

from __future__ import annotations

from appliance.core.model import CameraState, to_wire
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from tests.keeper.test_cameras import keys
from tests.verbs import VERBS

LACKS = "confinement: landlock 2: the filter alone refuses signals; recording goes on; a newer kernel closes it"


def says(keeper: Keeper, state: str, detail: str = "", **faults: str) -> None:
    keeper.recorder.greeted = True
    states = [CameraState(camera_no="01", state=state, detail=detail, since_ns=1)]
    VERBS["recorder.states"](keeper, {"faults": faults}, Message({}, to_wire(states)))


def test_a_camera_that_is_off_unconfined_has_a_finding_of_its_own_until_it_is_live(keeper: Keeper) -> None:
    says(keeper, "lost", "unconfined: confinement: files cannot be closed")
    assert "camera-unconfined-01" in keys(keeper)
    assert "camera-01" not in keys(keeper)
    says(keeper, "live")
    assert not {"camera-unconfined-01", "camera-01"} & keys(keeper)


def test_what_the_kernel_lacks_stands_also_while_a_new_recorder_does_not_know_yet(keeper: Keeper) -> None:
    says(keeper, "live", confinement=LACKS)
    (found,) = (each for each in keeper.findings.all() if each.key == "confinement")
    assert (found.box, found.text) == ("storage", LACKS)
    says(keeper, "connecting")
    assert "confinement" in keys(keeper), "nobody said that it is over"
    says(keeper, "live", confinement="")
    assert "confinement" not in keys(keeper)
