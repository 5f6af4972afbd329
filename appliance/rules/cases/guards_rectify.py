"""Guards of 更正: which word, what it is to be, and two people (``T-80``, ``AT-61``). Small, named, pure."""

from __future__ import annotations

from appliance.rules.cases.facts import Sight
from appliance.rules.cases.guards_papers import lack
from appliance.rules.cases.rectify import reads

__all__ = ["another_person", "rectification_waits", "word_named", "word_new"]


def word_named(sight: Sight) -> tuple[str, ...]:
    return lack("rectify_what", sight.facts.rectify_old is not None)


def word_new(sight: Sight) -> tuple[str, ...]:
    facts = sight.facts
    return lack("rectify_new", facts.rectify.new.strip() != facts.rectify_old and reads(facts.rectify, sight.today))


def rectification_waits(sight: Sight) -> tuple[str, ...]:
    return lack("rectify_nothing", sight.case.rectifying)


def another_person(sight: Sight) -> tuple[str, ...]:
    """A row of 附件4, one that puts another right too, has two signatures of two people (``AT-61``)."""
    same = any(each.is_same(sight.actor.person) for each in sight.case.rectifying)
    return lack("rectify_other", not same)
