"""Grants: who may open one, what it opens, the order of entry and key, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Locked, NotFound, NotLoggedIn, NotWritable, Refused
from appliance.core.messages import coded
from appliance.core.model import Span, to_json
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.views import Opening
from appliance.rules.deadlines import DAY_NS
from appliance.services.people.login import IDLE_NS
from appliance.services.viewing.refusals import AT_ONCE, MINUTE_NS
from tests.sandbox.films import film
from tests.services.viewing import NOON_NS, PASSWORD, Office
from tests.vault.ringcases import entered, kinds

SECOND_NS = 1_000_000_000
MINUTE = 60 * SECOND_NS


@pytest.fixture
def office() -> Office:
    """Two cameras; C1 recorded 30 s over noon, so in two buckets."""
    office = Office()
    office.record_film(film(30), NOON_NS - 10 * SECOND_NS)
    office.record_film(film(5), NOON_NS, camera_no="C2")
    return office


def test_a_grant_opens_the_keys_of_its_buckets_and_no_others(office: Office) -> None:
    before, after = (stretch.bucket_id for stretch in office.ring.find("C1", Span(0, 1 << 62)))
    grant = office.view(NOON_NS + SECOND_NS, NOON_NS + 9 * SECOND_NS)
    assert set(grant.keys) == {after}
    assert set(office.view(NOON_NS - SECOND_NS, NOON_NS + SECOND_NS).keys) == {before, after}
    assert office.view(NOON_NS + MINUTE, NOON_NS + 2 * MINUTE).keys == {}
    assert len(office.view(NOON_NS, NOON_NS + SECOND_NS, "C1", "C2").keys) == 2


def test_the_entry_says_all_that_will_be_opened_and_nobody_by_name(office: Office) -> None:
    grant = office.view(NOON_NS - SECOND_NS, NOON_NS + SECOND_NS)
    (entry,) = entered(office.ledger, "grant.opened")
    assert entry["case"] == "115-0001"
    assert entry["buckets"] == sorted(grant.keys)
    assert entry["spans"] == [{"camera_no": "C1", "start_ns": NOON_NS - SECOND_NS, "end_ns": NOON_NS + SECOND_NS}]
    assert b"lin" not in to_json(entry)
    index = next(each.index for each in office.ledger.entries() if each.kind == "grant.opened")
    assert office.acts.sealed(index) == {"keyholder": "lin", "people": ["lin", "wu"]}


def test_an_open_bucket_can_be_viewed_too() -> None:
    office = Office()
    office.record_film(film(10), NOON_NS, close=False)
    grant = office.view(NOON_NS, NOON_NS + 9 * SECOND_NS)
    assert len(grant.keys) == 1


def test_no_entry_no_key(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vault is not even asked for while the entry is not durable."""
    case = office.granted(NOON_NS, NOON_NS + SECOND_NS)
    token = office.two()
    unlocked: list[list[str]] = []
    unlock = office.keyholders.unlock

    def watched(person: str, password: str) -> Any:
        unlocked.append(kinds(office.ledger))
        return unlock(person, password)

    monkeypatch.setattr(office.keyholders, "unlock", watched)
    office.grants.open(token, case, PASSWORD)
    assert [found[-1] for found in unlocked] == ["grant.opened"]
    office.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    with pytest.raises(NotWritable):
        office.grants.open(token, case, PASSWORD)
    assert len(unlocked) == 1


# --- who may ---


def refused(office: Office, message: str, token: str, case_no: str = "115-0001", **more: Any) -> dict[str, Any]:
    """The entry that a refused try to open made."""
    with pytest.raises(Refused, match=message):
        office.grants.open(token, case_no, PASSWORD, **more)
    assert "grant.opened" not in kinds(office.ledger)
    entry = entered(office.ledger, "grant.refused")[-1]
    assert entry["case"] == case_no
    return entry


def test_one_person_alone_sees_nothing(office: Office) -> None:
    """AT-41: without the second log-in there is no viewing."""
    office.granted(NOON_NS, NOON_NS + SECOND_NS)
    alone = office.logins.log_in("lin", PASSWORD)
    assert refused(office, "two people", alone.token)["tries"] == 1


def test_AT_41_a_citizens_viewing_takes_the_system_manager_and_no_officer_in_his_place(office: Office) -> None:
    case = office.granted(NOON_NS, NOON_NS + SECOND_NS)
    for first in ("tang", "chen"):
        refused(office, "this viewing takes a log-in as manager", office.two(first, "wu"))
    assert office.grants.open(office.two(), case, PASSWORD)


def test_nobody_sees_footage_without_a_pledge_of_confidentiality(office: Office) -> None:
    """八(一), AT-27: before the first use, and of each of the two."""
    case, filed = office.granted(NOON_NS, NOON_NS + SECOND_NS), {"lin"}
    office.pledged = filed.__contains__
    office.grants = office.grants_anew()
    refused(office, "no pledge of confidentiality of this year of 吳大同; file it", office.two(), case)
    filed.add("wu")
    assert office.grants.open(office.two(), case, PASSWORD)


def test_a_keyholder_must_be_one_of_the_two(office: Office) -> None:
    office.granted(NOON_NS, NOON_NS + SECOND_NS)
    office.keyholders.reset_password("lin", "drawn")
    office.accounts.set_first("lin", office.accounts.hasher.verifier(PASSWORD), "", "")
    refused(office, "neither of the two", office.two("lin", "chen"))
    refused(office, "seat 1 holds no key", office.two("lin", "wu"), seat=1)
    assert office.grants.open(office.two("lin", "wu"), "115-0001", PASSWORD, seat=2)


def test_AT_41_whether_two_people_may_open_is_known_before_they_try_and_is_no_try(office: Office) -> None:
    case = office.granted(NOON_NS, NOON_NS + SECOND_NS)

    def asked(*people: str) -> Opening:
        token = office.two(*people) if len(people) > 1 else office.logins.log_in(people[0], PASSWORD).token
        return office.grants.opening(office.logins.session(token), case, Purpose.VIEWING)

    assert asked("lin", "wu") == Opening(seats=(1, 2))
    assert asked("lin", "chen").seats == (1,)
    assert asked("tang", "wu") == Opening(why=coded("needs-manager"))
    assert asked("lin").why == coded("two-people")
    office.keyholders.reset_password("lin", "drawn")
    office.accounts.set_first("lin", office.accounts.hasher.verifier(PASSWORD), "", "")
    assert asked("lin", "wu").seats == (2,), "whose password opens nothing is not asked for it"
    assert not entered(office.ledger, "grant.refused")


def test_only_a_viewing_that_has_begun_opens(office: Office) -> None:
    """AT-02: neither before, however much was granted, nor after."""
    life, asked = office.life, (["C1"], NOON_NS, NOON_NS + SECOND_NS)
    received, refused_, granted = life.receive(*asked), life.refused(*asked), life.granted(*asked)
    closed = life.viewing(*asked)
    life.finish(closed)
    token = office.two()
    for number, state in ((received, "received"), (refused_, "notified"), (granted, "granted"), (closed, "closed")):
        refused(office, f"it is {state}", token, number)
    with pytest.raises(NotFound):
        office.grants.open(token, "115-0099", PASSWORD)


def test_a_token_opens_nothing_after_its_last_day(office: Office) -> None:
    case = office.granted(NOON_NS, NOON_NS + SECOND_NS)
    office.clock.go_to(office.clock.wall_ns() + 30 * DAY_NS)
    assert office.grants.open(office.two(), case, PASSWORD)
    office.clock.go_to(office.clock.wall_ns() + DAY_NS)
    with pytest.raises(Refused, match="in a viewing that has begun"):
        office.grants.open(office.two(), case, PASSWORD)


def test_AT_02_a_viewing_that_people_ended_opens_again_only_once_its_case_goes_on(office: Office) -> None:
    grant = office.view(NOON_NS, NOON_NS + SECOND_NS)
    mine, other = office.token, office.two()
    beside = office.grants.open(other, grant.case, PASSWORD)
    office.grants.end(mine, grant.grant_id)
    with pytest.raises(NotFound):
        office.grants.get(other, beside.grant_id)
    with pytest.raises(Refused, match="ended by the people"):
        office.grants.open(office.two(), grant.case, PASSWORD)
    office.grants = office.grants_anew()
    with pytest.raises(Refused, match="ended by the people"):
        office.grants.open(office.two(), grant.case, PASSWORD)
    office.life.act("interrupt", grant.case, reason="誤按結束")
    office.life.act("resume", grant.case)
    assert office.grants.open(office.two(), grant.case, PASSWORD).live


@pytest.mark.parametrize("cause", ["log-out", "the session is over", "the keeper stops"])
def test_a_viewing_that_broke_off_is_opened_again(office: Office, cause: str) -> None:
    grant = office.view(NOON_NS, NOON_NS + SECOND_NS)
    ENDS[cause](office)
    assert office.grants.open(office.two(), grant.case, PASSWORD).live


def test_a_wrong_password_opens_nothing_and_five_lock_the_session(office: Office) -> None:
    case = office.granted(NOON_NS, NOON_NS + SECOND_NS)
    token = office.two()
    for _ in range(4):
        with pytest.raises(Refused, match="does not fit"):
            office.grants.open(token, case, "not the password")
    for password in ("not the password", PASSWORD):
        with pytest.raises(Locked, match="try again in 900 s"):
            office.grants.open(token, case, password)
    assert "grant.opened" not in kinds(office.ledger)


def test_a_vault_that_does_not_open_ends_the_grant_in_the_ledger(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = office.granted(NOON_NS, NOON_NS + SECOND_NS)

    def broken(person: str, password: str) -> None:
        raise Refused("vault: does not open")

    monkeypatch.setattr(office.keyholders, "unlock", broken)
    with pytest.raises(Refused):
        office.grants.open(office.two(), case, PASSWORD)
    assert kinds(office.ledger)[-2:] == ["grant.opened", "grant.ended"]


# --- how it ends ---


def idle(office: Office) -> None:
    office.clock.go_to(office.clock.wall_ns() + IDLE_NS)
    office.grants.end_stale()


def interrupt(office: Office) -> None:
    office.life.act("interrupt", "115-0001", reason="休息")


def another_took_the_seat(office: Office) -> None:
    """A session of the same id with other people cannot be; the seats are compared all the same."""
    session = office.logins.session(office.token)
    live = office.logins._live(office.token)
    live.seats = session.seats[:1]


ENDS: dict[str, Callable[[Office], object]] = {
    "ended by the people": lambda office: office.grants.end(office.token, next(iter(office.grants._grants))),
    "log-out": lambda office: office.grants.end_of_session(office.logins.session(office.token).session_id, "log-out"),
    "the session is over": idle,
    "the keeper stops": lambda office: office.grants.end_all("the keeper stops"),
    "the case allows it no longer": interrupt,
    "a person left": another_took_the_seat,
}


@pytest.mark.parametrize("cause", ENDS)
def test_whatever_ends_it_its_keys_are_wiped_and_it_is_entered(office: Office, cause: str) -> None:
    grant = office.view(NOON_NS - SECOND_NS, NOON_NS + SECOND_NS)
    keys = list(grant.keys.values())
    assert office.grants.get(office.token, grant.grant_id) is grant
    assert all(any(key) for key in keys)
    ENDS[cause](office)
    with pytest.raises((NotFound, NotLoggedIn)):
        office.grants.get(office.token, grant.grant_id)
    assert not any(any(key) for key in keys), "the very bytes, not a copy"
    assert grant.keys == {}
    assert entered(office.ledger, "grant.ended")[-1]["cause"] == cause
    with pytest.raises(NotFound):
        office.grants.release(grant, "C1", Span(NOON_NS, NOON_NS + 1), [], "media")
    assert entered(office.ledger, "footage.released") == []


def test_the_keys_go_even_when_the_end_cannot_be_entered(office: Office) -> None:
    grant = office.view(NOON_NS, NOON_NS + SECOND_NS)
    (key,) = grant.keys.values()
    office.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    with pytest.raises(NotWritable):
        office.grants.end(office.token, grant.grant_id)
    assert not any(key)


def test_a_grant_is_of_its_session_alone(office: Office) -> None:
    grant = office.view(NOON_NS, NOON_NS + SECOND_NS)
    other = office.two()
    for attempt in (office.grants.get, office.grants.end):
        with pytest.raises(NotFound):
            attempt(other, grant.grant_id)
    assert office.grants.get(office.token, grant.grant_id).live


def test_a_keeper_that_died_leaves_its_grants_ended(office: Office) -> None:
    first = office.view(NOON_NS, NOON_NS + SECOND_NS)
    office.grants.end(office.token, first.grant_id)
    second = office.view(NOON_NS, NOON_NS + SECOND_NS)
    again = office.grants_anew()
    assert [each["grant"] for each in entered(office.ledger, "grant.ended")] == [first.grant_id, second.grant_id]
    with pytest.raises(NotFound):
        again.get(office.token, second.grant_id)


# --- refused tries ---


def test_AT_02_each_opening_that_is_refused_is_entered_with_its_case_and_why(office: Office) -> None:
    case = office.granted(NOON_NS, NOON_NS + SECOND_NS)
    alone = office.logins.log_in("lin", PASSWORD)
    before = len(kinds(office.ledger))
    for _ in range(2):
        with pytest.raises(Refused, match="two people"):
            office.grants.open(alone.token, case, PASSWORD)
    assert kinds(office.ledger)[before:] == ["grant.refused"] * 2
    tries = [(each["case"], each["why"]) for each in entered(office.ledger, "grant.refused")]
    assert tries == [(case, coded("two-people").as_map())] * 2


def test_every_refused_try_is_entered_and_no_flood_fills_the_ledger(office: Office) -> None:
    grant = office.view(NOON_NS, NOON_NS + SECOND_NS)
    for _ in range(1000):
        with pytest.raises(Refused):
            office.grants.refuse(grant, "C1", Span(1, 2), coded("outside"))
    assert len(entered(office.ledger, "grant.refused")) == AT_ONCE
    office.clock.go_to(office.clock.wall_ns() + MINUTE_NS)
    office.grants.end_stale()
    tries = [each["tries"] for each in entered(office.ledger, "grant.refused")]
    assert tries == [1] * AT_ONCE + [1000 - AT_ONCE]


@pytest.mark.parametrize("moment", [1 << 63, (1 << 64) - 2, -(1 << 63)])
def test_a_try_at_a_moment_that_no_entry_holds_is_entered_and_holds_up_nobody_else_s(
    office: Office, moment: int
) -> None:
    """A request may name more than the 63 bits of an entry's number: it is entered as the last of these."""
    grant = office.view(NOON_NS, NOON_NS + SECOND_NS)
    for _ in range(AT_ONCE + 2):
        with pytest.raises(Refused):
            office.grants.refuse(grant, "C1", Span(moment, moment + 1), coded("outside"))
    office.clock.go_to(office.clock.wall_ns() + MINUTE_NS)
    office.grants.end_stale()
    found = entered(office.ledger, "grant.refused")
    assert sum(each["tries"] for each in found) == AT_ONCE + 2
    assert {abs(each["start_ns"]) for each in found} == {(1 << 63) - 1}


def test_what_was_only_counted_is_entered_when_the_keeper_stops(office: Office) -> None:
    grant = office.view(NOON_NS, NOON_NS + SECOND_NS)
    for _ in range(AT_ONCE + 2):
        with pytest.raises(Refused):
            office.grants.refuse(grant, "C1", Span(1, 2), coded("outside"))
    office.grants.end_all("the keeper stops")
    assert sum(each["tries"] for each in entered(office.ledger, "grant.refused")) == AT_ONCE + 2


def test_AT_32_a_release_outside_the_granted_minutes_is_refused_and_entered(office: Office) -> None:
    grant = office.view(NOON_NS, NOON_NS + 10 * SECOND_NS)
    slot = Span(NOON_NS, NOON_NS + SLOT_NS)
    for camera_no, span in (("C1", slot), ("C2", Span(NOON_NS, NOON_NS + 1)), ("C1", Span(NOON_NS - 1, NOON_NS + 1))):
        with pytest.raises(Refused):
            office.grants.release(grant, camera_no, span, [], "media")
    assert len(entered(office.ledger, "grant.refused")) == 3
    assert grant.released == {}
