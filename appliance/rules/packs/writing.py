"""A pack's table written as its file, and the table of a pack: what the editor of packs hands to the reader. Pure.

What is written need not be a pack: ``reading`` says what is wrong with it. ``docs/spec/policypack.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import FORMAT

__all__ = ["Table", "pack_file", "table_of"]

Table = dict[str, Any]
"""As TOML reads a file: texts, whole numbers, truths, days, lists and tables."""

_EMPTY: tuple[object, ...] = (None, "", (), False)
_WIDE = 100
"""A list whose items are longer together stands with an item a line."""


def table_of(pack: Pack) -> Table:
    """What the file of ``pack`` says: all but what is empty and may be left out."""
    table: Table = _plain(pack)
    return table


def pack_file(table: Mapping[str, Any]) -> bytes:
    """The file: first what is no table, then each table under its name, in the order in which they stand."""
    return "\n".join(("format = " + str(FORMAT), *_lines(table, ()))).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        fields = ((field, getattr(value, field.name)) for field in msgspec.structs.fields(value))
        return {field.name: _plain(each) for field, each in fields if field.required or each not in _EMPTY}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _lines(table: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    for name, value in table.items():
        if not isinstance(value, Mapping) and not _holds_tables(value):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in table.items():
        below = (*place, name)
        if isinstance(value, Mapping):
            if any(not isinstance(each, Mapping) for each in value.values()):
                yield f"\n[{'.'.join(map(_key, below))}]"
            yield from _lines(value, below)
        elif _holds_tables(value):
            for each in value:
                yield f"\n[[{'.'.join(map(_key, below))}]]"
                yield from _lines(each, below)


def _holds_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "a").replace("-", "a").isalnum() else _text(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | int):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [_value(each) for each in value]
        if sum(map(len, items)) > _WIDE:
            return "[\n" + "".join(f"  {each},\n" for each in items) + "]"
        return f"[{', '.join(items)}]"
    return _text(str(value))


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for the one character that JSON leaves as it is; and half a
    surrogate pair, which no file can hold, as the sign for what is none."""
    plain = text.encode("utf-8", "replace").decode()
    return msgspec.json.encode(plain).decode().replace("\x7f", "\\u007f")
