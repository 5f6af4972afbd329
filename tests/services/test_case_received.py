"""The words of a request stay as they were received: what the office finds and what comes later stand beside them."""

from __future__ import annotations

import pytest

from appliance.core.errors import NotAllowed, UsageError
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.services.cases.views import tell
from appliance.services.duties.of_scans import of_scans
from appliance.services.people.login import Seat
from tests.services.bookdesk import FORM, LETTER, RANGE, BookDesk


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


_FORM_WORDS = ("standing", "report_unit", "report_no", "report_day", "reason", "reason_text")


@pytest.mark.parametrize("event", [Event.PASS_FORMAL, Event.FIND_DEFECTS])
def test_T_80_the_formal_check_writes_over_no_word_that_was_received(desk: BookDesk, event: Event) -> None:
    key = desk.received(form={**FORM, "id_checked": event is Event.PASS_FORMAL})
    for word, other in {"reason_text": "與鄰居口角", "report_no": "P9", "reason": "other"}.items():
        with pytest.raises(UsageError, match="cannot be overwritten"):
            desk.do(event, "wang", key, form={word: other})
    file = desk.do(event, "wang", key, form={name: FORM[name] for name in _FORM_WORDS})
    assert {name: getattr(file.form, name) for name in _FORM_WORDS} == {
        **{name: FORM[name] for name in _FORM_WORDS}, "report_day": desk.today,
    }  # fmt: skip
    assert file.added == ()
    assert desk.opened().file(key) == file


def test_T_80_what_is_found_wrong_and_what_is_supplied_stand_beside_what_was_received(desk: BookDesk) -> None:
    key = desk.received()
    findings = {"reason": "事由未具體，請敘明疑涉何種違法行為", "report_original": "證明單為影本，請補正本"}
    file = desk.do(Event.FIND_DEFECTS, "wang", key, findings=findings)
    assert (file.form.reason_text, file.findings) == ("機車遭竊", findings)
    assert file.deeds[-1].lacks == ("reason", "report_original")
    with pytest.raises(UsageError, match="form/report_no is kept as it was received"):
        desk.do(Event.CORRECTED, "wang", key, form={"report_no": "P2"})
    with pytest.raises(NotAllowed) as refused:
        desk.do(Event.CORRECTED, "wang", key, form={"reason_text": "機車龍頭鎖遭破壞後失竊"})
    assert refused.value.details["missing"] == ("report_original",), "one of the two that were asked for"
    given = {"reason_text": "機車龍頭鎖遭破壞後失竊", "report_original": True}
    file = desk.do(Event.CORRECTED, "wang", key, form=given)
    (came,) = file.added
    assert (came.what, came.old, came.new, came.asked) == ("form/reason_text", "機車遭竊", given["reason_text"], True)
    assert (came.index, came.name) == (file.deeds[-1].index, "wang-name")
    assert (file.findings, file.form.reason_text) == ({}, given["reason_text"])
    assert desk.opened().file(key) == file


def test_T_80_a_word_that_the_desk_reads_from_the_paper_later_is_no_completion(desk: BookDesk) -> None:
    key = desk.received(form={name: word for name, word in FORM.items() if name != "report_no"})
    (came,) = desk.do(Event.PASS_FORMAL, "wang", key, form={"report_no": "P7"}).added
    assert (came.old, came.new, came.asked) == ("", "P7", False)
    letter = desk.do(Event.RECEIVE_LETTER, "wang", kind=Kind.AGY, asked=[RANGE], letter={**LETTER, "basis": ""}).key
    with pytest.raises(UsageError, match="letter/purpose is kept as it was received"):
        desk.do(Event.CHECK, "lin", letter, letter={"purpose": "詐欺"})
    (came,) = desk.do(Event.CHECK, "lin", letter, letter={"basis": "刑訴230"}).added
    assert (came.what, came.asked) == ("letter/basis", False)


def test_AT_04_a_dismissal_finds_a_purpose_and_leaves_the_one_that_was_stated(desk: BookDesk) -> None:
    key = desk.received()
    file = desk.do(Event.DISMISS, "wang", key, barred="attendance", reason="查核同仁出勤", article="二")
    assert (file.form.reason, file.form.reason_text, file.barred) == ("crime", "機車遭竊", "attendance")
    told = tell(desk.book, file, (), full=True)
    assert (told.form["reason"], told.barred) == ("crime", "attendance")


@pytest.mark.parametrize(
    ("kind", "event", "who"), [(Kind.CIT, Event.PASS_FORMAL, "wang"), (Kind.AGY, Event.CHECK, "lin")]
)
def test_AT_38_AT_49_a_scan_that_follows_is_a_duty_until_it_is_there(
    desk: BookDesk, kind: Kind, event: Event, who: str
) -> None:
    desk.scans = ()
    key, paper = desk.received(kind), {Kind.CIT: "form", Kind.AGY: "letter"}[kind]
    assert list(of_scans(desk.book)) == []
    desk.do(event, who, key, **{paper: {"scan_follows": "掃描機送修"}})
    (waits,) = of_scans(desk.book)
    assert (waits.duty.key, waits.duty.state, waits.duty.of) == (key, paper, "requests")
    assert waits.fit(Seat(1, "wang", "", ("officer",), "", 0)) == "officer"
    desk.scans = (paper,)
    assert list(of_scans(desk.book)) == []


def test_AT_38_a_withdrawn_case_owes_its_scan_until_the_head_signs_for_its_absence(desk: BookDesk) -> None:
    key = desk.received()
    desk.do(Event.WITHDRAW, "wang", key, voucher={"kind": "withdrawal"})
    desk.scans = ()
    assert [each.duty.key for each in of_scans(desk.book)] == [key]
    desk.do(Event.EXCUSE_SCAN, "chen", key, reason="正本污損")
    assert list(of_scans(desk.book)) == []
