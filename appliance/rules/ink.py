"""A signature in ink on a printed sheet, entered with the sheet's scan, as every book of acts has it. Pure.

Source: ``AT-73``, ``D-13``; 電子簽章法 5 (the paper stays a way). The one who signed is the one who acts; the one who
enters it is named beside. Which steps are signed on a sheet, each table says of its own rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from appliance.core.errors import NotAllowed
from appliance.core.messages import coded
from appliance.core.model import Record

__all__ = [
    "Ink",
    "InkTold",
    "check_order",
    "check_scan",
    "clear_ink",
    "ink_refused",
    "ink_told",
    "inked",
    "same_ink",
    "sealed_ink",
]


class InkTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of what was signed on a sheet: its ``scan`` and the SHA-256 of its file, and who entered it when. ``now``: the
    scan that shows it now, where the first one does not count any more; "" for none, and then it ``lacks`` one."""

    scan: str
    sha256: str = ""
    by: str = ""
    by_name: str = ""
    entered_ns: int = 0
    now: str = ""
    lacks: bool = False


class Ink(Record, frozen=True, kw_only=True):
    """``at_ns``: when the sheet says that it was signed. ``scan``: the number of the sheet's scan, and ``sha256`` of
    its file. ``by``: the account that entered it, with ``by_name``; "" where the sealed record does not open."""

    at_ns: int
    scan: str
    sha256: str
    by: str = ""
    by_name: str = ""


def same_ink(one: Ink | None, other: Ink | None) -> bool:
    """Whether two acts were signed alike, as somebody typed it: both in the system, or both by this very ink."""
    if one is None or other is None:
        return one is other
    return (one.at_ns, one.scan, one.by) == (other.at_ns, other.scan, other.by)


def ink_refused(event: str, code: str, words: str, **values: Any) -> NotAllowed:
    """The error for a signature in ink that cannot be entered. ``code``: of the catalogue's ``ink.why-<code>``, filled
    in with ``values``; ``words``: the same in English, for a log."""
    details = {"event": event, "why": "ink", "code": code, "values": values, "missing": (), "next": ""}
    return NotAllowed(coded("ink-refused", words=words), details)


def check_scan(event: str, ink: Ink, taken_ns: int) -> None:
    """Raises NotAllowed for a scan that was taken in before the moment at which the sheet says that it was signed."""
    if taken_ns // _MINUTE_NS < ink.at_ns // _MINUTE_NS:
        words = f"scan {ink.scan} was taken in before that moment; choose the scan of the signed sheet"
        raise ink_refused(event, "scan-before", words, scan=ink.scan, taken_ns=taken_ns, at_ns=ink.at_ns)


def check_order(event: str, ink: Ink, before: str, before_ns: int) -> None:
    """Raises NotAllowed for a signature from before the step that comes first, ``before``, at ``before_ns``. A sheet
    has no seconds: whatever is of one minute may have come in any order."""
    if ink.at_ns // _MINUTE_NS < before_ns // _MINUTE_NS:
        words = f"it lies before the step {before} of the same sheet; look at day and time on the sheet"
        raise ink_refused(event, "order", words, before=before, before_ns=before_ns, at_ns=ink.at_ns)


_MINUTE_NS = 60 * 1_000_000_000


def clear_ink(ink: Ink | None, pseudonym: Callable[[str], str]) -> dict[str, Any]:
    """What an entry says of it in clear; nothing of an act in the system. ``pseudonym`` of the account that entered
    it."""
    if ink is None:
        return {}
    return {"ink": {"at_ns": ink.at_ns, "scan": ink.scan, "sha256": ink.sha256, "by": pseudonym(ink.by)}}


def sealed_ink(ink: Ink | None) -> dict[str, Any]:
    """What of it is sealed: who entered it, by name."""
    return {"ink": {"by": ink.by, "display": ink.by_name}} if ink else {}


def inked(clear: Mapping[str, Any], sealed: Mapping[str, Any] | None) -> Ink | None:
    """The signature that an entry says, with its sealed record where that opens; None of an act in the system."""
    said = clear.get("ink")
    if said is None:
        return None
    who = (sealed or {}).get("ink", {})
    return Ink(
        at_ns=int(said["at_ns"]),
        scan=str(said["scan"]),
        sha256=str(said["sha256"]),
        by=str(who.get("by", "")),
        by_name=str(who.get("display", "")),
    )


def ink_told(ink: Ink | None, entered_ns: int, standing: str) -> InkTold | None:
    """As pages and papers have it. ``standing``: the scan that shows it now, "" for none."""
    if ink is None:
        return None
    return InkTold(
        scan=ink.scan,
        sha256=ink.sha256,
        by=ink.by,
        by_name=ink.by_name,
        entered_ns=entered_ns,
        now=standing if standing != ink.scan else "",
        lacks=not standing,
    )
