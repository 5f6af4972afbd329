"""A pack's file, read: the pack, or everything that is wrong with it at once. Pure. ``docs/spec/policypack.md``."""

from __future__ import annotations

import tomllib
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import UsageError
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.problems import Problem, problem
from appliance.rules.packs.sense import sense_problems
from appliance.rules.packs.shape import shape_problems

__all__ = ["FORMAT", "MAX_BYTES", "Checked", "check_pack", "read_pack", "read_table"]

FORMAT = 1
"""Stands first in the file; a later version of the recorder that reads it otherwise counts on."""

MAX_BYTES = 256 << 10
_MOST_DOTS = 60
"""In one line. The reader's time grows with the square of the parts of a key: one of 20,000 took 18 s."""
_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Pack)}


class Checked(NamedTuple):
    """``pack`` is None exactly when there are ``problems``."""

    pack: Pack | None
    problems: tuple[Problem, ...]


def check_pack(data: bytes) -> Checked:
    """What the file holds, or what is wrong with it."""
    table = _parsed(data)
    if isinstance(table, Problem):
        return Checked(None, (table,))
    found = tuple(shape_problems(table, Pack))
    found += tuple(sense_problems(_sound(table, found)))
    return Checked(None if found else msgspec.convert(table, Pack), found)


def read_table(data: bytes) -> dict[str, Any] | None:
    """What the file says, right or wrong, so that it can be corrected; None for a file that is no pack at all."""
    table = _parsed(data)
    return None if isinstance(table, Problem) else table


def _parsed(data: bytes) -> dict[str, Any] | Problem:
    if len(data) > MAX_BYTES:
        return problem("", "large", bytes=len(data), most=MAX_BYTES)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return problem("", "encoding")
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        return problem("", "syntax", detail=f"over {_MOST_DOTS} dots in a line")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError alone: a number of over 4,300 digits
        return problem("", "syntax", detail=str(error)[:200] or "nested too deep")
    if table.get("format") != FORMAT or isinstance(table["format"], bool):
        return problem("format", "format", found=_shown(table.get("format")), wanted=FORMAT)
    del table["format"]
    return table


def _shown(value: object) -> str:
    """The beginning of a value; a number may have more digits than Python writes."""
    return "a number" if isinstance(value, int) and value.bit_length() > 64 else repr(value)[:40]


def read_pack(data: bytes, name: str = "policy pack") -> Pack:
    """The pack of a file that is in order. Raises UsageError with all that is wrong, a line each."""
    pack, problems = check_pack(data)
    if pack is None:
        raise UsageError.of("pack-problems", problems="\n".join(f"{name}: {each}" for each in problems))
    return pack


def _sound(table: dict[str, Any], found: tuple[Problem, ...]) -> dict[str, object]:
    """The top fields in whose shape nothing is wrong."""
    wrong = {each.key.partition(".")[0].partition("[")[0] for each in found}
    return {
        name: msgspec.convert(value, _FIELDS[name])
        for name, value in table.items()
        if name in _FIELDS and name not in wrong
    }
