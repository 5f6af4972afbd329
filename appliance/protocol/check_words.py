"""What checks of third parties are called in words of their own, from their process to where people read them."""

from __future__ import annotations

import msgspec

from appliance.api import Words

__all__ = ["NO_WORDS", "CheckWords", "FaultWords"]


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
