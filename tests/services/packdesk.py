"""An office that decides its own packs: a store, its acts, a book of packs and the policy that follows them."""

from __future__ import annotations

import types
from typing import Any

from appliance.ledger import records as records_module
from appliance.ledger.records import Acts
from appliance.rules.policy import Policy
from appliance.services.office_rules import packs as packbook_module
from appliance.services.office_rules.packs import PackBook
from appliance.services.office_rules.rules import OfficeRules
from appliance.services.people.login import Seat
from appliance.services.people.pairs import Pair
from appliance.vault.trusted_time import ClockWatch
from tests.vault.ringcases import BOX_KEY, Store, drawn

__all__ = ["BOTH", "CHOU", "LIN", "OFFICE", "PackDesk"]

RECORDS = "/office/keeper/records"
OFFICE = "測試戶政事務所"
LIN = Seat(1, "lin", "林小明", ("officer",), "", 1 << 62)
CHOU = Seat(2, "chou", "周主任", ("director",), "", 1 << 62)
BOTH = Pair(LIN, CHOU)


class PackDesk:
    """``fs`` and ``clock`` may be those of an earlier one: then it is the next start."""

    def __init__(
        self,
        fs: Any,
        seed: object,
        clock: Any = None,
        book: types.ModuleType = packbook_module,
        acts: types.ModuleType = records_module,
    ) -> None:
        self.store = Store(fs, seed=seed, **({"clock": clock} if clock else {}))
        self.clock, self.ledger, self.fs = self.store.clock, self.store.ledger, fs
        self.acts: Acts = acts.Acts(self.ledger, fs, RECORDS, BOX_KEY, self.clock, random=drawn(f"acts {seed}"))
        watch = ClockWatch(self.clock, self.ledger)
        self.packs: PackBook = book.PackBook(
            self.acts, self.ledger, self.clock, office_name=OFFICE, trusted=watch.trusted
        )
        self.in_force = list[Policy]()
        self.rules = OfficeRules(
            self.acts,
            self.ledger,
            self.clock,
            watch,
            put_in_force=self.in_force.append,
            set_wall=lambda wall_ns: None,
            packs=self.packs,
        )

    def approved(self, data: bytes, act: str = "a") -> str:
        """Proposed by Lin, approved by Chou; the version."""
        proposed = self.packs.propose(f"{act}-proposed", LIN, data)
        return self.packs.approve(f"{act}-approved", BOTH, proposed.sha256).pack.version

    def restarted(self) -> PackDesk:
        return PackDesk(self.fs, f"again {self.ledger.size}", self.clock)
