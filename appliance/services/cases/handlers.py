"""What the keeper answers about cases, to pages and papers. The book judges; this carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from appliance.core.errors import NotAllowed, Refused
from appliance.core.messages import coded
from appliance.ledger.entry import Entry
from appliance.ledger.extract import MAX_EXTRACT_BYTES
from appliance.ledger.log import Ledger
from appliance.ledger.tree import leaf_hash
from appliance.protocol.cases import (
    ACT_ON_CASE,
    APPLICANT,
    CASE,
    CASE_LEDGER,
    CASE_VIEWING,
    CASES,
    KNOWN_APPLICANTS,
    SHOW_IDENTIFIERS,
    ApplicantRequest,
    ApplicantsQuery,
    CaseAct,
    CaseEntry,
    CaseLedgerHead,
    CaseLedgerRequest,
    CaseRequest,
    CasesQuery,
    CaseViewingRequest,
    KnownApplicant,
    KnownApplicants,
    ShowIdentifiers,
)
from appliance.protocol.endpoint import Done, Served, WithBody, serves
from appliance.rules.cases.judging import Next
from appliance.rules.cases.list_views import CaseListView
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.viewing_record import ViewingRecord
from appliance.rules.cases.views import ActDone, CaseView, Earlier, LinksView, Opening, PartyView
from appliance.rules.people import ACTORS, MAY, OFFICERS
from appliance.services.asked_day import asked_day
from appliance.services.cases.access_audit import CaseUses, shown_reason
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.applicants import Known, applicant_of, known_applicants
from appliance.services.cases.archiving import ArchiveBook
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.clockwork import Clockwork
from appliance.services.cases.earlier import earlier_than
from appliance.services.cases.linked import links_of
from appliance.services.cases.listing import Listing, ListQuery
from appliance.services.cases.masking import named
from appliance.services.cases.rights import handles, may_see, sees_names
from appliance.services.cases.views import tell
from appliance.services.cases.visibility import reads_all, sections_of, visible_file, visible_key
from appliance.services.people.login import Session
from appliance.services.people.rights import Rights
from appliance.services.scans.ink_acts import InkActs

__all__ = ["CaseHandlers"]

_MOST_PER_PAGE = 200
_EXPORTERS = frozenset({"officer", "manager", "auditor", "archivist"})
"""Who takes a case file along (``domain`` 4.3)."""


class CaseHandlers:
    """``grant_of``: the living grant over a case in a session, "" for none; ``opening``: what lacks where footage of a
    case is to be opened in a session, at a device; ``is_over``: people ended the viewing of a case; ``end_stale``:
    ends the grants whose case allows them no longer; ``viewing_of``: what the ledger has of the viewings of a case."""

    def __init__(
        self,
        rights: Rights,
        ink: InkActs,
        cases: CaseBook,
        listing: Listing,
        uses: CaseUses,
        exports: ArchiveBook,
        clockwork: Clockwork,
        ledger: Ledger,
        *,
        grant_of: Callable[[str, str], str],
        opening: Callable[[Session, str, Purpose, str], Opening],
        is_over: Callable[[str], bool],
        end_stale: Callable[[], None],
        viewing_of: Callable[[str], ViewingRecord],
    ) -> None:
        self._rights, self._ink, self._cases, self._listing = rights, ink, cases, listing
        self._uses, self._exports, self._clockwork, self._ledger = uses, exports, clockwork, ledger
        self._grant_of, self._opening, self._is_over, self._end_stale = grant_of, opening, is_over, end_stale
        self._viewing_of = viewing_of

    def served(self) -> tuple[Served, ...]:
        return (
            serves(ACT_ON_CASE, self.act),
            serves(CASE, self._case),
            serves(SHOW_IDENTIFIERS, self._show),
            serves(CASE_LEDGER, self._entries),
            serves(CASE_VIEWING, self._viewing),
            serves(KNOWN_APPLICANTS, self._known),
            serves(APPLICANT, self._applicant),
            serves(CASES, self._list),
        )

    # --- acting ---

    def act(self, request: CaseAct) -> ActDone:
        """Performs an event. The password, where one is sent, is proved first: a wrong one performs nothing. With
        ``ink`` it was signed on the sheet, and the person in the seat enters it."""
        session, seat = self._rights.session(request), self._rights.seat(request, "case")
        proved = bool(request.password)
        if proved:
            seat = self._rights.proved(request, seat)
        key = visible_key(self._cases, session, request.case) if request.case else ""
        signed = self._ink.read(request.ink, seat, request.event, (f"case/{key}",), proved=proved)
        if not set(seat.roles) & ACTORS:
            nobody = {"event": request.event, "why": "role", "missing": (), "next": Next.LOG_IN_AS}
            raise NotAllowed(coded("case-no-role"), nobody)
        who = ActingUser(
            seat.person,
            seat.display,
            proved=proved,
            roles_here=tuple(role for each in session.seats for role in each.roles),
            beside=len(session.seats) > 1,
        )
        if signed is not None:
            who = who._replace(account=signed.signer.name, name=signed.signer.display, ink=signed.ink)
        done = self._cases.act(request.act, who, key, request.event, request.facts, kind=request.kind)
        self._end_stale()
        case = self._clockwork.cleared(done.file).case
        return ActDone(case=done.file.key, state=case.state, number=case.number, row=done.row)

    # --- showing ---

    def _case(self, request: CaseRequest) -> CaseView:
        session = self._rights.session(request)
        file = visible_file(self._cases, session, request.case)
        key, seats = file.key, session.seats
        if request.use == "register":
            self._uses.read_register(session)
        else:
            self._uses.looked(session, key)
        view = tell(
            self._cases,
            file,
            seats,
            full=self._uses.full(session, file),
            names=sees_names(file, seats, sections_of(self._cases, seats)),
            grant=self._grant_of(session.session_id, key),
            earlier=self._earlier(session, file) if handles(seats) else None,
            links=links_of(self._cases, self._listing, file) if reads_all(session) else LinksView(),
        )
        opens = {each: self._opening(session, key, each, request.device) for each in _opened_for(view)}
        return msgspec.structs.replace(view, over=self._is_over(key), opens=opens)

    def _earlier(self, session: Session, file: CaseFile) -> Earlier:
        """What the applicant asked for before; of those cases the ones that somebody here may open."""
        reads, sections = reads_all(session), sections_of(self._cases, session.seats)
        return earlier_than(
            self._listing, file, lambda key: reads or may_see(self._cases.file(key), session.seats, sections)
        )

    def _show(self, request: ShowIdentifiers) -> Done:
        """Shows this log-in the identifiers of a case in full, for a reason that is entered."""
        session = self._rights.session(request)
        file, reason = visible_file(self._cases, session, request.case), shown_reason(request.reason)
        self._uses.show(session, self._rights.acting(request, MAY["see-cases"]), file, reason)
        return Done()

    def _viewing(self, request: CaseViewingRequest) -> ViewingRecord:
        """For whoever sees the case; that somebody looked is entered as of its page."""
        session = self._rights.session(request)
        key = visible_file(self._cases, session, request.case).key
        self._uses.looked(session, key)
        return self._viewing_of(key)

    def _list(self, request: CasesQuery) -> CaseListView:
        session = self._rights.session(request)
        wanted = ListQuery(
            text=request.text[:200],
            kind=request.kind,
            state=request.state,
            camera=request.camera,
            person=request.person[:200],
            first=asked_day("cases", request.first) if request.first else None,
            last=asked_day("cases", request.last) if request.last else None,
            own=not reads_all(session),
            accounts=frozenset(seat.person for seat in session.seats),
            sections=frozenset(sections_of(self._cases, session.seats).values()) - {""},
            order=request.order,
            births=handles(session.seats),
            closed_too=any("archivist" in seat.roles for seat in session.seats),
        )
        if request.page is None:
            return self._listing.find(wanted, 1, len(self._cases.all_keys()) + 1)
        return self._listing.find(wanted, request.page, min(max(1, request.per_page), _MOST_PER_PAGE))

    def _known(self, request: ApplicantsQuery) -> KnownApplicants:
        """Who came before, by the whole ID number or the whole name; masked, but for the name."""
        self._rights.session(request).seat_of(OFFICERS)
        found = known_applicants(self._cases, self._listing, name=request.name, id_no=request.id_no)
        return KnownApplicants(tuple(map(_known, found)))

    def _applicant(self, request: ApplicantRequest) -> PartyView:
        """An applicant's particulars in full, for a new request; entered before it is answered."""
        session = self._rights.session(request)
        by = session.seat_of(OFFICERS)
        file, party = applicant_of(self._cases, request.case)
        self._uses.prefilled(session, by, file.key)
        return named(party, full=True)

    def _entries(self, request: CaseLedgerRequest) -> WithBody[CaseLedgerHead]:
        """Every entry that names the case, each as a signed note too, an entry a block, and the head they lie under. A
        long viewing has thousands, so they go out one by one."""
        session = self._rights.session(request)
        file = visible_file(self._cases, session, request.case)
        if not any(_EXPORTERS & set(seat.roles) for seat in session.seats):
            raise Refused.of("case-file-role")
        if request.archive:
            by = self._exports.exporter(session, request.archive, file.key)
        else:
            by = self._rights.acting(request, _EXPORTERS)
        self._uses.take_along(session, by, file)
        entries, ledger = list(self._ledger.acts_about(file.key)), self._ledger
        head = CaseLedgerHead(size=ledger.size, root=ledger.root.hex(), checkpoint=ledger.checkpoint())
        return WithBody(head, (msgspec.msgpack.encode(self._entry(entry)) for entry in entries))

    def _entry(self, entry: Entry) -> CaseEntry:
        return CaseEntry(
            index=entry.index,
            at_ns=entry.at_ns,
            kind=entry.kind,
            fields=dict(entry.fields),
            leaf=leaf_hash(entry.raw).hex(),
            extract=self._ledger.extract(entry.index) if len(entry.raw) <= MAX_EXTRACT_BYTES else "",
        )


def _opened_for(view: CaseView) -> Iterator[Purpose]:
    """The purposes for which a case in this state has its footage opened, whoever may then do it."""
    if view.kind == Kind.AGY and view.state == State.SCHEDULED:
        yield Purpose.COPY
    if any(each.event in (Event.MAKE_COPY, Event.REMAKE_COPY) for each in view.possible):
        yield Purpose.MEDIUM
    if view.state == State.VIEWING:
        yield Purpose.VIEWING
    if view.masks and view.masks.opens:
        yield Purpose.MASKING


def _known(found: Known) -> KnownApplicant:
    return KnownApplicant(
        case=found.file.key,
        number=found.file.case.number,
        received_ns=found.file.deeds[0].at_ns,
        times=found.times,
        party=named(found.party, full=False, names=True),
    )
