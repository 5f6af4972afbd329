"""What a day's row and a ticket are, and what an act brings. Frozen, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import structs

from appliance.core.messages import Said
from appliance.core.model import Record
from appliance.rules.inspection.rows import RowState, TicketState

__all__ = [
    "NOTHING_REMOVED", "DayRow", "Item", "Judged", "Reported", "Signing", "Ticket", "TicketWords", "began_ns",
    "is_item", "once_each",
]  # fmt: skip

_REMINDERS = (
    "inspection-",
    "hold-",
    "pin-",
    "holds-share",
    "case-",
    "people-",
    "calendar-ends",
    "keyholders",
    "register-",
    "reference-owed-",
    "camera-duty-",
    "publication-",
)
"""Findings that ask people to do something of their own; what stores and shows is not at fault."""


class Item(Record, frozen=True, kw_only=True):
    """A finding that stood on the day: what failed a test. ``over_ns``: since when it is over; 0 while it stands.
    ``ended``: why, where it did not get well: ``camera-left``."""

    key: str
    box: str
    text: Said
    since_ns: int
    over_ns: int = 0
    ended: str = ""


def once_each(items: Iterable[Item]) -> list[Item]:
    """One for each finding, however often it came and went: from its first beginning to its last end."""
    found: dict[str, Item] = {}
    for item in items:
        before = found.get(item.key, item)
        over_ns = max(before.over_ns, item.over_ns) if before.over_ns and item.over_ns else 0
        found[item.key] = structs.replace(item, since_ns=min(before.since_ns, item.since_ns), over_ns=over_ns)
    return list(found.values())


def began_ns(keys: Iterable[str], of_day: Iterable[Item], month: Iterable[Item]) -> list[int]:
    """When each of ``keys`` began as it stood on a day, or else the last time in the month that has them all."""
    newest = {item.key: item.since_ns for item in sorted(month, key=lambda item: item.since_ns)}
    began = newest | {item.key: item.since_ns for item in of_day}
    return [began[key] for key in keys]


class Judged(Record, frozen=True, kw_only=True):
    """What a person says of an item: that it is a fault, or that the machine cries wolf, and then why (``AT-16``)."""

    fault: bool
    reason: str = ""


class Signing(NamedTuple):
    """What the inspector typed and ticked. ``boxes`` are of BOXES; none: 均無異常 if ``normal`` is ticked."""

    normal: bool = False
    boxes: tuple[str, ...] = ()
    judged: Mapping[str, Judged] = {}
    handling: str = ""
    late: str = ""
    late_words: str = ""


class Reported(NamedTuple):
    """What is reported for repair: findings by their ``keys``, all of ``box``, and the camera if it is one. ``on``: of
    which day's row, today's where none is named; what came and went on another day is another fault."""

    box: str
    keys: Sequence[str] = ()
    camera_no: str = ""
    on: date | None = None


class Ticket(Record, frozen=True, kw_only=True):
    """A repair ticket (維修通報). ``keys``: the findings it is about; ``mended_ns``: when its repair was verified;
    ``visit``: the last visit of a firm for it, by its number in the register of visits."""

    number: str
    on: date
    box: str
    state: TicketState
    keys: tuple[str, ...] = ()
    opened_ns: int = 0
    mended_ns: int = 0
    visit: str = ""


NOTHING_REMOVED = "none"
"""Of a repair: no storage medium was taken out."""


class TicketWords(NamedTuple):
    """What is typed with a step of a ticket. ``visit``: begun in the register of visits, never typed. ``removed``: the
    storage medium that was taken out, by its number in the register of media, or NOTHING_REMOVED. ``well``: of its
    findings, those that have been over for an hour."""

    to: str = ""
    how: str = ""
    who: str = ""
    visit: str = ""
    cause: str = ""
    removed: str = ""
    text: str = ""
    keys: tuple[str, ...] = ()
    well: frozenset[str] = frozenset()


class DayRow(Record, frozen=True, kw_only=True):
    """The row of one calendar day. ``items``: as they were when it was signed; before that, as they are now. ``faults``
    are those of them that were confirmed.
    ``opened``: the items whose page somebody looked at; ``inspector`` is the account that signed, "?" where its record
    does not open; ``boxes`` are those ticked; ``begun_late``: the row was made on a later day."""

    on: date
    state: RowState
    items: tuple[Item, ...] = ()
    opened: frozenset[str] = frozenset()
    boxes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    signed_ns: int = 0
    inspector: str = ""
    late: str = ""
    begun_late: bool = False

    @property
    def signed(self) -> bool:
        return bool(self.signed_ns)


def is_item(key: str) -> bool:
    """Whether a finding is about storing and showing, and so belongs on the row (``D-27``)."""
    return not key.startswith(_REMINDERS)
