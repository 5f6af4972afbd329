"""Guards of the letters of a case, each in two acts: 發文 (its day, number and signer), and 送達 (its day and proof).

Without 發文 a letter is a draft (公文程式條例 6, ``AT-72``); what a letter gives the other side counts from its 送達
(訴願法 14). Small, named, pure; the words for their codes are in the message catalogue, ``case-lack.<code>``.
"""

from __future__ import annotations

from datetime import date

from appliance.rules.cases.facts import CaseFacts, GuardContext
from appliance.rules.cases.guards_papers import lack
from appliance.rules.cases.states import NOT_ALL
from appliance.rules.document_number import faults_of
from appliance.rules.people import Role

__all__ = [
    "HANDED",
    "answer_not_issued",
    "answer_served",
    "answer_told",
    "correction_not_issued",
    "correction_served",
    "extension_called",
    "extension_served",
    "letter_issued",
    "number_lacks",
    "proof_of_service",
]


HANDED = "handed"
"""Of ``Service.means``: given to the applicant in the office."""


def letter_issued(sight: GuardContext) -> tuple[str, ...]:
    """發文字號 that no other letter has, a 發文日期 no day before what it tells, and the director's signature or a
    dated deputy's of that day (公文程式條例 3, 4, 6; ``AT-53``)."""
    dispatch, case = sight.facts.dispatch, sight.case
    day = dispatch.day
    fits = day is not None and (case.decided_on or case.received_on or day) <= day <= sight.today
    signs = any(
        each.role is Role.DIRECTOR and each.covers(day or sight.today) and each.person.account == dispatch.signer
        for each in sight.facts.roster
    )
    return lack("issue_day", fits) + number_lacks(dispatch.doc_no, sight.facts) + lack("letter_signer", signs)


def number_lacks(doc_no: str, facts: CaseFacts) -> tuple[str, ...]:
    """發文字號 is one of this office and of one letter only."""
    return lack("doc_no", doc_no) or faults_of(doc_no, facts.letter_word, facts.doc_no_of)


def _served(sight: GuardContext, issued: date | None) -> tuple[str, ...]:
    """How and on which day a letter was told that went out on ``issued``, no day before that."""
    service = sight.facts.service
    if issued is None:
        return lack("not_issued", issued)
    day = service.day is not None and issued <= service.day <= sight.today
    return lack("service_means", service.means) + lack("service_day", day)


def answer_not_issued(sight: GuardContext) -> tuple[str, ...]:
    return lack("already_issued", sight.case.issued_on is None)


def answer_served(sight: GuardContext) -> tuple[str, ...]:
    """From its day the remedy and the pin's end are counted."""
    return _served(sight, sight.case.issued_on)


def answer_told(sight: GuardContext) -> tuple[str, ...]:
    """A citizen to whom everything is granted is told by the notice that is handed over in the office, on a day since
    the decision: no rule asks for a numbered letter of it (C12). Sent in any other way, or under another law, it is a
    letter that went out before it arrived."""
    case, service = sight.case, sight.facts.service
    if case.issued_on is not None:
        return _served(sight, case.issued_on)
    if case.statutory:
        return lack("not_issued", case.issued_on)
    return lack("not_handed", service.means in ("", HANDED)) or _served(sight, case.decided_on)


def proof_of_service(sight: GuardContext) -> tuple[str, ...]:
    """What gives nothing, or answers under another law, is a served document (C12, ``AT-65``): its proof is named by
    number and day."""
    case = sight.case
    needed = case.result in NOT_ALL or case.statutory
    service = sight.facts.service
    day = service.proof_day
    fits = day is not None and (case.issued_on or day) <= day <= sight.today
    given = lack("service_proof", service.proof_no.strip()) + lack("service_proof_day", fits)
    return given if needed or service.proof_no or day else ()


def correction_not_issued(sight: GuardContext) -> tuple[str, ...]:
    return lack("already_issued", sight.case.correction_issued_on is None)


def correction_served(sight: GuardContext) -> tuple[str, ...]:
    case = sight.case
    return lack("already_served", case.correction_served_on is None) + _served(sight, case.correction_issued_on)


def extension_called(sight: GuardContext) -> tuple[str, ...]:
    """It was decided to take longer, and not told yet."""
    case = sight.case
    return lack("no_extension", "extending" in case.flags and case.extension_issued_on is None)


def extension_served(sight: GuardContext) -> tuple[str, ...]:
    case = sight.case
    return lack("already_served", case.extension_served_on is None) + _served(sight, case.extension_issued_on)
