"""The guided tour on the first page and on its own: the next step has its form or its way, and a no is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.core.errors import Refused
from appliance.rules.cases.states import Kind, State
from appliance.rules.tour import LifeNow
from tests.web.keeper_double import PASSWORDS, KeeperDouble
from tests.web.site import RunningSite
from tests.web.visitor import Visitor


@pytest.fixture
def keeper(site: RunningSite) -> Iterator[KeeperDouble]:
    with KeeperDouble(site.settings.layout.socket("keeper"), trial=True, cameras=2) as double:
        yield double


def _both(visitor: Visitor) -> None:
    visitor.log_in()
    visitor.post("/join", {"name": "head", "password": PASSWORDS["head"], "next": "/"})


def test_the_first_page_of_a_trial_leads_on_and_an_offices_does_not(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in()
    first = visitor.get("/").text
    assert 'action="/join"' in first
    assert 'value="head"' in first, "whom the second log-in is for"
    keeper.trial = False
    assert "tour" not in visitor.get("/").text
    assert not [call for call in keeper.calls[-4:] if call.verb == "tour"], "an office is not asked"


def test_a_sample_is_made_by_two_passwords_and_leads_to_its_case(visitor: Visitor, keeper: KeeperDouble) -> None:
    _both(visitor)
    assert 'action="/tour/sample"' in visitor.get("/").text
    wrong = {"act": "a" * 32, "password-1": PASSWORDS["officer"], "password-2": "wrong"}
    refused = visitor.post("/tour/sample", wrong)
    assert "示範案件未製作完成" in refused.text
    made = visitor.post("/tour/sample", wrong | {"act": "b" * 32, "password-2": PASSWORDS["head"]})
    assert made.status == 303
    assert made.goes_to.startswith("/cases/113")
    assert keeper.samples == [{"act": "b" * 32}]


def test_a_step_leads_to_the_page_where_it_is_done(visitor: Visitor, keeper: KeeperDouble) -> None:
    _both(visitor)
    closed = LifeNow(state=State.CLOSED, viewed=True, opened=True)
    keeper.lives = {Kind.CIT: LifeNow(state=State.PREPARED)}
    keeper.life_cases = {Kind.CIT: "113-0007"}
    assert '<a class="button primary" href="/cases/113-0007">' in visitor.get("/").text
    keeper.lives = {Kind.CIT: closed}
    assert '<a class="button primary" href="/cases/new/staff">' in visitor.get("/tour").text
    keeper.lives[Kind.INT] = closed
    assert '<a class="button primary" href="/cases/new/letter">' in visitor.get("/tour").text
    keeper.lives[Kind.AGY] = closed._replace(copied=True)
    assert "三種調閱均已辦理完畢" in visitor.get("/").text


def test_whoever_begins_at_the_duties_finds_the_tour_there(visitor: Visitor, keeper: KeeperDouble) -> None:
    visitor.log_in("clerk")
    assert "訓練導覽" in visitor.get("/duties").text
    keeper.fail_next["tour"] = Refused.of("tour-people")
    assert visitor.get("/duties").status == 200, "a page without the card is a page"
