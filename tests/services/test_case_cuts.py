"""Power cut, kill and disk error at every step of every row: what was answered stands, what was not is absent or whole,
nothing is half, the pin is there, and the same submit again gives the first answer."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from appliance.core.errors import RecorderError, UsageError
from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.rows import Effect
from appliance.rules.cases.states import Kind
from appliance.services.cases import book as book_module
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.holding import hold_for_all
from appliance.services.holds.holds import HoldBook
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, changed_module
from tests.sampling import Sample
from tests.services.bookdesk import NOW_NS, BookDesk
from tests.services.caselives import COPY_ROWS, LIVES, Step, perform
from tests.vault.ringcases import MovingClock, new_disk

OF_TWO = {(Kind.AGY, "S20"), (Kind.CIT, "S22"), (Kind.CIT, "S23")}
"""Acts about two cases are cut in ``test_case_links`` and ``test_case_anew``."""


class Moment(NamedTuple):
    """Just before a row is performed: the disk, the time, the file before and after (None: there is none), how many
    letters went out."""

    row: str
    kind: Kind
    step: Step
    disk: MemoryFs
    wall_ns: int
    before: CaseFile | None
    after: CaseFile
    letters: int

    @property
    def key(self) -> str:
        return self.before.key if self.before else ""


@functools.cache
def moments() -> dict[tuple[Kind, str], Moment]:
    """Each row of each table the first time that some life performs it."""
    found: dict[tuple[Kind, str], Moment] = {}
    for number, (kind, steps) in enumerate(LIVES):
        fs = new_disk()
        desk = BookDesk(fs, MovingClock(NOW_NS), seed=f"life {number}")
        file: CaseFile | None = None
        for step in steps:
            fs.sync_fs("/")
            disk, at_ns, letters = fs.snapshot(), desk.clock.wall_ns(), desk.letters
            before, file = file, perform(desk, step, file.key if file else "", kind, desk.act_id())
            row = file.deeds[-1].row
            found.setdefault((kind, row), Moment(row, kind, step, disk, at_ns, before, file, letters))
        desk.close()
    return found


def test_the_lives_perform_every_row_that_needs_no_copy() -> None:
    wanted = (
        {(kind, row.id) for kind, table in TABLES.items() for row in table}
        - OF_TWO
        - {(Kind.AGY, row) for row in (*COPY_ROWS, "S8")}
    )
    assert set(moments()) == wanted


class Submit:
    """One act on a disk that has everything before it."""

    def __init__(self, moment: Moment, book: types.ModuleType = book_module) -> None:
        self.moment, self._book = moment, book

    def desk(self, fs: Any, seed: str) -> BookDesk:
        desk = BookDesk(fs, MovingClock(self.moment.wall_ns), seed=seed)
        desk.letters = self.moment.letters
        if self._book is not book_module:
            desk.book = self._book.CaseBook(
                desk.acts, desk.ledger, desk.clock, desk.world, pseudonym_key=desk.key, random=desk.some
            )
        return desk

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        desk = self.desk(fs, "cut")
        said.append("asking")
        said.append(perform(desk, self.moment.step, self.moment.key, self.moment.kind, "the act"))

    def check(self, fs: MemoryFs, said: list[Any], where: str) -> None:
        moment, desk = self.moment, self.desk(fs, "after")
        where = f"{moment.kind} {moment.row} {where}"
        assert desk.book.damaged == {}, where
        pinned = {hold.camera_no for hold in desk.book.holds()}
        keys = desk.book.all_keys()
        answered = len(said) > 1
        if answered or (keys and moment.before is None):
            assert keys, f"{where}: an acknowledged case is gone"
        file = desk.book.file(keys[0]) if keys else None
        happened = file is not None and (moment.before is None or len(file.deeds) > len(moment.before.deeds))
        assert happened or not answered, f"{where}: an acknowledged act is gone"
        assert happened or "asking" in said or file == moment.before, where
        if happened:
            assert file is not None
            _same(file, moment.after, where)
        else:
            assert file == moment.before, f"{where}: half an act"
        wanted = {each.camera_no for each in file.case.asked} if file and file.pins else set()
        assert pinned == wanted, f"{where}: a case without its pin"
        self._repeated(desk, where)

    def _repeated(self, desk: BookDesk, where: str) -> None:
        """The same submit again: the first answer where it happened, and now where it did not."""
        holds = HoldBook(desk.acts, desk.ledger, desk.clock, cameras=lambda: ["C1", "C2"], trusted=lambda: True)
        again = perform(desk, self.moment.step, self.moment.key, self.moment.kind, "the act")
        _same(again, self.moment.after, f"{where}, asked again")
        assert len(desk.book.all_keys()) == 1, f"{where}: asked again, another case"
        assert hold_for_all(holds, desk.book.living()) == []
        row = next(row for row in TABLES[self.moment.kind] if row.id == self.moment.row)
        if any(effect.name is Effect.HOLD for effect in row.effects):
            assert [held.case for held in holds.all()] == [again.key] * len(again.case.asked), where


def _same(one: CaseFile, other: CaseFile, where: str) -> None:
    """Equal but for the id of the last act, which the lives number otherwise."""
    assert one.case == other.case, where
    assert [(deed.row, deed.state, deed.typed, deed.account) for deed in one.deeds] == [
        (deed.row, deed.state, deed.typed, deed.account) for deed in other.deeds
    ], where
    for name in ("people", "form", "letter", "voice", "visit", "viewing", "letters", "checklist", "words", "pin_over"):
        assert getattr(one, name) == getattr(other, name), f"{where}: {name}"


def cuts(submit: Submit) -> None:
    count = 0
    for cut in every_cut(submit, start=submit.moment.disk, modes=(*MODES, KILLED)):
        submit.check(cut.fs, cut.said, str(cut))
        count += 1
    assert count > 8, "an act is made of more steps than that"


def errors(submit: Submit) -> None:
    for call, fs, said, raised in every_failure(submit, start=submit.moment.disk, shorts=(0,)):
        assert isinstance(raised, RecorderError), f"{call}: {raised!r}"
        submit.check(fs.image("all"), said, f"{call} failed")


def every_moment() -> Iterator[Any]:
    rows = [(kind, row.id) for kind, table in TABLES.items() for row in table]
    for number, (kind, row) in enumerate(rows):
        if not (kind is Kind.AGY and row in {*COPY_ROWS, "S8"}) and (kind, row) not in OF_TWO:
            yield pytest.param(number, kind, row, id=f"{kind}-{row}")


@pytest.mark.parametrize(("number", "kind", "row"), list(every_moment()))
def test_inv_23_cut_anywhere_a_row_is_performed_or_was_never(number: int, kind: Kind, row: str, sample: Sample) -> None:
    """A sample has errors of the disk in every second row, cuts in each."""
    submit = Submit(moments()[kind, row])
    cuts(submit)
    if sample.takes(number, 2):
        errors(submit)


BOOK_MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "an act is answered before it is entered": (
        (
            "CaseBook._perform",
            "swap perform (lambda act_id, kind, clear, _: type('NotEntered', (), {'entry': "
            "Entry(self._ledger.size, now_ns, kind, {**clear, 'act': act_id}, b'')}))",
        ),
    ),
    "a repeat is another act": (
        ("CaseBook.act", "swap act (lambda _: None)"),
        (
            "CaseBook.act",
            "swap _perform (lambda act_id, *rest: self._perform(act_id + ('x' if "
            "self._ledger.act(act_id) else ''), *rest))",
        ),
    ),
    "what was typed is not sealed": (
        (
            "CaseBook._perform",
            "swap perform (lambda act_id, kind, clear, sealed: self._acts.perform(act_id, kind, "
            "clear, {**sealed, 'typed': {}}))",
        ),
    ),
    "a living case pins nothing": (("CaseBook.pins", "flip pins 1"),),
    "cases are forgotten at a restart": (
        ("CaseBook._read_all", "force closed True"),
        ("CaseBook._read_all", "force over True"),
    ),
}


@pytest.mark.parametrize("name", BOOK_MUTANTS)
def test_the_checks_find_a_book_where(name: str) -> None:
    submit = Submit(moments()[Kind.CIT, "C1"], changed_module(book_module, *BOOK_MUTANTS[name]))
    other = Submit(moments()[Kind.CIT, "C10b"], changed_module(book_module, *BOOK_MUTANTS[name]))
    assert caught_by((cuts,), submit) or caught_by((cuts,), other)


def test_an_act_under_the_id_of_another_is_refused_after_every_cut_too() -> None:
    moment = moments()[Kind.CIT, "C5"]
    submit = Submit(moment)
    for cut in every_cut(submit, start=moment.disk, modes=("all", KILLED)):
        desk = submit.desk(cut.fs, "after")
        if desk.ledger.act("the act"):
            with pytest.raises(UsageError, match="sent before for something else"):
                desk.do(moment.step.event, "lin", moment.key, act="the act")
