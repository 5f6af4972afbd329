"""Who has to be logged in where footage is opened. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence

from appliance.core.messages import CodedMessage, coded
from appliance.services.cases.attending import SITS_LACK
from appliance.services.people.login import Seat, Session

__all__ = ["unpledged", "what_lacks", "without_names"]


def what_lacks(
    session: Session, holders: Sequence[Seat], seat: int | None, sits: Sequence[Collection[str]]
) -> CodedMessage | None:
    """What these people lack for a viewing; None when nothing."""
    if len({each.person for each in session.seats}) < 2:
        return coded("two-people")
    fit = [[each.person for each in session.seats if set(wanted) & set(each.roles)] for wanted in sits]
    if not any(len(set(people)) == len(sits) for people in itertools.product(*fit)):
        return coded(SITS_LACK[tuple(sits)])
    if not holders:
        return coded("no-keyholder")
    if seat is not None and seat not in [each.seat for each in holders]:
        return coded("seat-no-key", seat=seat)
    return None


def unpledged(session: Session, pledged: Callable[[str], bool]) -> CodedMessage | None:
    """Whose pledge of confidentiality does not hold (八(一)); None where everybody's does."""
    names = [each.display for each in session.seats if not pledged(each.person)]
    return coded("needs-pledge", names=", ".join(names)) if names else None


def without_names(why: CodedMessage) -> CodedMessage:
    """As it is entered."""
    return coded("needs-pledge-here") if why.code == "needs-pledge" else why
