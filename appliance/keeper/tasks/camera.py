"""What the machine does about cameras each minute: reviews fall due, what is posted is announced, what is late said,
a view that drifted is marked, and what is left of cameras that are gone ends."""

from __future__ import annotations

import contextlib

from appliance.core.errors import NotAllowed
from appliance.core.messages import coded
from appliance.keeper.context import Keeper
from appliance.rules.cameras.duties import duties_of
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import State
from appliance.rules.deadlines import day_of
from appliance.rules.devices import wavering

__all__ = ["look_at_cameras", "settle_references", "tell_board", "told_by", "view_off_ns", "wavers_of"]

_LATE = "publication-late"
_DIFFERS = "publication-differs"
_OFF = ("picture-moved", "picture-rotated")
"""The faults that say that the view is another."""

_DRIFT_NS = 30 * 60 * 1_000_000_000
"""So long the view must have been off before the version drifts (K11)."""

_OWED_NS = 335 * 86_400 * 1_000_000_000
"""A reference picture is taken anew a month before its end."""


def look_at_cameras(keeper: Keeper) -> None:
    """Raises NotWritable. A training office publishes nothing, so nothing of it is late; its board shows it all the
    same."""
    today = day_of(keeper.clock.wall_ns())
    if keeper.trusted:
        keeper.publications.announce()
        _let_reviews_fall_due(keeper)
    settle_references(keeper)
    _pin_devices(keeper)
    _let_views_drift(keeper)
    _tell_references(keeper)
    end_findings_of_the_gone(keeper)
    tell_board(keeper)
    if keeper.registry.trial:
        return
    for version in keeper.cameras.fleet.in_force():
        owed = duties_of([version], today, keeper.cameras.world.filing().review_months)
        red = [duty for duty in owed if duty.mark == "red" and duty.code not in ("drift", "banned")]
        text = (
            f"camera {version.camera_no}: {', '.join(duty.code for duty in red)} overdue; see its page" if red else ""
        )
        keeper.findings.set(f"camera-duty-{version.camera_no}", "storage", text)


def tell_board(keeper: Keeper) -> None:
    """Whether the published list is what is in force. A training office publishes nothing. Raises NotWritable."""
    if keeper.registry.trial:
        return
    board = keeper.publications.board()
    text = coded("publication-differs", due_day=board.due)
    keeper.findings.set(_DIFFERS, "storage", text if board.red else "")
    late = board.is_late(day_of(keeper.clock.wall_ns()))
    text = coded("publication-late", due_day=board.due)
    keeper.findings.set(_LATE, "storage", text if late else "")


def _let_reviews_fall_due(keeper: Keeper) -> None:
    for version in keeper.cameras.fleet.in_force():
        if version.state is State.ANNOUNCED:
            try:
                keeper.cameras.system(version, Event.FALL_DUE)
            except NotAllowed:
                continue  # it is not due yet


def settle_references(keeper: Keeper) -> None:
    """Raises NotWritable."""
    book = keeper.people.book
    keeper.references.settle(
        keeper.cameras.fleet, lambda name: book.get(name).display if book.knows(name) else name, trusted=keeper.trusted
    )


def view_off_ns(keeper: Keeper, camera_no: str) -> int:
    """Since when the self-tests say that a camera shows another view; 0: they do not."""
    keys = {f"{fault}-{camera_no}" for fault in _OFF}
    return min((finding.since_ns for finding in keeper.findings.all() if finding.key in keys), default=0)


def told_by(keeper: Keeper, camera_no: str) -> dict[str, str]:
    """What the device of a camera that answered last told of itself."""
    with keeper.lock:
        state = keeper.states.get(camera_no)
    return dict(state.identity) if state else {}


def wavers_of(keeper: Keeper, camera_no: str) -> frozenset[str]:
    """What the devices that answered in this camera's place told otherwise each time, and nothing else otherwise."""
    with keeper.lock:
        return wavering(keeper.recorder.strangers.get(camera_no, ()))


def _pin_devices(keeper: Keeper) -> None:
    """Of a camera in force of which nobody knows which device it is, as those of a set-up, it is the one that answers
    first, and an entry says so (``T-66``)."""
    with keeper.lock:
        live = {camera_no for camera_no, state in keeper.states.items() if state.state == "live"}
    for version in keeper.cameras.fleet.in_force():
        if version.camera_no in live and not version.acceptance.identity and told_by(keeper, version.camera_no):
            with contextlib.suppress(NotAllowed):  # somebody suspended it a moment ago
                keeper.cameras.system(version, Event.PIN)


def _let_views_drift(keeper: Keeper) -> None:
    """Where the view has differed from the reference picture for half an hour: recording goes on and is marked
    (``T-64``). Without a reference picture nobody said what the view should be, and the fault stands by itself."""
    now_ns = keeper.clock.wall_ns()
    for version in keeper.cameras.fleet.in_force():
        if version.state is not State.DRIFT and keeper.references.in_use(version):
            since_ns = view_off_ns(keeper, version.camera_no)
            ended_ns = max((drift.end_ns for drift in version.drifts), default=0)
            if since_ns and now_ns - max(since_ns, ended_ns) >= _DRIFT_NS:
                with contextlib.suppress(NotAllowed):  # somebody suspended it a moment ago
                    keeper.cameras.system(version, Event.DRIFTED, drifting=True)
    for version in keeper.cameras.fleet.in_force():
        cause = version.drifts[-1].cause if version.state is State.DRIFT else ""
        text = f"camera {version.camera_no}: what it shows or is was not approved ({cause}); see its page"
        keeper.findings.set(f"camera-drift-{version.camera_no}", "picture", text if cause else "")


def _tell_references(keeper: Keeper) -> None:
    """A camera in force has a reference picture that two people confirmed, not older than a year less a month."""
    if keeper.registry.trial:
        return
    now_ns = keeper.clock.wall_ns()
    for version in keeper.cameras.fleet.in_force():
        there = keeper.references.in_use(version)
        old = bool(there) and now_ns - max(each.taken_ns for each in there) > _OWED_NS
        why = "" if there and not old else "is a year old soon" if old else "is missing"
        text = f"camera {version.camera_no}: its reference picture {why}; an officer takes one, the unit head confirms"
        keeper.findings.set(f"reference-owed-{version.camera_no}", "picture", text if why else "")


def end_findings_of_the_gone(keeper: Keeper) -> None:
    """What was wrong with a camera ends when it is recorded no more: nobody can see it well again. The entry says why.
    A finding is a camera's where its key and its sentence name it."""
    recorded = {camera.camera_no for camera in keeper.registry.cameras}
    gone = keeper.cameras.fleet.numbers() - recorded
    for finding in keeper.findings.all():
        if any(finding.key.endswith(f"-{no}") and str(finding.text).startswith(f"camera {no}: ") for no in gone):
            keeper.findings.clear(finding.key, why="camera-left")
