"""Playback: what a grant's people see. Every span is entered as released before the first byte of it leaves.

A response covers at most 10 s, begins at a key frame and ends before one where it can, so that the next continues it
without a seam (``passage.py``). Nothing outside the granted minutes leaves: where their first key frame lies inside,
playback begins there, not before. Blocking; the keeper hands packets over and decodes nothing.

A key picture is released like footage, but an entry for one covers ten seconds around it, and a picture of a span that
this grant has released already needs no further entry: so every release is inside a durable entry of its grant
(``INV-22``), and dragging through an hour makes hundreds of entries, not tens of thousands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from appliance.core.errors import NotFound, Unavailable, UsageError
from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.ledger.log import Ledger
from appliance.rules.cases.masks import Mask, Purpose
from appliance.sandbox.client import SandboxClient, Viewer
from appliance.sandbox.protocol import (
    FIELD_NS,
    Block,
    CoveredArea,
    Opening,
    PictureOrder,
    is_converted,
)
from appliance.services.viewing.feed import pushed
from appliance.services.viewing.footage import Footage
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.passage import MAX_LEAD_NS, ResponseSpan, find_passage, key_sample
from appliance.services.viewing.shown import ShownSoFar, checked, released_part
from appliance.services.viewing.timeline import CameraTimeline, timeline_of, without
from appliance.vault.ring.ring import Ring

__all__ = ["MAX_SECONDS", "KeyPicture", "Media", "Playback", "covered_areas", "covered_at"]

MAX_SECONDS = 10
_PICTURE_SPAN_NS = 10 * 1_000_000_000
_NEAR_NS = 60 * 1_000_000_000
"""A picture that comes later than this is none of the moment."""


_IDLE = 9
"""So many darkroom children a grant keeps for its next requests: one a camera of the largest viewing. Each is one less
for the others."""


class Media(NamedTuple):
    """One response. It covers [start_ns, end_ns); both are what was asked for and ``mime`` is "" when there is none of
    that time. A short one whose pictures are converted begins with the one that stands at the moment asked for,
    whatever was released and decoded to reach it. ``next_ns``: where to ask next, None = nothing follows. ``blocks``:
    exhaust or close them."""

    start_ns: int
    end_ns: int
    mime: str
    next_ns: int | None
    blocks: Iterator[bytes]


class KeyPicture(NamedTuple):
    """A JPEG and when it was taken."""

    at_ns: int
    jpeg: bytes


class _GrantPlayback:
    """What playback keeps of one grant: opened footage by camera, idle darkroom children."""

    def __init__(self) -> None:
        self.footage: dict[str, Footage] = {}
        self.idle: list[Viewer] = []
        self.closed = False
        self.lock = threading.Lock()

    def close(self) -> None:
        with self.lock:
            for footage in self.footage.values():
                footage.forget()
            for viewer in self.idle:
                viewer.close()
            self.footage, self.idle, self.closed = {}, [], True

    def warm(self, darkroom: SandboxClient) -> None:
        """Sees that a child is there for the next request, or on its way."""
        with self.lock:
            is_wanted = not self.idle and not self.closed
        if not is_wanted:
            return
        try:
            viewer = darkroom.connect()
        except Unavailable:  # whoever needs it is told
            return
        self.keep(viewer)

    def keep(self, viewer: Viewer) -> None:
        """For the next request; it ends where enough are kept or the grant is over."""
        with self.lock:
            if not self.closed and len(self.idle) < _IDLE:
                self.idle.append(viewer)
                return
        viewer.close()


class Playback:
    """Thread-safe; requests of one grant may run side by side. ``on_damage`` is told of what does not open."""

    def __init__(
        self,
        grants: Grants,
        ring: Ring,
        ledger: Ledger,
        darkroom: SandboxClient,
        *,
        on_damage: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._grants, self._ring, self._ledger, self._darkroom = grants, ring, ledger, darkroom
        self._on_damage = on_damage
        self.shown_so_far = ShownSoFar(ledger)
        self._desks: dict[str, _GrantPlayback] = {}
        self._lock = threading.Lock()

    def timeline(self, grant: Grant) -> dict[str, CameraTimeline]:
        """Footage and gaps of the granted minutes, by camera; of a copy as it was made. What did not open when it was
        tried is a gap, too."""
        grant.check_live()
        if grant.copy:
            known = grant.copy.timelines.items()
            return {camera_no: without(camera_no, found, self._lost(grant, camera_no)) for camera_no, found in known}
        return {
            camera_no: timeline_of(
                self._ring, camera_no, spans, grant.stretches[camera_no], self._lost(grant, camera_no)
            )
            for camera_no, spans in grant.spans.items()
        }

    def media(
        self,
        grant: Grant,
        camera_no: str,
        start_ns: int,
        seconds: float,
        video_codecs: Sequence[str] = ("h264",),
        *,
        drawn: Sequence[Mask] = (),
        is_short: bool = False,
    ) -> Media:
        """fMP4 from ``start_ns`` on, ``seconds`` (at most MAX_SECONDS) of it; decode time 0 is the first granted
        minute's start. ``video_codecs`` are what the browser plays. ``drawn``: what lies over it while masks are drawn.
        ``is_short``: for a seek, as in ``find_passage``. Only then do converted pictures begin at ``start_ns``: another
        goes on where one ended, and pictures out of order may lack there what only the next one has.

        Raises Refused (entered) outside the granted minutes, UsageError, NotFound when the grant is over, Unavailable
        when the footage cannot be shown, NotWritable: then nothing was released.
        """
        grant.check_live()
        if not 0 < seconds <= MAX_SECONDS:
            raise UsageError.of("media-length", seconds=seconds, most=MAX_SECONDS)
        granted = self._granted(grant, camera_no, start_ns)
        footage = self.footage(grant, camera_no)
        found = find_passage(footage, granted, start_ns, start_ns + int(seconds * 1e9), is_short=is_short)
        if not isinstance(found, ResponseSpan):
            return Media(start_ns, start_ns, "", found or self._after(grant, camera_no, granted), iter(()))
        buckets = [footage.bucket_of(place) for place in (*found.before, *found.places, *found.after)]
        self._grants.release(grant, camera_no, found.span, buckets, "media")
        opening = Opening(
            streams=found.places[0].streams,
            origin_ns=grant.spans[camera_no][0].start_ns,
            video_codecs=tuple(video_codecs),
            covered=covered_areas(grant, drawn, camera_no, found.span),
            from_ns=start_ns if is_short else 0,
        )
        begins_ns = found.span.start_ns
        if is_short and any(each.kind == "video" and is_converted(each, opening) for each in opening.streams.streams):
            begins_ns = max(begins_ns, start_ns)
        blocks = self._blocks(grant, footage, found, granted, opening)
        first = next(blocks)
        next_ns = self._after(grant, camera_no, granted) if found.next_ns is None else found.next_ns
        return Media(begins_ns, found.span.end_ns, first.mime, next_ns, _bytes(first, blocks))

    def key(
        self, grant: Grant, camera_no: str, at_ns: int, *, width: int = 640, drawn: Sequence[Mask] = ()
    ) -> KeyPicture:
        """The key frame at or before a moment, within the granted minutes; the first after it when there is none.

        Raises as :meth:`media`, NotFound where there is no footage near.
        """
        grant.check_live()
        granted = self._granted(grant, camera_no, at_ns)
        footage = self.footage(grant, camera_no)
        for place in (
            footage.key_before(at_ns, max(granted.start_ns, at_ns - MAX_LEAD_NS)),
            footage.key_after(at_ns),
        ):
            sample = key_sample(footage, place, granted) if place and place.start_ns < at_ns + _NEAR_NS else None
            if place and sample:
                stream = next(each for each in place.streams.streams if each.number == sample.stream)
                self._release_picture(grant, camera_no, sample.pts_ns, granted)
                with self._viewer(grant) as viewer:
                    covers = covered_at(grant, drawn, camera_no, sample.pts_ns)
                    order = PictureOrder(stream=stream, width=width, covered=covers)
                    jpeg = viewer.picture(order, sample.data)
                return KeyPicture(sample.pts_ns, jpeg)
        raise NotFound.of("key-picture-none")

    def shown(self, grant: Grant, camera_spans: Sequence[tuple[str, Span]]) -> None:
        """Enters what the player reports to have shown; durable on return.

        Raises Refused (entered) unless all of it was released in this grant, UsageError, NotWritable.
        """
        grant.check_live()
        entered = []
        with grant.lock:
            for camera_no, span in checked(camera_spans):
                part = released_part(grant.released.get(camera_no, ()), span)
                if part is None:
                    self._grants.refuse(grant, camera_no, span, coded("shown-too-much"))
                else:
                    entered.append({"camera_no": camera_no, "start_ns": part.start_ns, "end_ns": part.end_ns})
            self._ledger.append("footage.shown", {"grant": grant.grant_id, "spans": entered})
            self.shown_so_far.note(grant.grant_id, entered)

    def connect(self) -> Viewer:
        """A darkroom child of one's own; whoever has it closes it. Raises Unavailable."""
        return self._darkroom.connect()

    # --- inside ---

    def _granted(self, grant: Grant, camera_no: str, at_ns: int) -> Span:
        span = grant.span_at(camera_no, at_ns)
        if span is None:
            self._grants.refuse(grant, camera_no, Span(at_ns, at_ns + 1), coded("outside"))
        return span

    @staticmethod
    def _after(grant: Grant, camera_no: str, granted: Span) -> int | None:
        """Where the camera's next granted minutes begin."""
        return next((span.start_ns for span in grant.spans[camera_no] if span.start_ns >= granted.end_ns), None)

    def _desk(self, grant: Grant) -> _GrantPlayback:
        with self._lock, grant.lock:
            grant.check_live()
            desk = self._desks.get(grant.grant_id)
            if desk is None:
                desk = self._desks[grant.grant_id] = _GrantPlayback()
                grant.at_end.append(lambda: self._leave(grant.grant_id))
            return desk

    def _leave(self, grant_id: str) -> None:
        desk = self._desks.pop(grant_id, None)
        if desk:
            desk.close()

    def _lost(self, grant: Grant, camera_no: str) -> list[Span]:
        with self._lock:
            desk = self._desks.get(grant.grant_id)
        footage = desk.footage.get(camera_no) if desk else None
        return footage.lost() if footage else []

    def footage(self, grant: Grant, camera_no: str) -> Footage:
        """What the grant's keys open of a camera: of the ring, or of the copy that it shows. Nothing of it is released
        here. Raises NotFound when the grant is over."""
        desk = self._desk(grant)
        with desk.lock:
            if camera_no not in desk.footage:
                stretches = grant.stretches[camera_no]
                files = grant.copy.files if grant.copy else self._ring.shelves
                desk.footage[camera_no] = Footage(files, stretches, grant.keys, self._on_damage)
            return desk.footage[camera_no]

    def _viewer(self, grant: Grant) -> _Borrowed:
        return _Borrowed(self._desk(grant), self._darkroom)

    def _release_picture(self, grant: Grant, camera_no: str, at_ns: int, granted: Span) -> None:
        """Enters ten seconds around ``at_ns`` as released, unless that instant is already."""
        with grant.lock:
            if any(span.holds(at_ns) for span in grant.released.get(camera_no, ())):
                return
            start_ns = at_ns - at_ns % _PICTURE_SPAN_NS
            span = Span(max(start_ns, granted.start_ns), min(start_ns + _PICTURE_SPAN_NS, granted.end_ns))
            buckets = [
                stretch.bucket_id
                for stretch in grant.stretches[camera_no]
                if Span(stretch.start_ns, max(stretch.end_ns, stretch.start_ns + 1)).overlaps(span)
            ]
            self._grants.release(grant, camera_no, span, buckets, "pictures")

    def _blocks(
        self, grant: Grant, footage: Footage, passage: ResponseSpan, granted: Span, opening: Opening
    ) -> Iterator[Block]:
        """The blocks as they come; the first has the MIME type. A darkroom child that is interrupted before any left is
        replaced once: it may have been another's stretch that it did not take."""
        begun = False
        for tries_left in (1, 0):
            viewer: Viewer | None = None
            try:
                with self._viewer(grant) as viewer:
                    for block in pushed(viewer, grant, footage, passage, granted, opening):
                        begun = True
                        yield block
                break
            except Unavailable:
                if begun or not tries_left or viewer is None or not viewer.interrupted:
                    raise
        if not begun:
            raise Unavailable.of("media-empty")


def covered_areas(grant: Grant, drawn: Sequence[Mask], camera_no: str, span: Span) -> tuple[CoveredArea, ...]:
    """What is painted over in pictures taken in ``span``. Whoever draws masks must see what lies under them, but when
    they ask for what the viewing will show (``drawn``)."""
    masks = grant.masks or () if grant.purpose is Purpose.VIEWING else drawn
    return tuple(
        CoveredArea(
            start_ns=mask.start_ns,
            end_ns=mask.end_ns,
            left=mask.left,
            top=mask.top,
            right=mask.right,
            bottom=mask.bottom,
            positions=mask.positions,
        )
        for mask in masks
        if mask.camera_no == camera_no and mask.span.overlaps(span)
    )


def covered_at(grant: Grant, drawn: Sequence[Mask], camera_no: str, at_ns: int) -> tuple[CoveredArea, ...]:
    """What is painted over in one picture, by when it was taken, or half of it if it is interlaced: rectangles that
    stand still."""
    found = covered_areas(grant, drawn, camera_no, Span(at_ns, at_ns + FIELD_NS + 1))
    return tuple(each.standing(at_ns, at_ns + FIELD_NS) for each in found)


class _Borrowed:
    """A darkroom child for one request. It is kept for the next one, unless the request did not end well or enough are
    kept; where a browser left, which a seek makes it do, another is forked at once."""

    def __init__(self, desk: _GrantPlayback, darkroom: SandboxClient) -> None:
        self._desk, self._darkroom = desk, darkroom
        self._viewer: Viewer | None = None

    def __enter__(self) -> Viewer:
        with self._desk.lock:
            self._viewer = self._desk.idle.pop() if self._desk.idle else None
        self._viewer = self._viewer or self._darkroom.connect()
        return self._viewer

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self._viewer is None:
            return
        if kind is None and not self._viewer.lost:
            self._desk.keep(self._viewer)
            return
        self._viewer.close()
        if kind is GeneratorExit:
            self._desk.warm(self._darkroom)


def _bytes(first: Block, rest: Iterator[Block]) -> Iterator[bytes]:
    yield first.data
    for block in rest:
        yield block.data
