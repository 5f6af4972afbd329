"""Guards of receipt, completion and everything before the chain: what must lie on the desk. Small, named, pure.

A guard answers with codes of what is missing; the words are in the message catalogue, ``case-lack.<code>``.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from appliance.rules.cases.facts import CaseFacts, GuardContext
from appliance.rules.cases.formal_check import FORBIDDEN_REASONS, FORMAL_ITEMS, STAFF_REASONS, formal_missing
from appliance.rules.cases.papers import Late
from appliance.rules.cases.states import Kind
from appliance.rules.people import Role

__all__ = [
    "applicant_present",
    "call_noted",
    "cannot_be_corrected",
    "correction_overdue",
    "form_in_hand",
    "form_signed",
    "formal_complete",
    "has_defects",
    "judicial_no",
    "lack",
    "late_told",
    "legally_reviewed",
    "letter_in_hand",
    "lock_source_noted",
    "no_letter_came",
    "no_redirect_proposed",
    "no_statute_named",
    "not_extended",
    "not_live",
    "not_statutory",
    "numbered",
    "order_document",
    "other_path_named",
    "parties_named",
    "purpose_allowed",
    "range_named",
    "range_past",
    "redirect_proposed",
    "scan_filed",
    "scan_lacking",
    "section_headed",
    "section_named",
    "slip_left",
    "staff_form",
    "statute_named",
    "to_put_right",
    "visitor_identified",
    "withdrawal_in_writing",
]


def lack(code: str, there: object, of: str = "") -> tuple[str, ...]:
    """The code, unless the thing is there; ``of``: what its words name, behind a colon."""
    return () if there else (f"{code}:{of}" if of else code,)


def numbered(sight: GuardContext) -> tuple[str, ...]:
    """A receipt has its number and a policy version in force (一)."""
    return lack("number", sight.facts.number) + lack("policy", sight.facts.policy)


def parties_named(sight: GuardContext) -> tuple[str, ...]:
    return lack("applicant", any(each.part == "applicant" for each in sight.facts.parties))


def applicant_present(sight: GuardContext) -> tuple[str, ...]:
    return lack("applicant_present", sight.facts.form.present)


def form_in_hand(sight: GuardContext) -> tuple[str, ...]:
    """附件2 on paper; it may be incomplete (``D-13``, ``T-20``)."""
    return lack("form_in_hand", sight.facts.form.in_hand)


def range_named(sight: GuardContext) -> tuple[str, ...]:
    """A camera and minutes, or nothing can be pinned; who does not know the camera chooses a place (``T-24``)."""
    asked = sight.facts.asked
    return lack("range", asked and all(each.start_ns < each.end_ns and each.camera_no for each in asked))


def range_past(sight: GuardContext) -> tuple[str, ...]:
    """以歷史影音資料為主: a range ends no later than the application (八(二), ``AT-29``)."""
    return lack("range_past", all(each.end_ns <= sight.facts.filed_ns for each in sight.facts.asked))


def late_told(sight: GuardContext) -> tuple[str, ...]:
    """補登 says when the paper was received, no time after now, and why it is entered late (``T-78``). The office's
    term runs from that day."""
    late = sight.facts.late
    if late == Late():
        return ()
    return lack("late_at", 0 < late.at_ns <= sight.facts.filed_ns) + lack("late_reason", late.reason.strip())


def not_live(sight: GuardContext) -> tuple[str, ...]:
    return lack("not_live", not sight.facts.live)


def formal_complete(sight: GuardContext) -> tuple[str, ...]:
    return formal_missing(sight.case.kind, _with_all_ranges(sight), statutory=bool(sight.case.statutory))


def _with_all_ranges(sight: GuardContext) -> CaseFacts:
    return msgspec.structs.replace(sight.facts, asked=sight.case.asked or sight.facts.asked)


def has_defects(sight: GuardContext) -> tuple[str, ...]:
    """Something that whoever asks can put right; what the office itself owes, a scan, is nothing to ask for."""
    return lack("defects", to_put_right(sight))


def to_put_right(sight: GuardContext) -> tuple[str, ...]:
    """Of what the formal check misses, what whoever asks is to put right."""
    theirs = {item.code for item in FORMAL_ITEMS[sight.case.kind] if item.places}
    return tuple(code for code in formal_complete(sight) if code in theirs)


def correction_overdue(sight: GuardContext) -> tuple[str, ...]:
    """The days run from the service of what asks for it."""
    due = sight.case.correction_due
    return lack("correction_overdue", due is not None and sight.today > due)


def legally_reviewed(sight: GuardContext) -> tuple[str, ...]:
    """A statutory request is answered by nobody before the legal people have (``D-23``)."""
    return lack("legal_review", not sight.case.statutory or sight.facts.legal_review)


def purpose_allowed(sight: GuardContext) -> tuple[str, ...]:
    """Never attendance, appraisal, recognition of faces or of behaviour (二, ``D-30``, ``AT-04``)."""
    return lack("purpose_allowed", sight.facts.form.reason not in FORBIDDEN_REASONS)


def cannot_be_corrected(sight: GuardContext) -> tuple[str, ...]:
    """Only what no paper can mend is dismissed at once: a purpose that no request may have, as the request itself
    states it or as the desk finds it; what the request states stays as it is (``AT-04``, ``D-30``)."""
    found = sight.facts.barred in FORBIDDEN_REASONS
    return lack("forbidden_purpose", found or purpose_allowed(sight))


def staff_form(sight: GuardContext) -> tuple[str, ...]:
    """A reason of 八(五)2(1) and a named viewer (``AT-44``)."""
    missing = formal_missing(Kind.INT, sight.facts)
    return missing if sight.facts.form.reason in STAFF_REASONS else tuple(dict.fromkeys(("staff_reason", *missing)))


def _scanned(sight: GuardContext) -> bool:
    """A colleague's request that was sent from the own account has no paper, so it lacks no scan."""
    facts, kind = sight.facts, sight.case.kind
    paperless = kind is Kind.INT and not facts.form.in_hand
    return paperless or (facts.letter.scanned if kind is Kind.AGY else facts.form.scanned)


def scan_filed(sight: GuardContext) -> tuple[str, ...]:
    """The scan of the signed form, or of the letter, is on file at the latest when its case is closed, however it
    ended and whatever was said of it before (``AT-38``); else the unit head signed for the reason."""
    return lack("scan_filed", _scanned(sight) or "scan_excused" in sight.case.flags)


def scan_lacking(sight: GuardContext) -> tuple[str, ...]:
    return lack("scan_there", not _scanned(sight) and "scan_excused" not in sight.case.flags)


def section_named(sight: GuardContext) -> tuple[str, ...]:
    return lack("section", sight.facts.section)


def section_headed(sight: GuardContext) -> tuple[str, ...]:
    """The unit that 附件3 names is one whose head can stamp it; the office knows its units by their heads."""
    facts, today = sight.facts, sight.today
    if not facts.section:
        return lack("section", facts.section)
    heads = [each for each in facts.roster if each.role is Role.SECTION_HEAD and each.covers(today)]
    units = dict.fromkeys((*(each.section for each in heads if each.section), facts.managing_section))
    return lack("section_head", facts.section in units, "、".join(filter(None, units)))


def form_signed(sight: GuardContext) -> tuple[str, ...]:
    """附件3 on paper bears its applicant's ink, which nobody else puts there."""
    return lack("form_signed", sight.facts.form.signed)


def judicial_no(sight: GuardContext) -> tuple[str, ...]:
    """已否進入司法程序 was asked for this act and answered 否 (八(五)2(2))."""
    return lack("judicial_no", sight.facts.form.judicial == "no")


def call_noted(sight: GuardContext) -> tuple[str, ...]:
    voice = sight.facts.voice
    return lack("caller", voice.caller) + lack("agency", voice.agency) + lack("called_back", voice.called_back)


def no_letter_came(sight: GuardContext) -> tuple[str, ...]:
    since, days = sight.case.preserved_on, sight.case.terms.preserve_days
    return lack("letter_term_over", since is not None and sight.today > since + timedelta(days=days))


def letter_in_hand(sight: GuardContext) -> tuple[str, ...]:
    """A letter of a public agency, proved by its seal or by electronic exchange; it may be incomplete (``T-31``)."""
    letter = sight.facts.letter
    return lack("agency", letter.agency) + lack("public_agency", letter.public) + lack("letter_proof", letter.proof)


def visitor_identified(sight: GuardContext) -> tuple[str, ...]:
    """ID and the letter, of the letter's agency (``AT-51``)."""
    visit, letter = sight.facts.visit, sight.facts.letter
    same = bool(visit.agency) and visit.agency == letter.agency
    return lack("visitor_id", visit.id_checked) + lack("visitor_letter", visit.letter_seen) + lack("same_agency", same)


def not_extended(sight: GuardContext) -> tuple[str, ...]:
    """Once: what is decided to be told counts as well as what was told."""
    clock = sight.case.clock
    return lack("not_extended", clock is not None and not clock.is_extended and "extending" not in sight.case.flags)


def no_statute_named(sight: GuardContext) -> tuple[str, ...]:
    """A member of staff who asks under another law asks as anybody does: on 附件2."""
    return lack("no_statute", not sight.facts.statutory)


def statute_named(sight: GuardContext) -> tuple[str, ...]:
    return lack("statute", sight.facts.statutory)


def other_path_named(sight: GuardContext) -> tuple[str, ...]:
    """Which body is the right one and by which procedure, why this office is not, and the article (``T-31``)."""
    proposal = sight.facts.proposal
    return (
        lack("other_body", proposal.body)
        + lack("other_path", proposal.path)
        + lack("redirect_reason", proposal.reason)
        + lack("proposal_article", proposal.article)
    )


def redirect_proposed(sight: GuardContext) -> tuple[str, ...]:
    return lack("no_redirect", "redirecting" in sight.case.flags)


def no_redirect_proposed(sight: GuardContext) -> tuple[str, ...]:
    """What went up the chain as a redirection is decided as one, or returned."""
    return lack("redirect_waits", "redirecting" not in sight.case.flags)


def not_statutory(sight: GuardContext) -> tuple[str, ...]:
    """A request under another law is answered by that law (``D-23``)."""
    return lack("not_statutory", not sight.case.statutory)


def withdrawal_in_writing(sight: GuardContext) -> tuple[str, ...]:
    """In the applicant's hand; whoever has an account withdraws by it (C23)."""
    own = any(each.part == "applicant" and each.person.is_same(sight.actor.person) for each in sight.case.parties)
    return lack("withdrawal_in_writing", own or sight.facts.voucher.kind == "withdrawal")


def lock_source_noted(sight: GuardContext) -> tuple[str, ...]:
    return lack("lock_source", sight.facts.source)


def order_document(sight: GuardContext) -> tuple[str, ...]:
    """By its number, and whose it is: what is held on it stands under that name."""
    voucher = sight.facts.voucher
    named = voucher.kind == "court_order" and voucher.number
    return lack("order_document", named) + lack("order_agency", voucher.agency.strip())


def slip_left(sight: GuardContext) -> tuple[str, ...]:
    """The slip's pin is renewed once (``D-05``)."""
    return lack("slip_left", sight.case.slips < 2)
