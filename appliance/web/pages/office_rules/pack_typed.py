"""A policy pack while it is written: what stands in the fields, as a draft keeps it and as the file it makes. Pure.

A draft names the version it began from and keeps what was written otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from appliance.rules.packs.order import lost_problems, order_problems
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.problems import Problem
from appliance.rules.packs.reading import Checked, check_pack, read_table
from appliance.rules.packs.writing import Table, pack_file, table_of
from appliance.web.i18n.roc_time import plain_text, read_day
from appliance.web.pages.office_rules.pack_fields import ROWS, PackField, field_of, names_for

__all__ = ["BASE", "COUNTS", "TypedPack", "afresh", "begun_from", "following", "from_file", "kept_from", "with_change"]

BASE = "base"
COUNTS: Mapping[str, str] = {row: f"count.{row}" for row in ROWS}
"""The names under which a draft keeps how many items each list has."""
_YES = "yes"
_AFRESH = ("version", "effective", "approval.document", "approval.by", "approval.on")
"""What no pack has of the one before it."""
_MOST = 4_000


class TypedPack(NamedTuple):
    """``base``: the version it began from. ``counts``: how many items each list has. ``texts``: what stands in each
    input, by its name; a day as ``2024-09-27`` where it is one, lists an item a line, a tick as ``yes``."""

    base: str
    counts: Mapping[str, int]
    texts: Mapping[str, str]

    @property
    def file(self) -> bytes:
        """What it makes, right or wrong."""
        return pack_file(self.table)

    @property
    def table(self) -> Table:
        table: Table = {}
        for name, text in self.texts.items():
            field = field_of(name)
            if field is None or (value := _value(field, text)) is None:
                continue
            place: Any = table
            *above, last = name.split(".")
            for part in above:
                place = _below(place, part)
            place[last] = value
        return table

    def kept(self, base: TypedPack) -> dict[str, list[str]]:
        """As a draft keeps it: what ``base`` says otherwise."""
        counts = {COUNTS[row]: [str(count)] for row, count in self.counts.items()}
        return {BASE: [self.base], **counts} | {
            name: [text] for name, text in self.texts.items() if text != base.texts.get(name, "")
        }


def begun_from(pack: Pack) -> TypedPack:
    """The fields as a pack has them."""
    return _of_table(table_of(pack), pack.version)


def afresh(pack: Pack) -> TypedPack:
    """The next version, begun from ``pack``: its own name, day and approval are still to be written."""
    typed = begun_from(pack)
    return typed._replace(texts={**typed.texts, **dict.fromkeys(_AFRESH, "")})


def kept_from(values: Mapping[str, list[str]], base: TypedPack, *, whole: bool = False) -> TypedPack:
    """What was typed upon ``base``: a field that ``values`` does not name is as it is there or, of a ``whole`` form,
    empty. Unknown names are dropped, over-long texts cut, days read as people write them."""
    counts = {row: _count(values.get(COUNTS[row]), base.counts[row], most) for row, most in ROWS.items()}
    texts = {}
    for name in names_for(counts):
        field = field_of(name)
        if field is not None and (whole or name in values):
            texts[name] = _typed(field, values.get(name, []))
        else:
            texts[name] = base.texts.get(name, "")
    return TypedPack(base.base, counts, texts)


def from_file(data: bytes, base: str) -> tuple[TypedPack, tuple[Problem, ...]]:
    """The fields as a file has them; and what is wrong with it that no field could show, for which it is not taken."""
    problems = check_pack(data).problems
    table = read_table(data)
    typed = _of_table({} if table is None else table, base)
    shown = {(each.key, each.code) for each in check_pack(typed.file).problems}
    return typed, tuple(each for each in problems if (each.key, each.code) not in shown)


def following(data: bytes, there: Iterable[tuple[str, date]], earlier: Iterable[Pack]) -> Checked:
    """A file, read as one that follows the office's versions ``there``; ``earlier``: their packs and those before.
    With problems it is no pack."""
    pack, problems = check_pack(data)
    if pack is not None:
        problems = (*order_problems(there, pack), *lost_problems(earlier, pack))
    return Checked(None if problems else pack, problems)


_CHANGE = re.compile(r"(?P<do>add|remove) (?P<row>[a-z_.]+) (?P<at>\d{1,3})")


def with_change(typed: TypedPack, asked: str) -> tuple[TypedPack, str]:
    """With an item more after the one that is named (0: before all), or with it removed; and the input to go on at.
    Nothing changes for what is no such wish."""
    found = _CHANGE.fullmatch(asked)
    if found is None or found["row"] not in ROWS:
        return typed, ""
    row, at = found["row"], int(found["at"])
    count, adds = typed.counts[row], found["do"] == "add"
    if at > count or (adds and count >= ROWS[row]) or (not adds and at < 1):
        return typed, ""
    order = list(range(1, count + 1))
    if adds:
        order.insert(at, 0)
    else:
        order.remove(at)
    kept = {name: text for name, text in typed.texts.items() if not name.startswith(f"{row}[")}
    keys = [name.rpartition("].")[2] for name in names_for({row: 1}) if name.startswith(f"{row}[")]
    for new, old in enumerate(order, 1):
        kept |= {f"{row}[{new}].{key}": typed.texts.get(f"{row}[{old}].{key}", "") for key in keys}
    counts = {**typed.counts, row: len(order)}
    return TypedPack(typed.base, counts, kept), f"{row}[{min(at + adds, len(order))}].{keys[0]}" if order else ""


def _of_table(table: Mapping[str, Any], base: str) -> TypedPack:
    counts = {}
    for row, most in ROWS.items():
        found = _at(table, row)
        counts[row] = min(len(found), most) if isinstance(found, list) else 0
    texts = {}
    for name in names_for(counts):
        field = field_of(name)
        texts[name] = "" if field is None else _written(field, _at(table, name))
    return TypedPack(base, counts, texts)


def _at(table: Any, name: str) -> Any:
    for part in re.findall(r"[a-z_][a-z_0-9]*|(?<=\[)\d+", name):
        if part.isdigit():
            table = table[int(part) - 1] if isinstance(table, list) and len(table) >= int(part) else None
        else:
            table = table.get(part) if isinstance(table, Mapping) else None
    return table


def _written(field: PackField, value: Any) -> str:
    """A value of a file, as it stands in its field."""
    if value is None or isinstance(value, Mapping):
        return field.otherwise
    if field.widget == "tick":
        return _YES if value is True else ""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)


def _typed(field: PackField, values: list[str]) -> str:
    """What an input sent, in the one way in which it is kept."""
    if field.widget == "tick":
        return _YES if _YES in values else ""
    if field.widget == "posts":
        chosen = {each for value in values for each in value.split("\n")}
        return "\n".join(each for each in field.options if each in chosen)
    text = (values or [""])[0].replace("\r\n", "\n")[: _MOST * 3].strip()
    if field.widget == "lines":
        return "\n".join(line.strip() for line in text.split("\n") if line.strip())
    if field.widget == "number":
        return plain_text(text)
    if field.widget == "day" and isinstance(day := read_day(text), date):
        return day.isoformat()
    return text


def _value(field: PackField, text: str) -> Any:
    """What stands in the file for it; None where it is left out."""
    if field.widget == "tick":
        return True if text else None
    if field.widget in ("lines", "posts"):
        return text.split("\n") if text else [] if field.needed else None
    if field.widget == "number":
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
    if field.widget == "day":
        return _day(text) if text else None
    return text if text or field.needed else None


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _below(place: Any, part: str) -> Any:
    """The table of that name, or the item of a list of tables; made where it is not there yet."""
    name, _, number = part.partition("[")
    if not number:
        return place.setdefault(name, {})
    items = place.setdefault(name, [])
    while len(items) < int(number[:-1]):
        items.append({})
    return items[int(number[:-1]) - 1]


def _count(values: list[str] | None, otherwise: int, most: int) -> int:
    text = (values or [""])[0]
    return min(int(text), most) if re.fullmatch(r"\d{1,3}", text) else otherwise
