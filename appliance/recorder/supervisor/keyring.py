"""The bucket keys that the supervisor holds: those allocated ahead and those of open buckets, and no others (INV-21).

A key comes in when an allocation is durable (with the keeper, or in an emergency beside the footage), goes to the
camera's process when its slot is near, and is wiped when its bucket closes, its slot has passed or its camera leaves
the registry. Pure: time is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.model import Allocation
from appliance.formats.sealing import wipe

__all__ = ["HOUR_NS", "HeldKey", "Keyring", "slots_ahead"]

HOUR_NS = 3600 * 1_000_000_000


def slots_ahead(now_ns: int) -> list[int]:
    """The slots keys are made for: from the current one to the end of the next hour."""
    return list(range(slot_start_ns(now_ns), now_ns - now_ns % HOUR_NS + 2 * HOUR_NS, SLOT_NS))


@dataclass
class HeldKey:
    """One bucket's key. ``emergency`` is the allocation that the keeper has not stored yet; ``opened``: has a file."""

    bucket_id: str
    camera_no: str
    slot_start_ns: int
    key: bytearray
    emergency: Allocation | None = None
    opened: bool = False


class Keyring:
    """Keys by bucket id, and for each camera and slot the one to use next."""

    def __init__(self) -> None:
        self._by_id: dict[str, HeldKey] = {}
        self._next: dict[tuple[str, int], str] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, allocation: Allocation, keys: dict[str, bytearray], *, emergency: bool) -> None:
        """Takes over ``keys`` of a durable allocation. A slot that has an unopened key already keeps the older one;
        the newer is wiped."""
        for record in allocation.buckets:
            key = keys[record.bucket_id]
            place = (record.camera_no, record.slot_start_ns)
            held = self._by_id.get(self._next.get(place, ""))
            if held is not None and not held.opened:
                wipe(key)
                continue
            self._by_id[record.bucket_id] = HeldKey(record.bucket_id, *place, key, allocation if emergency else None)
            self._next[place] = record.bucket_id

    def ids(self) -> list[str]:
        """Bucket ids of all keys; may be asked from another thread."""
        return list(self._by_id)

    def get(self, bucket_id: str) -> HeldKey | None:
        return self._by_id.get(bucket_id)

    def for_slot(self, camera_no: str, slot_start_ns: int) -> HeldKey | None:
        """The key a new bucket of this slot would have: None while there is none, or the last one is used up."""
        return self._by_id.get(self._next.get((camera_no, slot_start_ns), ""))

    def wanted(self, cameras: Iterable[str], slots: Iterable[int]) -> list[tuple[str, int]]:
        """The (camera, slot) pairs that have no key, slot by slot."""
        cameras = list(cameras)
        return [(no, slot) for slot in slots for no in cameras if self.for_slot(no, slot) is None]

    def wipe(self, bucket_id: str) -> None:
        """The bucket is closed or will never be: its key is gone from this process."""
        held = self._by_id.pop(bucket_id, None)
        if held is not None:
            wipe(held.key)
            place = (held.camera_no, held.slot_start_ns)
            if self._next.get(place) == bucket_id:
                del self._next[place]

    def retire(self, camera_no: str) -> None:
        """From now on no slot of this camera has a key: unopened ones are wiped, the open bucket's goes when it
        closes. For a clock step, a change of trust, and a camera that leaves the registry."""
        for held in [held for held in self._by_id.values() if held.camera_no == camera_no]:
            if not held.opened:
                self.wipe(held.bucket_id)
            self._next.pop((camera_no, held.slot_start_ns), None)

    def wipe_past(self, now_ns: int) -> None:
        """Wipes keys without a file whose slot has ended."""
        for held in [held for held in self._by_id.values() if not held.opened]:
            if held.slot_start_ns + SLOT_NS <= now_ns:
                self.wipe(held.bucket_id)

    def wipe_all(self) -> None:
        for bucket_id in list(self._by_id):
            self.wipe(bucket_id)
