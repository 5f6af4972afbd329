"""What happens to cases without anybody, in trusted time alone; and the holds that an act calls for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.rules.cases.pins import appeal_needs_nothing
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.services.cases.board import in_hands
from appliance.services.cases.clockwork import IDLE_NS, REMIND_DAYS, Clockwork
from appliance.services.cases.holding import hold_for, hold_for_all
from appliance.services.cases.views import tell
from appliance.services.duties.of_holds import of_holds
from appliance.services.holds.holds import HoldBook
from tests.services.bookdesk import LETTER, RANGE, BookDesk, appointment

HOUR_NS = 3600 * 10**9


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def clockwork(desk: BookDesk, *viewed: str) -> Clockwork:
    return Clockwork(desk.book, desk.clock, lambda: viewed)


def rows(desk: BookDesk, works: Clockwork, *, trusted: bool = True) -> list[str]:
    return [done.row for done in works.turn(trusted=trusted)]


def test_t_32_a_call_whose_letter_never_came_is_closed_after_14_days_and_its_pin_ends(desk: BookDesk) -> None:
    voice = {"caller": "林警員", "agency": "萬華分局", "called_back": True}
    key = desk.do(Event.PRESERVE, "wang", kind=Kind.AGY, voice=voice, asked=[RANGE]).key
    works = clockwork(desk)
    desk.wait(14)
    assert rows(desk, works) == []
    assert key in desk.book.pins()
    desk.wait(1)
    assert rows(desk, works, trusted=False) == []
    assert rows(desk, works) == ["A0a"]
    desk.book.end_pins(trusted=True)
    file = desk.book.file(key)
    assert (file.case.state, file.pins, file.deeds[1].account) == (State.CLOSED, False, "system")
    assert rows(desk, works) == []
    assert desk.opened().file(key) == file


def test_a_letter_that_came_in_time_is_no_call_any_more(desk: BookDesk) -> None:
    voice = {"caller": "林警員", "agency": "萬華分局", "called_back": True}
    key = desk.do(Event.PRESERVE, "wang", kind=Kind.AGY, voice=voice, asked=[RANGE]).key
    desk.do(Event.RECEIVE_LETTER, "wang", key, letter=LETTER, asked=[RANGE])
    desk.wait(20)
    assert rows(desk, clockwork(desk)) == []
    assert key in desk.book.pins()


def test_an_agency_is_reminded_weekly_while_its_letter_is_incomplete(desk: BookDesk) -> None:
    key = desk.received(Kind.AGY, letter={**LETTER, "basis": ""})
    desk.do(Event.FIND_DEFECTS, "wang", key)
    works = clockwork(desk)
    desk.wait(REMIND_DAYS - 1)
    assert rows(desk, works) == []
    desk.wait(1)
    assert rows(desk, works) == ["A3a"]
    assert rows(desk, works) == [], "once a week"
    desk.wait(REMIND_DAYS)
    assert rows(desk, works) == ["A3a"]
    assert desk.book.file(key).case.state is State.CORRECTION


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.INT])
def test_what_was_granted_and_not_viewed_lapses_after_30_days(kind: Kind) -> None:
    desk = BookDesk()
    key = desk.decided(kind)
    if kind is Kind.CIT:
        desk.notify(key)
    works = clockwork(desk)
    desk.wait(30)
    assert rows(desk, works) == []
    desk.wait(1)
    assert rows(desk, works, trusted=False) == []
    (waits,) = in_hands(desk.book, ["wang"])
    assert waits.row.event is Event.LAPSE, "while time is not trusted, it waits for the officer"
    assert rows(desk, works) == ["S7"]
    assert desk.book.file(key).case.state is State.LAPSED
    assert desk.ended(key).case.state is State.CLOSED


def test_D_11_an_appointment_has_the_same_last_day_after_a_start(desk: BookDesk) -> None:
    key = desk.decided()
    desk.notify(key)
    last = desk.today + timedelta(days=30)
    desk.in_world(days_off=lambda: frozenset({last}))
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today))
    token = desk.book.file(key).case.token
    assert token is not None
    assert token.last == last + timedelta(days=1)
    assert tell(desk.book, desk.book.file(key), [], full=True).days["lapses_on"] == str(token.last)
    desk.in_world(days_off=frozenset)
    assert desk.opened().file(key).case.token == token


def test_t_44_a_viewing_that_nobody_ended_ends_with_the_day_and_the_row_still_wants_its_words(desk: BookDesk) -> None:
    key = desk.begun()
    works = clockwork(desk, key)
    assert rows(desk, works) == []
    desk.clock.go_to(start_ns_of(desk.today) + 18 * HOUR_NS)
    assert rows(desk, works, trusted=False) == []
    assert rows(desk, works) == ["S8"]
    file = desk.book.file(key)
    assert (file.case.state, file.case.token) == (State.VIEWED, None)
    assert desk.book.viewable(key).why
    assert rows(desk, works, trusted=False) == ["C20"]
    desk.do(Event.SIGN_LEDGER, "wang", key, viewing={"filming": "none"})
    desk.do(Event.STAMP_LEDGER, "chen", key)
    assert desk.do(Event.CLOSE, "wang", key).case.state is State.CLOSED


def test_t_44_a_viewing_in_which_nothing_is_open_is_interrupted_whatever_the_clock_is_worth(desk: BookDesk) -> None:
    key = desk.begun()
    viewed = [key]
    works = Clockwork(desk.book, desk.clock, lambda: viewed)
    desk.clock.go_to(desk.clock.wall_ns() + 2 * IDLE_NS)
    assert rows(desk, works, trusted=False) == []
    viewed.clear()
    assert rows(desk, works, trusted=False) == []
    desk.clock.go_to(desk.clock.wall_ns() + IDLE_NS - 1)
    assert rows(desk, works, trusted=False) == []
    desk.clock.go_to(desk.clock.wall_ns() + 1)
    assert rows(desk, works, trusted=False) == ["C16"]
    assert desk.do(Event.RESUME, "lin", key).case.state is State.VIEWING
    assert rows(desk, works, trusted=False) == [], "ten minutes anew"


def test_a_start_interrupts_what_was_open_and_nothing_else(desk: BookDesk) -> None:
    key, other = desk.begun(), desk.received()
    desk.book = desk.opened()
    assert [done.row for done in clockwork(desk).interrupt_all("restart")] == ["C16"]
    assert desk.book.file(key).case.state is State.INTERRUPTED
    assert desk.book.file(other).case.state is State.RECEIVED


def test_a_training_office_keeps_no_hours_and_its_day_ends_at_midnight(desk: BookDesk) -> None:
    desk.in_world(round_the_clock=True)
    key = desk.decided()
    desk.notify(key)
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, starts="22:00", ends="23:00"))
    desk.do(Event.PREPARE, "wang", key)
    desk.do(Event.BEGIN, "lin", key, viewing={"id_again": True, "statement_signed": True, "devices_away": True})
    desk.clock.go_to(start_ns_of(desk.today) + DAY_NS - 1)
    assert rows(desk, clockwork(desk, key)) == []
    desk.clock.go_to(desk.clock.wall_ns() + 1)
    assert rows(desk, clockwork(desk, key)) == ["S8"]


# --- holds ---


def holds_of(desk: BookDesk) -> HoldBook:
    return HoldBook(desk.acts, desk.ledger, desk.clock, cameras=lambda: ["C1", "C2"], trusted=lambda: True)


def test_an_appeal_keeps_the_footage_on_a_ground_of_its_own_once(desk: BookDesk) -> None:
    key = desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.notify(key)
    holds = holds_of(desk)
    desk.book.after = lambda file, row, act: hold_for(holds, file, file.deeds[-1]) and None
    desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal())
    (held,) = holds.all()
    assert (held.ground, held.case, held.set_by, held.asked[0].camera_no) == ("remedy", key, "wang", "C1")
    deed, number = held.history[0], desk.book.file(key).case.number
    assert (deed.document, deed.agency) == ("府訴字第1號", "")
    assert deed.words.startswith(f"{number} 訴願提起"), "not its number once more"
    assert hold_for_all(holds, desk.book.living()) == []
    assert hold_for_all(holds_of(desk), desk.opened().living()) == []
    assert len(holds_of(desk).all()) == 1
    assert b"hold" in desk.in_clear()
    assert desk.opened().file(key).case.flags == frozenset({"appeal"}), "a hold's entry is none of the case's"


def test_C22_an_appeal_after_the_close_is_entered_and_keeps_the_footage(desk: BookDesk) -> None:
    key = desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.notify(key)
    closed = desk.ended(key)
    holds = holds_of(desk)
    desk.book.after = lambda file, row, act: hold_for(holds, file, file.deeds[-1]) and None
    desk.wait(20)
    file = desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal())
    assert (file.case.state, file.case.closed_on) == (closed.case.state, closed.case.closed_on)
    (held,) = holds.all()
    assert (held.ground, held.case, held.living) == ("remedy", key, True)
    assert desk.opened().file(key).case.flags == frozenset({"appeal"})


def test_C22_the_end_of_an_appeal_ends_no_hold_and_asks_the_director_to_look_at_it_once_nothing_can_follow(
    desk: BookDesk,
) -> None:
    key = desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.notify(key)
    holds = holds_of(desk)
    desk.book.after = lambda file, row, act: hold_for(holds, file, file.deeds[-1]) and None

    def waits() -> list[tuple[str, str, str]]:
        def is_over(case: str) -> bool:
            return appeal_needs_nothing(desk.book.file(case).case, desk.today)

        return [(each.duty.act, each.duty.why, each.whom) for each in of_holds(holds, desk.clock.wall_ns(), is_over)]

    desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal())
    assert waits() == [("confirm", "remedy", "director")]
    desk.do(Event.APPEAL_OVER, "wang", key, voucher=desk.appeal(kind="rejected"))
    (held,) = holds.all()
    assert held.living
    assert waits() == [("confirm", "remedy", "director")], "a suit may follow"
    desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal(number="北高行1"))
    desk.do(Event.APPEAL_OVER, "wang", key, voucher=desk.appeal(kind="withdrawn"))
    assert waits() == [("release", "appeal_over", "director")] * 2
    assert all(each.living for each in holds.all()), "by the director's word alone, or by their term"


def test_a_hold_that_a_cut_left_out_is_set_by_the_next_start(desk: BookDesk) -> None:
    key = desk.received(Kind.AGY)
    desk.do(
        Event.COURT_ORDER, "wang", key, voucher={"kind": "court_order", "number": "北院字第1號", "agency": "臺北地院"}
    )
    holds = holds_of(desk)
    assert holds.all() == []
    assert hold_for_all(holds, desk.opened().living()) == []
    (held,) = holds.all()
    assert (held.ground, held.case) == ("invest", key)
    deed = held.history[0]
    assert (deed.agency, deed.document) == ("臺北地院", "北院字第1號"), "whose order it is, not who wrote before"


def test_a_start_goes_on_beside_a_case_that_is_put_right_after_its_pin_was_over(desk: BookDesk) -> None:
    key = desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.notify(key)
    desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal())
    desk.ended(key)
    desk.wait(50)
    desk.book.end_pins(trusted=True)
    assert desk.book.file(key).pins, "under appeal, whatever becomes of its hold"
    desk.do(Event.APPEAL_OVER, "wang", key, voucher=desk.appeal(kind="withdrawn"))
    desk.wait(50)
    desk.book.end_pins(trusted=True)
    desk.do(Event.RECTIFY, "wang", key, rectify={"what": "form/reason_text", "new": "機車遭人竊取"}, reason="誤植")
    (file,) = desk.opened().living()
    assert (file.pins, "" in {deed.event for deed in file.deeds}) == (False, True), "which nobody performed"
    holds = holds_of(desk)
    assert hold_for_all(holds, [file]) == []
    assert [each.ground for each in holds.all()] == ["remedy"]


@pytest.mark.parametrize(("keep", "end", "held"), [(True, "", True), (False, "", False), (True, "withdraw", False)])
def test_A20_what_a_letter_asks_to_go_on_keeping_is_held_from_the_close_on(
    desk: BookDesk, keep: bool, end: str, held: bool
) -> None:
    holds = holds_of(desk)
    desk.book.after = lambda file, row, act: hold_for(holds, file, file.deeds[-1]) and None
    key = desk.received(Kind.AGY, letter=LETTER | {"keep": keep})
    if end:
        desk.do(Event.WITHDRAW, "wang", key, voucher={"kind": "withdrawal"})
    else:
        desk.do(Event.CHECK, "lin", key)
        desk.propose(key)
        desk.do(Event.STAMP, "chen", key)
        desk.do(Event.STAMP, "hsu", key)
        desk.do(Event.REFUSE, "tsai", key, reason="範圍過廣", article="行政程序法第19條")
        desk.notify(key)
    assert holds.all() == [], "until then the case pins it"
    desk.ended(key)
    desk.wait(1)
    desk.book.end_pins(trusted=True)
    assert [(each.ground, each.case) for each in holds.all()] == ([("invest", key)] if held else [])
    for each in holds.all():
        assert (each.history[0].agency, each.history[0].document) == (LETTER["agency"], LETTER["number"])
        assert each.history[0].words.endswith("來函請求繼續保存")


def test_what_is_past_its_ceiling_is_not_held_and_that_is_said(desk: BookDesk) -> None:
    key = desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.notify(key)
    desk.wait(365)
    desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal())
    holds = holds_of(desk)
    (said,) = hold_for_all(holds, desk.book.living())
    assert said.startswith(f"case {key}: hold: all of it is past its ceiling")
    assert holds.all() == []
