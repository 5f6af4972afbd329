"""What the daily statements and the certificates of destruction say. Reads only; everything shown is in the ledger."""

from __future__ import annotations

from typing import Any

from appliance.core.errors import NotFound
from appliance.keeper.arguments import asked_day
from appliance.keeper.context import Keeper
from appliance.keeper.rights import require
from appliance.ledger.entry import Entry
from appliance.ledger.extract import MAX_EXTRACT_BYTES
from appliance.ledger.tree import leaf_hash
from appliance.protocol.transport import Message, Reply
from appliance.vault.index.index import DestroyedBucket

__all__ = ["VERBS"]

_MOST_ITEMS = 500
_LOOK_AHEAD = 2_000
"""Ledger entries within which the hash of a bucket's manifest stands; it is normally the very next one."""


def _statements(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """The months that have statements, and those of one month (default: the last), newest first."""
    require(keeper, arguments, "see-statements")
    days = keeper.statements.days()
    months = sorted({f"{day:%Y-%m}" for day in days}, reverse=True)
    month = str(arguments.get("month") or (months[0] if months else ""))
    entries = [keeper.ledger.entry(index) for day, index in days.items() if f"{day:%Y-%m}" == month]
    return Reply({"months": months, "month": month, "statements": [_entered(entry) for entry in reversed(entries)]})


def _statement(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """One day's statement, its signed extract, its neighbours and the present head."""
    require(keeper, arguments, "see-statements")
    day = asked_day("statement", str(arguments["day"]))
    entry = keeper.statements.of(day)
    days = list(keeper.statements.days())
    at = days.index(day)
    return Reply(
        {
            **_entered(entry),
            "leaf": leaf_hash(entry.raw).hex(),
            "extract": keeper.ledger.extract(entry.index) if len(entry.raw) <= MAX_EXTRACT_BYTES else "",
            "before": days[at - 1].isoformat() if at else "",
            "after": days[at + 1].isoformat() if at + 1 < len(days) else "",
            "locations": keeper.cameras.locations(),
            "head": _head(keeper),
        }
    )


def _certificate(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """A destruction: its intent, its outcome, and what each bucket was; of one bucket also where its hash stands."""
    require(keeper, arguments, "see-statements")
    done = int(arguments["done"])
    entry = keeper.ledger.entry(done)
    if entry.kind != "destroy.done":
        raise NotFound(f"ledger entry {done}: is no certificate of a destruction")
    intent = keeper.ledger.entry(int(entry.fields["intent"]))
    named, wanted = frozenset(entry.fields["buckets"]), str(arguments.get("bucket") or "")
    items = [gone for gone in keeper.ring.index.destroyed_by(intent.index) if gone.bucket_id in named]
    if wanted:
        items = [gone for gone in items if gone.bucket_id == wanted]
        if not items:
            raise NotFound(f"bucket {wanted[:32]}: is not in the certificate of entry {done}")
    day = keeper.statements.day_of_certificate(done)
    sums: dict[str, list[DestroyedBucket]] = {}
    for gone in items:
        sums.setdefault(gone.camera_no, []).append(gone)
    return Reply(
        {
            "done": {**_entered(entry), "leaf": leaf_hash(entry.raw).hex()},
            "intent": {**_entered(intent), "leaf": leaf_hash(intent.raw).hex()},
            "day": day.isoformat() if day else "",
            "cameras": [_sum(camera_no, sums[camera_no]) for camera_no in sorted(sums)],
            "items": [gone._asdict() for gone in items[:_MOST_ITEMS]],
            "closed": _closing(keeper, items[0]) if wanted else None,
            "locations": keeper.cameras.locations(),
            "head": _head(keeper),
        }
    )


def _sum(camera_no: str, gone: list[DestroyedBucket]) -> dict[str, Any]:
    return {
        "camera_no": camera_no,
        "buckets": len(gone),
        "bytes": sum(each.bytes for each in gone),
        "first_ns": min(each.start_ns for each in gone),
        "last_ns": max(each.end_ns for each in gone),
    }


def _closing(keeper: Keeper, gone: DestroyedBucket) -> dict[str, Any] | None:
    """The entry that holds the hash of the bucket's manifest from when it was closed."""
    for entry in keeper.ledger.entries(gone.ledger_size, gone.ledger_size + _LOOK_AHEAD):
        if entry.kind == "manifests.closed" and gone.bucket_id in entry.fields["manifests"]:
            return {"entry": entry.index, "at_ns": entry.at_ns, "sha256": entry.fields["manifests"][gone.bucket_id]}
    return None


def _entered(entry: Entry) -> dict[str, Any]:
    return {"entry": entry.index, "at_ns": entry.at_ns, "fields": entry.fields}


def _head(keeper: Keeper) -> dict[str, Any]:
    note = keeper.ledger.checkpoint()
    head = keeper.ledger.check_head(note)
    return {"size": head.size, "root": head.root.hex(), "checkpoint": note}


VERBS = {"statements": _statements, "statement": _statement, "certificate": _certificate}
