"""What an act on an item of a register leaves in the ledger, in clear and sealed, and what is made of it again.

Clear: item, row, event, state, who by pseudonym, the instant, and whatever was chosen, ticked, dated or named by
number. Sealed: who, and every word that was typed. Where a sealed record does not open, state, signatures and what is
clear still come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from appliance.core.errors import OtherFormat
from appliance.core.model import Record
from appliance.ledger.entry import Entry
from appliance.rules.ink import Ink, inked, sealed_ink
from appliance.rules.people import SYSTEM, Actor
from appliance.rules.registers.judging import advance
from appliance.rules.registers.shape import Facts, GuardContext, Item, Register, Signature, Step

__all__ = ["File", "RegisterAct", "clear_part", "file_after", "sealed_part"]

_READS = "steps by the rows of its tables, each with the fields that it takes"


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
    """The file after ``entry``, just made or read at start. ``sealed`` None: the record does not open. Raises
    OtherFormat for an entry of another form than this version writes."""
    clear = entry.fields
    try:
        step = next(step for step in register.steps if step.id == clear["row"])
        file = before or File(item=Item(register=register.code, number=str(clear["item"])))
        typed = {**clear["told"], **(sealed or {}).get("typed", {})}
        if foreign := typed.keys() - {field.name for field in step.fields}:
            raise ValueError(f"{step.id} takes no {', '.join(sorted(foreign))}")
        by = str(clear["by"])
        actor = SYSTEM if by == SYSTEM.account else Actor(account_of(by))
        sight = GuardContext(file.item, typed, actor, Facts(int(clear["at_ns"])))
        ink = inked(clear, sealed)
        signed = _signature(clear, actor.account, ink)
        item = advance(sight, step, signed, clear.get("brought", {}))
        if lacking := [name for name in register.kept if name not in item.values]:
            raise ValueError(f"{register.code} have no {', '.join(lacking)}")
    except (KeyError, ValueError, StopIteration, msgspec.ValidationError) as error:
        found = str(error) if isinstance(error, ValueError | msgspec.ValidationError) else f"no {error}"
        raise OtherFormat.at(f"ledger entry {entry.index}", f"another form of a step ({found})", _READS) from error
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
