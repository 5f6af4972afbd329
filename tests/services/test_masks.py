"""Masks: a book of rectangles that a start makes again from the ledger, and what a case waits for until they stand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.core.errors import NotAllowed, NotFound, UsageError
from appliance.core.motion import KeyPosition
from appliance.rules.cases.masks import Mask, Purpose
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.services.cases.board import board
from appliance.services.cases.views import tell
from appliance.services.people.login import Seat
from appliance.services.viewing.maskbook import MaskBook
from tests.rules.casedesk import PEOPLE
from tests.services.bookdesk import RANGE, BookDesk, appointment

MASKED = [{"range_no": 0, "scopes": [RANGE], "masked": True, "reason": "第三人"}]
COVER = Mask(number=1, camera_no="C1", start_ns=RANGE["start_ns"], end_ns=RANGE["end_ns"], left=0, top=0, right=500,
             bottom=500)  # fmt: skip


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def with_masks(desk: BookDesk, *masks: Mask) -> None:
    desk.in_world(masks=lambda case: masks)


def refusal(desk: BookDesk, event: Event, who: str, key: str, **facts: Any) -> dict[str, Any]:
    with pytest.raises(NotAllowed) as refused:
        desk.do(event, who, key, **facts)
    return dict(refused.value.details)


def seat(name: str) -> Seat:
    role = {"wang": "officer", "lin": "manager"}[name]
    return Seat(1, name, PEOPLE[name].name, (role,), "", 0)


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.INT])
def test_T_26_what_was_granted_masked_is_booked_once_another_person_confirmed_its_masks(
    desk: BookDesk, kind: Kind
) -> None:
    key = desk.decided(kind, Event.GRANT_PARTLY, rulings=MASKED)
    if kind is Kind.CIT:
        desk.notify(key)
    with_masks(desk, COVER)
    on = appointment(desk.today)
    assert refusal(desk, Event.CONFIRM_MASKS, "lin", key)["missing"] == ("masks_drawn",)
    assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=on)["missing"] == ("masks",)
    assert waits_for(desk, "wang") == ["finish_masks"]
    desk.do(Event.FINISH_MASKS, "wang", key)
    assert refusal(desk, Event.SCHEDULE, "wang", key, viewing=on)["missing"] == ("masks",)
    assert (waits_for(desk, "wang"), waits_for(desk, "lin")) == ([], ["confirm_masks"])
    assert refusal(desk, Event.CONFIRM_MASKS, "wang", key)["why"] == "role"
    desk.do(Event.CONFIRM_MASKS, "lin", key)
    assert waits_for(desk, "wang") == ["schedule"]
    assert desk.do(Event.SCHEDULE, "wang", key, viewing=on).case.state is State.SCHEDULED
    assert desk.opened().file(key).case.masks_confirmed, "a start knows it of the ledger"


def test_T_26_masks_that_are_drawn_anew_are_confirmed_anew_before_anything_is_shown(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.GRANT_PARTLY, rulings=MASKED)
    desk.notify(key)
    with_masks(desk, COVER)
    assert desk.book.viewable(key, Purpose.MASKING).spans == {"C1": [COVER.span]}
    desk.do(Event.FINISH_MASKS, "wang", key)
    desk.do(Event.CONFIRM_MASKS, "lin", key)
    assert "confirmed" in str(desk.book.viewable(key, Purpose.MASKING).why)
    desk.do(Event.SCHEDULE, "wang", key, viewing=appointment(desk.today))
    assert refusal(desk, Event.REDRAW_MASKS, "lin", key)["missing"] == ("note",)
    desk.do(Event.REDRAW_MASKS, "lin", key, reason="櫃台上的證件未遮")
    assert refusal(desk, Event.PREPARE, "wang", key)["missing"] == ("masks",)
    assert desk.book.viewable(key, Purpose.MASKING).spans
    desk.do(Event.FINISH_MASKS, "wang", key)
    desk.do(Event.CONFIRM_MASKS, "lin", key)
    desk.do(Event.PREPARE, "wang", key)
    door = {"id_again": True, "statement_signed": True, "devices_away": True}
    desk.do(Event.BEGIN, "lin", key, viewing=door)
    assert desk.book.viewable(key).masks == (COVER,)
    assert refusal(desk, Event.REDRAW_MASKS, "lin", key, reason="x")["why"] == "no_row", "not while somebody looks"


def test_T_26_a_stretch_without_any_mask_is_entered_and_confirmed_with_a_reason_alone(desk: BookDesk) -> None:
    key = desk.decided(Kind.CIT, Event.GRANT_PARTLY, rulings=MASKED)
    desk.notify(key)
    assert refusal(desk, Event.FINISH_MASKS, "wang", key)["missing"] == ("mask_reason",)
    desk.do(Event.FINISH_MASKS, "wang", key, reason="該時段無他人入鏡")
    assert desk.book.file(key).deeds[-1].typed.reason == "該時段無他人入鏡", "it stands in the record"
    assert refusal(desk, Event.CONFIRM_MASKS, "lin", key)["missing"] == ("mask_reason",)
    told = tell(desk.book, desk.book.file(key), [], full=True).masks
    assert told is not None
    assert (told.count, len(told.bare), told.drawn, told.confirmed, told.opens) == (0, 1, True, False, True)
    desk.do(Event.CONFIRM_MASKS, "lin", key, reason="畫面中只有申請人")
    assert desk.book.file(key).deeds[-1].typed.reason == "畫面中只有申請人"


def test_T_26_what_was_granted_whole_knows_of_no_masks(desk: BookDesk) -> None:
    key = desk.decided()
    desk.notify(key)
    assert refusal(desk, Event.FINISH_MASKS, "wang", key)["missing"] == ("masking_ordered",)
    assert "nothing" in str(desk.book.viewable(key, Purpose.MASKING).why)
    assert tell(desk.book, desk.book.file(key), [], full=True).masks is None


def waits_for(desk: BookDesk, who: str) -> list[str]:
    """The events of cases that wait for somebody."""
    (found,) = board(desk.book, [seat(who)]).people
    return [duty.event for duty in found.duties]


# --- the book ---

SCOPES = (Scope("C1", RANGE["start_ns"], RANGE["end_ns"]),)


def test_T_26_masks_and_their_removal_come_again_from_the_ledger_and_a_number_is_used_once(desk: BookDesk) -> None:
    book, by = MaskBook(desk.acts, desk.ledger), seat("wang")
    later = msgspec.structs.replace(COVER, start_ns=COVER.start_ns + 10**9, right=700)
    first = book.draw("a1", by, "115-0001", SCOPES, COVER)
    second = book.draw("a2", by, "115-0001", SCOPES, later)
    book.remove("a3", by, "115-0001", 1)
    third = book.draw("a4", by, "115-0001", SCOPES, COVER)
    other = book.draw("a5", by, "115-0002", SCOPES, COVER)
    assert [each.number for each in (first, second, third, other)] == [1, 2, 3, 1]
    again = MaskBook(desk.acts, desk.ledger)
    for each in (book, again):
        assert each.of("115-0001") == (second, third)
        assert each.of("115-0002") == (other,)
        assert each.of("115-0003") == ()
    assert [entry.kind for entry in desk.ledger.acts("mask.drawn", "mask.removed")] == [
        "mask.drawn", "mask.drawn", "mask.removed", "mask.drawn", "mask.drawn"
    ]  # fmt: skip
    assert b"wang" not in desk.in_clear(), "who drew is sealed"


def test_a_mask_that_is_sent_twice_is_drawn_once_and_its_act_serves_for_nothing_else(desk: BookDesk) -> None:
    book, by = MaskBook(desk.acts, desk.ledger), seat("wang")
    assert book.draw("a1", by, "115-0001", SCOPES, COVER) == book.draw("a1", by, "115-0001", SCOPES, COVER)
    assert len(book.of("115-0001")) == 1
    with pytest.raises(UsageError, match="sent before for something else"):
        book.draw("a1", by, "115-0001", SCOPES, msgspec.structs.replace(COVER, left=10))
    book.remove("a2", by, "115-0001", 1)
    book.remove("a2", by, "115-0001", 1)
    with pytest.raises(NotFound, match="mask 1: the case has none"):
        book.remove("a3", by, "115-0001", 1)


def following(*places: tuple[int, int, int, int]) -> Mask:
    """One that moves through the range, a second a place."""
    start = RANGE["start_ns"]
    positions = tuple(KeyPosition(start + at * 10**9, *place) for at, place in enumerate(places))
    return msgspec.structs.replace(COVER, positions=positions)


def test_T_26_a_mask_that_moves_comes_again_from_the_ledger_with_every_position(desk: BookDesk) -> None:
    book, by = MaskBook(desk.acts, desk.ledger), seat("wang")
    drawn = book.draw("a1", by, "115-0001", SCOPES, following((0, 0, 100, 100), (300, 200, 400, 400), (0, 0, 50, 50)))
    assert (drawn.left, drawn.top, drawn.right, drawn.bottom) == (0, 0, 400, 400)
    (entry,) = desk.ledger.acts("mask.drawn")
    assert entry.fields["positions"] == [[each.at_ns, *each.rectangle] for each in drawn.positions]
    assert MaskBook(desk.acts, desk.ledger).of("115-0001") == book.of("115-0001") == (drawn,)
    still = book.draw("a2", by, "115-0001", SCOPES, COVER)
    *_, entry = desk.ledger.acts("mask.drawn")
    assert set(entry.fields) - {"act", "commit"} == {
        "case", "mask", "camera_no", "start_ns", "end_ns", "left", "top", "right", "bottom"
    }, "as before masks moved"  # fmt: skip
    assert still.positions == ()


def test_T_26_a_mask_is_replaced_by_one_entry_and_its_number_is_never_used_again(desk: BookDesk) -> None:
    book, by = MaskBook(desk.acts, desk.ledger), seat("wang")
    first = book.draw("a1", by, "115-0001", SCOPES, COVER)
    second = book.draw("a2", by, "115-0001", SCOPES, msgspec.structs.replace(COVER, left=50), replaces=first.number)
    assert book.of("115-0001") == (second,)
    assert book.draw("a2", by, "115-0001", SCOPES, msgspec.structs.replace(COVER, left=50), replaces=1) == second
    with pytest.raises(UsageError, match="sent before for something else"):
        book.draw("a2", by, "115-0001", SCOPES, msgspec.structs.replace(COVER, left=50))
    with pytest.raises(NotFound, match="mask 1: the case has none"):
        book.draw("a3", by, "115-0001", SCOPES, COVER, replaces=1)
    undone = book.draw("a4", by, "115-0001", SCOPES, COVER, replaces=second.number)
    assert (undone.number, book.of("115-0001")) == (3, (undone,))
    assert MaskBook(desk.acts, desk.ledger).of("115-0001") == (undone,)
    entries = desk.ledger.acts("mask.drawn", "mask.removed")
    assert [(entry.kind, entry.fields.get("replaces")) for entry in entries] == [
        ("mask.drawn", None), ("mask.drawn", 1), ("mask.drawn", 2)
    ]  # fmt: skip
