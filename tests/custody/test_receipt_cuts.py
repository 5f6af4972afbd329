"""A request is received and its minutes are pinned: cut at every step, and an error at every step. What was answered
stands; what is pinned is not destroyed; whoever asks again gets the first answer."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from appliance.custody import cases as cases_module
from appliance.custody.cases import CaseBook
from appliance.custody.login import Seat
from appliance.errors import RecorderError, Refused
from appliance.ledger import records as records_module
from appliance.ledger.records import Acts
from appliance.model import Manifest, Span
from appliance.rules.workflow import GRANTED
from tests.custody.ringcases import BOX_KEY, Store, days_later, drawn, new_disk
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, mutant

RECORDS = "/office/keeper/records"
LIN = Seat(1, "lin", "林小明", ("officer",), "", 1 << 62)
WU = Seat(2, "wu", "吳大同", ("unit_head",), "", 1 << 62)


class Requests:
    """Three requests about one bucket: one decided, one closed again; then the day comes when the bucket is due."""

    def __init__(self, book: types.ModuleType = cases_module, acts: types.ModuleType = records_module) -> None:
        self._book, self._acts = book, acts
        self.bucket: Manifest

    def start(self) -> MemoryFs:
        fs = new_disk()
        store = Store(fs)
        self.bucket = store.record("C1", step_seconds=300)
        store.close()
        fs.sync_fs("/")
        return fs

    def open(self, fs: Any, seed: object) -> tuple[Store, CaseBook]:
        store = Store(fs, seed=seed)
        store.clock.go_to(days_later(50))
        acts: Acts = self._acts.Acts(store.ledger, fs, RECORDS, BOX_KEY, store.clock, random=drawn(f"acts {seed}"))
        book: CaseBook = self._book.CaseBook(acts, store.ledger, store.clock, cameras=lambda: ["C1"])
        return store, book

    def receive(self, book: CaseBook, act: str) -> str:
        span = self.bucket.span
        return book.receive(
            act, LIN, reason="車損", cameras=["C1"], start_ns=span.start_ns + 1, end_ns=span.end_ns - 1
        ).number

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        _, book = self.open(fs, "a")
        for act in ("first", "second", "third"):
            said.append(("asking", act))
            said.append(("received", act, self.receive(book, act)))
        number = said[-1][2]
        book.decide("granting", WU, number, GRANTED)
        said.append(("granted", number))
        said.append(("closing", number))
        book.close("closing", LIN, number)
        said.append(("closed", number))

    def check(self, fs: MemoryFs, said: tuple[Any, ...] | list[Any], where: str) -> None:
        store, book = self.open(fs, "after")
        assert book.damaged == {}, f"{where}: an entry without its record"
        received = {each[1]: each[2] for each in said if each[0] == "received"}
        perhaps = {each[1] for each in said if each[0] == "asking"}
        for act, number in received.items():
            case = book.get(number)
            assert case.reason == "車損", f"{where}: case {number} lost its words"
            assert case.received_by == "lin", where
            assert self.receive(book, act) == number, f"{where}: asked again, another case"
        assert len(received) <= len(book.all()) <= len(perhaps), where
        assert len({case.number for case in book.all()}) == len(book.all()), where
        for kind, *what in said:
            if kind == "granted" and ("closing", what[0]) not in said:
                assert book.get(what[0]).state == GRANTED, f"{where}: its decision is gone"
            if kind == "closed":
                assert book.get(what[0]).state == "closed", f"{where}: it lives again"
        self._pinned(store, book, received, said, where)

    def _pinned(self, store: Store, book: CaseBook, received: dict[str, str], said: Any, where: str) -> None:
        """Whatever case lives pins its bucket, and destruction knows."""
        store.holds = book.holds()
        closing = {each[1] for each in said if each[0] == "closing"}
        living = [number for number in received.values() if number not in closing]
        pins = [Span(hold.start_ns, hold.end_ns) for hold in store.holds if hold.camera_no == "C1"]
        assert len(pins) >= len(living), f"{where}: a case without its pin"
        assert all(pin.contains(self.bucket.span) for pin in pins), f"{where}: it pins less than was asked for"
        if living:
            with pytest.raises(Refused, match="pinned"):
                store.destruction.destroy([self.bucket.bucket_id], "routine")
            assert store.index.closed(self.bucket.bucket_id) is not None, where


def check_every_cut(requests: Requests) -> None:
    cuts = 0
    for cut in every_cut(requests, start=requests.start(), modes=(*MODES, KILLED)):
        requests.check(cut.fs, cut.said, str(cut))
        cuts += 1
    assert cuts > 50


def check_every_error(requests: Requests) -> None:
    for call, fs, said, raised in every_failure(requests, start=requests.start(), shorts=(0,)):
        assert isinstance(raised, RecorderError), f"{call}: {raised!r}"
        requests.check(fs.image("all"), said, f"{call} failed")


CHECKS: tuple[Callable[[Requests], None], ...] = (check_every_cut, check_every_error)


@pytest.mark.parametrize("check", CHECKS)
def test_inv_23_no_acknowledged_request_or_pin_is_lost(check: Callable[[Requests], None]) -> None:
    check(Requests())


CASES_MUTANTS = {
    "receipt: nothing is pinned": ('"rounded": as_maps(map(_pinned, asked))', '"rounded": []'),
    "receipt: less is pinned than was asked for": (
        "    return Asked(asked.camera_no, span.start_ns, span.end_ns)",
        "    return Asked(asked.camera_no, span.start_ns + 10**12, span.end_ns)",
    ),
    "receipt: a repeat makes another case": (
        '            if repeated := self._repeated(act_id, "case.received", same, {"reason": reason.strip()}):\n'
        "                return repeated\n",
        "            act_id += str(len(self._cases)) if self._acts.repeated(act_id, 'case.received', same) else ''\n",
    ),
    "receipt: it is not entered": (
        "            }\n            return self._take(self._acts.perform(act_id, step.kind, clear, sealed).entry)\n",
        "            }\n            "
        "entry = self._acts.perform(act_id, step.kind, clear, sealed).entry if self._cases else "
        "self._ledger.append(step.kind, {**clear, 'act': act_id})\n            return self._take(entry)\n",
    ),
    "pin: a living case pins nothing": (
        "                if case.pinned\n",
        "                if case.state == CLOSED\n",
    ),
    "pin: forgotten at a restart": ("        for entry in ledger.acts(*_TAKERS):\n", "        for entry in []:\n"),
    "close: forgotten at a restart": (
        '    "case.closed": _closed,\n',
        '    "case.closed": lambda e, s, c: c[e.fields["case"]],\n',
    ),
}
RECORDS_MUTANTS = {
    "receipt: the entry comes before the record": (
        "        month.add(act_id, salt + part)\n        entry = self._ledger.append(kind, fields)\n",
        "        entry = self._ledger.append(kind, fields)\n        month.add(act_id, salt + part)\n",
    ),
    "receipt: the record is left out": ("        month.add(act_id, salt + part)\n", ""),
    "receipt: a record without an entry stays": (
        "        if unentered:\n            self._cut(unentered)\n",
        "        if unentered:\n            self._month_of.clear()\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES_MUTANTS)
def test_the_checks_find_cases_with(name: str) -> None:
    assert caught_by(CHECKS, Requests(book=mutant(cases_module, CASES_MUTANTS[name])))


@pytest.mark.parametrize("name", RECORDS_MUTANTS)
def test_the_checks_find_records_with(name: str) -> None:
    assert caught_by(CHECKS, Requests(acts=mutant(records_module, RECORDS_MUTANTS[name])))
