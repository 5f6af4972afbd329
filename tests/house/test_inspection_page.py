"""``docs/design/inspection.md``: the tables on the page are those of the program, and every missing code is named."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.protocol import inspection
from appliance.protocol.endpoint import Endpoint
from appliance.rules.inspection import guards
from appliance.rules.inspection.printed import printed_tables

PAGE = (Path(__file__).parents[2] / "docs/design/inspection.md").read_text(encoding="utf-8")
MARK = "<!-- tables -->\n\n"
OTHER_NAMES = {*guards.ROW_GUARDS, *guards.TICKET_GUARDS, *guards.__all__, "in_use"}


def test_the_tables_on_the_page_are_the_program_s() -> None:
    assert PAGE.partition(MARK)[2] == printed_tables(), "put printed_tables() of rules/inspection/printed.py there"


def test_every_verb_and_every_code_of_what_is_missing_is_explained() -> None:
    text = Path(guards.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'f?"([a-z]+(?:_[a-z]+)*:|[a-z]+(?:_[a-z]+)+)(?=[{"])', text)) - OTHER_NAMES
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in PAGE} == {"not_over", "no_fault", "not_mended:"}, (
        "the machine's"
    )
    rows = [row for row in vars(inspection).values() if isinstance(row, Endpoint)]
    assert len(rows) == 9
    assert {f"`{row.name}`" for row in rows} <= set(re.findall(r"`[a-z.]+`", PAGE))
