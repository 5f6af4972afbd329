"""Which pack is in force on a day: the order of an office's packs, none edited, no two at once (``AT-63``). Pure.

A case keeps the pack of the day of its receipt (``AT-01``, ``AT-05``), whatever comes after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from appliance.core.errors import NotFound, UsageError
from appliance.rules.packs.articles import filling_problems
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.problems import Problem, problem

__all__ = ["ApprovedPack", "lost_problems", "order_problems", "pack_on", "standing_on", "with_pack"]


class ApprovedPack(NamedTuple):
    """An approved pack. ``begins``: the first day on which it counts here, its own or that of its approval, whichever
    is later: nothing is changed for the past. ``entry``: its ledger entry; -1 for the one that ships."""

    pack: Pack
    begins: date
    entry: int = -1


def pack_on(packs: Sequence[ApprovedPack], day: date) -> Pack:
    """The pack in force on a day. Raises NotFound where none is: no case may be opened then (``AT-01``)."""
    return standing_on(packs, day).pack


def standing_on(packs: Sequence[ApprovedPack], day: date) -> ApprovedPack:
    """The same, with its first day here: of ``packs`` in their order, the last that has begun."""
    begun = [each for each in packs if each.begins <= day]
    if not begun:
        raise NotFound.of("pack-none-in-force", day=day)
    return begun[-1]


def order_problems(there: Iterable[tuple[str, date]], new: Pack) -> Iterator[Problem]:
    """Why ``new`` cannot follow those that are there, by version and first day: one of the same day or name, or one
    that takes effect later already."""
    for version, day in there:
        if version == new.version:
            yield problem("version", "same-version", version=version)
        elif day == new.effective:
            yield problem("effective", "same-day", version=version, day=day)
        elif day > new.effective:
            yield problem("effective", "earlier", version=version, day=day)


def lost_problems(earlier: Iterable[Pack], new: Pack) -> Iterator[Problem]:
    """What ``new`` fills in without proof of what one of the earlier said to be missing (``AT-62``)."""
    return filling_problems((each.rules.articles for each in earlier), new.rules.articles, "rules.articles")


def with_pack(
    packs: Sequence[ApprovedPack], new: Pack, approved: date, entry: int = -1, *, earlier: Iterable[Pack] = ()
) -> tuple[ApprovedPack, ...]:
    """The packs with one more, approved that day; ``earlier``: what counted before the first of them. Raises UsageError
    with what :func:`order_problems` and :func:`lost_problems` say."""
    problems = list(order_problems(((each.pack.version, each.pack.effective) for each in packs), new))
    problems += lost_problems((*earlier, *(each.pack for each in packs)), new)
    if problems:
        raise UsageError.of(
            "pack-problems", problems="\n".join(f"policy pack {new.version}: {each}" for each in problems)
        )
    return (*packs, ApprovedPack(new, max(new.effective, approved), entry))
