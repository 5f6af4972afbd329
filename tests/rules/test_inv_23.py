"""INV-23: a power cut at any moment costs at most 2 s of footage per camera, and no acknowledged document, ledger
entry, pin, hold or destruction.

The whole office on a real ext4 that loses power while it is viewed and while cases are received; each act that was
answered is then looked for, and footage is decrypted. ``tests/faults/`` has the full counts, the cuts at every single
step of each store, and the broken variants that these checks catch.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.power_cuts import cut_trial
from tests.faults.trials import LIMIT_NS, NUMBERS

pytestmark = pytest.mark.root


def test_a_power_cut_costs_two_seconds_at_most_and_nothing_acknowledged(tmp_path: Path) -> None:
    trial = cut_trial(tmp_path, 23, 2, seconds=(2.2, 3))
    assert trial.wrong == []
    assert len(trial.losses_ns) == len(NUMBERS) * len(trial.faults), "each camera was recording at each cut"
    assert max(trial.losses_ns) <= LIMIT_NS
    assert all(said.cases and said.heads for said in trial.said)
    assert trial.said[0].shown
    assert trial.destroyed
