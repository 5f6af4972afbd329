"""An office for tests of the table of cameras: people, a draft in order, and a version led along its rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from appliance.rules.cameras.facts import CameraFacts, CameraTyped, Filing
from appliance.rules.cameras.fleet import Fleet, performed
from appliance.rules.cameras.judging import Refusal, judge
from appliance.rules.cameras.rows import Event, Row
from appliance.rules.cameras.states import State
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.version import (
    Acceptance,
    Answer,
    CameraVersion,
    Device,
    Matters,
    Review,
    Wiring,
)
from appliance.rules.deadlines import start_ns_of
from appliance.rules.people import SYSTEM, Actor
from appliance.rules.scans import CameraPaper

__all__ = ["DAY", "DEVICE", "MATTERS", "PEOPLE", "Desk", "draft", "typed_for"]

DAY = date(2026, 11, 24)

PEOPLE: dict[str, tuple[str, ...]] = {
    "wang": ("officer",),
    "lin": ("manager", "officer"),
    "chen": ("unit_head",),
    "liu": ("unit_head",),
    "hsu": ("secretary",),
    "tsai": ("director",),
    "kuo": ("staff",),
}
"""Enough people for every pair."""

_USUAL = {"officer": "wang", "manager": "lin", "unit_head": "chen", "secretary": "hsu", "director": "tsai"}

MATTERS = Matters(
    area="一樓大廳",
    place="一樓大廳東側柱上",
    place_kind="waiting",
    in_premises=True,
    public_area=True,
    view="等候區全區",
    lens="2.8 mm",
    purposes=("service_quality",),
)
DEVICE = Device(make="Axle", origin="瑞典", model="P-1", serial="S-1", banned="no", checked_on=DAY)


def draft(origin: str = "new", **changes: Any) -> CameraTyped:
    """A draft that lacks nothing; ``matters`` and ``device`` in part, the rest whole."""
    matters = msgspec.structs.replace(MATTERS, **changes.pop("matters", {}))
    device = msgspec.structs.replace(DEVICE, **changes.pop("device", {}))
    made = CameraTyped(
        origin=origin,
        matters=matters,
        device=device,
        wiring=Wiring(source="testcard", settings={"label": "x"}),
        reason="人潮需要",
        alternative="增派人員，不足",
    )
    return msgspec.structs.replace(made, **changes)


def typed_for(version: CameraVersion, event: Event) -> CameraTyped:
    """What somebody types for the event so that nothing is missing."""
    conditions = len(version.answer.conditions)
    document = Answer(agency="警察局", day=DAY, number="北市警字第1號")
    kind = {"approval": "approved", "filing": "filed"}.get(version.filing, "approved")
    agree = Review(exists="yes", place="yes", view="yes", sign="yes", listed="yes", conditions=conditions)
    answers = {
        Event.SEND: CameraTyped(letter_no=_letter_no(version)),
        Event.ENTER_ANSWER: CameraTyped(answer=_of(document, kind)),
        Event.FILE_EVIDENCE: CameraTyped(answer=_of(document, "approved")),
        Event.REJECT: CameraTyped(answer=_of(document, "rejected")),
        Event.ACCEPT: CameraTyped(
            acceptance=Acceptance(
                picture="ab" * 32,
                sound_as_approved=True,
                masks_set=True,
                time_checked=True,
                recorded=True,
                played=True,
                sign_on_wall=True,
                conditions=conditions,
            )
        ),
        Event.REVIEW: CameraTyped(review=agree),
        Event.MISMATCH: CameraTyped(review=msgspec.structs.replace(agree, sign="no")),
        Event.EXPLAIN: CameraTyped(note="百葉窗", acceptance=Acceptance(picture="cd" * 32)),
        Event.PUT_BACK: CameraTyped(acceptance=Acceptance(picture="ab" * 32)),
        Event.SIGN_PLAN: CameraTyped(plan_due=DAY + timedelta(days=90)),
        Event.RECHECK: CameraTyped(device=Device(banned="no", checked_on=DAY)),
        Event.REVISE: draft(),
        Event.DRAFT: draft(),
        Event.ADOPT: draft("existing"),
    }
    return answers.get(event, CameraTyped(note="說明", removal_no="1"))


def _letter_no(version: CameraVersion) -> str:
    """Of a letter of its own."""
    digits = "".join(filter(str.isdigit, version.camera_no))
    return f"北市萬戶行字第115{digits}{version.version:03}號"


def _of(document: Answer, kind: str) -> Answer:
    return msgspec.structs.replace(document, kind=kind)


class Desk:
    """All cameras of an office, and a day that passes."""

    def __init__(self, filing: Filing | None = None) -> None:
        self.fleet, self.today, self.filing = Fleet(), DAY, filing or Filing()
        self.rows: list[Row] = []

    @property
    def at_ns(self) -> int:
        return start_ns_of(self.today) + len(self.rows)

    def version(self, camera_no: str = "01") -> CameraVersion:
        """The newest of the camera, or the empty one before its first."""
        mine = self.fleet.of(camera_no)
        return mine[-1] if mine else self.fleet.next_of(camera_no)

    def ask(
        self, event: Event, who: str = "", version: CameraVersion | None = None, typed: CameraTyped | None = None,
        **facts: Any,
    ) -> Row | Refusal:  # fmt: skip
        return judge(self._sight(event, who, version or self._meant(event), typed, facts), event)

    def do(
        self, event: Event, who: str = "", version: CameraVersion | None = None, typed: CameraTyped | None = None,
        **facts: Any,
    ) -> CameraVersion:  # fmt: skip
        """Performs it; the version afterwards. Fails with what is missing."""
        meant = version or self._meant(event)
        sight = self._sight(event, who, meant, typed, facts)
        row = judge(sight, event)
        assert isinstance(row, Row), str(row)
        self.fleet = performed(self.fleet, sight, row)
        self.rows.append(row)
        return self.fleet.get(meant.camera_no, meant.version)

    def lead(self, *events: Event, version: CameraVersion | None = None) -> CameraVersion:
        """Each event in order, by whoever usually does it."""
        for event in events:
            version = self.do(event, version=version)
        return version or self.version()

    def approved(self, camera_no: str = "01", typed: CameraTyped | None = None) -> CameraVersion:
        """A draft of this camera that came as far as its acceptance."""
        version = self.do(Event.DRAFT, version=self.fleet.next_of(camera_no), typed=typed or draft())
        version = self.lead(Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, version=version)
        if version.filing == "exempt":
            return self.lead(Event.APPROVE_EXEMPT, version=version)
        confirm = Event.CONFIRM_APPROVAL if version.filing == "approval" else Event.CONFIRM_FILING
        return self.lead(Event.APPROVE, Event.SEND, Event.ENTER_ANSWER, confirm, version=version)

    def in_force(self, camera_no: str = "01", typed: CameraTyped | None = None) -> CameraVersion:
        return self.lead(Event.ACCEPT, Event.PUT_IN_FORCE, version=self.approved(camera_no, typed))

    def announced(self, camera_no: str = "01") -> CameraVersion:
        return self.lead(Event.ANNOUNCE, version=self.in_force(camera_no))

    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    def _meant(self, event: Event) -> CameraVersion:
        newest = self.version()
        return self.fleet.next_of("01") if event is Event.DRAFT and newest.state is not State.NONE else newest

    def _sight(
        self, event: Event, who: str, version: CameraVersion, typed: CameraTyped | None, facts: dict[str, Any]
    ) -> Any:
        people = facts.pop("people", PEOPLE)
        holders = {role: tuple(name for name in people if role in people[name]) for role in _USUAL}
        made = CameraFacts(
            typed=typed_for(version, event) if typed is None else typed,
            at_ns=self.at_ns,
            filing=self.filing,
            holders=holders,
            drifting=event is Event.DRIFTED,
            scans=frozenset(CameraPaper),
        )
        return self.fleet.seen(
            version, msgspec.structs.replace(made, **facts), self._actor(event, who, people), self.today
        )

    def _actor(self, event: Event, who: str, people: dict[str, tuple[str, ...]]) -> Actor:
        row = next(row for row in CAMERAS if row.event is event)
        if not who and row.who[0] == "system":
            return SYSTEM
        name = who or next(name for name in (_USUAL[row.who[0]], *people) if row.who[0] in people.get(name, ()))
        return SYSTEM if name == "system" else Actor(name, people[name], proved=True)
