"""What a version of a camera is: the matters that are approved, the device, how the recorder reaches it, its papers.

Days are local dates, None until they come; an empty text means that the thing is not there.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from appliance.core.model import Camera, Record
from appliance.rules.cameras.registered import rate_of, size_of
from appliance.rules.cameras.states import LIVE, Cell, Origin, State
from appliance.rules.ink import Ink
from appliance.rules.people import Role

__all__ = [
    "ACCEPTANCE_LINES",
    "PURPOSES",
    "REVIEW_LINES",
    "Acceptance",
    "Answer",
    "CameraVersion",
    "Device",
    "Drift",
    "Matters",
    "Review",
    "Signature",
    "Wiring",
    "differing",
]

PURPOSES = ("office_safety", "archives", "service_quality")
"""二: 辦公環境安全, 檔案管理, 為民服務品質; there is no fourth."""


class Matters(Record, frozen=True, kw_only=True):
    """What the police authority approves: a change of any of them is a new version (五(一)).

    ``area`` is the 設置區位 that is published, ``place`` the exact place, which is not (``D-15``). ``in_premises``: it
    is within 本所場域. ``mode``: ``continuous`` or ``motion`` (``T-12``).
    """

    area: str = ""
    place: str = ""
    place_kind: str = ""
    in_premises: bool = False
    public_area: bool = False
    view: str = ""
    lens: str = ""
    purposes: tuple[str, ...] = ()
    sound: bool = False
    ptz: bool = False
    mode: str = "continuous"


class Device(Record, frozen=True, kw_only=True):
    """``banned``: ``no`` or ``yes`` after a look at the list of products that endanger cyber security, on
    ``checked_on`` (資安法 11, ``AT-74``); ``origin`` of the maker. ``size`` (1920x1080) and ``rate`` (pictures a
    second) are what its pictures are registered to be (domain 2.6, 畫面異常); empty where nobody wrote it, as of an
    existing camera. ``night``: ``seen``, or ``dark`` where its place has no light at night and its pictures are black
    then."""

    make: str = ""
    origin: str = ""
    model: str = ""
    serial: str = ""
    banned: str = ""
    checked_on: date | None = None
    size: str = ""
    rate: str = ""
    night: str = ""


class Wiring(Record, frozen=True, kw_only=True):
    """How the recorder reaches it; ``settings`` may hold credentials, and stand in no paper."""

    source: str = ""
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    priority: int = 100
    live_watch: bool = False


class Answer(Record, frozen=True, kw_only=True):
    """A document of the police authority. ``kind``: ``approved`` 核准, ``filed`` 備查, ``rejected`` 不准.
    ``expires``: the last day of an approval that has one (``T-68``)."""

    kind: str = ""
    agency: str = ""
    day: date | None = None
    number: str = ""
    conditions: tuple[str, ...] = ()
    expires: date | None = None


ACCEPTANCE_LINES = ("sound_as_approved", "masks_set", "time_checked", "recorded", "played", "sign_on_wall")


class Acceptance(Record, frozen=True, kw_only=True):
    """安裝驗收. ``picture``: SHA-256 of the sealed reference picture. ``conditions``: how many of the approval's were
    ticked, each by itself. ``recorded`` and ``played``: what comes in is steady and shows; nothing of a version that
    is not in force is stored (``INV-10``). ``identity``: what the device told of itself when the picture was taken;
    the machine fills it in (``T-66``)."""

    picture: str = ""
    identity: dict[str, str] = msgspec.field(default_factory=dict)
    sound_as_approved: bool = False
    masks_set: bool = False
    time_checked: bool = False
    recorded: bool = False
    played: bool = False
    sign_on_wall: bool = False
    conditions: int = 0


REVIEW_LINES = ("exists", "place", "view", "sign", "listed")


class Review(Record, frozen=True, kw_only=True):
    """A look at the camera itself (五(三)): each line ``yes`` or ``no``. ``conditions``: as in the acceptance."""

    exists: str = ""
    place: str = ""
    view: str = ""
    sign: str = ""
    listed: str = ""
    conditions: int = 0


class Signature(Record, frozen=True, kw_only=True):
    """A signed cell. ``deputy``: signed 代理／代行. ``double``: 兼簽 (``D-10``). ``superseded``: the version was
    returned or entered anew after it; it stays visible, and stays a signature of this account. ``ink``: it stands on
    the sheet, of the day ``day``."""

    cell: Cell
    account: str
    day: date
    role: Role
    deputy: bool = False
    double: bool = False
    superseded: bool = False
    ink: Ink | None = None


class Drift(Record, frozen=True, kw_only=True):
    """Footage of ``[start_ns, end_ns)`` is marked 視野未經核准; ``end_ns`` 0 while it goes on. ``cause``: ``view``, or
    the line of a review that did not hold."""

    start_ns: int
    cause: str
    end_ns: int = 0


class CameraVersion(Record, frozen=True, kw_only=True):
    """``camera_no`` is never reused (``D-14``), ``version`` counts up. ``filing``: approval, filing or exempt, as the
    rules of the day it was drafted had it. ``before``: the state that it drifted from. ``ended_on``: since when it is
    at its end, or suspended. ``checked``: the device as the last look at the banned list since had it. ``existing``: it
    took the place of an existing camera whose papers lacked, and owes them."""

    camera_no: str
    version: int
    origin: Origin = Origin.NEW
    state: State = State.NONE
    filing: str = "approval"
    matters: Matters = Matters()
    device: Device = Device()
    checked: Device = Device()
    wiring: Wiring = Wiring()
    reason: str = ""
    alternative: str = ""
    letter_no: str = ""
    answer: Answer = Answer()
    acceptance: Acceptance = Acceptance()
    review: Review = Review()
    signatures: tuple[Signature, ...] = ()
    drifts: tuple[Drift, ...] = ()
    before: State | None = None
    plan_due: date | None = None
    existing: bool = False
    drafted_on: date | None = None
    in_force_ns: int = 0
    in_force_on: date | None = None
    announced_on: date | None = None
    reviewed_on: date | None = None
    ended_on: date | None = None

    @property
    def key(self) -> str:
        return f"{self.camera_no}/{self.version}"

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def papers_lack(self) -> bool:
        """An existing camera whose evidence is not there yet (``T-69``)."""
        owes = self.existing or self.origin is Origin.EXISTING
        return owes and not self.signed(Cell.ANSWER_CONFIRMED)

    @property
    def listed(self) -> Device:
        """The device as the last look at the banned list had it (``AT-74``)."""
        return self.checked if self.checked.checked_on is not None else self.device

    def looked_up(self, typed: Device) -> Device:
        """The device as a further look at that list has it: by what was known of it where nothing else is typed."""
        known = self.listed
        return Device(
            make=typed.make or known.make,
            origin=typed.origin or known.origin,
            model=typed.model or known.model,
            banned=typed.banned,
            checked_on=typed.checked_on,
        )

    def signed(self, cell: Cell) -> Signature | None:
        """The signature that counts in a cell."""
        return next((each for each in self.signatures if each.cell is cell and not each.superseded), None)

    def picture_confirmed_by(self, sha256: str, taken_ns: int) -> Signature | None:
        """The second signature of the act that named this reference picture: of the acceptance (K6), or of the
        explanation (K12), whose picture was taken since the view drifted."""
        if sha256 != self.acceptance.picture:
            return None
        if self.drifts and taken_ns >= self.drifts[0].start_ns:
            return self.signed(Cell.EXPLANATION_CONFIRMED) if self.signed(Cell.EXPLAINED) else None
        return self.signed(Cell.PUT_IN_FORCE)

    def recorded_as(self) -> Camera:
        """As the registry in force has it; ``location`` is what papers and screens call the place."""
        width, height = size_of(self.device.size) or (0, 0)
        rate = rate_of(self.device.rate)
        return Camera(
            camera_no=self.camera_no,
            location=self.matters.area,
            source=self.wiring.source,
            settings=self.wiring.settings,
            sound=self.matters.sound,
            priority=self.wiring.priority,
            live_watch=self.wiring.live_watch,
            since_ns=self.in_force_ns,
            identity=self.acceptance.identity,
            width=width,
            height=height,
            **({"fps": rate} if rate else {}),  # a zero of ours is written out, which is another registry
            dark_at_night=self.device.night == "dark",
        )


def differing(one: Matters, other: Matters) -> tuple[str, ...]:
    """The approved matters in which two versions differ."""
    return tuple(name for name in Matters.__struct_fields__ if getattr(one, name) != getattr(other, name))
