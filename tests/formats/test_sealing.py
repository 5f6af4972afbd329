"""Sealing with public keys: what is sealed opens with the private half alone, and only under the same names."""

from __future__ import annotations

import hmac
import struct

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from appliance.core.errors import Damaged, UsageError
from appliance.formats import sealing
from appliance.formats.sealing import (
    AES_256_GCM,
    CHACHA20_POLY1305,
    VAULT_PUBLIC_BYTES,
    allocation_info,
    catalogue_suite,
    emergency_info,
    fastest_suite,
    load_vault_public,
    seal_to,
    seal_to_catalogue,
    unwrap_bucket_key,
    vault_public_bytes,
    vault_suite,
    wipe,
    wrap_bucket_key,
)

ALLOCATION_KEY, KEY = bytes(range(32)), bytes(range(100, 132))
BUCKET = "00112233445566778899aabbccddeeff"
SLOT = 1_700_000_400_000_000_000


@pytest.fixture(scope="module")
def vault() -> tuple[MLKEM768X25519PrivateKey, bytes]:
    mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    return MLKEM768X25519PrivateKey(mlkem, x25519), vault_public_bytes(mlkem.public_key(), x25519.public_key())


def test_what_is_sealed_to_the_vault_opens_with_its_private_half_and_the_same_info(
    vault: tuple[MLKEM768X25519PrivateKey, bytes],
) -> None:
    private, public = vault
    assert len(public) == VAULT_PUBLIC_BYTES == 1216
    info = allocation_info(BUCKET)
    sealed = seal_to(public, bytearray(KEY), info)
    assert len(sealed) == 1168, "docs/spec/keys.md"
    assert vault_suite().decrypt(sealed, private, info) == KEY
    assert seal_to(public, KEY, info) != sealed, "each seal has an encapsulation of its own"
    for wrong in (allocation_info("f" * 32), emergency_info(BUCKET), b""):
        with pytest.raises(InvalidTag):
            vault_suite().decrypt(sealed, private, wrong)


def test_both_halves_of_the_hybrid_are_needed(vault: tuple[MLKEM768X25519PrivateKey, bytes]) -> None:
    _, public = vault
    mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    ours = vault_public_bytes(mlkem.public_key(), x25519.public_key())
    for mixed in (ours[:1184] + public[1184:], public[:1184] + ours[1184:]):
        sealed = seal_to(mixed, KEY, b"")
        with pytest.raises(InvalidTag):
            vault_suite().decrypt(sealed, MLKEM768X25519PrivateKey(mlkem, x25519), b"")


@pytest.mark.parametrize("public", [b"", bytes(1215), bytes(1217), b"\xff" * 1216])
def test_a_public_key_that_is_none_is_damage(public: bytes) -> None:
    with pytest.raises(Damaged, match=r"vault public key: .*restore vault\.pub"):
        load_vault_public(public)
    with pytest.raises(Damaged):
        seal_to(public, KEY, b"")


def test_what_is_sealed_to_the_catalogue_key_opens_with_its_private_half() -> None:
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    sealed = seal_to_catalogue(public, b"camera and time", emergency_info(BUCKET))
    assert catalogue_suite().decrypt(sealed, private, emergency_info(BUCKET)) == b"camera and time"
    with pytest.raises(Damaged, match=r"restore catalogue\.pub"):
        seal_to_catalogue(public[:31], b"x", b"")


def test_a_wrapped_key_opens_only_under_its_own_names() -> None:
    wrapped = wrap_bucket_key(ALLOCATION_KEY, BUCKET, "門口-01", SLOT, bytearray(KEY))
    assert len(wrapped) == 48
    assert unwrap_bucket_key(bytearray(ALLOCATION_KEY), BUCKET, "門口-01", SLOT, wrapped) == KEY
    for names in (
        (bytes(32), BUCKET, "門口-01", SLOT),
        (ALLOCATION_KEY, "f" * 32, "門口-01", SLOT),
        (ALLOCATION_KEY, BUCKET, "門口-02", SLOT),
        (ALLOCATION_KEY, BUCKET, "門口-01", SLOT + 1),
    ):
        with pytest.raises(Damaged, match="altered or moved"):
            unwrap_bucket_key(*names, wrapped)


def test_every_flipped_bit_and_every_length_of_a_wrapped_key_is_refused() -> None:
    wrapped = wrap_bucket_key(ALLOCATION_KEY, BUCKET, "1", SLOT, KEY)
    for bit in range(len(wrapped) * 8):
        altered = bytearray(wrapped)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Damaged):
            unwrap_bucket_key(ALLOCATION_KEY, BUCKET, "1", SLOT, bytes(altered))
    for size in (*range(48), 49, 64):
        with pytest.raises(Damaged, match="48 expected"):
            unwrap_bucket_key(ALLOCATION_KEY, BUCKET, "1", SLOT, (wrapped + bytes(16))[:size])


def test_wrapping_is_what_the_specification_says() -> None:
    info = b"office-recorder/bucket-key/v1\0" + bytes.fromhex(BUCKET) + struct.pack(">q", SLOT) + "門口".encode()
    first = hmac.digest(ALLOCATION_KEY, info + b"\x01", "sha256")
    second = hmac.digest(ALLOCATION_KEY, first + info + b"\x02", "sha256")
    assert wrap_bucket_key(ALLOCATION_KEY, BUCKET, "門口", SLOT, KEY) == AESGCM(first).encrypt(second[:12], KEY, None)


def test_wiping_clears_in_place_what_others_hold_too() -> None:
    secret = bytearray(KEY)
    view = memoryview(secret)
    wipe(secret)
    assert bytes(view) == bytes(32)
    key = unwrap_bucket_key(ALLOCATION_KEY, BUCKET, "1", SLOT, wrap_bucket_key(ALLOCATION_KEY, BUCKET, "1", SLOT, KEY))
    assert isinstance(key, bytearray), "its holder can wipe it"


@pytest.mark.parametrize("name", ["", "0" * 31, "0" * 33, "g" * 32, "00 " * 16])
def test_an_identifier_is_32_hexadecimal_digits(name: str) -> None:
    with pytest.raises(UsageError, match="32 hexadecimal digits"):
        allocation_info(name)
    with pytest.raises(UsageError):
        wrap_bucket_key(ALLOCATION_KEY, name, "1", SLOT, KEY)


def test_a_key_of_another_length_is_not_wrapped() -> None:
    with pytest.raises(UsageError, match="31 bytes, 32 expected"):
        wrap_bucket_key(ALLOCATION_KEY, BUCKET, "1", SLOT, KEY[:31])


class CountingClock:
    """Boot time moves on by what the next reading costs."""

    def __init__(self, costs: list[int]) -> None:
        self._costs, self._now = costs, 0

    def boot_ns(self) -> int:
        self._now += self._costs.pop(0)
        return self._now

    def wall_ns(self) -> int:
        return self.boot_ns()

    def boot_id(self) -> str:
        return "0" * 32

    def trusted(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("gcm", "chacha", "expected"),
    [([9] * 9, [40] * 9, AES_256_GCM), ([40] * 9, [9] * 9, CHACHA20_POLY1305), ([9] * 9, [9] * 9, AES_256_GCM)],
)
def test_the_quicker_cipher_is_chosen_by_measuring(gcm: list[int], chacha: list[int], expected: int) -> None:
    readings = [cost for round_ns in (*gcm, *chacha) for cost in (0, round_ns)]
    assert fastest_suite(CountingClock(readings)) == expected


def test_one_slow_round_does_not_decide() -> None:
    readings = [cost for round_ns in [10_000, *[9] * 8, *[10] * 9] for cost in (0, round_ns)]
    assert fastest_suite(CountingClock(readings)) == AES_256_GCM


def test_an_unknown_suite_is_damage() -> None:
    with pytest.raises(Damaged, match="cipher suite 3"):
        sealing.aead(3, KEY)
