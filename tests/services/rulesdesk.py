"""An office with two people who decide its rules, and a destruction that obeys them."""

from __future__ import annotations

from collections.abc import Callable

from appliance.rules.policy import Policy
from appliance.services.office_rules.rules import OfficeRules
from appliance.services.people.pairs import Pair, prove_pair
from appliance.vault.ring.destruction import Destruction
from appliance.vault.trusted_time import ClockWatch
from tests.services.viewing import PASSWORD, Office

__all__ = ["BOTH", "Desk"]

BOTH = {1: PASSWORD, 2: PASSWORD}


class Desk:
    """An office with its rules, and a destruction that obeys them. ``set_to`` is what the clock was set to."""

    def __init__(self, office: Office, set_wall: Callable[[int], None] | None = None) -> None:
        self.office, self.in_force, self.set_to = office, list[Policy](), list[int]()
        anchor_ns = office.index.clock_anchor_ns(office.clock.boot_id())
        self.rules = OfficeRules(
            office.acts,
            office.ledger,
            office.clock,
            ClockWatch(office.clock, office.ledger, anchor_ns),
            put_in_force=self.in_force.append,
            set_wall=set_wall or self._set,
        )
        office.ring.heed(self.rules.readings)
        self.destruction = Destruction(
            office.ring,
            office.keystore,
            office.ledger,
            office.clock,
            lambda: self.rules.policy,
            list,
            watch=self.rules.watch,
            days_off=self.rules.days_off,
            released_ns=self.rules.released_ns,
            reserve_bytes=0,
        )

    def _set(self, wall_ns: int) -> None:
        self.set_to.append(wall_ns)
        self.office.clock.now_ns = wall_ns

    def pair(self) -> Pair:
        return prove_pair(self.office.logins, self.office.two(), BOTH)

    def restarted(self) -> Desk:
        return Desk(Office(self.office.fs, clock=self.office.clock, seed=self.office.ledger.size + 1))
