"""What the keeper answers about devices that are asked what they are, and whose clock is set."""

from __future__ import annotations

from appliance.core.errors import Refused
from appliance.protocol.cameras import (
    ASK_DEVICE,
    SET_CAMERA_CLOCK,
    ClockStep,
    DeviceAnswer,
    SetCameraClock,
    VersionRequest,
)
from appliance.protocol.endpoint import Done, Served, serves
from appliance.protocol.recorder import INQUIRED, InquiryResult
from appliance.rules.cameras.moved import same_device
from appliance.rules.cameras.states import OPEN
from appliance.rules.cameras.wiring import host_of
from appliance.rules.people import OFFICERS
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.clocks import CameraClocks
from appliance.services.cameras.inquiries import Inquiries
from appliance.services.cameras.searches import CameraSearches
from appliance.services.cameras.views import registered_cameras
from appliance.services.people.rights import Rights

__all__ = ["InquiryHandlers"]

_MOST_WHY = 300


class InquiryHandlers:
    def __init__(
        self,
        rights: Rights,
        inquiries: Inquiries,
        searches: CameraSearches,
        cameras: CameraBook,
        clocks: CameraClocks,
    ) -> None:
        self._rights, self._inquiries, self._searches, self._cameras = rights, inquiries, searches, cameras
        self._clocks = clocks

    def served(self) -> tuple[Served, ...]:
        return serves(ASK_DEVICE, self._ask), serves(SET_CAMERA_CLOCK, self._set), serves(INQUIRED, self._answered)

    def _ask(self, request: VersionRequest) -> DeviceAnswer:
        """What the device of a version on its way says of itself, asked with the account that the version holds. No
        page has sent or sees that account, and nothing of the answer is kept: whoever asked takes it into the draft."""
        self._rights.require(request, "see-cameras").seat_of(OFFICERS)
        version = self._cameras.fleet.get(request.camera, request.version)
        if version.state not in OPEN:
            raise Refused.of("preview-in-force", key=version.key)
        settings = version.wiring.settings
        address = str(settings.get("url", ""))
        if not host_of(address):
            raise Refused.of("device-no-address")
        user, password = str(settings.get("user", "")), str(settings.get("password", ""))
        service = self._searches.service_at(host_of(address))
        report = self._inquiries.ask(address, user, password, service)
        others = [each for each in registered_cameras(self._cameras) if each.camera_no != version.camera_no]
        return DeviceAnswer(report, same_device(report.make, report.serial, others))

    def _set(self, request: SetCameraClock) -> ClockStep:
        """The clock of a camera's device, set because somebody asks for it here; nothing else ever does (``T-17``)."""
        self._rights.require(request, "see-cameras").seat_of(OFFICERS)
        version = self._cameras.fleet.get(request.camera, request.version)
        return self._clocks.set(request.act, self._rights.acting(request, OFFICERS), version)

    def _answered(self, request: InquiryResult) -> Done:
        why = request.why
        found = request.report or request.clock
        self._inquiries.came(request.order, found, why[:_MOST_WHY] if isinstance(why, str) else why)
        return Done()
