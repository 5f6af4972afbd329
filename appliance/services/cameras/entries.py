"""What an act on a camera leaves in the ledger, in clear and sealed, and what is made of it again.

Clear: camera, version, row, state, who signed by pseudonym, the instant. Sealed: who, and what was typed, the way to
the camera and its credentials included. Where a sealed record does not open, state and signatures still come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec

from appliance.core.errors import OtherFormat
from appliance.core.model import Camera, Registry
from appliance.ledger.entry import Entry
from appliance.rules.cameras.facts import CameraFacts, CameraTyped, Filing, GuardContext
from appliance.rules.cameras.fleet import Fleet, performed
from appliance.rules.cameras.rows import Effect, Event, Row
from appliance.rules.cameras.signing import Acting
from appliance.rules.cameras.states import Cell, Origin, State
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.version import CameraVersion, Matters, Wiring
from appliance.rules.deadlines import day_of
from appliance.rules.ink import Ink, inked, sealed_ink
from appliance.rules.people import SYSTEM, Actor, Role

__all__ = ["ADOPTED", "adopted", "clear_part", "is_publishable", "sealed_part", "taken"]

_READS = "acts by the rows of its table, each with the fields that its event takes"

ADOPTED = "E1"
"""The row of the one entry that takes in the cameras of the set-up."""

_ROWS: Mapping[str, Row] = MappingProxyType({row.id: row for row in CAMERAS})


def clear_part(
    sight: GuardContext, row: Row, fit: Acting, after: CameraVersion, by: str, *, trusted: bool
) -> dict[str, Any]:
    """``by``: the pseudonym of who acts; ``trusted``: whether time is."""
    clear: dict[str, Any] = {
        "camera": after.camera_no,
        "version": after.version,
        "row": row.id,
        "event": row.event,
        "state": after.state,
        "day": sight.today,
        "at_ns": sight.facts.at_ns,
        "by": by,
    }
    if not trusted:
        clear["doubted"] = True
    if row.cell:
        clear["signed"] = {"cell": row.cell, "role": fit.role, "deputy": fit.deputy, "double": fit.double}
    if row.event is Event.DRAFT:
        clear |= {"origin": after.origin, "filing": after.filing}
    return dict(msgspec.to_builtins(clear))


def sealed_part(typed: CameraTyped, sent: object, account: str, name: str, ink: Ink | None = None) -> dict[str, Any]:
    told = {"by": account, "display": name, "typed": typed, "sent": sent, **sealed_ink(ink)}
    return dict(msgspec.to_builtins(told))


def taken(fleet: Fleet, entry: Entry, sealed: Mapping[str, Any] | None, account_of: Callable[[str], str]) -> Fleet:
    """The fleet after ``entry``, just made or read at start. ``sealed`` None: the record does not open. Raises
    OtherFormat for an entry of another form than this version writes."""
    clear = entry.fields
    try:
        row = _ROWS[str(clear["row"])]
        if row.id == ADOPTED:
            return _with_adopted(fleet, entry, sealed)
        typed = msgspec.convert((sealed or {}).get("typed", {}), CameraTyped)
        version = _version(fleet, row, str(clear["camera"]), int(clear["version"]))
        if row.event is Event.DRAFT:
            typed = msgspec.structs.replace(typed, origin=str(clear["origin"]))
        facts = CameraFacts(typed=typed, at_ns=int(clear["at_ns"]), filing=_filing(clear))
        actor = (
            SYSTEM if clear["by"] == SYSTEM.account else Actor(account_of(str(clear["by"])), ink=inked(clear, sealed))
        )
        sight = fleet.seen(version, facts, actor, date.fromisoformat(clear["day"]))
        return performed(fleet, sight, row, _fit(clear))
    except (KeyError, ValueError, StopIteration, msgspec.ValidationError) as error:
        found = str(error) if isinstance(error, ValueError | msgspec.ValidationError) else f"no {error}"
        raise OtherFormat.at(f"ledger entry {entry.index}", f"another form of an act ({found})", _READS) from error


def is_publishable(entry: Entry) -> bool:
    """Whether the published list may be another by this act."""
    return Effect.PUBLISH in _ROWS[str(entry.fields["row"])].effects


def _version(fleet: Fleet, row: Row, camera_no: str, number: int) -> CameraVersion:
    return fleet.next_of(camera_no) if State.NONE in row.sources else fleet.get(camera_no, number)


def _filing(clear: Mapping[str, Any]) -> Filing:
    if "filing" not in clear:
        return Filing()
    filing = str(clear["filing"])
    return Filing(new=filing, change=filing, replacement=filing)


def _fit(clear: Mapping[str, Any]) -> Acting:
    signed = clear.get("signed")
    if signed is None:
        return Acting(Role.SYSTEM)
    msgspec.convert(signed["cell"], Cell)
    return Acting(msgspec.convert(signed["role"], Role), bool(signed["deputy"]), bool(signed["double"]))


def adopted(registry: Registry) -> dict[str, Any]:
    """The clear part of the entry that takes in the cameras of a set-up."""
    return {
        "row": ADOPTED,
        "event": str(Event.ADOPT),
        "cameras": [camera.camera_no for camera in registry.cameras],
        "since_ns": registry.since_ns,
        "trial": registry.trial,
    }


def _with_adopted(fleet: Fleet, entry: Entry, sealed: Mapping[str, Any] | None) -> Fleet:
    """What the set-up knew: the name of the place, the way to the camera, whether it has sound."""
    clear = entry.fields
    cameras = {
        camera.camera_no: camera for camera in msgspec.convert((sealed or {}).get("cameras", ()), tuple[Camera, ...])
    }
    origin = Origin.TRIAL if clear["trial"] else Origin.EXISTING
    for camera_no in map(str, clear["cameras"]):
        found = cameras.get(camera_no, Camera(camera_no=camera_no, location="", source=""))
        typed = CameraTyped(
            origin=origin,
            matters=Matters(area=found.location, place=found.location, sound=found.sound),
            wiring=Wiring(
                source=found.source, settings=found.settings, priority=found.priority, live_watch=found.live_watch
            ),
        )
        sight = fleet.seen(fleet.next_of(camera_no), CameraFacts(typed=typed), SYSTEM, day_of(int(clear["since_ns"])))
        fleet = performed(fleet, sight, _ROWS[ADOPTED], Acting(Role.SYSTEM))
    return fleet
