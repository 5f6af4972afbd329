"""A book of the registers with people around it, over a store that can be cut."""

from __future__ import annotations

import types
from collections.abc import Collection
from typing import Any

from appliance.ledger import records as records_module
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.people import Actor
from appliance.rules.registers.tables import REGISTERS
from appliance.services.registers import book as book_module
from appliance.services.registers.book import RegisterActResult, RegisterBook, RegisterPorts
from tests.rules.registerdesk import CAMERAS, NOTICE, NOW_NS, PEOPLE, TICKETS, answers
from tests.vault.ringcases import BOX_KEY, LEDGER, SIGNING, MovingClock, drawn

__all__ = ["RegisterStore"]

RECORDS = "/office/keeper/records"


class RegisterStore:
    """``seed`` tells one start's drawn bytes from another's; ``book`` and ``acts`` may be mutants."""

    def __init__(
        self,
        fs: Any,
        seed: object = 0,
        clock: MovingClock | None = None,
        *,
        book: types.ModuleType = book_module,
        acts: types.ModuleType = records_module,
        accounts: Collection[str] = tuple(PEOPLE),
    ) -> None:
        self.fs, self.clock = fs, clock or MovingClock(NOW_NS)
        some = drawn(f"registers {seed}")
        self.ledger = Ledger(fs, LEDGER, self.clock, origin="test", signing_key=SIGNING)
        self.acts: Acts = acts.Acts(self.ledger, fs, RECORDS, BOX_KEY, self.clock, random=some)
        self.random, self.notice = some, NOTICE
        self.book: RegisterBook = book.RegisterBook(
            self.acts,
            self.ledger,
            self.clock,
            RegisterPorts(
                cameras=lambda: CAMERAS,
                tickets=lambda: TICKETS,
                viewers=lambda: ("chen", "lin"),
                trusted=lambda: self.clock.is_trusted,
                notice=lambda: self.notice,
                kept=lambda ranges: {"ground": "statutory_retention", "gone_by": "2027-01-02"},
            ),
            pseudonym=lambda account: account if account == "system" else f"p-{account}",
            accounts=lambda: [*accounts],
            random=some,
        )

    def do(self, code: str, number: str, event: str, who: str, act: str = "", **typed: Any) -> RegisterActResult:
        """With right answers where ``typed`` says nothing; None in it leaves a field out."""
        step = next(step for step in REGISTERS[code].steps if step.event == event)
        told = {**answers(step, self.clock.wall_ns()), **typed}
        told = {name: value for name, value in told.items() if value is not None}
        actor = Actor(who, PEOPLE[who], proved=True)
        return self.book.act(act or self.random(16).hex(), actor, f"{who} 某人", code, number, event, told)

    def destroyed(self, **medium: Any) -> str:
        """A medium destroyed under the certificate of two."""
        number = self.do("media", "", "enter", "lin", holds="footage", **medium).file.item.number
        self.do("media", number, "propose", "lin", aim="scrap", method="shred")
        self.do("media", number, "approve", "wu")
        self.do("media", number, "perform", "lin")
        self.do("media", number, "witness_destruction", "hsu")
        return number
