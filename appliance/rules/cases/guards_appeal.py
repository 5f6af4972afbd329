"""Guards of 訴願: that it was received (C22), how it ended, and that what it was against is decided anew. Small, named,
pure; the words for their codes are in the message catalogue, ``case-lack.<code>``.

Source: 訴願法 14, 58 II, 60, 77, 79, 81.
"""

from __future__ import annotations

from collections.abc import Collection

from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.guards_papers import lack

__all__ = [
    "ANEW",
    "STANDS",
    "UPHELD",
    "appeal_concluded",
    "appeal_received",
    "appeal_succeeded",
    "appeal_waits",
    "former_to_decide_anew",
]

STANDS = ("withdrawn", "inadmissible", "rejected")
"""撤回 (60), 不受理 (77), 駁回 (79): the decision stands."""

ANEW = ("revoked", "own_revoked")
"""訴願決定撤銷 (81), 本所自行撤銷或變更 (58 II): it is decided anew."""

UPHELD = "upheld"
"""A case whose decision was revoked and which no other goes on from yet."""


def appeal_received(sight: GuardContext) -> tuple[str, ...]:
    """By its number, and the day on which it was received, no day before the service of what it is against."""
    voucher, served = sight.facts.voucher, sight.case.served_on
    fits = voucher.day is not None and (served or voucher.day) <= voucher.day <= sight.today
    return lack("appeal_letter", voucher.kind == "appeal" and voucher.number) + lack("appeal_day", fits)


def appeal_waits(sight: GuardContext) -> tuple[str, ...]:
    return lack("no_appeal", "appeal" in sight.case.flags)


def _concluded(sight: GuardContext, ends: Collection[str]) -> tuple[str, ...]:
    """How it ended, by which document, received on which day: none before the appeal itself."""
    voucher, began = sight.facts.voucher, sight.case.appealed_on
    fits = voucher.day is not None and (began or voucher.day) <= voucher.day <= sight.today
    said = lack("appeal_end", voucher.kind in ends) + lack("appeal_end_letter", voucher.number)
    return said + lack("appeal_end_day", fits)


def appeal_concluded(sight: GuardContext) -> tuple[str, ...]:
    return _concluded(sight, STANDS)


def appeal_succeeded(sight: GuardContext) -> tuple[str, ...]:
    return _concluded(sight, ANEW)


def former_to_decide_anew(sight: GuardContext) -> tuple[str, ...]:
    """The case that it goes on from was decided, that was revoked, and no case goes on from it yet."""
    return lack("former_upheld", sight.facts.former_is == UPHELD)
