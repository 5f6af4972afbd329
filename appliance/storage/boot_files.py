"""The few files that must be readable at boot with nobody there: ``boot/``, the keeper's, which the recorder reads.

The registry and the policy in force are sealed under the boot key, which lies beside them in a file: that hides
camera addresses and credentials from a backup or a careless copy, not from whoever holds the box (design: "what must be
known at boot"). Each file is AES-256-GCM under its own key, HKDF-SHA256(boot key, file name), as
``nonce (12) | ciphertext | tag (16)``. The last good version stays in force: files are replaced atomically.

========================  ==========================================================================================
``boot.key``              32 random bytes
``registry.sealed``       the keeper's signature (64) and :class:`~appliance.core.model.Registry`, JSON
``registry.pub``          the keeper's Ed25519 public key, under which the registry is signed
``policy.sealed``         the policy in force, JSON; who reads it knows its type
``vault.pub``             the vault's public key, to which allocation keys are sealed
``vault.sig``             the keeper's signature (64) over it, under ``registry.pub``
``catalogue.pub``         the keeper's public key, to which emergency records are sealed
``catalogue.sig``         the keeper's signature (64) over it, under ``registry.pub``
``appliance.id``          16 random bytes that name this box in segments
``ring.id``               16 random bytes that name the ring, and with it the footage disk in use
``suite``                 one byte: the cipher of segments, chosen at set-up by measuring
========================  ==========================================================================================
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.core.errors import Damaged, NotFound, OtherFormat, VaultMismatch
from appliance.core.model import Registry, from_json, to_json
from appliance.storage.files import Fs, write_atomic

__all__ = [
    "APPLIANCE_ID",
    "BOOT_KEY",
    "BOOT_MODE",
    "CATALOGUE_PUBLIC",
    "POLICY",
    "REGISTRY",
    "REGISTRY_PUBLIC",
    "RING_ID",
    "SUITE",
    "VAULT_PUBLIC",
    "RecorderBoot",
    "key_is_signed",
    "open_sealed",
    "read_boot_key",
    "read_exactly",
    "read_mark",
    "read_policy",
    "read_recorder_boot",
    "read_registry",
    "registry_digest",
    "seal",
    "write_policy",
    "write_registry",
    "write_signed_key",
]

BOOT_KEY, REGISTRY, POLICY = "boot.key", "registry.sealed", "policy.sealed"
VAULT_PUBLIC, CATALOGUE_PUBLIC, APPLIANCE_ID, SUITE = "vault.pub", "catalogue.pub", "appliance.id", "suite"
RING_ID, REGISTRY_PUBLIC = "ring.id", "registry.pub"

BOOT_MODE = 0o640
"""Of these files: the keeper writes them, the recorder reads them by the group that both are of."""
_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
_SIGNATURE_BYTES = 64
_LABEL = b"office-recorder/boot/v1\0"
_SIGNED = b"office-recorder/registry/v1\0"
_SIGNATURES = {
    VAULT_PUBLIC: ("vault.sig", b"office-recorder/vault/v1\0"),
    CATALOGUE_PUBLIC: ("catalogue.sig", b"office-recorder/catalogue/v1\0"),
}
_T = TypeVar("_T")


class RecorderBoot(NamedTuple):
    """What the recorder knows at start: no private key is among it."""

    vault_public: bytes
    catalogue_public: bytes
    appliance_id: bytes
    suite: int


def seal(boot_key: bytes, name: str, plaintext: bytes, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """``plaintext`` as the content of the boot file ``name``."""
    nonce = random(_NONCE_BYTES)
    return nonce + _cipher(boot_key, name).encrypt(nonce, plaintext, None)


def open_sealed(boot_key: bytes, name: str, sealed: bytes) -> bytes:
    """The plaintext of the boot file ``name``. Raises Damaged: also when the file was renamed from another."""
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise Damaged(f"{name}: {len(sealed)} bytes, too short to be sealed; put the registry in force again")
    try:
        return _cipher(boot_key, name).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except InvalidTag as error:
        raise Damaged(f"{name}: does not open under the boot key; it was altered or is another box's") from error


def _cipher(boot_key: bytes, name: str) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), _KEY_BYTES, None, _LABEL + name.encode()).derive(boot_key))


def read_boot_key(fs: Fs, directory: str) -> bytes:
    """Raises NotFound before set-up, Damaged when it has another length."""
    return read_exactly(fs, directory, BOOT_KEY, _KEY_BYTES)


def read_registry(fs: Fs, directory: str) -> Registry:
    """The registry in force, signed by the keeper. Raises NotFound, Damaged, and OtherFormat for one that was written
    before registries were signed."""
    place, path = os.path.join(directory, REGISTRY), os.path.join(directory, REGISTRY_PUBLIC)
    public = fs.read(path) if fs.exists(path) else None

    def signed(data: bytes) -> Registry:
        if public is None and data.startswith(b"{"):
            raise OtherFormat.at(place, "a registry of cameras that no keeper signed", f"one that {path} vouches for")
        return from_json(_signed(data, _file(fs, directory, REGISTRY_PUBLIC)), Registry)

    return _read(fs, directory, REGISTRY, signed)


def write_registry(
    fs: Fs,
    directory: str,
    registry: Registry,
    key: Ed25519PrivateKey,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Puts ``registry`` in force under the keeper's signature: durable on return. The recorder reads it at start, on
    SIGHUP and when the keeper says that another is in force. Raises NotWritable."""
    data = to_json(registry)
    _write(fs, directory, REGISTRY, key.sign(_SIGNED + data) + data, random)
    public = key.public_key().public_bytes_raw()
    path = os.path.join(directory, REGISTRY_PUBLIC)
    if not fs.exists(path) or fs.read(path) != public:
        write_atomic(fs, path, public, mode=BOOT_MODE)


def registry_digest(registry: Registry) -> str:
    """What recorder and keeper know a registry by."""
    return hashlib.sha256(to_json(registry)).hexdigest()


def _signed(data: bytes, public: bytes) -> bytes:
    """The JSON under a signature. Raises Damaged."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(data[:_SIGNATURE_BYTES], _SIGNED + data[_SIGNATURE_BYTES:])
    except (InvalidSignature, ValueError) as error:
        raise Damaged(f"{REGISTRY}: the keeper did not sign it; nothing of it is recorded, start the keeper") from error
    return data[_SIGNATURE_BYTES:]


def read_policy(fs: Fs, directory: str, kind: type[_T]) -> _T | None:
    """The policy in force as ``kind``, or None where none is: then the floor holds and nothing is destroyed."""
    if not fs.exists(os.path.join(directory, POLICY)):
        return None
    return _read(fs, directory, POLICY, lambda data: from_json(data, kind))


def write_policy(fs: Fs, directory: str, policy: object, random: Callable[[int], bytes] = os.urandom) -> None:
    """Puts ``policy`` in force: durable on return. NotWritable."""
    _write(fs, directory, POLICY, to_json(policy), random)


def read_recorder_boot(fs: Fs, directory: str) -> RecorderBoot:
    """The public keys and the box's name. Raises NotFound, Damaged, also for a key that the keeper did not sign, and
    VaultMismatch where that is the vault's: nothing may be sealed to it."""
    return RecorderBoot(
        _signed_key(fs, directory, VAULT_PUBLIC, VaultMismatch),
        _signed_key(fs, directory, CATALOGUE_PUBLIC, Damaged),
        *read_mark(fs, directory),
    )


def read_mark(fs: Fs, directory: str) -> tuple[bytes, int]:
    """What the header of each segment says of the box: its id and its cipher suite. Raises NotFound, Damaged."""
    return read_exactly(fs, directory, APPLIANCE_ID, 16), read_exactly(fs, directory, SUITE, 1)[0]


def _signed_key(fs: Fs, directory: str, name: str, mismatch: type[Damaged]) -> bytes:
    public = _file(fs, directory, name)
    if not key_is_signed(fs, directory, name, public):
        raise mismatch(
            f"{os.path.join(directory, name)}: the keeper of this office did not sign it, so nothing is sealed to it; "
            "start the keeper, which puts the office's own key back"
        )
    return public


def key_is_signed(fs: Fs, directory: str, name: str, public: bytes, by: Ed25519PrivateKey | None = None) -> bool:
    """Whether the keeper whose key is ``registry.pub`` signed ``public`` as the boot file ``name``; with ``by`` also
    whether that is this keeper."""
    signature_name, label = _SIGNATURES[name]
    try:
        keeper, signature = (_file(fs, directory, each) for each in (REGISTRY_PUBLIC, signature_name))
        if by is not None and by.public_key().public_bytes_raw() != keeper:
            return False
        Ed25519PublicKey.from_public_bytes(keeper).verify(signature, label + public)
    except (NotFound, InvalidSignature, ValueError):
        return False
    return True


def write_signed_key(fs: Fs, directory: str, name: str, public: bytes, key: Ed25519PrivateKey) -> None:
    """Puts ``public`` in force as ``name`` under the keeper's signature: durable on return. Between the two files the
    recorder does not start. Raises NotWritable."""
    signature_name, label = _SIGNATURES[name]
    write_atomic(fs, os.path.join(directory, name), public, mode=BOOT_MODE)
    write_atomic(fs, os.path.join(directory, signature_name), key.sign(label + public), mode=BOOT_MODE)
    write_atomic(fs, os.path.join(directory, REGISTRY_PUBLIC), key.public_key().public_bytes_raw(), mode=BOOT_MODE)


def _read(fs: Fs, directory: str, name: str, decode: Callable[[bytes], _T]) -> _T:
    plaintext = open_sealed(read_boot_key(fs, directory), name, _file(fs, directory, name))
    try:
        return decode(plaintext)
    except msgspec.MsgspecError as error:
        raise Damaged(f"{name}: {error}; it was written by another version: put it in force again") from error


def _write(fs: Fs, directory: str, name: str, plaintext: bytes, random: Callable[[int], bytes]) -> None:
    write_atomic(
        fs, os.path.join(directory, name), seal(read_boot_key(fs, directory), name, plaintext, random), mode=BOOT_MODE
    )


def _file(fs: Fs, directory: str, name: str) -> bytes:
    path = os.path.join(directory, name)
    try:
        return fs.read(path)
    except FileNotFoundError as error:
        raise NotFound(f"{path}: is missing; set-up writes it, a backup has it") from error


def read_exactly(fs: Fs, directory: str, name: str, size: int) -> bytes:
    """A boot file that has ``size`` bytes. Raises NotFound, Damaged."""
    data = _file(fs, directory, name)
    if len(data) != size:
        raise Damaged(f"{os.path.join(directory, name)}: {len(data)} bytes, {size} expected; restore it from a backup")
    return data
