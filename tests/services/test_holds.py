"""Holds: the table, who may do what, terms, both spans, words sealed, untrusted time, repeats, restarts, every cut."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Damaged, NotFound, NotWritable, Refused, UsageError
from appliance.core.model import to_json
from appliance.rules.cases.ranges import MAX_SPAN_NS
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.holds import ACTIVE, GROUNDS, LAPSED, RELEASED, REQUESTED, REVIEW_DUE
from appliance.rules.retention import Hold
from appliance.services.holds import holds as holds_module
from appliance.services.holds.holds import HoldBook
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut
from tests.faults.mutants import caught_by, changed_module
from tests.services.holdcases import GROUND_WORDS, HoldOffice
from tests.vault.ringcases import MONDAY_NS, MovingClock, entered, kinds, new_disk

MINUTE_NS = 60 * 1_000_000_000

FRESH_NS = 300 * 10**9
"""How long a typed password counts."""


@pytest.fixture
def office() -> HoldOffice:
    return HoldOffice()


def reopened(office: HoldOffice) -> HoldBook:
    return HoldBook(office.acts, office.ledger, office.clock, cameras=lambda: ["C1", "C2"], trusted=lambda: True)


def end_of(day: date) -> int:
    return start_ns_of(day) + DAY_NS


def test_a_hold_keeps_whole_slots_from_the_moment_it_is_set_and_seals_its_words(office: HoldOffice) -> None:
    held = office.hold("invest", cameras=["C2", "C1"], start_ns=MONDAY_NS + 1, end_ns=MONDAY_NS + SLOT_NS + 1)
    assert (held.number, held.state(office.clock.wall_ns())) == ("H115-0001", REQUESTED)
    span = MONDAY_NS, MONDAY_NS + 2 * SLOT_NS
    assert office.book.holds() == [Hold("C1", *span), Hold("C2", *span)]
    (entry,) = entered(office.ledger, "hold.set")
    assert [each["start_ns"] for each in entry["asked"]] == [MONDAY_NS + 1] * 2, "asked and rounded are both recorded"
    assert [each["end_ns"] for each in entry["rounded"]] == [MONDAY_NS + 2 * SLOT_NS] * 2
    for word in ("櫃檯推擠受傷", '"lin"', "林小明", *GROUND_WORDS["invest"].values()):
        assert word.encode() not in to_json(entry), "words and names are sealed"
    deed = held.history[0]
    assert (deed.display, deed.words, deed.document) == ("林小明", "櫃檯推擠受傷", "北檢字第1150002號")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ground": "because"}, "no ground 'because'"),
        ({"cameras": []}, "no camera"),
        ({"cameras": ["C1", "C9"]}, "no camera C9"),
        ({"end_ns": MONDAY_NS}, "after its start"),
        ({"end_ns": MONDAY_NS + 9 * DAY_NS}, "still to come"),
        ({"start_ns": MONDAY_NS - MAX_SPAN_NS}, "longer than 31 days"),
        ({"reason": " "}, "reason is missing"),
        ({"reason": "turned \u202e round"}, "control characters"),
        ({"reason": "x" * 4001}, "4001 characters"),
        ({"cameras": ["C1", "C2", "C3", "C4", "C5"]}, "need is missing"),
        ({"start_ns": MONDAY_NS - DAY_NS}, "need is missing"),
        ({"start_ns": MONDAY_NS - 400 * DAY_NS, "end_ns": MONDAY_NS - 399 * DAY_NS}, "past its ceiling"),
        ({"ground": "preserve", "documents": {}}, "demands agency"),
        ({"ground": "police", "case": ""}, "demands case"),
        ({"ground": "remedy", "documents": {"agency": "法院"}}, "demands document"),
        ({"ground": "invest", "documents": {"agency": "地檢署", "document": "  "}}, "demands document"),
        ({"ground": "law", "documents": {}}, "demands statute and document"),
    ],
)
def test_what_no_hold_may_be_leaves_no_trace(office: HoldOffice, changes: dict[str, object], message: str) -> None:
    ground = str(changes.pop("ground", "event"))
    with pytest.raises(UsageError, match=message):
        office.hold(ground, **changes)
    assert office.ledger.size == 0
    assert office.book.holds() == []


def test_so_much_is_held_only_with_a_written_need(office: HoldOffice) -> None:
    held = office.hold(cameras=["C1", "C2", "C3", "C4", "C5"], need="嫌疑人經過五支監視器")
    assert held.need == "嫌疑人經過五支監視器"


@pytest.mark.parametrize("ground", GROUNDS)
def test_only_those_of_the_table_open_a_hold(office: HoldOffice, ground: str) -> None:
    for person in ("lin", "wu", "tsai", "chen"):
        by = office.seat(person)
        if GROUNDS[ground].openers & set(by.roles):
            office.hold(ground, person)
        else:
            with pytest.raises(Refused, match="takes a log-in as"):
                office.hold(ground, person)


def test_the_term_of_each_ground(office: HoldOffice) -> None:
    """Set on Tuesday 2026-09-29."""
    until = {ground: office.hold(ground).until_ns for ground in GROUNDS}
    assert until == {
        "preserve": end_of(date(2026, 10, 13)),
        "police": end_of(date(2026, 10, 29)),
        "event": end_of(date(2026, 10, 2)),
        "remedy": end_of(date(2026, 10, 30)),
        "invest": end_of(date(2026, 10, 30)),
        "law": end_of(date(2027, 3, 28)),
    }
    office.clock.go_to(office.clock.wall_ns() + DAY_NS)
    for held in office.book.all():
        if GROUNDS[held.ground].confirmed:
            confirmed = office.book.confirm(office.act(), office.seat("tsai"), held.number)
            assert confirmed.until_ns == end_of(date(2027, 3, 29)), held.ground


def test_three_working_days_go_over_a_weekend(office: HoldOffice) -> None:
    office.clock.go_to(MONDAY_NS + 3 * DAY_NS)  # a Thursday
    assert office.hold("event").until_ns == end_of(date(2026, 10, 6))


def test_a_ground_within_the_ceiling_ends_with_the_last_of_its_footage(office: HoldOffice) -> None:
    held = office.confirmed("event")
    office.clock.go_to(held.until_ns - 1)
    held = office.book.extend(office.act(), office.seat("tsai"), held.number, reason="訴訟中")
    assert held.until_ns == end_of(date(2027, 9, 24))
    office.clock.go_to(held.until_ns - 1)
    held = office.book.extend(office.act(), office.seat("tsai"), held.number, reason="訴訟中")
    assert held.until_ns == end_of(date(2027, 9, 27)), "its ceiling"
    assert office.book.extend(office.act(), office.seat("tsai"), held.number, reason="訴訟中").until_ns == held.until_ns


def test_the_director_acts_as_another_person_with_a_password_typed_for_it(office: HoldOffice) -> None:
    held = office.hold("event", by="both")
    with pytest.raises(Refused, match="whoever opened it may not confirm"):
        office.book.confirm(office.act(), office.seat("both"), held.number)
    with pytest.raises(Refused, match="as director"):
        office.book.confirm(office.act(), office.seat("wu"), held.number)
    with pytest.raises(Refused, match="type it again"):
        office.book.confirm(office.act(), office.seat("tsai", ago_ns=FRESH_NS + 1), held.number)
    with pytest.raises(Refused, match="it is requested, so to extend"):
        office.book.extend(office.act(), office.seat("tsai"), held.number, reason="續")
    with pytest.raises(Refused, match="type it again"):
        office.book.set(
            office.act(),
            office.seat("tsai", ago_ns=FRESH_NS + 1),
            ground="law",
            cameras=["C1"],
            start_ns=MONDAY_NS,
            end_ns=MONDAY_NS + 1,
            reason="依法保存",
            documents=GROUND_WORDS["law"],
        )
    assert office.book.confirm(office.act(), office.seat("tsai"), held.number).state(0) == ACTIVE
    with pytest.raises(Refused, match="whoever opened it may not release"):
        office.book.release(office.act(), office.seat("both"), held.number, reason="結束")
    with pytest.raises(UsageError, match="reason is missing"):
        office.book.release(office.act(), office.seat("tsai"), held.number, reason="")
    done = office.book.release(office.act(), office.seat("tsai"), held.number, reason="結束")
    assert (done.state(0), office.book.holds()) == (RELEASED, [])
    with pytest.raises(Refused, match="it is released"):
        office.book.release(office.act(), office.seat("tsai"), held.number, reason="結束")
    with pytest.raises(NotFound):
        office.book.release(office.act(), office.seat("tsai"), "H115-0009", reason="結束")


def test_an_oral_request_is_not_extended_and_the_office_alone_holds_at_most_31_days(office: HoldOffice) -> None:
    held = office.hold("preserve")
    with pytest.raises(Refused, match="receive the agency's letter as a case"):
        office.book.extend(office.act(), office.seat("tsai"), held.number, reason="續")
    longest = max(office.hold(ground).until_ns for ground in GROUNDS if "officer" in GROUNDS[ground].openers)
    assert longest <= end_of(date(2026, 9, 29)) + 31 * DAY_NS


def test_beyond_the_ceiling_each_review_wants_its_own_documents(office: HoldOffice) -> None:
    held = office.confirmed("invest")
    with pytest.raises(UsageError, match="demands document"):
        office.book.extend(office.act(), office.seat("tsai"), held.number, reason="續", documents={"agency": "地檢署"})
    again = office.book.extend(
        office.act(), office.seat("tsai"), held.number, reason="續查", documents=GROUND_WORDS["invest"]
    )
    assert again.history[-1].document == "北檢字第1150002號"


def test_marks_are_reached_before_the_last_day_and_being_overdue_ends_nothing(office: HoldOffice) -> None:
    held = office.confirmed("law")
    last_ns = held.until_ns - 1
    assert [held.state(last_ns - days * DAY_NS) for days in (15, 14, 0)] == [ACTIVE, REVIEW_DUE, REVIEW_DUE]
    assert held.state(last_ns + 30 * DAY_NS) == REVIEW_DUE
    office.clock.go_to(last_ns + 30 * DAY_NS)
    assert office.book.holds(), "nobody entered that it lapsed"


def test_it_lapses_once_and_with_trusted_time_alone(office: HoldOffice) -> None:
    held = office.hold("preserve")
    office.clock.go_to(held.until_ns - 1)
    assert office.book.lapse_overdue(trusted=True) == []
    office.clock.go_to(held.until_ns)
    assert office.book.lapse_overdue(trusted=False) == []
    assert office.book.holds()
    assert [each.number for each in office.book.lapse_overdue(trusted=True)] == [held.number]
    assert office.book.lapse_overdue(trusted=True) == []
    assert kinds(office.ledger) == ["hold.set", "hold.lapsed"]
    assert office.book.get(held.number).state(0) == LAPSED
    assert office.book.holds() == []


@pytest.mark.parametrize("wrong_days", [-4000, 400])
def test_a_term_that_began_in_untrusted_time_counts_from_the_first_trusted_moment(
    office: HoldOffice, wrong_days: int
) -> None:
    now_ns = office.clock.wall_ns()
    office.clock.is_trusted = False
    office.clock.now_ns = now_ns + wrong_days * DAY_NS
    span = {"start_ns": now_ns - 5000 * DAY_NS, "end_ns": now_ns - 5000 * DAY_NS + SLOT_NS} if wrong_days < 0 else {}
    held = office.hold("law", **span)
    assert (held.until_ns, len(office.book.holds())) == (0, 1)
    office.clock.is_trusted, office.clock.now_ns = True, now_ns
    office.settlement.turn()
    assert office.book.get(held.number).until_ns == 0, "a clock that stepped is doubted for a day"
    office.clock.go_to(now_ns + DAY_NS)
    office.settlement.turn()
    assert office.book.get(held.number).until_ns == end_of(date(2027, 3, 29))
    assert reopened(office).all() == office.book.all()


def test_while_the_clocks_disagree_no_term_is_counted(office: HoldOffice) -> None:
    office.settlement.turn()
    office.clock.now_ns += DAY_NS
    assert office.hold("event").until_ns == 0, "the machine calls its clock synchronised; the keeper does not yet"
    office.clock.go_to(office.clock.wall_ns() + 2 * DAY_NS)
    assert office.hold("event").until_ns


def test_a_repeat_of_an_act_gives_the_first_answer(office: HoldOffice) -> None:
    first = office.hold("event", act="a" * 32)
    assert office.hold("event", act="a" * 32) == first
    for changed in ({"ground": "remedy"}, {"reason": "something else"}, {"start_ns": MONDAY_NS - DAY_NS}):
        with pytest.raises(UsageError, match="sent before for something else"):
            office.hold(**{"ground": "event", "act": "a" * 32, **changed})  # type: ignore[arg-type]
    done = office.book.confirm("b" * 32, office.seat("tsai"), first.number)
    assert office.book.confirm("b" * 32, office.seat("tsai"), first.number) == done
    with pytest.raises(UsageError, match="sent before for something else"):
        office.book.release("b" * 32, office.seat("tsai"), first.number, reason="結束")
    assert office.ledger.size == 2


def test_a_restart_with_every_index_gone_finds_every_hold_as_it_was(office: HoldOffice) -> None:
    for ground in GROUNDS:
        office.confirmed(ground)
    office.book.release(office.act(), office.seat("tsai"), "H115-0002", reason="結束")
    office.clock.go_to(office.clock.wall_ns() + 20 * DAY_NS)
    office.book.lapse_overdue(trusted=True)
    office.settlement.turn()
    again = HoldOffice(office.fs, office.clock, seed="again")
    assert again.book.all() == office.book.all()
    assert again.book.holds() == office.book.holds()
    assert [held.state(office.clock.wall_ns()) for held in again.book.all()].count(LAPSED) == 1
    assert again.hold("event").number == f"H115-{len(GROUNDS) + 1:04d}"


def test_a_hold_whose_words_are_lost_holds_all_the_same_and_is_named(
    office: HoldOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = office.hold("event")

    def lost(index: int) -> None:
        raise Damaged(f"ledger entry {index}: its sealed record is missing")

    monkeypatch.setattr(office.acts, "sealed", lost)
    again = reopened(office)
    assert again.holds() == office.book.holds()
    assert list(again.damaged) == [held.number]
    with pytest.raises(Refused, match="who opened it is not known"):
        again.confirm(office.act(), office.seat("tsai"), held.number)


def test_what_cannot_be_written_did_not_happen(office: HoldOffice) -> None:
    held = office.hold("preserve")
    office.clock.go_to(held.until_ns)
    office.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    with pytest.raises(NotWritable):
        office.hold("event")
    with pytest.raises(NotWritable):
        office.book.lapse_overdue(trusted=True)
    assert [each.number for each in office.book.all()] == [held.number]
    assert office.book.holds()


def test_many_at_once_get_a_number_each(office: HoldOffice) -> None:
    threads = [threading.Thread(target=office.hold, args=("event",), kwargs={"act": f"act {n}"}) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {held.number for held in office.book.all()} == {f"H115-{n + 1:04d}" for n in range(20)}


def test_t_14_no_hold_lapses_by_a_clock_that_leapt_while_the_box_was_off() -> None:
    """A time service that lies at boot: neither at once nor after days of agreeing with itself."""
    fs, clock = new_disk(), MovingClock(MONDAY_NS + DAY_NS)
    office = HoldOffice(fs, clock, seed="before")
    number = office.hold("event").number
    office.close()
    clock.reboot()
    clock.now_ns += 60 * DAY_NS
    office = HoldOffice(fs, clock, seed="after")
    for _ in range(3):
        office.settlement.turn()
        assert [(held.number, held.living) for held in office.book.all()] == [(number, True)]
        clock.go_to(clock.now_ns + DAY_NS)
    assert "hold.lapsed" not in kinds(office.ledger)
    clock.now_ns -= 60 * DAY_NS
    office.settlement.turn()
    clock.go_to(clock.now_ns + 40 * DAY_NS)
    office.settlement.turn()
    assert "hold.lapsed" in kinds(office.ledger), "it lapses on its true day"


# --- power cuts ---


def life(fs: MemoryFs, said: list[str], book: type[HoldBook]) -> None:
    """Every kind of act and entry once; ``said`` is what was acknowledged."""
    clock = MovingClock(MONDAY_NS + DAY_NS)
    office = HoldOffice(fs, clock, seed="life", book=book)
    said.append(office.hold("event").number)
    said.append(office.hold("invest").number)
    office.book.confirm(office.act(), office.seat("tsai"), said[0])
    said.append("confirmed")
    office.book.extend(office.act(), office.seat("tsai"), said[0], reason="續")
    said.append("extended")
    office.book.release(office.act(), office.seat("tsai"), said[0], reason="結束")
    said.append("released")
    clock.go_to(clock.wall_ns() + 40 * DAY_NS)
    office.settlement.turn()
    said.append("lapsed")


def summary(book: HoldBook) -> list[str]:
    """The same words that ``life`` says, out of a book."""
    holds = sorted(book.all(), key=lambda held: held.number)
    deeds = [deed.kind.removeprefix("hold.") for deed in holds[0].history[1:]] if holds else []
    lapsed = ["lapsed"] if len(holds) > 1 and holds[1].ended else []
    return [*(held.number for held in holds), *(deed for deed in deeds if deed != "settled"), *lapsed]


def check_every_cut(book: type[HoldBook] = HoldBook) -> int:
    count = 0
    for cut in every_cut(lambda fs, said: life(fs, said, book), start=new_disk(), modes=(*MODES, KILLED)):
        count += 1
        office = HoldOffice(cut.fs, MovingClock(MONDAY_NS + DAY_NS), seed="after", book=book)
        office.clock.go_to(MONDAY_NS + 41 * DAY_NS)
        found = summary(office.book)
        assert found[: len(cut.said)] == list(cut.said), cut
        assert len(found) <= len(cut.said) + 1, cut
        ended = ("released" in found) + ("lapsed" in found)
        assert len(office.book.holds()) == sum(word.startswith("H") for word in found) - ended, cut
        office.settlement.turn()
        assert office.book.unsettled() == [], cut
        assert kinds(office.ledger).count("hold.lapsed") <= 2, cut
        over = sum(not held.living for held in office.book.all())
        assert kinds(office.ledger).count("hold.settled") == over, cut
        office.close()
    return count


def test_INV_23_no_cut_loses_an_acknowledged_hold_or_makes_one_up() -> None:
    assert check_every_cut() > 60


MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "ends are read again as nothing": (
        ("HoldBook.__init__", "force startswith kind in ('hold.set', 'hold.confirmed', 'hold.extended')"),
    ),
    "only the setting is read again": (("HoldBook.__init__", "force startswith kind == 'hold.set'"),),
    "a lapse is not entered": (
        (
            "HoldBook.lapse_overdue",
            "swap _enter (lambda kind, clear: self._holds.update({held.number: taken(Entry(1, 0, "
            "kind, clear, b''), {}, held)}) or held)",
        ),
    ),
    "a hold that was set is not kept": (("HoldBook.holds", "put living held.confirmed"),),
    "overdue holds end unentered": (
        ("HoldBook.holds", "force living held.living and held.until_ns > self._clock.wall_ns()"),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_cuts_catch_a_book_where(name: str) -> None:
    assert caught_by(check_every_cut, changed_module(holds_module, *MUTANTS[name]).HoldBook)
