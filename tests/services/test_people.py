"""The office's people: added, given roles, acting for others, moved, closed, reset. What was entered stands after any
cut, and nobody changes what is their own."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appliance.core.errors import NotFound, NotLoggedIn, PasswordDue, Refused, UsageError
from appliance.rules.people import PLEDGE_DAYS
from appliance.services.duties.of_people import of_people
from appliance.services.people import people as people_module
from tests.faults.lives import CHECKS, BookLife
from tests.faults.memory_fs import MemoryFs
from tests.faults.mutants import caught_by, changed_module
from tests.services.peoplecases import FIRST, OWN, PeopleOffice


@pytest.fixture
def office() -> PeopleOffice:
    return PeopleOffice()


# --- somebody new ---


def test_somebody_new_logs_in_with_a_password_that_opens_only_the_form_for_an_own_one(office: PeopleOffice) -> None:
    drawn = office.add()
    with pytest.raises(PasswordDue):
        office.logins.log_in("chen", drawn)
    office.enter("chen", drawn)
    with pytest.raises(Refused):
        office.logins.log_in("chen", drawn)
    (seat,) = office.logins.log_in("chen", FIRST, office.code("chen")).seats
    assert (seat.display, seat.roles) == ("陳怡君", ("officer",))
    again = office.restarted()
    person = again.book.get("chen")
    assert (person.display, person.post, person.unit) == ("陳怡君", "課員", "行政庶務課")
    assert again.logins.log_in("chen", FIRST, again.code("chen")).seats[0].roles == ("officer",)


def test_the_ledger_names_nobody_and_the_sealed_record_everybody(office: PeopleOffice) -> None:
    office.add(act="adding")
    entry = office.ledger.act("adding")
    assert entry is not None
    assert (entry.kind, entry.fields["role"], entry.fields["acting"]) == ("person.added", "officer", False)
    assert not any(name in str(entry.fields) for name in ("chen", "陳怡君", "lin", "課員"))
    sealed = office.acts.sealed(entry.index) or {}
    assert {name: sealed[name] for name in ("person", "by", "approved_by", "document")} == {
        "person": "chen",
        "by": "lin",
        "approved_by": "wu",
        "document": "115年11月25日簽",
    }


def test_a_name_is_never_used_again_not_even_one_of_a_closed_account(office: PeopleOffice) -> None:
    office.add()
    office.people.close(office.act(), office.pair(), "chen", document="離職")
    for name in ("chen", "CHEN ", "lin"):
        with pytest.raises(UsageError, match="taken"):
            office.add(name)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "陳"}, "2 to 32"),
        ({"display": " "}, "name as on papers is missing"),
        ({"post": ""}, "post is missing"),
        ({"unit": "x" * 201}, "201 characters"),
        ({"document": "\u202e文"}, "control characters"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_entered(
    office: PeopleOffice, changes: dict[str, str], said: str
) -> None:
    size = office.ledger.size
    with pytest.raises(UsageError, match=said):
        office.add(**changes)
    assert office.ledger.size == size
    assert [person.name for person in office.book.all()] == ["lin", "tsai", "wu"]


def test_the_form_sent_twice_adds_one_person_and_shows_the_password_once(office: PeopleOffice) -> None:
    assert office.add(act="once")
    assert office.add(act="once") == ""
    with pytest.raises(UsageError, match="sent before"):
        office.add("somebody", act="once")
    assert office.book.knows("chen")
    assert not office.book.knows("somebody")


# --- who may ---


def test_who_approves_depends_on_the_role(office: PeopleOffice) -> None:
    with pytest.raises(Refused, match="it takes unit_head"):
        office.add(pair=office.pair("lin", "tsai"))
    with pytest.raises(Refused, match="it takes director"):
        office.add(grant=office.grant("unit_head"))
    office.add(grant=office.grant("unit_head"), pair=office.pair("lin", "tsai"))


@pytest.mark.parametrize("concerned", ["lin", "wu"])
def test_nobody_changes_the_own_account_neither_proposing_nor_approving(office: PeopleOffice, concerned: str) -> None:
    """4.2: account granter x own grant."""
    pair, people = office.pair(), office.people
    for act in (
        lambda: people.grant("a", pair, concerned, office.grant("secretary"), document="d"),
        lambda: people.end_grant("b", pair, concerned, "officer", acting=False, document="d"),
        lambda: people.move("c", pair, concerned, display="x", post="x", unit="x", document="d"),
        lambda: people.close("d", pair, concerned, document="d"),
        lambda: people.reset("e", pair, concerned),
    ):
        with pytest.raises(Refused, match=r"own account|not held"):
            act()
    assert office.ledger.size == 0


def test_nobody_may_leave_the_office_without_those_who_let_people_in(office: PeopleOffice) -> None:
    office.enter("chen", office.add())
    by_wu, by_tsai = (office.pair("chen", approver, {"chen": FIRST}) for approver in ("wu", "tsai"))
    office.people.close(office.act(), by_wu, "lin", document="d")
    with pytest.raises(Refused, match="opens the vault"):
        office.people.close(office.act(), by_tsai, "wu", document="d")
    assert office.book.roles_of("wu") == ("unit_head",)
    office.people.close(office.act(), by_wu, "tsai", document="d")
    with pytest.raises(Refused, match="must be left"):
        office.people.end_grant(office.act(), by_tsai, "wu", "unit_head", acting=False, document="d")


# --- roles and days ---


def test_a_deputy_acts_from_the_first_day_to_the_last_and_is_known_as_one(office: PeopleOffice) -> None:
    """2.1: a deputy signs with own name plus 代行."""
    office.enter("chen", office.add(grant=office.grant("secretary")))
    office.set_factor("chen")
    acting = office.grant("director", 1, 3, acting=True)
    office.people.grant(office.act(), office.pair(), "chen", acting, document="主任公出")
    session = office.logins.log_in("chen", FIRST, office.code("chen"))
    seen = []
    for _ in range(5):
        seen.append((office.book.roles_of("chen"), office.book.acting_of("chen")))
        office.pass_days(1)
    plain, deputy = (("secretary",), frozenset()), (("secretary", "director"), frozenset({"director"}))
    assert seen == [plain, deputy, deputy, deputy, plain]
    with pytest.raises(NotLoggedIn):
        office.logins.session(session.token)


def test_a_role_ends_at_once_for_somebody_who_is_logged_in(office: PeopleOffice) -> None:
    office.enter("chen", office.add())
    session = office.logins.log_in("chen", FIRST, office.code("chen"))
    office.people.grant(office.act(), office.pair(), "chen", office.grant("secretary"), document="d")
    assert office.logins.session(session.token).seats[0].roles == ("officer", "secretary")
    office.people.end_grant(office.act(), office.pair(), "chen", "officer", acting=False, document="d")
    assert office.logins.session(session.token).seats[0].roles == ("secretary",)
    assert office.restarted().book.roles_of("chen") == ("secretary",)
    with pytest.raises(Refused, match="not held"):
        office.people.end_grant(office.act(), office.pair(), "chen", "officer", acting=False, document="d")


def test_a_role_that_ended_can_be_given_again_from_today_on(office: PeopleOffice) -> None:
    office.enter("chen", office.add())
    for _ in range(2):
        office.people.end_grant(office.act(), office.pair(), "chen", "officer", acting=False, document="d")
        assert office.book.roles_of("chen") == ()
        office.people.grant(office.act(), office.pair(), "chen", office.grant("officer"), document="d")
        assert office.book.roles_of("chen") == ("officer",)
    assert office.restarted().book.roles_of("chen") == ("officer",)


# --- leaving ---


def test_T_81_whoever_leaves_is_out_at_once_and_stays_out(office: PeopleOffice) -> None:
    office.enter("chen", office.add())
    session = office.logins.log_in("chen", FIRST, office.code("chen"))
    office.people.close(office.act(), office.pair(), "chen", document="調職")
    with pytest.raises(NotLoggedIn):
        office.logins.session(session.token)
    for seen in (office, office.restarted()):
        with pytest.raises(Refused):
            seen.logins.log_in("chen", FIRST, seen.code("chen"))
        person = seen.book.get("chen")
        assert (person.closed_why, person.on(seen.today)) == ("left", ())
    for act in (
        lambda: office.people.grant("g", office.pair(), "chen", office.grant("staff"), document="d"),
        lambda: office.people.reset("r", office.pair(), "chen"),
        lambda: office.people.pledge("p", office.pair().proposer, "chen", document="d"),
    ):
        with pytest.raises(Refused, match="stays so"):
            act()


def test_AT_06_a_role_counts_from_its_first_to_its_last_day_at_the_log_in_too(office: PeopleOffice) -> None:
    office.enter("chen", office.add(grant=office.grant("staff")))
    office.people.grant(office.act(), office.pair(), "chen", office.grant("webmaster", 2, 4), document="簽")

    def roles() -> tuple[str, ...]:
        return office.logins.log_in("chen", FIRST, office.code("chen")).seats[0].roles

    for held in (False, False, True, True, True, False):
        assert ("webmaster" in roles(), "staff" in roles()) == (held, True)
        office.pass_days(1)


# --- passwords ---


def test_a_reset_voids_password_factor_and_key_and_lets_in_by_a_drawn_one(office: PeopleOffice) -> None:
    """防護基準 4-2-8. ``design``: a reset voids the slot; until enrolled anew that person can log in but not unlock."""
    office.enter("chen", office.add())
    office.people.enrol(office.act(), *self_and(office, "chen"))
    assert office.keyholders.can_unlock("chen")
    drawn = office.people.reset(office.act(), office.pair(), "chen")
    assert not office.keyholders.can_unlock("chen")
    assert office.accounts.get("chen").totp_secret == ""
    with pytest.raises(Refused):
        office.logins.log_in("chen", FIRST)
    office.pass_days(1)
    with pytest.raises(UsageError, match="one of the last 3"):
        office.enter("chen", drawn, FIRST)
    office.enter("chen", drawn, "entirely different sentence")
    assert office.people.reset("again", office.pair(), "chen")
    assert office.people.reset("again", office.pair(), "chen") == ""


def self_and(office: PeopleOffice, name: str) -> tuple[Any, ...]:
    """What enrolling takes: a session of a keyholder and somebody new, and both passwords."""
    session = office.two("lin", name, {name: FIRST})
    holder, new = session.seats
    return session.token, holder, new, {holder.seat: OWN, new.seat: FIRST}


def test_a_keyholder_enrols_another_who_then_opens_the_vault(office: PeopleOffice) -> None:
    office.enter("chen", office.add())
    token, holder, new, passwords = self_and(office, "chen")
    with pytest.raises(Refused):
        office.people.enrol(office.act(), token, holder, new, passwords | {new.seat: OWN})
    office.clock.go_to(office.clock.wall_ns() + 60 * 10**9)
    office.people.enrol(office.act(), token, holder, new, passwords)
    with office.restarted().keyholders.unlock("chen", FIRST) as vault:
        assert vault.public == office.vault_public
    with pytest.raises(Refused, match="already"):
        office.people.enrol(office.act(), token, holder, new, passwords)


def test_somebody_who_runs_nothing_opens_no_vault(office: PeopleOffice) -> None:
    office.enter("chen", office.add(grant=office.grant("staff")))
    with pytest.raises(Refused, match="only who runs"):
        office.people.enrol(office.act(), *self_and(office, "chen"))


# --- pledges and reviews ---


def test_a_pledge_and_a_review_are_dated_by_their_entries(office: PeopleOffice) -> None:
    office.people.pledge(office.act(), office.pair().proposer, "lin", document="切結書")
    assert office.restarted().book.get("lin").pledged == office.today
    office.people.review(office.act(), office.pair().approver, remark="")
    assert office.people.review_due() == ""
    office.pass_days(366)
    assert "366 days ago" in office.people.review_due()
    stale = office.pair().approver
    office.clock.go_to(office.clock.wall_ns() + 301 * 10**9)
    with pytest.raises(Refused, match="type it again"):
        office.people.review(office.act(), stale, remark="")
    assert office.restarted().book.reviewed_ns < office.clock.wall_ns() - 300 * 86_400 * 10**9


def test_AT_41_a_pledge_that_lacks_waits_for_the_officer_who_files_it_and_again_before_its_year_is_over(
    office: PeopleOffice,
) -> None:
    pair = office.pair()

    def owed() -> dict[str, tuple[str, str]]:
        waits = list(of_people(office.people.book.all(), office.today))
        assert all(each.fit(pair.proposer) == "officer" and not each.fit(pair.approver) for each in waits)
        return {each.duty.key: (each.duty.why, each.duty.due.mark) for each in waits if each.duty.due}

    assert owed() == dict.fromkeys(("lin", "wu", "tsai"), ("unpledged", "red")), "each of them may sit at a viewing"
    office.add(name="hsu", grant=office.grant("staff"))
    assert "hsu" not in owed(), "who sees no footage owes none"
    for name in ("lin", "wu", "tsai"):
        office.people.pledge(office.act(), pair.proposer, name, document="切結書")
    assert owed() == {}
    office.pass_days(PLEDGE_DAYS - 31)
    assert owed() == {}
    office.pass_days(1)
    assert owed()["wu"] == ("renewal", "none")
    office.pass_days(31)
    assert owed()["wu"] == ("renewal", "over")


def test_nobody_of_that_name(office: PeopleOffice) -> None:
    with pytest.raises(NotFound):
        office.people.reset(office.act(), office.pair(), "ghost")
    assert office.book.roles_of("ghost") == ()


# --- cuts and errors at every step ---


class Changes(BookLife):
    """Somebody is added, gets a role, is reset, and leaves."""

    more_cuts_than = 100

    def __init__(self, people: types.ModuleType = people_module) -> None:
        self._people = people

    def start(self) -> MemoryFs:
        office = PeopleOffice()
        office.fs.sync_fs("/")
        return office.fs

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        office = PeopleOffice(fs, seed="a", people=self._people).settled()
        pair = office.pair()
        said.append(("asking", "add"))
        said.append(("added", office.add(act="add", pair=pair)))
        office.people.grant("grant", pair, "chen", office.grant("secretary"), document="d")
        said.append(("granted", ""))
        office.enter("chen", said[1][1])
        said.append(("entered", ""))
        said.append(("asking", "reset"))
        said.append(("reset", office.people.reset("reset", pair, "chen")))
        said.append(("asking", "close"))
        office.people.close("close", pair, "chen", document="d")
        said.append(("closed", ""))

    def check(self, fs: MemoryFs, said: tuple[Any, ...] | list[Any], where: str) -> None:
        office = PeopleOffice(fs, seed="after", people=self._people).settled()
        done = dict(said)
        assert office.book.damaged == [], where
        account = office.accounts.find("chen")
        if "added" not in done:
            assert not office.book.knows("chen") or (account and account.must_change), where
            return
        assert account is not None, f"{where}: the account is gone"
        closing, resetting = ("asking", "close") in said, ("asking", "reset") in said
        if "granted" in done and not closing:
            assert office.book.roles_of("chen") == ("officer", "secretary"), where
        if "closed" in done:
            assert not account.enabled, f"{where}: a closed account is open again"
            assert office.book.roles_of("chen") == (), where
        if office.book.get("chen").closed_ns:
            assert not account.enabled, f"{where}: entered as closed, and open"
        if office.book.get("chen").waits and account.enabled:
            assert account.must_change, f"{where}: entered as reset, and the old password still opens"
        if "entered" in done and not resetting:
            assert office.logins.log_in("chen", FIRST, office.code("chen")).seats, where
        if "reset" in done and not closing:
            assert office.own.begin_first("chen", done["reset"]).person == "chen", where
            assert not office.keyholders.can_unlock("chen"), where


def new_office_disk_of() -> None:
    """A fresh disk is made by the office itself."""
    return


@pytest.mark.parametrize("check", CHECKS)
def test_inv_23_no_acknowledged_change_of_a_person_is_lost(check: Callable[[BookLife], None]) -> None:
    check(Changes())


MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "closing: the account stays open when cut": (("People.settle", "drop call set_enabled"),),
    "reset: the old password opens when cut": (("People.settle", "drop call set_initial"),),
    "adding: no account when cut": (("People.settle", "drop call add"),),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_checks_find_people_with(name: str) -> None:
    assert caught_by(CHECKS, Changes(changed_module(people_module, *MUTANTS[name])))


def test_a_reset_that_broke_off_is_finished_by_sending_the_form_again(office: PeopleOffice) -> None:
    office.enter("chen", office.add())
    pair = office.pair()

    def fails(*_: object) -> None:
        raise Refused("the key store is shut")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.keyholders, "reset_password", fails)
        with pytest.raises(Refused, match="shut"):
            office.people.reset("broken", pair, "chen")
    drawn = office.people.reset("broken", pair, "chen")
    assert office.own.begin_first("chen", drawn).person == "chen"


def test_a_record_that_does_not_open_takes_the_role_away(office: PeopleOffice) -> None:
    office.add(act="adding")
    entry = office.ledger.act("adding")
    assert entry is not None
    office.acts.erase("erasing", entry.index, {"why": "test"})
    again = office.restarted()
    assert again.book.damaged == [entry.index]
    assert again.book.roles_of("chen") == ()
    assert timedelta(0) <= again.today - office.today
