"""Guards of the word that a case goes on from another. Small, named, pure; the words for their codes are in the message
catalogue, ``case-lack.<code>``.
"""

from __future__ import annotations

from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.guards_papers import lack

__all__ = ["LOCKED", "former_was_locked"]

LOCKED = "locked"
"""A staff case that was locked (I10) and asked for some of the same minutes."""


def former_was_locked(sight: GuardContext) -> tuple[str, ...]:
    """The staff case that a letter goes on from was locked and asked for some of the same minutes (I11). One that was
    named before is replaced, or taken back, with a reason."""
    facts = sight.facts
    fits = facts.former_is == LOCKED and facts.former != facts.linked if facts.former else facts.linked
    return lack("locked_case", fits) + lack("link_reason", facts.reason or not facts.linked)
