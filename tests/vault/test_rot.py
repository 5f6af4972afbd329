"""Every kind of rot of a closed segment, and what the scrub says of it: the camera, and exactly the seconds. Nothing is
mended, moved or taken away."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest

from appliance.core.model import Manifest, Span
from appliance.formats.segment import HEADER_BYTES, FrameInfo, scan
from appliance.installation.verification import verify_all
from appliance.rules.deadlines import DAY_NS
from tests.faults.memory_fs import MemoryFs
from tests.vault.ringcases import MONDAY_NS, Store, days_later, new_disk

SECOND = 1_000_000_000
WHOLE = (0, 600)
"""Frames stand at each full minute of a bucket of ten; a lost one takes along what nobody knows of the one before."""


@pytest.fixture
def store() -> Store:
    return Store(new_disk())


def _path(store: Store, manifest: Manifest) -> str:
    return store.shelves.ring_path(manifest.bucket_id, 0)


def _frames(data: bytes) -> list[FrameInfo]:
    return list(scan(lambda at, n: data[at : at + n], len(data)).frames)


def _flipped(data: bytes, byte: int) -> bytes:
    return data[:byte] + bytes([data[byte] ^ 8]) + data[byte + 1 :]


def _zeroed(data: bytes, start: int) -> bytes:
    return data[:start] + bytes(len(data) - start)


ROT: dict[str, tuple[Callable[[bytes], bytes], str, list[tuple[int, int]]]] = {
    "the header": (lambda d: _flipped(d, 40), "changed", [WHOLE]),
    "the first frame": (lambda d: _flipped(d, _frames(d)[0].offset + 30), "changed", [(0, 60)]),
    "a frame's length": (lambda d: _flipped(d, _frames(d)[4].offset + 3), "changed", [(180, 300)]),
    "a frame's content": (lambda d: _flipped(d, _frames(d)[4].offset + 30), "changed", [(180, 300)]),
    "two frames": (
        lambda d: _flipped(_flipped(d, _frames(d)[2].offset + 30), _frames(d)[7].offset + 30),
        "changed",
        [(60, 180), (360, 480)],
    ),
    "the last frame": (lambda d: _flipped(d, _frames(d)[9].offset + 30), "changed", [(480, 600)]),
    "the footer": (lambda d: _flipped(d, len(d) - 40), "changed", []),
    "the trailer": (lambda d: _flipped(d, len(d) - 2), "changed", []),
    "a tail cut off": (lambda d: d[: _frames(d)[6].offset + 9], "size", [(300, 600)]),
    "a tail of zeros": (lambda d: _zeroed(d, _frames(d)[6].offset), "changed", [(300, 600)]),
    "a tail that grew": (lambda d: d + bytes(100), "size", []),
    "all of it": (lambda d: bytes(len(d)), "changed", [WHOLE]),
    "an empty file": (lambda d: b"", "size", [WHOLE]),
    "only its header left": (lambda d: d[:HEADER_BYTES], "size", [WHOLE]),
}


@pytest.mark.parametrize("name", ROT)
def test_rot_in(name: str, store: Store) -> None:
    """One segment of two rots: the scrub names it and its seconds, and the other not at all."""
    change, what, lost = ROT[name]
    manifest, sound = store.record("C7"), store.record("C8")
    fs = store.fs
    assert isinstance(fs, MemoryFs)
    rotten = change(fs.read(_path(store, manifest)))
    fs.put(_path(store, manifest), rotten)
    (damage,) = store.scrub.step(1 << 20)
    assert (damage.bucket_id, damage.camera_no, damage.number, damage.what) == (manifest.bucket_id, "C7", 0, what)
    assert _seconds(damage.lost) == lost
    assert fs.read(_path(store, manifest)) == rotten, "kept as it is"
    assert fs.exists(_path(store, sound))
    (bad,) = verify_all(store.ring, store.ledger).bad
    assert (bad.bucket_id, bad.what) == (manifest.bucket_id, what)


def _seconds(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    return [((s.start_ns - MONDAY_NS) // SECOND, (s.end_ns - MONDAY_NS) // SECOND) for s in spans]


def test_a_file_that_is_missing(store: Store) -> None:
    manifest = store.record("C7")
    store.fs.unlink(_path(store, manifest))
    (damage,) = store.scrub.step(1 << 20)
    assert (damage.camera_no, damage.what, _seconds(damage.lost)) == ("C7", "missing", [WHOLE])


@pytest.mark.parametrize("minutes", [10, 4])
def test_two_files_that_were_exchanged(store: Store, minutes: int) -> None:
    """Each is whole in itself, so only its header tells: all of both is lost where it should be."""
    one, other = store.record("C7"), store.record("C8", seconds=minutes * 60)
    fs, paths = store.fs, [_path(store, one), _path(store, other)]
    assert isinstance(fs, MemoryFs)
    contents = [fs.read(path) for path in paths]
    for path, content in zip(paths, reversed(contents), strict=True):
        fs.put(path, content)
    found = {damage.camera_no: damage for damage in store.scrub.step(1 << 20)}
    assert {no: damage.what for no, damage in found.items()} == {"C7": "exchanged", "C8": "exchanged"}
    assert _seconds(found["C7"].lost) == [WHOLE]
    assert _seconds(found["C8"].lost) == [(0, minutes * 60)]


def test_a_place_that_the_disk_does_not_read_costs_the_frame_that_lies_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = store.record("C7", size=20_000)
    path, read_at = _path(store, manifest), store.fs.read_at
    at = _frames(store.fs.read(path))[4].offset + 8192

    def failing(name: str, offset: int, size: int) -> bytes:
        if name == path and offset <= at < offset + size:
            raise OSError(errno.EIO, os.strerror(errno.EIO), name)
        return read_at(name, offset, size)

    monkeypatch.setattr(store.fs, "read_at", failing)
    (damage,) = store.scrub.step(1 << 20)
    assert (damage.what, _seconds(damage.lost)) == ("unreadable", [(180, 300)])


def test_a_pass_is_over_when_every_segment_was_read_since_the_one_before(store: Store) -> None:
    size = sum(store.record(f"C{n}").bytes for n in range(3))
    assert store.scrub.finished_pass() is None
    store.scrub.step(size // 2)
    assert store.scrub.finished_pass() is None
    store.scrub.step(size)
    done = store.scrub.finished_pass()
    assert done is not None
    assert (done.since_ns, done.segments, done.bytes) == (0, 3, size)
    assert store.scrub.finished_pass() is None, "told once"
    later = days_later(3)
    store.clock.go_to(later)
    new = store.record("C9", later)
    store.scrub.step(new.bytes)
    assert store.scrub.finished_pass() is None, "the new one comes first, the old ones are still to be read again"
    store.scrub.step(size)
    again = store.scrub.finished_pass()
    assert again is not None
    assert (again.since_ns, again.segments) == (MONDAY_NS, 4)
    assert again.since_ns + DAY_NS < later
