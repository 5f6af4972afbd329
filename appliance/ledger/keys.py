"""Which key signs the checkpoints of which sizes, as the ledger itself says. Pure.

A key change is an entry that holds a checkpoint over everything before it, signed by the old key, whose extension line
names the new one. From the next size on only the new key's checkpoints count: a thief of the new key cannot sign
a past that was another key's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import Damaged, UsageError
from appliance.ledger.checkpoint import Checkpoint, VerifierKey, open_checkpoint, sign_checkpoint

__all__ = ["KeyRanges", "handover"]

_NEXT = "next "


def handover(
    origin: str, size: int, root: bytes, old_key: Ed25519PrivateKey, old: VerifierKey, new: VerifierKey
) -> dict[str, Any]:
    """The fields of the key change that becomes entry ``size``, after ``root``."""
    note = sign_checkpoint(Checkpoint(origin, size, root, (f"{_NEXT}{new}",)), old_key)
    return {"old": str(old), "new": str(new), "note": note}


class KeyRanges:
    """The keys so far. The first one is trusted from outside; each later one is vouched for by the one before."""

    def __init__(self, origin: str, first: VerifierKey | None = None) -> None:
        self._origin = origin
        self._keys: list[tuple[int, VerifierKey]] = [(0, first)] if first else []

    def change(self, index: int, root: bytes, fields: Mapping[str, Any]) -> None:
        """Takes the key change that is entry ``index``, with ``root`` over everything before it. Raises Damaged."""
        try:
            old, new = VerifierKey.parse(str(fields["old"])), VerifierKey.parse(str(fields["new"]))
            if {old.name, new.name} != {self._origin}:
                raise Damaged(f"its keys are not named {self._origin}")
            if not self._keys:
                self._keys.append((0, old))
            if old != self._keys[-1][1]:
                raise Damaged(f"{old} was not the key in force")
            if new in self.all:
                raise Damaged(f"{new} was in force before")
            found, _ = open_checkpoint(str(fields["note"]), [old])
            if found != Checkpoint(self._origin, index, root, (f"{_NEXT}{new}",)):
                raise Damaged("the old key signed another change than this")
        except (KeyError, UsageError, Damaged) as error:
            raise Damaged(f"ledger entry {index}: the key change does not verify ({error})") from error
        self._keys.append((index + 1, new))

    def for_size(self, size: int) -> VerifierKey:
        """The only key whose checkpoint over ``size`` entries counts."""
        return next(key for start, key in reversed(self._keys) if start <= size)

    def since_size(self, size: int) -> list[VerifierKey]:
        """The keys that could sign anything about ``size`` entries or later: the one of then, and those after it."""
        return [key for start, key in self._keys if start >= size or key == self.for_size(size)]

    @property
    def all(self) -> list[VerifierKey]:
        return [key for _, key in self._keys]

    @property
    def in_force(self) -> VerifierKey | None:
        return self._keys[-1][1] if self._keys else None
