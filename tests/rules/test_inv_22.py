"""INV-22: every key release, and every released span (at most 10 s of media ahead), is preceded by a durable ledger
entry that contains it; what the player reports as shown is entered after, and lies inside what was released.

Durable is judged from outside: at each moment that something leaves, the disk is cut as by a power failure with
nothing unsynced surviving, and the ledger is read from what is left.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import av
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.core.clock import SLOT_NS
from appliance.core.errors import NotFound, Refused
from appliance.core.model import Span, merge
from appliance.ledger.entry import Entry, decode_entry
from appliance.ledger.log import FILE_NAME
from appliance.sandbox.protocol import Block, Opening, PictureOrder, Sample
from appliance.services.viewing.playback import MAX_SECONDS
from appliance.storage.journal import entries_of
from appliance.vault.keys.vault import VaultPrivate
from tests.sandbox.films import film
from tests.services.viewing import NOON_NS, PASSWORD, LocalDarkroom, LocalViewer, Office
from tests.vault.ringcases import LEDGER

SECOND_NS = 1_000_000_000
START_NS = NOON_NS - 10 * SECOND_NS


def durable(office: Office) -> list[Entry]:
    """The ledger's entries that a power cut at this instant would leave."""
    bodies, _ = entries_of(office.fs.image("none").read(f"{LEDGER}/{FILE_NAME}"))  # type: ignore[attr-defined]
    return [decode_entry(index, body) for index, body in enumerate(bodies)]


def released(entries: Sequence[Entry], grant_id: str, camera_no: str = "C1") -> list[Span]:
    return merge(
        Span(entry.fields["start_ns"], entry.fields["end_ns"])
        for entry in entries
        if entry.kind == "footage.released"
        and entry.fields["grant"] == grant_id
        and entry.fields["camera_no"] == camera_no
    )


class WatchedDarkroom(LocalDarkroom):
    """Whatever leaves the keeper is held against the ledger that is durable at that moment."""

    def __init__(self) -> None:
        super().__init__()
        self.office: Any = None
        self.grant_id = ""
        self.left = 0

    def connect(self) -> LocalViewer:
        return _WatchedViewer(self)

    def check(self, moments: Sequence[int]) -> None:
        entries = durable(self.office)
        spans = released(entries, self.grant_id)
        for moment in moments:
            assert any(span.holds(moment) for span in spans), f"{moment} left without a durable entry"
        opened = next(entry for entry in entries if entry.kind == "grant.opened")
        granted = [Span(each["start_ns"], each["end_ns"]) for each in opened.fields["spans"]]
        assert all(any(whole.contains(span) for whole in granted) for span in spans)
        self.left += len(moments)


class _WatchedViewer(LocalViewer):
    def __init__(self, darkroom: WatchedDarkroom) -> None:
        super().__init__(darkroom.fed)
        self._darkroom = darkroom

    def open(self, opening: Opening) -> None:
        super().open(opening)

    def push(self, samples: Sequence[Sample]) -> Block:
        self._darkroom.check([sample.pts_ns for sample in samples])
        return super().push(samples)

    def picture(self, order: PictureOrder, key: bytes) -> bytes:
        (moment,) = {s.pts_ns for s in FILM_SAMPLES if s.data == key}
        self._darkroom.check([moment])
        return super().picture(order, key)


FILM = film(30, sound="aac")
FILM_SAMPLES = [
    Sample(p.stream, p.data, START_NS + round(FILM.seconds(p) * 1e9), None, 0, p.is_key) for p in FILM.packets
]


def opened_office() -> tuple[Office, WatchedDarkroom]:
    darkroom = WatchedDarkroom()
    office = Office(darkroom=darkroom)
    darkroom.office = office
    office.record_film(FILM, START_NS)
    return office, darkroom


def test_no_key_is_released_before_its_entry_is_durable(monkeypatch: pytest.MonkeyPatch) -> None:
    office, _ = opened_office()
    case = office.granted(START_NS, START_NS + 20 * SECOND_NS)
    opened: list[set[str]] = []
    open_allocation, unlock = VaultPrivate.open_allocation, office.keyholders.unlock

    def entered_buckets() -> set[str]:
        return {
            bucket_id
            for entry in durable(office)
            if entry.kind == "grant.opened" and entry.fields["case"] == case
            for bucket_id in entry.fields["buckets"]
        }

    def watched_unlock(person: str, password: str) -> VaultPrivate:
        assert entered_buckets(), "the vault is opened after the entry"
        return unlock(person, password)

    def watched_open(self: VaultPrivate, sealed_key: bytes, allocation_id: str) -> bytearray:
        opened.append(entered_buckets())
        return open_allocation(self, sealed_key, allocation_id)

    monkeypatch.setattr(office.keyholders, "unlock", watched_unlock)
    monkeypatch.setattr(VaultPrivate, "open_allocation", watched_open)
    grant = office.grants.open(office.two(), case, PASSWORD)
    assert opened
    assert all(set(grant.keys) <= entered for entered in opened), "and names every bucket"


_MOMENTS = st.integers(-2_000, 32_000)
_ASKED = st.one_of(
    st.tuples(st.just("media"), _MOMENTS, st.integers(50, 10_000)),
    st.tuples(st.just("key"), _MOMENTS, st.just(0)),
    st.tuples(st.just("shown"), _MOMENTS, st.integers(1, 12_000)),
    st.tuples(st.just("broken off"), _MOMENTS, st.integers(50, 10_000)),
)


@settings(deadline=None, max_examples=25)
@given(st.tuples(_MOMENTS, st.integers(500, 25_000)), st.lists(_ASKED, max_size=8))
@example((0, 25_000), [("key", 1_000, 0), ("key", 15_000, 0)])
def test_nothing_leaves_before_a_durable_entry_contains_it(
    granted: tuple[int, int], asked: list[tuple[str, int, int]]
) -> None:
    office, darkroom = opened_office()
    span = Span(START_NS + granted[0] * 1_000_000, START_NS + (granted[0] + granted[1]) * 1_000_000)
    grant = office.view(span.start_ns, span.end_ns)
    darkroom.grant_id = grant.grant_id
    for what, moment, length in asked:
        start_ns = START_NS + moment * 1_000_000
        try:
            if what == "key":
                office.playback.key(grant, "C1", start_ns)
            elif what == "shown":
                office.playback.shown(grant, [("C1", Span(start_ns, start_ns + length * 1_000_000))])
            else:
                media = office.playback.media(grant, "C1", start_ns, length / 1000)
                if what == "media":
                    list(media.blocks)
        except (Refused, NotFound):
            continue
    entries = durable(office)
    spans = released(entries, grant.grant_id)
    for entry in entries:
        if entry.kind == "footage.released":
            length_ns = entry.fields["end_ns"] - entry.fields["start_ns"]
            assert length_ns <= (MAX_SECONDS + 1) * SECOND_NS, "ten seconds ahead, from a key frame a second back"
        if entry.kind == "footage.shown":
            for each in entry.fields["spans"]:
                assert any(whole.contains(Span(each["start_ns"], each["end_ns"])) for whole in spans)


def test_the_check_itself_finds_what_leaves_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper that enters a release after sending it must fail this test's own watch."""
    office, darkroom = opened_office()
    grant = office.view(START_NS, START_NS + 20 * SECOND_NS)
    darkroom.grant_id = grant.grant_id
    monkeypatch.setattr(office.grants, "release", lambda *_: None)
    with pytest.raises(AssertionError, match="without a durable entry"):
        office.playback.media(grant, "C1", START_NS, 5)
    with pytest.raises(AssertionError, match="without a durable entry"):
        office.playback.key(grant, "C1", START_NS + 5 * SECOND_NS)


def test_a_picture_and_its_entry_name_the_same_bucket() -> None:
    office, darkroom = opened_office()
    grant = office.view(START_NS, START_NS + 28 * SECOND_NS)
    darkroom.grant_id = grant.grant_id
    picture = office.playback.key(grant, "C1", NOON_NS + 3 * SECOND_NS)
    with av.open(io.BytesIO(picture.jpeg)) as jpeg:
        assert next(jpeg.decode(video=0)).width == 320
    entry = durable(office)[-1]
    assert entry.kind == "footage.released"
    wanted = [b for b in grant.stretches["C1"] if b.slot_start_ns <= picture.at_ns < b.slot_start_ns + SLOT_NS]
    assert {stretch.bucket_id for stretch in wanted} <= set(entry.fields["buckets"])
