"""What checks are called in words of their own, from where they are loaded to where people read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.api import Check, Words
from appliance.protocol.check_words import CheckWords, FaultWords
from appliance.selftest.reports import BOX

__all__ = ["words_of"]


def words_of(checks: Iterable[Check]) -> CheckWords:
    """What ships brings none: its words are in the catalogue."""
    every = tuple(checks)
    return CheckWords(
        faults={
            fault.code: FaultWords(
                name=fault.name, summary=Words(fault.summary_zh, fault.summary), of_box=check.looks_at == BOX
            )
            for check in every
            for fault in check.faults
            if any(fault.name) or fault.summary_zh
        },
        units={unit: words for check in every for unit, words in check.units.items()},
    )
