"""What the recorder's looks brought, and a person's wish to have every camera looked at now. Shows no picture.

A look's faults are findings, raised and cleared in the ledger like any other; measures and proofs are kept in memory
alone, of the newest look at each camera.
"""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.errors import Broken
from appliance.core.model import from_wire
from appliance.keeper.context import Keeper
from appliance.keeper.rights import require
from appliance.protocol.transport import Message, Reply
from appliance.selftest.reports import BOX, CameraReport, SelfTestRequest

__all__ = ["VERBS"]

_STORAGE = "storage"
_FAILED = "check-failed-"


def _looked(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What is no look of a camera of the registry in force is left out: it may have been taken away meanwhile."""
    try:
        reports = from_wire(message.body, list[CameraReport])
    except msgspec.MsgspecError as error:
        raise Broken(f"recorder: a message that is no report of looks ({error})") from error
    known = {BOX, *(camera.camera_no for camera in keeper.registry.cameras)}
    for report in reports:
        if report.camera_no not in known:
            continue
        for standing in report.wrong:
            keeper.findings.open(f"{standing.fault}-{report.camera_no}", standing.box, standing.text)
        for fault in report.well:
            keeper.findings.clear(f"{fault}-{report.camera_no}")
        unseen = "" if report.seen else f"{_whose(report.camera_no)}: {_why(report)}"
        keeper.findings.set(f"check-blind-{report.camera_no}", _STORAGE, unseen)
        with keeper.lock:
            before = keeper.looks.get(report.camera_no)
            if before is not None and not report.proofs:
                report = msgspec.structs.replace(report, proofs=before.proofs)
            keeper.looks[report.camera_no] = report
        keeper.trends.take(report)
    _tell_failures(keeper)
    return Reply({})


def _whose(subject: str) -> str:
    return "the box" if subject == BOX else f"camera {subject}"


def _why(report: CameraReport) -> str:
    return "; ".join(failure.why for failure in report.failures) or "no picture came for the checks"


def _tell_failures(keeper: Keeper) -> None:
    """A check that fails at any camera is one finding; it is over when it fails at none."""
    with keeper.lock:
        failing = {
            failure.check: f"the check {failure.check} fails at {_whose(report.camera_no)}: {failure.why}"
            for report in keeper.looks.values()
            for failure in report.failures
            if failure.check != "darkroom"
        }
    for check, text in failing.items():
        keeper.findings.open(f"{_FAILED}{check}", _STORAGE, text)
    for finding in keeper.findings.all():
        if finding.key.startswith(_FAILED) and finding.key.removeprefix(_FAILED) not in failing:
            keeper.findings.clear(finding.key)


def _ask(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Every camera is looked at now; ``number`` says which looks answer this."""
    if "session" in arguments:
        require(keeper, arguments, "see-status")
    with keeper.lock:
        number = max(keeper.look_wanted.number + 1, keeper.clock.boot_ns())  # it grows over restarts, too
        keeper.look_wanted = SelfTestRequest(number, bool(arguments.get("prove")), bool(arguments.get("forget")))
        if keeper.look_wanted.prove:
            keeper.looks = {no: msgspec.structs.replace(look, proofs=()) for no, look in keeper.looks.items()}
        return Reply({"number": keeper.look_wanted.number})


def _list(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The newest look at each camera of the registry, whose state says why there is none, and at the box."""
    if "session" in arguments:
        require(keeper, arguments, "see-status")
    with keeper.lock:
        looks, states, told = dict(keeper.looks), dict(keeper.states), keeper.box_told
    cameras = []
    for camera in keeper.registry.cameras:
        look, state = looks.get(camera.camera_no), states.get(camera.camera_no)
        cameras.append(
            {
                "camera_no": camera.camera_no,
                "state": state.state if state is not None else "connecting",
                "look": None if look is None else msgspec.to_builtins(look),
                "trends": keeper.trends.told(camera.camera_no),
            }
        )
    box = looks.get(BOX)
    return Reply(
        {
            "cameras": cameras,
            "box": None if box is None else msgspec.to_builtins(box),
            "box_trends": keeper.trends.told(BOX),
            "box_ns": told.at_ns,
            "figures": told.values,
            "now_ns": keeper.clock.wall_ns(),
        }
    )


VERBS = {"recorder.looked": _looked, "looks.ask": _ask, "looks.list": _list}
