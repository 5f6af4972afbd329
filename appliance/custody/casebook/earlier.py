"""What whoever asks has asked before (``T-38``): shown to those who handle the case, counted by no rule.

The same hand is the same ID number, account or agency; where the paper has no number, the same name, and that is said.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

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
    found: list[CaseFile] = []
    for key in listing.of_hand(mark):
        with contextlib.suppress(Damaged):
            other = book.file(key)
            same = other.case.kind is file.case.kind and _hand(other) == (by, mark)
            if same and (other.deeds[0].at_ns, other.key) < (file.deeds[0].at_ns, file.key):
                found.append(other)
    return Earlier(count=len(found), by=by, cases=tuple(_told(each) for each in found if sees(each)))


def _hand(file: CaseFile) -> tuple[str, str]:
    """Whose request it is, and by what that is known; "" where nobody is named yet."""
    if file.case.kind is Kind.AGY:
        return "agency", plain_name(agency_of(file))
    party = next((each for each in file.people if each.part == "applicant"), TypedParty())
    if party.account:
        return "account", party.account
    if party.id_no.strip():
        return "id", person_of(party).id_hash
    return "name", plain_name(party.name)


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
