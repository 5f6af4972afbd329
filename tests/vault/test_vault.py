"""The vault, its slots and the envelope: who opens it, what it opens, and what is left in memory."""

from __future__ import annotations

import msgspec
import pytest

from appliance.core.errors import Damaged, Refused, UsageError
from appliance.core.model import Allocation
from appliance.formats.allocation import allocate
from appliance.formats.sealing import VAULT_PUBLIC_BYTES
from appliance.vault.keys.envelope import make_envelope, make_envelope_slot, open_envelope_slot
from appliance.vault.keys.passwords import Hasher
from appliance.vault.keys.slots import Slot, make_password_slot, open_slot, slot_of, without
from appliance.vault.keys.vault import VAULT_PRIVATE_BYTES, StoredKey, VaultPrivate, make_vault
from tests.vault.keycases import CHEAP, drawn

PASSWORD = "correct horse battery staple"
some = drawn("vault")
PUBLIC, PRIVATE = make_vault(some)


def vault() -> VaultPrivate:
    return VaultPrivate(bytearray(PRIVATE))


def stored(given: Allocation) -> list[StoredKey]:
    return [(given.sealed_key, given.allocation_id, bucket) for bucket in given.buckets]


def hasher() -> Hasher:
    return Hasher(CHEAP, some)


# --- the vault ---


def test_it_opens_the_keys_of_the_named_buckets_and_no_others() -> None:
    first, keys = allocate(PUBLIC, [("1", 0), ("2", 0), ("1", 600)], some)
    second, more = allocate(PUBLIC, [("1", 1200)], some)
    wanted = [stored(first)[0], stored(first)[2], *stored(second)]
    with vault() as private, private.open_buckets(wanted) as opened:
        assert dict(opened) == {name: {**keys, **more}[name] for name in (bucket.bucket_id for _, _, bucket in wanted)}
        assert len(opened) == 3
        assert first.buckets[1].bucket_id not in opened


def test_opened_keys_are_wiped_and_so_is_the_vault() -> None:
    given, _ = allocate(PUBLIC, [("1", 0)], some)
    held = bytearray(PRIVATE)
    with VaultPrivate(held) as private:
        keys = private.open_buckets(stored(given))
        assert any(held)
    assert held == bytes(VAULT_PRIVATE_BYTES)
    with pytest.raises(Refused, match="closed"):
        private.open_buckets(stored(given))
    key = keys[given.buckets[0].bucket_id]
    assert any(key), "it was there before, so the next line can fail"
    keys.wipe()
    assert key == bytes(32)
    assert len(keys) == 0


def test_neither_shows_a_key_when_printed() -> None:
    given, keys = allocate(PUBLIC, [("1", 0)], some)
    private = vault()
    printed = repr(private) + repr(private.open_buckets(stored(given)))
    assert bytes(PRIVATE).hex() not in printed
    assert all(bytes(key).hex() not in printed and repr(bytes(key)) not in printed for key in keys.values())


def test_a_record_of_another_vault_or_moved_to_another_camera_does_not_open() -> None:
    given, _ = allocate(PUBLIC, [("1", 0), ("2", 0)], some)
    sealed, name, bucket = stored(given)[0]
    other_public, _ = make_vault(some)
    foreign, _ = allocate(other_public, [("1", 0)], some)
    with vault() as private:
        for wrong in (
            stored(foreign)[0],
            (sealed, "00" * 16, bucket),
            (sealed[:-1] + b"\0", name, bucket),
            (sealed[:40], name, bucket),
            (sealed, name, msgspec.structs.replace(bucket, camera_no="2")),
            (sealed, name, msgspec.structs.replace(bucket, slot_start_ns=600)),
        ):
            with pytest.raises(Damaged):
                private.open_buckets([stored(given)[1], wrong])


def test_public_and_private_half_belong_together() -> None:
    assert len(PUBLIC) == VAULT_PUBLIC_BYTES
    assert vault().public == PUBLIC
    with pytest.raises(Damaged, match="95 bytes"):
        VaultPrivate(bytearray(95))


# --- slots ---


def password_slot(person: str = "lin") -> Slot:
    return make_password_slot(PRIVATE, person, PASSWORD, hasher(), some)


def test_a_slot_opens_with_its_password_only() -> None:
    slot = password_slot()
    with open_slot(slot, PASSWORD, hasher()) as private:
        assert private.public == PUBLIC
    with pytest.raises(Refused, match="does not open it"):
        open_slot(slot, PASSWORD + ".", hasher())


def test_a_password_means_the_same_however_its_characters_were_composed() -> None:
    slot = make_password_slot(PRIVATE, "lin", "caf\u00e9 caf\u00e9 caf\u00e9 x", hasher(), some)
    with open_slot(slot, "cafe\u0301 cafe\u0301 cafe\u0301 x", hasher()) as private:
        assert private.public == PUBLIC


@pytest.mark.parametrize("change", [{"person": "wu"}, {"slot_id": "00" * 16}, {"kind": "envelope"}, {"wrapped": b"x"}])
def test_a_slot_is_bound_to_its_person_and_id(change: dict[str, object]) -> None:
    with pytest.raises((Refused, Damaged)):
        open_slot(msgspec.structs.replace(password_slot(), **change), PASSWORD, hasher())


def test_a_slot_holds_neither_private_half_nor_password() -> None:
    encoded = msgspec.msgpack.encode(password_slot())
    assert bytes(PRIVATE[:16]) not in encoded
    assert PASSWORD.encode() not in encoded


def test_slots_are_found_and_left_out_by_person() -> None:
    slots = (password_slot("lin"), password_slot("wu"), make_envelope_slot(PRIVATE, make_envelope(some).public, some))
    assert slot_of(slots, "wu") == slots[1]
    assert slot_of(slots, "chen") is None
    assert slot_of(slots, "") is None
    assert without(slots, "lin") == slots[1:]
    assert without(slots, "") == slots


# --- the envelope ---


def test_any_two_of_three_shares_open_the_envelope() -> None:
    envelope = make_envelope(some)
    slot = make_envelope_slot(PRIVATE, envelope.public, some)
    assert len(envelope.shares) == 3
    assert {len(share.split()) for share in envelope.shares} == {33}
    for pair in ((0, 1), (0, 2), (2, 1)):
        with open_envelope_slot(slot, [envelope.shares[number] for number in pair]) as private:
            assert private.public == PUBLIC


def test_what_is_wrong_with_shares_is_said() -> None:
    envelope, other = make_envelope(some), make_envelope(some)
    slot = make_envelope_slot(PRIVATE, envelope.public, some)
    one, two, _ = envelope.shares
    words = two.split()
    words[20] = "academic" if words[20] != "academic" else "acid"
    for shares, kind, said in (
        ([one], UsageError, "shares needed: 2, typed: 1"),
        ([one, " ".join(words)], UsageError, "share 2 has a wrong"),
        ([one, "hello world"], UsageError, "share 2 has a wrong"),
        ([one, one], UsageError, "the same one twice"),
        ([one, other.shares[1]], UsageError, "do not belong together"),
        (list(other.shares[:2]), Refused, "another envelope"),
    ):
        with pytest.raises(kind, match=said):
            open_envelope_slot(slot, shares)
    with pytest.raises(Damaged, match="does not open with its envelope"):
        open_envelope_slot(msgspec.structs.replace(slot, slot_id="00" * 16), [one, two])
    with pytest.raises(Damaged, match="no envelope slot"):
        open_envelope_slot(password_slot(), [one, two])
