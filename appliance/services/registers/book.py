"""All registers around the cameras: performing acts on their items and reading them. Rebuilt at start from the ledger.

What a person typed is judged by ``rules.registers``; an act is durable, record and entry, before it is answered.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Damaged, NotAllowed, NotFound, UsageError
from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.terms import STANDARD, CaseTerms
from appliance.rules.ink import check_order, clear_ink, inked, same_ink
from appliance.rules.people import SYSTEM, Actor
from appliance.rules.registers.deletions import doc_no_in, letter_of
from appliance.rules.registers.judging import Refusal, judge, never, signature_of
from appliance.rules.registers.proposals import Proposal
from appliance.rules.registers.shape import DataFile, Facts, GuardContext, Hours, Item, Register, Step
from appliance.rules.registers.tables import REGISTERS, register_of_number
from appliance.rules.registers.typed import checked
from appliance.services.document_numbers import LetterNumbers
from appliance.services.registers.entries import File, clear_part, file_after, sealed_part

__all__ = ["RegisterActResult", "RegisterBook", "RegisterPorts"]

_OF_KIND = {register.kind: register for register in REGISTERS.values()}


class RegisterPorts(NamedTuple):
    """What the book asks the rest of the keeper. ``cameras``: the numbers there ever were, and whether each is in force
    at a public area. ``tickets``: the repairs that go on. ``viewers``: who may be authorised to look live. ``hours``:
    of the clocks, as the rules in force have them. ``trusted``: whether time is. ``notice``: of the personal data
    file, as it is now. ``proposals``: what the machine saw that may be an incident. ``kept``: as in ``Facts``.
    ``letter_word``: with which the numbers of the office's letters begin. ``terms``: of a request that is received
    now."""

    cameras: Callable[[], Mapping[str, bool]] = dict
    tickets: Callable[[], Collection[str]] = tuple
    viewers: Callable[[], Collection[str]] = tuple
    hours: Callable[[], Hours] = Hours
    trusted: Callable[[], bool] = lambda: True
    notice: Callable[[], DataFile | None] = lambda: None
    proposals: Callable[[], Sequence[Proposal]] = tuple
    kept: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any] | None] = lambda ranges: None
    letter_word: Callable[[], str] = lambda: ""
    terms: Callable[[], CaseTerms] = lambda: STANDARD


class RegisterActResult(NamedTuple):
    """What an act made of an item, and by which row. ``alarm``: the incident that it began, "" for none."""

    file: File
    row: str
    alarm: str = ""


class RegisterBook:
    """Thread-safe. Asking takes no lock, for whoever this book asks asks back: an act puts another map of files in the
    place of the former, which whoever reads it keeps. ``pseudonym`` is the name under which entries tell an account
    from others; ``accounts`` are all of them. ``damaged`` has the ledger entries whose record does not open."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        world: RegisterPorts,
        *,
        pseudonym: Callable[[str], str],
        accounts: Callable[[], list[str]],
        random: Callable[[int], bytes] = os.urandom,
        letters: LetterNumbers | None = None,
    ) -> None:
        self._acts, self._ledger, self._clock, self.world = acts, ledger, clock, world
        self._pseudonym, self._accounts, self._random = pseudonym, accounts, random
        self._lock = threading.RLock()
        self._files: dict[str, dict[str, File]] = {code: {} for code in REGISTERS}
        self.damaged: list[int] = []
        self._letters = letters or LetterNumbers()
        self._letters.join(self.letter_of)
        for entry in ledger.acts(*_OF_KIND):
            self._take(entry)

    # --- asking ---

    def all(self, code: str) -> list[File]:
        """The files of a register: those with something left to do first, the newest first. Raises NotFound."""
        register, files = register_of(code), self._files[code].values()
        return sorted(
            files, key=lambda file: (file.item.state in register.done, -file.item.opened_ns, file.item.number)
        )

    def get(self, code: str, number: str) -> File:
        """Raises NotFound."""
        register_of(code)
        file = self._files[code].get(number)
        if file is None:
            raise NotFound.of("register-no-line", register=code, number=number[:20])
        return file

    def find(self, number: str) -> File:
        """A line of whatever register its number is of. Raises NotFound."""
        register = register_of_number(number)
        if register is None:
            raise NotFound.of("register-no-number", number=repr(number[:20]))
        return self.get(register.code, number)

    def items(self, code: str) -> dict[str, Item]:
        """The items of a register by number."""
        return {number: file.item for number, file in self._files[code].items()}

    def letter_of(self, doc_no: str) -> str:
        """The request to destroy whose letter has this 發文字號, by its number; "" for none."""
        return letter_of(self.items("deletions").values(), doc_no)

    def judged(self, code: str, item: Item, event: str, actor: Actor) -> Step | Refusal:
        """What the table says of an act that brings nothing, as things stand. Nothing is written."""
        return judge(register_of(code), GuardContext(item, {}, actor, self._facts()), event)

    def never(self, item: Item, step: Step) -> bool:
        """Whether a step is not for the item as things stand, whoever acts."""
        return never(GuardContext(item, {}, SYSTEM, self._facts()), step)

    # --- acting ---

    def act(
        self, act_id: str, actor: Actor, display: str, code: str, number: str, event: str, typed: object
    ) -> RegisterActResult:
        """Performs ``event`` on an item, or begins one where ``number`` is "". Durable on return.

        Raises NotAllowed with the codes of what is missing, UsageError for what no form sends, NotFound, NotWritable.
        """
        register = register_of(code)
        step = next((step for step in register.steps if step.event == event), None)
        if step is None:
            raise UsageError.of("register-event", event=repr(event[:40]), register=code)
        with self._lock:
            answers = checked(step.fields, typed)
            if (entry := self._ledger.act(act_id)) is not None:
                return self._repeated(register, entry, actor, number, event, answers)
            return self._perform(act_id, register, actor, display, number, event, answers)

    def system(self, code: str, number: str, event: str, typed: Mapping[str, Any] | None = None) -> RegisterActResult:
        """An act of the machine's own. Raises as :meth:`act`."""
        register = register_of(code)
        with self._lock:
            return self._perform(self._random(16).hex(), register, SYSTEM, "", number, event, dict(typed or {}))

    def alarm(
        self, act_id: str, kind: str, facts: str, asked: Sequence[tuple[str, Span]], people: Sequence[str]
    ) -> str:
        """Begins an incident that the machine saw, once per ``act_id``: with the minutes and the people it knows. Its
        number. Raises NotWritable."""
        return self._begun(act_id, {"kind": kind, "facts": facts, "people": list(people), **_extent(asked)})

    def add(self, act_id: str, number: str, facts: str, asked: Sequence[tuple[str, Span]]) -> None:
        """The machine's own words beside an incident, once per ``act_id``. Raises NotFound, NotAllowed once the
        incident is past it, NotWritable."""
        with self._lock:
            if self._ledger.act(act_id) is None:
                typed = {"more_facts": facts, **_extent(asked)}
                self._perform(act_id, REGISTERS["incidents"], SYSTEM, "", number, "add", typed)

    def begin_owed_incidents(self) -> None:
        """Begins each incident that an act gave cause for and that an interruption kept from being entered."""
        kinds = [register.kind for register in REGISTERS.values() if any(step.alarms for step in register.steps)]
        for entry in self._ledger.acts(*kinds):
            register = _OF_KIND[entry.kind]
            step = next(step for step in register.steps if step.id == entry.fields["row"])
            if step.alarms:
                self._alarm(str(entry.fields["act"]), step, self.get(register.code, str(entry.fields["item"])))

    # --- inside ---

    def _perform(
        self,
        act_id: str,
        register: Register,
        actor: Actor,
        display: str,
        number: str,
        event: str,
        typed: dict[str, Any],
    ) -> RegisterActResult:
        item = self.get(register.code, number).item if number else Item(register=register.code, number="")
        with self._letters.coming(doc_no_in(typed), number) as taken_by:
            sight = GuardContext(item, typed, actor, self._facts()._replace(letter_of=taken_by))
            step = judge(register, sight, event)
            if actor.ink and number:
                last = max(self.get(register.code, number).deeds, key=lambda deed: deed.signed_ns)
                check_order(event, actor.ink, last.event, last.signed_ns)
            if isinstance(step, Refusal):
                raise NotAllowed(
                    coded("register-not-allowed", register=register.code, number=number or "new", why=step),
                    step._asdict(),
                )
            if not number:
                sight = sight._replace(item=Item(register=register.code, number=self._next_number(register)))
            brought, signed = step.brings(sight), signature_of(sight, step)
            by = self._pseudonym(actor.account)
            clear = clear_part(sight, step, signed, brought, by, trusted=self.world.trusted())
            clear |= clear_ink(actor.ink, self._pseudonym)
            sealed = sealed_part(sight, step, actor.account, display)
            entry = self._acts.perform(act_id, register.kind, clear, sealed).entry
            self._take(entry)
        file = self._files[register.code][sight.item.number]
        return RegisterActResult(file, step.id, self._alarm(act_id, step, file))

    def _alarm(self, act_id: str, step: Step, file: File) -> str:
        """Begins the incident that an act gives cause for, once: a start that finds it lacking makes it anew."""
        if not step.alarms:
            return ""
        typed = {
            "kind": step.alarms,
            "known_at": file.item.times[str(step.event)],
            "facts": f"{register_of(file.item.register).zh} {file.item.number}：{step.event.zh}",
            "no_footage": True,
        }
        return self._begun(f"{act_id[:56]}-alarm", typed)

    def _begun(self, act_id: str, typed: dict[str, Any]) -> str:
        """The number of the incident that the machine declares under this act id, once."""
        with self._lock:
            if (entry := self._ledger.act(act_id)) is not None:
                return str(entry.fields["item"])
            told = {"known_at": self._clock.wall_ns(), **typed}
            done = self._perform(act_id, REGISTERS["incidents"], SYSTEM, "", "", "declare", told)
            return done.file.item.number

    def _repeated(
        self, register: Register, entry: Entry, actor: Actor, number: str, event: str, answers: Mapping[str, Any]
    ) -> RegisterActResult:
        """The first answer to an act that was performed before. Raises UsageError where this is another act."""
        fields, sealed = entry.fields, self._sealed(entry)
        same = (entry.kind, fields.get("event")) == (register.kind, event) and number in ("", fields.get("item"))
        if same and sealed is not None:
            same = ({**fields["told"], **sealed["typed"]}, sealed["by"]) == (dict(answers), actor.account)
            same = same and same_ink(inked(fields, sealed), actor.ink)
        if not same:
            raise UsageError.of("sent-before")
        step = next(step for step in register.steps if step.id == fields["row"])
        file = self._files[register.code][str(fields["item"])]
        return RegisterActResult(file, step.id, self._alarm(str(fields["act"]), step, file))

    def _facts(self) -> Facts:
        with self._lock:
            return Facts(
                at_ns=self._clock.wall_ns(),
                cameras=self.world.cameras(),
                tickets=self.world.tickets(),
                items={code: self.items(code) for code in REGISTERS},
                viewers=self.world.viewers(),
                hours=self.world.hours(),
                notice=self.world.notice(),
                seen=lambda: [each.finding for each in self.world.proposals()],
                kept=self.world.kept,
                letter_word=self.world.letter_word(),
                terms=self.world.terms(),
            )

    def _next_number(self, register: Register) -> str:
        """``I115-0001``: letter and ROC year, then a count without gaps."""
        begins = f"{register.letter}{local_time(self._clock.wall_ns()).year - 1911}-"
        return f"{begins}{sum(number.startswith(begins) for number in self._files[register.code]) + 1:04d}"

    def _take(self, entry: Entry) -> None:
        """Follows one entry, just made or read at start."""
        register, sealed = _OF_KIND[entry.kind], self._sealed(entry)
        if sealed is None:
            self.damaged.append(entry.index)
        files = self._files[register.code]
        number = str(entry.fields["item"])
        file = file_after(register, files.get(number), entry, sealed, self._account_of)
        self._files[register.code] = {**files, number: file}

    def _sealed(self, entry: Entry) -> dict[str, Any] | None:
        try:
            return self._acts.sealed_of(entry)
        except Damaged:
            return None

    def _account_of(self, pseudonym: str) -> str:
        return next((name for name in self._accounts() if self._pseudonym(name) == pseudonym), pseudonym)


def _extent(asked: Sequence[tuple[str, Span]]) -> dict[str, Any]:
    """Which minutes an incident concerns, or the word that none is known to be."""
    ranges = [{"camera_no": number, "start_ns": span.start_ns, "end_ns": span.end_ns} for number, span in asked]
    return {"ranges": ranges} if ranges else {"no_footage": True}


def register_of(code: str) -> Register:
    """Raises NotFound."""
    if code not in REGISTERS:
        raise NotFound.of("register-none", register=repr(code[:20]), registers=", ".join(REGISTERS))
    return REGISTERS[code]
