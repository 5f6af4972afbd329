"""Whether a table that was read has the shape of a record: each key known, there, of its type, within its bounds. Pure.

Unlike a decoder it goes on after the first mistake: whoever wrote the file mends all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import inspect

from appliance.core.errors import Broken
from appliance.rules.packs.problems import Problem, problem
from appliance.rules.wording import holds_controls

__all__ = ["shape_problems"]


def shape_problems(value: object, wanted: type[msgspec.Struct], key: str = "") -> Iterator[Problem]:
    """What keeps ``value`` from being a ``wanted``; ``key`` is where it stands in the file."""
    return _judge(inspect.type_info(wanted), value, key)


def _judge(kind: Any, value: object, key: str) -> Iterator[Problem]:
    law = ""
    if isinstance(kind, inspect.Metadata):
        law, kind = str((kind.extra_json_schema or {}).get("description", "")), kind.type
    if isinstance(kind, inspect.UnionType):  # what may be left out: a file has no word for nothing
        (kind,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    for known, fits, otherwise, judge in _JUDGES:
        if isinstance(kind, known):
            yield from judge(kind, value, key, law) if fits(value) else iter((problem(key, otherwise),))
            return
    raise Broken(f"pack: no file can hold a {type(kind).__name__}")


def _table(kind: Any, value: Mapping[str, Any], key: str, _law: str) -> Iterator[Problem]:
    fields = {field.name: field for field in kind.fields}
    for name in value:
        if name not in fields:
            yield problem(_below(key, name), "unknown")
    for name, field in fields.items():
        if name in value:
            yield from _judge(field.type, value[name], _below(key, name))
        elif field.required:
            yield problem(_below(key, name), "missing")


def _names(kind: Any, value: Mapping[str, Any], key: str, _law: str) -> Iterator[Problem]:
    for name, inner in value.items():
        yield from _judge(kind.value_type, inner, _below(key, name))


def _list(kind: Any, value: list[Any], key: str, _law: str) -> Iterator[Problem]:
    least, most = kind.min_length or 0, kind.max_length
    if len(value) < least or (most is not None and len(value) > most):
        yield problem(key, "count", count=len(value), least=least, most=most)
    for at, inner in enumerate(value, 1):
        yield from _judge(kind.item_type, inner, f"{key}[{at}]")


def _words(kind: Any, value: str, key: str, _law: str) -> Iterator[Problem]:
    most = kind.max_length
    if kind.min_length and not value.strip():
        yield problem(key, "empty")
    elif most is not None and len(value) > most:
        yield problem(key, "long", length=len(value), most=most)
    elif holds_controls(value):
        yield problem(key, "controls")
    elif kind.pattern and not re.search(kind.pattern, value):
        yield problem(key, "sign", value=repr(value))


def _number(kind: Any, value: int, key: str, law: str) -> Iterator[Problem]:
    if not kind.ge <= value <= kind.le:
        code = "under" if value < kind.ge else "over"
        yield problem(key, code, value=value, least=kind.ge, most=kind.le, law=law)


def _nothing(_kind: Any, _value: object, _key: str, _law: str) -> Iterator[Problem]:
    return iter(())


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _is(*types: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, types)


_JUDGES: tuple[tuple[type, Callable[[object], bool], str, Callable[[Any, Any, str, str], Iterator[Problem]]], ...] = (
    (inspect.StructType, _is(dict), "table", _table),
    (inspect.DictType, _is(dict), "table", _names),
    (inspect.VarTupleType, _is(list), "list", _list),
    (inspect.StrType, _is(str), "text", _words),
    (inspect.IntType, lambda value: isinstance(value, int) and not isinstance(value, bool), "number", _number),
    (inspect.BoolType, _is(bool), "truth", _nothing),
    (inspect.DateType, lambda value: isinstance(value, date) and not isinstance(value, datetime), "date", _nothing),
)
