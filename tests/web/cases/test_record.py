"""What was handed in, as lines of a page: the masked parties of a case that an auditor opens."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.custody.casebook.masking import named
from appliance.rules.cases.typed import TypedParty
from appliance.web.cases.record import parties_of
from appliance.web.cases.words import CaseWords
from appliance.web.messages import read_messages


@pytest.mark.parametrize(("lang", "born"), [("zh", "69/**/**"), ("en", "1980-**-**")])
def test_whoever_sees_a_party_masked_sees_the_year_of_birth_and_no_error(lang: str, born: str) -> None:
    party = TypedParty(name="洪大明", id_no="A123456789", born=date(1980, 2, 3))
    told: Any = SimpleNamespace(kind="CIT", parties=(named(party, full=False),), rectified=())
    [shown] = parties_of(told, CaseWords(read_messages(), lang, {}))
    assert shown["more"] == ["A12****789", born]
