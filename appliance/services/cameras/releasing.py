"""A picture for a person: its entry first, then the picture (``INV-04``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.core.errors import Refused, UsageError
from appliance.core.model import Camera
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cameras.version import CameraVersion
from appliance.services.cameras.pictures import Picture, Pictures
from appliance.services.people.login import Seat, Session

__all__ = ["PictureReleases"]

_SECONDS = 24.0


class PictureReleases:
    """``viewing``: whether a session, by its id, shows a viewing."""

    def __init__(self, acts: Acts, ledger: Ledger, pictures: Pictures, *, viewing: Callable[[str], bool]) -> None:
        self._acts, self._ledger, self._pictures, self._viewing = acts, ledger, pictures, viewing

    def enter(self, act_id: str, session: Session, by: Seat, purpose: str, **clear: Any) -> Entry:
        """Durable on return. An entry is of one look: a form that is sent again asks for another, and is refused. In a
        session that shows a viewing there is no other picture (``INV-16``). Raises Refused, UsageError, NotWritable."""
        if self._viewing(session.session_id):
            raise Refused.of("picture-viewing")
        if self._ledger.act(act_id) is not None:
            raise UsageError.of("look-again")
        private = {"by": by.person, "display": by.display}
        return self._acts.perform(act_id, "picture.released", {"purpose": purpose, **clear}, private).entry

    def take(
        self, act_id: str, session: Session, by: Seat, purpose: str, version: CameraVersion, see: Camera | None
    ) -> Picture:
        """One picture of a version, entered and then taken. ``see``: the way to a version that is not in force. Raises
        as :meth:`enter`, Unavailable with why none came."""
        self.enter(act_id, session, by, purpose, cameras=[version.camera_no], version=version.version)
        name = self._pictures.ask(version.camera_no, session.session_id, see=see)
        try:
            self._pictures.wait([name], _SECONDS)
            return self._pictures.get(name, session.session_id)
        finally:
            self._pictures.drop(name)
