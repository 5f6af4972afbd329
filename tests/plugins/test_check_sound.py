"""The self-test of the sound, on what cameras' codecs make of it: what is well raises nothing, each fault is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from appliance.api import Registered, Streams
from appliance.inspection.reports import LookOrder
from appliance.inspection.taken import Taken
from tests.evaluation.sound import CODECS, HALLS, Sound, empty_hall, mains, raised, taken, voices

CODEC_HIDES = {("opus", "offset"), ("opus", "holes")}
"""Opus takes an offset out, and fills holes that were there before it; lost packets are holes after it."""

FAULTS: dict[str, tuple[str, Sound]] = {
    "silence": ("sound-silent", lambda time, rate, number: time * 0),
    "hum 50": ("sound-hum", lambda time, rate, number: empty_hall(time, rate, number) + mains(50, time)),
    "hum 60": ("sound-hum", lambda time, rate, number: voices(time, rate, number) * 0.3 + mains(60, time)),
    "overdriven": ("sound-clipping", lambda time, rate, number: np.clip(voices(time, rate, number) * 40, -1, 1)),
    "offset": ("sound-offset", lambda time, rate, number: voices(time, rate, number) + 0.15),
    "holes": ("sound-dropouts", lambda time, rate, number: voices(time, rate, number) * (time % 0.2 > 0.06)),
}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("sound", HALLS, ids=lambda sound: sound.__name__)
def test_a_hall_that_is_well_raises_nothing(codec: str, sound: Sound) -> None:
    assert raised(30, lambda number: taken(sound, codec, number)) == {}


@pytest.mark.parametrize(
    ("codec", "name"),
    [(codec, name) for codec in CODECS for name in FAULTS if (codec, name) not in CODEC_HIDES],
)
def test_each_fault_is_found_after_each_codec_and_nothing_else_is_said(codec: str, name: str) -> None:
    fault, sound = FAULTS[name]
    found = raised(6, lambda number: taken(sound, codec, number))
    assert list(found) == [fault]
    if fault == "sound-hum":
        assert found[fault] == f"{name.split()[1]} Hz"


def test_sound_that_runs_away_is_found_and_one_that_keeps_time_is_not() -> None:
    assert raised(12, lambda number: taken(voices, "pcm_alaw", number, drift=0.004)) == {
        "sound-rate": "it runs too fast"
    }
    assert raised(30, lambda number: taken(voices, "pcm_alaw", number, drift=0.0003)) == {}


def test_packets_that_do_not_come_are_holes() -> None:
    found = raised(4, lambda number: taken(voices, "pcm_alaw", number, lose=True))
    assert "did not come" in found["sound-dropouts"]


def test_one_dead_side_is_found() -> None:
    def half(time: Any, rate: int, number: int) -> Any:
        return np.stack([voices(time, rate, number), time * 0])

    assert "sound-onesided" in raised(6, lambda number: taken(half, "aac", number, channels=2))


def test_d_16_sound_where_none_was_approved_and_none_where_it_was() -> None:
    unapproved = Taken(streams=Streams(()), packets=(), unapproved_sound=True)
    order = LookOrder(registered=Registered(sound=False), local_minutes=600)
    assert list(raised(3, lambda number: unapproved, order)) == ["sound-unapproved"]
    nothing = Taken(streams=Streams(()), packets=())
    assert raised(3, lambda number: nothing, order) == {}
    assert list(raised(3, lambda number: nothing)) == ["sound-missing"]
    trial = LookOrder(registered=Registered(sound=True, trial=True), local_minutes=600)
    assert raised(3, lambda number: nothing, trial) == {}, "a training installation approves all sound there may be"
