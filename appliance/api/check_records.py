"""The records of self-tests: what a check declares, what it is shown, what it says. ``appliance.api`` hands them on.

Nothing here imports a heavy library before a picture is looked at: a plugin that has checks loads on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.uint8]
    Samples = NDArray[np.float32]

__all__ = [
    "BOXES",
    "FLAG",
    "SHARE",
    "SMALL_WIDTH",
    "SUBJECTS",
    "BoxVitals",
    "Check",
    "CheckSetting",
    "Fault",
    "Injection",
    "Picture",
    "PictureVitals",
    "Registered",
    "Sign",
    "SoundVitals",
    "Words",
]

SUBJECTS = ("picture", "sound", "box")
BOXES = ("picture", "sound", "storage")
"""The boxes of the inspection log (附件1): 畫面異常, 錄音異常, 存取異常."""

_NIGHT_LUMA, _NO_COLOUR = 45.0, 1.6

SMALL_WIDTH = 320
"""Pixels; a picture that is narrower stays as it is."""


class CheckSetting(NamedTuple):
    """A number that tunes a check, and between what it must lie."""

    name: str
    summary: str
    default: float
    least: float = -math.inf
    most: float = math.inf


class Words(NamedTuple):
    """What people read, in both languages of the office."""

    zh: str = ""
    en: str = ""


class Fault(NamedTuple):
    """Something that a check claims to find.

    ``code`` is unique over all checks and becomes the key of the finding; ``summary`` is a sentence for people, in
    English, and ``summary_zh`` the same in Chinese, without whose camera it is. ``name`` is what its measure is called
    beside its figures and its plot, in a few words. What ships has its Chinese and its names in the recorder's own
    catalogue. It is raised once it was seen at each look for ``raise_seconds`` and at least
    twice, or at once where that is 0; it is cleared once it was absent at each look for ``clear_seconds``. ``needs``:
    without what no look can judge it, in a few words, for those who ask why it was not judged.
    """

    code: str
    summary: str
    raise_seconds: float = 20.0
    clear_seconds: float = 60.0
    needs: str = ""
    name: Words = Words()
    summary_zh: str = ""


SHARE, FLAG = "share", "1 or 0"
"""Units with a meaning of their own: part of a whole, which people read in hundredths; and yes or no, which they read
from whether it is wrong."""


class Sign(NamedTuple):
    """What a check says of one fault at one look: its measure beside its limit, in ``unit``, and whether it is wrong.
    People read both rounded to the scale of the limit; :data:`SHARE` and :data:`FLAG` are units they read otherwise.

    A fault that cannot be judged now (too dark, nothing learned yet) gets no sign: it is neither raised nor cleared.
    ``note`` is said with the finding, for instance by how much a camera was turned; short and without names.
    """

    fault: str
    wrong: bool
    value: float
    limit: float
    unit: str = ""
    note: str = ""


class Registered(NamedTuple):
    """What is registered of the camera; 0 = not registered. ``sound``: whether its sound is approved (``D-16``).
    ``trial``: it is one of a training installation, which has every sound approved, also where a camera has none.
    ``dark_at_night``: its place has no light then."""

    width: int = 0
    height: int = 0
    fps: float = 0.0
    sound: bool = False
    trial: bool = False
    dark_at_night: bool = False


_UNREGISTERED = Registered()


@dataclass(frozen=True)
class Picture:
    """One decoded picture. ``luma`` is (height, width), ``cb`` and ``cr`` are half of both, 128 = no colour; uint8,
    full range as far as the camera sends it. ``broken``: the decoder missed or mended something."""

    at_ns: int
    luma: Plane
    cb: Plane
    cr: Plane
    broken: bool = False

    @cached_property
    def small(self) -> Plane:
        """``luma``, averaged down to SMALL_WIDTH pixels."""
        return _shrunk(self.luma, SMALL_WIDTH)

    @cached_property
    def small_cb(self) -> Plane:
        return _shrunk(self.cb, SMALL_WIDTH // 2)

    @cached_property
    def small_cr(self) -> Plane:
        return _shrunk(self.cr, SMALL_WIDTH // 2)

    @cached_property
    def colour(self) -> float:
        """How far the more colourful tenth of the picture is from gray, in levels."""
        import numpy as np

        blue, red = (np.abs(plane.astype(np.int16) - 128) for plane in (self.small_cb, self.small_cr))
        return float(np.percentile(np.maximum(blue, red), 90))

    @cached_property
    def light(self) -> str:
        """``night`` where it is dark or without colour, as under infrared light, else ``day``: the two are judged
        apart, for edges and texture differ."""
        import numpy as np

        dark, pale = float(np.median(self.small)) < _NIGHT_LUMA, self.colour < _NO_COLOUR
        return "night" if dark or pale else "day"


def _shrunk(plane: Plane, width: int) -> Plane:
    if plane.shape[1] <= width:
        return plane
    import cv2

    height = max(1, round(plane.shape[0] * width / plane.shape[1]))
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


@dataclass(frozen=True)
class PictureVitals:
    """One look at a camera's picture: a key frame, at times the frames that follow it, and what was counted.

    ``local_minutes`` since midnight; ``rate_fps``: pictures a second as they came, 0 = not known. ``reference`` is the
    office's own picture of how it should look in the light that ``picture`` has, where there is one.
    """

    picture: Picture
    following: tuple[Picture, ...] = ()
    registered: Registered = _UNREGISTERED
    local_minutes: int = 600
    rate_fps: float = 0.0
    reference: Picture | None = None

    def with_picture(self, change: Callable[[Picture], Picture]) -> PictureVitals:
        """The same look with ``change`` done to each picture: what most injections are made of."""
        return replace(self, picture=change(self.picture), following=tuple(map(change, self.following)))


@dataclass(frozen=True)
class SoundVitals:
    """One look at a camera's sound. ``samples`` are (channels, count), float32 from -1 to 1, without a column where
    there is no sound. ``arrived_seconds``: how long they took to come. ``stamp_seconds``, ``picture_seconds`` and
    ``arrival_seconds`` are three times of one moment, the sound's own, the picture's own and the recorder's, each from
    an origin that stays the same, by what came least late of this look; None where there are none."""

    samples: Samples
    rate_hz: int
    has_track: bool
    registered: Registered = _UNREGISTERED
    arrived_seconds: float = 0.0
    stamp_seconds: float | None = None
    picture_seconds: float | None = None
    arrival_seconds: float = 0.0
    local_minutes: int = 600
    at_ns: int = 0


@dataclass(frozen=True)
class BoxVitals:
    """The recorder's own figures at one instant; what this machine does not tell is absent.

    ``values`` go by the measure's name, where there are several of a kind with what it is of behind a dot:
    ``memory_free_share``, ``days_held.07``, ``disk_temperature_c.sda``."""

    values: Mapping[str, float] = field(default_factory=dict)
    at_ns: int = 0

    def of(self, measure: str) -> dict[str, float]:
        """The values of one measure, by what each is of; "" where there is one alone."""
        return {
            name.removeprefix(measure).removeprefix("."): value
            for name, value in self.values.items()
            if name == measure or name.startswith(f"{measure}.")
        }

    def with_value(self, measure: str, value: float) -> BoxVitals:
        """The same look with ``value`` in place of each value of a measure, or of none: what most injections make."""
        names = [f"{measure}.{label}" if label else measure for label in self.of(measure)] or [measure]
        return replace(self, values={**self.values, **dict.fromkeys(names, value)})


Vitals = PictureVitals | SoundVitals | BoxVitals
Memory = MutableMapping[str, Any]


class Injection(NamedTuple):
    """A way to make a fault out of healthy vitals, so that the check can be seen to fire.

    ``make(vitals, number)`` gives the vitals of the look ``number`` (0, 1, ...) since the fault began. The proof shows
    the check healthy looks first, which must raise nothing, then ``looks`` such, by whose end ``fault`` must be wrong.
    """

    fault: str
    name: str
    make: Callable[[Any, int], Any]
    looks: int = 3


Run = Callable[[Any, Mapping[str, float], Memory], Iterable[Sign]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A self-test. ``run(vitals, settings, memory)`` looks once and gives a :class:`Sign` for each fault it can judge.

    ``looks_at`` is one of SUBJECTS and decides which vitals ``run`` gets; ``box`` is the box of the inspection log its
    findings belong to. ``memory`` is the check's own, one for each camera, and is lost when the process begins anew: no
    picture in it ever leaves that process. ``cost_ms`` is what one look may cost of a processor; several times that
    ends it. Every fault needs at least one injection. ``units``: its units in words, as its signs give them; those that
    the recorder knows need none.
    """

    name: str
    summary: str
    looks_at: str
    box: str
    run: Run
    faults: tuple[Fault, ...]
    injections: tuple[Injection, ...]
    settings: tuple[CheckSetting, ...] = ()
    units: Mapping[str, Words] = field(default_factory=dict)
    cost_ms: float = 5.0
