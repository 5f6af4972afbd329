"""The hand-over of somebody who leaves (交接), for its page and paper: what is open, who may take it, signed lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.core.errors import UsageError
from appliance.keeper.adapters.handover import handover_list
from appliance.keeper.context import Keeper
from appliance.keeper.rights import pair_of, require
from appliance.ledger.entry import Entry
from appliance.protocol.transport import Message, Reply
from appliance.rules.handover import LINES

__all__ = ["VERBS"]


def _show(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    require(keeper, arguments, "see-people")
    book = keeper.people.book
    person = book.get(str(arguments["name"]))
    items = handover_list(keeper).of(person.name)
    told = {
        "name": person.name,
        "display": person.display,
        "post": person.post,
        "unit": person.unit,
        "closed_ns": person.closed_ns,
        "keyholders": sum(1 for each in book.all() if keeper.keyholders.can_unlock(each.name) and each != person),
        "keyholder": keeper.keyholders.has_slot(person.name),
        "lines": list(LINES),
        "items": [{**msgspec.to_builtins(item), "id": item.id} for item in items],
        "names": {name: book.display(name) for item in items for name in item.takers},
        "signed": [_signed(keeper, entry) for entry in book.history(person.name) if entry.kind == "person.handed"],
    }
    return Reply(told)


def _signed(keeper: Keeper, entry: Entry) -> dict[str, Any]:
    """A list as it was signed; empty where its record was erased or does not open."""
    sealed = keeper.stores.acts.legible(entry.index)
    items = [_listed(keeper, each) for each in sealed.get("items", ())]
    return {
        "index": entry.index,
        "at_ns": entry.at_ns,
        "document": str(sealed.get("document", "")),
        "by": str(sealed.get("display", "")),
        "by_person": str(sealed.get("by", "")),
        "approved_by": str(sealed.get("approver", "")),
        "approved_person": str(sealed.get("approved_by", "")),
        "items": items,
    }


def _listed(keeper: Keeper, each: Mapping[str, str]) -> dict[str, str]:
    sort, _, key = each["id"].partition("/")
    taker = keeper.people.book.display(each["taker"])
    return {"sort": sort, "key": key, "number": each["number"], "what": each["what"], "due": each["due"],
            "taker": taker}  # fmt: skip


def _sign(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Signs the list as things stand in this moment, by two others."""
    name, receivers, ticked = str(arguments["name"]), arguments["receivers"], arguments["ticked"]
    if not isinstance(receivers, dict) or not isinstance(ticked, list):
        raise UsageError("hand-over: who takes what cannot be read; open the list again")
    pair = pair_of(keeper, arguments)
    keeper.people.hand_over(
        str(arguments["act"]),
        pair,
        name,
        handover_list(keeper).of(name),
        {str(thing): str(account) for thing, account in receivers.items()},
        [str(line) for line in ticked],
        document=str(arguments["document"]),
    )
    return Reply({})


VERBS = {"handover": _show, "handover.sign": _sign}
