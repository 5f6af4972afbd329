"""Making a viewing copy: the booked minutes and no more, opened before two people and sealed again (八(五)3(2), D-07).

A job of the keeper. In this order: the room is looked at, ``grant.opened`` with the copy's id is durable and the keys
of its buckets are opened; each camera's minutes are in a durable ``footage.released`` before a byte of them is
decrypted; the copy is written and synced; the keys are wiped; ``copy.made`` is entered; the case is prepared. Whatever
stops it ends the copy as any other end does.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.api import Streams
from appliance.core.errors import Broken, NotAllowed, NotFound, RecorderError, Refused, Unavailable
from appliance.core.messages import CodedMessage, coded
from appliance.core.model import SegmentFile, Span
from appliance.formats.segment import SALT_BYTES, SegmentSealer
from appliance.rules.cases.copies import CopyEnd
from appliance.rules.cases.judging import Refusal
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.rows import Event
from appliance.rules.cases.typed import CaseTyped
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.copies.cutting import Cut, SegmentWriter, cut
from appliance.services.copies.sizes import bytes_of
from appliance.services.viewing.copies import CopyStore, Made, ViewingCopy
from appliance.services.viewing.footage import Footage, Place
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.timeline import CameraTimeline, timeline_of
from appliance.vault.ring.ring import Ring, Stretch

__all__ = ["CopyMaker", "Making"]

_AROUND_NS = 1_000_000_000
"""How far sound may lie in the fragments before or after its pictures."""

_SPARE_BYTES = 16 << 20
"""What a copy may take beside the bytes that its footage has in the ring."""


@dataclass
class Making:
    """A copy in the making. ``done_ns`` of ``whole_ns`` of footage is written; ``error``: why it failed."""

    act_id: str
    copy: ViewingCopy
    who: ActingUser
    whole_ns: int
    done_ns: int = 0
    over: bool = False
    cancelled: bool = False
    error: CodedMessage | None = None

    @property
    def case(self) -> str:
        return self.copy.case

    def check(self) -> None:
        """Raises NotFound once it is to stop."""
        if self.cancelled:
            raise NotFound.of("copy-ended")
        self.copy.check_live()


class CopyMaker:
    """One copy at a time, in a thread of its own. ``mark()``: the box's id and its cipher suite; ``room()``: the bytes
    on the footage disk that recording does not need; ``on_damage`` hears of what does not open."""

    def __init__(
        self,
        store: CopyStore,
        grants: Grants,
        cases: CaseBook,
        ring: Ring,
        random: Callable[[int], bytes],
        *,
        mark: Callable[[], tuple[bytes, int]],
        room: Callable[[], int],
        on_damage: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._store, self._grants, self._cases, self._ring, self._random = store, grants, cases, ring, random
        self._mark, self._room, self._on_damage = mark, room, on_damage
        self._lock = threading.Lock()
        self._makings: dict[str, Making] = {}
        self._thread: threading.Thread | None = None

    # --- what the handlers ask ---

    def start(self, act_id: str, token: str, case: str, seat: int | None, password: str, who: ActingUser) -> Making:
        """Begins to make the copy of a case for the two people of a session, with the password of the keyholder in
        ``seat``. ``who``: the officer who prepares the case with it when it is whole. A repeat of the act id changes
        nothing.

        Raises NotAllowed with what the case lacks, Refused (entered) where these people may not open it, Refused
        without room or while another copy is made, and as ``Grants.open``.
        """
        with self._lock:
            before = self._makings.get(case)
            if before and before.act_id == act_id:
                return before
            if any(not each.over for each in self._makings.values()):
                raise Refused.of("copy-busy")
            if self._store.waits or self._store.any_of(case):
                raise Unavailable.of("copy-before")
            self._check(case, who)
            making, grant = self._open(act_id, token, case, seat, password, who)
            self._makings[case] = making
            self._thread = threading.Thread(target=self._run, args=(making, grant), name="viewing copy", daemon=True)
            self._thread.start()
            return making

    def of(self, case: str) -> Making | None:
        """The making of a case's newest copy, whether or not it is over; None before any since the keeper's start."""
        with self._lock:
            return self._makings.get(case)

    def cancel(self, case: str) -> None:
        """Stops the making; nothing of the copy is left when it has stopped."""
        making = self.of(case)
        if making:
            making.cancelled = True

    def wait(self) -> None:
        """Until no copy is made any more."""
        thread = self._thread
        if thread:
            thread.join()

    def stop(self) -> None:
        """Stops whatever is made, and waits for it: the keeper stops."""
        with self._lock:
            for making in self._makings.values():
                making.cancelled = True
        self.wait()

    # --- inside ---

    def _check(self, case: str, who: ActingUser) -> None:
        """Everything that the case asks for but the copy itself, before anything is opened."""
        file = self._cases.file(case)
        token = file.case.token
        whole = CopyWork(alive=True, scopes=token.scopes if token else ())
        _, _, found = self._cases.judged(file, who, Event.PREPARE, CaseTyped(), copy=whole)
        if isinstance(found, Refusal):
            raise NotAllowed(coded("case-not-allowed", name=f"case {case}", why=found), found._asdict())

    def _open(
        self, act_id: str, token: str, case: str, seat: int | None, password: str, who: ActingUser
    ) -> tuple[Making, Grant]:
        booked = self._cases.file(case).case.token
        if booked is None:
            raise Broken(f"case {case}: judged as booked, and it is not")
        self._ring.shelves.need()
        copy = self._store.begin(case, booked.scopes, booked.on)
        try:
            self._check_room(bytes_of(self._ring, copy.spans) + _SPARE_BYTES)
            self._store.files.make_folder()
            grant = self._grants.open_to_copy(token, copy, password, seat=seat)
        except BaseException:
            if copy.entered:
                self._store.end(case, CopyEnd.FAILED)
            else:
                self._store.drop(copy)
            raise
        whole_ns = sum(span.end_ns - span.start_ns for spans in grant.spans.values() for span in spans)
        return Making(act_id, copy, who, whole_ns), grant

    def _check_room(self, needed: int) -> None:
        room = self._room()
        if needed > room:
            raise Refused.of("copy-no-room", needed_mib=-(-needed >> 20), room_mib=max(0, room) >> 20)

    def _run(self, making: Making, grant: Grant) -> None:
        try:
            made = self._made(making, grant)
            self._grants.close(grant, "the copy is made")
            by = self._cases.pseudonym(making.who.account)
            self._store.finish(making.copy, made, by, making.who.account)
            self._cases.act(making.act_id, making.who, making.case, Event.PREPARE)
        except Exception as error:  # whatever it is, no copy stays behind without its case
            self._failed(making, grant, error)
        finally:
            making.over = True

    def _failed(self, making: Making, grant: Grant, error: Exception) -> None:
        making.error = _why(making, error)
        cancelled = making.cancelled
        with contextlib.suppress(RecorderError):
            self._grants.close(grant, "the copy was given up")
        with contextlib.suppress(RecorderError):  # tried again by the sweep
            self._store.end(making.case, CopyEnd.CANCELLED if cancelled else CopyEnd.FAILED)
        if not isinstance(error, (RecorderError, OSError)):
            raise error

    def _made(self, making: Making, grant: Grant) -> Made:
        segments = _Numbers()
        stretches: dict[str, list[Stretch]] = {}
        timelines: dict[str, CameraTimeline] = {}
        for camera_no, spans in sorted(grant.spans.items()):
            footage = Footage(self._ring.shelves, grant.stretches[camera_no], grant.keys, self._on_damage)
            grant.at_end.append(footage.forget)
            stretches[camera_no] = []
            for span in spans:
                making.check()
                self._grants.release(grant, camera_no, span, _buckets(grant.stretches[camera_no], span), "copy")
                files = _SpanCopy(self, making, grant, footage, span, segments).written()
                if files:
                    stretches[camera_no].append(_stretch(making.copy, camera_no, span, files))
            timelines[camera_no] = timeline_of(self._ring, camera_no, spans, grant.stretches[camera_no], footage.lost())
        self._store.files.sync()
        hashes = b"".join(bytes.fromhex(each) for each in segments.hashes)
        return Made(stretches, timelines, len(segments.hashes), segments.bytes, hashlib.sha256(hashes).hexdigest())

    def writer(self, copy: ViewingCopy, number: int, streams: Streams, base_ns: int) -> SegmentWriter:
        """A new file of a copy. Raises Refused when its disk is needed for recording, OSError, NotFound."""
        if self._room() <= 0:
            raise Refused.of("copy-no-room", needed_mib=1, room_mib=0)
        appliance_id, suite = self._mark()
        bucket_id, salt = bytes.fromhex(copy.copy_id), self._random(SALT_BYTES)
        sealer = SegmentSealer(bucket_id, copy.key, number, suite, appliance_id, salt)
        path = self._store.files.path(copy.copy_id, number)
        return SegmentWriter(
            lambda: self._store.files.fs.create(path), sealer, streams, base_ns, copy.lock, copy.check_live
        )


class _Numbers:
    """What was written of a copy so far."""

    def __init__(self) -> None:
        self.hashes: list[str] = []
        self.bytes = 0

    def put(self, file: SegmentFile) -> SegmentFile:
        self.hashes.append(file.sha256)
        self.bytes += file.bytes
        return file


class _SpanCopy:
    """Granted minutes of one camera as segments of a copy, one for each segment that they come from: what is a gap
    there is one here. Another begins where something did not open."""

    def __init__(
        self, maker: CopyMaker, making: Making, grant: Grant, footage: Footage, span: Span, segments: _Numbers
    ) -> None:
        self._maker, self._making, self._grant, self._footage = maker, making, grant, footage
        self._span, self._segments = span, segments
        self._files: list[SegmentFile] = []
        self._writer: SegmentWriter | None = None
        self._from: Place | None = None
        self._begun = self._broken = False

    def written(self) -> tuple[SegmentFile, ...]:
        before_ns, at_ns = self._making.done_ns, self._span.start_ns
        try:
            for place in self._footage.within(self._span, _AROUND_NS):
                self._making.check()
                self._grant.check_live()
                self._take(place)
                at_ns = max(at_ns, min(place.start_ns, self._span.end_ns))
                self._making.done_ns = before_ns + at_ns - self._span.start_ns
            self._close()
        finally:
            if self._writer:
                self._writer.abandon()
        self._making.done_ns = before_ns + self._span.end_ns - self._span.start_ns
        return tuple(self._files)

    def _take(self, place: Place) -> None:
        fragment = self._footage.fragment(place)
        if fragment is None:
            self._close()
            self._broken = True
            return
        part = cut(fragment, place.streams, self._span, from_key=not self._begun or self._broken)
        if part is None:
            return
        self._begun, self._broken = True, False
        self._put(place, part)

    def _put(self, place: Place, part: Cut) -> None:
        last = self._from
        if last is None or last.part != place.part or last.streams != place.streams or self._is_full():
            self._close()
        if self._writer is None:
            number = len(self._segments.hashes)
            self._writer = self._maker.writer(self._making.copy, number, place.streams, self._span.start_ns)
        self._writer.add(part)
        self._from = place

    def _is_full(self) -> bool:
        return self._writer is not None and self._writer.is_full

    def _close(self) -> None:
        if self._writer is None or self._from is None:
            return
        writer, self._writer = self._writer, None
        end_ns = min(self._span.end_ns, self._footage.end_of(self._from))
        file = writer.close(len(self._segments.hashes), max(end_ns, writer.start_ns + 1))
        self._files.append(self._segments.put(file))


def _buckets(stretches: Sequence[Stretch], span: Span) -> list[str]:
    return [
        each.bucket_id for each in stretches if Span(each.start_ns, max(each.end_ns, each.start_ns + 1)).overlaps(span)
    ]


def _stretch(copy: ViewingCopy, camera_no: str, span: Span, files: tuple[SegmentFile, ...]) -> Stretch:
    return Stretch(copy.copy_id, camera_no, span.start_ns, span.start_ns, span.end_ns, files, is_open=False)


def _why(making: Making, error: Exception) -> CodedMessage:
    if making.cancelled:
        return coded("copy-cancelled")
    if isinstance(error, OSError):
        return coded("copy-disk", why=error.strerror or str(error))
    if isinstance(error, RecorderError):
        return error.message or coded("copy-defect", what=str(error))
    return coded("copy-defect", what=type(error).__name__)
