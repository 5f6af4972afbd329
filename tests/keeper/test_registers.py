"""The registers in a whole keeper: two people lead an incident and a visit, the machine says what is late, a start
finds all of it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from appliance.core.errors import Broken, NotAllowed, NotFound, Refused, UsageError
from appliance.core.model import Span
from appliance.keeper.adapters import register
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.rules.deadlines import day_of
from appliance.rules.people import Actor
from appliance.services.cases.acting import ActingUser
from appliance.services.people.login import Seat
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import CaseLife
from tests.footage import FilmClock
from tests.keeper.proved import proved
from tests.verbs import VERBS

HOUR = 3600 * 10**9


class Desk:
    """The two founders at one browser; ``seat`` 1 is the officer, 2 the unit head."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        first = self.ask("login", name=OFFICER.name, password=OFFICER.password)["session"]
        self.session = str(
            self.ask("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=first)["session"]
        )

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        if verb != "login":
            arguments.setdefault("session", self.session)
        return dict(VERBS[verb](self.keeper, proved(self.keeper, verb, arguments), Message({}, b"")).head)

    def act(
        self, register: str, item: str, event: str, seat: int = 1, *, password: bool | None = None, **typed: Any
    ) -> Any:
        typed_it = len(self.keeper.logins.session(self.session).seats) > 1 if password is None else password
        proof = {"password": (OFFICER, UNIT_HEAD)[seat - 1].password} if typed_it else {}
        return self.ask("register.act", act=os.urandom(16).hex(), seat=seat, register=register, item=item, event=event,
                        typed=typed, **proof)  # fmt: skip

    def item(self, register: str, item: str) -> dict[str, Any]:
        return self.ask("register.item", register=register, item=item)

    def findings(self) -> dict[str, str]:
        self.keeper.tasks.registers.look()
        return {each.key: each.text for each in self.keeper.findings.all() if each.key.startswith("register-")}

    def declare(self, **typed: Any) -> str:
        told = {"kind": "other", "known_at": self.keeper.clock.wall_ns(), "facts": "複本逾時仍在", "no_footage": True}
        return str(self.act("incidents", "", "declare", **{**told, **typed})["item"])

    def firm(self) -> str:
        today = day_of(self.keeper.clock.wall_ns()).isoformat()
        told = {"firm": "安視科技", "contact": "王經理", "phone": "02-2345-6789", "services": "保養"}
        told |= {"pledge_no": "檔 1", "pledge_on": today, "contract_no": "約 1"}
        told |= {"contract_from": today, "contract_until": today}
        return str(self.act("vendors", "", "enter", **told)["item"])

    def visit(self, vendor: str, **typed: Any) -> str:
        told = {"vendor": vendor, "technicians": ["王技師"], "id_checked": True, "pledges": "檔 2", "purpose": "repair",
                "matter": "更換鏡頭", "pictures": "test_pattern"}  # fmt: skip
        return str(self.act("visits", "", "begin", password=True, **{**told, **typed})["item"])


@pytest.fixture
def desk(keeper: Keeper) -> Desk:
    return Desk(keeper)


def test_AT_67_an_incident_counts_its_hours_and_says_when_they_are_over(desk: Desk, clock: FilmClock) -> None:
    number = desk.declare(cameras=["01"], no_footage=False)
    told = desk.item("incidents", number)
    assert {each["code"]: each["state"] for each in told["clocks"]} == {"report": "running", "notice": "running"}
    (open_now,) = (each.key for each in desk.keeper.findings.all() if each.key.startswith("register-"))
    assert open_now == f"register-due-report-{number}", "its last hour runs, and is told with the act"
    assert list(desk.findings()) == [open_now]
    clock.at_ns += 2 * HOUR
    desk = Desk(desk.keeper)
    assert "report overdue" in desk.findings()[f"register-clock-{number}"]
    assert f"register-due-report-{number}" not in desk.findings()
    assert desk.ask("registers")["registers"][0]["late"] == (number,)
    with pytest.raises(NotAllowed) as refused:
        desk.act("incidents", number, "report", reported_to="民政局", reported_at=clock.wall_ns(), report_no="1")
    assert refused.value.details["missing"] == ("late_why",)
    desk.act("incidents", number, "report", reported_to="民政局", reported_at=clock.wall_ns(), report_no="1",
             late_why="網路中斷")  # fmt: skip
    assert desk.findings() == {}
    assert {each["code"]: each["state"] for each in desk.item("incidents", number)["clocks"]}["report"] == "met_late"


def test_AT_67_AT_69_a_start_finds_the_registers_as_they_were(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        desk = Desk(keeper)
        number, vendor = desk.declare(), desk.firm()
        told = desk.item("incidents", number)
        assert told["deeds"][0]["display"] == OFFICER.display
        before = {code: keeper.registers.all(code) for code in ("incidents", "vendors")}
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert {code: keeper.registers.all(code) for code in before} == before
        assert Desk(keeper).item("vendors", vendor)["values"]["firm"] == "安視科技"


def test_AT_69_a_visit_begins_with_its_escort_s_password_and_is_said_when_the_escort_is_gone(desk: Desk) -> None:
    vendor = desk.firm()
    with pytest.raises(NotAllowed) as refused:
        desk.act("visits", "", "begin", vendor=vendor, technicians=["王技師"], id_checked=True, pledges="檔 2",
                 password=False, purpose="repair", matter="更換鏡頭", pictures="none")  # fmt: skip
    assert refused.value.details["why"] == "password"
    number = desk.visit(vendor)
    assert not [key for key in desk.findings() if "escort" in key]
    desk.ask("logout")
    assert f"maintenance {number}" in desk.findings()[f"register-escort-{number}"]
    desk = Desk(desk.keeper)
    assert not [key for key in desk.findings() if "escort" in key]
    today = day_of(desk.keeper.clock.wall_ns()).isoformat()
    assert today == desk.item("vendors", vendor)["values"]["contract_until"]
    desk.act("visits", number, "finish", password=True, work="更換鏡頭", tested="well", took="nothing")
    assert desk.act("visits", number, "stamp", 2)["state"] == "stamped"


def test_AT_69_a_visit_takes_its_repair_ticket_along(desk: Desk) -> None:
    ticket = desk.ask("ticket.report", act=os.urandom(16).hex(), seat=1, box="picture", to="安視科技", how="電話")[
        "ticket"
    ]
    vendor = desk.firm()
    with pytest.raises(NotAllowed):
        desk.visit(vendor, ticket="M115-9999")
    number = desk.visit(vendor, ticket=ticket)
    told = next(each for each in desk.ask("inspection.month")["tickets"] if each["ticket"] == ticket)
    assert told["state"] == "on_site"
    assert told["history"][-1]["words"]["visit"] == number
    assert told["history"][-1]["words"]["escort"] == OFFICER.display


def test_AT_69_a_ticket_is_on_site_by_a_visit_alone_and_verified_after_the_firm_left(
    desk: Desk, clock: FilmClock
) -> None:
    told = desk.ask("ticket.report", act=os.urandom(16).hex(), seat=1, box="picture", to="安視科技", how="電話")
    ticket = told["ticket"]

    def step(event: str, **words: str) -> Any:
        return desk.ask("ticket.advance", act=os.urandom(16).hex(), seat=1, ticket=ticket, event=event, **words)

    with pytest.raises(NotAllowed) as alone:
        step("visit", who="王先生")
    assert alone.value.details["missing"] == ["no_visit"]
    with pytest.raises(Broken, match="unknown field `visit`"):
        step("visit", who="王先生", visit="W115-0001")
    visit = desk.visit(desk.firm(), ticket=ticket, cameras=["01"])
    with pytest.raises(NotAllowed) as inside:
        step("verify", cause="鬆動", removed="none")
    assert inside.value.details["missing"] == [f"visit_open:{visit}"]
    begun_ns = clock.at_ns
    clock.at_ns += HOUR // 12
    desk.act("visits", visit, "finish", password=True, work="未修復", tested="not_well", took="nothing")
    (gap,) = desk.keeper.ring.gaps_in("01", Span(begun_ns - HOUR, begun_ns))
    assert gap.cause == "unknown"
    gaps = desk.keeper.ring.gaps_in("01", Span(begun_ns - HOUR, clock.at_ns))
    assert [each.cause for each in gaps] == ["unknown", f"maintenance:{visit}"], "why there is nothing"
    assert step("verify", cause="鬆動", removed="none")["state"] == "verified"


def test_AT_69_a_contract_or_a_pledge_that_ends_is_said_until_it_is_renewed(desk: Desk, clock: FilmClock) -> None:
    vendor = desk.firm()
    assert list(desk.findings()) == [f"register-vendor-contract-{vendor}"]
    today = day_of(clock.at_ns)
    span = {"contract_from": today.isoformat(), "contract_until": (today + timedelta(days=500)).isoformat()}
    desk.act("vendors", vendor, "renew", contract_no="約 2", **span)
    assert desk.findings() == {}
    clock.at_ns += 340 * 24 * HOUR
    desk = Desk(desk.keeper)
    assert sorted(desk.findings()) == [f"register-vendor-pledge-{vendor}", f"register-vendor-supervision-{vendor}"]
    desk.act("vendors", vendor, "end", returned=True, note="不再續約")
    assert desk.findings() == {}


def test_AT_30_an_authorisation_whose_camera_is_out_of_force_is_said_while_it_is(desk: Desk) -> None:
    registers, public = desk.keeper.registers, {"01": True}
    registers.world = registers.world._replace(cameras=lambda: public)
    today = day_of(desk.keeper.clock.wall_ns()).isoformat()
    told = {"viewer": UNIT_HEAD.name, "cameras": ["01"], "live_purpose": "為民服務", "live_from": today}
    number = str(desk.act("live", "", "propose", **told, live_until=today)["item"])
    public["01"] = False
    assert desk.findings() == {}, "nobody is authorised yet"
    public["01"] = True
    desk.keeper.registers.act(
        os.urandom(16).hex(), Actor("tsai", ("director",), proved=True), "主任", "live", number, "authorise", {}
    )
    assert desk.findings() == {}
    public["01"] = False
    assert list(desk.findings()) == [f"register-live-{number}"]
    public["01"] = True
    assert desk.findings() == {}


def test_AT_67_what_the_machine_saw_is_offered_as_an_incident_and_declared_by_nobody_but_a_person(
    desk: Desk, clock: FilmClock
) -> None:
    def offered() -> list[tuple[str, str, str]]:
        told = desk.ask("register", register="incidents")["proposals"]
        return [(each["finding"], each["kind"], each["camera_no"]) for each in told]

    findings = desk.keeper.findings
    assert offered() == []
    findings.open("machine-hot", "storage", "the machine is too warm")
    for key in ("ledger-damaged", "camera-device-01", "machine-usb-", "machine-logins-", "disk-missing"):
        findings.open(key, "storage", "seen")
    assert sorted(offered()) == [
        ("camera-device-01", "stranger", "01"), ("disk-missing", "drive_gone", ""),
        ("ledger-damaged", "chain_broken", ""), ("machine-logins-", "stranger", ""), ("machine-usb-", "stranger", ""),
    ]  # fmt: skip
    desk.keeper.tasks.registers.look()
    assert desk.ask("register", register="incidents")["lines"] == (), "the machine declares nothing"
    number = desk.declare(kind="drive_gone", seen="disk-missing")
    assert desk.item("incidents", number)["values"]["seen"] == "disk-missing"
    assert "disk-missing" not in [key for key, _, _ in offered()], "somebody did"
    with pytest.raises(NotAllowed) as over:
        desk.declare(seen="disk-missing")
    assert over.value.details["missing"] == ("seen_over",)
    findings.clear("camera-device-01")
    clock.at_ns += 4 * 24 * HOUR
    desk = Desk(desk.keeper)
    assert "camera-device-01" not in [key for key, _, _ in offered()], "over for three days"
    assert "ledger-damaged" in [key for key, _, _ in offered()], "it stands"
    findings.clear("disk-missing")
    findings.open("disk-missing", "storage", "again")
    assert "disk-missing" in [key for key, _, _ in offered()], "that is another time"


def test_AT_68_the_notice_follows_from_the_rules_and_the_cameras_in_force(desk: Desk) -> None:
    notice = desk.ask("register", register="datafile")["notice"]
    office = desk.keeper.packs.in_force().pack.office
    assert (notice["agency"], notice["unit"], notice["state"]) == (office.name, office.unit, "none")
    assert notice["purposes"] == ("office_safety", "archives", "service_quality"), "cameras of a set-up say none"
    assert notice["categories"] == ("picture", "sound", "applicants"), "a camera in force has sound"
    today = day_of(desk.keeper.clock.wall_ns()).isoformat()
    told = {"url": "https://wanhua.gov.taipei/privacy", "posted_on": today}
    if not office.phone:
        with pytest.raises(NotAllowed) as refused:
            desk.act("datafile", "", "post", **told)
        assert refused.value.details["missing"] == ("notice_phone",)
    assert "register-datafile" not in desk.findings(), "a training office makes nothing public"


def test_T_60_two_people_sign_before_a_drive_goes_away(desk: Desk) -> None:
    told = {
        "medium_kind": "disk",
        "make": "Axle",
        "serial": "S-1",
        "holds": "footage",
        "encrypted": "yes",
        "place": "機房",
    }
    number = str(desk.act("media", "", "enter", **told)["item"])
    with pytest.raises(NotAllowed):
        desk.act("media", number, "send", sent_to="安視科技", sent_why="保固")
    desk.act("media", number, "propose", aim="leave", method="key", why="保固送修")
    desk.act("media", number, "approve", 2, password=True)
    now_ns = desk.keeper.clock.wall_ns()
    desk.act("media", number, "perform", password=True, performed_at=now_ns, performed_where="機房", verified="讀不出",
             label="檔 3")  # fmt: skip
    desk.act("media", number, "witness_clearing", 2, password=True)
    assert desk.act("media", number, "send", sent_to="安視科技", sent_why="保固")["state"] == "away"
    assert [pair[0] for pair in desk.item("media", number)["links"]["media"]] == [number]


def test_T_45_a_lost_medium_is_an_incident_that_staff_may_declare_but_not_read(desk: Desk) -> None:
    told = {
        "medium_kind": "stick",
        "make": "Axle",
        "serial": "S-2",
        "holds": "nothing",
        "encrypted": "no",
        "place": "抽屜",
    }
    number = str(desk.act("media", "", "enter", **told)["item"])
    alarm = desk.act("media", number, "lose", note="遍尋不著")["alarm"]
    assert desk.item("incidents", alarm)["values"]["kind"] == "medium_lost"
    with pytest.raises(NotFound):
        desk.item("incidents", "I115-9999")


def test_T_88_the_year_is_counted_from_the_ledger_and_goes_on_from_where_it_was(desk: Desk, clock: FilmClock) -> None:
    def count() -> dict[str, int]:
        told = desk.ask("statistics")
        return {f"{each['code']}.{code}": number for each in told["sections"] for code, number in each["figures"]}

    before = count()
    assert before["incidents.declared"] == 0
    desk.declare()
    after = count()
    assert after["incidents.declared"] == 1
    assert {name for name in after if after[name] != before[name]} == {"incidents.declared"}
    year = day_of(clock.wall_ns()).year
    assert desk.ask("statistics", year=str(year))["years"] == (year,)
    clock.at_ns += 366 * 24 * HOUR
    desk = Desk(desk.keeper)
    assert count()["incidents.declared"] == 0, "another year begins at nothing"
    assert desk.ask("statistics", year=str(year))["sections"][8]["figures"][0] == ("declared", 1)
    for year_of_none in ("1999", "x", str(year + 9)):
        with pytest.raises(NotFound):
            desk.ask("statistics", year=year_of_none)


def test_AT_42_T_45_filming_that_ends_a_viewing_begins_an_incident_with_its_minutes_and_people(desk: Desk) -> None:
    keeper = desk.keeper
    keeper.cases.world = replace(
        keeper.cases.world, footage=lambda scope: "in_store", readable=lambda scopes: True, round_the_clock=True
    )
    life = CaseLife(lambda verb, **asked: desk.ask(verb, **asked), desk.session, keeper.clock.wall_ns)
    end_ns = keeper.clock.wall_ns() - HOUR
    case = life.viewing(["01"], end_ns - HOUR, end_ns)
    grant = life.open(case)
    desk.ask("viewing.end", grant=grant, reason="filming")
    (line,) = desk.ask("register", register="incidents")["lines"]
    told = desk.item("incidents", line["number"])
    assert told["values"]["kind"] == "filming"
    assert told["values"]["ranges"] == [{"camera_no": "01", "start_ns": end_ns - HOUR, "end_ns": end_ns}]
    assert told["values"]["people"] == [OFFICER.display, UNIT_HEAD.display]
    assert case in told["values"]["facts"]
    assert [each["state"] for each in told["clocks"]] == ["running", "running"]
    desk.ask("viewing.end", grant=grant, reason="filming")
    assert len(desk.ask("register", register="incidents")["lines"]) == 1


def test_AT_42_filming_interrupts_the_case_and_stands_in_it_until_the_end(desk: Desk) -> None:
    keeper = desk.keeper
    keeper.cases.world = replace(
        keeper.cases.world, footage=lambda scope: "in_store", readable=lambda scopes: True, round_the_clock=True
    )
    life = CaseLife(lambda verb, **asked: desk.ask(verb, **asked), desk.session, keeper.clock.wall_ns)
    end_ns = keeper.clock.wall_ns() - HOUR
    case = life.viewing(["01"], end_ns - HOUR, end_ns)
    desk.ask("viewing.end", grant=life.open(case), reason="filming")
    file = keeper.cases.file(case)
    assert (file.case.state, file.viewing.filmed, file.deeds[-1].event) == ("interrupted", True, "interrupt")
    with pytest.raises(Refused, match="interrupted"):
        life.open(case)
    officer_alone = ActingUser(OFFICER.name, OFFICER.display, roles_here=("officer", "manager"))
    with pytest.raises(NotAllowed) as alone:
        keeper.cases.act("f" * 32, officer_alone, case, "resume", {"viewing": {"head_allows": True}})
    assert alone.value.details["missing"] == ("head_allows",)
    life.act("resume", case, viewing={"head_allows": True})
    with pytest.raises(NotAllowed) as denied:
        life.act("finish", case, viewing={"filming": "none", "signed": True})
    assert denied.value.details["missing"] == ("filming_seen",)
    life.act("interrupt", case, reason="申請人離去")
    life.act("stop", case, reason="閱覽中止")
    assert "拍攝" in desk.ask("case", case=case)["session"]["filming"]


def test_T_48_what_else_a_viewing_shows_is_kept_and_decided_on_and_the_viewing_does_not_go_on(desk: Desk) -> None:
    keeper = desk.keeper
    keeper.cases.world = replace(
        keeper.cases.world, footage=lambda scope: "in_store", readable=lambda scopes: True, round_the_clock=True
    )
    life = CaseLife(lambda verb, **asked: desk.ask(verb, **asked), desk.session, keeper.clock.wall_ns)
    end_ns = keeper.clock.wall_ns() - HOUR
    case = life.viewing(["01", "02"], end_ns - HOUR, end_ns)
    grant = life.open(case)
    with pytest.raises(UsageError, match="not in what was granted"):
        desk.ask("viewing.end", grant=grant, reason="event", at_ns=end_ns + HOUR)
    assert desk.ask("viewing.timeline", grant=grant)["case"] == case, "nothing was ended"
    moment = end_ns - HOUR // 4
    desk.ask("viewing.end", grant=grant, reason="event", at_ns=moment)
    with pytest.raises(NotFound):
        desk.ask("viewing.timeline", grant=grant)
    (held,) = desk.ask("holds")["holds"]
    assert (held["ground"], held["state"], held["case"]) == ("event", "requested", case)
    assert held["cameras"] == ("01", "02")
    assert (held["start_ns"], held["end_ns"]) == (moment - HOUR // 6, moment + HOUR // 6)
    file = keeper.cases.file(case)
    assert (file.case.state, file.viewing.other_event, file.deeds[-1].event) == ("interrupted", True, "interrupt")
    for typed in ({}, {"other_event": False}):
        with pytest.raises(NotAllowed) as denied:
            life.act("resume", case, viewing=typed)
        assert denied.value.details["missing"] == ("other_event",)
    life.act("stop", case, reason="閱覽終止", viewing={"filming": "none"})

    book, director = keeper.holds, Seat(9, "director", "陳主任", ("director",), "", keeper.clock.boot_ns())
    for police, why in (("", "say whether"), ("maybe", "say whether"), ("not_notified", "reason")):
        with pytest.raises(UsageError, match=why):
            book.confirm("a" * 32, director, held["hold"], police=police)
    book.confirm("a" * 32, director, held["hold"], police="notified")
    (held,) = desk.ask("holds")["holds"]
    assert (held["state"], held["history"][-1]["police"]) == ("active", "notified")
    other = book.set("b" * 32, Seat(1, "officer", "王", ("officer",), "", 0), ground="event", cameras=["01"],
                     start_ns=end_ns - HOUR, end_ns=end_ns, reason="櫃檯爭議")  # fmt: skip
    with pytest.raises(UsageError, match="no viewing showed it"):
        book.confirm("c" * 32, director, other.number, police="notified")


def test_T_60_nobody_is_named_for_a_step_that_is_not_for_the_item(desk: Desk) -> None:
    """A clearing has no destruction to witness, whoever came; a firm without a supervision none to stamp."""
    typed = {"medium_kind": "disk", "make": "W", "serial": "ZX-9", "holds": "nothing", "encrypted": "yes"}
    medium = desk.act("media", "", "enter", **typed, place="機房")["item"]
    desk.act("media", medium, "propose", aim="leave", method="key", why="送修")
    desk.act("media", medium, "approve", 2, password=True)
    done = {"performed_at": desk.keeper.clock.wall_ns(), "performed_where": "機房", "label": "ZX-9"}
    desk.act("media", medium, "perform", password=True, verified="無從開啟", **done)

    def possible(register: str, item: str) -> set[str]:
        return {each["event"] for each in desk.item(register, item)["possible"]}

    assert "witness_clearing" in possible("media", medium)
    assert "witness_destruction" not in possible("media", medium)
    assert "stamp" not in possible("vendors", desk.firm())


def test_AT_66_T_28_who_asks_for_footage_to_go_is_answered_with_its_last_day_and_nothing_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, seen = desk.keeper, {"01": "in_store"}
    monkeypatch.setattr(register, "footage_of", lambda ring, scope: seen[scope.camera_no])
    now_ns = keeper.clock.wall_ns()
    start_ns, end_ns = now_ns - 2 * HOUR, now_ns - HOUR
    ranges = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    told: dict[str, Any] = {
        "requester": "洪大明",
        "identified": True,
        "served_at": "臺北市康定路1號",
        "asks": "刪除本人影像",
    }
    kept = [*keeper.cases.holds(), *keeper.holds.holds()]
    number = str(desk.act("deletions", "", "receive", asked_ranges=ranges, **told)["item"])
    values = desk.item("deletions", number)["values"]
    target = day_of(end_ns - 1) + timedelta(days=keeper.rules.policy.target_days)
    assert (values["ground"], values["gone_by"]) == ("statutory_retention", target.isoformat())
    assert [*keeper.cases.holds(), *keeper.holds.holds()] == kept, "it pins nothing"
    life = CaseLife(lambda verb, **asked: desk.ask(verb, **asked), desk.session, keeper.clock.wall_ns)
    life.receive(["01"], start_ns, end_ns)
    desk.act("deletions", number, "propose", article="個人資料保護法第11條")
    values = desk.item("deletions", number)["values"]
    assert values["ground"] == "held"
    assert values["gone_by"] > target.isoformat(), "by the ceiling of its first frame"
    seen["01"] = ""
    with pytest.raises(NotAllowed) as refused:
        desk.act("deletions", number, "decide", 2, password=True)
    assert refused.value.details["missing"] == ("ground_unknown",)
    seen["01"] = "in_store"
    assert desk.act("deletions", number, "decide", 2, password=True)["state"] == "decided"
    seen["01"] = "expired"
    gone = str(desk.act("deletions", "", "receive", asked_ranges=ranges, **told)["item"])
    assert desk.item("deletions", gone)["values"]["ground"] == "none_there"
    assert "洪大明" not in str([entry.fields for entry in keeper.ledger.acts("deletion.changed")])
