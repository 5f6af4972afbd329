"""Minutes of cameras that somebody asks for, for a request and for a hold alike: what a range may be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from appliance.core.clock import local_time
from appliance.core.errors import UsageError
from appliance.core.messages import CodedMessage
from appliance.core.model import Span
from appliance.rules.cases.masks import Mask
from appliance.rules.cases.ranges import MAX_SPAN_NS
from appliance.rules.deadlines import DAY_NS
from appliance.rules.people import OFFICERS

__all__ = ["PlayableRanges", "RequestedRange", "as_maps", "asked_of", "checked_range"]


class RequestedRange(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """Minutes of one camera."""

    camera_no: str
    start_ns: int
    end_ns: int

    @property
    def span(self) -> Span:
        return Span(self.start_ns, self.end_ns)


class PlayableRanges(NamedTuple):
    """What of a case may be opened now, by camera; ``why`` not, where nothing may. ``begun``: the index of the entry
    with which this viewing began or went on. ``sits``: sets of roles; each takes a person of its own who has one of
    them. ``masks``: what of it is covered, None where nothing was ordered to be. ``from_copy``: it is shown from the
    copy that was made for it, and from nothing else."""

    spans: Mapping[str, list[Span]]
    why: CodedMessage | None = None
    begun: int = 0
    sits: Sequence[Collection[str]] = (OFFICERS,)
    masks: tuple[Mask, ...] | None = None
    from_copy: bool = False


def asked_of(cameras: Iterable[str], start_ns: int, end_ns: int) -> list[RequestedRange]:
    """The same minutes of each camera, in the cameras' order."""
    return [RequestedRange(camera_no, start_ns, end_ns) for camera_no in sorted(set(cameras))]


def as_maps(asked: Iterable[RequestedRange]) -> list[dict[str, Any]]:
    """As a ledger entry holds them."""
    return [msgspec.structs.asdict(each) for each in asked]


def checked_range(
    thing: str, cameras: Sequence[str], known: Collection[str], start_ns: int, end_ns: int, *, now_ns: int
) -> list[RequestedRange]:
    """The same minutes of each of ``cameras``, in order. Raises UsageError, beginning with ``thing``, for a camera that
    is not ``known``, for what lies ahead (八(一): past footage only) and for more than :data:`MAX_SPAN_NS`."""
    unknown = sorted(set(cameras) - set(known))
    if not cameras:
        raise UsageError.of("range-no-camera", thing=thing)
    if unknown:
        raise UsageError.of("range-camera", thing=thing, cameras=", ".join(name[:20] for name in unknown))
    if not 0 < start_ns < end_ns:
        raise UsageError.of("range-order", thing=thing)
    if end_ns > now_ns:
        raise UsageError.of("range-ahead", thing=thing, end=f"{local_time(end_ns):%Y-%m-%d %H:%M}")
    if end_ns - start_ns > MAX_SPAN_NS:
        raise UsageError.of("too-long", thing=thing, days=MAX_SPAN_NS // DAY_NS)
    return asked_of(cameras, start_ns, end_ns)
