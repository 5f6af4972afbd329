"""What the machine has seen that may be an incident: drafts for a person, who declares it or does not. Pure.

The machine declares nothing by itself but what somebody's act says outright (``domain`` 2.10: triggers *offered*; 4.3:
the system proposes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from appliance.core.messages import Said
from appliance.rules.registers.shape import Item

__all__ = ["KEPT_NS", "Proposal", "SeenFinding", "proposals_of"]

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "ledger-damaged": "chain_broken",
        "record-missing": "chain_broken",
        "altered": "chain_broken",
        "camera-device": "stranger",
        "camera-stranger": "stranger",
        "machine-usb": "stranger",
        "machine-logins": "stranger",
        "people-keys": "stranger",
        "disk-missing": "drive_gone",
        "disk-away": "drive_gone",
        "disk-foreign": "drive_gone",
        "files-missing": "drive_gone",
        "destroyed-back": "copy_alive",
    }
)
"""By the finding's cause, what gives cause for the incident."""

KEPT_NS = 3 * 86_400 * 1_000_000_000
"""So long after it is over a finding is still offered: a drive that was away for an hour was away."""


class SeenFinding(NamedTuple):
    """``over_ns``: since when it is over; 0 while it stands."""

    key: str
    text: Said
    since_ns: int
    over_ns: int = 0


class Proposal(NamedTuple):
    """``finding`` is its key, by which an incident names it; ``camera_no``: whose it is, "" for none."""

    finding: str
    kind: str
    text: Said
    since_ns: int
    camera_no: str = ""


def proposals_of(seen: Iterable[SeenFinding], incidents: Iterable[Item], cameras: Iterable[str]) -> list[Proposal]:
    """The newest first, each finding once: without those that an incident was declared from since they began."""
    taken: dict[str, int] = {}
    for item in incidents:
        key = str(item.value("seen") or "")
        taken[key] = max(taken.get(key, 0), item.opened_ns)
    known, found = set(cameras), dict[str, Proposal]()
    for each in sorted(seen, key=lambda each: each.since_ns):
        cause = max(
            (code for code in _KINDS if each.key == code or each.key.startswith(f"{code}-")), key=len, default=""
        )
        if cause and taken.get(each.key, 0) < each.since_ns:
            name = each.key[len(cause) + 1 :]
            found[each.key] = Proposal(each.key, _KINDS[cause], each.text, each.since_ns, name if name in known else "")
    return sorted(found.values(), key=lambda each: -each.since_ns)
