"""Viewings and the masks that are drawn before them: what pages and the player ask of the keeper."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import ActRequest, Done, Endpoint, SessionRequest
from appliance.protocol.status import Gap
from appliance.rules.cases.masks import Mask, Purpose

__all__ = [
    "DRAW_MASK",
    "END_VIEWING",
    "KEY_PICTURE",
    "MEDIA",
    "OPEN_VIEWING",
    "REMOVE_MASK",
    "SHOWN",
    "TIMELINE",
    "VIEWING_LIVES",
    "CameraTimelineView",
    "CorrectedView",
    "DrawMask",
    "EndViewing",
    "GrantRequest",
    "KeyPictureOf",
    "KeyPictureRequest",
    "Masks",
    "MediaOf",
    "MediaRequest",
    "OpenViewing",
    "OpenedViewing",
    "RemoveMask",
    "ShownReport",
    "ShownSpan",
    "StretchView",
    "Timeline",
]


class OpenViewing(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Opens the footage of a case, by key or number. ``password``: of the keyholder in ``seat``; without a seat, of
    the first keyholder here."""

    case: str
    password: str
    seat: int | None = None
    purpose: Purpose = Purpose.VIEWING


class OpenedViewing(msgspec.Struct, frozen=True, kw_only=True):
    """``cameras``: whose footage the grant covers."""

    grant: str
    cameras: tuple[str, ...] = ()


class GrantRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """About a grant, by those in whose session it was opened."""

    grant: str


class StretchView(msgspec.Struct, frozen=True):
    """Time with footage."""

    start_ns: int
    end_ns: int


class CorrectedView(msgspec.Struct, frozen=True):
    """A stretch that a wrong clock recorded: its true time, and by how much it was corrected."""

    start_ns: int
    end_ns: int
    by_ns: int


class CameraTimelineView(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of the granted minutes of one camera."""

    camera_no: str
    location: str = ""
    spans: tuple[StretchView, ...] = ()
    gaps: tuple[Gap, ...] = ()
    corrected: tuple[CorrectedView, ...] = ()


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as the player needs it: the span that may be seen, and per camera what there is of it. ``viewers``: who
    came to see it, ``attending``: the two who are logged in. ``masks``: what lies over the pictures, None where nothing
    was ordered to; ``drawn``: nothing is drawn any more."""

    case: str
    purpose: Purpose = Purpose.VIEWING
    masks: tuple[Mask, ...] | None = None
    drawn: bool = False
    number: str = ""
    start_ns: int
    end_ns: int
    cameras: tuple[CameraTimelineView, ...]
    viewers: tuple[str, ...] = ()
    attending: tuple[str, ...] = ()


class MediaRequest(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Footage of a camera from the key frame at or before ``start_ns``, for so many ``seconds``. ``video_codecs``: what
    the browser plays."""

    camera_no: str
    start_ns: int
    seconds: float
    video_codecs: tuple[str, ...]


class MediaOf(msgspec.Struct, frozen=True, kw_only=True):
    """What the fMP4 behind it covers. ``next_ns``: where to go on; None at the grant's end."""

    start_ns: int
    end_ns: int
    mime: str = ""
    next_ns: int | None = None


class KeyPictureRequest(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The key frame of a camera at or before a moment."""

    camera_no: str
    at_ns: int


class KeyPictureOf(msgspec.Struct, frozen=True):
    """When the frame was taken that lies behind it as a JPEG."""

    at_ns: int


class ShownSpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Footage of a camera that stood on the screen."""

    camera_no: str
    start_ns: int
    end_ns: int


class ShownReport(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the player showed since its last report."""

    spans: tuple[ShownSpan, ...]


class EndViewing(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``reason``: done, or filming where somebody filmed."""

    reason: str = "done"


class DrawMask(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A rectangle as :class:`Mask` has it. ``seat`` 0: the first officer here."""

    seat: int = 0
    grant: str
    camera_no: str
    start_ns: int
    end_ns: int
    left: int
    top: int
    right: int
    bottom: int


class RemoveMask(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``mask``: its number. ``seat`` 0: the first officer here."""

    seat: int = 0
    grant: str
    mask: int


class Masks(msgspec.Struct, frozen=True, kw_only=True):
    """What lies over the pictures after a mask was drawn or taken away."""

    masks: tuple[Mask, ...] = ()


OPEN_VIEWING = Endpoint("viewing.open", OpenViewing, OpenedViewing)
TIMELINE = Endpoint("viewing.timeline", GrantRequest, Timeline, reads=True)
MEDIA = Endpoint("viewing.media", MediaRequest, MediaOf)
KEY_PICTURE = Endpoint("viewing.key", KeyPictureRequest, KeyPictureOf)
SHOWN = Endpoint("viewing.shown", ShownReport, Done)
VIEWING_LIVES = Endpoint("viewing.here", GrantRequest, Done, reads=True)
END_VIEWING = Endpoint("viewing.end", EndViewing, Done)
DRAW_MASK = Endpoint("masks.draw", DrawMask, Masks)
REMOVE_MASK = Endpoint("masks.remove", RemoveMask, Masks)
