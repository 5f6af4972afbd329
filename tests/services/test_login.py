"""Log-ins: seats, ends, throttling, and answers that tell a guesser nothing."""

from __future__ import annotations

import threading

import pyotp
import pytest

from appliance.core.errors import Locked, NotLoggedIn, PasswordDue, Refused, UsageError
from appliance.services.people import throttle
from appliance.services.people.accounts import Account, Accounts
from appliance.services.people.login import Attempt, Logins
from appliance.vault.keys.boxkeys import SealedFile
from appliance.vault.keys.passwords import Hasher
from tests.services.clocks import StillClock
from tests.vault.keycases import BOX_KEY, CHEAP, KEYS, drawn, new_disk

PASSWORD = "a password that is long enough"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Desk:
    """Three people, one of them with a second factor, and the log-ins of one process."""

    def __init__(self) -> None:
        self.clock, self.attempts, self.random = StillClock(), list[Attempt](), drawn("desk")
        hasher = Hasher(CHEAP, self.random)
        verifier = hasher.verifier(PASSWORD)
        people = [
            Account(name="lin", display="林小明", roles=("officer",), verifier=verifier),
            Account(name="wu", display="吳大同", roles=("unit_head",), verifier=verifier, slot_id="s"),
            Account(name="chen", display="陳怡君", roles=("director",), verifier=verifier, totp_secret=SECRET),
        ]
        file = SealedFile(new_disk(), f"{KEYS}/accounts.sealed", BOX_KEY, self.random)
        self.accounts = Accounts.create(file, people, hasher, self.clock)
        self.logins = Logins(self.accounts, self.clock, self.random, on_attempt=self.attempts.append, trial=True)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_person_logs_in_and_is_known_by_the_token(desk: Desk) -> None:
    session = desk.logins.log_in("Lin ", PASSWORD)
    assert len(bytes.fromhex(session.token)) == 32
    (seat,) = desk.logins.session(session.token).seats
    assert (seat.seat, seat.person, seat.display, seat.roles) == (1, "lin", "林小明", ("officer",))
    assert session.token not in repr(vars(desk.logins)), "only its hash is kept"
    assert desk.attempts == [Attempt("lin", "succeeded")]


def test_two_people_sit_in_one_session_under_a_new_token(desk: Desk) -> None:
    first = desk.logins.log_in("lin", PASSWORD)
    second = desk.logins.log_in("wu", PASSWORD, session=first.token)
    assert [seat.person for seat in second.seats] == ["lin", "wu"]
    assert second.session_id == first.session_id
    with pytest.raises(NotLoggedIn):
        desk.logins.session(first.token)
    with pytest.raises(UsageError, match="the same person"):
        desk.logins.log_in("lin", PASSWORD, session=second.token)
    code = pyotp.TOTP(SECRET).at(desk.clock.wall_ns() // 10**9)
    with pytest.raises(UsageError, match="2 people"):
        desk.logins.log_in("chen", PASSWORD, code, session=second.token)
    assert desk.logins.session(second.token).seats == second.seats


def test_a_wrong_second_log_in_leaves_the_first_as_it_was(desk: Desk) -> None:
    first = desk.logins.log_in("lin", PASSWORD)
    with pytest.raises(Refused):
        desk.logins.log_in("wu", "wrong", session=first.token)
    assert desk.logins.session(first.token).seats == first.seats
    with pytest.raises(NotLoggedIn):
        desk.logins.log_in("wu", PASSWORD, session="00" * 32)


def test_every_wrong_input_gets_the_same_answer(desk: Desk) -> None:
    desk.accounts.set_enabled("wu", False)
    answers = set()
    for name, password, code in (
        ("nobody", PASSWORD, ""),
        ("lin", "wrong", ""),
        ("wu", PASSWORD, ""),
        ("chen", PASSWORD, "000000"),
        ("chen", "wrong", ""),
    ):
        desk.clock.pass_seconds(400)
        with pytest.raises(Refused) as caught:
            desk.logins.log_in(name, password, code)
        answers.add(str(caught.value))
    assert len(answers) == 1
    assert [attempt.person for attempt in desk.attempts] == ["", "lin", "wu", "chen", "chen"]
    assert {attempt.outcome for attempt in desk.attempts} == {"failed"}


def fails(desk: Desk, name: str = "lin", times: int = 4, source: str = "") -> None:
    """So many wrong tries, each looked at."""
    for _ in range(times):
        with pytest.raises(Refused, match="do not fit"):
            desk.logins.log_in(name, "wrong", source=source)


def test_after_up_to_four_wrong_passwords_the_right_one_is_taken_at_once(desk: Desk) -> None:
    for times in (1, 4, 4):
        fails(desk, times=times)
        assert desk.logins.log_in("lin", PASSWORD), "a right one begins the count anew"


def test_the_fifth_wrong_try_in_a_row_locks_the_name_there_for_fifteen_minutes(desk: Desk) -> None:
    fails(desk)
    for password, seconds in (("wrong", 900), (PASSWORD, 900), (PASSWORD, 899)):
        with pytest.raises(Locked, match=f"at this computer; try again in {seconds} s"):
            desk.logins.log_in("lin", password)
        desk.clock.pass_seconds(1 if seconds == 900 and password == PASSWORD else 0)
    assert [attempt.outcome for attempt in desk.attempts] == ["failed"] * 5 + ["locked"]
    desk.clock.pass_seconds(899)
    fails(desk)
    assert desk.logins.log_in("lin", PASSWORD)


def test_wrong_tries_at_one_computer_lock_nobody_at_another(desk: Desk) -> None:
    fails(desk, source="192.0.2.7")
    with pytest.raises(Locked):
        desk.logins.log_in("lin", "wrong", source="192.0.2.7")
    assert desk.logins.log_in("lin", PASSWORD, source="192.0.2.8")
    assert desk.logins.log_in("wu", PASSWORD, source="192.0.2.7")
    with pytest.raises(Locked):
        desk.logins.log_in("lin", PASSWORD, source="::ffff:192.0.2.7")


def test_one_computer_is_one_source_whichever_of_its_addresses_it_takes(desk: Desk) -> None:
    for number in range(4):
        fails(desk, times=1, source=f"2001:db8:0:1::{number}")
    with pytest.raises(Locked):
        desk.logins.log_in("lin", "wrong", source="2001:db8:0:1:ffff::1")
    assert desk.logins.log_in("lin", PASSWORD, source="2001:db8:0:2::1")


def test_wrong_tries_at_the_door_lock_no_live_session(desk: Desk) -> None:
    token = desk.logins.log_in("lin", PASSWORD).token
    fails(desk)
    with pytest.raises(Locked):
        desk.logins.log_in("lin", "wrong")
    assert desk.logins.reauthenticate(token, 1, PASSWORD).person == "lin"


def test_a_live_session_has_a_count_of_its_own_for_each_person(desk: Desk) -> None:
    token = desk.logins.log_in("wu", PASSWORD, session=desk.logins.log_in("lin", PASSWORD).token).token
    other = desk.logins.log_in("lin", PASSWORD).token
    for _ in range(4):
        with pytest.raises(Refused, match="password of 林小明: it does not fit; type it again"):
            desk.logins.reauthenticate(token, 1, "wrong")
    for password in ("wrong", PASSWORD):
        with pytest.raises(Locked, match="password of 林小明: five wrong tries here; try again in 900 s"):
            desk.logins.reauthenticate(token, 1, password)
    assert desk.logins.reauthenticate(token, 2, PASSWORD)
    assert desk.logins.reauthenticate(other, 1, PASSWORD)
    desk.clock.pass_seconds(599)
    desk.logins.session(token)
    desk.clock.pass_seconds(301)
    assert desk.logins.reauthenticate(token, 1, PASSWORD)


def test_the_same_tries_on_an_account_that_is_not_there_lock_it_the_same_way(desk: Desk) -> None:
    fails(desk, "nobody")
    with pytest.raises(Locked, match="try again in 900 s"):
        desk.logins.log_in("nobody", "wrong")


def test_roles_are_those_of_now_and_nobody_without_one_gets_in(desk: Desk) -> None:
    roles = {"lin": ("officer",), "wu": ()}
    logins = Logins(desk.accounts, desk.clock, desk.random, roles_of=lambda person: roles[person], trial=True)
    session = logins.log_in("lin", PASSWORD)
    roles["lin"] = ("auditor",)
    assert logins.session(session.token).seats[0].roles == ("auditor",)
    with pytest.raises(Refused, match="no role today"):
        logins.log_in("wu", PASSWORD)


def test_a_drawn_password_makes_no_session(desk: Desk) -> None:
    desk.accounts.set_initial("lin", desk.accounts.hasher.verifier("tobid-zurep-drawn"))
    with pytest.raises(PasswordDue):
        desk.logins.log_in("lin", "tobid-zurep-drawn")
    assert desk.logins.sittings("lin") == []
    assert desk.logins.prove_first("lin", "tobid-zurep-drawn").name == "lin"
    with pytest.raises(Refused, match="your own already"):
        desk.logins.prove_first("wu", PASSWORD)


def test_wrong_tries_of_yesterday_are_forgotten(desk: Desk) -> None:
    fails(desk)
    desk.clock.pass_seconds(24 * 3600)
    fails(desk)
    assert desk.logins.log_in("lin", PASSWORD)


def test_no_more_names_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_MOST_KEPT", 10)
    clock = StillClock()
    kept = throttle.Throttle(clock)

    def guess(name: str) -> None:
        kept.attempt(throttle.at_door("", name), lambda: None, lambda seconds: Locked(""), lambda outcome: None)

    for number in range(30):
        guess(f"guess{number}")
    assert len(kept) == 10
    clock.pass_seconds(25 * 3600)
    guess("one of today")
    assert len(kept) == 1


def test_tries_for_one_account_wait_for_each_other(desk: Desk) -> None:
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            desk.logins.log_in("lin", "wrong")
        except Refused:
            outcomes.append("refused")
        except Locked:
            outcomes.append("locked")

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [*["locked"] * 4, *["refused"] * 4]


def test_a_session_ends_after_ten_idle_minutes(desk: Desk) -> None:
    token = desk.logins.log_in("lin", PASSWORD).token
    for _ in range(5):
        desk.clock.pass_seconds(9 * 60)
        desk.logins.session(token)
    desk.clock.pass_seconds(9 * 60)
    session = desk.logins.session(token, active=False)
    assert desk.logins.is_live(session.session_id)
    desk.clock.pass_seconds(60)
    assert not desk.logins.is_live(session.session_id)
    with pytest.raises(NotLoggedIn, match="log in again"):
        desk.logins.session(token)


def test_a_session_ends_after_eight_hours_whatever_is_done(desk: Desk) -> None:
    token = desk.logins.log_in("lin", PASSWORD).token
    for _ in range(8 * 12 - 1):
        desk.clock.pass_seconds(5 * 60)
        desk.logins.session(token)
    token = desk.logins.log_in("wu", PASSWORD, session=token).token
    desk.clock.pass_seconds(5 * 60)
    with pytest.raises(NotLoggedIn):
        desk.logins.session(token)


def test_setting_the_wall_clock_changes_no_end(desk: Desk) -> None:
    token = desk.logins.log_in("lin", PASSWORD).token
    desk.clock.now_ns -= 10**18
    desk.clock.pass_seconds(599)
    desk.logins.session(token)
    desk.clock.now_ns += 3 * 10**18
    desk.logins.session(token)


def test_a_third_session_of_a_person_ends_the_oldest(desk: Desk) -> None:
    tokens = []
    for _ in range(3):
        tokens.append(desk.logins.log_in("lin", PASSWORD).token)
        desk.clock.pass_seconds(1)
    with pytest.raises(NotLoggedIn):
        desk.logins.session(tokens[0])
    assert desk.logins.session(tokens[1])
    assert desk.logins.session(tokens[2])


def test_logging_out_and_being_disabled_end_sessions_at_once(desk: Desk) -> None:
    one = desk.logins.log_in("lin", PASSWORD).token
    desk.logins.log_out(one)
    desk.logins.log_out(one)
    with pytest.raises(NotLoggedIn):
        desk.logins.session(one)
    both = desk.logins.log_in("wu", PASSWORD, session=desk.logins.log_in("lin", PASSWORD).token).token
    other = desk.logins.log_in("wu", PASSWORD).token
    before = desk.logins.session(both).session_id
    alone = desk.logins.log_in("lin", PASSWORD).token
    desk.logins.end_all_of("lin")
    with pytest.raises(NotLoggedIn):
        desk.logins.session(alone)
    stays = desk.logins.session(both)
    assert [seat.person for seat in stays.seats] == ["wu"], "whoever sits beside goes on"
    assert stays.session_id != before, "and what the two had open does not"
    assert not desk.logins.is_live(before)
    assert desk.logins.session(other)


@pytest.mark.parametrize(("number", "leaves", "stays"), [(1, "lin", "wu"), (2, "wu", "lin")])
def test_either_of_two_leaves_alone_and_what_they_had_open_ends(
    desk: Desk, number: int, leaves: str, stays: str
) -> None:
    both = desk.logins.log_in("wu", PASSWORD, session=desk.logins.log_in("lin", PASSWORD).token)
    left = desk.logins.leave(both.token, number)
    assert left is not None
    assert [seat.person for seat in left.seats] == [stays]
    assert left.session_id != both.session_id
    assert not desk.logins.is_live(both.session_id)
    with pytest.raises(NotLoggedIn):
        desk.logins.session(both.token)
    assert desk.logins.reauthenticate(left.token, left.seats[0].seat, PASSWORD).person == stays
    assert desk.logins.sittings(leaves) == []
    with pytest.raises(UsageError, match=f"no seat {number}"):
        desk.logins.leave(left.token, number)
    again = desk.logins.log_in(leaves, PASSWORD, session=left.token)
    assert {seat.seat: seat.person for seat in again.seats} == {number: leaves, 3 - number: stays}
    assert desk.logins.leave(again.token, number) is not None


def test_the_last_who_leaves_ends_the_session(desk: Desk) -> None:
    token = desk.logins.log_in("lin", PASSWORD).token
    assert desk.logins.leave(token, 1) is None
    with pytest.raises(NotLoggedIn):
        desk.logins.session(token)


def test_whoever_stays_keeps_the_eight_hours_that_began_with_the_first(desk: Desk) -> None:
    token = desk.logins.log_in("wu", PASSWORD, session=desk.logins.log_in("lin", PASSWORD).token).token
    left = desk.logins.leave(token, 1)
    assert left is not None
    for _ in range(8 * 12 - 1):
        desk.clock.pass_seconds(5 * 60)
        desk.logins.session(left.token)
    desk.clock.pass_seconds(5 * 60)
    with pytest.raises(NotLoggedIn):
        desk.logins.session(left.token)


def test_a_third_log_in_of_one_of_two_leaves_the_other_where_they_are(desk: Desk) -> None:
    token = desk.logins.log_in("wu", PASSWORD, session=desk.logins.log_in("lin", PASSWORD).token).token
    for _ in range(2):
        desk.clock.pass_seconds(1)
        desk.logins.log_in("lin", PASSWORD)
    assert [seat.person for seat in desk.logins.session(token).seats] == ["wu"]


def test_roles_are_looked_for_in_both_seats(desk: Desk) -> None:
    token = desk.logins.log_in("wu", PASSWORD, session=desk.logins.log_in("lin", PASSWORD).token).token
    assert desk.logins.require(token, ("unit_head",)).person == "wu"
    assert desk.logins.require(token, ("director", "officer")).person == "lin"
    with pytest.raises(Refused, match="director"):
        desk.logins.require(token, ("director",))


def test_a_password_typed_again_is_noted_on_the_seat(desk: Desk) -> None:
    token = desk.logins.log_in("wu", PASSWORD, session=desk.logins.log_in("lin", PASSWORD).token).token
    desk.clock.pass_seconds(300)
    with pytest.raises(Refused):
        desk.logins.reauthenticate(token, 2, "wrong")
    proved = desk.logins.reauthenticate(token, 2, PASSWORD)
    assert proved.proved_ns == desk.clock.boot_ns()
    assert desk.logins.session(token).seats[1] == proved
    assert desk.logins.session(token).seats[0].proved_ns < proved.proved_ns
    with pytest.raises(UsageError, match="no seat 3"):
        desk.logins.reauthenticate(token, 3, PASSWORD)
