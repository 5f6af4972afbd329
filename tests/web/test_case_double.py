"""The double's cases live by the real tables: each kind comes from its receipt to its close, and refuses as they do."""

from __future__ import annotations

import pytest

from appliance.core.errors import NotAllowed
from appliance.rules.cases.rows import Event
from tests.web.case_lives import Life
from tests.web.keeper_double import KeeperDouble

_VIEWED = (Event.BEGIN, Event.FINISH, Event.CLEAN)
_ENDED = (Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("CIT", (Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, *_VIEWED, *_ENDED)),
        ("CIT", (Event.REFUSE, Event.ISSUE, Event.NOTIFY, *_ENDED)),
        ("AGY", (Event.REFUSE, Event.ISSUE, Event.NOTIFY, *_ENDED)),
    ],
    ids=["viewed", "refused", "agency refused"],
)
def test_a_case_lives_by_the_tables(keeper: KeeperDouble, kind: str, events: tuple[Event, ...]) -> None:
    life = Life(keeper, kind).to("decision").do(*events)
    assert life.state == "closed"
    assert len(keeper.book[life.key].history) == len(events) + 5


def test_a_staff_request_is_judged_and_locked(keeper: KeeperDouble) -> None:
    life = Life(keeper, "INT").to("decision")
    life.do(Event.GRANT, form={"judicial": "no"}).do(Event.LOCK, who="clerk").do(*_ENDED)
    assert life.state == "closed"


def test_what_the_tables_refuse_the_double_refuses(keeper: KeeperDouble) -> None:
    life = Life(keeper, "CIT").to("unit_review")
    with pytest.raises(NotAllowed) as refused:
        life.do(Event.STAMP, who="manager")
    assert refused.value.details["why"] == "role"
