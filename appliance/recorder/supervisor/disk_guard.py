"""The recorder's own last line against a full disk, whatever the keeper says or does not say. Pure.

Under ``least_bytes`` of free space footage stops: what is left belongs to the ledger and the other records (``T-13``).
One camera a look, the least important first; all of them under half of it. Back one at a time when there is twice as
much.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Guard"]

_BACK_NS = 10_000_000_000


class Guard:
    """``least_bytes`` 0: never stops anything. Looked at once a second, after each sync."""

    def __init__(self, least_bytes: int) -> None:
        self._least_bytes = least_bytes
        self._count = 0
        self._back_due_ns = 0

    def look(self, free_bytes: int, first_to_stop: Sequence[str], now_ns: int) -> frozenset[str]:
        """The cameras that must be stopped at boot time ``now_ns``."""
        self._count = min(self._count, len(first_to_stop))
        if free_bytes < self._least_bytes:
            all_at_once = free_bytes < self._least_bytes // 2
            self._count = len(first_to_stop) if all_at_once else min(self._count + 1, len(first_to_stop))
            self._back_due_ns = now_ns + _BACK_NS
        elif self._count and free_bytes >= 2 * self._least_bytes and now_ns >= self._back_due_ns:
            self._count -= 1
            self._back_due_ns = now_ns + _BACK_NS
        return frozenset(first_to_stop[: self._count])
