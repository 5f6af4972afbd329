"""The ends of viewing copies that nobody has to think of: unattended, the day over, the case gone on without it.

Turned over every second. Also tries again what could not be verified as destroyed.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import RecorderError
from appliance.rules.cases.copies import CopyEnd, is_attended, why_over
from appliance.services.cases.book import CaseBook
from appliance.services.viewing.copies import CopyStore, ViewingCopy

__all__ = ["CopySweeper", "Swept"]


class Swept(NamedTuple):
    case: str
    cause: CopyEnd


class CopySweeper:
    """Boot time alone says for how long nobody has looked; the day's end is wall time, trusted or not: a copy that goes
    too early costs another one."""

    def __init__(self, store: CopyStore, cases: CaseBook, clock: Clock) -> None:
        self._store, self._cases, self._clock = store, cases, clock
        self._unseen: dict[str, int] = {}

    def turn(self) -> list[Swept]:
        """Ends what is over; what it ended. Raises NotWritable while something of a copy may still lie on the disk:
        its key is zeros, and the next turn tries again."""
        if self._store.waits:
            self._store.sweep()
        done, trouble = [], None
        for copy in self._store.living():
            cause = self._why_over(copy) if copy.live else None
            if cause is None:
                continue
            try:
                if self._store.end(copy.case, cause):
                    done.append(Swept(copy.case, cause))
            except RecorderError as error:
                trouble = error
        self._unseen = {key: since for key, since in self._unseen.items() if self._store.of(key)}
        if trouble:
            raise trouble
        return done

    def _why_over(self, copy: ViewingCopy) -> CopyEnd | None:
        now_ns, state = self._clock.boot_ns(), self._cases.file(copy.case).case.state
        return why_over(
            state,
            copy.on,
            self._clock.wall_ns(),
            now_ns - copy.begun_ns,
            now_ns - self._since(copy, now_ns, attended=is_attended(state)),
            round_the_clock=self._cases.world.round_the_clock,
        )

    def _since(self, copy: ViewingCopy, now_ns: int, *, attended: bool) -> int:
        """Since when nobody has had it open; now, while somebody has, or nobody is to."""
        if copy.opened or not attended:
            self._unseen.pop(copy.case, None)
            return now_ns
        return copy.left_ns or self._unseen.setdefault(copy.case, now_ns)
