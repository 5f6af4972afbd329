"""Keyholder slots: each holds the vault's private half and opens with one password, or with the envelope.

Slots rest inside the key store's root, so an old copy of one is worth nothing without the anchor of its time: a slot
is never an alternative to the anchor, only needed besides it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.core.errors import Damaged, Refused
from appliance.core.model import Record
from appliance.formats.sealing import wipe
from appliance.vault.keys.passwords import Hasher, HashParams
from appliance.vault.keys.vault import VAULT_PRIVATE_BYTES, VaultPrivate

__all__ = ["ENVELOPE", "PASSWORD", "Slot", "make_password_slot", "new_slot_id", "open_slot", "slot_of", "without"]

PASSWORD = "password"  # noqa: S105 -- the name of a kind
ENVELOPE = "envelope"
_NONCE_BYTES = 12


class Slot(Record, frozen=True, kw_only=True):
    """One way to open the vault. ``person`` is the account it belongs to, empty for the envelope.

    A password slot has ``salt`` and ``params``; an envelope slot has the envelope's public half in ``public``.
    """

    slot_id: str
    person: str
    kind: str
    wrapped: bytes
    salt: bytes = b""
    params: HashParams | None = None
    public: bytes = b""


def new_slot_id(random: Callable[[int], bytes]) -> str:
    return random(16).hex()


def make_password_slot(
    private: bytearray, person: str, password: str, hasher: Hasher, random: Callable[[int], bytes]
) -> Slot:
    """A slot that opens with ``password``. ``private`` stays the caller's, to wipe."""
    slot_id, salt, nonce = new_slot_id(random), hasher.salt(), random(_NONCE_BYTES)
    key = hasher.key(password, salt, hasher.params)
    try:
        wrapped = nonce + AESGCM(key).encrypt(nonce, bytes(private), _about(slot_id, person))
    finally:
        wipe(key)
    return Slot(slot_id=slot_id, person=person, kind=PASSWORD, wrapped=wrapped, salt=salt, params=hasher.params)


def open_slot(slot: Slot, password: str, hasher: Hasher) -> VaultPrivate:
    """The vault, open; close it within seconds. Raises Refused when the password is wrong, Damaged for a bad slot."""
    if slot.kind != PASSWORD or slot.params is None:
        raise Damaged(f"slot {slot.slot_id}: no password slot; the key store was altered")
    if len(slot.wrapped) != _NONCE_BYTES + VAULT_PRIVATE_BYTES + 16:
        raise Damaged(f"slot {slot.slot_id}: {len(slot.wrapped)} bytes; the key store was altered")
    key = hasher.key(password, slot.salt, slot.params)
    private = bytearray(VAULT_PRIVATE_BYTES)
    try:
        AESGCM(key).decrypt_into(
            slot.wrapped[:_NONCE_BYTES], slot.wrapped[_NONCE_BYTES:], _about(slot.slot_id, slot.person), private
        )
    except InvalidTag:
        raise Refused.of("vault-password") from None
    finally:
        wipe(key)
    return VaultPrivate(private)


def slot_of(slots: Iterable[Slot], person: str) -> Slot | None:
    """The password slot of this account, or None: then the person can log in but not unlock."""
    return next((slot for slot in slots if slot.kind == PASSWORD and slot.person == person), None)


def without(slots: Iterable[Slot], person: str) -> tuple[Slot, ...]:
    """The slots less those of this account."""
    return tuple(slot for slot in slots if slot.person != person or slot.kind != PASSWORD)


def _about(slot_id: str, person: str) -> bytes:
    return f"office-recorder/slot/v1/{slot_id}/{person}".encode()
