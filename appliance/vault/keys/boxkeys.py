"""The box key and what rests under it: the keys of records, catalogue, ledger and TLS. Never footage.

The box key is a file that only the keeper reads. Each use derives its own key from it, so one sealed file never opens
with the key of another. A TPM, where there is one,
keeps the anchor (``tpmanchor.py``) and not these: without the box key not even the ledger would open.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.core.errors import Damaged
from appliance.core.model import Record, from_wire, to_wire
from appliance.storage.files import Fs, write_atomic

__all__ = ["BOX_KEY_BYTES", "BoxKeys", "SealedFile", "derive", "read_box_key"]

BOX_KEY_BYTES = 32
_NONCE_BYTES = 12
_MAGIC = b"ORBOX001"


def derive(box_key: bytes, purpose: str) -> bytes:
    """The 32-byte key of one purpose (RFC 5869 with SHA-256, no salt: the box key is uniform)."""
    return HKDF(hashes.SHA256(), 32, None, b"office-recorder/box/" + purpose.encode()).derive(box_key)


def read_box_key(fs: Fs, path: str) -> bytes:
    """Raises Damaged when the file is absent or no key."""
    try:
        key = fs.read(path)
    except OSError as error:
        raise Damaged(
            f"{path}: the box key cannot be read ({error.strerror}); restore it from where it was copied to, "
            "nothing of this office opens without it"
        ) from error
    if len(key) != BOX_KEY_BYTES:
        raise Damaged(f"{path}: the box key has {len(key)} bytes, not {BOX_KEY_BYTES}; the file was altered")
    return key


class SealedFile:
    """One small file under a key derived from the box key, replaced atomically. Its name is authenticated."""

    def __init__(self, fs: Fs, path: str, box_key: bytes, random: Callable[[int], bytes]) -> None:
        self._fs, self.path, self._random = fs, path, random
        self._name = os.path.basename(path)
        self._aead = AESGCM(derive(box_key, self._name))

    def write(self, plaintext: bytes) -> None:
        """Durable on return. Raises NotWritable; the old content then stands."""
        nonce = self._random(_NONCE_BYTES)
        write_atomic(self._fs, self.path, _MAGIC + nonce + self._aead.encrypt(nonce, plaintext, self._aad))

    def read(self) -> bytes:
        """Raises Damaged when it is absent, was altered, or belongs to another box key."""
        try:
            data = self._fs.read(self.path)
        except OSError as error:
            raise Damaged(f"{self.path}: cannot be read ({error.strerror}); restore it from the backup") from error
        if not data.startswith(_MAGIC):
            raise Damaged(f"{self.path}: not a sealed file of this recorder; restore it from the backup")
        at = len(_MAGIC)
        try:
            return self._aead.decrypt(data[at : at + _NONCE_BYTES], data[at + _NONCE_BYTES :], self._aad)
        except (InvalidTag, ValueError) as error:
            raise Damaged(
                f"{self.path}: does not open with the box key; the file was altered or the key is another's"
            ) from error

    @property
    def _aad(self) -> bytes:
        return _MAGIC + self._name.encode()


class BoxKeys(Record, frozen=True, kw_only=True):
    """What lies in ``box.sealed``: random keys and not derived ones, so that a backup can carry them without the box
    key. ``catalogue_private`` opens what the recorder seals to the keeper; ``authority_key`` is the office CA's
    private key in DER."""

    records_key: bytes
    catalogue_key: bytes
    catalogue_private: bytes
    ledger_seed: bytes
    authority_key: bytes

    def __repr__(self) -> str:
        return "<keys under the box key>"

    @property
    def ledger_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.ledger_seed)

    @property
    def catalogue_public(self) -> bytes:
        return X25519PrivateKey.from_private_bytes(self.catalogue_private).public_key().public_bytes_raw()

    @property
    def registry_key(self) -> Ed25519PrivateKey:
        """Signs the registry in force and the public keys beside it; it lasts as long as the records."""
        return Ed25519PrivateKey.from_private_bytes(derive(self.records_key, "registry.pub"))

    def write(self, file: SealedFile) -> None:
        file.write(to_wire(self))

    @classmethod
    def read(cls, file: SealedFile) -> BoxKeys:
        try:
            return from_wire(file.read(), cls)
        except msgspec.MsgspecError as error:
            raise Damaged(f"{file.path}: it holds no set of keys ({error}); restore the backup") from error
