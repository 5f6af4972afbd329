"""Drafts: kept for whoever typed them, for nobody else, and not for ever."""

from __future__ import annotations

import pytest

from appliance.office.documents import Documents, open_documents
from appliance.office.drafts import Drafts
from tests.custody.clocks import StillClock
from tests.faults.memory_fs import MemoryFs

ACT, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def documents() -> Documents:
    return open_documents(MemoryFs("/web"), "/web")[0]


@pytest.fixture
def drafts(documents: Documents, clock: StillClock) -> Drafts:
    return Drafts(documents, clock)


def test_a_draft_is_found_again_as_it_was_saved_last(drafts: Drafts) -> None:
    assert drafts.save(ACT, "officer", "request", {"reason": ["皮夾"]})
    assert drafts.save(ACT, "officer", "request", {"reason": ["皮夾遺失"]})
    found = drafts.get(ACT, "officer")
    assert found is not None
    assert found.values == {"reason": ["皮夾遺失"]}
    assert [draft.act for draft in drafts.of("officer", "request")] == [ACT]


def test_nobody_else_reads_changes_or_strikes_it(drafts: Drafts) -> None:
    drafts.save(ACT, "officer", "request", {"reason": ["x"]})
    assert drafts.get(ACT, "head") is None
    assert not drafts.save(ACT, "head", "request", {"reason": ["y"]})
    drafts.strike(ACT, "head")
    assert drafts.of("head", "request") == []
    found = drafts.get(ACT, "officer")
    assert found is not None
    assert found.values == {"reason": ["x"]}


def test_a_submit_after_the_log_in_ran_out_updates_a_draft_that_exists_and_makes_none(drafts: Drafts) -> None:
    drafts.save(ACT, "officer", "request", {"reason": ["x"]})
    assert drafts.update(ACT, {"reason": ["more"]})
    assert not drafts.update(OTHER, {"reason": ["stray"]})
    assert [draft.values for draft in drafts.of("officer", "request")] == [{"reason": ["more"]}]


def test_a_save_that_comes_after_the_submit_makes_no_draft(drafts: Drafts) -> None:
    drafts.save(ACT, "officer", "request", {"reason": ["x"]})
    drafts.spend(ACT, "officer")
    assert not drafts.save(ACT, "officer", "request", {"reason": ["late"]})
    assert not drafts.update(ACT, {"reason": ["later"]})
    assert drafts.of("officer", "request") == []
    drafts.spend(ACT, "officer")


def test_newest_first_at_most_twenty_and_thirty_days(drafts: Drafts, clock: StillClock) -> None:
    for number in range(25):
        clock.pass_seconds(60)
        drafts.save(f"{number:032x}", "officer", "request", {"reason": [str(number)]})
    reasons = [draft.values["reason"][0] for draft in drafts.of("officer", "request")]
    assert reasons == [str(number) for number in range(24, 4, -1)]
    clock.pass_seconds(31 * 86_400)
    drafts.save(ACT, "head", "request", {"reason": ["late"]})
    assert drafts.of("officer", "request") == []


def test_a_form_that_was_begun_and_never_saved_comes_home_by_its_act_id_and_no_other_does(drafts: Drafts) -> None:
    drafts.begin(ACT, "wang", "request")
    assert drafts.of("wang", "request") == []
    assert drafts.update(ACT, {"reason": ["typed"]})
    assert not drafts.update(OTHER, {"reason": ["typed"]})
    assert [draft.values["reason"] for draft in drafts.of("wang", "request")] == [["typed"]]
    drafts.spend(ACT, "wang")
    assert not drafts.update(ACT, {"reason": ["late"]})
