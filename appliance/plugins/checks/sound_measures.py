"""Is the approved sound there, whole and clean, and is there none where none was approved? Pure but for memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from appliance.api import FLAG, SHARE, Sign, SoundVitals

__all__ = ["level_db", "look"]

_LEAST_SECONDS = 0.5
_QUIETEST_DB = -120.0
_CLIPPED = 0.975
"""The largest value of A-law is 0.984."""

_NEARLY_CLIPPED, _MORE = 0.8, 4
_STILL = 0.0006
"""A-law and mu-law have no zero."""

_MAINS_HZ = (50.0, 60.0)
_HARMONICS = 8
_NEAR_HZ = 1.0
_PIECE_SECONDS = 0.004
_KEPT_LOOKS = 30
_JUMP_SECONDS = 5.0

Samples = NDArray[np.float32]


def look(vitals: SoundVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    approved, has_track = vitals.registered.sound, vitals.has_track
    unapproved = has_track and not approved
    yield Sign("sound-unapproved", unapproved, float(unapproved), 0.0, FLAG)
    if not approved:
        return
    memory["had"] = has_track or memory.get("had", False)
    if memory["had"] or not vitals.registered.trial:
        yield Sign("sound-missing", not has_track, float(not has_track), 0.0, FLAG)
    seconds = vitals.samples.shape[1] / vitals.rate_hz if vitals.rate_hz else 0.0
    if has_track and vitals.arrived_seconds >= _LEAST_SECONDS:
        share = seconds / vitals.arrived_seconds
        yield from _holes(vitals, share, settings)
    if seconds < _LEAST_SECONDS:
        return
    samples = vitals.samples
    levels = [level_db(channel - channel.mean()) for channel in samples]
    loudest = max(levels)
    silent = loudest < settings["silent_db"]
    yield Sign("sound-silent", silent, loudest, settings["silent_db"], "dBFS")
    if settings["open_hour"] * 60 <= vitals.local_minutes < settings["close_hour"] * 60:
        yield Sign("sound-low", loudest < settings["low_db"] and not silent, loudest, settings["low_db"], "dBFS")
    clipped = _clipped(samples)
    yield Sign("sound-clipping", clipped > settings["clipped_share"], clipped, settings["clipped_share"], SHARE)
    offset = float(np.abs(samples.mean(axis=1)).max())
    yield Sign("sound-offset", offset > settings["offset_share"], offset, settings["offset_share"], SHARE)
    if len(levels) > 1 and not silent:
        apart = loudest - min(levels)
        yield Sign("sound-onesided", apart > settings["sides_db"], apart, settings["sides_db"], "dB")
    if not silent:
        share, mains = _hum(samples.mean(axis=0), vitals.rate_hz)
        wrong = share > settings["hum_share"] and loudest > settings["hum_db"]
        yield Sign("sound-hum", wrong, share, settings["hum_share"], SHARE, f"{mains:.0f} Hz" if wrong else "")
    yield from _drift(vitals, settings, memory)


def _clipped(samples: Samples) -> float:
    """The share of samples at the limit. An encoder makes ripples of what was flat, so what is near the limit counts,
    too, once it is far more than the peaks of a loud voice."""
    steep = np.abs(samples)
    return max(float(np.mean(steep >= _CLIPPED)), float(np.mean(steep >= _NEARLY_CLIPPED)) / _MORE)


def level_db(samples: Samples) -> float:
    """The level of one channel, in dB below full scale."""
    power = float(np.mean(samples.astype(np.float64) ** 2))
    return max(_QUIETEST_DB, 10 * float(np.log10(power + 1e-12)))


def _holes(vitals: SoundVitals, share: float, settings: Mapping[str, float]) -> Iterator[Sign]:
    """Sound that did not come, and stretches of nothing in the middle of sound."""
    holes = _count_holes(vitals.samples[0], vitals.rate_hz) if vitals.samples.shape[1] else 0
    a_second = holes / max(_LEAST_SECONDS, vitals.arrived_seconds)
    missing = max(0.0, 1.0 - share)
    wrong = missing > settings["missing_share"] or a_second > settings["holes_a_second"]
    note = f"{100 * missing:.0f} % did not come" if missing > settings["missing_share"] else ""
    yield Sign("sound-dropouts", wrong, a_second, settings["holes_a_second"], "holes/s", note)


def _count_holes(samples: Samples, rate: int) -> int:
    """Falls from loud to nothing, for 8 ms at least: people pause too, but a room is never that still, nor at once."""
    size = max(8, int(_PIECE_SECONDS * rate))
    pieces = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    levels = np.sqrt((pieces**2).mean(axis=1))
    level = float(np.sqrt((levels**2).mean()))
    if level < 0.003:
        return 0
    still = levels < max(0.012 * level, _STILL)
    loud = levels > 0.3 * level
    both = still[:-1] & still[1:]
    begins = both & ~np.concatenate(([True], both[:-1]))
    just_loud = np.zeros(len(begins), bool)
    for back in (1, 2):
        just_loud[back:] |= loud[: len(begins) - back]
    return int((begins & just_loud).sum())


def _hum(samples: Samples, rate: int) -> tuple[float, float]:
    """The share of the mains' tone and its first overtones in all the sound, and which mains; narrow as only a machine
    is, so that a voice does not count."""
    plain = samples - samples.mean()
    power = np.abs(np.fft.rfft(plain * np.hanning(len(plain)))) ** 2
    steps = np.fft.rfftfreq(len(plain), 1 / rate)
    total = float(power[steps > 20].sum()) + 1e-12
    best, which = 0.0, 0.0
    for mains in _MAINS_HZ:
        parts = [float(power[np.abs(steps - mains * number) <= _NEAR_HZ].sum()) for number in range(1, _HARMONICS + 1)]
        if sum(parts[:3]) < 0.2 * sum(parts):
            continue
        if sum(parts) / total > best:
            best, which = sum(parts) / total, mains
    return best, which


def _drift(vitals: SoundVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    """How far the sound's own time ran away over the last looks: from the recorder's clock and, where the picture has a
    time, from that as well. What a busy machine holds up holds up both; a picture that counts wrongly is no fault of
    the sound."""
    if vitals.stamp_seconds is None:
        return
    now = _Times(vitals.stamp_seconds, vitals.arrival_seconds, vitals.picture_seconds)
    past: deque[_Times] = memory.setdefault("times", deque(maxlen=_KEPT_LOOKS))
    if past and (abs(now.by_clock(past[-1])) > _JUMP_SECONDS or now.arrival <= past[-1].arrival):
        past.clear()  # connected anew, or the clock was set
    past.append(now)
    if len(past) < 3:
        return
    away, limit = now.ahead(past[0]), settings["drift_seconds"]
    yield Sign("sound-rate", abs(away) > limit, abs(away), limit, "s", "it runs too fast" if away > limit else "")


class _Times(NamedTuple):
    """The three times of one moment, in seconds (``SoundVitals``)."""

    sound: float
    arrival: float
    picture: float | None

    def by_clock(self, before: _Times) -> float:
        """How far the sound ran ahead of the recorder's clock since ``before``."""
        return (self.sound - before.sound) - (self.arrival - before.arrival)

    def ahead(self, before: _Times) -> float:
        """How far it ran ahead of both, the clock and the picture: the lesser of the two, 0 where they contradict."""
        by_clock = self.by_clock(before)
        if self.picture is None or before.picture is None:
            return by_clock
        by_picture = (self.sound - before.sound) - (self.picture - before.picture)
        return 0.0 if by_clock * by_picture <= 0 else min(by_clock, by_picture, key=abs)
