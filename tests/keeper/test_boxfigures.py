"""The box's figures: what the keeper gathers of itself, told to the recorder once, and each has its row on the page."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.core.errors import NotWritable
from appliance.core.model import CameraState, to_wire
from appliance.keeper.context import Keeper
from appliance.keeper.tasks import boxfigures
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS
from appliance.selftest.measures import MEASURES
from appliance.selftest.reports import BoxReport
from appliance.services.people.login import Attempt
from appliance.storage.files import Fs
from tests.footage import FilmClock
from tests.verbs import VERBS

SECOND = 1_000_000_000


def _states(keeper: Keeper, *states: CameraState, box_ns: int = 0) -> dict[str, Any]:
    arguments = {"faults": {}, "box_ns": box_ns}
    return dict(VERBS["recorder.states"](keeper, arguments, Message({}, to_wire(list(states)), ())).head)


def test_every_figure_is_a_measure_that_the_page_explains(keeper: Keeper) -> None:
    names = {measure.name for measure in MEASURES}
    values = keeper.tasks.figures.gather().values
    assert {name.split(".", 1)[0] for name in values} <= names
    assert values["writable.records"] == values["writable.footage"] == 1
    assert 0 < values["free_share.footage"] < 1
    assert values["days_held.01"] == 0
    assert values["failed_logins"] == 0
    assert "floor_short_days.01" not in values, "the camera has not been there for a month"


def test_the_recorder_is_told_each_gathering_once(keeper: Keeper, clock: FilmClock) -> None:
    keeper.recorder.greeted = True
    assert _states(keeper).get("box") is None, "nothing was gathered yet"
    told = keeper.tasks.figures.gather()
    assert BoxReport(**_states(keeper)["box"]) == told
    assert _states(keeper, box_ns=told.at_ns)["box"] is None


def test_a_live_camera_of_which_nothing_is_written_has_an_age_and_a_lost_one_its_own_finding(
    keeper: Keeper, clock: FilmClock
) -> None:
    keeper.recorder.greeted = True
    now = clock.wall_ns()
    _states(
        keeper,
        CameraState(camera_no="01", state="live", last_written_ns=now - 90 * SECOND, camera_off_ns=-3 * SECOND),
        CameraState(camera_no="02", state="lost", last_written_ns=now - 90 * SECOND),
    )
    values = keeper.tasks.figures.gather().values
    assert values["written_age_seconds.01"] == pytest.approx(90)
    assert values["camera_off_seconds.01"] == 3
    assert "written_age_seconds.02" not in values


def test_what_lacks_of_the_floor_counts_once_a_camera_was_there_for_so_long(keeper: Keeper, clock: FilmClock) -> None:
    clock.at_ns += 33 * DAY_NS
    values = keeper.tasks.figures.gather().values
    assert values["floor_short_days.01"] == keeper.policy.floor_days
    assert values["gap_seconds.01"] == pytest.approx(DAY_NS / SECOND)


def test_a_camera_that_came_later_owes_no_floor_yet(
    keeper: Keeper, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.at_ns += 33 * DAY_NS
    old, new = keeper.registry.cameras
    later = msgspec.structs.replace(new, since_ns=clock.at_ns - 2 * DAY_NS)
    registry = msgspec.structs.replace(keeper.registry, cameras=(old, later))
    monkeypatch.setattr(type(keeper.cameras), "registry", property(lambda self: registry))
    values = keeper.tasks.figures.gather().values
    assert "floor_short_days.01" in values
    assert "floor_short_days.02" not in values


def test_failed_log_ins_count_for_an_hour(keeper: Keeper, clock: FilmClock) -> None:
    for _ in range(3):
        keeper.attempts.count(Attempt("", "failed"))
    keeper.attempts.count(Attempt("", "succeeded"))
    assert keeper.tasks.figures.gather().values["failed_logins"] == 3
    clock.at_ns += 3601 * SECOND
    assert keeper.tasks.figures.gather().values["failed_logins"] == 0


def test_a_footage_disk_that_takes_no_writes_is_told(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fs: Fs, path: str, data: bytes) -> None:
        raise NotWritable(f"{path}: the disk takes no writes")

    monkeypatch.setattr(boxfigures, "write_atomic", refuse)
    assert keeper.tasks.figures.gather().values["writable.footage"] == 0
