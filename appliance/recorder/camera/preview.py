"""The inside of a process that sees a camera and stores nothing: one key frame of what it sends, then it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.api import CameraTime, Packet, SourceKind, Streams
from appliance.core.clock import Clock
from appliance.core.errors import CameraLost
from appliance.rules.devices import cleaned
from appliance.selftest.samples import Tap

__all__ = ["identity_of", "see"]


def identity_of(source: object) -> dict[str, str]:
    """What the device told of itself through a source that can tell (``T-66``)."""
    told = getattr(source, "identity", None)
    return cleaned(told) if isinstance(told, Mapping) else {}


def see(kind: SourceKind, settings: Mapping[str, Any], clock: Clock, on_taken: Callable[[bytes], None]) -> None:
    """Opens the source and hands on what one look takes, without its sound. Raises CameraLost or what the source
    raises."""
    tap = Tap(sound=False)
    source = kind.open(settings)
    tap.identify(identity_of(source))
    try:
        for item in source:
            if isinstance(item, Streams):
                tap.describe(item)
                tap.ask(whole=False, brief=True, now_ns=clock.wall_ns())
            elif isinstance(item, Packet) and (taken := tap.feed(item, clock.wall_ns())) is not None:
                on_taken(taken)
                return
            elif item is not None and not isinstance(item, CameraTime | Packet):
                raise CameraLost("the source gave what is neither streams nor a packet")
    finally:
        source.close()
    raise CameraLost("the camera ended its stream before a key frame came")
