"""Cameras with their versions and acts: what pages ask of the keeper about them. Never the way to a camera: its
settings hold credentials, and go to the recorder alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from appliance.core.messages import CodedMessage
from appliance.protocol.endpoint import ActRequest, Endpoint, SessionRequest
from appliance.protocol.pictures import ReferencePictureView, ReferenceStep
from appliance.rules.cameras.facts import CameraTyped
from appliance.rules.cameras.inquiry import DeviceReport
from appliance.rules.cameras.states import LIVE, OPEN, State
from appliance.rules.cameras.version import Acceptance, Answer, Device, Drift, Matters, Review, Signature
from appliance.rules.cameras.wiring import Declared, Found

__all__ = [
    "ACT_ON_CAMERA",
    "ASK_DEVICE",
    "CAMERA",
    "CAMERA_BOOK",
    "CAMERA_DAYS",
    "CAMERA_KINDS",
    "CAMERA_REVIEWS",
    "SEARCH_CAMERAS",
    "SET_CAMERA_CLOCK",
    "ActOnCamera",
    "CameraAct",
    "CameraDetails",
    "CameraDone",
    "CameraKinds",
    "CameraRequest",
    "CameraRow",
    "CameraSearch",
    "Cameras",
    "ClockStep",
    "Days",
    "DaysWith",
    "DeviceAnswer",
    "EligibilityAnswer",
    "FoundDevice",
    "PendingVersion",
    "PossibleEvent",
    "Reviewed",
    "Reviews",
    "SearchBegun",
    "SetCameraClock",
    "Version",
    "VersionRequest",
]


_STANDING = LIVE | {State.SUSPENDED}


class PendingVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version on its way to be put in force."""

    version: int
    state: str


class CameraRow(msgspec.Struct, frozen=True, kw_only=True):
    """A camera: the version that stands, or its last."""

    camera: str
    version: int
    origin: str = ""
    state: str
    area: str = ""
    sound: bool = False
    live: bool = False
    papers_lack: bool = False
    plan_due: date | None = None
    in_force_on: date | None = None
    expires: date | None = None
    coming: PendingVersion | None = None


class Cameras(msgspec.Struct, frozen=True, kw_only=True):
    """Every camera there ever was. ``registry``: the number of the list in force."""

    cameras: tuple[CameraRow, ...] = ()
    registry: int = 0
    trial: bool = False


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """The last look at a camera in force; its days are None until there was one."""

    camera: str
    version: int
    area: str = ""
    state: str = ""
    review: Review = Review()
    conditions: int = 0
    announced_on: date | None = None
    reviewer: str = ""
    looked_on: date | None = None
    stamper: str = ""
    stamped_on: date | None = None

    @property
    def asked(self) -> bool:
        """Whether that look went through the conditions of the approval: one that found a line otherwise did not."""
        return self.looked_on is not None and "no" not in msgspec.structs.astuple(self.review)


class Reviews(msgspec.Struct, frozen=True, kw_only=True):
    """Of all cameras in force; one is asked for every so many ``months``."""

    reviews: tuple[Reviewed, ...] = ()
    months: int = 3


class FoundDevice(Found, frozen=True, kw_only=True, omit_defaults=False):
    """A device that lies there; ``camera``: registered at it, "" for none; ``moved``: a camera that is registered
    elsewhere and whose network card answers here (``T-66``)."""

    camera: str = ""
    moved: str = ""


class CameraSearch(msgspec.Struct, frozen=True, kw_only=True):
    """The last search of the network; ``number`` 0 before the first, ``done_ns`` 0 while it goes on. ``why``: what kept
    it from finding."""

    number: int = 0
    asked_ns: int = 0
    done_ns: int = 0
    found: tuple[FoundDevice, ...] = ()
    why: str = ""


class CameraKinds(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of camera that the recorder has, with the settings of each; none while it has not said."""

    kinds: dict[str, tuple[Declared, ...]] = {}
    found: tuple[FoundDevice, ...] = ()
    search: CameraSearch = CameraSearch()


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast: ``days`` that will be held, None when nothing is written, at ``day_bytes`` a day; ``verdict``: well,
    warn or short; ``assumed``: cameras whose rate is not measured yet."""

    days: float | None = None
    day_bytes: int = 0
    verdict: str = ""
    assumed: tuple[str, ...] = ()


class DaysWith(msgspec.Struct, frozen=True, kw_only=True):
    """The forecast without and with a camera; ``short``: why the disk would not do, "" when it would."""

    now: Days
    then: Days
    day_bytes: int = 0
    short: str = ""
    trial: bool = False


class EligibilityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What of an act somebody here lacks, before anything is typed; ``why`` "" for nothing."""

    seat: int
    person: str = ""
    why: str = ""
    missing: tuple[str, ...] = ()


class PossibleEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the version's state has; ``takes``: what is typed for it."""

    event: str
    row: str = ""
    password: bool = False
    takes: tuple[str, ...] = ()
    seats: tuple[EligibilityAnswer, ...] = ()


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version with its papers; ``settings``: the names of what is set for the way to the camera, never what.
    ``scans``: which kinds of papers are on file of it."""

    camera_no: str
    version: int
    origin: str = "new"
    state: str
    filing: str = "approval"
    matters: Matters = Matters()
    device: Device = Device()
    checked: Device = Device()
    source: str = ""
    settings: tuple[str, ...] = ()
    priority: int = 100
    reason: str = ""
    alternative: str = ""
    letter_no: str = ""
    answer: Answer = Answer()
    acceptance: Acceptance = Acceptance()
    review: Review = Review()
    signatures: tuple[Signature, ...] = ()
    drifts: tuple[Drift, ...] = ()
    plan_due: date | None = None
    drafted_on: date | None = None
    in_force_on: date | None = None
    announced_on: date | None = None
    reviewed_on: date | None = None
    ended_on: date | None = None
    papers_lack: bool = False
    scans: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    possible: tuple[PossibleEvent, ...] = ()


class CameraAct(msgspec.Struct, frozen=True, kw_only=True):
    """An act on a camera as its entry has it; ``by`` and ``typed`` are empty of the machine's own acts, and where the
    record does not open."""

    entry: int
    at_ns: int
    version: int
    row: str
    event: str
    state: str
    by: str = ""
    typed: CameraTyped = CameraTyped()


class ClockStep(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a camera's clock being set: ``event`` is "ordered", then "set" or "failed" with ``why``.
    ``before_ms`` and ``after_ms``: by how much the clock was ahead of ours, None where that is not known."""

    entry: int
    at_ns: int
    version: int
    event: str
    before_ms: int
    after_ms: int | None = None
    why: CodedMessage | None = None
    by: str = ""


class CameraDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A camera's versions and acts, newest first. ``names``: how the people who signed are called, by account.
    ``moved_to``: where the last search found its device, if elsewhere, for those who may draft;
    ``other_device``: another than the accepted one answers; ``answers``: what it tells of itself; ``wavers``: what of
    that was another at each connection; ``notes``: what of it is not recorded, or not read as usual. ``clock_off_ns``:
    by how much its stream says that its clock is ahead of ours; ``clock_steps``: what became of setting it."""

    camera: str
    versions: tuple[Version, ...]
    acts: tuple[CameraAct, ...] = ()
    names: dict[str, str] = {}
    references: tuple[ReferencePictureView, ...] = ()
    reference_steps: tuple[ReferenceStep, ...] = ()
    moved_to: str = ""
    other_device: bool = False
    answers: dict[str, str] = {}
    wavers: tuple[str, ...] = ()
    notes: tuple[CodedMessage, ...] = ()
    clock_off_ns: int | None = None
    clock_steps: tuple[ClockStep, ...] = ()

    @property
    def standing(self) -> Version:
        """What is in force or suspended, else the newest."""
        return next((each for each in self.versions if each.state in _STANDING), self.versions[0])

    @property
    def worked_on(self) -> Version:
        """What is on its way, else what stands: whose papers are still taken in."""
        return next((each for each in self.versions if each.state in OPEN), self.standing)


class CameraDone(msgspec.Struct, frozen=True, kw_only=True):
    """The version that an act was done on, as it is now; ``row``: of the table."""

    camera: str
    version: int
    state: str = ""
    row: str = ""


class DeviceAnswer(msgspec.Struct, frozen=True):
    """What a device says of itself; ``registered``: another camera in force that has this make and serial number."""

    report: DeviceReport
    registered: str = ""


class SearchBegun(msgspec.Struct, frozen=True):
    """The search's number."""

    number: int


class CameraRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``camera``: its number."""

    camera: str


class VersionRequest(CameraRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A version of the camera."""

    version: int


class SetCameraClock(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The clock of the device of a version is to be set to ours. ``seat`` 0: the first here who may."""

    seat: int = 0
    camera: str
    version: int


class ActOnCamera(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Any event of the table. ``version`` 0 begins the next one of the camera; ``facts``: the fields of ``CameraTyped``
    that the event takes; ``ink``: of what was signed on the sheet."""

    camera: str
    version: int = 0
    event: str
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    ink: dict[str, Any] | None = None


CAMERA_BOOK = Endpoint("cameras.book", SessionRequest, Cameras, reads=True)
CAMERA_REVIEWS = Endpoint("cameras.reviews", SessionRequest, Reviews, reads=True)
CAMERA_KINDS = Endpoint("cameras.ways", SessionRequest, CameraKinds, reads=True)
ASK_DEVICE = Endpoint("cameras.ask-device", VersionRequest, DeviceAnswer)
SET_CAMERA_CLOCK = Endpoint("cameras.set-clock", SetCameraClock, ClockStep)
SEARCH_CAMERAS = Endpoint("cameras.search", SessionRequest, SearchBegun)
CAMERA_DAYS = Endpoint("cameras.days", VersionRequest, DaysWith, reads=True)
CAMERA = Endpoint("camera", CameraRequest, CameraDetails, reads=True)
ACT_ON_CAMERA = Endpoint("camera-act", ActOnCamera, CameraDone)
