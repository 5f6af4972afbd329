"""What the case book may ask of the rest of the keeper: cameras, people, footage, calendar. Functions handed in.

Each has an answer that knows nothing, so that a book over the stores alone still has every pin.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from appliance.rules.cases.holes import Holes
from appliance.rules.cases.masks import Mask
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.people import Appointment
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.terms import STANDARD, CaseTerms
from appliance.rules.cases.views import OnMedium
from appliance.rules.policy import CEILING_DAYS

__all__ = ["CasePorts"]


def _nothing_soon(scope: Scope) -> date:
    return date.max


@dataclass(frozen=True)
class CasePorts:
    """``cameras``: the numbers that a request may name, with their places. ``accounts``: all that ever were.
    ``roster``: the dated roles of people as appointments. ``unit_of`` and ``name_of`` an account. ``here``: accounts
    that were used today. ``managing``: the unit in charge. ``policy_on``: the rules in force on a day, "" if none.
    ``terms_on``: what they give to a case of a kind. ``letter_word_on``: with which the numbers of letters begin then.
    ``footage``: in_store, partly, expired or gap, "" where it cannot be told. ``holes``: what is missing of them.
    ``readable``: every bucket of these
    minutes is there with its key. ``scans``: the kinds of signed papers that are on file, scanned, for a case.
    ``floor_of``: the last day on which these minutes are kept without any case.
    ``opened_by``: the accounts of those who were logged in where footage of a case was opened to be seen, after an
    entry. ``masks``: those that stand for a case.
    ``roster_on``: as ``roster``, of a day that may be over, with those whose account was closed since. ``scan_for``:
    the scan of a case that shows what the one of this number showed: itself or, once it does not count any more, a
    later one of its kind; "" for none. ``form_scan``: the scan of the signed request itself; "" for none.
    ``round_the_clock``: a training office, whose viewings keep no hours, neither the office's nor their own.
    ``trusted``: time may be judged by now.
    ``copy_of``: what there is of a case's viewing copy. ``end_copy``: destroys it, for an event, by a pseudonym and an
    account; False where there is none. ``handed_of``: what there is of its copy on a medium, for an act of this
    account; ``medium_of``: the newest of them, for its papers. ``gives_copies``: this recorder has the service that
    writes one onto a medium, so that it may be promised.
    """

    cameras: Callable[[], dict[str, str]] = dict
    accounts: Callable[[], Iterable[str]] = tuple
    roster: Callable[[], tuple[Appointment, ...]] = tuple
    roster_on: Callable[[date], tuple[Appointment, ...]] = lambda day: ()
    unit_of: Callable[[str], str] = lambda account: ""
    name_of: Callable[[str], str] = lambda account: account
    post_of: Callable[[str], str] = lambda account: ""
    here: Callable[[], Collection[str]] = frozenset
    managing: Callable[[], str] = lambda: ""
    policy_on: Callable[[date], str] = lambda day: ""
    terms_on: Callable[[Kind, date], CaseTerms] = lambda kind, day: STANDARD
    letter_word_on: Callable[[date], str] = lambda day: ""
    days_off: Callable[[], frozenset[date]] = frozenset
    footage: Callable[[Scope], str] = lambda scope: ""
    holes: Callable[[Scope], Holes] = lambda scope: Holes()
    readable: Callable[[Sequence[Scope]], bool] = lambda scopes: False
    scans: Callable[[str], Collection[str]] = lambda case: frozenset()
    scan_for: Callable[[str, str], str] = lambda case, scan: scan
    form_scan: Callable[[str], str] = lambda case: ""
    floor_of: Callable[[Scope], date] = _nothing_soon
    opened_by: Callable[[str, int], Sequence[str]] = lambda case, since: ()
    masks: Callable[[str], tuple[Mask, ...]] = lambda case: ()
    round_the_clock: bool = False
    trusted: Callable[[], bool] = lambda: True
    copy_of: Callable[[str], CopyWork] = lambda case: CopyWork()
    end_copy: Callable[[str, Event, str, str], bool] = lambda case, event, by, account: False
    handed_of: Callable[[str, str], CopyWork] = lambda case, account: CopyWork()
    medium_of: Callable[[str], OnMedium | None] = lambda case: None
    gives_copies: Callable[[], bool] = lambda: False
    ceiling_days: Callable[[], int] = lambda: CEILING_DAYS
