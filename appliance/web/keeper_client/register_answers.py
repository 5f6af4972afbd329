"""What the keeper tells of the registers, as pages read it."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.messages import Said
from appliance.rules.cases.views import DueView
from appliance.rules.ink import Ink

__all__ = [
    "ActView",
    "ClockView",
    "DataFileNotice",
    "ItemView",
    "Line",
    "Lines",
    "NewItemForm",
    "Overview",
    "ProposalView",
    "RegisterDone",
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
    """``late``: the numbers of those whose clocks are over."""

    code: str
    lines: int
    open: int
    late: tuple[str, ...] = ()


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    registers: tuple[RegisterView, ...]


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: off, met, met_late, running or overdue."""

    code: str
    due_ns: int
    done_ns: int
    state: str
    off: bool = False


class EligibilityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What of an act somebody here lacks, before anything is typed; ``why`` "" for nothing."""

    seat: int
    person: str = ""
    why: str = ""
    missing: tuple[str, ...] = ()


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step that the item's state has."""

    event: str
    row: str
    password: bool = False
    seats: tuple[EligibilityAnswer, ...] = ()


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine saw that may be an incident: the finding's key and text, and whose camera it is."""

    finding: str
    kind: str
    text: Said
    since_ns: int
    camera_no: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
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
    lines: tuple[Line, ...]
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
    """An item with its acts, newest first. ``names``: how whoever signed is called, by account."""

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
    """``alarm``: the incident that the act began, "" for none."""

    item: str
    state: str
    row: str
    alarm: str = ""
