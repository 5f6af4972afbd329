"""The head that the box keeps of its own ledger: what was done to the entries while no keeper ran is told."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable

import pytest

from appliance.core.errors import NotWritable
from appliance.ledger.entry import encode_entry
from appliance.ledger.last_head import FILE_NAME, LastHead
from appliance.storage.journal import entries_of, pack_entry
from tests.faults.memory_fs import MemoryFs
from tests.ledger.box import DIRECTORY, NEXT_KEY, PATH, open_ledger

HEAD = f"{DIRECTORY}/{FILE_NAME}"


@pytest.fixture
def fs() -> MemoryFs:
    """A ledger of three entries, closed in order."""
    fs = MemoryFs("/k")
    run(fs, 3)
    return fs


def run(fs: MemoryFs, entries: int, *, closed: bool = True) -> LastHead:
    """A keeper's life: opens, enters, and is closed or dies."""
    with open_ledger(fs) as ledger:
        last = LastHead(fs, DIRECTORY, ledger)
        last.begin()
        for number in range(entries):
            ledger.append("settings.changed", {"number": number + ledger.size})
        if closed:
            last.keep(closed=True)
    return last


def bodies(fs: MemoryFs) -> list[bytes]:
    return entries_of(fs.read(PATH))[0]


def put(fs: MemoryFs, entries: list[bytes]) -> None:
    fs.put(PATH, b"".join(map(pack_entry, entries)))


def forged(entries: list[bytes]) -> list[bytes]:
    return [*entries, encode_entry(1, "settings.changed", {"number": 99})]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda found: found[:-1], "its end was cut off"),
        (lambda found: [found[0], found[2], found[1]], "the ledger was changed among them"),
        (lambda found: forged(found[:-1]), "the ledger was changed among them"),
        (forged, "the ledger was closed then, and 1 were added since"),
    ],
    ids=["cut", "exchanged", "rewritten", "added"],
)
def test_what_was_done_to_a_closed_ledger_is_told_at_each_later_start(
    fs: MemoryFs, change: Callable[[list[bytes]], list[bytes]], says: str
) -> None:
    assert run(fs, 0).wrong == ""
    put(fs, change(bodies(fs)))
    assert says in (first := run(fs, 2)).wrong
    assert "compare with a head that left the box" in first.wrong
    assert run(fs, 0).wrong, "and at each later start"


def test_what_a_keeper_entered_before_it_died_is_no_addition(fs: MemoryFs) -> None:
    run(fs, 4, closed=False)
    assert run(fs, 0).wrong == ""


def test_what_was_cut_of_it_before_its_last_head_is(fs: MemoryFs) -> None:
    with open_ledger(fs) as ledger:
        last = LastHead(fs, DIRECTORY, ledger)
        ledger.append("settings.changed", {"number": 7})
        last.keep()
        ledger.append("settings.changed", {"number": 8})
    put(fs, bodies(fs)[:-1])
    assert run(fs, 0, closed=False).wrong == "", "entered after it: only a head of that moment would show"
    put(fs, bodies(fs)[:-1])
    assert "its end was cut off" in run(fs, 0).wrong


@pytest.mark.parametrize("taken", [True, False], ids=["taken away", "of a stranger"])
def test_without_a_head_of_its_own_it_says_so_and_begins_anew(fs: MemoryFs, *, taken: bool) -> None:
    if taken:
        fs.unlink(HEAD)
        assert "cannot be read" in run(fs, 1).lost
        assert (run(fs, 0).lost, run(fs, 0).wrong) == ("", "")
    else:
        fs.put(HEAD, fs.read(HEAD).replace(b"office.example", b"elsewhere.test"))
        assert "signed by none of the known keys" in run(fs, 1).wrong


def test_a_head_made_for_others_does_not_serve_whoever_adds_entries_behind_it(fs: MemoryFs) -> None:
    with open_ledger(fs) as ledger:
        issued = ledger.checkpoint()
    fs.put(HEAD, issued.encode())
    put(fs, forged(bodies(fs)))
    assert "it was made for others" in run(fs, 0).wrong


def test_a_head_is_written_only_where_another_is_kept(fs: MemoryFs) -> None:
    with open_ledger(fs) as ledger:
        last = LastHead(fs, DIRECTORY, ledger)
        last.keep()
        before = fs.steps
        last.keep()
        assert fs.steps == before
        ledger.append("settings.changed", {"number": 1})
        last.keep()
        assert fs.steps > before


def test_after_a_failed_write_it_is_not_called_closed(fs: MemoryFs) -> None:
    """What lies at the end then may be an entry that nobody was told of."""
    with open_ledger(fs) as ledger:
        last = LastHead(fs, DIRECTORY, ledger)
        last.keep()
        fs.fail(1, errno.EIO)
        with pytest.raises(NotWritable):
            ledger.append("settings.changed", {"number": 1})
        last.keep(closed=True)
    assert b"\nclosed\n" not in fs.read(HEAD)
    assert run(fs, 1).wrong == ""


def test_a_disk_that_takes_no_head_leaves_none_that_would_be_held_against_the_keeper(fs: MemoryFs) -> None:
    with open_ledger(fs) as ledger:
        last = LastHead(fs, DIRECTORY, ledger)
        fs.fail(1, errno.ENOSPC)
        last.begin()
        assert not fs.exists(HEAD)
        ledger.append("settings.changed", {"number": 1})
    later = run(fs, 0)
    assert later.wrong == ""
    assert "cannot be read" in later.lost


def test_nothing_is_entered_any_more_once_it_is_called_closed(fs: MemoryFs) -> None:
    """A thread that is late would else make the next start call its entry somebody's addition."""
    ledger = open_ledger(fs)
    last, refused = LastHead(fs, DIRECTORY, ledger), []

    def late() -> None:
        try:
            ledger.append("settings.changed", {"number": 1})
        except NotWritable:
            refused.append(True)

    thread = threading.Thread(target=late)

    def closing() -> None:
        last.keep(closed=True)
        thread.start()

    ledger.close(closing)
    thread.join(120)
    assert refused == [True]
    assert run(fs, 0).wrong == ""


def test_it_counts_by_the_key_in_force_at_its_size(fs: MemoryFs) -> None:
    with open_ledger(fs) as ledger:
        last = LastHead(fs, DIRECTORY, ledger)
        ledger.change_key(NEXT_KEY)
        last.keep(closed=True)
    with open_ledger(fs, key=NEXT_KEY) as ledger:
        assert LastHead(fs, DIRECTORY, ledger).wrong == ""
