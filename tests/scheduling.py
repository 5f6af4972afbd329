"""How workers share the tests: a file at a time, so that what a file sets up is set up once; the longest first, so that
nobody waits for them at the end; what must be alone last, when there is hardly anybody to wait for.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

__all__ = ["LONGEST", "SPREAD", "LongestFirst", "order"]

LONGEST = (
    "tests/browser/test_moda.py",
    "tests/browser/test_pages.py::test_axe_finds_nothing_on_any_page_and_each_fits_320_pixels[zh]",
    "tests/browser/test_pages.py::test_axe_finds_nothing_on_any_page_and_each_fits_320_pixels[en]",
    "tests/scenarios/test_life_of_a_fault.py",
    "tests/scenarios/test_refusals.py",
    "tests/browser/test_whole_way.py",
    "tests/vault/test_ring_machine.py",
    "tests/scenarios/test_simulated_year.py",
    "tests/faults/test_kills.py",
    "tests/faults/test_power_cuts.py",
    "tests/vault/test_anchor_loss.py",
    "tests/rules/test_inv_10.py",
    "tests/sandbox/test_selftest.py",
)
"""Files, and single tests that a worker of their own takes out of theirs; about the longest first."""

SPREAD = ("tests/vault/test_manipulations.py::test_INV_26_ten_thousand_manipulations[",)
"""How tests begin that are parts of a long one: each part goes to a worker of its own."""


def order(items: list[pytest.Item]) -> None:
    """Puts the tests into the order in which they begin: the longest, the rest as collected, files with tests alone."""
    alone = {item.nodeid.partition("::")[0] for item in items if item.get_closest_marker("alone")}

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        if file in alone:
            return len(LONGEST) + 1
        return next((n for n, name in enumerate(LONGEST) if name in (item.nodeid, file)), len(LONGEST))

    items.sort(key=place)


class LongestFirst(LoadFileScheduling):
    """Hands out files in the order of their first test, and the single tests of ``LONGEST`` each by itself."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid in LONGEST or nodeid.startswith(SPREAD) else super()._split_scope(nodeid)
