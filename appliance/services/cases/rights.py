"""Who may look at a case, and whether identifiers are shown in full (domain 4.3, ``T-87``). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.rules.cases.states import Kind, State
from appliance.rules.people import may
from appliance.services.cases.casefile import CaseFile
from appliance.services.people.login import Seat

__all__ = ["handles", "may_see", "sees_full", "sees_names"]

_HANDLERS = frozenset({"officer", "manager", "unit_head", "secretary", "director"})


def may_see(file: CaseFile, seats: Iterable[Seat], section_of: dict[str, str]) -> bool:
    """Whether somebody here may see it: by role, as archivist once it is closed, as one of its own people, or as head
    of the applicant's section. ``section_of``: the section that each section head here heads."""
    return any(
        may("see-cases", seat.roles)
        or _files(file, seat)
        or _is_own(file, seat)
        or _heads(file, seat, section_of.get(seat.person, ""))
        for seat in seats
    )


def handles(seats: Iterable[Seat]) -> bool:
    """Whether somebody here handles cases, by role."""
    return any(_HANDLERS & set(seat.roles) for seat in seats)


def sees_names(file: CaseFile, seats: Iterable[Seat], section_of: dict[str, str]) -> bool:
    """Whether names are not masked: for those who handle cases, for one's own request, and for the head of the
    applicant's section, who signs for whoever asks (附件3)."""
    return any(
        handles((seat,)) or _is_own(file, seat) or _heads(file, seat, section_of.get(seat.person, "")) for seat in seats
    )


def sees_full(file: CaseFile, seats: Iterable[Seat]) -> bool:
    """Whether no identifier is masked: for those who handle it while it is open, and for one's own request. Of a case
    that is closed nobody need know them any more without a reason (``CaseUses``)."""
    handled = file.case.state is not State.CLOSED
    return any((handled and _HANDLERS & set(seat.roles)) or _is_own(file, seat) for seat in seats)


def _files(file: CaseFile, seat: Seat) -> bool:
    """The archive has what is closed."""
    return file.case.state is State.CLOSED and "archivist" in seat.roles


def _is_own(file: CaseFile, seat: Seat) -> bool:
    return any(each.account == seat.person for each in file.people)


def _heads(file: CaseFile, seat: Seat, section: str) -> bool:
    heads = "section_head" in seat.roles and bool(section)
    return heads and file.case.kind is Kind.INT and file.case.section == section
