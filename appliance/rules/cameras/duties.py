"""What is owed around the cameras, and by when: codes and days for boards and findings. Pure.

Source: ``rules`` 五; domain 2.5, 6.7. Nothing here stops a recording: what is late is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from appliance.rules.cameras.facts import Filing
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import Cell, Origin, State
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.deadlines import month_end

__all__ = ["EXPIRY_DAYS", "Duty", "duties_of", "event_of", "leads_on"]

EXPIRY_DAYS = 60
"""So long before its approval ends a camera's renewal is a task (``T-68``)."""


class Duty(NamedTuple):
    """``code``: ``papers`` of an existing camera, ``expires``, ``review``, ``drift``; ``banned``: its make is on the
    list, so it is to be replaced (``T-71``), ``unchecked``: nobody looked yet; ``device`` is the board's own.
    ``due`` None: at once. ``mark``: ``amber``, or ``red`` once the day is past or where there is none."""

    code: str
    camera_no: str
    due: date | None
    mark: str


def duties_of(
    versions: Iterable[CameraVersion], today: date, review_months: int = Filing().review_months
) -> tuple[Duty, ...]:
    """By day, what is due at once first. ``review_months``: as the office's rules have it."""
    found = [duty for version in versions if version.live for duty in _of(version, today, review_months)]
    return tuple(sorted(found, key=lambda duty: (duty.due or date.min, duty.camera_no, duty.code)))


def _of(version: CameraVersion, today: date, review_months: int) -> Iterable[Duty]:
    number, expires = version.camera_no, version.answer.expires
    if version.papers_lack:
        over = version.plan_due is not None and version.plan_due < today
        yield Duty("papers", number, version.plan_due, "red" if over else "amber")
    if expires is not None and today >= expires - timedelta(days=EXPIRY_DAYS):
        yield Duty("expires", number, expires, "red" if expires < today else "amber")
    if version.listed.banned == "yes":
        yield Duty("banned", number, None, "red")
    elif version.origin is Origin.EXISTING and version.listed.checked_on is None:
        yield Duty("unchecked", number, None, "amber")
    if version.state is State.REVIEW_DUE:
        since = max(day for day in (version.announced_on, version.reviewed_on) if day is not None)
        due = month_end(since, review_months) + timedelta(days=1)
        yield Duty("review", number, due, "red" if due + timedelta(days=14) < today else "amber")
    if version.state is State.DRIFT:
        yield Duty("drift", number, None, "red")


def leads_on(version: CameraVersion, *, secretary: bool) -> Event | None:
    """The event that leads a version on to be in force, as its papers stand; None once it is, or where it ended.
    ``secretary``: the office's chain has one."""
    match version.state:
        case State.DRAFT:
            return Event.SUBMIT
        case State.INTERNAL:
            return _signing(version, secretary=secretary)
        case State.SUBMITTED:
            return _answering(version)
        case State.APPROVED | State.ACK:
            return Event.PUT_IN_FORCE if version.signed(Cell.ACCEPTED) else Event.ACCEPT
    return None


def event_of(version: CameraVersion, duty: Duty) -> Event:
    """The event that a duty asks for; a renewal begins as a change, a banned make's end as a replacement."""
    match duty.code:
        case "papers":
            return Event.CONFIRM_EVIDENCE if version.signed(Cell.ANSWER_ENTERED) else Event.FILE_EVIDENCE
        case "unchecked":
            return Event.RECHECK
        case "review":
            return Event.STAMP_REVIEW if version.signed(Cell.REVIEWED) else Event.REVIEW
        case "drift":
            return Event.CONFIRM_FALSE if version.signed(Cell.EXPLAINED) else Event.EXPLAIN
    return Event.DRAFT


def _signing(version: CameraVersion, *, secretary: bool) -> Event:
    if not version.signed(Cell.UNIT_HEAD):
        return Event.STAMP
    if secretary and not version.signed(Cell.SECRETARY):
        return Event.STAMP_SECRETARY
    return Event.APPROVE_EXEMPT if version.filing == "exempt" else Event.APPROVE


def _answering(version: CameraVersion) -> Event:
    if not version.letter_no:
        return Event.SEND
    if not version.signed(Cell.ANSWER_ENTERED):
        return Event.ENTER_ANSWER
    return Event.CONFIRM_FILING if version.answer.kind == "filed" else Event.CONFIRM_APPROVAL
