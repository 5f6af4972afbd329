"""What people must be told of holds and pins: which end soon, whose footage nears its ceiling, how much they keep.

Each becomes a finding that opens when its mark is reached and clears when the next one is, or when it is over
(``AT-24``, 2.7, ``T-11``). Blocking; asks the index, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from appliance.core.clock import Clock
from appliance.core.model import Span
from appliance.rules.holds import (
    CEILING_MARKS,
    LAPSE_MARKS,
    MAX_SHARE_PERCENT,
    REQUESTED,
    ceiling_ns_of,
    mark_reached,
)
from appliance.rules.policy import Policy
from appliance.rules.retention import Hold
from appliance.services.cases.book import CaseBook
from appliance.services.holds.holds import HoldBook
from appliance.vault.index.index import Found, Index

__all__ = ["HoldWatch"]


class HoldWatch:
    """``store_bytes()`` is the size of the store that ``MAX_SHARE_PERCENT`` is of."""

    def __init__(
        self,
        holds: HoldBook,
        cases: CaseBook,
        index: Index,
        clock: Clock,
        policy: Callable[[], Policy],
        store_bytes: Callable[[], int],
    ) -> None:
        self._holds, self._cases, self._index, self._clock = holds, cases, index, clock
        self._policy, self._store_bytes = policy, store_bytes

    def warnings(self) -> dict[str, str]:
        """What ends soon, by the key of its finding. Ask in trusted time only. Raises Unavailable."""
        return dict([*self._lapsing(), *self._at_ceiling()])

    def kept_bytes(self) -> int:
        """The bytes of closed buckets that living holds and pins touch. Raises Unavailable."""
        found = {f.bucket_id: f for hold in (*self._holds.holds(), *self._cases.holds()) for f in self._found(hold)}
        return sum(segment.bytes for each in found.values() for segment in each.segments)

    def crowding(self) -> str:
        """Says so when holds and pins keep more of the store than they may; else empty. Raises Unavailable."""
        kept, whole = self.kept_bytes(), self._store_bytes()
        if kept * 100 <= whole * MAX_SHARE_PERCENT:
            return ""
        return (
            f"pins and holds keep {kept * 100 // max(whole, 1)} % of the store, over {MAX_SHARE_PERCENT} %; "
            "release what is no longer needed, or add a disk: no floor is shortened for them"
        )

    # --- inside ---

    def _lapsing(self) -> Iterator[tuple[str, str]]:
        now_ns = self._clock.wall_ns()
        for held in self._holds.all():
            mark = mark_reached(now_ns, held.until_ns, LAPSE_MARKS, held.since_ns) if held.until_ns else 0
            if held.living and mark:
                wants = "confirms" if held.state(now_ns) == REQUESTED else "extends"
                yield (
                    f"hold-due-{mark}-{held.number}",
                    f"hold {held.number} lapses within {mark} days unless the director {wants} it",
                )

    def _at_ceiling(self) -> Iterator[tuple[str, str]]:
        """Pins and holds within the ceiling whose oldest footage goes soon, whatever they say."""
        beyond = [hold for hold in self._holds.holds() if hold.beyond_ceiling]
        within = [(f"pin-ceiling-%d-{case}", f"case {case}", pins) for case, pins in self._cases.pins().items()]
        within += [
            (
                f"hold-ceiling-%d-{held.number}",
                f"hold {held.number}",
                [Hold(each.camera_no, each.start_ns, each.end_ns) for each in held.rounded],
            )
            for held in self._holds.all()
            if held.living and not held.beyond_ceiling
        ]
        for key, name, spans in within:
            found = [each for span in spans for each in self._found(span) if not _over(beyond, each)]
            if not found:
                continue
            ceiling_ns = ceiling_ns_of(min(each.start_ns for each in found), self._policy().ceiling_days)
            if mark := mark_reached(self._clock.wall_ns(), ceiling_ns, CEILING_MARKS):
                yield (
                    key % mark,
                    f"footage kept for {name} reaches its ceiling within {mark} days, and is destroyed then",
                )

    def _found(self, hold: Hold) -> list[Found]:
        return self._index.find(hold.camera_no, Span(hold.start_ns, hold.end_ns))


def _over(beyond: Sequence[Hold], found: Found) -> bool:
    return any(
        hold.camera_no == found.camera_no and hold.start_ns < found.end_ns and found.start_ns < hold.end_ns
        for hold in beyond
    )
