"""Accounts that nobody uses are suspended, not closed: two people reopen them, and everything is as before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.core.errors import NotLoggedIn, NotWritable, Refused
from appliance.vault.keys.slots import slot_of
from tests.services.peoplecases import FIRST, OWN, PeopleOffice


@pytest.fixture
def office() -> PeopleOffice:
    return PeopleOffice()


def use(office: PeopleOffice, *names: str) -> None:
    for name in names:
        office.logins.log_in(name, OWN)


def suspended(office: PeopleOffice) -> list[str]:
    """Who is suspended, by the ledger; the accounts must say the same."""
    by_ledger = [person.name for person in office.book.all() if person.suspended_ns]
    assert by_ledger == [account.name for account in office.accounts if account.suspended]
    return by_ledger


def test_an_account_that_nobody_used_for_90_days_is_suspended_once_and_only_in_trusted_time(
    office: PeopleOffice,
) -> None:
    """防護基準 1-1-3."""
    office.enter("chen", office.add(grant=office.grant("staff")))
    office.logins.log_in("chen", FIRST)
    office.pass_days(90)
    use(office, "lin", "wu", "tsai")
    assert office.people.suspend_idle(trusted=True) == []
    office.pass_days(1)
    assert office.people.suspend_idle(trusted=False) == []
    assert office.people.suspend_idle(trusted=True) == ["chen"]
    assert office.people.suspend_idle(trusted=True) == []
    assert suspended(office.restarted()) == suspended(office) == ["chen"]
    assert office.book.get("chen").closed_ns == 0


def test_an_account_that_was_never_used_is_suspended_as_well(office: PeopleOffice) -> None:
    """A slip with a drawn password opens the first log-in for 90 days, not for ever."""
    drawn = office.add()
    office.pass_days(91)
    use(office, "lin", "wu", "tsai")
    assert office.people.suspend_idle(trusted=True) == ["chen"]
    with pytest.raises(Refused, match="do not fit"):
        office.own.begin_first("chen", drawn)


def test_while_suspended_the_key_is_kept_and_opens_nothing(office: PeopleOffice) -> None:
    slot = slot_of(office.store.slots(), "wu")
    office.enter("chen", office.add(grant=office.grant("unit_head"), pair=office.pair("lin", "tsai")))
    office.logins.log_in("wu", OWN)
    office.pass_days(91)
    use(office, "lin", "tsai")
    assert "wu" in office.people.suspend_idle(trusted=True)
    for seen in (office, office.restarted()):
        assert slot_of(seen.store.slots(), "wu") == slot
        assert (seen.keyholders.has_slot("wu"), seen.keyholders.can_unlock("wu")) == (True, False)
        assert seen.keyholders.count() == 1, "one who is suspended opens nothing when it counts"
        assert seen.book.roles_of("wu") == ()
        with pytest.raises(Refused, match="do not fit"):
            seen.logins.log_in("wu", OWN)
        with pytest.raises(Refused, match="suspended; two others reopen it first"):
            seen.keyholders.unlock("wu", OWN)


def test_a_session_that_is_open_ends_with_the_suspension(office: PeopleOffice) -> None:
    office.enter("chen", office.add(grant=office.grant("staff")))
    office.pass_days(91)
    use(office, "lin", "wu", "tsai")
    token = office.logins.log_in("chen", FIRST).token
    office.accounts._change("chen", used_ns=1)  # the keeper's clock stood far ahead when the session began
    assert office.people.suspend_idle(trusted=True) == ["chen"]
    with pytest.raises(NotLoggedIn):
        office.logins.session(token)


def test_idleness_suspends_the_director_and_two_others_reopen_the_account_with_its_key(office: PeopleOffice) -> None:
    """Whoever the office needs is never gone for good: not even those spared could otherwise let the director in."""
    session = office.two("lin", "tsai")
    holder, new = session.seats
    office.people.enrol(office.act(), session.token, holder, new, {1: OWN, 2: OWN})
    use(office, "lin", "wu", "tsai")
    office.pass_days(500)
    assert office.people.suspend_idle(trusted=True) == ["tsai"], "an officer and somebody who decides are left"
    assert suspended(office) == ["tsai"]
    office.people.reopen(office.act(), office.pair(), "tsai", document="復職簽")
    for seen in (office, office.restarted()):
        assert suspended(seen) == []
        assert seen.logins.log_in("tsai", OWN).seats[0].roles == ("director",)
        with seen.keyholders.unlock("tsai", OWN) as vault:
            assert vault.public == office.vault_public
        assert seen.people.suspend_idle(trusted=True) == []


def test_a_reopened_account_has_90_days_from_then(office: PeopleOffice) -> None:
    office.enter("chen", office.add(grant=office.grant("staff")))
    office.pass_days(91)
    use(office, "lin", "wu", "tsai")
    assert office.people.suspend_idle(trusted=True) == ["chen"]
    office.people.reopen(office.act(), office.pair(), "chen", document="d")
    assert office.people.suspend_idle(trusted=True) == [], "though it was not used since"
    office.pass_days(91)
    use(office, "lin", "wu", "tsai")
    assert office.people.suspend_idle(trusted=True) == ["chen"]


def idle_chen(office: PeopleOffice, role: str = "staff") -> None:
    office.enter("chen", office.add(grant=office.grant(role)))
    office.pass_days(91)
    use(office, "lin", "wu", "tsai")
    assert office.people.suspend_idle(trusted=True) == ["chen"]


def test_reopening_takes_two_others_and_an_account_that_is_suspended(office: PeopleOffice) -> None:
    idle_chen(office)
    with pytest.raises(Refused, match="not suspended"):
        office.people.reopen(office.act(), office.pair("lin", "wu"), "tsai", document="d")
    pair = office.pair()
    own = pair._replace(approver=pair.approver._replace(person="chen"))
    with pytest.raises(Refused, match="own account"):
        office.people.reopen(office.act(), own, "chen", document="d")
    size = office.ledger.size
    office.people.reopen("once", office.pair(), "chen", document="d")
    office.people.reopen("once", office.pair(), "chen", document="d")
    assert office.ledger.size == size + 1
    sealed = office.acts.sealed(size) or {}
    assert (sealed["person"], sealed["by"], sealed["approved_by"], sealed["document"]) == ("chen", "lin", "wu", "d")
    assert "chen" not in str(office.ledger.act("once"))


@pytest.mark.parametrize(
    "act",
    [
        lambda office: office.people.grant("g", office.pair(), "chen", office.grant("archivist"), document="d"),
        lambda office: office.people.reset("r", office.pair(), "chen"),
        lambda office: office.people.pledge("p", office.pair().proposer, "chen", document="d"),
    ],
)
def test_a_suspended_account_is_reopened_before_anything_is_given_to_it(
    office: PeopleOffice, act: Callable[[PeopleOffice], object]
) -> None:
    idle_chen(office)
    with pytest.raises(Refused, match="suspended; reopen it first"):
        act(office)


def test_whoever_leaves_while_suspended_is_out_for_good_and_the_slot_is_void(office: PeopleOffice) -> None:
    office.enter("chen", office.add())
    session = office.two("lin", "chen", {"chen": FIRST})
    holder, new = session.seats
    office.people.enrol(office.act(), session.token, holder, new, {holder.seat: OWN, new.seat: FIRST})
    office.pass_days(91)
    use(office, "lin", "wu", "tsai")
    assert office.people.suspend_idle(trusted=True) == ["chen"]
    office.people.close(office.act(), office.pair(), "chen", document="離職")
    for seen in (office, office.restarted()):
        assert not seen.keyholders.has_slot("chen")
        assert (seen.book.get("chen").closed_why, seen.accounts.get("chen").enabled) == ("left", False)
        with pytest.raises(Refused, match="stays so"):
            seen.people.reopen(seen.act(), seen.pair(), "chen", document="d")


@pytest.mark.parametrize("what", ["suspended", "reopened"])
def test_what_was_entered_and_then_cut_is_carried_out_at_the_next_start(
    office: PeopleOffice, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    office.enter("chen", office.add(grant=office.grant("staff")))
    office.pass_days(91)
    use(office, "lin", "wu", "tsai")
    pair = office.pair()
    if what == "reopened":
        office.people.suspend_idle(trusted=True)

    def cut(name: str, suspended: bool) -> None:
        raise NotWritable("the power went")

    act: dict[str, Callable[[], object]] = {
        "suspended": lambda: office.people.suspend_idle(trusted=True),
        "reopened": lambda: office.people.reopen(office.act(), pair, "chen", document="d"),
    }
    monkeypatch.setattr(office.accounts, "set_suspended", cut)
    with pytest.raises(NotWritable):
        act[what]()
    assert suspended(office.restarted()) == (["chen"] if what == "suspended" else [])
