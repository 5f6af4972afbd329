"""The numbers and the chain that a case keeps from its first day on: those of its pack (``AT-01``).

Days are calendar days where they are not said to be working days. The defaults are the rules' own, ``D-05``, ``D-11``.
"""

from __future__ import annotations

from appliance.core.model import Record

__all__ = ["STANDARD", "CaseTerms"]


class CaseTerms(Record, frozen=True, kw_only=True):
    """``decision_days``: to answer a citizen; ``agency_red_working_days``: until an agency's answer is overdue;
    ``booking_days`` and ``lapse_days``: to book a viewing and to have it, from the grant. ``preserve_days`` to
    ``lock_days``: what a pin outlives (``pins``). ``secretary``: whether one signs in the chain."""

    decision_days: int = 15
    extension_days: int = 15
    correction_days: int = 7
    staff_working_days: int = 5
    agency_working_days: int = 3
    agency_red_working_days: int = 7
    booking_days: int = 14
    lapse_days: int = 30
    preserve_days: int = 14
    remedy_days: int = 30
    after_remedy_days: int = 10
    slip_days: int = 30
    withdrawn_days: int = 7
    lock_days: int = 60
    most_viewers: int = 3
    secretary: bool = True


STANDARD = CaseTerms()
