"""The duty board over a whole keeper: what each book has waiting stands on it, with its day, for whoever may do it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from appliance.core.model import Camera
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.rules.cameras.rows import Event
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.duties import DeskDuty, Duties, Waiting
from appliance.services.duties.of_inspection import of_inspection
from appliance.services.people.login import Seat
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.footage import FilmClock
from tests.keeper.test_cameras import life_of
from tests.keeper.test_registers import HOUR, Desk
from tests.services.inspectiondesk import InspectionDesk

NEW = Camera(camera_no="03", location="二樓檔案室", source="testcard", settings={"label": "3"})
OFFICER_SEAT, HEAD_SEAT = 0, 1


@pytest.fixture
def desk(keeper: Keeper, clock: FilmClock) -> Desk:
    """Of the next morning: what is due within hours is due on that day."""
    clock.at_ns = start_ns_of(day_of(clock.at_ns) + timedelta(days=1)) + 9 * HOUR
    return Desk(keeper)


def board(desk: Desk) -> Duties:
    return msgspec.convert(desk.ask("duties"), Duties)


def waits(desk: Desk, seat: int) -> set[tuple[str, str]]:
    return {(duty.sort, duty.act) for duty in board(desk).people[seat].desk}


def due(desk: Desk, sort: str, act: str) -> DeskDuty:
    found = (duty for person in board(desk).people for duty in person.desk)
    return next(duty for duty in found if (duty.sort, duty.act) == (sort, act))


def test_AT_07_the_board_and_its_count_have_what_waits_in_every_register(desk: Desk, clock: FilmClock) -> None:
    number = desk.declare()
    vendor = desk.firm()
    visit = desk.visit(vendor)
    assert {("incidents", "report"), ("incidents", "notify"), ("incidents", "confirm"), ("visits", "finish")} <= waits(
        desk, OFFICER_SEAT
    )
    assert ("visits", "finish") not in waits(desk, HEAD_SEAT), "whoever stands beside the firm ends the visit"
    overdue = board(desk).waiting.overdue
    clock.at_ns += 2 * HOUR
    desk = Desk(desk.keeper)
    report = due(desk, "incidents", "report")
    assert (report.key, report.due and report.due.mark, report.due_ns) == (number, "over", clock.at_ns - HOUR)
    assert board(desk).waiting.overdue == overdue + 1
    assert msgspec.convert(desk.ask("duties.count"), Waiting) == board(desk).waiting
    desk.act("visits", visit, "finish", password=True, work="更換鏡頭", tested="well", took="nothing")
    assert ("visits", "stamp") in waits(desk, HEAD_SEAT)
    assert ("visits", "stamp") not in waits(desk, OFFICER_SEAT)
    count = board(desk).waiting.all
    desk.act("visits", visit, "stamp", 2)
    assert msgspec.convert(desk.ask("duties.count"), Waiting).all == count - 1, "an act makes the count stale"


def test_AT_67_AT_07_what_may_be_an_incident_waits_for_an_officer_until_somebody_judged_it(desk: Desk) -> None:
    before = waits(desk, OFFICER_SEAT)
    desk.keeper.findings.open("camera-device-01", "storage", "another device answers")
    desk = Desk(desk.keeper)
    assert waits(desk, OFFICER_SEAT) - before == {("incidents", "declare")}
    assert ("incidents", "declare") not in waits(desk, HEAD_SEAT)
    offer = due(desk, "incidents", "declare")
    assert (offer.key, offer.number, offer.due and offer.due.mark) == ("camera-device-01", "", "red")
    desk.declare(seen="camera-device-01")
    assert ("incidents", "declare") not in waits(desk, OFFICER_SEAT)


def test_AT_07_a_medium_to_be_destroyed_waits_for_whoever_may_sign_it(desk: Desk) -> None:
    typed = {"medium_kind": "disk", "make": "W", "serial": "ZX-1", "holds": "nothing", "encrypted": "yes"}
    medium = desk.act("media", "", "enter", **typed, place="機房")["item"]
    assert not {sort for sort, _ in waits(desk, OFFICER_SEAT)} & {"media"}, "a disk in its place waits for nobody"
    desk.act("media", medium, "propose", aim="scrap", method="shred", why="汰換")
    assert ("media", "approve") in waits(desk, HEAD_SEAT)
    desk.act("media", medium, "approve", 2, password=True)
    assert ("media", "perform") in waits(desk, OFFICER_SEAT)
    done = {"performed_at": desk.keeper.clock.wall_ns(), "performed_where": "機房", "label": "ZX-1"}
    desk.act("media", medium, "perform", password=True, verified="盤片已碎裂", **done)
    assert ("media", "witness_destruction") in waits(desk, HEAD_SEAT)
    assert ("media", "witness_clearing") not in waits(desk, HEAD_SEAT), "it was to be scrapped"
    assert ("media", "witness_destruction") not in waits(desk, OFFICER_SEAT), "the one who did it is no witness"


def test_AT_07_a_camera_waits_at_each_step_for_whoever_takes_it(keeper: Keeper) -> None:
    life = life_of(keeper)
    desk = Desk(keeper)
    version = life.draft(NEW)
    assert ("camera", "submit") in waits(desk, OFFICER_SEAT)
    life.lead("03", version, Event.SUBMIT)
    assert ("camera", "stamp") in waits(desk, HEAD_SEAT)
    assert not {act for sort, act in waits(desk, OFFICER_SEAT) if sort == "camera"}
    life.lead("03", version, Event.STAMP, Event.STAMP_SECRETARY)
    assert ("camera", "approve") in waits(desk, HEAD_SEAT), "nobody else can sign, so with 兼簽"
    life.lead("03", version, Event.APPROVE, Event.SEND, Event.ENTER_ANSWER)
    assert ("camera", "confirm_approval") in waits(desk, HEAD_SEAT)
    life.lead("03", version, Event.CONFIRM_APPROVAL, Event.ACCEPT, Event.PUT_IN_FORCE)
    assert not {act for person in (0, 1) for sort, act in waits(desk, person) if sort == "camera"}


def test_AT_07_the_days_of_the_inspection_wait_for_a_signature_and_then_for_a_stamp(
    keeper: Keeper, clock: FilmClock
) -> None:
    house = housekeeping(keeper)
    house.turn()
    clock.at_ns += 24 * HOUR
    house.turn()
    desk = Desk(keeper)
    missed = due(desk, "row", "sign_late")
    assert missed.key == (day_of(clock.at_ns) - timedelta(days=1)).isoformat()
    assert ("row", "sign_late") not in waits(desk, HEAD_SEAT)
    ticket = desk.ask("ticket.report", act="t", seat=1, box="picture", to="安視科技", how="電話")["ticket"]
    assert due(desk, "ticket", "accept").key == ticket
    desk.visit(desk.firm(), ticket=ticket)
    assert due(desk, "ticket", "verify").state == "on_site", "what the firm came for, not another visit"


def test_AT_07_a_month_waits_to_be_filed_once_all_its_rows_are_stamped() -> None:
    desk = InspectionDesk()

    def rows() -> set[tuple[str, str]]:
        waits = of_inspection(desk.book, desk.today)
        return {(each.duty.key, each.duty.act) for each in waits if each.fit(desk.seat("both"))}

    first = desk.at(0, 9)
    desk.sign("both")
    assert (first.isoformat(), "stamp") not in rows(), "whoever signed a row does not stamp it (AT-18)"
    desk.sign("lin", on=desk.at(1, 9))
    assert (desk.today.isoformat(), "stamp") in rows()
    desk.stamp("wu", first, desk.today)
    month = f"{first:%Y-%m}"
    last = desk.at(31, 9)
    assert (month, "file") not in rows(), "its other rows are not even signed"
    days = [each.row.on for each in desk.book.days(first, last) if f"{each.row.on:%Y-%m}" == month]
    for on in days[2:]:
        desk.sign("lin", on=on, late="leave")
    desk.stamp("wu", *days[2:])
    assert (month, "file") in rows()


def test_AT_07_what_is_urgent_and_waits_for_nobody_here_is_told_to_those_who_may_see_it(
    desk: Desk, clock: FilmClock
) -> None:
    desk.declare()
    clock.at_ns += 2 * HOUR
    seat = Seat(1, OFFICER.name, "郭小姐", ("auditor",), "", 0)
    told = desk.keeper.duty_board.of([seat])
    assert told.people[0].desk == ()
    assert [(duty.sort, duty.act, duty.role) for duty in told.others_desk] == [("incidents", "report", "officer")]
    clerk = Seat(1, OFFICER.name, "郭小姐", ("staff",), "", 0)
    assert desk.keeper.duty_board.of([clerk]).others_desk == ()


class _RealBox(Box):
    trial = False


def test_AT_41_an_office_owes_pledges_until_they_are_filed_and_a_training_office_none(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ("person", "pledge") not in waits(desk, OFFICER_SEAT)
    with (
        make_box(tmp_path / "real", [testcard("01")], kind=_RealBox) as box,
        open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper,
    ):
        monkeypatch.setattr(keeper.logins, "lacks_factor", lambda name: False)  # codes are none of this test
        real = Desk(keeper)
        owed = [duty.key for duty in board(real).people[OFFICER_SEAT].desk if duty.sort == "person"]
        assert set(owed) == {OFFICER.name, UNIT_HEAD.name}
        assert ("person", "pledge") not in waits(real, HEAD_SEAT), "the officer files them"
        for name in owed:
            real.ask("person.pledge", act=f"pledge {name}", name=name, document="切結書",
                     passwords={"1": OFFICER.password})  # fmt: skip
        assert ("person", "pledge") not in waits(real, OFFICER_SEAT)


def test_a_list_that_is_not_published_is_told_to_those_who_cannot_post_it_from_the_first_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        make_box(tmp_path / "office", [testcard("01")], kind=_RealBox) as box,
        open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper,
    ):
        monkeypatch.setattr(keeper.logins, "lacks_factor", lambda name: False)  # codes are none of this test
        token = keeper.logins.log_in(UNIT_HEAD.name, UNIT_HEAD.password).token
        told = keeper.duty_board.of(keeper.logins.session(token).seats)
    assert ("publication", "post") not in {(duty.sort, duty.act) for duty in told.people[0].desk}
    (duty,) = (duty for duty in told.others_desk if duty.sort == "publication")
    assert (duty.role, duty.state, duty.due and duty.due.mark) == ("officer", "none", "red")
    assert told.waiting.others == len(told.others) + len(told.others_desk) > 0
