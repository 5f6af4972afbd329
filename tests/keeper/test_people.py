"""The office's people through the keeper's verbs: what pages ask, over a real office opened in this process."""

from __future__ import annotations

from typing import Any

import msgspec
import pyotp
import pytest

from appliance.core.errors import Broken, PasswordDue, RecorderError, Refused, UsageError
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.rules.people import MAY
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import facts_of_receipt
from tests.footage import FilmClock
from tests.keeper.proved import proved
from tests.verbs import VERBS

BOTH = {"1": OFFICER.password, "2": UNIT_HEAD.password}
OWN = "chosen by the person alone"
ADD = {
    "name": "chen",
    "display": "陳雅君",
    "post": "課員",
    "unit": "戶籍登記課",
    "role": "staff",
    "end": "",
    "acting": False,
    "document": "115年11月25日簽",
    "passwords": BOTH,
}


def ask(keeper: Keeper, verb: str, **arguments: Any) -> dict[str, Any]:
    """The head as the socket carries it."""
    head = VERBS[verb](keeper, proved(keeper, verb, arguments), Message({}, b"")).head
    return dict(msgspec.msgpack.decode(msgspec.msgpack.encode(head)))


def two(keeper: Keeper) -> str:
    first = ask(keeper, "login", name=OFFICER.name, password=OFFICER.password)["session"]
    return str(ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=first)["session"])


def add(keeper: Keeper, session: str, act: str = "adding", **changes: Any) -> str:
    start = keeper.people.book.today().isoformat()
    return str(ask(keeper, "person.add", session=session, act=act, **{**ADD, "start": start, **changes})["drawn"])


def enter(keeper: Keeper, drawn: str, name: str = "chen") -> str:
    """The person's first log-in and the one after; the session."""
    with pytest.raises(PasswordDue):
        ask(keeper, "login", name=name, password=drawn)
    begun = ask(keeper, "first.begin", name=name, password=drawn)
    assert ask(keeper, "first.again", token=begun["token"]) == begun
    totp, now = pyotp.TOTP(begun["secret"]), keeper.clock.wall_ns() // 10**9
    ask(keeper, "first.finish", token=begun["token"], password=OWN, code=totp.at(now) if begun["needed"] else "")
    code = totp.at(now + 30) if begun["needed"] else ""
    return str(ask(keeper, "login", name=name, password=OWN, totp=code)["session"])


def test_somebody_new_from_the_form_to_the_own_log_in(keeper: Keeper) -> None:
    session = two(keeper)
    chen = enter(keeper, add(keeper, session, role="officer"))
    here = ask(keeper, "session", session=chen)
    assert [(seat["display"], seat["roles"]) for seat in here["seats"]] == [("陳雅君", ["officer"])]
    assert here["may"] == list(MAY)
    (shown,) = [each for each in ask(keeper, "people", session=session)["people"] if each["name"] == "chen"]
    assert (shown["factor"], shown["keyholder"], shown["waits"], shown["used_ns"]) == (
        True,
        False,
        False,
        keeper.clock.wall_ns(),
    )
    one = ask(keeper, "person", session=session, name="chen")
    assert [deed["kind"] for deed in one["history"]] == ["totp.changed", "password.changed", "person.added"]
    added = one["history"][-1]
    assert (added["by"], added["approved_by"]) == (OFFICER.display, UNIT_HEAD.display)
    assert (added["words"], {"act", "commit"} & set(added["fields"])) == ("115年11月25日簽", set())


ASKED = {
    "see-status": ("status", {}),
    "see-cases": ("cases", {}),
    "see-holds": ("holds", {}),
    "see-rules": ("rules", {}),
    "see-ledger": ("ledger.list", {"start": 0, "count": 5}),
    "see-statements": ("statements", {"month": ""}),
    "see-people": ("people", {}),
    "see-access": ("access.log", {}),
    "see-stations": ("stations", {}),
    "see-inspection": ("inspection.month", {"month": ""}),
    "see-cameras": ("cameras.book", {}),
    "see-registers": ("registers", {}),
    "see-references": ("reference.take", {"act": "0" * 32, "camera": "01", "version": 1}),
    "see-inspection-pictures": ("picture.inspection", {"act": "0" * 32}),
}


@pytest.mark.parametrize("role", ["staff", "auditor", "live_viewer"])
def test_each_role_sees_what_the_matrix_lets_it_see_and_nothing_else(keeper: Keeper, role: str) -> None:
    """``domain`` 4.3: least privilege, judged by the keeper whatever a page offers."""
    assert set(ASKED) == set(MAY)
    end = "" if role != "live_viewer" else keeper.people.book.today().isoformat()
    session = enter(keeper, add(keeper, two(keeper), role=role, end=end))
    for what, (verb, arguments) in ASKED.items():
        if verb == "cases" and role not in MAY[what]:
            assert not ask(keeper, verb, session=session, **arguments).get("cases"), "nobody sees more than the own"
        elif role in MAY[what]:
            assert isinstance(ask(keeper, verb, session=session, **arguments), dict), "an empty list may be nothing"
        else:
            with pytest.raises(Refused, match="nobody here has it"):
                ask(keeper, verb, session=session, **arguments)


def test_somebody_who_sees_nothing_receives_and_holds_nothing_either(keeper: Keeper) -> None:
    session = enter(keeper, add(keeper, two(keeper)))
    start_ns = keeper.clock.wall_ns() - 3600 * 10**9
    asked = {"cameras": ["01"], "start_ns": start_ns, "end_ns": start_ns + 10**9, "reason": "查"}
    for verb, arguments in (
        (
            "case-act",
            {
                "act": "r",
                "case": "",
                "kind": "CIT",
                "event": "receive",
                "seat": 1,
                "facts": facts_of_receipt(["01"], start_ns, start_ns + 10**9),
            },
        ),
        ("hold.set", {"act": "h", "seat": 1, "password": OWN, "ground": "event", **asked}),
        ("person.pledge", {"act": "p", "name": "chen", "document": "d", "passwords": {}}),
        ("people.review", {"act": "v", "seat": 1, "password": OWN}),
        ("rules.policy", {"act": "q", "passwords": {"1": OWN}, "document": "d", "floor_days": 31, "target_days": 40}),
    ):
        with pytest.raises(Refused):
            ask(keeper, verb, session=session, **arguments)


def test_a_keyholder_lets_the_new_officer_open_the_vault(keeper: Keeper, clock: FilmClock) -> None:
    drawn = add(keeper, two(keeper), role="officer")
    secret_of = keeper.stores.office.accounts
    enter(keeper, drawn)
    first = ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password)["session"]
    code = pyotp.TOTP(secret_of.get("chen").totp_secret).at(keeper.clock.wall_ns() // 10**9 + 60)
    clock.at_ns += 30 * 10**9
    session = ask(keeper, "login", name="chen", password=OWN, totp=code, session=first)["session"]
    ask(
        keeper,
        "person.enrol",
        session=session,
        act="enrol",
        name="chen",
        passwords={"1": UNIT_HEAD.password, "2": OWN},
    )
    assert keeper.keyholders.can_unlock("chen")
    with keeper.keyholders.unlock("chen", OWN):
        pass


def test_nobody_becomes_a_keyholder_by_password_alone(keeper: Keeper, clock: FilmClock) -> None:
    """Added as staff without a code, then made manager, then let into the vault."""
    session = two(keeper)
    enter(keeper, add(keeper, session))
    grant = {"name": "chen", "role": "manager", "end": "", "acting": False, "document": "d", "passwords": BOTH}
    start = keeper.people.book.today().isoformat()
    with pytest.raises(Refused, match="second factor"):
        ask(keeper, "person.grant", session=session, act="give", start=start, **grant)
    first = ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password)["session"]
    chen = ask(keeper, "login", name="chen", password=OWN, session=first)["session"]
    with pytest.raises(Refused, match="only who runs the office"):
        ask(keeper, "person.enrol", session=chen, act="enrol", name="chen",
            passwords={"1": UNIT_HEAD.password, "2": OWN})  # fmt: skip
    assert not keeper.keyholders.can_unlock("chen")
    begun = ask(keeper, "account.factor", session=chen, seat=2, password=OWN)
    totp, now = pyotp.TOTP(begun["secret"]), keeper.clock.wall_ns() // 10**9
    ask(keeper, "account.factor-proved", token=begun["token"], session=chen, code=totp.at(now))
    ask(keeper, "person.grant", session=two(keeper), act="again", start=start, **grant)
    left = ask(keeper, "session", session=chen)["seats"]
    assert [seat["person"] for seat in left] == [UNIT_HEAD.name], "the log-in that began by password is over"
    with pytest.raises(Refused, match="do not fit"):
        ask(keeper, "login", name="chen", password=OWN)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("person.close", {"document": "d"}),
        ("person.reset", {}),
        ("person.move", {"display": "x", "post": "x", "unit": "x", "document": "d"}),
    ],
)
def test_the_two_people_of_a_new_office_cannot_lock_each_other_out(
    keeper: Keeper, verb: str, arguments: dict[str, Any]
) -> None:
    session = two(keeper)
    for name in (OFFICER.name, UNIT_HEAD.name):
        with pytest.raises(Refused, match="own account"):
            ask(keeper, verb, session=session, act=f"a{name}", name=name, passwords=BOTH, **arguments)


def test_a_wrong_password_of_either_changes_nothing(keeper: Keeper) -> None:
    session, size = two(keeper), keeper.ledger.size
    with pytest.raises(RecorderError):
        add(keeper, session, passwords={**BOTH, "2": "wrong"})
    assert keeper.ledger.size == size
    assert not keeper.people.book.knows("chen")


def test_the_next_process_knows_everybody(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        enter(keeper, add(keeper, two(keeper), role="secretary"))
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        session = ask(keeper, "login", name="chen", password=OWN)["session"]
        assert ask(keeper, "session", session=session)["seats"][0]["roles"] == ["secretary"]


def test_the_duty_suspends_what_nobody_uses_and_two_people_reopen_it(keeper: Keeper, clock: FilmClock) -> None:
    enter(keeper, add(keeper, two(keeper)))
    clock.at_ns += 91 * 86_400 * 10**9
    two(keeper)
    house = housekeeping(keeper)
    house.turn()
    assert keeper.stores.office.accounts.get("chen").suspended
    session = two(keeper)

    def shown() -> dict[str, Any]:
        told = ask(keeper, "people", session=session)["people"]
        return next(each for each in told if each["name"] == "chen")

    assert (shown()["suspended_ns"], shown()["closed_ns"], shown()["roles"]) == (keeper.clock.wall_ns(), 0, [])
    with pytest.raises(Refused, match="do not fit"):
        ask(keeper, "login", name="chen", password=OWN)
    with pytest.raises(RecorderError):
        ask(keeper, "person.reopen", session=session, act="a", name="chen", document="d", passwords={**BOTH, "2": ""})
    ask(keeper, "person.reopen", session=session, act="b", name="chen", document="復職簽", passwords=BOTH)
    assert (shown()["suspended_ns"], shown()["roles"]) == (0, ["staff"])
    one = ask(keeper, "person", session=session, name="chen")
    assert [deed["kind"] for deed in one["history"]][:2] == ["person.reopened", "person.suspended"]
    assert ask(keeper, "login", name="chen", password=OWN)["session"]


@pytest.mark.parametrize("day", ["start", "end"])
def test_a_role_from_or_until_what_is_no_day_is_refused(keeper: Keeper, day: str) -> None:
    session = two(keeper)
    with pytest.raises(UsageError) as refused:
        add(keeper, session, **{day: "115/11/31"})
    assert refused.value.message is not None
    assert refused.value.message.code == "people-not-a-day"
    assert not keeper.people.book.knows("chen")


def test_what_is_no_request_about_a_person_is_broken_and_changes_nothing(keeper: Keeper) -> None:
    session, size = two(keeper), keeper.ledger.size
    for wrong in ({"passwords": ["both"]}, {"acting": "no"}, {"name": 7}, {"seat": 1}):
        with pytest.raises(Broken, match=r"person\.add"):
            add(keeper, session, **wrong)
    assert keeper.ledger.size == size
