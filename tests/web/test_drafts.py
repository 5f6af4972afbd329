"""Drafts: kept for whoever typed them, for nobody else, and not for ever."""

from __future__ import annotations

import pytest

from appliance.storage.documents import Documents, open_documents
from appliance.web.saved_forms.drafts import Drafts
from tests.faults.memory_fs import MemoryFs
from tests.services.clocks import StillClock

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


def test_a_save_that_comes_after_the_submit_makes_no_draft(drafts: Drafts) -> None:
    drafts.save(ACT, "officer", "request", {"reason": ["x"]})
    drafts.spend(ACT, "officer")
    assert not drafts.save(ACT, "officer", "request", {"reason": ["late"]})
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


def test_whose_a_form_is_web_knows_once_it_was_begun_or_saved(drafts: Drafts) -> None:
    assert drafts.owner(ACT) == ""
    drafts.begin(ACT, "wang")
    drafts.save(OTHER, "officer", "request", {"reason": ["x"]})
    assert (drafts.owner(ACT), drafts.owner(OTHER)) == ("wang", "officer")
    assert drafts.of("wang", "request") == []
