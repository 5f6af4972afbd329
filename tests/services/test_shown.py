"""Late reports of what was shown: bound to a grant that ended with its keeper, and to what that grant released."""

from __future__ import annotations

import pytest

from appliance.core.errors import Refused, UsageError
from appliance.core.model import Span
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.shown import TAKEN_NS, LateReports
from tests.sandbox.films import film
from tests.services.viewing import NOON_NS, Office
from tests.vault.ringcases import entered

SECOND_NS = 1_000_000_000


def at(seconds: float) -> int:
    return NOON_NS + round(seconds * SECOND_NS)


@pytest.fixture
def office() -> Office:
    office = Office()
    office.record_film(film(20), NOON_NS)
    return office


def viewed(office: Office) -> Grant:
    """A grant that released the first five seconds."""
    grant = office.view(at(0), at(20))
    list(office.playback.media(grant, "C1", at(0), 5).blocks)
    return grant


def test_a_report_of_a_viewing_that_ended_with_its_keeper_is_taken_and_marked(office: Office) -> None:
    grant = viewed(office)
    office.grants.end_all("the keeper stops")
    late = LateReports(office.ledger, office.clock)
    assert late.take(grant.grant_id, [("C1", Span(at(1), at(4)))])
    (entry,) = entered(office.ledger, "footage.shown")
    assert (entry["grant"], entry["late"]) == (grant.grant_id, True)
    assert entry["spans"] == [{"camera_no": "C1", "start_ns": at(1), "end_ns": at(4)}]


def test_none_is_taken_of_a_viewing_that_people_ended_or_that_never_was(office: Office) -> None:
    grant = viewed(office)
    office.grants.end(office.token, grant.grant_id)
    late = LateReports(office.ledger, office.clock)
    for grant_id in (grant.grant_id, "0" * 32):
        assert not late.take(grant_id, [("C1", Span(at(1), at(2)))])
    assert entered(office.ledger, "footage.shown") == []


def test_more_than_that_grant_released_is_refused_and_entered(office: Office) -> None:
    """Another grant's release of the same seconds does not count."""
    grant, other = viewed(office), viewed(office)
    list(office.playback.media(other, "C1", at(5), 5).blocks)
    office.grants.end_all("the keeper stops")
    late = LateReports(office.ledger, office.clock)
    for camera_no, span in (("C1", Span(at(6), at(7))), ("C2", Span(at(1), at(2)))):
        with pytest.raises(Refused):
            late.take(grant.grant_id, [("C1", Span(at(1), at(2))), (camera_no, span)])
    with pytest.raises(UsageError):
        late.take(grant.grant_id, [])
    assert entered(office.ledger, "footage.shown") == []
    assert [each["grant"] for each in entered(office.ledger, "grant.refused")] == [grant.grant_id] * 2


def test_after_a_few_minutes_and_after_a_few_reports_none_is_taken(office: Office) -> None:
    grant = viewed(office)
    office.grants.end_all("the keeper stops")
    spans = [("C1", Span(at(1), at(2)))]
    late = LateReports(office.ledger, office.clock)
    assert [late.take(grant.grant_id, spans) for _ in range(25)] == [True] * 20 + [False] * 5
    late = LateReports(office.ledger, office.clock)
    office.clock.go_to(office.clock.wall_ns() + TAKEN_NS + 1)
    assert not late.take(grant.grant_id, spans)
    assert not LateReports(office.ledger, office.clock).take(grant.grant_id, spans), "a start long after it"
