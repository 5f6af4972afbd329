"""An act of people as pages show it, made of its entry and its sealed record."""

from __future__ import annotations

from appliance.ledger.entry import Entry
from appliance.ledger.records import Acts
from appliance.protocol.act_entry import ActEntry

__all__ = ["act_entry"]

_LEDGERS_OWN = frozenset({"act", "commit", "days_off"})
"""Of the clear fields: what only the ledger has a use for, and a list of days as long as a year."""


def act_entry(acts: Acts, entry: Entry) -> ActEntry:
    sealed = acts.legible(entry.index)
    return ActEntry(
        index=entry.index,
        at_ns=entry.at_ns,
        kind=entry.kind,
        fields={name: value for name, value in entry.fields.items() if name not in _LEDGERS_OWN},
        words=str(sealed.get("document", "") or sealed.get("reference", "")),
        by=str(sealed.get("display", "")),
        approved_by=str(sealed.get("approver", "")),
    )
