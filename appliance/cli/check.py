"""``appliance check``: has every camera and the box looked at now; prints a line a fault judged and a line a proof."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import msgspec

from appliance.api.registry import load_plugins
from appliance.cli.wiring import open_client
from appliance.core.clock import SystemClock
from appliance.core.settings import Settings
from appliance.protocol.asking import ask
from appliance.protocol.selftests import (
    ASK_SELF_TEST,
    SELF_TESTS,
    AskSelfTest,
    SelfTestsRequest,
    TestedCamera,
)
from appliance.selftest.reports import BOX

__all__ = ["broken", "look_now", "table"]

_LOOK_SECONDS = 40.0
_PROOFS = 8
"""Proofs take so many times as long as a look: some hundred looks a camera, one camera after the other."""

_NOT_TOLD = {"box": "the box does not tell it, or not yet", "camera": "the check could not tell at this look"}
"""Why a fault was not judged whose check does not say what it takes."""


def look_now(settings: Settings, *, prove: bool, forget: bool, wait_seconds: float = _LOOK_SECONDS) -> dict[str, Any]:
    """Has the box and every camera that is live looked at now; what was seen, camera by camera and the box last.

    ``checks`` names each fault's check, ``needs`` what a fault cannot be judged without, of cameras and of the box.
    ``late`` are those that did not come in time. ``prove``: each check on each camera shows that it notices its faults;
    ``forget``: what was learned as usual is given up first. Raises Unavailable when the keeper does not run.
    """
    clock, pause = SystemClock(), threading.Event()
    with contextlib.closing(open_client(settings)) as client:
        number = ask(client, ASK_SELF_TEST, AskSelfTest(prove=prove, forget=forget)).answer.number
        end_ns = clock.boot_ns() + int(wait_seconds * (_PROOFS if prove else 1) * 1e9)
        while True:
            found = ask(client, SELF_TESTS, SelfTestsRequest()).answer
            tested = (*found.cameras, TestedCamera(camera_no=BOX, state="live", look=found.box))
            late = [
                camera.camera_no
                for camera in tested
                if camera.state == "live" and (camera.look is None or camera.look.asked < number)
            ]
            if not late or clock.boot_ns() > end_ns:
                break
            pause.wait(0.5)
    loaded = load_plugins(settings.plugins).checks
    owners = {fault.code: check.name for check in loaded.values() for fault in check.faults}
    needs = {
        whose: {f.code: f.needs for check in loaded.values() if (check.looks_at == BOX) == box for f in check.faults}
        for whose, box in (("box", True), ("camera", False))
    }
    return {"cameras": msgspec.to_builtins(tested), "late": late, "checks": owners, "needs": needs}


def broken(found: dict[str, Any], *, proofs: bool) -> bool:
    """Whether a look that was asked for did not come, a check failed, or did not notice the fault that was put before
    it; with ``proofs``, also whether one who was looked at was proven nothing."""
    looks = [camera["look"] for camera in found["cameras"] if camera["look"] is not None]
    failed = any(look.get("failures") or any(not proof["ok"] for proof in _proofs(look)) for look in looks)
    return failed or bool(found["late"]) or (proofs and not all(_proofs(look) for look in looks))


def table(found: dict[str, Any], *, proofs: bool) -> str:
    lines: list[str] = []
    for camera in found["cameras"]:
        lines += _camera(camera, found, proofs=proofs)
    return "\n".join(lines)


def _camera(camera: dict[str, Any], found: dict[str, Any], *, proofs: bool) -> Iterator[str]:
    number, look = camera["camera_no"], camera["look"]
    name = "the box" if number == BOX else f"camera {number}"
    if look is None or number in found["late"]:
        why = "it is not live" if camera["state"] != "live" else "no look came in time; the darkroom may be busy"
        yield f"{name}: not looked at: {why} ({camera['state']})"
        return
    standing = {each["fault"] for each in look.get("wrong", ())}
    yield name
    yield f"  {'check':<12}{'fault':<24}{'measured':>12}{'limit':>12}  {'unit':<12}now"
    for fault, wrong, value, limit, unit, note in sorted(look.get("signs", ())):
        word = "FAULT" if fault in standing else "wrong, waiting" if wrong else "well"
        told = f"  {note}" if note and wrong else ""
        owner = found["checks"].get(fault, "")
        yield f"  {owner:<12}{fault:<24}{value:>12.4g}{limit:>12.4g}  {unit:<12}{word}{told}"
    for fault in sorted(standing - {sign[0] for sign in look.get("signs", ())}):
        yield f"  {found['checks'].get(fault, ''):<12}{fault:<24}{'':>12}{'':>12}  {'':<12}FAULT, not judged now"
    yield from _unjudged(look, standing, found, "box" if number == BOX else "camera")
    for check, why in look.get("failures", ()):
        yield f"  {check:<12}FAILED: {why}"
    if proofs:
        yield from _proven(look)


def _unjudged(look: dict[str, Any], standing: set[str], found: dict[str, Any], whose: str) -> Iterator[str]:
    """What this look could not judge, and what that takes: those of one check that take the same in one line."""
    judged = standing | {sign[0] for sign in look.get("signs", ())}
    lines: dict[tuple[str, str], list[str]] = {}
    for fault, needs in found["needs"][whose].items():
        if fault not in judged:
            why = f"it takes {needs}" if needs else _NOT_TOLD[whose]
            lines.setdefault((found["checks"].get(fault, ""), why), []).append(fault)
    for (check, why), faults in lines.items():
        yield f"  {check:<12}not judged: {', '.join(faults)}: {why}"


def _proven(look: dict[str, Any]) -> Iterator[str]:
    if not _proofs(look):
        yield "  NOT PROVEN: no check showed anything; see that plugins with checks are loaded, and try again"
        return
    for proof in _proofs(look):
        word = "BROKEN" if not proof["ok"] else "fires" if proof["made"] else "not made"
        told = f": {proof['what']}" if proof["what"] else ""
        yield f"  {proof['check']:<12}{proof['fault']:<24}{proof['name']:<38}  {word}{told}"
    made = [proof for proof in _proofs(look) if proof["made"]]
    fired = sum(proof["ok"] for proof in made)
    yield f"  {fired} of {len(made)} proofs fired, {len(_proofs(look)) - len(made)} could not be made"


def _proofs(look: dict[str, Any]) -> list[dict[str, Any]]:
    names = ("check", "fault", "name", "ok", "made", "what")
    return [dict(zip(names, proof, strict=True)) for proof in look.get("proofs", ())]
