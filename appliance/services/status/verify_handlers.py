"""Verifies everything for the command line: every byte of closed footage, every manifest, the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from appliance.core.errors import Unavailable
from appliance.protocol.endpoint import Done, Request, Served, WithBody, serves
from appliance.protocol.verify import VERIFY

__all__ = ["VerifyHandlers"]


class VerifyHandlers:
    """``steps(on_end)``: begins, and gives ``{done, whole, what}`` as it goes and ``{found}`` at the end; it goes on to
    its end whether anybody listens or not and then calls ``on_end``. ``counted``: what the command line, where nobody
    is logged in, gets of what was found: the verdict and counts. ``under_way`` is held meanwhile."""

    def __init__(
        self,
        under_way: threading.Lock,
        *,
        steps: Callable[[Callable[[], None]], Iterator[dict[str, Any]]],
        counted: Callable[[Mapping[str, Any]], dict[str, Any]],
    ) -> None:
        self._under_way, self._steps, self._counted = under_way, steps, counted

    def served(self) -> tuple[Served, ...]:
        return (serves(VERIFY, self._verify),)

    def _verify(self, request: Request) -> WithBody[Done]:
        """One at a time: it reads every byte of the disk. Raises Unavailable."""
        if not self._under_way.acquire(blocking=False):
            raise Unavailable.of("verify-under-way")
        steps = self._steps(self._under_way.release)
        told = ({"found": self._counted(step["found"])} if "found" in step else step for step in steps)
        return WithBody(Done(), map(msgspec.json.encode, told))
