"""Everything checked at once, for ``appliance verify``: files against manifests, manifests against the ledger, both
ways (``INV-26``). Needs the catalogue key and no other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from appliance.custody.index.catalogue import Closed
from appliance.custody.index.index import SegmentCheck
from appliance.custody.index.projection import manifest_hash
from appliance.custody.ring.ring import Ring
from appliance.custody.ring.scrub import Damage, judge_file
from appliance.ledger.log import Ledger
from appliance.model import Span
from appliance.recorder.writer import segment_name

__all__ = ["Bad", "Report", "verify_all"]


class Bad(NamedTuple):
    """One thing that does not fit. ``number`` is -1 for a whole bucket, ``camera_no`` "" when nothing names it.

    ``what``: ``missing``, ``unreadable``, ``size``, ``exchanged``, ``changed`` (a segment file); ``added`` (a file
    nobody closed, its name in ``detail``); ``manifest changed`` (its hash is not the ledger's), ``manifest missing``
    (the ledger has one, the catalogue none), ``not in ledger``, ``destroyed unrecorded`` (the catalogue says so, the
    ledger does not). Of the footage's place as a whole, with a sentence in ``detail``: ``disk missing``,
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


def verify_all(ring: Ring, ledger: Ledger, progress: Callable[[int, int], None] = lambda done, of: None) -> Report:
    """Reads the whole store. ``progress(done, of)`` is told after each bucket. Raises Damaged when catalogue or ledger
    do not open at all."""
    bad = _manifests(ring, ledger)
    buckets = ring.index.all_closed()
    segments = 0
    named: set[str] = set()
    for done, bucket in enumerate(buckets, 1):
        for check in ring.index.segments_of(bucket.bucket_id):
            segments += 1
            named.add(segment_name(bucket.bucket_id, check.segment.number))
            if damage := judge_file(ring, check):
                bad.append(_damaged(ring, bucket.camera_no, check, damage))
        progress(done, len(buckets))
    bad += [
        Bad(name.split(".")[0], -1, "", "added", name, file=ring.shelves.path_of(name))
        for name in ring.shelves.in_ring()
        if name not in named
    ]
    still = {bucket.bucket_id for bucket in buckets if ring.index.closed(bucket.bucket_id) is not None}
    waiting = sum(ring.index.closed(bucket_id) is None for bucket_id in ring.shelves.in_open())
    sure = tuple(b for b in bad if b.what in _FOR_GOOD or not b.camera_no or b.bucket_id in still)
    return Report(segments, sure, waiting)


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


_FOR_GOOD = ("manifest changed", "manifest missing", "not in ledger", "destroyed unrecorded", "added")


def _manifests(ring: Ring, ledger: Ledger) -> list[Bad]:
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
        present = {bytes.fromhex(bucket.bucket_id) for bucket in ring.index.all_closed()}
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
    bad += [Bad(bucket.hex(), -1, "", "manifest missing") for bucket in entered if bucket not in seen]
    return bad
