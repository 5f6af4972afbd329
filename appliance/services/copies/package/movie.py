"""A stretch of one camera as a file that any player takes: MP4, or QuickTime where MP4 has no place for its codecs.

Every packet goes in as it was recorded; only the marks between units change (start codes become lengths, an ADTS header
becomes a description), as MP4 asks. Nothing is decoded. The file is written from front to back: data in blocks, what
says where it lies at the end. Some bytes are kept for each sample until then, and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.api import Stream, Streams
from appliance.api.nal import length_size, picture_size
from appliance.core.clock import local_time
from appliance.core.errors import Unavailable
from appliance.sandbox.boxes import RunSample, box, visual_entry
from appliance.sandbox.codecs import AAC_FRAME, aac_entry, adts_header_bytes, sound_config, to_sample, video_entry
from appliance.sandbox.protocol import Sample
from appliance.sandbox.tracks import VIDEO_TIMESCALE, VideoTrack
from appliance.services.copies.package.movie_boxes import (
    SampleTable,
    TrackBoxes,
    caption_entry,
    file_type,
    movie,
    opus_entry,
    pcm_entry,
    recording_start,
)

__all__ = ["Caption", "Movie", "TrackFacts", "captions", "form_of", "is_decodable", "subtitles"]

_SECOND_NS = 1_000_000_000
_BLOCK_BYTES = 4 << 20
"""How much is kept until it is written: a movie of an hour at 3 Mbit/s has some 340 blocks."""

_LOOSE_NS = 40_000_000
"""Sound that lies less than this off its neighbour's end is put end to end: cameras' stamps waver."""

_TEXT_TIMESCALE = 1000
_MOST_CHANNELS, _LARGEST_PICTURE = 255, 0xFFFF
"""What a sample entry can say."""


class TrackFacts(NamedTuple):
    """What a movie has of a stream. ``samples``: pictures, or packets of sound."""

    kind: str
    codec: str
    samples: int
    width: int = 0
    height: int = 0


class Caption(NamedTuple):
    """The wall time as text, from ``start_ms`` to ``end_ms`` of the movie."""

    start_ms: int
    end_ms: int
    text: str


def form_of(streams: Streams) -> str:
    """``mp4``, or ``mov`` where a codec has no place in MP4 that players agree on."""
    return "mp4" if all(stream.codec in ("h264", "hevc", "aac", "opus") for stream in streams.streams) else "mov"


def is_decodable(stream: Stream, key: bytes) -> bool:
    """Whether a key frame and its description say how it is to be decoded."""
    try:
        _picture_entry(stream, key)
    except Unavailable:
        return False
    return True


def captions(start_ns: int, end_ns: int, words: str) -> Iterator[Caption]:
    """One a second of the wall clock, each with ``words`` behind it."""
    at_ns = start_ns
    while at_ns < end_ns:
        next_ns = min(end_ns, (at_ns // _SECOND_NS + 1) * _SECOND_NS)
        text = f"{local_time(at_ns):%Y-%m-%d %H:%M:%S} (UTC+8)　{words}"
        start_ms, end_ms = (at_ns - start_ns) // 1_000_000, (next_ns - start_ns) // 1_000_000
        if end_ms > start_ms:
            yield Caption(start_ms, end_ms, text)
        at_ns = next_ns


def subtitles(shown: Iterator[Caption]) -> Iterator[bytes]:
    """The same as an ``.srt`` file, a piece each."""
    for number, each in enumerate(shown, 1):
        yield f"{number}\r\n{_srt(each.start_ms)} --> {_srt(each.end_ms)}\r\n{each.text}\r\n\r\n".encode()


def _srt(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


class Movie:
    """One file from ``start_ns`` on, the wall time at which its time line begins. ``begin``, ``add`` each fragment's
    samples in decode order, ``finish``; each gives the next bytes of the file."""

    def __init__(self, streams: Streams, start_ns: int, words: str) -> None:
        self.form, self.start_ns, self.words = form_of(streams), start_ns, words
        self._tracks: dict[int, _Pictures | _Sound | _Plain] = {}
        for track_id, stream in enumerate(streams.streams, 1):
            kind = _Pictures if stream.kind == "video" else _Plain if stream.codec.startswith("pcm_") else _Sound
            self._tracks[stream.number] = kind(track_id, stream, start_ns)
        self._waiting: list[tuple[_Pictures | _Sound | _Plain, Sequence[bytes]]] = []
        self._waiting_bytes = self._at = 0
        self.end_ns = start_ns

    def begin(self) -> bytes:
        return self._count(file_type(self.form))

    def add(self, samples: Sequence[Sample]) -> bytes:
        for sample in samples:
            self._tracks[sample.stream].add(sample)
        return self._take(last=False)

    def finish(self, end_ns: int) -> bytes:
        """The rest. ``end_ns``: the last picture lasts no longer. Raises Unavailable without any sample."""
        for track in self._tracks.values():
            track.finish(end_ns)
        data = self._take(last=True)
        tracks = [boxes for track in self._tracks.values() if (boxes := track.boxes())]
        if not tracks:
            raise Unavailable.of("stretch-no-key")
        self.end_ns = min(end_ns, max(track.end_ns for track in self._tracks.values()))
        text = self._text(max(track.track_id for track in tracks) + 1)
        data += self._count(text[0]) + movie([*tracks, text[1]], self.start_ns) + recording_start(self.start_ns)
        return data

    @property
    def facts(self) -> tuple[TrackFacts, ...]:
        return tuple(track.facts for track in self._tracks.values() if track.boxes())

    @property
    def left_out(self) -> tuple[str, ...]:
        """Codecs of streams of which something came and nothing says how it is decoded."""
        return tuple(track.codec for track in self._tracks.values() if track.samples and not track.boxes())

    def _take(self, *, last: bool) -> bytes:
        for track in self._tracks.values():
            if found := track.take():
                self._waiting.append((track, found))
                self._waiting_bytes += sum(map(len, found))
        if self._waiting_bytes < _BLOCK_BYTES and not (last and self._waiting):
            return b""
        at = self._at + 8
        parts = [struct.pack(">I4s", 8 + self._waiting_bytes, b"mdat")]
        for track, samples in self._waiting:
            track.lies_at(at, samples)
            at += sum(map(len, samples))
            parts += samples
        self._waiting, self._waiting_bytes = [], 0
        return self._count(b"".join(parts))

    def _count(self, data: bytes) -> bytes:
        self._at += len(data)
        return data

    def _text(self, track_id: int) -> tuple[bytes, TrackBoxes]:
        """The captions' data, and their track."""
        table, samples = SampleTable(), []
        for each in captions(self.start_ns, self.end_ns, self.words):
            text = each.text.encode()
            samples.append(struct.pack(">H", len(text)) + text)
            table.add(len(samples[-1]), each.end_ms - each.start_ms)
        if samples:
            table.chunk(self._at + 8, len(samples))
        return box(b"mdat", *samples), TrackBoxes(track_id, "text", _TEXT_TIMESCALE, caption_entry(), table)


def _picture_entry(stream: Stream, key: bytes) -> tuple[bytes, int, int]:
    """Raises Unavailable where nothing says how it is decoded."""
    if stream.codec != "mjpeg":
        entry = video_entry(stream, key)
        return entry.box, entry.width, entry.height
    width, height = picture_size("mjpeg", key)
    if not (0 < width <= _LARGEST_PICTURE and 0 < height <= _LARGEST_PICTURE):
        raise Unavailable.of("stretch-codec", codec=stream.codec)
    return visual_entry(b"jpeg", width, height, b""), width, height


def _first_entry(stream: Stream, sample: Sample) -> tuple[bytes, int, int] | None:
    """The sample entry by a stream's first key frame that has one."""
    try:
        return _picture_entry(stream, sample.data) if sample.is_key else None
    except Unavailable:
        return None


class _Pictures:
    """The pictures of one stream. The newest waits until the next tells how long it lasts."""

    def __init__(self, track_id: int, stream: Stream, start_ns: int) -> None:
        self._track_id, self._stream, self._start_ns = track_id, stream, start_ns
        self._length_bytes = length_size(stream.codec, stream.extradata)
        self._track, self._table = VideoTrack(track_id, start_ns), SampleTable()
        self._first: tuple[bytes, int, int] | None = None
        self._start = self._shift = 0
        self._is_reordered = False
        self._ready: list[RunSample] = []
        self.codec, self.samples = stream.codec, 0

    def add(self, sample: Sample) -> None:
        if self._first is None:
            self._first = _first_entry(self._stream, sample)
        if self._first is None:
            return
        nal = self._stream.codec != "mjpeg"
        data = to_sample(self._stream.codec, sample.data, self._length_bytes) if nal else sample.data
        if data:
            self._track.add(sample, data)

    def take(self) -> list[bytes]:
        if run := self._track.take():
            self._keep(run.decode_time, list(run.samples))
        ready, self._ready = self._ready, []
        return [each.data for each in ready]

    def finish(self, end_ns: int) -> None:
        if run := self._track.finish(end_ns):
            self._keep(run.decode_time, list(run.samples))
        late_ns = self._track.end_ns - self.end_ns
        if self.samples and late_ns > 0 and self._is_reordered:
            self._table.lengthen(late_ns * VIDEO_TIMESCALE // _SECOND_NS)

    def _keep(self, decode_time: int, samples: list[RunSample]) -> None:
        if not self.samples:
            self._shift = samples[0].offset
            self._start = decode_time + self._shift
        for each in samples:
            self._table.add(len(each.data), each.duration, each.offset, is_key=each.is_key)
            self._is_reordered = self._is_reordered or each.offset != 0
        self.samples += len(samples)
        self._ready += samples

    def lies_at(self, offset: int, samples: Sequence[bytes]) -> None:
        self._table.chunk(offset, len(samples))

    @property
    def end_ns(self) -> int:
        ticks = self._start - self._shift + self._table.duration
        return self._start_ns + ticks * _SECOND_NS // VIDEO_TIMESCALE

    def boxes(self) -> TrackBoxes | None:
        if self._first is None or not self.samples:
            return None
        entry, width, height = self._first
        return TrackBoxes(
            self._track_id, "video", VIDEO_TIMESCALE, entry, self._table, self._start, self._shift, width, height
        )

    @property
    def facts(self) -> TrackFacts:
        _, width, height = self._first or (b"", 0, 0)
        return TrackFacts("video", self.codec, self.samples, width, height)


class _Sound:
    """Sound in packets: AAC and Opus. A packet lies where the one before it ends, or, where it came clearly earlier or
    later, where it was recorded."""

    def __init__(self, track_id: int, stream: Stream, start_ns: int) -> None:
        self._track_id, self._stream, self._start_ns = track_id, stream, start_ns
        self._rate = 48_000 if stream.codec == "opus" else stream.sample_rate or 48_000
        self._table = SampleTable()
        self._first = b""
        self._start = self._last = self._length = 0
        self._ready: list[bytes] = []
        self._held: bytes | None = None
        self.codec, self.samples = stream.codec, 0

    def add(self, sample: Sample) -> None:
        if not self._first:
            self._first = sample.data
            config = sound_config(self._stream.extradata, sample.data) if self.codec == "aac" else None
            self._rate = config.sample_rate if config else self._rate
        data = sample.data[adts_header_bytes(sample.data) :] if self.codec == "aac" else sample.data
        if not data:
            return
        at = max(0, (sample.pts_ns - self._start_ns) * self._rate // _SECOND_NS)
        if self._held is None:
            self._start = at
        else:
            expected = self._last + self._length
            loose = abs(at - expected) * _SECOND_NS <= _LOOSE_NS * self._rate
            at = expected if loose else max(at, self._last + 1)
            self._settle(at - self._last)
        self._held, self._last = data, at
        length_ns = 0 if self.codec == "aac" else sample.duration_ns
        self._length = max(1, length_ns * self._rate // _SECOND_NS) if length_ns else AAC_FRAME
        self.samples += 1

    def take(self) -> list[bytes]:
        ready, self._ready = self._ready, []
        return ready

    def finish(self, end_ns: int) -> None:
        if self._held is not None:
            self._settle(self._length)
            self._held = None

    def _settle(self, duration: int) -> None:
        if self._held is not None:
            self._table.add(len(self._held), duration)
            self._ready.append(self._held)

    def lies_at(self, offset: int, samples: Sequence[bytes]) -> None:
        self._table.chunk(offset, len(samples))

    @property
    def end_ns(self) -> int:
        return self._start_ns + (self._start + self._table.duration) * _SECOND_NS // self._rate

    def boxes(self) -> TrackBoxes | None:
        if not self.samples:
            return None
        if self.codec == "opus" and self._stream.channels <= _MOST_CHANNELS:
            entry = opus_entry(self._stream.channels or 1)
        else:
            config = sound_config(self._stream.extradata, self._first) if self.codec == "aac" else None
            if config is None:
                return None
            entry = aac_entry(config).box
        return TrackBoxes(self._track_id, "audio", self._rate, entry, self._table, self._start)

    @property
    def facts(self) -> TrackFacts:
        return TrackFacts("audio", self.codec, self.samples)


class _Plain:
    """Sound as samples of one size: G.711 and PCM. A hole lengthens the last sample before it."""

    def __init__(self, track_id: int, stream: Stream, start_ns: int) -> None:
        self._track_id, self._stream, self._start_ns = track_id, stream, start_ns
        self._rate, self._channels = stream.sample_rate or 8_000, stream.channels or 1
        self._frame = self._channels * (2 if stream.codec == "pcm_s16be" else 1)
        self._table = SampleTable(self._frame)
        self._start = -1
        self._ready: list[bytes] = []
        self.codec, self.samples = stream.codec, 0

    def add(self, sample: Sample) -> None:
        frames = len(sample.data) // self._frame
        self.samples += 1
        if not frames:
            return
        at = max(0, (sample.pts_ns - self._start_ns) * self._rate // _SECOND_NS)
        if self._start < 0:
            self._start = at
        else:
            hole = at - (self._start + self._table.duration)
            if hole * _SECOND_NS > _LOOSE_NS * self._rate:
                self._table.lengthen(hole)
        self._table.add_equal(frames, 1)
        self._ready.append(sample.data[: frames * self._frame])

    def take(self) -> list[bytes]:
        ready, self._ready = self._ready, []
        return ready

    def finish(self, end_ns: int) -> None:
        """All of it is there."""

    def lies_at(self, offset: int, samples: Sequence[bytes]) -> None:
        self._table.chunk(offset, sum(map(len, samples)) // self._frame)

    @property
    def end_ns(self) -> int:
        return self._start_ns + (max(0, self._start) + self._table.duration) * _SECOND_NS // self._rate

    def boxes(self) -> TrackBoxes | None:
        if not self._table.count or self._channels > _MOST_CHANNELS:
            return None
        entry = pcm_entry(self.codec, self._channels, self._rate)
        return TrackBoxes(self._track_id, "audio", self._rate, entry, self._table, self._start)

    @property
    def facts(self) -> TrackFacts:
        return TrackFacts("audio", self.codec, self.samples)
