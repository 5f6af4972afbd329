"""Police precincts and their 轄區: which a report names, and whether it is the office's own (八(五)1(1)). Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from appliance.rules.packs.pack import PoliceUnit
from appliance.rules.packs.problems import Problem, problem

__all__ = ["UnitDoubt", "doubt_of", "unit_of", "unit_problems"]


class UnitDoubt(NamedTuple):
    """``code``: elsewhere, or unlisted. ``named``: as the report names it. ``unit``: the one of the list, if it is
    there. ``ours``: those whose area has the office."""

    code: str
    named: str
    unit: PoliceUnit | None
    ours: tuple[PoliceUnit, ...]


def unit_of(named: str, units: Iterable[PoliceUnit]) -> PoliceUnit | None:
    """The unit that a report means: its name is in what was written, with or without its authority's, and with no
    other authority's before it (the 信義分局 of another city is another)."""
    return next((each for each in units if _is_named(_plain(named), _plain(each.name))), None)


def doubt_of(named: str, units: Sequence[PoliceUnit]) -> UnitDoubt | None:
    """Why a report should be looked at again: its unit is none of the list, or has another area. None where it has
    none to name, or the office lists none. A report may have been passed on, so it refuses nothing (``AT-37``)."""
    if not units or not named.strip():
        return None
    found, ours = unit_of(named, units), tuple(each for each in units if each.covers_office)
    if found is not None and found.covers_office:
        return None
    return UnitDoubt("elsewhere" if found else "unlisted", named.strip(), found, ours)


def unit_problems(units: Sequence[PoliceUnit], key: str) -> Iterator[Problem]:
    """What in a list does not go together."""
    seen: set[str] = set()
    for at, each in enumerate(units, 1):
        if _plain(each.name) in seen:
            yield problem(f"{key}[{at}].name", "unit-twice", name=each.name)
        seen.add(_plain(each.name))
    if units and not any(each.covers_office for each in units):
        yield problem(key, "unit-none")


def _is_named(written: str, name: str) -> bool:
    if name in written:
        return True
    authority, _, own = name.rpartition("警察局")
    if not authority or own not in written:
        return False
    before = written.partition(own)[0]
    return "警" not in before or authority.removesuffix("政府") in before


def _plain(text: str) -> str:
    """As it is compared: 中正一分局 is 中正第一分局, 台北 is 臺北."""
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("台", "臺").replace("第", "")
