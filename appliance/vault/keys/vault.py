"""The vault: the hybrid key pair that every allocation key is sealed to, and its private half, in use for moments.

The public half is with the recorder. The private half rests only inside keyholder slots (``slots.py``,
``envelope.py``); whoever opens one holds a :class:`VaultPrivate` and closes it within seconds. Opening it for a grant
gives :class:`BucketKeys`, the keys of that grant's buckets and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from appliance.core.errors import Damaged, Refused
from appliance.core.model import SealedBucketKey
from appliance.formats.sealing import allocation_info, unwrap_bucket_key, vault_public_bytes, vault_suite, wipe

__all__ = ["VAULT_PRIVATE_BYTES", "BucketKeys", "StoredKey", "VaultPrivate", "make_vault"]

_MLKEM_SEED_BYTES = 64
VAULT_PRIVATE_BYTES = _MLKEM_SEED_BYTES + 32

StoredKey = tuple[bytes, str, SealedBucketKey]
"""What the key store holds of a bucket: (sealed allocation key, allocation id, wrapped bucket key)."""


def make_vault(random: Callable[[int], bytes]) -> tuple[bytes, bytearray]:
    """A new vault: (public half, private half). The private half is the ML-KEM seed and the X25519 scalar; wipe it."""
    private = bytearray(random(VAULT_PRIVATE_BYTES))
    return _public_of(private), private


def _public_of(private: bytearray) -> bytes:
    mlkem, x25519 = _halves(private)
    return vault_public_bytes(mlkem.public_key(), x25519.public_key())


def _halves(private: bytearray) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    return (
        MLKEM768PrivateKey.from_seed_bytes(bytes(memoryview(private)[:_MLKEM_SEED_BYTES])),
        X25519PrivateKey.from_private_bytes(memoryview(private)[_MLKEM_SEED_BYTES:]),
    )


class BucketKeys(Mapping[str, bytearray]):
    """Bucket keys by bucket id, in memory that :meth:`wipe` clears. A context manager; empty after it."""

    def __init__(self) -> None:
        self._keys: dict[str, bytearray] = {}

    def put(self, bucket_id: str, key: bytearray) -> None:
        """Takes the key over; the caller keeps no other reference."""
        self._keys[bucket_id] = key

    def __getitem__(self, bucket_id: str) -> bytearray:
        return self._keys[bucket_id]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._keys))

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<keys of {len(self._keys)} buckets>"

    def wipe(self) -> None:
        for key in self._keys.values():
            wipe(key)
        self._keys.clear()

    def __enter__(self) -> BucketKeys:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()


class VaultPrivate:
    """The vault's private half, taken over from ``private``, which is wiped on exit.

    What the library copies while it opens something is freed and cleared by it at the end of each call.
    """

    def __init__(self, private: bytearray) -> None:
        if len(private) != VAULT_PRIVATE_BYTES:
            wipe(private)
            raise Damaged(f"vault: a private half of {len(private)} bytes, {VAULT_PRIVATE_BYTES} expected")
        self._private: bytearray | None = private

    def __enter__(self) -> VaultPrivate:
        self._held()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wipes it; anything afterwards is refused."""
        if self._private is not None:
            wipe(self._private)
            self._private = None

    def __repr__(self) -> str:
        return f"<vault private half, {'open' if self._private is not None else 'wiped'}>"

    def _held(self) -> bytearray:
        if self._private is None:
            raise Refused.of("vault-closed")
        return self._private

    @property
    def public(self) -> bytes:
        """The public half that belongs to it."""
        return _public_of(self._held())

    def copy(self) -> bytearray:
        """The bytes, to seal into another slot; the caller wipes them."""
        return bytearray(self._held())

    def open_allocation(self, sealed_key: bytes, allocation_id: str) -> bytearray:
        """The allocation key; the caller wipes it. Raises Damaged when it was altered or sealed to another vault."""
        private = MLKEM768X25519PrivateKey(*_halves(self._held()))
        try:
            return bytearray(vault_suite().decrypt(sealed_key, private, allocation_info(allocation_id)))
        except (InvalidTag, ValueError) as error:
            raise Damaged(
                f"allocation {allocation_id}: does not open with this office's vault; it was altered or is another's"
            ) from error

    def open_buckets(self, stored: Iterable[StoredKey]) -> BucketKeys:
        """The keys of these buckets and of no others. Each allocation is opened once and wiped. Raises Damaged; then
        every key opened so far is wiped."""
        keys = BucketKeys()
        allocations: dict[tuple[str, bytes], bytearray] = {}
        try:
            for sealed_key, allocation_id, bucket in stored:
                which = allocation_id, sealed_key
                if which not in allocations:
                    allocations[which] = self.open_allocation(sealed_key, allocation_id)
                key = unwrap_bucket_key(
                    allocations[which], bucket.bucket_id, bucket.camera_no, bucket.slot_start_ns, bucket.wrapped
                )
                keys.put(bucket.bucket_id, key)
        except BaseException:
            keys.wipe()
            raise
        finally:
            for allocation_key in allocations.values():
                wipe(allocation_key)
        return keys
