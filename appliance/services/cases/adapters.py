"""What the case book reads of the other books: cameras, people, calendar, and what of the footage is there."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from datetime import date

from appliance.core.errors import Damaged, RecorderError
from appliance.core.model import merge, subtract
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.holes import Holes, holes_in
from appliance.rules.cases.masks import Mask
from appliance.rules.cases.openings import end_act, is_seen, was_unlocked
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.people import Appointment, Person, appointments
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event
from appliance.rules.deadlines import day_of, floor_date
from appliance.rules.packs.caseterms import terms_for
from appliance.services.cases.ports import CasePorts
from appliance.services.office_rules.packs import PackBook
from appliance.services.office_rules.rules import OfficeRules
from appliance.services.people.accounts import Accounts
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.scans.scans import ScanBook
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.ring.ring import Ring

__all__ = ["case_ports", "footage_of", "holes_of"]

_WHOLE_NS = 3_000_000_000
"""So much may lack of a range that is there as a whole: less is no gap to a viewer either."""


def case_ports(
    cameras: Callable[[], dict[str, str]],
    book: PeopleBook,
    accounts: Accounts,
    rules: OfficeRules,
    packs: PackBook,
    ring: Ring,
    key_store: KeyStore,
    scans: ScanBook,
    acts: Acts,
    ledger: Ledger,
    masks: Callable[[str], tuple[Mask, ...]],
    trusted: Callable[[], bool],
    *,
    in_force_since: Callable[[str], int],
    copy_of: Callable[[str], CopyWork],
    end_copy: Callable[[str, Event, str, str], bool],
    trial: bool,
) -> CasePorts:
    """``masks``: those that stand for a case; ``trusted``: time may be judged by now; ``in_force_since``: when a camera
    came in force first; ``copy_of`` and ``end_copy``: of
    the store of viewing copies; ``trial``: a training office."""
    return CasePorts(
        cameras=cameras,
        accounts=lambda: [person.name for person in book.all()],
        roster=functools.partial(_roster, book),
        roster_on=functools.partial(_roster_on, book),
        unit_of=lambda account: book.get(account).unit if book.knows(account) else "",
        name_of=lambda account: book.get(account).display if book.knows(account) else account,
        post_of=lambda account: book.get(account).post if book.knows(account) else "",
        here=functools.partial(_here, book, accounts),
        managing=functools.partial(_managing, book, packs),
        policy_on=lambda day: packs.on(day).version,
        terms_on=lambda kind, day: terms_for(packs.on(day), kind),
        letter_word_on=lambda day: packs.on(day).office.letter_word,
        days_off=rules.days_off,
        footage=functools.partial(footage_of, ring),
        holes=functools.partial(holes_of, ring, in_force_since),
        readable=functools.partial(_readable, ring, key_store),
        opened_by=functools.partial(_opened_by, acts, ledger),
        masks=masks,
        round_the_clock=trial,
        trusted=trusted,
        copy_of=copy_of,
        end_copy=end_copy,
        scans=lambda case: scans.kinds_of(f"case/{case}"),
        scan_for=lambda case, scan: scans.standing_for(f"case/{case}", scan),
        form_scan=lambda case: scans.newest(f"case/{case}", "form"),
        floor_of=functools.partial(_floor_of, rules),
        ceiling_days=lambda: rules.policy.ceiling_days,
    )


def footage_of(ring: Ring, scope: Scope) -> str:
    """What of a range there is: in_store, partly, expired (it was destroyed) or gap; "" while it cannot be told."""
    try:
        there = merge(ring.footage_in(scope.camera_no, scope.span))
        lacks_ns = sum(part.end_ns - part.start_ns for part in subtract(scope.span, there))
        if lacks_ns <= _WHOLE_NS:
            return "in_store"
        if there:
            return "partly"
        gone = any(each.camera_no == scope.camera_no for each in ring.index.destroyed_of(scope.span))
    except RecorderError:
        return ""  # the index is in doubt or its disk away: nothing is concluded from what is missing
    return "expired" if gone else "gap"


def holes_of(ring: Ring, in_force_since: Callable[[str], int], scope: Scope) -> Holes:
    """What of a range is not there, with its causes; nothing while it cannot be told."""
    try:
        gaps = ring.gaps_in(scope.camera_no, scope.span)
        gone = [each for each in ring.index.destroyed_of(scope.span) if each.camera_no == scope.camera_no]
    except RecorderError:
        return Holes()
    destroyed = [(each.start_ns, each.end_ns) for each in gone]
    return holes_in(gaps, destroyed, since_ns=in_force_since(scope.camera_no))


def _roster(book: PeopleBook) -> tuple[Appointment, ...]:
    return tuple(
        appointment
        for person in book.all()
        if not person.closed_ns and not person.suspended_ns
        for appointment in appointments(Person(account=person.name, name=person.display), person.grants, person.unit)
    )


def _roster_on(book: PeopleBook, day: date) -> tuple[Appointment, ...]:
    return tuple(
        appointment
        for person in book.all()
        if person.was_on(day)
        for appointment in appointments(Person(account=person.name, name=person.display), person.grants, person.unit)
    )


def _here(book: PeopleBook, accounts: Accounts) -> frozenset[str]:
    """Whoever logged in today is there, whatever leave was planned."""
    today = book.today()
    return frozenset(account.name for account in accounts if account.used_ns and day_of(account.used_ns) == today)


def _managing(book: PeopleBook, packs: PackBook) -> str:
    """The unit of whoever heads the managing unit (三); as the pack names it where that is not entered."""
    today = book.today()
    heads = [person for person in book.all() if "unit_head" in person.on(today)]
    units = [person.unit for person in heads if person.unit and "unit_head" not in book.acting_of(person.name)]
    return units[0] if units else packs.in_force().pack.office.unit


def _readable(ring: Ring, key_store: KeyStore, scopes: Sequence[Scope]) -> bool:
    """Whether every bucket of these minutes is there with its key, and there is footage of each of them at all."""
    try:
        found = [ring.find(scope.camera_no, scope.span) for scope in scopes]
    except RecorderError:
        return False
    return all(found) and all(stretch.bucket_id in key_store for stretches in found for stretch in stretches)


def _opened_by(acts: Acts, ledger: Ledger, case: str, since: int) -> list[str]:
    """Of each opening, in their order. Nobody of one whose record does not open: a finding names it; nor of one whose
    keys did not, which showed nothing."""
    people: list[str] = []
    for entry in ledger.acts_about(case):
        if entry.kind != "grant.opened" or entry.index <= since or not is_seen(entry.fields):
            continue
        ended = ledger.act(end_act(str(entry.fields["grant"])))
        if was_unlocked(ended and ended.fields):
            with contextlib.suppress(Damaged):
                people += map(str, (acts.sealed_of(entry) or {}).get("people", ()))
    return people


def _floor_of(rules: OfficeRules, scope: Scope) -> date:
    policy = rules.policy
    return floor_date(day_of(scope.end_ns - 1), policy.floor_for(scope.start_ns), rules.days_off())
