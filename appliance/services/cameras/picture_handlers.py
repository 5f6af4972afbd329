"""What the keeper answers about pictures for people: of all cameras for the daily inspection, of a version that is on
its way, and what the recorder brings for them (``T-65``, ``T-79``).

Each is entered before anything is taken (``INV-04``); who may have it is asked first. The bytes come from the darkroom,
stay in memory for two minutes, and go to the session that asked and to no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import NotAllowed, NotFound, Refused, Unavailable
from appliance.core.messages import coded
from appliance.core.model import CameraState, Registry
from appliance.protocol.endpoint import Done, Served, WithBody, serves, serves_body
from appliance.protocol.pictures import (
    INSPECTION_PICTURES,
    PICTURE,
    PICTURE_CAME,
    PREVIEW,
    InspectionPictures,
    PictureAct,
    PictureCame,
    PictureRequest,
    PictureView,
    VersionPicture,
)
from appliance.rules.cameras.fleet import Fleet
from appliance.rules.cameras.states import ENDS, OPEN
from appliance.rules.deadlines import day_of
from appliance.sandbox.protocol import StillAnswer
from appliance.services.cameras.pictures import Pictures
from appliance.services.cameras.references import TAKERS
from appliance.services.cameras.releasing import PictureReleases
from appliance.services.people.login import Session
from appliance.services.people.rights import Rights

__all__ = ["PictureHandlers"]

_SMALL_WIDTH = 480
_INSPECTION_SECONDS = 8.0
_MOST_WHY = 300


class PictureHandlers:
    """``fleet``: every version of every camera; ``registry``: what is recorded; ``states``: what the recorder last said
    of each camera; ``unsigned``: whether the inspection's row of a day waits for its signature."""

    def __init__(
        self,
        rights: Rights,
        releases: PictureReleases,
        pictures: Pictures,
        clock: Clock,
        *,
        fleet: Callable[[], Fleet],
        registry: Callable[[], Registry],
        states: Callable[[], Mapping[str, CameraState]],
        unsigned: Callable[[date], bool],
    ) -> None:
        self._rights, self._releases, self._pictures, self._clock = rights, releases, pictures, clock
        self._fleet, self._registry, self._states, self._unsigned = fleet, registry, states, unsigned

    def served(self) -> tuple[Served, ...]:
        return (
            serves(INSPECTION_PICTURES, self._for_inspection),
            serves(PICTURE, self._get),
            serves(PREVIEW, self._preview),
            serves_body(PICTURE_CAME, self._came),
        )

    def _for_inspection(self, request: PictureAct) -> InspectionPictures:
        """The handle is today's row, which is there before its pictures are."""
        session = self._rights.require(request, "see-inspection-pictures")
        session.seat_of(TAKERS)
        today = day_of(self._clock.wall_ns())
        if not self._unsigned(today):
            raise NotAllowed(coded("inspection-signed-today"), {"missing": ["signed"]})
        by, states = self._rights.acting(request, TAKERS), self._states()
        live = {no for no, state in states.items() if state.state == "live"}
        cameras = [camera for camera in self._registry().cameras if camera.camera_no in live]
        numbers = [camera.camera_no for camera in cameras]
        self._releases.enter(request.act, session, by, "inspection", cameras=numbers, day=today.isoformat())
        orders = {
            camera.camera_no: self._pictures.ask(
                camera.camera_no, session.session_id, width=_SMALL_WIDTH, sound=camera.sound
            )
            for camera in cameras
        }
        self._pictures.wait(list(orders.values()), _INSPECTION_SECONDS)
        return InspectionPictures(pictures=tuple(self._view(session, no, orders[no]) for no in numbers))

    def _view(self, session: Session, camera_no: str, name: str) -> PictureView:
        try:
            picture = self._pictures.get(name, session.session_id)
        except (Unavailable, NotFound) as error:
            return PictureView(camera=camera_no, why=error.said)
        return _view_of(picture.still, camera_no, name)

    def _get(self, request: PictureRequest) -> WithBody[PictureView]:
        """The bytes of one that this session asked for; a page fetches it by itself, which keeps nobody logged in."""
        session = self._rights.session(msgspec.structs.replace(request, active=False))
        picture = self._pictures.get(request.picture, session.session_id)
        return WithBody(_view_of(picture.still, picture.camera_no), picture.jpeg)

    def _preview(self, request: VersionPicture) -> PictureView:
        """What a camera that is not in force shows, for people who draft or accept it: seen once, never stored."""
        session = self._rights.require(request, "see-references")
        session.seat_of(TAKERS)
        version = self._fleet().get(request.camera, request.version)
        if version.state not in OPEN:
            raise Refused.of("preview-over" if version.state in ENDS else "preview-in-force", key=version.key)
        by = self._rights.acting(request, TAKERS)
        picture = self._releases.take(request.act, session, by, "preview", version, version.recorded_as())
        name = self._pictures.hold(session.session_id, picture)
        notes = tuple(note.said for note in picture.notes)
        view = _view_of(picture.still, version.camera_no, name)
        return msgspec.structs.replace(view, version=version.version, notes=notes)

    def _came(self, request: PictureCame, body: bytes) -> Done:
        why = request.why
        self._pictures.came(request.order, body, why[:_MOST_WHY] if isinstance(why, str) else why)
        return Done()


def _view_of(still: StillAnswer, camera_no: str, name: str = "") -> PictureView:
    return PictureView(
        camera=camera_no,
        picture=name,
        at_ns=still.at_ns,
        light=still.light,
        level_db=still.level_db,
        peak_db=still.peak_db,
    )
