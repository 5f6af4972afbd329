"""Footage that somebody cut, exchanged or gave another name: what is missing is told, nothing false is shown."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence

import msgspec
import pytest

from appliance.core.errors import Unavailable
from appliance.core.model import BucketOpening, SegmentFile, Span, from_wire, to_wire
from appliance.formats.segment import FrameInfo, scan
from appliance.services.viewing.grant import Grant
from appliance.vault.index.catalogue import Closed, Destroyed
from appliance.vault.index.projection import manifest_hash
from tests.faults.memory_fs import MemoryFs
from tests.sandbox.films import FPS, Film, film, numbers, read
from tests.services.viewing import NOON_NS, PASSWORD, Office
from tests.vault.ringcases import kinds

SECOND_NS = 1_000_000_000
SECONDS = 12


def at(seconds: float) -> int:
    return NOON_NS + round(seconds * SECOND_NS)


def filmed(*parts: tuple[Film, float]) -> Office:
    """One bucket of C1 with a segment for each film, from its second on."""
    office = Office()
    items, arrivals = [], {}
    for made, start in parts:
        items += [made.streams, *made.packets]
        arrivals.update({id(packet): at(start + made.seconds(packet)) for packet in made.packets})
    office.record_items(items, lambda packet: arrivals[id(packet)])
    return office


def paths_of(office: Office, camera_no: str = "C1") -> list[str]:
    return [
        office.shelves.ring_path(stretch.bucket_id, segment.number)
        for stretch in office.ring.find(camera_no, Span(0, 1 << 62))
        for segment in stretch.segments
    ]


def put(office: Office, path: str, data: bytes) -> None:
    assert isinstance(office.fs, MemoryFs)
    office.fs.put(path, data)


def played(office: Office, grant: Grant, seconds: float = SECONDS) -> list[int]:
    """The number of each picture that a player shows of these seconds."""
    shown: list[int] = []
    where: int | None = at(0)
    while where is not None and where < at(seconds):
        media = office.playback.media(grant, "C1", where, 10)
        data = b"".join(media.blocks)
        shown += numbers(read(data).pictures) if media.mime else []
        where = media.next_ns
    return shown


def frames_of(data: bytes) -> Sequence[FrameInfo]:
    return scan(lambda offset, size: data[offset : offset + size], len(data)).frames


def lost_pictures(office: Office, grant: Grant) -> set[int]:
    """The pictures that lie in a gap of the cause *damaged*, rounded outwards."""
    gaps = [gap for gap in office.playback.timeline(grant)["C1"].gaps if gap.cause == "damaged"]
    return {
        number
        for gap in gaps
        for number in range(SECONDS * FPS)
        if gap.start_ns - SECOND_NS // FPS <= at(number / FPS) <= gap.end_ns
    }


@pytest.fixture
def office() -> Office:
    return filmed((film(SECONDS), 0))


def _cuts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The file cut within and at the end of each frame, and each frame and each pair of neighbours taken out."""
    frames = frames_of(data)
    for frame in frames:
        yield f"cut after frame {frame.index}", data[: frame.end]
        yield f"cut within frame {frame.index}", data[: frame.offset + 11]
        yield f"frame {frame.index} taken out", data[: frame.offset] + data[frame.end :]
    for one, other in itertools.pairwise(frames):
        yield f"frames {one.index} and {other.index} taken out", data[: one.offset] + data[other.end :]
    yield "cut within the footer", data[:-30]
    yield "cut by a byte", data[:-1]


def test_every_cut_and_every_frame_taken_out_is_told_and_what_is_missing_is_a_gap(office: Office) -> None:
    (path,) = paths_of(office)
    whole = office.fs.read(path)
    token = office.two()
    case = office.granted(at(0), at(SECONDS))
    tried = 0
    for what, data in _cuts(whole):
        put(office, path, data)
        office.damage.clear()
        grant = office.grants.open(token, case, PASSWORD)
        shown = played(office, grant)
        missing = set(range(SECONDS * FPS)) - set(shown)
        assert office.damage, what
        assert len(shown) == len(set(shown)), what
        assert missing <= lost_pictures(office, grant), what
        office.grants.end_of_session(grant.session_id, "over")
        tried += 1
    assert tried > 60


def test_a_tail_that_grew_is_told_and_costs_nothing(office: Office) -> None:
    (path,) = paths_of(office)
    put(office, path, office.fs.read(path) + bytes(200))
    grant = office.view(at(0), at(SECONDS))
    assert played(office, grant) == list(range(SECONDS * FPS))
    assert office.playback.timeline(grant)["C1"].gaps == []
    assert [text.split(": ", 1)[1].split(" bytes")[0].isdigit() for text in office.damage] == [True]


def test_segments_of_one_bucket_that_changed_places_are_told_and_not_shown() -> None:
    """They have one key, so only the number in the header tells one from the other."""
    office = filmed((film(4), 0), (film(4, first=100, width=640), 5), (film(4, first=200), 10))
    paths = paths_of(office)
    files = {path: office.fs.read(path) for path in paths}
    assert len(paths) == 3
    token, case = office.two(), office.granted(at(0), at(14))
    swaps = [(a, b) for a in paths for b in paths if a != b]
    for target, source in swaps:
        for path, data in files.items():
            put(office, path, data)
        put(office, target, files[source])
        office.damage.clear()
        grant = office.grants.open(token, case, PASSWORD)
        shown = played(office, grant, 14)
        expected = {path: set(range(100 * n, 100 * n + 4 * FPS)) for n, path in enumerate(paths)}
        assert set(shown) == set().union(*(there for path, there in expected.items() if path != target))
        assert len(office.damage) == 1
        assert "lies in its place" in office.damage[0]
        part = paths.index(target)
        damaged = [gap for gap in office.playback.timeline(grant)["C1"].gaps if gap.cause == "damaged"]
        assert [gap.start_ns <= at(5 * part + 2) < gap.end_ns for gap in damaged] == [True]
        office.grants.end_of_session(grant.session_id, "over")


def test_another_file_of_the_same_key_number_and_size_is_not_shown(office: Office) -> None:
    """Who has the bucket's key can make one; that its table has other frames gives it away, else its hash does."""
    (stretch,) = office.ring.find("C1", Span(0, 1 << 62))
    (file,) = stretch.segments
    other = msgspec.structs.replace(file, frames=file.frames - 1)
    _close_anew(office, stretch.bucket_id, other, in_ledger=True)
    grant = office.view(at(0), at(SECONDS))
    assert played(office, grant) == []
    assert "another one of" in office.damage[0]


# --- the manifest ---


def _close_anew(office: Office, bucket_id: str, file: SegmentFile, *, in_ledger: bool) -> None:
    """The catalogue, written by somebody who has its key, says something else of a bucket's file."""
    (note,) = [
        each for _, notes in office.catalogue.entries() for each in notes
        if isinstance(each, Closed) and each.manifest.bucket_id == bucket_id
    ]  # fmt: skip
    manifest = msgspec.structs.replace(note.manifest, segments=(file,))
    size = office.ledger.size
    office.ring.note(Destroyed(bucket_ids=(bucket_id,), reason="?", at_ns=0, intent=0))
    office.ring.note(Closed(manifest=manifest, ledger_size=size if in_ledger else note.ledger_size))
    if in_ledger:
        manifests = {bucket_id: manifest_hash(manifest).hex()}
        office.ledger.append("manifests.closed", {"slot_start_ns": 0, "manifests": manifests})


def test_INV_26_footage_whose_manifest_is_not_the_ledgers_is_told_and_not_shown(office: Office) -> None:
    (path,) = paths_of(office)
    (stretch,) = office.ring.find("C1", Span(0, 1 << 62))
    cut = office.fs.read(path)
    cut = cut[: frames_of(cut)[5].end]
    put(office, path, cut)
    file = msgspec.structs.replace(
        stretch.segments[0], bytes=len(cut), sha256=hashlib.sha256(cut).hexdigest(), frames=6, complete=False
    )
    _close_anew(office, stretch.bucket_id, file, in_ledger=False)
    grant = office.view(at(0), at(SECONDS))
    assert grant.keys == {}
    assert played(office, grant) == []
    assert "not the one in the ledger" in office.damage[0]
    assert [gap.cause for gap in office.playback.timeline(grant)["C1"].gaps] == ["damaged"]


# --- the index ---


def _of(camera_no: str) -> Callable[[Office], str]:
    def bucket(office: Office) -> str:
        return office.ring.find(camera_no, Span(0, 1 << 62))[0].bucket_id

    return bucket


def _swap_cameras(office: Office, one: bytes, other: bytes) -> None:
    office.index._write("UPDATE buckets SET camera_no = 'C1' WHERE bucket = ?", other)
    office.index._write("UPDATE buckets SET camera_no = 'C2' WHERE bucket = ?", one)


WRITTEN: dict[str, Callable[[Office, bytes, bytes], None]] = {
    "another camera's footage": _swap_cameras,
    "another slot": lambda office, one, other: office.index._write(
        "UPDATE buckets SET slot_start_ns = slot_start_ns - 600000000000 WHERE bucket = ?", one
    ),
    "another time": lambda office, one, other: office.index._write(
        "UPDATE buckets SET start_ns = start_ns - 1000000000 WHERE bucket = ?", one
    ),
    "a shorter file": lambda office, one, other: office.index._write(
        "UPDATE segments SET bytes = bytes - 100, frames = 4 WHERE bucket = ?", one
    ),
    "no files": lambda office, one, other: office.index._write("DELETE FROM segments WHERE bucket = ?", one),
    "another place in the catalogue": lambda office, one, other: office.index._write(
        "UPDATE buckets SET entry = entry + 1 WHERE bucket = ?", one
    ),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_what_is_written_into_the_index_opens_no_key_and_shows_nothing(what: str) -> None:
    office = filmed((film(4), 0))
    office.record_film(film(4, first=300), NOON_NS, camera_no="C2")
    one, other = (bytes.fromhex(_of(camera)(office)) for camera in ("C1", "C2"))
    WRITTEN[what](office, one, other)
    with pytest.raises(Unavailable, match="not as the catalogue has it"):
        office.view(at(0), at(4))
    assert "grant.opened" not in kinds(office.ledger)
    assert office.index.changed
    assert not office.index.healthy
    office.index.rebuild(office.index.doubt)
    assert played(office, office.view(at(0), at(4)), 4) == list(range(4 * FPS))
    assert office.damage == []


def test_a_bucket_that_is_being_recorded_opens_for_the_camera_of_its_key_alone() -> None:
    """The index says whose it is; nothing else is sealed of it yet but its key, and that says it too."""
    office = Office()
    office.record_film(film(4), NOON_NS, camera_no="C2", close=False)
    ((bucket, row),) = office.index._rows("SELECT bucket, opening FROM openings")
    opening = from_wire(row, BucketOpening)
    for forged in (
        msgspec.structs.replace(opening, camera_no="C1"),
        msgspec.structs.replace(opening, camera_no="C1", slot_start_ns=opening.slot_start_ns + 1),
    ):
        office.index._write(
            "UPDATE openings SET camera_no = 'C1', opening = ? WHERE bucket = ?", to_wire(forged), bucket
        )
        with pytest.raises(Unavailable, match="not as the catalogue has it"):
            office.view(at(0), at(4))
    assert "grant.opened" not in kinds(office.ledger)
    office.index.rebuild("a test")
    assert office.view(at(0), at(4)).keys == {}, "C1 recorded nothing"
    assert len(office.view(at(0), at(4), "C2").keys) == 1


def test_a_key_of_another_camera_than_its_manifest_says_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    office = filmed((film(4), 0))
    sealed = office.keystore.sealed

    def moved(bucket_id: str) -> object:
        found = sealed(bucket_id)
        assert found is not None
        return (*found[:2], msgspec.structs.replace(found[2], camera_no="C2"))

    monkeypatch.setattr(office.keystore, "sealed", moved)
    grant = office.view(at(0), at(4))
    assert grant.keys == {}
    assert played(office, grant, 4) == []
    assert "its key is of camera C2" in office.damage[0]
