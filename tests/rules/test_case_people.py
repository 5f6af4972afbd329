"""Who may act in a case and who may not: appointments by the day, deputies, forbidden pairs, 兼簽 (4.2, D-10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from appliance.core.errors import UsageError
from appliance.rules.cases.judging import Next
from appliance.rules.cases.people import Appointment, Party, Person, appointments
from appliance.rules.cases.rows import Effect, EffectSpec, Event, Row
from appliance.rules.cases.states import Kind, Stage, State
from appliance.rules.people import ROLES, Role, RoleGrant
from tests.rules.casedesk import DAY, PEOPLE, ROSTER, SMALL_ROSTER, Desk, chair, facts_for, refusing

CHAINS = {Kind.CIT: (Event.RECEIVE, Event.PASS_FORMAL), Kind.AGY: (Event.RECEIVE_LETTER, Event.CHECK)}


def named(name: str) -> tuple[Party, ...]:
    """``name`` as applicant and viewer."""
    return tuple(Party(person=PEOPLE[name], part=part, entitled=True) for part in ("applicant", "viewer"))


def without(role: Role, *more: Appointment) -> tuple[Appointment, ...]:
    return (*(each for each in ROSTER if each.role is not role), *more)


def cells(desk: Desk) -> list[tuple[str, str, bool, bool]]:
    return [(each.stage, each.person.account, each.deputy, each.double) for each in desk.case.signatures]


def test_AT_06_the_day_after_an_appointment_ends_the_account_signs_nothing() -> None:
    roster = without(Role.OFFICER, chair("wang", Role.OFFICER, last=DAY))
    Desk(Kind.CIT).do(Event.RECEIVE, roster=roster)
    found = Desk(Kind.CIT, DAY + timedelta(days=1)).refused(Event.RECEIVE, roster=roster)
    assert (found.why, found.next) == ("role", Next.LOG_IN_AS)
    assert Desk(Kind.CIT, date(2025, 12, 31)).refused(Event.RECEIVE).why == "role", "nor the day before it begins"


def test_a_deputy_without_a_last_day_is_no_deputy() -> None:
    with pytest.raises(UsageError, match="from a day to a day"):
        Appointment(person=PEOPLE["hsu"], role=Role.DIRECTOR, first=DAY, rank=1)


def test_dated_roles_of_the_office_s_people_are_appointments() -> None:
    assert {role for role in Role if role is not Role.SYSTEM} <= set(ROLES)
    year = date(2026, 12, 31)
    acting = RoleGrant(role="director", start=DAY, end=year, acting=True)
    own = (RoleGrant(role="secretary", start=DAY), acting, RoleGrant(role="live_viewer", start=DAY, end=year))
    found = appointments(PEOPLE["hsu"], own)
    assert [(each.role, each.rank, each.last) for each in found] == [("secretary", 0, None), ("director", 1, year)]
    chief = (RoleGrant(role="unit_head", start=DAY), acting, RoleGrant(role="section_head", start=DAY))
    found = appointments(PEOPLE["chen"], chief, "registration")
    assert [(each.role, each.rank, each.section) for each in found] == [
        ("unit_head", 0, ""),
        ("director", 2, ""),
        ("section_head", 0, "registration"),
    ]


def test_AT_46_a_head_of_the_managing_unit_who_applies_does_not_sign_its_cell() -> None:
    desk = Desk(Kind.INT).do(Event.SUBMIT, who="chen", parties=named("chen"), section="general")
    assert desk.refused(Event.SIGN_SECTION, "chen").why == "party"
    desk.do(Event.SIGN_SECTION, who="liu").do(Event.PROPOSE)
    assert desk.refused(Event.STAMP, "chen").why == "party"
    assert desk.refused(Event.STAMP, "liu").why == "pair", "who signed for the applicant's unit signs not for the other"
    desk.do(Event.STAMP, who="yang")
    assert cells(desk)[-1] == ("unit_head", "yang", True, False)


def test_I2_the_head_of_both_units_signs_one_cell_and_the_deputy_the_other() -> None:
    own = {"parties": named("peng"), "section": "general"}
    for first, other in (("chen", "liu"), ("liu", "chen")):
        desk = Desk(Kind.INT).do(Event.SUBMIT, **own).do(Event.SIGN_SECTION, who=first).do(Event.PROPOSE)
        found = desk.refused(Event.STAMP, first, double=True)
        assert found.why == "pair_marked", "not with 兼簽 either, while somebody else can sign"
        assert other in found.missing
        desk.do(Event.STAMP, who=other)
    desk = Desk(Kind.INT).do(Event.SUBMIT, **own)
    assert desk.refused(Event.SIGN_SECTION, "kuo").why == "role", "another section's head has no say"


def test_I2_a_colleague_of_a_managing_unit_with_one_head_alone_is_served_with_the_double_mark() -> None:
    """Else nobody of that unit could ever ask: its head signs both cells, the second with 兼簽, and the ethics office
    is told (``D-10``)."""
    roster = without(Role.UNIT_HEAD, chair("chen", Role.UNIT_HEAD))
    alone = {"roster": roster, "parties": named("peng"), "section": "general"}
    desk = Desk(Kind.INT).do(Event.SUBMIT, **alone).do(Event.SIGN_SECTION, who="chen", **alone)
    desk.do(Event.PROPOSE, **alone)
    found = desk.refused(Event.STAMP, "chen", **alone)
    assert (found.why, found.missing) == ("pair_unavoidable", ("section_head",))
    row = desk.ask(Event.STAMP, "chen", double=True, **alone)
    assert isinstance(row, Row)
    assert EffectSpec(Effect.NOTICE, "ethics") in row.effects
    desk.do(Event.STAMP, who="chen", double=True, **alone).do(Event.STAMP, Event.GRANT, **alone)
    assert cells(desk)[2] == ("unit_head", "chen", False, True)
    assert desk.case.state is State.GRANTED


def test_AT_71_who_was_named_as_a_viewer_alone_handles_no_part_of_the_case() -> None:
    desk = Desk(Kind.CIT).to_notified()
    booked = facts_for(desk.case, DAY).viewing
    viewer = Party(person=PEOPLE["yang"], part="viewer", entitled=True)
    desk.do(Event.SCHEDULE, viewing=msgspec.structs.replace(booked, viewers=(*booked.viewers, viewer)))
    assert desk.refused(Event.CONFIRM_MASKS, "yang").why == "party"


def test_T_37_whoever_the_case_is_about_handles_no_part_of_it() -> None:
    for name, event in (("wang", Event.RECEIVE), ("lin", Event.RECEIVE)):
        assert Desk(Kind.CIT).refused(event, name, parties=named(name)).why == "party"
    desk = Desk(Kind.CIT).do(Event.RECEIVE, Event.PASS_FORMAL, parties=named("chen")).do(Event.PROPOSE)
    assert desk.refused(Event.STAMP, "chen", double=True).why == "party", "no mark helps"
    desk.do(Event.STAMP, who="liu")
    desk = Desk(Kind.CIT).do(Event.RECEIVE, Event.PASS_FORMAL, parties=named("tsai"))
    desk.do(Event.PROPOSE, Event.STAMP)
    desk.do(Event.STAMP, who="liu", away=frozenset({"hsu"}))
    assert desk.refused(Event.GRANT, "tsai").why == "party"
    assert cells(desk.do(Event.GRANT, who="hsu"))[-1] == ("director", "hsu", True, False)


def test_a_person_is_known_by_id_before_account_before_name() -> None:
    chen = PEOPLE["chen"]
    assert chen.is_same(Person(id_hash=chen.id_hash, name="married name"))
    assert not chen.is_same(Person(id_hash="another", name=chen.name)), "two people of one name"
    assert chen.is_same(Person(name=chen.name)), "a name alone is taken for the person"
    assert not Person(name="").is_same(Person(name=""))


def test_I12_T_37_the_director_s_own_request_is_decided_by_the_secretary_and_the_ethics_office_is_told() -> None:
    desk = Desk(Kind.INT).do(Event.SUBMIT, who="tsai", parties=named("tsai"))
    desk.do(Event.SIGN_SECTION, Event.PROPOSE, Event.STAMP)
    assert desk.refused(Event.STAMP).missing == ("director_is_no_party",)
    assert desk.refused(Event.GRANT, "tsai").why == "role"
    desk.do(Event.GRANT, who="hsu")
    assert desk.case.state is State.GRANTED
    assert "notice ethics" in [str(effect) for effect in desk.rows[-1].effects]
    assert cells(desk)[-1] == ("director", "hsu", True, False)


def test_INV_15_the_secretary_decides_no_request_but_the_director_s_own() -> None:
    usual = Desk(Kind.INT).do(Event.SUBMIT, Event.SIGN_SECTION, Event.PROPOSE, Event.STAMP)
    for event in (Event.GRANT, Event.GRANT_PARTLY, Event.REFUSE):
        assert "director_is_party" in usual.refused(event, "hsu").missing


def test_a_deputy_stands_in_while_who_comes_before_is_away_or_barred_and_not_otherwise() -> None:
    desk = Desk(Kind.CIT).to_decision()
    assert desk.refused(Event.GRANT, "hsu").why == "pair", "the secretary signed this case already"
    desk = Desk(Kind.CIT).do(*CHAINS[Kind.CIT], Event.PROPOSE)
    found = desk.refused(Event.STAMP, "liu")
    assert (found.why, found.missing) == ("holder_is_there", ("chen",))
    assert desk.refused(Event.STAMP, "yang", away=frozenset({"chen"})).missing == ("liu",)
    desk.do(Event.STAMP, who="liu", away=frozenset({"chen"}))
    assert cells(desk)[-1] == ("unit_head", "liu", True, False)
    desk.do(Event.STAMP)
    assert desk.refused(Event.GRANT, "chen").missing == ("tsai",), "the director is there"
    desk.do(Event.GRANT, who="chen", away=frozenset({"tsai"}))
    assert cells(desk)[-1] == ("director", "chen", True, False), "the first deputy is barred, so it is the second's"


def test_INV_15_an_expired_deputy_moves_nothing_out_of_the_decision() -> None:
    away = frozenset({"tsai"})
    roster = without(Role.DIRECTOR, chair("tsai", Role.DIRECTOR), chair("yang", Role.DIRECTOR, 1, last=DAY))
    for event in (Event.GRANT, Event.RETURN):
        desk = Desk(Kind.CIT).to_decision().wait(1)
        assert desk.refused(event, "yang", roster=roster, away=away).why == "role"
        desk.wait(-1).do(event, who="yang", roster=roster, away=away)


def test_D_10_a_double_signature_is_possible_only_where_nobody_else_can_and_is_marked_and_told() -> None:
    away = frozenset({"tsai", "liu"})
    small: dict[str, Any] = {"roster": SMALL_ROSTER, "away": away}
    desk = Desk(Kind.CIT).do(Event.RECEIVE, Event.PASS_FORMAL, **small).do(Event.PROPOSE, who="wang", **small)
    desk.do(Event.STAMP, who="chen", **small).do(Event.STAMP, who="hsu", **small)
    found = desk.refused(Event.GRANT, "hsu", **small)
    assert (found.why, found.missing, found.next) == ("pair_unavoidable", ("secretary",), Next.MARK_DOUBLE)
    desk.do(Event.GRANT, who="hsu", double=True, **small)
    assert cells(desk)[-1] == ("director", "hsu", True, True)
    assert "notice ethics" in [str(effect) for effect in desk.rows[-1].effects]


def test_D_10_the_mark_does_not_help_where_somebody_else_can_sign() -> None:
    roster = (*ROSTER, chair("lin", Role.UNIT_HEAD))
    desk = Desk(Kind.CIT).do(*CHAINS[Kind.CIT], Event.PROPOSE)
    found = desk.refused(Event.STAMP, "lin", roster=roster, double=True)
    assert (found.why, found.missing, found.next) == ("pair_marked", ("chen", "liu", "yang"), Next.OTHER_PERSON)
    assert cells(desk.do(Event.STAMP, double=True))[-1] == ("unit_head", "chen", False, False), "no mark unasked for"


def test_whoever_received_a_case_does_not_decide_it() -> None:
    roster = (*ROSTER, chair("tsai", Role.OFFICER), chair("yang", Role.DIRECTOR, 3))
    desk = Desk(Kind.CIT).do(Event.RECEIVE, who="tsai", roster=roster)
    desk.do(Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP, Event.STAMP)
    assert desk.refused(Event.GRANT, "tsai", roster=roster, double=True).missing == ("yang",)
    desk.do(Event.GRANT, who="yang", roster=roster)


def test_a_decision_takes_the_password_typed_for_it() -> None:
    desk = Desk(Kind.CIT).to_decision()
    assert desk.refused(Event.GRANT, proved=False).next is Next.TYPE_PASSWORD


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.AGY])
def test_a_returned_case_goes_through_the_whole_chain_again_and_its_old_cells_stay_visible(kind: Kind) -> None:
    desk = Desk(kind).to_decision()
    assert desk.refused(Event.RETURN, reason="").missing == ("note",)
    desk.do(Event.RETURN)
    assert desk.case.state is State.CHECKING
    chain = {Stage.MANAGER, Stage.UNIT_HEAD, Stage.SECRETARY}
    assert {each.stage for each in desk.case.signatures if each.superseded} == chain
    assert desk.refused(Event.GRANT).why == "no_row"
    roster = (*ROSTER, chair("chen", Role.MANAGER))
    desk.do(Event.PROPOSE, who="lin")
    assert [each.stage for each in desk.case.signatures if not each.superseded] == ["receipt", "manager"]
    desk = Desk(kind).to_decision().do(Event.RETURN)
    assert desk.refused(Event.PROPOSE, "chen", roster=roster).why == "pair", "a superseded cell counts for pairs"


def test_the_unit_head_and_the_secretary_return_their_own_turn_only() -> None:
    desk = Desk(Kind.CIT).do(*CHAINS[Kind.CIT], Event.PROPOSE)
    assert desk.refused(Event.RETURN, "hsu").why == "role"
    assert desk.do(Event.RETURN, who="chen").case.state is State.CHECKING


def test_AT_61_the_ledger_row_bears_two_people() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.REFUSE, rulings=refusing("ab")).do(Event.ISSUE, Event.NOTIFY)
    assert desk.refused(Event.CLOSE).missing == ("ledger_manager", "ledger_head")
    roster = (*ROSTER, chair("chen", Role.OFFICER))
    desk.do(Event.SIGN_LEDGER, who="chen", roster=roster)
    assert desk.refused(Event.STAMP_LEDGER, "chen", double=True).why == "pair", "not even with 兼簽"
    assert desk.refused(Event.CLOSE).missing == ("ledger_head",)
    desk.do(Event.STAMP_LEDGER, who="liu").do(Event.CLOSE)


def test_A17_who_made_a_copy_does_not_verify_it() -> None:
    desk = Desk(Kind.AGY).to_decision().do(Event.GRANT_COPY, Event.ISSUE, Event.NOTIFY, Event.MAKE_COPY)
    roster = (*ROSTER, chair("wang", Role.MANAGER))
    assert desk.refused(Event.VERIFY_COPY, "wang", roster=roster, double=True).why == "pair"
    desk.do(Event.VERIFY_COPY)


def test_nobody_who_handled_a_case_is_named_as_its_viewer() -> None:
    desk = Desk(Kind.CIT).to_notified()
    viewing = facts_for(desk.case, desk.today).viewing
    for name in ("chen", "tsai"):
        spoiled = msgspec.structs.replace(viewing, viewers=(*viewing.viewers, *named(name)[1:]))
        assert desk.refused(Event.SCHEDULE, viewing=spoiled).missing == ("viewers_signed_nothing",)


def test_I12_AT_71_the_director_s_own_request_goes_on_where_nobody_heads_the_director_s_unit() -> None:
    own = (Party(person=PEOPLE["tsai"], part="applicant", entitled=True),
           Party(person=PEOPLE["tsai"], part="viewer", entitled=True))  # fmt: skip
    asks = {"parties": own, "section": "director's room"}
    booked = msgspec.structs.replace(facts_for(Desk(Kind.INT).case, DAY).viewing, viewers=own[1:])
    desk = Desk(Kind.INT).do(Event.SUBMIT, who="tsai", **asks)
    assert desk.refused(Event.SIGN_SECTION, "kuo", viewing=booked).why == "role", "the head of another section"
    desk.do(Event.SIGN_SECTION, who="hsu", viewing=booked)
    cell = desk.case.signatures[-1]
    assert (cell.stage, cell.person, cell.deputy) == ("section_head", PEOPLE["hsu"], True)
    desk.do(Event.PROPOSE, viewing=booked).do(Event.STAMP, who="chen", viewing=booked)
    assert desk.refused(Event.GRANT, "hsu", viewing=booked).why == "pair", "who signed the first cell does not decide"
    desk.do(Event.GRANT, who="liu", viewing=booked)
    assert desk.case.state is State.GRANTED
    assert "notice ethics" in [str(effect) for effect in desk.rows[-1].effects]


def test_a_section_without_a_head_is_no_other_s_to_sign_for() -> None:
    desk = Desk(Kind.INT).do(Event.SUBMIT, section="archive")
    assert desk.refused(Event.SIGN_SECTION, "hsu").why == "role"
