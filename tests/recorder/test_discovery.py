"""A search of the network is made once for each that the keeper waits for."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from appliance.recorder.supervisor import discovery
from appliance.rules.cameras.wiring import Found


def test_a_search_is_made_once_and_again_for_a_keeper_that_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    done: SimpleQueue[int] = SimpleQueue()

    def search(order: discovery.Order) -> tuple[list[Found], str]:
        made.append(1)
        return [], ""

    monkeypatch.setattr(discovery, "search", search)
    searcher = discovery.Searcher((), lambda number, found, why: done.put(number))
    for waited_for in (0, 1, 1, 0, 1):
        searcher.asked(waited_for)
    assert (done.get(timeout=120), done.get(timeout=120)) == (1, 1)
    assert (len(made), done.empty()) == (2, True)
