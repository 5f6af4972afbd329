"""What an act on an item of a register leaves in the ledger, in clear and sealed, and what is made of it again.

Clear: item, row, event, state, who by pseudonym, the instant, and whatever was chosen, ticked, dated or named by
number. Sealed: who, and every word that was typed. Where a sealed record does not open, state, signatures and what is
clear still come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from appliance.core.errors import Damaged
from appliance.core.model import Record
from appliance.ledger.entry import Entry
from appliance.rules.ink import Ink, inked, sealed_ink
from appliance.rules.people import SYSTEM, Actor
from appliance.rules.registers.judging import advance
from appliance.rules.registers.shape import Facts, GuardContext, Item, Register, Signature, Step

__all__ = ["File", "RegisterAct", "clear_part", "file_after", "sealed_part"]


class RegisterAct(Record, frozen=True, kw_only=True):
    """An act on an item: its ledger entry, who it was and what was answered."""

    entry: int
    at_ns: int
    event: str
    row: str
    account: str = ""
    display: str = ""
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    ink: Ink | None = None

    @property
    def signed_ns(self) -> int:
        """When it was done: of one in ink, when its sheet says so."""
        return self.ink.at_ns if self.ink else self.at_ns


class File(Record, frozen=True, kw_only=True):
    """An item with its acts, oldest first."""

    item: Item
    deeds: tuple[RegisterAct, ...] = ()


def clear_part(
    sight: GuardContext, step: Step, signed: Signature | None, brought: Mapping[str, Any], by: str, *, trusted: bool
) -> dict[str, Any]:
    """``by``: the pseudonym of who acts; ``trusted``: whether time is."""
    item, names = sight.item, {field.name for field in step.fields if not field.sealed}
    clear: dict[str, Any] = {
        "item": item.number,
        "row": step.id,
        "event": str(step.event),
        "state": step.leads(item),
        "at_ns": sight.facts.at_ns,
        "by": by,
        "told": {name: value for name, value in sight.typed.items() if name in names},
    }
    if brought:
        clear["brought"] = dict(brought)
    if signed is not None:
        clear["signed"] = {"cell": signed.cell, "role": str(signed.role), "deputy": signed.deputy}
    if not trusted:
        clear["doubted"] = True
    return clear


def sealed_part(sight: GuardContext, step: Step, account: str, display: str) -> dict[str, Any]:
    names = {field.name for field in step.fields if field.sealed}
    return {
        "by": account,
        "display": display,
        "typed": {name: value for name, value in sight.typed.items() if name in names},
        **sealed_ink(sight.actor.ink),
    }


def file_after(
    register: Register,
    before: File | None,
    entry: Entry,
    sealed: Mapping[str, Any] | None,
    account_of: Callable[[str], str],
) -> File:
    """The file after ``entry``, just made or read at start. ``sealed`` None: the record does not open. Raises Damaged
    for an entry that this version cannot read."""
    clear = entry.fields
    try:
        step = next(step for step in register.steps if step.id == clear["row"])
        file = before or File(item=Item(register=register.code, number=str(clear["item"])))
        typed = {**clear["told"], **(sealed or {}).get("typed", {})}
        by = str(clear["by"])
        actor = SYSTEM if by == SYSTEM.account else Actor(account_of(by))
        sight = GuardContext(file.item, typed, actor, Facts(int(clear["at_ns"])))
        ink = inked(clear, sealed)
        signed = _signature(clear, actor.account, ink)
        item = advance(sight, step, signed, clear.get("brought", {}))
    except (KeyError, ValueError, StopIteration, msgspec.ValidationError) as error:
        raise Damaged(f"ledger entry {entry.index}: this version cannot read it ({error!r})") from error
    if sealed is None and any(field.sealed for field in step.fields):
        item = msgspec.structs.replace(item, lost=True)
    deed = RegisterAct(
        entry=entry.index,
        at_ns=int(clear["at_ns"]),
        event=str(step.event),
        row=step.id,
        account=actor.account,
        display=str((sealed or {}).get("display", "")),
        values=typed,
        ink=ink,
    )
    return File(item=item, deeds=(*file.deeds, deed))


def _signature(clear: Mapping[str, Any], account: str, ink: Ink | None) -> Signature | None:
    signed = clear.get("signed")
    if signed is None:
        return None
    return Signature(
        cell=str(signed["cell"]),
        account=account,
        role=str(signed["role"]),
        at_ns=ink.at_ns if ink else int(clear["at_ns"]),
        deputy=bool(signed["deputy"]),
        ink=ink,
    )
