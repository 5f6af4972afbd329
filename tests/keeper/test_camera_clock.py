"""The clock of a camera is set when a person asks for it and never else; its old offset is entered before the device is
told, and what became of it after. The recorder that answers here is the test."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from appliance.core.errors import NotFound, Refused, Unavailable, UsageError
from appliance.core.model import Camera, to_wire
from appliance.keeper.context import Keeper
from appliance.ledger.entry import Entry
from appliance.protocol.transport import Message
from appliance.rules.cameras.rows import Event
from tests.box import OFFICER, until
from tests.cameralife import CameraLife
from tests.footage import FilmClock
from tests.keeper.test_cameras import life_of
from tests.verbs import VERBS

ACCOUNT = {"user": "recorder", "password": "at-the-camera-1"}
CAMERA = Camera(camera_no="05", location="二樓", source="rtsp", settings={"url": "rtsp://192.0.2.7/live", **ACCOUNT})
SLOW = {"clock": {"offset_seconds": -300.2, "ntp": False}}
RIGHT = {"clock": {"offset_seconds": 0.456, "ntp": False}}
BY_NTP = {"clock": {"offset_seconds": -300.2, "ntp": True}}


def why(code: str) -> dict[str, Any]:
    return {"why": {"code": code, "values": {}}}


def kinds(keeper: Keeper) -> list[str]:
    return [entry.kind for entry in clock_entries(keeper)]


def clock_entries(keeper: Keeper) -> list[Entry]:
    return [entry for entry in keeper.ledger.entries() if entry.kind.startswith("cameraclock.")]


def inquiries(keeper: Keeper) -> list[dict[str, Any]]:
    with keeper.recorder.lock:
        keeper.recorder.greeted = True
    return list(VERBS["recorder.states"](keeper, {}, Message({}, to_wire([]))).head["inquiries"])


class Recorder:
    """Sets the clock of a camera, and answers each order that the recorder gets for it. ``orders``: what was asked,
    ``entered``: which entries of it were durable by then."""

    def __init__(self, keeper: Keeper, life: CameraLife) -> None:
        self.keeper, self.life = keeper, life
        self.orders: list[dict[str, Any]] = []
        self.entered: list[list[str]] = []
        self.failed: list[Exception] = []
        self.step: dict[str, Any] = {}

    def press(
        self, *answers: dict[str, Any], camera: str = "05", version: int = 1, act: str = "",
        between: Callable[[], None] = lambda: None,
    ) -> Recorder:  # fmt: skip
        def ask() -> None:
            try:
                self.step = self.life.call(
                    "cameras.set-clock", session=self.life.session, act=act or os.urandom(16).hex(), seat=1,
                    password=OFFICER.password, camera=camera, version=version,
                )  # fmt: skip
            except (NotFound, Refused, Unavailable, UsageError) as error:
                self.failed.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        for answer in answers:
            (order,) = until(lambda: inquiries(self.keeper), what="the order")
            self.orders.append(order)
            self.entered.append(kinds(self.keeper))
            between()
            VERBS["recorder.device"](self.keeper, {"order": order["order"], **answer}, Message({}, b""))
            until(lambda order=order: order not in inquiries(self.keeper), what="its answer to be taken")  # type: ignore[misc]
        asking.join(120)
        return self

    @property
    def deeds(self) -> list[str]:
        return [each["clock"] for each in self.orders]

    @property
    def code(self) -> str:
        """Why it was not done."""
        (error,) = self.failed
        message = getattr(error, "message", None)
        assert message is not None
        return str(message.values["why"].code if message.code == "clock-why" else message.code)


@pytest.fixture
def recorder(keeper: Keeper) -> Recorder:
    life = life_of(keeper)
    life.put_in_force(CAMERA)
    return Recorder(keeper, life)


def test_T_17_the_old_offset_is_entered_before_the_camera_is_told_and_the_new_one_after(recorder: Recorder) -> None:
    keeper = recorder.keeper
    recorder.press(SLOW, RIGHT)
    assert recorder.failed == []
    assert recorder.deeds == ["read", "set"]
    assert recorder.entered == [[], ["cameraclock.ordered"]]
    asked = {(each["address"], each["user"], each["password"]) for each in recorder.orders}
    assert asked == {("rtsp://192.0.2.7/live", ACCOUNT["user"], ACCOUNT["password"])}
    ordered, done = clock_entries(keeper)
    assert (done.kind, ordered.fields["before_ms"]) == ("cameraclock.set", -300_200)
    said = {name: done.fields[name] for name in ("camera", "version", "ordered", "before_ms", "after_ms")}
    assert said == {"camera": "05", "version": 1, "ordered": ordered.index, "before_ms": -300_200, "after_ms": 456}
    for entry in (ordered, done):
        assert keeper.stores.acts.legible(entry.index)["by"] == OFFICER.name
        assert "192.0.2.7" not in str(entry.fields), "no way to a camera stands in the ledger"
    assert (recorder.step["event"], recorder.step["after_ms"]) == ("set", 456)
    told = recorder.life.call("camera", session=recorder.life.session, camera="05")
    assert [(each["event"], each["version"]) for each in told["clock_steps"]] == [("set", 1), ("ordered", 1)]
    assert {each["by"] for each in told["clock_steps"]} == {recorder.step["by"]} != {""}


def test_T_17_nothing_sets_a_camera_s_clock_unless_somebody_asks_for_it(keeper: Keeper, clock: FilmClock) -> None:
    """Found five minutes off when it was asked, approved, in force, recorded for a day: nobody asked."""
    life = life_of(keeper)
    life.act(Event.DRAFT, "06", origin="new", wiring={"source": "rtsp", "settings": dict(CAMERA.settings)})
    heard: list[dict[str, Any]] = []
    asking = threading.Thread(
        target=lambda: heard.append(life.call("cameras.ask-device", session=life.session, camera="06", version=1))
    )
    asking.start()
    (order,) = until(lambda: inquiries(keeper), what="the order")
    assert order["clock"] == ""
    told = {"make": "Axle", "serial": "S-77", "offset_seconds": -300.2}
    VERBS["recorder.device"](keeper, {"order": order["order"], "report": told}, Message({}, b""))
    asking.join(120)
    assert heard[0]["report"]["offset_seconds"] == -300.2
    life.act(Event.DROP, "06", version=1, note="x")
    life.put_in_force(CAMERA)
    for _ in range(3):
        assert inquiries(keeper) == []
        clock.at_ns += 8 * 3600 * 10**9
    assert kinds(keeper) == []


def test_a_clock_is_not_set_from_one_that_nobody_trusts(recorder: Recorder, clock: FilmClock) -> None:
    clock.is_trusted = False
    assert recorder.press().code == "clock-untrusted"
    assert (recorder.deeds, kinds(recorder.keeper)) == ([], [])


def test_nor_from_one_that_lost_its_trust_while_the_camera_was_asked(recorder: Recorder, clock: FilmClock) -> None:
    def doubt() -> None:
        clock.is_trusted = False

    assert recorder.press(SLOW, between=doubt).code == "clock-untrusted"
    assert (recorder.deeds, kinds(recorder.keeper)) == (["read"], [])


@pytest.mark.parametrize(
    ("answer", "code"),
    [(BY_NTP, "clock-ntp"), ({"clock": {"ntp": False}}, "clock-untold"), (why("device-account"), "device-account"),
     (why("clock-no-onvif"), "clock-no-onvif"), ({"report": {"make": "Axle"}}, "device-strange")],
)  # fmt: skip
def test_what_takes_its_time_by_ntp_or_tells_none_is_sent_nothing(
    recorder: Recorder, answer: dict[str, Any], code: str
) -> None:
    assert recorder.press(answer).code == code
    assert (recorder.deeds, kinds(recorder.keeper)) == (["read"], [])


@pytest.mark.parametrize(
    ("answer", "code", "after_ms"),
    [(SLOW, "clock-unchanged", -300_200), (BY_NTP, "clock-ntp", -300_200), ({"clock": {}}, "clock-unknown", None),
     (why("clock-refused"), "clock-refused", None), (why("device-silent"), "clock-unknown", None),
     ({"why": "at 192.0.2.7: hush"}, "clock-unknown", None), (why("login-failed"), "clock-unknown", None)],
)  # fmt: skip
def test_a_camera_that_did_not_do_it_is_told_and_entered_and_no_word_of_its_own(
    recorder: Recorder, answer: dict[str, Any], code: str, after_ms: int | None
) -> None:
    """That it said yes proves nothing: it is measured again. What nobody knows is said to be unknown."""
    act = os.urandom(16).hex()
    assert recorder.press(SLOW, answer, act=act).code == code
    ordered, failed = clock_entries(recorder.keeper)
    assert (ordered.kind, failed.kind) == ("cameraclock.ordered", "cameraclock.failed")
    assert (failed.fields["before_ms"], failed.fields.get("after_ms")) == (-300_200, after_ms)
    assert failed.fields["why"]["code"] == code
    assert "192.0.2.7" not in str(failed.fields)
    recorder.failed.clear()
    assert recorder.press(act=act).code == code, "the same act again gets what came of it"
    assert len(clock_entries(recorder.keeper)) == 2


def test_an_act_that_is_sent_twice_is_done_once_and_is_no_other_act(recorder: Recorder) -> None:
    act = os.urandom(16).hex()
    recorder.press(SLOW, RIGHT, act=act)
    done = recorder.step
    assert recorder.press(act=act).step == done
    assert kinds(recorder.keeper) == ["cameraclock.ordered", "cameraclock.set"]
    assert recorder.press(act=act, camera="01").code == "sent-before"


def test_two_people_do_not_set_one_clock_at_once(recorder: Recorder) -> None:
    """The second would enter as its old offset what the first made of it."""
    other, seen = Recorder(recorder.keeper, recorder.life), list[str]()

    def press_too() -> None:
        other.failed.clear()
        seen.append(other.press().code)

    recorder.press(SLOW, RIGHT, between=press_too)
    assert (recorder.failed, seen) == ([], ["clock-busy", "clock-busy"])
    assert kinds(recorder.keeper) == ["cameraclock.ordered", "cameraclock.set"]
    assert other.press(SLOW, RIGHT).step["event"] == "set", "then it is anybody's again"


def test_an_order_of_which_nothing_is_entered_is_not_given_twice(recorder: Recorder, keeper: Keeper) -> None:
    """As of a keeper that was ended in between: it is on the page, and another press measures first."""
    act, about = os.urandom(16).hex(), {"camera": "05", "version": 1}
    keeper.stores.acts.perform(act, "cameraclock.ordered", {**about, "before_ms": -5}, {"by": OFFICER.name})
    assert recorder.press(act=act).code == "clock-sent"
    assert recorder.deeds == []


def test_what_has_no_address_or_is_over_has_no_clock_to_set(recorder: Recorder) -> None:
    assert recorder.press(camera="01").code == "device-no-address"
    recorder.failed.clear()
    recorder.life.act(Event.SUSPEND, "05", version=1, note="x")
    assert recorder.press().code == "clock-version"
    assert kinds(recorder.keeper) == []
