"""Acts: the sealed record and its entry, together or not at all, whatever is interrupted."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Broken, Damaged, NotFound, NotWritable
from appliance.core.model import to_json
from appliance.ledger import months as months_module
from appliance.ledger import records as records_module
from appliance.ledger.log import Ledger
from appliance.ledger.months import Month, month_path
from appliance.ledger.records import Acts, commitment
from appliance.storage.journal import entries_of, pack_entry
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, changed_module
from tests.ledger.box import PATH, RECORDS, RECORDS_KEY, TickingClock, counting_random, open_acts, open_ledger

MARCH = month_path(RECORDS, "2026-03")
APRIL = month_path(RECORDS, "2026-04")
APRIL_NS = 1_775_000_000 * 1_000_000_000


def office(fs: MemoryFs) -> tuple[Ledger, Acts]:
    ledger = open_ledger(fs)
    return ledger, open_acts(ledger, fs)


# --- what an act is ---


def test_an_act_is_an_entry_with_its_sealed_part() -> None:
    ledger, acts = office(MemoryFs("/k"))
    act = acts.perform("act-1", "case.received", {"case": "115-001"}, {"name": "王小明", "reason": "遺失皮夾"})
    assert act.first
    assert act.entry.kind == "case.received"
    assert set(act.entry.fields) == {"case", "act", "commit"}
    assert acts.sealed(act.entry.index) == {"name": "王小明", "reason": "遺失皮夾"}
    assert ledger.entry(0) == act.entry


def test_a_repeat_gives_the_first_answer_and_changes_nothing() -> None:
    fs = MemoryFs("/k")
    ledger, acts = office(fs)
    first = acts.perform("act-1", "case.received", {"case": "1"}, {"name": "A"})
    before = fs.files()
    again = acts.perform("act-1", "case.received", {"case": "2"}, {"name": "B"})
    assert again == (first.act_id, first.entry, False)
    assert fs.files() == before
    _, later = office(fs)
    assert later.perform("act-1", "case.received", {"case": "3"}) == again
    assert ledger.size == 1


def test_an_act_without_a_sealed_part_makes_no_record() -> None:
    fs = MemoryFs("/k")
    _, acts = office(fs)
    act = acts.perform("act-1", "session.opened", {"person": "p1"})
    assert acts.sealed(act.entry.index) is None
    assert fs.list_dir(RECORDS) == []


def test_an_entry_that_is_no_act_has_no_sealed_part() -> None:
    ledger, acts = office(MemoryFs("/k"))
    ledger.append("gap.noted", {})
    assert acts.sealed(0) is None
    with pytest.raises(NotFound):
        acts.sealed(1)


def test_nothing_personal_is_on_the_disk_in_clear() -> None:
    fs = MemoryFs("/k")
    _, acts = office(fs)
    acts.perform("act-1", "case.received", {"case": "1"}, {"name": "Wang Xiaoming", "reason": "lost wallet"})
    for path, data in fs.files().items():
        assert b"Wang" not in data, path
        assert b"wallet" not in data, path


def test_the_same_words_commit_to_different_hashes() -> None:
    _, acts = office(MemoryFs("/k"))
    commits = {
        acts.perform(f"act-{number}", "case.received", {}, {"name": "A"}).entry.fields["commit"] for number in range(5)
    }
    assert len(commits) == 5


def test_the_commitment_is_the_documented_one() -> None:
    assert commitment(bytes(32), b'{"name":"A"}') == "e1cdd8c1eed2d0fc4c049d812f982c2f2a6a75ce9a9ddc263dd0234178ef5477"


def test_each_month_has_its_own_file_and_key() -> None:
    fs, clock = MemoryFs("/k"), TickingClock()
    ledger = open_ledger(fs, clock)
    acts = open_acts(ledger, fs, clock)
    acts.perform("act-1", "case.received", {}, {"name": "A"})
    clock.now_ns = APRIL_NS
    acts.perform("act-2", "case.received", {}, {"name": "B"})
    clock.now_ns = TickingClock().now_ns
    acts.perform("act-3", "case.received", {}, {"name": "C"})
    assert fs.list_dir(RECORDS) == ["records-2026-03.log", "records-2026-04.log"]
    _, again = office(fs)
    assert [again.sealed(index) for index in range(3)] == [{"name": "A"}, {"name": "B"}, {"name": "C"}]
    assert not again.orphans
    fs.put(APRIL, fs.read(MARCH))
    with pytest.raises(Damaged, match="does not open with the records key"):
        office(fs)[1].sealed(0)


@pytest.mark.parametrize(
    ("act_id", "kind", "clear", "says"),
    [
        ("", "case.received", {}, "1 to 64 printable ASCII"),
        ("x" * 65, "case.received", {}, "1 to 64 printable ASCII"),
        ("a\nb", "case.received", {}, "1 to 64 printable ASCII"),
        ("案件", "case.received", {}, "1 to 64 printable ASCII"),
        ("a", "case.recieved", {}, "no such kind"),
        ("a", "ledger.key", {}, "only its own method"),
        ("a", "case.received", {"act": "b"}, "not the caller's"),
        ("a", "case.received", {"commit": "b"}, "not the caller's"),
        ("a", "case.received", {"at": 1}, "ledger's own fields"),
        ("a", "case.received", {"share": 0.5}, "no canonical form"),
    ],
)
def test_what_no_act_may_be_is_refused_before_anything_is_written(
    act_id: str, kind: str, clear: dict[str, Any], says: str
) -> None:
    fs = MemoryFs("/k")
    _, acts = office(fs)
    before = fs.files()
    with pytest.raises(Broken, match=says):
        acts.perform(act_id, kind, clear, {"name": "A"})
    assert fs.files() == before
    assert acts.perform("next", "case.received", {}, {"name": "B"}).first


def test_an_act_id_of_another_kind_is_refused() -> None:
    _, acts = office(MemoryFs("/k"))
    acts.perform("act-1", "case.received", {})
    with pytest.raises(Broken, match=r"was case\.received, and is now asked for as case\.decided"):
        acts.perform("act-1", "case.decided", {})


@given(
    st.dictionaries(
        st.text(), st.one_of(st.text(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False))
    )
)
def test_any_sealed_part_comes_back(sealed: dict[str, Any]) -> None:
    fs = MemoryFs("/k")
    _, acts = office(fs)
    act = acts.perform("a", "case.received", {}, sealed)
    assert office(fs)[1].sealed(act.entry.index) == sealed


# --- records and ledger that disagree ---


def two_acts(fs: MemoryFs) -> None:
    ledger, acts = office(fs)
    with ledger, acts:
        acts.perform("act-1", "case.received", {"case": "1"}, {"name": "A"})
        acts.perform("act-2", "case.received", {"case": "2"}, {"name": "B"})


def test_an_entry_without_its_record_is_an_alarm() -> None:
    fs = MemoryFs("/k")
    two_acts(fs)
    fs.unlink(MARCH)
    _, acts = office(fs)
    assert [entry.fields["act"] for entry in acts.orphans] == ["act-1", "act-2"]
    with pytest.raises(Damaged, match="its sealed record is missing"):
        acts.sealed(1)


def test_a_record_cut_from_the_end_is_an_alarm() -> None:
    fs = MemoryFs("/k")
    two_acts(fs)
    fs.put(MARCH, fs.read(MARCH)[:-10])
    _, acts = office(fs)
    assert [entry.fields["act"] for entry in acts.orphans] == ["act-2"]
    assert acts.sealed(0) == acts.legible(0) == {"name": "A"}


def test_a_cut_ledger_does_not_take_the_records_with_it() -> None:
    fs = MemoryFs("/k")
    two_acts(fs)
    records = fs.read(MARCH)
    fs.unlink(PATH)
    ledger = open_ledger(fs)
    with pytest.raises(Damaged, match="2 records have no ledger entry"):
        open_acts(ledger, fs)
    assert fs.read(MARCH) == records


def test_a_record_of_another_act_is_not_given_out() -> None:
    """Two records under each other's names: neither opens."""
    fs = MemoryFs("/k")
    two_acts(fs)
    fs.put(MARCH, fs.read(MARCH).replace(b"act-1", b"act-?").replace(b"act-2", b"act-1").replace(b"act-?", b"act-2"))
    with pytest.raises(Damaged):
        office(fs)


def test_a_record_that_was_replaced_by_a_well_sealed_other_is_damage() -> None:
    """Whoever holds the records key can seal what they like, but not to the commitment in the ledger."""
    fs = MemoryFs("/k")
    two_acts(fs)
    fs.unlink(MARCH)
    month = Month(fs, MARCH, "2026-03", RECORDS_KEY, counting_random())
    month.add("act-1", bytes(32) + to_json({"name": "somebody else"}))
    month.add("act-2", bytes(32) + to_json({"name": "B"}))
    _, acts = office(fs)
    for index in (0, 1):
        with pytest.raises(Damaged, match="is not the one that was entered"):
            acts.sealed(index)
        assert acts.legible(index) == {}


def test_another_records_key_opens_nothing() -> None:
    fs = MemoryFs("/k")
    two_acts(fs)
    acts = Acts(open_ledger(fs), fs, RECORDS, bytes(32), TickingClock())
    with pytest.raises(Damaged, match="does not open with the records key"):
        acts.sealed(0)


def test_a_file_that_is_no_month_is_damage() -> None:
    fs = MemoryFs("/k")
    two_acts(fs)
    with open_ledger(fs) as ledger:
        fs.put(MARCH, fs.read(PATH))
        with pytest.raises(Damaged, match="holds something that is no record"):
            open_acts(ledger, fs)


# --- erasing ---


def test_an_erased_part_is_gone_and_the_entry_stays() -> None:
    fs = MemoryFs("/k")
    two_acts(fs)
    ledger, acts = office(fs)
    head, before = ledger.checkpoint(), fs.read(MARCH)
    erased = acts.erase("act-3", 0, {"rule": "檔案法"}, {"reason": "asked by the person"})
    assert erased.entry.fields["erased"] == 0
    assert (acts.sealed(0), acts.sealed(1)) == (None, {"name": "B"})
    assert acts.sealed(erased.entry.index) == {"reason": "asked by the person"}
    assert b"act-1" not in fs.read(MARCH)
    assert before[:68] != fs.read(MARCH)[:68], "another month key"
    for found in (ledger, open_ledger(fs)):
        found.check_head(head)
    _, again = office(fs)
    assert not again.orphans
    assert again.sealed(0) is None
    assert again.erase("act-3", 0, {}).first is False
    assert again.perform("act-1", "case.received", {}).first is False


def test_what_cannot_be_erased_says_so() -> None:
    _, acts = office(MemoryFs("/k"))
    acts.perform("act-1", "case.received", {})
    acts.perform("act-2", "case.received", {}, {"name": "A"})
    acts.perform("act-3", "case.received", {}, {"name": "B"})
    with pytest.raises(NotFound, match="has no sealed part"):
        acts.erase("act-4", 0, {})
    with pytest.raises(NotFound):
        acts.erase("act-4", 9, {})
    acts.erase("act-4", 1, {})
    with pytest.raises(Broken, match="erased entry 1, and is now asked for 2"):
        acts.erase("act-4", 2, {})
    assert acts.sealed(2) == {"name": "B"}


# --- checks that the mutants must fail, too ---


class Box:
    """The modules under test, one of them perhaps a mutant."""

    def __init__(self, records: Any = records_module, months: Any = months_module) -> None:
        self.acts, self.month = records.Acts, months.Month
        if months is not months_module:
            bound = changed_module(records_module)
            for name in months.__all__:
                setattr(bound, name, getattr(months, name))
            self.acts = bound.Acts

    def open(self, fs: MemoryFs, clock: TickingClock | None = None) -> tuple[Ledger, Any]:
        ledger = open_ledger(fs, clock)
        return ledger, self.acts(ledger, fs, RECORDS, RECORDS_KEY, clock or TickingClock(), random=counting_random())


def run(box: Box, fs: MemoryFs, said: list[Any]) -> None:
    """Acts over a month's border, one repeated, one without a sealed part; says (act id, sealed part) of each."""
    clock = TickingClock()
    ledger, acts = box.open(fs, clock)
    with ledger, acts:
        for number, sealed in enumerate(({"name": "A" * 700}, {"name": "B"}, None, {"name": "C"}, {"name": "D"})):
            if number == 3:
                clock.now_ns = APRIL_NS
            for _ in range(2):
                acts.perform(f"act-{number}", "case.received", {"case": str(number)}, sealed)
            said.append((f"act-{number}", sealed))


def check_every_cut(box: Box) -> None:
    """Acknowledged acts are there with their sealed parts; at most the one under way besides, whole or not at all."""
    for cut in every_cut(lambda fs, said: run(box, fs, said), "/k", modes=(*MODES, KILLED)):
        ledger, acts = box.open(cut.fs)
        found = [(entry.fields["act"], acts.sealed(entry.index)) for entry in ledger.acts()]
        assert found[: len(cut.said)] == list(cut.said), cut
        assert len(found) <= len(cut.said) + 1, cut
        assert not acts.orphans, cut
        assert acts.cut_records <= 1, cut
        ledger.close()
        acts.close()
        said: list[Any] = []
        run(box, cut.fs, said)
        ledger, acts = box.open(cut.fs.image("none"))
        assert [(entry.fields["act"], acts.sealed(entry.index)) for entry in ledger.acts()] == said, cut
        assert acts.cut_records == 0, cut
        assert not acts.orphans, cut


def check_cut_records_are_gone(box: Box) -> None:
    """A record whose entry never came to be is gone for good; some cut must have left one, else this shows nothing."""
    left = 0
    for cut in every_cut(lambda fs, said: run(box, fs, said), "/k", modes=("none", "all")):
        ledger, acts = box.open(cut.fs)
        left += acts.cut_records
        entered = {entry.fields["act"] for entry in ledger.acts()}
        for path, data in cut.fs.image("none").files().items():
            for number in range(5):
                if path.startswith(RECORDS) and f"act-{number}".encode() in data:
                    assert f"act-{number}" in entered, cut
    assert left


def check_every_failure(box: Box) -> None:
    """A failed write is NotWritable, nothing half done is acknowledged, and opening again puts all in order."""

    def attempt(fs: MemoryFs, said: list[Any]) -> None:
        ledger, acts = box.open(fs)
        with ledger, acts:
            for number in range(3):
                try:
                    acts.perform(f"act-{number}", "case.received", {}, {"number": number})
                    said.append((f"act-{number}", {"number": number}))
                except NotWritable:
                    for later in range(number, 5):
                        with pytest.raises(NotWritable):
                            acts.perform(f"act-{later}", "case.received", {}, {"number": later})
                    raise

    for call, fs, said, raised in every_failure(attempt, "/k"):
        assert isinstance(raised, NotWritable), (call, raised)
        for mode in (*MODES, KILLED):
            ledger, acts = box.open(fs.image(mode, random.Random(call.number)))
            found = [(entry.fields["act"], acts.sealed(entry.index)) for entry in ledger.acts()]
            assert found[: len(said)] == said, (call, mode)
            assert len(found) <= len(said) + 1, (call, mode)
            assert not acts.orphans, (call, mode)


def check_erasing_cut(box: Box) -> None:
    """An erasure is finished once its entry is there, and touches nothing before."""
    start = MemoryFs("/k")
    run(box, start, [])
    start.sync_fs("/")

    def erase(fs: MemoryFs, said: list[Any]) -> None:
        ledger, acts = box.open(fs)
        with ledger, acts:
            acts.erase("act-9", 1, {}, {"reason": "E"})
            said.append("erased")

    for cut in every_cut(erase, start=start, modes=(*MODES, KILLED)):
        ledger, acts = box.open(cut.fs)
        entered = ledger.act("act-9") is not None
        assert entered or not cut.said, cut
        assert acts.sealed(1) == (None if entered else {"name": "B"}), cut
        assert (b"act-1" in cut.fs.image("none").read(MARCH)) != entered, cut
        assert [acts.sealed(index) for index in (0, 3, 4)] == [{"name": "A" * 700}, {"name": "C"}, {"name": "D"}], cut
        assert not acts.orphans, cut
        assert not [path for path in cut.fs.files() if path.endswith(".new")], cut


def check_commitment(box: Box) -> None:
    fs = MemoryFs("/k")
    run(box, fs, [])
    fs.unlink(APRIL)
    month = Month(fs, APRIL, "2026-04", RECORDS_KEY, counting_random())
    for number in (3, 4):
        month.add(f"act-{number}", bytes(32) + to_json({"name": "X"}))
    _, acts = box.open(fs)
    with pytest.raises(Damaged):
        acts.sealed(3)


def check_moved_records(box: Box) -> None:
    """A record under another act's name, or in another month's file, does not open."""
    fs = MemoryFs("/k")
    run(box, fs, [])
    head, zero, one = entries_of(fs.read(MARCH))[0]
    swapped = [head, zero.replace(b"act-0", b"act-1"), one.replace(b"act-1", b"act-0")]
    fs.put(MARCH, b"".join(map(pack_entry, swapped)))
    month = box.month(fs, MARCH, "2026-03", RECORDS_KEY, counting_random())
    with pytest.raises(Damaged, match="the record of act act-0 does not open"):
        month.read("act-0")
    fs.put(MARCH, fs.read(APRIL))
    month = box.month(fs, MARCH, "2026-03", RECORDS_KEY, counting_random())
    with pytest.raises(Damaged, match="does not open with the records key"):
        month.read("act-3")


def check_cut_ledger(box: Box) -> None:
    fs = MemoryFs("/k")
    run(box, fs, [])
    records = fs.read(MARCH)
    fs.unlink(PATH)
    with pytest.raises(Damaged):
        box.open(fs)
    assert fs.read(MARCH) == records


def check_orphans(box: Box) -> None:
    fs = MemoryFs("/k")
    run(box, fs, [])
    fs.unlink(APRIL)
    _, acts = box.open(fs)
    assert [entry.index for entry in acts.orphans] == [3, 4]


CHECKS = (
    check_every_cut,
    check_cut_records_are_gone,
    check_every_failure,
    check_erasing_cut,
    check_commitment,
    check_moved_records,
    check_cut_ledger,
    check_orphans,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_acts(check: Any) -> None:
    check(Box())


RECORDS_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "the entry comes before the record": (("Acts._enter", "before append add"),),
    "a record without an entry is kept": (("Acts._recover", "drop call _cut"),),
    "records of a cut ledger are cut": (("Acts._cut", "drop raise"),),
    "a repeat is entered again": (("Acts.perform", "force before False 1"),),
    "an entry without its record is no alarm": (("Acts._recover", "drop call append"),),
    "the commitment is not checked": (("Acts.sealed_of", "force commitment False"),),
    "an interrupted erasure is not finished": (("Acts._recover", "drop call _drop"),),
    "erased before the entry says so": (("Acts.erase", "before _drop perform"),),
    "it goes on after an act broke off": (
        ("Acts._enter", "drop set _stopped 1"),
        ("Acts.perform", "force _stopped False"),
        ("Acts.perform", "force writable True"),
    ),
    "its own directory is not durable": (("Acts.__init__", "drop call sync_dir"),),
}

MONTHS_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "a record is not bound to its act": (("Month._context", "return _RECORD_CONTEXT + self.name.encode()"),),
    "erasing erases nothing": (("Month.erase", "force act_ids True"),),
    "erasing erases the others, too": (("Month.erase", "force act_ids False"),),
    "a month's key is not bound to its month": (
        ("Month._new_head", "swap encode (lambda: b'')"),
        ("Month._key", "swap encode (lambda: b'')"),
    ),
    "the month's key is drawn but never stored": (("Month._open", "drop call append"),),
}


@pytest.mark.parametrize("name", RECORDS_MUTANTS)
def test_each_mutant_of_the_acts_is_caught(name: str) -> None:
    assert caught_by(CHECKS, Box(records=changed_module(records_module, *RECORDS_MUTANTS[name])))


@pytest.mark.parametrize("name", MONTHS_MUTANTS)
def test_each_mutant_of_the_months_is_caught(name: str) -> None:
    assert caught_by(CHECKS, Box(months=changed_module(months_module, *MONTHS_MUTANTS[name])))
