"""All ways that a case can take with papers in order: for tests that nothing is unreachable and nothing stuck."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from appliance.rules.cases.advance import advance
from appliance.rules.cases.facts import Case, GuardContext
from appliance.rules.cases.judging import TABLES, judge, possible
from appliance.rules.cases.papers import CopyWork, Form, Letter, Voucher
from appliance.rules.cases.roster import appointed
from appliance.rules.cases.rows import Event, Row, find
from appliance.rules.cases.states import ENDS, State
from appliance.rules.people import Role
from tests.rules.casedesk import PEOPLE, actor, facts_for, granting, refusing

__all__ = ["Found", "brought", "can_close", "letters_of", "stand", "steps"]


def brought(case: Case, event: Event) -> dict[str, Any]:
    """What an event takes besides papers in order."""
    masked = granting(case.asked, masked=True, reason="third persons")
    taken: dict[Event, dict[str, Any]] = {
        Event.WITHDRAW: {"voucher": Voucher(kind="withdrawal")},
        Event.APPEAL: {"voucher": Voucher(kind="appeal", number="1", day=case.served_on)},
        Event.COURT_ORDER: {"voucher": Voucher(kind="court_order", number="1", agency="臺北地院")},
        Event.FLAG_STATUTORY: {"statutory": "個人資料保護法第10條"},
        Event.GRANT_COPY: {"viewing_too": True},
        Event.FIND_DEFECTS: {"form": Form(), "letter": Letter(agency="x", public=True, proof=True)},
        Event.EXCUSE_SCAN: {"form": Form(in_hand=True), "letter": Letter()},
        Event.DISMISS: {"barred": "attendance"},
        Event.NONE_FOUND: {"existence": "expired"},
        Event.REFUSE: {"rulings": refusing(case.asked)},
        Event.GRANT_PARTLY: {"rulings": masked},
        Event.GRANT_COPY_PARTLY: {"rulings": masked},
        Event.APPEAL_OVER: {"voucher": Voucher(kind="rejected", number="2", day=case.appealed_on or case.served_on)},
        Event.APPEAL_UPHELD: {"voucher": Voucher(kind="revoked", number="2", day=case.appealed_on or case.served_on)},
        Event.RECEIVE_ANEW: {"former": "115-0001", "former_is": "upheld"},
        Event.LINK: {"former": "115-0001", "former_is": "locked"},
        Event.RECOPY: {"copy_work": CopyWork(destroyed=True)},
    }
    return taken.get(event, {})


class Found(NamedTuple):
    """A row that papers in order allow, and the case after it."""

    row: Row
    case: Case
    today: date


_ACTORS = tuple(actor(name) for name in (*PEOPLE, "system"))


def steps(case: Case, today: date, **always: Any) -> list[Found]:
    """What each act makes of the case, today or two months later, with ``always`` in every act's facts."""
    found = [_step(case, event, today + timedelta(days=days), always) for event in possible(case) for days in (0, 60)]
    return [each for each in found if each]


def _step(case: Case, event: Event, day: date, always: dict[str, Any]) -> Found | None:
    row = find(TABLES[case.kind], case.state, event)
    assert row is not None
    base = facts_for(case, day, **{**brought(case, event), **always})
    named = {each.person.account for role in row.who for each in appointed(role, case, base, day)}
    able = [who for who in _ACTORS if who.system or Role.STAFF in row.who or who.person.account in named]
    for double in (False, True) if row.stage else (False,):  # only a cell is signed for another
        facts = msgspec.structs.replace(base, double=double)
        for who in able:
            found = judge(case, event, who, facts, day)
            if isinstance(found, Row):
                return Found(found, advance(GuardContext(case, facts, who, day), found), day)
    return None


def stand(case: Case) -> object:
    """What tells cases apart when ways are looked for."""
    ledger = frozenset(each.stage for each in case.signatures if each.stage.startswith("ledger"))
    masks = case.masks_drawn, case.masks_confirmed
    flags = case.flags - {"extending"} if case.result else case.flags
    told = case.state in (State.RECEIVED, State.CLOSED) or find(TABLES[case.kind], case.state, Event.CLOSE) is not None
    rectifying = bool(case.rectifying) and told  # alike wherever it is entered, until it keeps the case from its close
    return case.state, case.result, flags, case.allows, ledger, masks, letters_of(case), rectifying


def letters_of(case: Case) -> tuple[bool, ...]:
    """Which letters went out and arrived, of those that its next acts may still ask about."""
    if case.result:
        return (case.issued_on is not None,)
    days = (case.correction_issued_on, case.correction_served_on, case.extension_issued_on, case.extension_served_on)
    return ("extending" in case.flags, *(day is not None for day in days))


def can_close(case: Case, today: date, *, avoiding: frozenset[Event] = frozenset(), **always: Any) -> bool:
    """Whether some sequence of acts with papers in order closes the case, ``avoiding`` some events."""
    seen: set[object] = set()
    left = [(case, today)]
    while left:
        now, day = left.pop()
        if now.state in ENDS:
            return True
        if stand(now) not in seen:
            seen.add(stand(now))
            left += [(each.case, each.today) for each in steps(now, day, **always) if each.row.event not in avoiding]
    return False
