"""What the keeper answers about scans of signed papers: bringing one piece by piece, the list, a page as a picture, the
file, striking and destroying one.

What a scan belongs to is known here by its number alone (:mod:`appliance.services.scans.subjects`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from msgspec import structs

from appliance.core.errors import Damaged, NotFound, Refused
from appliance.protocol.endpoint import Done, Served, SessionRequest, WithBody, serves, serves_body
from appliance.protocol.scans import (
    BEGIN_SCAN,
    DESTROY_SCAN,
    DROP_SCAN,
    MORE_OF_SCAN,
    PUT_SCAN,
    SCAN,
    SCAN_ORIGINAL,
    SCAN_PAGE,
    SCANS,
    STRIKE_SCAN,
    BeginScan,
    DestroyScan,
    Original,
    OriginalRequest,
    PutScan,
    ScanDetails,
    ScanList,
    ScanOwner,
    ScanPageRequest,
    ScanRequest,
    ScansRequest,
    StrikeScan,
    TakenScan,
    UploadBegun,
    UploadRequest,
)
from appliance.rules.scans import (
    DESTROYERS,
    GETTERS,
    TAKERS,
    TYPES,
    Subject,
    check_destroyed,
    check_type,
    destroyed_from,
    subject_of,
)
from appliance.services.people.login import Seat, Session
from appliance.services.people.rights import Rights
from appliance.services.scans.check import ScanChecker
from appliance.services.scans.file import read_sealed
from appliance.services.scans.record import Paper, Scan, checked_paper
from appliance.services.scans.scans import ScanBook
from appliance.services.scans.subjects import ScanSubject
from appliance.services.scans.uploads import FinishedUpload, Uploads
from appliance.storage.files import Fs

__all__ = ["ScanHandlers"]


class _Owner(NamedTuple):
    """The thing that a scan belongs to, for a session in which somebody may see it."""

    session: Session
    row: Subject
    subject: ScanSubject
    name: str
    number: str

    @property
    def of(self) -> str:
        return f"{self.name}/{self.number}"

    @property
    def named(self) -> str:
        """What it is called on pages and in addresses."""
        return f"{self.name}/{self.subject.named(self.number)}"

    @property
    def masked(self) -> bool:
        return self.subject.masked(self.session, self.number)


class ScanHandlers:
    """``subjects``: by the names of ``rules.scans.SUBJECTS``. ``exporter``: the person of a session who takes a case
    along in an export that goes on; raises Refused. ``on_damage`` hears of a scan whose file or record does not open.
    ``time_trusted``: whether the clock is; ``today``: by it."""

    def __init__(
        self,
        rights: Rights,
        scans: ScanBook,
        uploads: Uploads,
        checker: ScanChecker,
        fs: Fs,
        *,
        subjects: Mapping[str, ScanSubject],
        exporter: Callable[[Session, int, str], Seat],
        on_damage: Callable[[Scan], None],
        time_trusted: Callable[[], bool],
        today: Callable[[], date],
    ) -> None:
        self._rights, self._scans, self._uploads, self._checker, self._fs = rights, scans, uploads, checker, fs
        self._subjects, self._exporter, self._on_damage = subjects, exporter, on_damage
        self._time_trusted, self._today = time_trusted, today

    def served(self) -> tuple[Served, ...]:
        return (
            serves(BEGIN_SCAN, self._begin),
            serves_body(MORE_OF_SCAN, self._more),
            serves(DROP_SCAN, self._drop),
            serves(PUT_SCAN, self._put),
            serves(SCANS, self._list),
            serves(SCAN, self._details),
            serves(SCAN_PAGE, self._page),
            serves(SCAN_ORIGINAL, self._original),
            serves(STRIKE_SCAN, self._strike),
            serves(DESTROY_SCAN, self._destroy),
        )

    def _owner(self, request: SessionRequest, of: str) -> _Owner:
        """The thing that ``of`` names, however it is written there. Raises NotFound, Refused."""
        row, name, text = subject_of(of)
        # A case is judged by itself: its own people see it, too.
        session = self._rights.session(request) if name == "case" else self._rights.require(request, row.see)
        subject = self._subjects[name]
        return _Owner(session, row, subject, name, subject.find(session, text))

    def _seen(self, request: SessionRequest, number: str) -> tuple[_Owner, Scan]:
        """A scan that is named, for somebody who may see it; a struck one only for those who may have the file. Nobody
        who is not logged in learns whether there is one."""
        self._rights.session(request)
        scan = self._scans.get(number)
        if "/" not in scan.of:
            raise NotFound.of("scan-record-gone", number=scan.number)
        owner = self._owner(request, scan.of)
        if scan.struck_ns and not _has(owner.session, GETTERS):
            raise Refused.of("scan-struck-unseen", number=scan.number)
        return owner, scan

    # --- bringing one ---

    def _begin(self, request: BeginScan) -> UploadBegun:
        paper = Paper(of=request.of, kind=request.kind, name=request.name, note=request.note)
        owner = self._owner(request, paper.of)
        owner.session.seat_of(TAKERS)
        checked_paper(paper)
        by = self._rights.acting(request, TAKERS)
        paper = structs.replace(paper, of=owner.of)
        return UploadBegun(self._uploads.begin(owner.session.session_id, paper, by.person))

    def _more(self, request: UploadRequest, piece: bytes) -> Done:
        session = self._rights.session(request)
        self._uploads.add(session.session_id, request.upload, piece)
        return Done()

    def _drop(self, request: UploadRequest) -> Done:
        """A page drops by itself, which keeps nobody logged in."""
        session = self._rights.session(structs.replace(request, active=False))
        self._uploads.drop(session.session_id, request.upload)
        return Done()

    def _put(self, request: PutScan) -> TakenScan:
        """The file is there as a whole: a confined child looks at it, and only then is it taken in, in the name of
        the person who began the upload."""
        session = self._rights.session(request)
        session.seat_of(TAKERS)
        brought = self._uploads.finish(session.session_id, request.upload)
        try:
            by = _bringer(session, brought.by)
            self._owner(request, brought.paper.of)
            seen = self._checker.look_at(lambda: self._blocks(brought))
            check_type(brought.paper.name, seen[0])
        except Exception:
            self._scans.discard(brought.file_id)
            raise
        scan = self._scans.put(request.act, by, brought.paper, brought.file_id, brought.key, brought.sealed, seen)
        return TakenScan(scan=scan.number, of=scan.of, pages=scan.pages)

    def _blocks(self, brought: FinishedUpload) -> Iterator[bytes]:
        return read_sealed(self._fs, brought.path, brought.sealed.sealed_bytes, brought.key, brought.file_id)

    # --- looking ---

    def _list(self, request: ScansRequest) -> ScanList:
        owner = self._owner(request, request.of)
        return ScanList(
            of=owner.of,
            named=owner.named,
            kinds=owner.row.kinds,
            scans=tuple(scan.view() for scan in self._scans.of(owner.of)),
            may_take=_has(owner.session, TAKERS),
            may_get=_has(owner.session, GETTERS),
        )

    def _details(self, request: ScanRequest) -> ScanDetails:
        owner, scan = self._seen(request, request.scan)
        ended = owner.subject.ended_on(owner.number)
        return ScanDetails(
            scan=scan.view(),
            named=owner.named,
            may_take=_has(owner.session, TAKERS),
            may_get=_has(owner.session, GETTERS),
            masked=owner.masked,
            may_destroy=_may_destroy(owner.session),
            destroyed_from=destroyed_from(ended).isoformat() if ended else "",
            term_over=self._is_term_over(owner, scan),
        )

    def _page(self, request: ScanPageRequest) -> WithBody[Done]:
        """A PNG."""
        owner, scan = self._seen(request, request.scan)
        if not 1 <= request.page <= scan.pages:
            raise NotFound.of("scan-page-none", number=scan.number, page=request.page, pages=scan.pages)
        _check_shown(owner, scan)
        self._note_look(owner.session, scan)
        return WithBody(Done(), self._checker.page(lambda: self._opened(scan), request.page))

    def _original(self, request: OriginalRequest) -> WithBody[Original]:
        """The file, for those who may have it; in an export to the archive, for the person who began the export."""
        owner, scan = self._seen(request, request.scan)
        owner.session.seat_of(GETTERS)
        _check_shown(owner, scan)
        if request.archive:
            by = self._exporter(owner.session, request.archive, owner.of.removeprefix("case/"))
        else:
            by = self._rights.acting(request, GETTERS)
        blocks = self._opened(scan)
        self._scans.used(by, scan.number, what="original", once="")
        file = TYPES[scan.type]
        name = f"{scan.number}.{file.suffixes[0]}"
        return WithBody(Original(type=file.mime, name=name, bytes=scan.sealed.bytes), blocks)

    def _opened(self, scan: Scan) -> Iterator[bytes]:
        try:
            return self._scans.open(scan.number)
        except Damaged:
            self._on_damage(scan)
            raise

    def _note_look(self, session: Session, scan: Scan) -> None:
        """Enters it once for each log-in and scan, of the person here who may have files, or the first."""
        by = next((seat for seat in session.seats if set(seat.roles) & GETTERS), session.seats[0])
        once = f"pages of {scan.number} by {by.person} in {session.session_id}"
        self._scans.used(by, scan.number, what="pages", once=once)

    # --- striking and destroying ---

    def _strike(self, request: StrikeScan) -> ScanOwner:
        _, scan = self._seen(request, request.scan)
        by = self._rights.acting(request, TAKERS)
        self._scans.strike(request.act, by, scan.number, reason=request.reason)
        return ScanOwner(scan.of)

    def _destroy(self, request: DestroyScan) -> ScanOwner:
        """Two people destroy a scan whose term is over: officer or manager proposes, the director approves."""
        owner, scan = self._seen(request, request.scan)
        pair = self._rights.pair(request, request.passwords, DESTROYERS)
        if not scan.destroyed_ns:
            self._check_term(owner, scan)
        self._scans.destroy(request.act, pair, scan.number, reason=request.reason, document=request.document)
        return ScanOwner(scan.of)

    def _check_term(self, owner: _Owner, scan: Scan) -> None:
        """Raises Refused; also while the clock is not trusted."""
        if not self._time_trusted():
            raise Refused.of("scan-clock", number=scan.number)
        subject = owner.subject
        check_destroyed(scan.number, subject.ended_on(owner.number), self._today(), subject.holds(owner.number))

    def _is_term_over(self, owner: _Owner, scan: Scan) -> bool:
        try:
            self._check_term(owner, scan)
        except Refused:
            return False
        return not scan.destroyed_ns


def _check_shown(owner: _Owner, scan: Scan) -> None:
    """Raises Refused for one that shows identifiers that are masked for this log-in."""
    if owner.masked:
        raise Refused.of("scan-masked", number=scan.number)


def _bringer(session: Session, person: str) -> Seat:
    found = next((seat for seat in session.seats if seat.person == person and set(seat.roles) & TAKERS), None)
    if found is None:
        raise Refused.of("scan-bringer")
    return found


def _has(session: Session, roles: Collection[str]) -> bool:
    return any(set(seat.roles) & set(roles) for seat in session.seats)


def _may_destroy(session: Session) -> bool:
    """Whether two here may do it together."""
    return any(
        set(one.roles) & TAKERS and set(other.roles) & DESTROYERS and one.person != other.person
        for one in session.seats
        for other in session.seats
    )
