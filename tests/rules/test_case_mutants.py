"""Broken variants of the rules of cases: each is caught by a check that the sound module passes."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any

import msgspec
import pytest

from appliance.rules.cases import clocks, pins, ranges, roster
from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event, find
from appliance.rules.cases.states import Kind, Stage, State
from tests.faults.mutants import caught_by, changed_module
from tests.rules.casedesk import DAY, PEOPLE, ROSTER, Desk, actor, facts_for, refusing


def ends_of_pins(module: ModuleType) -> None:
    refused = Desk(Kind.CIT).to_decision().do(Event.REFUSE, rulings=refusing("ab")).do(Event.ISSUE, Event.NOTIFY)
    assert module.pin_last_day(refused.case) is None
    assert module.is_pinned(refused.case, DAY + timedelta(days=300))
    assert module.pin_last_day(refused.end().case) == DAY + timedelta(days=40)
    off = frozenset({DAY + timedelta(days=30)})
    assert module.pin_last_day(refused.case, off) == DAY + timedelta(days=41)
    assert not module.is_pinned(refused.case, DAY + timedelta(days=41))
    withdrawn = msgspec.structs.replace(refused.case, result=None, withdrawn_on=DAY, closed_on=DAY + timedelta(days=20))
    assert module.pin_last_day(withdrawn) == DAY + timedelta(days=7)
    old = Scope("A-1", 0, 1)
    assert module.last_day_for(refused.case, old, 364) < DAY


def what_lies_within(module: ModuleType) -> None:
    asked = Scope("A-1", 10, 20)
    assert module.uncovered([Scope("A-1", 10, 21)], [asked]) == (Scope("A-1", 20, 21),)
    assert module.uncovered([Scope("A-2", 10, 20)], [asked]) == (Scope("A-2", 10, 20),)
    assert module.outcome_of([asked], [module.Ruling(range_no=0, scopes=(asked,), masked=True)]) == "partly"
    assert module.outcome_of([asked], [module.Ruling(range_no=0)]) == "refused"
    assert module.outcome_of([asked], []) is None
    assert module.outcome_of([], []) is None


def who_signs(module: ModuleType) -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE, Event.PASS_FORMAL, Event.PROPOSE)
    row = find(TABLES[Kind.CIT], State.UNIT_REVIEW, Event.STAMP)

    def fit(name: str, **changes: Any) -> Any:
        return module.acting(GuardContext(desk.case, facts_for(desk.case, DAY, **changes), actor(name), DAY), row)

    assert fit("chen") == ("unit_head", False, False)
    assert fit("liu").why == "holder_is_there"
    assert fit("liu", away=frozenset({"chen"})) == ("unit_head", True, False)
    assert fit("lin").why == "role"
    assert fit("chen", roster=tuple(each for each in ROSTER if each.person != PEOPLE["chen"])).why == "role"
    alone = tuple(
        msgspec.structs.replace(each, person=PEOPLE["lin"]) for each in ROSTER if each.person == PEOPLE["chen"]
    )
    assert fit("lin", roster=alone).why == "pair_unavoidable"
    assert fit("lin", roster=alone, double=True).double
    assert fit("lin", roster=(*alone, *ROSTER), double=True).why == "pair_marked"
    superseded = tuple(msgspec.structs.replace(each, superseded=True) for each in desk.case.signatures)
    again = msgspec.structs.replace(desk.case, signatures=superseded)
    assert module.conflicts(PEOPLE["lin"], Stage.UNIT_HEAD, again)


def how_clocks_run(module: ModuleType) -> None:
    clock = module.started(Kind.CIT, DAY, statutory=False)
    still = module.stopped(module.stopped(clock, DAY), DAY + timedelta(days=3))
    assert still.stopped == DAY
    assert module.resumed(still, DAY + timedelta(days=5)).due == DAY + timedelta(days=20)
    assert not module.is_red(still, DAY + timedelta(days=90))
    assert module.is_red(clock, DAY + timedelta(days=16))
    assert not module.is_red(clock, DAY + timedelta(days=15))


MUTANTS = [
    (pins, "pin_last_day", "swap max min", ends_of_pins),
    (pins, "pin_last_day", "force alone True", ends_of_pins),
    (pins, "_remedy", "unwrap roll", ends_of_pins),
    (pins, "_closed", "force withdrawn_on False", ends_of_pins),
    (pins, "last_day_for", "unwrap min", ends_of_pins),
    (pins, "is_pinned", "force last True", ends_of_pins),
    (ranges, "uncovered", "force camera_no True", what_lies_within),
    (ranges, "Ruling.outcome", "force masked False", what_lies_within),
    (ranges, "outcome_of", "force asked False", what_lies_within),
    (roster, "_signing", "force free False", who_signs),
    (roster, "_signing", "force double True", who_signs),
    (roster, "_signing", "force shared True", who_signs),
    (roster, "conflicts", "return ()", who_signs),
    (roster, "_is_able", "force away False", who_signs),
    (clocks, "stopped", "force stopped False", how_clocks_run),
    (clocks, "is_red", "edge red", how_clocks_run),
    (clocks, "is_red", "force stopped True", how_clocks_run),
]


@pytest.mark.parametrize(("module", "name", "what", "check"), MUTANTS)
def test_a_broken_rule_is_caught(module: ModuleType, name: str, what: str, check: Any) -> None:
    check(module)
    assert caught_by(check, changed_module(module, (name, what)))
