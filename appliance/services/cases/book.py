"""All cases: performing rows of the tables, and the book as ledger and records give it. Thread-safe.

An act is durable before it changes anything here, and what it changes is made of its entry by the very function that
makes it again at start. A repeat of an act id gives the first answer. Closed cases whose pin ended are read when
somebody asks for them.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotAllowed, NotFound, OtherFormat, UsageError
from appliance.core.messages import coded
from appliance.core.model import to_json
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.clocks import lapses_after
from appliance.rules.cases.facts import Case, GuardContext
from appliance.rules.cases.guards_papers import to_put_right
from appliance.rules.cases.judging import Refusal
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.numbers import next_number
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.people import SYSTEM
from appliance.rules.cases.pins import is_pinned
from appliance.rules.cases.roster import Acting, acting
from appliance.rules.cases.rows import Effect, Event, Row
from appliance.rules.cases.states import State
from appliance.rules.cases.typed import CaseTyped
from appliance.rules.deadlines import day_of
from appliance.rules.ink import clear_ink, inked, same_ink
from appliance.rules.retention import Hold
from appliance.services.asked_range import PlayableRanges
from appliance.services.cases.act_context import doc_no_in, find_out
from appliance.services.cases.acting import ActingUser, ActResult
from appliance.services.cases.case_copies import with_copy, with_handed
from appliance.services.cases.casefile import CaseFile, facts_of, laid
from appliance.services.cases.docnumbers import DocNumbers
from appliance.services.cases.entries import PIN_ROW, clear_part, opened, sealed_part, taken
from appliance.services.cases.ink_sheet import check_ink
from appliance.services.cases.links import Links, scans_of
from appliance.services.cases.pinning import holds_in_clear, holds_of
from appliance.services.cases.playable_ranges import viewable_of
from appliance.services.cases.ports import CasePorts
from appliance.services.cases.rectifying import doc_nos_of
from appliance.services.cases.redetermination import take_up, taken_over
from appliance.services.cases.typed import checked, completed, event_of, kind_of
from appliance.services.cases.unsupported_events import judged_here
from appliance.services.document_numbers import LetterNumbers

__all__ = ["CaseBook"]

_KEPT_CLOSED = 256
_RECEIPTS = frozenset({Event.RECEIVE, Event.SUBMIT, Event.RECEIVE_LETTER, Event.RECEIVE_ANEW})
_PSEUDONYM_CONTEXT = "office-recorder/case-pseudonym/v1"
_FIRST_CUT = "of a draft that knew four states and no tables"
_TABLES = "cases whose every entry names its row of the tables"
_LOST_NEXT = (
    "nothing can be done on it: run `appliance verify`, and where the ledger is whole, "
    "start the version of the recorder that wrote them"
)


class CaseBook:
    """``world`` is the rest of the keeper; ``pseudonym_key`` makes the names under which entries tell people apart.

    ``after`` is called with file, row and act id of what was performed here, once it is durable. ``damaged`` has the
    cases of which something does not open, with the reason; their pins stand all the same. One of which no entry can be
    read is refused, and no other. ``revision`` is another number after each change; ``newest_entry`` tells the newest
    entry that names a case. A ledger with cases of a draft before the tables is refused whole (OtherFormat).
    """

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        world: CasePorts,
        *,
        pseudonym_key: bytes,
        random: Callable[[int], bytes] = os.urandom,
        letters: LetterNumbers | None = None,
        after: Callable[[CaseFile, Row, str], None] = lambda file, row, act: None,
    ) -> None:
        self._acts, self._ledger, self._clock, self.world, self._random = acts, ledger, clock, world, random
        self._key, self.after, self.newest_entry = pseudonym_key, after, ledger.newest_about
        self._lock = threading.RLock()
        self._pinning = threading.RLock()
        """Held from an entry until its pins count, never while the ring is asked: retention asks for pins from within
        the ring's lock, and an act asks the ring from within the book's."""
        self.revision = 0
        self._accounts: dict[str, str] = {}
        self._open: dict[str, CaseFile] = {}
        self._closed: OrderedDict[str, CaseFile] = OrderedDict()
        self.damaged: dict[str, str] = {}
        self._lost: dict[str, list[Hold]] = {}
        self._numbers: dict[str, str] = {}
        self._doc_nos = DocNumbers(ledger.doc_nos())
        self.links = Links(ledger.formers())
        self._keys: dict[str, int] = {}
        self._letters = letters or LetterNumbers()
        self._letters.join(self.letter_of)
        self._read_all()

    def _read_all(self) -> None:
        """What is open, pins anything or was put right is read now; of the other cases only keys and numbers."""
        self._numbers = self._ledger.numbered()
        called = {str(entry.fields["case"]) for entry in self._ledger.acts("hold.set") if "of" in entry.fields}
        keys = {*self._numbers.values(), *called}
        for key in sorted({*self._ledger.cases("case.received")} - keys):
            entry = self._ledger.entry(self._ledger.began(key))
            if "row" not in entry.fields:
                raise OtherFormat.at(f"ledger entry {entry.index}", f"case {key} is {_FIRST_CUT}", _TABLES)
        self._keys = {key: at for at, key in sorted((self._ledger.began(key), key) for key in keys)}
        rectified = set(self._ledger.cases("correction.entered"))
        closed, over = set(self._ledger.cases("case.closed", "hold.lapsed")), set(self._ledger.cases("pin.ended"))
        for key in self._keys:
            if not (key in closed and key in over) or key in rectified:
                with contextlib.suppress(Damaged):  # it is in ``damaged``, and its pin stands
                    self._keep(self._read(key))

    # --- reading ---

    @property
    def lock(self) -> threading.RLock:
        return self._lock

    def all_keys(self) -> list[str]:
        """Of all cases of the tables, newest first, but for those of which no entry could be read."""
        with self._lock:
            return [key for key in reversed(self._keys) if key not in self._lost]

    def lost_keys(self) -> list[str]:
        """Of the cases of which no entry could be read, newest first."""
        with self._lock:
            return sorted(self._lost, reverse=True)

    def knows(self, key: str) -> bool:
        with self._lock:
            return key in self._keys

    def checked_key(self, text: str) -> str:
        """The key of the case that ``text`` names by key or number. Raises NotFound."""
        key = self.key_of(text) or text
        if not self.knows(key):
            raise NotFound.of("cases-unknown", case=key[:20])
        return key

    def file(self, key: str) -> CaseFile:
        """Raises NotFound, and Damaged for a case of which no entry can be read."""
        with self._lock:
            if key not in self._keys:
                raise NotFound.of("cases-unknown", case=key[:20])
            if key in self._lost:
                raise Damaged.of("case-damaged", case=key, why=self.damaged[key])
            found = self._open.get(key) or self._closed.get(key)
            if found is None:
                found = self._read(key)
                self._keep(found)
            return found

    def key_of(self, number: str) -> str:
        """The key of the case that has this number; "" for none."""
        with self._lock:
            return self._numbers.get(number, "")

    def letter_of(self, doc_no: str) -> str:
        """The number (else the key) of the case whose letter has this 發文字號, "" for none. It waits for no act."""
        key = self._doc_nos.case_of(doc_no)
        return next((number for number, each in dict(self._numbers).items() if key and each == key), key)

    def living(self) -> list[CaseFile]:
        """The cases that are not closed, or that still pin something."""
        with self._lock:
            return list(self._open.values())

    def pins(self) -> dict[str, list[Hold]]:
        """What each case pins, of those that pin anything."""
        with self._pinning:
            lost, files = self._lost.copy(), self._open.copy()
        mine = {key: holds_of(file.case) for key, file in files.items() if file.pins}
        return {key: pins for key, pins in lost.items() if pins} | mine

    def holds(self) -> list[Hold]:
        """What the cases pin, for retention."""
        return [pin for pins in self.pins().values() for pin in pins]

    def viewable(self, key: str, purpose: Purpose = Purpose.VIEWING) -> PlayableRanges:
        """What a grant of this case opens now (``AT-02``). Raises NotFound."""
        file = self.file(key)
        case, days_off = file.case, self.world.days_off()
        last = lapses_after(case.decided_on, case.terms, days_off) if case.decided_on else None
        return viewable_of(file, purpose, self.today(), self.world.masks(key), last)

    def today(self) -> date:
        return day_of(self._clock.wall_ns())

    def pseudonym(self, account: str) -> str:
        """The name under which entries tell an account from others; only the keeper can tell whose it is."""
        if account == SYSTEM.person.account:
            return account
        return hmac.digest(self._key, f"{_PSEUDONYM_CONTEXT}\n{account}".encode(), "sha256")[:8].hex()

    # --- acting ---

    def act(
        self, act_id: str, who: ActingUser, key: str, event: str, facts: object = None, *, kind: str = ""
    ) -> ActResult:
        """Performs ``event`` on the case ``key``, or on a new one of ``kind`` where that is "". Durable on return.

        Raises NotAllowed with the codes of what is missing, UsageError for what no form sends, NotFound, NotWritable.
        """
        with self._lock:
            if (entry := self._ledger.act(act_id)) is not None:
                return self._repeated(entry, who, key, event, facts if facts is not None else {})
            file = self.file(key) if key else CaseFile(key="", case=Case(kind=kind_of(kind)))
            return self._perform(act_id, who, file, event_of(event), facts if facts is not None else {})

    def system(self, key: str, event: Event, facts: Mapping[str, Any] | None = None) -> ActResult:
        """An act of the machine's own, under an id that nobody can have used before. Raises as :meth:`act`."""
        return self.act(self._random(16).hex(), ActingUser(SYSTEM.person.account), key, event, dict(facts or {}))

    def judged(
        self,
        file: CaseFile,
        who: ActingUser,
        event: Event,
        typed: CaseTyped,
        *,
        copy: CopyWork | None = None,
        handed: CopyWork | None = None,
    ) -> tuple[GuardContext, CaseFile, Row | Refusal]:
        """What the tables say of an act as things stand: what they saw, the file with the act's papers on it, and the
        row or the refusal. ``copy``: as if that were the case's viewing copy, ``handed`` its copy on a medium. Nothing
        is written. Raises UsageError for a paper that is none."""
        now_ns = self._clock.wall_ns()
        taken_by = self._letters.about(doc_no_in(typed))
        sight, papers, _ = self._seen(file, who, event, typed, now_ns, taken_by)
        if copy is not None:
            sight = with_copy(sight, copy)
        if handed is not None:
            sight = with_handed(sight, handed)
        return sight, papers, self._judged(sight, event)

    def end_pins(self, *, trusted: bool) -> None:
        """Counts from now what was counted in untrusted time, and ends the pins whose rule says that they are over,
        each once. Nothing while time is not ``trusted``. Raises NotWritable."""
        with self._lock:
            today, days_off = self.today(), self.world.days_off()
            for file in list(self._open.values()) if trusted else ():
                if file.undated:
                    self._pin_entry("pin.set", file, today)
                elif file.pins and not is_pinned(file.case, today, days_off):
                    self._pin_entry("pin.ended", file, today)

    # --- inside ---

    def _judged(self, sight: GuardContext, event: Event) -> Row | Refusal:
        return judged_here(sight, event, gives_copies=self.world.gives_copies())

    def _copy_went(self, file: CaseFile, sight: GuardContext, event: Event, who: ActingUser) -> bool:
        """Destroys the viewing copy that an act ends, before the act is judged and entered: where only the living copy
        keeps it from being done. Raises NotWritable while it is not destroyed and verified; then nothing is entered."""
        if not sight.facts.copy_work.alive:
            return False
        row = self._judged(with_copy(sight, CopyWork(destroyed=True)), event)
        if isinstance(row, Refusal) or not any(each.name is Effect.VIEWING_COPY_DESTROY for each in row.effects):
            return False
        return self.world.end_copy(file.key, event, self.pseudonym(who.account), who.account)

    def _pin_entry(self, kind: str, file: CaseFile, today: date) -> None:
        clear = {"case": file.key, "row": PIN_ROW, "day": today.isoformat()}
        with self._pinning:
            entry = self._acts.perform(self._random(16).hex(), kind, clear).entry
            self._keep(taken(file, entry, {}, self._account_of))

    def _seen(
        self, file: CaseFile, who: ActingUser, event: Event, typed: CaseTyped, now_ns: int, taken_by: str
    ) -> tuple[GuardContext, CaseFile, Any]:
        today, papers = day_of(who.ink.at_ns if who.ink else now_ns), laid(file, event, typed)
        found = find_out(
            papers,
            event,
            typed,
            self.world,
            today=today,
            now_ns=now_ns,
            number=self._next_number(file, today) if event in _RECEIPTS else "",
            others=self._open.values(),
            doc_no_of=taken_by,
            roles_here=who.roles_here,
            account=who.account,
            scans=scans_of(self.world, self.links, file.key),
            former=self.file(typed.former) if typed.former else None,
            taken_up=bool(typed.former and self.links.followers_of(typed.former)),
            linked=self.links.former_of(file.key),
            ink=who.ink,
        )
        return GuardContext(file.case, facts_of(papers, typed, found), who.actor, today), papers, found

    def _perform(self, act_id: str, who: ActingUser, file: CaseFile, event: Event, facts: object) -> ActResult:
        now_ns = self._clock.wall_ns()
        today = day_of(now_ns)
        sent = checked(event, facts, self.world.cameras(), today)
        typed = completed(file, event, sent, who.actor.person)
        if event is Event.RECEIVE_ANEW and typed.former:
            typed = taken_over(typed, self.file(typed.former))
        with self._letters.coming(doc_no_in(typed), file.case.number or file.key) as taken_by:
            sight, _, found = self._seen(file, who, event, typed, now_ns, taken_by)
            if self._copy_went(file, sight, event, who):
                sight, _, found = self._seen(file, who, event, typed, now_ns, taken_by)
            row = self._judged(sight, event)
            if not isinstance(row, Refusal) or row.why not in ("no_row", "ink_row"):
                check_ink(file, event, sight)
            name = f"case {file.key}" if file.key else "case"
            if isinstance(row, Refusal):
                raise NotAllowed(coded("case-not-allowed", name=name, why=row), row._asdict())
            fit = acting(sight, row)
            if not isinstance(fit, Acting):
                raise NotAllowed(
                    coded("case-not-allowed", name=name, why=fit.why),
                    {"event": event, "why": fit.why, "missing": fit.more, "next": ""},
                )
            if not file.key:
                file = msgspec.structs.replace(file, key=self._next_key(today))
            by = self.pseudonym(who.account)
            clear = clear_part(file, row, sight, fit, by, trusted=self.world.trusted())
            clear |= clear_ink(who.ink, self.pseudonym)
            lacks = to_put_right(sight) if event is Event.FIND_DEFECTS else ()
            sealed = {
                **sealed_part(typed, found, who.account, who.name, lacks, who.ink),
                "sent": msgspec.to_builtins(sent),
            }
            with self._pinning:
                entry = self._acts.perform(act_id, row.kind, clear, sealed).entry
                after = taken(file, entry, sealed, self._account_of)
                self._keep(after)
            if "former" in clear:
                self.links.put(entry)
        self._keys.setdefault(after.key, entry.index)
        if after.case.number:
            self._numbers[after.case.number] = after.key
        self.after(after, row, act_id)
        if any(each.name is Effect.ANEW for each in row.effects):
            take_up(after, self.links, self.act)
        return ActResult(after, row.id)

    def _repeated(self, entry: Entry, who: ActingUser, key: str, event: str, facts: object) -> ActResult:
        """The first answer to an act that was performed before. Raises UsageError where this is another act."""
        fields = entry.fields
        same = fields.get("event") == event and key in ("" if "of" in fields else None, fields.get("case"))
        sealed = self._sealed(entry)
        if same and sealed is not None:
            sent = to_json(checked(event_of(event), facts, self.world.cameras(), self.today()))
            same = (to_json(sealed["sent"]), sealed["by"]) == (sent, who.account)
            same = same and same_ink(inked(fields, sealed), who.ink)
        if not same:
            raise UsageError.of("sent-before")
        if event == Event.APPEAL_UPHELD:
            take_up(self.file(str(fields["case"])), self.links, self.act)
        return ActResult(self.file(str(fields["case"])), str(fields["row"]))

    def _read(self, key: str) -> CaseFile:
        """A case out of its entries. One that this version cannot read further is kept as far as it can; of one that it
        cannot read at all, what was pinned stays so. Raises Damaged for that."""
        file: CaseFile | None = None
        entries, wrong = self._own_entries(key)
        for entry in entries:
            try:
                file = taken(file or opened(entry), entry, self._sealed(entry), self._account_of)
            except Damaged as error:
                wrong.append(str(error))
                if file is not None:
                    file = msgspec.structs.replace(file, damaged=str(error))
        if file is None:
            self._lost[key] = holds_in_clear(entries)
            self.damaged[key] = f"none of its entries can be read ({', '.join(wrong[:1])}); {_LOST_NEXT}"
            raise Damaged.of("case-damaged", case=key, why=self.damaged[key])
        if file.damaged:
            self.damaged[key] = file.damaged
        return file

    def _own_entries(self, key: str) -> tuple[list[Entry], list[str]]:
        """The entries of a case of the tables; none, and why, where the ledger does not give them."""
        try:
            about = self._ledger.acts_about(key)
            return [entry for entry in about if "row" in entry.fields and entry.fields["case"] == key], []
        except Damaged as error:
            return [], [str(error)]

    def _sealed(self, entry: Entry) -> dict[str, Any] | None:
        """What is sealed behind an entry; None where it does not open or was erased."""
        if "commit" not in entry.fields:
            return {}
        try:
            return self._acts.sealed_of(entry)
        except (Damaged, NotFound):
            return None

    def _keep(self, file: CaseFile) -> None:
        self.revision += 1
        self._doc_nos.put(file.key, doc_nos_of(file))
        if file.case.state is not State.CLOSED or file.pins or file.case.rectifying:
            self._open[file.key] = file
            return
        self._open.pop(file.key, None)
        self._closed[file.key] = file
        self._closed.move_to_end(file.key)
        while len(self._closed) > _KEPT_CLOSED:
            self._closed.popitem(last=False)

    def _account_of(self, pseudonym: str) -> str:
        if pseudonym not in self._accounts:
            self._accounts = {self.pseudonym(account): account for account in self.world.accounts()}
        return self._accounts.get(pseudonym, "")

    def _next_number(self, file: CaseFile, today: date) -> str:
        prefix = f"{today.year - 1911}調-{file.case.kind.mark}-"
        return next_number([each for each in self._numbers if each.startswith(prefix)], file.case.kind, today)

    def _next_key(self, today: date) -> str:
        """``115-0001``: ROC year of the first act, then a count without gaps over all kinds."""
        prefix = f"{today.year - 1911}-"
        taken_keys = sum(1 for key in self._keys if key.startswith(prefix))
        return f"{prefix}{taken_keys + 1:04d}"
