"""One printer for all tests of papers; presses are processes and share nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.papers.sheets.printer import Printer
from appliance.papers.sheets.templates import Templates, read_templates


@pytest.fixture(scope="session")
def templates() -> Templates:
    return read_templates()


@pytest.fixture(scope="session")
def printer(templates: Templates) -> Iterator[Printer]:
    with Printer(templates) as printer:
        yield printer
