"""Cases of two packs side by side in one book: each keeps its numbers and its chain, after a restart too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from appliance.rules.cases.pins import pin_last_day
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.terms import STANDARD, CaseTerms
from appliance.rules.packs.caseterms import terms_for
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.shipped import shipped_pack
from tests.rules.packcases import second_pack
from tests.services.bookdesk import LETTER, RANGE, BookDesk
from tests.vault.ringcases import entered


@pytest.fixture
def desk() -> BookDesk:
    return BookDesk()


def under(desk: BookDesk, pack: Pack) -> None:
    def terms_on(kind: Kind, day: date) -> CaseTerms:
        return terms_for(pack, kind)

    desk.in_world(policy_on=lambda day: pack.version, terms_on=terms_on, managing=lambda: pack.office.unit)


def test_AT_01_AT_05_T_86_two_cases_of_two_packs_go_each_its_own_way_and_come_again(desk: BookDesk) -> None:
    under(desk, shipped_pack())
    old = desk.received()
    under(desk, second_pack())
    new = desk.received()
    for key in (old, new):
        desk.do(Event.PASS_FORMAL, "wang", key)
        desk.propose(key)
        desk.do(Event.STAMP, "chen", key)
    found = {key: desk.book.file(key).case for key in (old, new)}
    assert [(case.policy, case.unit, case.state) for case in found.values()] == [
        ("113-09-27-2", "行政庶務課", State.SEC_REVIEW),
        ("115-07-01", "資訊室", State.DECISION),
    ]
    assert [case.clock and (case.clock.due - desk.today).days for case in found.values()] == [15, 10]
    assert (found[old].terms, found[new].terms) == (STANDARD, terms_for(second_pack(), Kind.CIT))
    again = desk.opened()
    assert {key: again.file(key).case for key in (old, new)} == found
    first, second = entered(desk.ledger, "case.received")
    assert "terms" not in first
    assert second["terms"]["decision_days"] == 10


def test_AT_01_a_case_that_began_by_a_call_keeps_the_terms_of_its_letter(desk: BookDesk) -> None:
    under(desk, second_pack())
    voice = {"caller": "林警員", "agency": "萬華分局", "called_back": True}
    key = desk.do(Event.PRESERVE, "wang", kind=Kind.AGY, voice=voice, asked=[RANGE]).key
    assert desk.book.file(key).case.terms.preserve_days == 21
    assert desk.opened().file(key) == desk.book.file(key)
    desk.do(Event.RECEIVE_LETTER, "wang", key, letter=LETTER, asked=[RANGE])
    assert desk.book.file(key).case.terms == terms_for(second_pack(), Kind.AGY)
    assert desk.opened().file(key) == desk.book.file(key)


def test_AT_01_a_pin_ends_by_the_pack_of_its_case_whatever_is_in_force_then(desk: BookDesk) -> None:
    under(desk, second_pack())
    key = desk.received()
    desk.do(Event.WITHDRAW, "wang", key, voucher={"kind": "withdrawal"})
    under(desk, shipped_pack())
    again = desk.opened()
    assert pin_last_day(again.file(key).case) == desk.today + timedelta(days=14)
