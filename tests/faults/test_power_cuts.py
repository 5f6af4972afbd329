"""Power cuts of a whole running office on a real ext4: it comes back, nothing acknowledged is gone, and 2 s of footage
are lost at most (``INV-23``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.power_cuts import cut_trial

pytestmark = pytest.mark.root

_SEED = 20261124


def test_power_cut_at_random_moments(tmp_path: Path, long_run: bool) -> None:
    trial = cut_trial(tmp_path, _SEED, 50 if long_run else 3)
    print(trial)
    assert not trial.wrong, "\n".join(trial.wrong)


def test_processes_that_do_not_sync_are_found_out(tmp_path: Path) -> None:
    assert _found_out(tmp_path, "recorder", "cost"), "the recorder's footage"
    assert _found_out(tmp_path, "keeper", "case", "checkpoint"), "the keeper's cases and ledger"


def _found_out(directory: Path, process: str, *words: str) -> bool:
    """Whether all that such a process loses is told of in one of ten cuts. Each time the recorder syncs the file
    system, what the keeper left unsynced is durable as well: a cut just after that loses nothing."""
    for seed in range(3, 13):
        place = directory / f"{process}-{seed}"
        place.mkdir()
        wrong = "\n".join(cut_trial(place, seed, 1, {process: "unsynced"}, seconds=(3, 4)).wrong).lower()
        if all(word in wrong for word in words):
            return True
    return False


@pytest.mark.long
def test_a_recorder_that_syncs_every_ten_seconds_is_found_out(tmp_path: Path) -> None:
    trial = cut_trial(tmp_path, 3, 2, {"recorder": "lazy"}, seconds=(3, 4))
    assert any("cost" in each for each in trial.wrong)
