"""What the keeper answers about cameras: every event of the table, and what pages show. The book judges; this only
carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from appliance.core.errors import NotFound
from appliance.core.model import Camera, CameraState
from appliance.protocol.cameras import (
    ACT_ON_CAMERA,
    CAMERA,
    CAMERA_BOOK,
    CAMERA_DAYS,
    CAMERA_KINDS,
    CAMERA_REVIEWS,
    SEARCH_CAMERAS,
    ActOnCamera,
    CameraDetails,
    CameraDone,
    CameraKinds,
    CameraRequest,
    Cameras,
    CameraSearch,
    DaysWith,
    FoundDevice,
    Reviews,
    SearchBegun,
    VersionRequest,
)
from appliance.protocol.endpoint import Served, SessionRequest, serves
from appliance.rules.cameras.moved import moved_camera
from appliance.rules.cameras.wiring import Found, host_of
from appliance.rules.people import OFFICERS, Actor
from appliance.rules.scans import camera_papers
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.clocks import CameraClocks
from appliance.services.cameras.reference_handlers import reference_steps, reference_views
from appliance.services.cameras.references import ReferenceBook
from appliance.services.cameras.searches import CameraSearches
from appliance.services.cameras.views import camera_details, camera_reviews, camera_rows, registered_cameras
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.people.rights import Rights
from appliance.services.scans.ink_acts import InkActs

__all__ = ["CameraHandlers"]


class CameraHandlers:
    """``devices``: what the recorder found at its own box; ``days_with``: how many days would be kept with one camera
    more; ``settle``: does to reference pictures what follows from an act; ``state``: what the recorder last said of
    one."""

    def __init__(
        self,
        rights: Rights,
        ink: InkActs,
        cameras: CameraBook,
        references: ReferenceBook,
        searches: CameraSearches,
        people: PeopleBook,
        clocks: CameraClocks,
        *,
        devices: Callable[[], Sequence[Found]],
        days_with: Callable[[Camera], DaysWith],
        settle: Callable[[], None],
        state: Callable[[str], CameraState | None],
    ) -> None:
        self._rights, self._ink, self._cameras, self._references = rights, ink, cameras, references
        self._searches, self._people, self._clocks = searches, people, clocks
        self._devices, self._days_with, self._settle, self._state = devices, days_with, settle, state

    def served(self) -> tuple[Served, ...]:
        return (
            serves(CAMERA_BOOK, self._all),
            serves(CAMERA_REVIEWS, self._reviews),
            serves(CAMERA_KINDS, self._kinds),
            serves(SEARCH_CAMERAS, self._search),
            serves(CAMERA_DAYS, self._days),
            serves(CAMERA, self._show),
            serves(ACT_ON_CAMERA, self._act),
        )

    def _act(self, request: ActOnCamera) -> CameraDone:
        """Performs an event. The password, where one is sent, is proved first: a wrong one performs nothing."""
        session = self._rights.require(request, "see-cameras")
        seat = self._rights.seat(request, "camera")
        if request.password:
            seat = self._rights.proved(request, seat)
        actor = Actor(
            seat.person,
            tuple(seat.roles),
            self._people.acting_of(seat.person),
            proved=bool(request.password),
            beside=len(session.seats) > 1,
        )
        display, papers = seat.display, (camera_papers(request.camera, request.version),)
        signed = self._ink.read(request.ink, seat, request.event, papers, proved=bool(request.password))
        if signed is not None:
            actor, display = signed.actor(), signed.signer.display
        done = self._cameras.act(
            request.act, actor, display, request.camera, request.version, request.event, request.facts
        )
        self._settle()
        version = done.version
        return CameraDone(camera=version.camera_no, version=version.version, state=version.state, row=done.row)

    def _all(self, request: SessionRequest) -> Cameras:
        """Every camera there ever was, and the registry in force."""
        self._rights.require(request, "see-cameras")
        registry = self._cameras.registry
        return Cameras(cameras=camera_rows(self._cameras), registry=registry.version, trial=registry.trial)

    def _reviews(self, request: SessionRequest) -> Reviews:
        """The last look at each camera in force, and every how many months the rules ask for one."""
        self._rights.require(request, "see-cameras")
        months = self._cameras.world.filing().review_months
        return Reviews(reviews=camera_reviews(self._cameras, self._people.display), months=months)

    def _kinds(self, request: SessionRequest) -> CameraKinds:
        """The kinds of camera that the recorder has with what each takes, and the devices that lie there, each with the
        camera that is registered at it (``AT-03``). Nothing else of the settings of cameras leaves the keeper."""
        self._rights.require(request, "see-cameras").seat_of(OFFICERS)
        at = {
            Found(source=camera.source, setting=name, value=str(value)): camera.camera_no
            for camera in self._cameras.registry.cameras
            for name, value in camera.settings.items()
        }
        last = self._searches.last
        return CameraKinds(
            kinds={kind: tuple(declared) for kind, declared in self._cameras.world.declared().items()},
            found=tuple(_device(each, at.get(each, "")) for each in self._devices()),
            search=CameraSearch(
                number=last.number,
                asked_ns=last.asked_ns,
                done_ns=last.done_ns,
                found=tuple(_device(each, self._registered_at(each), self._moved(each)) for each in last.found),
                why=last.why,
            ),
        )

    def _registered_at(self, found: Found) -> str:
        """The camera that is registered at the host of an address, "" for none."""
        host = host_of(found.value)
        for camera in self._cameras.registry.cameras:
            values = (str(value) for name, value in camera.settings.items() if name == found.setting)
            if camera.source == found.source and host and any(host_of(value) == host for value in values):
                return camera.camera_no
        return ""

    def _moved_to(self, camera_no: str) -> str:
        """Addresses are for those alone who may draft with them."""
        return next((each.value for each in self._searches.last.found if self._moved(each) == camera_no), "")

    def _moved(self, found: Found) -> str:
        return moved_camera(found.value, found.card, registered_cameras(self._cameras))

    def _search(self, request: SessionRequest) -> SearchBegun:
        """Has the recorder look on the network for cameras that nobody registered: one question, to nobody by name,
        with no account. What answers is listed and not recorded (``AT-03``)."""
        self._rights.require(request, "see-cameras").seat_of(OFFICERS)
        return SearchBegun(self._searches.begin())

    def _days(self, request: VersionRequest) -> DaysWith:
        """How many days would be kept with a version that is on its way."""
        self._rights.require(request, "see-cameras").seat_of(OFFICERS)
        version = self._cameras.fleet.get(request.camera, request.version)
        return msgspec.structs.replace(self._days_with(version.recorded_as()), trial=self._cameras.registry.trial)

    def _show(self, request: CameraRequest) -> CameraDetails:
        session, camera_no, world = self._rights.require(request, "see-cameras"), request.camera, self._cameras.world
        if camera_no not in self._cameras.fleet.numbers():
            raise NotFound.of("camera-none", camera=camera_no[:20])
        found = camera_details(self._cameras, camera_no, session.seats, self._people.acting_of, self._name_of)
        other, state = world.stranger(camera_no), self._state(camera_no)
        return msgspec.structs.replace(
            found,
            references=reference_views(self._references, camera_no),
            reference_steps=reference_steps(self._references, camera_no),
            other_device=other,
            answers=dict(world.told(camera_no)) if other else {},
            wavers=tuple(sorted(world.wavers(camera_no))),
            notes=tuple(note.said for note in state.notes) if state else (),
            clock_off_ns=state.camera_off_ns if state else None,
            clock_steps=self._clocks.steps(camera_no),
            moved_to=self._moved_to(camera_no) if any(OFFICERS & set(each.roles) for each in session.seats) else "",
        )

    def _name_of(self, account: str) -> str:
        return self._people.get(account).display if self._people.knows(account) else account


def _device(found: Found, camera_no: str, moved: str = "") -> FoundDevice:
    return FoundDevice(**msgspec.structs.asdict(found), camera=camera_no, moved=moved)
