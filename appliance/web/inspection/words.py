"""What a row lacks, in sentences; findings and boxes in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.web.messages import Messages
from appliance.web.roctime import date_text
from appliance.web.status.view import finding_text

__all__ = ["InspectionWords"]

_OF_BOX = frozenset({"box", "no_ticket"})
_OF_FINDING = frozenset({"unopened", "unjudged", "no_reason", "not_well", "other_box"})


class InspectionWords:
    """In one language."""

    def __init__(self, messages: Messages, lang: str) -> None:
        self._messages, self._lang = messages, lang

    def lacks(self, codes: Iterable[str]) -> list[str]:
        """A sentence for each code of what is missing (``rules.inspection``), each sentence once."""
        return list(dict.fromkeys(self._lack(code) for code in codes))

    def finding(self, key: str, text: str) -> str:
        """A finding in words; of what is known by its key alone, by that."""
        return finding_text(self._messages, self._lang, key, text)

    def box(self, box: str) -> str:
        return self._messages.text(f"inspection-box.{box}", self._lang)

    def _lack(self, code: str) -> str:
        kind, _, thing = code.partition(":")
        name = f"inspection-lack.{kind}"
        if name not in self._messages:
            return code
        if kind in _OF_BOX:
            thing = self.box(thing)
        elif kind in _OF_FINDING:
            thing = self.finding(thing, "")
        elif kind == "unstamped":
            thing = date_text(thing, self._lang)
        elif kind == "state":
            thing = self._messages.text(f"inspection-state.{thing}", self._lang)
        return self._messages.text(name, self._lang, thing=thing)
