"""The part of the keeper's double that has cases: the very tables and guards of ``rules.cases`` over people, papers and
days that a test may change. What a real keeper finds out (footage, offices hours, who is free) is answered kindly.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import NotAllowed, NotFound, UsageError
from appliance.core.messages import coded
from appliance.protocol.transport import Reply
from appliance.rules.cases import views
from appliance.rules.cases.advance import advance
from appliance.rules.cases.checklist import lines_for
from appliance.rules.cases.dues import dues
from appliance.rules.cases.facts import Case, CaseFacts, GuardContext
from appliance.rules.cases.formal_check import formal_missing
from appliance.rules.cases.guards_papers import to_put_right
from appliance.rules.cases.judging import TABLES, Refusal, judge, possible
from appliance.rules.cases.masks import why_not_masked
from appliance.rules.cases.numbers import next_number
from appliance.rules.cases.outgoing import LetterSigner, LetterView
from appliance.rules.cases.papers import CopyWork, Form, Letter, Viewing, Visit, Voice
from appliance.rules.cases.people import SYSTEM, Actor, Appointment, Party, Person
from appliance.rules.cases.pins import is_pinned, pin_last_day, slip_last_day
from appliance.rules.cases.ranges import Ruling, granted_scopes, overlap
from appliance.rules.cases.roster import Acting, acting
from appliance.rules.cases.rows import Effect, Event, Row, find
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.supplements import left_of
from appliance.rules.cases.typed import TAKES, CaseTyped, TypedParty
from appliance.rules.cases.usage_log_row import CELLS
from appliance.rules.cases.viewing_record import ViewingRecord
from appliance.rules.deadlines import day_of
from appliance.rules.people import Role, may
from appliance.services.cases.outgoing import letters_after
from appliance.services.cases.views import days_told, due_told

__all__ = ["CasesDouble"]

MINUTE = 60 * 10**9
_SLOT = 10 * MINUTE
_NO_CEILING_DAYS = 10_000
"""The footage of these tests is years old."""
_PARTS = {"form": Form, "letter": Letter, "voice": Voice, "visit": Visit, "viewing": Viewing, "copy_work": CopyWork}


class _Book(NamedTuple):
    """What lies in the file of a case: its state by the tables, and all that was typed, each newest."""

    case: Case
    typed: CaseTyped
    received_ns: int = 0
    received_by: str = ""
    signed: tuple[views.Signed, ...] = ()
    history: tuple[views.ActView, ...] = ()
    papers: tuple[views.PaperDue, ...] = ()
    session: tuple[tuple[str, Any], ...] = ()
    grant: str = ""
    letters: tuple[LetterView, ...] = ()


class CasesDouble:
    """To be mixed in. ``existence`` is what every range's footage is; ``away`` accounts are on leave."""

    now_ns: int
    people: dict[str, dict[str, Any]]
    ledger: list[dict[str, Any]]
    cases: dict[str, dict[str, Any]]

    def start_cases(self, units: dict[str, str]) -> None:
        self.shown: dict[str, str] = {}
        self.viewings: dict[str, ViewingRecord] = {}
        self.accesses: list[dict[str, Any]] = []
        self.book: dict[str, _Book] = {}
        self.exports: list[dict[str, Any]] = []
        self.over: set[str] = set()
        self.formers: dict[str, str] = {}
        self.existence = "in_store"
        self.on_leave: frozenset[str] = frozenset()
        self.units = units
        self._done: dict[str, dict[str, Any]] = {}

    @property
    def today(self) -> date:
        return day_of(self.now_ns)

    def named_case(self, text: str) -> str:
        """The key of the case that ``text`` names by key or number."""
        return next((key for key, file in self.book.items() if file.case.number == text), text)

    # --- verbs ---

    def _case_act(
        self, session: str, act: str, case: str, event: str, seat: int, facts: dict[str, Any], kind: str = "",
        password: str = "",
    ) -> Reply:  # fmt: skip
        case = self.named_case(case)
        if act not in self._done:
            seats = self._seats(session)
            by = self._proved(session, seat, password) if password else seats[seat - 1]
            person = self._somebody(by["person"])
            actor = Actor(person=person, proved=bool(password), beside=len(seats) > 1)
            self._done[act] = self.do(case, kind, Event(event), actor, facts)
        return Reply(self._done[act])

    def _case_show(self, session: str, case: str, reason: str, **_who: Any) -> Reply:
        if not reason.strip():
            raise UsageError("case: the reason is missing; write it down")
        self.shown[self.named_case(case)] = reason
        return Reply({})

    def _access_log(self, session: str) -> Reply:
        return Reply({"total": len(self.accesses), "rows": self.accesses, "people": [["wang", "王小明"]]})

    def _case(self, session: str, case: str, active: bool = True, use: str = "page") -> Reply:
        if case in self.cases:
            held = self.cases[case]
            told = {name: held[name] for name in ("case", "state", "received_ns", "received_by", "received_person")}
            return Reply({**told, "number": case, "kind": "CIT"})
        case = self.named_case(case)
        if case not in self.book:
            raise NotFound(f"case {case[:20]}: there is none, or not for you")
        return Reply(msgspec.to_builtins(self.told_of(case, self._seats(session))))

    def _case_viewing(self, session: str, case: str) -> Reply:
        return Reply(msgspec.to_builtins(self.viewings.get(self.named_case(case), ViewingRecord())))

    def _case_ledger(self, session: str, case: str, **_who: Any) -> Reply:
        key = self.named_case(case)
        about = [entry for entry in self.ledger if entry["fields"].get("case") == key]
        entries = [msgspec.msgpack.encode(entry | {"extract": f"entry {entry['index']}"}) for entry in about]
        return Reply({"size": len(self.ledger), "root": "00", "checkpoint": "signed head"}, iter(entries))

    def _archive_months(self, session: str) -> Reply:
        closed = [key for key, file in self.book.items() if file.case.state is State.CLOSED]
        months = [{"month": "2024-09", "cases": len(closed)}] if closed else []
        return Reply({"this": "2024-10", "months": months, "exports": self.exports})

    def _archive_begin(self, session: str, act: str, month: str, **_who: Any) -> Reply:
        cases = [key for key, file in self.book.items() if file.case.state is State.CLOSED]
        if month != "2024-09" or not cases:
            raise NotFound(f"archive {month}: no case was closed in it")
        self.exports.insert(0, {"index": 90 + len(self.exports), "month": month, "at_ns": self.now_ns,
                                "cases": len(cases), "display": "陳怡君"})  # fmt: skip
        return Reply({"archive": self.exports[0]["index"], "cases": cases})

    def _archive_made(self, session: str, act: str, archive: int, sha256: str, bytes: int) -> Reply:
        next(each for each in self.exports if each["index"] == archive).update(sha256=sha256, bytes=bytes)
        return Reply({})

    # --- acts ---

    def do(self, key: str, kind: str, event: Event, actor: Actor, facts: dict[str, Any]) -> dict[str, Any]:
        """An act, judged by the tables; what it came to, as ActDone."""
        assert set(facts) <= {*TAKES[event], "double", "words"}, f"{event} takes no {set(facts) - {*TAKES[event]}}"
        facts = _completed(event, facts, actor.person)
        if event is Event.RECEIVE_ANEW:
            facts = facts | self._taken_over(facts["former"])
        if event is Event.PROPOSE_REDIRECT:
            facts = facts | {"proposal": facts["proposal"] | {"result": "redirected"}}
        typed = msgspec.convert(facts, CaseTyped)
        file = self.book.get(key) or _Book(Case(kind=Kind(kind)), CaseTyped())
        merged = _merged(file.typed, typed, facts)
        given = self._facts(file.case, event, merged, facts)
        row = judge(file.case, event, actor, given, self.today)
        if isinstance(row, Refusal):
            details = {"event": row.event, "why": row.why, "missing": list(row.missing), "next": row.next}
            raise NotAllowed(f"case: {row}", details)
        sight = GuardContext(file.case, given, actor, self.today)
        key = key or f"{self.today.year - 1911}-{len(self.book) + 1:04d}"
        self._enter(row.kind, case=key, row=row.id)
        self.book[key] = self._after(file, merged, sight, row, facts)
        if "former" in facts:
            self.formers[key] = facts["former"]
        if event is Event.APPEAL_UPHELD:
            self.do("", kind, Event.RECEIVE_ANEW, actor, {"former": key})
        after = self.book[key].case
        return {"case": key, "state": after.state, "number": after.number, "row": row.id}

    def _after(self, file: _Book, merged: CaseTyped, sight: GuardContext, row: Row, facts: dict[str, Any]) -> _Book:
        case, index = advance(sight, row), len(self.ledger) - 1
        name = self._name(sight.actor.person.account)
        deed = views.ActView(
            index=index, at_ns=self.now_ns, event=row.event, row=row.id, state=case.state, name=name,
            person=sight.actor.person.account, words={k: v for k, v in facts.items() if k != "double"},
            lacks=to_put_right(sight) if row.event is Event.FIND_DEFECTS else (),
            due=case.clock.due.isoformat() if case.clock else "",
        )  # fmt: skip
        papers = [
            views.PaperDue(code=each.detail, what=each.name, index=index, at_ns=self.now_ns, row=row.id)
            for each in row.effects
            if each.name in (Effect.PAPER, Effect.NOTICE)
        ]
        session = dict(file.session)
        if row.event is Event.BEGIN:
            session |= {"began_ns": self.now_ns, "accompanied": [name]}
        if row.event in (Event.FINISH, Event.STOP):
            why, stopped = str(facts.get("reason", "")), row.event is Event.STOP
            session |= {
                "ended_ns": self.now_ns,
                "shown": stopped or not why,
                "why_not": "" if stopped else why,
                "ended_by": row.event,
                "why_stopped": why if stopped else "",
                "filming": merged.viewing.get("filming", ""),
            }
        received = row.kind == "case.received"
        return _Book(
            case,
            merged,
            self.now_ns if received else file.received_ns,
            name if received else file.received_by,
            self._signed(file, case, row, sight),
            (*file.history, deed),
            (*file.papers, *papers),
            tuple(session.items()),
            file.grant if case.state == "viewing" else "",
            self._letters(file, sight, row, facts),
        )

    def _letters(self, file: _Book, sight: GuardContext, row: Row, facts: dict[str, Any]) -> tuple[LetterView, ...]:
        account = sight.facts.dispatch.signer
        signer = next((each for each in self._signers() if each.account == account), None)
        before = {each.letter: each for each in file.letters}
        typed = msgspec.convert(facts, CaseTyped)
        return tuple(letters_after(before, row.event, typed, signer, 0).values())

    def _signers(self) -> tuple[LetterSigner, ...]:
        heads = [each for each in self.roster() if each.role is Role.DIRECTOR]
        return tuple(
            LetterSigner(account=each.person.account, name=each.person.name, post="主任", deputy=each.rank > 0)
            for each in heads
        )

    def _signed(self, file: _Book, case: Case, row: Row, sight: GuardContext) -> tuple[views.Signed, ...]:
        kept = tuple(
            msgspec.structs.replace(cell, superseded=now.superseded)
            for cell, now in zip(file.signed, case.signatures, strict=False)
        )
        if row.stage is None:
            return kept
        cell = case.signatures[-1]
        account = cell.person.account
        return (
            *kept,
            views.Signed(
                stage=cell.stage, role=cell.role, person=account, name=self._name(account),
                post=str(self.people.get(account, {}).get("post", "")), at_ns=self.now_ns, day=cell.day.isoformat(),
                deputy=cell.deputy, double=cell.double,
            ),
        )  # fmt: skip

    def _facts(self, case: Case, event: Event, typed: CaseTyped, facts: dict[str, Any]) -> CaseFacts:
        taken = [each.number for each in (file.case for file in self.book.values()) if each.number]
        parts = {name: msgspec.convert(_known(getattr(typed, name), kind), kind) for name, kind in _PARTS.items()}
        viewing = msgspec.structs.replace(
            parts["viewing"], in_hours=True,
            attendant_known=True, shown=True, people_free=True, due_now=True, footage_readable=True,
            viewers=self._viewers(typed),
            scopes=parts["viewing"].scopes or granted_scopes(case.rulings),
        )  # fmt: skip
        applicant = next((each.account for each in typed.parties if each.part == "applicant"), "")
        asked = case.asked or typed.asked
        rulings = typed.rulings
        if not rulings and event in (Event.GRANT, Event.GRANT_COPY):
            rulings = tuple(Ruling(range_no=no, scopes=(each,)) for no, each in enumerate(asked))
        if not rulings and event is Event.REFUSE:
            rulings = tuple(Ruling(range_no=no, reason=typed.reason) for no, _ in enumerate(asked))
        fields = {name: parts[name] for name in ("form", "letter", "voice", "visit", "copy_work")}
        return CaseFacts(
            number=case.number or next_number(taken, case.kind, self.today),
            policy="113-09-27-2",
            managing_section="行政庶務課",
            roster=self.roster(),
            away=self.on_leave,
            double=bool(facts.get("double")),
            filed_ns=self.now_ns,
            section=self.units.get(applicant, "") or str(typed.form.get("section", "")),
            asked=typed.asked if facts.get("asked") else asked,
            live=typed.live,
            parties=tuple(self._party(each) for each in typed.parties),
            viewing=viewing,
            existence=self.existence,
            recorder=facts.get("recorder", ""),
            masks_lacking=bool(case.masked_scopes),
            checklist=tuple(typed.checklist.items()),
            rulings=rulings,
            findings=frozenset(left_of(case.kind, typed.findings, [], facts.get("form", {})))
            if case.state in (State.RECEIVED, State.CORRECTION)
            else frozenset(),
            cells=frozenset(cell.code for cell in CELLS),
            former=facts.get("former", ""),
            former_is=self._former_is(case, facts.get("former", "")),
            linked=self.formers.get(self._key_of(case), ""),
            rectify_old=typed.form.get("reason_text") if typed.rectify.what == "form/reason_text" else None,
            **fields,  # type: ignore[arg-type]
            **{name: getattr(typed, name) for name in (
                "statutory", "legal_review", "barred", "proposal", "agency_consulted", "reason", "article",
                "copy_reasoned", "viewing_too", "viewing_only", "source", "dispatch", "service", "voucher", "rectify",
                "otherwise",
            )},
        )  # fmt: skip

    def _viewers(self, typed: CaseTyped) -> tuple[Party, ...]:
        """Whom the appointment names, else all viewers."""
        parties = {each.name: self._party(each) for each in typed.parties}
        asked = [each.name for each in typed.parties if each.part in ("viewer", "applicant")]
        names = typed.viewing.get("viewers") or list(dict.fromkeys(asked))
        return tuple(parties[name] for name in names)

    def roster(self) -> tuple[Appointment, ...]:
        """The roles of the double's people, from long ago until further notice."""
        return tuple(
            Appointment(
                person=self._somebody(name), role=Role(role), first=date(1990, 1, 1),
                section=self.units.get(name, "") if role == "section_head" else "",
            )
            for name, person in self.people.items()
            for role in person["roles"]
            if role in set(Role)
        )  # fmt: skip

    # --- telling ---

    def told_of(self, key: str, seats: list[dict[str, Any]]) -> views.CaseView:
        file = self.book[key]
        case, typed = file.case, file.typed
        facts = self._facts(case, Event.CLOSE, typed, {})
        last = pin_last_day(case)
        values = _cells(case, typed, dict(file.session))
        return views.CaseView(
            case=key, kind=case.kind, state=case.state, number=case.number, policy=case.policy, unit=case.unit,
            section=case.section, statutory=case.statutory, result=case.result or "", doc_no=case.doc_no,
            allows=tuple(sorted(case.allows)), flags=tuple(sorted(case.flags)), received_ns=file.received_ns,
            received_by=file.received_by, days=days_told(case, ()),
            clock=msgspec.to_builtins(case.clock) if case.clock else {}, dues=self._dues(file),
            ranges=self._ranges(case), parties=_named(typed), full=case.state is not State.CLOSED or key in self.shown,
            form=_plain(typed.form),
            letter=_plain(typed.letter) | {"scanned": False}, voice=_plain(typed.voice), visit=_plain(typed.visit),
            findings=typed.findings, barred=typed.barred,
            letters=file.letters, signers=self._signers(), words=typed.words,
            defects=formal_missing(case.kind, facts, statutory=bool(case.statutory)),
            checklist=tuple(
                views.CheckLine(code=line.code, answer=typed.checklist.get(line.code, ""), source=line.source)
                for line in lines_for(case, facts)
            ),
            otherwise=msgspec.to_builtins(typed.otherwise) if "otherwise" in case.flags else {},
            proposal=msgspec.to_builtins(typed.proposal), reason=typed.reason, article=typed.article,
            signatures=file.signed, history=file.history,
            pin=views.PinView(
                pinned=is_pinned(case, self.today) and not case.recorder, last=str(last or ""), ceiling="2025-09-26",
                slip=str(slip_last_day(case, _NO_CEILING_DAYS) or ""),
            ),
            booked=self._booked(file), session=dict(file.session), grant=file.grant, over=key in self.over,
            papers=file.papers,
            cells=tuple(
                views.CellView(
                    code=c.code, column=c.column, required=c.required(case, facts), filled=bool(values.get(c.code)),
                    values=values.get(c.code, {}),
                )
                for c in CELLS
            ),
            attendants=("吳志文", "王小明", "陳怡君"), names={name: self._name(name) for name in self.people},
            possible=self._possible(file, seats), earlier=self._earlier(key), today=self.today.isoformat(),
            masks=_masks_of(case), opens=_opens(case, seats),
            links=self._links(key) if may("see-cases", [role for seat in seats for role in seat["roles"]])
            else views.LinksView(),
        )  # fmt: skip

    def _links(self, key: str) -> views.LinksView:
        """As the keeper's: what was said, and the locked staff cases of the same minutes."""
        file, former = self.book[key], self.formers.get(key, "")
        offered = [
            other
            for other in reversed(self.book)
            if file.case.kind is Kind.AGY and other != former and self._former_is(file.case, other) == "locked"
        ]
        return views.LinksView(
            former=self._in_short(former) if former else None,
            followers=tuple(self._in_short(each) for each, of in self.formers.items() if of == key),
            offered=tuple(map(self._in_short, offered)),
        )

    def _in_short(self, key: str) -> views.OtherCase:
        file = self.book[key]
        return views.OtherCase(case=key, kind=file.case.kind, number=file.case.number, state=file.case.state,
                              received_ns=file.received_ns)  # fmt: skip

    def _former_is(self, case: Case, former: str) -> str:
        other = self.book[former].case if former else None
        if other and "anew" in other.flags:
            return "" if former in self.formers.values() else "upheld"
        return "locked" if other and other.locked_on and overlap(other.asked, case.asked) else ""

    def _taken_over(self, former: str) -> dict[str, Any]:
        """The request of a case that is decided anew."""
        file = self.book[former]
        voucher, case = file.typed.voucher, file.case
        words = {"anew_former": case.number, "anew_letter": case.doc_no, "anew_how": voucher.kind,
                 "anew_doc": voucher.number, "anew_day": str(voucher.day)}  # fmt: skip
        request = {"parties": file.typed.parties, "asked": case.asked}
        return {**msgspec.to_builtins(request), "form": file.typed.form, "statutory": case.statutory, "words": words}

    def _key_of(self, case: Case) -> str:
        return next((key for key, file in self.book.items() if file.case is case), "")

    def _earlier(self, key: str) -> views.Earlier:
        """Of the same number, none of them hidden."""

        def who(each: _Book) -> str:
            return next((party.id_no for party in each.typed.parties if party.part == "applicant"), "")

        mine, at = who(self.book[key]), list(self.book).index(key)
        before = [other for other in list(self.book)[:at] if mine and who(self.book[other]) == mine]
        cases = tuple(
            views.OtherCase(case=other, number=self.book[other].case.number, state=self.book[other].case.state,
                             result=self.book[other].case.result or "", received_ns=self.book[other].received_ns)
            for other in reversed(before)
        )  # fmt: skip
        return views.Earlier(count=len(before), by="id", cases=cases)

    def _dues(self, file: _Book) -> tuple[views.DueView, ...]:
        starts = str(file.typed.viewing.get("starts", ""))
        return tuple(due_told(each, self.today, starts) for each in dues(file.case, self.today))

    def _ranges(self, case: Case) -> tuple[views.AskedRange, ...]:
        places = dict(self.cameras)
        made = []
        for no, each in enumerate(case.asked):
            ruling = next((one for one in case.rulings if one.range_no == no), None)
            ruled = None
            if ruling:
                scopes = tuple(views.Stretch(camera_no=s.camera_no, start_ns=s.start_ns, end_ns=s.end_ns)
                               for s in ruling.scopes)  # fmt: skip
                ruled = views.RangeDecision(
                    outcome=ruling.outcome(each), scopes=scopes, masked=ruling.masked, reason=ruling.reason
                )
            start, end = each.start_ns - _SLOT, each.end_ns + _SLOT
            made.append(
                views.AskedRange(
                    no=no, camera_no=each.camera_no, start_ns=each.start_ns, end_ns=each.end_ns,
                    kept_start_ns=start - start % _SLOT, kept_end_ns=end + -end % _SLOT,
                    location=places.get(each.camera_no, ""), footage=self.existence,
                    at_receipt=self.existence, ruled=ruled,
                )
            )  # fmt: skip
        return tuple(made)

    def _booked(self, file: _Book) -> views.Booked | None:
        token, viewing = file.case.token, file.typed.viewing
        if token is None:
            return None
        return views.Booked(
            on=token.on.isoformat(), last=token.last.isoformat(), starts=viewing.get("starts", ""),
            ends=viewing.get("ends", ""), place=viewing.get("place", ""),
            accompanied_by=viewing.get("accompanied_by", ""),
            viewers=tuple(each.person.name for each in self._viewers(file.typed)),
            scopes=tuple(views.Stretch(camera_no=s.camera_no, start_ns=s.start_ns, end_ns=s.end_ns)
                         for s in token.scopes),
            lives=token.on <= self.today <= token.last,
        )  # fmt: skip

    def _possible(self, file: _Book, seats: list[dict[str, Any]]) -> tuple[views.PossibleEvent, ...]:
        made = []
        for event in possible(file.case):
            row = find(TABLES[file.case.kind], file.case.state, event)
            assert row is not None
            if row.who == (Role.SYSTEM,):
                continue
            facts = self._facts(file.case, event, file.typed, {})
            lacks = [code for guard in row.guards for code in guard(GuardContext(file.case, facts, SYSTEM, self.today))]
            made.append(
                views.PossibleEvent(
                    event=event, row=row.id, who=tuple(row.who), stage=row.stage or "",
                    password=row.password or len(seats) > 1,
                    takes=TAKES[event], lacks=tuple(dict.fromkeys(lacks)),
                    seats=tuple(self._seat(file.case, event, row, facts, seat) for seat in seats),
                )
            )  # fmt: skip
        return tuple(made)

    def _seat(self, case: Case, event: Event, row: Row, facts: CaseFacts, seat: dict[str, Any]) -> views.SeatsAnswer:
        actor = Actor(person=self._somebody(seat["person"]))
        fit = acting(GuardContext(case, facts, actor, self.today), row)
        found = judge(case, event, actor, facts, self.today)
        refused = None
        if isinstance(found, Refusal) and found.why != "password":
            refused = views.RefusalView(event=event, why=found.why, missing=found.missing, next=found.next)
        role, deputy, double = (fit.role, fit.deputy, fit.double) if isinstance(fit, Acting) else ("", False, False)
        return views.SeatsAnswer(
            seat=seat["seat"], person=seat["person"], role=role, deputy=deputy, double=double, refused=refused
        )

    # --- people ---

    def _somebody(self, account: str) -> Person:
        return Person(account=account, name=self._name(account))

    def _name(self, account: str) -> str:
        return str(self.people.get(account, {}).get("display", account))

    def _party(self, typed: TypedParty) -> Party:
        person = self._somebody(typed.account) if typed.account else Person(name=typed.name, id_hash=typed.id_no)
        return Party(person=person, part=typed.part, entitled=typed.entitled or bool(typed.account))

    # what the double itself has
    cameras: Any

    def _seats(self, session: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _proved(self, session: str, seat: int, password: str) -> dict[str, Any]:
        raise NotImplementedError

    def _enter(self, kind: str, **fields: Any) -> None:
        raise NotImplementedError


def _completed(event: Event, facts: dict[str, Any], by: Person) -> dict[str, Any]:
    """With whom nobody types: who submits is the applicant of a colleague's request, a letter's officer an agency's."""
    others = [each for each in facts.get("parties", ()) if each.get("part", "applicant") != "applicant"]
    if event is Event.SUBMIT:
        return facts | {"parties": [{"part": "applicant", "account": by.account, "name": by.name}, *others]}
    letter = facts.get("letter", {})
    if event is Event.RECEIVE_LETTER and (name := letter.get("officer") or letter.get("agency")):
        return facts | {"parties": [{"part": "applicant", "name": name}, *others]}
    return facts


def _known(values: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in kind.__struct_fields__ and name != "viewers"}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return dict(values)


def _named(typed: CaseTyped) -> tuple[views.PartyView, ...]:
    return tuple(
        views.PartyView(
            part=each.part, name=each.name, account=each.account, id_kind=each.id_kind, id_no=each.id_no,
            id_last=each.id_no[-4:], born=str(each.born or ""), phone=each.phone, address=each.address,
            relation=each.relation, entitled=each.entitled,
        )
        for each in typed.parties
    )  # fmt: skip


def _merged(old: CaseTyped, new: CaseTyped, facts: dict[str, Any]) -> CaseTyped:
    """All that was typed so far: parts field by field, the rest as this act has it."""
    changes: dict[str, Any] = {}
    for name in facts:
        was, now = getattr(old, name), getattr(new, name)
        changes[name] = {**was, **now} if isinstance(now, dict) else now
    if "parties" in facts:
        changes["parties"] = (*old.parties, *(each for each in new.parties if each not in old.parties))
    for once in ("reason", "article", "voucher", "rulings"):
        if once not in facts:
            changes[once] = getattr(CaseTyped(), once)
    return msgspec.structs.replace(old, **changes)


def _cells(case: Case, typed: CaseTyped, session: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What stands in the case's row of the ledger book, by the cell."""
    viewed = "viewed" in case.flags
    return {
        "applicant": {"names": [each.name for each in typed.parties if each.part == "applicant"]},
        "matter": {"reason": typed.form.get("reason", ""), "text": typed.form.get("reason_text", "")},
        "cameras": {"cameras": sorted({each.camera_no for each in case.asked})},
        "minutes": {"ranges": [[each.camera_no, each.start_ns, each.end_ns] for each in case.asked]},
        "copied": {"copied": False},
        "result": {"result": case.result} if case.result else {},
        "session": session if viewed else {},
        "filming": {"filming": session["filming"]} if viewed else {},
    }


def _opens(case: Case, seats: list[dict[str, Any]]) -> dict[str, views.Opening]:
    """Each is a keyholder; a citizen's viewing takes the manager, whoever asks."""
    masks, taken = _masks_of(case), tuple(int(seat["seat"]) for seat in seats)
    manager = any("manager" in seat["roles"] for seat in seats)
    alone = coded("two-people") if len(seats) < 2 else None
    why = alone or (None if manager else coded("needs-manager"))
    found = {"viewing": views.Opening(why=why, seats=() if why else taken)} if case.state is State.VIEWING else {}
    if case.kind is Kind.AGY and case.state is State.SCHEDULED:
        found["copy"] = views.Opening(why=alone, seats=() if alone else taken)
    return found | (
        {"masking": views.Opening(why=alone, seats=() if alone else taken)} if masks and masks.opens else {}
    )


def _masks_of(case: Case) -> views.MasksView | None:
    """None is drawn yet, of any case."""
    if not case.is_masked:
        return None
    bare = tuple(views.Stretch(camera_no=each.camera_no, start_ns=each.start_ns, end_ns=each.end_ns)
                 for each in case.masked_scopes)  # fmt: skip
    return views.MasksView(
        bare=bare, drawn=case.masks_drawn, confirmed=case.masks_confirmed, opens=not why_not_masked(case)
    )
