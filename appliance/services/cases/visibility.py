"""Which cases a log-in may see, by their key or their number."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.errors import NotFound
from appliance.rules.people import may
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.rights import may_see
from appliance.services.people.login import Seat, Session

__all__ = ["reads_all", "sections_of", "visible_file", "visible_key"]


def sections_of(cases: CaseBook, seats: Sequence[Seat]) -> dict[str, str]:
    """The section that each section head here heads."""
    return {seat.person: cases.world.unit_of(seat.person) for seat in seats if "section_head" in seat.roles}


def visible_file(cases: CaseBook, session: Session, text: str) -> CaseFile:
    """The case that ``text`` names by key or number. Raises NotFound for no case, and for one that nobody here may see:
    both look the same."""
    file = cases.file(cases.key_of(text) or text)
    if not may_see(file, session.seats, sections_of(cases, session.seats)):
        raise NotFound.of("cases-unknown", case=text[:20])
    return file


def visible_key(cases: CaseBook, session: Session, text: str) -> str:
    """The key of the case that ``text`` names by key or number, if somebody here may see it. Raises NotFound."""
    visible_file(cases, session, text)
    return cases.checked_key(text)


def reads_all(session: Session) -> bool:
    """Whether somebody here may see every case."""
    return any(may("see-cases", seat.roles) for seat in session.seats)
