"""What an act leaves in the ledger, in clear and sealed, and what is made of it again: the same function for both.

Clear: number, row, cells signed by pseudonym, ranges, and dates that rules count from. Sealed: who, and what was typed.
Where a sealed record does not open, state, ranges, pin and signatures still come again from the clear part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import Damaged, OtherFormat, UsageError
from appliance.ledger.entry import Entry
from appliance.rules.cases.advance import advance
from appliance.rules.cases.chains import row_named
from appliance.rules.cases.clocks import CaseClock
from appliance.rules.cases.copies import CopyEnd, CopyRecord, HandedCopy
from appliance.rules.cases.facts import Case, CaseFacts, GuardContext
from appliance.rules.cases.holes import Holes
from appliance.rules.cases.outgoing import ISSUES, SERVES, LetterSigner
from appliance.rules.cases.papers import Dispatch, Service, Voucher
from appliance.rules.cases.people import SYSTEM, Actor, Person
from appliance.rules.cases.pins import pinned
from appliance.rules.cases.ranges import FORMER, Ruling, Scope
from appliance.rules.cases.roster import Acting
from appliance.rules.cases.rows import Effect, Event, Row
from appliance.rules.cases.states import Kind
from appliance.rules.cases.terms import STANDARD, CaseTerms
from appliance.rules.cases.typed import ALWAYS, TAKES, CaseTyped
from appliance.rules.deadlines import day_of
from appliance.rules.ink import Ink, inked, sealed_ink
from appliance.rules.people import Role
from appliance.services.cases.casefile import CaseAct, CaseFile, Found, facts_of, laid, party_of
from appliance.services.cases.outgoing import letters_after
from appliance.services.cases.rectifying import after_rectify, source_of

__all__ = ["PIN_ROW", "clear_part", "opened", "sealed_part", "taken"]

_READS = "acts by the rows of its tables, each with the fields that its event takes"

PIN_ROW = "pin"
"""Stands as the row of an entry that ends a pin by its rule: no row of a table, since nobody performs it."""


def clear_part(
    file: CaseFile, row: Row, sight: GuardContext, fit: Acting, by: str, *, trusted: bool = True
) -> dict[str, Any]:
    """``file`` as it was before the act; ``by``: the pseudonym of who acts; ``trusted``: whether time is."""
    facts = sight.facts
    after = advance(sight, row, fit)
    done = {each.name for each in row.effects}
    clear: dict[str, Any] = {
        "case": file.key,
        "row": row.id,
        "event": row.event,
        "state": after.state,
        "day": sight.today,
        "by": by,
    }
    if not trusted:
        clear["doubted"] = True
    if not file.deeds:
        clear["of"] = file.case.kind
    if Effect.PIN in done:
        elsewhere = FORMER in (facts.recorder, file.case.recorder)
        clear |= {"asked": facts.asked, "rounded": [] if elsewhere else [_rounded(each) for each in facts.asked]}
        clear |= {"terms": after.terms} if after.terms != STANDARD else {}
    if Effect.LEDGER_ROW in done:
        clear |= {"number": facts.number, "policy": facts.policy}
        clear |= {"unit": facts.managing_section, "section": facts.section, "filed_ns": facts.filed_ns}
    if row.stage:
        clear["signed"] = {"stage": row.stage, "role": fit.role, "deputy": fit.deputy, "double": fit.double}
    if facts.statutory:
        clear["statutory"] = facts.statutory
    if facts.recorder:
        clear["recorder"] = facts.recorder
    if row.kind == "case.decided":
        clear |= {"result": after.state, "viewing_too": facts.viewing_too}
        clear["rulings"] = [msgspec.structs.replace(each, reason="") for each in facts.rulings]
    if row.event is Event.RECTIFY:
        clear |= {"word": facts.rectify.what, "corrects": source_of(file, facts.rectify.what)}
    if row.event in _APPEALS and facts.voucher.day:
        clear["appeal"] = {"day": facts.voucher.day, "kind": facts.voucher.kind}
    if row.event in (Event.LINK, Event.RECEIVE_ANEW):
        clear |= {"former": facts.former, **({"leaves": facts.linked} if facts.linked else {})}
    if row.event in ISSUES and facts.dispatch.day:
        clear |= {"issued": facts.dispatch.day, "doc_no": facts.dispatch.doc_no}
    if row.event in SERVES and facts.service.day:
        clear["served"] = facts.service.day
    if after.token and after.token != sight.case.token:
        clear |= {"on": after.token.on, "last": after.token.last, "scopes": after.token.scopes}
    if fields := _copy_fields(file, row, facts):
        clear["copy"] = fields
    clear |= _handed_fields(file, row, done, facts)
    if after.clock != sight.case.clock:
        clear["clock"] = after.clock
    if after.correction_due != sight.case.correction_due:
        clear["correction_due"] = after.correction_due or ""
    return dict(msgspec.to_builtins(clear))


def _copy_fields(file: CaseFile, row: Row, facts: CaseFacts) -> dict[str, Any]:
    """Of the copy that an agency views, what the store says at this act: that there is one, or that it is destroyed."""
    work, last = facts.copy_work, file.copies[-1] if file.copies else None
    if row.event is Event.PREPARE and work.alive:
        return {"copy": work.copy, "sha256": work.sha256, "made_ns": work.made_ns}
    if work.destroyed and last and last.copy == work.copy and not last.ended_ns:
        return {"copy": work.copy, "ended_ns": work.ended_ns, "cause": work.cause}
    return {}


_HANDED_ROWS = frozenset({"A16", "A16a", "A17", "A18", "A19"})
"""Of the copy on a medium; their entries name it in ``copy``, where others say what became of a viewing copy."""


def _handed_fields(file: CaseFile, row: Row, done: Collection[Effect], facts: CaseFacts) -> dict[str, Any]:
    """Of the copy on a medium: which one is made, with the hash of its manifest, or which one an act is about."""
    work, last = facts.copy_work, file.handed[-1] if file.handed else None
    if Effect.AGENCY_COPY in done:
        return {"copy": work.handed, "manifest": work.manifest, "medium": work.medium, "serial": work.serial}
    if last and row.id in _HANDED_ROWS:
        return {"copy": last.copy, "medium": last.medium}
    return {}


def _handed_after(file: CaseFile, row: Row, entry: Entry, name: str) -> tuple[HandedCopy, ...]:
    clear, copies = entry.fields, file.handed
    done = {each.name for each in row.effects}
    causes = {Event.REMAKE_COPY: CopyEnd.REMADE, Event.CLEAN: CopyEnd.HANDED}
    if copies and Effect.AGENCY_COPY_DESTROY in done and row.event in causes:
        ended = msgspec.structs.replace(copies[-1], ended_ns=entry.at_ns, cause=str(causes[row.event]), by=name)
        copies = (*copies[:-1], ended)
    if Effect.AGENCY_COPY in done:
        names = ("copy", "manifest", "medium", "serial")
        made = msgspec.convert({name: clear[name] for name in names} | {"made_ns": entry.at_ns}, HandedCopy)
        copies = (*copies, made)
    return copies


def _copies_after(file: CaseFile, fields: Mapping[str, Any], by: str) -> tuple[CopyRecord, ...]:
    if not fields:
        return file.copies
    if "made_ns" in fields:
        return (*file.copies, msgspec.convert(fields, CopyRecord))
    ended = msgspec.structs.replace(
        file.copies[-1], ended_ns=int(fields["ended_ns"]), cause=str(fields["cause"]), by=by
    )
    return (*file.copies[:-1], ended)


def _rounded(scope: Scope) -> Scope:
    span = pinned(scope.span)
    return Scope(scope.camera_no, span.start_ns, span.end_ns)


def sealed_part(
    typed: CaseTyped, found: Found, account: str, name: str, lacks: tuple[str, ...] = (), ink: Ink | None = None
) -> dict[str, Any]:
    """``lacks``: what the formal check missed, of an act that asks for it; ``ink``: as it stands on the sheet."""
    seen: dict[str, Any] = {"existence": found.existence, "footage": found.footage, "soon": found.soon}
    if any(found.holes):
        seen["holes"] = found.holes
    if found.signer:
        seen["signer"] = found.signer
    asked_for: dict[str, Any] = {"lacks": lacks} if lacks else {}
    asked_for |= sealed_ink(ink)
    return dict(msgspec.to_builtins({"by": account, "display": name, "typed": typed, "found": seen, **asked_for}))


def opened(entry: Entry) -> CaseFile:
    """The empty file of the case that ``entry`` begins. Raises Damaged for an entry that begins none, OtherFormat for a
    kind that this version has not."""
    if "of" not in entry.fields:
        raise Damaged(f"ledger entry {entry.index}: case {entry.fields['case']} has no beginning")
    try:
        return CaseFile(key=str(entry.fields["case"]), case=Case(kind=msgspec.convert(entry.fields["of"], Kind)))
    except msgspec.ValidationError as error:
        raise OtherFormat.at(f"ledger entry {entry.index}", f"a case of another kind ({error})", _READS) from error


def taken(file: CaseFile, entry: Entry, sealed: Mapping[str, Any] | None, account_of: Callable[[str], str]) -> CaseFile:
    """The file after ``entry``, just made or read at start. ``sealed`` None: the record does not open. ``account_of`` a
    pseudonym. Raises OtherFormat for an entry of another form than this version writes."""
    clear = entry.fields
    try:
        if clear["row"] == PIN_ROW and entry.kind == "pin.set":
            return _dated_anew(file, date.fromisoformat(clear["day"]))
        if clear["row"] == PIN_ROW:
            over = msgspec.structs.replace(file, pin_over=True)
            return _with_deed(over, entry, CaseAct(**_dated(entry), event="", row=PIN_ROW, state=file.case.state))
        return _performed(file, entry, sealed, account_of)
    except (KeyError, ValueError, msgspec.ValidationError, UsageError) as error:
        found = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise OtherFormat.at(f"ledger entry {entry.index}", f"another form of an act ({found})", _READS) from error


def _dated_anew(file: CaseFile, day: date) -> CaseFile:
    """What was counted in untrusted time counts from here: no pin ends and nothing lapses by a clock that was wrong."""
    case = msgspec.structs.replace(file.case, **dict.fromkeys(file.undated, day))
    return msgspec.structs.replace(file, case=case, undated=frozenset())


def _performed(
    file: CaseFile, entry: Entry, sealed: Mapping[str, Any] | None, account_of: Callable[[str], str]
) -> CaseFile:
    clear, lost = entry.fields, sealed is None
    sealed = sealed or {}
    event, row = msgspec.convert(clear["event"], Event), _row(file.case, str(clear["row"]))
    if foreign := sealed.get("sent", {}).keys() - {*TAKES[event], *ALWAYS}:
        raise ValueError(f"{event} takes no {', '.join(sorted(foreign))}")
    typed = msgspec.convert(sealed.get("typed", {}), CaseTyped)
    seen = sealed.get("found", {})
    account, name = str(sealed.get("by") or account_of(str(clear["by"]))), str(sealed.get("display", ""))
    found = Found(
        number=str(clear.get("number", "")),
        policy=str(clear.get("policy", "")),
        terms=msgspec.convert(clear.get("terms", {}), CaseTerms),
        managing=str(clear.get("unit", "")),
        section=str(clear.get("section", "")),
        existence=str(seen.get("existence", "")),
    )
    file = _entered(laid(file, event, typed), entry, name)
    facts = _clear_facts(facts_of(file, typed, found), clear)
    ink = inked(clear, sealed)
    person = Person(account=account, name=name)
    actor = SYSTEM if clear["by"] == SYSTEM.person.account else Actor(person=person, ink=ink)
    signed = clear.get("signed", {"role": Role.SYSTEM})
    fit = Acting(
        msgspec.convert(signed["role"], Role), bool(signed.get("deputy", False)), bool(signed.get("double", False))
    )
    day = date.fromisoformat(clear["day"])
    case = advance(GuardContext(file.case, facts, actor, day), row, fit)
    if "clock" in clear:
        case = msgspec.structs.replace(case, clock=msgspec.convert(clear["clock"], CaseClock | None))
    if case.token and "last" in clear:
        case = msgspec.structs.replace(
            case, token=msgspec.structs.replace(case.token, last=date.fromisoformat(clear["last"]))
        )
    if "correction_due" in clear:
        due = clear["correction_due"]
        case = msgspec.structs.replace(case, correction_due=date.fromisoformat(due) if due else None)
    if typed.parties and case.received_on:
        case = msgspec.structs.replace(case, parties=facts.parties)
    done = {each.name for each in row.effects}
    viewed = clear.get("copy", {}) if row.id not in _HANDED_ROWS else {}
    doubted = "doubted" in clear and ink is None  # the day of a sheet is not the machine's to doubt
    newly = {name for name in _DAYS if getattr(case, name) != getattr(file.case, name)} if doubted else set()
    signer = msgspec.convert(seen.get("signer"), LetterSigner | None)
    papers = msgspec.structs.replace(typed, dispatch=facts.dispatch, service=facts.service)
    file = msgspec.structs.replace(
        file,
        case=case,
        letters=letters_after(file.letters, event, papers, signer, entry.index, case.clock.due if case.clock else None),
        undated=file.undated | newly,
        existence=str(seen.get("existence", "")) or file.existence,
        footage=tuple(seen.get("footage", ())) or file.footage,
        holes=msgspec.convert(seen.get("holes", ()), tuple[Holes, ...]) if seen.get("footage") else file.holes,
        at_receipt=tuple(seen.get("footage", ())) if Effect.LEDGER_ROW in done else file.at_receipt,
        soon=bool(seen.get("soon", False)) or file.soon,
        pin_over=file.pin_over and not (Effect.PIN in done and file.case.received_on is None),
        began_ns=entry.at_ns if event is Event.BEGIN else file.began_ns,
        ended_ns=entry.at_ns if event in _SESSION_ENDS else file.ended_ns,
        copies=_copies_after(file, viewed, name if viewed.get("cause") in _BY else ""),
        handed=_handed_after(file, row, entry, name),
    )
    deed = CaseAct(**_dated(entry), event=event, row=row.id, state=case.state, typed=typed, damaged=lost)
    due = case.clock.due.isoformat() if case.clock else ""
    fields = {"account": account, "name": name, "lacks": tuple(sealed.get("lacks", ())), "due": due, "ink": ink}
    deed = msgspec.structs.replace(deed, **fields)
    file = after_rectify(file, deed)
    if event is Event.RECTIFY_CONFIRM:
        case = msgspec.structs.replace(file.case, parties=tuple(map(party_of, file.people)))
        file = msgspec.structs.replace(file, case=case)
    return _with_deed(file, entry, deed)


def _entered(file: CaseFile, entry: Entry, name: str) -> CaseFile:
    """What came to the request by this entry, with its place and day."""
    made = {"index": entry.index, "day": str(entry.fields["day"]), "name": name}
    added = tuple(each if each.index else msgspec.structs.replace(each, **made) for each in file.added)
    return msgspec.structs.replace(file, added=added)


_DAYS = ("preserved_on", "received_on", "decided_on", "served_on", "slip_on", "withdrawn_on", "locked_on", "closed_on",
         "appeal_ended_on")  # fmt: skip
"""From which pins, lapses and closes count."""

_APPEALS = frozenset({Event.APPEAL, Event.APPEAL_OVER, Event.APPEAL_UPHELD})
_BY = frozenset({CopyEnd.VIEWED, CopyEnd.NO_SHOW, CopyEnd.WITHDRAWN, CopyEnd.OTHERWISE})
"""Ends of a copy that come with an act on its case."""
_SESSION_ENDS = (Event.FINISH, Event.STOP, Event.END_OF_DAY)


def _dated(entry: Entry) -> dict[str, Any]:
    day = str(entry.fields.get("day") or day_of(entry.at_ns).isoformat())
    return {"index": entry.index, "act": str(entry.fields["act"]), "at_ns": entry.at_ns, "day": day}


def _with_deed(file: CaseFile, entry: Entry, deed: CaseAct) -> CaseFile:
    damaged = f"ledger entry {entry.index}: its record does not open" if deed.damaged else file.damaged
    return msgspec.structs.replace(file, deeds=(*file.deeds, deed), damaged=damaged)


def _row(case: Case, row_id: str) -> Row:
    found = row_named(case, row_id)
    if found is None:
        raise ValueError(f"row {row_id[:8]!r} of {case.kind or 'a case'}, which the tables do not have")
    return found


def _clear_facts(facts: CaseFacts, clear: Mapping[str, Any]) -> CaseFacts:
    """The facts, with what the clear part says in their place: it counts, and is there when the record is not."""
    changes: dict[str, Any] = {}
    if "asked" in clear:
        changes["asked"] = msgspec.convert(clear["asked"], tuple[Scope, ...])
    if "rulings" in clear and not facts.rulings:
        changes["rulings"] = msgspec.convert(clear["rulings"], tuple[Ruling, ...])
    if "statutory" in clear:
        changes["statutory"] = str(clear["statutory"])
    if "recorder" in clear:
        changes["recorder"] = str(clear["recorder"])
    if "issued" in clear and not facts.dispatch.day:
        changes["dispatch"] = Dispatch(day=date.fromisoformat(clear["issued"]), doc_no=str(clear.get("doc_no", "")))
    if "appeal" in clear and not facts.voucher.kind:
        changes["voucher"] = Voucher(kind=clear["appeal"]["kind"], day=date.fromisoformat(clear["appeal"]["day"]))
    if "served" in clear and not facts.service.day:
        changes["service"] = Service(day=date.fromisoformat(clear["served"]))
    if "on" in clear:
        scopes = msgspec.convert(clear["scopes"], tuple[Scope, ...])
        on = date.fromisoformat(clear["on"])
        changes["viewing"] = msgspec.structs.replace(facts.viewing, on=on, scopes=scopes)
    if "viewing_too" in clear:
        changes["viewing_too"] = bool(clear["viewing_too"])
    return msgspec.structs.replace(facts, **changes) if changes else facts
