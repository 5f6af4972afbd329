"""No two threads of the keeper can wait for each other: the order in which its locks are taken has no circle.

Every test over the ``keeper`` of this folder holds it to that. Here are the two duties that once could stop each other,
a request received while the day's batch was judged, and the proof of the tool.
"""

from __future__ import annotations

import threading
from pathlib import Path

from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from tests.keeper.conftest import ORDER
from tests.keeper.test_cases import life_of, span
from tests.lockorder import LockOrder


def test_receipt_and_destruction_take_their_locks_in_one_order(keeper: Keeper) -> None:
    """Receipt asks the ring what footage there is, and destruction asks the cases what they pin."""
    life_of(keeper).receive(["01"], *span(keeper))
    housekeeping(keeper).turn()
    places = {place.split(":")[0] for edge in ORDER.edges for place in edge}
    assert {"vault/ring/ring.py", "services/cases/book.py"} <= places, "neither was seen"
    assert not [ORDER.told(circle) for circle in ORDER.circles()]


def test_a_circle_is_found_though_nobody_waited() -> None:
    order = LockOrder()
    with order.watching(str(Path(__file__).parent)):
        ring = threading.RLock()
        book = threading.RLock()
        leaf = threading.Lock()
    with ring, book, ring, leaf:
        pass
    assert order.circles() == []
    with book, ring:
        pass
    (circle,) = order.circles()
    assert len(circle) == 2
    assert order.told(circle).count("is held while") == 2
