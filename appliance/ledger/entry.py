"""One ledger entry: canonical JSON of when, what kind, and its clear fields. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import msgspec

from appliance.core.errors import Broken, Damaged
from appliance.core.model import to_json
from appliance.ledger.kinds import KINDS

__all__ = [
    "MAX_DEPTH",
    "MAX_ENTRY_BYTES",
    "Entry",
    "EntryHead",
    "check_form",
    "decode_entry",
    "decode_head",
    "encode_entry",
]

MAX_ENTRY_BYTES = 1 << 20
MAX_DEPTH = 64
"""So deep lists and maps lie in one another at most, the entry itself counted."""

_MAX_INT = (1 << 63) - 1
_LONG_NUMBER = re.compile(rb"[:,\[]-?(?:[0-9]{20}|9[2-9][0-9]{17})")
"""What a number beyond 64 bits looks like; most entries have none, and are not looked through value by value."""

_ACT = Annotated[str, msgspec.Meta(pattern=r"\A[ -~]{1,64}\Z")]
_COMMIT = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


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
    act: _ACT = ""
    commit: _COMMIT = ""
    case: str | int = ""
    number: str | int = ""
    doc_no: str = ""
    former: str | None = None
    leaves: str = ""


_decode_head = msgspec.json.Decoder(EntryHead).decode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def _no_fraction(text: str) -> float:
    raise ValueError(f"the fraction {text[:40]}")


_decode_strictly = msgspec.json.Decoder(dict[str, Any], float_hook=_no_fraction).decode


def encode_entry(at_ns: int, kind: str, fields: Mapping[str, Any]) -> bytes:
    """The entry's bytes.

    Raises Broken for an unknown kind, a field named ``at`` or ``kind``, a value that has no one canonical form (a
    fraction, bytes, a whole number beyond 64 bits), anything else that :func:`check_form` refuses, or an entry over
    1 MiB.
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
    try:
        why = _why_not(raw, _decode_head(raw))
    except msgspec.MsgspecError as error:
        raise Broken(f"ledger entry {kind}: no reader would take it ({error})") from error
    if why:
        raise Broken(f"ledger entry {kind}: it {why}")
    return raw


def check_form(index: int, raw: bytes) -> EntryHead:
    """The head of an entry that is in the one form in which a ledger may have it (``docs/spec/ledger.md``). Raises
    Damaged for anything else; ``deploy/verify_ledger.py`` refuses exactly the same."""
    head = decode_head(index, raw)
    if why := _why_not(raw, head):
        raise Damaged(f"ledger entry {index}: is not an entry: it {why}; compare the ledger with a copy and its heads")
    return head


def _why_not(raw: bytes, head: EntryHead) -> str:
    """Why ``raw`` is no entry in canonical form; "" when it is. The journal below takes longer ones than a ledger."""
    if len(raw) > MAX_ENTRY_BYTES:
        return f"has {len(raw)} bytes; at most {MAX_ENTRY_BYTES} are possible"
    try:
        fields = _decode_strictly(raw)
        again = to_json(fields)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return f"is no JSON ({error})"
    if head.commit and not head.act:
        return "has a commit that is not beside an act"
    if again != raw:
        return "is not in canonical form"
    nested = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
    return _why_no_value(fields, 1) if nested or _LONG_NUMBER.search(raw) else ""


def _why_no_value(value: object, depth: int) -> str:
    if isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            return f"is nested more than {MAX_DEPTH} deep"
        inner = value.values() if isinstance(value, dict) else value
        return next(filter(None, (_why_no_value(each, depth + 1) for each in inner)), "")
    if isinstance(value, int) and not -_MAX_INT <= value <= _MAX_INT:
        return "has a whole number beyond 64 bits"
    return ""


def _check(kind: str, value: object, depth: int = 1) -> None:
    if isinstance(value, dict | list | tuple) and depth > MAX_DEPTH:
        raise Broken(f"ledger entry {kind}: is nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise Broken(f"ledger entry {kind}: the name {key!r} of a field is no text")
            _check(kind, inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(kind, inner, depth + 1)
    elif isinstance(value, int):
        if not -_MAX_INT <= value <= _MAX_INT:
            raise Broken(f"ledger entry {kind}: {value} is beyond 64 bits")
    elif not isinstance(value, str | None):
        raise Broken(f"ledger entry {kind}: a {type(value).__name__} has no canonical form; use text or a whole number")


def decode_head(index: int, raw: bytes) -> EntryHead:
    """When, kind and act of an entry. Raises Damaged if ``raw`` is no entry."""
    try:
        return _decode_head(raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Damaged(f"ledger entry {index}: is not an entry ({error})") from error


def decode_entry(index: int, raw: bytes) -> Entry:
    """Raises Damaged if ``raw`` is no entry."""
    head = decode_head(index, raw)
    fields = _decode(raw)
    del fields["at"], fields["kind"]
    return Entry(index, head.at, head.kind, fields, raw)
