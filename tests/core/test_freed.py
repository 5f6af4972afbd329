"""Text that was let go lies nowhere afterwards."""

from __future__ import annotations

import ctypes
import sys

import pytest

from appliance.core.freed import overwrite_freed

_LETTERS_AT = sys.getsizeof("a") - 2
"""Where the letters of a text begin, behind its head; a zero ends it."""


@pytest.mark.parametrize("length", [12, 29, 120])
def test_short_text_that_nobody_holds_is_overwritten(length: int) -> None:
    made = [f"{number:04d}".ljust(length, "x") for number in range(300)]
    places = [id(text) + _LETTERS_AT for text in made]

    def left() -> int:
        return sum(ctypes.string_at(place + 4, length - 4) == b"x" * (length - 4) for place in places)

    assert left() == 300
    made.clear()
    assert left() > 200, "freed, and there all the same"
    overwrite_freed()
    assert left() == 0
