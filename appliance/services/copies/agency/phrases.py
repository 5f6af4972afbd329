"""Pass-phrases that nobody took yet: in memory alone, each handed out once, to the session that made its copy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from appliance.core.errors import NotFound
from appliance.core.freed import overwrite_freed
from appliance.formats.sealing import wipe

__all__ = ["Phrases"]

_LOOKS = 3
"""So many seconds after it was handed out no answer and no thread has it as text any more."""


class _Phrase(NamedTuple):
    session_id: str
    letters: bytearray


class Phrases:
    """Thread-safe. By case: of each the newest copy's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, _Phrase] = {}
        self._looks_left = 0

    def put(self, case: str, session_id: str, phrase: str) -> None:
        self.drop(case)
        with self._lock:
            self._held[case] = _Phrase(session_id, bytearray(phrase, "ascii"))
            self._looks_left = _LOOKS

    def waits(self, case: str, session_id: str = "") -> bool:
        """Whether one is there that nobody took, for this session or any."""
        with self._lock:
            held = self._held.get(case)
        return held is not None and session_id in ("", held.session_id)

    def take(self, case: str, session_id: str) -> str:
        """Hands it out, and keeps nothing of it. Raises NotFound for another session's, and once it was taken."""
        with self._lock:
            held = self._held.get(case)
            if held is None or held.session_id != session_id:
                raise NotFound.of("agency-no-phrase")
            del self._held[case]
            phrase = held.letters.decode("ascii")
            wipe(held.letters)
            self._looks_left = _LOOKS
            return phrase

    def look(self) -> None:
        """Each second: overwrites where one lay as text, for a while after it was made or handed out."""
        with self._lock:
            is_due, self._looks_left = self._looks_left > 0, max(0, self._looks_left - 1)
        if is_due:
            overwrite_freed()

    def drop(self, case: str) -> None:
        with self._lock:
            if held := self._held.pop(case, None):
                wipe(held.letters)

    def drop_where(self, is_over: Callable[[str, str], bool]) -> None:
        """Drops those of which ``is_over(case, session id)``. That is asked without the lock: whoever holds the case
        book's asks here whether one is left."""
        with self._lock:
            before = dict(self._held)
        over = {case: held for case, held in before.items() if is_over(case, held.session_id)}
        with self._lock:
            for case, held in over.items():
                if self._held.get(case) is held:
                    wipe(self._held.pop(case).letters)
