"""A copy on a medium in the case book: what of it is found out and never typed, and what its entries leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from appliance.core.errors import NotAllowed, UsageError
from appliance.core.messages import coded
from appliance.ledger.entry import Entry
from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.facts import Case
from appliance.rules.cases.masks import COPIES, Mask, Purpose
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.ranges import Ruling, Scope
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, Stage, State
from appliance.rules.cases.waiting import waiting
from appliance.rules.people import Role
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.playable_ranges import viewable_of
from appliance.services.cases.usage_log_row import cells_of
from tests.rules.casedesk import DAY, PEOPLE
from tests.services.bookdesk import LETTER, RANGE, BookDesk


class Store:
    """What a store of copies would say; a test sets it."""

    def __init__(self) -> None:
        self.work = CopyWork()

    def of(self, case: str, account: str) -> CopyWork:
        return self.work


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def desk(store: Store) -> BookDesk:
    desk = BookDesk()
    desk.in_world(gives_copies=lambda: True, handed_of=store.of)
    return desk


def granted(desk: BookDesk, *, masked: bool = False) -> str:
    """The key of a case in which a copy was granted, and told."""
    key = desk.received(Kind.AGY, letter={**LETTER, "copy_asked": True, "copy_reason": "保存證據"})
    desk.do(Event.CHECK, "lin", key)
    proposal = {"result": "granted", "article": "八(五)", "give": "copy", "copy_reasoned": "保存證據"}
    desk.do(Event.PROPOSE, "lin", key, checklist={line.code: "yes" for line in LINES}, proposal=proposal)
    desk.do(Event.STAMP, "chen", key)
    desk.do(Event.STAMP, "hsu", key)
    if masked:
        rulings = [{"range_no": 0, "scopes": [RANGE], "masked": True, "reason": "第三人"}]
        desk.do(Event.GRANT_COPY_PARTLY, "tsai", key, copy_reasoned="保存證據", rulings=rulings)
    else:
        desk.do(Event.GRANT_COPY, "tsai", key, copy_reasoned="保存證據")
    desk.notify(key)
    return key


def packed(desk: BookDesk, key: str, **more: Any) -> CopyWork:
    scopes = tuple(each for ruling in desk.book.file(key).case.rulings for each in ruling.scopes)
    told: dict[str, Any] = {
        "scopes": scopes, "handed": "c0" * 16, "manifest": "ab" * 32, "medium": "D115-0001", "serial": "AA1",
        "medium_registered": True,
    }  # fmt: skip
    return CopyWork(**told | more)


def test_T_26_a_copy_that_was_granted_masked_is_made_once_another_person_confirmed_its_masks(
    desk: BookDesk, store: Store
) -> None:
    """Also where no viewing was granted besides: nobody else will look at the footage before it leaves."""
    key = granted(desk, masked=True)
    cover = Mask(number=1, camera_no="C1", start_ns=RANGE["start_ns"], end_ns=RANGE["end_ns"], left=0, top=0,
                 right=500, bottom=500)  # fmt: skip
    desk.in_world(gives_copies=lambda: True, handed_of=store.of, masks=lambda case: (cover,))
    store.work = packed(desk, key)
    assert desk.book.viewable(key, Purpose.MASKING).spans
    for event, who in ((Event.FINISH_MASKS, "wang"), (Event.CONFIRM_MASKS, "lin")):
        assert next_steps(desk, key) == [event]
        assert desk.book.viewable(key, Purpose.MEDIUM).why == coded("masks")
        assert refused(desk, Event.MAKE_COPY, "wang", key) == ("masks",)
        desk.do(event, who, key)
    opens = desk.book.viewable(key, Purpose.MEDIUM)
    assert (opens.why, opens.masks) == (None, (cover,))
    assert next_steps(desk, key) == [Event.MAKE_COPY]
    desk.do(Event.REDRAW_MASKS, "lin", key, reason="證件未遮")
    assert desk.book.viewable(key, Purpose.MEDIUM).why == coded("masks"), "what is being made stops"
    desk.do(Event.FINISH_MASKS, "wang", key)
    desk.do(Event.CONFIRM_MASKS, "lin", key)
    assert desk.do(Event.MAKE_COPY, "wang", key).case.state is State.COPY_MADE


@pytest.mark.parametrize("verified", [False, True])
def test_T_26_a_copy_whose_masks_were_drawn_anew_is_verified_and_handed_over_by_nobody(
    desk: BookDesk, store: Store, verified: bool
) -> None:
    """Whoever looks at it sees what is missing: it is drawn, and another copy is made."""
    key = granted(desk, masked=True)

    def confirm() -> None:
        desk.do(Event.FINISH_MASKS, "wang", key, reason="畫面中只有申請人")
        desk.do(Event.CONFIRM_MASKS, "lin", key, reason="畫面中只有申請人")

    confirm()
    store.work = packed(desk, key)
    desk.do(Event.MAKE_COPY, "wang", key)
    event, who = Event.VERIFY_COPY, "lin"
    store.work = CopyWork(reread=True, hash_equal=True)
    if verified:
        desk.do(Event.VERIFY_COPY, "lin", key, copy_work={"plays": True})
        event, who = Event.DELIVER, "wang"
    work = {"plays": True} if not verified else {
        "handed_to_known": True, "receipt_signed": True, "passphrase_apart": True
    }  # fmt: skip
    desk.do(Event.REDRAW_MASKS, "wang", key, reason="櫃台上的證件未遮")
    assert desk.book.viewable(key, Purpose.MASKING).spans
    assert refused(desk, event, who, key, copy_work=work) == ("masks",)
    assert next_steps(desk, key) == [Event.FINISH_MASKS]
    store.work = packed(desk, key, failed_destroyed=True)
    assert refused(desk, Event.REMAKE_COPY, "wang", key) == ("masks",)
    confirm()
    store.work = CopyWork(reread=True, hash_equal=True)
    assert refused(desk, event, who, key, copy_work=work) == ("masks_newer",)
    store.work = packed(desk, key, failed_destroyed=True)
    desk.do(Event.REMAKE_COPY, "wang", key)
    store.work = CopyWork(reread=True, hash_equal=True)
    desk.do(Event.VERIFY_COPY, "lin", key, copy_work={"plays": True})
    handed = {"handed_to_known": True, "receipt_signed": True, "passphrase_apart": True}
    assert desk.do(Event.DELIVER, "wang", key, copy_work=handed).case.state is State.DELIVERED


def next_steps(desk: BookDesk, key: str) -> list[Event]:
    return [row.event for row in waiting(desk.book.file(key).case, gives_copies=True)]


def refused(desk: BookDesk, event: Event, who: str, key: str, **facts: Any) -> tuple[str, ...]:
    with pytest.raises(NotAllowed) as error:
        desk.do(event, who, key, **facts)
    details = error.value.details
    return tuple(details["missing"]) or (str(details["why"]),)


def newest(desk: BookDesk, kind: str) -> Entry:
    return [entry for entry in desk.ledger.entries() if entry.kind == kind][-1]


def test_INV_06_nobody_enters_a_copy_that_the_recorder_did_not_write(desk: BookDesk, store: Store) -> None:
    key = granted(desk)
    missing = ("medium", "copy_scope", "copy_packed")
    assert refused(desk, Event.MAKE_COPY, "wang", key) == missing
    typed = {"medium": "D115-0001", "medium_registered": True, "scopes": [RANGE], "manifest": "ab" * 32}
    with pytest.raises(UsageError, match="manifest, medium, medium_registered, scopes"):
        desk.do(Event.MAKE_COPY, "wang", key, copy_work=typed)
    store.work = packed(desk, key, manifest="")
    assert refused(desk, Event.MAKE_COPY, "wang", key) == ("copy_packed",)


@pytest.mark.parametrize("name", ["reread", "hash_equal", "residue_none", "failed_destroyed", "handed", "serial"])
def test_what_of_a_copy_is_found_out_is_typed_by_nobody(desk: BookDesk, store: Store, name: str) -> None:
    key = granted(desk)
    store.work = packed(desk, key)
    desk.do(Event.MAKE_COPY, "wang", key)
    with pytest.raises(UsageError, match=name):
        desk.do(Event.VERIFY_COPY, "lin", key, copy_work={name: True, "plays": True})


def test_a_copy_on_a_medium_from_its_making_to_the_row_of_annex_4(desk: BookDesk, store: Store) -> None:
    key = granted(desk)
    store.work = packed(desk, key)
    desk.do(Event.MAKE_COPY, "wang", key)
    made = newest(desk, "copy.made").fields
    assert (made["row"], made["copy"], made["manifest"], made["medium"], made["serial"]) == (
        "A16", "c0" * 16, "ab" * 32, "D115-0001", "AA1",
    )  # fmt: skip
    store.work = CopyWork()
    assert refused(desk, Event.VERIFY_COPY, "lin", key, copy_work={"plays": True}) == ("reread",)
    store.work = CopyWork(reread=True)
    assert refused(desk, Event.VERIFY_COPY, "lin", key, copy_work={"plays": True}) == ("hash_equal",)
    store.work = CopyWork(reread=True, hash_equal=True)
    assert refused(desk, Event.VERIFY_COPY, "lin", key) == ("plays",)
    desk.do(Event.VERIFY_COPY, "lin", key, copy_work={"plays": True})
    assert refused(desk, Event.DELIVER, "wang", key) == ("receiver_known", "receipt_signed", "passphrase_apart")
    handed = {"handed_to_known": True, "receipt_signed": True, "passphrase_apart": True}
    desk.do(Event.DELIVER, "wang", key, copy_work=handed)
    assert newest(desk, "copy.handed").fields["copy"] == "c0" * 16
    store.work = CopyWork()
    assert refused(desk, Event.CLEAN, "wang", key) == ("residue",)
    store.work = CopyWork(residue_none=True)
    desk.do(Event.CLEAN, "wang", key)
    file = desk.opened().file(key)
    assert file == desk.book.file(key), "made again of its entries it is the same"
    assert file.case.state is State.CLEANED
    cells = {cell.code: cell.values for cell in cells_of(file)}
    assert cells["copied"] == {"copied": True}
    assert cells["medium"] == {"medium": "D115-0001（AA1）"}
    ((copy, made_ns, ended_ns, cause, by),) = cells["destroyed"]["copies"]
    assert (copy, cause, by) == ("c0" * 16, "handed", PEOPLE["wang"].name)
    assert 0 < made_ns <= ended_ns
    assert refused(desk, Event.MAKE_COPY, "wang", key)[0] == "copy_granted", "each once"


def test_T_49_another_copy_is_made_only_once_the_medium_that_failed_is_destroyed(desk: BookDesk, store: Store) -> None:
    key = granted(desk)
    store.work = packed(desk, key)
    desk.do(Event.MAKE_COPY, "wang", key)
    store.work = packed(desk, key, handed="c1" * 16, medium="D115-0002", serial="AA2")
    assert refused(desk, Event.REMAKE_COPY, "wang", key) == ("failed_destroyed",)
    store.work = packed(desk, key, handed="c1" * 16, medium="D115-0002", serial="AA2", failed_destroyed=True)
    desk.do(Event.REMAKE_COPY, "wang", key)
    first, second = desk.opened().file(key).handed
    assert (first.cause, first.medium, second.cause, second.medium) == ("remade", "D115-0001", "", "D115-0002")


def test_whoever_made_a_copy_never_verifies_it(desk: BookDesk, store: Store) -> None:
    """Not even where the maker is a system manager as well (4.4: copy maker × copy verifier)."""
    key = granted(desk)
    store.work = packed(desk, key)
    desk.do(Event.MAKE_COPY, "wang", key)
    roster = desk.world.roster()
    manager = next(each for each in roster if each.role is Role.MANAGER)
    desk.in_world(roster=lambda: (*roster, msgspec.structs.replace(manager, person=PEOPLE["wang"])))
    store.work = CopyWork(reread=True, hash_equal=True)
    assert refused(desk, Event.VERIFY_COPY, "wang", key, copy_work={"plays": True}) == (Stage.COPY_MAKER,)
    assert desk.do(Event.VERIFY_COPY, "lin", key, copy_work={"plays": True}).case.state is State.COPY_VERIFIED


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.INT])
def test_AT_33_no_state_of_a_citizen_s_or_staff_case_opens_anything_for_a_copy(kind: Kind) -> None:
    """Whatever was decided in it, and however it came there."""
    for state in State:
        rulings = (Ruling(range_no=0, scopes=(msgspec.convert(RANGE, Scope),)),)
        allows = frozenset({"copy", "viewing"})
        case = Case(kind=kind, state=state, allows=allows, rulings=rulings, decided_on=DAY)
        file = CaseFile(key="115-0001", case=case)
        for purpose in COPIES:
            found = viewable_of(file, purpose, DAY, (), DAY)
            assert (found.spans, bool(found.why)) == ({}, True), (state, purpose)
    agency = msgspec.structs.replace(case, kind=Kind.AGY, state=State.NOTIFIED)
    file = CaseFile(key="115-0001", case=agency)
    assert viewable_of(file, Purpose.MEDIUM, DAY, (), DAY).spans, "an agency's does"
    assert viewable_of(file, Purpose.MEDIUM, DAY + timedelta(days=1), (), DAY).why, "until it lapses"
