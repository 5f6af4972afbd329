"""What services need of the keeper's findings: opening one and ending it, both of which the ledger has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from appliance.core.messages import Said

__all__ = ["FindingBook", "OpenFinding"]


class OpenFinding(Protocol):
    """A finding that stands. ``key`` names the cause."""

    @property
    def key(self) -> str: ...


class FindingBook(Protocol):
    """The findings that stand. ``box``: of the inspection log, picture, sound or storage."""

    def open(self, key: str, box: str, text: Said) -> None:
        """Something is wrong. A finding that is open already stays as it is."""

    def clear(self, key: str) -> None:
        """It is well again. Nothing happens when it was not open."""

    def set(self, key: str, box: str, text: Said) -> None:
        """Opens the finding with a text, clears it with an empty one."""

    def is_open(self, key: str) -> bool: ...

    def all(self) -> Sequence[OpenFinding]: ...
