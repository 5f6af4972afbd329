"""The registers around the cameras: what pages ask of the keeper about them."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.messages import Said
from appliance.protocol.endpoint import ActRequest, Endpoint, SessionRequest
from appliance.rules.cases.views import DueView
from appliance.rules.ink import Ink

__all__ = [
    "REGISTER",
    "REGISTERS_OVERVIEW",
    "REGISTER_ACT",
    "REGISTER_BEGIN",
    "REGISTER_ITEM",
    "ActView",
    "ClockView",
    "DataFileNotice",
    "ItemRequest",
    "ItemView",
    "LineView",
    "Lines",
    "Links",
    "NewItemForm",
    "Overview",
    "ProposalView",
    "RegisterAct",
    "RegisterDone",
    "RegisterRequest",
    "RegisterView",
    "SeatEligibility",
    "SignatureView",
    "StepView",
]

Links = dict[str, tuple[tuple[str, str], ...]]
"""What a field may name, by where it leads: number and words."""


class DataFileNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The notice of the personal data file as it is now. ``state``: none, changed or stands."""

    agency: str
    unit: str
    phone: str
    address: str
    basis: str
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    digest: str = ""
    state: str = ""


class RegisterView(msgspec.Struct, frozen=True, kw_only=True):
    """A register. ``lines``: how many it has; ``open``: how many of them go on; ``late``: the numbers of those whose
    clocks are over."""

    code: str
    lines: int
    open: int
    late: tuple[str, ...] = ()


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All registers."""

    registers: tuple[RegisterView, ...]


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of an incident. ``state``: off, met, met_late, running or overdue."""

    code: str
    due_ns: int
    done_ns: int
    state: str
    off: bool = False


class SeatEligibility(msgspec.Struct, frozen=True, kw_only=True):
    """What the person in a seat lacks for an act, before anything is typed; ``why`` "" for nothing."""

    seat: int
    person: str = ""
    why: str = ""
    missing: tuple[str, ...] = ()


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step that the item's state has. ``row``: of its table; ``seats``: who here may take it."""

    event: str
    row: str
    password: bool = False
    seats: tuple[SeatEligibility, ...] = ()


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine saw that may be an incident: the finding's key and text, and whose camera it is."""

    finding: str
    kind: str
    text: Said
    since_ns: int
    camera_no: str = ""


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """An item as the list shows it. ``lost``: a sealed record of it does not open."""

    number: str
    state: str
    done: bool
    opened_ns: int
    values: dict[str, Any] = {}
    clocks: tuple[ClockView, ...] = ()
    due: DueView | None = None
    lost: bool = False


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A register. ``begins``: the step that makes another line."""

    register: str
    now_ns: int
    lines: tuple[LineView, ...]
    begins: StepView
    links: Links = {}
    proposals: tuple[ProposalView, ...] = ()
    notice: DataFileNotice | None = None


class NewItemForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form of a new line needs. ``cameras``: number and place."""

    register: str
    now_ns: int
    begins: StepView
    links: Links = {}
    cameras: dict[str, str] = {}
    proposals: tuple[ProposalView, ...] = ()
    notice: DataFileNotice | None = None


class SignatureView(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed a ``cell`` of the paper; ``ink``: on the sheet."""

    cell: str
    account: str
    role: str
    at_ns: int
    deputy: bool = False
    ink: Ink | None = None


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """An act as its entry has it; ``display`` is empty of the machine's own and where the record does not open."""

    entry: int
    at_ns: int
    event: str
    row: str
    display: str = ""
    values: dict[str, Any] = {}


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """An item with its acts, newest first. ``names``: of the people who signed, by account; ``cameras``: number and
    place."""

    register: str
    number: str
    state: str
    now_ns: int
    done: bool = False
    values: dict[str, Any] = {}
    signatures: tuple[SignatureView, ...] = ()
    opened_ns: int = 0
    lost: bool = False
    clocks: tuple[ClockView, ...] = ()
    due: DueView | None = None
    deeds: tuple[ActView, ...] = ()
    names: dict[str, str] = {}
    possible: tuple[StepView, ...] = ()
    links: Links = {}
    cameras: dict[str, str] = {}


class RegisterDone(msgspec.Struct, frozen=True, kw_only=True):
    """What an act made of the item. ``alarm``: the incident that it began, "" for none."""

    item: str
    state: str
    row: str
    alarm: str = ""


class RegisterRequest(SessionRequest, frozen=True, kw_only=True):
    """``register`` by its code."""

    register: str


class ItemRequest(SessionRequest, frozen=True, kw_only=True):
    """``item`` by its number."""

    register: str
    item: str


class RegisterAct(ActRequest, frozen=True, kw_only=True):
    """A step of an item; ``item`` "" begins one. ``typed``: the answers, by field; ``ink``: of what was signed on the
    sheet."""

    register: str
    item: str
    event: str
    typed: dict[str, Any] = msgspec.field(default_factory=dict)
    ink: dict[str, Any] | None = None


REGISTERS_OVERVIEW = Endpoint("registers", SessionRequest, Overview, reads=True)
REGISTER = Endpoint("register", RegisterRequest, Lines, reads=True)
REGISTER_BEGIN = Endpoint("register.begin", RegisterRequest, NewItemForm, reads=True)
REGISTER_ITEM = Endpoint("register.item", ItemRequest, ItemView, reads=True)
REGISTER_ACT = Endpoint("register.act", RegisterAct, RegisterDone)
