"""What a process says again and again costs the keeper a bounded part of its ledger, its memory and its disk's time."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from appliance.core.errors import Unavailable, UsageError
from appliance.keeper import endpoints, findings
from appliance.keeper.budgets import Budget
from appliance.keeper.context import Keeper
from appliance.keeper.process import serve
from appliance.protocol.callers import Callers
from appliance.protocol.transport import Client, Message
from tests.box import until
from tests.footage import FilmClock
from tests.verbs import VERBS

SECOND_NS = 10**9


def say(keeper: Keeper, verb: str, **arguments: object) -> dict[str, Any]:
    return VERBS[verb](keeper, arguments, Message(arguments, b"")).head


def hello(keeper: Keeper, run: str) -> None:
    said = {"boot_id": "b", "boot_ns": 1, "wall_ns": keeper.clock.wall_ns(), "run_id": run, "open": [], "left": []}
    say(keeper, "recorder.hello", **said)


def starts(keeper: Keeper, since: int) -> list[dict[str, Any]]:
    entries = keeper.ledger.entries(since, keeper.ledger.size)
    return [entry.fields for entry in entries if entry.kind == "recorder.started"]


def test_a_budget_gives_so_many_at_once_and_one_more_as_time_passes() -> None:
    clock = FilmClock(10**18)
    budget = Budget(clock.boot_ns, 3, 10)
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]
    clock.at_ns += 9
    assert not budget.take()
    clock.at_ns += 1
    assert [budget.take() for _ in range(2)] == [True, False]
    clock.at_ns -= 10**17
    assert not budget.take(), "a clock that went back gives nothing"
    clock.at_ns += 10**17
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]


def test_hellos_by_the_hundred_leave_few_entries_and_the_next_tells_how_many_came(
    keeper: Keeper, clock: FilmClock
) -> None:
    since = keeper.ledger.size
    for number in range(100):
        hello(keeper, f"run {number}")
    assert keeper.recorder.greeted, "each is answered"
    assert len(starts(keeper, since)) == 20
    assert all("unentered" not in fields for fields in starts(keeper, since))
    clock.at_ns += 61 * SECOND_NS
    hello(keeper, "the next")
    assert starts(keeper, since)[20:] == [starts(keeper, since)[0] | {"run": "the next", "unentered": 80}]


def test_a_finding_that_comes_and_goes_for_ever_stays_open_for_a_while(keeper: Keeper, clock: FilmClock) -> None:
    since = keeper.ledger.size
    for _ in range(200):
        say(keeper, "notices.failing", recipients=1)
        say(keeper, "notices.failing", recipients=0)
    assert keeper.findings.is_open("notices-failing")
    assert keeper.ledger.size - since == 41, "twenty times both, and the last that stays"
    clock.at_ns += 601 * SECOND_NS
    say(keeper, "notices.failing", recipients=0)
    assert not keeper.findings.is_open("notices-failing")


def test_findings_without_end_become_one(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "_MOST_OPEN", 50)
    for number in range(200):
        keeper.findings.open(f"made-up-{number}", "storage", "x")
    keys = [finding.key for finding in keeper.findings.all()]
    assert len(keys) == 51
    assert keys[-1] == "findings-many"


@pytest.mark.parametrize(("cameras", "bps"), [(10**18, 1), (1001, 1000), (1, 10**18)])
def test_a_plan_is_of_as_many_cameras_as_there_can_be(cameras: int, bps: int, keeper: Keeper) -> None:
    with pytest.raises(UsageError, match="up to 1000 of"):
        say(keeper, "plan", cameras=cameras, add_bps=bps)
    assert say(keeper, "plan", cameras=1000, add_bps=1000)["with_added"]


@pytest.fixture
def socket(keeper: Keeper) -> Iterator[str]:
    server = serve(keeper, Callers.found(os.geteuid(), {}, {}))
    yield keeper.settings.layout.socket("keeper")
    server.close()


def test_one_verifies_at_a_time_also_when_the_other_no_longer_listens(
    keeper: Keeper, socket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, begun = threading.Event(), threading.Event()
    real = endpoints.verification

    def slow(*arguments: Any) -> Iterator[dict[str, Any]]:
        yield {"done": 0, "whole": 1, "what": "ring"}
        begun.set()
        go.wait(120)
        yield from real(*arguments)

    monkeypatch.setattr(endpoints, "verification", slow)
    first, second = Client(socket, timeout_seconds=120), Client(socket, timeout_seconds=120)
    _, blocks = first.stream("verify")
    next(blocks)
    assert begun.wait(120)
    with pytest.raises(Unavailable, match="one is under way"):
        second.stream("verify")
    go.set()
    assert msgspec.json.decode(list(blocks)[-1])["found"]["ok"]
    monkeypatch.undo()
    _, steps = second.stream("verify")
    next(steps)
    steps.close()  # type: ignore[attr-defined]  # it goes away in the middle

    def again() -> Any:
        with contextlib.suppress(Unavailable):
            return list(second.stream("verify")[1])
        return None

    assert b'"ok":true' in until(again, seconds=120, what="the end of the one nobody listens to")[-1]
    first.close()
    second.close()


def test_the_command_line_is_told_to_wait_when_it_asks_without_end(keeper: Keeper, socket: str) -> None:
    client = Client(socket)
    for _ in range(200):
        client.call("office")
    with pytest.raises(Unavailable, match="asks too often"):
        client.call("office")
    client.close()
    assert isinstance(keeper.clock, FilmClock)
    keeper.clock.at_ns += SECOND_NS
    client = Client(socket)
    client.call("office")
    client.close()
