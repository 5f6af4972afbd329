"""The ring: buckets come in as they open, close into ``ring/``, are read, and leave by destruction's one door.

``docs/design/ring.md`` has the invariants and the order of every step. Blocking and thread-safe. A file is only ever
renamed from ``open/`` to ``ring/`` here; nothing is written, and nothing is unlinked but for destruction.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from appliance.core.errors import Broken, Damaged, NotFound, NotWritable, Unavailable
from appliance.core.model import Allocation, BucketOpening, Gap, Manifest, SegmentFile, Span
from appliance.formats.segment import MEDIA, FrameInfo, scan
from appliance.formats.segment_files import segment_name
from appliance.ledger.log import Ledger
from appliance.rules.pressure import KEY_FRAMES_ONLY, LESSER_PROFILE
from appliance.rules.retention import ClockReading, RetainedBucket
from appliance.vault.index.catalogue import Allocated, AllocatedBucket, Catalogue, Closed, GapFound, Note, Opened
from appliance.vault.index.corrections import TimeReading, corrected_gaps, corrections
from appliance.vault.index.gaps import gaps_of
from appliance.vault.index.index import Index
from appliance.vault.index.projection import manifest_hash
from appliance.vault.index.shelves import Shelves
from appliance.vault.ring.proving import Proofs

__all__ = ["Ring", "Stretch", "span_of"]

LAST_FRAME_MS = 500
"""How long the last frame of a file that was cut off is taken to last: the length of a fragment."""


class Stretch(NamedTuple):
    """A bucket's part in the answer to "what is there of these minutes". ``is_open``: it is still being recorded, its
    segments have no hash yet and end where they are durable. ``by_ns``: its times are corrected by so much, because the
    clock was wrong (``T-19``); what lies in its segments is not. ``wrong`` says why nothing of it may be shown."""

    bucket_id: str
    camera_no: str
    slot_start_ns: int
    start_ns: int
    end_ns: int
    segments: tuple[SegmentFile, ...]
    is_open: bool
    by_ns: int = 0
    wrong: str = ""

    def corrected(self, by_ns: int) -> Stretch:
        """With its times moved by ``by_ns``."""
        segments = tuple(
            msgspec.structs.replace(each, start_ns=each.start_ns + by_ns, end_ns=each.end_ns + by_ns)
            for each in self.segments
        )
        return self._replace(
            start_ns=self.start_ns + by_ns, end_ns=self.end_ns + by_ns, segments=segments, by_ns=self.by_ns + by_ns
        )


def span_of(frames: list[FrameInfo], start_ns: int) -> Span | None:
    """When the packets of a segment were recorded, from the bucket's start and its fragments' milliseconds; None
    without any. A stream description has no time of its own: a segment that goes on after a gap begins with one."""
    times = [frame.ms for frame in frames if frame.type == MEDIA]
    if not times:
        return None
    first, last = times[0], times[-1]
    return Span(start_ns + first * 1_000_000, start_ns + (max(first, last) + LAST_FRAME_MS) * 1_000_000)


class Ring:
    """The store of buckets. ``lock`` is held by whoever changes it. ``index`` follows ``catalogue`` at every change;
    ``proofs`` holds the one against the other."""

    def __init__(self, shelves: Shelves, catalogue: Catalogue, index: Index, ledger: Ledger) -> None:
        self.shelves, self.catalogue, self.index, self._ledger = shelves, catalogue, index, ledger
        self.proofs = Proofs(catalogue, index, ledger)
        self._read_by_people: Callable[[], Sequence[TimeReading]] = tuple
        self._clocks_agree: Callable[[], bool] = lambda: True
        self._told_by_people: list[Callable[[str, Span], Sequence[Gap]]] = []
        self.lock = threading.RLock()
        if not index.doubt and not shelves.wrong():
            for bucket_id in shelves.in_open():  # closed, when something interrupted their move
                self._show_whole(bucket_id, [check.segment.number for check in index.segments_of(bucket_id)])

    # --- what the recorder tells ---

    def allocated(self, allocation: Allocation) -> None:
        """Notes whose keys were stored. Durable on return; a repeat is harmless. Raises NotWritable."""
        self.note(
            Allocated(
                buckets=tuple(
                    AllocatedBucket(bucket_id=b.bucket_id, camera_no=b.camera_no, slot_start_ns=b.slot_start_ns)
                    for b in allocation.buckets
                )
            )
        )

    def opened(self, opening: BucketOpening, *, emergency: bool = False) -> None:
        """A bucket began. Durable on return; a repeat is harmless. What a clock says that disagrees with itself is no
        trusted time, whatever the machine says of it. Raises NotWritable."""
        with self.lock:
            if self.index.doubt:
                known = None
            else:
                known = self.index.opening(opening.bucket_id) or self.index.closed(opening.bucket_id)
            if known is None or (emergency and not known.emergency):
                doubted = opening.trusted and not self._agree()
                self.note(Opened(opening=opening, emergency=emergency, doubted=doubted))

    def gap(self, gap: Gap) -> None:
        """Notes a span without footage and its cause. Durable on return. Raises NotWritable."""
        self.note(GapFound(gap=gap))

    def durable(self, lengths: Mapping[str, int]) -> None:
        """How many bytes of each file in ``open/`` survive a power cut now; nothing beyond is ever shown."""
        with self.lock:
            self.shelves.set_durable(lengths)

    def take(self, *manifests: Manifest) -> None:
        """Closes buckets: checked, in the catalogue, their hashes in the ledger, their files in ``ring/``; all durable
        on return. A bucket that is closed already is left as it is.

        Raises Damaged when a file is not as its manifest says (``Recovery`` then closes it from what is there),
        NotWritable, or Unavailable while the index is in doubt or says something else than the catalogue. Then what was
        not finished is at the next start.
        """
        with self.lock:
            self._need_index()
            self.shelves.need()
            new = [manifest for manifest in manifests if not self._is_closed(manifest.bucket_id)]
            for manifest in new:
                self._check(manifest)
            if new:
                size = self._ledger.size
                for manifest in new:
                    self._show_whole(manifest.bucket_id, [segment.number for segment in manifest.segments])
                self.note(*(Closed(manifest=manifest, ledger_size=size) for manifest in new))
                self._enter(new[0].slot_start_ns, {m.bucket_id: manifest_hash(m) for m in new})
            for manifest in manifests:
                self.shelves.move(manifest.bucket_id, [segment.number for segment in manifest.segments])

    def finish(self) -> list[str]:
        """Redoes what an interruption left of closing: hashes into the ledger, files into ``ring/``; as the catalogue
        has them. The bucket ids. Raises as :meth:`take`, but Damaged."""
        with self.lock:
            self._need_index()
            there = sorted(self.shelves.in_open())
            closed = [self.proofs.closed(bucket_id) for bucket_id in there if self.index.closed(bucket_id)]
            known = self._in_ledger(min((note.ledger_size for note in closed), default=self._ledger.size))
            for manifest in (note.manifest for note in closed):
                if manifest.bucket_id not in known:
                    self._enter(manifest.slot_start_ns, {manifest.bucket_id: manifest_hash(manifest)})
                self.shelves.move(manifest.bucket_id, [segment.number for segment in manifest.segments])
            return [note.manifest.bucket_id for note in closed]

    def note(self, *notes: Note) -> None:
        """Puts notes into the catalogue, durably, and lets the index follow. Raises NotWritable."""
        with self.lock:
            self.catalogue.append(*notes)
            self.index.follow()

    def compare_index(self, truth: Index) -> str:
        """In what the index is not as ``truth``, which ``index.anew()`` gave; "" where in nothing. It is made anew
        then, or stays in doubt where that fails."""
        found = self.index.differs(truth, self.lock)
        if found:
            with self.lock, contextlib.suppress(Unavailable):
                self.index.rebuild(found)
        return found

    # --- reading ---

    def find(self, camera_no: str, span: Span) -> list[Stretch]:
        """Every bucket of a camera that overlaps ``span``, closed or open, in order.

        What a wrong clock recorded is found by its true time, where that is known (``T-19``). Where a clock went back,
        times overlap, and all of it is found (``T-15``).
        """
        with self.lock:
            untrusted = self.index.untrusted(camera_no)
            wrong = corrections(untrusted, self.readings()) if untrusted else {}
            found = [Stretch(*each, is_open=False) for each in self.index.find(camera_no, span)]
            found = [each for each in found if each.bucket_id not in wrong]
            found += [
                self._closed(each.bucket_id).corrected(by_ns)
                for each in untrusted
                if (by_ns := wrong.get(each.bucket_id)) is not None
                and Span(each.start_ns + by_ns, max(each.end_ns, each.start_ns + 1) + by_ns).overlaps(span)
            ]
            found += [live for each in self.index.openings(camera_no) if (live := self._open_stretch(each))]
        found = [each for each in found if Span(each.start_ns, max(each.end_ns, each.start_ns + 1)).overlaps(span)]
        return sorted(found, key=lambda stretch: (stretch.start_ns, stretch.bucket_id))

    def find_proven(self, camera_no: str, span: Span) -> list[Stretch]:
        """As :meth:`find`, and each closed bucket is what its manifest says, whose hash the ledger has; one whose hash
        it has not is ``wrong``. Raises Unavailable where the index says something else than the catalogue."""
        with self.lock:
            return [each if each.is_open else self._proven(each) for each in self.find(camera_no, span)]

    def earliest(self, camera_no: str) -> int | None:
        """The first instant of a camera's footage (最早可調閱), None without any; by its true time where known."""
        trusted, untrusted = self.index.earliest(camera_no), self.index.untrusted(camera_no)
        wrong = corrections(untrusted, self.readings()) if untrusted else {}
        known = [each.start_ns + wrong[each.bucket_id] for each in untrusted if each.bucket_id in wrong]
        first = min([*known, *([] if trusted is None else [trusted])], default=None)
        return self.index.earliest(camera_no, trusted=False) if first is None else first

    def readings(self) -> list[ClockReading]:
        """Every moment at which time was trusted: by the machine, of each boot that opened a bucket, or by people."""
        boots = {each.boot_id: self.index.known_boot(each.boot_id) for each in self._read_by_people()}
        read = [(boots[each.boot_id], each) for each in self._read_by_people()]
        by_people = [ClockReading(number, each.boot_ns, each.wall_ns) for number, each in read if number is not None]
        return [*self.index.readings(), *by_people]

    def heed(
        self, read_by_people: Callable[[], Sequence[TimeReading]], clocks_agree: Callable[[], bool] = lambda: True
    ) -> None:
        """From here on, what two people read off a reference dates what was recorded in untrusted time, too; and time
        is untrusted also while the machine says that it is right and ``clocks_agree()`` does not."""
        self._read_by_people, self._clocks_agree = read_by_people, clocks_agree

    def hear(self, told_by_people: Callable[[str, Span], Sequence[Gap]]) -> None:
        """From here on, what people say that a maintenance or a repair cost is a noted gap as well."""
        self._told_by_people.append(told_by_people)

    def footage_in(self, camera_no: str, span: Span) -> list[Span]:
        """The parts of ``span`` with footage, what is being recorded included, in order."""
        spans = [
            part
            for stretch in self.find(camera_no, span)
            for segment in stretch.segments
            if segment.end_ns > segment.start_ns
            and (part := Span(segment.start_ns, segment.end_ns).intersect(span)) is not None
        ]
        return sorted(spans)

    def gaps_in(self, camera_no: str, span: Span) -> list[Gap]:
        """All of ``span`` without footage, each part with its cause."""
        return gaps_of(camera_no, span, self.footage_in(camera_no, span), self.noted_gaps(camera_no, span))

    def noted_gaps(self, camera_no: str, span: Span) -> list[Gap]:
        """What was noted for ``span``: what a wrong clock noted by its true time, where that is known (``T-19``)."""
        told = [gap for telling in self._told_by_people for gap in telling(camera_no, span)]
        doubtful = self.index.gaps_in_doubt(camera_no)
        if not doubtful:
            return [*self.index.noted_gaps(camera_no, span), *told]
        corrected = corrected_gaps(doubtful, self.readings())
        return [
            *told,
            *self.index.noted_gaps(camera_no, span, in_doubt=False),
            *(gap for gap in corrected if gap.start_ns < span.end_ns and gap.end_ns > span.start_ns),
        ]

    def reduced_in(self, camera_no: str, span: Span) -> list[Gap]:
        """The parts of ``span`` in which there is footage, but less than the camera sent, each with its cause. What is
        being recorded is noted when its bucket closes."""
        return [
            Gap(camera_no=camera_no, start_ns=part.start_ns, end_ns=part.end_ns, cause=gap.cause, by_ns=gap.by_ns)
            for gap in self.noted_gaps(camera_no, span)
            if gap.cause in (KEY_FRAMES_ONLY, LESSER_PROFILE)
            and (part := Span(gap.start_ns, gap.end_ns).intersect(span)) is not None
        ]

    # --- inside ---

    def _closed(self, bucket_id: str) -> Stretch:
        found = self.index.get(bucket_id)
        if found is None:
            raise Broken(f"bucket {bucket_id}: the index named it a moment ago and has it no more")
        return Stretch(*found, is_open=False)

    def _is_closed(self, bucket_id: str) -> bool:
        """By the catalogue: a row alone would keep a bucket from ever being closed. Raises Unavailable for such one."""
        return self.index.closed(bucket_id) is not None and bool(self.proofs.closed(bucket_id))

    def _proven(self, stretch: Stretch) -> Stretch:
        try:
            manifest = self.proofs.manifest(stretch.bucket_id)
        except Damaged as error:
            return stretch._replace(wrong=str(error))
        told = Stretch(
            manifest.bucket_id,
            manifest.camera_no,
            manifest.slot_start_ns,
            manifest.start_ns,
            manifest.end_ns,
            manifest.segments,
            is_open=False,
        )
        if stretch != told.corrected(stretch.by_ns):
            raise self.proofs.doubt(stretch.bucket_id)
        return stretch

    def _show_whole(self, bucket_id: str, numbers: Iterable[int]) -> None:
        """A closed bucket's files are durable to their end, although they may still lie in ``open/``: to where that
        really is, so that one which grew is seen to have grown."""
        sizes: dict[str, int] = {}
        for number in numbers:
            with contextlib.suppress(OSError):
                sizes[segment_name(bucket_id, number)] = self.shelves.fs.size(self.shelves.open_path(bucket_id, number))
        self.shelves.set_durable(sizes)

    def _agree(self) -> bool:
        try:
            return self._clocks_agree()
        except NotWritable:
            return False  # a step that cannot be entered is a step; recording goes on

    def _need_index(self) -> None:
        if self.index.doubt:
            raise Unavailable.of("index-doubt", why=self.index.doubt)

    def _check(self, manifest: Manifest) -> None:
        for segment in manifest.segments:
            path = self.shelves.open_path(manifest.bucket_id, segment.number)
            try:
                links, size = self.shelves.fs.links(path), self.shelves.fs.size(path)
            except OSError as error:
                raise Damaged(f"{path}: {error.strerror}, but its manifest names it; look at the disk") from error
            if links != 1:
                raise Damaged(f"{path}: has {links} names or is no plain file; someone tampered with it")
            if size != segment.bytes:
                raise Damaged(f"{path}: {size} bytes, but its manifest says {segment.bytes}")

    def _enter(self, slot_start_ns: int, hashes: Mapping[str, bytes]) -> None:
        manifests = {bucket_id: digest.hex() for bucket_id, digest in hashes.items()}
        self._ledger.append("manifests.closed", {"slot_start_ns": slot_start_ns, "manifests": manifests})

    def _in_ledger(self, start: int) -> set[str]:
        """The buckets whose hash is in the ledger's entries from ``start`` on."""
        entries = self._ledger.entries(start)
        return {bucket for entry in entries if entry.kind == "manifests.closed" for bucket in entry.fields["manifests"]}

    def _open_stretch(self, opening: BucketOpening) -> Stretch | None:
        """The durable part of a bucket that is being recorded; None while nothing of it is."""
        segments = []
        for number, length in self.shelves.durable(opening.bucket_id):
            read_at = functools.partial(self.shelves.read_at, opening.bucket_id, number)
            try:
                frames = scan(read_at, length, check_crc=False).frames
            except (NotFound, Unavailable, OSError):
                continue  # the disk is away or does not read: it is not there now, and its finding says why
            if span := span_of(frames, opening.start_ns):
                segments.append(
                    SegmentFile(
                        number=number,
                        bytes=length,
                        sha256="",
                        frames=len(frames),
                        start_ns=span.start_ns,
                        end_ns=span.end_ns,
                        complete=False,
                    )
                )
        if not segments:
            return None
        end_ns = max(segment.end_ns for segment in segments)
        found = Stretch(
            opening.bucket_id,
            opening.camera_no,
            opening.slot_start_ns,
            opening.start_ns,
            end_ns,
            tuple(segments),
            is_open=True,
        )
        if opening.trusted:
            return found
        boot_no = self.index.boot_no(opening.boot_id)
        kept = RetainedBucket(
            opening.bucket_id, opening.camera_no, opening.start_ns, end_ns, 0, False, boot_no, opening.boot_ns
        )
        return found.corrected(corrections([kept], self.readings()).get(opening.bucket_id, 0))
