"""An office whose people change: a real vault, accounts, log-ins and ledger on one disk, over ``keycases``."""

from __future__ import annotations

import hashlib
import types
from datetime import date, timedelta
from typing import Any

import pyotp

from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import DAY_NS
from appliance.rules.people import DECIDERS, RoleGrant
from appliance.services.people import people as people_module
from appliance.services.people.accounts import Account, Accounts
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Attempt, Logins, Session
from appliance.services.people.ownaccount import OwnAccounts
from appliance.services.people.pairs import Pair, prove_pair
from appliance.services.people.people import People
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.people.securitykeys import SecurityKeys
from appliance.vault.keys.boxkeys import SealedFile
from appliance.vault.keys.passwords import Hasher
from appliance.vault.keys.slots import make_password_slot
from appliance.vault.keys.vault import make_vault
from tests.faults.memory_fs import MemoryFs
from tests.ledger.box import ORIGIN, SIGNING_KEY
from tests.vault.keycases import BOX_KEY, CHEAP, create_store, drawn, open_store
from tests.vault.ringcases import MONDAY_NS, MovingClock

__all__ = ["FIRST", "OWN", "PeopleOffice", "new_office_disk"]

OWN = "a password that is long enough"
FIRST = "newly chosen words of somebody"
_FILE = "/office/keeper/accounts.sealed"
_PEOPLE = (
    ("lin", "林小明", ("officer", "manager")),
    ("wu", "吳大同", ("unit_head",)),
    ("tsai", "蔡主任", ("director",)),
)


def new_office_disk() -> MemoryFs:
    return MemoryFs("/office", "/office/keys", "/office/anchor", "/office/keeper", "/office/keeper/ledger")


class PeopleOffice:
    """Three people, all of one password, two of them keyholders. ``people`` is a module, for mutants."""

    def __init__(
        self,
        fs: MemoryFs | None = None,
        *,
        seed: object = 0,
        clock: MovingClock | None = None,
        people: types.ModuleType = people_module,
    ) -> None:
        self.random, self.clock = drawn(f"people {seed}"), clock or MovingClock(MONDAY_NS)
        hasher = Hasher(CHEAP, self.random)
        fresh = fs is None
        self.fs = fs or new_office_disk()
        if fresh:
            self._found(hasher, seed)
        else:
            self.store = open_store(self.fs, seed)
        self.accounts = Accounts(self._file(), hasher, self.clock)
        self.ledger = Ledger(self.fs, "/office/keeper/ledger", self.clock, origin=ORIGIN, signing_key=SIGNING_KEY)
        self.acts = Acts(self.ledger, self.fs, "/office/keeper/records", BOX_KEY, self.clock, random=self.random)
        self.keyholders = Keyholders(self.store, self.accounts, hasher, self.random)
        self.book = PeopleBook(self.acts, self.ledger, self.clock, self.accounts)
        self.attempts: list[Attempt] = []
        self.logins = Logins(
            self.accounts,
            self.clock,
            self.random,
            roles_of=self.book.roles_of,
            needs_factor=self.book.needs_factor,
            trial=True,
            on_attempt=self.attempts.append,
        )
        self.people: People = people.People(
            self.book, self.acts, self.accounts, self.keyholders, self.logins, self.clock, self.random
        )
        self.keys = SecurityKeys("localhost", ["https://localhost"], "測試辦公室", self.clock, self.random)
        self.own = OwnAccounts(
            self.book,
            self.accounts,
            self.keyholders,
            self.logins,
            self.clock,
            self.random,
            issuer="測試辦公室",
            keys=self.keys,
        )
        self._acts_made = 0
        self._seed = seed

    def _file(self) -> SealedFile:
        return SealedFile(self.fs, _FILE, BOX_KEY, self.random)

    def _found(self, hasher: Hasher, seed: object) -> None:
        self.vault_public, private = make_vault(self.random)
        self.store = create_store(self.fs, seed)
        slots = [make_password_slot(private, name, OWN, hasher, self.random) for name in ("lin", "wu")]
        self.store.replace_slots(slots)
        slot_of = {slot.person: slot.slot_id for slot in slots}
        verifier = hasher.verifier(OWN)
        made = [
            Account(name=name, display=display, roles=roles, verifier=verifier, slot_id=slot_of.get(name, ""))
            for name, display, roles in _PEOPLE
        ]
        Accounts.create(self._file(), made, hasher, self.clock)

    def restarted(self) -> PeopleOffice:
        """The next process, after its settling."""
        return PeopleOffice(self.fs, seed=f"again {self.ledger.size}", clock=self.clock).settled()

    def settled(self) -> PeopleOffice:
        self.people.settle()
        self.keyholders.settle()
        return self

    def act(self) -> str:
        self._acts_made += 1
        return hashlib.sha256(f"{self._seed} {self._acts_made} {self.ledger.size}".encode()).hexdigest()[:32]

    @property
    def today(self) -> date:
        return self.book.today()

    def pass_days(self, days: int) -> None:
        self.clock.go_to(self.clock.wall_ns() + days * DAY_NS)

    def grant(self, role: str, first: int = 0, last: int | None = None, *, acting: bool = False) -> RoleGrant:
        """From ``first`` to ``last`` days from today."""
        end = None if last is None else self.today + timedelta(days=last)
        return RoleGrant(role=role, start=self.today + timedelta(days=first), end=end, acting=acting)

    def two(self, first: str = "lin", second: str = "wu", passwords: dict[str, str] | None = None) -> Session:
        """A session with both."""
        typed = passwords or {}
        one = self.logins.log_in(first, typed.get(first, OWN), self.code(first))
        return self.logins.log_in(second, typed.get(second, OWN), self.code(second), session=one.token)

    def pair(self, first: str = "lin", second: str = "wu", passwords: dict[str, str] | None = None) -> Pair:
        session = self.two(first, second, passwords)
        typed = {seat.seat: (passwords or {}).get(seat.person, OWN) for seat in session.seats}
        return prove_pair(self.logins, session.token, typed, approvers=DECIDERS)

    def code(self, name: str) -> str:
        """What the person's app shows after a minute: no code of before, and no throttle."""
        self.clock.go_to(self.clock.wall_ns() + 60 * 10**9)
        secret = self.accounts.get(name).totp_secret
        return pyotp.TOTP(secret).at(self.clock.wall_ns() // 10**9) if secret else ""

    def add(self, name: str = "chen", act: str = "", grant: RoleGrant | None = None, **changes: Any) -> str:
        asked: dict[str, Any] = {
            "name": name,
            "display": "陳怡君",
            "post": "課員",
            "unit": "行政庶務課",
            "grant": grant or self.grant("officer"),
            "document": "115年11月25日簽",
        }
        pair = changes.pop("pair", None) or self.pair()
        return self.people.add(act or self.act(), pair, **(asked | changes))

    def set_factor(self, name: str, password: str = FIRST) -> None:
        """The person, logged in by the password, sets up a code."""
        session = self.logins.log_in(name, password)
        begun = self.own.begin_factor(session.token, 1, password)
        self.own.finish_factor(begun.token, session.token, self.code_of(begun.secret))

    def code_of(self, secret: str) -> str:
        """What an app with this secret shows now."""
        return pyotp.TOTP(secret).at(self.clock.wall_ns() // 10**9)

    def enter(self, name: str, drawn_password: str, password: str = FIRST) -> None:
        """The person's first log-in, second factor and all."""
        begun = self.own.begin_first(name, drawn_password)
        code = pyotp.TOTP(begun.secret).at(self.clock.wall_ns() // 10**9) if begun.needed else ""
        self.own.finish_first(begun.token, password, code)
