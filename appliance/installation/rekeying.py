"""A new anchor after the old one is lost: a person's act, which gives all footage so far up and lets new footage live.

Whoever loses the anchor has lost the root: every bucket key and every keyholder slot. So there is a new vault, a new
envelope and a slot for each keyholder who is here, in a key store of a higher generation. What would open if the old
anchor were found is removed: footage that is destroyed after this must not come back with it.

The order makes a cut anywhere leave a key store that is shut, and the act is done again, whole: ledger, old key files,
vault public key for the recorder, anchor, description, and last the root, which is what opens.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import NotWritable, RecorderError, Refused, UsageError
from appliance.core.model import to_wire
from appliance.core.settings import StorageSettings
from appliance.formats.sealing import vault_digest, wipe
from appliance.installation.office import Installation
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.services.people.keyholders import Keyholders
from appliance.storage.boot_files import VAULT_PUBLIC, write_signed_key
from appliance.storage.files import write_atomic
from appliance.vault.keys.anchor import SECRET_BYTES, SLOTS, AnchorValue
from appliance.vault.keys.anchorchoice import choose, create_anchor, forget_unfinished, strength_of
from appliance.vault.keys.boxkeys import SealedFile, read_box_key
from appliance.vault.keys.emergency import SUFFIX
from appliance.vault.keys.envelope import Envelope, make_envelope, make_envelope_slot
from appliance.vault.keys.keyfiles import generation_of
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.slots import Slot, make_password_slot
from appliance.vault.keys.vault import make_vault
from appliance.vault.ring.ring import Ring

__all__ = ["Holder", "Rekeyed", "check_lost", "lost_keyholders", "replace_anchor"]

_LEAST_PEOPLE = 2


class Holder(NamedTuple):
    """A keyholder who is here and typed the password now."""

    person: str
    password: str

    def __repr__(self) -> str:
        return f"<holder {self.person}>"


class Rekeyed(NamedTuple):
    """What came of it. ``overwritten``: whether the old anchor could still be reached and was."""

    strength: str
    generation: int
    overwritten: bool


def check_lost(office: Installation) -> str:
    """Why the keys do not open. Raises Refused when they do: a new anchor would then lose footage for nothing."""
    if not office.key_store.shut:
        raise Refused("anchor: this office's keys open; a new anchor would lose all footage for nothing")
    return office.key_store.shut


def lost_keyholders(office: Installation) -> list[str]:
    """Open accounts that had a slot of the vault, and may have one again by this act."""
    return [account.name for account in office.accounts if account.open and account.slot_id]


def replace_anchor(
    office: Installation,
    ledger: Ledger,
    acts: Acts,
    ring: Ring,
    storage: StorageSettings,
    holders: Sequence[Holder],
    *,
    confirm: Callable[[tuple[str, ...]], None] = lambda shares: None,
    tpm_owner: bytes = b"",
) -> Rekeyed:
    """Gives up what the lost anchor protected and begins anew. Nothing else of the office runs meanwhile.

    ``confirm`` is handed the new envelope's shares before anything is changed; it raises to call the act off. Raises
    Refused when the keys open or a password is wrong, UsageError for too few people, Unavailable when the settings ask
    for a TPM and none answers; then nothing has happened. Raises NotWritable; then it is done again.
    """
    why = check_lost(office)
    _check(office, holders)
    kind = choose(storage)
    strength = strength_of(kind, storage)
    envelope = make_envelope(office.random)
    confirm(envelope.shares)
    vault_public, private = make_vault(office.random)
    try:
        made = _Rekeying(office, ledger, acts, ring, storage, tpm_owner)
        slots = [
            make_password_slot(private, holder.person, holder.password, office.hasher, office.random)
            for holder in holders
        ]
        slots.append(make_envelope_slot(private, envelope.public, office.random))
    finally:
        wipe(private)
    made.enter_loss(why, strength, vault_public, envelope, holders)
    try:
        return made.carry_out(kind, vault_public, envelope, slots)
    except OSError as error:
        raise NotWritable(
            f"{office.places.keys}: cannot be written ({error.strerror}); free the disk and do it again"
        ) from error


def _check(office: Installation, holders: Sequence[Holder]) -> None:
    may = lost_keyholders(office)
    if len({holder.person for holder in holders}) < max(min(_LEAST_PEOPLE, len(may)), len(holders), 1):
        raise UsageError(f"anchor: {_LEAST_PEOPLE} different keyholders are needed; one alone could not be watched")
    for holder in holders:
        if holder.person not in may:
            raise Refused(f"anchor: {holder.person} held no key of the vault and gets none by this")
        if not office.accounts.prove_password(holder.person, holder.password):
            raise Refused(f"anchor: the password is not {holder.person}'s")


class _Rekeying:
    def __init__(
        self,
        office: Installation,
        ledger: Ledger,
        acts: Acts,
        ring: Ring,
        storage: StorageSettings,
        tpm_owner: bytes,
    ) -> None:
        self._office, self._ledger, self._acts, self._ring = office, ledger, acts, ring
        self._storage, self._owner = storage, tpm_owner
        self._fs, self._places = office.fs, office.places
        self._box_key = read_box_key(office.fs, office.places.box_key)
        self.generation = self._next_generation()

    def enter_loss(
        self, why: str, strength: str, vault_public: bytes, envelope: Envelope, holders: Sequence[Holder]
    ) -> None:
        """What is given up and by whom, before anything is."""
        emergencies = len(self._emergencies())
        clear: dict[str, Any] = {
            "why": why,
            "was": self._office.office.anchor.strength,
            "now": strength,
            "generation": self.generation,
            "buckets": self._ring.index.totals().segments,
            "emergencies": emergencies,
            "vault_key": vault_digest(vault_public),
            "envelope_key": hashlib.sha256(envelope.public).hexdigest(),
            "keyholders": len(holders),
        }
        people = {"people": sorted(holder.person for holder in holders)}
        self._acts.perform(self._office.random(16).hex(), "anchor.lost", clear, people)

    def carry_out(self, kind: str, vault_public: bytes, envelope: Envelope, slots: Sequence[Slot]) -> Rekeyed:
        fs, places, random = self._fs, self._places, self._office.random
        overwritten = self._overwrite_old()
        self._remove_old()
        write_atomic(fs, places.vault_public, vault_public)
        key = self._office.box_keys.registry_key
        write_signed_key(fs, self._office.layout.boot, VAULT_PUBLIC, vault_public, key)
        anchor, choice = create_anchor(kind, self._storage, fs, places.anchor, self._box_key, random, self._owner)
        office = msgspec.structs.replace(self._office.office, envelope_public=envelope.public, anchor=choice)
        SealedFile(fs, places.office, self._box_key, random).write(to_wire(office))
        fs.sync_fs(places.keys)
        store = KeyStore.create(fs, places.keys, anchor, self._box_key, slots, random, after=self.generation - 1)
        made = Rekeyed(choice.strength, store.generation, overwritten)
        self._ledger.append(
            "anchor.made",
            {"strength": made.strength, "generation": made.generation, "overwritten": made.overwritten},
        )
        Keyholders(store, self._office.accounts, self._office.hasher, random).settle()
        return made

    def _next_generation(self) -> int:
        """Above every generation that was ever in force: those that the ledger names, and the heads of what roots there
        are (which say it in clear)."""
        known = [0]
        for entry in (*self._ledger.generations(), *self._ledger.acts("anchor.lost")):
            known.append(int(entry.fields["generation"]))
        for path in self._key_files("root."):
            with contextlib.suppress(OSError):
                known.append(generation_of(self._fs.read(path)))
        return max(known) + 1

    def _overwrite_old(self) -> bool:
        """Whether both slots of the old anchor could be reached, and hold nothing any more."""
        try:
            for slot in SLOTS:
                self._office.anchor.write(slot, AnchorValue(0, self._office.random(SECRET_BYTES)))
        except RecorderError:
            return False
        return True

    def _remove_old(self) -> None:
        """Key files first, so that nothing half-removed ever opens; then records beside the footage, which only the old
        vault opens; then what the old anchor lay in."""
        for path in [*self._key_files(""), *self._emergencies()]:
            self._fs.unlink(path)
        self._fs.sync_dir(self._places.keys)
        self._fs.sync_dir(self._office.layout.open)
        with contextlib.suppress(RecorderError):
            forget_unfinished(self._storage, self._fs, self._places.anchor, self._owner)
        for name in self._fs.list_dir(self._places.anchor):
            self._fs.unlink(os.path.join(self._places.anchor, name))
        self._fs.sync_dir(self._places.anchor)

    def _key_files(self, start: str) -> list[str]:
        names = self._fs.list_dir(self._places.keys)
        return [os.path.join(self._places.keys, name) for name in names if name.startswith(start)]

    def _emergencies(self) -> list[str]:
        names = self._fs.list_dir(self._office.layout.open)
        return [os.path.join(self._office.layout.open, name) for name in names if name.endswith(SUFFIX)]
