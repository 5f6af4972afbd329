"""Security keys as a second factor: enrolled after the password, proved at the door, told when they may have a copy;
and of everything else that answers, nothing opens anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from appliance.core.errors import Locked, NotFound, NotLoggedIn, Refused, UsageError
from appliance.services.people.securitykeys import MAX_KEYS, SecurityKeys
from tests.services.peoplecases import OWN, PeopleOffice
from tests.vault.keycases import drawn
from tests.vault.keydevice import KeyDevice
from tests.vault.ringcases import MovingClock

MINUTE = 60 * 10**9


@pytest.fixture
def office() -> PeopleOffice:
    return PeopleOffice()


def enrol(office: PeopleOffice, device: KeyDevice, name: str = "lin", label: str = "鑰匙圈") -> None:
    token = office.logins.log_in(name, OWN, office.code(name)).token
    options = office.own.begin_key(token, 1, OWN)
    office.own.finish_key(token, 1, device.made(options), label)


def door(office: PeopleOffice, proof: str, password: str = OWN, name: str = "lin") -> Any:
    office.clock.go_to(office.clock.wall_ns() + MINUTE)  # past what a wrong try costs
    return office.logins.log_in(name, password, key=office.keys.check(proof))


def test_a_key_of_the_own_opens_with_the_password_and_no_code(office: PeopleOffice) -> None:
    device = KeyDevice()
    enrol(office, device)
    session = door(office, device.proof(office.keys.request()))
    assert [seat.person for seat in session.seats] == ["lin"]
    (key,) = office.accounts.get("lin").keys
    assert (key.label, key.count, key.used_ns) == ("鑰匙圈", 1, office.clock.wall_ns())
    again = office.restarted()
    assert [seat.person for seat in door(again, device.proof(again.keys.request())).seats] == ["lin"]
    kinds = [entry.kind for entry in office.ledger.entries()]
    assert kinds.count("securitykey.added") == 1
    entry = next(entry for entry in office.ledger.entries() if entry.kind == "securitykey.added")
    assert "lin" not in str(entry.fields)
    assert "鑰匙圈" not in str(entry.fields)


def test_a_key_alone_opens_nothing_and_neither_does_the_password_alone(office: PeopleOffice) -> None:
    device = KeyDevice()
    enrol(office, device)
    with pytest.raises(Refused, match="do not fit"):
        door(office, device.proof(office.keys.request()), password="a wrong password of some length")
    office.clock.go_to(office.clock.wall_ns() + MINUTE)
    with pytest.raises(Refused, match="do not fit"):
        office.logins.log_in("lin", OWN)


def test_who_has_a_code_besides_goes_on_using_it(office: PeopleOffice) -> None:
    device = KeyDevice()
    session = office.logins.log_in("lin", OWN)
    begun = office.own.begin_factor(session.token, 1, OWN)
    office.own.finish_factor(begun.token, session.token, pyotp.TOTP(begun.secret).at(office.clock.wall_ns() // 10**9))
    enrol(office, device)
    assert office.logins.log_in("lin", OWN, office.code("lin")).seats[0].person == "lin"
    assert door(office, device.proof(office.keys.request())).seats[0].person == "lin"


def changed(proof: str, change: Callable[[dict[str, Any]], None]) -> str:
    told = json.loads(proof)
    change(told)
    return json.dumps(told)


def test_what_another_key_site_or_page_answers_opens_nothing(office: PeopleOffice) -> None:
    device, stranger = KeyDevice(), KeyDevice(name=b"another")
    elsewhere = KeyDevice("https://localhost.example")
    enrol(office, device)
    elsewhere._private = device._private
    request = office.keys.request
    proofs: list[Callable[[], str]] = [
        lambda: stranger.proof(request()),
        lambda: elsewhere.proof(request()),
        lambda: device.proof({**request(), "rpId": "example"}),
        lambda: device.proof({**request(), "challenge": "AAAA"}),
        lambda: changed(device.proof(request()), lambda told: told["response"].update(signature="AAAA")),
        lambda: changed(device.proof(request()), lambda told: told.update(id="AAAA")),
    ]
    for bad in ("{}", "[" * 9_000, "null", '{"response": {}}', '{"response": {"clientDataJSON": "\\u0000"}}'):
        proofs.append(lambda bad=bad: bad)
    for proof in (*proofs, lambda: "x" * 20_000):
        office.clock.go_to(office.clock.wall_ns() + 16 * MINUTE)  # past what five wrong tries cost
        answer = proof()
        with pytest.raises((Refused, Locked)):
            door(office, answer)
    office.clock.go_to(office.clock.wall_ns() + 16 * MINUTE)
    assert door(office, device.proof(request())).seats


def test_an_answer_is_used_once_and_within_five_minutes(office: PeopleOffice) -> None:
    device = KeyDevice()
    enrol(office, device)
    proof = device.proof(office.keys.request())
    assert door(office, proof).seats
    with pytest.raises(Refused):
        door(office, proof)
    late = device.proof(office.keys.request())
    office.clock.go_to(office.clock.wall_ns() + 5 * MINUTE)
    with pytest.raises(Refused):
        door(office, late)
    with pytest.raises(Refused):
        door(office.restarted(), device.proof(office.keys.request()))


def test_a_key_that_counts_backwards_is_told_and_opens_nothing_until_it_is_removed(office: PeopleOffice) -> None:
    device = KeyDevice()
    enrol(office, device)
    door(office, device.proof(office.keys.request()))
    device.count = 0
    with pytest.raises(Refused):
        door(office, device.proof(office.keys.request()))
    assert office.accounts.get("lin").keys[0].doubted
    device.count = 50
    with pytest.raises(Refused):
        door(office.restarted(), device.proof(office.keys.request()))


def test_a_key_is_enrolled_for_whose_password_was_typed_once_and_by_no_other_sites_page(office: PeopleOffice) -> None:
    device = KeyDevice()
    both = office.two()
    for seat, name in ((1, "lin"), (2, "wu")):
        options = office.own.begin_key(both.token, seat, OWN)
        other = 3 - seat
        with pytest.raises(Refused):
            office.own.finish_key(both.token, other, device.made(options), "不是我的")
        assert office.accounts.get(name).keys == ()
    with pytest.raises(Refused):
        office.own.begin_key(both.token, 1, "a wrong password of some length")
    office.clock.go_to(office.clock.wall_ns() + MINUTE)
    options = office.own.begin_key(both.token, 1, OWN)
    for wrong in (KeyDevice("https://evil").made(options), device.made(options, host="evil"), "{}", "[" * 9_000):
        with pytest.raises(Refused):
            office.own.finish_key(both.token, 1, wrong, "鑰匙圈")
    options = office.own.begin_key(both.token, 1, OWN)
    with pytest.raises(UsageError, match="label is missing"):
        office.own.finish_key(both.token, 1, device.made(options), " ")
    made = device.made(options)
    office.own.finish_key(both.token, 1, made, "鑰匙圈")
    with pytest.raises(Refused):
        office.own.finish_key(both.token, 1, made, "再一次")
    with pytest.raises(NotLoggedIn):
        office.own.finish_key("nobody", 1, made, "x")


def test_several_keys_one_of_which_is_removed_with_the_password(office: PeopleOffice) -> None:
    first, second = KeyDevice(), KeyDevice(name=b"second")
    enrol(office, first)
    enrol_with(office, second, first)
    session = door(office, second.proof(office.keys.request()))
    gone = office.accounts.get("lin").keys[0].key_id
    with pytest.raises(Refused):
        office.own.remove_key(session.token, 1, "a wrong password of some length", gone)
    office.clock.go_to(office.clock.wall_ns() + MINUTE)
    with pytest.raises(NotFound):
        office.own.remove_key(session.token, 1, OWN, "AAAA")
    office.own.remove_key(session.token, 1, OWN, gone)
    with pytest.raises(Refused):
        door(office, first.proof(office.keys.request()))
    assert door(office, second.proof(office.keys.request())).seats
    assert next(entry.kind for entry in office.book.history("lin")) == "securitykey.removed"
    for number in range(MAX_KEYS - 1):
        enrol_with(office, KeyDevice(name=b"%d" % number), second)
    token = door(office, second.proof(office.keys.request())).token
    with pytest.raises(Refused, match=f"{MAX_KEYS} already"):
        office.own.begin_key(token, 1, OWN)


def enrol_with(office: PeopleOffice, device: KeyDevice, by: KeyDevice) -> None:
    """One more, by somebody whose other key opens."""
    token = door(office, by.proof(office.keys.request())).token
    office.own.finish_key(token, 1, device.made(office.own.begin_key(token, 1, OWN)), "備用")


def test_a_reset_takes_the_keys_away_with_password_and_code(office: PeopleOffice) -> None:
    device = KeyDevice()
    enrol(office, device, "tsai")
    office.people.reset(office.act(), office.pair(), "tsai")
    assert office.accounts.get("tsai").keys == ()


@pytest.mark.parametrize(("host", "possible"), [("box.office.local", True), ("192.0.2.7", False), ("[::1]", False)])
def test_under_an_address_of_numbers_there_are_no_keys_and_that_is_said(host: str, possible: bool) -> None:
    keys = SecurityKeys(host, [f"https://{host}"], "辦公室", MovingClock(), drawn("keys"))
    assert keys.possible == possible
    if not possible:
        with pytest.raises(Refused, match="a name, not an address"):
            keys.options_for("lin", "林小明", ())
