"""The line at the head of a case's page: it says of every end of every kind what was done on the way there."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from appliance.rules.cases.facts import Case
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import CHAIN, NEGATIVE, Kind, Stage, State
from appliance.rules.cases.views import ActView, CaseView
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cases.progress import shapes_of, stages_of
from appliance.web.pages.cases.words import CaseWords
from tests.rules.casedesk import DAY
from tests.rules.caseways import steps
from tests.web.case_lives import Life
from tests.web.keeper_double import KeeperDouble

MARKS = {"done": "✓", "now": "●", "ahead": "○", "skipped": "✗"}
GRANTED = (Event.GRANT, Event.ISSUE, Event.NOTIFY)
VIEWED = (Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.FINISH, Event.CLEAN)
STAFF_VIEWED = (Event.SCHEDULE, Event.BEGIN, Event.FINISH, Event.CLEAN)
TO_CLOSE = (Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
LETTER_TOLD = (Event.ISSUE, Event.NOTIFY)
WITHDRAWN: dict[Event, dict[str, Any]] = {Event.WITHDRAW: {"voucher": {"kind": "withdrawal"}}}
BARRED: dict[Event, dict[str, Any]] = {
    Event.DISMISS: {"barred": "attendance", "reason": "差勤", "article": "二"},
}


def line(told: CaseView) -> str:
    return "".join(MARKS[shape] for _, shape in shapes_of(told))


def life_to(keeper: KeeperDouble, kind: str, at: str, events: tuple[Event, ...]) -> CaseView:
    life = Life(keeper, kind).to(at)
    for event in events:
        life.do(event, **(WITHDRAWN | BARRED).get(event, {}))
    return keeper.told_of(life.key, [])


@pytest.mark.parametrize(
    ("kind", "at", "events", "shown"),
    [
        ("CIT", "received", (), "●○○○○○○○"),
        ("CIT", "received", (Event.WITHDRAW,), "✓✗✗✗✗✗✗●"),
        ("CIT", "received", (Event.DISMISS,), "✓✗✗✗✗●✗○"),
        ("CIT", "checking", (Event.DISMISS, *LETTER_TOLD), "✓✓✗✗✗✓✗●"),
        ("CIT", "received", (Event.PROPOSE_REDIRECT, Event.STAMP, Event.STAMP, Event.REDIRECT), "✓✓✓✓✓●✗○"),
        ("CIT", "sec_review", (Event.WITHDRAW,), "✓✓✓✗✗✗✗●"),
        ("CIT", "decision", (), "✓✓✓✓●○○○"),
        ("CIT", "decision", (Event.RETURN,), "✓●○○○○○○"),
        ("CIT", "decision", (Event.RETURN, Event.WITHDRAW), "✓✗✗✗✗✗✗●"),
        ("CIT", "decision", (Event.REFUSE,), "✓✓✓✓✓●✗○"),
        ("CIT", "decision", (Event.REFUSE, *LETTER_TOLD), "✓✓✓✓✓✓✗●"),
        ("CIT", "decision", (Event.REFUSE, *LETTER_TOLD, *TO_CLOSE), "✓✓✓✓✓✓✗✓"),
        ("CIT", "decision", GRANTED, "✓✓✓✓✓✓●○"),
        ("CIT", "decision", (*GRANTED, Event.SCHEDULE, Event.WITHDRAW), "✓✓✓✓✓✓✗●"),
        ("CIT", "decision", (*GRANTED, *VIEWED), "✓✓✓✓✓✓✓●"),
        ("CIT", "decision", (*GRANTED, *VIEWED, *TO_CLOSE), "✓✓✓✓✓✓✓✓"),
        ("INT", "decision", (Event.GRANT,), "✓✓✓✓✓●○"),
        ("INT", "decision", (Event.GRANT, Event.SCHEDULE, Event.LOCK), "✓✓✓✓✓✗●"),
        ("INT", "decision", (Event.GRANT, Event.SCHEDULE, Event.LOCK, *TO_CLOSE), "✓✓✓✓✓✗✓"),
        ("INT", "received", (Event.LOCK,), "✓✗✗✗✗✗●"),
        ("INT", "checking", (Event.WITHDRAW,), "✓✗✗✗✗✗●"),
        ("INT", "decision", (Event.REFUSE,), "✓✓✓✓✓✗●"),
        ("INT", "decision", (Event.GRANT, *STAFF_VIEWED, *TO_CLOSE), "✓✓✓✓✓✓✓"),
        ("AGY", "received", (Event.WITHDRAW,), "✓✗✗✗✗✗✗●"),
        ("AGY", "decision", (Event.REFUSE, *LETTER_TOLD, *TO_CLOSE), "✓✓✓✓✓✓✗✓"),
        ("AGY", "decision", GRANTED, "✓✓✓✓✓✓●○"),
    ],
)
def test_the_way_ticks_what_was_done_and_crosses_out_what_will_not_come(
    keeper: KeeperDouble, kind: str, at: str, events: tuple[Event, ...], shown: str
) -> None:
    assert line(life_to(keeper, kind, at, events)) == shown


_TOLD_BY_FLAGS = {"viewed", "delivered", "redirecting"}


def _papers_of(case: Case) -> tuple[object, ...]:
    """Which letters are out and which cells of the ledger row and of masks are signed: what its next acts ask about."""
    cells = frozenset(cell.stage for cell in case.signatures if not cell.superseded)
    return case.issued_on is None, case.correction_issued_on is None, case.correction_served_on is None, cells


class _Walked(NamedTuple):
    """A case, its day, and its acts as deeds of a page."""

    case: Case
    today: Any
    deeds: tuple[ActView, ...]


def _deed(row: Row, case: Case) -> ActView:
    return ActView(index=0, at_ns=1, event=row.event, row=row.id, state=case.state)


def _told(walked: _Walked) -> CaseView:
    case = walked.case
    ended = any(deed.event in (Event.FINISH, Event.STOP, Event.END_OF_DAY) for deed in walked.deeds)
    return CaseView(
        case="1", kind=case.kind, state=case.state, result=case.result or "", allows=tuple(case.allows),
        flags=tuple(case.flags), received_ns=1 if case.received_on else 0, history=walked.deeds,
        session={"ended_ns": 1, "shown": True} if ended else {},
    )  # fmt: skip


def _walk(kind: Kind) -> list[_Walked]:
    """Every place that a case of the kind can come to, by every way that its line tells apart."""
    seen: set[object] = set()
    found, left = [], [_Walked(Case(kind=kind), DAY, ())]
    while left:
        walked = left.pop()
        case = walked.case
        key = case.state, case.result, case.flags & _TOLD_BY_FLAGS, case.allows, _papers_of(case), line(_told(walked))
        if key in seen:
            continue
        seen.add(key)
        found.append(walked)
        left += [
            _Walked(each.case, each.today, (*walked.deeds, _deed(each.row, each.case)))
            for each in steps(walked.case, walked.today)
        ]
    return found


@pytest.mark.parametrize("kind", Kind)
def test_no_way_says_of_any_case_what_its_signatures_letters_and_viewings_do_not(kind: Kind) -> None:
    walked = _walk(kind)
    lapses = State.OTHERWISE if kind is Kind.AGY else State.LAPSED
    assert {each.case.state for each in walked} >= {State.CLOSED, State.WITHDRAWN, lapses}
    for each in walked:
        case, shapes = each.case, dict(shapes_of(_told(each)))
        signed = {cell.stage for cell in case.signatures if not cell.superseded}
        done = {step for step, shape in shapes.items() if shape == "done"}
        ways = [deed.event for deed in each.deeds]
        assert list(shapes.values()).count("now") == (case.state is not State.CLOSED), ways
        assert ("unit_review" in done) <= (Stage.UNIT_HEAD in signed), ways
        assert ("decision" in done) == (Stage.DIRECTOR in signed and case.state not in CHAIN), ways
        assert ("notified" in done) == (kind is not Kind.INT and case.served_on is not None), ways
        assert ("viewing" in done) <= bool({"viewed", "delivered", "otherwise"} & case.flags), ways
        if case.state is State.CLOSED:
            assert "ahead" not in shapes.values(), ways
            assert ("viewing" in done) == bool({"viewed", "delivered", "otherwise"} & case.flags), ways
        if case.state in NEGATIVE:
            assert shapes["viewing"] == "skipped", ways


def test_a_viewing_in_which_nothing_was_opened_is_not_ticked(keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("decision").do(*GRANTED, *VIEWED[:3])
    life.do(Event.FINISH, reason="當事人未到場")
    assert line(keeper.told_of(life.key, [])) == "✓✓✓✓✓✓●○"
    life.do(Event.CLEAN)
    assert line(keeper.told_of(life.key, [])) == "✓✓✓✓✓✓✗●"


def test_a_chain_without_a_secretary_has_no_step_of_one() -> None:
    deeds = [("receive", "received"), ("pass_formal", "checking"), ("propose", "unit_review"), ("stamp", "decision"),
             ("grant", "granted")]  # fmt: skip
    history = tuple(
        ActView(index=at, at_ns=1, event=event, row="", state=state) for at, (event, state) in enumerate(deeds)
    )
    told = CaseView(case="1", kind="CIT", state="granted", result="granted", received_ns=1, history=history)
    assert "sec_review" not in dict(shapes_of(told))
    assert line(told) == "✓✓✓✓●○○"


@pytest.mark.parametrize(
    ("kind", "flags", "label"),
    [("CIT", (), "閱覽"), ("INT", (), "閱覽"), ("AGY", (), "辦理"), ("AGY", ("otherwise",), "其他方式")],
)
def test_the_step_after_the_notice_promises_an_agency_no_viewing(kind: str, flags: tuple[str, ...], label: str) -> None:
    told = CaseView(
        case="1", kind=kind, state="notified", result="granted", received_ns=1, allows=("viewing",), flags=flags
    )
    assert stages_of(told, CaseWords(read_messages(), "zh", {}))[-2].label == label
