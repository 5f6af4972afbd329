"""Everything checked at once, for ``appliance verify``: files against manifests, manifests against the ledger, both
ways, and the index against the catalogue (``INV-26``). Needs the catalogue key and no other.

What a file must be comes from the sealed catalogue alone: the index is an open file, and whoever can cut a segment can
write a row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from appliance.core.model import Span
from appliance.formats.segment_files import segment_name
from appliance.ledger.log import Ledger
from appliance.vault.index.catalogue import Closed
from appliance.vault.index.index import ClosedBucket, Index, SegmentCheck
from appliance.vault.index.projection import manifest_hash
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.ring.ring import Ring
from appliance.vault.ring.scrub import Damage, judge_file

__all__ = ["Bad", "Report", "verify_all", "without_key"]

_ALLOCATED_AHEAD_NS = 2 * 3600 * 1_000_000_000
"""A recorder that runs on while a new anchor is made has keys of the old vault for so long at most."""


class Bad(NamedTuple):
    """One thing that does not fit. ``number`` is -1 for a whole bucket, ``camera_no`` "" when nothing names it.

    ``what``: ``missing``, ``unreadable``, ``size``, ``exchanged``, ``changed`` (a segment file); ``added`` (a file
    nobody closed, its name in ``detail``); ``manifest changed`` (its hash is not the ledger's), ``manifest missing``
    (the ledger has one, the catalogue none), ``not in ledger``, ``key missing`` (the key store does not have its key),
    ``destroyed unrecorded`` (the catalogue says so, the ledger does not); ``set aside`` (an entry of the catalogue that
    cannot be applied, told in ``detail``). ``index changed``: the index was not what the catalogue says, in ``detail``
    where; it was made anew. Of the footage's place as a whole, with a sentence in ``detail``: ``disk missing``,
    ``disk unreadable``, ``disk moved``, ``disk foreign`` (nothing in it was checked) and ``disk older`` (an older copy,
    which was checked).
    From ``start_ns`` to ``end_ns`` is what it hits, as narrowly as is known (both 0: not known); ``file`` is its path,
    "" when it is no one file.
    """

    bucket_id: str
    number: int
    camera_no: str
    what: str
    detail: str = ""
    start_ns: int = 0
    end_ns: int = 0
    file: str = ""


class Report(NamedTuple):
    """``open_buckets`` are still being recorded: they have no hash yet, and were not checked."""

    segments: int
    bad: tuple[Bad, ...]
    open_buckets: int = 0


def verify_all(
    ring: Ring,
    ledger: Ledger,
    progress: Callable[[int, int], None] = lambda done, of: None,
    key_store: KeyStore | None = None,
) -> Report:
    """Reads the whole store. ``progress(done, of)`` is told after each bucket. An index that is not what the catalogue
    says is made anew. Of ``key_store`` it is asked whether it has each bucket's key; none is opened. Raises Damaged
    when catalogue or ledger do not open at all, Unavailable where the catalogue's tables cannot be made."""
    with ring.index.anew() as truth:
        wrong = ring.compare_index(truth)
        bad = [Bad("", -1, "", "index changed", wrong)] if wrong else []
        bad += _manifests(ring, ledger, truth)
        buckets = truth.all_closed()
        segments = 0
        for done, bucket in enumerate(buckets, 1):
            for check in truth.segments_of(bucket.bucket_id):
                segments += 1
                if damage := judge_file(ring, check, truth):
                    bad.append(_damaged(ring, bucket.camera_no, check, damage))
            progress(done, len(buckets))
        if key_store is not None:
            bad += [
                Bad(each.bucket_id, -1, each.camera_no, "key missing", start_ns=each.start_ns, end_ns=each.end_ns)
                for each in without_key(ring, truth, key_store, ledger)
            ]
        there = list(ring.shelves.in_ring())
        truth.follow()  # what was closed meanwhile has its place, what was destroyed has none
        named = {segment_name(each.bucket_id, n) for each in truth.all_closed() for n in each.numbers}
        bad += [
            Bad(name.split(".")[0], -1, "", "added", name, file=ring.shelves.path_of(name))
            for name in there
            if name not in named and ring.shelves.fs.exists(ring.shelves.path_of(name))
        ]
        still = {bucket.bucket_id for bucket in buckets if truth.closed(bucket.bucket_id) is not None}
        waiting = sum(truth.closed(bucket_id) is None for bucket_id in ring.shelves.in_open())
    sure = tuple(b for b in bad if b.what in _FOR_GOOD or not b.camera_no or b.bucket_id in still)
    return Report(segments, sure, waiting)


def without_key(ring: Ring, index: Index, key_store: KeyStore, ledger: Ledger) -> list[ClosedBucket]:
    """Closed buckets whose key the key store does not have although nobody destroyed it: of a shard that was cut behind
    an entry nothing else tells. What people gave up with a lost anchor is not among them, nor anything while the store
    is shut, which is told by itself. Raises Unavailable."""
    if key_store.shut:
        return []
    begun = (entry.at_ns for entry in ledger.generations() if entry.kind == "anchor.made")
    since_ns = max((at_ns + _ALLOCATED_AHEAD_NS for at_ns in begun), default=0)
    found = [each for each in index.all_closed() if each.start_ns >= since_ns and each.bucket_id not in key_store]
    if not found:
        return []
    with ring.lock:  # while a destruction goes on its keys are gone before its entry is made
        index.follow()
        return [each for each in found if index.closed(each.bucket_id) is not None and each.bucket_id not in key_store]


def _damaged(ring: Ring, camera_no: str, check: SegmentCheck, damage: Damage) -> Bad:
    """The spans that are lost, where it is known which; else the whole segment."""
    segment = check.segment
    spans = damage.lost or (Span(segment.start_ns, segment.end_ns),)
    return Bad(
        check.bucket_id,
        segment.number,
        camera_no,
        damage.what,
        start_ns=min(span.start_ns for span in spans),
        end_ns=max(span.end_ns for span in spans),
        file=ring.shelves.ring_path(check.bucket_id, segment.number),
    )


_FOR_GOOD = ("manifest changed", "manifest missing", "not in ledger", "destroyed unrecorded", "added", "set aside")


def _manifests(ring: Ring, ledger: Ledger, truth: Index) -> list[Bad]:
    """The catalogue's manifests against the ledger's hashes."""
    with ring.lock:
        entered: dict[bytes, bytes] = {}
        ended: set[bytes] = set()
        for entry in ledger.entries():
            if entry.kind == "manifests.closed":
                for bucket_id, digest in entry.fields["manifests"].items():
                    entered.setdefault(bytes.fromhex(bucket_id), bytes.fromhex(digest))
            elif entry.kind == "destroy.done":
                ended.update(bytes.fromhex(bucket_id) for bucket_id in entry.fields["buckets"])
        bad: list[Bad] = []
        seen: set[bytes] = set()
        truth.follow()
        present = {bytes.fromhex(bucket.bucket_id) for bucket in truth.all_closed()}
        for _, notes in ring.catalogue.entries():
            for note in notes:
                if not isinstance(note, Closed):
                    continue
                manifest = note.manifest
                bucket = bytes.fromhex(manifest.bucket_id)
                seen.add(bucket)
                wrong = partial(
                    Bad, manifest.bucket_id, -1, manifest.camera_no, start_ns=manifest.start_ns, end_ns=manifest.end_ns
                )
                if bucket not in entered:
                    bad.append(wrong("not in ledger"))
                elif entered[bucket] != manifest_hash(manifest):
                    bad.append(wrong("manifest changed"))
                if bucket not in present and bucket not in ended:
                    bad.append(wrong("destroyed unrecorded"))
    bad += [
        Bad("", -1, "", "set aside", f"{ring.catalogue.path_of(place.file)}, entry {place.entry}: {why}")
        for place, why in ring.index.set_aside()
    ]
    bad += [Bad(bucket.hex(), -1, "", "manifest missing") for bucket in entered if bucket not in seen]
    return bad
