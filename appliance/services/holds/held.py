"""A hold as it stands, and how each entry of the ledger changes it. No act, no lock, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from appliance.core.errors import Damaged
from appliance.ledger.entry import Entry
from appliance.protocol.holds import HoldActView, HoldView
from appliance.rules.holds import GROUNDS, LAPSED, RELEASED, state_of
from appliance.rules.ink import Ink, inked
from appliance.services.asked_range import RequestedRange

__all__ = ["Held", "HoldAct", "taken"]


class HoldAct(msgspec.Struct, frozen=True, kw_only=True):
    """One act in a hold's history. Names and words are empty once the sealed record was erased, and for the machine's.

    ``police``: what the director decided about telling them. ``until_ns`` is the end of the term that began with
    it; 0: none began, or it could not be counted yet. ``ink``: it was signed on the sheet, and counts from its
    entry on.
    """

    kind: str
    at_ns: int
    by: str = ""
    display: str = ""
    words: str = ""
    agency: str = ""
    statute: str = ""
    document: str = ""
    police: str = ""
    until_ns: int = 0
    ink: Ink | None = None

    @property
    def signed_ns(self) -> int:
        """When it was done: of one in ink, when its sheet says so."""
        return self.ink.at_ns if self.ink else self.at_ns

    def view(self) -> HoldActView:
        """For those who show it: without the account."""
        told = {name: getattr(self, name) for name in HoldActView.__struct_fields__}
        return HoldActView(**told)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A hold. ``asked`` is what was asked for, ``rounded`` what is kept; the present term is ``since_ns`` to
    ``until_ns`` (0: it counts from the first moment of trusted time). ``ended`` is empty, released or lapsed.

    ``in_viewing``: it keeps what a viewing showed besides (``T-48``). ``beyond_ceiling``: it stands on one of the
    two grounds of ``D-06``, documented and confirmed. ``became`` counts the buckets of a settled hold: destroyed,
    eligible, kept, held (by others).
    """

    number: str
    ground: str
    asked: tuple[RequestedRange, ...]
    rounded: tuple[RequestedRange, ...]
    set_ns: int
    since_ns: int
    until_ns: int
    beyond_ceiling: bool
    case: str = ""
    in_viewing: bool = False
    set_by: str = ""
    need: str = ""
    confirmed: bool = False
    ended: str = ""
    ended_ns: int = 0
    ended_at: int = 0
    """The ledger's entry of its end."""
    settled_ns: int = 0
    became: Mapping[str, int] = {}
    history: tuple[HoldAct, ...] = ()

    @property
    def living(self) -> bool:
        return not self.ended

    @property
    def extensions(self) -> int:
        """How often the director extended it."""
        return sum(deed.kind == "hold.extended" for deed in self.history)

    def state(self, now_ns: int) -> str:
        return state_of(
            GROUNDS[self.ground],
            now_ns,
            since_ns=self.since_ns,
            until_ns=self.until_ns,
            confirmed=self.confirmed,
            ended=self.ended,
        )

    def view(self, now_ns: int, case_number: str) -> HoldView:
        """For those who show it. ``case_number``: of its case, as people write it."""
        asked, kept = self.asked[0], self.rounded[0]
        return HoldView(
            hold=self.number,
            ground=self.ground,
            state=self.state(now_ns),
            cameras=tuple(each.camera_no for each in self.asked),
            start_ns=asked.start_ns,
            end_ns=asked.end_ns,
            kept_start_ns=kept.start_ns,
            kept_end_ns=kept.end_ns,
            beyond_ceiling=self.beyond_ceiling,
            case=self.case,
            number=case_number,
            in_viewing=self.in_viewing,
            need=self.need,
            set_ns=self.set_ns,
            until_ns=self.until_ns,
            ended_ns=self.ended_ns,
            settled_ns=self.settled_ns,
            became=dict(self.became),
            extensions=self.extensions,
            set_person=self.set_by,
            history=tuple(deed.view() for deed in self.history),
        )


def taken(entry: Entry, sealed: Mapping[str, Any], before: Held | None) -> Held:
    """The hold after the entry. Raises Damaged for an entry that no hold comes before, or of an unknown ground."""
    if entry.kind == "hold.set":
        return _set(entry, sealed)
    if before is None:
        raise Damaged(f"ledger entry {entry.index}: {entry.kind} of a hold that was never set")
    return _TAKERS[entry.kind](entry, sealed, before)


def _set(entry: Entry, sealed: Mapping[str, Any]) -> Held:
    fields = entry.fields
    if fields["ground"] not in GROUNDS:
        raise Damaged(f"ledger entry {entry.index}: a hold on the ground {fields['ground'][:20]!r}, which is unknown")
    return Held(
        number=fields["hold"],
        ground=fields["ground"],
        asked=tuple(msgspec.convert(fields["asked"], list[RequestedRange])),
        rounded=tuple(msgspec.convert(fields["rounded"], list[RequestedRange])),
        set_ns=entry.at_ns,
        since_ns=entry.at_ns,
        until_ns=fields["until_ns"],
        beyond_ceiling=fields["beyond_ceiling"],
        case=fields.get("case", ""),
        in_viewing=fields.get("in_viewing", False),
        set_by=sealed.get("by", ""),
        need=sealed.get("need", ""),
        history=(_deed(entry, sealed),),
    )


def _renewed(entry: Entry, sealed: Mapping[str, Any], before: Held) -> Held:
    """Confirmed or extended: another term, and beyond the ceiling where the ground goes there."""
    return msgspec.structs.replace(
        before,
        confirmed=True,
        since_ns=entry.at_ns,
        until_ns=entry.fields["until_ns"],
        beyond_ceiling=entry.fields["beyond_ceiling"],
        history=(*before.history, _deed(entry, sealed)),
    )


def _dated(entry: Entry, sealed: Mapping[str, Any], before: Held) -> Held:
    return msgspec.structs.replace(before, since_ns=entry.at_ns, until_ns=entry.fields["until_ns"])


def _ended(entry: Entry, sealed: Mapping[str, Any], before: Held) -> Held:
    return msgspec.structs.replace(
        before,
        ended=LAPSED if entry.kind == "hold.lapsed" else RELEASED,
        ended_ns=entry.at_ns,
        ended_at=entry.index,
        history=(*before.history, _deed(entry, sealed)),
    )


def _settled(entry: Entry, sealed: Mapping[str, Any], before: Held) -> Held:
    became = {name: count for name, count in entry.fields.items() if isinstance(count, int)}
    return msgspec.structs.replace(
        before, settled_ns=entry.at_ns, became=became, history=(*before.history, _deed(entry, sealed))
    )


_TAKERS: Mapping[str, Callable[[Entry, Mapping[str, Any], Held], Held]] = {
    "hold.confirmed": _renewed,
    "hold.extended": _renewed,
    "hold.dated": _dated,
    "hold.released": _ended,
    "hold.lapsed": _ended,
    "hold.settled": _settled,
}


def _deed(entry: Entry, sealed: Mapping[str, Any]) -> HoldAct:
    return HoldAct(
        kind=entry.kind,
        at_ns=entry.at_ns,
        by=sealed.get("by", ""),
        display=sealed.get("display", ""),
        words=sealed.get("reason", ""),
        agency=sealed.get("agency", ""),
        statute=sealed.get("statute", ""),
        document=sealed.get("document", ""),
        police=entry.fields.get("police", ""),
        until_ns=entry.fields.get("until_ns", 0),
        ink=inked(entry.fields, sealed),
    )
