"""The book of the registers: acts that outlast a start, what stands in clear, what the machine begins itself."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from appliance.core.errors import NotAllowed, NotFound, UsageError
from appliance.core.model import Span
from appliance.rules.people import Actor
from appliance.rules.registers.tables import REGISTERS
from tests.rules.registerdesk import HOUR_NS, NOW_NS, PEOPLE
from tests.services.registerstore import RegisterStore
from tests.vault.ringcases import new_disk

_STARTS = (f"start {number}" for number in itertools.count())


@pytest.fixture
def desk() -> RegisterStore:
    return RegisterStore(new_disk())


def again(desk: RegisterStore) -> RegisterStore:
    """The next start on the same disk."""
    return RegisterStore(desk.fs, next(_STARTS), desk.clock)


def whole_life(desk: RegisterStore) -> None:
    """Something in each register, and all that can happen to an incident."""
    do = desk.do
    vendor = do("vendors", "", "enter", "lin", firm="安視科技股份有限公司").file.item.number
    do("vendors", vendor, "supervise", "lin")
    do("vendors", vendor, "stamp", "wu")
    desk.destroyed(serial="S-9")
    visit = do("visits", "", "begin", "lin", ticket="M115-0001").file.item.number
    do("visits", visit, "take_over", "hsu")
    do("visits", visit, "finish", "hsu")
    do("visits", visit, "stamp", "wu")
    posted = do("datafile", "", "post", "lin").file.item.number
    do("datafile", posted, "confirm", "wu")
    live = do("live", "", "propose", "lin").file.item.number
    do("live", live, "authorise", "tsai")
    asked = do("deletions", "", "receive", "lin", requester="洪大明").file.item.number
    for event, who in (("extend", "hsu"), ("propose", "lin"), ("decide", "tsai"), ("issue", "lin"), ("serve", "lin")):
        do("deletions", asked, event, who)
    incident = do("incidents", "", "declare", "chen", people=["王小明"]).file.item.number
    for event, who, typed in (
        ("confirm", "lin", {"cyber": "2", "personal": "yes"}),
        ("report", "lin", {}),
        ("notify", "lin", {}),
        ("contain", "lin", {}),
        ("finish", "wu", {}),
        ("review", "lin", {"final_no": "萬戶字第1號", "final_at": NOW_NS}),
        ("close", "tsai", {}),
    ):
        do("incidents", incident, event, who, **typed)


def test_AT_67_AT_69_T_60_every_line_comes_again_at_a_start_as_it_was(desk: RegisterStore) -> None:
    whole_life(desk)
    after = again(desk).book
    assert after.damaged == []
    for code in REGISTERS:
        assert after.all(code) == desk.book.all(code), code
        assert after.all(code), f"nothing in {code}"
    assert after.get("incidents", "I115-0001").item.state == "closed"
    assert [deed.event for deed in after.get("visits", "W115-0001").deeds] == ["begin", "take_over", "finish", "stamp"]


def test_what_was_typed_and_who_it_was_stand_in_no_entry_and_what_was_chosen_does(desk: RegisterStore) -> None:
    whole_life(desk)
    clear = b"".join(entry.raw for entry in desk.ledger.entries(0, desk.ledger.size)).decode()
    for word in ("說明", "文字", "王小明", "王技師", "安視科技", "S-9", "某人", '"chen"', '"lin"'):
        assert word not in clear, word
    for word in ("filming", "V115-0001", "M115-0001", "witnessed", "p-hsu", '"camera_no":"01"'):
        assert word in clear, word


def test_a_record_that_does_not_open_costs_the_words_and_not_the_state(desk: RegisterStore) -> None:
    number = desk.do("incidents", "", "declare", "chen").file.item.number
    desk.do("incidents", number, "confirm", "lin")
    (index,) = [entry.index for entry in desk.ledger.acts("incident.changed") if entry.fields["event"] == "declare"]
    desk.acts.erase("gone", index, {})
    after = again(desk).book
    item = after.get("incidents", number).item
    assert (item.state, item.lost, item.signed_by("declared")) == ("confirmed", True, "chen")
    assert (item.value("kind"), item.value("facts")) == ("filming", None)
    assert after.damaged == [index]


def test_a_refusal_enters_nothing_and_names_everything(desk: RegisterStore) -> None:
    size = desk.ledger.size
    with pytest.raises(NotAllowed) as refused:
        desk.do("media", "", "enter", "lin", serial=None, place=None, holds="copy", encrypted="no")
    assert refused.value.details["missing"] == ("lacks_serial", "lacks_place", "not_encrypted")
    with pytest.raises(NotAllowed):
        desk.do("media", "", "enter", "chen")
    with pytest.raises(NotFound):
        desk.do("media", "D115-0001", "move", "lin")
    with pytest.raises(NotFound):
        desk.book.act("x", Actor("lin", ("officer",)), "", "nothing", "", "enter", {})
    assert desk.ledger.size == size


@pytest.mark.parametrize(
    ("event", "typed", "why"),
    [
        ("enter", {"state": "destroyed"}, "there is no field state"),
        ("enter", {"serial": 5}, "serial"),
        ("enter", {"serial": "a\x00b"}, "control characters"),
        ("enter", {"serial": "x" * 201}, "at most 200"),
        ("enter", {"medium_kind": "hologram"}, "no choice"),
        ("enter", [], "missing"),
        ("perform", {"performed_at": "yesterday"}, "no moment"),
        ("perform", {"performed_at": 1 << 63}, "no moment"),
        ("kaboom", {}, "there is no event"),
    ],
)
def test_what_no_form_sends_is_refused(desk: RegisterStore, event: str, typed: object, why: str) -> None:
    size = desk.ledger.size
    with pytest.raises(UsageError, match=why):
        desk.book.act("x", Actor("lin", PEOPLE["lin"], proved=True), "", "media", "", event, typed)
    assert desk.ledger.size == size


@pytest.mark.parametrize(
    "ranges",
    [
        "x", [1], [{}], [{"camera_no": "01", "start_ns": 2, "end_ns": 1}], [{"camera_no": "01", "start_ns": 1}],
        [{"camera_no": "01", "start_ns": 1, "end_ns": 40 * 86_400 * 10**9}],
        [{"camera_no": "\u202e", "start_ns": 1, "end_ns": 2}],
    ],
)  # fmt: skip
def test_minutes_that_are_none_are_refused(desk: RegisterStore, ranges: Any) -> None:
    with pytest.raises(UsageError):
        desk.do("incidents", "", "declare", "chen", ranges=ranges)
    assert desk.ledger.size == 0


def test_a_repeat_gets_the_first_answer_and_another_act_under_its_id_is_refused(desk: RegisterStore) -> None:
    first = desk.do("media", "", "enter", "lin", act="one")
    assert desk.do("media", "", "enter", "lin", act="one") == first
    assert again(desk).do("media", "", "enter", "lin", act="one").file.item == first.file.item
    for other in ({"serial": "S-2"}, {"place": "他處"}):
        with pytest.raises(UsageError, match="sent before"):
            desk.do("media", "", "enter", "lin", act="one", **other)
    with pytest.raises(UsageError, match="sent before"):
        desk.do("media", "", "enter", "hsu", act="one")
    with pytest.raises(UsageError, match="sent before"):
        desk.do("media", "D115-0001", "move", "lin", act="one")
    assert len(desk.book.all("media")) == 1


def test_AT_67_a_lost_medium_begins_an_incident_by_itself_once(desk: RegisterStore) -> None:
    number = desk.do("media", "", "enter", "lin").file.item.number
    done = desk.do("media", number, "lose", "lin", act="lost")
    assert done.alarm == "I115-0001"
    assert desk.do("media", number, "lose", "lin", act="lost").alarm == done.alarm
    desk.book.begin_owed_incidents()
    item = desk.book.get("incidents", done.alarm).item
    assert (item.value("kind"), item.signed_by("declared"), item.value("no_footage")) == ("medium_lost", "system", True)
    assert number in item.value("facts")
    assert len(again(desk).book.all("incidents")) == 1


def test_AT_42_T_45_filming_begins_an_incident_with_the_minutes_and_the_people(desk: RegisterStore) -> None:
    asked = [("01", Span(NOW_NS - HOUR_NS, NOW_NS))]
    number = desk.book.alarm("grant-filming", "filming", "案件 115-0001", asked, ["陳怡君", "林志明"])
    assert desk.book.alarm("grant-filming", "filming", "案件 115-0001", asked, ["陳怡君"]) == number
    values = desk.book.get("incidents", number).item.values
    assert values["ranges"] == [{"camera_no": "01", "start_ns": NOW_NS - HOUR_NS, "end_ns": NOW_NS}]
    assert values["people"] == ["陳怡君", "林志明"]


def test_what_goes_on_stands_before_what_is_over_and_the_newest_first(desk: RegisterStore) -> None:
    for serial in ("S-1", "S-2", "S-3"):
        desk.clock.now_ns += HOUR_NS
        desk.do("media", "", "enter", "lin", serial=serial)
    desk.do("media", "D115-0003", "lose", "lin")
    assert [file.item.number for file in desk.book.all("media")] == ["D115-0002", "D115-0001", "D115-0003"]


def test_an_act_in_untrusted_time_says_so(desk: RegisterStore) -> None:
    desk.clock.is_trusted = False
    desk.do("media", "", "enter", "lin")
    (entry,) = desk.ledger.acts("medium.changed")
    assert entry.fields["doubted"] is True
