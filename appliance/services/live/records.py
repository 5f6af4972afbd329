"""The record of live looks (即時影像檢視紀錄): who looked, by what, at which cameras, from when to when, and why.

It is made of the ledger whenever somebody asks."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from appliance.core.errors import Damaged, NotFound
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.services.live.lane import SentSpan

__all__ = ["LiveRecord", "LiveRecords", "end_act", "records_of"]


class LiveRecord(NamedTuple):
    """A look. ``ended_ns`` is 0 while it goes on; ``by`` is an account, "" where the sealed record does not open;
    ``reasons``: why it went on past its time, in order; ``seen``: what went out, of each camera."""

    entry: int
    began_ns: int
    by: str
    display: str
    ground: str
    basis: str
    cameras: tuple[str, ...]
    purpose: str
    reasons: tuple[str, ...] = ()
    ended_ns: int = 0
    cause: str = ""
    seen: tuple[SentSpan, ...] = ()


class LiveRecords(NamedTuple):
    """``records``: the newest looks, newest first; ``total``: of all that there ever were."""

    records: list[LiveRecord]
    total: int


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
    return LiveRecords([_record(ledger, acts, entry, reasons) for entry in reversed(opened)], len(every))


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
        seen=tuple(SentSpan(**each) for each in ended.fields["seen"]) if ended else (),
    )


def _sealed(acts: Acts, entry: Entry) -> Mapping[str, Any]:
    with contextlib.suppress(Damaged, NotFound):
        return acts.sealed_of(entry) or {}
    return {}
