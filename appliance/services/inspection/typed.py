"""What a person typed with an act of the daily inspection: within its limits, and only what a form sends. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.core.errors import UsageError
from appliance.rules.inspection.facts import Judged, Signing
from appliance.rules.inspection.rows import BOXES
from appliance.rules.wording import checked_words

__all__ = ["checked", "words_of"]

_WORDS = {"handling": 2000, "reason": 500, "late_words": 500, "to": 200, "how": 200, "text": 2000, "who": 200,
          "escort": 200, "removed": 20, "cause": 1000, "parts": 500, "cost": 200}  # fmt: skip


def checked(signing: Signing) -> Signing:
    """What was typed, without what no form sends. Raises UsageError."""
    if not set(signing.boxes) <= set(BOXES):
        raise UsageError.of("inspection-boxes", found=signing.boxes, boxes=", ".join(BOXES))
    judged = {
        key: Judged(fault=each.fault, reason=_word("reason", each.reason)) for key, each in signing.judged.items()
    }
    return signing._replace(
        boxes=tuple(box for box in BOXES if box in signing.boxes),
        judged=judged,
        handling=_word("handling", signing.handling),
        late_words=_word("late_words", signing.late_words),
    )


def words_of(*names: str, given: Mapping[str, str]) -> dict[str, str]:
    return {name: _word(name, str(given.get(name, ""))) for name in names}


def _word(name: str, text: str) -> str:
    return checked_words("inspection", name, text, most=_WORDS[name], needed=False)
