"""The link to the keeper: reports arrive once, in order, however often the keeper goes away; nothing ever waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from appliance.core.errors import Damaged, RecorderError, Unavailable
from appliance.core.model import Allocation, BucketOpening, CameraState, Gap, Manifest, from_wire, to_wire
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.recorder import STATES, PictureWanted
from appliance.protocol.transport import Message
from appliance.recorder.supervisor import keeper_client
from appliance.recorder.supervisor.keeper_client import KeeperLink
from appliance.recorder.supervisor.keeper_orders import Listeners
from appliance.rules.cameras.wiring import Declared
from tests.recorder.rig import START_NS, SetClock


class _Keeper:
    """What stands at the other end: notes each call, answers it or raises what :attr:`error` gives for its verb."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bytes, dict[str, Any]]] = []
        self.error: Callable[[str], RecorderError | None] = lambda verb: None
        self.answer: dict[str, Any] = {}
        self.bodies: dict[str, bytes] = {}
        self._changed = threading.Condition()

    def call(self, verb: str, body: bytes = b"", **said: Any) -> Message:
        error, arguments = self.error(verb), msgspec.msgpack.decode(msgspec.msgpack.encode(said))
        if verb in ENDPOINTS:
            msgspec.convert(arguments, ENDPOINTS[verb].request)
        with self._changed:
            self.calls.append((verb if error is None else f"refused {verb}", body, arguments))
            self._changed.notify_all()
        if error is not None:
            raise error
        return Message(self.answer, self.bodies.get(verb, b""))

    def close(self) -> None:
        return

    def wait(self, condition: Callable[[], Any]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, 120), self.verbs()

    def verbs(self) -> list[str]:
        return [verb for verb, *_ in self.calls]


@contextmanager
def _link(keeper: _Keeper, **more: Any) -> Iterator[tuple[KeeperLink, list[str]]]:
    log: list[str] = []
    link = KeeperLink(keeper, keeper, SetClock(), "run", ["left.seg"], log.append, **more)
    link.start()
    try:
        yield link, log
    finally:
        link.close()


def _opening(bucket_id: str) -> BucketOpening:
    return BucketOpening(
        bucket_id=bucket_id,
        camera_no="01",
        slot_start_ns=START_NS,
        start_ns=START_NS,
        boot_id="b",
        boot_ns=1,
        trusted=True,
    )


def _manifest(bucket_id: str) -> Manifest:
    return Manifest(
        bucket_id=bucket_id, camera_no="01", slot_start_ns=START_NS, start_ns=START_NS, end_ns=START_NS, boot_id="b",
        boot_ns=1, trusted=True, segments=(),
    )  # fmt: skip


def _gap(number: int) -> Gap:
    return Gap(camera_no="01", start_ns=number, end_ns=number + 1, cause="start")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_client, "_RETRY_SECONDS", (0.01,))


def test_hello_comes_before_all_else_and_reports_in_their_order() -> None:
    keeper = _Keeper()
    declared = {"rtsp": (Declared(name="url", required=True),), "testcard": ()}
    with _link(keeper, sources=("testcard", "rtsp"), declared=declared) as (link, _):
        link.opened(_opening("a"))
        link.gap(_gap(1))
        link.closed(_manifest("a"), ["a.0000.seg"])
        keeper.wait(lambda: len(keeper.calls) == 4)
    assert keeper.verbs() == ["recorder.hello", "recorder.opened", "recorder.gap", "recorder.closed"]
    hello = keeper.calls[0][2]
    assert (hello["run_id"], hello["boot_id"], hello["left"]) == ("run", "b" * 32, ["left.seg"])
    assert sorted(hello["sources"]) == ["rtsp", "testcard"]
    assert hello["declared"] == {"rtsp": [{"name": "url", "required": True}], "testcard": []}


def test_a_keeper_that_was_away_gets_another_hello_with_the_files_of_this_run_and_then_what_waited() -> None:
    keeper = _Keeper()
    with _link(keeper, expected=lambda: ["c.0000.seg"]) as (link, log):
        link.file_made("a.0000.seg")
        link.opened(_opening("a"))
        keeper.wait(lambda: "recorder.opened" in keeper.verbs())
        keeper.error = lambda verb: Unavailable("keeper: away")
        link.file_made("b.0000.seg")
        link.closed(_manifest("a"), ["a.0000.seg"])
        link.opened(_opening("b"))
        keeper.wait(lambda: keeper.verbs().count("refused recorder.hello") > 2)
        keeper.error = lambda verb: None
        keeper.wait(lambda: keeper.verbs().count("recorder.opened") == 2)
    assert keeper.verbs().count("recorder.closed") == 1
    second = [arguments for verb, _, arguments in keeper.calls if verb == "recorder.hello"][1]
    assert second["open"] == ["a.0000.seg", "b.0000.seg", "c.0000.seg"]
    assert [line for line in log if "away" in line] == [log[0]]
    assert "the keeper is back" in log[1]


def test_files_of_a_manifest_that_was_taken_are_no_longer_named() -> None:
    keeper = _Keeper()
    with _link(keeper) as (link, _):
        link.file_made("a.0000.seg")
        link.closed(_manifest("a"), ["a.0000.seg"])
        keeper.wait(lambda: "recorder.closed" in keeper.verbs())
        keeper.error = lambda verb: Unavailable("away") if verb == "recorder.gap" else None
        link.gap(_gap(1))
        keeper.wait(lambda: keeper.verbs().count("recorder.hello") > 1)
        keeper.error = lambda verb: None
    assert [arguments["open"] for verb, _, arguments in keeper.calls if verb == "recorder.hello"][1] == []


def test_a_report_that_is_refused_for_good_does_not_hold_up_the_next() -> None:
    keeper = _Keeper()
    keeper.error = lambda verb: Damaged("not as it says") if verb == "recorder.closed" else None
    with _link(keeper) as (link, log):
        link.closed(_manifest("a"), [])
        link.gap(_gap(1))
        keeper.wait(lambda: "recorder.gap" in keeper.verbs())
    assert keeper.verbs().count("refused recorder.closed") == 1
    assert any("not as it says" in line for line in log)


def test_states_and_lengths_are_only_ever_the_newest() -> None:
    keeper, asked, answered = _Keeper(), threading.Event(), threading.Event()

    def slow(verb: str) -> RecorderError | None:
        asked.set()
        assert answered.wait(120)
        return None

    keeper.error = lambda verb: Unavailable("away")
    with _link(keeper) as (link, _):
        link.gap(_gap(1))
        keeper.wait(lambda: keeper.calls)
        keeper.error = slow  # the hello is under way meanwhile: news that a try takes with it is gone when it fails
        assert asked.wait(120)
        for number in range(50):
            link.states([CameraState(camera_no="01", state="live", restarts=number)])
            link.durable({"a.0000.seg": number})
        answered.set()
        keeper.wait(lambda: "recorder.states" in keeper.verbs())
    states = [from_wire(body, list[CameraState]) for verb, body, _ in keeper.calls if verb == "recorder.states"]
    assert [state[0].restarts for state in states] == [49]
    assert [arguments for verb, _, arguments in keeper.calls if verb == "recorder.durable"] == [
        {"lengths": {"a.0000.seg": 49}}
    ]


def test_who_is_watched_comes_back_with_the_states() -> None:
    keeper = _Keeper()
    keeper.answer = {"watched": ["02"]}
    watched: list[list[str]] = []
    with _link(keeper, listeners=Listeners(watched=watched.append)) as (link, _):
        link.states([])
        keeper.wait(lambda: "recorder.states" in keeper.verbs())
        keeper.error = lambda verb: Unavailable("away")
        link.states([])
        keeper.wait(lambda: "refused recorder.states" in keeper.verbs())
        keeper.error = lambda verb: None
        link.states([])
        keeper.wait(lambda: keeper.verbs().count("recorder.states") == 2)
    assert watched == [["02"], [], ["02"]], "nobody looks live through a keeper that is away"


def test_an_allocation_is_stored_when_the_call_returns_and_only_then() -> None:
    keeper = _Keeper()
    allocation = Allocation(allocation_id="a", sealed_key=b"k", buckets=())
    with _link(keeper) as (link, _):
        link.states([])
        keeper.wait(lambda: "recorder.states" in keeper.verbs())
        link.allocate(allocation)
        assert keeper.verbs() == ["recorder.hello", "recorder.states", "recorder.allocate"]
        keeper.error = lambda verb: Unavailable("away")
        with pytest.raises(Unavailable):
            link.allocate(allocation)


def test_whoever_makes_keys_never_waits_for_a_keeper_that_still_reads_what_was_left() -> None:
    """It had once said the hello itself, and no camera recorded until that was answered."""
    keeper, answered = _Keeper(), threading.Event()

    def slow(verb: str) -> RecorderError | None:
        if verb == "recorder.hello":
            assert answered.wait(120)
        return None

    allocation = Allocation(allocation_id="a", sealed_key=b"k", buckets=())
    with _link(keeper) as (link, _):
        with pytest.raises(Unavailable, match="busy with what an earlier run left, or away"):
            link.allocate(allocation)
        asked = threading.Event()
        keeper.error = lambda verb: (asked.set(), slow(verb))[1]
        link.states([])
        assert asked.wait(120)
        with pytest.raises(Unavailable):
            link.allocate(allocation)
        assert keeper.verbs() == []
        answered.set()
        keeper.wait(lambda: "recorder.states" in keeper.verbs())
        link.allocate(allocation)


def test_memory_is_bounded_and_what_had_to_go_is_left_to_the_keeper_to_recover(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_client, "MAX_QUEUED", 3)
    keeper = _Keeper()
    keeper.error = lambda verb: Unavailable("away")
    with _link(keeper) as (link, _):
        for name in "abcde":
            link.file_made(f"{name}.0000.seg")
            link.closed(_manifest(name), [f"{name}.0000.seg"])
        assert link.queued == 3
        keeper.error = lambda verb: None
        keeper.wait(lambda: keeper.verbs().count("recorder.closed") == 3)
    hello = next(arguments for verb, _, arguments in keeper.calls if verb == "recorder.hello")
    assert hello["left"] == ["left.seg", "a.0000.seg", "b.0000.seg"]
    assert hello["open"] == ["c.0000.seg", "d.0000.seg", "e.0000.seg"]


def test_a_manifest_that_is_refused_leaves_its_files_to_the_keeper_to_recover() -> None:
    keeper = _Keeper()
    keeper.error = lambda verb: Damaged("ring: it does not fit") if verb == "recorder.closed" else None
    with _link(keeper) as (link, _):
        link.file_made("a.0000.seg")
        link.closed(_manifest("a"), ["a.0000.seg"])
        keeper.wait(lambda: "refused recorder.closed" in keeper.verbs())
        keeper.error = lambda verb: Unavailable("away")
        link.gap(_gap(1))
        keeper.wait(lambda: "refused recorder.gap" in keeper.verbs())
        keeper.error = lambda verb: None
        keeper.wait(lambda: keeper.verbs().count("recorder.hello") == 2)
    hello = [arguments for verb, _, arguments in keeper.calls if verb == "recorder.hello"][-1]
    assert (hello["left"], hello["open"]) == (["left.seg", "a.0000.seg"], [])


def test_an_answer_that_cannot_be_read_changes_nothing_and_is_logged() -> None:
    keeper, watched = _Keeper(), list[list[str]]()
    keeper.answer = {"watched": ["02"], "look": {"number": "many"}}
    with _link(keeper, listeners=Listeners(watched=watched.append)) as (link, log):
        link.states([])
        keeper.wait(lambda: STATES.name in keeper.verbs())
        link.gap(_gap(1))
        keeper.wait(lambda: "recorder.gap" in keeper.verbs())
        keeper.answer = {"watched": ["02"]}
        link.states([])
        keeper.wait(lambda: keeper.verbs().count(STATES.name) == 2)
    assert watched == [["02"]]
    assert any("what the keeper answers to recorder.states cannot be read" in line for line in log)


def test_closing_delivers_what_waits() -> None:
    keeper = _Keeper()
    with _link(keeper) as (link, _):
        for number in range(200):
            link.gap(_gap(number))
    assert keeper.verbs().count("recorder.gap") == 200


def test_T_65_reference_pictures_are_fetched_when_they_change_and_forgotten_when_there_are_none() -> None:
    keeper, heard = _Keeper(), list[tuple[str, tuple[bytes, ...]]]()
    keeper.bodies["recorder.reference"] = to_wire((b"day", b"night"))
    with _link(
        keeper, listeners=Listeners(reference=lambda camera_no, pictures: heard.append((camera_no, pictures)))
    ) as (link, _):
        for told in ({"01": "aa"}, {"01": "aa"}, {"01": "bb"}, {}):
            keeper.answer = {"references": told}
            before = keeper.verbs().count("recorder.states")
            link.states([])
            keeper.wait(lambda before=before: keeper.verbs().count("recorder.states") > before)
            link.durable({})
            keeper.wait(lambda: keeper.verbs()[-1] == "recorder.durable")
    assert heard == [("01", (b"day", b"night")), ("01", (b"day", b"night")), ("01", ())]
    assert keeper.verbs().count("recorder.reference") == 2


def test_a_picture_that_is_refused_costs_no_report_and_orders_go_to_the_loop() -> None:
    keeper, orders = _Keeper(), list[list[PictureWanted]]()
    keeper.error = lambda verb: Damaged("no") if verb == "recorder.picture" else None
    keeper.answer = {"pictures": [{"order": "o1", "camera_no": "01", "sound": True}]}
    with _link(keeper, listeners=Listeners(pictures=orders.append)) as (link, log):
        link.opened(_opening("a" * 32))
        link.picture("o0", b"taken", "")
        keeper.wait(lambda: {"refused recorder.picture", "recorder.opened"} <= set(keeper.verbs()))
        link.states([])
        keeper.wait(lambda: "recorder.states" in keeper.verbs())
    assert orders == [[PictureWanted(order="o1", camera_no="01", sound=True)]]
    assert any("a picture was refused" in line for line in log)


def test_a_fragment_of_a_live_look_goes_at_once_and_none_is_kept_for_a_keeper_that_is_away() -> None:
    keeper = _Keeper()
    keeper.error = lambda verb: Unavailable("away")
    with _link(keeper) as (link, _):
        link.watched("01", b"gone with the keeper")
        keeper.wait(lambda: "refused recorder.hello" in keeper.verbs())
        keeper.error = lambda verb: Damaged("none") if verb == "recorder.watched" else None
        link.watched("01", b"refused")
        keeper.wait(lambda: "refused recorder.watched" in keeper.verbs())
        keeper.error = lambda verb: None
        link.watched("02", b"a fragment")
        keeper.wait(lambda: "recorder.watched" in keeper.verbs())
    sent = [(body, told["camera"]) for verb, body, told in keeper.calls if verb == "recorder.watched"]
    assert sent == [(b"a fragment", "02")]


def test_what_is_too_old_to_be_a_live_picture_makes_room_for_what_is_new() -> None:
    keeper = _Keeper()
    link = KeeperLink(keeper, keeper, SetClock(), "run", [], lambda line: None)
    for number in range(keeper_client.MAX_WATCHED + 2):
        link.watched("01", str(number).encode())
    link.start()
    link.close()
    bodies = [body for verb, body, _ in keeper.calls if verb == "recorder.watched"]
    assert bodies == [str(number).encode() for number in range(2, keeper_client.MAX_WATCHED + 2)]
