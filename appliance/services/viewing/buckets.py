"""The buckets that a grant opens: proven before they are named in its entry, and their keys after it."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.model import Span
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Seat
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.vault import BucketKeys, StoredKey
from appliance.vault.ring.ring import Ring, Stretch

__all__ = ["BucketOpener"]


class BucketOpener:
    def __init__(self, ring: Ring, key_store: KeyStore, keyholders: Keyholders) -> None:
        self._ring, self._key_store, self._keyholders = ring, key_store, keyholders

    def stretches(self, camera_no: str, spans: Sequence[Span]) -> list[Stretch]:
        """The buckets of a camera with footage of these minutes, proven by catalogue and ledger. Raises Unavailable."""
        found: dict[str, Stretch] = {}
        for span in spans:
            found.update((stretch.bucket_id, stretch) for stretch in self._ring.find_proven(camera_no, span))
        return list(found.values())

    def stored(self, stretches: dict[str, list[Stretch]]) -> dict[str, StoredKey]:
        """The key records of these buckets, by bucket; of one that was destroyed meanwhile there is none. A record says
        whose it is, and opens as nobody else's: what it does not fit is ``wrong`` from here on, and stays closed.

        Raises Unavailable where it is the index that says otherwise.
        """
        stored: dict[str, StoredKey] = {}
        for camera_no, found in stretches.items():
            for at, stretch in enumerate(found):
                record = None if stretch.wrong else self._key_store.sealed(stretch.bucket_id)
                if record is None:
                    continue
                key = record[2]
                if (key.camera_no, key.slot_start_ns) == (camera_no, stretch.slot_start_ns):
                    stored[stretch.bucket_id] = record
                elif stretch.is_open:
                    raise self._ring.proofs.doubt(stretch.bucket_id)  # of an open bucket only the index was asked
                else:
                    wrong = f"its key is of camera {key.camera_no} and slot {key.slot_start_ns}, unlike its manifest"
                    found[at] = stretch._replace(wrong=wrong)
        return stored

    def keys(self, keyholder: Seat, password: str, stored: Sequence[StoredKey]) -> BucketKeys:
        """Their keys; the vault is open for so long. Raises Unavailable after wrong passwords, Damaged."""
        with self._keyholders.unlock(keyholder.person, password) as vault:
            return vault.open_buckets(stored)
