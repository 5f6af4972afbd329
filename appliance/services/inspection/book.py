"""All daily rows and repair tickets: performing, what happens without anybody, rebuilt at start from the ledger.

One row a calendar day since the office was set up (``INV-08``). What a person typed is judged by ``rules.inspection``;
what the tests found the book asks itself. An act is durable, record and entry, before it is answered.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Damaged, NotFound, Refused, UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.ink import Ink, check_order, clear_ink, sealed_ink
from appliance.rules.inspection.facts import DayRow, Item, Reported, Signing, TicketWords, began_ns, is_item, once_each
from appliance.rules.inspection.guards import RowGuardContext, TicketGuardContext, is_working, unfinished
from appliance.rules.inspection.judging import judge_row, judge_ticket, missing_of
from appliance.rules.inspection.rows import BOXES, RowEvent, RowState, TicketEvent, TicketState, row_step
from appliance.services.inspection.daybook import DayFile, TicketFile, day_after, ticket_after
from appliance.services.inspection.lost_spans import due, noted
from appliance.services.inspection.ports import Inspected
from appliance.services.inspection.typed import checked, words_of
from appliance.services.people.login import Seat

__all__ = ["DAY_KINDS", "TICKET_KINDS", "InspectionBook"]

DAY_KINDS = (
    "inspection.begun",
    "inspection.proposed",
    "inspection.missed",
    "inspection.signed",
    "inspection.stamped",
    "inspection.filed",
)
TICKET_KINDS = ("ticket.opened", "ticket.changed", "gap.noted")

_FRESH_NS = 300 * 1_000_000_000
_TESTS_AT = ((7 * 60 + 30) * 60, (16 * 60 + 30) * 60)
"""Seconds after midnight at which the tests propose (L2)."""
_HOUR_NS = 3600 * 1_000_000_000
_MOST_DAYS_BACK = 3660
_OVERRIDES = 3
_REVIEW_NS = 90 * DAY_NS

_SYSTEM = ("system",)


class InspectionBook:
    """Thread-safe. ``founded_ns``: when the office was set up, whose day has the first row."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        founded_ns: int,
        asks: Inspected,
        *,
        random: Callable[[int], bytes] = os.urandom,
        pseudonym: Callable[[str], str] = lambda account: "",
    ) -> None:
        self._pseudonym = pseudonym
        self._acts, self._clock, self._asks, self._random = acts, clock, asks, random
        self._founded = day_of(founded_ns)
        self._lock = threading.RLock()
        self._days: dict[date, DayFile] = {}
        self._tickets: dict[str, TicketFile] = {}
        self._opened: dict[date, set[str]] = {}
        self._lost: tuple[TicketFile, ...] = ()
        for entry in ledger.acts(*DAY_KINDS, *TICKET_KINDS):
            self._take(entry)

    # --- reading ---

    def day(self, on: date) -> DayFile:
        """The file of a day, with what stands now where nobody has signed yet. Raises NotFound."""
        with self._lock:
            if on not in self._days:
                raise NotFound.of("inspection-no-row", day=on.isoformat())
            return self._told(self._days[on])

    def days(self, first: date, last: date) -> list[DayFile]:
        """The rows from ``first`` to ``last``, both included, in order."""
        with self._lock:
            return [self._told(self._days[on]) for on in sorted(self._days) if first <= on <= last]

    def tickets(self) -> list[TicketFile]:
        """All tickets: those that go on first, the newest first."""
        with self._lock:
            return sorted(
                self._tickets.values(),
                key=lambda file: (file.ticket.state is TicketState.CLOSED, -file.ticket.opened_ns),
            )

    def lost(self) -> tuple[TicketFile, ...]:
        """The tickets under which a camera lost footage. It waits for nobody: whoever looks for gaps asks."""
        return self._lost

    def ticket(self, number: str) -> TicketFile:
        """Raises NotFound."""
        with self._lock:
            if number not in self._tickets:
                raise NotFound.of("ticket-none", number=number[:20])
            return self._tickets[number]

    def lacking(self, on: date, event: RowEvent, signing: Signing | None = None, person: str = "") -> tuple[str, ...]:
        """What the guards of a step would lack now, as codes; ("no_row",) where no step leads on."""
        with self._lock:
            file = self.day(on)
            step = row_step(file.row.state, event)
            return ("no_row",) if step is None else missing_of(step, self._sight(file.row, signing, person))

    def missed(self) -> list[date]:
        """The days whose row still waits for a signature though they are over, oldest first."""
        with self._lock:
            return sorted(on for on, file in self._days.items() if file.row.state is RowState.MISSED)

    def is_working(self, on: date) -> bool:
        return is_working(on, self._asks.days_off())

    def overridden(self) -> dict[str, int]:
        """Faults whose finding was called a false alarm three times or more within 90 days, by the fault's code and
        camera: their limits are to be looked at (``T-76``)."""
        since_ns, counts = self._clock.wall_ns() - _REVIEW_NS, dict[str, int]()
        with self._lock:
            for file in self._days.values():
                if file.row.signed_ns > since_ns:
                    for key, judged in file.judged.items():
                        counts[key] = counts.get(key, 0) + (not judged.fault)
        return {key: count for key, count in sorted(counts.items()) if count >= _OVERRIDES}

    def unreported(self) -> list[Item]:
        """What stands now and is dealt with nowhere: today's row waits for no signature that would judge it, no ticket
        that goes on has it, and whoever signed last did not say that it is no fault (六: 應即通報維修)."""
        with self._lock:
            now_ns = self._clock.wall_ns()
            today = day_of(now_ns)
            if today not in self._days or (not self._days[today].row.signed and self.is_working(today)):
                return []
            tickets = unfinished([file.ticket for file in self._tickets.values()])
            named = {key for ticket in tickets for key in ticket.keys}
            whole = {ticket.box for ticket in tickets if not ticket.keys}
            stand = [each for each in self._asks.stood(now_ns, now_ns + 1) if not each.over_ns and is_item(each.key)]
            alone = [each for each in stand if each.box in BOXES and each.box not in whole and each.key not in named]
            return [each for each in alone if not self._is_false_alarm(each)]

    def _is_false_alarm(self, item: Item) -> bool:
        """By the last signature that judged it, since it began."""
        signed = [file for file in self._days.values() if item.key in file.judged]
        last = max(signed, key=lambda file: file.row.signed_ns, default=None)
        return last is not None and item.since_ns <= last.row.signed_ns and not last.judged[item.key].fault

    # --- people's acts ---

    def open_item(self, on: date, key: str) -> None:
        """Somebody looks at what failed: noted until the row is signed, with which it is entered (``AT-15``). Raises
        NotFound."""
        with self._lock:
            if key not in {item.key for item in self.day(on).row.items}:
                raise NotFound.of("inspection-no-finding", day=on.isoformat(), finding=key[:60])
            self._opened.setdefault(on, set()).add(key)

    def sign(self, act_id: str, by: Seat, on: date, signing: Signing, ink: Ink | None = None) -> DayFile:
        """L3 and L9: the inspector's signature, whose password was typed for it, or who signed the sheet. Raises
        NotAllowed with everything that is missing, UsageError for what no form sends, NotFound, NotWritable."""
        with self._lock:
            typed = checked(signing)
            same = {"day": on.isoformat(), "boxes": list(typed.boxes), **clear_ink(ink, self._pseudonym)}
            if self._acts.repeated(act_id, "inspection.signed", same, {"handling": typed.handling, "by": by.person}):
                return self.day(on)
            file = self.day(on)
            event = RowEvent.SIGN_LATE if file.row.state is RowState.MISSED else RowEvent.SIGN
            step = judge_row(event, self._sight(file.row, typed, by.person), by.roles)
            if ink is not None:
                check_order(event, ink, RowEvent.BEGIN, start_ns_of(on))
            self._check_fresh(by)
            keys = [item.key for item in file.row.items]
            clear = {
                **same,
                "row": step.number,
                "items": keys,
                "faults": [key for key in keys if typed.judged[key].fault],
                **({"late": typed.late} if event is RowEvent.SIGN_LATE else {}),
            }
            sealed = {
                "by": by.person,
                "display": by.display,
                "handling": typed.handling,
                "late_words": typed.late_words,
                "reasons": {key: typed.judged[key].reason for key in keys if typed.judged[key].reason},
                "items": msgspec.to_builtins(file.row.items),
                "values": [list(value) for value in self._asks.values()],
                **sealed_ink(ink),
            }
            self._perform(act_id, step.kind, clear, sealed)
            self._opened.pop(on, None)
            return self.day(on)

    def stamp(
        self, act_id: str, by: Seat, days: Sequence[date], *, acting: Collection[str] = (), ink: Ink | None = None
    ) -> list[DayFile]:
        """L6: the unit's head, or the secretary for them, stamps rows that somebody else signed; all or none.
        ``acting``: roles that ``by`` holds for somebody else. Raises as :meth:`sign`."""
        with self._lock:
            same = {"days": sorted(on.isoformat() for on in set(days)), **clear_ink(ink, self._pseudonym)}
            if not days:
                raise UsageError.of("inspection-no-tick")
            if not self._acts.repeated(act_id, "inspection.stamped", same):
                for on in days:
                    step = judge_row(RowEvent.STAMP, self._sight(self.day(on).row, None, by.person), by.roles)
                    self._check_order(RowEvent.STAMP, ink, self.day(on))
                self._check_fresh(by)
                deputy = "unit_head" not in by.roles or "unit_head" in acting
                sealed = {"by": by.person, "display": by.display, **sealed_ink(ink)}
                self._perform(act_id, step.kind, {**same, "deputy": deputy}, sealed)
            return [self.day(on) for on in sorted(set(days))]

    def file_month(self, act_id: str, by: Seat, month: date, *, ink: Ink | None = None) -> list[DayFile]:
        """L7: the month's rows, all stamped, are filed. Raises as :meth:`sign`."""
        with self._lock:
            rows = self._month(month)
            if not rows:
                raise NotFound.of("inspection-no-month", month=f"{month:%Y-%m}")
            same = {"days": [file.row.on.isoformat() for file in rows], **clear_ink(ink, self._pseudonym)}
            if not self._acts.repeated(act_id, "inspection.filed", same):
                step = judge_row(RowEvent.FILE, self._sight(rows[-1].row, None, by.person), by.roles)
                for file in rows:
                    self._check_order(RowEvent.FILE, ink, file)
                self._check_fresh(by)
                sealed = {"by": by.person, "display": by.display, **sealed_ink(ink)}
                self._perform(act_id, step.kind, same, sealed)
            return self._month(month)

    def report(self, act_id: str, by: Seat, told: Reported, words: Mapping[str, str]) -> TicketFile:
        """A repair ticket is opened: what is wrong, reported to whom and how. No picture goes with it (``D-19``)."""
        with self._lock:
            if told.box not in BOXES:
                raise UsageError.of("ticket-box", box=repr(told.box[:20]), boxes=", ".join(BOXES))
            typed = words_of("to", "how", "text", given=words)
            same = {"box": told.box, "findings": sorted(set(told.keys)), "event": str(TicketEvent.REPORT)}
            if before := self._acts.repeated(act_id, "ticket.opened", same, typed):
                return self.ticket(str(before.fields["ticket"]))
            today = day_of(now_ns := self._clock.wall_ns())
            month = self._asks.stood(start_ns_of(today - timedelta(days=31)), now_ns)
            stood = {item.key: item for item in month if is_item(item.key)}
            if unknown := sorted(set(told.keys) - set(stood)):
                raise UsageError.of("ticket-finding", finding=unknown[0][:60])
            said = TicketWords(to=typed["to"], how=typed["how"])
            others = [key for key in told.keys if stood[key].box != told.box]
            judge_ticket(TicketEvent.REPORT, TicketGuardContext(None, said, others=others), by.roles)
            of_day = self._items(on := told.on or today, min(start_ns_of(on) + DAY_NS, now_ns))
            found_ns = min(began_ns(told.keys, of_day, month), default=now_ns)
            clear = {**same, "ticket": self._next_number(), "day": today.isoformat(), "found_ns": found_ns}
            clear |= {"camera_no": told.camera_no} if told.camera_no else {}
            entry = self._perform(act_id, "ticket.opened", clear, {**typed, "by": by.person, "display": by.display})
            return self._tickets[str(entry.fields["ticket"])]

    def advance(
        self, act_id: str, by: Seat, number: str, event: TicketEvent, words: Mapping[str, str], *, visit: str = ""
    ) -> TicketFile:
        """A ticket goes on: accepted, on site by the ``visit`` that its register has begun, its repair verified by a
        test that has been well for an hour (L5), closed. Raises as :meth:`sign`."""
        visits, media = self._asks.visits(), self._asks.media()
        with self._lock:
            file = self.ticket(number)
            typed = words_of("who", "escort", "cause", "parts", "cost", "text", given=words)
            removed = words_of("removed", given=words)["removed"] if event is TicketEvent.VERIFY else ""
            same = {"ticket": number, "event": str(event)}
            same |= {name: told for name, told in (("visit", visit), ("removed", removed)) if told}
            if self._acts.repeated(act_id, "ticket.changed", same, typed):
                return file
            who, cause, text, well = typed["who"], typed["cause"], typed["text"], self._well(file)
            said = TicketWords(who=who, visit=visit, cause=cause, removed=removed, text=text, well=well)
            judge_ticket(event, TicketGuardContext(file.ticket, said, visits, media), by.roles)
            self._perform(act_id, "ticket.changed", same, {**typed, "by": by.person, "display": by.display})
            return self._tickets[number]

    # --- without anybody ---

    def turn(self) -> None:
        """Begins the rows that are due, proposes at the hours of the tests, and marks what nobody signed. Raises
        NotWritable; what is left is done at the next turn."""
        with self._lock:
            now_ns = self._clock.wall_ns()
            today = day_of(now_ns)
            self._begin(today)
            if today in self._days:
                self._propose_due(today, now_ns)
            if self._asks.trusted():
                for on in sorted(self._days):
                    if self._days[on].row.state in (RowState.OPEN, RowState.PROPOSED):
                        self._miss(on)
        self._note_lost(now_ns)

    def propose(self) -> DayFile:
        """L2 now, at a person's wish. Raises NotFound while today has no row, NotAllowed once it is signed."""
        with self._lock:
            today = day_of(self._clock.wall_ns())
            self._propose(self.day(today))
            return self.day(today)

    def _begin(self, today: date) -> None:
        """Trusted or not, today has a row; the days before it that have none get theirs once time is trusted: a clock
        that leapt ahead must not make rows of days that never were."""
        due = [today] if today not in self._days and today >= self._founded else []
        if self._asks.trusted():
            newest = max((on for on in self._days if on < today), default=self._founded - timedelta(days=1))
            gap = range(1, min((today - newest).days, _MOST_DAYS_BACK))
            due = [newest + timedelta(days=ahead) for ahead in gap] + due
        for on in due:
            clear = {"day": on.isoformat(), **({"late": True} if on < today else {})}
            clear |= {} if self._asks.trusted() else {"doubted": True}
            self._perform(self._random(16).hex(), "inspection.begun", clear)

    def _propose_due(self, today: date, now_ns: int) -> None:
        file = self._days[today]
        since = (now_ns - start_ns_of(today)) / 1e9
        due = sum(since >= at for at in _TESTS_AT)
        done = sum(1 for told in file.proposals if self._slot(told.at_ns, today) == due)
        if due and not done and file.row.state in (RowState.OPEN, RowState.PROPOSED):
            self._propose(self._told(file))

    @staticmethod
    def _slot(at_ns: int, on: date) -> int:
        return sum((at_ns - start_ns_of(on)) / 1e9 >= at for at in _TESTS_AT)

    def _propose(self, file: DayFile) -> None:
        step = judge_row(RowEvent.PROPOSE, self._sight(file.row, None, ""), _SYSTEM)
        boxes = [box for box in BOXES if any(item.box == box for item in file.row.items)]
        clear = {
            "day": file.row.on.isoformat(),
            "boxes": boxes,
            "findings": [item.key for item in file.row.items],
        }
        self._perform(self._random(16).hex(), step.kind, clear)

    def _note_lost(self, now_ns: int) -> None:
        """What cameras lost under their tickets becomes a gap of theirs; while the index is away it waits. Whoever
        knows of gaps asks the registers, which ask this book: it is asked while no lock is held."""
        for file, span in due(self.tickets(), now_ns):
            if (lost := self._asks.lost(file.camera_no, span)) is not None:
                self._perform(self._random(16).hex(), "gap.noted", noted(file, span, lost))

    def _miss(self, on: date) -> None:
        sight = self._sight(self._days[on].row, None, "")
        step = row_step(sight.row.state, RowEvent.MISS)
        if step is not None and not missing_of(step, sight):
            clear = {"day": on.isoformat(), "working": self.is_working(on)}
            self._perform(self._random(16).hex(), step.kind, clear)

    # --- inside ---

    def _told(self, file: DayFile) -> DayFile:
        """With what stands now where nobody signed, and the state that its tickets give it (L4, L5)."""
        row = file.row
        if not row.signed:
            end_ns = min(start_ns_of(row.on) + DAY_NS, self._clock.wall_ns())
            items = tuple(self._items(row.on, end_ns))
            opened = frozenset(self._opened.get(row.on, ())) & {item.key for item in items}
            row = msgspec.structs.replace(row, items=items, opened=opened)
        for event in (RowEvent.REPORT, RowEvent.MEND):
            step = row_step(row.state, event)
            if step is not None and not missing_of(step, self._sight(row, None, "")):
                row = msgspec.structs.replace(row, state=step.target)
        return msgspec.structs.replace(file, row=row)

    def _items(self, first: date, end_ns: int) -> list[Item]:
        stood = self._asks.stood(start_ns_of(first), end_ns)
        return once_each(item for item in stood if item.box in BOXES and is_item(item.key))

    def _sight(self, row: DayRow, signing: Signing | None, person: str) -> RowGuardContext:
        tickets = [file.ticket for file in self._tickets.values()]
        month = [file.row for on, file in self._days.items() if (on.year, on.month) == (row.on.year, row.on.month)]
        working = self.is_working(row.on)
        signing = signing or Signing()
        scanners = self._asks.scanners(row.on) if "paper" in (row.late, signing.late) else ()
        return RowGuardContext(row, signing, tickets, month, person, self._clock.wall_ns(), working, scanners)

    def _month(self, month: date) -> list[DayFile]:
        return [
            self._told(self._days[on]) for on in sorted(self._days) if (on.year, on.month) == (month.year, month.month)
        ]

    def _well(self, file: TicketFile) -> frozenset[str]:
        """Of a ticket's findings, those that have been over for an hour."""
        now_ns = self._clock.wall_ns()
        stood = self._asks.stood(now_ns - _HOUR_NS, now_ns)
        return frozenset(file.ticket.keys) - {item.key for item in stood}

    @staticmethod
    def _check_order(event: RowEvent, ink: Ink | None, file: DayFile) -> None:
        """Nobody stamps or files on paper what was not signed, or stamped, by then."""
        if ink is None:
            return
        before, at_ns = ("stamped", file.stamped_ns) if event is RowEvent.FILE else ("signed", file.row.signed_ns)
        step = RowEvent.STAMP if event is RowEvent.FILE else RowEvent.SIGN
        check_order(event, ink, step, file.ink[before].at_ns if before in file.ink else at_ns)

    def _check_fresh(self, by: Seat) -> None:
        if self._clock.boot_ns() - by.proved_ns > _FRESH_NS:
            raise Refused.of("inspection-fresh")

    def _next_number(self) -> str:
        """``M115-0001`` (維修): ROC year, then a count without gaps."""
        year = local_time(self._clock.wall_ns()).year - 1911
        return f"M{year}-{sum(number.startswith(f'M{year}-') for number in self._tickets) + 1:04d}"

    def _perform(
        self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, Any] | None = None
    ) -> Entry:
        with self._lock:
            act = self._acts.perform(act_id, kind, clear, sealed)
            self._take(act.entry)
            return act.entry

    def _take(self, entry: Entry) -> None:
        """Follows one entry, just made or read at start."""
        try:
            sealed = self._acts.sealed_of(entry)
        except Damaged:
            sealed = None
        fields = entry.fields
        if entry.kind in TICKET_KINDS:
            number = str(fields["ticket"])
            before = self._tickets.get(number)
            after = ticket_after(entry, sealed, before) if before or entry.kind == "ticket.opened" else None
            if after is not None:
                self._tickets[number] = after
                self._lost = tuple(file for file in self._tickets.values() if file.lost)
            return
        for day in [fields["day"]] if "day" in fields else fields["days"]:
            on = date.fromisoformat(day)
            self._days[on] = day_after(entry, on, sealed, self._days.get(on))
