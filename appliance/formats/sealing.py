"""Sealing with public keys and wrapping of bucket keys; the recorder's side, which holds no private key.

The formats and every ``info`` string are in ``docs/spec/keys.md``. Opening what is sealed here is the keeper's
(``vault/keys/vault.py``). Keys are handed around as ``bytearray`` so that :func:`wipe` can clear them; what cannot be
cleared is said where it arises.
"""

from __future__ import annotations

import hashlib
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from appliance.core.clock import Clock, SystemClock
from appliance.core.errors import Damaged, UsageError

__all__ = [
    "AES_256_GCM",
    "CATALOGUE_PUBLIC_BYTES",
    "CHACHA20_POLY1305",
    "KEY_BYTES",
    "VAULT_PUBLIC_BYTES",
    "Key",
    "aead",
    "aead_name",
    "allocation_info",
    "catalogue_suite",
    "emergency_info",
    "fastest_suite",
    "load_vault_public",
    "seal_to",
    "seal_to_catalogue",
    "unwrap_bucket_key",
    "vault_digest",
    "vault_public_bytes",
    "vault_suite",
    "wipe",
    "wrap_bucket_key",
]

AES_256_GCM = 1
CHACHA20_POLY1305 = 2
KEY_BYTES = 32
MLKEM768_PUBLIC_BYTES = 1184
VAULT_PUBLIC_BYTES = MLKEM768_PUBLIC_BYTES + 32
CATALOGUE_PUBLIC_BYTES = 32
WRAPPED_BYTES = KEY_BYTES + 16

Key = bytes | bytearray | memoryview
"""A secret of 32 bytes; ``bytearray`` where its holder wipes it."""

_NAMES = {AES_256_GCM: b"AEAD_AES_256_GCM", CHACHA20_POLY1305: b"AEAD_CHACHA20_POLY1305"}
_BUCKET_KEY = b"office-recorder/bucket-key/v1\0"
_ALLOCATION = b"office-recorder/allocation/v1\0"
_EMERGENCY = b"office-recorder/emergency/v1\0"
_WRAP = struct.Struct(">16sq")


def wipe(secret: bytearray) -> None:
    """Overwrites ``secret`` in place. Copies that a library made of it are not reached."""
    secret[:] = bytes(len(secret))


def aead_name(suite: int) -> bytes:
    """The cipher's name (IANA AEAD registry) as it enters the key schedule. Raises Damaged for an unknown suite."""
    try:
        return _NAMES[suite]
    except KeyError:
        raise Damaged(f"cipher suite {suite}: unknown; 1 and 2 exist") from None


def aead(suite: int, key: Key) -> AESGCM | ChaCha20Poly1305:
    """The cipher of ``suite`` under ``key``; its inner copy of the key lives until the object goes."""
    aead_name(suite)
    return AESGCM(key) if suite == AES_256_GCM else ChaCha20Poly1305(key)


def vault_suite() -> Suite:
    """HPKE of the vault: ML-KEM-768 + X25519, HKDF-SHA256, AES-256-GCM."""
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def catalogue_suite() -> Suite:
    """HPKE of the catalogue key: X25519, HKDF-SHA256, AES-256-GCM; it protects no footage, only names and times."""
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def vault_public_bytes(mlkem: MLKEM768PublicKey, x25519: X25519PublicKey) -> bytes:
    """The vault's public key as it is stored: 1184 bytes of ML-KEM-768, then 32 of X25519."""
    return mlkem.public_bytes_raw() + x25519.public_bytes_raw()


def vault_digest(public: bytes) -> str:
    """What the ledger names the vault's public key by."""
    return hashlib.sha256(public).hexdigest()


def load_vault_public(public: bytes) -> MLKEM768X25519PublicKey:
    """The vault's public key from its stored form. Raises Damaged."""
    if len(public) != VAULT_PUBLIC_BYTES:
        raise Damaged(f"vault public key: {len(public)} bytes, {VAULT_PUBLIC_BYTES} expected; restore vault.pub")
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:MLKEM768_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(public[MLKEM768_PUBLIC_BYTES:]),
        )
    except ValueError as error:
        raise Damaged(f"vault public key: is none ({error}); restore vault.pub") from error


def seal_to(public: bytes, plaintext: Key, info: bytes) -> bytes:
    """``plaintext`` sealed to the vault: HPKE encapsulation (1120 bytes), ciphertext, tag. Raises Damaged."""
    return vault_suite().encrypt(plaintext, load_vault_public(public), info)


def seal_to_catalogue(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """``plaintext`` sealed to the keeper's catalogue key: encapsulation (32 bytes), ciphertext, tag. Raises Damaged."""
    if len(public) != CATALOGUE_PUBLIC_BYTES:
        raise Damaged(f"catalogue public key: {len(public)} bytes, 32 expected; restore catalogue.pub")
    return catalogue_suite().encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info)


def allocation_info(allocation_id: str) -> bytes:
    """HPKE ``info`` under which an allocation key is sealed to the vault."""
    return _ALLOCATION + _id(allocation_id)


def emergency_info(bucket_id: str) -> bytes:
    """HPKE ``info`` under which an emergency record is sealed to the catalogue key."""
    return _EMERGENCY + _id(bucket_id)


def wrap_bucket_key(allocation_key: Key, bucket_id: str, camera_no: str, slot_start_ns: int, key: Key) -> bytes:
    """``key`` (32 bytes) wrapped under the allocation key for this bucket, camera and slot: 48 bytes.

    The wrapping key and nonce are derived from the allocation key and all three names, so a record moved to another
    camera or slot does not open. At most once per (allocation key, bucket id): ids are random.
    """
    if len(key) != KEY_BYTES:
        raise UsageError(f"bucket key: {len(key)} bytes, {KEY_BYTES} expected")
    cipher, nonce = _wrapping(allocation_key, bucket_id, camera_no, slot_start_ns)
    return cipher.encrypt(nonce, key, None)


def unwrap_bucket_key(
    allocation_key: Key, bucket_id: str, camera_no: str, slot_start_ns: int, wrapped: bytes
) -> bytearray:
    """The bucket key; the caller wipes it. Raises Damaged when the record or any of its names was altered."""
    if len(wrapped) != WRAPPED_BYTES:
        raise Damaged(f"key of bucket {bucket_id}: {len(wrapped)} bytes, {WRAPPED_BYTES} expected")
    cipher, nonce = _wrapping(allocation_key, bucket_id, camera_no, slot_start_ns)
    key = bytearray(KEY_BYTES)
    try:
        cipher.decrypt_into(nonce, wrapped, None, key)
    except InvalidTag:
        raise Damaged(f"key of bucket {bucket_id}: its record does not verify; it was altered or moved") from None
    return key


def _wrapping(allocation_key: Key, bucket_id: str, camera_no: str, slot_start_ns: int) -> tuple[AESGCM, bytes]:
    info = _BUCKET_KEY + _WRAP.pack(_id(bucket_id), slot_start_ns) + camera_no.encode()
    derived = bytearray(KEY_BYTES + 12)
    HKDFExpand(hashes.SHA256(), len(derived), info).derive_into(allocation_key, derived)
    cipher, nonce = AESGCM(memoryview(derived)[:KEY_BYTES]), bytes(derived[KEY_BYTES:])
    wipe(derived)
    return cipher, nonce


def _id(name: str) -> bytes:
    """16 bytes of an identifier that is written as 32 hexadecimal digits."""
    try:
        value = bytes.fromhex(name)
    except ValueError:
        value = b""
    if len(value) != 16 or len(name) != 32:
        raise UsageError(f"identifier {name[:40]!r}: 32 hexadecimal digits expected")
    return value


def fastest_suite(clock: Clock | None = None) -> int:
    """The suite that seals faster on this machine, measured for some milliseconds; AES-256-GCM on a tie.

    AES instructions make GCM 2.6 times faster than ChaCha20; without them it is 4.4 times slower. Blocking.
    """
    clock = clock or SystemClock()
    taken = {}
    for suite in (AES_256_GCM, CHACHA20_POLY1305):
        cipher, data, rounds = aead(suite, bytes(KEY_BYTES)), bytes(1 << 16), []
        for number in range(9):
            start = clock.boot_ns()
            cipher.encrypt(number.to_bytes(12, "big"), data, None)
            rounds.append(clock.boot_ns() - start)
        taken[suite] = min(rounds)
    return AES_256_GCM if taken[AES_256_GCM] <= taken[CHACHA20_POLY1305] else CHACHA20_POLY1305
