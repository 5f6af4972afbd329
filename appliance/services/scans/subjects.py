"""What scans belong to, as the book of each of these things answers for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from appliance.services.people.login import Session

__all__ = ["ScanSubject"]


class ScanSubject(NamedTuple):
    """One sort of things, such as cases, by ``rules.scans.SUBJECTS``. ``find``: the one number of the thing that a text
    names, for somebody who may see it; raises NotFound. ``ended_on``: the day on which it was over, None while it is
    not. ``named``: what it is called on pages. ``masked``: whether identifiers of it are masked for a log-in.
    ``holds``: the numbers of the holds about it that go on."""

    find: Callable[[Session, str], str]
    ended_on: Callable[[str], date | None]
    named: Callable[[str], str] = lambda number: number
    masked: Callable[[Session, str], bool] = lambda session, number: False
    holds: Callable[[str], Sequence[str]] = lambda number: ()
