"""An office without a light at night: black pictures are no fault there, and a new darkness is (domain 2.6)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from appliance.api import Picture, PictureVitals, Sign
from appliance.api.check_settings import settings_of
from appliance.api.registry import load_plugins
from appliance.selftest.healthy_samples import healthy

SIGNAL = load_plugins(["check_picture"]).checks["signal"]
NIGHT, DAY = 120, 600
LOOK: PictureVitals = healthy("picture")[0]  # type: ignore[assignment]


def shown(level: float) -> Picture:
    """The made picture without colour, its white at ``level``."""
    picture = LOOK.picture
    luma = np.clip(16 + level * picture.luma.astype(np.float32) / 255, 16, 255).astype(np.uint8)
    gray = np.full_like(picture.cb, 128)
    return replace(picture, luma=luma, cb=gray, cr=gray)


def signs(
    level: float, minutes: int = NIGHT, *, reference: float | None = None, dark_at_night: bool = False
) -> dict[str, Sign]:
    vitals = replace(
        LOOK, picture=shown(level), local_minutes=minutes, following=(),
        reference=None if reference is None else shown(reference),
        registered=LOOK.registered._replace(dark_at_night=dark_at_night),
    )  # fmt: skip
    return {sign.fault: sign for sign in SIGNAL.run(vitals, settings_of(SIGNAL, {}), {})}


def wrong(found: dict[str, Sign]) -> set[str]:
    return {fault for fault, sign in found.items() if sign.wrong}


def test_a_black_night_is_a_fault_where_nobody_said_that_it_is_dark() -> None:
    assert {"picture-black", "picture-night"} <= wrong(signs(0))


@pytest.mark.parametrize("said", [{"reference": 1.0}, {"dark_at_night": True}])
def test_a_night_that_people_said_is_dark_is_none(said: dict[str, float]) -> None:
    found = signs(0, **said)  # type: ignore[arg-type]
    assert not {"picture-black", "picture-night"} & set(found), "neither raised nor cleared"
    by_day = signs(0, DAY, **said)  # type: ignore[arg-type]
    assert wrong(by_day) == {"picture-black"}, "by day it is one, and not darkness beside it"


def test_a_new_darkness_is_a_fault_against_its_own_night_picture() -> None:
    assert "picture-night" not in wrong(signs(160, reference=200))
    assert "picture-night" in wrong(signs(40, reference=200)), "brighter than black, and far darker than it was"
    assert "picture-night" not in wrong(signs(40, reference=45))
    assert {"picture-black", "picture-night"} <= wrong(signs(0, reference=200, dark_at_night=True)), (
        "the picture that two people confirmed says more than the papers"
    )


def test_a_reference_picture_by_day_says_nothing_of_the_night() -> None:
    by_day = replace(LOOK, local_minutes=NIGHT, picture=shown(0), reference=LOOK.picture)
    assert "picture-night" in wrong({sign.fault: sign for sign in SIGNAL.run(by_day, settings_of(SIGNAL, {}), {})})
