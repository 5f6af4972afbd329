"""One reference picture, and what its entries in the ledger make of it. Pure; nothing is opened here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from appliance.ledger.entry import Entry
from appliance.ledger.kinds import RECORD_ERASED
from appliance.rules.cameras.version import CameraVersion

__all__ = ["CONFIRMED", "RELEASED", "TAKEN", "Reference", "Step", "after", "step_of", "why_over"]

TAKEN, CONFIRMED, RELEASED = "reference.taken", "reference.confirmed", "picture.released"
_STEPS = {RELEASED: "look", CONFIRMED: "confirmed"}
_DAY_NS = 86_400 * 1_000_000_000
_UNCONFIRMED_NS = 14 * _DAY_NS
_LONGEST_NS = 364 * _DAY_NS
"""A picture of the view may show people, so it has the ceiling of footage (``INV-02``)."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One picture. ``number`` is the camera's and a count, ``light`` day or night, ``sha256`` of the JPEG. ``ended``:
    why it was destroyed, "" while it is there; times are 0 until they are. Names are "" where the record is gone, and
    of an end that nobody brought about. ``identity``: what the device told of itself when it was taken (``T-66``).
    ``words``: why it replaced the one before it, or why it was refused or withdrawn."""

    number: str
    camera_no: str
    version: int
    light: str
    sha256: str
    file_id: str
    index: int
    taken_ns: int
    taken_by: str = ""
    taken_display: str = ""
    identity: dict[str, str] = {}
    confirmed_ns: int = 0
    confirmed_display: str = ""
    ended_ns: int = 0
    ended: str = ""
    ended_display: str = ""
    words: str = ""

    @property
    def in_use(self) -> bool:
        return bool(self.confirmed_ns and not self.ended_ns)


class Step(NamedTuple):
    """What happened to a picture: taken, look, confirmed, or why it ended. ``display``: by whom, "" for nobody."""

    entry: Entry
    reference: Reference
    event: str
    display: str
    words: str


def step_of(entry: Entry, found: Reference, sealed: Mapping[str, Any]) -> Step:
    """What ``entry``, whose record is ``sealed``, did with the picture."""
    if entry.kind == RECORD_ERASED:
        return Step(entry, found, found.ended, found.ended_display, found.words if found.ended_display else "")
    if entry.kind == TAKEN:
        return Step(entry, found, "taken", found.taken_display, "")
    return Step(entry, found, _STEPS[entry.kind], str(sealed.get("display", "")), str(sealed.get("words", "")))


def after(entry: Entry, sealed: Mapping[str, Any], before: Reference | None) -> Reference:
    """The picture when ``entry`` has been made: taken where there was none ``before``, confirmed, or destroyed."""
    fields = entry.fields
    if before is None:
        return Reference(
            number=str(fields["reference"]),
            camera_no=str(fields["camera"]),
            version=int(fields["version"]),
            light=str(fields["light"]),
            sha256=str(fields["sha256"]),
            file_id=str(fields["file"]),
            index=entry.index,
            taken_ns=entry.at_ns,
            taken_by=str(sealed.get("by", "")),
            taken_display=str(sealed.get("display", "")),
            identity={str(name): str(text) for name, text in sealed.get("identity", {}).items()},
        )
    if entry.kind == CONFIRMED:
        display, words = str(sealed.get("display", "")), str(sealed.get("words", ""))
        return msgspec.structs.replace(before, confirmed_ns=entry.at_ns, confirmed_display=display, words=words)
    return msgspec.structs.replace(
        before,
        ended_ns=entry.at_ns,
        ended=str(fields.get("why", "")),
        taken_by=str(sealed.get("by", "")),
        taken_display=str(sealed.get("display", "")),
        ended_display=str(sealed.get("ended_display", "")),
        words=str(sealed.get("words", "")),
        identity={},
    )


def why_over(each: Reference, version: CameraVersion | None, now_ns: int, *, trusted: bool) -> str:
    """Why a picture is to be destroyed: its version is over, it is as old as footage may be, nobody confirmed it."""
    if version is None:
        return "version"
    if not trusted:
        return ""
    if now_ns - each.taken_ns > _LONGEST_NS:
        return "age"
    named = version.acceptance.picture == each.sha256
    return "unconfirmed" if not each.confirmed_ns and not named and now_ns - each.taken_ns > _UNCONFIRMED_NS else ""
