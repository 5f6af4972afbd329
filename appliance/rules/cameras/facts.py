"""What an act on a camera version brings and what the office is on that day; frozen, nothing else.

``GuardContext`` is the version together with these, with who acts and the day: all that a guard may look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from appliance.core.model import Record
from appliance.rules.cameras.version import (
    Acceptance,
    Answer,
    CameraVersion,
    Device,
    Matters,
    Review,
    Wiring,
)
from appliance.rules.people import Actor

__all__ = ["CameraFacts", "CameraTyped", "Filing", "GuardContext"]


class Filing(Record, frozen=True, kw_only=True):
    """What each kind of version asks of the police authority (``AT-10``): ``approval`` 核准, ``filing`` 備查 or
    ``exempt`` 免報. ``retired``: whether a removal is filed with it. ``review_months``: how often what is published is
    compared with what is there (五(三))."""

    new: str = "approval"
    change: str = "approval"
    replacement: str = "exempt"
    retired: bool = False
    review_months: int = 3


class CameraTyped(Record, frozen=True, kw_only=True):
    """What a person typed or ticked in this act; an event looks only at its own. ``double``: asks for 兼簽. ``note``:
    why, of a return, a drop, a suspension, a removal or a false alarm. ``removal_no``: of its filing. ``keeps``: the
    priority of a wiring that names no kind of source counts; otherwise it stays, as all does that such a wiring does
    not name."""

    origin: str = ""
    matters: Matters = Matters()
    device: Device = Device()
    wiring: Wiring = Wiring()
    keeps: bool = False
    reason: str = ""
    alternative: str = ""
    letter_no: str = ""
    answer: Answer = Answer()
    acceptance: Acceptance = Acceptance()
    review: Review = Review()
    note: str = ""
    plan_due: date | None = None
    removal_no: str = ""
    double: bool = False


class CameraFacts(Record, frozen=True, kw_only=True):
    """``standing``: the version of this camera that is in force or suspended. ``successor``: another comes in force in
    this very act. ``others_open``: another version of it is on its way. ``retired``: this number's camera was removed.
    ``holders``: who may sign for a role today and is there; ``secretary``: the office's chain has one (``D-22``).
    ``short``: why the disk would not hold 40 days with it (``T-09``); a training office does not ask.
    ``source_known``: a loaded plugin takes the wiring. ``drifting``: the self-test says that the view moved.
    ``picture_known``: the picture that is named was taken and sealed, of a drifted version since; ``picture_seen``:
    whoever acts had it open. ``told``: what the device that answered last told of itself; ``wavers``: what of that was
    another at each connection. ``scans``: which kinds of papers are on file of the version. ``letter_word``: with which
    the numbers of the office's letters begin; ``letter_of``: what the letter is about that has the number which the act
    brings. ``at_ns``: the instant of the act.
    """

    typed: CameraTyped = CameraTyped()
    at_ns: int = 0
    standing: CameraVersion | None = None
    successor: bool = False
    others_open: bool = False
    retired: bool = False
    filing: Filing = Filing()
    holders: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    secretary: bool = True
    short: str = ""
    source_known: bool = True
    drifting: bool = False
    picture_known: bool = True
    picture_seen: bool = True
    scans: frozenset[str] = frozenset()
    told: Mapping[str, str] = msgspec.field(default_factory=dict)
    wavers: frozenset[str] = frozenset()
    letter_word: str = ""
    letter_of: str = ""
    trial: bool = False


class GuardContext(NamedTuple):
    version: CameraVersion
    facts: CameraFacts
    actor: Actor
    today: date
