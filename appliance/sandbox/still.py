"""What was just taken from a camera, for a person: a JPEG and how loud it is. Blocking; nothing is kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from appliance.api import Registered
from appliance.core.errors import Unavailable
from appliance.sandbox.picture import decoded, jpeg_of
from appliance.sandbox.protocol import PictureOrder, StillAnswer, StillOrder
from appliance.sandbox.vitals import light_of, sound_vitals
from appliance.selftest.reports import SelfTestOrder
from appliance.selftest.samples import Taken

__all__ = ["Still", "still"]

_ORDER = SelfTestOrder(registered=Registered(), local_minutes=0)
_SILENCE = 1e-5


class Still(NamedTuple):
    told: StillAnswer
    jpeg: bytes


def still(order: StillOrder, taken: Taken) -> Still:
    """Raises Unavailable where there is no key frame or it does not decode."""
    video = taken.video
    key = next((packet for packet in taken.of(video) if packet.data), None)
    if video is None or key is None:
        raise Unavailable.of("still-none")
    frame = decoded(PictureOrder(stream=video), key.data)
    level, peak = _loudness(taken)
    told = StillAnswer(at_ns=key.arrival_ns, light=light_of(frame), level_db=level, peak_db=peak)
    return Still(told, jpeg_of(frame, order.width))


def _loudness(taken: Taken) -> tuple[float | None, float | None]:
    """Level and peak in dB under full scale; of sound that is not approved nothing was taken (``D-16``)."""
    samples = sound_vitals(taken, _ORDER).samples
    if not samples.size:
        return None, None
    level, peak = float(np.sqrt(np.mean(np.square(samples)))), float(np.max(np.abs(samples)))
    return round(_db(level), 1), round(_db(peak), 1)


def _db(value: float) -> float:
    return float(20 * np.log10(max(value, _SILENCE)))
