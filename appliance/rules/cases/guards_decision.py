"""Guards of the chain and of the answer: existence, checklist, rulings, reasons, service. Small, named, pure.

The words for their codes are in the message catalogue, ``case-lack.<code>``.
"""

from __future__ import annotations

from appliance.rules.cases.checklist import denied, unanswered
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.guards_papers import lack
from appliance.rules.cases.papers import GIVES
from appliance.rules.cases.ranges import FORMER, Outcome, outcome_of, uncovered
from appliance.rules.cases.roster import director_asks
from appliance.rules.cases.states import NEGATIVE, NOT_ALL, POSITIVE, Stage, State
from appliance.rules.cases.usage_log_row import cells_missing

__all__ = [
    "agency_consulted",
    "answers_bear_grant",
    "checklist_complete",
    "copy_proposed",
    "copy_reason_in_letter",
    "copy_reasoned",
    "copy_ruled",
    "director_is_no_party",
    "director_is_party",
    "existence_checked",
    "existence_none",
    "ledger_full",
    "ledger_signed",
    "narrowing_reasoned",
    "not_refused",
    "note_given",
    "outcome_granted",
    "outcome_partly",
    "outcome_refused",
    "proposal_complete",
    "proposal_follows_answers",
    "ready_to_close",
    "refusal_reasoned",
    "report_proven",
    "result_negative",
    "rulings_complete",
    "rulings_within_asked",
    "something_granted",
]


def existence_checked(sight: GuardContext) -> tuple[str, ...]:
    """存否查核 found something; it says no more than that (``AT-39``). What lies on the recorder before this one is
    looked for there, by people."""
    return lack("existence", sight.facts.existence in ("in_store", "partly", FORMER))


def existence_none(sight: GuardContext) -> tuple[str, ...]:
    return lack("existence_none", sight.facts.existence in ("expired", "gap"))


def checklist_complete(sight: GuardContext) -> tuple[str, ...]:
    return tuple(f"check_{code}" for code in unanswered(sight.case, sight.facts))


def proposal_complete(sight: GuardContext) -> tuple[str, ...]:
    """准予／部分／否准 with the article it rests on."""
    proposal = sight.facts.proposal
    return lack("proposal", proposal.result in set(Outcome)) + lack("proposal_article", proposal.article)


def answers_bear_grant(sight: GuardContext) -> tuple[str, ...]:
    """Nothing is granted against the checklist: not to watch a colleague (``D-30``, ``T-36``), once judicial procedure
    began (八(五)2(2)), to a stranger (八(五)1(1)), for another reason that is no unlawful act (``AT-36``); a use
    outside the system's purposes rests on a named exception of PDPA 16 (``AT-04``)."""
    no, proposal = denied(sight.case, sight.facts), sight.facts.proposal
    return (
        lack("colleague_watched", "no_colleague_watched" not in no)
        + lack("judicial_begun", "not_judicial" not in no)
        + lack("no_standing", "standing_holds" not in no)
        + lack("no_unlawful_act", "other_reason_is_unlawful_act" not in no)
        + lack("purpose_exception", "purpose_fits" not in no or proposal.exception)
    )


def proposal_follows_answers(sight: GuardContext) -> tuple[str, ...]:
    """The manager proposes no grant that the answers keep from being given."""
    grants = sight.facts.proposal.result in (Outcome.GRANTED, Outcome.PARTLY)
    return answers_bear_grant(sight) if grants else ()


def copy_proposed(sight: GuardContext) -> tuple[str, ...]:
    """Where the letter asks for a copy, the chain sees what is to become of that and why, before it is decided
    (八(五)3(3), ``AT-56``)."""
    letter, proposal = sight.facts.letter, sight.facts.proposal
    if not letter.copy_asked or proposal.result == Outcome.REFUSED:
        return ()
    return lack("copy_ruled", proposal.give in GIVES) + lack("copy_reasoned", proposal.copy_reasoned)


def note_given(sight: GuardContext) -> tuple[str, ...]:
    return lack("note", sight.facts.reason)


def report_proven(sight: GuardContext) -> tuple[str, ...]:
    """Never approved without the police report's number, whatever came before (``AT-37``). A request under another law
    is decided by that law, which asks for none (``D-23``)."""
    form = sight.facts.form
    return lack("report_no", sight.case.statutory or (form.report_no and form.report_unit))


def agency_consulted(sight: GuardContext) -> tuple[str, ...]:
    """An agency that asked for the same minutes under 偵查不公開 is consulted first (``T-34``)."""
    return lack("agency_consulted", not sight.facts.overlap_secret or sight.facts.agency_consulted)


def rulings_complete(sight: GuardContext) -> tuple[str, ...]:
    """Each range has one ruling."""
    return lack("rulings", outcome_of(sight.case.asked, sight.facts.rulings) is not None)


def rulings_within_asked(sight: GuardContext) -> tuple[str, ...]:
    """Each ruling lies within its own range (``INV-05``)."""
    asked, rulings = sight.case.asked, sight.facts.rulings
    within = all(
        ruling.range_no in range(len(asked))
        and not uncovered(ruling.scopes, [asked[ruling.range_no]])
        and all(scope.start_ns < scope.end_ns for scope in ruling.scopes)
        for ruling in rulings
    )
    return lack("rulings_within_asked", within)


def _outcome_is(sight: GuardContext, *wanted: Outcome) -> tuple[str, ...]:
    outcome = outcome_of(sight.case.asked, sight.facts.rulings)
    return lack(f"outcome_{wanted[0]}", outcome is None or outcome in wanted)


def outcome_granted(sight: GuardContext) -> tuple[str, ...]:
    return _outcome_is(sight, Outcome.GRANTED)


def outcome_partly(sight: GuardContext) -> tuple[str, ...]:
    return _outcome_is(sight, Outcome.PARTLY)


def outcome_refused(sight: GuardContext) -> tuple[str, ...]:
    return _outcome_is(sight, Outcome.REFUSED)


def narrowing_reasoned(sight: GuardContext) -> tuple[str, ...]:
    """Less than was asked for has its reason, range by range (C10)."""
    asked = sight.case.asked
    bare = [
        ruling
        for ruling in sight.facts.rulings
        if ruling.range_no in range(len(asked))
        and ruling.outcome(asked[ruling.range_no]) is not Outcome.GRANTED
        and not ruling.reason
    ]
    return lack("narrowing_reason", not bare)


def refusal_reasoned(sight: GuardContext) -> tuple[str, ...]:
    """Reason and article (行政程序法 96; of an agency's request 行政程序法 19 ④⑤ or PDPA)."""
    return lack("refusal_reason", sight.facts.reason) + lack("refusal_article", sight.facts.article)


def copy_reason_in_letter(sight: GuardContext) -> tuple[str, ...]:
    """The agency stated the need in its letter, not by telephone (八(五)3(3), ``AT-56``)."""
    return lack("copy_reason_in_letter", sight.facts.letter.copy_reason and sight.facts.letter.number)


def copy_ruled(sight: GuardContext) -> tuple[str, ...]:
    """Where the letter asks for a copy, whoever allows the viewing alone says so and why: none is passed over
    (八(五)3(3)), and the agency is told the reason (行政程序法 19 VI)."""
    facts = sight.facts
    if not facts.letter.copy_asked:
        return ()
    return lack("copy_ruled", facts.viewing_only) + lack("copy_reasoned", facts.copy_reasoned)


def copy_reasoned(sight: GuardContext) -> tuple[str, ...]:
    """The decision to give a copy is one of its own."""
    return lack("copy_reasoned", sight.facts.copy_reasoned)


def director_is_party(sight: GuardContext) -> tuple[str, ...]:
    return lack("director_is_party", director_asks(sight.case, sight.facts, sight.today))


def director_is_no_party(sight: GuardContext) -> tuple[str, ...]:
    """The director's own request goes no further than the secretary, who decides as acting head (I12)."""
    return lack("director_is_no_party", not director_asks(sight.case, sight.facts, sight.today))


def something_granted(sight: GuardContext) -> tuple[str, ...]:
    return lack("something_granted", sight.case.result in POSITIVE)


def result_negative(sight: GuardContext) -> tuple[str, ...]:
    return lack("result_negative", sight.case.result in NOT_ALL)


def not_refused(sight: GuardContext) -> tuple[str, ...]:
    """What was refused is answered and not withdrawn: its remedy and its pin stand."""
    return lack("not_refused", sight.case.result not in NEGATIVE)


def ready_to_close(sight: GuardContext) -> tuple[str, ...]:
    """Viewing and copying, as far as each was granted, are over; or nothing was granted and that was told."""
    case = sight.case
    if case.state is State.NOTIFIED:
        return lack("nothing_given", case.result not in POSITIVE)
    if case.state is not State.CLEANED:
        return ()
    return lack("viewing_done", "viewing" not in case.allows or "viewed" in case.flags) + lack(
        "copy_done", "copy" not in case.allows or "delivered" in case.flags
    )


def ledger_full(sight: GuardContext) -> tuple[str, ...]:
    """No required cell of the row in 附件4 is empty (``AT-59``)."""
    return cells_missing(sight.case, sight.facts)


def ledger_signed(sight: GuardContext) -> tuple[str, ...]:
    """管理人員 and 主管 signed the row, two people (``AT-61``)."""
    signed = {each.stage: each.person for each in sight.case.signatures if not each.superseded}
    one, other = signed.get(Stage.LEDGER_MANAGER), signed.get(Stage.LEDGER_HEAD)
    two = one is None or other is None or not one.is_same(other)
    return lack("ledger_manager", one) + lack("ledger_head", other) + lack("ledger_two", two)
