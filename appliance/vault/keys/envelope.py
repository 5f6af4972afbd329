"""The envelope: the recovery key that nobody holds alone, as three lists of words of which two open it (SLIP-39).

An X25519 key pair of its own. Its private half is split and leaves the box as words on paper; the box keeps the public
half, so the vault can be sealed into a new envelope slot at any time without the words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import shamir_mnemonic
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from appliance.core.errors import Damaged, Refused, UsageError
from appliance.formats.sealing import catalogue_suite, wipe
from appliance.vault.keys.slots import ENVELOPE, Slot, new_slot_id
from appliance.vault.keys.vault import VaultPrivate

__all__ = ["SHARES", "SHARES_NEEDED", "Envelope", "make_envelope", "make_envelope_slot", "open_envelope_slot"]

SHARES_NEEDED = 2
SHARES = 3


class Envelope(NamedTuple):
    """``public`` stays on the box; each of ``shares`` (33 words) goes to another person on paper, once."""

    public: bytes
    shares: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<envelope, {len(self.shares)} shares>"


def make_envelope(random: Callable[[int], bytes]) -> Envelope:
    """A new envelope. The library that splits draws its own randomness from the operating system."""
    private = random(32)
    (shares,) = shamir_mnemonic.generate_mnemonics(1, [(SHARES_NEEDED, SHARES)], private)
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return Envelope(public, tuple(shares))


def make_envelope_slot(private: bytearray, public: bytes, random: Callable[[int], bytes]) -> Slot:
    """A slot that opens with two shares of the envelope ``public`` belongs to. ``private`` stays the caller's."""
    slot_id = new_slot_id(random)
    wrapped = catalogue_suite().encrypt(bytes(private), X25519PublicKey.from_public_bytes(public), _about(slot_id))
    return Slot(slot_id=slot_id, person="", kind=ENVELOPE, wrapped=wrapped, public=public)


def open_envelope_slot(slot: Slot, shares: Sequence[str]) -> VaultPrivate:
    """The vault, open. Raises UsageError naming the share that has a wrong word, Refused for another envelope's."""
    if slot.kind != ENVELOPE:
        raise Damaged(f"slot {slot.slot_id}: no envelope slot; the key store was altered")
    if len(shares) != SHARES_NEEDED:
        raise UsageError.of("envelope-shares", needed=SHARES_NEEDED, count=len(shares))
    for number, words in enumerate(shares, 1):
        try:
            shamir_mnemonic.Share.from_mnemonic(words)
        except shamir_mnemonic.MnemonicError as error:
            raise UsageError.of("envelope-word", number=number) from error
    try:
        secret = bytearray(shamir_mnemonic.combine_mnemonics(shares))
    except shamir_mnemonic.MnemonicError as error:
        raise UsageError.of("envelope-mixed") from error
    try:
        private = X25519PrivateKey.from_private_bytes(secret)
        if private.public_key().public_bytes_raw() != slot.public:
            raise Refused.of("envelope-other")
        return VaultPrivate(bytearray(catalogue_suite().decrypt(slot.wrapped, private, _about(slot.slot_id))))
    except (InvalidTag, ValueError) as error:
        raise Damaged(f"slot {slot.slot_id}: does not open with its envelope; the key store was altered") from error
    finally:
        wipe(secret)


def _about(slot_id: str) -> bytes:
    return f"office-recorder/envelope-slot/v1/{slot_id}".encode()
