"""Making the copy that an agency is given on a medium: all that was granted, streamed from the ring to the stick.

A job of the keeper. In this order: the register is asked and the stick held; ``grant.opened`` with the copy's id and
its medium is durable, and the keys are opened; the stick is wiped; each camera's minutes are in a durable
``footage.released`` before a byte of them is decrypted; the archive goes to the stick as it is made, nothing of it on
a disk of ours (``INV-20``); once all media are in, the keys are wiped and row A16 is entered with the manifest's hash,
whose proof closes the archive; the stick is finished and let go; ``copy.written`` is entered.

What fails before A16 leaves the case where it was. What fails after leaves a copy that was made and never written:
another takes its place once its medium is destroyed (A16a, ``T-49``).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
from collections.abc import Callable

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Broken, NotAllowed, RecorderError, Refused
from appliance.core.messages import coded
from appliance.formats.copy_package.manifest import CopyManifest
from appliance.formats.copy_package.proof import LedgerProof, proof_of
from appliance.ledger.log import Ledger
from appliance.medium.client import MediumClient
from appliance.rules.cases.judging import Refusal
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.ranges import granted_scopes
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import State
from appliance.rules.cases.typed import CaseTyped
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.copies.agency.jobs import MediumJobs
from appliance.services.copies.agency.making import AgencyMaking, CopyOrder, why_failed
from appliance.services.copies.agency.phrases import Phrases
from appliance.services.copies.agency.sources import PackagePorts, archive_name, facts_of_copy, footage_of_grant
from appliance.services.copies.agency.store import AgencyCopyStore, Draft
from appliance.services.copies.package.maker import Package, Packed
from appliance.services.copies.sizes import bytes_of
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from appliance.vault.ring.ring import Ring

__all__ = ["AgencyCopyMaker"]

_SPARE_BYTES = 32 << 20
"""What the volume, the archive's own and the files beside it may take beside the bytes of the footage in the ring."""

_LABEL = "CCTV"
_REMAKES = frozenset({State.COPY_MADE, State.COPY_VERIFIED})


class AgencyCopyMaker:
    """One copy at a time, in a thread of its own. ``phrases``: what nobody took yet."""

    def __init__(
        self,
        store: AgencyCopyStore,
        grants: Grants,
        cases: CaseBook,
        ring: Ring,
        ledger: Ledger,
        clock: Clock,
        medium: MediumClient,
        jobs: MediumJobs,
        random: Callable[[int], bytes],
        ports: PackagePorts,
    ) -> None:
        self._store, self._grants, self._cases, self._ring, self._ledger = store, grants, cases, ring, ledger
        self._clock, self._medium, self._jobs, self._random, self._ports = clock, medium, jobs, random, ports
        self.phrases = Phrases()
        self._lock = threading.Lock()
        self._makings: dict[str, AgencyMaking] = {}

    # --- what the handlers ask ---

    def start(self, order: CopyOrder) -> AgencyMaking:
        """Begins to make the copy of a case. A repeat of the act id changes nothing.

        Raises NotAllowed with what the case lacks; Refused for a medium that may not hold it or is too small, and while
        another is made or read; and as ``Grants.open`` and ``MediumClient.open``. Nothing is written then.
        """
        with self._lock:
            before = self._makings.get(order.case)
            if before and before.act_id == order.act_id:
                return before
            self._jobs.take()
            try:
                making, grant = self._opened(order)
            except BaseException:
                self._store.drop(order.case)
                self._jobs.give_back()
                raise
            self._makings[order.case] = making
            self._jobs.run("agency copy", functools.partial(self._run, making, grant))
            return making

    def of(self, case: str) -> AgencyMaking | None:
        """The making of a case's newest copy, whether or not it is over; None before any since the keeper's start."""
        with self._lock:
            return self._makings.get(case)

    def cancel(self, case: str) -> None:
        """Stops the making; no file is on the stick then."""
        if making := self.of(case):
            making.cancel()

    def forget_stale(self, is_live: Callable[[str], bool]) -> None:
        """Each second: drops the pass-phrases that nobody can take any more: the session that made the copy is over, or
        its case goes on without it."""
        self.phrases.drop_where(
            lambda case, session_id: not is_live(session_id) or self._cases.file(case).case.state not in _REMAKES
        )
        self.phrases.look()

    def stop(self) -> None:
        """Stops whatever is made, and waits for it: the keeper stops. No pass-phrase is left."""
        with self._lock:
            makings = list(self._makings.values())
        for making in makings:
            making.cancel()
        self._jobs.wait()
        self.phrases.drop_where(lambda case, session_id: True)

    # --- before anything is opened ---

    def _opened(self, order: CopyOrder) -> tuple[AgencyMaking, Grant]:
        file, copy_id = self._cases.file(order.case), self._random(16).hex()
        event = Event.REMAKE_COPY if file.case.state in _REMAKES else Event.MAKE_COPY
        viewable = self._cases.viewable(order.case, Purpose.MEDIUM)
        medium = self._store.media.need(order.serial, self._store.used())
        scopes = granted_scopes(file.case.rulings)
        self._store.begin(order.case, Draft(copy_id, scopes, medium, order.serial))
        self._check(file, order.who, event)
        if viewable.why:
            raise Refused.of("case-why", case=order.case, why=viewable.why)
        self._ring.shelves.need()
        stick = self._medium.open(order.serial, write=True)
        try:
            self._check_room(stick.stick.bytes, bytes_of(self._ring, viewable.spans))
            grant = self._grants.open_to_hand(
                order.token, order.case, order.password, seat=order.seat, copy_id=copy_id, medium=medium
            )
        except BaseException:
            stick.close()
            raise
        making = AgencyMaking(
            order.act_id, order.case, order.session_id, order.who, event, copy_id, medium, stick, order.whole
        )
        making.packing.is_live = lambda: grant.live
        return making, grant

    def _check(self, file: CaseFile, who: ActingUser, event: Event) -> None:
        """Everything that the case asks for but the copy itself."""
        packed = msgspec.structs.replace(self._store.work(file.key, who.account), manifest="not made yet")
        _, _, found = self._cases.judged(file, who, event, CaseTyped(), handed=packed)
        if isinstance(found, Refusal):
            raise NotAllowed(coded("case-not-allowed", name=f"case {file.key}", why=found), found._asdict())

    def _check_room(self, room: int, footage: int) -> None:
        needed = footage + _SPARE_BYTES
        if needed > room:
            raise Refused.of("agency-medium-small", needed_mib=-(-needed >> 20), room_mib=room >> 20)

    # --- the job ---

    def _run(self, making: AgencyMaking, grant: Grant) -> None:
        try:
            self._make(making, grant)
        except Exception as error:
            making.error = why_failed(error, cancelled=making.packing.cancelled)
            with contextlib.suppress(RecorderError):
                self._grants.close(grant, "the copy was given up")
            if not isinstance(error, (RecorderError, OSError)):
                raise
        finally:
            making.stick.close()
            self._store.drop(making.case)
            making.over = True

    def _make(self, making: AgencyMaking, grant: Grant) -> None:
        file, made_ns, stick = self._cases.file(making.case), self._clock.wall_ns(), making.stick
        facts = facts_of_copy(file, making.copy_id, made_ns, self._ports)  # prints a page, before anything is wiped
        stick.prepare(whole=making.whole, label=_LABEL, random=self._random, progress=making.heard)
        making.stage = "writing"
        package = Package(
            facts,
            list(footage_of_grant(self._grants, grant, self._ring, self._ports, file.case.masked_scopes)),
            self._ports.key,
            functools.partial(self._enter, making, grant),
            making.packing,
            self._random,
            self._ports.viewers,
        )
        name = archive_name(file)
        size = stick.write(name, package.blocks(), at_ns=made_ns)
        packed, files = package.packed, {name: package.packed.archive_sha256}
        for beside, data in facts.beside:
            size += stick.write(beside, (data,), at_ns=made_ns)
            files[beside] = hashlib.sha256(data).hexdigest()
        stick.finish()
        stick.release()
        self._written(making, packed, files, size)

    def _written(self, making: AgencyMaking, packed: Packed, files: dict[str, str], size: int) -> None:
        copy = self._store.newest(making.case)
        if copy is None or copy.copy_id != making.copy_id:
            raise Broken(f"copy {making.copy_id}: it was written, and its case has another")
        self._store.written(copy, files, size)
        self.phrases.put(making.case, making.session_id, packed.passphrase)
        making.written = True

    def _enter(self, making: AgencyMaking, grant: Grant, manifest: CopyManifest, sha256: str) -> LedgerProof:
        """Row A16, once all media are in: from here on the case has the copy."""
        self._grants.close(grant, "the copy is on its medium")
        making.stage = "finishing"
        with self._cases.lock:  # nobody else acts on the case with this manifest
            self._store.packed(making.case, sha256)
            done = self._cases.act(making.act_id, making.who, making.case, making.event)
        entry = self._ledger.entry(done.file.deeds[-1].index)
        self._store.take(entry)
        making.made = True
        return proof_of(self._ledger, entry.index)
