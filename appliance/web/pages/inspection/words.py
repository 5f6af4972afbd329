"""What a row lacks, in sentences; findings and boxes in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup

from appliance.core.messages import LANGUAGES, CodedMessage, Said
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.status.view import finding_text

__all__ = ["InspectionWords"]

_OF_BOX = frozenset({"box", "no_ticket"})
_OF_FINDING = frozenset({"unopened", "unjudged", "no_reason", "not_well", "other_box"})

_NOTED = re.compile(r" \(([^()]+)\)$")
_MEASURED = re.compile(r"measured (\S+)(?: (.+))?, limit (\S+)(?: .+)?$")


class InspectionWords:
    """In one language."""

    def __init__(self, messages: Messages, lang: str) -> None:
        self._messages, self._lang = messages, lang

    def lacks(self, codes: Iterable[str]) -> list[str]:
        """A sentence for each code of what is missing (``rules.inspection``), each sentence once."""
        return list(dict.fromkeys(self._lack(code) for code in codes))

    def finding(self, key: str, text: Said) -> str:
        """A finding in words; of what is known by its key alone, by that."""
        return finding_text(self._messages, self._lang, key, text)

    def beside(self, text: Said) -> str:
        """What a check noted in brackets behind its finding: by how much, of what, and its measure. "" where that is
        nothing or known in English alone, and in English, where the finding itself says it."""
        found = None if isinstance(text, CodedMessage) else _NOTED.search(text)
        if found is None or self._lang == "en":
            return ""
        parts = (self._measured(part) or self._said(part) for part in found[1].split("; "))
        return "；".join(filter(None, parts))

    def _measured(self, part: str) -> str:
        found = _MEASURED.match(part)
        if found is None:
            return ""
        value, unit, limit = found.groups(default="")
        named = f"unit.{unit}"
        unit = unit and f" {self._messages.text(named, self._lang) if named in self._messages else unit}"
        return self._messages.text("inspection.beside", self._lang, value=value + unit, limit=limit + unit)

    def note(self, note: str) -> Markup | str:
        """What a check added, in words of the reader's; else its English, marked as such."""
        return self._said(note) or (note and Markup('<span lang="en">{}</span>').format(note))

    def _said(self, note: str) -> str:
        """A note as the catalogue knows it, or the names of what it is about; "" for English words."""
        if not note or (said := self._noted(note)):
            return note and said
        parts = [self._label(part) for part in note.split(", ")]
        return self._messages.listed(parts, self._lang) if all(parts) else ""

    def _noted(self, note: str) -> str:
        """What a check that ships noted, which findings hold in English (``api.Sign.note``); "" for any other note."""
        for code, pair in self._messages.table.items():
            english = re.escape(pair[LANGUAGES.index("en")]) if code.startswith("note.") else ""
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>-?[\\d.]+)", english)
            if english and (found := re.fullmatch(pattern, note)):
                return self._messages.text(code, self._lang, **found.groupdict())
        return ""

    def _label(self, part: str) -> str:
        """The name of a store, or a number or a device's own name as it is; "" for English words."""
        if f"measure-of.{part}" in self._messages:
            return self._messages.text(f"measure-of.{part}", self._lang)
        return part if " " not in part or not re.search("[a-z]{3}", part) else ""

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
