"""What a plugin may import: typed records and nothing of the recorder's inside.

A plugin is a module (or an entry point in the group ``office_recorder``) whose functions are marked with
:data:`hookimpl`. Each hook is called once at start, takes no argument and returns records. The core runs the records'
callables later, in a process of its own, and turns their failures into findings. ``docs/plugins.md`` walks through one.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import pluggy

from appliance.api.check_records import (
    FLAG,
    SHARE,
    BoxVitals,
    Check,
    CheckSetting,
    Fault,
    Injection,
    Picture,
    PictureVitals,
    Registered,
    Sign,
    SoundVitals,
    Words,
)
from appliance.api.nal import length_size, parameter_sets, picture_size, split_nals
from appliance.core.clock import Clock, Pace, SystemClock, local_time
from appliance.core.errors import CameraLost, UsageError, described
from appliance.core.messages import CodedMessage, coded
from appliance.core.redaction import redact, url_secrets

__all__ = [
    "AUDIO_CODECS",
    "FLAG",
    "NO_PTS",
    "SHARE",
    "VIDEO_CODECS",
    "BoxVitals",
    "CameraLost",
    "CameraTime",
    "Check",
    "CheckSetting",
    "Clock",
    "CodedMessage",
    "Discovered",
    "Fault",
    "Injection",
    "Pace",
    "Packet",
    "Picture",
    "PictureVitals",
    "Registered",
    "Setting",
    "Sign",
    "SoundVitals",
    "Source",
    "SourceKind",
    "Stream",
    "Streams",
    "SystemClock",
    "UsageError",
    "Words",
    "coded",
    "described",
    "hookimpl",
    "length_size",
    "local_time",
    "parameter_sets",
    "picture_size",
    "redact",
    "split_nals",
    "url_secrets",
]

hookimpl = pluggy.HookimplMarker("office_recorder")

VIDEO_CODECS = ("h264", "hevc", "mjpeg")
AUDIO_CODECS = ("aac", "pcm_alaw", "pcm_mulaw", "pcm_s16be", "opus", "adpcm_g726", "adpcm_g726le")
NO_PTS = -(1 << 63)
"""A time stamp that the camera did not send; it is kept as absent, not invented."""


class Stream(NamedTuple):
    """One elementary stream. ``number`` is 0, 1, ... in :class:`Streams`; ``extradata`` the codec's parameter sets,
    of G.726 one byte: the bits of a sample, 2 to 5 (``adpcm_g726le``: packed as RFC 3551 has it, from the lowest bit).

    ``kind`` is ``"video"`` or ``"audio"``; ``codec`` one of VIDEO_CODECS or AUDIO_CODECS. ``time_base`` is the length
    of one tick of pts and dts in seconds, as (numerator, denominator). Width and height in pixels, rate in Hz;
    0 = unknown.
    """

    number: int
    kind: str
    codec: str
    time_base: tuple[int, int]
    extradata: bytes = b""
    width: int = 0
    height: int = 0
    sample_rate: int = 0
    channels: int = 0


class Streams(NamedTuple):
    """A stream description: the first item a source gives, and again whenever a codec, its parameter sets or the
    picture size change. All packets after it belong to it."""

    streams: tuple[Stream, ...]


class Packet(NamedTuple):
    """One encoded packet, exactly as the camera sent it (H.264 and H.265 in Annex B or as ``extradata`` says)."""

    stream: int
    data: bytes
    pts: int
    dts: int
    duration: int
    is_key: bool
    is_corrupt: bool = False


class CameraTime(NamedTuple):
    """The camera's word that its time stamp ``pts`` of ``stream``, in that stream's time base, was at ``at_ns`` by the
    camera's own clock (ns since 1970; RFC 3550 section 6.4.1). Evidence of that clock and nothing more: the recorder's
    time is the record (``T-17``)."""

    stream: int
    pts: int
    at_ns: int


class Source(Protocol):
    """An open camera.

    Iterating blocks; it gives :class:`Streams` first, then packets, :class:`CameraTime` where the camera tells its
    time, and None now and then (at least about every half second while nothing comes), so that the core can look up.
    Whatever ends a camera is an error: raise :class:`CameraLost` with the reason; a plain end of iteration counts as
    lost, too. ``close`` is called once, from the thread that iterated.

    Unless somebody watches live, the core reads in paces: after an item that had to be waited for it rests 0.2 seconds,
    and what comes meanwhile waits in the socket. A source that knows better when to rest has the attribute
    ``pace_seconds``, which the core then sets (0 = do not rest) instead of resting itself.

    A source that can tell one device from another has ``identity`` once it is open: a few short texts by name, such as
    ``serial``, ``mac``, ``server``. What the accepted device told is kept with the approved version, and a device that
    tells something else is not recorded until people judged it (``T-66``). Only what stays the same over restarts and
    reconnects belongs there, and no secret.

    ``notes``, where it has any: what of the stream is left out or read otherwise, as :class:`CodedMessage` with a code
    ``camera-note-…`` of the catalogue; looked at when it is open and at each description. People read them on the
    camera's page.
    """

    def __iter__(self) -> Iterator[Packet | Streams | CameraTime | None]: ...

    def close(self) -> None: ...


class Setting(NamedTuple):
    """One setting of a plugin record: what it is called, means, must be, and whether it is a secret."""

    name: str
    summary: str
    type: type = str
    default: Any = None
    required: bool = False
    secret: bool = False


class Discovered(NamedTuple):
    """A camera that was found: ``value`` for the kind's ``address_setting``, without any secret; ``words``: what it
    calls itself, for people; ``service``: where it can be asked what it is, "" where it cannot;
    ``card``: the network card that answered, "" where that is not known."""

    value: str
    words: str = ""
    service: str = ""
    card: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceKind:
    """A kind of camera. ``open(settings)`` connects and returns a :class:`Source`; it raises CameraLost or UsageError.

    ``settings`` are checked against the declarations before ``open`` sees them, defaults filled in. ``devices`` are the
    device paths (globs) that ``open`` needs, ``reads_files`` the files; ``{name}`` in one stands for the value of that
    setting, ``{name?}`` for nothing: such a path counts only where that setting is given. ``network`` says whether it
    needs the network: a camera's process is confined to what is declared. ``describe`` names the camera for people
    without any secret. ``check(settings)`` raises UsageError for what can never open (a wrong address, a file that is
    not there); it connects to nothing and repeats no value that may hold a secret. ``schemes`` are those of the
    addresses that the kind takes in the setting ``address_setting``; ``paths`` are globs of the absolute paths that it
    takes there as they stand: the longest that fits decides; ``takes(path)`` is False for a device at such a path that
    is no camera of this kind. ``without_sound`` is laid over the settings of a camera whose sound is not approved
    (``D-16``). ``lesser`` maps settings to those that take their place in the camera's lesser profile, which is
    recorded instead of the whole one while the disk is short of room. ``discover(interfaces, seconds)`` looks for such
    cameras on these network interfaces, by their index, for about so long: it runs only when a person asked for it,
    confined, knows no account and sends none. ``example`` is a working or typical set of settings for the docs and the
    contract suite.
    """

    name: str
    summary: str
    settings: tuple[Setting, ...]
    open: Callable[[Mapping[str, Any]], Source]
    describe: Callable[[Mapping[str, Any]], str]
    check: Callable[[Mapping[str, Any]], None] = lambda settings: None
    network: bool = True
    devices: tuple[str, ...] = ()
    reads_files: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    takes: Callable[[str], bool] = lambda path: True
    address_setting: str = "url"
    without_sound: Mapping[str, Any] = field(default_factory=dict)
    lesser: Mapping[str, str] = field(default_factory=dict)
    discover: Callable[[Sequence[int], float], Iterable[Discovered]] | None = None
    example: Mapping[str, Any] = field(default_factory=dict)

    def devices_of(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """``devices`` with the settings filled in."""
        return _filled(self.devices, settings)

    def files_of(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """``reads_files`` with the settings filled in."""
        return _filled(self.reads_files, settings)

    def approved(self, settings: Mapping[str, Any], *, sound: bool) -> dict[str, Any]:
        """``settings`` as far as they are approved: without ``sound``, nothing of it is even asked for."""
        return {**settings} if sound else {**settings, **self.without_sound}

    def lesser_of(self, settings: Mapping[str, Any]) -> dict[str, Any] | None:
        """The settings of the lesser profile; None where there is none, or a setting of it is empty."""
        if not self.lesser or not all(settings.get(other) for other in self.lesser.values()):
            return None
        return {**settings, **{name: settings[other] for name, other in self.lesser.items()}}


def _filled(patterns: tuple[str, ...], settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Patterns whose settings are empty are left out; a value is taken as it is, never as a pattern."""
    out = []
    for pattern in patterns:
        places = re.findall(r"\{(\w+)(\??)\}", pattern)
        if all(settings.get(name) for name, _ in places):
            filled = re.sub(r"\{\w+\?\}", "", pattern)
            out.append(re.sub(r"\{(\w+)\}", lambda match: glob.escape(str(settings[match[1]])), filled))
    return tuple(out)
