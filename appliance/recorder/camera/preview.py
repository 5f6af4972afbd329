"""The inside of a process that sees a camera and stores nothing: one key frame of what it sends, then it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from appliance.api import CameraTime, CodedMessage, Packet, SourceKind, Streams, coded
from appliance.core.clock import Clock
from appliance.core.errors import CameraLost
from appliance.core.model import to_wire
from appliance.rules.camera_notes import kept_notes
from appliance.rules.devices import cleaned
from appliance.selftest.samples import Tap, decode_taken

__all__ = ["identity_of", "notes_of", "see"]

_LOOK_ON_NS, _WHOLE_NS = 5_000_000_000, 15_000_000_000
"""So long the next key frame is waited for once there is a picture to show, and so long in all: a person waits for the
picture of a camera that was slow to show one."""


def identity_of(source: object) -> dict[str, str]:
    """What the device told of itself through a source that can tell (``T-66``)."""
    told = getattr(source, "identity", None)
    return cleaned(told) if isinstance(told, Mapping) else {}


def notes_of(source: object) -> list[CodedMessage]:
    """What the source says of what it leaves out, if it can tell."""
    notes = getattr(source, "notes", ())
    return [note for note in notes if isinstance(note, CodedMessage)] if isinstance(notes, list | tuple) else []


def see(kind: SourceKind, settings: Mapping[str, Any], clock: Clock, on_taken: Callable[[bytes], None]) -> None:
    """Opens the source and hands on what one look takes, without its sound, with what is to be known before the camera
    is taken on: what is left out of it, and that its key frames are far apart. Raises CameraLost or what the source
    raises."""
    tap, until_ns = Tap(sound=False), clock.boot_ns() + _WHOLE_NS
    source = kind.open(settings)
    tap.identify(identity_of(source))
    try:
        items = iter(source)
        taken = decode_taken(_first_look(items, tap, clock))
        video = taken.video
        far = video is not None and _keys_are_far(items, video.number, clock, until_ns)
        notes = notes_of(source)
    finally:
        source.close()
    if far:
        notes = [coded("camera-note-gop-long", seconds=_LOOK_ON_NS // 1_000_000_000), *notes]
    on_taken(to_wire(msgspec.structs.replace(taken, notes=kept_notes(notes))))


def _first_look(items: Iterator[object], tap: Tap, clock: Clock) -> bytes:
    for item in items:
        if isinstance(item, Streams):
            tap.describe(item)
            tap.ask(whole=False, brief=True, now_ns=clock.wall_ns())
        elif isinstance(item, Packet):
            if (taken := tap.feed(item, clock.wall_ns())) is not None:
                return taken
        elif item is not None and not isinstance(item, CameraTime):
            raise CameraLost("the source gave what is neither streams nor a packet")
    raise CameraLost("the camera ended its stream before a key frame came")


def _keys_are_far(items: Iterator[object], video: int, clock: Clock, until_ns: int) -> bool:
    """Whether no key frame follows soon, though pictures that need one do. Whatever ends the stream meanwhile says
    nothing: there is a picture."""
    began_ns, depends = clock.boot_ns(), False
    try:
        for item in items:
            if isinstance(item, Streams) or (isinstance(item, Packet) and item.stream == video and item.is_key):
                return False
            depends = depends or (isinstance(item, Packet) and item.stream == video)
            now_ns = clock.boot_ns()
            if now_ns - began_ns >= _LOOK_ON_NS or now_ns >= until_ns:
                return depends and now_ns - began_ns >= _LOOK_ON_NS
    except Exception:  # a plugin or its library may raise anything
        return False
    return False
