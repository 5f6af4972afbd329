"""The daily inspection in a whole keeper: findings become items, people are told, a start finds all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.core.errors import NotAllowed, Unavailable
from appliance.core.model import Span, to_wire
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.duties import Duties
from appliance.selftest.reports import CameraReport, StandingFault
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.footage import FilmClock
from tests.keeper.proved import proved
from tests.verbs import VERBS

HOUR = 3600 * 10**9


class Desk:
    """The two founders at one browser. Days are counted from the first Monday after the office was set up."""

    def __init__(self, keeper: Keeper, clock: FilmClock) -> None:
        self.keeper, self.clock = keeper, clock
        founded = day_of(clock.wall_ns())
        self.monday = founded + timedelta(days=7 - founded.weekday())
        self.session = ""

    def at(self, days: int, hour: float) -> date:
        """It is then; whoever was logged in does so again."""
        on = self.monday + timedelta(days=days)
        self.clock.at_ns = start_ns_of(on) + int(hour * HOUR)
        self.keeper.tasks.inspections.turn()
        first = self.ask("login", name=OFFICER.name, password=OFFICER.password)["session"]
        second = self.ask("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=first)
        self.session = str(second["session"])
        return on

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        if self.session and "session" not in arguments and verb != "login":
            arguments["session"] = self.session
        return dict(VERBS[verb](self.keeper, proved(self.keeper, verb, arguments), Message({}, b"")).head)

    def act(self, verb: str, seat: int, **arguments: Any) -> dict[str, Any]:
        password = (OFFICER, UNIT_HEAD)[seat - 1].password
        return self.ask(verb, act=os.urandom(16).hex(), seat=seat, password=password, **arguments)

    def keys(self) -> set[str]:
        return {finding.key for finding in self.keeper.findings.all() if finding.key.startswith("inspection-")}


@pytest.fixture
def desk(keeper: Keeper, clock: FilmClock) -> Desk:
    return Desk(keeper, clock)


def test_a_day_from_a_finding_over_its_ticket_to_the_stamp(desk: Desk, keeper: Keeper) -> None:
    on = desk.at(0, 7)
    keeper.findings.open("picture-blurred-01", "picture", "camera 01: out of focus")
    keeper.findings.open("hold-due-7-H115-0001", "storage", "a hold lapses: no fault of the recorder's")
    desk.at(0, 8)
    row = desk.ask("inspection.day")["row"]
    assert [item["key"] for item in row["items"]] == ["picture-blurred-01"]
    assert (row["state"], row["proposals"][0]["boxes"]) == ("proposed", ("picture",))
    day = on.isoformat()
    judged = {"picture-blurred-01": {"fault": True, "reason": ""}}
    typed = {"day": day, "boxes": ["picture"], "judged": judged, "handling": "1 號失焦"}
    with pytest.raises(NotAllowed, match="unopened:picture-blurred-01"):
        desk.act("inspection.sign", 1, **typed)
    desk.ask("inspection.opened", day=day, item="picture-blurred-01")
    assert desk.act("inspection.sign", 1, **typed) == {"state": "inspected"}
    assert desk.ask("inspection.day")["row"]["stampers"] == (), "no ticket stands yet"
    report = {"box": "picture", "findings": ["picture-blurred-01"], "camera": "01", "to": "安視科技", "how": "電話"}
    number = desk.act("ticket.report", 1, **report)["ticket"]
    row = desk.ask("inspection.day")["row"]
    assert (row["state"], row["tickets"], row["stampers"]) == ("fault", (number,), (2,)), "the head, not the inspector"
    desk.act("inspection.stamp", 2, days=[day])
    (row,) = [each for each in desk.ask("inspection.month")["rows"] if each["day"] == day]
    assert (row["state"], row["stamped_by"], row["inspector"]) == ("stamped", UNIT_HEAD.display, OFFICER.display)


def test_whoever_asks_later_why_there_is_nothing_is_told_that_the_camera_was_under_repair(
    desk: Desk, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No footage was ever written here, so all of the ticket's time is lost; what was before is not its doing."""
    desk.at(0, 7)
    began_ns = keeper.clock.wall_ns()
    keeper.findings.open("picture-black-01", "picture", "camera 01: black")
    desk.at(0, 7.5)
    report = {"box": "picture", "findings": ["picture-black-01"], "camera": "01", "to": "安視科技", "how": "電話"}
    number = desk.act("ticket.report", 1, **report)["ticket"]
    desk.at(0, 9)
    keeper.findings.clear("picture-black-01")
    desk.at(0, 11)
    over_ns = keeper.clock.wall_ns()
    desk.act("ticket.advance", 1, ticket=number, event="verify", cause="電源", removed="none")

    def away(*_: object) -> None:
        raise Unavailable("index: it is being made anew")

    with monkeypatch.context() as rebuilt:
        rebuilt.setattr(keeper.ring, "gaps_in", away)
        desk.at(0, 12)
        (ticket,) = desk.ask("inspection.day")["tickets"]
        assert ticket["lost_ns"] == -1, "nobody knows, and nought is no answer"
    desk.at(0, 13)
    (ticket,) = desk.ask("inspection.day")["tickets"]
    assert ticket["lost_ns"] == over_ns - began_ns == 4 * HOUR
    gaps = keeper.ring.gaps_in("01", Span(began_ns - HOUR, over_ns + HOUR))
    assert [(gap.cause, gap.end_ns - gap.start_ns) for gap in gaps][1] == (f"repair:{number}", 4 * HOUR)
    assert {gap.cause for gap in gaps} != {f"repair:{number}"}
    assert keeper.ring.gaps_in("02", Span(began_ns, over_ns))[0].cause != f"repair:{number}"


class _RealBox(Box):
    trial = False


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Of an office that is no training office, which is reminded."""
    with make_box(tmp_path / "real", [testcard("01")], kind=_RealBox) as box:
        clock = FilmClock(box.made_ns)
        with open_keeper(box.settings, RealFs(), clock) as keeper:
            monkeypatch.setattr(keeper.logins, "lacks_factor", lambda name: False)  # codes are none of this test
            yield Desk(keeper, clock)


def test_t_74_people_are_told_of_a_row_that_waits_and_of_missed_working_days(real: Desk) -> None:
    desk, keeper = real, real.keeper
    desk.at(0, 9)
    for on in keeper.inspections.missed():  # since the office was set up
        desk.act("inspection.sign", 1, day=on.isoformat(), normal=True, late="other", late_words="啟用前")
    keeper.tasks.inspections.turn()
    assert desk.keys() == set()
    desk.at(0, 10.5)
    assert desk.keys() == {"inspection-due"}
    desk.at(0, 17.6)
    assert desk.keys() == {"inspection-missed"}, "it is over: now it is missed"
    desk.at(1, 17.6)
    assert desk.keys() == {"inspection-missed", "inspection-missed-again"}
    for on in keeper.inspections.missed():
        desk.act("inspection.sign", 1, day=on.isoformat(), normal=True, late="leave")
    keeper.tasks.inspections.turn()
    assert desk.keys() == set()


def test_a_fault_that_nobody_reports_is_told_at_once_and_red_after_four_office_hours(real: Desk) -> None:
    desk, keeper = real, real.keeper
    desk.at(0, 7)
    for on in keeper.inspections.missed():
        desk.act("inspection.sign", 1, day=on.isoformat(), normal=True, late="other", late_words="啟用前")
    keeper.findings.open("picture-blurred-01", "picture", "camera 01: out of focus")
    on = desk.at(0, 14)
    desk.ask("inspection.opened", day=on.isoformat(), item="picture-blurred-01")
    judged = {"picture-blurred-01": {"fault": True, "reason": ""}}
    desk.act("inspection.sign", 1, day=on.isoformat(), boxes=["picture"], judged=judged, handling="1 號失焦")
    keeper.tasks.inspections.turn()
    assert desk.keys() == {"inspection-unreported"}
    desk.at(1, 9.5)
    assert "inspection-overdue" not in set(desk.keys()), "three and a half office hours"
    desk.at(1, 9.75 + 0.5)
    assert "inspection-overdue" in set(desk.keys())


def test_a_finding_that_came_and_went_is_an_item_of_its_day_alone_also_after_a_start(
    box: Box, clock: FilmClock
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        desk = Desk(keeper, clock)
        on = desk.at(0, 9)
        keeper.findings.open("sound-hum-02", "sound", "camera 02: hum")
        clock.at_ns += HOUR
        keeper.findings.clear("sound-hum-02")
        clock.at_ns += DAY_NS
        keeper.tasks.inspections.turn()
        told = keeper.inspections.days(on, on + timedelta(days=1))
        assert [[item.key for item in file.row.items] for file in told] == [["sound-hum-02"], []]
        assert told[0].row.items[0].over_ns > told[0].row.items[0].since_ns
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.inspections.days(on, on + timedelta(days=1)) == told


def test_AT_07_a_black_picture_after_the_day_was_signed_waits_to_be_reported(desk: Desk, keeper: Keeper) -> None:
    """Told as the recorder's self-test tells it."""

    def looked(*wrong: str) -> None:
        text = "camera 01: The picture is black."
        standing = tuple(StandingFault(fault=fault, box="picture", text=text) for fault in wrong)
        well = () if wrong else ("picture-black",)
        report = CameraReport(camera_no="01", at_ns=desk.clock.wall_ns(), seen=True, wrong=standing, well=well)
        VERBS["recorder.looked"](keeper, {}, Message({}, to_wire([report])))

    def waiting() -> list[tuple[str, str, str]]:
        duties = msgspec.convert(desk.ask("duties"), Duties).people[0].desk
        return [(duty.sort, duty.act, duty.key) for duty in duties if duty.of == "inspection"]

    on = desk.at(0, 9)
    for missed in keeper.inspections.missed():  # since the office was set up
        desk.act("inspection.sign", 1, day=missed.isoformat(), normal=True, late="other", late_words="啟用前")
    desk.act("inspection.sign", 1, day=on.isoformat(), normal=True)
    assert waiting() == []
    looked("picture-black")
    assert waiting() == [("ticket", "report", "picture-black-01")]
    desk.at(0, 11)
    report = {"box": "picture", "findings": ["picture-black-01"], "camera": "01", "to": "安視科技", "how": "電話"}
    number = desk.act("ticket.report", 1, **report)["ticket"]
    assert waiting() == [("ticket", "accept", number)]
    looked()
    assert waiting() == [("ticket", "accept", number)], "the repair goes on until it is verified"
