"""A store in which people hold footage: cases, holds and what the machine does about them, over ``ringcases.Store``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.core.clock import SLOT_NS
from appliance.core.model import Manifest
from appliance.ledger.records import Acts
from appliance.rules.cases.states import State
from appliance.rules.deadlines import DAY_NS
from appliance.services.cases.book import CaseBook
from appliance.services.holds.held import Held
from appliance.services.holds.holds import HoldBook
from appliance.services.people.login import Seat
from appliance.services.retention.settlement import Settlement
from appliance.services.retention.warnings import HoldWatch
from appliance.storage.files import Fs
from tests.services.casetrack import go_on, small_world, track
from tests.vault.ringcases import BOX_KEY, MONDAY_NS, MovingClock, Parts, Store, drawn, new_disk

__all__ = ["GROUND_WORDS", "RECORDS", "HoldOffice", "seat_of"]

RECORDS = "/office/keeper/records"
GROUND_WORDS: dict[str, dict[str, str]] = {
    "preserve": {"agency": "萬華分局"},
    "police": {"case": "115-0001"},
    "event": {},
    "remedy": {"document": "府訴字第1150001號"},
    "invest": {"agency": "臺灣臺北地方檢察署", "document": "北檢字第1150002號"},
    "law": {"statute": "檔案法第 12 條", "document": "萬戶字第1150003號"},
}
"""What each ground demands."""

_PEOPLE = {
    "lin": ("林小明", ("officer",)),
    "wu": ("吳大同", ("unit_head",)),
    "tsai": ("蔡主任", ("director",)),
    "both": ("身兼二職", ("officer", "unit_head", "director")),
    "chen": ("陳怡君", ("auditor",)),
}


def seat_of(person: str, clock: MovingClock, *, ago_ns: int = 0) -> Seat:
    """Somebody logged in whose password was typed ``ago_ns`` ago."""
    display, roles = _PEOPLE[person]
    return Seat(1, person, display, roles, "", clock.boot_ns() - ago_ns)


class HoldOffice(Store):
    """``book`` has the holds and ``cases`` the pins; what a test puts into ``holds`` by hand counts besides."""

    def __init__(
        self,
        fs: Fs | None = None,
        clock: MovingClock | None = None,
        *,
        seed: object = 0,
        parts: Parts | None = None,
        book: type[HoldBook] = HoldBook,
    ) -> None:
        super().__init__(fs or new_disk(), clock or MovingClock(MONDAY_NS + DAY_NS), seed=seed, parts=parts)
        some = drawn(f"holds {seed}")
        self.acts = Acts(self.ledger, self.fs, RECORDS, BOX_KEY, self.clock, random=some)
        world = replace(small_world("C1", "C2"), trusted=self.destruction.time_trusted)
        self.cases = CaseBook(self.acts, self.ledger, self.clock, world, pseudonym_key=BOX_KEY, random=some)
        self.life = track(self.cases, self.clock.wall_ns, f"holds {seed}")
        self.book = book(
            self.acts,
            self.ledger,
            self.clock,
            cameras=lambda: ["C1", "C2", "C3", "C4", "C5"],
            trusted=self.destruction.time_trusted,
            ceiling_days=lambda: self.policy.ceiling_days,
            random=some,
        )
        self.settlement = Settlement(self.book, self.cases, self.destruction, self.ring, self.ledger)
        self.store_bytes = 1 << 30
        self.watch = HoldWatch(
            self.book, self.cases, self.index, self.clock, lambda: self.policy, lambda: self.store_bytes
        )
        self._acts_made = 0
        self._seed = seed

    def all_holds(self) -> list[Any]:
        return [*self.holds, *self.cases.holds(), *self.book.holds()]

    def act(self) -> str:
        self._acts_made += 1
        return f"act {self._seed} {self._acts_made}"

    def seat(self, person: str, *, ago_ns: int = 0) -> Seat:
        return seat_of(person, self.clock, ago_ns=ago_ns)

    def hold(self, ground: str = "event", by: str = "", act: str = "", **changes: Any) -> Held:
        """A hold on one slot of camera C1 from MONDAY_NS on, unless ``changes`` say otherwise."""
        words = GROUND_WORDS.get(ground, {})
        asked: dict[str, Any] = {
            "ground": ground,
            "cameras": ["C1"],
            "start_ns": MONDAY_NS,
            "end_ns": MONDAY_NS + SLOT_NS,
            "reason": "櫃檯推擠受傷",
            "documents": {name: text for name, text in words.items() if name != "case"},
            "case": words.get("case", ""),
        }
        who = by or ("tsai" if ground == "law" else "lin")
        return self.book.set(act or self.act(), self.seat(who), **(asked | changes))

    def confirmed(self, ground: str, **changes: Any) -> Held:
        """One that the director has confirmed where the ground wants it."""
        held = self.hold(ground, **changes)
        if ground in ("event", "remedy", "invest"):
            held = self.book.confirm(self.act(), self.seat("tsai"), held.number)
        return held

    def case(self, camera: str = "C1", start_ns: int = MONDAY_NS, length_ns: int = SLOT_NS) -> str:
        """A received case that pins these minutes."""
        return self.life.receive([camera], start_ns, start_ns + length_ns)

    def close_case(self, key: str, result: str = "granted") -> None:
        """Leads it to its close, by a viewing or a refusal. Its pin ends by its rule, days after."""
        while self.cases.file(key).case.state is not State.CLOSED:
            go_on(self.life, self.cases, key, result)

    def here(self, manifest: Manifest) -> bool:
        return manifest.bucket_id in self.keystore
