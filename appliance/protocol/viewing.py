"""Viewings and the masks that are drawn before them: what pages and the player ask of the keeper."""

from __future__ import annotations

import msgspec

from appliance.core.motion import KeyPosition
from appliance.protocol.endpoint import ActRequest, Done, Endpoint, SeatRequest, SessionRequest
from appliance.protocol.status import Gap
from appliance.rules.cases.masks import Mask, Purpose

__all__ = [
    "DRAW_MASK",
    "ENDS",
    "END_VIEWING",
    "FINISH_VIEWING",
    "KEY_PICTURE",
    "MEDIA",
    "MISTAKEN_ALARM",
    "MISTAKES",
    "OPEN_VIEWING",
    "PRESENT",
    "REMOVE_MASK",
    "SHOWN",
    "TIMELINE",
    "VIEWING_LIVES",
    "CameraTimelineView",
    "CorrectedView",
    "DrawMask",
    "EndViewing",
    "FinishViewing",
    "FinishedViewing",
    "GrantRequest",
    "KeyPictureOf",
    "KeyPictureRequest",
    "Masks",
    "MediaOf",
    "MediaRequest",
    "MistakenAlarm",
    "MixedView",
    "OpenViewing",
    "OpenedViewing",
    "Presence",
    "PresentRequest",
    "RemoveMask",
    "ShownReport",
    "ShownSpan",
    "StretchView",
    "Timeline",
    "TimelineRequest",
    "ViewingEnd",
]


class OpenViewing(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Opens the footage of a case, by key or number. ``password``: of the keyholder in ``seat``; without a seat, of
    the first keyholder here. ``device``: as of a :class:`GrantRequest`."""

    case: str
    password: str
    device: str = ""
    seat: int | None = None
    purpose: Purpose = Purpose.VIEWING


class OpenedViewing(msgspec.Struct, frozen=True, kw_only=True):
    """``cameras``: whose footage the grant covers."""

    grant: str
    cameras: tuple[str, ...] = ()


class GrantRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """About a grant, by those in whose session it was opened. ``device``: SHA-256 of the certificate that the browser's
    computer proved itself with when it connected, as web found it in that connection; "" for none. Nothing that a
    browser writes into a request goes in here."""

    grant: str
    device: str = ""


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """A viewing that lives. ``dark``: why nothing is shown until somebody says who is there: ``idle`` where nobody did
    anything for two minutes, ``presence`` where whoever attends has to say so again; "" for nothing. ``left_seconds``:
    until that has to be said next; none where masks are drawn."""

    dark: str = ""
    left_seconds: float | None = None


class PresentRequest(SeatRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whoever attends is there, as the password says. ``device``: as of a :class:`GrantRequest`."""

    grant: str
    device: str = ""


class StretchView(msgspec.Struct, frozen=True):
    """Time with footage."""

    start_ns: int
    end_ns: int


class MixedView(msgspec.Struct, frozen=True):
    """Time in which ``count`` gaps lie so close together that they are told as one: ``missing_ns`` of it in all."""

    start_ns: int
    end_ns: int
    missing_ns: int
    count: int


class CorrectedView(msgspec.Struct, frozen=True):
    """A stretch that a wrong clock recorded: its true time, and by how much it was corrected."""

    start_ns: int
    end_ns: int
    by_ns: int


class CameraTimelineView(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of the granted minutes of one camera: each moment of ``granted`` is in ``spans`` or in ``gaps``.
    What is ``mixed`` is in ``spans``. ``seen_ns``: how much of it stood on the screen since the viewing began."""

    camera_no: str
    location: str = ""
    granted: tuple[StretchView, ...] = ()
    spans: tuple[StretchView, ...] = ()
    gaps: tuple[Gap, ...] = ()
    mixed: tuple[MixedView, ...] = ()
    corrected: tuple[CorrectedView, ...] = ()
    seen_ns: int = 0


class TimelineRequest(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What there is between two moments; of all the granted minutes where neither is said. The shorter the time, the
    finer it is told."""

    start_ns: int = 0
    end_ns: int = 0


ENDS = ("booked", "day", "login")
"""What a viewing that has begun runs up to: the hours that it was booked for, which end nothing, the end of the working
day, and the longest that a log-in lasts."""


class ViewingEnd(msgspec.Struct, frozen=True):
    """``by``: one of :data:`ENDS`; ``left_seconds``: until then, as the recorder's clock says, below 0 once it is
    past."""

    by: str
    at_ns: int
    left_seconds: float


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as the player needs it: the span that may be seen, and per camera what there is of it. ``viewers``: who
    came to see it, ``attending``: the two who are logged in. ``masks``: what lies over the pictures, None where nothing
    was ordered to; ``drawn``: nothing is drawn any more. ``resume_ns``: where it stood last in this viewing, 0 where
    nothing was seen yet. ``enders``: the seats of those who may enter its end. ``ends``: what it runs up to, the first
    before the later."""

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
    resume_ns: int = 0
    enders: tuple[int, ...] = ()
    ends: tuple[ViewingEnd, ...] = ()


class MediaRequest(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Footage of a camera from the key frame at or before ``start_ns``, for so many ``seconds``. ``video_codecs``: what
    the browser plays. ``covered``: while masks are drawn, as the viewing will show it. ``short``: for a seek, no more
    than to the first key frame half a second or more behind ``start_ns``."""

    camera_no: str
    start_ns: int
    seconds: float
    video_codecs: tuple[str, ...]
    covered: bool = False
    short: bool = False


class MediaOf(msgspec.Struct, frozen=True, kw_only=True):
    """What the fMP4 behind it covers. ``next_ns``: where to go on; None at the grant's end."""

    start_ns: int
    end_ns: int
    mime: str = ""
    next_ns: int | None = None


class KeyPictureRequest(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The key frame of a camera at or before a moment. ``covered`` as in :class:`MediaRequest`."""

    camera_no: str
    at_ns: int
    covered: bool = False


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
    """``reason``: done; ``filming`` where somebody filmed; ``event`` where the footage shows something else that may be
    a crime, at the moment ``at_ns``."""

    reason: str = "done"
    at_ns: int = 0


MISTAKES = ("button", "look")
"""Why 發現拍攝 was pressed by mistake: another button was meant, or what looked like filming was none."""


class MistakenAlarm(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """誤按: within seconds of a viewing that ended because of ``filming``. ``why``: one of :data:`MISTAKES`."""

    why: str


class FinishViewing(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The end of a viewing as the person in ``seat`` enters it. ``filming``: 拍攝情形, ``none`` or how it was dealt
    with; ``signed``: whoever came to view has signed; ``reason``: of a viewing that was broken off, or in which nothing
    was shown; ``device``: as of a :class:`GrantRequest`."""

    grant: str
    device: str = ""
    filming: str = ""
    signed: bool = False
    reason: str = ""


class FinishedViewing(msgspec.Struct, frozen=True, kw_only=True):
    """What was entered of an end: that it ended, whether all that was made for it is destroyed, and whether whoever
    keeps the book signed its row. ``lacks``: what the row still lacks, as codes."""

    cleared: bool = False
    signed: bool = False
    lacks: tuple[str, ...] = ()


class DrawMask(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A rectangle as :class:`Mask` has it; of one that moves ``positions`` alone are read. ``replaces``: the number of
    the mask that it takes the place of, 0 for none. ``seat`` 0: the first officer here. ``device``: as of a
    :class:`GrantRequest`."""

    seat: int = 0
    grant: str
    device: str = ""
    camera_no: str
    start_ns: int
    end_ns: int
    left: int
    top: int
    right: int
    bottom: int
    positions: tuple[KeyPosition, ...] = ()
    replaces: int = 0


class RemoveMask(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``mask``: its number. ``seat`` 0: the first officer here. ``device``: as of a :class:`GrantRequest`."""

    seat: int = 0
    grant: str
    device: str = ""
    mask: int


class Masks(msgspec.Struct, frozen=True, kw_only=True):
    """What lies over the pictures after a mask was drawn or taken away."""

    masks: tuple[Mask, ...] = ()


OPEN_VIEWING = Endpoint("viewing.open", OpenViewing, OpenedViewing)
TIMELINE = Endpoint("viewing.timeline", TimelineRequest, Timeline, reads=True)
MEDIA = Endpoint("viewing.media", MediaRequest, MediaOf)
KEY_PICTURE = Endpoint("viewing.key", KeyPictureRequest, KeyPictureOf)
SHOWN = Endpoint("viewing.shown", ShownReport, Done)
VIEWING_LIVES = Endpoint("viewing.here", GrantRequest, Presence, reads=True)
PRESENT = Endpoint("viewing.present", PresentRequest, Presence)
END_VIEWING = Endpoint("viewing.end", EndViewing, Done)
MISTAKEN_ALARM = Endpoint("viewing.mistaken", MistakenAlarm, Done)
FINISH_VIEWING = Endpoint("viewing.finish", FinishViewing, FinishedViewing)
DRAW_MASK = Endpoint("masks.draw", DrawMask, Masks)
REMOVE_MASK = Endpoint("masks.remove", RemoveMask, Masks)
