"""A signed extract: one entry of the ledger, word for word, as a signed note that anyone can check offline. Pure.

Its first line is no origin and its second no number, so it can never be taken for a checkpoint. Whoever has the ledger
finds the same bytes in it at that index; whoever has not still knows who signed them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from appliance.core.errors import Damaged
from appliance.ledger.checkpoint import VerifierKey, open_note

__all__ = ["HEADING", "MAX_EXTRACT_BYTES", "Extract", "open_extract"]

HEADING = "office-recorder/extract/v1"

MAX_EXTRACT_BYTES = 60_000
"""An entry that is longer goes into no note (64 KiB with its signature)."""


class Extract(NamedTuple):
    """Entry ``index`` of the ledger ``origin``; ``raw`` are the bytes that the ledger hashes."""

    origin: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks an extract for
    raw: bytes

    def text(self) -> str:
        return f"{HEADING}\n{self.origin}\nentry {self.index}\n{self.raw.decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Extract:
        """Strictly; raises Damaged."""
        lines = text.split("\n")
        if len(lines) != 5 or lines[0] != HEADING or not lines[3] or lines[4]:
            raise Damaged(f"extract: not the four lines that begin with {HEADING}")
        word, _, number = lines[2].partition(" ")
        if word != "entry" or not (number.isascii() and number.isdigit()) or str(int(number[:19])) != number:
            raise Damaged(f"extract: its third line {lines[2][:40]!r} names no entry")
        return cls(lines[1], int(number), lines[3].encode())


def open_extract(note: str, keys: Iterable[VerifierKey]) -> tuple[Extract, list[VerifierKey]]:
    """The extract and which of ``keys`` signed it; raises Damaged, as :func:`~.checkpoint.open_note` does."""
    text, signers = open_note(note, keys)
    return Extract.parse(text), signers
