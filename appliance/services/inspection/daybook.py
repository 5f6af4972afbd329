"""A day's row and a ticket with everything on file, and how each entry of the ledger changes them. No act, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from appliance.core.model import Record, Span
from appliance.ledger.entry import Entry
from appliance.rules.ink import Ink, inked
from appliance.rules.inspection.facts import DayRow, Item, Judged, Ticket
from appliance.rules.inspection.rows import RowState, TicketEvent, TicketState, ticket_step

__all__ = ["NOT_KNOWN", "DayFile", "Proposal", "TicketAct", "TicketFile", "day_after", "ticket_after"]

NOT_KNOWN = -1
"""In the place of how much was not recorded, where nobody can know yet."""


class Proposal(Record, frozen=True, kw_only=True):
    """What the tests said at one time: the boxes they propose, and the findings."""

    at_ns: int
    boxes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class DayFile(Record, frozen=True, kw_only=True):
    """``row`` is what rules see. Names and words are empty where a sealed record does not open (``damaged``).
    ``ink``: by ``signed``, ``stamped`` and ``filed``, what was signed on the sheet; the row has the time of its entry.
    ``values`` are what the tests measured at the signature: [camera or box, fault, value, limit, unit]."""

    row: DayRow
    proposals: tuple[Proposal, ...] = ()
    missed_ns: int = 0
    judged: Mapping[str, Judged] = {}
    handling: str = ""
    late_words: str = ""
    inspector_name: str = ""
    values: tuple[tuple[str, str, float, float, str], ...] = ()
    ink: Mapping[str, Ink] = {}
    stamped_ns: int = 0
    stamped_by: str = ""
    stamped_name: str = ""
    deputy: bool = False
    filed_ns: int = 0
    damaged: str = ""


class TicketAct(Record, frozen=True, kw_only=True):
    """One step of a ticket's history, with what was typed."""

    event: TicketEvent
    at_ns: int
    person: str = ""
    display: str = ""
    words: Mapping[str, str] = {}


class TicketFile(Record, frozen=True, kw_only=True):
    """``ticket`` is what rules see; ``camera_no`` is "" for the box. ``lost``: the spans from the finding to the
    verified repair of which nothing was recorded, as far as they were noted, up to ``noted_ns``; ``lost_ns``: how long
    they are together."""

    ticket: Ticket
    camera_no: str = ""
    found_ns: int = 0
    lost_ns: int = 0
    lost: tuple[Span, ...] = ()
    noted_ns: int = 0
    history: tuple[TicketAct, ...] = ()

    @property
    def told_lost_ns(self) -> int:
        """NOT_KNOWN while what a mended camera lost was not noted yet: just now, or the index is away."""
        waits = self.camera_no and max(self.noted_ns, self.found_ns) < self.ticket.mended_ns
        return NOT_KNOWN if waits else self.lost_ns


def day_after(entry: Entry, on: date, sealed: Mapping[str, Any] | None, before: DayFile | None) -> DayFile:
    """The file of the day ``on`` after the entry; ``sealed`` is None where its record does not open. A day whose
    beginning is lost begins with what comes first."""
    file = before or DayFile(row=DayRow(on=on, state=RowState.OPEN))
    if ink := inked(entry.fields, sealed):
        file = msgspec.structs.replace(file, ink={**file.ink, entry.kind.removeprefix("inspection."): ink})
    return _TAKERS[entry.kind](file, entry, sealed)


def _begun(file: DayFile, entry: Entry, sealed: Mapping[str, Any] | None) -> DayFile:
    return _row(file, begun_late=bool(entry.fields.get("late")))


def _proposed(file: DayFile, entry: Entry, sealed: Mapping[str, Any] | None) -> DayFile:
    fields = entry.fields
    told = Proposal(at_ns=entry.at_ns, boxes=tuple(fields["boxes"]), keys=tuple(fields["findings"]))
    file = msgspec.structs.replace(file, proposals=(*file.proposals, told))
    return _row(file, state=RowState.PROPOSED)


def _missed(file: DayFile, entry: Entry, sealed: Mapping[str, Any] | None) -> DayFile:
    return _row(msgspec.structs.replace(file, missed_ns=entry.at_ns), state=RowState.MISSED)


def _signed(file: DayFile, entry: Entry, sealed: Mapping[str, Any] | None) -> DayFile:
    fields, words = entry.fields, sealed or {}
    faults = set(fields["faults"])
    items = tuple(msgspec.convert(each, Item) for each in words.get("items", ()))
    reasons = dict(words.get("reasons", {}))
    judged = {key: Judged(fault=key in faults, reason=str(reasons.get(key, ""))) for key in fields["items"]}
    file = msgspec.structs.replace(
        file,
        judged=judged,
        handling=str(words.get("handling", "")),
        late_words=str(words.get("late_words", "")),
        inspector_name=str(words.get("display", "")),
        values=tuple((str(a), str(b), float(c), float(d), str(e)) for a, b, c, d, e in words.get("values", ())),
        damaged="" if sealed is not None else f"the record of ledger entry {entry.index} does not open",
    )
    return _row(
        file,
        state=RowState.INSPECTED,
        items=items,
        opened=frozenset(fields["items"]),
        boxes=tuple(fields["boxes"]),
        faults=tuple(fields["faults"]),
        signed_ns=entry.at_ns,
        inspector=str(words.get("by", "?")),
        late=str(fields.get("late", "")),
    )


def _stamped(file: DayFile, entry: Entry, sealed: Mapping[str, Any] | None) -> DayFile:
    words = sealed or {}
    file = msgspec.structs.replace(
        file,
        stamped_ns=entry.at_ns,
        stamped_by=str(words.get("by", "?")),
        stamped_name=str(words.get("display", "")),
        deputy=bool(entry.fields.get("deputy")),
    )
    return _row(file, state=RowState.STAMPED)


def _filed(file: DayFile, entry: Entry, sealed: Mapping[str, Any] | None) -> DayFile:
    return _row(msgspec.structs.replace(file, filed_ns=entry.at_ns), state=RowState.FILED)


_TAKERS = {
    "inspection.begun": _begun,
    "inspection.proposed": _proposed,
    "inspection.missed": _missed,
    "inspection.signed": _signed,
    "inspection.stamped": _stamped,
    "inspection.filed": _filed,
}


def _row(file: DayFile, **changes: Any) -> DayFile:
    return msgspec.structs.replace(file, row=msgspec.structs.replace(file.row, **changes))


def ticket_after(entry: Entry, sealed: Mapping[str, Any] | None, before: TicketFile | None) -> TicketFile | None:
    """The ticket after the entry; words are empty where the record does not open. What verified repairs lost once
    stood with their verification."""
    fields, words = entry.fields, dict(sealed or {})
    if entry.kind == "gap.noted":
        return _lost(before, fields) if before is not None else None
    event = TicketEvent(fields["event"])
    said = {name: str(text) for name, text in words.items() if name not in ("by", "display") and text}
    said |= {name: str(fields[name]) for name in ("visit", "removed") if name in fields}
    by, display = str(words.get("by", "")), str(words.get("display", ""))
    deed = TicketAct(event=event, at_ns=entry.at_ns, person=by, display=display, words=said)
    if before is None:
        ticket = Ticket(
            number=str(fields["ticket"]),
            on=date.fromisoformat(fields["day"]),
            box=str(fields["box"]),
            state=TicketState.OPEN,
            keys=tuple(fields["findings"]),
            opened_ns=entry.at_ns,
        )
        found_ns = int(fields.get("found_ns", entry.at_ns))
        return TicketFile(ticket=ticket, camera_no=str(fields.get("camera_no", "")), found_ns=found_ns, history=(deed,))
    step = ticket_step(before.ticket.state, event)
    state = step.target if step is not None else before.ticket.state
    mended_ns = entry.at_ns if event is TicketEvent.VERIFY else before.ticket.mended_ns
    return msgspec.structs.replace(
        before,
        ticket=msgspec.structs.replace(
            before.ticket, state=state, mended_ns=mended_ns, visit=str(fields.get("visit", before.ticket.visit))
        ),
        **_verified(fields, entry.at_ns),
        history=(*before.history, deed),
    )


def _lost(file: TicketFile, fields: Mapping[str, Any]) -> TicketFile:
    return msgspec.structs.replace(
        file,
        lost=(*file.lost, *(Span(start_ns, end_ns) for start_ns, end_ns in fields["spans"])),
        lost_ns=file.lost_ns + int(fields["lost_ns"]),
        noted_ns=int(fields["end_ns"]),
    )


def _verified(fields: Mapping[str, Any], at_ns: int) -> dict[str, int]:
    lost_ns = int(fields.get("lost_ns", NOT_KNOWN))
    return {} if lost_ns == NOT_KNOWN else {"lost_ns": lost_ns, "noted_ns": at_ns}
