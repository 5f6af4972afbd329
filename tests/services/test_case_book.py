"""The case book: lives of cases along the tables, made again from ledger and records, told and listed as they stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from appliance.core.errors import Damaged, NotAllowed, NotFound, NotWritable, UsageError
from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.ledger.entry import Entry
from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, Stage, State
from appliance.rules.cases.views import PartyView
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.duties import Waiting
from appliance.rules.people import Role
from appliance.rules.retention import Hold
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.board import board, in_hands
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import viewers_of
from appliance.services.cases.earlier import earlier_than
from appliance.services.cases.listing import Listing, ListQuery
from appliance.services.cases.ports import CasePorts
from appliance.services.cases.rights import sees_names
from appliance.services.cases.usage_log_row import cells_of
from appliance.services.cases.views import tell
from appliance.services.duties.board import DutyBoard
from appliance.services.people.login import Seat
from tests.rules.casedesk import PEOPLE, ROSTER, SMALL_ROSTER, chair
from tests.services.bookdesk import CITIZEN, FORM, LETTER, NOW_NS, RANGE, BookDesk, appointment
from tests.vault.ringcases import BOX_KEY

MINUTE_NS = 60 * 1_000_000_000


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def seat(name: str, *roles: Role, number: int = 1) -> Seat:
    return Seat(number, name, PEOPLE[name].name, tuple(roles), "", 0)


def refusal(desk: BookDesk, event: Event, who: str, key: str = "", **facts: object) -> dict[str, object]:
    with pytest.raises(NotAllowed) as refused:
        desk.do(event, who, key, **facts)  # type: ignore[arg-type]
    return dict(refused.value.details)


# --- lives ---


def test_a_citizen_s_request_from_counter_to_closing(desk: BookDesk) -> None:
    key = desk.viewed()
    assert desk.do(Event.CLEAN, "system", key).case.state is State.CLEANED
    file = desk.ended(key)
    assert (file.key, file.case.number, file.case.state) == ("115-0001", "115調-民-0001", State.CLOSED)
    assert [deed.row for deed in file.deeds] == [
        "C1", "C5", "C7", "C8", "C9", "C10a", "C12c", "C12d", "C13", "C14", "C15", "C19", "C20", "S9", "S10", "C21",
    ]  # fmt: skip
    assert [(cell.stage, cell.person.account) for cell in file.case.signatures] == [
        (Stage.RECEIPT, "wang"), (Stage.MANAGER, "lin"), (Stage.UNIT_HEAD, "chen"), (Stage.SECRETARY, "hsu"),
        (Stage.DIRECTOR, "tsai"), (Stage.LEDGER_MANAGER, "wang"), (Stage.LEDGER_HEAD, "chen"),
    ]  # fmt: skip


def test_a_staff_request_goes_up_the_chain_and_is_viewed(desk: BookDesk) -> None:
    key = desk.viewed(Kind.INT)
    desk.do(Event.CLEAN, "system", key)
    file = desk.ended(key)
    assert file.case.number == "115調-內-0001"
    assert [deed.row for deed in file.deeds][:6] == ["I1", "I2", "I3", "I4", "I5", "I6a"]
    assert file.case.section == "registration"
    assert file.people[0].account == "peng", "who applies is who is logged in, whatever the form says"


def test_a_staff_request_that_goes_to_court_is_locked_and_only_closes(desk: BookDesk) -> None:
    key = desk.decided(Kind.INT)
    file = desk.do(Event.LOCK, "peng", key, source="申請人告知已報案")
    assert (file.case.state, file.case.token) == (State.JUD_LOCK, None)
    assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=appointment(desk.today))["why"] == "no_row"
    assert desk.ended(key).case.state is State.CLOSED
    assert file.pins, "60 days for the letter"


def test_AT_46_the_head_of_a_section_is_told_for_whom_they_sign(desk: BookDesk) -> None:
    file = desk.book.file(desk.received(Kind.INT))
    head = [seat("kuo", Role.SECTION_HEAD)]
    assert sees_names(file, head, {"kuo": "registration"})
    assert not sees_names(file, head, {"kuo": "another"})
    assert not sees_names(desk.book.file(desk.received()), head, {"kuo": "registration"}), "a citizen is none of them"


@pytest.mark.parametrize(("kind", "event", "facts", "result"), [
    (Kind.INT, Event.LOCK, {"source": "申請人告知已報案"}, "jud_lock"),
    (Kind.CIT, Event.WITHDRAW, {"voucher": {"kind": "withdrawal"}}, "withdrawn"),
])  # fmt: skip
def test_AT_59_the_row_of_a_case_that_ended_unanswered_says_how_also_after_the_close(
    desk: BookDesk, kind: Kind, event: Event, facts: dict[str, Any], result: str
) -> None:
    key = desk.received(kind)
    desk.do(event, "wang", key, **facts)
    before = {cell.code: cell for cell in cells_of(desk.book.file(key))}
    desk.ended(key)
    after = {cell.code: cell for cell in cells_of(desk.opened().file(key))}
    assert before["result"].values == after["result"].values == {"result": result}
    assert all(cell.filled for cell in after.values() if cell.required)


def test_an_agency_s_letter_refused_with_a_numbered_reply(desk: BookDesk) -> None:
    key = desk.decided(Kind.AGY, Event.REFUSE, reason="與案情無關", article="行政程序法19")
    assert desk.book.file(key).case.state is State.REFUSED
    assert refusal(desk, Event.ISSUE, "wang", key)["missing"] == ("issue_day", "doc_no", "letter_signer")
    assert refusal(desk, Event.NOTIFY, "wang", key, service=desk.service())["missing"] == ("not_issued",)
    desk.notify(key)
    assert desk.ended(key).case.number == "115調-機-0001"


def test_I2_a_colleague_of_the_managing_unit_is_served_where_it_has_one_head_alone(desk: BookDesk) -> None:
    roster = tuple(each for each in ROSTER if each.role is not Role.UNIT_HEAD or each.person.account == "chen")
    desk.in_world(unit_of=lambda account: "general", roster=lambda: roster)
    key = desk.received(Kind.INT)
    desk.do(Event.SIGN_SECTION, "chen", key)
    desk.propose(key)
    assert refusal(desk, Event.STAMP, "chen", key)["why"] == "pair_unavoidable"
    desk.do(Event.STAMP, "chen", key, double=True)
    desk.do(Event.STAMP, "hsu", key)
    desk.do(Event.GRANT, "tsai", key, form={"judicial": "no"})
    told = tell(desk.book, desk.opened().file(key), [], full=True)
    assert [(cell.stage, cell.person, cell.double) for cell in told.signatures][:3] == [
        ("section_head", "chen", False), ("manager", "lin", False), ("unit_head", "chen", True),
    ]  # fmt: skip
    ethics = [
        each for each in board(desk.book, [seat("wang", Role.OFFICER)]).people[0].notices if each.code == "ethics"
    ]
    assert ethics, "the ethics office is told"


def test_AT_56_no_copy_on_a_medium_is_proposed_or_granted_while_none_is_made(desk: BookDesk) -> None:
    """A reply that grants a copy would be a promise that nothing here can keep; the viewing is booked all the same."""
    asking = {**LETTER, "copy_asked": True, "copy_reason": "保存證據"}
    key = desk.received(Kind.AGY, letter=asking)
    desk.do(Event.CHECK, "lin", key)
    checklist = {line.code: "yes" for line in LINES}
    proposal = {"result": "granted", "article": "八(五)", "give": "copy", "copy_reasoned": "保存證據"}
    size = desk.ledger.size
    never = {"why": "no_copies", "missing": (), "next": "other_means"}
    assert refusal(desk, Event.PROPOSE, "lin", key, checklist=checklist, proposal=proposal) == {
        "event": "propose", **never
    }  # fmt: skip
    assert desk.ledger.size == size, "it leaves no trace"
    desk.do(Event.PROPOSE, "lin", key, checklist=checklist, proposal=proposal | {"give": "viewing"})
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    assert refusal(desk, Event.GRANT_COPY, "tsai", key, copy_reasoned="x") == {"event": "grant_copy", **never}
    desk.do(Event.GRANT, "tsai", key, viewing_only=True, copy_reasoned="本所尚不能製作複本")
    desk.notify(key)
    told = tell(desk.book, desk.book.file(key), [seat("wang", Role.OFFICER)], full=True)
    assert told.days["lapses_on"] == (desk.today + timedelta(days=30)).isoformat()
    assert [each.row.event for each in in_hands(desk.book, ["wang"])] == [Event.SCHEDULE]
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, accompanied_by="wang-name"))
    missing = ("copy_scope", "copy_exists")
    assert refusal(desk, Event.PREPARE, "wang", key)["missing"] == missing, "only the store makes it so"
    typed = {"alive": True, "scopes": [], "copy": "x", "made_ns": 1}
    with pytest.raises(UsageError, match="alive, copy, made_ns, scopes"):
        desk.do(Event.CLEAN, "wang", key, copy_work=typed)


def test_an_agency_s_viewing_that_was_done_in_another_way_is_entered_as_what_it_was(desk: BookDesk) -> None:
    key = desk.decided(Kind.AGY)
    desk.notify(key)
    desk.wait(20)
    done = {"done": "電洽林警員，案已偵結，無須閱覽", "day": desk.today.isoformat(), "copied": "no"}
    assert refusal(desk, Event.OTHERWISE, "wang", key)["missing"] == (
        "otherwise_done", "otherwise_day", "otherwise_copied",
    )  # fmt: skip
    desk.do(Event.OTHERWISE, "wang", key, otherwise=done)
    desk.ended(key)
    file = desk.opened().file(key)
    cells = {cell.code: cell for cell in cells_of(file)}
    assert cells["otherwise"].values == {"done": done["done"], "day": done["day"]}
    assert cells["result"].values == {"result": "otherwise"}
    assert cells["copied"].values == {"copied": False}
    assert not cells["medium"].required
    assert not cells["destroyed"].required


def test_AT_59_a_copy_that_left_in_another_way_has_its_medium_and_its_destruction_in_the_row(desk: BookDesk) -> None:
    key = desk.decided(Kind.AGY)
    desk.notify(key)
    order = {"kind": "court_order", "number": "北院字第1號", "agency": "臺北地院"}
    desk.do(Event.COURT_ORDER, "wang", key, voucher=order)
    done = {
        "done": "依命令交付",
        "day": desk.today.isoformat(),
        "copied": "yes",
        "medium": "115-01",
        "destroyed": "當日 15:20",
    }
    desk.do(Event.OTHERWISE, "wang", key, otherwise=done)
    cells = {cell.code: cell for cell in cells_of(desk.book.file(key))}
    assert cells["copied"].values == {"copied": True}
    assert (cells["medium"].values, cells["medium"].required) == ({"medium": "115-01"}, True)
    assert (cells["destroyed"].values, cells["destroyed"].required) == ({"destroyed": "當日 15:20"}, True)


@pytest.mark.parametrize(
    ("minute", "missing"),
    [
        (-61, ("token_hours",)),
        (-1, ("token_hours",)),
        (0, ()),
        (89, ()),
        (90, ("token_hours",)),
        (24 * 60, ("token_hours",)),
    ],
)
def test_AT_40_a_viewing_begins_within_the_hours_it_was_booked_for(
    desk: BookDesk, minute: int, missing: tuple[str, ...]
) -> None:
    key = desk.decided()
    desk.notify(key)
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, starts="14:00", ends="15:30"))
    desk.do(Event.PREPARE, "wang", key)
    desk.clock.go_to(start_ns_of(desk.today) + (14 * 60 + minute) * MINUTE_NS)
    door = {"id_again": True, "statement_signed": True, "devices_away": True}
    if missing:
        assert refusal(desk, Event.BEGIN, "lin", key, viewing=door)["missing"] == missing
        desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, starts="16:00", ends="17:00"))
        return
    assert desk.do(Event.BEGIN, "lin", key, viewing=door).case.state is State.VIEWING
    desk.clock.go_to(start_ns_of(desk.today) + 16 * 60 * MINUTE_NS)
    assert desk.book.viewable(key).spans, "one that has begun is seen to its end"


def test_T_26_a_masked_viewing_that_an_earlier_version_began_opens_nothing(desk: BookDesk) -> None:
    key = desk.begun()
    file = desk.book.file(key)
    assert desk.book.viewable(key).spans
    rulings = tuple(msgspec.structs.replace(each, masked=True) for each in file.case.rulings)
    desk.book._keep(msgspec.structs.replace(file, case=msgspec.structs.replace(file.case, rulings=rulings)))
    assert (desk.book.viewable(key).spans, desk.book.viewable(key).why == coded("masks")) == ({}, True)
    desk.do(Event.INTERRUPT, "lin", key, reason="遮蔽")
    assert refusal(desk, Event.RESUME, "lin", key)["missing"] == ("masks",)


def test_a_call_keeps_footage_before_any_number_and_the_letter_takes_it_over(desk: BookDesk) -> None:
    voice = {"caller": "林警員", "agency": "萬華分局", "called_back": True}
    file = desk.do(Event.PRESERVE, "wang", kind=Kind.AGY, voice=voice, asked=[RANGE])
    assert (file.case.state, file.case.number, file.pins) == (State.PRESERVED, "", True)
    file = desk.do(Event.RECEIVE_LETTER, "wang", file.key, letter=LETTER, asked=[RANGE])
    assert (file.key, file.case.number, file.case.state) == ("115-0001", "115調-機-0001", State.RECEIVED)
    assert desk.opened().file(file.key) == file


@pytest.mark.parametrize(
    ("kind", "event", "facts", "named"),
    [
        (Kind.CIT, Event.RECEIVE, {"form": {**FORM, "report_day": "{day}"}}, "day of the report"),
        (Kind.CIT, Event.RECEIVE, {"parties": [{**CITIZEN, "born": "{day}"}]}, "birth of person 1"),
        (Kind.AGY, Event.RECEIVE_LETTER, {"letter": {**LETTER, "day": "{day}"}}, "day of the letter"),
    ],
)
def test_a_paper_or_a_birth_of_a_day_to_come_is_refused_and_leaves_no_trace(
    desk: BookDesk, kind: Kind, event: Event, facts: dict[str, Any], named: str
) -> None:
    usual = {"asked": [RANGE], "parties": [CITIZEN], "form": FORM} if kind is Kind.CIT else {"asked": [RANGE]}

    def dated(day: date) -> dict[str, Any]:
        return dict(msgspec.json.decode(msgspec.json.encode({**usual, **facts}).replace(b"{day}", str(day).encode())))

    with pytest.raises(UsageError, match=f"{named}, .* is after today"):
        desk.do(event, "wang", kind=kind, **dated(desk.today + timedelta(days=1)))
    assert desk.ledger.size == 0
    assert desk.do(event, "wang", kind=kind, **dated(desk.today)).case.number


def test_papers_come_in_parts_and_what_is_not_named_stays(desk: BookDesk) -> None:
    key = desk.received(form={"present": True, "in_hand": True, "reason": "crime"}, parties=[CITIZEN])
    assert refusal(desk, Event.PASS_FORMAL, "wang", key)["next"] == "ask_correction"
    file = desk.do(Event.FIND_DEFECTS, "wang", key)
    asked_for = file.deeds[-1].lacks
    assert "report_no" in asked_for
    rest = {name: value for name, value in FORM.items() if name not in ("present", "in_hand", "reason", "report_no")}
    assert refusal(desk, Event.CORRECTED, "wang", key, form=rest)["missing"] == ("report_no",)
    assert desk.book.file(key) == file, "what was typed for a refused act is not kept here"
    file = desk.do(Event.CORRECTED, "wang", key, form={**rest, "report_no": "P1"})
    assert file.form.reason == "crime"
    assert file.form.report_no == "P1"
    told = tell(desk.book, desk.opened().file(key), [seat("wang", Role.OFFICER)], full=True)
    asking = next(deed for deed in told.history if deed.event == "find_defects")
    assert asking.lacks == asked_for, "its letter says it for ever, from the ledger too"


def test_AT_38_the_file_of_the_scan_is_asked_for_and_a_tick_never_stands_for_it(desk: BookDesk) -> None:
    desk.in_world(scans=lambda case: set())
    key = desk.received()
    with pytest.raises(UsageError, match="determined by the recorder, not typed"):
        desk.do(Event.PASS_FORMAL, "wang", key, form={"scanned": True})
    assert refusal(desk, Event.PASS_FORMAL, "wang", key)["missing"] == ("form_scanned",)
    desk.in_world(scans=lambda case: {"letter"})
    assert refusal(desk, Event.PASS_FORMAL, "wang", key)["missing"] == ("form_scanned",)
    desk.in_world(scans=lambda case: {"form"} if case == key else set())
    assert tell(desk.book, desk.book.file(key), [], full=True).defects == ()
    assert desk.do(Event.PASS_FORMAL, "wang", key).case.state == "checking"


def test_AT_38_a_scan_that_follows_with_a_reason_lets_the_case_go_on_and_keeps_it_from_its_close(
    desk: BookDesk,
) -> None:
    desk.in_world(scans=lambda case: set())
    key = desk.received()
    assert desk.do(Event.PASS_FORMAL, "wang", key, form={"scan_follows": "掃描機送修"}).case.state == "checking"
    desk.propose(key)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    desk.do(Event.REFUSE, "tsai", key, reason="不符規定", article="八(五)")
    desk.notify(key)
    desk.do(Event.SIGN_LEDGER, "wang", key)
    desk.do(Event.STAMP_LEDGER, "chen", key)
    assert refusal(desk, Event.CLOSE, "wang", key)["missing"] == ("scan_filed",)
    assert not tell(desk.book, desk.book.file(key), [], full=True).form["scanned"]
    desk.in_world(scans=lambda case: {"form"})
    assert tell(desk.book, desk.book.file(key), [], full=True).form["scanned"]
    assert desk.do(Event.CLOSE, "wang", key).case.state is State.CLOSED


def test_AT_38_a_tick_of_a_version_before_does_not_stand_for_the_scan_when_its_case_is_closed(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    desk.notify(key)
    desk.do(Event.SIGN_LEDGER, "wang", key)
    desk.do(Event.STAMP_LEDGER, "chen", key)
    desk.in_world(scans=lambda case: set())
    assert refusal(desk, Event.CLOSE, "wang", key)["missing"] == ("scan_filed",)


def test_a_return_supersedes_the_chain_and_the_next_signs_anew(desk: BookDesk) -> None:
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.propose(key)
    file = desk.do(Event.RETURN, "chen", key, reason="請補述必要性")
    assert [cell.superseded for cell in file.case.signatures] == [False, True]
    desk.propose(key)
    told = tell(desk.book, desk.book.file(key), [seat("chen", Role.UNIT_HEAD)], full=True)
    assert [(cell.stage, cell.superseded) for cell in told.signatures] == [
        ("receipt", False), ("manager", True), ("manager", False),
    ]  # fmt: skip


# --- numbers, pins, repeats ---


def test_T_36_AT_28_a_returned_proposal_is_answered_anew_and_not_signed_unseen(desk: BookDesk) -> None:
    key = desk.received(Kind.INT)
    desk.do(Event.SIGN_SECTION, "kuo", key)
    desk.propose(key)
    desk.do(Event.RETURN, "chen", key, reason="請補述")
    assert refusal(desk, Event.PROPOSE, "lin", key)["missing"] == (
        *(f"check_{code}" for code in ("purpose_fits", "third_persons", "investigation_secrecy", "partial_possible")),
        "check_no_colleague_watched", "check_not_judicial", "proposal", "proposal_article",
    )  # fmt: skip
    watched = {line.code: "yes" for line in LINES} | {"no_colleague_watched": "no"}
    refused = {"result": "refused", "article": "八(五)2(1)"}
    desk.do(Event.PROPOSE, "lin", key, checklist=watched, proposal=refused)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    assert refusal(desk, Event.GRANT, "tsai", key, form={"judicial": "no"})["missing"] == ("colleague_watched",)


def test_inv_08_numbers_of_each_kind_have_no_gap_and_keys_count_over_all(desk: BookDesk) -> None:
    keys = [desk.received(kind) for kind in (Kind.CIT, Kind.AGY, Kind.CIT, Kind.INT)]
    assert keys == ["115-0001", "115-0002", "115-0003", "115-0004"]
    with pytest.raises(UsageError):
        desk.received(asked=[RANGE | {"camera_no": "C9"}])
    assert desk.received() == "115-0005"
    numbers = [desk.book.file(key).case.number for key in (*keys, "115-0005")]
    assert numbers == ["115調-民-0001", "115調-機-0001", "115調-民-0002", "115調-內-0001", "115調-民-0003"]
    desk.wait(60)
    assert desk.received(asked=[RANGE]) == "116-0001"
    assert desk.book.file("116-0001").case.number == "116調-民-0001"
    assert desk.book.key_of("115調-機-0001") == "115-0002"


def test_inv_09_a_receipt_pins_ten_minutes_more_on_either_side_in_whole_slots_when_it_answers(desk: BookDesk) -> None:
    key = desk.received(asked=[RANGE, RANGE | {"camera_no": "C2"}])
    span = NOW_NS - 130 * MINUTE_NS, NOW_NS - 50 * MINUTE_NS
    assert desk.book.pins() == {key: [Hold("C1", *span), Hold("C2", *span)]}
    assert desk.opened().pins() == desk.book.pins()
    file = desk.do(Event.ADD_RANGE, "wang", key, asked=[RANGE | {"start_ns": NOW_NS - 200 * MINUTE_NS}])
    assert len(desk.book.holds()) == 3
    assert len(file.case.asked) == 3


def test_inv_09_the_pin_ends_by_its_rule_once_and_never_in_untrusted_time(desk: BookDesk) -> None:
    granted, refused = desk.viewed(), desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.do(Event.CLEAN, "system", granted)
    desk.ended(granted)
    desk.notify(refused)
    desk.ended(refused)
    desk.wait(1)
    desk.book.end_pins(trusted=False)
    assert set(desk.book.pins()) == {granted, refused}
    desk.book.end_pins(trusted=True)
    desk.book.end_pins(trusted=True)
    assert set(desk.book.pins()) == {refused}, "40 days for an appeal"
    desk.wait(39)
    desk.book.end_pins(trusted=True)
    assert set(desk.book.pins()) == {refused}
    desk.wait(3)
    desk.book.end_pins(trusted=True)
    assert desk.book.pins() == {}
    assert sum(entry.kind == "pin.ended" for entry in desk.ledger.entries()) == 2
    again = desk.opened()
    assert again.pins() == {}
    assert again.file(granted) == desk.book.file(granted), "read when somebody asks for it"
    assert again.living() == []


def test_a_repeat_of_an_act_gives_the_first_answer_and_another_act_under_its_id_is_refused(desk: BookDesk) -> None:
    key = desk.received(act="a" * 32)
    desk.do(Event.PASS_FORMAL, "wang", key)
    size = desk.ledger.size
    again = desk.received(act="a" * 32)
    assert (again, desk.ledger.size) == (key, size)
    for changed in ({"asked": [RANGE | {"camera_no": "C2"}]}, {"form": {**FORM, "reason_text": "別的"}}):
        with pytest.raises(UsageError, match="sent before for something else"):
            desk.received(act="a" * 32, **changed)
    with pytest.raises(UsageError, match="sent before for something else"):
        desk.do(Event.PASS_FORMAL, "wang", key, act="a" * 32)
    with pytest.raises(UsageError, match="sent before for something else"):
        desk.do(Event.RECEIVE, "lin", act="a" * 32, kind=Kind.CIT, asked=[RANGE], parties=[CITIZEN], form=FORM)
    assert desk.opened().act("a" * 32, ActingUser("wang"), "", "receive",
                             {"asked": [RANGE], "parties": [CITIZEN], "form": FORM}).file.key == key  # fmt: skip


def test_what_cannot_be_written_did_not_happen(desk: BookDesk) -> None:
    key = desk.received()
    before = desk.book.file(key)
    desk.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    with pytest.raises(NotWritable):
        desk.received()
    with pytest.raises(NotWritable):
        desk.do(Event.PASS_FORMAL, "wang", key)
    assert desk.book.file(key) == before
    assert desk.book.all_keys() == [key]


# --- what web sends is only what was typed ---


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"number": "115調-民-0009"}, "takes no field number"),
        ({"cells": ["applicant"]}, "takes no field cells"),
        ({"existence": "in_store"}, "takes no field existence"),
        ({"roster": []}, "takes no field roster"),
        ({"form": {"colour": "red"}}, "colour"),
        ({"form": {"reason_text": "a\u202eb"}}, "control characters"),
        ({"words": {"note": "\0"}}, "control characters"),
        ({"asked": [RANGE | {"end_ns": RANGE["start_ns"]}]}, "after its start"),
        ({"asked": [RANGE | {"start_ns": 1}]}, "longer than 31 days"),
        ({"asked": [RANGE] * 65}, "65 ranges"),
        ({"parties": [CITIZEN] * 13}, "13 people"),
        ({"parties": "everybody"}, "form"),
        ({"form": {"reason_text": "x" * 5000}}, "5000 characters"),
    ],
)
def test_what_no_form_sends_is_refused_and_leaves_no_trace(desk: BookDesk, facts: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        desk.received(**facts)
    assert desk.ledger.size == 0
    assert desk.book.holds() == []


def test_at_29_a_range_that_is_still_to_come_is_refused(desk: BookDesk) -> None:
    later = RANGE | {"end_ns": desk.clock.wall_ns() + MINUTE_NS}
    assert refusal(desk, Event.RECEIVE, "wang", kind=Kind.CIT, asked=[later], parties=[CITIZEN], form=FORM)[
        "missing"
    ] == ("range_past",)
    assert desk.received(asked=[RANGE | {"end_ns": desk.clock.wall_ns()}])


def test_what_a_viewing_finds_out_is_not_typed(desk: BookDesk) -> None:
    key = desk.decided()
    desk.notify(key)
    with pytest.raises(UsageError, match="determined by the recorder"):
        desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, in_hours=True, starts="03:00"))
    assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, ends="18:00"))["missing"] == (
        "office_hours",
    )


@pytest.mark.parametrize("round_the_clock", [False, True])
def test_a_viewing_is_not_booked_for_an_hour_that_is_gone(desk: BookDesk, *, round_the_clock: bool) -> None:
    """Whoever is at the counter may be booked at once: to fill the form takes a while, and it is no hour ago."""
    desk.in_world(round_the_clock=round_the_clock)
    key = desk.decided()
    desk.notify(key)
    desk.clock.go_to(start_ns_of(desk.today) + (14 * 60 + 15) * MINUTE_NS)
    for starts in ("09:30", "13:59"):
        gone = appointment(desk.today, starts=starts, ends="16:00")
        assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=gone)["missing"] == ("appointment_past",)
    yesterday = appointment(desk.today - timedelta(days=1), starts="16:00", ends="16:30")
    assert "appointment" in refusal(desk, Event.SCHEDULE, "wang", key, viewing=yesterday)["missing"]
    assert desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, starts="14:00", ends="16:00"))
    assert desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, starts="16:00", ends="16:30"))
    assert desk.book.file(key).viewing.past is False


def test_two_viewings_are_not_booked_for_one_time(desk: BookDesk) -> None:
    first, second = desk.decided(), desk.decided()
    for key in (first, second):
        desk.notify(key)
    desk.do(Event.SCHEDULE, "wang", first, viewing=appointment(desk.today))
    assert refusal(desk, Event.SCHEDULE, "wang", second, viewing=appointment(desk.today, starts="10:30", ends="11:30"))[
        "missing"
    ] == ("people_free",)
    assert desk.do(Event.SCHEDULE, "wang", second, viewing=appointment(desk.today, starts="11:00", ends="12:00"))


def test_t_34_an_agency_s_secret_over_the_same_minutes_is_found_without_being_typed(desk: BookDesk) -> None:
    desk.received(Kind.AGY, letter={**LETTER, "secret": True})
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.propose(key)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    assert refusal(desk, Event.GRANT, "tsai", key)["missing"] == ("agency_consulted",)
    assert desk.do(Event.GRANT, "tsai", key, agency_consulted=True).case.state is State.GRANTED


@pytest.mark.parametrize(("footage", "row"), [("expired", "C6"), ("gap", "C6"), ("in_store", "C7"), ("partly", "C7")])
def test_at_39_whether_footage_is_there_says_the_index_and_nobody_else(footage: str, row: str) -> None:
    desk = BookDesk()
    desk.footage = footage
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    if row == "C6":
        with pytest.raises(NotAllowed):
            desk.propose(key)
        file = desk.do(Event.NONE_FOUND, "lin", key)
    else:
        assert refusal(desk, Event.NONE_FOUND, "lin", key)["missing"] == ("existence_none",)
        file = desk.propose(key)
    assert file.deeds[-1].row == row
    assert file.footage == (footage,)


def test_at_02_footage_is_shown_in_a_viewing_and_at_no_other_time(desk: BookDesk) -> None:
    key = desk.begun()
    span = Span(int(RANGE["start_ns"]), int(RANGE["end_ns"]))
    assert desk.book.viewable(key).spans == {"C1": [span]}
    desk.do(Event.INTERRUPT, "lin", key, reason="休息")
    assert desk.book.viewable(key).why
    desk.do(Event.RESUME, "lin", key)
    assert desk.book.viewable(key).spans == {"C1": [span]}
    desk.do(Event.FINISH, "lin", key, viewing={"filming": "none", "signed": True})
    assert desk.book.viewable(key).spans == {}
    with pytest.raises(NotFound):
        desk.book.viewable("115-0009")


def test_T_21_what_was_there_at_the_receipt_stays_told_whatever_is_there_later(desk: BookDesk) -> None:
    desk.footage = "expired"
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.footage = "gap"
    desk.do(Event.NONE_FOUND, "lin", key)
    (asked,) = tell(desk.book, desk.opened().file(key), [], full=True).ranges
    assert (asked.at_receipt, asked.footage) == ("expired", "gap")


def test_AT_42_AT_59_a_viewing_that_is_broken_off_or_forgotten_says_so_and_its_row_asks_for_the_filming(
    desk: BookDesk,
) -> None:
    key = desk.begun()
    desk.do(Event.INTERRUPT, "lin", key, reason="停電")
    assert refusal(desk, Event.STOP, "lin", key, reason="時間不足")["missing"] == ("filming",)
    desk.do(Event.STOP, "lin", key, reason="時間不足", viewing={"filming": "none"})
    session = tell(desk.book, desk.opened().file(key), [], full=True).session
    assert (session["ended_by"], session["why_stopped"], session["filming"]) == ("stop", "時間不足", "none")
    forgotten = desk.begun()
    desk.book.system(forgotten, Event.END_OF_DAY)
    desk.do(Event.CLEAN, "system", forgotten)
    assert tell(desk.book, desk.book.file(forgotten), [], full=True).session["ended_by"] == "end_of_day"
    assert refusal(desk, Event.SIGN_LEDGER, "wang", forgotten)["missing"] == ("cell_filming",)
    desk.do(Event.SIGN_LEDGER, "wang", forgotten, viewing={"filming": "none"})


def test_at_40_less_may_be_booked_than_was_granted_and_never_more(desk: BookDesk) -> None:
    key = desk.decided()
    desk.notify(key)
    wide = RANGE | {"end_ns": int(RANGE["end_ns"]) + 1}
    assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, scopes=[wide]))["next"] == (
        "new_case"
    )
    less = RANGE | {"end_ns": int(RANGE["end_ns"]) - 1}
    file = desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today, scopes=[less]))
    assert file.case.token is not None
    assert file.case.token.scopes[0].end_ns == less["end_ns"]


# --- people ---


def test_t_37_a_deputy_signs_while_the_holder_is_away_and_not_while_he_is_here(desk: BookDesk) -> None:
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.propose(key)
    assert refusal(desk, Event.STAMP, "yang", key)["missing"] == ("liu",), "the first deputy comes before the second"
    file = desk.do(Event.STAMP, "liu", key)
    assert file.case.signatures[-1].deputy
    other = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", other)
    desk.propose(other)
    desk.logged_in = frozenset({"chen"})
    assert refusal(desk, Event.STAMP, "liu", other)["why"] == "holder_is_there"


def test_inv_14_both_signatures_by_one_person_take_the_mark_and_are_entered_with_it() -> None:
    desk = BookDesk()
    desk.in_world(roster=lambda: (chair("wang", Role.OFFICER), chair("wang", Role.MANAGER), *SMALL_ROSTER[2:3],
                                  chair("chen", Role.SECRETARY), chair("chen", Role.DIRECTOR)))  # fmt: skip
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    lines = {line.code: "yes" for line in LINES}
    proposal = {"result": "granted", "article": "八(五)"}
    desk.do(Event.PROPOSE, "wang", key, checklist=lines, proposal=proposal)
    desk.do(Event.STAMP, "chen", key)
    assert refusal(desk, Event.STAMP, "chen", key)["next"] == "mark_double"
    told = tell(desk.book, desk.book.file(key), [seat("chen", Role.SECRETARY)], full=True)
    (sits,) = next(each for each in told.possible if each.event == "stamp").seats
    assert (sits.role, sits.double, sits.refused and sits.refused.why) == ("secretary", True, "pair_unavoidable")
    file = desk.do(Event.STAMP, "chen", key, double=True)
    assert file.case.signatures[-1].double
    assert desk.opened().file(key).case.signatures == file.case.signatures


def test_inv_15_the_decision_takes_the_director_and_the_password(desk: BookDesk) -> None:
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.propose(key)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    desk.logged_in = frozenset({"tsai"})
    assert refusal(desk, Event.GRANT, "chen", key)["why"] == "pair", "the director is there"
    with pytest.raises(NotAllowed) as refused:
        desk.book.act(desk.act_id(), ActingUser("tsai", "tsai-name"), key, "grant", {})
    assert refused.value.details["why"] == "password"
    assert desk.do(Event.GRANT, "tsai", key).case.state is State.GRANTED


def test_at_06_nobody_acts_on_the_day_after_the_appointment_ended(desk: BookDesk) -> None:
    only = (chair("wang", Role.OFFICER, last=desk.today), *ROSTER[1:2])
    desk.in_world(roster=lambda: only)
    assert desk.received()
    desk.wait(1)
    assert refusal(desk, Event.RECEIVE, "wang", kind=Kind.CIT, asked=[RANGE], parties=[CITIZEN], form=FORM)["why"] == (
        "role"
    )


# --- made again ---


def test_every_state_of_a_life_is_made_again_from_ledger_and_records(desk: BookDesk) -> None:
    citizens, staff = desk.viewed(), desk.viewed(Kind.INT)
    agency = desk.decided(Kind.AGY, Event.REFUSE, reason="無關", article="行政程序法19")
    for key in (citizens, staff, agency):
        assert desk.opened().file(key) == desk.book.file(key)
    assert desk.opened().all_keys() == desk.book.all_keys() == [agency, staff, citizens]
    assert desk.opened().damaged == {}


def test_no_name_word_or_number_of_a_person_is_in_the_clear_ledger(desk: BookDesk) -> None:
    key = desk.viewed()
    desk.do(Event.CLEAN, "system", key)
    desk.ended(key)
    clear = desk.in_clear().decode()
    accounts = (f'"{account}"' for account in PEOPLE)
    for word in ("洪大明", "A123456789", "0912345678", "和平西路", "機車遭竊", "P1150001", *accounts, "wang-name"):
        assert word not in clear, word


def test_a_case_whose_words_are_lost_keeps_state_pin_and_signatures(
    desk: BookDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = desk.decided()
    before = desk.book.file(key)

    def lost(entry: Entry) -> None:
        raise Damaged(f"ledger entry {entry.index}: its sealed record is missing")

    monkeypatch.setattr(desk.acts, "sealed_of", lost)
    again = desk.opened()
    file = again.file(key)
    assert list(again.damaged) == [key]
    assert again.holds() == desk.book.holds()
    assert file.case.state is before.case.state
    assert file.case.clock == before.case.clock
    assert file.case.rulings[0].scopes == before.case.rulings[0].scopes
    assert [(cell.stage, cell.person.account) for cell in file.case.signatures] == [
        (cell.stage, cell.person.account) for cell in before.case.signatures
    ]
    assert (file.form, file.people) == (type(file.form)(), ())


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [({"of": "XYZ"}, "a case of another kind"), ({"row": "C99"}, "row 'C99' of CIT, which the tables do not have")],
    ids=["a kind of case of another version", "a row of another version"],
)
def test_a_case_of_which_no_entry_can_be_read_is_refused_alone_and_stays_pinned(
    desk: BookDesk, monkeypatch: pytest.MonkeyPatch, spoilt: dict[str, str], says: str
) -> None:
    lost, whole = desk.received(), desk.received()
    before, about = desk.book.pins(), desk.ledger.acts_about

    def of_another_version(key: str) -> Iterator[Entry]:
        for entry in about(key):
            yield entry._replace(fields=entry.fields | spoilt) if key == lost else entry

    monkeypatch.setattr(desk.ledger, "acts_about", of_another_version)
    desk.book = book = desk.opened()
    assert says in book.damaged[lost]
    assert "appliance verify" in book.damaged[lost]
    with pytest.raises(Damaged, match=f"case {lost}: none of its entries can be read"):
        desk.do(Event.PASS_FORMAL, "wang", lost)
    assert book.pins() == before
    listing = Listing(book)
    rows = listing.find(ListQuery(order="due"), 1, 50)
    assert [(row.case, row.damaged) for row in rows.cases] == [(whole, False), (lost, True)], "a row that says so"
    assert (rows.total, rows.states) == (2, {"received": 1})
    assert [row.case for row in listing.find(ListQuery(text=lost), 1, 50).cases] == [lost]
    assert [row.case for row in listing.find(ListQuery(first=desk.today), 1, 50).cases] == [whole]
    assert not listing.find(ListQuery(own=True, accounts=frozenset({"peng"})), 1, 50).cases
    assert desk.do(Event.PASS_FORMAL, "wang", whole).case.state is State.CHECKING
    assert desk.received() == "115-0003"


def test_a_closed_case_that_cannot_be_read_is_known_as_soon_as_it_is_looked_at(
    desk: BookDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = desk.viewed()
    desk.do(Event.CLEAN, "system", key)
    desk.ended(key)
    desk.wait(1)
    desk.book.end_pins(trusted=True)
    assert desk.book.holds() == []

    def gone(case: str) -> Iterator[Entry]:
        raise Damaged("ledger.log: entry 3 no longer reads as it was written")

    monkeypatch.setattr(desk.ledger, "acts_about", gone)
    book = desk.opened()
    assert book.damaged == {}
    assert Listing(book).warm(10)
    assert "entry 3 no longer reads" in book.damaged[key]
    assert book.holds() == []


# --- told ---


def test_a_case_is_told_with_what_is_possible_and_why_not(desk: BookDesk) -> None:
    key = desk.received()
    here = [seat("wang", Role.OFFICER), seat("chen", Role.UNIT_HEAD, number=2)]
    told = tell(desk.book, desk.book.file(key), here, full=True)
    assert (told.number, told.state, told.received_person) == ("115調-民-0001", "received", "wang")
    assert told.parties[0].id_no == "A123456789"
    events = {each.event: each for each in told.possible}
    assert {"pass_formal", "find_defects", "add_range", "withdraw", "propose_redirect"} <= set(events)
    passing = events["pass_formal"]
    assert (passing.row, passing.who, passing.lacks) == ("C5", ("officer",), ())
    assert [each.refused and each.refused.why for each in passing.seats] == [None, "role"]
    assert events["find_defects"].lacks == ("defects",)
    assert told.ranges[0].footage == "in_store"
    assert told.pin.pinned
    assert [paper.code for paper in told.papers] == ["receipt_slip"]
    assert {due.code for due in told.dues} == {"answer"}
    masked = tell(desk.book, desk.book.file(key), here, full=False)
    assert (masked.parties[0].name, masked.parties[0].id_no) == ("洪○明", "A12****789")
    assert "洪大明" not in str(msgspec.to_builtins(masked))
    assert "A123456789" not in str(msgspec.to_builtins(masked))


def test_at_58_the_row_of_the_ledger_is_filled_by_the_case_itself(desk: BookDesk) -> None:
    key = desk.viewed()
    file = desk.do(Event.CLEAN, "system", key)
    cells = {cell.code: cell for cell in tell(desk.book, file, [], full=True).cells}
    required = {code for code, cell in cells.items() if cell.required}
    assert required == {"applicant", "matter", "cameras", "minutes", "copied", "result", "session", "viewers",
                        "accompanied", "filming"}  # fmt: skip
    assert all(cells[code].filled for code in required)
    assert cells["accompanied"].values == {"names": ["lin-name"]}
    assert cells["copied"].values == {"copied": False}


def test_annex_4_names_as_accompanying_who_was_there_and_not_who_pressed_the_button(desk: BookDesk) -> None:
    """八(五)1(2), 八(六): 會同 is the system manager who was logged in where the footage was opened."""
    key = desk.viewed()
    begun = next(deed for deed in desk.book.file(key).deeds if deed.event == "begin")
    opened = {(key, begun.index): ["wang", "lin", "wang"]}
    desk.book.world = dataclasses.replace(desk.book.world, opened_by=lambda case, since: opened.get((case, since), ()))
    told = tell(desk.book, desk.book.file(key), [], full=True)
    cells = {cell.code: cell for cell in told.cells}
    assert cells["accompanied"].values == {"names": ["lin-name", "wang-name"]}, "the system manager first"
    assert told.session["accompanied"] == ["lin-name", "wang-name"]


def test_a_viewing_in_which_nothing_was_opened_takes_its_reason_and_is_told_as_what_it_was(desk: BookDesk) -> None:
    """八(六): the row says in detail what was viewed, and never that something was which was not."""
    key, desk.watched = desk.begun(), ()
    done = {"filming": "none", "signed": True}
    assert refusal(desk, Event.FINISH, "lin", key, viewing=done)["missing"] == ("nothing_shown",)
    file = desk.do(Event.FINISH, "lin", key, viewing=done, reason="播放設備故障")
    told = tell(desk.book, file, [], full=True)
    assert (told.session["shown"], told.session["why_not"]) == (False, "播放設備故障")
    cells = {cell.code: cell for cell in told.cells}
    assert cells["session"].values["shown"] is False
    desk.watched = ("lin",)
    seen = tell(desk.book, desk.book.file(desk.viewed()), [], full=True)
    assert (seen.session["shown"], seen.session["why_not"]) == (True, "")


def test_AT_54_whoever_accompanies_is_of_the_office_and_anybody_else_is_named_with_a_body(desk: BookDesk) -> None:
    key = desk.decided()
    desk.notify(key)
    stranger = appointment(desk.today, accompanied_by="王大明")
    assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=stranger)["missing"] == ("attendant",)
    alone = appointment(desk.today, accompanied_by="lin-name", others="陳譯")
    assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=alone)["missing"] == ("others_body",)
    desk.do(Event.SCHEDULE, "wang", key, viewing=alone | {"others_body": "新移民會館"})
    desk.do(Event.PREPARE, "wang", key)
    door = {"id_again": True, "statement_signed": True, "devices_away": True}
    file = desk.do(Event.BEGIN, "lin", key, viewing=door)
    assert tell(desk.book, file, [], full=True).session["accompanied"] == ["lin-name", "陳譯（新移民會館）"]


def test_AT_38_a_scan_that_was_struck_keeps_a_withdrawn_case_open_until_the_head_signs_why(desk: BookDesk) -> None:
    key = desk.received()
    desk.do(Event.WITHDRAW, "wang", key, voucher={"kind": "withdrawal"})
    desk.do(Event.SIGN_LEDGER, "wang", key)
    desk.do(Event.STAMP_LEDGER, "chen", key)
    desk.scans = ()  # struck
    assert refusal(desk, Event.CLOSE, "wang", key)["missing"] == ("scan_filed",)
    desk.do(Event.EXCUSE_SCAN, "chen", key, reason="正本於掃描前污損")
    assert desk.do(Event.CLOSE, "wang", key).case.state is State.CLOSED


def test_AT_49_the_scan_of_a_letter_is_found_out_and_never_typed(desk: BookDesk) -> None:
    desk.scans = ("form",)
    key = desk.received(Kind.AGY)
    assert refusal(desk, Event.CHECK, "lin", key)["missing"] == ("letter_scanned",)
    with pytest.raises(UsageError, match="is determined by the recorder, not typed"):
        desk.do(Event.CHECK, "lin", key, letter={"scanned": True})
    desk.do(Event.CHECK, "lin", key, letter={"scan_follows": "公文系統停機"})
    told = tell(desk.book, desk.book.file(key), [], full=True)
    assert (told.letter["scanned"], told.letter["scan_follows"]) == (False, "公文系統停機")


def test_D_11_the_extension_names_its_last_day_whatever_the_clock_does_later(desk: BookDesk) -> None:
    key = desk.received()
    desk.do(Event.EXTEND, "wang", key, reason="尚待查證")
    file = desk.do(Event.ISSUE_EXTENSION, "wang", key, dispatch=desk.dispatch())
    until = (desk.today + timedelta(days=30)).isoformat()
    assert file.letters["extension"].until == until
    desk.do(Event.FIND_DEFECTS, "wang", key, findings={"reason": "事由未具體"})
    desk.do(Event.ISSUE_CORRECTION, "wang", key, dispatch=desk.dispatch())
    desk.wait(5)
    file = desk.do(Event.CORRECTED, "wang", key, form={"reason_text": "機車遭人破壞後竊走"})
    assert (file.letters["extension"].until, str(file.case.clock and file.case.clock.due)) != (until, until)
    assert desk.opened().file(key).letters["extension"].until == until


def test_T_31_a_redirection_goes_up_the_chain_with_its_body_and_reason(desk: BookDesk) -> None:
    key = desk.received()
    elsewhere = {"body": "萬華分局", "path": "向偵查隊申請", "reason": "該監視器非本所設置", "article": "八(五)"}
    file = desk.do(Event.PROPOSE_REDIRECT, "lin", key, proposal=elsewhere)
    assert (file.proposal.result, file.proposal.body) == ("redirected", "萬華分局")
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    assert [each.row.event for each in in_hands(desk.book, ["tsai"])] == [Event.REDIRECT]
    assert desk.do(Event.REDIRECT, "tsai", key).case.result is State.REDIRECTED
    assert desk.opened().file(key).proposal.reason == "該監視器非本所設置"


def test_whoever_is_to_sign_instead_is_told_by_name(desk: BookDesk) -> None:
    key, desk.logged_in = desk.received(), frozenset({"chen"})
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.do(Event.PROPOSE, "lin", key, checklist={line.code: "yes" for line in LINES},
            proposal={"result": "granted", "article": "八(五)"})  # fmt: skip
    told = tell(desk.book, desk.book.file(key), [seat("liu", Role.UNIT_HEAD)], full=True)
    stamp = next(each for each in told.possible if each.event == "stamp")
    assert [each.refused and each.refused.missing for each in stamp.seats] == [("chen",)]
    assert told.names["chen"] == "chen-name"


@pytest.mark.parametrize(("kind", "sits"), [(Kind.CIT, {"manager"}), (Kind.INT, {"officer"})])
def test_AT_47_footage_opens_for_the_one_whom_the_rules_name_as_accompanying(
    desk: BookDesk, kind: Kind, sits: set[str]
) -> None:
    assert desk.book.viewable(desk.begun(kind)).sits == (sits,)


def test_lists_find_by_words_kinds_states_cameras_people_and_days(desk: BookDesk) -> None:
    closed = desk.viewed()
    desk.do(Event.CLEAN, "system", closed)
    desk.ended(closed)
    desk.wait(2)
    agency = desk.received(Kind.AGY)
    citizen = desk.received(parties=[CITIZEN | {"name": "歐陽娜娜"}], asked=[RANGE | {"camera_no": "C2"}])
    listing = Listing(desk.book)

    def keys(**wanted: object) -> list[str]:
        return [row.case for row in listing.find(ListQuery(**wanted), 1, 50).cases]  # type: ignore[arg-type]

    assert keys() == [citizen, agency, closed]
    assert keys(state="open") == [citizen, agency]
    assert keys(state="closed") == keys(last=desk.today.replace(day=desk.today.day - 1)) == [closed]
    assert keys(kind="AGY") == keys(text="萬華分局 刑字") == [agency]
    assert keys(camera="C2") == keys(person="歐陽") == keys(text="115調-民-0002") == [citizen]
    assert keys(first=desk.today) == [citizen, agency]
    day = f"{desk.today.year - 1911}/{desk.today.month}/{desk.today.day}"
    assert keys(text=day) == keys(text=desk.today.isoformat()) == [citizen, agency]
    assert keys(camera="c2") == [citizen]
    assert keys(text=CITIZEN["id_no"]) == [], "an address keeps no number; the counter finds who came before"
    assert keys(own=True, accounts=frozenset({"peng"})) == []
    found = listing.find(ListQuery(), 2, 2)
    assert (found.total, found.page, found.pages, [row.case for row in found.cases]) == (3, 2, 2, [closed])
    assert found.states == {"received": 2, "closed": 1}
    assert keys(order="number") == [citizen, closed, agency]
    assert keys(order="due", state="open") == [agency, citizen], "an agency is answered in 3 days, a citizen in 15"
    assert listing.find(ListQuery(), 1, 1).cases[0].who == "歐○○娜"
    file = desk.do(Event.PASS_FORMAL, "wang", citizen)
    assert keys(state="checking") == [citizen], "a row follows its case"
    assert file.case.state is State.CHECKING


DAYS = {
    "received": date(2026, 11, 24), "asked": date(2026, 10, 2), "report": date(2026, 10, 3), "due": date(2026, 12, 9),
    "issued": date(2026, 11, 25), "served": date(2026, 11, 27), "told": date(2026, 9, 30), "booked": date(2026, 12, 1),
    "reported before": date(2026, 10, 5), "closed": date(2026, 12, 2),
}  # fmt: skip


def test_a_day_is_found_in_every_field_and_however_it_is_written(desk: BookDesk) -> None:
    asked = RANGE | {name: RANGE[name] - 53 * DAY_NS for name in ("start_ns", "end_ns")}  # type: ignore[operator]
    form = FORM | {"report_day": "2026-10-05", "reason_text": "民國115年 9 月 30 日起多次遭竊"}
    key, other = desk.received(asked=[asked], form=form), desk.received(Kind.AGY)
    desk.do(Event.RECTIFY, "wang", key, rectify={"what": "form/report_day", "new": "2026-10-03"}, reason="誤植")
    desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    desk.do(Event.PASS_FORMAL, "wang", key)
    desk.propose(key)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    desk.do(Event.GRANT, "tsai", key)
    desk.wait(3)
    desk.do(Event.ISSUE, "wang", key, dispatch=desk.dispatch(day=DAYS["issued"].isoformat()))
    desk.do(Event.NOTIFY, "wang", key, service=desk.service())
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(DAYS["booked"]))
    desk.wait(5)
    desk.do(Event.WITHDRAW, "wang", key, voucher={"kind": "withdrawal", "number": "1"})
    listing = Listing(desk.book)
    for name, day in DAYS.items():
        year = day.year - 1911
        written = (
            f"{year}{day:%m%d}", f"{year}/{day.month}/{day.day}", f"{year}/{day:%m/%d}", day.isoformat(),
            f"{year}年{day.month}月{day.day}日", f"民國 {year} 年 {day.month} 月 {day.day} 日", f"{day:%Y%m%d}",
            f"１１５.{day.month}.{day.day}",
        )  # fmt: skip
        for text in written:
            found = [row.case for row in listing.find(ListQuery(text=f"洪大明 {text}"), 1, 50).cases]
            assert found == [key], f"{name}: {text}"
    assert [row.case for row in listing.find(ListQuery(text="115/10"), 1, 50).cases] == [key], "a month"
    assert [row.case for row in listing.find(ListQuery(text="115/11"), 1, 50).cases] == [other, key]
    assert not listing.find(ListQuery(text="1151004"), 1, 50).cases
    born = CITIZEN["born"]
    assert not listing.find(ListQuery(text=born), 1, 50).cases, "who sees no identifier finds none"
    assert [row.case for row in listing.find(ListQuery(text=born, births=True), 1, 50).cases] == [key]


def test_T_80_a_case_is_found_by_the_word_that_stood_before_it_was_put_right(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.REFUSE, reason="不符規定", article="八(五)")
    desk.notify(key)
    for what, new in (
        ("people/0/name", "洪大銘"), ("letters/answer/doc_no", "北市萬戶行字第77號"), ("people/0/phone", "0900000000"),
    ):  # fmt: skip
        desk.do(Event.RECTIFY, "wang", key, rectify={"what": what, "new": new}, reason="誤植")
        desk.do(Event.RECTIFY_CONFIRM, "chen", key)
    listing = Listing(desk.book)
    for text in ("洪大明", "洪大銘", "字第1號", "字第77號"):
        assert [row.case for row in listing.find(ListQuery(text=text), 1, 50).cases] == [key], text
    assert [row.case for row in listing.find(ListQuery(person="洪大明"), 1, 50).cases] == [key]
    assert not listing.find(ListQuery(text="0900000000"), 1, 50).cases, "an identifier is not looked for"


def test_t_40_a_name_with_a_rare_character_is_found_and_masked_as_whole_characters(desk: BookDesk) -> None:
    key = desk.received(parties=[CITIZEN | {"name": "陳\U00020b6c\U000306ec治"}])
    listing = Listing(desk.book)
    for text in ("\U00020b6c", "\U000306ec", "陳\U00020b6c"):
        assert [row.case for row in listing.find(ListQuery(person=text), 1, 50).cases] == [key]
    assert listing.find(ListQuery(text="\U00020b6d"), 1, 50).total == 0
    assert listing.find(ListQuery(), 1, 50).cases[0].who == "陳○○治"


def test_at_07_the_board_shows_each_person_what_waits_with_its_day_and_mark(desk: BookDesk) -> None:
    waits, urgent = desk.received(), desk.received(Kind.AGY)
    desk.do(Event.PASS_FORMAL, "wang", waits)
    here = [seat("lin", Role.MANAGER, Role.OFFICER), seat("chen", Role.UNIT_HEAD, number=2)]
    told = board(desk.book, here)
    assert [(duty.case, duty.event) for duty in told.people[0].duties] == [(urgent, "check"), (waits, "propose")]
    assert told.people[1].duties == ()
    due = told.people[0].duties[0].due
    assert due is not None
    assert (due.code, due.mark) == ("answer", "amber")
    desk.wait(12)
    told = board(desk.book, here[1:])
    assert told.people[0].duties == ()
    assert [(duty.case, duty.due and duty.due.mark) for duty in told.others] == [(urgent, "over")]
    desk.wait(2)
    assert [duty.case for duty in board(desk.book, here[1:]).others] == [urgent, waits], "red today and tomorrow"


def test_at_07_the_count_of_what_waits_follows_each_act_and_the_days(desk: BookDesk) -> None:
    counts = DutyBoard(lambda seats: board(desk.book, seats), tuple, desk.clock, lambda: desk.book.revision)
    here = [seat("lin", Role.MANAGER), seat("chen", Role.UNIT_HEAD, number=2)]
    assert counts.waiting(here) == Waiting(all=0, overdue=0)
    key = desk.received()
    desk.do(Event.PASS_FORMAL, "wang", key)
    assert counts.waiting(here) == Waiting(all=1, overdue=0)
    assert counts.waiting(here[1:]) == Waiting(all=0, overdue=0)
    desk.propose(key)
    assert counts.waiting(here) == counts.waiting(here[1:]) == Waiting(all=1, overdue=0), "it waits for the head now"
    desk.wait(20)
    assert counts.waiting(here) == Waiting(all=1, overdue=1)


def test_T_33_notices_stand_on_the_board_of_those_whom_they_are_for(desk: BookDesk) -> None:
    key = desk.received(Kind.AGY)
    desk.do(
        Event.COURT_ORDER, "wang", key, voucher={"kind": "court_order", "number": "北院字第1號", "agency": "臺北地院"}
    )
    staff = desk.received(Kind.INT)
    desk.do(Event.SIGN_SECTION, "kuo", staff)
    desk.propose(staff)
    desk.do(Event.RETURN, "chen", staff, reason="請補述必要性")
    seats = [seat("tsai", Role.DIRECTOR), seat("lin", Role.MANAGER, number=2)]

    def told(*here: Seat) -> list[list[tuple[str, str, str]]]:
        people = board(desk.book, here).people
        return [[(each.case, each.code, each.words) for each in person.notices] for person in people]

    assert told(*seats) == [[(key, "director", "")], [(staff, "returned", "請補述必要性")]]
    assert told(seat("peng", Role.STAFF)) == [[]], "the applicant is told what was decided, not what is weighed"
    desk.wait(15)
    assert told(*seats) == [[], []]


def _noticed(desk: BookDesk, who: Seat) -> list[str]:
    return [each.code for each in board(desk.book, [who]).people[0].notices]


def test_I7_I10_an_applicant_is_told_of_an_appointment_only_while_there_is_one(desk: BookDesk) -> None:
    key, peng = desk.decided(Kind.INT), seat("peng", Role.STAFF)
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today))
    desk.wait(1)
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today))
    assert _noticed(desk, peng) == ["appointment", "applicant"], "the appointment that was changed is none"
    desk.do(Event.LOCK, "wang", key, source="已提告")
    assert _noticed(desk, peng) == ["locked", "applicant"]
    began = desk.begun(Kind.INT)
    assert [each.code for each in board(desk.book, [peng]).people[0].notices if each.case == began] == ["applicant"]


def test_A3_what_an_agency_completed_is_asked_for_no_more(desk: BookDesk) -> None:
    key, wang = desk.received(Kind.AGY, letter={**LETTER, "basis": ""}), seat("wang", Role.OFFICER)
    desk.do(Event.FIND_DEFECTS, "wang", key)
    assert _noticed(desk, wang) == ["by_phone"], "nobody is reminded on the day of the call"
    desk.do(Event.REMIND, "wang", key)
    assert set(_noticed(desk, wang)) == {"by_phone", "weekly_reminder"}
    desk.do(Event.CHECK, "lin", key, letter=LETTER)
    assert _noticed(desk, wang) == []


@pytest.mark.parametrize("found", [True, False])
def test_T_29_C13_whom_a_citizen_brings_views_with_the_citizen_if_found_to_be_one_who_could_alone(
    desk: BookDesk, found: bool
) -> None:
    spouse = {"part": "viewer", "name": "洪小華", "relation": "配偶"}
    key = desk.received(parties=[CITIZEN, spouse])
    desk.do(Event.PASS_FORMAL, "wang", key, **({"parties": [spouse | {"entitled": True}]} if found else {}))
    desk.propose(key)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    desk.do(Event.GRANT, "tsai", key)
    desk.notify(key)
    if not found:
        refused = refusal(desk, Event.SCHEDULE, "wang", key, viewing=appointment(desk.today))
        assert refused["missing"] == ("viewers_entitled",)
        return
    file = desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today))
    assert viewers_of(file) == [CITIZEN["name"], "洪小華"]


def test_AT_71_a_case_waits_for_nobody_who_is_named_in_it(desk: BookDesk) -> None:
    about = desk.received(parties=[CITIZEN, {"part": "viewer", "account": "lin", "name": "lin-name"}])
    other = desk.received()
    for key in (about, other):
        desk.do(Event.PASS_FORMAL, "wang", key)
    told = board(desk.book, [seat("lin", Role.MANAGER)])
    assert [duty.case for duty in told.people[0].duties] == [other]
    checklist = {line.code: "yes" for line in LINES}
    proposal = {"result": "granted", "article": "八(五)"}
    assert refusal(desk, Event.PROPOSE, "lin", about, checklist=checklist, proposal=proposal)["why"] == "party"
    assert desk.propose(other).case.state is State.UNIT_REVIEW


def test_t_38_however_often_somebody_asks_each_request_gets_its_decision(desk: BookDesk) -> None:
    for _ in range(3):
        key = desk.decided(event=Event.REFUSE, reason="已閱覽", article="八(五)1(1)")
        assert desk.book.file(key).case.result is State.REFUSED
    assert len(Listing(desk.book).find(ListQuery(person="洪大明"), 1, 50).cases) == 3


def test_T_38_the_decider_is_told_what_the_same_hand_asked_before_and_may_open_what_is_theirs(desk: BookDesk) -> None:
    listing = Listing(desk.book)
    first = desk.decided(event=Event.REFUSE, reason="已閱覽", article="八(五)1(1)")
    second = desk.received(parties=[CITIZEN | {"name": "洪 大明"}])
    desk.received(parties=[CITIZEN | {"id_no": "B123456780"}])
    nameless = desk.received(parties=[CITIZEN | {"id_no": ""}])
    last = desk.received()
    told = earlier_than(listing, desk.book.file(last), lambda other: other != second)
    assert (told.count, told.by, told.alike) == (2, "id", 1), "none of another number; of a name alone it is said"
    assert [(each.case, each.result, each.number) for each in told.cases] == [(first, "refused", "115調-民-0001")]
    assert earlier_than(listing, desk.book.file(first), bool).count == 0, "only what came before"
    same_name = desk.received(parties=[CITIZEN | {"id_no": ""}])
    told = earlier_than(listing, desk.book.file(same_name), lambda other: True)
    assert (told.by, [each.case for each in told.cases]) == ("name", [nameless])
    assert told.alike == 4, "with a number, whichever"
    for kind, by in ((Kind.INT, "account"), (Kind.AGY, "agency")):
        before, now = desk.received(kind), desk.received(kind)
        told = earlier_than(listing, desk.book.file(now), lambda other: True)
        assert (told.by, [each.case for each in told.cases]) == (by, [before])


def test_T_39_a_form_read_aloud_goes_on_only_with_its_reader_and_another_as_witness(desk: BookDesk) -> None:
    helped = FORM | {"helped": "cannot_read", "reader": "王大同"}
    key = desk.received(form=helped)
    assert refusal(desk, Event.PASS_FORMAL, "wang", key)["missing"] == ("read_aloud",)
    assert refusal(desk, Event.PASS_FORMAL, "wang", key, form={"witness": "王 大同"})["missing"] == ("read_aloud",)
    desk.do(Event.PASS_FORMAL, "wang", key, form={"witness": "志工 何美"})
    file = desk.opened().file(key)
    assert (file.form.helped, file.form.reader, file.form.witness) == ("cannot_read", "王大同", "志工 何美")
    assert file.deeds[0].typed.form["reader"] == "王大同", "the act is in the history as it was typed"
    told = tell(desk.book, file, [seat("wang", Role.OFFICER)], full=True)
    assert told.form["witness"] == "志工 何美"
    masked = tell(desk.book, file, [], full=False)
    assert "何美" not in masked.form["witness"], "names like others"


def test_AT_34_the_slip_s_last_day_is_told_while_the_case_is_open_and_no_later_than_the_ceiling(desk: BookDesk) -> None:
    key = desk.received()
    here = [seat("wang", Role.OFFICER)]
    assert tell(desk.book, desk.book.file(key), here, full=True).pin.slip == ""
    desk.do(Event.PASS_FORMAL, "wang", key)
    for _ in range(2):
        desk.wait(5)
        desk.do(Event.SLIP, "wang", key)
        pin = tell(desk.book, desk.book.file(key), here, full=True).pin
        assert (pin.slip, pin.last) == (str(desk.today + timedelta(days=30)), "")
    desk.in_world(ceiling_days=lambda: 20)
    pin = tell(desk.book, desk.book.file(key), here, full=True).pin
    assert pin.slip == pin.ceiling


def test_the_last_four_of_a_checked_id_are_told_whole_though_the_number_is_masked(desk: BookDesk) -> None:
    """附件2 notes them (its field 21), also when it is printed after the case was closed."""
    here = [seat("wang", Role.OFFICER)]

    def told(key: str, *, names: bool) -> PartyView:
        return tell(desk.book, desk.book.file(key), here, full=False, names=names).parties[0]

    checked, unchecked = desk.received(), desk.received(form=FORM | {"id_checked": False})
    assert (told(checked, names=True).id_no, told(checked, names=True).id_last) == ("A12****789", "6789")
    assert told(checked, names=False).id_last == "", "not for whoever sees no name"
    assert told(unchecked, names=True).id_last == "", "nor what nobody has seen"


def test_T_80_a_slip_of_the_pen_is_put_right_by_a_later_act_and_both_stay(desk: BookDesk) -> None:
    key = desk.received(form=FORM | {"report_no": "", "report_unit": "龍山派出訴"})
    desk.do(Event.FIND_DEFECTS, "wang", key, findings={"report_unit": "請載明受理之派出所"})
    desk.do(Event.CORRECTED, "wang", key, form={"report_no": "P1", "report_unit": "龍山派出所"})
    file = desk.opened().file(key)
    assert file.form.report_unit == "龍山派出所"
    assert [deed.typed.form["report_unit"] for deed in file.deeds if deed.typed.form] == ["龍山派出訴", "龍山派出所"]


def test_a_row_follows_its_case_over_acts_that_no_list_was_shown_between(desk: BookDesk) -> None:
    listing, key = Listing(desk.book), desk.decided(event=Event.REFUSE, reason="不符", article="八(五)")
    desk.notify(key)
    assert listing.warm(10)
    kept = [listing.kept()]
    desk.ended(key)
    desk.wait(365)
    desk.book.end_pins(trusted=True)
    (row,) = listing.find(ListQuery(), 1, 50).cases
    assert (row.state, row.pinned) == ("closed", False), "of one that was open when its row was made"
    kept.append(listing.kept())
    day = (desk.today - timedelta(days=3)).isoformat()
    desk.do(Event.APPEAL, "wang", key, voucher=desk.appeal(day=day))
    for found in (day, desk.today.isoformat()):
        assert listing.find(ListQuery(text=found), 1, 50).total == 1, "of one that was closed"
    kept.append(listing.kept())
    assert [key.encode() in each for each in kept] == [False, True, True], "what is open is not kept"
    assert kept[1] != kept[2]


def test_INV_12_the_ledger_of_a_whole_life_only_grows_and_verifies_from_its_first_entry(desk: BookDesk) -> None:
    heads = [desk.ledger.checkpoint()]
    desk.book.after = lambda file, row, act: heads.append(desk.ledger.checkpoint())
    key = desk.viewed()
    desk.do(Event.CLEAN, "system", key)
    desk.ended(key)
    sizes = [desk.ledger.check_head(head).size for head in heads]
    assert sizes == sorted(set(sizes))
    assert len(sizes) == 17
    desk.ledger.check_entries()


def test_a_book_over_the_stores_alone_has_every_pin(desk: BookDesk) -> None:
    desk.received()
    alone = CaseBook(desk.acts, desk.ledger, desk.clock, CasePorts(), pseudonym_key=BOX_KEY)
    assert alone.holds() == desk.book.holds()
