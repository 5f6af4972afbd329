"""What is certain of a closed bucket: its manifest as the sealed catalogue has it, and its hash in the ledger.

The index says where the manifest is; that it says so proves nothing (``docs/design/ring.md``). Where its row leads
elsewhere, or says something else than the manifest, it is in doubt from then on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from appliance.core.errors import Damaged, Unavailable
from appliance.core.model import BucketOpening, Manifest
from appliance.ledger.log import Ledger
from appliance.rules.retention import RetainedBucket
from appliance.vault.index.catalogue import Allocated, AllocatedBucket, Catalogue, Closed, Opened, Place
from appliance.vault.index.index import Index, SegmentCheck
from appliance.vault.index.projection import manifest_hash

__all__ = ["Proofs"]


class Proofs:
    """Blocking and thread-safe. Everything raises Unavailable where the index says something else than the catalogue;
    it is in doubt then, and made anew within a minute."""

    def __init__(self, catalogue: Catalogue, index: Index, ledger: Ledger) -> None:
        self._catalogue, self._index, self._ledger = catalogue, index, ledger

    def closed(self, bucket_id: str) -> Closed:
        """The note that closed a bucket, which the index knows as closed."""
        place = self._index.place_of(bucket_id)
        notes = () if place is None else self._catalogue.notes_at(place)
        for note in notes:
            if isinstance(note, Closed) and note.manifest.bucket_id == bucket_id:
                return note
        raise self.doubt(bucket_id)

    def manifest(self, bucket_id: str) -> Manifest:
        """The manifest of a closed bucket, whose hash the ledger has. Raises Damaged where the ledger has none of it or
        another."""
        note = self.closed(bucket_id)
        for number in range(note.ledger_size, self._ledger.size):
            entry = self._ledger.entry(number)
            if entry.kind == "manifests.closed" and bucket_id in entry.fields["manifests"]:
                if entry.fields["manifests"][bucket_id] == manifest_hash(note.manifest).hex():
                    return note.manifest
                break
        raise Damaged(
            f"bucket {bucket_id}: its manifest is not the one in the ledger, so nothing of it is shown; "
            "run `appliance verify` and compare with a head outside"
        )

    def check(self, segment: SegmentCheck) -> SegmentCheck:
        """A segment as its manifest has it."""
        manifest = self.closed(segment.bucket_id).manifest
        named = manifest.camera_no, manifest.start_ns
        if (segment.camera_no, segment.start_ns) != named or segment.segment not in manifest.segments:
            raise self.doubt(segment.bucket_id)
        return segment

    def check_kept(self, kept: RetainedBucket) -> None:
        """That retention judged a bucket by what its manifest says: its camera, its span, what it takes, and that its
        time was trusted."""
        manifest = self.closed(kept.bucket_id).manifest
        span = manifest.start_ns, max(manifest.start_ns, manifest.end_ns)
        if (
            (kept.camera_no, kept.start_ns, kept.end_ns) != (manifest.camera_no, *span)
            or (kept.bytes, kept.boot_ns) != (manifest.bytes, manifest.boot_ns)
            or (kept.trusted and not manifest.trusted)
        ):
            raise self.doubt(kept.bucket_id)

    def begun(self, said: Mapping[str, BucketOpening | AllocatedBucket]) -> None:
        """That the catalogue has of each of these buckets what the index says: how it was opened, or that it was
        allocated and not opened. Read from the newest file back: what nobody closed is of these days."""
        left = dict(said)
        for number in range(self._catalogue.end.file, 0, -1):
            noted: dict[str, list[BucketOpening | AllocatedBucket]] = defaultdict(list)
            for place, notes in self._catalogue.entries(Place(number, 0)):
                if place.file != number:
                    break
                for note in notes:
                    if isinstance(note, Opened) and note.opening.bucket_id in left:
                        noted[note.opening.bucket_id].append(note.opening)
                    elif isinstance(note, Allocated):
                        for each in note.buckets:
                            if each.bucket_id in left:
                                noted[each.bucket_id].append(each)
            for bucket_id, there in noted.items():
                opened = any(isinstance(each, BucketOpening) for each in there)
                if opened and isinstance(left[bucket_id], AllocatedBucket):
                    raise self.doubt(bucket_id)
                if left[bucket_id] in there:
                    del left[bucket_id]
            if not left:
                return
        for bucket_id in left:
            raise self.doubt(bucket_id)

    def doubt(self, bucket_id: str) -> Unavailable:
        """What the index says of a bucket is not what the catalogue says: the error to raise."""
        why = f"bucket {bucket_id} is not as the catalogue has it"
        self._index.contradict(why)
        return Unavailable.of("index-anew", bucket=bucket_id)
