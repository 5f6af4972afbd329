"""The self-tests of the picture: signal and light, view and sharpness, disturbance, size and rate, its clock.

The measuring lies in the modules beside this one and needs numpy and OpenCV; declaring it needs neither.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from appliance.api import Check, CheckSetting, Fault, Injection, Picture, PictureVitals, Sign, hookimpl, local_time

__all__ = ["register_checks"]

_OPEN = (
    CheckSetting("open_hour", "The hour at which the office is lit.", 9, 0, 24),
    CheckSetting("close_hour", "The hour until which the office is lit.", 17, 0, 24),
    CheckSetting("noon_from", "From then on the lamps may be off at noon.", 12, 0, 24),
    CheckSetting("noon_to", "Until then the lamps may be off at noon.", 13.5, 0, 24),
)
_LOOK_NS = 20_000_000_000


@hookimpl
def register_checks() -> Iterable[Check]:
    return [_signal(), _view(), _disturbed(), _stream(), _clock()]


def _run(module: str) -> Callable[[Any, Mapping[str, float], Any], Iterable[Sign]]:
    """The ``look`` of a module of ours, imported when it first looks."""

    def run(vitals: Any, settings: Mapping[str, float], memory: Any) -> Iterable[Sign]:
        look = importlib.import_module(f"appliance.plugins.checks.picture.{module}").look
        signs: Iterable[Sign] = look(vitals, settings, memory)
        return signs

    return run


def _made(name: str, strength: float = 1.5) -> Callable[[PictureVitals, int], PictureVitals]:
    """The injection ``name`` of ``faults``, clearly a fault."""

    def make(vitals: PictureVitals, number: int) -> PictureVitals:
        spoil = importlib.import_module("appliance.plugins.checks.picture.faults").FAULTS[name][1]

        def change(picture: Picture) -> Picture:
            spoiled: Picture = spoil(picture, number, strength)
            return spoiled

        return vitals.with_picture(change)

    return make


def _signal() -> Check:
    return Check(
        name="signal",
        summary="Is there a picture at all, and has it the light and the colours of its hour?",
        looks_at="picture",
        box="picture",
        run=_run("signal"),
        settings=(
            *_OPEN,
            CheckSetting("flat_share", "Share of the picture in one shade that makes it one colour.", 0.97, 0.5, 1),
            CheckSetting("blown_share", "Share of the picture that is white to the limit.", 0.4, 0.1, 1),
            CheckSetting("dark_luma", "In office hours the brightest twentieth is at least so bright.", 60, 16, 200),
            CheckSetting("night_luma", "By night the brightest twentieth is at least so bright.", 24, 16, 200),
            CheckSetting("night_share", "The same, as a share of what its night picture shows.", 0.4, 0, 1),
            CheckSetting("colour_levels", "Less colour than this by day is none; of 128 levels.", 2.0, 0.5, 20),
            CheckSetting("cast_levels", "How far the colours may shift from what is usual.", 16, 3, 100),
        ),
        faults=(
            Fault("picture-black", "The picture is black.", needs="at night, a place that is lit then"),
            Fault("picture-white", "The picture is white."),
            Fault("picture-flat", "The picture is of one colour; there may be no signal."),
            Fault(
                "picture-dark",
                "The picture is too dark for an office that is open.",
                raise_seconds=120,
                needs="office hours",
            ),
            Fault("picture-blown", "Most of the picture is blinded by light.", raise_seconds=40),
            Fault(
                "picture-colourless",
                "The picture lost its colours by day; night mode may be stuck.",
                needs="office hours, light, and two minutes of what is usual",
            ),
            Fault("picture-cast", "The colours are far off; the infrared filter may be stuck.", needs="light"),
            Fault(
                "picture-night",
                "The night picture shows nothing; the infrared lamps may be dead.",
                600,
                120,
                needs="a night, in a place that is lit then",
            ),
        ),
        injections=(
            Injection("picture-black", "a black picture", _made("black")),
            Injection("picture-white", "a white picture", _made("white")),
            Injection("picture-flat", "a blue picture", _made("blue")),
            Injection("picture-dark", "the lamps fail", _open(_made("dark"))),
            Injection("picture-blown", "light into the lens", _made("blown")),
            Injection("picture-colourless", "no colour", _open(_made("colourless"))),
            Injection("picture-cast", "a pink cast", _made("cast")),
            Injection("picture-night", "a night without lamps", _unlit),
            Injection("picture-night", "darker than its night picture", _darker_than_its_night),
        ),
        cost_ms=4,
    )


def _open(make: Callable[[PictureVitals, int], PictureVitals]) -> Callable[[PictureVitals, int], PictureVitals]:
    """At ten: what is judged in office hours alone."""
    return lambda vitals, number: replace(make(vitals, number), local_minutes=600)


def _unlit(vitals: PictureVitals, number: int) -> PictureVitals:
    """Two hours after midnight, a fortieth of the light, and what grain the camera makes of it."""
    import numpy as np

    def dark(picture: Picture) -> Picture:
        grain = np.random.default_rng(number).normal(0, 2, picture.luma.shape)
        return replace(picture, luma=np.clip(16 + picture.luma / 40 + grain, 16, 255).astype(np.uint8))

    registered = vitals.registered._replace(dark_at_night=False)
    return replace(vitals.with_picture(dark), local_minutes=120, registered=registered, reference=None)


def _darker_than_its_night(vitals: PictureVitals, number: int) -> PictureVitals:
    """A night that shows something, and far less than the office's night picture has."""
    import numpy as np

    def dim(level: float) -> Callable[[Picture], Picture]:
        return lambda picture: replace(
            picture, luma=np.clip(16 + level * picture.luma.astype(np.float32) / 255, 16, 255).astype(np.uint8),
            cb=np.full_like(picture.cb, 128), cr=np.full_like(picture.cr, 128),
        )  # fmt: skip

    return replace(vitals.with_picture(dim(16)), reference=dim(160)(vitals.picture), local_minutes=120)


def _view() -> Check:
    return Check(
        name="view",
        summary="Does the camera show what it showed, sharply and with nothing before the lens?",
        looks_at="picture",
        box="picture",
        run=_run("view"),
        settings=(
            CheckSetting("covered_share", "Share of the picture that lost its texture.", 0.5, 0.2, 1),
            CheckSetting("dirty_share", "The same for a lens that is dirty, wet or webbed.", 0.12, 0.03, 1),
            CheckSetting(
                "bare_share", "Share without texture that is a cover before anything was learned.", 0.93, 0.5, 1
            ),
            CheckSetting("sharp_least", "Sharpness below this is out of focus for any camera.", 0.22, 0.01, 1),
            CheckSetting("sharp_share", "The same, as a share of what is usual for this one.", 0.6, 0.1, 1),
            CheckSetting("moved_share", "Share of the picture whose edges are elsewhere.", 0.72, 0.3, 1),
            CheckSetting("mask_levels", "So much may what is masked in the reference picture vary.", 4, 1, 50),
        ),
        faults=(
            Fault(
                "picture-covered", "Something covers the lens.", needs="light, and something that stands still in it"
            ),
            Fault(
                "picture-dirty",
                "Parts of the picture lost their detail; the lens may be dirty or wet.",
                180,
                180,
                needs="light, something that stands still in it, and two minutes of what is usual",
            ),
            Fault("picture-blurred", "The picture is out of focus.", needs="light, and edges in the picture"),
            Fault(
                "picture-moved",
                "The camera looks elsewhere than before.",
                needs="light, and two minutes of what is usual or a reference picture",
            ),
            Fault(
                "picture-rotated",
                "The camera was turned about its axis.",
                needs="light, and two minutes of what is usual or a reference picture",
            ),
            Fault(
                "picture-unmasked",
                "A part that is masked in the reference picture can be seen.",
                needs="light, and a reference picture with a mask",
            ),
        ),
        injections=(
            Injection("picture-covered", "a cloth before the lens", _made("covered")),
            Injection("picture-covered", "paint on the lens", _made("sprayed", 1.4)),
            Injection("picture-dirty", "drops on the lens", _made("dirty")),
            Injection("picture-blurred", "out of focus", _made("blurred", 2.0)),
            Injection("picture-moved", "pushed aside", _made("moved", 2.0)),
            Injection("picture-rotated", "upside down", _made("upside_down")),
            Injection("picture-unmasked", "a reference with a mask where there is none", _masked_before),
        ),
        cost_ms=6,
    )


def _masked_before(vitals: PictureVitals, number: int) -> PictureVitals:
    """The look as it is, and a reference that has a mask over the middle of it."""
    picture = vitals.picture
    luma = picture.luma.copy()
    height, width = luma.shape
    luma[height // 3 : height * 2 // 3, width // 4 : width * 3 // 4] = 16
    return replace(vitals, reference=replace(picture, luma=luma))


def _disturbed() -> Check:
    return Check(
        name="disturbed",
        summary="Is the picture alive, and free of noise, stripes, flicker and damage?",
        looks_at="picture",
        box="picture",
        run=_run("disturbed"),
        settings=(
            *_OPEN,
            CheckSetting("same_seconds", "So long the same to the last bit is frozen.", 35, 5, 86400),
            CheckSetting("still_seconds", "So long nothing but a clock moves, in office hours.", 600, 60, 86400),
            CheckSetting("still_levels", "A part of the picture that changes by less is still.", 0.6, 0.05, 20),
            CheckSetting("noise_levels", "More grain than this is noise; half as much again in the dark.", 11, 1, 100),
            CheckSetting("stripe_levels", "Bars that are higher than this, in levels.", 6, 0.5, 100),
            CheckSetting("block_ratio", "Borders of blocks beside what is usual.", 1.35, 1.05, 10),
            CheckSetting("flicker_levels", "How far the light swings from picture to picture.", 4, 0.5, 100),
        ),
        faults=(
            Fault(
                "picture-frozen",
                "The picture stands still.",
                raise_seconds=0,
                clear_seconds=20,
                needs="a second look, at something that is not all of one shade",
            ),
            Fault("picture-noise", "The picture is full of noise.", raise_seconds=20, needs="a second look"),
            Fault("picture-stripes", "Stripes run across the picture.", needs="two minutes of what is usual"),
            Fault("picture-broken", "The picture is damaged or does not decode whole."),
            Fault(
                "picture-flicker",
                "The picture flickers.",
                needs="the pictures after the key frame, which come at every third look",
            ),
        ),
        injections=(
            Injection("picture-frozen", "the same picture over and over", _same, looks=4),
            Injection("picture-noise", "noise", _made("noise")),
            Injection("picture-noise", "snow", _made("snow")),
            Injection("picture-stripes", "wandering bars", _made("stripes")),
            Injection("picture-broken", "blocks in the wrong place", _made("blocks")),
            Injection("picture-broken", "a picture that does not decode whole", _mended),
            Injection("picture-flicker", "each other picture darker", _flickering),
        ),
        cost_ms=8,
    )


def _same(vitals: PictureVitals, number: int) -> PictureVitals:
    """One picture at every look, to the last bit."""
    import numpy as np

    even = np.full_like(vitals.picture.luma, 100)
    even[::4] = 140
    return vitals.with_picture(lambda picture: replace(picture, luma=even))


def _mended(vitals: PictureVitals, number: int) -> PictureVitals:
    return vitals.with_picture(lambda picture: replace(picture, broken=True))


def _flickering(vitals: PictureVitals, number: int) -> PictureVitals:
    """Needs pictures that follow; where the look brought none, the one it brought is taken for them."""
    at_ns = vitals.picture.at_ns
    following = vitals.following or (vitals.picture,) * 5
    timed = tuple(replace(each, at_ns=at_ns + 40_000_000 * (place + 1)) for place, each in enumerate(following))
    return _made("flicker")(replace(vitals, following=timed), number)


def _stream() -> Check:
    return Check(
        name="stream",
        summary="Is the picture as large and as frequent as it is registered, or as it was?",
        looks_at="picture",
        box="picture",
        run=_run("stream"),
        settings=(CheckSetting("rate_share", "Fewer pictures than this share are too few.", 0.7, 0.1, 1),),
        faults=(
            Fault("picture-small", "The picture is smaller than it should be."),
            Fault(
                "picture-slow",
                "The camera sends fewer pictures than it should.",
                needs="a registered rate, or two minutes of what is usual",
            ),
        ),
        injections=(
            Injection("picture-small", "half the size", _halved),
            Injection("picture-small", "less than is registered", _registered_larger),
            Injection("picture-slow", "a third of the pictures", _slowed),
            Injection("picture-slow", "fewer than are registered", _registered_faster),
        ),
        cost_ms=1,
    )


def _clock() -> Check:
    return Check(
        name="clock",
        summary="Is the time that the camera writes on its picture right? Read where it can be.",
        looks_at="picture",
        box="picture",
        run=_run("clock"),
        settings=(CheckSetting("off_seconds", "The time on the picture may be off by so much.", 2, 1, 3600),),
        faults=(
            Fault(
                "picture-time",
                "The time on the picture is off.",
                60,
                60,
                needs="a clock whose digits were learned, in seven minutes or more; not every clock can be read",
            ),
        ),
        injections=(
            Injection("picture-time", "a clock that is 90 s ahead", _written("SIMPLEX", 90), _LOOKS_TO_LEARN),
            Injection("picture-time", "a clock with serifs, 5 s behind", _written("TRIPLEX", -5), _LOOKS_TO_LEARN),
        ),
        cost_ms=6,
    )


_LOOKS_TO_LEARN, _LATER_NS = 36, 127_700_000_000
"""The looks of a proof are further apart than those of a camera, so that the clock shows all its digits in few."""


def _written(font: str, off_seconds: float) -> Callable[[PictureVitals, int], PictureVitals]:
    """The time on the picture, in one of OpenCV's own faces, which no camera has, and wrong from the first look on."""

    def make(vitals: PictureVitals, number: int) -> PictureVitals:
        import cv2

        def write(picture: Picture) -> Picture:
            luma, high, at_ns = picture.luma.copy(), picture.luma.shape[0], picture.at_ns + number * _LATER_NS
            text = local_time(at_ns + round(off_seconds * 1e9)).strftime("%Y-%m-%d %H:%M:%S")
            face, at, size = getattr(cv2, f"FONT_HERSHEY_{font}"), (8, max(28, high // 8)), max(0.8, high / 700)
            for shade, broad in ((16, 5), (235, 2)):
                cv2.putText(luma, text, at, face, size, shade, broad, cv2.LINE_AA)
            return replace(picture, luma=luma, at_ns=at_ns)

        return vitals.with_picture(write)

    return make


def _halved(vitals: PictureVitals, number: int) -> PictureVitals:
    return vitals.with_picture(
        lambda picture: replace(picture, luma=picture.luma[::2, ::2], cb=picture.cb[::2, ::2], cr=picture.cr[::2, ::2])
    )


def _registered_larger(vitals: PictureVitals, number: int) -> PictureVitals:
    height, width = vitals.picture.luma.shape
    return replace(vitals, registered=vitals.registered._replace(width=2 * width, height=2 * height))


def _registered_faster(vitals: PictureVitals, number: int) -> PictureVitals:
    rate = vitals.rate_fps or 15.0
    return replace(vitals, rate_fps=rate, registered=vitals.registered._replace(fps=2 * rate))


def _slowed(vitals: PictureVitals, number: int) -> PictureVitals:
    return replace(vitals, rate_fps=(vitals.rate_fps or 15.0) / 3)
