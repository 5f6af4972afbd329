"""What of a whole count one run takes. ``--long`` takes all of it; any other run takes a part, by its seed: that of the
commit or of ``--seed``. A few runs take every part, and a test that fails says the command that takes its part again.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Sample", "again", "in_turn", "sample_of", "seed_of_commit"]

_HERE = Path(__file__).parent


class Sample:
    """The part of this run; ``whole``: all."""

    def __init__(self, seed: int, *, whole: bool) -> None:
        self.seed, self.whole = seed, whole

    def takes(self, number: int, of: int) -> bool:
        """Whether this run takes the ``number``-th of what comes in ``of`` turns, another with each seed."""
        return self.whole or (number + self.seed) % of == 0

    def __str__(self) -> str:
        return "the full counts" if self.whole else f"--seed={self.seed}"


def sample_of(config: pytest.Config) -> Sample:
    given: int | None = config.getoption("--seed")
    return Sample(seed_of_commit() if given is None else given, whole=bool(config.getoption("--long")))


@functools.cache
def seed_of_commit() -> int:
    """0 where the source is no repository."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=_HERE, capture_output=True, text=True, check=False)
    return int(done.stdout[:4], 16) if done.returncode == 0 else 0


def in_turn(values: Sequence[Any]) -> list[Any]:
    """To parametrize a test of which a run takes one value."""
    return [pytest.param(value, marks=pytest.mark.turn(number, len(values))) for number, value in enumerate(values)]


def again(item: pytest.Item) -> str:
    """The command that runs a test over the same part; empty where the test takes all in every run."""
    sampled = item.get_closest_marker("turn") or "sample" in getattr(item, "fixturenames", ())
    sample = sample_of(item.config)
    return f"deploy/test {sample} '{item.nodeid}'" if sampled and not sample.whole else ""
