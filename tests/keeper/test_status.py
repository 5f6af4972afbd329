"""What a monitor reads: two looks at a camera that is well agree."""

from __future__ import annotations

import time
from typing import Any

import pytest

from appliance.core.errors import Broken, UsageError
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from tests.box import Box, until
from tests.footage import FilmClock, film_past
from tests.keeper.test_cases import life_of
from tests.verbs import VERBS


def test_a_camera_that_is_live_has_no_gap_at_the_end_however_often_one_looks(box: Box) -> None:
    """What was recorded within the last seconds is not durable yet, and that is no gap."""
    box.start("keeper", "recorder")
    box.recording("01", "02")
    until(lambda: all(camera["gaps_24h"] for camera in box.status()["cameras"]), what="both cameras' gap at the start")
    first = {camera["camera_no"]: camera["gaps_24h"] for camera in box.status()["cameras"]}
    for _ in range(30):
        status = box.status()
        for camera in status["cameras"]:
            assert camera["state"] == "live"
            assert len(camera["gaps_24h"]) == len(first[camera["camera_no"]]), camera
            assert all(gap["end_ns"] < status["now_ns"] for gap in camera["gaps_24h"])
        time.sleep(0.05)


def test_a_camera_that_wrote_nothing_since_the_start_was_last_written_when_its_footage_ends(
    box: Box, clock: FilmClock
) -> None:
    start_ns = box.made_ns - DAY_NS
    box.start("keeper")
    film_past(box, "01", start_ns, 2)
    box.kill("keeper")
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        first, second = VERBS["status"](keeper, {}, Message({}, b"")).head["cameras"]
    assert start_ns < first["last_written_ns"] <= start_ns + 3 * 10**9
    assert second["last_written_ns"] == 0


@pytest.mark.parametrize(
    ("verb", "asked", "code"),
    [
        ("plan", {"add_bps": 1_000_000_001, "cameras": 1}, "plan-range"),
        ("plan", {"add_bps": 1, "cameras": 1001}, "plan-range"),
        ("plan", {"add_bps": 1, "cameras": 0}, "plan-numbers"),
        ("ledger.list", {"start": -1, "count": 1}, "ledger-range"),
        ("ledger.list", {"start": 0, "count": 0}, "ledger-range"),
        ("ledger.list", {"start": 0, "count": 201}, "ledger-range"),
    ],
)
def test_what_is_out_of_range_is_refused_by_a_coded_message(
    verb: str, asked: dict[str, Any], code: str, keeper: Keeper
) -> None:
    session = {"session": life_of(keeper).session} if verb == "ledger.list" else {}
    with pytest.raises(UsageError) as refused:
        VERBS[verb](keeper, session | asked, Message({}, b""))
    assert refused.value.message is not None
    assert refused.value.message.code == code


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("plan", {"cameras": "2"}),
        ("plan", {"camera": 2}),
        ("ledger.list", {"session": "x", "start": "0", "count": 1}),
        ("ledger.list", {"start": 0, "count": 1}),
        ("notices.failing", {}),
        ("rules.clock", {"session": "x", "act": "a", "passwords": {"1": 2}, "wall_ns": 1, "reference": ""}),
        ("recorder.durable", {"lengths": {"a": -1}}),
    ],
)
def test_a_request_that_is_none_is_a_defect_of_who_sends_it(verb: str, asked: dict[str, Any], keeper: Keeper) -> None:
    with pytest.raises(Broken, match=f"^{verb}: "):
        VERBS[verb](keeper, asked, Message({}, b""))
