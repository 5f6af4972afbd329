"""Cases through the keeper's verbs, over a real office opened in this process: what pages ask and are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from appliance.core.errors import Damaged, NotAllowed, NotFound, Refused, UsageError
from appliance.core.messages import coded
from appliance.core.model import Gap
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.ledger.entry import Entry
from appliance.papers.from_cases import ledger_rows
from appliance.papers.from_cases.sources import looked_of
from appliance.papers.sheets.issue import Issue
from appliance.rules.cases.judging import Next
from appliance.rules.cases.list_views import CaseListView
from appliance.rules.cases.rows import Event
from appliance.rules.cases.views import CaseView
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.duties import Duties
from appliance.rules.packs.shipped import shipped_pack
from appliance.services.cases import book
from appliance.services.cases.board import in_hands
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.entries import opened
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import FORM, CaseLife, facts_of_receipt
from tests.footage import FilmClock
from tests.keeper.test_people import add, ask, enter, two

HOUR_NS = 3600 * 10**9


def life_of(keeper: Keeper, session: str = "") -> CaseLife:
    def call(verb: str, **arguments: Any) -> dict[str, Any]:
        return ask(keeper, verb, **arguments)

    life = CaseLife(call, session or two(keeper), keeper.clock.wall_ns)
    if len(keeper.logins.session(life.session).seats) == 1:
        life.passwords = {}
    return life


def span(keeper: Keeper) -> tuple[int, int]:
    return keeper.clock.wall_ns() - 2 * HOUR_NS, keeper.clock.wall_ns() - HOUR_NS


@pytest.fixture
def life(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> CaseLife:
    """An office that holds all footage that anybody asks for, as far as the case book can see."""
    monkeypatch.setattr(keeper.cases, "world", _all_there(keeper))
    return life_of(keeper)


def _all_there(keeper: Keeper) -> Any:
    return replace(
        keeper.cases.world,
        footage=lambda scope: "in_store",
        readable=lambda scopes: True,
        scans=lambda case: {"form", "letter"},
    )


def case_of(life: CaseLife, key: str) -> CaseView:
    return msgspec.convert(life.call("case", session=life.session, case=key), CaseView)


def test_a_whole_life_by_two_people_of_a_training_office(keeper: Keeper, life: CaseLife) -> None:
    key = life.viewing(["01"], *span(keeper))
    told = case_of(life, key)
    assert (told.state, told.number[3:], told.full) == ("viewing", "調-民-0001", True)
    assert told.booked is not None
    assert told.booked.lives
    assert [cell.double for cell in told.signatures] == [False, False, False, True, True]
    life.finish(key)
    told = case_of(life, key)
    assert (told.state, [each.event for each in told.possible]) == (
        "closed", ["appeal", "appeal_over", "appeal_upheld", "rectify", "rectify_confirm", "rectify_decline"],
    )  # fmt: skip
    assert all(cell.filled for cell in told.cells if cell.required)
    assert [deed.row for deed in told.history][-1] == "C21"


def test_that_no_copy_was_made_is_entered_by_the_recorder_and_by_nobody_else(keeper: Keeper, life: CaseLife) -> None:
    key = life.viewing(["01"], *span(keeper))
    done = life.act("finish", key, viewing={"filming": "none", "signed": True}, reason="設備測試")
    assert done["state"] == "cleaned"
    told = case_of(life, key)
    assert [(deed.event, deed.row, deed.name) for deed in told.history][-1] == ("clean", "C20", "")
    forgotten = life.viewing(["01"], *span(keeper))
    with pytest.raises(NotAllowed) as refused:
        life.act("clean", forgotten)
    assert refused.value.details["why"] == "no_row"
    keeper.cases.system(forgotten, Event.END_OF_DAY)
    assert keeper.cases.file(forgotten).case.state == "viewed"
    with pytest.raises(NotAllowed) as refused:
        life.act("clean", forgotten)
    assert (refused.value.details["why"], refused.value.details["missing"]) == ("role", ("system",))
    keeper.clockwork.turn(trusted=False)
    assert keeper.cases.file(forgotten).case.state == "cleaned", "no clock decides it"


def test_C12_the_notice_of_a_grant_is_handed_over_at_the_desk_and_the_viewing_follows(
    keeper: Keeper, life: CaseLife
) -> None:
    key = life.granted(["01"], *span(keeper))
    assert [(each.row.id, each.row.event) for each in in_hands(keeper.cases, [])] == [("C12d", Event.NOTIFY)]
    life.act("notify", key, service={"means": "handed", "day": life.today().isoformat()})
    told = case_of(life, key)
    (letter,) = told.letters
    assert (letter.doc_no, letter.issued, letter.means, letter.served) == ("", "", "handed", life.today().isoformat())
    assert letter.index == told.history[-1].index
    assert not [due.code for due in told.dues if due.code in ("answer", "issue")]
    life.schedule(key)
    life.act("prepare", key)
    life.act("begin", key, viewing=life.door)
    assert case_of(life, key).state == "viewing"


def test_T_22_what_is_missing_stands_in_the_row_with_its_times_and_cause(keeper: Keeper) -> None:
    life, (start_ns, end_ns) = life_of(keeper), span(keeper)
    keeper.ring.gap(Gap(camera_no="01", start_ns=start_ns, end_ns=end_ns, cause="power"))
    key = life.receive(["01", "02"], start_ns, end_ns)
    told = case_of(life, key)
    assert [each.footage for each in told.ranges] == ["gap", "gap"]
    assert [[(hole.start_ns, hole.end_ns, hole.cause) for hole in each.holes.listed] for each in told.ranges] == [
        [(start_ns, end_ns, "power")], [(start_ns, end_ns, "not-in-force")],
    ]  # fmt: skip
    (gaps,) = [cell for cell in told.cells if cell.code == "gaps"]
    assert gaps.values["holes"] == [[1, start_ns, end_ns, "power"], [2, start_ns, end_ns, "not-in-force"]]


def test_a_paper_annex_3_is_received_at_the_desk_and_stamped_by_the_head_of_the_section_it_names(
    keeper: Keeper, life: CaseLife
) -> None:
    """Of a colleague without an account, whom nothing else lets ask."""
    start_ns, end_ns = span(keeper)
    typed: dict[str, Any] = {
        "asked": [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}],
        "parties": [{"part": "applicant", "name": "高文祥"}, {"part": "viewer", "name": "高文祥"}],
        "form": {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no", "section": "無此課"},
    }
    with pytest.raises(NotAllowed) as refused:
        life.act("receive", kind="INT", **typed)
    missing = refused.value.details["missing"]
    assert missing[0].startswith("section_head:"), "it names those there are"
    assert missing[1:] == ("form_in_hand", "form_signed")
    head = enter(keeper, add(keeper, life.session, role="section_head"))
    typed["form"] |= {"in_hand": True, "signed": True, "section": "戶籍登記課"}
    key = life.act("receive", kind="INT", **typed)["case"]
    told = case_of(life, key)
    assert (told.kind, told.state, told.section, told.history[0].row) == ("INT", "received", "戶籍登記課", "I1b")
    assert told.pin.pinned
    life_of(keeper, head).act("sign_section", key)
    life.propose(key)
    assert case_of(life, key).state == "unit_review"
    keeper.cases.world = replace(keeper.cases.world, scans=lambda case: frozenset())
    life.act("withdraw", key, voucher={"kind": "withdrawal"})
    life.act("sign_ledger", key)
    life.act("stamp_ledger", key, seat=2)
    with pytest.raises(NotAllowed) as refused:
        life.act("close", key)
    assert refused.value.details["missing"] == ("scan_filed",), "the paper is on file before the case is closed"
    keeper.cases.world = replace(keeper.cases.world, scans=lambda case: {"form"})
    life.act("close", key)


def test_T_78_a_paper_received_while_the_recorder_was_down_is_entered_late_and_its_term_runs_from_its_receipt(
    keeper: Keeper, clock: FilmClock
) -> None:
    clock.at_ns += 3 * DAY_NS
    entered_ns, life = clock.at_ns, life_of(keeper)
    day = life.today() - timedelta(days=3)
    received_ns = start_ns_of(day) + 10 * HOUR_NS
    facts = facts_of_receipt(["01"], received_ns - 2 * HOUR_NS, received_ns - HOUR_NS)
    late = {"day": day.isoformat(), "time": "10:00", "reason": "系統停機，紙本收件"}
    for wrong, missing in (
        ({"reason": ""}, ("late_reason",)), ({"time": ""}, ("late_at",)), ({"time": "25:00"}, ("late_at",)),
        ({"day": (life.today() + timedelta(days=1)).isoformat()}, ("late_at",)),
        ({"time": "08:30"}, ("range_past",)),
    ):  # fmt: skip
        with pytest.raises(NotAllowed) as refused:
            life.act("receive", kind="CIT", **facts, late=late | wrong)
        assert refused.value.details["missing"] == missing
    key = life.act("receive", kind="CIT", **facts, late=late)["case"]
    told = case_of(life, key)
    assert told.received_ns == received_ns
    assert told.late == {"entered_ns": told.history[0].at_ns, "reason": late["reason"]}
    assert told.history[0].at_ns >= entered_ns, "the ledger has when it was entered"
    assert told.clock["due"] == (day + timedelta(days=15)).isoformat()
    sheet = ledger_rows.use_of(told, 1, Issue(pack=shipped_pack()))
    assert sheet.received_ns == received_ns
    assert "系統停機，紙本收件" in sheet.notes[0]
    assert "補登時" in looked_of(told)
    plain = life.receive(["01"], *span(keeper))
    assert case_of(life, plain).late == {}


def test_nobody_says_that_a_station_checked_itself_while_none_does(keeper: Keeper, life: CaseLife) -> None:
    key = life.granted(["01"], *span(keeper))
    life.notify(key)
    life.schedule(key)
    with pytest.raises(UsageError):
        life.act("prepare", key, viewing={"station_ready": True})
    life.act("prepare", key)
    with pytest.raises(UsageError, match="unknown field `station_ready`"):
        life.act("begin", key, viewing=life.door | {"station_ready": True})
    life.act("begin", key, viewing=life.door)
    assert case_of(life, key).state == "viewing"


def test_T_45_the_watermark_is_told_the_number_the_viewers_and_the_two_who_attend(
    keeper: Keeper, life: CaseLife
) -> None:
    key = life.viewing(["01"], *span(keeper))
    told = life.call("viewing.timeline", session=life.session, grant=life.open(key))
    assert told["number"] == case_of(life, key).number
    assert told["viewers"] == [case_of(life, key).parties[0].name]
    assert told["attending"] == [OFFICER.display, UNIT_HEAD.display]
    assert not set(told["viewers"]) & set(told["attending"])


def test_AT_02_a_case_says_that_people_ended_its_viewing_until_it_goes_on(keeper: Keeper, life: CaseLife) -> None:
    key = life.viewing(["01"], *span(keeper))
    grant = life.open(key)
    assert not case_of(life, key).over
    life.call("viewing.end", session=life.session, grant=grant, reason="done")
    assert case_of(life, key).over
    with pytest.raises(Refused, match="ended by the people"):
        life.open(key)
    life.act("interrupt", key, reason="誤按結束")
    life.act("resume", key)
    assert not case_of(life, key).over
    assert life.open(key)


def test_a_refusal_travels_as_codes(keeper: Keeper, life: CaseLife) -> None:
    with pytest.raises(NotAllowed) as refused:
        life.act("receive", kind="CIT", asked=[], parties=[], form=FORM)
    assert refused.value.details == {
        "event": "receive", "why": "guard", "missing": ("applicant", "range"), "next": "complete"
    }  # fmt: skip
    with pytest.raises(UsageError, match="no kind"):
        life.act("receive", kind="XYZ")
    with pytest.raises(UsageError, match="no event"):
        life.act("destroy", kind="CIT")
    with pytest.raises(NotFound):
        life.act("pass_formal", "115-0404")
    with pytest.raises(Refused, match="logged in here"):
        life.act("receive", seat=3, kind="CIT")


def test_a_wrong_password_performs_nothing(keeper: Keeper, life: CaseLife) -> None:
    key = life.receive(["01"], *span(keeper))
    life.to_decision(key)
    size = keeper.ledger.size
    with pytest.raises(Refused, match="does not fit"):
        life.call("case-act", session=life.session, act="x", case=key, event="grant", seat=2, password="wrong",
                  facts={"double": True})  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        life.call("case-act", session=life.session, act="y", case=key, event="grant", seat=2, facts={"double": True})
    assert refused.value.details["why"] == "password"
    assert keeper.ledger.size == size
    assert UNIT_HEAD.password not in str(case_of(life, key))


def test_staff_see_their_own_request_and_no_other(keeper: Keeper, life: CaseLife) -> None:
    other = life.receive(["01"], *span(keeper))
    own = life_of(keeper, enter(keeper, add(keeper, life.session, role="staff")))
    start_ns, end_ns = span(keeper)
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    form = {"reason": "property_lost", "reason_text": "皮夾遺失", "judicial": "no"}
    viewer = {"part": "viewer", "name": "陳雅君", "account": "chen"}
    key = own.act("submit", kind="INT", asked=asked, form=form, parties=[viewer])["case"]
    told = case_of(own, key)
    assert (told.kind, told.section, told.parties[0].account, told.full) == ("INT", "戶籍登記課", "chen", True)
    rows = msgspec.convert(own.call("cases", session=own.session, page=1), CaseListView)
    assert ([row.case for row in rows.cases], rows.total) == ([key], 1)
    with pytest.raises(NotFound):
        own.call("case", session=own.session, case=other)
    with pytest.raises(NotFound):
        own.act("pass_formal", other)
    with pytest.raises(NotAllowed) as refused:
        own.act("receive", kind="CIT", asked=asked, form=FORM, parties=[viewer])
    assert refused.value.details["why"] in ("role", "party")


def test_a_case_is_named_by_its_number_and_one_that_is_not_yours_by_what_you_asked(
    keeper: Keeper, life: CaseLife
) -> None:
    key = life.receive(["01"], *span(keeper))
    number = case_of(life, key).number
    assert case_of(life, number) == case_of(life, key)
    assert ask(keeper, "scans", session=life.session, of=f"case/{number}") == ask(
        keeper, "scans", session=life.session, of=f"case/{key}"
    )
    assert ask(keeper, "scans", session=life.session, of=f"case/{key}")["named"] == f"case/{number}"
    assert life.act("pass_formal", number)["case"] == key
    clerk = life_of(keeper, enter(keeper, add(keeper, life.session, role="staff")))
    for verb, named in (
        ("case", {"case": number}),
        ("case.ledger", {"case": number}),
        ("scans", {"of": f"case/{number}"}),
    ):
        with pytest.raises(NotFound, match=f"^case {number}: there is no such case") as hidden:
            ask(keeper, verb, session=clerk.session, **named)
        assert key not in str(hidden.value), verb
    with pytest.raises(NotFound):
        ask(keeper, "viewing.open", session=clerk.session, case=number, seat=1, password="x")


def test_t_87_an_auditor_sees_every_case_with_masked_identifiers(keeper: Keeper, life: CaseLife) -> None:
    key = life.receive(["01"], *span(keeper))
    auditor = life_of(keeper, enter(keeper, add(keeper, life.session, role="auditor")))
    told = case_of(auditor, key)
    assert (told.full, told.parties[0].name, told.parties[0].id_no) == (False, "洪○明", "A12****789")
    assert "A123456789" not in str(auditor.call("case", session=auditor.session, case=key))
    with pytest.raises(NotAllowed) as refused:
        auditor.act("pass_formal", key)
    assert refused.value.message == coded("case-no-role"), "a page says it in the reader's language"
    assert refused.value.details["next"] == Next.LOG_IN_AS


def test_the_board_and_the_list_answer_from_the_same_book(keeper: Keeper, life: CaseLife) -> None:
    key = life.receive(["01"], *span(keeper))
    duties = msgspec.convert(life.call("duties", session=life.session), Duties)
    assert [(duty.case, duty.event) for duty in duties.people[0].duties] == [(key, "pass_formal")]
    rows = msgspec.convert(life.call("cases", session=life.session, page=1, text="洪大明"), CaseListView)
    assert [(row.case, row.who) for row in rows.cases] == [(key, "洪○明")]
    with pytest.raises(UsageError, match="is no day; write it as"):
        life.call("cases", session=life.session, page=1, **{"from": "113/9/27"})


def test_T_33_a_hold_that_waits_for_the_director_stands_on_the_director_s_board(keeper: Keeper, life: CaseLife) -> None:
    key = life.refused(["01"], *span(keeper))
    life.act("appeal", key, voucher={"kind": "appeal", "number": "府訴字第1號", "day": life.today().isoformat()})
    duties = msgspec.convert(life.call("duties", session=life.session), Duties)
    (held,) = keeper.holds.all()
    holds = [
        [(each.key, each.act, each.why) for each in person.desk if each.sort == "hold"] for person in duties.people
    ]
    assert holds == [[], [(held.number, "confirm", "remedy")]]
    assert [each.code for each in duties.people[0].notices][:1] == ["ceiling"]


def test_housekeeping_performs_what_the_days_bring(keeper: Keeper, life: CaseLife, clock: FilmClock) -> None:
    key = life.granted(["01"], *span(keeper))
    life.notify(key)
    house = housekeeping(keeper)
    house.turn()
    assert keeper.cases.file(key).case.state == "notified"
    clock.at_ns += 31 * DAY_NS
    house.turn()
    file = keeper.cases.file(key)
    assert (file.case.state, file.deeds[-1].row, file.deeds[-1].account) == ("lapsed", "S7", "system")


def test_an_office_that_is_opened_again_has_every_case_and_interrupts_what_was_open(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        keeper.cases.world = _all_there(keeper)
        life = life_of(keeper)
        key = life.viewing(["01"], *span(keeper))
        pins = keeper.cases.pins()
    with open_keeper(box.settings, RealFs(), clock) as again:
        file = again.cases.file(key)
        assert (file.case.state, file.deeds[-1].row) == ("interrupted", "C16")
        assert again.cases.pins() == pins
        assert again.cases.viewable(key).why


def test_a_keeper_starts_beside_a_case_that_it_cannot_read_and_says_which(
    box: Box, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        life = life_of(keeper)
        lost, whole = (life.receive(["01"], *span(keeper)) for _ in range(2))
        pins = keeper.cases.pins()

    def unknown(entry: Entry) -> CaseFile:
        if entry.fields["case"] == lost:
            raise Damaged(f"ledger entry {entry.index}: this version knows no such case")
        return opened(entry)

    monkeypatch.setattr(book, "opened", unknown)
    with open_keeper(box.settings, RealFs(), clock) as again:
        assert again.cases.pins() == pins
        (finding,) = [each for each in again.findings.all() if each.key.startswith("case-")]
        assert finding.key == f"case-damaged-{lost}"
        assert f"case {lost}: none of its entries can be read" in finding.text
        life = life_of(again)
        with pytest.raises(Damaged, match=f"case {lost}: .*appliance verify"):
            case_of(life, lost)
        with pytest.raises(Damaged):
            life.act("pass_formal", lost)
        assert case_of(life, whole).state == "received"
        rows = msgspec.convert(life.call("cases", session=life.session, page=1), CaseListView)
        assert {row.case: row.damaged for row in rows.cases} == {whole: False, lost: True}
        assert life.receive(["01"], *span(again)) not in (lost, whole)


def test_a_colleague_who_sees_no_status_is_told_the_cameras_to_ask_for(keeper: Keeper) -> None:
    session = enter(keeper, add(keeper, two(keeper)))
    with pytest.raises(Refused):
        ask(keeper, "status", session=session)
    told = ask(keeper, "cameras", session=session)
    assert [each["camera_no"] for each in told["cameras"]] == [each.camera_no for each in keeper.registry.cameras]
    assert {name for each in told["cameras"] for name in each} <= {"camera_no", "location", "earliest_ns"}
    assert (told["floor_days"], told["now_ns"]) == (keeper.policy.floor_days, keeper.clock.wall_ns())


# --- who came before ---


def applied(life: CaseLife, keeper: Keeper, **party: str) -> str:
    facts = facts_of_receipt(["01"], *span(keeper))
    facts["parties"] = [{"part": "applicant", "name": "洪大明", "born": "1988-02-29", "phone": "0912345678",
                         "address": "臺北市萬華區和平西路三段120號", **party}]  # fmt: skip
    return str(life.act("receive", kind="CIT", **facts)["case"])


def test_whoever_came_before_is_offered_masked_by_the_whole_number_or_name_and_by_no_part_of_it(
    keeper: Keeper, life: CaseLife
) -> None:
    first = applied(life, keeper, id_no="A123456789")
    newest = applied(life, keeper, id_no="A123456789")
    namesake = applied(life, keeper, id_no="B200000000")

    def found(**asked: str) -> list[tuple[str, int, str]]:
        told = life.call("applicants", session=life.session, **asked)["known"]
        return [(each["case"], each["times"], each["party"]["id_no"]) for each in told]

    assert found(id_no="ａ123456789", name="別人") == [(newest, 2, "A12****789")]
    assert found(name="洪 大明") == [(namesake, 1, "B20****000"), (newest, 2, "A12****789")]
    assert found(name="洪大") == []
    assert found(id_no="A12345678") == []
    with pytest.raises(UsageError, match="by a part of it"):
        found(name="洪", id_no="A1234")
    shown = life.call("applicants", session=life.session, name="洪大明")["known"][0]["party"]
    assert (shown["born"], shown["phone"]) == ("1988-**-**", "091****678")
    assert not any(each["what"] == "prefill" for each in uses(keeper))

    taken = life.call("applicant", session=life.session, case=first)
    assert (taken["id_no"], taken["born"], taken["phone"]) == ("A123456789", "1988-02-29", "0912345678")
    assert [(each["what"], each["case"]) for each in uses(keeper)] == [("prefill", first)]
    rows = ask(keeper, "access.log", session=life.session, what="prefill")["rows"]
    assert [(row["case"], list(row["people"])) for row in rows] == [(first, [OFFICER.name, UNIT_HEAD.name])]


def test_particulars_go_to_the_desk_alone_and_only_out_of_citizens_requests(keeper: Keeper, life: CaseLife) -> None:
    key = applied(life, keeper, id_no="A123456789")
    for role in ("secretary", "auditor", "staff"):
        other = enter(keeper, add(keeper, life.session, act=role, name=role, role=role), role)
        for verb, asked in (("applicants", {"name": "洪大明"}), ("applicant", {"case": key})):
            with pytest.raises(Refused):
                ask(keeper, verb, session=other, **asked)
    letter = {"agency": "萬華分局", "public": True, "proof": True, "officer": "李警員", "number": "北1",
              "basis": "刑訴", "day": "2026-01-01", "purpose": "竊盜", "scope": "如附"}  # fmt: skip
    start_ns, end_ns = span(keeper)
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    agency = life.act("receive_letter", kind="AGY", letter=letter, asked=asked)["case"]
    with pytest.raises(NotFound):
        life.call("applicant", session=life.session, case=agency)
    assert not life.call("applicants", session=life.session, name="李警員")["known"]


def uses(keeper: Keeper) -> list[dict[str, Any]]:
    return [entry.fields for entry in keeper.ledger.entries() if entry.kind == "case.used"]
