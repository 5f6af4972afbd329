"""The documents: TinyDB's own behaviour over the journal, durable at every cut, closed to every change."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.operations import add, delete, increment
from tinydb.storages import MemoryStorage

from appliance.core.errors import Damaged, NotWritable
from appliance.storage.documents import Documents, JournalStorage, open_documents
from appliance.storage.journal import Journal, entries_of
from tests.faults.memory_fs import MemoryFs, every_cut

KEY = b"k" * 32
PATH = "/web/documents"


def counted() -> Callable[[int], bytes]:
    """Bytes that differ with every call, the same in every run."""
    numbers = itertools.count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def opened(fs: MemoryFs, key: bytes = KEY) -> Documents:
    return Documents(JournalStorage(fs, PATH, key, counted()))


@pytest.fixture
def fs() -> MemoryFs:
    return MemoryFs("/web")


# --- TinyDB's contract, the private methods that are replaced included ---

_DOCUMENT = st.fixed_dictionaries(
    {"n": st.integers(0, 3)},
    optional={"tags": st.lists(st.sampled_from("ab"), max_size=2), "name": st.text(max_size=4)},
)
_STEP = st.one_of(
    st.tuples(st.just("insert"), _DOCUMENT),
    st.tuples(st.just("insert_multiple"), st.lists(_DOCUMENT, max_size=3)),
    st.tuples(st.just("update"), st.integers(0, 3), _DOCUMENT),
    st.tuples(st.just("upsert"), st.integers(0, 3), _DOCUMENT),
    st.tuples(st.just("increment"), st.integers(0, 3)),
    st.tuples(st.just("add_tags"), st.integers(0, 3)),
    st.tuples(st.just("delete_name"), st.integers(0, 3)),
    st.tuples(st.just("remove"), st.integers(0, 3)),
    st.tuples(st.just("truncate")),
)


def _do(table: Any, step: tuple[Any, ...]) -> Any:
    verb, *arguments = step
    if verb in ("insert", "insert_multiple"):
        return getattr(table, verb)(arguments[0])
    if verb == "truncate":
        return table.truncate()
    chosen = where("n") == arguments[0]
    if verb in ("update", "upsert"):
        return getattr(table, verb)(arguments[1], chosen)
    if verb == "increment":
        return table.update(increment("n"), chosen)
    if verb == "add_tags":
        return table.update(add("tags", ["c"]), chosen & where("tags").exists())
    if verb == "delete_name":
        return table.update(delete("name"), chosen & where("name").exists())
    return table.remove(chosen)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["cases", "drafts"]), _STEP), max_size=12))
def test_every_call_does_what_tinydb_itself_does_and_survives_reopening(steps: list[Any]) -> None:
    ours, theirs = opened(fs := MemoryFs("/web")), TinyDB(storage=MemoryStorage)
    for name, step in steps:
        assert _do(ours.table(name), step) == _do(theirs.table(name), step)
    ours.close()
    again = opened(fs)
    for name in ("cases", "drafts"):
        assert again.table(name).all() == theirs.table(name).all()
        assert [each.doc_id for each in again.table(name).all()] == [each.doc_id for each in theirs.table(name).all()]
    assert again.tables() == {name for name in theirs.tables() if len(theirs.table(name))}


def test_changing_a_document_that_was_read_changes_nothing_stored(fs: MemoryFs) -> None:
    table = opened(fs).table("cases")
    table.insert({"tags": ["a"]})
    table.all()[0]["tags"].append("b")
    assert table.all() == [{"tags": ["a"]}]


def test_a_change_that_fails_changes_nothing(fs: MemoryFs) -> None:
    documents = opened(fs)
    table = documents.table("cases")
    table.insert({"n": 1})
    fs.fail(1, errno.ENOSPC, lasting=True)
    with pytest.raises(NotWritable):
        table.insert({"n": 2})
    assert table.all() == [{"n": 1}]


def test_one_small_change_writes_one_small_entry(fs: MemoryFs) -> None:
    table = opened(fs).table("cases")
    table.insert_multiple({"n": number, "text": "x" * 500} for number in range(200))
    before = len(fs.files()[PATH])
    table.update({"n": -1}, doc_ids=[7])
    assert len(fs.files()[PATH]) - before < 800


# --- the disk ---


def test_a_power_cut_at_any_call_leaves_every_acknowledged_change_and_no_half_one() -> None:
    def scenario(fs: MemoryFs, said: list[Any]) -> None:
        documents, _ = open_documents(fs, "/web", counted())
        for number in range(3):
            documents.table("cases").insert({"n": number})
            said.append(number)
        documents.table("cases").update({"n": 10}, doc_ids=[1])
        said.append(10)

    cuts = 0
    for cut in every_cut(scenario, "/web"):
        documents, given_up = open_documents(cut.fs, "/web", counted())
        found = [each["n"] for each in documents.table("cases").all()]
        wanted = [0, 1, 2, 10]
        states = [[], [0], [0, 1], [0, 1, 2], [10, 1, 2]]
        assert not given_up
        assert found in states[len(cut.said) :], (
            f"{cut.call} {cut.mode}: {found}, acknowledged {wanted[: len(cut.said)]}"
        )
        cuts += 1
    assert cuts > 15


def test_a_cut_while_compacting_loses_nothing() -> None:
    begin = MemoryFs("/web")
    documents, _ = open_documents(begin, "/web", counted())
    for number in range(1100):
        documents.table("cases").upsert({"key": number % 3, "n": number}, where("key") == number % 3)
    documents.close()
    wanted = sorted(each["n"] for each in documents.table("cases").all())
    before = len(begin.files()[PATH])
    sizes = set()

    def scenario(fs: MemoryFs, said: list[Any]) -> None:
        open_documents(fs, "/web", counted())

    for cut in every_cut(scenario, start=begin, modes=("none", "all")):
        again, given_up = open_documents(cut.fs, "/web", counted())
        assert not given_up
        assert sorted(each["n"] for each in again.table("cases").all()) == wanted
        sizes.add(len(cut.fs.files()[PATH]))
    assert min(sizes) < before / 100


def test_no_word_of_a_document_lies_in_clear(fs: MemoryFs) -> None:
    opened(fs).table("drafts").insert({"reason": "皮夾遺失"})
    assert "皮夾遺失".encode() not in fs.files()[PATH]
    assert b"drafts" not in fs.files()[PATH]


def test_an_entry_altered_moved_or_taken_from_elsewhere_is_damage(fs: MemoryFs) -> None:
    documents = opened(fs)
    for number in range(3):
        documents.table("cases").insert({"n": number})
    documents.close()
    entries, _ = entries_of(fs.files()[PATH])
    other = MemoryFs("/web")
    Documents(JournalStorage(other, PATH, KEY, lambda size: b"z" * size)).table("cases").insert({"n": 0})
    foreign = entries_of(other.files()[PATH])[0][1]
    flipped = entries[2][:-1] + bytes([entries[2][-1] ^ 1])
    for wrong in (
        [entries[0], entries[1], flipped, entries[3]],
        [entries[0], entries[2], entries[1], entries[3]],
        [entries[0], entries[1], entries[1], entries[3]],
        [entries[0], entries[1], entries[3]],
        [entries[0], foreign, entries[2], entries[3]],
    ):
        with pytest.raises(Damaged):
            _rewritten(wrong)


def _rewritten(entries: list[bytes]) -> JournalStorage:

    fs = MemoryFs("/web")
    journal = Journal(fs, PATH)
    for entry in entries:
        journal.append(entry)
    journal.close()
    return JournalStorage(fs, PATH, KEY)


def test_a_damaged_file_is_put_aside_and_costs_only_what_was_in_it(fs: MemoryFs) -> None:
    documents, _ = open_documents(fs, "/web", counted())
    documents.table("drafts").insert({"n": 1})
    documents.close()
    fs.put("/web/documents.key", b"another key of thirty-two bytes!")
    again, given_up = open_documents(fs, "/web", counted())
    assert "does not open" in given_up
    assert again.table("drafts").all() == []
    assert fs.exists(PATH + ".damaged")


def test_documents_that_somebody_deleted_are_begun_anew_and_said_to_be_gone(fs: MemoryFs) -> None:
    for expected in ("", "/web/documents: is gone", ""):
        documents, given_up = open_documents(fs, "/web", counted())
        assert given_up == expected
        documents.table("drafts").insert({"n": 1})
        documents.close()
        if not expected and not fs.exists("/web/told"):
            fs.put("/web/told", b"")
            fs.unlink(PATH)
