"""What pages are told of an act of people, whichever book it is of."""

from __future__ import annotations

from typing import Any

from appliance.keeper.context import Keeper
from appliance.ledger.entry import Entry

__all__ = ["tell_act"]

_UNTOLD = frozenset({"act", "commit", "days_off"})
"""Of its clear fields: what only the ledger has a use for, and a list of days as long as a year."""


def tell_act(keeper: Keeper, entry: Entry) -> dict[str, Any]:
    """When, what, by whom; ``words``: the document or reference that it rests on. Without words and people where its
    record was erased or does not open."""
    sealed = keeper.stores.acts.legible(entry.index)
    return {
        "index": entry.index,
        "at_ns": entry.at_ns,
        "kind": entry.kind,
        "fields": {name: value for name, value in entry.fields.items() if name not in _UNTOLD},
        "words": str(sealed.get("document", "") or sealed.get("reference", "")),
        "by": str(sealed.get("display", "")),
        "approved_by": str(sealed.get("approver", "")),
    }
