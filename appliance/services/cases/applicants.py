"""Applicants who came before, found by what one of them says at the desk: the whole ID number or the whole name.

Nothing is found by a part of either, so that nobody is looked for; what is told is masked until it is taken over, and
that is a use of the case it comes from (``CaseUses.prefilled``). Citizens' requests alone: a colleague has an account,
and an agency's case may be secret.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from appliance.core.errors import Damaged, NotFound, UsageError
from appliance.rules.cases.states import Kind
from appliance.rules.cases.typed import TypedParty
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile, person_of
from appliance.services.cases.listing import Listing

__all__ = ["Known", "applicant_of", "known_applicants"]

_SHORTEST_NAME, _SHORTEST_ID = 2, 6
_MOST = 8


class Known(NamedTuple):
    """Somebody, and the newest of the cases in which that person applied; ``times``: how many there are."""

    file: CaseFile
    party: TypedParty
    times: int


def known_applicants(book: CaseBook, listing: Listing, *, name: str, id_no: str) -> list[Known]:
    """Those who are meant, the newest first; each person once. Raises UsageError for what is too short to name one."""
    wanted_name, wanted_id = _plain(name), _plain(id_no).upper()
    if len(wanted_id) < _SHORTEST_ID:
        wanted_id = ""
    if not wanted_id and len(wanted_name) < _SHORTEST_NAME:
        raise UsageError.of("applicant-short")
    found: dict[str, Known] = {}
    for file, party in _applications(book, listing, wanted_name, wanted_id):
        same = _plain(party.id_no).upper() == wanted_id if wanted_id else _plain(party.name) == wanted_name
        if same:
            who = person_of(party).id_hash or f"{party.name} {party.born}"
            before = found.get(who)
            found[who] = Known(file, party, 1) if before is None else before._replace(times=before.times + 1)
    return list(found.values())[:_MOST]


def applicant_of(book: CaseBook, key: str) -> tuple[CaseFile, TypedParty]:
    """The case and its applicant. Raises NotFound for another kind of case, as for none."""
    file = book.file(key)
    party = _applicant(file)
    if party is None:
        raise NotFound.of("cases-unknown", case=key[:20])
    return file, party


def _applications(book: CaseBook, listing: Listing, name: str, id_no: str) -> Iterator[tuple[CaseFile, TypedParty]]:
    """Of the cases in which somebody is called so or has that number, the newest first."""
    for key in listing.naming(name=name, id_hash=person_of(TypedParty(part="applicant", id_no=id_no)).id_hash):
        with contextlib.suppress(Damaged):
            file = book.file(key)
            if (party := _applicant(file)) is not None:
                yield file, party


def _applicant(file: CaseFile) -> TypedParty | None:
    if file.case.kind is not Kind.CIT:
        return None
    return next((each for each in file.people if each.part == "applicant"), None)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
