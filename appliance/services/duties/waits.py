"""What a book offers to the duty board: a thing that waits, and in which role a person could lead it on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from appliance.rules.duties import DeskDuty
from appliance.services.people.login import Seat

__all__ = ["WaitingItem", "holding"]

Fit = Callable[[Seat], str]
"""The role in which whoever sits there could, "" where not."""


class WaitingItem(NamedTuple):
    """``whom``: the role that it waits for, where nobody who sits here can."""

    duty: DeskDuty
    whom: str
    fit: Fit


def holding(roles: Collection[str], barred: Callable[[str], bool] = lambda person: False) -> Fit:
    """Whoever holds one of ``roles`` and is not ``barred``, as by the signature before."""

    def fit(seat: Seat) -> str:
        return "" if barred(seat.person) else next((role for role in seat.roles if role in roles), "")

    return fit
