"""Two people who act together on the office's own rules: one proposes, another approves, both have just proved it.

No single person changes retention, time or what destroys (``rules`` 4.2: time, retention or policy change × sole
approval).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from appliance.core.errors import Refused
from appliance.rules.people import DECIDERS, OFFICERS
from appliance.services.people.login import Logins, Seat

__all__ = ["Pair", "prove_pair"]


class Pair(NamedTuple):
    """Of different people, both of whose passwords were typed for this very act."""

    proposer: Seat
    approver: Seat

    def sealed(self) -> dict[str, str]:
        """Who they are, for a sealed record."""
        return {
            "by": self.proposer.person,
            "display": self.proposer.display,
            "approved_by": self.approver.person,
            "approver": self.approver.display,
        }


def prove_pair(
    logins: Logins,
    token: str,
    passwords: Mapping[int, str],
    *,
    proposers: Collection[str] = OFFICERS,
    approvers: Collection[str] = DECIDERS,
) -> Pair:
    """The two people of a session, by the passwords each typed, by seat number.

    Raises Refused when a role or a person is missing or a password is wrong, Unavailable while one is throttled,
    NotLoggedIn.
    """
    seats = logins.session(token).seats
    found = next(
        (
            (first, second)
            for first in seats
            for second in seats
            if first.person != second.person
            and set(first.roles) & set(proposers)
            and set(second.roles) & set(approvers)
        ),
        None,
    )
    if found is None:
        raise Refused.of(
            "rules-pair", proposers=" or ".join(sorted(proposers)), approvers=" or ".join(sorted(approvers))
        )
    proposer, approver = (logins.reauthenticate(token, seat.seat, passwords.get(seat.seat, "")) for seat in found)
    return Pair(proposer, approver)
