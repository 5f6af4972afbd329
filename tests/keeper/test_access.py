"""The access log: whoever logs in, looks at a case, has identifiers shown or takes a file along is in it."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import Refused, UsageError
from appliance.core.model import to_json
from appliance.keeper.context import Keeper
from tests.box import OFFICER, UNIT_HEAD
from tests.footage import FilmClock
from tests.keeper.test_cases import case_of, life, life_of, span
from tests.keeper.test_people import add, ask, enter, two

__all__ = ["life"]


def rows(keeper: Keeper, session: str, **looked: Any) -> list[tuple[str, ...]]:
    """What, who and the case of each, the oldest first."""
    told = ask(keeper, "access.log", session=session, **looked)
    return [(row["what"], *row["people"], row["case"]) for row in reversed(told["rows"])]


def closed(life: Any, keeper: Keeper) -> str:
    key = life.viewing(["01"], *span(keeper))
    life.finish(key)
    return str(key)


def test_looking_is_entered_once_a_log_in_with_who_sat_there(keeper: Keeper, life: Any) -> None:
    key = life.receive(["01"], *span(keeper))
    for _ in range(3):
        case_of(life, key)
    assert rows(keeper, life.session, what="page") == [("page", "officer", "head", key)]
    other = life_of(keeper, enter(keeper, add(keeper, life.session, role="secretary")))
    case_of(other, key)
    assert [each[1] for each in rows(keeper, life.session, what="page", case=key)][-1] == "chen"
    assert ("login", "chen", "") in rows(keeper, life.session, person="chen")


def test_T_87_identifiers_of_a_closed_case_are_shown_for_a_reason_that_is_entered(keeper: Keeper, life: Any) -> None:
    key = closed(life, keeper)
    told = case_of(life, key)
    assert (told.full, told.parties[0].name, told.parties[0].id_no) == (False, "洪大明", "A12****789")
    with pytest.raises(UsageError, match="reason"):
        life.call("case.show", session=life.session, case=key, reason=" ")
    assert not case_of(life, key).full
    life.call("case.show", session=life.session, case=key, reason="補發閱覽證明，核對身分證號")
    assert case_of(life, key).parties[0].id_no == "A123456789"
    (row,) = ask(keeper, "access.log", session=life.session, what="identifiers")["rows"]
    assert (row["case"], row["reason"]) == (key, "補發閱覽證明，核對身分證號")
    clear = b"".join(to_json(entry.fields) for entry in keeper.ledger.entries()).decode()
    assert "補發閱覽證明" not in clear
    again = life_of(keeper, enter(keeper, add(keeper, life.session, role="secretary")))
    assert not case_of(again, key).full, "another log-in gives its own reason"


def test_an_auditor_takes_a_case_file_along_after_a_reason_and_an_officer_by_the_act(keeper: Keeper, life: Any) -> None:
    key = closed(life, keeper)
    auditor = life_of(keeper, enter(keeper, add(keeper, life.session, role="auditor")))
    with pytest.raises(Refused, match="give a reason"):
        auditor.call("case.ledger", session=auditor.session, case=key)
    auditor.call("case.show", session=auditor.session, case=key, reason="年度稽核")
    auditor.call("case.ledger", session=auditor.session, case=key)
    life.call("case.ledger", session=life.session, case=key)
    assert case_of(life, key).full, "what goes out is whole"
    assert [each[0] for each in rows(keeper, life.session, case=key) if each[0] in ("identifiers", "file")] == [
        "identifiers", "file", "identifiers", "file"
    ]  # fmt: skip


def test_T_87_whoever_sits_down_later_sees_them_for_a_reason_of_their_own(keeper: Keeper, life: Any) -> None:
    """A reason counts for those who sat there when it was given."""
    key = closed(life, keeper)
    alone = ask(keeper, "login", name=OFFICER.name, password=OFFICER.password, totp="")["session"]
    officer = life_of(keeper, alone)
    officer.call("case.show", session=alone, case=key, reason="法院來函")
    assert case_of(officer, key).full
    both = ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="", session=alone)["session"]
    assert not case_of(life_of(keeper, both), key).full


def test_the_log_is_asked_by_person_case_sort_and_day(keeper: Keeper, life: Any, clock: FilmClock) -> None:
    key = closed(life, keeper)
    today = keeper.cases.today().isoformat()
    spans = [{"camera_no": "01", "start_ns": 1, "end_ns": 2}]
    keeper.stores.acts.perform(
        "g1.open", "grant.opened", {"grant": "g1", "case": key, "spans": spans, "buckets": []}, {"people": ["head"]}
    )
    assert {each[0] for each in rows(keeper, life.session)} == {"login", "viewing"}
    assert rows(keeper, life.session, **{"from": today, "to": today}) == rows(keeper, life.session)
    assert rows(keeper, life.session, to="2020-01-01") == []
    assert rows(keeper, life.session, what="viewing") == [("viewing", "head", key)]
    number = keeper.cases.file(key).case.number
    assert rows(keeper, life.session, case=number) == rows(keeper, life.session, case=key)
    assert rows(keeper, life.session, case="115-9999") == []
    page = ask(keeper, "access.log", session=life.session, per_page=1, page=2)
    assert (len(page["rows"]), page["page"]) == (1, 2)
    staff = enter(keeper, add(keeper, life.session, role="staff"))
    with pytest.raises(Refused):
        ask(keeper, "access.log", session=staff)


def test_a_log_in_that_failed_is_in_it_under_the_account_that_was_tried(keeper: Keeper) -> None:
    session = two(keeper)
    with pytest.raises(Refused):
        ask(keeper, "login", name="officer", password="a long wrong one", totp="")
    keeper.attempts.enter()
    found = ask(keeper, "access.log", session=session, what="failed")["rows"]
    assert [(row["people"], row["tries"]) for row in found] == [(["officer"], 1)]
