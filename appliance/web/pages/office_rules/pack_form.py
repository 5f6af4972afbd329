"""What the form of a policy pack shows: its parts, groups and fields in the reader's language, and what is wrong at
each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from appliance.rules.packs.problems import Problem
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.office_rules.pack_fields import ARTICLES, FIELDS, PackField, field_of, fields_of, place_of
from appliance.web.pages.office_rules.pack_typed import TypedPack
from appliance.web.pages.office_rules.pack_view import law_text

__all__ = ["Fault", "Group", "Input", "Part", "faults_of", "id_of", "parts_of"]

_PARTS = {
    "head": ("version", "effective", "approval"),
    "office": ("office",),
    "posts": ("posts",),
    "articles": ("rules", ARTICLES),
    "numbers": ("numbers",),
    "chains": ("chains",),
    "cameras": ("cameras",),
    "police_units": ("police_units",),
    "reasons": ("reasons",),
    "papers": ("papers",),
}
"""The parts of the page, with the keys of each."""


class Input(NamedTuple):
    """``text`` as it is kept, ``shown`` as it stands there. ``now``: what the version in force has, where that is
    otherwise. ``options``: value, words, and whether it is chosen."""

    name: str
    id: str
    label: str
    field: PackField
    text: str
    shown: str
    faults: tuple[str, ...]
    now: str | None
    law: str = ""
    options: tuple[tuple[str, str, bool], ...] = ()

    @property
    def optional(self) -> bool:
        """Whether it may be empty. Of an article's text a tick says that it is not there."""
        may_be = self.field.widget in ("line", "text", "lines", "day") and not self.field.needed
        return may_be and not self.name.endswith("].text")

    def rows(self, wide: int) -> int:
        """How many lines it takes, of ``wide`` characters each; two Latin ones are as wide as one of ours."""
        lengths = (sum(1 if char.isascii() else 2 for char in line) for line in self.shown.split("\n"))
        return sum(max(1, -(-length // (2 * wide))) for length in lengths)


class Group(NamedTuple):
    """``row`` and ``at``: an item of a list, which may be removed; "" and 0 otherwise. ``lost``: an article that is
    said to be missing."""

    title: str
    inputs: tuple[Input, ...]
    row: str = ""
    at: int = 0
    lost: bool = False

    @property
    def faulty(self) -> bool:
        return any(each.faults for each in self.inputs)

    @property
    def changed(self) -> bool:
        return any(each.now is not None for each in self.inputs)

    def has(self, key: str) -> Input:
        """The field of a list's item by its key within it."""
        return next(each for each in self.inputs if each.name.endswith(f"].{key}"))


class Part(NamedTuple):
    """``row``: the list in it whose items may be added."""

    code: str
    groups: tuple[Group, ...]
    row: str = ""

    @property
    def faults(self) -> int:
        return sum(len(each.faults) for group in self.groups for each in group.inputs)


class Fault(NamedTuple):
    """``id``: of the field, "" for the pack as a whole."""

    id: str
    label: str
    text: str


def id_of(name: str) -> str:
    """The name of an input as one that addresses and style sheets can have."""
    return re.sub(r"[^a-z0-9_]+", "-", name).strip("-")


def faults_of(problems: Sequence[Problem], typed: TypedPack, messages: Messages, lang: str) -> list[tuple[str, Fault]]:
    """What is wrong, by input, in the order of the page."""
    found = []
    for each in problems:
        name = place_of(each.key)
        label = _label_in_full(name, typed, messages, lang) if name else each.key
        found.append((name, Fault(id_of(name), label, _fault(each, name, messages, lang))))
    order = {name: at for at, name in enumerate(typed.texts)}
    parts = [key for keys in _PARTS.values() for key in keys]
    return sorted(found, key=lambda each: (_part_at(each[0], parts), order.get(each[0], -1)))


def parts_of(
    typed: TypedPack,
    latest: TypedPack,
    faults: Sequence[tuple[str, Fault]],
    messages: Messages,
    lang: str,
) -> list[Part]:
    """The page."""
    said: dict[str, tuple[str, ...]] = {}
    for name, fault in faults:
        said[name] = (*said.get(name, ()), fault.text)
    view = _View(typed, latest, said, messages, lang)
    return [
        Part(code, tuple(view.groups(code)), next((key for key in keys if key in typed.counts), ""))
        for code, keys in _PARTS.items()
    ]


class _View(NamedTuple):
    typed: TypedPack
    latest: TypedPack
    said: Mapping[str, tuple[str, ...]]
    messages: Messages
    lang: str

    def groups(self, code: str) -> Iterator[Group]:
        grouped: dict[str, list[str]] = {}
        for name in FIELDS:
            part, _, rest = name.partition(".")
            if part in _PARTS[code]:
                deep = part in ("reasons", "papers")
                grouped.setdefault(f"{part}.{rest.partition('.')[0]}" if deep else "", []).append(name)
        for key, names in grouped.items():
            yield Group(self._title(key), tuple(map(self.input, names)))
        for row in _PARTS[code]:
            for at in range(1, self.typed.counts.get(row, 0) + 1):
                place = f"{row}[{at}]"
                inputs = tuple(self.input(f"{place}.{field.key}") for field in fields_of(row))
                title = self.typed.texts[f"{place}.{'number' if code == 'articles' else 'name'}"]
                yield Group(title, inputs, row, at, self._lost(place))

    def input(self, name: str) -> Input:
        field = field_of(name) or FIELDS[name]
        text = self.typed.texts.get(name, "")
        before = self._before(name)
        chosen = text.split("\n")
        options = tuple((each, self._option(name, each), each in chosen) for each in field.options)
        return Input(
            name,
            id_of(name),
            _label(name, self.messages, self.lang),
            field,
            text,
            self._shown(field, text),
            self.said.get(name, ()),
            None if before is None or before == text else self._shown(field, before),
            law_text(field.law, self.messages, self.lang) if field.widget == "number" else "",
            options,
        )

    def _lost(self, place: str) -> bool:
        """Whether the article of that place is said to be missing."""
        return bool(self.typed.texts.get(f"{place}.missing"))

    def _before(self, name: str) -> str | None:
        """What the version before has there: of a list's item, the one of the same number or name. None of one that
        it does not have, and of what no version has of another."""
        row, at, key = re.fullmatch(r"(?:(.+)\[(\d+)\]\.)?(.+)", name).groups()  # type: ignore[union-attr]
        if row is None:
            head = name.partition(".")[0] in _PARTS["head"]
            return None if head else self.latest.texts.get(name, "")
        by = "number" if row == ARTICLES else "name"
        wanted = self.typed.texts[f"{row}[{at}].{by}"]
        for other in range(1, self.latest.counts[row] + 1):
            if self.latest.texts[f"{row}[{other}].{by}"] == wanted:
                return self.latest.texts[f"{row}[{other}].{key}"]
        return None

    def _shown(self, field: PackField, text: str) -> str:
        return date_text(text, self.lang) if field.widget == "day" and re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text

    def _title(self, key: str) -> str:
        part, _, name = key.partition(".")
        if part == "reasons":
            return self.messages.text(f"pack.reasons-{name}", self.lang)
        return self.messages.text(f"paper.{name.replace('_', '-')}", self.lang) if part == "papers" else ""

    def _option(self, name: str, option: str) -> str:
        code = f"pack.filing-{option}" if name.startswith("cameras.") else _post(option)
        return self.messages.text(code, self.lang)


def _post(code: str) -> str:
    return f"role.{code}"


def _label(name: str, messages: Messages, lang: str) -> str:
    """What a field is called within its part and group."""
    part, _, rest = name.partition(".")
    if row := re.fullmatch(r"(rules\.articles|police_units)\[\d+\]\.(.+)", name):
        code = f"pack-edit.{'article' if row[1] == ARTICLES else 'unit'}-{row[2]}"
    elif part in ("version", "effective"):
        code = f"pack-part.{part}"
    elif part == "cameras" and FIELDS[name].widget == "tick":
        code = "pack-edit.cameras-removal"
    elif part == "numbers":
        code = f"pack-number.{rest}"
    elif part == "chains":
        code = f"pack.chain-{rest}"
    elif part == "reasons":
        code = f"intake.reason-{rest.partition('.')[2].replace('_', '-')}"
    elif part == "papers":
        code = f"pack-field.{rest.partition('.')[2]}"
    else:
        code = f"pack-field.{part}-{rest}"
    label = messages.text(code, lang)
    return label[:1].upper() + label[1:]


def _label_in_full(name: str, typed: TypedPack, messages: Messages, lang: str) -> str:
    """What a field is called among all."""
    label, (part, _, rest) = _label(name, messages, lang), name.partition(".")
    if row := re.match(r"(rules\.articles|police_units)\[\d+\]", name):
        named = typed.texts.get(f"{row[0]}.{'number' if row[1] == ARTICLES else 'name'}", "")
        above = named or messages.text("pack-edit.unnamed", lang)
    elif part == "papers":
        above = messages.text(f"paper.{rest.partition('.')[0].replace('_', '-')}", lang)
    elif part == "reasons":
        above = messages.text(f"pack.reasons-{rest.partition('.')[0]}", lang)
    else:
        return label
    return f"{above}　{label}" if lang == "zh" else f"{above}: {label}"


def _fault(each: Problem, name: str, messages: Messages, lang: str) -> str:
    """What is wrong, as one says it at a field: no word of how a file is written."""
    values = dict(each.values)
    if "other" in values:
        values["other"] = _label(str(values["other"]), messages, lang)
    if "law" in values:
        values["law"] = law_text(str(values["law"]), messages, lang)
    if "post" in values:
        values["post"] = messages.text(_post(str(values["post"])), lang)
    code = f"pack-edit.wrong-{each.code}"
    text = messages.text(code if code in messages else f"pack-wrong.{each.code}", lang, **values)
    field = field_of(name)
    item = re.search(r"\[(\d+)\]\Z", each.key)
    if item and field is not None and field.widget == "lines":
        return messages.text("pack-edit.wrong-line", lang, line=item[1], text=text)
    return text


def _part_at(name: str, parts: Sequence[str]) -> int:
    row = re.match(r"[a-z_.]+(?=\[)", name)
    part = row[0] if row else name.partition(".")[0]
    return parts.index(part) if part in parts else -1
