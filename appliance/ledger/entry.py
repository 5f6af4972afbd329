"""One ledger entry: canonical JSON of when, what kind, and its clear fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from appliance.errors import Broken, Damaged
from appliance.ledger.kinds import KINDS
from appliance.model import to_json

__all__ = ["MAX_ENTRY_BYTES", "Entry", "EntryHead", "decode_entry", "decode_head", "encode_entry"]

MAX_ENTRY_BYTES = 1 << 20
_MAX_INT = (1 << 63) - 1


class Entry(NamedTuple):
    """An entry as it stands in the ledger. ``index`` counts from 0, ``at_ns`` is wall time when it was entered,
    ``fields`` are the clear fields, ``raw`` the bytes that are hashed."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks an entry for
    at_ns: int
    kind: str
    fields: dict[str, Any]
    raw: bytes


class EntryHead(msgspec.Struct, frozen=True):
    """What every entry has, and of an act its id, what its sealed part is bound by, the case it is about, the number
    that it gave it, that of the letter that it sent, and the case from which it says its own goes on
    (``former``), or goes on no more (``leaves``)."""

    at: int
    kind: str
    act: str = ""
    commit: str = ""
    case: str | int = ""
    number: str | int = ""
    doc_no: str = ""
    former: str | None = None
    leaves: str = ""


_decode_head = msgspec.json.Decoder(EntryHead).decode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def encode_entry(at_ns: int, kind: str, fields: Mapping[str, Any]) -> bytes:
    """The entry's bytes.

    Raises Broken for an unknown kind, a field named ``at`` or ``kind``, a value that has no one canonical form (a
    fraction, bytes, a whole number beyond 64 bits) or an entry over 1 MiB.
    """
    if kind not in KINDS:
        raise Broken(f"ledger entry {kind!r}: no such kind; the kinds are in appliance/ledger/kinds.py")
    if "at" in fields or "kind" in fields:
        raise Broken(f"ledger entry {kind}: 'at' and 'kind' are the ledger's own fields")
    try:
        plain = msgspec.to_builtins({**fields, "at": at_ns, "kind": kind}, builtin_types=(bytes, bytearray))
        _check(kind, plain)
        raw = to_json(plain)
    except (TypeError, ValueError) as error:
        raise Broken(f"ledger entry {kind}: cannot be written as JSON ({error})") from error
    if len(raw) > MAX_ENTRY_BYTES:
        raise Broken(f"ledger entry {kind}: {len(raw)} bytes; at most {MAX_ENTRY_BYTES} are possible")
    return raw


def _check(kind: str, value: object) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise Broken(f"ledger entry {kind}: the name {key!r} of a field is no text")
            _check(kind, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(kind, inner)
    elif isinstance(value, int):
        if not -_MAX_INT <= value <= _MAX_INT:
            raise Broken(f"ledger entry {kind}: {value} is beyond 64 bits")
    elif not isinstance(value, str | None):
        raise Broken(f"ledger entry {kind}: a {type(value).__name__} has no canonical form; use text or a whole number")


def decode_head(index: int, raw: bytes) -> EntryHead:
    """When, kind and act of an entry. Raises Damaged if ``raw`` is no entry."""
    try:
        return _decode_head(raw)
    except msgspec.MsgspecError as error:
        raise Damaged(f"ledger entry {index}: is not an entry ({error})") from error


def decode_entry(index: int, raw: bytes) -> Entry:
    """Raises Damaged if ``raw`` is no entry."""
    head = decode_head(index, raw)
    fields = _decode(raw)
    del fields["at"], fields["kind"]
    return Entry(index, head.at, head.kind, fields, raw)
