"""The bytes of the key store's files: the root under the anchor, a shard a day under the root (pure, no disk).

``docs/spec/keystore.md`` has the layout. Nothing here is a bucket key: those rest wrapped by allocation keys, which
are sealed to the vault. What these files add is that the wrapped records themselves can be destroyed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.core.clock import local_time
from appliance.core.errors import Damaged
from appliance.core.model import SealedBucketKey, from_wire, to_wire
from appliance.storage.journal import MAX_ENTRY_BYTES, entries_of
from appliance.vault.keys.slots import Slot

__all__ = [
    "DAY_KEY_BYTES",
    "DayKey",
    "KeptBucket",
    "Part",
    "Root",
    "ShardRead",
    "day_of",
    "generation_of",
    "ids_of",
    "open_root",
    "read_shard",
    "seal_part",
    "seal_root",
]

DAY_KEY_BYTES = 32
_MAGIC = b"ORROOT01"
_HEAD = struct.Struct(">8sQ12s")
_FRAME = struct.Struct(">II")
_NONCE_BYTES = 12


class DayKey(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The random key of one day's shard, and the generation that made the shard file of that name."""

    key: bytearray
    made: int

    def __repr__(self) -> str:
        return f"<day key of generation {self.made}>"


class Root(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """All that the anchor protects directly: the day keys and the keyholder slots of one generation."""

    generation: int
    days: dict[str, DayKey]
    slots: tuple[Slot, ...]


class KeptBucket(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A wrapped bucket key in a shard."""

    bucket_id: bytes
    camera_no: str
    slot_start_ns: int
    wrapped: bytes

    @classmethod
    def of(cls, bucket: SealedBucketKey) -> KeptBucket:
        return cls(bytes.fromhex(bucket.bucket_id), bucket.camera_no, bucket.slot_start_ns, bucket.wrapped)

    def record(self) -> SealedBucketKey:
        return SealedBucketKey(
            bucket_id=self.bucket_id.hex(),
            camera_no=self.camera_no,
            slot_start_ns=self.slot_start_ns,
            wrapped=self.wrapped,
        )


class Part(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """One allocation's buckets of one day, with the allocation key sealed to the vault."""

    allocation_id: bytes
    sealed_key: bytes
    buckets: tuple[KeptBucket, ...]

    def without(self, bucket_ids: Iterable[bytes]) -> Part | None:
        """What is left, or None when nothing is."""
        gone = frozenset(bucket_ids)
        left = tuple(bucket for bucket in self.buckets if bucket.bucket_id not in gone)
        return Part(self.allocation_id, self.sealed_key, left) if left else None


def ids_of(parts: Iterable[Part]) -> Iterator[bytes]:
    return (bucket.bucket_id for part in parts for bucket in part.buckets)


class ShardRead(NamedTuple):
    """``problem`` is empty, or says what of the shard does not open; ``parts`` is what does."""

    parts: list[Part]
    problem: str


def day_of(slot_start_ns: int) -> str:
    """The local day (``2026-11-24``) that a bucket's key is kept under."""
    return local_time(slot_start_ns).date().isoformat()


def _generation_key(secret: bytes, box_key: bytes) -> bytes:
    """RFC 5869, SHA-256, no salt: both inputs are uniform, and neither alone gives the key."""
    return HKDF(hashes.SHA256(), 32, None, b"office-recorder/key-store/v1").derive(secret + box_key)


def seal_root(root: Root, secret: bytes, box_key: bytes, random: Callable[[int], bytes]) -> bytes:
    head = _HEAD.pack(_MAGIC, root.generation, random(_NONCE_BYTES))
    cipher = AESGCM(_generation_key(secret, box_key))
    return head + cipher.encrypt(head[-_NONCE_BYTES:], to_wire(root), head)


def generation_of(data: bytes) -> int:
    """The generation that a root file's head says it is of; 0 for what is none. Believed only for numbers to avoid."""
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        return 0
    return int(_HEAD.unpack_from(data)[1])


def open_root(data: bytes, secret: bytes, box_key: bytes) -> Root | None:
    """The root, or None when these bytes do not open with this anchor and box key."""
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        return None
    head = data[: _HEAD.size]
    try:
        plain = AESGCM(_generation_key(secret, box_key)).decrypt(head[-_NONCE_BYTES:], data[_HEAD.size :], head)
        return from_wire(plain, Root)
    except (InvalidTag, msgspec.MsgspecError):
        return None


def seal_part(parts: Iterable[Part], shard: str, key: DayKey, number: int, random: Callable[[int], bytes]) -> bytes:
    """Entry ``number`` of the shard's journal: nonce, ciphertext, tag; bound to its day, file and place."""
    nonce = random(_NONCE_BYTES)
    return nonce + AESGCM(key.key).encrypt(nonce, to_wire(list(parts)), _about(shard, key, number))


def read_shard(data: bytes, shard: str, key: DayKey) -> ShardRead:
    """Every part that opens. A torn last entry was never acknowledged and is no problem; anything else is."""
    problem = ""
    bodies: list[bytes | None]
    try:
        bodies = list(entries_of(data, f"key shard {shard}")[0])
    except Damaged as error:
        bodies, problem = _skimmed(data), str(error)
    parts: list[Part] = []
    cipher = AESGCM(key.key)
    for number, body in enumerate(bodies):
        if body is None:
            continue
        try:
            plain = cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _about(shard, key, number))
            parts += from_wire(plain, list[Part])
        except (InvalidTag, ValueError):
            problem = problem or f"key shard {shard}: entry {number} does not open; it was altered"
    return ShardRead(parts, problem)


def _skimmed(data: bytes) -> list[bytes | None]:
    """The bodies of a damaged journal as far as the lengths lead, None for those whose check fails."""
    bodies: list[bytes | None] = []
    at = 0
    while at + _FRAME.size <= len(data):
        length, crc = _FRAME.unpack_from(data, at)
        end = at + _FRAME.size + length
        if not 0 < length <= MAX_ENTRY_BYTES or end > len(data):
            break
        body = data[at + _FRAME.size : end]
        bodies.append(body if zlib.crc32(body) == crc else None)
        at = end
    return bodies


def _about(shard: str, key: DayKey, number: int) -> bytes:
    return f"office-recorder/key-shard/v1/{shard}/{key.made}/{number}".encode()
