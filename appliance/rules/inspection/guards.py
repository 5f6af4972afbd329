"""The guards of the daily row and its tickets: each gives codes of what is missing, ``code`` or ``code:thing``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.inspection.facts import NOTHING_REMOVED, DayRow, Signing, Ticket, TicketWords
from appliance.rules.inspection.rows import LATE_REASONS, RowState, TicketState

__all__ = [
    "ROW_GUARDS",
    "TICKET_GUARDS",
    "RowGuardContext",
    "TicketGuardContext",
    "fault_boxes",
    "is_working",
    "tickets_of",
    "unfinished",
]

Missing = tuple[str, ...]
_CLOSES_NS = (17 * 60 + 30) * 60 * 1_000_000_000


class RowGuardContext(NamedTuple):
    """What a guard of a row sees. ``tickets`` are all; ``month`` the rows of the row's month; ``person`` acts.
    ``scanners``: the accounts that took in a scan of its paper (``T-78``)."""

    row: DayRow
    signing: Signing
    tickets: Collection[Ticket]
    month: Collection[DayRow]
    person: str
    now_ns: int
    working: bool
    scanners: Collection[str] = ()


class TicketGuardContext(NamedTuple):
    """What a guard of a ticket sees. ``visits``: those of firms that are in the house; ``media``: the state of each
    storage medium of the register; ``others``: findings that are named and belong to another box than the ticket."""

    ticket: Ticket | None
    words: TicketWords
    visits: Collection[str] = ()
    media: Mapping[str, str] = {}
    others: Collection[str] = ()


def tickets_of(row: DayRow, tickets: Collection[Ticket]) -> list[Ticket]:
    """The tickets that a row's faults are under: of its boxes, not mended before its day, and opened by the day of its
    signature. Where a test found that box's fault, a ticket about other findings counts for nothing, and one that was
    opened later counts if it names it."""
    until = max(row.on, day_of(row.signed_ns)) if row.signed_ns else row.on
    found = {box: {item.key for item in row.items if item.box == box and item.key in row.faults} for box in row.boxes}
    under = []
    for ticket in tickets:
        if ticket.box in found and not _mended_before(row, ticket):
            keys = found[ticket.box]
            named = not keys or bool(keys & set(ticket.keys))
            if named or (not ticket.keys and ticket.on <= until):
                under.append(ticket)
    return under


def unfinished(tickets: Collection[Ticket]) -> list[Ticket]:
    """Those whose repair nobody has verified."""
    return [ticket for ticket in tickets if ticket.state not in (TicketState.VERIFIED, TicketState.CLOSED)]


def fault_boxes(row: DayRow, signing: Signing, tickets: Collection[Ticket]) -> set[str]:
    """The boxes that must be ticked: of every item that was called a fault, and of every repair that went on at some
    moment of the day, verified since or not (``T-77``)."""
    judged = {item.box for item in row.items if signing.judged.get(item.key) and signing.judged[item.key].fault}
    return judged | {ticket.box for ticket in tickets if ticket.on <= row.on and not _mended_before(row, ticket)}


def _mended_before(row: DayRow, ticket: Ticket) -> bool:
    return bool(ticket.mended_ns and ticket.mended_ns < start_ns_of(row.on))


def _is_today(sight: RowGuardContext) -> Missing:
    return () if sight.row.on == day_of(sight.now_ns) else ("not_today",)


def _is_over(sight: RowGuardContext) -> Missing:
    """A working day ends with the office's hours, another at midnight."""
    ends = start_ns_of(sight.row.on) + (_CLOSES_NS if sight.working else DAY_NS)
    return () if sight.now_ns >= ends else ("not_over",)


def _all_opened(sight: RowGuardContext) -> Missing:
    return tuple(f"unopened:{item.key}" for item in sight.row.items if item.key not in sight.row.opened)


def _all_judged(sight: RowGuardContext) -> Missing:
    return tuple(f"unjudged:{item.key}" for item in sight.row.items if item.key not in sight.signing.judged)


def _reasons_given(sight: RowGuardContext) -> Missing:
    judged = sight.signing.judged
    return tuple(
        f"no_reason:{item.key}"
        for item in sight.row.items
        if item.key in judged and not judged[item.key].fault and not judged[item.key].reason.strip()
    )


def _boxes_fit(sight: RowGuardContext) -> Missing:
    signing, must = sight.signing, fault_boxes(sight.row, sight.signing, sight.tickets)
    if signing.normal:
        return ("normal_and_faults",) if signing.boxes or must else ()
    if not signing.boxes:
        return ("nothing_ticked",)
    return tuple(f"box:{box}" for box in sorted(must - set(signing.boxes)))


def _is_handled(sight: RowGuardContext) -> Missing:
    return ("no_handling",) if sight.signing.boxes and not sight.signing.handling.strip() else ()


def _says_why_late(sight: RowGuardContext) -> Missing:
    signing = sight.signing
    if signing.late not in LATE_REASONS:
        return ("no_late_reason",)
    return ("no_late_words",) if signing.late in ("paper", "other") and not signing.late_words.strip() else ()


def _paper_on_file(sight: RowGuardContext) -> Missing:
    """What was kept on paper is entered with its scan on file: that paper is the original (``D-13``, ``T-78``)."""
    late = sight.row.late if sight.row.signed else sight.signing.late
    return ("no_scan",) if late == "paper" and not sight.scanners else ()


def _scan_by_another(sight: RowGuardContext) -> Missing:
    """The stamp of a row from paper is of somebody who did not bring its scan."""
    return ("is_scanner",) if sight.row.late == "paper" and sight.person in sight.scanners else ()


def _has_fault(sight: RowGuardContext) -> Missing:
    return () if sight.row.boxes else ("no_fault",)


def _has_ticket(sight: RowGuardContext) -> Missing:
    covered = {ticket.box for ticket in tickets_of(sight.row, sight.tickets)}
    return tuple(f"no_ticket:{box}" for box in sight.row.boxes if box not in covered)


def _all_mended(sight: RowGuardContext) -> Missing:
    return tuple(f"not_mended:{ticket.number}" for ticket in unfinished(tickets_of(sight.row, sight.tickets)))


def _other_person(sight: RowGuardContext) -> Missing:
    if sight.row.inspector == "?":
        return ("inspector_unknown",)
    return ("is_inspector",) if sight.person == sight.row.inspector else ()


def _month_is_over(sight: RowGuardContext) -> Missing:
    today = day_of(sight.now_ns)
    return () if (sight.row.on.year, sight.row.on.month) < (today.year, today.month) else ("month_goes_on",)


def _month_is_stamped(sight: RowGuardContext) -> Missing:
    done = (RowState.STAMPED, RowState.FILED)
    return tuple(f"unstamped:{row.on.isoformat()}" for row in sight.month if row.state not in done)


ROW_GUARDS: Mapping[str, Callable[[RowGuardContext], Missing]] = MappingProxyType(
    {
        "is_today": _is_today,
        "is_over": _is_over,
        "all_opened": _all_opened,
        "all_judged": _all_judged,
        "reasons_given": _reasons_given,
        "boxes_fit": _boxes_fit,
        "is_handled": _is_handled,
        "says_why_late": _says_why_late,
        "paper_on_file": _paper_on_file,
        "scan_by_another": _scan_by_another,
        "has_fault": _has_fault,
        "has_ticket": _has_ticket,
        "all_mended": _all_mended,
        "other_person": _other_person,
        "month_is_over": _month_is_over,
        "month_is_stamped": _month_is_stamped,
    }
)


def _says_to_whom(sight: TicketGuardContext) -> Missing:
    lacking = (name for name, word in (("no_to", sight.words.to), ("no_how", sight.words.how)) if not word.strip())
    return tuple(lacking)


def _is_of_its_box(sight: TicketGuardContext) -> Missing:
    """A ticket covers the faults of its box alone, so a finding of another box would seem reported and not be."""
    return tuple(f"other_box:{key}" for key in sight.others)


def _says_who(sight: TicketGuardContext) -> Missing:
    return () if sight.words.who.strip() else ("no_who",)


def _visit_begun(sight: TicketGuardContext) -> Missing:
    """Nobody from outside works on the recorder before an escort typed the own password for it (``AT-69``)."""
    return () if sight.words.visit else ("no_visit",)


def _visit_over(sight: TicketGuardContext) -> Missing:
    visit = sight.ticket.visit if sight.ticket else ""
    return (f"visit_open:{visit}",) if visit in sight.visits else ()


def _says_what_was_removed(sight: TicketGuardContext) -> Missing:
    """A storage medium that was taken out stands in its register, and leaves by that alone (``D-26``, ``T-60``)."""
    removed = sight.words.removed
    if removed == NOTHING_REMOVED:
        return ()
    if removed not in sight.media:
        return (f"removed_unknown:{removed}",) if removed else ("no_removed",)
    return (f"removed_in_use:{removed}",) if sight.media[removed] == "in_use" else ()


def _says_how_without_a_visit(sight: TicketGuardContext) -> Missing:
    """A firm that took the repair over and never came: how it was mended all the same."""
    alone = sight.ticket is not None and sight.ticket.state is TicketState.ACCEPTED
    return ("no_how_mended",) if alone and not sight.words.text.strip() else ()


def _says_cause(sight: TicketGuardContext) -> Missing:
    return () if sight.words.cause.strip() else ("no_cause",)


def _well_for_an_hour(sight: TicketGuardContext) -> Missing:
    """What no test found, a person's eyes verify."""
    keys = sight.ticket.keys if sight.ticket else ()
    return tuple(f"not_well:{key}" for key in keys if key not in sight.words.well)


TICKET_GUARDS: Mapping[str, Callable[[TicketGuardContext], Missing]] = MappingProxyType(
    {
        "says_to_whom": _says_to_whom,
        "is_of_its_box": _is_of_its_box,
        "says_who": _says_who,
        "visit_begun": _visit_begun,
        "visit_over": _visit_over,
        "says_how_without_a_visit": _says_how_without_a_visit,
        "says_cause": _says_cause,
        "says_what_was_removed": _says_what_was_removed,
        "well_for_an_hour": _well_for_an_hour,
    }
)


def is_working(on: date, days_off: Collection[date]) -> bool:
    """Whether the office is open that day; of a year that the calendar does not know, weekends are off."""
    return on not in days_off if any(day.year == on.year for day in days_off) else on.weekday() < 5
