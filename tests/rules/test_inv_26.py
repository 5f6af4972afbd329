"""INV-26: any change to a closed bucket or to a past ledger entry is found by a check that needs no secret.

The check is ``appliance verify``, run as people run it: no password, no log-in. Each change is made on a copy of one
stopped office, as somebody with root and an editor would make it; where the box's own keys help him, he uses them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.core.settings import Layout
from appliance.installation.office import Installation, open_installation
from appliance.ledger.checkpoint import Checkpoint, sign_checkpoint
from appliance.ledger.entry import decode_entry, encode_entry
from appliance.ledger.tree import Tree, leaf_hash
from appliance.storage.files import RealFs
from appliance.storage.journal import Journal, entries_of
from appliance.vault.index.catalogue import Catalogue, Closed, Note
from tests.box import Box, make_box, testcard, until
from tests.faults.intruder import files_in
from tests.footage import film_past

LAST_HEAD = "ledger.head"
VERIFIER = Path(__file__).parents[2] / "deploy" / "verify_ledger.py"


@dataclass
class Stopped:
    """An office with two closed buckets, at rest, and what left the box before: a head and the verifier's key."""

    state: Path
    head: str
    vkey: str


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    directory = tmp_path_factory.mktemp("inv-26")
    with make_box(directory / "state", [testcard("01")]) as box:
        box.start("keeper")
        now_ns = slot_start_ns(SystemClock().wall_ns())
        for back in (1, 2):
            film_past(box, "01", now_ns - back * SLOT_NS, 3)
        until(lambda: list(Path(box.settings.layout.heads).glob("*.checkpoint")), what="the first head")
        head = str(box.call("ledger.head")["checkpoint"])
        box.stop()
        return Stopped(directory / "state", head, box.installed.vkey)


class Tampered:
    """A copy of the office to change. ``verify`` is the command; ``outside`` the stand-alone verifier of the ledger."""

    def __init__(self, stopped: Stopped, directory: Path) -> None:
        self.stopped = stopped
        self.layout = Layout(str(directory / "state"), str(directory / "state-run"))
        shutil.copytree(stopped.state, self.layout.state)
        self._settings = directory / "office.toml"
        self._settings.write_text(f'state = "{self.layout.state}"\nrun = "{self.layout.run}"\n', encoding="utf-8")
        self.segments = files_in(self.layout.ring)
        self.ledger = os.path.join(self.layout.keeper, "ledger", "ledger.log")

    def verify(self) -> tuple[int, dict[str, Any], str]:
        """Exit status, the JSON (empty when it could not even begin), what it told people."""
        done = subprocess.run(
            [sys.executable, "-m", "appliance", "--settings", str(self._settings), "verify", "--json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    def outside(self, directory: Path) -> tuple[int, dict[str, Any]]:
        (directory / "outside.checkpoint").write_text(self.stopped.head, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(VERIFIER), self.ledger, "--key", self.stopped.vkey,
             "--checkpoint", str(directory / "outside.checkpoint"), "--json"],
            capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    def office(self) -> Installation:
        """Everything that the box itself can open without a person."""
        return open_installation(RealFs(), self.layout, SystemClock(assume_trusted=True))


@pytest.fixture
def tampered(stopped: Stopped, tmp_path: Path) -> Tampered:
    return Tampered(stopped, tmp_path)


def _bucket_of(path: str) -> str:
    return Path(path).name.split(".")[0]


def test_an_office_as_it_was_left_verifies(tampered: Tampered, tmp_path: Path) -> None:
    status, found, _ = tampered.verify()
    assert (status, found["ok"], found["ring"]["segments"]) == (0, True, 2)
    assert tampered.outside(tmp_path)[0] == 0


# --- the ring ---


def _flip(path: str) -> None:
    data = bytearray(Path(path).read_bytes())
    data[len(data) // 2] ^= 1
    Path(path).write_bytes(data)


def _cut(path: str) -> None:
    os.truncate(path, os.path.getsize(path) - 1)


def _exchange(path: str, other: str) -> None:
    first, second = Path(path).read_bytes(), Path(other).read_bytes()
    Path(path).write_bytes(second)
    Path(other).write_bytes(first)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(_flip, "changed", id="one bit"),
        pytest.param(_cut, "size", id="the last byte cut off"),
        pytest.param(os.unlink, "missing", id="removed"),
        pytest.param(lambda path: Path(path).write_bytes(b""), "size", id="emptied"),
    ],
)
def test_a_changed_segment_is_named(tampered: Tampered, change: Callable[[str], object], what: str) -> None:
    path = tampered.segments[0]
    change(path)
    status, found, _ = tampered.verify()
    assert status == 6
    assert [(bad["bucket_id"], bad["camera_no"], bad["what"]) for bad in found["ring"]["bad"]] == [
        (_bucket_of(path), "01", what)
    ]


def test_segments_put_in_each_others_place_are_both_named(tampered: Tampered) -> None:
    _exchange(*tampered.segments)
    status, found, _ = tampered.verify()
    assert status == 6
    assert {bad["bucket_id"] for bad in found["ring"]["bad"]} == set(map(_bucket_of, tampered.segments))


def test_a_segment_that_nobody_closed_is_named(tampered: Tampered) -> None:
    stranger = f"{'ab' * 16}.0000.seg"
    Path(tampered.layout.ring, "ab").mkdir(exist_ok=True)
    shutil.copy(tampered.segments[0], Path(tampered.layout.ring, "ab", stranger))
    status, found, _ = tampered.verify()
    assert status == 6
    assert [(bad["what"], bad["detail"]) for bad in found["ring"]["bad"]] == [("added", stranger)]


# --- the index, which needs no key to write ---


def _in_index(tampered: Tampered, sql: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(os.path.join(tampered.layout.keeper, "index.sqlite"))) as db, db:
        assert db.execute(sql, values).rowcount, sql


def test_a_segment_cut_to_half_is_named_though_the_index_says_so_too(tampered: Tampered) -> None:
    path = Path(tampered.segments[0])
    data = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(data)
    _in_index(
        tampered,
        "UPDATE segments SET bytes = ?, sha256 = ? WHERE bucket = ?",
        len(data),
        hashlib.sha256(data).digest(),
        bytes.fromhex(_bucket_of(str(path))),
    )
    status, found, said = tampered.verify()
    assert status == 6, said
    assert [(bad["bucket_id"], bad["what"]) for bad in found["ring"]["bad"]] == [
        ("", "index changed"),
        (_bucket_of(str(path)), "size"),
    ]
    assert found["ring"]["segments"] == 2


@pytest.mark.parametrize("tables", [("segments",), ("segments", "buckets")])
def test_a_segment_is_missing_though_the_index_has_none(tampered: Tampered, tables: tuple[str, ...]) -> None:
    bucket_id = _bucket_of(tampered.segments[0])
    os.unlink(tampered.segments[0])
    for table in tables:
        _in_index(tampered, f"DELETE FROM {table} WHERE bucket = ?", bytes.fromhex(bucket_id))
    for again in range(2):
        status, found, said = tampered.verify()
        assert status == 6, said
        whats = [(bad["bucket_id"], bad["what"]) for bad in found["ring"]["bad"]]
        assert whats == [*([] if again else [("", "index changed")]), (bucket_id, "missing")]
        assert found["ring"]["segments"] == 2


# --- the catalogue, changed by somebody who has the box's keys ---


def _rewrite_catalogue(tampered: Tampered, change: Callable[[Note], Note | None]) -> None:
    """Writes the catalogue anew under its own key, each note as ``change`` gives it; None leaves it out."""
    office, clock = tampered.office(), SystemClock(assume_trusted=True)
    directory, key = office.places.catalogue, office.box_keys.catalogue_key
    with Catalogue(RealFs(), directory, key, clock, os.urandom) as old:
        entries = [[changed for note in notes if (changed := change(note)) is not None] for _, notes in old.entries()]
    for path in files_in(directory):
        os.unlink(path)
    with Catalogue(RealFs(), directory, key, clock, os.urandom) as new:
        for notes in entries:
            if notes:
                new.append(*notes)
    for path in Path(tampered.layout.keeper).glob("index.sqlite*"):
        path.unlink()


def _of_first(tampered: Tampered, note: Note) -> bool:
    return isinstance(note, Closed) and note.manifest.bucket_id == _bucket_of(tampered.segments[0])


def test_a_manifest_made_to_fit_a_changed_segment_is_named(tampered: Tampered) -> None:
    """The footage is cut short and its manifest says so: only the hash in the ledger knows better."""
    path = Path(tampered.segments[0])
    path.write_bytes(path.read_bytes()[:-100])

    def fit(note: Note) -> Note:
        if not (isinstance(note, Closed) and _of_first(tampered, note)):
            return note
        (segment,) = note.manifest.segments

        cut = msgspec.structs.replace(
            segment, bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest()
        )
        return msgspec.structs.replace(note, manifest=msgspec.structs.replace(note.manifest, segments=(cut,)))

    _rewrite_catalogue(tampered, fit)
    status, found, _ = tampered.verify()
    assert status == 6
    assert [(bad["bucket_id"], bad["what"]) for bad in found["ring"]["bad"]] == [
        (_bucket_of(tampered.segments[0]), "manifest changed")
    ]


def test_a_bucket_that_was_never_to_have_been_is_named(tampered: Tampered) -> None:
    """File, manifest and index entry are gone without a trace; the ledger remembers."""
    _rewrite_catalogue(tampered, lambda note: None if _of_first(tampered, note) else note)
    os.unlink(tampered.segments[0])
    status, found, _ = tampered.verify()
    assert status == 6
    assert [(bad["bucket_id"], bad["what"]) for bad in found["ring"]["bad"]] == [
        (_bucket_of(tampered.segments[0]), "manifest missing")
    ]


def test_a_catalogue_changed_without_its_key_is_no_catalogue(tampered: Tampered) -> None:
    path = files_in(tampered.office().places.catalogue)[0]
    _flip(path)
    status, found, said = tampered.verify()
    assert status == 6
    assert not found.get("ok")
    assert os.path.basename(path) in said + json.dumps(found)


# --- the ledger ---


def _rewrite_ledger(tampered: Tampered, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Tree:
    """Writes the ledger anew, sound in itself, each entry's fields as ``change`` gives them; the tree over it."""
    path = Path(tampered.ledger)
    bodies, _ = entries_of(path.read_bytes())
    path.unlink()
    leaves: list[bytes] = []
    tree = Tree(lambda start, end: leaves[start:end])
    with Journal(RealFs(), tampered.ledger) as journal:
        for index, body in enumerate(bodies):
            entry = decode_entry(index, body)
            fields = change({"kind": entry.kind, **entry.fields})
            if fields is None:
                continue
            fields.pop("kind")
            journal.append(encode_entry(entry.at_ns, entry.kind, fields))
            leaves.append(leaf_hash(encode_entry(entry.at_ns, entry.kind, fields)))
            tree.append(leaves[-1])
    return tree


def _more_keyholders(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "keyholders": 3} if fields["kind"] == "installation.created" else fields


@pytest.mark.parametrize("head", [LAST_HEAD, ".checkpoint"])
def test_T_83_a_past_entry_rewritten_is_found_by_any_head_there_is(
    tampered: Tampered, tmp_path: Path, head: str
) -> None:
    _rewrite_ledger(tampered, _more_keyholders)
    if head != LAST_HEAD:
        Path(tampered.ledger).with_name(LAST_HEAD).unlink()
    status, found, _ = tampered.verify()
    assert status == 6
    assert not found["ledger"]["ok"]
    assert "the ledger was changed among them" in found["ledger"]["what"]
    assert head in found["ledger"]["what"]
    status, report = tampered.outside(tmp_path)
    assert status == 1
    assert "the ledger was changed among them" in " ".join(report["problems"])


def test_a_past_entry_left_out_is_found(tampered: Tampered, tmp_path: Path) -> None:
    """The last ``manifests.closed`` goes, and with it what a segment would be held against."""
    closings = []

    def without_last(fields: dict[str, Any]) -> dict[str, Any] | None:
        closings.append(fields["kind"])
        gone = fields["kind"] == "manifests.closed" and closings.count("manifests.closed") == 2
        return None if gone else fields

    _rewrite_ledger(tampered, without_last)
    status, found, _ = tampered.verify()
    assert status == 6
    assert "not in ledger" in {bad["what"] for bad in found["ring"]["bad"]}
    assert tampered.outside(tmp_path)[0] == 1


def test_T_83_a_ledger_rewritten_with_the_boxs_own_key_is_found_by_a_head_that_left_the_box(
    tampered: Tampered, tmp_path: Path
) -> None:
    """Every head on the box is made anew as well, and every signature verifies; only the outside knows better."""
    office = tampered.office()
    tree = _rewrite_ledger(tampered, _more_keyholders)
    last = Path(tampered.ledger).with_name(LAST_HEAD)
    for path in (*Path(tampered.layout.heads).glob("*.checkpoint"), last):
        head = Checkpoint(office.ledger_origin, tree.size, tree.root(), ("closed",) if path == last else ())
        path.write_text(sign_checkpoint(head, office.ledger_key), "utf-8")
    assert tampered.verify()[0] == 0, "the box alone cannot know; if it does, say so in the threat model"
    status, report = tampered.outside(tmp_path)
    assert status == 1
    assert "the ledger was changed among them" in " ".join(report["problems"])


def test_a_past_entry_overwritten_in_place_is_found(tampered: Tampered) -> None:
    _flip(tampered.ledger)
    status, found, said = tampered.verify()
    assert status == 6
    assert "ledger.log" in said + json.dumps(found)


# --- while it runs ---


@pytest.fixture
def running(stopped: Stopped, tmp_path: Path) -> Iterator[tuple[Tampered, Box]]:
    with make_box(tmp_path / "state", [testcard("01")]) as box:
        shutil.rmtree(box.directory)
        tampered = Tampered(stopped, box.directory.parent)
        box.start("keeper")
        yield tampered, box


def test_changes_under_a_running_keeper_are_found_as_well(running: tuple[Tampered, Box]) -> None:
    tampered, box = running
    assert tampered.verify()[0] == 0
    _flip(tampered.segments[1])
    bodies, _ = entries_of(Path(tampered.ledger).read_bytes())
    entry = decode_entry(0, bodies[0])
    other = encode_entry(entry.at_ns, entry.kind, {**entry.fields, "keyholders": entry.fields["keyholders"] + 1})
    assert len(other) == len(bodies[0])
    with open(tampered.ledger, "r+b") as file:
        file.write(struct.pack(">II", len(other), zlib.crc32(other)) + other)
    status, found, _ = tampered.verify()
    assert status == 6
    assert found["ring"]["bad"] == [{"what": "changed", "count": 1}]
    assert not found["ledger"]["ok"]
    told = {finding["key"]: finding["text"] for finding in box.status()["findings"]}
    assert f"damage-{_bucket_of(tampered.segments[1])}-0" in told
    assert "one is not as it was" in told["ledger-damaged"]
