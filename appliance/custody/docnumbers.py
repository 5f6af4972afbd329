"""Whose letter has which 發文字號: one number is of one letter of the office, from whichever room it went out."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["LetterNumbers"]


class LetterNumbers:
    """Each room tells what its letter of a plain number is about, "" for none, and takes no lock for that: another room
    asks in the middle of an act. So two acts of one instant in two rooms are not told apart; of one room they are."""

    def __init__(self) -> None:
        self._rooms: dict[str, Callable[[str], str]] = {}

    def join(self, room: str, letter_of: Callable[[str], str]) -> None:
        self._rooms[room] = letter_of

    def elsewhere(self, room: str) -> Callable[[str], str]:
        """What the letters of the other rooms say of a number."""

        def letter_of(doc_no: str) -> str:
            said = (of(doc_no) for name, of in self._rooms.items() if name != room)
            return next((each for each in said if each), "")

        return letter_of
