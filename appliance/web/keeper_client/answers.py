"""The keeper's answers as pages read them: records with everything optional that a page can do without.

Unknown fields are let through on purpose: the keeper may say more than this version of the pages shows.
"""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.protocol.status import Gap
from appliance.rules.cases.masks import Mask

__all__ = [
    "CameraTimeline",
    "CaseEntry",
    "CaseLedger",
    "Grant",
    "Stretch",
    "Timeline",
]


class Stretch(msgspec.Struct, frozen=True):
    start_ns: int
    end_ns: int


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    grant: str


class Corrected(msgspec.Struct, frozen=True):
    """A stretch that a wrong clock recorded: its true time, and by how much it was corrected."""

    start_ns: int
    end_ns: int
    by_ns: int


class CameraTimeline(msgspec.Struct, frozen=True, kw_only=True):
    camera_no: str
    location: str = ""
    spans: tuple[Stretch, ...] = ()
    gaps: tuple[Gap, ...] = ()
    corrected: tuple[Corrected, ...] = ()


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as the player needs it: the span that may be seen, and per camera what there is of it. ``viewers``: who
    came to see it, ``attending``: the two who are logged in. ``purpose``: viewing, or masking. ``masks``: what lies
    over the pictures, None where nothing was ordered to; ``drawn``: nothing is drawn any more."""

    case: str
    purpose: str = "viewing"
    masks: tuple[Mask, ...] | None = None
    drawn: bool = False
    number: str = ""
    start_ns: int
    end_ns: int
    cameras: tuple[CameraTimeline, ...]
    viewers: tuple[str, ...] = ()
    attending: tuple[str, ...] = ()


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that names a case; ``extract``: the same as a signed note, "" where it is too long for one."""

    index: int
    at_ns: int
    kind: str
    fields: dict[str, Any] = {}
    leaf: str = ""
    extract: str = ""


class CaseLedger(msgspec.Struct, frozen=True, kw_only=True):
    """All entries that name a case, and the head over them. ``root`` in hexadecimal."""

    entries: tuple[CaseEntry, ...] = ()
    size: int = 0
    root: str = ""
    checkpoint: str = ""
