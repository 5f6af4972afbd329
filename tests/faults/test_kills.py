"""``kill -9`` of the recorder's processes at random moments: whatever dies comes back, and nothing that was promised is
gone. A dead keeper, darkroom or web costs no footage at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kills import emergency_trial, kill_trial

_SEED = 20261124


def test_processes_killed_at_random_moments(tmp_path: Path, long_run: bool) -> None:
    trial = kill_trial(tmp_path, _SEED, 200 if long_run else 10)
    print(trial)
    assert not trial.wrong, "\n".join(trial.wrong)


@pytest.mark.long
def test_footage_recorded_without_a_keeper_outlives_the_recorder(tmp_path: Path) -> None:
    trial = emergency_trial(tmp_path)
    print(trial)
    assert not trial.wrong, "\n".join(trial.wrong)


def test_a_recorder_that_keeps_writes_to_itself_is_found_out(tmp_path: Path) -> None:
    trial = kill_trial(tmp_path, 5, 1, {"recorder": "hoarding"}, victims=("recorder",), seconds=(3, 3.5))
    assert any("recorder cost" in each for each in trial.wrong)


@pytest.mark.long
def test_a_keeper_that_does_not_close_what_was_left_open_is_found_out(tmp_path: Path) -> None:
    trial = kill_trial(tmp_path, 5, 1, {"keeper": "forgetful"}, victims=("recorder",), seconds=(3, 3.5))
    assert any("recorder cost" in each for each in trial.wrong)


@pytest.mark.long
def test_a_recorder_that_needs_the_keeper_is_found_out(tmp_path: Path) -> None:
    trial = kill_trial(tmp_path, 5, 3, {"recorder": "dependent"}, victims=("keeper",))
    assert any("where nothing that records was hit" in each or "stop cost" in each for each in trial.wrong)
