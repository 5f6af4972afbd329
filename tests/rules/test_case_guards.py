"""Every guard of every row refuses something that no other guard of its row does: take one away and this test fails."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from appliance.core.model import Record
from appliance.rules.cases.facts import Case, CaseFacts, GuardContext
from appliance.rules.cases.judging import TABLES, judge
from appliance.rules.cases.papers import CopyWork, Form, Late, Letter, Visit
from appliance.rules.cases.people import Party, Person
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Row
from appliance.rules.cases.states import Kind, State
from appliance.rules.people import Role
from tests.rules.casedesk import DAY, FILED_NS, PEOPLE, Desk, actor, chair, facts_for, granting, refusing
from tests.rules.caseways import brought, letters_of, steps
from tests.rules.test_case_tables import STARTS

DEFAULTS = CaseFacts()


def spoiled(facts: CaseFacts, case: Case) -> Iterator[CaseFacts]:
    """The facts with one thing missing or otherwise."""
    for field in msgspec.structs.fields(CaseFacts):
        yield msgspec.structs.replace(facts, **{field.name: getattr(DEFAULTS, field.name)})
        value = getattr(facts, field.name)
        if isinstance(value, Record):
            for inner in msgspec.structs.fields(value):
                if isinstance(getattr(value, inner.name), bool):
                    other: Any = not getattr(value, inner.name)
                else:
                    other = inner.default
                changed = msgspec.structs.replace(value, **{inner.name: other})
                yield msgspec.structs.replace(facts, **{field.name: changed})
    yield from (msgspec.structs.replace(facts, **changes) for changes in _otherwise(facts, case))


def _otherwise(facts: CaseFacts, case: Case) -> Iterator[dict[str, Any]]:
    viewing, stranger = facts.viewing, Party(person=Person(name="stranger"), part="viewer")
    wider = tuple(Scope(each.camera_no, each.start_ns, FILED_NS) for each in facts.asked)
    yield from ({"live": True}, {"overlap_secret": True}, {"statutory": "x"}, {"filed_ns": 1}, {"existence": "expired"})
    yield {"rulings": refusing(case.asked)}
    yield {"roster": (*facts.roster, chair("peng", Role.DIRECTOR))}
    yield {"parties": tuple(party for party in facts.parties if party.part == "viewer")}
    yield {"rulings": granting(case.asked, masked=True, reason="x")}
    yield {"rulings": granting(case.asked, masked=True)}
    yield {"rulings": granting(wider)}
    yield {"rulings": granting(wider, masked=True, reason="x")}
    yield {"rulings": (*refusing(case.asked)[:-1], *granting([Scope("A-9", 1, 1)])) if len(case.asked) == 1 else ()}
    yield {"checklist": tuple((code, "no") for code, _ in facts.checklist)}
    yield {"form": msgspec.structs.replace(facts.form, reason="attendance")}
    yield {"form": msgspec.structs.replace(facts.form, judicial="yes")}
    yield {"late": Late(reason="the recorder was down")}
    yield {"form": Form()}
    yield {"letter": Letter()}
    yield {"letter": msgspec.structs.replace(facts.letter, copy_asked=False, copy_reason="")}
    yield {"viewing_only": False}
    yield {"visit": Visit(agency="other", id_checked=True, letter_seen=True)}
    yield {"viewing": msgspec.structs.replace(viewing, viewers=(*viewing.viewers, stranger))}
    yield {"viewing": msgspec.structs.replace(viewing, viewers=viewing.viewers * 4)}
    for name in ("tsai", "chen", "hsu"):
        handler = Party(person=PEOPLE[name], part="viewer", entitled=True)
        yield {"viewing": msgspec.structs.replace(viewing, viewers=(handler,))}
    yield {"viewing": msgspec.structs.replace(viewing, scopes=wider)}
    yield {"copy_work": CopyWork(alive=True)}
    yield {"masks_lacking": True, "reason": ""}
    yield {"viewing": msgspec.structs.replace(viewing, shown=False), "reason": ""}
    yield from ({"rectify_waiting": (1,)}, {"rectify_swaps": True}, {"rectify_parties": (Party(person=PEOPLE["lin"]),)})
    yield from ({"rectify_again": True}, {"rectify_stale": True})
    yield {"copy_work": msgspec.structs.replace(facts.copy_work, scopes=wider)}


def lone_refusals(case: Case, row: Row, today: date, always: dict[str, Any]) -> set[tuple[str, str]]:
    """The guards of the row that some spoiled desk fails alone."""
    plain = facts_for(case, today, **always)
    base = msgspec.structs.replace(plain, **brought(case, row.event))
    found = set()
    for facts in (plain, base, *spoiled(base, case)):
        sight = GuardContext(case, facts, actor("wang"), today)
        failing = [guard.__name__ for guard in row.guards if guard(sight)]
        found |= {(row.id, failing[0])} if len(failing) == 1 else set()
    return found


def _ledger(case: Case) -> frozenset[str]:
    return frozenset(each.stage for each in case.signatures if each.stage.startswith("ledger"))


def _masks(case: Case) -> tuple[bool, ...]:
    return case.is_masked, case.masks_drawn, case.masks_confirmed


def cases_of(kind: Kind, always: dict[str, Any]) -> Iterator[tuple[Case, date]]:
    """A case for each thing that a guard may ask of it."""
    seen: set[object] = set()
    left = deque([(Desk(kind).case, DAY)])
    while left:
        case, today = left.popleft()
        extended = case.clock is not None and case.clock.is_extended
        ledger = _ledger(case)
        key = (
            case.state,
            case.result,
            case.allows,
            case.token is None,
            case.slips,
            extended,
            ledger,
            bool(case.statutory),
            "redirecting" in case.flags,
            _masks(case),
            letters_of(case),
            bool(case.rectifying) and case.state is State.RECEIVED,
            "appeal" in case.flags and case.state is State.NOTIFIED,
        )
        if key in seen or (case.slips and (extended or ledger or any(letters_of(case)))):
            continue
        seen.add(key)
        yield case, today
        if case.received_on:
            for name in ("lin", "wang"):
                yield msgspec.structs.replace(case, rectifying=(PEOPLE[name],)), today
        left += [(each.case, each.today) for each in steps(case, today, **always)]


ENOUGH = 4
"""Cases alike that a guard is looked at in."""

CLEARER = {("C13", "viewing_allowed"), ("I7", "viewing_allowed")}
"""Others refuse as well: without a grant there are no minutes to book. This one says why."""


@pytest.mark.parametrize("kind", Kind)
def test_no_guard_is_idle(kind: Kind) -> None:
    wanted = {row.id: {(row.id, name) for name in row.guard_names} for row in TABLES[kind]}
    alone: set[tuple[str, str]] = set()
    looked: Counter[object] = Counter()
    for always in STARTS[kind]:
        for case, today in cases_of(kind, always):
            for row in TABLES[kind]:
                alike = (
                    row.id, case.state, case.result, _ledger(case), _masks(case), len(always), case.rectifying,
                    bool(case.statutory) and "redirecting" in case.flags, "appeal" in case.flags,
                )  # fmt: skip
                if case.state in row.sources and not wanted[row.id] <= alone | CLEARER and looked[alike] < ENOUGH:
                    looked[alike] += 1
                    for days in (0, 60, -5):
                        alone |= lone_refusals(case, row, today + timedelta(days=days), always)
    idle = {pair for pairs in wanted.values() for pair in pairs} - alone - CLEARER
    assert not idle, sorted(idle)


def test_a_refusal_says_all_that_is_missing_and_the_next_step() -> None:
    desk = Desk(Kind.AGY)
    found = judge(
        desk.case,
        next(iter(TABLES[Kind.AGY])).event,
        actor("wang"),
        CaseFacts(roster=facts_for(desk.case, DAY).roster),
        DAY,
    )
    assert str(found) == "to preserve: guard (caller, agency, called_back, range); complete"
