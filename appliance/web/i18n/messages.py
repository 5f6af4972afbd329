"""The message catalogue: every sentence a person reads, by code, in Traditional Chinese and in English.

The sentences lie in ``locale/*.toml``, a file a subject, a line a message: ``code = ["中文", "English"]``. Codes are
``subject.code``; ``{names}`` are filled in by :meth:`Messages.text`.

What the keeper says comes as code and parameters (``core.messages``) and has a catalogue of its own.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from appliance.api import Words
from appliance.core.errors import Broken, RecorderError
from appliance.core.messages import CATALOGUE, LANGUAGES, from_map
from appliance.protocol.check_words import NO_WORDS, CheckWords

__all__ = ["LANGUAGES", "Messages", "html_lang", "read_messages"]

_HTML_LANG = {"zh": "zh-Hant-TW", "en": "en"}


def html_lang(lang: str) -> str:
    """What the ``lang`` attribute says."""
    return _HTML_LANG[lang]


class Messages:
    """The catalogue. An unknown code is a defect and raises Broken; a page never shows half a sentence."""

    def __init__(self, table: Mapping[str, tuple[str, str]]) -> None:
        self._own, self._learned = dict(table), NO_WORDS
        self.table = self._own

    def learn(self, words: CheckWords) -> None:
        """Takes up what checks of third parties are called, in place of what was learned before. What ships keeps the
        words it has, and what is learned stands for itself: there is nothing to be filled in but a camera's number."""
        if words != self._learned:
            self._learned, self.table = words, {**self._of_checks(words), **self._own}

    def _of_checks(self, words: CheckWords) -> dict[str, tuple[str, str]]:
        learned = {f"unit.{unit}": _plain(said) for unit, said in words.units.items()}
        for code, fault in words.faults.items():
            if all(fault.name):
                learned[f"fault.{code}"] = _plain(fault.name)
            if all(fault.summary):
                whose, colon = self._own["health.the-box" if fault.of_box else "health.camera"], self._own["site.colon"]
                zh, en = (
                    f"{lead.replace('{camera}', '{name}')}{mark}{said}"
                    for lead, mark, said in zip(whose, colon, _plain(fault.summary), strict=True)
                )
                learned[f"finding.{code}"] = zh, en
        return learned

    def __contains__(self, code: str) -> bool:
        return code in self.table

    def text(self, code: str, lang: str, **values: Any) -> str:
        found = self.table.get(code)
        if found is None:
            raise Broken(f"message {code}: not in the catalogue")
        sentence = found[LANGUAGES.index(lang)]
        return sentence.format_map(_Filled(values)) if "{" in sentence else sentence

    def listed(self, texts: Iterable[str], lang: str) -> str:
        """Things of one sort, one after the other, as people write them: A、B、C."""
        return self.text("site.comma", lang).join(texts)

    def of_subject(self, subject: str, lang: str) -> dict[str, str]:
        """The sentences of a subject by code, for a script that fills them in itself."""
        at, lead = LANGUAGES.index(lang), f"{subject}."
        return {code.removeprefix(lead): pair[at] for code, pair in self.table.items() if code.startswith(lead)}

    def said(self, message: object, lang: str) -> str:
        """What the keeper said, a coded message or an error with one, in the reader's language. English without a code
        is said in English alone: "" in another language."""
        found = message.message if isinstance(message, RecorderError) else from_map(message)
        return found.text(lang) if found else str(message) if lang == "en" else ""

    def said_or_quoted(self, message: object, lang: str) -> str:
        """The same, and English without a code as it is, in a frame that says whose it is."""
        return self.said(message, lang) or self.text("site.recorder-says", lang, sentence=str(message))

    def placeholders(self, code: str, lang: str) -> frozenset[str]:
        sentence = self.table[code][LANGUAGES.index(lang)]
        return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def _plain(words: Words) -> tuple[str, str]:
    zh, en = (said.replace("{", "{{").replace("}", "}}") for said in words)
    return zh, en


class _Filled(dict[str, Any]):
    """Values for a sentence; one that is absent shows as a dash: ledger entries of older versions may lack it."""

    def __missing__(self, name: str) -> str:
        return "—"


def read_messages() -> Messages:
    """The catalogue that ships with the package; what the keeper says as ``message.…``."""
    table = {f"message.{code}": pair for code, pair in CATALOGUE.items()}
    for file in sorted(resources.files("appliance.web").joinpath("locale").iterdir(), key=lambda file: file.name):
        for subject, sentences in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for code, pair in sentences.items():
                if f"{subject}.{code}" in table or len(pair) != len(LANGUAGES):
                    raise Broken(f"{file.name}: {subject}.{code} stands twice or lacks a language")
                table[f"{subject}.{code}"] = (pair[0], pair[1])
    return Messages(table)
