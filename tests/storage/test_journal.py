"""The journal and the atomic replacement under power cuts, dying processes, failing disks and flipped bits.

Each check takes the modules to check, so that the mutants at the end can be put through the very same ones.
"""

from __future__ import annotations

import errno
import random
import struct
import types
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Damaged, NotWritable
from appliance.storage import files, journal
from appliance.storage.journal import MAX_ENTRY_BYTES, Journal, entries_of, pack_entry
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, changed_module

PATH = "/d/j"
BODIES = [b"one", bytes(5), random.Random(1).randbytes(1500), b"x" * 505, b"\0" * 1100, b"last"]
"""Short and long, over several sectors, and with zeros, which a torn write leaves, too."""


def fill(module: types.ModuleType, fs: MemoryFs, said: list[bytes], bodies: list[bytes] = BODIES) -> None:
    with module.Journal(fs, PATH) as open_journal:
        for body in bodies:
            open_journal.append(body)
            said.append(body)


# --- checks: what must hold whatever happens ---


def check_every_cut(module: types.ModuleType) -> None:
    """What was acknowledged is there after every power cut, and at most the entry under way besides."""
    for cut in every_cut(lambda fs, said: fill(module, fs, said), "/d", modes=(*MODES, KILLED)):
        with module.Journal(cut.fs, PATH) as found:
            bodies = list(found)
            assert bodies[: len(cut.said)] == list(cut.said), cut
            assert bodies in (BODIES[: len(cut.said)], BODIES[: len(cut.said) + 1]), cut
            found.append(b"after")
        assert list(module.Journal(cut.fs.image("none"), PATH)) == [*bodies, b"after"], cut


def check_recovery_cut(module: types.ModuleType) -> None:
    """A second cut, while the first is being recovered from, changes nothing either."""

    def recover(fs: MemoryFs, said: list[bytes]) -> None:
        with module.Journal(fs, PATH) as found:
            said += list(found)
            found.append(b"new")
            said.append(b"new")

    for first in every_cut(
        lambda fs, said: fill(module, fs, said, BODIES[:3]), "/d", modes=("torn", "zeros", "all", KILLED)
    ):
        for second in every_cut(recover, start=first.fs, modes=("none", "prefix", "subset")):
            bodies = list(module.Journal(second.fs, PATH))
            assert bodies[: len(first.said)] == list(first.said), (first, second)
            assert bodies[: len(second.said)] == list(second.said), (first, second)


def check_every_failure(module: types.ModuleType) -> None:
    """A step that fails is NotWritable, loses nothing acknowledged, and the journal takes nothing more until opened
    again; by then, and after a power cut then, the entry that was refused is gone or whole."""

    def attempt(fs: MemoryFs, said: list[bytes]) -> None:
        with module.Journal(fs, PATH) as open_journal:
            for number, body in enumerate(BODIES[:4]):
                try:
                    open_journal.append(body)
                    said.append(body)
                except NotWritable:
                    for later in BODIES[number:]:
                        with pytest.raises(NotWritable):
                            open_journal.append(later)
                    raise

    for call, fs, said, raised in every_failure(attempt, "/d"):
        assert isinstance(raised, NotWritable), (call, raised)
        for mode in (*MODES, KILLED):
            disk = fs.image(mode, random.Random(call.number))
            with module.Journal(disk, PATH) as found:
                bodies = list(found)
                assert bodies in (said, [*said, BODIES[len(said)]]), (call, mode)
                found.append(b"after")
            after = list(module.Journal(disk.image("none"), PATH))
            assert after == [*bodies, b"after"], (call, mode)


def check_lying_sync(module: types.ModuleType) -> None:
    """A sync that fails once and then claims success (Linux) does not make a lost entry look kept."""
    fs = MemoryFs("/d")
    with module.Journal(fs, PATH) as open_journal:
        open_journal.append(b"kept")
        fs.lie_once(PATH)
        with pytest.raises(NotWritable):
            open_journal.append(b"lost" * 300)
    with module.Journal(fs, PATH) as again:
        again.append(b"next")
        assert list(module.Journal(fs.image("none"), PATH)) == list(again) == [b"kept", b"next"]


def check_zero_tail(module: types.ModuleType) -> None:
    for zeros in (1, 7, 8, 9, 600, 5000):
        data = pack_entry(b"one") + bytes(zeros)
        fs = MemoryFs("/d")
        fs.put(PATH, data)
        with module.Journal(fs, PATH) as found:
            assert (list(found), found.cut_bytes) == ([b"one"], zeros)
        assert fs.image("none").read(PATH) == pack_entry(b"one")


def check_every_torn_length(module: types.ModuleType) -> None:
    whole = b"".join(pack_entry(body) for body in BODIES[:3])
    good = len(pack_entry(BODIES[0])), len(pack_entry(BODIES[0])) + len(pack_entry(BODIES[1]))
    for length in range(len(whole)):
        bodies, end = module.entries_of(whole[:length])
        assert bodies == BODIES[: len(bodies)]
        assert end == (0, *good)[len(bodies)] <= length


def check_every_flipped_bit(module: types.ModuleType) -> None:
    """A flipped bit is Damaged wherever it is, the last entry included: no evidence is cut away as if torn."""
    bodies = [b"one", b"a second entry", random.Random(2).randbytes(40)]
    whole = b"".join(map(pack_entry, bodies))
    for bit in range(len(whole) * 8):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Damaged):
            module.entries_of(bytes(data))


def check_damage_in_the_middle(module: types.ModuleType) -> None:
    """Anything lost from the middle is Damaged: zeroed sectors, lengths that point past the end, cut-out entries."""
    rng = random.Random(3)
    packed = [pack_entry(rng.randbytes(rng.randint(1, 900))) for _ in range(12)]
    whole = b"".join(packed)
    for start in range(0, len(whole) - len(packed[-1]) - 512, 512):
        with pytest.raises(Damaged):
            module.entries_of(whole[:start] + bytes(512) + whole[start + 512 :])
    for number in range(11):
        at = len(b"".join(packed[:number]))
        for length in (0, 1, 0x00FFFFFF, 0xFFFFFFFF):
            with pytest.raises(Damaged):
                module.entries_of(whole[:at] + struct.pack(">I", length) + whole[at + 4 :])


def check_torn_random_bytes(module: types.ModuleType) -> None:
    """Chance lengths inside a long torn entry are not taken for good entries."""
    body = random.Random(5).randbytes(200_000)
    body = body[:1000] + struct.pack(">I", 200_000 - 1008) + body[1004:]
    packed = pack_entry(body)
    torn = pack_entry(b"one") + packed
    torn = torn[: 512 * 200] + bytes(512) + torn[512 * 201 :]
    assert module.entries_of(torn) == ([b"one"], 11)
    altered = bytearray(pack_entry(b"one") + packed)
    altered[100_000] ^= 1
    with pytest.raises(Damaged, match="was altered"):
        module.entries_of(bytes(altered))


CHECKS = (
    check_every_cut,
    check_recovery_cut,
    check_every_failure,
    check_lying_sync,
    check_zero_tail,
    check_every_torn_length,
    check_every_flipped_bit,
    check_damage_in_the_middle,
    check_torn_random_bytes,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_journal(check: Any) -> None:
    check(journal)


# --- the rest of its surface ---


@given(st.lists(st.binary(min_size=1, max_size=2000), max_size=30), st.integers(0, 2000), st.integers(1, 64))
def test_it_gives_back_what_it_took_kept_in_memory_or_not(bodies: list[bytes], cut: int, block: int) -> None:
    fs = MemoryFs("/d")
    with Journal(fs, PATH) as written:
        assert [written.append(body) for body in bodies] == list(range(len(bodies)))
    visited: list[bytes] = []
    with Journal(fs, PATH, visit=visited.append) as lean, Journal(fs, PATH) as kept:
        assert visited == list(lean) == list(kept) == kept.entries == lean.entries == bodies
        assert [lean.body(number) for number in range(len(lean))] == bodies
        assert list(lean.bodies(cut % 31, cut % 7)) == bodies[cut % 31 : cut % 7]
        lean.append(b"more")
        assert lean.body(len(bodies)) == b"more"
    whole = b"".join(map(pack_entry, bodies))
    at = [offset for offset, _ in journal.walk(lambda o, n: whole[o : o + min(n, block + 2008)], len(whole))]
    assert len(at) == len(bodies)


def test_entries_longer_than_a_block_are_read_whole() -> None:
    fs = MemoryFs("/d")
    bodies = [b"a", random.Random(4).randbytes(3 << 20), b"b", bytes(MAX_ENTRY_BYTES), b"c"]
    with Journal(fs, PATH) as written:
        for body in bodies:
            written.append(body)
    sizes: list[int] = []
    with Journal(fs, PATH, visit=lambda body: sizes.append(len(body))) as lean:
        assert sizes == [len(body) for body in bodies]
        assert lean.body(3) == bodies[3]


def test_an_entry_that_is_empty_or_too_long_is_refused_and_nothing_is_written() -> None:
    fs = MemoryFs("/d")
    with Journal(fs, PATH) as open_journal:
        for body in (b"", bytes(MAX_ENTRY_BYTES + 1)):
            with pytest.raises(ValueError, match="journal entry of"):
                open_journal.append(body)
        assert open_journal.writable
    assert fs.read(PATH) == b""


def test_there_is_no_entry_with_that_number() -> None:
    with Journal(MemoryFs("/d"), PATH) as open_journal:
        for number in (-1, 0, 5):
            with pytest.raises(IndexError, match="no entry"):
                open_journal.body(number)


def test_an_entry_that_was_changed_on_the_disk_is_not_given_out() -> None:
    fs = MemoryFs("/d")
    with Journal(fs, PATH, visit=lambda body: None) as lean:
        for body in (b"one", b"two", b"three"):
            lean.append(body)
        fs.flip(PATH, 8 * 20)
        assert lean.body(0) == b"one"
        with pytest.raises(Damaged):
            lean.body(1)


def test_a_journal_that_cannot_be_opened_says_so() -> None:
    fs = MemoryFs()
    with pytest.raises(NotWritable, match="/d/j: cannot be opened"):
        Journal(fs, PATH)


def test_an_append_cut_off_by_something_else_than_the_disk_leaves_no_half_entry() -> None:
    fs = MemoryFs("/d")

    def stop(call: object) -> None:
        raise KeyboardInterrupt

    with Journal(fs, PATH) as open_journal:
        open_journal.append(b"one")
        fs.before_step = stop
        with pytest.raises(KeyboardInterrupt):
            open_journal.append(b"two")
        assert not open_journal.writable
    fs.before_step = lambda call: None
    assert list(Journal(fs, PATH)) == [b"one"]


def test_a_tail_longer_than_any_entry_is_no_torn_write() -> None:
    with pytest.raises(Damaged, match="no power cut"):
        entries_of(bytes(MAX_ENTRY_BYTES + 9))


def test_the_layout_is_the_documented_one() -> None:
    assert pack_entry(b"abc") == bytes.fromhex("00000003 352441c2") + b"abc"
    assert zlib.crc32(b"abc") == 0x352441C2


# --- write_atomic ---


def check_replace_every_cut(module: types.ModuleType) -> None:
    """Old or new, whole, at every cut; new once it returned."""
    start = MemoryFs("/d")
    start.put("/d/f", b"old" * 500)
    start.put("/d/f.new", b"left behind by an earlier cut")

    def scenario(fs: MemoryFs, said: list[bytes]) -> None:
        module.write_atomic(fs, "/d/f", b"new" * 700)
        said.append(b"new" * 700)

    for cut in every_cut(scenario, start=start):
        assert cut.fs.read("/d/f") in ((b"new" * 700,) if cut.said else (b"old" * 500, b"new" * 700)), cut


def check_replace_first_time(module: types.ModuleType) -> None:
    for cut in every_cut(lambda fs, said: said.append(module.write_atomic(fs, "/d/f", b"new" * 700)), "/d"):
        there = cut.fs.exists("/d/f")
        assert there or not cut.said, cut
        assert not there or cut.fs.read("/d/f") == b"new" * 700, cut


def check_replace_every_failure(module: types.ModuleType) -> None:
    start = MemoryFs("/d")
    start.put("/d/f", b"old" * 500)
    for call, fs, _, raised in every_failure(lambda fs, said: module.write_atomic(fs, "/d/f", b"new"), start=start):
        assert isinstance(raised, NotWritable), (call, raised)
        assert not fs.exists("/d/f.new"), call
        stands = b"new" if call.name == "sync_dir" else b"old" * 500
        assert fs.read("/d/f") == stands, call
        assert ("was replaced" in str(raised)) == (call.name == "sync_dir"), call
        for mode in MODES:
            assert fs.image(mode).read("/d/f") in (b"old" * 500, stands), call
        module.write_atomic(fs, "/d/f", b"again")
        assert fs.image("none").read("/d/f") == b"again", call


REPLACE_CHECKS = (check_replace_every_cut, check_replace_first_time, check_replace_every_failure)


@pytest.mark.parametrize("check", REPLACE_CHECKS, ids=lambda check: check.__name__)
def test_write_atomic(check: Any) -> None:
    check(files)


def test_write_atomic_takes_what_fits_or_leaves_the_old() -> None:
    fs = MemoryFs("/d")
    files.write_atomic(fs, "/d/f", b"old")
    fs.room = 2
    with pytest.raises(NotWritable, match="what was there before still stands"):
        files.write_atomic(fs, "/d/f", b"new")
    assert fs.files() == {"/d/": b"", "/d/f": b"old"}


# --- mutants: each must be caught ---

JOURNAL_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "an append is not synced": (("Journal.append", "drop call sync"),),
    "the directory is not synced": (("Journal.__init__", "drop call sync_dir"),),
    "the directory is synced only by whoever made the file": (
        (
            "Journal.__init__",
            "swap append (lambda path: (self.__dict__.update(made=not fs.exists(path)), fs.append(path))[1])",
        ),
        ("Journal.__init__", "swap sync_dir (lambda place: self.made and fs.sync_dir(place))"),
    ),
    "what is found at opening is not synced": (("Journal.__init__", "drop call sync"),),
    "length 0 is accepted": (("walk", "force MAX_ENTRY_BYTES 0<=length<=MAX_ENTRY_BYTES"),),
    "a torn tail is not cut": (("Journal.__init__", "drop call truncate"),),
    "the crc is not checked": (("walk", "force crc32 False"),),
    "the crc is not checked when looking for good entries": (("_good_entry_in", "force crc32 True"),),
    "good entries after a bad one are not looked for": (("_judge_tail", "force _good_entry_in False"),),
    "the last entry is cut whatever is wrong with it": (("_judge_tail", "force _can_be_torn True"),),
    "a torn entry counts as damage": (("_judge_tail", "force _can_be_torn False"),),
    "missing sectors count as damage": (("_can_be_torn", "force any True"),),
    "sectors counted from the entry, not the file": (("_can_be_torn", "put at 0"),),
    "a length with a flipped bit counts as torn": (("_can_be_torn", "force whole False 2"),),
    "it goes on after a failed append": (
        ("Journal.append", "drop set _file"),
        ("Journal.append", "swap closing contextlib.nullcontext"),
    ),
    "what a failed append left is not cut off": (("Journal.append", "drop call truncate"),),
    "an error of the disk is not NotWritable": (("Journal.append", "force OSError False"),),
    "the entry is noted before it is written": (("Journal.append", "before _note write"),),
    "the head is written after the body": (
        ("Journal.append", "swap write (lambda data: (file.write(data[8:]), file.sync(), file.write(data[:8])))"),
    ),
}

REPLACE_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "the new file is not synced": (("write_atomic", "drop call sync"),),
    "the directory is not synced": (("write_atomic", "drop call sync_dir"),),
    "the rename comes before the sync": (("write_atomic", "before rename sync"),),
    "the old file is removed first": (
        ("write_atomic", "swap rename (lambda new, path: (fs.exists(path) and fs.unlink(path), fs.rename(new, path)))"),
    ),
    "it is written in place": (("write_atomic", "put new path"), ("write_atomic", "drop call rename")),
    "what an earlier cut left is in the way": (("write_atomic", "force exists False"),),
    "what a failure left is left": (("write_atomic", "drop call unlink 2"),),
    "it promises the old content after a failed directory sync": (("write_atomic", "drop set renamed 2"),),
}


@pytest.mark.parametrize("name", JOURNAL_MUTANTS)
def test_each_mutant_of_the_journal_is_caught(name: str) -> None:
    assert caught_by(CHECKS, changed_module(journal, *JOURNAL_MUTANTS[name]))


@pytest.mark.parametrize("name", REPLACE_MUTANTS)
def test_each_mutant_of_write_atomic_is_caught(name: str) -> None:
    assert caught_by(REPLACE_CHECKS, changed_module(files, *REPLACE_MUTANTS[name]))


def test_errors_of_the_disk_name_what_failed() -> None:
    fs = MemoryFs("/d")
    with Journal(fs, PATH) as open_journal:
        fs.fail(1, errno.ENOSPC)
        with pytest.raises(NotWritable, match=r"/d/j: cannot be written \(No space left on device"):
            open_journal.append(b"one")
        with pytest.raises(NotWritable, match="an earlier write failed"):
            open_journal.append(b"one")
