"""The footage of one camera that a grant's keys open: its fragments in order, found and opened when asked for.

A fragment's place comes from the segment's authenticated table, or from a scan where a power cut left none; its exact
times are known when it is opened. Segments are opened when first needed and stay open until the grant ends. One that is
not what its proven manifest says (``Ring.find_proven``) is told before its first byte, and what it lacks is lost.
"""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from appliance.api import Streams
from appliance.core.errors import Damaged, NotFound
from appliance.core.model import SegmentFile, Span, merge
from appliance.formats.fragments import Fragment, decode_fragment, decode_streams
from appliance.formats.segment import MEDIA, STARTS_WITH_KEY, STREAMS, FrameInfo, SegmentOpener
from appliance.sandbox.protocol import Sample
from appliance.services.viewing.samples import samples_of
from appliance.vault.index.gaps import HAIRLINE_NS
from appliance.vault.ring.ring import Stretch

__all__ = ["Footage", "Place", "SegmentFiles", "Source"]

_PAUSE_NS = 3_000_000_000
"""Nothing for longer than this within a segment is a gap: the camera stalled."""

_SLOW_NS = 1_000_000_000
"""Of a camera whose pictures are usually further apart than this, a gap is what is longer than three times that."""

_KEPT_OPEN = 4


class SegmentFiles(Protocol):
    """Where segment files are read: the ring's shelves, or those of a viewing copy. Both raise NotFound."""

    def size(self, bucket_id: str, number: int) -> int: ...

    def read_at(self, bucket_id: str, number: int, offset: int, size: int) -> bytes: ...


class _Part(NamedTuple):
    """One segment: its bucket, what its manifest says of it or, while it is recorded, what is durable of it, when its
    bucket begins, and by how much times are corrected. ``wrong``: why it is not shown."""

    bucket_id: str
    file: SegmentFile
    is_open: bool
    bucket_start_ns: int
    by_ns: int
    wrong: str

    @property
    def start_ns(self) -> int:
        return self.file.start_ns

    @property
    def end_ns(self) -> int:
        return self.file.end_ns

    @property
    def span(self) -> Span:
        return Span(self.start_ns, max(self.end_ns, self.start_ns + 1))


class Place(NamedTuple):
    """One fragment. ``start_ns`` is to the millisecond; ``part`` and ``at`` say where it is; ``is_key``: its first
    picture is a key frame. ``streams`` is what its packets belong to."""

    start_ns: int
    part: int
    at: int
    is_key: bool
    frame: FrameInfo
    streams: Streams


class Source(NamedTuple):
    """The segment that a fragment lies in; ``by_ns``: by how much its times are corrected."""

    bucket_id: str
    file: SegmentFile
    by_ns: int


class _Opened(NamedTuple):
    opener: SegmentOpener | None
    places: list[Place]

    @property
    def apart_ns(self) -> int:
        """By how much fragments usually lie apart here."""
        apart = sorted(later.start_ns - one.start_ns for one, later in itertools.pairwise(self.places))
        return apart[len(apart) // 2] if apart else 0


class Footage:
    """Thread-safe. What does not open is told to ``on_damage`` once and left out: each fragment stands alone."""

    def __init__(
        self,
        shelves: SegmentFiles,
        stretches: Sequence[Stretch],
        keys: Mapping[str, bytearray],
        on_damage: Callable[[str], None],
    ) -> None:
        self._shelves, self._keys, self._on_damage = shelves, keys, on_damage
        self._parts = sorted(
            (
                _Part(each.bucket_id, segment, each.is_open, each.start_ns, each.by_ns, each.wrong)
                for each in stretches
                for segment in each.segments
                if segment.frames  # without any, it was cut off before its first sync: nothing is damaged
            ),
            key=lambda part: (part.start_ns, part.bucket_id, part.file.number),
        )
        self._opened: dict[int, _Opened] = {}
        self._read: dict[tuple[int, int], list[Sample]] = {}
        self._lost: set[Span] = set()
        self._ended = False
        self._lock = threading.RLock()

    def forget(self) -> None:
        """Drops every open segment, its derived key and what was read of it."""
        with self._lock:
            self._ended = True
            self._opened.clear()
            self._read.clear()

    def lost(self) -> list[Span]:
        """The stretches without a picture because something in them did not open, as far as it was tried."""
        with self._lock:
            return merge(self._lost)

    # --- finding ---

    def key_before(self, at_ns: int, not_before_ns: int) -> Place | None:
        """The last fragment that begins with a key frame, at or before ``at_ns``."""
        for part in reversed(range(len(self._parts))):
            if self._parts[part].start_ns > at_ns:
                continue
            if self._parts[part].end_ns <= not_before_ns:
                return None
            for place in reversed(self._places(part)):
                if place.start_ns < not_before_ns:
                    break
                if place.is_key and place.start_ns <= at_ns:
                    return place
        return None

    def key_after(self, at_ns: int) -> Place | None:
        """The first fragment that begins with a key frame, at or after ``at_ns``."""
        for part in range(len(self._parts)):
            if self._parts[part].end_ns <= at_ns:
                continue
            for place in self._places(part):
                if place.is_key and place.start_ns >= at_ns:
                    return place
        return None

    def after(self, place: Place) -> Iterator[Place]:
        """The fragments that follow, in order, across segments and gaps."""
        yield from self._places(place.part)[place.at + 1 :]
        for part in range(place.part + 1, len(self._parts)):
            yield from self._places(part)

    def before(self, place: Place) -> Place | None:
        """The fragment just before, if nothing lies between."""
        if place.at:
            found: Place | None = self._places(place.part)[place.at - 1]
        else:
            found = self._places(place.part - 1)[-1] if place.part and self._places(place.part - 1) else None
        return found if found and self.follows(found, place) else None

    def follows(self, place: Place, later: Place) -> bool:
        """Whether ``later``, the next fragment, continues ``place`` with no gap between."""
        if later.start_ns < place.start_ns:
            return False
        apart_ns = later.start_ns - place.start_ns
        if later.part == place.part and apart_ns <= _PAUSE_NS:
            return True
        if later.part != place.part and later.start_ns - self._parts[place.part].end_ns <= HAIRLINE_NS:
            return True
        usual_ns = self._apart_ns(place.part)
        return usual_ns > _SLOW_NS and apart_ns <= 3 * usual_ns

    def bucket_of(self, place: Place) -> str:
        return self._parts[place.part].bucket_id

    def source_of(self, place: Place) -> Source:
        part = self._parts[place.part]
        return Source(part.bucket_id, part.file, part.by_ns)

    def _apart_ns(self, part: int) -> int:
        with self._lock:
            return self._opened[part].apart_ns if part in self._opened else 0

    def within(self, span: Span, around_ns: int = 0) -> Iterator[Place]:
        """The fragments of which something may lie in ``span``, or so much before or after it, in order."""
        for part, known in enumerate(self._parts):
            if known.end_ns <= span.start_ns - around_ns or known.start_ns >= span.end_ns + around_ns:
                continue
            places = self._places(part)
            for place, following in zip(places, (*places[1:], None), strict=True):
                ends_ns = following.start_ns if following else known.end_ns
                if ends_ns > span.start_ns - around_ns and place.start_ns < span.end_ns + around_ns:
                    yield place

    def end_of(self, place: Place) -> int:
        """When the segment ends that a fragment lies in."""
        return self._parts[place.part].end_ns

    # --- opening ---

    def fragment(self, place: Place) -> Fragment | None:
        """The fragment with its true time; None, and ``on_damage`` told, when it does not open."""
        with self._lock:
            opener = self._opened[place.part].opener if not self._ended and place.part in self._opened else None
            if opener is None:
                raise NotFound.of("viewing-ended")
            try:
                fragment = decode_fragment(opener.open(place.frame))
            except (Damaged, NotFound, OSError) as error:
                self._on_damage(f"bucket {self.bucket_of(place)}: {_unread(error)}")
                self._lose(place.part, place.start_ns, place.at + 1)
                return None
            return fragment._replace(anchor_wall_ns=fragment.anchor_wall_ns + self._parts[place.part].by_ns)

    def samples(self, place: Place) -> list[Sample]:
        """The fragment's packets on wall time; none, and ``on_damage`` told, when it does not open."""
        where = place.part, place.at
        with self._lock:
            if where not in self._read or self._ended:
                fragment = self.fragment(place)
                found = samples_of(fragment, place.streams) if fragment else []
                while len(self._read) >= _KEPT_OPEN:
                    del self._read[next(iter(self._read))]
                self._read[where] = found
            return self._read[where]

    def _lose(self, part: int, start_ns: int, following: int) -> None:
        """Notes that there is no picture from ``start_ns`` to the next key frame of this segment, or to its end."""
        later = self._opened[part].places[following:]
        end_ns = next((place.start_ns for place in later if place.is_key), self._parts[part].end_ns)
        self._lost.add(Span(start_ns, max(end_ns, start_ns + 1)))

    def _places(self, part: int) -> list[Place]:
        with self._lock:
            if self._ended:
                raise NotFound.of("viewing-ended")
            if part not in self._opened:
                self._opened[part] = self._open(part)
            return self._opened[part].places

    def _open(self, number: int) -> _Opened:
        part = self._parts[number]
        key = self._keys.get(part.bucket_id)
        if part.wrong:
            self._tell(part, part.wrong)
            self._lost.add(part.span)
        elif key is None:
            self._tell(part, "its key is not in the key store; it was taken away, or given up with the anchor")
            self._lost.add(part.span)
        if key is None or part.wrong:
            return _Opened(None, [])
        places: list[Place] = []
        opener: SegmentOpener | None = None
        try:
            opener, wrong = self._checked(part, key)
            streams: Streams | None = None
            for frame in opener.frames():
                if frame.type == STREAMS:
                    streams = decode_streams(opener.open(frame))
                elif frame.type == MEDIA and streams:
                    start_ns = part.bucket_start_ns + frame.ms * 1_000_000
                    is_key = bool(frame.flags & STARTS_WITH_KEY)
                    places.append(Place(start_ns, number, len(places), is_key, frame, streams))
            if wrong:
                self._tell(part, wrong)
                if len(opener.frames()) < part.file.frames:
                    self._lost.add(_after_last(places, part))
        except (Damaged, NotFound, OSError) as error:
            self._tell(part, _unread(error))
            self._lost.add(_after_last(places, part))
        return _Opened(opener, places)

    def _checked(self, part: _Part, key: bytearray) -> tuple[SegmentOpener, str]:
        """The segment, and in what it is not as it was closed although its frames may be shown: each proves itself.
        Raises Damaged where it is another one."""
        file, read_at = part.file, functools.partial(self._shelves.read_at, part.bucket_id, part.file.number)
        size = file.bytes if part.is_open else self._shelves.size(part.bucket_id, file.number)
        opener = SegmentOpener(read_at, min(size, file.bytes), key)
        header, frames = opener.header, len(opener.frames())
        if (header.bucket_id.hex(), header.number) != (part.bucket_id, file.number):
            raise Damaged(f"segment {header.number} of bucket {header.bucket_id.hex()} lies in its place")
        if opener.complete and not part.is_open and frames != file.frames:
            raise Damaged(f"another one of {frames} frames lies in its place; {file.frames} were closed")
        if size != file.bytes:
            return opener, f"{size} bytes where {file.bytes} were closed; what is left of it is shown"
        if file.complete and not opener.complete:
            return opener, "its footer does not verify; what is left of it is shown"
        return opener, f"{frames} of {file.frames} frames are left; these are shown" if frames < file.frames else ""

    def _tell(self, part: _Part, what: str) -> None:
        self._on_damage(f"bucket {part.bucket_id} segment {part.file.number}: {what}")


def _after_last(places: Sequence[Place], part: _Part) -> Span:
    """What is left of a segment behind its last readable fragment, which lasts as long as the one before it."""
    start_ns = places[-1].start_ns if places else part.start_ns
    if len(places) > 1:
        start_ns += places[-1].start_ns - places[-2].start_ns
    return Span(start_ns, max(part.end_ns, start_ns + 1))


def _unread(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"the disk does not read it ({error.strerror}); what is around it is shown, look at the disk"
    return str(error)
