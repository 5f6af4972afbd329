"""A page does not wait long for a keeper that hangs, and does not give up an act that takes its time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.core.errors import Broken, Unavailable
from appliance.protocol.cases import CASES, CasesQuery
from appliance.protocol.endpoint import Request
from appliance.protocol.ledger import LEDGER_HEAD
from appliance.protocol.login import LOG_IN, LogIn, Seats
from appliance.protocol.rules import RELEASE_BRAKE, ReleaseBrake
from appliance.protocol.transport import Client, Message
from appliance.protocol.viewing import (
    END_VIEWING,
    MEDIA,
    VIEWING_LIVES,
    EndViewing,
    GrantRequest,
    MediaOf,
    MediaRequest,
)
from appliance.web.keeper_client.client import Keeper
from tests.patience import PATIENCE_SECONDS
from tests.verbs import VERBS

_BRAKE = {"through_ns": 1, "until_ns": 2}


class _Noting(Client):
    """Answers anything with nothing, and notes how long it was told to wait."""

    def __init__(self) -> None:
        super().__init__("/nowhere")
        self.waits: dict[str, float | None] = {}
        self.head: dict[str, Any] = {}

    def call(self, verb: str, body: bytes = b"", *, within_seconds: float | None = None, **arguments: Any) -> Message:
        assert verb in VERBS
        self.waits[verb] = within_seconds
        return Message({"size": 0, "root": "", "checkpoint": "", "seats": [], "office_name": "x"} | _BRAKE, b"")

    def stream(self, verb: str, body: bytes = b"", **arguments: Any) -> tuple[dict[str, Any], Iterator[bytes]]:
        return self.head, iter([b"one", b"two"])


@pytest.fixture
def client() -> _Noting:
    return _Noting()


async def test_what_only_asks_waits_ten_seconds_and_an_act_its_whole_time(client: _Noting) -> None:
    keeper = Keeper(client)
    await keeper.office()
    await keeper.ask(CASES, CasesQuery(session="s"))
    await keeper.ask(LEDGER_HEAD, Request())
    await keeper.ask(VIEWING_LIVES, GrantRequest(session="s", grant="g"))
    assert set(client.waits.values()) == {10.0}
    client.waits.clear()
    await keeper.ask(RELEASE_BRAKE, ReleaseBrake(session="s", act="a", passwords={"1": "planted"}, through_ns=1))
    await keeper.ask(END_VIEWING, EndViewing(session="s", grant="g"))
    assert client.waits == {"rules.brake": None, "viewing.end": None}


class _Busy(Client):
    """Answers nothing until ``free`` is set."""

    def __init__(self) -> None:
        super().__init__("/nowhere")
        self.free = threading.Event()

    def call(self, verb: str, body: bytes = b"", *, within_seconds: float | None = None, **arguments: Any) -> Message:
        assert self.free.wait(PATIENCE_SECONDS)
        return Message({}, b"")


@pytest.mark.parametrize("password", ["", "a long wrong one"])
async def test_a_ninth_log_in_does_not_wait_for_the_keeper_beside_eight(password: str) -> None:
    """An empty password is looked at like any other, and as slowly."""
    client = _Busy()
    keeper = Keeper(client)
    asked = [
        asyncio.create_task(keeper.ask(LOG_IN, LogIn(name=f"n{number}", password=password))) for number in range(9)
    ]
    try:
        for _ in range(3):  # each task comes as far as it can without an answer
            await asyncio.sleep(0)
        assert [task.done() for task in asked] == [False] * 8 + [True]
    finally:
        client.free.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Seats] * 8 + [Unavailable]


_MEDIA = MediaRequest(session="s", grant="g", camera_no="01", start_ns=1, seconds=4, video_codecs=("h264",))


async def test_blocks_come_behind_their_answer_in_their_order(client: _Noting) -> None:
    client.head = {"start_ns": 1, "end_ns": 5, "mime": "video/mp4", "next_ns": None, "more": True}
    answer, blocks = await Keeper(client).ask_blocks(MEDIA, _MEDIA)
    assert answer == MediaOf(start_ns=1, end_ns=5, mime="video/mp4")
    assert [block async for block in blocks] == [b"one", b"two"]


async def test_blocks_behind_an_answer_that_cannot_be_read_are_not_handed_on(client: _Noting) -> None:
    client.head = {"start_ns": "soon"}
    with pytest.raises(Broken, match=r"viewing\.media: .*start_ns"):
        await Keeper(client).ask_blocks(MEDIA, _MEDIA)
