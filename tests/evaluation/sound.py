"""Sounds of halls as cameras send them, with and without faults, and how well the sound check finds these: measured.

    python -m tests.evaluation.sound

Each fault at each strength (1 is about what a person calls a fault) is put into each hall before it is encoded by each
codec, and looked at by the code that looks in the darkroom. The halls are made, by seeds; those of the table are others
than those of ``tests/plugins/test_check_sound.py``, by which limits were chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np

from appliance.api import Registered, Stream, Streams
from appliance.api.registry import load_plugins
from appliance.sandbox.vitals import sound_vitals
from appliance.selftest.hysteresis import Verdicts
from appliance.selftest.reports import SelfTestOrder
from appliance.selftest.runs import Bench
from appliance.selftest.samples import Taken, TakenPacket
from tests.evaluation.evaluate import upper_bound

__all__ = [
    "CHECK",
    "CODECS",
    "HALLS",
    "ORDER",
    "Sound",
    "call",
    "empty_hall",
    "fan",
    "mains",
    "raised",
    "taken",
    "voices",
]

CHECK = load_plugins(["check_sound"]).checks["sound"]
ORDER = SelfTestOrder(registered=Registered(sound=True), local_minutes=600)
S = 1_000_000_000
CODECS = {
    "aac": ("aac", 16000, "fltp"),
    "pcm_alaw": ("pcm_alaw", 8000, "s16"),
    "pcm_mulaw": ("pcm_mulaw", 8000, "s16"),
    "opus": ("libopus", 48000, "s16"),
}
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


HALLS = (voices, empty_hall, fan, call)


def mains(frequency: float, time: Any, height: float = 0.06) -> Any:
    """A hum with its overtones."""
    return sum(height / step * np.sin(2 * np.pi * frequency * step * time) for step in (1, 2, 3, 5))


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


def raised(
    looks: int, make: Callable[[int], Taken], order: SelfTestOrder = ORDER, *, seconds: int = 20
) -> dict[str, str]:
    """What stands after so many looks, ``seconds`` apart, with its note."""
    bench, verdicts = Bench([CHECK]), Verdicts(CHECK.faults)
    for number in range(looks):
        seen = bench.look("sound", sound_vitals(make(number), order))
        assert not seen.failures
        verdicts.hear(seen.signs, number * seconds * S)
    return {fault: sign.note for fault, sign in verdicts.wrong.items()}


_TABLE_SEED = 5000
_LOOKS = 6
_CLEAN_LOOKS = 45
_MORNING = 3 * 3600
"""Seconds for which a room must be too quiet; a few looks over them stand for all."""

STRENGTHS = (0.5, 1.0, 1.5)
Spoil = Callable[[Any, Any, float], Any]
"""From samples, the time of each and the strength to other samples."""


def _overdriven(samples: Any, time: Any, strength: float) -> Any:
    level = float(np.sqrt(np.mean(samples**2))) + 1e-9
    return np.clip(samples * (0.45 * strength / level), -1, 1)


def _hum(frequency: float) -> Spoil:
    def change(samples: Any, time: Any, strength: float) -> Any:
        level = float(np.sqrt(np.mean(samples**2)))
        return samples + mains(frequency, time, strength * max(0.012, 1.8 * level))

    return change


def _one_sided(samples: Any, time: Any, strength: float) -> Any:
    return np.stack([samples, samples * 10 ** (-2 * strength)])


def _faint(samples: Any, time: Any, strength: float) -> Any:
    """At 1 as loud as -66 dB of full scale; at ½ just at the limit, -62 dB."""
    return samples * (10 ** ((-58 - 8 * strength) / 20) / (float(np.sqrt(np.mean(samples**2))) + 1e-9))


FAULTS: dict[str, tuple[str, Spoil]] = {
    "silence": ("sound-silent", lambda samples, time, strength: samples * 0),
    "faint": ("sound-low", _faint),
    "hum 50": ("sound-hum", _hum(50)),
    "hum 60": ("sound-hum", _hum(60)),
    "overdriven": ("sound-clipping", _overdriven),
    "offset": ("sound-offset", lambda samples, time, strength: samples + 0.08 * strength),
    "holes": ("sound-dropouts", lambda samples, time, strength: samples * (time % 0.4 > 0.04 * strength)),
    "one side dead": ("sound-onesided", _one_sided),
    "lost packets": ("sound-dropouts", lambda samples, time, strength: samples),
    "runs away": ("sound-rate", lambda samples, time, strength: samples),
}
HIDDEN = {("opus", "offset"), ("opus", "holes"), ("aac", "holes")}
"""Opus takes an offset out; it and AAC fill what was silent before them with what is around."""

QUIET = {"holes": (empty_hall,)}
"""Holes in a hall where nothing is to be heard cannot be told by ear either."""


def _one(name: str, hall: Sound, codec: str, strength: float) -> bool:
    fault, spoil = FAULTS[name]
    two = name == "one side dead"

    def sound(time: Any, rate: int, number: int) -> Any:
        return spoil(hall(time, rate, number + _TABLE_SEED), time, strength)

    drift = 0.004 * strength if name == "runs away" else 0.0
    looks = 12 if name == "runs away" else _LOOKS
    apart = _MORNING // (_LOOKS - 1) + 1 if name == "faint" else 20
    lose = name == "lost packets"
    found = raised(
        looks,
        lambda number: taken(sound, codec, number, drift=drift, lose=lose, channels=2 if two else 1),
        seconds=apart,
    )
    return fault in found


def report() -> Iterator[str]:
    """The table of ``docs/evaluation.md``: of all halls, how many were found."""
    yield "| fault | finding | strength | " + " | ".join(CODECS) + " |"
    yield "|---|---|---|" + "---|" * len(CODECS)
    found: Counter[bool] = Counter()
    for name, (fault, _) in FAULTS.items():
        for strength in STRENGTHS if name not in ("silence", "lost packets") else (1.0,):
            cells = []
            for codec in CODECS:
                if (codec, name) in HIDDEN:
                    cells.append("-")
                    continue
                heard = [_one(name, hall, codec, strength) for hall in HALLS if hall not in QUIET.get(name, ())]
                cells.append(f"{sum(heard)} of {len(heard)}")
                if strength >= 1:
                    found.update(heard)
            yield f"| {name} | `{fault}` | {strength} | {' | '.join(cells)} |"
    alarms: Counter[str] = Counter()
    for hall in HALLS:
        for codec in CODECS:
            alarms.update(raised(_CLEAN_LOOKS, lambda n, h=hall, c=codec: taken(h, c, n + _TABLE_SEED)))  # type: ignore[misc]
    hours = len(HALLS) * len(CODECS) * _CLEAN_LOOKS * 20 / 3600
    yield ""
    yield f"Of {found.total()} faults at strength 1 and above, {found[True]} were found."
    bound = upper_bound(alarms.total(), hours)
    yield f"Clean: {hours:.1f} hours of sound, {alarms.total()} false alarms; at 95 % at most {bound:.2f} an hour."


if __name__ == "__main__":
    print("\n".join(report()))
