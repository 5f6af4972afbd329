"""A living grant: what two people may see of a case, where, and what of it was released so far."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from appliance.core.errors import NotFound, Unavailable
from appliance.core.model import Span
from appliance.rules.cases.masks import Mask, Purpose
from appliance.services.viewing.copies import ViewingCopy
from appliance.vault.keys.vault import BucketKeys
from appliance.vault.ring.ring import Stretch

__all__ = ["BLANK_NS", "NOWHERE", "PRESENT_NS", "SEARCH", "Device", "Grant", "released_fields", "span_maps"]

_SECOND_NS = 1_000_000_000
BLANK_NS = 120 * _SECOND_NS
"""With nobody doing anything for so long, no more is shown until somebody says who is there (2.2, ``T-44``)."""
PRESENT_NS = 600 * _SECOND_NS
"""Whoever has to attend says so again after so long (``AT-41``)."""

SEARCH = "search"
"""What a span is released for that is compared and not shown (``footage.released``)."""


class Device(NamedTuple):
    """What a viewing is asked for at: the fingerprint of the certificate that it proved itself with, "" for none, and
    the number of the viewing station that it is; None for a device that may show nothing."""

    fingerprint: str = ""
    station: int | None = None


NOWHERE = Device()
"""Of what is not shown, but copied."""


@dataclass
class Grant:
    """A living grant. ``spans`` are the granted minutes by camera, ``stretches`` the buckets with footage of them.
    ``masks``: what lies over its pictures, None where nothing was ordered to; they stay as they were at the opening.
    ``copy``: what it shows, and nothing of the ring; or, of one to make a copy, what it makes. ``handed``: the id of
    the copy on a medium that it makes. ``at``: where it is shown; one that makes a copy is not.

    ``released`` is what was entered as released to be seen so far. ``at_end`` are called once, when the grant ends.
    ``there_ns``: boot time of the last sign of somebody there, ``present_ns``: when whoever attends said so last.
    ``dark``: why nothing is shown until that is said again: ``idle``, ``presence``, "" for nothing.
    """

    grant_id: str
    case: str
    session_id: str
    people: frozenset[str]
    spans: Mapping[str, list[Span]]
    stretches: Mapping[str, list[Stretch]]
    keys: BucketKeys
    purpose: Purpose = Purpose.VIEWING
    masks: tuple[Mask, ...] | None = None
    copy: ViewingCopy | None = None
    handed: str = ""
    at: Device = NOWHERE
    released: dict[str, list[Span]] = field(default_factory=dict)
    at_end: list[Callable[[], None]] = field(default_factory=list)
    live: bool = True
    lock: threading.RLock = field(default_factory=threading.RLock)
    there_ns: int = 0
    present_ns: int = 0
    dark: str = ""

    def look(self, now_ns: int) -> None:
        """Judges whether it is to be dark at this boot time. Masks are drawn with nobody who came to see it."""
        if not self.dark and now_ns - self.there_ns >= BLANK_NS:
            self.dark = "idle"
        if not self.dark and self.purpose is Purpose.VIEWING and now_ns - self.present_ns >= PRESENT_NS:
            self.dark = "presence"

    def check_present(self) -> None:
        """Raises Unavailable while it is dark."""
        if self.dark:
            raise Unavailable.of("viewing-dark-idle" if self.dark == "idle" else "viewing-dark-presence")

    def span_at(self, camera_no: str, at_ns: int) -> Span | None:
        """The granted minutes that hold an instant."""
        return next((span for span in self.spans.get(camera_no, ()) if span.holds(at_ns)), None)

    def check_live(self) -> None:
        """Raises NotFound when it has ended."""
        if not self.live:
            raise NotFound.of("viewing-ended")


def span_maps(spans: Mapping[str, Sequence[Span]]) -> list[dict[str, Any]]:
    """Minutes by camera, as entries have them."""
    return [
        {"camera_no": camera_no, "start_ns": span.start_ns, "end_ns": span.end_ns}
        for camera_no, asked in sorted(spans.items())
        for span in asked
    ]


def released_fields(
    grant: Grant, camera_no: str, span: Span, bucket_ids: Sequence[str], what: str, area: Sequence[int] = ()
) -> dict[str, Any]:
    """An entry ``footage.released``: of a copy it names that and no bucket; ``area``: what of a picture is compared."""
    shown = grant.copy.copy_id if grant.copy else ""
    copy = grant.handed or shown
    fields = {
        "grant": grant.grant_id,
        "camera_no": camera_no,
        "start_ns": span.start_ns,
        "end_ns": span.end_ns,
        "buckets": sorted(set(bucket_ids) - {shown}),
        "what": what,
    }
    return fields | ({"copy": copy} if copy else {}) | ({"area": list(area)} if area else {})
