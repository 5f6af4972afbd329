"""The self-test of the sound, on what cameras' codecs make of it: what is well raises nothing, each fault is found."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from appliance.api import Registered, Stream, Streams
from appliance.selftest.reports import SelfTestOrder
from appliance.selftest.samples import Taken, TakenPacket
from tests.evaluation.sound import CODECS, HALLS, Sound, empty_hall, mains, raised, taken, voices

LOOK_NS = 20 * 10**9
Late = Callable[[int], float]
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


@cache
def _once() -> Taken:
    return taken(voices, "pcm_alaw", 0)


def _beside_a_picture(number: int, *, drift: float = 0.0, late: Late = lambda place: 0.0) -> Taken:
    """The same sound at look ``number`` beside a picture; both come ``late``, in seconds by the packet's place."""
    begin, packets = number * LOOK_NS, []
    for stream, made in ((0, _once().packets[::5]), (1, _once().packets)):
        for place, packet in enumerate(made):
            at_ns = begin + packet.arrival_ns
            stamp_ns = int(at_ns * (1 + drift * stream))
            packets.append(TakenPacket(stream, packet.data if stream else b"", stamp_ns, at_ns, True, False))
            packets[-1] = packets[-1]._replace(arrival_ns=at_ns + int(late(place) * 1e9))
    video = Stream(0, "video", "h264", (1, 90_000))
    return Taken(streams=Streams((video, *_once().streams.streams)), packets=tuple(packets))


def _stamped(made: Taken, stamp_ns: Callable[[TakenPacket], int]) -> Taken:
    packets = tuple(packet._replace(stamp_ns=stamp_ns(packet)) for packet in made.packets)
    return Taken(streams=made.streams, packets=packets)


@pytest.mark.parametrize("busy", [{0}, set(range(10, 25)), set(range(0, 25, 3))], ids=["at first", "long", "often"])
def test_T_79_a_busy_machine_that_gets_the_sound_late_is_no_fault_of_the_sound(busy: set[int]) -> None:
    found = raised(25, lambda number: _beside_a_picture(number, late=lambda place: 0.9 if number in busy else 0.0))
    assert found == {}


def test_T_79_sound_without_a_picture_that_comes_in_a_burst_at_first_is_told_by_what_was_in_time() -> None:
    def burst(number: int) -> Taken:
        made = _beside_a_picture(number, late=lambda place: 0.0 if number else max(0.0, 0.9 - 0.04 * place))
        return Taken(streams=_once().streams, packets=tuple(packet for packet in made.packets if packet.stream))

    assert raised(25, burst) == {}


def test_sound_that_runs_away_is_found_on_a_busy_machine_once_it_is_further_away_than_late() -> None:
    found = raised(24, lambda number: _beside_a_picture(number, drift=0.004, late=lambda place: 0.3 * (number % 3)))
    assert found == {"sound-rate": "it runs too fast"}


def test_a_picture_that_counts_wrongly_is_no_fault_of_the_sound() -> None:
    def slow(number: int) -> Taken:
        return _stamped(_beside_a_picture(number), lambda packet: packet.arrival_ns // (1 if packet.stream else 2))

    assert raised(30, slow) == {}


def test_a_connection_made_anew_is_no_running_away_though_sound_begins_half_a_second_after_the_picture() -> None:
    def anew(number: int) -> Taken:
        made = _beside_a_picture(number)
        if number < 10:
            return made
        return _stamped(made, lambda packet: packet.arrival_ns - 10 * LOOK_NS - packet.stream * 500_000_000)

    assert raised(30, anew) == {}


def test_packets_that_do_not_come_are_holes() -> None:
    found = raised(4, lambda number: taken(voices, "pcm_alaw", number, lose=True))
    assert "did not come" in found["sound-dropouts"]


def test_one_dead_side_is_found() -> None:
    def half(time: Any, rate: int, number: int) -> Any:
        return np.stack([voices(time, rate, number), time * 0])

    assert "sound-onesided" in raised(6, lambda number: taken(half, "aac", number, channels=2))


def test_d_16_sound_where_none_was_approved_and_none_where_it_was() -> None:
    unapproved = Taken(streams=Streams(()), packets=(), unapproved_sound=True)
    order = SelfTestOrder(registered=Registered(sound=False), local_minutes=600)
    assert list(raised(3, lambda number: unapproved, order)) == ["sound-unapproved"]
    nothing = Taken(streams=Streams(()), packets=())
    assert raised(3, lambda number: nothing, order) == {}
    assert list(raised(3, lambda number: nothing)) == ["sound-missing"]
    trial = SelfTestOrder(registered=Registered(sound=True, trial=True), local_minutes=600)
    assert raised(3, lambda number: nothing, trial) == {}, "a training installation approves all sound there may be"
