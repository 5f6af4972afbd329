"""The fields of a policy pack's form, made from the record of the pack itself: what it holds is what is asked. Pure.

A field is named as its key in the file (``numbers.floor_days``, ``rules.articles[3].text``), so that what is wrong
there is said at the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import inspect

from appliance.rules.packs.pack import CHAIN, FILINGS, Pack
from appliance.rules.packs.shipped import shipped_pack

__all__ = ["ARTICLES", "FIELDS", "ROWS", "PackField", "field_of", "fields_of", "names_for", "place_of"]

_SHORT = 80
"""A text of at most so many characters takes one line."""


class PackField(NamedTuple):
    """``widget``: line, text, lines (an item each), number, day, tick, choice or posts (several of ``options``).
    ``needed``: the file cannot leave it out; ``otherwise``: of a field that may be left out, what holds then. ``least``
    to ``most``: a number's bounds, and ``law`` the law that sets them."""

    key: str
    widget: str
    needed: bool
    most: int = 0
    least: int = 0
    law: str = ""
    options: tuple[str, ...] = ()
    otherwise: str = ""


ARTICLES = "rules.articles"
ROWS: Mapping[str, int] = MappingProxyType({ARTICLES: 200, "police_units": 60})
"""The lists of a pack whose items are tables, with how many it takes at most."""

_OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cameras.new": FILINGS[:2],
        "cameras.change": FILINGS[:2],
        "cameras.replacement": FILINGS,
        "chains.citizen": CHAIN[1:],
        "chains.staff": CHAIN,
        "chains.agency": CHAIN[1:],
    }
)


def fields_of(row: str) -> tuple[PackField, ...]:
    """Of an item of one of :data:`ROWS`, by their keys within it."""
    return _ROW_FIELDS[row]


def names_for(counts: Mapping[str, int]) -> Iterator[str]:
    """The names of all inputs, for so many rows of each list."""
    yield from FIELDS
    for row, count in counts.items():
        yield from (f"{row}[{at}].{field.key}" for at in range(1, count + 1) for field in _ROW_FIELDS[row])


def field_of(name: str) -> PackField | None:
    """The field of an input, whatever its row; None for what is none."""
    found = _IN_ROW.fullmatch(name)
    if found is None:
        return FIELDS.get(name)
    return next((each for each in _ROW_FIELDS.get(found["row"], ()) if each.key == found["key"]), None)


def place_of(key: str) -> str:
    """The input beside which the page says what is wrong with a key of the file; "" where the form has none for it."""
    if field_of(key) is not None:
        return key
    if field_of(whole := re.sub(r"\[\d+\]\Z", "", key)) is not None:  # an item of a list of texts
        return whole
    if whole in ROWS:  # an item as a whole, or all of them
        return f"{key if key != whole else whole + '[1]'}.{_FIRST[whole]}"
    return ""


_IN_ROW = re.compile(r"(?P<row>[a-z_.]+)\[[1-9]\d{0,3}\]\.(?P<key>[a-z_]+)")
_FIRST = {ARTICLES: "text", "police_units": "covers_office"}


def _walk(kind: Any, key: str, needed: bool, otherwise: object = None) -> Iterator[tuple[str, PackField]]:
    law = ""
    if isinstance(kind, inspect.Metadata):
        law, kind = str((kind.extra_json_schema or {}).get("description", "")), kind.type
    if isinstance(kind, inspect.UnionType):
        (kind,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            below = f"{key}.{field.name}" if key else field.name
            yield from _walk(field.type, below, field.required, field.default)
    elif isinstance(kind, inspect.DictType):
        part, _, name = key.partition(".")
        for code in getattr(getattr(shipped_pack(), part), name):
            yield from _walk(kind.value_type, f"{key}.{code}", True)
    elif key not in ROWS:
        meant = str(otherwise) if isinstance(otherwise, str | int) and not isinstance(otherwise, bool) else ""
        yield key, _field(kind, key, needed, law)._replace(otherwise=meant)


def _field(kind: Any, key: str, needed: bool, law: str) -> PackField:
    options = _OPTIONS.get(key, ())
    if isinstance(kind, inspect.IntType):
        return PackField(key, "number", needed, kind.le or 0, kind.ge or 0, law)
    if isinstance(kind, inspect.BoolType):
        return PackField(key, "tick", needed)
    if isinstance(kind, inspect.DateType):
        return PackField(key, "day", needed)
    if isinstance(kind, inspect.VarTupleType):
        return PackField(key, "posts" if options else "lines", needed, kind.max_length or 0, options=options)
    most = kind.max_length or 0
    return PackField(key, "choice" if options else "line" if most <= _SHORT else "text", needed, most, options=options)


def _row(row: str) -> Any:
    kind: Any = inspect.type_info(Pack)
    for name in row.split("."):
        kind = next(field.type for field in kind.fields if field.name == name)
    kind = kind.type if isinstance(kind, inspect.Metadata) else kind
    return kind.item_type  # type: ignore[union-attr,unused-ignore]


FIELDS: Mapping[str, PackField] = MappingProxyType(dict(_walk(inspect.type_info(Pack), "", True)))
"""All but those of :data:`ROWS`, by name, in the order of the file."""

_ROW_FIELDS = {row: tuple(field for _, field in _walk(_row(row), "", True)) for row in ROWS}
