"""The ledger: what it takes, what it refuses, power cuts, key changes, and heads that were kept outside."""

from __future__ import annotations

import json
import random
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Broken, Damaged, NotFound, NotWritable, Refused
from appliance.core.model import to_json
from appliance.ledger import log as log_module
from appliance.ledger.entry import MAX_DEPTH, MAX_ENTRY_BYTES, EntryHead, decode_entry, encode_entry
from appliance.ledger.kinds import KINDS
from appliance.ledger.log import Ledger
from appliance.ledger.tree import leaf_hash, verify_consistency, verify_inclusion
from appliance.storage import journal
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, changed_module
from tests.ledger.box import (
    DIRECTORY,
    NEXT_KEY,
    ORIGIN,
    PATH,
    SIGNING_KEY,
    THIRD_KEY,
    VKEY,
    TickingClock,
    load_verifier,
    open_ledger,
)

# --- what it takes and gives back ---

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text().filter(lambda name: name not in EntryHead.__struct_fields__), VALUES, max_size=5))
def test_an_entry_is_canonical_json_and_comes_back(fields: dict[str, Any]) -> None:
    raw = encode_entry(5, "gap.noted", fields)
    plain = json.loads(raw)
    assert plain == {**fields, "at": 5, "kind": "gap.noted"}
    assert json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == raw
    assert load_verifier().check_entry(raw) == plain
    assert decode_entry(3, raw) == (3, 5, "gap.noted", fields, raw)


def test_entries_are_numbered_dated_and_durable() -> None:
    fs, clock = MemoryFs("/k"), TickingClock()
    with open_ledger(fs, clock) as ledger:
        first = ledger.append("gap.noted", {"camera_no": "A-1", "cause": "訊號中斷"})
        second = ledger.append("gap.noted", {"spans": ({"start_ns": 1},)})
        assert (first.index, second.index, ledger.size) == (0, 1, 2)
        assert second.at_ns - first.at_ns >= 1_000_000_000
        assert second.fields == {"spans": [{"start_ns": 1}]}
        assert list(ledger.entries()) == [ledger.entry(0), ledger.entry(1)] == [first, second]
        assert list(ledger.entries(1)) == list(ledger.entries(1, 9)) == [second]
        assert list(ledger.entries(5)) == []
    with open_ledger(fs.image("none")) as again:
        assert list(again.entries()) == [first, second]
        assert again.cut_bytes == 0


@pytest.mark.parametrize("index", [-1, 1, 10**9])
def test_there_is_no_entry_with_that_index(index: int) -> None:
    with open_ledger(MemoryFs("/k")) as ledger:
        ledger.append("gap.noted", {})
        with pytest.raises(NotFound, match="there are 1"):
            ledger.entry(index)


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 0


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("gap.notd", {}, "no such kind"),
        ("", {}, "no such kind"),
        ("gap.noted", {"at": 1}, "ledger's own fields"),
        ("gap.noted", {"kind": "x"}, "ledger's own fields"),
        ("gap.noted", {"x": 1.5}, "a float has no canonical form"),
        ("gap.noted", {"x": [{"y": float("nan")}]}, "a float has no canonical form"),
        ("gap.noted", {"x": b"raw"}, "a bytes has no canonical form"),
        ("gap.noted", {"x": 2**63}, "beyond 64 bits"),
        ("gap.noted", {"x": {1: 2}}, "is no text"),
        ("gap.noted", {"act": "x" * 65}, r"act"),
        ("gap.noted", {"act": "x", "commit": "zz"}, "commit"),
        ("gap.noted", {"commit": "0" * 64}, "beside an act"),
        ("gap.noted", {"case": []}, "case"),
        ("gap.noted", {"x": nested(MAX_DEPTH)}, "nested more than 64 deep"),
        ("gap.noted", {"x": object()}, "cannot be written as JSON"),
        ("gap.noted", {"x": "\ud800"}, "cannot be written as JSON"),
        ("gap.noted", {"x": "y" * MAX_ENTRY_BYTES}, "at most 1048576"),
        ("ledger.key", {}, "only its own method"),
        ("ledger.restored", {}, "only its own method"),
    ],
)
def test_what_no_entry_may_hold_is_refused_and_nothing_is_written(kind: str, fields: dict[str, Any], says: str) -> None:
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        with pytest.raises(Broken, match=says):
            ledger.append(kind, fields)
        assert ledger.writable
        assert ledger.size == 0
    assert fs.read(PATH) == b""


def test_what_may_be_entered_can_be_read_at_the_next_opening_up_to_every_limit() -> None:
    fs = MemoryFs("/k")
    fields = {"x": [2**63 - 1, 1 - 2**63, None, True], "act": "~" * 64, "commit": "0f" * 32, "y": nested(MAX_DEPTH - 1)}
    with open_ledger(fs) as ledger:
        entered = ledger.append("gap.noted", fields)
        with pytest.raises(Broken, match="its act is entry 0 already"):
            ledger.append("gap.noted", fields)
        assert (ledger.size, ledger.writable) == (1, True)
    with open_ledger(fs) as ledger:
        assert list(ledger.entries()) == [entered]


def test_threads_share_it() -> None:
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:

        def work(name: str) -> None:
            for number in range(30):
                entry = ledger.append("gap.noted", {"name": name, "number": number})
                assert ledger.entry(entry.index) == entry
                ledger.check_head(ledger.checkpoint())
                assert len(list(ledger.entries())) >= entry.index

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [entry.index for entry in ledger.entries()] == list(range(120))
    assert open_ledger(fs).size == 120


def test_entries_are_not_kept_in_memory() -> None:
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        for number in range(600):
            ledger.append("gap.noted", {"number": number})
        fs.calls.clear()
        ledger.checkpoint()
        assert not fs.calls, "a head needs nothing of the past"
        assert ledger.entry(7).fields == {"number": 7}
        assert [call.name for call in fs.calls] == ["read_at"]
        fs.calls.clear()
        assert len(list(ledger.entries())) == 600
        assert len(fs.calls) == 3


# --- proofs and heads ---


def test_heads_and_proofs_verify() -> None:
    with open_ledger(MemoryFs("/k")) as ledger:
        roots = [ledger.root]
        for number in range(300):
            ledger.append("gap.noted", {"number": number})
            roots.append(ledger.root)
        for index, size in ((0, 1), (0, 300), (256, 300), (299, 300), (17, 290)):
            leaf = leaf_hash(ledger.entry(index).raw)
            assert verify_inclusion(leaf, index, size, ledger.inclusion(index, size), roots[size])
        for old, new in ((1, 300), (255, 257), (300, 300)):
            assert verify_consistency(old, new, roots[old], roots[new], ledger.consistency(old, new))
        assert ledger.check_head(ledger.checkpoint()).root == roots[300]


def test_a_head_kept_outside_is_checked_against_today() -> None:
    with open_ledger(MemoryFs("/k")) as ledger:
        heads = [ledger.checkpoint()]
        for number in range(5):
            ledger.append("gap.noted", {"number": number})
            heads.append(ledger.checkpoint())
        for size, head in enumerate(heads):
            assert ledger.check_head(head).size == size
    other = MemoryFs("/k")
    with open_ledger(other) as rewritten:
        for number in (0, 1, 2, 7, 4):
            rewritten.append("gap.noted", {"number": number})
        assert rewritten.check_head(heads[3])
        for head in heads[4:]:
            with pytest.raises(Damaged, match="was changed among them"):
                rewritten.check_head(head)
    with open_ledger(MemoryFs("/k")) as cut:
        cut.append("gap.noted", {"number": 0})
        with pytest.raises(Damaged, match="its end was cut off"):
            cut.check_head(heads[2])
    with (
        Ledger(
            MemoryFs("/k"), DIRECTORY, TickingClock(), origin="other.example/box", signing_key=SIGNING_KEY
        ) as foreign,
        pytest.raises(Damaged, match="none of the known keys"),
    ):
        foreign.check_head(heads[0])


# --- damage ---


def filled(fs: MemoryFs, count: int = 6) -> list[bytes]:
    with open_ledger(fs) as ledger:
        for number in range(count):
            ledger.append("gap.noted", {"number": number})
        return [entry.raw for entry in ledger.entries()]


def test_a_torn_tail_is_cut_and_counted() -> None:
    fs = MemoryFs("/k")
    filled(fs)
    whole = fs.read(PATH)
    fs.put(PATH, whole[:-5])
    with open_ledger(fs) as ledger:
        assert ledger.size == 5
        assert ledger.cut_bytes > 0
        ledger.append("gap.noted", {"number": 9})
    assert [entry.fields["number"] for entry in open_ledger(fs).entries()] == [0, 1, 2, 3, 4, 9]


def test_every_flipped_bit_is_found_at_opening() -> None:
    fs = MemoryFs("/k")
    filled(fs, 3)
    for bit in range(0, len(fs.read(PATH)) * 8, 5):
        flipped = fs.image("none")
        flipped.flip(PATH, bit)
        with pytest.raises(Damaged, match=r"ledger\.log"):
            open_ledger(flipped)


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"not json", b'{"at":"1","kind":"x"}', b'{"at":1}', b"\xff"])
def test_something_that_is_no_entry_is_damage(raw: bytes) -> None:
    fs = MemoryFs("/k")
    fs.make_dir(DIRECTORY)
    fs.put(PATH, journal.pack_entry(b'{"at":1,"kind":"gap.noted"}') + journal.pack_entry(raw))
    with pytest.raises(Damaged, match="ledger entry 1: is not an entry"):
        open_ledger(fs)


# --- keys ---


def test_a_key_change_pins_each_key_to_its_range() -> None:
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        assert ledger.verifier_keys == [VKEY]
        ledger.append("gap.noted", {"number": 0})
        old_head = ledger.checkpoint()
        changed = ledger.change_key(NEXT_KEY)
        assert (changed.index, changed.kind) == (1, "ledger.key")
        assert ledger.verifier_keys == [VKEY, changed.fields["new"]]
        ledger.append("gap.noted", {"number": 2})
        new_head = ledger.checkpoint()
        for head in (old_head, new_head):
            ledger.check_head(head)
    with open_ledger(fs, key=NEXT_KEY) as again:
        assert again.verifier_keys == [VKEY, changed.fields["new"]]
        for head in (old_head, new_head, again.checkpoint()):
            again.check_head(head)
        with pytest.raises(Refused, match="was in force before"):
            again.change_key(SIGNING_KEY)
        assert again.change_key(THIRD_KEY).index == 3


def test_a_key_signs_no_head_of_another_keys_range() -> None:
    fs, forged = MemoryFs("/k"), MemoryFs("/k")
    with open_ledger(fs) as ledger:
        ledger.append("gap.noted", {"number": 0})
        ledger.change_key(NEXT_KEY)
        raws = [entry.raw for entry in ledger.entries()]
    with open_ledger(forged, key=NEXT_KEY) as thief:
        thief.append("gap.noted", {"number": 0})
        assert [entry.raw for entry in thief.entries()] == raws[:1]
        early = thief.checkpoint()
    with open_ledger(forged) as late_signer:
        late_signer.append("gap.noted", {"number": 1})
        late = late_signer.checkpoint()
    with open_ledger(fs, key=NEXT_KEY) as ledger:
        with pytest.raises(Damaged, match="not signed by the key that was in force then"):
            ledger.check_head(early)
        with pytest.raises(Damaged, match="not signed by the key that was in force then"):
            ledger.check_head(late)


def test_the_wrong_key_does_not_open_it() -> None:
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        ledger.change_key(NEXT_KEY)
    for wrong in (SIGNING_KEY, THIRD_KEY):
        with pytest.raises(Broken, match="not the one in force"):
            open_ledger(fs, key=wrong)


@pytest.mark.parametrize("field", ["old", "new", "note"])
def test_an_altered_key_change_is_damage(field: str) -> None:
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        ledger.append("gap.noted", {})
        ledger.change_key(NEXT_KEY)
        raws = [json.loads(entry.raw) for entry in ledger.entries()]
    for value in ("", raws[1]["new" if field == "old" else "old"], None):
        raws[1] = {**raws[1], field: value}
        fs.put(PATH, b"".join(journal.pack_entry(to_json(raw)) for raw in raws))
        with pytest.raises(Damaged, match="ledger entry 1: the key change does not verify"):
            open_ledger(fs, key=NEXT_KEY)


def test_a_key_change_moved_to_another_place_is_damage() -> None:
    fs = MemoryFs("/k")
    with open_ledger(fs) as ledger:
        ledger.append("gap.noted", {})
        ledger.change_key(NEXT_KEY)
        raws = [entry.raw for entry in ledger.entries()]
    fs.put(PATH, b"".join(map(journal.pack_entry, raws[::-1])))
    with pytest.raises(Damaged, match="the old key signed another change than this"):
        open_ledger(fs, key=NEXT_KEY)


def test_a_restored_ledger_names_the_head_it_goes_on_from() -> None:
    fs = MemoryFs("/k")
    filled(fs, 3)
    with open_ledger(fs) as ledger:
        root = ledger.root
        entry = ledger.note_restored("the disk was replaced")
        assert entry.fields == {"size": 3, "root": root.hex(), "reason": "the disk was replaced"}


# --- checks that the mutants must fail, too ---


def run(module: Any, fs: MemoryFs, said: list[Any]) -> None:
    """Entries, heads handed out in between, a key change."""
    with module.Ledger(fs, DIRECTORY, TickingClock(), origin=ORIGIN, signing_key=SIGNING_KEY) as ledger:
        for number in range(4):
            said.append(ledger.append("gap.noted", {"number": number}).raw)
            said.append(ledger.checkpoint())
            if number == 1:
                said.append(ledger.change_key(NEXT_KEY).raw)


def reopen(module: Any, fs: MemoryFs) -> Any:
    return module.Ledger(fs, DIRECTORY, TickingClock(), origin=ORIGIN, signing_key=SIGNING_KEY, next_key=NEXT_KEY)


def check_every_cut(module: Any) -> None:
    """After every cut all acknowledged entries are there, all heads handed out still hold, and it goes on."""
    for cut in every_cut(lambda fs, said: run(module, fs, said), "/k", modes=(*MODES, KILLED)):
        with reopen(module, cut.fs) as ledger:
            raws = [thing for thing in cut.said if isinstance(thing, bytes)]
            found = [entry.raw for entry in ledger.entries()]
            assert found[: len(raws)] == raws, cut
            assert len(found) <= len(raws) + 1, cut
            for head in (thing for thing in cut.said if isinstance(thing, str)):
                ledger.check_head(head)
            head = ledger.checkpoint()
            assert ledger.append("gap.noted", {"number": 9}).index == len(found)
        reopen(module, cut.fs.image("none")).check_head(head)


def check_every_failure(module: Any) -> None:
    """What could not be written is NotWritable, changes neither size nor head, and nothing more is taken."""

    def attempt(fs: MemoryFs, said: list[Any]) -> None:
        with module.Ledger(fs, DIRECTORY, TickingClock(), origin=ORIGIN, signing_key=SIGNING_KEY) as ledger:
            for number in range(3):
                size, head = ledger.size, ledger.checkpoint()
                try:
                    said.append(ledger.append("gap.noted", {"number": number}).raw)
                except NotWritable:
                    assert (ledger.size, ledger.checkpoint(), ledger.writable) == (size, head, False)
                    with pytest.raises(NotWritable):
                        ledger.append("gap.noted", {"number": number})
                    raise

    for call, fs, said, raised in every_failure(attempt, "/k"):
        assert isinstance(raised, NotWritable), (call, raised)
        for mode in (*MODES, KILLED):
            with reopen(module, fs.image(mode, random.Random(call.number))) as ledger:
                assert [entry.raw for entry in ledger.entries(0, len(said))] == said
                assert ledger.size <= len(said) + 1


def check_keys_after_cut(module: Any) -> None:
    """A key change is in force exactly if its entry is there."""
    for cut in every_cut(lambda fs, said: run(module, fs, said), "/k"):
        with reopen(module, cut.fs) as ledger:
            changed = any(entry.kind == "ledger.key" for entry in ledger.entries())
            assert len(ledger.verifier_keys) == 1 + changed, cut
            assert ledger.check_head(ledger.checkpoint()).size == ledger.size


def check_heads(module: Any) -> None:
    test_ledger = MemoryFs("/k")
    with reopen(module, test_ledger) as ledger:
        heads = [(ledger.append("gap.noted", {"number": number}), ledger.checkpoint())[1] for number in range(3)]
        ledger.change_key(NEXT_KEY)
        after = ledger.checkpoint()
        assert {ledger.check_head(head).size for head in [*heads, after]} == {1, 2, 3, 4}
    with reopen(module, MemoryFs("/k")) as other:
        other.append("gap.noted", {"number": 0})
        other.append("gap.noted", {"number": 7})
        for head in heads[1:]:
            with pytest.raises(Damaged):
                other.check_head(head)
        with pytest.raises(Damaged):
            other.check_head(after)
    with reopen(module, MemoryFs("/k")) as shorter:
        shorter.append("gap.noted", {"number": 0})
        with pytest.raises(Damaged, match="its end was cut off"):
            shorter.check_head(heads[2])


def check_key_ranges(module: Any) -> None:
    fs, forged = MemoryFs("/k"), MemoryFs("/k")
    with reopen(module, fs) as ledger:
        ledger.append("gap.noted", {"number": 0})
        ledger.change_key(NEXT_KEY)
        with open_ledger(forged, key=NEXT_KEY) as thief:
            thief.append("gap.noted", {"number": 0})
            with pytest.raises(Damaged, match="not signed by the key"):
                ledger.check_head(thief.checkpoint())
    with pytest.raises(Broken):
        module.Ledger(fs, DIRECTORY, TickingClock(), origin=ORIGIN, signing_key=SIGNING_KEY)


CHECKS = (check_every_cut, check_every_failure, check_keys_after_cut, check_heads, check_key_ranges)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_ledger(check: Any) -> None:
    check(log_module)


MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "the tree grows before the entry is durable": (
        ("Ledger._append", "swap decode_head (lambda _, raw: decode_head(0, raw))"),
        ("Ledger._append", "swap append (lambda raw: self._tree.size - 1)"),
        ("Ledger._append", "swap decode_entry (lambda index, raw: decode_entry(self._journal.append(raw), raw))"),
    ),
    "the tree does not grow": (("Ledger._append", "drop call _take"),),
    "its own directory is not durable": (("Ledger.__init__", "drop call sync_dir"),),
    "the old key goes on signing": (("Ledger.change_key", "drop set _key"),),
    "the new key signs before its entry is durable": (("Ledger.change_key", "before _key _append"),),
    "any known key may have signed": (("Ledger.check_head", "force for_size False"),),
    "any key opens it": (("Ledger._key_in_force", "force line True"),),
    "the root is not compared": (("Ledger.check_head", "force root False"),),
    "the size is not compared": (("Ledger.check_head", "force size False 1"),),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_caught(name: str) -> None:
    assert caught_by(CHECKS, changed_module(log_module, *MUTANTS[name]))


def test_the_kinds_are_words_of_their_own() -> None:
    for kind, summary in KINDS.items():
        subject, dot, event = kind.partition(".")
        assert (subject.isalpha(), dot, event.isalpha()) == (True, ".", True), kind
        assert (summary[0].isupper(), summary.endswith(".")) == (True, False), kind
    assert len(set(KINDS.values())) == len(KINDS)
