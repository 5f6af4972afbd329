"""The status page's words and figures, made from the keeper's answer. Pure; page and live updates share them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from appliance.core.clock import local_time
from appliance.core.messages import CodedMessage, Said, from_map
from appliance.protocol.status import CameraStatus, Gap, Status
from appliance.rules.amounts import bytes_text
from appliance.rules.duties import Waiting, due_within
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import day_text, duration_text, left_text, moment_text
from appliance.web.pages.status.places import place_of
from appliance.web.pages.status.space_view import space_view

__all__ = ["NOT_IN_FORCE", "cause_text", "cause_then", "finding_text", "gap_text", "status_view"]

_DAY_NS = 86_400 * 10**9
_NEAR_NS = 2_000_000_000
"""A camera's clock that is off by less is not called wrong: the time that pictures take to arrive is in the figure."""

_STALE_NS = 10 * 10**9
_RED = (
    *("pressure-reduced", "pressure-stopped"),
    *(
        "camera",
        "recorder-silent",
        "damage",
        "altered",
        "unreadable",
        "record-missing",
        "files-missing",
    ),
    *(
        "disk-missing",
        "disk-foreign",
        "disk-moved",
        "disk-unreadable",
        "disk-older",
        "disk-away",
        "disk-write",
        "disk-sync",
    ),
    *("storage-unwritable", "storage-late", "probe-unreadable", "disk-failing", "disk-filesystem"),
    *(
        "journal-failed",
        "ledger-damaged",
        "ledger-altered",
        "ledger-head-lost",
        "catalogue-damaged",
        "catalogue-aside",
        "findings-many",
        "keyholders",
        "keys-shut",
        "keys-closed",
        "keys-missing",
        "manifests-wrong",
        "vault-altered",
        "vault-key",
        "planted",
        "catalogue-key-altered",
    ),
    "destruction-failed",
    "inspection-overdue",
    "publication-",
    "register-clock",
)
_OF_CHECK = re.compile(r"(?:camera (\S+)|box): (.+?)(?: \([^()]+\))?")
"""How the recorder words what a check found: the camera or the box, the check's own sentence, its measure in
brackets."""

NOT_IN_FORCE = "not-in-force"
_STATES = ("connecting", "live", "lost", "stopped")


def bitrate_text(bits_per_second: int) -> str:
    if bits_per_second <= 0:
        return "—"
    if bits_per_second >= 1_000_000:
        return f"{bits_per_second / 1e6:.1f} Mbit/s"
    return f"{bits_per_second / 1e3:.0f} kbit/s"


def cause_text(messages: Messages, lang: str, cause: str) -> str:
    """A gap's cause in words. Words are looked up for the whole cause first, then for what stands before its colon;
    what stands behind it is for the log. A cause without words is shown as it is."""
    whole = f"cause.{cause.replace(':', '').replace(' ', '-')}"
    code = whole if whole in messages else f"cause.{cause.split(':')[0].strip() or 'unknown'}"
    return messages.text(code, lang) if code in messages else cause


def _headline(worst: str, live: int, cameras: int) -> str:
    if worst == "live" and cameras == 1:
        return "live-one"
    if worst == "lost" and cameras and live == cameras:
        return "faults"
    return worst if live or worst != "lost" else "none"


def status_view(
    status: Status, messages: Messages, lang: str, may: Collection[str] = (), waiting: Waiting | None = None
) -> dict[str, Any]:
    """Everything the page shows, as strings, numbers between 0 and 1, and codes. ``may``: what those here may look at,
    so that each finding leads to where it is dealt with. ``waiting``: None where it cannot be told now."""

    def text(code: str, **values: Any) -> str:
        return messages.text(code, lang, **values)

    found = _of_cameras(status)
    cameras = [
        _camera_view(camera, found.get(camera.camera_no, ()), status, messages, lang) for camera in status.cameras
    ]
    space = space_view(status, messages, lang)
    findings = sorted(
        (_finding_view(finding, messages, lang, may, status.now_ns) for finding in status.findings),
        key=lambda finding: finding["severity"] != "red",
    )
    worst = _worst(status, cameras, findings, space, waiting or Waiting())
    live = sum(1 for camera in status.cameras if camera.state == "live")
    earliest = max((camera.earliest_ns for camera in status.cameras), default=0)
    disk = status.disk
    used = 1 - disk.free_bytes / disk.total_bytes if disk.total_bytes else 0.0
    return {
        "worst": worst,
        "headline": text(f"status.headline-{_headline(worst, live, len(cameras))}", live=live, all=len(cameras)),
        "as_of": text("status.as-of", time=moment_text(status.now_ns, lang, seconds=True)),
        "clock": text("status.clock-trusted" if status.trusted else "status.clock-untrusted"),
        "clock_state": "live" if status.trusted else "lost",
        "cameras": cameras,
        "earliest": day_text(earliest, lang) if earliest else "—",
        "floor": text("status.floor", days=status.floor_days),
        "disk_used": used,
        "disk_free": text("status.disk-free", free=bytes_text(disk.free_bytes), total=bytes_text(disk.total_bytes)),
        "disk_ring": bytes_text(disk.ring_bytes),
        "ledger_size": f"{status.ledger.size:,}",
        "ledger_root": status.ledger.root,
        "findings": findings,
        **space,
        **_waiting_view(waiting, text),
    }


def _waiting_view(waiting: Waiting | None, text: Callable[..., str]) -> dict[str, str]:
    """What waits for those here. "Nothing waits" is said only where that is known."""
    if waiting is None:
        return {"waiting": text("desk.waiting-unknown"), "waiting_mark": "some"}
    if waiting.overdue:
        said = text("desk.waiting-over", count=waiting.all, over=waiting.overdue)
        return {"waiting": said, "waiting_mark": "over"}
    if waiting.all:
        return {"waiting": text("desk.waiting", count=waiting.all), "waiting_mark": "some"}
    if waiting.others:
        return {"waiting": text("desk.waiting-others", count=waiting.others), "waiting_mark": "some"}
    return {"waiting": text("desk.waiting-none"), "waiting_mark": "none"}


def _worst(
    status: Status,
    cameras: Sequence[dict[str, Any]],
    findings: Sequence[dict[str, str]],
    space: dict[str, Any],
    waiting: Waiting,
) -> str:
    """The state of the headline: that of the worst line below it. Without a forecast, how long the disk will last
    counts as not yet known, never as bad."""
    known = bool(status.space.verdict)
    states = {camera["state"] for camera in cameras} | {space["rung_state"]}
    states |= {space["days_state"], space["danger_state"]} if known else {"connecting"}
    states |= {"lost" if finding["severity"] == "red" else "connecting" for finding in findings}
    if states & {"lost", "stopped"}:
        return "lost"
    doubt = not status.trusted or not cameras or waiting.overdue
    return "connecting" if "connecting" in states or doubt else "live"


def _of_cameras(status: Status) -> dict[str, list[dict[str, Any]]]:
    """What was found at each camera; a finding of one has its number at the end of its key."""
    numbers = sorted((camera.camera_no for camera in status.cameras), key=len, reverse=True)
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in status.findings:
        key = str(finding.get("key", ""))
        whose = next((number for number in numbers if key.endswith(f"-{number}") and _is_of_camera(key)), "")
        if whose:
            found.setdefault(whose, []).append(finding)
    return found


def _is_of_camera(key: str) -> bool:
    """Whether a finding is of what the camera records. What people still have to do for a camera is none of that."""
    owed = ("hold", "pin-", "register-", "people-", "check-failed-", "camera-duty-", "reference-owed-")
    return not key.startswith(owed)


def _camera_view(
    camera: CameraStatus, found: Sequence[dict[str, Any]], status: Status, messages: Messages, lang: str
) -> dict[str, Any]:
    """``found``: what is wrong at the camera. One that records and has something wrong is not shown as healthy."""

    def text(code: str, **values: Any) -> str:
        return messages.text(code, lang, **values)

    recorded = camera.state if camera.state in _STATES else "lost"
    is_faulty = recorded == "live" and bool(found)
    red = any(_severity(finding, status.now_ns) == "red" for finding in found)
    state = ("lost" if red else "connecting") if is_faulty else recorded
    age_ns = status.now_ns - camera.last_written_ns
    gaps = _gaps(camera)
    missing_ns = sum(gap.end_ns - gap.start_ns for gap in gaps)
    return {
        "camera_no": camera.camera_no,
        "location": camera.location,
        "state": state,
        "state_text": text("state.faulty" if is_faulty else f"state.{state}"),
        "since": _since(camera, recorded, messages, lang),
        "reason": _reason(camera, recorded),
        "faults": text("site.semicolon").join(
            finding_text(messages, lang, str(finding.get("key", "")), str(finding.get("text", ""))) for finding in found
        ),
        "written": _written(camera, age_ns, text, lang),
        "written_stale": bool(camera.last_written_ns) and age_ns > _STALE_NS,
        "held": _held(camera, status, text, lang),
        "earliest": moment_text(camera.earliest_ns, lang) if camera.earliest_ns else "—",
        "bitrate": bitrate_text(camera.bitrate_bps) if recorded == "live" else "—",
        "camera_clock": _camera_clock(camera, text, lang) if recorded == "live" else "—",
        "signature": text(f"status.signature-{camera.signature}") if camera.signature and recorded == "live" else "",
        "gaps": text("status.gaps-none")
        if not gaps
        else text("status.gaps-some", count=len(gaps), time=duration_text(missing_ns, lang)),
        "gap_count": len(gaps),
        "strip": _strip(camera, status.now_ns),
        "strip_text": _strip_text(camera, messages, lang),
        "hours": [f"{(local_time(status.now_ns).hour + 1 + 6 * step) % 24:02d}" for step in range(4)],
    }


def _written(camera: CameraStatus, age_ns: int, text: Callable[..., str], lang: str) -> str:
    """How long ago its last byte was written; the moment itself where that was before today."""
    if not camera.last_written_ns:
        return text("status.never")
    if not 0 <= age_ns < _DAY_NS:
        return moment_text(camera.last_written_ns, lang)
    return text("status.ago", age=duration_text(age_ns, lang))


def _camera_clock(camera: CameraStatus, text: Callable[..., str], lang: str) -> str:
    """What the camera's own clock says beside the recorder's, where it tells (``T-17``)."""
    off_ns = camera.camera_off_ns
    if off_ns is None:
        return "—"
    if abs(off_ns) < _NEAR_NS:
        return text("status.camera-clock-near")
    code = "status.camera-clock-ahead" if off_ns > 0 else "status.camera-clock-behind"
    return text(code, time=duration_text(abs(off_ns), lang))


def _held(camera: CameraStatus, status: Status, text: Callable[..., str], lang: str) -> str:
    """A camera that is younger than the floor cannot have more: that is said, and is no fault (``T-07``)."""
    held = text("status.days", days=f"{camera.days_held:.1f}")
    if camera.days_held < 1:
        held = duration_text(status.now_ns - camera.earliest_ns, lang) if camera.earliest_ns else "—"
    young = camera.in_force_ns and status.now_ns - camera.in_force_ns < status.floor_days * _DAY_NS
    return text("status.held-young", held=held, days=status.floor_days) if young else held


def _since(camera: CameraStatus, state: str, messages: Messages, lang: str) -> str:
    """Since when a camera is not live; and why one records less, or stopped, for want of room."""
    why = cause_text(messages, lang, camera.detail) if camera.detail.startswith("pressure") else ""
    if state == "live" or not camera.since_ns:
        return why
    since = messages.text("status.since", lang, time=moment_text(camera.since_ns, lang, seconds=True))
    return f"{why} {since}" if why else since


def _reason(camera: CameraStatus, state: str) -> str:
    """Why a camera is not live, for whoever mends it: what its reader said, in English as in the log."""
    code, colon, words = camera.detail.partition(": ")
    return words if colon and code in ("lost", "died") and state != "live" else ""


def gap_text(messages: Messages, lang: str, gap: Gap) -> str:
    """A gap's cause in words, and what a wrong clock said at its start (``T-19``)."""
    cause = cause_text(messages, lang, gap.cause)
    return cause_then(messages, lang, cause, gap.start_ns, gap.by_ns)


def cause_then(messages: Messages, lang: str, cause: str, start_ns: int, by_ns: int) -> str:
    """``cause``, with both times where the one shown, ``start_ns``, was corrected by ``by_ns``."""
    if not by_ns:
        return cause
    shown = moment_text(start_ns - by_ns, lang, seconds=True)
    return messages.text("status.gap-corrected", lang, cause=cause, shown=shown)


def _gaps(camera: CameraStatus) -> tuple[Gap, ...]:
    """What is missing; the time before the camera came in force counts as no gap."""
    return tuple(gap for gap in camera.gaps_24h if gap.cause != NOT_IN_FORCE)


def _strip(camera: CameraStatus, now_ns: int) -> list[dict[str, float | str]]:
    """The last 24 hours as pieces of a bar of length 100: kept, kept in part, missing, or before the first footage."""
    begin = now_ns - _DAY_NS

    def at(ns: int) -> float:
        return round(100 * min(1.0, max(0.0, (ns - begin) / _DAY_NS)), 3)

    first = at(camera.earliest_ns) if camera.earliest_ns else 100.0
    pieces: list[dict[str, float | str]] = [{"kind": "kept", "x": first, "width": round(100 - first, 3)}]
    before = tuple(gap for gap in camera.gaps_24h if gap.cause == NOT_IN_FORCE)
    for kind, gaps in (("none", before), ("reduced", camera.reduced_24h), ("gap", _gaps(camera))):
        for gap in gaps:
            start, end = at(gap.start_ns), at(gap.end_ns)
            pieces.append({"kind": kind, "x": start, "width": max(0.4, round(end - start, 3))})
    return [piece for piece in pieces if float(piece["width"]) > 0]


def _strip_text(camera: CameraStatus, messages: Messages, lang: str) -> str:
    missing = _named(_gaps(camera), messages, lang)
    text = (
        messages.text("status.strip-gaps", lang, gaps=missing) if missing else messages.text("status.strip-whole", lang)
    )
    reduced = _named(camera.reduced_24h, messages, lang)
    return f"{text} {messages.text('status.strip-reduced', lang, gaps=reduced)}" if reduced else text


def _named(gaps: tuple[Gap, ...], messages: Messages, lang: str) -> str:
    return messages.text("site.semicolon", lang).join(
        messages.text(
            "status.strip-gap",
            lang,
            start=moment_text(gap.start_ns, lang, seconds=True),
            length=duration_text(gap.end_ns - gap.start_ns, lang),
            cause=gap_text(messages, lang, gap),
        )
        for gap in gaps[-8:]
    )


def finding_text(messages: Messages, lang: str, key: str, text: Said) -> str:
    """A finding in words. Its key is a known cause, or a known cause with the thing's name behind a hyphen; what a
    check of a third party found is in that check's own words."""
    if isinstance(text, CodedMessage):
        return text.text(lang)
    codes = [code.removeprefix("finding.") for code in messages.table if code.startswith("finding.")]
    known = [code for code in codes if key == code or key.startswith(f"{code}-")]
    if text and lang == "en":
        return (
            f"{messages.text('health.the-box', lang)}{text.removeprefix('box')}" if text.startswith("box: ") else text
        )
    if not known:
        return _in_its_own_words(messages, lang, text) or key
    cause = max(known, key=len)
    return messages.text(f"finding.{cause}", lang, name=key[len(cause) + 1 :])


def _in_its_own_words(messages: Messages, lang: str, text: str) -> str:
    found = _OF_CHECK.fullmatch(text)
    if found is None:
        return text
    whose = messages.text("health.camera", lang, camera=found[1]) if found[1] else messages.text("health.the-box", lang)
    return f"{whose}{messages.text('site.colon', lang)}{found[2]}"


def _finding_view(
    finding: dict[str, Any], messages: Messages, lang: str, may: Collection[str], now_ns: int
) -> dict[str, str]:
    key, text = str(finding.get("key", "")), from_map(finding.get("text")) or str(finding.get("text", ""))
    said = finding_text(messages, lang, key, text)
    if left := left_text(_due_ns(finding), now_ns, lang):
        said = messages.text("status.finding-left", lang, said=said, left=left)
    return {"text": said, "severity": _severity(finding, now_ns), "href": place_of(key, may)}


def _severity(finding: dict[str, Any], now_ns: int) -> str:
    """A finding with a clock that ends by the hour is as urgent here as on the duty board."""
    due_ns = _due_ns(finding)
    urgent = due_ns and due_within("", due_ns, now_ns).mark in ("red", "over")
    return "red" if urgent or str(finding.get("key", "")).startswith(_RED) else "amber"


def _due_ns(finding: dict[str, Any]) -> int:
    """When the clock of what was found ends by the hour; 0 where it has none."""
    found = from_map(finding.get("text"))
    return int(found.values.get("due_ns", 0)) if found else 0
