"""The masks of all cases: drawn one by one, taken away or replaced by a later entry. In memory, from the ledger alone.

What may be drawn is in ``rules.cases.masks``; whether a case is to be masked now, and that its masks are complete and
confirmed, are acts of the case itself. Thread-safe.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import NotFound, UsageError
from appliance.core.motion import KeyPosition
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.ledger.tree import leaf_hash
from appliance.rules.cases.masks import Mask, checked_mask
from appliance.rules.cases.ranges import Scope
from appliance.services.people.login import Seat
from appliance.vault.ring.ring import Stretch

__all__ = ["DRAWN", "REMOVED", "DrawnMask", "MaskBook", "lie_elsewhere"]

DRAWN, REMOVED = "mask.drawn", "mask.removed"
_MAY_LACK = ("positions", "replaces")
"""What an entry has of a mask that moves, and of one that takes another's place."""


class DrawnMask(NamedTuple):
    """A mask that stands: which entry of the ledger drew it, and the hash of that entry in the ledger's tree.
    ``corrected_ns``: by how much the times of the footage under it were corrected then, each amount once (``T-19``);
    ``under``: by how much those of each bucket, by its id."""

    mask: Mask
    entry: int
    entry_sha256: str
    corrected_ns: tuple[int, ...] = (0,)
    under: Mapping[str, int] = MappingProxyType({})


class MaskBook:
    """Rebuilt at start from the clear parts of its entries; who drew is sealed."""

    def __init__(self, acts: Acts, ledger: Ledger) -> None:
        self._acts = acts
        self._lock = threading.RLock()
        self._drawn: dict[str, list[DrawnMask]] = {}
        self._removed: set[tuple[str, int]] = set()
        for entry in ledger.acts(DRAWN, REMOVED):
            self._take(entry)

    def of(self, case: str) -> tuple[Mask, ...]:
        """The masks that stand, in the order they were drawn."""
        return tuple(each.mask for each in self.drawn(case))

    def drawn(self, case: str) -> tuple[DrawnMask, ...]:
        """The same with their entries."""
        with self._lock:
            return tuple(each for each in self._drawn.get(case, ()) if (case, each.mask.number) not in self._removed)

    def draw(
        self,
        act_id: str,
        by: Seat,
        case: str,
        scopes: Sequence[Scope],
        mask: Mask,
        stretches: Sequence[Stretch] = (),
        *,
        replaces: int = 0,
    ) -> Mask:
        """Draws a mask over ``scopes``, the minutes of the case that are to be masked; durable on return. The number of
        ``mask`` is the book's to give. ``stretches``: the camera's footage in these minutes. ``replaces``: the mask
        that goes with the same entry, 0 for none. Raises UsageError for what no mask may be, NotFound, NotWritable."""
        with self._lock:
            instead = {"replaces": replaces} if replaces else {}
            asked = _clear(case, checked_mask(mask, scopes, ())) | instead
            del asked["mask"]
            if (entry := self._acts.repeated(act_id, DRAWN, asked)) is not None:
                if any(entry.fields.get(name) != asked.get(name) for name in _MAY_LACK):
                    raise UsageError.of("sent-before")
                return _mask(entry)
            if replaces:
                self._check_there(case, replaces)
            number = len(self._drawn.get(case, ())) + 1
            others = [each for each in self.of(case) if each.number != replaces]
            fit = msgspec.structs.replace(checked_mask(mask, scopes, others), number=number)
            more = instead | _lies_over(fit, stretches)
            self._take(self._acts.perform(act_id, DRAWN, _clear(case, fit) | more, _sealed(by)).entry)
            return fit

    def remove(self, act_id: str, by: Seat, case: str, number: int) -> None:
        """Takes a mask away; that it was there stays in the ledger. Durable on return. Raises NotFound, NotWritable."""
        with self._lock:
            clear = {"case": case, "mask": number}
            if self._acts.repeated(act_id, REMOVED, clear) is None:
                self._check_there(case, number)
                self._take(self._acts.perform(act_id, REMOVED, clear, _sealed(by)).entry)

    def _check_there(self, case: str, number: int) -> None:
        if number not in [each.number for each in self.of(case)]:
            raise NotFound.of("mask-gone", number=number)

    def _take(self, entry: Entry) -> None:
        """Follows one entry, just made or read at start."""
        case, number = str(entry.fields["case"]), int(entry.fields["mask"])
        if entry.kind == REMOVED:
            self._removed.add((case, number))
        else:
            corrected = tuple(entry.fields.get("corrected_ns", (0,)))
            under = {str(bucket): int(by_ns) for bucket, by_ns in entry.fields.get("under", ())}
            drawn = DrawnMask(_mask(entry), entry.index, leaf_hash(entry.raw).hex(), corrected, under)
            self._drawn.setdefault(case, []).append(drawn)
            self._removed.add((case, int(entry.fields.get("replaces", 0))))


def lie_elsewhere(drawn: Sequence[DrawnMask], stretches: Mapping[str, Sequence[Stretch]]) -> bool:
    """Whether a mask lies over other pictures than when it was drawn, because the times of the footage, by camera, were
    corrected since (``T-19``): others came under it, or what it was drawn over lies elsewhere."""
    return any(
        found.by_ns != each.under[found.bucket_id]
        if found.bucket_id in each.under
        else _overlaps(each.mask, found) and found.by_ns not in each.corrected_ns
        for each in drawn
        for found in stretches.get(each.mask.camera_no, ())
    )


def _overlaps(mask: Mask, stretch: Stretch) -> bool:
    return stretch.start_ns < mask.end_ns and mask.start_ns < stretch.end_ns


def _lies_over(mask: Mask, stretches: Sequence[Stretch]) -> dict[str, Any]:
    """What its entry says of the footage under a mask."""
    under = sorted((each.bucket_id, each.by_ns) for each in stretches if _overlaps(mask, each))
    corrected = sorted({by_ns for _, by_ns in under})
    found: dict[str, Any] = {"under": [list(each) for each in under]} if under else {}
    return found | ({"corrected_ns": corrected} if any(corrected) else {})


def _clear(case: str, mask: Mask) -> dict[str, Any]:
    fields = dict(msgspec.structs.asdict(mask))
    positions = [list(msgspec.structs.astuple(each)) for each in fields.pop("positions")]
    moves = {"positions": positions} if positions else {}
    return {"case": case, "mask": fields.pop("number"), **fields, **moves}


def _mask(entry: Entry) -> Mask:
    fields = {name: entry.fields[name] for name in Mask.__struct_fields__ if name not in ("number", "positions")}
    positions = msgspec.convert(entry.fields.get("positions", ()), tuple[KeyPosition, ...])
    return Mask(**fields, number=entry.fields["mask"], positions=positions)


def _sealed(by: Seat) -> dict[str, str]:
    return {"by": by.person, "display": by.display}
