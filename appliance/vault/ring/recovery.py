"""Closing what nobody closed: after a power cut, a crash of the recorder, or reports that never came. Without any key.

What is found is kept as it is, torn tail and all; the manifest says how much of it is whole. Idempotent: a bucket is
closed by one entry of the catalogue, and everything after it is redone at the next start. Nothing is destroyed here.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Broken, Damaged, NotWritable, Unavailable, VaultMismatch
from appliance.core.model import BucketOpening, Gap, Manifest, SegmentFile
from appliance.formats.segment import scan
from appliance.formats.segment_files import segment_name, segment_of
from appliance.vault.index.catalogue import AllocatedBucket
from appliance.vault.index.gaps import RESTART
from appliance.vault.keys.emergency import SUFFIX, open_emergency
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.ring.ring import Ring, span_of

__all__ = ["Recovered", "Recovery", "Trouble"]

"""The cause of a gap from where a bucket was cut off to when the recorder was back."""

_BLOCK_BYTES = 1 << 20


class Trouble(NamedTuple):
    """What recovery could not settle. ``what``: ``unknown`` (no opening or allocation names it), ``undated`` (no
    opening: only its slot is known), ``unreadable``, ``altered``; the file stays where it is. ``destroyed``: a key
    record of a destroyed bucket that somebody put back; it was removed (``T-58``). ``planted``: footage that was sealed
    to a key which is not the office's vault key."""

    what: str
    name: str
    detail: str


class Recovered(NamedTuple):
    """``finished``: buckets whose closing was redone; ``closed``: those closed from what was found; ``emergencies``:
    those whose emergency record was taken over."""

    finished: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    emergencies: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()


class Recovery:
    """Blocking; holds the ring's lock while it works."""

    def __init__(
        self,
        ring: Ring,
        keystore: KeyStore,
        catalogue_private: X25519PrivateKey,
        *,
        need_vault: Callable[[str, str], None] = lambda vault_key, what: None,
    ) -> None:
        """``need_vault(vault_key, what)`` raises VaultMismatch for a key that is not the office's."""
        self._ring, self._keystore, self._private, self._need_vault = ring, keystore, catalogue_private, need_vault
        self._fs, self._open_dir = ring.shelves.fs, ring.shelves.open_dir

    def at_start(self) -> Recovered:
        """When the keeper starts: the recorder may be recording, so only what is certain. Emergency records that are
        whole are taken over, closings that had begun are finished. Raises NotWritable, Unavailable."""
        with self._ring.lock:
            self._ring.shelves.need()
            emergencies, troubles = self._take_over(lambda name: False)
            return Recovered(tuple(self._ring.finish()), (), tuple(emergencies), tuple(troubles))

    def at_hello(self, live: Collection[str], wall_ns: int, left: Collection[str] | None = None) -> Recovered:
        """When the recorder says which files are its own (names in ``open/``): others are closed as they are.

        ``left``: what lay there when it began, or that it gave up; then nothing else is touched, because it may have
        begun a file since it spoke. ``wall_ns``: when it started to record again, as far as anyone knows. Raises
        NotWritable, Unavailable.
        """
        with self._ring.lock:
            self._ring.shelves.need()
            emergencies, troubles = self._take_over(lambda name: name not in live and (left is None or name in left))
            finished = self._ring.finish()
            busy, named = _buckets_of(live), None if left is None else _buckets_of(left)
            there = self._ring.shelves.in_open()
            abandoned = {b: there[b] for b in sorted(there.keys() - busy) if named is None or b in named}
            closed = []
            begun = self._begun(abandoned)
            if abandoned:
                self._sync()
            for bucket_id, numbers in abandoned.items():
                found = self._close(bucket_id, begun.get(bucket_id), numbers, wall_ns)
                closed += [bucket_id] if found.closed else []
                troubles += found.troubles
            troubles += [
                Trouble("unknown", name, "no file of the recorder's; look at who put it there")
                for name in self._fs.list_dir(self._open_dir)
                if segment_of(name) is None and not name.endswith(SUFFIX)
            ]
            return Recovered(tuple(finished), tuple(closed), tuple(emergencies), tuple(troubles))

    def close(self, manifest: Manifest, wall_ns: int) -> Recovered:
        """Takes a manifest that the recorder reports; if a file is not as it says, the bucket is closed as found."""
        with self._ring.lock:
            try:
                self._ring.take(manifest)
            except Damaged as error:
                numbers = self._ring.shelves.in_open().get(manifest.bucket_id, [])
                begun = self._begun([manifest.bucket_id]).get(manifest.bucket_id)
                self._sync()
                found = self._close(manifest.bucket_id, begun, numbers, wall_ns, manifest.gaps)
                if any(segment.damaged for segment in manifest.segments):
                    return found  # its disk failed while it was written, and that is told
                trouble = Trouble("altered", manifest.bucket_id, str(error))
                return found._replace(troubles=(trouble, *found.troubles))
            return Recovered(closed=(manifest.bucket_id,))

    # --- emergency records ---

    def _take_over(self, was_left: Callable[[str], bool]) -> tuple[list[str], list[Trouble]]:
        """Takes over every emergency record that is whole. One that is not may be in the making, unless it was left.

        While the key store takes none, they stay where they are; what they say of the bucket is noted all the same.
        """
        takes = self._key_store_takes()
        taken: list[str] = []
        troubles: list[Trouble] = []
        for name in self._fs.list_dir(self._open_dir):
            if not name.endswith(SUFFIX):
                continue
            path = os.path.join(self._open_dir, name)
            try:
                emergency = open_emergency(self._private, name, self._fs.read(path))
                if self._ring.index.destroyed_among([emergency.opening.bucket_id]):
                    self._remove(path)
                    troubles.append(Trouble("destroyed", name, "its bucket is destroyed; it came back and was removed"))
                    continue
                if not takes:
                    self._note(emergency.opening)
                    continue
                self._keystore.add(emergency.allocation)
            except (Damaged, Broken) as error:
                if was_left(name):
                    troubles.append(Trouble("unreadable", name, str(error)))
                continue
            bucket_id = emergency.opening.bucket_id
            try:
                self._need_vault(emergency.allocation.vault_key, f"bucket {bucket_id}")
            except VaultMismatch as error:  # kept with the rest: so that it is destroyed as certainly in its time
                troubles.append(Trouble("planted", bucket_id, str(error)))
            self._ring.opened(emergency.opening, emergency=True)
            self._remove(path)
            taken.append(bucket_id)
        return taken, troubles

    def _remove(self, path: str) -> None:
        self._fs.unlink(path)
        self._fs.sync_dir(self._open_dir)

    def _note(self, opening: BucketOpening) -> None:
        index = self._ring.index
        if index.opening(opening.bucket_id) is None and index.closed(opening.bucket_id) is None:
            self._ring.opened(opening, emergency=True)

    def _key_store_takes(self) -> bool:
        try:
            self._keystore.check_open()
        except Unavailable:
            return False
        return True

    # --- buckets nobody closed ---

    def _sync(self) -> None:
        """The recorder may have died and the disk kept its power: what it wrote is made durable before it is hashed."""
        try:
            self._fs.sync_fs(self._open_dir)
        except OSError as error:
            raise NotWritable.of("open-unsynced", folder=self._open_dir, why=error.strerror) from error

    def _begun(self, bucket_ids: Collection[str]) -> dict[str, BucketOpening | AllocatedBucket]:
        """How each of these buckets began, by the index and proven by the catalogue: what is closed by it is said for
        good. Raises Unavailable where they differ."""
        index, said = self._ring.index, dict[str, BucketOpening | AllocatedBucket]()
        for bucket_id in bucket_ids:
            if (known := index.opening(bucket_id)) is not None:
                said[bucket_id] = known.opening
            elif (allocated := index.allocated(bucket_id)) is not None:
                said[bucket_id] = allocated
        self._ring.proofs.begun(said)
        return said

    def _close(
        self,
        bucket_id: str,
        begun: BucketOpening | AllocatedBucket | None,
        numbers: list[int],
        wall_ns: int,
        noted: Sequence[Gap] = (),
    ) -> Recovered:
        """Closes one bucket from its files, which are durable, and how it began; ``noted`` are the gaps whose cause the
        recorder knew. Raises NotWritable."""
        opening, troubles = self._opening(begun)
        if opening is None:
            names = [segment_name(bucket_id, number) for number in numbers]
            detail = "no opening and no allocation names it; it stays here, find out where it came from"
            return Recovered(troubles=tuple(Trouble("unknown", name, detail) for name in names))
        segments = []
        for number in numbers:
            found = self._segment(opening, number)
            if isinstance(found, Trouble):
                return Recovered(troubles=(*troubles, found))
            segments.append(found)
        manifest = self._manifest(opening, segments, wall_ns, noted)
        try:
            self._ring.take(manifest)
        except Damaged as error:
            return Recovered(troubles=(*troubles, Trouble("altered", bucket_id, str(error))))
        return Recovered(closed=(bucket_id,), troubles=tuple(troubles))

    def _opening(self, begun: BucketOpening | AllocatedBucket | None) -> tuple[BucketOpening | None, list[Trouble]]:
        """The bucket's opening, or what the allocation says of it: then only its slot is known, and no clock."""
        if not isinstance(begun, AllocatedBucket):
            return begun, []
        opening = BucketOpening(
            bucket_id=begun.bucket_id,
            camera_no=begun.camera_no,
            slot_start_ns=begun.slot_start_ns,
            start_ns=begun.slot_start_ns,
            boot_id="",
            boot_ns=0,
            trusted=False,
        )
        detail = "its opening never came; it is dated by its slot, untrusted"
        return opening, [Trouble("undated", begun.bucket_id, detail)]

    def _segment(self, opening: BucketOpening, number: int) -> SegmentFile | Trouble:
        """A file as it lies there: hashed whole, its frames counted to the last good one."""
        path = self._ring.shelves.open_path(opening.bucket_id, number)
        name = os.path.basename(path)
        try:
            size = self._fs.size(path)
            if self._fs.links(path) != 1:
                return Trouble("altered", name, "it has several names or is no plain file; someone tampered with it")
            found = scan(functools.partial(self._fs.read_at, path), size)
            digest = hashlib.sha256()
            for offset in range(0, size, _BLOCK_BYTES):
                digest.update(self._fs.read_at(path, offset, _BLOCK_BYTES))
        except OSError as error:
            return Trouble("unreadable", name, f"it cannot be read ({error.strerror}); look at the disk")
        span = span_of(found.frames, opening.start_ns)
        return SegmentFile(
            number=number,
            bytes=size,
            sha256=digest.hexdigest(),
            frames=len(found.frames),
            start_ns=span.start_ns if span else opening.start_ns,
            end_ns=span.end_ns if span else opening.start_ns,
            complete=found.complete,
        )

    def _manifest(
        self, opening: BucketOpening, segments: list[SegmentFile], wall_ns: int, noted: Sequence[Gap]
    ) -> Manifest:
        """``end_ns`` is that of the last whole frame; from there to the camera's next footage, or to ``wall_ns``, is a
        gap, unless the clock says otherwise or the bucket was over anyway."""
        end_ns = max(opening.start_ns, opening.slot_start_ns, *(segment.end_ns for segment in segments))
        back_ns = min([wall_ns, *self._next_starts(opening, end_ns)])
        gaps = list(noted)
        if back_ns > end_ns:
            gaps.append(Gap(camera_no=opening.camera_no, start_ns=end_ns, end_ns=back_ns, cause=RESTART))
        return Manifest.of(opening, end_ns, segments, gaps=gaps, ended_by=RESTART, recovered=True)

    def _next_starts(self, opening: BucketOpening, after_ns: int) -> list[int]:
        """When the camera recorded again after this bucket, as far as it is known."""
        index = self._ring.index
        starts = [other.start_ns for other in index.openings(opening.camera_no) if other.bucket_id != opening.bucket_id]
        closed = index.next_start_ns(opening.camera_no, after_ns)
        starts += [closed] if closed is not None else []
        latest = max(opening.start_ns, after_ns - SLOT_NS)
        return [start_ns for start_ns in starts if start_ns > latest]


def _buckets_of(names: Collection[str]) -> set[str]:
    return {part[0] for name in names if (part := segment_of(name))}
