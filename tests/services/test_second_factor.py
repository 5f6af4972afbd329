"""The second factor of whoever runs the office: at each log-in, and before each grant of a role that takes one."""

from __future__ import annotations

import pytest

from appliance.core.errors import FactorDue, NotLoggedIn, Refused
from appliance.services.people.login import Logins
from appliance.services.people.securitykeys import SecurityKey
from tests.services.peoplecases import FIRST, OWN, PeopleOffice


@pytest.fixture
def office() -> PeopleOffice:
    return PeopleOffice()


@pytest.mark.parametrize("first_day", [0, 30])
def test_nobody_is_given_a_role_that_takes_a_second_factor_without_having_one(
    office: PeopleOffice, first_day: int
) -> None:
    """防護基準 4-1-2: added as staff without a code, then made manager."""
    office.enter("chen", office.add(grant=office.grant("staff")))
    session, size = office.logins.log_in("chen", FIRST), office.ledger.size
    manager = office.grant("manager", first_day)
    with pytest.raises(Refused, match="role manager: its log-in takes a second factor and chen has none"):
        office.people.grant(office.act(), office.pair(), "chen", manager, document="d")
    assert office.ledger.size == size
    assert office.logins.session(session.token).seats[0].roles == ("staff",)
    office.set_factor("chen")
    office.people.grant(office.act(), office.pair(), "chen", manager, document="d")
    with pytest.raises(NotLoggedIn):
        office.logins.session(session.token)  # it began with the password alone
    with pytest.raises(Refused, match="do not fit"):
        office.logins.log_in("chen", FIRST)
    assert office.logins.log_in("chen", FIRST, office.code("chen"))


def test_a_role_without_a_second_factor_is_given_as_before(office: PeopleOffice) -> None:
    office.enter("chen", office.add(grant=office.grant("staff")))
    session = office.logins.log_in("chen", FIRST)
    office.people.grant(office.act(), office.pair(), "chen", office.grant("archivist"), document="d")
    assert office.logins.session(session.token).seats[0].roles == ("staff", "archivist")


def test_somebody_who_waits_for_the_first_log_in_sets_the_factor_up_there_whatever_was_given_since(
    office: PeopleOffice,
) -> None:
    begun = office.own.begin_first("chen", office.add(grant=office.grant("staff")))
    office.people.grant(office.act(), office.pair(), "chen", office.grant("officer", 1), document="d")
    with pytest.raises(Refused, match="six digits"):
        office.own.finish_first(begun.token, FIRST, "")
    office.own.finish_first(begun.token, FIRST, office.code_of(begun.secret))
    assert office.accounts.get("chen").totp_secret


def test_a_log_in_whose_role_needs_a_factor_leads_to_setting_one_up(office: PeopleOffice) -> None:
    """An account from before the rule, or one of the set-up of a real office."""
    office.enter("chen", office.add())
    office.accounts.set_totp("chen", "")
    with pytest.raises(FactorDue):
        office.logins.log_in("chen", FIRST)
    assert office.logins.sittings("chen") == []
    begun = office.own.begin_first("chen", FIRST)
    assert (begun.needed, begun.chooses) == (True, False)
    with pytest.raises(Refused, match="six digits"):
        office.own.finish_first(begun.token, "", "")
    office.own.finish_first(begun.token, "", office.code_of(begun.secret))
    with pytest.raises(NotLoggedIn):
        office.own.finish_first(begun.token, "", office.code_of(begun.secret))
    with pytest.raises(Refused, match="do not fit"):
        office.own.begin_first("chen", FIRST)
    assert office.logins.log_in("chen", FIRST, office.code("chen")).seats[0].roles == ("officer",)


def test_in_a_training_office_alone_the_people_of_the_set_up_need_no_factor(office: PeopleOffice) -> None:
    real = Logins(office.accounts, office.clock, office.random, needs_factor=office.book.needs_factor)
    with pytest.raises(FactorDue):
        real.log_in("lin", OWN)
    assert office.logins.log_in("lin", OWN)
    office.enter("chen", office.add())
    office.accounts.set_totp("chen", "")
    with pytest.raises(FactorDue):
        office.logins.log_in("chen", FIRST)


@pytest.mark.parametrize("role", ["officer", "staff"])
def test_the_last_key_of_somebody_whose_role_needs_a_factor_stays(office: PeopleOffice, role: str) -> None:
    office.enter("chen", office.add(grant=office.grant(role)))
    session = office.logins.log_in("chen", FIRST, office.code("chen"))
    key = SecurityKey(key_id="k", public_key="p", label="key ring")
    office.accounts.set_keys("chen", (key,))
    office.accounts.set_totp("chen", "")
    if role == "staff":
        office.own.remove_key(session.token, 1, FIRST, "k")
        assert not office.accounts.get("chen").has_factor
        return
    with pytest.raises(Refused, match="your only second factor"):
        office.own.remove_key(session.token, 1, FIRST, "k")
    office.accounts.set_keys("chen", (key, SecurityKey(key_id="l", public_key="p", doubted=True)))
    with pytest.raises(Refused, match="your only second factor"):
        office.own.remove_key(session.token, 1, FIRST, "k")
    office.own.remove_key(session.token, 1, FIRST, "l")
    assert [each.key_id for each in office.accounts.get("chen").keys] == ["k"]
