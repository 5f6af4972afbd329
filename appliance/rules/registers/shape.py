"""What every register is made of: fields that are asked, steps between states, an item with its signatures. Data only.

A register is a table of steps. A step that is not there cannot happen, and ``(state, event)`` names at most one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from appliance.core.model import Record, to_json
from appliance.rules.cases.terms import STANDARD, CaseTerms
from appliance.rules.ink import Ink
from appliance.rules.people import Actor, Role
from appliance.rules.worded import Worded

__all__ = [
    "NEW",
    "DataFile",
    "Facts",
    "Field",
    "Guard",
    "GuardContext",
    "Hours",
    "Item",
    "Pair",
    "Register",
    "Signature",
    "Step",
    "Widget",
]

NEW = ""
"""The state of an item that there is not yet."""


class Widget(StrEnum):
    """What a field holds: *text* and *words* are typed, *lines* a name a line; *day* is ISO text, *moment* nanoseconds;
    *choice*, *ticks* and *tick*; *cameras* are numbers, *ranges* minutes of cameras; *link* is an item's number."""

    TEXT = "text"
    WORDS = "words"
    LINES = "lines"
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"
    TICKS = "ticks"
    TICK = "tick"
    CAMERAS = "cameras"
    RANGES = "ranges"
    LINK = "link"


_SEALED = frozenset({Widget.TEXT, Widget.WORDS, Widget.LINES})


class Field(NamedTuple):
    """``needed``: the step is refused without it. ``of``: where a link leads: a register, ``tickets``, ``people``, or
    ``findings`` of the machine."""

    name: str
    look: Widget
    choices: tuple[str, ...] = ()
    needed: bool = True
    of: str = ""

    @property
    def sealed(self) -> bool:
        """Words and names stand in the sealed record alone; the rest stands in clear in the ledger."""
        return self.look in _SEALED or self.of == "people"


class Signature(Record, frozen=True, kw_only=True):
    """Who signed a cell, in which role; ``deputy``: for somebody else. ``ink``: on the sheet, at ``at_ns``."""

    cell: str
    account: str
    role: str
    at_ns: int
    deputy: bool = False
    ink: Ink | None = None


class Item(Record, frozen=True, kw_only=True):
    """A line of a register. ``values``: the newest answer to each field. ``signatures``: of each cell the newest.
    ``times``: when each event was performed last. ``lost``: a sealed record of it does not open, and what was typed
    there is gone."""

    register: str
    number: str
    state: str = NEW
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    signatures: tuple[Signature, ...] = ()
    times: dict[str, int] = msgspec.field(default_factory=dict)
    opened_ns: int = 0
    lost: bool = False

    def signed_by(self, cell: str) -> str:
        """The account that signed the cell; "" where none has."""
        return next((each.account for each in self.signatures if each.cell == cell), "")

    def value(self, name: str, default: Any = "") -> Any:
        return self.values.get(name, default)


class Hours(Record, frozen=True, kw_only=True):
    """How long the clocks of an incident run, in hours: the report of a cyber incident, the notice of one with personal
    data, the containment of levels 1 and 2, and of 3 and 4. Source: 資通安全事件通報及應變辦法 4 and 6; PDPA 12."""

    report: int = 1
    notice: int = 72
    contain: int = 72
    contain_serious: int = 36


class DataFile(Record, frozen=True, kw_only=True):
    """The notice of the personal data file (PDPA 17), its four items: the file's agency with its unit and how to reach
    it; basis and purposes; categories. Purposes and categories are codes."""

    agency: str
    unit: str
    phone: str
    address: str
    basis: str
    purposes: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over its canonical JSON."""
        return hashlib.sha256(to_json(msgspec.structs.asdict(self))).hexdigest()


class Facts(NamedTuple):
    """What the keeper finds out. ``cameras``: each number there ever was, and whether it hangs in a public area and is
    in force. ``tickets``: the repairs that go on. ``items``: all items of all registers. ``viewers``: the accounts that
    may be authorised to look live. ``notice``: of the personal data file, as it is now. ``seen``: asks for the
    findings that the machine offers as incidents. ``kept``: why ranges are kept and until when (``ground``,
    ``gone_by``); None while that cannot be told. ``letter_word``: with which the numbers of the office's letters begin;
    ``letter_of``: what the letter is about that has the number which the act brings, "" for none. ``terms``: of a
    request that is received now."""

    at_ns: int
    cameras: Mapping[str, bool] = {}
    tickets: Collection[str] = ()
    items: Mapping[str, Mapping[str, Item]] = {}
    viewers: Collection[str] = ()
    hours: Hours = Hours()
    notice: DataFile | None = None
    seen: Callable[[], Collection[str]] = tuple
    kept: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any] | None] = lambda ranges: None
    letter_word: str = ""
    letter_of: str = ""
    terms: CaseTerms = STANDARD


class GuardContext(NamedTuple):
    """All that a guard may look at."""

    item: Item
    typed: Mapping[str, Any]
    actor: Actor
    facts: Facts

    def said(self, name: str, default: Any = "") -> Any:
        """What this act says of a field, else what stands."""
        return self.typed.get(name, self.item.values.get(name, default))

    def linked(self, field: str, register: str) -> Item | None:
        """The item that a field names."""
        return self.facts.items.get(register, {}).get(str(self.said(field)))


Guard = Callable[[GuardContext], tuple[str, ...]]
"""What is missing for a step, as codes; nothing when it may be. Its name is the function's."""


def _nothing(_sight: GuardContext) -> dict[str, Any]:
    return {}


class Pair(NamedTuple):
    """Two cells that one person never signs on one item."""

    first: str
    second: str


class Step(NamedTuple):
    """In one of ``sources``, ``event`` by somebody of ``who`` leads to ``target``; None: the state stays; with
    ``stood``, to the state that the item keeps under that name, where it keeps one. ``cell``: what it signs; ``voids``:
    cells that count no more. ``password``: typed for this very act. ``brings``: what the act adds to the item besides
    what was typed. ``alarms``: the kind of incident that the act begins."""

    id: str
    sources: tuple[str, ...]
    event: Worded
    target: str | None
    who: tuple[Role | str, ...]
    fields: tuple[Field, ...] = ()
    guards: tuple[Guard, ...] = ()
    cell: str = ""
    password: bool = False
    voids: tuple[str, ...] = ()
    brings: Callable[[GuardContext], dict[str, Any]] = _nothing
    alarms: str = ""
    stood: str = ""

    def leads(self, item: Item) -> str:
        """The state of ``item`` after the step."""
        if self.stood and (stood := item.value(self.stood)):
            return str(stood)
        return item.state if self.target is None else str(self.target)

    @property
    def guard_names(self) -> tuple[str, ...]:
        return tuple(guard.__name__ for guard in self.guards)

    @property
    def on_sheet(self) -> bool:
        """Whether it may be signed in ink (``AT-73``): a cell, a password or a return, of a line that is there."""
        people = set(self.who) - {Role.SYSTEM}
        signs = bool(self.cell or self.password or str(self.event) == "return")
        return bool(people) and NEW not in self.sources and signs


class Register(NamedTuple):
    """``code``: in addresses. ``zh``: the office's word. ``letter``: its items' numbers begin with it. ``kind``: of its
    ledger entries. ``gist``: the fields that its list shows. ``done``: states in which nothing is left to do.
    ``found``: what its acts bring of themselves: pages show it, and nobody types it. ``kept``: of what they bring, what
    every item has from its first step on."""

    code: str
    zh: str
    letter: str
    kind: str
    states: type[Worded]
    steps: tuple[Step, ...]
    pairs: tuple[Pair, ...] = ()
    gist: tuple[str, ...] = ()
    done: frozenset[str] = frozenset()
    found: tuple[Field, ...] = ()
    kept: tuple[str, ...] = ()

    def step(self, state: str, event: str) -> Step | None:
        return next((step for step in self.steps if step.event == event and state in step.sources), None)

    def possible(self, state: str) -> tuple[Step, ...]:
        """The steps from a state, in the table's order."""
        return tuple(step for step in self.steps if state in step.sources)

    @property
    def first(self) -> Step:
        """The step that begins an item."""
        return self.steps[0]

    def fields(self) -> dict[str, Field]:
        """Every field of the register by its name."""
        typed = {field.name: field for step in self.steps for field in step.fields}
        return {field.name: field for field in self.found} | typed
