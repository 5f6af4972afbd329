"""An act of people as pages show it, whichever book it is of."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["ActEntry"]


class ActEntry(msgspec.Struct, frozen=True, kw_only=True):
    """As entry ``index`` of the ledger has it: its clear fields; ``words``: the document or reference that it rests on.
    Without words and people where its record was erased or does not open."""

    index: int
    at_ns: int
    kind: str
    fields: dict[str, Any] = {}
    words: str = ""
    by: str = ""
    approved_by: str = ""
