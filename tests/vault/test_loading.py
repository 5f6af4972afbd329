"""Making the index anew comes to the tables that following note by note comes to, and begins again when interrupted."""

from __future__ import annotations

import random
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.model import BucketOpening, Gap, Manifest, SegmentFile
from appliance.formats.segment_files import segment_name
from appliance.vault.index import derived, index, loading
from appliance.vault.index.catalogue import (
    FIRST,
    Allocated,
    AllocatedBucket,
    Catalogue,
    Closed,
    Destroyed,
    GapFound,
    Note,
    Opened,
    Struck,
)
from appliance.vault.index.index import Index
from tests.faults.mutants import caught_by, changed_module
from tests.vault.ringcases import CATALOGUE, CATALOGUE_KEY, MONDAY_NS, MovingClock, Store, drawn, new_disk

TABLES = ("meta", "boots", "readings", "allocations", "openings", "buckets", "segments", "gaps", "destroyed", "aside")


class Life:
    """Notes of a few buckets in an order that nothing forbids: repeats, and what came late, and now and then what never
    comes."""

    def __init__(self, seed: int, *, strange: bool) -> None:
        self.some, self.strange, self.done = random.Random(seed), strange, set[str]()
        self.ids = [self.some.randbytes(16).hex() for _ in range(6)]
        self.shapes = {each: self.some.randrange(4) for each in self.ids}

    def notes(self) -> Iterator[Note]:
        for _ in range(self.some.randrange(4, 40)):
            yield self.note(self.some.choice(self.ids))

    def note(self, bucket_id: str) -> Note:
        kind = self.some.choice(("allocated", "opened", "opened", "closed", "closed", "destroyed", "struck", "gap"))
        if kind in ("closed", "destroyed") and not self.strange and (kind == "closed") == (bucket_id in self.done):
            kind = "opened"
        made: Note = getattr(self, kind)(bucket_id)
        return made

    def allocated(self, bucket_id: str) -> Note:
        return Allocated(buckets=tuple(self._key(each) for each in {bucket_id, self.some.choice(self.ids)}))

    def _key(self, bucket_id: str) -> AllocatedBucket:
        return AllocatedBucket(bucket_id=bucket_id, camera_no="C1", slot_start_ns=MONDAY_NS)

    def _opening(self, bucket_id: str) -> BucketOpening:
        start_ns = MONDAY_NS + self.ids.index(bucket_id) * SLOT_NS
        return BucketOpening(
            bucket_id=bucket_id,
            camera_no=f"C{self.shapes[bucket_id]}",
            slot_start_ns=start_ns,
            start_ns=start_ns + 7,
            boot_id=("", "aa", "bb", "bb")[self.shapes[bucket_id]],
            boot_ns=self.some.randrange(5) * SLOT_NS,
            trusted=self.some.random() < 0.8,
        )

    def opened(self, bucket_id: str) -> Note:
        some = self.some
        return Opened(opening=self._opening(bucket_id), emergency=some.random() < 0.3, doubted=some.random() < 0.3)

    def _manifest(self, bucket_id: str) -> Manifest:
        files = [
            SegmentFile(number=n, bytes=100 + n, sha256="cd" * 32, frames=2, start_ns=MONDAY_NS, end_ns=MONDAY_NS + 9)
            for n in range(self.shapes[bucket_id])
        ]
        opening = self._opening(bucket_id)
        gaps = [self._gap()] if self.some.random() < 0.3 else []
        return Manifest.of(opening, opening.start_ns + self.some.randrange(SLOT_NS), files, gaps=gaps)

    def closed(self, bucket_id: str) -> Note:
        self.done.add(bucket_id)
        return Closed(manifest=self._manifest(bucket_id), ledger_size=self.some.randrange(9))

    def destroyed(self, bucket_id: str) -> Note:
        reason = self.some.choice(["routine", "ordered"])
        intent = self.some.randrange(9)
        return Destroyed(bucket_ids=(bucket_id,), reason=reason, at_ns=MONDAY_NS + intent, intent=intent)

    def struck(self, bucket_id: str) -> Note:
        return Struck(bucket_ids=(bucket_id,))

    def _gap(self) -> Gap:
        some = self.some
        boot_id = some.choice(["", "", "bb", "cc"])
        start_ns, end_ns = some.randrange(9), 9 + some.randrange(9)
        return Gap(camera_no="C1", start_ns=start_ns, end_ns=end_ns, cause="disk", boot_id=boot_id, boot_ns=start_ns)

    def gap(self, _: str) -> Note:
        return GapFound(gap=self._gap())


def tables(index: Index) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but its place in the table."""
    found = {}
    for table in TABLES:
        columns = [row[1] for row in index._rows(f"PRAGMA table_info({table})") if row[1] != "id"]
        found[table] = sorted(index._rows(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)
    return found


def both_agree(seeds: range, *, strange: bool) -> None:
    for seed in seeds:
        life, fs = Life(seed, strange=strange), new_disk()
        catalogue = Catalogue(fs, CATALOGUE, CATALOGUE_KEY, MovingClock(), drawn("catalogue"))
        following = Index(":memory:", catalogue, list)
        for note in life.notes():
            catalogue.append(note)
            following.follow()
        anew = Index(":memory:", catalogue, list)
        assert tables(anew) == tables(following), f"seed {seed}"
        assert anew.healthy
        assert following.healthy


def test_made_anew_it_has_the_rows_that_following_gave_it() -> None:
    both_agree(range(150), strange=False)


def test_so_it_has_where_the_catalogue_says_what_it_never_should() -> None:
    """A bucket closed twice, or destroyed before it was closed: told slowly, and the same."""
    both_agree(range(150), strange=True)


BROKEN: dict[str, tuple[tuple[str, str], ...]] = {
    "the doubt of an opening is forgotten": (("Loading.closed", "force doubted False"),),
    "an emergency is forgotten": (("Loading.closed", "force emergency False"),),
    "an emergency that is told late is forgotten": (("Loading._add_waiting", "force emergency False"),),
    "what was opened again after its close is open": (("Loading._add_waiting", "put unless_closed ''"),),
    "struck keys stay": (("Loading.struck", "drop call pop"),),
    "the later of two destructions counts": (
        (
            "Loading._write",
            "swap executemany (lambda words, rows: db.executemany(words.replace('OR IGNORE', 'OR REPLACE'), rows))",
        ),
    ),
    "destroyed files stay": (
        (
            "Loading._take_out",
            "swap execute (lambda words: db.execute(words.replace('segments WHERE bucket IN', "
            "'segments WHERE bucket NOT IN')))",
        ),
    ),
    "destroyed buckets are not taken out": (
        (
            "Loading._take_out",
            "swap execute (lambda words: db.execute(words.replace('buckets WHERE', 'buckets WHERE 0 AND')))",
        ),
    ),
    "the first reading of a boot is not kept": (("Loading._read_clock", "force boot_ns False 2"),),
    "closed after destroyed goes unnoticed": (("Loading._take_out", "force fetchone False"),),
    "the last note counts as not applied": (("Loading.add", "put place place._replace(entry=place.entry - 1)"),),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_comparison_catches_a_loading_where(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = changed_module(loading, *BROKEN[name])
    monkeypatch.setattr(derived, "Loading", broken.Loading)
    monkeypatch.setattr(derived, "Unusual", broken.Unusual)

    def agree() -> None:
        both_agree(range(150), strange=False)
        both_agree(range(60), strange=True)

    assert caught_by(agree)


class Cut(BaseException):
    """The power went."""


def _cut_at(number: int, items: Iterator[Any]) -> Iterator[Any]:
    for at, item in enumerate(items):
        if at == number:
            raise Cut
        yield item


def interrupted_it_begins_again(kind: type[Index]) -> None:
    """Cut at every entry and every file: the next start begins again, and tells what is not there."""
    store = Store(new_disk())
    made = [store.record("C1", MONDAY_NS + n * SLOT_NS) for n in range(3)]
    lost = segment_name(made[1].bucket_id, 0)
    store.fs.unlink(store.shelves.ring_path(made[1].bucket_id, 0))
    entries, real = len(list(store.catalogue.entries())), store.catalogue.entries
    for where, number in [("entries", n) for n in range(entries)] + [("files", n) for n in range(2)]:
        with tempfile.TemporaryDirectory() as directory:
            path = str(Path(directory) / "index")
            listing: Callable[[], Any] = store.shelves.listing
            if where == "files":
                listing = lambda number=number: _cut_at(number, store.shelves.listing())  # noqa: E731
            else:
                cut = lambda start=FIRST, number=number: _cut_at(number, real(start))  # noqa: E731
                store.catalogue.entries = cut  # type: ignore[method-assign]
            with pytest.raises(Cut):
                kind(path, store.catalogue, listing)
            store.catalogue.entries = real  # type: ignore[method-assign]
            again = kind(path, store.catalogue, store.shelves.listing)
            assert again.rebuilt, f"cut at {where} {number}: taken for whole"
            assert again.healthy
            assert again.missing == {lost}
            assert [each.bucket_id for each in again.find("C1", made[0].span)] == [made[0].bucket_id]
            again.close()
            third = kind(path, store.catalogue, store.shelves.listing)
            assert third.rebuilt == ""
            third.close()


def test_INV_24_interrupted_anywhere_it_begins_again() -> None:
    interrupted_it_begins_again(Index)


def test_the_cuts_catch_an_index_that_has_a_version_before_it_was_compared() -> None:
    broken = changed_module(derived, ("DerivedDatabase.rebuild", "before execute _compare"))
    made = types.new_class("Broken", (broken.DerivedDatabase,), exec_body=lambda _: None)
    made.find = index.Index.find
    assert caught_by(interrupted_it_begins_again, made)
