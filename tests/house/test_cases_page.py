"""``docs/design/cases.md``: the tables on the page are those of the program, and every module and effect is named."""

from __future__ import annotations

from pathlib import Path

from appliance.rules.cases.printed import printed_tables
from appliance.rules.cases.rows import Effect

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/design/cases.md").read_text(encoding="utf-8")
MARK = "<!-- tables -->\n\n"


def test_the_tables_on_the_page_are_the_program_s() -> None:
    assert PAGE.count(MARK) == 1
    assert PAGE.partition(MARK)[2] == printed_tables(), "put printed_tables() of rules/cases/printed.py below the mark"


def test_every_module_of_the_cases_and_every_effect_is_explained() -> None:
    prose = PAGE.partition(MARK)[0]
    for file in (ROOT / "appliance/rules/cases").glob("*.py"):
        assert f"`{file.stem}`" in prose or file.stem == "__init__", file.stem
    for effect in Effect:
        family = {f"`{effect}`", f"`{effect.split('_')[0]}_*`", f"`{effect.removesuffix('_destroy')}*`"}
        assert any(name in prose for name in family), effect
