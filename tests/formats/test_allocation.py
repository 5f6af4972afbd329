"""An allocation: keys that open with the vault alone, an allocation key that is gone when the call returns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from appliance.core.errors import Damaged
from appliance.core.model import BucketOpening, from_wire, to_wire
from appliance.formats import allocation as module
from appliance.formats.allocation import Emergency, allocate, seal_emergency
from appliance.formats.sealing import (
    allocation_info,
    catalogue_suite,
    emergency_info,
    unwrap_bucket_key,
    vault_public_bytes,
    vault_suite,
)

SLOT = 1_700_000_400_000_000_000
WANTED = [("1", SLOT), ("1", SLOT + 600_000_000_000), ("門口-02", SLOT)]


class Drawn:
    """Random bytes that a test can foretell; remembers what it gave."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    def __call__(self, size: int) -> bytes:
        self.given.append(hashlib.shake_256(str(len(self.given)).encode()).digest(size))
        return self.given[-1]


@pytest.fixture(scope="module")
def vault() -> tuple[MLKEM768X25519PrivateKey, bytes]:
    mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    return MLKEM768X25519PrivateKey(mlkem, x25519), vault_public_bytes(mlkem.public_key(), x25519.public_key())


def test_every_bucket_key_opens_through_the_vault(vault: tuple[MLKEM768X25519PrivateKey, bytes]) -> None:
    private, public = vault
    allocation, keys = allocate(public, WANTED, Drawn())
    assert [(one.camera_no, one.slot_start_ns) for one in allocation.buckets] == WANTED
    assert set(keys) == {one.bucket_id for one in allocation.buckets}
    assert len({bytes(key) for key in keys.values()}) == len(WANTED)
    allocation_key = vault_suite().decrypt(allocation.sealed_key, private, allocation_info(allocation.allocation_id))
    for one in allocation.buckets:
        found = unwrap_bucket_key(allocation_key, one.bucket_id, one.camera_no, one.slot_start_ns, one.wrapped)
        assert found == keys[one.bucket_id]
        assert isinstance(keys[one.bucket_id], bytearray), "the holder wipes it when the bucket closes"


def test_the_allocation_key_is_wiped_before_the_call_returns(
    vault: tuple[MLKEM768X25519PrivateKey, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bytearray] = []
    seal: Callable[..., bytes] = module.seal_to

    def watching(public: bytes, plaintext: bytearray, info: bytes) -> bytes:
        held.append(plaintext)
        assert any(plaintext), "the key is still there when it is sealed"
        return seal(public, plaintext, info)

    monkeypatch.setattr(module, "seal_to", watching)
    drawn = Drawn()
    allocate(vault[1], WANTED, drawn)
    assert held == [bytearray(32)]
    monkeypatch.undo()

    def failing(allocation_key: bytearray, *_: object) -> bytes:
        held.append(allocation_key)
        raise Damaged("made to fail")

    monkeypatch.setattr(module, "wrap_bucket_key", failing)
    with pytest.raises(Damaged):
        allocate(vault[1], WANTED, drawn)
    assert held[1] == bytearray(32), "also when it fails"


def test_no_key_is_in_the_record(vault: tuple[MLKEM768X25519PrivateKey, bytes]) -> None:
    drawn = Drawn()
    allocation, _ = allocate(vault[1], WANTED, drawn)
    record = to_wire(allocation)
    secrets = [one for one in drawn.given if len(one) == 32]
    assert len(secrets) == 1 + len(WANTED)
    assert not any(one in record for one in secrets)


def test_a_public_key_that_is_none_makes_no_allocation() -> None:
    with pytest.raises(Damaged, match="vault public key"):
        allocate(bytes(5), WANTED, Drawn())


def test_an_emergency_is_for_the_keeper_alone_and_whole(vault: tuple[MLKEM768X25519PrivateKey, bytes]) -> None:
    allocation, keys = allocate(vault[1], WANTED[:1], Drawn())
    (bucket_id,) = keys
    opening = BucketOpening(
        bucket_id=bucket_id,
        camera_no="1",
        slot_start_ns=SLOT,
        start_ns=SLOT + 5,
        boot_id="b" * 32,
        boot_ns=17,
        trusted=False,
    )
    private = X25519PrivateKey.generate()
    sealed = seal_emergency(private.public_key().public_bytes_raw(), allocation, opening)
    opened = catalogue_suite().decrypt(sealed, private, emergency_info(bucket_id))
    assert from_wire(opened, Emergency) == Emergency(allocation=allocation, opening=opening)
    assert bucket_id.encode() not in sealed
    with pytest.raises(msgspec.ValidationError):
        from_wire(to_wire({"allocation": allocation, "opening": opening, "more": 1}), Emergency)
