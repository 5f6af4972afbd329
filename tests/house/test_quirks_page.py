"""``docs/quirks.md`` is in step with the list of quirks."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.quirks.catalogue import GROUPS, QUIRKS
from tests.quirks.page import PAGE, VERDICTS, claims, verdicts

_TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_quirks_of_the_list() -> None:
    order = [name for group in GROUPS for name, quirk in QUIRKS.items() if quirk.group == group]
    assert list(claims(_TEXT)) == order, "deploy/bench quirks --page makes the page anew"


def test_the_page_s_totals_are_those_of_its_rows() -> None:
    found = Counter(verdicts(_TEXT).values())
    assert set(found) <= set(VERDICTS)
    for name in VERDICTS:
        assert f"| {name} | {found[name]} |" in _TEXT
    assert f"| all | {len(QUIRKS)} |" in _TEXT


@pytest.mark.parametrize("group", GROUPS)
def test_each_quirk_says_what_the_camera_does(group: str) -> None:
    quirks = [quirk for quirk in QUIRKS.values() if quirk.group == group]
    assert quirks
    for quirk in quirks:
        assert quirk.what
        assert "|" not in quirk.what + quirk.source
