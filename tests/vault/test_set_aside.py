"""What no table can take never stops a start: it is set aside, told, and nothing is destroyed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.core.errors import Broken
from appliance.core.model import BucketOpening, Gap, Manifest, SegmentFile, to_wire
from appliance.installation.verification import verify_all
from appliance.vault.index import catalogue as written
from appliance.vault.index.catalogue import Catalogue, Closed, GapFound, Opened
from appliance.vault.index.index import Index
from tests.vault.ringcases import CATALOGUE, CATALOGUE_KEY, MONDAY_NS, MovingClock, Store, drawn, new_disk
from tests.vault.test_loading import tables

OPENING = BucketOpening(
    bucket_id="ab" * 16,
    camera_no="C1",
    slot_start_ns=MONDAY_NS,
    start_ns=MONDAY_NS,
    boot_id="b",
    boot_ns=1,
    trusted=True,
)
FILE = SegmentFile(number=0, bytes=9, sha256="cd" * 32, frames=1, start_ns=MONDAY_NS, end_ns=MONDAY_NS + 1)
MANIFEST = Manifest.of(OPENING, MONDAY_NS + 1, [FILE])
GAP = Gap(camera_no="C1", start_ns=1, end_ns=2, cause="disk")


def but(record: Any, **changes: object) -> Any:
    return msgspec.structs.replace(record, **changes)


POISON = {
    "a gap that begins beyond 64 bits": GapFound(gap=but(GAP, start_ns=1 << 63)),
    "a gap that ends far below zero": GapFound(gap=but(GAP, end_ns=-(1 << 63))),
    "an opening of no bucket": Opened(opening=but(OPENING, bucket_id="no id")),
    "an opening with a boot of a megabyte": Opened(opening=but(OPENING, boot_id="b" * 1_000_000)),
    "a manifest whose file has no hash": Closed(
        manifest=but(MANIFEST, segments=(but(FILE, sha256="zz"),)), ledger_size=1
    ),
    "a manifest with a length beyond 64 bits": Closed(
        manifest=but(MANIFEST, segments=(but(FILE, bytes=1 << 63),)), ledger_size=1
    ),
    "a manifest that ended in the year 2300": Closed(
        manifest=but(MANIFEST, end_ns=10_413_792_000 * 10**9), ledger_size=1
    ),
}


class Unknown(msgspec.Struct, tag="unknown"):
    """A note of no version."""


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(new_disk(), CATALOGUE, CATALOGUE_KEY, MovingClock(), drawn("catalogue"))


@pytest.mark.parametrize("name", POISON)
def test_what_no_start_could_read_is_never_written(name: str, catalogue: Catalogue) -> None:
    catalogue.append(GapFound(gap=GAP))
    with pytest.raises(Broken, match="nothing was written"):
        catalogue.append(GapFound(gap=GAP), POISON[name])
    assert [notes for _, notes in catalogue.entries()] == [[GapFound(gap=GAP)]]


def _unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier version, or a defect: notes go into the catalogue without a look."""
    monkeypatch.setattr(written, "from_wire", lambda data, kind: [])


@pytest.mark.parametrize("name", [*POISON, "a note of no version"])
def test_what_lies_in_the_catalogue_and_cannot_be_read_is_set_aside(
    name: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = Index(":memory:", catalogue, list)
    catalogue.append(GapFound(gap=GAP))
    with monkeypatch.context() as earlier:
        _unchecked(earlier)
        catalogue.append(POISON.get(name, Unknown()))
    catalogue.append(Opened(opening=OPENING))
    following.follow()
    anew = Index(":memory:", catalogue, list)
    for index in (following, anew):
        assert [tuple(each.place) for each in index.set_aside()] == [(1, 1)]
        assert index.doubt == ""
        assert not index.healthy
        assert index.opening(OPENING.bucket_id) is not None
        assert len(index.noted_gaps("C1", MANIFEST.span)) == 1
    assert tables(anew) == tables(following)
    catalogue.check()


@pytest.mark.parametrize("at", [1, 3])
def test_what_can_be_read_and_no_table_takes_is_set_aside_whole(
    at: int, tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two gaps in one entry, the second too large for the table: neither is in it, whichever way it is made."""
    gaps = [GapFound(gap=but(GAP, camera_no=f"C{n}")) for n in range(4)]
    monkeypatch.setattr(written, "from_wire", lambda data, kind: _decoded(data))
    path = str(tmp_path / "index")
    with Index(path, catalogue, list) as first:
        catalogue.append(*gaps[:at])
        catalogue.append(GapFound(gap=but(GAP, camera_no="C1")), POISON["a gap that begins beyond 64 bits"])
        catalogue.append(*gaps[at:])
        first.follow()
        found = tables(first)
        assert len(found["aside"]) == 1
        assert len(found["gaps"]) == 4
    with Index(path, catalogue, list) as again:
        assert again.rebuilt == ""
        assert tables(again) == found
        again.outdate()
    with Index(path, catalogue, list) as anew:
        assert anew.rebuilt
        assert tables(anew) == found


def test_an_entry_that_a_table_in_memory_does_not_take_changes_no_other(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it comes after the index was made: what others are compared with follows the catalogue as well."""
    monkeypatch.setattr(written, "from_wire", lambda data, kind: _decoded(data))
    catalogue.append(GapFound(gap=GAP))
    with Index(":memory:", catalogue, list) as kept, kept.anew() as truth:
        catalogue.append(GapFound(gap=but(GAP, camera_no="C2")), POISON["a gap that begins beyond 64 bits"])
        for index in (kept, truth):
            index.follow()
            found = tables(index)
            assert len(found["gaps"]) == len(found["aside"]) == 1


def _decoded(data: bytes) -> list[Any]:
    """Gaps without bounds."""
    return [GapFound(gap=Gap(**each["gap"])) for each in msgspec.msgpack.decode(data, type=list[dict[str, Any]])]


def test_nothing_is_destroyed_and_verify_is_not_good_while_an_entry_is_set_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Store(new_disk())
    made = store.record("C1", MONDAY_NS)
    store.clock.go_to(MONDAY_NS + 60 * 86_400 * 10**9)
    assert store.destruction.judge().due == (made.bucket_id,)
    with monkeypatch.context() as earlier:
        _unchecked(earlier)
        store.catalogue.append(POISON["a gap that begins beyond 64 bits"])
    store.index.follow()
    verdict = store.destruction.judge()
    assert [danger.kind for danger in verdict.danger] == ["index"]
    assert verdict.due == ()
    (bad,) = verify_all(store.ring, store.ledger).bad
    assert bad.what == "set aside"
    assert "000002-" in bad.detail


def test_a_manifest_names_each_segment_once() -> None:
    twice = msgspec.msgpack.encode(msgspec.to_builtins(MANIFEST) | {"segments": [msgspec.to_builtins(FILE)] * 2})
    with pytest.raises(msgspec.ValidationError, match="one number"):
        msgspec.msgpack.decode(twice, type=Manifest)


ENCODED: dict[str, Callable[[], bytes]] = {"gap": lambda: to_wire(GAP), "manifest": lambda: to_wire(MANIFEST)}


@pytest.mark.parametrize("kind", ENCODED)
def test_what_keeps_to_the_bounds_is_read_as_it_was(kind: str) -> None:
    record = {"gap": GAP, "manifest": MANIFEST}[kind]
    assert msgspec.msgpack.decode(ENCODED[kind](), type=type(record)) == record
