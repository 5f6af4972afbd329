"""Making bucket keys ahead: one allocation key, sealed to the vault, wraps the keys of many buckets.

``docs/spec/keys.md`` has the formats. The allocation is durable with the keeper before any of its keys is used; when
the keeper does not answer, :func:`seal_emergency` puts it beside the footage, sealed to the keeper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from appliance.core.model import Allocation, BucketOpening, Record, SealedBucketKey, to_wire
from appliance.formats.sealing import (
    KEY_BYTES,
    allocation_info,
    emergency_info,
    seal_to,
    seal_to_catalogue,
    vault_digest,
    wipe,
    wrap_bucket_key,
)

__all__ = ["Emergency", "allocate", "seal_emergency"]


class Emergency(Record, frozen=True, kw_only=True):
    """What the keeper must learn later of a bucket that it could not be told of when it opened."""

    allocation: Allocation
    opening: BucketOpening


def allocate(
    vault_public: bytes, wanted: Sequence[tuple[str, int]], random: Callable[[int], bytes]
) -> tuple[Allocation, dict[str, bytearray]]:
    """Keys for the buckets ``wanted``, pairs of (camera_no, slot_start_ns): the record to store, the keys by bucket id.

    ``random(n)`` gives n unpredictable bytes (``os.urandom``). The allocation key is wiped before this returns, so
    from then on only the vault's private key leads to these bucket keys, apart from the dictionary that is returned;
    its holder wipes each key when its bucket closes. What cannot be wiped are the ``bytes`` objects that ``random``
    returns and the copy inside OpenSSL's key schedule: each is freed within this call, its memory reused at the
    allocator's leisure. Swap and core dumps of the process are off for that reason.

    Raises Damaged when ``vault_public`` is no public key.
    """
    allocation_id = random(16).hex()
    allocation_key = bytearray(random(KEY_BYTES))
    try:
        keys: dict[str, bytearray] = {}
        records = []
        for camera_no, slot_start_ns in wanted:
            bucket_id = random(16).hex()
            keys[bucket_id] = bytearray(random(KEY_BYTES))
            wrapped = wrap_bucket_key(allocation_key, bucket_id, camera_no, slot_start_ns, keys[bucket_id])
            records.append(
                SealedBucketKey(bucket_id=bucket_id, camera_no=camera_no, slot_start_ns=slot_start_ns, wrapped=wrapped)
            )
        sealed = seal_to(vault_public, allocation_key, allocation_info(allocation_id))
    finally:
        wipe(allocation_key)
    return Allocation(
        allocation_id=allocation_id,
        sealed_key=sealed,
        buckets=tuple(records),
        vault_key=vault_digest(vault_public),
    ), keys


def seal_emergency(catalogue_public: bytes, allocation: Allocation, opening: BucketOpening) -> bytes:
    """The content of ``open/<bucket id>.emergency``: msgpack of :class:`Emergency`, sealed to the keeper."""
    plaintext = to_wire(Emergency(allocation=allocation, opening=opening))
    return seal_to_catalogue(catalogue_public, plaintext, emergency_info(opening.bucket_id))
