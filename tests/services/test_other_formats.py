"""What a draft before the first release wrote is refused by name: what was found, where, what is read, what to do."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import OtherFormat
from appliance.ledger.entry import Entry
from appliance.ledger.records import Acts
from appliance.rules.cameras.rows import Event as CameraEvent
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from tests.services.bookdesk import NOW_NS, BookDesk
from tests.services.camerastore import CameraStore
from tests.services.registerstore import RegisterStore
from tests.vault.ringcases import new_disk

MINUTE_NS = 60 * 10**9
ASKED = {"camera_no": "C1", "start_ns": NOW_NS - 60 * MINUTE_NS, "end_ns": NOW_NS - 50 * MINUTE_NS}
NEXT = "change nothing, start the version of the recorder that wrote it, or restore a backup of this one"


def test_a_ledger_with_a_case_of_the_draft_with_four_states_opens_no_book() -> None:
    desk = BookDesk()
    clear = {"case": "115-0001", "asked": [ASKED], "rounded": [ASKED]}
    entry = desk.acts.perform("a1", "case.received", clear, {"by": "wang", "reason": "車損"}).entry
    with pytest.raises(OtherFormat) as refused:
        desk.opened()
    assert str(refused.value) == (
        f"ledger entry {entry.index}: case 115-0001 is of a draft that knew four states and no tables; this version "
        f"reads cases whose every entry names its row of the tables: {NEXT}"
    )


def _entered(desk: BookDesk, key: str, event: Event, row: str, **typed: Any) -> str:
    """Why a start cannot read a draft's act; its case stays pinned and is shown as far as it could be read."""
    before = desk.book.file(key)
    clear = {"case": key, "row": row, "event": event, "state": "closed", "day": desk.today.isoformat(),
             "by": desk.book.pseudonym("wang")}  # fmt: skip
    sealed = {"by": "wang", "display": "wang-name", "typed": typed, "sent": typed, "found": {}}
    entry = desk.acts.perform(desk.act_id(), "case.changed", clear, sealed).entry
    after = desk.opened()
    assert after.pins() == desk.book.pins()
    assert after.file(key).case == before.case
    assert list(after.damaged) == [key]
    said = after.damaged[key]
    assert said.startswith(f"ledger entry {entry.index}: another form of an act (")
    assert said.endswith(
        f"; this version reads acts by the rows of its tables, each with the fields that its event takes: {NEXT}"
    )
    return said


@pytest.mark.parametrize(
    ("row", "event"),
    [("S5", Event.REDIRECT), ("C2", Event.FIND_DEFECTS), ("S3", Event.EXTEND), ("C12a", Event.NOTIFY),
     ("C12b", Event.NOTIFY)],
)  # fmt: skip
def test_a_row_that_a_draft_of_the_tables_had_is_refused(row: str, event: Event) -> None:
    desk = BookDesk()
    said = _entered(desk, desk.received(), event, row)
    assert f"(row '{row}' of CIT, which the tables do not have)" in said


def test_a_row_that_a_draft_of_the_agencies_table_had_is_refused() -> None:
    desk = BookDesk()
    said = _entered(desk, desk.decided(Kind.AGY), Event.NOTIFY, "A9")
    assert "(row 'A9' of AGY, which the tables do not have)" in said


@pytest.mark.parametrize(
    ("event", "row", "typed", "names"),
    [
        (Event.NOTIFY, "C12d", {"service": {"means": "registered", "proof": True}}, "`proof`"),
        (Event.BEGIN, "C15", {"viewing": {"station_ready": True}}, "`station_ready`"),
        (Event.PROPOSE, "C7", {"told_in_writing": True}, "told_in_writing"),
        (Event.DISMISS, "S6", {"form": {"reason": "press"}}, "dismiss takes no form"),
    ],
    ids=["a tick as proof of service", "a station's tick", "a tick for a letter", "the purpose in the form's place"],
)
def test_a_field_that_a_draft_asked_is_refused_and_not_read_as_another(
    event: Event, row: str, typed: dict[str, Any], names: str
) -> None:
    desk = BookDesk()
    assert names in _entered(desk, desk.received(), event, row, **typed)


def _again(acts: Acts, entry: Entry, clear: dict[str, Any], typed: dict[str, Any]) -> Entry:
    """The same act once more, as a draft would have entered it; what is None in ``clear`` is left out."""
    fields = {name: value for name, value in entry.fields.items() if name not in ("act", "commit")} | clear
    sealed = dict(acts.sealed_of(entry) or {})
    fields = {name: value for name, value in fields.items() if value is not None}
    return acts.perform("of a draft", entry.kind, fields, sealed | {"typed": sealed["typed"] | typed}).entry


@pytest.mark.parametrize("typed", [{"sketch": "A1"}, {"photo": "A2"}, {"answer": {"scan": "A3"}}])
def test_a_camera_s_act_with_a_file_s_number_in_the_place_of_a_scan_is_refused(typed: dict[str, Any]) -> None:
    desk = CameraStore(new_disk())
    desk.do(CameraEvent.DRAFT)
    entry = _again(desk.acts, desk.book.entries("03")[-1], {}, typed)
    with pytest.raises(OtherFormat) as refused:
        CameraStore(desk.store.fs, 1, desk.clock)
    said = str(refused.value)
    assert said.startswith(f"ledger entry {entry.index}: another form of an act (Object contains unknown field ")
    assert said.endswith(
        f"; this version reads acts by the rows of its table, each with the fields that its event takes: {NEXT}"
    )


@pytest.mark.parametrize(
    ("clear", "names"),
    [({"brought": None}, "deletions have no term"), ({"told": {"served_proof": True}}, "R1 takes no served_proof")],
    ids=["a request without the term that it keeps", "a tick as proof of service"],
)
def test_a_line_of_a_register_of_a_draft_is_refused(clear: dict[str, Any], names: str) -> None:
    desk = RegisterStore(new_disk())
    desk.do("deletions", "", "receive", "lin")
    entry = _again(desk.acts, list(desk.ledger.acts("deletion.changed"))[-1], {"item": "R115-0002", **clear}, {})
    with pytest.raises(OtherFormat) as refused:
        RegisterStore(desk.fs, 1, desk.clock)
    assert str(refused.value) == (
        f"ledger entry {entry.index}: another form of a step ({names}); this version reads steps by the rows of its "
        f"tables, each with the fields that it takes: {NEXT}"
    )
