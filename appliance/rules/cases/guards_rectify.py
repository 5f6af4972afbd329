"""Guards of 更正: which word, what it is to be, and two people (``T-80``, ``AT-61``). Small, named, pure."""

from __future__ import annotations

from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.guards_letters import number_lacks
from appliance.rules.cases.guards_papers import lack
from appliance.rules.cases.rectify import is_doc_no_of, plain_word, reads

__all__ = [
    "all_shown",
    "another_person",
    "nothing_waits",
    "rectification_waits",
    "same_person",
    "signed_by_no_party",
    "word_free",
    "word_named",
    "word_new",
    "words_stand",
]


def word_named(sight: GuardContext) -> tuple[str, ...]:
    return lack("rectify_what", sight.facts.rectify_old is not None)


def word_new(sight: GuardContext) -> tuple[str, ...]:
    facts, new = sight.facts, plain_word(sight.facts.rectify)
    if not (new != facts.rectify_old and reads(facts.rectify, sight.today)):
        return lack("rectify_new", there=False)
    return number_lacks(new, facts) if is_doc_no_of(facts.rectify.what) else ()


def word_free(sight: GuardContext) -> tuple[str, ...]:
    """One 更正 of a word at a time: the next is judged by what stands once that is settled."""
    return lack("rectify_again", not sight.facts.rectify_again)


def words_stand(sight: GuardContext) -> tuple[str, ...]:
    """What is signed puts right what was put before the signer, and not what another act wrote since."""
    return lack("rectify_stale", not sight.facts.rectify_stale)


def same_person(sight: GuardContext) -> tuple[str, ...]:
    """What was decided was decided about somebody: another person asks in a case of their own (``AT-02``)."""
    return lack("rectify_person", sight.case.decided_on is None or not sight.facts.rectify_swaps)


def all_shown(sight: GuardContext) -> tuple[str, ...]:
    """Whoever signs, or declines, has seen each that waits, and no other."""
    facts = sight.facts
    return lack("rectify_unseen", set(facts.rectify.entries) == set(facts.rectify_waiting))


def signed_by_no_party(sight: GuardContext) -> tuple[str, ...]:
    """Nobody who signed the case, or signs this, is one of its people once the words are right (domain 4.2)."""
    signed = [each.person for each in sight.case.signatures if not each.superseded]
    people = (sight.actor.person, *sight.case.rectifying, *signed)
    parties = [each.person for each in sight.facts.rectify_parties]
    return lack("rectify_party", not any(one.is_same(other) for one in people for other in parties))


def nothing_waits(sight: GuardContext) -> tuple[str, ...]:
    return lack("rectify_waits", not sight.case.rectifying)


def rectification_waits(sight: GuardContext) -> tuple[str, ...]:
    return lack("rectify_nothing", sight.case.rectifying)


def another_person(sight: GuardContext) -> tuple[str, ...]:
    """A row of 附件4, one that puts another right too, has two signatures of two people (``AT-61``)."""
    same = any(each.is_same(sight.actor.person) for each in sight.case.rectifying)
    return lack("rectify_other", not same)
