"""Live looks (即時影像): what pages and the player ask of the keeper about them, and what the recorder hands on for
them."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import Done, Endpoint, Request, SessionRequest

__all__ = [
    "END_LIVE",
    "EXTEND_LIVE",
    "LIVE_BASES",
    "LIVE_PICTURES",
    "LIVE_RECORDS",
    "LIVE_VIEW",
    "OPEN_LIVE",
    "WATCHED",
    "ExtendLive",
    "LiveBases",
    "LiveBasis",
    "LiveCamera",
    "LiveLeft",
    "LiveOpened",
    "LivePart",
    "LiveParts",
    "LivePicturesRequest",
    "LiveRecord",
    "LiveRecords",
    "LiveSeen",
    "LiveViewRequest",
    "LiveViewState",
    "OpenLive",
    "WatchedFragment",
]


class LiveBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may look live by: ``ground`` service, inspection or repair; ``name`` as in the ledger."""

    ground: str
    name: str = ""
    cameras: tuple[str, ...] = ()


class LiveBases(msgspec.Struct, frozen=True, kw_only=True):
    """``cameras``: the place of each by number. ``goes_on``: the look that goes on in this log-in, "" for none."""

    bases: tuple[LiveBasis, ...] = ()
    cameras: dict[str, str] = {}
    goes_on: str = ""


class OpenLive(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A look by one basis, in place of the one that goes on in this log-in. ``act``: the form's id, which names the
    look: a form that is sent twice begins one."""

    act: str
    ground: str
    basis: str
    cameras: tuple[str, ...]
    purpose: str = ""


class LiveOpened(msgspec.Struct, frozen=True):
    """The look's name."""

    view: str


class LiveViewRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``view``: the look's name."""

    view: str


class LiveCamera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera of a look. ``sound``: it is approved."""

    camera_no: str
    location: str = ""
    sound: bool = False


class LiveViewState(msgspec.Struct, frozen=True, kw_only=True):
    """A look that goes on. ``origin_ns``: time 0 of its pictures."""

    ground: str
    basis: str
    purpose: str
    display: str
    origin_ns: int
    left_ns: int
    cameras: tuple[LiveCamera, ...] = ()


class LivePicturesRequest(LiveViewRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``reader``: the page that asks, by the name it drew for itself; ``video_codecs``: what its browser plays."""

    reader: str
    video_codecs: tuple[str, ...]


class LivePart(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a camera: so many ``bytes`` of the body. ``mime`` is set where an init segment leads; ``state`` of
    the camera."""

    camera_no: str
    mime: str = ""
    bytes: int = 0
    state: str = ""


class LiveParts(msgspec.Struct, frozen=True, kw_only=True):
    """What came of each camera since the last time, one part after the other in the body. ``now_ns``: the recorder's
    time as they left it, by which a page tells how far behind its pictures are."""

    parts: tuple[LivePart, ...]
    left_ns: int
    now_ns: int


class ExtendLive(LiveViewRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Another quarter of an hour, for a reason."""

    act: str
    reason: str


class LiveLeft(msgspec.Struct, frozen=True):
    """How long the look still goes on."""

    left_ns: int


class LiveSeen(msgspec.Struct, frozen=True):
    """What went out of one camera: from the first picture's moment to the last one's."""

    camera_no: str
    start_ns: int
    end_ns: int
    bytes: int


class LiveRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A look in the record. ``ended_ns`` is 0 while it goes on; ``by`` is an account, "" where the sealed record does
    not open; ``reasons``: why it went on past its time, in order; ``seen``: what went out, of each camera."""

    entry: int
    began_ns: int
    by: str = ""
    display: str = ""
    ground: str = ""
    basis: str = ""
    cameras: tuple[str, ...] = ()
    purpose: str = ""
    reasons: tuple[str, ...] = ()
    ended_ns: int = 0
    cause: str = ""
    seen: tuple[LiveSeen, ...] = ()


class LiveRecords(msgspec.Struct, frozen=True):
    """The newest looks, newest first; ``total``: of all that there ever were."""

    records: tuple[LiveRecord, ...] = ()
    total: int = 0


class WatchedFragment(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fragment that the recorder sealed just now; it is the body, as ``recorder.camera.live_copy`` writes it."""

    camera: str


LIVE_BASES = Endpoint("live.bases", SessionRequest, LiveBases, reads=True)
OPEN_LIVE = Endpoint("live.open", OpenLive, LiveOpened)
LIVE_VIEW = Endpoint("live.view", LiveViewRequest, LiveViewState, reads=True)
LIVE_PICTURES = Endpoint("live.pictures", LivePicturesRequest, LiveParts)
EXTEND_LIVE = Endpoint("live.extend", ExtendLive, LiveLeft)
END_LIVE = Endpoint("live.end", LiveViewRequest, Done)
LIVE_RECORDS = Endpoint("live.records", SessionRequest, LiveRecords, reads=True)
WATCHED = Endpoint("recorder.watched", WatchedFragment, Done, callers=frozenset({"recorder"}), most_bytes=9_445_364)
"""``recorder.camera.live_copy`` says how long a fragment can be."""
