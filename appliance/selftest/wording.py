"""What checks are called in words of their own, from where they are loaded to where people read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from appliance.api import Check, Words
from appliance.selftest.reports import BOX

__all__ = ["NO_WORDS", "CheckWords", "FaultWords", "words_of"]


class FaultWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one fault, as its check declares it (``api.Fault``). ``of_box``: what is wrong is the box and no camera."""

    name: Words = Words()
    summary: Words = Words()
    of_box: bool = False


class CheckWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of all loaded checks that bring words: faults by their code, units as their signs give them."""

    faults: dict[str, FaultWords] = {}
    units: dict[str, Words] = {}


NO_WORDS = CheckWords()


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
