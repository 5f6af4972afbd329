"""AT-73: at every step that somebody signs, ink on the printed sheet is a way, over a real keeper.

What is signed in the product is listed from its own tables, so a step that comes and has no way in ink fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from appliance.core.errors import NotAllowed, Refused, UsageError
from appliance.keeper.composition import open_keeper
from appliance.rules.cases.chains import TABLES
from appliance.rules.cases.checklist import LINES
from appliance.rules.cases.ink_steps import is_on_sheet
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import Kind, State
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.ink import Ink
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.board import board
from appliance.services.people.login import Seat
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.footage import FilmClock
from tests.inkoffice import MINUTE_NS, InkOffice, act_id
from tests.services.bookdesk import CITIZEN, FORM, RANGE, STAFF_FORM
from tests.services.caselives import LIVES

_COPIES = {"A7a", "A7b", "A16", "A16a", "A17"}
"""Who grants, makes or verifies a copy for an agency: nobody in this version, on paper as little as in the system."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InkOffice]:
    with make_box(tmp_path_factory.mktemp("ink") / "office", [testcard("01"), testcard("02")]) as box:
        clock = FilmClock(box.made_ns)
        with open_keeper(box.settings, RealFs(), clock) as keeper:
            yield InkOffice(keeper, clock)


def _signs(row: Row) -> bool:
    """A post signs it: a cell is filled, a password is typed for it, or it is a stamp or a return by name."""
    people = [role for role in row.who if role != "system"]
    named = any(word in row.event.zh for word in ("核章", "退回"))
    return bool(people) and State.DRAFT not in row.sources and bool(row.stage or row.password or named)


SIGNED = [(kind, row.id) for kind, table in TABLES.items() for row in table if _signs(row)]


@pytest.fixture(scope="module")
def in_ink(office: InkOffice) -> dict[tuple[Kind, str], Ink | None]:
    """Every life of a case, with ink at each step that a sheet has: by which row, and what stands there of the ink."""
    found: dict[tuple[Kind, str], Ink | None] = {}
    for kind, steps in LIVES:
        key = ""
        # Soon after midnight: appointments are at ten of the same day, and every step takes a minute.
        office.clock.at_ns = start_ns_of(day_of(office.clock.at_ns) + timedelta(1)) + 5 * MINUTE_NS
        for step in steps:
            office.footage, office.scans = step.footage, step.scans
            office.wait(step.wait)
            office.minutes()
            who, facts = step.who or "system", step.facts(office)  # type: ignore[arg-type]
            row = next(
                (row for row in TABLES[kind] if key and row.event == step.event
                 and office.keeper.cases.file(key).case.state in row.sources), None
            )  # fmt: skip
            if row is not None and is_on_sheet(row):
                office.ink(step.event, who, key, **facts)
                deed = office.keeper.cases.file(key).deeds[-1]
                found[(kind, deed.row)] = deed.ink
            else:
                key = office.do(step.event, who, key, kind="" if key else kind, **facts).key
    return found


@pytest.mark.parametrize(("kind", "row"), SIGNED)
def test_AT_73_each_step_of_a_case_that_is_signed_has_a_way_in_ink(
    in_ink: dict[tuple[Kind, str], Ink | None], kind: Kind, row: str
) -> None:
    if kind is Kind.AGY and row in _COPIES:
        found = next(each for each in TABLES[kind] if each.id == row)
        assert is_on_sheet(found)
        return
    ink = in_ink.get((kind, row))
    assert ink is not None, f"{kind} {row}: signed in the system, and not on paper"
    assert (ink.by, ink.by_name) == (OFFICER.name, OFFICER.display)
    assert ink.scan.startswith("S")


# --- what a mistaken clerk is told ---


@pytest.fixture
def case(office: InkOffice) -> str:
    """A citizen's, received by wang and found complete: lin's opinion is next."""
    office.footage, office.scans = "in_store", ("form", "letter")
    office.minutes()
    key = office.do(Event.RECEIVE, "wang", kind="CIT", asked=[RANGE], parties=[CITIZEN], form=FORM).key
    office.do(Event.PASS_FORMAL, "wang", key)
    return key


OPINION: dict[str, Any] = {
    "checklist": {line.code: "yes" for line in LINES}, "proposal": {"result": "granted", "article": "八(五)"}
}  # fmt: skip


def refused(office: InkOffice, event: str, signer: str, key: str, **asked: Any) -> dict[str, Any]:
    """Why; and nothing was written."""
    size = len(office.keeper.cases.file(key).deeds)
    with pytest.raises(NotAllowed) as error:
        office.ink(event, signer, key, **asked)
    assert len(office.keeper.cases.file(key).deeds) == size
    return dict(error.value.details)


def test_AT_73_the_entry_says_ink_who_signed_when_on_which_scan_and_who_entered_it(
    office: InkOffice, case: str
) -> None:
    signed_ns = office.minutes()
    scan = office.filed(f"case/{case}")
    office.minutes()
    office.ink("propose", "lin", case, at_ns=signed_ns, scan=scan, **OPINION)
    file = office.keeper.cases.file(case)
    entry, book = office.keeper.ledger.entry(file.deeds[-1].index), office.keeper.cases
    assert entry.fields["by"] == book.pseudonym("lin")
    assert entry.fields["ink"] == {
        "at_ns": signed_ns, "scan": scan, "sha256": office.keeper.scans.get(scan).sealed.sha256,
        "by": book.pseudonym(OFFICER.name),
    }  # fmt: skip
    told = office.told(case)
    cell, deed = told.signatures[-1], told.history[-1]
    assert (cell.person, cell.role, cell.at_ns) == ("lin", "manager", signed_ns)
    for ink in (cell.ink, deed.ink):
        assert ink is not None
        assert (ink.scan, ink.by_name, ink.entered_ns, ink.lacks) == (scan, OFFICER.display, entry.at_ns, False)
    assert told.signatures[0].ink is None, "the receipt was signed in the system"


def test_AT_73_whoever_enters_types_the_own_password_and_is_an_officer(office: InkOffice, case: str) -> None:
    told = refused(office, "propose", "lin", case, password="", **OPINION)
    assert (told["why"], told["code"], told["values"]) == ("ink", "password", {"who": OFFICER.display})
    with pytest.raises(Refused, match="does not fit"):
        office.ink("propose", "lin", case, password=UNIT_HEAD.password, **OPINION)
    office.minutes(5)  # a wrong try makes the next one wait
    head = str(office.ask("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password)["session"])
    told = refused(office, "propose", "lin", case, session=head, password=UNIT_HEAD.password, **OPINION)
    assert (told["code"], told["values"]["who"]) == ("enters", UNIT_HEAD.display)


def test_AT_73_the_signer_had_the_role_on_the_day_of_the_sheet_and_not_today(office: InkOffice, case: str) -> None:
    assert refused(office, "propose", "chen", case, **OPINION)["why"] == "role"
    assert refused(office, "propose", "nobody-there", case, **OPINION)["code"] == "signer"
    before = office.minutes()
    office.wait(1)
    office.add("mei", "manager", "general")
    scan = office.filed(f"case/{case}")
    assert refused(office, "propose", "mei", case, at_ns=before, scan=scan, **OPINION)["why"] == "role"
    signed_ns = office.minutes()
    office.wait(1)
    office.change("person.close", name="mei", document="簽")
    office.wait(1)
    assert refused(office, "propose", "mei", case, **OPINION)["why"] == "role", "the account was closed before"
    office.ink("propose", "mei", case, at_ns=signed_ns, scan=office.filed(f"case/{case}"), **OPINION)
    assert office.told(case).signatures[-1].person == "mei"


def test_AT_73_AT_71_no_party_of_a_case_signs_or_enters_in_it(office: InkOffice, case: str) -> None:
    office.minutes()
    facts = {"asked": [RANGE], "form": STAFF_FORM, "parties": [{"part": "viewer", "account": "peng", "name": "彭"}]}
    own = office.do(Event.SUBMIT, "kuo", kind="INT", **facts).key
    assert refused(office, "sign_section", "kuo", own)["why"] == "party"
    mine = {**CITIZEN, "account": OFFICER.name, "name": OFFICER.display, "id_no": ""}
    office.minutes()
    about = office.do(Event.RECEIVE, "wang", kind="CIT", asked=[RANGE], parties=[mine], form=FORM).key
    office.do(Event.PASS_FORMAL, "wang", about)
    told = refused(office, "propose", "lin", about, **OPINION)
    assert (told["code"], told["values"]["who"]) == ("party", OFFICER.display)


def test_AT_73_nobody_signs_before_the_step_before_nor_before_the_receipt_nor_tomorrow(
    office: InkOffice, case: str
) -> None:
    received_ns = office.keeper.cases.file(case).deeds[0].at_ns
    told = refused(office, "propose", "lin", case, at_ns=received_ns - 2 * MINUTE_NS, **OPINION)
    assert (told["code"], told["values"]["before"]) == ("order", "receive")
    tomorrow = start_ns_of(office.today + timedelta(days=1))
    told = refused(office, "propose", "lin", case, at_ns=tomorrow, **OPINION)
    assert (told["code"], told["values"]["now_ns"]) == ("future", office.clock.at_ns)
    signed_ns = office.minutes()
    office.ink("propose", "lin", case, at_ns=signed_ns, **OPINION)
    office.minutes()
    told = refused(office, "stamp", "chen", case, at_ns=signed_ns - 2 * MINUTE_NS)
    assert (told["code"], told["values"]) == (
        "order", {"before": "propose", "before_ns": signed_ns, "at_ns": signed_ns - 2 * MINUTE_NS},
    )  # fmt: skip
    office.ink("stamp", "chen", case, at_ns=signed_ns)  # of one minute, as a sheet has it
    assert office.told(case).state == "sec_review"
    assert refused(office, "grant", "tsai", case)["why"] == "no_row", "the secretary is passed over by nobody"


def test_AT_73_the_scan_is_of_this_case_counts_and_was_taken_in_after_the_signature(
    office: InkOffice, case: str
) -> None:
    office.minutes()
    other = office.do(Event.RECEIVE, "wang", kind="CIT", asked=[RANGE], parties=[CITIZEN], form=FORM).key
    for scan in ("", "S115-9999", office.filed(f"case/{other}")):
        told = refused(office, "propose", "lin", case, scan=scan, **OPINION)
        assert (told["code"], told["values"]) == ("no-scan", {"scan": scan})
    early = office.filed(f"case/{case}")
    told = refused(office, "propose", "lin", case, at_ns=office.minutes(3), scan=early, **OPINION)
    assert (told["code"], told["values"]["scan"]) == ("scan-before", early)
    struck = office.filed(f"case/{case}")
    office.ask("scan.strike", session=office.clerk(), scan=struck, act=act_id(), reason="掃錯")
    assert refused(office, "propose", "lin", case, scan=struck, **OPINION)["code"] == "bad-scan"


def test_AT_73_what_no_sheet_has_is_not_entered_as_ink(office: InkOffice, case: str) -> None:
    office.ink("propose", "lin", case, **OPINION)
    told = refused(office, "extend", "wang", case, reason="案情複雜")
    assert (told["why"], told["event"]) == ("ink_row", "extend")


def test_AT_73_ink_signs_no_two_cells_of_one_pair(office: InkOffice, case: str) -> None:
    office.ink("propose", OFFICER.name, case, **OPINION)
    office.ink("stamp", UNIT_HEAD.name, case)
    told = refused(office, "stamp", UNIT_HEAD.name, case)
    assert (told["why"], told["missing"]) == ("pair", ("hsu",))


def test_AT_73_a_refusal_and_a_return_on_paper_say_why(office: InkOffice, case: str) -> None:
    office.ink("propose", "lin", case, **OPINION)
    assert refused(office, "return", "chen", case)["missing"] == ("note",)
    office.ink("return", "chen", case, reason="請補述理由")
    assert office.told(case).state == "checking"
    returned_ns = office.keeper.cases.file(case).deeds[-1].signed_ns
    told = refused(office, "propose", "lin", case, at_ns=returned_ns - 2 * MINUTE_NS, **OPINION)
    assert (told["code"], told["values"]["before"]) == ("order", "return"), "the chain starts again after it"
    office.ink("propose", "lin", case, **OPINION)
    office.ink("stamp", "chen", case)
    office.ink("stamp", "hsu", case)
    assert set(refused(office, "refuse", "tsai", case)["missing"]) == {"refusal_reason", "refusal_article"}
    decided_ns = office.minutes()
    office.wait(2)
    office.ink("refuse", "tsai", case, at_ns=decided_ns, reason="不符規定", article="八(五)")
    told = office.told(case)
    assert (told.state, told.days["decided_on"]) == ("refused", told.signatures[-1].day)
    assert told.signatures[-1].day == (office.today - timedelta(days=2)).isoformat(), "the day of the sheet"


def test_AT_73_a_struck_scan_reopens_nothing_and_nothing_goes_on_until_another_shows_the_signature(
    office: InkOffice, case: str
) -> None:
    scan = office.filed(f"case/{case}")
    office.ink("propose", "lin", case, at_ns=office.clock.at_ns, scan=scan, **OPINION)
    office.minutes()
    office.ask("scan.strike", session=office.clerk(), scan=scan, act=act_id(), reason="他案之表單")
    told = office.told(case)
    assert (told.state, told.ink_lost) == ("unit_review", (scan,)), "the signature stands, its proof does not"
    assert told.signatures[-1].ink is not None
    assert told.signatures[-1].ink.lacks
    with pytest.raises(NotAllowed) as error:
        office.do(Event.STAMP, "chen", case)
    assert error.value.details["missing"] == (f"ink_scan:{scan}",)
    office.minutes()
    again = office.filed(f"case/{case}")
    told = office.told(case)
    assert (told.ink_lost, told.signatures[-1].ink.scan, told.signatures[-1].ink.now) == ((), scan, again)
    office.do(Event.STAMP, "chen", case)
    office.ask("scan.strike", session=office.clerk(), scan=again, act=act_id(), reason="模糊")
    office.do(Event.RETURN, "hsu", case, reason="掃描檔不符，重新簽核")
    assert office.told(case).ink_lost == (), "what a return superseded needs no proof"


def test_AT_73_who_signed_on_paper_is_told_that_somebody_entered_it(office: InkOffice, case: str) -> None:
    office.ink("propose", OFFICER.name, case, **OPINION)
    office.ink("stamp", "chen", case)

    def told(name: str) -> list[tuple[str, str]]:
        here = (Seat(1, name, name, ("unit_head",), "", 0),)
        (mine,) = board(office.keeper.cases, here).people
        return [(each.code, each.words) for each in mine.notices if each.case == case]

    assert told("chen") == [("ink_entered", OFFICER.display)]
    assert told("hsu") == []
    assert told(OFFICER.name) == [], "who enters the own signature knows it"


def test_AT_73_sent_twice_it_is_entered_once_and_never_taken_for_an_act_in_the_system(
    office: InkOffice, case: str
) -> None:
    act, scan, signed_ns = act_id(), office.filed(f"case/{case}"), office.clock.at_ns
    for _ in range(2):
        office.ink("propose", "lin", case, act=act, scan=scan, at_ns=signed_ns, **OPINION)
    assert len(office.told(case).signatures) == 2
    other = office.filed(f"case/{case}")
    with pytest.raises(UsageError, match="sent before for something else"):
        office.ink("propose", "lin", case, act=act, scan=other, at_ns=signed_ns, **OPINION)
    who = ActingUser("lin", "lin-name", proved=True)
    with pytest.raises(UsageError, match="sent before for something else"):
        office.keeper.cases.act(act, who, case, "propose", OPINION)


def test_AT_73_a_start_finds_the_ink_as_it_was(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        office = InkOffice(keeper, clock)
        key = office.do(Event.RECEIVE, "wang", kind="CIT", asked=[RANGE], parties=[CITIZEN], form=FORM).key
        office.do(Event.PASS_FORMAL, "wang", key)
        signed_ns = office.minutes()
        office.wait(1)
        office.ink("propose", "lin", key, at_ns=signed_ns, **OPINION)
        before = keeper.cases.file(key)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert keeper.cases.file(key) == before
