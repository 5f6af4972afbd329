"""What the recorder does now, what the ledger says, and whether all of it verifies. Shows no picture, opens no key."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import msgspec

from appliance.core.errors import Unavailable, UsageError
from appliance.core.model import Camera, CameraState
from appliance.keeper.context import Keeper
from appliance.keeper.heldspans import SILENT_NS, expected_since, first_held_ns, first_in_force_ns, gap_fields, held_of
from appliance.keeper.rights import require
from appliance.keeper.tasks.verified import counted, tell_verified
from appliance.keeper.verifying import verification
from appliance.ledger.entry import Entry
from appliance.ledger.tree import leaf_hash
from appliance.protocol.transport import Message, Reply
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.cases.deletion import answer_deletion
from appliance.rules.cases.ranges import Scope
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.vault.index.index import Totals

__all__ = ["VERBS"]

_MOST_ENTRIES = 200
_MOST_CAMERAS, _MOST_BPS = 1000, 1_000_000_000


def _status(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    if "session" in arguments:
        require(keeper, arguments, "see-status")
    now_ns = keeper.clock.wall_ns()
    with keeper.lock:
        states = dict(keeper.states)
        silent = keeper.clock.boot_ns() - keeper.heard_ns > SILENT_NS
    return Reply(
        {
            "now_ns": now_ns,
            "trusted": keeper.trusted,
            "cameras": [_camera(keeper, camera, states, silent, now_ns) for camera in keeper.registry.cameras],
            "disk": _disk(keeper),
            "ledger": _head(keeper),
            "floor_days": keeper.policy.floor_days,
            "target_days": keeper.policy.target_days,
            "trial": keeper.registry.trial,
            "space": keeper.space.fields(),
            "scrub": _scrub(keeper),
            "findings": [finding._asdict() for finding in keeper.findings.all()],
        }
    )


def _camera(
    keeper: Keeper, camera: Camera, states: dict[str, CameraState], silent: bool, now_ns: int
) -> dict[str, Any]:
    known = states.get(camera.camera_no)
    state = known or CameraState(camera_no=camera.camera_no, state="connecting")
    if silent:
        state = CameraState(
            camera_no=camera.camera_no,
            state="lost",
            detail="the recorder does not report",
            last_written_ns=state.last_written_ns,
        )
    gaps, reduced, earliest_ns = held_of(keeper, camera, state, now_ns)
    begun_ns = first_in_force_ns(keeper, camera.camera_no)
    return {
        "camera_no": camera.camera_no,
        "location": camera.location,
        "state": state.state,
        "detail": state.detail,
        "since_ns": state.since_ns,
        "last_written_ns": state.last_written_ns or _last_kept_ns(keeper, camera.camera_no),
        "bitrate_bps": state.bitrate_bps,
        "camera_off_ns": None if silent else state.camera_off_ns,
        "earliest_ns": earliest_ns,
        "days_held": round((now_ns - earliest_ns) / DAY_NS, 2) if earliest_ns else 0.0,
        "gaps_24h": gap_fields(gaps, begun_ns),
        "reduced_24h": gap_fields(reduced, begun_ns),
        "in_force_ns": _in_force_ns(keeper, camera),
    }


def _in_force_ns(keeper: Keeper, camera: Camera) -> int:
    with contextlib.suppress(Unavailable):
        return expected_since(keeper, camera)
    return keeper.registry.begun_ns(camera)


def _cameras(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Which cameras there are, and since when each has footage, for whoever may ask for it. Public anyway (五(二)).
    Behind those in force stand those that were: what they recorded may still be asked for (``T-08``)."""
    keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    told: list[dict[str, Any]] = [
        {"camera_no": each.camera_no, "location": each.location, "earliest_ns": _earliest_ns(keeper, each.camera_no)}
        for each in keeper.registry.cameras
    ]
    places = keeper.cameras.locations()
    told += [_left(keeper, version, places[camera_no]) for camera_no, version in sorted(keeper.cameras.left().items())]
    return Reply({"now_ns": keeper.clock.wall_ns(), "floor_days": keeper.policy.floor_days, "cameras": told})


def _left(keeper: Keeper, version: CameraVersion, location: str) -> dict[str, Any]:
    """A camera that is not in force any more: since when, and for the last of its footage the day until which it
    certainly stays, and the last on which any of it exists where nobody asks for it."""
    latest_ns = _last_kept_ns(keeper, version.camera_no)
    told = {
        "camera_no": version.camera_no,
        "location": location,
        "left": str(version.state),
        "left_on": version.ended_on.isoformat() if version.ended_on else None,
        "earliest_ns": _earliest_ns(keeper, version.camera_no),
        "last_written_ns": latest_ns,
    }
    if not latest_ns:
        return told
    last = Scope(version.camera_no, latest_ns - 1, latest_ns)
    today, days_off = day_of(keeper.clock.wall_ns()), keeper.rules.days_off()
    gone_by = answer_deletion(last, keeper.policy, today, days_off=days_off).gone_by
    return told | {"kept_until": keeper.cases.world.floor_of(last).isoformat(), "gone_by": str(gone_by)}


def _earliest_ns(keeper: Keeper, camera_no: str) -> int:
    """0 where there is no footage, or the index does not answer."""
    with contextlib.suppress(Unavailable):
        return first_held_ns(keeper, camera_no)
    return 0


def _last_kept_ns(keeper: Keeper, camera_no: str) -> int:
    """When a camera of which the recorder wrote nothing yet was written before; 0 where it never was or the index does
    not answer."""
    with contextlib.suppress(Unavailable):
        return keeper.ring.index.latest(camera_no) or 0
    return 0


def _disk(keeper: Keeper) -> dict[str, int]:
    """Zeros for what cannot be told now: the disk is away, or the index does not answer. Findings say which."""
    free = total = 0
    totals = Totals(0, 0)
    with contextlib.suppress(OSError):
        ring = keeper.settings.layout.ring
        free, total = keeper.fs.free_bytes(ring), keeper.fs.total_bytes(ring)
    with contextlib.suppress(Unavailable):
        totals = keeper.ring.index.totals()
    return {
        "free_bytes": free,
        "total_bytes": total,
        "ring_bytes": totals.bytes + keeper.ring.shelves.durable_bytes(),
        "segments": totals.segments,
    }


def _head(keeper: Keeper) -> dict[str, Any]:
    note = keeper.ledger.checkpoint()
    head = keeper.ledger.check_head(note)
    return {"size": head.size, "root": head.root.hex(), "checkpoint": note}


def _scrub(keeper: Keeper) -> dict[str, Any]:
    """How far the checks of the ring have come; counted once a minute. Not ``known`` while it was never counted."""
    rate: dict[str, Any] = {"bytes_per_second": keeper.settings.scrub_bytes_per_second}
    try:
        found = keeper.scrub.counted
    except Unavailable:
        return rate | {"known": False}
    return rate | {
        "segments": found.segments,
        "share": round(found.share, 4),
        "since_ns": found.since_ns,
        "oldest_ns": found.oldest_ns,
    }


def _plan(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Words and figures of the disk alone: like the status, it names no person and no footage."""
    add_bps, cameras = int(arguments.get("add_bps", 0)), int(arguments.get("cameras", 0))
    if add_bps > _MOST_BPS or cameras > _MOST_CAMERAS:
        raise UsageError(
            f"plan: {cameras} cameras of {add_bps} bit/s; up to {_MOST_CAMERAS} of up to {_MOST_BPS} are possible"
        )
    return Reply(keeper.space.plan(add_bps, cameras))


def _ledger_head(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    return Reply(_head(keeper))


def _ledger_list(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    require(keeper, arguments, "see-ledger")
    start, count = int(arguments["start"]), int(arguments["count"])
    if start < 0 or not 0 < count <= _MOST_ENTRIES:
        raise UsageError(f"ledger.list: from {start}, {count} entries; from 0 up and 1 to {_MOST_ENTRIES} are possible")
    entries = keeper.ledger.entries(start, start + count)
    numbers = {case: number for number, case in keeper.ledger.numbered().items()}
    return Reply({"size": keeper.ledger.size, "entries": [_entry(entry, numbers) for entry in entries]})


def _entry(entry: Entry, numbers: dict[str, str]) -> dict[str, Any]:
    """``number``: of the case that it names, where it has one."""
    return {
        "index": entry.index,
        "at_ns": entry.at_ns,
        "kind": entry.kind,
        "fields": entry.fields,
        "number": numbers.get(str(entry.fields.get("case", "")), ""),
        "leaf": leaf_hash(entry.raw).hex(),
    }


def _verify(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """One at a time, also where nobody listens to it any more: it reads every byte of the disk. Nobody is logged in at
    the console, so it gets the verdict and counts; what was found becomes findings."""
    if not keeper.verifying.acquire(blocking=False):
        raise Unavailable("verify: one is under way already; wait for it, then ask again")
    steps = verification(keeper.stores, keeper.verifying.release, functools.partial(tell_verified, keeper))
    told = ({"found": counted(step["found"])} if "found" in step else step for step in steps)
    return Reply({}, map(msgspec.json.encode, told))


def _documents_lost(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Web began a new file of documents where there had been one."""
    text = "the office's documents were gone or damaged and begun anew; forms not sent yet are lost, nothing else"
    keeper.findings.open("documents-lost", "storage", text)
    return Reply({})


def _notice_findings(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What stands, by cause, box and camera: what a notice is made of, which nobody is logged in for. No words: they
    may name a case."""
    cameras = sorted((camera.camera_no for camera in keeper.registry.cameras), key=len, reverse=True)
    told = []
    for finding in keeper.findings.all():
        camera = next((number for number in cameras if finding.key.endswith(f"-{number}")), "")
        told.append({"key": finding.key, "box": finding.box, "since_ns": finding.since_ns, "camera": camera})
    return Reply({"findings": told})


def _notices_failing(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """So many of those who are to be told cannot be reached; none: it is over."""
    count = int(arguments["recipients"])
    text = f"notices do not reach {count} of those who are to be told; `appliance notices --test` tries each"
    keeper.findings.set("notices-failing", "storage", text if count > 0 else "")
    return Reply({})


VERBS = {
    "notices.findings": _notice_findings,
    "notices.failing": _notices_failing,
    "documents.lost": _documents_lost,
    "status": _status,
    "cameras": _cameras,
    "plan": _plan,
    "ledger.head": _ledger_head,
    "ledger.list": _ledger_list,
    "verify": _verify,
}
