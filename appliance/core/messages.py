"""Messages to people as code and parameters, and the catalogue that has each code in Traditional Chinese and English.

A message is raised, sent and stored as a :class:`CodedMessage`; the page or program that shows it makes the sentence.
The catalogue is ``locale/*.toml`` beside this module, a file a subject, a line a message, with parameters as
``{name}``: ``code = ["中文", "English"]``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

import msgspec

from appliance.core.clock import local_time

__all__ = ["CATALOGUE", "LANGUAGES", "CodedMessage", "Said", "coded", "from_map"]

LANGUAGES = ("zh", "en")


def _read() -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(resources.files("appliance.core").joinpath("locale").iterdir(), key=lambda file: file.name):
        for code, sentences in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if code in found or len(sentences) != len(LANGUAGES):
                raise ValueError(f"{file.name}: {code} is there twice or lacks a language")
            found[code] = (sentences[0], sentences[1])
    return found


CATALOGUE = _read()
"""Every code with its sentence in each of :data:`LANGUAGES`. Read at import: confined processes open no file later."""


class CodedMessage(msgspec.Struct, frozen=True):
    """A message by its code, with its parameters: text, numbers, stretches of time as ``(start_ns, end_ns)``, other
    coded messages, or lists of these; a moment where the name ends in ``_ns``, a day as
    2026-12-01 where it ends in ``_day``. :func:`coded` makes one."""

    code: str
    values: dict[str, Any] = {}

    def text(self, lang: str) -> str:
        """The sentence in one of :data:`LANGUAGES`; of a code that the catalogue lacks (of another version) the code
        with its parameters."""
        sentences = CATALOGUE.get(self.code)
        if sentences is None:
            return ", ".join([self.code, *(f"{name} {value}" for name, value in self.values.items())])
        values = {name: _value(name, value, lang) for name, value in self.values.items()}
        return sentences[LANGUAGES.index(lang)].format_map(_Values(values))

    def as_map(self) -> dict[str, Any]:
        """As it goes over a socket and into the ledger: ``{"code": …, "values": {…}}``."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    def __str__(self) -> str:
        return self.text("en")


def coded(code: str, /, **values: Any) -> CodedMessage:
    """The message with these parameters; what is none of those goes as its text."""
    plain = (CodedMessage, str, int, float, list)
    return CodedMessage(
        code, {name: value if isinstance(value, plain) else str(value) for name, value in values.items()}
    )


def _span(start_ns: int, end_ns: int, lang: str) -> str:
    start, end = local_time(start_ns), local_time(end_ns)
    shown = f"{end:%H:%M:%S}" if start.date() == end.date() else _moment(end, lang)
    return f"{_moment(start, lang)}{'–' if lang == 'zh' else ' to '}{shown}"


def _moment(at: datetime, lang: str) -> str:
    """In Chinese in years of the Republic, as every date that the office writes."""
    return f"{at.year - 1911}/{at:%m/%d %H:%M:%S}" if lang == "zh" else f"{at:%Y-%m-%d %H:%M:%S}"


def _value(name: str, value: object, lang: str) -> object:
    """A parameter by its name: a moment (``…_ns``), a day (``…_day``, as 2026-12-01); else as :func:`_text`."""
    if name.endswith("_ns") and isinstance(value, int):
        return _moment(local_time(value), lang)[:-3]
    if name.endswith("_day") and isinstance(value, str) and lang == "zh":
        year, _, rest = value.partition("-")
        return f"{int(year) - 1911}/{rest.replace('-', '/')}" if year.isdecimal() else value
    return _text(value, lang)


def _text(value: object, lang: str) -> object:
    """A parameter in a language: a message, several of them, stretches of time (``(start_ns, end_ns)``) or plain."""
    if isinstance(value, list | tuple):
        if len(value) == 2 and all(isinstance(each, int) for each in value):
            return _span(value[0], value[1], lang)
        marks = ("、", ", ") if all(isinstance(each, list | tuple) for each in value) else ("；", "; ")
        return marks[LANGUAGES.index(lang)].join(str(_text(each, lang)) for each in value)
    found = from_map(value)
    return value if found is None else found.text(lang)


def from_map(found: object) -> CodedMessage | None:
    """The message that ``found`` is, or that :meth:`CodedMessage.as_map` wrote as it; None for anything else."""
    if isinstance(found, CodedMessage):
        return found
    if not isinstance(found, Mapping) or set(found) != {"code", "values"}:
        return None
    try:
        return msgspec.convert(found, CodedMessage)
    except msgspec.ValidationError:
        return None


Said = str | CodedMessage
"""What is said to a person: in English alone, or by its code in either language."""


class _Values(dict[str, Any]):
    """Parameters; one that is absent shows as a dash."""

    def __missing__(self, name: str) -> str:
        return "—"
