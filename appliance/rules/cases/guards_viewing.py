"""Guards of appointments, viewings and agency copies: token, station, persons, filming, media. Small, named, pure.

The words for their codes are in the message catalogue, ``case-lack.<code>``.
"""

from __future__ import annotations

from datetime import date

from appliance.rules.cases.clocks import lapses_after
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.guards_papers import lack
from appliance.rules.cases.ranges import FORMER, granted_scopes, uncovered
from appliance.rules.cases.states import Stage

__all__ = [
    "accompanied",
    "appointment_made",
    "attendants_known",
    "branch_open",
    "copy_allowed",
    "copy_destroyed",
    "copy_exact",
    "copy_made_today",
    "copy_packed",
    "copy_scope_granted",
    "copy_verified",
    "day_is_over",
    "delivered_to_known",
    "devices_away",
    "done_otherwise",
    "failed_copy_destroyed",
    "filming_allowed_on",
    "filming_noted",
    "footage_readable",
    "identity_again",
    "masked_as_confirmed",
    "masking_ordered",
    "masks_bear_reason",
    "masks_confirmed",
    "masks_drawn",
    "masks_not_drawn",
    "masks_to_confirm",
    "medium_registered",
    "no_copy_exists",
    "no_copy_left",
    "not_lapsed",
    "nothing_else_seen",
    "nothing_shown_explained",
    "on_the_former",
    "on_this_recorder",
    "people_free",
    "residue_none",
    "session_signed",
    "statement_signed",
    "term_over",
    "token_alive",
    "token_due",
    "token_within_decision",
    "viewers_entitled",
    "viewers_few",
    "viewers_signed_nothing",
    "viewing_allowed",
]


def viewing_allowed(sight: GuardContext) -> tuple[str, ...]:
    """Viewing was granted, and has not been yet."""
    case = sight.case
    return lack("viewing_granted", "viewing" in case.allows and "viewed" not in case.flags)


def on_this_recorder(sight: GuardContext) -> tuple[str, ...]:
    """Footage of the recorder before this one is neither booked, masked nor shown here, and does not lapse here."""
    return lack("this_recorder", sight.case.recorder != FORMER)


def on_the_former(sight: GuardContext) -> tuple[str, ...]:
    return lack("former_recorder", sight.case.recorder == FORMER)


def copy_allowed(sight: GuardContext) -> tuple[str, ...]:
    """There is a copy decision of its own, not yet used (``AT-56``)."""
    case = sight.case
    return lack("copy_granted", "copy" in case.allows and "delivered" not in case.flags)


def no_copy_left(sight: GuardContext) -> tuple[str, ...]:
    """No copy was granted besides that is still to be given: that one does not lapse."""
    return lack("copy_left", copy_allowed(sight))


def masking_ordered(sight: GuardContext) -> tuple[str, ...]:
    """The decision has something seen with other people covered only, and it is still to be seen (``T-26``)."""
    case = sight.case
    return lack("masking_ordered", case.is_masked and not branch_open(sight))


def masks_not_drawn(sight: GuardContext) -> tuple[str, ...]:
    return lack("masks_not_drawn", not sight.case.masks_drawn)


def masks_drawn(sight: GuardContext) -> tuple[str, ...]:
    return lack("masks_drawn", sight.case.masks_drawn)


def masks_to_confirm(sight: GuardContext) -> tuple[str, ...]:
    """Somebody said that they are complete, and nobody confirmed them yet."""
    return masks_drawn(sight) + lack("masks_unconfirmed", not sight.case.masks_confirmed)


def masks_bear_reason(sight: GuardContext) -> tuple[str, ...]:
    """What is to be masked and has no mask at all says why it needs none."""
    facts = sight.facts
    return lack("mask_reason", facts.reason.strip() or not facts.masks_lacking)


def masks_confirmed(sight: GuardContext) -> tuple[str, ...]:
    """Nothing that was granted masked is booked, shown or given before its masks are drawn and confirmed (``T-26``)."""
    case = sight.case
    return lack("masks", not case.is_masked or case.masks_confirmed)


def masked_as_confirmed(sight: GuardContext) -> tuple[str, ...]:
    """A copy has the masks that stand: none was drawn anew since it was made."""
    signed = [each.stage for each in sight.case.signatures if not each.superseded]
    newer = sight.case.is_masked and Stage.COPY_MAKER in signed and Stage.MASK_CHECKER in signed[_last_copy(signed) :]
    return masks_confirmed(sight) + lack("masks_newer", not newer)


def _last_copy(signed: list[Stage]) -> int:
    return len(signed) - signed[::-1].index(Stage.COPY_MAKER)


def not_lapsed(sight: GuardContext) -> tuple[str, ...]:
    last = _last_day(sight)
    return lack("not_lapsed", last is not None and sight.today <= last)


def term_over(sight: GuardContext) -> tuple[str, ...]:
    return lack("term_over", not_lapsed(sight))


def branch_open(sight: GuardContext) -> tuple[str, ...]:
    """Something that was granted is still to be done."""
    return lack("branch_open", not viewing_allowed(sight) or not copy_allowed(sight))


def done_otherwise(sight: GuardContext) -> tuple[str, ...]:
    """What was really done, on a day since the decision. A copy that left the office was granted, or ordered by a court
    or prosecutor; its medium has a number, and what its making left behind was destroyed (七(三), 八(五)3(3))."""
    case, told = sight.case, sight.facts.otherwise
    day = told.day is not None and (case.decided_on or told.day) <= told.day <= sight.today
    lacks = lack("otherwise_done", told.done.strip()) + lack("otherwise_day", day)
    if told.copied != "yes":
        return lacks + lack("otherwise_copied", told.copied == "no")
    allowed = "copy" in case.allows or "court_order" in case.flags
    return (
        lacks
        + lack("otherwise_not_allowed", allowed)
        + lack("otherwise_medium", told.medium.strip())
        + lack("otherwise_destroyed", told.destroyed.strip())
    )


def appointment_made(sight: GuardContext) -> tuple[str, ...]:
    """A day from today to the last of the term, within office hours and not gone by; once the term is over, none."""
    if over := not_lapsed(sight):
        return over
    viewing, last = sight.facts.viewing, _last_day(sight)
    day = viewing.on is not None and last is not None and sight.today <= viewing.on <= last
    hour = lack("office_hours", viewing.in_hours) + (lack("appointment_past", not viewing.past) if day else ())
    return lack("appointment", day) + hour


def _last_day(sight: GuardContext) -> date | None:
    case = sight.case
    return lapses_after(case.decided_on, case.terms, sight.facts.days_off) if case.decided_on else None


def people_free(sight: GuardContext) -> tuple[str, ...]:
    return lack("people_free", sight.facts.viewing.people_free)


def viewers_few(sight: GuardContext) -> tuple[str, ...]:
    """The applicant and as many more as the pack allows (C13)."""
    viewers = sight.facts.viewing.viewers
    return lack("viewers", viewers) + lack("viewers_few", len(viewers) <= sight.case.terms.most_viewers)


def viewers_entitled(sight: GuardContext) -> tuple[str, ...]:
    """Joint viewing only of those who could each view alone (``T-29``)."""
    return lack("viewers_entitled", all(viewer.entitled for viewer in sight.facts.viewing.viewers))


def viewers_signed_nothing(sight: GuardContext) -> tuple[str, ...]:
    """Nobody who handled the case views it (4.2)."""
    signed = [each.person for each in sight.case.signatures]
    viewers = sight.facts.viewing.viewers
    return lack("viewers_signed_nothing", not any(one.person.is_same(each) for one in viewers for each in signed))


def token_within_decision(sight: GuardContext) -> tuple[str, ...]:
    """What is booked lies within what was decided: no camera and no second more (``INV-05``, ``AT-40``)."""
    scopes = sight.facts.viewing.scopes
    return lack("token_scope", scopes and not uncovered(scopes, granted_scopes(sight.case.rulings)))


def accompanied(sight: GuardContext) -> tuple[str, ...]:
    return lack("accompanied", sight.facts.viewing.accompanied_by)


def attendants_known(sight: GuardContext) -> tuple[str, ...]:
    """Whoever accompanies is of this office; whoever else is there is named with the body that sent them."""
    viewing = sight.facts.viewing
    office = lack("attendant", not viewing.accompanied_by or viewing.attendant_known)
    return office + lack("others_body", bool(viewing.others.strip()) == bool(viewing.others_body.strip()))


def nothing_shown_explained(sight: GuardContext) -> tuple[str, ...]:
    """A viewing in which nothing was opened ends with the reason why not; nothing pretends that it was seen."""
    return lack("nothing_shown", sight.facts.viewing.shown or sight.facts.reason.strip())


def footage_readable(sight: GuardContext) -> tuple[str, ...]:
    return lack("footage_readable", sight.facts.viewing.footage_readable)


def token_alive(sight: GuardContext) -> tuple[str, ...]:
    token = sight.case.token
    return lack("token", token is not None and token.on <= sight.today <= token.last)


def token_due(sight: GuardContext) -> tuple[str, ...]:
    """A viewing begins within the hours it was booked for: not before, and not after (domain 2.1). One that has begun
    goes on until it is ended, or the working day is."""
    return lack("token_hours", sight.facts.viewing.due_now)


def identity_again(sight: GuardContext) -> tuple[str, ...]:
    return lack("id_again", sight.facts.viewing.id_again)


def statement_signed(sight: GuardContext) -> tuple[str, ...]:
    return lack("statement_signed", sight.facts.viewing.statement_signed)


def devices_away(sight: GuardContext) -> tuple[str, ...]:
    return lack("devices_away", sight.facts.viewing.devices_away)


def filming_allowed_on(sight: GuardContext) -> tuple[str, ...]:
    """After 發現拍攝 it goes on only with the unit head's word (C17)."""
    viewing = sight.facts.viewing
    return lack("head_allows", not viewing.filmed or viewing.head_allows)


def nothing_else_seen(sight: GuardContext) -> tuple[str, ...]:
    """Where the viewing showed something else that may be a crime, whoever came to view sees no more (``T-48``)."""
    return lack("other_event", not sight.facts.viewing.other_event)


def filming_noted(sight: GuardContext) -> tuple[str, ...]:
    """拍攝情形 is noted, and never as none where it was seen (``AT-42``)."""
    viewing = sight.facts.viewing
    denied = lack("filming_seen", not (viewing.filmed and viewing.filming == "none"))
    return lack("filming", viewing.filming) + denied


def session_signed(sight: GuardContext) -> tuple[str, ...]:
    return lack("session_signed", sight.facts.viewing.signed)


def no_copy_exists(sight: GuardContext) -> tuple[str, ...]:
    """The store itself says that there is none."""
    return lack("no_copy_exists", not sight.facts.copy_work.alive)


def copy_made_today(sight: GuardContext) -> tuple[str, ...]:
    """On the day of the viewing: A11 allows the working day before it, but no copy outlives its day (``INV-07``)."""
    token = sight.case.token
    return lack("copy_too_early", token is not None and token.on == sight.today)


def copy_exact(sight: GuardContext) -> tuple[str, ...]:
    """The viewing copy is the token's scope, no more and no less (``AT-54``)."""
    token, work = sight.case.token, sight.facts.copy_work
    same = token is not None and not uncovered(work.scopes, token.scopes) and not uncovered(token.scopes, work.scopes)
    return lack("copy_scope", same) + lack("copy_exists", work.alive)


def copy_destroyed(sight: GuardContext) -> tuple[str, ...]:
    work = sight.facts.copy_work
    return lack("copy_destroyed", work.destroyed and not work.alive)


def day_is_over(sight: GuardContext) -> tuple[str, ...]:
    token = sight.case.token
    return lack("day_is_over", token is not None and sight.today > token.on)


def medium_registered(sight: GuardContext) -> tuple[str, ...]:
    work = sight.facts.copy_work
    return lack("medium", work.medium and work.medium_registered)


def copy_scope_granted(sight: GuardContext) -> tuple[str, ...]:
    """Exactly what was decided goes onto the medium (八(五)3(3))."""
    scopes, granted = sight.facts.copy_work.scopes, granted_scopes(sight.case.rulings)
    return lack("copy_scope", scopes and not uncovered(scopes, granted) and not uncovered(granted, scopes))


def copy_packed(sight: GuardContext) -> tuple[str, ...]:
    """The recorder itself wrote it, up to the manifest that the entry names: nobody says that there is a copy
    (``INV-06``)."""
    return lack("copy_packed", sight.facts.copy_work.manifest)


def failed_copy_destroyed(sight: GuardContext) -> tuple[str, ...]:
    """A medium that failed is destroyed with a certificate before another is written (``T-49``)."""
    return lack("failed_destroyed", sight.facts.copy_work.failed_destroyed)


def copy_verified(sight: GuardContext) -> tuple[str, ...]:
    """Read back whole by whoever signs, equal, and seen to play elsewhere."""
    work = sight.facts.copy_work
    equal = lack("hash_equal", work.hash_equal) if work.reread else ()  # nothing is known of one that nobody read
    return lack("reread", work.reread) + equal + lack("plays", work.plays)


def delivered_to_known(sight: GuardContext) -> tuple[str, ...]:
    work = sight.facts.copy_work
    return (
        lack("receiver_known", work.handed_to_known)
        + lack("receipt_signed", work.receipt_signed)
        + lack("passphrase_apart", work.passphrase_apart)
    )


def residue_none(sight: GuardContext) -> tuple[str, ...]:
    return lack("residue", sight.facts.copy_work.residue_none)
