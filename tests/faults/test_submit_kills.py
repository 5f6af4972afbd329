"""``kill -9`` of the keeper and of the web process during every kind of submit: what was acknowledged is kept, what was
not is there whole or not at all, and sent again it is done once."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.office import AttackedBox, AttackedOffice
from tests.attack.tally import Tally
from tests.box import make_box, testcard
from tests.faults.broken_process import broken_command
from tests.faults.submits import KINDS, ONCE, kill_during
from tests.footage import film_past

_SEED = 20261126
_ROUNDS, _SAMPLE = 12, 9
"""In the full count each kind has its turn so often; by default so many kinds have one."""


class _Promising(AttackedBox):
    """A box whose keeper acknowledges what it has not written."""

    def command(self, name: str) -> list[str]:
        return broken_command("promising", self.settings_path, name) if name == "keeper" else super().command(name)


@contextlib.contextmanager
def _office(directory: Path, kind: type[AttackedBox] = AttackedBox) -> Iterator[AttackedOffice]:
    with make_box(directory / "office", [testcard("01")], kind=kind) as box:
        box.start("keeper", "darkroom", "web")
        office = AttackedOffice(box, Tally())
        film_past(box, "01", office.span[0], 150)
        yield office


def test_what_was_acknowledged_outlives_a_kill_during_any_submit(tmp_path: Path, long_run: bool) -> None:
    names = [name for at in range(_ROUNDS) for name in KINDS if not at or name not in ONCE]
    if not long_run:
        names = random.Random(_SEED).sample(list(KINDS), _SAMPLE)
    with _office(tmp_path) as office:
        report = kill_during(office, names, _SEED)
    print(report)
    assert not report.wrong, "\n".join(report.wrong)
    assert report.outcomes.total() == len(names)


@pytest.mark.long
def test_a_keeper_that_acknowledges_what_it_has_not_written_is_found_out(tmp_path: Path) -> None:
    with _office(tmp_path, _Promising) as office:
        report = kill_during(office, ["hold", "register"] * 3, _SEED, victims=("keeper",))
    assert any("acknowledged, and gone" in each for each in report.wrong), report
