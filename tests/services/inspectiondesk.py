"""An office that inspects: the book over a disk in memory, findings and days off that a test sets by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from appliance.core.model import Span
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.inspection.facts import Item, Judged, Reported, Signing
from appliance.services.inspection.book import InspectionBook
from appliance.services.inspection.ports import Inspected
from appliance.services.people.login import Seat
from appliance.storage.files import Fs
from tests.vault.ringcases import BOX_KEY, LEDGER, MONDAY_NS, SIGNING, MovingClock, drawn, new_disk

__all__ = ["BLURRED", "HOUR", "SILENT", "InspectionDesk", "found"]

HOUR = 3600 * 1_000_000_000
RECORDS = "/office/keeper/records"
BLURRED, SILENT = "picture-blurred-03", "sound-silent-07"

_PEOPLE = {
    "lin": ("林小明", ("officer",)),
    "hsu": ("許志偉", ("manager",)),
    "wu": ("吳大同", ("unit_head",)),
    "chou": ("周秘書", ("secretary",)),
    "both": ("身兼二職", ("officer", "unit_head")),
    "staff": ("陳怡君", ("staff",)),
}


def found(key: str, since_ns: int, over_ns: int = 0) -> Item:
    return Item(key=key, box=key.split("-", 1)[0], text=f"{key} in words", since_ns=since_ns, over_ns=over_ns)


class InspectionDesk:
    """Set up on Monday at 06:00. ``items`` are the findings that ever stood; ``off`` the days off."""

    def __init__(self, fs: Fs | None = None, clock: MovingClock | None = None, *, seed: object = 0) -> None:
        self.fs, self.clock = fs or new_disk(), clock or MovingClock(MONDAY_NS + 6 * HOUR)
        self.founded_ns = MONDAY_NS + 6 * HOUR
        self.items: list[Item] = []
        self.off: set[date] = {date(2026, 1, 1)}
        self.visits: set[str] = set()
        self.media: dict[str, str] = {}
        self.lost: list[Span] | None = []
        self.scanners: dict[date, set[str]] = {}
        self.some = drawn(f"inspection {seed}")
        self.ledger = Ledger(self.fs, LEDGER, self.clock, origin="test", signing_key=SIGNING)
        self.acts = Acts(self.ledger, self.fs, RECORDS, BOX_KEY, self.clock, random=self.some)
        self.book = self.reopened()

    def reopened(self) -> InspectionBook:
        """Another book from the same ledger and records, as a start makes it."""
        asks = Inspected(
            stood=lambda start_ns, end_ns: [
                item for item in self.items if item.since_ns < end_ns and (not item.over_ns or item.over_ns > start_ns)
            ],
            values=lambda: [("03", "picture-blurred", 0.1, 0.3, "")],
            days_off=lambda: self.off,
            trusted=lambda: self.clock.is_trusted,
            lost=lambda camera_no, span: (
                None if self.lost is None else [part for part in self.lost if part.overlaps(span)]
            ),
            visits=lambda: self.visits,
            media=lambda: self.media,
            scanners=lambda on: self.scanners.get(on, ()),
        )
        return InspectionBook(self.acts, self.ledger, self.clock, self.founded_ns, asks, random=self.some)

    @property
    def today(self) -> date:
        return day_of(self.clock.wall_ns())

    def at(self, days: int, hour: float) -> date:
        """It is that hour, so many days after Monday, and the keeper did its turns."""
        self.clock.go_to(MONDAY_NS + days * DAY_NS + int(hour * HOUR))
        self.book.turn()
        return self.today

    def fault(self, key: str = BLURRED, hour: float = 7) -> Item:
        """Something has failed since that hour of today."""
        item = found(key, start_ns_of(self.today) + int(hour * HOUR))
        self.items.append(item)
        return item

    def over(self, key: str) -> None:
        """It is well again, from now on."""
        now = self.clock.wall_ns()
        self.items = [found(key, each.since_ns, now) if each.key == key else each for each in self.items]

    def seat(self, person: str, *, ago_ns: int = 0) -> Seat:
        display, roles = _PEOPLE[person]
        return Seat(1, person, display, roles, "", self.clock.boot_ns() - ago_ns)

    def act(self) -> str:
        return self.some(16).hex()

    def look(self, on: date | None = None) -> None:
        """Everything that failed is opened."""
        for item in self.book.day(on or self.today).row.items:
            self.book.open_item(on or self.today, item.key)

    def sign(self, person: str = "lin", on: date | None = None, **typed: Any) -> Any:
        typed.setdefault("normal", not typed.get("boxes"))
        return self.book.sign(self.act(), self.seat(person), on or self.today, Signing(**typed))

    def sign_faulty(self, *keys: str, on: date | None = None, **more: Any) -> Any:
        """Looks at and confirms all of ``keys``."""
        self.look(on)
        boxes = tuple(sorted({key.split("-", 1)[0] for key in keys}))
        judged = {key: Judged(fault=True) for key in keys}
        return self.sign(on=on, boxes=boxes, judged=judged, **{"handling": "鏡頭失焦，已通報廠商", **more})

    def report(self, *keys: str, box: str = "picture", camera_no: str = "03", on: date | None = None) -> str:
        words = {"to": "安視科技", "how": "電話", "text": "鏡頭失焦"}
        told = Reported(box, keys, camera_no, on)
        filed = self.book.report(self.act(), self.seat("lin"), told, words)
        return filed.ticket.number

    def stamp(self, person: str = "wu", *days: date) -> Any:
        return self.book.stamp(self.act(), self.seat(person), days or (self.today,))
