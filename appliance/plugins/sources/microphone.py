"""The sound of a camera at this machine: an ALSA device, read through libav and encoded as AAC. Not a plugin.

``local_camera`` has a thread run it beside the picture's. A microphone that is not there, or goes away, never ends the
picture: it is tried again every few seconds, and the self-test of sound tells people.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from appliance.api import Clock, Packet, Stream
from appliance.plugins.sources.device_times import SampleTimes

__all__ = ["Microphone"]

_RATE = 16_000
"""What network cameras send; a card that cannot is asked for what is nearest, and that is converted."""
_BITRATE = 32_000
_BLOCK = 1024
"""Samples that are taken together. libav reads as few as the card can give, 128 from ``snd-aloop``: to convert each
such packet by itself took ten times the CPU."""
_CHANNELS = ("1", "2")
"""What is asked for, in this order: many cards have only one of them."""
_AGAIN_SECONDS = 5.0
_CONFIGURATION = os.path.join(os.path.dirname(__file__), "alsa.conf")


class Microphone:
    """``device`` is ALSA's name of it. ``put`` gets each packet, in ticks of a microsecond since ``start_ns``."""

    def __init__(self, device: str, clock: Clock, start_ns: int, put: Callable[[Packet], None]) -> None:
        import av

        self._av = av
        self._device, self._clock, self._start_ns, self._put = device, clock, start_ns, put
        self._encoder: Any = _encoder(av)
        self._last, self._given = -1, 0
        self.stream = Stream(
            1, "audio", "aac", (1, 1_000_000), bytes(self._encoder.extradata or b""), sample_rate=_RATE, channels=1
        )

    def run(self, stopped: threading.Event) -> None:
        """Until ``stopped``."""
        # libav's alsa-lib was built elsewhere and finds none of its own; it reads this when it opens its first device.
        os.environ.setdefault("ALSA_CONFIG_PATH", _CONFIGURATION)
        while not stopped.is_set():
            container = self._open()
            if container is not None:
                try:
                    self._read(container, stopped)
                except (OSError, ValueError):  # unplugged, or it gave nonsense: it is opened again
                    pass
                finally:
                    container.close()
            stopped.wait(_AGAIN_SECONDS)

    def _open(self) -> Any:
        for channels in _CHANNELS:
            options = {"sample_rate": str(_RATE), "channels": channels}
            try:
                return self._av.open(self._device, format="alsa", options=options)
            except (OSError, ValueError):
                continue
        return None

    def _read(self, container: Any, stopped: threading.Event) -> None:
        import numpy as np

        stream = container.streams.audio[0]
        times, came, encoder = SampleTimes(_RATE), 0, _encoder(self._av)
        self._given = 0
        resampler = self._av.AudioResampler(format="fltp", layout="mono", rate=_RATE, frame_size=encoder.frame_size)
        context = stream.codec_context
        sample_bytes, rate = 2 * context.channels, context.sample_rate
        block_bytes, held = _BLOCK * sample_bytes, bytearray()
        for libav_packet in container.demux(stream):
            if stopped.is_set():
                return
            arrival_ns = self._clock.boot_ns()
            held += bytes(libav_packet)
            times.arrived((came + len(held) // sample_bytes) * _RATE // rate, arrival_ns)
            while len(held) >= block_bytes:
                both = np.frombuffer(bytes(held[:block_bytes]), np.int16).reshape(_BLOCK, context.channels)
                mono = both.mean(axis=1).astype(np.int16)[None, :]  # libswresample would add them, and clip
                frame = self._av.AudioFrame.from_ndarray(mono, format="s16", layout="mono")
                frame.sample_rate, frame.pts = rate, None
                del held[:block_bytes]
                came += _BLOCK
                self._encode(encoder, resampler.resample(frame), times)

    def _encode(self, encoder: Any, frames: list[Any], times: SampleTimes) -> None:
        for frame in frames:
            frame.pts, frame.time_base = self._given, Fraction(1, _RATE)
            self._given += frame.samples
            for each in encoder.encode(frame):
                if each.pts is None or each.pts < 0:  # what is below zero only primes the decoder
                    continue
                ticks = (times.at(each.pts) - self._start_ns) // 1000
                self._last = max(ticks, self._last + 1)
                length = encoder.frame_size * 1_000_000 // _RATE
                self._put(Packet(1, bytes(each), self._last, self._last, length, True))


def _encoder(av: Any) -> Any:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = _RATE, "mono", "fltp"
    encoder.time_base, encoder.bit_rate = Fraction(1, _RATE), _BITRATE
    encoder.options = {"aac_coder": "fast"}
    encoder.open()
    return encoder
