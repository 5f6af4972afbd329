"""``docs/design/registers.md``: the tables on the page are those of the program; every module and verb is named."""

from __future__ import annotations

from pathlib import Path

from appliance.protocol import registers
from appliance.protocol.endpoint import Endpoint
from appliance.rules.registers.printed import printed_tables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/design/registers.md").read_text(encoding="utf-8")
MARK = "<!-- tables -->\n\n"


def test_the_tables_on_the_page_are_the_program_s() -> None:
    assert PAGE.count(MARK) == 1
    assert PAGE.partition(MARK)[2] == printed_tables(), (
        "put printed_tables() of rules/registers/printed.py below the mark"
    )


def test_every_module_of_the_registers_and_every_verb_is_explained() -> None:
    prose = PAGE.partition(MARK)[0]
    for folder in ("rules", "services"):
        for file in (ROOT / f"appliance/{folder}/registers").glob("*.py"):
            assert f"`{file.stem}`" in prose or file.stem == "__init__", file.stem
    rows = [row for row in vars(registers).values() if isinstance(row, Endpoint)]
    assert len(rows) == 5
    for row in rows:
        assert f"`{row.name}`" in prose, row.name
