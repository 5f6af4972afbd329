"""The message catalogue: every sentence a person reads, by code, in Traditional Chinese and in English.

The sentences lie in ``locale/*.toml``, a file a subject, a line a message: ``code = ["中文", "English"]``. Codes are
``subject.code``; ``{names}`` are filled in by :meth:`Messages.text`.

The lines of ``said`` are another thing: their English is a sentence of the keeper's, whole, by which it is known, and
their Chinese what is said in its place (:meth:`Messages.said`).
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, NamedTuple

from appliance.api import Words
from appliance.core.errors import Broken
from appliance.selftest.wording import NO_WORDS, CheckWords

__all__ = ["LANGUAGES", "SHAPES", "Messages", "html_lang", "read_messages"]

LANGUAGES = ("zh", "en")
_HTML_LANG = {"zh": "zh-Hant-TW", "en": "en"}


def html_lang(lang: str) -> str:
    """What the ``lang`` attribute says."""
    return _HTML_LANG[lang]


class Messages:
    """The catalogue. An unknown code is a defect and raises Broken; a page never shows half a sentence."""

    def __init__(self, table: Mapping[str, tuple[str, str]]) -> None:
        self._own, self._learned = dict(table), NO_WORDS
        self.table = self._own
        self._said = [_sentence(*pair) for code, pair in table.items() if code.startswith("said.")]

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

    def said(self, sentence: str, lang: str) -> str:
        """What the keeper said, in the reader's language; empty where the catalogue (``said.*``) does not know it.

        The keeper speaks English; a sentence is known as a whole or not at all. ``{name:shape}`` in a line stands for
        what the keeper put there, of one of the :data:`SHAPES`; ``{name:said}`` for another sentence that is known.
        """
        return sentence if lang == "en" else next(iter(self.translations(sentence)), "")

    def said_or_quoted(self, sentence: str, lang: str) -> str:
        """The same, and a sentence that is not known as it is, in a frame that says whose it is."""
        return self.said(sentence, lang) or self.text("site.recorder-says", lang, sentence=sentence)

    def translations(self, sentence: str) -> list[str]:
        """What each line of the catalogue that knows ``sentence`` says in its place."""
        return [words for line in self._said if (words := self._translation(line, sentence))]

    def _translation(self, line: _Sentence, sentence: str) -> str:
        """ "" for a sentence that is not this line's, or holds another that is not known."""
        found = line.pattern.fullmatch(sentence)
        if found is None:
            return ""
        values = found.groupdict()
        for name in line.inner:
            values[name] = next(iter(self.translations(values[name])), "")
        return line.words.format_map(_Filled(values)) if all(values[name] for name in line.inner) else ""

    def placeholders(self, code: str, lang: str) -> frozenset[str]:
        sentence = self.table[code][LANGUAGES.index(lang)]
        return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def _plain(words: Words) -> tuple[str, str]:
    zh, en = (said.replace("{", "{{").replace("}", "}}") for said in words)
    return zh, en


SHAPES = {
    "": r"[^;:]+?",
    "number": r"-?\d+(?:[.,]\d+)*",
    "word": r"[^\s;]*[^\s;:,.]",
    "thing": r"\w+(?: [\w.-]+)?",
    "names": r"[\w-]+(?:\.[\w-]+)*(?:, [\w-]+(?:\.[\w-]+)*)*",
    "spans": r"[\d:, to-]+?",
    "text": r".+?",
    "said": r".+",
}
"""What a value in a sentence of the keeper's may be: words without a colon or a semicolon; a number; one word; a thing
with its name, as ``case 115-0001``; names with commas between them; spans of time; any text, where words that are
known follow; a sentence."""


class _Sentence(NamedTuple):
    """A line of ``said``. ``inner``: the names that stand for sentences."""

    pattern: re.Pattern[str]
    words: str
    inner: tuple[str, ...]


def _sentence(words: str, english: str) -> _Sentence:
    pieces = list(string.Formatter().parse(english))
    pattern = "".join(
        re.escape(text) + (f"(?P<{name}>{SHAPES[shape or '']})" if name else "") for text, name, shape, _ in pieces
    )
    return _Sentence(re.compile(pattern), words, tuple(str(name) for _, name, shape, _ in pieces if shape == "said"))


class _Filled(dict[str, Any]):
    """Values for a sentence; one that is absent shows as a dash: ledger entries of older versions may lack it."""

    def __missing__(self, name: str) -> str:
        return "—"


def read_messages() -> Messages:
    """The catalogue that ships with the package."""
    table: dict[str, tuple[str, str]] = {}
    for file in sorted(resources.files("appliance.web").joinpath("locale").iterdir(), key=lambda file: file.name):
        for subject, sentences in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for code, pair in sentences.items():
                if f"{subject}.{code}" in table or len(pair) != len(LANGUAGES):
                    raise Broken(f"{file.name}: {subject}.{code} stands twice or lacks a language")
                table[f"{subject}.{code}"] = (pair[0], pair[1])
    return Messages(table)
