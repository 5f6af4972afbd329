"""Rot in what the keeper keeps beside the footage: key store, catalogue, ledger. Found, named, and never mended."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.cli import wiring
from appliance.core.errors import Damaged
from appliance.keeper.composition import open_keeper
from appliance.keeper.verifying import ledger_wrong
from appliance.ledger.checkpoint import vkey
from appliance.storage.files import RealFs
from tests.box import Box, make_box, testcard
from tests.footage import FilmClock, film_past


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """An office with two buckets and three files of the catalogue; nothing runs."""
    with make_box(tmp_path / "office", [testcard("01"), testcard("02")]) as made:
        made.start("keeper")
        for number, camera_no in enumerate(("01", "02")):
            film_past(made, camera_no, made.made_ns - number * 3600 * 10**9, 1.5)
        made.kill(how=signal.SIGTERM)
        yield made


def _flip(path: Path, at: int) -> None:
    """Turns one bit over, on the disk; once more and it is as before."""
    with path.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 4]))


def _one(box: Box, pattern: str) -> Path:
    return sorted(Path(box.settings.layout.keeper).glob(pattern))[0]


def test_rot_in_a_shard_of_the_key_store_is_a_finding_and_what_opens_is_used(box: Box) -> None:
    shard = _one(box, "keys/*.shard")
    _flip(shard, shard.stat().st_size - 40)
    rotten = shard.read_bytes()
    with open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper:
        (finding,) = [each for each in keeper.findings.all() if each.key.startswith("keys-damaged-")]
        assert shard.name.split(".")[0] in finding.key
        assert str(shard) in finding.text
        assert len(keeper.stores.office.key_store) > 0
        assert shard.read_bytes() == rotten


@pytest.mark.parametrize("planted", ["", "garbage\n", "another", "both"])
def test_a_key_for_auditors_that_is_not_the_ledgers_is_told_by_verify(planted: str, box: Box) -> None:
    """Whoever verifies a made-up ledger with a made-up key is told that all is well."""
    path = Path(box.settings.layout.heads, "ledger.vkey")
    own = path.read_text(encoding="ascii")
    another = f"{vkey('office/box', Ed25519PrivateKey.generate().public_key())}\n"
    with open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper:
        assert ledger_wrong(keeper.stores) == ""
        path.write_text({"another": another, "both": own + another}.get(planted, planted), encoding="ascii")
        assert "ledger.vkey: has a key that was never this ledger's" in ledger_wrong(keeper.stores)
        path.unlink()
        assert ledger_wrong(keeper.stores) == "", "a copy elsewhere is as good"


@pytest.mark.parametrize("pattern", ["catalogue/*.journal", "ledger/ledger.log"])
def test_rot_at_a_start_stops_the_keeper_and_verify_says_where(pattern: str, box: Box) -> None:
    path = _one(box, pattern)
    _flip(path, 300)
    rotten = path.read_bytes()
    with pytest.raises(Damaged) as said, open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)):
        pass
    assert path.name in str(said.value)
    assert "keep the file as it is" in str(said.value) or "was altered" in str(said.value)
    found = wiring.verify(box.settings, lambda done, whole, what: None)
    assert not found["ok"]
    assert path.name in found["ring"]["bad"][0]["detail"]
    assert path.read_bytes() == rotten


def test_an_index_that_somebody_wrote_into_is_found_within_the_day_told_and_made_anew(box: Box) -> None:
    with open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper:
        watch = keeper.tasks.index_watch
        (gone, kept) = keeper.ring.index.all_closed()
        Path(keeper.ring.shelves.ring_path(gone.bucket_id, 0)).unlink()
        with contextlib.closing(sqlite3.connect(_one(box, "index.sqlite"))) as db, db:
            db.execute("DELETE FROM buckets WHERE bucket = ?", (bytes.fromhex(gone.bucket_id),))
        assert [each.bucket_id for each in keeper.ring.index.all_closed()] == [kept.bucket_id]
        keeper.tasks.reading.read()
        watch.look()
        assert len(keeper.ring.index.all_closed()) == 2
        assert {each.key for each in keeper.findings.all()} == {"index-changed", f"damage-{gone.bucket_id}-0"}


def test_an_index_that_came_into_doubt_is_made_anew_within_the_minute(box: Box) -> None:
    with open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper:
        watch, index = keeper.tasks.index_watch, keeper.ring.index
        index.contradict("bucket 12 is not as the catalogue has it")
        assert not index.healthy
        watch.look()
        assert index.healthy
        assert [each.key for each in keeper.findings.all()] == ["index-changed"]
        made = index.made
        watch.look()
        assert index.made == made


@pytest.mark.parametrize(
    ("pattern", "key"), [("catalogue/*.journal", "catalogue-damaged"), ("ledger/ledger.log", "ledger-damaged")]
)
def test_rot_while_the_keeper_runs_is_found_within_the_day(pattern: str, key: str, box: Box) -> None:
    with open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper:
        path = _one(box, pattern)
        keeper.tasks.reading.read()
        assert [each.key for each in keeper.findings.all()] == []
        _flip(path, 300)
        keeper.tasks.reading.read()
        assert [each.key for each in keeper.findings.all()] == [key]
        _flip(path, 300)
        keeper.tasks.reading.read()
        assert keeper.findings.all() == []
