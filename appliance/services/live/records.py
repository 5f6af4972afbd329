"""The record of live looks (即時影像檢視紀錄): who looked, by what, at which cameras, from when to when, and why.

It is made of the ledger whenever somebody asks."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.core.errors import Damaged, NotFound
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.live import LiveRecord, LiveRecords, LiveSeen

__all__ = ["end_act", "records_of"]


def end_act(view_id: str) -> str:
    """The act by which a look ends, once."""
    return f"{view_id}.end"


def records_of(ledger: Ledger, acts: Acts, most: int) -> LiveRecords:
    """The newest looks, ``most`` of them."""
    every = list(ledger.acts("live.opened"))
    opened = every[-most:]
    reasons: dict[str, list[str]] = {}
    for entry in ledger.acts("live.extended", since=opened[0].index if opened else 0):
        reasons.setdefault(str(entry.fields["view"]), []).append(str(_sealed(acts, entry).get("reason", "")))
    return LiveRecords(tuple(_record(ledger, acts, entry, reasons) for entry in reversed(opened)), len(every))


def _record(ledger: Ledger, acts: Acts, entry: Entry, reasons: Mapping[str, Sequence[str]]) -> LiveRecord:
    view_id, sealed = str(entry.fields["view"]), _sealed(acts, entry)
    ended = ledger.act(end_act(view_id))
    return LiveRecord(
        entry=entry.index,
        began_ns=entry.at_ns,
        by=str(sealed.get("by", "")),
        display=str(sealed.get("display", "")),
        ground=str(entry.fields["ground"]),
        basis=str(entry.fields["basis"]),
        cameras=tuple(map(str, entry.fields["cameras"])),
        purpose=str(sealed.get("purpose", "")),
        reasons=tuple(reasons.get(view_id, ())),
        ended_ns=ended.at_ns if ended else 0,
        cause=str(ended.fields["cause"]) if ended else "",
        seen=tuple(LiveSeen(**each) for each in ended.fields["seen"]) if ended else (),
    )


def _sealed(acts: Acts, entry: Entry) -> Mapping[str, Any]:
    with contextlib.suppress(Damaged, NotFound):
        return acts.sealed_of(entry) or {}
    return {}
