"""What of a stopped office's footage can really be decrypted, as unbroken takes, and what a fault cost of it.

The sound of the steady test card (``tests.peers``) has no seam: its packets follow each other exactly as long as one
connection lasts and nothing is lost on the way to the ring. So a take ends where a packet is missing, and nowhere else.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.api import NO_PTS
from appliance.core.clock import SystemClock
from appliance.core.model import Span, subtract
from appliance.formats.fragments import decode_fragment, decode_streams, packet_wall_ns
from appliance.formats.segment import MEDIA, STREAMS, SegmentOpener
from appliance.keeper.context import Stores
from appliance.keeper.stores import open_stores
from appliance.storage.files import RealFs
from appliance.vault.index.shelves import Shelves
from appliance.vault.keys.vault import VaultPrivate
from appliance.vault.ring.ring import Stretch
from tests.box import OFFICER, Box

__all__ = ["ALWAYS", "Film", "films_of", "stopped"]

ALWAYS = Span(0, 1 << 62)
_FRAGMENT_NS = 600_000_000
"""A fragment and the last packet's length: how exactly the ring has to know where footage ends."""


_JITTER_NS = 100_000_000
"""How far the wall clock of two packets that follow each other may be apart; another connection's may by chance
continue the numbers of the last."""


class _Sound(NamedTuple):
    """One sound packet on the wall clock. ``pts`` and ``duration`` are in its own time base."""

    start_ns: int
    end_ns: int
    pts: int
    duration: int


class Film:
    """One camera's. ``takes``: unbroken recording, in order. ``claimed``: what the ring says there is."""

    def __init__(self, camera_no: str, takes: Sequence[Span], claimed: Sequence[Span]) -> None:
        self.camera_no, self.takes, self.claimed = camera_no, tuple(takes), tuple(claimed)

    def lost_ns(self, at_ns: int, live_ns: int) -> int:
        """How much of the footage before the fault at ``at_ns`` is not there; the camera was live from ``live_ns``."""
        if any(take.start_ns <= at_ns < take.end_ns for take in self.takes):
            return 0
        end_ns = max((take.end_ns for take in self.takes if take.end_ns <= at_ns), default=0)
        return at_ns - max(end_ns, live_ns)

    def breaks(self, start_ns: int) -> list[Span]:
        """From where to where recording was interrupted, from ``start_ns`` on."""
        takes = [take for take in self.takes if take.end_ns > start_ns]
        return [Span(a.end_ns, max(a.end_ns, b.start_ns)) for a, b in itertools.pairwise(takes)]

    def false_claims(self) -> list[Span]:
        """What the ring says there is and what does not decrypt, or the other way round."""
        takes = [Span(take.start_ns - _FRAGMENT_NS, take.end_ns + _FRAGMENT_NS) for take in self.takes]
        claims = [Span(span.start_ns - _FRAGMENT_NS, span.end_ns + _FRAGMENT_NS) for span in self.claimed]
        wrong = [part for span in self.claimed for part in subtract(span, takes)]
        return wrong + [part for span in self.takes for part in subtract(span, claims)]


@contextlib.contextmanager
def stopped(box: Box) -> Iterator[Stores]:
    """The stopped box's stores."""
    with open_stores(box.settings, RealFs(), SystemClock(assume_trusted=True)) as stores:
        yield stores


def films_of(stores: Stores, camera_nos: Sequence[str], span: Span = ALWAYS) -> dict[str, Film]:
    """Opens everything in ``span`` with the officer's password. Raises Damaged for a frame that does not open."""
    films = {}
    with stores.office.keyholders.unlock(OFFICER.name, OFFICER.password) as vault:
        for camera_no in camera_nos:
            sounds = sorted(_sounds(stores, vault, camera_no, span))
            films[camera_no] = Film(camera_no, list(_takes(sounds)), stores.ring.footage_in(camera_no, span))
    return films


def _sounds(stores: Stores, vault: VaultPrivate, camera_no: str, span: Span) -> Iterator[_Sound]:
    for stretch in stores.ring.find(camera_no, span):
        stored = stores.office.key_store.sealed(stretch.bucket_id)
        assert stored is not None, f"bucket {stretch.bucket_id} has no key"
        with vault.open_buckets([stored]) as keys:
            yield from _opened(stores.ring.shelves, stretch, keys[stretch.bucket_id])


def _opened(shelves: Shelves, stretch: Stretch, key: bytearray) -> Iterator[_Sound]:
    for segment in stretch.segments:
        if not segment.frames:
            continue  # it lost power before its first sync
        read_at = functools.partial(shelves.read_at, stretch.bucket_id, segment.number)
        opener = SegmentOpener(read_at, segment.bytes, key)
        bases: dict[int, tuple[int, int]] = {}
        for frame in opener.frames():
            if frame.type == STREAMS:
                streams = decode_streams(opener.open(frame)).streams
                bases = {each.number: each.time_base for each in streams if each.kind == "audio"}
            elif frame.type == MEDIA:
                fragment = decode_fragment(opener.open(frame))
                for packet in fragment.packets:
                    if packet.stream in bases and packet.pts != NO_PTS:
                        over, under = bases[packet.stream]
                        start_ns = packet_wall_ns(fragment, packet, bases[packet.stream])
                        end_ns = start_ns + packet.duration * over * 1_000_000_000 // under
                        yield _Sound(start_ns, end_ns, packet.pts, packet.duration)


def _takes(sounds: Sequence[_Sound]) -> Iterator[Span]:
    begun = before = None
    for sound in sounds:
        if begun is None or before is None:
            begun = sound
        elif sound.pts != before.pts + before.duration or sound.start_ns > before.end_ns + _JITTER_NS:
            yield Span(begun.start_ns, before.end_ns)
            begun = sound
        before = sound
    if begun is not None and before is not None:
        yield Span(begun.start_ns, before.end_ns)
