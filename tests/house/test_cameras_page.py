"""``docs/design/cameras.md``: the tables on the page are those of the program, and every module and effect is named."""

from __future__ import annotations

from pathlib import Path

from appliance.rules.cameras.printed import printed_tables
from appliance.rules.cameras.rows import Effect

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/design/cameras.md").read_text(encoding="utf-8")
MARK = "<!-- tables -->\n\n"


def test_the_tables_on_the_page_are_the_program_s() -> None:
    assert PAGE.count(MARK) == 1
    assert PAGE.partition(MARK)[2] == printed_tables(), (
        "put printed_tables() of rules/cameras/printed.py below the mark"
    )


def test_every_module_of_the_cameras_and_every_effect_is_explained() -> None:
    prose = PAGE.partition(MARK)[0]
    for file in (ROOT / "appliance/rules/cameras").glob("*.py"):
        assert f"`{file.stem}`" in prose or file.stem == "__init__", file.stem
    for effect in Effect:
        assert f"`{effect}`" in prose or f"`{effect.split('_')[0]}_*`" in prose, effect
