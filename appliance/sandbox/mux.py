"""One response: samples of a camera in, fragmented MP4 out, a movie fragment for each batch of samples.

A response stands alone: it begins with an init segment and a key frame, and its decode times are wall time minus the
origin, so wherever a player appends it, it lands at its place. Blocking: it may decode and encode (``transcode.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.api import Stream
from appliance.api.nal import length_size
from appliance.core.errors import Unavailable
from appliance.sandbox.boxes import BoxTrack, Run, init_segment, media_segment
from appliance.sandbox.codecs import Entry, SoundConfig, aac_entry, sound_config, to_sample, video_entry
from appliance.sandbox.protocol import Block, Opening, Sample, is_converted
from appliance.sandbox.tracks import VIDEO_TIMESCALE, SoundTrack, VideoTrack
from appliance.sandbox.transcode import SoundEncoder, VideoEncoder, silent_frame

__all__ = ["Response"]

_VIDEO_ID, _SOUND_ID = 1, 2


class Response:
    """``push`` each fragment's samples in decode order, then ``finish``; or drop it at any time."""

    def __init__(self, opening: Opening) -> None:
        video = [stream for stream in opening.streams.streams if stream.kind == "video"]
        sound = [stream for stream in opening.streams.streams if stream.kind == "audio"]
        if not video:
            raise Unavailable.of("stretch-sound")
        self._video_number = video[0].number
        self._video = _Video(video[0], opening)
        self._sound = _Sound(sound[0], opening) if sound else None
        self._sound_number = sound[0].number if sound else -1
        self._begun = False
        self._sequence = 0

    def push(self, samples: Sequence[Sample]) -> Block:
        """The next bytes; none while the first key frame, or what it takes to decode it, is still to come."""
        for sample in samples:
            if sample.stream == self._video_number:
                self._video.add(sample)
        for sample in samples:
            if sample.stream == self._sound_number and self._sound:
                self._sound.add(sample, self._video.start_ns)
        if not self._video.entry:
            return Block("", b"")
        mime, head = self._begin()
        runs = [self._video.track.take(), self._sound.take(self._video.start_ns or 0) if self._sound else None]
        return Block(mime, head + self._segment(runs))

    def finish(self, end_ns: int = 0) -> Block:
        """What is left. ``end_ns``: where the last picture ends, 0 = not known. Raises Unavailable without one."""
        self._video.drain()
        if not self._video.entry or self._video.start_ns is None:
            raise Unavailable.of("stretch-no-key")
        mime, head = self._begin()
        last = self._video.track.finish(end_ns)
        until = max(self._video.track.end_ns, end_ns) if end_ns else self._video.track.end_ns
        runs = [last, self._sound.finish(self._video.start_ns, until) if self._sound else None]
        return Block(mime, head + self._segment(runs))

    def _begin(self) -> tuple[str, bytes]:
        if self._begun or not self._video.entry:
            return "", b""
        self._begun = True
        entry = self._video.entry
        names, tracks = [entry.name], [BoxTrack(_VIDEO_ID, "video", VIDEO_TIMESCALE, *_placed(entry))]
        sound = self._sound.begin() if self._sound else None
        if sound:
            names.append(sound[0].name)
            tracks.append(BoxTrack(_SOUND_ID, "audio", sound[1].sample_rate, sound[0].box))
        else:
            self._sound = None
        return f'video/mp4; codecs="{",".join(names)}"', init_segment(tracks)

    def _segment(self, runs: Sequence[Run | None]) -> bytes:
        present = [run for run in runs if run]
        if not present:
            return b""
        self._sequence += 1
        return media_segment(self._sequence, present)


def _placed(entry: Entry) -> tuple[bytes, int, int]:
    return entry.box, entry.width, entry.height


class _Video:
    """The picture's way through a response: as it is, or converted to H.264."""

    def __init__(self, stream: Stream, opening: Opening) -> None:
        self._encoder: VideoEncoder | None = None
        self._stream = stream
        if is_converted(stream, opening):
            self._encoder = VideoEncoder(stream, opening.covered, kept=opening.kept, from_ns=opening.from_ns)
            self._stream = Stream(stream.number, "video", "h264", stream.time_base)
        self._length_bytes = length_size(self._stream.codec, self._stream.extradata)
        self.track = VideoTrack(_VIDEO_ID, opening.origin_ns)
        self.entry: Entry | None = None
        self.start_ns: int | None = None

    def add(self, sample: Sample) -> None:
        for each in self._encoder.push(sample) if self._encoder else (sample,):
            self._add(each)

    def drain(self) -> None:
        for each in self._encoder.finish() if self._encoder else ():
            self._add(each)

    def _add(self, sample: Sample) -> None:
        if self.entry is None:
            if not sample.is_key:
                return
            self.entry = video_entry(self._stream, sample.data)
            self.start_ns = sample.pts_ns
        data = to_sample(self._stream.codec, sample.data, self._length_bytes)
        if data:
            self.track.add(sample, data)


class _Sound:
    """The sound's way through a response: AAC as it is, all else converted to AAC."""

    def __init__(self, stream: Stream, opening: Opening) -> None:
        self._encoder = None if stream.codec == "aac" else SoundEncoder(stream)
        self._origin_ns = opening.origin_ns
        self._extradata = stream.extradata
        self._early: list[Sample] = []
        self._track: SoundTrack | None = None

    def add(self, sample: Sample, start_ns: int | None) -> None:
        for each in self._encoder.push(sample) if self._encoder else (sample,):
            if self._track is None or start_ns is None:
                self._early.append(each)
            else:
                self._track.add(each, start_ns)

    def begin(self) -> tuple[Entry, SoundConfig] | None:
        """The sample entry; None when nothing says how this sound is to be decoded: then it is left out."""
        first = self._early[0].data if self._early else b""
        config = self._encoder.config if self._encoder else sound_config(self._extradata, first)
        if config is None:
            return None
        silence = silent_frame(config)
        self._track = SoundTrack(_SOUND_ID, self._origin_ns, config.sample_rate, silence)
        return aac_entry(config), config

    def take(self, start_ns: int) -> Run | None:
        """What came so far, from where the pictures begin."""
        self._settle(start_ns)
        return self._track.take() if self._track else None

    def finish(self, start_ns: int, end_ns: int) -> Run | None:
        for each in self._encoder.finish() if self._encoder else ():
            self._early.append(each)
        self._settle(start_ns)
        return self._track.finish(start_ns, end_ns) if self._track else None

    def _settle(self, start_ns: int) -> None:
        """Hands over what came before the track existed."""
        early, self._early = self._early, []
        for sample in early:
            if self._track:
                self._track.add(sample, start_ns)
