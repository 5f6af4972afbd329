"""What a log and a page say of an error that nobody foresaw."""

from __future__ import annotations

import re

from appliance.core.errors import CameraLost, described


def _plugin_that_calls_what_is_not_there() -> None:
    int("7", no_such_option=True)  # type: ignore[call-overload]


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_a_defect_is_told_with_its_kind_its_message_and_its_place() -> None:
    try:
        _plugin_that_calls_what_is_not_there()
    except TypeError as error:
        said = described(error)
    place = rf"\({re.escape(__name__)} line \d+, _plugin_that_calls_what_is_not_there\)"
    assert re.fullmatch(rf"TypeError: .*no_such_option.* {place}", said), said


def test_an_error_of_the_tree_says_its_own_sentence() -> None:
    assert described(_raised(CameraLost("camera: off; switch it on"))) == "camera: off; switch it on"


def test_an_error_without_words_is_still_told_with_its_place() -> None:
    assert re.fullmatch(r"KeyError \(.+ line \d+, _raised\)", described(_raised(KeyError())))


def test_a_message_of_many_lines_becomes_one() -> None:
    assert described(ValueError("one\n  two\tthree")) == "ValueError: one two three"
