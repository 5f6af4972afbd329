"""What happens to cases without anybody: letters that never come, reminders, lapses, days that end. Trusted time only.

Each is a row of the tables, judged like any other act; a row whose time has not come refuses, and nothing is entered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from appliance.core.clock import Clock
from appliance.core.errors import NotWritable
from appliance.rules.cases.hours import day_is_done
from appliance.rules.cases.judging import possible
from appliance.rules.cases.people import SYSTEM
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import State
from appliance.rules.cases.typed import CaseTyped
from appliance.services.cases.acting import ActingUser, ActResult
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile

__all__ = ["IDLE_NS", "REMIND_DAYS", "Clockwork"]

REMIND_DAYS = 7
"""An agency that was told what its letter lacks is reminded weekly (A3)."""

IDLE_NS = 10 * 60 * 1_000_000_000
"""A viewing in which nothing is open for so long is interrupted (2.4, ``T-44``)."""

_BY_ITSELF = (Event.NO_LETTER, Event.REMIND, Event.LAPSE, Event.NO_SHOW, Event.END_OF_DAY)
_AT_ANY_TIME = (Event.CLEAN,)
"""What no clock decides: that nothing was copied for a viewing is so from its end on."""
_WATCHED = (State.VIEWING,)
_SYSTEM = ActingUser(SYSTEM.person.account)


class Clockwork:
    """``viewed_now()``: the cases of which something is open on a screen now. ``last_there``: the boot time at which
    somebody was last there where a case was open; 0 where nobody knows."""

    def __init__(
        self,
        book: CaseBook,
        clock: Clock,
        viewed_now: Callable[[], Collection[str]],
        last_there: Callable[[str], int] = lambda case: 0,
    ) -> None:
        self._book, self._clock, self._viewed_now, self._last_there = book, clock, viewed_now, last_there
        self._watched: dict[str, int] = {}
        self._unseen: dict[str, int] = {}

    def turn(self, *, trusted: bool) -> list[ActResult]:
        """To be called every minute: performs what is due. Raises NotWritable."""
        done = self.interrupt_idle()
        for file in self._book.living():
            for event in (*_AT_ANY_TIME, *(_BY_ITSELF if trusted else ())):
                if self._is_due(file, event):
                    done.append(self._book.system(file.key, event))
                    break
        return done

    def cleared(self, file: CaseFile) -> CaseFile:
        """The case after an act. One whose viewing just ended goes on at once: the recorder itself enters that no copy
        was made for it. Where that cannot be written now, a turn does it."""
        if file.case.state is not State.VIEWED or not self._is_due(file, Event.CLEAN):
            return file
        try:
            return self._book.system(file.key, Event.CLEAN).file
        except NotWritable:
            return file

    def interrupt_idle(self) -> list[ActResult]:
        """Interrupts each viewing in which nobody was there for ten minutes, or nothing was open for so long. Boot time
        alone is asked: a clock that leaps interrupts nobody. Raises NotWritable."""
        now, open_now = self._clock.boot_ns(), set(self._viewed_now())
        watched = {file.key for file in self._book.living() if file.case.state in _WATCHED}
        self._watched = {key: self._watched.get(key, now) for key in watched}
        self._unseen = {key: self._unseen.get(key, self._left_ns(key, now)) for key in watched - open_now}
        idle = [key for key, since in self._unseen.items() if now - since >= IDLE_NS]
        self._unseen = {key: since for key, since in self._unseen.items() if key not in idle}
        self._watched = {key: since for key, since in self._watched.items() if key not in idle}
        return [self._book.system(key, Event.INTERRUPT, {"reason": "idle"}) for key in idle]

    def _left_ns(self, key: str, now: int) -> int:
        """Since when nobody is there: never longer than this viewing goes on."""
        last = self._last_there(key)
        return max(self._watched[key], last) if last else now

    def interrupt_all(self, why: str) -> list[ActResult]:
        """At start: a viewing that was open when the keeper stopped shows nothing any more (C16, I9a, A13a)."""
        return [
            self._book.system(file.key, Event.INTERRUPT, {"reason": why})
            for file in self._book.living()
            if file.case.state in _WATCHED
        ]

    # --- inside ---

    def _is_due(self, file: CaseFile, event: Event) -> bool:
        dated = event in _AT_ANY_TIME or not file.undated
        if not dated or event not in possible(file.case) or not self._has_come(file, event):
            return False
        _, _, found = self._book.judged(file, _SYSTEM, event, CaseTyped())
        return isinstance(found, Row)

    def _has_come(self, file: CaseFile, event: Event) -> bool:
        """What the rows themselves do not ask."""
        today = self._book.today()
        if event is Event.REMIND:
            told = [deed.day for deed in file.deeds if deed.event in (Event.FIND_DEFECTS, Event.REMIND)]
            return bool(told) and (today - date.fromisoformat(told[-1])).days >= REMIND_DAYS
        if event is Event.END_OF_DAY:
            token = file.case.token
            if token is None or self._book.world.round_the_clock:
                return token is not None and today > token.on
            return day_is_done(token.on, self._clock.wall_ns())
        return True
