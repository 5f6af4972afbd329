"""Whose letter has which 發文字號: one number is of one letter of the office, from whichever room it goes out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["LetterNumbers"]


class LetterNumbers:
    """Thread-safe. Each room tells what its letter of a plain number is about, "" for none, and takes no lock for that:
    another room asks in the middle of an act."""

    def __init__(self) -> None:
        self._rooms: list[Callable[[str], str]] = []
        self._coming: dict[str, str] = {}
        self._lock = threading.Lock()

    def join(self, letter_of: Callable[[str], str]) -> None:
        """``letter_of``: what a room's own letter of a number is about."""
        self._rooms.append(letter_of)

    def about(self, doc_no: str) -> str:
        """What the letter of this number is about, "" for none."""
        found = (letter_of(doc_no) for letter_of in self._rooms) if doc_no else ()
        return next((each for each in found if each), "")

    @contextmanager
    def coming(self, doc_no: str, about: str) -> Iterator[str]:
        """While an act that gives a letter this number ("" where it gives none) is judged, written and taken into its
        room: what the letter is about that has the number already, or that another act gives it at this instant, "" for
        none. Nobody waits for another here, so rooms hold their own locks meanwhile; of two acts the later is refused,
        though the earlier may still fail."""
        with self._lock:
            other = self._coming.get(doc_no, "") if doc_no else ""
            mine = bool(doc_no and not other)
            if mine:
                self._coming[doc_no] = about or doc_no
        try:
            yield other or self.about(doc_no)
        finally:
            if mine:
                with self._lock:
                    del self._coming[doc_no]
