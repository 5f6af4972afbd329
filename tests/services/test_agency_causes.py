"""The words for what a copy lacks are those of the pages."""

from __future__ import annotations

from appliance.services.copies.agency.causes import CAUSES, cause_words
from appliance.web.i18n.messages import read_messages


def test_the_manifest_says_why_footage_is_missing_as_the_pages_do() -> None:
    messages = read_messages()
    codes = [code.removeprefix("cause.") for code in messages.table if code.startswith("cause.")]
    assert codes
    shown = {code: messages.text(f"cause.{code}", "zh") for code in codes}
    assert {code: cause_words(code) for code in codes} == shown
    assert cause_words("stopped: for a test") == CAUSES["stopped"]
    assert cause_words("of another version") == "of another version"
