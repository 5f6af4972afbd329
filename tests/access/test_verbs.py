"""Every verb of the keeper × everybody × the own, another's and a missing object, against the table of rows."""

from __future__ import annotations

import pytest

from appliance.core.errors import NotFound, RecorderError
from appliance.rules.people import ROLES
from tests.access.asks import ASKS, cases_of_everybody
from tests.access.office import CALLERS, Caller, Office, outcome
from tests.access.verbs import ANYBODY, HERE, RECORDER, ROWS, Row, expected, has_own
from tests.verbs import VERBS

JUDGED = [row for row in ROWS if row.may is not RECORDER]
GROWS = frozenset({"grant.refused", "live.refused"})
"""What the ledger may get of somebody who is refused: that it was tried."""


def test_no_verb_is_without_a_row_and_no_row_without_a_verb() -> None:
    assert {row.verb for row in ROWS} == set(VERBS)
    assert len({row.use for row in ROWS}) == len(ROWS)
    assert {row.use for row in JUDGED} == set(ASKS)
    known = set(ROLES) | ANYBODY | HERE | RECORDER
    assert all(row.may | row.beside <= known for row in ROWS)
    assert set(ROLES) <= {role for caller in CALLERS for role in caller.seats}


def _got(office: Office, row: Row, caller: Caller, of: str) -> str:
    arguments = ASKS[row.use](office, caller, of)
    size = office.keeper.ledger.size
    try:
        reply = office.reply(row.verb, arguments.pop("body", b""), **arguments)
        told, _ = reply.head, list(reply.body)  # to its end: who verifies keeps others from it
    except RecorderError as error:
        entered = {entry.kind for entry in office.keeper.ledger.entries(size, office.keeper.ledger.size)}
        assert entered <= GROWS, f"{caller.name} was refused {row.use} and left {entered}"
        office.last = error
        return outcome(error)
    if "upload" in told:
        office.ask("scan.drop", session=arguments["session"], upload=told["upload"])
    return "done"


@pytest.mark.parametrize("row", JUDGED, ids=lambda row: row.use)
def test_every_verb_answers_each_caller_as_its_row_says(office: Office, row: Row) -> None:
    wrong = []
    for caller in CALLERS:
        for of in row.objects:
            if of == "own" and not has_own(caller, row):
                continue
            said = expected(row, caller, of)
            office.fresh = said == "done"
            got = _got(office, row, caller, of)
            if got != said:
                wrong.append(f"{caller.name} × {of or row.use}: {got}, and the row says {said} ({office.last})")
    assert not wrong, "\n".join(wrong)


def test_no_list_and_no_duty_names_a_case_that_its_page_would_not_show(office: Office) -> None:
    """The list gives to each what ``case`` gives, neither more nor less."""
    submit = next(row for row in ROWS if row.use == "case-act submit")
    every = cases_of_everybody(office, [each for each in CALLERS if has_own(each, submit)])
    assert len(every) > 9
    for caller in (each for each in CALLERS if each.seats and each.lost != "closed"):
        session = office.session(caller)
        listed = {row["case"] for row in office.ask("cases", session=session).get("cases", ())} & every
        shown = set()
        for key in every:
            try:
                office.ask("case", session=session, case=key)
            except NotFound:
                continue
            shown.add(key)
        assert listed == shown, caller.name
        duties = str(office.ask("duties", session=session))
        assert not {key for key in every - shown if key in duties}, caller.name
