"""A camera book with people around it, over a store that can be cut."""

from __future__ import annotations

import types
from typing import Any

import msgspec

from appliance.core.model import Camera, Registry
from appliance.ledger import records as records_module
from appliance.ledger.records import Acts
from appliance.rules.cameras.facts import Filing
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.typed import TAKES
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.deadlines import start_ns_of
from appliance.rules.people import Actor
from appliance.rules.scans import CameraPaper
from appliance.services.cameras import book as book_module
from appliance.services.cameras.book import CameraActResult, CameraBook
from appliance.services.cameras.ports import CameraPorts
from tests.rules.cameradesk import DAY, PEOPLE, draft, typed_for
from tests.vault.ringcases import BOX_KEY, MovingClock, Store, drawn

__all__ = ["NOW_NS", "RECORDS", "SET_UP", "CameraStore", "facts_for"]

RECORDS = "/office/keeper/records"
NOW_NS = start_ns_of(DAY) + 10 * 3600 * 10**9
SET_UP = Registry(
    version=1,
    since_ns=NOW_NS,
    cameras=(
        Camera(camera_no="01", location="大廳", source="testcard", settings={"label": "1"}, sound=True),
        Camera(camera_no="02", location="檔案室", source="testcard", settings={"password": "秘密"}),
    ),
)
_USUAL = {"officer": "wang", "manager": "lin", "unit_head": "chen", "secretary": "hsu", "director": "tsai"}


def facts_for(version: CameraVersion, event: Event, **changes: Any) -> dict[str, Any]:
    """What a form of this event sends so that nothing is missing."""
    typed = draft(**changes) if event in (Event.DRAFT, Event.REVISE) else typed_for(version, event)
    told = dict(msgspec.to_builtins(typed))
    return {name: told[name] for name in TAKES[event] if name in told}


class CameraStore:
    """``fs`` and ``clock`` may be those of an earlier one: then it is the next start. ``short``: what the disk says."""

    def __init__(
        self,
        fs: Any,
        seed: object = 0,
        clock: MovingClock | None = None,
        *,
        found: Registry | None = SET_UP,
        book: types.ModuleType = book_module,
        acts: types.ModuleType = records_module,
    ) -> None:
        self.store = Store(fs, clock or MovingClock(NOW_NS), seed=seed)
        self.clock, self.ledger = self.store.clock, self.store.ledger
        if not self.ledger.size:
            self.ledger.append("installation.created", {"cameras": [each.camera_no for each in SET_UP.cameras]})
        self.acts: Acts = acts.Acts(self.ledger, fs, RECORDS, BOX_KEY, self.clock, random=drawn(f"acts {seed}"))
        self.short, self.filing = "", Filing()
        self.written = list[Registry]()
        self.book: CameraBook = book.CameraBook(
            self.acts,
            self.ledger,
            self.clock,
            CameraPorts(
                holders=lambda: {role: tuple(name for name in PEOPLE if role in PEOPLE[name]) for role in _USUAL},
                secretary=lambda: True,
                filing=lambda: self.filing,
                short=lambda camera: self.short,
                trusted=lambda: True,
                scans=lambda version: frozenset(CameraPaper),
            ),
            found,
            pseudonym=lambda account: f"p-{account}",
            accounts=lambda: list(PEOPLE),
            trial=False,
            random=drawn(f"book {seed}"),
        )
        self.book.on_registry = lambda: self.written.append(self.book.registry)

    def do(
        self, event: Event, camera_no: str = "03", *, act: str = "", who: str = "", version: int = -1, **changes: Any
    ) -> CameraActResult:
        """By whoever usually does it, on the newest version, with everything that it takes."""
        if version < 0:
            version = 0 if event is Event.DRAFT else len(self.book.fleet.of(camera_no))
        meant = self.book.fleet.get(camera_no, version) if version else self.book.fleet.next_of(camera_no)
        row = next(row for row in CAMERAS if row.event is event)
        name = who or _USUAL[row.who[0]]
        actor = Actor(name, PEOPLE[name], proved=True)
        facts = facts_for(meant, event, **changes)
        return self.book.act(
            act or f"{event}-{camera_no}-{self.ledger.size}", actor, name, camera_no, version, event, facts
        )

    def lead(self, *events: Event, camera_no: str = "03", **changes: Any) -> CameraVersion:
        done = [self.do(event, camera_no, **(changes if event is Event.DRAFT else {})) for event in events]
        return done[-1].version

    def approved(self, camera_no: str = "03", **changes: Any) -> CameraVersion:
        return self.lead(
            Event.DRAFT, Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND,
            Event.ENTER_ANSWER, Event.CONFIRM_APPROVAL, Event.ACCEPT, camera_no=camera_no, **changes,
        )  # fmt: skip
