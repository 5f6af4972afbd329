"""The registers by their tables: incidents and their clocks, maintenance under escort, media and their certificates."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from appliance.core.model import Span
from appliance.rules.cases.terms import CaseTerms
from appliance.rules.cases.views import DueView
from appliance.rules.deadlines import DAY_NS, day_of, month_end, start_ns_of
from appliance.rules.registers.clocks import clocks_of
from appliance.rules.registers.datafile import notice_state
from appliance.rules.registers.duties import due_told, owed
from appliance.rules.registers.judging import Refusal
from appliance.rules.registers.live import is_authorised
from appliance.rules.registers.shape import Hours, Item, Step
from appliance.rules.registers.tables import REGISTERS
from appliance.rules.registers.visits import spans_lost
from tests.rules.registerdesk import HOUR_NS, NOW_NS, RegisterDesk


@pytest.fixture
def desk() -> RegisterDesk:
    return RegisterDesk()


def missing(found: Step | Refusal) -> tuple[str, ...]:
    assert isinstance(found, Refusal), "it is taken"
    return (found.why, *found.missing) if found.why != "guard" else found.missing


def clock(item: Item, code: str) -> tuple[int, str]:
    (found,) = [each for each in clocks_of(item) if each.code == code]
    return found.due_ns, found.state(NOW_NS + 2 * HOUR_NS)


# --- incidents ---


def test_AT_67_a_declaration_starts_both_clocks_from_when_the_office_knew(desk: RegisterDesk) -> None:
    known_ns = NOW_NS - HOUR_NS // 2
    item = desk.items["incidents"][desk.incident(known_at=known_ns)]
    assert item.state == "suspected"
    assert clock(item, "report") == (known_ns + HOUR_NS, "overdue")
    assert clock(item, "notice") == (known_ns + 72 * HOUR_NS, "running")
    assert [each.code for each in clocks_of(item)] == ["report", "notice"]


def test_AT_67_a_declaration_lists_cameras_spans_and_people_or_says_that_there_are_none(desk: RegisterDesk) -> None:
    span = {"camera_no": "01", "start_ns": NOW_NS - HOUR_NS, "end_ns": NOW_NS}
    item = desk.items["incidents"][desk.incident(ranges=[span], cameras=["02"], people=["王小明"])]
    assert (item.values["ranges"], item.values["cameras"], item.values["people"]) == ([span], ["02"], ["王小明"])

    def lacks(**typed: object) -> tuple[str, ...]:
        return missing(desk.try_("incidents", "", "declare", "chen", **typed))

    assert lacks(ranges=None) == ("extent",)
    assert lacks(no_footage=True) == ("extent_both",)
    assert lacks(ranges=[{**span, "camera_no": "99"}]) == ("camera_unknown:99",)
    assert lacks(ranges=[{**span, "end_ns": NOW_NS + 1}]) == ("range_ahead",)
    assert lacks(known_at=NOW_NS + 1) == ("known_ahead",)
    assert lacks(facts=None, kind=None) == ("lacks_kind", "lacks_facts")
    assert isinstance(desk.try_("incidents", "", "declare", "chen", ranges=None, no_footage=True), Step)


def test_AT_67_a_judgement_stops_the_clock_that_does_not_apply_and_starts_those_of_a_level(desk: RegisterDesk) -> None:
    number = desk.incident()
    no_cyber = desk.do("incidents", number, "confirm", "wu", cyber="none", personal="yes")
    assert clock(no_cyber, "report")[1] == "off"
    assert clock(no_cyber, "notice")[1] == "running"
    other = desk.incident()
    graded = desk.do("incidents", other, "confirm", "wu", cyber="2", personal="no")
    assert clock(graded, "contain") == (NOW_NS + 72 * HOUR_NS, "running")
    assert clock(graded, "notice")[1] == "off"
    last = month_end(day_of(NOW_NS))
    assert clock(graded, "final")[0] == start_ns_of(last + timedelta(days=1)) - 1
    serious = desk.do("incidents", desk.incident(), "confirm", "lin", cyber="3", personal="yes")
    assert clock(serious, "contain")[0] == NOW_NS + 36 * HOUR_NS


@pytest.mark.parametrize("stops", [{"cyber": "none"}, {"personal": "no"}, {"cyber": "none", "personal": "no"}])
def test_AT_67_a_clock_is_stopped_by_the_unit_head_or_the_director_and_never_by_whoever_declared_it(
    desk: RegisterDesk, stops: dict[str, str]
) -> None:
    told = {"cyber": "1", "personal": "yes", **stops}
    number = desk.incident()
    assert missing(desk.try_("incidents", number, "confirm", "lin", **told)) == ("judged_by_head",)
    for who in ("wu", "tsai"):
        assert isinstance(desk.try_("incidents", number, "confirm", who, **told), Step), who
    own = desk.do("incidents", "", "declare", "lin").number
    assert missing(desk.try_("incidents", own, "confirm", "lin", **told)) == ("judged_by_head", "is_declarer")
    assert isinstance(desk.try_("incidents", own, "confirm", "lin", cyber="1", personal="yes"), Step), "nothing stops"
    heads = desk.do("incidents", "", "declare", "wu").number
    assert missing(desk.try_("incidents", heads, "confirm", "wu", **told)) == ("is_declarer",)
    desk.do("incidents", number, "confirm", "lin", cyber="1", personal="yes")
    assert missing(desk.try_("incidents", number, "regrade", "lin", **told)) == ("judged_by_head",), "nor later"


def test_AT_67_an_incident_that_turns_out_graver_is_graded_anew_and_its_clocks_with_it(desk: RegisterDesk) -> None:
    number = desk.incident()
    desk.do("incidents", number, "confirm", "lin", cyber="2", personal="yes")
    assert missing(desk.try_("incidents", number, "regrade", "lin", cyber="2", personal="yes")) == ("same_grade",)
    graver = desk.do("incidents", number, "regrade", "lin", cyber="3", personal="yes", why="擴及主機")
    assert clock(graver, "contain")[0] == NOW_NS + 36 * HOUR_NS
    assert (graver.state, graver.signed_by("confirmed")) == ("confirmed", "lin")
    assert missing(desk.try_("incidents", number, "regrade", "lin", cyber="2", personal="yes")) == ("judged_by_head",)
    milder = desk.do("incidents", number, "regrade", "wu", cyber="2", personal="yes")
    assert clock(milder, "contain")[0] == NOW_NS + 72 * HOUR_NS
    desk.now_ns += 40 * HOUR_NS
    desk.do("incidents", number, "contain", "lin")
    late = desk.do("incidents", number, "regrade", "lin", cyber="4", personal="yes")
    assert clock(late, "contain") == (NOW_NS + 36 * HOUR_NS, "met_late"), "what was in time for a milder one is late"
    assert late.state == "contained"


def test_AT_67_what_is_graded_graver_after_its_notices_is_reported_before_it_is_finished_again(
    desk: RegisterDesk,
) -> None:
    number = desk.incident()
    desk.do("incidents", number, "confirm", "wu", cyber="none", personal="no")
    desk.do("incidents", number, "contain", "lin")
    desk.do("incidents", number, "finish", "wu")
    desk.do("incidents", number, "review", "lin")
    item = desk.do("incidents", number, "regrade", "lin", cyber="2", personal="no")
    assert (item.state, item.signed_by("notified"), item.signed_by("reviewed")) == ("contained", "", "")
    assert missing(desk.try_("incidents", number, "finish", "wu")) == ("clock_report",)


def test_AT_67_what_is_added_stands_beside_what_was_declared(desk: RegisterDesk) -> None:
    number = desk.incident(facts="閱覽中拍攝")
    item = desk.do("incidents", number, "add", "lin", more_facts="另一人亦拍攝")
    assert (item.value("facts"), item.value("more_facts")) == ("閱覽中拍攝", "另一人亦拍攝")


def test_AT_67_what_is_late_says_why_and_the_first_report_is_the_one_that_counts(desk: RegisterDesk) -> None:
    number = desk.incident()
    desk.now_ns += 3 * HOUR_NS
    assert missing(desk.try_("incidents", number, "report", "lin")) == ("late_why",)
    in_time = desk.do("incidents", number, "report", "lin", reported_at=NOW_NS + HOUR_NS // 2)
    assert clock(in_time, "report")[1] == "met"
    again = desk.do("incidents", number, "report", "lin")
    assert clock(again, "report")[1] == "met", "a second report makes the first no later"
    assert missing(desk.try_("incidents", number, "report", "lin", reported_at=NOW_NS - 1)) == ("reported_at_before",)
    late = desk.incident()
    desk.now_ns += 2 * HOUR_NS
    item = desk.do("incidents", late, "report", "lin", late_why="網路中斷")
    assert clock(item, "report")[1] == "met_late"


def test_AT_67_a_late_containment_and_a_late_final_report_say_why(desk: RegisterDesk) -> None:
    number = desk.incident()
    desk.do("incidents", number, "confirm", "lin", cyber="3", personal="yes")
    desk.now_ns += 37 * HOUR_NS
    assert missing(desk.try_("incidents", number, "contain", "lin")) == ("late_why",)
    desk.do("incidents", number, "contain", "lin", late_why="零件缺貨")
    for event in ("report", "notify"):
        desk.do("incidents", number, event, "lin", late_why="零件缺貨")
    desk.do("incidents", number, "finish", "wu")
    desk.now_ns += 31 * DAY_NS
    sent = {"final_no": "萬戶字第1號", "final_at": desk.now_ns}
    assert missing(desk.try_("incidents", number, "review", "lin", **sent)) == ("late_why",)
    item = desk.do("incidents", number, "review", "lin", late_why="待廠商報告", **sent)
    assert {each.code: each.state(desk.now_ns) for each in clocks_of(item)}["final"] == "met_late"


def test_AT_67_a_notice_says_facts_and_measures(desk: RegisterDesk) -> None:
    number = desk.incident()
    found = desk.try_("incidents", number, "notify", "lin", notice_facts=None, notice_measures=None)
    assert missing(found) == ("lacks_notice_facts", "lacks_notice_measures")


def test_AT_67_an_incident_is_not_finished_before_report_and_notice_are_made(desk: RegisterDesk) -> None:
    number = desk.incident()
    desk.do("incidents", number, "confirm", "lin", cyber="1", personal="yes")
    desk.do("incidents", number, "contain", "lin")
    assert missing(desk.try_("incidents", number, "finish", "wu")) == ("clock_report", "clock_notice")
    desk.do("incidents", number, "report", "lin")
    desk.do("incidents", number, "notify", "lin")
    desk.do("incidents", number, "finish", "wu")
    assert missing(desk.try_("incidents", number, "review", "lin")) == ("lacks_final_no", "lacks_final_at")
    desk.do("incidents", number, "review", "lin", final_no="萬戶字第1號", final_at=desk.now_ns)
    assert missing(desk.try_("incidents", number, "close", "wu"))[0] == "role", "the director closes"
    assert missing(desk.try_("incidents", number, "close", "tsai", proved=False)) == ("password",)
    assert desk.do("incidents", number, "close", "tsai").state == "closed"


def test_AT_67_whoever_declared_it_does_not_dismiss_it(desk: RegisterDesk) -> None:
    number = desk.do("incidents", "", "declare", "wu").number
    assert missing(desk.try_("incidents", number, "dismiss", "wu")) == ("pair", "declared")
    item = desk.do("incidents", number, "dismiss", "tsai")
    assert {each.state(desk.now_ns) for each in clocks_of(item)} == {"off"}


def test_AT_67_everybody_with_an_account_but_the_director_declares(desk: RegisterDesk) -> None:
    for who in ("lin", "hsu", "wu", "chou", "chen", "pao", "system"):
        assert isinstance(desk.try_("incidents", "", "declare", who), Step), who
    assert missing(desk.try_("incidents", "", "declare", "tsai"))[0] == "role"


def test_T_89_the_box_itself_stolen_is_an_incident_with_its_clocks(desk: RegisterDesk) -> None:
    number = desk.incident(kind="box_stolen", ranges=None, cameras=["01", "02"])
    assert [each.code for each in clocks_of(desk.items["incidents"][number])] == ["report", "notice"]


def test_T_85_the_clocks_run_as_long_as_the_rules_of_the_day_of_the_declaration_say(desk: RegisterDesk) -> None:
    facts = desk.facts()
    desk.facts = lambda: facts._replace(hours=Hours(notice=24))  # type: ignore[method-assign]
    item = desk.items["incidents"][desk.incident()]
    assert clock(item, "notice")[0] == NOW_NS + 24 * HOUR_NS


# --- vendors and visits ---


def test_AT_69_a_visit_begins_with_the_password_of_its_escort_and_of_nobody_else(desk: RegisterDesk) -> None:
    desk.vendor()
    assert missing(desk.try_("visits", "", "begin", "lin", proved=False)) == ("password",)
    for who in ("wu", "chou", "tsai", "chen", "pao", "system"):
        assert missing(desk.try_("visits", "", "begin", who))[0] == "role", who
    item = desk.items["visits"][desk.visit()]
    assert (item.state, item.signed_by("escort")) == ("open", "lin")


def test_AT_69_a_firm_comes_with_its_contract_and_a_pledge_of_this_year(desk: RegisterDesk) -> None:
    today = day_of(NOW_NS)
    desk.vendor(contract_until=(today + timedelta(days=400)).isoformat())

    def lacks(**typed: object) -> tuple[str, ...]:
        return missing(desk.try_("visits", "", "begin", "lin", **typed))

    assert lacks(vendor="V115-0009") == ("vendor_unknown",)
    assert lacks(technicians=None, id_checked=None, pledges=None) == (
        "lacks_technicians", "lacks_id_checked", "lacks_pledges",
    )  # fmt: skip
    assert lacks(ticket="M115-0009") == ("ticket_over",)
    desk.now_ns += 366 * DAY_NS
    assert lacks() == ("vendor_pledge",)
    desk.do("vendors", "V115-0001", "pledge", "lin")
    desk.now_ns += 40 * DAY_NS
    assert lacks() == ("vendor_contract",)
    desk.do("vendors", "V115-0001", "end", "lin")
    assert lacks() == ("vendor_ended",)


def test_AT_69_who_stands_beside_ends_it_and_another_takes_over_first(desk: RegisterDesk) -> None:
    number = desk.visit()
    assert missing(desk.try_("visits", number, "finish", "hsu")) == ("not_escort",)
    assert missing(desk.try_("visits", number, "take_over", "lin")) == ("is_escort",)
    desk.do("visits", number, "take_over", "hsu")
    assert missing(desk.try_("visits", number, "finish", "lin")) == ("not_escort",)
    desk.do("visits", number, "finish", "hsu")
    assert desk.do("visits", number, "stamp", "wu").state == "stamped"


def test_AT_17_what_does_not_work_when_the_firm_leaves_is_under_a_ticket_and_its_minutes_are_said(
    desk: RegisterDesk,
) -> None:
    number = desk.visit()

    def lacks(number: str, **typed: object) -> tuple[str, ...]:
        return missing(desk.try_("visits", number, "finish", "lin", tested="not_well", **typed))

    span = {"camera_no": "01", "start_ns": NOW_NS - HOUR_NS, "end_ns": NOW_NS}
    assert lacks(number) == ("no_ticket", "lost_unsaid")
    assert lacks(number, ranges=[span], follow_ticket="M115-0009") == ("no_ticket",)
    item = desk.do("visits", number, "finish", "lin", tested="not_well", ranges=[span], follow_ticket="M115-0001")
    assert spans_lost(item) == [("01", Span(NOW_NS - HOUR_NS, NOW_NS))]
    own = desk.visit(ticket="M115-0001", cameras=["01", "02"])
    assert spans_lost(desk.items["visits"][own]) == [], "it goes on"
    desk.now_ns += HOUR_NS
    item = desk.do("visits", own, "finish", "lin", tested="not_well")
    whole = Span(NOW_NS, NOW_NS + HOUR_NS)
    assert spans_lost(item) == [("01", whole), ("02", whole)], "nobody named minutes: all of the visit"
    well = desk.do("visits", desk.visit(cameras=["01"]), "finish", "lin", tested="well")
    assert spans_lost(well) == []


def test_AT_69_the_escort_does_not_stamp_the_own_visit(desk: RegisterDesk) -> None:
    desk.vendor()
    number = desk.do("visits", "", "begin", "both").number
    desk.do("visits", number, "finish", "both")
    assert missing(desk.try_("visits", number, "stamp", "both")) == ("pair", "escort")


def test_AT_69_the_yearly_supervision_is_another_s_stamp(desk: RegisterDesk) -> None:
    number = desk.vendor()
    assert missing(desk.try_("vendors", number, "stamp", "wu")) == ("cell_supervised",)
    desk.do("vendors", number, "supervise", "both")
    assert missing(desk.try_("vendors", number, "stamp", "both")) == ("pair", "supervised")
    assert desk.do("vendors", number, "stamp", "wu").signed_by("stamped") == "wu"
    assert not desk.do("vendors", number, "supervise", "lin").signed_by("stamped"), "the next year's is stamped anew"


# --- media ---


def test_T_60_what_held_footage_goes_away_for_repair_only_with_a_certificate_of_two(desk: RegisterDesk) -> None:
    number = desk.medium(holds="footage")
    assert missing(desk.try_("media", number, "send", "lin")) == ("certificate",)
    desk.do("media", number, "propose", "lin", aim="leave", method="key")
    assert missing(desk.try_("media", number, "send", "lin"))[0] == "no_row"
    desk.do("media", number, "approve", "wu")
    desk.do("media", number, "perform", "lin")
    assert missing(desk.try_("media", number, "send", "lin"))[0] == "no_row", "one signature is none"
    assert missing(desk.try_("media", number, "witness_clearing", "lin")) == ("pair", "performed")
    desk.do("media", number, "witness_clearing", "hsu")
    item = desk.do("media", number, "send", "lin")
    assert item.state == "away"
    assert {each.cell: each.account for each in item.signatures} == {
        "entered": "lin", "proposed": "lin", "approved": "wu", "performed": "lin", "witnessed": "hsu",
    }  # fmt: skip


@pytest.mark.parametrize("away", [True, False])
def test_T_60_a_certificate_ends_with_the_next_use_and_what_holds_again_needs_another(
    desk: RegisterDesk, away: bool
) -> None:
    number = desk.cleared()
    assert desk.items["media"][number].value("holds") == "nothing", "it was cleared"
    if away:
        desk.do("media", number, "send", "lin")
        desk.do("media", number, "back", "lin")
    item = desk.do("media", number, "use", "lin", holds="footage")
    assert (item.state, [each.cell for each in item.signatures]) == ("in_use", ["entered"])
    assert missing(desk.try_("media", number, "send", "lin")) == ("certificate",)
    assert missing(desk.try_("media", number, "store", "lin", holds="nothing")) == ("holds_something",)


def test_T_60_what_comes_back_is_certified_no_more_and_holds_what_it_held_when_it_went(desk: RegisterDesk) -> None:
    number = desk.cleared()
    desk.do("media", number, "send", "lin")
    item = desk.do("media", number, "back", "lin")
    assert (item.state, item.value("holds"), item.signed_by("witnessed")) == ("stored", "nothing", "")
    assert desk.do("media", number, "send", "lin").state == "away", "it has held nothing since"


def test_T_60_a_proposal_that_is_returned_leaves_the_medium_as_it_was(desk: RegisterDesk) -> None:
    for serial, event, state in (("S-2", "use", "in_use"), ("S-3", "move", "stored")):
        number = desk.medium(serial=serial, holds="footage", place="主機")
        desk.do("media", number, event, "lin", place="主機", **({"holds": "footage"} if event == "use" else {}))
        desk.do("media", number, "propose", "lin")
        desk.do("media", number, "approve", "wu")
        item = desk.do("media", number, "return", "wu")
        assert (item.state, item.value("place"), item.signed_by("approved")) == (state, "主機", "")
    cleared = desk.cleared(serial="S-4")
    desk.do("media", cleared, "propose", "lin", aim="scrap", method="shred")
    item = desk.do("media", cleared, "return", "wu")
    assert (item.state, item.value("holds")) == ("stored", "nothing"), "its certificate went with the proposal"


@pytest.mark.parametrize("serial", ["ＺＸ－１１９０", "zx-1190", "ZX 1190", "ZX1190", "ZX–1190", "ZX−1190"])
def test_T_60_a_serial_number_is_one_however_it_is_typed_and_of_whatever_make(desk: RegisterDesk, serial: str) -> None:
    number = desk.medium(make="希捷", serial="ZX-1190", holds="footage")
    again = desk.try_("media", "", "enter", "lin", make="Seagate", serial=serial, holds="nothing")
    assert missing(again) == (f"serial_taken:{number}",), "it goes nowhere under another number"
    assert missing(desk.try_("media", "", "enter", "lin", serial="－－")) == ("serial_blank",)
    assert isinstance(desk.try_("media", "", "enter", "lin", serial="ZX-1191"), Step)


def test_T_60_the_firm_takes_along_only_what_the_register_says_is_away(desk: RegisterDesk) -> None:
    number, kept = desk.visit(), desk.medium(serial="S-2")
    away = desk.cleared(serial="S-3")
    assert missing(desk.try_("visits", number, "finish", "lin", took="taken")) == ("medium_unknown",)
    assert missing(desk.try_("visits", number, "finish", "lin", took="taken", medium=kept)) == ("medium_not_away",)
    assert missing(desk.try_("visits", number, "finish", "lin", took="taken", medium=away)) == ("medium_not_away",)
    desk.do("media", away, "send", "lin")
    assert isinstance(desk.try_("visits", number, "finish", "lin", took="taken", medium=away), Step)
    assert missing(desk.try_("visits", number, "finish", "lin", medium=away)) == ("medium_not_taken",)


@pytest.mark.parametrize(
    ("kind", "encrypted", "aim", "method", "lacks"),
    [
        ("ssd", "yes", "leave", "overwrite", ("method_flash",)),
        ("stick", "yes", "scrap", "degauss", ("method_flash",)),
        ("optical", "yes", "scrap", "degauss", ("method_optical",)),
        ("disk", "no", "scrap", "key", ("method_no_key",)),
        ("disk", "yes", "leave", "shred", ("method_breaks",)),
    ],
)
def test_T_59_the_method_fits_the_medium_and_what_is_to_become_of_it(
    desk: RegisterDesk, kind: str, encrypted: str, aim: str, method: str, lacks: tuple[str, ...]
) -> None:
    number = desk.medium(medium_kind=kind, encrypted=encrypted, holds="nothing" if encrypted == "no" else "footage")
    assert missing(desk.try_("media", number, "propose", "lin", aim=aim, method=method)) == lacks


def test_T_49_a_medium_that_failed_is_destroyed_under_a_certificate_and_stays_so(desk: RegisterDesk) -> None:
    number = desk.cleared(aim="scrap", method="shred", medium_kind="stick", holds="copy")
    item = desk.items["media"][number]
    assert item.state == "destroyed"
    assert not [
        step for step in ("use", "move", "send", "back") if isinstance(desk.try_("media", number, step, "lin"), Step)
    ]
    assert missing(desk.try_("media", "", "enter", "lin")) == (f"serial_taken:{number}",), (
        "its number is its own for good"
    )


def test_T_61_a_destruction_that_failed_is_done_again_and_witnessed_anew(desk: RegisterDesk) -> None:
    number = desk.medium(holds="footage")
    desk.do("media", number, "propose", "lin", aim="scrap", method="shred")
    desk.do("media", number, "approve", "wu")
    desk.do("media", number, "perform", "lin")
    assert missing(desk.try_("media", number, "witness_clearing", "hsu")) == ("aim_scrap",)
    item = desk.do("media", number, "fail", "hsu")
    assert (item.state, item.signed_by("performed"), item.signed_by("approved")) == ("approved", "", "wu")


def test_AT_27_nothing_is_kept_on_a_medium_that_is_not_encrypted(desk: RegisterDesk) -> None:
    assert missing(desk.try_("media", "", "enter", "lin", holds="footage", encrypted="no")) == ("not_encrypted",)
    number = desk.medium(holds="nothing", encrypted="no")
    assert missing(desk.try_("media", number, "use", "lin", holds="copy")) == ("not_encrypted",)
    assert desk.do("media", number, "send", "lin").state == "away", "what never held anything needs no certificate"


# --- who may look live ---


def test_AT_30_nobody_is_authorised_for_more_than_public_areas_and_ninety_days(desk: RegisterDesk) -> None:
    today = day_of(NOW_NS)

    def lacks(days: int, **typed: object) -> tuple[str, ...]:
        until = (today + timedelta(days=days)).isoformat()
        return missing(desk.try_("live", "", "propose", "lin", live_until=until, **typed))

    assert lacks(90) == ("days_many",), "the first day counts"
    assert lacks(-1) == ("days_turned",)
    past = (today - timedelta(days=9)).isoformat()
    assert lacks(-1, live_from=past) == ("days_over",)
    assert lacks(89, cameras=["01", "02"]) == ("not_public:02",)
    assert lacks(89, viewer="pao") == ("viewer_unknown",)
    assert lacks(89, viewer="lin") == ("is_viewer",), "nobody proposes themselves"
    assert lacks(89, viewer="chen", cameras=["02"]) == ("not_public:02",)


def test_AT_30_an_authorisation_is_the_director_s_and_counts_from_its_first_to_its_last_day(desk: RegisterDesk) -> None:
    today = day_of(NOW_NS)
    until = today + timedelta(days=5)
    number = desk.do("live", "", "propose", "lin", live_until=until.isoformat()).number

    def seen(camera_no: str = "01", days: int = 0, account: str = "chen") -> bool:
        return is_authorised(desk.items["live"].values(), account, camera_no, today + timedelta(days=days), cameras)

    cameras = {"01": True, "02": False}

    assert not seen(), "nobody signed it"
    assert missing(desk.try_("live", number, "authorise", "wu"))[0] == "role"
    assert missing(desk.try_("live", number, "authorise", "tsai", proved=False)) == ("password",)
    desk.do("live", number, "authorise", "tsai")
    assert [seen(days=days) for days in (-1, 0, 5, 6)] == [False, True, True, False]
    assert not seen("02")
    assert not seen(account="lin")
    cameras = {"01": False}
    assert not seen(), "its camera is out of force, or shows no public area any more"
    cameras = {"01": True}
    assert seen()
    assert missing(desk.try_("live", number, "expire", "system")) == ("goes_on",)
    desk.do("live", number, "end", "tsai")
    assert not seen()


# --- the notice of the personal data file ---


def test_AT_68_another_unit_basis_or_purpose_is_another_notice_and_the_public_one_no_longer_stands(
    desk: RegisterDesk,
) -> None:
    assert notice_state(desk.items["datafile"].values(), desk.notice) == "none"
    number = desk.do("datafile", "", "post", "lin").number
    assert notice_state(desk.items["datafile"].values(), desk.notice) == "none", "nobody confirmed it"
    desk.do("datafile", number, "confirm", "wu")
    assert notice_state(desk.items["datafile"].values(), desk.notice) == "stands"
    before = desk.notice
    for change in (
        {"unit": "秘書室"},
        {"basis": "另一條例"},
        {"purposes": ("archives",)},
        {"categories": ("picture",)},
    ):
        desk.notice = msgspec.structs.replace(before, **change)
        assert notice_state(desk.items["datafile"].values(), desk.notice) == "changed", change
        posted = desk.do("datafile", "", "post", "lin").number
        assert desk.items["datafile"][posted].value("notice") == msgspec.structs.asdict(desk.notice)
        desk.do("datafile", posted, "confirm", "wu")
        assert notice_state(desk.items["datafile"].values(), desk.notice) == "stands"


def test_AT_68_what_changed_between_posting_and_confirming_is_posted_anew(desk: RegisterDesk) -> None:
    number = desk.do("datafile", "", "post", "lin").number
    desk.notice = msgspec.structs.replace(desk.notice, unit="秘書室")
    assert missing(desk.try_("datafile", number, "confirm", "wu")) == ("notice_changed",)
    desk.do("datafile", number, "withdraw", "lin")
    assert missing(desk.try_("datafile", "", "post", "lin", url="wanhua.gov.taipei")) == ("url_scheme",)
    tomorrow = (day_of(NOW_NS) + timedelta(days=1)).isoformat()
    assert missing(desk.try_("datafile", "", "post", "lin", posted_on=tomorrow)) == ("posted_ahead",)
    desk.notice = msgspec.structs.replace(desk.notice, phone="")
    assert missing(desk.try_("datafile", "", "post", "lin")) == ("notice_phone",)


def test_AT_68_whoever_posted_it_does_not_confirm_it(desk: RegisterDesk) -> None:
    number = desk.do("datafile", "", "post", "both").number
    assert missing(desk.try_("datafile", number, "confirm", "both")) == ("pair", "posted")


# --- who asks for footage of them to go ---


def test_AT_66_T_28_the_answer_is_what_the_machine_finds_and_nobody_types_it(desk: RegisterDesk) -> None:
    number = desk.do("deletions", "", "receive", "lin").number
    item = desk.items["deletions"][number]
    assert (item.value("ground"), item.value("gone_by")) == ("statutory_retention", "2027-01-02")
    for step in REGISTERS["deletions"].steps:
        assert not {"ground", "gone_by"} & {field.name for field in step.fields}
    desk.kept = None
    assert missing(desk.try_("deletions", number, "propose", "lin")) == ("ground_unknown",)
    desk.kept = {"ground": "held", "gone_by": "2027-11-17"}
    assert desk.do("deletions", number, "propose", "lin").value("ground") == "held"
    desk.kept = {"ground": "statutory_retention", "gone_by": "2027-01-02"}
    assert missing(desk.try_("deletions", number, "decide", "tsai")) == ("ground_moved",)
    desk.do("deletions", number, "return", "tsai")
    desk.do("deletions", number, "propose", "lin")
    assert missing(desk.try_("deletions", number, "decide", "tsai", proved=False)) == ("password",)
    assert desk.do("deletions", number, "decide", "tsai").value("gone_by") == "2027-01-02"


def test_AT_66_AT_01_a_request_to_destroy_keeps_the_term_of_the_pack_it_was_received_under(
    desk: RegisterDesk,
) -> None:
    desk.terms = CaseTerms(decision_days=10, extension_days=5)
    number = desk.do("deletions", "", "receive", "lin").number
    desk.terms = CaseTerms()
    day = day_of(NOW_NS)

    def due() -> DueView | None:
        return due_told(desk.items["deletions"][number], desk.now_ns)

    assert due() == DueView(code="statutory", day=(day + timedelta(days=10)).isoformat(), mark="none")
    desk.do("deletions", number, "extend", "lin", extend_no="北市萬戶庶字第1號")
    desk.now_ns += 14 * DAY_NS
    assert due() == DueView(code="statutory", day=(day + timedelta(days=15)).isoformat(), mark="red")
    desk.now_ns += 2 * DAY_NS
    assert due() == DueView(code="statutory", day=(day + timedelta(days=15)).isoformat(), mark="over")


def test_AT_66_nothing_that_is_not_there_yet_is_asked_to_go(desk: RegisterDesk) -> None:
    ahead = [{"camera_no": "01", "start_ns": desk.now_ns, "end_ns": desk.now_ns + HOUR_NS}]
    unknown = [{"camera_no": "99", "start_ns": desk.now_ns - HOUR_NS, "end_ns": desk.now_ns}]
    assert missing(desk.try_("deletions", "", "receive", "lin", asked_ranges=ahead)) == ("range_ahead",)
    assert missing(desk.try_("deletions", "", "receive", "lin", asked_ranges=unknown)) == ("camera_unknown:99",)
    assert missing(desk.try_("deletions", "", "receive", "lin", identified=None)) == ("lacks_identified",)


def test_AT_66_the_answer_is_due_in_15_days_once_as_many_more_and_goes_out_before_it_arrives(
    desk: RegisterDesk,
) -> None:
    number = desk.do("deletions", "", "receive", "lin").number
    day = day_of(NOW_NS)

    def waits() -> list[tuple[str, str, int]]:
        return [(each.event, each.why, each.due_ns) for each in owed(desk.items["deletions"][number], desk.now_ns)]

    def end_ns(days: int) -> int:
        return start_ns_of(day + timedelta(days=days + 1)) - 1

    assert waits() == [("propose", "statutory", end_ns(15))]
    desk.do("deletions", number, "extend", "lin", extend_no="北市萬戶庶字第1號")
    assert waits() == [("propose", "statutory", end_ns(30))]
    assert missing(desk.try_("deletions", number, "extend", "lin")) == ("extended",)
    desk.do("deletions", number, "propose", "lin")
    desk.do("deletions", number, "decide", "tsai")
    early = (day - timedelta(days=1)).isoformat()
    assert missing(desk.try_("deletions", number, "issue", "lin", issued_on=early)) == ("issued_on_early",)
    for doc_no, fault in (
        ("第2號", "doc_no_form"),
        ("北市萬戶庶字第１號", f"doc_no_taken:{number}"),
        ("北市萬戶庶字第9號", "doc_no_taken:115調-民-0009"),
    ):
        tried = desk.try_("deletions", number, "issue", "lin", doc_no=doc_no)
        assert missing(tried) == (fault,), "one number is of one letter, whatever it is about"
    assert waits() == [("issue", "issue", end_ns(30))]
    desk.do("deletions", number, "issue", "lin")
    assert waits() == [("serve", "", 0)], "sent, and not known to have arrived"
    assert due_told(desk.items["deletions"][number], desk.now_ns) is None
    assert missing(desk.try_("deletions", number, "serve", "lin", served_on=early)) == ("served_on_early",)
    for field in ("proof_no", "proof_day"):
        assert missing(desk.try_("deletions", number, "serve", "lin", **{field: None})) == (f"lacks_{field}",)
    ahead = (day + timedelta(days=1)).isoformat()
    assert missing(desk.try_("deletions", number, "serve", "lin", proof_day=early)) == ("proof_day_early",)
    assert missing(desk.try_("deletions", number, "serve", "lin", proof_day=ahead)) == ("proof_day_ahead",)
    assert desk.do("deletions", number, "serve", "lin").state in REGISTERS["deletions"].done
