"""Text that was let go lies nowhere afterwards."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LOOK = """
import ctypes, sys
from appliance.core.freed import overwrite_freed

length, letters_at = int(sys.argv[1]), sys.getsizeof("a") - 2  # behind the head of a text; a zero ends it
made = [f"{number:04d}".ljust(length, "x") for number in range(300)]
places = [id(text) + letters_at for text in made]

def left():
    return sum(ctypes.string_at(place + 4, length - 4) == b"x" * (length - 4) for place in places)

whole = left()
made.clear()
freed = left()
overwrite_freed()
print(whole, freed, left())
"""


@pytest.mark.parametrize("length", [12, 29, 120])
def test_short_text_that_nobody_holds_is_overwritten(length: int) -> None:
    """In a process of its own: one that has run thousands of tests has more gaps than are filled."""
    command = [sys.executable, "-c", _LOOK, str(length)]
    whole, freed, left = map(int, subprocess.run(command, capture_output=True, check=True).stdout.split())
    assert whole == 300
    assert freed > 200, "freed, and there all the same"
    assert left == 0
