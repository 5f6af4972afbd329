"""Holds (保全): footage that people keep from destruction on a named ground. The keeper's own records.

Everything here is rebuilt at start from the ledger and the sealed records; nothing else is kept. A hold is in force
when the act that sets it returns, and stays so until the ledger says that it ended: being overdue ends nothing by
itself, and in untrusted time nothing lapses. What was asked for and the whole slots that are kept are both recorded
(``INV-02``, ``INV-09``). Who may do what, and how long a hold lasts, is in ``rules.holds``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Damaged, NotFound, Refused, UsageError
from appliance.core.model import Span
from appliance.ledger.entry import Entry
from appliance.ledger.kinds import KINDS
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.holds import (
    DIRECTOR,
    GROUNDS,
    NOT_NOTIFIED,
    POLICE,
    STEPS,
    Ground,
    Step,
    is_wide,
    missing,
    outlives_ceiling,
    rounded,
    step_for,
    term_end_ns,
)
from appliance.rules.ink import Ink, check_order, clear_ink, sealed_ink
from appliance.rules.policy import CEILING_DAYS
from appliance.rules.retention import Hold
from appliance.rules.wording import checked_words
from appliance.services.asked_range import RequestedRange, as_maps, asked_of, checked_range
from appliance.services.holds.held import Held, HoldAct, taken
from appliance.services.people.login import Seat

__all__ = ["DOCUMENTS", "Held", "HoldAct", "HoldBook"]

DOCUMENTS = ("agency", "statute", "document")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_FRESH_NS = 300 * 1_000_000_000
"""How long a typed password counts for an act."""
_MAX_WORDS = {"reason": 4000, "need": 2000, "agency": 200, "statute": 200, "document": 200}


class HoldBook:
    """All holds. Thread-safe. ``cameras()`` are the numbers a hold may name, ``trusted()`` says whether time may be
    judged by now, ``ceiling_days()`` is the policy's ceiling. ``pseudonym``: the name under which entries tell an
    account from others.

    ``damaged`` has the holds whose sealed words do not open, with the reason; they hold all the same.
    """

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        *,
        cameras: Callable[[], Collection[str]],
        trusted: Callable[[], bool],
        ceiling_days: Callable[[], int] = lambda: CEILING_DAYS,
        days_off: Callable[[], Collection[date]] = tuple,
        random: Callable[[int], bytes] = os.urandom,
        pseudonym: Callable[[str], str] = lambda account: "",
    ) -> None:
        self._pseudonym = pseudonym
        self._acts, self._ledger, self._clock, self._random = acts, ledger, clock, random
        self._cameras, self._trusted = cameras, trusted
        self._ceiling_days, self._days_off = ceiling_days, days_off
        self._lock = threading.RLock()
        self._holds: dict[str, Held] = {}
        self.damaged: dict[str, str] = {}
        for entry in ledger.acts(*(kind for kind in KINDS if kind.startswith("hold."))):
            if "hold" in entry.fields:  # else a case that waits for an agency's letter, whose pin that is
                self._take(entry)

    # --- reading ---

    def get(self, number: str) -> Held:
        """Raises NotFound."""
        with self._lock:
            held = self._holds.get(number)
        if held is None:
            raise NotFound.of("hold-none", number=number[:20])
        return held

    def all(self) -> list[Held]:
        """Living ones first, those that end soonest before others; then those that ended, newest first."""
        with self._lock:
            living = sorted((h for h in self._holds.values() if h.living), key=lambda h: (h.until_ns, h.number))
            over = sorted((h for h in self._holds.values() if not h.living), key=lambda h: -h.ended_ns)
        return living + over

    def holds(self) -> list[Hold]:
        """What the living holds keep, for retention."""
        with self._lock:
            return [
                Hold(each.camera_no, each.start_ns, each.end_ns, held.beyond_ceiling)
                for held in self._holds.values()
                if held.living
                for each in held.rounded
            ]

    def unsettled(self) -> list[Held]:
        """Those that ended and of whose footage nobody has seen yet what becomes of it."""
        with self._lock:
            return [held for held in self._holds.values() if not held.living and not held.settled_ns]

    # --- people's acts ---

    def set(
        self,
        act_id: str,
        by: Seat,
        *,
        ground: str,
        cameras: Sequence[str],
        start_ns: int,
        end_ns: int,
        reason: str,
        need: str = "",
        documents: Mapping[str, str] | None = None,
        case: str = "",
        in_viewing: bool = False,
    ) -> Held:
        """Sets a hold: it is durable and in force on return.

        ``need`` says why so much is asked for where :func:`is_wide` says so; ``documents`` has agency, statute and
        document number as the ground demands. ``in_viewing``: the viewing of ``case`` showed it (``T-48``). Raises
        UsageError for what no hold may be, Refused for a seat that may not open it, NotWritable.
        """
        with self._lock:
            same = {"ground": ground, "asked": as_maps(asked_of(cameras, start_ns, end_ns))}
            typed = {"reason": reason.strip(), "need": need.strip()}
            if repeated := self._repeated(act_id, "hold.set", same, typed):
                return repeated
            row = _ground(ground)
            if not row.openers & set(by.roles):
                raise Refused.of("hold-openers", roles=" or ".join(sorted(row.openers)))
            if row.openers == DIRECTOR:
                self._check_fresh("hold", by)
            asked = checked_range("hold", cameras, self._cameras(), start_ns, end_ns, now_ns=self._clock.wall_ns())
            wide = is_wide(len(asked), Span(start_ns, end_ns))
            papers = _documents("hold", row, documents or {}, case)
            words = {"reason": _words("reason", reason), "need": _words("need", need, needed=wide)}
            until_ns = self._until(row, "set", end_ns)
            if until_ns and until_ns <= self._clock.wall_ns():
                raise UsageError.of("hold-ceiling")
            clear = {
                "hold": self._next_number(),
                "ground": row.code,
                "asked": as_maps(asked),
                "rounded": as_maps(map(_kept, asked)),
                "until_ns": until_ns,
                "beyond_ceiling": outlives_ceiling(row, documented=True, confirmed=False),
                **({"case": case} if case else {}),
                **({"in_viewing": True} if in_viewing else {}),
            }
            sealed = {**words, **papers, "by": by.person, "display": by.display}
            return self._take(self._acts.perform(act_id, "hold.set", clear, sealed).entry)

    def was_set(self, act_id: str) -> bool:
        """Whether that act set a hold."""
        return self._ledger.act(act_id) is not None

    def confirm(
        self, act_id: str, by: Seat, number: str, *, reason: str = "", police: str = "", ink: Ink | None = None
    ) -> Held:
        """The director confirms: another person than opened it, whose password was typed just now, or who signed the
        sheet that ``ink`` tells of. Of what a viewing showed besides, the director decides with it whether the
        ``police`` are notified (``T-48``), and says why where they are not.

        Raises UsageError, Refused, NotFound, NotWritable.
        """
        asked = self.get(number).in_viewing
        if police not in (POLICE if asked else ("",)):
            raise UsageError.of("hold-police" if asked else "hold-no-police", hold=number)
        words = {"reason": _words("reason", reason, needed=police == NOT_NOTIFIED)}
        return self._act(act_id, by, number, "confirm", words, ink, {"police": police} if police else {})

    def extend(
        self, act_id: str, by: Seat, number: str, *, reason: str, documents: Mapping[str, str] | None = None,
        ink: Ink | None = None,
    ) -> Held:  # fmt: skip
        """The director reviews the hold and lets it go on for another 180 days. A ground beyond the ceiling demands the
        documents of a fresh confirmation. Raises UsageError, Refused, NotFound, NotWritable."""
        row = GROUNDS[self.get(number).ground]
        papers = _documents(f"hold {number}", row, documents or {}) if row.beyond_ceiling else {}
        return self._act(act_id, by, number, "extend", {"reason": _words("reason", reason), **papers}, ink)

    def release(self, act_id: str, by: Seat, number: str, *, reason: str, ink: Ink | None = None) -> Held:
        """The director releases the hold. What of it is past its ceiling is destroyed within 24 hours.

        Raises UsageError, Refused, NotFound, NotWritable.
        """
        return self._act(act_id, by, number, "release", {"reason": _words("reason", reason)}, ink)

    # --- the machine's ---

    def lapse_overdue(self, *, trusted: bool) -> list[Held]:
        """Enters as lapsed, once each, the living holds whose last day is over; dates those that were set in untrusted
        time. Those that lapsed. Does nothing while time is not ``trusted``. Raises NotWritable."""
        lapsed = []
        with self._lock:
            for held in [held for held in self._holds.values() if held.living] if trusted else ():
                until_ns = held.until_ns
                if not until_ns:
                    event = "set" if held.history[-1].kind == "hold.set" else "extend"
                    until_ns = self._until(GROUNDS[held.ground], event, held.asked[0].end_ns)
                    if not until_ns:
                        continue  # time was doubted in between
                    self._enter("hold.dated", {"hold": held.number, "until_ns": until_ns})
                if until_ns <= self._clock.wall_ns():
                    lapsed.append(self._enter("hold.lapsed", {"hold": held.number}))
        return lapsed

    def settled(self, number: str, became: Mapping[str, int]) -> Held:
        """Enters once what became of the footage of a hold that ended, in buckets. Raises NotWritable."""
        with self._lock:
            return self._enter("hold.settled", {"hold": number, **became})

    # --- inside ---

    def _enter(self, kind: str, clear: dict[str, Any]) -> Held:
        """An act of the machine's own, under an id that nobody can have used before."""
        return self._take(self._acts.perform(self._random(16).hex(), kind, clear).entry)

    def _act(
        self,
        act_id: str,
        by: Seat,
        number: str,
        event: str,
        words: dict[str, str],
        ink: Ink | None = None,
        decided: Mapping[str, str] = _NOTHING,
    ) -> Held:
        with self._lock:
            kind = next(step.kind for step in STEPS if step.event == event)
            same = {"hold": number, **decided, **clear_ink(ink, self._pseudonym)}
            if repeated := self._repeated(act_id, kind, same, words):
                return repeated
            held = self.get(number)
            if ink is not None:
                last = max(held.history, key=lambda deed: deed.signed_ns)
                check_order(event, ink, last.kind.removeprefix("hold."), last.signed_ns)
            row = GROUNDS[held.ground]
            step = self._step(row, held, event, by)
            clear: dict[str, Any] = same
            if event != "release":
                clear["until_ns"] = self._until(row, event, held.asked[0].end_ns)
                clear["beyond_ceiling"] = outlives_ceiling(row, documented=True, confirmed=True)
            sealed = {**words, "by": by.person, "display": by.display, **sealed_ink(ink)}
            return self._take(self._acts.perform(act_id, step.kind, clear, sealed).entry)

    def _step(self, row: Ground, held: Held, event: str, by: Seat) -> Step:
        """The row of the table that allows this, or the error that says why none does."""
        name = f"hold {held.number}"
        step = step_for(name, row, held.state(self._clock.wall_ns()), event, by.roles, held.extensions)
        if step.other_person and not held.set_by:
            raise Refused.of("hold-opener-unknown", hold=name)
        if step.other_person and by.person == held.set_by:
            raise Refused.of("hold-own", hold=name, event=event)
        if step.password:
            self._check_fresh(name, by)
        return step

    def _check_fresh(self, name: str, by: Seat) -> None:
        if self._clock.boot_ns() - by.proved_ns > _FRESH_NS:
            raise Refused.of("password-again", thing=name)

    def _until(self, row: Ground, event: str, end_ns: int) -> int:
        """The end of the term; 0 while time is not trusted: then it counts from the first moment that it is."""
        if not self._trusted():
            return 0
        return term_end_ns(
            row,
            event,
            self._clock.wall_ns(),
            end_ns=end_ns,
            ceiling_days=self._ceiling_days(),
            days_off=self._days_off(),
        )

    def _repeated(self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, str]) -> Held | None:
        entry = self._acts.repeated(act_id, kind, clear, sealed)
        return self.get(str(entry.fields["hold"])) if entry else None

    def _next_number(self) -> str:
        """``H115-0001``: ROC year, then a count without gaps."""
        year = local_time(self._clock.wall_ns()).year - 1911
        taken_numbers = sum(1 for number in self._holds if number.startswith(f"H{year}-"))
        return f"H{year}-{taken_numbers + 1:04d}"

    def _take(self, entry: Entry) -> Held:
        """Follows one entry, just made or read at start."""
        number = str(entry.fields["hold"])
        try:
            sealed = self._acts.sealed(entry.index) or {}
        except Damaged as error:
            sealed = {}
            self.damaged[number] = str(error)
        held = taken(entry, sealed, self._holds.get(number))
        self._holds[number] = held
        return held


def _ground(code: str) -> Ground:
    row = GROUNDS.get(code)
    if row is None:
        raise UsageError.of("hold-ground", ground=repr(code[:20]), grounds=", ".join(GROUNDS))
    return row


def _kept(asked: RequestedRange) -> RequestedRange:
    span = rounded(asked.span)
    return RequestedRange(asked.camera_no, span.start_ns, span.end_ns)


def _documents(name: str, row: Ground, typed: Mapping[str, str], case: str = "") -> dict[str, str]:
    """The documents that were typed. Raises UsageError for one that the ground demands and that is missing, or for a
    missing case."""
    papers = {each: _words(each, typed.get(each, ""), needed=False) for each in DOCUMENTS}
    if lacking := missing(row, {**papers, "case": case}):
        raise UsageError.of("hold-demands", hold=name, ground=row.code, words=" and ".join(lacking))
    return {each: text for each, text in papers.items() if text}


def _words(name: str, text: str, *, needed: bool = True) -> str:
    return checked_words("hold", name, text, most=_MAX_WORDS[name], needed=needed)
