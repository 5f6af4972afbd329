"""The self-test of the sound: there, loud enough, clean, whole, in time, and only where it was approved.

The measuring lies in ``sound_measures.py`` and needs numpy; declaring it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from appliance.api import Check, CheckSetting, Fault, Injection, Sign, SoundVitals, hookimpl

__all__ = ["register_checks"]

_MINUTE = 60.0
_APPROVED = "approved sound"
_MORNING = 3.0 * 3600

Change = Callable[[Any, int, int], Any]
"""From samples (channels, count), the rate and the number of the look to other samples."""


@hookimpl
def register_checks() -> Iterable[Check]:
    return [
        Check(
            name="sound",
            summary="Is the approved sound there, whole and clean, and is there none where none was approved?",
            looks_at="sound",
            box="sound",
            run=_run,
            settings=(
                CheckSetting("open_hour", "The hour from which a silent room is odd.", 9, 0, 24),
                CheckSetting("close_hour", "The hour until which a silent room is odd.", 12, 0, 24),
                CheckSetting("silent_db", "Nothing at all is below this.", -74, -120, -30),
                CheckSetting("low_db", "Below the noise of any room.", -62, -120, -30),
                CheckSetting("clipped_share", "Share of samples at the limit that is overdriven.", 0.01, 0.0001, 0.5),
                CheckSetting(
                    "offset_share", "How far the middle may lie off, as a share of full scale.", 0.05, 0.001, 1
                ),
                CheckSetting("sides_db", "By how much the sides may differ.", 30, 6, 100),
                CheckSetting("hum_share", "Share of the mains' hum in all the sound.", 0.6, 0.1, 1),
                CheckSetting("hum_db", "A hum that is quieter than this is nobody's trouble.", -55, -100, 0),
                CheckSetting("missing_share", "Share of the sound that may fail to come.", 0.2, 0.01, 0.9),
                CheckSetting("holes_a_second", "Holes of 8 ms or more in the middle of sound.", 0.8, 0.05, 50),
                CheckSetting("drift_seconds", "How far the sound may run away within ten minutes.", 0.4, 0.05, 10),
            ),
            faults=(
                Fault("sound-unapproved", "The camera sends sound, which is not approved; none of it is recorded."),
                Fault(
                    "sound-missing",
                    "The camera sends no sound, which is approved and must be recorded.",
                    needs=_APPROVED,
                ),
                Fault("sound-silent", "The sound is dead silent.", raise_seconds=_MINUTE, needs=_APPROVED),
                Fault(
                    "sound-low",
                    "The sound is below the noise of any room, all morning.",
                    raise_seconds=_MORNING,
                    needs="approved sound, of a morning in office hours",
                ),
                Fault("sound-clipping", "The sound is overdriven.", needs=_APPROVED),
                Fault("sound-offset", "The sound has an offset; the microphone may be broken.", needs=_APPROVED),
                Fault(
                    "sound-onesided",
                    "One side of the sound is dead.",
                    raise_seconds=_MINUTE,
                    needs="approved sound with two sides",
                ),
                Fault("sound-hum", "The sound is mostly hum of the mains.", raise_seconds=_MINUTE, needs=_APPROVED),
                Fault("sound-dropouts", "The sound has holes.", needs=_APPROVED),
                Fault(
                    "sound-rate",
                    "The sound runs faster or slower than the time.",
                    raise_seconds=_MINUTE,
                    needs="approved sound, for some minutes",
                ),
            ),
            injections=(
                Injection("sound-unapproved", "sound without approval", _unapproved),
                Injection("sound-missing", "no sound track", _missing),
                Injection("sound-silent", "digital silence", _heard(lambda samples, rate, number: samples * 0)),
                Injection("sound-low", "a thousandth of the sound", _morning(_heard(_quiet))),
                Injection("sound-clipping", "forty times as loud", _heard(_loud)),
                Injection("sound-offset", "an offset", _heard(lambda samples, rate, number: samples * 0.5 + 0.2)),
                Injection("sound-onesided", "one side dead", _heard(_one_side)),
                Injection("sound-hum", "hum of 50 Hz", _heard(_hum(50))),
                Injection("sound-hum", "hum of 60 Hz", _heard(_hum(60))),
                Injection("sound-dropouts", "holes in it", _heard(_holes)),
                Injection("sound-dropouts", "half of it did not come", _half),
                Injection("sound-rate", "a hundredth too fast", _fast, looks=6),
            ),
            cost_ms=4,
        )
    ]


def _run(vitals: SoundVitals, settings: Mapping[str, float], memory: Any) -> Iterable[Sign]:
    from appliance.plugins.checks.sound_measures import look

    return look(vitals, settings, memory)


def _heard(change: Change) -> Callable[[SoundVitals, int], SoundVitals]:
    """An injection into the samples; a camera without any gets some, and approval for it."""

    def make(vitals: SoundVitals, number: int) -> SoundVitals:
        import numpy as np

        samples, rate = vitals.samples, vitals.rate_hz
        if samples.shape[1] < rate or not rate:
            rate = rate or 16000
            samples = np.random.default_rng(number).normal(0, 0.03, (2, 2 * rate)).astype(np.float32)
        changed = np.clip(change(samples, rate, number), -1, 1).astype(np.float32)
        registered = vitals.registered._replace(sound=True)
        seconds = changed.shape[1] / rate
        return replace(
            vitals, samples=changed, rate_hz=rate, has_track=True, registered=registered, arrived_seconds=seconds
        )

    return make


def _morning(make: Callable[[SoundVitals, int], SoundVitals]) -> Callable[[SoundVitals, int], SoundVitals]:
    return lambda vitals, number: replace(make(vitals, number), local_minutes=600)


def _quiet(samples: Any, rate: int, number: int) -> Any:
    import numpy as np

    level = float(np.sqrt(np.mean(samples**2))) or 1.0
    return samples * (10 ** (-66 / 20) / level)


def _loud(samples: Any, rate: int, number: int) -> Any:
    import numpy as np

    return samples * (40 * 0.05 / max(0.005, float(np.sqrt(np.mean(samples**2)))))


def _one_side(samples: Any, rate: int, number: int) -> Any:
    import numpy as np

    return np.stack([samples[0], samples[0] * 0])


def _hum(mains: float) -> Change:
    def change(samples: Any, rate: int, number: int) -> Any:
        import numpy as np

        time = np.arange(samples.shape[1]) / rate
        tones = sum(np.sin(2 * np.pi * mains * step * time + number) / step for step in (1, 2, 3))
        level = max(0.02, 4 * float(np.sqrt(np.mean(samples**2))))
        return samples * 0.5 + level * tones

    return change


def _holes(samples: Any, rate: int, number: int) -> Any:
    changed = samples.copy()
    for start in range(rate // 10, samples.shape[1] - rate // 20, rate // 5):
        changed[:, start : start + rate // 25] = 0
    return changed


def _half(vitals: SoundVitals, number: int) -> SoundVitals:
    made = _heard(lambda samples, rate, look: samples)(vitals, number)
    return replace(made, samples=made.samples[:, : made.samples.shape[1] // 2])


def _unapproved(vitals: SoundVitals, number: int) -> SoundVitals:
    return replace(vitals, has_track=True, registered=vitals.registered._replace(sound=False))


def _missing(vitals: SoundVitals, number: int) -> SoundVitals:
    registered = vitals.registered._replace(sound=True, trial=False)
    return replace(vitals, has_track=False, samples=vitals.samples[:, :0], registered=registered)


def _fast(vitals: SoundVitals, number: int) -> SoundVitals:
    made = _heard(lambda samples, rate, look: samples)(vitals, number)
    stamp = made.arrival_seconds if made.stamp_seconds is None else made.stamp_seconds
    return replace(made, stamp_seconds=stamp + 0.01 * 20 * (number + 1))
