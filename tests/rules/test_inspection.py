"""The daily inspection, rule by rule: 六, 附件1, D-12, domain 1.3, 2.6 and 6.8."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from appliance.core.errors import NotAllowed, UsageError
from appliance.core.model import Span
from appliance.rules.deadlines import DAY_NS
from appliance.rules.inspection.facts import Judged, Reported
from appliance.rules.inspection.rows import RowEvent, RowState, TicketEvent, TicketState
from appliance.services.inspection.daybook import NOT_KNOWN
from tests.services.inspectiondesk import BLURRED, HOUR, SILENT, InspectionDesk
from tests.vault.ringcases import MONDAY_NS, entered

MONDAY = date(2026, 9, 28)


@pytest.fixture
def desk() -> InspectionDesk:
    return InspectionDesk()


def refused(error: pytest.ExceptionInfo[NotAllowed]) -> list[str]:
    return list(error.value.details["missing"])


def test_at_14_after_a_three_day_holiday_four_rows_exist_three_of_them_signed_later_with_the_real_time(
    desk: InspectionDesk,
) -> None:
    friday = MONDAY + timedelta(days=4)
    desk.off |= {friday, friday + timedelta(days=1), friday + timedelta(days=2)}
    for day in range(4):
        desk.at(day, 8)
        desk.sign()
    for day in (4, 5, 6):
        for hour in (8, 18, 23.9):
            desk.at(day, hour)
    desk.at(7, 9)
    waiting = desk.book.missed()
    assert waiting == [friday + timedelta(days=ahead) for ahead in range(3)]
    for on in waiting:
        desk.sign(on=on, late="holiday")
    desk.sign()
    rows = desk.book.days(friday, friday + timedelta(days=3))
    assert [file.row.on for file in rows] == [*waiting, friday + timedelta(days=3)]
    assert [file.row.late for file in rows] == ["holiday"] * 3 + [""]
    assert {file.row.signed_ns for file in rows} == {desk.clock.wall_ns()}, "nothing is back-dated"
    assert {file.row.state for file in rows} == {RowState.INSPECTED}


def test_at_14_no_day_is_signed_ahead_none_twice_and_a_later_one_says_why(desk: InspectionDesk) -> None:
    desk.at(0, 8)
    with pytest.raises(Exception, match="no row"):
        desk.sign(on=MONDAY + timedelta(days=1))
    desk.sign()
    with pytest.raises(NotAllowed) as twice:
        desk.sign()
    assert refused(twice) == ["state:inspected"]
    desk.at(1, 8)
    desk.at(2, 8)
    with pytest.raises(NotAllowed) as late:
        desk.sign(on=MONDAY + timedelta(days=1))
    assert refused(late) == ["no_late_reason"]
    with pytest.raises(NotAllowed) as bare:
        desk.sign(on=MONDAY + timedelta(days=1), late="other")
    assert refused(bare) == ["no_late_words"]


def test_at_15_nothing_is_signed_until_every_failing_item_was_opened_and_judged(desk: InspectionDesk) -> None:
    desk.fault(BLURRED)
    desk.fault(SILENT)
    desk.at(0, 8)
    assert desk.book.lacking(MONDAY, RowEvent.SIGN)[:2] == (f"unopened:{BLURRED}", f"unopened:{SILENT}")
    with pytest.raises(NotAllowed) as blind:
        desk.sign(judged={BLURRED: Judged(fault=True)}, boxes=("picture", "sound"), handling="通報")
    assert refused(blind) == [f"unopened:{BLURRED}", f"unopened:{SILENT}", f"unjudged:{SILENT}"]
    desk.look()
    judged = {BLURRED: Judged(fault=True), SILENT: Judged(fault=True)}
    desk.sign(judged=judged, boxes=("picture", "sound"), handling="通報")
    assert desk.book.day(MONDAY).row.boxes == ("picture", "sound")


def test_at_15_what_fails_after_it_was_opened_must_be_opened_too(desk: InspectionDesk) -> None:
    desk.fault(BLURRED)
    desk.at(0, 8)
    desk.look()
    desk.fault(SILENT, hour=8)
    desk.at(0, 9)
    assert f"unopened:{SILENT}" in desk.book.lacking(MONDAY, RowEvent.SIGN)
    assert f"unopened:{BLURRED}" not in desk.book.lacking(MONDAY, RowEvent.SIGN)
    desk.over(SILENT)
    desk.at(0, 10)
    assert f"unopened:{SILENT}" in desk.book.lacking(MONDAY, RowEvent.SIGN), "nor does it open itself by getting well"
    with pytest.raises(Exception, match="no finding of that day"):
        desk.book.open_item(MONDAY, "picture-black-99")


def test_at_16_a_machine_s_fault_is_overridden_with_a_reason_that_is_stored(desk: InspectionDesk) -> None:
    desk.fault()
    desk.at(0, 8)
    desk.look()
    with pytest.raises(NotAllowed) as bare:
        desk.sign(judged={BLURRED: Judged(fault=False, reason=" ")})
    assert refused(bare) == [f"no_reason:{BLURRED}"]
    file = desk.sign(judged={BLURRED: Judged(fault=False, reason="逆光，畫面清楚")})
    assert file.row.boxes == ()
    again = desk.reopened().day(MONDAY)
    assert again.judged[BLURRED] == Judged(fault=False, reason="逆光，畫面清楚")
    (entry,) = entered(desk.ledger, "inspection.signed")
    assert (entry["items"], entry["faults"]) == ([BLURRED], []), "what the machine said stands beside the choice"


def test_at_16_all_normal_excludes_the_three_boxes_and_every_confirmed_fault(desk: InspectionDesk) -> None:
    desk.fault()
    desk.at(0, 8)
    desk.look()
    confirmed = {BLURRED: Judged(fault=True)}
    with pytest.raises(NotAllowed) as normal:
        desk.sign(judged=confirmed, normal=True)
    assert refused(normal) == ["normal_and_faults"]
    with pytest.raises(NotAllowed) as other:
        desk.sign(judged=confirmed, boxes=("sound",), handling="x")
    assert refused(other) == ["box:picture"]
    with pytest.raises(NotAllowed) as nothing:
        desk.sign(judged=confirmed, normal=False)
    assert refused(nothing) == ["nothing_ticked"]
    with pytest.raises(NotAllowed) as bare:
        desk.sign(judged=confirmed, boxes=("picture",))
    assert refused(bare) == ["no_handling"]
    assert desk.book.day(MONDAY).row.state is RowState.PROPOSED, "the machine ticks nothing by itself"


def test_at_16_a_repair_that_goes_on_keeps_its_box_on_the_next_days(desk: InspectionDesk) -> None:
    desk.fault()
    desk.at(0, 8)
    desk.sign_faulty(BLURRED)
    desk.report(BLURRED)
    desk.over(BLURRED)
    desk.at(1, 8)
    with pytest.raises(NotAllowed) as normal:
        desk.sign()
    assert refused(normal) == ["normal_and_faults"]


def test_at_17_a_row_with_a_fault_is_not_stamped_before_a_ticket_stands(desk: InspectionDesk) -> None:
    desk.fault(SILENT)
    desk.at(0, 8)
    desk.sign_faulty(SILENT)
    with pytest.raises(NotAllowed) as early:
        desk.stamp()
    assert refused(early) == ["no_ticket:sound"]
    with pytest.raises(NotAllowed) as bare:
        desk.book.report(desk.act(), desk.seat("lin"), Reported("sound", (SILENT,), "07"), {})
    assert refused(bare) == ["no_to", "no_how"]
    number = desk.report(SILENT, box="sound", camera_no="07")
    assert number == "M115-0001"
    assert desk.book.day(MONDAY).row.state is RowState.FAULT
    desk.stamp()
    assert desk.book.day(MONDAY).row.state is RowState.STAMPED, "it is stamped while the repair goes on"


def test_at_17_a_ticket_of_one_box_covers_no_other(desk: InspectionDesk) -> None:
    desk.fault(SILENT)
    desk.fault(BLURRED)
    desk.at(0, 8)
    desk.sign_faulty(SILENT, BLURRED)
    desk.report(SILENT, box="sound", camera_no="07")
    assert desk.book.lacking(MONDAY, RowEvent.STAMP) == ("no_ticket:picture",)
    desk.report(BLURRED)
    assert desk.book.lacking(MONDAY, RowEvent.STAMP) == ()


def test_at_17_a_report_of_the_next_day_covers_the_row_and_one_of_another_fault_does_not(desk: InspectionDesk) -> None:
    desk.fault(BLURRED)
    desk.at(0, 8)
    desk.sign_faulty(BLURRED)
    desk.at(1, 8)
    other = desk.fault("picture-black-04", hour=7)
    desk.report(other.key, camera_no="04")
    assert desk.book.lacking(MONDAY, RowEvent.STAMP) == ("no_ticket:picture",)
    desk.report(BLURRED)
    assert desk.book.lacking(MONDAY, RowEvent.STAMP) == ()


def test_at_17_a_ticket_names_findings_of_its_own_box_alone(desk: InspectionDesk) -> None:
    """Else it would seem to cover a fault that it does not, and the row could not be stamped."""
    desk.fault(BLURRED)
    desk.fault(SILENT)
    desk.at(0, 8)
    with pytest.raises(NotAllowed) as mixed:
        desk.report(BLURRED, box="sound")
    assert refused(mixed) == [f"other_box:{BLURRED}"]
    assert desk.report(SILENT, box="sound") == "M115-0001"


def test_at_17_a_repair_that_goes_on_does_not_cover_another_fault_of_its_box(desk: InspectionDesk) -> None:
    desk.fault("picture-black-04")
    desk.at(0, 8)
    desk.sign_faulty("picture-black-04")
    desk.report("picture-black-04", camera_no="04")
    desk.at(1, 8)
    desk.fault(BLURRED)
    desk.sign_faulty("picture-black-04", BLURRED)
    assert desk.book.lacking(desk.today, RowEvent.STAMP) == (), "one of its faults is reported"
    desk.over("picture-black-04")
    desk.at(2, 8)
    desk.sign_faulty(BLURRED)
    assert desk.book.lacking(desk.today, RowEvent.STAMP) == ("no_ticket:picture",)


def test_at_18_whoever_signed_a_row_cannot_stamp_it(desk: InspectionDesk) -> None:
    desk.at(0, 8)
    desk.sign("both")
    assert desk.book.lacking(MONDAY, RowEvent.STAMP, person="both") == ("is_inspector",)
    with pytest.raises(NotAllowed) as own:
        desk.stamp("both")
    assert refused(own) == ["is_inspector"]
    with pytest.raises(NotAllowed) as officer:
        desk.stamp("hsu")
    assert officer.value.details["why"] == "role"
    desk.stamp("wu")
    assert desk.reopened().day(MONDAY).stamped_name == "吳大同"


def test_at_18_an_unsigned_row_takes_no_stamp_and_of_several_all_or_none(desk: InspectionDesk) -> None:
    desk.at(0, 8)
    desk.sign()
    desk.at(1, 8)
    with pytest.raises(NotAllowed) as unsigned:
        desk.stamp("wu", MONDAY, MONDAY + timedelta(days=1))
    assert refused(unsigned) == ["state:proposed"]
    assert desk.book.day(MONDAY).row.state is RowState.INSPECTED
    desk.sign("hsu")
    desk.stamp("chou", MONDAY, MONDAY + timedelta(days=1))
    assert [file.deputy for file in desk.book.days(MONDAY, desk.today)] == [True, True]
    assert len(entered(desk.ledger, "inspection.stamped")) == 1


def test_t_74_the_head_is_told_of_the_first_missed_working_day_and_a_long_absence_is_made_up(
    desk: InspectionDesk,
) -> None:
    for day in range(5):
        desk.at(day, 8)
        desk.at(day, 17.6)
    assert desk.book.missed() == [MONDAY + timedelta(days=day) for day in range(5)]
    assert [entry["working"] for entry in entered(desk.ledger, "inspection.missed")] == [True] * 5
    desk.at(7, 8)
    for on in desk.book.missed():
        desk.sign(on=on, late="leave")
    assert desk.book.missed() == []


def test_t_75_a_person_sees_what_no_test_found(desk: InspectionDesk) -> None:
    desk.at(0, 8)
    lacking: list[str] = []
    try:
        desk.sign(boxes=("picture",), handling="3 號鏡頭有蜘蛛網，自行清除並通報")
    except NotAllowed as error:
        lacking = list(error.details["missing"])
    assert lacking == [], "what no test found may be ticked"
    file = desk.book.day(MONDAY)
    assert (file.row.boxes, file.row.items) == (("picture",), ())
    desk.report()
    assert desk.book.day(MONDAY).row.state is RowState.FAULT


def test_t_76_three_same_overrides_ask_for_the_limits_to_be_looked_at(desk: InspectionDesk) -> None:
    desk.fault()
    for day in range(3):
        assert desk.book.overridden() == {}
        desk.at(day, 8)
        desk.look()
        desk.sign(judged={BLURRED: Judged(fault=False, reason="誤判")})
    assert desk.book.overridden() == {BLURRED: 3}
    assert desk.reopened().overridden() == {BLURRED: 3}


def test_t_77_a_fault_and_its_repair_on_one_day_are_one_row_that_is_not_normal(desk: InspectionDesk) -> None:
    desk.fault(hour=6.5)
    desk.at(0, 7.6)
    number = desk.report(BLURRED)
    desk.over(BLURRED)
    desk.at(0, 8)
    with pytest.raises(NotAllowed) as early:
        desk.book.advance(
            desk.act(), desk.seat("lin"), number, TicketEvent.VERIFY, {"cause": "鏡頭鬆動", "removed": "none"}
        )
    assert refused(early) == [f"not_well:{BLURRED}"], "the test must have been well for an hour"
    desk.at(0, 9)
    filed = desk.book.advance(
        desk.act(), desk.seat("lin"), number, TicketEvent.VERIFY, {"cause": "鏡頭鬆動", "removed": "none"}
    )
    assert (filed.ticket.state, filed.told_lost_ns) == (TicketState.VERIFIED, NOT_KNOWN)
    desk.look()
    with pytest.raises(NotAllowed) as normal:
        desk.sign(judged={BLURRED: Judged(fault=True)}, normal=True)
    assert refused(normal) == ["normal_and_faults"]
    file = desk.sign_faulty(BLURRED, handling="失焦，廠商當日調整，已修復")
    assert file.row.state is RowState.REPAIRED
    assert len(desk.book.days(MONDAY, MONDAY)) == 1


def lost_of(desk: InspectionDesk) -> list[dict[str, Any]]:
    return [entry.fields for entry in desk.ledger.entries() if entry.kind == "gap.noted"]


def test_what_a_camera_lost_under_its_ticket_is_entered_as_its_gap_and_never_guessed(desk: InspectionDesk) -> None:
    """Domain 2.6: a lost span answers later why there is nothing. With the index away nothing is said."""
    item = desk.fault(hour=6.5)
    number = (desk.at(0, 7), desk.report(BLURRED))[1]
    desk.over(BLURRED)
    first = Span(item.since_ns + HOUR // 2, item.since_ns + HOUR)
    second = Span(item.since_ns + HOUR, item.since_ns + HOUR + 60 * 10**9)
    desk.lost = None
    desk.at(0, 9)
    verified = {"cause": "鏡頭鬆動", "removed": "none"}
    mended = desk.book.advance(desk.act(), desk.seat("lin"), number, TicketEvent.VERIFY, verified)
    for hour in (9.5, 10, 11):
        desk.at(0, hour)
        assert lost_of(desk) == []
        assert desk.book.ticket(number).told_lost_ns == NOT_KNOWN
    assert desk.reopened().ticket(number).told_lost_ns == NOT_KNOWN
    desk.lost = [first, second]
    desk.at(0, 12)
    desk.at(0, 13)
    (entry,) = lost_of(desk)
    assert (entry["camera_no"], entry["ticket"], entry["cause"]) == ("03", number, f"repair:{number}")
    assert (entry["start_ns"], entry["end_ns"]) == (item.since_ns, mended.ticket.mended_ns)
    assert entry["spans"] == [[first.start_ns, second.end_ns]], "what adjoins is one"
    for book in (desk.book, desk.reopened()):
        assert book.ticket(number).told_lost_ns == entry["lost_ns"] == HOUR // 2 + 60 * 10**9
        assert [file.ticket.number for file in book.lost()] == [number]


def test_a_repair_that_lost_nothing_says_so_and_one_of_the_box_says_nothing(desk: InspectionDesk) -> None:
    desk.at(0, 8)
    numbers = [desk.report(), desk.report(camera_no="")]
    desk.at(0, 8.5)
    for number in numbers:
        desk.book.advance(
            desk.act(), desk.seat("lin"), number, TicketEvent.VERIFY, {"cause": "蛛網", "removed": "none"}
        )
    desk.at(0, 9)
    assert [(entry["ticket"], entry["lost_ns"]) for entry in lost_of(desk)] == [(numbers[0], 0)]
    assert [desk.book.ticket(number).told_lost_ns for number in numbers] == [0, 0]
    assert desk.book.lost() == ()


def test_a_repair_that_takes_months_is_noted_before_the_floor_is_over(desk: InspectionDesk) -> None:
    """What was destroyed meanwhile must not be told as lost."""
    desk.at(0, 8)
    begin_ns, number = desk.clock.wall_ns(), desk.report()
    for day in range(1, 70):
        desk.lost = [Span(desk.clock.wall_ns(), desk.clock.wall_ns() + HOUR)]
        desk.at(day, 9)
    entries = lost_of(desk)
    assert [round((entry["end_ns"] - entry["start_ns"]) / DAY_NS) for entry in entries] == [25, 25]
    assert entries[0]["start_ns"] == begin_ns
    assert entries[1]["start_ns"] == entries[0]["end_ns"]
    assert desk.book.ticket(number).told_lost_ns > 0


def test_t_77_what_eyes_saw_and_was_mended_on_its_day_leaves_no_row_that_is_normal(desk: InspectionDesk) -> None:
    """No test found it, so the ticket alone knows: the day it was opened and the day it was verified have the fault."""
    desk.at(0, 8)
    number, lin = desk.report(), desk.seat("lin")
    with pytest.raises(NotAllowed) as while_open:
        desk.sign()
    desk.at(1, 8)
    desk.book.advance(desk.act(), lin, number, TicketEvent.VERIFY, {"cause": "蛛網", "removed": "none"})
    with pytest.raises(NotAllowed) as mended:
        desk.sign()
    desk.book.advance(desk.act(), lin, number, TicketEvent.CLOSE, {})
    with pytest.raises(NotAllowed) as closed:
        desk.sign()
    with pytest.raises(NotAllowed) as late:
        desk.sign(on=MONDAY, late="leave")
    assert [refused(each) for each in (while_open, mended, closed, late)] == [["normal_and_faults"]] * 4
    file = desk.sign(boxes=("picture",), handling="蛛網，當日清除")
    assert file.row.state is RowState.REPAIRED
    desk.at(2, 8)
    assert desk.sign().row.boxes == (), "the day after is normal again"


def test_t_78_days_on_which_the_recorder_was_down_get_their_rows_later_from_paper(desk: InspectionDesk) -> None:
    desk.at(0, 8)
    desk.sign()
    desk.at(4, 9)
    rows = desk.book.days(MONDAY, desk.today)
    assert [file.row.begun_late for file in rows] == [False, True, True, True, False]
    tuesday = MONDAY + timedelta(days=1)
    with pytest.raises(NotAllowed) as bare:
        desk.sign(on=tuesday, late="paper")
    assert refused(bare) == ["no_late_words", "no_scan"]
    desk.scanners[tuesday] = {"lin"}
    file = desk.sign(on=tuesday, late="paper", late_words="停機期間紙本第 3 號")
    assert (file.row.late, file.late_words) == ("paper", "停機期間紙本第 3 號")


def test_t_78_a_row_from_paper_takes_its_scan_and_the_stamp_of_somebody_who_did_not_bring_it(
    desk: InspectionDesk,
) -> None:
    desk.at(0, 8)
    desk.sign()
    desk.at(3, 9)
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    with pytest.raises(NotAllowed) as bare:
        desk.sign(on=tuesday, late="paper", late_words="停機期間紙本")
    assert refused(bare) == ["no_scan"]
    desk.sign(on=wednesday, late="leave")
    desk.stamp("wu", wednesday)
    desk.scanners[tuesday] = {"wu"}
    desk.sign(on=tuesday, late="paper", late_words="停機期間紙本")
    with pytest.raises(NotAllowed) as own:
        desk.stamp("wu", tuesday)
    assert refused(own) == ["is_scanner"]
    desk.scanners[tuesday] = set()
    with pytest.raises(NotAllowed) as struck:
        desk.stamp("wu", tuesday)
    assert refused(struck) == ["no_scan"], "a scan that was struck is none"
    desk.scanners[tuesday] = {"lin"}
    desk.stamp("wu", tuesday)
    assert desk.book.day(tuesday).row.state is RowState.STAMPED


def test_inv_08_rows_and_calendar_days_are_one_to_one_whatever_the_clock_did(desk: InspectionDesk) -> None:
    """A clock that leaps and is doubted makes a row of that day alone; the days before it come with trust."""
    desk.at(0, 8)
    desk.clock.is_trusted = False
    desk.at(400, 8)
    assert [file.row.on for file in desk.book.days(MONDAY, desk.today)] == [MONDAY, desk.today]
    desk.clock.now_ns = MONDAY_NS + 3 * 86_400 * 10**9
    desk.clock.is_trusted = True
    for _ in range(3):
        desk.book.turn()
    days = [entry["day"] for entry in entered(desk.ledger, "inspection.begun")]
    assert len(days) == len(set(days)), "no day has two rows"
    assert [file.row.on for file in desk.book.days(MONDAY, desk.today)] == [
        MONDAY + timedelta(days=ahead) for ahead in range(4)
    ]


def test_a_month_is_filed_once_it_is_over_and_all_of_it_is_stamped(desk: InspectionDesk) -> None:
    for day in range(4):
        desk.at(day, 8)
        desk.sign()
        desk.stamp()
    with pytest.raises(NotAllowed) as october:
        desk.book.file_month(desk.act(), desk.seat("lin"), date(2026, 10, 1))
    assert refused(october) == ["month_goes_on"]
    files = desk.book.file_month(desk.act(), desk.seat("lin"), date(2026, 9, 1))
    assert [file.row.state for file in files] == [RowState.FILED] * 3
    assert desk.book.day(desk.today).row.state is RowState.STAMPED


def test_a_ticket_goes_its_way_with_an_escort_and_no_step_is_left_out(desk: InspectionDesk) -> None:
    desk.at(0, 8)
    number, lin = desk.report(), desk.seat("lin")

    def step(event: TicketEvent, **words: str) -> TicketState:
        return desk.book.advance(desk.act(), lin, number, event, words).ticket.state

    with pytest.raises(NotAllowed) as closed:
        step(TicketEvent.CLOSE)
    assert refused(closed) == ["state:open"]
    assert step(TicketEvent.ACCEPT, who="安視科技王先生") is TicketState.ACCEPTED
    with pytest.raises(NotAllowed) as absent:
        step(TicketEvent.VERIFY, cause="蛛網", removed="none")
    assert refused(absent) == ["no_how_mended"], "whoever took it over never came"
    with pytest.raises(NotAllowed) as alone:
        step(TicketEvent.VISIT, who="王先生", escort="路人甲")
    assert refused(alone) == ["no_visit"]
    for visit in ("W115-0001", "W115-0002"):
        file = desk.book.advance(desk.act(), lin, number, TicketEvent.VISIT, {"who": "王先生"}, visit=visit)
        assert (file.ticket.state, file.ticket.visit) == (TicketState.ON_SITE, visit)
    desk.visits = {"W115-0002"}
    with pytest.raises(NotAllowed) as inside:
        step(TicketEvent.VERIFY, cause="蛛網", removed="none")
    assert refused(inside) == ["visit_open:W115-0002"]
    desk.visits = set()
    step(TicketEvent.VERIFY, cause="蛛網", removed="none")
    assert desk.reopened().ticket(number).ticket.visit == "W115-0002"
    assert step(TicketEvent.CLOSE) is TicketState.CLOSED
    with pytest.raises(UsageError, match="no finding of the last month"):
        desk.report("picture-black-99")


def test_T_60_a_medium_that_a_repair_took_out_stands_in_its_register_and_is_in_use_no_more(
    desk: InspectionDesk,
) -> None:
    desk.at(0, 8)
    number, lin = desk.report(), desk.seat("lin")
    desk.media = {"D115-0001": "in_use", "D115-0002": "stored"}

    def lacks(**words: str) -> list[str]:
        with pytest.raises(NotAllowed) as found:
            desk.book.advance(desk.act(), lin, number, TicketEvent.VERIFY, {"cause": "壞軌", **words})
        return refused(found)

    assert lacks() == ["no_removed"], "nobody says nothing of it"
    assert lacks(removed="D115-0009") == ["removed_unknown:D115-0009"]
    assert lacks(removed="D115-0001") == ["removed_in_use:D115-0001"]
    words = {"cause": "壞軌", "removed": "D115-0002"}
    file = desk.book.advance(desk.act(), lin, number, TicketEvent.VERIFY, words)
    assert file.history[-1].words["removed"] == "D115-0002"
