"""The self-test of the sound, on what cameras' codecs make of it: what is well raises nothing, each fault is found."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from appliance.api import Registered, Stream, Streams
from appliance.darkroom.vitals import sound_vitals
from appliance.inspection.hysteresis import Verdicts
from appliance.inspection.reports import LookOrder
from appliance.inspection.running import Bench
from appliance.inspection.taken import Taken, TakenPacket
from appliance.registry import load_plugins

CHECK = load_plugins(["check_sound"]).checks["sound"]
ORDER = LookOrder(registered=Registered(sound=True), local_minutes=600)
S = 1_000_000_000
CODECS = {"aac": ("aac", 16000, "fltp"), "pcm_alaw": ("pcm_alaw", 8000, "s16"), "opus": ("libopus", 48000, "s16")}
Sound = Callable[[Any, int, int], Any]
"""From the time of each sample (s), the rate and the number of the look to samples, one channel or two."""


def voices(time: Any, rate: int, number: int) -> Any:
    """A hall with people: some voices whose pitch glides, in the room's own noise."""
    random = np.random.default_rng(number)
    out = random.normal(0, 0.003, len(time))
    for pitch in random.uniform(95, 240, 3):
        glide = pitch * (1 + 0.06 * np.sin(2 * np.pi * 0.7 * time + number))
        phase = 2 * np.pi * np.cumsum(glide) / rate
        word = np.clip(np.sin(2 * np.pi * random.uniform(1.5, 4) * time + random.uniform(0, 6)), 0, 1)
        out += 0.05 * word * sum(np.sin(step * phase) / step for step in range(1, 9))
    return out


def empty_hall(time: Any, rate: int, number: int) -> Any:
    """Nobody there: the noise of a microphone and of the air, with a little mains in it."""
    return np.random.default_rng(number).normal(0, 0.0015, len(time)) + 0.0004 * np.sin(2 * np.pi * 50 * time)


def fan(time: Any, rate: int, number: int) -> Any:
    """A machine in the room: broad, with a tone of its own."""
    random = np.random.default_rng(number)
    return np.convolve(random.normal(0, 0.05, len(time)), np.ones(8) / 8, "same") + 0.01 * np.sin(
        2 * np.pi * 187 * time
    )


def call(time: Any, rate: int, number: int) -> Any:
    """The bell of the counter: a tone as loud as the voices."""
    return voices(time, rate, number) + 0.1 * np.sin(2 * np.pi * 880 * time)


CODEC_HIDES = {("opus", "offset"), ("opus", "holes")}
"""Opus takes an offset out, and fills holes that were there before it; lost packets are holes after it."""

HEALTHY = (voices, empty_hall, fan, call)
FAULTS: dict[str, tuple[str, Sound]] = {
    "silence": ("sound-silent", lambda time, rate, number: time * 0),
    "hum 50": ("sound-hum", lambda time, rate, number: empty_hall(time, rate, number) + _mains(50, time)),
    "hum 60": ("sound-hum", lambda time, rate, number: voices(time, rate, number) * 0.3 + _mains(60, time)),
    "overdriven": ("sound-clipping", lambda time, rate, number: np.clip(voices(time, rate, number) * 40, -1, 1)),
    "offset": ("sound-offset", lambda time, rate, number: voices(time, rate, number) + 0.15),
    "holes": ("sound-dropouts", lambda time, rate, number: voices(time, rate, number) * (time % 0.2 > 0.06)),
}


def _mains(frequency: float, time: Any) -> Any:
    return sum(0.06 / step * np.sin(2 * np.pi * frequency * step * time) for step in (1, 2, 3, 5))


def taken(sound: Sound, codec: str, number: int, *, drift: float = 0.0, lose: bool = False, channels: int = 1) -> Taken:
    """Two seconds as the tap takes them in look ``number``, after an encoder like a camera's."""
    encoder_name, rate, form = CODECS[codec]
    context: Any = av.CodecContext.create(encoder_name, "w")
    context.sample_rate, context.format = rate, form
    context.layout = "stereo" if channels == 2 else "mono"
    context.time_base = Fraction(1, rate)
    context.open()
    time = np.arange(2 * rate) / rate
    plain = np.clip(np.atleast_2d(sound(time, rate, number)), -1, 1)
    size = context.frame_size or 320
    packets = []
    for at in range(0, 2 * rate - size, size):
        piece = plain[:, at : at + size]
        if form == "s16":
            array = np.ascontiguousarray((piece * 32767).astype(np.int16).T.reshape(1, -1))
        else:
            array = np.ascontiguousarray(piece.astype(np.float32))
        frame = av.AudioFrame.from_ndarray(array, format=form, layout="stereo" if channels == 2 else "mono")
        frame.sample_rate, frame.pts = rate, at
        packets += [bytes(packet) for packet in context.encode(frame)]
    stream = Stream(1, "audio", codec, (1, rate), bytes(context.extradata or b""), sample_rate=rate, channels=channels)
    begin = number * 20 * S
    gap = 2 * S // max(1, len(packets))
    kept = [
        TakenPacket(1, data, int((begin + place * gap) * (1 + drift)), begin + place * gap, True, False)
        for place, data in enumerate(packets)
        if not (lose and place % 3 and place < len(packets) - 1)
    ]
    return Taken(streams=Streams((stream,)), packets=tuple(kept))


def raised(looks: int, make: Callable[[int], Taken], order: LookOrder = ORDER) -> dict[str, str]:
    bench, verdicts = Bench([CHECK]), Verdicts(CHECK.faults)
    for number in range(looks):
        seen = bench.look("sound", sound_vitals(make(number), order))
        assert not seen.failures
        verdicts.hear(seen.signs, number * 20 * S)
    return {fault: sign.note for fault, sign in verdicts.wrong.items()}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("sound", HEALTHY, ids=lambda sound: sound.__name__)
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
    assert raised(12, lambda number: taken(voices, "pcm_alaw", number, drift=0.004)) == {"sound-rate": "too fast"}
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
