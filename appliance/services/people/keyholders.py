"""Keyholders: accounts that also have a slot of the vault, and the changes that must keep the two in step.

Each method is two durable writes, key store and accounts, in the order that is safe to be cut between: whoever must
lose something loses it in the first. Repeating an interrupted change finishes it, and :meth:`Keyholders.settle` at
start voids what a cut left over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from appliance.core.errors import Refused, UsageError
from appliance.formats.sealing import wipe
from appliance.services.people.accounts import Account, Accounts
from appliance.vault.keys.envelope import make_envelope_slot, open_envelope_slot
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.passwords import Hasher
from appliance.vault.keys.slots import ENVELOPE, PASSWORD, Slot, make_password_slot, open_slot, slot_of, without
from appliance.vault.keys.vault import VaultPrivate

__all__ = ["Keyholders"]


class Keyholders:
    """Unlocking, and every change of who can. Callers hold the right to it and have entered it in the ledger."""

    def __init__(self, store: KeyStore, accounts: Accounts, hasher: Hasher, random: Callable[[int], bytes]) -> None:
        self._store, self._accounts, self._hasher, self._random = store, accounts, hasher, random

    def count(self) -> int:
        """Password slots that open the vault now; fewer than two is a red finding."""
        return sum(1 for slot in self._store.slots() if slot.kind == PASSWORD and self.can_unlock(slot.person))

    def has_slot(self, person: str) -> bool:
        """Whether the person has a slot, be it one that opens nothing while the account is suspended."""
        return slot_of(self._store.slots(), person) is not None

    def can_unlock(self, person: str) -> bool:
        account = self._accounts.find(person)
        return self.has_slot(person) and account is not None and account.open

    def unlock(self, person: str, password: str) -> VaultPrivate:
        """The vault, open; close it within seconds. Raises Refused without a slot or with a wrong password."""
        account = self._accounts.get(person)
        slot = slot_of(self._store.slots(), account.name)
        if account.suspended:
            raise Refused.of("vault-suspended", name=account.name)
        if slot is None or not account.enabled:
            raise Refused.of("keyholder-lost", account=account.name)
        return open_slot(slot, password, self._hasher)

    def unlock_with_envelope(self, shares: Sequence[str]) -> VaultPrivate:
        """The vault, open, by two shares of the envelope. Raises UsageError, Refused."""
        slot = next((slot for slot in self._store.slots() if slot.kind == ENVELOPE), None)
        if slot is None:
            raise Refused.of("envelope-none")
        return open_envelope_slot(slot, shares)

    def change_password(self, person: str, old: str, new: str) -> None:
        """The person changes the own password: the slot is wrapped anew, then the verifier changes.

        A change that was cut in between is finished by repeating it: the slot then opens with the new password.
        Raises Refused for a wrong old password, UsageError for a new one that will not do.
        """
        if not self._accounts.prove_password(person, old):
            raise Refused.of("password-old")
        self._accounts.check_password(person, new)
        if self.can_unlock(person):
            try:
                vault = self.unlock(person, old)
            except Refused:
                vault = self.unlock(person, new)
            with vault:
                self._enrol(person, new, vault)
        self._accounts.set_verifier(person, self._hasher.verifier(new))

    def reset_password(self, person: str, drawn: str) -> None:
        """The machine drew a password that only opens the form for an own one. The slot is voided first, so that the
        person can log in but not unlock."""
        self._void(person)
        self._accounts.set_slot(person, "")
        self._accounts.set_initial(person, self._hasher.verifier(drawn))

    def enrol(self, person: str, password: str, vault: VaultPrivate) -> None:
        """Gives the person a slot, by a vault that another keyholder or the envelope opened.

        ``password`` is the person's own, typed now. Raises Refused when it is not.
        """
        if not self._accounts.prove_password(person, password):
            raise Refused.of("keyholder-password")
        self._enrol(person, password, vault)

    def add(self, account: Account, password: str, vault: VaultPrivate | None = None) -> None:
        """A new account; with ``vault``, a keyholder. Raises UsageError."""
        self._accounts.add(msgspec.structs.replace(account, slot_id="", verifier=self._hasher.verifier(password)))
        if vault is not None:
            self._enrol(account.name, password, vault)

    def disable(self, person: str) -> None:
        """The account goes at once, then its slot, in a new generation: no old copy of it opens anything."""
        self._accounts.set_enabled(person, False)
        self._void(person)
        self._accounts.set_slot(person, "")

    def replace_envelope(self, public: bytes, vault: VaultPrivate) -> None:
        """The envelope ``public`` belongs to is the one in force; shares of the old one open nothing any more."""
        private = vault.copy()
        try:
            slot = make_envelope_slot(private, public, self._random)
        finally:
            wipe(private)
        self._store.replace_slots([*(each for each in self._store.slots() if each.kind != ENVELOPE), slot])

    def settle(self) -> list[str]:
        """At start: voids slots of people who are disabled or unknown, and names them."""
        void = [
            slot.person
            for slot in self._store.slots()
            if slot.kind == PASSWORD and not ((account := self._accounts.find(slot.person)) and account.enabled)
        ]
        if void:
            self._store.replace_slots([slot for slot in self._store.slots() if slot.person not in void])
        for account in self._accounts:
            slot = slot_of(self._store.slots(), account.name)
            if account.slot_id != (slot.slot_id if slot else ""):
                self._accounts.set_slot(account.name, slot.slot_id if slot else "")
        return void

    def _enrol(self, person: str, password: str, vault: VaultPrivate) -> None:
        account = self._accounts.get(person)
        if not account.enabled:
            raise UsageError.of("keyholder-disabled", account=account.name)
        private = vault.copy()
        try:
            slot = make_password_slot(private, account.name, password, self._hasher, self._random)
        finally:
            wipe(private)
        slots: list[Slot] = [*without(self._store.slots(), account.name), slot]
        self._store.replace_slots(slots)
        self._accounts.set_slot(account.name, slot.slot_id)

    def _void(self, person: str) -> None:
        name = self._accounts.get(person).name
        if slot_of(self._store.slots(), name) is not None:
            self._store.replace_slots(without(self._store.slots(), name))
