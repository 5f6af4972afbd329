"""What whoever asks has asked before (``T-38``): shown to those who handle the case, counted by no rule.

The same hand is the same ID number, account or agency; where the paper has no number, the same name, and that is said.
So is how many more have the name where one of the two has no number: an incomplete paper hides nobody's requests.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from appliance.custody.casebook.book import CaseBook
from appliance.custody.casebook.casefile import CaseFile, person_of
from appliance.custody.casebook.listing import Listing, agency_of, plain_name, row_of
from appliance.errors import Damaged
from appliance.rules.cases.states import Kind
from appliance.rules.cases.told import Earlier, EarlierCase
from appliance.rules.cases.typed import TypedParty

__all__ = ["earlier_than"]


def earlier_than(book: CaseBook, listing: Listing, file: CaseFile, sees: Callable[[CaseFile], bool]) -> Earlier:
    """The requests of the same kind and hand that were received before this one; ``sees``: whether the reader may open
    a case."""
    by, mark = _hand(file)
    if not mark:
        return Earlier()
    found = [each for each in _before(book, listing, file, mark) if _hand(each) == (by, mark)]
    name = _name(file) if by in ("id", "name") else ""
    named = [each for each in _before(book, listing, file, name) if _name(each) == name] if name else []
    alike = [each for each in named if {by, _hand(each)[0]} == {"id", "name"}]
    return Earlier(count=len(found), by=by, cases=tuple(_told(each) for each in found if sees(each)), alike=len(alike))


def _before(book: CaseBook, listing: Listing, file: CaseFile, mark: str) -> Iterator[CaseFile]:
    """The requests of the same kind that have to do with somebody known by ``mark`` and came before."""
    for key in listing.of_hand(mark):
        with contextlib.suppress(Damaged):
            other = book.file(key)
            earlier = (other.deeds[0].at_ns, other.key) < (file.deeds[0].at_ns, file.key)
            if earlier and other.case.kind is file.case.kind:
                yield other


def _hand(file: CaseFile) -> tuple[str, str]:
    """Whose request it is, and by what that is known; "" where nobody is named yet."""
    if file.case.kind is Kind.AGY:
        return "agency", plain_name(agency_of(file))
    party = _applicant(file)
    if party.account:
        return "account", party.account
    if party.id_no.strip():
        return "id", person_of(party).id_hash
    return "name", plain_name(party.name)


def _applicant(file: CaseFile) -> TypedParty:
    return next((each for each in file.people if each.part == "applicant"), TypedParty())


def _name(file: CaseFile) -> str:
    return plain_name(_applicant(file).name)


def _told(file: CaseFile) -> EarlierCase:
    row = row_of(file)
    return EarlierCase(
        case=row.case,
        number=row.number,
        state=row.state,
        result=row.result,
        matter=row.matter,
        received_ns=row.received_ns,
    )
