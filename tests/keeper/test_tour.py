"""The sample case of a trial office over a real keeper: made by two people's acts under their guards, entered as a
sample, and never made in an office."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SystemClock
from appliance.core.errors import NotAllowed, RecorderError, Refused
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.rules.deadlines import day_of
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.footage import film_past
from tests.verbs import VERBS

SECOND = 1_000_000_000
BOTH = {"1": OFFICER.password, "2": UNIT_HEAD.password}
ACTS = ["receive", "pass_formal", "propose", "stamp", "stamp", "grant", "notify", "schedule", "prepare"]


def _act() -> str:
    return os.urandom(16).hex()


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with make_box(tmp_path_factory.mktemp("tour") / "office", [testcard("01"), testcard("02")]) as box:
        box.start("keeper")
        film_past(box, "01", SystemClock().wall_ns() - 90 * SECOND, 85)
        yield box


def _steps(told: dict[str, Any], kind: str) -> dict[str, str]:
    life = next(each for each in told["lives"] if each["kind"] == kind)
    return {step["code"]: step["state"] for step in life["steps"]}


def _entries(box: Box, session: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start = 0
    while page := box.call("ledger.list", session=session, start=start, count=200)["entries"]:
        found, start = [*found, *(each for each in page if each["kind"] == kind)], start + len(page)
    return found


def test_a_sample_is_made_of_acts_of_two_people_and_entered_as_one(trial: Box) -> None:
    session = trial.both_logged_in()
    assert _steps(trial.call("tour", session=session), "CIT")["sample"] == "now"
    act = _act()
    with pytest.raises(Refused) as wrong:
        trial.call("tour.sample", session=session, act=act, passwords=BOTH | {"2": "another password"})
    assert wrong.value.code == "refused"
    assert not _entries(trial, session, "trial.sample"), "a wrong password begins nothing"

    number = trial.call("tour.sample", session=session, act=act, passwords=BOTH)["case"]
    view = trial.call("case", session=session, case=number)
    assert (view["state"], view["kind"]) == ("prepared", "CIT")
    assert [each["camera_no"] for each in view["ranges"]] == ["01"], "of camera 02 nothing is recorded"
    assert view["ranges"][0]["end_ns"] - view["ranges"][0]["start_ns"] >= 80 * SECOND
    (marked,) = _entries(trial, session, "trial.sample")
    history = view["history"]
    assert [each["event"] for each in sorted(history, key=lambda each: each["index"])] == ACTS
    assert len(marked["fields"]["acts"]) == len(ACTS)
    assert all(each["index"] > marked["index"] for each in history), "what it is stands there before its first act"
    assert {each["name"] for each in history} == {OFFICER.display, UNIT_HEAD.display}

    assert trial.call("tour.sample", session=session, act=act, passwords=BOTH)["case"] == number, "sent twice"
    with pytest.raises(Refused) as there:
        trial.call("tour.sample", session=session, act=_act(), passwords=BOTH)
    assert there.value.message is not None
    assert (there.value.message.code, there.value.message.values) == ("tour-there", {"case": number})
    told = trial.call("tour", session=session)
    assert _steps(told, "CIT") == {
        "second": "done", "sample": "done", "begin": "now", "play": "later", "finish": "later", "close": "later"
    }  # fmt: skip
    assert told["lives"][0]["case"] == number


def test_whoever_is_there_alone_is_told_whom_it_takes(trial: Box) -> None:
    alone = str(trial.call("login", name=OFFICER.name, password=OFFICER.password, totp="")["session"])
    assert trial.call("tour", session=alone)["second"] == UNIT_HEAD.name
    other = str(trial.call("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="")["session"])
    assert trial.call("tour", session=other)["second"] == OFFICER.name
    with pytest.raises(Refused) as refused:
        trial.call("tour.sample", session=alone, act=_act(), passwords={"1": OFFICER.password})
    assert refused.value.message is not None
    assert refused.value.message.code == "tour-people"


def test_a_guard_that_refuses_is_what_the_sample_says_and_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with make_box(tmp_path / "office", [testcard("01")]) as box:
        box.start("keeper")
        session, act = box.both_logged_in(), _act()
        with pytest.raises(Refused) as little:
            box.call("tour.sample", session=session, act=act, passwords=BOTH)
        assert little.value.message is not None
        assert little.value.message.code == "tour-little"
        film_past(box, "01", SystemClock().wall_ns() - 40 * SECOND, 35)
        today = day_of(SystemClock().wall_ns()).isoformat()
        box.call(
            "person.add", session=session, act=_act(), passwords=BOTH, document="簽", name="second", display="林秘書",
            role="secretary", post="秘書", unit="秘書室", start=today, end="", acting=False,
        )  # fmt: skip
        with pytest.raises(NotAllowed) as refused:
            box.call("tour.sample", session=session, act=act, passwords=BOTH)
        assert refused.value.details["why"].startswith("pair"), "there is a secretary now: nobody signs two cells"
        told = box.call("tour", session=session)
        assert (told["act"], _steps(told, "CIT")["sample"]) == (act, "now")
        assert told["lives"][0]["case"], "what was done stands"
        with pytest.raises(Refused):
            box.call("tour.sample", session=session, act=_act(), passwords=BOTH)
        box.call("person.close", session=session, act=_act(), passwords=BOTH, document="簽", name="second")
        number = box.call("tour.sample", session=session, act=act, passwords=BOTH)["case"]
        assert number == told["lives"][0]["case"]
        assert box.call("case", session=session, case=number)["state"] == "prepared"
        assert len(_entries(box, session, "trial.sample")) == 1


class _Office(Box):
    trial = False


def _code_of(keeper: Keeper, verb: str, **arguments: Any) -> str:
    try:
        VERBS[verb](keeper, arguments, Message({}, b""))
    except RecorderError as error:
        return error.message.code if error.message else error.code
    return "done"


def test_an_office_has_no_tour_and_makes_no_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        make_box(tmp_path / "office", [testcard("01")], kind=_Office) as box,
        open_keeper(box.settings, RealFs(), SystemClock(assume_trusted=True)) as keeper,
    ):
        monkeypatch.setattr(keeper.logins, "_trial", True)  # so that two people without a second factor get in
        first = VERBS["login"](keeper, {"name": OFFICER.name, "password": OFFICER.password}, Message({}, b""))
        joined = {"name": UNIT_HEAD.name, "password": UNIT_HEAD.password, "session": first.head["session"]}
        session = VERBS["login"](keeper, joined, Message({}, b"")).head["session"]
        size = keeper.ledger.size
        assert _code_of(keeper, "tour", session=session) == "tour-office"
        assert _code_of(keeper, "tour.sample", session=session, act=_act(), passwords=BOTH) == "tour-office"
        assert keeper.ledger.size == size
