"""What the player reports to have shown: it must lie in what was released, and may come a little late.

A grant ends with its keeper, so what stood on the screen in the last seconds could not be entered any more. Such a
report is taken for a few minutes after the next start. Its session is gone, so nobody is proved by it: it is bound to
the grant's id and to what the ledger says that grant released, and its entry says that it came late. Nothing is opened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import Refused, UsageError
from appliance.core.messages import coded
from appliance.core.model import Span, merge
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.rules.cases.openings import end_act, is_seen
from appliance.services.viewing.grant import SEARCH
from appliance.services.viewing.refusals import asked_fields

__all__ = ["TAKEN_NS", "LateReports", "Seen", "ShownSoFar", "checked", "released_part"]

TAKEN_NS = 300 * 1_000_000_000
"""How long after a keeper's start late reports are taken, and how long before it their grants may have ended."""

_STOPS = frozenset({"the keeper stops", "the keeper was restarted"})
"""The causes of ``grant.ended`` that are a keeper's end and nobody's wish."""

_MOST = 20
"""Late reports of one grant: more than a player has left when its keeper stops, and no flood for the ledger."""

_ROUNDING_NS = 100_000_000
"""A player's clock is a fraction of a second in binary; a report may overshoot what was released by so much."""

_LATEST_NS = 12 * TAKEN_NS
"""A late report comes within twice :data:`TAKEN_NS` of its grant's end; the rest is for a clock that was set."""

_MAX_SPANS = 100

CameraSpans = Sequence[tuple[str, Span]]


def checked(camera_spans: CameraSpans) -> CameraSpans:
    """Raises UsageError for a report that none can be."""
    if not 0 < len(camera_spans) <= _MAX_SPANS:
        raise UsageError.of("shown-spans", count=len(camera_spans), most=_MAX_SPANS)
    return camera_spans


def released_part(released: Sequence[Span], span: Span) -> Span | None:
    """``span`` without the player's rounding, if it lies in what was released; else None."""
    for whole in released:
        part = whole.intersect(span)
        if part and part.start_ns - span.start_ns <= _ROUNDING_NS and span.end_ns - part.end_ns <= _ROUNDING_NS:
            return part
    return None


class Seen(NamedTuple):
    """What stood on the screen, by camera. ``last_ns``: where that ended, the moment to go on from; 0 for nothing."""

    spans: Mapping[str, Sequence[Span]]
    last_ns: int = 0

    def length_ns(self, camera_no: str) -> int:
        return sum(span.end_ns - span.start_ns for span in self.spans.get(camera_no, ()))


class ShownSoFar:
    """What was seen in a viewing, over all of its openings: how much of it, and where it stood last. Kept of what is
    reported here; of openings before the keeper's start read out of the ledger, once. Thread-safe."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._of_grant: dict[str, Seen] = {}
        self._lock = threading.Lock()

    def note(self, grant_id: str, entered: Sequence[Mapping[str, Any]]) -> None:
        """What was just entered as shown in this grant."""
        with self._lock:
            self._of_grant[grant_id] = _and(self._of_grant.get(grant_id, Seen({})), entered)

    def of(self, case: str, since: int) -> Seen:
        """In the openings of a case after the entry ``since``."""
        opened = [
            entry
            for entry in self._ledger.acts_about(case)
            if entry.kind == "grant.opened" and entry.index > since and is_seen(entry.fields)
        ]
        found = [self._in_grant(str(entry.fields["grant"]), entry.index) for entry in opened]
        cameras = {camera_no for each in found for camera_no in each.spans}
        spans = {no: merge([span for each in found for span in each.spans.get(no, ())]) for no in cameras}
        return Seen(spans, next((each.last_ns for each in reversed(found) if each.last_ns), 0))

    def _in_grant(self, grant_id: str, opened: int) -> Seen:
        with self._lock:
            if grant_id not in self._of_grant:
                seen = Seen({})
                for entry in self._until_over(grant_id, opened):
                    if entry.kind == "footage.shown" and entry.fields["grant"] == grant_id:
                        seen = _and(seen, entry.fields["spans"])
                self._of_grant[grant_id] = seen
            return self._of_grant[grant_id]

    def forget(self, grant_id: str) -> None:
        """A late report of it was entered: it is read anew."""
        with self._lock:
            self._of_grant.pop(grant_id, None)

    def _until_over(self, grant_id: str, opened: int) -> Iterator[Entry]:
        """The entries from its opening to the last that can be of it: its end, or, where that was a keeper's, what came
        late after the next start."""
        ended = self._ledger.act(end_act(grant_id))
        late = ended is not None and ended.fields["cause"] in _STOPS
        for entry in self._ledger.entries(opened):
            if ended is not None and (entry.at_ns > ended.at_ns + _LATEST_NS if late else entry.index > ended.index):
                return
            yield entry


def _and(seen: Seen, entered: Sequence[Mapping[str, Any]]) -> Seen:
    spans = {camera_no: list(each) for camera_no, each in seen.spans.items()}
    for each in entered:
        spans.setdefault(str(each["camera_no"]), []).append(Span(int(each["start_ns"]), int(each["end_ns"])))
    last_ns = int(entered[-1]["end_ns"]) if entered else seen.last_ns
    return Seen({camera_no: merge(parts) for camera_no, parts in spans.items()}, last_ns)


class LateReports:
    """Made at the keeper's start, once the grants that were left open have their end. ``taken``: called with the grant
    of each report that was entered. Thread-safe."""

    def __init__(self, ledger: Ledger, clock: Clock, taken: Callable[[str], object] = lambda grant_id: None) -> None:
        self._ledger, self._clock, self._taken = ledger, clock, taken
        self._until_ns = clock.boot_ns() + TAKEN_NS
        ended_after_ns = clock.wall_ns() - TAKEN_NS
        self._left = {
            str(entry.fields["grant"]): _MOST
            for entry in ledger.acts("grant.ended")
            if entry.fields["cause"] in _STOPS and entry.at_ns >= ended_after_ns
        }
        self._released: dict[str, Mapping[str, Sequence[Span]]] = {}
        self._lock = threading.Lock()

    def take(self, grant_id: str, camera_spans: CameraSpans) -> bool:
        """Enters a late report; durable on return. False when none is taken of this grant, or none any more.

        Raises Refused (entered) for more than was released, UsageError, NotWritable.
        """
        with self._lock:
            if self._clock.boot_ns() > self._until_ns or not self._left.get(grant_id):
                return False
            self._left[grant_id] -= 1
            if grant_id not in self._released:
                self._released[grant_id] = self._read_released(grant_id)
            shown = [self._shown(grant_id, camera_no, span) for camera_no, span in checked(camera_spans)]
            self._ledger.append("footage.shown", {"grant": grant_id, "spans": shown, "late": True})
            self._taken(grant_id)
            return True

    def _shown(self, grant_id: str, camera_no: str, span: Span) -> dict[str, Any]:
        part = released_part(self._released[grant_id].get(camera_no, ()), span)
        if part is None:
            why = coded("shown-too-much")
            asked = asked_fields(camera_no, span)
            self._ledger.append("grant.refused", {"grant": grant_id, "why": why.as_map(), **asked, "tries": 1})
            raise Refused.of("viewing-why", why=why)
        return {"camera_no": camera_no, "start_ns": part.start_ns, "end_ns": part.end_ns}

    def _read_released(self, grant_id: str) -> Mapping[str, Sequence[Span]]:
        opened = self._ledger.act(grant_id)
        spans: dict[str, list[Span]] = {}
        for entry in self._ledger.entries(opened.index) if opened else ():
            if (
                entry.kind == "footage.released"
                and entry.fields["grant"] == grant_id
                and entry.fields["what"] != SEARCH
            ):
                released = Span(int(entry.fields["start_ns"]), int(entry.fields["end_ns"]))
                spans.setdefault(str(entry.fields["camera_no"]), []).append(released)
        return {camera_no: merge(parts) for camera_no, parts in spans.items()}
