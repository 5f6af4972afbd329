"""What the keeper answers about the guided tour of a trial office. In an office it refuses both, whoever asks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from appliance.core.errors import Damaged, Refused
from appliance.ledger.log import Ledger
from appliance.protocol.endpoint import PairRequest, Served, SessionRequest, serves
from appliance.protocol.tour import MAKE_SAMPLE, TOUR, SampleMade, Tour, TourLife, TourStep
from appliance.rules.cases.openings import is_seen
from appliance.rules.cases.states import Kind, State
from appliance.rules.tour import SAMPLE_ROLES, LifeNow, progress, unfinished
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.rights import may_see
from appliance.services.cases.visibility import sections_of
from appliance.services.people.login import Seat, Session
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.people.rights import Rights
from appliance.services.tour.sample import Samples

__all__ = ["TourHandlers"]

_MOST_LOOKED = 200
"""So many of the newest cases are looked at for one of a kind."""


class TourHandlers:
    """``trial``: whether this is a trial office, by its registry."""

    def __init__(
        self, rights: Rights, samples: Samples, cases: CaseBook, people: PeopleBook, ledger: Ledger, *, trial: bool
    ) -> None:
        self._rights, self._samples, self._cases = rights, samples, cases
        self._people, self._ledger, self._trial = people, ledger, trial

    def served(self) -> tuple[Served, ...]:
        return serves(TOUR, self._show), serves(MAKE_SAMPLE, self._make)

    def _session(self, request: SessionRequest) -> Session:
        session = self._rights.session(request)
        if not self._trial:
            raise Refused.of("tour-office")
        return session

    # --- showing ---

    def _show(self, request: SessionRequest) -> Tour:
        session = self._session(request)
        act, key = self._samples.newest()
        files = {Kind.CIT: self._file(key)} | {kind: self._newest(kind) for kind in (Kind.INT, Kind.AGY)}
        paired = _pair_of(session) is not None
        lives = {kind: self._now(file) for kind, file in files.items() if file is not None}
        lives[Kind.CIT] = lives.get(Kind.CIT, LifeNow())._replace(paired=paired)
        steps = progress(lives)
        return Tour(
            lives=tuple(
                TourLife(
                    kind=kind,
                    case=self._shown(files[kind], session),
                    steps=tuple(TourStep(each.code, each.state) for each in steps[kind]),
                )
                for kind in steps
            ),
            act=act if act and unfinished(lives[Kind.CIT]) else "",
            second="" if paired else self._second(session),
        )

    def _file(self, key: str) -> CaseFile | None:
        with contextlib.suppress(Damaged):
            return self._cases.file(key) if key else None
        return None

    def _newest(self, kind: Kind) -> CaseFile | None:
        files: Iterator[CaseFile | None] = map(self._file, self._cases.all_keys()[:_MOST_LOOKED])
        return next((file for file in files if file is not None and file.case.kind is kind), None)

    def _now(self, file: CaseFile) -> LifeNow:
        opened = any(each.kind == "grant.opened" and is_seen(each.fields) for each in self._ledger.acts_about(file.key))
        return LifeNow(
            state=file.case.state, viewed="viewed" in file.case.flags, opened=opened, copied=bool(file.copies)
        )

    def _shown(self, file: CaseFile | None, session: Session) -> str:
        if file is None or not may_see(file, session.seats, sections_of(self._cases, session.seats)):
            return ""
        return file.case.number or file.key

    def _second(self, session: Session) -> str:
        """For one of the two who is here alone: nobody else is told an account."""
        roles = set(session.seats[0].roles) if len(session.seats) == 1 else set[str]()
        wanted = next((SAMPLE_ROLES[1 - at] for at in (0, 1) if roles >= SAMPLE_ROLES[at]), None)
        if wanted is None:
            return ""
        today = self._people.today()
        fits = (each.name for each in self._people.all() if set(each.on(today)) >= wanted)
        return next((name for name in fits if name != session.seats[0].person), "")

    # --- the sample ---

    def _make(self, request: PairRequest) -> SampleMade:
        session = self._session(request)
        if _pair_of(session) is None:
            raise Refused.of("tour-people")
        act, key = self._samples.newest()
        if act and act != request.act:
            now = self._now(self._cases.file(key)) if key else LifeNow()
            if unfinished(now):
                raise Refused.of("tour-begun")
            if not now.viewed and now.state is not State.CLOSED:
                raise Refused.of("tour-there", case=self._cases.file(key).case.number)
        pair = self._rights.pair(request, request.passwords)
        made = self._cases.file(self._samples.make(request, pair))
        return SampleMade(made.case.number or made.key)


def _pair_of(session: Session) -> tuple[Seat, Seat] | None:
    """The two who hold between them what a sample takes: who receives, and who decides."""
    return next(
        (
            (first, second)
            for first in session.seats
            for second in session.seats
            if set(first.roles) >= SAMPLE_ROLES[0] and set(second.roles) >= SAMPLE_ROLES[1]
        ),
        None,
    )
