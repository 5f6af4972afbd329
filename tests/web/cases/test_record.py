"""What was handed in, as lines of a page: the masked parties of a case that an auditor opens."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.rules.cases.rows import Event
from appliance.rules.cases.typed import TypedParty
from appliance.services.cases.masking import named
from appliance.web.i18n.messages import read_messages
from appliance.web.pages.cases.record import hides_identifiers, papers_of, parties_of
from appliance.web.pages.cases.words import CaseWords
from tests.web.case_lives import Life
from tests.web.keeper_double import KeeperDouble


@pytest.mark.parametrize(("lang", "born"), [("zh", "69/**/**"), ("en", "1980-**-**")])
def test_whoever_sees_a_party_masked_sees_the_year_of_birth_and_no_error(lang: str, born: str) -> None:
    party = TypedParty(name="洪大明", id_no="A123456789", born=date(1980, 2, 3))
    told: Any = SimpleNamespace(kind="CIT", parties=(named(party, full=False),), rectified=())
    [shown] = parties_of(told, CaseWords(read_messages(), lang, {}))
    assert shown["more"] == ["A12****789", born]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_D_24_what_was_said_on_the_telephone_stands_on_the_page_with_the_call_back(
    lang: str, keeper: KeeperDouble
) -> None:
    life = Life(keeper, "AGY").do(Event.PRESERVE, words={"phone": "02-2311-0000", "matter": "大廳竊盜案"})
    lines = papers_of(keeper.told_of(life.key, []), CaseWords(read_messages(), lang, {}))
    texts = [line.value for line in lines]
    assert texts[-3:] == ["02-2311-0000", "大廳竊盜案", "✓"], texts


@pytest.mark.parametrize(
    ("party", "rights", "hides"),
    [
        (TypedParty(name="洪大明", account="clerk"), {"full": False, "names": True}, False),
        (TypedParty(name="洪大明", account="clerk"), {"full": False, "names": False}, True),
        (TypedParty(name="洪大明", phone="0912345678"), {"full": False, "names": True}, True),
        (TypedParty(name="洪大明", born=date(1980, 2, 3)), {"full": False, "names": True}, True),
        (TypedParty(name="洪大明", address="臺北市萬華區"), {"full": False, "names": True}, True),
        (TypedParty(name="洪大明", id_no="A123456789"), {"full": False, "names": True}, True),
        (TypedParty(name="洪大明", id_no="A123456789"), {"full": True, "names": True}, False),
    ],
)
def test_T_87_a_page_says_that_something_is_masked_where_something_is(
    party: TypedParty, rights: dict[str, bool], hides: bool
) -> None:
    told: Any = SimpleNamespace(full=rights["full"], parties=(named(party, **rights),), rectified=())
    assert hides_identifiers(told) == hides


def test_T_87_a_correction_that_is_masked_counts() -> None:
    told: Any = SimpleNamespace(full=False, parties=(), rectified=(SimpleNamespace(old="A12****789", new=""),))
    assert hides_identifiers(told)
