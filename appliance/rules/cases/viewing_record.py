"""What the ledger has of the viewings of a case, for their record (閱覽紀錄): one definition for both sides.

Times are ns, 0 until they come. Causes are the codes of the ledger.
"""

from __future__ import annotations

import msgspec

from appliance.rules.cases.holes import Hole
from appliance.rules.cases.views import Stretch

__all__ = [
    "Alarm",
    "CameraSeen",
    "Sitting",
    "ViewingCopyView",
    "ViewingRecord",
]


class _View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class Sitting(_View, frozen=True, kw_only=True):
    """One opening of the footage to be seen: who was logged in, at which registered station and where that stands
    (``station`` None: an entry without one; 0: a training office's). ``left``: who left their seat and ended it.
    ``present``: when whoever attends said again to be there. ``masks``: how many lay over the pictures, None where
    nothing was ordered to be covered."""

    began_ns: int
    ended_ns: int = 0
    cause: str = ""
    people: tuple[str, ...] = ()
    left: str = ""
    present: tuple[int, ...] = ()
    station: int | None = None
    place: str = ""
    masks: int | None = None


class CameraSeen(_View, frozen=True, kw_only=True):
    """A camera whose footage was opened: which minutes, and how much of them stood on the screen, each moment once."""

    camera_no: str
    location: str = ""
    opened: tuple[Stretch, ...] = ()
    seen_ns: int = 0


class ViewingCopyView(_View, frozen=True, kw_only=True):
    """A copy that was made for an agency's viewing. ``cause``: as ``CopyEnd``. ``missing``: what of the minutes it did
    not have, by camera."""

    copy: str
    made_ns: int = 0
    ended_ns: int = 0
    cause: str = ""
    missing: tuple[tuple[str, Hole], ...] = ()


class Alarm(_View, frozen=True, kw_only=True):
    """發現拍攝: the incident that it began, and when it was called a press by mistake (誤按)."""

    incident: str
    at_ns: int
    mistaken_ns: int = 0


class ViewingRecord(_View, frozen=True, kw_only=True):
    """In order of time; cameras by their number."""

    sittings: tuple[Sitting, ...] = ()
    cameras: tuple[CameraSeen, ...] = ()
    copies: tuple[ViewingCopyView, ...] = ()
    alarms: tuple[Alarm, ...] = ()
