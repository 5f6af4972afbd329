"""What was signed in ink on the sheet of a case: whether it may be entered, beside what the tables say of the act."""

from __future__ import annotations

from datetime import date

from appliance.rules.cases.chains import row_named
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.ink_steps import is_on_sheet
from appliance.rules.cases.outgoing import LetterSigner
from appliance.rules.cases.people import Person
from appliance.rules.cases.roster import is_party
from appliance.rules.cases.rows import Effect, Event, Row
from appliance.rules.deadlines import start_ns_of
from appliance.rules.ink import InkTold, check_order, ink_refused, ink_told
from appliance.rules.people import Role
from appliance.services.cases.casefile import CaseAct, CaseFile
from appliance.services.cases.ports import CasePorts

__all__ = ["before_in", "check_ink", "sheet_signers", "told_ink"]

_BEFORE = frozenset({Event.RETURN, Event.RECTIFY, Event.FINISH, Event.STOP, Event.END_OF_DAY})
"""What a signature comes after besides the cells: a return, what is put right, the viewing that the row tells of."""


def check_ink(file: CaseFile, event: Event, sight: GuardContext) -> None:
    """Raises NotAllowed for a signature that lies before the step that its sheet has before it, and for one that a
    party of the case would enter. ``sight``: of the act, whose actor has the ink."""
    ink = sight.actor.ink
    if ink is None:
        return
    if is_party(Person(account=ink.by, name=ink.by_name), sight.case, sight.facts):
        words = f"{ink.by} is a party of this case and enters nothing in it; another officer does"
        raise ink_refused(event, "party", words, who=ink.by_name or ink.by)
    before, before_ns = before_in(file, event)
    check_order(event, ink, before, before_ns)


def before_in(file: CaseFile, event: Event) -> tuple[str, int]:
    """The last step of the sheet so far, and when it was done. 附件3 comes to the desk with its section head's stamp on
    it, so that one comes after the day of the application alone."""
    found = [("", 0)]
    for deed in file.deeds:
        row = row_named(file.case, deed.row)
        if row is None:
            continue
        if any(effect.name is Effect.LEDGER_ROW for effect in row.effects):
            found.append((deed.event, _received_ns(file, deed, event)))
        elif row.stage is not None or row.event in _BEFORE:
            found.append((deed.event, deed.signed_ns))
    return max(found, key=lambda each: each[1])


def _received_ns(file: CaseFile, deed: CaseAct, event: Event) -> int:
    if event is Event.SIGN_SECTION and deed.event == Event.RECEIVE:
        applied = file.words.get("applied_on", "")
        return start_ns_of(date.fromisoformat(applied or deed.day))
    return file.late.at_ns or deed.at_ns


def told_ink(file: CaseFile, deed: CaseAct, world: CasePorts) -> InkTold | None:
    """Of an act that was signed on the sheet: its scan, and the one that is in its place now."""
    return ink_told(deed.ink, deed.at_ns, world.scan_for(file.key, deed.ink.scan) if deed.ink else "")


def sheet_signers(file: CaseFile, row: Row, world: CasePorts, today: date) -> tuple[LetterSigner, ...]:
    """Who may have signed the row's sheet since the case was received, those who left since too; the keeper judges by
    the day of the sheet."""
    roles = {Role.UNIT_HEAD, *row.who} if Role.SECTION_HEAD in row.who else set(row.who)
    chairs = [
        each for each in (*world.roster(), *world.roster_on(file.case.received_on or today)) if each.role in roles
    ]
    accounts = dict.fromkeys(each.person.account for each in chairs) if is_on_sheet(row) else {}
    return tuple(LetterSigner(account=each, name=world.name_of(each), post=world.post_of(each)) for each in accounts)
