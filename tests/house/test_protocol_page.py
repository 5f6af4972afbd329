"""``docs/spec/keeper-protocol.md`` is what its command makes, and every endpoint and record has its place there."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.protocol.endpoints import ENDPOINTS
from tests.house.protocolpage import PAGE, page, rows_of, subjects_there

ROOT = Path(__file__).parents[2]
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_its_command_makes() -> None:
    assert page() == TEXT, "run `python -m tests.house.protocolpage`"


def test_every_row_is_on_the_page_once_with_who_may_ask_it() -> None:
    headings = re.findall(r"^### `([^`]+)`$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(ENDPOINTS)
    for name, row in ENDPOINTS.items():
        part = TEXT.partition(f"### `{name}`\n")[2].partition("\n#")[0]
        assert f"asked by {', '.join(sorted(row.callers))}" in part
        assert f"{row.most_bytes:,} bytes" in part or not row.most_bytes
        assert part.lstrip().startswith("Reads" if row.reads else "Acts")


def test_every_record_that_is_linked_is_there_once() -> None:
    headings = re.findall(r"^### (Record .+)$", TEXT, re.MULTILINE)
    anchors = [heading.lower().replace(" ", "-").replace(".", "") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\(#([^)]+)\)", TEXT)) == set(anchors), "no record that nothing leads to"


def test_every_row_of_every_subject_is_an_endpoint_and_no_two_have_one_name() -> None:
    """A subject that ``protocol/endpoints.py`` does not name would be answered by nobody."""
    rows = [row for module in subjects_there() for row in rows_of(module).values()]
    assert sorted(row.name for row in rows) == sorted(ENDPOINTS)


def test_the_page_is_linked() -> None:
    assert "docs/spec/keeper-protocol.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "spec/keeper-protocol.md" in (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
