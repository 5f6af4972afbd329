"""What the recorder reports of footage: keys, buckets, gaps. All of it but the lengths is durable before the answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection

from appliance.core.clock import SLOT_NS, Clock
from appliance.core.errors import Broken, Refused, Unavailable, VaultMismatch
from appliance.core.model import Allocation, BucketOpening, Gap, Manifest
from appliance.formats.segment_files import segment_of
from appliance.protocol.endpoint import Done, Request, Served, serves, serves_body
from appliance.protocol.recorder import ALLOCATE, BUCKET_CLOSED, BUCKET_OPENED, DURABLE, GAP, DurableLengths
from appliance.services.findings import FindingBook
from appliance.services.recording.state import RecorderState
from appliance.services.recording.wire import need_greeted, record_in
from appliance.vault.keys.emergency import SUFFIX
from appliance.vault.keys.keyfiles import day_of
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.vaultkey import VaultKeyFile
from appliance.vault.ring.recovery import Recovered, Recovery
from appliance.vault.ring.ring import Ring

__all__ = ["FootageHandlers"]

_MOST_DAYS = 3
"""Local days that one allocation may reach over: keys are made for the next two hours."""


class FootageHandlers:
    """``known_cameras()``: the numbers of all that are in force or ever were; ``check_vault_key()``: the key in
    ``boot/`` is put right; ``report_troubles``: makes findings of what recovery could not settle."""

    def __init__(
        self,
        state: RecorderState,
        ring: Ring,
        recovery: Recovery,
        key_store: KeyStore,
        vault_key: VaultKeyFile,
        findings: FindingBook,
        clock: Clock,
        *,
        known_cameras: Callable[[], Collection[str]],
        check_vault_key: Callable[[], None],
        report_troubles: Callable[[Recovered], None],
    ) -> None:
        self._state, self._ring, self._recovery = state, ring, recovery
        self._key_store, self._vault_key, self._findings, self._clock = key_store, vault_key, findings, clock
        self._known_cameras, self._check_vault_key = known_cameras, check_vault_key
        self._report_troubles = report_troubles

    def served(self) -> tuple[Served, ...]:
        return (
            serves_body(ALLOCATE, self._allocate),
            serves_body(BUCKET_OPENED, self._opened),
            serves(DURABLE, self._durable),
            serves_body(BUCKET_CLOSED, self._closed),
            serves_body(GAP, self._gap),
        )

    def _allocate(self, request: Request, body: bytes) -> Done:
        """Refused, and not put off, while the key store takes nothing: the recorder then keeps the record beside the
        footage at once, and its other reports do not wait behind this one. VaultMismatch, and a finding, for one that
        is sealed to another vault key than the ledger's: the recorder then makes no key at all."""
        need_greeted(self._state)
        allocation = record_in(body, Allocation)
        if (days := len({day_of(bucket.slot_start_ns) for bucket in allocation.buckets})) > _MOST_DAYS:
            raise Broken(f"recorder: an allocation for {days} days; keys are made ahead for at most {_MOST_DAYS}")
        for bucket in allocation.buckets:
            self._need_known(bucket.camera_no)
            if bucket.slot_start_ns % SLOT_NS:
                raise Broken(f"recorder: a key for a slot that begins at {bucket.slot_start_ns}, where none begins")
        self._check_vault_key()
        try:
            self._vault_key.need(allocation.vault_key, f"allocation {allocation.allocation_id}")
        except VaultMismatch as error:
            self._findings.open("vault-altered", "storage", str(error))
            raise
        try:
            self._key_store.check_open()
        except Unavailable as error:
            raise Refused(str(error)) from error
        self._key_store.add(allocation)
        self._ring.allocated(allocation)
        return Done()

    def _need_known(self, camera_no: str) -> None:
        """Raises Refused for a camera that never was in force or asked for: nothing is recorded of it (``INV-10``).
        What is reported of one that was taken away meanwhile is taken."""
        if camera_no not in self._known_cameras():
            raise Refused(f"recorder: there is no camera {camera_no[:64]!r}; the recorder reads another registry")

    def _opened(self, request: Request, body: bytes) -> Done:
        need_greeted(self._state)
        opening = record_in(body, BucketOpening)
        self._need_allocation(opening)
        self._ring.opened(opening)
        return Done()

    def _need_allocation(self, reported: BucketOpening | Manifest) -> None:
        """Raises Refused for a bucket whose key nobody stored, in the key store or beside the footage: nobody could
        ever open it. What lies in ``open/`` of it stays there, and the next hello names it."""
        index, shelves, bucket_id = self._ring.index, self._ring.shelves, reported.bucket_id
        if index.doubt:
            return  # it answers nothing; what is reported now is judged when it is made anew
        opened, allocated = index.opening(bucket_id), index.allocated(bucket_id)
        known = opened.opening if opened is not None else allocated or index.closed(bucket_id)
        if known is None:
            shelves.need()
            if shelves.fs.exists(os.path.join(shelves.open_dir, bucket_id + SUFFIX)):
                return
            raise Refused(
                f"recorder: bucket {bucket_id} was never allocated; look at who put its file into {shelves.open_dir}"
            )
        if (known.camera_no, known.slot_start_ns) != (reported.camera_no, reported.slot_start_ns):
            raise Refused(
                f"recorder: bucket {bucket_id} is camera {known.camera_no}'s of another slot or camera than is "
                "reported now; its file stays in open/"
            )

    def _durable(self, request: DurableLengths) -> Done:
        need_greeted(self._state)
        for name in request.lengths:
            if segment_of(name) is None:
                raise Broken(f"recorder: a durable length of {name!r}, which is no segment file")
        self._ring.durable(request.lengths)
        return Done()

    def _closed(self, request: Request, body: bytes) -> Done:
        need_greeted(self._state)
        manifest = record_in(body, Manifest)
        self._need_allocation(manifest)
        for gap in manifest.gaps:
            if gap.camera_no != manifest.camera_no:
                raise Refused(f"recorder: the manifest of bucket {manifest.bucket_id} has a gap of another camera")
            _need_span(gap)
        self._report_troubles(self._recovery.close(manifest, self._clock.wall_ns()))
        return Done()

    def _gap(self, request: Request, body: bytes) -> Done:
        need_greeted(self._state)
        gap = record_in(body, Gap)
        self._need_known(gap.camera_no)
        _need_span(gap)
        self._ring.gap(gap)
        return Done()


def _need_span(gap: Gap) -> None:
    if gap.end_ns <= gap.start_ns:
        raise Broken(f"recorder: a gap from {gap.start_ns} to {gap.end_ns}, which is no time")
