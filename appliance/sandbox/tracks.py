"""The time line of one track of a response: wall times in, decode times and durations out. Pure.

What a player needs and a camera does not promise: decode times that only rise, durations that are true (a player that
finds the next frame later than two durations drops everything up to the next key frame, Media Source Extensions
§3.5.8), and sound without holes (a hole in one track stalls both).
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.sandbox.boxes import Run, RunSample
from appliance.sandbox.codecs import AAC_FRAME, adts_header_bytes
from appliance.sandbox.protocol import Sample

__all__ = ["VIDEO_TIMESCALE", "SoundTrack", "VideoTrack"]

VIDEO_TIMESCALE = 90_000
_GUESSED_FRAME = VIDEO_TIMESCALE // 25
_LONGEST_DELAY = 2 * VIDEO_TIMESCALE
"""Largest believed distance from a decode time to its presentation; more is a camera's mistake."""


class _Timed(NamedTuple):
    data: bytes
    dts: int
    pts: int
    is_key: bool


class VideoTrack:
    """Samples in decode order. The newest one is held back until the next tells how long it lasts."""

    def __init__(self, track_id: int, origin_ns: int) -> None:
        self._track_id, self._origin_ns = track_id, origin_ns
        self._held: list[_Timed] = []
        self._last_dts = -1
        self._frame = 0
        self._latest_pts = 0

    @property
    def started(self) -> bool:
        return self._last_dts >= 0

    @property
    def end_ns(self) -> int:
        """When the newest picture ends, as far as is known."""
        return self._origin_ns + (self._latest_pts + (self._frame or _GUESSED_FRAME)) * 1_000_000_000 // VIDEO_TIMESCALE

    def add(self, sample: Sample, data: bytes) -> None:
        """``data`` is the sample's as MP4 wants it. What comes before the first key frame or the origin is left out."""
        pts = self._ticks(sample.pts_ns)
        if pts < 0 or not (self.started or sample.is_key):
            return
        dts = pts if sample.dts_ns is None else min(pts, max(self._ticks(sample.dts_ns), pts - _LONGEST_DELAY))
        dts = max(dts, self._last_dts + 1)
        if self.started:
            self._frame = dts - self._last_dts
        elif sample.duration_ns:
            self._frame = sample.duration_ns * VIDEO_TIMESCALE // 1_000_000_000
        self._last_dts = dts
        self._latest_pts = max(self._latest_pts, pts)
        self._held.append(_Timed(data, dts, pts, sample.is_key))

    def take(self) -> Run | None:
        """All but the newest sample."""
        return self._run(self._held[:-1], self._held[1:]) if len(self._held) > 1 else None

    def finish(self, end_ns: int) -> Run | None:
        """The rest. ``end_ns`` is where the next response begins; 0 = not known."""
        if not self._held:
            return None
        last = self._held[-1]
        length = self._frame or _GUESSED_FRAME
        until_end = self._ticks(end_ns) - last.pts
        if end_ns and last.dts == last.pts == self._latest_pts and 0 < until_end <= 4 * length:
            length = until_end
        after = _Timed(b"", last.dts + length, 0, False)
        return self._run(self._held, [*self._held[1:], after])

    def _run(self, samples: list[_Timed], following: list[_Timed]) -> Run:
        first = samples[0].dts
        self._held = self._held[len(samples) :]
        return Run(
            self._track_id,
            first,
            [
                RunSample(each.data, after.dts - each.dts, each.pts - each.dts, each.is_key)
                for each, after in zip(samples, following, strict=True)
            ],
        )

    def _ticks(self, wall_ns: int) -> int:
        return (wall_ns - self._origin_ns) * VIDEO_TIMESCALE // 1_000_000_000


class SoundTrack:
    """AAC frames end to end. The camera's clock is followed by whole frames: one too many is left out, a missing one is
    silence (``silence`` is such a frame; without one a hole stays a hole)."""

    def __init__(self, track_id: int, origin_ns: int, sample_rate: int, silence: bytes) -> None:
        self._track_id, self._origin_ns, self._rate, self._silence = track_id, origin_ns, sample_rate, silence
        self._next: int | None = None
        self._waiting: list[tuple[int, bytes]] = []

    def add(self, sample: Sample, start_ns: int) -> None:
        """``start_ns`` is where the response's pictures begin: sound does too."""
        at = self._ticks(sample.pts_ns)
        data = sample.data[adts_header_bytes(sample.data) :]
        if not data or at < 0:
            return
        if self._next is None:
            first = self._ticks(start_ns)
            if at <= first - AAC_FRAME:
                return
            self._next = max(0, first if at >= first + AAC_FRAME else at)
        off = at - self._next
        if off <= -AAC_FRAME * 3 // 2:
            return
        if off >= AAC_FRAME * 3 // 2:
            self._pass_over(at)
        self._append(data)

    def take(self) -> Run | None:
        if not self._waiting:
            return None
        waiting, self._waiting = self._waiting, []
        ends = [at for at, _ in waiting[1:]] + [waiting[-1][0] + AAC_FRAME]
        samples = [RunSample(data, end - at, 0, True) for (at, data), end in zip(waiting, ends, strict=True)]
        return Run(self._track_id, waiting[0][0], samples)

    def finish(self, start_ns: int, end_ns: int) -> Run | None:
        """The rest, with silence up to ``end_ns``."""
        if self._next is None:
            self._next = max(0, self._ticks(start_ns))
        self._pass_over(self._ticks(end_ns), jump=False)
        return self.take()

    def _pass_over(self, at: int, *, jump: bool = True) -> None:
        """Brings the next frame's place to about ``at``: by silence, or where there is none by a jump."""
        if self._next is None:
            return
        if self._silence:
            for _ in range((at - self._next) // AAC_FRAME):
                self._append(self._silence)
        elif jump:
            self._next = at

    def _append(self, data: bytes) -> None:
        if self._next is not None:
            self._waiting.append((self._next, data))
            self._next += AAC_FRAME

    def _ticks(self, wall_ns: int) -> int:
        return (wall_ns - self._origin_ns) * self._rate // 1_000_000_000
