"""Which keys the supervisor holds, and that it holds no others (INV-21)."""

from __future__ import annotations

import os
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.clock import LOCAL
from appliance.core.model import Allocation
from appliance.formats.allocation import allocate
from appliance.recorder.supervisor.keyring import Keyring, slots_ahead
from tests.recorder.rig import SLOT, START_NS, VAULT_PUBLIC


def _allocated(*wanted: tuple[str, int]) -> tuple[Allocation, dict[str, bytearray]]:
    return allocate(VAULT_PUBLIC, wanted, os.urandom)


@given(st.integers(0, 3 * 3600 * 10**9))
def test_keys_are_made_from_this_slot_to_the_end_of_the_next_hour(after_ns: int) -> None:
    now = START_NS + after_ns
    slots = slots_ahead(now)
    assert slots[0] <= now < slots[0] + SLOT
    assert 7 <= len(slots) <= 12
    assert datetime.fromtimestamp((slots[-1] + SLOT) // 10**9, LOCAL).minute == 0


def test_a_key_is_found_by_its_slot_and_no_longer_wanted() -> None:
    ring = Keyring()
    allocation, keys = _allocated(("01", START_NS))
    ring.add(allocation, keys, emergency=False)
    held = ring.for_slot("01", START_NS)
    assert held is not None
    assert (held.key, held.emergency) == (keys[held.bucket_id], None)
    assert ring.wanted(["01", "02"], [START_NS, START_NS + SLOT]) == [
        ("02", START_NS), ("01", START_NS + SLOT), ("02", START_NS + SLOT)
    ]  # fmt: skip


def test_a_second_key_for_a_slot_that_has_one_is_wiped() -> None:
    ring = Keyring()
    first, second = _allocated(("01", START_NS)), _allocated(("01", START_NS))
    ring.add(*first, emergency=False)
    ring.add(*second, emergency=True)
    held = ring.for_slot("01", START_NS)
    assert held is not None
    assert held.bucket_id in first[1]
    assert list(second[1].values()) == [bytearray(32)]
    assert len(ring) == 1


def test_a_wiped_key_is_zeros_everywhere_and_its_slot_wants_another() -> None:
    ring = Keyring()
    allocation, keys = _allocated(("01", START_NS))
    ring.add(allocation, keys, emergency=False)
    (bucket_id,) = ring.ids()
    ring.wipe(bucket_id)
    ring.wipe(bucket_id)
    assert keys == {bucket_id: bytearray(32)}
    assert (len(ring), ring.get(bucket_id)) == (0, None)
    assert ring.wanted(["01"], [START_NS]) == [("01", START_NS)]


def test_retiring_a_camera_wipes_what_is_unopened_and_keeps_the_open_buckets_key() -> None:
    ring = Keyring()
    allocation, keys = _allocated(("01", START_NS), ("01", START_NS + SLOT), ("02", START_NS))
    ring.add(allocation, keys, emergency=False)
    held = ring.for_slot("01", START_NS)
    assert held is not None
    held.opened = True
    ring.retire("01")
    assert ring.get(held.bucket_id) is held
    assert held.key != bytes(32)
    assert ring.wanted(["01", "02"], [START_NS, START_NS + SLOT])[0] == ("01", START_NS)
    assert ring.for_slot("02", START_NS) is not None
    newer = _allocated(("01", START_NS))
    ring.add(*newer, emergency=False)
    ring.wipe(held.bucket_id)
    again = ring.for_slot("01", START_NS)
    assert again is not None
    assert again.bucket_id in newer[1]


def test_keys_of_slots_that_are_over_go_unless_their_bucket_is_open() -> None:
    ring = Keyring()
    allocation, keys = _allocated(("01", START_NS), ("02", START_NS), ("01", START_NS + SLOT))
    ring.add(allocation, keys, emergency=False)
    held = ring.for_slot("01", START_NS)
    assert held is not None
    held.opened = True
    ring.wipe_past(START_NS + SLOT - 1)
    assert len(ring) == 3
    ring.wipe_past(START_NS + SLOT)
    assert ring.for_slot("02", START_NS) is None
    assert len(ring) == 2


def test_in_the_end_all_are_wiped() -> None:
    ring = Keyring()
    allocation, keys = _allocated(("01", START_NS), ("02", START_NS))
    ring.add(allocation, keys, emergency=False)
    ring.wipe_all()
    assert set(map(bytes, keys.values())) == {bytes(32)}
