"""The ledger's head, as pages show it and papers print it."""

from __future__ import annotations

import msgspec

__all__ = ["LedgerHead"]


class LedgerHead(msgspec.Struct, frozen=True, kw_only=True):
    """``root`` in hexadecimal; ``checkpoint`` the signed note."""

    size: int = 0
    root: str = ""
    checkpoint: str = ""
