"""The guided tour of a trial office: where it stands, and its sample case. An office refuses both."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import Endpoint, PairRequest, SessionRequest

__all__ = ["MAKE_SAMPLE", "TOUR", "SampleMade", "Tour", "TourLife", "TourStep"]


class TourStep(msgspec.Struct, frozen=True):
    """``state``: done, now (the next one to do), later, or skipped (the case was closed without it)."""

    code: str
    state: str


class TourLife(msgspec.Struct, frozen=True, kw_only=True):
    """A life of the tour, of the newest case of its ``kind`` (of citizens' requests, of the newest sample). ``case``:
    its number or key; "" where there is none, or none that somebody here may see."""

    kind: str
    case: str = ""
    steps: tuple[TourStep, ...] = ()


class Tour(msgspec.Struct, frozen=True, kw_only=True):
    """``act``: the id under which a sample goes on that was begun and is not ready; "" where there is none. ``second``:
    the account of somebody who could log in beside who is here, so that a sample can be made; "" for none."""

    lives: tuple[TourLife, ...] = ()
    act: str = ""
    second: str = ""


class SampleMade(msgspec.Struct, frozen=True):
    """The number of the case."""

    case: str


TOUR = Endpoint("tour", SessionRequest, Tour, reads=True)
MAKE_SAMPLE = Endpoint("tour.sample", PairRequest, SampleMade)
