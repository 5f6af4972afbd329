"""What is to be told to whom, and what was: pure but for the file that it is kept in, so that nothing is told twice.

A recipient has one notice waiting at most: what happens meanwhile is in the next one. So a finding that comes and goes
all night, or a network that is away for a week, is a few notices and no flood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from appliance.core.errors import NotWritable
from appliance.protocol.notices import StandingFinding
from appliance.storage.files import Fs, write_atomic
from appliance.web.notices.recipients import Recipient

__all__ = ["Outbox", "Waiting", "Words"]

_MINUTE_NS = 60 * 1_000_000_000
_SETTLED_NS = _MINUTE_NS
_DAY_NS = 1440 * _MINUTE_NS
_MOST_A_DAY = 48
_LONGEST_WAIT_NS = 60 * _MINUTE_NS
_FAILING = 3
_MOST_LINES = 20


class Waiting(msgspec.Struct):
    """A notice on its way. ``tries`` that failed so far; not before ``next_ns``."""

    title: str
    text: str
    next_ns: int = 0
    tries: int = 0


class _Of(msgspec.Struct):
    """Of one recipient. ``told``: the findings it was told of and that stood then."""

    told: dict[str, StandingFinding] = {}
    waiting: Waiting | None = None
    sent_ns: list[int] = []


Words = Callable[[Recipient, list[StandingFinding], list[StandingFinding], int], tuple[str, str]]
"""From a recipient, what is new, what is over and how many more there are to a title and a text."""


class Outbox:
    """Not thread-safe. Every change is durable before anything is sent."""

    def __init__(self, fs: Fs, path: str, recipients: Iterable[Recipient], words: Words) -> None:
        self._fs, self._path, self._words = fs, path, words
        self.recipients = {one.name: one for one in recipients}
        self._of = {name: of for name, of in self._read().items() if name in self.recipients}

    def _read(self) -> dict[str, _Of]:
        """What cannot be read is begun anew: then what stands is told once more."""
        try:
            return msgspec.json.decode(self._fs.read(self._path), type=dict[str, _Of])
        except (OSError, msgspec.MsgspecError):
            return {}

    def hear(self, standing: Sequence[StandingFinding], now_ns: int) -> None:
        """What stands now; what is to be told of it waits from here on. Raises NotWritable, and then waits again."""
        before = msgspec.json.encode(self._of)
        for name, recipient in self.recipients.items():
            self._hear(self._of.setdefault(name, _Of()), recipient, standing, now_ns)
        self._keep(before)

    def _hear(self, of: _Of, recipient: Recipient, standing: Sequence[StandingFinding], now_ns: int) -> None:
        of.sent_ns = [at for at in of.sent_ns if now_ns - _DAY_NS < at <= now_ns]
        paused = of.sent_ns and now_ns - of.sent_ns[-1] < recipient.every_minutes * _MINUTE_NS
        if of.waiting is not None or paused or len(of.sent_ns) >= _MOST_A_DAY:
            return
        mine = {one.key: one for one in standing if one.box in recipient.boxes}
        new = [one for one in mine.values() if one.key not in of.told and now_ns - one.since_ns >= _SETTLED_NS]
        over = [one for one in of.told.values() if one.key not in mine]
        if not new and not over:
            return
        more = max(0, len(new) - _MOST_LINES) + max(0, len(over) - _MOST_LINES)
        title, text = self._words(recipient, new[:_MOST_LINES], over[:_MOST_LINES], more)
        of.told = {key: one for key, one in of.told.items() if key in mine} | {one.key: one for one in new}
        of.waiting = Waiting(title, text)
        of.sent_ns.append(now_ns)

    def due(self, now_ns: int) -> list[tuple[Recipient, Waiting]]:
        return [
            (self.recipients[name], of.waiting)
            for name, of in self._of.items()
            if of.waiting is not None and not 0 < of.waiting.next_ns - now_ns <= _LONGEST_WAIT_NS
        ]

    def sent(self, name: str) -> None:
        before = msgspec.json.encode(self._of)
        self._of[name].waiting = None
        self._keep(before)

    def failed(self, name: str, now_ns: int) -> None:
        """It is tried again after a minute, two, four, ... up to an hour, until it goes."""
        before = msgspec.json.encode(self._of)
        waiting = self._of[name].waiting
        if waiting is not None:
            waiting.tries += 1
            waiting.next_ns = now_ns + min(_LONGEST_WAIT_NS, _MINUTE_NS << min(waiting.tries - 1, 6))
        self._keep(before)

    @property
    def failing(self) -> list[str]:
        """Who cannot be reached."""
        return [name for name, of in self._of.items() if of.waiting is not None and of.waiting.tries >= _FAILING]

    def _keep(self, before: bytes) -> None:
        now = msgspec.json.encode(self._of)
        if now == before:
            return
        try:
            write_atomic(self._fs, self._path, now)
        except NotWritable:
            self._of = msgspec.json.decode(before, type=dict[str, _Of])
            raise
