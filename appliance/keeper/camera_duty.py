"""What the machine does about cameras each minute: reviews fall due, what is posted is announced, what is late said."""

from __future__ import annotations

from appliance.errors import NotAllowed
from appliance.keeper.parts import Keeper
from appliance.rules.cameras.duties import duties_of
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import State
from appliance.rules.deadlines import day_of

__all__ = ["look_at_cameras"]

_LATE = "publication-late"
_DIFFERS = "publication-differs"


def look_at_cameras(keeper: Keeper) -> None:
    """Raises NotWritable. A training office publishes nothing, so nothing of it is late; its board shows it all the
    same."""
    today = day_of(keeper.clock.wall_ns())
    if keeper.trusted:
        keeper.publications.announce()
        _let_reviews_fall_due(keeper)
    if keeper.registry.trial:
        return
    board = keeper.publications.board()
    text = f"the published list of cameras is not what is in force; it is to be posted by {board.due}"
    keeper.findings.set(_DIFFERS, "storage", text if board.red else "")
    text = f"the list of cameras was to be posted by {board.due} and is not; the unit head sees to it"
    keeper.findings.set(_LATE, "storage", text if board.is_late(today) else "")
    for version in keeper.cameras.fleet.in_force():
        red = [duty for duty in duties_of([version], today) if duty.mark == "red" and duty.code != "drift"]
        text = (
            f"camera {version.camera_no}: {', '.join(duty.code for duty in red)} overdue; see its page" if red else ""
        )
        keeper.findings.set(f"camera-duty-{version.camera_no}", "storage", text)


def _let_reviews_fall_due(keeper: Keeper) -> None:
    for version in keeper.cameras.fleet.in_force():
        if version.state is State.ANNOUNCED:
            try:
                keeper.cameras.system(version, Event.FALL_DUE)
            except NotAllowed:
                continue  # it is not due yet
