"""Exports to the archive: what was closed in a month, who takes it, and that both ends of it are entered."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import NotFound, Refused, UsageError
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import DAY_NS
from tests.box import OFFICER, UNIT_HEAD
from tests.footage import FilmClock
from tests.keeper.test_access import closed
from tests.keeper.test_cases import case_of, life, life_of, span
from tests.keeper.test_people import add, ask, enter

__all__ = ["life"]

DIGEST = "ab" * 32


def test_D_18_what_was_closed_in_a_month_is_exported_and_both_ends_of_it_are_entered(
    keeper: Keeper, life: Any, clock: FilmClock
) -> None:
    first, second = closed(life, keeper), closed(life, keeper)
    life.receive(["01"], *span(keeper))
    month = f"{keeper.people.book.today():%Y-%m}"
    told = ask(keeper, "archive.months", session=life.session)
    assert told["months"] == [{"month": month, "cases": 2}]
    begun = ask(keeper, "archive.begin", session=life.session, act="a", month=month)
    assert ask(keeper, "archive.begin", session=life.session, act="a", month=month) == begun
    assert begun["cases"] == [first, second]
    (export,) = ask(keeper, "archive.months", session=life.session)["exports"]
    assert (export["cases"], export["display"], export["sha256"]) == (2, OFFICER.display, ""), "it is not whole yet"
    made = {"archive": begun["archive"], "sha256": DIGEST, "bytes": 4096}
    ask(keeper, "archive.made", session=life.session, act="b", **made)
    (export,) = ask(keeper, "archive.months", session=life.session)["exports"]
    assert (export["sha256"], export["bytes"]) == (DIGEST, 4096)
    entry = keeper.ledger.entry(begun["archive"])
    assert (entry.kind, entry.fields["month"], entry.fields["cases"]) == ("archive.begun", month, 2)
    assert first not in str(entry.fields)
    with pytest.raises(NotFound, match="no case was closed"):
        ask(keeper, "archive.begin", session=life.session, act="c", month="1999-01")
    with pytest.raises(UsageError, match="written as 2026-11"):
        ask(keeper, "archive.begin", session=life.session, act="d", month="2026-13")
    with pytest.raises(UsageError, match="hash"):
        ask(keeper, "archive.made", session=life.session, act="e", **{**made, "sha256": "x"})
    clock.at_ns += 40 * DAY_NS
    again = life_of(keeper)
    assert ask(keeper, "archive.months", session=again.session)["months"] == [{"month": month, "cases": 2}]


def test_an_archivist_sees_and_takes_what_is_closed_and_nothing_else(keeper: Keeper, life: Any) -> None:
    key = closed(life, keeper)
    going = life.receive(["01"], *span(keeper))
    archivist = life_of(keeper, enter(keeper, add(keeper, life.session, role="archivist")))
    told = case_of(archivist, key)
    assert (told.state, told.full, told.parties[0].name) == ("closed", False, "洪○明")
    with pytest.raises(NotFound):
        case_of(archivist, going)
    assert [row["case"] for row in archivist.call("cases", session=archivist.session, page=1)["cases"]] == [key]
    archivist.call("case.ledger", session=archivist.session, case=key)
    assert case_of(archivist, key).full, "the case file has the identifiers, and that they were taken is entered"
    month = f"{keeper.people.book.today():%Y-%m}"
    begun = ask(keeper, "archive.begin", session=archivist.session, act="a", month=month)
    with pytest.raises(NotFound, match="of yours"):
        ask(keeper, "archive.made", session=life.session, act="b", archive=begun["archive"], sha256=DIGEST, bytes=1)


def test_whoever_decides_or_audits_exports_nothing(keeper: Keeper, life: Any) -> None:
    closed(life, keeper)
    alone = ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password)["session"]
    auditor = enter(keeper, add(keeper, life.session, role="auditor"))
    for session in (alone, auditor):
        with pytest.raises(Refused):
            ask(keeper, "archive.months", session=session)


def test_an_export_takes_along_the_cases_that_it_was_begun_for_and_while_it_goes_on(keeper: Keeper, life: Any) -> None:
    """Its one password stands for these; nobody types one a case."""
    key = closed(life, keeper)
    going = life.receive(["01"], *span(keeper))
    month = f"{keeper.people.book.today():%Y-%m}"
    with pytest.raises(Refused, match="two people are logged in here"):
        ask(keeper, "archive.begin", session=life.session, act="a", month=month, password="")
    begun = ask(keeper, "archive.begin", session=life.session, act="a", month=month)["archive"]
    taken = {"session": life.session, "archive": begun, "password": ""}
    assert ask(keeper, "case.ledger", case=key, **taken)["size"] > begun
    for case, archive in ((going, begun), (key, begun + 1)):
        with pytest.raises(Refused, match="no export that goes on here takes this case along"):
            ask(keeper, "case.ledger", **{**taken, "case": case, "archive": archive})
    ask(keeper, "archive.made", session=life.session, act="b", archive=begun, sha256=DIGEST, bytes=1)
    with pytest.raises(Refused, match="no export that goes on"):
        ask(keeper, "case.ledger", case=key, **taken)
