"""Whose letter has which 發文字號: every number is that of one letter. In memory; the lock is the book's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["DocNumbers"]


class DocNumbers:
    """``told``: what the entries say, by number; :meth:`put` says what counts of a case that is read, whose numbers may
    have been put right."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self._cases = dict(told)
        self._of: dict[str, tuple[str, ...]] = {}
        for doc_no, case in told.items():
            self._of[case] = (*self._of.get(case, ()), doc_no)

    def put(self, case: str, doc_nos: Iterable[str]) -> None:
        """These are the numbers of the letters of a case, and no others."""
        for before in self._of.pop(case, ()):
            if self._cases.get(before) == case:
                del self._cases[before]
        if here := tuple(doc_nos):
            self._of[case] = here
            self._cases |= dict.fromkeys(here, case)

    def case_of(self, doc_no: str) -> str:
        """The key of the case whose letter has this number; "" for none."""
        return self._cases.get(doc_no, "")
